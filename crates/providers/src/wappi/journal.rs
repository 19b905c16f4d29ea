//! What became of a send whose answer was lost: the history of sends by the API.

use super::{get, is_success, json, text, url, words};
use crate::date;
use serde_json::Value;
use vestnik_model::{
    account::Account,
    content::Content,
    messenger::Messenger,
    time::{Millis, Timestamp},
};
use vestnik_provider::{
    port::{Attempt, JournalPage, To, Verdict},
    wire::{Reply, Request},
};

/// How many sends are looked at: what the provider lists by default.
const LINES_MAX: usize = 200;
/// How soon a send shows in the history is not promised.
const LAG: Millis = Millis::minutes(2);
/// How far the provider's clock may differ from ours.
const CLOCK_SKEW: Millis = Millis::seconds(90);
/// A time above this is in milliseconds.
const SECONDS_MAX: i64 = 1_000_000_000_000;

pub(super) fn inquire(account: &Account) -> Request {
    let url = url(account, "sync/messages/history");
    get("wappi.history", format!("{url}&limit={LINES_MAX}"), account)
}

/// What an answer says of any attempt.
pub(super) fn read<'a>(account: &'a Account, reply: &'a Reply) -> JournalPage<'a> {
    let mut body = json(&reply.body).unwrap_or_default();
    let lines = body.get_mut("detail").map(Value::take).filter(|_| is_success(reply));
    let Some(Value::Array(lines)) = lines else { return Box::new(|_| Verdict::Unsure) };
    Box::new(move |attempt| listed(account, attempt, &lines))
}

fn listed(account: &Account, attempt: &Attempt<'_>, lines: &[Value]) -> Verdict {
    let not_before = attempt.started_at - CLOCK_SKEW;
    let is_fresh = |line: &&Value| time(&line["created_at"]).is_none_or(|at| at >= not_before);
    let fresh: Vec<&Value> = lines.iter().filter(is_fresh).collect();
    let is_ours = |line: &&&Value| is_to(attempt, line);
    let content = attempt.submission.content;
    let mut same = fresh.iter().filter(is_ours).filter(|line| is_same(account, content, line));
    match (same.next(), same.next()) {
        (Some(line), None) => match (text(&line["id"]), time(&line["created_at"])) {
            (Some(remote_id), Some(_)) => Verdict::Found { remote_id },
            _ => Verdict::Unsure,
        },
        // Two of the same to the same person: which of them is ours can't be told.
        (Some(_), Some(_)) => Verdict::Unsure,
        (None, _) => {
            let is_late = attempt.now - attempt.started_at >= LAG;
            // What is written of a file is not documented: another line to them may be it.
            let is_other_file = content.file().is_some() && fresh.iter().any(|line| is_ours(&line));
            // Beside WhatsApp a number may have become an id there: the words may be ours.
            let is_renamed = account.messenger != Messenger::Whatsapp
                && matches!(attempt.submission.to, To::Phone(_))
                && fresh.iter().any(|line| is_same(account, content, line));
            // A full list may hide older ones.
            let is_whole = lines.len() < LINES_MAX || fresh.len() < lines.len();
            match is_late && !is_other_file && !is_renamed && is_whole {
                true => Verdict::Absent,
                false => Verdict::Unsure,
            }
        }
    }
}

/// Recipients come with and without what stands behind `@`.
fn is_to(attempt: &Attempt<'_>, line: &Value) -> bool {
    let recipient = text(&line["recipient"]).unwrap_or_default();
    let bare =
        |id: &str| id.split('@').next().unwrap_or_default().trim_start_matches('+').to_owned();
    match attempt.submission.to {
        To::Phone(phone) => bare(&recipient) == phone.to_string(),
        To::Person(id) | To::Group(id) => bare(&recipient) == bare(id),
    }
}

fn is_same(account: &Account, content: &Content, line: &Value) -> bool {
    let get = |name: &str| line[name].as_str().unwrap_or_default();
    match content {
        Content::Text(_) | Content::Marked(_) => get("message") == words(account, content),
        Content::File(file) => {
            get("message") == file.address_or_name() && get("caption") == file.caption
        }
        // Never sent here.
        Content::Choice { .. } | Content::Template(_) => false,
    }
}

/// A date, or seconds since 1970 (seen in milliseconds).
pub(super) fn time(value: &Value) -> Option<Timestamp> {
    let number = match value {
        Value::String(text) => match date::parse(text) {
            Some(at) => return Some(at),
            None => text.parse().ok(),
        },
        Value::Number(number) => number.as_i64(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let number: i64 = number.filter(|number| *number > 0)?;
    Some(Timestamp(if number < SECONDS_MAX { number * 1_000 } else { number }))
}
