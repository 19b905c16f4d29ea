//! The bot itself: its state, its subscription, its files.

use super::{call, code, update};
use crate::json;
use serde_json::{Value, json as value};
use vestnik_model::{
    account::Account,
    limits::{DETAIL_BYTES_MAX, SUBMIT_TIMEOUT, clip},
    outcome::{Blame, Failure, Outcome, Reason},
};
use vestnik_provider::{
    chore::{Chore, Finding, Progress, Subscription},
    port::{AccountState, Step},
    wire::{Method, Reply, Request},
};

/// How long the secret of a subscription may be.
const SECRET_CHARS: std::ops::RangeInclusive<usize> = 5..=256;
/// Subscriptions looked at.
const SUBSCRIPTIONS_MAX: usize = 64;
/// Times that a file's address may lead to another one.
const REDIRECTS_MAX: u8 = 3;

pub(super) fn begin(account: &Account, chore: &Chore<'_>) -> Progress {
    let request = match *chore {
        Chore::Check => call(account, "max.me", Method::Get, "/me", None),
        Chore::Subscription => {
            call(account, "max.subscriptions", Method::Get, "/subscriptions", None)
        }
        Chore::Subscribe { .. } if !is_secret(account.setting("webhook_secret")) => {
            let detail = "webhook_secret: 5 to 256 letters, digits, _ and - are needed";
            return failed(Blame::Account, Reason::Malformed, detail);
        }
        Chore::Subscribe { url } => {
            let secret = account.setting("webhook_secret");
            let body = value!({ "url": url, "update_types": update::WANTED, "secret": secret });
            call(account, "max.subscribe", Method::Post, "/subscriptions", Some(&body))
        }
        Chore::Fetch { locator } => return download(locator, Step::FIRST),
        Chore::Qr
        | Chore::Settings
        | Chore::Change { .. }
        | Chore::Queue
        | Chore::ClearQueue
        | Chore::Restart
        | Chore::Logout
        | Chore::Exists { .. }
        | Chore::Templates
        | Chore::MarkRead { .. }
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
    if let Chore::Fetch { .. } = chore {
        return downloaded(step, reply);
    }
    if !json::is_success(reply) {
        return Progress::Done(trouble(account, chore, reply));
    }
    let body = json::body(reply).unwrap_or_default();
    Progress::Done(match *chore {
        Chore::Check if body["user_id"].is_number() => Finding::State(AccountState::Ready),
        Chore::Check => {
            let detail = "the answer is not understood".to_owned();
            Finding::State(AccountState::Waiting { detail })
        }
        Chore::Subscription => Finding::Subscription(subscription(&body)),
        Chore::Subscribe { .. } if body["success"] == true => Finding::Done,
        // Told with status 200.
        Chore::Subscribe { .. } => {
            let told = json::text(&body["message"]).unwrap_or_default();
            let detail = clip(&told, DETAIL_BYTES_MAX).to_owned();
            failure(Blame::Provider, Reason::Malformed, detail)
        }
        Chore::Fetch { .. }
        | Chore::Qr
        | Chore::Settings
        | Chore::Change { .. }
        | Chore::Queue
        | Chore::ClearQueue
        | Chore::Restart
        | Chore::Logout
        | Chore::Exists { .. }
        | Chore::Templates
        | Chore::MarkRead { .. }
        | Chore::Delivery { .. } => Finding::Unsupported,
    })
}

fn is_secret(secret: &str) -> bool {
    SECRET_CHARS.contains(&secret.len())
        && secret.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
}

/// Without a list all kinds come.
fn subscription(body: &Value) -> Subscription {
    let mut urls = Vec::new();
    let mut missing: Vec<&str> = Vec::new();
    for one in json::items(&body["subscriptions"]).iter().take(SUBSCRIPTIONS_MAX) {
        urls.extend(json::text(&one["url"]));
        let kinds: Vec<&str> =
            json::items(&one["update_types"]).iter().filter_map(Value::as_str).collect();
        if !kinds.is_empty() {
            missing.extend(update::WANTED.into_iter().filter(|kind| !kinds.contains(kind)));
        }
    }
    missing.sort_unstable();
    missing.dedup();
    match (urls.is_empty(), missing.is_empty()) {
        (true, _) => Subscription::None,
        (false, true) => Subscription::To(urls),
        (false, false) => Subscription::Partial { urls, missing: missing.join(", ") },
    }
}

/// Files lie at public addresses; nothing of ours goes there.
fn download(locator: &str, step: Step) -> Progress {
    if !locator.starts_with("https://") && !locator.starts_with("http://") {
        return failed(Blame::Content, Reason::FileUnavailable, "the file has no address");
    }
    let request = Request::get("max.download", locator.to_owned(), SUBMIT_TIMEOUT).for_file();
    Progress::Call { step, request }
}

fn downloaded(step: &Step, reply: &Reply) -> Progress {
    let detail = format!("HTTP {}", reply.status);
    match reply.status {
        200..=299 => {
            let mime = reply.header("content-type").map(str::to_owned);
            Progress::Done(Finding::File { bytes: reply.body.clone(), name: None, mime })
        }
        301 | 302 | 303 | 307 | 308 if step.number < REDIRECTS_MAX => {
            download(reply.header("location").unwrap_or_default(), step.next())
        }
        429 | 500..=599 => {
            Progress::Done(Finding::Later { retry_after: reply.retry_after(), detail })
        }
        _ => failed(Blame::Content, Reason::FileUnavailable, &detail),
    }
}

/// A bot that is not moderated, or stopped, is refused with 403.
fn trouble(account: &Account, chore: &Chore<'_>, reply: &Reply) -> Finding {
    let outcome = code::outcome(account, reply);
    if matches!(chore, Chore::Check) {
        let detail = code::detail(account, reply);
        return Finding::State(match reply.status {
            401 | 403 => AccountState::Broken { detail },
            _ => AccountState::Waiting { detail },
        });
    }
    match outcome {
        Outcome::Deferred { retry_after, detail, .. } => Finding::Later { retry_after, detail },
        Outcome::Unknown { detail } => Finding::Later { retry_after: None, detail },
        Outcome::Refused(failure) => Finding::Failed(failure),
        Outcome::Accepted { .. } => Finding::Unsupported,
    }
}

fn failure(blame: Blame, reason: Reason, detail: String) -> Finding {
    Finding::Failed(Failure { blame, reason, detail })
}

fn failed(blame: Blame, reason: Reason, detail: &str) -> Progress {
    Progress::Done(failure(blame, reason, detail.to_owned()))
}
