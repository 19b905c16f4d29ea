//! Message objects and their attachments.

use serde_json::{Value, json};

use super::community::{CHATS_BEGIN, Community};
use crate::{
    bubble::{Bubble, Direction},
    content::{Kind, extension},
    identity::Realm,
    stage::Stage,
};

/// The peer of a bubble.
pub(super) fn peer_id(stage: &mut Stage, bubble: &Bubble) -> i64 {
    match &bubble.group {
        Some(group) => CHATS_BEGIN + stage.identities.id(Realm::VkChat, group),
        None => stage.identities.id(Realm::VkUser, &bubble.phone),
    }
}

/// The number of a bubble within its peer.
pub(super) fn cmid(bubble: &Bubble) -> i64 {
    bubble.id.rsplit(':').next().and_then(|id| id.parse().ok()).unwrap_or(0)
}

/// The id of a message in the community's mailbox; 0 in group chats.
pub(super) fn message_id(bubble: &Bubble) -> i64 {
    bubble.extra["message_id"].as_i64().unwrap_or(0)
}

/// A bubble as a message object.
pub(super) fn message(stage: &mut Stage, community: &Community, seq: u64) -> Value {
    let Some(bubble) = stage.bubbles.get(seq).cloned() else { return Value::Null };
    let mut message = single(stage, community, &bubble);
    let quoted = bubble.quote.as_ref().and_then(|quote| stage.bubbles.find(&quote.id)).cloned();
    if let Some(quoted) = quoted {
        let mut reply = single(stage, community, &quoted);
        if let Some(members) = reply.as_object_mut() {
            members.retain(|name, _| REPLY_MEMBERS.contains(&name.as_str()));
        }
        message["reply_message"] = reply;
    }
    message
}

const REPLY_MEMBERS: [&str; 7] =
    ["id", "conversation_message_id", "from_id", "peer_id", "date", "text", "attachments"];

fn single(stage: &mut Stage, community: &Community, bubble: &Bubble) -> Value {
    let peer = peer_id(stage, bubble);
    let from = match bubble.direction {
        Direction::In => -community.id(),
        Direction::Out => stage.identities.id(Realm::VkUser, &bubble.from),
    };
    let extra = &bubble.extra;
    let mut message = json!({
        "date": bubble.at.queued.div_euclid(1_000), "from_id": from, "id": message_id(bubble),
        "out": i32::from(bubble.direction == Direction::In), "version": 10_000_000 + bubble.seq,
        "attachments": attachments(stage, community, bubble, from), "peer_id": peer,
        "conversation_message_id": cmid(bubble), "fwd_messages": [], "important": false,
        "is_hidden": false, "random_id": extra["random_id"].as_i64().unwrap_or(0),
        "text": bubble.text,
    });
    for name in ["payload", "ref", "ref_source"] {
        if let Some(text) = extra[name].as_str() {
            message[name] = json!(text);
        }
    }
    if bubble.edited {
        message["update_time"] = json!(stage.clock.now_s());
    }
    if bubble.kind == Kind::Location {
        message["geo"] = json!({
            "type": "point",
            "coordinates": {
                "latitude": extra["latitude"], "longitude": extra["longitude"],
            },
        });
    }
    message
}

fn attachments(stage: &Stage, community: &Community, bubble: &Bubble, from: i64) -> Vec<Value> {
    let Some(file) = &bubble.file else { return Vec::new() };
    let size = stage.file_at(&file.url).map_or(0, |upload| upload.bytes.len());
    let id = 456_239_000 + bubble.seq;
    let owner = if from > 0 { from } else { -community.id() };
    let key = format!("{:018x}", bubble.seq);
    let date = bubble.at.queued.div_euclid(1_000);
    let (kind, object) = match bubble.kind {
        Kind::Image => {
            let sizes = [("s", 75, 42), ("m", 130, 73), ("x", 604, 340), ("w", 1280, 720)];
            let sizes = sizes.map(|(letter, width, height)| {
                json!({ "type": letter, "url": file.url, "width": width, "height": height })
            });
            let object = json!({
                "album_id": -3, "date": date, "id": id, "owner_id": owner, "access_key": key,
                "sizes": sizes, "text": "", "user_id": from.max(0),
                "orig_photo": { "type": "base", "url": file.url, "width": 1280, "height": 720 },
            });
            ("photo", object)
        }
        Kind::Voice => {
            let object = json!({
                "id": id, "owner_id": owner, "duration": 1, "waveform": [], "access_key": key,
                "link_ogg": file.url, "link_mp3": file.url,
            });
            ("audio_message", object)
        }
        Kind::Audio => {
            let object = json!({
                "id": id, "owner_id": owner, "artist": "", "title": file.name, "duration": 1,
                "url": file.url, "date": date,
            });
            ("audio", object)
        }
        // Of a film there is only a player, no file.
        Kind::Video => {
            let object = json!({
                "id": id, "owner_id": owner, "title": file.name, "duration": 1, "date": date,
                "access_key": key, "can_add": 1,
            });
            ("video", object)
        }
        Kind::Sticker => {
            let image = json!({ "url": file.url, "width": 512, "height": 512 });
            let object = json!({ "product_id": 1, "sticker_id": 1, "images": [image] });
            ("sticker", object)
        }
        Kind::Document | Kind::Text | Kind::Location | Kind::Contact | Kind::Poll => {
            let object = json!({
                "id": id, "owner_id": owner, "title": file.name, "size": size,
                "ext": extension(&file.name), "date": date, "type": 8, "url": file.url,
                "access_key": key,
            });
            ("doc", object)
        }
    };
    vec![json!({ "type": kind, kind: object })]
}
