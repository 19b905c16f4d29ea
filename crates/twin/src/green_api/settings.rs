//! `getSettings` and `setSettings`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    Answer, Desk,
    instance::{Instance, OwnDeed},
    refusal::Refusal,
};
use crate::{stage::Stage, wire::WireResponse};

/// The gap between two sends: what a fresh instance has, and what may be set.
const DELAY: &str = "delaySendMessagesMilliseconds";
const DELAY_MS: i64 = 500;
const DELAY_MS_RANGE: std::ops::RangeInclusive<i64> = 500..=600_000;

const TEXTS: [&str; 2] = ["webhookUrl", "webhookUrlToken"];
const SWITCHES: [&str; 15] = [
    "markIncomingMessagesReaded",
    "markIncomingMessagesReadedOnReply",
    "outgoingWebhook",
    "outgoingMessageWebhook",
    "outgoingAPIMessageWebhook",
    "incomingWebhook",
    "stateWebhook",
    "incomingCallWebhook",
    "pollMessageWebhook",
    "incomingBlockWebhook",
    "editedMessageWebhook",
    "deletedMessageWebhook",
    "incomingMessageStatusWebhook",
    "keepOnlineStatus",
    "deviceWebhook",
];

/// The settings of an instance.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    texts: BTreeMap<&'static str, String>,
    switches: BTreeMap<&'static str, bool>,
    delay_ms: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            texts: TEXTS.into_iter().map(|name| (name, String::new())).collect(),
            switches: SWITCHES.into_iter().map(|name| (name, false)).collect(),
            delay_ms: DELAY_MS,
        }
    }
}

impl Settings {
    /// A text setting.
    pub(super) fn text(&self, name: &str) -> &str {
        self.texts.get(name).map_or("", String::as_str)
    }

    /// Whether a switch is `"yes"`.
    pub(super) fn is_on(&self, name: &str) -> bool {
        self.switches.get(name).copied().unwrap_or(false)
    }

    /// The gap between two sends.
    pub(super) fn delay_ms(&self) -> i64 {
        self.delay_ms
    }

    /// Sets the gap, even to what the API would refuse.
    pub(super) fn set_delay(&mut self, delay_ms: i64) {
        self.delay_ms = delay_ms;
    }

    /// Takes over a subset; unknown members are ignored. On an error nothing has changed.
    pub(super) fn merge(&mut self, subset: &Value) -> Result<(), String> {
        let Some(subset) = subset.as_object() else {
            return Err("settings must be an object".to_owned());
        };
        let mut merged = self.clone();
        for (name, value) in subset {
            merged.put(name, value)?;
        }
        *self = merged;
        Ok(())
    }

    fn put(&mut self, name: &str, value: &Value) -> Result<(), String> {
        if let Some(text) = self.texts.get_mut(name) {
            let given = value.as_str().ok_or_else(|| format!("'{name}' must be a string"))?;
            let is_url = given.is_empty() || given.starts_with("http");
            if name == "webhookUrl" && !is_url {
                return Err("'webhookUrl' must be a valid uri".to_owned());
            }
            given.clone_into(text);
        } else if let Some(switch) = self.switches.get_mut(name) {
            *switch = match value.as_str() {
                Some("yes") => true,
                Some("no") => false,
                _ => return Err(format!("'{name}' must be one of [yes, no]")),
            };
        } else if name == DELAY {
            let delay_ms = value.as_i64().ok_or_else(|| format!("'{DELAY}' must be a number"))?;
            if !DELAY_MS_RANGE.contains(&delay_ms) {
                let (least, most) = DELAY_MS_RANGE.into_inner();
                return Err(format!("'{DELAY}' must be between {least} and {most}"));
            }
            self.delay_ms = delay_ms;
        }
        Ok(())
    }

    /// The answer of `getSettings`.
    pub(super) fn view(&self, stage: &Stage, instance: &Instance) -> Value {
        let mut view = Map::new();
        view.insert("wid".to_owned(), json!(instance.wid(stage)));
        view.insert("typeInstance".to_owned(), json!(instance.type_name()));
        view.insert("typeAccount".to_owned(), json!(""));
        view.insert("countryInstance".to_owned(), json!(""));
        view.insert("sharedSession".to_owned(), json!("no"));
        view.insert(DELAY.to_owned(), json!(self.delay_ms));
        for (&name, text) in &self.texts {
            view.insert(name.to_owned(), json!(text));
        }
        for (&name, &is_on) in &self.switches {
            view.insert(name.to_owned(), json!(if is_on { "yes" } else { "no" }));
        }
        Value::Object(view)
    }
}

/// `getSettings`.
pub(super) fn get(desk: &mut Desk<'_>) -> Answer {
    Ok(WireResponse::json(200, &desk.instance.settings.view(desk.stage, desk.instance)))
}

/// `setSettings`: a subset, at once or after the switch's delay.
pub(super) fn set(desk: &mut Desk<'_>) -> Answer {
    let subset = desk.body()?;
    let Desk { stage, instance, .. } = desk;
    instance.check_started()?;
    instance.settings.clone().merge(&subset).map_err(|details| Refusal::invalid(&details))?;
    let at = stage.clock.tick().plus(instance.settings_delay_ms);
    instance.planned_settings.push((at, subset));
    if instance.settings_delay_ms == 0 {
        apply_planned(stage, instance);
    } else {
        let key = instance.key.clone();
        stage.plan(instance.settings_delay_ms, &key, OwnDeed::ApplySettings.deed());
    }
    Ok(WireResponse::json(200, &json!({ "saveSettings": true })))
}

/// Applies the settings whose time has come.
pub(super) fn apply_planned(stage: &mut Stage, instance: &mut Instance) {
    let now = stage.clock.tick();
    let planned = std::mem::take(&mut instance.planned_settings);
    let (ripe, rest): (Vec<_>, Vec<_>) = planned.into_iter().partition(|(at, _)| *at <= now);
    instance.planned_settings = rest;
    for (_, subset) in ripe {
        // It was checked when it was set, and what is refused depends on nothing else.
        let merged = instance.settings.merge(&subset);
        debug_assert!(merged.is_ok(), "checked settings did not merge: {merged:?}");
    }
    instance.aim(stage);
}
