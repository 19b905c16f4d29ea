//! Requests and replies as plain values.

use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt};
use vestnik_model::{
    limits::{DETAIL_BYTES_MAX, clip},
    outcome::Outcome,
    time::Millis,
};

/// An HTTP method we use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
    /// PUT.
    Put,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

impl Method {
    /// Its name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A request to be sent. Its URL and headers may hold secrets: it has no `Debug` that shows them.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The whole address, percent-encoded, `http` or `https`. May hold a token.
    pub url: String,
    /// Header names in lower case and their values.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// The body, empty if none.
    pub body: Vec<u8>,
    /// How long the whole exchange may take.
    pub timeout: Millis,
    /// What it is, for logs and metrics: `green_api.send_message`. Never holds a secret.
    pub label: &'static str,
}

impl Request {
    /// A JSON POST.
    #[must_use]
    pub fn post_json(label: &'static str, url: String, body: Vec<u8>, timeout: Millis) -> Self {
        let headers = vec![(Cow::Borrowed("content-type"), "application/json".to_owned())];
        Self { method: Method::Post, url, headers, body, timeout, label }
    }

    /// A GET without a body.
    #[must_use]
    pub fn get(label: &'static str, url: String, timeout: Millis) -> Self {
        Self { method: Method::Get, url, headers: Vec::new(), body: Vec::new(), timeout, label }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} {}, {} bytes)", self.method.as_str(), self.label, self.body.len())
    }
}

/// An answer, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers that say something to an adapter: `retry-after`, `content-type`, `date`.
    pub headers: Vec<(String, String)>,
    /// The body, cut at [`vestnik_model::limits::REPLY_BODY_BYTES_MAX`].
    pub body: Vec<u8>,
}

impl Reply {
    /// A header's value by its lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The body as text, whatever it is.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// `Retry-After` in seconds, if it is given as a number.
    #[must_use]
    pub fn retry_after(&self) -> Option<Millis> {
        let seconds: i64 = self.header("retry-after")?.trim().parse().ok()?;
        (seconds >= 0).then(|| Millis::seconds(seconds))
    }
}

/// A request without an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trouble {
    /// Nothing was sent: the connection was refused or timed out.
    NotConnected(String),
    /// Nothing was sent, and won't be as things stand: the address is not allowed or not an
    /// address, its name does not resolve, its certificate is not trusted.
    Unusable(String),
    /// The request was written (or may have been), but no whole answer came.
    Cut(String),
}

impl Trouble {
    /// What the trouble means for a submission.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::NotConnected(detail) | Self::Unusable(detail) => Outcome::Deferred {
                retry_after: None,
                detail: clip(detail, DETAIL_BYTES_MAX).to_owned(),
                whole_account: true,
            },
            Self::Cut(detail) => {
                Outcome::Unknown { detail: clip(detail, DETAIL_BYTES_MAX).to_owned() }
            }
        }
    }

    /// The words.
    #[must_use]
    pub fn detail(&self) -> &str {
        match self {
            Self::NotConnected(detail) | Self::Unusable(detail) | Self::Cut(detail) => detail,
        }
    }
}

/// A webhook as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound<'a> {
    /// The method.
    pub method: &'a str,
    /// The raw query string, empty if none.
    pub query: &'a str,
    /// Header names in lower case and their values.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

impl Inbound<'_> {
    /// A header's value by its lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| *n == name).map(|(_, v)| *v)
    }
}
