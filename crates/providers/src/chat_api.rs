//! chat-api.com and its relatives: WhatsApp through a linked phone, or (1msg) official WhatsApp
//! behind the same calls.
//!
//! Source: what is public of the service, which its owners closed in 2023: SDKs generated from the
//! vendor's `OpenAPI` file (v1.0.0), a hand-written SDK that covers more, the vendor's sample bots,
//! clients with their fixtures. Its dialect lives on, so the address is a setting, and there are
//! three ways to speak: `classic`, `one_msg` (1msg.io), `ultramsg` (`UltraMsg`). What no source
//! confirms is read leniently, and never taken as proof.
//!
//! Guarantee: `sendMessage` takes no key against repeats, but the messages of a chat and the send
//! queue can be asked. `UltraMsg` has no such calls: there the account's choice decides.
//!
//! Quirks honoured here: the token stands in the query, and an error may repeat it; refusals come
//! as 200 with an English sentence and no code; `sent: true` means *queued*, also while the phone
//! is off; of a number that is not in WhatsApp nothing is ever told; a group can be written to only
//! after the number was added to it and a dialogue was started there; own messages come back as
//! `messages`; flags are `true` or `1`, and what is empty is null or absent; webhooks are not
//! signed: the address is the secret, and `instanceId` is compared.

mod answer;
mod chore;
mod journal;
mod message;
mod outgoing;
mod ultramsg;
mod webhook;

use serde_json::Value;
use vestnik_model::{
    account::{Account, Pacing},
    file::FileKind,
    messenger::Messenger,
    outcome::Guarantee,
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
pub(crate) static PROVIDER: ChatApi = ChatApi;

/// The adapter: it has no state.
pub(crate) struct ChatApi;

/// Longest text, characters.
const TEXT_CHARS_MAX: usize = 4_096;

static DESCRIPTOR: Descriptor = Descriptor {
    code: "chat_api",
    name: "chat-api",
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
        buttons_max: 0,
        window: false,
        receipts: Receipts { delivered: true, read: true },
        // No limit is published; the messenger bans numbers that send like machines.
        pacing: Pacing {
            gap: Some(Millis::seconds(1)),
            burst: 3,
            recipient_gap: None,
            recipient_burst: 0,
        },
    }],
    settings: &SETTINGS,
    instance: &["api_url", "instance"],
    hosts: &["*.chat-api.com", "api.1msg.io", "api.ultramsg.com"],
    guarantee: Guarantee::Journal,
    guarantee_text: [
        "Если ответ потерян, спрашиваем историю чата и очередь и повторяем, только если сообщения \
         нет ни там, ни там. У 1msg и UltraMsg этого наверняка не узнать: такое сообщение по \
         умолчанию не повторяется.",
        "If an answer is lost, the chat's history and the queue are asked, and the message is sent \
         again only if it is in neither. 1msg and UltraMsg can't tell for sure: there such a \
         message is not sent again by default.",
    ],
    webhook_answer: "",
    notices: &[
        [
            "Подписка на инстанс платная. Сервис chat-api.com закрыт в 2023 году: укажите адрес \
             совместимого сервиса.",
            "An instance is a paid subscription. chat-api.com itself was closed in 2023: enter the \
             address of a compatible service.",
        ],
        [
            "В группу можно писать, только если номер в неё добавлен и диалог в ней начат вручную.",
            "A group can be written to only if the number was added to it and a dialogue was \
             started there by hand.",
        ],
        [
            "О номере, которого нет в WhatsApp, сервис не сообщает: задайте время жизни звена.",
            "Nothing is told of a number that is not in WhatsApp: give the link a lifetime.",
        ],
        [
            "Ключ передаётся в адресе, а вебхуки не подписаны: безопасность ниже, чем у \
             официального API.",
            "The token travels in the address and webhooks are not signed: less secure than the \
             official API.",
        ],
        [
            "UltraMsg: адрес вебхука и оповещения о доставке включаются в кабинете сервиса; \
             цитировать нельзя.",
            "UltraMsg: the webhook's address and delivery notices are set in its cabinet; nothing \
             can be quoted.",
        ],
    ],
};

static SETTINGS: [Setting; 5] = [
    Setting {
        name: "api_url",
        label: ["Адрес API", "API address"],
        required: true,
        secret: false,
        form: Form::Host,
    },
    Setting {
        name: "instance",
        label: ["Номер инстанса (канала)", "Instance (channel) id"],
        required: true,
        secret: false,
        form: Form::Text,
    },
    Setting {
        name: "token",
        label: ["Ключ (token)", "Token"],
        required: true,
        secret: true,
        form: Form::Text,
    },
    Setting {
        name: "dialect",
        label: ["Диалект", "Dialect"],
        required: false,
        secret: false,
        form: Form::Choice(&[
            ("classic", "chat-api", "chat-api"),
            ("one_msg", "1msg", "1msg"),
            ("ultramsg", "UltraMsg", "UltraMsg"),
        ]),
    },
    Setting {
        name: "namespace",
        label: ["Пространство имён шаблонов (1msg)", "Namespace of templates (1msg)"],
        required: false,
        secret: false,
        form: Form::Text,
    },
];

/// Largest file, bytes: what WhatsApp Web takes as media. No source tells the service's own limit.
const FILE_MAX: u64 = 16 * 1024 * 1024;

static FILES: [FileRule; 5] = [
    FileRule { kind: FileKind::Image, types: &["image/jpeg", "image/png"], bytes_max: FILE_MAX },
    FileRule { kind: FileKind::Document, types: &[], bytes_max: FILE_MAX },
    FileRule {
        kind: FileKind::Audio,
        types: &["audio/mpeg", "audio/ogg", "audio/amr", "audio/mp4", "audio/aac"],
        bytes_max: FILE_MAX,
    },
    FileRule { kind: FileKind::Voice, types: &["audio/ogg"], bytes_max: FILE_MAX },
    FileRule { kind: FileKind::Video, types: &["video/mp4"], bytes_max: FILE_MAX },
];

/// How an account's service speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    /// As chat-api.com did.
    Classic,
    /// As 1msg.io does.
    OneMsg,
    /// As `UltraMsg` does.
    Ultramsg,
}

impl Dialect {
    fn of(account: &Account) -> Self {
        match account.setting("dialect") {
            "one_msg" => Self::OneMsg,
            "ultramsg" => Self::Ultramsg,
            _ => Self::Classic,
        }
    }
}

impl Provider for ChatApi {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn submit(&self, account: &Account, submission: &Submission<'_>) -> Next {
        match Dialect::of(account) {
            Dialect::Ultramsg => ultramsg::submit(account, submission),
            Dialect::Classic | Dialect::OneMsg => outgoing::submit(account, submission),
        }
    }

    fn resume(
        &self,
        account: &Account,
        submission: &Submission<'_>,
        _: &Step,
        reply: &Reply,
    ) -> Next {
        Next::Done(answer::sent(account, submission, reply))
    }

    fn inquire(&self, account: &Account, attempt: &Attempt<'_>, step: &Step) -> Option<Request> {
        journal::inquire(account, attempt, step)
    }

    fn inquired(
        &self,
        account: &Account,
        attempt: &Attempt<'_>,
        step: &Step,
        reply: &Reply,
    ) -> Verdict {
        journal::inquired(account, attempt, step, reply)
    }

    fn receive(&self, account: &Account, inbound: &Inbound<'_>) -> Reception {
        webhook::receive(account, inbound)
    }

    fn begin(&self, account: &Account, chore: &Chore<'_>) -> Progress {
        chore::begin(account, chore)
    }

    fn proceed(&self, account: &Account, chore: &Chore<'_>, _: &Step, reply: &Reply) -> Progress {
        Progress::Done(chore::finding(account, chore, reply))
    }
}

/// `https://api.chat-api.com/instance1234/sendMessage?token=TOKEN`; 1msg's channel stands bare. An
/// address that ends with the instance is taken as it is.
fn method_url(account: &Account, method: &str) -> String {
    let host = account.setting("api_url").trim_end_matches('/');
    let scheme = if host.contains("://") { "" } else { "https://" };
    let id = encode_segment(account.setting("instance"));
    let segment = match Dialect::of(account) {
        Dialect::OneMsg => id,
        Dialect::Classic | Dialect::Ultramsg => format!("instance{id}"),
    };
    let base = if host.ends_with(&format!("/{segment}")) {
        host.to_owned()
    } else {
        format!("{host}/{segment}")
    };
    let token = encode_segment(account.setting("token"));
    format!("{scheme}{base}/{method}?token={token}")
}

/// A person's chat: `79001234567@c.us`; others as they came in.
fn chat_id(to: To<'_>) -> String {
    match to {
        To::Phone(phone) => format!("{phone}@c.us"),
        To::Person(id) | To::Group(id) => id.to_owned(),
    }
}

/// A flag, as `true`, `1`, `"true"` or `"1"`; a number above one counts as well.
fn is_set(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_i64().is_some_and(|n| n > 0),
        Value::String(text) => matches!(text.as_str(), "true" | "1"),
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

/// A text with something in it, or a number as text.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}
