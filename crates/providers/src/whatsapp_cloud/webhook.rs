//! What Meta tells us by itself: the envelope, its signature, and what each change says.

use super::{code, message, signature};
use serde_json::Value;
use subtle::ConstantTimeEq;
use vestnik_model::{
    account::Account,
    limits::{DETAIL_BYTES_MAX, clip},
    outcome::ReceiptKind,
    time::Timestamp,
};
use vestnik_provider::{
    port::{AccountState, Reception, Word},
    wire::{Inbound, decode_form},
};

/// Most words of one webhook: more were never promised.
const WORDS_MAX: usize = 1_000;
/// Longest challenge that is given back.
const CHALLENGE_CHARS_MAX: usize = 200;
/// A time stamp above this is in milliseconds, as was seen by accident.
const SECONDS_MAX: i64 = 1_000_000_000_000;

pub(super) fn receive(account: &Account, inbound: &Inbound<'_>) -> Reception {
    if inbound.method == "GET" {
        return handshake(account.setting("verify_token"), inbound.query);
    }
    let header = inbound.header("x-hub-signature-256");
    if !signature::is_authentic(account.setting("app_secret"), header, inbound.body) {
        return Reception::Forged;
    }
    let body: Value = match serde_json::from_slice(inbound.body) {
        Ok(body) => body,
        Err(error) => return Reception::Unreadable { detail: error.to_string() },
    };
    let mut words = Vec::new();
    let mut is_ours = false;
    let mut trouble = None;
    for (waba, change) in changes(&body) {
        if !speaks_of(account, waba, change) {
            continue;
        }
        is_ours = true;
        trouble = read(account, change, &mut words).or(trouble);
    }
    words.truncate(WORDS_MAX);
    match (is_ours, words.is_empty(), trouble) {
        (false, ..) => Reception::Unreadable { detail: "it speaks of another number".to_owned() },
        (true, true, Some(detail)) => Reception::Unreadable { detail },
        (true, true, None) => Reception::Understood(vec![Word::Nothing]),
        (true, false, _) => Reception::Understood(words),
    }
}

/// Whether a webhook at a shared address is meant for this account.
pub(super) fn is_for(account: &Account, inbound: &Inbound<'_>) -> bool {
    let Ok(body) = serde_json::from_slice::<Value>(inbound.body) else { return false };
    changes(&body).any(|(waba, change)| speaks_of(account, waba, change))
}

fn handshake(token: &str, query: &str) -> Reception {
    let pairs = decode_form(query.as_bytes());
    let get = |name: &str| {
        pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    };
    let is_ours = bool::from(get("hub.verify_token").as_bytes().ct_eq(token.as_bytes()));
    let challenge = get("hub.challenge");
    let is_fine = !challenge.is_empty() && challenge.chars().count() <= CHALLENGE_CHARS_MAX;
    if token.is_empty() || !is_ours || get("hub.mode") != "subscribe" || !is_fine {
        return Reception::Forged;
    }
    Reception::Handshake { status: 200, body: challenge.to_owned() }
}

/// Business account and change, one after the other.
fn changes(body: &Value) -> impl Iterator<Item = (&Value, &Value)> {
    let entries = body["entry"].as_array().into_iter().flatten();
    entries.flat_map(|entry| {
        let changes = entry["changes"].as_array().into_iter().flatten();
        changes.map(|change| (&entry["id"], change))
    })
}

/// By the number if it is told, else by the business account.
fn speaks_of(account: &Account, waba: &Value, change: &Value) -> bool {
    match &change["value"]["metadata"]["phone_number_id"] {
        Value::String(id) => id == account.setting("phone_number_id"),
        Value::Number(id) => id.to_string() == account.setting("phone_number_id"),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            waba.as_str() == Some(account.setting("waba_id"))
        }
    }
}

/// Adds what a change says. One part of it that is not understood does not hide the others: the
/// trouble with the last such part is returned.
fn read(account: &Account, change: &Value, words: &mut Vec<Word>) -> Option<String> {
    let value = &change["value"];
    let mut found: Vec<Result<Word, String>> = Vec::new();
    match change["field"].as_str().unwrap_or_default() {
        "messages" => {
            found.extend(items(&value["statuses"]).map(|status| receipt(account, status)));
            let contacts = &value["contacts"];
            found.extend(items(&value["messages"]).map(|one| message::word(contacts, one)));
        }
        // Written on the phone's own app, where it is used side by side.
        "message_echoes" | "smb_message_echoes" => {
            found.extend(items(&value["message_echoes"]).map(message::echo));
        }
        "message_template_status_update" => found.push(template(value)),
        "account_update" => found.push(Ok(account_update(value))),
        // Fields we did not ask for.
        _ => found.push(Ok(Word::Nothing)),
    }
    let mut trouble = None;
    for word in found {
        match word {
            Ok(word) => words.push(word),
            Err(detail) => trouble = Some(detail),
        }
    }
    trouble
}

fn template(value: &Value) -> Result<Word, String> {
    let name = super::text(&value["message_template_name"]);
    let id = name.or_else(|| super::text(&value["message_template_id"]));
    let id = id.ok_or("message_template_name is missing")?;
    Ok(Word::Template { id, state: value["event"].as_str().unwrap_or_default().to_owned() })
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn receipt(account: &Account, status: &Value) -> Result<Word, String> {
    let remote_id = super::text(&status["id"]).ok_or("the status has no id")?;
    let at = time(&status["timestamp"]);
    let kind = match status["status"].as_str().ok_or("the status is missing")? {
        "sent" => ReceiptKind::Sent,
        "delivered" => ReceiptKind::Delivered,
        // A voice note that was listened to.
        "read" | "played" => ReceiptKind::Read,
        "failed" => ReceiptKind::Failed(code::failure(account, &status["errors"][0])),
        // `deleted`, `warning` and what may come: nothing new.
        _ => return Ok(Word::Nothing),
    };
    Ok(Word::Receipt { remote_id, kind, at })
}

fn account_update(value: &Value) -> Word {
    let event = value["event"].as_str().unwrap_or_default();
    let ban = value["ban_info"]["waba_ban_state"].as_str().unwrap_or_default();
    match (event, ban) {
        ("DISABLED_UPDATE", "REINSTATE") => Word::Account(AccountState::Ready),
        ("DISABLED_UPDATE", _) => Word::Account(AccountState::Broken {
            detail: clip(&format!("account_update: {event} {ban}"), DETAIL_BYTES_MAX).to_owned(),
        }),
        (_, _) => Word::Nothing,
    }
}

/// Seconds as a text, as a number, or in milliseconds.
pub(super) fn time(value: &Value) -> Option<Timestamp> {
    let number = match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.as_i64(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let number: i64 = number.filter(|number| *number > 0)?;
    Some(Timestamp(if number < SECONDS_MAX { number * 1_000 } else { number }))
}
