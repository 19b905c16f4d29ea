//! An account for the targets that need one.

use std::collections::BTreeMap;
use vestnik_model::{
    account::{Account, Pacing},
    id::{AccountId, WorkspaceId},
    messenger::Messenger,
    outcome::Guarantee,
    secret::Secret,
};

/// A Green-API account; with an empty token its webhooks need none.
pub fn green_api(webhook_token: &str) -> Account {
    let settings = [
        ("api_url", "1103.api.green-api.com"),
        ("id_instance", "1234567890"),
        ("token", "token-of-the-instance"),
        ("webhook_token", webhook_token),
    ];
    let settings: BTreeMap<_, _> =
        settings.into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
    Account {
        id: AccountId(1),
        workspace: WorkspaceId(1),
        provider: "green_api".to_owned(),
        name: "fuzz".to_owned(),
        messenger: Messenger::Whatsapp,
        webhook_key: "key".to_owned(),
        settings,
        pacing: Pacing::default(),
        lanes: 1,
        in_flight_max: 1,
        unknown: Guarantee::NeverTwice,
        active: true,
    }
}
