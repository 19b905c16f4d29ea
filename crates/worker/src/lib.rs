//! The loops that do what was written down: one file each.
//!
//! **Is:** [`dispatcher`] (submits parts), [`reporter`] (tells partners), [`fetcher`]
//! (brings files that came in), [`teller`] (tells partners what customers write), [`waker`] (lets time
//! pass: lifetimes, orphans), [`reconciler`] (asks journals about lost answers), [`watch`] (sees
//! changed settings and recovered accounts), [`janitor`] (sweeps); for event sources [`hook`] (calls
//! become messages), [`notice`] (follows them), [`reminder`] and [`mailer`].
//!
//! **Is not:** decisions. A loop takes rows or jobs, calls an adapter through the transport, and
//! hands the outcome to the engine by way of the store.
//!
//! Start with [`start`].

mod alarm;
mod crew;
pub mod dispatcher;
pub mod fetcher;
pub mod hook;
pub mod janitor;
pub mod mailer;
pub mod notice;
pub mod reconciler;
pub mod reminder;
pub mod reporter;
pub mod teller;
pub mod waker;
pub mod watch;

use std::{sync::Arc, time::Duration};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use vestnik_app::Hub;
use vestnik_store::StoreError;

/// All loops of one process.
pub struct Workers {
    stop: CancellationToken,
    loops: JoinSet<()>,
}

/// Starts every loop. What was left on disk by an earlier process is taken up first.
///
/// # Errors
/// If the store can't be read.
pub async fn start(hub: &Arc<Hub>) -> Result<Workers, StoreError> {
    const LANES_MAX: i64 = 1_000_000;
    const RETRYING_MAX: i64 = 100_000;
    let waiting = hub.read(|tx| vestnik_store::claim::lanes(tx, LANES_MAX)).await?;
    let owing = hub.read(|tx| vestnik_store::report::lanes(tx, LANES_MAX)).await?;
    hub.desk.open(&hub.setup(), waiting);
    for lane in owing {
        let now = hub.now();
        let retrying = move |tx: &mut dyn vestnik_store::Tx| {
            vestnik_store::report::retrying(tx, lane, now, RETRYING_MAX)
        };
        hub.reports.open(lane, hub.read(retrying).await?);
    }
    let stop = CancellationToken::new();
    let mut loops = JoinSet::new();
    loops.spawn(dispatcher::run(Arc::clone(hub), stop.clone()));
    loops.spawn(reporter::run(Arc::clone(hub), stop.clone()));
    loops.spawn(fetcher::run(Arc::clone(hub), stop.clone()));
    loops.spawn(teller::run(Arc::clone(hub), stop.clone()));
    loops.spawn(waker::run(Arc::clone(hub), stop.clone()));
    loops.spawn(reconciler::run(Arc::clone(hub), stop.clone()));
    loops.spawn(watch::run(Arc::clone(hub), stop.clone()));
    loops.spawn(janitor::run(Arc::clone(hub), stop.clone()));
    loops.spawn(hook::run(Arc::clone(hub), stop.clone()));
    loops.spawn(notice::run(Arc::clone(hub), stop.clone()));
    loops.spawn(reminder::run(Arc::clone(hub), stop.clone()));
    loops.spawn(mailer::run(Arc::clone(hub), stop.clone()));
    Ok(Workers { stop, loops })
}

impl Workers {
    /// Stops taking work, lets what is under way come to its end, and gives up after `patience`:
    /// what is left is on disk.
    pub async fn stop(mut self, patience: Duration) {
        self.stop.cancel();
        let all = async { while self.loops.join_next().await.is_some() {} };
        if tokio::time::timeout(patience, all).await.is_err() {
            tracing::warn!("attempts were still under way at the stop: they are asked about later");
            self.loops.abort_all();
        }
    }
}

/// Waits for `span`, or for the stop; true = the stop.
async fn pause(span: Duration, stop: &CancellationToken) -> bool {
    tokio::select! {
        biased;
        () = stop.cancelled() => true,
        () = tokio::time::sleep(span) => false,
    }
}

/// How long from `now` until `at`, at least a little.
fn until(at: vestnik_model::time::Timestamp, now: vestnik_model::time::Timestamp) -> Duration {
    Duration::from_millis(u64::try_from((at - now).0).unwrap_or(0).max(1))
}

/// Polls all futures together until each has ended: commands handed over so go into one commit.
async fn join_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut pinned: Vec<_> = futures.map(|f| (Box::pin(f), None)).collect();
    std::future::poll_fn(|context| {
        let mut is_done = true;
        for (future, output) in &mut pinned {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(value) => *output = Some(value),
                    std::task::Poll::Pending => is_done = false,
                }
            }
        }
        if is_done { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    pinned.into_iter().filter_map(|(_, output)| output).collect()
}
