//! Taking work from a lane: rows go from waiting to submitting under the owner's epoch.

use crate::{StoreError, known::Known, message::Message, ownership, slot::Slot};
use std::collections::BTreeSet;
use vestnik_db::{Rows, Tx};
use vestnik_model::{
    account::Class,
    id::{AccountId, Epoch, LaneId, MessageId, hash64, partition_of},
    time::{Millis, Timestamp},
};

/// A wish for work.
#[derive(Debug, Clone)]
pub struct Claim {
    /// From which lane.
    pub lane: LaneId,
    /// The epoch of the asking owner.
    pub epoch: Epoch,
    /// How much at most.
    pub limit: usize,
    /// Recipients to whom something is under way: theirs stays.
    pub busy: BTreeSet<u64>,
}

/// What was taken.
#[derive(Debug, Clone, Default)]
pub struct Claimed {
    /// Parts to be submitted now; their intent is on disk.
    pub parts: Vec<(Message, Slot)>,
    /// When the lane's next row is due, if it has any. In the past if more is ready than was
    /// asked for (or its recipients are busy).
    pub next_due: Option<Timestamp>,
}

const DUE: &str = "SELECT message_id, slot, dest FROM outbox \
    WHERE state = 'wait' AND lane = $1 AND class = $2 AND due_at <= $3 \
    ORDER BY due_at, message_id LIMIT $4";
const MARK: &str = "UPDATE outbox SET state = 'submit', epoch = @r.owner_epoch \
    FROM @rows(key_message bigint, key_slot bigint, owner_epoch bigint) \
    WHERE message_id = @r.key_message AND slot = @r.key_slot AND state = 'wait'";
const POSTPONE: &str = "UPDATE outbox SET due_at = @r.due \
    FROM @rows(key_message bigint, key_slot bigint, due bigint) \
    WHERE message_id = @r.key_message AND slot = @r.key_slot AND state = 'wait'";
const NEXT: &str = "SELECT min(due_at) FROM outbox \
    WHERE state = 'wait' AND lane = $1 AND class = $2";

/// Rows looked at beyond the limit, so that busy recipients in front don't hide the others.
const LOOKAHEAD: usize = 64;
/// Of a hundred places, so many are kept for each class, however much a more urgent one could
/// take: nothing starves. What a class does not need goes to the most urgent.
const SHARES: [usize; 4] = [50, 30, 15, 5];
/// How far apart the tickets of two places are that follow each other: it has no divisor in common
/// with a hundred, so that places are spread over the classes evenly.
const TICKET_STRIDE: usize = 37;
/// A row whose time is over is looked at again after this, if it still stands there.
const EXPIRED_PAUSE: Millis = Millis::seconds(5);

/// Claims for several lanes.
///
/// # Errors
/// [`StoreError::Fenced`] if a lane's partition has a newer owner; else the database's.
pub fn claim(
    tx: &mut dyn Tx,
    now: Timestamp,
    batch: &[&Claim],
) -> Result<Vec<Claimed>, StoreError> {
    claim_known(tx, now, &mut Known::default(), batch)
}

/// As [`claim`], by a writer that remembers messages.
pub(crate) fn claim_known(
    tx: &mut dyn Tx,
    now: Timestamp,
    known: &mut Known,
    batch: &[&Claim],
) -> Result<Vec<Claimed>, StoreError> {
    batch.iter().map(|claim| one(tx, now, known, claim)).collect()
}

fn one(
    tx: &mut dyn Tx,
    now: Timestamp,
    known: &mut Known,
    claim: &Claim,
) -> Result<Claimed, StoreError> {
    ownership::check(tx, partition_of(claim.lane), claim.epoch)?;
    let mut busy = claim.busy.clone();
    let mut chosen: Vec<(MessageId, Slot)> = Vec::new();
    let quotas = quotas(claim.limit, now);
    let mut may_have_more = [true; 4];
    // First each class its share, then what is left to the most urgent.
    for is_share in [true, false] {
        for (i, class) in Class::ALL.into_iter().enumerate() {
            let spare = claim.limit - chosen.len();
            let want = if is_share { quotas[i].min(spare) } else { spare };
            if want > 0 && may_have_more[i] {
                let taken = pick(tx, now, claim, class, want, &mut busy, &chosen)?;
                may_have_more[i] = taken.len() == want;
                chosen.extend(taken);
            }
        }
    }
    let parts = mark(tx, now, known, claim, &chosen)?;
    Ok(Claimed { parts, next_due: next_due(tx, claim.lane)? })
}

/// How many of the places are kept for each class. Where places are few, the moment decides whose
/// they are, so that each class has its share over time.
fn quotas(limit: usize, now: Timestamp) -> [usize; 4] {
    let first = hash64(&now.0.to_be_bytes()) % 100;
    let mut ticket = usize::try_from(first).unwrap_or(0);
    let mut out = [0; 4];
    for _ in 0..limit {
        let mut border = 0;
        for (quota, share) in out.iter_mut().zip(SHARES) {
            border += share;
            if ticket < border {
                *quota += 1;
                break;
            }
        }
        ticket = (ticket + TICKET_STRIDE) % 100;
    }
    out
}

fn pick(
    tx: &mut dyn Tx,
    now: Timestamp,
    claim: &Claim,
    class: Class,
    want: usize,
    busy: &mut BTreeSet<u64>,
    chosen: &[(MessageId, Slot)],
) -> Result<Vec<(MessageId, Slot)>, StoreError> {
    let look = i64::try_from(want + chosen.len() + LOOKAHEAD).unwrap_or(i64::MAX);
    let rows =
        tx.query(DUE, &[claim.lane.0.into(), class.rank().into(), now.0.into(), look.into()])?;
    let mut out = Vec::new();
    for row in &rows {
        let key = (MessageId(row.int(0)?), Slot::from_code(row.int(1)?));
        if out.len() < want && !chosen.contains(&key) && busy.insert(row.int(2)?.cast_unsigned()) {
            out.push(key);
        }
    }
    Ok(out)
}

/// Marks the chosen rows and loads their messages. A window that has closed since puts a row off
/// instead; one whose time is over is put off a little and left for the cascade to end.
fn mark(
    tx: &mut dyn Tx,
    now: Timestamp,
    known: &mut Known,
    claim: &Claim,
    chosen: &[(MessageId, Slot)],
) -> Result<Vec<(Message, Slot)>, StoreError> {
    let ids: Vec<MessageId> = chosen.iter().map(|(id, _)| *id).collect();
    let mut messages = known.take(tx, &ids)?;
    messages.sort_by_key(|m| m.id);
    let (mut marks, mut later) = (Rows::new(), Rows::new());
    let mut parts = Vec::with_capacity(chosen.len());
    for (id, slot) in chosen {
        let Ok(i) = messages.binary_search_by_key(id, |m| m.id) else { continue };
        let message = &messages[i];
        let opens = message.plan.opens(now);
        let is_over = message.cascade.wake_at(&message.plan).is_some_and(|at| at <= now);
        if is_over || opens > now {
            let again = if is_over { now + EXPIRED_PAUSE } else { opens };
            later.push([id.0.into(), slot.code().into(), again.0.into()]);
        } else {
            marks.push([id.0.into(), slot.code().into(), claim.epoch.0.into()]);
            parts.push((message.clone(), *slot));
        }
    }
    tx.execute_rows(MARK, &marks)?;
    tx.execute_rows(POSTPONE, &later)?;
    // They are about to be submitted: their next step is near.
    for mut message in messages {
        let taken = parts.iter().find(|(part, _)| part.id == message.id);
        message.attempt = taken.map(|(_, slot)| (*slot, claim.epoch)).or(message.attempt);
        known.keep(message);
    }
    Ok(parts)
}

/// When a lane's next row is due.
///
/// # Errors
/// See [`StoreError`].
pub fn next_due(tx: &mut dyn Tx, lane: LaneId) -> Result<Option<Timestamp>, StoreError> {
    let mut next: Option<i64> = None;
    for class in Class::ALL {
        let rows = tx.query(NEXT, &[lane.0.into(), class.rank().into()])?;
        if let Some(due) = rows.first().map_or(Ok(None), |row| row.int_opt(0))? {
            next = Some(next.map_or(due, |n: i64| n.min(due)));
        }
    }
    Ok(next.map(Timestamp))
}

/// Walks the lanes that have something waiting, by jumping from lane to lane in the index.
const LANES: &str = "WITH RECURSIVE hop(lane) AS (\
    SELECT (SELECT min(lane) FROM outbox WHERE state = 'wait') \
    UNION ALL SELECT (SELECT min(o.lane) FROM outbox AS o WHERE o.state = 'wait' \
    AND o.lane > hop.lane) FROM hop WHERE hop.lane IS NOT NULL) \
    SELECT lane FROM hop WHERE lane IS NOT NULL LIMIT $1";
const ACCOUNT_OF: &str = "SELECT account_id FROM outbox WHERE state = 'wait' AND lane = $1 LIMIT 1";

/// The lanes that have something waiting, with their accounts: the cost is that of the lanes, not
/// of what waits in them.
///
/// # Errors
/// See [`StoreError`].
pub fn lanes(tx: &mut dyn Tx, limit: i64) -> Result<Vec<(LaneId, AccountId)>, StoreError> {
    let mut out = Vec::new();
    for row in tx.query(LANES, &[limit.into()])? {
        let lane = row.int(0)?;
        if let Some(account) = tx.query(ACCOUNT_OF, &[lane.into()])?.first() {
            out.push((LaneId(lane), AccountId(account.int(0)?)));
        }
    }
    Ok(out)
}

const ORPHANS: &str = "SELECT message_id, slot, epoch FROM outbox \
    WHERE state = 'submit' AND epoch < $1 ORDER BY epoch LIMIT $2";

/// Attempts of older epochs: nobody knows how they ended.
///
/// # Errors
/// See [`StoreError`].
pub fn orphans(
    tx: &mut dyn Tx,
    epoch: Epoch,
    limit: i64,
) -> Result<Vec<(MessageId, Slot)>, StoreError> {
    keys(&tx.query(ORPHANS, &[epoch.0.into(), limit.into()])?)
}

const INQUIRIES: &str = "SELECT message_id, slot, due_at FROM outbox \
    WHERE state = 'inquire' AND due_at <= $1 ORDER BY due_at LIMIT $2";

/// Attempts whose provider's journal is to be asked now.
///
/// # Errors
/// See [`StoreError`].
pub fn inquiries(
    tx: &mut dyn Tx,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(MessageId, Slot)>, StoreError> {
    keys(&tx.query(INQUIRIES, &[now.0.into(), limit.into()])?)
}

const BEFORE: &str = "SELECT count(*) FROM (SELECT 1 FROM outbox \
    WHERE state = 'wait' AND lane = $1 AND class = $2 \
    AND (due_at < $3 OR (due_at = $3 AND message_id < $4)) LIMIT $5) AS counted";

/// How many rows of a lane and class wait in front of a message that is due at a time, counted up
/// to `limit`.
///
/// # Errors
/// See [`StoreError`].
pub fn in_front(
    tx: &mut dyn Tx,
    lane: LaneId,
    class: Class,
    (message, due): (MessageId, Timestamp),
    limit: i64,
) -> Result<i64, StoreError> {
    let row = [lane.0.into(), class.rank().into(), due.0.into(), message.0.into(), limit.into()];
    Ok(tx.query(BEFORE, &row)?.first().map_or(Ok(0), |row| row.int(0))?)
}

const STATE: &str = "SELECT slot, state, due_at FROM outbox WHERE message_id = $1 ORDER BY slot";

/// The outbox rows of one message: slot, state, due time.
///
/// # Errors
/// See [`StoreError`].
pub fn rows_of(
    tx: &mut dyn Tx,
    message: MessageId,
) -> Result<Vec<(Slot, String, Timestamp)>, StoreError> {
    tx.query(STATE, &[message.0.into()])?
        .iter()
        .map(|row| {
            let slot = Slot::from_code(row.int(0)?);
            Ok((slot, row.text(1)?.to_owned(), Timestamp(row.int(2)?)))
        })
        .collect()
}

const WAKES: &str = "SELECT id, wake_at FROM message \
    WHERE wake_at IS NOT NULL AND wake_at <= $1 ORDER BY wake_at, id LIMIT $2";
const NEXT_WAKE: &str = "SELECT min(wake_at) FROM message WHERE wake_at IS NOT NULL";

/// Messages whose time has come.
///
/// # Errors
/// See [`StoreError`].
pub fn wakes(tx: &mut dyn Tx, now: Timestamp, limit: i64) -> Result<Vec<MessageId>, StoreError> {
    tx.query(WAKES, &[now.0.into(), limit.into()])?
        .iter()
        .map(|row| Ok(MessageId(row.int(0)?)))
        .collect()
}

/// When the next message's time comes.
///
/// # Errors
/// See [`StoreError`].
pub fn next_wake(tx: &mut dyn Tx) -> Result<Option<Timestamp>, StoreError> {
    let rows = tx.query(NEXT_WAKE, &[])?;
    Ok(rows.first().map_or(Ok(None), |row| row.int_opt(0))?.map(Timestamp))
}

fn keys(rows: &[vestnik_db::Row]) -> Result<Vec<(MessageId, Slot)>, StoreError> {
    rows.iter().map(|row| Ok((MessageId(row.int(0)?), Slot::from_code(row.int(1)?)))).collect()
}
