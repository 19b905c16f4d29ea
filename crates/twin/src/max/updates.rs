//! Events: to subscriptions, or by asking while there are none.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    Answer, Desk,
    bot::{Bot, Subscription},
    refusal::Refusal,
};
use crate::{
    limits,
    persona::Told,
    stage::Stage,
    webhook::{Hook, Order, Policy, Receiver, Word},
    wire::Behaviour,
};

/// Events kept for asking.
const EVENTS_MAX: usize = 1_000;
const WAIT_S_MAX: i64 = 90;
const WAIT_S: i64 = 30;
/// Without a success for so long a subscription is dropped.
const SILENCE_MS_MAX: i64 = 8 * 3_600_000;

/// Only 200 counts. Ten repetitions, the first after a minute, each pause 2.5 times the one
/// before. Nothing is promised about the order.
pub(super) const POLICY: Policy = Policy {
    order: Order::Free,
    at_once: 10,
    accepts: |answer| answer.status == 200,
    pause_ms: |attempt, _, _| {
        // 60 s times (5/2)^(n-1), in whole milliseconds.
        (1..attempt.min(20)).fold(60_000_i64, |pause, _| pause.saturating_mul(5) / 2)
    },
    attempts_max: 11,
    keep_ms: 48 * 3_600_000,
    retry_header: None,
};

/// Tells of an event.
pub(super) fn push(stage: &mut Stage, bot: &mut Bot, kind: &str, mut event: Value) -> Told {
    event["update_type"] = json!(kind);
    event["timestamp"] = json!(stage.clock.now_ms());
    if bot.subscriptions.is_empty() {
        let marker = stage.serial(&format!("max/events/{}", bot.key.account));
        bot.events.push_back((marker, event));
        if bot.events.len() > EVENTS_MAX {
            bot.events.pop_front();
        }
        stage.touch();
        return Told::Yes;
    }
    let mut told = Told::No;
    for (id, subscription) in &bot.subscriptions {
        if subscription.types.is_empty() || subscription.types.contains(kind) {
            stage.push(&bot.queue(*id), Hook::new(event.to_string().into_bytes()));
            told = Told::Yes;
        }
    }
    told
}

/// `GET /subscriptions`.
pub(super) fn list(desk: &mut Desk<'_>) -> Answer {
    let subscriptions = desk.bot.subscriptions.values().map(|subscription| {
        json!({
            "url": subscription.url, "time": subscription.time,
            "update_types": subscription.types,
        })
    });
    Ok(json!({ "subscriptions": subscriptions.collect::<Vec<Value>>() }))
}

/// `POST /subscriptions`. What is wrong with it is told with status 200.
pub(super) fn subscribe(desk: &mut Desk<'_>) -> Answer {
    let body = desk.body()?;
    let Some(url) = body["url"].as_str() else {
        return Err(Refusal::payload("Field 'url' cannot be null"));
    };
    let secret = body["secret"].as_str().unwrap_or("");
    let names = body["update_types"].as_array().into_iter().flatten();
    let types: BTreeSet<String> =
        names.filter_map(|name| Some(name.as_str()?.to_owned())).collect();
    let failed = |text: &str| Ok(json!({ "success": false, "message": text }));
    if !is_allowed(url) {
        return failed("Invalid webhook URL: only https on port 443 is allowed");
    }
    let is_secret = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if !secret.is_empty() && (!(5..=256).contains(&secret.len()) || !secret.chars().all(is_secret))
    {
        return failed("Invalid secret");
    }
    let same = desk.bot.subscriptions.iter().find(|(_, known)| known.url == url);
    let same = same.map(|(id, _)| *id);
    if same.is_none() && desk.bot.subscriptions.len() >= limits::RECEIVERS_MAX {
        return failed("Too many subscriptions");
    }
    let id = same.unwrap_or_else(|| {
        desk.bot.last_subscription += 1;
        desk.bot.last_subscription
    });
    let subscription = Subscription {
        url: url.to_owned(),
        secret: secret.to_owned(),
        types,
        time: desk.stage.clock.now_ms(),
        last_success: desk.stage.clock.tick(),
    };
    let mut receiver = Receiver::json(url);
    if !secret.is_empty() {
        receiver = receiver.with_header("x-max-bot-api-secret", secret);
    }
    let queue = desk.bot.queue(id);
    desk.bot.subscriptions.insert(id, subscription);
    desk.stage.webhooks.open(queue.clone(), POLICY);
    desk.stage.aim(&queue, Some(receiver));
    Ok(json!({ "success": true }))
}

/// HTTPS without a port; on this machine anything goes.
fn is_allowed(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let place = rest.split(['/', '?', '#']).next().unwrap_or("");
    let host = place.rsplit_once(':').map_or(place, |(host, _)| host);
    if ["127.0.0.1", "localhost", "[::1]"].contains(&host) {
        return scheme == "http" || scheme == "https";
    }
    scheme == "https" && place.contains('.') && !place.contains(':')
}

/// `DELETE /subscriptions`.
pub(super) fn unsubscribe(desk: &mut Desk<'_>) -> Answer {
    let url = desk.target.get("url").unwrap_or("");
    let same = desk.bot.subscriptions.iter().find(|(_, known)| known.url == url);
    let Some(id) = same.map(|(id, _)| *id) else {
        return Ok(json!({ "success": false, "message": "Subscription not found" }));
    };
    remove(desk.stage, desk.bot, id);
    Ok(json!({ "success": true }))
}

fn remove(stage: &mut Stage, bot: &mut Bot, id: u64) {
    stage.webhooks.close(&bot.queue(id));
    bot.subscriptions.remove(&id);
}

/// Hears how an event was taken.
pub(super) fn heard(stage: &mut Stage, bot: &mut Bot, word: &Word) {
    let id = word.key.account.rsplit('#').next().and_then(|id| id.parse().ok()).unwrap_or(0);
    let now = stage.clock.tick();
    let Some(subscription) = bot.subscriptions.get_mut(&id) else { return };
    if word.is_taken {
        subscription.last_success = now;
    } else if now >= subscription.last_success.plus(SILENCE_MS_MAX) {
        remove(stage, bot, id);
    }
}

/// `GET /updates`: for development, while there are no subscriptions.
pub(super) fn get(desk: &mut Desk<'_>) -> Answer {
    if !desk.bot.subscriptions.is_empty() {
        return Err(Refusal::of_status(405));
    }
    let number = |name: &str| desk.target.get(name).and_then(|text| text.parse::<i64>().ok());
    let limit = usize::try_from(number("limit").unwrap_or(100).clamp(1, 1_000)).unwrap_or(100);
    let marker = number("marker").unwrap_or(0);
    let types: Vec<&str> = desk
        .target
        .get("types")
        .map_or(Vec::new(), |types| types.split(',').filter(|kind| !kind.is_empty()).collect());
    let fresh = desk.bot.events.iter().filter(|(number, _)| *number > marker);
    let fresh = fresh.filter(|(_, event)| {
        types.is_empty() || event["update_type"].as_str().is_some_and(|kind| types.contains(&kind))
    });
    let found: Vec<&(i64, Value)> = fresh.take(limit).collect();
    let last = found.last().map_or(marker, |(number, _)| *number);
    let updates: Vec<&Value> = found.iter().map(|(_, event)| event).collect();
    let wait_s = number("timeout").unwrap_or(WAIT_S).clamp(0, WAIT_S_MAX);
    if updates.is_empty() && wait_s > 0 {
        let until_ms = desk.stage.clock.when(desk.stage.clock.tick().plus(wait_s * 1_000));
        desk.poll = Some(Behaviour::Poll { until_ms });
    }
    let marker = if last == 0 { Value::Null } else { json!(last) };
    Ok(json!({ "updates": updates, "marker": marker }))
}
