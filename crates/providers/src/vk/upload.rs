//! A file on its way into a message: an address to upload to, the upload, its saving. Nobody sees
//! anything of it, so what fails may be tried again. What VK could not store is tried once more by
//! itself.

use super::{call, code, outgoing, send};
use crate::json;
use serde_json::Value;
use vestnik_model::{
    account::Account,
    file::{File, FileKind},
    limits::SUBMIT_TIMEOUT,
    outcome::{Blame, Failure, Outcome, Reason},
};
use vestnik_provider::{
    multipart::Form,
    port::{Next, Step, Submission},
    wire::Reply,
};

const ADDRESS: u8 = 1;
const UPLOAD: u8 = 2;
const SAVE: u8 = 3;
/// Steps of a round; the second round has the numbers after these.
const STEPS: u8 = 3;
/// Errors after which the file is uploaded once more.
const AGAIN: [i64; 2] = [22, 105];
/// Longest token of an upload that is passed on, bytes.
const UPLOADED_BYTES_MAX: usize = 64 * 1024;

/// Asks where to upload to.
pub(super) fn begin(
    account: &Account,
    submission: &Submission<'_>,
    file: &File,
    round: u8,
) -> Next {
    let peer = match outgoing::peer(submission) {
        Ok(peer) => peer,
        Err((reason, detail)) => return refused(Blame::Recipient, reason, detail),
    };
    let request = if is_photo(file) {
        let fields = [("peer_id", peer)];
        call(account, "vk.photo_server", "photos.getMessagesUploadServer", &fields)
    } else {
        let kind = if file.kind == FileKind::Voice { "audio_message" } else { "doc" };
        let fields = [("type", kind), ("peer_id", peer)];
        call(account, "vk.doc_server", "docs.getMessagesUploadServer", &fields)
    };
    Next::prepare(Step::new(ADDRESS + round * STEPS), request)
}

/// What follows the answer to a step before the send.
pub(super) fn resume(
    account: &Account,
    submission: &Submission<'_>,
    file: &File,
    step: &Step,
    reply: &Reply,
) -> Next {
    let round = step.number.saturating_sub(1) / STEPS;
    let number = step.number.saturating_sub(1) % STEPS + 1;
    let body = json::body(reply).unwrap_or_default();
    if round == 0 && is_to_be_repeated(number, &body) {
        return begin(account, submission, file, 1);
    }
    if let Some(outcome) = code::trouble(account, reply) {
        return Next::Done(json::nothing_shown(outcome, reply.retry_after()));
    }
    let next = Step::new(step.number.saturating_add(1));
    match number {
        ADDRESS => upload(submission, file, next, &body["response"]["upload_url"]),
        UPLOAD => save(account, file, next, &body),
        SAVE => match saved(&body["response"]) {
            Some(attachment) => send(account, submission, &attachment),
            None => strange(),
        },
        _ => strange(),
    }
}

fn is_photo(file: &File) -> bool {
    file.kind == FileKind::Image
}

/// What VK could not store may be stored the next time.
fn is_to_be_repeated(number: u8, body: &Value) -> bool {
    let is_lost = number == UPLOAD && body["error"].is_string();
    is_lost || body["error"]["error_code"].as_i64().is_some_and(|code| AGAIN.contains(&code))
}

/// The address is taken as it is given: it holds a ticket, and no token of ours.
fn upload(submission: &Submission<'_>, file: &File, step: Step, url: &Value) -> Next {
    let Some(url) = url.as_str().filter(|url| is_address(url)) else { return strange() };
    let Some(payload) = submission.file else {
        return refused(Blame::Content, Reason::FileUnavailable, "the file is missing");
    };
    let field = if is_photo(file) { "photo" } else { "file" };
    let form = Form::new(submission.key).file(field, payload.name, payload.mime, payload.bytes);
    Next::prepare(step, form.post("vk.upload", url.to_owned(), SUBMIT_TIMEOUT))
}

fn is_address(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

fn save(account: &Account, file: &File, step: Step, body: &Value) -> Next {
    let get = |name: &str| {
        json::text(&body[name]).filter(|text| text.len() <= UPLOADED_BYTES_MAX).unwrap_or_default()
    };
    let request = if is_photo(file) {
        let (server, photo, hash) = (get("server"), get("photo"), get("hash"));
        if matches!(photo.as_str(), "" | "[]") {
            let detail = "VK did not take the bytes as a picture";
            return refused(Blame::Content, Reason::FileRefused, detail);
        }
        let fields = [("server", server.as_str()), ("photo", &photo), ("hash", &hash)];
        call(account, "vk.save_photo", "photos.saveMessagesPhoto", &fields)
    } else {
        let uploaded = get("file");
        if uploaded.is_empty() {
            return refused(Blame::Content, Reason::FileRefused, "VK did not take the file");
        }
        let fields = [("file", uploaded.as_str()), ("title", file.file_name())];
        call(account, "vk.save_doc", "docs.save", &fields)
    };
    Next::prepare(step, request)
}

/// `photo-1_2_KEY`, as `attachment` wants it; voice notes are documents too.
fn saved(response: &Value) -> Option<String> {
    let (kind, media) = match response["type"].as_str() {
        Some(kind) => ("doc", &response[kind]),
        None if response[0].is_object() => ("photo", &response[0]),
        None => ("doc", response),
    };
    let (owner, id) = (media["owner_id"].as_i64()?, media["id"].as_i64()?);
    let key = json::text(&media["access_key"]).map(|key| format!("_{key}")).unwrap_or_default();
    Some(format!("{kind}{owner}_{id}{key}"))
}

fn strange() -> Next {
    let detail = "the answer to an upload is not understood".to_owned();
    Next::Done(Outcome::Deferred { retry_after: None, detail, whole_account: false })
}

fn refused(blame: Blame, reason: Reason, detail: &str) -> Next {
    Next::Done(Outcome::Refused(Failure { blame, reason, detail: detail.to_owned() }))
}
