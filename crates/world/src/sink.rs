//! The receivers of reports, and what they got.

use serde::Deserialize;
use vestnik_model::id::{IncomingId, MessageId};

/// The partner's own address.
pub const OWN: &str = "https://partner.example/reports";
/// Where the partner is told what customers write.
pub const MO: &str = "https://partner.example/mo";
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

/// A customer's message that the partner was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// When, from the beginning.
    pub at_ms: i64,
    /// Which message.
    pub incoming: IncomingId,
    /// By whom.
    pub from: String,
    /// Its words.
    pub text: String,
    /// Whether it was taken (2xx), heard or not.
    pub is_taken: bool,
}

/// What arrived, in order.
#[derive(Debug, Default)]
pub struct Sink {
    /// All reports.
    pub arrivals: Vec<Arrival>,
    /// All that customers wrote.
    pub tellings: Vec<Telling>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    mt_num: String,
    status: u8,
    text: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MoBody {
    transaction_id: String,
    source_addr: String,
    #[serde(default)]
    message: String,
}

impl Sink {
    /// Takes in what a customer wrote. `Err` says what is wrong with it.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn take_mo(&mut self, at_ms: i64, body: &[u8], is_taken: bool) -> Result<(), String> {
        let body: MoBody = serde_json::from_slice(body).map_err(|e| e.to_string())?;
        let id = body.transaction_id.parse().map_err(|_| "transactionId is no number")?;
        let (from, text) = (body.source_addr, body.message);
        self.tellings.push(Telling { at_ms, incoming: IncomingId(id), from, text, is_taken });
        Ok(())
    }

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
