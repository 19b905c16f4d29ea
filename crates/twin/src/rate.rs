//! Limits of calls: buckets that fill with time.

use std::collections::BTreeMap;

use crate::{clock::Tick, limits};

/// So many calls at once, and one more each so many milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Calls that a full bucket allows at once.
    pub burst: i64,
    /// Milliseconds until one more is allowed.
    pub each_ms: i64,
}

/// Buckets by name; each is full at first.
#[derive(Debug, Default)]
pub struct Buckets {
    /// When a bucket will be full again.
    full_at: BTreeMap<String, Tick>,
}

impl Buckets {
    /// Takes one call out of a bucket. `Err` says in how many milliseconds there would be one.
    pub fn take(&mut self, name: &str, pace: Pace, now: Tick) -> Result<(), i64> {
        if self.full_at.len() >= limits::BUCKETS_MAX {
            self.full_at.retain(|_, at| *at > now);
        }
        let full_at = self.full_at.get(name).copied().unwrap_or(now).max(now);
        let next = full_at.plus(pace.each_ms);
        let wait_ms = next.0 - now.0 - pace.burst * pace.each_ms;
        if wait_ms > 0 {
            return Err(wait_ms);
        }
        if self.full_at.len() < limits::BUCKETS_MAX {
            self.full_at.insert(name.to_owned(), next);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills() {
        let mut buckets = Buckets::default();
        let pace = Pace { burst: 2, each_ms: 1_000 };
        assert_eq!(buckets.take("a", pace, Tick(0)), Ok(()));
        assert_eq!(buckets.take("a", pace, Tick(0)), Ok(()));
        assert_eq!(buckets.take("a", pace, Tick(0)), Err(1_000));
        assert_eq!(buckets.take("b", pace, Tick(0)), Ok(()));
        assert_eq!(buckets.take("a", pace, Tick(400)), Err(600));
        assert_eq!(buckets.take("a", pace, Tick(1_000)), Ok(()));
        assert_eq!(buckets.take("a", pace, Tick(1_000)), Err(1_000));
        assert_eq!(buckets.take("a", pace, Tick(9_000)), Ok(()));
    }
}
