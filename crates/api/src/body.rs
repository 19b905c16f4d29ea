//! Reading a request's body whole: bounded in bytes and in time.

use axum::body::Body;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::time::Duration;

/// How long a caller may take to send a body.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(15);

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyError {
    /// Longer than allowed.
    TooLong,
    /// It did not come in time, or broke off.
    Broken,
}

/// Reads a body of at most `max` bytes.
///
/// # Errors
/// [`BodyError`].
pub async fn read(body: Body, max: usize) -> Result<Bytes, BodyError> {
    let collected = tokio::time::timeout(BODY_TIMEOUT, Limited::new(body, max).collect()).await;
    match collected {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BodyError::TooLong),
        Ok(Err(_)) | Err(_) => Err(BodyError::Broken),
    }
}
