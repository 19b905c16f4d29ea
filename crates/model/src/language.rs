//! Languages of user-facing texts.

use serde::{Deserialize, Serialize};

/// A language our texts exist in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Russian.
    #[default]
    Ru,
    /// English.
    En,
}

impl Language {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }

    /// Picks from an `Accept-Language` value or a plain code; Russian if it names neither.
    #[must_use]
    pub fn pick(text: &str) -> Self {
        for tag in text.split(',') {
            let tag = tag.trim().to_ascii_lowercase();
            if tag.starts_with("ru") {
                return Self::Ru;
            }
            if tag.starts_with("en") {
                return Self::En;
            }
        }
        Self::default()
    }

    /// The form of a counted noun: Russian has three (1, 2–4, 5+), English two; give
    /// `[one, few, many]` for Russian and `[one, many, many]` for English.
    #[must_use]
    pub fn plural(self, n: u64, forms: [&str; 3]) -> &str {
        match self {
            Self::En => forms[usize::from(n != 1)],
            Self::Ru => match (n % 10, n % 100) {
                (_, 11..=14) => forms[2],
                (1, _) => forms[0],
                (2..=4, _) => forms[1],
                _ => forms[2],
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals() {
        let ru = |n| Language::Ru.plural(n, ["минута", "минуты", "минут"]);
        assert_eq!(
            [ru(1), ru(3), ru(5), ru(11), ru(21), ru(112)],
            ["минута", "минуты", "минут", "минут", "минута", "минут"]
        );
        assert_eq!(Language::En.plural(2, ["minute", "minutes", "minutes"]), "minutes");
        assert_eq!(Language::En.plural(1, ["minute", "minutes", "minutes"]), "minute");
    }

    #[test]
    fn picking() {
        assert_eq!(Language::pick("en-US,ru;q=0.8"), Language::En);
        assert_eq!(Language::pick("de, ru"), Language::Ru);
        assert_eq!(Language::pick(""), Language::Ru);
    }
}
