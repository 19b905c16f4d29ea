//! The port of event sources: bytes that somebody posts become an [`Event`].

use crate::{event::Event, json::JSON, layout::Links, torrow::TORROW};
use vestnik_model::language::Language;

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

    /// A body to try hooks with; it translates.
    fn sample(&self) -> &'static str;
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
