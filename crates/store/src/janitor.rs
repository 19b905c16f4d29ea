//! Upkeep: what has served its time goes, a little at a time.

use crate::{StoreError, implicit};
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
/// How long calls of event sources, what was made of them, and mails are kept.
const HOOK_AGE_MAX: Millis = Millis::hours(30 * 24);
/// How long it is remembered that an occasion was told: longer than anybody repeats a call.
const OCCASION_AGE_MAX: Millis = Millis::hours(24);
/// How long it is remembered whether a number is in a messenger.
const PRESENCE_AGE_MAX: Millis = Millis::hours(60 * 24);
/// How long an account that nobody set up is kept without being used.
const IMPLICIT_IDLE_MAX: Millis = Millis::hours(30 * 24);

const OLD: &str = "SELECT message_id, slot, state, due_at FROM outbox \
    WHERE message_id > $1 AND message_id < $2 ORDER BY message_id, slot LIMIT $3";
const FORGET: &str = "DELETE FROM outbox USING @rows(key_message bigint, key_slot bigint) \
    WHERE message_id = @r.key_message AND slot = @r.key_slot AND (state = 'await' OR state = 'gather')";
const UNMATCHED: &str = "INSERT INTO webhook(id, account_id, state, detail, raw) \
    SELECT id, account_id, 'unmatched', remote_id, raw FROM parked \
    WHERE id < $1 AND raw IS NOT NULL ORDER BY id LIMIT $2 ON CONFLICT (id) DO NOTHING";
const PARKED: &str = "DELETE FROM parked WHERE id IN (\
    SELECT id FROM parked WHERE id < $1 ORDER BY id LIMIT $2)";
const DUPLICATES: &str = "DELETE FROM duplicate WHERE at IN (\
    SELECT at FROM duplicate WHERE at <= $1 ORDER BY at LIMIT $2)";
const WEBHOOKS: &str = "DELETE FROM webhook WHERE id IN (\
    SELECT id FROM webhook WHERE id < $1 ORDER BY id LIMIT $2)";

const CALLS: &str = "DELETE FROM hook_call WHERE id IN (\
    SELECT id FROM hook_call WHERE id < $1 AND state <> 'new' AND NOT EXISTS (\
    SELECT 1 FROM reminder WHERE reminder.call_id = hook_call.id AND reminder.state = 'wait') \
    ORDER BY id LIMIT $2)";
const NOTICES: &str = "DELETE FROM notice WHERE message_id IN (\
    SELECT message_id FROM notice WHERE message_id < $1 AND state <> 'open' \
    ORDER BY message_id LIMIT $2)";
const MAILS: &str = "DELETE FROM mail WHERE id IN (\
    SELECT id FROM mail WHERE id < $1 AND state <> 'due' ORDER BY id LIMIT $2)";
const OCCASIONS: &str = "DELETE FROM occasion WHERE at IN (\
    SELECT at FROM occasion WHERE at <= $1 ORDER BY at LIMIT $2)";
const PRESENCES: &str = "DELETE FROM presence WHERE checked_at IN (\
    SELECT checked_at FROM presence WHERE checked_at <= $1 ORDER BY checked_at LIMIT $2)";
const REMINDERS: &str = "DELETE FROM reminder WHERE state <> 'wait' AND due_at IN (\
    SELECT due_at FROM reminder WHERE state <> 'wait' AND due_at <= $1 ORDER BY due_at LIMIT $2)";

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
    gone += hooks(tx, now)?;
    Ok(Swept { gone, cursor })
}

/// What was left by event sources. Bookings lie long before their reminders, and a reminder needs
/// the call it was made of: a call is kept while one waits for it.
fn hooks(tx: &mut dyn Tx, now: Timestamp) -> Result<u64, StoreError> {
    let limit = Value::Int(ROWS_PER_TURN);
    let old = Value::Int(id_floor(now - HOOK_AGE_MAX));
    let mut gone = tx.execute(CALLS, &[old, limit])?;
    gone += tx.execute(NOTICES, &[old, limit])?;
    gone += tx.execute(MAILS, &[old, limit])?;
    gone += tx.execute(OCCASIONS, &[(now - OCCASION_AGE_MAX).0.into(), limit])?;
    gone += tx.execute(PRESENCES, &[(now - PRESENCE_AGE_MAX).0.into(), limit])?;
    gone += tx.execute(REMINDERS, &[(now - HOOK_AGE_MAX).0.into(), limit])?;
    gone += implicit::forget(tx, now - IMPLICIT_IDLE_MAX, ROWS_PER_TURN)?;
    Ok(gone)
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
        if matches!(row.text(2)?, "await" | "gather") && row.int(3)? <= now.0 {
            old.push([last.into(), row.int(1)?.into()]);
        }
    }
    let is_end = rows.len() < usize::try_from(ROWS_PER_TURN).unwrap_or(usize::MAX);
    let gone = tx.execute_rows(FORGET, &old)?;
    Ok((gone, MessageId(if is_end { 0 } else { last })))
}
