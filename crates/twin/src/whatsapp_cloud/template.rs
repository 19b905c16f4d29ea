//! Templates of a business account: written, moderated, sent.

use serde_json::{Value, json};

use super::{Answer, Desk, notice, number::Number, refusal::Refusal, waba::Waba};
use crate::{limits, stage::Stage, wire::WireResponse};

/// How long moderation takes.
pub(super) const MODERATION_MS: i64 = 60_000;
/// Longest text once it is filled in.
const HYDRATED_CHARS_MAX: usize = 1_024;
const NAME_CHARS_MAX: usize = 512;

/// One template in one language.
#[derive(Debug, Clone)]
pub(super) struct Template {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) language: String,
    pub(super) category: String,
    pub(super) status: &'static str,
    pub(super) components: Value,
}

impl Template {
    /// An approved one with a text, for the beginning.
    pub(super) fn ready(id: u64, name: &str, language: &str, text: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            language: language.to_owned(),
            category: "UTILITY".to_owned(),
            status: "APPROVED",
            components: json!([{ "type": "BODY", "text": text }]),
        }
    }

    fn part(&self, kind: &str) -> Option<&Value> {
        self.components.as_array()?.iter().find(|part| {
            part["type"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(kind))
        })
    }

    fn view(&self) -> Value {
        json!({
            "id": self.id.to_string(), "name": self.name, "language": self.language,
            "category": self.category, "status": self.status, "components": self.components,
        })
    }

    /// The text with its places filled in. Positional places are `{{1}}`, named ones `{{name}}`.
    pub(super) fn fill(&self, components: &Value) -> Result<String, Refusal> {
        let given = components.as_array().map(Vec::as_slice).unwrap_or_default();
        let parameters = |kind: &str| {
            let found = given.iter().find(|part| part["type"] == kind);
            found.and_then(|part| part["parameters"].as_array()).map(Vec::as_slice)
        };
        let text = self.part("BODY").and_then(|body| body["text"].as_str()).unwrap_or_default();
        let filled = fill_text(text, parameters("body").unwrap_or_default())?;
        let wants_file = self.part("HEADER").is_some_and(|header| {
            matches!(header["format"].as_str(), Some("IMAGE" | "VIDEO" | "DOCUMENT"))
        });
        let has_file = parameters("header").is_some_and(|given| given.len() == 1);
        if wants_file != has_file && self.part("HEADER").is_none_or(|h| h["format"] != "TEXT") {
            return Err(Refusal::new(132_012, "header: format mismatch"));
        }
        if filled.chars().count() > HYDRATED_CHARS_MAX {
            return Err(Refusal::new(132_005, "Translated text too long"));
        }
        Ok(filled)
    }
}

fn fill_text(text: &str, parameters: &[Value]) -> Result<String, Refusal> {
    let mut filled = String::new();
    let mut rest = text;
    let mut places = Vec::new();
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((place, tail)) = after.split_once("}}") else { break };
        filled.push_str(before);
        let place = place.trim();
        if !places.contains(&place) {
            places.push(place);
        }
        let value = match place.parse::<usize>() {
            Ok(number) => parameters.get(number.saturating_sub(1)),
            Err(_) => parameters.iter().find(|p| p["parameter_name"] == place),
        };
        filled.push_str(value.map(words_of).transpose()?.unwrap_or_default());
        rest = tail;
    }
    filled.push_str(rest);
    if places.len() != parameters.len() {
        let (given, wanted) = (parameters.len(), places.len());
        return Err(Refusal::new(
            132_000,
            format!(
                "body: number of localizable_params ({given}) does not match the expected \
                 number of params ({wanted})"
            ),
        ));
    }
    Ok(filled)
}

fn words_of(parameter: &Value) -> Result<&str, Refusal> {
    let text = match parameter["type"].as_str() {
        Some("text") => parameter["text"].as_str(),
        Some(kind @ ("currency" | "date_time")) => parameter[kind]["fallback_value"].as_str(),
        Some(_) | None => None,
    };
    match text {
        None => Err(Refusal::new(132_012, "body: parameter format does not match")),
        // The documents: a value has no line ends, tabs or long gaps, and is not empty.
        Some(text) if text.is_empty() || text.contains(['\n', '\t']) || text.contains("     ") => {
            Err(Refusal::new(132_008, "body: parameter value is not valid"))
        }
        Some(text) => Ok(text),
    }
}

/// The template that a send names, as long as it may be sent.
pub(super) fn find<'a>(templates: &'a [Template], wanted: &Value) -> Result<&'a Template, Refusal> {
    let name = wanted["name"].as_str().unwrap_or_default();
    let language = wanted["language"]["code"].as_str().unwrap_or_default();
    if name.is_empty() {
        return Err(Refusal::new(131_008, "Parameter template['name'] is required"));
    }
    if language.is_empty() {
        return Err(Refusal::new(131_008, "Parameter template['language']['code'] is required"));
    }
    let found = templates.iter().find(|t| t.name == name && t.language == language);
    match found.map(|template| (template, template.status)) {
        Some((template, "APPROVED")) => Ok(template),
        Some((_, "PAUSED")) => Err(Refusal::new(132_015, "Template is paused")),
        Some((_, "DISABLED")) => Err(Refusal::new(132_016, "Template is disabled")),
        Some(_) | None => Err(Refusal::new(
            132_001,
            format!("template name ({name}) does not exist in the translation ({language})"),
        )),
    }
}

/// `GET /{waba}/message_templates`, in pages.
pub(super) fn list(desk: &mut Desk<'_>) -> Answer {
    let get = |name: &str| desk.target.get(name);
    let limit = get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(25).clamp(1, 1_000);
    let after = get("after").and_then(|after| after.parse().ok()).unwrap_or(0_usize);
    let same = |name: &str, value: &str| get(name).is_none_or(|wanted| wanted == value);
    let wanted: Vec<&Template> = desk
        .waba
        .templates
        .iter()
        .filter(|t| same("name", &t.name) && same("language", &t.language))
        .filter(|t| same("status", t.status))
        .collect();
    let page: Vec<Value> = wanted.iter().skip(after).take(limit).map(|t| t.view()).collect();
    let end = after + page.len();
    let mut paging =
        json!({ "cursors": { "before": after.to_string(), "after": end.to_string() } });
    if end < wanted.len() {
        let path = desk.request.path_and_query.split('?').next().unwrap_or_default();
        let url = format!("{}{path}?limit={limit}&after={end}", desk.stage.public_url);
        paging["next"] = json!(url);
    }
    Ok(WireResponse::json(200, &json!({ "data": page, "paging": paging })))
}

/// `POST /{waba}/message_templates`. The name says how moderation ends: `…_rejected` is rejected.
pub(super) fn create(desk: &mut Desk<'_>) -> Answer {
    let body = desk.body()?;
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let (name, language, category) = (text("name"), text("language"), text("category"));
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() || name.len() > NAME_CHARS_MAX || !name.chars().all(is_name) {
        return Err(Refusal::parameter("Param name must be of a-z, 0-9 and _"));
    }
    if language.is_empty() || !matches!(&*category, "MARKETING" | "UTILITY" | "AUTHENTICATION") {
        return Err(Refusal::parameter("Param language and category are required"));
    }
    let templates = &mut desk.waba.templates;
    let is_there = templates.iter().any(|t| t.name == name && t.language == language);
    if is_there || templates.len() >= limits::ACCOUNTS_MAX {
        return Err(Refusal::parameter("Content in this language already exists"));
    }
    let id = templates.iter().map(|t| t.id).max().unwrap_or(0) + 1;
    let components = body["components"].clone();
    let status = "PENDING";
    templates.push(Template { id, name, language, category: category.clone(), status, components });
    let key = desk.number.key.clone();
    desk.stage.plan(MODERATION_MS, &key, super::OwnDeed::Moderate(id).deed());
    let answer = json!({ "id": id.to_string(), "status": status, "category": category });
    Ok(WireResponse::json(200, &answer))
}

/// `DELETE /{waba}/message_templates?name=`: in all languages.
pub(super) fn delete(desk: &mut Desk<'_>) -> Answer {
    let name = desk.target.get("name").unwrap_or_default();
    let before = desk.waba.templates.len();
    desk.waba.templates.retain(|template| template.name != name);
    if desk.waba.templates.len() == before {
        return Err(Refusal::parameter("Message template was not found"));
    }
    Ok(WireResponse::json(200, &json!({ "success": true })))
}

/// Ends the moderation of a template.
pub(super) fn moderate(stage: &mut Stage, number: &Number, waba: &mut Waba, id: u64) {
    let Some(template) = waba.templates.iter_mut().find(|t| t.id == id) else { return };
    if template.status != "PENDING" {
        return;
    }
    let is_refused = template.name.ends_with("_rejected");
    template.status = if is_refused { "REJECTED" } else { "APPROVED" };
    let value = json!({
        "event": template.status, "message_template_id": template.id,
        "message_template_name": template.name, "message_template_language": template.language,
        "reason": if is_refused { "INVALID_FORMAT" } else { "NONE" },
        "message_template_category": template.category,
    });
    notice::of_app(stage, number, waba, "message_template_status_update", &value);
}
