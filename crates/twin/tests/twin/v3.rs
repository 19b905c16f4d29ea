//! Green-API's MAX instances ("v3"): ids of their own, no `sent`, shorter texts.

use serde_json::{Value, json};

use crate::bench::Bench;
use vestnik_twin::config::TOKEN;

const MAX: &str = "3100000001";
const PHONE: &str = "79001234567";

fn call(bench: &mut Bench, method: &str, body: &Value) -> Value {
    let path = format!("/v3/waInstance{MAX}/{method}/{TOKEN}");
    let verb = if body.is_null() { "GET" } else { "POST" };
    bench.request(verb, &path, body).to_json()
}

fn bench() -> Bench {
    let mut bench = Bench::new();
    let settings = json!({
        "webhookUrl": "http://127.0.0.1:1/in", "outgoingWebhook": "yes", "incomingWebhook": "yes",
    });
    assert_eq!(call(&mut bench, "setSettings", &settings), json!({ "saveSettings": true }));
    bench
}

#[test]
fn a_message_by_number_has_no_sent_and_an_id_of_the_messenger() {
    let mut bench = bench();
    let body = json!({ "chatId": format!("{PHONE}@c.us"), "message": "Привет" });
    let id = call(&mut bench, "sendMessage", &body)["idMessage"].as_str().unwrap().to_owned();
    bench.pass(1_000);
    assert_eq!(bench.statuses(&id), ["delivered"]);
    let (_, _, status) = bench.posted[0].clone();
    assert_eq!(status["instanceData"]["typeInstance"], "v3");
    let chat = status["chatId"].as_str().unwrap();
    assert!(chat.bytes().all(|b| b.is_ascii_digit()) && chat != PHONE, "{chat}");
    let known = call(&mut bench, "checkAccount", &json!({ "phoneNumber": 79_001_234_567_u64 }));
    assert_eq!(known, json!({ "exist": true, "chatId": chat, "fromCache": false }));
    let body = json!({ "chatId": chat, "message": "По id" });
    assert!(call(&mut bench, "sendMessage", &body)["idMessage"].is_string());
    bench.pass(2_000);
    let path = format!("/twin/bubbles?messenger=max&to={PHONE}");
    let shown = bench.control("GET", &path, Value::Null);
    let texts: Vec<&str> =
        shown.as_array().unwrap().iter().map(|b| b["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["Привет", "По id"]);
}

#[test]
fn what_comes_in_names_the_chat_by_its_id_and_the_number_beside_it() {
    let mut bench = bench();
    let reply = json!({ "messenger": "max", "account": MAX, "from": PHONE, "text": "Да" });
    bench.control("POST", "/twin/reply", reply);
    bench.pass(100);
    let (_, _, body) = bench.posted.last().unwrap();
    let sender = &body["senderData"];
    assert_eq!(sender["chatId"], sender["sender"]);
    assert_eq!(
        (&sender["chatType"], &sender["senderPhoneNumber"]),
        (&json!("user"), &json!(79_001_234_567_u64))
    );
    assert!(!sender["chatId"].as_str().unwrap().contains('@'));
}

#[test]
fn texts_are_shorter_and_ids_are_checked() {
    let mut bench = bench();
    let long = json!({ "chatId": format!("{PHONE}@c.us"), "message": "а".repeat(4_001) });
    let answer = call(&mut bench, "sendMessage", &long).to_string();
    assert!(answer.contains("less than or equal to 4000"), "{answer}");
    let odd = json!({ "chatId": "nobody@s.us", "message": "x" });
    let answer = call(&mut bench, "sendMessage", &odd).to_string();
    assert!(answer.contains("'phone_number@c.us' or 'chatId'"), "{answer}");
}
