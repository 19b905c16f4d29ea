//! Messages that came in, or that were written on the profile's own phone.

use super::{text, webhook::at};
use serde_json::Value;
use vestnik_model::{account::Account, file::FileKind, phone::Phone};
use vestnik_provider::{
    incoming::{Chat, Extra, Incoming, IncomingFile, Person, Quote},
    port::Word,
};

/// What stands before the id of a message whose file is to be asked for.
pub(super) const BY_MESSAGE: &str = "message:";

/// `incoming_message`.
pub(super) fn word(account: &Account, item: &Value) -> Result<Word, String> {
    if item["is_me"] == true {
        // An echo: what was written on the phone is worth knowing, our own sends are known.
        return match item["from_where"].as_str() {
            Some("phone") => own(account, item),
            Some(_) | None => Ok(Word::Nothing),
        };
    }
    let incoming = incoming(account, item, false)?;
    let (chat, remote_id, at) = (incoming.chat.id.clone(), incoming.remote_id.clone(), incoming.at);
    if item["type"] == "reaction" {
        let remote_id = text(&item["stanza_id"]).ok_or("the reaction has no stanza_id")?;
        let emoji = text(&item["body"]).filter(|emoji| emoji != "reaction_remove");
        return Ok(Word::Reaction { chat, remote_id, emoji, at });
    }
    if item["is_deleted"] == true {
        return Ok(Word::Deleted { chat, remote_id, at });
    }
    if item["is_edited"] == true {
        return Ok(Word::Edited { chat, remote_id, text: incoming.text, at });
    }
    Ok(Word::Message(Box::new(incoming)))
}

/// `outgoing_message_phone`.
pub(super) fn own(account: &Account, item: &Value) -> Result<Word, String> {
    Ok(Word::Message(Box::new(incoming(account, item, true)?)))
}

fn incoming(account: &Account, item: &Value, is_own: bool) -> Result<Incoming, String> {
    let remote_id = text(&item["id"]).ok_or("the message has no id")?;
    let other = if is_own { &item["to"] } else { &item["from"] };
    let id = text(&item["chatId"]).or_else(|| text(&item["chat_id"])).or_else(|| text(other));
    let id = id.ok_or("the message has no chatId")?;
    let is_group = item["chat_type"] == "group" || id.ends_with("@g.us");
    let kind = item["type"].as_str().unwrap_or_default();
    let file = file(kind, item, &remote_id);
    let (words, extra) = words(kind, item, file.is_some());
    let reply = &item["reply_message"];
    let quoted = text(&item["stanza_id"]).or_else(|| text(&reply["id"]));
    Ok(Incoming {
        author: author(account, item, &id, is_group, is_own),
        remote_id,
        chat: Chat { id, is_group, title: None },
        is_own,
        at: at(item),
        text: words,
        files: file.into_iter().collect(),
        extra,
        quote: quoted.map(|remote_id| Quote { remote_id, text: text(&reply["body"]) }),
    })
}

/// In a group `from` is the member, in a dialog the chat is the person.
fn author(_: &Account, item: &Value, chat: &str, is_group: bool, is_own: bool) -> Person {
    let from = text(&item["from"]);
    if is_own {
        return Person { id: from.unwrap_or_default(), ..Person::default() };
    }
    let id = if is_group { from.unwrap_or_default() } else { chat.to_owned() };
    let number = id.strip_suffix("@c.us").or_else(|| id.strip_suffix("@s.whatsapp.net"));
    let number = number.and_then(|digits| digits.parse().ok()).and_then(Phone::from_digits);
    let told = text(&item["contact_phone"]).or_else(|| text(&item["phone"]));
    Person {
        id,
        name: text(&item["senderName"]).or_else(|| text(&item["contact_name"])),
        username: text(&item["contact_username"]).or_else(|| text(&item["username"])),
        phone: number.or_else(|| told.and_then(|told| Phone::parse(&told))),
    }
}

/// By its link, or, where there is none, by the message: links hold for two days only.
fn file(kind: &str, item: &Value, id: &str) -> Option<IncomingFile> {
    let kind = match kind {
        "image" => FileKind::Image,
        "video" => FileKind::Video,
        "audio" => FileKind::Audio,
        "ptt" => FileKind::Voice,
        "document" => FileKind::Document,
        "sticker" => FileKind::Sticker,
        _ => return None,
    };
    let link = text(&item["file_link"]).filter(|link| link.starts_with("http"));
    Some(IncomingFile {
        kind,
        locator: link.unwrap_or_else(|| format!("{BY_MESSAGE}{id}")),
        name: text(&item["file_name"]).or_else(|| text(&item["title"])),
        mime: text(&item["mimetype"]),
        size: item["media_info"]["size"].as_u64(),
    })
}

/// The words of a message, and what it holds beside. A file's `body` are its bytes.
fn words(kind: &str, item: &Value, has_file: bool) -> (String, Option<Extra>) {
    let get = |value: &Value| text(value).unwrap_or_default();
    if has_file {
        return (get(&item["caption"]), None);
    }
    let body = get(&item["body"]);
    match kind {
        "chat" | "text" | "" | "reaction" => (body, None),
        "location" => {
            let place = &item["location"];
            let (latitude, longitude) = (get(&place["latitude"]), get(&place["longitude"]));
            let name = text(&place["description"]);
            (String::new(), Some(Extra::Location { latitude, longitude, name }))
        }
        "vcard" => {
            let card = &item["contact"];
            let (name, phone) = (get(&card["display_name"]), get(&card["phone"]));
            (String::new(), Some(Extra::Contact { name, phone, is_own: false }))
        }
        "buttons_response" | "list_response" => {
            (body.clone(), Some(Extra::Pressed { payload: body }))
        }
        // `poll`, `poll_vote`, and what may come.
        other => (body, Some(Extra::Other(other.to_owned()))),
    }
}
