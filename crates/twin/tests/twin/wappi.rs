//! Wappi: what the documents say of tokens, sends, the queue, webhooks, cascades.

use serde_json::{Value, json};
use vestnik_twin::{
    WireRequest, WireResponse,
    config::{WAPPI_CASCADE, WAPPI_PROFILES, WAPPI_TOKEN},
};

use crate::bench::Bench;

const WHATSAPP: &str = WAPPI_PROFILES[0].0;
const TELEGRAM: &str = WAPPI_PROFILES[1].0;
const ANNA: &str = "79001234567";
const IN: &str = "http://127.0.0.1:1/in";

fn call(bench: &mut Bench, method: &str, path: &str, body: &Value) -> WireResponse {
    let mut request = if body.is_null() {
        WireRequest::new(method, path)
    } else {
        WireRequest::json(method, path, body)
    };
    request.headers.push(("authorization".to_owned(), WAPPI_TOKEN.to_owned()));
    bench.twin.request(bench.now_ms, &request)
}

fn send(bench: &mut Bench, to: &str) -> WireResponse {
    let path = format!("/api/sync/message/send?profile_id={WHATSAPP}");
    call(bench, "POST", &path, &json!({ "recipient": to, "body": "x" }))
}

fn bench() -> Bench {
    let mut bench = Bench::new();
    for (prefix, id) in [("api", WHATSAPP), ("tapi", TELEGRAM)] {
        let url = format!("/{prefix}/webhook/url/set?profile_id={id}&url={IN}&auth=phrase");
        assert_eq!(call(&mut bench, "POST", &url, &Value::Null).status, 200);
        let url = format!("/{prefix}/webhook/types/set?profile_id={id}");
        let types = json!([
            "authorization_status",
            "incoming_message",
            "delivery_status",
            "outgoing_message_api"
        ]);
        assert_eq!(call(&mut bench, "POST", &url, &types).to_json()["status"], "done");
    }
    bench
}

#[test]
fn tokens_profiles_and_platforms() {
    let mut bench = Bench::new();
    let path = format!("/api/sync/get/status?profile_id={WHATSAPP}");
    let strange = bench.request("GET", &path, &Value::Null);
    assert_eq!((strange.status, strange.body.as_slice()), (401, b"Unauthorized".as_slice()));
    let state = call(&mut bench, "GET", &path, &Value::Null).to_json();
    assert_eq!((&state["app_status"], &state["authorized"]), (&json!("open"), &json!(true)));
    assert!(state["status"].is_null());
    let wrong = call(&mut bench, "GET", &path.replace("/api/", "/tapi/"), &Value::Null);
    assert_eq!((wrong.status, &wrong.to_json()["detail"]), (400, &json!("Wrong platform")));
    let all = call(&mut bench, "GET", "/tapi/profile/all/get", &Value::Null).to_json();
    assert_eq!(all["profiles"].as_array().expect("a list").len(), 1);
}

#[test]
fn a_send_is_told_pending_and_delivered() {
    let mut bench = bench();
    let answer = send(&mut bench, ANNA).to_json();
    assert_eq!(answer["status"], "done");
    let id = answer["message_id"].as_str().expect("an id");
    assert!(id.starts_with("3EB0"));
    bench.pass(1_000);
    let [(_, headers, sent), (_, _, pending), (_, _, delivered)] = &bench.posted[..] else {
        panic!("{:?}", bench.posted);
    };
    assert!(headers.contains(&("authorization".to_owned(), "phrase".to_owned())));
    assert_eq!(sent["messages"][0]["wh_type"], "outgoing_message_api");
    assert_eq!(sent["messages"][0]["task_id"], answer["task_id"]);
    assert_eq!(
        (&pending["messages"]["status"], &pending["messages"]["id"]),
        (&json!("pending"), &json!(id))
    );
    assert_eq!(delivered["messages"]["status"], "delivered");
    assert_eq!(delivered["messages"]["to"], format!("{ANNA}@c.us"));
    let path = format!("/api/sync/messages/history?profile_id={WHATSAPP}&limit=5");
    let history = call(&mut bench, "GET", &path, &Value::Null).to_json();
    assert_eq!(
        (&history["detail"][0]["id"], &history["all_messages_count"]),
        (&json!(id), &json!(1))
    );
    for (number, status, detail) in [
        ("79990000402", 402, "profile is not paid"),
        ("79990000404", 400, "PEER_NOT_FOUND"),
        ("79990000429", 429, "too many requests"),
    ] {
        let answer = send(&mut bench, number);
        assert_eq!((answer.status, &answer.to_json()["detail"]), (status, &json!(detail)));
    }
}

#[test]
fn the_queue_runs_after_a_pause_and_can_be_emptied() {
    let mut bench = bench();
    let path = format!("/api/async/message/send?profile_id={WHATSAPP}&timeout_from=2&timeout_to=2");
    let body = json!({ "recipient": ANNA, "body": "x" });
    let queue = format!("/api/profile/queue/get?profile_id={WHATSAPP}");
    let first = call(&mut bench, "POST", &path, &body).to_json();
    assert_eq!(first["detail"], "Message sent to queue");
    let waiting = call(&mut bench, "GET", &queue, &Value::Null).to_json();
    assert_eq!(waiting["tasks"].as_array().expect("a list").len(), 1);
    let id = first["task_id"].as_str().expect("an id").to_owned();
    let task = format!("/api/task/get?profile_id={WHATSAPP}&task_id={id}");
    assert!(call(&mut bench, "GET", &task, &Value::Null).to_json()["task"]["response"].is_null());
    bench.pass(2_000);
    let done = call(&mut bench, "GET", &task, &Value::Null).to_json();
    assert_eq!(done["task"]["response"]["task_id"], id);
    assert!(done["task"]["response"]["message_id"].is_string());
    call(&mut bench, "POST", &path, &body);
    let purge = format!("/api/profile/queue/purge?profile_id={WHATSAPP}");
    assert_eq!(call(&mut bench, "GET", &purge, &Value::Null).to_json()["status"], "done");
    assert!(call(&mut bench, "GET", &queue, &Value::Null).to_json()["tasks"].is_null());
    bench.pass(10_000);
    assert_eq!(bench.shown(ANNA).len(), 1);
}

#[test]
fn a_cascade_goes_on_until_a_stage_delivers() {
    let mut bench = bench();
    let body = json!({ "recipient": "+7 900 123-45-67", "cascade_id": WAPPI_CASCADE, "body": "x" });
    bench.control("PUT", &format!("/twin/phones/{ANNA}"), json!({ "messengers": ["whatsapp"] }));
    let answer = call(&mut bench, "POST", "/csender/cascade/send", &body).to_json();
    assert_eq!((&answer["status"], &answer["response"]["uuid"]), (&json!("ok"), &json!("")));
    bench.pass(1_000);
    assert_eq!(bench.shown(ANNA), ["x"], "Telegram refuses at once, WhatsApp delivers");
    let (_, _, last) = bench.posted.last().expect("a webhook");
    assert_eq!(last["messages"]["task_id"], answer["response"]["task_id"]);
    // A phone that is off: after half a minute the next stage is tried.
    bench.posted.clear();
    let change = json!({ "messengers": ["telegram", "whatsapp"], "on": false });
    bench.control("PUT", &format!("/twin/phones/{ANNA}"), change);
    call(&mut bench, "POST", "/csender/cascade/send", &body);
    bench.pass(29_000);
    let sends = |bench: &Bench| {
        let is_send = |body: &Value| body["messages"][0]["wh_type"] == "outgoing_message_api";
        bench.posted.iter().filter(|(_, _, body)| is_send(body)).count()
    };
    assert_eq!(sends(&bench), 1);
    bench.pass(2_000);
    assert_eq!(sends(&bench), 2);
    let got = call(
        &mut bench,
        "GET",
        &format!("/csender/cascade/get?cascade_id={WAPPI_CASCADE}"),
        &Value::Null,
    );
    assert_eq!(got.to_json()["cascade"]["order"][1]["platform"], "wz");
    let order = json!([{ "id": 1, "profile_uuid": WHATSAPP, "platform": "wz" }]);
    let made = json!({ "name": "one", "order": order });
    let made = call(&mut bench, "POST", "/csender/cascade/create", &made).to_json();
    assert_eq!(
        (&made["status"], &made["cascade"]["order"][0]["id"]),
        (&json!("created"), &json!(0))
    );
    let gone = call(&mut bench, "GET", "/csender/cascade/get?cascade_id=00", &Value::Null);
    assert_eq!(gone.status, 400);
}

#[test]
fn webhooks_in_all_their_forms() {
    let mut bench = bench();
    let account = format!("/twin/accounts/wappi/{WHATSAPP}");
    let mut hear = |change: Value| {
        bench.control("PUT", &account, change);
        bench.posted.clear();
        send(&mut bench, "79996000001");
        let reply = json!({ "account": WHATSAPP, "from": ANNA, "text": "Hi" });
        bench.control("POST", "/twin/reply", reply);
        bench.pass(1_000);
        bench.posted.iter().map(|(_, _, body)| body.clone()).collect::<Vec<Value>>()
    };
    let documented = hear(json!({}));
    assert_eq!(documented[0]["messages"][0]["type"], "chat");
    assert_eq!(documented[2]["messages"]["status"], "undelivered");
    let captured = hear(json!({ "envelope": "captured" }));
    assert_eq!(captured[2]["messages"][0]["wh_type"], "messages_status");
    assert!(captured[2]["messages"][0]["task_id"].is_null());
    let bare = hear(json!({ "envelope": "bare" }));
    assert_eq!(bare[0]["wh_type"], "incoming_message");
    bench.posted.clear();
    let path = format!("/api/profile/logout?profile_id={WHATSAPP}");
    call(&mut bench, "GET", &path, &Value::Null);
    bench.pass(0);
    assert_eq!(bench.posted[0].2["reason"], "logout from api");
    assert_eq!(send(&mut bench, ANNA).to_json()["detail"], "profile is not authorized");
    let path = format!("/api/sync/qr/get?profile_id={WHATSAPP}");
    let qr = call(&mut bench, "GET", &path, &Value::Null).to_json();
    assert!(qr["qrCode"].as_str().expect("a code").starts_with("data:image/png;base64,"));
}
