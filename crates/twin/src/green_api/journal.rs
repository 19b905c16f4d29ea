//! Journals and files. A message appears when it has left the send queue.

use serde_json::{Value, json};

use super::{
    Answer, Desk,
    chat::{Chat, chat_id, writer_id},
    notice,
    refusal::Refusal,
    send::required,
};
use crate::{
    bubble::{Bubble, Direction, Status},
    content::Kind,
    stage::Stage,
    wire::WireResponse,
};

const HISTORY_COUNT: u64 = 100;
const MINUTES: i64 = 1_440;

/// `getMessage`.
pub(super) fn message(desk: &mut Desk<'_>) -> Answer {
    let body = desk.body()?;
    let (chat, id) =
        (Chat::parse(desk.stage, desk.instance.messenger, &body)?, required(&body, "idMessage")?);
    let found = listed(desk).find(|bubble| bubble.id == id && bubble.phone == chat.number);
    match found {
        Some(bubble) => Ok(WireResponse::json(200, &entry(desk.stage, bubble))),
        None => Err(Refusal::Bad(format!(
            "Message not found by chatId {} and idMessage {id}",
            required(&body, "chatId")?
        ))),
    }
}

/// `getChatHistory`, newest first.
pub(super) fn chat_history(desk: &mut Desk<'_>) -> Answer {
    let body = desk.body()?;
    let chat = Chat::parse(desk.stage, desk.instance.messenger, &body)?;
    let count = body.get("count").and_then(Value::as_u64).unwrap_or(HISTORY_COUNT);
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let of_chat = listed(desk).filter(|bubble| bubble.phone == chat.number).take(count);
    let entries: Vec<Value> = of_chat.map(|bubble| entry(desk.stage, bubble)).collect();
    Ok(WireResponse::json(200, &json!(entries)))
}

/// `lastOutgoingMessages`, newest first.
pub(super) fn last_outgoing(desk: &mut Desk<'_>) -> Answer {
    last(desk, Direction::In)
}

/// `lastIncomingMessages`, newest first.
pub(super) fn last_incoming(desk: &mut Desk<'_>) -> Answer {
    last(desk, Direction::Out)
}

/// `downloadFile`.
pub(super) fn download_file(desk: &mut Desk<'_>) -> Answer {
    let body = desk.body()?;
    let (chat, id) =
        (Chat::parse(desk.stage, desk.instance.messenger, &body)?, required(&body, "idMessage")?);
    let found = listed(desk).find(|bubble| bubble.id == id && bubble.phone == chat.number);
    match found.and_then(|bubble| bubble.file.as_ref()) {
        Some(file) => Ok(WireResponse::json(200, &json!({ "downloadUrl": file.url }))),
        None => Err(Refusal::Bad(format!(
            "File message encrypted url not found by chatId {} and idMessage {id}",
            required(&body, "chatId")?
        ))),
    }
}

fn last(desk: &mut Desk<'_>, direction: Direction) -> Answer {
    let minutes = match desk.address.target.get("minutes") {
        None => MINUTES,
        Some(text) => match text.parse::<i64>() {
            Ok(minutes) if minutes > 0 => minutes,
            _ => return Err(Refusal::invalid("'minutes' must be a positive number")),
        },
    };
    let since_ms = desk.stage.clock.now_ms().saturating_sub(minutes.saturating_mul(60_000));
    let recent = listed(desk)
        .filter(|bubble| bubble.direction == direction && bubble.at.queued >= since_ms)
        .map(|bubble| entry(desk.stage, bubble));
    Ok(WireResponse::json(200, &json!(recent.collect::<Vec<Value>>())))
}

/// Bubbles in the journal, newest first, without those that are still too fresh to be seen.
fn listed<'a>(desk: &'a Desk<'_>) -> impl Iterator<Item = &'a Bubble> {
    let seen_ms = desk.stage.clock.now_ms() - desk.instance.journal_delay_ms;
    let seqs = desk.instance.journal.iter().rev();
    seqs.filter_map(|&seq| desk.stage.bubbles.get(seq))
        .filter(move |bubble| bubble.at.sent.unwrap_or(bubble.at.queued) <= seen_ms)
}

/// A journal object: flatter than a webhook.
fn entry(stage: &Stage, bubble: &Bubble) -> Value {
    let stamp = bubble.at.sent.unwrap_or(bubble.at.queued);
    let mut entry = json!({
        "idMessage": bubble.id, "timestamp": stamp.div_euclid(1_000),
        "typeMessage": notice::type_message(bubble), "chatId": chat_id(stage, bubble),
        "isForwarded": false, "forwardingScore": 0,
    });
    match bubble.direction {
        Direction::In => {
            let is_silent = bubble.status == Status::Queued;
            entry["type"] = json!("outgoing");
            entry["statusMessage"] = json!(if is_silent { "" } else { bubble.status.as_str() });
            entry["sendByApi"] = json!(true);
        }
        Direction::Out => {
            entry["type"] = json!("incoming");
            entry["senderId"] = json!(writer_id(stage, bubble));
            entry["senderName"] = json!(stage.phones.get(&bubble.phone).name);
            entry["senderContactName"] = json!("");
        }
    }
    match bubble.kind {
        Kind::Text => {
            entry["textMessage"] = json!(bubble.text);
            if bubble.direction == Direction::In {
                entry["extendedTextMessage"] = notice::extended(bubble);
            }
        }
        Kind::Location => entry["location"] = bubble.extra.clone(),
        Kind::Contact => entry["contact"] = bubble.extra.clone(),
        Kind::Poll => entry["pollMessageData"] = bubble.extra.clone(),
        Kind::Image | Kind::Video | Kind::Audio | Kind::Voice | Kind::Document | Kind::Sticker => {
            for (name, value) in notice::file(bubble).as_object().into_iter().flatten() {
                entry[name] = value.clone();
            }
        }
    }
    if let Some(quoted) = notice::quoted(stage, bubble) {
        entry["quotedMessage"] = quoted;
    }
    entry
}
