//! Green-API (green-api.com): WhatsApp through a linked phone.
//!
//! Source: the provider's API documentation as of 2025 (sending, account, receiving, journals,
//! common errors, 466 body, rate limits, delay between messages).
//!
//! Guarantee: `sendMessage` takes no key against repeats, but the journal of outgoing messages and
//! the send queue can be asked. A fresh message may take two minutes to show in the journal.
//!
//! Quirks honoured here: the token stands in the path; an answer 200 means *queued*; a 200 without
//! `idMessage` is a failure; errors come as JSON, as a JSON string, as plain text or as an HTML
//! page; 466 is the tariff's quota; `failed` was once spelled `fail`; the scheme of the webhook's
//! `Authorization` header is not documented.

mod answer;
mod journal;
mod webhook;

use serde::Serialize;
use vestnik_model::{
    account::{Account, Pacing},
    content::Content,
    limits::SUBMIT_TIMEOUT,
    messenger::Messenger,
    outcome::Guarantee,
    phone::Phone,
    time::Millis,
};
use vestnik_provider::{
    Provider,
    descriptor::{Descriptor, Form, Receipts, Setting},
    port::{AccountState, Attempt, Next, Reception, Step, Submission, Verdict},
    wire::{Inbound, Reply, Request},
};

/// The adapter.
pub(crate) static PROVIDER: GreenApi = GreenApi;

/// The adapter: it has no state.
pub(crate) struct GreenApi;

static DESCRIPTOR: Descriptor = Descriptor {
    code: "green_api",
    name: "Green-API",
    messengers: &[Messenger::Whatsapp],
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
    hosts: &["*.api.green-api.com", "api.green-api.com"],
    guarantee: Guarantee::Journal,
    guarantee_text: [
        "Если ответ потерян, спрашиваем журнал провайдера и повторяем, только если сообщения там \
         нет.",
        "If an answer is lost, the provider's journal is asked, and the message is sent again \
         only if it is not there.",
    ],
    text_chars_max: |_| 20_000,
    // The provider queues by itself (at least 500 ms between two messages) and refuses more than
    // 50 calls a second.
    pacing: Pacing { gap: Some(Millis(20)), burst: 50, recipient_gap: None },
    receipts: Receipts { delivered: true, read: true },
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SendMessage<'a> {
    chat_id: &'a str,
    message: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SendFileByUrl<'a> {
    chat_id: &'a str,
    url_file: &'a str,
    file_name: &'a str,
}

impl Provider for GreenApi {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn check(&self, account: &Account) -> Request {
        let url = method_url(account, "getStateInstance");
        Request::get("green_api.get_state_instance", url, SUBMIT_TIMEOUT)
    }

    fn checked(&self, _: &Account, reply: &Reply) -> AccountState {
        answer::account_state(reply)
    }

    fn submit(&self, account: &Account, submission: &Submission<'_>) -> Next {
        let chat_id = chat_id(submission.recipient);
        let (label, method, body) = match submission.content {
            Content::Text(message) => {
                let body = SendMessage { chat_id: &chat_id, message };
                ("green_api.send_message", "sendMessage", to_json(&body))
            }
            Content::Image { url } => {
                let file_name = &file_name(url);
                let body = SendFileByUrl { chat_id: &chat_id, url_file: url, file_name };
                ("green_api.send_file_by_url", "sendFileByUrl", to_json(&body))
            }
        };
        let url = method_url(account, method);
        let request = Request::post_json(label, url, body, SUBMIT_TIMEOUT);
        Next::Call { step: Step::FIRST, request }
    }

    fn resume(&self, _: &Account, _: &Submission<'_>, _: Step, reply: &Reply) -> Next {
        Next::Done(answer::sent(reply))
    }

    fn inquire(&self, account: &Account, attempt: &Attempt<'_>, step: Step) -> Option<Request> {
        Some(journal::inquire(account, attempt, step))
    }

    fn inquired(&self, _: &Account, attempt: &Attempt<'_>, step: Step, reply: &Reply) -> Verdict {
        journal::inquired(attempt, step, reply)
    }

    fn receive(&self, account: &Account, inbound: &Inbound<'_>) -> Reception {
        webhook::receive(account, inbound)
    }
}

/// `https://1103.api.green-api.com/waInstance1103000001/sendMessage/TOKEN`
fn method_url(account: &Account, method: &str) -> String {
    let host = account.setting("api_url").trim_end_matches('/');
    let scheme = if host.contains("://") { "" } else { "https://" };
    let (id, token) = (account.setting("id_instance"), account.setting("token"));
    format!("{scheme}{host}/waInstance{id}/{method}/{token}")
}

/// A person's chat: `79001234567@c.us`.
fn chat_id(recipient: Phone) -> String {
    format!("{recipient}@c.us")
}

/// The provider tells a file's kind by the extension of its name: the last piece of the path, or a
/// name for a picture if that has none.
fn file_name(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    let known = [".jpg", ".jpeg", ".png"];
    let is_picture = known.iter().any(|end| name.to_ascii_lowercase().ends_with(end));
    if is_picture && name.len() <= 100 { name.to_owned() } else { "image.jpg".to_owned() }
}

fn to_json<T: Serialize>(body: &T) -> Vec<u8> {
    serde_json::to_vec(body).expect("texts under fixed names always serialise")
}
