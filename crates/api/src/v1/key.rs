//! Who calls: the workspace that the key opens, and what the key may.

use super::problem::Problem;
use crate::Doors;
use axum::http::{HeaderMap, header};
use vestnik_model::id::WorkspaceId;
use vestnik_store::key::ApiKey;

/// The workspace of the key in the `Authorization` header.
pub(super) fn workspace(doors: &Doors, headers: &HeaderMap) -> Result<WorkspaceId, Problem> {
    with_key(doors, headers, |key| Ok(key.workspace))
}

/// The same, if the key may change things.
pub(super) fn may_write(doors: &Doors, headers: &HeaderMap) -> Result<WorkspaceId, Problem> {
    let allowed = |key: &ApiKey| key.may_write().then_some(key.workspace);
    with_key(doors, headers, |key| allowed(key).ok_or_else(Problem::forbidden))
}

fn with_key<T>(
    doors: &Doors,
    headers: &HeaderMap,
    then: impl FnOnce(&ApiKey) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let value = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    let (scheme, key) = value.and_then(|v| v.split_once(' ')).ok_or_else(Problem::unauthorized)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Problem::unauthorized());
    }
    let setup = doors.hub.setup();
    then(setup.key(key.trim()).ok_or_else(Problem::unauthorized)?)
}
