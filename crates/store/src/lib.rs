//! Commands and queries: everything that is written down, in portable SQL.
//!
//! **Is:** one file per noun. A command is a synchronous, set-oriented function over a
//! transaction, with the present as an argument; the [`batch::Batcher`] runs whatever waits in one
//! transaction, so one sync to disk serves everybody, and answers only after the commit.
//!
//! **Is not:** decisions (they are the engine's; a command applies them), an async API, or a
//! place from which a transaction can be held open: one command is whole inside one.
//!
//! Row budget: a message that is delivered and reported twice costs twelve row writes: at accept
//! the message and its outbox row; at the provider's acceptance message, outbox, journal and
//! report; at the receipt journal (with the webhook's raw bytes), message and report; two reports
//! done; and the outbox row's removal by the janitor, days later. Awaited ids are written a hundred to a row.
//!
//! Start with [`accept`] and [`advance`].

pub mod accept;
pub mod account;
pub mod advance;
pub mod attachment;
mod awaited;
pub mod batch;
mod changes;
pub mod checklist;
pub mod claim;
pub mod config;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod error;
pub mod file;
pub mod heard;
pub mod hook;
pub mod hook_call;
pub mod identity;
pub mod implicit;
pub mod incoming;
pub mod ingest;
pub mod janitor;
pub mod journal;
pub mod key;
mod known;
pub mod mail;
pub mod message;
pub mod mo;
pub mod notice;
pub mod occasion;
pub mod ownership;
pub mod partner;
pub mod presence;
pub mod reminder;
pub mod report;
pub mod schema;
pub mod sealed;
pub mod setting;
pub mod slot;
pub mod writer;

pub use error::StoreError;
pub use vestnik_db::Tx;
