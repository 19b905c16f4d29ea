//! The crate as those above use it: whole texts against files, the documents' own addresses.

mod address;
mod golden;
mod notice;
