//! Cascades: profiles in an order; when one does not deliver, the next one is tried.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Answer, CASCADES, OwnDeed, Wappi, key_of, profile::Profile, refusal::Refusal, send};
use crate::{
    bubble::Status,
    date::moscow,
    limits,
    stage::Stage,
    wire::{Target, WireRequest, WireResponse},
};

/// How long a stage has to deliver. In life it is a setting of the cabinet.
const STAGE_MS: i64 = 30_000;

/// One cascade.
#[derive(Debug, Clone)]
pub(super) struct Cascade {
    pub(super) id: String,
    pub(super) token: String,
    pub(super) name: String,
    /// Profiles in order.
    pub(super) order: Vec<String>,
}

/// A message on its way through a cascade.
#[derive(Debug, Clone)]
pub(super) struct Job {
    body: Value,
    task_id: String,
    /// Profiles that are left.
    rest: Vec<String>,
    /// The bubble of the stage that was tried last.
    seq: Option<u64>,
}

impl Cascade {
    fn view(&self, profiles: &BTreeMap<String, Profile>) -> Value {
        let stage = |(place, id): (usize, &String)| {
            let platform = profiles.get(id).map_or("wz", Profile::platform);
            json!({ "id": place, "profile_uuid": id, "platform": platform })
        };
        json!({
            "cascade_id": self.id, "name": self.name, "description": "",
            "order": self.order.iter().enumerate().map(stage).collect::<Vec<_>>(),
            "crm_id": 0, "crm_type": "",
        })
    }
}

/// `/csender/…`: there is no profile, the token decides.
pub(super) fn answer(
    persona: &mut Wappi,
    stage: &mut Stage,
    request: &WireRequest,
    target: &Target,
    token: &str,
) -> Answer {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let id = target.get("cascade_id").or(body["cascade_id"].as_str()).unwrap_or_default();
    let own = persona.cascades.get(id).filter(|cascade| cascade.token == token).cloned();
    let known = own.ok_or_else(|| Refusal::new("cascade not found"));
    let ok = |body: Value| Ok(WireResponse::json(200, &body));
    let parts = target.parts();
    match (request.method.as_str(), parts.get(1..).unwrap_or_default()) {
        ("POST", ["cascade", "send"]) => take(persona, stage, known?, &body),
        ("POST", ["cascade", "create"]) => {
            let order = order_of(persona, &body, token)?;
            let name = body["name"].as_str().ok_or_else(|| Refusal::new("name is required"))?;
            if persona.cascades.len() >= limits::ACCOUNTS_MAX {
                return Err(Refusal::new("too many cascades"));
            }
            let id = stage.random.hex(20).to_ascii_lowercase();
            let (name, token) = (name.to_owned(), token.to_owned());
            let made = Cascade { id: id.clone(), token, name, order };
            let view = made.view(&persona.profiles);
            persona.cascades.insert(id, made);
            ok(json!({ "cascade": view, "status": "created" }))
        }
        ("POST", ["cascade", "update"]) => {
            let mut changed = known?;
            if !body["order"].is_null() {
                changed.order = order_of(persona, &body, token)?;
            }
            changed.name = body["name"].as_str().unwrap_or(&changed.name).to_owned();
            let view = changed.view(&persona.profiles);
            persona.cascades.insert(changed.id.clone(), changed);
            ok(json!({ "cascade": view, "status": "updated" }))
        }
        ("POST", ["cascade", "delete"]) => {
            persona.cascades.remove(&known?.id);
            ok(json!({ "status": "deleted" }))
        }
        ("GET", ["cascade", "get"]) => {
            ok(json!({ "cascade": known?.view(&persona.profiles), "status": "ok" }))
        }
        ("GET", ["cascades", "get"]) => {
            let own = persona.cascades.values().filter(|cascade| cascade.token == token);
            let all: Vec<Value> = own.map(|cascade| cascade.view(&persona.profiles)).collect();
            ok(json!({ "cascades": all, "status": "ok" }))
        }
        _ => Err(Refusal::of_status(404)),
    }
}

fn order_of(persona: &Wappi, body: &Value, token: &str) -> Result<Vec<String>, Refusal> {
    let stages = body["order"].as_array().into_iter().flatten();
    let known = |stage: &Value| {
        let profile = persona.profiles.get(stage["profile_uuid"].as_str()?)?;
        let fits = profile.token == token && stage["platform"] == profile.platform();
        fits.then(|| profile.key.account.to_string())
    };
    let order: Option<Vec<String>> = stages.map(known).collect();
    order.filter(|order| !order.is_empty()).ok_or_else(|| Refusal::new("order is not valid"))
}

fn take(persona: &mut Wappi, stage: &mut Stage, cascade: Cascade, body: &Value) -> Answer {
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let number = crate::phone::number_of(text("recipient"));
    if number.is_none() {
        return Err(Refusal::new("recipient is required"));
    }
    if text("body").is_empty() && text("url").is_empty() {
        return Err(Refusal::new("body or url is required"));
    }
    let hex = stage.random.hex(32).to_ascii_lowercase();
    let task_id =
        format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..]);
    persona.last_job += 1;
    let (body, rest) = (body.clone(), cascade.order);
    persona.jobs.insert(persona.last_job, Job { body, task_id: task_id.clone(), rest, seq: None });
    if persona.jobs.len() > limits::SEND_QUEUE_MAX {
        persona.jobs.pop_first();
    }
    stage.plan(0, &key_of(CASCADES), OwnDeed::Job(persona.last_job).deed());
    let now = stage.clock.now_ms();
    let never = "0001-01-01T00:00:00Z";
    Ok(WireResponse::json(
        200,
        &json!({ "response": { "status": "done", "timestamp": now.div_euclid(1_000),
            "time": moscow(now), "detail": "Message sent to queue", "task_id": task_id,
            "command_start": never, "command_end": never, "uuid": "" }, "status": "ok" }),
    ))
}

/// Goes on with a message, unless a stage has delivered it.
pub(super) fn run(persona: &mut Wappi, stage: &mut Stage, place: u64) {
    let Some(mut job) = persona.jobs.remove(&place) else { return };
    let status = job.seq.and_then(|seq| stage.bubbles.get(seq)).map(|bubble| bubble.status);
    if matches!(status, Some(Status::Delivered | Status::Read)) {
        return;
    }
    while !job.rest.is_empty() {
        let id = job.rest.remove(0);
        let Some(profile) = persona.profiles.get_mut(&id) else { continue };
        if !profile.is_authorized || !profile.is_paid {
            continue;
        }
        let has_file = job.body["url"].as_str().is_some_and(|url| !url.is_empty());
        let command = if has_file { "file/url/send" } else { "send" };
        let Ok(draft) = send::draft(stage, profile, command, &job.body) else { continue };
        if send::check(&draft).is_err() {
            continue;
        }
        send::accept(stage, profile, draft, command, &job.body, &job.task_id);
        job.seq = profile.journal.back().map(|sent| sent.seq);
        stage.plan(STAGE_MS, &key_of(CASCADES), OwnDeed::Job(place).deed());
        persona.jobs.insert(place, job);
        return;
    }
}
