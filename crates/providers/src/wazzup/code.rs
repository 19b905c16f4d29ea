//! What answers and error codes mean (help pages, Sending messages and Common errors).

use super::{DESCRIPTOR, REPEATED, crm_message_id, is_success, json, text};
use serde_json::Value;
use vestnik_model::{
    account::Account,
    limits::{DETAIL_BYTES_MAX, clip},
    outcome::{Blame, Failure, Outcome, Reason},
    time::Millis,
};
use vestnik_provider::{port::Submission, redact::redact, wire::Reply};

/// Calls are counted in windows of five seconds.
pub(super) const RATE_PAUSE: Millis = Millis::seconds(5);
/// A channel whose phone is off may be back after a while.
const CHANNEL_PAUSE: Millis = Millis::minutes(1);

/// What is to be done about a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// Never this way.
    Refused(Blame, Reason),
    /// Worth another try or two.
    Again(Blame, Reason),
    /// Not now, for the whole account.
    AccountLater,
    /// A message with this key was taken before.
    Repeated,
    /// Not with this quote: without it it may go.
    QuoteUnknown,
    /// The code says nothing we know.
    Open,
}

/// The meaning of a code, whichever way it is spelt.
fn meaning(code: &str) -> Meaning {
    use Meaning::{Again, Refused};
    let code: String = code.chars().filter(|c| *c != '_').collect::<String>().to_ascii_uppercase();
    match code.as_str() {
        "REPEATEDCRMMESSAGEID" => Meaning::Repeated,
        "REFERENCEMESSAGENOTFOUND" => Meaning::QuoteUnknown,
        "INVALIDMESSAGEDATA"
        | "MESSAGEONLYTEXTORCONTENT"
        | "MESSAGESONLYTEXTORCONTENT"
        | "MESSAGENOTHINGTOSEND"
        | "MESSAGESTEXTCANNOTBEBLANK"
        | "MESSAGESCONTENTCANNOTBEBLANK"
        | "MESSAGETEXTTOOLONG"
        | "TOOLONGTEXT"
        | "BADLINK"
        | "TEMPLATEREJECTED"
        | "MENTIONFORBIDDEN"
        | "MESSAGESCONTAINBUTTONS" => Refused(Blame::Content, Reason::Malformed),
        code if code.starts_with("MESSAGESTOOLONG") => Refused(Blame::Content, Reason::Malformed),
        "MESSAGEWRONGCONTENTTYPE"
        | "MESSAGESUNSUPPORTEDCONTENTTYPEINSTAPI"
        | "TOOBIGCONTENT"
        | "WRONGCONTENT"
        | "CONTENTCONVERSIONERROR" => Refused(Blame::Content, Reason::FileRefused),
        code if code.starts_with("MESSAGESCONTENTSIZEEXCEEDED") => {
            Refused(Blame::Content, Reason::FileRefused)
        }
        "MESSAGEDOWNLOADCONTENTERROR" => Again(Blame::Content, Reason::FileUnavailable),
        "MESSAGESISSPAM" | "MESSAGESABNORMALSEND" | "SPAM" => {
            Refused(Blame::Content, Reason::Filtered)
        }
        "CHANNELNOTFOUND" | "FORBIDDEN" | "NOSUCHACCOUNT" | "CHATNOACCESS" => {
            Refused(Blame::Account, Reason::Unauthorized)
        }
        // Chosen when the account was set up.
        "WRONGTRANSPORT" => Refused(Blame::Account, Reason::Malformed),
        "CHANNELBLOCKED" | "CHANNELWAPIREJECTED" | "CHANNELREJECTED" => {
            Refused(Blame::Account, Reason::AccountBlocked)
        }
        "CHANNELNOMONEY" | "CHANNELLIMITEXCEEDED" | "BALANCEISEMPTY" => {
            Refused(Blame::Account, Reason::Quota)
        }
        "MESSAGECHANNELUNAVAILABLE" => Meaning::AccountLater,
        "MESSAGESNOTTEXTFIRST" => Refused(Blame::Sender, Reason::Barred),
        "BADCONTACT" | "MESSAGESINVALIDCONTACTTYPE" | "CHATIDIGSIDMISMATCH" => {
            Refused(Blame::Recipient, Reason::NoAccount)
        }
        "24HOURSEXCEEDED" | "7DAYSEXCEEDED" => Refused(Blame::Window, Reason::WindowClosed),
        "MESSAGECANCELLED" => Refused(Blame::Provider, Reason::TimedOut),
        "MESSAGESCANNOTADD"
        | "VALIDATIONERROR"
        | "UNKNOWNERROR"
        | "UNKNOWNERRORWITHTRACEID"
        | "GENERALERROR"
        | "TOOMANYEXTREQS" => Again(Blame::Provider, Reason::ProviderError),
        _ => Meaning::Open,
    }
}

/// What the answer to a send comes to.
pub(super) enum Answer {
    /// That is all.
    Done(Outcome),
    /// Surely not sent, and worth another try; if there were enough, this is what it failed of.
    Again(Failure),
    /// Surely not sent: the bubble that it answers is not known there.
    QuoteUnknown(Failure),
}

pub(super) fn answer(account: &Account, submission: &Submission<'_>, reply: &Reply) -> Answer {
    let body = json(&reply.body).unwrap_or_default();
    let detail = detail(account, reply, &body);
    let code = code_of(&body);
    if is_success(reply) && code.is_none() {
        let outcome = match text(&body["messageId"]) {
            Some(remote_id) => Outcome::Accepted { remote_id },
            // It was taken, and we don't know under which id: the key will tell.
            None => Outcome::Unknown { detail },
        };
        return Answer::Done(outcome);
    }
    let later = |pause, detail| Outcome::Deferred {
        retry_after: Some(reply.retry_after().unwrap_or(pause)),
        detail,
        whole_account: true,
    };
    let failure = |blame, reason| Failure { blame, reason, detail: detail.clone() };
    let refused = |blame, reason| Answer::Done(Outcome::Refused(failure(blame, reason)));
    match (reply.status, code.as_deref().map_or(Meaning::Open, meaning)) {
        (429, _) => Answer::Done(later(RATE_PAUSE, detail)),
        (401 | 403, _) => refused(Blame::Account, Reason::Unauthorized),
        (500..=599, _) => Answer::Done(Outcome::Unknown { detail }),
        (400, Meaning::Repeated) => Answer::Done(Outcome::Accepted {
            remote_id: text(&body["data"]["messageId"])
                .unwrap_or_else(|| format!("{REPEATED}{}", crm_message_id(submission))),
        }),
        (_, Meaning::Repeated) => Answer::Done(Outcome::Unknown { detail }),
        (_, Meaning::Refused(blame, reason)) => refused(blame, reason),
        (_, Meaning::Again(blame, reason)) => Answer::Again(failure(blame, reason)),
        (_, Meaning::QuoteUnknown) => {
            Answer::QuoteUnknown(failure(Blame::Content, Reason::Malformed))
        }
        (_, Meaning::AccountLater) => Answer::Done(later(CHANNEL_PAUSE, detail)),
        (408, Meaning::Open) => Answer::Done(Outcome::Unknown { detail }),
        (400..=499, Meaning::Open) => refused(Blame::Content, Reason::Malformed),
        (_, Meaning::Open) => refused(Blame::Provider, Reason::ProviderError),
    }
}

/// Why a bubble failed, by the error of a status.
pub(super) fn failure(account: &Account, error: &Value) -> Failure {
    let code = code_of(error).unwrap_or_default();
    let (blame, reason) = match meaning(&code) {
        Meaning::Refused(blame, reason) | Meaning::Again(blame, reason) => (blame, reason),
        Meaning::QuoteUnknown => (Blame::Content, Reason::Malformed),
        Meaning::AccountLater | Meaning::Repeated | Meaning::Open => {
            (Blame::Provider, Reason::ProviderError)
        }
    };
    Failure { blame, reason, detail: shown(account, &words(error)) }
}

/// `error`, be it a text or an object with `code`.
fn code_of(body: &Value) -> Option<String> {
    text(&body["error"]).or_else(|| text(&body["error"]["code"]))
}

/// Code and description of an error; empty if it has none.
fn words(body: &Value) -> String {
    let code = code_of(body).unwrap_or_default();
    let description = text(&body["description"]).or_else(|| text(&body["error"]["description"]));
    match description {
        Some(description) => format!("{code}: {description}"),
        None => code,
    }
}

/// The words of an answer, without secrets.
pub(super) fn detail(account: &Account, reply: &Reply, body: &Value) -> String {
    match words(body) {
        words if words.is_empty() => format!("HTTP {}", reply.status),
        words => shown(account, &words),
    }
}

fn shown(account: &Account, words: &str) -> String {
    clip(&redact(words, &DESCRIPTOR, account), DETAIL_BYTES_MAX).to_owned()
}
