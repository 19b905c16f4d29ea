//! A journal's silence is not believed at once.

use std::collections::BTreeMap;
use vestnik_model::{id::MessageId, time::Timestamp};
use vestnik_provider::port::Verdict;
use vestnik_store::slot::Slot;

/// Attempts whose absence is remembered at most; beyond, it has to be seen anew.
const UNSEEN_MAX: usize = 10_000;

/// Since when attempts were asked about in vain: neither in the provider's journal nor in its list
/// of what it is going to send. A journal lags behind, so this must have been so for a while: what
/// was seen nowhere once may have left the list a moment before.
#[derive(Debug, Default)]
pub struct Unseen(BTreeMap<(MessageId, Slot), Timestamp>);

impl Unseen {
    /// What an answer means for an attempt that began at a time. `read` reads it as for an attempt
    /// of any beginning: where it does not show the attempt and even one that began long ago could
    /// not be told to be absent, it says nothing; else it counts from the first time this was so.
    pub(super) fn judge(
        &mut self,
        key: (MessageId, Slot),
        now: Timestamp,
        begun: Timestamp,
        read: impl Fn(Timestamp) -> Verdict,
    ) -> Verdict {
        match read(begun) {
            verdict @ (Verdict::Found { .. } | Verdict::Ask(_)) => return verdict,
            Verdict::Absent | Verdict::Unsure => {}
        }
        if read(Timestamp(0)) != Verdict::Absent {
            return Verdict::Unsure;
        }
        if self.0.len() >= UNSEEN_MAX {
            self.0.clear();
        }
        read(*self.0.entry(key).or_insert(now))
    }

    /// It was found out about.
    pub(super) fn forget(&mut self, key: (MessageId, Slot)) {
        self.0.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestnik_model::time::Millis;

    const KEY: (MessageId, Slot) = (MessageId(1), Slot { link: 0, part: 0 });
    const BEGUN: Timestamp = Timestamp(1_800_000_000_000);
    const LAG: Millis = Millis::minutes(2);

    /// A journal that shows nothing, and says so of what began long enough before `now`.
    fn silent(now: Timestamp) -> impl Fn(Timestamp) -> Verdict {
        move |begun| if now - begun >= LAG { Verdict::Absent } else { Verdict::Unsure }
    }

    #[test]
    fn silence_counts_from_the_first_time_it_was_heard() {
        let mut unseen = Unseen::default();
        let first = BEGUN + Millis::minutes(30);
        assert_eq!(unseen.judge(KEY, first, BEGUN, silent(first)), Verdict::Unsure);
        let soon = first + Millis::minutes(1);
        assert_eq!(unseen.judge(KEY, soon, BEGUN, silent(soon)), Verdict::Unsure);
        let late = first + LAG;
        assert_eq!(unseen.judge(KEY, late, BEGUN, silent(late)), Verdict::Absent);
        unseen.forget(KEY);
        assert_eq!(unseen.judge(KEY, late, BEGUN, silent(late)), Verdict::Unsure);
    }

    #[test]
    fn what_shows_an_attempt_or_says_nothing_is_no_silence() {
        let mut unseen = Unseen::default();
        let found = Verdict::Found { remote_id: "a".to_owned() };
        assert_eq!(unseen.judge(KEY, BEGUN, BEGUN, |_| found.clone()), found);
        assert_eq!(unseen.judge(KEY, BEGUN, BEGUN, |_| Verdict::Unsure), Verdict::Unsure);
        assert!(unseen.0.is_empty(), "neither is remembered");
    }
}
