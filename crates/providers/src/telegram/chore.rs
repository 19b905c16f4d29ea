//! The bot itself: its state, its webhook, its files.

use super::{call, code, url, webhook};
use crate::json;
use serde_json::{Value, json as value};
use vestnik_model::{
    account::Account,
    limits::SUBMIT_TIMEOUT,
    outcome::{Blame, Failure, Outcome, Reason},
};
use vestnik_provider::{
    chore::{Chore, Finding, Progress, Subscription},
    port::{AccountState, Step},
    wire::{Reply, Request, encode_segment},
};

/// Longest id of a file: longer ones were never seen.
const FILE_ID_CHARS_MAX: usize = 256;
/// Longest path of a file.
const FILE_PATH_CHARS_MAX: usize = 512;
/// Longest secret of a webhook.
const SECRET_CHARS_MAX: usize = 256;
const DOWNLOAD: Step = Step::new(1);

pub(super) fn begin(account: &Account, chore: &Chore<'_>) -> Progress {
    let request = match *chore {
        Chore::Check => call(account, "telegram.get_me", "getMe", &value!({})),
        Chore::Subscription => {
            call(account, "telegram.get_webhook_info", "getWebhookInfo", &value!({}))
        }
        Chore::Subscribe { .. } if !is_secret(account.setting("webhook_secret")) => {
            let detail = "webhook_secret: 1 to 256 letters, digits, _ and - are needed";
            return failed(Blame::Account, Reason::Malformed, detail);
        }
        Chore::Subscribe { url } => {
            let body = value!({
                "url": url,
                "secret_token": account.setting("webhook_secret"),
                "allowed_updates": webhook::WANTED,
            });
            call(account, "telegram.set_webhook", "setWebhook", &body)
        }
        Chore::Fetch { locator } if is_file_id(locator) => {
            call(account, "telegram.get_file", "getFile", &value!({ "file_id": locator }))
        }
        Chore::Fetch { .. } => {
            return failed(
                Blame::Content,
                Reason::FileUnavailable,
                "that is no file of Telegram's",
            );
        }
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
    if let (Chore::Fetch { .. }, true) = (chore, step.number == DOWNLOAD.number) {
        return Progress::Done(downloaded(account, reply));
    }
    let body = json::body(reply).unwrap_or_default();
    let result = &body["result"];
    if !json::is_success(reply) || body["ok"] != true {
        return Progress::Done(trouble(account, chore, reply));
    }
    Progress::Done(match *chore {
        Chore::Check if result["id"].is_number() => Finding::State(AccountState::Ready),
        Chore::Check => {
            let detail = "the answer is not understood".to_owned();
            Finding::State(AccountState::Waiting { detail })
        }
        Chore::Subscription => Finding::Subscription(subscription(result)),
        Chore::Subscribe { .. } => Finding::Done,
        Chore::Fetch { .. } => return download(account, result),
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
        | Chore::Delivery { .. } => Finding::Unsupported,
    })
}

fn is_secret(secret: &str) -> bool {
    (1..=SECRET_CHARS_MAX).contains(&secret.len())
        && secret.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
}

fn is_file_id(locator: &str) -> bool {
    (1..=FILE_ID_CHARS_MAX).contains(&locator.len())
        && locator.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
}

/// Without a list nothing was chosen, and reactions don't come.
fn subscription(info: &Value) -> Subscription {
    let Some(url) = json::text(&info["url"]) else { return Subscription::None };
    let chosen: Vec<&str> =
        json::items(&info["allowed_updates"]).iter().filter_map(Value::as_str).collect();
    let is_chosen = |kind: &str| match chosen.is_empty() {
        true => kind != "message_reaction",
        false => chosen.contains(&kind),
    };
    let missing: Vec<&str> = webhook::WANTED.into_iter().filter(|kind| !is_chosen(kind)).collect();
    match missing.is_empty() {
        true => Subscription::To(vec![url]),
        false => Subscription::Partial { urls: vec![url], missing: missing.join(", ") },
    }
}

/// The file lies behind the token. A server of one's own may name a path on its disk instead:
/// that can't be fetched.
fn download(account: &Account, file: &Value) -> Progress {
    let path = json::text(&file["file_path"]).unwrap_or_default();
    let is_fine = (1..=FILE_PATH_CHARS_MAX).contains(&path.len())
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if !is_fine {
        return failed(Blame::Content, Reason::FileUnavailable, "the file has no path");
    }
    let path: Vec<String> = path.split('/').map(encode_segment).collect();
    let url = url(account, "file/", &path.join("/"));
    let request = Request::get("telegram.download", url, SUBMIT_TIMEOUT).for_file();
    Progress::Call { step: DOWNLOAD, request }
}

/// The path tells neither name nor type: the update did.
fn downloaded(account: &Account, reply: &Reply) -> Finding {
    match reply.status {
        200..=299 => Finding::File { bytes: reply.body.clone(), name: None, mime: None },
        429 | 500..=599 => Finding::Later {
            retry_after: reply.retry_after(),
            detail: code::detail(account, reply),
        },
        _ => failure(Blame::Content, Reason::FileUnavailable, code::detail(account, reply)),
    }
}

fn trouble(account: &Account, chore: &Chore<'_>, reply: &Reply) -> Finding {
    let is_check = matches!(chore, Chore::Check);
    match code::outcome(account, reply) {
        Outcome::Deferred { detail, .. } | Outcome::Unknown { detail } if is_check => {
            Finding::State(AccountState::Waiting { detail })
        }
        Outcome::Deferred { retry_after, detail, .. } => Finding::Later { retry_after, detail },
        Outcome::Unknown { detail } => Finding::Later { retry_after: None, detail },
        Outcome::Refused(refused) if is_check => match refused.blame {
            Blame::Account => Finding::State(AccountState::Broken { detail: refused.detail }),
            Blame::Content | Blame::Recipient | Blame::Window | Blame::Sender | Blame::Provider => {
                Finding::State(AccountState::Waiting { detail: refused.detail })
            }
        },
        Outcome::Refused(refused) => Finding::Failed(refused),
        Outcome::Accepted { .. } => Finding::Unsupported,
    }
}

fn failure(blame: Blame, reason: Reason, detail: String) -> Finding {
    Finding::Failed(Failure { blame, reason, detail })
}

fn failed(blame: Blame, reason: Reason, detail: &str) -> Progress {
    Progress::Done(failure(blame, reason, detail.to_owned()))
}
