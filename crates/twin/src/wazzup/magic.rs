//! Numbers with a special meaning. Where people are known by other ids, the number behind counts.
//!
//! `79995001` and three digits is refused at once, by the place of the code in the documents' list
//! of the message routes; `79995002` and three digits fails later:
//!
//! | Number | Code | Number | Code |
//! | --- | --- | --- | --- |
//! | `79995001005` | `MESSAGE_TEXT_TOO_LONG` | `79995002000` | `BAD_CONTACT` |
//! | `79995001012` | `MESSAGE_DOWNLOAD_CONTENT_ERROR` | `79995002001` | `24_HOURS_EXCEEDED` |
//! | `79995001015` | `CHANNEL_BLOCKED` | `79995002002` | `7_DAYS_EXCEEDED` |
//! | `79995001017` | `CHANNEL_NO_MONEY` | `79995002003` | `SPAM` |
//! | `79995001020` | `MESSAGE_CHANNEL_UNAVAILABLE` | `79995002004` | `TOO_MANY_EXT_REQS` |
//! | `79995001021` | `MESSAGES_NOT_TEXT_FIRST` | `79995002005` | `WRONG_CONTENT` |
//! | `79995001022` | `MESSAGES_IS_SPAM` | `79995002006` | `TOO_LONG_TEXT` |
//! | `79995001024` | `BAD_CONTACT` | `79995002007` | `BAD_LINK` |
//! | `79995001027` | `TEMPLATE_REJECTED` | `79995002008` | `TOO_BIG_CONTENT` |
//! | `79995001028` | `MESSAGES_CAN_NOT_ADD` | `79995002009` | `MESSAGE_CANCELLED` |
//! | `79995001029` | `UNKNOWN_ERROR` | `79995002010` | `CONTENT_CONVERSION_ERROR` |
//! | | | `79995002011` | `CHANNEL_REJECTED` |
//! | | | `79995002012` | `GENERAL_ERROR` |
//! | | | `79995002013` | `UNKNOWN_ERROR` |
//!
//! `79990000200` is accepted and never spoken of again, `79990000201` sent and never delivered;
//! `79990000408`, `…429`, `…498`, `…499`, `…500`, `…502` meet a trouble on the wire, see
//! [`crate::door::Door`].

use super::refusal::code_at;
use crate::door::code_of;

/// Codes that come late.
const LATE: [&str; 14] = [
    "BAD_CONTACT",
    "24_HOURS_EXCEEDED",
    "7_DAYS_EXCEEDED",
    "SPAM",
    "TOO_MANY_EXT_REQS",
    "WRONG_CONTENT",
    "TOO_LONG_TEXT",
    "BAD_LINK",
    "TOO_BIG_CONTENT",
    "MESSAGE_CANCELLED",
    "CONTENT_CONVERSION_ERROR",
    "CHANNEL_REJECTED",
    "GENERAL_ERROR",
    "UNKNOWN_ERROR",
];

/// What becomes of a message to a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Whatever the phone decides.
    Ordinary,
    /// No status ever.
    Silent,
    /// Never delivered.
    SentOnly,
    /// Fails with a code.
    Failed(&'static str),
}

impl Fate {
    /// What becomes of a message to that number.
    pub fn of(number: &str) -> Self {
        let late = number.strip_prefix("79995002").filter(|place| place.len() == 3);
        let late = late.and_then(|place| LATE.get(place.parse::<usize>().ok()?).copied());
        match (late, code_of(number)) {
            (Some(code), _) => Self::Failed(code),
            (None, Some("0200")) => Self::Silent,
            (None, Some("0201")) => Self::SentOnly,
            (None, _) => Self::Ordinary,
        }
    }
}

/// The code by which a send to that number is refused at once.
pub fn refused(number: &str) -> Option<&'static str> {
    let place = number.strip_prefix("79995001").filter(|place| place.len() == 3)?;
    code_at(place.parse().ok()?)
}
