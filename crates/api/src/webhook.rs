//! The door for providers' webhooks: `/in/KEY`.

use crate::{
    Doors,
    body::{self, BodyError},
};
use axum::{
    body::Body,
    extract::{Path, State},
    http::{Request, StatusCode},
    response::{IntoResponse, Response},
};
use std::sync::Arc;
use vestnik_app::receive::{Received, receive as receive_for};
use vestnik_model::limits::WEBHOOK_BODY_BYTES_MAX;
use vestnik_provider::wire::Inbound;

/// Takes in a webhook. 200 only when it is on disk.
pub async fn receive(
    State(doors): State<Arc<Doors>>,
    Path(key): Path<String>,
    request: Request<Body>,
) -> Response {
    let Some(account) = doors.hub.setup().account_by_key(&key).cloned() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (head, body) = request.into_parts();
    let body = match body::read(body, WEBHOOK_BODY_BYTES_MAX).await {
        Ok(body) => body,
        Err(BodyError::TooLong) => return StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Err(BodyError::Broken) => return StatusCode::REQUEST_TIMEOUT.into_response(),
    };
    let headers: Vec<(&str, &str)> = head
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
        .collect();
    let url = doors.address_of(&head.headers, head.uri.path());
    let inbound = Inbound {
        method: head.method.as_str(),
        url: &url,
        query: head.uri.query().unwrap_or_default(),
        headers: &headers,
        body: &body,
    };
    match receive_for(&doors.hub, &account, &inbound).await {
        Received::Stored => account.provider.descriptor().webhook_answer.into_response(),
        Received::Handshake { status, body } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            (status, body).into_response()
        }
        Received::Forged => StatusCode::UNAUTHORIZED.into_response(),
        Received::Unavailable => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
