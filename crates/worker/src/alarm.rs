//! An alarm clock for a loop that is woken thousands of times a second by other things.

use std::{pin::Pin, time::Duration};
use tokio::time::{Instant, Sleep, sleep};

/// Rings at a time, or somewhat before: an alarm that is to ring later than it was set for is left as it
/// is, since setting it takes the runtime's lock on all its timers, and a loop that is woken for
/// nothing just looks again.
pub(crate) struct Alarm(Pin<Box<Sleep>>);

impl Alarm {
    /// Rings first after so long.
    pub(crate) fn new(after: Duration) -> Self {
        Self(Box::pin(sleep(after)))
    }

    /// Rings after so long at the latest, and not without end.
    pub(crate) fn set(&mut self, after: Duration) {
        let at = Instant::now() + after;
        if self.0.is_elapsed() || at < self.0.deadline() {
            self.0.as_mut().reset(at);
        }
    }

    /// Waits for it.
    pub(crate) async fn rung(&mut self) {
        self.0.as_mut().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn it_rings_at_the_earliest_time_it_was_set_for_and_then_again() {
        let begin = Instant::now();
        let mut alarm = Alarm::new(5 * SECOND);
        alarm.set(2 * SECOND);
        alarm.set(4 * SECOND);
        alarm.rung().await;
        assert_eq!(begin.elapsed().as_secs(), 2);
        alarm.set(3 * SECOND);
        alarm.rung().await;
        assert_eq!(begin.elapsed().as_secs(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn it_can_be_waited_for_in_turns() {
        let begin = Instant::now();
        let mut alarm = Alarm::new(2 * SECOND);
        for _ in 0..3 {
            tokio::select! {
                biased;
                () = alarm.rung() => {}
                () = sleep(SECOND / 2) => {}
            }
        }
        alarm.rung().await;
        assert_eq!(begin.elapsed().as_secs(), 2);
    }
}
