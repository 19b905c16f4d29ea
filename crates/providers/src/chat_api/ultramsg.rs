//! `UltraMsg`: calls and webhooks of its own. Its webhooks repeat the `referenceId` of the call:
//! that is what a bubble is known by.

use super::{
    TEXT_CHARS_MAX, is_set,
    message::{self, Parts},
    method_url,
    outgoing::{cant, file_name, source},
    text,
};
use crate::bold;
use serde_json::{Value, json};
use vestnik_model::{
    account::Account, content::Content, file::FileKind, limits::SUBMIT_TIMEOUT,
    outcome::ReceiptKind,
};
use vestnik_provider::{
    port::{Next, Step, Submission, To, Word},
    wire::Request,
};

/// What we name a part by.
pub(super) fn reference(submission: &Submission<'_>) -> String {
    format!("vst{:016x}", submission.key)
}

pub(super) fn submit(account: &Account, submission: &Submission<'_>) -> Next {
    let (label, method, mut body) = match (submission.content, submission.file) {
        (content @ (Content::Text(_) | Content::Marked(_)), _) => {
            let text = bold::asterisks(content, TEXT_CHARS_MAX);
            ("chat_api.ultramsg_chat", "messages/chat", json!({ "body": text }))
        }
        (Content::File(file), Some(payload)) => {
            let (label, method, field) = match file.kind {
                FileKind::Image | FileKind::Sticker => {
                    ("chat_api.ultramsg_image", "messages/image", "image")
                }
                FileKind::Document => {
                    ("chat_api.ultramsg_document", "messages/document", "document")
                }
                FileKind::Audio => ("chat_api.ultramsg_audio", "messages/audio", "audio"),
                FileKind::Voice => ("chat_api.ultramsg_voice", "messages/voice", "voice"),
                FileKind::Video => ("chat_api.ultramsg_video", "messages/video", "video"),
            };
            let mut body = json!({ field: source(&payload), "caption": file.caption });
            if file.kind == FileKind::Document {
                body["filename"] = file_name(file.kind, payload.name).into();
            }
            (label, method, body)
        }
        (Content::File(_), None) => return cant("the file is missing"),
        (Content::Choice { .. }, _) => return cant("buttons can't be sent here"),
        (Content::Template(_), _) => return cant("this dialect has no templates"),
    };
    body["to"] = match submission.to {
        To::Phone(phone) => format!("+{phone}").into(),
        To::Person(id) | To::Group(id) => id.into(),
    };
    body["referenceId"] = reference(submission).into();
    let url = method_url(account, method);
    let body = body.to_string().into_bytes();
    Next::send(Step::FIRST, Request::post_json(label, url, body, SUBMIT_TIMEOUT))
}

/// What an event says.
pub(super) fn word(event: &str, body: &Value) -> Result<Word, String> {
    let data = &body["data"];
    match event {
        "message_ack" => {
            let kind = match data["ack"].as_str() {
                Some("server") => ReceiptKind::Sent,
                Some("device") => ReceiptKind::Delivered,
                Some("read" | "played") => ReceiptKind::Read,
                // "pending" and whatever may come: nothing new.
                Some(_) | None => return Ok(Word::Nothing),
            };
            let remote_id = text(&body["referenceId"]).or_else(|| text(&data["id"]));
            let remote_id = remote_id.ok_or("data.id is missing")?;
            Ok(Word::Receipt { remote_id, kind, at: None })
        }
        "message_received" | "message_create" => {
            let is_own = is_set(&data["fromMe"]);
            // What was sent by a call, ours or another's, is no word of the phone's.
            if is_own && (is_set(&data["self"]) || text(&body["referenceId"]).is_some()) {
                return Ok(Word::Nothing);
            }
            let chat = text(&data[if is_own { "to" } else { "from" }]);
            let kind = text(&data["type"]).unwrap_or_default();
            let media = text(&data["media"]);
            let has_media = media.is_some();
            let words = text(&data["body"]);
            message::word(Parts {
                id: text(&data["id"]),
                chat: chat.ok_or("data.from is missing")?,
                chat_name: None,
                author: text(&data["author"]),
                name: text(&data["pushname"]),
                is_own,
                time: data["time"].as_i64(),
                caption: if has_media { words.clone() } else { None },
                body: if has_media { media } else { words },
                quote: text(&data["quotedMsg"]["id"]),
                quote_text: text(&data["quotedMsg"]["body"]),
                kind,
            })
        }
        _ => Ok(Word::Nothing),
    }
}
