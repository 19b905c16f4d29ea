//! What customers write.

use super::{
    remote_id,
    webhook::{chat, time},
};
use crate::json;
use serde_json::Value;
use vestnik_model::file::FileKind;
use vestnik_provider::{
    incoming::{Chat, Extra, Incoming, IncomingFile, Person, Quote},
    port::Word,
};

/// Kinds of media, in the order they are looked for: an animation fills `document` too.
const MEDIA: [(&str, FileKind); 7] = [
    ("animation", FileKind::Video),
    ("document", FileKind::Document),
    ("audio", FileKind::Audio),
    ("voice", FileKind::Voice),
    ("video", FileKind::Video),
    ("video_note", FileKind::Video),
    ("sticker", FileKind::Sticker),
];
/// What is shown by its name only.
const OTHERS: [&str; 24] = [
    "new_chat_members",
    "left_chat_member",
    "new_chat_title",
    "new_chat_photo",
    "delete_chat_photo",
    "group_chat_created",
    "supergroup_chat_created",
    "migrate_to_chat_id",
    "migrate_from_chat_id",
    "pinned_message",
    "poll",
    "dice",
    "story",
    "game",
    "checklist",
    "paid_media",
    "invoice",
    "successful_payment",
    "users_shared",
    "chat_shared",
    "forum_topic_created",
    "write_access_allowed",
    "giveaway",
    "gift",
];
/// Longest name of what is not known.
const NAME_CHARS_MAX: usize = 64;

/// A `Message`.
pub(super) fn word(message: &Value) -> Result<Word, &'static str> {
    let chat = chat(&message["chat"])?;
    let text = message["text"].as_str().unwrap_or_default();
    if !chat.is_group
        && let Some(payload) = started(text)
    {
        let person = person(&message["from"]).ok_or("the message has no author")?;
        let at = time(&message["date"]);
        return Ok(Word::Started { chat: chat.id, person, payload, at });
    }
    incoming(message, chat)
}

/// A `Message` that was changed: its words, or all of it.
pub(super) fn edited(message: &Value) -> Result<Word, &'static str> {
    let chat = chat(&message["chat"])?;
    let remote_id = remote_id(message).ok_or("the message has no id")?;
    let words = json::text(&message["text"]).or_else(|| json::text(&message["caption"]));
    match words {
        Some(text) => {
            let at = time(&message["edit_date"]);
            Ok(Word::Edited { chat: chat.id, remote_id, text, at })
        }
        None => incoming(message, chat),
    }
}

/// What a deep link carried, if the text is what *Start* sends.
fn started(text: &str) -> Option<Option<String>> {
    let mut words = text.split_whitespace();
    let command = words.next().unwrap_or_default();
    let command = command.split('@').next().unwrap_or_default();
    (command == "/start").then(|| words.next().map(str::to_owned))
}

/// A `User`, or the chat that wrote in its own name.
pub(super) fn person(user: &Value) -> Option<Person> {
    let id = user["id"].as_i64()?.to_string();
    let name = json::full_name(user).or_else(|| json::text(&user["title"]));
    Some(Person { id, name, username: json::text(&user["username"]), phone: None })
}

fn incoming(message: &Value, chat: Chat) -> Result<Word, &'static str> {
    let remote_id = remote_id(message).ok_or("the message has no id")?;
    let author = person(&message["from"]).or_else(|| person(&message["sender_chat"]));
    let author = author.or_else(|| person(&message["chat"])).ok_or("the message has no author")?;
    let files: Vec<IncomingFile> = file(message).into_iter().collect();
    let (mut text, mut extra) = extra(message, &author, &chat);
    let words = json::text(&message["text"]).or_else(|| json::text(&message["caption"]));
    if let Some(words) = words {
        text = words;
    }
    if text.is_empty() && files.is_empty() && extra.is_none() {
        extra = Some(Extra::Other(unknown(message)));
    }
    let incoming = Incoming {
        remote_id,
        chat,
        author,
        is_own: false,
        at: time(&message["date"]),
        text,
        files,
        extra,
        quote: quote(message),
    };
    Ok(Word::Message(Box::new(incoming)))
}

/// In forums every message answers the one that made its topic: that is no quote.
fn quote(message: &Value) -> Option<Quote> {
    let answered = &message["reply_to_message"];
    if answered["forum_topic_created"].is_object() {
        return None;
    }
    let chosen = json::text(&message["quote"]["text"]);
    let words = chosen.or_else(|| json::text(&answered["text"]));
    let text = words.or_else(|| json::text(&answered["caption"]));
    Some(Quote { remote_id: remote_id(answered)?, text })
}

/// A file by its `file_id`: its address would hold the token.
fn file(message: &Value) -> Option<IncomingFile> {
    // Sizes of a picture ascend.
    let picture = json::items(&message["photo"]).last();
    let (media, kind) = match picture {
        Some(largest) => (largest, FileKind::Image),
        None => {
            let (name, kind) = MEDIA.into_iter().find(|(name, _)| message[*name].is_object())?;
            (&message[name], kind)
        }
    };
    Some(IncomingFile {
        kind,
        locator: json::text(&media["file_id"])?,
        name: json::text(&media["file_name"]),
        mime: json::text(&media["mime_type"]),
        size: media["file_size"].as_u64(),
    })
}

/// What it holds beside words and files, and the words that go with it.
fn extra(message: &Value, author: &Person, chat: &Chat) -> (String, Option<Extra>) {
    let none = String::new;
    let card = &message["contact"];
    if card.is_object() {
        // Any contact can be attached by hand; the messenger says whose it is.
        let owner = card["user_id"].as_i64().map(|id| id.to_string());
        let contact = Extra::Contact {
            name: json::full_name(card).unwrap_or_default(),
            phone: json::text(&card["phone_number"]).unwrap_or_default(),
            is_own: owner.as_ref() == Some(&author.id) && !chat.is_group,
        };
        return (none(), Some(contact));
    }
    let place = [&message["venue"]["location"], &message["location"]];
    if let Some(place) = place.into_iter().find(|place| place.is_object()) {
        let degrees = |name: &str| json::text(&place[name]).unwrap_or_default();
        let (latitude, longitude) = (degrees("latitude"), degrees("longitude"));
        let venue = &message["venue"];
        let name = json::text(&venue["title"]).or_else(|| json::text(&venue["address"]));
        return (none(), Some(Extra::Location { latitude, longitude, name }));
    }
    let form = &message["web_app_data"];
    if let Some(payload) = json::text(&form["data"]) {
        let title = json::text(&form["button_text"]).unwrap_or_default();
        return (title, Some(Extra::Pressed { payload }));
    }
    let other = OTHERS.into_iter().find(|name| !message[*name].is_null());
    (none(), other.map(|name| Extra::Other(name.to_owned())))
}

/// The name of what a message holds that we have no word for: the member that is not of every
/// message.
fn unknown(message: &Value) -> String {
    const COMMON: [&str; 12] = [
        "message_id",
        "from",
        "chat",
        "date",
        "edit_date",
        "reply_to_message",
        "message_thread_id",
        "sender_chat",
        "is_topic_message",
        "via_bot",
        "has_protected_content",
        "media_group_id",
    ];
    let names = message.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    let mut others = names.filter(|name| !COMMON.contains(name));
    let name: String = others.next().unwrap_or("empty").chars().take(NAME_CHARS_MAX).collect();
    name
}
