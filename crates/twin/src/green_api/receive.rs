//! What customers write: webhooks or polling.

use serde_json::json;

use super::{
    Answer, Desk,
    chat::MAX,
    instance::{Instance, State},
    notice,
    refusal::Refusal,
};
use crate::{
    bubble::{Direction, Status},
    identity::Realm,
    limits,
    persona::Reply,
    stage::Stage,
    wire::{Behaviour, WireResponse},
};

/// Takes what a customer writes.
pub(super) fn incoming(
    stage: &mut Stage,
    instance: &mut Instance,
    reply: &Reply,
) -> Result<String, String> {
    let id = format!("3A{}", stage.random.hex(18));
    let bubble = stage.written(&instance.key, instance.messenger, &id, &instance.phone, reply)?;
    let seq = stage.add_bubble(bubble);
    instance.correspondents.insert(reply.from.clone());
    if instance.messenger == MAX {
        stage.identities.id(Realm::MaxUser, &reply.from);
        if let Some(group) = &reply.group {
            stage.identities.id(Realm::MaxChat, group);
        }
    }
    if matches!(instance.state, State::Authorized | State::YellowCard) {
        announce(stage, instance, seq);
    } else if instance.held.len() < limits::WEBHOOK_QUEUE_MAX {
        instance.held.push_back(seq);
    }
    Ok(id)
}

/// Lets an incoming bubble reach the instance.
pub(super) fn announce(stage: &mut Stage, instance: &mut Instance, seq: u64) {
    instance.note(seq);
    let is_reader = instance.settings.is_on("markIncomingMessagesReaded");
    let status = if is_reader { Status::Read } else { Status::Delivered };
    stage.reach(seq, status, "");
    notice::incoming(stage, instance, seq);
}

/// Marks a chat's incoming bubbles read, or one of them.
pub(super) fn read_chat(stage: &mut Stage, instance: &Instance, phone: &str, id: Option<&str>) {
    let unread = stage.bubbles.of_phone(phone).filter(|bubble| {
        bubble.direction == Direction::Out
            && bubble.status == Status::Delivered
            && bubble.key == instance.key
            && id.is_none_or(|id| bubble.id == id)
    });
    let unread: Vec<u64> = unread.map(|bubble| bubble.seq).collect();
    for seq in unread {
        stage.reach(seq, Status::Read, "");
    }
}

/// `receiveNotification`: the oldest webhook, again and again until it is deleted.
pub(super) fn next(desk: &mut Desk<'_>) -> Answer {
    check_polling(desk.instance)?;
    let wait_s = match desk.address.target.get("receiveTimeout") {
        None => 5,
        Some(text) => match text.parse::<i64>() {
            Ok(seconds) if (5..=60).contains(&seconds) => seconds,
            _ => return Err(Refusal::invalid("'receiveTimeout' must be between 5 and 60")),
        },
    };
    let now = desk.stage.clock.tick();
    if let Some((receipt, body)) = desk.stage.webhooks.peek(&desk.instance.key, now) {
        let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
        return Ok(WireResponse::json(200, &json!({ "receiptId": receipt, "body": body })));
    }
    let mut answer = WireResponse::json(200, &serde_json::Value::Null);
    let until_ms = desk.stage.clock.when(now.plus(wait_s * 1_000));
    answer.behaviour = Behaviour::Poll { until_ms };
    Ok(answer)
}

/// `deleteNotification`.
pub(super) fn delete(desk: &mut Desk<'_>) -> Answer {
    let receipt = desk.address.extra.as_deref().unwrap_or("");
    let Ok(receipt) = receipt.parse::<u64>() else {
        return Err(Refusal::Bad("Parameter receiptId must be a Number".to_owned()));
    };
    let is_gone = desk.stage.webhooks.remove(&desk.instance.key, receipt);
    desk.stage.touch();
    let reason = if is_gone { "" } else { "notification is not found" };
    Ok(WireResponse::json(200, &json!({ "result": is_gone, "reason": reason })))
}

fn check_polling(instance: &Instance) -> Result<(), Refusal> {
    if instance.settings.text("webhookUrl").is_empty() {
        return Ok(());
    }
    Err(Refusal::Bad(
        "Message cannot be received because custom webhook url is set. \
         To receive messages this way, clear webhookUrl in the settings"
            .to_owned(),
    ))
}
