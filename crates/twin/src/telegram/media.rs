//! Files: three ways to give one to a send, `getFile` and the download.

use serde_json::{Value, json};

use super::{Answer, Desk, bot::Known, params::Params, refusal::Refusal};
use crate::{
    content::{File, Kind, extension},
    stage::Stage,
    wire::WireResponse,
};

const MB: usize = 1024 * 1024;
const PHOTO_BYTES_MAX: usize = 10 * MB;
const FILE_BYTES_MAX: usize = 50 * MB;
const PHOTO_BY_URL_BYTES_MAX: usize = 5 * MB;
const FILE_BY_URL_BYTES_MAX: usize = 20 * MB;
const DOWNLOAD_BYTES_MAX: usize = 20 * MB;
const PHOTO_SIDES_MAX: u64 = 10_000;

/// The file of a send, and the kind it is shown as.
pub(super) fn given(
    desk: &mut Desk<'_>,
    params: &Params,
    value: &str,
    field: &str,
    kind: Kind,
) -> Result<(File, Kind), Refusal> {
    let part = value.strip_prefix("attach://").unwrap_or(field);
    if let Some(upload) = params.file(part) {
        check_upload(&upload.bytes, kind)?;
        let name = if upload.name.is_empty() { "file" } else { &upload.name };
        let url = desk.stage.add_file(name, &upload.mime, upload.bytes.clone());
        return Ok((File::new(&url, name, &upload.mime), kind));
    }
    if value.starts_with("attach://") || value.is_empty() {
        return Err(Refusal::bad(&format!("there is no {} in the request", word(kind))));
    }
    if value.contains("://") {
        return by_url(desk.stage, value, kind);
    }
    match desk.bot.known(value) {
        Some(Known { file, kind: known }) if *known == kind => Ok((file.clone(), kind)),
        Some(Known { kind: known, .. }) => {
            let text =
                format!("can't use file of type {} as {}", type_name(*known), type_name(kind));
            Err(Refusal::bad(&text))
        }
        None => Err(Refusal::bad("wrong file_id or the file is temporarily unavailable")),
    }
}

fn check_upload(bytes: &[u8], kind: Kind) -> Result<(), Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::bad("file must be non-empty"));
    }
    let max = if kind == Kind::Image { PHOTO_BYTES_MAX } else { FILE_BYTES_MAX };
    if bytes.len() > max && kind == Kind::Image {
        let text = format!("file of size {} bytes is too big for a photo", bytes.len());
        return Err(Refusal::bad(&format!("{text}; the maximum size is {max} bytes")));
    }
    if bytes.len() > max {
        return Err(Refusal::new(413, "Request Entity Too Large"));
    }
    if kind != Kind::Image {
        return Ok(());
    }
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    let is_image = starts(b"\xff\xd8\xff")
        || starts(b"\x89PNG\r\n\x1a\n")
        || starts(b"GIF8")
        || starts(b"BM")
        || (starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"));
    if !is_image {
        return Err(Refusal::bad("IMAGE_PROCESS_FAILED"));
    }
    match png_sides(bytes) {
        Some((width, height))
            if width + height > PHOTO_SIDES_MAX
                || width.max(height) > 20 * width.min(height).max(1) =>
        {
            Err(Refusal::bad("PHOTO_INVALID_DIMENSIONS"))
        }
        _ => Ok(()),
    }
}

fn png_sides(bytes: &[u8]) -> Option<(u64, u64)> {
    if !bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return None;
    }
    let side = |at: usize| {
        let four: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(u64::from(u32::from_be_bytes(four)))
    };
    Some((side(16)?, side(20)?))
}

/// The twin downloads nothing: the name decides what is there, and a host that cannot exist
/// stands for a download that fails.
fn by_url(stage: &Stage, url: &str, kind: Kind) -> Result<(File, Kind), Refusal> {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#', ':']).next()).unwrap_or("");
    if host.is_empty() {
        return Err(Refusal::bad("Wrong HTTP URL specified"));
    }
    if host.ends_with(".invalid") {
        return Err(Refusal::bad("Failed to get HTTP URL content"));
    }
    let file = File::new(url, "", "");
    let max = if kind == Kind::Image { PHOTO_BY_URL_BYTES_MAX } else { FILE_BY_URL_BYTES_MAX };
    if stage.file_at(url).is_some_and(|upload| upload.bytes.len() > max) {
        return Err(Refusal::bad("Failed to get HTTP URL content"));
    }
    let extension = extension(&file.name);
    let is_of = |known: &[&str]| extension.is_empty() || known.contains(&extension.as_str());
    let is_fit = match kind {
        Kind::Image => is_of(&["jpg", "jpeg", "png", "gif", "webp", "bmp"]),
        Kind::Document => is_of(&["gif", "pdf", "zip"]),
        Kind::Video => is_of(&["mp4", "mov", "webm", "mkv"]),
        Kind::Audio => is_of(&["mp3", "m4a"]),
        // Anything else than ogg is shown as a file.
        Kind::Voice if !is_of(&["ogg", "oga", "opus"]) => return Ok((file, Kind::Document)),
        Kind::Voice | Kind::Sticker | Kind::Text | Kind::Location | Kind::Contact | Kind::Poll => {
            true
        }
    };
    if !is_fit {
        return Err(Refusal::bad("Wrong type of the web page content"));
    }
    Ok((file, kind))
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Image => "photo",
        Kind::Video => "video",
        Kind::Audio => "audio",
        Kind::Voice => "voice",
        Kind::Sticker => "sticker",
        Kind::Document | Kind::Text | Kind::Location | Kind::Contact | Kind::Poll => "document",
    }
}

fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Image => "Photo",
        Kind::Video => "Video",
        Kind::Audio => "Audio",
        Kind::Voice => "VoiceNote",
        Kind::Sticker => "Sticker",
        Kind::Document | Kind::Text | Kind::Location | Kind::Contact | Kind::Poll => "Document",
    }
}

/// `getFile`.
pub(super) fn get_file(desk: &mut Desk<'_>, params: &Params) -> Answer {
    let id = params.text("file_id");
    let Some(known) = desk.bot.known(&id) else {
        return Err(Refusal::bad("wrong file_id or the file is temporarily unavailable"));
    };
    let Some(upload) = desk.stage.file_at(&known.file.url) else {
        return Err(Refusal::bad("wrong file_id or the file is temporarily unavailable"));
    };
    if upload.bytes.len() > DOWNLOAD_BYTES_MAX {
        return Err(Refusal::bad("file is too big"));
    }
    let folder = match known.kind {
        Kind::Image => "photos",
        Kind::Video => "videos",
        Kind::Audio => "music",
        Kind::Voice => "voice",
        Kind::Sticker => "stickers",
        Kind::Document | Kind::Text | Kind::Location | Kind::Contact | Kind::Poll => "documents",
    };
    // The path tells neither the file's name nor its type.
    let extension = extension(&known.file.name);
    let dot = if extension.is_empty() { "" } else { "." };
    Ok(json!({
        "file_id": id, "file_unique_id": super::bot::digest(&["unique", &known.file.url]),
        "file_size": upload.bytes.len(),
        "file_path": format!("{folder}/file_{}{dot}{extension}", upload.id),
    }))
}

/// `GET /file/bot<token>/<file_path>`.
pub(super) fn download(stage: &Stage, path: &str) -> Option<WireResponse> {
    let name = path.rsplit('/').next()?.strip_prefix("file_")?;
    let upload = stage.files.get(name.split('.').next()?)?;
    Some(WireResponse::bytes(200, "application/octet-stream", &upload.bytes))
}

/// A list of what an album consists of.
pub(super) fn album(params: &Params) -> Result<Vec<Value>, Refusal> {
    let media = params.nested("media", "media")?;
    let Some(items) = media.as_array() else {
        return Err(Refusal::bad("can't parse media JSON object"));
    };
    if !(2..=10).contains(&items.len()) {
        return Err(Refusal::bad("wrong number of media: group must contain 2-10 items"));
    }
    Ok(items.clone())
}
