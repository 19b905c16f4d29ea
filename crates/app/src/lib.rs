//! The use cases: what the hub can be asked to do, and the state it keeps in memory to do it.
//!
//! **Is:** [`hub::Hub`], the one thing doors and workers hold; sending ([`send`]), receiving
//! ([`receive`]), what is set up ([`setup`]) and how it is changed ([`admin`]), the desks at which
//! work waits in memory ([`desk`], [`report_desk`]), and what is known of a message ([`trace`]).
//!
//! **Is not:** HTTP, SQL, a provider's bytes, or a clock: time, randomness and the wire come in
//! through small traits, so that the deterministic world can own them.
//!
//! Start with [`hub`] and [`send`].

pub mod account;
pub mod admin;
pub mod bell;
pub mod caller;
pub mod chance;
pub mod chore;
pub mod clock;
pub mod desk;
pub mod file;
pub mod hook;
pub mod hub;
pub mod incoming;
pub mod instance;
pub mod invitation;
pub mod mail;
pub mod matrix;
pub mod notice;
pub mod part;
pub mod password;
pub mod reach;
pub mod receive;
pub mod reminder;
pub mod report_desk;
pub mod seal;
pub mod send;
pub mod setup;
pub mod trace;

pub use hub::Hub;
