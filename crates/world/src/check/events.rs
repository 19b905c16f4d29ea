//! Every event that was answered becomes one message or one mail, whatever ended a life; what failed
//! is mailed, and nothing of it is left to be done.

use crate::{
    life::lock,
    run::{History, Told},
    script::EventScript,
    world::World,
};
use vestnik_model::status::Status;

const MAILS: &str = "SELECT subject, state FROM mail ORDER BY id";

pub(super) fn check(world: &World, history: &History) -> Vec<String> {
    let mut found = Vec::new();
    for (event, script) in world.script.events.iter().enumerate() {
        found.extend(told(world, history, event, script));
    }
    let rows = world.disk.look(|tx| tx.query(MAILS, &[])).unwrap_or_default();
    for row in rows.iter().filter(|row| row.text(1).ok() != Some("done")) {
        found.push(format!("a mail was not sent: {row:?}"));
    }
    found
}

fn of<'a>(history: &'a History, words: &str) -> Vec<&'a Told> {
    let says = |told: &&Told| {
        let mut parts = told.message.plan.links.iter().flat_map(|link| &link.parts);
        parts.any(|part| part.as_text() == words)
    };
    history.messages.iter().filter(says).collect()
}

fn told(world: &World, history: &History, event: usize, script: &EventScript) -> Vec<String> {
    let number = EventScript::number(event);
    let mut found = Vec::new();
    let is_answered = lock(&world.witness).events_answered.contains(&event);
    if !is_answered {
        found.push(format!("event {number} was never answered"));
    }
    let mails = mails_of(world, &number);
    let can_be_told = !script.is_bad && world.script.phones[script.phone].has_messenger;
    let messages = of(history, &EventScript::words(event));
    match (can_be_told, messages.as_slice()) {
        (true, [told]) => found.extend(followed(told, &number, &mails)),
        // The reminder of the same booking fails by itself.
        (false, []) if mails.len() == 1 || (mails.len() == 2 && script.starts_ms.is_some()) => {}
        // Whether the number is there could not be asked: it was tried.
        (false, [told]) if !script.is_bad => found.extend(followed(told, &number, &mails)),
        (_, messages) => {
            let (messages, mails) = (messages.len(), mails.len());
            found.push(format!("event {number}: {messages} messages and {mails} mails"));
        }
    }
    let reminders = of(history, &EventScript::reminder(event)).len();
    if reminders > 1 || (reminders == 1 && (script.is_bad || script.starts_ms.is_none())) {
        found.push(format!("event {number} was reminded of {reminders} times"));
    }
    found
}

/// The different mails that speak of a number: one mail may arrive twice, and several may go together.
fn mails_of(world: &World, number: &str) -> Vec<String> {
    let rows = world.disk.look(|tx| tx.query(MAILS, &[])).unwrap_or_default();
    let subjects = rows.iter().filter_map(|row| row.text(0).ok().map(str::to_owned));
    subjects.filter(|subject| subject.ends_with(number)).collect()
}

fn followed(told: &Told, number: &str, mails: &[String]) -> Option<String> {
    let status = told.message.cascade.status;
    let is_failed = matches!(status, Status::Failed | Status::Expired | Status::Cancelled);
    match (is_failed, mails.len()) {
        (true, 0) => Some(format!("event {number}: {status:?}, and nobody was told")),
        // The reminder of the same booking may have failed as well.
        (true, 1 | 2) | (false, 0 | 1) => None,
        (_, mails) => Some(format!("event {number}: {status:?}, and {mails} mails")),
    }
}
