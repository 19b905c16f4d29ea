//! What was sent, what was promised, what came back.

use std::{ops::Range, time::Instant};

use crate::wire::number;

const ACCEPTED: u8 = 1;
const SENT: u8 = 2;
const DELIVERED: u8 = 4;
const FAILED: u8 = 8;
const WINDOWED: u8 = 16;

/// One message, known by its number.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    begun_us: u64,
    mt: u64,
    accept_us: u32,
    whole_us: u32,
    submissions: u8,
    seen: u8,
}

/// All messages of a run.
pub struct Ledger {
    epoch: Instant,
    entries: Vec<Entry>,
    /// Reports that came again.
    pub reports_repeated: u64,
    /// Reports whose `mtNum` is not the one we were answered.
    pub reports_mismatched: u64,
    /// Bodies nobody could place.
    pub strays: u64,
    /// Calls that were refused.
    pub refused: u64,
    /// The first few refusals.
    pub refusals: Vec<String>,
    last_accepted_us: u64,
    last_whole_us: u64,
}

/// Whether a message takes a place in the window of those under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It does.
    InWindow,
    /// It does not.
    Free,
}

/// What became of a range of messages.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Answered 200.
    pub accepted: u64,
    /// Reports 0 and 2 arrived.
    pub whole: u64,
    /// Accepted, never at the provider.
    pub lost: u64,
    /// At the provider more than once.
    pub doubled: u64,
    /// At the provider, but not all reports arrived.
    pub reports_lost: u64,
    /// Report 5 arrived.
    pub failed: u64,
    /// From call to answer, µs, sorted.
    pub accept_us: Vec<u32>,
    /// From call to the second report, µs, sorted.
    pub whole_us: Vec<u32>,
}

impl Ledger {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            epoch: Instant::now(),
            entries: Vec::new(),
            reports_repeated: 0,
            reports_mismatched: 0,
            strays: 0,
            refused: 0,
            refusals: Vec::new(),
            last_accepted_us: 0,
            last_whole_us: 0,
        }
    }

    /// The present, µs since the beginning.
    pub fn now_us(&self) -> u64 {
        u64::try_from(self.epoch.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// How many messages there are.
    pub fn len(&self) -> u64 {
        self.entries.len() as u64
    }

    /// When the last answer and the last completion came, µs since the beginning.
    pub fn last_us(&self) -> (u64, u64) {
        (self.last_accepted_us, self.last_whole_us)
    }

    /// A new message that is (or should have been) sent at this moment; its number.
    pub fn begin(&mut self, at_us: u64, place: Place) -> u64 {
        let seen = match place {
            Place::InWindow => WINDOWED,
            Place::Free => 0,
        };
        self.entries.push(Entry { begun_us: at_us, seen, ..Entry::default() });
        self.len() - 1
    }

    /// The call was answered 200.
    pub fn accept(&mut self, n: u64, mt: u64) {
        let now = self.now_us();
        let Some(entry) = self.entry(n) else { return };
        let mismatched = entry.mt != 0 && entry.mt != mt;
        entry.mt = mt;
        if entry.seen & ACCEPTED == 0 {
            entry.seen |= ACCEPTED;
            entry.accept_us = clip(now.saturating_sub(entry.begun_us));
        }
        self.last_accepted_us = now;
        self.reports_mismatched += u64::from(mismatched);
    }

    /// The call was refused.
    pub fn refuse(&mut self, status: u16, body: &[u8]) {
        self.refused += 1;
        if self.refusals.len() < 5 {
            let body = String::from_utf8_lossy(&body[..body.len().min(200)]);
            self.refusals.push(format!("{status} {body}"));
        }
    }

    /// The provider got the message; how often by now.
    pub fn submit(&mut self, n: u64) -> u8 {
        let Some(entry) = self.entry(n) else {
            self.strays += 1;
            return 1;
        };
        entry.submissions = entry.submissions.saturating_add(1);
        entry.submissions
    }

    /// A report arrived; whether a place in the window is free with it.
    pub fn report(&mut self, n: u64, status: u64, mt: &[u8]) -> bool {
        let now = self.now_us();
        let Some(entry) = self.entry(n) else {
            self.strays += 1;
            return false;
        };
        let bit = match status {
            0 => SENT,
            2 => DELIVERED,
            5 => FAILED,
            _ => 0,
        };
        let mt = number(mt);
        let repeated = entry.seen & bit != 0;
        let mismatched = entry.mt != 0 && entry.mt != mt;
        entry.mt = mt;
        entry.seen |= bit;
        let is_windowed = entry.seen & WINDOWED != 0;
        let is_whole =
            !repeated && bit != FAILED && entry.seen & SENT != 0 && entry.seen & DELIVERED != 0;
        if is_whole {
            entry.whole_us = clip(now.saturating_sub(entry.begun_us)).max(1);
            self.last_whole_us = now;
        }
        self.reports_repeated += u64::from(repeated);
        self.reports_mismatched += u64::from(mismatched);
        is_windowed && (is_whole || (bit == FAILED && !repeated))
    }

    /// What was accepted, arrived at the provider and is not yet reported in full, with how often
    /// it arrived.
    pub fn unsettled(&self) -> impl Iterator<Item = (u64, u8)> {
        (0..).zip(&self.entries).filter_map(|(n, entry)| {
            (entry.submissions > 0 && entry.whole_us == 0).then_some((n, entry.submissions))
        })
    }

    /// How many of a range were accepted.
    pub fn accepted_in(&self, range: Range<u64>) -> u64 {
        self.range(range).iter().filter(|entry| entry.seen & ACCEPTED != 0).count() as u64
    }

    /// Whether nothing more is to be expected of a range.
    pub fn is_settled(&self, range: Range<u64>) -> bool {
        self.range(range).iter().all(|e| e.seen & (ACCEPTED | FAILED) != ACCEPTED || e.whole_us > 0)
    }

    /// Sums up a range.
    pub fn tally(&self, range: Range<u64>) -> Tally {
        let mut tally = Tally::default();
        for entry in self.range(range) {
            tally.doubled += u64::from(entry.submissions > 1);
            tally.failed += u64::from(entry.seen & FAILED != 0);
            if entry.whole_us > 0 {
                tally.whole += 1;
                tally.whole_us.push(entry.whole_us);
            }
            if entry.seen & ACCEPTED == 0 {
                continue;
            }
            tally.accepted += 1;
            tally.accept_us.push(entry.accept_us);
            tally.lost += u64::from(entry.submissions == 0);
            tally.reports_lost += u64::from(entry.submissions > 0 && entry.whole_us == 0);
        }
        tally.accept_us.sort_unstable();
        tally.whole_us.sort_unstable();
        tally
    }

    fn range(&self, range: Range<u64>) -> &[Entry] {
        let end = usize::try_from(range.end).unwrap_or(usize::MAX).min(self.entries.len());
        let start = usize::try_from(range.start).unwrap_or(usize::MAX).min(end);
        &self.entries[start..end]
    }

    fn entry(&mut self, n: u64) -> Option<&mut Entry> {
        self.entries.get_mut(usize::try_from(n).ok()?)
    }
}

fn clip(us: u64) -> u32 {
    u32::try_from(us).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fate_is_counted_once() {
        let mut ledger = Ledger::new();
        let ids: Vec<u64> = (0..5).map(|_| ledger.begin(0, Place::InWindow)).collect();
        for n in &ids[..4] {
            ledger.accept(*n, 100 + n);
        }
        for n in [0, 0, 1, 2] {
            ledger.submit(n);
        }
        assert!(!ledger.report(0, 0, b"100"));
        assert!(ledger.report(0, 2, b"100"));
        assert!(!ledger.report(0, 2, b"100"));
        assert!(!ledger.report(1, 2, b"999"));
        assert!(ledger.report(2, 5, b"102"));
        let tally = ledger.tally(0..5);
        assert_eq!((tally.accepted, tally.whole, tally.lost), (4, 1, 1));
        assert_eq!((tally.doubled, tally.reports_lost, tally.failed), (1, 2, 1));
        assert_eq!((ledger.reports_repeated, ledger.reports_mismatched), (1, 1));
        assert!(ledger.is_settled(0..1) && ledger.is_settled(2..3) && !ledger.is_settled(1..2));
    }
}
