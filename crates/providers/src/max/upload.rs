//! A file on its way into a message: an address, the upload, and the send, which is refused for as
//! long as MAX works on the file.

use super::{call, code, send, sent};
use crate::json;
use serde_json::{Value, json as value};
use vestnik_model::{
    account::Account,
    file::{File, FileKind},
    limits::SUBMIT_TIMEOUT,
    outcome::{Blame, Failure, Outcome, Reason},
    time::Millis,
};
use vestnik_provider::{
    multipart::Form,
    port::{Next, Step, Submission},
    wire::{Method, Reply},
};

const ADDRESS: u8 = 1;
const UPLOAD: u8 = 2;
/// The first send; each that was too early has the next number.
const SEND: u8 = 3;
/// Pauses before a send that was too early is repeated. Official clients give up earlier; a long
/// film needs more, and is uploaded anew later.
const PAUSES: [Millis; 6] = [
    Millis::seconds(1),
    Millis::seconds(2),
    Millis::seconds(4),
    Millis::seconds(8),
    Millis::seconds(10),
    Millis::seconds(10),
];
/// The pause before all of it is begun anew.
const PAUSE_ANEW: Millis = Millis::minutes(1);
/// Longest attachment that is taken along from an upload, bytes.
const NOTE_BYTES_MAX: usize = 16 * 1024;

/// Asks where to upload to.
pub(super) fn begin(account: &Account, file: &File) -> Next {
    let path = format!("/uploads?type={}", kind(file));
    Next::prepare(Step::new(ADDRESS), call(account, "max.upload_url", Method::Post, &path, None))
}

/// What follows the answer to a step.
pub(super) fn resume(
    account: &Account,
    submission: &Submission<'_>,
    file: &File,
    step: &Step,
    reply: &Reply,
) -> Next {
    match step.number {
        ADDRESS | UPLOAD if !json::is_success(reply) => {
            let outcome = code::outcome(account, reply);
            Next::Done(json::nothing_shown(outcome, reply.retry_after()))
        }
        ADDRESS => upload(submission, file, reply),
        UPLOAD => match attachment(file, step, reply) {
            Some(attachment) => {
                let next = Step::new(SEND).with(attachment.to_string());
                send(account, submission, next, Some(&attachment))
            }
            None => strange(),
        },
        _ if code::is_not_ready(reply) => again(account, submission, step, reply),
        _ => Next::Done(sent(account, reply)),
    }
}

/// What MAX calls it.
fn kind(file: &File) -> &'static str {
    match file.kind {
        FileKind::Image | FileKind::Sticker => "image",
        FileKind::Video => "video",
        FileKind::Audio | FileKind::Voice => "audio",
        FileKind::Document => "file",
    }
}

/// The address is taken as it is given, and without the token. Films and sounds have their own
/// token already here.
fn upload(submission: &Submission<'_>, file: &File, reply: &Reply) -> Next {
    let body = json::body(reply).unwrap_or_default();
    let is_address = |url: &&str| url.starts_with("https://") || url.starts_with("http://");
    let Some(url) = body["url"].as_str().filter(is_address) else { return strange() };
    let Some(payload) = submission.file else {
        return Next::Done(Outcome::Refused(Failure {
            blame: Blame::Content,
            reason: Reason::FileUnavailable,
            detail: "the file is missing".to_owned(),
        }));
    };
    let form = Form::new(submission.key).file("data", payload.name, payload.mime, payload.bytes);
    let token = match file.kind {
        FileKind::Video | FileKind::Audio | FileKind::Voice => json::text(&body["token"]),
        FileKind::Image | FileKind::Sticker | FileKind::Document => None,
    };
    let step = Step::new(UPLOAD).with(token.unwrap_or_default());
    Next::prepare(step, form.post("max.upload", url.to_owned(), SUBMIT_TIMEOUT))
}

/// What is attached: a picture's answer is passed through as it is.
fn attachment(file: &File, step: &Step, reply: &Reply) -> Option<Value> {
    let body = json::body(reply).unwrap_or_default();
    let token = || json::text(&body["token"]);
    let payload = match file.kind {
        FileKind::Image | FileKind::Sticker if body["photos"].is_object() => {
            value!({ "photos": body["photos"] })
        }
        FileKind::Image | FileKind::Sticker | FileKind::Document => value!({ "token": token()? }),
        FileKind::Video | FileKind::Audio | FileKind::Voice if !step.note.is_empty() => {
            value!({ "token": step.note })
        }
        FileKind::Video | FileKind::Audio | FileKind::Voice => value!({ "token": token()? }),
    };
    let attachment = value!({ "type": kind(file), "payload": payload });
    (attachment.to_string().len() <= NOTE_BYTES_MAX).then_some(attachment)
}

/// Surely nothing was sent: once more after a pause, and at last from the beginning.
fn again(account: &Account, submission: &Submission<'_>, step: &Step, reply: &Reply) -> Next {
    let tried = usize::from(step.number.saturating_sub(SEND));
    let attachment = serde_json::from_str(&step.note).ok();
    match (PAUSES.get(tried), attachment) {
        (Some(pause), Some(attachment)) => {
            send(account, submission, step.next(), Some(&attachment)).after(*pause)
        }
        (_, _) => Next::Done(Outcome::Deferred {
            retry_after: Some(PAUSE_ANEW),
            detail: code::detail(account, reply),
            whole_account: false,
        }),
    }
}

fn strange() -> Next {
    let detail = "the answer to an upload is not understood".to_owned();
    Next::Done(Outcome::Deferred { retry_after: None, detail, whole_account: false })
}
