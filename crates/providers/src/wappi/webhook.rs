//! What Wappi tells us by itself.

use super::{is_cascade, journal::time, json, message, text};
use serde_json::Value;
use subtle::ConstantTimeEq;
use vestnik_model::{
    account::Account,
    limits::{DETAIL_BYTES_MAX, clip},
    outcome::{Blame, Failure, Reason, ReceiptKind},
};
use vestnik_provider::{
    port::{AccountState, Reception, Word},
    wire::Inbound,
};

/// Most words of one webhook: how many come at once is not promised.
const WORDS_MAX: usize = 1_000;

pub(super) fn receive(account: &Account, inbound: &Inbound<'_>) -> Reception {
    if !is_authentic(account.setting("webhook_auth"), inbound.header("authorization")) {
        return Reception::Forged;
    }
    let Some(body) = json(inbound.body).filter(|body| body.is_object() || body.is_array()) else {
        return Reception::Unreadable { detail: "it is no JSON object".to_owned() };
    };
    let mut words = Vec::new();
    let mut trouble = None;
    for item in items(&body).take(WORDS_MAX) {
        if !is_ours(account, item) {
            trouble = Some("it speaks of another profile".to_owned());
            continue;
        }
        match word(account, item) {
            Ok(word) => words.push(word),
            Err(detail) => trouble = Some(detail),
        }
    }
    match (words.is_empty(), trouble) {
        (false, _) => Reception::Understood(words),
        (true, Some(detail)) => Reception::Unreadable { detail },
        (true, None) => Reception::Understood(vec![Word::Nothing]),
    }
}

/// Whether a webhook at a shared address speaks of this profile.
pub(super) fn is_for(account: &Account, inbound: &Inbound<'_>) -> bool {
    let body = json(inbound.body).unwrap_or_default();
    let id = account.setting("profile_id");
    !id.is_empty() && items(&body).any(|item| item["profile_id"].as_str() == Some(id))
}

/// The phrase as a whole, or behind a scheme. Without one the address itself is the secret.
fn is_authentic(phrase: &str, header: Option<&str>) -> bool {
    if phrase.is_empty() {
        return true;
    }
    let Some(header) = header else { return false };
    let whole = header.trim();
    let after = whole.split_once(' ').map_or("", |(_, rest)| rest.trim());
    // Both are compared, so that the time does not tell which form was close.
    let is_same = |text: &str| bool::from(text.as_bytes().ct_eq(phrase.as_bytes()));
    is_same(whole) | is_same(after)
}

/// `messages` may be a list or an object, or missing around a bare item.
fn items(body: &Value) -> impl Iterator<Item = &Value> {
    let inner = if body["messages"].is_null() { body } else { &body["messages"] };
    let list = match inner {
        Value::Array(list) => list.as_slice(),
        Value::Object(object) if object.contains_key("wh_type") => std::slice::from_ref(inner),
        Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            &[]
        }
    };
    list.iter()
}

/// A cascade hears of all its profiles. What does not name one is taken as ours.
fn is_ours(account: &Account, item: &Value) -> bool {
    let own = account.setting("profile_id");
    is_cascade(account) || text(&item["profile_id"]).is_none_or(|id| id == own)
}

fn word(account: &Account, item: &Value) -> Result<Word, String> {
    match item["wh_type"].as_str().unwrap_or_default() {
        "delivery_status" | "messages_status" | "message_status" => receipt(account, item),
        "authorization_status" => Ok(state(account, item, false)),
        "application_status" => Ok(state(account, item, true)),
        "incoming_message" => message::word(account, item),
        "outgoing_message_phone" => message::own(account, item),
        // It ties a cascade's task to a message that went. Our other sends have told their ids.
        "outgoing_message_api" if is_cascade(account) => Ok(match text(&item["task_id"]) {
            Some(remote_id) => Word::Receipt { remote_id, kind: ReceiptKind::Sent, at: at(item) },
            None => Word::Nothing,
        }),
        // Calls, sends of other programs, and what may come.
        _ => Ok(Word::Nothing),
    }
}

fn receipt(account: &Account, item: &Value) -> Result<Word, String> {
    let status = text(&item["status"]).ok_or("the status is missing")?;
    let Some(kind) = receipt_kind(&status) else { return Ok(Word::Nothing) };
    if is_cascade(account) {
        // One stage has failed: the cascade goes on.
        let is_failed = matches!(kind, ReceiptKind::Failed(_));
        return Ok(match text(&item["task_id"]).filter(|_| !is_failed) {
            Some(remote_id) => Word::Receipt { remote_id, kind, at: at(item) },
            None => Word::Nothing,
        });
    }
    let id = text(&item["id"]).or_else(|| text(&item["task_id"]));
    let remote_id = id.ok_or("the status has no id")?;
    Ok(Word::Receipt { remote_id, kind, at: at(item) })
}

/// What a status means, in webhooks and in lists of messages.
pub(super) fn receipt_kind(status: &str) -> Option<ReceiptKind> {
    let failed = |blame, reason| {
        let detail = clip(status, DETAIL_BYTES_MAX).to_owned();
        Some(ReceiptKind::Failed(Failure { blame, reason, detail }))
    };
    match status.to_ascii_lowercase().as_str() {
        "pending" | "sent" => Some(ReceiptKind::Sent),
        "delivered" => Some(ReceiptKind::Delivered),
        "read" | "played" => Some(ReceiptKind::Read),
        "temporary ban" => failed(Blame::Account, Reason::AccountBlocked),
        "undelivered" | "error" | "failed" | "canceled" => {
            failed(Blame::Provider, Reason::ProviderError)
        }
        _ => None,
    }
}

/// In webhooks `time` are seconds, `timestamp` is a date.
pub(super) fn at(item: &Value) -> Option<vestnik_model::time::Timestamp> {
    time(&item["time"]).or_else(|| time(&item["timestamp"]))
}

/// An application that is off comes back by itself, a login does not.
fn state(account: &Account, item: &Value, is_application: bool) -> Word {
    // One profile of several is no state of the cascade.
    if is_cascade(account) {
        return Word::Nothing;
    }
    let status = item["status"].as_str().unwrap_or_default();
    let reason = item["reason"].as_str().unwrap_or("offline");
    let detail = clip(reason, DETAIL_BYTES_MAX).to_owned();
    match (status, is_application) {
        ("online", _) => Word::Account(AccountState::Ready),
        ("offline", true) => Word::Account(AccountState::Waiting { detail }),
        ("offline", false) => Word::Account(AccountState::Broken { detail }),
        _ => Word::Nothing,
    }
}
