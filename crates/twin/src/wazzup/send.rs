//! `POST`, `PATCH` and `DELETE /message`.

use serde_json::{Value, json};

use super::{
    Answer, Desk, OwnDeed,
    channel::{Channel, Client},
    magic::{self, Fate},
    notice,
    refusal::Refusal,
    uuid,
};
use crate::{
    bubble::{Bubble, Direction, Status},
    content::{Button, File, Kind, Press, Quote},
    door::Door,
    phone::number_of,
    stage::Stage,
    wire::{Cut, WireResponse},
};

const CHAT_TYPES: [&str; 10] = [
    "whatsapp",
    "whatsgroup",
    "viber",
    "instagram",
    "telegram",
    "telegroup",
    "vk",
    "avito",
    "max",
    "maxgroup",
];
const BUTTONS_MAX: usize = 10;
const CONTENT_BYTES_MAX: usize = 10 * 1024 * 1024;
const WABA_PHOTO_BYTES_MAX: usize = 5 * 1024 * 1024;
/// How long a message takes to the messenger.
const SEND_MS: i64 = 150;

/// Where a message goes.
struct Recipient {
    /// The customer's number, or the group's id.
    name: String,
    chat_id: String,
    is_group: bool,
}

/// What a bubble will hold.
#[derive(Default)]
struct Draft {
    text: String,
    file: Option<File>,
    template: Option<String>,
    buttons: Vec<Button>,
    quote: Option<Quote>,
}

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body[name].as_str().unwrap_or_default()
}

/// `POST /message`, in the order: required members, channel, its state, transport, text and file,
/// sizes, quote, repeats.
pub(super) fn create(desk: &mut Desk<'_>) -> Answer {
    let body = desk.body()?;
    let (id, chat_type) = (text(&body, "channelId"), text(&body, "chatType"));
    if id.is_empty() {
        return Err(Refusal::field("channelId"));
    }
    if !CHAT_TYPES.contains(&chat_type) {
        return Err(Refusal::field("chatType"));
    }
    if ["chatId", "phone", "username"].iter().all(|name| text(&body, name).is_empty()) {
        return Err(Refusal::field("chatId"));
    }
    let Desk { stage, client, channels, .. } = desk;
    let channel = channels.get_mut(id).filter(|channel| channel.client == client.key);
    let channel = channel.ok_or_else(|| Refusal::new("CHANNEL_NOT_FOUND"))?;
    check_state(channel)?;
    let recipient = recipient(stage, channel, &body, chat_type)?;
    if let Some(code) = magic::refused(&recipient.name) {
        return Err(Refusal::new(code));
    }
    let door = if recipient.is_group { Door::Ordinary } else { Door::of(&recipient.name) };
    match door {
        Door::TooFast => return Err(Refusal::of_status(429)),
        Door::ServerError => return Err(Refusal::of_status(500)),
        Door::CutBefore => return Ok(WireResponse::empty(502).cut(Cut::Before)),
        Door::Ordinary | Door::CutAfter | Door::Hang | Door::BadGateway => {}
    }
    let draft = draft(stage, client, channel, &body)?;
    let crm_id = text(&body, "crmMessageId");
    if !crm_id.is_empty() && client.is_repeated(crm_id, stage.clock.tick()) {
        let data = json!({ "crmMessageId": crm_id });
        return Err(Refusal::new("REPEATED_CRM_MESSAGE_ID").with(data));
    }
    let chat_id = recipient.chat_id.clone();
    let message_id = accept(stage, channel, recipient, draft);
    let answer = json!({ "messageId": message_id, "chatId": chat_id });
    Ok(door.dress(WireResponse::json(201, &answer)))
}

fn check_state(channel: &Channel) -> Result<(), Refusal> {
    let code = match channel.state.as_str() {
        "active" => return Ok(()),
        "disabled" | "blocked" => "CHANNEL_BLOCKED",
        "rejected" => "CHANNEL_WAPI_REJECTED",
        "notEnoughMoney" => "CHANNEL_NO_MONEY",
        _ => "MESSAGE_CHANNEL_UNAVAILABLE",
    };
    Err(Refusal::new(code))
}

fn recipient(
    stage: &mut Stage,
    channel: &Channel,
    body: &Value,
    chat_type: &str,
) -> Result<Recipient, Refusal> {
    let (person, group) = channel.chat_types();
    let is_group = Some(chat_type) == group;
    if chat_type != person && !is_group {
        let data = json!({ "channelId": &*channel.key.account, "transport": channel.transport,
            "chatType": chat_type });
        return Err(Refusal::new("WRONG_TRANSPORT").with(data));
    }
    let chat_id = text(body, "chatId").to_owned();
    if is_group {
        let found = stage.groups.of(channel.messenger(), &chat_id).is_some();
        let name = chat_id.clone();
        return found
            .then_some(Recipient { name, chat_id, is_group })
            .ok_or_else(|| Refusal::new("BAD_CONTACT"));
    }
    if chat_id.is_empty() {
        let phone = number_of(text(body, "phone")).filter(|_| matches!(person, "telegram" | "max"));
        let name = phone.ok_or_else(|| Refusal::field("phone"))?;
        // Whom one writes to by number has to be found in the messenger at once.
        if channel.is_reply_only() || !stage.phones.has(&name, channel.messenger()) {
            return Err(Refusal::new("BAD_CONTACT"));
        }
        let chat_id = channel.chat_id(stage, &name);
        return Ok(Recipient { name, chat_id, is_group });
    }
    let is_digits = chat_id.bytes().all(|byte| byte.is_ascii_digit());
    if person == "whatsapp" && !(is_digits && (7..=15).contains(&chat_id.len())) {
        return Err(Refusal::field("chatId"));
    }
    let name = channel.number_of(stage, &chat_id).ok_or_else(|| Refusal::new("BAD_CONTACT"))?;
    Ok(Recipient { name, chat_id, is_group })
}

fn draft(
    stage: &Stage,
    client: &Client,
    channel: &Channel,
    body: &Value,
) -> Result<Draft, Refusal> {
    let (words, uri) = (text(body, "text"), text(body, "contentUri"));
    let mut draft = Draft { text: words.to_owned(), ..Draft::default() };
    if !text(body, "templateId").is_empty() {
        return template(client, channel, body);
    }
    if body["text"].is_string() && body["contentUri"].is_string() {
        return Err(Refusal::new("MESSAGE_ONLY_TEXT_OR_CONTENT"));
    }
    match (body["text"].is_string(), body["contentUri"].is_string()) {
        (false, false) => return Err(Refusal::new("MESSAGE_NOTHING_TO_SEND")),
        (true, _) if words.trim().is_empty() => {
            return Err(Refusal::new("MESSAGES_TEXT_CAN_NOT_BE_BLANK"));
        }
        (false, true) if uri.trim().is_empty() => {
            return Err(Refusal::new("MESSAGES_CONTENT_CAN_NOT_BE_BLANK"));
        }
        (true, _) => check_length(channel, words)?,
        (false, true) => draft.file = Some(content(stage, channel, uri)?),
    }
    draft.buttons = buttons(channel, &body["buttonsObject"]);
    if let Some(id) = body["refMessageId"].as_str() {
        let quoted = stage.bubbles.find(id).filter(|bubble| bubble.key == channel.key);
        let quoted = quoted.ok_or_else(|| Refusal::new("REFERENCE_MESSAGE_NOT_FOUND"))?;
        // A WABA channel takes it, and shows nothing.
        let quote = Quote { id: quoted.id.clone(), text: quoted.text.clone() };
        draft.quote = Some(quote).filter(|_| channel.transport != "wapi");
    }
    Ok(draft)
}

fn check_length(channel: &Channel, words: &str) -> Result<(), Refusal> {
    let (max, code) = match channel.transport.as_str() {
        "whatsapp" => (10_000, "MESSAGE_TEXT_TOO_LONG"),
        "wapi" => (1_024, "MESSAGES_TOO_LONG_WABA"),
        "tgapi" | "telegram" => (4_096, "MESSAGES_TOO_LONG_TELEGRAM"),
        "vk" => (1_000, "MESSAGES_TOO_LONG_VK"),
        _ => (4_096, "MESSAGE_TEXT_TOO_LONG"),
    };
    if words.chars().count() > max { Err(Refusal::new(code)) } else { Ok(()) }
}

/// The twin downloads nothing from elsewhere: what lies with itself is measured, and a host that
/// cannot exist stands for a failed download.
fn content(stage: &Stage, channel: &Channel, uri: &str) -> Result<File, Refusal> {
    let rest = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#', ':']).next()).unwrap_or_default();
    if host.is_empty() {
        return Err(Refusal::field("contentUri"));
    }
    let is_own = uri.starts_with(&format!("{}/", stage.public_url));
    let upload = stage.file_at(uri);
    if host.ends_with(".invalid") || (is_own && upload.is_none()) {
        return Err(Refusal::new("MESSAGE_DOWNLOAD_CONTENT_ERROR"));
    }
    let mime = upload.map_or("", |upload| upload.mime.as_str());
    let name = upload.map_or("", |upload| upload.name.as_str());
    let file = File::new(uri, name, mime);
    let size = upload.map_or(0, |upload| upload.bytes.len());
    if size > CONTENT_BYTES_MAX {
        return Err(Refusal::new("MESSAGES_CONTENT_SIZE_EXCEEDED"));
    }
    let is_photo = Kind::of_file(&file.name) == Kind::Image;
    if channel.transport == "wapi" && is_photo && size > WABA_PHOTO_BYTES_MAX {
        return Err(Refusal::new("MESSAGES_CONTENT_SIZE_EXCEEDED_WABA"));
    }
    let forbidden = ["exe", "bat", "apk", "msi"];
    if forbidden.contains(&crate::content::extension(&file.name).as_str()) {
        return Err(Refusal::new("MESSAGE_WRONG_CONTENT_TYPE"));
    }
    Ok(file)
}

fn template(client: &Client, channel: &Channel, body: &Value) -> Result<Draft, Refusal> {
    let guid = text(body, "templateId");
    let found = client.templates.iter().find(|template| template.guid == guid);
    let found = found.filter(|template| template.status == "approved");
    let template = found.filter(|_| channel.transport == "wapi");
    let template = template.ok_or_else(|| Refusal::new("TEMPLATE_REJECTED"))?;
    let values = body["templateValues"].as_array().into_iter().flatten();
    let values: Option<Vec<String>> = values.map(|v| v.as_str().map(str::to_owned)).collect();
    let values = values.ok_or_else(|| Refusal::field("templateValues"))?;
    let text = template.fill(&values).ok_or_else(|| Refusal::field("templateValues"))?;
    let buttons = template.buttons(&body["buttonsObject"]);
    Ok(Draft { text, template: Some(guid.to_owned()), buttons, ..Draft::default() })
}

/// Flat for WABA, in rows for bots; others have none. More than ten are dropped.
fn buttons(channel: &Channel, object: &Value) -> Vec<Button> {
    let list = object["buttons"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut found = Vec::new();
    match channel.transport.as_str() {
        "wapi" => found.extend(list.iter().enumerate()),
        "telegram" | "maxbot" => {
            for (row, line) in list.iter().enumerate() {
                found.extend(line.as_array().into_iter().flatten().map(|one| (row, one)));
            }
        }
        _ => {}
    }
    let button = |(row, one): (usize, &Value)| {
        let url = one["url"].as_str();
        let data = url.or(one["payload"].as_str()).or(one["callbackData"].as_str());
        Button {
            text: text(one, "text").to_owned(),
            press: if url.is_some() { Press::Link } else { Press::Callback },
            data: data.unwrap_or_default().to_owned(),
            row,
        }
    };
    found.into_iter().take(BUTTONS_MAX).map(button).collect()
}

fn accept(stage: &mut Stage, channel: &Channel, to: Recipient, draft: Draft) -> String {
    let id = uuid(stage);
    let mut bubble = Bubble::new(&channel.key, channel.messenger(), Direction::In, &id);
    if to.is_group {
        bubble.group = Some(to.name.clone());
        let group = stage.groups.get(&to.name);
        bubble.audience = group.map(|group| group.members.clone()).unwrap_or_default();
    }
    bubble.phone = to.name;
    bubble.from.clone_from(&channel.plain_id);
    bubble.to = to.chat_id;
    bubble.kind = draft.file.as_ref().map_or(Kind::Text, |file| Kind::of_file(&file.name));
    bubble.text = draft.text;
    bubble.file = draft.file;
    bubble.buttons = draft.buttons;
    bubble.template = draft.template;
    bubble.quote = draft.quote;
    bubble.at.queued = stage.clock.now_ms();
    let seq = stage.add_bubble(bubble);
    stage.plan(SEND_MS, &channel.key, OwnDeed::Send(seq).deed());
    id
}

/// Hands a message to the messenger, or says why not.
pub(super) fn hand_over(stage: &mut Stage, client: &Client, channel: &mut Channel, seq: u64) {
    let Some(bubble) = stage.bubbles.get(seq) else { return };
    // Set by hand while it waited: that word stands.
    if bubble.status != Status::Queued || bubble.deleted {
        return;
    }
    let number = bubble.phone.clone();
    let is_person = bubble.group.is_none();
    let is_template = bubble.template.is_some();
    let fate = if is_person { Fate::of(&number) } else { Fate::Ordinary };
    let contact = stage.contacts.get(&channel.key, &number);
    let is_open = is_template || channel.is_open(&number, stage.clock.tick());
    let code = match fate {
        Fate::Silent => return,
        Fate::Failed(code) => Some(code),
        Fate::Ordinary | Fate::SentOnly if !is_person => None,
        Fate::Ordinary | Fate::SentOnly if !stage.phones.has(&number, channel.messenger()) => {
            Some("BAD_CONTACT")
        }
        Fate::Ordinary | Fate::SentOnly if contact.is_blocked => Some("BAD_CONTACT"),
        Fate::Ordinary | Fate::SentOnly if channel.is_reply_only() && !contact.is_started => {
            Some("BAD_CONTACT")
        }
        Fate::Ordinary | Fate::SentOnly => (!is_open).then_some("24_HOURS_EXCEEDED"),
    };
    if let Some(code) = code {
        stage.reach(seq, Status::Failed, code);
        return notice::status(stage, client, channel, seq);
    }
    stage.reach(seq, Status::Sent, "");
    if channel.echoes {
        notice::echo(stage, client, channel, seq);
    }
    notice::status(stage, client, channel, seq);
    if fate != Fate::SentOnly {
        stage.hand_over(seq);
    }
}

/// The bubble of ours that a call speaks of, and its channel's transport.
fn own(desk: &Desk<'_>, id: &str) -> Result<(u64, String), Refusal> {
    let found = desk.stage.bubbles.find(id).filter(|bubble| {
        bubble.direction == Direction::In && !bubble.deleted && bubble.key.provider == super::NAME
    });
    let bubble = found.ok_or_else(|| Refusal::new("MESSAGES_NOT_FOUND"))?;
    let channel = desk.channels.get(bubble.key.owner());
    let channel = channel.filter(|channel| channel.client == desk.client.key);
    let channel = channel.ok_or_else(|| Refusal::new("CHAT_NO_ACCESS"))?;
    Ok((bubble.seq, channel.transport.clone()))
}

/// `PATCH /message/{id}`.
pub(super) fn edit(desk: &mut Desk<'_>, id: &str) -> Answer {
    let (seq, transport) = own(desk, id)?;
    let body = desk.body()?;
    if transport == "wapi" {
        return Err(Refusal::new("CHANNEL_INVALID_TRANSPORT_FOR_EDITING"));
    }
    let words = text(&body, "text");
    if words.is_empty() {
        return Err(Refusal::new("MESSAGE_NOTHING_TO_SEND"));
    }
    desk.stage.edit(seq, words);
    Ok(WireResponse::json(200, &json!({ "messageId": id })))
}

/// `DELETE /message/{id}`.
pub(super) fn delete(desk: &mut Desk<'_>, id: &str) -> Answer {
    let (seq, transport) = own(desk, id)?;
    if transport == "wapi" {
        return Err(Refusal::new("CHANNEL_INVALID_TRANSPORT_FOR_DELETION"));
    }
    desk.stage.delete(seq);
    Ok(WireResponse::json(200, &json!({ "messageId": id })))
}
