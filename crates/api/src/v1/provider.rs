//! `GET /v1/providers`: what each provider can do, from the adapters' own descriptions.

use super::{key, problem::Problem};
use crate::Doors;
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, header},
    response::{Html, IntoResponse},
};
use std::sync::Arc;
use vestnik_app::matrix::{self, ProviderView};
use vestnik_model::language::Language;

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

/// The same as a page for a browser; it holds nothing of the installation.
pub async fn page(State(doors): State<Arc<Doors>>, headers: HeaderMap) -> impl IntoResponse {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
    let language = Language::pick(accepted.unwrap_or_default());
    let descriptors = doors.hub.providers().iter().map(|p| p.descriptor());
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, Html(matrix::page(descriptors, language)))
}
