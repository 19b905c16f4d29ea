//! What answers mean.

use serde::Deserialize;
use vestnik_model::{
    limits::{DETAIL_BYTES_MAX, clip},
    outcome::{Blame, Failure, Outcome, Reason},
    time::Millis,
};
use vestnik_provider::{port::AccountState, wire::Reply};

/// The documentation gives no hint with 429; it speaks of limits per second.
const RATE_PAUSE: Millis = Millis::seconds(1);
/// An instance needs up to five minutes to start.
const START_PAUSE: Millis = Millis::seconds(15);

#[derive(Deserialize)]
struct Sent {
    #[serde(rename = "idMessage")]
    id_message: Option<String>,
}

/// The answer to a send.
pub(super) fn sent(reply: &Reply) -> Outcome {
    if (200..300).contains(&reply.status) {
        let id = serde_json::from_slice::<Sent>(&reply.body).ok().and_then(|s| s.id_message);
        return match id {
            Some(remote_id) if !remote_id.is_empty() => Outcome::Accepted { remote_id },
            // Seen with 200: {"status":false,"reason":"…"}.
            Some(_) | None => refused(Blame::Provider, Reason::ProviderError, reply),
        };
    }
    let words = words(reply).to_ascii_lowercase();
    match reply.status {
        400 if is_not_ready(&words) => deferred(reply, START_PAUSE),
        400 if words.contains("expired") || words.contains("deleted") => {
            refused(Blame::Account, Reason::AccountBlocked, reply)
        }
        400 if words.contains("exist") && words.contains("account") => {
            refused(Blame::Recipient, Reason::NoAccount, reply)
        }
        401 => refused(Blame::Account, Reason::Unauthorized, reply),
        403 | 404 => refused(Blame::Account, Reason::Unauthorized, reply),
        429 => deferred(reply, reply.retry_after().unwrap_or(RATE_PAUSE)),
        466 => refused(Blame::Account, Reason::Quota, reply),
        // Documented with 500: a file that is too big or can't be loaded.
        500 if is_about_a_file(&words) => refused(Blame::Content, Reason::Malformed, reply),
        // Anything else of this kind may have queued the message before it failed.
        500..=599 => Outcome::Unknown { detail: detail(reply) },
        400..=499 => refused(Blame::Content, Reason::Malformed, reply),
        _ => refused(Blame::Provider, Reason::ProviderError, reply),
    }
}

fn is_not_ready(words: &str) -> bool {
    words.contains("starting") || words.contains("not authorized")
}

fn is_about_a_file(words: &str) -> bool {
    words.contains("max upload size")
        || words.contains("entity too large")
        || words.contains("download")
}

fn deferred(reply: &Reply, pause: Millis) -> Outcome {
    Outcome::Deferred { retry_after: Some(pause), detail: detail(reply), whole_account: true }
}

fn refused(blame: Blame, reason: Reason, reply: &Reply) -> Outcome {
    Outcome::Refused(Failure { blame, reason, detail: detail(reply) })
}

fn detail(reply: &Reply) -> String {
    let words = words(reply);
    clip(format!("HTTP {}: {words}", reply.status).trim_end_matches(": "), DETAIL_BYTES_MAX)
        .to_owned()
}

/// The words of an answer, in whichever of its forms it comes: an object with `message`, `reason`
/// or `description`, a JSON string, or plain text. A page of HTML has none.
pub(super) fn words(reply: &Reply) -> String {
    #[derive(Deserialize)]
    struct Words {
        message: Option<String>,
        reason: Option<String>,
        description: Option<String>,
        #[serde(rename = "invokeStatus")]
        invoke_status: Option<Invoke>,
        // Where it is there, the call itself was within its quota.
        #[serde(rename = "correspondentsStatus")]
        correspondents_status: Option<Invoke>,
    }
    #[derive(Deserialize)]
    struct Invoke {
        status: Option<String>,
        description: Option<String>,
    }
    if let Ok(w) = serde_json::from_slice::<Words>(&reply.body) {
        let invoke =
            w.correspondents_status.or(w.invoke_status).and_then(|i| i.description.or(i.status));
        return w.message.or(w.reason).or(w.description).or(invoke).unwrap_or_default();
    }
    if let Ok(text) = serde_json::from_slice::<String>(&reply.body) {
        return text;
    }
    let text = reply.text();
    let text = text.trim();
    if text.starts_with('<') || text.starts_with('{') { String::new() } else { text.to_owned() }
}

/// The answer to `getStateInstance`.
pub(super) fn account_state(reply: &Reply) -> AccountState {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct State {
        state_instance: String,
    }
    let broken = |detail: String| AccountState::Broken { detail };
    match (reply.status, serde_json::from_slice::<State>(&reply.body)) {
        (200, Ok(state)) => state_of(&state.state_instance),
        (429 | 500..=599, _) => AccountState::Waiting { detail: detail(reply) },
        (401, _) => broken("apiTokenInstance is refused".to_owned()),
        (403, _) => broken("idInstance or apiUrl is refused".to_owned()),
        (_, _) => broken(detail(reply)),
    }
}

/// A `stateInstance` value.
pub(super) fn state_of(state: &str) -> AccountState {
    let detail = format!("stateInstance: {}", clip(state, 40));
    match state {
        "authorized" => AccountState::Ready,
        "starting" | "yellowCard" | "sleepMode" => AccountState::Waiting { detail },
        _ => AccountState::Broken { detail },
    }
}
