//! Uploads: an address and, for films and sounds, a token at once; then the file to that address.

use serde_json::{Value, json};

use super::{
    Answer, Desk, HOSTS, NAME,
    bot::{Bot, Upload},
    refusal::Refusal,
};
use crate::{
    content::{File, Kind, extension},
    form,
    stage::Stage,
    wire::{WireRequest, WireResponse},
};

const MB: usize = 1024 * 1024;
const IMAGE_BYTES_MAX: usize = 50 * MB;

/// `POST /uploads`.
pub(super) fn begin(desk: &mut Desk<'_>) -> Answer {
    let word = desk.target.get("type").unwrap_or("");
    let (kind, host) = match word {
        "image" => (Kind::Image, "iu.oneme.ru"),
        "video" => (Kind::Video, "vu.okcdn.ru"),
        "audio" => (Kind::Audio, "vu.okcdn.ru"),
        "file" => (Kind::Document, "fu.oneme.ru"),
        _ => return Err(Refusal::payload("Unknown value of 'type'")),
    };
    let token = desk.stage.random.hex(32).to_ascii_lowercase();
    desk.bot.uploads.insert(&token, Upload { kind, done: None });
    // Whoever came by the official host is sent to the official one for uploads.
    let is_official = HOSTS.contains(&desk.host);
    let place = if is_official { format!("https://{host}") } else { desk.stage.public_url.clone() };
    let url = format!("{place}/{NAME}/upload/{}/{token}", desk.bot.key.account);
    match kind {
        Kind::Video | Kind::Audio => Ok(json!({ "url": url, "token": token })),
        Kind::Text
        | Kind::Image
        | Kind::Voice
        | Kind::Document
        | Kind::Sticker
        | Kind::Location
        | Kind::Contact
        | Kind::Poll => Ok(json!({ "url": url })),
    }
}

/// The upload itself: the field `data` of a form, or the whole body.
pub(super) fn take(
    stage: &mut Stage,
    bot: &mut Bot,
    request: &WireRequest,
    token: &str,
) -> WireResponse {
    let Some(kind) = bot.uploads.get(token).map(|upload| upload.kind) else {
        return Refusal::not_found("Upload not found").answer();
    };
    let content_type = request.header("content-type").unwrap_or("");
    let boundary = form::boundary_of(content_type);
    let parts = boundary.as_ref().map(|boundary| form::parts_of(&request.body, boundary));
    let (name, mime, bytes) = match &parts {
        Some(parts) => {
            let Some(part) = parts.iter().find(|part| part.name == "data") else {
                return Refusal::payload("Field 'data' cannot be null").answer();
            };
            let mime = part.mime.clone().unwrap_or_default();
            (part.file_name.clone().unwrap_or_default(), mime, part.bytes)
        }
        None => {
            let disposition = request.header("content-disposition").unwrap_or("");
            let name = disposition.split("filename=").nth(1).unwrap_or("").trim_matches('"');
            (name.to_owned(), content_type.to_owned(), request.body.as_slice())
        }
    };
    if bytes.is_empty() || (kind == Kind::Image && bytes.len() > IMAGE_BYTES_MAX) {
        return Refusal::payload("Invalid file size").answer();
    }
    let forbidden = ["exe", "bat", "cmd", "com", "scr", "msi", "apk", "vbs", "jar"];
    if forbidden.contains(&extension(&name).as_str()) {
        return WireResponse::json(400, &json!({ "message": "File extension is forbidden" }));
    }
    let name = if name.is_empty() { "file" } else { &name };
    let url = stage.add_file(name, &mime, bytes.to_vec());
    let wait_ms = if kind == Kind::Image { 0 } else { bot.processing_ms };
    let done = Some((File::new(&url, name, &mime), stage.clock.tick().plus(wait_ms)));
    bot.uploads.insert(token, Upload { kind, done });
    let number = stage.serial("max/files");
    match kind {
        Kind::Image => {
            let photos: Value = json!({ number.to_string(): { "token": token } });
            WireResponse::json(200, &json!({ "photos": photos }))
        }
        Kind::Video | Kind::Audio => WireResponse::bytes(200, "text/xml", b"<retval>1</retval>"),
        Kind::Document
        | Kind::Text
        | Kind::Voice
        | Kind::Sticker
        | Kind::Location
        | Kind::Contact
        | Kind::Poll => WireResponse::json(200, &json!({ "token": token, "fileId": number })),
    }
}

/// `GET /videos/{token}`.
pub(super) fn video(desk: &mut Desk<'_>, token: &str) -> Answer {
    let upload = desk.bot.uploads.get(token).filter(|upload| upload.kind == Kind::Video);
    let Some((file, _)) = upload.and_then(|upload| upload.done.as_ref()) else {
        return Err(Refusal::not_found("Video not found"));
    };
    Ok(json!({
        "token": token, "urls": { "mp4_720": file.url }, "thumbnail": { "url": file.url },
        "width": 1280, "height": 720, "duration": 1,
    }))
}
