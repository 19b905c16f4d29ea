//! Messages that came in, or were written on the account's own phone.

use serde::Deserialize;
use vestnik_model::{file::FileKind, phone::Phone, time::Timestamp};
use vestnik_provider::{
    incoming::{Chat, Extra, Incoming, IncomingFile, Person, Quote},
    port::Word,
};

/// `senderData` of a notification.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sender {
    chat_id: Option<String>,
    sender: Option<String>,
    chat_name: Option<String>,
    sender_name: Option<String>,
    sender_phone_number: Option<u64>,
    chat_type: Option<String>,
}

/// `messageData` of a notification: one key per kind.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Data {
    type_message: Option<String>,
    text_message_data: Option<TextData>,
    extended_text_message_data: Option<Extended>,
    file_message_data: Option<FileData>,
    location_message_data: Option<Location>,
    contact_message_data: Option<ContactData>,
    edited_message_data: Option<Edited>,
    deleted_message_data: Option<Stanza>,
    template_button_reply_message: Option<Pressed>,
    interactive_buttons_reply: Option<Pressed>,
    quoted_message: Option<Quoted>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TextData {
    text_message: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Extended {
    text: Option<String>,
    stanza_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FileData {
    download_url: Option<String>,
    caption: Option<String>,
    file_name: Option<String>,
    mime_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    name_location: Option<String>,
    address: Option<String>,
    latitude: Option<f64>,
    longitude: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ContactData {
    display_name: Option<String>,
    vcard: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Edited {
    text_message: Option<String>,
    caption: Option<String>,
    stanza_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stanza {
    stanza_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pressed {
    selected_id: Option<String>,
    stanza_id: Option<String>,
    selected_display_text: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Quoted {
    stanza_id: Option<String>,
    text_message: Option<String>,
}

/// What a notification of a message says.
pub(super) fn word(
    id: Option<String>,
    is_own: bool,
    at: Option<Timestamp>,
    sender: Option<Sender>,
    data: Option<Data>,
) -> Result<Word, String> {
    let sender = sender.ok_or("senderData is missing")?;
    let data = data.ok_or("messageData is missing")?;
    let chat = chat(&sender)?;
    let kind = data.type_message.clone().unwrap_or_default();
    match kind.as_str() {
        "editedMessage" => {
            let edited = data.edited_message_data.ok_or("editedMessageData is missing")?;
            let remote_id = edited.stanza_id.ok_or("stanzaId is missing")?;
            let text = edited.text_message.or(edited.caption).unwrap_or_default();
            return Ok(Word::Edited { chat: chat.id, remote_id, text, at });
        }
        "deletedMessage" => {
            let remote_id = data.deleted_message_data.and_then(|d| d.stanza_id);
            let remote_id = remote_id.ok_or("stanzaId is missing")?;
            return Ok(Word::Deleted { chat: chat.id, remote_id, at });
        }
        "reactionMessage" => {
            let remote_id = data.quoted_message.and_then(|q| q.stanza_id);
            let remote_id = remote_id.ok_or("stanzaId is missing")?;
            let text = data.extended_text_message_data.and_then(|e| e.text);
            let emoji = text.filter(|text| !text.is_empty());
            return Ok(Word::Reaction { chat: chat.id, remote_id, emoji, at });
        }
        _ => {}
    }
    let remote_id = id.filter(|id| !id.is_empty()).ok_or("idMessage is missing")?;
    let author = author(sender, &chat);
    let quote = quote(&data);
    let extra = extra(&kind, &data);
    let files = file(&kind, data.file_message_data.as_ref()).into_iter().collect();
    let text = text(data);
    let incoming = Incoming { remote_id, chat, author, is_own, at, text, files, extra, quote };
    Ok(Word::Message(Box::new(incoming)))
}

fn chat(sender: &Sender) -> Result<Chat, String> {
    let id = sender.chat_id.clone().filter(|id| !id.is_empty()).ok_or("chatId is missing")?;
    // MAX says it in words, and its groups have negative ids; WhatsApp has an ending.
    let is_group = id.ends_with("@g.us")
        || id.starts_with('-')
        || sender.chat_type.as_deref().is_some_and(|t| matches!(t, "group" | "channel"));
    let title = sender.chat_name.clone().filter(|name| is_group && !name.is_empty());
    Ok(Chat { id, is_group, title })
}

fn author(sender: Sender, chat: &Chat) -> Person {
    let id = sender.sender.filter(|id| !id.is_empty()).unwrap_or_else(|| chat.id.clone());
    let name = sender.sender_name.filter(|name| !name.is_empty());
    let by_id = id.strip_suffix("@c.us").and_then(|digits| digits.parse().ok());
    let phone = sender.sender_phone_number.or(by_id).and_then(Phone::from_digits);
    Person { id, name, username: None, phone }
}

fn quote(data: &Data) -> Option<Quote> {
    let by_quote = data.quoted_message.as_ref();
    let stanza = |id: &Option<String>| id.clone().filter(|id| !id.is_empty());
    let remote_id = by_quote
        .and_then(|q| stanza(&q.stanza_id))
        .or_else(|| data.extended_text_message_data.as_ref().and_then(|e| stanza(&e.stanza_id)))
        .or_else(|| pressed(data).and_then(|p| stanza(&p.stanza_id)))?;
    Some(Quote { remote_id, text: by_quote.and_then(|q| q.text_message.clone()) })
}

fn pressed(data: &Data) -> Option<&Pressed> {
    data.template_button_reply_message.as_ref().or(data.interactive_buttons_reply.as_ref())
}

/// In the order that finds the words in every kind. `{{SWE…}}` are the provider's own notes, not
/// the customer's words.
fn text(data: Data) -> String {
    let text = data
        .text_message_data
        .and_then(|t| t.text_message)
        .or(data.extended_text_message_data.and_then(|e| e.text))
        .or(data.file_message_data.and_then(|f| f.caption))
        .or(data.template_button_reply_message.and_then(|p| p.selected_display_text))
        .or(data.interactive_buttons_reply.and_then(|p| p.selected_display_text))
        .unwrap_or_default();
    if is_placeholder(&text) { String::new() } else { text }
}

fn is_placeholder(text: &str) -> bool {
    text.starts_with("{{SWE") && text.ends_with("}}")
}

fn file(kind: &str, data: Option<&FileData>) -> Option<IncomingFile> {
    let data = data?;
    let kind = match kind {
        "imageMessage" => FileKind::Image,
        "videoMessage" => FileKind::Video,
        "audioMessage" => FileKind::Audio,
        "stickerMessage" => FileKind::Sticker,
        _ => FileKind::Document,
    };
    let locator = data.download_url.clone().filter(|url| !is_placeholder(url))?;
    let name = data.file_name.clone().filter(|name| !name.is_empty());
    let mime = data.mime_type.clone().filter(|mime| !mime.is_empty());
    Some(IncomingFile { kind, locator, name, mime, size: None })
}

fn extra(kind: &str, data: &Data) -> Option<Extra> {
    if let Some(place) = &data.location_message_data {
        let degrees = |d: Option<f64>| d.map_or_else(String::new, |d| d.to_string());
        return Some(Extra::Location {
            latitude: degrees(place.latitude),
            longitude: degrees(place.longitude),
            name: place.name_location.clone().or_else(|| place.address.clone()),
        });
    }
    if let Some(card) = &data.contact_message_data {
        return Some(Extra::Contact {
            name: card.display_name.clone().unwrap_or_default(),
            phone: card.vcard.as_deref().and_then(vcard_phone).unwrap_or_default(),
            is_own: false,
        });
    }
    if let Some(pressed) = pressed(data) {
        return Some(Extra::Pressed { payload: pressed.selected_id.clone().unwrap_or_default() });
    }
    let is_plain = matches!(
        kind,
        "textMessage"
            | "extendedTextMessage"
            | "quotedMessage"
            | "imageMessage"
            | "videoMessage"
            | "documentMessage"
            | "audioMessage"
            | "stickerMessage"
    );
    // A file that is too large for the provider: at least it is told that there was one.
    let is_lost = |file: &FileData| file.download_url.as_deref().is_none_or(is_placeholder);
    let is_lost = data.file_message_data.as_ref().is_some_and(is_lost);
    (is_lost || !is_plain).then(|| Extra::Other(kind.to_owned()))
}

/// The first number of a visiting card: `TEL;type=CELL:+7 900 123-45-67`.
fn vcard_phone(card: &str) -> Option<String> {
    let line = card.lines().find(|line| line.to_ascii_uppercase().contains("TEL"))?;
    line.rsplit_once(':').map(|(_, number)| number.trim().to_owned())
}
