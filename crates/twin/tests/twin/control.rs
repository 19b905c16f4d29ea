//! The rest of the control door.

use serde_json::{Value, json};
use vestnik_twin::{Behaviour, mail::Mail};

use crate::bench::{ACCOUNT, Bench};

const PHONE: &str = "79001234567";

#[test]
fn a_status_set_by_hand_is_reported() {
    let mut bench = Bench::with_webhooks();
    bench.control("PUT", &format!("/twin/phones/{PHONE}"), json!({ "on": false }));
    let id = bench.send(PHONE, "Hello");
    bench.pass(1_000);
    for status in ["delivered", "failed", "read"] {
        let body = json!({ "id": id, "status": status });
        let bubble = bench.control("POST", "/twin/status", body);
        assert_eq!(bubble["status"], status);
    }
    bench.pass(1_000);
    assert_eq!(bench.statuses(&id), ["sent", "delivered", "failed", "read"]);
    let unknown = json!({ "id": "nothing", "status": "read" });
    assert_eq!(bench.request("POST", "/twin/status", &unknown).status, 404);
}

#[test]
fn a_bubble_tells_everything() {
    let mut bench = Bench::new();
    let id = bench.send(PHONE, "Hello");
    let all = bench.control("GET", "/twin/bubbles?all=1", Value::Null);
    assert_eq!((&all[0]["status"], &all[0]["shown"]), (&json!("queued"), &json!(false)));
    bench.pass(1_000);
    let path = format!("/twin/bubbles?messenger=whatsapp&to=%2B{PHONE}");
    let bubble = &bench.control("GET", &path, Value::Null)[0];
    for (name, value) in [
        ("id", json!(id)),
        ("provider", json!("green_api")),
        ("account", json!(ACCOUNT)),
        ("messenger", json!("whatsapp")),
        ("direction", json!("in")),
        ("from", json!("78005550001")),
        ("to", json!(PHONE)),
        ("text", json!("Hello")),
        ("status", json!("delivered")),
    ] {
        assert_eq!(bubble[name], value, "{name}");
    }
    let times = &bubble["at"];
    let took = times["delivered"].as_i64().zip(times["sent"].as_i64()).map(|(d, s)| d - s);
    assert_eq!(took, Some(200));
    let others = bench.control("GET", "/twin/bubbles?messenger=telegram", Value::Null);
    assert_eq!(others, json!([]));
}

#[test]
fn a_faster_clock_shortens_what_already_waits() {
    let mut bench = Bench::with_webhooks();
    bench.answer = Some(500);
    bench.send(PHONE, "Hello");
    bench.pass(1_000);
    assert_eq!(bench.posted.len(), 1);
    bench.control("PUT", "/twin/clock", json!({ "speed": 60 }));
    bench.pass(1_000);
    assert_eq!(bench.posted.len(), 2, "a minute in a second");
    let stamp = bench.posted[1].2["timestamp"].as_i64();
    assert_eq!(stamp, bench.posted[0].2["timestamp"].as_i64(), "the same one, truly stamped");
}

#[test]
fn a_sink_keeps_and_answers_as_told() {
    let mut bench = Bench::new();
    let path = "/twin/sink/reports";
    let post = |bench: &mut Bench, body: &Value| bench.request("POST", path, body);
    assert_eq!(post(&mut bench, &json!({ "a": 1 })).status, 200);
    let change = json!({ "status": 503, "latency_ms": 20, "fail_next": 1 });
    bench.control("PUT", path, change);
    assert_eq!(post(&mut bench, &json!({ "a": 2 })).status, 500);
    let answer = post(&mut bench, &json!("text"));
    assert_eq!((answer.status, answer.behaviour), (503, Behaviour::Answer { after_ms: 20 }));
    let kept = bench.control("GET", path, Value::Null);
    assert_eq!(kept.as_array().map(Vec::len), Some(3));
    assert_eq!(kept[1]["body"], json!({ "a": 2 }));
    assert_eq!(kept[1]["headers"]["content-type"], "application/json");
    assert_eq!(bench.control("DELETE", path, Value::Null), json!([]));
    assert_eq!(bench.control("GET", path, Value::Null), json!([]));
    assert_eq!(post(&mut bench, &json!({})).status, 200);
}

#[test]
fn accounts_are_listed_made_and_changed() {
    let mut bench = Bench::new();
    let listed = bench.control("GET", "/twin/instances", Value::Null);
    let ids: Vec<&Value> = listed.as_array().expect("a list").iter().map(|i| &i["id"]).collect();
    assert_eq!(ids, ["1234567890", "1234567891", "3100000001"]);
    let made = bench.control("PUT", "/twin/instances/1101000001", json!({ "delay_ms": 0 }));
    assert_eq!((&made["delay_ms"], &made["state"]), (&json!(0), &json!("authorized")));
    assert_eq!(
        bench.control("GET", "/twin/instances", Value::Null).as_array().map(Vec::len),
        Some(4)
    );
    assert_eq!(bench.request("GET", "/twin/instances/5", &Value::Null).status, 404);
    let overview = bench.control("GET", "/twin", Value::Null);
    assert_eq!(overview["providers"][0], "green_api");
    let all = bench.control("GET", "/twin/accounts", Value::Null);
    assert_eq!(overview["accounts"], json!(all.as_array().map(Vec::len)));
}

#[test]
fn a_handset_sees_what_changed() {
    let mut bench = Bench::new();
    let first = bench.twin.handset(PHONE, 0).expect("a first view");
    assert_eq!(first["phone"]["on"], true);
    assert_eq!(first["lines"][0]["account"], ACCOUNT);
    let seen = first["revision"].as_u64().expect("a number");
    assert!(bench.twin.handset(PHONE, seen).is_none());
    let id = bench.send(PHONE, "Hello");
    assert!(bench.twin.handset(PHONE, seen).is_none(), "it has not arrived");
    bench.pass(1_000);
    let view = bench.twin.handset(PHONE, seen).expect("it has arrived");
    assert_eq!(view["bubbles"][0]["id"], id);
    assert!(view.get("phone").is_none());
    for (path, status) in
        [("/", 302), ("/handset", 200), ("/handset/79001234567", 200), ("/health/live", 200)]
    {
        assert_eq!(bench.request("GET", path, &Value::Null).status, status, "{path}");
    }
}

#[test]
fn a_handset_is_the_phone_that_its_address_means() {
    let mut bench = Bench::new();
    bench.send("79161234567", "Hello");
    bench.pass(1_000);
    let path = "/handset/8 (916) 123-45-67/state".replace(' ', "%20");
    let state = bench.request("GET", &path, &Value::Null).to_json();
    assert_eq!(state["bubbles"][0]["text"], "Hello", "{state}");
    for wrong in ["/handset/123", "/handset/name", "/handset/%zz"] {
        let page = bench.request("GET", wrong, &Value::Null);
        assert_eq!(page.status, 404, "{wrong}");
        assert!(String::from_utf8_lossy(&page.body).contains("page.js"), "it says what is wrong");
    }
}

#[test]
fn mails_are_kept() {
    let mut bench = Bench::new();
    let mail = Mail { to: vec!["a@example.com".to_owned()], ..Mail::default() };
    bench.twin.add_mail(mail);
    assert_eq!(bench.control("GET", "/twin/mails", Value::Null)[0]["to"][0], "a@example.com");
    assert_eq!(bench.control("GET", "/twin/mails?to=b@example.com", Value::Null), json!([]));
}

#[test]
fn an_incoming_message_is_read_by_the_company() {
    let mut bench = Bench::with_webhooks();
    let reply = json!({ "account": ACCOUNT, "from": PHONE, "text": "Hello" });
    bench.control("POST", "/twin/reply", reply);
    let status = |bench: &mut Bench| {
        bench.control("GET", "/twin/bubbles?direction=out", Value::Null)[0]["status"].clone()
    };
    assert_eq!(status(&mut bench), "delivered");
    let answer = bench.api("readChat", &json!({ "chatId": format!("{PHONE}@c.us") }));
    assert_eq!(answer.to_json(), json!({ "setRead": true }));
    assert_eq!(status(&mut bench), "read");
}
