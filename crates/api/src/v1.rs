//! Our own API, `/v1`: what the console, CRMs and scripts use.
//!
//! Keys travel as `Authorization: Bearer …`; errors are problem documents (RFC 9457); lists come
//! in pages with a cursor. The OpenAPI document is made from the code: `GET /v1/openapi.json`.

mod account;
mod account_view;
mod body;
mod checklist;
mod document;
pub mod file;
mod hook;
mod hook_call;
mod hook_view;
mod incoming;
mod invitation;
mod key;
mod message;
mod notice;
mod page;
mod problem;
pub mod provider;
mod send;

use crate::Doors;
use axum::{Router, middleware, routing};
use problem::Problem;
use std::sync::Arc;
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Its routes and its OpenAPI document.
///
/// # Panics
/// Never: the document is made of our own types.
pub fn router() -> (Router<Arc<Doors>>, String) {
    let (router, mut document) = OpenApiRouter::with_openapi(document::Document::openapi())
        .routes(routes!(message::list, send::send))
        .routes(routes!(message::get))
        .routes(routes!(message::get_incoming))
        .routes(routes!(file::put))
        .routes(routes!(file::get))
        .routes(routes!(account::list, account::connect))
        .routes(routes!(account::change))
        .routes(routes!(account::check))
        .routes(routes!(account::subscribe))
        .routes(routes!(account::qr))
        .routes(routes!(account::settings, account::change_settings))
        .routes(routes!(account::act))
        .routes(routes!(account::queue))
        .routes(routes!(checklist::list))
        .routes(routes!(checklist::tick))
        .routes(routes!(provider::list))
        .routes(routes!(invitation::invite))
        .routes(routes!(hook::list, hook::make))
        .routes(routes!(hook::presets))
        .routes(routes!(hook::get, hook::change, hook::remove))
        .routes(routes!(hook::test))
        .routes(routes!(hook::reminders))
        .routes(routes!(hook_call::calls_of))
        .routes(routes!(hook_call::calls))
        .routes(routes!(hook_call::call))
        .routes(routes!(hook_call::replay))
        .routes(routes!(notice::notices))
        .routes(routes!(notice::mails))
        .split_for_parts();
    document::complete(&mut document);
    let text = document.to_pretty_json().expect("our own document serialises");
    let missing = || async { Problem::not_found("There is nothing at this address.") };
    let router = router
        .route("/v1", routing::any(missing))
        .route("/v1/{*rest}", routing::any(missing))
        .layer(middleware::map_response(problem::worded));
    (router, text)
}
