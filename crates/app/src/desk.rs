//! The desk: which lanes have parts waiting on disk, and whether one more may go now.
//!
//! A part goes one of two ways. If its lane is idle enough, it is admitted before it is written:
//! its row is born submitting, in the accept's own commit. Otherwise it waits on disk, and the
//! dispatcher claims it when the lane has room. Nothing waits in memory.

mod backlog;

pub(crate) use backlog::Backlog;

use crate::{
    bell::{Bell, Deafness},
    setup::{AccountSetup, Setup},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::mpsc;
use vestnik_engine::{
    lane::{Admission, Lane},
    plan::Plan,
};
use vestnik_model::{
    account::Pacing,
    id::{AccountId, Epoch, LaneId, MessageId},
    limits::IN_FLIGHT_DEFAULT,
    time::{Millis, Timestamp},
};
use vestnik_store::{
    claim::{Claim, Claimed},
    slot::Slot,
};

/// A part to be submitted now; its intent is on disk.
#[derive(Debug, Clone)]
pub struct Job {
    /// The message.
    pub message: MessageId,
    /// Which part of it.
    pub slot: Slot,
    /// What was asked for.
    pub plan: Arc<Plan>,
    /// When the intent was written.
    pub started_at: Timestamp,
    /// Not before this: the gap between two to one recipient.
    pub not_before: Timestamp,
}

/// How an attempt ended, as far as its lane is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feedback {
    /// The provider answered sensibly.
    Answered,
    /// It did not answer, or only to say that it is broken.
    Unreachable,
    /// It wants to be left alone for a while.
    Pause(Millis),
}

/// Lanes, and what waits in them.
pub struct Desk {
    state: Mutex<State>,
    jobs: mpsc::UnboundedSender<Job>,
    jobs_out: Mutex<Option<mpsc::UnboundedReceiver<Job>>>,
    bell: Bell,
}

#[derive(Default)]
struct State {
    lanes: BTreeMap<LaneId, DeskLane>,
    /// Lanes whose turn may have come.
    touched: BTreeSet<LaneId>,
    /// Lanes to be looked at again at a time.
    timers: BTreeSet<(Timestamp, LaneId)>,
}

struct DeskLane {
    account: AccountId,
    lane: Lane,
    is_usable: bool,
    backlog: Backlog,
}

/// Claims to be made, and when to ask again.
#[derive(Default)]
pub struct Turn {
    /// Claims; each must be answered by [`Desk::claimed`].
    pub claims: Vec<Claim>,
    /// When something will be ready, unless the bell rings before.
    pub next: Option<Timestamp>,
}

impl Desk {
    /// An empty desk.
    #[must_use]
    pub fn new(deafness: &Deafness) -> Self {
        let (jobs, jobs_out) = mpsc::unbounded_channel();
        Self {
            state: Mutex::default(),
            jobs,
            jobs_out: Mutex::new(Some(jobs_out)),
            bell: Bell::of(deafness),
        }
    }

    /// The stream of jobs, for the one dispatcher. Bounded by what lanes allow in flight.
    #[must_use]
    pub fn take_jobs(&self) -> Option<mpsc::UnboundedReceiver<Job>> {
        self.jobs_out.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Waits until something changed that may give work.
    pub async fn bell(&self) {
        self.bell.heard().await;
    }

    /// Asks whether a part may go at once. If so it counts as in flight, and must be followed by
    /// [`Desk::start`] or [`Desk::abandon`].
    pub fn admit(
        &self,
        account: &AccountSetup,
        lane: LaneId,
        recipient: u64,
        now: Timestamp,
    ) -> bool {
        let mut state = self.lock();
        let desk_lane = state.lanes.entry(lane).or_insert_with(|| DeskLane::new(account));
        desk_lane.is_usable
            && desk_lane.backlog.is_clear(now)
            && desk_lane.lane.admit(recipient, now) == Admission::Go
    }

    /// An admitted part is on disk: submit it.
    pub fn start(&self, job: Job) {
        // The dispatcher outlives the doors; if it is gone, the row is found at the next start.
        drop(self.jobs.send(job));
    }

    /// An admitted part is not to be submitted after all.
    pub fn abandon(&self, lane: LaneId, recipient: u64) {
        let mut state = self.lock();
        if let Some(desk_lane) = state.lanes.get_mut(&lane) {
            desk_lane.lane.abandon(recipient);
        }
        state.touched.insert(lane);
        drop(state);
        self.bell.ring();
    }

    /// A part waits on disk until `due`.
    pub fn waiting(&self, setup: &Setup, lane: LaneId, account: AccountId, due: Timestamp) {
        let mut state = self.lock();
        let desk_lane = state.lanes.entry(lane).or_insert_with(|| {
            setup.account(account).map_or_else(|| DeskLane::unknown(account), |a| DeskLane::new(a))
        });
        desk_lane.backlog.add(due);
        state.touched.insert(lane);
        drop(state);
        self.bell.ring();
    }

    /// An attempt has come to its end, and its end is on disk.
    pub fn settle(&self, lane: LaneId, recipient: u64, feedback: Feedback, now: Timestamp) {
        let mut state = self.lock();
        let Some(desk_lane) = state.lanes.get_mut(&lane) else { return };
        desk_lane.lane.settle(recipient);
        match feedback {
            Feedback::Answered => desk_lane.lane.circuit.succeed(),
            Feedback::Unreachable => {
                if desk_lane.lane.circuit.fail(now) {
                    tracing::warn!(account.id = desk_lane.account.0, "circuit opened");
                }
            }
            Feedback::Pause(span) => {
                desk_lane.lane.circuit.succeed();
                desk_lane.lane.pause(now + span);
            }
        }
        let has_backlog = !desk_lane.backlog.is_empty();
        if has_backlog {
            state.touched.insert(lane);
            drop(state);
            self.bell.ring();
        }
    }

    /// What may be claimed now. Every lane asked for is not asked again until it is answered.
    pub fn turn(&self, now: Timestamp, epoch: Epoch) -> Turn {
        let mut state = self.lock();
        let state = &mut *state;
        while let Some((at, lane)) = state.timers.first().copied().filter(|(at, _)| *at <= now) {
            state.timers.remove(&(at, lane));
            state.touched.insert(lane);
        }
        let mut turn = Turn::default();
        for id in std::mem::take(&mut state.touched) {
            let Some(desk_lane) = state.lanes.get_mut(&id) else { continue };
            match desk_lane.next_claim(now) {
                NextClaim::Now(limit) => {
                    desk_lane.backlog.fetch();
                    let busy = desk_lane.lane.busy();
                    turn.claims.push(Claim { lane: id, epoch, limit, busy });
                }
                NextClaim::At(at) => {
                    state.timers.insert((at, id));
                }
                NextClaim::Never => {}
            }
        }
        turn.next = state.timers.first().map(|(at, _)| *at);
        turn
    }

    /// The answer to a claim. `None` = it failed; it is asked again a little later.
    pub fn claimed(&self, lane: LaneId, claimed: Option<Claimed>, now: Timestamp) {
        const PATIENCE: Millis = Millis(500);
        let mut state = self.lock();
        let Some(desk_lane) = state.lanes.get_mut(&lane) else { return };
        let Some(claimed) = claimed else {
            desk_lane.backlog.fetched(Some(now + PATIENCE));
            state.timers.insert((now + PATIENCE, lane));
            drop(state);
            self.bell.ring();
            return;
        };
        // If everything due was kept back by busy recipients, their end will touch the lane.
        let stuck = claimed.parts.is_empty() && desk_lane.lane.in_flight() > 0;
        desk_lane.backlog.fetched(claimed.next_due);
        for (message, slot) in claimed.parts {
            let recipient = message.plan.recipient.number();
            let not_before = match desk_lane.lane.admit(recipient, now) {
                Admission::RecipientAt(at) => {
                    desk_lane.lane.force(recipient);
                    at
                }
                Admission::Go => now,
                Admission::At(_) | Admission::Full | Admission::RecipientBusy => {
                    // Settings changed between asking and answering: it is on its way already.
                    desk_lane.lane.force(recipient);
                    now
                }
            };
            let (message, plan) = (message.id, message.plan);
            drop(self.jobs.send(Job { message, slot, plan, started_at: now, not_before }));
        }
        if !stuck {
            state.touched.insert(lane);
        }
        drop(state);
        self.bell.ring();
    }

    /// Takes on what was found on disk at the start: lanes with something waiting.
    pub fn open(&self, setup: &Setup, lanes: Vec<(LaneId, AccountId)>) {
        for (lane, account) in lanes {
            self.waiting(setup, lane, account, Timestamp(0));
        }
    }

    /// Takes on changed settings.
    pub fn configure(&self, setup: &Setup) {
        let mut state = self.lock();
        let state = &mut *state;
        for (id, desk_lane) in &mut state.lanes {
            desk_lane.is_usable = false;
            if let Some(account) = setup.account(desk_lane.account) {
                let found = &account.account;
                desk_lane.lane.configure(found.pacing, usize::from(found.in_flight_max));
                desk_lane.is_usable = account.is_usable();
                state.touched.insert(*id);
            }
        }
        self.bell.ring();
    }

    /// Stops an account's lanes at once, until its settings are read again.
    pub fn block(&self, account: AccountId) {
        for desk_lane in self.lock().lanes.values_mut().filter(|l| l.account == account) {
            desk_lane.is_usable = false;
        }
    }

    /// Until when a lane's pace, pause or circuit holds it, if it does.
    #[must_use]
    pub fn held_until(&self, lane: LaneId, now: Timestamp) -> Option<Timestamp> {
        match self.lock().lanes.get(&lane)?.lane.ready(now) {
            Admission::At(at) => Some(at),
            Admission::Go
            | Admission::Full
            | Admission::RecipientBusy
            | Admission::RecipientAt(_) => None,
        }
    }

    /// How many attempts are under way.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.lock().lanes.values().map(|l| l.lane.in_flight()).sum()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum NextClaim {
    Now(usize),
    At(Timestamp),
    Never,
}

impl DeskLane {
    fn new(account: &AccountSetup) -> Self {
        let is_usable = account.is_usable();
        let account = &account.account;
        Self {
            account: account.id,
            lane: Lane::new(account.pacing, usize::from(account.in_flight_max)),
            is_usable,
            backlog: Backlog::default(),
        }
    }

    /// A lane met before its account's settings: they are taken on by [`Desk::configure`].
    fn unknown(account: AccountId) -> Self {
        Self {
            account,
            lane: Lane::new(Pacing::default(), usize::from(IN_FLIGHT_DEFAULT)),
            is_usable: false,
            backlog: Backlog::default(),
        }
    }

    fn next_claim(&self, now: Timestamp) -> NextClaim {
        if !self.is_usable {
            return NextClaim::Never;
        }
        let Some(due) = self.backlog.next() else { return NextClaim::Never };
        if due > now {
            return NextClaim::At(due);
        }
        match self.lane.ready(now) {
            Admission::At(at) => NextClaim::At(at),
            Admission::Go => NextClaim::Now(self.lane.room(now).max(1)),
            Admission::Full | Admission::RecipientBusy | Admission::RecipientAt(_) => {
                NextClaim::Never
            }
        }
    }
}
