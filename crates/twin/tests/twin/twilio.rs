//! Twilio: what the documents say of sends, statuses, the journal, files, the sandbox, webhooks.

use data_encoding::BASE64;
use serde_json::{Value, json};
use vestnik_twin::{HookAnswer, WireRequest, WireResponse, config::TWILIO_TOKEN, form, signature};

use crate::bench::Bench;

const LIVE: &str = "AC00000000000000000000000000000001";
const SANDBOX: &str = "AC00000000000000000000000000000002";
const ANNA: &str = "79001234567";
const IN: &str = "http://127.0.0.1:1/in";
const STATUS: &str = "http://127.0.0.1:1/status";

fn request(method: &str, path: &str, account: &str, fields: &[(&str, &str)]) -> WireRequest {
    let mut request = WireRequest::new(method, path);
    let pair = BASE64.encode(format!("{account}:{TWILIO_TOKEN}").as_bytes());
    request.headers.push(("authorization".to_owned(), format!("Basic {pair}")));
    request.body = form::encode(fields).into_bytes();
    request
}

fn call(bench: &mut Bench, request: &WireRequest) -> WireResponse {
    bench.twin.request(bench.now_ms, request)
}

fn send(bench: &mut Bench, account: &str, more: &[(&str, &str)]) -> WireResponse {
    let from = if account == LIVE { "whatsapp:+78005550201" } else { "whatsapp:+14155238886" };
    let mut fields = vec![("From", from), ("StatusCallback", STATUS)];
    fields.extend_from_slice(more);
    let path = format!("/2010-04-01/Accounts/{account}/Messages.json");
    call(bench, &request("POST", &path, account, &fields))
}

fn text(bench: &mut Bench, to: &str, body: &str) -> WireResponse {
    send(bench, LIVE, &[("To", &format!("whatsapp:+{to}")), ("Body", body)])
}

fn bench() -> Bench {
    let mut bench = Bench::new();
    for account in [LIVE, SANDBOX] {
        let path = format!("/twin/accounts/twilio/{account}");
        bench.control("PUT", &path, json!({ "callback_url": IN }));
    }
    bench
}

type Fields = Vec<(String, String)>;

/// Lets time pass and returns the forms that were posted, their signatures checked.
fn posted(bench: &mut Bench, ms: i64) -> Vec<Fields> {
    let end = bench.now_ms + ms;
    let mut found = Vec::new();
    while let Some(due) = bench.twin.due().filter(|due| *due <= end) {
        bench.now_ms = bench.now_ms.max(due);
        for outgoing in bench.twin.turn(bench.now_ms) {
            let fields = form::pairs(&String::from_utf8(outgoing.body.clone()).expect("ASCII"));
            let mut sorted = fields.clone();
            sorted.sort();
            let pairs = sorted.iter().map(|(name, value)| format!("{name}{value}"));
            let signed = format!("{}{}", outgoing.url, pairs.collect::<String>());
            let signature = signature::hmac_sha1_base64(TWILIO_TOKEN.as_bytes(), signed.as_bytes());
            assert!(outgoing.headers.contains(&("x-twilio-signature".to_owned(), signature)));
            bench.twin.posted(bench.now_ms, outgoing.id, Some(HookAnswer::of(200)));
            found.push(fields);
        }
    }
    bench.now_ms = end;
    found
}

fn get<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
}

fn reply(bench: &mut Bench, account: &str, more: &Value) -> String {
    let mut body = json!({ "account": account, "from": ANNA });
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    bench.control("POST", "/twin/reply", body)["id"].as_str().expect("an id").to_owned()
}

#[test]
fn a_text_is_queued_sent_delivered_and_read() {
    let mut bench = bench();
    reply(&mut bench, LIVE, &json!({ "text": "Hi" }));
    posted(&mut bench, 0);
    let answer = text(&mut bench, ANNA, "Привет + 100 %");
    assert_eq!(answer.status, 201);
    let message = answer.to_json();
    assert_eq!((&message["status"], &message["num_media"]), (&json!("queued"), &json!("0")));
    assert_eq!(message["to"], format!("whatsapp:+{ANNA}"));
    assert_eq!(message["date_created"], "Thu, 01 Jan 2026 00:00:00 +0000");
    let sid = message["sid"].as_str().expect("a SID").to_owned();
    let told = posted(&mut bench, 1_000);
    let words: Vec<&str> = told.iter().map(|fields| get(fields, "MessageStatus")).collect();
    assert_eq!(words, ["sent", "delivered"]);
    assert_eq!(get(&told[1], "EventType"), "DELIVERED");
    assert_eq!(get(&told[1], "ChannelToAddress"), "+7900123XXXX");
    bench.control("POST", "/twin/status", json!({ "id": sid, "status": "read" }));
    assert_eq!(get(&posted(&mut bench, 0)[0], "MessageStatus"), "read");
    assert_eq!(bench.shown(ANNA), ["Hi", "Привет + 100 %"]);
}

#[test]
fn refusals_are_in_the_documented_order() {
    let mut bench = bench();
    let path = format!("/2010-04-01/Accounts/{LIVE}/Messages.json");
    let answer = bench.request("POST", &path, &Value::Null);
    assert_eq!((answer.status, answer.to_json()["code"].clone()), (401, json!(20_003)));
    let foreign = request("GET", &format!("/2010-04-01/Accounts/{SANDBOX}.json"), LIVE, &[]);
    assert_eq!(call(&mut bench, &foreign).to_json()["code"], 20_404);
    let long = "x".repeat(1_601);
    let to = format!("whatsapp:+{ANNA}");
    let urls = vec![("MediaUrl", "https://a.ru/a.png"); 11];
    let mut many = vec![("To", to.as_str())];
    many.extend(urls);
    let cases: [(&[(&str, &str)], u32); 10] = [
        (&[("Body", "x")], 21_604),
        (&[("To", "whatsapp: 79001234567"), ("Body", "x")], 21_211),
        (&[("To", "+79001234567"), ("Body", "x")], 21_910),
        (&[("To", &to)], 21_602),
        (&[("To", &to), ("Body", &long)], 21_617),
        (&many, 21_623),
        (&[("To", &to), ("MediaUrl", "ftp://a")], 21_620),
        (&[("To", &to), ("ContentSid", "HX1")], 21_655),
        (&[("To", "whatsapp:+79993021610"), ("Body", "x")], 21_610),
        (&[("To", "whatsapp:+79993020429"), ("Body", "x")], 20_429),
    ];
    for (fields, code) in cases {
        let answer = send(&mut bench, LIVE, fields).to_json();
        assert_eq!(answer["code"], code, "{fields:?}");
    }
}

#[test]
fn what_the_channel_refuses_is_told_later() {
    let mut bench = bench();
    assert_eq!(text(&mut bench, ANNA, "x").status, 201);
    let told = posted(&mut bench, 1_000);
    let words = (get(&told[0], "MessageStatus"), get(&told[0], "ErrorCode"));
    assert_eq!(words, ("failed", "63016"));
    for code in ["63003", "63024", "63049"] {
        assert_eq!(text(&mut bench, &format!("799930{code}"), "x").status, 201);
        assert_eq!(get(&posted(&mut bench, 1_000)[0], "ErrorCode"), code);
    }
    let to = format!("whatsapp:+{ANNA}");
    let template = "HX00000000000000000000000000000001";
    let variables = "{\"1\":\"Анна\",\"2\":\"17\"}";
    let fields = [("To", &*to), ("ContentSid", template), ("ContentVariables", variables)];
    assert_eq!(send(&mut bench, LIVE, &fields).status, 201);
    assert_eq!(get(&posted(&mut bench, 1_000)[1], "MessageStatus"), "delivered");
    assert_eq!(bench.shown(ANNA), ["Здравствуйте, Анна! Заказ 17 готов."]);
}

#[test]
fn the_journal_is_filtered_and_paged() {
    let mut bench = bench();
    for n in 0..5 {
        text(&mut bench, ANNA, &n.to_string());
        text(&mut bench, "79007654321", "other");
        posted(&mut bench, 1_000);
    }
    let to = format!("whatsapp%3A%2B{ANNA}");
    let path = format!("/2010-04-01/Accounts/{LIVE}/Messages.json?To={to}&PageSize=2");
    let first = call(&mut bench, &request("GET", &path, LIVE, &[])).to_json();
    let bodies = |page: &Value| -> Vec<String> {
        let messages = page["messages"].as_array().expect("a list");
        messages.iter().map(|m| m["body"].as_str().expect("a text").to_owned()).collect()
    };
    assert_eq!(bodies(&first), ["4", "3"]);
    let next = first["next_page_uri"].as_str().expect("a next page").to_owned();
    let second = call(&mut bench, &request("GET", &next, LIVE, &[])).to_json();
    assert_eq!(bodies(&second), ["2", "1"]);
    let path = format!("{path}&DateSent%3E=2027-01-01");
    let none = call(&mut bench, &request("GET", &path, LIVE, &[])).to_json();
    assert!(bodies(&none).is_empty());
}

#[test]
fn a_customer_joins_the_sandbox_for_three_days() {
    let mut bench = bench();
    reply(&mut bench, SANDBOX, &json!({ "text": "Hi" }));
    assert!(posted(&mut bench, 1_000).is_empty(), "who does not take part is not heard");
    let to = format!("whatsapp:+{ANNA}");
    assert_eq!(send(&mut bench, SANDBOX, &[("To", &to), ("Body", "x")]).status, 201);
    assert_eq!(get(&posted(&mut bench, 4_000)[0], "ErrorCode"), "63015");
    reply(&mut bench, SANDBOX, &json!({ "text": "Join quiet-otter" }));
    let path = format!("/twin/accounts/twilio/{SANDBOX}");
    let view = bench.control("GET", &path, Value::Null);
    assert_eq!(view["participants"], json!([ANNA]));
    reply(&mut bench, SANDBOX, &json!({ "text": "Hello" }));
    let told = posted(&mut bench, 1_000);
    assert_eq!((told.len(), get(&told[0], "Body")), (1, "Hello"));
    assert!(bench.shown(ANNA).iter().any(|text| text.starts_with("You are all set!")));
    send(&mut bench, SANDBOX, &[("To", &to), ("Body", "x")]);
    assert_eq!(get(&posted(&mut bench, 4_000)[0], "MessageStatus"), "sent");
    posted(&mut bench, 3 * 24 * 3_600_000);
    let view = bench.control("GET", &path, Value::Null);
    assert_eq!(view["participants"], json!([]));
}

#[test]
fn files_lie_behind_a_redirect_that_wants_no_credentials() {
    let mut bench = bench();
    let mut upload = WireRequest::new("POST", "/twin/files?name=a.pdf");
    upload.headers.push(("content-type".to_owned(), "application/pdf".to_owned()));
    upload.body = b"%PDF-1.7\x00\xff".to_vec();
    let url = call(&mut bench, &upload).to_json()["url"].clone();
    let file = json!({ "url": url, "name": "a.pdf", "mime": "application/pdf" });
    reply(&mut bench, LIVE, &json!({ "text": "Look", "file": file }));
    let told = posted(&mut bench, 0);
    assert_eq!((get(&told[0], "NumMedia"), get(&told[0], "MessageType")), ("1", "document"));
    let path = |url: &str| url.strip_prefix("http://127.0.0.1:8090").expect("the twin").to_owned();
    let at = path(get(&told[0], "MediaUrl0"));
    assert_eq!(bench.request("GET", &at, &Value::Null).status, 401);
    let redirect = call(&mut bench, &request("GET", &at, LIVE, &[]));
    assert_eq!(redirect.status, 307);
    let (_, location) = redirect.headers.iter().find(|(n, _)| n == "location").expect("a place");
    let at = path(location);
    assert_eq!(call(&mut bench, &request("GET", &at, LIVE, &[])).status, 400);
    assert_eq!(bench.request("GET", &at, &Value::Null).body, b"%PDF-1.7\x00\xff");
}
