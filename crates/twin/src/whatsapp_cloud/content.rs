//! What is to be sent, read from the object that is named after its type.

use serde_json::{Value, json};

use super::{Desk, media, refusal::Refusal, template};
use crate::content::{Button, File, Kind, Press};

const TEXT_CHARS_MAX: usize = 4_096;
const CAPTION_CHARS_MAX: usize = 1_024;
const BODY_CHARS_MAX: usize = 1_024;
const FOOTER_CHARS_MAX: usize = 60;

/// What a bubble will hold.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) kind: Kind,
    pub(super) text: String,
    pub(super) file: Option<File>,
    pub(super) extra: Value,
    pub(super) buttons: Vec<Button>,
    pub(super) template: Option<String>,
    /// The code that it will fail with, whatever the phone.
    pub(super) doom: Option<u32>,
}

impl Draft {
    fn new(kind: Kind, text: &str) -> Self {
        Self {
            kind,
            text: text.to_owned(),
            file: None,
            extra: Value::Null,
            buttons: Vec::new(),
            template: None,
            doom: None,
        }
    }
}

/// Reads the content of a send.
pub(super) fn read(desk: &Desk<'_>, body: &Value, is_group: bool) -> Result<Draft, Refusal> {
    let kind = body["type"].as_str().unwrap_or("text");
    let part = &body[kind];
    if !part.is_object() && !part.is_array() {
        return Err(Refusal::parameter(format!("The parameter {kind} is required.")));
    }
    match kind {
        "text" => text(part),
        "image" => file(desk, Kind::Image, part),
        "video" => file(desk, Kind::Video, part),
        "document" => file(desk, Kind::Document, part),
        "sticker" => file(desk, Kind::Sticker, part),
        "audio" if part["voice"] == true => file(desk, Kind::Voice, part),
        "audio" => file(desk, Kind::Audio, part),
        "location" => location(part),
        "contacts" => contacts(part),
        "interactive" if is_group => Err(Refusal::new(131_051, "Not available in groups")),
        "interactive" => interactive(part),
        "template" => from_template(desk, part),
        _ => Err(Refusal::parameter(format!("Param type must be one of the known, not {kind}"))),
    }
}

fn bounded<'a>(part: &'a Value, name: &str, most: usize) -> Result<&'a str, Refusal> {
    let text = part[name].as_str().unwrap_or_default();
    if text.chars().count() > most {
        let details = format!("Param {name} must be at most {most} characters long.");
        return Err(Refusal::parameter(details));
    }
    Ok(text)
}

fn needed<'a>(part: &'a Value, name: &str, most: usize) -> Result<&'a str, Refusal> {
    match bounded(part, name, most)? {
        "" => Err(Refusal::new(131_008, format!("Required parameter is missing: {name}"))),
        text => Ok(text),
    }
}

fn text(part: &Value) -> Result<Draft, Refusal> {
    Ok(Draft::new(Kind::Text, needed(part, "body", TEXT_CHARS_MAX)?))
}

fn file(desk: &Desk<'_>, kind: Kind, part: &Value) -> Result<Draft, Refusal> {
    let has_caption = matches!(kind, Kind::Image | Kind::Video | Kind::Document);
    let caption = bounded(part, "caption", CAPTION_CHARS_MAX)?;
    if !has_caption && !caption.is_empty() {
        return Err(Refusal::parameter("Unexpected key \"caption\" on param."));
    }
    let name = part["filename"].as_str().unwrap_or_default();
    let mut draft = Draft::new(kind, caption);
    match (part["id"].as_str(), part["link"].as_str()) {
        (Some(id), None) => {
            let now = desk.stage.clock.tick();
            let media = desk.number.shelf.get(id, now).ok_or_else(|| {
                Refusal::new(131_009, format!("Param {id} is not a valid media id."))
            })?;
            let shelf_kind = if kind == Kind::Voice { Kind::Audio } else { kind };
            media::check(shelf_kind, &media.file.mime, media.size)?;
            let name = if name.is_empty() { &media.file.name } else { name };
            draft.file = Some(File::new(&media.file.url, name, &media.file.mime));
        }
        (None, Some(link)) => {
            let host = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://"));
            let host = host.ok_or_else(|| Refusal::parameter("Param link is not a valid URL"))?;
            let host = host.split(['/', '?', '#', ':']).next().unwrap_or_default();
            // The twin downloads nothing; a host that cannot exist stands for a failed download.
            if host.is_empty() || host.ends_with(".invalid") {
                draft.doom = Some(131_053);
            }
            draft.file = Some(File::new(link, name, ""));
        }
        _ => return Err(Refusal::parameter("Exactly one of id and link is required.")),
    }
    Ok(draft)
}

fn location(part: &Value) -> Result<Draft, Refusal> {
    let degrees = |name: &str| match &part[name] {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let (Some(latitude), Some(longitude)) = (degrees("latitude"), degrees("longitude")) else {
        return Err(Refusal::new(131_008, "Required parameter is missing: latitude, longitude"));
    };
    let mut draft = Draft::new(Kind::Location, part["name"].as_str().unwrap_or_default());
    draft.extra = json!({
        "nameLocation": part["name"], "address": part["address"],
        "latitude": latitude, "longitude": longitude,
    });
    Ok(draft)
}

fn contacts(part: &Value) -> Result<Draft, Refusal> {
    let name = part[0]["name"]["formatted_name"].as_str();
    let name = name.ok_or_else(|| Refusal::new(131_008, "formatted_name is required"))?;
    let phone = part[0]["phones"][0]["phone"].as_str().unwrap_or_default();
    let mut draft = Draft::new(Kind::Contact, format!("{name} {phone}").trim());
    draft.extra = json!({ "displayName": name, "phone": phone });
    Ok(draft)
}

fn interactive(part: &Value) -> Result<Draft, Refusal> {
    let body = needed(&part["body"], "text", BODY_CHARS_MAX)?;
    bounded(&part["footer"], "text", FOOTER_CHARS_MAX)?;
    let mut draft = Draft::new(Kind::Text, body);
    let action = &part["action"];
    draft.extra = json!({ "interactive": part["type"] });
    draft.buttons = match part["type"].as_str() {
        Some("button") => reply_buttons(action)?,
        Some("list") => rows(action)?,
        Some("cta_url") => {
            let parameters = &action["parameters"];
            let text = needed(parameters, "display_text", 20)?;
            vec![button(text, Press::Link, needed(parameters, "url", 2_000)?, 0)]
        }
        Some("location_request_message") => vec![button("Location", Press::Location, "", 0)],
        Some(_) | None => return Err(Refusal::new(131_009, "interactive type is not valid")),
    };
    Ok(draft)
}

fn button(text: &str, press: Press, data: &str, row: usize) -> Button {
    Button { text: text.to_owned(), press, data: data.to_owned(), row }
}

fn reply_buttons(action: &Value) -> Result<Vec<Button>, Refusal> {
    let given = action["buttons"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !(1..=3).contains(&given.len()) {
        return Err(Refusal::new(131_009, "Invalid buttons count. Min allowed buttons: 1, Max: 3"));
    }
    let mut buttons: Vec<Button> = Vec::new();
    for (row, one) in given.iter().enumerate() {
        let reply = &one["reply"];
        let (id, title) = (needed(reply, "id", 256)?, needed(reply, "title", 20)?);
        if buttons.iter().any(|other| other.data == id || other.text == title) {
            return Err(Refusal::new(131_009, "Duplicated button id or title"));
        }
        buttons.push(button(title, Press::Callback, id, row));
    }
    Ok(buttons)
}

fn rows(action: &Value) -> Result<Vec<Button>, Refusal> {
    needed(action, "button", 20)?;
    let sections = action["sections"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut buttons = Vec::new();
    for section in sections {
        if sections.len() > 1 {
            needed(section, "title", 24)?;
        }
        for one in section["rows"].as_array().into_iter().flatten() {
            bounded(one, "description", 72)?;
            let (id, title) = (needed(one, "id", 200)?, needed(one, "title", 24)?);
            buttons.push(button(title, Press::Callback, id, buttons.len()));
        }
    }
    if !(1..=10).contains(&buttons.len()) || sections.len() > 10 {
        return Err(Refusal::new(131_009, "Total row count exceed max allowed count: 10"));
    }
    Ok(buttons)
}

fn from_template(desk: &Desk<'_>, part: &Value) -> Result<Draft, Refusal> {
    let template = template::find(&desk.waba.templates, part)?;
    let text = template.fill(&part["components"])?;
    let mut draft = Draft::new(Kind::Text, &text);
    draft.template = Some(template.name.clone());
    let written = template.components.as_array().into_iter().flatten();
    let written = written.filter(|part| part["type"] == "BUTTONS");
    let written = written.flat_map(|part| part["buttons"].as_array().into_iter().flatten());
    for (row, one) in written.enumerate() {
        let title = one["text"].as_str().unwrap_or_default();
        let press = if one["type"] == "QUICK_REPLY" { Press::Callback } else { Press::Link };
        let index = row.to_string();
        let given = part["components"].as_array().into_iter().flatten();
        let mut given = given.filter(|part| part["type"] == "button" && part["index"] == index);
        let payload = given.next().and_then(|part| part["parameters"][0]["payload"].as_str());
        draft.buttons.push(button(title, press, payload.unwrap_or(title), row));
    }
    Ok(draft)
}
