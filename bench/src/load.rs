//! The partner: calls the hub, as fast as it answers or at a fixed rate.

use std::{cell::Cell, io, rc::Rc, time::Duration};

use tokio::{
    task::{JoinHandle, spawn_local},
    time::{Instant, sleep, sleep_until},
};

use crate::{
    call::{self, Hold},
    ledger::Place,
    stage::Stage,
    wire::{Peer, member, number, within},
};

/// Pause before a call is repeated.
const RETRY_PAUSE: Duration = Duration::from_millis(20);
/// How long the hub may take to answer a call.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// How calls follow each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// Each connection calls again when it has its answer and the window has a place.
    Closed,
    /// So many calls a second whatever happens; latency counts from when a call should have begun.
    Open(f64),
}

/// A load.
#[derive(Debug, Clone)]
pub struct Load {
    /// The sender's name.
    pub sender: String,
    /// Connections at once.
    pub connections: usize,
    /// How calls follow each other.
    pub pace: Pace,
    /// The most messages.
    pub messages: u64,
    /// The longest time.
    pub time: Duration,
    /// Whether the messages may go at once.
    pub hold: Hold,
    /// Whether they take places in the window.
    pub place: Place,
}

/// A load under way.
pub struct Loading {
    course: Rc<Course>,
    workers: Vec<JoinHandle<()>>,
}

struct Course {
    stage: Rc<Stage>,
    load: Load,
    begun: Instant,
    begun_us: u64,
    calls: Cell<u64>,
    is_stopped: Cell<bool>,
}

impl Load {
    /// Begins to call.
    pub fn start(self, stage: &Rc<Stage>) -> Loading {
        let begun_us = stage.ledger.borrow().now_us();
        let connections = self.connections;
        let course = Rc::new(Course {
            stage: Rc::clone(stage),
            load: self,
            begun: Instant::now(),
            begun_us,
            calls: Cell::new(0),
            is_stopped: Cell::new(false),
        });
        let workers = (0..connections).map(|_| spawn_local(work(Rc::clone(&course)))).collect();
        Loading { course, workers }
    }
}

impl Loading {
    /// Waits until the last call is answered.
    pub async fn finish(self) {
        for worker in self.workers {
            // A panic of a worker is printed by the runtime; its message stays unanswered.
            let _ = worker.await;
        }
    }

    /// Begins no more calls.
    pub fn stop(&self) {
        self.course.is_stopped.set(true);
    }
}

impl Course {
    fn until(&self) -> Instant {
        self.begun + self.load.time
    }

    fn is_over(&self) -> bool {
        self.is_stopped.get() || Instant::now() >= self.until()
    }

    /// Waits for the next message's moment; its number.
    async fn next(&self) -> Option<u64> {
        if self.calls.get() >= self.load.messages || self.is_over() {
            return None;
        }
        let at_us = match self.load.pace {
            Pace::Closed => {
                if self.load.place == Place::InWindow {
                    self.wait_for_place().await?;
                    if self.calls.get() >= self.load.messages {
                        self.stage.window.add_permits(1);
                        return None;
                    }
                }
                self.calls.set(self.calls.get() + 1);
                self.stage.ledger.borrow().now_us()
            }
            Pace::Open(rate) => {
                let index = self.calls.get();
                self.calls.set(index + 1);
                self.wait_for_moment(Duration::from_secs_f64(to_float(index) / rate)).await?
            }
        };
        Some(self.stage.ledger.borrow_mut().begin(at_us, self.load.place))
    }

    async fn wait_for_place(&self) -> Option<()> {
        let left = self.until().saturating_duration_since(Instant::now());
        let permit = within(left, self.stage.window.acquire()).await?.ok()?;
        permit.forget();
        Some(())
    }

    /// Waits until so long after the beginning. A call that comes too late began when it should
    /// have; one that had to wait begins when it is woken, for the timer's error is ours.
    async fn wait_for_moment(&self, after: Duration) -> Option<u64> {
        let moment = self.begun + after;
        if moment >= self.until() {
            return None;
        }
        if moment <= Instant::now() {
            return Some(self.begun_us + u64::try_from(after.as_micros()).ok()?);
        }
        sleep_until(moment).await;
        Some(self.stage.ledger.borrow().now_us())
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count of calls is far below 2^52")]
fn to_float(count: u64) -> f64 {
    count as f64
}

async fn work(course: Rc<Course>) {
    let (mut out, mut body) = (Vec::with_capacity(1024), Vec::with_capacity(1024));
    let mut peer = None;
    while let Some(n) = course.next().await {
        call::write(&mut out, &mut body, &course.load.sender, n, course.load.hold);
        // The same call again until it is answered: its id makes that harmless.
        while !call_once(&course, &mut peer, &out, n).await {
            if course.is_over() {
                return;
            }
            sleep(RETRY_PAUSE).await;
        }
    }
}

/// Calls; whether the message is done with.
async fn call_once(course: &Course, peer: &mut Option<Peer>, out: &[u8], n: u64) -> bool {
    let answer = within(CALL_TIMEOUT, ask(course, peer, out, n)).await;
    match answer {
        Some(Ok(is_done)) => is_done,
        Some(Err(_)) | None => {
            *peer = None;
            false
        }
    }
}

async fn ask(course: &Course, peer: &mut Option<Peer>, out: &[u8], n: u64) -> io::Result<bool> {
    let peer = match peer {
        Some(peer) => peer,
        None => peer.insert(Peer::connect(course.stage.hub.get()).await?),
    };
    let answer = peer.ask(out).await?;
    let status = answer.status();
    if let (200, Some(mt)) = (status, member(answer.body, "mtNum")) {
        course.stage.ledger.borrow_mut().accept(n, number(mt));
        return Ok(true);
    }
    course.stage.ledger.borrow_mut().refuse(status, answer.body);
    if status == 429 || status == 503 {
        return Ok(false);
    }
    if course.load.place == Place::InWindow {
        course.stage.window.add_permits(1);
    }
    // A hub that refuses everything is not to be flooded.
    sleep(RETRY_PAUSE).await;
    Ok(true)
}
