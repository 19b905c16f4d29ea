//! The account itself: state, settings, webhooks, QR code, queue.

use super::{answer, chat_id, method_url, to_json, webhook::receipt_kind};
use data_encoding::BASE64;
use serde_json::{Map, Value, json};
use vestnik_model::{
    account::Account,
    limits::{SUBMIT_TIMEOUT, clip},
    messenger::Messenger,
    outcome::{Blame, Failure, Reason},
    time::Millis,
};
use vestnik_provider::{
    chore::{Chore, Delivery, Finding, Progress, Qr, Subscription},
    port::Step,
    wire::{Reply, Request},
};

/// The settings people may see and change, by the provider's names (GetSettings).
const SETTINGS: [&str; 11] = [
    "delaySendMessagesMilliseconds",
    "markIncomingMessagesReaded",
    "markIncomingMessagesReadedOnReply",
    "outgoingWebhook",
    "outgoingMessageWebhook",
    "outgoingAPIMessageWebhook",
    "incomingWebhook",
    "stateWebhook",
    "editedMessageWebhook",
    "deletedMessageWebhook",
    "keepOnlineStatus",
];
/// The webhooks the hub needs; echoes of what it sent itself only cost.
const NEEDED: [&str; 6] = [
    "outgoingWebhook",
    "outgoingMessageWebhook",
    "incomingWebhook",
    "stateWebhook",
    "editedMessageWebhook",
    "deletedMessageWebhook",
];
/// Longest value of a setting that is shown, bytes.
const VALUE_BYTES_MAX: usize = 300;

pub(super) fn begin(account: &Account, chore: &Chore<'_>) -> Progress {
    let get = |label, method| Request::get(label, method_url(account, method), SUBMIT_TIMEOUT);
    let post = |label, method, body: &Value| {
        Request::post_json(label, method_url(account, method), to_json(body), SUBMIT_TIMEOUT)
    };
    let request = match *chore {
        Chore::Check => get("green_api.get_state_instance", "getStateInstance"),
        Chore::Subscription | Chore::Settings => get("green_api.get_settings", "getSettings"),
        Chore::Subscribe { url } => {
            let mut body = json!({ "webhookUrl": url });
            if !account.setting("webhook_token").is_empty() {
                body["webhookUrlToken"] = account.setting("webhook_token").into();
            }
            for name in NEEDED {
                body[name] = "yes".into();
            }
            post("green_api.set_settings", "setSettings", &body)
        }
        Chore::Change { values } => match change(values) {
            Ok(body) => post("green_api.set_settings", "setSettings", &body),
            Err(detail) => return failed(detail),
        },
        Chore::Qr => get("green_api.qr", "qr"),
        Chore::Queue => get("green_api.show_messages_queue", "showMessagesQueue"),
        Chore::ClearQueue => get("green_api.clear_messages_queue", "clearMessagesQueue"),
        Chore::Restart => get("green_api.reboot", "reboot"),
        Chore::Logout => get("green_api.logout", "logout"),
        Chore::Exists { phone } => {
            let method = match account.messenger {
                Messenger::Max => "checkAccount",
                Messenger::Whatsapp | Messenger::Telegram | Messenger::Vk => "checkWhatsapp",
            };
            post("green_api.check_number", method, &json!({ "phoneNumber": phone.digits() }))
        }
        Chore::MarkRead { chat, remote_id } => post(
            "green_api.read_chat",
            "readChat",
            &json!({ "chatId": chat, "idMessage": remote_id }),
        ),
        Chore::Delivery { to, remote_id } => post(
            "green_api.get_message",
            "getMessage",
            &json!({ "chatId": chat_id(to), "idMessage": remote_id }),
        ),
        // A file lies at the address that came with it.
        Chore::Fetch { locator }
            if locator.starts_with("https://") || locator.starts_with("http://") =>
        {
            Request::get("green_api.download", locator.to_owned(), SUBMIT_TIMEOUT).for_file()
        }
        Chore::Fetch { .. } => return failed("the address of the file is no address"),
        Chore::Templates => return Progress::Done(Finding::Unsupported),
    };
    Progress::Call { step: Step::FIRST, request }
}

pub(super) fn proceed(_: &Account, chore: &Chore<'_>, _: &Step, reply: &Reply) -> Progress {
    if let Chore::Check = chore {
        return Progress::Done(Finding::State(answer::account_state(reply)));
    }
    Progress::Done(match reply.status {
        200 => finding(chore, reply),
        429 | 500..=599 => {
            let retry_after = reply.retry_after().or(Some(Millis::seconds(1)));
            Finding::Later { retry_after, detail: words(reply) }
        }
        401 | 403 => failure(Blame::Account, Reason::Unauthorized, words(reply)),
        // "Message not found": a fresh one may take two minutes to show (GetMessage).
        400 | 404 if matches!(chore, Chore::Delivery { .. }) => {
            Finding::Delivery(Delivery::Unlisted)
        }
        404 if matches!(chore, Chore::Fetch { .. }) => {
            failure(Blame::Content, Reason::FileUnavailable, words(reply))
        }
        466 | 469 => failure(Blame::Account, Reason::Quota, words(reply)),
        _ => failure(Blame::Provider, Reason::ProviderError, words(reply)),
    })
}

fn finding(chore: &Chore<'_>, reply: &Reply) -> Finding {
    if let Chore::Fetch { .. } = chore {
        let mime = reply.header("content-type").map(str::to_owned);
        return Finding::File { bytes: reply.body.clone(), name: None, mime };
    }
    let Ok(body) = serde_json::from_slice::<Value>(&reply.body) else {
        return failure(Blame::Provider, Reason::ProviderError, words(reply));
    };
    let said = |name: &str| {
        if body[name].as_bool() == Some(true) {
            Finding::Done
        } else {
            failure(Blame::Provider, Reason::ProviderError, words(reply))
        }
    };
    match chore {
        Chore::Subscription => subscription(&body),
        Chore::Settings => settings(&body),
        Chore::Subscribe { .. } | Chore::Change { .. } => said("saveSettings"),
        Chore::Restart => said("isReboot"),
        Chore::Logout => said("isLogout"),
        Chore::ClearQueue => said("isCleared"),
        Chore::MarkRead { .. } => said("setRead"),
        Chore::Qr => qr(&body),
        Chore::Queue => match body.as_array() {
            Some(items) => Finding::Count(u64::try_from(items.len()).unwrap_or(u64::MAX)),
            None => failure(Blame::Provider, Reason::ProviderError, words(reply)),
        },
        Chore::Exists { .. } => {
            match body["existsWhatsapp"].as_bool().or_else(|| body["exist"].as_bool()) {
                Some(is_there) => Finding::Exists(is_there),
                // Seen with 200: {"status":false,"reason":"User get contact info limit reached"}.
                None => Finding::Later { retry_after: None, detail: words(reply) },
            }
        }
        Chore::Delivery { .. } => delivery(&body, reply),
        Chore::Check | Chore::Fetch { .. } | Chore::Templates => Finding::Unsupported,
    }
}

/// `statusMessage` speaks the words of status webhooks; empty = it waits.
fn delivery(body: &Value, reply: &Reply) -> Finding {
    if body["idMessage"].as_str().is_none_or(str::is_empty) {
        return Finding::Later { retry_after: None, detail: words(reply) };
    }
    let status = body["statusMessage"].as_str().unwrap_or_default();
    Finding::Delivery(match receipt_kind(status, body["description"].as_str()) {
        Some(kind) => Delivery::Became(kind),
        None => Delivery::Queued,
    })
}

fn subscription(body: &Value) -> Finding {
    let Some(settings) = body.as_object() else {
        return failure(Blame::Provider, Reason::ProviderError, String::new());
    };
    let url = settings.get("webhookUrl").and_then(Value::as_str).unwrap_or_default();
    if url.is_empty() {
        return Finding::Subscription(Subscription::None);
    }
    let is_off = |name: &&&str| settings.get(**name).and_then(Value::as_str) != Some("yes");
    let off: Vec<&str> = NEEDED.iter().take(4).filter(is_off).copied().collect();
    let urls = vec![url.to_owned()];
    Finding::Subscription(if off.is_empty() {
        Subscription::To(urls)
    } else {
        Subscription::Partial { urls, missing: off.join(", ") }
    })
}

fn settings(body: &Value) -> Finding {
    let shown = SETTINGS.iter().filter_map(|name| {
        let text = match body.get(name)? {
            Value::String(text) => text.clone(),
            other @ (Value::Number(_) | Value::Bool(_)) => other.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        Some(((*name).to_owned(), clip(&text, VALUE_BYTES_MAX).to_owned()))
    });
    Finding::Settings(shown.collect())
}

/// Only known settings, each in the form the provider wants: `yes`/`no`, the delay as a number.
fn change(values: &[(String, String)]) -> Result<Value, String> {
    let mut body = Map::new();
    for (name, value) in values {
        let is_known = SETTINGS.contains(&name.as_str());
        let value = match (name.as_str(), value.as_str()) {
            ("delaySendMessagesMilliseconds", text) => match text.parse::<u32>() {
                Ok(ms) if (500..=600_000).contains(&ms) => Value::from(ms),
                Ok(_) | Err(_) => return Err(format!("{name}: 500 to 600000 are allowed")),
            },
            (_, "yes" | "no") if is_known => Value::from(value.as_str()),
            _ if is_known => return Err(format!("{name}: yes or no")),
            _ => return Err(format!("{name}: no such setting")),
        };
        body.insert(name.clone(), value);
    }
    if body.is_empty() { Err("nothing to change".to_owned()) } else { Ok(Value::Object(body)) }
}

fn qr(body: &Value) -> Finding {
    let message = body["message"].as_str().unwrap_or_default();
    match body["type"].as_str() {
        Some("alreadyLogged") => Finding::Qr(Qr::NotNeeded),
        Some("qrCode") => match BASE64.decode(message.trim().as_bytes()) {
            Ok(png) if !png.is_empty() => Finding::Qr(Qr::Png(png)),
            Ok(_) | Err(_) => failure(Blame::Provider, Reason::ProviderError, String::new()),
        },
        Some(_) | None => {
            let detail = clip(message, VALUE_BYTES_MAX).to_owned();
            Finding::Later { retry_after: None, detail }
        }
    }
}

fn words(reply: &Reply) -> String {
    clip(&answer::words(reply), VALUE_BYTES_MAX).to_owned()
}

fn failure(blame: Blame, reason: Reason, detail: String) -> Finding {
    Finding::Failed(Failure { blame, reason, detail })
}

fn failed(detail: impl Into<String>) -> Progress {
    Progress::Done(failure(Blame::Content, Reason::Malformed, detail.into()))
}
