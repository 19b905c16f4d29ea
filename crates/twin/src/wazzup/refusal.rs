//! Why a call is refused, in Wazzup's three shapes: the send route's, the other routes', and the
//! bare HTTP statuses whose body says nothing.

use serde_json::{Value, json};

use crate::{door::bad_gateway, wire::WireResponse};

/// Codes and their words.
const CODES: [(&str, &str); 34] = [
    ("INVALID_MESSAGE_DATA", "Message data is invalid"),
    ("MESSAGE_ONLY_TEXT_OR_CONTENT", "Only text or content can be sent"),
    ("MESSAGE_NOTHING_TO_SEND", "There is nothing to send"),
    ("MESSAGES_TEXT_CAN_NOT_BE_BLANK", "Text can not be blank"),
    ("MESSAGES_CONTENT_CAN_NOT_BE_BLANK", "Content can not be blank"),
    ("MESSAGE_TEXT_TOO_LONG", "Text is too long"),
    ("MESSAGES_TOO_LONG_TELEGRAM", "Text is too long for Telegram"),
    ("MESSAGES_TOO_LONG_WABA", "Text is too long for WABA"),
    ("MESSAGES_TOO_LONG_VK", "Text is too long for VK"),
    ("MESSAGE_WRONG_CONTENT_TYPE", "Wrong content type"),
    ("MESSAGES_CONTENT_SIZE_EXCEEDED", "Content size exceeded"),
    ("MESSAGES_CONTENT_SIZE_EXCEEDED_WABA", "Content size exceeded for WABA"),
    ("MESSAGE_DOWNLOAD_CONTENT_ERROR", "Content can not be downloaded"),
    ("WRONG_TRANSPORT", "Chat type does not fit the channel"),
    ("CHANNEL_NOT_FOUND", "Channel is not found"),
    ("CHANNEL_BLOCKED", "Channel is switched off"),
    ("CHANNEL_WAPI_REJECTED", "WABA channel is blocked"),
    ("CHANNEL_NO_MONEY", "Channel is not paid"),
    ("CHANNEL_LIMIT_EXCEEDED", "Limit of active dialogues is exceeded"),
    ("BALANCE_IS_EMPTY", "Balance is empty"),
    ("MESSAGE_CHANNEL_UNAVAILABLE", "Channel is unavailable"),
    ("MESSAGES_NOT_TEXT_FIRST", "The tariff does not allow to write first"),
    ("MESSAGES_IS_SPAM", "Message is suspected of spam"),
    ("MESSAGES_ABNORMAL_SEND", "Abnormal sending"),
    ("BAD_CONTACT", "There is no such contact in the messenger"),
    ("REFERENCE_MESSAGE_NOT_FOUND", "Quoted message is not found"),
    ("REPEATED_CRM_MESSAGE_ID", "Message with this crmMessageId was sent already"),
    ("TEMPLATE_REJECTED", "Template can not be used"),
    ("MESSAGES_CAN_NOT_ADD", "Message can not be added"),
    ("UNKNOWN_ERROR", "Unknown error"),
    ("MESSAGES_NOT_FOUND", "Message is not found"),
    ("CHAT_NO_ACCESS", "There is no access to the chat"),
    ("CHANNEL_INVALID_TRANSPORT_FOR_EDITING", "The channel does not edit"),
    ("CHANNEL_INVALID_TRANSPORT_FOR_DELETION", "The channel does not delete"),
];

/// Why a call is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    /// Empty: the body says nothing.
    code: &'static str,
    description: String,
    data: Value,
}

impl Refusal {
    /// A refusal by a code.
    pub(super) fn new(code: &'static str) -> Self {
        let words = CODES.iter().find(|(known, _)| *known == code);
        let description = words.map_or(String::new(), |(_, words)| (*words).to_owned());
        Self { status: 400, code, description, data: Value::Null }
    }

    /// The same with more to say.
    pub(super) fn with(self, data: Value) -> Self {
        Self { data, ..self }
    }

    /// The same in other words.
    pub(super) fn worded(self, description: impl Into<String>) -> Self {
        Self { description: description.into(), ..self }
    }

    /// A member of the send's body that is missing or malformed.
    pub(super) fn field(name: &str) -> Self {
        Self::new("INVALID_MESSAGE_DATA").with(json!({ "fields": [name] }))
    }

    /// A status without words. A key that may not is told so, though.
    pub(super) fn of_status(status: u16) -> Self {
        let code = if status == 403 { "FORBIDDEN" } else { "" };
        Self { status, code, description: String::new(), data: Value::Null }
    }

    /// As an answer; the send route adds its status and the number of the request.
    pub(super) fn answer(&self, request_id: Option<&str>, is_camel: bool) -> WireResponse {
        if matches!(self.status, 502..=504) {
            return bad_gateway(self.status);
        }
        if self.code.is_empty() {
            return WireResponse::empty(self.status);
        }
        let code = if is_camel { camel(self.code) } else { self.code.to_owned() };
        let mut body = json!({ "error": code });
        if !self.description.is_empty() {
            body["description"] = json!(self.description);
        }
        if !self.data.is_null() {
            body["data"] = self.data.clone();
        }
        if let Some(request_id) = request_id {
            body["status"] = json!(self.status);
            body["requestId"] = json!(request_id);
        }
        WireResponse::json(self.status, &body)
    }
}

/// `REPEATED_CRM_MESSAGE_ID` as `repeatedCrmMessageId`.
fn camel(code: &str) -> String {
    if code.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return code.to_owned();
    }
    let mut out = String::with_capacity(code.len());
    for (place, word) in code.split('_').enumerate() {
        let lower = word.to_ascii_lowercase();
        match lower.chars().next().filter(|_| place > 0) {
            Some(first) => {
                out.push(first.to_ascii_uppercase());
                out.push_str(&lower[first.len_utf8()..]);
            }
            None => out.push_str(&lower),
        }
    }
    out
}

/// The code of that place in the table.
pub(super) fn code_at(place: usize) -> Option<&'static str> {
    CODES.get(place).map(|(code, _)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_a_code() {
        assert_eq!(camel("REPEATED_CRM_MESSAGE_ID"), "repeatedCrmMessageId");
        assert_eq!(camel("testPostNotPassed"), "testPostNotPassed");
    }
}
