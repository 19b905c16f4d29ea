//! What customers write, as an adapter understood it.

use vestnik_model::{file::FileKind, phone::Phone, time::Timestamp};

/// Something written in a chat of an account: by a customer, or by somebody else through the same
/// account (on its phone, by another program).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// The provider's id of the bubble.
    pub remote_id: String,
    /// The chat it stands in.
    pub chat: Chat,
    /// Who wrote it.
    pub author: Person,
    /// It was written on our side, but not by us: on the account's own phone.
    pub is_own: bool,
    /// When, by the provider's clock.
    pub at: Option<Timestamp>,
    /// The words; with files, what stands under them.
    pub text: String,
    /// The files, in order.
    pub files: Vec<IncomingFile>,
    /// What it holds beside words and files.
    pub extra: Option<Extra>,
    /// What it answers.
    pub quote: Option<Quote>,
}

/// A chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chat {
    /// The provider's id: what a message back is addressed to.
    pub id: String,
    /// More than two take part.
    pub is_group: bool,
    /// A group's name, if it is told.
    pub title: Option<String>,
}

/// A person as the provider names them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// The provider's id of the person.
    pub id: String,
    /// What they call themselves.
    pub name: Option<String>,
    /// Their public name in the messenger, without `@`.
    pub username: Option<String>,
    /// Their number, if the messenger vouches for it (not if somebody only typed it).
    pub phone: Option<Phone>,
}

/// A file that came with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingFile {
    /// How it is shown.
    pub kind: FileKind,
    /// Where its bytes are: an address, or an id that [`crate::chore::Chore::Fetch`] knows. Never
    /// holds a secret setting of the account.
    pub locator: String,
    /// What it is called, if it is told.
    pub name: Option<String>,
    /// Its media type, if it is told: a hint, its bytes decide.
    pub mime: Option<String>,
    /// Its size in bytes, if it is told.
    pub size: Option<u64>,
}

/// What a message may hold beside words and files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extra {
    /// A place.
    Location {
        /// Degrees north, as written.
        latitude: String,
        /// Degrees east, as written.
        longitude: String,
        /// What it is called.
        name: Option<String>,
    },
    /// A contact that was shared.
    Contact {
        /// The name on it.
        name: String,
        /// The number on it, as written.
        phone: String,
        /// It is the author's own, and the messenger vouches for that.
        is_own: bool,
    },
    /// A button of ours that was pressed, or an entry chosen from a list.
    Pressed {
        /// What we had put behind it.
        payload: String,
    },
    /// Something we have no word for; shown by this name.
    Other(String),
}

/// What a message answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The provider's id of the bubble that is answered.
    pub remote_id: String,
    /// Its words, if they are told.
    pub text: Option<String>,
}
