//! The report desk: reports on their way to partners, by the lane of their address.
//!
//! What was just committed is handed over in memory, so that it need not be read again; what does
//! not fit stays on disk and is loaded when there is room. One report of a message is under way at
//! a time, in order.

use crate::{
    bell::{Bell, Deafness},
    desk::Backlog,
};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use vestnik_engine::{
    cascade::Report,
    lane::{Admission, Lane},
    plan::Plan,
};
use vestnik_model::{
    account::Pacing,
    id::{LaneId, MessageId, PartnerId},
    time::Timestamp,
};
use vestnik_store::{advance::Advanced, report::ReportKey};

/// Reports to one address under way at once.
pub const IN_FLIGHT_MAX: usize = 128;
/// Reports to one address waiting in memory.
pub const IN_MEMORY_MAX: usize = 8_192;
/// Reports to all addresses waiting in memory.
const IN_MEMORY_MAX_TOTAL: usize = 65_536;
/// Messages of one address whose next try is remembered; beyond, everything goes by the disk.
const RETRYING_MAX: usize = 100_000;
/// How far into a queue is looked for a report whose message is free.
const LOOK_MAX: usize = 128;

/// A report to be delivered.
#[derive(Debug, Clone)]
pub struct ReportJob {
    /// The message.
    pub message: MessageId,
    /// Whom it is told to.
    pub partner: PartnerId,
    /// What was asked for.
    pub plan: Arc<Plan>,
    /// What happened.
    pub report: Report,
    /// Its lane.
    pub lane: LaneId,
    /// How many tries came to an end.
    pub attempts: u32,
    /// Since when it is owed.
    pub created_at: Timestamp,
}

impl ReportJob {
    fn key(&self) -> (MessageId, u16) {
        (self.message, self.report.n)
    }
}

/// Lanes of addresses.
pub struct ReportDesk {
    state: Mutex<State>,
    bell: Bell,
}

#[derive(Default)]
struct State {
    lanes: BTreeMap<LaneId, ReportLane>,
    touched: BTreeSet<LaneId>,
    timers: BTreeSet<(Timestamp, LaneId)>,
    /// Reports waiting in memory, of all lanes.
    queued: usize,
}

struct ReportLane {
    lane: Lane,
    queue: VecDeque<ReportJob>,
    /// Reports in the queue or under way: a load must not bring them again.
    held: BTreeSet<(MessageId, u16)>,
    backlog: Backlog,
    /// How far the disk has been read, while there is more on it than in memory.
    cursor: Option<ReportKey>,
    /// Messages whose reports go on at a time, after a failed try: nothing of theirs overtakes it.
    retrying: BTreeMap<MessageId, Timestamp>,
}

/// A lane to be read from disk.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// The lane.
    pub lane: LaneId,
    /// What was read last.
    pub after: Option<ReportKey>,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The reports, in order.
    pub jobs: Vec<ReportJob>,
    /// Where it goes on; `None` = there is no more that is due.
    pub cursor: Option<ReportKey>,
    /// When the next report is due after those that are due already.
    pub next_due: Option<Timestamp>,
}

/// What is to be done now.
#[derive(Default)]
pub struct ReportTurn {
    /// Reports to be delivered; each must be answered by [`ReportDesk::settle`].
    pub jobs: Vec<ReportJob>,
    /// Lanes to be read from disk; each must be answered by [`ReportDesk::loaded`].
    pub loads: Vec<Load>,
    /// When something will be ready, unless the bell rings before.
    pub next: Option<Timestamp>,
}

impl ReportDesk {
    /// An empty desk.
    #[must_use]
    pub fn new(deafness: &Deafness) -> Self {
        Self { state: Mutex::default(), bell: Bell::of(deafness) }
    }

    /// Waits until something changed that may give work.
    pub async fn bell(&self) {
        self.bell.heard().await;
    }

    /// Takes over reports that were just committed.
    pub fn offer(&self, lane: LaneId, advanced: &Advanced, now: Timestamp) {
        let mut state = self.lock();
        let state = &mut *state;
        let entry = state.lanes.entry(lane).or_insert_with(ReportLane::new);
        for report in &advanced.reports {
            if let Some(at) = entry.retrying.get(&advanced.message) {
                entry.backlog.add(*at);
                continue;
            }
            let fits = entry.backlog.is_clear(now)
                && entry.queue.len() < IN_MEMORY_MAX
                && state.queued < IN_MEMORY_MAX_TOTAL
                && entry.retrying.len() < RETRYING_MAX;
            if fits {
                state.queued += entry.push(ReportJob {
                    message: advanced.message,
                    partner: advanced.partner,
                    plan: Arc::clone(&advanced.plan),
                    report: report.clone(),
                    lane,
                    attempts: 0,
                    created_at: now,
                });
            } else {
                entry.backlog.add(now);
            }
        }
        state.touched.insert(lane);
        self.bell.ring();
    }

    /// What to do now.
    pub fn turn(&self, now: Timestamp) -> ReportTurn {
        let mut state = self.lock();
        let state = &mut *state;
        while let Some((at, lane)) = state.timers.first().copied().filter(|(at, _)| *at <= now) {
            state.timers.remove(&(at, lane));
            state.touched.insert(lane);
        }
        let mut turn = ReportTurn::default();
        for id in std::mem::take(&mut state.touched) {
            let Some(lane) = state.lanes.get_mut(&id) else { continue };
            let before = turn.jobs.len();
            lane.fill(now, &mut turn.jobs);
            state.queued -= turn.jobs.len() - before;
            if let Some(due) = lane.backlog.next() {
                if due > now {
                    state.timers.insert((due, id));
                } else if lane.queue.len() < IN_MEMORY_MAX / 2
                    && lane.lane.circuit.opens_at(now).is_none()
                {
                    // A circuit that is due for a probe needs something to probe with.
                    lane.backlog.fetch();
                    turn.loads.push(Load { lane: id, after: lane.cursor });
                }
            }
            if let Admission::At(at) = lane.lane.ready(now) {
                state.timers.insert((at, id));
            }
            if lane.is_idle() {
                state.lanes.remove(&id);
            }
        }
        turn.next = state.timers.first().map(|(at, _)| *at);
        turn
    }

    /// What was read from disk. What is in memory already, or waits for its next try, is left out.
    pub fn loaded(&self, lane: LaneId, loaded: Loaded, now: Timestamp) {
        let mut state = self.lock();
        let state = &mut *state;
        let entry = state.lanes.entry(lane).or_insert_with(ReportLane::new);
        for job in loaded.jobs {
            let is_waiting = entry.retrying.get(&job.message).is_some_and(|at| now < *at);
            if !is_waiting {
                state.queued += entry.push(job);
            }
        }
        entry.cursor = loaded.cursor;
        let next = if loaded.cursor.is_some() { Some(now) } else { loaded.next_due };
        entry.backlog.fetched(next);
        state.touched.insert(lane);
        self.bell.ring();
    }

    /// A lane could not be read: it is tried again at `at`.
    pub fn not_loaded(&self, lane: LaneId, at: Timestamp) {
        let mut state = self.lock();
        let entry = state.lanes.entry(lane).or_insert_with(ReportLane::new);
        entry.backlog.fetched(Some(at));
        state.touched.insert(lane);
        drop(state);
        self.bell.ring();
    }

    /// A try has come to its end, and its end is on disk.
    ///
    /// `retry_at` is when the message's reports go on, if this one has to be tried again: those of
    /// it that wait in memory are left to the disk.
    pub fn settle(
        &self,
        job: &ReportJob,
        is_reached: bool,
        retry_at: Option<Timestamp>,
        now: Timestamp,
    ) {
        let mut state = self.lock();
        let state = &mut *state;
        let Some(entry) = state.lanes.get_mut(&job.lane) else { return };
        entry.lane.settle(recipient(job.message));
        entry.held.remove(&job.key());
        if is_reached {
            entry.lane.circuit.succeed();
        } else if entry.lane.circuit.fail(now) {
            tracing::warn!(lane.id = job.lane.0, "reports to an address are held up");
        }
        if let Some(at) = retry_at {
            state.queued -= entry.forget(job.message);
            entry.backlog.add(at);
            entry.retrying.insert(job.message, at);
        } else {
            entry.retrying.remove(&job.message);
        }
        state.touched.insert(job.lane);
        self.bell.ring();
    }

    /// Takes on a lane that owes something on disk, and the messages in it whose reports wait for
    /// their next try.
    pub fn open(&self, lane: LaneId, retrying: Vec<(MessageId, Timestamp)>) {
        let mut state = self.lock();
        let entry = state.lanes.entry(lane).or_insert_with(ReportLane::new);
        entry.backlog.add(Timestamp(0));
        entry.retrying.extend(retrying);
        state.touched.insert(lane);
        drop(state);
        self.bell.ring();
    }

    /// How many are under way or in memory.
    #[must_use]
    pub fn in_memory(&self) -> usize {
        self.lock().lanes.values().map(|l| l.queue.len() + l.lane.in_flight()).sum()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReportLane {
    fn new() -> Self {
        Self {
            lane: Lane::new(Pacing::default(), IN_FLIGHT_MAX),
            queue: VecDeque::new(),
            held: BTreeSet::new(),
            backlog: Backlog::default(),
            cursor: None,
            retrying: BTreeMap::new(),
        }
    }

    /// Adds a job at the end. Returns how many were added: none if it is held already.
    fn push(&mut self, job: ReportJob) -> usize {
        let is_new = self.held.insert(job.key());
        if is_new {
            self.queue.push_back(job);
        }
        usize::from(is_new)
    }

    /// Leaves a message's queued jobs to the disk. Returns how many.
    fn forget(&mut self, message: MessageId) -> usize {
        let before = self.queue.len();
        let held = &mut self.held;
        self.queue.retain(|job| {
            let stays = job.message != message;
            if !stays {
                held.remove(&job.key());
            }
            stays
        });
        before - self.queue.len()
    }

    fn fill(&mut self, now: Timestamp, jobs: &mut Vec<ReportJob>) {
        let mut look = 0;
        while look < self.queue.len().min(LOOK_MAX) {
            match self.lane.admit(recipient(self.queue[look].message), now) {
                Admission::Go => {
                    if let Some(job) = self.queue.remove(look) {
                        jobs.push(job);
                    }
                }
                Admission::RecipientBusy | Admission::RecipientAt(_) => look += 1,
                Admission::At(_) | Admission::Full => return,
            }
        }
    }

    fn is_idle(&self) -> bool {
        self.queue.is_empty()
            && self.backlog.is_empty()
            && self.retrying.is_empty()
            && self.lane.in_flight() == 0
            && !self.lane.circuit.is_open()
    }
}

/// In a lane of reports the message takes the place of the recipient: one at a time.
fn recipient(message: MessageId) -> u64 {
    message.0.cast_unsigned()
}
