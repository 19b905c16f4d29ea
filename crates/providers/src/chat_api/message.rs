//! Messages that came in, or were written on the account's own phone.

use super::{is_set, text};
use serde_json::Value;
use vestnik_model::{file::FileKind, phone::Phone, time::Timestamp};
use vestnik_provider::{
    incoming::{Chat, Extra, Incoming, IncomingFile, Person, Quote},
    port::Word,
};

/// A message taken apart, whatever the dialect.
pub(super) struct Parts {
    pub(super) id: Option<String>,
    pub(super) chat: String,
    pub(super) chat_name: Option<String>,
    pub(super) author: Option<String>,
    pub(super) name: Option<String>,
    pub(super) is_own: bool,
    /// Unix seconds.
    pub(super) time: Option<i64>,
    pub(super) kind: String,
    /// The text, or the address of a file.
    pub(super) body: Option<String>,
    pub(super) caption: Option<String>,
    pub(super) quote: Option<String>,
    pub(super) quote_text: Option<String>,
}

/// What an item of `messages` says.
pub(super) fn classic(item: &Value) -> Result<Word, String> {
    let is_own = is_set(&item["fromMe"]);
    // Our own sends come back. Only what is surely not sent by a call is a word of the phone's.
    if is_own && item["self"] != 0 && item["self"] != false {
        return Ok(Word::Nothing);
    }
    word(Parts {
        id: text(&item["id"]),
        chat: text(&item["chatId"]).ok_or("chatId is missing")?,
        chat_name: text(&item["chatName"]),
        author: text(&item["author"]),
        name: text(&item["senderName"]),
        is_own,
        time: item["time"].as_i64(),
        kind: text(&item["type"]).unwrap_or_default(),
        body: text(&item["body"]),
        caption: text(&item["caption"]),
        quote: text(&item["quotedMsgId"]),
        quote_text: text(&item["quotedMsgBody"]),
    })
}

pub(super) fn word(parts: Parts) -> Result<Word, String> {
    let remote_id = parts.id.ok_or("id is missing")?;
    let is_group = parts.chat.ends_with("@g.us");
    let chat = Chat { title: parts.chat_name.filter(|_| is_group), id: parts.chat, is_group };
    let author_id = parts.author.unwrap_or_else(|| chat.id.clone());
    let digits = author_id.strip_suffix("@c.us").and_then(|digits| digits.parse().ok());
    let phone = digits.and_then(Phone::from_digits);
    let author = Person { id: author_id, name: parts.name, username: None, phone };
    let at = parts.time.filter(|time| *time > 0);
    let at = at.map(|time| Timestamp(time.saturating_mul(1_000)));
    let quote = parts.quote.map(|remote_id| Quote { remote_id, text: parts.quote_text });
    let body = parts.body.unwrap_or_default();
    let caption = parts.caption.unwrap_or_default();
    let (words, file, extra) = content(&parts.kind, body, caption);
    let files = file.into_iter().collect();
    let is_own = parts.is_own;
    let incoming =
        Incoming { remote_id, chat, author, is_own, at, text: words, files, extra, quote };
    Ok(Word::Message(Box::new(incoming)))
}

fn content(
    kind: &str,
    body: String,
    caption: String,
) -> (String, Option<IncomingFile>, Option<Extra>) {
    let file_kind = match kind {
        "image" => Some(FileKind::Image),
        "video" => Some(FileKind::Video),
        "audio" => Some(FileKind::Audio),
        "ptt" | "voice" => Some(FileKind::Voice),
        "document" => Some(FileKind::Document),
        "sticker" => Some(FileKind::Sticker),
        _ => None,
    };
    if let Some(kind) = file_kind {
        let is_address = body.starts_with("https://") || body.starts_with("http://");
        let file = IncomingFile { kind, locator: body, name: None, mime: None, size: None };
        // A film comes without its address unless that is switched on.
        return (caption, is_address.then_some(file), None);
    }
    match kind {
        "" | "chat" => (body, None, None),
        "location" => {
            let place = body.split_once(';').or_else(|| body.split_once(','));
            let (latitude, longitude) = place.unwrap_or((&body, ""));
            let [latitude, longitude] = [latitude, longitude].map(|d| d.trim().to_owned());
            let name = (!caption.is_empty()).then_some(caption);
            (String::new(), None, Some(Extra::Location { latitude, longitude, name }))
        }
        "vcard" | "multi_vcard" => {
            let contact = Extra::Contact {
                name: card_line(&body, "FN").unwrap_or_default(),
                phone: card_line(&body, "TEL").unwrap_or_default(),
                is_own: false,
            };
            (String::new(), None, Some(contact))
        }
        "buttons_response" | "list_response" => {
            (body.clone(), None, Some(Extra::Pressed { payload: body }))
        }
        "call_log" => (String::new(), None, Some(Extra::Other(kind.to_owned()))),
        _ => (body, None, Some(Extra::Other(kind.to_owned()))),
    }
}

/// The first line of a visiting card with that name: `TEL;type=CELL:+7 900 123-45-67`.
fn card_line(card: &str, name: &str) -> Option<String> {
    let mut lines = card.lines().filter_map(|line| line.trim().split_once(':'));
    let found = lines.find(|(head, _)| {
        let head = head.split(';').next().unwrap_or_default();
        head.rsplit('.').next().is_some_and(|head| head.eq_ignore_ascii_case(name))
    });
    found.map(|(_, value)| value.trim().to_owned())
}
