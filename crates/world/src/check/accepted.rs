//! Nothing accepted is lost: one row for every answer, and every row comes to its end.

use crate::{
    caller::accepted_as,
    clock::BEGIN,
    run::{History, Told},
    script::{CallScript, RECOVERY_MS},
    world::World,
};
use vestnik_engine::cascade::Hold;
use vestnik_model::{status::Status, time::Millis};

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
            (answer, rows) => {
                found.push(format!("{reference}: answered {answer:?}, rows {rows:?}"));
            }
        }
    }
    found.extend(history.messages.iter().flat_map(|told| served(world, told)));
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

/// In calm weather every link is taken by the provider soon after it may leave.
fn served(world: &World, told: &Told) -> Vec<String> {
    const SOON: Millis = Millis::seconds(60);
    let recovered = BEGIN + Millis(world.script.storm_ms + RECOVERY_MS);
    let mut found = Vec::new();
    let links = told.message.cascade.links.iter().zip(&told.message.plan.links);
    for (i, (link, planned)) in links.enumerate() {
        let Some(released) = link.released.filter(|at| *at >= recovered) else { continue };
        let has_time = planned.ttl > SOON
            && told.message.plan.deadline.is_none_or(|deadline| deadline > released + SOON);
        let is_late = link.accepted.is_none_or(|at| at > released + SOON);
        if has_time && is_late && link.status != Status::Cancelled {
            let id = told.message.id;
            found.push(format!("message {id}, link {i}: not served in calm weather: {link:?}"));
        }
    }
    found
}
