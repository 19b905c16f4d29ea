//! The account and its sender as resources; the mark of a message as read.

use serde_json::{Value, json};

use super::{Answer, Desk, refusal::Refusal};
use crate::{
    bubble::{Direction, Status},
    form,
    wire::WireResponse,
};

/// `GET /Accounts/{AC}.json`.
pub(super) fn account(desk: &mut Desk<'_>) -> Answer {
    Ok(WireResponse::json(
        200,
        &json!({
            "sid": &*desk.account.key.account, "friendly_name": "Twin", "status": "active",
            "type": if desk.account.join_code.is_some() { "Trial" } else { "Full" },
        }),
    ))
}

fn view(desk: &Desk<'_>) -> Value {
    let account = &desk.account;
    json!({
        "sid": account.sender_sid(), "sender_id": account.address(), "status": "ONLINE",
        "webhook": {
            "callback_url": account.callback, "callback_method": "POST",
            "status_callback_url": account.status_callback, "status_callback_method": "POST",
            "fallback_url": null,
        },
        "properties": { "quality_rating": "HIGH", "messaging_limit": "1K Customers/24hr" },
        "offline_reasons": null,
    })
}

/// `GET /v2/Channels/Senders`. The sandbox is set up on its page only.
pub(super) fn list(desk: &mut Desk<'_>) -> Answer {
    let listed = if desk.account.join_code.is_some() { Vec::new() } else { vec![view(desk)] };
    let meta = json!({ "page": 0, "page_size": 50, "next_page_url": null, "key": "senders" });
    Ok(WireResponse::json(200, &json!({ "senders": listed, "meta": meta })))
}

/// `GET`, `POST /v2/Channels/Senders/{XE}`.
pub(super) fn one(desk: &mut Desk<'_>, sid: &str, is_change: bool) -> Answer {
    if sid != desk.account.sender_sid() || desk.account.join_code.is_some() {
        return Err(Refusal::new(20_404));
    }
    if is_change {
        let body: Value =
            serde_json::from_slice(&desk.request.body).map_err(|_| Refusal::new(20_001))?;
        let text = |name: &str| body["webhook"][name].as_str().map(str::to_owned);
        if let Some(url) = text("callback_url") {
            desk.account.callback = (!url.is_empty()).then_some(url);
        }
        if let Some(url) = text("status_callback_url") {
            desk.account.status_callback = (!url.is_empty()).then_some(url);
        }
        desk.account.aim(desk.stage);
        return Ok(WireResponse::json(202, &view(desk)));
    }
    Ok(WireResponse::json(200, &view(desk)))
}

/// `POST /v2/Indicators/Typing.json`: marks an incoming message as read.
pub(super) fn typing(desk: &mut Desk<'_>) -> Answer {
    let fields = form::pairs(&String::from_utf8_lossy(&desk.request.body));
    let get = |name: &str| {
        fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    };
    let found = desk.stage.bubbles.find(get("messageId"));
    let found =
        found.filter(|bubble| bubble.direction == Direction::Out && bubble.key == desk.account.key);
    match found.map(|bubble| bubble.seq) {
        Some(seq) if get("channel") == "whatsapp" => {
            desk.stage.reach(seq, Status::Read, "");
            Ok(WireResponse::json(200, &json!({ "success": true })))
        }
        Some(_) | None => Err(Refusal::new(20_404)),
    }
}
