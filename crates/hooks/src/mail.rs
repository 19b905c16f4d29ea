//! The mail that tells an owner of a message that could not be sent: one per message, with what is
//! known of each step, the reason, and what to do. No secret and no whole number stands in it.

mod reason;

use crate::{
    date,
    layout::{Layout, Locale, ZONE_NAME_DEFAULT},
    texts::{Texts, texts},
};
use vestnik_model::{
    language::Language, limits::clip, messenger::Messenger, outcome::Reason, phone::Phone,
    time::Timestamp,
};

/// Longest e-mail address, bytes (RFC 5321).
pub const ADDRESS_BYTES_MAX: usize = 254;
/// Longest subject, bytes.
const SUBJECT_BYTES_MAX: usize = 200;
/// Longest single line taken from elsewhere, bytes.
const LINE_BYTES_MAX: usize = 500;
/// Most steps that are listed.
const STEPS_MAX: usize = 20;

/// What happened, for one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The case's number as people know it.
    pub order_number: Option<String>,
    /// The service's name.
    pub service: Option<String>,
    /// The hook's name or path.
    pub hook: String,
    /// Through which messenger it was to go, if there was one and it is known.
    pub messenger: Option<Messenger>,
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
    /// The hook's address is wrong; what exactly, Russian and English.
    Address([String; 2]),
    /// The message is more than the messenger can show; what exactly.
    Content(String),
    /// The body of the event can't be read.
    Unreadable,
    /// The hook's words and layout leave nothing to be said.
    NoText,
    /// The template failed; how, Russian and English.
    Template([String; 2]),
    /// The provider refused, with its own words if it gave any.
    Refused(Reason, String),
    /// The text is longer than the messenger takes.
    TooLong,
    /// Time ran out.
    Expired,
}

impl TroubleReason {
    /// The reason as a sentence.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        pick(language, reason::words(self))
    }

    /// What an owner can do about it.
    #[must_use]
    pub fn advice(&self, language: Language) -> &'static str {
        let [ru, en] = reason::advice(self);
        match language {
            Language::Ru => ru,
            Language::En => en,
        }
    }
}

/// A mail's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailText {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

/// Writes the mail. Of the layout its zone and the zone's label are used.
#[must_use]
pub fn failure(trouble: &Trouble, layout: &Layout, language: Language) -> MailText {
    let words = texts(language);
    let number = trouble.order_number.as_deref().map(|number| words.number(&line(number)));
    let subject = match &number {
        Some(number) => format!("{}: {}", words.mail.subject, number),
        None => format!("{}: {}", words.mail.subject, line(&trouble.hook)),
    };
    let facts = [
        (words.mail.order, number.unwrap_or_default()),
        (words.mail.service, trouble.service.as_deref().map(line).unwrap_or_default()),
        (words.mail.messenger, trouble.messenger.map_or("", Messenger::name).to_owned()),
        (words.mail.recipient, line(&trouble.recipient)),
        (words.mail.time, time(trouble.at, layout, language)),
        (words.mail.hook, line(&trouble.hook)),
    ];
    let facts: Vec<_> = facts
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(label, value)| format!("{label}: {value}"))
        .collect();
    let mut blocks = vec![
        words.mail.intro.to_owned(),
        facts.join("\n"),
        format!("{}: {}", words.mail.reason, line(&trouble.reason.text(language))),
    ];
    if !trouble.steps.is_empty() {
        blocks.push(steps(&trouble.steps, words));
    }
    blocks.push(format!("{}: {}", words.mail.advice, trouble.reason.advice(language)));
    MailText {
        subject: clip(&subject, SUBJECT_BYTES_MAX).to_owned(),
        text: format!("{}\n", blocks.join("\n\n")),
    }
}

fn steps(steps: &[Step], words: &Texts) -> String {
    let mut lines = vec![words.mail.steps.to_owned()];
    for (index, step) in steps.iter().take(STEPS_MAX).enumerate() {
        let name = step.messenger.map_or("", Messenger::name);
        let sender = line(&step.sender);
        let through: Vec<_> = [name, &sender].into_iter().filter(|part| !part.is_empty()).collect();
        let through = through.join(", ");
        let border = if through.is_empty() { "" } else { ": " };
        let what = line(&step.what);
        let what = if what.is_empty() { words.mail.untold } else { &what };
        lines.push(format!("{}. {through}{border}{what}", index + 1));
    }
    lines.join("\n")
}

fn time(at: Timestamp, layout: &Layout, language: Language) -> String {
    let locale = match language {
        Language::Ru => Locale::RuRu,
        Language::En => Locale::EnUs,
    };
    let Some(local) = date::local(at, &layout.zone) else { return String::new() };
    let zone = match layout.zone_name.trim() {
        "" => date::offset(&local),
        ZONE_NAME_DEFAULT => texts(language).zone_name.to_owned(),
        name => line(name),
    };
    format!("{} ({zone})", date::date_and_time(&local, locale))
}

/// Words from elsewhere on one line of a mail: nothing in them can begin a header or another fact.
fn line(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    clip(&text, LINE_BYTES_MAX).to_owned()
}

fn pick<T>(language: Language, [ru, en]: [T; 2]) -> T {
    match language {
        Language::Ru => ru,
        Language::En => en,
    }
}

/// Whether a text is an e-mail address that a mail server could take. A line break or a second
/// address has no place in it.
#[must_use]
pub fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>(),;:\\\"@[]".contains(c);
    text.len() <= ADDRESS_BYTES_MAX
        && !local.is_empty()
        && local.chars().all(is_plain)
        && domain.chars().all(is_plain)
        && domain.contains('.')
        && domain.split('.').all(|label| !label.is_empty())
}

/// A number, or what was entered as one, with its middle hidden: `+7 916 ***-**-67`.
#[must_use]
pub fn mask(entered: &str) -> String {
    match Phone::parse(entered) {
        Some(phone) => mask_phone(phone),
        None => {
            let text = line(entered);
            let count = text.chars().count();
            // Of a few characters even two would be too many.
            let is_shown = |at: usize| count > 4 && (at == 0 || at + 2 >= count);
            let masked = text.chars().enumerate().map(|(at, c)| if is_shown(at) { c } else { '*' });
            let masked: String = masked.collect();
            if count > MASKED_CHARS_MAX { shortened(&masked) } else { masked }
        }
    }
}

/// What is longer is no number, and not worth its length.
const MASKED_CHARS_MAX: usize = 20;

fn shortened(masked: &str) -> String {
    masked.chars().take(MASKED_CHARS_MAX).chain(['…']).collect()
}

fn mask_phone(phone: Phone) -> String {
    let digits = phone.to_string();
    let tail = &digits[digits.len() - 2..];
    if digits.len() == 11 && digits.starts_with('7') {
        return format!("+7 {} ***-**-{tail}", &digits[1..4]);
    }
    let head = if digits.len() > 9 { &digits[..4] } else { &digits[..2] };
    format!("+{head}***{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_hidden() {
        assert_eq!(mask("8 (916) 123-45-67"), "+7 916 ***-**-67");
        assert_eq!(mask("+375 29 123-45-67"), "+3752***67");
        assert_eq!(mask("1234567"), "+12***67");
        assert_eq!(mask("234234"), "2***34");
        assert_eq!(mask("1234"), "****");
        assert_eq!(mask(""), "");
        assert_eq!(mask("звонить\nБорису"), "з***********су");
        assert_eq!(mask(&"x".repeat(100)).chars().count(), 21);
    }

    #[test]
    fn a_mask_shows_at_most_six_digits() {
        for text in ["79161234567", "+12025550100", "123456789012345", "4420123456"] {
            let digits = mask(text).chars().filter(char::is_ascii_digit).count();
            assert!(digits <= 6, "{}", mask(text));
        }
    }
}
