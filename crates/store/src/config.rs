//! What is set up: read whole, kept in memory, read again when its version changes.

use crate::{StoreError, account, key, partner};
use vestnik_db::{Tx, Value};
use vestnik_model::{id::WorkspaceId, time::Timestamp};

/// Everything that is set up.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Grows with every change.
    pub version: i64,
    /// The partners.
    pub partners: Vec<partner::Partner>,
    /// Their sender names.
    pub senders: Vec<partner::Sender>,
    /// The accounts.
    pub accounts: Vec<account::StoredAccount>,
    /// The keys of our own API.
    pub keys: Vec<key::ApiKey>,
    /// The imported numbering plan in its stored form, if any.
    pub numbering: Option<Vec<u8>>,
}

/// The file name under which the numbering plan is kept.
const NUMBERING: &str = "numbering";
/// The file name under which it is tried whether anything can be written …
const WRITTEN: &str = "written";
/// … and how much is.
const WRITTEN_BYTES: usize = 128 * 1024;

const VERSION: &str = "SELECT value FROM setting WHERE name = 'config_version'";
const BUMP: &str = "INSERT INTO setting(name, value) VALUES ('config_version', '1') \
    ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(setting.value AS BIGINT) + 1 AS TEXT)";
const FILE: &str = "SELECT bytes FROM store_file WHERE name = $1";
const PUT_FILE: &str = "INSERT INTO store_file(name, bytes) VALUES ($1, $2) \
    ON CONFLICT (name) DO UPDATE SET bytes = excluded.bytes";
const WORKSPACE: &str = "INSERT INTO workspace(id, name) VALUES ($1, $2) \
    ON CONFLICT (id) DO UPDATE SET name = excluded.name";

/// Notes that something changed.
///
/// # Errors
/// See [`StoreError`].
pub fn changed(tx: &mut dyn Tx) -> Result<(), StoreError> {
    tx.execute(BUMP, &[])?;
    Ok(())
}

/// Writes down that it can be written: as much as a batch of calls does (a page finds room where calls
/// don't), and other bytes each time, or nothing would change on disk.
///
/// # Errors
/// See [`StoreError`].
pub(crate) fn written(tx: &mut dyn Tx, now: Timestamp) -> Result<(), StoreError> {
    let bytes: Vec<u8> = now.0.to_le_bytes().into_iter().cycle().take(WRITTEN_BYTES).collect();
    tx.execute(PUT_FILE, &[WRITTEN.into(), Value::Bytes(&bytes)])?;
    Ok(())
}

/// The version of what is set up.
///
/// # Errors
/// See [`StoreError`].
pub fn version(tx: &mut dyn Tx) -> Result<i64, StoreError> {
    let rows = tx.query(VERSION, &[])?;
    Ok(rows.first().and_then(|row| row.text(0).ok()?.parse().ok()).unwrap_or(0))
}

/// Reads everything.
///
/// # Errors
/// See [`StoreError`].
pub fn load(tx: &mut dyn Tx) -> Result<Config, StoreError> {
    let numbering = tx.query(FILE, &[NUMBERING.into()])?;
    let numbering = match numbering.first() {
        Some(row) => row.bytes_opt(0)?.map(<[u8]>::to_vec),
        None => None,
    };
    Ok(Config {
        version: version(tx)?,
        partners: partner::all(tx)?,
        senders: partner::senders(tx)?,
        accounts: account::all(tx)?,
        keys: key::all(tx)?,
        numbering,
    })
}

/// Keeps a numbering plan in its stored form.
///
/// # Errors
/// See [`StoreError`].
pub fn put_numbering(tx: &mut dyn Tx, bytes: &[u8]) -> Result<(), StoreError> {
    tx.execute(PUT_FILE, &[NUMBERING.into(), Value::Bytes(bytes)])?;
    changed(tx)
}

/// Makes sure a workspace exists.
///
/// # Errors
/// See [`StoreError`].
pub fn put_workspace(tx: &mut dyn Tx, id: WorkspaceId, name: &str) -> Result<(), StoreError> {
    tx.execute(WORKSPACE, &[id.0.into(), name.into()])?;
    Ok(())
}
