//! A connection's pulse: whether something happens on it. One clock per connection, looked at once in a
//! while, instead of one per request.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// What happened on a connection.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    begun: AtomicU64,
    ended: AtomicU64,
}

/// A request under way; over when dropped.
#[derive(Debug)]
pub(crate) struct Beat(Arc<Pulse>);

impl Pulse {
    /// A request begins.
    pub(crate) fn beat(this: &Arc<Self>) -> Beat {
        this.begun.fetch_add(1, Ordering::Relaxed);
        Beat(Arc::clone(this))
    }

    /// Waits until nothing has happened for so long, or up to twice as long: no request was under way,
    /// and none began.
    pub(crate) async fn stopped(&self, still: Duration) {
        let mut seen = 0;
        loop {
            tokio::time::sleep(still).await;
            let ended = self.ended.load(Ordering::Relaxed);
            let is_at_work = self.begun.load(Ordering::Relaxed) != ended;
            if !is_at_work && ended == seen {
                return;
            }
            seen = ended;
        }
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::{Instant, sleep};

    const STILL: Duration = Duration::from_secs(60);

    /// How long a connection lives on which `life` happens, seconds.
    async fn lives(life: impl AsyncFn(Arc<Pulse>)) -> u64 {
        let (begin, pulse) = (Instant::now(), Arc::new(Pulse::default()));
        tokio::select! {
            () = pulse.stopped(STILL) => {}
            () = async {
                life(Arc::clone(&pulse)).await;
                std::future::pending::<()>().await;
            } => {}
        }
        begin.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_lives_as_long_as_something_happens() {
        assert_eq!(lives(async |_| {}).await, 60);
        let busy_for = async |pulse: Arc<Pulse>| {
            let beat = Pulse::beat(&pulse);
            sleep(Duration::from_secs(200)).await;
            drop(beat);
        };
        assert_eq!(lives(busy_for).await, 300);
        let now_and_then = async |pulse: Arc<Pulse>| {
            for _ in 0..10 {
                sleep(Duration::from_secs(50)).await;
                drop(Pulse::beat(&pulse));
            }
        };
        assert_eq!(lives(now_and_then).await, 600);
    }
}
