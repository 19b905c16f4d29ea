//! What a provider's persona has to do. A new provider is one file with one implementation and
//! one line in [`crate::Twin::new`].

use serde_json::Value;

use crate::{
    bubble::File,
    stage::Stage,
    wire::{WireRequest, WireResponse},
};

/// A request that a persona recognised as its own.
#[derive(Debug, Clone, Default)]
pub struct Claim {
    /// The account it speaks of, if that can be seen.
    pub account: Option<String>,
    /// The call it makes, as the provider names it.
    pub method: String,
}

/// An account that a customer can write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The provider's id of the account.
    pub account: String,
    /// Its messenger.
    pub messenger: &'static str,
    /// The company's number or name there.
    pub address: String,
}

/// What a customer writes.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    /// The account it goes to.
    pub account: String,
    /// The messenger it is written in.
    pub messenger: String,
    /// The customer's number.
    pub from: String,
    /// The text, or a file's caption.
    pub text: String,
    /// Id of the bubble it answers.
    pub quote: Option<String>,
    /// The file, if any.
    pub file: Option<File>,
}

/// One provider.
pub trait Persona: Send {
    /// Its name, as control requests and faults spell it.
    fn name(&self) -> &'static str;

    /// Recognises a request to this provider.
    fn claim(&self, request: &WireRequest) -> Option<Claim>;

    /// Answers a request. `is_again` when a long poll is asked once more: nothing is counted.
    fn answer(&mut self, stage: &mut Stage, request: &WireRequest, is_again: bool) -> WireResponse;

    /// Words an error of that HTTP status as this provider does.
    fn refuse(&self, status: u16, claim: &Claim) -> WireResponse;

    /// Does what it had planned with [`crate::agenda::Deed::Own`].
    fn perform(&mut self, stage: &mut Stage, account: &str, own: u64);

    /// Hears that the status of a bubble to a phone has changed.
    fn changed(&mut self, stage: &mut Stage, seq: u64);

    /// Takes what a customer writes and returns its id.
    fn reply(&mut self, stage: &mut Stage, reply: &Reply) -> Result<String, String>;

    /// The accounts that customers can write to.
    fn lines(&self) -> Vec<Line>;

    /// The accounts as the control door shows them.
    fn accounts(&self, stage: &Stage) -> Vec<Value>;

    /// Changes an account, or makes it. `Err` says what is wrong with the change.
    fn change(&mut self, stage: &mut Stage, account: &str, change: &Value) -> Result<(), String>;
}
