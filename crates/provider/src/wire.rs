//! Requests and replies as plain values.

use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt};
use vestnik_model::{
    limits::{DETAIL_BYTES_MAX, FILE_BYTES_MAX, REPLY_BODY_BYTES_MAX, clip},
    outcome::{Blame, Failure, Outcome, Reason},
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
    pub headers: Vec<(Cow<'static, str>, Cow<'static, str>)>,
    /// The body, empty if none.
    pub body: Vec<u8>,
    /// How long the whole exchange may take.
    pub timeout: Millis,
    /// Longest answer that is read, bytes; what is longer is cut off (a file: refused).
    pub reply_bytes_max: usize,
    /// What it is, for logs and metrics: `green_api.send_message`. Never holds a secret.
    pub label: &'static str,
}

impl Request {
    /// A JSON POST.
    #[must_use]
    pub fn post_json(label: &'static str, url: String, body: Vec<u8>, timeout: Millis) -> Self {
        let headers = vec![(Cow::Borrowed("content-type"), Cow::Borrowed("application/json"))];
        Self::new(Method::Post, label, url, headers, body, timeout)
    }

    /// A POST of a web form: names and values, encoded here.
    #[must_use]
    pub fn post_form(
        label: &'static str,
        url: String,
        fields: &[(&str, &str)],
        timeout: Millis,
    ) -> Self {
        let body = encode_form(fields).into_bytes();
        let kind = Cow::Borrowed("application/x-www-form-urlencoded");
        let headers = vec![(Cow::Borrowed("content-type"), kind)];
        Self::new(Method::Post, label, url, headers, body, timeout)
    }

    /// A request with everything said.
    #[must_use]
    pub fn new(
        method: Method,
        label: &'static str,
        url: String,
        headers: Vec<(Cow<'static, str>, Cow<'static, str>)>,
        body: Vec<u8>,
        timeout: Millis,
    ) -> Self {
        Self { method, url, headers, body, timeout, reply_bytes_max: REPLY_BODY_BYTES_MAX, label }
    }

    /// The same request with one more header (name in lower case).
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((Cow::Borrowed(name), Cow::Owned(value.into())));
        self
    }

    /// The same request, reading an answer as long as a file may be.
    #[must_use]
    pub fn for_file(mut self) -> Self {
        self.reply_bytes_max = FILE_BYTES_MAX;
        self
    }

    /// A GET without a body.
    #[must_use]
    pub fn get(label: &'static str, url: String, timeout: Millis) -> Self {
        Self::new(Method::Get, label, url, Vec::new(), Vec::new(), timeout)
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
    /// The headers that say something to an adapter: `retry-after`, `content-type`,
    /// `content-disposition`, `date`, `location`.
    pub headers: Vec<(Cow<'static, str>, String)>,
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
    /// Nothing was sent, and it may take somebody to change that: the name does not resolve, the
    /// certificate is not trusted.
    Unreachable(String),
    /// Nothing was sent, and never will be: the address is none, or not allowed.
    Unusable(String),
    /// The request was written (or may have been), but no whole answer came.
    Cut(String),
}

impl Trouble {
    /// What the trouble means for a submission.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::NotConnected(detail) | Self::Unreachable(detail) => Outcome::Deferred {
                retry_after: None,
                detail: clip(detail, DETAIL_BYTES_MAX).to_owned(),
                whole_account: true,
            },
            Self::Unusable(detail) => Outcome::Refused(bad_server(detail)),
            Self::Cut(detail) => {
                Outcome::Unknown { detail: clip(detail, DETAIL_BYTES_MAX).to_owned() }
            }
        }
    }

    /// The words.
    #[must_use]
    pub fn detail(&self) -> &str {
        match self {
            Self::NotConnected(detail)
            | Self::Unreachable(detail)
            | Self::Unusable(detail)
            | Self::Cut(detail) => detail,
        }
    }
}

/// That an account's server can't be used as it is set up: no repeat mends it, somebody must act.
#[must_use]
pub fn bad_server(detail: &str) -> Failure {
    let detail = clip(detail, DETAIL_BYTES_MAX).to_owned();
    Failure { blame: Blame::Account, reason: Reason::BadServer, detail }
}

/// Names and values as a web form writes them: everything but letters, digits and `*-._` is
/// percent-encoded, a space is `+`.
#[must_use]
pub fn encode_form(fields: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (name, value) in fields {
        if !out.is_empty() {
            out.push('&');
        }
        encode_into(&mut out, name, true);
        out.push('=');
        encode_into(&mut out, value, true);
    }
    out
}

/// A text as one segment of a path or one value of a query: everything but letters, digits and
/// `-._~` is percent-encoded.
#[must_use]
pub fn encode_segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    encode_into(&mut out, text, false);
    out
}

fn encode_into(out: &mut String, text: &str, is_form: bool) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => out.push(byte.into()),
            b'~' if !is_form => out.push('~'),
            b'*' if is_form => out.push('*'),
            b' ' if is_form => out.push('+'),
            byte => {
                out.push('%');
                out.push(HEX[usize::from(byte >> 4)].into());
                out.push(HEX[usize::from(byte & 15)].into());
            }
        }
    }
}

/// Reads a web form: pairs in order, decoded; what is no UTF-8 is replaced.
#[must_use]
pub fn decode_form(body: &[u8]) -> Vec<(String, String)> {
    body.split(|b| *b == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let at = pair.iter().position(|b| *b == b'=').unwrap_or(pair.len());
            (decode(&pair[..at]), decode(pair.get(at + 1..).unwrap_or_default()))
        })
        .collect()
}

fn decode(bytes: &[u8]) -> String {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (*first, after) {
            (b'+', _) => out.push(b' '),
            (b'%', [high, low, tail @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    rest = tail;
                }
                _ => out.push(b'%'),
            },
            (byte, _) => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A webhook as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound<'a> {
    /// The method.
    pub method: &'a str,
    /// The whole address the provider was told to use, without the query: what some signatures
    /// are computed over.
    pub url: &'a str,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_that_can_t_be_used_is_the_account_s_fault() {
        let words = || "e.example: why".to_owned();
        for later in [Trouble::NotConnected(words()), Trouble::Unreachable(words())] {
            assert!(matches!(later.outcome(), Outcome::Deferred { .. }), "{later:?}");
        }
        let Outcome::Refused(failure) = Trouble::Unusable(words()).outcome() else {
            panic!("no repeat mends it")
        };
        assert_eq!((failure.blame, failure.reason), (Blame::Account, Reason::BadServer));
        assert!(matches!(Trouble::Cut(words()).outcome(), Outcome::Unknown { .. }));
    }

    #[test]
    fn a_form_reads_back_what_it_wrote() {
        let fields = [("Body", "Привет + 100 % & \"да\"=~*"), ("To", "whatsapp:+79161234567")];
        let text = encode_form(&fields);
        assert!(text.ends_with("To=whatsapp%3A%2B79161234567"), "{text}");
        let read = decode_form(text.as_bytes());
        assert_eq!(read.len(), 2);
        for ((name, value), (n, v)) in fields.iter().zip(&read) {
            assert_eq!((*name, *value), (n.as_str(), v.as_str()));
        }
    }

    #[test]
    fn a_broken_form_is_read_as_far_as_it_goes() {
        let read = decode_form(b"a=%4&&b&c=%zz%41");
        let expected = [("a", "%4"), ("b", ""), ("c", "%zzA")];
        assert_eq!(read, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }

    #[test]
    fn a_segment_keeps_only_what_is_safe() {
        assert_eq!(encode_segment("a b/ü~"), "a%20b%2F%C3%BC~");
    }
}
