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
use vestnik_app::{
    receive::{Received, receive as receive_for},
    setup::AccountSetup,
};
use vestnik_model::limits::WEBHOOK_BODY_BYTES_MAX;
use vestnik_provider::wire::Inbound;

/// The path that Twilio's set-up pages name: shared by all accounts whose provider can tell whom a
/// webhook is for.
pub const SHARED_PATH: &str = "/api/webhook/LeadGen/whatsapp";

/// Takes in a webhook. 200 only when it is on disk.
pub async fn receive(
    State(doors): State<Arc<Doors>>,
    Path(key): Path<String>,
    request: Request<Body>,
) -> Response {
    match doors.hub.setup().account_by_key(&key).cloned() {
        Some(account) => take(&doors, request, |_| Some(account)).await,
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Takes in a webhook at the shared path: it says itself whom it is for.
pub async fn receive_shared(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Response {
    let setup = doors.hub.setup();
    let find = |inbound: &Inbound<'_>| {
        setup.accounts().find(|a| a.provider.is_for(&a.account, inbound)).cloned()
    };
    take(&doors, request, find).await
}

async fn take(
    doors: &Doors,
    request: Request<Body>,
    find: impl FnOnce(&Inbound<'_>) -> Option<Arc<AccountSetup>>,
) -> Response {
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
    let Some(account) = find(&inbound) else { return StatusCode::NOT_FOUND.into_response() };
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
