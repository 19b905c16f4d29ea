//! MAX, by the official Bot API: a bot of the company itself.
//!
//! Source: the vendor's OpenAPI description (0.0.32, July 2026), its Go and TypeScript clients with
//! their recorded payloads, its pages for developers.
//!
//! Guarantee: none. There is neither a key against repeats nor any receipt; an answer 200 to a
//! send is the only word about it.
//!
//! Quirks honoured here: the token stands bare in `Authorization`; a file takes an address, an
//! upload and some time, in which a send is refused with `attachment.not.ready`, surely unsent;
//! films and sounds have their token before the upload, pictures and files after it; a contact is
//! vouched for by a hash made with the token; whom we wrote to is named by the chat, never by the
//! user; texts of errors change without notice.

mod chore;
mod code;
mod message;
mod outgoing;
mod update;
mod upload;

use crate::{group, json};
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
    wire::{Inbound, Method, Reply, Request, encode_segment},
};

/// The adapter.
pub(crate) static PROVIDER: Max = Max;

/// The adapter: it has no state.
pub(crate) struct Max;

const API_URL: &str = "https://platform-api2.max.ru";
const SEND: Step = Step::FIRST;

/// Longest text, characters.
const TEXT_CHARS_MAX: usize = 4_000;

static DESCRIPTOR: Descriptor = Descriptor {
    code: "max",
    name: "MAX",
    channels: &[Channel {
        messenger: Messenger::Max,
        reach: Reach { phone: false, person: true, group: true },
        text_chars_max: TEXT_CHARS_MAX,
        caption_chars_max: 4_000,
        counts_utf16: true,
        files: &FILES,
        file_by: FileBy::Bytes,
        quote: true,
        template: false,
        buttons_max: outgoing::BUTTONS_MAX,
        window: false,
        receipts: Receipts { delivered: false, read: false },
        // 30 calls a second and bot, of all kinds.
        pacing: Pacing {
            gap: Some(Millis(40)),
            burst: 15,
            recipient_gap: None,
            recipient_burst: 0,
        },
    }],
    settings: &[
        setting("token", ["Токен бота", "Bot token"], true, true),
        setting(
            "username",
            ["Имя бота без @ (для ссылок-приглашений)", "Bot's username without @ (for links)"],
            true,
            false,
        ),
        setting(
            "webhook_secret",
            [
                "Секрет вебхука: латинские буквы, цифры, _ и - (от 5 до 256)",
                "Webhook secret: letters, digits, _ and - (5 to 256)",
            ],
            true,
            true,
        ),
        Setting {
            name: "api_url",
            label: ["Адрес API", "API address"],
            required: false,
            secret: false,
            form: Form::Host,
        },
    ],
    instance: &["token"],
    hosts: &[
        "platform-api2.max.ru",
        "platform-api.max.ru",
        "botapi.max.ru",
        "iu.oneme.ru",
        "vu.okcdn.ru",
        "fu.oneme.ru",
        "*.oneme.ru",
        "*.okcdn.ru",
    ],
    guarantee: Guarantee::NeverTwice,
    guarantee_text: [
        "Если ответ потерян, узнать судьбу сообщения нельзя: у MAX нет ключа от повторов. По \
         умолчанию такое сообщение не повторяется. О доставке и прочтении MAX ботам не сообщает.",
        "If an answer is lost, what became of the message can't be found out: MAX takes no key \
         against repeats. By default such a message is not sent again. MAX tells bots neither of \
         delivery nor of reading.",
    ],
    webhook_answer: "",
    notices: &[
        [
            "Бот не может написать первым: клиент должен открыть его по ссылке и нажать «Начать».",
            "A bot can't write first: the customer has to open it by a link and press Start.",
        ],
        [
            "Бота может завести только проверенная российская организация, ИП или самозанятый; \
             модерация занимает до 48 часов.",
            "Only a verified Russian legal entity, sole trader or self-employed person may own a \
             bot; moderation takes up to 48 hours.",
        ],
        [
            "В группах боту нужны права администратора с чтением всех сообщений.",
            "In groups the bot has to be an administrator who may read all messages.",
        ],
        [
            "Вебхук — только https на порту 443; после 8 часов без ответа MAX удаляет подписку.",
            "A webhook is https on port 443 only; after 8 hours without an answer MAX deletes the \
             subscription.",
        ],
        [
            "Сертификат API выпущен удостоверяющим центром Минцифры: добавьте его корень в \
             доверенные.",
            "The API's certificate is issued by the Mintsifra authority: add its root to the \
             trusted ones.",
        ],
    ],
};

const fn setting(
    name: &'static str,
    label: [&'static str; 2],
    required: bool,
    secret: bool,
) -> Setting {
    Setting { name, label, required, secret, form: Form::Text }
}

const MIB: u64 = 1024 * 1024;

/// What is taken (Uploads). A voice note is shown as sound.
static FILES: [FileRule; 5] = [
    FileRule {
        kind: FileKind::Image,
        types: &[
            "image/jpeg",
            "image/png",
            "image/gif",
            "image/tiff",
            "image/bmp",
            "image/heic",
            "image/heif",
        ],
        bytes_max: 50 * MIB,
    },
    FileRule { kind: FileKind::Document, types: &[], bytes_max: 4_096 * MIB },
    FileRule { kind: FileKind::Audio, types: &AUDIO, bytes_max: 256 * MIB },
    FileRule { kind: FileKind::Voice, types: &AUDIO, bytes_max: 256 * MIB },
    FileRule {
        kind: FileKind::Video,
        types: &["video/mp4", "video/quicktime", "video/x-matroska", "video/webm"],
        bytes_max: 250 * MIB,
    },
];
static AUDIO: [&str; 6] =
    ["audio/mpeg", "audio/mp4", "audio/x-wav", "audio/ogg", "audio/aac", "audio/x-flac"];

impl Provider for Max {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn submit(&self, account: &Account, submission: &Submission<'_>) -> Next {
        match submission.content {
            Content::File(file) => upload::begin(account, file),
            Content::Text(_)
            | Content::Marked(_)
            | Content::Choice { .. }
            | Content::Template(_) => send(account, submission, SEND, None),
        }
    }

    fn resume(
        &self,
        account: &Account,
        submission: &Submission<'_>,
        step: &Step,
        reply: &Reply,
    ) -> Next {
        let next = match submission.content {
            Content::File(file) => upload::resume(account, submission, file, step, reply),
            Content::Text(_)
            | Content::Marked(_)
            | Content::Choice { .. }
            | Content::Template(_) => Next::Done(sent(account, reply)),
        };
        group::blamed(submission.to, next)
    }

    fn inquire(&self, _: &Account, _: &Attempt<'_>, _: &Step) -> Option<Request> {
        None
    }

    fn inquired(&self, _: &Account, _: &Attempt<'_>, _: &Step, _: &Reply) -> Verdict {
        Verdict::Unsure
    }

    fn receive(&self, account: &Account, inbound: &Inbound<'_>) -> Reception {
        update::receive(account, inbound)
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
        let username = account.setting("username").trim().trim_start_matches('@');
        if username.is_empty() {
            return None;
        }
        let start = match payload {
            "" => String::new(),
            payload => format!("?start={}", encode_segment(payload)),
        };
        Some(format!("https://max.ru/{}{start}", encode_segment(username)))
    }
}

/// The call that makes the bubble appear.
fn send(
    account: &Account,
    submission: &Submission<'_>,
    step: Step,
    attachment: Option<&Value>,
) -> Next {
    match outgoing::request(account, submission, attachment) {
        Ok(request) => Next::send(step, request),
        Err((reason, detail)) => Next::Done(Outcome::Refused(Failure {
            blame: if reason == Reason::NoAddress { Blame::Recipient } else { Blame::Content },
            reason,
            detail: detail.to_owned(),
        })),
    }
}

/// The answer to a send.
fn sent(account: &Account, reply: &Reply) -> Outcome {
    if !json::is_success(reply) {
        return code::outcome(account, reply);
    }
    let body = json::body(reply).unwrap_or_default();
    match json::text(&body["message"]["body"]["mid"]) {
        Some(remote_id) => Outcome::Accepted { remote_id },
        None => Outcome::Unknown { detail: "the answer does not name the message".to_owned() },
    }
}

/// A call of the API.
fn call(
    account: &Account,
    label: &'static str,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> Request {
    let api = match account.setting("api_url").trim_end_matches('/') {
        "" => API_URL,
        own => own,
    };
    let scheme = if api.contains("://") { "" } else { "https://" };
    let mut headers = vec![("authorization".into(), account.setting("token").to_owned().into())];
    let bytes = match body {
        Some(body) => {
            headers.push(("content-type".into(), "application/json".into()));
            body.to_string().into_bytes()
        }
        None => Vec::new(),
    };
    Request::new(method, label, format!("{scheme}{api}{path}"), headers, bytes, SUBMIT_TIMEOUT)
}
