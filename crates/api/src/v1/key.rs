//! Who calls: the workspace that the key opens.

use super::problem::Problem;
use crate::Doors;
use axum::http::{HeaderMap, header};
use vestnik_model::id::WorkspaceId;

/// The workspace of the key in the `Authorization` header.
pub(super) fn workspace(doors: &Doors, headers: &HeaderMap) -> Result<WorkspaceId, Problem> {
    let value = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    let (scheme, key) = value.and_then(|v| v.split_once(' ')).ok_or_else(Problem::unauthorized)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Problem::unauthorized());
    }
    doors.hub.setup().workspace_of_key(key.trim()).ok_or_else(Problem::unauthorized)
}
