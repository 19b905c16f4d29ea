//! Taking messages further: load, step, write, in one transaction.

use crate::{
    StoreError,
    changes::Changes,
    known::Known,
    message::{self, Message},
    slot::Slot,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use vestnik_db::{Rows, Tx, Value};
use vestnik_engine::{
    cascade::{Context, Effect, Event, Report, step},
    cause::Cause,
    plan::Plan,
};
use vestnik_model::{
    id::{AccountId, Epoch, MessageId, PartnerId, WorkspaceId, hash64},
    outcome::{Failure, ReceiptKind},
    status::Status,
    time::Timestamp,
};

/// One event for one message.
#[derive(Debug, Clone)]
pub struct Advance {
    /// The message.
    pub message: MessageId,
    /// What happened.
    pub event: Event,
    /// With the end of an attempt: the epoch it was begun under. If its row has another, the
    /// attempt was taken over and this end is not written. With an orphan: the epoch of its finder,
    /// whose own attempts are none; what is not being submitted is no orphan anyway.
    pub fence: Option<Epoch>,
    /// The redacted exchange with the provider, where it is kept.
    pub exchange: Option<Arc<str>>,
    /// The webhook's bytes that brought it.
    pub raw: Option<Arc<[u8]>>,
    /// Random bits for spreading retries.
    pub jitter: u32,
}

/// What came of an [`Advance`].
#[derive(Debug, Clone)]
pub struct Advanced {
    /// The message.
    pub message: MessageId,
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Who asked for it.
    pub partner: PartnerId,
    /// What was asked for.
    pub plan: Arc<Plan>,
    /// Why it is where it is now.
    pub cause: Cause,
    /// Its status now.
    pub status: Status,
    /// Reports that are owed from now on.
    pub reports: Vec<Report>,
    /// Parts that wait to be submitted from now on, and when.
    pub submits: Vec<(Slot, Timestamp)>,
    /// Accounts that must not be used until somebody acts.
    pub paused: Vec<(AccountId, Failure)>,
}

const OUTBOX_STATE: &str = "SELECT message_id, slot, state, epoch \
    FROM outbox, @rows(key_message bigint, key_slot bigint) \
    WHERE message_id = @r.key_message AND slot = @r.key_slot";
const PARKED_ANY: &str = "SELECT 1 FROM parked LIMIT 1";
const PARKED: &str = "SELECT account_id, remote_hash, id, remote_id, receipt, at, raw \
    FROM parked, @rows(key_account bigint, key_hash bigint) \
    WHERE account_id = @r.key_account AND remote_hash = @r.key_hash";
const UNPARK: &str = "DELETE FROM parked USING \
    @rows(key_account bigint, key_hash bigint, key_id bigint) \
    WHERE account_id = @r.key_account AND remote_hash = @r.key_hash AND id = @r.key_id";

/// Takes messages one step further each; events of one message are applied in the order given.
/// Receipts that were waiting for an id that becomes known here are applied too.
///
/// `None` stands for an event that was not written: the message is gone, or the attempt was taken
/// over by a newer owner.
///
/// # Errors
/// See [`StoreError`].
pub fn advance(
    tx: &mut dyn Tx,
    now: Timestamp,
    batch: &[&Advance],
) -> Result<Vec<Option<Advanced>>, StoreError> {
    advance_known(tx, now, &mut Known::default(), batch)
}

/// As [`advance`], by a writer that remembers messages.
pub(crate) fn advance_known(
    tx: &mut dyn Tx,
    now: Timestamp,
    known: &mut Known,
    batch: &[&Advance],
) -> Result<Vec<Option<Advanced>>, StoreError> {
    let ids: BTreeSet<MessageId> = batch.iter().map(|a| a.message).collect();
    let ids: Vec<MessageId> = ids.into_iter().collect();
    let messages = known.take(tx, &ids)?;
    advance_taken(tx, now, known, batch, messages)
}

/// As [`advance_known`], with the messages taken out already (in this same transaction).
pub(crate) fn advance_taken(
    tx: &mut dyn Tx,
    now: Timestamp,
    known: &mut Known,
    batch: &[&Advance],
    messages: Vec<Message>,
) -> Result<Vec<Option<Advanced>>, StoreError> {
    let mut messages: BTreeMap<MessageId, Message> =
        messages.into_iter().map(|m| (m.id, m)).collect();
    let rows = outbox_states(tx, known, batch, &messages)?;
    let mut run = Run {
        now,
        messages: &mut messages,
        rows,
        changes: Changes::default(),
        changed: BTreeSet::new(),
        awaited: Vec::new(),
    };
    let mut out = Vec::with_capacity(batch.len());
    for advance in batch {
        out.push(run.one(advance)?);
    }
    let parked = run.unpark(tx)?;
    for found in &parked {
        let Some(advanced) = run.one(found)? else { continue };
        if let Some(first) = out.iter_mut().flatten().find(|o| o.message == found.message) {
            first.status = advanced.status;
            first.reports.extend(advanced.reports);
            first.submits.extend(advanced.submits);
            first.paused.extend(advanced.paused);
        }
    }
    let Run { changes, changed, .. } = run;
    let mut written: Vec<&mut Message> =
        messages.values_mut().filter(|message| changed.contains(&message.id)).collect();
    changes.write(tx, now, &mut written, &mut known.awaited)?;
    for message in messages.into_values() {
        known.keep(message);
    }
    Ok(out)
}

/// The outbox rows that the steps must know of: those of ending attempts (the fence), and those of
/// parts that wait or are under way while something else happens.
fn outbox_states(
    tx: &mut dyn Tx,
    known: &Known,
    batch: &[&Advance],
    messages: &BTreeMap<MessageId, Message>,
) -> Result<BTreeMap<(i64, i64), Option<i64>>, StoreError> {
    let mut out = BTreeMap::new();
    let mut wanted = BTreeSet::new();
    for advance in batch {
        let slot = match (&advance.event, messages.get(&advance.message)) {
            (Event::Submitted { link, part, .. } | Event::Orphaned { link, part }, Some(_)) => {
                Some((*link, *part))
            }
            (_, Some(message)) => message.cascade.pending().map(|(link, part, _)| (link, part)),
            (_, None) => None,
        };
        let Some((link, part)) = slot else { continue };
        let slot = Slot { link, part };
        let key = (advance.message.0, slot.code());
        match messages.get(&advance.message).and_then(|m| known.attempt(m, slot)) {
            Some(epoch) => drop(out.insert(key, Some(epoch.0))),
            None => drop(wanted.insert(key)),
        }
    }
    let mut rows = Rows::new();
    for (message, slot) in &wanted {
        rows.push([Value::Int(*message), Value::Int(*slot)]);
    }
    for row in tx.query_rows(OUTBOX_STATE, &rows)? {
        let epoch = if row.text(2)? == "submit" { row.int_opt(3)? } else { None };
        out.insert((row.int(0)?, row.int(1)?), epoch);
    }
    Ok(out)
}

struct Run<'m> {
    now: Timestamp,
    messages: &'m mut BTreeMap<MessageId, Message>,
    /// Outbox rows by key: the epoch under which they are being submitted, if they are.
    rows: BTreeMap<(i64, i64), Option<i64>>,
    changes: Changes,
    changed: BTreeSet<MessageId>,
    awaited: Vec<(MessageId, Slot, AccountId, String)>,
}

impl Run<'_> {
    fn one(&mut self, advance: &Advance) -> Result<Option<Advanced>, StoreError> {
        let Some(message) = self.messages.get_mut(&advance.message) else { return Ok(None) };
        let key = |link, part| (message.id.0, Slot { link, part }.code());
        let under = |link, part| self.rows.get(&key(link, part)).copied().flatten();
        if let Event::Submitted { link, part, .. } = &advance.event
            && advance.fence.is_some_and(|epoch| under(*link, *part) != Some(epoch.0))
        {
            return Ok(None);
        }
        if let Event::Orphaned { link, part } = &advance.event {
            let orphan = under(*link, *part);
            if orphan.is_none_or(|epoch| advance.fence.is_some_and(|own| epoch >= own.0)) {
                return Ok(None);
            }
        }
        let in_flight = message.cascade.pending().is_some_and(|(link, part, _)| {
            self.rows.get(&key(link, part)).copied().flatten().is_some()
        });
        let mut effects = Vec::new();
        let context = Context { now: self.now, in_flight, jitter: advance.jitter };
        let plan = Arc::clone(&message.plan);
        let cause = step(&plan, &mut message.cascade, &advance.event, context, &mut effects);
        message.updated_at = self.now;
        if let Event::Submitted { link, part, .. } | Event::Orphaned { link, part } = &advance.event
        {
            self.rows.insert(key(*link, *part), None);
            message.attempt = None;
        }
        if effects.iter().any(is_of_outbox) {
            // Its row says something else now; what does is read again.
            message.attempt = None;
        }
        let mut out = Advanced {
            message: message.id,
            workspace: message.workspace,
            partner: message.partner,
            plan,
            cause,
            status: message.cascade.status,
            reports: Vec::new(),
            submits: Vec::new(),
            paused: Vec::new(),
        };
        self.record(advance, &out.cause, &effects)?;
        sort_effects(effects, &mut out);
        Ok(Some(out))
    }

    fn record(
        &mut self,
        advance: &Advance,
        cause: &Cause,
        effects: &[Effect],
    ) -> Result<(), StoreError> {
        let Some(message) = self.messages.get(&advance.message) else { return Ok(()) };
        for effect in effects {
            if let Effect::Await { link, part, remote_id } = effect
                && let Some(planned) = message.plan.links.get(usize::from(*link))
            {
                let slot = Slot { link: *link, part: *part };
                self.awaited.push((message.id, slot, planned.account, remote_id.clone()));
            }
        }
        self.changes.apply(message, effects)?;
        self.changed.insert(message.id);
        let is_news = *cause != Cause::NothingNew || advance.raw.is_some();
        if is_news {
            self.changes.line(message, cause, advance.exchange.clone(), advance.raw.clone())?;
        }
        Ok(())
    }

    /// Takes the receipts that came before our own write out of their waiting place.
    fn unpark(&mut self, tx: &mut dyn Tx) -> Result<Vec<Advance>, StoreError> {
        if self.awaited.is_empty() || tx.query(PARKED_ANY, &[])?.is_empty() {
            return Ok(Vec::new());
        }
        let mut keys = Rows::new();
        for (_, _, account, remote_id) in &self.awaited {
            keys.push([account.0.into(), hash64(remote_id.as_bytes()).cast_signed().into()]);
        }
        let found = tx.query_rows(PARKED, &keys)?;
        let mut gone = Rows::new();
        let mut out = Vec::new();
        for row in &found {
            let (account, id, remote_id) = (AccountId(row.int(0)?), row.int(2)?, row.text(3)?);
            let awaited =
                self.awaited.iter().find(|(_, _, a, r)| *a == account && r.as_str() == remote_id);
            let Some((message, slot, ..)) = awaited else { continue };
            let kind: ReceiptKind = message::parse(row.text(4)?)?;
            let at = row.int_opt(5)?.map(Timestamp);
            let event = Event::Receipt { link: slot.link, part: slot.part, kind, at };
            let raw = row.bytes_opt(6)?.map(Arc::from);
            let advance =
                Advance { message: *message, event, fence: None, exchange: None, raw, jitter: 0 };
            out.push((advance, id));
            gone.push([account.0.into(), row.int(1)?.into(), id.into()]);
        }
        tx.execute_rows(UNPARK, &gone)?;
        // In the order they came; the lattice does not need it, the journal reads better.
        out.sort_by_key(|(_, id)| *id);
        Ok(out.into_iter().map(|(advance, _)| advance).collect())
    }
}

/// Whether an effect changes an outbox row.
fn is_of_outbox(effect: &Effect) -> bool {
    match effect {
        Effect::Submit { .. }
        | Effect::Await { .. }
        | Effect::Inquire { .. }
        | Effect::Hold { .. }
        | Effect::Drop { .. } => true,
        Effect::Report(_) | Effect::PauseAccount { .. } => false,
    }
}

fn sort_effects(effects: Vec<Effect>, out: &mut Advanced) {
    for effect in effects {
        match effect {
            Effect::Report(report) => {
                if out.plan.report_lane.is_some() {
                    out.reports.push(report);
                }
            }
            Effect::Submit { link, part, due } => out.submits.push((Slot { link, part }, due)),
            Effect::PauseAccount { account, failure } => out.paused.push((account, failure)),
            Effect::Await { .. }
            | Effect::Inquire { .. }
            | Effect::Hold { .. }
            | Effect::Drop { .. } => {}
        }
    }
}
