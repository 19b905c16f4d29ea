//! What customers write, and what is written on the account's own phone.

use super::{text, webhook::time};
use serde_json::Value;
use vestnik_model::{file::FileKind, phone::Phone};
use vestnik_provider::{
    incoming::{Chat, Extra, Incoming, IncomingFile, Person, Quote},
    port::Word,
};

/// One element of `messages`; `contacts` tells who the people are.
pub(super) fn word(contacts: &Value, one: &Value) -> Result<Word, String> {
    let from = text(&one["from"]);
    let user = text(&one["from_user_id"]);
    // A person who hides the number is known by the business-scoped id.
    let id = from.or(user).ok_or("the message has no sender")?;
    let person = person(contacts, &id);
    let chat = match text(&one["group_id"]) {
        Some(id) => Chat { id, is_group: true, title: None },
        None => Chat { id, is_group: false, title: None },
    };
    let at = time(&one["timestamp"]);
    match one["type"].as_str().unwrap_or_default() {
        "reaction" => {
            let remote_id = text(&one["reaction"]["message_id"]).ok_or("message_id is missing")?;
            let emoji = text(&one["reaction"]["emoji"]);
            Ok(Word::Reaction { chat: chat.id, remote_id, emoji, at })
        }
        "edit" => {
            let edit = &one["edit"];
            let remote_id = text(&edit["original_message_id"]).ok_or("the original is missing")?;
            let kind = edit["message"]["type"].as_str().unwrap_or("text");
            let content = &edit["message"][kind];
            let words = text(&content["body"]).or_else(|| text(&content["caption"]));
            let text = words.unwrap_or_default();
            Ok(Word::Edited { chat: chat.id, remote_id, text, at })
        }
        "revoke" => {
            let original = text(&one["revoke"]["original_message_id"]);
            let remote_id = original.ok_or("the original is missing")?;
            Ok(Word::Deleted { chat: chat.id, remote_id, at })
        }
        "request_welcome" => Ok(Word::Started { chat: chat.id, person, payload: None, at }),
        _ => incoming(one, chat, person, false),
    }
}

/// One element of `message_echoes`: the chat is whom it went to.
pub(super) fn echo(one: &Value) -> Result<Word, String> {
    let to = text(&one["to"]).or_else(|| text(&one["to_user_id"]));
    let id = to.ok_or("the message has no recipient")?;
    let chat = Chat { id, is_group: false, title: None };
    let author = text(&one["from"]).unwrap_or_default();
    let author = Person { phone: phone(&author), id: author, ..Person::default() };
    incoming(one, chat, author, true)
}

fn incoming(one: &Value, chat: Chat, author: Person, is_own: bool) -> Result<Word, String> {
    let remote_id = text(&one["id"]).ok_or("the message has no id")?;
    let kind = one["type"].as_str().unwrap_or_default();
    let content = &one[kind];
    let quote = text(&one["context"]["id"]).map(|remote_id| Quote { remote_id, text: None });
    let files = file(kind, content).into_iter().collect();
    let (words, extra) = words(kind, content);
    let incoming = Incoming {
        remote_id,
        chat,
        author,
        is_own,
        at: time(&one["timestamp"]),
        text: words,
        files,
        extra,
        quote,
    };
    Ok(Word::Message(Box::new(incoming)))
}

/// The person of that number or business-scoped id.
fn person(contacts: &Value, id: &str) -> Person {
    let contacts = contacts.as_array().map(Vec::as_slice).unwrap_or_default();
    let is_them = |contact: &&Value| {
        contact["wa_id"].as_str() == Some(id) || contact["user_id"].as_str() == Some(id)
    };
    // The number in `from` and the `wa_id` may differ in some countries.
    let alone = if let [contact] = contacts { Some(contact) } else { None };
    let contact = contacts.iter().find(is_them).or(alone);
    let profile = |name: &str| contact.and_then(|contact| text(&contact["profile"][name]));
    let wa_id = contact.and_then(|contact| text(&contact["wa_id"]));
    Person {
        id: id.to_owned(),
        name: profile("name"),
        username: profile("username"),
        phone: phone(id).or_else(|| wa_id.as_deref().and_then(phone)),
    }
}

fn phone(id: &str) -> Option<Phone> {
    id.parse().ok().and_then(Phone::from_digits)
}

fn file(kind: &str, content: &Value) -> Option<IncomingFile> {
    let kind = match kind {
        "image" => FileKind::Image,
        "video" => FileKind::Video,
        "document" => FileKind::Document,
        "audio" if content["voice"] == true => FileKind::Voice,
        "audio" => FileKind::Audio,
        "sticker" => FileKind::Sticker,
        _ => return None,
    };
    Some(IncomingFile {
        kind,
        // The id lives for a week, the address for five minutes.
        locator: text(&content["id"]).or_else(|| text(&content["url"]))?,
        name: text(&content["filename"]),
        mime: text(&content["mime_type"]),
        size: None,
    })
}

/// The words of a message, and what it holds beside.
fn words(kind: &str, content: &Value) -> (String, Option<Extra>) {
    let get = |name: &str| text(&content[name]).unwrap_or_default();
    match kind {
        "text" => (get("body"), None),
        "image" | "video" | "document" | "audio" | "sticker" => (get("caption"), None),
        "location" => {
            let name = text(&content["name"]).or_else(|| text(&content["address"]));
            let (latitude, longitude) = (get("latitude"), get("longitude"));
            (String::new(), Some(Extra::Location { latitude, longitude, name }))
        }
        "contacts" => {
            let name = text(&content[0]["name"]["formatted_name"]).unwrap_or_default();
            let phone = &content[0]["phones"][0];
            let phone = text(&phone["phone"]).or_else(|| text(&phone["wa_id"]));
            let phone = phone.unwrap_or_default();
            (String::new(), Some(Extra::Contact { name, phone, is_own: false }))
        }
        "button" => (get("text"), Some(Extra::Pressed { payload: get("payload") })),
        "interactive" => interactive(content),
        "system" => (get("body"), Some(Extra::Other("system".to_owned()))),
        "unsupported" => {
            let what = text(&content["type"]).unwrap_or_else(|| kind.to_owned());
            (String::new(), Some(Extra::Other(what)))
        }
        other => (String::new(), Some(Extra::Other(other.to_owned()))),
    }
}

fn interactive(content: &Value) -> (String, Option<Extra>) {
    let kind = content["type"].as_str().unwrap_or_default();
    let reply = &content[kind];
    match kind {
        "button_reply" | "list_reply" => {
            let payload = text(&reply["id"]).unwrap_or_default();
            (text(&reply["title"]).unwrap_or_default(), Some(Extra::Pressed { payload }))
        }
        "nfm_reply" => {
            let payload = text(&reply["response_json"]).unwrap_or_default();
            (text(&reply["body"]).unwrap_or_default(), Some(Extra::Pressed { payload }))
        }
        other => (String::new(), Some(Extra::Other(other.to_owned()))),
    }
}
