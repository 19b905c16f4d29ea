//! What every database must do for the store, case by case.
//!
//! **Is:** [`exercise`], called by the tests of each driver. Each case has a fresh database of its
//! own and says by its assertions what was expected.
//!
//! **Is not:** part of the product: the feature `conformance` turns it on.

#![allow(clippy::unwrap_used, reason = "a case fails by a panic")]

mod accept;
mod advance;
mod awaited;
mod batch;
mod budget;
mod claim;
mod config;
mod heard;
mod hook;
mod ingest;
mod janitor;
mod message;
mod report;
mod scene;
mod schema;
mod watched;

use scene::Scene;
use vestnik_db::Engine;

/// A case by its name.
type Case = (&'static str, fn(&mut Scene));

/// Runs every case on an empty database of its own.
///
/// # Panics
/// If a case fails: its name is the last one printed.
pub fn exercise(open: &mut dyn FnMut() -> Box<dyn Engine>) {
    let all = [
        schema::CASES,
        config::CASES,
        accept::CASES,
        claim::CASES,
        advance::CASES,
        ingest::CASES,
        heard::CASES,
        hook::CASES,
        report::CASES,
        message::CASES,
        janitor::CASES,
        batch::CASES,
        awaited::CASES,
        budget::CASES,
    ];
    for (name, case) in all.into_iter().flatten() {
        println!("case: {name}");
        case(&mut Scene::new(open()));
    }
}
