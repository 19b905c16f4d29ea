//! Messages that came in, or that were written beside us: on the phone, in Wazzup's own window.

use super::{text, webhook::time};
use serde_json::Value;
use vestnik_model::{account::Account, file::FileKind, messenger::Messenger, phone::Phone};
use vestnik_provider::{
    incoming::{Chat, Extra, Incoming, IncomingFile, Person, Quote},
    port::Word,
    wire::decode_form,
};

/// One element of `messages`.
pub(super) fn word(account: &Account, item: &Value) -> Result<Word, String> {
    let remote_id = text(&item["messageId"]).ok_or("the message has no messageId")?;
    let id = text(&item["chatId"]).ok_or("the message has no chatId")?;
    let chat_type = item["chatType"].as_str().unwrap_or_default();
    let is_group = matches!(chat_type, "whatsgroup" | "telegroup" | "maxgroup");
    let at = time(&item["dateTime"]);
    let words = text(&item["text"]).unwrap_or_default();
    // Edits and deletions come under the same id.
    if item["isDeleted"] == true {
        return Ok(Word::Deleted { chat: id, remote_id, at });
    }
    if item["isEdited"] == true {
        return Ok(Word::Edited { chat: id, remote_id, text: words, at });
    }
    let is_own = item["isEcho"] == true;
    let kind = item["type"].as_str().unwrap_or_default();
    let file = file(kind, item);
    let extra = extra(kind, item, &words, file.is_some());
    let is_place = matches!(extra, Some(Extra::Location { .. }));
    let quoted = &item["quotedMessage"];
    let quote = text(&quoted["messageId"])
        .or_else(|| text(&quoted["id"]))
        .map(|remote_id| Quote { remote_id, text: text(&quoted["text"]) });
    Ok(Word::Message(Box::new(Incoming {
        remote_id,
        author: author(account, item, &id, is_group, is_own),
        chat: Chat { id, is_group, title: None },
        is_own,
        at,
        text: if is_place { String::new() } else { words },
        files: file.into_iter().collect(),
        extra,
        quote,
    })))
}

/// A group tells the writer by `authorId`, if at all; `contact` is who the chat is with.
fn author(account: &Account, item: &Value, chat: &str, is_group: bool, is_own: bool) -> Person {
    let author = text(&item["authorId"]);
    if is_own {
        return Person {
            id: author.unwrap_or_default(),
            name: text(&item["authorName"]),
            ..Person::default()
        };
    }
    let contact = &item["contact"];
    let id = if is_group { author.unwrap_or_default() } else { chat.to_owned() };
    // WhatsApp's ids are numbers; the others tell one only if they know it.
    let phone = match account.messenger {
        Messenger::Whatsapp => id.parse().ok().and_then(Phone::from_digits),
        Messenger::Telegram | Messenger::Max | Messenger::Vk => {
            text(&contact["phone"]).and_then(|phone| Phone::parse(&phone))
        }
    };
    Person { id, name: text(&contact["name"]), username: text(&contact["username"]), phone }
}

fn file(kind: &str, item: &Value) -> Option<IncomingFile> {
    let locator = text(&item["contentUri"])?;
    let kind = match kind {
        "image" => FileKind::Image,
        "video" => FileKind::Video,
        "audio" => FileKind::Audio,
        _ => FileKind::Document,
    };
    let query = locator.split_once('?').map_or("", |(_, query)| query);
    let query = decode_form(query.split('#').next().unwrap_or_default().as_bytes());
    let name = query.into_iter().find(|(name, _)| name == "filename").map(|(_, value)| value);
    let name = name.filter(|name| !name.is_empty());
    Some(IncomingFile { kind, locator, name, mime: None, size: None })
}

fn extra(kind: &str, item: &Value, words: &str, has_file: bool) -> Option<Extra> {
    // A pressed button, or an entry of a list. Its form is not documented.
    let interactive = &item["interactive"][0];
    if !interactive.is_null() {
        let names = ["payload", "id", "value"];
        let payload = names.iter().find_map(|name| text(&interactive[*name]));
        let payload = payload.or_else(|| text(interactive)).unwrap_or_else(|| words.to_owned());
        return Some(Extra::Pressed { payload });
    }
    match kind {
        "" | "text" | "image" | "audio" | "video" | "document" | "wapi_template" => None,
        "geo" => match place(words) {
            Some((latitude, longitude)) => {
                Some(Extra::Location { latitude, longitude, name: None })
            }
            None => Some(Extra::Other("geo".to_owned())),
        },
        // Where the card stands is not documented: in the text, or in a file.
        "vcard" => match card(words) {
            Some((name, phone)) => Some(Extra::Contact { name, phone, is_own: false }),
            None if has_file => None,
            None => Some(Extra::Other("vcard".to_owned())),
        },
        // `unsupported`, `missing_call`, `system`, `unknown`, and what may come.
        other => Some(Extra::Other(other.to_owned())),
    }
}

/// `55.75,37.61`
fn place(words: &str) -> Option<(String, String)> {
    let (latitude, longitude) = words.split_once([',', ';'])?;
    let degrees = |text: &str| {
        let text = text.trim();
        text.parse::<f64>().ok().filter(|d| d.abs() <= 180.0).map(|_| text.to_owned())
    };
    Some((degrees(latitude)?, degrees(longitude)?))
}

/// Name and number of a vCard.
fn card(words: &str) -> Option<(String, String)> {
    if !words.trim_start().starts_with("BEGIN:VCARD") {
        return None;
    }
    let line = |name: &str| {
        words.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            let key = key.split(';').next().unwrap_or_default();
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    Some((line("FN").unwrap_or_default(), line("TEL").unwrap_or_default()))
}
