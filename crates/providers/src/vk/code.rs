//! What an error means. Errors come with status 200; other statuses are outages.

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

/// Calls are counted per second.
const RATE_PAUSE: Millis = Millis::seconds(1);
/// Flood control lasts for minutes to hours.
const FLOOD_PAUSE: Millis = Millis::minutes(5);
/// A daily limit, or a captcha for somebody to solve.
const LONG_PAUSE: Millis = Millis::minutes(60);
/// A part of VK that is down.
const OUTAGE_PAUSE: Millis = Millis::seconds(10);

/// The outcome of an answer that is no success; `None` for one that has a result.
pub(super) fn trouble(account: &Account, reply: &Reply) -> Option<Outcome> {
    let detail = format!("HTTP {}", reply.status);
    match reply.status {
        200..=299 => {}
        429 => {
            let retry_after = Some(reply.retry_after().unwrap_or(RATE_PAUSE));
            return Some(Outcome::Deferred { retry_after, detail, whole_account: true });
        }
        413 => return Some(refused(Blame::Content, Reason::FileRefused, detail)),
        408 | 499 | 500..=599 => return Some(Outcome::Unknown { detail }),
        _ => return Some(refused(Blame::Provider, Reason::ProviderError, detail)),
    }
    let Some(body) = json::body(reply) else {
        return Some(Outcome::Unknown { detail: "the answer is no JSON".to_owned() });
    };
    match &body["error"] {
        error @ Value::Object(_) => Some(outcome(account, error)),
        // An upload's server says it in a word.
        Value::String(_) => {
            let words = words(account, &body["error"], &body["error_descr"]);
            Some(refused(Blame::Content, Reason::FileRefused, words))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    }
}

/// What an `error` means for a send: `error_code` of the whole answer, or `code` of one peer.
pub(super) fn outcome(account: &Account, error: &Value) -> Outcome {
    let code = error["error_code"].as_i64().or_else(|| error["code"].as_i64()).unwrap_or(0);
    let text = [&error["error_msg"], &error["description"]].into_iter().find_map(json::text);
    let words = words(account, &Value::from(code), &text.map_or(Value::Null, Value::from));
    let later = |pause, whole_account| Outcome::Deferred {
        retry_after: Some(pause),
        detail: words.clone(),
        whole_account,
    };
    match code {
        6 => later(RATE_PAUSE, true),
        // Of this content to this recipient, as far as is known.
        9 => later(FLOOD_PAUSE, false),
        14 | 29 => later(LONG_PAUSE, true),
        944 => later(LONG_PAUSE, false),
        43 => later(OUTAGE_PAUSE, true),
        // It may have gone out; a repeat has the same key.
        1 | 10 | 36 => Outcome::Unknown { detail: words },
        code => {
            let (blame, reason) = meaning(code);
            refused(blame, reason, words)
        }
    }
}

/// Whose fault an error is that no repeat mends.
fn meaning(code: i64) -> (Blame, Reason) {
    match code {
        5 | 7 | 27 | 28 | 42 | 203 | 1_117 | 3_609 => (Blame::Account, Reason::Unauthorized),
        2 | 17 | 3_300..=3_304 => (Blame::Account, Reason::AccountBlocked),
        18 | 113 | 3_610 => (Blame::Recipient, Reason::NoAccount),
        901 | 936 => (Blame::Recipient, Reason::NoAddress),
        900 | 902 | 932 | 939 | 962 | 985 | 987 | 988 => (Blame::Recipient, Reason::Barred),
        15 | 912 | 917 | 922 | 925 | 927 | 935 | 945 | 946 | 1_012 => {
            (Blame::Sender, Reason::Barred)
        }
        22 | 105 | 114 | 118 | 121 | 129 => (Blame::Content, Reason::FileRefused),
        8 | 100 | 104 | 910 | 911 | 913 | 914 | 921 | 940 | 943 | 969 => {
            (Blame::Content, Reason::Malformed)
        }
        _ => (Blame::Provider, Reason::ProviderError),
    }
}

fn refused(blame: Blame, reason: Reason, detail: String) -> Outcome {
    Outcome::Refused(Failure { blame, reason, detail })
}

/// `901: Can't send messages …`, without secrets.
fn words(account: &Account, code: &Value, text: &Value) -> String {
    let words: Vec<String> = [code, text].into_iter().filter_map(json::text).collect();
    clip(&redact(&words.join(": "), &DESCRIPTOR, account), DETAIL_BYTES_MAX).to_owned()
}
