//! What customers write: the values are the vocabulary's, named here so that an adapter finds all
//! it needs in one place.

pub use vestnik_model::incoming::{Chat, Extra, Incoming, IncomingFile, Person, Quote};
