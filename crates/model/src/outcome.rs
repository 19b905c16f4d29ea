//! What a provider's answer to a submission means for us.

use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// Whose fault a refusal is: it decides the next move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blame {
    /// The content: too long, wrong kind, filtered. The next link may hold another.
    Content,
    /// The recipient: no such account in the messenger, or blocked us. Next link at once.
    Recipient,
    /// The messenger's service window is closed (24 hours without a word of the customer).
    Window,
    /// Our sender: not a member of the group, not allowed to write to this recipient.
    Sender,
    /// Our account: wrong credentials, blocked, expired, quota used up. The account is paused.
    Account,
    /// The provider: it can't, and does not say more.
    Provider,
}

/// Why something failed, in a form that can be stored, counted and reported.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Failure {
    /// Whose fault.
    pub blame: Blame,
    /// What exactly, as a closed set.
    pub reason: Reason,
    /// The provider's own words, shortened, secrets removed. For people only.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// The closed set of reasons for a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The recipient has no account in this messenger.
    NoAccount,
    /// The recipient refuses us, or can't be reached for good.
    Barred,
    /// The recipient's chat is not known: they have not written to this account yet.
    NoAddress,
    /// The messenger's service window is closed: only a template may be sent.
    WindowClosed,
    /// The file is of a kind or size that can't be sent there.
    FileRefused,
    /// The file could not be fetched.
    FileUnavailable,
    /// Filtered, or the content was refused.
    Filtered,
    /// Wrong request: our or the content's fault.
    Malformed,
    /// Our credentials were refused.
    Unauthorized,
    /// Our account is blocked, expired or logged out.
    AccountBlocked,
    /// The address of the account's server is none, or not allowed.
    BadServer,
    /// Our tariff or quota is used up.
    Quota,
    /// The time the message had ran out.
    TimedOut,
    /// It is not known whether it was sent, and it will not be tried again.
    Unknown,
    /// The provider failed and does not say why.
    ProviderError,
}

/// What became of one try to submit one part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The provider took it and will speak of it under this id.
    Accepted {
        /// The provider's id of the bubble.
        remote_id: String,
    },
    /// Surely not sent; may be tried again.
    Deferred {
        /// The provider's own hint, if it gave one.
        retry_after: Option<Millis>,
        /// Why, for people.
        detail: String,
        /// The whole account is held up (rate limit, not ready), not only this message.
        whole_account: bool,
    },
    /// Surely not sent, and never will be this way.
    Refused(Failure),
    /// May have been sent: the answer was lost.
    Unknown {
        /// Why, for people.
        detail: String,
    },
}

/// A provider's word about a bubble it took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptKind {
    /// Handed to the messenger.
    Sent,
    /// On the device.
    Delivered,
    /// Opened.
    Read,
    /// Will not arrive.
    Failed(Failure),
}

/// What a provider (or its way of sending) promises about an attempt whose answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guarantee {
    /// The provider drops a repeat that carries the same key: resend safely.
    Key,
    /// The provider keeps a journal that can be asked what became of it.
    Journal,
    /// Neither: an unknown attempt is never repeated; a message may be lost, never doubled.
    #[default]
    NeverTwice,
    /// Neither: an unknown attempt is repeated; a message may be doubled, never lost.
    AtLeastOnce,
}
