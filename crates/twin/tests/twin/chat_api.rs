//! chat-api and its relatives: addresses, sends, acks, the queue, settings, journals, groups.

use serde_json::{Value, json};
use vestnik_twin::{WireRequest, WireResponse, config::CHAT_API_TOKEN};

use crate::bench::Bench;

const CLASSIC: &str = "27001";
const ONE_MSG: &str = "27002";
const ULTRAMSG: &str = "27003";
const ANNA: &str = "79001234567";
const IN: &str = "http://127.0.0.1:1/in";

fn path(instance: &str, method: &str) -> String {
    let mark = if method.contains('?') { '&' } else { '?' };
    format!("/instance{instance}/{method}{mark}token={CHAT_API_TOKEN}")
}

fn post(bench: &mut Bench, instance: &str, method: &str, body: &Value) -> WireResponse {
    bench.request("POST", &path(instance, method), body)
}

fn get(bench: &mut Bench, instance: &str, method: &str) -> Value {
    bench.request("GET", &path(instance, method), &Value::Null).to_json()
}

fn bench() -> Bench {
    let mut bench = Bench::new();
    let settings = json!({ "webhookUrl": IN, "ackNotificationsOn": true });
    let answer = post(&mut bench, CLASSIC, "settings", &settings).to_json();
    assert_eq!((&answer["webhookUrl"], &answer["update"]), (&json!(IN), &settings));
    bench
}

fn send(bench: &mut Bench, text: &str) -> Value {
    let body = json!({ "chatId": format!("{ANNA}@c.us"), "body": text });
    post(bench, CLASSIC, "sendMessage", &body).to_json()
}

fn posted(bench: &mut Bench, ms: i64) -> Vec<Value> {
    bench.pass(ms);
    bench.posted.drain(..).map(|(_, _, body)| body).collect()
}

fn statuses(posted: &[Value]) -> Vec<&str> {
    posted.iter().filter_map(|body| body["ack"][0]["status"].as_str()).collect()
}

#[test]
fn a_text_is_queued_echoed_and_acknowledged() {
    let mut bench = bench();
    let answer = send(&mut bench, "Привет + 100 %");
    assert_eq!((&answer["sent"], &answer["queueNumber"]), (&json!(true), &json!(1)));
    assert_eq!(answer["message"], format!("Sent to {ANNA}@c.us"));
    let id = answer["id"].as_str().expect("an id").to_owned();
    assert!(id.starts_with(&format!("true_{ANNA}@c.us_3EB0")), "{id}");
    let told = posted(&mut bench, 1_000);
    assert_eq!(statuses(&told), ["sent", "delivered"]);
    let echo = &told[0]["messages"][0];
    assert_eq!(
        (&echo["fromMe"], &echo["self"], &echo["type"]),
        (&json!(true), &json!(1), &json!("chat"))
    );
    assert_eq!(told[0]["instanceId"], CLASSIC);
    bench.control("POST", "/twin/status", json!({ "id": id, "status": "read" }));
    assert_eq!(statuses(&posted(&mut bench, 0)), ["viewed"]);
    assert_eq!(bench.shown(ANNA), ["Привет + 100 %"]);
}

#[test]
fn addresses_have_three_forms_and_a_token() {
    let mut bench = bench();
    for path in [
        format!("/instance{CLASSIC}/me?token={CHAT_API_TOKEN}"),
        format!("/me?instanceId={CLASSIC}&token={CHAT_API_TOKEN}"),
        format!("/{ONE_MSG}/me?token={CHAT_API_TOKEN}"),
    ] {
        let answer = bench.request("GET", &path, &Value::Null);
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.to_json()["id"].as_str().is_some_and(|id| id.ends_with("@c.us")));
    }
    let wrong = bench.request("GET", &format!("/instance{CLASSIC}/me?token=x1"), &Value::Null);
    let text =
        "Wrong token \"x1\" for instance \"27001\". Please provide token as a GET parameter.";
    assert_eq!((wrong.status, wrong.to_json()), (401, json!({ "error": text })));
    assert_eq!(post(&mut bench, CLASSIC, "sendmessage", &json!({})).status, 404, "case counts");
    let stranger = get(&mut bench, "1", "me");
    assert_eq!(stranger, json!({ "error": "Instance not found" }));
}

#[test]
fn what_is_refused_says_so_with_200() {
    let mut bench = bench();
    for (method, body) in [
        ("sendMessage", json!({ "phone": ANNA })),
        ("sendMessage", json!({ "phone": ANNA, "body": "" })),
        ("sendMessage", json!({ "body": "x" })),
        ("sendMessage", json!({ "body": "x", "phone": "8-900" })),
        ("sendMessage", json!({ "body": "x", "phone": 12_345_678 })),
        ("sendMessage", json!({ "body": "x", "phone": ANNA, "chatId": "79001234567@c.us" })),
        ("sendMessage", json!({ "body": "x", "chatId": "G1@g.us" })),
        ("sendFile", json!({ "body": "https://e.ru/a.png", "phone": ANNA })),
        ("sendFile", json!({ "body": "a.png", "filename": "a.png", "phone": ANNA })),
        ("sendFile", json!({ "body": "data:image/png;base64,?", "filename": "a", "phone": ANNA })),
    ] {
        let answer = post(&mut bench, CLASSIC, method, &body);
        assert_eq!((answer.status, &answer.to_json()["sent"]), (200, &json!(false)), "{body}");
        assert!(answer.to_json()["message"].is_string());
    }
    bench.control("PUT", "/twin/accounts/chat_api/27001", json!({ "state": "not_paid" }));
    assert!(
        send(&mut bench, "x")["error"].as_str().is_some_and(|text| text.contains("non-payment"))
    );
    assert_eq!(get(&mut bench, CLASSIC, "status")["accountStatus"], "not_paid");
}

#[test]
fn the_queue_waits_for_the_phone_and_keeps_its_gap() {
    let mut bench = bench();
    post(&mut bench, CLASSIC, "settings", &json!({ "sendDelay": 2 }));
    post(&mut bench, CLASSIC, "logout", &json!({}));
    let status = get(&mut bench, CLASSIC, "status");
    assert_eq!(status["accountStatus"], "got qr code");
    assert!(status["qrCode"].as_str().is_some_and(|qr| qr.starts_with("data:image/png;base64,")));
    for text in ["one", "two"] {
        assert_eq!(send(&mut bench, text)["sent"], true);
    }
    bench.pass(10_000);
    assert_eq!(get(&mut bench, CLASSIC, "showMessagesQueue")["totalMessages"], 2);
    bench.control("PUT", "/twin/accounts/chat_api/27001", json!({ "state": "authenticated" }));
    bench.pass(1_999);
    assert_eq!(bench.shown(ANNA), ["one"]);
    bench.pass(1_000);
    assert_eq!(bench.shown(ANNA), ["one", "two"]);
    post(&mut bench, CLASSIC, "logout", &json!({}));
    send(&mut bench, "three");
    let cleared = post(&mut bench, CLASSIC, "clearMessagesQueue", &json!({})).to_json();
    assert_eq!(cleared["messageTextsExample"], json!(["three"]));
}

#[test]
fn journals_are_read_from_a_number_or_newest_first() {
    let mut bench = bench();
    send(&mut bench, "one");
    bench.pass(1_000);
    bench.control(
        "POST",
        "/twin/reply",
        json!({ "account": CLASSIC, "from": ANNA, "text": "two" }),
    );
    bench.pass(0);
    let all = get(&mut bench, CLASSIC, "messages");
    assert_eq!(
        (all["messages"].as_array().map(Vec::len), &all["lastMessageNumber"]),
        (Some(2), &json!(2))
    );
    let rest = get(&mut bench, CLASSIC, "messages?lastMessageNumber=1");
    assert_eq!(rest["messages"][0]["body"], "two");
    assert_eq!(rest["messages"][0]["fromMe"], false);
    let chat = format!("messagesHistory?page=0&count=1&chatId={ANNA}@c.us");
    assert_eq!(get(&mut bench, CLASSIC, &chat)["messages"][0]["body"], "two");
    let dialogs = get(&mut bench, CLASSIC, "dialogs");
    assert_eq!(dialogs["dialogs"][0]["id"], format!("{ANNA}@c.us"));
}

#[test]
fn a_file_comes_as_an_address_as_base64_or_in_a_form() {
    let mut bench = bench();
    let body = json!({ "phone": ANNA, "filename": "a.png", "caption": "Чек",
        "body": "data:image/png;base64,iVBORw==" });
    assert_eq!(post(&mut bench, CLASSIC, "sendFile", &body).to_json()["sent"], true);
    let mut request = WireRequest::new("POST", &path(CLASSIC, "sendFile"));
    let kind = "multipart/form-data; boundary=b".to_owned();
    request.headers.push(("content-type".to_owned(), kind));
    request.body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"phone\"\r\n\r\n{ANNA}\r\n--b\r\n\
         Content-Disposition: form-data; name=\"file\"; filename=\"b.pdf\"\r\n\r\n%PDF\r\n--b--\r\n"
    )
    .into_bytes();
    assert_eq!(bench.twin.request(bench.now_ms, &request).to_json()["sent"], true);
    bench.pass(1_000);
    let bubbles = bench.control("GET", &format!("/twin/bubbles?to={ANNA}"), Value::Null);
    let bytes = |bench: &mut Bench, n: usize| {
        let url = bubbles[n]["file"]["url"].as_str().expect("an address");
        let path = &url[url.find("/twin/").expect("a file of the twin")..];
        bench.request("GET", path, &Value::Null).body
    };
    assert_eq!((&bubbles[0]["kind"], &bubbles[0]["text"]), (&json!("image"), &json!("Чек")));
    assert_eq!(bytes(&mut bench, 0), b"\x89PNG");
    assert_eq!(bytes(&mut bench, 1), b"%PDF");
}

#[test]
fn a_group_is_open_once_somebody_has_written_in_it() {
    let mut bench = bench();
    let group = json!({ "messenger": "whatsapp", "name": "Team", "members": [ANNA] });
    bench.control("PUT", "/twin/groups/G1", group);
    let body = json!({ "chatId": "G1@g.us", "body": "All" });
    assert_eq!(post(&mut bench, CLASSIC, "sendMessage", &body).to_json()["sent"], false);
    let reply = json!({ "account": CLASSIC, "from": ANNA, "group": "G1", "text": "Hi" });
    bench.control("POST", "/twin/reply", reply);
    let told = posted(&mut bench, 0);
    let message = &told[0]["messages"][0];
    assert_eq!((&message["chatId"], &message["chatName"]), (&json!("G1@g.us"), &json!("Team")));
    assert_eq!(message["author"], format!("{ANNA}@c.us"));
    assert_eq!(post(&mut bench, CLASSIC, "sendMessage", &body).to_json()["sent"], true);
    let made =
        json!({ "groupName": "New", "phones": [79_001_234_567_u64], "messageText": "Hi all" });
    let made = post(&mut bench, CLASSIC, "group", &made).to_json();
    assert!(
        made["created"] == true && made["chatId"].as_str().is_some_and(|id| id.ends_with("@g.us"))
    );
    bench.pass(1_000);
    assert!(bench.shown(ANNA).contains(&"Hi all".to_owned()));
}

#[test]
fn webhooks_are_posted_once_unless_they_are_guaranteed() {
    let mut bench = bench();
    bench.answer = Some(500);
    let write = |bench: &mut Bench, text: &str| {
        let reply = json!({ "account": CLASSIC, "from": ANNA, "text": text });
        bench.control("POST", "/twin/reply", reply);
    };
    write(&mut bench, "lost");
    assert_eq!(posted(&mut bench, 3_600_000).len(), 1);
    post(&mut bench, CLASSIC, "settings", &json!({ "guaranteedHooks": true }));
    write(&mut bench, "told");
    assert_eq!(posted(&mut bench, 3_600_000).len(), 20);
    let bare =
        post(&mut bench, CLASSIC, "webhook", &json!({ "webhookUrl": "http://192.0.2.7/in" }));
    assert_eq!((bare.status, &bare.to_json()["set"]), (200, &json!(false)));
}

#[test]
fn official_whatsapp_has_a_window_and_templates() {
    let mut bench = bench();
    post(&mut bench, ONE_MSG, "webhook", &json!({ "webhookUrl": IN }));
    let text = json!({ "phone": ANNA, "body": "Hi" });
    let closed = post(&mut bench, ONE_MSG, "sendMessage", &text).to_json();
    assert_eq!(closed["sent"], false);
    let params = json!([{ "type": "body", "parameters": [
        { "type": "text", "text": "Анна" }, { "type": "text", "text": "17" }] }]);
    let template = json!({ "phone": ANNA, "template": "order_ready", "namespace": "twin",
        "language": { "policy": "deterministic", "code": "ru" }, "params": params });
    assert_eq!(post(&mut bench, ONE_MSG, "sendTemplate", &template).to_json()["sent"], true);
    bench.pass(1_000);
    assert_eq!(bench.shown(ANNA), ["Здравствуйте, Анна! Заказ 17 готов."]);
    bench.control("POST", "/twin/reply", json!({ "account": ONE_MSG, "from": ANNA, "text": "Hi" }));
    assert_eq!(post(&mut bench, ONE_MSG, "sendMessage", &text).to_json()["sent"], true);
    bench.pass(24 * 3_600_000 + 1);
    assert_eq!(post(&mut bench, ONE_MSG, "sendMessage", &text).to_json()["sent"], false);
}

#[test]
fn ultramsg_has_words_of_its_own() {
    let mut bench = bench();
    bench.control("PUT", "/twin/accounts/chat_api/27003", json!({ "webhook_url": IN }));
    let body = json!({ "to": format!("+{ANNA}"), "body": "Hi", "referenceId": "r1" });
    let answer = post(&mut bench, ULTRAMSG, "messages/chat", &body).to_json();
    assert_eq!(answer, json!({ "sent": "true", "message": "ok", "id": 1 }));
    let told = posted(&mut bench, 1_000);
    let events: Vec<_> =
        told.iter().map(|body| (&body["event_type"], &body["data"]["ack"])).collect();
    assert_eq!(
        events,
        [
            (&json!("message_create"), &json!("")),
            (&json!("message_ack"), &json!("server")),
            (&json!("message_ack"), &json!("device")),
        ]
    );
    assert!(told.iter().all(|body| body["referenceId"] == "r1"));
    let refused = post(&mut bench, ULTRAMSG, "messages/chat", &json!({ "body": "Hi" })).to_json();
    assert_eq!(refused, json!({ "error": [{ "to": "is required" }] }));
    let status = get(&mut bench, ULTRAMSG, "instance/status");
    assert_eq!(status["status"]["accountStatus"]["status"], "authenticated");
}
