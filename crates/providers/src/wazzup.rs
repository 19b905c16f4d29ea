//! Wazzup (wazzup24.com), API v3: a channel of WhatsApp (by phone or by the Business API), of
//! Telegram, MAX or VK.
//!
//! Source: the vendor's help pages of API v3 (sending, webhooks, errors, channels, templates) and
//! what integrations reported of live accounts, seen in 2026.
//!
//! Guarantee: a key. A `crmMessageId` that comes again within 60 seconds is refused by a code,
//! which means that the first attempt was accepted. The refusal does not tell under which id: such
//! a bubble goes by [`REPEATED`] and our key, and its receipts can't be matched.
//!
//! Quirks honoured here: codes come in upper snake case or in camel case; a 2xx with an `error` is a
//! failure; text and file exclude one another, so that words under a file follow as a part of their
//! own; webhooks are not signed, and the test post carries nothing, so that the address is the
//! secret (a `crmKey` is checked where the client has one); one address serves all channels of a
//! key; edits and deletions use the id again; the switch of template states has had several names.

mod chore;
mod code;
mod message;
mod webhook;

use crate::{bold, group};
use serde_json::{Value, json};
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
    port::{Attempt, Next, Reception, Step, Submission, To, Verdict},
    wire::{Inbound, Reply, Request, encode_segment},
};

/// The adapter.
pub(crate) static PROVIDER: Wazzup = Wazzup;

/// The adapter: it has no state.
pub(crate) struct Wazzup;

const API_URL: &str = "https://api.wazzup24.com";
/// What stands before our key where the provider's id was lost with an answer.
const REPEATED: &str = "crm:";
/// Tries of one send that the provider answers with a trouble of its own ("once or twice, with a
/// pause"; a file that could not be fetched "a few times").
const TRIES_MAX: u8 = 3;
/// The pause between them: all of them have to fit into the minute of the key.
const TRY_PAUSE: Millis = Millis::seconds(3);
/// The note of a send that goes without its quote, because the quoted bubble is not known.
const UNQUOTED: &str = "unquoted";

/// Longest text in WhatsApp, characters.
const WHATSAPP_CHARS_MAX: usize = 10_000;

static DESCRIPTOR: Descriptor = Descriptor {
    code: "wazzup",
    name: "Wazzup",
    channels: &[
        channel(Messenger::Whatsapp, WHATSAPP_CHARS_MAX, true, true),
        channel(Messenger::Telegram, 4_096, true, false),
        channel(Messenger::Max, 4_096, true, false),
        channel(Messenger::Vk, 1_000, false, false),
    ],
    settings: &[
        setting("api_key", ["Ключ API", "API key"], true, true, Form::Text),
        setting(
            "channel_id",
            ["Канал (channelId)", "Channel (channelId)"],
            true,
            false,
            Form::Text,
        ),
        setting(
            "crm_key",
            ["Ключ вебхуков (crmKey), если выдан", "Webhook key (crmKey), if there is one"],
            false,
            true,
            Form::Text,
        ),
        setting("phone", ["Номер телефона", "Phone number"], false, false, Form::Phone),
        setting("api_url", ["Адрес API", "API address"], false, false, Form::Host),
    ],
    instance: &["channel_id"],
    hosts: &["api.wazzup24.com", "store.wazzup24.com", "*.wazzup24.com"],
    guarantee: Guarantee::Key,
    guarantee_text: [
        "Если ответ потерян, сообщение отправляется ещё раз с тем же ключом: в течение минуты \
         Wazzup не отправит его дважды. Отчёты о таком сообщении могут не прийти. После минуты \
         без связи возможен повтор.",
        "If an answer is lost, the message is sent again with the same key: within a minute Wazzup \
         does not send it twice. Receipts of such a message may be missing. After more than a \
         minute without a connection it may arrive twice.",
    ],
    webhook_answer: "",
    notices: &[
        [
            "Канал – платная подписка; сообщения WhatsApp Business API оплачиваются отдельно.",
            "A channel is a paid subscription; messages of the WhatsApp Business API are paid for \
             separately.",
        ],
        [
            "Только что заведённым или заново подключённым номером сутки пишите вручную 10–15 \
             людям.",
            "Use a number that was registered or connected anew by hand for a day with 10 to 15 \
             people.",
        ],
        [
            "Раз в две недели открывайте WhatsApp на телефоне, иначе связанное устройство \
             отключится и канал придётся подключать заново по QR-коду в кабинете Wazzup.",
            "Open WhatsApp on the phone every two weeks, or the linked device is logged out and \
             the channel has to be connected again by a QR code in Wazzup's cabinet.",
        ],
        [
            "У ключа API один адрес вебхуков на все каналы: для второго канала того же аккаунта \
             заведите отдельный ключ (интеграцию).",
            "An API key has one webhook address for all its channels: use a key (integration) of \
             its own for another channel.",
        ],
        [
            "Каналом WhatsApp Business API вне 24 часов после последнего слова клиента уходят \
             только шаблоны; свободный текст там не длиннее 1024 знаков.",
            "Later than 24 hours after the customer's last word a WhatsApp Business API channel \
             sends templates only; free text there has at most 1024 characters.",
        ],
        [
            "Ботам Telegram и MAX и сообществам VK клиент должен написать первым.",
            "To bots of Telegram and MAX and to communities of VK a customer has to write first.",
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
    phone: bool,
    template: bool,
) -> Channel {
    Channel {
        messenger,
        reach: Reach { phone, person: true, group: phone },
        text_chars_max,
        caption_chars_max: 0,
        counts_utf16: false,
        files: &FILES,
        file_by: FileBy::Address,
        quote: true,
        template,
        // Only some kinds of channels have them, each in a form of its own.
        buttons_max: 0,
        // Only the Business API has one; there its end comes as a refusal.
        window: false,
        receipts: Receipts { delivered: true, read: true },
        // 500 calls in 5 seconds for all channels of a key; a fifth is left for other calls.
        pacing: Pacing {
            gap: Some(Millis(13)),
            burst: 20,
            recipient_gap: None,
            recipient_burst: 0,
        },
    }
}

/// Through the API at most 10 MB, whatever the messenger.
const FILE_MAX: u64 = 10 * 1024 * 1024;

/// How a file is shown follows from what it is.
static FILES: [FileRule; 4] = [
    FileRule { kind: FileKind::Image, types: &["image/jpeg", "image/png"], bytes_max: FILE_MAX },
    FileRule { kind: FileKind::Document, types: &[], bytes_max: FILE_MAX },
    FileRule {
        kind: FileKind::Audio,
        types: &["audio/mpeg", "audio/ogg", "audio/aac", "audio/amr"],
        bytes_max: FILE_MAX,
    },
    FileRule { kind: FileKind::Video, types: &["video/mp4"], bytes_max: FILE_MAX },
];

impl Provider for Wazzup {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn submit(&self, account: &Account, submission: &Submission<'_>) -> Next {
        send(account, submission, Step::FIRST)
    }

    fn resume(
        &self,
        account: &Account,
        submission: &Submission<'_>,
        step: &Step,
        reply: &Reply,
    ) -> Next {
        let next = match code::answer(account, submission, reply) {
            code::Answer::Done(outcome) => Next::Done(outcome),
            code::Answer::Again(_) if step.number + 1 < TRIES_MAX => {
                send(account, submission, step.next()).after(TRY_PAUSE)
            }
            code::Answer::Again(failure) => Next::Done(Outcome::Refused(failure)),
            code::Answer::QuoteUnknown(_) if step.note != UNQUOTED => {
                send(account, submission, step.next().with(UNQUOTED))
            }
            code::Answer::QuoteUnknown(failure) => Next::Done(Outcome::Refused(failure)),
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

fn send(account: &Account, submission: &Submission<'_>, step: Step) -> Next {
    match body(account, submission, step.note != UNQUOTED) {
        Ok(body) => {
            let url = url(account, "message");
            let bytes = body.to_string().into_bytes();
            let request = Request::post_json("wazzup.message", url, bytes, SUBMIT_TIMEOUT);
            Next::send(step, authorized(account, request))
        }
        Err(detail) => Next::Done(Outcome::Refused(Failure {
            blame: Blame::Content,
            reason: Reason::Malformed,
            detail: detail.to_owned(),
        })),
    }
}

fn body(
    account: &Account,
    submission: &Submission<'_>,
    with_quote: bool,
) -> Result<Value, &'static str> {
    let (person, group) = chat_types(account.messenger);
    let mut body = json!({
        "channelId": account.setting("channel_id"), "chatType": person,
        "crmMessageId": crm_message_id(submission),
    });
    match (submission.to, account.messenger) {
        (To::Phone(phone), Messenger::Whatsapp) => body["chatId"] = json!(phone.to_string()),
        // The number is looked up there; the answer tells the chat's own id.
        (To::Phone(phone), Messenger::Telegram | Messenger::Max) => {
            body["phone"] = json!(phone.to_string());
        }
        (To::Phone(_), Messenger::Vk) => return Err("VK knows no numbers"),
        (To::Person(id), _) => body["chatId"] = json!(id),
        (To::Group(id), _) => {
            body["chatType"] = json!(group.ok_or("there are no groups here")?);
            body["chatId"] = json!(id);
        }
    }
    match (submission.content, submission.file) {
        (content @ (Content::Text(_) | Content::Marked(_)), _) => {
            // A Telegram channel may be a person's, which has no marks (Sending messages).
            body["text"] = match account.messenger {
                Messenger::Whatsapp => json!(bold::asterisks(content, WHATSAPP_CHARS_MAX)),
                Messenger::Telegram | Messenger::Max | Messenger::Vk => json!(content.as_text()),
            };
        }
        (Content::File(_), Some(payload)) if !payload.url.is_empty() => {
            body["contentUri"] = json!(payload.url);
        }
        (Content::File(_), _) => return Err("the file has no address"),
        (Content::Choice { .. }, _) => return Err("buttons can't be sent here"),
        (Content::Template(template), _) if account.messenger == Messenger::Whatsapp => {
            body["templateId"] = json!(template.id);
            body["templateValues"] = json!(template.values);
        }
        (Content::Template(_), _) => return Err("templates can't be sent here"),
    }
    if let Some(quote) = submission.quote.filter(|_| with_quote) {
        body["refMessageId"] = json!(quote);
    }
    Ok(body)
}

/// Our key: the same for each attempt.
fn crm_message_id(submission: &Submission<'_>) -> String {
    format!("{:016x}", submission.key)
}

/// A person's chat and a group's.
fn chat_types(messenger: Messenger) -> (&'static str, Option<&'static str>) {
    match messenger {
        Messenger::Whatsapp => ("whatsapp", Some("whatsgroup")),
        Messenger::Telegram => ("telegram", Some("telegroup")),
        Messenger::Max => ("max", Some("maxgroup")),
        Messenger::Vk => ("vk", None),
    }
}

fn is_success(reply: &Reply) -> bool {
    (200..300).contains(&reply.status)
}

fn authorized(account: &Account, request: Request) -> Request {
    request.with_header("authorization", format!("Bearer {}", account.setting("api_key")))
}

/// `https://api.wazzup24.com/v3/PATH`
fn url(account: &Account, path: &str) -> String {
    let api = match account.setting("api_url").trim_end_matches('/') {
        "" => API_URL,
        own => own,
    };
    let scheme = if api.contains("://") { "" } else { "https://" };
    format!("{scheme}{api}/v3/{path}")
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
