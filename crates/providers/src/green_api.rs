//! Green-API (green-api.com): WhatsApp or MAX through a linked phone.
//!
//! Source: the provider's API documentation as of 2025 (sending, account, receiving, journals,
//! common errors, 466 body, rate limits, delay between messages; for MAX the pages of "v3").
//!
//! Guarantee: `sendMessage` takes no key against repeats, but the journal of outgoing messages and
//! the send queue can be asked. A fresh message may take two minutes to show in the journal.
//!
//! Quirks honoured here: the token stands in the path; an answer 200 means *queued*; a 200 without
//! `idMessage` is a failure; errors come as JSON, as a JSON string, as plain text or as an HTML
//! page; 466 is the tariff's quota; `failed` was once spelled `fail`; the scheme of the webhook's
//! `Authorization` header is not documented; the ending of a file's name decides how it is shown.

mod answer;
mod chore;
mod journal;
mod message;
mod webhook;

use crate::bold;
use serde::Serialize;
use std::borrow::Cow;
use vestnik_model::{
    account::{Account, Pacing},
    content::{Content, Template},
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
    multipart,
    port::{Attempt, JournalPage, Next, Payload, Reception, Step, Submission, To, Verdict},
    wire::{Inbound, Reply, Request},
};

/// The adapter.
pub(crate) static PROVIDER: GreenApi = GreenApi;

/// The adapter: it has no state.
pub(crate) struct GreenApi;

/// Longest text in WhatsApp, characters (SendMessage).
const WHATSAPP_CHARS_MAX: usize = 20_000;

static DESCRIPTOR: Descriptor = Descriptor {
    code: "green_api",
    name: "Green-API",
    channels: &[channel(Messenger::Whatsapp, WHATSAPP_CHARS_MAX), channel(Messenger::Max, 4_000)],
    settings: &[
        Setting {
            name: "api_url",
            label: ["Адрес API (apiUrl)", "API address (apiUrl)"],
            required: true,
            secret: false,
            form: Form::Host,
        },
        Setting {
            name: "id_instance",
            label: ["Номер инстанса (idInstance)", "Instance number (idInstance)"],
            required: true,
            secret: false,
            form: Form::Digits,
        },
        Setting {
            name: "token",
            label: ["Ключ (apiTokenInstance)", "Token (apiTokenInstance)"],
            required: true,
            secret: true,
            form: Form::Text,
        },
        Setting {
            name: "webhook_token",
            label: ["Ключ вебхука (webhookUrlToken)", "Webhook token (webhookUrlToken)"],
            required: false,
            secret: true,
            form: Form::Text,
        },
    ],
    instance: &["id_instance"],
    hosts: &[
        "*.api.green-api.com",
        "api.green-api.com",
        "*.media.green-api.com",
        "media.green-api.com",
    ],
    guarantee: Guarantee::Journal,
    guarantee_text: [
        "Если ответ потерян, спрашиваем журнал провайдера и повторяем, только если сообщения там \
         нет.",
        "If an answer is lost, the provider's journal is asked, and the message is sent again \
         only if it is not there.",
    ],
    webhook_answer: "",
    notices: &[
        [
            "Подписка на инстанс платная. Оплачивайте её после того, как проверите подключение.",
            "An instance is a paid subscription. Pay after the connection has been checked.",
        ],
        [
            "Только что заведённым номером сутки пишите вручную 10–15 людям, прежде чем \
             подключать рассылки.",
            "Use a newly registered number by hand for a day with 10 to 15 people before sending \
             through it.",
        ],
        [
            "Раз в две недели открывайте мессенджер на телефоне, иначе связанное устройство \
             отключится.",
            "Open the messenger on the phone every two weeks, or the linked device is logged out.",
        ],
    ],
};

/// Both messengers differ in the length of a text only.
const fn channel(messenger: Messenger, text_chars_max: usize) -> Channel {
    Channel {
        messenger,
        reach: Reach { phone: true, person: true, group: true },
        text_chars_max,
        caption_chars_max: 1_024,
        counts_utf16: false,
        files: &FILES,
        file_by: FileBy::Either,
        quote: true,
        template: false,
        buttons_max: 0,
        window: false,
        receipts: Receipts { delivered: true, read: true },
        // The provider queues by itself (at least 500 ms between two messages) and refuses more
        // than 50 calls a second.
        pacing: Pacing {
            gap: Some(Millis(20)),
            burst: 50,
            recipient_gap: None,
            recipient_burst: 0,
        },
    }
}

/// Largest file, bytes (Sending, SendFileByUpload).
const FILE_MAX: u64 = 100 * 1024 * 1024;

/// The provider takes any file; how it is shown follows from the ending of its name.
static FILES: [FileRule; 4] = [
    FileRule { kind: FileKind::Image, types: &["image/jpeg", "image/png"], bytes_max: FILE_MAX },
    FileRule { kind: FileKind::Document, types: &[], bytes_max: FILE_MAX },
    FileRule {
        kind: FileKind::Audio,
        types: &["audio/mpeg", "audio/ogg", "audio/amr", "audio/mp4", "audio/aac"],
        bytes_max: FILE_MAX,
    },
    FileRule { kind: FileKind::Video, types: &["video/mp4"], bytes_max: FILE_MAX },
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SendMessage<'a> {
    chat_id: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    quoted_message_id: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SendFileByUrl<'a> {
    chat_id: &'a str,
    url_file: &'a str,
    file_name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    caption: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    quoted_message_id: Option<&'a str>,
}

impl Provider for GreenApi {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn submit(&self, account: &Account, submission: &Submission<'_>) -> Next {
        let chat_id = chat_id(submission.to);
        let request = match (submission.content, submission.file) {
            (Content::Text(_) | Content::Marked(_), _) => {
                let quoted_message_id = submission.quote;
                let message = &words(account, submission.content);
                let body = to_json(&SendMessage { chat_id: &chat_id, message, quoted_message_id });
                let url = method_url(account, "sendMessage");
                Request::post_json("green_api.send_message", url, body, SUBMIT_TIMEOUT)
            }
            (Content::File(file), Some(payload)) => {
                send_file(account, submission, &chat_id, file, &payload)
            }
            (Content::File(_), None) => return cant("the file is missing"),
            (Content::Choice { .. }, _) => return cant("buttons can't be sent here"),
            (Content::Template(Template { .. }), _) => {
                return cant("templates can't be sent here");
            }
        };
        Next::send(Step::FIRST, request)
    }

    fn resume(&self, _: &Account, _: &Submission<'_>, _: &Step, reply: &Reply) -> Next {
        Next::Done(answer::sent(reply))
    }

    fn inquire(&self, account: &Account, attempt: &Attempt<'_>, step: &Step) -> Option<Request> {
        Some(journal::inquire(account, attempt, step))
    }

    fn inquired(
        &self,
        account: &Account,
        attempt: &Attempt<'_>,
        step: &Step,
        reply: &Reply,
    ) -> Verdict {
        journal::read(account, step, reply)(attempt)
    }

    fn read_journal<'a>(
        &'a self,
        account: &'a Account,
        step: &'a Step,
        reply: &'a Reply,
    ) -> JournalPage<'a> {
        journal::read(account, step, reply)
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
}

fn send_file(
    account: &Account,
    submission: &Submission<'_>,
    chat_id: &str,
    file: &File,
    payload: &Payload<'_>,
) -> Request {
    let file_name = &file_name(file.kind, payload.name);
    // The documentation: a caption is shown under a picture, a film and a document.
    let caption = if file.kind == FileKind::Audio { "" } else { &file.caption };
    if !payload.url.is_empty() {
        let quoted_message_id = submission.quote;
        let url_file = payload.url;
        let body = SendFileByUrl { chat_id, url_file, file_name, caption, quoted_message_id };
        let url = method_url(account, "sendFileByUrl");
        let body = to_json(&body);
        return Request::post_json("green_api.send_file_by_url", url, body, SUBMIT_TIMEOUT);
    }
    let mut form = multipart::Form::new(submission.key).field("chatId", chat_id);
    form = form.field("fileName", file_name);
    if !caption.is_empty() {
        form = form.field("caption", caption);
    }
    if let Some(quoted) = submission.quote {
        form = form.field("quotedMessageId", quoted);
    }
    let url = url_at(&media_host(account.setting("api_url")), account, "sendFileByUpload");
    form.file("file", file_name, payload.mime, payload.bytes).post(
        "green_api.send_file_by_upload",
        url,
        SUBMIT_TIMEOUT,
    )
}

fn cant(detail: &str) -> Next {
    Next::Done(Outcome::Refused(Failure {
        blame: Blame::Content,
        reason: Reason::Malformed,
        detail: detail.to_owned(),
    }))
}

/// `https://1103.api.green-api.com/waInstance1103000001/sendMessage/TOKEN`
fn method_url(account: &Account, method: &str) -> String {
    url_at(account.setting("api_url"), account, method)
}

fn url_at(host: &str, account: &Account, method: &str) -> String {
    let host = host.trim_end_matches('/');
    let scheme = if host.contains("://") { "" } else { "https://" };
    let (id, token) = (account.setting("id_instance"), account.setting("token"));
    format!("{scheme}{host}/waInstance{id}/{method}/{token}")
}

/// Uploads go to `1103.media.green-api.com`; a host of another form takes them itself.
fn media_host(api_host: &str) -> String {
    let media = api_host.replacen(".api.green-api.com", ".media.green-api.com", 1);
    media.replacen("//api.green-api.com", "//media.green-api.com", 1)
}

/// A person's chat: `79001234567@c.us`; others as they came in.
fn chat_id(to: To<'_>) -> Cow<'_, str> {
    match to {
        To::Phone(phone) => Cow::Owned(format!("{phone}@c.us")),
        To::Person(id) | To::Group(id) => Cow::Borrowed(id),
    }
}

/// The words as they go out: WhatsApp's marks are passed through (SendMessage); of MAX's the pages
/// say nothing.
fn words<'a>(account: &Account, content: &'a Content) -> Cow<'a, str> {
    match account.messenger {
        Messenger::Whatsapp => bold::asterisks(content, WHATSAPP_CHARS_MAX),
        Messenger::Max | Messenger::Telegram | Messenger::Vk => Cow::Borrowed(content.as_text()),
    }
}

/// The name of a file with an ending that has it shown as what it is.
fn file_name(kind: FileKind, name: &str) -> String {
    let (known, stand_in): (&[&str], _) = match kind {
        FileKind::Image | FileKind::Sticker => (&[".jpg", ".jpeg", ".png"], "image.jpg"),
        FileKind::Video => (&[".mp4"], "video.mp4"),
        FileKind::Audio | FileKind::Voice => {
            (&[".mp3", ".ogg", ".amr", ".m4a", ".aac", ".oga", ".opus"], "audio.mp3")
        }
        FileKind::Document => (&[], "file"),
    };
    let lower = name.to_ascii_lowercase();
    let fits = known.is_empty() || known.iter().any(|end| lower.ends_with(end));
    if fits && !name.is_empty() && name.len() <= 100 {
        name.to_owned()
    } else {
        stand_in.to_owned()
    }
}

fn to_json<T: Serialize>(body: &T) -> Vec<u8> {
    serde_json::to_vec(body).expect("texts under fixed names always serialise")
}
