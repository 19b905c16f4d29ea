//! What an error code means (Twilio, Error and warning dictionary; WhatsApp error codes). The same
//! codes come in answers, in status callbacks and in the list of messages.

use super::{DESCRIPTOR, is_success, json, text};
use serde_json::Value;
use vestnik_model::{
    account::Account,
    limits::{DETAIL_BYTES_MAX, clip},
    outcome::{Blame, Failure, Outcome, Reason},
    time::Millis,
};
use vestnik_provider::{redact::redact, wire::Reply};

/// Twilio promises no hint with 429; its limits are per second.
const RATE_PAUSE: Millis = Millis::seconds(1);
/// A full queue drains at the sender's rate.
const QUEUE_PAUSE: Millis = Millis::minutes(1);

/// What is to be done about a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Refused(Blame, Reason),
    AccountLater(Millis),
    /// The message may or may not exist.
    Unknown,
    /// The code says nothing; the HTTP status may.
    Open,
}

fn meaning(code: i64) -> Meaning {
    let refused = Meaning::Refused;
    match code {
        20_003 | 20_404 => refused(Blame::Account, Reason::Unauthorized),
        // The sender, the service or the callback is not set up as it must be.
        21_212
        | 21_603
        | 21_606
        | 21_609
        | 21_701..=21_705
        | 30_002
        | 63_001
        | 63_002
        | 63_007
        | 63_008
        | 63_020
        | 63_022 => refused(Blame::Account, Reason::AccountBlocked),
        63_038 => refused(Blame::Account, Reason::Quota),
        20_429 | 63_017 => Meaning::AccountLater(RATE_PAUSE),
        21_611 => Meaning::AccountLater(QUEUE_PAUSE),
        20_500 | 20_503 => Meaning::Unknown,
        21_211 | 21_614 | 63_003 | 63_024 => refused(Blame::Recipient, Reason::NoAccount),
        63_015 => refused(Blame::Recipient, Reason::NoAddress),
        21_610 | 21_612 | 30_003..=30_006 | 63_014 | 63_031..=63_033 | 63_049 => {
            refused(Blame::Recipient, Reason::Barred)
        }
        63_016 => refused(Blame::Window, Reason::WindowClosed),
        // The country is not allowed, or a trial account may not write there.
        21_408 | 21_608 => refused(Blame::Sender, Reason::Barred),
        21_620 | 63_019 => refused(Blame::Content, Reason::FileUnavailable),
        21_623 | 63_034 | 63_037 => refused(Blame::Content, Reason::FileRefused),
        30_007 | 63_013 | 63_026 | 63_040 | 63_041 => refused(Blame::Content, Reason::Filtered),
        20_001
        | 21_602
        | 21_604
        | 21_617..=21_619
        | 21_624
        | 21_654..=21_656
        | 21_910
        | 63_005
        | 63_006
        | 63_011
        | 63_021
        | 63_027..=63_030 => refused(Blame::Content, Reason::Malformed),
        30_036 => refused(Blame::Provider, Reason::TimedOut),
        30_001 | 30_008 | 63_009 | 63_010 | 63_012 | 63_018 | 63_023 => {
            refused(Blame::Provider, Reason::ProviderError)
        }
        _ => Meaning::Open,
    }
}

/// The answer to a send.
pub(super) fn sent(account: &Account, reply: &Reply) -> Outcome {
    if !is_success(reply) {
        return outcome(account, reply);
    }
    match json(reply).and_then(|body| text(&body["sid"])) {
        Some(remote_id) => Outcome::Accepted { remote_id },
        // It was taken, and we don't know under which SID.
        None => Outcome::Unknown { detail: detail(account, reply) },
    }
}

/// What an answer that is no success means.
pub(super) fn outcome(account: &Account, reply: &Reply) -> Outcome {
    let code = json(reply).and_then(|body| body["code"].as_i64());
    let detail = detail(account, reply);
    let later = |pause| Outcome::Deferred {
        retry_after: reply.retry_after().or(Some(pause)),
        detail: detail.clone(),
        whole_account: true,
    };
    let refused =
        |blame, reason| Outcome::Refused(Failure { blame, reason, detail: detail.clone() });
    // A proxy in front may answer anything; a server's trouble leaves it open whether it was sent.
    match (code.map_or(Meaning::Open, meaning), reply.status) {
        (Meaning::AccountLater(pause), _) => later(pause),
        (_, 429) => later(RATE_PAUSE),
        (Meaning::Unknown, _) | (_, 500..=599) => Outcome::Unknown { detail },
        (Meaning::Refused(blame, reason), _) => refused(blame, reason),
        (Meaning::Open, 401 | 403 | 404) => refused(Blame::Account, Reason::Unauthorized),
        (Meaning::Open, 400..=499) => refused(Blame::Content, Reason::Malformed),
        (Meaning::Open, _) => refused(Blame::Provider, Reason::ProviderError),
    }
}

/// Why a message failed, by the code and the words of its callback.
pub(super) fn failure(account: &Account, code: &str, words: &str) -> Failure {
    let (blame, reason) = match code.parse().map_or(Meaning::Open, meaning) {
        Meaning::Refused(blame, reason) => (blame, reason),
        Meaning::AccountLater(_) | Meaning::Unknown | Meaning::Open => {
            (Blame::Provider, Reason::ProviderError)
        }
    };
    let words = format!("{code}: {words}");
    Failure { blame, reason, detail: tidy(account, words.trim_matches([':', ' '])) }
}

/// The words of an answer, without secrets.
pub(super) fn detail(account: &Account, reply: &Reply) -> String {
    let body = json(reply).unwrap_or_default();
    match (body["code"].as_i64(), text(&body["message"])) {
        (Some(code), Some(message)) => tidy(account, &format!("{code}: {message}")),
        (None, Some(message)) => tidy(account, &message),
        (_, None) => format!("HTTP {}", reply.status),
    }
}

fn tidy(account: &Account, words: &str) -> String {
    clip(&redact(words, &DESCRIPTOR, account), DETAIL_BYTES_MAX).to_owned()
}

/// A word of an answer, empty if it is not there.
pub(super) fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
