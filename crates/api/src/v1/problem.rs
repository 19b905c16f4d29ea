//! Errors as problem documents.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

/// What went wrong (RFC 9457).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// A few words, the same for every error of this kind.
    pub title: &'static str,
    /// What is wrong this time, and what to do.
    pub detail: String,
}

impl Problem {
    /// The key is missing or wrong.
    pub fn unauthorized() -> Self {
        let detail = "Send a valid key as \"Authorization: Bearer …\".".to_owned();
        Self { status: 401, title: "Not authorized", detail }
    }

    /// There is no such thing.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self { status: 404, title: "Not found", detail: detail.into() }
    }

    /// The request is wrong.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self { status: 400, title: "Invalid request", detail: detail.into() }
    }

    /// The key may not do this.
    pub fn forbidden() -> Self {
        let detail = "This key may look, but not change anything.".to_owned();
        Self { status: 403, title: "Not allowed", detail }
    }

    /// The body is larger than allowed.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self { status: 413, title: "Too large", detail: detail.into() }
    }

    /// It can't be done as things stand.
    pub fn refused(detail: impl Into<String>) -> Self {
        Self { status: 409, title: "Not possible now", detail: detail.into() }
    }

    /// The same key came with another request before.
    pub fn differs(detail: impl Into<String>) -> Self {
        Self { status: 422, title: "Another request", detail: detail.into() }
    }

    /// A fault of ours.
    pub fn fault() -> Self {
        let detail = "Something went wrong on our side. It is in the log.".to_owned();
        Self { status: 500, title: "Internal error", detail }
    }

    /// Not now.
    pub fn unavailable() -> Self {
        let detail = "The store does not answer. Try again later.".to_owned();
        Self { status: 503, title: "Unavailable", detail }
    }
}

/// Longest text of an error that is made a document, bytes.
const WORDS_BYTES_MAX: usize = 16 * 1024;
/// The media type of problem documents.
const PROBLEM: &str = "application/problem+json";

/// Makes a problem document of an error that came before a handler was called: a method that is not
/// served, a path or query that can't be read.
pub(super) async fn worded(response: Response) -> Response {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    if !(status.is_client_error() || status.is_server_error())
        || kind.is_some_and(|kind| kind.as_bytes() == PROBLEM.as_bytes())
    {
        return response;
    }
    let allow = response.headers().get(header::ALLOW).cloned();
    let words = axum::body::to_bytes(response.into_body(), WORDS_BYTES_MAX).await;
    let words = words.map(|words| String::from_utf8_lossy(&words).into_owned()).unwrap_or_default();
    let (title, words) = match status {
        StatusCode::METHOD_NOT_ALLOWED => {
            ("Method not allowed", "This address takes other methods: see Allow.".to_owned())
        }
        _ if status.is_client_error() => ("Invalid request", words),
        _ => ("Internal error", words),
    };
    let problem = Problem { status: status.as_u16(), title, detail: words };
    let mut response = problem.into_response();
    if let Some(allow) = allow {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response =
            (status, Body::from(serde_json::to_vec(&self).unwrap_or_default())).into_response();
        let kind = HeaderValue::from_static(PROBLEM);
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        if status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}
