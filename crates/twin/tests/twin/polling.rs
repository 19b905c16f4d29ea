//! Polling instead of webhooks.

use serde_json::{Value, json};
use vestnik_twin::{Behaviour, WireRequest, config::TOKEN};

use crate::bench::{ACCOUNT, Bench};

fn delete(bench: &mut Bench, receipt: &Value) -> Value {
    let path = format!("/waInstance{ACCOUNT}/DeleteNotification/{TOKEN}/{receipt}");
    bench.request("DELETE", &path, &Value::Null).to_json()
}

#[test]
fn the_oldest_comes_until_it_is_deleted() {
    let mut bench = Bench::new();
    bench.api("setSettings", &json!({ "incomingWebhook": "yes" }));
    for text in ["one", "two"] {
        let reply = json!({ "account": ACCOUNT, "from": "79001234567", "text": text });
        bench.control("POST", "/twin/reply", reply);
    }
    bench.pass(1_000);
    assert!(bench.posted.is_empty());
    let first = bench.get("receiveNotification").to_json();
    assert_eq!(first, bench.get("ReceiveNotification").to_json());
    assert_eq!(first["body"]["messageData"]["textMessageData"]["textMessage"], "one");
    assert_eq!(delete(&mut bench, &first["receiptId"])["result"], true);
    assert_eq!(delete(&mut bench, &first["receiptId"])["result"], false);
    let second = bench.get("receiveNotification").to_json();
    assert_eq!(second["body"]["messageData"]["textMessageData"]["textMessage"], "two");
    let odd = bench.request(
        "DELETE",
        &format!("/waInstance{ACCOUNT}/deleteNotification/{TOKEN}/abc"),
        &Value::Null,
    );
    assert_eq!(odd.status, 400);
}

#[test]
fn an_empty_queue_is_waited_for() {
    let mut bench = Bench::new();
    bench.api("setSettings", &json!({ "incomingWebhook": "yes" }));
    let path = format!("/waInstance{ACCOUNT}/receiveNotification/{TOKEN}?receiveTimeout=20");
    let answer = bench.request("GET", &path, &Value::Null);
    assert_eq!(answer.behaviour, Behaviour::Poll { until_ms: bench.now_ms + 20_000 });
    assert_eq!(answer.to_json(), Value::Null);
    let reply = json!({ "account": ACCOUNT, "from": "79001234567", "text": "one" });
    bench.control("POST", "/twin/reply", reply);
    let again = bench.twin.again(bench.now_ms, &WireRequest::new("GET", &path));
    assert_eq!(again.behaviour, Behaviour::Answer { after_ms: 0 });
    assert!(again.to_json()["receiptId"].is_u64());
}

#[test]
fn polling_is_refused_while_webhooks_are_posted() {
    let mut bench = Bench::with_webhooks();
    let answer = bench.get("receiveNotification");
    assert_eq!(answer.status, 400);
    let text = answer.to_json()["message"].to_string();
    assert!(text.contains("custom webhook url is set"), "{text}");
}
