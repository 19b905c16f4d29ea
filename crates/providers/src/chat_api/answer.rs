//! What answers mean. There are no codes: sentences are told apart by their words.

use super::{DESCRIPTOR, Dialect, is_set, text};
use serde_json::Value;
use vestnik_model::{
    account::Account,
    limits::{DETAIL_BYTES_MAX, clip},
    outcome::{Blame, Failure, Outcome, Reason},
    time::Millis,
};
use vestnik_provider::{port::Submission, redact::redact, wire::Reply};

/// No limit is published; this is what other services of the kind mean by 429.
const RATE_PAUSE: Millis = Millis::seconds(1);
/// An instance needs a while to connect.
const START_PAUSE: Millis = Millis::seconds(15);

/// The answer to a send.
pub(super) fn sent(account: &Account, submission: &Submission<'_>, reply: &Reply) -> Outcome {
    let detail = detail(account, reply);
    let refused =
        |blame, reason| Outcome::Refused(Failure { blame, reason, detail: detail.clone() });
    match reply.status {
        200..=299 => taken(account, submission, reply),
        // The words repeat the token.
        401 | 403 => Outcome::Refused(Failure {
            blame: Blame::Account,
            reason: Reason::Unauthorized,
            detail: format!("HTTP {}: the token is refused", reply.status),
        }),
        404 => refused(Blame::Account, Reason::Unauthorized),
        429 => {
            let retry_after = Some(reply.retry_after().unwrap_or(RATE_PAUSE));
            Outcome::Deferred { retry_after, detail, whole_account: true }
        }
        // It may have been queued before it failed.
        408 | 500..=599 => Outcome::Unknown { detail },
        400..=499 => refused(Blame::Content, Reason::Malformed),
        _ => refused(Blame::Provider, Reason::ProviderError),
    }
}

fn taken(account: &Account, submission: &Submission<'_>, reply: &Reply) -> Outcome {
    let detail = detail(account, reply);
    let Ok(body) = serde_json::from_slice::<Value>(&reply.body) else {
        return Outcome::Unknown { detail };
    };
    if !body["error"].is_null() {
        return refusal(&flat(&body["error"]), detail);
    }
    if is_set(&body["sent"]) {
        let remote_id = match Dialect::of(account) {
            // Its webhooks carry our own name of it.
            Dialect::Ultramsg => Some(super::ultramsg::reference(submission)),
            Dialect::Classic | Dialect::OneMsg => text(&body["id"]),
        };
        return match remote_id {
            Some(remote_id) => Outcome::Accepted { remote_id },
            // Queued, but under which id? The history knows.
            None => Outcome::Unknown { detail: "it was queued without an id".to_owned() },
        };
    }
    match &body["sent"] {
        Value::Bool(false) => refusal(&flat(&body["message"]), detail),
        Value::String(word) if word == "false" => refusal(&flat(&body["message"]), detail),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => Outcome::Unknown { detail },
    }
}

/// What a sentence means.
fn refusal(words: &str, detail: String) -> Outcome {
    let words = words.to_ascii_lowercase();
    let has = |pieces: &[&str]| pieces.iter().any(|piece| words.contains(piece));
    if has(&["not authenticated", "not authorized", "is loading", "qr code", "too many"]) {
        let retry_after = Some(START_PAUSE);
        return Outcome::Deferred { retry_after, detail, whole_account: true };
    }
    let (blame, reason) = if has(&["payment", "not paid", "not_paid", "expired"]) {
        (Blame::Account, Reason::AccountBlocked)
    } else if has(&["wrong token", "instance not found"]) {
        (Blame::Account, Reason::Unauthorized)
    } else if has(&["24-hour", "24 hour", "session", "window"]) {
        (Blame::Window, Reason::WindowClosed)
    } else if has(&["group", "participant"]) {
        (Blame::Sender, Reason::Barred)
    } else if words.starts_with("to ")
        || has(&["not registered", "not exist", "no whatsapp", "not on whatsapp", "phone"])
    {
        (Blame::Recipient, Reason::NoAccount)
    } else if has(&["download", "not available"]) {
        (Blame::Content, Reason::FileUnavailable)
    } else if has(&["file", "base64", "too large"]) {
        (Blame::Content, Reason::FileRefused)
    } else if has(&["required", "wrong", "empty", "template", "body", "chatid"]) {
        (Blame::Content, Reason::Malformed)
    } else {
        (Blame::Provider, Reason::ProviderError)
    };
    Outcome::Refused(Failure { blame, reason, detail })
}

/// A sentence, or a list of fields with what is wrong with them.
pub(super) fn flat(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(flat).collect::<Vec<_>>().join("; "),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| format!("{name} {}", flat(value)));
            fields.collect::<Vec<_>>().join("; ")
        }
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// The status and the words of an answer, without the token.
pub(super) fn detail(account: &Account, reply: &Reply) -> String {
    let words = match serde_json::from_slice::<Value>(&reply.body) {
        Ok(Value::Object(body)) => {
            let member = |name: &str| body.get(name).map(flat).unwrap_or_default();
            let (error, message) = (member("error"), member("message"));
            if error.is_empty() { message } else { error }
        }
        Ok(_) => String::new(),
        Err(_) => {
            let text = reply.text();
            let text = text.trim();
            if text.starts_with(['<', '{']) { String::new() } else { text.to_owned() }
        }
    };
    let told = format!("HTTP {}: {words}", reply.status);
    let told = redact(told.trim_end_matches(": "), &DESCRIPTOR, account);
    clip(&told, DETAIL_BYTES_MAX).to_owned()
}
