//! The body of a call, read as JSON whatever its `Content-Type` says: many a script sets none.

use super::problem::Problem;
use crate::body::{self, BodyError};
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

/// Longest body of a call, bytes.
const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;

/// A body. Handlers take it as a result, so that the key is looked at before it.
pub(super) struct Told<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Told<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let bytes = body::read(request.into_body(), BODY_BYTES_MAX).await;
        let bytes = bytes.map_err(|error| match error {
            BodyError::TooLong => Problem::too_large("The body is too long."),
            BodyError::Broken => Problem::invalid("The body did not come whole."),
        })?;
        let told = serde_json::from_slice(&bytes);
        told.map(Self).map_err(|error| Problem::invalid(format!("The body: {error}.")))
    }
}
