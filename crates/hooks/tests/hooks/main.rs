//! The crate as those above use it: whole texts against files, the documents' own addresses.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

mod address;
mod golden;
mod mail;
mod notice;
mod page;
