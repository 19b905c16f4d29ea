//! The janitor: sweeps what has served its time, a little at a time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio_util::sync::CancellationToken;
use vestnik_app::Hub;
use vestnik_model::id::MessageId;
use vestnik_store::{StoreError, janitor};

/// Between two turns.
const PAUSE: Duration = Duration::from_secs(2);

/// Runs until the stop.
pub async fn run(hub: Arc<Hub>, stop: CancellationToken) {
    let mut cursor = MessageId(0);
    loop {
        if crate::pause(PAUSE, &stop).await {
            return;
        }
        match turn(&hub, cursor).await {
            Ok(next) => cursor = next,
            Err(error) => tracing::error!(%error, "upkeep failed"),
        }
    }
}

/// One turn from `cursor`. Returns where the next one goes on.
///
/// # Errors
/// See [`StoreError`].
pub async fn turn(hub: &Arc<Hub>, cursor: MessageId) -> Result<MessageId, StoreError> {
    let (next, gone) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicU64::new(0)));
    let (next_out, gone_out) = (Arc::clone(&next), Arc::clone(&gone));
    hub.work(move |tx, now| {
        let swept = janitor::turn(tx, now, cursor)?;
        next_out.store(swept.cursor.0, Ordering::Relaxed);
        gone_out.store(swept.gone, Ordering::Relaxed);
        Ok(())
    })
    .await?;
    metrics::counter!("vestnik_rows_swept_total").increment(gone.load(Ordering::Relaxed));
    Ok(MessageId(next.load(Ordering::Relaxed)))
}
