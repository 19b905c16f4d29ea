//! `GET /v1/messages` and `GET /v1/messages/{id}`: the truth about messages.
#![expect(unused_qualifications, reason = "written by the macro that makes the OpenAPI document")]

pub(super) mod view;

use super::{
    incoming::{IncomingPage, IncomingView},
    key, page,
    problem::Problem,
};
use crate::Doors;
use axum::{
    Json,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::{HeaderMap, header},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use vestnik_app::{
    incoming,
    trace::{self, Trace},
};
use vestnik_model::{
    id::{AccountId, IncomingId, MessageId, WorkspaceId},
    language::Language,
    phone::Phone,
    status::Status,
};
use vestnik_store::message::Search;
use view::{MessageFull, MessagePage};

/// What to look for. All given conditions must hold; what can't be asked for together is refused.
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
    /// `out` (ours, the default) or `in`: what customers wrote. With `out` go id, mtNum, number and
    /// state; with `in` one of number (the author's), account with chat, and after.
    direction: Option<String>,
    /// With `in`: the account, with `chat`.
    account: Option<String>,
    /// With `in`: the provider's id of a chat of that account.
    chat: Option<String>,
    /// With `in`, alone: only newer than this message; the oldest come first.
    after: Option<String>,
    /// How many at most: 1 to 200 (50).
    limit: Option<i64>,
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

/// A page of messages: ours, or with `direction=in` what customers wrote.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum MessageList {
    /// Ours.
    Sent(MessagePage),
    /// Those that came in.
    Incoming(IncomingPage),
}

/// Find messages, newest first. A page may be short and still have a continuation.
#[utoipa::path(
    get,
    path = "/v1/messages",
    params(Wanted),
    responses(
        (status = 200, description = "A MessagePage, or an IncomingPage.", body = MessageList),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(doors): State<Arc<Doors>>,
    headers: HeaderMap,
    query: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<MessageList>, Problem> {
    let workspace = key::workspace(&doors, &headers)?;
    let Query(wanted) = query.map_err(|e| Problem::invalid(e.body_text()))?;
    match wanted.direction.as_deref() {
        None | Some("out") => list_sent(&doors, workspace, wanted).await,
        Some("in") => list_incoming(&doors, workspace, wanted).await,
        Some(_) => Err(Problem::invalid("direction: in or out.")),
    }
}

/// That none of these is given; `why` follows the name of the one that is.
fn none_of<const N: usize>(given: [(&str, &Option<String>); N], why: &str) -> Result<(), Problem> {
    match given.iter().find(|(_, value)| value.is_some()) {
        Some((name, _)) => Err(Problem::invalid(format!("{name}: {why}"))),
        None => Ok(()),
    }
}

async fn list_sent(
    doors: &Doors,
    workspace: WorkspaceId,
    wanted: Wanted,
) -> Result<Json<MessageList>, Problem> {
    let of_incoming =
        [("account", &wanted.account), ("chat", &wanted.chat), ("after", &wanted.after)];
    none_of(of_incoming, "it counts with direction=in only.")?;
    let search = Search {
        workspace: Some(workspace),
        partner_ref: wanted.id,
        recipients: phones(wanted.number.as_deref())?.into_iter().map(Phone::digits).collect(),
        status: wanted.state.as_deref().map(status).transpose()?,
        before: wanted.before.as_deref().map(message_id).transpose()?,
        limit: limit(wanted.limit)?,
    };
    if let Some(text) = &wanted.mt_num {
        let found = trace::trace(&doors.hub, workspace, message_id(text)?, Language::En)
            .await
            .map_err(|_| Problem::unavailable())?;
        let found = found.filter(|found| fits(found, &search));
        return Ok(Json(MessageList::Sent(MessagePage::one(found.as_ref()))));
    }
    let page = trace::search(&doors.hub, search).await.map_err(|_| Problem::unavailable())?;
    Ok(Json(MessageList::Sent(MessagePage::of(&page))))
}

/// Whether a message that was asked for by its number is what else was asked for.
fn fits(found: &Trace, search: &Search) -> bool {
    let plan = &found.message.plan;
    let is_to = |phone: Phone| search.recipients.contains(&phone.digits());
    search.partner_ref.as_ref().is_none_or(|id| plan.partner_ref.as_ref() == Some(id))
        && (search.recipients.is_empty() || plan.recipient.phone().is_some_and(is_to))
        && search.status.is_none_or(|status| status == found.status)
        && search.before.is_none_or(|before| found.message.id < before)
}

async fn list_incoming(
    doors: &Doors,
    workspace: WorkspaceId,
    wanted: Wanted,
) -> Result<Json<MessageList>, Problem> {
    let of_sent = [("id", &wanted.id), ("mtNum", &wanted.mt_num), ("state", &wanted.state)];
    none_of(of_sent, "it does not count with direction=in.")?;
    if wanted.after.is_some() {
        let others = [
            ("number", &wanted.number),
            ("account", &wanted.account),
            ("chat", &wanted.chat),
            ("before", &wanted.before),
        ];
        none_of(others, "it can't be asked for together with after.")?;
    }
    let chat = match (wanted.account, wanted.chat) {
        (Some(account), Some(chat)) => {
            none_of([("number", &wanted.number)], "it can't be asked for together with chat.")?;
            let account = account.parse().map(AccountId);
            Some((account.map_err(|_| Problem::invalid("account: its number."))?, chat))
        }
        (None, None) => None,
        (_, _) => return Err(Problem::invalid("account and chat go together.")),
    };
    let limit = limit(wanted.limit)?;
    let search = vestnik_store::incoming::Search {
        workspace: Some(workspace),
        phones: phones(wanted.number.as_deref())?,
        chat,
        before: wanted.before.as_deref().map(incoming_id).transpose()?,
        after: wanted.after.as_deref().map(incoming_id).transpose()?,
        limit,
    };
    let found = incoming::search(&doors.hub, search).await.map_err(|_| Problem::unavailable())?;
    let page = IncomingPage::of(&doors.hub.setup(), found, limit);
    Ok(Json(MessageList::Incoming(page)))
}

/// How many messages are asked for.
fn limit(asked: Option<i64>) -> Result<usize, Problem> {
    page::limit(asked).map(|limit| usize::try_from(limit).unwrap_or(usize::MAX))
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
    lang: Result<Query<Lang>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Json<MessageFull>, Problem> {
    let workspace = key::workspace(&doors, &headers)?;
    let Query(lang) = lang.map_err(|e| Problem::invalid(e.body_text()))?;
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
