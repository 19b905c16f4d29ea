//! What customers do, as events.

use serde_json::{Value, json};

use super::{
    MESSENGER,
    bot::Bot,
    message::{chat_of, message, next_mid, user},
    updates,
};
use crate::{
    bubble::Status,
    content::Press,
    persona::{Reply, Start, Told},
    stage::Stage,
};

const LOCALE: &str = "ru-RU";

/// Takes what a customer writes.
pub(super) fn incoming(stage: &mut Stage, bot: &mut Bot, reply: &Reply) -> Result<String, String> {
    let chat = match &reply.group {
        Some(group) => Bot::group(stage, group),
        None => bot.dialog(stage, &reply.from),
    };
    let mid = next_mid(stage, &chat);
    let address = format!("@{}", bot.username);
    let bubble = stage.written(&bot.key, MESSENGER, &mid, &address, reply)?;
    let is_heard = !chat.is_group || is_meant(stage, bot, reply);
    let seq = stage.add_bubble(bubble);
    stage.reach(seq, Status::Delivered, "");
    if is_heard && !(chat.is_group && bot.removed.contains(&chat.name)) {
        announce(stage, bot, seq, "message_created");
    }
    Ok(mid)
}

/// In a group a bot that is no administrator hears mentions, commands and answers to it.
fn is_meant(stage: &Stage, bot: &Bot, reply: &Reply) -> bool {
    let quoted = reply.quote.as_ref().and_then(|id| stage.bubbles.find(id));
    let name = format!("@{}", bot.username);
    bot.reads_all
        || reply.text.starts_with('/')
        || reply.text.contains(&name)
        || quoted.is_some_and(|quoted| quoted.from == name)
}

/// `message_created` and `message_edited`.
pub(super) fn announce(stage: &mut Stage, bot: &mut Bot, seq: u64, kind: &str) -> Told {
    let mut event = json!({ "message": message(stage, bot, seq) });
    let is_dialog = stage.bubbles.get(seq).is_some_and(|bubble| bubble.group.is_none());
    if is_dialog && kind == "message_created" {
        event["user_locale"] = json!(LOCALE);
    }
    updates::push(stage, bot, kind, event)
}

/// `message_removed`.
pub(super) fn deleted(stage: &mut Stage, bot: &mut Bot, seq: u64) -> Told {
    let Some(bubble) = stage.bubbles.get(seq).cloned() else { return Told::No };
    let chat = chat_of(stage, bot, &bubble);
    let user = user(stage, &bubble.from);
    let event = json!({ "message_id": bubble.id, "chat_id": chat.id, "user_id": user["user_id"] });
    updates::push(stage, bot, "message_removed", event)
}

/// `bot_started`.
pub(super) fn started(stage: &mut Stage, bot: &mut Bot, start: &Start) -> Told {
    let chat = bot.dialog(stage, &start.from);
    let user = user(stage, &start.from);
    let mut event = json!({ "chat_id": chat.id, "user": user, "user_locale": LOCALE });
    if let Some(payload) = start.payload.as_ref().filter(|payload| !payload.is_empty()) {
        event["payload"] = json!(payload);
    }
    updates::push(stage, bot, "bot_started", event)
}

/// `bot_stopped`. That the block is lifted is told only by the next start.
pub(super) fn stopped(stage: &mut Stage, bot: &mut Bot, from: &str) -> Told {
    let chat = bot.dialog(stage, from);
    let event = json!({ "chat_id": chat.id, "user": user(stage, from), "user_locale": LOCALE });
    updates::push(stage, bot, "bot_stopped", event)
}

/// `message_callback`.
pub(super) fn pressed(
    stage: &mut Stage,
    bot: &mut Bot,
    seq: u64,
    from: &str,
    button: usize,
) -> Told {
    let Some(bubble) = stage.bubbles.get(seq).cloned() else { return Told::No };
    let Some(button) = bubble.buttons.get(button).filter(|b| b.press == Press::Callback) else {
        return Told::No;
    };
    let id = format!("f9LHodD0cO{}", stage.random.hex(24));
    bot.presses.insert(&id, bubble.id.clone());
    let callback: Value = json!({
        "timestamp": stage.clock.now_ms(), "callback_id": id, "payload": button.data,
        "user": user(stage, from),
    });
    let message = message(stage, bot, seq);
    let event = json!({ "callback": callback, "message": message, "user_locale": LOCALE });
    updates::push(stage, bot, "message_callback", event)
}
