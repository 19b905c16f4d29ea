//! What Wazzup tells us by itself: messages and statuses, often in one post, states of channels,
//! moderation of templates.

use super::{chore, code, json, message, text};
use crate::date;
use serde_json::Value;
use subtle::ConstantTimeEq;
use vestnik_model::{account::Account, outcome::ReceiptKind, time::Timestamp};
use vestnik_provider::{
    port::{Reception, Word},
    wire::Inbound,
};

/// Most words of one webhook: how many come at once is not promised.
const WORDS_MAX: usize = 1_000;
/// Both spellings of the member that tells of a template.
const TEMPLATE_MEMBERS: [&str; 2] = ["templateStatus", "tepmplateStatus"];

pub(super) fn receive(account: &Account, inbound: &Inbound<'_>) -> Reception {
    let body = json(inbound.body);
    // The test when an address is subscribed: whether it carries the key is not documented.
    if body.as_ref().is_some_and(is_test) {
        return Reception::Handshake { status: 200, body: String::new() };
    }
    if !is_authentic(account.setting("crm_key"), inbound.header("authorization")) {
        return Reception::Forged;
    }
    let Some(body) = body.filter(Value::is_object) else {
        return Reception::Unreadable { detail: "it is no JSON object".to_owned() };
    };
    let mut found: Vec<Result<Word, String>> = Vec::new();
    let mut strange = 0_usize;
    for item in items(&body["messages"]) {
        match is_ours(account, item) {
            true => found.push(message::word(account, item)),
            false => strange += 1,
        }
    }
    // A status names no channel: ids are unique everywhere.
    found.extend(items(&body["statuses"]).map(|status| receipt(account, status)));
    for item in items(&body["channelsUpdates"]) {
        match is_ours(account, item) {
            true => found.push(channel(item)),
            false => strange += 1,
        }
    }
    for member in TEMPLATE_MEMBERS {
        found.extend(items(&body[member]).map(template));
    }
    let mut words = Vec::new();
    let mut trouble = None;
    for word in found.into_iter().take(WORDS_MAX) {
        match word {
            Ok(word) => words.push(word),
            Err(detail) => trouble = Some(detail),
        }
    }
    match (words.is_empty(), trouble, strange) {
        (false, ..) => Reception::Understood(words),
        (true, Some(detail), _) => Reception::Unreadable { detail },
        (true, None, 1..) => {
            Reception::Unreadable { detail: "it speaks of another channel".to_owned() }
        }
        // `createContact` and `createDeal` want an answer that we don't give: nobody asked.
        (true, None, 0) => Reception::Understood(vec![Word::Nothing]),
    }
}

/// Whether a webhook at a shared address speaks of this channel.
pub(super) fn is_for(account: &Account, inbound: &Inbound<'_>) -> bool {
    let body = json(inbound.body).unwrap_or_default();
    let mut all = items(&body["messages"]).chain(items(&body["channelsUpdates"]));
    all.any(|item| text(&item["channelId"]).as_deref() == Some(account.setting("channel_id")))
}

fn is_test(body: &Value) -> bool {
    body.as_object().is_some_and(|object| object.len() == 1) && body["test"] == true
}

/// Without a key the address itself is the secret: the provider signs nothing.
fn is_authentic(key: &str, header: Option<&str>) -> bool {
    if key.is_empty() {
        return true;
    }
    let Some(header) = header else { return false };
    let given = header.trim().strip_prefix("Bearer ").unwrap_or_default().trim();
    bool::from(given.as_bytes().ct_eq(key.as_bytes()))
}

/// The items of a list; a single object counts as one.
fn items(value: &Value) -> impl Iterator<Item = &Value> {
    let list = match value {
        Value::Array(list) => list.as_slice(),
        Value::Object(_) => std::slice::from_ref(value),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => &[],
    };
    list.iter()
}

/// One address serves all channels of a key. What does not name its channel is taken as ours.
fn is_ours(account: &Account, item: &Value) -> bool {
    text(&item["channelId"]).is_none_or(|id| id == account.setting("channel_id"))
}

fn receipt(account: &Account, status: &Value) -> Result<Word, String> {
    let remote_id = text(&status["messageId"]).ok_or("the status has no messageId")?;
    let kind = match text(&status["status"]).ok_or("the status is missing")?.as_str() {
        "sent" => ReceiptKind::Sent,
        "delivered" => ReceiptKind::Delivered,
        "read" => ReceiptKind::Read,
        "error" => ReceiptKind::Failed(code::failure(account, &status["error"])),
        // `edited`, and what may come.
        _ => return Ok(Word::Nothing),
    };
    Ok(Word::Receipt { remote_id, kind, at: time(&status["timestamp"]) })
}

fn channel(item: &Value) -> Result<Word, String> {
    let state = text(&item["state"]).ok_or("the state is missing")?;
    Ok(Word::Account(chore::state_of(&state)))
}

fn template(item: &Value) -> Result<Word, String> {
    let id = text(&item["templateGuid"]).or_else(|| text(&item["name"]));
    let id = id.ok_or("templateGuid is missing")?;
    Ok(Word::Template { id, state: text(&item["status"]).unwrap_or_default() })
}

/// A date, or milliseconds.
pub(super) fn time(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => date::parse(text),
        Value::Number(ms) => ms.as_i64().filter(|ms| *ms > 0).map(Timestamp),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
