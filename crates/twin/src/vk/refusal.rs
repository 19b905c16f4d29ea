//! Errors. They come with HTTP 200; the code says what it is.

use serde_json::{Value, json};

use super::params::Params;
use crate::{door, wire::WireResponse};

/// Why a call is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: i64,
    pub(super) text: String,
}

impl Refusal {
    /// With that code and the text that belongs to it.
    pub(super) fn new(code: i64) -> Self {
        Self { code, text: text_of(code).to_owned() }
    }

    /// 100 with what is wrong with a parameter.
    pub(super) fn param(what: &str) -> Self {
        Self { code: 100, text: format!("{}: {what}", text_of(100)) }
    }

    /// The one that belongs to an HTTP status, as faults ask for it.
    pub(super) fn of_status(status: u16) -> Self {
        Self::new(match status {
            400 => 100,
            401 => 5,
            403 => 7,
            404 => 3,
            429 => 6,
            _ => 10,
        })
    }

    /// The answer on the wire, with the parameters as they came but the token.
    pub(super) fn answer(&self, method: &str, params: &Params) -> WireResponse {
        let mut echo = vec![json!({ "key": "method", "value": method })];
        let shown = params.all().filter(|(name, _)| *name != "access_token");
        echo.extend(shown.map(|(name, value)| json!({ "key": name, "value": value })));
        let error = json!({
            "error_code": self.code, "error_msg": self.text, "request_params": echo,
        });
        WireResponse::json(200, &json!({ "error": error }))
    }

    /// How it looks within the answer to a send to several.
    pub(super) fn within(&self) -> Value {
        json!({ "code": self.code, "description": self.text })
    }
}

/// What the servers in front answer in an outage.
pub(super) fn outage(status: u16) -> WireResponse {
    door::bad_gateway(status)
}

fn text_of(code: i64) -> &'static str {
    match code {
        3 => "Unknown method passed",
        5 => "User authorization failed: invalid access_token (4).",
        6 => "Too many requests per second",
        7 => "Permission to perform this action is denied",
        8 => "Invalid request: v (version) is required",
        9 => "Flood control",
        10 => "Internal server error",
        15 => "Access denied",
        18 => "User was deleted or banned",
        22 => "Upload error",
        100 => "One of the parameters specified was missing or invalid",
        105 => "Couldn't save file",
        113 => "Invalid user id",
        118 => "Invalid server",
        121 => "Invalid hash",
        125 => "Invalid group id",
        129 => "Invalid photo",
        900 => "Can't send messages for users from blacklist",
        901 => "Can't send messages for users without permission",
        902 => "Can't send messages to this user due to their privacy settings",
        909 => "Can't edit this message, because it's too old",
        911 => "Keyboard format is invalid",
        914 => "Message is too long",
        917 => "You don't have access to this chat",
        920 => "Can't edit this kind of message",
        950 => "Cannot answer this event: the time is over",
        2000 => "Servers number limit is reached",
        9999 => "HTTP verb is not supported",
        _ => "Unknown error occurred",
    }
}
