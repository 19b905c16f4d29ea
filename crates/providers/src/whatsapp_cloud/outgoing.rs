//! The body of a send.

use super::TEXT_CHARS_MAX;
use crate::bold;
use serde_json::{Value, json};
use vestnik_model::{
    content::{Button, ButtonAction, Content, Template},
    file::{File, FileKind},
};
use vestnik_provider::port::{Payload, Submission, To};

/// Most rows of a list.
pub(super) const ROWS_MAX: usize = 10;
/// Most buttons below a text; more become a list.
const BUTTONS_MAX: usize = 3;
const BUTTON_CHARS_MAX: usize = 20;
const ROW_CHARS_MAX: usize = 24;
const ROW_ABOUT_CHARS_MAX: usize = 72;
/// Longest text above buttons.
const ABOVE_CHARS_MAX: usize = 1_024;
const BUTTON_ID_CHARS_MAX: usize = 256;
const ROW_ID_CHARS_MAX: usize = 200;
/// What opens a list: its reader's language is not known.
const LIST_BUTTON: &str = "Выбрать / Choose";
/// A template needs a language; this one is meant if none is given.
const LANGUAGE: &str = "ru";

/// The body; `media` is the id of an upload. The error says what can't be sent.
pub(super) fn body(submission: &Submission<'_>, media: &str) -> Result<Value, &'static str> {
    let mut body = json!({
        "messaging_product": "whatsapp",
        "biz_opaque_callback_data": format!("{:016x}", submission.key),
    });
    address(&mut body, submission.to);
    if let Some(quote) = submission.quote {
        body["context"] = json!({ "message_id": quote });
    }
    let (kind, content) = match submission.content {
        content @ (Content::Text(_) | Content::Marked(_)) => {
            ("text", json!({ "body": bold::asterisks(content, TEXT_CHARS_MAX) }))
        }
        Content::File(file) => {
            let payload = submission.file.ok_or("the file is missing")?;
            of_file(file, &payload, media)
        }
        Content::Choice { text, buttons } => ("interactive", choice(text, buttons)?),
        Content::Template(template) => ("template", of_template(template)),
    };
    body["type"] = json!(kind);
    body[kind] = content;
    Ok(body)
}

/// A person without a number is addressed by their business-scoped id: `RU.1349…`.
fn address(body: &mut Value, to: To<'_>) {
    body["recipient_type"] = json!("individual");
    match to {
        To::Phone(phone) => body["to"] = json!(phone.to_string()),
        To::Person(id) if id.bytes().all(|b| b.is_ascii_digit()) => body["to"] = json!(id),
        To::Person(id) => body["recipient"] = json!(id),
        To::Group(id) => {
            body["recipient_type"] = json!("group");
            body["to"] = json!(id);
        }
    }
}

/// A caption stands under a picture, a film and a document only; only a document has a name.
fn of_file(file: &File, payload: &Payload<'_>, media: &str) -> (&'static str, Value) {
    let kind = match file.kind {
        FileKind::Image => "image",
        FileKind::Document => "document",
        FileKind::Audio | FileKind::Voice => "audio",
        FileKind::Video => "video",
        FileKind::Sticker => "sticker",
    };
    let mut content =
        if media.is_empty() { json!({ "link": payload.url }) } else { json!({ "id": media }) };
    if matches!(kind, "image" | "document" | "video") && !file.caption.is_empty() {
        content["caption"] = json!(file.caption);
    }
    if kind == "document" {
        content["filename"] = json!(payload.name);
    }
    (kind, content)
}

fn choice(text: &str, buttons: &[Button]) -> Result<Value, &'static str> {
    if text.chars().count() > ABOVE_CHARS_MAX {
        return Err("the text above buttons is longer than 1024 characters");
    }
    let body = json!({ "text": text });
    if let [Button { title, action: ButtonAction::Open(url) }] = buttons {
        let parameters = json!({ "display_text": cut(title, BUTTON_CHARS_MAX), "url": url });
        let action = json!({ "name": "cta_url", "parameters": parameters });
        return Ok(json!({ "type": "cta_url", "body": body, "action": action }));
    }
    let mut replies: Vec<(&str, &str)> = Vec::with_capacity(buttons.len());
    for Button { title, action } in buttons {
        let payload = match action {
            ButtonAction::Reply(payload) => payload.as_str(),
            ButtonAction::Open(_) => return Err("an address needs to be the only button"),
            ButtonAction::ShareContact => return Err("contacts can't be asked for here"),
        };
        if payload.is_empty() || title.is_empty() {
            return Err("a button is empty");
        }
        if replies.iter().any(|(t, p)| t == title || *p == payload) {
            return Err("two buttons are the same");
        }
        replies.push((title, payload));
    }
    let fits = |(title, payload): &(&str, &str)| {
        title.chars().count() <= BUTTON_CHARS_MAX && payload.chars().count() <= BUTTON_ID_CHARS_MAX
    };
    if (1..=BUTTONS_MAX).contains(&replies.len()) && replies.iter().all(fits) {
        let button = |(title, id): &(_, _)| json!({ "type": "reply", "reply": { "id": id, "title": title } });
        let buttons: Vec<Value> = replies.iter().map(button).collect();
        return Ok(json!({ "type": "button", "body": body, "action": { "buttons": buttons } }));
    }
    if !(1..=ROWS_MAX).contains(&replies.len()) {
        return Err("there are more than ten buttons, or none");
    }
    if replies.iter().any(|(_, payload)| payload.chars().count() > ROW_ID_CHARS_MAX) {
        return Err("what a button carries is too long");
    }
    let rows: Vec<Value> = replies.iter().map(|(title, id)| row(title, id)).collect();
    let action = json!({ "button": LIST_BUTTON, "sections": [{ "rows": rows }] });
    Ok(json!({ "type": "list", "body": body, "action": action }))
}

/// A title that is too long is told in full below.
fn row(title: &str, id: &str) -> Value {
    let mut row = json!({ "id": id, "title": cut(title, ROW_CHARS_MAX) });
    if title.chars().count() > ROW_CHARS_MAX {
        row["description"] = json!(cut(title, ROW_ABOUT_CHARS_MAX));
    }
    row
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most - 1).collect();
    short.push('…');
    short
}

fn of_template(template: &Template) -> Value {
    let code = if template.language.is_empty() { LANGUAGE } else { &template.language };
    let mut content = json!({ "name": template.id, "language": { "code": code } });
    if !template.values.is_empty() {
        let parameters: Vec<Value> =
            template.values.iter().map(|v| json!({ "type": "text", "text": in_line(v) })).collect();
        content["components"] = json!([{ "type": "body", "parameters": parameters }]);
    }
    content
}

/// A value must hold neither line ends nor tabs nor more than four spaces in a row (132008).
fn in_line(value: &str) -> String {
    let mut line = String::with_capacity(value.len());
    let mut gap = 0;
    for c in value.chars() {
        let c = if c.is_control() { ' ' } else { c };
        gap = if c == ' ' { gap + 1 } else { 0 };
        if gap <= 4 {
            line.push(c);
        }
    }
    line
}
