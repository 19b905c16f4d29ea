//! `GET /v1/messages` and `GET /v1/messages/{id}`: the truth about messages.
#![expect(unused_qualifications, reason = "written by the macro that makes the OpenAPI document")]

pub(super) mod view;

use super::{
    incoming::{IncomingPage, IncomingView},
    key,
    problem::Problem,
};
use crate::Doors;
use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;
use vestnik_app::{incoming, trace};
use vestnik_model::{
    id::{AccountId, IncomingId, MessageId, WorkspaceId},
    language::Language,
    phone::Phone,
    status::Status,
};
use vestnik_store::message::Search;
use view::{MessageFull, MessagePage};

/// Messages on a page unless asked otherwise.
const PAGE: usize = 50;
/// Messages on a page at most.
const PAGE_MAX: usize = 200;

/// What to look for. All given conditions must hold.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// The sender's own id of the message.
    id: Option<String>,
    /// The message's number.
    mt_num: Option<String>,
    /// The recipient's phone number, in any usual form or as it is shown. Eleven digits that begin
    /// with 8 may be a Russian number or a foreign one: both are looked for. With `+` only that one.
    number: Option<String>,
    /// The status: queued, submitting, sent, cancelled, expired, failed, delivered or read.
    state: Option<String>,
    /// `out` (ours, the default) or `in`: what customers wrote. With `in` count number (the
    /// author's), account with chat, limit, before and after.
    direction: Option<String>,
    /// The account, with `chat`.
    account: Option<String>,
    /// The provider's id of a chat of that account.
    chat: Option<String>,
    /// With `in`: only newer than this message; the oldest come first.
    after: Option<String>,
    /// How many at most (50, up to 200).
    limit: Option<usize>,
    /// Where to go on: `next` of the page before.
    before: Option<String>,
}

/// The language of texts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Lang {
    /// `ru` or `en`; else as `Accept-Language` says; else Russian.
    lang: Option<String>,
}

/// Find messages, newest first. A page may be short and still have a continuation.
#[utoipa::path(
    get,
    path = "/v1/messages",
    params(Wanted),
    responses(
        (status = 200, description = "A MessagePage, or an IncomingPage.", body = MessagePage),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(doors): State<Arc<Doors>>,
    headers: HeaderMap,
    query: Result<Query<Wanted>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Problem> {
    let workspace = key::workspace(&doors, &headers)?;
    let Query(wanted) = query.map_err(|e| Problem::invalid(e.body_text()))?;
    match wanted.direction.as_deref() {
        None | Some("out") => list_sent(&doors, workspace, wanted).await,
        Some("in") => list_incoming(&doors, workspace, wanted).await,
        Some(_) => Err(Problem::invalid("direction: in or out.")),
    }
}

async fn list_sent(
    doors: &Doors,
    workspace: WorkspaceId,
    wanted: Wanted,
) -> Result<Response, Problem> {
    if let Some(text) = &wanted.mt_num {
        let found = trace::trace(&doors.hub, workspace, message_id(text)?, Language::En)
            .await
            .map_err(|_| Problem::unavailable())?;
        return Ok(Json(MessagePage::one(found.as_ref())).into_response());
    }
    let search = Search {
        workspace: Some(workspace),
        partner_ref: wanted.id,
        recipients: phones(wanted.number.as_deref())?.into_iter().map(Phone::digits).collect(),
        status: wanted.state.as_deref().map(status).transpose()?,
        before: wanted.before.as_deref().map(message_id).transpose()?,
        limit: wanted.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX),
    };
    let page = trace::search(&doors.hub, search).await.map_err(|_| Problem::unavailable())?;
    Ok(Json(MessagePage::of(&page)).into_response())
}

async fn list_incoming(
    doors: &Doors,
    workspace: WorkspaceId,
    wanted: Wanted,
) -> Result<Response, Problem> {
    let chat = match (wanted.account, wanted.chat) {
        (Some(account), Some(chat)) => {
            let account = account.parse().map(AccountId);
            Some((account.map_err(|_| Problem::invalid("account: its number."))?, chat))
        }
        (None, None) => None,
        (_, _) => return Err(Problem::invalid("account and chat go together.")),
    };
    let limit = wanted.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let search = vestnik_store::incoming::Search {
        workspace: Some(workspace),
        phones: phones(wanted.number.as_deref())?,
        chat,
        before: wanted.before.as_deref().map(incoming_id).transpose()?,
        after: wanted.after.as_deref().map(incoming_id).transpose()?,
        limit,
    };
    let found = incoming::search(&doors.hub, search).await.map_err(|_| Problem::unavailable())?;
    Ok(Json(IncomingPage::of(&doors.hub.setup(), found, limit)).into_response())
}

/// One message that came in.
#[utoipa::path(
    get,
    path = "/v1/incoming/{id}",
    params(("id" = String, Path, description = "The message's number.")),
    responses(
        (status = 200, body = IncomingView),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get_incoming(
    State(doors): State<Arc<Doors>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<IncomingView>, Problem> {
    let workspace = key::workspace(&doors, &headers)?;
    let found = incoming::get(&doors.hub, workspace, incoming_id(&id)?).await;
    let found = found.map_err(|_| Problem::unavailable())?;
    let found = found.ok_or_else(|| Problem::not_found(format!("There is no message {id}.")))?;
    Ok(Json(IncomingView::of(&doors.hub.setup(), found)))
}

fn incoming_id(text: &str) -> Result<IncomingId, Problem> {
    message_id(text).map(|id| IncomingId(id.0))
}

/// Everything about one message: its whole timeline with the exchanges, and why it is where it is.
#[utoipa::path(
    get,
    path = "/v1/messages/{id}",
    params(("id" = String, Path, description = "The message's number (mtNum)."), Lang),
    responses(
        (status = 200, body = MessageFull),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get(
    State(doors): State<Arc<Doors>>,
    Path(id): Path<String>,
    Query(lang): Query<Lang>,
    headers: HeaderMap,
) -> Result<Json<MessageFull>, Problem> {
    let workspace = key::workspace(&doors, &headers)?;
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
    let language = Language::pick(lang.lang.as_deref().or(accepted).unwrap_or_default());
    let found = trace::trace(&doors.hub, workspace, message_id(&id)?, language)
        .await
        .map_err(|_| Problem::unavailable())?;
    let found = found.ok_or_else(|| Problem::not_found(format!("There is no message {id}.")))?;
    Ok(Json(MessageFull::of(found)))
}

fn message_id(text: &str) -> Result<MessageId, Problem> {
    let id = text.parse().ok().filter(|id| *id > 0).map(MessageId);
    id.ok_or_else(|| Problem::invalid("A message's number is a positive integer."))
}

/// The numbers that may be meant; none if none is asked for.
fn phones(text: Option<&str>) -> Result<Vec<Phone>, Problem> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let meant = Phone::meant(text);
    if meant.is_empty() {
        return Err(Problem::invalid("number must be a phone number."));
    }
    Ok(meant)
}

fn status(text: &str) -> Result<Status, Problem> {
    Status::parse(text).ok_or_else(|| {
        let known: Vec<_> = Status::ALL.iter().map(|s| s.code()).collect();
        Problem::invalid(format!("state must be one of {}.", known.join(", ")))
    })
}
