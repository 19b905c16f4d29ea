//! What customers do, as updates.

use serde_json::{Value, json};

use super::{
    MESSENGER,
    bot::{Bot, Chat, digest, group_id},
    message::{bot_user, bubble_id, chat_of, message, next_id, user},
    updates,
};
use crate::{
    bubble::{Bubble, Status},
    content::Press,
    identity::Realm,
    limits,
    persona::{Reply, Start, Told},
    stage::Stage,
};

/// How long a press can be answered.
const PRESS_MS: i64 = 15 * 60_000;

fn told(is_wanted: bool) -> Told {
    if is_wanted { Told::Yes } else { Told::No }
}

fn lane(bubble: &Bubble) -> &str {
    &bubble.phone
}

/// Takes what a customer writes.
pub(super) fn incoming(stage: &mut Stage, bot: &mut Bot, reply: &Reply) -> Result<String, String> {
    if reply.file.as_ref().is_some_and(|file| stage.file_at(&file.url).is_none()) {
        return Err("a bot downloads files from its provider: put the file into /twin/files \
                    first"
            .to_owned());
    }
    let (name, is_group) = match &reply.group {
        Some(group) => (group.clone(), true),
        None => (reply.from.clone(), false),
    };
    let id = match is_group {
        true => group_id(stage, &name),
        false => stage.identities.id(Realm::TelegramUser, &name),
    };
    let chat = Chat { id, name, is_group };
    let id = bubble_id(chat.id, next_id(stage, &chat));
    let address = format!("@{}", bot.username);
    let bubble = stage.written(&bot.key, MESSENGER, &id, &address, reply)?;
    let seq = stage.add_bubble(bubble);
    stage.reach(seq, Status::Delivered, "");
    announce(stage, bot, seq, "message");
    Ok(id)
}

/// Tells of a message or of its edit; in a group only what is meant for the bot, unless its
/// privacy is off.
pub(super) fn announce(stage: &mut Stage, bot: &mut Bot, seq: u64, kind: &str) -> Told {
    let Some(bubble) = stage.bubbles.get(seq) else { return Told::No };
    if bubble.group.is_some() && bot.privacy && !is_meant(stage, bot, bubble) {
        return Told::No;
    }
    let lane = lane(bubble).to_owned();
    let message = message(stage, bot, seq);
    told(updates::push(stage, bot, &lane, kind, &message))
}

fn is_meant(stage: &Stage, bot: &Bot, bubble: &Bubble) -> bool {
    let quoted = bubble.quote.as_ref().and_then(|quote| stage.bubbles.find(&quote.id));
    let is_answer = quoted
        .is_some_and(|quoted| quoted.key == bot.key && quoted.from == format!("@{}", bot.username));
    let text = &bubble.text;
    is_answer || text.starts_with('/') || text.contains(&format!("@{}", bot.username))
}

/// The start is a message with a command.
pub(super) fn started(stage: &mut Stage, bot: &mut Bot, start: &Start) -> Told {
    if start.before.is_blocked {
        membership(stage, bot, &start.from, false);
    }
    let text = match start.payload.as_deref().unwrap_or("") {
        "" => "/start".to_owned(),
        payload => format!("/start {payload}"),
    };
    let reply = Reply {
        account: start.account.clone(),
        from: start.from.clone(),
        text,
        ..Reply::default()
    };
    told(incoming(stage, bot, &reply).is_ok())
}

/// `my_chat_member`: blocked, or no longer.
pub(super) fn membership(stage: &mut Stage, bot: &mut Bot, from: &str, is_blocked: bool) -> Told {
    let status = |is_blocked: bool| {
        let mut member = json!({ "user": bot_user(bot), "status": "member" });
        if is_blocked {
            member["status"] = json!("kicked");
            member["until_date"] = json!(0);
        }
        member
    };
    let content = json!({
        "chat": chat_of(stage, from, false), "from": user(stage, from),
        "date": stage.clock.now_s(), "old_chat_member": status(!is_blocked),
        "new_chat_member": status(is_blocked),
    });
    told(updates::push(stage, bot, from, "my_chat_member", &content))
}

/// `message_reaction`.
pub(super) fn reacted(
    stage: &mut Stage,
    bot: &mut Bot,
    seq: u64,
    from: &str,
    before: Option<&str>,
) -> Told {
    let Some(bubble) = stage.bubbles.get(seq).cloned() else { return Told::No };
    let list = |emoji: Option<&str>| match emoji {
        None => json!([]),
        Some(emoji) => json!([{ "type": "emoji", "emoji": emoji }]),
    };
    let content = json!({
        "chat": chat_of(stage, &bubble.phone, bubble.group.is_some()),
        "message_id": super::message::message_id(&bubble), "user": user(stage, from),
        "date": stage.clock.now_s(), "old_reaction": list(before),
        "new_reaction": list(bubble.reactions.get(from).map(String::as_str)),
    });
    told(updates::push(stage, bot, lane(&bubble), "message_reaction", &content))
}

/// `callback_query`.
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
    let id = stage.random.below(u64::MAX >> 1).to_string();
    let lapses = stage.clock.tick().plus(PRESS_MS);
    bot.presses.push_back((id.clone(), lapses));
    if bot.presses.len() > limits::PRESSES_MAX {
        bot.presses.pop_front();
    }
    let content: Value = json!({
        "id": id, "from": user(stage, from), "message": message(stage, bot, seq),
        "chat_instance": digest(&["instance", &bubble.phone]), "data": button.data,
    });
    told(updates::push(stage, bot, lane(&bubble), "callback_query", &content))
}
