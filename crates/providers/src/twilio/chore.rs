//! The account and its sender: alive or not, where webhooks go, content items, files.

use super::{
    CONTENT, MESSAGING, account_url, authorized, base, code, is_success, json, own_address, text,
};
use serde_json::{Value, json as value};
use vestnik_model::{
    account::Account,
    limits::{SUBMIT_TIMEOUT, clip},
    outcome::{Blame, Failure, Outcome, Reason},
};
use vestnik_provider::{
    chore::{Chore, Finding, Progress, Subscription, TemplateInfo},
    port::{AccountState, Step},
    wire::{Reply, Request, encode_segment},
};

/// Content items and senders listed at once.
const PAGE_SIZE: usize = 100;
/// Redirects of a file that are followed.
const REDIRECTS_MAX: u8 = 3;

pub(super) fn begin(account: &Account, chore: &Chore<'_>) -> Progress {
    let get = |label, url: String| authorized(account, Request::get(label, url, SUBMIT_TIMEOUT));
    let request = match *chore {
        Chore::Check => get("twilio.account", account_url(account, ".json")),
        Chore::Subscription | Chore::Subscribe { .. } => {
            let path = format!("/v2/Channels/Senders?Channel=whatsapp&PageSize={PAGE_SIZE}");
            get("twilio.senders", format!("{}{path}", base(account, MESSAGING)))
        }
        Chore::Templates => {
            let path = format!("/v1/ContentAndApprovals?PageSize={PAGE_SIZE}");
            get("twilio.content", format!("{}{path}", base(account, CONTENT)))
        }
        // Our credentials go to our own account's files only.
        Chore::Fetch { locator } if locator.starts_with(&account_url(account, "/Messages/")) => {
            get("twilio.media", locator.to_owned()).for_file()
        }
        Chore::Fetch { .. } => {
            return failed(Blame::Content, Reason::FileUnavailable, "it lies at a strange place");
        }
        Chore::MarkRead { remote_id, .. } => {
            let url = format!("{}/v2/Indicators/Typing.json", base(account, MESSAGING));
            let fields = [("channel", "whatsapp"), ("messageId", remote_id)];
            let request = Request::post_form("twilio.typing", url, &fields, SUBMIT_TIMEOUT);
            authorized(account, request)
        }
        Chore::Qr
        | Chore::Settings
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
    match *chore {
        Chore::Check => return Progress::Done(Finding::State(state(account, reply))),
        Chore::Fetch { .. } => return fetched(account, step, reply),
        _ if !is_success(reply) => return Progress::Done(trouble(account, reply)),
        Chore::Subscription
        | Chore::Subscribe { .. }
        | Chore::Templates
        | Chore::MarkRead { .. }
        | Chore::Qr
        | Chore::Settings
        | Chore::Change { .. }
        | Chore::Queue
        | Chore::ClearQueue
        | Chore::Restart
        | Chore::Logout
        | Chore::Exists { .. }
        | Chore::Delivery { .. } => {}
    }
    let Some(body) = json(reply) else {
        return failed(Blame::Provider, Reason::ProviderError, "the answer is no JSON");
    };
    let is_first = step.number == Step::FIRST.number;
    match *chore {
        Chore::Subscription => match sender(account, &body) {
            Some(sender) => Progress::Done(Finding::Subscription(subscription(account, sender))),
            // The sandbox is no sender: its addresses are on its page and can't be asked for.
            None => Progress::Done(Finding::Unsupported),
        },
        Chore::Subscribe { url } if is_first => match sender(account, &body) {
            Some(sender) => subscribe(account, step, sender, url),
            None => failed(
                Blame::Account,
                Reason::Malformed,
                "the sandbox's addresses are entered on its page at Twilio",
            ),
        },
        Chore::Subscribe { .. } => Progress::Done(Finding::Done),
        Chore::MarkRead { .. } if body["success"] == true => Progress::Done(Finding::Done),
        Chore::MarkRead { .. } => {
            failed(Blame::Provider, Reason::ProviderError, "it was not marked")
        }
        Chore::Templates => Progress::Done(Finding::Templates(templates(&body))),
        Chore::Check
        | Chore::Fetch { .. }
        | Chore::Qr
        | Chore::Settings
        | Chore::Change { .. }
        | Chore::Queue
        | Chore::ClearQueue
        | Chore::Restart
        | Chore::Logout
        | Chore::Exists { .. }
        | Chore::Delivery { .. } => Progress::Done(Finding::Unsupported),
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
    match code::word(&body["status"]) {
        "active" => AccountState::Ready,
        "" => AccountState::Waiting { detail: "the answer is not understood".to_owned() },
        other => AccountState::Broken { detail: format!("status: {}", clip(other, 40)) },
    }
}

fn trouble(account: &Account, reply: &Reply) -> Finding {
    match code::outcome(account, reply) {
        Outcome::Deferred { retry_after, detail, .. } => Finding::Later { retry_after, detail },
        Outcome::Unknown { detail } => Finding::Later { retry_after: None, detail },
        Outcome::Refused(refused) => Finding::Failed(refused),
        Outcome::Accepted { .. } => Finding::Unsupported,
    }
}

/// A file is Twilio's answer itself, or lies where it redirects to: that place must not be given
/// our credentials.
fn fetched(account: &Account, step: &Step, reply: &Reply) -> Progress {
    match reply.status {
        200..=299 => {
            let mime = reply.header("content-type").map(str::to_owned);
            let name = reply.header("content-disposition").and_then(file_name);
            Progress::Done(Finding::File { bytes: reply.body.clone(), name, mime })
        }
        300..=399 if step.number < REDIRECTS_MAX => match reply.header("location") {
            Some(url) if url.starts_with("https://") || url.starts_with("http://") => {
                let request = Request::get("twilio.stored_media", url.to_owned(), SUBMIT_TIMEOUT);
                Progress::Call { step: step.next(), request: request.for_file() }
            }
            Some(_) | None => failed(Blame::Content, Reason::FileUnavailable, "it leads nowhere"),
        },
        401 | 403 if step.number == Step::FIRST.number => Progress::Done(trouble(account, reply)),
        429 | 500..=599 => Progress::Done(trouble(account, reply)),
        _ => {
            let detail = code::detail(account, reply);
            failed(Blame::Content, Reason::FileUnavailable, &detail)
        }
    }
}

/// `inline; filename="a.pdf"`
fn file_name(disposition: &str) -> Option<String> {
    let mut parts = disposition.split(';').map(str::trim);
    let name = parts.find_map(|part| part.strip_prefix("filename="))?.trim_matches('"');
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    (!name.is_empty()).then(|| clip(name, 200).to_owned())
}

/// The sender with our number.
fn sender<'a>(account: &Account, body: &'a Value) -> Option<&'a Value> {
    let own = own_address(account);
    body["senders"].as_array()?.iter().find(|sender| sender["sender_id"] == own.as_str())
}

fn subscription(account: &Account, sender: &Value) -> Subscription {
    let webhook = &sender["webhook"];
    let Some(url) = text(&webhook["callback_url"]) else { return Subscription::None };
    let has_statuses = text(&webhook["status_callback_url"]).is_some()
        || !account.setting("status_callback").is_empty();
    if has_statuses {
        Subscription::To(vec![url])
    } else {
        Subscription::Partial { urls: vec![url], missing: "status_callback_url".to_owned() }
    }
}

fn subscribe(account: &Account, step: &Step, sender: &Value, url: &str) -> Progress {
    let Some(sid) = text(&sender["sid"]) else {
        return failed(Blame::Provider, Reason::ProviderError, "the sender has no SID");
    };
    let body = value!({ "webhook": {
        "callback_url": url, "callback_method": "POST",
        "status_callback_url": url, "status_callback_method": "POST",
    } });
    let sid = encode_segment(&sid);
    let to = format!("{}/v2/Channels/Senders/{sid}", base(account, MESSAGING));
    let body = body.to_string().into_bytes();
    let request = Request::post_json("twilio.update_sender", to, body, SUBMIT_TIMEOUT);
    Progress::Call { step: step.next(), request: authorized(account, request) }
}

fn templates(body: &Value) -> Vec<TemplateInfo> {
    let listed = body["contents"].as_array().into_iter().flatten().take(PAGE_SIZE);
    let template = |one: &Value| {
        let id = text(&one["sid"])?;
        let state = code::word(&one["approval_requests"]["status"]).to_owned();
        let types = one["types"].as_object().into_iter().flatten();
        let words = types.filter_map(|(_, content)| text(&content["body"])).next();
        Some(TemplateInfo {
            id,
            name: text(&one["friendly_name"]).unwrap_or_default(),
            language: text(&one["language"]).unwrap_or_default(),
            text: words.unwrap_or_default(),
            is_approved: state == "approved",
            state,
        })
    };
    listed.filter_map(template).collect()
}

fn failed(blame: Blame, reason: Reason, detail: &str) -> Progress {
    let failure = Failure { blame, reason, detail: detail.to_owned() };
    Progress::Done(Finding::Failed(failure))
}
