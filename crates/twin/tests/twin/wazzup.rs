//! Wazzup: what the documents say of keys, sends, repeats, statuses, webhooks, channels, templates.

use serde_json::{Value, json};
use vestnik_twin::{
    Behaviour, HookAnswer, WireRequest, WireResponse,
    config::{WAZZUP_CHANNELS, WAZZUP_KEY},
};

use crate::bench::Bench;

const WHATSAPP: &str = WAZZUP_CHANNELS[0].0;
const WABA: &str = WAZZUP_CHANNELS[1].0;
const TELEGRAM: &str = WAZZUP_CHANNELS[2].0;
const VK: &str = WAZZUP_CHANNELS[6].0;
const ANNA: &str = "79001234567";
const IN: &str = "http://127.0.0.1:1/in";

fn call(bench: &mut Bench, method: &str, path: &str, body: &Value) -> WireResponse {
    let mut request = if body.is_null() {
        WireRequest::new(method, path)
    } else {
        WireRequest::json(method, path, body)
    };
    request.headers.push(("authorization".to_owned(), format!("Bearer {WAZZUP_KEY}")));
    bench.twin.request(bench.now_ms, &request)
}

fn send(bench: &mut Bench, channel: &str, more: &Value) -> WireResponse {
    let chat_type = if channel == TELEGRAM { "telegram" } else { "whatsapp" };
    let mut body = json!({ "channelId": channel, "chatType": chat_type });
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    call(bench, "POST", "/v3/message", &body)
}

fn text(bench: &mut Bench, to: &str) -> WireResponse {
    send(bench, WHATSAPP, &json!({ "chatId": to, "text": "x" }))
}

fn code(answer: &WireResponse) -> String {
    assert_eq!(answer.status, 400, "{}", String::from_utf8_lossy(&answer.body));
    let body = answer.to_json();
    assert_eq!(body["status"], 400);
    assert!(body["requestId"].is_string() && body["description"].is_string());
    body["error"].as_str().expect("a code").to_owned()
}

fn id(answer: &WireResponse) -> String {
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    answer.to_json()["messageId"].as_str().expect("an id").to_owned()
}

/// A bench whose channels post everything.
fn bench() -> Bench {
    let mut bench = Bench::new();
    change(
        &mut bench,
        WHATSAPP,
        json!({ "webhooks_uri": IN, "subscriptions": ["messagesAndStatuses", "channelsUpdates",
            "templateStatus"] }),
    );
    bench
}

fn change(bench: &mut Bench, channel: &str, change: Value) {
    bench.control("PUT", &format!("/twin/accounts/wazzup/{channel}"), change);
}

fn reply(bench: &mut Bench, channel: &str, more: &Value) -> String {
    let mut body = json!({ "account": channel, "from": ANNA });
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    bench.control("POST", "/twin/reply", body)["id"].as_str().expect("an id").to_owned()
}

fn statuses(bench: &mut Bench, ms: i64, id: &str) -> Vec<(String, String)> {
    bench.pass(ms);
    let posted = bench.posted.iter().flat_map(|(_, _, body)| body["statuses"].as_array().cloned());
    let items = posted.flatten().filter(|item| item["messageId"] == id);
    let pair = |item: Value| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&item["status"]), text(&item["error"]["error"]))
    };
    items.map(pair).collect()
}

#[test]
fn keys_routes_and_the_limit() {
    let mut bench = Bench::new();
    assert_eq!(bench.request("GET", "/v3/channels", &Value::Null).status, 401);
    let listed = call(&mut bench, "GET", "/v3/channels/", &Value::Null).to_json();
    assert_eq!(listed.as_array().expect("a list").len(), 7);
    assert_eq!(listed[0]["state"], "active");
    assert_eq!(call(&mut bench, "GET", "/v3/users/7", &Value::Null).status, 404);
    change(&mut bench, WHATSAPP, json!({ "sidecar": true }));
    let closed = call(&mut bench, "GET", "/v3/users", &Value::Null);
    assert_eq!((closed.status, closed.to_json()), (403, json!({ "error": "FORBIDDEN" })));
    bench.now_ms += 5_000;
    for n in 0..500 {
        assert_eq!(call(&mut bench, "GET", "/v3/channels", &Value::Null).status, 200, "{n}");
    }
    assert_eq!(call(&mut bench, "GET", "/v3/channels", &Value::Null).status, 429);
    bench.now_ms += 5_000;
    assert_eq!(call(&mut bench, "GET", "/v3/channels", &Value::Null).status, 200);
}

#[test]
fn a_text_is_sent_delivered_and_read() {
    let mut bench = bench();
    let answer = text(&mut bench, ANNA);
    assert_eq!(answer.to_json()["chatId"], ANNA);
    let id = id(&answer);
    let told = statuses(&mut bench, 1_000, &id);
    let words: Vec<&str> = told.iter().map(|(word, _)| word.as_str()).collect();
    assert_eq!(words, ["sent", "delivered"]);
    let (_, headers, _) = bench.posted.first().expect("a post").clone();
    let kind = ("content-type".to_owned(), "application/json; charset-utf-8".to_owned());
    assert!(headers.contains(&kind));
    bench.control("POST", "/twin/status", json!({ "id": id, "status": "read" }));
    let told = statuses(&mut bench, 0, &id);
    assert_eq!(told.last().expect("a status").0, "read");
}

#[test]
fn what_is_wrong_with_a_send_is_told_in_order() {
    let mut bench = bench();
    let mut refused = |body: Value| code(&call(&mut bench, "POST", "/v3/message", &body));
    let no_channel = "a0000000-0000-4000-8000-00000000ffff";
    assert_eq!(refused(json!({ "chatType": "whatsapp" })), "INVALID_MESSAGE_DATA");
    assert_eq!(refused(json!({ "channelId": WHATSAPP })), "INVALID_MESSAGE_DATA");
    let to = |channel: &str, chat_type: &str| json!({ "channelId": channel, "chatType": chat_type, "chatId": ANNA });
    assert_eq!(refused(to(no_channel, "whatsapp")), "CHANNEL_NOT_FOUND");
    assert_eq!(refused(to(WHATSAPP, "telegram")), "WRONG_TRANSPORT");
    assert_eq!(refused(to(WHATSAPP, "whatsapp")), "MESSAGE_NOTHING_TO_SEND");
    let with = |more: Value| {
        let mut body = to(WHATSAPP, "whatsapp");
        for (name, value) in more.as_object().expect("an object") {
            body[name] = value.clone();
        }
        body
    };
    let uri = "https://example.ru/a.png";
    let both = with(json!({ "text": "x", "contentUri": uri }));
    assert_eq!(refused(both), "MESSAGE_ONLY_TEXT_OR_CONTENT");
    assert_eq!(refused(with(json!({ "text": " " }))), "MESSAGES_TEXT_CAN_NOT_BE_BLANK");
    let long = with(json!({ "text": "я".repeat(10_001) }));
    assert_eq!(refused(long), "MESSAGE_TEXT_TOO_LONG");
    let gone = with(json!({ "contentUri": "https://none.invalid/a.png" }));
    assert_eq!(refused(gone), "MESSAGE_DOWNLOAD_CONTENT_ERROR");
    let quote = with(json!({ "text": "x", "refMessageId": "none" }));
    assert_eq!(refused(quote), "REFERENCE_MESSAGE_NOT_FOUND");
    let spam = with(json!({ "chatId": "79995001022", "text": "x" }));
    assert_eq!(refused(spam), "MESSAGES_IS_SPAM");
    for (state, expected) in [
        ("qridle", "MESSAGE_CHANNEL_UNAVAILABLE"),
        ("notEnoughMoney", "CHANNEL_NO_MONEY"),
        ("blocked", "CHANNEL_BLOCKED"),
    ] {
        change(&mut bench, WHATSAPP, json!({ "state": state }));
        assert_eq!(code(&text(&mut bench, ANNA)), expected);
    }
}

#[test]
fn a_repeat_within_a_minute_is_refused() {
    let mut bench = bench();
    let body = json!({ "chatId": ANNA, "text": "x", "crmMessageId": "our-42" });
    id(&send(&mut bench, WHATSAPP, &body));
    bench.pass(59_000);
    let again = send(&mut bench, WHATSAPP, &body);
    assert_eq!(code(&again), "REPEATED_CRM_MESSAGE_ID");
    assert_eq!(again.to_json()["data"], json!({ "crmMessageId": "our-42" }));
    change(&mut bench, WHATSAPP, json!({ "camel": true }));
    assert_eq!(code(&send(&mut bench, WHATSAPP, &body)), "repeatedCrmMessageId");
    bench.pass(1_000);
    id(&send(&mut bench, WHATSAPP, &body));
    assert_eq!(bench.shown(ANNA).len(), 1, "the second is on its way");
    bench.pass(1_000);
    assert_eq!(bench.shown(ANNA).len(), 2);
}

#[test]
fn errors_that_come_late() {
    let mut bench = bench();
    for (number, expected) in
        [("79995002000", "BAD_CONTACT"), ("79995002003", "SPAM"), ("79995002012", "GENERAL_ERROR")]
    {
        let id = id(&text(&mut bench, number));
        let told = statuses(&mut bench, 1_000, &id);
        assert_eq!(told, [("error".to_owned(), expected.to_owned())], "{number}");
    }
    // The window of a WABA channel, and templates.
    let body = json!({ "chatId": ANNA, "text": "x" });
    let closed = id(&send(&mut bench, WABA, &body));
    let told = statuses(&mut bench, 1_000, &closed);
    assert_eq!(told[0].1, "24_HOURS_EXCEEDED");
    let guid = "b0000000-0000-4000-8000-000000000001";
    let body = json!({ "chatId": ANNA, "templateId": guid, "templateValues": ["Анна", "17"] });
    let sent = id(&send(&mut bench, WABA, &body));
    assert_eq!(statuses(&mut bench, 1_000, &sent).len(), 2);
    assert_eq!(bench.shown(ANNA), ["Здравствуйте, Анна! Заказ 17 готов."]);
    reply(&mut bench, WABA, &json!({ "text": "Hi" }));
    let open = id(&send(&mut bench, WABA, &json!({ "chatId": ANNA, "text": "y" })));
    assert_eq!(statuses(&mut bench, 1_000, &open).len(), 2);
    let listed = call(&mut bench, "GET", "/v3/templates/whatsapp?limit=2", &Value::Null).to_json();
    assert_eq!(listed.as_array().expect("a list").len(), 2);
    assert_eq!(listed[0]["templateGuid"], guid);
}

#[test]
fn the_address_is_tested() {
    let mut bench = Bench::new();
    let long = format!("https://e.ru/{}", "a".repeat(200));
    let answer = call(&mut bench, "PATCH", "/v3/webhooks", &json!({ "webhooksUri": long }));
    assert_eq!((answer.status, &answer.to_json()["error"]), (400, &json!("uriNotValid")));
    let body = json!({ "webhooksUri": IN, "subscriptions": {
        "messagesAndStatuses": true, "tepmplateStatus": true } });
    for (status, expected) in [(500, 400), (204, 400), (200, 200)] {
        let waiting = call(&mut bench, "PATCH", "/v3/webhooks", &body);
        assert!(matches!(waiting.behaviour, Behaviour::Poll { .. }));
        let outgoing = bench.twin.turn(bench.now_ms).pop().expect("the test");
        assert_eq!(outgoing.body, br#"{"test":true}"#);
        bench.twin.posted(bench.now_ms, outgoing.id, Some(HookAnswer::of(status)));
        let mut request = WireRequest::json("PATCH", "/v3/webhooks", &body);
        request.headers.push(("authorization".to_owned(), format!("Bearer {WAZZUP_KEY}")));
        let answer = bench.twin.again(bench.now_ms, &request);
        assert_eq!(answer.status, expected, "{status}");
        if expected == 400 {
            let body = answer.to_json();
            assert_eq!(body["error"], "testPostNotPassed");
            let words = "Webhooks request not valid. Response status must be 200";
            assert_eq!(
                (&body["description"], &body["data"]["code"]),
                (&json!(words), &json!(status))
            );
        }
    }
    let got = call(&mut bench, "GET", "/v3/webhooks", &Value::Null).to_json();
    assert_eq!(
        got,
        json!({ "webhooksUri": IN, "subscriptions": { "messagesAndStatuses": true,
            "contactsAndDealsCreation": false, "channelsUpdates": false,
            "wabaTemplatesStatus": true } })
    );
}

#[test]
fn what_customers_write_is_told() {
    let mut bench = bench();
    let first = reply(&mut bench, WHATSAPP, &json!({ "text": "Hi" }));
    bench.control("POST", "/twin/edit", json!({ "id": first, "text": "Hello" }));
    bench.control("POST", "/twin/delete", json!({ "id": first }));
    reply(&mut bench, WHATSAPP, &json!({ "location": { "latitude": 55.75, "longitude": 37.5 } }));
    bench.pass(0);
    reply(&mut bench, TELEGRAM, &json!({ "text": "Tg" }));
    bench.pass(0);
    let items: Vec<Value> =
        bench.posted.iter().map(|(_, _, body)| body["messages"][0].clone()).collect();
    let [new, edited, deleted, place, telegram] = &items[..] else { panic!("{items:?}") };
    assert_eq!((&new["type"], &new["text"]), (&json!("text"), &json!("Hi")));
    assert_eq!((&new["chatId"], &new["isEcho"]), (&json!(ANNA), &json!(false)));
    assert_eq!((&edited["isEdited"], &edited["text"]), (&json!(true), &json!("Hello")));
    assert_eq!((&deleted["isDeleted"], &deleted["messageId"]), (&json!(true), &json!(first)));
    assert_eq!((&place["type"], &place["text"]), (&json!("geo"), &json!("55.75,37.5")));
    assert_ne!(telegram["chatId"], ANNA);
    assert_eq!(telegram["contact"]["phone"], ANNA);
    // By number one gets to the same chat.
    let answer = send(&mut bench, TELEGRAM, &json!({ "phone": ANNA, "text": "x" }));
    assert_eq!(answer.to_json()["chatId"], telegram["chatId"]);
    // Who never wrote to a community is not known there.
    let body = json!({ "channelId": VK, "chatType": "vk", "chatId": "100000001", "text": "x" });
    assert_eq!(code(&call(&mut bench, "POST", "/v3/message", &body)), "BAD_CONTACT");
}

#[test]
fn messages_and_statuses_in_one_post_states_and_moderation() {
    let mut bench = bench();
    change(&mut bench, WHATSAPP, json!({ "batch_ms": 1_000, "echoes": true }));
    let id = id(&text(&mut bench, ANNA));
    reply(&mut bench, WHATSAPP, &json!({ "text": "Hi" }));
    bench.pass(2_000);
    let [(_, _, body)] = &bench.posted[..] else { panic!("{:?}", bench.posted) };
    assert_eq!(body["messages"].as_array().expect("a list").len(), 2);
    assert_eq!(body["statuses"][0]["messageId"], id);
    assert_eq!(body["messages"][1]["isEcho"], true);
    bench.posted.clear();
    change(&mut bench, WHATSAPP, json!({ "state": "qridle" }));
    let guid = "b0000000-0000-4000-8000-000000000003";
    change(&mut bench, WABA, json!({ "templates": { guid: "APPROVED" } }));
    bench.pass(0);
    let [(_, _, state), (_, _, template)] = &bench.posted[..] else { panic!("{:?}", bench.posted) };
    assert_eq!(state["channelsUpdates"][0]["state"], "qridle");
    assert_eq!(template["templateStatus"]["status"], "APPROVED");
}

#[test]
fn messages_are_edited_and_taken_back() {
    let mut bench = bench();
    let sent = id(&text(&mut bench, ANNA));
    bench.pass(1_000);
    let path = format!("/v3/message/{sent}");
    assert_eq!(call(&mut bench, "PATCH", &path, &json!({ "text": "y" })).status, 200);
    assert_eq!(bench.shown(ANNA), ["y"]);
    assert_eq!(call(&mut bench, "DELETE", &path, &Value::Null).status, 200);
    assert_eq!(code(&call(&mut bench, "DELETE", &path, &Value::Null)), "MESSAGES_NOT_FOUND");
}
