//! What a profile's webhook is told.

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::profile::{Envelope, Profile};
use crate::{
    bubble::{Bubble, Direction, Status},
    content::Kind,
    date::moscow,
    persona::Told,
    stage::Stage,
};

/// How long a link to a file holds.
const LINK_MS: i64 = 48 * 3_600_000;

fn word_of(bubble: &Bubble) -> &str {
    match bubble.status {
        Status::Queued | Status::Sent => "pending",
        Status::Delivered => "delivered",
        Status::Read => "read",
        Status::YellowCard => "temporary ban",
        Status::Failed if !bubble.description.is_empty() => &bubble.description,
        Status::Failed | Status::NotInGroup => "error",
        Status::NoAccount => "undelivered",
    }
}

fn push(stage: &mut Stage, profile: &Profile, item: Value, is_status: bool) {
    let body = match profile.envelope {
        Envelope::Bare => item,
        Envelope::Documented if is_status => json!({ "messages": item }),
        Envelope::Documented | Envelope::Captured => json!({ "messages": [item] }),
    };
    if is_status {
        stage.push_receipt(&profile.key, &body);
    } else {
        stage.push_webhook(&profile.key, &body);
    }
}

fn chat_of(stage: &mut Stage, profile: &Profile, bubble: &Bubble) -> String {
    match &bubble.group {
        Some(id) => profile.group(id),
        None => profile.person(stage, &bubble.phone),
    }
}

/// `delivery_status`.
pub(super) fn status(stage: &mut Stage, profile: &Profile, seq: u64) {
    let Some(bubble) = stage.bubbles.get(seq).cloned() else { return };
    if bubble.direction == Direction::Out || !profile.types.contains("delivery_status") {
        return;
    }
    let now = stage.clock.now_ms();
    let word = word_of(&bubble);
    let id = &*profile.key.account;
    if profile.envelope == Envelope::Captured {
        let item = json!({ "wh_type": "messages_status", "profile_id": id, "id": bubble.id,
            "status": word, "time": now.div_euclid(1_000) });
        return push(stage, profile, item, true);
    }
    let chat = chat_of(stage, profile, &bubble);
    let own = profile.person(stage, &profile.phone);
    let task_id = profile.sent(seq).map(|sent| sent.task_id.clone());
    let item = json!({
        "id": bubble.id, "profile_id": id, "wh_type": "delivery_status",
        "timestamp": moscow(now), "time": now.div_euclid(1_000), "from": own, "to": chat,
        "chat_id": chat, "status": word, "task_id": task_id,
    });
    push(stage, profile, item, true);
}

/// `authorization_status`, `application_status`.
pub(super) fn state(stage: &mut Stage, profile: &Profile, kind: &str, is_on: bool, reason: &str) {
    if !profile.types.contains(kind) {
        return;
    }
    let now = stage.clock.now_ms();
    let mut item = json!({
        "wh_type": kind, "profile_id": &*profile.key.account, "phone": profile.phone,
        "status": if is_on { "online" } else { "offline" }, "timestamp": moscow(now),
        "time": now.div_euclid(1_000),
    });
    if !reason.is_empty() {
        item["reason"] = json!(reason);
    }
    push(stage, profile, item, false);
}

fn kind_of(profile: &Profile, kind: Kind) -> &'static str {
    match kind {
        Kind::Text if profile.is_whatsapp() => "chat",
        Kind::Text => "text",
        Kind::Image => "image",
        Kind::Video => "video",
        Kind::Audio => "audio",
        Kind::Voice => "ptt",
        Kind::Document => "document",
        Kind::Sticker => "sticker",
        Kind::Location => "location",
        Kind::Contact => "vcard",
        Kind::Poll => "poll",
    }
}

/// A bubble as webhooks show it.
fn item(stage: &mut Stage, profile: &Profile, bubble: &Bubble, wh_type: &str) -> Value {
    let at = bubble.at.queued;
    let own = profile.person(stage, &profile.phone);
    let chat = chat_of(stage, profile, bubble);
    let is_own = bubble.direction == Direction::In;
    let (from, to) = match is_own {
        true => (own, chat.clone()),
        false => (profile.person(stage, &bubble.from), own),
    };
    let name = stage.phones.get(&bubble.from).name;
    let is_group = bubble.group.is_some();
    let dialog = if profile.is_whatsapp() { "dialog" } else { "user" };
    let mut item = json!({
        "id": bubble.id, "profile_id": &*profile.key.account, "wh_type": wh_type,
        "body": bubble.text, "type": kind_of(profile, bubble.kind), "from": from, "to": to,
        "chatId": chat, "senderName": name, "contact_name": name, "timestamp": moscow(at),
        "time": at.div_euclid(1_000), "caption": null, "is_me": is_own,
        "from_where": if is_own { "api" } else { "phone" }, "isReply": false,
        "chat_type": if is_group { "group" } else { dialog }, "is_forwarded": false,
        "is_edited": bubble.edited, "is_deleted": bubble.deleted,
    });
    if !profile.is_whatsapp() && !is_own {
        item["contact_phone"] = json!(bubble.from);
        item["contact_username"] = json!(format!("customer{}", bubble.from));
    }
    if let Some(file) = &bubble.file {
        let bytes = stage.file_at(&file.url).map(|upload| upload.bytes.clone());
        item["body"] = json!(BASE64.encode(&bytes.unwrap_or_default()));
        item["caption"] = json!(bubble.text);
        item["mimetype"] = json!(file.mime);
        item["file_name"] = json!(file.name);
        if profile.has_links {
            item["file_link"] = json!(file.url);
            item["file_link_expire"] = json!(moscow(at + LINK_MS));
        }
    }
    if bubble.kind == Kind::Location {
        let (latitude, longitude) = (&bubble.extra["latitude"], &bubble.extra["longitude"]);
        item["location"] = json!({ "latitude": latitude, "longitude": longitude,
            "description": bubble.extra["nameLocation"] });
    }
    if bubble.kind == Kind::Contact {
        item["contact"] = json!({ "display_name": bubble.extra["displayName"],
            "phone": bubble.extra["phone"] });
    }
    if let Some(quote) = &bubble.quote {
        item["isReply"] = json!(true);
        item["stanza_id"] = json!(quote.id);
        item["reply_message"] = json!({ "id": quote.id, "body": quote.text, "chatId": chat });
    }
    if is_own {
        let task_id = profile.sent(bubble.seq).map(|sent| sent.task_id.clone());
        item["task_id"] = json!(task_id);
    }
    item
}

/// What a customer wrote, changed or took back.
pub(super) fn incoming(stage: &mut Stage, profile: &Profile, seq: u64) -> Told {
    let bubble = stage.bubbles.get(seq).cloned();
    let is_told = profile.types.contains("incoming_message") && profile.is_authorized;
    let Some(bubble) = bubble.filter(|_| is_told) else { return Told::No };
    let item = item(stage, profile, &bubble, "incoming_message");
    push(stage, profile, item, false);
    Told::Yes
}

/// What the API sent.
pub(super) fn outgoing(stage: &mut Stage, profile: &Profile, seq: u64) {
    let bubble = stage.bubbles.get(seq).cloned();
    let is_told = profile.types.contains("outgoing_message_api");
    let Some(bubble) = bubble.filter(|_| is_told) else { return };
    let item = item(stage, profile, &bubble, "outgoing_message_api");
    push(stage, profile, item, false);
}

/// A reaction is a message of its own.
pub(super) fn reacted(stage: &mut Stage, profile: &Profile, seq: u64, from: &str) -> Told {
    let bubble = stage.bubbles.get(seq).cloned();
    let is_told = profile.types.contains("incoming_message");
    let Some(target) = bubble.filter(|_| is_told) else { return Told::No };
    let id = super::send::message_id(stage, profile);
    let mut reaction = Bubble::new(&profile.key, profile.messenger, Direction::Out, &id);
    reaction.phone.clone_from(&target.phone);
    reaction.group.clone_from(&target.group);
    from.clone_into(&mut reaction.from);
    reaction.at.queued = stage.clock.now_ms();
    let mut item = item(stage, profile, &reaction, "incoming_message");
    item["type"] = json!("reaction");
    item["stanza_id"] = json!(target.id);
    item["body"] = json!(target.reactions.get(from).map_or("reaction_remove", String::as_str));
    push(stage, profile, item, false);
    Told::Yes
}
