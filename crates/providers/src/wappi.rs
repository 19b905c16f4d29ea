//! Wappi (wappi.pro): a profile of WhatsApp, Telegram, MAX or VK, or a cascade over profiles.
//!
//! Source: the vendor's documentation pages (WhatsApp, Telegram, cascades), its own plugin, and
//! traffic and clients that others have published, seen in 2026. For VK no endpoint is documented:
//! its prefix is a setting.
//!
//! Guarantee: a journal. There is no key against repeats, but the history of sends by the API can
//! be asked. It knows nothing of cascades: a send through one is never repeated by itself.
//!
//! Quirks honoured here: the token stands bare; success is a 2xx *and* `status: "done"` (a cascade:
//! `"ok"`, the rest one level deeper); errors are not listed, and may be plain text or HTML; a
//! webhook may hold a list, an object or a bare item; `delivery_status` has come as
//! `messages_status`, too; `timestamp` and `time` change places between answers and webhooks; the
//! header of the webhook's phrase is not named.

mod answer;
mod cascade;
mod chore;
mod journal;
mod message;
mod webhook;

use crate::{bold, group};
use data_encoding::BASE64;
use serde_json::{Value, json};
use std::borrow::Cow;
use vestnik_model::{
    account::{Account, Pacing},
    content::Content,
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
    port::{Attempt, JournalPage, Next, Payload, Reception, Step, Submission, To, Verdict},
    wire::{Inbound, Reply, Request, encode_segment},
};

/// The adapter.
pub(crate) static PROVIDER: Wappi = Wappi;

/// The adapter: it has no state.
pub(crate) struct Wappi;

const API_URL: &str = "https://wappi.pro";

/// Longest text in WhatsApp and Telegram, characters.
const TEXT_CHARS_MAX: usize = 4_096;

static DESCRIPTOR: Descriptor = Descriptor {
    code: "wappi",
    name: "Wappi",
    channels: &[
        channel(Messenger::Whatsapp, TEXT_CHARS_MAX, FileBy::Either, true),
        channel(Messenger::Telegram, TEXT_CHARS_MAX, FileBy::Address, true),
        channel(Messenger::Max, 4_000, FileBy::Address, true),
        channel(Messenger::Vk, 4_000, FileBy::Address, false),
    ],
    settings: &[
        setting("token", ["Ключ API (apiToken)", "API token (apiToken)"], true, true, Form::Text),
        setting(
            "profile_id",
            ["Профиль (profileId)", "Profile (profileId)"],
            false,
            false,
            Form::Text,
        ),
        setting(
            "cascade_id",
            [
                "Каскад (cascadeId): если указан, отправка идёт через него",
                "Cascade (cascadeId): if set, sends go through it",
            ],
            false,
            false,
            Form::Text,
        ),
        setting(
            "webhook_auth",
            ["Авторизация вебхука", "Webhook authorization"],
            false,
            true,
            Form::Text,
        ),
        setting(
            "prefix",
            ["Начало пути API (для VK и ботов)", "API path prefix (for VK and bots)"],
            false,
            false,
            Form::Text,
        ),
        setting("phone", ["Номер телефона", "Phone number"], false, false, Form::Phone),
        setting("api_url", ["Адрес API", "API address"], false, false, Form::Host),
    ],
    instance: &["profile_id", "cascade_id"],
    hosts: &["wappi.pro", "*.wappi.pro"],
    guarantee: Guarantee::Journal,
    guarantee_text: [
        "Если ответ потерян, спрашиваем историю отправок профиля и повторяем, только если \
         сообщения там нет. У каскада истории нет: такое сообщение по умолчанию не повторяется.",
        "If an answer is lost, the profile's history of sends is asked, and the message is sent \
         again only if it is not there. A cascade has no history: such a message is not sent \
         again by default.",
    ],
    webhook_answer: "",
    notices: &[
        [
            "Профиль – платная подписка, и сообщения стоят сравнимо с СМС. Оплачивайте после \
             проверки подключения.",
            "A profile is a paid subscription, and messages cost about as much as SMS. Pay after \
             the connection has been checked.",
        ],
        [
            "Не каждый клиент есть в каждом мессенджере: соберите каскад из всех профилей.",
            "Not every customer is in every messenger: set up a cascade over all profiles.",
        ],
        [
            "Укажите profileId или cascadeId. Если указаны оба, отправка идёт через каскад.",
            "Enter profileId or cascadeId. With both, sends go through the cascade.",
        ],
        [
            "Только что заведённым номером сутки пишите вручную 10–15 людям, и раз в две недели \
             открывайте мессенджер на телефоне.",
            "Use a newly registered number by hand for a day with 10 to 15 people, and open the \
             messenger on the phone every two weeks.",
        ],
        [
            "Для ВКонтакте Wappi не публикует методов API: надёжнее отправлять через каскад.",
            "Wappi publishes no API methods for VKontakte: sending through a cascade is safer.",
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

const fn channel(
    messenger: Messenger,
    text_chars_max: usize,
    file_by: FileBy,
    phone: bool,
) -> Channel {
    Channel {
        messenger,
        // A cascade wants a number even for VK.
        reach: Reach { phone: true, person: true, group: phone },
        text_chars_max,
        caption_chars_max: 1_024,
        counts_utf16: false,
        files: &FILES,
        file_by,
        quote: true,
        template: false,
        buttons_max: 0,
        window: false,
        receipts: Receipts { delivered: true, read: true },
        // No limits are published. The documents' own examples pause for 1 to 3 seconds.
        pacing: Pacing {
            gap: Some(Millis(1_000)),
            burst: 1,
            recipient_gap: None,
            recipient_burst: 0,
        },
    }
}

/// No limits are published: what all messengers take.
const FILE_MAX: u64 = 16 * 1024 * 1024;

static FILES: [FileRule; 4] = [
    FileRule { kind: FileKind::Image, types: &["image/jpeg", "image/png"], bytes_max: FILE_MAX },
    FileRule { kind: FileKind::Document, types: &[], bytes_max: FILE_MAX },
    FileRule {
        kind: FileKind::Audio,
        types: &["audio/mpeg", "audio/ogg", "audio/aac", "audio/mp4"],
        bytes_max: FILE_MAX,
    },
    FileRule { kind: FileKind::Video, types: &["video/mp4"], bytes_max: FILE_MAX },
];

impl Provider for Wappi {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    /// A cascade fetches its files itself.
    fn file_by(&self, account: &Account, channel: &Channel, _: &File) -> FileBy {
        if is_cascade(account) { FileBy::Address } else { channel.file_by }
    }

    fn submit(&self, account: &Account, submission: &Submission<'_>) -> Next {
        let request = match (is_cascade(account), account.setting("profile_id")) {
            (true, _) => cascade::send(account, submission),
            (false, "") => Err((Blame::Account, "profile_id or cascade_id is needed")),
            (false, _) => send(account, submission),
        };
        match request {
            Ok(request) => Next::send(Step::FIRST, request),
            Err((blame, detail)) => Next::Done(Outcome::Refused(Failure {
                blame,
                reason: Reason::Malformed,
                detail: detail.to_owned(),
            })),
        }
    }

    fn resume(
        &self,
        account: &Account,
        submission: &Submission<'_>,
        _: &Step,
        reply: &Reply,
    ) -> Next {
        group::blamed(submission.to, Next::Done(answer::sent(account, reply)))
    }

    fn inquire(&self, account: &Account, _: &Attempt<'_>, _: &Step) -> Option<Request> {
        (!is_cascade(account)).then(|| journal::inquire(account))
    }

    fn inquired(
        &self,
        account: &Account,
        attempt: &Attempt<'_>,
        _: &Step,
        reply: &Reply,
    ) -> Verdict {
        journal::read(account, reply)(attempt)
    }

    fn read_journal<'a>(
        &'a self,
        account: &'a Account,
        _: &'a Step,
        reply: &'a Reply,
    ) -> JournalPage<'a> {
        journal::read(account, reply)
    }

    fn receive(&self, account: &Account, inbound: &Inbound<'_>) -> Reception {
        webhook::receive(account, inbound)
    }

    fn is_for(&self, account: &Account, inbound: &Inbound<'_>) -> bool {
        webhook::is_for(account, inbound)
    }

    fn begin(&self, account: &Account, chore: &Chore<'_>) -> Progress {
        if is_cascade(account) {
            cascade::begin(account, chore)
        } else {
            chore::begin(account, chore)
        }
    }

    fn proceed(
        &self,
        account: &Account,
        chore: &Chore<'_>,
        step: &Step,
        reply: &Reply,
    ) -> Progress {
        if is_cascade(account) {
            cascade::proceed(account, chore, step, reply)
        } else {
            chore::proceed(account, chore, step, reply)
        }
    }

    fn deep_link(&self, account: &Account, payload: &str) -> Option<String> {
        match account.messenger {
            Messenger::Whatsapp => {
                let digits: String =
                    account.setting("phone").chars().filter(char::is_ascii_digit).collect();
                let text = encode_segment(payload);
                (!digits.is_empty()).then(|| format!("https://wa.me/{digits}?text={text}"))
            }
            Messenger::Telegram | Messenger::Max | Messenger::Vk => None,
        }
    }
}

type Cant = (Blame, &'static str);

/// A send through the profile, at once: it answers with the message's id.
fn send(account: &Account, submission: &Submission<'_>) -> Result<Request, Cant> {
    let to = recipient(account, submission.to);
    let post = |label, path: &str, mut body: Value| {
        let (name, id) = &to;
        body[*name] = json!(id);
        post(label, url(account, path), &body, account)
    };
    match (submission.content, submission.file) {
        (content @ (Content::Text(_) | Content::Marked(_)), _) => {
            let text = &words(account, content);
            Ok(match submission.quote {
                // It goes where the quoted one stands; there is no recipient.
                Some(quote) => reply(account, text, quote, ""),
                None => post("wappi.send", "sync/message/send", json!({ "body": text })),
            })
        }
        (Content::File(file), Some(payload)) if !payload.url.is_empty() => {
            Ok(match submission.quote {
                Some(quote) => reply(account, &file.caption, quote, payload.url),
                None => {
                    let body = json!({ "url": payload.url, "caption": file.caption,
                        "file_name": payload.name });
                    post("wappi.send_url", "sync/message/file/url/send", body)
                }
            })
        }
        // A quote can't be given along with bytes: the file matters more.
        (Content::File(file), Some(payload)) if !payload.bytes.is_empty() => {
            let (path, body) = by_bytes(file, &payload);
            Ok(post("wappi.send_file", path, body))
        }
        (Content::File(_), _) => Err((Blame::Content, "the file is missing")),
        (Content::Choice { .. }, _) => Err((Blame::Content, "buttons can't be sent here")),
        (Content::Template(_), _) => Err((Blame::Content, "templates can't be sent here")),
    }
}

/// The words as they go out: bold is known of WhatsApp alone.
fn words<'a>(account: &Account, content: &'a Content) -> Cow<'a, str> {
    match account.messenger {
        Messenger::Whatsapp => bold::asterisks(content, TEXT_CHARS_MAX),
        Messenger::Telegram | Messenger::Max | Messenger::Vk => Cow::Borrowed(content.as_text()),
    }
}

fn by_bytes(file: &File, payload: &Payload<'_>) -> (&'static str, Value) {
    let mut body = json!({ "b64_file": BASE64.encode(payload.bytes) });
    match file.kind {
        FileKind::Image | FileKind::Sticker => {
            body["caption"] = json!(file.caption);
            ("sync/message/img/send", body)
        }
        FileKind::Video => {
            body["caption"] = json!(file.caption);
            ("sync/message/video/send", body)
        }
        FileKind::Audio | FileKind::Voice => ("sync/message/audio/send", body),
        FileKind::Document => {
            body["caption"] = json!(file.caption);
            body["file_name"] = json!(payload.name);
            ("sync/message/document/send", body)
        }
    }
}

fn reply(account: &Account, text: &str, quote: &str, file_url: &str) -> Request {
    let mut body = json!({ "body": text, "message_id": quote });
    if !file_url.is_empty() {
        body["url"] = json!(file_url);
    }
    post("wappi.reply", url(account, "sync/message/reply"), &body, account)
}

/// The member that names the recipient, and what stands in it.
fn recipient(account: &Account, to: To<'_>) -> (&'static str, String) {
    match (to, account.messenger) {
        (To::Phone(phone), _) => ("recipient", phone.to_string()),
        // A chat of MAX is no number.
        (To::Person(id) | To::Group(id), Messenger::Max) => ("chat_id", id.to_owned()),
        (To::Person(id) | To::Group(id), _) => ("recipient", id.to_owned()),
    }
}

fn is_cascade(account: &Account) -> bool {
    !account.setting("cascade_id").is_empty()
}

fn is_success(reply: &Reply) -> bool {
    (200..300).contains(&reply.status)
}

fn post(label: &'static str, url: String, body: &Value, account: &Account) -> Request {
    let bytes = body.to_string().into_bytes();
    authorized(account, Request::post_json(label, url, bytes, SUBMIT_TIMEOUT))
}

fn get(label: &'static str, url: String, account: &Account) -> Request {
    authorized(account, Request::get(label, url, SUBMIT_TIMEOUT))
}

/// The bare token.
fn authorized(account: &Account, request: Request) -> Request {
    request.with_header("authorization", account.setting("token"))
}

/// `https://wappi.pro/tapi/PATH?profile_id=ID`; further values may be appended with `&`.
fn url(account: &Account, path: &str) -> String {
    url_of(account, prefix(account), account.setting("profile_id"), path)
}

fn url_of(account: &Account, prefix: &str, profile: &str, path: &str) -> String {
    let (prefix, profile) = (encode_segment(prefix), encode_segment(profile));
    format!("{}/{prefix}/{path}?profile_id={profile}", base(account))
}

fn base(account: &Account) -> String {
    let api = match account.setting("api_url").trim_end_matches('/') {
        "" => API_URL,
        own => own,
    };
    let scheme = if api.contains("://") { "" } else { "https://" };
    format!("{scheme}{api}")
}

fn prefix(account: &Account) -> &str {
    match (account.setting("prefix").trim_matches('/'), account.messenger) {
        ("", Messenger::Whatsapp) => "api",
        ("", Messenger::Telegram) => "tapi",
        ("", Messenger::Max) => "maxapi",
        // By analogy only.
        ("", Messenger::Vk) => "vkapi",
        (own, _) => own,
    }
}

fn json(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).ok()
}

/// A text that is not empty; ids may come as numbers.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}
