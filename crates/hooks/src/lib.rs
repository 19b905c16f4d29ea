//! Booking hooks: an event of a booking system becomes a well-written message.
//!
//! **Is:** what a hook's address holds ([`url_hook`]), what happened ([`event`]), how a source
//! says it ([`source`]), the words that a customer reads ([`notice`], [`template`], [`layout`]),
//! the rules by which a managed hook writes ([`rule`]), and the mail that tells of a failure
//! ([`mail`]).
//!
//! **Is not:** effects. Nothing here knows a socket, a clock, randomness or the store; it gives
//! values, and what must be done with them is decided above.
//!
//! Start with [`url_hook::check`], then [`source::Source::translate`] and [`notice::write`].

mod date;
pub mod dedupe;
pub mod event;
pub mod follow;
mod json;
pub mod layout;
mod loose;
pub mod mail;
pub mod mapping;
pub mod notice;
pub mod parameter;
pub mod query;
pub mod rule;
pub mod source;
pub mod template;
mod texts;
mod torrow;
pub mod url_hook;
