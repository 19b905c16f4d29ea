//! Wrong passwords: so many at once, then one after each pause, by partner and address.

use crate::caller::network;
use std::{collections::HashMap, net::IpAddr};
use vestnik_engine::allowance::{Allowance, Rate};
use vestnik_model::{
    id::PartnerId,
    time::{Millis, Timestamp},
};

/// Ten at once: a person's slips, or a program's before its owner looks. Then one after each pause.
pub(super) const RATE: Rate = Rate { burst: 10, every: Millis::seconds(10) };
/// Addresses remembered at once; if there are more, the ones that failed least are forgotten.
const REMEMBERED_MAX: usize = 10_000;

/// Who tried wrong passwords, and what is left to them.
#[derive(Debug, Default)]
pub(super) struct Failures(HashMap<(PartnerId, IpAddr), Allowance>);

impl Failures {
    /// Whether a password from there is not even looked at.
    pub(super) fn is_blocked(&self, partner: PartnerId, from: IpAddr, now: Timestamp) -> bool {
        self.0.get(&(partner, network(from))).is_some_and(|left| left.is_spent(now, RATE))
    }

    /// A wrong one came.
    pub(super) fn note(&mut self, partner: PartnerId, from: IpAddr, now: Timestamp) {
        let key = (partner, network(from));
        if self.0.len() >= REMEMBERED_MAX && !self.0.contains_key(&key) {
            self.make_room(now);
        }
        // Where several were looked at together there may be nothing left: then it is blocked already.
        let _is_spent = self.0.entry(key).or_default().take(now, RATE);
    }

    /// Forgets what is forgiven; and if that is not enough, the half that is forgiven soonest, so
    /// that it is not done for every failure.
    fn make_room(&mut self, now: Timestamp) {
        self.0.retain(|_, left| left.whole_at() > now);
        if self.0.len() < REMEMBERED_MAX {
            return;
        }
        let mut times: Vec<Timestamp> = self.0.values().map(|left| left.whole_at()).collect();
        let (_, middle, _) = times.select_nth_unstable(REMEMBERED_MAX / 2);
        let middle = *middle;
        self.0.retain(|_, left| left.whole_at() > middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTNER: PartnerId = PartnerId(1);
    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn fail(failures: &mut Failures, from: IpAddr, times: i64) {
        for _ in 0..times {
            failures.note(PARTNER, from, NOW);
        }
    }

    #[test]
    fn a_partner_and_an_address_each_stand_for_themselves() {
        let mut failures = Failures::default();
        let (here, there) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        fail(&mut failures, here, RATE.burst - 1);
        assert!(!failures.is_blocked(PARTNER, here, NOW));
        fail(&mut failures, here, 1);
        assert!(failures.is_blocked(PARTNER, here, NOW));
        assert!(!failures.is_blocked(PARTNER, here, NOW + RATE.every), "one is forgiven");
        assert!(!failures.is_blocked(PARTNER, there, NOW));
        assert!(!failures.is_blocked(PartnerId(2), here, NOW));
        let (one, same) = ("2001:db8::1".parse().unwrap(), "2001:db8::ffff:2".parse().unwrap());
        fail(&mut failures, one, RATE.burst);
        assert!(failures.is_blocked(PARTNER, same, NOW), "a network of IPv6 is one");
    }

    #[test]
    fn what_is_remembered_is_bounded_and_the_worst_stay() {
        let mut failures = Failures::default();
        let worst: IpAddr = "192.0.2.1".parse().unwrap();
        fail(&mut failures, worst, RATE.burst);
        for n in 0..3 * u32::try_from(REMEMBERED_MAX).unwrap() {
            failures.note(PARTNER, IpAddr::from(n.to_be_bytes()), NOW);
            assert!(failures.0.len() <= REMEMBERED_MAX);
        }
        assert!(failures.is_blocked(PARTNER, worst, NOW));
    }
}
