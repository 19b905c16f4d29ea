//! `GET /v1/accounts`: the accounts, without what is secret in them.

use super::{key, problem::Problem};
use crate::Doors;
use axum::{Json, extract::State, http::HeaderMap};
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc};
use utoipa::ToSchema;
use vestnik_app::setup::AccountSetup;

/// An account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountView {
    /// Its number.
    id: String,
    /// The provider's code.
    provider: String,
    /// What people call it.
    name: String,
    /// The messenger it sends through.
    messenger: &'static str,
    /// Where the provider's webhooks for it go.
    webhook_path: String,
    /// Its settings; what is secret is only said to be there.
    settings: BTreeMap<String, String>,
    /// Whether it sends and receives.
    active: bool,
    /// Why it is not used until somebody acts.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<String>,
}

impl AccountView {
    fn of(setup: &AccountSetup) -> Self {
        let account = &setup.account;
        let is_secret = |name: &str| {
            let settings = setup.provider.descriptor().settings;
            settings.iter().find(|s| s.name == name).is_none_or(|s| s.secret)
        };
        let shown = |name: &String| match is_secret(name) {
            true => "***".to_owned(),
            false => account.setting(name).to_owned(),
        };
        Self {
            id: account.id.to_string(),
            provider: account.provider.clone(),
            name: account.name.clone(),
            messenger: account.messenger.code(),
            webhook_path: format!("/in/{}", account.webhook_key),
            settings: account.settings.keys().map(|name| (name.clone(), shown(name))).collect(),
            active: account.active,
            trouble: setup.trouble.clone(),
        }
    }
}

/// All accounts.
#[utoipa::path(
    get,
    path = "/v1/accounts",
    responses(
        (status = 200, body = Vec<AccountView>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(doors): State<Arc<Doors>>,
    headers: HeaderMap,
) -> Result<Json<Vec<AccountView>>, Problem> {
    let workspace = key::workspace(&doors, &headers)?;
    let setup = doors.hub.setup();
    let ours = setup.accounts().filter(|a| a.account.workspace == workspace);
    Ok(Json(ours.map(|account| AccountView::of(account)).collect()))
}
