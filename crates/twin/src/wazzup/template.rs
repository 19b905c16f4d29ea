//! Templates of WhatsApp Business channels. They are made in the cabinet: here there are three.

use serde_json::{Value, json};

use super::{Answer, Desk};
use crate::{
    content::{Button, Press},
    wire::WireResponse,
};

const LISTED_MAX: usize = 100;

/// One template.
#[derive(Debug, Clone)]
pub(super) struct Template {
    pub(super) guid: String,
    pub(super) name: String,
    text: &'static str,
    buttons: &'static [&'static str],
    /// `approved`, `pending`, `rejected`, `paused`, `disabled`.
    pub(super) status: String,
}

/// What a client has at the start.
pub(super) fn first() -> Vec<Template> {
    let make = |number: u8, name: &str, status: &str, text, buttons| Template {
        guid: format!("b0000000-0000-4000-8000-00000000000{number}"),
        name: name.to_owned(),
        text,
        buttons,
        status: status.to_owned(),
    };
    vec![
        make(1, "order_ready", "approved", "Здравствуйте, {{1}}! Заказ {{2}} готов.", &[]),
        make(2, "visit", "approved", "Придёте, {{1}}?", &["Да", "Нет"]),
        make(3, "season_sale", "paused", "Скидки {{1}} %", &[]),
    ]
}

impl Template {
    /// The text with its places filled in; `None` when there are too few or too many values.
    pub(super) fn fill(&self, values: &[String]) -> Option<String> {
        let places = self.text.matches("{{").count();
        if places != values.len() {
            return None;
        }
        let fill = |text: String, (place, value): (usize, &String)| {
            text.replace(&format!("{{{{{}}}}}", place + 1), value)
        };
        Some(values.iter().enumerate().fold(self.text.to_owned(), fill))
    }

    /// Its quick replies, with what a send puts behind them.
    pub(super) fn buttons(&self, payloads: &Value) -> Vec<Button> {
        let button = |(row, text): (usize, &&str)| Button {
            text: (*text).to_owned(),
            press: Press::Callback,
            data: payloads["buttons"][row]["payload"].as_str().unwrap_or_default().to_owned(),
            row,
        };
        self.buttons.iter().enumerate().map(button).collect()
    }

    /// `@template: GUID { [[]]; [[]] }`.
    fn code(&self) -> String {
        let places = vec!["[[]]"; self.text.matches("{{").count()];
        format!("@template: {} {{ {} }}", self.guid, places.join("; "))
    }

    fn view(&self, channels: &[&str]) -> Value {
        let mut components = vec![json!({ "type": "BODY", "text": self.text })];
        if !self.buttons.is_empty() {
            let buttons =
                self.buttons.iter().map(|text| json!({ "type": "QUICK_REPLY", "text": text }));
            components.push(json!({ "type": "BUTTONS", "buttons": buttons.collect::<Vec<_>>() }));
        }
        json!({
            "templateGuid": self.guid, "title": self.name, "name": self.name,
            "channels": channels, "category": "UTILITY", "language": "ru",
            "status": self.status, "rejected_reason": null, "components": components,
            "templateCode": self.code(),
        })
    }
}

/// `GET /templates/whatsapp`.
pub(super) fn list(desk: &mut Desk<'_>) -> Answer {
    let number = |name: &str, or: usize| {
        desk.target.get(name).and_then(|text| text.parse().ok()).unwrap_or(or)
    };
    let (limit, offset) = (number("limit", LISTED_MAX).min(LISTED_MAX), number("offset", 0));
    let key = &desk.client.key;
    let waba = desk.channels.values().filter(|c| c.client == *key && c.transport == "wapi");
    let waba: Vec<&str> = waba.map(|channel| &*channel.key.account).collect();
    let listed = desk.client.templates.iter().skip(offset).take(limit);
    let listed: Vec<Value> = listed.map(|template| template.view(&waba)).collect();
    Ok(WireResponse::json(200, &json!(listed)))
}
