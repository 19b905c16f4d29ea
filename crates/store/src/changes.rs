//! The rows that a batch of steps leaves behind, gathered first and written set by set.

use crate::{
    StoreError,
    awaited::{Awaited, Entry, Place},
    message::{Message, json, state_text},
    slot::Slot,
};
use std::{collections::BTreeMap, sync::Arc};
use vestnik_db::{Rows, Tx};
use vestnik_engine::{
    cascade::{Effect, Report},
    cause::Cause,
};
use vestnik_model::{
    id::{LaneId, MessageId, hash64},
    limits::MATCH_AFTER_FINAL,
    time::Timestamp,
};

/// What becomes of an outbox row; the last word of a batch counts.
enum Turn {
    Wait { lane: i64, class: i64, account: i64, dest: i64, due: Timestamp },
    Await { account: i64, remote_hash: i64, forget_at: Timestamp },
    Inquire { due: Timestamp },
    Unknown,
    Delete,
}

/// A journal line to be written.
struct Line {
    message: i64,
    n: u32,
    cause: String,
    exchange: Option<Arc<str>>,
    raw: Option<Arc<[u8]>>,
}

/// A report to be written.
struct Owed {
    message: i64,
    n: u16,
    lane: LaneId,
    body: String,
}

#[derive(Default)]
pub(crate) struct Changes {
    outbox: BTreeMap<(i64, i64), Turn>,
    journal: Vec<Line>,
    reports: Vec<Owed>,
}

const PUT_WAIT: &str = "INSERT INTO outbox(message_id, slot, lane, class, account_id, dest, \
    state, due_at) @values(message_id bigint, slot bigint, lane bigint, class bigint, \
    account_id bigint, dest bigint, state text, due_at bigint) \
    ON CONFLICT (message_id, slot) DO UPDATE SET state = 'wait', due_at = excluded.due_at, \
    epoch = NULL";
const PUT_AWAIT: &str = "UPDATE outbox SET state = @r.turn, remote_hash = @r.hash, \
    due_at = @r.forget_at, epoch = NULL \
    FROM @rows(key_message bigint, key_slot bigint, turn text, hash bigint, forget_at bigint) \
    WHERE message_id = @r.key_message AND slot = @r.key_slot";
const PUT_OTHER: &str = "UPDATE outbox SET state = @r.turn, due_at = @r.due, epoch = NULL \
    FROM @rows(key_message bigint, key_slot bigint, turn text, due bigint) \
    WHERE message_id = @r.key_message AND slot = @r.key_slot";
const DELETE: &str = "DELETE FROM outbox USING @rows(key_message bigint, key_slot bigint) \
    WHERE message_id = @r.key_message AND slot = @r.key_slot";
const PUT_STATE: &str = "UPDATE message SET status = @r.new_status, updated_at = @r.at, \
    state = @r.new_state FROM @rows(key bigint, new_status text, at bigint, new_state text) \
    WHERE id = @r.key";
/// As [`PUT_STATE`], where the time to be looked at again changes with it: an index follows it.
const PUT_STATE_AND_WAKE: &str = "UPDATE message SET status = @r.new_status, updated_at = @r.at, \
    wake_at = @r.wake, state = @r.new_state \
    FROM @rows(key bigint, new_status text, at bigint, wake bigint, new_state text) \
    WHERE id = @r.key";
const PUT_REPORT: &str = "INSERT INTO report(message_id, n, lane, state, due_at, attempts, \
    created_at, body) @values(message_id bigint, n bigint, lane bigint, state text, \
    due_at bigint, attempts bigint, created_at bigint, body text)";
const PUT_LINE: &str = "INSERT INTO journal(message_id, n, at, cause, exchange, raw) \
    @values(message_id bigint, n bigint, at bigint, cause text, exchange text, raw bytes)";

impl Changes {
    /// Takes on the effects of one step.
    pub(crate) fn apply(
        &mut self,
        message: &Message,
        effects: &[Effect],
    ) -> Result<(), StoreError> {
        for effect in effects {
            match effect {
                Effect::Submit { link, part, due } => self.wait(message, *link, *part, *due),
                Effect::Await { link, part, remote_id } => {
                    let expires = message.cascade.expires_at(&message.plan, *link);
                    let from = expires.unwrap_or(message.updated_at);
                    let links = &message.plan.links;
                    let turn = Turn::Await {
                        account: links.get(usize::from(*link)).map_or(0, |l| l.account.0),
                        remote_hash: hash64(remote_id.as_bytes()).cast_signed(),
                        forget_at: from + MATCH_AFTER_FINAL,
                    };
                    self.turn(message, *link, *part, turn);
                }
                Effect::Inquire { link, part, due } => {
                    self.turn(message, *link, *part, Turn::Inquire { due: *due });
                }
                Effect::Hold { link, part } => self.turn(message, *link, *part, Turn::Unknown),
                Effect::Drop { link, part } => self.turn(message, *link, *part, Turn::Delete),
                Effect::Report(report) => self.report(message, report)?,
                Effect::PauseAccount { .. } => {}
            }
        }
        Ok(())
    }

    fn wait(&mut self, message: &Message, link: u8, part: u8, due: Timestamp) {
        let Some(planned) = message.plan.links.get(usize::from(link)) else { return };
        let turn = Turn::Wait {
            lane: planned.lane.0,
            class: message.plan.class.rank(),
            account: planned.account.0,
            dest: message.plan.recipient.number().cast_signed(),
            due,
        };
        self.turn(message, link, part, turn);
    }

    fn turn(&mut self, message: &Message, link: u8, part: u8, turn: Turn) {
        self.outbox.insert((message.id.0, Slot { link, part }.code()), turn);
    }

    fn report(&mut self, message: &Message, report: &Report) -> Result<(), StoreError> {
        if let Some(lane) = message.plan.report_lane {
            let body = json(report)?;
            self.reports.push(Owed { message: message.id.0, n: report.n, lane, body });
        }
        Ok(())
    }

    /// Adds a journal line.
    pub(crate) fn line(
        &mut self,
        message: &Message,
        cause: &Cause,
        exchange: Option<Arc<str>>,
        raw: Option<Arc<[u8]>>,
    ) -> Result<(), StoreError> {
        let (message, n) = (message.id.0, message.cascade.n);
        self.journal.push(Line { message, n, cause: json(cause)?, exchange, raw });
        Ok(())
    }

    /// Writes everything.
    pub(crate) fn write(
        &self,
        tx: &mut dyn Tx,
        now: Timestamp,
        messages: &mut [&mut Message],
        awaited: &mut Awaited,
    ) -> Result<(), StoreError> {
        self.write_outbox(tx, awaited)?;
        write_states(tx, now, messages)?;
        let mut rows = Rows::new();
        for line in &self.journal {
            rows.push([
                line.message.into(),
                i64::from(line.n).into(),
                now.0.into(),
                line.cause.as_str().into(),
                line.exchange.as_deref().into(),
                line.raw.as_deref().into(),
            ]);
        }
        tx.execute_rows(PUT_LINE, &rows)?;
        let mut rows = Rows::new();
        for owed in &self.reports {
            rows.push([
                owed.message.into(),
                i64::from(owed.n).into(),
                owed.lane.0.into(),
                "due".into(),
                now.0.into(),
                0.into(),
                now.0.into(),
                owed.body.as_str().into(),
            ]);
        }
        tx.execute_rows(PUT_REPORT, &rows)?;
        Ok(())
    }

    fn write_outbox(&self, tx: &mut dyn Tx, awaited: &mut Awaited) -> Result<(), StoreError> {
        let (mut waits, mut awaits) = (Rows::new(), Rows::new());
        let (mut others, mut deletes) = (Rows::new(), Rows::new());
        for ((id, code), turn) in &self.outbox {
            let (id, code) = (*id, *code);
            let (message, slot) = (id.into(), code.into());
            match turn {
                Turn::Wait { lane, class, account, dest, due } => waits.push([
                    message,
                    slot,
                    (*lane).into(),
                    (*class).into(),
                    (*account).into(),
                    (*dest).into(),
                    "wait".into(),
                    due.0.into(),
                ]),
                Turn::Await { account, remote_hash, forget_at } => {
                    let entry =
                        Entry { hash: *remote_hash, account: *account, message: id, slot: code };
                    let place = awaited.place(tx, MessageId(id))?;
                    match place {
                        Place::Gathered => awaited.add(entry, *forget_at),
                        Place::Index => {}
                    }
                    let (hash, forget_at) = ((*remote_hash).into(), forget_at.0.into());
                    awaits.push([message, slot, place.state().into(), hash, forget_at]);
                }
                Turn::Inquire { due } => {
                    others.push([message, slot, "inquire".into(), due.0.into()]);
                }
                Turn::Unknown => others.push([message, slot, "unknown".into(), 0.into()]),
                Turn::Delete => deletes.push([message, slot]),
            }
        }
        tx.execute_rows(PUT_WAIT, &waits)?;
        tx.execute_rows(PUT_AWAIT, &awaits)?;
        tx.execute_rows(PUT_OTHER, &others)?;
        tx.execute_rows(DELETE, &deletes)?;
        Ok(())
    }
}

fn write_states(
    tx: &mut dyn Tx,
    now: Timestamp,
    messages: &mut [&mut Message],
) -> Result<(), StoreError> {
    let states =
        messages.iter().map(|m| state_text(&m.cascade)).collect::<Result<Vec<_>, StoreError>>()?;
    let (mut states_only, mut with_wakes) = (Rows::new(), Rows::new());
    for (message, state) in messages.iter_mut().zip(&states) {
        let status = message.cascade.status.code();
        let (id, state) = (message.id.0.into(), state.as_str().into());
        let wake = message.next_wake(now);
        if wake == message.wake_at {
            states_only.push([id, status.into(), now.0.into(), state]);
        } else {
            message.wake_at = wake;
            let wake = wake.map(|at| at.0).into();
            with_wakes.push([id, status.into(), now.0.into(), wake, state]);
        }
    }
    tx.execute_rows(PUT_STATE, &states_only)?;
    tx.execute_rows(PUT_STATE_AND_WAKE, &with_wakes)?;
    Ok(())
}
