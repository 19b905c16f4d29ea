//! What has been told already: a source may post the same thing twice, and knows no ids.

use crate::StoreError;
use vestnik_db::Tx;
use vestnik_model::{id::CallId, time::Timestamp};

const FIND: &str = "SELECT call_id, at FROM occasion WHERE occasion_key = $1";
const PUT: &str = "INSERT INTO occasion(occasion_key, call_id, at) VALUES ($1, $2, $3) \
    ON CONFLICT (occasion_key) DO UPDATE SET call_id = excluded.call_id, at = excluded.at";

/// Takes an occasion for a call, unless another call has taken it since `since`: that one's id is
/// returned then. Taking it again for the same call changes nothing.
///
/// # Errors
/// See [`StoreError`].
pub fn take(
    tx: &mut dyn Tx,
    key: u64,
    call: CallId,
    now: Timestamp,
    since: Timestamp,
) -> Result<Option<CallId>, StoreError> {
    let key = key.cast_signed();
    let found = tx.query(FIND, &[key.into()])?;
    if let Some(row) = found.first() {
        let (taken_by, at) = (CallId(row.int(0)?), Timestamp(row.int(1)?));
        if taken_by == call {
            return Ok(None);
        }
        if at >= since {
            return Ok(Some(taken_by));
        }
    }
    tx.execute(PUT, &[key.into(), call.0.into(), now.0.into()])?;
    Ok(None)
}
