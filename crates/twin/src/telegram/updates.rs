//! Updates: by webhook or by asking.

use serde_json::{Map, Value, json};

use super::{
    Answer, Desk,
    bot::{Bot, Hook},
    params::Params,
    refusal::Refusal,
};
use crate::{
    stage::Stage,
    webhook::{HookAnswer, Order, Policy, Receiver, Word},
    wire::Behaviour,
};

/// Not sent unless they were asked for.
const ON_DEMAND: [&str; 3] = ["chat_member", "message_reaction", "message_reaction_count"];
const SECRET_CHARS_MAX: usize = 256;
const CONNECTIONS: i64 = 40;
const WAIT_S_MAX: i64 = 50;
/// 410 for so long closes the webhook.
const GONE_MS: i64 = 23 * 3_600_000;
const RETRY_AFTER_S_MAX: i64 = 3_600;
/// The server draws a cap between one and two minutes; here it is always the same.
const PAUSE_MS_MAX: i64 = 90_000;

/// Any success counts. First again at once, then after 2, 4, 8… seconds, or when the receiver
/// says. Each is kept for a day. What belongs to one chat keeps its order.
pub(super) const POLICY: Policy = Policy {
    order: Order::ByLane,
    at_once: 40,
    accepts: HookAnswer::is_success,
    pause_ms,
    attempts_max: u32::MAX,
    keep_ms: 24 * 3_600_000,
    retry_header: None,
};

fn pause_ms(attempt: u32, answer: Option<&HookAnswer>, _: i64) -> i64 {
    let told = answer.and_then(|answer| answer.header("retry-after")?.trim().parse::<i64>().ok());
    match (told, attempt) {
        (Some(seconds), _) => seconds.clamp(0, RETRY_AFTER_S_MAX) * 1_000,
        (None, 0 | 1) => 0,
        (None, attempt) => (1_000 << (attempt - 1).min(20)).min(PAUSE_MS_MAX),
    }
}

/// Puts an update into the queue, if the bot wants that kind. Says whether it does.
pub(super) fn push(stage: &mut Stage, bot: &Bot, lane: &str, kind: &str, content: &Value) -> bool {
    let is_wanted = match bot.allowed.is_empty() {
        true => !ON_DEMAND.contains(&kind),
        false => bot.allowed.iter().any(|allowed| allowed == kind),
    };
    if is_wanted {
        let id = stage.serial(&format!("telegram/updates/{}", bot.key.account));
        let body = json!({ "update_id": id, kind: content }).to_string().into_bytes();
        let hook =
            crate::webhook::Hook { lane: lane.to_owned(), ..crate::webhook::Hook::new(body) };
        stage.push(&bot.key, hook);
    }
    is_wanted
}

/// `setWebhook`. Answers with the description too.
pub(super) fn set_webhook(desk: &mut Desk<'_>, params: &Params) -> Result<&'static str, Refusal> {
    let url = params.text("url");
    if url.is_empty() {
        return delete_webhook(desk, params);
    }
    check_url(&url)?;
    let secret = params.text("secret_token");
    let is_secret = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if secret.chars().count() > SECRET_CHARS_MAX {
        return Err(Refusal::bad("secret token is too long"));
    }
    if !secret.chars().all(is_secret) {
        return Err(Refusal::bad("secret token contains unallowed characters"));
    }
    set_allowed(desk.bot, params)?;
    drop_pending(desk, params);
    let connections = params.int("max_connections").unwrap_or(CONNECTIONS).clamp(1, 100);
    let hook = Hook {
        url,
        secret,
        max_connections: usize::try_from(connections).unwrap_or(1),
        last_error: None,
        gone_since: None,
    };
    let is_same = hook.url == desk.bot.hook.url && hook.secret == desk.bot.hook.secret;
    desk.bot.hook = hook;
    aim(desk.stage, desk.bot);
    Ok(if is_same { "Webhook is already set" } else { "Webhook was set" })
}

/// HTTPS and four ports; on this machine anything goes, as with a server of one's own.
fn check_url(url: &str) -> Result<(), Refusal> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let place = rest.split(['/', '?', '#']).next().unwrap_or("");
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) => (host, port),
        None => (place, "443"),
    };
    if ["127.0.0.1", "localhost", "[::1]"].contains(&host) && scheme.starts_with("http") {
        return Ok(());
    }
    if scheme != "https" {
        let text = "bad webhook: An HTTPS URL must be provided for webhook";
        return Err(Refusal::bad(text));
    }
    if !["443", "80", "88", "8443"].contains(&port) {
        let text = "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443";
        return Err(Refusal::bad(text));
    }
    match host.contains('.') {
        true => Ok(()),
        false => {
            Err(Refusal::bad("bad webhook: Failed to resolve host: Name or service not known"))
        }
    }
}

fn set_allowed(bot: &mut Bot, params: &Params) -> Result<(), Refusal> {
    if !params.has("allowed_updates") {
        return Ok(());
    }
    let allowed = params.nested("allowed_updates", "allowed updates")?;
    let names = allowed.as_array().into_iter().flatten();
    bot.allowed = names.filter_map(|name| Some(name.as_str()?.to_owned())).collect();
    Ok(())
}

fn drop_pending(desk: &mut Desk<'_>, params: &Params) {
    if params.flag("drop_pending_updates") {
        desk.stage.webhooks.clear(&desk.bot.key);
    }
}

/// `deleteWebhook`.
pub(super) fn delete_webhook(
    desk: &mut Desk<'_>,
    params: &Params,
) -> Result<&'static str, Refusal> {
    drop_pending(desk, params);
    let had = !desk.bot.hook.url.is_empty();
    desk.bot.hook = Hook::default();
    aim(desk.stage, desk.bot);
    Ok(if had { "Webhook was deleted" } else { "Webhook is already deleted" })
}

fn aim(stage: &mut Stage, bot: &Bot) {
    let hook = &bot.hook;
    let mut receiver = Receiver::json(&hook.url);
    if !hook.secret.is_empty() {
        receiver = receiver.with_header("x-telegram-bot-api-secret-token", &hook.secret);
    }
    stage.webhooks.set_at_once(&bot.key, hook.max_connections);
    stage.aim(&bot.key, (!hook.url.is_empty()).then_some(receiver));
}

/// `getWebhookInfo`.
pub(super) fn webhook_info(desk: &mut Desk<'_>, _: &Params) -> Answer {
    let hook = &desk.bot.hook;
    let mut info = json!({
        "url": hook.url, "has_custom_certificate": false,
        "pending_update_count": desk.stage.webhooks.len(&desk.bot.key),
    });
    if let Some((at, text)) = &hook.last_error {
        info["last_error_date"] = json!(at);
        info["last_error_message"] = json!(text);
    }
    if !hook.url.is_empty() {
        info["max_connections"] = json!(hook.max_connections);
        info["ip_address"] = json!("127.0.0.1");
    }
    if !desk.bot.allowed.is_empty() {
        info["allowed_updates"] = json!(desk.bot.allowed);
    }
    Ok(info)
}

/// Hears how posting an update went. What the answer asks for as a call is returned.
pub(super) fn heard(stage: &mut Stage, bot: &mut Bot, word: &Word) -> Option<Map<String, Value>> {
    let status = word.answer.as_ref().map(|answer| answer.status);
    if status == Some(410) {
        let now = stage.clock.tick();
        let since = *bot.hook.gone_since.get_or_insert(now);
        if now >= since.plus(GONE_MS) {
            bot.hook = Hook::default();
            aim(stage, bot);
            return None;
        }
    } else {
        bot.hook.gone_since = None;
    }
    if !word.is_taken {
        let text = match status {
            None => "Connection refused".to_owned(),
            Some(status) => {
                let reason = http::StatusCode::from_u16(status).ok();
                let reason = reason.and_then(|status| status.canonical_reason()).unwrap_or("");
                format!("Wrong response from the webhook: {status} {reason}")
            }
        };
        bot.hook.last_error = Some((stage.clock.now_s(), text));
        return None;
    }
    match serde_json::from_slice(&word.answer.as_ref()?.body) {
        Ok(Value::Object(call)) if call.contains_key("method") => Some(call),
        _ => None,
    }
}

/// `getUpdates`.
pub(super) fn get(desk: &mut Desk<'_>, params: &Params) -> Answer {
    if !desk.bot.hook.url.is_empty() {
        return Err(Refusal::of_status(409));
    }
    set_allowed(desk.bot, params)?;
    let offset = params.int("offset").unwrap_or(0);
    let limit = usize::try_from(params.int("limit").unwrap_or(100).clamp(1, 100)).unwrap_or(100);
    let now = desk.stage.clock.tick();
    let waiting = desk.stage.webhooks.waiting(&desk.bot.key, now);
    let parsed = waiting.filter_map(|(receipt, body)| {
        let update: Value = serde_json::from_slice(body).ok()?;
        Some((receipt, update))
    });
    // A negative offset keeps that many of the newest.
    let all: Vec<(u64, Value)> = match offset {
        ..0 => parsed.collect(),
        _ => parsed.take(limit + 10_000).collect(),
    };
    let kept = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
    let newest = all.len().saturating_sub(kept);
    let mut updates = Vec::new();
    for (place, (receipt, update)) in all.into_iter().enumerate() {
        let is_confirmed = match offset {
            ..0 => place < newest,
            _ => update["update_id"].as_i64().is_some_and(|id| id < offset),
        };
        if is_confirmed {
            desk.stage.webhooks.remove(&desk.bot.key, receipt);
        } else if updates.len() < limit {
            updates.push(update);
        }
    }
    let wait_s = params.int("timeout").unwrap_or(0).clamp(0, WAIT_S_MAX);
    if updates.is_empty() && wait_s > 0 {
        let until_ms = desk.stage.clock.when(now.plus(wait_s * 1_000));
        desk.poll = Some(Behaviour::Poll { until_ms });
    }
    Ok(Value::Array(updates))
}
