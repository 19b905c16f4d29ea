//! What a client is told: messages, statuses, states of channels and of templates.

use serde_json::{Value, json};

use super::{
    OwnDeed,
    channel::{Channel, Client},
    template::Template,
};
use crate::{
    bubble::{Bubble, Direction, Status},
    content::{Button, Kind},
    date::iso_ms,
    persona::Told,
    stage::Stage,
};

/// How a status is called; `None` where nothing is told.
fn word_of(status: Status) -> &'static str {
    match status {
        Status::Queued | Status::Sent => "sent",
        Status::Delivered => "delivered",
        Status::Read => "read",
        Status::Failed | Status::NoAccount | Status::NotInGroup | Status::YellowCard => "error",
    }
}

/// The code that a bubble failed with.
fn code_of(bubble: &Bubble) -> &str {
    match bubble.status {
        Status::NoAccount => "BAD_CONTACT",
        Status::YellowCard => "SPAM",
        Status::Queued
        | Status::Sent
        | Status::Delivered
        | Status::Read
        | Status::Failed
        | Status::NotInGroup => match bubble.description.as_str() {
            "" => "GENERAL_ERROR",
            code => code,
        },
    }
}

fn error(bubble: &Bubble) -> Value {
    let code = code_of(bubble);
    json!({ "error": code, "description": format!("The messenger said: {code}") })
}

/// A status of a bubble.
pub(super) fn status(stage: &mut Stage, client: &Client, channel: &mut Channel, seq: u64) {
    let Some(bubble) = stage.bubbles.get(seq).cloned() else { return };
    if bubble.direction == Direction::Out || bubble.status == Status::Queued {
        return;
    }
    let word = word_of(bubble.status);
    let mut item = json!({
        "messageId": bubble.id, "timestamp": iso_ms(stage.clock.now_ms()), "status": word,
    });
    if word == "error" {
        item["error"] = error(&bubble);
    }
    tell(stage, client, channel, "statuses", item);
}

/// A bubble as a message, without what only some have.
fn message(stage: &mut Stage, channel: &Channel, bubble: &Bubble, is_nested: bool) -> Value {
    let (person, group) = channel.chat_types();
    let is_echo = bubble.direction == Direction::In;
    let (chat_type, chat_id) = match &bubble.group {
        Some(id) => (group.unwrap_or(person), id.clone()),
        None => (person, channel.chat_id(stage, &bubble.phone)),
    };
    let (kind, text) = match bubble.kind {
        Kind::Text => ("text", bubble.text.clone()),
        // A sticker is a picture.
        Kind::Image | Kind::Sticker => ("image", bubble.text.clone()),
        Kind::Audio | Kind::Voice => ("audio", bubble.text.clone()),
        Kind::Video => ("video", bubble.text.clone()),
        Kind::Document => ("document", bubble.text.clone()),
        Kind::Contact => ("vcard", String::new()),
        Kind::Location => {
            let degrees = |name: &str| bubble.extra[name].to_string();
            ("geo", format!("{},{}", degrees("latitude"), degrees("longitude")))
        }
        Kind::Poll => ("text", format!("• {}", bubble.text)),
    };
    let status = if is_echo { word_of(bubble.status) } else { "inbound" };
    let mut item = json!({
        "messageId": bubble.id, "channelId": &*channel.key.account, "chatType": chat_type,
        "chatId": chat_id, "dateTime": iso_ms(bubble.at.queued), "type": kind, "status": status,
        "isEcho": is_echo,
    });
    if !text.is_empty() {
        item["text"] = json!(text);
    }
    if let Some(file) = &bubble.file {
        let join = if file.url.contains('?') { '&' } else { '?' };
        let name = crate::form::encode(&[("filename", &file.name)]);
        item["contentUri"] = json!(format!("{}{join}{name}", file.url));
    }
    if bubble.kind == Kind::Contact {
        let card = bubble.extra["vcard"].as_str().unwrap_or_default().as_bytes().to_vec();
        item["contentUri"] = json!(stage.add_file("contact.vcf", "text/vcard", card));
    }
    if is_nested {
        return item;
    }
    if !is_echo {
        item["contact"] = contact(stage, channel, &bubble.from);
        if bubble.group.is_some() {
            item["authorId"] = json!(channel.chat_id(stage, &bubble.from));
        }
    } else if bubble.status == Status::Failed {
        item["error"] = error(bubble);
    }
    let quoted = bubble.quote.as_ref().and_then(|quote| stage.bubbles.find(&quote.id).cloned());
    if let Some(quoted) = quoted {
        item["quotedMessage"] = message(stage, channel, &quoted, true);
    }
    item
}

fn contact(stage: &Stage, channel: &Channel, number: &str) -> Value {
    let name = stage.phones.get(number).name;
    let mut contact = json!({ "name": name });
    match channel.messenger() {
        "telegram" => {
            contact["username"] = json!(format!("customer{number}"));
            contact["phone"] = json!(number);
        }
        "max" => contact["phone"] = json!(number),
        _ => {}
    }
    contact
}

/// What a customer wrote, or pressed.
pub(super) fn incoming(
    stage: &mut Stage,
    client: &Client,
    channel: &mut Channel,
    seq: u64,
    pressed: Option<&Button>,
) {
    let Some(bubble) = stage.bubbles.get(seq).cloned() else { return };
    let mut item = message(stage, channel, &bubble, false);
    if let Some(button) = pressed {
        let quoted = bubble.quote.as_ref().and_then(|quote| stage.bubbles.find(&quote.id));
        let is_template = quoted.is_some_and(|quoted| quoted.template.is_some());
        let value = match button.data.as_str() {
            "" if is_template => button.text.clone(),
            "" => button.row.to_string(),
            data => data.to_owned(),
        };
        item["interactive"] = json!([{ "type": "button_reply", "text": button.text,
            "payload": value }]);
    }
    tell(stage, client, channel, "messages", item);
}

/// What the company sent, where that is told.
pub(super) fn echo(stage: &mut Stage, client: &Client, channel: &mut Channel, seq: u64) {
    let Some(bubble) = stage.bubbles.get(seq).cloned() else { return };
    let mut item = message(stage, channel, &bubble, false);
    item["authorName"] = json!("API");
    item["sentFromApp"] = json!(false);
    tell(stage, client, channel, "messages", item);
}

/// An edit or a deletion uses the same id again.
pub(super) fn again(
    stage: &mut Stage,
    client: &Client,
    channel: &mut Channel,
    seq: u64,
    flag: &str,
) -> Told {
    let Some(bubble) = stage.bubbles.get(seq).cloned() else { return Told::No };
    let mut item = message(stage, channel, &bubble, false);
    item[flag] = json!(true);
    tell(stage, client, channel, "messages", item)
}

/// A customer who is not known yet: the client may want to make a contact.
pub(super) fn newcomer(stage: &mut Stage, client: &Client, channel: &Channel, number: &str) {
    if !client.subscriptions.contains("contactsAndDealsCreation") {
        return;
    }
    let chat = json!({
        "chatType": channel.chat_types().0, "chatId": channel.chat_id(stage, number),
    });
    let name = stage.phones.get(number).name;
    let body = json!({ "createContact": {
        "responsibleUserId": "1", "name": name, "contactData": [chat], "source": "auto",
    } });
    stage.push_webhook(&channel.key, &body);
}

/// The state of a channel.
pub(super) fn state(stage: &mut Stage, client: &Client, channel: &Channel) {
    if !client.subscriptions.contains("channelsUpdates") {
        return;
    }
    let mut item = json!({
        "channelId": &*channel.key.account, "state": channel.state,
        "timestamp": stage.clock.now_ms(),
    });
    if channel.transport == "wapi" {
        item["tier"] = json!("TIER_1K");
    }
    if channel.state == "qr" {
        item["qr"] = json!("data:image/png;base64,iVBORw0KGgo=");
    }
    stage.push_webhook(&channel.key, &json!({ "channelsUpdates": [item] }));
}

/// The moderation of a template has come to something.
pub(super) fn template(stage: &mut Stage, client: &Client, channel: &Channel, one: &Template) {
    if client.subscriptions.contains("templateStatus") {
        let item = json!({ "templateGuid": one.guid, "name": one.name, "status": one.status });
        stage.push_webhook(&channel.key, &json!({ "templateStatus": item }));
    }
}

fn tell(
    stage: &mut Stage,
    client: &Client,
    channel: &mut Channel,
    kind: &str,
    item: Value,
) -> Told {
    if !client.subscriptions.contains("messagesAndStatuses") {
        return Told::No;
    }
    if channel.batch_ms > 0 {
        let is_first = channel.gathered.0.is_empty() && channel.gathered.1.is_empty();
        let list =
            if kind == "messages" { &mut channel.gathered.0 } else { &mut channel.gathered.1 };
        list.push(item);
        if is_first {
            stage.plan(channel.batch_ms, &channel.key, OwnDeed::Flush.deed());
        }
        return Told::Yes;
    }
    let body = json!({ kind: [item] });
    match kind {
        "statuses" => stage.push_receipt(&channel.key, &body),
        _ => stage.push_webhook(&channel.key, &body),
    }
    Told::Yes
}

/// Posts what was gathered, all in one.
pub(super) fn flush(stage: &mut Stage, channel: &mut Channel) {
    let (messages, statuses) = std::mem::take(&mut channel.gathered);
    let mut body = json!({});
    if !messages.is_empty() {
        body["messages"] = json!(messages);
    }
    if !statuses.is_empty() {
        body["statuses"] = json!(statuses);
    }
    stage.push_webhook(&channel.key, &body);
}
