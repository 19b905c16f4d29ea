//! VK, messages of a community: its own bot.
//!
//! Source: VK's JSON schema 5.199, its pages for developers (messages.send, Callback API, Keyboard,
//! Uploading files) and the sources of three SDKs.
//!
//! Guarantee: a key. `random_id` is stored with the message; a repeat returns what the first one
//! became and sends nothing. (For how long it is remembered is told differently; repeats come
//! within minutes.)
//!
//! Quirks honoured here: errors come with status 200; a message's own id is 0 in group chats, so
//! that a bubble is named `PEER:CMID` by its number within the peer, which only `peer_ids` returns;
//! bodies are forms, never JSON; the secret travels inside of an event; whatever is not answered
//! `ok` counts as a failure; who reads says up to where; our own sends come back as
//! `message_reply`; a file takes an address, an upload and a saving before it can be sent.

mod chore;
mod code;
mod event;
mod message;
mod outgoing;
mod upload;

use crate::json;
use serde_json::Value;
use vestnik_model::{
    account::{Account, Pacing},
    content::Content,
    file::FileKind,
    limits::SUBMIT_TIMEOUT,
    messenger::Messenger,
    outcome::{Blame, Failure, Guarantee, Outcome, Reason},
    time::Millis,
};
use vestnik_provider::{
    Provider,
    chore::{Chore, Progress},
    descriptor::{Channel, Descriptor, FileBy, FileRule, Form, Reach, Receipts, Setting},
    port::{Attempt, Next, Reception, Step, Submission, Verdict},
    wire::{Inbound, Reply, Request, encode_segment},
};

/// The adapter.
pub(crate) static PROVIDER: Vk = Vk;

/// The adapter: it has no state.
pub(crate) struct Vk;

const API_URL: &str = "https://api.vk.ru";
const VERSION: &str = "5.199";
const SEND: Step = Step::FIRST;
/// Peers above this are group chats.
const CHATS_BEGIN: i64 = 2_000_000_000;

static DESCRIPTOR: Descriptor = Descriptor {
    code: "vk",
    name: "VK",
    channels: &[Channel {
        messenger: Messenger::Vk,
        reach: Reach { phone: false, person: true, group: true },
        text_chars_max: 4_096,
        caption_chars_max: 4_096,
        counts_utf16: false,
        files: &FILES,
        file_by: FileBy::Bytes,
        quote: true,
        template: false,
        buttons_max: outgoing::BUTTONS_MAX,
        window: false,
        receipts: Receipts { delivered: false, read: true },
        // 20 calls a second and token; a file takes three.
        pacing: Pacing {
            gap: Some(Millis(60)),
            burst: 10,
            recipient_gap: None,
            recipient_burst: 0,
        },
    }],
    settings: &[
        setting(
            "group_id",
            ["Идентификатор сообщества (число)", "Community id (a number)"],
            true,
            false,
            Form::Digits,
        ),
        setting(
            "token",
            [
                "Ключ доступа сообщества (сообщения, фото, документы, управление)",
                "Community access token (messages, photos, documents, manage)",
            ],
            true,
            true,
            Form::Text,
        ),
        setting(
            "confirmation",
            [
                "Строка, которую должен вернуть сервер (Callback API)",
                "String to be returned by the server (Callback API)",
            ],
            true,
            false,
            Form::Text,
        ),
        setting(
            "webhook_secret",
            ["Секретный ключ Callback API (до 50 символов)", "Callback API secret key (up to 50)"],
            true,
            true,
            Form::Text,
        ),
        setting(
            "screen_name",
            ["Короткое имя сообщества (для ссылок)", "Community short name (for links)"],
            false,
            false,
            Form::Text,
        ),
        setting("api_url", ["Адрес API", "API address"], false, false, Form::Host),
    ],
    instance: &["group_id"],
    hosts: &["api.vk.ru", "api.vk.com", "*.vk.com", "*.vk.ru", "*.userapi.com"],
    guarantee: Guarantee::Key,
    guarantee_text: [
        "Если ответ потерян, сообщение отправляется снова с тем же random_id: VK не покажет его \
         дважды.",
        "If an answer is lost, the message is sent again with the same random_id: VK will not \
         show it twice.",
    ],
    webhook_answer: "ok",
    notices: &[
        [
            "Сообщество может писать только тем, кто написал первым или разрешил сообщения.",
            "A community can write only to who wrote first or allowed messages.",
        ],
        [
            "Включите сообщения сообщества и «Возможности ботов»: без них не работают кнопки.",
            "Switch community messages and bot features on: buttons don't work without.",
        ],
        [
            "В беседах без права читать всё сообщество видит только упоминания, команды и кнопки.",
            "In group chats a community without the right to read all sees only mentions, commands \
             and buttons.",
        ],
        [
            "Строка подтверждения меняется, когда меняют серверы Callback API: обновите её здесь.",
            "The confirmation string changes when Callback servers are changed: renew it here.",
        ],
    ],
};

const fn setting(
    name: &'static str,
    label: [&'static str; 2],
    required: bool,
    secret: bool,
    form: Form,
) -> Setting {
    Setting { name, label, required, secret, form }
}

const MIB: u64 = 1024 * 1024;

/// What is taken. Sound that is no voice note, and films, go as documents: music and films can't
/// be uploaded by a community, and MP3 is refused even as a document.
static FILES: [FileRule; 5] = [
    FileRule {
        kind: FileKind::Image,
        types: &["image/jpeg", "image/png", "image/gif"],
        bytes_max: 50 * MIB,
    },
    FileRule { kind: FileKind::Document, types: &[], bytes_max: 200 * MIB },
    FileRule {
        kind: FileKind::Audio,
        types: &["audio/ogg", "audio/mp4", "audio/aac", "audio/x-wav", "audio/x-flac"],
        bytes_max: 200 * MIB,
    },
    FileRule { kind: FileKind::Voice, types: &["audio/ogg"], bytes_max: 200 * MIB },
    FileRule { kind: FileKind::Video, types: &[], bytes_max: 200 * MIB },
];

impl Provider for Vk {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn submit(&self, account: &Account, submission: &Submission<'_>) -> Next {
        match submission.content {
            Content::File(file) => upload::begin(account, submission, file, 0),
            Content::Text(_)
            | Content::Marked(_)
            | Content::Choice { .. }
            | Content::Template(_) => send(account, submission, ""),
        }
    }

    fn resume(
        &self,
        account: &Account,
        submission: &Submission<'_>,
        step: &Step,
        reply: &Reply,
    ) -> Next {
        match submission.content {
            Content::File(file) if step.number != SEND.number => {
                upload::resume(account, submission, file, step, reply)
            }
            Content::Text(_)
            | Content::Marked(_)
            | Content::File(_)
            | Content::Choice { .. }
            | Content::Template(_) => Next::Done(sent(account, reply)),
        }
    }

    fn inquire(&self, _: &Account, _: &Attempt<'_>, _: &Step) -> Option<Request> {
        None
    }

    fn inquired(&self, _: &Account, _: &Attempt<'_>, _: &Step, _: &Reply) -> Verdict {
        Verdict::Unsure
    }

    fn receive(&self, account: &Account, inbound: &Inbound<'_>) -> Reception {
        event::receive(account, inbound)
    }

    fn begin(&self, account: &Account, chore: &Chore<'_>) -> Progress {
        chore::begin(account, chore)
    }

    fn proceed(
        &self,
        account: &Account,
        chore: &Chore<'_>,
        step: &Step,
        reply: &Reply,
    ) -> Progress {
        chore::proceed(account, chore, step, reply)
    }

    fn deep_link(&self, account: &Account, payload: &str) -> Option<String> {
        let name = match (account.setting("screen_name").trim(), account.setting("group_id")) {
            ("", "") => return None,
            ("", id) => format!("club{id}"),
            (name, _) => name.to_owned(),
        };
        let query = match payload {
            "" => String::new(),
            payload => format!("?ref={}", encode_segment(payload)),
        };
        Some(format!("https://vk.me/{}{query}", encode_segment(&name)))
    }
}

/// The call that makes the bubble appear; `attachment` is what was saved, or empty.
fn send(account: &Account, submission: &Submission<'_>, attachment: &str) -> Next {
    match outgoing::request(account, submission, attachment) {
        Ok(request) => Next::send(SEND, request),
        Err((reason, detail)) => Next::Done(Outcome::Refused(Failure {
            blame: if reason == Reason::NoAddress { Blame::Recipient } else { Blame::Content },
            reason,
            detail: detail.to_owned(),
        })),
    }
}

/// The answer to a send: of one peer in a list, or what went wrong.
fn sent(account: &Account, reply: &Reply) -> Outcome {
    if let Some(outcome) = code::trouble(account, reply) {
        return outcome;
    }
    let body = json::body(reply).unwrap_or_default();
    let one = &body["response"][0];
    if one["error"].is_object() {
        return code::outcome(account, &one["error"]);
    }
    match remote_id(one) {
        Some(remote_id) => Outcome::Accepted { remote_id },
        None => Outcome::Unknown { detail: "the answer does not name the message".to_owned() },
    }
}

/// `PEER:CMID`. An old answer without the number within the peer has the mailbox's.
fn remote_id(one: &Value) -> Option<String> {
    let peer = one["peer_id"].as_i64()?;
    let whole = |name: &str| one[name].as_i64().filter(|id| *id > 0);
    let within = whole("conversation_message_id").or_else(|| whole("cmid"));
    let mailbox = || whole("message_id").map(|id| format!("{peer}:id{id}"));
    within.map(|id| format!("{peer}:{id}")).or_else(mailbox)
}

/// A call of the API.
fn call(account: &Account, label: &'static str, method: &str, fields: &[(&str, &str)]) -> Request {
    let api = match account.setting("api_url").trim_end_matches('/') {
        "" => API_URL,
        own => own,
    };
    let scheme = if api.contains("://") { "" } else { "https://" };
    let mut all = vec![("v", VERSION)];
    all.extend_from_slice(fields);
    let url = format!("{scheme}{api}/method/{method}");
    let token = format!("Bearer {}", account.setting("token"));
    Request::post_form(label, url, &all, SUBMIT_TIMEOUT).with_header("authorization", token)
}
