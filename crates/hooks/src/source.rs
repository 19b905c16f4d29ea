//! The port of event sources: bytes that somebody posts become an [`Event`].

use crate::{event::Event, json::JSON, layout::Links, torrow::TORROW};
use vestnik_model::{language::Language, phone::Phone};

pub use crate::mapping::{Mapping, MappingError};

/// Longest body of an event, bytes.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;

/// A system that tells of events.
pub trait Source: Send + Sync {
    /// The stable code: `torrow`.
    fn code(&self) -> &'static str;

    /// The name people know it by.
    fn name(&self, language: Language) -> &'static str;

    /// What a body says. Sources with a form of their own ignore the mapping.
    ///
    /// # Errors
    /// [`Unreadable`] if it is no event.
    fn translate(&self, mapping: &Mapping, body: &[u8]) -> Result<Event, Unreadable>;

    /// Where links lead unless the owner says otherwise.
    fn links(&self) -> Links;

    /// A body to try hooks with; it translates. Its number is nobody's.
    fn sample(&self) -> &'static str;

    /// The number in [`Source::sample`], as it stands there.
    fn sample_phone(&self) -> &'static str;

    /// [`Source::sample`] about somebody with this number.
    fn sample_to(&self, phone: Phone) -> String {
        self.sample().replace(self.sample_phone(), &format!("+{}", phone.digits()))
    }
}

/// Every source, in the order they are shown.
#[must_use]
pub fn all() -> &'static [&'static dyn Source] {
    static ALL: [&dyn Source; 2] = [&TORROW, &JSON];
    &ALL
}

/// The source with that code.
#[must_use]
pub fn find(code: &str) -> Option<&'static dyn Source> {
    all().iter().copied().find(|source| source.code() == code)
}

/// A body that is no event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Longer than [`BODY_BYTES_MAX`].
    #[error("the body is longer than {BODY_BYTES_MAX} bytes")]
    TooLong,
    /// Not JSON.
    #[error("the body is not JSON: line {line}, column {column}")]
    NotJson {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// JSON, but no object.
    #[error("the body is not a JSON object")]
    NotObject,
    /// Nothing in it tells of a case.
    #[error("the body has no {0}")]
    Missing(&'static str),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_can_be_about_anybody() {
        let phone = Phone::from_digits(79_161_234_567).unwrap();
        for source in all() {
            let code = source.code();
            assert_eq!(source.sample().matches(source.sample_phone()).count(), 1, "{code}");
            let body = source.sample_to(phone);
            let event = source.translate(&Mapping::default(), body.as_bytes()).unwrap();
            assert_eq!(event.participants[0].phone(), Ok(phone), "{code}");
        }
    }
}
