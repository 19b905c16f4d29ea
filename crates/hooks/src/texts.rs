//! Our own words in messages and mails, one catalogue per language: a missing one does not compile.

mod en;
mod ru;

use crate::event::{CaseKind, FieldKind};
use vestnik_model::{language::Language, time::Millis};

/// The words of one language.
pub(crate) struct Texts {
    pub(crate) language: Language,
    /// By kind of case.
    pub(crate) order: KindTexts,
    pub(crate) booking: KindTexts,
    pub(crate) meeting: KindTexts,
    pub(crate) resources: &'static str,
    pub(crate) service: &'static str,
    pub(crate) when: &'static str,
    pub(crate) duration: &'static str,
    pub(crate) address: &'static str,
    pub(crate) description: &'static str,
    pub(crate) contacts: &'static str,
    pub(crate) comment: &'static str,
    /// One, few, many.
    pub(crate) days: [&'static str; 3],
    pub(crate) hours: [&'static str; 3],
    pub(crate) minutes: [&'static str; 3],
    /// A number sign before a number.
    pub(crate) number_sign: &'static str,
    pub(crate) decimal_sign: char,
    /// Label of the default zone.
    pub(crate) zone_name: &'static str,
    pub(crate) phone: &'static str,
    pub(crate) email: &'static str,
    pub(crate) name: &'static str,
    pub(crate) other: &'static str,
    pub(crate) mail: MailTexts,
}

/// The words for one kind of case.
pub(crate) struct KindTexts {
    /// The noun as the parameter `case_type_name` has it.
    pub(crate) noun: &'static str,
    /// The head of a message: "Ваша запись".
    pub(crate) head: &'static str,
    /// Heading of the details.
    pub(crate) details: &'static str,
    /// Before its link.
    pub(crate) link: &'static str,
}

/// The words of a mail about a failure.
pub(crate) struct MailTexts {
    pub(crate) subject: &'static str,
    pub(crate) intro: &'static str,
    pub(crate) order: &'static str,
    pub(crate) service: &'static str,
    pub(crate) messenger: &'static str,
    pub(crate) recipient: &'static str,
    pub(crate) time: &'static str,
    pub(crate) hook: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) steps: &'static str,
    pub(crate) untold: &'static str,
    pub(crate) advice: &'static str,
}

impl Texts {
    /// The words for a kind of case.
    pub(crate) fn of(&self, kind: CaseKind) -> &KindTexts {
        match kind {
            CaseKind::Order => &self.order,
            CaseKind::Booking => &self.booking,
            CaseKind::Meeting => &self.meeting,
        }
    }

    /// The label of a contact field that has none of its own.
    pub(crate) fn label(&self, kind: FieldKind) -> &'static str {
        match kind {
            FieldKind::FullName
            | FieldKind::LastName
            | FieldKind::FirstName
            | FieldKind::MiddleName => self.name,
            FieldKind::Phone | FieldKind::VerifiedPhone | FieldKind::AdditionalPhone => self.phone,
            FieldKind::Email | FieldKind::VerifiedEmail | FieldKind::AdditionalEmail => self.email,
            FieldKind::Company | FieldKind::Position | FieldKind::Custom => self.other,
        }
    }

    /// `1 час 30 минут`; `None` if it is less than a minute.
    pub(crate) fn duration(&self, span: Millis) -> Option<String> {
        let minutes = u64::try_from(span.0).ok()? / 60_000;
        let parts = [
            (minutes / 1_440, self.days),
            (minutes / 60 % 24, self.hours),
            (minutes % 60, self.minutes),
        ];
        let words = parts
            .into_iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, forms)| format!("{n} {}", self.language.plural(n, forms)));
        Some(words.collect::<Vec<_>>().join(" ")).filter(|text| !text.is_empty())
    }

    /// A number as people know it, with this language's sign.
    pub(crate) fn number(&self, number: &str) -> String {
        match number.trim().strip_prefix('№') {
            Some(digits) => format!("{}{}", self.number_sign, digits.trim_start()),
            None => number.trim().to_owned(),
        }
    }
}

/// The catalogue of a language.
pub(crate) fn texts(language: Language) -> &'static Texts {
    match language {
        Language::Ru => &ru::RUSSIAN,
        Language::En => &en::ENGLISH,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_counted_right() {
        let ru = |n| texts(Language::Ru).duration(Millis::minutes(n)).unwrap_or_default();
        let en = |n| texts(Language::En).duration(Millis::minutes(n)).unwrap_or_default();
        assert_eq!(ru(1), "1 минута");
        assert_eq!(ru(22), "22 минуты");
        assert_eq!(ru(45), "45 минут");
        assert_eq!(ru(60), "1 час");
        assert_eq!(ru(90), "1 час 30 минут");
        assert_eq!(ru(121), "2 часа 1 минута");
        assert_eq!(ru(11 * 60 + 11), "11 часов 11 минут");
        assert_eq!(ru(24 * 60), "1 день");
        assert_eq!(ru(3 * 24 * 60 + 5), "3 дня 5 минут");
        assert_eq!(en(1), "1 minute");
        assert_eq!(en(135), "2 hours 15 minutes");
        assert_eq!([ru(0), ru(-5)], ["", ""]);
        assert_eq!(texts(Language::Ru).duration(Millis::seconds(59)), None);
    }

    #[test]
    fn a_number_has_the_sign_of_its_language() {
        assert_eq!(texts(Language::Ru).number("№180"), "№180");
        assert_eq!(texts(Language::En).number("№ 180"), "#180");
        assert_eq!(texts(Language::En).number("A-7"), "A-7");
    }
}
