//! Delivery of webhooks, and what they say about incoming messages.

use serde_json::{Value, json};

use crate::bench::{ACCOUNT, Bench};

const PHONE: &str = "79001234567";

fn write(bench: &mut Bench, more: &Value) -> String {
    let mut body = json!({ "messenger": "whatsapp", "account": ACCOUNT, "from": PHONE });
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    let answer = bench.control("POST", "/twin/reply", body);
    answer["id"].as_str().expect("an id").to_owned()
}

#[test]
fn only_200_is_taken_and_the_same_one_comes_again_first() {
    for refusal in [Some(201), Some(404), Some(500), None] {
        let mut bench = Bench::with_webhooks();
        bench.answer = refusal;
        let first = write(&mut bench, &json!({ "text": "one" }));
        let second = write(&mut bench, &json!({ "text": "two" }));
        bench.pass(130_000);
        let ids: Vec<&Value> = bench.posted.iter().map(|(_, _, body)| &body["idMessage"]).collect();
        assert_eq!(ids, [&first, &first, &first], "{refusal:?}");
        let gap = bench.posted[1].0 - bench.posted[0].0;
        assert_eq!(gap, 60_000);
        bench.answer = Some(200);
        bench.pass(60_000);
        assert_eq!(bench.posted[3].2["idMessage"], first);
        assert_eq!(bench.posted[4].2["idMessage"], second);
        assert_eq!(bench.posted.len(), 5);
    }
}

#[test]
fn a_webhook_is_dropped_after_a_day() {
    let mut bench = Bench::with_webhooks();
    bench.answer = None;
    write(&mut bench, &json!({ "text": "one" }));
    bench.pass(25 * 3_600_000);
    let attempts = bench.posted.len();
    assert!((1_430..=1_440).contains(&attempts), "{attempts}");
    bench.pass(3_600_000);
    assert_eq!(bench.posted.len(), attempts);
}

#[test]
fn accounts_do_not_wait_for_each_other() {
    let mut bench = Bench::with_webhooks();
    let settings = json!({ "webhookUrl": "http://127.0.0.1:2/", "incomingWebhook": "yes" });
    bench.control("PUT", "/twin/instances/1234567891", json!({ "settings": settings }));
    write(&mut bench, &json!({ "text": "one" }));
    write(&mut bench, &json!({ "text": "two", "account": 1_234_567_891 }));
    let outgoing = bench.twin.turn(bench.now_ms);
    assert_eq!(outgoing.len(), 2);
    assert_eq!(bench.twin.turn(bench.now_ms).len(), 0, "one at a time for each");
}

#[test]
fn the_token_has_three_forms() {
    for (form, value) in
        [("bearer", "Bearer secret"), ("basic", "Basic secret"), ("bare", "secret")]
    {
        let mut bench = Bench::with_webhooks();
        bench.control("PUT", "/twin/instances/1234567890", json!({ "webhook_header": form }));
        write(&mut bench, &json!({ "text": "one" }));
        bench.pass(0);
        let (_, headers, _) = &bench.posted[0];
        assert!(headers.contains(&("authorization".to_owned(), value.to_owned())), "{form}");
    }
}

#[test]
fn texts_quotes_and_files_have_the_documented_shapes() {
    let mut bench = Bench::with_webhooks();
    let id = bench.send(PHONE, "When?");
    bench.pass(1_000);
    bench.posted.clear();
    write(&mut bench, &json!({ "text": "Hello" }));
    write(&mut bench, &json!({ "text": "Today", "quote": id }));
    let file = json!({ "url": "http://127.0.0.1/x.pdf", "name": "x.pdf" });
    write(&mut bench, &json!({ "text": "Look", "file": file }));
    bench.pass(0);
    let data: Vec<&Value> = bench.posted.iter().map(|(_, _, body)| &body["messageData"]).collect();
    assert_eq!(
        *data[0],
        json!({ "typeMessage": "textMessage", "textMessageData": { "textMessage": "Hello" } })
    );
    assert_eq!(
        *data[1],
        json!({
            "typeMessage": "quotedMessage",
            "extendedTextMessageData": {
                "text": "Today", "stanzaId": id, "participant": "78005550001@c.us",
            },
            "quotedMessage": {
                "stanzaId": id, "participant": "78005550001@c.us", "typeMessage": "textMessage",
                "textMessage": "When?",
            },
        })
    );
    assert_eq!(data[2]["typeMessage"], "documentMessage");
    assert_eq!(data[2]["fileMessageData"]["downloadUrl"], "http://127.0.0.1/x.pdf");
    assert_eq!(data[2]["fileMessageData"]["caption"], "Look");
    assert_eq!(
        bench.posted[0].2["senderData"],
        json!({
            "chatId": "79001234567@c.us", "sender": "79001234567@c.us",
            "chatName": "Customer 4567", "senderName": "Customer 4567", "senderContactName": "",
        })
    );
}

#[test]
fn a_message_sent_through_the_api_is_echoed() {
    let mut bench = Bench::with_webhooks();
    let settings = json!({ "outgoingAPIMessageWebhook": "yes" });
    bench.control("PUT", "/twin/instances/1234567890", json!({ "settings": settings }));
    let id = bench.send(PHONE, "Hello");
    bench.pass(0);
    let (_, _, echo) = &bench.posted[0];
    assert_eq!(echo["typeWebhook"], "outgoingAPIMessageReceived");
    assert_eq!(echo["idMessage"], id);
    assert_eq!(echo["messageData"]["extendedTextMessageData"]["text"], "Hello");
    assert_eq!(echo["senderData"]["sender"], "78005550001@c.us");
}

#[test]
fn what_comes_while_nobody_is_logged_in_is_announced_later() {
    let mut bench = Bench::with_webhooks();
    bench.get("logout");
    bench.pass(0);
    bench.posted.clear();
    let id = write(&mut bench, &json!({ "text": "Hello" }));
    bench.pass(1_000);
    assert!(bench.posted.is_empty());
    bench.control("PUT", "/twin/instances/1234567890", json!({ "state": "authorized" }));
    bench.pass(1_000);
    assert!(bench.posted.iter().any(|(_, _, body)| body["idMessage"] == id));
}
