//! The checks: what must hold when a world has come to rest.

mod accepted;
mod bubbles;
mod events;
mod incoming;
mod outbox;
mod reports;

use crate::{run::History, world::World};

/// Everything that is not as it must be.
#[must_use]
pub fn all(world: &World, history: &History) -> Vec<String> {
    let mut found = accepted::check(world, history);
    found.extend(bubbles::check(world, history));
    found.extend(reports::check(history));
    found.extend(incoming::check(world, history));
    found.extend(events::check(world, history));
    found.extend(outbox::check(world));
    found
}
