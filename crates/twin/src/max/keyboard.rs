//! Keyboards: only those within a message.

use serde_json::{Value, json};

use super::refusal::Refusal;
use crate::content::{Button, Press};

const BUTTONS_MAX: usize = 210;
const ROWS_MAX: usize = 30;
const COLUMNS_MAX: usize = 7;
/// Columns of a row with a link, an app or a request.
const WIDE_COLUMNS_MAX: usize = 3;
const TEXT_CHARS_MAX: usize = 128;
const PAYLOAD_CHARS_MAX: usize = 1_024;
const URL_CHARS_MAX: usize = 2_048;

/// The buttons of an `inline_keyboard`'s payload.
pub(super) fn buttons(payload: &Value) -> Result<Vec<Button>, Refusal> {
    let Some(rows) = payload["buttons"].as_array() else {
        return Err(Refusal::payload("Field 'buttons' cannot be null"));
    };
    let mut buttons = Vec::new();
    for (row, keys) in rows.iter().enumerate() {
        let keys = keys.as_array().ok_or_else(|| Refusal::payload("Invalid keyboard row"))?;
        let mut is_wide = false;
        for key in keys {
            let button = button(key, row)?;
            is_wide |= !matches!(button.press, Press::Callback | Press::Text);
            buttons.push(button);
        }
        if keys.len() > if is_wide { WIDE_COLUMNS_MAX } else { COLUMNS_MAX } {
            return Err(Refusal::payload("Too many buttons in a row"));
        }
    }
    if rows.len() > ROWS_MAX || buttons.len() > BUTTONS_MAX {
        return Err(Refusal::payload("Too many buttons"));
    }
    Ok(buttons)
}

fn button(key: &Value, row: usize) -> Result<Button, Refusal> {
    let text = key["text"].as_str().unwrap_or("");
    if text.is_empty() || text.chars().count() > TEXT_CHARS_MAX {
        return Err(Refusal::payload("Invalid button text"));
    }
    let member = |name: &str, max: usize| match key[name].as_str() {
        Some(value) if value.chars().count() <= max => Ok(value.to_owned()),
        Some(_) => Err(Refusal::payload(&format!("Field '{name}' is too long"))),
        None => Err(Refusal::payload(&format!("Field '{name}' cannot be null"))),
    };
    let (press, data) = match key["type"].as_str().unwrap_or("") {
        "callback" => (Press::Callback, member("payload", PAYLOAD_CHARS_MAX)?),
        "link" => (Press::Link, member("url", URL_CHARS_MAX)?),
        "message" => (Press::Text, String::new()),
        "request_contact" => (Press::Contact, String::new()),
        "request_geo_location" => (Press::Location, String::new()),
        "open_app" => (Press::Other, key["web_app"].as_str().unwrap_or("").to_owned()),
        "clipboard" => (Press::Other, member("payload", PAYLOAD_CHARS_MAX)?),
        "chat" => (Press::Other, String::new()),
        other => return Err(Refusal::payload(&format!("Unknown button type '{other}'"))),
    };
    Ok(Button { text: text.to_owned(), press, data, row })
}

/// The buttons as a message shows them.
pub(super) fn view(buttons: &[Button]) -> Value {
    let mut rows: Vec<Vec<Value>> = Vec::new();
    for button in buttons {
        rows.resize_with(rows.len().max(button.row + 1), Vec::new);
        let (kind, name) = match button.press {
            Press::Callback => ("callback", "payload"),
            Press::Link => ("link", "url"),
            Press::Text => ("message", ""),
            Press::Contact => ("request_contact", ""),
            Press::Location => ("request_geo_location", ""),
            Press::Other => ("clipboard", "payload"),
        };
        let mut key = json!({ "type": kind, "text": button.text });
        if !name.is_empty() {
            key[name] = json!(button.data);
        }
        rows[button.row].push(key);
    }
    json!({ "buttons": rows })
}
