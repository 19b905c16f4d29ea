//! Answers in the dialect's own words.

use super::report::Shown;
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use serde::Serialize;
use vestnik_model::id::MessageId;

/// Why a call is refused. Each has its code, its HTTP status and its exact description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// 1: not now.
    Unavailable(&'static str),
    /// 2: not from there.
    Address,
    /// 3: too many at once.
    TooMany,
    /// 3: too many wrong passwords from this address.
    Guessing,
    /// 4: something is wrong with the request; the sentence says what.
    Invalid(String),
    /// 5.
    Login,
    /// 6.
    Password,
    /// 7: no sender name, or not this partner's.
    Sender,
    /// 8: the begin of the number as it was sent.
    Recipient(String),
    /// 9: the sentence says what.
    Type(String),
    /// 10.
    Duplicate,
    /// 11: the sentence says what.
    Ttl(String),
    /// 100: our fault.
    Fault,
    /// A refusal that comes of the hour or of what is set up, not of the call alone: when the same
    /// call came first, it may have been good.
    Passing(Box<Self>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorBody<'a> {
    error: ErrorInner<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extended_description: Option<&'a str>,
}

#[derive(Serialize)]
struct ErrorInner<'a> {
    code: u8,
    description: &'a str,
}

impl Refusal {
    pub(super) fn invalid(sentence: impl Into<String>) -> Self {
        Self::Invalid(sentence.into())
    }

    /// The same, if it may have been good before.
    pub(super) fn passing(self) -> Self {
        Self::Passing(Box::new(self))
    }

    pub(super) fn missing(path: impl std::fmt::Display) -> Self {
        Self::Invalid(format!("{path} is missing."))
    }

    /// Code, HTTP status, description.
    fn face(&self) -> (u8, StatusCode, &'static str) {
        match self {
            Self::Unavailable(_) => (1, StatusCode::SERVICE_UNAVAILABLE, "Service is unavailable"),
            Self::Address => (2, StatusCode::FORBIDDEN, "Invalid IP-address"),
            Self::Passing(refusal) => refusal.face(),
            Self::TooMany | Self::Guessing => {
                (3, StatusCode::TOO_MANY_REQUESTS, "Too many connections")
            }
            Self::Invalid(_) => (4, StatusCode::BAD_REQUEST, "Invalid request"),
            Self::Login => (5, StatusCode::UNAUTHORIZED, "Invalid login"),
            Self::Password => (6, StatusCode::UNAUTHORIZED, "Invalid password"),
            Self::Sender => (7, StatusCode::BAD_REQUEST, "serviceNumber is not defined"),
            Self::Recipient(_) => (8, StatusCode::NOT_ACCEPTABLE, "destAddr is not correct"),
            Self::Type(_) => (9, StatusCode::NOT_ACCEPTABLE, "Message type is not correct"),
            Self::Duplicate => (10, StatusCode::CONFLICT, "Prohibited sending duplicates"),
            Self::Ttl(_) => (11, StatusCode::NOT_ACCEPTABLE, "Invalid TTL"),
            Self::Fault => (100, StatusCode::INTERNAL_SERVER_ERROR, "100"),
        }
    }

    /// The code as text, for metrics.
    pub(super) fn code_text(&self) -> String {
        self.face().0.to_string()
    }

    /// The code and the sentence: for tests.
    #[cfg(test)]
    pub(super) fn code(&self) -> u8 {
        self.face().0
    }

    fn sentence(&self) -> Option<&str> {
        match self {
            Self::Invalid(text) | Self::Type(text) | Self::Ttl(text) | Self::Recipient(text) => {
                Some(text.as_str()).filter(|t| !t.is_empty())
            }
            Self::Unavailable(text) => Some(text),
            Self::Guessing => Some("Too many wrong passwords from this address. Try again later."),
            Self::Passing(refusal) => refusal.sentence(),
            Self::Address
            | Self::TooMany
            | Self::Login
            | Self::Password
            | Self::Sender
            | Self::Duplicate
            | Self::Fault => None,
        }
    }

    pub(super) fn into_response(self) -> Response {
        let (code, status, description) = self.face();
        let error = ErrorInner { code, description };
        let body = ErrorBody { error, extended_description: self.sentence() };
        let mut response = json(status, &body);
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// The begin of what was sent, to be shown in an answer.
pub(super) fn clip(text: &str) -> String {
    const CHARS_MAX: usize = 40;
    text.chars().filter(|c| !c.is_control()).take(CHARS_MAX).collect()
}

/// The answer to an accepted call: the chain's number, and the partner's id if it was sent.
pub(super) fn accepted(id: MessageId, reference: Option<&str>) -> Response {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Accepted<'a> {
        mt_num: Shown<MessageId>,
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a str>,
    }
    json(StatusCode::OK, &Accepted { mt_num: Shown(id), id: reference })
}

/// Only POST is served here.
pub(super) fn method_not_allowed() -> Response {
    let error = ErrorInner { code: 4, description: "Invalid request" };
    let sentence = "Only POST is allowed here.";
    let body = ErrorBody { error, extended_description: Some(sentence) };
    let mut response = json(StatusCode::METHOD_NOT_ALLOWED, &body);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}

fn json<T: Serialize>(status: StatusCode, body: &T) -> Response {
    let bytes = serde_json::to_vec(body).unwrap_or_default();
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
