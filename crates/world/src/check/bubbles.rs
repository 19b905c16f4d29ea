//! What phones show and what the hub says of it.
//!
//! With a provider that keeps a journal, no part ever becomes two bubbles, whatever was lost. What
//! arrived on a phone is known as delivered, unless its account's receipts never come, or nobody
//! could find out within the link's lifetime that it had been sent. What is said to be delivered
//! arrived.

use crate::{
    run::{History, Told},
    script::AccountScript,
    witness::is_uncertain,
    world::World,
};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) fn check(world: &World, history: &History) -> Vec<String> {
    let mut found = Vec::new();
    let mut by_content: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for bubble in &history.bubbles {
        by_content.entry(content(bubble)).or_default().push(bubble);
    }
    for (content, bubbles) in &by_content {
        if bubbles.len() > 1 {
            found.push(format!("{content:?} became {} bubbles", bubbles.len()));
        }
    }
    for told in &history.messages {
        for link in 0..told.message.plan.links.len() {
            let parts = &told.message.plan.links[link].parts;
            for (part, content) in parts.iter().enumerate() {
                let bubbles = by_content.get(content.as_text()).map_or(&[][..], Vec::as_slice);
                found.extend(compare(world, told, link, part, bubbles));
            }
        }
    }
    found
}

/// What a bubble holds: its text, or its picture's address.
fn content(bubble: &Value) -> &str {
    bubble["file"]["url"].as_str().or(bubble["text"].as_str()).unwrap_or_default()
}

fn compare(
    world: &World,
    told: &Told,
    link: usize,
    part: usize,
    bubbles: &[&Value],
) -> Option<String> {
    let state = &told.message.cascade.links[link].parts[part];
    let name = format!("message {}, link {link}", told.message.id);
    let says_delivered = state.status.is_delivered();
    let Some(bubble) = bubbles.first() else {
        if let Some(id) = &state.remote {
            return Some(format!("{name}: known as {id}, and there is no bubble"));
        }
        return says_delivered.then(|| format!("{name}: delivered, and there is no bubble"));
    };
    let is_shown = bubble["shown"] == true;
    if says_delivered && !is_shown {
        return Some(format!("{name}: delivered, and the phone does not show it"));
    }
    if state.status == vestnik_model::status::Status::Read && bubble["status"] != "read" {
        return Some(format!("{name}: read, and the phone says {}", bubble["status"]));
    }
    if state.remote.as_deref().is_some_and(|id| bubble["id"] != id) {
        return Some(format!("{name}: known as {:?}, it is {}", state.remote, bubble["id"]));
    }
    if !is_shown || says_delivered || !is_reliable(world, bubble) {
        return None;
    }
    let byte = u8::try_from(link).unwrap_or(u8::MAX);
    let is_excused = state.remote.is_none()
        && (told.lines.iter().any(|line| is_uncertain(&line.cause, byte))
            || told.message.cascade.status.is_delivered());
    (!is_excused).then(|| format!("{name}: on the phone, and said to be {:?}", state.status))
}

fn is_reliable(world: &World, bubble: &Value) -> bool {
    let accounts = world.script.accounts.iter().enumerate();
    let mut own = accounts.filter(|(i, _)| bubble["account"] == AccountScript::number(*i));
    own.next().is_some_and(|(_, account)| account.is_reliable())
}
