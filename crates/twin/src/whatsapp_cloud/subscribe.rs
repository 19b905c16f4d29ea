//! Where webhooks go, and the handshake that verifies a new address: the call that sets it waits
//! for the receiver's answer.

use serde_json::json;

use super::{Answer, Desk, number::Pending, refusal::Refusal};
use crate::{
    webhook::HookAnswer,
    wire::{Behaviour, Outgoing, WireResponse},
};

/// How long a receiver may take.
const PATIENCE_MS: i64 = 10_000;
const URL_CHARS_MAX: usize = 200;

/// Whose callback is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Number,
    Waba,
}

fn success() -> Answer {
    Ok(WireResponse::json(200, &json!({ "success": true })))
}

/// `POST /{waba}/subscribed_apps`, with or without a callback of its own.
pub(super) fn attach(desk: &mut Desk<'_>) -> Answer {
    let body = desk.body()?;
    let url = body["override_callback_uri"].as_str().unwrap_or_default().to_owned();
    let token = body["verify_token"].as_str().unwrap_or_default().to_owned();
    if url.is_empty() {
        desk.waba.is_subscribed = true;
        desk.waba.callback = None;
        desk.number.aim(desk.stage, desk.waba);
        return success();
    }
    verify(desk, Owner::Waba, &url, &token)
}

/// `DELETE /{waba}/subscribed_apps`.
pub(super) fn detach(desk: &mut Desk<'_>) -> Answer {
    desk.waba.is_subscribed = false;
    desk.waba.callback = None;
    desk.number.aim(desk.stage, desk.waba);
    success()
}

/// `GET /{waba}/subscribed_apps`.
pub(super) fn attached(desk: &mut Desk<'_>) -> Answer {
    if !desk.waba.is_subscribed {
        return Ok(WireResponse::json(200, &json!({ "data": [] })));
    }
    let mut app = json!({ "whatsapp_business_api_data": {
        "id": "670843887433847", "name": "Twin",
        "link": "https://www.facebook.com/games/?app_id=670843887433847",
    } });
    if let Some(url) = &desk.waba.callback {
        app["override_callback_uri"] = json!(url);
    }
    Ok(WireResponse::json(200, &json!({ "data": [app] })))
}

/// `POST /{phone}` with `webhook_configuration`, or with a new PIN.
pub(super) fn configure(desk: &mut Desk<'_>) -> Answer {
    let body = desk.body()?;
    let configuration = &body["webhook_configuration"];
    if configuration.is_null() {
        let pin = body["pin"].as_str().unwrap_or_default();
        let is_pin = pin.len() == 6 && pin.bytes().all(|b| b.is_ascii_digit());
        return if is_pin { success() } else { Err(Refusal::parameter("Invalid parameter")) };
    }
    let url = configuration["override_callback_uri"].as_str().unwrap_or_default().to_owned();
    let token = configuration["verify_token"].as_str().unwrap_or_default().to_owned();
    if url.is_empty() {
        desk.number.callback = None;
        desk.number.aim(desk.stage, desk.waba);
        return success();
    }
    verify(desk, Owner::Number, &url, &token)
}

fn verify(desk: &mut Desk<'_>, owner: Owner, url: &str, token: &str) -> Answer {
    if !url.starts_with("http") || url.chars().count() > URL_CHARS_MAX || token.is_empty() {
        return Err(Refusal::parameter("Invalid parameter: override_callback_uri, verify_token"));
    }
    let failure = Refusal::parameter("The callback URL or verify token couldn't be validated.");
    if desk.is_again
        && let Some(pending) = desk.number.pending.clone().filter(|pending| pending.url == url)
    {
        return match pending.is_fine {
            None => Ok(waiting(desk, &failure)),
            Some(is_fine) => {
                desk.number.pending = None;
                if !is_fine {
                    return Err(failure);
                }
                let url = Some(url.to_owned());
                match owner {
                    Owner::Number => desk.number.callback = url,
                    Owner::Waba => {
                        desk.waba.is_subscribed = true;
                        desk.waba.callback = url;
                    }
                }
                desk.number.aim(desk.stage, desk.waba);
                success()
            }
        };
    }
    let challenge = (desk.stage.random.draw() % 9_000_000_000 + 1_000_000_000).to_string();
    let query = crate::form::encode(&[
        ("hub.mode", "subscribe"),
        ("hub.challenge", &challenge),
        ("hub.verify_token", token),
    ]);
    let join = if url.contains('?') { '&' } else { '?' };
    let outgoing = Outgoing {
        id: 0,
        method: "GET".to_owned(),
        url: format!("{url}{join}{query}"),
        headers: Vec::new(),
        body: Vec::new(),
    };
    desk.number.pending = Some(Pending { url: url.to_owned(), is_fine: None, challenge });
    let key = desk.number.key.clone();
    desk.stage.call(0, &key, 0, outgoing);
    Ok(waiting(desk, &failure))
}

/// The call goes on waiting; if nothing comes, it fails.
fn waiting(desk: &Desk<'_>, failure: &Refusal) -> WireResponse {
    let mut answer = failure.answer();
    let until = desk.stage.clock.tick().plus(PATIENCE_MS);
    answer.behaviour = Behaviour::Poll { until_ms: desk.stage.clock.when(until) };
    answer
}

/// Hears what a receiver answered to the handshake.
pub(super) fn heard(pending: &mut Pending, answer: Option<&HookAnswer>) {
    let is_fine = answer.is_some_and(|answer| {
        answer.status == 200 && answer.body.trim_ascii() == pending.challenge.as_bytes()
    });
    pending.is_fine = Some(is_fine);
}
