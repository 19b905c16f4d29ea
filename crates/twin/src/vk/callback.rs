//! Events: to Callback servers and for long polling; and the calls that set servers up.

use serde_json::{Value, json};

use super::{
    Answer, Desk, NAME,
    community::{Community, Server, ServerStatus},
    message,
    refusal::Refusal,
};
use crate::{
    bubble::{Bubble, Direction},
    identity::Realm,
    limits,
    persona::Told,
    stage::Stage,
    webhook::{Hook, HookAnswer, Order, Policy, Receiver, Word},
    wire::{Behaviour, Outgoing, WireRequest, WireResponse},
};

/// The version that events are worded in unless a server asks for another.
const VERSION: &str = "5.199";
const TITLE_CHARS_MAX: usize = 14;
const SECRET_CHARS_MAX: usize = 50;
const EVENTS: [&str; 8] = [
    "message_new",
    "message_reply",
    "message_edit",
    "message_allow",
    "message_deny",
    "message_read",
    "message_event",
    "message_reaction_event",
];
/// Events kept for long polling.
const POLL_EVENTS_MAX: usize = 1_000;
const POLL_WAIT_S_MAX: i64 = 25;
const RETRY_AFTER_MS_MAX: i64 = 3 * 3_600_000;

/// Status 200 and the body `ok`. Events go side by side. Spacing and number of repetitions are
/// not published: here seven tries within an hour, then the server counts as failed.
pub(super) const POLICY: Policy = Policy {
    order: Order::Free,
    at_once: 5,
    accepts: |answer| answer.status == 200 && answer.body == b"ok",
    pause_ms,
    attempts_max: 7,
    keep_ms: 24 * 3_600_000,
    retry_header: Some("x-retry-counter"),
};

fn pause_ms(attempt: u32, answer: Option<&HookAnswer>, now_ms: i64) -> i64 {
    let slow = answer.filter(|answer| matches!(answer.status, 410 | 429 | 503));
    if let Some(at_ms) = slow.and_then(|answer| date_ms(answer.header("retry-after")?)) {
        return (at_ms - now_ms).clamp(0, RETRY_AFTER_MS_MAX);
    }
    let seconds = [10, 30, 60, 300, 900, 1_800];
    let place = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
    seconds.get(place).copied().unwrap_or(1_800) * 1_000
}

/// Milliseconds of a date such as `Sun, 06 Nov 1994 08:49:37 GMT`.
fn date_ms(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = text.split_once(',')?.1.split_whitespace();
    let day: i64 = words.next()?.parse().ok().filter(|day| (1..=31).contains(day))?;
    let month = words.next()?;
    let month = MONTHS.iter().position(|name| *name == month)?;
    let year: i64 = words.next()?.parse().ok().filter(|year| (1970..=9999).contains(year))?;
    let mut time = words.next()?.split(':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    // Days since 1970, with years that begin in March.
    let month = i64::try_from(month).ok()? + 1;
    let shifted = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let era = shifted.div_euclid(400);
    let of_era = shifted - era * 400;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000)
}

/// Tells of an event.
pub(super) fn push(
    stage: &mut Stage,
    community: &mut Community,
    kind: &str,
    object: &Value,
) -> Told {
    let mut event = json!({
        "type": kind, "event_id": stage.random.hex(40).to_ascii_lowercase(), "v": VERSION,
        "group_id": community.id(), "object": object,
    });
    let number = stage.serial(&format!("vk/events/{}", community.key.account));
    community.events.push_back((number, event.clone()));
    if community.events.len() > POLL_EVENTS_MAX {
        community.events.pop_front();
    }
    stage.touch();
    let mut told = Told::No;
    let is_receipt = kind == "message_read";
    for (id, server) in &community.servers {
        if !server.events.contains(kind) {
            continue;
        }
        told = Told::Yes;
        event["v"] = json!(server.version);
        if !server.secret.is_empty() {
            event["secret"] = json!(server.secret);
        }
        let hook = Hook::new(event.to_string().into_bytes());
        if is_receipt {
            stage.push_receipt_hook(&community.queue(*id), hook);
        } else {
            stage.push(&community.queue(*id), hook);
        }
    }
    told
}

/// `message_reply`: also of what came through the API.
pub(super) fn reply(stage: &mut Stage, community: &mut Community, seq: u64) {
    let object = message::message(stage, community, seq);
    push(stage, community, "message_reply", &object);
}

/// `message_edit`.
pub(super) fn edited(stage: &mut Stage, community: &mut Community, seq: u64) -> Told {
    let object = message::message(stage, community, seq);
    push(stage, community, "message_edit", &object)
}

/// `message_read`: everything up to that message is read. In group chats nobody tells.
pub(super) fn read(stage: &mut Stage, community: &mut Community, bubble: &Bubble) {
    if bubble.direction != Direction::In || bubble.group.is_some() {
        return;
    }
    let user = stage.identities.id(Realm::VkUser, &bubble.phone);
    let object = json!({
        "from_id": user, "peer_id": user, "read_message_id": message::message_id(bubble),
        "conversation_message_id": message::cmid(bubble),
    });
    push(stage, community, "message_read", &object);
}

/// Points a server's queue to it, once it is confirmed.
fn aim(stage: &mut Stage, community: &Community, id: u64) {
    let server = community.servers.get(&id).filter(|server| server.status == ServerStatus::Ok);
    stage.aim(&community.queue(id), server.map(|server| Receiver::json(&server.url)));
}

/// Adds a server and asks it to confirm.
pub(super) fn add(stage: &mut Stage, community: &mut Community, server: Server) -> u64 {
    community.last_server += 1;
    let id = community.last_server;
    community.servers.insert(id, server);
    stage.webhooks.open(community.queue(id), POLICY);
    confirm(stage, community, id);
    id
}

/// Removes a server and what waits for it.
pub(super) fn remove(stage: &mut Stage, community: &mut Community, id: u64) -> bool {
    stage.webhooks.close(&community.queue(id));
    community.servers.remove(&id).is_some()
}

fn confirm(stage: &mut Stage, community: &mut Community, id: u64) {
    let group = community.id();
    let Some(server) = community.servers.get_mut(&id) else { return };
    server.status = ServerStatus::Wait;
    let mut body = json!({
        "type": "confirmation", "event_id": stage.random.hex(40).to_ascii_lowercase(),
        "v": server.version, "group_id": group,
    });
    if !server.secret.is_empty() {
        body["secret"] = json!(server.secret);
    }
    let receiver = Receiver::json(&server.url);
    let outgoing = Outgoing {
        id: 0,
        method: receiver.method.to_owned(),
        url: receiver.url,
        headers: receiver.headers,
        body: body.to_string().into_bytes(),
    };
    stage.call(0, &community.key.clone(), id, outgoing);
    aim(stage, community, id);
}

/// Hears a confirmation, or how an event was taken.
pub(super) fn heard(stage: &mut Stage, community: &mut Community, word: &Word) {
    if let Some(id) = word.tag {
        let is_right = word.answer.as_ref().is_some_and(|answer| {
            answer.status == 200 && answer.body == community.confirmation.as_bytes()
        });
        if let Some(server) = community.servers.get_mut(&id) {
            server.status = if is_right { ServerStatus::Ok } else { ServerStatus::Failed };
        }
        return aim(stage, community, id);
    }
    let id = word.key.account.rsplit('#').next().and_then(|id| id.parse().ok()).unwrap_or(0);
    if word.answer.as_ref().is_some_and(|answer| answer.status == 200 && answer.body == b"remove") {
        remove(stage, community, id);
    } else if word.is_dropped && word.attempts > 0 {
        if let Some(server) = community.servers.get_mut(&id) {
            server.status = ServerStatus::Failed;
        }
        aim(stage, community, id);
    }
}

fn own_group(desk: &Desk<'_>) -> Result<(), Refusal> {
    match desk.params.required("group_id")? == desk.community.id() {
        true => Ok(()),
        false => Err(Refusal::new(125)),
    }
}

/// `groups.getCallbackConfirmationCode`.
pub(super) fn code(desk: &mut Desk<'_>) -> Answer {
    own_group(desk)?;
    Ok(json!({ "code": desk.community.confirmation }))
}

/// `groups.getCallbackServers`.
pub(super) fn list(desk: &mut Desk<'_>) -> Answer {
    own_group(desk)?;
    let items = desk.community.servers.iter().map(|(id, server)| {
        json!({
            "id": id, "title": server.title, "creator_id": 1, "url": server.url,
            "secret_key": server.secret, "status": server.status,
        })
    });
    let items: Vec<Value> = items.collect();
    Ok(json!({ "count": items.len(), "items": items }))
}

fn read_server(desk: &Desk<'_>, before: Option<&Server>) -> Result<Server, Refusal> {
    let params = &desk.params;
    let (url, title) = (params.text("url").to_owned(), params.text("title").to_owned());
    let secret = params.text("secret_key").to_owned();
    let host = url.split_once("://").filter(|(scheme, _)| scheme.starts_with("http"));
    if host.is_none_or(|(_, rest)| rest.is_empty()) {
        return Err(Refusal::param("url is undefined"));
    }
    if title.is_empty() || title.chars().count() > TITLE_CHARS_MAX {
        return Err(Refusal::param("title is invalid"));
    }
    if secret.chars().count() > SECRET_CHARS_MAX {
        return Err(Refusal::param("secret_key is invalid"));
    }
    let events = before.map(|server| server.events.clone()).unwrap_or_default();
    let version = before.map_or_else(|| VERSION.to_owned(), |server| server.version.clone());
    Ok(Server { url, title, secret, status: ServerStatus::Wait, events, version })
}

/// `groups.addCallbackServer`. It wants no events until `setCallbackSettings`.
pub(super) fn add_server(desk: &mut Desk<'_>) -> Answer {
    own_group(desk)?;
    if desk.community.servers.len() >= limits::RECEIVERS_MAX {
        return Err(Refusal::new(2000));
    }
    let server = read_server(desk, None)?;
    Ok(json!({ "server_id": add(desk.stage, desk.community, server) }))
}

fn server_id(desk: &Desk<'_>) -> Result<u64, Refusal> {
    own_group(desk)?;
    let id = u64::try_from(desk.params.required("server_id")?).unwrap_or(0);
    match desk.community.servers.contains_key(&id) {
        true => Ok(id),
        false => Err(Refusal { code: 100, text: "Server not found".to_owned() }),
    }
}

/// `groups.editCallbackServer`.
pub(super) fn edit_server(desk: &mut Desk<'_>) -> Answer {
    let id = server_id(desk)?;
    let server = read_server(desk, desk.community.servers.get(&id))?;
    desk.community.servers.insert(id, server);
    confirm(desk.stage, desk.community, id);
    Ok(json!(1))
}

/// `groups.deleteCallbackServer`.
pub(super) fn delete_server(desk: &mut Desk<'_>) -> Answer {
    let id = server_id(desk)?;
    remove(desk.stage, desk.community, id);
    Ok(json!(1))
}

/// `groups.setCallbackSettings`.
pub(super) fn settings(desk: &mut Desk<'_>) -> Answer {
    let id = server_id(desk)?;
    let params = &desk.params;
    let Some(server) = desk.community.servers.get_mut(&id) else { return Ok(json!(1)) };
    for kind in EVENTS {
        match params.text(kind) {
            "1" => _ = server.events.insert(kind.to_owned()),
            "0" => _ = server.events.remove(kind),
            _ => {}
        }
    }
    if params.has("api_version") {
        params.text("api_version").clone_into(&mut server.version);
    }
    Ok(json!(1))
}

/// A server as the control door sets it: confirmed like any other, for all events.
pub(super) fn of_control(url: &str, secret: &str) -> Server {
    Server {
        url: url.to_owned(),
        title: "twin".to_owned(),
        secret: secret.to_owned(),
        status: ServerStatus::Wait,
        events: EVENTS.iter().map(|kind| (*kind).to_owned()).collect(),
        version: VERSION.to_owned(),
    }
}

/// `groups.getLongPollServer`.
pub(super) fn poll_server(desk: &mut Desk<'_>) -> Answer {
    own_group(desk)?;
    let ts = desk.community.events.back().map_or(0, |(number, _)| *number);
    let account = &desk.community.key.account;
    Ok(json!({
        "key": poll_key(desk.community), "server": format!("{}/{NAME}/poll/{account}", desk.stage.public_url),
        "ts": ts.to_string(),
    }))
}

fn poll_key(community: &Community) -> String {
    format!("poll{}", community.id())
}

/// `?act=a_check`: events after `ts`; a stranger's key is `failed` 2, a `ts` of another time 1.
pub(super) fn poll(stage: &Stage, community: &Community, request: &WireRequest) -> WireResponse {
    let target = request.target();
    if target.get("key") != Some(&poll_key(community)) {
        return WireResponse::json(200, &json!({ "failed": 2 }));
    }
    let last = community.events.back().map_or(0, |(number, _)| *number);
    let ts = target.get("ts").and_then(|ts| ts.parse().ok()).unwrap_or(0);
    let first = community.events.front().map_or(0, |(number, _)| *number);
    if ts > last || ts + 1 < first {
        return WireResponse::json(200, &json!({ "failed": 1, "ts": last.to_string() }));
    }
    let fresh = community.events.iter().filter(|(number, _)| *number > ts);
    let updates: Vec<&Value> = fresh.map(|(_, event)| event).collect();
    let body = json!({ "ts": last.to_string(), "updates": updates });
    let mut answer = WireResponse::json(200, &body);
    let wait = target.get("wait").and_then(|wait| wait.parse().ok()).unwrap_or(0);
    let wait_s: i64 = i64::clamp(wait, 0, POLL_WAIT_S_MAX);
    if updates.is_empty() && wait_s > 0 {
        let until_ms = stage.clock.when(stage.clock.tick().plus(wait_s * 1_000));
        answer.behaviour = Behaviour::Poll { until_ms };
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read() {
        assert_eq!(date_ms("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777_000));
        assert_eq!(date_ms("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        for odd in ["", "120", "Sun, 99 Nov 1994 08:49:37 GMT", "Sun, 06 Foo 1994 1:1:1 GMT"] {
            assert_eq!(date_ms(odd), None, "{odd}");
        }
    }
}
