//! Every message of a customer is kept exactly once with its words, its file is fetched in the end,
//! and the partner is told of it in order, at least once.

use crate::{
    clock::BEGIN,
    life::lock,
    run::History,
    script::{RECOVERY_MS, WritingScript},
    world::World,
};
use vestnik_app::incoming::WithFiles;
use vestnik_files::hash;
use vestnik_model::id::{AccountId, IncomingId, id_time};
use vestnik_store::attachment::AttachmentState;

/// In calm weather a partner is told within this: a picture is waited for, a file may come late.
const TOLD_MS_MAX: i64 = 120_000;
const OWED: &str = "SELECT incoming_id, state FROM mo ORDER BY incoming_id";

pub(super) fn check(world: &World, history: &History) -> Vec<String> {
    let mut found = Vec::new();
    for writing in 0..world.script.writings.len() {
        let name = WritingScript::words(writing);
        match kept(world, history, writing).as_slice() {
            [one] => {
                let faults = [words(world, writing, one), file(world, writing, one)];
                let faults = faults.into_iter().chain([told(world, history, writing, one)]);
                found.extend(faults.flatten().map(|fault| format!("{name:?}: {fault}")));
            }
            rows => found.push(format!("{name:?} is kept {} times", rows.len())),
        }
    }
    if history.incoming.len() > world.script.writings.len() {
        found.push(format!("{} messages are kept that nobody wrote", history.incoming.len()));
    }
    found.extend(order(world, history));
    found
}

/// The rows that a writing became.
fn kept<'a>(world: &World, history: &'a History, writing: usize) -> Vec<&'a WithFiles> {
    let id = lock(&world.witness).written.get(&writing).cloned();
    let account = account(world, writing);
    let is_it = |one: &&WithFiles| {
        Some(&one.stored.record.incoming.remote_id) == id.as_ref() && one.stored.account == account
    };
    history.incoming.iter().filter(is_it).collect()
}

fn account(world: &World, writing: usize) -> AccountId {
    AccountId(1 + i64::try_from(world.script.writings[writing].account).unwrap_or(0))
}

/// What it says now and said before: all that was told, and nothing else; the latest words stand.
fn words(world: &World, writing: usize, one: &WithFiles) -> Option<String> {
    let record = &one.stored.record;
    let (first, other) = (WritingScript::words(writing), WritingScript::other_words(writing));
    let is_edited = world.script.writings[writing].edited_after_ms.is_some();
    let told = lock(&world.witness).words.get(&record.incoming.remote_id).cloned();
    let told = told.unwrap_or_default();
    let anew = WritingScript::anew(&first);
    let now = &record.incoming.text;
    let known: Vec<&String> = record.before.iter().map(|e| &e.text).chain([now]).collect();
    if let Some(lost) = told.iter().find(|words| !known.contains(words)) {
        return Some(format!("{lost:?} was told, and is not kept: {known:?}"));
    }
    let is_ours =
        |words: &&String| **words == first || **words == anew || is_edited && **words == other;
    if let Some(strange) = known.iter().find(|words| !is_ours(words)) {
        return Some(format!("nobody wrote {strange:?}"));
    }
    if known.iter().any(|words| **words == anew) {
        return None;
    }
    let last = if is_edited { other } else { first };
    let is_bare = is_edited || record.before.is_empty();
    (*now != last || !is_bare).then(|| format!("it says {known:?}, and {last:?} is right"))
}

fn file(world: &World, writing: usize, one: &WithFiles) -> Option<String> {
    let sent = world.script.writings[writing].file;
    match (sent, one.files.as_slice()) {
        (None, []) => None,
        (Some(sent), [file]) => {
            let is_whole = file.hash == Some(hash(&sent.bytes(writing)))
                && file.state == AttachmentState::Fetched
                && file.name == sent.name()
                && file.mime == sent.mime();
            (!is_whole).then(|| format!("its file is {file:?}"))
        }
        (sent, files) => Some(format!("{sent:?} was sent with it, and {files:?} is kept")),
    }
}

fn told(world: &World, history: &History, writing: usize, one: &WithFiles) -> Option<String> {
    let (id, script) = (one.stored.id, &world.script.writings[writing]);
    let mut tellings = history.tellings.iter().filter(|telling| telling.incoming == id);
    let from = world.script.phones[script.phone].number.to_string();
    let record = &one.stored.record;
    let known = |text: &String| {
        *text == record.incoming.text || record.before.iter().any(|edit| edit.text == *text)
    };
    if let Some(odd) = tellings.clone().find(|t| t.from != from || !known(&t.text)) {
        return Some(format!("the partner was told {odd:?}"));
    }
    let Some(taken) = tellings.find(|telling| telling.is_taken) else {
        return Some("the partner was not told".to_owned());
    };
    let came_ms = id_time(id.0).0 - BEGIN.0;
    let is_calm = came_ms >= world.script.storm_ms + RECOVERY_MS;
    (is_calm && taken.at_ms > came_ms + TOLD_MS_MAX)
        .then(|| format!("it came at {came_ms} in calm weather and was told at {}", taken.at_ms))
}

/// One after the other, each again and again until it was taken; and each row says so.
fn order(world: &World, history: &History) -> Vec<String> {
    let mut found = Vec::new();
    let mut current: Option<(IncomingId, bool)> = None;
    for telling in &history.tellings {
        let is_taken = match current {
            Some((id, taken)) if id == telling.incoming => taken,
            Some((id, taken)) if id > telling.incoming || !taken => {
                found.push(format!("{telling:?} was told before {id} was taken, or after it"));
                false
            }
            Some(_) | None => false,
        };
        current = Some((telling.incoming, is_taken || telling.is_taken));
    }
    let rows = world.disk.look(|tx| tx.query(OWED, &[])).unwrap_or_default();
    if rows.len() != history.incoming.len() {
        found.push(format!("{} are owed to the partner", rows.len()));
    }
    for row in rows.iter().filter(|row| row.text(1).ok() != Some("done")) {
        found.push(format!("it is not noted that the partner was told: {row:?}"));
    }
    found
}
