//! `/v1/accounts/{id}/checklist`: what has to be done at the provider before an account can work.

use super::{account::find, body::Told, key, problem::Problem};
use crate::Doors;
use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use vestnik_store::checklist;

/// A point of the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChecklistItem {
    /// Its code.
    code: &'static str,
    /// What to do, in Russian.
    ru: &'static str,
    /// What to do, in English.
    en: &'static str,
    /// Where.
    #[serde(skip_serializing_if = "str::is_empty")]
    link: &'static str,
    /// Whether it was ticked off.
    done: bool,
}

/// Whether a point is done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Tick {
    done: bool,
}

/// The list of an account's provider, in order, with what is done.
#[utoipa::path(
    get,
    path = "/v1/accounts/{id}/checklist",
    params(("id" = String, Path, description = "The account's number.")),
    responses(
        (status = 200, body = Vec<ChecklistItem>),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(doors): State<Arc<Doors>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Vec<ChecklistItem>>, Problem> {
    let account = find(&doors, &headers, &id)?;
    let number = account.account.id;
    let done = doors.hub.read(move |tx| checklist::done(tx, number)).await;
    let done = done.map_err(|_| Problem::unavailable())?;
    let items = account.provider.checklist().iter().map(|item| {
        let [ru, en] = item.text;
        ChecklistItem { code: item.code, ru, en, link: item.link, done: done.contains(item.code) }
    });
    Ok(Json(items.collect()))
}

/// Tick a point off, or take the tick away.
#[utoipa::path(
    put,
    path = "/v1/accounts/{id}/checklist/{code}",
    request_body = Tick,
    params(
        ("id" = String, Path, description = "The account's number."),
        ("code" = String, Path, description = "The point's code."),
    ),
    responses(
        (status = 204, description = "Noted."),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn tick(
    State(doors): State<Arc<Doors>>,
    Path((id, code)): Path<(String, String)>,
    headers: HeaderMap,
    body: Result<Told<Tick>, Problem>,
) -> Result<StatusCode, Problem> {
    key::may_write(&doors, &headers)?;
    let account = find(&doors, &headers, &id)?;
    let Told(Tick { done }) = body?;
    let item = account.provider.checklist().iter().find(|item| item.code == code);
    let code = item.ok_or_else(|| Problem::not_found("There is no such point."))?.code;
    let number = account.account.id;
    let noted = doors.hub.work(move |tx, _| checklist::tick(tx, number, code, done)).await;
    noted.map_err(|_| Problem::unavailable())?;
    Ok(StatusCode::NO_CONTENT)
}
