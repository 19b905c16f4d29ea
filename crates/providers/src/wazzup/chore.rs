//! The channel itself: its state, the subscription, files, templates.

use super::{authorized, code, is_success, json, text, url};
use serde_json::{Value, json as value};
use vestnik_model::{
    account::Account,
    limits::{DETAIL_BYTES_MAX, SUBMIT_TIMEOUT, clip},
    messenger::Messenger,
    outcome::{Blame, Failure, Reason},
};
use vestnik_provider::{
    chore::{Chore, Finding, Progress, Subscription, TemplateInfo},
    port::{AccountState, Step},
    wire::{Method, Reply, Request},
};

/// Longest address of webhooks that is taken.
const URI_CHARS_MAX: usize = 200;
/// Longest text of a setting that is shown, bytes.
const VALUE_BYTES_MAX: usize = 300;
/// Templates asked for at once, and all that are shown.
const TEMPLATES_MAX: usize = 100;
/// Redirects of a file that are followed.
const REDIRECTS_MAX: u8 = 1;
/// The names that the switch of template states has had.
const TEMPLATE_SWITCHES: [&str; 4] =
    ["templateStatus", "wabaTemplatesStatus", "templateStatuses", "tepmplateStatus"];

pub(super) fn begin(account: &Account, chore: &Chore<'_>) -> Progress {
    let get = |label, path: &str| {
        authorized(account, Request::get(label, url(account, path), SUBMIT_TIMEOUT))
    };
    let request = match *chore {
        Chore::Check | Chore::Settings => get("wazzup.channels", "channels"),
        Chore::Subscription => get("wazzup.get_webhooks", "webhooks"),
        Chore::Subscribe { url } if url.chars().count() > URI_CHARS_MAX => {
            return failed(Blame::Content, Reason::Malformed, "the address is too long");
        }
        Chore::Subscribe { url: ours } => {
            // Nobody here answers to `contactsAndDealsCreation`.
            let body = value!({ "webhooksUri": ours, "subscriptions": {
                "messagesAndStatuses": true, "contactsAndDealsCreation": false,
                "channelsUpdates": true, "templateStatus": true,
            } });
            let headers = vec![("content-type".into(), "application/json".into())];
            let (to, body) = (url(account, "webhooks"), body.to_string().into_bytes());
            let label = "wazzup.set_webhooks";
            let request = Request::new(Method::Patch, label, to, headers, body, SUBMIT_TIMEOUT);
            authorized(account, request)
        }
        Chore::Fetch { locator } => return download(locator, Step::FIRST),
        Chore::Templates if account.messenger == Messenger::Whatsapp => {
            let path = format!("templates/whatsapp?limit={TEMPLATES_MAX}&offset=0");
            get("wazzup.templates", &path)
        }
        Chore::Templates
        | Chore::Qr
        | Chore::Change { .. }
        | Chore::Queue
        | Chore::ClearQueue
        | Chore::Restart
        | Chore::Logout
        | Chore::Exists { .. }
        | Chore::MarkRead { .. }
        | Chore::Delivery { .. } => return Progress::Done(Finding::Unsupported),
    };
    Progress::Call { step: Step::FIRST, request }
}

/// A file lies open at its address. It is given no key.
fn download(locator: &str, step: Step) -> Progress {
    if !(locator.starts_with("https://") || locator.starts_with("http://")) {
        return failed(Blame::Content, Reason::FileUnavailable, "the file has no address");
    }
    let request = Request::get("wazzup.download", locator.to_owned(), SUBMIT_TIMEOUT).for_file();
    Progress::Call { step, request }
}

pub(super) fn proceed(
    account: &Account,
    chore: &Chore<'_>,
    step: &Step,
    reply: &Reply,
) -> Progress {
    let body = json(&reply.body);
    let detail = code::detail(account, reply, body.as_ref().unwrap_or(&Value::Null));
    Progress::Done(match chore {
        Chore::Check => Finding::State(check(account, reply, body.as_ref(), detail)),
        Chore::Fetch { .. } => return fetched(step, reply),
        _ if !is_success(reply) => trouble(reply, detail),
        // Its body is not promised.
        Chore::Subscribe { .. } => match body.as_ref().and_then(|body| text(&body["error"])) {
            None => Finding::Done,
            Some(_) => failure(Blame::Provider, Reason::ProviderError, detail),
        },
        Chore::Subscription => match &body {
            Some(body @ Value::Object(_)) => Finding::Subscription(subscription(account, body)),
            _ => failure(Blame::Provider, Reason::ProviderError, detail),
        },
        Chore::Settings => match body.as_ref().and_then(|body| own(account, body)) {
            Some(channel) => Finding::Settings(settings(channel)),
            None => failure(Blame::Account, Reason::Unauthorized, "no such channel".to_owned()),
        },
        Chore::Templates => match body.as_ref().and_then(Value::as_array) {
            Some(list) => {
                Finding::Templates(list.iter().take(TEMPLATES_MAX).filter_map(template).collect())
            }
            None => failure(Blame::Provider, Reason::ProviderError, detail),
        },
        Chore::Qr
        | Chore::Change { .. }
        | Chore::Queue
        | Chore::ClearQueue
        | Chore::Restart
        | Chore::Logout
        | Chore::Exists { .. }
        | Chore::MarkRead { .. }
        | Chore::Delivery { .. } => Finding::Unsupported,
    })
}

fn trouble(reply: &Reply, detail: String) -> Finding {
    match reply.status {
        429 => {
            let retry_after = Some(reply.retry_after().unwrap_or(code::RATE_PAUSE));
            Finding::Later { retry_after, detail }
        }
        500..=599 => Finding::Later { retry_after: reply.retry_after(), detail },
        401 | 403 => failure(Blame::Account, Reason::Unauthorized, detail),
        _ => failure(Blame::Provider, Reason::ProviderError, detail),
    }
}

fn fetched(step: &Step, reply: &Reply) -> Progress {
    Progress::Done(match reply.status {
        200..=299 => {
            let mime = reply.header("content-type").map(str::to_owned);
            Finding::File { bytes: reply.body.clone(), name: None, mime }
        }
        300..=399 if step.number < REDIRECTS_MAX => {
            return download(reply.header("location").unwrap_or_default(), step.next());
        }
        429 | 500..=599 => {
            let detail = format!("HTTP {}", reply.status);
            Finding::Later { retry_after: reply.retry_after(), detail }
        }
        status => failure(Blame::Content, Reason::FileUnavailable, format!("HTTP {status}")),
    })
}

/// The account's own channel among those of the key.
fn own<'a>(account: &Account, body: &'a Value) -> Option<&'a Value> {
    let id = account.setting("channel_id");
    body.as_array()?.iter().find(|channel| channel["channelId"].as_str() == Some(id))
}

fn check(account: &Account, reply: &Reply, body: Option<&Value>, detail: String) -> AccountState {
    match reply.status {
        200..=299 => {}
        429 | 500..=599 => return AccountState::Waiting { detail },
        _ => return AccountState::Broken { detail },
    }
    let Some(channels) = body.filter(|body| body.is_array()) else {
        return AccountState::Waiting { detail: "the answer is not understood".to_owned() };
    };
    match own(account, channels) {
        Some(channel) => state_of(channel["state"].as_str().unwrap_or_default()),
        None => AccountState::Broken { detail: "no such channel".to_owned() },
    }
}

/// What a channel's state means; spellings differ between a list and a webhook.
pub(super) fn state_of(state: &str) -> AccountState {
    let detail = clip(&format!("state: {state}"), DETAIL_BYTES_MAX).to_owned();
    match state.to_ascii_lowercase().as_str() {
        "active" => AccountState::Ready,
        "disabled" | "qr" | "qridle" | "notenoughmoney" | "foreignphone" | "unauthorized"
        | "waitforpassword" | "blocked" | "rejected" => AccountState::Broken { detail },
        // `init`, `phoneUnavailable`, `openElsewhere`, `onModeration`, and what may come.
        _ => AccountState::Waiting { detail },
    }
}

fn subscription(account: &Account, body: &Value) -> Subscription {
    let Some(url) = text(&body["webhooksUri"]) else { return Subscription::None };
    let on = &body["subscriptions"];
    // Seen both as booleans and as texts.
    let is_on = |name: &str| on[name] == true || on[name] == "true";
    let mut missing: Vec<&str> =
        ["messagesAndStatuses", "channelsUpdates"].into_iter().filter(|n| !is_on(n)).collect();
    let has_templates = account.messenger == Messenger::Whatsapp;
    if has_templates && !TEMPLATE_SWITCHES.iter().any(|name| is_on(name)) {
        missing.push(TEMPLATE_SWITCHES[0]);
    }
    let urls = vec![url];
    match missing.is_empty() {
        true => Subscription::To(urls),
        false => Subscription::Partial { urls, missing: missing.join(", ") },
    }
}

fn settings(channel: &Value) -> Vec<(String, String)> {
    let names = ["name", "plainId", "transport", "state"];
    let shown = |name: &&str| {
        let value = text(&channel[*name])?;
        Some(((*name).to_owned(), clip(&value, VALUE_BYTES_MAX).to_owned()))
    };
    names.iter().filter_map(shown).collect()
}

fn template(one: &Value) -> Option<TemplateInfo> {
    let id = text(&one["templateGuid"])?;
    let state = text(&one["status"]).unwrap_or_default();
    let mut parts = one["components"].as_array().into_iter().flatten();
    let body = parts
        .find(|part| part["type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("body")));
    Some(TemplateInfo {
        id,
        name: text(&one["title"]).or_else(|| text(&one["name"])).unwrap_or_default(),
        language: text(&one["language"]).unwrap_or_default(),
        text: body.and_then(|body| text(&body["text"])).unwrap_or_default(),
        is_approved: state.eq_ignore_ascii_case("approved"),
        state,
    })
}

fn failure(blame: Blame, reason: Reason, detail: String) -> Finding {
    Finding::Failed(Failure { blame, reason, detail })
}

fn failed(blame: Blame, reason: Reason, detail: &str) -> Progress {
    Progress::Done(failure(blame, reason, detail.to_owned()))
}
