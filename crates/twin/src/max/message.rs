//! `Message` and `User` as the API shows them, and what customers attach.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{
    bot::{Bot, Chat},
    keyboard,
};
use crate::{
    bubble::{Bubble, Direction},
    content::Kind,
    identity::Realm,
    stage::Stage,
};

/// Sequence numbers begin so: beyond what a double holds exactly.
const SEQ_BEGIN: i64 = 116_000_000_000_000_000;

/// A new message's id: chat and number in one.
pub(super) fn next_mid(stage: &mut Stage, chat: &Chat) -> String {
    let number = stage.serial("max");
    format!("mid.{:016x}{number:016x}", chat.id)
}

fn seq_of(mid: &str) -> i64 {
    let number = mid.get(20..).and_then(|digits| i64::from_str_radix(digits, 16).ok());
    SEQ_BEGIN + number.unwrap_or(0)
}

/// The bot as a user.
pub(super) fn bot_user(stage: &Stage, bot: &Bot) -> Value {
    json!({
        "user_id": bot.id(), "first_name": bot.name, "username": bot.username, "is_bot": true,
        "last_activity_time": stage.clock.now_ms(), "name": bot.name,
    })
}

/// A customer as a user.
pub(super) fn user(stage: &mut Stage, number: &str) -> Value {
    let id = stage.identities.id(Realm::MaxUser, number);
    let name = stage.phones.get(number).name;
    let (first, last) = name.split_once(' ').unwrap_or((&name, ""));
    let mut user = json!({
        "user_id": id, "first_name": first, "is_bot": false,
        "last_activity_time": stage.clock.now_ms(), "name": name,
    });
    if !last.is_empty() {
        user["last_name"] = json!(last);
    }
    user
}

/// The chat of a bubble.
pub(super) fn chat_of(stage: &mut Stage, bot: &Bot, bubble: &Bubble) -> Chat {
    match &bubble.group {
        Some(group) => Bot::group(stage, group),
        None => bot.dialog(stage, &bubble.phone),
    }
}

/// A bubble as `Message`.
pub(super) fn message(stage: &mut Stage, bot: &Bot, seq: u64) -> Value {
    let Some(bubble) = stage.bubbles.get(seq).cloned() else { return Value::Null };
    let chat = chat_of(stage, bot, &bubble);
    let mut recipient = json!({
        "chat_id": chat.id, "chat_type": if chat.is_group { "chat" } else { "dialog" },
    });
    if !chat.is_group {
        let reader = match bubble.direction {
            Direction::In => stage.identities.id(Realm::MaxUser, &bubble.phone),
            Direction::Out => bot.id(),
        };
        recipient["user_id"] = json!(reader);
    }
    let mut message = json!({
        "recipient": recipient, "timestamp": bubble.at.queued, "body": body(stage, bot, &bubble),
        "sender": sender(stage, bot, &bubble),
    });
    let quoted = bubble.quote.as_ref().and_then(|quote| stage.bubbles.find(&quote.id)).cloned();
    if let Some(quoted) = quoted {
        message["link"] = json!({
            "type": "reply", "sender": sender(stage, bot, &quoted), "chat_id": chat.id,
            "message": body(stage, bot, &quoted),
        });
    }
    message
}

fn sender(stage: &mut Stage, bot: &Bot, bubble: &Bubble) -> Value {
    match bubble.direction {
        Direction::In => bot_user(stage, bot),
        Direction::Out => user(stage, &bubble.from),
    }
}

fn body(stage: &mut Stage, bot: &Bot, bubble: &Bubble) -> Value {
    let mut body = json!({ "mid": bubble.id, "seq": seq_of(&bubble.id), "text": bubble.text });
    let mut attachments: Vec<Value> = attachment(stage, bot, bubble).into_iter().collect();
    if !bubble.buttons.is_empty() {
        attachments.push(json!({
            "type": "inline_keyboard", "payload": keyboard::view(&bubble.buttons),
            "callback_id": bubble.id,
        }));
    }
    if !attachments.is_empty() {
        body["attachments"] = json!(attachments);
    }
    body
}

fn attachment(stage: &mut Stage, bot: &Bot, bubble: &Bubble) -> Option<Value> {
    let extra = &bubble.extra;
    match bubble.kind {
        Kind::Location => {
            return Some(json!({
                "type": "location", "latitude": extra["latitude"],
                "longitude": extra["longitude"],
            }));
        }
        Kind::Contact => return Some(contact(stage, bot, bubble)),
        Kind::Text
        | Kind::Image
        | Kind::Video
        | Kind::Audio
        | Kind::Voice
        | Kind::Document
        | Kind::Sticker
        | Kind::Poll => {}
    }
    let file = bubble.file.as_ref()?;
    let size = stage.file_at(&file.url).map_or(0, |upload| upload.bytes.len());
    let token = format!("t{:016x}", bubble.seq);
    let payload = json!({ "url": file.url, "token": token });
    Some(match bubble.kind {
        Kind::Image => json!({ "type": "image", "payload": {
            "photo_id": 1_000_000 + bubble.seq, "token": token, "url": file.url,
        } }),
        Kind::Video => json!({
            "type": "video", "payload": payload, "thumbnail": { "url": file.url },
            "width": 1280, "height": 720, "duration": 1,
        }),
        Kind::Audio | Kind::Voice => json!({ "type": "audio", "payload": payload }),
        Kind::Sticker => json!({
            "type": "sticker", "payload": { "url": file.url, "code": token }, "width": 512,
            "height": 512,
        }),
        Kind::Document | Kind::Text | Kind::Location | Kind::Contact | Kind::Poll => json!({
            "type": "file", "payload": payload, "filename": file.name, "size": size,
        }),
    })
}

/// A shared card. Only the customer's own has a hash; who gets it must check that, and that the
/// owner is the sender.
fn contact(stage: &mut Stage, bot: &Bot, bubble: &Bubble) -> Value {
    let extra = &bubble.extra;
    let vcard = extra["vcard"].as_str().unwrap_or("").to_owned();
    let phone = extra["phone"].as_str().unwrap_or("").to_owned();
    let is_own = extra["verified"] == true;
    let mut payload = json!({ "vcf_info": vcard });
    if !phone.is_empty() && stage.phones.has(&phone, super::MESSENGER) {
        payload["max_info"] = user(stage, &phone);
    }
    if is_own {
        let key = if bot.wrong_hash { "another token" } else { &bot.token };
        payload["hash"] = json!(hash(key, &vcard));
    }
    json!({ "type": "contact", "payload": payload })
}

/// HMAC-SHA256 in lower-case hexadecimal digits.
fn hash(key: &str, text: &str) -> String {
    // A key of any length is taken.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else {
        return String::new();
    };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}
