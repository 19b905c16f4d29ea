//! The waker: lets time pass. Links whose lifetime is over are ended; attempts of earlier
//! processes, whose end nobody knows, are handed to the engine.

use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use vestnik_app::Hub;
use vestnik_engine::cascade::Event;
use vestnik_model::id::MessageId;
use vestnik_store::{StoreError, advance::Advance, claim};

/// Rows taken by one turn at most.
const AT_ONCE: i64 = 256;
/// How often is looked, if nothing is near.
const PAUSE: Duration = Duration::from_millis(200);

/// Runs until the stop.
pub async fn run(hub: Arc<Hub>, stop: CancellationToken) {
    loop {
        let moved = match turn(&hub).await {
            Ok(moved) => moved,
            Err(error) => {
                tracing::error!(%error, "time could not be let pass");
                0
            }
        };
        // With more to do it goes on at once; the store's batches keep it from crowding others.
        let span = if moved > 0 { Duration::from_millis(1) } else { PAUSE };
        if crate::pause(span, &stop).await {
            return;
        }
    }
}

/// One turn. Returns how many messages were taken further.
///
/// # Errors
/// See [`StoreError`].
pub async fn turn(hub: &Arc<Hub>) -> Result<usize, StoreError> {
    let (now, epoch) = (hub.now(), hub.epoch);
    let (orphans, wakes) = hub
        .read(move |tx| Ok((claim::orphans(tx, epoch, AT_ONCE)?, claim::wakes(tx, now, AT_ONCE)?)))
        .await?;
    let mut events: Vec<(MessageId, Event)> = Vec::new();
    for (message, slot) in orphans {
        events.push((message, Event::Orphaned { link: slot.link, part: slot.part }));
    }
    for message in wakes {
        events.push((message, Event::Wake));
    }
    let moved = events.len();
    let advances = events.into_iter().map(|(message, event)| {
        let jitter = hub.chance.jitter();
        hub.advance(Advance { message, event, fence: None, exchange: None, raw: None, jitter })
    });
    // All are handed over before the first is waited for: one commit serves them.
    for advanced in join_all(advances).await {
        advanced?;
    }
    Ok(moved)
}

/// Polls all futures together until each has ended.
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
