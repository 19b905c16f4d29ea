//! Numbers whose messages meet a trouble on the wire, for tests that cannot reach the control
//! door: `7999000` and four digits. Which of them a persona knows, and what further ones, its own
//! table says.

use crate::wire::{Cut, WireResponse};

/// How long the slow number makes one wait.
pub const HANG_MS: u64 = 600_000;
const PREFIX: &str = "7999000";

/// How a call that sends is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// As usual.
    Ordinary,
    /// Too many calls, without effect (`0429`).
    TooFast,
    /// A server error, without effect (`0500`).
    ServerError,
    /// The connection is cut, without effect (`0498`).
    CutBefore,
    /// The connection is cut, with effect (`0499`).
    CutAfter,
    /// Takes effect; the answer comes much too late (`0408`).
    Hang,
    /// 502 from the web server in front, with effect (`0502`).
    BadGateway,
}

/// The four digits of a number with a special meaning.
pub fn code_of(number: &str) -> Option<&str> {
    number.strip_prefix(PREFIX).filter(|code| code.len() == 4)
}

impl Door {
    /// How a send to that number is answered.
    pub fn of(number: &str) -> Self {
        match code_of(number) {
            Some("0408") => Self::Hang,
            Some("0429") => Self::TooFast,
            Some("0498") => Self::CutBefore,
            Some("0499") => Self::CutAfter,
            Some("0500") => Self::ServerError,
            Some("0502") => Self::BadGateway,
            _ => Self::Ordinary,
        }
    }

    /// What becomes of the answer once the call took effect.
    pub fn dress(self, answer: WireResponse) -> WireResponse {
        match self {
            Self::Hang => answer.delayed(HANG_MS),
            Self::CutAfter => answer.cut(Cut::After),
            Self::BadGateway => bad_gateway(502),
            Self::Ordinary | Self::TooFast | Self::ServerError | Self::CutBefore => answer,
        }
    }
}

/// What the web server in front of a provider answers when it cannot reach it.
pub fn bad_gateway(status: u16) -> WireResponse {
    let title = match status {
        502 => "502 Bad Gateway",
        503 => "503 Service Unavailable",
        504 => "504 Gateway Time-out",
        _ => "Error",
    };
    let text = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1>\
         </center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    WireResponse::bytes(status, "text/html", text.as_bytes())
}
