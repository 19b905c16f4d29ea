//! What is sent: the calls of the classic dialect and of 1msg.

use super::{Dialect, TEXT_CHARS_MAX, method_url};
use crate::bold;
use data_encoding::BASE64;
use serde_json::{Value, json};
use vestnik_model::{
    account::Account,
    content::{Content, Template},
    file::{File, FileKind},
    limits::SUBMIT_TIMEOUT,
    outcome::{Blame, Failure, Outcome, Reason},
};
use vestnik_provider::{
    port::{Next, Payload, Step, Submission, To},
    wire::Request,
};

pub(super) fn submit(account: &Account, submission: &Submission<'_>) -> Next {
    let (label, method, mut body) = match (submission.content, submission.file) {
        (content @ (Content::Text(_) | Content::Marked(_)), _) => {
            let text = bold::asterisks(content, TEXT_CHARS_MAX);
            ("chat_api.send_message", "sendMessage", json!({ "body": text }))
        }
        (Content::File(file), Some(payload)) => file_call(account, file, &payload),
        (Content::Template(template), _) if Dialect::of(account) == Dialect::OneMsg => {
            ("chat_api.send_template", "sendTemplate", template_body(account, template))
        }
        (Content::File(_), None) => return cant("the file is missing"),
        (Content::Choice { .. }, _) => return cant("buttons can't be sent here"),
        (Content::Template(_), _) => return cant("this dialect has no templates"),
    };
    match submission.to {
        // An integer, as the provider's own description has it.
        To::Phone(phone) => body["phone"] = phone.digits().into(),
        To::Person(id) | To::Group(id) => body["chatId"] = id.into(),
    }
    if let Some(quote) = submission.quote {
        body["quotedMsgId"] = quote.into();
    }
    let url = method_url(account, method);
    let body = body.to_string().into_bytes();
    Next::send(Step::FIRST, Request::post_json(label, url, body, SUBMIT_TIMEOUT))
}

/// A voice note has a call of its own, in which no words fit: with words it goes as sound.
fn file_call(
    account: &Account,
    file: &File,
    payload: &Payload<'_>,
) -> (&'static str, &'static str, Value) {
    let body = source(payload);
    let is_note = file.kind == FileKind::Voice && file.caption.is_empty();
    if is_note && Dialect::of(account) == Dialect::Classic {
        return ("chat_api.send_ptt", "sendPTT", json!({ "audio": body }));
    }
    let mut body = json!({ "body": body, "filename": file_name(file.kind, payload.name) });
    if !file.caption.is_empty() {
        body["caption"] = file.caption.as_str().into();
    }
    ("chat_api.send_file", "sendFile", body)
}

/// A file's address, or its bytes in a data URI.
pub(super) fn source(payload: &Payload<'_>) -> String {
    if !payload.url.is_empty() {
        return payload.url.to_owned();
    }
    let mime = if payload.mime.is_empty() { "application/octet-stream" } else { payload.mime };
    format!("data:{mime};base64,{}", BASE64.encode(payload.bytes))
}

/// The name of a file with an ending that has it shown as what it is.
pub(super) fn file_name(kind: FileKind, name: &str) -> String {
    let (known, stand_in): (&[&str], _) = match kind {
        FileKind::Image | FileKind::Sticker => (&[".jpg", ".jpeg", ".png"], "image.jpg"),
        FileKind::Video => (&[".mp4"], "video.mp4"),
        FileKind::Audio => (&[".mp3", ".ogg", ".amr", ".m4a", ".aac", ".opus"], "audio.mp3"),
        FileKind::Voice => (&[".ogg", ".oga", ".opus"], "voice.ogg"),
        FileKind::Document => (&["."], "file.bin"),
    };
    let lower = name.to_ascii_lowercase();
    let fits = match kind {
        // The name needs an ending, whichever.
        FileKind::Document => lower.contains('.'),
        FileKind::Image
        | FileKind::Sticker
        | FileKind::Video
        | FileKind::Audio
        | FileKind::Voice => known.iter().any(|end| lower.ends_with(end)),
    };
    if fits && name.len() <= 100 { name.to_owned() } else { stand_in.to_owned() }
}

/// The fields are those that 1msg's SDK names.
fn template_body(account: &Account, template: &Template) -> Value {
    let values = template.values.iter().map(|value| json!({ "type": "text", "text": value }));
    let values: Vec<Value> = values.collect();
    let language = if template.language.is_empty() { "ru" } else { &template.language };
    let mut body = json!({
        "template": template.id,
        "language": { "policy": "deterministic", "code": language },
        "params": [{ "type": "body", "parameters": values }],
    });
    let namespace = account.setting("namespace");
    if !namespace.is_empty() {
        body["namespace"] = namespace.into();
    }
    body
}

pub(super) fn cant(detail: &str) -> Next {
    Next::Done(Outcome::Refused(Failure {
        blame: Blame::Content,
        reason: Reason::Malformed,
        detail: detail.to_owned(),
    }))
}
