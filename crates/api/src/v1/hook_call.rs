//! `/v1/hook-calls`: what event sources have told us, what came of it, and playing it again.

use super::{
    hook::{find, number},
    hook_view::{CallView, ReplayView},
    key,
    page::PageQuery,
    problem::Problem,
};
use crate::Doors;
use axum::{
    Json,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::{HeaderMap, StatusCode},
};
use std::sync::Arc;
use vestnik_model::id::{CallId, HookId, WorkspaceId};
use vestnik_store::hook_call::{self, CallSearch, HookCall};

/// Calls of one hook, newest first.
#[utoipa::path(
    get,
    path = "/v1/hooks/{id}/calls",
    params(("id" = String, Path, description = "The hook's number."), PageQuery),
    responses(
        (status = 200, body = Vec<CallView>),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn calls_of(
    State(doors): State<Arc<Doors>>,
    Path(id): Path<String>,
    page: Result<Query<PageQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Json<Vec<CallView>>, Problem> {
    let workspace = key::workspace(&doors, &headers)?;
    let Query(page) = page.map_err(|error| Problem::invalid(error.body_text()))?;
    let hook = find(&doors, workspace, &id).await?;
    listed(&doors, workspace, Some(hook.id), &page).await
}

/// Calls of all hooks, those included whose address holds everything; newest first.
#[utoipa::path(
    get,
    path = "/v1/hook-calls",
    params(PageQuery),
    responses(
        (status = 200, body = Vec<CallView>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn calls(
    State(doors): State<Arc<Doors>>,
    page: Result<Query<PageQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Json<Vec<CallView>>, Problem> {
    let workspace = key::workspace(&doors, &headers)?;
    let Query(page) = page.map_err(|error| Problem::invalid(error.body_text()))?;
    listed(&doors, workspace, None, &page).await
}

async fn listed(
    doors: &Doors,
    workspace: WorkspaceId,
    hook: Option<HookId>,
    page: &PageQuery,
) -> Result<Json<Vec<CallView>>, Problem> {
    let only_failed = match page.state.as_deref() {
        None => false,
        Some("failed") => true,
        Some(_) => return Err(Problem::invalid("state: failed, or nothing.")),
    };
    let wanted = CallSearch {
        workspace: Some(workspace),
        hook,
        only_failed,
        before: page.before()?.map(CallId),
        limit: page.limit()?,
    };
    let found = doors.hub.read(move |tx| hook_call::list(tx, &wanted)).await;
    let found = found.map_err(|_| Problem::unavailable())?;
    Ok(Json(found.iter().map(|call| CallView::of(call, false)).collect()))
}

async fn call_of(doors: &Doors, workspace: WorkspaceId, id: &str) -> Result<HookCall, Problem> {
    let id = CallId(number(id)?);
    let found = doors.hub.read(move |tx| hook_call::get(tx, id)).await;
    let found = found.map_err(|_| Problem::unavailable())?;
    let found = found.filter(|call| call.workspace == workspace);
    found.ok_or_else(|| Problem::not_found(format!("There is no call {id}.")))
}

/// A call with its body.
#[utoipa::path(
    get,
    path = "/v1/hook-calls/{id}",
    params(("id" = String, Path, description = "The call's number.")),
    responses(
        (status = 200, body = CallView),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn call(
    State(doors): State<Arc<Doors>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<CallView>, Problem> {
    let workspace = key::workspace(&doors, &headers)?;
    Ok(Json(CallView::of(&call_of(&doors, workspace, &id).await?, true)))
}

/// Play a call again, by the rules of now; what it told before is told again.
#[utoipa::path(
    post,
    path = "/v1/hook-calls/{id}/replay",
    params(("id" = String, Path, description = "The call's number.")),
    responses(
        (status = 202, body = ReplayView),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn replay(
    State(doors): State<Arc<Doors>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<(StatusCode, Json<ReplayView>), Problem> {
    let workspace = key::may_write(&doors, &headers)?;
    let call = call_of(&doors, workspace, &id).await?;
    let again = vestnik_app::hook::replay(&doors.hub, call).await;
    let again = again.map_err(|_| Problem::unavailable())?;
    Ok((StatusCode::ACCEPTED, Json(ReplayView { id: again.to_string() })))
}
