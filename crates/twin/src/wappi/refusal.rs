//! Why a call is refused. The documents list no errors: the forms are those that clients saw.

use serde_json::json;

use crate::{door::bad_gateway, wire::WireResponse};

/// Why a call is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    status: u16,
    detail: String,
}

impl Refusal {
    /// 400 with words.
    pub(super) fn new(detail: impl Into<String>) -> Self {
        Self { status: 400, detail: detail.into() }
    }

    /// A status; its words follow from it.
    pub(super) fn of_status(status: u16) -> Self {
        let detail = match status {
            402 => "profile is not paid",
            404 => "not found",
            429 => "too many requests",
            500 => "internal error",
            _ => "error",
        };
        Self { status, detail: detail.to_owned() }
    }

    /// As an answer. A bad token is told in plain text.
    pub(super) fn answer(&self) -> WireResponse {
        match self.status {
            401 => WireResponse::text(401, "Unauthorized"),
            502..=504 => bad_gateway(self.status),
            status => {
                WireResponse::json(status, &json!({ "status": "error", "detail": self.detail }))
            }
        }
    }
}
