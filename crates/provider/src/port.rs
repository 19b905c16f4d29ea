//! The port itself.

use crate::{
    checklist::Item,
    chore::{Chore, Finding, Progress},
    descriptor::{Channel, Descriptor, FileBy},
    incoming::{Incoming, Person},
    wire::{Inbound, Reply, Request, Trouble},
};
use std::{future::Future, pin::Pin};
use vestnik_model::{
    account::Account,
    content::Content,
    file::File,
    id::MessageId,
    outcome::{Outcome, ReceiptKind},
    phone::Phone,
    time::{Millis, Timestamp},
};

/// Translates between our values and one provider's bytes. No I/O, no clock, no state.
pub trait Provider: Send + Sync {
    /// What it declares about itself.
    fn descriptor(&self) -> &'static Descriptor;

    /// How a channel wants this very file: as [`Channel::file_by`] says, unless the provider would
    /// not fetch such a file from an address, or the account takes nothing else.
    fn file_by(&self, _account: &Account, channel: &Channel, _file: &File) -> FileBy {
        channel.file_by
    }

    /// What has to be done outside of Vestnik before an account can work, in order.
    fn checklist(&self) -> &'static [Item] {
        &[]
    }

    /// The first call of a send.
    fn submit(&self, account: &Account, submission: &Submission<'_>) -> Next;

    /// What follows the answer to a step of a send.
    fn resume(
        &self,
        account: &Account,
        submission: &Submission<'_>,
        step: &Step,
        reply: &Reply,
    ) -> Next;

    /// Asks the provider's journal what became of an attempt whose answer was lost; the first
    /// step is [`Step::FIRST`]. `None` if it keeps none.
    ///
    /// Attempts of an account for which this gives the same request share its answer. To that end
    /// it is asked as for the one of them that began first: what it reads of
    /// [`Attempt::started_at`] may only widen the question.
    fn inquire(&self, account: &Account, attempt: &Attempt<'_>, step: &Step) -> Option<Request>;

    /// What the journal's answer to a step says of the attempt.
    fn inquired(
        &self,
        account: &Account,
        attempt: &Attempt<'_>,
        step: &Step,
        reply: &Reply,
    ) -> Verdict;

    /// The same for all attempts that share an answer: one whose journal is the account's reads it
    /// once, however many are asked about.
    fn read_journal<'a>(
        &'a self,
        account: &'a Account,
        step: &'a Step,
        reply: &'a Reply,
    ) -> JournalPage<'a> {
        Box::new(move |attempt| self.inquired(account, attempt, step, reply))
    }

    /// Reads a webhook. Never panics, whatever the bytes.
    fn receive(&self, account: &Account, inbound: &Inbound<'_>) -> Reception;

    /// Whether a webhook that came to an address shared by all accounts of this provider is meant
    /// for this account. Says nothing about authenticity.
    fn is_for(&self, _account: &Account, _inbound: &Inbound<'_>) -> bool {
        false
    }

    /// The first call of a chore, or at once what it comes to.
    fn begin(&self, account: &Account, chore: &Chore<'_>) -> Progress;

    /// What follows the answer to a step of a chore.
    fn proceed(
        &self,
        _account: &Account,
        _chore: &Chore<'_>,
        _step: &Step,
        _reply: &Reply,
    ) -> Progress {
        Progress::Done(Finding::Unsupported)
    }

    /// An address by which a customer opens a chat with this account, carrying `payload` with it
    /// (letters, digits, `_`, `-`; at most 64): `https://t.me/bot?start=PAYLOAD`. `None` if the
    /// messenger has none.
    fn deep_link(&self, _account: &Account, _payload: &str) -> Option<String> {
        None
    }
}

/// Whom a part goes to, as the messenger knows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To<'a> {
    /// A person by their number.
    Phone(Phone),
    /// A person's chat by the provider's id of it.
    Person(&'a str),
    /// A group by the provider's id of it.
    Group(&'a str),
}

/// The file of a part, where the channel wants it. See [`crate::descriptor::FileBy`].
#[derive(Debug, Clone, Copy)]
pub struct Payload<'a> {
    /// What it is called, with an ending that fits its bytes.
    pub name: &'a str,
    /// Its media type, found in its bytes.
    pub mime: &'a str,
    /// Its bytes, if the channel wants them; else empty.
    pub bytes: &'a [u8],
    /// Where the provider can fetch it, if the channel wants an address; else empty.
    pub url: &'a str,
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
    pub to: To<'a>,
    /// What the bubble holds.
    pub content: &'a Content,
    /// Its file, if the content is one.
    pub file: Option<Payload<'a>>,
    /// The provider's id of the bubble it answers.
    pub quote: Option<&'a str>,
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

/// An answer of a journal: what it says of any attempt that was asked about.
pub type JournalPage<'a> = Box<dyn Fn(&Attempt<'_>) -> Verdict + Send + 'a>;

/// Which call of a dialogue an answer belongs to. The adapter numbers them, and may give itself a
/// note to take along (the id of an upload): it has no other memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The adapter's number of the call.
    pub number: u8,
    /// What it wants to remember from earlier answers; no secret of the account.
    pub note: String,
}

impl Step {
    /// The first call.
    pub const FIRST: Self = Self { number: 0, note: String::new() };

    /// The call of that number, with nothing to remember.
    #[must_use]
    pub const fn new(number: u8) -> Self {
        Self { number, note: String::new() }
    }

    /// The same call with a note.
    #[must_use]
    pub fn with(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// The call after this one, with the same note.
    #[must_use]
    pub fn next(&self) -> Self {
        Self { number: self.number.saturating_add(1), note: self.note.clone() }
    }
}

/// What to do next with a send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Send this and come back with the answer.
    Call(Call),
    /// That is all.
    Done(Outcome),
}

/// A call of a send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Which call it is.
    pub step: Step,
    /// The request.
    pub request: Request,
    /// How long to wait before it (an upload is not ready yet).
    pub after: Millis,
    /// Whether the customer may see something of it. If the answer to another call is lost (an
    /// upload), surely nothing was sent.
    pub is_visible: bool,
}

impl Next {
    /// The call that makes the bubble appear.
    #[must_use]
    pub fn send(step: Step, request: Request) -> Self {
        Self::Call(Call { step, request, after: Millis(0), is_visible: true })
    }

    /// A call that only prepares.
    #[must_use]
    pub fn prepare(step: Step, request: Request) -> Self {
        Self::Call(Call { step, request, after: Millis(0), is_visible: false })
    }

    /// The same call, after a pause.
    #[must_use]
    pub fn after(self, pause: Millis) -> Self {
        match self {
            Self::Call(call) => Self::Call(Call { after: pause, ..call }),
            Self::Done(outcome) => Self::Done(outcome),
        }
    }
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
    /// The provider makes sure that we are there: answer this, keep nothing.
    Handshake {
        /// HTTP status.
        status: u16,
        /// The body, plain text.
        body: String,
    },
    /// Understood; answered with [`Descriptor::webhook_answer`].
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
    /// All our bubbles of a chat up to this one (ids are whole numbers that grow) were opened.
    ReadUpTo {
        /// The provider's id of the chat.
        chat: String,
        /// The provider's id of the last one.
        remote_id: String,
        /// When, by the provider's clock.
        at: Option<Timestamp>,
    },
    /// Somebody wrote something. The same id with other content is an update.
    Message(Box<Incoming>),
    /// A bubble's words were changed by its author.
    Edited {
        /// The provider's id of the chat.
        chat: String,
        /// The provider's id of the bubble.
        remote_id: String,
        /// The new words.
        text: String,
        /// When, by the provider's clock.
        at: Option<Timestamp>,
    },
    /// A bubble was taken back by its author.
    Deleted {
        /// The provider's id of the chat, empty if it is not told.
        chat: String,
        /// The provider's id of the bubble.
        remote_id: String,
        /// When, by the provider's clock.
        at: Option<Timestamp>,
    },
    /// Somebody reacted to a bubble.
    Reaction {
        /// The provider's id of the chat.
        chat: String,
        /// The provider's id of the bubble, ours or theirs.
        remote_id: String,
        /// The sign; `None` = taken away.
        emoji: Option<String>,
        /// When, by the provider's clock.
        at: Option<Timestamp>,
    },
    /// A person opened the chat with our bot: from now on they can be written to.
    Started {
        /// The provider's id of the chat.
        chat: String,
        /// Who.
        person: Person,
        /// What the deep link carried.
        payload: Option<String>,
        /// When, by the provider's clock.
        at: Option<Timestamp>,
    },
    /// A person does not want us any more: they can't be written to.
    Stopped {
        /// The provider's id of the chat.
        chat: String,
        /// When, by the provider's clock.
        at: Option<Timestamp>,
    },
    /// The account's state changed.
    Account(AccountState),
    /// A template's moderation has come to something.
    Template {
        /// Its name or id.
        id: String,
        /// The provider's word for its state.
        state: String,
    },
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
