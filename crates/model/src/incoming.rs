//! What customers write, as a provider's adapter understood it. Stored as JSON.

use crate::{file::FileKind, phone::Phone, time::Timestamp};
use serde::{Deserialize, Serialize};

/// Something written in a chat of an account: by a customer, or by somebody else through the same
/// account (on its phone, by another program).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incoming {
    /// The provider's id of the bubble.
    pub remote_id: String,
    /// The chat it stands in.
    pub chat: Chat,
    /// Who wrote it.
    pub author: Person,
    /// It was written on our side, but not by us: on the account's own phone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_own: bool,
    /// When, by the provider's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The words; with files, what stands under them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The files, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<IncomingFile>,
    /// What it holds beside words and files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra: Option<Extra>,
    /// What it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<Quote>,
}

/// A chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chat {
    /// The provider's id: what a message back is addressed to.
    pub id: String,
    /// More than two take part.
    pub is_group: bool,
    /// A group's name, if it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// A person as the provider names them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The provider's id of the person.
    pub id: String,
    /// What they call themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Their public name in the messenger, without `@`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Their number, if the messenger vouches for it (not if somebody only typed it).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
}

/// A file that came with a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncomingFile {
    /// How it is shown.
    pub kind: FileKind,
    /// Where its bytes are: an address, or an id that the adapter knows. Never
    /// holds a secret setting of the account.
    pub locator: String,
    /// What it is called, if it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its media type, if it is told: a hint, its bytes decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// Its size in bytes, if it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

/// What a message may hold beside words and files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    /// A sign put to a bubble of ours; `None` = taken away.
    Reaction {
        /// The provider's id of the bubble.
        remote_id: String,
        /// The sign.
        emoji: Option<String>,
    },
    /// Something we have no word for; shown by this name.
    Other(String),
}

/// What a message answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The provider's id of the bubble that is answered.
    pub remote_id: String,
    /// Its words, if they are told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}
