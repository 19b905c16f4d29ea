//! Content items: templates by their SID, with the state of WhatsApp's approval.

use serde_json::{Map, Value, json};

use super::{Answer, Desk, refusal::Refusal};
use crate::{
    content::{Button, Press},
    limits,
    wire::WireResponse,
};

/// How long moderation takes.
const MODERATION_MS: i64 = 60_000;

/// One content item.
#[derive(Debug, Clone)]
pub(super) struct Template {
    pub(super) sid: String,
    name: String,
    language: String,
    variables: Value,
    types: Value,
    /// `unsubmitted`, `pending`, `approved`, `rejected`.
    pub(super) status: &'static str,
}

impl Template {
    fn ready(number: u64, name: &str, status: &'static str, types: Value) -> Self {
        Self {
            sid: format!("HX{number:032x}"),
            name: name.to_owned(),
            language: "ru".to_owned(),
            variables: json!({ "1": "Анна", "2": "17" }),
            types,
            status,
        }
    }

    fn words(&self) -> &Value {
        let types = self.types.as_object();
        types.and_then(|types| types.values().next()).unwrap_or(&Value::Null)
    }

    /// The text with its places filled in; places without a value keep their example.
    pub(super) fn fill(&self, given: &Map<String, Value>) -> Result<String, u32> {
        let mut filled = String::new();
        let mut rest = self.words()["body"].as_str().unwrap_or_default();
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((place, tail)) = after.split_once("}}") else { break };
            let place = place.trim();
            let value = given.get(place).or_else(|| self.variables.get(place));
            filled.push_str(before);
            filled.push_str(value.and_then(Value::as_str).ok_or(63_028_u32)?);
            rest = tail;
        }
        filled.push_str(rest);
        if filled.chars().count() > 1_024 { Err(63_021) } else { Ok(filled) }
    }

    /// Its buttons.
    pub(super) fn buttons(&self) -> Vec<Button> {
        let actions = self.words()["actions"].as_array().into_iter().flatten();
        let button = |(row, one): (usize, &Value)| {
            let text = one["title"].as_str().unwrap_or_default().to_owned();
            let url = one["url"].as_str();
            let press = if url.is_some() { Press::Link } else { Press::Callback };
            let data = url.or(one["id"].as_str()).unwrap_or_default().to_owned();
            Button { text, press, data, row }
        };
        actions.enumerate().map(button).collect()
    }

    fn view(&self) -> Value {
        json!({
            "sid": self.sid, "friendly_name": self.name, "language": self.language,
            "variables": self.variables, "types": self.types,
        })
    }

    fn approval(&self) -> Value {
        json!({
            "type": "whatsapp", "name": self.name, "category": "UTILITY", "status": self.status,
            "content_type": "twilio/text", "rejection_reason": "",
        })
    }
}

/// What an account has at the start.
pub(super) fn first() -> Vec<Template> {
    let text = json!({ "twilio/text": { "body": "Здравствуйте, {{1}}! Заказ {{2}} готов." } });
    let visit = json!({ "twilio/quick-reply": { "body": "Придёте, {{1}}?", "actions": [
        { "title": "Да", "id": "yes" }, { "title": "Нет", "id": "no" } ] } });
    let draft = json!({ "twilio/text": { "body": "Скидки" } });
    vec![
        Template::ready(1, "order_ready", "approved", text),
        Template::ready(2, "visit", "approved", visit),
        Template::ready(3, "season_sale", "unsubmitted", draft),
    ]
}

fn find<'a>(desk: &'a mut Desk<'_>, sid: &str) -> Result<&'a mut Template, Refusal> {
    let found = desk.account.templates.iter_mut().find(|template| template.sid == sid);
    found.ok_or_else(|| Refusal::new(20_404))
}

/// `GET /v1/Content` and `/v1/ContentAndApprovals`.
pub(super) fn list(desk: &mut Desk<'_>, with_approvals: bool) -> Answer {
    let listed = desk.account.templates.iter().map(|template| {
        let mut view = template.view();
        if with_approvals {
            view["approval_requests"] = template.approval();
        }
        view
    });
    let contents: Vec<Value> = listed.collect();
    let meta = json!({ "page": 0, "page_size": 50, "next_page_url": null, "key": "contents" });
    Ok(WireResponse::json(200, &json!({ "contents": contents, "meta": meta })))
}

/// `POST /v1/Content`.
pub(super) fn create(desk: &mut Desk<'_>) -> Answer {
    let body: Value = serde_json::from_slice(&desk.request.body).unwrap_or_default();
    let templates = &mut desk.account.templates;
    if !body["types"].is_object() || templates.len() >= limits::ACCOUNTS_MAX {
        return Err(Refusal::new(20_001));
    }
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let template = Template {
        sid: format!("HX{:032x}", templates.len() + 1),
        name: text("friendly_name"),
        language: text("language"),
        variables: body["variables"].clone(),
        types: body["types"].clone(),
        status: "unsubmitted",
    };
    let view = template.view();
    templates.push(template);
    Ok(WireResponse::json(201, &view))
}

/// `GET /v1/Content/{HX}`.
pub(super) fn one(desk: &mut Desk<'_>, sid: &str) -> Answer {
    find(desk, sid).map(|template| WireResponse::json(200, &template.view()))
}

/// `POST /v1/Content/{HX}/ApprovalRequests/whatsapp`. The name says how moderation ends:
/// `…_rejected` is rejected.
pub(super) fn submit(desk: &mut Desk<'_>, sid: &str) -> Answer {
    let body: Value = serde_json::from_slice(&desk.request.body).unwrap_or_default();
    let template = find(desk, sid)?;
    if let Some(name) = body["name"].as_str() {
        name.clone_into(&mut template.name);
    }
    template.status = "pending";
    let view = template.approval();
    let index = desk.account.templates.iter().position(|template| template.sid == sid);
    let index = index.and_then(|index| u64::try_from(index).ok()).unwrap_or(0);
    let key = desk.account.key.clone();
    desk.stage.plan(MODERATION_MS, &key, super::OwnDeed::Moderate(index).deed());
    Ok(WireResponse::json(201, &view))
}

/// `GET /v1/Content/{HX}/ApprovalRequests`.
pub(super) fn approval(desk: &mut Desk<'_>, sid: &str) -> Answer {
    let account = desk.account.key.account.to_string();
    let template = find(desk, sid)?;
    let body = json!({ "sid": sid, "account_sid": account, "whatsapp": template.approval() });
    Ok(WireResponse::json(200, &body))
}

/// Ends the moderation of a template.
pub(super) fn moderate(templates: &mut [Template], index: u64) {
    let template = usize::try_from(index).ok().and_then(|index| templates.get_mut(index));
    if let Some(template) = template.filter(|template| template.status == "pending") {
        let is_refused = template.name.ends_with("_rejected");
        template.status = if is_refused { "rejected" } else { "approved" };
    }
}
