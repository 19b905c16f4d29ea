//! Which bubble a provider's id means, for days, at little cost.
//!
//! Providers' ids are random. An index of them is a tree in which every message touches a page of its
//! own: read, written to the log and copied back for an entry of thirty bytes. So the newest entries are
//! only remembered; when many have gathered they are sorted and written as a *run*, page by page in
//! order, and never touched again until all of it is over. What is looked up is looked for in memory,
//! then in the runs, the newest first.
//!
//! Nothing is lost with the memory: an entry stands in its outbox row as well, and those of no run yet
//! are the rows of messages younger than the newest run's. What comes late, of a message older than
//! that, goes into the index `outbox_await` instead, as everything does where others may write too, and
//! whatever comes while too many have gathered because they can't be written.
//!
//! It is told of each commit: what belongs to a transaction that was taken back is forgotten.

mod run;

use crate::{StoreError, slot::Slot};
use run::{Course, Run};
use std::collections::BTreeSet;
use vestnik_db::{Rows, Tx};
use vestnik_model::{
    id::{AccountId, MessageId},
    time::{Millis, Timestamp},
};

/// Entries gathered before a run is begun: some megabytes.
const GATHERED_MAX: usize = 128 * 1024;
/// After this long a run is begun however few have gathered: what must be read at a start is bounded.
const GATHERED_FOR: Millis = Millis::hours(24);
/// Messages accepted before a run is begun, if anything has gathered: for the same reason.
const ACCEPTED_MAX: usize = 512 * 1024;
/// So many runs may gather while one can't be written; beyond, ids go into the index.
const UNWRITTEN_RUNS_MAX: usize = 4;
/// Pages of a run that are written behind one batch.
const PAGES_AT_ONCE: usize = 32;
/// How long is waited after a run could not be written on.
const REST: Millis = Millis::seconds(60);
/// Rows read at once at the start.
const STRIDE: i64 = 8_192;

/// An id that is awaited. Sorted by its hash first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    /// The hash of the provider's id.
    pub(crate) hash: i64,
    pub(crate) account: i64,
    pub(crate) message: i64,
    pub(crate) slot: i64,
}

/// How an outbox row says where its id is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the index.
    Index,
    /// Here.
    Gathered,
}

impl Place {
    /// The row's state.
    pub(crate) fn state(self) -> &'static str {
        match self {
            Self::Index => "await",
            Self::Gathered => "gather",
        }
    }
}

/// What is awaited.
#[derive(Debug, Default)]
pub(crate) struct Awaited {
    /// `None` = everything goes into the index.
    gathered_max: Option<usize>,
    /// `None` = not read yet.
    state: Option<State>,
}

#[derive(Debug, Default)]
struct State {
    fresh: BTreeSet<Entry>,
    /// When the latest of them is forgotten.
    over_at: i64,
    /// Since when they gather.
    since: Option<Timestamp>,
    accepted: usize,
    /// The run that is being written; its entries are found in it.
    course: Option<Course>,
    /// Oldest first.
    runs: Vec<Run>,
    /// What was added in this transaction.
    added: Vec<Entry>,
    rests_until: Timestamp,
}

const GATHERED: &str = "SELECT message_id, slot, account_id, remote_hash, due_at FROM outbox \
    WHERE (message_id, slot) > ($1, $2) AND state = 'gather' ORDER BY message_id, slot LIMIT $3";
const IS_THERE: &str = "SELECT message_id, slot FROM outbox, \
    @rows(key_message bigint, key_slot bigint) WHERE message_id = @r.key_message \
    AND slot = @r.key_slot AND state = 'gather'";

impl Awaited {
    /// For a process that has the database for itself.
    pub(crate) fn alone() -> Self {
        Self::gathering(GATHERED_MAX)
    }

    /// The same, with another number of entries to a run.
    pub(crate) fn gathering(max: usize) -> Self {
        Self { gathered_max: Some(max.max(1)), state: None }
    }

    /// Where a message's ids are to be put.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub(crate) fn place(
        &mut self,
        tx: &mut dyn Tx,
        message: MessageId,
    ) -> Result<Place, StoreError> {
        let fresh_max = self.gathered_max.unwrap_or_default().saturating_mul(UNWRITTEN_RUNS_MAX);
        let Some(state) = self.state(tx)? else { return Ok(Place::Index) };
        let is_young = message.0 > state.through();
        Ok(if is_young && state.fresh.len() < fresh_max { Place::Gathered } else { Place::Index })
    }

    /// Adds an id whose row says that it is gathered, and until when it is awaited.
    pub(crate) fn add(&mut self, entry: Entry, over_at: Timestamp) {
        let Some(state) = &mut self.state else { return };
        state.fresh.insert(entry);
        state.added.push(entry);
        state.over_at = state.over_at.max(over_at.0);
    }

    /// Notes how many messages were accepted.
    pub(crate) fn accepted(&mut self, count: usize) {
        if let Some(state) = &mut self.state {
            state.accepted += count;
        }
    }

    /// The bubbles an id may mean, of those that are gathered.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub(crate) fn find(
        &mut self,
        tx: &mut dyn Tx,
        account: AccountId,
        hash: i64,
    ) -> Result<Vec<(MessageId, Slot)>, StoreError> {
        let Some(state) = self.state(tx)? else { return Ok(Vec::new()) };
        let of = |found: &Entry| (MessageId(found.message), Slot::from_code(found.slot));
        let first = Entry { hash, account: account.0, message: i64::MIN, slot: i64::MIN };
        let last = Entry { message: i64::MAX, slot: i64::MAX, ..first };
        let mut found: Vec<_> = state.fresh.range(first..=last).map(of).collect();
        if let Some(course) = &state.course {
            found.extend(course.find(account, hash).iter().map(of));
        }
        if !found.is_empty() {
            return Ok(found);
        }
        for run in state.runs.iter().rev() {
            let entries = run.find(tx, account, hash)?;
            if !entries.is_empty() {
                return still_there(tx, &entries);
            }
        }
        Ok(found)
    }

    /// Whether a run is to be written on or taken away.
    pub(crate) fn is_unsettled(&self, now: Timestamp) -> bool {
        self.state.as_ref().is_some_and(|state| {
            let is_old = || state.runs.first().is_some_and(|run| run.is_over(now));
            state.rests_until <= now && (state.course.is_some() || is_old())
        })
    }

    /// Writes on at the run that is being written; else takes away one that is over.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub(crate) fn settle(&mut self, tx: &mut dyn Tx, now: Timestamp) -> Result<(), StoreError> {
        let Some(state) = &mut self.state else { return Ok(()) };
        match &mut state.course {
            Some(course) => course.write(tx, PAGES_AT_ONCE),
            None => match state.runs.first_mut().filter(|run| run.is_over(now)) {
                Some(run) => run.take_away(tx),
                None => Ok(()),
            },
        }
    }

    /// The transaction is on disk.
    pub(crate) fn committed(&mut self, now: Timestamp) {
        let Some(max) = self.gathered_max else { return };
        let Some(state) = &mut self.state else { return };
        state.added.clear();
        state.runs.retain(|run| !run.is_gone());
        if let Some(run) = state.course.as_mut().and_then(Course::committed) {
            state.runs.push(run);
            state.course = None;
        }
        if state.fresh.is_empty() {
            return;
        }
        let since = *state.since.get_or_insert(now);
        let is_due = state.fresh.len() >= max
            || state.accepted >= ACCEPTED_MAX
            || now - since >= GATHERED_FOR;
        if state.course.is_none() && is_due {
            let run = state.runs.last().map_or(1, Run::next);
            let entries = std::mem::take(&mut state.fresh);
            state.course = Some(Course::new(run, entries, Timestamp(state.over_at)));
            (state.over_at, state.since, state.accepted) = (0, None, 0);
        }
    }

    /// Tries no more for a while.
    pub(crate) fn rest(&mut self, now: Timestamp) {
        if let Some(state) = &mut self.state {
            state.rests_until = now + REST;
        }
    }

    /// The transaction was taken back.
    pub(crate) fn taken_back(&mut self) {
        let Some(state) = &mut self.state else { return };
        for entry in std::mem::take(&mut state.added) {
            state.fresh.remove(&entry);
        }
        if let Some(course) = &mut state.course {
            course.taken_back();
        }
        for run in &mut state.runs {
            run.taken_back();
        }
    }

    /// What is remembered, read at first need.
    fn state(&mut self, tx: &mut dyn Tx) -> Result<Option<&mut State>, StoreError> {
        if self.gathered_max.is_some() && self.state.is_none() {
            self.state = Some(State::load(tx)?);
        }
        Ok(self.state.as_mut())
    }
}

impl State {
    fn load(tx: &mut dyn Tx) -> Result<Self, StoreError> {
        let runs = run::load(tx)?;
        let mut state = Self { runs, ..Self::default() };
        let (mut message, mut slot) = (state.through(), i64::MAX);
        loop {
            let rows = tx.query(GATHERED, &[message.into(), slot.into(), STRIDE.into()])?;
            for row in &rows {
                (message, slot) = (row.int(0)?, row.int(1)?);
                let (account, hash) = (row.int(2)?, row.int(3)?);
                state.fresh.insert(Entry { hash, account, message, slot });
                state.over_at = state.over_at.max(row.int(4)?);
            }
            if rows.len() < usize::try_from(STRIDE).unwrap_or(usize::MAX) {
                return Ok(state);
            }
        }
    }

    /// The youngest message whose ids may stand in a run.
    fn through(&self) -> i64 {
        let written = self.runs.last().map_or(0, Run::upto);
        self.course.as_ref().map_or(written, |course| course.upto().max(written))
    }
}

/// Those of a run's entries that are still awaited: a run is taken away as a whole.
fn still_there(tx: &mut dyn Tx, entries: &[Entry]) -> Result<Vec<(MessageId, Slot)>, StoreError> {
    let mut keys = Rows::new();
    for entry in entries {
        keys.push([entry.message.into(), entry.slot.into()]);
    }
    let rows = tx.query_rows(IS_THERE, &keys)?;
    rows.iter().map(|row| Ok((MessageId(row.int(0)?), Slot::from_code(row.int(1)?)))).collect()
}
