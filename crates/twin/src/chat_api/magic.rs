//! Numbers with a special meaning, for tests that cannot reach the control door: `7999000` and
//! four digits. Every other number is an ordinary phone.
//!
//! | Number | What happens |
//! | --- | --- |
//! | `79990000200` | accepted, and no `ack` ever |
//! | `79990000201` | handed to the messenger, never delivered |
//! | `79990000429` | the send is answered with 429 |
//! | `79990000498` | the connection is cut, without effect |
//! | `79990000499` | the connection is cut, with effect |
//! | `79990000500` | the send is answered with 500, without effect |
//! | `79990000502` | the send is answered with 502, with effect |

const PREFIX: &str = "7999000";

/// What becomes of a message once it leaves the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Whatever the phone decides.
    Ordinary,
    /// No status ever.
    Silent,
    /// Never delivered.
    SentOnly,
}

/// How a call that sends is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// As usual.
    Ordinary,
    /// 429, without effect.
    TooFast,
    /// 500, without effect.
    ServerError,
    /// The connection is cut, without effect.
    CutBefore,
    /// The connection is cut, with effect.
    CutAfter,
    /// 502, with effect.
    BadGateway,
}

impl Fate {
    /// The fate of what goes to that number.
    pub fn of(number: &str) -> Self {
        match number.strip_prefix(PREFIX) {
            Some("0200") => Self::Silent,
            Some("0201") => Self::SentOnly,
            _ => Self::Ordinary,
        }
    }
}

impl Door {
    /// How a send to that number is answered.
    pub fn of(number: &str) -> Self {
        match number.strip_prefix(PREFIX) {
            Some("0429") => Self::TooFast,
            Some("0498") => Self::CutBefore,
            Some("0499") => Self::CutAfter,
            Some("0500") => Self::ServerError,
            Some("0502") => Self::BadGateway,
            _ => Self::Ordinary,
        }
    }
}
