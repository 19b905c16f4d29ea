//! `/v1/notices` and `/v1/mails`: what became of the messages of hooks, and whom was written to about it.

use super::{
    hook_view::{MailView, NoticeView},
    key,
    page::PageQuery,
    problem::Problem,
};
use crate::Doors;
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    http::HeaderMap,
};
use std::sync::Arc;
use vestnik_model::id::{MailId, MessageId};
use vestnik_store::{mail, notice as notices};

/// What became of the messages of hooks, newest first: `?state=failed` lists what must be looked at.
#[utoipa::path(
    get,
    path = "/v1/notices",
    params(PageQuery),
    responses(
        (status = 200, body = Vec<NoticeView>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn notices(
    State(doors): State<Arc<Doors>>,
    page: Result<Query<PageQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Json<Vec<NoticeView>>, Problem> {
    let workspace = key::workspace(&doors, &headers)?;
    let Query(page) = page.map_err(|error| Problem::invalid(error.body_text()))?;
    let state = page.state.as_deref().map(|code| {
        let problem = || Problem::invalid("state: open, delivered, failed or unconfirmed.");
        notices::NoticeState::by_code(code).ok_or_else(problem)
    });
    let state = state.transpose()?;
    let (before, limit) = (page.before()?.map(MessageId), page.limit()?);
    let found = doors.hub.read(move |tx| notices::list(tx, workspace, state, before, limit)).await;
    let found = found.map_err(|_| Problem::unavailable())?;
    Ok(Json(found.iter().map(NoticeView::of).collect()))
}

/// Mails to people, newest first.
#[utoipa::path(
    get,
    path = "/v1/mails",
    params(PageQuery),
    responses(
        (status = 200, body = Vec<MailView>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn mails(
    State(doors): State<Arc<Doors>>,
    page: Result<Query<PageQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Json<Vec<MailView>>, Problem> {
    let workspace = key::workspace(&doors, &headers)?;
    let Query(page) = page.map_err(|error| Problem::invalid(error.body_text()))?;
    let (before, limit) = (page.before()?.map(MailId), page.limit()?);
    let found = doors.hub.read(move |tx| mail::list(tx, workspace, before, limit)).await;
    let found = found.map_err(|_| Problem::unavailable())?;
    Ok(Json(found.iter().map(MailView::of).collect()))
}
