//! The port itself.

use crate::{
    descriptor::Descriptor,
    wire::{Inbound, Reply, Request, Trouble},
};
use std::{future::Future, pin::Pin};
use vestnik_model::{
    account::Account,
    content::Content,
    id::MessageId,
    outcome::{Outcome, ReceiptKind},
    phone::Phone,
    time::Timestamp,
};

/// Translates between our values and one provider's bytes. No I/O, no clock, no state.
pub trait Provider: Send + Sync {
    /// What it declares about itself.
    fn descriptor(&self) -> &'static Descriptor;

    /// The request that tells whether an account is alive.
    fn check(&self, account: &Account) -> Request;

    /// What the answer to [`Provider::check`] says.
    fn checked(&self, account: &Account, reply: &Reply) -> AccountState;

    /// The first call of a send.
    fn submit(&self, account: &Account, submission: &Submission<'_>) -> Next;

    /// What follows the answer to a step of a send.
    fn resume(
        &self,
        account: &Account,
        submission: &Submission<'_>,
        step: Step,
        reply: &Reply,
    ) -> Next;

    /// Asks the provider's journal what became of an attempt whose answer was lost; the first
    /// step is [`Step::FIRST`]. `None` if it keeps none.
    fn inquire(&self, account: &Account, attempt: &Attempt<'_>, step: Step) -> Option<Request>;

    /// What the journal's answer to a step says of the attempt.
    fn inquired(
        &self,
        account: &Account,
        attempt: &Attempt<'_>,
        step: Step,
        reply: &Reply,
    ) -> Verdict;

    /// Reads a webhook. Never panics, whatever the bytes.
    fn receive(&self, account: &Account, inbound: &Inbound<'_>) -> Reception;
}

/// One part to be sent.
#[derive(Debug, Clone, Copy)]
pub struct Submission<'a> {
    /// The message it belongs to.
    pub message: MessageId,
    /// A key that is the same for every attempt of this part and different for every other part:
    /// for providers that drop repeats.
    pub key: u64,
    /// The recipient.
    pub recipient: Phone,
    /// What the bubble holds.
    pub content: &'a Content,
}

/// An attempt whose answer was lost.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// What was being sent.
    pub submission: Submission<'a>,
    /// When the first byte may have left.
    pub started_at: Timestamp,
    /// The present.
    pub now: Timestamp,
}

/// Which call of a multi-step send an answer belongs to. The adapter numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step(pub u8);

impl Step {
    /// The first call.
    pub const FIRST: Self = Self(0);

    /// The call after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// What to do next with a send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Send this and come back with the answer.
    Call {
        /// Which call it is.
        step: Step,
        /// The request.
        request: Request,
    },
    /// That is all.
    Done(Outcome),
}

/// What a provider's journal says about an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It arrived there under this id.
    Found {
        /// The provider's id of the bubble.
        remote_id: String,
    },
    /// It surely did not arrive there: it may be sent again.
    Absent,
    /// The journal can't tell (yet).
    Unsure,
    /// Another call is needed to tell.
    Ask(Step),
}

/// Whether an account can send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountState {
    /// It can.
    Ready,
    /// It can't just now, and may by itself later.
    Waiting {
        /// Why.
        detail: String,
    },
    /// It can't until somebody acts.
    Broken {
        /// Why.
        detail: String,
    },
}

/// What a webhook is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reception {
    /// Its secret is wrong or missing: answer 401, keep nothing.
    Forged,
    /// Authentic, but not understood: keep the bytes, answer 200.
    Unreadable {
        /// Why.
        detail: String,
    },
    /// Understood.
    Understood(Vec<Word>),
}

/// One thing a webhook says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// About a bubble we sent.
    Receipt {
        /// The provider's id of the bubble.
        remote_id: String,
        /// What became of it.
        kind: ReceiptKind,
        /// When, by the provider's clock.
        at: Option<Timestamp>,
    },
    /// A customer (or our own phone) wrote something.
    Message {
        /// The provider's id of the bubble.
        remote_id: String,
        /// When, by the provider's clock.
        at: Option<Timestamp>,
    },
    /// The account's state changed.
    Account(AccountState),
    /// Known, and of no interest.
    Nothing,
}

/// The answer to a request in flight.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Reply, Trouble>> + Send + 'a>>;

/// Carries requests to the world. The product has one (guarded, pooled); the deterministic world
/// has another.
pub trait Transport: Send + Sync {
    /// Sends a request to a provider's host and reads the answer whole.
    fn call(&self, request: Request) -> Answer<'_>;

    /// Sends a request to an address somebody gave us (a `notifyUrl`): guarded against addresses
    /// of the inner network.
    fn call_untrusted(&self, request: Request) -> Answer<'_>;
}
