//! Error codes of the Graph API, and how an error looks.

use serde_json::{Value, json};

use crate::wire::WireResponse;

/// Where the documents explain the codes.
pub(super) const HREF: &str =
    "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/";
const TRACE: &str = "AtwinTraceOfTheRequest0";

/// Code, HTTP status, title. Statuses that the documents leave open are those most often seen.
const CODES: &[(u32, u16, &str)] = &[
    (0, 401, "AuthException"),
    (1, 400, "API Unknown"),
    (2, 503, "API Service"),
    (3, 500, "API Method"),
    (4, 429, "API Too Many Calls"),
    (10, 403, "API Permission Denied"),
    (33, 400, "Parameter value is not valid"),
    (100, 400, "Invalid parameter"),
    (190, 401, "Access token has expired"),
    (200, 403, "API Permission"),
    (368, 403, "Temporarily blocked for policies violations"),
    (613, 429, "Calls to this api have exceeded the rate limit."),
    (80_007, 429, "Rate limit issues"),
    (80_008, 429, "There have been too many calls to this WhatsApp Business account."),
    (130_429, 429, "Rate limit hit"),
    (130_472, 400, "User's number is part of an experiment"),
    (130_497, 403, "Business account is restricted from messaging users in this country."),
    (131_000, 500, "Something went wrong"),
    (131_005, 403, "Access denied"),
    (131_008, 400, "Required parameter is missing"),
    (131_009, 400, "Parameter value is not valid"),
    (131_014, 400, "Request for url failed"),
    (131_016, 500, "Service unavailable"),
    (131_021, 400, "Recipient cannot be sender"),
    (131_026, 400, "Message undeliverable"),
    (131_030, 400, "Recipient phone number not in allowed list"),
    (131_031, 403, "Account has been locked"),
    (131_037, 400, "Display name approval is needed"),
    (131_042, 400, "Business eligibility payment issue"),
    (131_043, 400, "Message expired"),
    (131_045, 500, "Incorrect certificate"),
    (131_047, 400, "Re-engagement message"),
    (131_048, 429, "Spam rate limit hit"),
    (131_049, 400, "Meta chose not to deliver"),
    (131_050, 400, "User has stopped marketing messages"),
    (131_051, 400, "Unsupported message type"),
    (131_052, 400, "Media download error"),
    (131_053, 400, "Media upload error"),
    (131_056, 429, "(Business Account, Consumer Account) pair rate limit hit"),
    (131_057, 500, "Account in maintenance mode"),
    (131_062, 400, "Business-scoped user id recipients are not supported for this message"),
    (131_063, 400, "Marketing templates are disabled on this account"),
    (131_064, 429, "Messaging limit reduced"),
    (131_207, 403, "Group is suspended"),
    (131_208, 429, "Group rate limit hit"),
    (131_212, 400, "Not a participant of the group"),
    (132_000, 400, "Template Param Count Mismatch"),
    (132_001, 404, "Template does not exist"),
    (132_005, 400, "Template Hydrated Text Too Long"),
    (132_007, 400, "Template Format Character Policy Violated"),
    (132_008, 400, "Template parameter value is not valid"),
    (132_012, 400, "Template Parameter Format Mismatch"),
    (132_015, 400, "Template is Paused"),
    (132_016, 400, "Template is Disabled"),
    (133_000, 500, "Incomplete Deregistration"),
    (133_004, 503, "Server Temporarily Unavailable"),
    (133_005, 400, "Two step verification PIN Mismatch"),
    (133_006, 400, "Phone number re-verification needed"),
    (133_010, 400, "Phone number Not Registered"),
    (133_015, 400, "Please wait a few minutes before attempting to register this phone number"),
    (133_016, 429, "Account register deregister rate limit"),
    (134_011, 400, "Payment terms are not accepted"),
    (135_000, 400, "Generic user error"),
    (136_025, 400, "Verify code error"),
    (137_000, 400, "Identity key hash mismatch"),
    (2_494_100, 400, "Phone number is in maintenance mode"),
];

/// Codes that come as a `failed` status after the send was answered 200.
const LATER: [u32; 9] =
    [130_472, 131_014, 131_026, 131_043, 131_047, 131_049, 131_050, 131_053, 135_000];

/// Why a call is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    status: u16,
    code: u32,
    subcode: Option<u32>,
    details: String,
}

impl Refusal {
    /// A refusal by a code.
    pub(super) fn new(code: u32, details: impl Into<String>) -> Self {
        Self { status: http_of(code), code, subcode: None, details: details.into() }
    }

    /// A parameter that is missing, unknown or wrong.
    pub(super) fn parameter(details: impl Into<String>) -> Self {
        Self::new(100, details)
    }

    /// An object that is not there, or not ours.
    pub(super) fn no_object(id: &str) -> Self {
        let details = format!(
            "Unsupported request. Object with ID '{id}' does not exist, cannot be loaded due to \
             missing permissions, or does not support this operation"
        );
        Self { subcode: Some(33), ..Self::parameter(details) }
    }

    /// The refusal that fits an HTTP status which a fault asks for.
    pub(super) fn of_status(status: u16) -> Self {
        let code = match status {
            401 => 190,
            403 => 10,
            429 => 130_429,
            503 => 2,
            500..=599 => 131_000,
            _ => 100,
        };
        Self { status, ..Self::new(code, "") }
    }

    /// As an answer. A gateway in front answers in HTML.
    pub(super) fn answer(&self) -> WireResponse {
        if matches!(self.status, 502 | 504) {
            let page = b"<html><body><h1>Bad Gateway</h1></body></html>";
            return WireResponse::bytes(self.status, "text/html", page);
        }
        let title = title_of(self.code);
        let message = match self.code {
            190 => "Invalid OAuth access token - Cannot parse access token".to_owned(),
            100 if !self.details.is_empty() => format!("(#100) {}", self.details),
            code => format!("(#{code}) {title}"),
        };
        let mut error = json!({
            "message": message, "type": "OAuthException", "code": self.code,
            "fbtrace_id": TRACE,
        });
        if self.code >= 130_000 {
            let details = if self.details.is_empty() { title } else { &self.details };
            error["error_data"] = json!({ "messaging_product": "whatsapp", "details": details });
        }
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = json!(subcode);
        }
        WireResponse::json(self.status, &json!({ "error": error }))
    }
}

/// Whether a code is one that is known.
pub(super) fn is_known(code: u32) -> bool {
    CODES.iter().any(|(known, ..)| *known == code)
}

/// Whether a code comes in a status, not in an answer.
pub(super) fn comes_later(code: u32) -> bool {
    LATER.contains(&code)
}

/// An error as webhooks show it.
pub(super) fn in_webhook(code: u32) -> Value {
    let title = title_of(code);
    json!({
        "code": code, "title": title, "message": title,
        "error_data": { "details": details_of(code) }, "href": HREF,
    })
}

fn details_of(code: u32) -> &'static str {
    match code {
        131_026 => "Message Undeliverable.",
        131_047 => {
            "Message failed to send because more than 24 hours have passed since the customer \
             last replied to this number."
        }
        131_053 => "The media could not be downloaded or has a type that is not supported.",
        131_049 => "This message was not delivered to maintain healthy ecosystem engagement.",
        _ => title_of(code),
    }
}

fn title_of(code: u32) -> &'static str {
    CODES.iter().find(|(known, ..)| *known == code).map_or("Unknown", |(.., title)| title)
}

fn http_of(code: u32) -> u16 {
    CODES.iter().find(|(known, ..)| *known == code).map_or(400, |(_, status, _)| *status)
}
