//! Error codes, and how an error looks.

use serde_json::json;

use crate::wire::WireResponse;

/// Code, HTTP status, words.
const CODES: &[(u32, u16, &str)] = &[
    (20_001, 400, "Unknown parameters"),
    (20_003, 401, "Authenticate"),
    (20_404, 404, "The requested resource was not found"),
    (20_429, 429, "Too Many Requests"),
    (20_500, 500, "Internal Server Error"),
    (20_503, 503, "Service Unavailable"),
    (21_211, 400, "Invalid 'To' Phone Number"),
    (21_212, 400, "Invalid 'From' Phone Number"),
    (21_408, 400, "Permission to send to the region of the 'To' number has not been enabled"),
    (21_602, 400, "Message body is required."),
    (21_603, 400, "A 'From' phone number is required."),
    (21_604, 400, "A 'To' phone number is required."),
    (21_606, 400, "The 'From' phone number is not a valid, message-capable number"),
    (21_608, 400, "The number is unverified. Trial accounts cannot send messages to it"),
    (21_609, 400, "The 'StatusCallback' URL is not a valid URL."),
    (21_610, 400, "Attempt to send to unsubscribed recipient"),
    (21_611, 400, "This 'From' number has exceeded the maximum number of queued messages"),
    (21_612, 400, "Message cannot be sent with the current combination of 'To' and 'From'"),
    (21_614, 400, "'To' number is not a valid mobile number"),
    (21_617, 400, "The concatenated message body exceeds the 1600 character limit"),
    (21_618, 400, "The message body cannot be sent"),
    (21_619, 400, "A text message body or media urls must be specified."),
    (21_620, 400, "Invalid media URL(s)"),
    (21_623, 400, "Number of media files exceeds allowed limit"),
    (21_655, 400, "The ContentSid is invalid"),
    (21_656, 400, "The ContentVariables parameter is invalid"),
    (21_701, 404, "The Messaging Service does not exist"),
    (21_910, 400, "Invalid 'From' and 'To' pair. They must be of the same channel"),
    (30_008, 0, "Unknown error"),
    (30_036, 0, "Validity Period Expired"),
    (63_003, 0, "Channel could not find To address"),
    (63_005, 0, "Channel did not accept given content"),
    (63_007, 400, "Twilio could not find a Channel with the specified From address"),
    (63_013, 0, "Channel policy violation"),
    (63_014, 0, "Blocked by the recipient"),
    (63_015, 0, "Channel Sandbox can only send messages to phone numbers that have joined"),
    (63_016, 0, "Failed to send freeform message because you are outside the allowed window"),
    (63_018, 0, "Rate limit exceeded for Channel"),
    (63_019, 0, "Media failed to download"),
    (63_020, 0, "Twilio encountered a Business Manager account error"),
    (63_021, 0, "Channel invalid content error"),
    (63_024, 0, "Invalid message recipient"),
    (63_026, 0, "Message was marked as spam"),
    (63_028, 0, "Number of parameters provided does not match the expected number"),
    (63_031, 400, "Channels message From and To are the same"),
    (63_032, 0, "User cannot receive this message due to WhatsApp limitations"),
    (63_038, 0, "Account exceeded the daily messages limit"),
    (63_041, 0, "The template is paused"),
    (63_049, 0, "Meta chose not to deliver this WhatsApp marketing message"),
];

/// Why a call is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    status: u16,
    code: u32,
    message: String,
}

impl Refusal {
    /// A refusal by a code.
    pub(super) fn new(code: u32) -> Self {
        Self::worded(code, words_of(code))
    }

    /// The same in other words.
    pub(super) fn worded(code: u32, message: impl Into<String>) -> Self {
        let status = CODES.iter().find(|(known, ..)| *known == code);
        let status = status.map_or(400, |(_, status, _)| (*status).max(400));
        Self { status, code, message: message.into() }
    }

    /// The refusal that fits an HTTP status which a fault asks for.
    pub(super) fn of_status(status: u16) -> Self {
        let code = match status {
            401 | 403 => 20_003,
            404 => 20_404,
            429 => 20_429,
            503 => 20_503,
            500..=599 => 20_500,
            _ => 20_001,
        };
        Self { status, ..Self::new(code) }
    }

    /// As an answer. A gateway in front answers in HTML.
    pub(super) fn answer(&self) -> WireResponse {
        if matches!(self.status, 502 | 504) {
            return WireResponse::bytes(self.status, "text/html", b"<html>Bad Gateway</html>");
        }
        WireResponse::json(
            self.status,
            &json!({
                "code": self.code, "message": self.message, "status": self.status,
                "more_info": format!("https://www.twilio.com/docs/errors/{}", self.code),
            }),
        )
    }
}

/// Whether a code is known.
pub(super) fn is_known(code: u32) -> bool {
    CODES.iter().any(|(known, ..)| *known == code)
}

/// Whether a code comes in a status callback, not in an answer.
pub(super) fn comes_later(code: u32) -> bool {
    CODES.iter().any(|(known, status, _)| *known == code && *status == 0)
}

/// The words of a code.
pub(super) fn words_of(code: u32) -> &'static str {
    CODES.iter().find(|(known, ..)| *known == code).map_or("Unknown error", |(.., words)| words)
}
