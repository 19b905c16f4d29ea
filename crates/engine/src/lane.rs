//! A lane: how quickly, how many at once, and who not at the same time.
//!
//! The owner of a lane keeps one [`Lane`] in memory and asks it before any row is touched; what it
//! refuses stays on disk and costs nothing until the lane is ready again.

use crate::circuit::Circuit;
use std::collections::{BTreeMap, BTreeSet};
use vestnik_model::{
    account::Pacing,
    time::{Millis, Timestamp},
};

/// Recipients whose last submission is remembered for the gap between two of them.
const RECIPIENTS_REMEMBERED_MAX: usize = 100_000;

/// One lane's state in memory.
#[derive(Debug, Clone)]
pub struct Lane {
    pacing: Pacing,
    in_flight_max: usize,
    in_flight: BTreeSet<u64>,
    /// Theoretical arrival time (GCRA): when the account's next submission is due by its pace.
    arrival: Timestamp,
    /// The same for each recipient.
    recipient_arrival: BTreeMap<u64, Timestamp>,
    paused_until: Option<Timestamp>,
    /// The circuit of the account or endpoint.
    pub circuit: Circuit,
}

/// Whether something may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Now: it is counted as in flight until [`Lane::settle`].
    Go,
    /// Not this one: something to the same recipient is under way. Others may.
    RecipientBusy,
    /// Not this one before this time: the gap between two to the same recipient. Others may.
    RecipientAt(Timestamp),
    /// Nothing before this time: pace, pause or circuit.
    At(Timestamp),
    /// Nothing until something in flight settles.
    Full,
}

impl Lane {
    /// A fresh lane.
    #[must_use]
    pub fn new(pacing: Pacing, in_flight_max: usize) -> Self {
        Self {
            pacing,
            in_flight_max: in_flight_max.max(1),
            in_flight: BTreeSet::new(),
            arrival: Timestamp(0),
            recipient_arrival: BTreeMap::new(),
            paused_until: None,
            circuit: Circuit::default(),
        }
    }

    /// Takes on changed settings of the account.
    pub fn configure(&mut self, pacing: Pacing, in_flight_max: usize) {
        self.pacing = pacing;
        self.in_flight_max = in_flight_max.max(1);
    }

    /// Whether anything at all may go now: asked before rows are read.
    #[must_use]
    pub fn ready(&self, now: Timestamp) -> Admission {
        if let Some(until) = self.paused_until.filter(|until| now < *until) {
            return Admission::At(until);
        }
        if let Some(until) = self.circuit.opens_at(now) {
            return Admission::At(until);
        }
        if self.in_flight.len() >= self.in_flight_max {
            return Admission::Full;
        }
        match self.next_by_pace(now) {
            Some(at) => Admission::At(at),
            None => Admission::Go,
        }
    }

    /// How many more may go now at most, by number in flight, by pace, and by the circuit: one that
    /// has been open lets a single probe pass.
    #[must_use]
    pub fn room(&self, now: Timestamp) -> usize {
        if self.ready(now) != Admission::Go {
            return 0;
        }
        let free =
            if self.circuit.is_open() { 1 } else { self.in_flight_max - self.in_flight.len() };
        let Some(gap) = self.pacing.gap.filter(|gap| gap.0 > 0) else { return free };
        let burst = i64::from(self.pacing.burst.max(1));
        let ahead = (self.arrival.0 - now.0).max(0);
        let tokens = (burst * gap.0 - ahead + gap.0 - 1) / gap.0;
        free.min(usize::try_from(tokens.max(0)).unwrap_or(0))
    }

    /// Asks for one submission to `recipient`.
    pub fn admit(&mut self, recipient: u64, now: Timestamp) -> Admission {
        let ready = self.ready(now);
        if ready != Admission::Go {
            return ready;
        }
        if self.in_flight.contains(&recipient) {
            return Admission::RecipientBusy;
        }
        if let Some(at) = self.recipient_at(recipient).filter(|at| now < *at) {
            return Admission::RecipientAt(at);
        }
        if !self.circuit.admit(now) {
            return Admission::Full;
        }
        if let Some(gap) = self.pacing.gap {
            self.arrival = Timestamp(self.arrival.0.max(now.0)) + gap;
        }
        if let Some(gap) = self.pacing.recipient_gap {
            let before = self.recipient_arrival.get(&recipient).map_or(now, |at| (*at).max(now));
            self.remember(recipient, before + gap, now);
        }
        self.in_flight.insert(recipient);
        Admission::Go
    }

    /// What was admitted for `recipient` has come to an end, good or bad.
    pub fn settle(&mut self, recipient: u64) {
        self.in_flight.remove(&recipient);
    }

    /// What was admitted for `recipient` is not to leave after all. If it was a probe of the circuit,
    /// it told nothing: another may go.
    pub fn abandon(&mut self, recipient: u64) {
        self.in_flight.remove(&recipient);
        self.circuit.abandon();
    }

    /// Nothing goes before `until` (the provider asked for it).
    pub fn pause(&mut self, until: Timestamp) {
        self.paused_until = Some(self.paused_until.map_or(until, |at| at.max(until)));
    }

    /// How many are in flight.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Counts something to `recipient` as in flight although it was not admitted: it left.
    pub fn force(&mut self, recipient: u64) {
        self.in_flight.insert(recipient);
    }

    /// The recipients to whom something is in flight.
    #[must_use]
    pub fn busy(&self) -> BTreeSet<u64> {
        self.in_flight.clone()
    }

    /// Whether something to `recipient` is in flight.
    #[must_use]
    pub fn is_busy(&self, recipient: u64) -> bool {
        self.in_flight.contains(&recipient)
    }

    fn next_by_pace(&self, now: Timestamp) -> Option<Timestamp> {
        let gap = self.pacing.gap?;
        let allowed_ahead = Millis(gap.0 * i64::from(self.pacing.burst.max(1)) - gap.0);
        let at = self.arrival - allowed_ahead;
        (now < at).then_some(at)
    }

    /// When the next submission to a recipient is due by the gap between two of them.
    fn recipient_at(&self, recipient: u64) -> Option<Timestamp> {
        let gap = self.pacing.recipient_gap?;
        let ahead = i64::from(self.pacing.recipient_burst.max(1)) - 1;
        self.recipient_arrival.get(&recipient).map(|at| *at - Millis(gap.0 * ahead))
    }

    fn remember(&mut self, recipient: u64, until: Timestamp, now: Timestamp) {
        if self.recipient_arrival.len() >= RECIPIENTS_REMEMBERED_MAX {
            self.recipient_arrival.retain(|_, at| now < *at);
        }
        if self.recipient_arrival.len() < RECIPIENTS_REMEMBERED_MAX {
            self.recipient_arrival.insert(recipient, until);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::PROBE_MAX;

    fn paced(gap: i64, burst: u16) -> Lane {
        Lane::new(Pacing { gap: Some(Millis(gap)), burst, ..Pacing::default() }, 100)
    }

    #[test]
    fn the_pace_is_kept_with_its_burst() {
        let mut lane = paced(100, 3);
        let mut sent = Vec::new();
        for ms in 0..1000 {
            let now = Timestamp(10_000 + ms);
            if lane.room(now) > 0 {
                assert_eq!(lane.admit(u64::try_from(ms).unwrap(), now), Admission::Go);
                sent.push(ms);
            }
        }
        assert_eq!(sent[..5], [0, 1, 2, 100, 200]);
        assert_eq!(sent.len(), 12);
    }

    #[test]
    fn room_never_promises_more_than_admit_gives() {
        let mut lane = paced(10, 4);
        let now = Timestamp(5);
        let room = lane.room(now);
        assert_eq!(room, 4);
        for i in 0..4 {
            assert_eq!(lane.admit(i, now), Admission::Go);
        }
        assert!(matches!(lane.admit(9, now), Admission::At(_)));
        assert_eq!(lane.room(now), 0);
    }

    #[test]
    fn one_recipient_at_a_time() {
        let mut lane = Lane::new(Pacing::default(), 2);
        let now = Timestamp(0);
        assert_eq!(lane.admit(1, now), Admission::Go);
        assert_eq!(lane.admit(1, now), Admission::RecipientBusy);
        assert_eq!(lane.admit(2, now), Admission::Go);
        assert_eq!(lane.admit(3, now), Admission::Full);
        lane.settle(1);
        assert_eq!(lane.admit(1, now), Admission::Go);
    }

    #[test]
    fn a_recipient_has_its_own_gap() {
        let gap = Some(Millis(6000));
        let mut lane = Lane::new(Pacing { recipient_gap: gap, ..Pacing::default() }, 9);
        assert_eq!(lane.admit(1, Timestamp(0)), Admission::Go);
        lane.settle(1);
        assert_eq!(lane.admit(1, Timestamp(10)), Admission::RecipientAt(Timestamp(6000)));
        assert_eq!(lane.admit(2, Timestamp(10)), Admission::Go);
        assert_eq!(lane.admit(1, Timestamp(6000)), Admission::Go);
    }

    fn broken(now: Timestamp) -> (Lane, Timestamp) {
        let mut lane = Lane::new(Pacing::default(), 100);
        for _ in 0..crate::circuit::FAILURES_MAX {
            assert_eq!(lane.admit(1, now), Admission::Go);
            lane.settle(1);
            lane.circuit.fail(now);
        }
        let Admission::At(at) = lane.ready(now) else { panic!("the circuit is open") };
        (lane, at)
    }

    #[test]
    fn a_half_open_circuit_has_room_for_one_probe() {
        let (mut lane, at) = broken(Timestamp(5));
        assert_eq!(lane.room(at), 1, "not for as many as the lane allows at once");
        assert_eq!(lane.admit(1, at), Admission::Go);
        let Admission::At(later) = lane.ready(at) else { panic!("until it has ended") };
        assert_eq!((later, lane.room(at)), (at + PROBE_MAX, 0), "or is not heard of any more");
        lane.settle(1);
        lane.circuit.succeed();
        assert_eq!((lane.ready(at), lane.room(at)), (Admission::Go, 100));
    }

    #[test]
    fn a_probe_that_never_left_makes_room_for_another() {
        let (mut lane, at) = broken(Timestamp(5));
        assert_eq!(lane.admit(1, at), Admission::Go);
        lane.abandon(1);
        assert_eq!(lane.admit(2, at), Admission::Go);
    }

    #[test]
    fn a_recipient_may_get_several_at_once_after_a_pause() {
        let gap = Some(Millis(6000));
        let pacing = Pacing { recipient_gap: gap, recipient_burst: 3, ..Pacing::default() };
        let mut lane = Lane::new(pacing, 9);
        let mut sent = Vec::new();
        for ms in (0..20_000).step_by(500) {
            if lane.admit(1, Timestamp(ms)) == Admission::Go {
                sent.push(ms);
                lane.settle(1);
            }
        }
        assert_eq!(sent, [0, 500, 1000, 6000, 12_000, 18_000]);
    }

    #[test]
    fn a_pause_holds_everything() {
        let mut lane = Lane::new(Pacing::default(), 9);
        lane.pause(Timestamp(500));
        assert_eq!(lane.admit(1, Timestamp(499)), Admission::At(Timestamp(500)));
        assert_eq!(lane.admit(1, Timestamp(500)), Admission::Go);
    }
}
