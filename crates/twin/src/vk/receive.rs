//! What customers do, as events.

use serde_json::{Value, json};

use super::{
    MESSENGER, callback,
    community::{CHATS_BEGIN, Community},
    message,
};
use crate::{
    bubble::Status,
    content::Press,
    identity::Realm,
    persona::{Reply, Start, Told},
    stage::Stage,
};

/// How long a press can be answered; not confirmed by documents.
const PRESS_MS: i64 = 60_000;
/// The emoji of the reaction ids, from 1.
const REACTIONS: [&str; 8] = ["❤", "🔥", "😂", "👍", "💩", "❓", "😭", "😡"];

/// Numbers for the next message of a peer: in the mailbox (0 in group chats) and in the peer.
pub(super) fn numbers(
    stage: &mut Stage,
    community: &Community,
    peer: i64,
    is_chat: bool,
) -> (i64, i64) {
    let account = &community.key.account;
    let mail = if is_chat { 0 } else { stage.serial(&format!("vk/mail/{account}")) };
    (mail, stage.serial(&format!("vk/{account}/{peer}")))
}

/// Takes what a customer writes.
pub(super) fn incoming(
    stage: &mut Stage,
    community: &mut Community,
    reply: &Reply,
    more: &Value,
) -> Result<String, String> {
    if reply.contact.is_some() {
        return Err("VK has no visiting cards".to_owned());
    }
    let peer = match &reply.group {
        Some(group) => CHATS_BEGIN + stage.identities.id(Realm::VkChat, group),
        None => stage.identities.id(Realm::VkUser, &reply.from),
    };
    let (mail, cmid) = numbers(stage, community, peer, reply.group.is_some());
    let id = community.bubble_id(peer, cmid);
    let address = format!("club{}", community.key.account);
    let mut bubble = stage.written(&community.key, MESSENGER, &id, &address, reply)?;
    bubble.extra["message_id"] = json!(mail);
    for (name, value) in more.as_object().into_iter().flatten() {
        bubble.extra[name] = value.clone();
    }
    if let Some(payload) = &reply.payload {
        bubble.extra["payload"] = json!(payload);
    }
    if mail != 0 {
        community.mail.insert(&mail.to_string(), id.clone());
    }
    let is_meant = reply.payload.is_some() || is_meant(stage, community, reply);
    let seq = stage.add_bubble(bubble);
    stage.reach(seq, Status::Delivered, "");
    if is_meant {
        let object = json!({
            "message": message::message(stage, community, seq),
            "client_info": {
                "button_actions": ["text", "vkpay", "open_app", "location", "open_link", "callback"],
                "keyboard": true, "inline_keyboard": true, "carousel": true, "lang_id": 0,
            },
        });
        callback::push(stage, community, "message_new", &object);
    }
    Ok(id)
}

/// In a group chat a community without the right to read all hears mentions, commands, buttons
/// and answers to it.
fn is_meant(stage: &Stage, community: &Community, reply: &Reply) -> bool {
    let account = &community.key.account;
    let quoted = reply.quote.as_ref().and_then(|id| stage.bubbles.find(id));
    reply.group.is_none()
        || community.reads_all
        || reply.text.starts_with('/')
        || reply.text.contains(&format!("@club{account}"))
        || reply.text.contains(&format!("[club{account}|"))
        || quoted.is_some_and(|quoted| quoted.from == format!("club{account}"))
}

/// The button Start: a message with a payload; what the link carried is `ref`.
pub(super) fn started(stage: &mut Stage, community: &mut Community, start: &Start) -> Told {
    if start.before.is_blocked {
        membership(stage, community, &start.from, false);
    }
    let reply = Reply {
        account: start.account.clone(),
        from: start.from.clone(),
        text: "Начать".to_owned(),
        payload: Some("{\"command\":\"start\"}".to_owned()),
        ..Reply::default()
    };
    let more = match &start.payload {
        Some(payload) => json!({ "ref": payload, "ref_source": "link" }),
        None => Value::Null,
    };
    match incoming(stage, community, &reply, &more) {
        Ok(_) => Told::Yes,
        Err(_) => Told::No,
    }
}

/// `message_deny` and `message_allow`.
pub(super) fn membership(
    stage: &mut Stage,
    community: &mut Community,
    from: &str,
    is_blocked: bool,
) -> Told {
    let user = stage.identities.id(Realm::VkUser, from);
    if is_blocked {
        return callback::push(stage, community, "message_deny", &json!({ "user_id": user }));
    }
    let object = json!({ "user_id": user, "key": "" });
    callback::push(stage, community, "message_allow", &object)
}

/// `message_reaction_event`; without `reaction_id` it was taken away.
pub(super) fn reacted(stage: &mut Stage, community: &mut Community, seq: u64, from: &str) -> Told {
    let Some(bubble) = stage.bubbles.get(seq).cloned() else { return Told::No };
    let mut object = json!({
        "reacted_id": stage.identities.id(Realm::VkUser, from),
        "peer_id": message::peer_id(stage, &bubble), "cmid": message::cmid(&bubble),
    });
    if let Some(emoji) = bubble.reactions.get(from) {
        let place = REACTIONS.iter().position(|known| known == emoji).unwrap_or(3);
        object["reaction_id"] = json!(place + 1);
    }
    callback::push(stage, community, "message_reaction_event", &object)
}

/// `message_event`.
pub(super) fn pressed(
    stage: &mut Stage,
    community: &mut Community,
    seq: u64,
    from: &str,
    button: usize,
) -> Told {
    let Some(bubble) = stage.bubbles.get(seq).cloned() else { return Told::No };
    let Some(button) = bubble.buttons.get(button).filter(|b| b.press == Press::Callback) else {
        return Told::No;
    };
    let user = stage.identities.id(Realm::VkUser, from);
    let peer = message::peer_id(stage, &bubble);
    let event = stage.random.hex(12).to_ascii_lowercase();
    let lapses = stage.clock.tick().plus(PRESS_MS);
    community.presses.insert(&format!("{event}/{user}/{peer}"), lapses);
    let payload: Value = serde_json::from_str(&button.data).unwrap_or(Value::Null);
    let object = json!({
        "user_id": user, "peer_id": peer, "event_id": event, "payload": payload,
        "conversation_message_id": message::cmid(&bubble),
    });
    callback::push(stage, community, "message_event", &object)
}
