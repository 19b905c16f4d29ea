//! Any system that posts JSON.

use crate::{
    event::Event,
    source::{Mapping, Source, Unreadable},
};
use vestnik_model::language::Language;

/// The source: it has no state.
pub(crate) static JSON: Json = Json;

/// The source: it has no state.
pub(crate) struct Json;

impl Source for Json {
    fn code(&self) -> &'static str {
        "json"
    }

    fn name(&self, language: Language) -> &'static str {
        match language {
            Language::Ru => "Любая система (JSON)",
            Language::En => "Any system (JSON)",
        }
    }

    fn translate(&self, _: &Mapping, _: &[u8]) -> Result<Event, Unreadable> {
        Err(Unreadable::Missing("case"))
    }

    fn sample(&self) -> &'static str {
        "{}"
    }
}
