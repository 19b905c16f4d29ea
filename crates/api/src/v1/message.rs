//! `GET /v1/messages` and `GET /v1/messages/{id}`: the truth about messages.
#![expect(unused_qualifications, reason = "written by the macro that makes the OpenAPI document")]

mod view;

use super::{key, problem::Problem};
use crate::Doors;
use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderMap, header},
};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;
use vestnik_app::trace;
use vestnik_model::{id::MessageId, language::Language, phone::Phone, status::Status};
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
    /// The recipient's phone number, in any usual form.
    number: Option<String>,
    /// The status: queued, submitting, sent, cancelled, expired, failed, delivered or read.
    state: Option<String>,
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
        (status = 200, body = MessagePage),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(doors): State<Arc<Doors>>,
    headers: HeaderMap,
    query: Result<Query<Wanted>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<MessagePage>, Problem> {
    let workspace = key::workspace(&doors, &headers)?;
    let Query(wanted) = query.map_err(|e| Problem::invalid(e.body_text()))?;
    if let Some(text) = &wanted.mt_num {
        let found = trace::trace(&doors.hub, workspace, message_id(text)?, Language::En)
            .await
            .map_err(|_| Problem::unavailable())?;
        return Ok(Json(MessagePage::one(found.as_ref())));
    }
    let search = Search {
        workspace: Some(workspace),
        partner_ref: wanted.id,
        recipient: wanted.number.as_deref().map(phone).transpose()?.map(|phone| phone.digits()),
        status: wanted.state.as_deref().map(status).transpose()?,
        before: wanted.before.as_deref().map(message_id).transpose()?,
        limit: wanted.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX),
    };
    let page = trace::search(&doors.hub, search).await.map_err(|_| Problem::unavailable())?;
    Ok(Json(MessagePage::of(&page)))
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

fn phone(text: &str) -> Result<Phone, Problem> {
    Phone::parse(text).ok_or_else(|| Problem::invalid("number must be a phone number."))
}

fn status(text: &str) -> Result<Status, Problem> {
    Status::parse(text).ok_or_else(|| {
        let known: Vec<_> = Status::ALL.iter().map(|s| s.code()).collect();
        Problem::invalid(format!("state must be one of {}.", known.join(", ")))
    })
}
