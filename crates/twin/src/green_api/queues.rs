//! Calls about the two queues of an instance.

use serde_json::{Value, json};

use super::{Answer, Desk};
use crate::wire::WireResponse;

const CLEAR_PAUSE_MS: i64 = 60_000;

/// `getMessagesCount`.
pub(super) fn messages_count(desk: &mut Desk<'_>) -> Answer {
    Ok(WireResponse::json(200, &json!({ "count": desk.instance.queue.len() })))
}

/// `showMessagesQueue`.
pub(super) fn show_messages(desk: &mut Desk<'_>) -> Answer {
    let waiting = desk.instance.queue.iter();
    let entries = waiting.map(
        |waiting| json!({ "messageID": waiting.id, "type": waiting.kind, "body": waiting.body }),
    );
    Ok(WireResponse::json(200, &json!(entries.collect::<Vec<Value>>())))
}

/// `clearMessagesQueue`.
pub(super) fn clear_messages(desk: &mut Desk<'_>) -> Answer {
    desk.instance.queue.clear();
    desk.stage.touch();
    Ok(WireResponse::json(200, &json!({ "isCleared": true })))
}

/// `getWebhooksCount`.
pub(super) fn webhooks_count(desk: &mut Desk<'_>) -> Answer {
    let count = desk.stage.webhooks.len(&desk.instance.key);
    Ok(WireResponse::json(200, &json!({ "count": count })))
}

/// `clearWebhooksQueue`, once a minute.
pub(super) fn clear_webhooks(desk: &mut Desk<'_>) -> Answer {
    let now = desk.stage.clock.tick();
    let last = desk.instance.cleared_webhooks;
    if last.is_some_and(|last| now < last.plus(CLEAR_PAUSE_MS)) {
        let reason = "the method may be called once a minute";
        return Ok(WireResponse::json(200, &json!({ "isCleared": false, "reason": reason })));
    }
    desk.instance.cleared_webhooks = Some(now);
    desk.stage.webhooks.clear(&desk.instance.key);
    Ok(WireResponse::json(200, &json!({ "isCleared": true, "reason": "" })))
}
