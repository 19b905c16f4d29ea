//! Files: an address to upload to, the upload, and saving what was uploaded.

use serde_json::{Value, json};

use super::{
    Answer, Desk, NAME,
    community::{Community, Media},
    refusal::Refusal,
};
use crate::{
    content::{File, Kind, extension},
    form,
    stage::Stage,
    wire::{WireRequest, WireResponse},
};

const PHOTO_BYTES_MAX: usize = 50 * 1024 * 1024;
/// The number of the upload server, as the answers show it.
const SERVER: i64 = 626_627;

fn ticket(desk: &mut Desk<'_>, kind: &str) -> String {
    let ticket = desk.stage.random.hex(16).to_ascii_lowercase();
    desk.community.tickets.insert(&ticket, None);
    let account = &desk.community.key.account;
    format!("{}/{NAME}/upload/{account}/{kind}/{ticket}", desk.stage.public_url)
}

/// `photos.getMessagesUploadServer`.
pub(super) fn photo_server(desk: &mut Desk<'_>) -> Answer {
    let url = ticket(desk, "photo");
    let group = desk.community.id();
    Ok(json!({ "upload_url": url, "album_id": -64, "group_id": group, "user_id": 0 }))
}

/// `docs.getMessagesUploadServer`.
pub(super) fn doc_server(desk: &mut Desk<'_>) -> Answer {
    let kind = match desk.params.text("type") {
        "" | "doc" => "doc",
        "audio_message" => "audio_message",
        "graffiti" => "graffiti",
        _ => return Err(Refusal::param("type is invalid")),
    };
    let url = ticket(desk, kind);
    Ok(json!({ "upload_url": url }))
}

/// The upload itself. What is refused is told in the answer's own ways, with status 200.
pub(super) fn take(
    stage: &mut Stage,
    community: &mut Community,
    request: &WireRequest,
    kind: &str,
    ticket: &str,
) -> WireResponse {
    let answer = |body: &Value| WireResponse::json(200, body);
    let error = |what: &str| answer(&json!({ "error": what, "error_descr": what }));
    if community.tickets.get(ticket).is_none() {
        return error("ERR_UPLOAD_SESSION_NOT_FOUND");
    }
    let field = if kind == "photo" { "photo" } else { "file" };
    let boundary = request.header("content-type").and_then(form::boundary_of);
    let parts = boundary.as_ref().map(|boundary| form::parts_of(&request.body, boundary));
    let part = parts.iter().flatten().find(|part| part.name == field);
    let Some(part) = part.filter(|part| !part.bytes.is_empty()) else {
        return match kind {
            "photo" => answer(&json!({ "server": SERVER, "photo": "[]", "hash": ticket })),
            _ => error("no_file"),
        };
    };
    if kind == "photo" && !is_photo(part.bytes) {
        return answer(&json!({ "server": SERVER, "photo": "[]", "hash": ticket }));
    }
    let name = part.file_name.clone().filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| "file".to_owned());
    let mime = part.mime.clone().unwrap_or_default();
    let url = stage.add_file(&name, &mime, part.bytes.to_vec());
    let media_kind = match kind {
        "photo" | "graffiti" => Kind::Image,
        "audio_message" => Kind::Voice,
        _ => Kind::Document,
    };
    let media = Media { file: File::new(&url, &name, &mime), kind: media_kind };
    community.tickets.insert(ticket, Some(media));
    match kind {
        "photo" => {
            let photo = json!([{ "photo": ticket, "sizes": [], "kid": ticket }]).to_string();
            answer(&json!({ "server": SERVER, "photo": photo, "hash": ticket }))
        }
        _ => answer(&json!({ "file": format!("{}|0|0|{ticket}", community.id()) })),
    }
}

fn is_photo(bytes: &[u8]) -> bool {
    let magic: [&[u8]; 3] = [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8"];
    bytes.len() <= PHOTO_BYTES_MAX && magic.iter().any(|magic| bytes.starts_with(magic))
}

/// Keeps an upload for `attachment` and returns its number.
fn save(desk: &mut Desk<'_>, ticket: &str, kind: &str) -> Option<(i64, Media)> {
    let media = desk.community.tickets.remove(ticket)??;
    let id = 456_239_000 + desk.stage.serial(&format!("vk/media/{}", desk.community.key.account));
    let name = format!("{kind}-{}_{id}", desk.community.key.account);
    desk.community.media.insert(&name, media.clone());
    Some((id, media))
}

/// `photos.saveMessagesPhoto`.
pub(super) fn save_photo(desk: &mut Desk<'_>) -> Answer {
    if desk.params.required("server")? != SERVER {
        return Err(Refusal::new(118));
    }
    let (photo, hash) = (desk.params.text("photo").to_owned(), desk.params.text("hash").to_owned());
    if photo.is_empty() {
        return Err(Refusal::param("photo is undefined"));
    }
    if photo == "[]" || !photo.contains(&hash) {
        return Err(Refusal::new(129));
    }
    if desk.community.tickets.get(&hash).is_none() {
        return Err(Refusal::new(121));
    }
    let Some((id, media)) = save(desk, &hash, "photo") else { return Err(Refusal::new(129)) };
    let size = |letter: &str, width: i32, height: i32| json!({ "type": letter, "url": media.file.url, "width": width, "height": height });
    Ok(json!([{
        "id": id, "owner_id": -desk.community.id(), "album_id": -64, "text": "",
        "date": desk.stage.clock.now_s(), "access_key": hash,
        "sizes": [size("s", 75, 50), size("m", 130, 87), size("x", 604, 403)],
    }]))
}

/// `docs.save`. Music and programs are refused here.
pub(super) fn save_doc(desk: &mut Desk<'_>) -> Answer {
    let file = desk.params.text("file").to_owned();
    if file.is_empty() {
        return Err(Refusal::param("file is undefined"));
    }
    let ticket = file.rsplit('|').next().unwrap_or("").to_owned();
    let known = desk.community.tickets.get(&ticket).and_then(Option::as_ref);
    let Some(known) = known.cloned() else { return Err(Refusal::new(105)) };
    let name = known.file.name.clone();
    let refused = ["mp3", "exe", "bat", "cmd", "com", "scr", "msi", "apk", "js", "vbs"];
    if refused.contains(&extension(&name).as_str()) && known.kind != Kind::Voice {
        return Err(Refusal::new(105));
    }
    let Some((id, mut media)) = save(desk, &ticket, "doc") else { return Err(Refusal::new(105)) };
    let owner = -desk.community.id();
    if media.kind == Kind::Voice {
        return Ok(json!({ "type": "audio_message", "audio_message": {
            "id": id, "owner_id": owner, "duration": 1, "waveform": [], "access_key": ticket,
            "link_ogg": media.file.url, "link_mp3": media.file.url,
        } }));
    }
    let title = desk.params.text("title");
    if !title.is_empty() {
        title.clone_into(&mut media.file.name);
        let name = format!("doc-{}_{id}", desk.community.key.account);
        desk.community.media.insert(&name, media.clone());
    }
    let size = desk.stage.file_at(&media.file.url).map_or(0, |upload| upload.bytes.len());
    Ok(json!({ "type": "doc", "doc": {
        "id": id, "owner_id": owner, "title": media.file.name, "size": size,
        "ext": extension(&name), "date": desk.stage.clock.now_s(), "type": 8,
        "url": media.file.url, "access_key": ticket,
    } }))
}
