//! Keyboards and texts with markup.

use serde_json::Value;

use super::refusal::Refusal;
use crate::content::{Button, Press};

const DATA_BYTES_MAX: usize = 64;
/// Not confirmed by documents; from practice.
const BUTTONS_MAX: usize = 100;

/// The buttons of a `reply_markup`.
pub(super) fn buttons(markup: &Value) -> Result<Vec<Button>, Refusal> {
    if let Some(rows) = markup.get("inline_keyboard") {
        return keyboard(rows, inline);
    }
    if let Some(rows) = markup.get("keyboard") {
        return keyboard(rows, plain);
    }
    let is_other = markup.is_null()
        || markup.get("remove_keyboard").is_some()
        || markup.get("force_reply").is_some();
    match is_other {
        true => Ok(Vec::new()),
        false => Err(Refusal::bad("object expected as reply markup")),
    }
}

/// What is written on a button, what pressing it does and with which data.
type Key = (String, Press, String);

fn keyboard(
    rows: &Value,
    button: fn(&Value) -> Result<Key, Refusal>,
) -> Result<Vec<Button>, Refusal> {
    let Some(rows) = rows.as_array() else {
        return Err(Refusal::bad("can't parse reply keyboard markup JSON object"));
    };
    let mut buttons = Vec::new();
    for (row, keys) in rows.iter().enumerate() {
        let Some(keys) = keys.as_array() else {
            return Err(Refusal::bad("can't parse keyboard button: expected an Array of Arrays"));
        };
        for key in keys {
            let (text, press, data) = button(key)?;
            if text.is_empty() {
                return Err(Refusal::bad("can't parse keyboard button: Text must be non-empty"));
            }
            buttons.push(Button { text, press, data, row });
        }
    }
    if buttons.len() > BUTTONS_MAX {
        return Err(Refusal::bad("reply markup is too long"));
    }
    Ok(buttons)
}

fn inline(key: &Value) -> Result<Key, Refusal> {
    let text = key["text"].as_str().unwrap_or("").to_owned();
    if let Some(data) = key.get("callback_data") {
        let data = data.as_str().unwrap_or("");
        if data.is_empty() || data.len() > DATA_BYTES_MAX {
            return Err(Refusal::bad("BUTTON_DATA_INVALID"));
        }
        return Ok((text, Press::Callback, data.to_owned()));
    }
    if let Some(url) = key.get("url").and_then(Value::as_str) {
        let host = url.split_once("://").map_or(url, |(_, rest)| rest);
        let host = host.split(['/', '?', '#', ':']).next().unwrap_or("");
        if !host.contains('.') && !url.starts_with("tg://") {
            let text = format!("inline keyboard button URL '{url}' is invalid: Wrong HTTP URL");
            return Err(Refusal::bad(&text));
        }
        return Ok((text, Press::Link, url.to_owned()));
    }
    let others =
        ["web_app", "switch_inline_query", "switch_inline_query_current_chat", "copy_text"];
    let further = ["login_url", "pay", "callback_game", "switch_inline_query_chosen_chat"];
    if others.iter().chain(&further).any(|name| key.get(name).is_some()) {
        return Ok((text, Press::Other, String::new()));
    }
    let text =
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard";
    Err(Refusal::bad(text))
}

fn plain(key: &Value) -> Result<Key, Refusal> {
    if let Some(text) = key.as_str() {
        return Ok((text.to_owned(), Press::Text, String::new()));
    }
    let is = |name: &str| key[name].as_bool().unwrap_or(false);
    let press = match (is("request_contact"), is("request_location")) {
        (true, _) => Press::Contact,
        (false, true) => Press::Location,
        (false, false) => Press::Text,
    };
    Ok((key["text"].as_str().unwrap_or("").to_owned(), press, String::new()))
}

/// The text that a markup leaves.
pub(super) fn plain_text(text: &str, mode: &str) -> Result<String, Refusal> {
    match mode.to_ascii_lowercase().as_str() {
        "" => Ok(text.to_owned()),
        "html" => html(text),
        "markdownv2" => markdown(text, "_*[]()~`>#+-=|{}.!"),
        "markdown" => markdown(text, ""),
        _ => Err(Refusal::bad("unsupported parse_mode")),
    }
}

fn unparsed(text: &str) -> Refusal {
    Refusal::bad(&format!("can't parse entities: {text}"))
}

/// Tags must be known and closed in order.
fn html(text: &str) -> Result<String, Refusal> {
    const TAGS: [&str; 17] = [
        "a",
        "b",
        "strong",
        "i",
        "em",
        "u",
        "ins",
        "s",
        "strike",
        "del",
        "span",
        "tg-spoiler",
        "tg-emoji",
        "code",
        "pre",
        "blockquote",
        "tg-time",
    ];
    let mut plain = String::new();
    let mut open: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let offset = text.len() - rest.len() + start;
        plain.push_str(&rest[..start]);
        let Some(end) = rest[start..].find('>') else {
            return Err(unparsed(&format!("Unclosed start tag at byte offset {offset}")));
        };
        let tag = &rest[start + 1..start + end];
        rest = &rest[start + end + 1..];
        let name = tag.trim_start_matches('/').split_whitespace().next().unwrap_or("");
        let name = name.to_ascii_lowercase();
        if !TAGS.contains(&name.as_str()) {
            let text = format!("Unsupported start tag \"{name}\" at byte offset {offset}");
            return Err(unparsed(&text));
        }
        if !tag.starts_with('/') {
            open.push(name);
        } else if open.pop().as_deref() != Some(&name) {
            return Err(unparsed(&format!("Unmatched end tag at byte offset {offset}")));
        }
    }
    plain.push_str(rest);
    if let Some(name) = open.pop() {
        let offset = text.len();
        let text = format!("Can't find end tag corresponding to start tag \"{name}\"");
        return Err(unparsed(&format!("{text} at byte offset {offset}")));
    }
    let plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    Ok(plain.replace("&amp;", "&"))
}

/// Not a parser of the whole language: marks that come in pairs go, escapes too, and what
/// `MarkdownV2` reserves must be escaped.
fn markdown(text: &str, reserved: &str) -> Result<String, Refusal> {
    let marks = if reserved.is_empty() { "_*`[" } else { "_*~`|[" };
    let mut plain = String::new();
    let mut marked = Vec::new();
    let mut characters = text.char_indices();
    while let Some((offset, c)) = characters.next() {
        if c == '\\' {
            plain.extend(characters.next().map(|(_, c)| c));
        } else if marks.contains(c) {
            marked.push((offset, c));
        } else if ".!-=+#{}>".contains(c) && !reserved.is_empty() {
            let text = format!("Character '{c}' is reserved and must be escaped");
            return Err(unparsed(&format!("{text} with the preceding '\\'")));
        } else {
            plain.push(c);
        }
    }
    let is_odd = |mark: char| marked.iter().filter(|(_, c)| *c == mark).count() % 2 == 1;
    if let Some((offset, _)) = marked.iter().rev().find(|(_, c)| *c != '[' && is_odd(*c)) {
        let text = format!("Can't find end of the entity starting at byte offset {offset}");
        return Err(unparsed(&text));
    }
    Ok(plain)
}
