//! The WhatsApp Business Cloud API: what the documents say of sends, statuses, files, templates and
//! webhooks.

use serde_json::{Value, json};
use vestnik_twin::{
    HookAnswer, WireRequest, WireResponse,
    config::{CLOUD_APP_SECRET, CLOUD_TOKEN},
    signature,
};

use crate::bench::Bench;

const NUMBER: &str = "106540352242922";
const WABA: &str = "102290129340398";
const ANNA: &str = "79001234567";

fn call(bench: &mut Bench, method: &str, path: &str, body: &Value) -> WireResponse {
    let mut request = WireRequest::json(method, &format!("/v23.0/{path}"), body);
    if body.is_null() {
        request.body.clear();
    }
    request.headers.push(("authorization".to_owned(), format!("Bearer {CLOUD_TOKEN}")));
    bench.twin.request(bench.now_ms, &request)
}

/// A bench whose app hears of everything.
fn bench() -> Bench {
    let mut bench = Bench::new();
    let change = json!({ "callback_url": "http://127.0.0.1:1/in", "subscribed": true });
    bench.control("PUT", &format!("/twin/accounts/whatsapp_cloud/{NUMBER}"), change);
    bench
}

fn write(bench: &mut Bench, from: &str, more: &Value) -> String {
    let mut body = json!({ "account": NUMBER, "from": from });
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    let answer = bench.control("POST", "/twin/reply", body);
    answer["id"].as_str().expect("an id").to_owned()
}

fn send(bench: &mut Bench, to: &str, more: &Value) -> WireResponse {
    let mut body = json!({ "messaging_product": "whatsapp", "to": to });
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    call(bench, "POST", &format!("{NUMBER}/messages"), &body)
}

fn text(text: &str) -> Value {
    json!({ "type": "text", "text": { "body": text } })
}

fn value(posted: &(i64, Vec<(String, String)>, Value)) -> &Value {
    &posted.2["entry"][0]["changes"][0]["value"]
}

fn statuses(bench: &Bench, id: &str) -> Vec<Value> {
    let all = bench.posted.iter().filter_map(|posted| value(posted)["statuses"].get(0));
    all.filter(|status| status["id"] == id).cloned().collect()
}

fn words(statuses: &[Value]) -> Vec<&str> {
    statuses.iter().filter_map(|status| status["status"].as_str()).collect()
}

fn id_of(answer: &WireResponse) -> String {
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    answer.to_json()["messages"][0]["id"].as_str().expect("an id").to_owned()
}

#[test]
fn a_text_is_sent_delivered_and_read() {
    let mut bench = bench();
    write(&mut bench, ANNA, &json!({ "text": "Hi" }));
    let mut body = text("Hello");
    body["biz_opaque_callback_data"] = json!("out-42");
    let answer = send(&mut bench, "+7 (900) 123-45-67", &body);
    let contacts = json!([{ "input": "+7 (900) 123-45-67", "wa_id": ANNA }]);
    assert_eq!(answer.to_json()["contacts"], contacts);
    let id = id_of(&answer);
    assert!(id.starts_with("wamid."));
    bench.pass(1_000);
    let change = json!({ "id": id, "status": "read" });
    bench.control("POST", "/twin/status", change);
    bench.pass(0);
    let all = statuses(&bench, &id);
    assert_eq!(words(&all), ["sent", "delivered", "read"]);
    assert_eq!(all[0]["biz_opaque_callback_data"], "out-42");
    assert_eq!(all[0]["recipient_id"], ANNA);
    assert!(all[0]["timestamp"].is_string());
    assert_eq!(bench.shown(ANNA), ["Hi", "Hello"]);
}

#[test]
fn the_window_opens_with_a_word_and_closes_after_a_day() {
    let mut bench = bench();
    let id = id_of(&send(&mut bench, ANNA, &text("Hello")));
    bench.pass(1_000);
    let all = statuses(&bench, &id);
    assert_eq!((words(&all), &all[0]["errors"][0]["code"]), (vec!["failed"], &json!(131_047)));
    write(&mut bench, ANNA, &json!({ "text": "Hi" }));
    let id = id_of(&send(&mut bench, ANNA, &text("Hello")));
    bench.pass(1_000);
    assert_eq!(words(&statuses(&bench, &id)), ["sent", "delivered"]);
    bench.pass(24 * 3_600_000);
    let path = format!("/twin/accounts/whatsapp_cloud/{NUMBER}");
    bench.control("PUT", &path, json!({ "closed_window": "answer" }));
    let refused = send(&mut bench, ANNA, &text("Hello"));
    assert_eq!((refused.status, refused.to_json()["error"]["code"].clone()), (400, json!(131_047)));
    let template = json!({ "type": "template", "template": {
        "name": "order_ready", "language": { "code": "ru" }, "components": [
            { "type": "body", "parameters": [
                { "type": "text", "text": "Анна" }, { "type": "text", "text": "17" } ] } ] } });
    let answer = send(&mut bench, ANNA, &template);
    assert_eq!(answer.to_json()["messages"][0]["message_status"], "accepted");
    bench.pass(1_000);
    assert_eq!(bench.shown(ANNA).last().expect("a text"), "Здравствуйте, Анна! Заказ 17 готов.");
}

#[test]
fn refusals_are_worded_as_documented() {
    let mut bench = bench();
    let mut request = WireRequest::json("POST", &format!("/v23.0/{NUMBER}/messages"), &json!({}));
    let answer = bench.twin.request(bench.now_ms, &request);
    assert_eq!((answer.status, answer.to_json()["error"]["code"].clone()), (401, json!(190)));
    request.headers.push(("authorization".to_owned(), format!("Bearer {CLOUD_TOKEN}")));
    let answer = bench.twin.request(bench.now_ms, &request).to_json();
    let message = "(#100) The parameter messaging_product is required.";
    assert_eq!(answer["error"]["message"], message);
    let unknown = call(&mut bench, "POST", "1/messages", &json!({}));
    assert_eq!(unknown.to_json()["error"]["error_subcode"], 33);
    let long = "x".repeat(4_097);
    let buttons: Vec<Value> = (0..4)
        .map(|n| json!({ "type": "reply", "reply": { "id": n.to_string(), "title": n.to_string() } }))
        .collect();
    let interactive = json!({ "type": "interactive", "interactive": { "type": "button",
        "body": { "text": "?" }, "action": { "buttons": buttons } } });
    let template = |name: &str| json!({ "type": "template", "template": { "name": name, "language": { "code": "ru" } } });
    for (to, body, code) in [
        ("", text("x"), 100),
        ("abc", text("x"), 131_009),
        (ANNA, text(&long), 100),
        (ANNA, text(""), 131_008),
        (ANNA, json!({ "type": "fax", "fax": {} }), 100),
        (ANNA, interactive, 131_009),
        (ANNA, template("none"), 132_001),
        (ANNA, template("order_ready"), 132_000),
        (ANNA, template("season_sale"), 132_015),
        (ANNA, json!({ "type": "image", "image": {} }), 100),
        (ANNA, json!({ "type": "image", "image": { "id": "1" } }), 131_009),
        ("78005550101", text("x"), 131_021),
        ("79991000368", text("x"), 368),
        ("79991130429", text("x"), 130_429),
    ] {
        let answer = send(&mut bench, to, &body);
        assert_eq!(answer.to_json()["error"]["code"], code, "{to} {body}");
    }
    for (to, code) in [("79991131026", 131_026), ("79991131049", 131_049)] {
        let id = id_of(&send(&mut bench, to, &text("x")));
        bench.pass(1_000);
        assert_eq!(statuses(&bench, &id)[0]["errors"][0]["code"], code);
    }
}

#[test]
fn a_pair_borrows_forty_five_messages_and_pays_them_back() {
    let mut bench = bench();
    write(&mut bench, ANNA, &json!({ "text": "Hi" }));
    for n in 0..45 {
        assert_eq!(send(&mut bench, ANNA, &text("x")).status, 200, "{n}");
    }
    let refused = send(&mut bench, ANNA, &text("x"));
    assert_eq!((refused.status, refused.to_json()["error"]["code"].clone()), (429, json!(131_056)));
    bench.pass(6_000);
    assert_eq!(send(&mut bench, ANNA, &text("x")).status, 200);
    assert_eq!(send(&mut bench, ANNA, &text("x")).status, 429);
}

#[test]
fn webhooks_are_signed_over_escaped_bytes_and_come_again() {
    let mut bench = bench();
    bench.answer = Some(500);
    write(&mut bench, ANNA, &json!({ "text": "Привет http://a/b" }));
    let due = bench.twin.due().expect("a webhook");
    let posted = bench.twin.turn(due).remove(0);
    let body = String::from_utf8(posted.body.clone()).expect("ASCII");
    assert!(body.contains("\\u041f") && body.contains("http:\\/\\/a\\/b"), "{body}");
    let signature = signature::hmac_sha256_hex(CLOUD_APP_SECRET.as_bytes(), &posted.body);
    let header = ("x-hub-signature-256".to_owned(), format!("sha256={signature}"));
    assert!(posted.headers.contains(&header));
    bench.twin.posted(bench.now_ms, posted.id, Some(HookAnswer::of(500)));
    bench.pass(20_000);
    let times: Vec<i64> = bench.posted.iter().map(|(at, ..)| at - bench.posted[0].0).collect();
    assert_eq!(times, [0, 10_000], "5 s after the first, then 10 s");
}

#[test]
fn files_go_both_ways_byte_for_byte() {
    let mut bench = bench();
    let bytes = b"%PDF-1.7\r\n\x00\xff";
    let mut form = b"--b\r\nContent-Disposition: form-data; name=\"messaging_product\"\r\n\r\n\
        whatsapp\r\n--b\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\napplication/pdf\
        \r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\
        Content-Type: application/pdf\r\n\r\n"
        .to_vec();
    form.extend_from_slice(bytes);
    form.extend_from_slice(b"\r\n--b--\r\n");
    let mut request = WireRequest::new("POST", &format!("/v23.0/{NUMBER}/media"));
    request.headers.push(("authorization".to_owned(), format!("Bearer {CLOUD_TOKEN}")));
    let kind = "multipart/form-data; boundary=b".to_owned();
    request.headers.push(("content-type".to_owned(), kind));
    request.body = form;
    let media = bench.twin.request(bench.now_ms, &request).to_json()["id"].clone();
    write(&mut bench, ANNA, &json!({ "text": "Hi" }));
    let document = json!({ "type": "document",
        "document": { "id": media, "caption": "Bill", "filename": "bill.pdf" } });
    assert_eq!(send(&mut bench, ANNA, &document).status, 200);
    let image = json!({ "type": "image", "image": { "id": media } });
    let refused = send(&mut bench, ANNA, &image).to_json();
    assert_eq!(refused["error"]["code"], 131_053, "a PDF is no picture");
    bench.pass(1_000);
    let path = format!("/twin/bubbles?to={ANNA}&direction=in");
    let bubbles = bench.control("GET", &path, Value::Null);
    assert_eq!(bubbles[0]["file"]["name"], "bill.pdf");
    let url = bubbles[0]["file"]["url"].as_str().expect("an address").to_owned();
    let path = url.strip_prefix("http://127.0.0.1:8090").expect("an address of the twin");
    assert_eq!(bench.request("GET", path, &Value::Null).body, bytes);
    // The customer sends it back.
    write(&mut bench, ANNA, &json!({ "file": { "url": url, "name": "bill.pdf" } }));
    bench.pass(0);
    let document = value(bench.posted.last().expect("a webhook"))["messages"][0].clone();
    assert_eq!(document["document"]["filename"], "bill.pdf");
    let id = document["document"]["id"].as_str().expect("an id").to_owned();
    let found = call(&mut bench, "GET", &id, &Value::Null).to_json();
    assert_eq!(found["file_size"], bytes.len().to_string());
    let url = found["url"].as_str().expect("an address").to_owned();
    let path =
        url.strip_prefix("http://127.0.0.1:8090").expect("an address of the twin").to_owned();
    let mut request = WireRequest::new("GET", &path);
    assert_eq!(bench.twin.request(bench.now_ms, &request).status, 401);
    request.headers.push(("authorization".to_owned(), format!("Bearer {CLOUD_TOKEN}")));
    assert_eq!(bench.twin.request(bench.now_ms, &request).body, bytes);
    bench.pass(301_000);
    assert_eq!(bench.twin.request(bench.now_ms, &request).status, 404);
    bench.pass(7 * 24 * 3_600_000);
    assert_eq!(call(&mut bench, "GET", &id, &Value::Null).status, 400);
}

#[test]
fn a_callback_is_set_only_when_it_answers_the_challenge() {
    for is_fine in [true, false] {
        let mut bench = Bench::new();
        let body = json!({ "webhook_configuration": {
            "override_callback_uri": "http://127.0.0.1:1/in/key", "verify_token": "v" } });
        assert_eq!(
            call(&mut bench, "POST", &format!("{WABA}/subscribed_apps"), &json!({})).status,
            200
        );
        let mut request = WireRequest::json("POST", &format!("/v23.0/{NUMBER}"), &body);
        request.headers.push(("authorization".to_owned(), format!("Bearer {CLOUD_TOKEN}")));
        bench.twin.request(bench.now_ms, &request);
        let posted = bench.twin.turn(bench.now_ms).remove(0);
        assert_eq!(posted.method, "GET");
        let (_, query) = posted.url.split_once('?').expect("a query");
        assert!(query.contains("hub.mode=subscribe") && query.contains("hub.verify_token=v"));
        let (_, challenge) = query.split_once("hub.challenge=").expect("a challenge");
        let challenge = challenge.split('&').next().expect("a challenge");
        let body = if is_fine { challenge.as_bytes().to_vec() } else { b"ok".to_vec() };
        let answer = HookAnswer { body, ..HookAnswer::of(200) };
        bench.twin.posted(bench.now_ms, posted.id, Some(answer));
        let answer = bench.twin.again(bench.now_ms, &request);
        assert_eq!(answer.status, if is_fine { 200 } else { 400 });
        let fields = format!("{NUMBER}?fields=webhook_configuration");
        let shown = call(&mut bench, "GET", &fields, &Value::Null).to_json();
        let url = &shown["webhook_configuration"]["phone_number"];
        assert_eq!(url.is_string(), is_fine);
    }
}

#[test]
fn buttons_quotes_reactions_edits_and_reads() {
    let mut bench = bench();
    let first = write(&mut bench, ANNA, &json!({ "text": "Hi" }));
    let body = json!({ "type": "interactive", "context": { "message_id": first },
        "interactive": { "type": "button", "body": { "text": "Come?" }, "action": { "buttons": [
            { "type": "reply", "reply": { "id": "yes", "title": "Да" } } ] } } });
    let id = id_of(&send(&mut bench, ANNA, &body));
    bench.pass(1_000);
    bench.control("POST", "/twin/press", json!({ "id": id, "button": 0 }));
    bench.pass(0);
    let one = value(bench.posted.last().expect("a webhook"))["messages"][0].clone();
    assert_eq!(one["interactive"]["button_reply"], json!({ "id": "yes", "title": "Да" }));
    assert_eq!(one["context"], json!({ "from": "78005550101", "id": id }));
    bench.control("POST", "/twin/react", json!({ "id": id, "emoji": "👍" }));
    bench.pass(0);
    let one = value(bench.posted.last().expect("a webhook"))["messages"][0].clone();
    assert_eq!(one["reaction"], json!({ "message_id": id, "emoji": "👍" }));
    bench.control("POST", "/twin/edit", json!({ "id": first, "text": "Hi!" }));
    bench.pass(0);
    let one = value(bench.posted.last().expect("a webhook"))["messages"][0].clone();
    assert_eq!(one["edit"]["original_message_id"], first);
    assert_eq!(one["edit"]["message"]["text"]["body"], "Hi!");
    let read = json!({ "messaging_product": "whatsapp", "status": "read", "message_id": first });
    let answer = call(&mut bench, "POST", &format!("{NUMBER}/messages"), &read);
    assert_eq!(answer.to_json(), json!({ "success": true }));
    let path = format!("/twin/bubbles?to={ANNA}");
    let bubbles = bench.control("GET", &path, Value::Null);
    assert_eq!(
        (&bubbles[0]["status"], &bubbles[1]["quote"]["id"]),
        (&json!("read"), &json!(first))
    );
}

#[test]
fn a_template_is_moderated_and_the_app_is_told() {
    let mut bench = bench();
    let body = json!({ "name": "visit", "language": "ru", "category": "UTILITY",
        "components": [{ "type": "BODY", "text": "Ждём вас {{1}}" }] });
    let path = format!("{WABA}/message_templates");
    let made = call(&mut bench, "POST", &path, &body).to_json();
    assert_eq!(made["status"], "PENDING");
    bench.pass(61_000);
    let told = &bench.posted[0].2["entry"][0]["changes"][0];
    assert_eq!(told["field"], "message_template_status_update");
    assert_eq!(told["value"]["event"], "APPROVED");
    let listed = call(&mut bench, "GET", &format!("{path}?name=visit"), &Value::Null).to_json();
    assert_eq!(listed["data"][0]["status"], "APPROVED");
}
