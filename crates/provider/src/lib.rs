//! The provider port: how the hub speaks of a provider it does not know.
//!
//! **Is:** the [`Provider`] trait, which turns our values into one provider's bytes and back; the
//! wire values it does so in ([`wire`]); what it declares about itself ([`descriptor`]); the
//! [`Transport`] that carries a request; and the [`contract`] every adapter must keep.
//!
//! **Is not:** I/O. An adapter has no clock, no socket, no state: the same arguments give the same
//! bytes. What goes wrong on the wire is turned into an outcome once, for all adapters, in
//! [`wire::Trouble::outcome`].
//!
//! Start with [`port`].

pub mod checklist;
pub mod chore;
pub mod contract;
pub mod descriptor;
pub mod incoming;
pub mod instance;
pub mod multipart;
pub mod port;
pub mod redact;
pub mod wire;

pub use port::{Provider, Transport};
