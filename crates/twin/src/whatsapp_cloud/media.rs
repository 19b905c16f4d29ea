//! Files of a number: uploads live for thirty days, what customers sent for seven. Their bytes lie
//! in the stage's store; the address under which they can be fetched holds for five minutes.

use std::collections::BTreeMap;

use data_encoding::{BASE64, HEXLOWER};
use serde_json::{Value, json};

use super::{Answer, Desk, refusal::Refusal};
use crate::{
    clock::Tick,
    content::{File, Kind},
    form, limits, signature,
    stage::Stage,
    wire::WireResponse,
};

const UPLOAD_KEEP_MS: i64 = 30 * 24 * 3_600_000;
const INCOMING_KEEP_MS: i64 = 7 * 24 * 3_600_000;
/// How long an address of a file holds.
const URL_KEEP_S: i64 = 300;
/// The path under which files are fetched.
pub(super) const PATH: &str = "whatsapp_business";
/// The host where Meta keeps files.
const FILE_HOST: &str = "https://lookaside.fbsbx.com";

/// What each kind may be, and how large.
const RULES: &[(Kind, usize, &[&str])] = &[
    (Kind::Audio, 16 << 20, &["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"]),
    (Kind::Image, 5 << 20, &["image/jpeg", "image/png"]),
    (Kind::Video, 16 << 20, &["video/mp4", "video/3gpp"]),
    (Kind::Sticker, 500 << 10, &["image/webp"]),
    (Kind::Document, 100 << 20, &[]),
];

/// One file.
#[derive(Debug, Clone)]
pub(super) struct Media {
    pub(super) file: File,
    pub(super) size: usize,
    pub(super) sha256: [u8; 32],
    pub(super) expires: Tick,
}

/// The files of one number.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    by_id: BTreeMap<String, Media>,
    last: u64,
}

impl Shelf {
    /// Puts a file there and returns its id.
    pub(super) fn put(&mut self, owner: &str, media: Media) -> String {
        self.last += 1;
        let tail = owner.get(owner.len().saturating_sub(4)..).unwrap_or(owner);
        let id = format!("9{tail:0>4}{:011}", self.last);
        self.by_id.insert(id.clone(), media);
        while self.by_id.len() > limits::JOURNAL_MAX {
            self.by_id.pop_first();
        }
        id
    }

    /// A file, as long as it lives.
    pub(super) fn get(&self, id: &str, now: Tick) -> Option<&Media> {
        self.by_id.get(id).filter(|media| media.expires > now)
    }

    fn remove(&mut self, id: &str) -> bool {
        self.by_id.remove(id).is_some()
    }
}

/// Keeps what a customer sent, and says how webhooks show it.
pub(super) fn incoming(
    stage: &Stage,
    shelf: &mut Shelf,
    owner: &str,
    secret: &str,
    file: &File,
) -> Value {
    let bytes = bytes_of(stage, file).unwrap_or_default();
    let sha256 = signature::sha256(bytes);
    let expires = stage.clock.tick().plus(INCOMING_KEEP_MS);
    let mime = file.mime.clone();
    let id = shelf.put(owner, Media { file: file.clone(), size: bytes.len(), sha256, expires });
    let url = url_of(stage, &stage.public_url, secret, &id);
    json!({ "id": id, "mime_type": mime, "sha256": BASE64.encode(&sha256), "url": url })
}

/// The bytes of a file, if they lie with the twin.
fn bytes_of<'a>(stage: &'a Stage, file: &File) -> Option<&'a [u8]> {
    let (_, rest) = file.url.split_once("/twin/files/")?;
    let id = rest.split('/').next()?;
    stage.files.get(id).map(|upload| upload.bytes.as_slice())
}

/// Who asks the official host gets the official host of files; others find both at the twin.
fn base<'a>(stage: &'a Stage, request: &crate::wire::WireRequest) -> &'a str {
    if request.host.ends_with("graph.facebook.com") { FILE_HOST } else { &stage.public_url }
}

fn url_of(stage: &Stage, base: &str, secret: &str, id: &str) -> String {
    let ext = stage.clock.now_s() + URL_KEEP_S;
    let hash = hash_of(secret, id, ext);
    format!("{base}/{PATH}/attachments/?mid={id}&ext={ext}&hash={hash}")
}

fn hash_of(secret: &str, id: &str, ext: i64) -> String {
    let mut hash = signature::hmac_sha256_hex(secret.as_bytes(), format!("{id}:{ext}").as_bytes());
    hash.truncate(32);
    hash
}

/// `POST /{phone}/media`.
pub(super) fn upload(desk: &mut Desk<'_>) -> Answer {
    let boundary = desk.request.header("content-type").and_then(form::boundary_of);
    let boundary = boundary.ok_or_else(|| Refusal::parameter("The parameter file is required."))?;
    let parts = form::parts_of(&desk.request.body, &boundary);
    let text = |name: &str| {
        let part = parts.iter().find(|part| part.name == name);
        part.map(|part| String::from_utf8_lossy(part.bytes).into_owned()).unwrap_or_default()
    };
    if text("messaging_product") != "whatsapp" {
        return Err(Refusal::parameter("The parameter messaging_product is required."));
    }
    let file = parts.iter().find(|part| part.name == "file");
    let file = file.ok_or_else(|| Refusal::parameter("The parameter file is required."))?;
    let mime = match text("type") {
        empty if empty.is_empty() => file.mime.clone().unwrap_or_default(),
        mime => mime,
    };
    let kind = kind_of_mime(&mime);
    check(kind, &mime, file.bytes.len())?;
    let name = file.file_name.clone().unwrap_or_default();
    let url = desk.stage.add_file(&name, &mime, file.bytes.to_vec());
    let media = Media {
        file: File::new(&url, &name, &mime),
        size: file.bytes.len(),
        sha256: signature::sha256(file.bytes),
        expires: desk.stage.clock.tick().plus(UPLOAD_KEEP_MS),
    };
    let id = desk.number.shelf.put(&desk.number.key.account, media);
    Ok(WireResponse::json(200, &json!({ "id": id })))
}

/// Whether a file may be sent as that kind.
pub(super) fn check(kind: Kind, mime: &str, size: usize) -> Result<(), Refusal> {
    let mime = mime.split(';').next().unwrap_or(mime).trim();
    let Some((_, most, types)) = RULES.iter().find(|(known, ..)| *known == kind) else {
        return Err(Refusal::new(131_053, "Unsupported media type"));
    };
    let is_type = mime.contains('/') && (types.is_empty() || types.contains(&mime));
    if !is_type {
        return Err(Refusal::new(131_053, format!("Unsupported media type: {mime}")));
    }
    if size == 0 || size > *most {
        return Err(Refusal::new(131_053, format!("Media file size must be 1 to {most} bytes")));
    }
    Ok(())
}

/// The kind that an upload of that media type is for.
fn kind_of_mime(mime: &str) -> Kind {
    match mime.split('/').next().unwrap_or_default() {
        "image" if mime == "image/webp" => Kind::Sticker,
        "image" => Kind::Image,
        "audio" => Kind::Audio,
        "video" => Kind::Video,
        _ => Kind::Document,
    }
}

/// `GET /{media}`.
pub(super) fn resolve(desk: &mut Desk<'_>, id: &str) -> Answer {
    let now = desk.stage.clock.tick();
    let media = desk.number.shelf.get(id, now).ok_or_else(|| Refusal::no_object(id))?;
    let base = base(desk.stage, desk.request);
    let url = url_of(desk.stage, base, &desk.number.app_secret, id);
    Ok(WireResponse::json(
        200,
        &json!({
            "messaging_product": "whatsapp", "url": url,
            "mime_type": media.file.mime, "sha256": HEXLOWER.encode(&media.sha256),
            "file_size": media.size.to_string(), "id": id,
        }),
    ))
}

/// `DELETE /{media}`.
pub(super) fn delete(desk: &mut Desk<'_>, id: &str) -> Answer {
    if !desk.number.shelf.remove(id) {
        return Err(Refusal::no_object(id));
    }
    Ok(WireResponse::json(200, &json!({ "success": true })))
}

/// The file's own address. Strangers see an HTML page, as there.
pub(super) fn download(desk: &mut Desk<'_>) -> WireResponse {
    let get = |name: &str| desk.target.get(name).unwrap_or_default();
    let ext = get("ext").parse::<i64>().unwrap_or(0);
    let id = get("mid");
    let page = |status| WireResponse::bytes(status, "text/html", b"<html>Not found</html>");
    let is_fresh = ext >= desk.stage.clock.now_s();
    if hash_of(&desk.number.app_secret, id, ext) != get("hash") || !is_fresh {
        return page(404);
    }
    let media = desk.number.shelf.get(id, desk.stage.clock.tick());
    match media.and_then(|media| Some((media, bytes_of(desk.stage, &media.file)?))) {
        Some((media, bytes)) => WireResponse::bytes(200, &media.file.mime, bytes),
        None => page(404),
    }
}
