//! What became of an attempt whose answer was lost: the list of messages from us to the recipient,
//! newest first. It is not asked by `DateSent`: what still waits or has failed has no such date.

use super::{TEXT_CHARS_MAX, account_url, address_of, authorized, date, json, own_address, text};
use crate::bold;
use serde_json::Value;
use vestnik_model::{
    account::Account,
    content::Content,
    limits::SUBMIT_TIMEOUT,
    time::{Millis, Timestamp},
};
use vestnik_provider::{
    port::{Attempt, Verdict},
    wire::{Reply, Request, encode_segment},
};

/// Messages looked at: no recipient is sent more within an inquiry's hour.
const PAGE_SIZE: usize = 200;
/// A request that is on its way may still be taken for so long.
const LAG: Millis = Millis::minutes(2);
/// How far Twilio's clock may differ from ours, if its answer does not tell.
const CLOCK_SKEW: Millis = Millis::seconds(90);
/// Dates are in whole seconds.
const GRAIN: Millis = Millis::seconds(2);

pub(super) fn inquire(account: &Account, attempt: &Attempt<'_>) -> Request {
    let to = address_of(attempt.submission.to).unwrap_or_default();
    let (to, from) = (encode_segment(&to), encode_segment(&own_address(account)));
    let query = format!("/Messages.json?To={to}&From={from}&PageSize={PAGE_SIZE}");
    let url = account_url(account, &query);
    authorized(account, Request::get("twilio.list_messages", url, SUBMIT_TIMEOUT))
}

pub(super) fn inquired(attempt: &Attempt<'_>, reply: &Reply) -> Verdict {
    if reply.status != 200 {
        return Verdict::Unsure;
    }
    let body = json(reply).unwrap_or_default();
    let Some(messages) = body["messages"].as_array() else { return Verdict::Unsure };
    let not_before = not_before(attempt, reply);
    let mut found = Vec::new();
    let mut is_complete = body["next_page_uri"].is_null();
    for message in messages {
        let Some(created) = message["date_created"].as_str().and_then(date::parse) else {
            return Verdict::Unsure;
        };
        if created < not_before {
            is_complete = true;
        } else if is_same(attempt.submission.content, message) {
            found.push(text(&message["sid"]));
        }
    }
    match &found[..] {
        [Some(sid)] => Verdict::Found { remote_id: sid.clone() },
        [] if is_complete && attempt.now - attempt.started_at >= LAG => Verdict::Absent,
        // Too fresh, or two of the same: which of them is ours can't be told.
        _ => Verdict::Unsure,
    }
}

/// The attempt's beginning by Twilio's clock: its answer says what time it is there.
fn not_before(attempt: &Attempt<'_>, reply: &Reply) -> Timestamp {
    match reply.header("date").and_then(date::parse) {
        Some(there) => attempt.started_at + (there - attempt.now) - GRAIN,
        None => attempt.started_at - CLOCK_SKEW,
    }
}

fn is_same(content: &Content, message: &Value) -> bool {
    let body = message["body"].as_str().unwrap_or_default();
    let has_media = message["num_media"].as_str().is_some_and(|count| count != "0");
    let is_ours = message["direction"].as_str().is_none_or(|way| way.starts_with("outbound"));
    is_ours
        && match content {
            Content::Text(_) | Content::Marked(_) => {
                body == bold::asterisks(content, TEXT_CHARS_MAX) && !has_media
            }
            Content::File(file) if super::has_caption(file) => has_media && body == file.caption,
            Content::File(_) => has_media,
            // What a template was filled in to is not told for certain: any message may be it.
            Content::Template(_) => true,
            Content::Choice { .. } => false,
        }
}
