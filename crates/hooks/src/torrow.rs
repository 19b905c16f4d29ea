//! Torrow (torrow.net): bookings.

use crate::{
    event::Event,
    source::{Mapping, Source, Unreadable},
};
use vestnik_model::language::Language;

/// The source: it has no state.
pub(crate) static TORROW: Torrow = Torrow;

/// The source: it has no state.
pub(crate) struct Torrow;

impl Source for Torrow {
    fn code(&self) -> &'static str {
        "torrow"
    }

    fn name(&self, _: Language) -> &'static str {
        "Torrow"
    }

    fn translate(&self, _: &Mapping, _: &[u8]) -> Result<Event, Unreadable> {
        Err(Unreadable::Missing("CaseItem"))
    }

    fn sample(&self) -> &'static str {
        include_str!("../fixtures/booking-event.json")
    }
}
