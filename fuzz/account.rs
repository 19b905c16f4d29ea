//! An account for the targets that need one.

use std::collections::BTreeMap;
use vestnik_model::{
    account::{Account, Pacing},
    id::{AccountId, WorkspaceId},
    messenger::Messenger,
    outcome::Guarantee,
    secret::Secret,
};
use vestnik_provider::{Provider, descriptor::Form};

/// An account of a provider, with every setting filled in its form.
pub fn account(provider: &dyn Provider) -> Account {
    let descriptor = provider.descriptor();
    let value = |form: Form| match form {
        Form::Text => "secret-text",
        Form::Digits => "1234567890",
        Form::Host => "api.example.org",
        Form::Phone => "79161234567",
        Form::Switch => "yes",
        Form::Sid(..) => "AC00000000000000000000000000000001",
        Form::Choice(known) => known.first().map_or("", |(code, ..)| code),
    };
    let settings: BTreeMap<_, _> = descriptor
        .settings
        .iter()
        .map(|setting| (setting.name.to_owned(), Secret::new(value(setting.form))))
        .collect();
    let messenger = descriptor.channels.first().map_or(Messenger::Whatsapp, |c| c.messenger);
    Account {
        id: AccountId(1),
        workspace: WorkspaceId(1),
        provider: descriptor.code.to_owned(),
        name: "fuzz".to_owned(),
        messenger,
        webhook_key: "key".to_owned(),
        settings,
        pacing: Pacing::default(),
        lanes: 1,
        in_flight_max: 1,
        unknown: Guarantee::NeverTwice,
        active: true,
    }
}
