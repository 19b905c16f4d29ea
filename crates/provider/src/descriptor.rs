//! What a provider declares about itself: everything the rest of the house knows of it.

use crate::instance;
use vestnik_model::{
    account::Pacing, file::FileKind, messenger::Messenger, outcome::Guarantee, phone::Phone,
};

/// A provider's own description. The settings form, the documentation table, the contract tests
/// and the metrics labels are made from it.
#[derive(Debug)]
pub struct Descriptor {
    /// The stable code: `green_api`.
    pub code: &'static str,
    /// The name people know it by.
    pub name: &'static str,
    /// What it can do, per messenger; at least one.
    pub channels: &'static [Channel],
    /// What an account of it needs.
    pub settings: &'static [Setting],
    /// The settings that together name what an account is at the provider (an instance, a number, a
    /// bot): what is alike in them has one limit there, and its webhooks go to one address.
    pub instance: &'static [&'static str],
    /// Hosts its addresses may lie on; `*.` in front stands for any one label. Other hosts need
    /// the operator's own configuration.
    pub hosts: &'static [&'static str],
    /// What can be found out about an attempt whose answer was lost.
    pub guarantee: Guarantee,
    /// The guarantee in words a buyer understands: Russian, English.
    pub guarantee_text: [&'static str; 2],
    /// The body of our 200 to a webhook that was understood: some want `ok`.
    pub webhook_answer: &'static str,
    /// What whoever connects an account should know: Russian, English.
    pub notices: &'static [[&'static str; 2]],
}

impl Descriptor {
    /// What it can do in a messenger, if it carries it.
    #[must_use]
    pub fn channel(&self, messenger: Messenger) -> Option<&'static Channel> {
        self.channels.iter().find(|c| c.messenger == messenger)
    }
}

/// What a provider can do in one messenger.
#[derive(Debug)]
pub struct Channel {
    /// The messenger.
    pub messenger: Messenger,
    /// Whom it can write to.
    pub reach: Reach,
    /// Longest text of one bubble, characters (see [`Channel::counts_utf16`]).
    pub text_chars_max: usize,
    /// Longest text under a file, characters; 0 = none can stand there.
    pub caption_chars_max: usize,
    /// Lengths are counted in UTF-16 units, not in characters.
    pub counts_utf16: bool,
    /// The files it takes, per kind; a kind that is not named can't be sent.
    pub files: &'static [FileRule],
    /// How it wants a file.
    pub file_by: FileBy,
    /// Whether a bubble can answer another one.
    pub quote: bool,
    /// Whether it has templates.
    pub template: bool,
    /// How many buttons fit below a text; 0 = none.
    pub buttons_max: usize,
    /// Free text only within 24 hours after the customer's last word.
    pub window: bool,
    /// Which receipts can be expected.
    pub receipts: Receipts,
    /// The pace at which an account is allowed to send unless it says otherwise.
    pub pacing: Pacing,
}

impl Channel {
    /// Whether it takes a file of that kind, media type (by content; empty = not known) and size
    /// in bytes.
    ///
    /// # Errors
    /// With a sentence in English that says what is taken.
    pub fn takes(&self, kind: FileKind, mime: &str, size: u64) -> Result<(), String> {
        let name = self.messenger.name();
        let Some(rule) = self.files.iter().find(|rule| rule.kind == kind) else {
            return Err(format!("{name} takes no {} here", kind.code()));
        };
        if !mime.is_empty() && !rule.types.is_empty() && !rule.types.contains(&mime) {
            let types = rule.types.join(", ");
            return Err(format!("{mime} is not taken as {}; taken are {types}", kind.code()));
        }
        if size > rule.bytes_max {
            let (size, max) = (size / 1024, rule.bytes_max / 1024);
            return Err(format!("the file has {size} KiB; at most {max} KiB are taken"));
        }
        Ok(())
    }
}

/// Whom a channel can write to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// Anybody by their number.
    pub phone: bool,
    /// Whoever's chat is known, because they wrote first.
    pub person: bool,
    /// Groups.
    pub group: bool,
}

/// What a channel takes of one kind of file.
#[derive(Debug)]
pub struct FileRule {
    /// The kind.
    pub kind: FileKind,
    /// Media types it takes, by content; empty = any.
    pub types: &'static [&'static str],
    /// Largest size, bytes.
    pub bytes_max: u64,
}

/// How a channel wants a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileBy {
    /// By an address it fetches the file from.
    Address,
    /// By its bytes.
    Bytes,
    /// By its address if it has one in the world, else by its bytes.
    Either,
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
    /// A telephone number.
    Phone,
    /// An id: this prefix, then so many hexadecimal digits in lower case.
    Sid(&'static str, usize),
    /// `yes` or `no`.
    Switch,
    /// One of these: (value, Russian, English).
    Choice(&'static [(&'static str, &'static str, &'static str)]),
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
            Form::Phone if Phone::parse(value).is_some() => Ok(()),
            Form::Phone => Err(format!("{name}: a telephone number is needed")),
            Form::Sid(prefix, digits) => {
                let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
                let rest = value.strip_prefix(prefix);
                if rest.is_some_and(|rest| rest.len() == digits && rest.bytes().all(is_digit)) {
                    Ok(())
                } else {
                    Err(format!("{name}: {prefix} and {digits} hexadecimal digits are needed"))
                }
            }
            Form::Switch if matches!(value, "yes" | "no") => Ok(()),
            Form::Switch => Err(format!("{name}: yes or no")),
            Form::Choice(known) if known.iter().any(|(code, ..)| *code == value) => Ok(()),
            Form::Choice(known) => {
                let codes: Vec<_> = known.iter().map(|(code, ..)| *code).collect();
                Err(format!("{name}: one of {}", codes.join(", ")))
            }
            Form::Host => {
                let host = value.split_once("://").map_or(value, |(_, rest)| rest);
                let fine =
                    host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]/_".contains(&b));
                if fine && instance::server(value).is_some() {
                    Ok(())
                } else {
                    Err(format!(
                        "{name}: a host name is needed, or an http or https address without name \
                         and password"
                    ))
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_somewhere() {
        let (name, label, form) = ("api_url", ["", ""], Form::Host);
        let setting = Setting { name, label, required: true, secret: false, form };
        for good in ["1103.api.green-api.com", "https://e.ru/base", "http://127.0.0.1:8090"] {
            assert_eq!(setting.check(good), Ok(()));
        }
        for bad in ["http://[::bad", "https://", "e.ru:port", "e.ru:99999", "ftp://e.ru", "a@e.ru"]
        {
            assert!(setting.check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_id_has_its_prefix_and_its_digits() {
        let (name, label, form) = ("account_sid", ["", ""], Form::Sid("AC", 32));
        let setting = Setting { name, label, required: true, secret: false, form };
        assert_eq!(setting.check(&format!("AC{}", "0f".repeat(16))), Ok(()));
        for bad in [
            format!("AC{}", "0f".repeat(15)),
            format!("SM{}", "0f".repeat(16)),
            format!("AC{}", "0F".repeat(16)),
            format!("AC{}\u{e9}", "0f".repeat(15)),
        ] {
            assert!(setting.check(&bad).is_err(), "{bad}");
        }
    }
}
