//! Allowances: so much at once, then one more after each pause. Whom they are given is their keeper's
//! affair.

use vestnik_model::time::{Millis, Timestamp};

/// How large allowances are.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// What may be taken at once.
    pub burst: i64,
    /// After how long one more may be.
    pub every: Millis,
}

/// An allowance, kept as the moment at which it will be whole again.
#[derive(Debug, Clone, Copy, Default)]
pub struct Allowance {
    whole_at: Timestamp,
}

impl Allowance {
    /// Takes one off it.
    ///
    /// # Errors
    /// With the pause after which there is one again.
    pub fn take(&mut self, now: Timestamp, rate: Rate) -> Result<(), Millis> {
        let whole_at = self.whole_at.max(now) + rate.every;
        let most = Millis(rate.every.0 * rate.burst);
        let owed = whole_at - (now + most);
        // A clock that was put back must not shut anybody out.
        let is_of_another_time = owed > most;
        if owed.0 > 0 && !is_of_another_time {
            return Err(owed);
        }
        self.whole_at = if is_of_another_time { now + rate.every } else { whole_at };
        Ok(())
    }

    /// Whether there is nothing to take.
    #[must_use]
    pub fn is_spent(mut self, now: Timestamp, rate: Rate) -> bool {
        self.take(now, rate).is_err()
    }

    /// When nothing of it will be missing any more: then it need not be remembered.
    #[must_use]
    pub fn whole_at(self) -> Timestamp {
        self.whole_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_790_000_000_000);
    const RATE: Rate = Rate { burst: 10, every: Millis(50) };

    /// How many may be taken at a moment.
    fn taken(allowance: &mut Allowance, now: Timestamp) -> usize {
        (0..100).take_while(|_| allowance.take(now, RATE).is_ok()).count()
    }

    #[test]
    fn a_burst_then_one_after_each_pause_and_no_more_is_saved_up() {
        let mut allowance = Allowance::default();
        assert_eq!(taken(&mut allowance, NOW), 10);
        assert!(allowance.is_spent(NOW, RATE));
        assert_eq!(allowance.take(NOW, RATE), Err(RATE.every));
        assert_eq!(taken(&mut allowance, NOW + Millis(150)), 3);
        assert_eq!(taken(&mut allowance, NOW + Millis::hours(1)), 10);
    }

    #[test]
    fn a_clock_put_back_shuts_nobody_out() {
        let mut allowance = Allowance::default();
        assert_eq!(taken(&mut allowance, NOW), 10);
        assert_eq!(taken(&mut allowance, NOW - Millis::hours(1)), 10);
    }
}
