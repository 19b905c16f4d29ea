//! Uploads: `sendFileByUpload` (a form) and `uploadFile` (raw bytes).

use serde_json::json;

use super::{
    Answer, Desk,
    refusal::Refusal,
    send::{self, Draft},
};
use crate::{
    bubble::{File, Kind},
    wire::WireResponse,
};

const FILE_BYTES_MAX: usize = 100 * 1024 * 1024;

/// `sendFileByUpload`.
pub(super) fn send_file(desk: &mut Desk<'_>) -> Answer {
    let boundary = desk.request.header("content-type").and_then(boundary_of);
    let Some(boundary) = boundary else {
        return Err(Refusal::Bad("bad request data".to_owned()));
    };
    let parts = parts_of(&desk.request.body, &boundary);
    let Some(file) = parts.iter().find(|part| part.name == "file") else {
        return Err(Refusal::invalid("'file' is required"));
    };
    let text = |name: &str| {
        let part = parts.iter().find(|part| part.name == name);
        part.map(|part| String::from_utf8_lossy(part.bytes).into_owned())
    };
    check_size(file.bytes)?;
    let name = text("fileName").or_else(|| file.file_name.clone()).unwrap_or_default();
    if name.is_empty() {
        return Err(Refusal::invalid("'fileName' is required"));
    }
    let body = json!({
        "chatId": text("chatId"), "caption": text("caption"), "fileName": name,
        "quotedMessageId": text("quotedMessageId"),
    });
    let mut draft = Draft::new("sendFileByUpload", Kind::of_file(&name), body)?;
    draft.text = send::caption(&draft.body)?;
    let mime = file.mime.clone().unwrap_or_default();
    let url = desk.stage.add_file(&name, &mime, file.bytes.to_vec());
    draft.file = Some(File::new(&url, &name, &mime));
    send::accept(desk, draft, &json!({ "urlFile": url }))
}

/// `uploadFile`.
pub(super) fn file(desk: &mut Desk<'_>) -> Answer {
    let bytes = &desk.request.body;
    check_size(bytes)?;
    let name = desk.request.header("ga-filename").unwrap_or("file");
    let mime = desk.request.header("content-type").unwrap_or("application/octet-stream");
    let url = desk.stage.add_file(name, mime, bytes.clone());
    Ok(WireResponse::json(200, &json!({ "urlFile": url })))
}

fn check_size(bytes: &[u8]) -> Result<(), Refusal> {
    match bytes.len() {
        0 => Err(Refusal::invalid("'file' is not allowed to be empty")),
        size if size > FILE_BYTES_MAX => {
            let size_mb = size / (1024 * 1024);
            let text = format!("File exceeded max upload size. Size: {size_mb}mb Limit: 100mb");
            Err(Refusal::Server(text))
        }
        _ => Ok(()),
    }
}

/// One part of a form.
struct Part<'a> {
    name: String,
    file_name: Option<String>,
    mime: Option<String>,
    bytes: &'a [u8],
}

fn boundary_of(kind: &str) -> Option<String> {
    let rest = kind.strip_prefix("multipart/form-data")?;
    let value = rest.split(';').find_map(|pair| pair.trim().strip_prefix("boundary="))?;
    Some(format!("--{}", value.trim_matches('"')))
}

fn parts_of<'a>(body: &'a [u8], boundary: &str) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    let mut rest = body;
    while let Some(start) = find(rest, boundary.as_bytes()) {
        rest = &rest[start + boundary.len()..];
        let end = find(rest, boundary.as_bytes()).unwrap_or(rest.len());
        parts.extend(part_of(&rest[..end]));
    }
    parts
}

fn part_of(piece: &[u8]) -> Option<Part<'_>> {
    let split = find(piece, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&piece[..split]).into_owned();
    let bytes = &piece[split + 4..];
    let bytes = bytes.strip_suffix(b"\r\n").unwrap_or(bytes);
    let line = |name: &str| {
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let disposition = line("content-disposition")?;
    let field = |name: &str| {
        let pairs = disposition.split(';').filter_map(|pair| pair.trim().split_once('='));
        let mut same = pairs.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        same.next().map(|(_, value)| value.trim_matches('"').to_owned())
    };
    Some(Part {
        name: field("name")?,
        file_name: field("filename"),
        mime: line("content-type"),
        bytes,
    })
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_taken_apart() {
        let body =
            b"--b\r\nContent-Disposition: form-data; name=\"chatId\"\r\n\r\n1@c.us\r\n--b\r\n\
            Content-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\
            Content-Type: image/png\r\n\r\n\x00\r\n\x01\r\n--b--\r\n";
        let parts = parts_of(body, "--b");
        assert_eq!(parts.len(), 2);
        assert_eq!((parts[0].name.as_str(), parts[0].bytes), ("chatId", &b"1@c.us"[..]));
        assert_eq!(parts[1].file_name.as_deref(), Some("a.png"));
        assert_eq!(parts[1].mime.as_deref(), Some("image/png"));
        assert_eq!(parts[1].bytes, b"\x00\r\n\x01");
        assert_eq!(boundary_of("multipart/form-data; boundary=\"b\"").as_deref(), Some("--b"));
    }
}
