//! An account that is a cascade: Wappi tries its profiles one after the other. Sends go by the
//! number; webhooks come from the profiles, each of which is subscribed.

use super::{Cant, answer, base, chore, get, is_success, json, post, text, url_of};
use serde_json::{Value, json as value};
use vestnik_model::{account::Account, content::Content, messenger::Messenger, outcome::Blame};
use vestnik_provider::{
    chore::{Chore, Finding, Progress, Subscription},
    port::{AccountState, Step, Submission, To},
    wire::{Reply, Request, encode_segment},
};

/// Most profiles of a cascade that are looked at.
const STAGES_MAX: usize = 10;
/// What a cascade's webhooks tell of beside: it ties its task to a message.
const MORE: [&str; 1] = ["outgoing_message_api"];
/// The steps that go from profile to profile; the note names those that are left.
const STATUS: u8 = 1;
const SET_URL: u8 = 2;
const SET_TYPES: u8 = 3;

/// `POST /csender/cascade/send`.
pub(super) fn send(account: &Account, submission: &Submission<'_>) -> Result<Request, Cant> {
    let phone = match submission.to {
        To::Phone(phone) => phone.to_string(),
        // A chat of WhatsApp is a number with a tail.
        To::Person(id) => match id.strip_suffix("@c.us") {
            Some(number) => number.to_owned(),
            None => return Err((Blame::Content, "a cascade wants a number")),
        },
        To::Group(_) => return Err((Blame::Content, "a cascade knows no groups")),
    };
    let mut body = value!({ "recipient": phone, "cascade_id": account.setting("cascade_id") });
    match (submission.content, submission.file) {
        // Which messenger it will be is not known: marks of one would be read in another.
        (content @ (Content::Text(_) | Content::Marked(_)), _) => {
            body["body"] = value!(content.as_text());
        }
        (Content::File(file), Some(payload)) if !payload.url.is_empty() => {
            body["url"] = value!(payload.url);
            body["caption"] = value!(file.caption);
            body["file_name"] = value!(payload.name);
        }
        (Content::File(_), _) => return Err((Blame::Content, "a cascade wants a file's address")),
        (Content::Choice { .. }, _) => return Err((Blame::Content, "buttons can't be sent here")),
        (Content::Template(_), _) => return Err((Blame::Content, "templates can't be sent here")),
    }
    let url = format!("{}/csender/cascade/send", base(account));
    Ok(post("wappi.cascade_send", url, &body, account))
}

pub(super) fn begin(account: &Account, chore: &Chore<'_>) -> Progress {
    let request = match *chore {
        Chore::Check | Chore::Settings | Chore::Subscription | Chore::Subscribe { .. } => {
            let id = encode_segment(account.setting("cascade_id"));
            let url = format!("{}/csender/cascade/get?cascade_id={id}", base(account));
            get("wappi.cascade", url, account)
        }
        // Which profile a message came to is not known here: a link has to do.
        Chore::Fetch { locator } => return chore::fetch(account, locator),
        Chore::Qr
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
        return chore::proceed(account, chore, step, reply);
    }
    let detail = answer::detail(account, reply);
    let body = json(&reply.body)
        .filter(|body| body.is_object() && is_success(reply) && body["status"] != "error");
    let is_first = step.number == 0;
    if let Chore::Check = chore {
        return Progress::Done(Finding::State(state(reply, body.as_ref(), detail)));
    }
    let Some(body) = body else { return Progress::Done(chore::trouble(reply, detail)) };
    match *chore {
        Chore::Settings => Progress::Done(Finding::Settings(settings(&body))),
        Chore::Subscription if is_first => walk(account, STATUS, &stages(&body), ""),
        Chore::Subscription => match chore::subscription(&body, &MORE) {
            // As long as all is well, the next one is asked.
            Subscription::To(_) if step.note.contains(',') => {
                let rest = step.note.split_once(',').map_or("", |(_, rest)| rest);
                walk(account, STATUS, rest, "")
            }
            found @ (Subscription::None | Subscription::To(_) | Subscription::Partial { .. }) => {
                Progress::Done(Finding::Subscription(found))
            }
        },
        Chore::Subscribe { url } if is_first => walk(account, SET_URL, &stages(&body), url),
        Chore::Subscribe { url } if step.number == SET_URL => {
            walk(account, SET_TYPES, &step.note, url)
        }
        Chore::Subscribe { url } => match step.note.split_once(',') {
            Some((_, rest)) => walk(account, SET_URL, rest, url),
            None => Progress::Done(Finding::Done),
        },
        Chore::Check
        | Chore::Fetch { .. }
        | Chore::Qr
        | Chore::Change { .. }
        | Chore::Queue
        | Chore::ClearQueue
        | Chore::Restart
        | Chore::Logout
        | Chore::Exists { .. }
        | Chore::Templates
        | Chore::MarkRead { .. }
        | Chore::Delivery { .. } => Progress::Done(Finding::Unsupported),
    }
}

/// The call for the first profile of a list `prefix/profile,prefix/profile`.
fn walk(account: &Account, number: u8, list: &str, ours: &str) -> Progress {
    let first = list.split(',').next().unwrap_or_default();
    let Some((prefix, profile)) = first.split_once('/') else {
        return Progress::Done(Finding::Subscription(Subscription::None));
    };
    let request = match number {
        SET_URL => chore::set_url(account, prefix, profile, ours),
        SET_TYPES => chore::set_types(account, prefix, profile, &MORE),
        _ => get("wappi.status", url_of(account, prefix, profile, "sync/get/status"), account),
    };
    Progress::Call { step: Step::new(number).with(list), request }
}

/// The profiles of a cascade as a list; others (SMS) have no webhooks.
fn stages(body: &Value) -> String {
    let order = body["cascade"]["order"].as_array().into_iter().flatten();
    let stage = |stage: &Value| {
        let prefix = match stage["platform"].as_str()? {
            "wz" | "wa" => "api",
            "tg" => "tapi",
            "max" => "maxapi",
            "vk" => "vkapi",
            _ => return None,
        };
        let profile = text(&stage["profile_uuid"])?;
        let is_plain = profile.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        is_plain.then(|| format!("{prefix}/{profile}"))
    };
    order.filter_map(stage).take(STAGES_MAX).collect::<Vec<_>>().join(",")
}

fn state(reply: &Reply, body: Option<&Value>, detail: String) -> AccountState {
    match (reply.status, body) {
        (200..=299, Some(body)) => match body["cascade"]["order"].as_array().map(Vec::len) {
            Some(1..) => AccountState::Ready,
            Some(0) => AccountState::Broken { detail: "the cascade is empty".to_owned() },
            None => AccountState::Waiting { detail: "the answer is not understood".to_owned() },
        },
        (429 | 500..=599, _) => AccountState::Waiting { detail },
        _ => AccountState::Broken { detail },
    }
}

fn settings(body: &Value) -> Vec<(String, String)> {
    let cascade = &body["cascade"];
    let mut shown: Vec<(String, String)> = ["cascade_id", "name", "description"]
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), text(&cascade[*name])?)))
        .collect();
    shown.push(("order".to_owned(), told(body)));
    shown
}

/// The stages as people read them, first to last.
fn told(body: &Value) -> String {
    let order = body["cascade"]["order"].as_array().into_iter().flatten();
    let stage = |stage: &Value| {
        let platform = text(&stage["platform"]).unwrap_or_default();
        let name = match platform.as_str() {
            "wz" | "wa" => Messenger::Whatsapp.name(),
            "tg" => Messenger::Telegram.name(),
            "max" => Messenger::Max.name(),
            "vk" => Messenger::Vk.name(),
            other => other,
        };
        let profile = text(&stage["profile_uuid"]).unwrap_or_default();
        format!("{name} {profile}").trim().to_owned()
    };
    order.map(stage).take(STAGES_MAX).collect::<Vec<_>>().join(", ")
}
