//! The calls that send: check the body, take a place in the queue, answer with an id.

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::{
    Answer, Desk, MESSENGER,
    instance::{Dialect, Instance, Waiting},
    magic::Door,
    outbound,
    refusal::Refusal,
};
use crate::{
    bubble::{Bubble, Direction},
    content::{File, Kind, Quote},
    limits,
    stage::Stage,
    wire::{Cut, WireResponse},
};

/// The customer's last word opens the window of official WhatsApp for so long.
const WINDOW_MS: i64 = 24 * 3_600_000;
/// Digits that a number may have.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 9..=14;
/// Largest file, bytes: what WhatsApp Web takes as media.
const FILE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Whom a message is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chat {
    /// The number, or the group's id.
    pub(super) number: String,
    pub(super) is_group: bool,
}

impl Chat {
    /// Reads `…@c.us` or `…@g.us`.
    pub(super) fn of_id(id: &str) -> Option<Self> {
        let (number, kind) = id.split_once('@')?;
        let is_group = kind == "g.us";
        let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        let is_id = is_group && !number.is_empty();
        (is_id || (kind == "c.us" && is_number))
            .then(|| Self { number: number.to_owned(), is_group })
    }

    /// Reads a number, as digits or as an integer.
    pub(super) fn of_phone(phone: &Value) -> Result<Self, String> {
        let digits = match phone {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.trim_start_matches('+').to_owned(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("Wrong phone: it must consist of digits only".to_owned());
        }
        if !PHONE_DIGITS.contains(&digits.len()) {
            return Err("Wrong phone: it must have 9 to 14 digits".to_owned());
        }
        Ok(Self { number: digits, is_group: false })
    }

    /// Exactly one of `chatId` and `phone`.
    pub(super) fn parse(body: &Value) -> Result<Self, String> {
        let member = |name: &str| body.get(name).filter(|value| !value.is_null());
        match (member("chatId"), member("phone")) {
            (Some(id), None) => {
                let chat = id.as_str().and_then(Self::of_id);
                chat.ok_or_else(|| "Wrong chatId".to_owned())
            }
            (None, Some(phone)) => Self::of_phone(phone),
            _ => Err("Exactly one of chatId, phone is required".to_owned()),
        }
    }

    /// Its id on the wire.
    pub(super) fn id(&self) -> String {
        format!("{}@{}", self.number, if self.is_group { "g.us" } else { "c.us" })
    }
}

/// What is to be sent.
pub(super) struct Draft {
    pub(super) method: &'static str,
    pub(super) chat: Chat,
    pub(super) kind: Kind,
    pub(super) text: String,
    pub(super) file: Option<File>,
    pub(super) extra: Value,
    pub(super) quoted: Option<String>,
    pub(super) template: Option<String>,
    /// What the caller names it by (`UltraMsg`).
    pub(super) reference: String,
}

impl Draft {
    pub(super) fn new(method: &'static str, chat: Chat, kind: Kind, text: &str) -> Self {
        Self {
            method,
            chat,
            kind,
            text: text.to_owned(),
            file: None,
            extra: Value::Null,
            quoted: None,
            template: None,
            reference: String::new(),
        }
    }
}

fn draft(desk: &Desk<'_>, method: &'static str, kind: Kind, text: &str) -> Result<Draft, Refusal> {
    let chat = Chat::parse(&desk.body).map_err(Refusal::Sent)?;
    let quoted = member(&desk.body, "quotedMsgId").map(str::to_owned);
    Ok(Draft { quoted, ..Draft::new(method, chat, kind, text) })
}

/// `sendMessage`.
pub(super) fn message(desk: &mut Desk<'_>) -> Answer {
    let text = required(&desk.body, "body")?;
    let draft = draft(desk, "sendMessage", Kind::Text, text)?;
    accept(desk, draft)
}

/// `sendFile`: an address, a data URI, or a file of a form.
pub(super) fn file(desk: &mut Desk<'_>) -> Answer {
    let upload = desk.upload.take();
    let name = match (&upload, member(&desk.body, "filename")) {
        (_, Some(name)) => name.to_owned(),
        (Some((name, ..)), None) => name.clone(),
        (None, None) => return Err(Refusal::Sent("filename is required".to_owned())),
    };
    let caption = member(&desk.body, "caption").unwrap_or("").to_owned();
    let mut draft = draft(desk, "sendFile", Kind::of_file(&name), &caption)?;
    draft.file = Some(match upload {
        Some((_, mime, bytes)) => keep(desk, &name, &mime, bytes)?,
        None => {
            let body = required(&desk.body, "body")?.to_owned();
            file_of(desk, &body, &name)?
        }
    });
    accept(desk, draft)
}

/// `sendPTT`.
pub(super) fn voice(desk: &mut Desk<'_>) -> Answer {
    let audio = required(&desk.body, "audio")?.to_owned();
    let mut draft = draft(desk, "sendPTT", Kind::Voice, "")?;
    draft.file = Some(file_of(desk, &audio, "voice.ogg")?);
    accept(desk, draft)
}

/// `sendLink`.
pub(super) fn link(desk: &mut Desk<'_>) -> Answer {
    let url = required(&desk.body, "body")?;
    let title = required(&desk.body, "title")?;
    required(&desk.body, "previewBase64")?;
    let draft = draft(desk, "sendLink", Kind::Text, &format!("{title}\n{url}"))?;
    accept(desk, draft)
}

/// `sendLocation`.
pub(super) fn location(desk: &mut Desk<'_>) -> Answer {
    let degrees = |name: &str| {
        let value = desk.body.get(name);
        let number = value.and_then(|v| v.as_f64().or_else(|| v.as_str()?.parse().ok()));
        number.ok_or_else(|| Refusal::Sent(format!("{name} must be a number")))
    };
    let (latitude, longitude) = (degrees("lat")?, degrees("lng")?);
    let address = required(&desk.body, "address")?.to_owned();
    let mut draft = draft(desk, "sendLocation", Kind::Location, &address)?;
    draft.extra = json!({ "latitude": latitude, "longitude": longitude, "address": address });
    accept(desk, draft)
}

/// `sendContact`: one id or a list.
pub(super) fn contact(desk: &mut Desk<'_>) -> Answer {
    let ids = match desk.body.get("contactId") {
        Some(Value::String(id)) => vec![id.clone()],
        Some(Value::Array(ids)) => {
            ids.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    };
    if ids.is_empty() || !ids.iter().all(|id| id.ends_with("@c.us")) {
        return Err(Refusal::Sent("contactId is required".to_owned()));
    }
    let draft = draft(desk, "sendContact", Kind::Contact, &ids.join("\n"))?;
    accept(desk, draft)
}

/// `sendVCard`.
pub(super) fn vcard(desk: &mut Desk<'_>) -> Answer {
    let vcard = required(&desk.body, "vcard")?.to_owned();
    if !vcard.starts_with("BEGIN:VCARD") {
        return Err(Refusal::Sent("vcard is not a vCard 3.0".to_owned()));
    }
    let mut draft = draft(desk, "sendVCard", Kind::Contact, "")?;
    draft.extra = json!({ "vcard": vcard });
    accept(desk, draft)
}

/// A file by its address or in a data URI. The twin downloads nothing.
pub(super) fn file_of(desk: &mut Desk<'_>, body: &str, name: &str) -> Result<File, Refusal> {
    if body.starts_with("http://") || body.starts_with("https://") {
        return Ok(File::new(body, name, ""));
    }
    let parts = body.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
    let Some((mime, encoded)) = parts else {
        let text = "body must be an address or a data URI in Base64";
        return Err(Refusal::Sent(text.to_owned()));
    };
    let bytes = BASE64.decode(encoded.as_bytes());
    let bytes = bytes.map_err(|_| Refusal::Sent("Wrong Base64".to_owned()))?;
    let mime = mime.to_owned();
    keep(desk, name, &mime, bytes)
}

fn keep(desk: &mut Desk<'_>, name: &str, mime: &str, bytes: Vec<u8>) -> Result<File, Refusal> {
    if bytes.is_empty() || bytes.len() > FILE_BYTES_MAX {
        return Err(Refusal::Sent("The file is empty or too large".to_owned()));
    }
    let url = desk.stage.add_file(name, mime, bytes);
    Ok(File::new(&url, name, mime))
}

/// Takes a draft into the queue and answers.
pub(super) fn accept(desk: &mut Desk<'_>, draft: Draft) -> Answer {
    let id = draft.chat.id();
    let (door, seq, number) = match take(desk, draft)? {
        Taken::Answered(answer) => return Ok(answer),
        Taken::Queued { door, seq, number } => (door, seq, number),
    };
    let bubble = desk.stage.bubbles.get(seq).map_or("", |bubble| bubble.id.as_str());
    let answer = json!({
        "sent": true, "message": format!("Sent to {id}"), "id": bubble, "queueNumber": number,
    });
    lost(door, WireResponse::json(200, &answer))
}

/// What became of a draft.
pub(super) enum Taken {
    /// Nothing: this is the answer.
    Answered(WireResponse),
    /// It waits.
    Queued { door: Door, seq: u64, number: i64 },
}

/// Takes a draft into the queue, unless its number has other ideas.
pub(super) fn take(desk: &mut Desk<'_>, draft: Draft) -> Result<Taken, Refusal> {
    let door = Door::of(&draft.chat.number);
    match door {
        Door::TooFast => return Err(Refusal::Status(429)),
        Door::ServerError => return Err(Refusal::Status(500)),
        Door::CutBefore => {
            return Ok(Taken::Answered(WireResponse::empty(502).cut(Cut::Before)));
        }
        Door::Ordinary | Door::CutAfter | Door::BadGateway => {}
    }
    let Desk { stage, instance, .. } = desk;
    check_reach(stage, instance, &draft)?;
    if instance.queue.len() >= limits::SEND_QUEUE_MAX {
        return Err(Refusal::Sent("The twin's send queue is full".to_owned()));
    }
    let (seq, number) = enqueue(stage, instance, draft);
    Ok(Taken::Queued { door, seq, number })
}

/// The answer, as far as it comes.
pub(super) fn lost(door: Door, answer: WireResponse) -> Answer {
    match door {
        Door::CutAfter => Ok(answer.cut(Cut::After)),
        Door::BadGateway => Err(Refusal::Status(502)),
        Door::Ordinary | Door::TooFast | Door::ServerError | Door::CutBefore => Ok(answer),
    }
}

/// A group must have been written in; official WhatsApp needs the customer's word of the last day.
fn check_reach(stage: &Stage, instance: &Instance, draft: &Draft) -> Result<(), Refusal> {
    if draft.chat.is_group {
        let is_known = stage.groups.of(MESSENGER, &draft.chat.number).is_some();
        if !is_known || !instance.groups.contains(&draft.chat.number) {
            let text = "Group not found: add the number to the group and start a dialogue there";
            return Err(Refusal::Sent(text.to_owned()));
        }
        return Ok(());
    }
    if instance.dialect != Dialect::OneMsg || draft.template.is_some() {
        return Ok(());
    }
    let since = stage.clock.now_ms() - WINDOW_MS;
    let mut last = stage.bubbles.of_phone(&draft.chat.number).rev();
    let is_open = last.any(|bubble| {
        bubble.key == instance.key
            && bubble.direction == Direction::Out
            && bubble.at.queued >= since
    });
    if is_open {
        return Ok(());
    }
    let text = "The 24-hour session is closed: only a template may be sent";
    Err(Refusal::Sent(text.to_owned()))
}

fn enqueue(stage: &mut Stage, instance: &mut Instance, draft: Draft) -> (u64, i64) {
    let id = match instance.dialect {
        Dialect::OneMsg => format!("wamid.{}", stage.random.hex(30)),
        Dialect::Classic | Dialect::Ultramsg => {
            format!("true_{}_3EB0{}", draft.chat.id(), stage.random.hex(16))
        }
    };
    let quoted = draft.quoted.and_then(|quoted| stage.bubbles.find(&quoted));
    let quoted =
        quoted.filter(|quoted| quoted.key == instance.key && quoted.phone == draft.chat.number);
    let quote = quoted.map(|quoted| Quote { id: quoted.id.clone(), text: quoted.text.clone() });
    let mut bubble = Bubble::new(&instance.key, MESSENGER, Direction::In, &id);
    if let Some(group) = stage.groups.of(MESSENGER, &draft.chat.number)
        && draft.chat.is_group
    {
        bubble.group = Some(group.id.clone());
        bubble.audience.clone_from(&group.members);
    }
    bubble.phone.clone_from(&draft.chat.number);
    bubble.from.clone_from(&instance.phone);
    bubble.to = draft.chat.number;
    bubble.kind = draft.kind;
    bubble.text = draft.text;
    bubble.file = draft.file;
    bubble.quote = quote;
    bubble.extra = draft.extra;
    bubble.template = draft.template;
    bubble.at.queued = stage.clock.now_ms();
    let seq = stage.add_bubble(bubble);
    let number = instance.number(stage, seq, draft.reference);
    instance.queue.push_back(Waiting { seq, kind: draft.method });
    outbound::plan(stage, instance);
    (seq, number)
}

/// A member with a text in it.
pub(super) fn member<'a>(body: &'a Value, name: &str) -> Option<&'a str> {
    body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn required<'a>(body: &'a Value, name: &str) -> Result<&'a str, Refusal> {
    member(body, name).ok_or_else(|| Refusal::Sent(format!("{name} is required")))
}
