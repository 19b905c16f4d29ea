//! What Twilio tells us by itself: what comes in, and statuses; both are forms at one address.

use super::{code, digits_of, own_address, signature};
use vestnik_model::{account::Account, file::FileKind, outcome::ReceiptKind, phone::Phone};
use vestnik_provider::{
    incoming::{Chat, Extra, Incoming, IncomingFile, Person, Quote},
    port::{Reception, Word},
    wire::{Inbound, decode_form},
};

/// Files of one message: WhatsApp has one, the API could have ten.
const FILES_MAX: usize = 10;

/// The parameters of a webhook.
struct Fields(Vec<(String, String)>);

impl Fields {
    fn of(body: &[u8]) -> Self {
        Self(decode_form(body))
    }

    /// A parameter's value, empty if it is not there.
    fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }

    /// The same, if it is not empty.
    fn some(&self, name: &str) -> Option<String> {
        Some(self.get(name)).filter(|value| !value.is_empty()).map(str::to_owned)
    }
}

pub(super) fn receive(account: &Account, inbound: &Inbound<'_>) -> Reception {
    if !signature::is_authentic(account.setting("auth_token"), inbound) {
        return Reception::Forged;
    }
    let fields = Fields::of(inbound.body);
    if !speaks_of(account, &fields) {
        let detail = "it speaks of another account or sender".to_owned();
        return Reception::Unreadable { detail };
    }
    match word(account, &fields) {
        Ok(word) => Reception::Understood(vec![word]),
        Err(detail) => Reception::Unreadable { detail },
    }
}

/// Whether a webhook at the address that all accounts share is meant for this account.
pub(super) fn is_for(account: &Account, inbound: &Inbound<'_>) -> bool {
    speaks_of(account, &Fields::of(inbound.body))
}

/// By the account's SID and the sender, which is `To` of what comes in and `From` of a status. A
/// service may not have chosen the sender yet.
fn speaks_of(account: &Account, fields: &Fields) -> bool {
    let own = own_address(account);
    let is_own = |name| fields.get(name) == own;
    let side = if fields.get("MessageStatus").is_empty() { "To" } else { "From" };
    fields.get("AccountSid") == account.setting("account_sid")
        && (is_own(side) || fields.get(side).is_empty())
}

fn word(account: &Account, fields: &Fields) -> Result<Word, String> {
    let sid = fields.some("MessageSid").or_else(|| fields.some("SmsSid"));
    let remote_id = sid.ok_or("MessageSid is missing")?;
    let kind = match fields.get("MessageStatus") {
        "" => return incoming(fields, remote_id),
        "sent" => ReceiptKind::Sent,
        "delivered" => ReceiptKind::Delivered,
        "read" => ReceiptKind::Read,
        "failed" | "undelivered" | "canceled" => {
            let (number, words) = (fields.get("ErrorCode"), fields.get("ErrorMessage"));
            ReceiptKind::Failed(code::failure(account, number, words))
        }
        // `queued`, `sending` and what may come: nothing new.
        _ => return Ok(Word::Nothing),
    };
    // A callback carries no time.
    Ok(Word::Receipt { remote_id, kind, at: None })
}

fn incoming(fields: &Fields, remote_id: String) -> Result<Word, String> {
    let from = fields.get("From").strip_prefix("whatsapp:");
    let from = from.filter(|from| !from.is_empty()).ok_or("From is no WhatsApp address")?;
    // A number, or the id of who hides it.
    let id = from.strip_prefix('+').unwrap_or(from).to_owned();
    let wa_id = fields.get("WaId");
    let phone = phone(from).or_else(|| phone(wa_id));
    let author = Person {
        id: id.clone(),
        name: fields.some("ProfileName"),
        username: fields.some("Username"),
        phone,
    };
    let quote = fields.some("OriginalRepliedMessageSid");
    let files = files(fields);
    let extra = extra(fields, files.is_empty());
    Ok(Word::Message(Box::new(Incoming {
        remote_id,
        chat: Chat { id, is_group: false, title: None },
        author,
        is_own: false,
        at: None,
        text: fields.get("Body").to_owned(),
        files,
        extra,
        quote: quote.map(|remote_id| Quote { remote_id, text: None }),
    })))
}

fn phone(text: &str) -> Option<Phone> {
    let is_number = text.strip_prefix('+').unwrap_or(text).bytes().all(|b| b.is_ascii_digit());
    let digits = digits_of(text);
    if is_number { digits.parse().ok().and_then(Phone::from_digits) } else { None }
}

fn files(fields: &Fields) -> Vec<IncomingFile> {
    let count = fields.get("NumMedia").parse().unwrap_or(0_usize).min(FILES_MAX);
    let file = |n: usize| {
        let mime = fields.some(&format!("MediaContentType{n}"));
        Some(IncomingFile {
            kind: kind(fields.get("MessageType"), mime.as_deref().unwrap_or_default()),
            locator: fields.some(&format!("MediaUrl{n}"))?,
            name: None,
            mime,
            size: None,
        })
    };
    (0..count).filter_map(file).collect()
}

/// By the kind that is told, else by the media type.
fn kind(told: &str, mime: &str) -> FileKind {
    match told {
        "image" => FileKind::Image,
        "video" => FileKind::Video,
        // Voice notes are always of this type.
        "audio" if mime.starts_with("audio/ogg") => FileKind::Voice,
        "audio" => FileKind::Audio,
        "sticker" => FileKind::Sticker,
        "document" => FileKind::Document,
        _ => FileKind::of_mime(mime),
    }
}

fn extra(fields: &Fields, has_no_file: bool) -> Option<Extra> {
    let press = fields.some("ButtonPayload").or_else(|| fields.some("ListId"));
    if let Some(payload) = press.or_else(|| fields.some("ButtonText")) {
        return Some(Extra::Pressed { payload });
    }
    if let (Some(latitude), Some(longitude)) = (fields.some("Latitude"), fields.some("Longitude")) {
        let name = fields.some("Label").or_else(|| fields.some("Address"));
        return Some(Extra::Location { latitude, longitude, name });
    }
    let is_empty = has_no_file && fields.get("Body").is_empty();
    match fields.get("MessageType") {
        "" if is_empty => Some(Extra::Other("unknown".to_owned())),
        "" | "text" => None,
        other if is_empty => Some(Extra::Other(other.to_owned())),
        _ => None,
    }
}
