//! What customers write.

use super::update::{chat, person, time};
use crate::json;
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use vestnik_model::{account::Account, file::FileKind, time::Timestamp};
use vestnik_provider::{
    incoming::{Extra, Incoming, IncomingFile, Person, Quote},
    port::Word,
};

/// Attachments that are looked at: more were never seen.
const ATTACHMENTS_MAX: usize = 32;

/// A `Message`.
pub(super) fn word(account: &Account, message: &Value) -> Result<Word, &'static str> {
    incoming(account, message).map(|incoming| Word::Message(Box::new(incoming)))
}

/// A `Message` that was changed: its words, or all of it.
pub(super) fn edited(
    account: &Account,
    message: &Value,
    at: Option<Timestamp>,
) -> Result<Word, &'static str> {
    let incoming = incoming(account, message)?;
    if incoming.is_own {
        return Ok(Word::Nothing);
    }
    if incoming.text.is_empty() {
        return Ok(Word::Message(Box::new(incoming)));
    }
    let Incoming { chat, remote_id, text, .. } = incoming;
    Ok(Word::Edited { chat: chat.id, remote_id, text, at })
}

fn incoming(account: &Account, message: &Value) -> Result<Incoming, &'static str> {
    let (body, recipient) = (&message["body"], &message["recipient"]);
    let remote_id = json::text(&body["mid"]).ok_or("the message has no id")?;
    let id = json::text(&recipient["chat_id"]).ok_or("the message has no chat")?;
    let chat = chat(id, &recipient["chat_type"]);
    // In a channel nobody in particular writes.
    let author = person(&message["sender"])
        .unwrap_or_else(|| Person { id: chat.id.clone(), ..Person::default() });
    let attachments = json::items(&body["attachments"]);
    let attachments = &attachments[..attachments.len().min(ATTACHMENTS_MAX)];
    let files: Vec<IncomingFile> = attachments.iter().filter_map(file).collect();
    let link = &message["link"];
    let is_forward = link["type"] == "forward";
    let forwarded = json::text(&link["message"]["text"]).filter(|_| is_forward);
    let text = json::text(&body["text"]).or(forwarded).unwrap_or_default();
    let mut extra = attachments.iter().find_map(|one| extra(account, &author, chat.is_group, one));
    if text.is_empty() && files.is_empty() && extra.is_none() {
        extra = Some(Extra::Other(if is_forward { "forward" } else { "empty" }.to_owned()));
    }
    let answered = &link["message"];
    let quoted = json::text(&answered["mid"]).filter(|_| link["type"] == "reply");
    let quote = quoted.map(|remote_id| Quote { remote_id, text: json::text(&answered["text"]) });
    // Another bot writes here only if it is this one.
    let is_own = message["sender"]["is_bot"] == true && !chat.is_group;
    let at = time(&message["timestamp"]);
    Ok(Incoming { remote_id, chat, author, is_own, at, text, files, extra, quote })
}

/// A file by its public address.
fn file(attachment: &Value) -> Option<IncomingFile> {
    let kind = match attachment["type"].as_str()? {
        "image" => FileKind::Image,
        "video" => FileKind::Video,
        "audio" => FileKind::Audio,
        "file" => FileKind::Document,
        "sticker" => FileKind::Sticker,
        _ => return None,
    };
    Some(IncomingFile {
        kind,
        locator: json::text(&attachment["payload"]["url"])?,
        name: json::text(&attachment["filename"]),
        mime: None,
        size: attachment["size"].as_u64(),
    })
}

/// What it holds beside words and files.
fn extra(account: &Account, author: &Person, is_group: bool, attachment: &Value) -> Option<Extra> {
    let payload = &attachment["payload"];
    match attachment["type"].as_str()? {
        "contact" => {
            let card = payload["vcf_info"].as_str().unwrap_or_default();
            let owner = json::text(&payload["max_info"]["user_id"]);
            let is_own = owner.as_ref() == Some(&author.id)
                && !is_group
                && is_vouched_for(account, card, payload["hash"].as_str());
            let name = json::full_name(&payload["max_info"]).or_else(|| line(card, "FN"));
            let phone = line(card, "TEL").unwrap_or_default();
            Some(Extra::Contact { name: name.unwrap_or_default(), phone, is_own })
        }
        "location" => {
            let degrees = |name: &str| json::text(&attachment[name]).unwrap_or_default();
            let (latitude, longitude) = (degrees("latitude"), degrees("longitude"));
            Some(Extra::Location { latitude, longitude, name: None })
        }
        "image" | "video" | "audio" | "file" | "sticker" if payload["url"].is_string() => None,
        "inline_keyboard" => None,
        other => Some(Extra::Other(other.to_owned())),
    }
}

/// A contact that was shared by the button carries a hash made with the bot's token over the card
/// as it is; one put together by hand has none. Compared in constant time.
fn is_vouched_for(account: &Account, card: &str, hash: Option<&str>) -> bool {
    let token = account.setting("token");
    let given = hash.and_then(|hash| HEXLOWER.decode(hash.as_bytes()).ok());
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(token.as_bytes()) else { return false };
    let signs = |text: &str, given: &[u8]| {
        let mut mac = mac.clone();
        mac.update(text.as_bytes());
        mac.verify_slice(given).is_ok()
    };
    // The hash is over real line ends, which may have been lost on the way.
    let whole = card.replace("\r\n", "\n").replace('\n', "\r\n");
    !token.is_empty() && given.is_some_and(|given| signs(card, &given) || signs(&whole, &given))
}

/// A line of a visiting card by its name: `TEL;TYPE=cell:79001234567`.
fn line(card: &str, name: &str) -> Option<String> {
    let is_it = |key: &str| {
        let key = key.split(';').next().unwrap_or_default();
        key.rsplit('.').next().is_some_and(|key| key.eq_ignore_ascii_case(name))
    };
    let mut values = card.lines().filter_map(|line| line.split_once(':'));
    let value = values.find(|(key, _)| is_it(key)).map(|(_, value)| value.trim())?;
    // Some cards write an address: `tel:+7…`.
    let value = value.strip_prefix("tel:").unwrap_or(value);
    (!value.is_empty()).then(|| value.to_owned())
}
