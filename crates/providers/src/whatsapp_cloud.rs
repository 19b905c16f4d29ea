//! WhatsApp Business Platform, Cloud API (Meta): an approved number of the company itself.
//!
//! Source: the OpenAPI file of Graph v23.0 and Meta's pages of the Cloud API (messages, media,
//! error codes, webhooks, overrides, throughput, templates, groups), seen in 2026.
//!
//! Guarantee: none. No key against repeats is honoured, no journal can be asked, and a send that
//! ends in 5xx may have been delivered. The correlation id (`biz_opaque_callback_data`) is given
//! along: statuses echo it.
//!
//! Quirks honoured here: a 200 means *accepted*, even for who is not on WhatsApp or is outside the
//! window (both come as a `failed` status); one decides by `error.code`, not by the HTTP status;
//! a file's address holds for five minutes and wants the same token; `user_id` (BSUID) may stand
//! where a number stood; time stamps are texts; webhooks are signed over their very bytes, batched,
//! doubled and out of order; templates are told of at the app's own callback only.

mod chore;
mod code;
mod message;
mod outgoing;
mod signature;
mod webhook;

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
    multipart,
    port::{Attempt, Next, Payload, Reception, Step, Submission, Verdict},
    wire::{Inbound, Reply, Request, encode_segment},
};

/// The adapter.
pub(crate) static PROVIDER: WhatsappCloud = WhatsappCloud;

/// The adapter: it has no state.
pub(crate) struct WhatsappCloud;

const API_URL: &str = "https://graph.facebook.com";
/// The version of the Graph API that this was written for.
const VERSION: &str = "v23.0";
const SEND: Step = Step::FIRST;
const UPLOAD: Step = Step::new(1);

/// Longest text, characters.
const TEXT_CHARS_MAX: usize = 4_096;

static DESCRIPTOR: Descriptor = Descriptor {
    code: "whatsapp_cloud",
    name: "WhatsApp Business Cloud API",
    channels: &[Channel {
        messenger: Messenger::Whatsapp,
        reach: Reach { phone: true, person: true, group: true },
        text_chars_max: TEXT_CHARS_MAX,
        caption_chars_max: 1_024,
        counts_utf16: false,
        files: &FILES,
        file_by: FileBy::Either,
        quote: true,
        template: true,
        buttons_max: outgoing::ROWS_MAX,
        window: true,
        receipts: Receipts { delivered: true, read: true },
        // 80 messages a second, what comes in included; one to the same customer every 6 s, of
        // which 45 may be borrowed. We stay a little below both.
        pacing: Pacing {
            gap: Some(Millis(15)),
            burst: 10,
            recipient_gap: Some(Millis(6_000)),
            recipient_burst: 40,
        },
    }],
    settings: &[
        setting(
            "phone_number_id",
            ["Идентификатор номера (Phone number ID)", "Phone number ID"],
            true,
            false,
            Form::Digits,
        ),
        setting(
            "waba_id",
            ["Идентификатор аккаунта WhatsApp Business (WABA ID)", "WhatsApp Business account ID"],
            true,
            false,
            Form::Digits,
        ),
        setting(
            "token",
            ["Постоянный ключ доступа (System user token)", "Permanent access token (system user)"],
            true,
            true,
            Form::Text,
        ),
        setting(
            "app_secret",
            ["Секрет приложения (App secret)", "App secret"],
            true,
            true,
            Form::Text,
        ),
        setting(
            "verify_token",
            ["Маркер подтверждения вебхука (Verify token)", "Webhook verify token"],
            true,
            true,
            Form::Text,
        ),
        setting("phone", ["Номер телефона", "Phone number"], false, false, Form::Phone),
        setting("version", ["Версия Graph API", "Graph API version"], false, false, Form::Text),
        setting("api_url", ["Адрес API", "API address"], false, false, Form::Host),
    ],
    instance: &["phone_number_id"],
    hosts: &["graph.facebook.com", "lookaside.fbsbx.com"],
    guarantee: Guarantee::NeverTwice,
    guarantee_text: [
        "Если ответ потерян, узнать судьбу сообщения нельзя: Meta не принимает ключей от повторов \
         и не даёт журнала. По умолчанию такое сообщение не повторяется.",
        "If an answer is lost, what became of the message can't be found out: Meta takes no key \
         against repeats and has no journal. By default such a message is not sent again.",
    ],
    webhook_answer: "",
    notices: &[
        [
            "Вне 24 часов после последнего слова клиента уходят только одобренные шаблоны; \
             они платные.",
            "Later than 24 hours after the customer's last word only approved templates may be \
             sent; they are paid for.",
        ],
        [
            "Подтвердите бизнес в Business Manager и одобрите отображаемое имя: без этого лимиты \
             получателей малы.",
            "Have the business verified and the display name approved: limits of recipients are \
             small without.",
        ],
        [
            "Об одобрении шаблонов Meta сообщает только на основной адрес вебхука приложения: \
             укажите там адрес этого подключения.",
            "Meta tells of the approval of templates at the app's own callback only: enter this \
             account's address there.",
        ],
        [
            "Ключ доступа берите у системного пользователя: временный живёт сутки.",
            "Use a system user's token: a temporary one lives for a day.",
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

/// What is taken, by content (Media, supported types).
static FILES: [FileRule; 6] = [
    FileRule { kind: FileKind::Image, types: &["image/jpeg", "image/png"], bytes_max: 5 * MIB },
    FileRule { kind: FileKind::Document, types: &[], bytes_max: 100 * MIB },
    FileRule {
        kind: FileKind::Audio,
        types: &["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"],
        bytes_max: 16 * MIB,
    },
    FileRule { kind: FileKind::Voice, types: &["audio/ogg"], bytes_max: 16 * MIB },
    FileRule { kind: FileKind::Video, types: &["video/mp4", "video/3gpp"], bytes_max: 16 * MIB },
    FileRule { kind: FileKind::Sticker, types: &["image/webp"], bytes_max: 500 * 1024 },
];

impl Provider for WhatsappCloud {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn submit(&self, account: &Account, submission: &Submission<'_>) -> Next {
        match (submission.content, submission.file) {
            (Content::File(_), Some(payload)) if payload.url.is_empty() => {
                Next::prepare(UPLOAD, upload(account, submission.key, &payload))
            }
            (
                Content::Text(_)
                | Content::Marked(_)
                | Content::File(_)
                | Content::Choice { .. }
                | Content::Template(_),
                _,
            ) => send(account, submission, ""),
        }
    }

    fn resume(
        &self,
        account: &Account,
        submission: &Submission<'_>,
        step: &Step,
        reply: &Reply,
    ) -> Next {
        if step.number != UPLOAD.number {
            return Next::Done(sent(account, reply));
        }
        if is_success(reply) {
            let id = json(reply).and_then(|body| text(&body["id"]));
            return match id {
                Some(id) => send(account, submission, &id),
                None => Next::Done(later(account, reply, None)),
            };
        }
        // Nothing was shown to anybody yet: what is not refused may be tried again.
        Next::Done(match code::outcome(account, reply) {
            Outcome::Unknown { .. } => later(account, reply, reply.retry_after()),
            outcome @ (Outcome::Accepted { .. }
            | Outcome::Deferred { .. }
            | Outcome::Refused(_)) => outcome,
        })
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

    fn is_for(&self, account: &Account, inbound: &Inbound<'_>) -> bool {
        webhook::is_for(account, inbound)
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
        let digits: String =
            account.setting("phone").chars().filter(char::is_ascii_digit).collect();
        let text = encode_segment(payload);
        (!digits.is_empty()).then(|| format!("https://wa.me/{digits}?text={text}"))
    }
}

/// The call that makes the bubble appear; `media` is the id of an upload.
fn send(account: &Account, submission: &Submission<'_>, media: &str) -> Next {
    match outgoing::body(submission, media) {
        Ok(body) => {
            let url = number_url(account, "/messages");
            let label = "whatsapp_cloud.messages";
            let request = Request::post_json(label, url, bytes(&body), SUBMIT_TIMEOUT);
            Next::send(SEND, authorized(account, request))
        }
        Err(detail) => Next::Done(Outcome::Refused(Failure {
            blame: Blame::Content,
            reason: Reason::Malformed,
            detail: detail.to_owned(),
        })),
    }
}

fn upload(account: &Account, key: u64, payload: &Payload<'_>) -> Request {
    let form = multipart::Form::new(key)
        .field("messaging_product", "whatsapp")
        .field("type", payload.mime)
        .file("file", payload.name, payload.mime, payload.bytes);
    let url = number_url(account, "/media");
    authorized(account, form.post("whatsapp_cloud.media", url, SUBMIT_TIMEOUT))
}

/// The answer to a send.
fn sent(account: &Account, reply: &Reply) -> Outcome {
    if !is_success(reply) {
        return code::outcome(account, reply);
    }
    let id = json(reply).and_then(|body| text(&body["messages"][0]["id"]));
    match id {
        Some(remote_id) => Outcome::Accepted { remote_id },
        // It was taken, and we don't know under which id.
        None => Outcome::Unknown { detail: code::detail(account, reply) },
    }
}

fn later(account: &Account, reply: &Reply, retry_after: Option<Millis>) -> Outcome {
    let detail = code::detail(account, reply);
    Outcome::Deferred { retry_after, detail, whole_account: false }
}

fn is_success(reply: &Reply) -> bool {
    (200..300).contains(&reply.status)
}

fn authorized(account: &Account, request: Request) -> Request {
    request.with_header("authorization", format!("Bearer {}", account.setting("token")))
}

/// `https://graph.facebook.com/v23.0/OBJECT…`
fn url(account: &Account, path: &str) -> String {
    let api = match account.setting("api_url").trim_end_matches('/') {
        "" => API_URL,
        own => own,
    };
    let scheme = if api.contains("://") { "" } else { "https://" };
    let version = account.setting("version");
    let is_version = version.strip_prefix('v').is_some_and(|number| {
        !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    });
    let version = if is_version { version } else { VERSION };
    format!("{scheme}{api}/{version}/{path}")
}

fn number_url(account: &Account, edge: &str) -> String {
    url(account, &format!("{}{edge}", encode_segment(account.setting("phone_number_id"))))
}

fn waba_url(account: &Account, edge: &str) -> String {
    url(account, &format!("{}{edge}", encode_segment(account.setting("waba_id"))))
}

fn json(reply: &Reply) -> Option<Value> {
    serde_json::from_slice(&reply.body).ok()
}

/// A text that is not empty; ids also come as numbers.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

fn bytes(body: &Value) -> Vec<u8> {
    body.to_string().into_bytes()
}
