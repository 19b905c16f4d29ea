//! What was written, and what waits.

use serde_json::{Value, json};

use super::{Answer, Desk, instance::Entry, notice, send::Chat};
use crate::wire::WireResponse;

const COUNT: usize = 100;
const QUEUE_COUNT: usize = 100;

/// `messages`: after a number, or the newest, or of a time.
pub(super) fn messages(desk: &mut Desk<'_>) -> Answer {
    let query = |name: &str| desk.address.target.get(name);
    let number = |name: &str| query(name).and_then(|text| text.parse::<i64>().ok());
    let limit = match number("limit") {
        Some(0) => usize::MAX,
        Some(limit) => usize::try_from(limit).unwrap_or(COUNT),
        None => COUNT,
    };
    let after = number("lastMessageNumber").unwrap_or(0);
    let (from, to) = (number("min_time").unwrap_or(0), number("max_time").unwrap_or(i64::MAX));
    let chat = query("chatId").and_then(Chat::of_id);
    let found = desk.instance.journal.iter().filter(|entry| entry.number > after);
    let found = found.filter_map(|entry| show(desk, *entry, chat.as_ref()));
    let mut found: Vec<Value> = found
        .filter(|item| item["time"].as_i64().is_some_and(|t| (from..=to).contains(&t)))
        .collect();
    if query("last") == Some("true") {
        found.drain(..found.len().saturating_sub(COUNT));
    }
    found.truncate(limit);
    let last = found.last().map_or(json!(after), |item| item["messageNumber"].clone());
    Ok(WireResponse::json(200, &json!({ "messages": found, "lastMessageNumber": last })))
}

/// `messagesHistory`, newest first.
pub(super) fn history(desk: &mut Desk<'_>) -> Answer {
    let query = |name: &str| desk.address.target.get(name);
    let number = |name: &str| query(name).and_then(|text| text.parse::<usize>().ok());
    let (page, count) = (number("page").unwrap_or(0), number("count").unwrap_or(COUNT));
    let chat = query("chatId").and_then(Chat::of_id);
    let found = desk.instance.journal.iter().rev();
    let found = found.filter_map(|entry| show(desk, *entry, chat.as_ref()));
    let found: Vec<Value> = found.skip(page.saturating_mul(count)).take(count).collect();
    Ok(WireResponse::json(200, &json!({ "messages": found, "page": page })))
}

fn show(desk: &Desk<'_>, entry: Entry, chat: Option<&Chat>) -> Option<Value> {
    let bubble = desk.stage.bubbles.get(entry.seq)?;
    let is_of_chat = chat.is_none_or(|chat| chat.id() == notice::chat_id(bubble));
    is_of_chat.then(|| notice::message(desk.stage, desk.instance, bubble, entry.number))
}

/// `showMessagesQueue`.
pub(super) fn queue(desk: &mut Desk<'_>) -> Answer {
    let first = desk.instance.queue.iter().take(QUEUE_COUNT).filter_map(|waiting| {
        let bubble = desk.stage.bubbles.get(waiting.seq)?;
        let body = bubble.file.as_ref().map_or(bubble.text.clone(), |file| file.url.clone());
        Some(json!({
            "id": bubble.id, "body": body, "type": waiting.kind, "last_try": 0, "metadata": null,
        }))
    });
    let first: Vec<Value> = first.collect();
    let total = desk.instance.queue.len();
    Ok(WireResponse::json(200, &json!({ "totalMessages": total, "first100": first })))
}

/// `clearMessagesQueue`.
pub(super) fn clear_queue(desk: &mut Desk<'_>) -> Answer {
    let seqs = desk.instance.queue.iter().take(QUEUE_COUNT).map(|waiting| waiting.seq);
    let texts = seqs.filter_map(|seq| Some(desk.stage.bubbles.get(seq)?.text.clone()));
    let texts: Vec<String> = texts.collect();
    let message = format!("{} messages were removed", desk.instance.queue.len());
    desk.instance.queue.clear();
    desk.stage.touch();
    let answer = json!({ "message": message, "messageTextsExample": texts });
    Ok(WireResponse::json(200, &answer))
}
