//! The calls that send: check the body, take a place in the queue, answer with an id.

use serde_json::{Value, json};

use super::{
    Answer, Desk,
    chat::Chat,
    instance::Waiting,
    magic::{Door, HANG_MS},
    outbound, receive,
    refusal::Refusal,
};
use crate::{
    bubble::{Bubble, Direction},
    content::{File, Kind, Quote},
    limits,
    wire::{Cut, WireResponse},
};

const KEEP_MS: i64 = 24 * 3_600_000;
const TYPING_MS: std::ops::RangeInclusive<i64> = 1_000..=20_000;

/// What is to be sent.
pub(super) struct Draft {
    pub(super) method: &'static str,
    pub(super) chat: Chat,
    pub(super) kind: Kind,
    pub(super) text: String,
    pub(super) file: Option<File>,
    pub(super) extra: Value,
    pub(super) quoted: Option<String>,
    pub(super) body: Value,
}

impl Draft {
    /// A draft with the fields that all sends share.
    pub(super) fn new(
        desk: &mut Desk<'_>,
        method: &'static str,
        kind: Kind,
        body: Value,
    ) -> Result<Self, Refusal> {
        let chat = Chat::parse(desk.stage, desk.instance.messenger, &body)?;
        let quoted = optional(&body, "quotedMessageId")?.map(str::to_owned);
        if let Some(typing) = body.get("typingTime").filter(|typing| !typing.is_null())
            && !typing.as_i64().is_some_and(|typing| TYPING_MS.contains(&typing))
        {
            return Err(Refusal::invalid("'typingTime' must be between 1000 and 20000"));
        }
        let (text, file, extra) = (String::new(), None, Value::Null);
        Ok(Self { method, chat, kind, text, file, extra, quoted, body })
    }
}

/// `sendMessage`.
pub(super) fn message(desk: &mut Desk<'_>) -> Answer {
    let body = desk.body()?;
    let mut draft = Draft::new(desk, "sendMessage", Kind::Text, body)?;
    draft.text = text(&draft.body, "message", desk.instance.text_chars_max())?;
    accept(desk, draft, &Value::Null)
}

/// `sendFileByUrl`. The twin downloads nothing; a host that cannot exist stands for a download
/// that fails.
pub(super) fn file_by_url(desk: &mut Desk<'_>) -> Answer {
    let body = desk.body()?;
    let url = required(&body, "urlFile")?.to_owned();
    let name = required(&body, "fileName")?.to_owned();
    let host = url.split_once("://").filter(|(scheme, _)| scheme.starts_with("http"));
    let Some((_, rest)) = host else {
        return Err(Refusal::invalid("'urlFile' must be a valid uri"));
    };
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or("");
    if host.is_empty() || host.ends_with(".invalid") {
        return Err(Refusal::Server(format!("file download failed: {url}")));
    }
    let mut draft = Draft::new(desk, "sendFileByUrl", Kind::of_file(&name), body)?;
    draft.text = caption(&draft.body, desk.instance.text_chars_max())?;
    draft.file = Some(File::new(&url, &name, ""));
    accept(desk, draft, &Value::Null)
}

/// `sendLocation`.
pub(super) fn location(desk: &mut Desk<'_>) -> Answer {
    let body = desk.body()?;
    let mut draft = Draft::new(desk, "sendLocation", Kind::Location, body)?;
    let body = &draft.body;
    let degrees = |name: &str| match body.get(name).and_then(Value::as_f64) {
        Some(degrees) => Ok(degrees),
        None => Err(Refusal::invalid(&format!("'{name}' must be a number"))),
    };
    let name = optional(body, "nameLocation")?.unwrap_or("");
    let address = optional(body, "address")?.unwrap_or("");
    draft.extra = json!({
        "nameLocation": name, "address": address,
        "latitude": degrees("latitude")?, "longitude": degrees("longitude")?,
    });
    draft.text = [name, address].join(" ").trim().to_owned();
    accept(desk, draft, &Value::Null)
}

/// `sendContact`.
pub(super) fn contact(desk: &mut Desk<'_>) -> Answer {
    let body = desk.body()?;
    let mut draft = Draft::new(desk, "sendContact", Kind::Contact, body)?;
    let contact = draft.body.get("contact").cloned().unwrap_or(Value::Null);
    let Some(phone) = contact.get("phoneContact").and_then(Value::as_u64) else {
        return Err(Refusal::invalid("'contact.phoneContact' must be a number"));
    };
    let part = |name: &str| contact.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
    let parts = [part("firstName"), part("middleName"), part("lastName"), part("company")];
    let name = parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" ");
    let vcard = format!("BEGIN:VCARD\nVERSION:3.0\nFN:{name}\nTEL:+{phone}\nEND:VCARD");
    draft.text = format!("{name} +{phone}").trim().to_owned();
    draft.extra = json!({ "displayName": name, "vcard": vcard });
    accept(desk, draft, &Value::Null)
}

/// `sendPoll`.
pub(super) fn poll(desk: &mut Desk<'_>) -> Answer {
    let body = desk.body()?;
    let mut draft = Draft::new(desk, "sendPoll", Kind::Poll, body)?;
    let question = text(&draft.body, "message", desk.instance.text_chars_max())?;
    let options = draft.body.get("options").and_then(Value::as_array).cloned().unwrap_or_default();
    if !(2..=12).contains(&options.len()) {
        return Err(Refusal::invalid("'options' must contain from 2 to 12 items"));
    }
    let names = options.iter().filter_map(|option| option["optionName"].as_str());
    draft.text = names.fold(question.clone(), |text, name| format!("{text}\n○ {name}"));
    let is_multiple = draft.body["multipleAnswers"].as_bool().unwrap_or(false);
    draft.extra = json!({
        "name": question, "options": options, "multipleAnswers": is_multiple,
    });
    accept(desk, draft, &Value::Null)
}

/// Takes a draft into the queue. `more` joins the answer.
pub(super) fn accept(desk: &mut Desk<'_>, draft: Draft, more: &Value) -> Answer {
    desk.instance.check_started()?;
    let door = Door::of(&draft.chat.number);
    match door {
        Door::TooFast => return Err(Refusal::TooFast),
        Door::Quota => return Err(Refusal::Correspondents { used: 3, total: 3 }),
        Door::ServerError => return Err(Refusal::of_status(500)),
        Door::CutBefore => return Ok(WireResponse::empty(502).cut(Cut::Before)),
        Door::Ordinary | Door::CutAfter | Door::Hang | Door::BadGateway => {}
    }
    count_correspondent(desk, &draft.chat)?;
    if desk.instance.queue.len() >= limits::SEND_QUEUE_MAX {
        return Err(Refusal::Server("the twin's send queue is full".to_owned()));
    }
    let mut body = json!({ "idMessage": enqueue(desk, draft) });
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    let answer = WireResponse::json(200, &body);
    Ok(match door {
        Door::Hang => answer.delayed(HANG_MS),
        Door::CutAfter => answer.cut(Cut::After),
        Door::BadGateway => return Err(Refusal::of_status(502)),
        Door::Ordinary | Door::TooFast | Door::Quota | Door::ServerError | Door::CutBefore => {
            answer
        }
    })
}

fn count_correspondent(desk: &mut Desk<'_>, chat: &Chat) -> Result<(), Refusal> {
    let known = &mut desk.instance.correspondents;
    let used = u64::try_from(known.len()).unwrap_or(u64::MAX);
    let Some(total) = desk.instance.correspondents_max else { return Ok(()) };
    if !known.contains(&chat.number) {
        if used >= total {
            return Err(Refusal::Correspondents { used, total });
        }
        known.insert(chat.number.clone());
    }
    Ok(())
}

fn enqueue(desk: &mut Desk<'_>, draft: Draft) -> String {
    let Desk { stage, instance, .. } = desk;
    let id = format!("3EB0{}", stage.random.hex(16));
    // A quote from another chat does not work: it is sent without.
    let quoted = draft.quoted.and_then(|quoted| stage.bubbles.find(&quoted));
    let quoted =
        quoted.filter(|quoted| quoted.key == instance.key && quoted.phone == draft.chat.number);
    let quote = quoted.map(|quoted| Quote { id: quoted.id.clone(), text: quoted.text.clone() });
    let mut bubble = Bubble::new(&instance.key, instance.messenger, Direction::In, &id);
    if let Some(group) = stage.groups.of(instance.messenger, &draft.chat.number)
        && draft.chat.is_group
    {
        bubble.group = Some(group.id.clone());
        bubble.audience.clone_from(&group.members);
    }
    bubble.phone.clone_from(&draft.chat.number);
    bubble.from.clone_from(&instance.phone);
    bubble.to.clone_from(&draft.chat.number);
    bubble.kind = draft.kind;
    bubble.text = draft.text;
    bubble.file = draft.file;
    bubble.quote = quote;
    bubble.extra = draft.extra;
    bubble.at.queued = stage.clock.now_ms();
    let seq = stage.add_bubble(bubble);
    let expires = stage.clock.tick().plus(KEEP_MS);
    let (kind, body) = (draft.method, draft.body);
    instance.queue.push_back(Waiting {
        seq,
        id: id.clone(),
        kind,
        body,
        is_group: draft.chat.is_group,
        expires,
    });
    instance.accepted += 1;
    if instance.settings.is_on("markIncomingMessagesReadedOnReply") {
        receive::read_chat(stage, instance, &draft.chat.number, None);
    }
    outbound::plan(stage, instance);
    id
}

/// A member that must be a string with something in it.
pub(super) fn required<'a>(body: &'a Value, name: &str) -> Result<&'a str, Refusal> {
    match optional(body, name)? {
        None => Err(Refusal::invalid(&format!("'{name}' is required"))),
        Some("") => Err(Refusal::invalid(&format!("'{name}' is not allowed to be empty"))),
        Some(text) => Ok(text),
    }
}

/// A member that may be missing, and must be a string otherwise.
pub(super) fn optional<'a>(body: &'a Value, name: &str) -> Result<Option<&'a str>, Refusal> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Refusal::invalid(&format!("'{name}' must be a string"))),
    }
}

fn text(body: &Value, name: &str, max: usize) -> Result<String, Refusal> {
    let text = required(body, name)?;
    if text.chars().count() > max {
        return Err(too_long(name, max));
    }
    Ok(text.to_owned())
}

/// The caption of a file.
pub(super) fn caption(body: &Value, max: usize) -> Result<String, Refusal> {
    let caption = optional(body, "caption")?.unwrap_or("");
    if caption.chars().count() > max {
        return Err(too_long("caption", max));
    }
    Ok(caption.to_owned())
}

fn too_long(name: &str, max: usize) -> Refusal {
    Refusal::invalid(&format!(
        "'{name}' length must be less than or equal to {max} characters long"
    ))
}
