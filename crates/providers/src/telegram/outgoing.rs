//! The request of a send.

use super::{call, url};
use crate::bold;
use serde_json::{Value, json};
use vestnik_model::{
    account::Account,
    content::{Button, ButtonAction, Content},
    file::{File, FileKind},
    limits::SUBMIT_TIMEOUT,
    outcome::Reason,
};
use vestnik_provider::{
    multipart::Form,
    port::{Payload, Submission, To},
    wire::Request,
};

/// Most buttons below a text: a hundred were seen, no document says so.
pub(super) const BUTTONS_MAX: usize = 50;
/// Most bytes behind a button.
const DATA_BYTES_MAX: usize = 64;

/// What can't be sent, and why.
type Trouble = (Reason, &'static str);

/// The request; `chat` is the id that the chat has now, if it is another one. The error says what
/// can't be sent.
pub(super) fn request(
    account: &Account,
    submission: &Submission<'_>,
    chat: &str,
) -> Result<Request, Trouble> {
    let (to, is_group) = match submission.to {
        To::Phone(_) => return Err((Reason::NoAddress, "a bot can't write to a number")),
        To::Person(id) => (id, false),
        To::Group(id) => (id, true),
    };
    let mut body = json!({ "chat_id": if chat.is_empty() { to } else { chat } });
    if let Some(quote) = submission.quote.and_then(|quote| quoted(to, quote)) {
        // What was deleted meanwhile does not stop the answer.
        body["reply_parameters"] =
            json!({ "message_id": quote, "allow_sending_without_reply": true });
    }
    match submission.content {
        Content::Text(text) => {
            body["text"] = json!(text);
            Ok(call(account, "telegram.send_message", "sendMessage", &body))
        }
        Content::Marked(marked) => {
            body["text"] = json!(marked.plain());
            if !marked.bold.is_empty() {
                body["entities"] = bold::entities(marked);
            }
            Ok(call(account, "telegram.send_message", "sendMessage", &body))
        }
        Content::Choice { text, buttons } => {
            body["text"] = json!(text);
            body["reply_markup"] = markup(buttons, is_group)?;
            Ok(call(account, "telegram.send_message", "sendMessage", &body))
        }
        Content::File(file) => {
            let payload = submission.file.ok_or((Reason::Malformed, "the file is missing"))?;
            Ok(of_file(account, submission.key, file, &payload, body))
        }
        Content::Template(_) => Err((Reason::Malformed, "Telegram has no templates")),
    }
}

/// The message's number within its chat; another chat's message can't be answered here.
fn quoted(chat: &str, quote: &str) -> Option<i64> {
    match quote.rsplit_once(':') {
        Some((of, id)) if of == chat => id.parse().ok(),
        Some(_) => None,
        None => quote.parse().ok(),
    }
}

fn of_file(
    account: &Account,
    key: u64,
    file: &File,
    payload: &Payload<'_>,
    mut body: Value,
) -> Request {
    let (label, method, field) = match file.kind {
        FileKind::Image => ("telegram.send_photo", "sendPhoto", "photo"),
        FileKind::Document => ("telegram.send_document", "sendDocument", "document"),
        FileKind::Audio => ("telegram.send_audio", "sendAudio", "audio"),
        FileKind::Voice => ("telegram.send_voice", "sendVoice", "voice"),
        FileKind::Video => ("telegram.send_video", "sendVideo", "video"),
        FileKind::Sticker => ("telegram.send_sticker", "sendSticker", "sticker"),
    };
    if !file.caption.is_empty() && file.kind != FileKind::Sticker {
        body["caption"] = json!(file.caption);
    }
    if !payload.url.is_empty() {
        body[field] = json!(payload.url);
        return call(account, label, method, &body);
    }
    let mut form = Form::new(key);
    for (name, value) in body.as_object().into_iter().flatten() {
        form = match value.as_str() {
            Some(text) => form.field(name, text),
            None => form.field(name, &value.to_string()),
        };
    }
    form = form.file(field, payload.name, payload.mime, payload.bytes);
    form.post(label, url(account, "", method), SUBMIT_TIMEOUT)
}

/// Buttons stand below the text, one in a row. Only the keyboard in the place of the letters can
/// ask for a contact, and nothing else can stand there with what it carries.
fn markup(buttons: &[Button], is_group: bool) -> Result<Value, Trouble> {
    let malformed = |detail| Err((Reason::Malformed, detail));
    if buttons.is_empty() || buttons.len() > BUTTONS_MAX {
        return malformed("there are no buttons, or more than fifty");
    }
    if buttons.iter().any(|button| button.title.trim().is_empty()) {
        return malformed("a button is empty");
    }
    let asks = |button: &Button| matches!(button.action, ButtonAction::ShareContact);
    if buttons.iter().all(asks) {
        if is_group {
            return malformed("contacts can be asked for in private chats only");
        }
        let row = |button: &Button| json!([{ "text": button.title, "request_contact": true }]);
        let rows: Vec<Value> = buttons.iter().map(row).collect();
        return Ok(json!({ "keyboard": rows, "resize_keyboard": true, "one_time_keyboard": true }));
    }
    let mut rows = Vec::with_capacity(buttons.len());
    for Button { title, action } in buttons {
        rows.push(match action {
            ButtonAction::Reply(data) if (1..=DATA_BYTES_MAX).contains(&data.len()) => {
                json!([{ "text": title, "callback_data": data }])
            }
            ButtonAction::Reply(_) => return malformed("a button carries 1 to 64 bytes"),
            ButtonAction::Open(url) => json!([{ "text": title, "url": url }]),
            ButtonAction::ShareContact => {
                return malformed("a contact can't be asked for beside other buttons");
            }
        });
    }
    Ok(json!({ "inline_keyboard": rows }))
}
