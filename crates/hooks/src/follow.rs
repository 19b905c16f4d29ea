//! What is done with a notice after it left: how long the provider is asked what became of it,
//! whether it is sent once more, and when it is closed.

use vestnik_model::{
    status::Status,
    time::{Millis, Timestamp},
};

/// The provider's records are asked so long after its acceptance, where its webhooks don't come to
/// us; after the last time the notice is closed as not confirmed.
pub const ASKS: [Millis; 4] =
    [Millis::seconds(10), Millis::minutes(1), Millis::minutes(5), Millis::minutes(30)];
/// A message that was not delivered is sent once more so long after its acceptance …
pub const REPEAT_AFTER: Millis = Millis::seconds(10);
/// … and if the records don't show it as sent by then, they are asked again this often …
pub const REPEAT_AGAIN: Millis = Millis::seconds(10);
/// … until this long after its acceptance; then it is not sent again.
pub const REPEAT_UNTIL: Millis = Millis::minutes(2);
/// A message that waits for its provider is looked at this often.
const WAIT: Millis = Millis::seconds(30);
/// One whose receipts come by webhooks is looked at this often: its end rings by itself.
const QUIET: Millis = Millis::minutes(30);
/// After so long a notice is closed, whatever it waits for: the message's own lifetime is shorter.
const AGE_MAX: Millis = Millis::hours(8 * 24);

/// What is known at a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// The present.
    pub now: Timestamp,
    /// When the message was made.
    pub made_at: Timestamp,
    /// Its status.
    pub status: Status,
    /// When the provider took it, if it did.
    pub accepted_at: Option<Timestamp>,
    /// Whether its account's webhooks come to us.
    pub hears: bool,
    /// Whether nothing more will come of it: the provider tells nothing of delivery.
    pub is_over: bool,
    /// Whether it is to be sent once more if it is not delivered, and this is not settled yet.
    pub may_repeat: bool,
    /// What the provider's records say, if they were asked at this look.
    pub records: Option<Records>,
}

/// What the provider's records say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Records {
    /// They can't be asked, or not now.
    Silent,
    /// The message waits there, or is not listed yet.
    Waiting,
    /// It was handed to the messenger, and not more.
    Sent,
    /// It was delivered, or has failed: its status says so by now.
    Final,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// Ask the provider's records, and look again with their answer.
    Ask,
    /// Send the message once more; look again at this time.
    Repeat {
        /// When.
        look_at: Timestamp,
    },
    /// Look again at this time. `gives_up_repeat`: it will not be sent once more.
    Wait {
        /// When.
        look_at: Timestamp,
        /// Whether the question of sending it once more is settled: no.
        gives_up_repeat: bool,
    },
    /// The customer has it.
    Delivered,
    /// It has failed: a person must know.
    Failed,
    /// It was taken, and nothing more can be learnt.
    Unconfirmed,
}

/// Decides what to do with a notice.
#[must_use]
pub fn decide(look: &Look) -> Move {
    match look.status {
        Status::Delivered | Status::Read => return Move::Delivered,
        Status::Failed | Status::Expired | Status::Cancelled => return Move::Failed,
        Status::Queued | Status::Submitting | Status::Sent => {}
    }
    let Some(accepted_at) = look.accepted_at else {
        return match look.now - look.made_at > AGE_MAX {
            true => Move::Unconfirmed,
            false => wait(look.now + WAIT),
        };
    };
    let age = look.now - accepted_at;
    if look.may_repeat {
        return repeat(look, accepted_at, age);
    }
    if look.hears {
        return match look.is_over || age > AGE_MAX {
            true => Move::Unconfirmed,
            false => wait(look.now + QUIET),
        };
    }
    // Which of the times has come is told by the age: nothing has to be counted.
    match (look.records, ASKS.iter().find(|after| age < **after)) {
        (Some(_), Some(next)) => wait(accepted_at + *next),
        (Some(_), None) => Move::Unconfirmed,
        (None, Some(next)) if *next == ASKS[0] => wait(accepted_at + *next),
        (None, _) => Move::Ask,
    }
}

/// Sends once more only what the records show as sent, exactly.
fn repeat(look: &Look, accepted_at: Timestamp, age: Millis) -> Move {
    if age < REPEAT_AFTER {
        return wait(accepted_at + REPEAT_AFTER);
    }
    let next = look.now + REPEAT_AGAIN;
    let give_up = Move::Wait { look_at: look.now + REPEAT_AGAIN, gives_up_repeat: true };
    match look.records {
        None if age.0 >= REPEAT_UNTIL.0 + REPEAT_AGAIN.0 => give_up,
        None => Move::Ask,
        Some(Records::Sent) => Move::Repeat { look_at: next },
        Some(Records::Waiting) if age < REPEAT_UNTIL => wait(next),
        Some(Records::Waiting | Records::Silent | Records::Final) => give_up,
    }
}

fn wait(look_at: Timestamp) -> Move {
    Move::Wait { look_at, gives_up_repeat: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: Timestamp = Timestamp(1_800_000_000_000);

    fn look(age: Millis) -> Look {
        Look {
            now: T + age,
            made_at: T,
            status: Status::Sent,
            accepted_at: Some(T),
            hears: false,
            is_over: true,
            may_repeat: false,
            records: None,
        }
    }

    fn at(after: Millis) -> Move {
        wait(T + after)
    }

    #[test]
    fn what_the_status_says_counts_first() {
        for (status, expected) in [
            (Status::Delivered, Move::Delivered),
            (Status::Read, Move::Delivered),
            (Status::Failed, Move::Failed),
            (Status::Expired, Move::Failed),
            (Status::Cancelled, Move::Failed),
        ] {
            let may_repeat = true;
            assert_eq!(decide(&Look { status, may_repeat, ..look(Millis(0)) }), expected);
        }
    }

    #[test]
    fn foreign_records_are_asked_four_times_and_then_believed_to_be_silent() {
        let mut asked = Vec::new();
        let mut now = Millis(1_500);
        let end = loop {
            let mut seen = look(now);
            let mut next = decide(&seen);
            if next == Move::Ask {
                asked.push(now);
                seen.records = Some(Records::Sent);
                next = decide(&seen);
            }
            match next {
                Move::Wait { look_at, .. } => now = look_at - T,
                other @ (Move::Ask
                | Move::Repeat { .. }
                | Move::Delivered
                | Move::Failed
                | Move::Unconfirmed) => break other,
            }
        };
        assert_eq!(asked, ASKS);
        assert_eq!(end, Move::Unconfirmed);
    }

    #[test]
    fn it_is_sent_once_more_if_the_records_show_exactly_sent() {
        let repeating = |age, records| Look { may_repeat: true, records, ..look(age) };
        assert_eq!(decide(&repeating(Millis::seconds(3), None)), at(REPEAT_AFTER));
        let ten = Millis::seconds(10);
        assert_eq!(decide(&repeating(ten, None)), Move::Ask);
        assert_eq!(
            decide(&repeating(ten, Some(Records::Sent))),
            Move::Repeat { look_at: T + Millis::seconds(20) }
        );
        assert_eq!(decide(&repeating(ten, Some(Records::Waiting))), at(Millis::seconds(20)));
    }

    #[test]
    fn it_is_not_sent_once_more_blindly() {
        let repeating = |age, records| Look { may_repeat: true, records, ..look(age) };
        let is_given_up =
            |seen: Look| matches!(decide(&seen), Move::Wait { gives_up_repeat: true, .. });
        let ten = Millis::seconds(10);
        assert!(is_given_up(repeating(ten, Some(Records::Silent))), "nobody can tell");
        assert!(is_given_up(repeating(ten, Some(Records::Final))), "it has come to an end");
        assert!(is_given_up(repeating(REPEAT_UNTIL, Some(Records::Waiting))), "it still waits");
        let late = Look { records: None, ..repeating(Millis::minutes(20), None) };
        assert!(is_given_up(late), "nobody looked for a long time");
    }

    #[test]
    fn where_webhooks_come_to_us_they_are_waited_for() {
        let hearing = Look { hears: true, is_over: false, ..look(Millis::minutes(1)) };
        assert!(matches!(decide(&hearing), Move::Wait { gives_up_repeat: false, .. }));
        assert_eq!(decide(&Look { is_over: true, ..hearing }), Move::Unconfirmed);
        let waiting = Look { accepted_at: None, status: Status::Queued, ..hearing };
        assert!(matches!(decide(&waiting), Move::Wait { .. }));
    }
}
