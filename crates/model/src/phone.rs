//! A telephone number as the partner API takes it: structure decides, no number plan is asked.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A number in international form without `+`: 7 to 15 digits, not beginning with 0.
///
/// `7…` with 11 digits is Russian or Kazakh. The number is kept as an integer: it fits, compares
/// and hashes quickly, and cannot hold punctuation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phone(u64);

/// Fewest digits of a number with its country code.
pub const PHONE_DIGITS_MIN: usize = 7;
/// Most digits of a number (ITU-T E.164).
pub const PHONE_DIGITS_MAX: usize = 15;
/// Longest text we look at; more is refused before it is read.
const PHONE_TEXT_BYTES_MAX: usize = 64;

impl Phone {
    /// Reads a number as people write it: `+7 (210) 123-45-67`, `8-210-123-45-67`, `72101234567`.
    ///
    /// Punctuation is dropped; `8` or `7` or `+7` followed by ten digits is `7…`; anything else is
    /// taken as international, 7 to 15 digits. `None` if the structure is wrong.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > PHONE_TEXT_BYTES_MAX {
            return None;
        }
        let (plus, body) = match text.strip_prefix('+') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let mut digits = String::with_capacity(PHONE_DIGITS_MAX);
        for c in body.chars() {
            match c {
                '0'..='9' => digits.push(c),
                ' ' | '-' | '(' | ')' | '.' | '/' | '\u{a0}' | '\u{2011}' | '\u{2013}' => {}
                _ => return None,
            }
        }
        if !plus && digits.len() == 11 && digits.starts_with('8') {
            digits.replace_range(..1, "7");
        }
        if !(PHONE_DIGITS_MIN..=PHONE_DIGITS_MAX).contains(&digits.len()) || digits.starts_with('0')
        {
            return None;
        }
        digits.parse().ok().map(Self)
    }

    /// The numbers that somebody may mean who looks for one, the likeliest first: as people write
    /// it, and as we show it. `82101234567` is either a Russian number written the old way or a
    /// foreign one taken from a page of ours, which shows digits without `+`.
    #[must_use]
    pub fn meant(text: &str) -> Vec<Self> {
        let shown = Self::parse(&format!("+{}", text.trim()));
        let mut meant: Vec<Self> = Self::parse(text).into_iter().chain(shown).collect();
        meant.dedup();
        meant
    }

    /// From digits already in international form.
    #[must_use]
    pub fn from_digits(digits: u64) -> Option<Self> {
        (1_000_000..=999_999_999_999_999).contains(&digits).then_some(Self(digits))
    }

    /// The digits as an integer.
    #[must_use]
    pub fn digits(self) -> u64 {
        self.0
    }

    /// The number with its middle hidden, for logs and mails: `7916***4567`.
    #[must_use]
    pub fn masked(self) -> String {
        let text = self.0.to_string();
        let tail = text.len().saturating_sub(4);
        let head = tail.saturating_sub(3).min(4);
        format!("{}***{}", &text[..head], &text[tail..])
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_spellings_are_one_number() {
        for text in ["72101234567", "+72101234567", "8-210-123-45-67", "82101234567"] {
            assert_eq!(Phone::parse(text).unwrap().to_string(), "72101234567", "{text}");
        }
    }

    #[test]
    fn only_russian_eleven_digits_lose_their_eight() {
        assert_eq!(Phone::parse("+82101234567").unwrap().to_string(), "82101234567");
        assert_eq!(Phone::parse("8210123456").unwrap().to_string(), "8210123456");
        assert_eq!(Phone::parse("+1 (202) 555-0100").unwrap().to_string(), "12025550100");
    }

    #[test]
    fn who_looks_for_eleven_digits_with_an_eight_may_mean_two_numbers() {
        let meant =
            |text: &str| Phone::meant(text).into_iter().map(Phone::digits).collect::<Vec<u64>>();
        assert_eq!(meant("8 (210) 123-45-67"), [72_101_234_567, 82_101_234_567]);
        // A plus that was not escaped in an address.
        assert_eq!(meant(" 82101234567"), [72_101_234_567, 82_101_234_567]);
        assert_eq!(meant("+82101234567"), [82_101_234_567]);
        assert_eq!(meant("72101234567"), [72_101_234_567]);
        assert_eq!(meant("+1 202 555 0100"), [12_025_550_100]);
        for nothing in ["", "+", "8-912", "x"] {
            assert!(meant(nothing).is_empty(), "{nothing:?}");
        }
    }

    #[test]
    fn structure_is_checked() {
        for bad in [
            "",
            "+",
            "123456",
            "1234567890123456",
            "0123456789",
            "79161234567x",
            "7916;1",
            "٧٩١٦١٢٣٤٥٦٧",
            "7916 123\n4567",
        ] {
            assert_eq!(Phone::parse(bad), None, "{bad:?}");
        }
        assert_eq!(Phone::parse(&"7".repeat(100)), None);
    }

    #[test]
    fn masking_hides_the_middle() {
        assert_eq!(Phone::parse("79161234567").unwrap().masked(), "7916***4567");
        assert_eq!(Phone::parse("1234567").unwrap().masked(), "***4567");
    }
}
