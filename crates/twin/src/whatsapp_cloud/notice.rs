//! Bodies of webhooks: statuses, what customers write, and what the account is told.

use serde_json::{Value, json};

use super::{media, number::Number, refusal, waba::Waba};
use crate::{
    bubble::{Bubble, Status},
    content::Kind,
    persona::Told,
    signature,
    stage::Stage,
    webhook::Hook,
};

/// JSON as it comes from there: what is not ASCII is escaped, and so are slashes.
fn escaped(value: &Value) -> Vec<u8> {
    let mut out = String::new();
    for c in value.to_string().chars() {
        match c {
            '/' => out.push_str("\\/"),
            c if c.is_ascii() => out.push(c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.into_bytes()
}

fn hook(secret: &str, waba: &str, field: &str, value: &Value) -> Hook {
    let body = json!({
        "object": "whatsapp_business_account",
        "entry": [{ "id": waba, "changes": [{ "field": field, "value": value }] }],
    });
    let body = escaped(&body);
    let signature = signature::hmac_sha256_hex(secret.as_bytes(), &body);
    let headers = vec![("x-hub-signature-256".to_owned(), format!("sha256={signature}"))];
    Hook { headers, ..Hook::new(body) }
}

/// Whether anything is posted for this number.
fn is_heard(number: &Number, waba: &Waba) -> bool {
    number.destination(waba).is_some()
}

/// A change that only the app's own callback is told of.
pub(super) fn of_app(stage: &mut Stage, number: &Number, waba: &Waba, field: &str, value: &Value) {
    if waba.is_subscribed && waba.app_callback.is_some() {
        let hook = hook(&number.app_secret, &number.waba, field, value);
        stage.push(&number.app_key(), hook);
    }
}

/// A value of the field `messages`.
fn value(number: &Number) -> Value {
    json!({
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": number.phone, "phone_number_id": &*number.key.account,
        },
    })
}

/// A status of a bubble.
pub(super) fn status(stage: &mut Stage, number: &Number, waba: &Waba, seq: u64) {
    let Some(bubble) = stage.bubbles.get(seq) else { return };
    if bubble.status == Status::Queued || !is_heard(number, waba) {
        return;
    }
    let who = bubble.audience.first().unwrap_or(&bubble.phone);
    let word = match bubble.status {
        Status::Sent => "sent",
        Status::Delivered => "delivered",
        Status::Read => "read",
        Status::Queued
        | Status::Failed
        | Status::NoAccount
        | Status::NotInGroup
        | Status::YellowCard => "failed",
    };
    let mut one = json!({
        "id": bubble.id, "status": word, "timestamp": stage.clock.now_s().to_string(),
    });
    if bubble.group.is_some() {
        one["recipient_type"] = json!("group");
        one["recipient_id"] = json!(bubble.phone);
        one["recipient_participant_id"] = json!(who);
    } else if !number.hide_numbers {
        one["recipient_id"] = json!(bubble.phone);
    }
    one["recipient_user_id"] = json!(user_id(who));
    if word == "failed" {
        one["errors"] = json!([refusal::in_webhook(code_of(bubble))]);
    } else {
        let category = if bubble.template.is_some() { "utility" } else { "service" };
        let kind = if bubble.template.is_some() { "regular" } else { "free_customer_service" };
        one["pricing"] = json!({
            "billable": bubble.template.is_some(), "pricing_model": "PMP", "type": kind,
            "category": category,
        });
    }
    if let Some(opaque) = number.opaque.get(&seq) {
        one["biz_opaque_callback_data"] = json!(opaque);
    }
    let mut value = value(number);
    value["statuses"] = json!([one]);
    let hook = hook(&number.app_secret, &number.waba, "messages", &value);
    stage.push_receipt_hook(&number.key, hook);
}

/// The code that a bubble failed with.
fn code_of(bubble: &Bubble) -> u32 {
    match bubble.status {
        Status::NoAccount => 131_026,
        Status::NotInGroup => 131_212,
        Status::YellowCard => 131_048,
        Status::Failed | Status::Queued | Status::Sent | Status::Delivered | Status::Read => {
            bubble.description.parse().unwrap_or(131_000)
        }
    }
}

/// The id of a person within this company's portfolio.
pub(super) fn user_id(number: &str) -> String {
    format!("RU.1349{number}")
}

/// The number behind such an id.
pub(super) fn number_of_user(id: &str) -> Option<&str> {
    id.strip_prefix("RU.1349").filter(|number| !number.is_empty())
}

/// Posts one element of `messages`, with who wrote it.
fn message(stage: &mut Stage, number: &Number, waba: &Waba, from: &str, mut one: Value) -> Told {
    if !is_heard(number, waba) {
        return Told::No;
    }
    let mut contact = json!({
        "profile": { "name": stage.phones.get(from).name }, "user_id": user_id(from),
    });
    one["from_user_id"] = json!(user_id(from));
    if !number.hide_numbers {
        contact["wa_id"] = json!(from);
        one["from"] = json!(from);
    }
    let mut value = value(number);
    value["contacts"] = json!([contact]);
    value["messages"] = json!([one]);
    let hook = hook(&number.app_secret, &number.waba, "messages", &value);
    stage.push(&number.key, hook);
    Told::Yes
}

fn id(stage: &mut Stage) -> String {
    format!("wamid.HBgL{}", stage.random.hex(24))
}

/// What a customer wrote. `pressed` is the id behind a button or a row.
pub(super) fn incoming(
    stage: &mut Stage,
    number: &mut Number,
    waba: &Waba,
    seq: u64,
    pressed: Option<&Pressed>,
) {
    let Some(bubble) = stage.bubbles.get(seq).cloned() else { return };
    let mut one = json!({
        "id": bubble.id, "timestamp": (bubble.at.queued / 1_000).to_string(),
    });
    if let Some(group) = &bubble.group {
        one["group_id"] = json!(group);
    }
    if let Some(quote) = &bubble.quote {
        let author = stage.bubbles.find(&quote.id).map_or(&number.phone, |quoted| &quoted.from);
        one["context"] = json!({ "from": author, "id": quote.id });
    }
    let (kind, content) = match pressed {
        Some(pressed) => pressed.content(&bubble.text),
        None => content(stage, number, &bubble),
    };
    one["type"] = json!(kind);
    if kind == "unsupported" {
        one["errors"] = json!([refusal::in_webhook(131_051)]);
    }
    one[kind] = content;
    message(stage, number, waba, &bubble.from, one);
}

/// What was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PressedKind {
    Template,
    Button,
    Row,
}

/// A press of one of our buttons or rows.
#[derive(Debug, Clone)]
pub(super) struct Pressed {
    pub(super) kind: PressedKind,
    pub(super) id: String,
}

impl Pressed {
    fn content(&self, title: &str) -> (&'static str, Value) {
        let reply = json!({ "id": self.id, "title": title });
        match self.kind {
            PressedKind::Template => ("button", json!({ "payload": self.id, "text": title })),
            PressedKind::Button => {
                ("interactive", json!({ "type": "button_reply", "button_reply": reply }))
            }
            PressedKind::Row => {
                ("interactive", json!({ "type": "list_reply", "list_reply": reply }))
            }
        }
    }
}

fn content(stage: &Stage, number: &mut Number, bubble: &Bubble) -> (&'static str, Value) {
    match bubble.kind {
        Kind::Text => ("text", json!({ "body": bubble.text })),
        Kind::Image | Kind::Video | Kind::Audio | Kind::Voice | Kind::Document | Kind::Sticker => {
            file(stage, number, bubble)
        }
        Kind::Location => {
            let mut place = json!({
                "latitude": bubble.extra["latitude"], "longitude": bubble.extra["longitude"],
            });
            for (name, from) in [("name", "nameLocation"), ("address", "address")] {
                if bubble.extra[from].as_str().is_some_and(|text| !text.is_empty()) {
                    place[name] = bubble.extra[from].clone();
                }
            }
            ("location", place)
        }
        Kind::Contact => {
            let phone = bubble.extra["phone"].as_str().unwrap_or_default();
            let card = json!([{
                "name": { "formatted_name": bubble.extra["displayName"] },
                "phones": [{ "phone": format!("+{phone}"), "wa_id": phone, "type": "CELL" }],
            }]);
            ("contacts", card)
        }
        Kind::Poll => ("unsupported", json!({ "type": "poll" })),
    }
}

fn file(stage: &Stage, number: &mut Number, bubble: &Bubble) -> (&'static str, Value) {
    let kind = kind_name(bubble.kind);
    let Some(file) = &bubble.file else { return (kind, Value::Null) };
    let owner = number.key.account.to_string();
    let secret = number.app_secret.clone();
    let mut content = media::incoming(stage, &mut number.shelf, &owner, &secret, file);
    let has_caption = matches!(bubble.kind, Kind::Image | Kind::Video | Kind::Document);
    if has_caption && !bubble.text.is_empty() {
        content["caption"] = json!(bubble.text);
    }
    match bubble.kind {
        Kind::Document => content["filename"] = json!(file.name),
        Kind::Audio => content["voice"] = json!(false),
        Kind::Voice => {
            content["voice"] = json!(true);
            content["mime_type"] = json!("audio/ogg; codecs=opus");
        }
        Kind::Sticker => content["animated"] = json!(false),
        Kind::Text | Kind::Image | Kind::Video | Kind::Location | Kind::Contact | Kind::Poll => {}
    }
    (kind, content)
}

/// The name of a kind of file.
fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Image => "image",
        Kind::Video => "video",
        Kind::Audio | Kind::Voice => "audio",
        Kind::Sticker => "sticker",
        Kind::Document | Kind::Text | Kind::Location | Kind::Contact | Kind::Poll => "document",
    }
}

/// Something that a customer did to a bubble, as a message of its own.
pub(super) fn afterwards(
    stage: &mut Stage,
    number: &Number,
    waba: &Waba,
    seq: u64,
    act: &Act<'_>,
) -> Told {
    let Some(bubble) = stage.bubbles.get(seq).cloned() else { return Told::No };
    let id = id(stage);
    let (from, kind, content) = match act {
        Act::Edited => (bubble.from.as_str(), "edit", edit(&bubble)),
        Act::Deleted => {
            (bubble.from.as_str(), "revoke", json!({ "original_message_id": bubble.id }))
        }
        Act::Reacted { from } => {
            let mut content = json!({ "message_id": bubble.id });
            if let Some(emoji) = bubble.reactions.get(*from) {
                content["emoji"] = json!(emoji);
            }
            (*from, "reaction", content)
        }
    };
    let mut one = json!({
        "id": id, "timestamp": stage.clock.now_s().to_string(), "type": kind,
    });
    one[kind] = content;
    if let Some(group) = &bubble.group {
        one["group_id"] = json!(group);
    }
    message(stage, number, waba, from, one)
}

/// What a customer did to a bubble.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act<'a> {
    Edited,
    Deleted,
    Reacted { from: &'a str },
}

fn edit(bubble: &Bubble) -> Value {
    let message = if bubble.file.is_some() {
        let kind = kind_name(bubble.kind);
        json!({ "type": kind, kind: { "caption": bubble.text } })
    } else {
        json!({ "type": "text", "text": { "body": bubble.text } })
    };
    json!({ "original_message_id": bubble.id, "message": message })
}

/// The account was banned, or let go on.
pub(super) fn banned(stage: &mut Stage, number: &Number, waba: &Waba, is_banned: bool) {
    let state = if is_banned { "DISABLE" } else { "REINSTATE" };
    let value = json!({
        "event": "DISABLED_UPDATE", "ban_info": { "waba_ban_state": state },
        "phone_number": number.phone,
    });
    of_app(stage, number, waba, "account_update", &value);
}
