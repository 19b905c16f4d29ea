//! What a refusal means: the status and `code` decide, since texts change without notice. What is
//! not known among refusals is for good.

use super::DESCRIPTOR;
use crate::json;
use vestnik_model::{
    account::Account,
    limits::{DETAIL_BYTES_MAX, clip},
    outcome::{Blame, Failure, Outcome, Reason},
    time::Millis,
};
use vestnik_provider::{redact::redact, wire::Reply};

/// Calls are counted per second; no pause is told.
const RATE_PAUSE: Millis = Millis::seconds(1);

/// Whether a send was too early for its file. Nothing was sent then.
pub(super) fn is_not_ready(reply: &Reply) -> bool {
    reply.status == 400
        && json::body(reply).is_some_and(|body| body["code"] == "attachment.not.ready")
}

/// What an answer that is no success means for a send.
pub(super) fn outcome(account: &Account, reply: &Reply) -> Outcome {
    let body = json::body(reply).unwrap_or_default();
    let detail = detail(account, reply);
    let refused =
        |blame, reason| Outcome::Refused(Failure { blame, reason, detail: detail.clone() });
    let code = body["code"].as_str().unwrap_or_default();
    // Of what is wrong with a file only the text speaks.
    let words = body["message"].as_str().unwrap_or_default().to_lowercase();
    match (reply.status, code) {
        (429, _) => Outcome::Deferred {
            retry_after: Some(reply.retry_after().unwrap_or(RATE_PAUSE)),
            detail: detail.clone(),
            whole_account: true,
        },
        (400, "attachment.not.ready") => Outcome::Deferred {
            retry_after: Some(RATE_PAUSE),
            detail: detail.clone(),
            whole_account: false,
        },
        (401, _) => refused(Blame::Account, Reason::Unauthorized),
        // The user stopped the bot.
        (403, "chat.denied") => refused(Blame::Recipient, Reason::Barred),
        (403, _) => refused(Blame::Sender, Reason::Barred),
        (404, "chat.not.found" | "dialog.not.found") => {
            refused(Blame::Recipient, Reason::NoAddress)
        }
        // The message that is answered, or an address that is no API.
        (404, "not.found") => refused(Blame::Content, Reason::Malformed),
        (404 | 405, _) => refused(Blame::Provider, Reason::ProviderError),
        (413, _) => refused(Blame::Content, Reason::FileRefused),
        (400, _) if words.contains("extension") || words.contains("attachment") => {
            refused(Blame::Content, Reason::FileRefused)
        }
        (400, _) if words.contains("file size") => refused(Blame::Content, Reason::FileRefused),
        (408 | 499 | 500..=599, _) => Outcome::Unknown { detail: detail.clone() },
        (400..=499, _) => refused(Blame::Content, Reason::Malformed),
        (_, _) => refused(Blame::Provider, Reason::ProviderError),
    }
}

/// The words of an answer, without secrets.
pub(super) fn detail(account: &Account, reply: &Reply) -> String {
    let body = json::body(reply).unwrap_or_default();
    let words: Vec<String> =
        ["code", "message"].iter().filter_map(|name| json::text(&body[*name])).collect();
    let words = match words.is_empty() {
        true => format!("HTTP {}", reply.status),
        false => words.join(": "),
    };
    clip(&redact(&words, &DESCRIPTOR, account), DETAIL_BYTES_MAX).to_owned()
}
