//! What is asked of a provider beside sending: is the account alive, where do its webhooks go, the
//! bytes of a file. Each is a short dialogue of requests and answers, like a send.

use crate::{
    port::{AccountState, Step, To},
    wire::Request,
};
use vestnik_model::{
    outcome::{Failure, ReceiptKind},
    phone::Phone,
    time::Millis,
};

/// Something to be asked or done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chore<'a> {
    /// Is the account alive? → [`Finding::State`].
    Check,
    /// Where do its webhooks go? → [`Finding::Subscription`].
    Subscription,
    /// Have its webhooks sent to this address of ours, with statuses switched on.
    /// → [`Finding::Done`].
    Subscribe {
        /// The address.
        url: &'a str,
    },
    /// Fetch a file that came in. → [`Finding::File`].
    Fetch {
        /// Its locator, as it came in.
        locator: &'a str,
    },
    /// The code to be scanned with the account's phone. → [`Finding::Qr`].
    Qr,
    /// The account's settings at the provider. → [`Finding::Settings`].
    Settings,
    /// Change some of them. → [`Finding::Done`].
    Change {
        /// Names and new values.
        values: &'a [(String, String)],
    },
    /// How many messages wait at the provider. → [`Finding::Count`].
    Queue,
    /// Drop those that wait. → [`Finding::Done`].
    ClearQueue,
    /// Connect anew without losing the session. → [`Finding::Done`].
    Restart,
    /// Leave the messenger. → [`Finding::Done`].
    Logout,
    /// Is the number in the messenger? → [`Finding::Exists`].
    Exists {
        /// The number.
        phone: Phone,
    },
    /// The approved templates. → [`Finding::Templates`].
    Templates,
    /// Mark a customer's bubble (and all before it) as read. → [`Finding::Done`].
    MarkRead {
        /// The provider's id of the chat.
        chat: &'a str,
        /// The provider's id of the bubble.
        remote_id: &'a str,
    },
    /// What became of a bubble of ours, by the provider's own records: for accounts whose webhooks
    /// go elsewhere. → [`Finding::Delivery`].
    Delivery {
        /// Whom it went to.
        to: To<'a>,
        /// The provider's id of the bubble.
        remote_id: &'a str,
    },
}

/// The course of a chore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Send this and come back with the answer.
    Call {
        /// Which call it is.
        step: Step,
        /// The request.
        request: Request,
    },
    /// That is all.
    Done(Finding),
}

/// What a chore came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The provider has no such thing.
    Unsupported,
    /// It was done.
    Done,
    /// Not now; perhaps later.
    Later {
        /// When, if the provider says.
        retry_after: Option<Millis>,
        /// Why, for people.
        detail: String,
    },
    /// It can't be.
    Failed(Failure),
    /// What is to be known of the account.
    State(AccountState),
    /// Where webhooks go.
    Subscription(Subscription),
    /// A file.
    File {
        /// Its bytes.
        bytes: Vec<u8>,
        /// Its name, if it is told.
        name: Option<String>,
        /// Its media type, if it is told.
        mime: Option<String>,
    },
    /// A code to be scanned.
    Qr(Qr),
    /// Settings at the provider: name, value.
    Settings(Vec<(String, String)>),
    /// A number of things.
    Count(u64),
    /// Whether it exists.
    Exists(bool),
    /// Templates.
    Templates(Vec<TemplateInfo>),
    /// What the provider's records say of a bubble.
    Delivery(Delivery),
}

/// What a provider's records say of a bubble it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// It is not in the records (yet).
    Unlisted,
    /// It is there, and nothing is said of it: it waits at the provider.
    Queued,
    /// This became of it.
    Became(ReceiptKind),
}

/// Where an account's webhooks go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subscription {
    /// Nowhere.
    None,
    /// To these addresses; which of them is ours, the caller sees.
    To(Vec<String>),
    /// To these addresses, but without something we need.
    Partial {
        /// The addresses.
        urls: Vec<String>,
        /// What is missing, for people.
        missing: String,
    },
}

/// A code to be scanned with a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Qr {
    /// A picture.
    Png(Vec<u8>),
    /// The text that a picture is to be made of.
    Text(String),
    /// The account is logged in: nothing to scan.
    NotNeeded,
}

/// A template as the provider lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateInfo {
    /// Its name or id.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Its language.
    pub language: String,
    /// Its words, with `{{1}}` for places.
    pub text: String,
    /// Whether it may be used.
    pub is_approved: bool,
    /// The provider's own word for its state.
    pub state: String,
}
