//! Phones of customers and their switches.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::limits;

/// The messengers that a phone may have; each persona belongs to one or more.
pub const MESSENGERS: [&str; 4] = ["whatsapp", "telegram", "max", "vk"];
/// How long a message takes from the messenger to a phone that is on.
pub const DELIVERY_MS: i64 = 200;
/// How long a phone that reads by itself takes to do so.
pub const AUTO_READ_MS: i64 = 300;

/// One phone. A number nobody has spoken of is a phone in the default state.
#[derive(Debug, Clone)]
pub struct Phone {
    /// Off: nothing is delivered until it is on again.
    pub on: bool,
    /// Reads by itself what arrives.
    pub auto_read: bool,
    /// The name that the customer goes by.
    pub name: String,
    absent: BTreeSet<&'static str>,
    /// The twin's revision at its last change.
    pub revision: u64,
}

/// A partial change of a phone.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhoneChange {
    /// Switches it on or off.
    pub on: Option<bool>,
    /// The messengers in which the number has an account.
    pub messengers: Option<Vec<String>>,
    /// Whether it reads by itself.
    pub auto_read: Option<bool>,
    /// The customer's name.
    pub name: Option<String>,
}

impl Phone {
    /// A phone in the default state.
    pub fn new(number: &str) -> Self {
        let tail = number.len().saturating_sub(4);
        let name = format!("Customer {}", number.get(tail..).unwrap_or(number));
        Self { on: true, auto_read: false, name, absent: BTreeSet::new(), revision: 0 }
    }

    /// Whether the number has an account in that messenger.
    pub fn has(&self, messenger: &str) -> bool {
        !self.absent.contains(messenger)
    }

    /// Takes over what the change says.
    pub fn change(&mut self, change: &PhoneChange) -> Result<(), String> {
        if let Some(listed) = &change.messengers {
            if let Some(odd) = listed.iter().find(|name| !MESSENGERS.contains(&name.as_str())) {
                let known = MESSENGERS.join(", ");
                return Err(format!("unknown messenger '{odd}'; known: {known}"));
            }
            let absent = |name: &&'static str| !listed.iter().any(|other| other == name);
            self.absent = MESSENGERS.into_iter().filter(absent).collect();
        }
        self.on = change.on.unwrap_or(self.on);
        self.auto_read = change.auto_read.unwrap_or(self.auto_read);
        if let Some(name) = &change.name {
            self.name = name.chars().take(limits::NAME_CHARS_MAX).collect();
        }
        Ok(())
    }

    /// How the control door shows it.
    pub fn view(&self, number: &str) -> Value {
        let messengers: Vec<_> = MESSENGERS.into_iter().filter(|name| self.has(name)).collect();
        json!({
            "phone": number, "on": self.on, "messengers": messengers,
            "auto_read": self.auto_read, "name": self.name,
        })
    }
}

/// All phones that somebody has spoken of.
#[derive(Debug, Default)]
pub struct Phones {
    by_number: BTreeMap<String, Phone>,
}

impl Phones {
    /// The phone with that number.
    pub fn get(&self, number: &str) -> Phone {
        self.by_number.get(number).cloned().unwrap_or_else(|| Phone::new(number))
    }

    /// The phone with that number, to change; `None` when there are too many.
    pub fn get_mut(&mut self, number: &str) -> Option<&mut Phone> {
        if !self.by_number.contains_key(number) && self.by_number.len() >= limits::PHONES_MAX {
            return None;
        }
        Some(self.by_number.entry(number.to_owned()).or_insert_with(|| Phone::new(number)))
    }

    /// Whether the number has an account in that messenger.
    pub fn has(&self, number: &str, messenger: &str) -> bool {
        self.by_number.get(number).is_none_or(|phone| phone.has(messenger))
    }

    /// Whether the phone is on.
    pub fn is_on(&self, number: &str) -> bool {
        self.by_number.get(number).is_none_or(|phone| phone.on)
    }

    /// Whether it reads by itself.
    pub fn is_reader(&self, number: &str) -> bool {
        self.by_number.get(number).is_some_and(|phone| phone.auto_read)
    }

    /// All phones by number.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Phone)> {
        self.by_number.iter().map(|(number, phone)| (number.as_str(), phone))
    }
}

/// A number with everything but digits removed; `None` when no 5 to 20 digits remain.
pub fn number_of(text: &str) -> Option<String> {
    if text.chars().count() > limits::NAME_CHARS_MAX {
        return None;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (5..=20).contains(&digits.len()).then_some(digits)
}

/// The phone that a handset's address names: eleven digits from 8 on are a Russian number as people
/// write it, and the phone is the one from 7 on.
pub fn handset_of(text: &str) -> Option<String> {
    let number = number_of(text)?;
    match number.strip_prefix('8') {
        Some(rest) if rest.len() == 10 => Some(format!("7{rest}")),
        Some(_) | None => Some(number),
    }
}
