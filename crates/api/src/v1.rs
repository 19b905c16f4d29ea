//! Our own API, `/v1`.
use crate::Doors;
use axum::Router;
use std::sync::Arc;

/// Its routes and its OpenAPI document.
pub fn router() -> (Router<Arc<Doors>>, String) {
    (Router::new(), String::new())
}
