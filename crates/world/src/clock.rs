//! The clock: tokio's paused one, from a fixed beginning.

use tokio::time::Instant;
use vestnik_app::clock::Clock;
use vestnik_model::time::{Millis, Timestamp};

/// When every world begins: 2026-05-05, a Tuesday, 10:00 UTC.
pub const BEGIN: Timestamp = Timestamp(1_777_975_200_000);
/// The second of the day at which every world begins, in the partner API's zone (UTC+3).
pub const BEGIN_LOCAL_S: i64 = 13 * 3_600;

/// Tells simulated time.
#[derive(Debug, Clone, Copy)]
pub struct WorldClock(Instant);

impl WorldClock {
    /// A clock that begins now. To be made inside a runtime whose clock is paused.
    #[must_use]
    pub fn begin() -> Self {
        Self(Instant::now())
    }

    /// Milliseconds since the beginning.
    #[must_use]
    pub fn passed_ms(&self) -> i64 {
        i64::try_from(self.0.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    /// The present.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        BEGIN + Millis(self.passed_ms())
    }
}

impl Clock for WorldClock {
    fn now(&self) -> Timestamp {
        Self::now(self)
    }
}

/// Waits for a span of simulated time.
pub async fn pause(ms: i64) {
    tokio::time::sleep(span(ms)).await;
}

/// Milliseconds as tokio takes them.
#[must_use]
pub fn span(ms: i64) -> std::time::Duration {
    std::time::Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}
