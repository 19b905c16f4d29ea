//! `UltraMsg`: paths, answers and webhooks of its own.

use serde_json::{Value, json};

use super::{
    Answer, Desk,
    instance::{Instance, State},
    notice,
    refusal::Refusal,
    send::{Chat, Draft, Taken, file_of, lost, member, take},
};
use crate::{bubble::Direction, content::Kind, stage::Stage, wire::WireResponse};

/// `messages/chat`.
pub(super) fn text(desk: &mut Desk<'_>) -> Answer {
    let chat = chat(desk)?;
    let text = required(desk, "body")?;
    accept(desk, Draft::new("chat", chat, Kind::Text, &text))
}

/// `messages/{image,document,audio,voice,video}`: the file under the name of the method.
pub(super) fn file(desk: &mut Desk<'_>) -> Answer {
    let (field, kind, name) = match desk.address.method.as_str() {
        "messages/image" => ("image", Kind::Image, "image.jpg"),
        "messages/audio" => ("audio", Kind::Audio, "audio.mp3"),
        "messages/voice" => ("voice", Kind::Voice, "voice.ogg"),
        "messages/video" => ("video", Kind::Video, "video.mp4"),
        _ => ("document", Kind::Document, "file"),
    };
    let chat = chat(desk)?;
    let body = required(desk, field)?;
    let name = member(&desk.body, "filename").unwrap_or(name).to_owned();
    let caption = member(&desk.body, "caption").unwrap_or("").to_owned();
    let mut draft = Draft::new(field, chat, kind, &caption);
    draft.file = Some(
        file_of(desk, &body, &name)
            .map_err(|refusal| worded(refusal, |text| Refusal::Field(field, text)))?,
    );
    accept(desk, draft)
}

fn chat(desk: &Desk<'_>) -> Result<Chat, Refusal> {
    let to = desk.body.get("to").cloned().unwrap_or(Value::Null);
    if to.is_null() {
        return Err(Refusal::Field("to", "is required".to_owned()));
    }
    let id = to.as_str().and_then(Chat::of_id);
    match id {
        Some(chat) => Ok(chat),
        None => Chat::of_phone(&to).map_err(|text| Refusal::Field("to", text)),
    }
}

fn required(desk: &Desk<'_>, field: &'static str) -> Result<String, Refusal> {
    let found = member(&desk.body, field).map(str::to_owned);
    found.ok_or_else(|| Refusal::Field(field, "is required".to_owned()))
}

/// A refusal of the classic dialect in the words of this one.
fn worded(refusal: Refusal, word: impl FnOnce(String) -> Refusal) -> Refusal {
    if let Refusal::Sent(text) = &refusal { word(text.clone()) } else { refusal }
}

fn accept(desk: &mut Desk<'_>, mut draft: Draft) -> Answer {
    draft.reference = member(&desk.body, "referenceId").unwrap_or("").to_owned();
    let taken = take(desk, draft).map_err(|refusal| worded(refusal, Refusal::Error))?;
    match taken {
        Taken::Answered(answer) => Ok(answer),
        Taken::Queued { door, number, .. } => {
            let answer = json!({ "sent": "true", "message": "ok", "id": number });
            lost(door, WireResponse::json(200, &answer))
        }
    }
}

/// `instance/status`.
pub(super) fn status(desk: &mut Desk<'_>) -> Answer {
    let (status, substatus) = match desk.instance.state {
        State::Authenticated => ("authenticated", "connected"),
        State::GotQrCode => ("qr", "normal"),
        State::NotPaid => {
            let text = "Your instance is stopped due to non-payment";
            return Err(Refusal::Error(text.to_owned()));
        }
        State::Init | State::Loading => ("standby", "normal"),
    };
    let inner = json!({ "status": status, "substatus": substatus });
    Ok(WireResponse::json(200, &json!({ "status": { "accountStatus": inner } })))
}

/// `message_received` and `message_create`.
pub(super) fn message(stage: &mut Stage, instance: &Instance, seq: u64, event: &str) {
    if let Some(body) = event_of(stage, instance, seq, event, "") {
        stage.push_webhook(&instance.key, &body);
    }
}

/// `message_ack`.
pub(super) fn ack(stage: &mut Stage, instance: &Instance, seq: u64, status: &str) {
    let word = match status {
        "sent" => "server",
        "delivered" => "device",
        _ => "read",
    };
    if let Some(body) = event_of(stage, instance, seq, "message_ack", word) {
        stage.push_receipt(&instance.key, &body);
    }
}

fn event_of(stage: &Stage, instance: &Instance, seq: u64, event: &str, ack: &str) -> Option<Value> {
    let bubble = stage.bubbles.get(seq)?;
    let is_own = bubble.direction == Direction::In;
    let (chat, company) = (notice::chat_id(bubble), format!("{}@c.us", instance.phone));
    let (from, to) = if is_own { (company, chat) } else { (chat, company) };
    let named = instance.sent.get(&seq);
    let reference = named.map_or("", |(_, reference)| reference.as_str());
    let media = bubble.file.as_ref().map_or("", |file| file.url.as_str());
    let quoted = bubble.quote.as_ref();
    let quoted = quoted.map(|quote| json!({ "id": quote.id, "body": quote.text }));
    let place = &bubble.extra;
    let body = match bubble.kind {
        Kind::Location => format!("{};{}", place["latitude"], place["longitude"]),
        Kind::Contact => place["vcard"].as_str().unwrap_or("").to_owned(),
        Kind::Text
        | Kind::Image
        | Kind::Video
        | Kind::Audio
        | Kind::Voice
        | Kind::Document
        | Kind::Sticker
        | Kind::Poll => bubble.text.clone(),
    };
    Some(json!({
        "event_type": event, "instanceId": &*instance.key.account,
        "id": named.map_or(String::new(), |(number, _)| number.to_string()),
        "referenceId": reference, "hash": "",
        "data": {
            "id": bubble.id, "from": from, "to": to, "author": notice::author_id(bubble),
            "pushname": stage.phones.get(&bubble.from).name, "ack": ack,
            "type": notice::kind_of(bubble), "body": body, "media": media, "fromMe": is_own,
            "self": is_own, "isForwarded": false, "isMentioned": false,
            "quotedMsg": quoted.unwrap_or_else(|| json!({})), "mentionedIds": [],
            "time": bubble.at.queued.div_euclid(1_000),
        },
    }))
}
