//! VK at the wire: requests in, answers and events out.

mod events;
mod files;

use serde_json::{Value, json};
use vestnik_twin::{
    Behaviour, Cut, HookAnswer, WireRequest, WireResponse,
    config::{VK_CONFIRMATION, VK_TOKEN},
};

use crate::{bench::Bench, form};

const GROUP: &str = "200000001";
const ANNA: &str = "79001234567";
const BORIS: &str = "79007654321";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01";

fn call(bench: &mut Bench, method: &str, fields: &[(&str, &str)]) -> WireResponse {
    let mut all = vec![("access_token", VK_TOKEN), ("v", "5.199")];
    all.extend(fields);
    let mut request = form::in_a_line(&format!("/method/{method}"), &all);
    request.host = "api.vk.com".to_owned();
    bench.twin.request(bench.now_ms, &request)
}

/// The response of a call that must succeed.
fn response(bench: &mut Bench, method: &str, fields: &[(&str, &str)]) -> Value {
    let answer = call(bench, method, fields);
    let got = answer.to_json();
    assert_eq!(answer.status, 200);
    assert!(got.get("error").is_none(), "{method} {fields:?}: {got}");
    got["response"].clone()
}

/// The code of a call that must fail, with HTTP 200 all the same.
fn code(bench: &mut Bench, method: &str, fields: &[(&str, &str)]) -> i64 {
    let answer = call(bench, method, fields);
    let got = answer.to_json();
    assert_eq!(answer.status, 200);
    assert!(!got.to_string().contains(VK_TOKEN), "the token is not echoed");
    got["error"]["error_code"].as_i64().unwrap_or_else(|| panic!("{method}: {got}"))
}

#[expect(clippy::needless_pass_by_value, reason = "calls read better without a borrow")]
fn act(bench: &mut Bench, act: &str, more: Value) -> Value {
    let mut body = json!({ "messenger": "vk", "account": GROUP, "from": ANNA });
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    bench.control("POST", &format!("/twin/{act}"), body)
}

fn id_of(bench: &mut Bench, phone: &str) -> String {
    let view = bench.control("GET", &format!("/twin/phones/{phone}"), Value::Null);
    view["ids"]["vk"].as_i64().expect("an id").to_string()
}

fn answer_body(event: &Value) -> Vec<u8> {
    let is_confirmation = event["type"] == "confirmation";
    if is_confirmation { VK_CONFIRMATION.into() } else { b"ok".to_vec() }
}

/// A bench whose community Anna has written to, with events posted.
fn written() -> (Bench, String) {
    let mut bench = Bench::new();
    bench.answer_body = answer_body;
    let callback = json!({ "callback": { "url": "http://127.0.0.1:1/vk", "secret": "s3cret" } });
    bench.control("PUT", &format!("/twin/accounts/vk/{GROUP}"), callback);
    bench.pass(0);
    act(&mut bench, "reply", json!({ "text": "Hi" }));
    bench.pass(0);
    bench.posted.clear();
    let peer = id_of(&mut bench, ANNA);
    (bench, peer)
}

fn events<'a>(bench: &'a Bench, kind: &str) -> Vec<&'a Value> {
    let of_kind = bench.posted.iter().filter(|(_, _, body)| body["type"] == kind);
    of_kind.map(|(_, _, body)| &body["object"]).collect()
}

fn bubbles(bench: &mut Bench, phone: &str) -> Vec<Value> {
    let path = format!("/twin/bubbles?messenger=vk&to={phone}");
    bench.control("GET", &path, Value::Null).as_array().expect("a list").clone()
}

#[test]
fn a_text_is_sent_once_read_edited_and_taken_back() {
    let (mut bench, peer) = written();
    let fields = [("peer_id", peer.as_str()), ("message", "Привет"), ("random_id", "17")];
    let id = response(&mut bench, "messages.send", &fields);
    assert_eq!(response(&mut bench, "messages.send", &fields), id, "the same again");
    bench.pass(1_000);
    assert_eq!(bubbles(&mut bench, ANNA).len(), 2, "shown once");
    let replies = events(&bench, "message_reply");
    assert_eq!(replies.len(), 1);
    assert_eq!((&replies[0]["id"], &replies[0]["random_id"]), (&id, &json!(17)));
    assert_eq!(replies[0]["from_id"], -200_000_001);
    let cmid = replies[0]["conversation_message_id"].to_string();
    let read = json!({ "messenger": "vk" });
    bench.request("POST", &format!("/handset/{ANNA}/read"), &read);
    bench.pass(0);
    let reads = events(&bench, "message_read");
    assert_eq!(
        *reads[0],
        json!({
            "from_id": peer.parse::<i64>().expect("a number"), "peer_id": peer.parse::<i64>().expect("a number"),
            "read_message_id": id, "conversation_message_id": cmid.parse::<i64>().expect("a number"),
        })
    );
    let edit = [("peer_id", peer.as_str()), ("cmid", cmid.as_str()), ("message", "Hello")];
    assert_eq!(response(&mut bench, "messages.edit", &edit), 1);
    let delete = [("peer_id", peer.as_str()), ("cmids", cmid.as_str()), ("delete_for_all", "1")];
    assert_eq!(response(&mut bench, "messages.delete", &delete), json!({ cmid.as_str(): 1 }));
    let shown = bubbles(&mut bench, ANNA);
    assert_eq!((&shown[1]["text"], &shown[1]["deleted"]), (&json!("Hello"), &json!(true)));
    assert_eq!(code(&mut bench, "messages.edit", &edit), 100);
    let zero = [("peer_id", peer.as_str()), ("message", "x"), ("random_id", "0")];
    let first = response(&mut bench, "messages.send", &zero);
    assert_ne!(response(&mut bench, "messages.send", &zero), first, "0 switches that off");
}

#[test]
fn several_peers_have_an_answer_each() {
    let (mut bench, anna) = written();
    let boris = id_of(&mut bench, BORIS);
    let peers = format!("{anna},{boris}");
    let fields = [("peer_ids", peers.as_str()), ("message", "x"), ("random_id", "5")];
    let answers = response(&mut bench, "messages.send", &fields);
    assert_eq!(answers[0]["conversation_message_id"], 2);
    assert!(answers[0]["message_id"].as_i64() > Some(0));
    assert_eq!(
        answers[1],
        json!({
            "peer_id": boris.parse::<i64>().expect("a number"), "message_id": 0,
            "error": { "code": 901, "description": "Can't send messages for users without permission" },
        })
    );
}

#[test]
fn refusals_have_codes() {
    let (mut bench, peer) = written();
    bench.control("PUT", &format!("/twin/accounts/vk/{GROUP}"), json!({ "limits": false }));
    let long = "я".repeat(4_097);
    let keyboard = json!({ "inline": true, "buttons": [[{ "action": { "type": "callback", "label": "x".repeat(41) } }]] }).to_string();
    let p = peer.as_str();
    for (fields, expected) in [
        (vec![("message", "x"), ("random_id", "1")], 100),
        (vec![("peer_id", p), ("message", "x")], 100),
        (vec![("peer_id", p), ("message", "x"), ("random_id", "x")], 100),
        (vec![("peer_id", p), ("message", "x"), ("random_id", "99999999999")], 100),
        (vec![("peer_id", p), ("message", ""), ("random_id", "1")], 100),
        (vec![("peer_id", p), ("message", long.as_str()), ("random_id", "1")], 914),
        (
            vec![
                ("peer_id", p),
                ("message", "x"),
                ("random_id", "1"),
                ("keyboard", keyboard.as_str()),
            ],
            911,
        ),
        (vec![("peer_id", p), ("message", "x"), ("random_id", "1"), ("keyboard", "{")], 911),
        (vec![("peer_id", p), ("random_id", "1"), ("attachment", "photo-1_2")], 100),
        (vec![("peer_id", p), ("message", "x"), ("random_id", "1"), ("reply_to", "999")], 100),
        (vec![("peer_id", "12"), ("message", "x"), ("random_id", "1")], 901),
        (vec![("peer_id", "2000000999"), ("message", "x"), ("random_id", "1")], 917),
    ] {
        assert_eq!(code(&mut bench, "messages.send", &fields), expected, "{fields:?}");
    }
    assert_eq!(code(&mut bench, "messages.nothing", &[]), 3);
    assert_eq!(code(&mut bench, "groups.getCallbackServers", &[("group_id", "1")]), 125);
    let answer = bench.request("GET", "/method/users.get?access_token=wrong&v=5.199", &Value::Null);
    assert_eq!(answer.to_json()["error"]["error_code"], 5);
    let path = format!("/method/users.get?access_token={VK_TOKEN}");
    assert_eq!(bench.request("GET", &path, &Value::Null).to_json()["error"]["error_code"], 8);
    let body = json!({ "access_token": VK_TOKEN, "v": "5.199", "peer_id": peer });
    let answer = bench.request("POST", "/method/messages.send", &body).to_json();
    assert_eq!(answer["error"]["error_code"], 5, "JSON is not read");
    let mut header = WireRequest::new("GET", "/method/users.get?v=5.199&user_ids=1");
    header.headers.push(("authorization".to_owned(), format!("Bearer {VK_TOKEN}")));
    assert_eq!(bench.twin.request(bench.now_ms, &header).to_json(), json!({ "response": [] }));
}

#[test]
fn twenty_calls_a_second() {
    let (mut bench, _) = written();
    bench.pass(2_000);
    for _ in 0..20 {
        response(&mut bench, "users.get", &[]);
    }
    let answer = call(&mut bench, "users.get", &[("user_ids", "1")]).to_json();
    assert_eq!(answer["error"]["error_code"], 6);
    assert_eq!(answer["error"]["error_msg"], "Too many requests per second");
    assert_eq!(
        answer["error"]["request_params"],
        json!([
            { "key": "method", "value": "users.get" }, { "key": "user_ids", "value": "1" },
            { "key": "v", "value": "5.199" },
        ])
    );
    bench.pass(1_000);
    response(&mut bench, "users.get", &[]);
}

#[test]
fn permission_comes_and_goes() {
    let (mut bench, peer) = written();
    let send = [("peer_id", peer.as_str()), ("message", "x"), ("random_id", "0")];
    act(&mut bench, "block", json!({ "blocked": true }));
    assert_eq!(code(&mut bench, "messages.send", &send), 901);
    let ask = [("group_id", GROUP), ("user_id", peer.as_str())];
    assert_eq!(
        response(&mut bench, "messages.isMessagesFromGroupAllowed", &ask),
        json!({ "is_allowed": 0 })
    );
    act(&mut bench, "start", json!({ "payload": "abc" }));
    bench.pass(0);
    let user: i64 = peer.parse().expect("a number");
    assert_eq!(*events(&bench, "message_deny")[0], json!({ "user_id": user }));
    assert_eq!(events(&bench, "message_allow")[0]["user_id"], user);
    let message = &events(&bench, "message_new")[0]["message"];
    assert_eq!(message["payload"], "{\"command\":\"start\"}");
    assert_eq!((&message["ref"], &message["ref_source"]), (&json!("abc"), &json!("link")));
    response(&mut bench, "messages.send", &send);
    bench.control("PUT", &format!("/twin/phones/{ANNA}"), json!({ "messengers": [] }));
    assert_eq!(code(&mut bench, "messages.send", &send), 18);
}

#[test]
fn customers_write_quote_press_and_react() {
    let (mut bench, peer) = written();
    let keyboard = json!({ "inline": true, "buttons": [[
        { "action": { "type": "callback", "label": "Yes", "payload": "{\"c\":1}" }, "color": "positive" },
        { "action": { "type": "text", "label": "No", "payload": "{\"c\":2}" } },
    ]] }).to_string();
    let fields = [
        ("peer_id", peer.as_str()),
        ("message", "?"),
        ("random_id", "0"),
        ("keyboard", keyboard.as_str()),
    ];
    let sent = response(&mut bench, "messages.send", &fields);
    bench.pass(1_000);
    let id = bubbles(&mut bench, ANNA)[1]["id"].clone();
    bench.control("POST", "/twin/press", json!({ "id": id, "button": "Yes" }));
    bench.control("POST", "/twin/press", json!({ "id": id, "button": "No" }));
    bench.control("POST", "/twin/react", json!({ "id": id, "emoji": "👍" }));
    let own = act(&mut bench, "reply", json!({ "text": "Beause", "quote": id }))["id"].clone();
    assert_eq!(
        bench.control("POST", "/twin/edit", json!({ "id": own, "text": "Because" })),
        json!({ "told": true })
    );
    assert_eq!(
        bench.control("POST", "/twin/delete", json!({ "id": own })),
        json!({ "told": false })
    );
    act(&mut bench, "reply", json!({ "location": { "latitude": 55.75, "longitude": 37.5 } }));
    act(&mut bench, "reply", json!({ "file": "http://127.0.0.1/x.jpg" }));
    act(
        &mut bench,
        "reply",
        json!({ "file": { "url": "http://127.0.0.1/x.ogg", "kind": "voice" } }),
    );
    bench.pass(0);
    let press = events(&bench, "message_event")[0].clone();
    assert_eq!(
        (&press["payload"], &press["conversation_message_id"]),
        (&json!({ "c": 1 }), &json!(2))
    );
    let new = events(&bench, "message_new");
    assert_eq!(
        (&new[0]["message"]["text"], &new[0]["message"]["payload"]),
        (&json!("No"), &json!("{\"c\":2}"))
    );
    assert_eq!(new[1]["message"]["reply_message"]["id"], sent);
    assert_eq!(
        new[2]["message"]["geo"]["coordinates"],
        json!({ "latitude": 55.75, "longitude": 37.5 })
    );
    let photo = &new[3]["message"]["attachments"][0];
    assert_eq!(
        (&photo["type"], &photo["photo"]["sizes"][3]["url"]),
        (&json!("photo"), &json!("http://127.0.0.1/x.jpg"))
    );
    assert_eq!(
        new[4]["message"]["attachments"][0]["audio_message"]["link_ogg"],
        "http://127.0.0.1/x.ogg"
    );
    assert_eq!(events(&bench, "message_edit")[0]["text"], "Because");
    let reaction = events(&bench, "message_reaction_event")[0];
    assert_eq!((&reaction["reaction_id"], &reaction["cmid"]), (&json!(4), &json!(2)));
    let event = press["event_id"].as_str().expect("text").to_owned();
    let answer = [("event_id", event.as_str()), ("user_id", &peer), ("peer_id", &peer)];
    assert_eq!(response(&mut bench, "messages.sendMessageEventAnswer", &answer), 1);
    assert_eq!(code(&mut bench, "messages.sendMessageEventAnswer", &answer), 100, "once");
    let card = json!({ "account": GROUP, "from": ANNA, "contact": { "phone": ANNA } });
    assert_eq!(bench.request("POST", "/twin/reply", &card).status, 400);
}

#[test]
fn two_ways_to_quote() {
    let (mut bench, peer) = written();
    let fields = [("peer_id", peer.as_str()), ("message", "?"), ("random_id", "0")];
    let sent = response(&mut bench, "messages.send", &fields);
    bench.pass(1_000);
    let id = bubbles(&mut bench, ANNA)[1]["id"].clone();
    let mail = sent.to_string();
    let quoting =
        [("peer_id", peer.as_str()), ("message", "x"), ("random_id", "0"), ("reply_to", &mail)];
    response(&mut bench, "messages.send", &quoting);
    let forward =
        json!({ "peer_id": 1, "conversation_message_ids": [2], "is_reply": 1 }).to_string();
    let quoting =
        [("peer_id", peer.as_str()), ("message", "y"), ("random_id", "0"), ("forward", &forward)];
    response(&mut bench, "messages.send", &quoting);
    bench.pass(1_000);
    let shown = bubbles(&mut bench, ANNA);
    let quotes: Vec<&Value> = shown.iter().rev().take(2).map(|b| &b["quote"]["id"]).collect();
    assert_eq!(quotes, [&id, &id]);
}

#[test]
fn group_chats() {
    let (mut bench, _) = written();
    let group = json!({ "messenger": "vk", "name": "Team", "members": [ANNA, BORIS] });
    bench.control("PUT", "/twin/groups/team", group);
    act(&mut bench, "reply", json!({ "group": "team", "text": "hi all" }));
    act(&mut bench, "reply", json!({ "group": "team", "text": "[club200000001|Vestnik] hi" }));
    bench.pass(0);
    let new = events(&bench, "message_new");
    assert_eq!(new.len(), 1, "only what is meant for it");
    let message = &new[0]["message"];
    assert_eq!((&message["id"], &message["conversation_message_id"]), (&json!(0), &json!(2)));
    let peer = message["peer_id"].as_i64().expect("a peer");
    assert!(peer > 2_000_000_000);
    let peer = peer.to_string();
    let send = [("peer_id", peer.as_str()), ("message", "hello"), ("random_id", "3")];
    assert_eq!(response(&mut bench, "messages.send", &send), 0);
    bench.pass(1_000);
    assert_eq!(bubbles(&mut bench, BORIS).len(), 3);
}

#[test]
fn numbers_with_a_meaning() {
    let (mut bench, _) = written();
    let mut send = |number: &str| {
        let phone = format!("7999000{number}");
        act(&mut bench, "reply", json!({ "from": phone, "text": "Hi" }));
        let peer = id_of(&mut bench, &phone);
        let fields = [("peer_id", peer.as_str()), ("message", "x"), ("random_id", "0")];
        let answer = call(&mut bench, "messages.send", &fields);
        bench.pass(1_000);
        let is_shown = bubbles(&mut bench, &phone).iter().any(|bubble| bubble["text"] == "x");
        (answer, is_shown)
    };
    for (number, expected) in [
        ("0400", 100),
        ("0402", 902),
        ("0403", 901),
        ("0404", 18),
        ("0409", 9),
        ("0429", 6),
        ("0500", 10),
    ] {
        let (answer, is_shown) = send(number);
        assert_eq!(
            (&answer.to_json()["error"]["error_code"], is_shown),
            (&json!(expected), false),
            "{number}"
        );
    }
    assert!(!send("0200").1);
    assert_eq!(send("0408").0.behaviour, Behaviour::Answer { after_ms: 600_000 });
    let (answer, is_shown) = send("0498");
    assert!(matches!(answer.behaviour, Behaviour::Cut { when: Cut::Before, .. }) && !is_shown);
    let (answer, is_shown) = send("0499");
    assert!(matches!(answer.behaviour, Behaviour::Cut { when: Cut::After, .. }) && is_shown);
    let (answer, is_shown) = send("0502");
    assert_eq!((answer.status, is_shown), (502, true));
}
