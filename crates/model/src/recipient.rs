//! Whom a message is for.

use crate::{id::hash64, phone::Phone};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A recipient as it was asked for. A phone is found in every messenger; the other two are known
/// to one account only.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Recipient {
    /// A person by their number.
    Phone(Phone),
    /// A person's chat with our account, by the provider's own id of it.
    Person {
        /// The id.
        person: String,
    },
    /// A group chat, by the provider's own id of it.
    Group {
        /// The id.
        group: String,
    },
}

/// Set in the number of what is no phone, so that the two never meet.
const NO_PHONE: u64 = 1 << 62;

impl Recipient {
    /// A number that stands for it in indexes, lanes and paces: a phone's digits, or a hash.
    #[must_use]
    pub fn number(&self) -> u64 {
        match self {
            Self::Phone(phone) => phone.digits(),
            Self::Person { person } => number_of_chat(person),
            Self::Group { group } => number_of_chat(group),
        }
    }

    /// The phone, if it is one.
    #[must_use]
    pub fn phone(&self) -> Option<Phone> {
        match self {
            Self::Phone(phone) => Some(*phone),
            Self::Person { .. } | Self::Group { .. } => None,
        }
    }
}

/// The number that stands for a chat by its id.
#[must_use]
pub fn number_of_chat(id: &str) -> u64 {
    hash64(id.as_bytes()) >> 2 | NO_PHONE
}

impl From<Phone> for Recipient {
    fn from(phone: Phone) -> Self {
        Self::Phone(phone)
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phone(phone) => phone.fmt(f),
            Self::Person { person } => person.fmt(f),
            Self::Group { group } => group.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_is_stored_as_its_bare_number() {
        let phone = Recipient::Phone(Phone::from_digits(79_161_234_567).unwrap());
        assert_eq!(serde_json::to_string(&phone).unwrap(), "79161234567");
        let group = Recipient::Group { group: "-100".to_owned() };
        for one in [phone, group] {
            let text = serde_json::to_string(&one).unwrap();
            assert_eq!(serde_json::from_str::<Recipient>(&text).unwrap(), one);
        }
    }

    #[test]
    fn chats_never_share_a_number_with_a_phone() {
        assert!(number_of_chat("42") > 999_999_999_999_999);
    }
}
