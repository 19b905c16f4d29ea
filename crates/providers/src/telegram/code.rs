//! What a refusal means. Codes are a contract, texts are not: they decide where a code leaves it
//! open, and what they don't is for good.

use super::DESCRIPTOR;
use crate::json;
use serde_json::Value;
use vestnik_model::{
    account::Account,
    limits::{DETAIL_BYTES_MAX, clip},
    outcome::{Blame, Failure, Outcome, Reason},
    time::Millis,
};
use vestnik_provider::{redact::redact, wire::Reply};

/// The pause after a 429 that names none.
const RATE_PAUSE: Millis = Millis::seconds(3);
/// The pause after a call that another one ended.
const CONFLICT_PAUSE: Millis = Millis::seconds(5);

/// Words of a 400 or 403 in lower case, and whose fault they tell of. The first that fits counts.
const WORDS: [(&str, Blame, Reason); 38] = [
    // It goes on "wrong HTTP URL", which is no file here.
    ("button url", Blame::Content, Reason::Malformed),
    ("blocked by the user", Blame::Recipient, Reason::Barred),
    ("user_is_blocked", Blame::Recipient, Reason::Barred),
    ("user is deactivated", Blame::Recipient, Reason::NoAccount),
    ("input_user_deactivated", Blame::Recipient, Reason::NoAccount),
    ("can't initiate conversation", Blame::Recipient, Reason::NoAddress),
    ("messages to bots", Blame::Recipient, Reason::Barred),
    ("voice_messages_forbidden", Blame::Recipient, Reason::Barred),
    ("chat not found", Blame::Recipient, Reason::NoAddress),
    ("user not found", Blame::Recipient, Reason::NoAddress),
    ("peer_id_invalid", Blame::Recipient, Reason::NoAddress),
    ("upgraded to a supergroup", Blame::Recipient, Reason::NoAddress),
    ("bot was kicked", Blame::Sender, Reason::Barred),
    ("not a member", Blame::Sender, Reason::Barred),
    ("chat was deleted", Blame::Sender, Reason::Barred),
    ("not enough rights", Blame::Sender, Reason::Barred),
    ("have no rights", Blame::Sender, Reason::Barred),
    ("administrator rights", Blame::Sender, Reason::Barred),
    ("chat_write_forbidden", Blame::Sender, Reason::Barred),
    ("_forbidden", Blame::Sender, Reason::Barred),
    ("chat_restricted", Blame::Sender, Reason::Barred),
    ("topic_closed", Blame::Sender, Reason::Barred),
    ("message thread not found", Blame::Sender, Reason::Barred),
    ("wrong file_id", Blame::Content, Reason::FileUnavailable),
    ("wrong file identifier", Blame::Content, Reason::FileUnavailable),
    ("wrong http url", Blame::Content, Reason::FileUnavailable),
    ("failed to get http url content", Blame::Content, Reason::FileUnavailable),
    ("can't upload file by url", Blame::Content, Reason::FileUnavailable),
    ("wrong type of the web page", Blame::Content, Reason::FileRefused),
    ("photo_invalid_dimensions", Blame::Content, Reason::FileRefused),
    ("image_process_failed", Blame::Content, Reason::FileRefused),
    ("is too big", Blame::Content, Reason::FileRefused),
    ("file must be non-empty", Blame::Content, Reason::FileRefused),
    ("can't use file of type", Blame::Content, Reason::FileRefused),
    ("media_empty", Blame::Content, Reason::FileRefused),
    ("webpage_curl_failed", Blame::Content, Reason::FileUnavailable),
    ("webpage_media_empty", Blame::Content, Reason::FileRefused),
    ("sticker", Blame::Content, Reason::FileRefused),
];

/// What an answer that is no success means for a send.
pub(super) fn outcome(account: &Account, reply: &Reply) -> Outcome {
    let body = json::body(reply).unwrap_or_default();
    let detail = detail(account, reply);
    let is_told = body["ok"].is_boolean();
    let code = body["error_code"].as_u64().and_then(|code| u16::try_from(code).ok());
    let code = code.filter(|_| is_told).unwrap_or(reply.status);
    let later = |pause| Outcome::Deferred {
        retry_after: Some(retry_after(reply, &body).unwrap_or(pause)),
        detail: detail.clone(),
        whole_account: true,
    };
    let refused =
        |blame, reason| Outcome::Refused(Failure { blame, reason, detail: detail.clone() });
    match code {
        429 => later(RATE_PAUSE),
        409 => later(CONFLICT_PAUSE),
        401 | 404 => refused(Blame::Account, Reason::Unauthorized),
        413 => refused(Blame::Content, Reason::FileRefused),
        400 | 403 if is_told => {
            let words = body["description"].as_str().unwrap_or_default().to_lowercase();
            let known = WORDS.iter().find(|(part, ..)| words.contains(part));
            match known {
                Some((_, blame, reason)) => refused(*blame, *reason),
                None if code == 403 => refused(Blame::Recipient, Reason::Barred),
                None => refused(Blame::Content, Reason::Malformed),
            }
        }
        // The documents: the message may have gone out all the same.
        408 | 499 | 500..=599 => Outcome::Unknown { detail },
        _ => refused(Blame::Provider, Reason::ProviderError),
    }
}

/// The id that a group has since it became a supergroup.
pub(super) fn supergroup(reply: &Reply) -> Option<String> {
    let body = json::body(reply)?;
    body["parameters"]["migrate_to_chat_id"].as_i64().map(|id| id.to_string())
}

fn retry_after(reply: &Reply, body: &Value) -> Option<Millis> {
    let told = body["parameters"]["retry_after"].as_i64().filter(|seconds| *seconds >= 0);
    // Whatever is told is bounded by who waits; here it must only not overflow.
    told.map(|seconds| Millis::seconds(seconds.min(86_400))).or_else(|| reply.retry_after())
}

/// The words of an answer, without secrets.
pub(super) fn detail(account: &Account, reply: &Reply) -> String {
    let body = json::body(reply).unwrap_or_default();
    let words = match (json::text(&body["error_code"]), json::text(&body["description"])) {
        (Some(code), Some(words)) => format!("{code}: {words}"),
        (_, _) => format!("HTTP {}", reply.status),
    };
    clip(&redact(&words, &DESCRIPTOR, account), DETAIL_BYTES_MAX).to_owned()
}
