//! Accounts: adding one, changing one.

use super::{AdminError, NAME_CHARS_MAX, WORKSPACE, check_name, token};
use crate::{instance, seal::Sealer, setup::Providers};
use std::collections::BTreeMap;
use vestnik_db::{DbError, Tx};
use vestnik_model::{
    account::Pacing, id::AccountId, language::Language, limits::IN_FLIGHT_DEFAULT,
    messenger::Messenger, outcome::Guarantee, secret::Secret,
};
use vestnik_provider::{Provider, descriptor::Descriptor};
use vestnik_store::{
    StoreError,
    account::{self, Properties, StoredAccount},
    config,
};

/// An account to be added.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// What people call it.
    pub name: String,
    /// The messenger it sends through.
    pub messenger: Messenger,
    /// Its settings by the names of the provider's descriptor.
    pub settings: BTreeMap<String, Secret>,
    /// Its pace; `None` = the provider's own.
    pub pacing: Option<Pacing>,
    /// Into how many lanes its conversations are dealt.
    pub lanes: u16,
    /// What is done about lost answers.
    pub unknown: Guarantee,
    /// The language its customers write in.
    pub language: Language,
    /// The queue whose operators answer; empty = none yet.
    pub queue: String,
    /// Its webhook key, if it must be a certain one; else it is drawn.
    pub webhook_key: Option<String>,
    /// Whether it is made of the credentials in a hook's address.
    pub is_implicit: bool,
}

/// Adds an account of a provider. Returns its webhook key.
///
/// # Errors
/// See [`AdminError`].
pub fn add_account(
    tx: &mut dyn Tx,
    sealer: &Sealer,
    id: AccountId,
    provider: &dyn Provider,
    new: &NewAccount,
) -> Result<String, AdminError> {
    let descriptor = provider.descriptor();
    check_name("name", &new.name, NAME_CHARS_MAX)?;
    if new.lanes == 0 {
        return Err(AdminError::Invalid("lanes: one at least is needed".to_owned()));
    }
    check_settings(descriptor, &new.settings)?;
    if !new.is_implicit
        && let Some(holder) = instance::stored_holder(tx, sealer, descriptor, &new.settings, None)?
    {
        return Err(AdminError::Taken(holder));
    }
    let sealed = seal_settings(sealer, &new.settings)?;
    let webhook_key = match &new.webhook_key {
        Some(key) => key.clone(),
        None => token()?,
    };
    let messenger = new.messenger;
    let channel = descriptor.channel(messenger).ok_or_else(|| {
        let name = descriptor.name;
        AdminError::Invalid(format!("messenger: {name} does not carry {}", messenger.name()))
    })?;
    let stored = StoredAccount {
        id,
        workspace: WORKSPACE,
        provider: descriptor.code.to_owned(),
        name: new.name.clone(),
        webhook_key: webhook_key.clone(),
        properties: Properties {
            messenger,
            pacing: new.pacing.unwrap_or(channel.pacing),
            lanes: new.lanes,
            in_flight_max: IN_FLIGHT_DEFAULT,
            unknown: new.unknown,
            active: true,
            language: new.language,
            queue: new.queue.clone(),
            is_implicit: new.is_implicit,
        },
        sealed,
        trouble: None,
    };
    config::put_workspace(tx, WORKSPACE, "default")?;
    match account::add(tx, &stored) {
        Err(StoreError::Db(DbError::Constraint(_))) => {
            Err(AdminError::Exists("an account with this webhook key".to_owned()))
        }
        other => {
            other?;
            Ok(webhook_key)
        }
    }
}

/// What is to be changed of an account; what is `None` or not named stays.
#[derive(Debug, Clone, Default)]
pub struct AccountChange {
    /// What people call it.
    pub name: Option<String>,
    /// Whether it sends and receives.
    pub active: Option<bool>,
    /// The language its customers write in.
    pub language: Option<Language>,
    /// The queue whose operators answer.
    pub queue: Option<String>,
    /// Its pace; `Some(None)` = the provider's own.
    pub pacing: Option<Option<Pacing>>,
    /// What is done about lost answers.
    pub unknown: Option<Guarantee>,
    /// Settings; one that is empty is taken away.
    pub settings: BTreeMap<String, Secret>,
}

impl AccountChange {
    /// The settings after it.
    #[must_use]
    pub fn settings(&self, before: &BTreeMap<String, Secret>) -> BTreeMap<String, Secret> {
        let mut settings = before.clone();
        settings.extend(self.settings.clone());
        settings.retain(|_, value| !value.reveal().is_empty());
        settings
    }
}

/// Changes an account, in one transaction with what it was. Returns it as it is now.
///
/// # Errors
/// See [`AdminError`].
pub fn change_account(
    tx: &mut dyn Tx,
    sealer: &Sealer,
    providers: Providers,
    id: AccountId,
    change: &AccountChange,
) -> Result<StoredAccount, AdminError> {
    let found = account::all(tx)?.into_iter().find(|row| row.id == id);
    let mut stored = found.ok_or(AdminError::Missing(id))?;
    let provider = providers.iter().find(|p| p.descriptor().code == stored.provider);
    let descriptor = provider.map(|p| p.descriptor()).ok_or_else(|| {
        AdminError::Invalid(format!("provider: {} is not known here", stored.provider))
    })?;
    if let Some(name) = &change.name {
        check_name("name", name, NAME_CHARS_MAX)?;
        stored.name.clone_from(name);
    }
    let was_active = stored.properties.active;
    let properties = &mut stored.properties;
    properties.active = change.active.unwrap_or(was_active);
    properties.language = change.language.unwrap_or(properties.language);
    properties.queue = change.queue.clone().unwrap_or_else(|| properties.queue.clone());
    properties.unknown = change.unknown.unwrap_or(properties.unknown);
    if let Some(pacing) = change.pacing {
        let own = descriptor.channel(properties.messenger).map(|channel| channel.pacing);
        properties.pacing = pacing.or(own).unwrap_or_default();
    }
    let is_begun = properties.active && !was_active;
    if is_begun || !change.settings.is_empty() {
        let settings = change.settings(&open_settings(sealer, &stored)?);
        if !change.settings.is_empty() {
            check_settings(descriptor, &settings)?;
            stored.sealed = seal_settings(sealer, &settings)?;
        }
        let needs_instance = stored.properties.active && !stored.properties.is_implicit;
        let holder = instance::stored_holder(tx, sealer, descriptor, &settings, Some(id))?;
        if let Some(holder) = holder.filter(|_| needs_instance) {
            return Err(AdminError::Taken(holder));
        }
    }
    account::update(tx, &stored)?;
    Ok(stored)
}

/// An account's settings, opened.
fn open_settings(
    sealer: &Sealer,
    stored: &StoredAccount,
) -> Result<BTreeMap<String, Secret>, AdminError> {
    let unreadable = || {
        let id = stored.id;
        AdminError::Invalid(format!(
            "the settings of account {id} can't be opened: master.key is another one, or it was damaged"
        ))
    };
    let text = sealer.open(&stored.sealed).map_err(|_| unreadable())?;
    serde_json::from_str(text.reveal()).map_err(|_| unreadable())
}

/// Whether an account's settings are those its provider needs, each in its form.
///
/// # Errors
/// [`AdminError::Invalid`] with the first that is not.
pub fn check_settings(
    descriptor: &Descriptor,
    settings: &BTreeMap<String, Secret>,
) -> Result<(), AdminError> {
    for setting in descriptor.settings {
        match settings.get(setting.name) {
            Some(value) => setting.check(value.reveal()).map_err(AdminError::Invalid)?,
            None if setting.required => {
                return Err(AdminError::Invalid(format!("{}: it is needed", setting.name)));
            }
            None => {}
        }
    }
    let is_known = |name: &str| descriptor.settings.iter().any(|s| s.name == name);
    match settings.keys().find(|name| !is_known(name)) {
        Some(unknown) => Err(AdminError::Invalid(format!("{unknown}: no such setting"))),
        None => Ok(()),
    }
}

/// Settings as they are stored.
///
/// # Errors
/// See [`AdminError`].
pub fn seal_settings(
    sealer: &Sealer,
    settings: &BTreeMap<String, Secret>,
) -> Result<Vec<u8>, AdminError> {
    let text = serde_json::to_string(settings).map_err(|e| AdminError::Invalid(e.to_string()))?;
    sealer.seal(&text).map_err(|_| AdminError::Randomness)
}
