//! Refusals in the server's words.

use serde_json::{Value, json};

use crate::{door, wire::WireResponse};

/// Why a call is refused.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refusal {
    code: u16,
    description: String,
    parameters: Value,
}

impl Refusal {
    /// With that code and text.
    pub(super) fn new(code: u16, description: &str) -> Self {
        Self { code, description: description.to_owned(), parameters: Value::Null }
    }

    /// 400 with `Bad Request: ` before the text.
    pub(super) fn bad(text: &str) -> Self {
        Self::new(400, &format!("Bad Request: {text}"))
    }

    /// 403 with `Forbidden: ` before the text.
    pub(super) fn forbidden(text: &str) -> Self {
        Self::new(403, &format!("Forbidden: {text}"))
    }

    /// 429 for so many seconds.
    pub(super) fn too_fast(seconds: i64) -> Self {
        let description = format!("Too Many Requests: retry after {seconds}");
        let parameters = json!({ "retry_after": seconds });
        Self { code: 429, description, parameters }
    }

    /// The group has another id now.
    pub(super) fn migrated(to: i64) -> Self {
        let description = "Bad Request: group chat was upgraded to a supergroup chat".to_owned();
        Self { code: 400, description, parameters: json!({ "migrate_to_chat_id": to }) }
    }

    /// The one that belongs to a status.
    pub(super) fn of_status(status: u16) -> Self {
        match status {
            400 => Self::bad("chat not found"),
            401 => Self::new(401, "Unauthorized"),
            403 => Self::forbidden("bot was blocked by the user"),
            404 => Self::new(404, "Not Found: method not found"),
            409 => Self::new(
                409,
                "Conflict: can't use getUpdates method while webhook is active; \
                 use deleteWebhook to delete the webhook first",
            ),
            413 => Self::new(413, "Request Entity Too Large"),
            429 => Self::too_fast(30),
            500 => Self::new(500, "Internal Server Error: restart"),
            status => Self::new(status, "refused"),
        }
    }

    /// The answer on the wire.
    pub(super) fn answer(&self) -> WireResponse {
        if self.code > 500 {
            return door::bad_gateway(self.code);
        }
        let mut body =
            json!({ "ok": false, "error_code": self.code, "description": self.description });
        if !self.parameters.is_null() {
            body["parameters"] = self.parameters.clone();
        }
        let answer = WireResponse::json(self.code, &body);
        match self.parameters["retry_after"].as_i64() {
            Some(seconds) => answer.with_header("retry-after", &seconds.to_string()),
            None => answer,
        }
    }
}
