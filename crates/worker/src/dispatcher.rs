//! The dispatcher: submits parts to providers.
//!
//! Jobs come from two sides: parts whose intent was written with their accept, and parts claimed
//! from lanes. Each attempt is its own task, bounded by what its lane allows in flight.

mod attempt;

use crate::alarm::Alarm;
use std::{sync::Arc, time::Duration};
use tokio::{sync::mpsc::UnboundedReceiver, task::JoinSet};
use tokio_util::sync::CancellationToken;
use vestnik_app::{Hub, desk::Job};
use vestnik_store::{batch::Command, claim::Claim};

/// Jobs taken from the stream at once.
const JOBS_AT_ONCE: usize = 64;
/// Longest sleep without anything to do.
const IDLE: Duration = Duration::from_secs(5);

/// Runs until the stop, then until what is under way has come to its end.
pub async fn run(hub: Arc<Hub>, stop: CancellationToken) {
    let Some(mut jobs) = hub.desk.take_jobs() else { return };
    let mut attempts = JoinSet::new();
    let mut batch = Vec::with_capacity(JOBS_AT_ONCE);
    let mut alarm = Alarm::new(IDLE);
    loop {
        let now = hub.now();
        let turn = hub.desk.turn(now, hub.epoch);
        for claim in turn.claims {
            claim_lane(&hub, claim);
        }
        alarm.set(turn.next.map_or(IDLE, |at| crate::until(at, now).min(IDLE)));
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            n = jobs.recv_many(&mut batch, JOBS_AT_ONCE) => {
                if n == 0 {
                    break;
                }
                spawn_all(&hub, &mut attempts, &mut batch);
            }
            () = hub.desk.bell() => {}
            () = alarm.rung() => {}
        }
        // What ends rings the bell, so nothing waits here for ends as well.
        while let Some(ended) = attempts.try_join_next() {
            log_panic(&ended);
        }
    }
    drain(&hub, &mut jobs, &mut attempts).await;
}

/// After the stop: what is marked as submitting still goes out, nothing new is claimed.
async fn drain(hub: &Arc<Hub>, jobs: &mut UnboundedReceiver<Job>, attempts: &mut JoinSet<()>) {
    while let Ok(job) = jobs.try_recv() {
        attempts.spawn(attempt::run(Arc::clone(hub), job));
    }
    while let Some(ended) = attempts.join_next().await {
        log_panic(&ended);
    }
}

fn spawn_all(hub: &Arc<Hub>, attempts: &mut JoinSet<()>, jobs: &mut Vec<Job>) {
    for job in jobs.drain(..) {
        attempts.spawn(attempt::run(Arc::clone(hub), job));
    }
}

/// Asks the writer for a lane's work; the answer goes straight to the desk.
fn claim_lane(hub: &Arc<Hub>, claim: Claim) {
    let lane = claim.lane;
    let after = Arc::clone(hub);
    hub.writer.submit(Command::Claim(
        claim,
        Box::new(move |result| {
            let now = after.now();
            match result {
                Ok(claimed) => after.desk.claimed(lane, Some(claimed), now),
                Err(error) => {
                    tracing::error!(lane.id = lane.0, %error, "a lane could not be claimed");
                    after.desk.claimed(lane, None, now);
                }
            }
        }),
    ));
}

fn log_panic(ended: &Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        // The row stays submitting: it is found as an orphan at the next start.
        tracing::error!(%error, "an attempt broke off by a fault of ours");
        metrics::counter!("vestnik_attempts_broken_total").increment(1);
    }
}
