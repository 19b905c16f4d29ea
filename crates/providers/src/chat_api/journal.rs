//! What became of an attempt whose answer was lost: the chat's history first, then the send queue.
//! 1msg has no history of that name: its `messages` may show that a message is there, never that it
//! is not. `UltraMsg` has neither.

use super::{Dialect, TEXT_CHARS_MAX, chat_id, is_set, method_url, text};
use crate::bold;
use serde_json::Value;
use vestnik_model::{
    account::Account,
    content::Content,
    file::{File, FileKind, Source},
    limits::SUBMIT_TIMEOUT,
    time::{Millis, Timestamp},
};
use vestnik_provider::{
    port::{Attempt, Step, Verdict},
    wire::{Reply, Request, encode_segment},
};

const QUEUE: Step = Step::new(1);
/// Messages of a chat that are looked at.
const COUNT: usize = 100;
/// A request that is on its way may still be taken for so long.
const LAG: Millis = Millis::minutes(2);
/// How far the provider's clock may differ from ours: what is older is surely not ours.
const CLOCK_SKEW: Millis = Millis::seconds(90);
/// Times are whole seconds: what is older than this may be ours, or an earlier one of the same.
const GRAIN: Millis = Millis::seconds(2);

pub(super) fn inquire(account: &Account, attempt: &Attempt<'_>, step: &Step) -> Option<Request> {
    let chat = encode_segment(&chat_id(attempt.submission.to));
    let (label, url) = match Dialect::of(account) {
        Dialect::Ultramsg => return None,
        Dialect::OneMsg => {
            let since = (attempt.started_at - CLOCK_SKEW).0.div_euclid(1_000);
            let url = method_url(account, "messages");
            ("chat_api.messages", format!("{url}&chatId={chat}&limit=0&min_time={since}"))
        }
        Dialect::Classic if *step == QUEUE => {
            ("chat_api.show_messages_queue", method_url(account, "showMessagesQueue"))
        }
        Dialect::Classic => {
            let url = method_url(account, "messagesHistory");
            ("chat_api.messages_history", format!("{url}&page=0&count={COUNT}&chatId={chat}"))
        }
    };
    Some(Request::get(label, url, SUBMIT_TIMEOUT))
}

pub(super) fn inquired(
    account: &Account,
    attempt: &Attempt<'_>,
    step: &Step,
    reply: &Reply,
) -> Verdict {
    let body = serde_json::from_slice(&reply.body).unwrap_or(Value::Null);
    match (reply.status, Dialect::of(account)) {
        (200, Dialect::Classic) if *step == QUEUE => queued(attempt, &body),
        (200, Dialect::Classic) => match history(attempt, &body) {
            Verdict::Absent => Verdict::Ask(QUEUE),
            verdict @ (Verdict::Found { .. } | Verdict::Unsure | Verdict::Ask(_)) => verdict,
        },
        (200, Dialect::OneMsg) => match history(attempt, &body) {
            found @ Verdict::Found { .. } => found,
            Verdict::Absent | Verdict::Unsure | Verdict::Ask(_) => Verdict::Unsure,
        },
        (_, Dialect::Classic | Dialect::OneMsg | Dialect::Ultramsg) => Verdict::Unsure,
    }
}

fn history(attempt: &Attempt<'_>, body: &Value) -> Verdict {
    let Some(messages) = body["messages"].as_array() else { return Verdict::Unsure };
    let chat = chat_id(attempt.submission.to);
    let mut found = Vec::new();
    // The order is not documented: whatever is older shows that the page reaches far enough back.
    let mut is_whole = messages.len() < COUNT;
    for message in messages {
        let Some(time) = message["time"].as_i64() else { return Verdict::Unsure };
        // The end of the second, so that nothing of ours looks too old.
        let time = Timestamp(time.saturating_mul(1_000).saturating_add(999));
        if time < attempt.started_at - CLOCK_SKEW {
            is_whole = true;
            continue;
        }
        let is_ours = is_set(&message["fromMe"])
            && text(&message["chatId"]).is_none_or(|id| id == chat)
            && may_be(attempt.submission.content, message);
        if !is_ours {
            continue;
        }
        if time < attempt.started_at - GRAIN {
            return Verdict::Unsure;
        }
        found.push(text(&message["id"]));
    }
    match &found[..] {
        [Some(id)] if is_told_apart(attempt.submission.content) => {
            Verdict::Found { remote_id: id.clone() }
        }
        [] if is_whole => Verdict::Absent,
        _ => Verdict::Unsure,
    }
}

/// Whether a message of ours may be this one.
fn may_be(content: &Content, message: &Value) -> bool {
    let kind = message["type"].as_str().unwrap_or_default();
    let body = message["body"].as_str().unwrap_or_default();
    match content {
        Content::Text(_) | Content::Marked(_) => {
            matches!(kind, "" | "chat") && body == bold::asterisks(content, TEXT_CHARS_MAX)
        }
        Content::File(File { kind: wanted, source, .. }) => {
            let is_kind = match wanted {
                FileKind::Image => kind == "image",
                FileKind::Sticker => matches!(kind, "image" | "sticker"),
                FileKind::Video => kind == "video",
                FileKind::Audio | FileKind::Voice => matches!(kind, "audio" | "ptt"),
                FileKind::Document => kind == "document",
            };
            is_kind || matches!(source, Source::Url(url) if url == body)
        }
        // What a template was filled in to is not known for certain: any message may be it.
        Content::Template(_) => true,
        Content::Choice { .. } => false,
    }
}

/// Whether what looks the same is the same: a text is; of two files of a kind each may be the one
/// that was sent before.
fn is_told_apart(content: &Content) -> bool {
    match content {
        Content::Text(_) | Content::Marked(_) => true,
        Content::File(_) | Content::Template(_) | Content::Choice { .. } => false,
    }
}

fn queued(attempt: &Attempt<'_>, body: &Value) -> Verdict {
    let (Some(total), Some(first)) = (body["totalMessages"].as_u64(), body["first100"].as_array())
    else {
        return Verdict::Unsure;
    };
    let chat = format!("true_{}_", chat_id(attempt.submission.to));
    for item in first {
        let is_same = match attempt.submission.content {
            content @ (Content::Text(_) | Content::Marked(_)) => {
                let text = bold::asterisks(content, TEXT_CHARS_MAX);
                item["body"].as_str().is_some_and(|body| body == text)
            }
            // The body of a queued file is not documented.
            Content::File(_) => item["type"] != "sendMessage",
            Content::Template(_) => true,
            Content::Choice { .. } => false,
        };
        if !is_same {
            continue;
        }
        return match text(&item["id"]) {
            Some(id) if id.starts_with(&chat) && is_told_apart(attempt.submission.content) => {
                Verdict::Found { remote_id: id }
            }
            Some(id) if id.starts_with("true_") && !id.starts_with(&chat) => continue,
            Some(_) | None => Verdict::Unsure,
        };
    }
    let is_whole = usize::try_from(total).is_ok_and(|total| total <= first.len());
    if is_whole && attempt.now - attempt.started_at >= LAG {
        Verdict::Absent
    } else {
        Verdict::Unsure
    }
}
