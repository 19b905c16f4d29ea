//! MAX at the wire: requests in, answers and events out.

mod events;
mod files;

use serde_json::{Value, json};
use vestnik_twin::{Behaviour, Cut, WireRequest, WireResponse, config::MAX_TOKEN};

use crate::{bench::Bench, form};

const BOT: &str = "229229229";
const ANNA: &str = "79001234567";
const BORIS: &str = "79007654321";

fn ask(bench: &mut Bench, method: &str, path: &str, body: &Value, token: &str) -> WireResponse {
    let mut request = WireRequest::json(method, path, body);
    if body.is_null() {
        request.body.clear();
    }
    request.headers.push(("authorization".to_owned(), token.to_owned()));
    bench.twin.request(bench.now_ms, &request)
}

fn call(bench: &mut Bench, method: &str, path: &str, body: &Value) -> WireResponse {
    ask(bench, method, path, body, MAX_TOKEN)
}

/// The body of a call that must succeed.
fn ok(bench: &mut Bench, method: &str, path: &str, body: &Value) -> Value {
    let answer = call(bench, method, path, body);
    assert_eq!(answer.status, 200, "{method} {path} {body}: {}", answer.to_json());
    answer.to_json()
}

/// Status and code of a call that must fail.
fn refusal(bench: &mut Bench, method: &str, path: &str, body: &Value) -> (u16, String) {
    let answer = call(bench, method, path, body);
    let got = answer.to_json();
    assert!(got["message"].is_string(), "{got}");
    (answer.status, got["code"].as_str().unwrap_or("").to_owned())
}

#[expect(clippy::needless_pass_by_value, reason = "calls read better without a borrow")]
fn act(bench: &mut Bench, act: &str, more: Value) -> Value {
    let mut body = json!({ "messenger": "max", "account": BOT, "from": ANNA });
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    bench.control("POST", &format!("/twin/{act}"), body)
}

fn id_of(bench: &mut Bench, phone: &str) -> i64 {
    let view = bench.control("GET", &format!("/twin/phones/{phone}"), Value::Null);
    view["ids"]["max"].as_i64().expect("an id")
}

/// A bench whose bot Anna has started, with events posted.
fn started() -> (Bench, String) {
    let mut bench = Bench::new();
    let hook = json!({ "url": "http://127.0.0.1:1/max", "secret": "s3cret" });
    assert_eq!(ok(&mut bench, "POST", "/subscriptions", &hook), json!({ "success": true }));
    act(&mut bench, "start", json!({ "payload": "abc" }));
    bench.pass(0);
    let user = id_of(&mut bench, ANNA);
    (bench, format!("/messages?user_id={user}"))
}

fn bubbles(bench: &mut Bench, phone: &str) -> Vec<Value> {
    let path = format!("/twin/bubbles?messenger=max&to={phone}");
    bench.control("GET", &path, Value::Null).as_array().expect("a list").clone()
}

fn last(bench: &Bench) -> &Value {
    &bench.posted.last().expect("an event").2
}

#[test]
fn a_text_is_sent_quoted_edited_and_taken_back() {
    let (mut bench, path) = started();
    let user = id_of(&mut bench, ANNA);
    let sent = ok(&mut bench, "POST", &path, &json!({ "text": "Привет" }))["message"].clone();
    let mid = sent["body"]["mid"].as_str().expect("an id").to_owned();
    assert!(mid.starts_with("mid.") && mid.len() == 36, "{mid}");
    assert!(sent["body"]["seq"].as_i64() > Some(1 << 53));
    assert_eq!(
        (&sent["recipient"]["user_id"], &sent["recipient"]["chat_type"]),
        (&json!(user), &json!("dialog"))
    );
    assert_eq!(
        (&sent["sender"]["user_id"], &sent["sender"]["is_bot"]),
        (&json!(229_229_229), &json!(true))
    );
    let chat = sent["recipient"]["chat_id"].clone();
    let quoting = json!({ "text": "Again", "link": { "type": "reply", "mid": mid } });
    let second = ok(&mut bench, "POST", &format!("/messages?chat_id={chat}"), &quoting);
    assert_eq!(second["message"]["link"]["message"]["mid"], mid);
    let one = format!("/messages?message_id={mid}");
    assert_eq!(
        ok(&mut bench, "PUT", &one, &json!({ "text": "Hello" })),
        json!({ "success": true })
    );
    assert_eq!(
        ok(&mut bench, "GET", &format!("/messages/{mid}"), &Value::Null)["body"]["text"],
        "Hello"
    );
    let list = ok(&mut bench, "GET", &format!("/messages?chat_id={chat}"), &Value::Null);
    assert_eq!(list["messages"][1]["body"]["mid"], mid, "newest first");
    assert_eq!(ok(&mut bench, "DELETE", &one, &Value::Null), json!({ "success": true }));
    assert_eq!(refusal(&mut bench, "DELETE", &one, &Value::Null), (404, "not.found".to_owned()));
    let posted = bench.posted.len();
    bench.pass(1_000);
    let shown = bubbles(&mut bench, ANNA);
    assert_eq!(
        (&shown[0]["text"], &shown[0]["edited"], &shown[0]["deleted"]),
        (&json!("Hello"), &json!(true), &json!(true))
    );
    bench.request("POST", &format!("/handset/{ANNA}/read"), &json!({}));
    bench.pass(1_000);
    assert_eq!(bench.posted.len(), posted, "there are no receipts");
}

#[test]
fn only_the_bare_token_in_the_header_counts() {
    let mut bench = Bench::new();
    let denied = json!({ "code": "verify.token", "message": "Invalid access_token" });
    for (token, path) in [
        (format!("Bearer {MAX_TOKEN}"), "/me".to_owned()),
        (String::new(), format!("/me?access_token={MAX_TOKEN}")),
    ] {
        let answer = ask(&mut bench, "GET", &path, &Value::Null, &token);
        assert_eq!((answer.status, answer.to_json()), (401, denied.clone()));
    }
    let me = ok(&mut bench, "GET", "/me", &Value::Null);
    assert_eq!(
        (&me["user_id"], &me["username"]),
        (&json!(229_229_229), &json!("vestnik_demo_bot"))
    );
}

#[test]
fn who_may_be_written_to() {
    let (mut bench, path) = started();
    let text = json!({ "text": "x" });
    let boris = id_of(&mut bench, BORIS);
    let stranger = format!("/messages?user_id={boris}");
    assert_eq!(refusal(&mut bench, "POST", &stranger, &text), (404, "dialog.not.found".to_owned()));
    let sent = ok(&mut bench, "POST", &path, &text);
    let chat = sent["message"]["recipient"]["chat_id"].clone();
    act(&mut bench, "block", json!({ "blocked": true }));
    bench.pass(0);
    assert_eq!(
        (&last(&bench)["update_type"], &last(&bench)["chat_id"]),
        (&json!("bot_stopped"), &chat)
    );
    let answer = call(&mut bench, "POST", &path, &text);
    let expected = json!({ "code": "chat.denied", "message": format!("Key: error.dialog.suspended, args: [{chat},].") });
    assert_eq!((answer.status, answer.to_json()), (403, expected));
    act(&mut bench, "start", json!({ "payload": "one_time" }));
    bench.pass(0);
    let event = last(&bench);
    assert_eq!(
        (&event["update_type"], &event["payload"]),
        (&json!("bot_started"), &json!("one_time"))
    );
    assert_eq!(event["user"]["is_bot"], false);
    ok(&mut bench, "POST", &path, &text);
    assert_eq!(
        refusal(&mut bench, "POST", "/messages?chat_id=0", &text),
        (403, "chat.denied".to_owned())
    );
    assert_eq!(
        refusal(&mut bench, "POST", "/messages?chat_id=77", &text),
        (404, "chat.not.found".to_owned())
    );
}

#[test]
fn bodies_are_checked() {
    let (mut bench, path) = started();
    bench.control("PUT", &format!("/twin/accounts/max/{BOT}"), json!({ "limits": false }));
    let keyboard = |button: Value| json!({ "text": "x", "attachments": [{ "type": "inline_keyboard", "payload": { "buttons": [[button]] } }] });
    let file = json!({ "type": "file", "payload": { "token": "x" } });
    for body in [
        json!({}),
        json!({ "text": null }),
        json!({ "text": 5 }),
        json!({ "text": "я".repeat(4_001) }),
        json!({ "text": "x", "format": "tex" }),
        json!({ "text": "x", "link": { "type": "reply" } }),
        json!({ "text": "x", "attachments": {} }),
        json!({ "attachments": [file, file] }),
        json!({ "attachments": [{ "type": "file", "payload": { "token": "unknown" } }] }),
        json!({ "attachments": [{ "type": "unknown" }] }),
        json!({ "attachments": [{ "type": "image", "payload": {} }] }),
        json!({ "attachments": [{ "type": "image", "payload": { "url": "ftp://x" } }] }),
        keyboard(json!({ "type": "unknown", "text": "x" })),
        keyboard(json!({ "type": "callback", "text": "x" })),
        keyboard(json!({ "type": "callback", "text": "x".repeat(129), "payload": "x" })),
        keyboard(json!({ "type": "link", "text": "x", "url": "x".repeat(2_049) })),
    ] {
        assert_eq!(
            refusal(&mut bench, "POST", &path, &body),
            (400, "proto.payload".to_owned()),
            "{body}"
        );
    }
    let text = json!({ "text": "x" });
    for path in ["/messages", "/messages?user_id=1&chat_id=2", "/messages?user_id=x"] {
        assert_eq!(
            refusal(&mut bench, "POST", path, &text),
            (400, "proto.payload".to_owned()),
            "{path}"
        );
    }
    let link = json!({ "text": "x", "link": { "type": "reply", "mid": "mid.none" } });
    assert_eq!(refusal(&mut bench, "POST", &path, &link), (404, "not.found".to_owned()));
    assert_eq!(
        refusal(&mut bench, "PATCH", "/me", &Value::Null),
        (405, "method.not.allowed".to_owned())
    );
    assert_eq!(refusal(&mut bench, "GET", "/chats", &Value::Null).0, 404, "removed in 2026");
    assert_eq!(refusal(&mut bench, "POST", "/uploads?type=photo", &Value::Null).0, 400);
    let mut odd = WireRequest::new("POST", &path);
    odd.headers.push(("authorization".to_owned(), MAX_TOKEN.to_owned()));
    odd.body = b"{".to_vec();
    assert_eq!(bench.twin.request(bench.now_ms, &odd).status, 400);
}

#[test]
fn thirty_calls_a_second() {
    let (mut bench, _) = started();
    bench.pass(2_000);
    for _ in 0..30 {
        ok(&mut bench, "GET", "/me", &Value::Null);
    }
    assert_eq!(
        refusal(&mut bench, "GET", "/me", &Value::Null),
        (429, "too.many.requests".to_owned())
    );
    bench.pass(1_000);
    ok(&mut bench, "GET", "/me", &Value::Null);
}

#[test]
fn customers_write_press_edit_and_take_back() {
    let (mut bench, path) = started();
    let keyboard = json!({ "buttons": [
        [{ "type": "callback", "text": "Yes", "payload": "y:17" }, { "type": "message", "text": "No" }],
        [{ "type": "request_contact", "text": "My number" }],
    ] });
    let body =
        json!({ "text": "?", "attachments": [{ "type": "inline_keyboard", "payload": keyboard }] });
    let sent = ok(&mut bench, "POST", &path, &body);
    assert_eq!(sent["message"]["body"]["attachments"][0]["payload"], keyboard);
    let mid = sent["message"]["body"]["mid"].clone();
    bench.pass(1_000);
    bench.posted.clear();
    for button in ["Yes", "No", "My number"] {
        bench.control("POST", "/twin/press", json!({ "id": mid, "button": button }));
    }
    act(&mut bench, "reply", json!({ "contact": { "name": "Boris", "phone": BORIS } }));
    let own = act(&mut bench, "reply", json!({ "text": "Helo", "quote": mid }))["id"].clone();
    assert_eq!(
        bench.control("POST", "/twin/edit", json!({ "id": own, "text": "Hello" })),
        json!({ "told": true })
    );
    assert_eq!(
        bench.control("POST", "/twin/delete", json!({ "id": own })),
        json!({ "told": true })
    );
    assert_eq!(
        bench.control("POST", "/twin/react", json!({ "id": mid, "emoji": "👍" })),
        json!({ "told": false })
    );
    bench.pass(0);
    let events: Vec<&Value> = bench.posted.iter().map(|(_, _, body)| body).collect();
    let kinds: Vec<&str> =
        events.iter().filter_map(|event| event["update_type"].as_str()).collect();
    assert_eq!(
        kinds,
        [
            "message_callback",
            "message_created",
            "message_created",
            "message_created",
            "message_created",
            "message_edited",
            "message_removed",
        ]
    );
    assert_eq!(events[0]["callback"]["payload"], "y:17");
    assert_eq!(events[0]["message"]["body"]["mid"], mid);
    assert_eq!(events[1]["message"]["body"]["text"], "No");
    assert_eq!(events[1]["message"]["recipient"]["user_id"], 229_229_229);
    let card = &events[2]["message"]["body"]["attachments"][0]["payload"];
    let vcard = card["vcf_info"].as_str().expect("a card");
    assert!(vcard.contains("\r\nTEL;TYPE=CELL:+79001234567\r\n"), "{vcard:?}");
    assert_eq!(card["max_info"]["user_id"], events[2]["message"]["sender"]["user_id"]);
    assert!(card["hash"].as_str().is_some_and(|hash| hash.len() == 64));
    let foreign = &events[3]["message"]["body"]["attachments"][0]["payload"];
    assert!(foreign.get("hash").is_none(), "{foreign}");
    assert_eq!(events[4]["message"]["link"]["message"]["mid"], mid);
    assert_eq!(events[5]["message"]["body"]["text"], "Hello");
    assert_eq!(events[6]["message_id"], own);
}

#[test]
fn a_press_is_answered() {
    let (mut bench, path) = started();
    let button = json!({ "type": "callback", "text": "Yes", "payload": "y" });
    let keyboard = json!({ "type": "inline_keyboard", "payload": { "buttons": [[button]] } });
    let body = json!({ "text": "?", "attachments": [keyboard] });
    let mid = ok(&mut bench, "POST", &path, &body)["message"]["body"]["mid"].clone();
    bench.pass(1_000);
    bench.control("POST", "/twin/press", json!({ "id": mid, "button": "Yes" }));
    bench.pass(0);
    let id = last(&bench)["callback"]["callback_id"].as_str().expect("text").to_owned();
    let answer =
        json!({ "notification": "Done", "message": { "text": "Thanks", "attachments": [] } });
    assert_eq!(
        ok(&mut bench, "POST", &format!("/answers?callback_id={id}"), &answer),
        json!({ "success": true })
    );
    let shown = &bubbles(&mut bench, ANNA)[0];
    assert_eq!((&shown["text"], shown.get("buttons")), (&json!("Thanks"), None));
    assert_eq!(refusal(&mut bench, "POST", "/answers?callback_id=none", &answer).0, 404);
}

/// The hash of a shared contact, compared with one computed elsewhere (`openssl dgst -sha256
/// -hmac twin-max-token-229229229`) over the card of this very customer.
#[test]
fn the_hash_of_a_contact_is_the_documented_one() {
    let (mut bench, _) = started();
    let share = json!({ "contact": { "name": "Anna", "phone": ANNA } });
    act(&mut bench, "reply", share.clone());
    bench.pass(0);
    let hash =
        |bench: &Bench| last(bench)["message"]["body"]["attachments"][0]["payload"]["hash"].clone();
    let right = hash(&bench);
    assert_eq!(right, "daf2d2d6397f5070eb1f5b8f73888b8a3daa4245010f94d865023edaddf2cbb6");
    bench.control("PUT", &format!("/twin/accounts/max/{BOT}"), json!({ "wrong_hash": true }));
    act(&mut bench, "reply", share);
    bench.pass(0);
    assert_ne!(hash(&bench), right);
}

#[test]
fn incoming_files_have_addresses() {
    let (mut bench, _) = started();
    for (file, kind) in [
        (json!({ "url": "http://127.0.0.1/x.jpg" }), "image"),
        (json!({ "url": "http://127.0.0.1/x.mp4" }), "video"),
        (json!({ "url": "http://127.0.0.1/x.ogg", "kind": "voice" }), "audio"),
        (json!({ "url": "http://127.0.0.1/x.pdf" }), "file"),
        (json!({ "url": "http://127.0.0.1/x.webp", "kind": "sticker" }), "sticker"),
    ] {
        act(&mut bench, "reply", json!({ "file": file, "text": "Look" }));
        bench.pass(0);
        let body = &last(&bench)["message"]["body"];
        assert_eq!(body["attachments"][0]["type"], kind);
        assert_eq!(body["attachments"][0]["payload"]["url"], file["url"]);
        assert_eq!(body["text"], "Look");
    }
    act(&mut bench, "reply", json!({ "location": { "latitude": 55.75, "longitude": 37.5 } }));
    bench.pass(0);
    let place = &last(&bench)["message"]["body"]["attachments"][0];
    assert_eq!(*place, json!({ "type": "location", "latitude": 55.75, "longitude": 37.5 }));
}

#[test]
fn groups() {
    let (mut bench, _) = started();
    bench.posted.clear();
    let group = json!({ "messenger": "max", "name": "Team", "members": [ANNA, BORIS] });
    bench.control("PUT", "/twin/groups/team", group);
    act(&mut bench, "reply", json!({ "group": "team", "text": "hi all" }));
    act(&mut bench, "reply", json!({ "group": "team", "text": "@vestnik_demo_bot hi" }));
    bench.pass(0);
    assert_eq!(bench.posted.len(), 1, "only what is meant for it");
    let recipient = last(&bench)["message"]["recipient"].clone();
    assert_eq!(recipient["chat_type"], "chat");
    let chat = recipient["chat_id"].as_i64().expect("an id");
    assert!(chat < 0);
    ok(&mut bench, "POST", &format!("/messages?chat_id={chat}"), &json!({ "text": "hello" }));
    bench.pass(1_000);
    assert_eq!(bubbles(&mut bench, BORIS).len(), 3);
    let view = ok(&mut bench, "GET", &format!("/chats/{chat}"), &Value::Null);
    assert_eq!((&view["title"], &view["participants_count"]), (&json!("Team"), &json!(3)));
    let path = format!("/chats/{chat}/actions");
    assert_eq!(
        ok(&mut bench, "POST", &path, &json!({ "action": "typing_on" })),
        json!({ "success": true })
    );
    assert_eq!(refusal(&mut bench, "POST", &path, &json!({ "action": "mark_seen" })).0, 400);
    let account = format!("/twin/accounts/max/{BOT}");
    bench.control("PUT", &account, json!({ "removed": ["team"] }));
    let path = format!("/messages?chat_id={chat}");
    assert_eq!(refusal(&mut bench, "POST", &path, &json!({ "text": "x" })).1, "chat.not.found");
}

#[test]
fn numbers_with_a_meaning() {
    let (mut bench, _) = started();
    let mut send = |code: &str| {
        let phone = format!("7999000{code}");
        act(&mut bench, "start", json!({ "from": phone }));
        let user = id_of(&mut bench, &phone);
        let answer =
            call(&mut bench, "POST", &format!("/messages?user_id={user}"), &json!({ "text": "x" }));
        bench.pass(1_000);
        (answer.status, answer.behaviour, !bubbles(&mut bench, &phone).is_empty())
    };
    for (number, status) in
        [("0400", 400), ("0403", 403), ("0404", 404), ("0429", 429), ("0500", 500), ("0503", 503)]
    {
        let (got, _, is_shown) = send(number);
        assert_eq!((got, is_shown), (status, false), "{number}");
    }
    assert!(!send("0200").2);
    assert_eq!(send("0408").1, Behaviour::Answer { after_ms: 600_000 });
    assert!(matches!(send("0498"), (_, Behaviour::Cut { when: Cut::Before, .. }, false)));
    assert!(matches!(send("0499"), (_, Behaviour::Cut { when: Cut::After, .. }, true)));
    assert!(matches!(send("0502"), (502, _, true)));
}
