//! Changing what is set up: partners, accounts, keys, the numbering plan.

mod account;
mod partner;

pub use account::{
    AccountChange, NewAccount, add_account, change_account, check_settings, seal_settings,
};
pub use partner::{NewPartner, add_partner, add_sender, change_partner, join_names, set_traffic};

use crate::{chance::secret_bytes, instance::Holder, password};
use data_encoding::BASE32_NOPAD;
use vestnik_db::{DbError, Tx};
use vestnik_engine::zone::{Imported, NumberingPlan, PlanError};
use vestnik_model::id::{AccountId, KeyId, WorkspaceId};
use vestnik_store::{
    StoreError, config,
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
    /// There is no such account.
    #[error("there is no account {0}")]
    Missing(AccountId),
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

/// Whether a name can stand in a line of a list, whole and seen by whoever reads it.
fn check_name(what: &str, name: &str, chars_max: usize) -> Result<(), AdminError> {
    let is_seen = !name.trim().is_empty() && !name.chars().any(char::is_control);
    if is_seen && name.chars().count() <= chars_max {
        return Ok(());
    }
    let needed = format!("{what}: 1 to {chars_max} characters are needed, none of them invisible");
    Err(AdminError::Invalid(needed))
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
