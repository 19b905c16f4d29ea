//! Who owns a partition: its epoch, and nothing else.

use crate::StoreError;
use vestnik_db::{Rows, Tx};
use vestnik_model::id::{Epoch, PARTITIONS};

const NEWEST: &str = "SELECT max(epoch) FROM ownership";
const TAKE: &str = "INSERT INTO ownership(part, epoch, owner) \
    @values(part bigint, epoch bigint, owner text) \
    ON CONFLICT (part) DO UPDATE SET epoch = excluded.epoch, owner = excluded.owner";
const CHECK: &str = "SELECT epoch FROM ownership WHERE part = $1";

/// Takes all partitions under a fresh epoch, as the embedded process does when it starts.
///
/// # Errors
/// See [`StoreError`].
pub fn take_all(tx: &mut dyn Tx, owner: &str) -> Result<Epoch, StoreError> {
    let rows = tx.query(NEWEST, &[])?;
    let newest = rows.first().map_or(Ok(None), |row| row.int_opt(0))?.unwrap_or(0);
    let epoch = Epoch(newest + 1);
    let mut rows = Rows::new();
    for part in 0..PARTITIONS {
        rows.push([i64::from(part).into(), epoch.0.into(), owner.into()]);
    }
    tx.execute_rows(TAKE, &rows)?;
    Ok(epoch)
}

/// Makes sure that a partition still belongs to this epoch.
///
/// # Errors
/// [`StoreError::Fenced`] if it does not.
pub fn check(tx: &mut dyn Tx, part: i64, epoch: Epoch) -> Result<(), StoreError> {
    let rows = tx.query(CHECK, &[part.into()])?;
    let owner = rows.first().map_or(Ok(None), |row| row.int_opt(0))?;
    if owner == Some(epoch.0) { Ok(()) } else { Err(StoreError::Fenced) }
}
