//! Events of the Callback API.

use super::{CHATS_BEGIN, message};
use crate::json;
use serde_json::Value;
use subtle::ConstantTimeEq;
use vestnik_model::account::Account;
use vestnik_provider::{
    incoming::{Chat, Extra, Incoming, Person, Quote},
    port::{Reception, Word},
    wire::Inbound,
};

/// Kinds of events that are asked for.
pub(super) const WANTED: [&str; 8] = [
    "message_new",
    "message_reply",
    "message_edit",
    "message_allow",
    "message_deny",
    "message_read",
    "message_event",
    "message_reaction_event",
];
/// Signs by their ids, from 1, as VK's own applications show them.
const REACTIONS: [&str; 8] = ["❤", "🔥", "😂", "👍", "💩", "❓", "😭", "😡"];

/// The secret travels inside of the body: what has none, JSON or not, is nobody's.
pub(super) fn receive(account: &Account, inbound: &Inbound<'_>) -> Reception {
    let Ok(event) = serde_json::from_slice::<Value>(inbound.body) else {
        return Reception::Forged;
    };
    let secret = account.setting("webhook_secret").as_bytes();
    let given = event["secret"].as_str().unwrap_or_default();
    if secret.is_empty() || !bool::from(given.as_bytes().ct_eq(secret)) {
        return Reception::Forged;
    }
    let group = json::text(&event["group_id"]).unwrap_or_default();
    if group != account.setting("group_id") {
        return Reception::Unreadable { detail: "it speaks of another community".to_owned() };
    }
    let kind = event["type"].as_str().unwrap_or_default();
    if kind == "confirmation" {
        let body = account.setting("confirmation").to_owned();
        return Reception::Handshake { status: 200, body };
    }
    match words(account, kind, &event["object"]) {
        Ok(words) => Reception::Understood(words),
        Err(detail) => Reception::Unreadable { detail: detail.to_owned() },
    }
}

fn words(account: &Account, kind: &str, object: &Value) -> Result<Vec<Word>, &'static str> {
    match kind {
        // Nested since 5.103.
        "message_new" if object["message"].is_object() => {
            message::words(account, &object["message"])
        }
        "message_new" => message::words(account, object),
        // What came through the API is ours; what a person wrote has its author.
        "message_reply" if object["admin_author_id"].as_i64().is_some_and(|id| id > 0) => {
            message::words(account, object)
        }
        "message_edit" => Ok(vec![message::edited(account, object)?]),
        "message_allow" => {
            let id = user(object, "user_id")?;
            let payload = json::text(&object["key"]);
            let person = Person { id: id.clone(), ..Person::default() };
            Ok(vec![Word::Started { chat: id, person, payload, at: None }])
        }
        "message_deny" => Ok(vec![Word::Stopped { chat: user(object, "user_id")?, at: None }]),
        "message_read" => read(object),
        "message_event" => pressed(object),
        "message_reaction_event" => reaction(object),
        _ => Ok(vec![Word::Nothing]),
    }
}

fn user(object: &Value, name: &str) -> Result<String, &'static str> {
    object[name].as_i64().map(|id| id.to_string()).ok_or("the person is missing")
}

/// In a group chat it is not told who of all did.
fn read(object: &Value) -> Result<Vec<Word>, &'static str> {
    let peer = object["peer_id"].as_i64().ok_or("peer_id is missing")?;
    let is_theirs = object["from_id"].as_i64() == Some(peer) && peer < CHATS_BEGIN;
    let cmid = object["conversation_message_id"].as_i64().or_else(|| object["cmid"].as_i64());
    match cmid.filter(|_| is_theirs) {
        Some(cmid) => {
            let (chat, remote_id) = (peer.to_string(), format!("{peer}:{cmid}"));
            Ok(vec![Word::ReadUpTo { chat, remote_id, at: None }])
        }
        None => Ok(vec![Word::Nothing]),
    }
}

/// A button that calls back: not of our making, but of this community.
fn pressed(object: &Value) -> Result<Vec<Word>, &'static str> {
    let author = Person { id: user(object, "user_id")?, ..Person::default() };
    let peer = object["peer_id"].as_i64().ok_or("peer_id is missing")?;
    let id = json::text(&object["event_id"]).ok_or("event_id is missing")?;
    let cmid = object["conversation_message_id"].as_i64();
    let quote = cmid.map(|cmid| Quote { remote_id: format!("{peer}:{cmid}"), text: None });
    let incoming = Incoming {
        remote_id: format!("callback:{id}"),
        chat: chat(peer),
        author,
        is_own: false,
        at: None,
        text: String::new(),
        files: Vec::new(),
        extra: Some(Extra::Pressed { payload: message::payload(&object["payload"]) }),
        quote,
    };
    Ok(vec![Word::Message(Box::new(incoming))])
}

pub(super) fn chat(peer: i64) -> Chat {
    Chat { id: peer.to_string(), is_group: peer > CHATS_BEGIN, title: None }
}

fn reaction(object: &Value) -> Result<Vec<Word>, &'static str> {
    let peer = object["peer_id"].as_i64().ok_or("peer_id is missing")?;
    let cmid = object["cmid"].as_i64().ok_or("cmid is missing")?;
    if object["reacted_id"].as_i64().is_some_and(|id| id < 0) {
        return Ok(vec![Word::Nothing]);
    }
    let emoji = object["reaction_id"].as_u64().filter(|id| *id > 0).map(|id| {
        let place = usize::try_from(id - 1).unwrap_or(usize::MAX);
        REACTIONS.get(place).map_or_else(|| format!("reaction {id}"), |sign| (*sign).to_owned())
    });
    let (chat, remote_id) = (peer.to_string(), format!("{peer}:{cmid}"));
    Ok(vec![Word::Reaction { chat, remote_id, emoji, at: None }])
}
