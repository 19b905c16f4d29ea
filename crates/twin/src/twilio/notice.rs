//! Webhooks: what comes in, and statuses; both as signed forms.

use serde_json::json;

use super::{
    POLICY,
    account::{Account, FailureWord, Note, receiver},
    key_of, refusal,
};
use crate::{
    bubble::{Bubble, Status},
    content::Kind,
    form, signature,
    stage::Stage,
    webhook::Hook,
};

/// The host that Twilio's own addresses of media name.
const API: &str = "https://api.twilio.com";

type Fields = Vec<(&'static str, String)>;

/// A signed form for an address.
fn hook(stage: &mut Stage, account: &Account, url: &str, fields: &Fields) -> Hook {
    let url = url.split('#').next().unwrap_or(url);
    let mut sorted: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let body = form::encode(&sorted);
    sorted.sort_unstable();
    sorted.dedup();
    let mut signed = url.to_owned();
    for (name, value) in sorted {
        signed.push_str(name);
        signed.push_str(value);
    }
    let signature = signature::hmac_sha1_base64(account.token.as_bytes(), signed.as_bytes());
    let headers = vec![
        ("x-twilio-signature".to_owned(), signature),
        ("i-twilio-idempotency-token".to_owned(), stage.random.hex(32)),
    ];
    Hook { headers, ..Hook::new(body.into_bytes()) }
}

/// A status of a bubble, to where its message said.
pub(super) fn status(stage: &mut Stage, account: &Account, seq: u64) {
    let Some(bubble) = stage.bubbles.get(seq).cloned() else { return };
    let Some(note) = account.of_bubble(seq).filter(|note| !note.is_incoming) else { return };
    let Some(url) = note.callback.clone().or_else(|| account.status_callback.clone()) else {
        return;
    };
    let word = word_of(account, bubble.status);
    // The first status is told by the answer.
    if word == "queued" {
        return;
    }
    let mut fields: Fields = vec![
        ("MessageSid", bubble.id.clone()),
        ("SmsSid", bubble.id.clone()),
        ("MessageStatus", word.to_owned()),
        ("SmsStatus", word.to_owned()),
        ("To", format!("whatsapp:+{}", bubble.phone)),
        ("From", account.address()),
        ("AccountSid", account.key.account.to_string()),
        ("ApiVersion", "2010-04-01".to_owned()),
        ("ChannelPrefix", "whatsapp".to_owned()),
        ("ChannelInstallSid", account.sender_sid()),
        ("ChannelToAddress", masked(account, &bubble.phone)),
    ];
    match word {
        "sent" => fields.push(("StructuredMessage", bubble.template.is_some().to_string())),
        "failed" | "undelivered" => {
            let code = code_of(&bubble);
            fields.push(("ErrorCode", code.to_string()));
            fields.push(("ErrorMessage", refusal::words_of(code).to_owned()));
            fields.push(("EventType", word.to_uppercase()));
        }
        _ => fields.push(("EventType", word.to_uppercase())),
    }
    let hook = hook(stage, account, &url, &fields);
    let key = key_of(&format!("{}#{}", account.key.account, url.split('#').next().unwrap_or("")));
    stage.webhooks.open(key.clone(), POLICY);
    stage.aim(&key, Some(receiver(&url)));
    stage.push_receipt_hook(&key, hook);
}

/// The word for a status.
pub(super) fn word_of(account: &Account, status: Status) -> &'static str {
    match status {
        Status::Queued => "queued",
        Status::Sent => "sent",
        Status::Delivered => "delivered",
        Status::Read => "read",
        Status::Failed | Status::NoAccount | Status::NotInGroup | Status::YellowCard => {
            match account.failure {
                FailureWord::Failed => "failed",
                FailureWord::Undelivered => "undelivered",
            }
        }
    }
}

/// The code that a bubble failed with.
pub(super) fn code_of(bubble: &Bubble) -> u32 {
    match bubble.status {
        Status::NoAccount => 63_003,
        Status::YellowCard => 63_026,
        Status::Failed
        | Status::NotInGroup
        | Status::Queued
        | Status::Sent
        | Status::Delivered
        | Status::Read => bubble.description.parse().unwrap_or(30_008),
    }
}

fn masked(account: &Account, number: &str) -> String {
    let shown = number.len().saturating_sub(4);
    match number.get(..shown).filter(|_| account.mask) {
        Some(shown) => format!("+{shown}XXXX"),
        None => format!("+{number}"),
    }
}

/// A press of a button of ours.
pub(super) struct Pressed {
    pub(super) text: String,
    pub(super) payload: String,
}

/// What a customer wrote.
pub(super) fn incoming(stage: &mut Stage, account: &Account, note: &Note, more: Option<&Pressed>) {
    let Some(bubble) = stage.bubbles.get(note.seq).cloned() else { return };
    let Some(url) = account.callback.clone() else { return };
    let name = stage.phones.get(&bubble.from).name;
    let sid = &bubble.id;
    let kind = if more.is_some() { "button" } else { kind_name(bubble.kind) };
    let has_media = note.media.is_some();
    let context = json!({ "type": "whatsapp", "data": { "context": {
        "ProfileName": name, "WaId": bubble.from } } });
    let mut fields: Fields = vec![
        ("MessageSid", sid.clone()),
        ("SmsSid", sid.clone()),
        ("SmsMessageSid", sid.clone()),
        ("AccountSid", account.key.account.to_string()),
        ("ApiVersion", "2010-04-01".to_owned()),
        ("From", format!("whatsapp:+{}", bubble.from)),
        ("To", account.address()),
        ("Body", bubble.text.clone()),
        ("NumMedia", u8::from(has_media).to_string()),
        ("NumSegments", "1".to_owned()),
        ("ReferralNumMedia", "0".to_owned()),
        ("SmsStatus", "received".to_owned()),
        ("ProfileName", name),
        ("WaId", bubble.from.clone()),
        ("MessageType", kind.to_owned()),
        ("ChannelMetadata", context.to_string()),
    ];
    if let Some((media, file)) = &note.media {
        let ac = &account.key.account;
        let path = format!("2010-04-01/Accounts/{ac}/Messages/{sid}/Media/{media}");
        fields.push(("MediaUrl0", format!("{}/{path}", stage.base(API))));
        fields.push(("MediaContentType0", file.mime.clone()));
    }
    if let Some(quote) = &bubble.quote {
        fields.push(("OriginalRepliedMessageSid", quote.id.clone()));
        let author = stage.bubbles.find(&quote.id).map_or(&account.phone, |quoted| &quoted.from);
        fields.push(("OriginalRepliedMessageSender", format!("whatsapp:+{author}")));
    }
    if let Some(pressed) = more {
        fields.push(("ButtonText", pressed.text.clone()));
        fields.push(("ButtonPayload", pressed.payload.clone()));
    }
    if bubble.kind == Kind::Location {
        let number = |name: &str| bubble.extra[name].to_string();
        let text = |name: &str| bubble.extra[name].as_str().unwrap_or_default().to_owned();
        fields.push(("Latitude", number("latitude")));
        fields.push(("Longitude", number("longitude")));
        fields.push(("Label", text("nameLocation")));
        fields.push(("Address", text("address")));
    }
    let hook = hook(stage, account, &url, &fields);
    stage.push(&account.key, hook);
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Poll => "text",
        Kind::Image => "image",
        Kind::Video => "video",
        Kind::Audio | Kind::Voice => "audio",
        Kind::Document => "document",
        Kind::Sticker => "sticker",
        Kind::Location => "location",
        Kind::Contact => "contacts",
    }
}
