//! What answers mean. The vendor lists no errors: these are the ones that clients have met.

use super::{DESCRIPTOR, is_cascade, is_success, json, text};
use serde_json::Value;
use vestnik_model::{
    account::Account,
    limits::{DETAIL_BYTES_MAX, clip},
    outcome::{Blame, Failure, Outcome, Reason},
    time::Millis,
};
use vestnik_provider::{redact::redact, wire::Reply};

/// No limits and no hints are published.
pub(super) const RATE_PAUSE: Millis = Millis::seconds(5);

/// The answer to a send.
pub(super) fn sent(account: &Account, reply: &Reply) -> Outcome {
    let body = json(&reply.body).unwrap_or_default();
    let detail = detail(account, reply);
    if is_success(reply) && is_done(account, &body) {
        // Which profile carries it, a cascade does not tell: the task is all there is.
        let id = match is_cascade(account) {
            true => text(&body["response"]["task_id"]).or_else(|| text(&body["task_id"])),
            false => text(&body["message_id"]),
        };
        return match id {
            Some(remote_id) => Outcome::Accepted { remote_id },
            None => Outcome::Unknown { detail },
        };
    }
    match reply.status {
        429 => Outcome::Deferred {
            retry_after: Some(reply.retry_after().unwrap_or(RATE_PAUSE)),
            detail,
            whole_account: true,
        },
        408 | 500..=599 => Outcome::Unknown { detail },
        // A success without a word that we know.
        200..=299 if body["status"] != "error" => Outcome::Unknown { detail },
        _ => Outcome::Refused(failure(reply.status, detail)),
    }
}

/// A cascade says `ok`, and `done` one level deeper.
fn is_done(account: &Account, body: &Value) -> bool {
    body["status"] == "done" || (is_cascade(account) && body["status"] == "ok")
}

/// Why a call was refused, by its status and words.
pub(super) fn failure(status: u16, detail: String) -> Failure {
    let words = detail.to_ascii_lowercase().replace('_', " ");
    let has = |part: &str| words.contains(part);
    let (blame, reason) = match status {
        401 | 403 => (Blame::Account, Reason::Unauthorized),
        402 => (Blame::Account, Reason::Quota),
        _ if has("wrong platform") => (Blame::Account, Reason::Malformed),
        _ if has("not authorized") || has("unauthorized") || has("profile not found") => {
            (Blame::Account, Reason::Unauthorized)
        }
        _ if has("cascade not found") => (Blame::Account, Reason::Unauthorized),
        _ if has("peer not found") || has("import failed") || has("recipient not found") => {
            (Blame::Recipient, Reason::NoAccount)
        }
        _ if has("download") => (Blame::Content, Reason::FileUnavailable),
        404 => (Blame::Account, Reason::Malformed),
        _ => (Blame::Provider, Reason::ProviderError),
    };
    Failure { blame, reason, detail }
}

/// The words of an answer, without secrets. A page of HTML has none.
pub(super) fn detail(account: &Account, reply: &Reply) -> String {
    let body = json(&reply.body);
    let words = match &body {
        Some(body) => text(&body["detail"]).or_else(|| text(&body["message"])),
        None if reply.text().trim_start().starts_with('<') => None,
        None => Some(reply.text().into_owned()),
    };
    let words = words.unwrap_or_default();
    let told = format!("HTTP {}: {}", reply.status, words.trim());
    clip(&redact(told.trim_end_matches(": "), &DESCRIPTOR, account), DETAIL_BYTES_MAX).to_owned()
}
