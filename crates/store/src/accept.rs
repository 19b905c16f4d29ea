//! Accepting messages: the message and its first outbox row, or the answer given before.

use crate::{
    StoreError,
    message::{Message, json, state_text},
    slot::Slot,
};
use std::{collections::BTreeSet, sync::Arc};
use vestnik_db::{DbError, Rows, Tx, Value};
use vestnik_engine::{cascade::Cascade, plan::Plan};
use vestnik_model::{
    id::{Epoch, MessageId, PartnerId, WorkspaceId},
    limits::DUPLICATE_WINDOW,
    time::Timestamp,
};

/// A message to be accepted, planned and begun.
#[derive(Debug, Clone)]
pub struct Accept {
    /// Its fresh id.
    pub id: MessageId,
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Who asks.
    pub partner: PartnerId,
    /// Whether the partner's id of it may be used only once.
    pub is_ref_unique: bool,
    /// A hash of the whole request, to tell a repeat from another body under the same id.
    pub body_hash: u64,
    /// A hash of recipient and content, if the partner wants no second one within a day.
    pub content_hash: Option<u64>,
    /// What was asked for.
    pub plan: Arc<Plan>,
    /// Where it is: begun.
    pub cascade: Cascade,
    /// The epoch under which its first part is being submitted from this very commit on; `None` =
    /// it waits for its time or turn.
    pub submitting: Option<Epoch>,
}

/// The answer to an [`Accept`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepted {
    /// It is on disk.
    New,
    /// The partner sent this id before; the first one counts.
    Repeat {
        /// The first one's id.
        id: MessageId,
        /// Whether its body was another.
        differs: bool,
    },
    /// The same content went to the same recipient within a day.
    Duplicate,
}

impl Accept {
    /// The partner's id of it, if that may be used only once.
    fn dedupe_key(&self) -> Option<&str> {
        self.plan.partner_ref.as_deref().filter(|_| self.is_ref_unique)
    }

    /// The message as its row will say.
    pub(crate) fn message(&self, now: Timestamp) -> Message {
        Message {
            id: self.id,
            workspace: self.workspace,
            partner: self.partner,
            plan: Arc::clone(&self.plan),
            cascade: self.cascade.clone(),
            updated_at: now,
            wake_at: self.cascade.wake_at(&self.plan),
            attempt: self
                .submitting
                .zip(self.cascade.pending())
                .map(|(epoch, (link, part, _))| (Slot { link, part }, epoch)),
        }
    }
}

const INSERT: &str = "INSERT INTO message(id, workspace, partner, dedupe_key, partner_ref, \
    body_hash, dest, status, updated_at, wake_at, plan, state) \
    @values(id bigint, workspace bigint, partner bigint, dedupe_key text, partner_ref text, \
    body_hash bigint, dest bigint, status text, updated_at bigint, wake_at bigint, plan text, \
    state text) \
    ON CONFLICT (dedupe_key, partner) WHERE dedupe_key IS NOT NULL DO NOTHING";
const WHICH: &str = "SELECT id FROM message, @rows(id_wanted bigint) WHERE id = @r.id_wanted";

const INSERT_OUTBOX: &str = "INSERT INTO outbox(message_id, slot, lane, class, account_id, dest, \
    state, due_at, epoch) @values(message_id bigint, slot bigint, lane bigint, class bigint, \
    account_id bigint, dest bigint, state text, due_at bigint, epoch bigint)";

const FIND_REPEAT: &str = "SELECT id, body_hash, partner, dedupe_key \
    FROM message, @rows(wanted_key text, wanted_partner bigint) \
    WHERE dedupe_key = @r.wanted_key AND dedupe_key IS NOT NULL AND partner = @r.wanted_partner";

const FIND_DUPLICATE: &str =
    "SELECT at FROM duplicate WHERE partner = $1 AND content_hash = $2 AND at > $3";

const REMEMBER: &str = "INSERT INTO duplicate(partner, content_hash, at) VALUES ($1, $2, $3) \
    ON CONFLICT (partner, content_hash) DO UPDATE SET at = excluded.at";

/// Writes messages down. The answers stand in the order of the batch.
///
/// # Errors
/// See [`StoreError`].
pub fn accept(
    tx: &mut dyn Tx,
    now: Timestamp,
    batch: &[&Accept],
) -> Result<Vec<Accepted>, StoreError> {
    let blocked = blocked(tx, now, batch)?;
    let texts = batch
        .iter()
        .map(|a| Ok((json(&*a.plan)?, state_text(&a.cascade)?)))
        .collect::<Result<Vec<_>, StoreError>>()?;
    let mut rows = Rows::new();
    for (i, accept) in batch.iter().enumerate() {
        if !blocked.contains(&i) {
            rows.push(message_row(now, accept, &texts[i]));
        }
    }
    let count = tx.execute_rows(INSERT, &rows)?;
    let inserted = inserted(tx, batch, &blocked, count)?;
    insert_outbox(tx, batch.iter().filter(|a| inserted.contains(&a.id.0)))?;
    answers(tx, batch, &inserted, &blocked)
}

/// Which of the batch were written: all of them, as a rule; else the database is asked.
fn inserted(
    tx: &mut dyn Tx,
    batch: &[&Accept],
    blocked: &BTreeSet<usize>,
    count: u64,
) -> Result<BTreeSet<i64>, StoreError> {
    let tried = batch.iter().enumerate().filter(|(i, _)| !blocked.contains(i));
    let ids: BTreeSet<i64> = tried.map(|(_, accept)| accept.id.0).collect();
    if usize::try_from(count) == Ok(ids.len()) {
        return Ok(ids);
    }
    let mut wanted = Rows::new();
    for id in &ids {
        wanted.push([(*id).into()]);
    }
    let rows = tx.query_rows(WHICH, &wanted)?;
    Ok(rows.iter().map(|row| row.int(0)).collect::<Result<_, DbError>>()?)
}

fn message_row<'a>(
    now: Timestamp,
    accept: &'a Accept,
    texts: &'a (String, String),
) -> [Value<'a>; 12] {
    let key = accept.dedupe_key();
    let plain = accept.plan.partner_ref.as_deref().filter(|_| key.is_none());
    [
        accept.id.0.into(),
        accept.workspace.0.into(),
        accept.partner.0.into(),
        key.into(),
        plain.into(),
        accept.body_hash.cast_signed().into(),
        accept.plan.recipient.number().cast_signed().into(),
        accept.cascade.status.code().into(),
        now.0.into(),
        accept.cascade.wake_at(&accept.plan).map(|at| at.0).into(),
        texts.0.as_str().into(),
        texts.1.as_str().into(),
    ]
}

fn insert_outbox<'a>(
    tx: &mut dyn Tx,
    batch: impl Iterator<Item = &'a &'a Accept>,
) -> Result<(), StoreError> {
    let mut rows = Rows::new();
    for accept in batch {
        let Some((link, part, due)) = accept.cascade.pending() else { continue };
        let Some(planned) = accept.plan.links.get(usize::from(link)) else { continue };
        rows.push([
            accept.id.0.into(),
            Slot { link, part }.code().into(),
            planned.lane.0.into(),
            accept.plan.class.rank().into(),
            planned.account.0.into(),
            accept.plan.recipient.number().cast_signed().into(),
            if accept.submitting.is_some() { "submit" } else { "wait" }.into(),
            due.0.into(),
            accept.submitting.map(|epoch| epoch.0).into(),
        ]);
    }
    tx.execute_rows(INSERT_OUTBOX, &rows)?;
    Ok(())
}

fn answers(
    tx: &mut dyn Tx,
    batch: &[&Accept],
    inserted: &BTreeSet<i64>,
    blocked: &BTreeSet<usize>,
) -> Result<Vec<Accepted>, StoreError> {
    let mut wanted = Rows::new();
    for (i, accept) in batch.iter().enumerate() {
        if !inserted.contains(&accept.id.0) && !blocked.contains(&i) {
            let key = accept.plan.partner_ref.as_deref();
            wanted.push([key.into(), accept.partner.0.into()]);
        }
    }
    let firsts = tx.query_rows(FIND_REPEAT, &wanted)?;
    let mut out = Vec::with_capacity(batch.len());
    for (i, accept) in batch.iter().enumerate() {
        if inserted.contains(&accept.id.0) {
            out.push(Accepted::New);
        } else if blocked.contains(&i) {
            out.push(Accepted::Duplicate);
        } else {
            let first = firsts.iter().find(|row| {
                row.int(2).ok() == Some(accept.partner.0)
                    && row.text(3).ok() == accept.plan.partner_ref.as_deref()
            });
            let Some(first) = first else {
                return Err(DbError::Constraint("a refused message has no first".into()).into());
            };
            out.push(Accepted::Repeat {
                id: MessageId(first.int(0)?),
                differs: first.int(1)? != accept.body_hash.cast_signed(),
            });
        }
    }
    Ok(out)
}

/// Which of the batch are refused because their content went to the same recipient within a day.
/// That is asked of new messages only: a repeat of an id gets the first answer, and as it never goes
/// out, what it holds is not remembered. Where nobody wants this control, nothing is asked at all.
fn blocked(
    tx: &mut dyn Tx,
    now: Timestamp,
    batch: &[&Accept],
) -> Result<BTreeSet<usize>, StoreError> {
    let mut blocked = BTreeSet::new();
    if batch.iter().all(|accept| accept.content_hash.is_none()) {
        return Ok(blocked);
    }
    let mut used = used(tx, batch)?;
    for (i, accept) in batch.iter().enumerate() {
        let key = accept.dedupe_key().map(|key| (accept.partner, key.to_owned()));
        if key.as_ref().is_some_and(|key| used.contains(key)) {
            continue;
        }
        match accept.content_hash {
            Some(hash) if is_duplicate(tx, now, accept.partner, hash)? => {
                blocked.insert(i);
            }
            Some(_) | None => used.extend(key),
        }
    }
    Ok(blocked)
}

/// Which ids of those whose content is controlled were used before this batch.
fn used(tx: &mut dyn Tx, batch: &[&Accept]) -> Result<BTreeSet<(PartnerId, String)>, StoreError> {
    let mut wanted = Rows::new();
    for accept in batch.iter().filter(|accept| accept.content_hash.is_some()) {
        if let Some(key) = accept.dedupe_key() {
            wanted.push([key.into(), accept.partner.0.into()]);
        }
    }
    let rows = tx.query_rows(FIND_REPEAT, &wanted)?;
    rows.iter().map(|row| Ok((PartnerId(row.int(2)?), row.text(3)?.to_owned()))).collect()
}

/// Whether this content went to this recipient within a day. What is new is remembered.
fn is_duplicate(
    tx: &mut dyn Tx,
    now: Timestamp,
    partner: PartnerId,
    hash: u64,
) -> Result<bool, StoreError> {
    let (partner, hash) = (partner.0, hash.cast_signed());
    let since = now - DUPLICATE_WINDOW;
    let found = tx.query(FIND_DUPLICATE, &[partner.into(), hash.into(), since.0.into()])?;
    if found.is_empty() {
        tx.execute(REMEMBER, &[partner.into(), hash.into(), now.0.into()])?;
    }
    Ok(!found.is_empty())
}

/// The message that a partner's id was first accepted for, and whether its body was another.
///
/// # Errors
/// See [`StoreError`].
pub fn first(
    tx: &mut dyn Tx,
    partner: PartnerId,
    key: &str,
    body_hash: u64,
) -> Result<Option<(MessageId, bool)>, StoreError> {
    let mut wanted = Rows::new();
    wanted.push([key.into(), partner.0.into()]);
    let rows = tx.query_rows(FIND_REPEAT, &wanted)?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some((MessageId(row.int(0)?), row.int(1)? != body_hash.cast_signed())))
}
