//! Message objects.

use super::{event, outgoing::PAYLOAD_MEMBER};
use crate::json;
use serde_json::Value;
use vestnik_model::{account::Account, file::FileKind, time::Timestamp};
use vestnik_provider::{
    incoming::{Extra, Incoming, IncomingFile, Person, Quote},
    port::Word,
};

/// Attachments that are looked at: ten fit into a message.
const ATTACHMENTS_MAX: usize = 32;

/// What a new message says. One that came by a link also opens the chat.
pub(super) fn words(account: &Account, message: &Value) -> Result<Vec<Word>, &'static str> {
    let incoming = incoming(account, message)?;
    let link = json::text(&message["ref"]);
    let is_start = command(&message["payload"]).as_deref() == Some("start");
    let mut words = Vec::new();
    if (is_start || link.is_some()) && !incoming.chat.is_group && !incoming.is_own {
        let (chat, person) = (incoming.chat.id.clone(), incoming.author.clone());
        words.push(Word::Started { chat, person, payload: link, at: incoming.at });
    }
    if !is_start {
        words.push(Word::Message(Box::new(incoming)));
    }
    Ok(words)
}

/// A message that was changed. Our own calls come back too.
pub(super) fn edited(account: &Account, message: &Value) -> Result<Word, &'static str> {
    let incoming = incoming(account, message)?;
    let is_ours = incoming.is_own && message["admin_author_id"].as_i64().is_none_or(|id| id <= 0);
    if is_ours {
        return Ok(Word::Nothing);
    }
    let at = time(&message["update_time"]);
    let Incoming { chat, remote_id, text, .. } = incoming;
    Ok(Word::Edited { chat: chat.id, remote_id, text, at })
}

fn incoming(account: &Account, message: &Value) -> Result<Incoming, &'static str> {
    let peer = message["peer_id"].as_i64().ok_or("peer_id is missing")?;
    let author = message["from_id"].as_i64().ok_or("from_id is missing")?;
    let remote_id = remote_id(peer, message).ok_or("the message has no id")?;
    let is_us = author.checked_neg().map(|id| id.to_string());
    let is_own = message["out"] == 1 || is_us.as_deref() == Some(account.setting("group_id"));
    let attachments = json::items(&message["attachments"]);
    let attachments = &attachments[..attachments.len().min(ATTACHMENTS_MAX)];
    let files: Vec<IncomingFile> = attachments.iter().filter_map(file).collect();
    let text = json::text(&message["text"]).unwrap_or_default();
    let mut extra = extra(message, attachments);
    if text.is_empty() && files.is_empty() && extra.is_none() {
        extra = Some(Extra::Other("empty".to_owned()));
    }
    Ok(Incoming {
        remote_id,
        chat: event::chat(peer),
        author: Person { id: author.to_string(), ..Person::default() },
        is_own,
        at: time(&message["date"]),
        text,
        files,
        extra,
        quote: quote(peer, &message["reply_message"]),
    })
}

/// `PEER:CMID`, as sends are answered; very old events have the mailbox's number only.
fn remote_id(peer: i64, message: &Value) -> Option<String> {
    let whole = |name: &str| message[name].as_i64().filter(|id| *id > 0);
    let within = whole("conversation_message_id").or_else(|| whole("cmid"));
    let mailbox = || whole("id").map(|id| format!("{peer}:id{id}"));
    within.map(|id| format!("{peer}:{id}")).or_else(mailbox)
}

fn quote(peer: i64, answered: &Value) -> Option<Quote> {
    let peer = answered["peer_id"].as_i64().unwrap_or(peer);
    Some(Quote { remote_id: remote_id(peer, answered)?, text: json::text(&answered["text"]) })
}

fn time(value: &Value) -> Option<Timestamp> {
    let seconds = value.as_i64().filter(|seconds| *seconds > 0)?;
    seconds.checked_mul(1_000).map(Timestamp)
}

/// What we put behind a button, or what somebody else did, as it is.
pub(super) fn payload(value: &Value) -> String {
    let (parsed, told) = match value.as_str() {
        Some(text) => (serde_json::from_str(text).unwrap_or(Value::Null), text.to_owned()),
        None => (value.clone(), value.to_string()),
    };
    let members = parsed.as_object().map_or(0, serde_json::Map::len);
    let ours = parsed[PAYLOAD_MEMBER].as_str().filter(|_| members == 1);
    ours.map_or(told, str::to_owned)
}

/// The command of a button that VK makes by itself.
fn command(value: &Value) -> Option<String> {
    let parsed: Value = serde_json::from_str(value.as_str()?).ok()?;
    json::text(&parsed["command"])
}

/// What it holds beside words and files.
fn extra(message: &Value, attachments: &[Value]) -> Option<Extra> {
    let geo = &message["geo"]["coordinates"];
    if geo.is_object() {
        let degrees = |name: &str| json::text(&geo[name]).unwrap_or_default();
        let (latitude, longitude) = (degrees("latitude"), degrees("longitude"));
        let name = json::text(&message["geo"]["place"]["title"]);
        return Some(Extra::Location { latitude, longitude, name });
    }
    if !message["payload"].is_null() {
        return Some(Extra::Pressed { payload: payload(&message["payload"]) });
    }
    if let Some(action) = json::text(&message["action"]["type"]) {
        return Some(Extra::Other(action));
    }
    let other = attachments.iter().find(|one| file(one).is_none());
    if let Some(kind) = other.and_then(|one| json::text(&one["type"])) {
        return Some(Extra::Other(kind));
    }
    if !json::items(&message["fwd_messages"]).is_empty() {
        return Some(Extra::Other("fwd_messages".to_owned()));
    }
    // Its end is missing: VK shortens what is long.
    (message["is_cropped"] == true).then(|| Extra::Other("is_cropped".to_owned()))
}

/// A file by its public address.
fn file(attachment: &Value) -> Option<IncomingFile> {
    let kind = attachment["type"].as_str()?;
    let one = &attachment[kind];
    let plain = |kind, locator: Option<String>, mime: Option<&str>| {
        let mime = mime.map(str::to_owned);
        locator.map(|locator| IncomingFile { kind, locator, name: None, mime, size: None })
    };
    match kind {
        "photo" => {
            let original = json::text(&one["orig_photo"]["url"]);
            plain(FileKind::Image, original.or_else(|| largest(&one["sizes"])), None)
        }
        "sticker" => plain(FileKind::Sticker, largest(&one["images"]), None),
        "graffiti" => plain(FileKind::Image, json::text(&one["url"]), None),
        "audio_message" => {
            let ogg = json::text(&one["link_ogg"]);
            let mime = if ogg.is_some() { "audio/ogg" } else { "audio/mpeg" };
            let link = ogg.or_else(|| json::text(&one["link_mp3"]));
            plain(FileKind::Voice, link, Some(mime))
        }
        // Of music there is seldom more than a name.
        "audio" => {
            let locator = json::text(&one["url"])?;
            let name = json::text(&one["title"]);
            Some(IncomingFile { kind: FileKind::Audio, locator, name, mime: None, size: None })
        }
        "doc" => {
            let locator = json::text(&one["url"])?;
            let name = name(json::text(&one["title"]), json::text(&one["ext"]));
            let size = one["size"].as_u64();
            Some(IncomingFile { kind: FileKind::Document, locator, name, mime: None, size })
        }
        _ => None,
    }
}

/// A title need not have the file's ending.
fn name(title: Option<String>, ending: Option<String>) -> Option<String> {
    match (title, ending) {
        (Some(title), Some(ending)) => {
            let end = format!(".{}", ending.to_lowercase());
            let has = title.to_lowercase().ends_with(&end);
            Some(if has { title } else { title + &end })
        }
        (title, None) => title,
        (None, Some(ending)) => Some(format!("file.{ending}")),
    }
}

/// The address of the largest picture; of equals the last.
fn largest(sizes: &Value) -> Option<String> {
    let area = |size: &&Value| {
        let side = |name: &str| size[name].as_u64().unwrap_or(0);
        side("width").saturating_mul(side("height"))
    };
    json::items(sizes).iter().max_by_key(area).and_then(|size| json::text(&size["url"]))
}
