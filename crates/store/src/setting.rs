//! What the installation knows about itself: a few named values.

use crate::StoreError;
use vestnik_db::Tx;

/// The name under which it stands who made the installation, where that is not its owner.
pub const MADE_BY: &str = "made_by";

const GET: &str = "SELECT value FROM setting WHERE name = $1";
const PUT: &str = "INSERT INTO setting(name, value) VALUES ($1, $2) \
    ON CONFLICT (name) DO UPDATE SET value = excluded.value";

/// A value by its name.
///
/// # Errors
/// See [`StoreError`].
pub fn get(tx: &mut dyn Tx, name: &str) -> Result<Option<String>, StoreError> {
    let rows = tx.query(GET, &[name.into()])?;
    Ok(rows.first().map(|row| row.text(0).map(str::to_owned)).transpose()?)
}

/// Keeps a value under a name.
///
/// # Errors
/// See [`StoreError`].
pub fn put(tx: &mut dyn Tx, name: &str, value: &str) -> Result<(), StoreError> {
    tx.execute(PUT, &[name.into(), value.into()])?;
    Ok(())
}
