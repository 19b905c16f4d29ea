//! A twin with a clock that is turned by hand and a receiver that answers as told.

use serde_json::{Value, json};
use vestnik_twin::{Config, HookAnswer, Twin, WireRequest, WireResponse, config::TOKEN};

pub const ACCOUNT: &str = "1234567890";
pub const START_MS: i64 = 1_767_225_600_000;

pub struct Bench {
    pub twin: Twin,
    pub now_ms: i64,
    /// What the receiver answers; `None` is no answer.
    pub answer: Option<u16>,
    /// What it answers in the body.
    pub answer_body: fn(&Value) -> Vec<u8>,
    /// Every webhook posted: when, headers and body.
    pub posted: Vec<Posted>,
}

pub type Posted = (i64, Vec<(String, String)>, Value);

impl Bench {
    pub fn new() -> Self {
        Self::seeded(7)
    }

    pub fn seeded(seed: u64) -> Self {
        Self {
            twin: Twin::new(seed, &Config::default()),
            now_ms: START_MS,
            answer: Some(200),
            answer_body: |_| Vec::new(),
            posted: Vec::new(),
        }
    }

    /// A bench whose first account posts everything it can.
    pub fn with_webhooks() -> Self {
        let mut bench = Self::new();
        let answer = bench.api(
            "setSettings",
            &json!({
                "webhookUrl": "http://127.0.0.1:1/in", "webhookUrlToken": "secret",
                "outgoingWebhook": "yes", "incomingWebhook": "yes", "stateWebhook": "yes",
                "outgoingAPIMessageWebhook": "no",
            }),
        );
        assert_eq!(answer.to_json(), json!({ "saveSettings": true }));
        bench
    }

    pub fn request(&mut self, method: &str, path: &str, body: &Value) -> WireResponse {
        let request = if body.is_null() {
            WireRequest::new(method, path)
        } else {
            WireRequest::json(method, path, body)
        };
        self.twin.request(self.now_ms, &request)
    }

    /// A control call that must succeed.
    #[expect(clippy::needless_pass_by_value, reason = "calls read better without a borrow")]
    pub fn control(&mut self, method: &str, path: &str, body: Value) -> Value {
        let answer = self.request(method, path, &body);
        assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
        answer.to_json()
    }

    /// A POST to the provider.
    pub fn api(&mut self, method: &str, body: &Value) -> WireResponse {
        self.request("POST", &format!("/waInstance{ACCOUNT}/{method}/{TOKEN}"), body)
    }

    /// A GET from the provider.
    pub fn get(&mut self, method: &str) -> WireResponse {
        self.request("GET", &format!("/waInstance{ACCOUNT}/{method}/{TOKEN}"), &Value::Null)
    }

    /// Sends a text and returns its id.
    pub fn send(&mut self, phone: &str, text: &str) -> String {
        let body = json!({ "chatId": format!("{phone}@c.us"), "message": text });
        let answer = self.api("sendMessage", &body);
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        answer.to_json()["idMessage"].as_str().expect("an id").to_owned()
    }

    /// Lets time pass, turning the twin exactly when it is due.
    pub fn pass(&mut self, ms: i64) {
        let end_ms = self.now_ms + ms;
        while let Some(due_ms) = self.twin.due().filter(|&due_ms| due_ms <= end_ms) {
            self.now_ms = self.now_ms.max(due_ms);
            for webhook in self.twin.turn(self.now_ms) {
                let body: Value = serde_json::from_slice(&webhook.body).expect("webhooks are JSON");
                let answer = self.answer.map(|status| HookAnswer {
                    body: (self.answer_body)(&body),
                    ..HookAnswer::of(status)
                });
                self.posted.push((self.now_ms, webhook.headers, body));
                self.twin.posted(self.now_ms, webhook.id, answer);
            }
        }
        self.now_ms = end_ms;
    }

    /// Statuses posted for a message.
    pub fn statuses(&self, id: &str) -> Vec<&str> {
        let of_id = self.posted.iter().filter(|(_, _, body)| body["idMessage"] == id);
        of_id.filter_map(|(_, _, body)| body["status"].as_str()).collect()
    }

    /// Texts that a phone shows.
    pub fn shown(&mut self, phone: &str) -> Vec<String> {
        let path = format!("/twin/bubbles?messenger=whatsapp&to={phone}");
        let bubbles = self.control("GET", &path, Value::Null);
        let bubbles = bubbles.as_array().expect("a list").clone();
        bubbles.iter().map(|bubble| bubble["text"].as_str().unwrap_or("").to_owned()).collect()
    }
}
