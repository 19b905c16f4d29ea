//! The community itself: its state, its Callback server, its files.

use super::{VERSION, call, code, event};
use crate::json;
use serde_json::Value;
use vestnik_model::{
    account::Account,
    limits::SUBMIT_TIMEOUT,
    outcome::{Blame, Failure, Outcome, Reason},
};
use vestnik_provider::{
    chore::{Chore, Finding, Progress, Subscription},
    port::{AccountState, Step},
    wire::{Reply, Request},
};

/// Longest secret of a Callback server.
const SECRET_CHARS_MAX: usize = 50;
/// What our server is called, at most 14 characters.
const TITLE: &str = "Vestnik";
/// Callback servers looked at: VK allows ten.
const SERVERS_MAX: usize = 64;
/// Times that a file's address may lead to another one.
const REDIRECTS_MAX: u8 = 3;

const CONFIRMATION: Step = Step::FIRST;
const SERVERS: Step = Step::new(1);
const SERVER: Step = Step::new(2);
const EVENTS: Step = Step::new(3);

pub(super) fn begin(account: &Account, chore: &Chore<'_>) -> Progress {
    let group = [("group_id", account.setting("group_id"))];
    let request = match *chore {
        Chore::Check => call(account, "vk.group", "groups.getById", &group),
        Chore::Subscription => servers(account),
        Chore::Subscribe { .. } => {
            let secret = account.setting("webhook_secret");
            if secret.is_empty() || secret.chars().count() > SECRET_CHARS_MAX {
                let detail = "webhook_secret: 1 to 50 characters are needed";
                return failed(Blame::Account, Reason::Malformed, detail);
            }
            let method = "groups.getCallbackConfirmationCode";
            call(account, "vk.confirmation", method, &group)
        }
        Chore::Fetch { locator } => return download(locator, Step::FIRST),
        Chore::MarkRead { chat, remote_id } => {
            let cmid = remote_id.rsplit(':').next().unwrap_or_default();
            let last = match cmid.parse::<u64>() {
                Ok(_) => ("up_to_cmid", cmid),
                Err(_) => ("mark_conversation_as_read", "1"),
            };
            call(account, "vk.mark_as_read", "messages.markAsRead", &[("peer_id", chat), last])
        }
        Chore::Qr
        | Chore::Settings
        | Chore::Change { .. }
        | Chore::Queue
        | Chore::ClearQueue
        | Chore::Restart
        | Chore::Logout
        | Chore::Exists { .. }
        | Chore::Delivery { .. }
        | Chore::Templates => return Progress::Done(Finding::Unsupported),
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
    if let Some(outcome) = code::trouble(account, reply) {
        return Progress::Done(trouble(chore, outcome));
    }
    let response = json::body(reply).unwrap_or_default()["response"].clone();
    match *chore {
        Chore::Check => Progress::Done(Finding::State(state(account, &response))),
        Chore::Subscription => Progress::Done(Finding::Subscription(subscription(&response))),
        Chore::Subscribe { url } => subscribe(account, url, step, &response),
        Chore::MarkRead { .. } if response == 1 => Progress::Done(Finding::Done),
        Chore::MarkRead { .. } => strange(),
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
        | Chore::Templates => Progress::Done(Finding::Unsupported),
    }
}

/// Older versions answer with the bare list.
fn state(account: &Account, response: &Value) -> AccountState {
    let group = if response["groups"].is_array() { &response["groups"][0] } else { &response[0] };
    match json::text(&group["id"]) {
        Some(id) if id == account.setting("group_id") => AccountState::Ready,
        Some(_) => AccountState::Broken { detail: "the token is of another community".to_owned() },
        None => AccountState::Waiting { detail: "the answer is not understood".to_owned() },
    }
}

fn servers(account: &Account) -> Request {
    let group = [("group_id", account.setting("group_id"))];
    call(account, "vk.callback_servers", "groups.getCallbackServers", &group)
}

fn subscription(response: &Value) -> Subscription {
    let servers = json::items(&response["items"]).iter().take(SERVERS_MAX);
    let mut urls = Vec::new();
    let mut troubled = Vec::new();
    for server in servers {
        urls.extend(json::text(&server["url"]));
        match server["status"].as_str().unwrap_or_default() {
            "ok" => {}
            status => {
                let title = server["title"].as_str().unwrap_or_default();
                troubled.push(format!("{title}: {status}"));
            }
        }
    }
    match (urls.is_empty(), troubled.is_empty()) {
        (true, _) => Subscription::None,
        (false, true) => Subscription::To(urls),
        (false, false) => Subscription::Partial { urls, missing: troubled.join(", ") },
    }
}

/// The string to answer with, the servers that are there, ours among them or a new one, its events.
fn subscribe(account: &Account, url: &str, step: &Step, response: &Value) -> Progress {
    let group = ("group_id", account.setting("group_id"));
    if step.number == CONFIRMATION.number {
        let code = json::text(&response["code"]).unwrap_or_default();
        if code != account.setting("confirmation") {
            let detail = format!("VK expects another string: set confirmation to {code}");
            return failed(Blame::Account, Reason::Malformed, &detail);
        }
        return Progress::Call { step: SERVERS, request: servers(account) };
    }
    if step.number == SERVERS.number {
        let mut known = json::items(&response["items"]).iter();
        let ours = known.find(|server| server["url"].as_str() == Some(url));
        let id = ours.and_then(|server| json::text(&server["id"])).unwrap_or_default();
        let secret = account.setting("webhook_secret");
        let mut fields = vec![group, ("url", url), ("title", TITLE), ("secret_key", secret)];
        let (label, method) = match id.as_str() {
            "" => ("vk.add_server", "groups.addCallbackServer"),
            id => {
                fields.push(("server_id", id));
                ("vk.edit_server", "groups.editCallbackServer")
            }
        };
        let request = call(account, label, method, &fields);
        return Progress::Call { step: SERVER.with(id), request };
    }
    if step.number == SERVER.number {
        let new = json::text(&response["server_id"]);
        let id = if step.note.is_empty() { new } else { Some(step.note.clone()) };
        let Some(id) = id else { return strange() };
        let mut fields = vec![group, ("server_id", id.as_str()), ("api_version", VERSION)];
        fields.extend(event::WANTED.map(|kind| (kind, "1")));
        let method = "groups.setCallbackSettings";
        return Progress::Call {
            step: EVENTS,
            request: call(account, "vk.events", method, &fields),
        };
    }
    if *response == 1 { Progress::Done(Finding::Done) } else { strange() }
}

/// Files lie at public addresses; nothing of ours goes there.
fn download(locator: &str, step: Step) -> Progress {
    if !locator.starts_with("https://") && !locator.starts_with("http://") {
        return failed(Blame::Content, Reason::FileUnavailable, "the file has no address");
    }
    let request = Request::get("vk.download", locator.to_owned(), SUBMIT_TIMEOUT).for_file();
    Progress::Call { step, request }
}

fn downloaded(step: &Step, reply: &Reply) -> Progress {
    let detail = || format!("HTTP {}", reply.status);
    match reply.status {
        200..=299 => {
            let mime = reply.header("content-type").map(str::to_owned);
            Progress::Done(Finding::File { bytes: reply.body.clone(), name: None, mime })
        }
        // Documents lie behind one more address.
        301 | 302 | 303 | 307 | 308 if step.number < REDIRECTS_MAX => {
            download(reply.header("location").unwrap_or_default(), step.next())
        }
        429 | 500..=599 => {
            Progress::Done(Finding::Later { retry_after: reply.retry_after(), detail: detail() })
        }
        _ => failed(Blame::Content, Reason::FileUnavailable, &detail()),
    }
}

fn trouble(chore: &Chore<'_>, outcome: Outcome) -> Finding {
    let is_check = matches!(chore, Chore::Check);
    match outcome {
        Outcome::Deferred { detail, .. } | Outcome::Unknown { detail } if is_check => {
            Finding::State(AccountState::Waiting { detail })
        }
        Outcome::Deferred { retry_after, detail, .. } => Finding::Later { retry_after, detail },
        Outcome::Unknown { detail } => Finding::Later { retry_after: None, detail },
        Outcome::Refused(Failure { blame: Blame::Account, detail, .. }) if is_check => {
            Finding::State(AccountState::Broken { detail })
        }
        Outcome::Refused(Failure { detail, .. }) if is_check => {
            Finding::State(AccountState::Waiting { detail })
        }
        Outcome::Refused(failure) => Finding::Failed(failure),
        Outcome::Accepted { .. } => Finding::Unsupported,
    }
}

fn strange() -> Progress {
    failed(Blame::Provider, Reason::ProviderError, "the answer is not understood")
}

fn failed(blame: Blame, reason: Reason, detail: &str) -> Progress {
    Progress::Done(Finding::Failed(Failure { blame, reason, detail: detail.to_owned() }))
}
