//! The vocabulary of Vestnik: the values every other crate speaks in.
//!
//! **Is:** ids, time, phone numbers, messengers, content, statuses, outcomes, limits: small types
//! that cannot hold nonsense, with their stable text codes.
//!
//! **Is not:** behaviour. Nothing here reads a clock, draws randomness, opens a socket or knows a
//! wire format; a partner's or provider's spelling never enters this crate.
//!
//! Start with [`status`] (what may be said of a message) and [`outcome`] (what an answer of a
//! provider means).

pub mod account;
pub mod content;
pub mod file;
pub mod id;
pub mod incoming;
pub mod language;
pub mod limits;
pub mod messenger;
pub mod outcome;
pub mod phone;
pub mod recipient;
pub mod secret;
pub mod status;
pub mod time;
