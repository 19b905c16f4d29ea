//! kill −9 under load, with messages waiting.

use std::time::{Duration, Instant};

use anyhow::bail;
use serde::Serialize;
use tokio::time::sleep;

use super::{Setup, Theatre};
use crate::{
    call::Hold,
    figures::{Fates, mib},
    hub,
    ledger::Place,
    load::{Load, Pace},
    stage::Stage,
    usage::memory,
};

/// The account that is loaded.
const LOADED: u64 = 0;
/// The account whose messages wait.
const WAITING: u64 = 1;
/// How long a fill may take.
const FILL_TIME: Duration = Duration::from_secs(1800);
/// How long a message that waited may take afterwards, beside all others.
const SETTLE_PER_WAITING: Duration = Duration::from_micros(500);
/// How long the first answer after a restart is waited for.
const ACCEPT_TIMEOUT: Duration = Duration::from_secs(60);

/// What to do.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Messages that wait while the hub dies.
    pub waiting: u64,
    /// Connections of the load.
    pub connections: usize,
    /// Load before each kill and after the last.
    pub time: Duration,
    /// How many times it dies.
    pub kills: u32,
}

/// What was seen.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// Messages that waited at the first kill.
    pub waiting: u64,
    /// From each restart to "ready", ms.
    pub ready_ms: Vec<f64>,
    /// From each restart to the first new answer, ms.
    pub first_accept_ms: Vec<f64>,
    /// Its memory at that moment, MiB.
    pub resident_mib: Vec<f64>,
    /// Questions for the provider's journal.
    pub inquiries: u64,
    /// From the end of the load until all was settled or given up, s.
    pub settled_after_s: f64,
    /// All messages together. `lost` must be 0; `doubled` must be 0.
    pub all: Fates,
}

/// Kills a hub and counts what is missing afterwards.
pub async fn kill(setup: &Setup, plan: &Plan) -> anyhow::Result<Outcome> {
    let (theatre, mut running) = Theatre::open(setup, "kill", 2).await?;
    let stage = &theatre.stage;
    let load = Load {
        sender: hub::sender(LOADED),
        connections: plan.connections,
        pace: Pace::Closed,
        messages: u64::MAX,
        time: (plan.time + ACCEPT_TIMEOUT * 2) * (plan.kills + 1),
        hold: Hold::None,
        place: Place::InWindow,
    };
    stage.deferring.borrow_mut().insert(hub::instance(WAITING));
    let fill = Load {
        sender: hub::sender(WAITING),
        messages: plan.waiting,
        time: FILL_TIME,
        place: Place::Free,
        ..load.clone()
    };
    fill.start(stage).finish().await;
    let waiting = stage.ledger.borrow().accepted_in(0..u64::MAX);

    let loading = load.start(stage);
    let (mut ready_ms, mut first_accept_ms) = (Vec::new(), Vec::new());
    let mut resident_mib = Vec::new();
    for _ in 0..plan.kills {
        sleep(plan.time).await;
        running.kill().await?;
        // Answers that were on their way when it died are read first.
        sleep(Duration::from_millis(50)).await;
        let (restarted, accepted_us) = (Instant::now(), stage.ledger.borrow().last_us().0);
        running = theatre.hub.start().await?;
        ready_ms.push(running.ready_after.as_secs_f64() * 1000.0);
        wait_for_accept(stage, accepted_us).await?;
        first_accept_ms.push(restarted.elapsed().as_secs_f64() * 1000.0);
        resident_mib.push(mib(memory(running.pid)?.resident_kib));
    }
    sleep(plan.time).await;
    loading.stop();
    loading.finish().await;
    stage.deferring.borrow_mut().clear();
    let ended = Instant::now();
    // What waited goes now: that takes as long as it takes, and is no loss.
    let rush = SETTLE_PER_WAITING * u32::try_from(plan.waiting).unwrap_or(u32::MAX);
    stage.settle(0..u64::MAX, setup.grace + rush).await;
    let tally = stage.ledger.borrow().tally(0..u64::MAX);
    let outcome = Outcome {
        waiting,
        ready_ms,
        first_accept_ms,
        resident_mib,
        inquiries: stage.inquiries.get(),
        settled_after_s: ended.elapsed().as_secs_f64(),
        all: Fates::of(stage, &tally),
    };
    theatre.close(running).await?;
    Ok(outcome)
}

async fn wait_for_accept(stage: &Stage, after_us: u64) -> anyhow::Result<()> {
    let begun = Instant::now();
    while stage.ledger.borrow().last_us().0 == after_us {
        if begun.elapsed() > ACCEPT_TIMEOUT {
            bail!("the hub answers no call after its restart");
        }
        sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}
