//! What the instance tells by itself: messages, acks, its state.

use serde_json::{Value, json};

use super::{
    MESSENGER,
    instance::{Dialect, Instance, State},
    ultramsg,
};
use crate::{
    bubble::{Bubble, Direction, Status},
    content::Kind,
    limits,
    persona::Reply,
    stage::Stage,
};

/// The chat of a bubble.
pub(super) fn chat_id(bubble: &Bubble) -> String {
    format!("{}@{}", bubble.phone, if bubble.group.is_some() { "g.us" } else { "c.us" })
}

/// Who wrote a bubble.
pub(super) fn author_id(bubble: &Bubble) -> String {
    format!("{}@c.us", bubble.from)
}

fn push(stage: &mut Stage, instance: &Instance, name: &str, item: &Value) {
    let body = json!({ name: [item], "instanceId": &*instance.key.account });
    stage.push_webhook(&instance.key, &body);
}

/// `ack`.
pub(super) fn ack(stage: &mut Stage, instance: &Instance, seq: u64) {
    let Some(bubble) = stage.bubbles.get(seq) else { return };
    let status = match bubble.status {
        Status::Sent => "sent",
        Status::Delivered => "delivered",
        Status::Read => "viewed",
        // The dialect has no word for a failure.
        Status::Queued
        | Status::Failed
        | Status::NoAccount
        | Status::NotInGroup
        | Status::YellowCard => return,
    };
    if instance.dialect == Dialect::Ultramsg {
        return ultramsg::ack(stage, instance, seq, status);
    }
    // What is official tells by itself; there is no setting for it.
    if instance.dialect == Dialect::Classic && !instance.settings.is_on("ackNotificationsOn") {
        return;
    }
    let number = instance.sent.get(&seq).map(|(number, _)| *number);
    let item = json!({
        "id": bubble.id, "queueNumber": number, "chatId": chat_id(bubble), "status": status,
    });
    let body = json!({ "ack": [item], "instanceId": &*instance.key.account });
    stage.push_receipt(&instance.key, &body);
}

/// `status`, if the settings want it.
pub(super) fn state(stage: &mut Stage, instance: &Instance) {
    if instance.settings.is_on("statusNotificationsOn") {
        let substatus = if instance.state == State::Authenticated { "normal" } else { "loading" };
        let item = json!({ "accountStatus": instance.state, "substatus": substatus });
        push(stage, instance, "status", &item);
    }
}

/// A message of our own that has left the queue: joins the journal, and is told like any other.
pub(super) fn echo(stage: &mut Stage, instance: &mut Instance, seq: u64) {
    let number = instance.note(stage, seq);
    if !instance.echo {
        return;
    }
    match instance.dialect {
        Dialect::Ultramsg => ultramsg::message(stage, instance, seq, "message_create"),
        Dialect::Classic | Dialect::OneMsg => {
            let Some(bubble) = stage.bubbles.get(seq) else { return };
            let item = message(stage, instance, bubble, number);
            push(stage, instance, "messages", &item);
        }
    }
}

/// Takes what a customer writes.
pub(super) fn incoming(
    stage: &mut Stage,
    instance: &mut Instance,
    reply: &Reply,
) -> Result<String, String> {
    let chat = reply
        .group
        .as_ref()
        .map_or_else(|| format!("{}@c.us", reply.from), |group| format!("{group}@g.us"));
    let id = match instance.dialect {
        Dialect::OneMsg => format!("wamid.{}", stage.random.hex(30)),
        Dialect::Classic | Dialect::Ultramsg => format!("false_{chat}_3A{}", stage.random.hex(18)),
    };
    let bubble = stage.written(&instance.key, MESSENGER, &id, &instance.phone, reply)?;
    let seq = stage.add_bubble(bubble);
    if let Some(group) = &reply.group
        && instance.groups.len() < limits::GROUPS_MAX
    {
        instance.groups.insert(group.clone());
    }
    if instance.state == State::Authenticated {
        announce(stage, instance, seq);
    } else if instance.held.len() < limits::WEBHOOK_QUEUE_MAX {
        instance.held.push_back(seq);
    }
    Ok(id)
}

/// Lets an incoming bubble reach the instance.
pub(super) fn announce(stage: &mut Stage, instance: &mut Instance, seq: u64) {
    let number = instance.note(stage, seq);
    stage.reach(seq, Status::Delivered, "");
    let Some(bubble) = stage.bubbles.get(seq) else { return };
    let late_ms = stage.clock.now_ms() - bubble.at.queued;
    if instance.settings.old_ms().is_some_and(|old_ms| late_ms > old_ms) {
        return;
    }
    match instance.dialect {
        Dialect::Ultramsg => ultramsg::message(stage, instance, seq, "message_received"),
        Dialect::Classic | Dialect::OneMsg => {
            let item = message(stage, instance, bubble, number);
            push(stage, instance, "messages", &item);
        }
    }
}

/// A message, as webhooks and the journal show it.
pub(super) fn message(stage: &Stage, instance: &Instance, bubble: &Bubble, number: i64) -> Value {
    let is_own = bubble.direction == Direction::In;
    let group = bubble.group.as_deref().and_then(|id| stage.groups.get(id));
    let chat_name = match group {
        Some(group) => group.name.clone(),
        None => stage.phones.get(&bubble.phone).name,
    };
    let name = if is_own { "Company".to_owned() } else { stage.phones.get(&bubble.from).name };
    let has_file = bubble.kind.has_file();
    let stamp = if is_own { bubble.at.sent.unwrap_or(bubble.at.queued) } else { bubble.at.queued };
    let quoted = bubble.quote.as_ref();
    let quoted_kind = quoted.and_then(|quote| stage.bubbles.find(&quote.id)).map(kind_of);
    json!({
        "id": bubble.id, "body": body_of(instance, bubble), "fromMe": is_own,
        "self": i32::from(is_own), "isForwarded": 0, "author": author_id(bubble),
        "time": stamp.div_euclid(1_000), "chatId": chat_id(bubble), "messageNumber": number,
        "type": kind_of(bubble), "senderName": name,
        "caption": if has_file && !bubble.text.is_empty() { json!(bubble.text) } else { Value::Null },
        "quotedMsgBody": quoted.map(|quote| quote.text.clone()),
        "quotedMsgId": quoted.map(|quote| quote.id.clone()), "quotedMsgType": quoted_kind,
        "metadata": null, "ack": null, "chatName": chat_name,
    })
}

/// `type`.
pub(super) fn kind_of(bubble: &Bubble) -> &'static str {
    match bubble.kind {
        Kind::Text | Kind::Poll => "chat",
        Kind::Image => "image",
        Kind::Video => "video",
        Kind::Audio => "audio",
        Kind::Voice => "ptt",
        Kind::Document => "document",
        Kind::Sticker => "sticker",
        Kind::Location => "location",
        Kind::Contact => "vcard",
    }
}

fn body_of(instance: &Instance, bubble: &Bubble) -> String {
    let part = |name: &str| bubble.extra[name].as_str().unwrap_or("").to_owned();
    match bubble.kind {
        Kind::Text | Kind::Poll => bubble.text.clone(),
        Kind::Location => {
            format!("{};{}", bubble.extra["latitude"], bubble.extra["longitude"])
        }
        Kind::Contact => part("vcard"),
        // Films come with an address only if that is switched on.
        Kind::Video
            if instance.dialect == Dialect::Classic
                && bubble.direction == Direction::Out
                && !instance.settings.is_on("videoUploadOn") =>
        {
            String::new()
        }
        Kind::Image | Kind::Video | Kind::Audio | Kind::Voice | Kind::Document | Kind::Sticker => {
            bubble.file.as_ref().map(|file| file.url.clone()).unwrap_or_default()
        }
    }
}
