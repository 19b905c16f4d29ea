//! Hooks that are managed here: who may call, and what becomes of what they say.

use crate::StoreError;
use vestnik_db::{Row, Tx};
use vestnik_model::id::{HookId, WorkspaceId};

/// A hook as it lies in its row. Its settings are versioned JSON that the use cases read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredHook {
    /// Its id.
    pub id: HookId,
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The opaque part of its address.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// Whether its calls are acted upon.
    pub is_active: bool,
    /// Everything else.
    pub settings: String,
}

/// The columns that are read, with what follows.
macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, workspace, address_key, name, active, settings FROM hook", $rest)
    };
}
const BY_KEY: &str = select!(" WHERE address_key = $1");
const BY_ID: &str = select!(" WHERE id = $1");
const OF_WORKSPACE: &str = select!(" WHERE workspace = $1 ORDER BY id");
const ADD: &str = "INSERT INTO hook(id, workspace, address_key, name, active, settings) \
    VALUES ($1, $2, $3, $4, $5, $6)";
const UPDATE: &str = "UPDATE hook SET name = $2, active = $3, settings = $4 WHERE id = $1";
const REMOVE: &str = "DELETE FROM hook WHERE id = $1";
const COUNT: &str = "SELECT count(*) FROM hook WHERE workspace = $1";

/// Adds a hook.
///
/// # Errors
/// See [`StoreError`].
pub fn add(tx: &mut dyn Tx, hook: &StoredHook) -> Result<(), StoreError> {
    let row = [
        hook.id.0.into(),
        hook.workspace.0.into(),
        hook.key.as_str().into(),
        hook.name.as_str().into(),
        i64::from(hook.is_active).into(),
        hook.settings.as_str().into(),
    ];
    tx.execute(ADD, &row)?;
    Ok(())
}

/// Changes a hook's name, settings and whether it is active.
///
/// # Errors
/// See [`StoreError`].
pub fn update(tx: &mut dyn Tx, hook: &StoredHook) -> Result<(), StoreError> {
    let row = [
        hook.id.0.into(),
        hook.name.as_str().into(),
        i64::from(hook.is_active).into(),
        hook.settings.as_str().into(),
    ];
    tx.execute(UPDATE, &row)?;
    Ok(())
}

/// Removes a hook. The calls it received stay until their time is over.
///
/// # Errors
/// See [`StoreError`].
pub fn remove(tx: &mut dyn Tx, id: HookId) -> Result<(), StoreError> {
    tx.execute(REMOVE, &[id.0.into()])?;
    Ok(())
}

/// How many hooks a workspace has.
///
/// # Errors
/// See [`StoreError`].
pub fn count(tx: &mut dyn Tx, workspace: WorkspaceId) -> Result<i64, StoreError> {
    let rows = tx.query(COUNT, &[workspace.0.into()])?;
    Ok(rows.first().map(|row| row.int(0)).transpose()?.unwrap_or(0))
}

/// A hook by the opaque part of its address.
///
/// # Errors
/// See [`StoreError`].
pub fn by_key(tx: &mut dyn Tx, key: &str) -> Result<Option<StoredHook>, StoreError> {
    one(tx, BY_KEY, key.into())
}

/// A hook by its id.
///
/// # Errors
/// See [`StoreError`].
pub fn get(tx: &mut dyn Tx, id: HookId) -> Result<Option<StoredHook>, StoreError> {
    one(tx, BY_ID, id.0.into())
}

/// The hooks of a workspace, oldest first.
///
/// # Errors
/// See [`StoreError`].
pub fn of_workspace(
    tx: &mut dyn Tx,
    workspace: WorkspaceId,
) -> Result<Vec<StoredHook>, StoreError> {
    tx.query(OF_WORKSPACE, &[workspace.0.into()])?.iter().map(read).collect()
}

fn one(
    tx: &mut dyn Tx,
    sql: &'static str,
    key: vestnik_db::Value<'_>,
) -> Result<Option<StoredHook>, StoreError> {
    tx.query(sql, &[key])?.first().map(read).transpose()
}

fn read(row: &Row) -> Result<StoredHook, StoreError> {
    Ok(StoredHook {
        id: HookId(row.int(0)?),
        workspace: WorkspaceId(row.int(1)?),
        key: row.text(2)?.to_owned(),
        name: row.text(3)?.to_owned(),
        is_active: row.int(4)? != 0,
        settings: row.text(5)?.to_owned(),
    })
}
