//! Whether anything lies here that only the master key opens.

use crate::StoreError;
use vestnik_db::Tx;

const ACCOUNT: &str = "SELECT id FROM account LIMIT 1";
const CALL: &str = "SELECT id FROM hook_call WHERE sealed IS NOT NULL LIMIT 1";

/// Whether there is a sealed secret: an account's settings, or the address a hook was called at.
///
/// # Errors
/// See [`StoreError`].
pub fn any(tx: &mut dyn Tx) -> Result<bool, StoreError> {
    Ok(!tx.query(ACCOUNT, &[])?.is_empty() || !tx.query(CALL, &[])?.is_empty())
}
