//! Nothing is left to be done, and nothing of an earlier process is forgotten.

use crate::{life::lock, world::World};

const LEFT: &str = "SELECT message_id, slot, state, epoch FROM outbox \
    WHERE state <> 'await' AND state <> 'gather' ORDER BY message_id, slot";

pub(super) fn check(world: &World) -> Vec<String> {
    let epoch = lock(&world.witness).epoch;
    let rows = match world.disk.look(|tx| tx.query(LEFT, &[])) {
        Ok(rows) => rows,
        Err(error) => return vec![format!("the outbox can't be read: {error}")],
    };
    rows.iter().map(|row| format!("left in the outbox at {epoch:?}: {row:?}")).collect()
}
