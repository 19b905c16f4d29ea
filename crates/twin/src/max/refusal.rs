//! Refusals: a code for programs, a text for people.

use serde_json::json;

use crate::{door, wire::WireResponse};

/// Why a call is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    status: u16,
    code: &'static str,
    text: String,
}

impl Refusal {
    /// With that status, code and text.
    pub(super) fn new(status: u16, code: &'static str, text: &str) -> Self {
        Self { status, code, text: text.to_owned() }
    }

    /// Something about the body or the parameters.
    pub(super) fn payload(text: &str) -> Self {
        Self::new(400, "proto.payload", text)
    }

    /// A message, a chat or a press that is not there.
    pub(super) fn not_found(text: &str) -> Self {
        Self::new(404, "not.found", text)
    }

    /// The user never started the bot.
    pub(super) fn no_dialog() -> Self {
        Self::new(404, "dialog.not.found", "Key: error.dialog.notfound")
    }

    /// The user stopped the bot.
    pub(super) fn suspended(chat: i64) -> Self {
        let text = format!("Key: error.dialog.suspended, args: [{chat},].");
        Self::new(403, "chat.denied", &text)
    }

    /// What is attached is still being worked on; surely nothing was sent.
    pub(super) fn not_ready() -> Self {
        let text = "Key: errors.process.attachment.file.not.processed";
        Self::new(400, "attachment.not.ready", text)
    }

    /// The one that belongs to a status.
    pub(super) fn of_status(status: u16) -> Self {
        match status {
            400 => Self::payload("Invalid request"),
            401 => Self::new(401, "verify.token", "Invalid access_token"),
            403 => Self::new(403, "access.denied", "Access denied"),
            404 => Self::not_found("Not found"),
            405 => Self::new(405, "method.not.allowed", "Method not allowed"),
            429 => Self::new(429, "too.many.requests", "Too many requests"),
            503 => Self::new(503, "service.unavailable", "Service unavailable"),
            status => Self::new(status, "internal.error", "Internal error"),
        }
    }

    /// The answer on the wire.
    pub(super) fn answer(&self) -> WireResponse {
        if matches!(self.status, 502 | 504) {
            return door::bad_gateway(self.status);
        }
        WireResponse::json(self.status, &json!({ "code": self.code, "message": self.text }))
    }
}
