//! The door for providers' webhooks: `/in/KEY`.

use crate::{
    Doors,
    body::{self, BodyError},
};
use axum::{
    body::{Body, HttpBody},
    extract::State,
    http::{Request, StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
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

/// Where the accounts' own paths begin; behind it stands the account's key.
const OWN_PATHS: &str = "/in/";

/// Whose path it is, if it is an account's own.
pub(crate) fn account(doors: &Doors, path: &str) -> Option<Arc<AccountSetup>> {
    let key = path.strip_prefix(OWN_PATHS)?;
    doors.hub.setup().account_by_key(key).cloned()
}

/// Takes in a webhook at an account's own path. 200 only when it is on disk.
pub(crate) fn receive<B>(
    doors: Arc<Doors>,
    account: Arc<AccountSetup>,
    request: Request<B>,
) -> impl Future<Output = Response>
where
    B: HttpBody<Data = Bytes> + Unpin,
{
    take(doors, request, |_, _| Some(account))
}

/// Takes in a webhook at the shared path: it says itself whom it is for.
pub async fn receive_shared(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Response {
    let find = |doors: &Doors, inbound: &Inbound<'_>| {
        let setup = doors.hub.setup();
        setup.accounts().find(|a| a.provider.is_for(&a.account, inbound)).cloned()
    };
    take(doors, request, find).await
}

fn take<B>(
    doors: Arc<Doors>,
    request: Request<B>,
    find: impl FnOnce(&Doors, &Inbound<'_>) -> Option<Arc<AccountSetup>>,
) -> impl Future<Output = Response>
where
    B: HttpBody<Data = Bytes> + Unpin,
{
    let (head, body) = request.into_parts();
    async move { taken(&doors, &head, body, find).await }
}

async fn taken<B>(
    doors: &Doors,
    head: &Parts,
    body: B,
    find: impl FnOnce(&Doors, &Inbound<'_>) -> Option<Arc<AccountSetup>>,
) -> Response
where
    B: HttpBody<Data = Bytes> + Unpin,
{
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
    let Some(account) = find(doors, &inbound) else { return StatusCode::NOT_FOUND.into_response() };
    match receive_for(&doors.hub, &account, &inbound).await {
        Received::Stored => match account.provider.descriptor().webhook_answer {
            // Nothing has no type that a header could name.
            "" => Response::default(),
            words => words.into_response(),
        },
        Received::Handshake { status, body } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            (status, body).into_response()
        }
        Received::Forged => StatusCode::UNAUTHORIZED.into_response(),
        Received::Unavailable => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
