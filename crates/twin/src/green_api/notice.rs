//! Bodies of webhooks, in the documented shapes.

use serde_json::{Value, json};

use super::{
    chat::{MAX, chat_id, person_id, writer_id},
    instance::Instance,
};
use crate::{
    bubble::{Bubble, Direction, Status},
    content::Kind,
    persona::Told,
    stage::Stage,
};

fn envelope(stage: &Stage, instance: &Instance, kind: &str) -> Value {
    json!({
        "typeWebhook": kind,
        "instanceData": {
            "idInstance": instance.number(), "wid": instance.wid(stage),
            "typeInstance": instance.type_name(),
        },
        "timestamp": stage.clock.now_s(),
    })
}

/// `outgoingMessageStatus`. Two statuses come even when the switch is off.
pub(super) fn status(stage: &mut Stage, instance: &Instance, seq: u64) {
    let Some(bubble) = stage.bubbles.get(seq) else { return };
    let is_always = matches!(bubble.status, Status::Failed | Status::NoAccount);
    let is_on = instance.settings.is_on("outgoingWebhook");
    if bubble.status == Status::Queued || !(is_on || is_always) {
        return;
    }
    // MAX has no such status.
    if bubble.status == Status::Sent && instance.messenger == MAX {
        return;
    }
    let mut body = envelope(stage, instance, "outgoingMessageStatus");
    body["chatId"] = json!(chat_id(stage, bubble));
    body["idMessage"] = json!(bubble.id);
    body["status"] = json!(bubble.status.as_str());
    body["description"] = json!(bubble.description);
    body["sendByApi"] = json!(true);
    stage.push_receipt(&instance.key, &body);
}

/// `stateInstanceChanged`.
pub(super) fn state(stage: &mut Stage, instance: &Instance) {
    if instance.settings.is_on("stateWebhook") {
        let mut body = envelope(stage, instance, "stateInstanceChanged");
        body["stateInstance"] = json!(instance.state);
        stage.push_webhook(&instance.key, &body);
    }
}

/// `outgoingAPIMessageReceived`.
pub(super) fn echo(stage: &mut Stage, instance: &Instance, seq: u64) {
    if instance.settings.is_on("outgoingAPIMessageWebhook") {
        message(stage, instance, seq, "outgoingAPIMessageReceived");
    }
}

/// `incomingMessageReceived`.
pub(super) fn incoming(stage: &mut Stage, instance: &Instance, seq: u64) {
    if instance.settings.is_on("incomingWebhook") {
        message(stage, instance, seq, "incomingMessageReceived");
    }
}

/// `editedMessage` in `incomingMessageReceived`.
pub(super) fn edited(stage: &mut Stage, instance: &Instance, seq: u64) -> Told {
    let Some(bubble) = stage.bubbles.get(seq) else { return Told::No };
    let name = if bubble.file.is_some() { "caption" } else { "textMessage" };
    let data = json!({
        "typeMessage": "editedMessage",
        "editedMessageData": { name: bubble.text, "stanzaId": bubble.id },
    });
    let from = bubble.from.clone();
    afterwards(stage, instance, seq, "editedMessageWebhook", &from, &data)
}

/// `deletedMessage` in `incomingMessageReceived`.
pub(super) fn deleted(stage: &mut Stage, instance: &Instance, seq: u64) -> Told {
    let Some(bubble) = stage.bubbles.get(seq) else { return Told::No };
    let data = json!({
        "typeMessage": "deletedMessage", "deletedMessageData": { "stanzaId": bubble.id },
    });
    let from = bubble.from.clone();
    afterwards(stage, instance, seq, "deletedMessageWebhook", &from, &data)
}

/// `reactionMessage` in `incomingMessageReceived`.
pub(super) fn reaction(stage: &mut Stage, instance: &Instance, seq: u64, from: &str) -> Told {
    let Some(bubble) = stage.bubbles.get(seq) else { return Told::No };
    let emoji = bubble.reactions.get(from).map_or("", String::as_str);
    let data = json!({
        "typeMessage": "reactionMessage", "extendedTextMessageData": { "text": emoji },
        "quotedMessage": { "stanzaId": bubble.id, "participant": writer_id(stage, bubble) },
    });
    afterwards(stage, instance, seq, "incomingWebhook", from, &data)
}

/// Something that happens to a bubble later, as a message of its own.
fn afterwards(
    stage: &mut Stage,
    instance: &Instance,
    seq: u64,
    switch: &str,
    from: &str,
    data: &Value,
) -> Told {
    if !instance.settings.is_on(switch) {
        return Told::No;
    }
    let id = format!("3A{}", stage.random.hex(18));
    let Some(bubble) = stage.bubbles.get(seq) else { return Told::No };
    let name = stage.phones.get(from).name;
    let mut body = envelope(stage, instance, "incomingMessageReceived");
    body["idMessage"] = json!(id);
    body["senderData"] = json!({
        "chatId": chat_id(stage, bubble), "sender": person_id(stage, instance.messenger, from), "chatName": name,
        "senderName": name, "senderContactName": "",
    });
    body["messageData"] = data.clone();
    stage.push_webhook(&instance.key, &body);
    Told::Yes
}

fn message(stage: &mut Stage, instance: &Instance, seq: u64, kind: &str) {
    let Some(bubble) = stage.bubbles.get(seq) else { return };
    let customer = stage.phones.get(&bubble.from).name;
    let group = bubble.group.as_deref().and_then(|id| stage.groups.get(id));
    let chat = match group {
        Some(group) => group.name.clone(),
        None => stage.phones.get(&bubble.phone).name,
    };
    let is_incoming = bubble.direction == Direction::Out;
    let sender_name = if is_incoming { customer.as_str() } else { "Company" };
    let mut body = envelope(stage, instance, kind);
    body["idMessage"] = json!(bubble.id);
    body["senderData"] = json!({
        "chatId": chat_id(stage, bubble), "sender": writer_id(stage, bubble), "chatName": chat,
        "senderName": sender_name, "senderContactName": "",
    });
    body["messageData"] = message_data(stage, bubble);
    if instance.messenger == MAX {
        body["senderData"]["chatType"] = json!(if group.is_some() { "group" } else { "user" });
        body["senderData"]["senderType"] = json!("user");
        let number: u64 = bubble.from.parse().unwrap_or(0);
        body["senderData"]["senderPhoneNumber"] = json!(number);
    }
    stage.push_webhook(&instance.key, &body);
}

fn message_data(stage: &Stage, bubble: &Bubble) -> Value {
    let mut body = match bubble.kind {
        Kind::Text if bubble.quote.is_some() => json!({
            "typeMessage": "quotedMessage",
            "extendedTextMessageData": extended(bubble),
        }),
        // What came through the API is echoed in the longer form.
        Kind::Text if bubble.direction == Direction::In => json!({
            "typeMessage": "extendedTextMessage", "extendedTextMessageData": extended(bubble),
        }),
        Kind::Text => json!({
            "typeMessage": "textMessage",
            "textMessageData": { "textMessage": bubble.text },
        }),
        Kind::Location => json!({
            "typeMessage": "locationMessage", "locationMessageData": bubble.extra,
        }),
        Kind::Contact => json!({
            "typeMessage": "contactMessage", "contactMessageData": {
                "displayName": bubble.extra["displayName"], "vcard": bubble.extra["vcard"],
            },
        }),
        Kind::Poll => json!({ "typeMessage": "pollMessage", "pollMessageData": bubble.extra }),
        Kind::Image | Kind::Video | Kind::Audio | Kind::Voice | Kind::Document | Kind::Sticker => {
            json!({
                "typeMessage": type_message(bubble), "fileMessageData": file(bubble),
            })
        }
    };
    if let Some(quoted) = quoted(stage, bubble) {
        if bubble.kind == Kind::Text {
            body["extendedTextMessageData"]["stanzaId"] = quoted["stanzaId"].clone();
            body["extendedTextMessageData"]["participant"] = quoted["participant"].clone();
        }
        body["quotedMessage"] = quoted;
    }
    body
}

/// The text of a bubble in the longer form.
pub(super) fn extended(bubble: &Bubble) -> Value {
    if bubble.quote.is_some() {
        return json!({ "text": bubble.text });
    }
    json!({
        "text": bubble.text, "description": "", "title": "", "previewType": "None",
        "jpegThumbnail": "", "forwardingScore": 0, "isForwarded": false,
    })
}

/// The file of a bubble.
pub(super) fn file(bubble: &Bubble) -> Value {
    let Some(file) = &bubble.file else { return Value::Null };
    json!({
        "downloadUrl": file.url, "caption": bubble.text, "fileName": file.name,
        "mimeType": file.mime, "jpegThumbnail": "", "isAnimated": false, "isForwarded": false,
        "forwardingScore": 0,
    })
}

/// The name of a bubble's kind.
pub(super) fn type_message(bubble: &Bubble) -> &'static str {
    match bubble.kind {
        Kind::Text if bubble.direction == Direction::In => "extendedTextMessage",
        Kind::Text => "textMessage",
        Kind::Image => "imageMessage",
        Kind::Video => "videoMessage",
        Kind::Audio | Kind::Voice => "audioMessage",
        Kind::Sticker => "stickerMessage",
        Kind::Document => "documentMessage",
        Kind::Location => "locationMessage",
        Kind::Contact => "contactMessage",
        Kind::Poll => "pollMessage",
    }
}

/// What a bubble answers.
pub(super) fn quoted(stage: &Stage, bubble: &Bubble) -> Option<Value> {
    let quote = bubble.quote.as_ref()?;
    let Some(original) = stage.bubbles.find(&quote.id) else {
        return Some(json!({
            "stanzaId": quote.id, "participant": "", "typeMessage": "textMessage",
            "textMessage": quote.text,
        }));
    };
    let mut quoted = json!({
        "stanzaId": quote.id, "participant": writer_id(stage, original),
        "typeMessage": type_message(original),
    });
    match (&original.file, original.kind) {
        (Some(_), _) => {
            for (name, value) in file(original).as_object().into_iter().flatten() {
                quoted[name] = value.clone();
            }
        }
        (None, Kind::Text) => {
            quoted["typeMessage"] = json!("textMessage");
            quoted["textMessage"] = json!(quote.text);
        }
        (None, _) => quoted["textMessage"] = json!(quote.text),
    }
    Some(quoted)
}
