//! Numbers with a special meaning.
//!
//! `79991` and a code in six digits raises that code: `79991131026` is not on WhatsApp,
//! `79991131047` is outside the window, `79991131056` has had too many, `79991130429` hits the
//! number's throughput, `79991000190` finds the token expired, `79991000368` the account blocked.
//! Codes that come late (131026, 131047, 131049, 131050, 131053, 130472, 131043, 131014, 135000)
//! come in a `failed` status, all others as the answer.
//!
//! | Number | What happens |
//! | --- | --- |
//! | `79992000200` | accepted, then silence |
//! | `79992000201` | `sent`, never delivered |
//! | `79992000408` | takes effect; the answer comes after ten minutes |
//! | `79992000498`, `79992000499` | the connection is cut before, or after it took effect |
//! | `79992000500`, `79992000502` | answered so, without effect, or with it |

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
        if let Some(code) = number.strip_prefix("79991").filter(|code| code.len() == 6)
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
            "79992000200" => Self::Silent,
            "79992000201" => Self::SentOnly,
            "79992000408" => Self::Hang,
            "79992000498" => Self::CutBefore,
            "79992000499" => Self::CutAfter,
            "79992000500" => Self::ServerError,
            "79992000502" => Self::BadGateway,
            _ => Self::None,
        }
    }
}
