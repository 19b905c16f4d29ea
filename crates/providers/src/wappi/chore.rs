//! The profile itself: its state, its webhook, its queue, files, numbers.

use super::{
    answer, get, is_success, json, message::BY_MESSAGE, post, text, url, url_of,
    webhook::receipt_kind,
};
use data_encoding::BASE64;
use serde_json::{Value, json as value};
use vestnik_model::{
    account::Account,
    limits::{SUBMIT_TIMEOUT, clip},
    messenger::Messenger,
    outcome::{Blame, Failure, Reason},
};
use vestnik_provider::{
    chore::{Chore, Delivery, Finding, Progress, Qr, Subscription},
    port::{AccountState, Step},
    wire::{Reply, Request, encode_segment},
};

/// What webhooks are to tell of; the call replaces the whole list.
pub(super) const NEEDED: [&str; 5] = [
    "authorization_status",
    "incoming_message",
    "delivery_status",
    "outgoing_message_phone",
    "application_status",
];
/// Longest text of a setting that is shown, bytes.
const VALUE_BYTES_MAX: usize = 300;
/// The step that downloads a file from its address.
const DOWNLOAD: Step = Step::new(1);
/// Redirects of a file that are followed.
const REDIRECTS_MAX: u8 = 1;

pub(super) fn begin(account: &Account, chore: &Chore<'_>) -> Progress {
    let at = |path: &str| url(account, path);
    let request = match *chore {
        Chore::Check | Chore::Settings | Chore::Subscription => {
            get("wappi.status", at("sync/get/status"), account)
        }
        Chore::Subscribe { url } => {
            set_url(account, super::prefix(account), account.setting("profile_id"), url)
        }
        Chore::Fetch { locator } => return fetch(account, locator),
        Chore::Qr => match account.messenger {
            Messenger::Whatsapp => get("wappi.qr", at("sync/qr/get"), account),
            Messenger::Telegram | Messenger::Max => get("wappi.qr", at("sync/auth/qr"), account),
            Messenger::Vk => return Progress::Done(Finding::Unsupported),
        },
        Chore::Queue => get("wappi.queue", at("profile/queue/get"), account),
        Chore::ClearQueue => get("wappi.purge", at("profile/queue/purge"), account),
        Chore::Restart => get("wappi.restart", at("profile/restart"), account),
        Chore::Logout => get("wappi.logout", at("profile/logout"), account),
        Chore::Exists { phone } => match account.messenger {
            Messenger::Whatsapp | Messenger::Max => {
                let url = format!("{}&phone={phone}", at("sync/contact/check"));
                get("wappi.contact", url, account)
            }
            Messenger::Telegram | Messenger::Vk => return Progress::Done(Finding::Unsupported),
        },
        Chore::MarkRead { remote_id, .. } => {
            let url = format!("{}&mark_all=true", at("sync/message/mark/read"));
            post("wappi.mark_read", url, &value!({ "message_id": remote_id }), account)
        }
        Chore::Delivery { remote_id, .. } => {
            let url = at("sync/messages/id/get");
            let url = format!("{url}&message_id={}", encode_segment(remote_id));
            get("wappi.message", url, account)
        }
        Chore::Change { .. } | Chore::Templates => return Progress::Done(Finding::Unsupported),
    };
    Progress::Call { step: Step::FIRST, request }
}

/// Where a profile's webhooks go, and with which phrase.
pub(super) fn set_url(account: &Account, prefix: &str, profile: &str, ours: &str) -> Request {
    let mut url = url_of(account, prefix, profile, "webhook/url/set");
    url.push_str("&url=");
    url.push_str(&encode_segment(ours));
    let phrase = account.setting("webhook_auth");
    if !phrase.is_empty() {
        url.push_str("&auth=");
        url.push_str(&encode_segment(phrase));
    }
    post("wappi.set_webhook", url, &value!({}), account)
}

/// What a profile's webhooks tell of.
pub(super) fn set_types(account: &Account, prefix: &str, profile: &str, more: &[&str]) -> Request {
    let types: Vec<&str> = NEEDED.iter().chain(more).copied().collect();
    let url = url_of(account, prefix, profile, "webhook/types/set");
    post("wappi.set_types", url, &value!(types), account)
}

/// A file by its address, or by the message that it came with.
pub(super) fn fetch(account: &Account, locator: &str) -> Progress {
    if let Some(id) = locator.strip_prefix(BY_MESSAGE).filter(|id| !id.is_empty()) {
        let url = url(account, "sync/message/media/download");
        let url = format!("{url}&message_id={}", encode_segment(id));
        let request = get("wappi.media", url, account).for_file();
        return Progress::Call { step: Step::FIRST, request };
    }
    download(locator, DOWNLOAD)
}

/// Links lie open: they are given no token.
fn download(locator: &str, step: Step) -> Progress {
    if !(locator.starts_with("https://") || locator.starts_with("http://")) {
        return Progress::Done(failure(Failure {
            blame: Blame::Content,
            reason: Reason::FileUnavailable,
            detail: "the file has no address".to_owned(),
        }));
    }
    let request = Request::get("wappi.download", locator.to_owned(), SUBMIT_TIMEOUT).for_file();
    Progress::Call { step, request }
}

pub(super) fn proceed(
    account: &Account,
    chore: &Chore<'_>,
    step: &Step,
    reply: &Reply,
) -> Progress {
    let detail = answer::detail(account, reply);
    let body = json(&reply.body).filter(Value::is_object);
    match chore {
        Chore::Check => {
            return Progress::Done(Finding::State(state(reply, body.as_ref(), detail)));
        }
        Chore::Fetch { .. } => return fetched(step, reply, body.as_ref(), detail),
        Chore::Qr if detail.contains("already authorized") => {
            return Progress::Done(Finding::Qr(Qr::NotNeeded));
        }
        Chore::Qr
        | Chore::Subscription
        | Chore::Subscribe { .. }
        | Chore::Settings
        | Chore::Change { .. }
        | Chore::Queue
        | Chore::ClearQueue
        | Chore::Restart
        | Chore::Logout
        | Chore::Exists { .. }
        | Chore::Templates
        | Chore::Delivery { .. }
        | Chore::MarkRead { .. } => {}
    }
    // What is asked for may not be listed yet: the documents show no answer for that.
    if matches!(chore, Chore::Delivery { .. }) && matches!(reply.status, 200 | 400 | 404) {
        return Progress::Done(Finding::Delivery(delivery(&body.unwrap_or_default())));
    }
    let Some(body) = body.filter(|body| is_success(reply) && body["status"] != "error") else {
        return Progress::Done(trouble(reply, detail));
    };
    if let Chore::Subscribe { .. } = chore
        && step.number == 0
    {
        let profile = account.setting("profile_id");
        let request = set_types(account, super::prefix(account), profile, &[]);
        return Progress::Call { step: step.next(), request };
    }
    Progress::Done(finding(chore, &body, reply, detail))
}

fn finding(chore: &Chore<'_>, body: &Value, reply: &Reply, detail: String) -> Finding {
    let is_done = body["status"] == "done";
    match chore {
        Chore::Subscription => Finding::Subscription(subscription(body, &[])),
        Chore::Settings => Finding::Settings(settings(body)),
        Chore::Queue => match &body["tasks"] {
            Value::Array(tasks) => Finding::Count(u64::try_from(tasks.len()).unwrap_or(u64::MAX)),
            Value::Null if is_done => Finding::Count(0),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_) => trouble(reply, detail),
        },
        Chore::Exists { .. } => {
            match body["on_whatsapp"].as_bool().or_else(|| body["on_max"].as_bool()) {
                Some(is_there) => Finding::Exists(is_there),
                None => Finding::Later { retry_after: None, detail },
            }
        }
        Chore::Qr => qr(body, reply, detail),
        Chore::Subscribe { .. }
        | Chore::ClearQueue
        | Chore::Restart
        | Chore::Logout
        | Chore::MarkRead { .. }
            if is_done =>
        {
            Finding::Done
        }
        Chore::Subscribe { .. }
        | Chore::ClearQueue
        | Chore::Restart
        | Chore::Logout
        | Chore::MarkRead { .. } => trouble(reply, detail),
        Chore::Check
        | Chore::Fetch { .. }
        | Chore::Change { .. }
        | Chore::Delivery { .. }
        | Chore::Templates => Finding::Unsupported,
    }
}

/// What `delivery_status` of a listed message says.
fn delivery(body: &Value) -> Delivery {
    let message = &body["message"];
    if !message.is_object() {
        return Delivery::Unlisted;
    }
    match text(&message["delivery_status"]) {
        // It has not been handed to the messenger.
        Some(status) if status.eq_ignore_ascii_case("pending") => Delivery::Queued,
        Some(status) => receipt_kind(&status).map_or(Delivery::Queued, Delivery::Became),
        None => Delivery::Queued,
    }
}

/// A data address of a picture, or its Base64.
fn qr(body: &Value, reply: &Reply, detail: String) -> Finding {
    let code = text(&body["qrCode"]).unwrap_or_default();
    let base64 = code.rsplit_once(',').map_or(code.as_str(), |(_, base64)| base64);
    match BASE64.decode(base64.as_bytes()) {
        Ok(png) if !png.is_empty() => Finding::Qr(Qr::Png(png)),
        Ok(_) | Err(_) => trouble(reply, detail),
    }
}

pub(super) fn trouble(reply: &Reply, detail: String) -> Finding {
    match reply.status {
        429 => {
            let retry_after = Some(reply.retry_after().unwrap_or(answer::RATE_PAUSE));
            Finding::Later { retry_after, detail }
        }
        500..=599 => Finding::Later { retry_after: reply.retry_after(), detail },
        status => failure(answer::failure(status, detail)),
    }
}

fn failure(failure: Failure) -> Finding {
    Finding::Failed(failure)
}

/// The one answer that has no `status: "done"`.
fn state(reply: &Reply, body: Option<&Value>, detail: String) -> AccountState {
    match (reply.status, body) {
        (200..=299, Some(body)) if body["status"] != "error" => match &body["authorized"] {
            Value::Bool(true) => match body["app_status"].as_str() {
                None | Some("open" | "OPEN") => AccountState::Ready,
                Some(other) => {
                    let detail = clip(other, VALUE_BYTES_MAX);
                    AccountState::Waiting { detail: format!("app_status: {detail}") }
                }
            },
            Value::Bool(false) => {
                AccountState::Broken { detail: "the profile is not authorized".to_owned() }
            }
            Value::Null
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => AccountState::Waiting { detail },
        },
        (200..=299, None) | (429 | 500..=599, _) => AccountState::Waiting { detail },
        _ => AccountState::Broken { detail },
    }
}

/// Where a profile's webhooks go, by its state.
pub(super) fn subscription(body: &Value, more: &[&str]) -> Subscription {
    let Some(url) = text(&body["webhook_url"]) else { return Subscription::None };
    let types: Vec<&str> =
        body["webhook_types"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let missing: Vec<&str> =
        NEEDED.iter().chain(more).filter(|name| !types.contains(name)).copied().collect();
    let urls = vec![url];
    match missing.is_empty() {
        true => Subscription::To(urls),
        false => Subscription::Partial { urls, missing: missing.join(", ") },
    }
}

fn settings(body: &Value) -> Vec<(String, String)> {
    let names = [
        "name",
        "phone",
        "platform",
        "app_status",
        "authorized",
        "last_activity",
        "payment_expired_at",
        "message_count",
        "webhook_url",
        "webhook_types",
    ];
    let shown = |name: &&str| {
        let value = match &body[*name] {
            Value::Bool(is) => is.to_string(),
            Value::Array(list) => {
                let names: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
                names.join(", ")
            }
            other @ (Value::Null | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
                text(other)?
            }
        };
        Some(((*name).to_owned(), clip(&value, VALUE_BYTES_MAX).to_owned()))
    };
    names.iter().filter_map(shown).collect()
}

fn fetched(step: &Step, reply: &Reply, body: Option<&Value>, detail: String) -> Progress {
    let gone = |detail: String| {
        failure(Failure { blame: Blame::Content, reason: Reason::FileUnavailable, detail })
    };
    if step.number > 0 {
        return Progress::Done(match reply.status {
            200..=299 => {
                let mime = reply.header("content-type").map(str::to_owned);
                Finding::File { bytes: reply.body.clone(), name: None, mime }
            }
            300..=399 if step.number <= REDIRECTS_MAX => {
                return download(reply.header("location").unwrap_or_default(), step.next());
            }
            429 | 500..=599 => Finding::Later { retry_after: reply.retry_after(), detail },
            _ => gone(detail),
        });
    }
    let Some(body) = body.filter(|body| is_success(reply) && body["status"] != "error") else {
        return Progress::Done(match reply.status {
            401 | 402 | 403 | 429 | 500..=599 => trouble(reply, detail),
            _ => gone(detail),
        });
    };
    // Telegram gives a link, WhatsApp the bytes.
    if let Some(link) = text(&body["file_link"]) {
        return download(&link, DOWNLOAD);
    }
    let base64 = text(&body["file_b64"]).unwrap_or_default();
    Progress::Done(match BASE64.decode(base64.as_bytes()) {
        Ok(bytes) if !bytes.is_empty() => {
            Finding::File { bytes, name: text(&body["file_name"]), mime: text(&body["mime_type"]) }
        }
        Ok(_) | Err(_) => gone("the file has no bytes".to_owned()),
    })
}
