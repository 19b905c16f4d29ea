//! Accounts as our own API shows them: without what is secret in them.

use super::message::view::moment;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use vestnik_app::{Hub, account::webhook_url, setup::AccountSetup};
use vestnik_store::account::{Condition, ConditionState, Webhooks};

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
    /// The path of our door for its webhooks.
    webhook_path: String,
    /// The address to be entered at the provider, if we know where the world reaches us.
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook_url: Option<String>,
    /// Its settings; what is secret is only said to be there.
    settings: BTreeMap<String, String>,
    /// Whether it sends and receives.
    active: bool,
    /// Whether nobody set it up: it was made of the credentials in a hook's address.
    implicit: bool,
    /// Why it is not used until somebody acts.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<String>,
    /// What was last found out about it at its provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<ConditionView>,
}

/// What was found out about an account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConditionView {
    /// ready, waiting or broken.
    state: &'static str,
    /// Why.
    #[serde(skip_serializing_if = "String::is_empty")]
    detail: String,
    /// Where its webhooks go: ours, partial, nowhere, elsewhere (another installation has taken
    /// the account over), sibling (another account here has them) or unknown.
    webhooks: &'static str,
    /// What is missing, who has them, or the number of the account here that does.
    #[serde(skip_serializing_if = "Option::is_none")]
    webhooks_detail: Option<String>,
    /// When it was found out.
    checked_at: String,
}

impl AccountView {
    pub(super) fn of(hub: &Hub, setup: &AccountSetup, condition: Option<&Condition>) -> Self {
        let account = &setup.account;
        let is_secret = |name: &str| {
            let settings = setup.provider.descriptor().settings;
            settings.iter().find(|s| s.name == name).is_none_or(|s| s.secret)
        };
        let shown = |name: &String| {
            if is_secret(name) { "***".to_owned() } else { account.setting(name).to_owned() }
        };
        Self {
            id: account.id.to_string(),
            provider: account.provider.clone(),
            name: account.name.clone(),
            messenger: account.messenger.code(),
            webhook_path: format!("/in/{}", account.webhook_key),
            webhook_url: webhook_url(hub, account),
            settings: account.settings.keys().map(|name| (name.clone(), shown(name))).collect(),
            active: account.active,
            implicit: setup.is_implicit,
            trouble: setup.trouble.clone(),
            condition: condition.map(|found| ConditionView::of(found, setup.trouble.as_deref())),
        }
    }
}

impl ConditionView {
    /// An account that was stopped since it was last looked at is broken, whatever was found then.
    fn of(condition: &Condition, trouble: Option<&str>) -> Self {
        let (webhooks, webhooks_detail) = match &condition.webhooks {
            Webhooks::Unknown => ("unknown", None),
            Webhooks::Ours => ("ours", None),
            Webhooks::Partial(missing) => ("partial", Some(missing.clone())),
            Webhooks::Nowhere => ("nowhere", None),
            Webhooks::Elsewhere(host) => ("elsewhere", Some(host.clone())),
            Webhooks::Sibling(other) => ("sibling", Some(other.to_string())),
        };
        Self {
            state: match (condition.state, trouble) {
                (_, Some(_)) | (ConditionState::Broken, None) => "broken",
                (ConditionState::Ready, None) => "ready",
                (ConditionState::Waiting, None) => "waiting",
            },
            detail: trouble.unwrap_or(&condition.detail).to_owned(),
            webhooks,
            webhooks_detail,
            checked_at: moment(condition.checked_at),
        }
    }
}
