//! The account itself: state, settings, webhooks, QR code, queue.

use super::{Dialect, answer, is_set, method_url, text};
use data_encoding::BASE64;
use serde_json::{Map, Value, json};
use vestnik_model::{
    account::Account,
    limits::{SUBMIT_TIMEOUT, clip},
    outcome::{Blame, Failure, Reason},
    time::Millis,
};
use vestnik_provider::{
    chore::{Chore, Finding, Progress, Qr, Subscription, TemplateInfo},
    port::{AccountState, Step},
    wire::{Reply, Request},
};

/// The settings people may see and change, by the provider's names. Switches but for the last two.
const SETTINGS: [&str; 12] = [
    "ackNotificationsOn",
    "chatUpdateOn",
    "statusNotificationsOn",
    "videoUploadOn",
    "guaranteedHooks",
    "parallelHooks",
    "ignoreOldMessages",
    "processArchive",
    "disableDialogsArchive",
    "instanceStatuses",
    "oldMessagesPeriod",
    "sendDelay",
];
/// Those that hold seconds.
const SECONDS: [&str; 2] = ["oldMessagesPeriod", "sendDelay"];
/// Most seconds of such a setting.
const SECONDS_MAX: u32 = 86_400;
/// What the hub needs switched on; without the first two something would be missing.
const NEEDED: [&str; 4] =
    ["ackNotificationsOn", "videoUploadOn", "guaranteedHooks", "statusNotificationsOn"];
/// Longest value of a setting that is shown, bytes.
const VALUE_BYTES_MAX: usize = 300;
/// Templates that are listed.
const TEMPLATES_MAX: usize = 1_000;

pub(super) fn begin(account: &Account, chore: &Chore<'_>) -> Progress {
    // A file lies at the address that came with it; no credentials go there.
    if let Chore::Fetch { locator } = *chore {
        if !(locator.starts_with("https://") || locator.starts_with("http://")) {
            return Progress::Done(malformed("the address of the file is no address"));
        }
        let request = Request::get("chat_api.download", locator.to_owned(), SUBMIT_TIMEOUT);
        return Progress::Call { step: Step::FIRST, request: request.for_file() };
    }
    let request = match Dialect::of(account) {
        Dialect::Classic => classic(account, chore),
        Dialect::OneMsg => one_msg(account, chore),
        Dialect::Ultramsg => match chore {
            Chore::Check => Ok(get(account, "chat_api.instance_status", "instance/status")),
            Chore::Subscription
            | Chore::Subscribe { .. }
            | Chore::Fetch { .. }
            | Chore::Qr
            | Chore::Settings
            | Chore::Change { .. }
            | Chore::Queue
            | Chore::ClearQueue
            | Chore::Restart
            | Chore::Logout
            | Chore::Exists { .. }
            | Chore::Delivery { .. }
            | Chore::Templates
            | Chore::MarkRead { .. } => Err(Finding::Unsupported),
        },
    };
    match request {
        Ok(request) => Progress::Call { step: Step::FIRST, request },
        Err(finding) => Progress::Done(finding),
    }
}

fn get(account: &Account, label: &'static str, method: &str) -> Request {
    Request::get(label, method_url(account, method), SUBMIT_TIMEOUT)
}

fn post(account: &Account, label: &'static str, method: &str, body: &Value) -> Request {
    let body = body.to_string().into_bytes();
    Request::post_json(label, method_url(account, method), body, SUBMIT_TIMEOUT)
}

fn classic(account: &Account, chore: &Chore<'_>) -> Result<Request, Finding> {
    let empty = json!({});
    Ok(match chore {
        Chore::Check | Chore::Qr => {
            let url = format!("{}&full=true", method_url(account, "status"));
            Request::get("chat_api.status", url, SUBMIT_TIMEOUT)
        }
        Chore::Subscription | Chore::Settings => get(account, "chat_api.get_settings", "settings"),
        Chore::Subscribe { url } => {
            // Messages that were late must not be left out.
            let mut body = json!({ "webhookUrl": url, "ignoreOldMessages": false });
            for name in NEEDED {
                body[name] = true.into();
            }
            post(account, "chat_api.set_settings", "settings", &body)
        }
        Chore::Change { values } => {
            let body = change(values).map_err(|detail| malformed(&detail))?;
            post(account, "chat_api.set_settings", "settings", &body)
        }
        Chore::Queue => get(account, "chat_api.show_messages_queue", "showMessagesQueue"),
        Chore::ClearQueue => {
            post(account, "chat_api.clear_messages_queue", "clearMessagesQueue", &empty)
        }
        Chore::Restart => post(account, "chat_api.reboot", "reboot", &empty),
        Chore::Logout => post(account, "chat_api.logout", "logout", &empty),
        Chore::MarkRead { chat, .. } => {
            post(account, "chat_api.read_chat", "readChat", &json!({ "chatId": chat }))
        }
        Chore::Fetch { .. } | Chore::Exists { .. } | Chore::Delivery { .. } | Chore::Templates => {
            return Err(Finding::Unsupported);
        }
    })
}

fn one_msg(account: &Account, chore: &Chore<'_>) -> Result<Request, Finding> {
    Ok(match chore {
        Chore::Check => get(account, "chat_api.me", "me"),
        Chore::Subscription => get(account, "chat_api.get_webhook", "webhook"),
        Chore::Subscribe { url } => {
            post(account, "chat_api.set_webhook", "webhook", &json!({ "webhookUrl": url }))
        }
        Chore::Templates => get(account, "chat_api.templates", "templates"),
        Chore::Fetch { .. }
        | Chore::Qr
        | Chore::Settings
        | Chore::Change { .. }
        | Chore::Queue
        | Chore::ClearQueue
        | Chore::Restart
        | Chore::Logout
        | Chore::Exists { .. }
        | Chore::Delivery { .. }
        | Chore::MarkRead { .. } => return Err(Finding::Unsupported),
    })
}

pub(super) fn finding(account: &Account, chore: &Chore<'_>, reply: &Reply) -> Finding {
    if let Chore::Check = chore {
        return Finding::State(account_state(account, reply));
    }
    let words = || clip(&answer::detail(account, reply), VALUE_BYTES_MAX).to_owned();
    match reply.status {
        200 => {}
        429 | 500..=599 => {
            let retry_after = reply.retry_after().or(Some(Millis::seconds(1)));
            return Finding::Later { retry_after, detail: words() };
        }
        403 | 404 | 410 if matches!(chore, Chore::Fetch { .. }) => {
            return failure(Blame::Content, Reason::FileUnavailable, words());
        }
        // The words repeat the token.
        401 | 403 => {
            let detail = "the token is refused".to_owned();
            return failure(Blame::Account, Reason::Unauthorized, detail);
        }
        _ => return failure(Blame::Provider, Reason::ProviderError, words()),
    }
    if let Chore::Fetch { .. } = chore {
        let mime = reply.header("content-type").map(str::to_owned);
        return Finding::File { bytes: reply.body.clone(), name: None, mime };
    }
    let no = || failure(Blame::Provider, Reason::ProviderError, words());
    let Ok(body) = serde_json::from_slice::<Value>(&reply.body) else { return no() };
    if !body["error"].is_null() {
        return no();
    }
    let done = |is_done: bool| if is_done { Finding::Done } else { no() };
    match *chore {
        Chore::Subscription => subscription(account, &body),
        Chore::Subscribe { url } => {
            let is_ours = |part: &Value| part["webhookUrl"] == url;
            done(is_ours(&body) || is_ours(&body["update"]) || is_ours(&body["updated"]))
        }
        Chore::Change { .. } => done(body.is_object()),
        Chore::Settings => settings(&body),
        Chore::Restart => done(is_set(&body["success"])),
        Chore::Logout => done(body["accountStatus"].is_string()),
        Chore::ClearQueue => done(body["message"].is_string()),
        Chore::MarkRead { .. } => done(is_set(&body["read"])),
        Chore::Qr => qr(&body),
        Chore::Queue => body["totalMessages"].as_u64().map_or_else(no, Finding::Count),
        Chore::Templates => templates(&body),
        Chore::Check | Chore::Fetch { .. } | Chore::Exists { .. } | Chore::Delivery { .. } => {
            Finding::Unsupported
        }
    }
}

fn account_state(account: &Account, reply: &Reply) -> AccountState {
    let detail = answer::detail(account, reply);
    match reply.status {
        200 => {}
        401 | 403 => {
            return AccountState::Broken { detail: "the token is refused".to_owned() };
        }
        429 | 500..=599 => return AccountState::Waiting { detail },
        _ => return AccountState::Broken { detail },
    }
    let body = serde_json::from_slice(&reply.body).unwrap_or(Value::Null);
    if !body["error"].is_null() {
        return AccountState::Broken { detail };
    }
    let (status, reason) = match Dialect::of(account) {
        Dialect::Classic => (&body["accountStatus"], &body["statusData"]["reason"]),
        Dialect::Ultramsg => {
            let inner = &body["status"]["accountStatus"];
            (&inner["status"], &inner["substatus"])
        }
        // It tells who it is, if it works.
        Dialect::OneMsg if text(&body["id"]).is_some() => return AccountState::Ready,
        Dialect::OneMsg => return AccountState::Broken { detail },
    };
    match status.as_str() {
        Some(status) => state_of(status, reason.as_str().unwrap_or_default()),
        None => AccountState::Broken { detail },
    }
}

/// An `accountStatus`, with the reason why it loads.
pub(super) fn state_of(status: &str, reason: &str) -> AccountState {
    let told = format!("accountStatus: {} {}", clip(status, 40), clip(reason, 40));
    let detail = told.trim_end().to_owned();
    match (status, reason) {
        ("authenticated", _) => AccountState::Ready,
        // Another device took the session, or the proxy is barred: somebody must act.
        ("loading", "conflict" | "proxyblock") => AccountState::Broken { detail },
        ("loading" | "init" | "initialize" | "standby" | "retrying", _) => {
            AccountState::Waiting { detail }
        }
        _ => AccountState::Broken { detail },
    }
}

fn subscription(account: &Account, body: &Value) -> Finding {
    let Some(url) = text(&body["webhookUrl"]) else {
        return Finding::Subscription(Subscription::None);
    };
    let urls = vec![url];
    if Dialect::of(account) == Dialect::OneMsg {
        return Finding::Subscription(Subscription::To(urls));
    }
    let off = NEEDED.iter().take(2).filter(|name| !is_set(&body[**name]));
    let missing = off.copied().collect::<Vec<_>>().join(", ");
    Finding::Subscription(if missing.is_empty() {
        Subscription::To(urls)
    } else {
        Subscription::Partial { urls, missing }
    })
}

fn settings(body: &Value) -> Finding {
    let shown = SETTINGS.iter().filter_map(|name| {
        let value = &body[*name];
        let value = match value {
            Value::Null if !SECONDS.contains(name) => "no".to_owned(),
            Value::Bool(_) => if is_set(value) { "yes" } else { "no" }.to_owned(),
            Value::Number(_) if !SECONDS.contains(name) => {
                if is_set(value) { "yes" } else { "no" }.to_owned()
            }
            Value::Number(number) => number.to_string(),
            Value::String(text) => clip(text, VALUE_BYTES_MAX).to_owned(),
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        Some(((*name).to_owned(), value))
    });
    Finding::Settings(shown.collect())
}

fn change(values: &[(String, String)]) -> Result<Value, String> {
    let mut body = Map::new();
    for (name, value) in values {
        let is_seconds = SECONDS.contains(&name.as_str());
        let value = match value.as_str() {
            _ if !SETTINGS.contains(&name.as_str()) => {
                return Err(format!("{name}: no such setting"));
            }
            text if is_seconds => match text.parse::<u32>() {
                Ok(seconds) if seconds <= SECONDS_MAX => Value::from(seconds),
                Ok(_) | Err(_) => return Err(format!("{name}: 0 to {SECONDS_MAX} are allowed")),
            },
            "yes" => Value::Bool(true),
            "no" => Value::Bool(false),
            _ => return Err(format!("{name}: yes or no")),
        };
        body.insert(name.clone(), value);
    }
    if body.is_empty() { Err("nothing to change".to_owned()) } else { Ok(Value::Object(body)) }
}

fn qr(body: &Value) -> Finding {
    let status = body["accountStatus"].as_str().unwrap_or_default();
    let code = body["qrCode"].as_str().unwrap_or_default();
    if status == "authenticated" {
        return Finding::Qr(Qr::NotNeeded);
    }
    let encoded = code.split_once("base64,").map_or(code, |(_, rest)| rest);
    match BASE64.decode(encoded.trim().as_bytes()) {
        Ok(png) if !png.is_empty() => Finding::Qr(Qr::Png(png)),
        Ok(_) | Err(_) => {
            let detail = format!("accountStatus: {}", clip(status, VALUE_BYTES_MAX));
            Finding::Later { retry_after: None, detail }
        }
    }
}

/// 1msg's list; its fields are not public, so those of official WhatsApp are looked for.
fn templates(body: &Value) -> Finding {
    let Some(items) = body["templates"].as_array() else {
        let detail = "templates are missing".to_owned();
        return failure(Blame::Provider, Reason::ProviderError, detail);
    };
    let found = items.iter().take(TEMPLATES_MAX).filter_map(|item| {
        let id = text(&item["name"])?;
        let parts = item["components"].as_array().into_iter().flatten();
        let mut bodies = parts.filter(|part| {
            part["type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("body"))
        });
        let words = bodies.next().and_then(|part| text(&part["text"])).unwrap_or_default();
        let state = text(&item["status"]).unwrap_or_default();
        Some(TemplateInfo {
            name: id.clone(),
            id,
            language: text(&item["language"]).unwrap_or_default(),
            text: words,
            is_approved: state.eq_ignore_ascii_case("approved"),
            state,
        })
    });
    Finding::Templates(found.collect())
}

fn failure(blame: Blame, reason: Reason, detail: String) -> Finding {
    Finding::Failed(Failure { blame, reason, detail })
}

fn malformed(detail: &str) -> Finding {
    failure(Blame::Content, Reason::Malformed, detail.to_owned())
}
