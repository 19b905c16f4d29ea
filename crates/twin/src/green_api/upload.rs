//! Uploads: `sendFileByUpload` (a form) and `uploadFile` (raw bytes).

use serde_json::json;

use super::{
    Answer, Desk,
    refusal::Refusal,
    send::{self, Draft},
};
use crate::{
    content::{File, Kind},
    form,
    wire::WireResponse,
};

const FILE_BYTES_MAX: usize = 100 * 1024 * 1024;

/// `sendFileByUpload`.
pub(super) fn send_file(desk: &mut Desk<'_>) -> Answer {
    let boundary = desk.request.header("content-type").and_then(form::boundary_of);
    let Some(boundary) = boundary else {
        return Err(Refusal::Bad("bad request data".to_owned()));
    };
    let parts = form::parts_of(&desk.request.body, &boundary);
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
    let mut draft = Draft::new(desk, "sendFileByUpload", Kind::of_file(&name), body)?;
    draft.text = send::caption(&draft.body, desk.instance.text_chars_max())?;
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
