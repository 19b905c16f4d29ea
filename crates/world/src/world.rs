//! The world: what is there, whatever becomes of the hub.

use crate::{
    clock::WorldClock,
    dice::Dice,
    disk::Disk,
    life::{Life, lock},
    provider,
    script::Script,
    shelf::Shelf,
    sink::Sink,
    witness::Witness,
};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};
use tokio::sync::Notify;
use vestnik_app::Hub;
use vestnik_twin::Twin;

/// Everything but the hub's own memory.
pub struct World {
    /// What is going to happen.
    pub script: Script,
    /// The time.
    pub clock: WorldClock,
    /// The database.
    pub disk: Disk,
    /// The provider and the phones.
    pub twin: Mutex<Twin>,
    /// Rings when the provider may have something to do.
    pub twin_bell: Notify,
    /// The receivers of reports.
    pub sink: Mutex<Sink>,
    /// The files, which outlive every process too.
    pub shelf: Arc<Shelf>,
    /// The process that answers at the door at this moment.
    pub door: Mutex<Option<Process>>,
    /// What was seen on the way.
    pub witness: Mutex<Witness>,
    /// Whether the storm is over.
    is_calm: AtomicBool,
    /// Things under way that must not be slept through.
    busy: AtomicUsize,
    dice: [Mutex<Dice>; 4],
    tally: Mutex<BTreeMap<&'static str, u64>>,
}

/// A process as the doors see it.
#[derive(Clone)]
pub struct Process {
    /// Its life.
    pub life: Arc<Life>,
    /// The hub in it.
    pub hub: Arc<Hub>,
}

/// What is drawn for: each purpose has its own stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The wire.
    Wire,
    /// Webhooks on their way.
    Hooks,
    /// The disk.
    Disk,
    /// The partner.
    Caller,
}

/// Counts as under way until dropped.
pub struct Busy(Arc<World>);

impl World {
    /// A world at its beginning, its provider set up.
    #[must_use]
    pub fn new(script: Script) -> Arc<Self> {
        let clock = WorldClock::begin();
        let twin = provider::open(&script, clock.now());
        let stream = |purpose| Mutex::new(Dice::new(script.seed, purpose));
        let dice = [stream(11), stream(12), stream(13), stream(14)];
        Arc::new(Self {
            clock,
            disk: Disk::new(),
            twin: Mutex::new(twin),
            twin_bell: Notify::new(),
            sink: Mutex::default(),
            shelf: Arc::default(),
            door: Mutex::default(),
            witness: Mutex::default(),
            is_calm: AtomicBool::new(false),
            busy: AtomicUsize::new(0),
            dice,
            tally: Mutex::default(),
            script,
        })
    }

    /// The process that answers, if one is up.
    #[must_use]
    pub fn process(&self) -> Option<Process> {
        lock(&self.door).clone()
    }

    /// Whether the storm is over.
    #[must_use]
    pub fn is_calm(&self) -> bool {
        self.is_calm.load(Ordering::Relaxed)
    }

    /// Ends the storm.
    pub fn calm_down(&self) {
        self.is_calm.store(true, Ordering::Relaxed);
        if let Some(process) = self.process() {
            process.life.spare();
        }
    }

    /// Draws for a purpose.
    pub fn roll<T>(&self, purpose: Purpose, draw: impl FnOnce(&mut Dice) -> T) -> T {
        let at = match purpose {
            Purpose::Wire => 0,
            Purpose::Hooks => 1,
            Purpose::Disk => 2,
            Purpose::Caller => 3,
        };
        draw(&mut lock(&self.dice[at]))
    }

    /// Draws whether a fault strikes; none does when the storm is over.
    pub fn strikes(&self, purpose: Purpose, per_mille: u32, name: &'static str) -> bool {
        let is_hit = !self.is_calm() && self.roll(purpose, |dice| dice.chance(per_mille));
        if is_hit {
            self.count(name);
        }
        is_hit
    }

    /// Draws whether a statement fails.
    pub fn store_fails(&self) -> bool {
        self.strikes(Purpose::Disk, self.script.weather.store_fails, "statement failed")
    }

    /// Draws how long commands gather.
    pub fn gathering_ms(&self) -> i64 {
        let most = self.script.weather.gather_ms_max;
        self.roll(Purpose::Disk, |dice| dice.ms(0, most))
    }

    /// Counts something that happened, to know that it does.
    pub fn count(&self, name: &'static str) {
        *lock(&self.tally).entry(name).or_default() += 1;
    }

    /// What was counted.
    #[must_use]
    pub fn tally(&self) -> BTreeMap<&'static str, u64> {
        lock(&self.tally).clone()
    }

    /// Notes that something is under way.
    pub fn busy(self: &Arc<Self>) -> Busy {
        self.busy.fetch_add(1, Ordering::Relaxed);
        Busy(Arc::clone(self))
    }

    /// Whether anything is under way, on the wire or in the hub.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Relaxed) > 0 || self.process().is_some_and(|p| p.is_working())
    }

    /// Notes that something is not as it must be.
    pub fn blame(&self, what: &str) {
        let at = self.clock.passed_ms();
        lock(&self.witness).violations.push(format!("{at} ms: {what}"));
    }
}

impl std::ops::Deref for Busy {
    type Target = World;

    fn deref(&self) -> &World {
        &self.0
    }
}

impl Process {
    /// Whether anything goes on in it, other than waiting for its time.
    #[must_use]
    pub fn is_working(&self) -> bool {
        self.hub.desk.in_flight() > 0
            || self.hub.reports.in_memory() > 0
            || self.life.has_commands()
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::Relaxed);
    }
}
