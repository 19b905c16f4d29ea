//! Why a step happened: one value for every transition, with its sentence in the catalogue
//! ([`crate::explain`]).

use serde::{Deserialize, Serialize};
use vestnik_model::{
    outcome::{Failure, ReceiptKind},
    time::Timestamp,
};

/// The reason of one transition. Stored in the journal as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Cause {
    /// Taken from the partner; the first link is released.
    Accepted {
        /// When it may leave.
        due: Timestamp,
    },
    /// The same id came again with another body: the first one counts.
    RepeatedDifferently,
    /// The provider took a part.
    Submitted {
        /// Which link.
        link: u8,
        /// Which part of it.
        part: u8,
        /// The provider's id.
        remote_id: String,
    },
    /// The provider can't take it now.
    Deferred {
        /// Which link.
        link: u8,
        /// When it is tried again.
        until: Timestamp,
        /// The provider's words.
        detail: String,
    },
    /// Deferred so long that the link's time is over, or too often.
    GaveUp {
        /// Which link.
        link: u8,
        /// The last words.
        detail: String,
    },
    /// The provider refused it for good.
    Refused {
        /// Which link.
        link: u8,
        /// Why.
        failure: Failure,
    },
    /// The answer was lost: it may have been sent.
    AnswerLost {
        /// Which link.
        link: u8,
        /// What is done about it.
        then: UnknownThen,
        /// What happened on the wire.
        detail: String,
    },
    /// The hub stopped in the middle of an attempt: it may have been sent.
    Orphaned {
        /// Which link.
        link: u8,
        /// What is done about it.
        then: UnknownThen,
    },
    /// The provider's journal says it did arrive there.
    FoundInJournal {
        /// Which link.
        link: u8,
        /// The provider's id.
        remote_id: String,
    },
    /// The provider's journal says it did not arrive there: it is sent again.
    AbsentInJournal {
        /// Which link.
        link: u8,
        /// When it is tried again.
        until: Timestamp,
    },
    /// The provider's journal can't tell.
    JournalUnsure {
        /// Which link.
        link: u8,
        /// What is done about it.
        then: UnknownThen,
    },
    /// The provider said something about a bubble.
    Receipt {
        /// Which link.
        link: u8,
        /// What it said.
        kind: ReceiptKind,
        /// Whether a later link was called off by it.
        called_off: bool,
    },
    /// A link's lifetime ran out.
    LinkExpired {
        /// Which link.
        link: u8,
        /// What it waited for.
        waited_for: WaitedFor,
        /// Whether another link follows.
        next: bool,
    },
    /// The sender's pace would not let the link go before its time is over: the next one goes at
    /// once.
    OutOfReach {
        /// Which link.
        link: u8,
        /// Before when it could not have gone.
        not_before: Timestamp,
    },
    /// Called back.
    Cancelled,
    /// Nothing came of it: too late, too early, or known already.
    NothingNew,
}

/// What is done about an attempt whose answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownThen {
    /// The provider's journal is asked at this time.
    Inquire(Timestamp),
    /// It is sent again at this time: the provider drops repeats, or the account allows doubles.
    Resend(Timestamp),
    /// It is left alone until the link's time is over.
    Hold,
}

/// What a link that ran out of time was waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitedFor {
    /// For the provider to take it.
    Acceptance,
    /// For the deadline of the whole message.
    Deadline,
    /// To find out whether it was sent.
    Certainty,
    /// For the word that it is on the device.
    Delivery,
    /// For the word that it was opened.
    Reading,
}
