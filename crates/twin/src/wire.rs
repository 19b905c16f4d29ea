//! What crosses the wire, without a wire: requests, answers (with the ways an answer can go
//! wrong) and webhooks to post.

use serde_json::Value;

/// A request as it came in.
#[derive(Debug, Clone, Default)]
pub struct WireRequest {
    /// `GET`, `POST`…
    pub method: String,
    /// The `Host` header, as the client meant it.
    pub host: String,
    /// Raw path and query.
    pub path_and_query: String,
    /// Headers in order.
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
}

/// What happens to the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// It is sent after a while.
    Answer {
        /// Real milliseconds to wait first.
        after_ms: u64,
    },
    /// The connection is dropped without an answer.
    Cut {
        /// Whether the request had counted.
        when: Cut,
        /// Real milliseconds to wait first.
        after_ms: u64,
    },
    /// A long poll that found nothing: ask with [`crate::Twin::again`] whenever the twin changed;
    /// at the given time, send this answer.
    Poll {
        /// The caller's time at which to give up.
        until_ms: i64,
    },
}

/// When a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cut {
    /// Before the request counted: it had no effect.
    Before,
    /// After it took effect: only the answer is lost.
    After,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct WireResponse {
    /// What happens to it.
    pub behaviour: Behaviour,
    /// HTTP status.
    pub status: u16,
    /// Headers in order.
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
}

/// A webhook to post, or another request that a persona makes; the outcome goes back through [`crate::Twin::posted`].
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Names this webhook; a repetition keeps it.
    pub id: u64,
    /// The HTTP method.
    pub method: String,
    /// Where to.
    pub url: String,
    /// Headers to send.
    pub headers: Vec<(String, String)>,
    /// Body to send.
    pub body: Vec<u8>,
}

impl WireRequest {
    /// A request without a body.
    pub fn new(method: &str, path_and_query: &str) -> Self {
        Self {
            method: method.to_owned(),
            path_and_query: path_and_query.to_owned(),
            ..Self::default()
        }
    }

    /// A request with a JSON body.
    pub fn json(method: &str, path_and_query: &str, body: &Value) -> Self {
        let mut request = Self::new(method, path_and_query);
        request.headers.push(("content-type".to_owned(), "application/json".to_owned()));
        request.body = body.to_string().into_bytes();
        request
    }

    /// The first header of that name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The path's segments and the query, decoded.
    pub fn target(&self) -> Target {
        let (path, query) = match self.path_and_query.split_once('?') {
            Some((path, query)) => (path, query),
            None => (self.path_and_query.as_str(), ""),
        };
        let segments = path.split('/').filter(|segment| !segment.is_empty());
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        Target {
            segments: segments.map(|segment| decode(segment, false)).collect(),
            query: pairs
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(key, value)| (decode(key, true), decode(value, true)))
                .collect(),
        }
    }
}

impl WireResponse {
    fn new(status: u16, kind: &str, body: Vec<u8>) -> Self {
        let headers = match kind {
            "" => Vec::new(),
            kind => vec![("content-type".to_owned(), kind.to_owned())],
        };
        Self { behaviour: Behaviour::Answer { after_ms: 0 }, status, headers, body }
    }

    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self::new(status, "", Vec::new())
    }

    /// A JSON answer.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json; charset=utf-8", body.to_string().into_bytes())
    }

    /// A plain text answer.
    pub fn text(status: u16, body: &str) -> Self {
        Self::new(status, "text/plain; charset=utf-8", body.as_bytes().to_vec())
    }

    /// An answer of some other kind.
    pub fn bytes(status: u16, kind: &str, body: &[u8]) -> Self {
        Self::new(status, kind, body.to_vec())
    }

    /// The same answer with one more header.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same answer, delayed by that much more.
    pub fn delayed(mut self, ms: u64) -> Self {
        match &mut self.behaviour {
            Behaviour::Answer { after_ms } | Behaviour::Cut { after_ms, .. } => *after_ms += ms,
            Behaviour::Poll { .. } => {}
        }
        self
    }

    /// The same answer, but lost on its way.
    pub fn cut(mut self, when: Cut) -> Self {
        let after_ms = match self.behaviour {
            Behaviour::Answer { after_ms } | Behaviour::Cut { after_ms, .. } => after_ms,
            Behaviour::Poll { .. } => 0,
        };
        self.behaviour = Behaviour::Cut { when, after_ms };
        self
    }

    /// The body as JSON; `Null` when it is none.
    pub fn to_json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// A decoded path and query.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// Segments of the path.
    pub segments: Vec<String>,
    /// Pairs of the query in order.
    pub query: Vec<(String, String)>,
}

impl Target {
    /// The first value of a query parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The segments as a slice that can be matched on.
    pub fn parts(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }
}

/// Undoes percent encoding, and `+` for a space in forms.
pub(crate) fn decode(text: &str, is_form: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' if is_form => bytes.push(b' '),
            b'%' => {
                let mut ahead = rest.clone();
                let pair = (ahead.next().and_then(digit), ahead.next().and_then(digit));
                if let (Some(high), Some(low)) = pair {
                    bytes.push(high * 16 + low);
                    rest = ahead;
                } else {
                    bytes.push(b'%');
                }
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
