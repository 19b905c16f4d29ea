//! A crew: works on due rows side by side, each by one hand at a time, a bounded number at once.
//! What a loop does with its rows is its own; when they are taken up is the same for all.

use std::{collections::BTreeMap, future::Future, sync::Arc, time::Duration};
use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;
use vestnik_app::{Hub, bell::Bell};
use vestnik_store::StoreError;

/// What a crew needs to know of its rows.
pub(crate) trait Trade: Send + Sync + 'static {
    /// A row.
    type Row: Send + 'static;
    /// What tells one row from another.
    type Key: Ord + Copy + Send + 'static;

    /// Rows worked on at once.
    const AT_ONCE: usize;
    /// Longest sleep without anything to do.
    const IDLE: Duration;
    /// What the rows are called in the log.
    const NAME: &'static str;

    /// The bell that says that there is something new.
    fn bell(hub: &Hub) -> &Bell;

    /// Rows that are due, a bounded number of them.
    fn due(hub: &Arc<Hub>) -> impl Future<Output = Result<Vec<Self::Row>, StoreError>> + Send;

    /// A row's key.
    fn key(row: &Self::Row) -> Self::Key;

    /// Works on a row. An error leaves the row as it is: it is taken up again.
    fn work(hub: Arc<Hub>, row: Self::Row) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// How many rows are asked for at once: all hands may have one, and all may be busy with others.
pub(crate) fn limit<T: Trade>() -> i64 {
    i64::try_from(T::AT_ONCE).unwrap_or(i64::MAX)
}

/// Pause after a row could not be worked on.
const AFTER_ERROR: Duration = Duration::from_secs(1);

/// Runs until the stop; then what is under way comes to its end.
pub(crate) async fn run<T: Trade>(hub: Arc<Hub>, stop: CancellationToken) {
    let mut hands: JoinSet<bool> = JoinSet::new();
    // Whose hand is on which row: also a hand that breaks off must let go of it.
    let mut busy: BTreeMap<Id, T::Key> = BTreeMap::new();
    loop {
        let is_full = busy.len() >= T::AT_ONCE;
        if !is_full {
            match T::due(&hub).await {
                Ok(rows) => {
                    for row in rows {
                        let key = T::key(&row);
                        if busy.len() < T::AT_ONCE && !busy.values().any(|other| *other == key) {
                            let hand = hands.spawn(hand::<T>(Arc::clone(&hub), row));
                            busy.insert(hand.id(), key);
                        }
                    }
                }
                Err(error) => tracing::error!(%error, what = T::NAME, "due rows can't be read"),
            }
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Some(ended) = hands.join_next_with_id(), if !hands.is_empty() => {
                let (hand, is_well) = match ended {
                    Ok(ended) => ended,
                    Err(error) => {
                        tracing::error!(%error, what = T::NAME, "work broke off by a fault of ours");
                        (error.id(), false)
                    }
                };
                busy.remove(&hand);
                if !is_well && crate::pause(AFTER_ERROR, &stop).await {
                    break;
                }
            }
            () = T::bell(&hub).heard(), if !is_full => {}
            () = tokio::time::sleep(T::IDLE), if !is_full => {}
        }
    }
    while hands.join_next().await.is_some() {}
}

async fn hand<T: Trade>(hub: Arc<Hub>, row: T::Row) -> bool {
    let worked = T::work(hub, row).await;
    if let Err(error) = &worked {
        tracing::error!(%error, what = T::NAME, "a row could not be worked on");
    }
    worked.is_ok()
}
