//! Questions to a provider's journal: which attempts one question serves, and what its answer may
//! say of several of them.

use crate::cascade::JournalAnswer;
use std::collections::BTreeMap;
use vestnik_model::time::{Millis, Timestamp};

/// How far apart the beginnings of attempts may lie that are asked about together. A question
/// reaches back to the oldest of them: further, and its page would hold too much that is none of
/// theirs.
pub const SHARED_SPAN: Millis = Millis::minutes(10);

/// Deals attempts to questions by when they began: the oldest first, each question reaching over
/// [`SHARED_SPAN`] at most. Gives places in `begun`; every one of them once.
#[must_use]
pub fn share(begun: &[Timestamp]) -> Vec<Vec<usize>> {
    let mut places: Vec<usize> = (0..begun.len()).collect();
    places.sort_by_key(|place| (begun[*place], *place));
    let mut out: Vec<Vec<usize>> = Vec::new();
    for place in places {
        match out.last_mut() {
            Some(group) if begun[place] <= begun[group[0]] + SHARED_SPAN => group.push(place),
            Some(_) | None => out.push(vec![place]),
        }
    }
    out
}

/// One line of a journal is one bubble: if it was found for two attempts (the same words to the
/// same person), which of them it was can't be told.
pub fn claim_once(answers: &mut [JournalAnswer]) {
    let mut claims: BTreeMap<String, usize> = BTreeMap::new();
    for answer in answers.iter() {
        if let JournalAnswer::Found { remote_id } = answer {
            *claims.entry(remote_id.clone()).or_default() += 1;
        }
    }
    for answer in answers {
        if let JournalAnswer::Found { remote_id } = answer
            && claims.get(remote_id).is_some_and(|count| *count > 1)
        {
            *answer = JournalAnswer::Unsure;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(remote_id: &str) -> JournalAnswer {
        JournalAnswer::Found { remote_id: remote_id.to_owned() }
    }

    proptest! {
        #[test]
        fn every_attempt_is_asked_about_once_and_none_with_what_is_far(
            begun in proptest::collection::vec(0_i64..3_600_000, 0..60),
        ) {
            let begun: Vec<Timestamp> = begun.into_iter().map(Timestamp).collect();
            let groups = share(&begun);
            let mut places: Vec<usize> = groups.concat();
            places.sort_unstable();
            prop_assert_eq!(places, (0..begun.len()).collect::<Vec<_>>());
            for group in &groups {
                let times = || group.iter().map(|place| begun[*place]);
                let (oldest, newest) = (times().min().unwrap(), times().max().unwrap());
                prop_assert!(newest - oldest <= SHARED_SPAN);
                prop_assert_eq!(begun[group[0]], oldest);
            }
            // No more questions than are needed: each begins where the one before can't reach.
            for pair in groups.windows(2) {
                prop_assert!(begun[pair[1][0]] - begun[pair[0][0]] > SHARED_SPAN);
            }
        }
    }

    #[test]
    fn a_line_that_two_attempts_claim_is_nobodys() {
        let mut answers =
            [found("a"), found("b"), JournalAnswer::Absent, found("a"), JournalAnswer::Unsure];
        claim_once(&mut answers);
        let unsure = JournalAnswer::Unsure;
        let expected = [unsure.clone(), found("b"), JournalAnswer::Absent, unsure.clone(), unsure];
        assert_eq!(answers, expected);
    }
}
