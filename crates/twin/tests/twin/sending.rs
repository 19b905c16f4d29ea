//! From the call to the phone.

use serde_json::{Value, json};

use crate::bench::{ACCOUNT, Bench, START_MS};

const PHONE: &str = "79001234567";

#[test]
fn a_message_is_queued_sent_delivered_and_read() {
    let mut bench = Bench::with_webhooks();
    let id = bench.send(PHONE, "Hello");
    assert_eq!(id.len(), 20);
    assert!(id.starts_with("3EB0") && id.bytes().all(|b| b"0123456789ABCDEF".contains(&b)));
    assert!(bench.shown(PHONE).is_empty(), "nothing is on the phone yet");

    bench.pass(100);
    assert_eq!(bench.statuses(&id), ["sent"]);
    bench.pass(200);
    assert_eq!(bench.statuses(&id), ["sent", "delivered"]);
    assert_eq!(bench.shown(PHONE), ["Hello"]);

    let read = bench.control("POST", &format!("/handset/{PHONE}/read"), json!({}));
    assert_eq!(read, json!({ "read": 1 }));
    bench.pass(10);
    assert_eq!(bench.statuses(&id), ["sent", "delivered", "read"]);
    let (_, _, body) = &bench.posted[0];
    assert_eq!(
        *body,
        json!({
            "typeWebhook": "outgoingMessageStatus", "chatId": "79001234567@c.us",
            "instanceData": {
                "idInstance": 1_234_567_890, "wid": "78005550001@c.us", "typeInstance": "whatsapp",
            },
            "timestamp": START_MS / 1_000, "idMessage": id, "status": "sent", "description": "",
            "sendByApi": true,
        })
    );
}

#[test]
fn the_queue_keeps_order_and_the_gap() {
    let mut bench = Bench::with_webhooks();
    let ids: Vec<String> = (0..3).map(|n| bench.send(PHONE, &format!("{n}"))).collect();
    assert_eq!(bench.get("getMessagesCount").to_json()["count"], 3);
    let queue = bench.get("showMessagesQueue").to_json();
    assert_eq!(queue[2]["messageID"], ids[2]);
    bench.pass(2_000);
    assert_eq!(bench.shown(PHONE), ["0", "1", "2"]);
    let sent = bench.posted.iter().filter(|(_, _, body)| body["status"] == "sent");
    let times: Vec<i64> = sent.map(|(at, _, _)| at - START_MS).collect();
    assert_eq!(times, [0, 500, 1_000]);

    bench.control("PUT", "/twin/instances/1234567890", json!({ "delay_ms": 0 }));
    let before = bench.now_ms;
    (0..5).for_each(|n| drop(bench.send(PHONE, &format!("fast {n}"))));
    bench.pass(0);
    assert_eq!(bench.now_ms, before);
    assert_eq!(bench.get("getMessagesCount").to_json()["count"], 0);
}

#[test]
fn a_phone_that_is_off_gets_all_when_it_is_on() {
    let mut bench = Bench::with_webhooks();
    bench.control("PUT", &format!("/twin/phones/{PHONE}"), json!({ "on": false }));
    let id = bench.send(PHONE, "Later");
    bench.pass(60_000);
    assert_eq!(bench.statuses(&id), ["sent"]);
    assert!(bench.shown(PHONE).is_empty());
    let change = json!({ "on": true, "auto_read": true });
    bench.control("PUT", &format!("/twin/phones/{PHONE}"), change);
    bench.pass(1_000);
    assert_eq!(bench.statuses(&id), ["sent", "delivered", "read"]);
    assert_eq!(bench.shown(PHONE), ["Later"]);
}

#[test]
fn special_numbers_end_as_documented() {
    for (phone, statuses) in [
        ("79990000200", &[] as &[&str]),
        ("79990000201", &["sent"]),
        ("79990000400", &["failed"]),
        ("79990000403", &["yellowCard"]),
        ("79990000404", &["noAccount"]),
        ("79990000405", &["sent", "delivered"]),
        ("78005550001", &["sent"]),
    ] {
        let mut bench = Bench::with_webhooks();
        let id = bench.send(phone, "Hello");
        bench.pass(5_000);
        assert_eq!(bench.statuses(&id), statuses, "{phone}");
    }
}

#[test]
fn no_account_is_said_even_when_statuses_are_off() {
    let mut bench = Bench::with_webhooks();
    bench.pass(1_000);
    bench.api("setSettings", &json!({ "outgoingWebhook": "no" }));
    bench.control("PUT", &format!("/twin/phones/{PHONE}"), json!({ "messengers": ["telegram"] }));
    let check = bench.api("checkWhatsapp", &json!({ "phoneNumber": 79_001_234_567_u64 }));
    assert_eq!(check.to_json(), json!({ "existsWhatsapp": false }));
    let (absent, present) = (bench.send(PHONE, "a"), bench.send("79001234568", "b"));
    bench.pass(5_000);
    assert_eq!(bench.statuses(&absent), ["noAccount"]);
    assert!(bench.statuses(&present).is_empty());
    assert_eq!(bench.shown("79001234568"), ["b"]);
}

#[test]
fn states_keep_fail_or_refuse() {
    let path = format!("/twin/instances/{ACCOUNT}");
    let mut bench = Bench::with_webhooks();
    bench.control("PUT", &path, json!({ "state": "notAuthorized" }));
    let id = bench.send(PHONE, "Waits");
    bench.pass(10_000);
    assert!(bench.statuses(&id).is_empty());
    assert_eq!(bench.get("qr").to_json()["type"], "qrCode");
    bench.control("PUT", &path, json!({ "state": "authorized" }));
    bench.pass(10_000);
    assert_eq!(bench.statuses(&id), ["sent", "delivered"]);
    let changes =
        bench.posted.iter().filter(|(_, _, b)| b["typeWebhook"] == "stateInstanceChanged");
    let states: Vec<&Value> = changes.map(|(_, _, body)| &body["stateInstance"]).collect();
    assert_eq!(states, ["notAuthorized", "authorized"]);

    bench.control("PUT", &path, json!({ "state": "starting" }));
    let body = json!({ "chatId": "79001234567@c.us", "message": "x" });
    let refused = bench.api("sendMessage", &body);
    assert_eq!(refused.status, 400);
    assert_eq!(refused.to_json()["message"], "instance in starting process try later");

    bench.control("PUT", &path, json!({ "state": "blocked" }));
    let id = bench.send(PHONE, "Fails");
    bench.pass(1_000);
    assert_eq!(bench.statuses(&id), ["failed"]);

    bench.control("PUT", &path, json!({ "state": "yellowCard" }));
    let id = bench.send(PHONE, "Held");
    bench.pass(1_000);
    assert!(bench.statuses(&id).is_empty());
    assert_eq!(bench.get("reboot").to_json(), json!({ "isReboot": true }));
    bench.pass(3_000);
    assert_eq!(bench.statuses(&id), ["sent", "delivered"]);
}

#[test]
fn files_places_and_cards_are_shown() {
    let mut bench = Bench::new();
    let chat = "79001234567@c.us";
    let file = json!({
        "chatId": chat, "urlFile": "http://127.0.0.1/a/b.png?x=1", "fileName": "cat.png",
        "caption": "A cat",
    });
    let place = json!({ "chatId": chat, "latitude": 55.7, "longitude": 37.6, "address": "Moscow" });
    let card = json!({
        "chatId": chat, "contact": { "phoneContact": 79_001_112_233_u64, "firstName": "Ann" },
    });
    for (method, body) in [("sendFileByUrl", file), ("sendLocation", place), ("sendContact", card)]
    {
        assert_eq!(bench.api(method, &body).status, 200, "{method}");
    }
    bench.pass(5_000);
    let bubbles = bench.control("GET", &format!("/twin/bubbles?to={PHONE}"), Value::Null);
    assert_eq!(bubbles[0]["kind"], "image");
    assert_eq!(bubbles[0]["file"]["mime"], "image/png");
    assert_eq!(bubbles[0]["text"], "A cat");
    assert_eq!(bubbles[1]["extra"]["latitude"], 55.7);
    assert_eq!(bubbles[2]["text"], "Ann +79001112233");
    let ask = json!({ "chatId": chat, "idMessage": bubbles[0]["id"] });
    let download = bench.api("downloadFile", &ask).to_json();
    assert_eq!(download["downloadUrl"], "http://127.0.0.1/a/b.png?x=1");
}

#[test]
fn journals_list_what_has_left_the_queue() {
    let mut bench = Bench::with_webhooks();
    let first = bench.send(PHONE, "one");
    let second = bench.send(PHONE, "two");
    bench.pass(100);
    let listed = bench.get("lastOutgoingMessages").to_json();
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    assert_eq!(listed[0]["idMessage"], first);
    assert_eq!(listed[0]["statusMessage"], "sent");
    assert_eq!(listed[0]["textMessage"], "one");
    let ask = json!({ "chatId": "79001234567@c.us", "idMessage": second });
    assert_eq!(bench.api("getMessage", &ask).status, 400);
    bench.pass(1_000);
    let message = bench.api("getMessage", &ask).to_json();
    assert_eq!(message["statusMessage"], "delivered");
    assert_eq!(message["type"], "outgoing");
}

#[test]
fn one_seed_gives_one_history() {
    let history = |seed| {
        let mut bench = Bench::seeded(seed);
        let settings = json!({ "webhookUrl": "http://127.0.0.1:1/", "outgoingWebhook": "yes" });
        bench.api("setSettings", &settings);
        let receipts = json!({ "lose": 0.3, "double": 0.3, "delay_ms": 50, "shuffle": true });
        let fault = json!({ "provider": "green_api", "receipts": receipts });
        bench.control("PUT", "/twin/faults", fault);
        (0..20).for_each(|n| drop(bench.send("79001234567", &format!("{n}"))));
        bench.pass(60_000);
        format!("{:?}", bench.posted)
    };
    assert_eq!(history(1), history(1));
    assert_ne!(history(1), history(2));
}
