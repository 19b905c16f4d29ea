//! What an error code means (Meta, Error codes). Meta asks to decide by the code alone: HTTP
//! statuses differ between reports.

use super::{DESCRIPTOR, json};
use serde_json::Value;
use vestnik_model::{
    account::Account,
    limits::{DETAIL_BYTES_MAX, clip},
    outcome::{Blame, Failure, Outcome, Reason},
    time::Millis,
};
use vestnik_provider::{redact::redact, wire::Reply};

/// The rate of a number is counted per second.
const RATE_PAUSE: Millis = Millis::seconds(2);
/// Limits of calls are counted per hour.
const CALLS_PAUSE: Millis = Millis::minutes(1);
/// One message of a pair is given back every six seconds.
const PAIR_PAUSE: Millis = Millis::seconds(6);
/// A number in maintenance is back after a minute (throughput upgrade) or some.
const MAINTENANCE_PAUSE: Millis = Millis::minutes(1);
/// Restrictions for spam last for hours.
const SPAM_PAUSE: Millis = Millis::minutes(60);

/// What is to be done about a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Never this way.
    Refused(Blame, Reason),
    /// Not now, for this recipient.
    Later(Option<Millis>),
    /// Not now, for the whole account.
    AccountLater(Millis),
    /// It may have been sent.
    Unknown,
    /// The code says nothing; the HTTP status may.
    Open,
}

/// The meaning of a code.
pub(super) fn meaning(code: i64) -> Meaning {
    let refused = Meaning::Refused;
    match code {
        0 | 10 | 190 | 200..=299 | 131_005 => refused(Blame::Account, Reason::Unauthorized),
        3 | 33 | 368 | 131_031 | 131_037 | 131_045 | 131_063 | 133_000 | 133_005 | 133_006
        | 133_010 => refused(Blame::Account, Reason::AccountBlocked),
        131_042 | 131_044 | 134_011 => refused(Blame::Account, Reason::Quota),
        130_429 => Meaning::AccountLater(RATE_PAUSE),
        4 | 613 | 80_007 | 80_008 => Meaning::AccountLater(CALLS_PAUSE),
        2 | 131_016 | 131_057 | 133_004 | 133_015 | 2_494_100 => {
            Meaning::AccountLater(MAINTENANCE_PAUSE)
        }
        131_048 | 131_064 | 133_016 => Meaning::AccountLater(SPAM_PAUSE),
        131_056 => Meaning::Later(Some(PAIR_PAUSE)),
        131_208 | 132_069 => Meaning::Later(Some(CALLS_PAUSE)),
        1 | 131_000 => Meaning::Unknown,
        131_026 => refused(Blame::Recipient, Reason::NoAccount),
        131_062 => refused(Blame::Recipient, Reason::NoAddress),
        130_472 | 131_021 | 131_049 | 131_050 | 137_000 => {
            refused(Blame::Recipient, Reason::Barred)
        }
        131_047 => refused(Blame::Window, Reason::WindowClosed),
        130_497 | 131_030 | 131_020 | 131_207 | 131_212 | 131_215 => {
            refused(Blame::Sender, Reason::Barred)
        }
        131_014 | 131_052 => refused(Blame::Content, Reason::FileUnavailable),
        131_053 => refused(Blame::Content, Reason::FileRefused),
        132_007 | 132_015 | 132_016 | 132_068 => refused(Blame::Content, Reason::Filtered),
        131_043 => refused(Blame::Provider, Reason::TimedOut),
        100 | 131_008 | 131_009 | 131_051 | 131_055 | 132_000..=132_999 | 135_000 => {
            refused(Blame::Content, Reason::Malformed)
        }
        _ => Meaning::Open,
    }
}

/// What an answer that is no success means for a send.
pub(super) fn outcome(account: &Account, reply: &Reply) -> Outcome {
    let error = json(reply).map(|body| body["error"].clone()).unwrap_or_default();
    let detail = detail(account, reply);
    let meaning = match error["code"].as_i64() {
        // A number or an account that is not there, or not ours.
        Some(100) if error["error_subcode"] == 33 => {
            Meaning::Refused(Blame::Account, Reason::Unauthorized)
        }
        Some(code) => meaning(code),
        None => Meaning::Open,
    };
    let later = |pause: Option<Millis>, whole_account| Outcome::Deferred {
        retry_after: reply.retry_after().or(pause),
        detail: detail.clone(),
        whole_account,
    };
    let refused =
        |blame, reason| Outcome::Refused(Failure { blame, reason, detail: detail.clone() });
    match meaning {
        Meaning::Refused(blame, reason) => refused(blame, reason),
        Meaning::Later(pause) => later(pause, false),
        Meaning::AccountLater(pause) => later(Some(pause), true),
        Meaning::Unknown => Outcome::Unknown { detail },
        Meaning::Open => match reply.status {
            429 => later(Some(RATE_PAUSE), true),
            401 | 403 => refused(Blame::Account, Reason::Unauthorized),
            // The documents: such a send may still have been delivered.
            500..=599 => Outcome::Unknown { detail },
            400..=499 => refused(Blame::Content, Reason::Malformed),
            _ => refused(Blame::Provider, Reason::ProviderError),
        },
    }
}

/// Why a bubble failed, by an error of a status.
pub(super) fn failure(account: &Account, error: &Value) -> Failure {
    let (blame, reason) = match error["code"].as_i64().map(meaning) {
        Some(Meaning::Refused(blame, reason)) => (blame, reason),
        Some(Meaning::Later(_) | Meaning::AccountLater(_) | Meaning::Unknown | Meaning::Open)
        | None => (Blame::Provider, Reason::ProviderError),
    };
    Failure { blame, reason, detail: words(account, error) }
}

/// The words of an answer, without secrets: Meta quotes tokens it does not know.
pub(super) fn detail(account: &Account, reply: &Reply) -> String {
    let error = json(reply).map(|body| body["error"].clone()).unwrap_or_default();
    match words(account, &error) {
        words if words.is_empty() => format!("HTTP {}", reply.status),
        words => words,
    }
}

/// Code, title and details of an error.
fn words(account: &Account, error: &Value) -> String {
    let code = error["code"].as_i64();
    let title = error["message"].as_str().or(error["title"].as_str()).unwrap_or_default();
    let details = error["error_data"]["details"].as_str().or(error["details"].as_str());
    let mut words = code.map(|code| format!("{code}: ")).unwrap_or_default();
    words.push_str(title);
    if let Some(details) = details.filter(|details| *details != title) {
        words.push_str(" – ");
        words.push_str(details);
    }
    clip(&redact(&words, &DESCRIPTOR, account), DETAIL_BYTES_MAX).to_owned()
}
