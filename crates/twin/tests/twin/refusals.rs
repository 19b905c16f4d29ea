//! What the provider refuses, in which order and with which words.

use serde_json::{Value, json};
use vestnik_twin::{Behaviour, Cut, WireRequest, config::TOKEN};

use crate::bench::{ACCOUNT, Bench};

#[test]
fn paths_are_checked_before_tokens_and_bodies() {
    let mut bench = Bench::new();
    for (path, status) in [
        (format!("/waInstance{ACCOUNT}/noSuchMethod/{TOKEN}"), 404),
        ("/waInstance1/noSuchMethod/x".to_owned(), 404),
        (format!("/waInstance1/sendMessage/{TOKEN}"), 403),
        (format!("/waInstance{ACCOUNT}/sendMessage/wrong"), 401),
        (format!("/waInstance{ACCOUNT}/sendMessage/{TOKEN}"), 400),
        (format!("/v3/WAINSTANCE{ACCOUNT}/SENDMESSAGE/{TOKEN}"), 400),
        ("/nothing".to_owned(), 404),
    ] {
        let answer = bench.request("POST", &path, &json!({}));
        assert_eq!(answer.status, status, "{path}");
    }
}

#[test]
fn bodies_are_checked_with_the_documented_words() {
    let mut bench = Bench::new();
    let chat = "79001234567@c.us";
    for (body, words) in [
        (json!({}), "'chatId' is required"),
        (json!({ "chatId": chat }), "'message' is required"),
        (json!({ "chatId": "79001234567", "message": "x" }), "must be one of the next formats"),
        (json!({ "chatId": chat, "message": 5 }), "'message' must be a string"),
        (
            json!({ "chatId": chat, "message": "ж".repeat(20_001) }),
            "Validation failed. Details: 'message' length must be less than or equal to 20000 \
             characters long",
        ),
        (json!([1]), "bad request data"),
    ] {
        let answer = bench.api("sendMessage", &body);
        assert_eq!(answer.status, 400, "{words}");
        let text = answer.to_json()["message"].to_string();
        assert!(text.contains(words), "{text}");
    }
    let longest = json!({ "chatId": chat, "message": "ж".repeat(20_000) });
    assert_eq!(bench.api("sendMessage", &longest).status, 200);
    let mut broken = WireRequest::new("POST", &format!("/waInstance{ACCOUNT}/sendMessage/{TOKEN}"));
    broken.body = br#"{"chatId":_}"#.to_vec();
    let answer = bench.twin.request(bench.now_ms, &broken).to_json();
    assert_eq!(answer["message"], "Unexpected token _ in JSON at position 10");
    broken.body = vec![b' '; 101 * 1024];
    assert_eq!(bench.twin.request(bench.now_ms, &broken).status, 500);
}

#[test]
fn numbers_are_checked_in_both_forms() {
    let mut bench = Bench::new();
    for (body, answer) in [
        (json!({ "phoneNumber": 79_001_234_567_u64 }), json!({ "existsWhatsapp": true })),
        (
            json!({ "chatId": "79001234567@c.us" }),
            json!({ "existsWhatsapp": true, "chatId": "79001234567@c.us" }),
        ),
        (json!({ "phoneNumber": 79_990_000_404_u64 }), json!({ "existsWhatsapp": false })),
    ] {
        assert_eq!(bench.api("checkWhatsapp", &body).to_json(), answer);
    }
    assert_eq!(bench.api("checkWhatsapp", &json!({ "phoneNumber": "79001234567" })).status, 400);
    assert_eq!(bench.api("checkWhatsapp", &json!({ "phoneNumber": 7_900 })).status, 400);
    bench.control("PUT", "/twin/instances/1234567890", json!({ "checks_max": 0 }));
    let answer = bench.api("checkWhatsapp", &json!({ "phoneNumber": 79_001_234_567_u64 }));
    assert_eq!(answer.status, 466);
    assert_eq!(answer.to_json()["invokeStatus"]["status"], "QUOTE_EXCEEDED");
}

#[test]
fn the_rate_holds_until_it_is_switched_off() {
    let mut bench = Bench::new();
    let calls = |bench: &mut Bench| -> Vec<u16> {
        (0..3).map(|_| bench.get("getStateInstance").status).collect()
    };
    assert_eq!(calls(&mut bench), [200, 429, 429]);
    bench.pass(1_000);
    assert_eq!(calls(&mut bench), [200, 429, 429]);
    bench.control("PUT", "/twin/instances/1234567890", json!({ "limits": false }));
    assert_eq!(calls(&mut bench), [200, 200, 200]);
}

#[test]
fn errors_have_three_forms() {
    for (form, body) in [
        ("object", json!({ "statusCode": 400, "message": "bad request data" })),
        ("reason", json!({ "status": false, "reason": "bad request data" })),
        ("text", Value::Null),
    ] {
        let mut bench = Bench::new();
        bench.control("PUT", "/twin/instances/1234567890", json!({ "errors": form }));
        let answer = bench.api("sendMessage", &json!([]));
        assert_eq!((answer.status, answer.to_json()), (400, body), "{form}");
    }
}

#[test]
fn special_numbers_answer_as_documented() {
    for (phone, status, behaviour, has_effect) in [
        ("79990000429", 429, None, false),
        ("79990000466", 466, None, false),
        ("79990000500", 500, None, false),
        ("79990000502", 502, None, true),
        ("79990000408", 200, Some(Behaviour::Answer { after_ms: 600_000 }), true),
        ("79990000498", 502, Some(Behaviour::Cut { when: Cut::Before, after_ms: 0 }), false),
        ("79990000499", 200, Some(Behaviour::Cut { when: Cut::After, after_ms: 0 }), true),
    ] {
        let mut bench = Bench::new();
        let body = json!({ "chatId": format!("{phone}@c.us"), "message": "Hello" });
        let answer = bench.api("sendMessage", &body);
        assert_eq!(answer.status, status, "{phone}");
        assert_eq!(answer.behaviour, behaviour.unwrap_or(Behaviour::Answer { after_ms: 0 }));
        bench.pass(1_000);
        assert_eq!(bench.shown(phone).len(), usize::from(has_effect), "{phone}");
    }
}

#[test]
fn settings_merge_and_may_take_their_time() {
    let mut bench = Bench::new();
    bench.api("setSettings", &json!({ "stateWebhook": "yes", "somethingNew": 5 }));
    bench.pass(1_000);
    bench.control("PUT", "/twin/instances/1234567890", json!({ "settings_delay_ms": 5_000 }));
    bench.api("setSettings", &json!({ "webhookUrl": "http://127.0.0.1:9/" }));
    let before = bench.get("getSettings").to_json();
    assert_eq!((&before["webhookUrl"], &before["stateWebhook"]), (&json!(""), &json!("yes")));
    assert_eq!(before["delaySendMessagesMilliseconds"], 500);
    assert_eq!(before["wid"], "78005550001@c.us");
    bench.pass(5_000);
    assert_eq!(bench.get("getSettings").to_json()["webhookUrl"], "http://127.0.0.1:9/");
    let odd = bench.api("setSettings", &json!({ "delaySendMessagesMilliseconds": 100 }));
    assert_eq!(odd.status, 400);
}

#[test]
fn an_upload_becomes_a_file_with_an_address() {
    let mut bench = Bench::new();
    let path = format!("/waInstance{ACCOUNT}/sendFileByUpload/{TOKEN}");
    let mut request = WireRequest::new("POST", &path);
    let kind = "multipart/form-data; boundary=b".to_owned();
    request.headers.push(("Content-Type".to_owned(), kind));
    request.body = b"--b\r\nContent-Disposition: form-data; name=\"chatId\"\r\n\r\n\
        79001234567@c.us\r\n--b\r\n\
        Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\
        Content-Type: text/plain\r\n\r\nhello\r\n--b--\r\n"
        .to_vec();
    let answer = bench.twin.request(bench.now_ms, &request).to_json();
    let url = answer["urlFile"].as_str().expect("an address").to_owned();
    let path = url.strip_prefix("http://127.0.0.1:8090").expect("ours");
    let file = bench.request("GET", path, &Value::Null);
    assert_eq!((file.status, file.body.as_slice()), (200, &b"hello"[..]));
    bench.pass(1_000);
    let bubbles = bench.control("GET", "/twin/bubbles?to=79001234567", Value::Null);
    assert_eq!(bubbles[0]["file"]["name"], "a.txt");
}
