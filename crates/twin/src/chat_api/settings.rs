//! `settings` and `webhook`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Answer, Desk, refusal::Refusal};
use crate::wire::WireResponse;

const NAMES: [&str; 15] = [
    "webhookUrl",
    "ackNotificationsOn",
    "chatUpdateOn",
    "statusNotificationsOn",
    "videoUploadOn",
    "guaranteedHooks",
    "parallelHooks",
    "ignoreOldMessages",
    "oldMessagesPeriod",
    "sendDelay",
    "proxy",
    "processArchive",
    "disableDialogsArchive",
    "instanceStatuses",
    "webhookStatuses",
];
/// What counts as old unless `oldMessagesPeriod` says otherwise.
const OLD_S: i64 = 300;

/// The settings of an instance; all unset at first.
#[derive(Debug, Default)]
pub(super) struct Settings {
    set: BTreeMap<&'static str, Value>,
}

impl Settings {
    /// Where webhooks go; empty = nowhere.
    pub(super) fn url(&self) -> &str {
        self.set.get("webhookUrl").and_then(Value::as_str).unwrap_or("")
    }

    /// Whether a switch is on.
    pub(super) fn is_on(&self, name: &str) -> bool {
        self.set.get(name).is_some_and(|value| *value == json!(true) || *value == json!(1))
    }

    /// The gap between two sends.
    pub(super) fn delay_ms(&self) -> i64 {
        let seconds = self.set.get("sendDelay").and_then(Value::as_i64).unwrap_or(0);
        seconds.clamp(0, 3_600).saturating_mul(1_000)
    }

    /// Since how long a message is too old to be told; `None` = never.
    pub(super) fn old_ms(&self) -> Option<i64> {
        let seconds = self.set.get("oldMessagesPeriod").and_then(Value::as_i64).unwrap_or(OLD_S);
        self.is_on("ignoreOldMessages").then(|| seconds.saturating_mul(1_000))
    }

    /// Takes over a subset and returns what it took; unknown members are left out.
    pub(super) fn merge(&mut self, subset: &Value) -> Result<Value, String> {
        let mut taken = Map::new();
        for (name, value) in subset.as_object().ok_or("settings must be an object")? {
            let Some(known) = NAMES.into_iter().find(|known| known == name) else { continue };
            if known == "webhookUrl" {
                check_url(value.as_str().ok_or("webhookUrl must be a string")?)?;
            }
            self.set.insert(known, value.clone());
            taken.insert(known.to_owned(), value.clone());
        }
        Ok(Value::Object(taken))
    }

    /// All of them.
    pub(super) fn view(&self) -> Value {
        let value = |name: &str| self.set.get(name).cloned().unwrap_or(Value::Null);
        Value::Object(NAMES.into_iter().map(|name| (name.to_owned(), value(name))).collect())
    }
}

/// The address must have a host with a name: bare IP addresses are refused (but for this machine,
/// or nothing could be tried on it).
fn check_url(url: &str) -> Result<(), String> {
    if url.is_empty() {
        return Ok(());
    }
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.unwrap_or("").split(['/', ':', '?']).next().unwrap_or("");
    let is_ip = host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if host.is_empty() || (is_ip && host != "127.0.0.1") {
        return Err("webhookUrl is not a valid url".to_owned());
    }
    Ok(())
}

/// `GET settings`.
pub(super) fn get(desk: &mut Desk<'_>) -> Answer {
    Ok(WireResponse::json(200, &desk.instance.settings.view()))
}

/// `POST settings`: a subset. The sources spell the changed ones `update` and `updated`.
pub(super) fn set(desk: &mut Desk<'_>) -> Answer {
    let taken = desk.instance.settings.merge(&desk.body).map_err(Refusal::Error)?;
    desk.instance.aim(desk.stage);
    let mut answer = desk.instance.settings.view();
    answer["update"] = taken.clone();
    answer["updated"] = taken;
    Ok(WireResponse::json(200, &answer))
}

/// `GET webhook`.
pub(super) fn webhook(desk: &mut Desk<'_>) -> Answer {
    let url = desk.instance.settings.url();
    Ok(WireResponse::json(200, &json!({ "webhookUrl": url })))
}

/// `POST webhook`.
pub(super) fn set_webhook(desk: &mut Desk<'_>) -> Answer {
    let url = desk.body.get("webhookUrl").cloned().unwrap_or(Value::Null);
    let before = desk.instance.settings.url().to_owned();
    let merged = desk.instance.settings.merge(&json!({ "webhookUrl": url }));
    let (is_set, message) = match merged {
        Ok(_) => (url != json!(before), url.as_str().unwrap_or("").to_owned()),
        Err(text) => (false, text),
    };
    desk.instance.aim(desk.stage);
    let url = desk.instance.settings.url();
    let answer = json!({ "set": is_set, "message": message, "webhookUrl": url });
    Ok(WireResponse::json(200, &answer))
}
