//! Changing what is set up: partners, accounts, keys, the numbering plan.

mod partner;

pub use partner::{NewPartner, add_partner, add_sender, change_partner, join_names, set_traffic};

use crate::{
    chance::secret_bytes,
    instance::{self, Holder},
    password,
    seal::Sealer,
};
use data_encoding::BASE32_NOPAD;
use std::collections::BTreeMap;
use vestnik_db::{DbError, Tx};
use vestnik_engine::zone::{Imported, NumberingPlan, PlanError};
use vestnik_model::{
    account::Pacing,
    id::{AccountId, KeyId, WorkspaceId},
    language::Language,
    limits::IN_FLIGHT_DEFAULT,
    messenger::Messenger,
    outcome::Guarantee,
    secret::Secret,
};
use vestnik_provider::{Provider, descriptor::Descriptor};
use vestnik_store::{
    StoreError,
    account::{self, Properties, StoredAccount},
    config,
    key::{self, ApiKey},
};

/// Why something can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// A value is wrong: the sentence says which and why.
    #[error("{0}")]
    Invalid(String),
    /// It exists already.
    #[error("{0} exists already")]
    Exists(String),
    /// Another account has the instance.
    #[error("{0}")]
    Taken(Holder),
    /// The store's fault.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system gives no randomness.
    #[error("the system gives no randomness")]
    Randomness,
}

/// Most characters of the name of an account or key. One made of a hook's address holds a host.
pub const NAME_CHARS_MAX: usize = 300;

/// The one workspace of an installation that has not made others.
pub const WORKSPACE: WorkspaceId = WorkspaceId(1);

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
        && let Some(holder) = instance::stored_holder(tx, sealer, descriptor, &new.settings)?
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

/// Whether a name can stand in a line of a list, whole and seen by whoever reads it.
fn check_name(what: &str, name: &str, chars_max: usize) -> Result<(), AdminError> {
    let is_seen = !name.trim().is_empty() && !name.chars().any(char::is_control);
    if is_seen && name.chars().count() <= chars_max {
        return Ok(());
    }
    let needed = format!("{what}: 1 to {chars_max} characters are needed, none of them invisible");
    Err(AdminError::Invalid(needed))
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

/// Adds a key of our own API with a given secret (the demo's), or a drawn one. Returns the key.
///
/// # Errors
/// See [`AdminError`].
pub fn add_key(
    tx: &mut dyn Tx,
    id: KeyId,
    name: &str,
    secret: Option<&str>,
    may_write: bool,
) -> Result<String, AdminError> {
    check_name("name", name, NAME_CHARS_MAX)?;
    let secret = match secret {
        Some(secret) => secret.to_owned(),
        None => format!("vst_{}", token()?),
    };
    let key = ApiKey {
        id,
        workspace: WORKSPACE,
        name: name.to_owned(),
        secret_hash: password::key_hash(&secret),
        scopes: if may_write { "read write" } else { "read" }.to_owned(),
    };
    config::put_workspace(tx, WORKSPACE, "default")?;
    match key::add(tx, &key) {
        Err(StoreError::Db(DbError::Constraint(_))) => Err(AdminError::Exists("this key".into())),
        other => {
            other?;
            Ok(secret)
        }
    }
}

/// Reads a numbering plan's file, joins it to the one that is there, and keeps it.
///
/// # Errors
/// See [`AdminError`].
pub fn import_numbering(tx: &mut dyn Tx, file: &[u8]) -> Result<Imported, AdminError> {
    let imported =
        NumberingPlan::parse(file).map_err(|e: PlanError| AdminError::Invalid(e.to_string()))?;
    // A damaged plan is replaced by the new one, but not silently: its other files must be imported
    // again, and the caller is told so.
    let known = match config::load(tx)?.numbering {
        Some(bytes) => NumberingPlan::from_bytes(&bytes).unwrap_or_else(|_| {
            tracing::error!("the numbering plan was damaged: import all of its files again");
            NumberingPlan::default()
        }),
        None => NumberingPlan::default(),
    };
    config::put_numbering(tx, &known.merge(&imported.plan).to_bytes())?;
    Ok(imported)
}

/// 200 random bits as text that is safe in an address.
pub(crate) fn token() -> Result<String, AdminError> {
    let bytes: [u8; 25] = secret_bytes().map_err(|_| AdminError::Randomness)?;
    Ok(BASE32_NOPAD.encode(&bytes).to_ascii_lowercase())
}
