//! The only way out: the HTTP client through which everything leaves the hub, and the way of mails
//! to their server ([`smtp`]).
//!
//! **Is:** an HTTP/1.1 client with kept-alive connections, TLS, a guard against addresses of the
//! inner network, bounds on everything, and an exact answer to the one question that matters for a
//! message: *may the request have left?* ([`vestnik_provider::wire::Trouble`]).
//!
//! **Is not:** a general HTTP library. It follows no redirects, keeps no cookies, asks for no
//! compression, speaks no HTTP/2, never repeats a request of which a byte was written, and starts
//! no tasks: all work is done by whoever awaits the answer.
//!
//! Start with [`client`] (how a request travels), then [`guard`] (where it may go) and
//! [`settings`] (what can be configured). Why it is written by hand:
//! `docs/decisions/0001-http-client.md`.

pub mod client;
pub mod guard;
pub mod redact;
pub mod settings;
pub mod smtp;

mod connect;
mod head;
mod host;
mod link;
mod reader;
mod side;
mod tls;

pub use client::Client;
pub use redact::redact_url;
pub use settings::{HostPattern, Route, Settings};

#[cfg(test)]
mod tests;
