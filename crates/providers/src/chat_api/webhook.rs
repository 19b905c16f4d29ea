//! What the provider tells us by itself. Nothing is signed: the address is the secret.

use super::{chore::state_of, message, text, ultramsg};
use serde_json::Value;
use vestnik_model::{
    account::Account,
    outcome::{Blame, Failure, Reason, ReceiptKind},
};
use vestnik_provider::{
    port::{Reception, Word},
    wire::Inbound,
};

/// Items of one webhook that are read.
const ITEMS_MAX: usize = 1_000;

pub(super) fn receive(account: &Account, inbound: &Inbound<'_>) -> Reception {
    let unreadable = |detail: String| Reception::Unreadable { detail };
    let body: Value = match serde_json::from_slice(inbound.body) {
        Ok(body) => body,
        Err(error) => return unreadable(error.to_string()),
    };
    if !body.is_object() {
        return unreadable("it is no object".to_owned());
    }
    if text(&body["instanceId"]).is_some_and(|id| id != account.setting("instance")) {
        return unreadable("it speaks of another instance".to_owned());
    }
    let results: Vec<Result<Word, String>> = match body["event_type"].as_str() {
        Some(event) => vec![ultramsg::word(event, &body)],
        None => {
            let items = |name: &str| body[name].as_array().into_iter().flatten();
            let messages = items("messages").map(message::classic);
            let acks = items("ack").map(ack);
            let states = items("status").map(state);
            messages.chain(acks).chain(states).take(ITEMS_MAX).collect()
        }
    };
    let mut words = Vec::new();
    let mut odd = None;
    for result in results {
        match result {
            Ok(word) => words.push(word),
            Err(detail) => odd = Some(detail),
        }
    }
    match (words.is_empty(), odd) {
        (true, Some(detail)) => unreadable(detail),
        // Chats that changed, and whatever may come.
        (true, None) => Reception::Understood(vec![Word::Nothing]),
        (false, _) => Reception::Understood(words),
    }
}

fn ack(item: &Value) -> Result<Word, String> {
    let remote_id = text(&item["id"]).ok_or("id is missing")?;
    let kind = match item["status"].as_str() {
        Some("sent") => ReceiptKind::Sent,
        Some("delivered") => ReceiptKind::Delivered,
        Some("viewed" | "read") => ReceiptKind::Read,
        // No source has it; relatives of official WhatsApp can hardly do without.
        Some(word @ ("failed" | "error")) => ReceiptKind::Failed(Failure {
            blame: Blame::Provider,
            reason: Reason::ProviderError,
            detail: word.to_owned(),
        }),
        Some(_) => return Ok(Word::Nothing),
        None => return Err("status is missing".to_owned()),
    };
    Ok(Word::Receipt { remote_id, kind, at: None })
}

fn state(item: &Value) -> Result<Word, String> {
    let status = item["accountStatus"].as_str().ok_or("accountStatus is missing")?;
    Ok(Word::Account(state_of(status, "")))
}
