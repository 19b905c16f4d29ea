//! The report desk: reports on their way to partners, by the lane of their address.
//!
//! What was just committed is handed over in memory, so that it need not be read again; what does
//! not fit stays on disk and is loaded when there is room. One report of a message is under way at
//! a time, in order.

use crate::desk::Backlog;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Notify;
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
use vestnik_store::advance::Advanced;

/// Reports to one address under way at once.
pub const IN_FLIGHT_MAX: usize = 64;
/// Reports to one address waiting in memory.
pub const IN_MEMORY_MAX: usize = 1_024;
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

/// Lanes of addresses.
pub struct ReportDesk {
    state: Mutex<State>,
    bell: Notify,
}

#[derive(Default)]
struct State {
    lanes: BTreeMap<LaneId, ReportLane>,
    touched: BTreeSet<LaneId>,
    timers: BTreeSet<(Timestamp, LaneId)>,
}

struct ReportLane {
    lane: Lane,
    queue: VecDeque<ReportJob>,
    backlog: Backlog,
    /// Messages whose reports go on at a time, after a failed try: nothing of theirs overtakes it.
    retrying: BTreeMap<MessageId, Timestamp>,
    /// Messages that have reports on disk behind one in memory: read when that one is settled.
    behind: BTreeSet<MessageId>,
    /// Whether messages may have reports on disk that nobody here knows of, since an earlier
    /// process: until all are read, only a message's first report need not go by the disk.
    is_unsure: bool,
}

/// What is to be done now.
#[derive(Default)]
pub struct ReportTurn {
    /// Reports to be delivered; each must be answered by [`ReportDesk::settle`].
    pub jobs: Vec<ReportJob>,
    /// Lanes to be read from disk; each must be answered by [`ReportDesk::loaded`].
    pub loads: Vec<LaneId>,
    /// When something will be ready, unless the bell rings before.
    pub next: Option<Timestamp>,
}

impl Default for ReportDesk {
    fn default() -> Self {
        Self::new()
    }
}

impl ReportDesk {
    /// An empty desk.
    #[must_use]
    pub fn new() -> Self {
        Self { state: Mutex::default(), bell: Notify::new() }
    }

    /// Waits until something changed that may give work.
    pub async fn bell(&self) {
        self.bell.notified().await;
    }

    /// Takes over reports that were just committed.
    pub fn offer(&self, lane: LaneId, advanced: &Advanced, now: Timestamp) {
        let mut state = self.lock();
        let entry = state.lanes.entry(lane).or_insert_with(ReportLane::new);
        for report in &advanced.reports {
            if let Some(at) = entry.retrying.get(&advanced.message) {
                entry.backlog.add(*at);
                continue;
            }
            let is_behind = entry.behind.contains(&advanced.message);
            let fits = entry.backlog.is_clear(now)
                && (report.n == 0 || !(entry.is_unsure || is_behind))
                && entry.queue.len() < IN_MEMORY_MAX
                && entry.retrying.len() < RETRYING_MAX;
            if fits {
                entry.push(ReportJob {
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
        drop(state);
        self.bell.notify_one();
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
            lane.fill(now, &mut turn.jobs);
            if let Some(due) = lane.backlog.next() {
                if due > now {
                    state.timers.insert((due, id));
                } else if lane.queue.len() < IN_MEMORY_MAX / 2
                    && lane.lane.circuit.opens_at(now).is_none()
                {
                    // A circuit that is due for a probe needs something to probe with.
                    lane.backlog.fetch();
                    turn.loads.push(id);
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

    /// What was read from disk, whose reports were passed over because their messages were
    /// [`ReportDesk::held`], and when the lane's next report is due. Jobs that are in memory already
    /// are left out.
    pub fn loaded(
        &self,
        lane: LaneId,
        jobs: Vec<ReportJob>,
        passed_over: Vec<MessageId>,
        next_due: Option<Timestamp>,
    ) {
        let mut state = self.lock();
        let entry = state.lanes.entry(lane).or_insert_with(ReportLane::new);
        let known: BTreeSet<(MessageId, u16)> =
            entry.queue.iter().map(|j| (j.message, j.report.n)).collect();
        for message in passed_over {
            if entry.holds(message) {
                entry.behind.insert(message);
            } else {
                // It was settled while the disk was read.
                entry.backlog.add(Timestamp(0));
            }
        }
        for job in jobs {
            if entry.lane.is_busy(recipient(job.message)) {
                entry.behind.insert(job.message);
            } else if !known.contains(&(job.message, job.report.n)) {
                entry.push(job);
            }
        }
        entry.backlog.fetched(next_due);
        entry.is_unsure &= !entry.backlog.is_empty();
        state.touched.insert(lane);
        drop(state);
        self.bell.notify_one();
    }

    /// The messages of a lane that have a report under way or in memory: a load must not bring
    /// theirs again.
    #[must_use]
    pub fn held(&self, lane: LaneId) -> BTreeSet<MessageId> {
        let state = self.lock();
        let Some(lane) = state.lanes.get(&lane) else { return BTreeSet::new() };
        let queued = lane.queue.iter().map(|j| j.message);
        let busy = lane.lane.busy().into_iter();
        queued.chain(busy.map(|r| MessageId(r.cast_signed()))).collect()
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
        let Some(entry) = state.lanes.get_mut(&job.lane) else { return };
        entry.lane.settle(recipient(job.message));
        if is_reached {
            entry.lane.circuit.succeed();
        } else if entry.lane.circuit.fail(now) {
            tracing::warn!(lane.id = job.lane.0, "reports to an address are held up");
        }
        if let Some(at) = retry_at {
            entry.queue.retain(|j| j.message != job.message);
            entry.backlog.add(at);
            entry.retrying.insert(job.message, at);
            entry.behind.remove(&job.message);
        } else {
            entry.retrying.remove(&job.message);
            if !entry.holds(job.message) && entry.behind.remove(&job.message) {
                entry.backlog.add(now);
            }
        }
        state.touched.insert(job.lane);
        drop(state);
        self.bell.notify_one();
    }

    /// Takes on the lanes that owe something on disk.
    pub fn open(&self, lanes: Vec<LaneId>) {
        let mut state = self.lock();
        for lane in lanes {
            let entry = state.lanes.entry(lane).or_insert_with(ReportLane::new);
            entry.backlog.add(Timestamp(0));
            entry.is_unsure = true;
            state.touched.insert(lane);
        }
        drop(state);
        self.bell.notify_one();
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
            backlog: Backlog::default(),
            retrying: BTreeMap::new(),
            behind: BTreeSet::new(),
            is_unsure: false,
        }
    }

    /// Adds a job at the end, but before later ones of its message: the answers of one batch may
    /// come in another order than its steps.
    fn push(&mut self, job: ReportJob) {
        let later = |j: &ReportJob| j.message == job.message && j.report.n > job.report.n;
        let at = self.queue.iter().position(later).unwrap_or(self.queue.len());
        self.queue.insert(at, job);
    }

    /// Whether a message has a report under way or in memory.
    fn holds(&self, message: MessageId) -> bool {
        self.lane.is_busy(recipient(message)) || self.queue.iter().any(|j| j.message == message)
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
            && self.behind.is_empty()
            && self.lane.in_flight() == 0
            && !self.lane.circuit.is_open()
    }
}

/// In a lane of reports the message takes the place of the recipient: one at a time.
fn recipient(message: MessageId) -> u64 {
    message.0.cast_unsigned()
}
