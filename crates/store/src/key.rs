//! Keys of our own API: only a hash of the secret is kept.

use crate::{StoreError, config};
use vestnik_db::Tx;
use vestnik_model::id::{KeyId, WorkspaceId};

/// A key as it lies in its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: KeyId,
    /// The tenant it opens.
    pub workspace: WorkspaceId,
    /// What people call it.
    pub name: String,
    /// SHA-256 of the whole key, in hexadecimal. The key is random and long: no salt is needed.
    pub secret_hash: String,
    /// What it may do, as words separated by spaces.
    pub scopes: String,
}

impl ApiKey {
    /// Whether it may change things, or only look.
    #[must_use]
    pub fn may_write(&self) -> bool {
        self.scopes.split_whitespace().any(|scope| scope == "write")
    }
}

const INSERT: &str = "INSERT INTO api_key(id, workspace, name, secret_hash, scopes) \
    VALUES ($1, $2, $3, $4, $5)";
const REMOVE: &str = "DELETE FROM api_key WHERE id = $1";
const ALL: &str = "SELECT id, workspace, name, secret_hash, scopes FROM api_key ORDER BY id";

/// Adds a key.
///
/// # Errors
/// See [`StoreError`].
pub fn add(tx: &mut dyn Tx, key: &ApiKey) -> Result<(), StoreError> {
    tx.execute(
        INSERT,
        &[
            key.id.0.into(),
            key.workspace.0.into(),
            key.name.as_str().into(),
            key.secret_hash.as_str().into(),
            key.scopes.as_str().into(),
        ],
    )?;
    config::changed(tx)
}

/// Removes a key: it opens nothing any more. Returns whether it was there.
///
/// # Errors
/// See [`StoreError`].
pub fn remove(tx: &mut dyn Tx, id: KeyId) -> Result<bool, StoreError> {
    let gone = tx.execute(REMOVE, &[id.0.into()])?;
    config::changed(tx)?;
    Ok(gone > 0)
}

/// All keys.
///
/// # Errors
/// See [`StoreError`].
pub fn all(tx: &mut dyn Tx) -> Result<Vec<ApiKey>, StoreError> {
    tx.query(ALL, &[])?
        .iter()
        .map(|row| {
            Ok(ApiKey {
                id: KeyId(row.int(0)?),
                workspace: WorkspaceId(row.int(1)?),
                name: row.text(2)?.to_owned(),
                secret_hash: row.text(3)?.to_owned(),
                scopes: row.text(4)?.to_owned(),
            })
        })
        .collect()
}
