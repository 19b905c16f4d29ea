//! The request of a send.

use super::{TEXT_CHARS_MAX, call};
use crate::bold;
use serde_json::{Value, json};
use vestnik_model::{
    account::Account,
    content::{Button, ButtonAction, Content},
    outcome::Reason,
};
use vestnik_provider::{
    port::{Submission, To},
    wire::{Method, Request, encode_segment},
};

/// Most buttons below a text: 30 rows with one in each.
pub(super) const BUTTONS_MAX: usize = 30;
const TITLE_CHARS_MAX: usize = 128;
const PAYLOAD_CHARS_MAX: usize = 1_024;
const URL_CHARS_MAX: usize = 2_048;
/// Messages' ids begin so.
const MID: &str = "mid.";

/// What can't be sent, and why.
type Trouble = (Reason, &'static str);

/// The request; `attachment` is a file that was uploaded. The error says what can't be sent.
pub(super) fn request(
    account: &Account,
    submission: &Submission<'_>,
    attachment: Option<&Value>,
) -> Result<Request, Trouble> {
    let chat = match submission.to {
        To::Phone(_) => return Err((Reason::NoAddress, "a bot can't write to a number")),
        To::Person(id) | To::Group(id) => id,
    };
    let mut body = json!({});
    // A press has an id of its own, which is no message's.
    if let Some(mid) = submission.quote.filter(|quote| quote.starts_with(MID)) {
        body["link"] = json!({ "type": "reply", "mid": mid });
    }
    match submission.content {
        Content::Text(text) => body["text"] = json!(text),
        Content::Marked(marked) => match bold::html(marked, TEXT_CHARS_MAX) {
            Some(html) if !marked.bold.is_empty() => {
                body["text"] = json!(html);
                body["format"] = json!("html");
            }
            Some(_) | None => body["text"] = json!(marked.plain()),
        },
        Content::Choice { text, buttons } => {
            body["text"] = json!(text);
            let payload = json!({ "buttons": rows(buttons)? });
            body["attachments"] = json!([{ "type": "inline_keyboard", "payload": payload }]);
        }
        Content::File(file) => {
            if !file.caption.is_empty() {
                body["text"] = json!(file.caption);
            }
            let attachment = attachment.ok_or((Reason::Malformed, "the file is missing"))?;
            body["attachments"] = json!([attachment]);
        }
        Content::Template(_) => return Err((Reason::Malformed, "MAX has no templates")),
    }
    let path = format!("/messages?chat_id={}", encode_segment(chat));
    Ok(call(account, "max.send_message", Method::Post, &path, Some(&body)))
}

/// One button in a row.
fn rows(buttons: &[Button]) -> Result<Vec<Value>, Trouble> {
    let malformed = |detail| Err((Reason::Malformed, detail));
    if buttons.is_empty() || buttons.len() > BUTTONS_MAX {
        return malformed("there are no buttons, or more than thirty");
    }
    let mut rows = Vec::with_capacity(buttons.len());
    for Button { title, action } in buttons {
        if title.trim().is_empty() || title.chars().count() > TITLE_CHARS_MAX {
            return malformed("a button says nothing, or more than 128 characters");
        }
        rows.push(match action {
            ButtonAction::Reply(data)
                if (1..=PAYLOAD_CHARS_MAX).contains(&data.chars().count()) =>
            {
                json!([{ "type": "callback", "text": title, "payload": data }])
            }
            ButtonAction::Reply(_) => return malformed("a button carries 1 to 1024 characters"),
            ButtonAction::Open(url) if url.chars().count() <= URL_CHARS_MAX => {
                json!([{ "type": "link", "text": title, "url": url }])
            }
            ButtonAction::Open(_) => return malformed("a button's address is too long"),
            ButtonAction::ShareContact => json!([{ "type": "request_contact", "text": title }]),
        });
    }
    Ok(rows)
}
