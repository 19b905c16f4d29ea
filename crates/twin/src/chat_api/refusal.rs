//! Refusals: there are no codes, only English sentences, mostly with HTTP 200.

use serde_json::{Value, json};

use crate::wire::WireResponse;

/// Why a call is refused.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Refusal {
    /// A method that the dialect does not have.
    UnknownMethod,
    /// Repeats the token, as the service did.
    Token { token: String, instance: String },
    /// `{"sent":false,"message":…}`.
    Sent(String),
    /// `{"error":…}`.
    Error(String),
    /// `{"error":[{field: text}]}`: the way of UltraMsg.
    Field(&'static str, String),
    /// Any status, as a fault asks for it.
    Status(u16),
}

impl Refusal {
    /// The answer on the wire.
    pub(super) fn answer(self) -> WireResponse {
        match self {
            Self::UnknownMethod => WireResponse::json(404, &json!({ "error": "Unknown method" })),
            Self::Token { token, instance } => {
                let text = format!(
                    "Wrong token \"{token}\" for instance \"{instance}\". Please provide token \
                     as a GET parameter."
                );
                WireResponse::json(401, &json!({ "error": text }))
            }
            Self::Sent(text) => WireResponse::json(200, &json!({ "sent": false, "message": text })),
            Self::Error(text) => WireResponse::json(200, &json!({ "error": text })),
            Self::Field(field, text) => {
                let mut entry = Value::Object(serde_json::Map::new());
                entry[field] = json!(text);
                WireResponse::json(200, &json!({ "error": [entry] }))
            }
            Self::Status(status @ 500..) => {
                let page = format!("<html><body><h1>{status}</h1>nginx</body></html>\r\n");
                WireResponse::bytes(status, "text/html", page.as_bytes())
            }
            Self::Status(401) => {
                let text = "Wrong token. Please provide token as a GET parameter.";
                WireResponse::json(401, &json!({ "error": text }))
            }
            Self::Status(status) => {
                WireResponse::json(status, &json!({ "error": format!("Error {status}") }))
            }
        }
    }
}
