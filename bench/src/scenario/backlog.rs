//! A million messages that wait, and what they cost the others.

use std::time::Duration;

use serde::Serialize;

use super::{Setup, Theatre};
use crate::{
    call::Hold,
    figures::{Figures, mib, ratio},
    hub::{self, Running},
    ledger::Place,
    load::{Load, Pace},
    usage::memory,
};

/// The account that is measured.
const MEASURED: u64 = 0;
/// The account whose messages wait.
const WAITING: u64 = 1;
/// How long a fill may take.
const FILL_TIME: Duration = Duration::from_secs(1800);
/// Lets the hub come to rest before its memory is looked at.
const REST: Duration = Duration::from_secs(2);

/// What to do.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Messages that wait at first.
    pub few: u64,
    /// Messages that wait in the end.
    pub many: u64,
    /// Why they wait: their schedule, or else their provider puts them off.
    pub hold: Hold,
    /// Connections of each load.
    pub connections: usize,
    /// How long the other account is measured each time.
    pub time: Duration,
}

/// One amount of waiting messages.
#[derive(Debug, Serialize)]
pub struct Level {
    /// How many wait.
    pub waiting: u64,
    /// Accepted a second while they were added.
    pub fill_per_second: f64,
    /// From call to answer while they were added: the worst of a hundred, ms.
    pub fill_accept_p99_ms: f64,
    /// Memory of the hub afterwards, MiB.
    pub resident_mib: f64,
    /// Size of its data, MiB.
    pub data_mib: f64,
    /// The other account under load beside them.
    pub beside: Figures,
}

/// What was seen.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// With few waiting.
    pub few: Level,
    /// With many.
    pub many: Level,
    /// End to end a second beside many, through the same beside few.
    pub end_to_end_ratio: f64,
    /// The hub's CPU time per message beside many, through the same beside few.
    pub hub_cpu_ratio: f64,
    /// Memory per million of waiting messages, MiB.
    pub resident_mib_per_million: f64,
    /// Submissions that the provider put off.
    pub deferred: u64,
}

/// Measures one account beside few and many waiting messages of another.
pub async fn backlog(setup: &Setup, plan: &Plan) -> anyhow::Result<Outcome> {
    let (theatre, running) = Theatre::open(setup, "backlog", 2).await?;
    if plan.hold == Hold::None {
        theatre.stage.deferring.borrow_mut().insert(hub::instance(WAITING));
    }
    let few = level(&theatre, &running, plan, plan.few, 0, setup.grace).await?;
    let many = level(&theatre, &running, plan, plan.many, few.waiting, setup.grace).await?;
    let grown = many.resident_mib - few.resident_mib;
    let added = count(many.waiting.saturating_sub(few.waiting));
    let outcome = Outcome {
        end_to_end_ratio: ratio(
            many.beside.end_to_end_per_second,
            few.beside.end_to_end_per_second,
        ),
        hub_cpu_ratio: ratio(many.beside.hub_cpu_us_per_message, few.beside.hub_cpu_us_per_message),
        resident_mib_per_million: ratio(grown * 1e6, added),
        deferred: theatre.stage.deferred.get(),
        few,
        many,
    };
    theatre.close(running).await?;
    Ok(outcome)
}

async fn level(
    theatre: &Theatre,
    running: &Running,
    plan: &Plan,
    waiting: u64,
    already: u64,
    grace: Duration,
) -> anyhow::Result<Level> {
    let fill = Load {
        sender: hub::sender(WAITING),
        connections: plan.connections,
        pace: Pace::Closed,
        messages: waiting.saturating_sub(already),
        time: FILL_TIME,
        hold: plan.hold,
        place: Place::Free,
    };
    let load = Load {
        sender: hub::sender(MEASURED),
        messages: u64::MAX,
        time: plan.time,
        hold: Hold::None,
        place: Place::InWindow,
        ..fill.clone()
    };
    // They are not to arrive: no grace.
    let filled = theatre.measure(running, vec![fill], Duration::ZERO).await?;
    tokio::time::sleep(REST).await;
    let resident_mib = mib(memory(running.pid)?.resident_kib);
    Ok(Level {
        waiting: already + filled.fates.accepted,
        fill_per_second: filled.accepted_per_second,
        fill_accept_p99_ms: filled.fates.accept_ms.p99,
        resident_mib,
        data_mib: mib(theatre.hub.data_bytes() / 1024),
        beside: theatre.measure(running, vec![load], grace).await?,
    })
}

#[expect(clippy::cast_precision_loss, reason = "a count of messages is far below 2^52")]
fn count(messages: u64) -> f64 {
    messages as f64
}
