//! Telegram, by the official Bot API: a bot of the company itself.
//!
//! Source: the Bot API's reference (10.1, June 2026) and the open source of its server.
//!
//! Guarantee: none. There is neither a key against repeats nor a journal nor any receipt; an
//! answer `ok` to a send is the only word about it.
//!
//! Quirks honoured here: messages are numbered per chat, so that a bubble is named `CHAT:MESSAGE`;
//! the token is part of every address, also of a file's (files are kept by `file_id`); a group that
//! becomes a supergroup has another id, and refuses what is sent to the old one with the new one in
//! the answer; texts of errors are no contract: codes decide first, then known words, and what is
//! not known is for good; lengths count in UTF-16; what is given by an address must be small, and a
//! document must be a PDF, ZIP or GIF.

mod chore;
mod code;
mod message;
mod outgoing;
mod webhook;

use crate::{group, json};
use serde_json::Value;
use vestnik_model::{
    account::{Account, Pacing},
    file::{File, FileKind},
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
pub(crate) static PROVIDER: Telegram = Telegram;

/// The adapter: it has no state.
pub(crate) struct Telegram;

const API_URL: &str = "https://api.telegram.org";
const SEND: Step = Step::FIRST;
/// Once more, to the id that a group has now.
const SEND_TO_SUPERGROUP: Step = Step::new(1);
/// Documents that Telegram fetches from an address.
const FETCHED_ENDINGS: [&str; 3] = [".pdf", ".zip", ".gif"];

static DESCRIPTOR: Descriptor = Descriptor {
    code: "telegram",
    name: "Telegram Bot API",
    channels: &[Channel {
        messenger: Messenger::Telegram,
        reach: Reach { phone: false, person: true, group: true },
        text_chars_max: 4_096,
        caption_chars_max: 1_024,
        counts_utf16: true,
        files: &FILES,
        file_by: FileBy::Either,
        quote: true,
        template: false,
        buttons_max: outgoing::BUTTONS_MAX,
        window: false,
        receipts: Receipts { delivered: false, read: false },
        // About 30 a second in all and one a second to a chat, short bursts tolerated. Groups take
        // 20 a minute: there `retry_after` keeps the pace.
        pacing: Pacing {
            gap: Some(Millis(35)),
            burst: 20,
            recipient_gap: Some(Millis(1_050)),
            recipient_burst: 3,
        },
    }],
    settings: &[
        setting("token", ["Токен бота от @BotFather", "Bot token from @BotFather"], true, true),
        setting(
            "username",
            ["Имя бота без @ (для ссылок-приглашений)", "Bot's username without @ (for links)"],
            true,
            false,
        ),
        setting(
            "webhook_secret",
            [
                "Секрет вебхука: латинские буквы, цифры, _ и - (до 256)",
                "Webhook secret: letters, digits, _ and - (up to 256)",
            ],
            true,
            true,
        ),
        Setting {
            name: "api_url",
            label: ["Адрес своего сервера Bot API", "Address of your own Bot API server"],
            required: false,
            secret: false,
            form: Form::Host,
        },
    ],
    instance: &["token"],
    hosts: &["api.telegram.org"],
    guarantee: Guarantee::NeverTwice,
    guarantee_text: [
        "Если ответ потерян, узнать судьбу сообщения нельзя: у Bot API нет ни ключа от повторов, \
         ни журнала. По умолчанию такое сообщение не повторяется. О доставке и прочтении Telegram \
         ботам не сообщает.",
        "If an answer is lost, what became of the message can't be found out: the Bot API has \
         neither a key against repeats nor a journal. By default such a message is not sent again. \
         Telegram tells bots neither of delivery nor of reading.",
    ],
    webhook_answer: "",
    notices: &[
        [
            "Бот не может написать первым: клиент должен открыть его по ссылке и нажать «Старт».",
            "A bot can't write first: the customer has to open it by a link and press Start.",
        ],
        [
            "В группах бот видит только команды, ответы ему и упоминания: выключите режим \
             приватности у @BotFather или сделайте бота администратором.",
            "In groups a bot sees only commands, answers to it and mentions: switch its privacy \
             mode off at @BotFather or make it an administrator.",
        ],
        [
            "Вебхук занимает бота целиком: программа, которая читает его через getUpdates, \
             перестанет получать сообщения.",
            "A webhook takes the bot as a whole: a program that reads it by getUpdates will get \
             nothing any more.",
        ],
        [
            "Файлы больше 20 МБ боты скачивать не могут.",
            "Bots can't download files larger than 20 MB.",
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

/// What is taken when it is uploaded (Sending files).
static FILES: [FileRule; 6] = [
    FileRule {
        kind: FileKind::Image,
        types: &["image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp"],
        bytes_max: 10 * MIB,
    },
    FileRule { kind: FileKind::Document, types: &[], bytes_max: 50 * MIB },
    FileRule { kind: FileKind::Audio, types: &["audio/mpeg", "audio/mp4"], bytes_max: 50 * MIB },
    FileRule {
        kind: FileKind::Voice,
        types: &["audio/ogg", "audio/mpeg", "audio/mp4"],
        bytes_max: 50 * MIB,
    },
    FileRule { kind: FileKind::Video, types: &["video/mp4"], bytes_max: 50 * MIB },
    FileRule { kind: FileKind::Sticker, types: &["image/webp"], bytes_max: 512 * 1024 },
];

impl Provider for Telegram {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    /// By an address Telegram takes pictures up to 5 MB and sound and films up to 20 MB, but of
    /// documents only three kinds, and of voice notes only the smallest.
    fn file_by(&self, _: &Account, channel: &Channel, file: &File) -> FileBy {
        let name = file.file_name().to_ascii_lowercase();
        match file.kind {
            FileKind::Document if FETCHED_ENDINGS.iter().any(|e| name.ends_with(e)) => {
                channel.file_by
            }
            FileKind::Document | FileKind::Voice | FileKind::Sticker => FileBy::Bytes,
            FileKind::Image | FileKind::Audio | FileKind::Video => channel.file_by,
        }
    }

    fn submit(&self, account: &Account, submission: &Submission<'_>) -> Next {
        send(account, submission, SEND)
    }

    fn resume(
        &self,
        account: &Account,
        submission: &Submission<'_>,
        step: &Step,
        reply: &Reply,
    ) -> Next {
        let outcome = match sent(reply) {
            Some(outcome) => outcome,
            None => code::outcome(account, reply),
        };
        let is_first = step.number == SEND.number;
        match (outcome, code::supergroup(reply)) {
            // Surely not sent there; once only.
            (Outcome::Refused(_), Some(chat)) if is_first => {
                send(account, submission, SEND_TO_SUPERGROUP.with(chat))
            }
            (outcome, _) => group::blamed(submission.to, Next::Done(outcome)),
        }
    }

    fn inquire(&self, _: &Account, _: &Attempt<'_>, _: &Step) -> Option<Request> {
        None
    }

    fn inquired(&self, _: &Account, _: &Attempt<'_>, _: &Step, _: &Reply) -> Verdict {
        Verdict::Unsure
    }

    fn receive(&self, account: &Account, inbound: &Inbound<'_>) -> Reception {
        webhook::receive(account, inbound)
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
        Some(format!("https://t.me/{}{start}", encode_segment(username)))
    }
}

/// The call of a send; the step's note is the chat's new id, if it has one.
fn send(account: &Account, submission: &Submission<'_>, step: Step) -> Next {
    match outgoing::request(account, submission, &step.note) {
        Ok(request) => Next::send(step, request),
        Err((reason, detail)) => Next::Done(Outcome::Refused(Failure {
            blame: if reason == Reason::NoAddress { Blame::Recipient } else { Blame::Content },
            reason,
            detail: detail.to_owned(),
        })),
    }
}

/// What a success says of the bubble; `None` if it is none.
fn sent(reply: &Reply) -> Option<Outcome> {
    let body = json::body(reply).filter(|_| json::is_success(reply));
    let Some(body) = body else {
        // It was taken, and nothing more is known.
        let detail = format!("HTTP {} without JSON", reply.status);
        return json::is_success(reply).then_some(Outcome::Unknown { detail });
    };
    if body["ok"] == false {
        return None;
    }
    Some(match remote_id(&body["result"]) {
        Some(remote_id) => Outcome::Accepted { remote_id },
        None => Outcome::Unknown { detail: "the answer does not name the message".to_owned() },
    })
}

/// `CHAT:MESSAGE` of a `Message`.
fn remote_id(message: &Value) -> Option<String> {
    let (chat, id) = (message["chat"]["id"].as_i64()?, message["message_id"].as_i64()?);
    Some(format!("{chat}:{id}"))
}

/// `https://api.telegram.org/KINDbot<token>/PATH`
fn url(account: &Account, kind: &str, path: &str) -> String {
    let api = match account.setting("api_url").trim_end_matches('/') {
        "" => API_URL,
        own => own,
    };
    let scheme = if api.contains("://") { "" } else { "https://" };
    let token = account.setting("token");
    // As it is, so that it can be found and taken out of what is kept.
    let is_plain = token.bytes().all(|b| b.is_ascii_alphanumeric() || b":_-".contains(&b));
    let token = if is_plain { token.to_owned() } else { encode_segment(token) };
    format!("{scheme}{api}/{kind}bot{token}/{path}")
}

fn call(account: &Account, label: &'static str, method: &str, body: &Value) -> Request {
    let bytes = body.to_string().into_bytes();
    Request::post_json(label, url(account, "", method), bytes, SUBMIT_TIMEOUT)
}
