//! The waker: lets time pass. Links whose lifetime is over are ended; attempts of earlier
//! processes, whose end nobody knows, are handed to the engine.

use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use vestnik_app::Hub;
use vestnik_engine::cascade::Event;
use vestnik_model::id::{Epoch, MessageId};
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
    let mut events: Vec<(MessageId, Event, Option<Epoch>)> = Vec::new();
    for (message, slot) in orphans {
        // Between the look and the write it may have ended, and be under way under our own epoch.
        let event = Event::Orphaned { link: slot.link, part: slot.part };
        events.push((message, event, Some(epoch)));
    }
    for message in wakes {
        events.push((message, Event::Wake, None));
    }
    let moved = events.len();
    let advances = events.into_iter().map(|(message, event, fence)| {
        let jitter = hub.chance.jitter();
        hub.advance(Advance { message, event, fence, exchange: None, raw: None, jitter })
    });
    for advanced in crate::join_all(advances).await {
        advanced?;
    }
    Ok(moved)
}
