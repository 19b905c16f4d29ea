//! Numbers with a special meaning.
//!
//! `799930` and a code in five digits raises that code: `79993063003` is not on WhatsApp,
//! `79993063016` is outside the window, `79993021610` has unsubscribed, `79993020429` is too fast.
//! Codes of the channel come in a status callback, the others as the answer.
//!
//! | Number | What happens |
//! | --- | --- |
//! | `79994000200` | accepted, then silence |
//! | `79994000201` | `sent`, never delivered |
//! | `79994000408` | takes effect; the answer comes after ten minutes |
//! | `79994000498`, `79994000499` | the connection is cut before, or after it took effect |
//! | `79994000500`, `79994000502` | answered so, without effect, or with it |

use super::refusal;

/// How long the slow number makes one wait.
pub const HANG_MS: u64 = 600_000;

/// What becomes of a send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Magic {
    /// Whatever the phone decides.
    None,
    /// Answered with a code.
    Refused(u32),
    /// Fails later with a code.
    Failed(u32),
    /// No status ever.
    Silent,
    /// Never delivered.
    SentOnly,
    /// Takes effect; the answer comes much too late.
    Hang,
    /// The connection is cut, without effect.
    CutBefore,
    /// The connection is cut, with effect.
    CutAfter,
    /// 500, without effect.
    ServerError,
    /// 502, with effect.
    BadGateway,
}

impl Magic {
    /// What a send to that number meets.
    pub fn of(number: &str) -> Self {
        if let Some(code) = number.strip_prefix("799930").filter(|code| code.len() == 5)
            && let Ok(code) = code.parse()
            && refusal::is_known(code)
        {
            return if refusal::comes_later(code) {
                Self::Failed(code)
            } else {
                Self::Refused(code)
            };
        }
        match number {
            "79994000200" => Self::Silent,
            "79994000201" => Self::SentOnly,
            "79994000408" => Self::Hang,
            "79994000498" => Self::CutBefore,
            "79994000499" => Self::CutAfter,
            "79994000500" => Self::ServerError,
            "79994000502" => Self::BadGateway,
            _ => Self::None,
        }
    }
}
