//! What became of an attempt whose answer was lost: the journal of outgoing messages first, then
//! the send queue.

use super::{chat_id, method_url, words};
use serde::Deserialize;
use std::collections::BTreeMap;
use vestnik_model::{
    account::Account,
    content::Content,
    file::{File, FileKind, Source},
    limits::SUBMIT_TIMEOUT,
    time::{Millis, Timestamp},
};
use vestnik_provider::{
    port::{Attempt, JournalPage, Step, Verdict},
    wire::{Reply, Request},
};

const JOURNAL: Step = Step::FIRST;
const QUEUE: Step = Step::new(1);
/// A fresh message may take this long to show in the journal.
const JOURNAL_LAG: Millis = Millis::minutes(2);
/// How far the provider's clock may differ from ours.
const CLOCK_SKEW: Millis = Millis::seconds(90);

pub(super) fn inquire(account: &Account, attempt: &Attempt<'_>, step: &Step) -> Request {
    if *step == QUEUE {
        let url = method_url(account, "showMessagesQueue");
        return Request::get("green_api.show_messages_queue", url, SUBMIT_TIMEOUT);
    }
    let since = attempt.now - attempt.started_at;
    let minutes = (since.0 / 60_000 + 3).clamp(3, 1440);
    let url = format!("{}?minutes={minutes}", method_url(account, "lastOutgoingMessages"));
    Request::get("green_api.last_outgoing_messages", url, SUBMIT_TIMEOUT)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    #[serde(default)]
    id_message: String,
    #[serde(default)]
    chat_id: String,
    #[serde(default)]
    timestamp: i64,
    text_message: Option<String>,
    extended_text_message: Option<Extended>,
    file_name: Option<String>,
    caption: Option<String>,
}

#[derive(Deserialize)]
struct Extended {
    text: Option<String>,
}

#[derive(Deserialize)]
struct Queued {
    #[serde(rename = "messageID")]
    id: Option<String>,
    body: Option<QueuedBody>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct QueuedBody {
    chat_id: Option<String>,
    message: Option<String>,
    url_file: Option<String>,
}

/// What an answer to a step says of any attempt.
pub(super) fn read<'a>(account: &'a Account, step: &Step, reply: &'a Reply) -> JournalPage<'a> {
    if reply.status != 200 {
        return Box::new(|_| Verdict::Unsure);
    }
    if *step == QUEUE {
        let Ok(items) = serde_json::from_slice::<Vec<Queued>>(&reply.body) else {
            return Box::new(|_| Verdict::Unsure);
        };
        return Box::new(move |attempt| queued(account, attempt, &items));
    }
    let Ok(lines) = serde_json::from_slice::<Vec<Line>>(&reply.body) else {
        return Box::new(|_| Verdict::Unsure);
    };
    let mut by_chat: BTreeMap<String, Vec<Line>> = BTreeMap::new();
    for line in lines {
        by_chat.entry(line.chat_id.clone()).or_default().push(line);
    }
    Box::new(move |attempt| {
        let lines = by_chat.get(&*chat_id(attempt.submission.to));
        listed(account, attempt, lines.map_or(&[], Vec::as_slice))
    })
}

/// What the lines of an attempt's chat say of it.
fn listed(account: &Account, attempt: &Attempt<'_>, lines: &[Line]) -> Verdict {
    let not_before = attempt.started_at - CLOCK_SKEW;
    let mut same = lines.iter().filter(|line| {
        Timestamp(line.timestamp.saturating_mul(1000)) >= not_before
            && is_same(account, attempt.submission.content, line)
    });
    match (same.next(), same.next()) {
        (Some(line), None) if !line.id_message.is_empty() => {
            Verdict::Found { remote_id: line.id_message.clone() }
        }
        // Two of the same text to the same chat: which of them is ours can't be told.
        (Some(_), _) => Verdict::Unsure,
        (None, _) => Verdict::Ask(JOURNAL.next()),
    }
}

fn is_same(account: &Account, content: &Content, line: &Line) -> bool {
    match content {
        Content::Text(_) | Content::Marked(_) => {
            let extended = line.extended_text_message.as_ref().and_then(|e| e.text.as_ref());
            let text = line.text_message.as_ref().or(extended);
            text.is_some_and(|text| *text == words(account, content))
        }
        Content::File(file) => {
            let name = super::file_name(file.kind, file.file_name());
            line.file_name.as_deref() == Some(&name)
                && (file.kind == FileKind::Audio
                    || line.caption.as_deref().unwrap_or_default() == file.caption)
        }
        // Never sent here.
        Content::Choice { .. } | Content::Template(_) => false,
    }
}

fn queued(account: &Account, attempt: &Attempt<'_>, items: &[Queued]) -> Verdict {
    let chat = chat_id(attempt.submission.to);
    let ours = items.iter().find(|item| {
        item.body.as_ref().is_some_and(|body| {
            let same = match attempt.submission.content {
                content @ (Content::Text(_) | Content::Marked(_)) => {
                    body.message.as_ref().is_some_and(|text| *text == words(account, content))
                }
                Content::File(File { source: Source::Url(url), .. }) => {
                    body.url_file.as_ref() == Some(url)
                }
                Content::File(_) | Content::Choice { .. } | Content::Template(_) => false,
            };
            same && body.chat_id.as_deref() == Some(&*chat)
        })
    });
    match ours {
        Some(Queued { id: Some(remote_id), .. }) if !remote_id.is_empty() => {
            Verdict::Found { remote_id: remote_id.clone() }
        }
        Some(_) => Verdict::Unsure,
        None if attempt.now - attempt.started_at >= JOURNAL_LAG => Verdict::Absent,
        None => Verdict::Unsure,
    }
}
