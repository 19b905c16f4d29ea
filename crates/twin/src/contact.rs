//! Whom an account may write to: who has started the bot (or written to it), and who blocked it.

use std::collections::BTreeMap;

use crate::{account::AccountKey, limits};

/// What is between one customer and one account. The default: they never met.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Contact {
    /// The customer has started the bot, or has written.
    pub is_started: bool,
    /// The customer has blocked it.
    pub is_blocked: bool,
}

impl Contact {
    /// Whether the account may write.
    pub fn is_open(self) -> bool {
        self.is_started && !self.is_blocked
    }
}

/// All contacts.
#[derive(Debug, Default)]
pub struct Contacts {
    known: BTreeMap<(AccountKey, String), Contact>,
}

impl Contacts {
    /// What is between a customer and an account.
    pub fn get(&self, key: &AccountKey, number: &str) -> Contact {
        self.known.get(&(key.clone(), number.to_owned())).copied().unwrap_or_default()
    }

    /// Changes that. False when too many are kept.
    pub fn set(&mut self, key: &AccountKey, number: &str, contact: Contact) -> bool {
        let name = (key.clone(), number.to_owned());
        if !self.known.contains_key(&name) && self.known.len() >= limits::CONTACTS_MAX {
            return false;
        }
        self.known.insert(name, contact);
        true
    }

    /// Notes that the customer has started the bot or written; what was blocked stays so.
    pub fn start(&mut self, key: &AccountKey, number: &str) {
        let contact = Contact { is_started: true, ..self.get(key, number) };
        self.set(key, number, contact);
    }
}
