//! Our own API, `/v1`: what the console, CRMs and scripts use.
//!
//! Keys travel as `Authorization: Bearer …`; errors are problem documents (RFC 9457); lists come
//! in pages with a cursor. The OpenAPI document is made from the code: `GET /v1/openapi.json`.

mod account;
mod account_view;
mod checklist;
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
use axum::Router;
use std::sync::Arc;
use utoipa::{
    Modify, OpenApi,
    openapi::security::{Http, HttpAuthScheme, SecurityScheme},
};
use utoipa_axum::{router::OpenApiRouter, routes};

#[derive(OpenApi)]
#[openapi(
    info(title = "Vestnik", description = "Business messages, and the truth about each of them."),
    modifiers(&Bearer),
    security(("key" = [])),
)]
struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme("key", scheme);
    }
}

/// Its routes and its OpenAPI document.
///
/// # Panics
/// Never: the document is made of our own types.
pub fn router() -> (Router<Arc<Doors>>, String) {
    let (router, document) = OpenApiRouter::with_openapi(Document::openapi())
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
    let text = document.to_pretty_json().expect("our own document serialises");
    (router, text)
}
