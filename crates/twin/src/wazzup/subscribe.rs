//! Where a client's webhooks go. The call that sets an address waits for the test post.

use serde_json::{Value, json};

use super::{Answer, Desk, channel::Pending, refusal::Refusal};
use crate::{
    webhook::HookAnswer,
    wire::{Behaviour, Outgoing, WireResponse},
};

const URI_CHARS_MAX: usize = 200;
/// How long a receiver may take.
const PATIENCE_MS: i64 = 30_000;
/// The header that every post carries, as the documents spell it.
pub(super) const CONTENT_TYPE: &str = "application/json; charset-utf-8";
/// Switches; the last one has had three names.
pub(super) const SWITCHES: [&str; 4] =
    ["messagesAndStatuses", "contactsAndDealsCreation", "channelsUpdates", "templateStatus"];

/// `GET /webhooks`.
pub(super) fn get(desk: &mut Desk<'_>) -> Answer {
    let is_on = |name: &str| desk.client.subscriptions.contains(name);
    Ok(WireResponse::json(
        200,
        &json!({ "webhooksUri": desk.client.webhooks_uri, "subscriptions": {
            "messagesAndStatuses": is_on("messagesAndStatuses"),
            "contactsAndDealsCreation": is_on("contactsAndDealsCreation"),
            "channelsUpdates": is_on("channelsUpdates"),
            "wabaTemplatesStatus": is_on("templateStatus"),
        } }),
    ))
}

/// `PATCH /webhooks`: the test is made when an address is given.
pub(super) fn set(desk: &mut Desk<'_>) -> Answer {
    let body = desk.body()?;
    let uri = &body["webhooksUri"];
    if !uri.is_null() && !uri.as_str().is_some_and(is_uri) {
        return Err(Refusal::new("uriNotValid").worded("webhooksUri is not valid"));
    }
    let uri = uri.as_str().map(str::to_owned);
    let Some(uri) = uri else {
        subscribe(desk, &body["subscriptions"]);
        return Ok(WireResponse::json(200, &json!({ "ok": true })));
    };
    if desk.is_again
        && let Some(pending) = desk.client.pending.clone().filter(|pending| pending.uri == uri)
    {
        let Some(status) = pending.status else { return Ok(waiting(desk)) };
        desk.client.pending = None;
        if status != 200 {
            return Err(not_passed(status));
        }
        desk.client.webhooks_uri = Some(uri);
        subscribe(desk, &body["subscriptions"]);
        desk.client.aim(desk.stage, desk.channels);
        return Ok(WireResponse::json(200, &json!({ "ok": true })));
    }
    desk.client.pending = Some(Pending { uri: uri.clone(), status: None });
    let outgoing = Outgoing {
        id: 0,
        method: "POST".to_owned(),
        url: uri,
        headers: vec![("content-type".to_owned(), CONTENT_TYPE.to_owned())],
        body: json!({ "test": true }).to_string().into_bytes(),
    };
    let key = super::key_of(&desk.client.key);
    desk.stage.call(0, &key, 0, outgoing);
    Ok(waiting(desk))
}

/// Switches that are left out are off.
fn subscribe(desk: &mut Desk<'_>, wanted: &Value) {
    if wanted.is_null() {
        return;
    }
    let is_on = |name: &str| match name {
        "templateStatus" => {
            wanted["templateStatus"] == true
                || wanted["tepmplateStatus"] == true
                || wanted["wabaTemplatesStatus"] == true
        }
        name => wanted[name] == true,
    };
    desk.client.subscriptions = SWITCHES.into_iter().filter(|name| is_on(name)).collect();
}

fn is_uri(uri: &str) -> bool {
    let rest = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    uri.chars().count() <= URI_CHARS_MAX && host.is_some_and(|host| !host.is_empty())
}

fn not_passed(status: u16) -> Refusal {
    Refusal::new("testPostNotPassed")
        .worded("Webhooks request not valid. Response status must be 200")
        .with(json!({ "code": status }))
}

/// The call goes on waiting; if nothing comes, it fails.
fn waiting(desk: &Desk<'_>) -> WireResponse {
    let mut answer = not_passed(0).answer(None, false);
    let until = desk.stage.clock.tick().plus(PATIENCE_MS);
    answer.behaviour = Behaviour::Poll { until_ms: desk.stage.clock.when(until) };
    answer
}

/// Hears what a receiver answered to the test.
pub(super) fn heard(pending: &mut Pending, answer: Option<&HookAnswer>) {
    pending.status = Some(answer.map_or(0, |answer| answer.status));
}
