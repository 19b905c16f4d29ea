//! A circuit breaker: stops asking somebody who does not answer.

use vestnik_model::time::{Millis, Timestamp};

/// Failures in a row after which the circuit opens.
pub const FAILURES_MAX: u32 = 5;
/// How long it stays open at first.
pub const PAUSE_FIRST: Millis = Millis::seconds(2);
/// How long it stays open at most.
pub const PAUSE_MAX: Millis = Millis::minutes(2);

/// How long a probe is waited for. It has its own time limits; this is for one that broke off by a
/// fault of ours, so that it does not hold everything for ever.
pub const PROBE_MAX: Millis = Millis::minutes(2);

/// One circuit. Closed: everything passes. Open: nothing passes until a time. Half-open: one probe
/// passes, and its result decides.
#[derive(Debug, Clone, Default)]
pub struct Circuit {
    failures: u32,
    open_until: Option<Timestamp>,
    /// A probe is under way; if nothing is heard of it by then, another may go.
    probing_until: Option<Timestamp>,
}

impl Circuit {
    /// Whether something may pass now; if it is a probe, only one may until it is settled.
    pub fn admit(&mut self, now: Timestamp) -> bool {
        match self.open_until {
            None => true,
            Some(_) if self.opens_at(now).is_some() => false,
            Some(_) => {
                self.probing_until = Some(now + PROBE_MAX);
                true
            }
        }
    }

    /// The earliest moment something may pass, if it is not now.
    #[must_use]
    pub fn opens_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.open_until.max(self.probing_until).filter(|until| now < *until)
    }

    /// Whether it is open or probing.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open_until.is_some()
    }

    /// Something that passed was not sent after all.
    pub fn abandon(&mut self) {
        self.probing_until = None;
    }

    /// Something that passed came to a good end.
    pub fn succeed(&mut self) {
        *self = Self::default();
    }

    /// Something that passed failed. Returns whether the circuit opened by it.
    pub fn fail(&mut self, now: Timestamp) -> bool {
        self.failures = self.failures.saturating_add(1);
        let was_probe = self.probing_until.take().is_some();
        if self.failures < FAILURES_MAX && !was_probe {
            return false;
        }
        let opened = self.open_until.is_none();
        let doublings = (self.failures.saturating_sub(FAILURES_MAX)).min(16);
        let pause = PAUSE_FIRST.0.saturating_mul(1 << doublings).min(PAUSE_MAX.0);
        self.open_until = Some(now + Millis(pause));
        opened
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_after_failures_probes_once_and_closes_on_success() {
        let mut circuit = Circuit::default();
        let mut now = Timestamp(0);
        for _ in 1..FAILURES_MAX {
            assert!(circuit.admit(now) && !circuit.fail(now));
        }
        assert!(circuit.admit(now) && circuit.fail(now));
        assert!(!circuit.admit(now));
        now = circuit.opens_at(now).unwrap();
        assert!(circuit.admit(now));
        assert!(!circuit.admit(now), "only one probe");
        circuit.fail(now);
        assert!(!circuit.admit(now + PAUSE_FIRST));
        now = now + PAUSE_MAX;
        assert!(circuit.admit(now));
        circuit.succeed();
        assert!(circuit.admit(now) && circuit.admit(now) && !circuit.is_open());
    }
}
