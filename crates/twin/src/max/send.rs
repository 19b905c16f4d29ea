//! Messages: send, edit, take back, look up; and the answer to a press.

use serde_json::{Value, json};

use super::{
    Answer, Desk, MESSENGER,
    bot::Chat,
    keyboard, markup,
    message::{message, next_mid},
    refusal::Refusal,
};
use crate::{
    bubble::{Bubble, Direction},
    content::{Button, File, Kind, Quote},
    door::{Door, code_of},
};

const TEXT_CHARS_MAX: usize = 4_000;
const EDIT_MS_MAX: i64 = 7 * 24 * 3_600_000;
const LISTED_MAX: usize = 100;

/// What a `NewMessageBody` says.
struct Draft {
    /// `None` when the body says nothing of it.
    text: Option<String>,
    /// `None` when the body says nothing of attachments.
    content: Option<Content>,
    link: Option<String>,
}

#[derive(Default)]
struct Content {
    kind: Option<Kind>,
    files: Vec<File>,
    extra: Value,
    buttons: Vec<Button>,
    is_waiting: bool,
}

impl Content {
    fn is_empty(&self) -> bool {
        self.kind.is_none() && self.buttons.is_empty()
    }
}

/// `POST /messages`.
pub(super) fn send(desk: &mut Desk<'_>) -> Answer {
    let chat = target(desk)?;
    let body = desk.body()?;
    let draft = draft(desk, &body)?;
    let content = draft.content.unwrap_or_default();
    let text = draft.text.unwrap_or_default();
    if text.is_empty() && content.is_empty() && draft.link.is_none() {
        return Err(Refusal::payload("Field 'text' cannot be null"));
    }
    let chat = match chat {
        Target::User(id) => desk.bot.user(desk.stage, id)?,
        Target::Chat(id) => desk.bot.chat(desk.stage, id)?,
    };
    if content.is_waiting {
        return Err(Refusal::not_ready());
    }
    let quote = quoted(desk, &chat, draft.link.as_deref())?;
    let mid = next_mid(desk.stage, &chat);
    let mut bubble = Bubble::new(&desk.bot.key, MESSENGER, Direction::In, &mid);
    bubble.phone.clone_from(&chat.name);
    bubble.to.clone_from(&chat.name);
    bubble.group = chat.is_group.then(|| chat.name.clone());
    bubble.from = format!("@{}", desk.bot.username);
    bubble.kind = content.kind.unwrap_or(Kind::Text);
    bubble.text = text;
    bubble.file = content.files.first().cloned();
    bubble.extra = content.extra;
    if content.files.len() > 1 {
        bubble.extra["files"] = json!(content.files[1..]);
    }
    bubble.buttons = content.buttons;
    bubble.quote = quote;
    desk.door = Door::of(&chat.name);
    let seq = match code_of(&chat.name) {
        Some("0200") => desk.stage.add_bubble(bubble),
        _ => desk.stage.send(bubble),
    };
    Ok(json!({ "message": message(desk.stage, desk.bot, seq) }))
}

enum Target {
    User(i64),
    Chat(i64),
}

fn target(desk: &Desk<'_>) -> Result<Target, Refusal> {
    let id = |name: &str| {
        let text = desk.target.get(name)?;
        let invalid = || Refusal::payload(&format!("Invalid value of '{name}'"));
        Some(text.parse::<i64>().map_err(|_| invalid()))
    };
    match (id("user_id"), id("chat_id")) {
        (Some(user), None) => Ok(Target::User(user?)),
        (None, Some(chat)) => Ok(Target::Chat(chat?)),
        _ => Err(Refusal::payload("Exactly one of 'user_id' and 'chat_id' is needed")),
    }
}

fn draft(desk: &Desk<'_>, body: &Value) -> Result<Draft, Refusal> {
    let text = match &body["text"] {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            return Err(Refusal::payload("Field 'text' must be a string"));
        }
    };
    if text.as_ref().is_some_and(|text| text.chars().count() > TEXT_CHARS_MAX) {
        let what = format!("Text must be not longer than {TEXT_CHARS_MAX}");
        return Err(Refusal::payload(&what));
    }
    if !body["format"].is_null() && body["format"] != "markdown" && body["format"] != "html" {
        return Err(Refusal::payload("Unknown value of 'format'"));
    }
    let text = if body["format"] == "html" { text.map(|text| markup::shown(&text)) } else { text };
    let link = &body["link"];
    let link = match (link.is_null(), link["type"].as_str(), link["mid"].as_str()) {
        (true, ..) => None,
        (false, Some("reply" | "forward"), Some(mid)) => Some(mid.to_owned()),
        (false, ..) => return Err(Refusal::payload("Invalid link")),
    };
    let content = match &body["attachments"] {
        Value::Null => None,
        Value::Array(list) => Some(content(desk, list)?),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            return Err(Refusal::payload("Field 'attachments' must be an array"));
        }
    };
    Ok(Draft { text, content, link })
}

fn content(desk: &Desk<'_>, list: &[Value]) -> Result<Content, Refusal> {
    let mut content = Content { extra: json!({}), ..Content::default() };
    let kinds: Vec<&str> = list.iter().map(|item| item["type"].as_str().unwrap_or("")).collect();
    let others = kinds.iter().filter(|kind| **kind != "inline_keyboard").count();
    let count = |kind: &str| kinds.iter().filter(|other| **other == kind).count();
    if count("file") > 1 {
        return Err(Refusal::payload("Must be only one file attachment in message"));
    }
    let is_single = count("file") + count("sticker") + count("contact") > 0;
    if (is_single && others > 1) || (count("sticker") > 0 && list.len() > 1) {
        return Err(Refusal::payload("These attachments cannot be combined"));
    }
    for item in list {
        attach(desk, item, &mut content)?;
    }
    Ok(content)
}

fn attach(desk: &Desk<'_>, item: &Value, content: &mut Content) -> Result<(), Refusal> {
    let payload = &item["payload"];
    let missing = |name: &str| Refusal::payload(&format!("Field '{name}' cannot be null"));
    let kind = match item["type"].as_str().unwrap_or("") {
        "inline_keyboard" => {
            content.buttons = keyboard::buttons(payload)?;
            return Ok(());
        }
        "location" => {
            let degrees = |name: &str| item[name].as_f64().ok_or_else(|| missing(name));
            content.extra["latitude"] = json!(degrees("latitude")?);
            content.extra["longitude"] = json!(degrees("longitude")?);
            Kind::Location
        }
        "contact" => {
            let name = payload["name"].as_str().ok_or_else(|| missing("name"))?;
            content.extra["displayName"] = json!(name);
            content.extra["phone"] = json!(payload["vcf_phone"].as_str().unwrap_or(""));
            content.extra["vcard"] = json!(payload["vcf_info"].as_str().unwrap_or(""));
            Kind::Contact
        }
        "share" => {
            let url = payload["url"].as_str().ok_or_else(|| missing("url"))?;
            content.extra["share"] = json!(url);
            Kind::Text
        }
        "sticker" => {
            payload["code"].as_str().ok_or_else(|| missing("code"))?;
            Kind::Sticker
        }
        "image" => file(desk, payload, Kind::Image, content)?,
        "video" => file(desk, payload, Kind::Video, content)?,
        "audio" => file(desk, payload, Kind::Audio, content)?,
        "file" => file(desk, payload, Kind::Document, content)?,
        other => return Err(Refusal::payload(&format!("Unknown attachment type '{other}'"))),
    };
    content.kind = content.kind.or(Some(kind));
    Ok(())
}

/// A token, the upload's whole answer, or for pictures an address.
fn file(
    desk: &Desk<'_>,
    payload: &Value,
    kind: Kind,
    content: &mut Content,
) -> Result<Kind, Refusal> {
    if let Some(url) = payload["url"].as_str().filter(|_| kind == Kind::Image) {
        let is_web = url.starts_with("http://") || url.starts_with("https://");
        if !is_web || url.split('/').nth(2).is_none_or(|host| host.ends_with(".invalid")) {
            return Err(Refusal::payload("Failed to download image"));
        }
        content.files.push(File::new(url, "", ""));
        return Ok(kind);
    }
    let photos = payload["photos"].as_object().into_iter().flatten();
    let mut tokens: Vec<&str> = photos.filter_map(|(_, photo)| photo["token"].as_str()).collect();
    tokens.extend(payload["token"].as_str());
    if tokens.is_empty() {
        return Err(Refusal::payload("Field 'token' cannot be null"));
    }
    for token in tokens {
        let upload = desk.bot.uploads.get(token).filter(|upload| upload.kind == kind);
        let Some(upload) = upload else {
            let word = match kind {
                Kind::Image => "photo",
                Kind::Video => "movie",
                Kind::Audio => "audio",
                Kind::Document
                | Kind::Text
                | Kind::Voice
                | Kind::Sticker
                | Kind::Location
                | Kind::Contact
                | Kind::Poll => "file",
            };
            let text = format!("Key: errors.process.attachment.{word}.not.owner");
            return Err(Refusal::payload(&text));
        };
        match &upload.done {
            Some((file, ready)) if *ready <= desk.stage.clock.tick() => {
                content.files.push(file.clone());
            }
            Some(_) | None => content.is_waiting = true,
        }
    }
    Ok(kind)
}

fn quoted(desk: &Desk<'_>, chat: &Chat, link: Option<&str>) -> Result<Option<Quote>, Refusal> {
    let Some(mid) = link else { return Ok(None) };
    let found = desk.stage.bubbles.find(mid);
    let found = found.filter(|bubble| bubble.key == desk.bot.key && bubble.phone == chat.name);
    let bubble = found.filter(|bubble| !bubble.deleted);
    let bubble = bubble.ok_or_else(|| Refusal::not_found(&format!("Message {mid} not found")))?;
    Ok(Some(Quote { id: bubble.id.clone(), text: bubble.text.clone() }))
}

/// One of the bot's bubbles that is still there.
fn find(desk: &Desk<'_>, mid: &str) -> Result<Bubble, Refusal> {
    let found = desk.stage.bubbles.find(mid);
    let found = found.filter(|bubble| bubble.key == desk.bot.key && !bubble.deleted);
    found.cloned().ok_or_else(|| Refusal::not_found(&format!("Message {mid} not found")))
}

fn own(desk: &Desk<'_>, mid: &str) -> Result<Bubble, Refusal> {
    let bubble = find(desk, mid)?;
    if bubble.direction != Direction::In {
        return Err(Refusal::new(403, "access.denied", "Only own messages can be changed"));
    }
    Ok(bubble)
}

/// `PUT /messages`.
pub(super) fn edit(desk: &mut Desk<'_>) -> Answer {
    let mid = desk.target.get("message_id").unwrap_or("").to_owned();
    let bubble = own(desk, &mid)?;
    let body = desk.body()?;
    let is_late = desk.stage.clock.now_ms() - bubble.at.queued > EDIT_MS_MAX;
    if is_late && bubble.group.is_none() && bubble.buttons.is_empty() {
        let text = "The message is too old to be edited";
        return Ok(json!({ "success": false, "message": text }));
    }
    change(desk, &bubble, &body)?;
    Ok(json!({ "success": true }))
}

/// What the body says nothing of stays; an empty list of attachments removes all.
fn change(desk: &mut Desk<'_>, bubble: &Bubble, body: &Value) -> Result<(), Refusal> {
    let draft = draft(desk, body)?;
    if draft.content.as_ref().is_some_and(|content| content.is_waiting) {
        return Err(Refusal::not_ready());
    }
    let text = draft.text.unwrap_or_else(|| bubble.text.clone());
    desk.stage.edit(bubble.seq, &text);
    if let (Some(content), Some(bubble)) = (draft.content, desk.stage.bubbles.get_mut(bubble.seq)) {
        bubble.kind = content.kind.unwrap_or(Kind::Text);
        bubble.file = content.files.first().cloned();
        bubble.extra = content.extra;
        bubble.buttons = content.buttons;
    }
    Ok(())
}

/// `DELETE /messages`.
pub(super) fn delete(desk: &mut Desk<'_>) -> Answer {
    let mid = desk.target.get("message_id").unwrap_or("").to_owned();
    let bubble = own(desk, &mid)?;
    desk.stage.delete(bubble.seq);
    Ok(json!({ "success": true }))
}

/// `GET /messages/{mid}`.
pub(super) fn one(desk: &mut Desk<'_>, mid: &str) -> Answer {
    let bubble = find(desk, mid)?;
    Ok(message(desk.stage, desk.bot, bubble.seq))
}

/// `GET /messages`, newest first.
pub(super) fn list(desk: &mut Desk<'_>) -> Answer {
    let count = desk.target.get("count").and_then(|count| count.parse().ok()).unwrap_or(50);
    let count = usize::clamp(count, 1, LISTED_MAX);
    let seqs: Vec<u64> = if let Some(ids) = desk.target.get("message_ids") {
        let bubbles = ids.split(',').filter_map(|mid| find(desk, mid).ok());
        bubbles.map(|bubble| bubble.seq).take(count).collect()
    } else {
        let Target::Chat(id) = target(desk)? else {
            return Err(Refusal::payload("Field 'chat_id' cannot be null"));
        };
        let chat = desk.bot.chat(desk.stage, id)?;
        let bubbles = desk.stage.bubbles.of_phone(&chat.name).rev();
        let bubbles = bubbles.filter(|b| b.key == desk.bot.key && !b.deleted);
        let bubbles = bubbles.filter(|b| b.group.is_some() == chat.is_group);
        bubbles.map(|bubble| bubble.seq).take(count).collect()
    };
    let messages: Vec<Value> =
        seqs.into_iter().map(|seq| message(desk.stage, desk.bot, seq)).collect();
    Ok(json!({ "messages": messages }))
}

/// `POST /answers`.
pub(super) fn answer_press(desk: &mut Desk<'_>) -> Answer {
    let id = desk.target.get("callback_id").unwrap_or("").to_owned();
    let Some(mid) = desk.bot.presses.get(&id).cloned() else {
        return Err(Refusal::not_found("Callback not found"));
    };
    let body = desk.body()?;
    if body["message"].is_null() && body["notification"].is_null() {
        return Err(Refusal::payload("One of 'message' and 'notification' is needed"));
    }
    if !body["message"].is_null() {
        let bubble = own(desk, &mid)?;
        change(desk, &bubble, &body["message"])?;
    }
    Ok(json!({ "success": true }))
}
