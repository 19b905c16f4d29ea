//! Errors as problem documents.

use axum::{
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

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response =
            (status, axum::body::Body::from(serde_json::to_vec(&self).unwrap_or_default()))
                .into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        if status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}
