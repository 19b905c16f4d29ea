//! Upkeep: what has served its time goes, a little at a time.

use crate::StoreError;
use vestnik_db::{Rows, Tx, Value};
use vestnik_model::{
    id::{MessageId, id_floor},
    limits::{DUPLICATE_WINDOW, MATCH_AFTER_FINAL, PARKED_AGE_MAX},
    time::{Millis, Timestamp},
};

/// Rows looked at or removed by one turn at most, so that it never holds up what matters.
const ROWS_PER_TURN: i64 = 1_000;
/// How long webhooks that were kept apart are kept.
const WEBHOOK_AGE_MAX: Millis = Millis::hours(30 * 24);

const OLD: &str = "SELECT message_id, slot, state, due_at FROM outbox \
    WHERE message_id > $1 AND message_id < $2 ORDER BY message_id, slot LIMIT $3";
const FORGET: &str = "DELETE FROM outbox USING @rows(key_message bigint, key_slot bigint) \
    WHERE message_id = @r.key_message AND slot = @r.key_slot AND state = 'await'";
const UNMATCHED: &str = "INSERT INTO webhook(id, account_id, state, detail, raw) \
    SELECT id, account_id, 'unmatched', remote_id, raw FROM parked \
    WHERE id < $1 AND raw IS NOT NULL ORDER BY id LIMIT $2 ON CONFLICT (id) DO NOTHING";
const PARKED: &str = "DELETE FROM parked WHERE id IN (\
    SELECT id FROM parked WHERE id < $1 ORDER BY id LIMIT $2)";
const DUPLICATES: &str = "DELETE FROM duplicate WHERE at IN (\
    SELECT at FROM duplicate WHERE at <= $1 ORDER BY at LIMIT $2)";
const WEBHOOKS: &str = "DELETE FROM webhook WHERE id IN (\
    SELECT id FROM webhook WHERE id < $1 ORDER BY id LIMIT $2)";

/// What a turn did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swept {
    /// Rows that went.
    pub gone: u64,
    /// Where the walk over the outbox goes on.
    pub cursor: MessageId,
}

/// One turn of upkeep. The outbox is walked in the order of messages, from `cursor` on, a bounded
/// number of rows at a time, round and round: no index has to be kept for it.
///
/// # Errors
/// See [`StoreError`].
pub fn turn(tx: &mut dyn Tx, now: Timestamp, cursor: MessageId) -> Result<Swept, StoreError> {
    let limit = Value::Int(ROWS_PER_TURN);
    let (mut gone, cursor) = forget(tx, now, cursor)?;
    let parked_before = id_floor(now - PARKED_AGE_MAX);
    tx.execute(UNMATCHED, &[parked_before.into(), limit])?;
    gone += tx.execute(PARKED, &[parked_before.into(), limit])?;
    gone += tx.execute(DUPLICATES, &[(now - DUPLICATE_WINDOW).0.into(), limit])?;
    gone += tx.execute(WEBHOOKS, &[id_floor(now - WEBHOOK_AGE_MAX).into(), limit])?;
    Ok(Swept { gone, cursor })
}

fn forget(
    tx: &mut dyn Tx,
    now: Timestamp,
    cursor: MessageId,
) -> Result<(u64, MessageId), StoreError> {
    // A row is forgotten that long after its link's end, which is later than its message's birth.
    let before = id_floor(now - MATCH_AFTER_FINAL);
    let rows = tx.query(OLD, &[cursor.0.into(), before.into(), ROWS_PER_TURN.into()])?;
    let mut old = Rows::new();
    let mut last = cursor.0;
    for row in &rows {
        last = row.int(0)?;
        if row.text(2)? == "await" && row.int(3)? <= now.0 {
            old.push([last.into(), row.int(1)?.into()]);
        }
    }
    let is_end = rows.len() < usize::try_from(ROWS_PER_TURN).unwrap_or(usize::MAX);
    let gone = tx.execute_rows(FORGET, &old)?;
    Ok((gone, MessageId(if is_end { 0 } else { last })))
}
