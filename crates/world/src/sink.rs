//! The receivers of reports, and what they got.

use serde::Deserialize;
use vestnik_model::id::MessageId;

/// The partner's own address.
pub const OWN: &str = "https://partner.example/reports";
/// An address that a call may give.
pub const OF_CALL: &str = "https://other.example/reports";
/// An address that a call may give and that can't be used.
pub const UNUSABLE: &str = "https://unusable.example/reports";

/// One report that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// When, from the beginning.
    pub at_ms: i64,
    /// Where.
    pub url: String,
    /// Of which message.
    pub message: MessageId,
    /// What it says: 0, 2, 5 or 9.
    pub status: u8,
    /// The content of the link it is about.
    pub text: String,
    /// Whether it was taken (2xx), heard or not.
    pub is_taken: bool,
}

/// What arrived, in order.
#[derive(Debug, Default)]
pub struct Sink {
    /// All of it.
    pub arrivals: Vec<Arrival>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    mt_num: String,
    status: u8,
    text: String,
}

impl Sink {
    /// Takes in a report. `Err` says what is wrong with it.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn take(
        &mut self,
        at_ms: i64,
        url: &str,
        body: &[u8],
        is_taken: bool,
    ) -> Result<(), String> {
        let body: Body = serde_json::from_slice(body).map_err(|e| e.to_string())?;
        let message = MessageId(body.mt_num.parse().map_err(|_| "mtNum is no number")?);
        let (url, text) = (url.to_owned(), body.text);
        let arrival = Arrival { at_ms, url, message, status: body.status, text, is_taken };
        self.arrivals.push(arrival);
        Ok(())
    }
}
