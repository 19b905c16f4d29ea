//! Twilio Programmable Messaging: WhatsApp through a sender of the company, or through the sandbox.
//!
//! Source: Twilio's OpenAPI files (messages, content, senders, typing), its helper libraries
//! (signatures, error bodies) and its pages on WhatsApp (media, sandbox, error codes, webhooks),
//! seen in 2026.
//!
//! Guarantee: a repeated POST sends twice, but the list of messages can be asked by recipient.
//!
//! Quirks honoured here: bodies are web forms, and `+` must be encoded; a 201 means *queued*, and
//! what the channel refuses (no WhatsApp, window closed, not in the sandbox) comes in a status
//! callback; callbacks carry no time; statuses come out of order; no caption is shown under a
//! document or a sound, so that it follows as a message of its own; a message can't quote; files
//! that came in want Basic auth and redirect to a storage that must not be given it; signatures
//! are over the address and all parameters, known or not.

mod checklist;
mod chore;
mod code;
mod date;
mod journal;
mod signature;
mod webhook;

use crate::bold;
use data_encoding::BASE64;
use serde_json::{Map, Value};
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
    checklist::Item,
    chore::{Chore, Progress},
    descriptor::{Channel, Descriptor, FileBy, FileRule, Form, Reach, Receipts, Setting},
    port::{Attempt, Next, Reception, Step, Submission, To, Verdict},
    wire::{Inbound, Reply, Request, encode_segment},
};

/// The adapter.
pub(crate) static PROVIDER: Twilio = Twilio;

/// The adapter: it has no state.
pub(crate) struct Twilio;

const API: &str = "https://api.twilio.com";
const CONTENT: &str = "https://content.twilio.com";
const MESSAGING: &str = "https://messaging.twilio.com";
const SEND: Step = Step::FIRST;
/// The caption that follows a file; the note is the file's SID. Two more steps are tries again.
const CAPTION: u8 = 1;
const CAPTION_LAST: u8 = 3;
/// How long a caption waits that was too fast …
const CAPTION_PAUSE: Millis = Millis::seconds(1);
/// … or, if Twilio asks for more, at most.
const CAPTION_PAUSE_MAX: Millis = Millis::seconds(10);

/// Longest text, characters.
const TEXT_CHARS_MAX: usize = 1_600;

static DESCRIPTOR: Descriptor = Descriptor {
    code: "twilio",
    name: "Twilio",
    channels: &[Channel {
        messenger: Messenger::Whatsapp,
        reach: Reach { phone: true, person: true, group: false },
        text_chars_max: TEXT_CHARS_MAX,
        caption_chars_max: 1_600,
        counts_utf16: false,
        files: &FILES,
        file_by: FileBy::Address,
        quote: false,
        template: true,
        buttons_max: 0,
        window: true,
        receipts: Receipts { delivered: true, read: true },
        // 80 messages a second of a sender; WhatsApp's own limit of a pair (63018) is one in 6 s,
        // of which 45 may be borrowed. The sandbox takes one in 3 s: set that in the account.
        pacing: Pacing {
            gap: Some(Millis(15)),
            burst: 10,
            recipient_gap: Some(Millis(6_000)),
            recipient_burst: 40,
        },
    }],
    settings: &[
        Setting {
            name: "phone",
            label: ["Номер телефона", "Phone number"],
            required: true,
            secret: false,
            form: Form::Phone,
        },
        Setting {
            name: "confirmation_phone",
            label: ["Телефон для подтверждения", "Confirmation phone"],
            required: true,
            secret: false,
            form: Form::Phone,
        },
        Setting {
            name: "account_sid",
            label: ["Идентификатор приложения (ACCOUNT SID)", "Application id (ACCOUNT SID)"],
            required: true,
            secret: false,
            form: Form::Sid("AC", 32),
        },
        Setting {
            name: "auth_token",
            label: ["Токен (AUTH TOKEN)", "Token (AUTH TOKEN)"],
            required: true,
            secret: true,
            form: Form::Text,
        },
        Setting {
            name: "status_callback",
            label: [
                "Адрес отчётов, если он не задан у отправителя (песочница)",
                "Address of status callbacks, if the sender has none (sandbox)",
            ],
            required: false,
            secret: false,
            form: Form::Text,
        },
        Setting {
            name: "api_url",
            label: ["Адрес API", "API address"],
            required: false,
            secret: false,
            form: Form::Host,
        },
    ],
    instance: &["account_sid", "phone"],
    hosts: &["api.twilio.com", "content.twilio.com", "messaging.twilio.com", "*.twiliocdn.com"],
    guarantee: Guarantee::Journal,
    guarantee_text: [
        "Если ответ потерян, спрашиваем у Twilio список сообщений этому получателю и повторяем, \
         только если сообщения там нет.",
        "If an answer is lost, Twilio is asked for its list of messages to this recipient, and \
         the message is sent again only if it is not there.",
    ],
    // An empty body: a text would be taken for a reply to the customer.
    webhook_answer: "",
    notices: &[
        [
            "Пробный и боевой аккаунты Twilio — разные: перевод пробного в боевой заканчивает \
             пробный период.",
            "Use separate trial and business accounts at Twilio: turning a trial account into a \
             business one ends the trial.",
        ],
        [
            "В песочнице клиент сначала пишет «join <код>» на +1 415 523 8886; участие длится \
             трое суток, темп — одно сообщение в 3 секунды.",
            "In the sandbox a customer first writes \"join <code>\" to +1 415 523 8886; that \
             lasts three days, and one message goes in 3 seconds.",
        ],
        [
            "Адрес этого подключения укажите в поле «When a message comes in», его же — в \
             «Status callback».",
            "Enter this account's address as \"When a message comes in\", and as the status \
             callback too.",
        ],
        [
            "Вне 24 часов после последнего слова клиента уходят только одобренные шаблоны \
             (ContentSid).",
            "Later than 24 hours after the customer's last word only approved templates \
             (ContentSid) may be sent.",
        ],
        [
            "Twilio работает с операторами не всех стран: ограничений нет только для номеров США.",
            "Twilio works with operators of a limited list of countries; only US numbers have no \
             limits.",
        ],
    ],
};

/// Largest file: 16 MiB (Media for WhatsApp).
const FILE_MAX: u64 = 16 * 1024 * 1024;

/// What is taken, by content.
static FILES: [FileRule; 5] = [
    FileRule { kind: FileKind::Image, types: &["image/jpeg", "image/png"], bytes_max: FILE_MAX },
    FileRule {
        kind: FileKind::Audio,
        types: &["audio/mpeg", "audio/ogg", "audio/amr"],
        bytes_max: FILE_MAX,
    },
    FileRule { kind: FileKind::Voice, types: &["audio/ogg", "audio/amr"], bytes_max: FILE_MAX },
    FileRule { kind: FileKind::Document, types: &["application/pdf"], bytes_max: FILE_MAX },
    FileRule { kind: FileKind::Video, types: &["video/mp4"], bytes_max: FILE_MAX },
];

impl Provider for Twilio {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn checklist(&self) -> &'static [Item] {
        &checklist::ITEMS
    }

    fn submit(&self, account: &Account, submission: &Submission<'_>) -> Next {
        let mut fields: Vec<(&str, &str)> = Vec::new();
        let (variables, words);
        match submission.content {
            content @ (Content::Text(_) | Content::Marked(_)) => {
                words = bold::asterisks(content, TEXT_CHARS_MAX);
                fields.push(("Body", &words));
            }
            Content::File(file) => match submission.file {
                Some(payload) if !payload.url.is_empty() => {
                    fields.push(("MediaUrl", payload.url));
                    if has_caption(file) && !file.caption.is_empty() {
                        fields.push(("Body", &file.caption));
                    }
                }
                Some(_) | None => return cant("the file has no address"),
            },
            Content::Template(template) => {
                variables = variables_of(template);
                fields.push(("ContentSid", &template.id));
                if !variables.is_empty() {
                    fields.push(("ContentVariables", &variables));
                }
            }
            Content::Choice { .. } => return cant("buttons can only be sent as a template"),
        }
        match message(account, submission.to, &fields) {
            Ok(request) => Next::send(SEND, request),
            Err(detail) => cant(detail),
        }
    }

    fn resume(
        &self,
        account: &Account,
        submission: &Submission<'_>,
        step: &Step,
        reply: &Reply,
    ) -> Next {
        if step.number >= CAPTION {
            return after_caption(account, submission, step, reply);
        }
        let outcome = code::sent(account, reply);
        match (&outcome, submission.content) {
            (Outcome::Accepted { remote_id }, Content::File(file))
                if !has_caption(file) && !file.caption.is_empty() =>
            {
                let step = Step::new(CAPTION).with(remote_id);
                match message(account, submission.to, &[("Body", &file.caption)]) {
                    Ok(request) => Next::send(step, request),
                    Err(_) => Next::Done(outcome),
                }
            }
            _ => Next::Done(outcome),
        }
    }

    fn inquire(&self, account: &Account, attempt: &Attempt<'_>, _: &Step) -> Option<Request> {
        Some(journal::inquire(account, attempt))
    }

    fn inquired(&self, _: &Account, attempt: &Attempt<'_>, _: &Step, reply: &Reply) -> Verdict {
        journal::inquired(attempt, reply)
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
        let digits = digits_of(account.setting("phone"));
        let text = encode_segment(payload);
        (!digits.is_empty()).then(|| format!("https://wa.me/{digits}?text={text}"))
    }
}

/// Whether words are shown under a file of this kind.
fn has_caption(file: &File) -> bool {
    match file.kind {
        FileKind::Image | FileKind::Video => true,
        FileKind::Document | FileKind::Audio | FileKind::Voice | FileKind::Sticker => false,
    }
}

/// The file was accepted before its caption: whatever becomes of the caption, the file is not sent
/// again. Only what was too fast is tried once more.
fn after_caption(
    account: &Account,
    submission: &Submission<'_>,
    step: &Step,
    reply: &Reply,
) -> Next {
    let accepted = Next::Done(Outcome::Accepted { remote_id: step.note.clone() });
    let Content::File(file) = submission.content else {
        return Next::Done(code::sent(account, reply));
    };
    let is_too_fast = reply.status == 429 && step.number < CAPTION_LAST;
    match message(account, submission.to, &[("Body", &file.caption)]) {
        Ok(request) if is_too_fast => {
            let pause = reply.retry_after().unwrap_or(CAPTION_PAUSE).min(CAPTION_PAUSE_MAX);
            Next::send(step.next(), request).after(pause)
        }
        Ok(_) | Err(_) => accepted,
    }
}

/// `{"1":"Anna","2":"17"}`; empty if there is nothing to fill in.
fn variables_of(template: &Template) -> String {
    let places = template.values.iter().enumerate();
    let places: Map<String, Value> =
        places.map(|(n, value)| ((n + 1).to_string(), Value::from(value.as_str()))).collect();
    if places.is_empty() { String::new() } else { Value::Object(places).to_string() }
}

fn message(
    account: &Account,
    to: To<'_>,
    content: &[(&str, &str)],
) -> Result<Request, &'static str> {
    let to = address_of(to).ok_or("groups can't be written to here")?;
    let from = own_address(account);
    let mut fields = vec![("To", to.as_str()), ("From", from.as_str())];
    fields.extend_from_slice(content);
    let callback = account.setting("status_callback");
    if callback.starts_with("https://") || callback.starts_with("http://") {
        fields.push(("StatusCallback", callback));
    }
    let url = account_url(account, "/Messages.json");
    let request = Request::post_form("twilio.messages", url, &fields, SUBMIT_TIMEOUT);
    Ok(authorized(account, request))
}

fn cant(detail: &str) -> Next {
    Next::Done(Outcome::Refused(Failure {
        blame: Blame::Content,
        reason: Reason::Malformed,
        detail: detail.to_owned(),
    }))
}

/// `whatsapp:+79001234567`, or `whatsapp:RU.1349…` for who hides the number.
fn address_of(to: To<'_>) -> Option<String> {
    match to {
        To::Phone(phone) => Some(format!("whatsapp:+{phone}")),
        To::Person(id) if id.bytes().all(|b| b.is_ascii_digit()) => Some(format!("whatsapp:+{id}")),
        To::Person(id) => Some(format!("whatsapp:{id}")),
        To::Group(_) => None,
    }
}

fn own_address(account: &Account) -> String {
    format!("whatsapp:+{}", digits_of(account.setting("phone")))
}

fn digits_of(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}

fn authorized(account: &Account, request: Request) -> Request {
    let pair = format!("{}:{}", account.setting("account_sid"), account.setting("auth_token"));
    request.with_header("authorization", format!("Basic {}", BASE64.encode(pair.as_bytes())))
}

/// One of Twilio's hosts, or the operator's own in the place of all.
fn base<'a>(account: &'a Account, usual: &'a str) -> Cow<'a, str> {
    match account.setting("api_url").trim_end_matches('/') {
        "" => Cow::Borrowed(usual),
        own if own.contains("://") => Cow::Borrowed(own),
        own => Cow::Owned(format!("https://{own}")),
    }
}

/// `https://api.twilio.com/2010-04-01/Accounts/AC…`
fn account_url(account: &Account, rest: &str) -> String {
    let sid = encode_segment(account.setting("account_sid"));
    format!("{}/2010-04-01/Accounts/{sid}{rest}", base(account, API))
}

fn is_success(reply: &Reply) -> bool {
    (200..300).contains(&reply.status)
}

fn json(reply: &Reply) -> Option<Value> {
    serde_json::from_slice(&reply.body).ok()
}

/// A text that is not empty.
fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}
