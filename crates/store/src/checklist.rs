//! Points of a provider's list that people have ticked off for an account.

use crate::StoreError;
use std::collections::BTreeSet;
use vestnik_db::Tx;
use vestnik_model::id::AccountId;

const DONE: &str = "SELECT code FROM checklist WHERE account_id = $1";
const TICK: &str = "INSERT INTO checklist(account_id, code) VALUES ($1, $2) \
    ON CONFLICT (account_id, code) DO NOTHING";
const CLEAR: &str = "DELETE FROM checklist WHERE account_id = $1 AND code = $2";

/// The points that are done.
///
/// # Errors
/// See [`StoreError`].
pub fn done(tx: &mut dyn Tx, account: AccountId) -> Result<BTreeSet<String>, StoreError> {
    let rows = tx.query(DONE, &[account.0.into()])?;
    rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
}

/// Ticks a point off, or takes the tick away.
///
/// # Errors
/// See [`StoreError`].
pub fn tick(
    tx: &mut dyn Tx,
    account: AccountId,
    code: &str,
    is_done: bool,
) -> Result<(), StoreError> {
    let sql = if is_done { TICK } else { CLEAR };
    tx.execute(sql, &[account.0.into(), code.into()])?;
    Ok(())
}
