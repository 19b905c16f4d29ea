//! Refusals and how they look. The documents give statuses and texts but no settled shape, so the
//! shape of a 4xx is a switch of the instance.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{twin::NOT_FOUND, wire::WireResponse};

/// The shape of an error's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// `{"statusCode":…,"message":…}`.
    Object,
    /// The bare text.
    Text,
    /// `{"status":false,"reason":…}`.
    Reason,
}

/// Why a call is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    UnknownMethod,
    UnknownInstance,
    BadToken,
    TooFast,
    /// 400 with a text.
    Bad(String),
    /// 500 with a text.
    Server(String),
    /// 466: the tariff's quota of calls.
    Quota {
        used: u64,
        total: u64,
    },
    /// 466: the tariff's number of chats.
    Correspondents {
        used: u64,
        total: u64,
    },
    /// Any other status, as a fault asks for it.
    Status(u16),
}

impl Refusal {
    /// A violated rule of the body.
    pub(super) fn invalid(details: &str) -> Self {
        Self::Bad(format!("Validation failed. Details: {details}"))
    }

    /// The refusal that belongs to a status.
    pub(super) fn of_status(status: u16) -> Self {
        match status {
            400 => Self::Bad("bad request data".to_owned()),
            401 => Self::BadToken,
            403 => Self::UnknownInstance,
            404 => Self::UnknownMethod,
            429 => Self::TooFast,
            466 => Self::Quota { used: 100, total: 100 },
            500 => Self::Server("Internal Server Error".to_owned()),
            status => Self::Status(status),
        }
    }

    /// The answer on the wire.
    pub(super) fn answer(self, method: &str, form: Form) -> WireResponse {
        let method = method.to_ascii_lowercase();
        match self {
            Self::UnknownMethod => html(404, NOT_FOUND),
            Self::UnknownInstance => shaped(403, "Forbidden", form),
            Self::BadToken => WireResponse::empty(401),
            Self::TooFast => shaped(429, "Too Many Requests", form),
            Self::Bad(text) => shaped(400, &text, form),
            Self::Server(text) => shaped(500, &text, form),
            Self::Quota { used, total } => WireResponse::json(
                466,
                &json!({ "invokeStatus": {
                    "method": method, "used": used, "total": total, "status": "QUOTE_EXCEEDED",
                    "description": "Monthly quota has been exceeded",
                } }),
            ),
            Self::Correspondents { used, total } => WireResponse::json(
                466,
                &json!({
                    "invokeStatus": {
                        "method": method, "used": used, "total": 0, "status": "QUOTE_ALLOWED",
                    },
                    "correspondentsStatus": {
                        "method": "correspondents", "used": used, "total": total,
                        "status": "CORRESPONDENTS_QUOTE_EXCEEDED",
                        "description": "Sending is possible to the allowed numbers only",
                    },
                }),
            ),
            Self::Status(status) if status >= 500 => {
                let title = match status {
                    502 => "502 Bad Gateway",
                    503 => "503 Service Unavailable",
                    504 => "504 Gateway Time-out",
                    _ => "Error",
                };
                html(status, &format!("<html><body><h1>{title}</h1>nginx</body></html>\r\n"))
            }
            Self::Status(status) => shaped(status, "refused", form),
        }
    }
}

fn html(status: u16, text: &str) -> WireResponse {
    WireResponse::bytes(status, "text/html", text.as_bytes())
}

fn shaped(status: u16, text: &str, form: Form) -> WireResponse {
    match form {
        Form::Object => {
            WireResponse::json(status, &json!({ "statusCode": status, "message": text }))
        }
        Form::Text => WireResponse::text(status, text),
        Form::Reason => WireResponse::json(status, &json!({ "status": false, "reason": text })),
    }
}
