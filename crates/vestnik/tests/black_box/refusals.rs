//! Bad calls: each has its code and status, and none reaches a phone.

use crate::{
    http,
    program::{Demo, bubbles, call, shown},
};
use serde_json::{Value, json};

const PATH: &str = "/partner/v6/message";
const TO: &str = "79161230040";

/// What to set in a good call, and what is answered.
type Case = (&'static str, Value, u16, u64);

/// A good call with one place changed; null takes the place away.
fn with(path: &str, value: &Value) -> Value {
    let mut call = call(TO, "Текст");
    let mut place = &mut call;
    for name in path.split('.') {
        place = &mut place[name];
    }
    *place = value.clone();
    call
}

fn cases() -> Vec<Case> {
    const CONTENT: &str = "message.data.instantContent.data";
    let tomorrow_is_over = json!({"deadline": "2019-05-10T16:29:30+0300"});
    vec![
        ("login", json!(7), 400, 4),
        ("login", Value::Null, 400, 4),
        ("login", json!("nobody"), 401, 5),
        ("password", json!(["demo"]), 400, 4),
        ("password", json!("wrong"), 401, 6),
        ("destAddr", json!("123"), 406, 8),
        ("destAddr", json!("не телефон"), 406, 8),
        ("destAddr", Value::Null, 406, 8),
        ("destAddr", json!({}), 400, 4),
        ("message", Value::Null, 400, 4),
        ("message", json!("text"), 400, 4),
        ("message.data", json!([]), 400, 4),
        ("message.type", json!("PIGEON"), 406, 9),
        ("message", json!({"type": "SMS", "data": {"text": "Текст"}}), 406, 9),
        ("message", json!({"type": "SMS", "data": {"text": "Текст"}}), 406, 9),
        ("message.data.serviceNumber", json!("NOBODY"), 400, 7),
        ("message.data.ttl", json!(1441), 406, 11),
        ("message.data.ttl", json!("soon"), 400, 4),
        ("message.data.ttlUnit", json!("MINUTES"), 400, 4),
        (CONTENT, json!({"text": "Текст", "imageURL": "https://shop.example/a.png"}), 400, 4),
        (CONTENT, json!({"text": ""}), 400, 4),
        (CONTENT, json!({"text": "я".repeat(1001)}), 400, 4),
        ("message.data.instantContent.type", json!("HOLOGRAM"), 400, 4),
        ("notifyUrl", json!(""), 400, 4),
        ("notifyUrl", json!(format!("http://a.example/{}", "a".repeat(2032))), 400, 4),
        ("id", json!("i".repeat(51)), 400, 4),
        ("id", json!(""), 400, 4),
        ("scheduleInfo", json!({"weekdaysSchedule": "08"}), 400, 4),
        ("scheduleInfo", json!({"timeBegin": "25:00"}), 400, 4),
        ("scheduleInfo", json!({"timeBegin": "10:00", "timeEnd": "10:00"}), 400, 4),
        ("scheduleInfo", tomorrow_is_over, 400, 4),
        ("registeredDelivery", json!(3), 400, 4),
        ("extraParam", json!("name"), 400, 4),
        ("cascadeChainLink", json!({"state": "SEEN"}), 400, 4),
    ]
}

fn raw_cases() -> Vec<(&'static str, Vec<u8>)> {
    let mut foreign = serde_json::to_vec(&call(TO, "Текст")).unwrap();
    let end = foreign.len() - 3;
    foreign.splice(end..end, [0xff]);
    let mut huge = serde_json::to_vec(&call(TO, "Текст")).unwrap();
    huge.resize(256 * 1024 + 1, b' ');
    let twice = br#"{"login":"demo","login":"demo"}"#;
    vec![
        ("cut off", b"{\"login\":\"demo\",".to_vec()),
        ("empty", Vec::new()),
        ("no object", b"[1,2]".to_vec()),
        ("not UTF-8", foreign),
        ("huge", huge),
        ("a member twice", twice.to_vec()),
        ("deep", [b"{\"message\":".repeat(300), b"1".to_vec()].concat()),
    ]
}

#[test]
fn bad_calls_get_their_codes_and_reach_nobody() {
    let demo = Demo::start("refusals");
    let post = |body: &[u8]| http::request(demo.hub, "POST", PATH, body);
    for (path, value, status, code) in cases() {
        let answer = post(&serde_json::to_vec(&with(path, &value)).unwrap());
        let got = (answer.status, answer.json()["error"]["code"].as_u64());
        assert_eq!(got, (status, Some(code)), "{path} = {value}: {}", answer.text);
    }
    for (name, body) in raw_cases() {
        let answer = post(&body);
        let got = (answer.status, answer.json()["error"]["code"].as_u64());
        assert_eq!(got, (400, Some(4)), "{name}: {}", answer.text);
    }
    for method in ["GET", "PUT", "DELETE"] {
        let answer = http::request(demo.hub, method, PATH, b"");
        assert_eq!(answer.status, 405, "{method}: {}", answer.text);
    }
    sentences(&demo);
    good_calls(&demo);
    // Later ones have arrived; of these none ever does.
    assert!(bubbles(demo.twin, &format!("{TO}&all=1")).is_empty());
}

/// Clients show these to people.
fn sentences(demo: &Demo) {
    let long = with("message.data.instantContent.data", &json!({"text": "я".repeat(1001)}));
    let answer = http::request(demo.hub, "POST", PATH, &serde_json::to_vec(&long).unwrap()).json();
    let wanted = json!({
        "error": {"code": 4, "description": "Invalid request"},
        "extendedDescription": "Message is too long (1001 symbols). WHATSAPP message max length \
                                is 1000 symbols.",
    });
    assert_eq!(answer, wanted);
}

/// What looks odd, and is allowed.
fn good_calls(demo: &Demo) {
    let cases = [
        ("registeredDelivery", json!("1")),
        ("message.type", json!("whatsapp")),
        ("message.data.ttl", json!("1440")),
        ("message.data.serviceNumber", Value::Null),
        ("id", json!("i".repeat(50))),
        ("unknownMember", json!({"a": [1]})),
        ("message.data.instantContent.data", json!({"text": "я".repeat(1000)})),
        ("destAddr", json!("8 (916) 123-00-41")),
    ];
    let count = cases.len();
    for (path, value) in cases {
        let mut wanted = with(path, &value);
        if path != "destAddr" {
            wanted["destAddr"] = json!("+7 916 123-00-41");
        }
        demo.send(&wanted);
    }
    shown(demo.twin, "79161230041", count);
}
