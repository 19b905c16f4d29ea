//! Nothing accepted is lost: one row for every answer, and every row comes to its end.

use crate::{caller::accepted_as, run::History, script::CallScript, world::World};
use vestnik_engine::cascade::Hold;
use vestnik_model::status::Status;

pub(super) fn check(world: &World, history: &History) -> Vec<String> {
    let mut found = Vec::new();
    for call in 0..world.script.calls.len() {
        let reference = CallScript::reference(call);
        let rows: Vec<_> = history
            .messages
            .iter()
            .filter(|told| told.message.plan.partner_ref.as_deref() == Some(&reference))
            .map(|told| told.message.id)
            .collect();
        match (accepted_as(world, call), rows.as_slice()) {
            (Some(id), [row]) if id == *row => {}
            (None, [] | [_]) => {}
            (answer, rows) => found.push(format!("{reference}: answered {answer:?}, rows {rows:?}")),
        }
    }
    for told in &history.messages {
        let (id, cascade) = (told.message.id, &told.message.cascade);
        if !cascade.done {
            found.push(format!("message {id}: it has not come to an end: {cascade:?}"));
        }
        if matches!(cascade.status, Status::Queued | Status::Submitting | Status::Sent) {
            found.push(format!("message {id}: it ends as {:?}", cascade.status));
        }
        let mut parts = cascade.links.iter().flat_map(|link| &link.parts);
        if let Some(part) = parts.find(|p| !matches!(p.hold, Hold::Settled | Hold::Planned)) {
            found.push(format!("message {id}: a part still waits: {part:?}"));
        }
        let best = cascade.links.iter().map(|link| link.status).max().unwrap_or_default();
        if cascade.status != best {
            found.push(format!("message {id}: {:?}, its links {best:?}", cascade.status));
        }
    }
    found
}
