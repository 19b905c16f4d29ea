//! The customers: they write, send files, change their words; who has switched the phone off writes
//! when it is on again.

use crate::{
    clock::pause,
    life::lock,
    script::{AccountScript, WritingScript},
    world::World,
};
use serde_json::{Value, json};
use std::sync::Arc;

/// How long after a vain try a customer tries again.
const AGAIN_MS: i64 = 1_000;

/// Writes one message; perhaps changes its words later.
pub async fn write(world: Arc<World>, writing: usize) {
    let script = world.script.writings[writing].clone();
    pause(script.at_ms).await;
    let said = insist(&world, "/twin/reply", &message(&world, writing, &script)).await;
    let id = said["id"].as_str().unwrap_or_default().to_owned();
    lock(&world.witness).written.insert(writing, id.clone());
    world.count("customer wrote");
    if let Some(later) = script.edited_after_ms {
        pause(later).await;
        let words = WritingScript::other_words(writing);
        insist(&world, "/twin/edit", &json!({ "id": id, "text": words })).await;
        world.count("customer changed the words");
    }
    lock(&world.witness).writers_done += 1;
}

/// Does something on the phone, as soon as it is on.
async fn insist(world: &World, path: &str, body: &Value) -> Value {
    loop {
        if let Some(answer) = world.try_twin("POST", path, body) {
            return answer;
        }
        pause(AGAIN_MS).await;
    }
}

fn message(world: &World, writing: usize, script: &WritingScript) -> Value {
    let mut body = json!({
        "account": AccountScript::number(script.account),
        "from": world.script.phones[script.phone].number.to_string(),
        "text": WritingScript::words(writing),
    });
    if let Some(file) = script.file {
        let url = world.put_file(file.name(), file.mime(), file.bytes(writing));
        let (name, mime, kind) = (file.name(), file.mime(), file.kind());
        body["file"] = json!({ "url": url, "name": name, "mime": mime, "kind": kind });
    }
    body
}
