//! How long to wait before something is tried again.

use vestnik_model::{
    limits::{
        BACKOFF_FIRST, BACKOFF_MAX, REPORT_AGE_MAX, REPORT_PAUSE_MAX, REPORT_RETRIES_FIRST,
        REPORT_RETRY_FIRST, RETRY_AFTER_MAX,
    },
    time::Millis,
};

/// The pause after `attempts` attempts to submit (at least 1), with up to a quarter of jitter
/// drawn from `jitter`. A provider's own hint is a floor, believed up to a limit.
#[must_use]
pub fn submit_pause(attempts: u32, hint: Option<Millis>, jitter: u32) -> Millis {
    let doubled = BACKOFF_FIRST.0.saturating_mul(1 << attempts.saturating_sub(1).min(20));
    let base = doubled.min(BACKOFF_MAX.0);
    let base = base.max(hint.map_or(0, |h| h.0.clamp(0, RETRY_AFTER_MAX.0)));
    Millis(base + spread(base / 4, jitter))
}

/// The pause before a report's next try, or `None` if it is exhausted: first some tries a minute
/// apart, then twice as long each time, until it is a day old.
#[must_use]
pub fn report_pause(attempts: u32, age: Millis, jitter: u32) -> Option<Millis> {
    if age >= REPORT_AGE_MAX {
        return None;
    }
    if attempts < REPORT_RETRIES_FIRST {
        return Some(REPORT_RETRY_FIRST);
    }
    let doublings = (attempts - REPORT_RETRIES_FIRST + 1).min(20);
    let base = REPORT_RETRY_FIRST.0.saturating_mul(1 << doublings).min(REPORT_PAUSE_MAX.0);
    Some(Millis(base + spread(base / 10, jitter)))
}

fn spread(width: i64, jitter: u32) -> i64 {
    if width <= 0 { 0 } else { i64::from(jitter) % (width + 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn submit_pauses_grow_to_a_ceiling_and_honour_the_hint() {
        assert_eq!(submit_pause(1, None, 0), Millis::seconds(1));
        assert_eq!(submit_pause(4, None, 0), Millis::seconds(8));
        assert_eq!(submit_pause(40, None, 0), BACKOFF_MAX);
        assert_eq!(submit_pause(1, Some(Millis::seconds(30)), 0), Millis::seconds(30));
        assert!(submit_pause(1, Some(Millis::hours(99)), 0) <= RETRY_AFTER_MAX);
        for jitter in [0, 7, u32::MAX] {
            let pause = submit_pause(4, None, jitter);
            assert!((8000..=10_000).contains(&pause.0));
        }
    }

    #[test]
    fn reports_are_tried_five_times_a_minute_apart_and_end_after_a_day() {
        let mut age = Millis::ZERO;
        let mut attempts = 1;
        let mut pauses = Vec::new();
        while let Some(pause) = report_pause(attempts, age, 0) {
            pauses.push(pause.0 / 1000);
            age = Millis(age.0 + pause.0);
            attempts += 1;
        }
        assert_eq!(pauses[..6], [60, 60, 60, 60, 120, 240]);
        assert!(age >= REPORT_AGE_MAX && age.0 < REPORT_AGE_MAX.0 + REPORT_PAUSE_MAX.0 * 2);
        assert!(attempts < 30);
    }
}
