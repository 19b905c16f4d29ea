//! `Message`, `User`, `Chat` as the API shows them.

use serde_json::{Value, json};

use super::bot::{Bot, Chat, digest, group_id};
use crate::{
    bubble::{Bubble, Direction},
    content::{Button, File, Kind, Press},
    identity::Realm,
    stage::Stage,
};

/// The bot as a user.
pub(super) fn bot_user(bot: &Bot) -> Value {
    json!({
        "id": bot.id(), "is_bot": true, "first_name": bot.name, "username": bot.username,
    })
}

/// A customer as a user.
pub(super) fn user(stage: &mut Stage, number: &str) -> Value {
    let id = stage.identities.id(Realm::TelegramUser, number);
    let mut user = json!({ "id": id, "is_bot": false });
    name_into(&mut user, &stage.phones.get(number).name);
    user["language_code"] = json!("ru");
    user
}

fn name_into(object: &mut Value, name: &str) {
    let (first, last) = name.split_once(' ').unwrap_or((name, ""));
    object["first_name"] = json!(first);
    if !last.is_empty() {
        object["last_name"] = json!(last);
    }
}

/// The chat of a customer, or a group.
pub(super) fn chat_of(stage: &mut Stage, name: &str, is_group: bool) -> Value {
    if is_group {
        let id = group_id(stage, name);
        let title = stage.groups.get(name).map_or("", |group| group.name.as_str());
        return json!({ "id": id, "title": title, "type": "supergroup" });
    }
    let id = stage.identities.id(Realm::TelegramUser, name);
    let mut chat = json!({ "id": id });
    name_into(&mut chat, &stage.phones.get(name).name);
    chat["type"] = json!("private");
    chat
}

/// The id of a bubble: chat and message, which together name it.
pub(super) fn bubble_id(chat: i64, message: i64) -> String {
    format!("{chat}:{message}")
}

/// The message's number within its chat.
pub(super) fn message_id(bubble: &Bubble) -> i64 {
    bubble.id.rsplit(':').next().and_then(|id| id.parse().ok()).unwrap_or(0)
}

/// A number for the next message of a chat. In private chats one series serves all, as in a
/// person's mailbox; a supergroup has its own.
pub(super) fn next_id(stage: &mut Stage, chat: &Chat) -> i64 {
    if chat.is_group {
        return stage.serial(&format!("telegram/{}", chat.id));
    }
    stage.serial("telegram")
}

/// A bubble as `Message`, with what it answers.
pub(super) fn message(stage: &mut Stage, bot: &mut Bot, seq: u64) -> Value {
    let Some(bubble) = stage.bubbles.get(seq).cloned() else { return Value::Null };
    let mut message = single(stage, bot, &bubble);
    let quoted = bubble.quote.as_ref().and_then(|quote| stage.bubbles.find(&quote.id)).cloned();
    if let Some(quoted) = quoted {
        message["reply_to_message"] = single(stage, bot, &quoted);
    }
    message
}

fn single(stage: &mut Stage, bot: &mut Bot, bubble: &Bubble) -> Value {
    let from = match bubble.direction {
        Direction::In => bot_user(bot),
        Direction::Out => user(stage, &bubble.from),
    };
    let mut message = json!({
        "message_id": message_id(bubble), "from": from,
        "chat": chat_of(stage, &bubble.phone, bubble.group.is_some()),
        "date": bubble.at.queued.div_euclid(1_000),
    });
    if bubble.edited {
        message["edit_date"] = json!(stage.clock.now_s());
    }
    content_into(stage, bot, bubble, &mut message);
    let inline = bubble.buttons.iter().any(is_inline);
    if inline {
        message["reply_markup"] = json!({ "inline_keyboard": rows(&bubble.buttons) });
    }
    if let Some(group) = bubble.extra.get("media_group_id") {
        message["media_group_id"] = group.clone();
    }
    message
}

fn is_inline(button: &Button) -> bool {
    matches!(button.press, Press::Callback | Press::Link | Press::Other)
}

fn rows(buttons: &[Button]) -> Vec<Vec<Value>> {
    let mut rows: Vec<Vec<Value>> = Vec::new();
    for button in buttons {
        let name = if button.press == Press::Link { "url" } else { "callback_data" };
        rows.resize_with(rows.len().max(button.row + 1), Vec::new);
        rows[button.row].push(json!({ "text": button.text, name: button.data }));
    }
    rows
}

fn content_into(stage: &mut Stage, bot: &mut Bot, bubble: &Bubble, message: &mut Value) {
    let text = bubble.text.as_str();
    match bubble.kind {
        Kind::Text => {
            message["text"] = json!(text);
            if let Some(command) = text.split_whitespace().next().filter(|c| c.starts_with('/')) {
                let length = command.encode_utf16().count();
                let entity = json!({ "offset": 0, "length": length, "type": "bot_command" });
                message["entities"] = json!([entity]);
            }
        }
        Kind::Location => {
            let extra = &bubble.extra;
            message["location"] =
                json!({ "latitude": extra["latitude"], "longitude": extra["longitude"] });
        }
        Kind::Contact => message["contact"] = contact(stage, bubble),
        Kind::Poll => message["poll"] = bubble.extra["poll"].clone(),
        Kind::Image | Kind::Video | Kind::Audio | Kind::Voice | Kind::Document | Kind::Sticker => {
            let Some(file) = &bubble.file else { return };
            let (name, media) = media(stage, bot, file, bubble.kind);
            message[name] = media;
            if !text.is_empty() {
                message["caption"] = json!(text);
            }
        }
    }
}

/// A shared card. The owner's id is there when the owner is in the messenger; who gets it must
/// compare it with the sender's.
fn contact(stage: &mut Stage, bubble: &Bubble) -> Value {
    let extra = &bubble.extra;
    let phone = extra["phone"].as_str().unwrap_or("");
    let mut contact = json!({ "phone_number": phone });
    name_into(&mut contact, extra["displayName"].as_str().unwrap_or(""));
    if let Some(vcard) = extra["vcard"].as_str().filter(|_| extra["verified"] != true) {
        contact["vcard"] = json!(vcard);
    }
    let is_there = stage.phones.has(phone, super::MESSENGER);
    if is_there && bubble.direction == Direction::Out {
        contact["user_id"] = json!(stage.identities.id(Realm::TelegramUser, phone));
    }
    contact
}

fn media(stage: &Stage, bot: &mut Bot, file: &File, kind: Kind) -> (&'static str, Value) {
    let id = bot.file_id(file, kind);
    let unique = digest(&["unique", &file.url]);
    let size = stage.file_at(&file.url).map(|upload| upload.bytes.len());
    let mut media = json!({ "file_id": id, "file_unique_id": unique });
    if let Some(size) = size {
        media["file_size"] = json!(size);
    }
    let mut with = |more: Value| {
        for (name, value) in more.as_object().into_iter().flatten() {
            media[name] = value.clone();
        }
    };
    let (name, mime) = (&file.name, &file.mime);
    match kind {
        Kind::Image => {
            let sizes = [("s", 90, 51), ("m", 320, 180), ("x", 1280, 720)];
            let photo = sizes.map(|(letter, width, height)| {
                let mut photo = json!({
                    "file_id": format!("{id}{letter}"), "file_unique_id": format!("{unique}{letter}"),
                    "width": width, "height": height,
                });
                if let Some(size) = size {
                    photo["file_size"] = json!(size);
                }
                photo
            });
            return ("photo", json!(photo));
        }
        Kind::Video => {
            with(json!({
                "width": 1280, "height": 720, "duration": 1, "file_name": name, "mime_type": mime,
            }));
            return ("video", media);
        }
        Kind::Audio => {
            with(json!({ "duration": 1, "file_name": name, "mime_type": mime }));
            return ("audio", media);
        }
        Kind::Voice => {
            with(json!({ "duration": 1, "mime_type": mime }));
            return ("voice", media);
        }
        Kind::Sticker => {
            with(json!({
                "width": 512, "height": 512, "type": "regular", "is_animated": false,
                "is_video": false, "emoji": "🙂",
            }));
            return ("sticker", media);
        }
        Kind::Document | Kind::Text | Kind::Location | Kind::Contact | Kind::Poll => {
            with(json!({ "file_name": name, "mime_type": mime }));
        }
    }
    ("document", media)
}
