//! 1msg's templates. Their bodies are not public: the fields are those that its SDK names.

use serde_json::{Value, json};

use super::{
    Answer, Desk,
    refusal::Refusal,
    send::{Chat, Draft, accept, member},
};
use crate::{content::Kind, wire::WireResponse};

/// A template: name, language, text, status.
const TEMPLATES: [(&str, &str, &str, &str); 2] = [
    ("order_ready", "ru", "Здравствуйте, {{1}}! Заказ {{2}} готов.", "approved"),
    ("season_sale", "ru", "Скидка {{1}} %!", "submitted"),
];

/// `templates`.
pub(super) fn all(_: &mut Desk<'_>) -> Answer {
    let shown = TEMPLATES.iter().map(|(name, language, text, status)| {
        json!({
            "name": name, "namespace": "twin", "language": language, "status": status,
            "components": [{ "type": "BODY", "text": text }],
        })
    });
    Ok(WireResponse::json(200, &json!({ "templates": shown.collect::<Vec<Value>>() })))
}

/// `sendTemplate`.
pub(super) fn send(desk: &mut Desk<'_>) -> Answer {
    let chat = Chat::parse(&desk.body).map_err(Refusal::Sent)?;
    let name = member(&desk.body, "template").unwrap_or("").to_owned();
    let language = desk.body["language"]["code"].as_str().unwrap_or("");
    let found = TEMPLATES.iter().find(|t| t.0 == name && t.1 == language && t.3 == "approved");
    let Some((_, _, text, _)) = found else {
        return Err(Refusal::Sent("Template not found".to_owned()));
    };
    let body = desk.body["params"].as_array().into_iter().flatten();
    let values = body.filter(|part| part["type"] == "body");
    let values = values.flat_map(|part| part["parameters"].as_array().into_iter().flatten());
    let mut text = (*text).to_owned();
    for (place, value) in values.enumerate() {
        let value = value["text"].as_str().unwrap_or("");
        text = text.replace(&format!("{{{{{}}}}}", place + 1), value);
    }
    if text.contains("{{") {
        return Err(Refusal::Sent("Template params do not match".to_owned()));
    }
    let mut draft = Draft::new("sendTemplate", chat, Kind::Text, &text);
    draft.template = Some(name);
    accept(desk, draft)
}
