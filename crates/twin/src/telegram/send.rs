//! The calls that send. Content is checked first, then the chat, then the pace, then what is
//! quoted, then whether the bot may write, and last the length: the order of the server.

use serde_json::{Value, json};

use super::{
    Answer, Desk, NAME,
    bot::Chat,
    markup, media,
    message::{bubble_id, message, next_id},
    params::Params,
    refusal::Refusal,
};
use crate::{
    bubble::{Bubble, Direction},
    content::{Button, File, Kind, Quote},
    door::{Door, code_of},
};

const TEXT_UNITS_MAX: usize = 4_096;
const CAPTION_UNITS_MAX: usize = 1_024;
const POLL_OPTIONS: std::ops::RangeInclusive<usize> = 2..=12;

/// What is to be sent.
struct Draft {
    kind: Kind,
    text: String,
    file: Option<File>,
    extra: Value,
}

impl Draft {
    fn new(kind: Kind, text: String) -> Self {
        Self { kind, text, file: None, extra: Value::Null }
    }
}

/// Length as the server counts it: UTF-16 code units.
fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// `sendMessage`.
pub(super) fn text(desk: &mut Desk<'_>, params: &Params) -> Answer {
    let text = checked_text(params)?;
    one(desk, params, Draft::new(Kind::Text, text))
}

/// The text of a message or of its edit.
pub(super) fn checked_text(params: &Params) -> Result<String, Refusal> {
    let text = markup::plain_text(&params.text("text"), &params.text("parse_mode"))?;
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal::bad("message text is empty"));
    }
    Ok(text.to_owned())
}

/// Whether a text fits its kind of message.
pub(super) fn check_length(kind: Kind, text: &str) -> Result<(), Refusal> {
    if kind == Kind::Text && units(text) > TEXT_UNITS_MAX {
        return Err(Refusal::bad("message is too long"));
    }
    if kind.has_file() && units(text) > CAPTION_UNITS_MAX {
        return Err(Refusal::bad("message caption is too long"));
    }
    Ok(())
}

/// `sendPhoto` and the other kinds of file.
pub(super) fn file(desk: &mut Desk<'_>, params: &Params, field: &str, kind: Kind) -> Answer {
    let caption = markup::plain_text(&params.text("caption"), &params.text("parse_mode"))?;
    let (file, kind) = media::given(desk, params, &params.text(field), field, kind)?;
    let mut draft = Draft::new(kind, caption);
    draft.file = Some(file);
    one(desk, params, draft)
}

/// `sendLocation` and `sendVenue`.
pub(super) fn location(desk: &mut Desk<'_>, params: &Params) -> Answer {
    let place = (params.float("latitude"), params.float("longitude"));
    let (Some(latitude), Some(longitude)) = place else {
        return Err(Refusal::bad("latitude must be non-empty"));
    };
    let mut draft = Draft::new(Kind::Location, String::new());
    draft.extra = json!({
        "nameLocation": params.text("title"), "address": params.text("address"),
        "latitude": latitude, "longitude": longitude,
    });
    one(desk, params, draft)
}

/// `sendContact`.
pub(super) fn contact(desk: &mut Desk<'_>, params: &Params) -> Answer {
    let (phone, first) = (params.text("phone_number"), params.text("first_name"));
    if phone.is_empty() {
        return Err(Refusal::bad("phone number must be non-empty"));
    }
    if first.is_empty() {
        return Err(Refusal::bad("first name must be non-empty"));
    }
    let name = format!("{first} {}", params.text("last_name"));
    let mut draft = Draft::new(Kind::Contact, String::new());
    draft.extra =
        json!({ "displayName": name.trim(), "phone": phone, "vcard": params.text("vcard") });
    one(desk, params, draft)
}

/// `sendPoll`.
pub(super) fn poll(desk: &mut Desk<'_>, params: &Params) -> Answer {
    let question = params.text("question");
    if question.is_empty() {
        return Err(Refusal::bad("poll question must be non-empty"));
    }
    let options = params.nested("options", "options")?;
    let name = |option: &Value| {
        option.as_str().or_else(|| option["text"].as_str()).unwrap_or("").to_owned()
    };
    let names: Vec<String> = options.as_array().into_iter().flatten().map(name).collect();
    if !POLL_OPTIONS.contains(&names.len()) {
        return Err(Refusal::bad("poll must have at least 2 option"));
    }
    let text = names.iter().fold(question.clone(), |text, name| format!("{text}\n○ {name}"));
    let options = names.iter().map(|name| json!({ "text": name, "voter_count": 0 }));
    let mut draft = Draft::new(Kind::Poll, text);
    draft.extra = json!({ "poll": {
        "id": super::bot::digest(&[&question]), "question": question,
        "options": options.collect::<Vec<Value>>(), "total_voter_count": 0, "is_closed": false,
        "is_anonymous": true, "type": "regular", "allows_multiple_answers": false,
    } });
    one(desk, params, draft)
}

/// `sendMediaGroup`: messages that share an id; documents and audios only with their own kind.
pub(super) fn album(desk: &mut Desk<'_>, params: &Params) -> Answer {
    let mut drafts = Vec::new();
    for item in media::album(params)? {
        let kind = match item["type"].as_str() {
            Some("photo") => Kind::Image,
            Some("video") => Kind::Video,
            Some("audio") => Kind::Audio,
            Some("document") => Kind::Document,
            _ => return Err(Refusal::bad("can't parse InputMedia: unknown type")),
        };
        let mode = item["parse_mode"].as_str().unwrap_or("");
        let caption = markup::plain_text(item["caption"].as_str().unwrap_or(""), mode)?;
        let value = item["media"].as_str().unwrap_or("");
        let (file, kind) = media::given(desk, params, value, "media", kind)?;
        let mut draft = Draft::new(kind, caption);
        draft.file = Some(file);
        drafts.push(draft);
    }
    let is_single = |draft: &Draft| matches!(draft.kind, Kind::Audio | Kind::Document);
    let first = drafts.first().map(|draft| draft.kind);
    if drafts.iter().any(|draft| is_single(draft) && Some(draft.kind) != first)
        || (drafts.first().is_some_and(is_single)
            && drafts.iter().any(|draft| Some(draft.kind) != first))
    {
        return Err(Refusal::bad("can't mix different types of media in the group"));
    }
    let group = desk.stage.serial(NAME).to_string();
    for draft in &mut drafts {
        draft.extra = json!({ "media_group_id": group });
    }
    let chat = admit(desk, params, &drafts)?;
    let quote = quoted(desk, params, &chat)?;
    let sent = drafts.into_iter().map(|draft| place(desk, &chat, draft, &[], quote.clone()));
    Ok(Value::Array(sent.collect()))
}

/// `copyMessage` and `forwardMessage`.
pub(super) fn copy(desk: &mut Desk<'_>, params: &Params, is_forward: bool) -> Answer {
    let from = desk.bot.chat(desk.stage, &params.text("from_chat_id"))?;
    let id = bubble_id(from.id, params.int("message_id").unwrap_or(0));
    let found = desk.stage.bubbles.find(&id).filter(|bubble| !bubble.deleted);
    let Some(original) = found.cloned() else {
        let word = if is_forward { "forward" } else { "copy" };
        return Err(Refusal::bad(&format!("message to {word} not found")));
    };
    let mut draft = Draft::new(original.kind, original.text);
    draft.file = original.file;
    draft.extra = original.extra;
    let sent = one(desk, params, draft)?;
    if is_forward { Ok(sent) } else { Ok(json!({ "message_id": sent["message_id"] })) }
}

/// `sendChatAction`.
pub(super) fn action(desk: &mut Desk<'_>, params: &Params) -> Answer {
    const ACTIONS: [&str; 11] = [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ];
    if !ACTIONS.contains(&params.text("action").as_str()) {
        return Err(Refusal::bad("wrong parameter action in request"));
    }
    let chat = desk.bot.chat(desk.stage, &params.text("chat_id"))?;
    desk.bot.check_access(desk.stage, &chat)?;
    Ok(json!(true))
}

fn one(desk: &mut Desk<'_>, params: &Params, draft: Draft) -> Answer {
    let buttons = markup::buttons(&params.nested("reply_markup", "reply markup")?)?;
    let drafts = [draft];
    let chat = admit(desk, params, &drafts)?;
    let quote = quoted(desk, params, &chat)?;
    let [draft] = drafts;
    Ok(place(desk, &chat, draft, &buttons, quote))
}

fn admit(desk: &mut Desk<'_>, params: &Params, drafts: &[Draft]) -> Result<Chat, Refusal> {
    let chat = desk.bot.chat(desk.stage, &params.text("chat_id"))?;
    desk.bot.admit(&chat, drafts.len(), desk.stage.clock.tick())?;
    if Door::of(&chat.name) == Door::ServerError {
        return Err(Refusal::of_status(500));
    }
    desk.bot.check_access(desk.stage, &chat)?;
    for draft in drafts {
        check_length(draft.kind, &draft.text)?;
    }
    desk.door = Door::of(&chat.name);
    Ok(chat)
}

/// What a send answers: `reply_parameters`, or the older field.
fn quoted(desk: &mut Desk<'_>, params: &Params, chat: &Chat) -> Result<Option<Quote>, Refusal> {
    let given = params.nested("reply_parameters", "reply parameters")?;
    let (id, may_miss) = if given.is_null() {
        (params.int("reply_to_message_id"), params.flag("allow_sending_without_reply"))
    } else {
        let id = &given["message_id"];
        let may_miss = given["allow_sending_without_reply"].as_bool().unwrap_or(false);
        (id.as_i64().or_else(|| id.as_str()?.parse().ok()), may_miss)
    };
    let Some(id) = id.filter(|id| *id != 0) else { return Ok(None) };
    let found = desk.stage.bubbles.find(&bubble_id(chat.id, id));
    match found.filter(|bubble| !bubble.deleted) {
        Some(bubble) => Ok(Some(Quote { id: bubble.id.clone(), text: bubble.text.clone() })),
        None if may_miss => Ok(None),
        None => Err(Refusal::bad("message to be replied not found")),
    }
}

fn place(
    desk: &mut Desk<'_>,
    chat: &Chat,
    draft: Draft,
    buttons: &[Button],
    quote: Option<Quote>,
) -> Value {
    let id = next_id(desk.stage, chat);
    let key = desk.bot.key.clone();
    let mut bubble = Bubble::new(&key, super::MESSENGER, Direction::In, &bubble_id(chat.id, id));
    bubble.phone.clone_from(&chat.name);
    bubble.to.clone_from(&chat.name);
    bubble.group = chat.is_group.then(|| chat.name.clone());
    bubble.from = format!("@{}", desk.bot.username);
    bubble.kind = draft.kind;
    bubble.text = draft.text;
    bubble.file = draft.file;
    bubble.extra = draft.extra;
    bubble.buttons = buttons.to_vec();
    bubble.quote = quote;
    let seq = match code_of(&chat.name) {
        Some("0200") => desk.stage.add_bubble(bubble),
        _ => desk.stage.send(bubble),
    };
    message(desk.stage, desk.bot, seq)
}
