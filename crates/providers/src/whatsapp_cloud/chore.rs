//! The number itself: its state, its callback, its templates, its files.

use super::{authorized, bytes, code, is_success, json, number_url, text, url, waba_url};
use serde_json::{Value, json as value};
use vestnik_model::{
    account::Account,
    limits::{SUBMIT_TIMEOUT, clip},
    outcome::{Blame, Failure, Outcome, Reason},
};
use vestnik_provider::{
    chore::{Chore, Finding, Progress, Subscription, TemplateInfo},
    port::{AccountState, Step},
    wire::{Method, Reply, Request, encode_segment},
};

/// Templates listed at once: what a business account may have at first.
const TEMPLATES_MAX: usize = 250;
/// Longest callback that Meta takes.
const CALLBACK_CHARS_MAX: usize = 200;
/// Longest id of a file.
const MEDIA_ID_CHARS_MAX: usize = 40;
/// Longest text of a setting that is shown, bytes.
const VALUE_BYTES_MAX: usize = 300;
const FIELDS: &str =
    "?fields=display_phone_number,verified_name,quality_rating,name_status,status,throughput";
/// Hosts that hold files and are given the token, beside the API's own.
const FILE_HOSTS: [&str; 3] = [".fbsbx.com", ".facebook.com", ".whatsapp.net"];

pub(super) fn begin(account: &Account, chore: &Chore<'_>) -> Progress {
    let get = |label, url| authorized(account, Request::get(label, url, SUBMIT_TIMEOUT));
    let post = |label, url, body: &Value| {
        authorized(account, Request::post_json(label, url, bytes(body), SUBMIT_TIMEOUT))
    };
    let request = match *chore {
        Chore::Check | Chore::Settings => get("whatsapp_cloud.number", number_url(account, FIELDS)),
        Chore::Subscription => {
            get("whatsapp_cloud.subscribed_apps", waba_url(account, "/subscribed_apps"))
        }
        Chore::Subscribe { url } if url.chars().count() > CALLBACK_CHARS_MAX => {
            return failed(Blame::Content, Reason::Malformed, "the address is too long");
        }
        Chore::Subscribe { .. } if account.setting("verify_token").is_empty() => {
            return failed(Blame::Account, Reason::Malformed, "verify_token is not set");
        }
        // Without the app attached to the business account nothing comes.
        Chore::Subscribe { .. } => {
            let url = waba_url(account, "/subscribed_apps");
            post("whatsapp_cloud.subscribe_app", url, &value!({}))
        }
        Chore::Fetch { locator } if is_media_id(locator) => {
            let number = encode_segment(account.setting("phone_number_id"));
            let url = url(account, &format!("{locator}?phone_number_id={number}"));
            get("whatsapp_cloud.media_url", url)
        }
        Chore::Fetch { locator } => return download(account, locator),
        Chore::Templates => {
            let edge = format!("/message_templates?limit={TEMPLATES_MAX}");
            get("whatsapp_cloud.templates", waba_url(account, &edge))
        }
        Chore::MarkRead { remote_id, .. } => {
            let body = value!({
                "messaging_product": "whatsapp", "status": "read", "message_id": remote_id,
            });
            post("whatsapp_cloud.mark_read", number_url(account, "/messages"), &body)
        }
        Chore::Qr
        | Chore::Change { .. }
        | Chore::Queue
        | Chore::ClearQueue
        | Chore::Restart
        | Chore::Logout
        | Chore::Exists { .. }
        | Chore::Delivery { .. } => return Progress::Done(Finding::Unsupported),
    };
    Progress::Call { step: Step::FIRST, request }
}

pub(super) fn proceed(
    account: &Account,
    chore: &Chore<'_>,
    step: &Step,
    reply: &Reply,
) -> Progress {
    let is_first = step.number == Step::FIRST.number;
    if let Chore::Check = chore {
        return Progress::Done(Finding::State(state(account, reply)));
    }
    if let Chore::Fetch { .. } = chore
        && !is_first
    {
        return Progress::Done(fetched(account, reply));
    }
    if !is_success(reply) {
        return Progress::Done(trouble(account, chore, reply));
    }
    let Some(body) = json(reply) else {
        return failed(Blame::Provider, Reason::ProviderError, "the answer is no JSON");
    };
    let done = |is_done: bool| {
        if is_done {
            Progress::Done(Finding::Done)
        } else {
            let detail = code::detail(account, reply);
            Progress::Done(failure(Blame::Provider, Reason::ProviderError, detail))
        }
    };
    match *chore {
        Chore::Fetch { .. } => match text(&body["url"]) {
            Some(url) => download(account, &url),
            None => failed(Blame::Content, Reason::FileUnavailable, "the file has no address"),
        },
        Chore::Subscription if is_first => match body["data"].as_array().map(Vec::len) {
            Some(1..) => {
                let url = number_url(account, "?fields=webhook_configuration");
                let label = "whatsapp_cloud.webhook_configuration";
                let request = authorized(account, Request::get(label, url, SUBMIT_TIMEOUT));
                Progress::Call { step: step.next(), request }
            }
            Some(0) | None => Progress::Done(Finding::Subscription(Subscription::None)),
        },
        Chore::Subscription => Progress::Done(Finding::Subscription(subscription(&body))),
        Chore::Subscribe { url } if is_first && body["success"] == true => {
            let configuration = value!({ "webhook_configuration": {
                "override_callback_uri": url, "verify_token": account.setting("verify_token"),
            } });
            let label = "whatsapp_cloud.set_callback";
            let to = number_url(account, "");
            let request = Request::post_json(label, to, bytes(&configuration), SUBMIT_TIMEOUT);
            Progress::Call { step: step.next(), request: authorized(account, request) }
        }
        Chore::Subscribe { .. } | Chore::MarkRead { .. } => done(body["success"] == true),
        Chore::Settings => Progress::Done(Finding::Settings(settings(&body))),
        Chore::Templates => Progress::Done(Finding::Templates(templates(&body))),
        Chore::Check
        | Chore::Qr
        | Chore::Change { .. }
        | Chore::Queue
        | Chore::ClearQueue
        | Chore::Restart
        | Chore::Logout
        | Chore::Exists { .. }
        | Chore::Delivery { .. } => Progress::Done(Finding::Unsupported),
    }
}

fn is_media_id(locator: &str) -> bool {
    (1..=MEDIA_ID_CHARS_MAX).contains(&locator.len()) && locator.bytes().all(|b| b.is_ascii_digit())
}

/// The second step of a file: its address wants the token too. The token goes nowhere else.
fn download(account: &Account, locator: &str) -> Progress {
    let origin = origin_of(locator);
    let is_own = origin == origin_of(&url(account, ""));
    let host = origin.strip_prefix("https://").unwrap_or_default();
    let is_theirs = FILE_HOSTS.iter().any(|end| host.ends_with(end));
    if origin.is_empty() || !(is_own || is_theirs) {
        return failed(Blame::Content, Reason::FileUnavailable, "the file lies at a strange place");
    }
    let request = Request::new(
        Method::Get,
        "whatsapp_cloud.download",
        locator.to_owned(),
        // Seen: without a user agent some downloads are blocked.
        vec![("user-agent".into(), "vestnik".into())],
        Vec::new(),
        SUBMIT_TIMEOUT,
    );
    Progress::Call { step: Step::new(1), request: authorized(account, request).for_file() }
}

/// Scheme, host and port of an address; empty if it is none.
fn origin_of(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return String::new() };
    let host = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    if !matches!(scheme, "http" | "https") || host.is_empty() || host.contains('@') {
        return String::new();
    }
    format!("{scheme}://{}", host.to_ascii_lowercase())
}

fn fetched(account: &Account, reply: &Reply) -> Finding {
    match reply.status {
        200..=299 => {
            let mime = reply.header("content-type").map(str::to_owned);
            Finding::File { bytes: reply.body.clone(), name: None, mime }
        }
        429 | 500..=599 => Finding::Later {
            retry_after: reply.retry_after(),
            detail: code::detail(account, reply),
        },
        _ => failure(Blame::Content, Reason::FileUnavailable, code::detail(account, reply)),
    }
}

fn trouble(account: &Account, chore: &Chore<'_>, reply: &Reply) -> Finding {
    match code::outcome(account, reply) {
        Outcome::Deferred { retry_after, detail, .. } => Finding::Later { retry_after, detail },
        Outcome::Unknown { detail } => Finding::Later { retry_after: None, detail },
        // The object that is not there is the file.
        Outcome::Refused(refused) if matches!(chore, Chore::Fetch { .. }) => {
            let is_token = json(reply).is_some_and(|body| body["error"]["code"] != 100);
            let (blame, reason) = match refused.blame {
                Blame::Account if is_token => (refused.blame, refused.reason),
                Blame::Account
                | Blame::Content
                | Blame::Recipient
                | Blame::Window
                | Blame::Sender
                | Blame::Provider => (Blame::Content, Reason::FileUnavailable),
            };
            failure(blame, reason, refused.detail)
        }
        Outcome::Refused(refused) => Finding::Failed(refused),
        Outcome::Accepted { .. } => Finding::Unsupported,
    }
}

fn state(account: &Account, reply: &Reply) -> AccountState {
    if !is_success(reply) {
        return match code::outcome(account, reply) {
            Outcome::Deferred { detail, .. } | Outcome::Unknown { detail } => {
                AccountState::Waiting { detail }
            }
            Outcome::Refused(Failure { detail, .. }) => AccountState::Broken { detail },
            Outcome::Accepted { .. } => AccountState::Ready,
        };
    }
    let body = json(reply).unwrap_or_default();
    if text(&body["id"]).is_none() {
        return AccountState::Waiting { detail: "the answer is not understood".to_owned() };
    }
    let status = body["status"].as_str().unwrap_or("CONNECTED");
    let detail = format!("status: {}", clip(status, 40));
    match status {
        // A flagged number has a low rating, and sends.
        "CONNECTED" | "FLAGGED" => AccountState::Ready,
        "RESTRICTED" | "RATE_LIMITED" => AccountState::Waiting { detail },
        _ => AccountState::Broken { detail },
    }
}

/// The callback that counts: the number's, else the business account's, else the app's.
fn subscription(body: &Value) -> Subscription {
    let set = &body["webhook_configuration"];
    let names = ["phone_number", "whatsapp_business_account", "application"];
    match names.iter().find_map(|name| text(&set[*name])) {
        Some(url) => Subscription::To(vec![url]),
        None => Subscription::None,
    }
}

fn settings(body: &Value) -> Vec<(String, String)> {
    let names =
        ["display_phone_number", "verified_name", "quality_rating", "name_status", "status"];
    let mut shown: Vec<(String, String)> =
        names.iter().filter_map(|name| Some(((*name).to_owned(), text(&body[*name])?))).collect();
    if let Some(level) = text(&body["throughput"]["level"]) {
        shown.push(("throughput".to_owned(), level));
    }
    for (_, value) in &mut shown {
        *value = clip(value, VALUE_BYTES_MAX).to_owned();
    }
    shown
}

fn templates(body: &Value) -> Vec<TemplateInfo> {
    let listed = body["data"].as_array().into_iter().flatten().take(TEMPLATES_MAX);
    let template = |one: &Value| {
        let name = text(&one["name"])?;
        let state = one["status"].as_str().unwrap_or_default();
        let mut parts = one["components"].as_array().into_iter().flatten();
        let body = parts.find(|part| {
            part["type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("body"))
        });
        Some(TemplateInfo {
            id: name.clone(),
            name,
            language: text(&one["language"]).unwrap_or_default(),
            text: body.and_then(|body| text(&body["text"])).unwrap_or_default(),
            is_approved: state == "APPROVED",
            state: state.to_owned(),
        })
    };
    listed.filter_map(template).collect()
}

fn failure(blame: Blame, reason: Reason, detail: String) -> Finding {
    Finding::Failed(Failure { blame, reason, detail })
}

fn failed(blame: Blame, reason: Reason, detail: &str) -> Progress {
    Progress::Done(failure(blame, reason, detail.to_owned()))
}
