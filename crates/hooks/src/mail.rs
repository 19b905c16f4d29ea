//! The mail that tells an owner of a message that could not be sent.

use crate::layout::Layout;
use vestnik_model::{language::Language, messenger::Messenger, outcome::Reason, time::Timestamp};

/// What happened, for one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The case's number as people know it.
    pub order_number: Option<String>,
    /// The service's name.
    pub service: Option<String>,
    /// The hook's name or path.
    pub hook: String,
    /// Whom it was for, masked already; empty if nobody could be found.
    pub recipient: String,
    /// When it failed.
    pub at: Timestamp,
    /// What was tried, in order; empty if nothing could be.
    pub steps: Vec<Step>,
    /// Why it failed.
    pub reason: TroubleReason,
}

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// In which messenger, if that is known.
    pub messenger: Option<Messenger>,
    /// Through what: the account's or profile's name.
    pub sender: String,
    /// What is known of it, in words.
    pub what: String,
}

/// Why a message could not be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TroubleReason {
    /// The event names no number.
    NoPhone,
    /// What stands there is no number.
    BadPhone,
    /// The contact field with the messenger's id is missing or empty.
    NoField(String),
    /// The event names nobody to write to.
    NoParticipant,
    /// The body of the event can't be read.
    Unreadable,
    /// The template failed.
    Template(String),
    /// The provider refused, with its own words if it gave any.
    Refused(Reason, String),
    /// The text is longer than the messenger takes.
    TooLong,
    /// Time ran out.
    Expired,
}

/// A mail's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailText {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

/// Writes the mail.
#[must_use]
pub fn failure(trouble: &Trouble, layout: &Layout, language: Language) -> MailText {
    let _ = (layout, language);
    MailText { subject: trouble.hook.clone(), text: trouble.recipient.clone() }
}

/// A number or what was entered as one, with its middle hidden: `+7 916 ***-**-67`.
#[must_use]
pub fn mask(phone: &str) -> String {
    let count = phone.chars().count();
    let shown = |at: usize| count > 4 && (at < count / 4 || at + 2 >= count);
    phone.chars().enumerate().map(|(at, c)| if shown(at) { c } else { '*' }).collect()
}
