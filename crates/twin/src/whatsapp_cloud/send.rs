//! `POST /{phone}/messages`: sends, marks as read, reacts.

use serde_json::{Value, json};

use super::{
    Answer, Desk, MESSENGER, OwnDeed,
    content::{self, Draft},
    magic::{HANG_MS, Magic},
    notice,
    number::{ClosedWindow, Number},
    refusal::Refusal,
    waba::Waba,
};
use crate::{
    bubble::{Bubble, Direction, Status},
    content::Quote,
    limits,
    stage::Stage,
    wire::{Cut, WireResponse},
};

/// How long a message takes from the answer to the messenger.
const SEND_MS: i64 = 150;
const OPAQUE_CHARS_MAX: usize = 512;

/// Whom a message is for.
#[derive(Debug)]
struct Recipient {
    /// As the call gave it.
    input: String,
    /// The number, or the group's id.
    chat: String,
    is_group: bool,
    is_by_user_id: bool,
}

/// The call.
pub(super) fn messages(desk: &mut Desk<'_>) -> Answer {
    let body = desk.body()?;
    if body["messaging_product"] != "whatsapp" {
        return Err(Refusal::parameter("The parameter messaging_product is required."));
    }
    if body["status"] == "read" {
        return read(desk, &body);
    }
    let to = recipient(&body)?;
    if body["type"] == "reaction" {
        return react(desk, &body, &to);
    }
    let draft = content::read(desk, &body, to.is_group)?;
    let opaque = body["biz_opaque_callback_data"].as_str().unwrap_or_default();
    if opaque.chars().count() > OPAQUE_CHARS_MAX {
        return Err(Refusal::parameter("biz_opaque_callback_data is too long"));
    }
    let quote = quote(desk, &body, &to)?;
    desk.number.check_life()?;
    if to.is_group && desk.stage.groups.of(MESSENGER, &to.chat).is_none() {
        return Err(Refusal::new(131_212, ""));
    }
    if to.chat == desk.number.phone {
        return Err(Refusal::new(131_021, ""));
    }
    let magic = Magic::of(&to.chat);
    match magic {
        Magic::Refused(code) => return Err(Refusal::new(code, "")),
        Magic::ServerError => return Err(Refusal::of_status(500)),
        Magic::CutBefore => return Ok(WireResponse::empty(502).cut(Cut::Before)),
        Magic::None
        | Magic::Failed(_)
        | Magic::Silent
        | Magic::SentOnly
        | Magic::Hang
        | Magic::CutAfter
        | Magic::BadGateway => {}
    }
    desk.number.admit(&to.chat, desk.stage.clock.tick())?;
    let is_open = draft.template.is_some() || to.is_group || is_open(desk, &to.chat);
    if !is_open && desk.number.closed_window == ClosedWindow::Answer {
        return Err(Refusal::new(131_047, ""));
    }
    let answer = accept(desk, draft, &to, quote, opaque, is_open);
    Ok(match magic {
        Magic::Hang => answer.delayed(HANG_MS),
        Magic::CutAfter => answer.cut(Cut::After),
        Magic::BadGateway => return Err(Refusal::of_status(502)),
        Magic::None
        | Magic::Refused(_)
        | Magic::Failed(_)
        | Magic::Silent
        | Magic::SentOnly
        | Magic::CutBefore
        | Magic::ServerError => answer,
    })
}

fn is_open(desk: &Desk<'_>, chat: &str) -> bool {
    desk.number.is_open(chat, desk.stage.clock.tick())
}

/// `to` wins over `recipient`.
fn recipient(body: &Value) -> Result<Recipient, Refusal> {
    let is_group = body["recipient_type"] == "group";
    let input = body["to"].as_str().unwrap_or_default();
    if let Some(id) = body["recipient"].as_str().filter(|_| input.is_empty()) {
        let number = notice::number_of_user(id);
        let number = number.ok_or_else(|| Refusal::new(131_026, "Unknown recipient"))?;
        return Ok(Recipient {
            input: id.to_owned(),
            chat: number.to_owned(),
            is_group: false,
            is_by_user_id: true,
        });
    }
    if input.is_empty() {
        return Err(Refusal::parameter("The parameter to is required."));
    }
    let chat = if is_group { Some(input.to_owned()) } else { wa_id(input) };
    let chat = chat.ok_or_else(|| Refusal::new(131_009, "Param to is not a phone number"))?;
    Ok(Recipient { input: input.to_owned(), chat, is_group, is_by_user_id: false })
}

/// The digits of a number that may be written with signs. Mexican mobile numbers lose their `1`.
fn wa_id(input: &str) -> Option<String> {
    let is_fine = |c: char| c.is_ascii_digit() || "+ -()".contains(c);
    let digits: String = input.chars().filter(char::is_ascii_digit).collect();
    if !input.chars().all(is_fine) || !(7..=15).contains(&digits.len()) {
        return None;
    }
    match digits.strip_prefix("521") {
        Some(rest) if rest.len() == 10 => Some(format!("52{rest}")),
        Some(_) | None => Some(digits),
    }
}

/// The bubble that is answered: one of another chat is left out, an unknown id is refused.
fn quote(desk: &Desk<'_>, body: &Value, to: &Recipient) -> Result<Option<Quote>, Refusal> {
    let Some(id) = body["context"]["message_id"].as_str() else { return Ok(None) };
    let found = desk.stage.bubbles.find(id).filter(|bubble| bubble.key == desk.number.key);
    let found = found.ok_or_else(|| Refusal::new(131_009, "Invalid message_id in context"))?;
    let is_here = found.phone == to.chat;
    Ok(is_here.then(|| Quote { id: found.id.clone(), text: found.text.clone() }))
}

fn accept(
    desk: &mut Desk<'_>,
    draft: Draft,
    to: &Recipient,
    quote: Option<Quote>,
    opaque: &str,
    is_open: bool,
) -> WireResponse {
    let Desk { stage, number, .. } = desk;
    let id = format!("wamid.HBgN{}", stage.random.hex(28));
    let mut bubble = Bubble::new(&number.key, MESSENGER, Direction::In, &id);
    if let Some(group) = stage.groups.of(MESSENGER, &to.chat)
        && to.is_group
    {
        bubble.group = Some(group.id.clone());
        bubble.audience.clone_from(&group.members);
    }
    let is_template = draft.template.is_some();
    bubble.phone.clone_from(&to.chat);
    bubble.from.clone_from(&number.phone);
    bubble.to.clone_from(&to.chat);
    bubble.kind = draft.kind;
    bubble.text = draft.text;
    bubble.file = draft.file;
    bubble.extra = draft.extra;
    bubble.buttons = draft.buttons;
    bubble.template = draft.template;
    bubble.quote = quote;
    bubble.at.queued = stage.clock.now_ms();
    // Kept until it is said in the status that it failed.
    let doom = draft.doom.or((!is_open).then_some(131_047));
    bubble.description = doom.map(|code| code.to_string()).unwrap_or_default();
    let seq = stage.add_bubble(bubble);
    number.accepted += 1;
    if !opaque.is_empty() {
        number.opaque.insert(seq, opaque.to_owned());
        while number.opaque.len() > limits::JOURNAL_MAX {
            number.opaque.pop_first();
        }
    }
    let key = number.key.clone();
    stage.plan(SEND_MS, &key, OwnDeed::Send(seq).deed());
    answer_of(&id, to, is_template)
}

fn answer_of(id: &str, to: &Recipient, is_template: bool) -> WireResponse {
    let mut contact = json!({ "input": to.input });
    if to.is_by_user_id {
        contact["user_id"] = json!(to.input);
    } else {
        contact["wa_id"] = json!(to.chat);
    }
    let mut message = json!({ "id": id });
    if is_template {
        message["message_status"] = json!("accepted");
    }
    let body = json!({
        "messaging_product": "whatsapp", "contacts": [contact], "messages": [message],
    });
    WireResponse::json(200, &body)
}

/// Marks a customer's bubble and those before it as read; typing is shown to nobody here.
fn read(desk: &mut Desk<'_>, body: &Value) -> Answer {
    let id = body["message_id"].as_str().unwrap_or_default();
    let found = desk
        .stage
        .bubbles
        .find(id)
        .filter(|bubble| bubble.key == desk.number.key && bubble.direction == Direction::Out);
    let found = found.ok_or_else(|| Refusal::new(131_009, "Param message_id is not valid"))?;
    let (chat, last) = (found.phone.clone(), found.seq);
    let unread = desk.stage.bubbles.of_phone(&chat).filter(|bubble| {
        bubble.direction == Direction::Out
            && bubble.seq <= last
            && bubble.status != Status::Read
            && bubble.key == desk.number.key
    });
    let unread: Vec<u64> = unread.map(|bubble| bubble.seq).collect();
    for seq in unread {
        desk.stage.reach(seq, Status::Read, "");
    }
    Ok(WireResponse::json(200, &json!({ "success": true })))
}

fn react(desk: &mut Desk<'_>, body: &Value, to: &Recipient) -> Answer {
    let id = body["reaction"]["message_id"].as_str().unwrap_or_default();
    let found = desk.stage.bubbles.find(id).filter(|bubble| bubble.phone == to.chat);
    let found = found.ok_or_else(|| Refusal::new(131_009, "Invalid message_id in reaction"))?;
    let seq = found.seq;
    desk.number.check_life()?;
    let emoji = body["reaction"]["emoji"].as_str().unwrap_or_default();
    let who = desk.number.key.account.to_string();
    desk.stage.react(seq, &who, emoji);
    let id = format!("wamid.HBgR{}", desk.stage.random.hex(28));
    Ok(answer_of(&id, to, false))
}

/// Hands a message to the messenger, or says why not.
pub(super) fn hand_over(stage: &mut Stage, number: &Number, waba: &Waba, seq: u64) {
    let Some(bubble) = stage.bubbles.get(seq) else { return };
    // Set by hand while it waited: that word stands.
    if bubble.status != Status::Queued {
        return;
    }
    let (chat, doom) = (bubble.phone.clone(), bubble.description.clone());
    let is_group = bubble.group.is_some();
    let magic = Magic::of(&chat);
    if magic == Magic::Silent {
        return;
    }
    let code = if let Magic::Failed(code) = magic {
        Some(code.to_string())
    } else if !doom.is_empty() {
        Some(doom)
    } else if !is_group && !stage.phones.has(&chat, MESSENGER) {
        Some("131026".to_owned())
    } else {
        None
    };
    if let Some(code) = code {
        stage.reach(seq, Status::Failed, &code);
        return notice::status(stage, number, waba, seq);
    }
    stage.reach(seq, Status::Sent, "");
    notice::status(stage, number, waba, seq);
    if magic != Magic::SentOnly {
        stage.hand_over(seq);
    }
}
