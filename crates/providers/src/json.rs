//! Reading JSON of which nothing is certain: what adapters of bots have in common.

use serde_json::Value;
use vestnik_model::{outcome::Outcome, time::Millis};
use vestnik_provider::wire::Reply;

/// An answer's body, if it is JSON.
pub(crate) fn body(reply: &Reply) -> Option<Value> {
    serde_json::from_slice(&reply.body).ok()
}

/// Whether an answer is a 2xx.
pub(crate) fn is_success(reply: &Reply) -> bool {
    (200..300).contains(&reply.status)
}

/// A text that is not empty; numbers count as texts, since ids come as both.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

/// A list's items; none, if it is no list.
pub(crate) fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// First and last name as one; `None` if there is neither.
pub(crate) fn full_name(person: &Value) -> Option<String> {
    let names = ["first_name", "last_name"].map(|name| text(&person[name]));
    let names: Vec<String> = names.into_iter().flatten().collect();
    (!names.is_empty()).then(|| names.join(" "))
}

/// What is not sent for certain, since nothing was shown yet: what may be tried again is put off,
/// what is refused stays refused.
pub(crate) fn nothing_shown(outcome: Outcome, retry_after: Option<Millis>) -> Outcome {
    match outcome {
        Outcome::Unknown { detail } => {
            Outcome::Deferred { retry_after, detail, whole_account: false }
        }
        outcome @ (Outcome::Accepted { .. } | Outcome::Deferred { .. } | Outcome::Refused(_)) => {
            outcome
        }
    }
}
