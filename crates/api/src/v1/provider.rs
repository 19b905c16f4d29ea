//! `GET /v1/providers`: what each provider can do, from the adapters' own descriptions.

use super::{key, problem::Problem};
use crate::Doors;
use axum::{Json, extract::State, http::HeaderMap};
use std::sync::Arc;
use vestnik_app::matrix::{self, ProviderView};

/// Every provider: its messengers and what it can do in them, its settings, its guarantee.
#[utoipa::path(
    get,
    path = "/v1/providers",
    responses(
        (status = 200, body = Vec<Object>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(doors): State<Arc<Doors>>,
    headers: HeaderMap,
) -> Result<Json<Vec<ProviderView>>, Problem> {
    key::workspace(&doors, &headers)?;
    Ok(Json(doors.hub.providers().iter().map(|p| matrix::view(p.descriptor())).collect()))
}
