//! What a provider declares about itself: everything the rest of the house knows of it.

use vestnik_model::{account::Pacing, messenger::Messenger, outcome::Guarantee};

/// A provider's own description. The settings form, the documentation table, the contract tests
/// and the metrics labels are made from it.
#[derive(Debug)]
pub struct Descriptor {
    /// The stable code: `green_api`.
    pub code: &'static str,
    /// The name people know it by.
    pub name: &'static str,
    /// The messengers it can carry.
    pub messengers: &'static [Messenger],
    /// What an account of it needs.
    pub settings: &'static [Setting],
    /// Hosts its addresses may lie on; `*.` in front stands for any one label. Other hosts need
    /// the operator's own configuration.
    pub hosts: &'static [&'static str],
    /// What can be found out about an attempt whose answer was lost.
    pub guarantee: Guarantee,
    /// The guarantee in words a buyer understands: Russian, English.
    pub guarantee_text: [&'static str; 2],
    /// Longest text of one bubble, characters, per messenger.
    pub text_chars_max: fn(Messenger) -> usize,
    /// The pace at which an account is allowed to send unless it says otherwise.
    pub pacing: Pacing,
    /// Whether a delivered and a read receipt can be expected.
    pub receipts: Receipts,
}

/// Which receipts a provider gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipts {
    /// It says when a bubble is on the device.
    pub delivered: bool,
    /// It says when a bubble was opened.
    pub read: bool,
}

/// One setting of an account.
#[derive(Debug)]
pub struct Setting {
    /// Its stable name: `id_instance`. The CLI flag is the same with dashes.
    pub name: &'static str,
    /// What people see: Russian, English.
    pub label: [&'static str; 2],
    /// Whether the account can't work without it.
    pub required: bool,
    /// Whether it must never be shown.
    pub secret: bool,
    /// What a well-formed value looks like.
    pub form: Form,
}

/// The shape of a setting's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Any text of 1 to 512 characters.
    Text,
    /// Digits only.
    Digits,
    /// A host name without scheme, or an `http(s)` address (a missing scheme is `https`).
    Host,
}

impl Setting {
    /// Checks a value; the error is a sentence in English naming the setting.
    ///
    /// # Errors
    /// If the value does not have the setting's form.
    pub fn check(&self, value: &str) -> Result<(), String> {
        let name = self.name;
        if value.is_empty() || value.chars().count() > 512 {
            return Err(format!("{name}: 1 to 512 characters are needed"));
        }
        if value.chars().any(char::is_control) {
            return Err(format!("{name}: control characters are not allowed"));
        }
        match self.form {
            Form::Text => Ok(()),
            Form::Digits if value.bytes().all(|b| b.is_ascii_digit()) => Ok(()),
            Form::Digits => Err(format!("{name}: only digits are allowed")),
            Form::Host => {
                let host = value.split_once("://").map_or(value, |(_, rest)| rest);
                let fine =
                    host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]/_".contains(&b));
                if fine { Ok(()) } else { Err(format!("{name}: a host name is needed")) }
            }
        }
    }
}
