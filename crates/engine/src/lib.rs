//! The decisions about a message, pure.
//!
//! **Is:** the cascade ([`cascade`]), when it may go ([`window`], [`zone`]), how often it is tried
//! ([`retry`]), how quickly a sender may send and how many at once ([`lane`], [`circuit`]), what one
//! look into a provider's journal is good for ([`inquiry`]), and why it is where it is ([`explain`]).
//!
//! **Is not:** effects. Nothing here knows a database, a socket, a clock or randomness; `now` and
//! random bits are arguments, and what must be done comes back as values.
//!
//! Start with [`cascade::step`].

pub mod allowance;
pub mod cascade;
pub mod cause;
pub mod circuit;
pub mod explain;
pub mod inquiry;
pub mod lane;
pub mod parts;
pub mod plan;
pub mod retry;
pub mod window;
pub mod zone;

#[cfg(test)]
mod tests;
