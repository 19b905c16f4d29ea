//! Keyboards.

use serde_json::Value;

use super::refusal::Refusal;
use crate::content::{Button, Press};

const LABEL_CHARS_MAX: usize = 40;
const PAYLOAD_CHARS_MAX: usize = 255;
const COLUMNS_MAX: usize = 5;
/// Rows and buttons of a keyboard below the chat, and of one in the message.
const REGULAR: (usize, usize) = (10, 40);
const INLINE: (usize, usize) = (6, 10);
const COLOURS: [&str; 4] = ["primary", "secondary", "negative", "positive"];

/// The buttons of a keyboard; 911 when anything about it is wrong.
pub(super) fn buttons(text: &str) -> Result<Vec<Button>, Refusal> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let invalid = || Refusal::new(911);
    let keyboard: Value = serde_json::from_str(text).map_err(|_| invalid())?;
    let rows = keyboard["buttons"].as_array().ok_or_else(invalid)?;
    let is_inline = keyboard["inline"].as_bool().unwrap_or(false);
    let (rows_max, buttons_max) = if is_inline { INLINE } else { REGULAR };
    if is_inline && keyboard["one_time"].as_bool().unwrap_or(false) {
        return Err(invalid());
    }
    let mut buttons = Vec::new();
    for (row, keys) in rows.iter().enumerate() {
        let keys = keys.as_array().ok_or_else(invalid)?;
        if keys.len() > COLUMNS_MAX {
            return Err(invalid());
        }
        for key in keys {
            buttons.push(button(key, row).ok_or_else(invalid)?);
        }
    }
    if rows.len() > rows_max || buttons.len() > buttons_max {
        return Err(invalid());
    }
    Ok(buttons)
}

fn button(key: &Value, row: usize) -> Option<Button> {
    let action = &key["action"];
    let label = action["label"].as_str().unwrap_or("");
    // A payload is JSON in a string; as an object it is taken too.
    let payload = &action["payload"];
    let payload = match payload.as_str() {
        Some(text) => text.to_owned(),
        None if payload.is_null() => String::new(),
        None => payload.to_string(),
    };
    let is_json = payload.is_empty() || serde_json::from_str::<Value>(&payload).is_ok();
    let fits = label.chars().count() <= LABEL_CHARS_MAX
        && payload.chars().count() <= PAYLOAD_CHARS_MAX
        && is_json;
    if !fits {
        return None;
    }
    let colour = key["color"].as_str();
    let (press, text, data) = match action["type"].as_str()? {
        "text" => (Press::Text, label, payload),
        "callback" => (Press::Callback, label, payload),
        "open_link" => (Press::Link, label, action["link"].as_str()?.to_owned()),
        "location" => (Press::Location, "📍", payload),
        "vkpay" => (Press::Other, "VK Pay", action["hash"].as_str()?.to_owned()),
        "open_app" => (Press::Other, label, action["hash"].as_str().unwrap_or("").to_owned()),
        _ => return None,
    };
    let may_be_coloured = matches!(press, Press::Text | Press::Callback);
    let is_fine = match colour {
        None => true,
        Some(colour) => may_be_coloured && COLOURS.contains(&colour),
    };
    if text.is_empty() || !is_fine {
        return None;
    }
    Some(Button { text: text.to_owned(), press, data, row })
}
