//! Faults that are set through the control door.

use serde_json::{Value, json};
use vestnik_twin::{Behaviour, Cut};

use crate::bench::{ACCOUNT, Bench};

const PHONE: &str = "79001234567";

fn try_send(bench: &mut Bench) -> (u16, Behaviour) {
    let body = json!({ "chatId": format!("{PHONE}@c.us"), "message": "Hello" });
    let answer = bench.api("sendMessage", &body);
    (answer.status, answer.behaviour)
}

#[test]
fn requests_go_wrong_as_told() {
    let fine = Behaviour::Answer { after_ms: 0 };
    for (fault, status, behaviour, has_effect) in [
        (json!({ "latency_ms": 70 }), 200, Behaviour::Answer { after_ms: 70 }, true),
        (json!({ "error": 502 }), 502, fine, false),
        (json!({ "error": 502, "takes_effect": true }), 502, fine, true),
        (json!({ "error_rate": 1 }), 500, fine, false),
        (json!({ "error_rate": 0, "error": 500 }), 200, fine, true),
        (json!({ "cut": "before" }), 502, Behaviour::Cut { when: Cut::Before, after_ms: 0 }, false),
        (json!({ "cut": "after" }), 200, Behaviour::Cut { when: Cut::After, after_ms: 0 }, true),
        (json!({ "error": 500, "account": "1234567891" }), 200, fine, true),
        (json!({ "error": 500, "account": 1_234_567_890 }), 500, fine, false),
        (json!({ "error": 500, "method": "checkWhatsapp" }), 200, fine, true),
    ] {
        let mut bench = Bench::new();
        let set = bench.control("PUT", "/twin/faults", fault.clone());
        assert_eq!(set.as_array().map(Vec::len), Some(1));
        assert_eq!(try_send(&mut bench), (status, behaviour), "{fault}");
        bench.pass(1_000);
        assert_eq!(bench.shown(PHONE).len(), usize::from(has_effect), "{fault}");
        assert_eq!(bench.control("DELETE", "/twin/faults", Value::Null), json!([]));
        assert_eq!(try_send(&mut bench), (200, fine));
    }
}

#[test]
fn a_429_may_say_when_to_come_back() {
    let mut bench = Bench::new();
    bench.control("PUT", "/twin/faults", json!({ "error": 429, "retry_after_s": 7 }));
    let answer = bench.api("sendMessage", &json!({}));
    assert_eq!(answer.status, 429);
    assert!(answer.headers.contains(&("retry-after".to_owned(), "7".to_owned())));
}

#[test]
fn a_share_of_requests_goes_wrong() {
    let mut bench = Bench::new();
    bench.control("PUT", "/twin/instances/1234567890", json!({ "limits": false }));
    bench.control("PUT", "/twin/faults", json!({ "error_rate": 0.25, "error": 500 }));
    let wrong = (0..1_000).filter(|_| try_send(&mut bench).0 == 500).count();
    assert!((200..300).contains(&wrong), "{wrong}");
}

#[test]
fn receipts_are_lost_doubled_and_late() {
    for (receipts, statuses, last_ms) in [
        (json!({ "lose": 1 }), &[] as &[&str], 0),
        (json!({ "double": true }), &["sent", "sent", "delivered", "delivered"], 200),
        (json!({ "delay_ms": 3_000 }), &["sent", "delivered"], 3_200),
    ] {
        let mut bench = Bench::with_webhooks();
        let fault = json!({ "provider": "green_api", "account": ACCOUNT, "receipts": receipts });
        bench.control("PUT", "/twin/faults", fault);
        let begun = bench.now_ms;
        let id = bench.send(PHONE, "Hello");
        bench.pass(10_000);
        assert_eq!(bench.statuses(&id), statuses, "{receipts}");
        assert_eq!(bench.posted.last().map_or(begun, |(at, _, _)| *at) - begun, last_ms);
    }
}

#[test]
fn receipts_change_their_order() {
    let mut bench = Bench::with_webhooks();
    bench.control("PUT", "/twin/faults", json!({ "receipts": { "shuffle": true } }));
    let ids: Vec<String> = (0..20).map(|n| bench.send(PHONE, &n.to_string())).collect();
    bench.pass(60_000);
    let is_odd = |id: &String| bench.statuses(id) == ["delivered", "sent"];
    assert!(ids.iter().any(is_odd));
    assert_eq!(bench.posted.len(), 40);
}

#[test]
fn nonsense_is_refused_with_a_reason() {
    let mut bench = Bench::new();
    for (method, path, body) in [
        ("PUT", "/twin/faults", json!({ "error_rate": 2 })),
        ("PUT", "/twin/faults", json!({ "cut": "sideways" })),
        ("PUT", "/twin/faults", json!({ "provider": "nobody" })),
        ("PUT", "/twin/faults", json!({ "latency": 5 })),
        ("PUT", "/twin/clock", json!({ "speed": 0 })),
        ("PUT", "/twin/phones/abc", json!({ "on": true })),
        ("PUT", "/twin/phones/79001234567", json!({ "messengers": ["icq"] })),
        ("POST", "/twin/status", json!({ "id": "x", "status": "eaten" })),
        ("POST", "/twin/reply", json!({ "account": ACCOUNT, "from": PHONE })),
        ("POST", "/twin/reply", json!({ "account": "5", "from": PHONE, "text": "x" })),
        ("PUT", "/twin/instances/1234567890", json!({ "state": "happy" })),
        ("PUT", "/twin/sink/a", json!({ "status": 5 })),
    ] {
        let answer = bench.request(method, path, &body);
        assert_eq!(answer.status, 400, "{path} {body}");
        assert!(answer.to_json()["error"].is_string(), "{path} {body}");
    }
}
