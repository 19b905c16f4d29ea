//! What customers do with their phones, at the control door, with the provider of which it is known
//! what it tells.

use serde_json::{Value, json};

use crate::bench::{ACCOUNT, Bench};

const ANNA: &str = "79001234567";
const BORIS: &str = "79007654321";

fn group(bench: &mut Bench) {
    let group = json!({ "messenger": "whatsapp", "name": "Team", "members": [ANNA, BORIS] });
    let made = bench.control("PUT", "/twin/groups/120363043968066561", group);
    assert_eq!(made["members"], json!([ANNA, BORIS]));
}

fn last(bench: &Bench) -> &Value {
    &bench.posted.last().expect("a webhook").2["messageData"]
}

#[test]
fn a_group_is_on_every_members_phone() {
    let mut bench = Bench::with_webhooks();
    group(&mut bench);
    let body = json!({ "chatId": "120363043968066561@g.us", "message": "Hello all" });
    let sent = bench.api("sendMessage", &body);
    assert_eq!(sent.status, 200);
    bench.pass(1_000);
    assert_eq!(bench.shown(ANNA), ["Hello all"]);
    assert_eq!(bench.shown(BORIS), ["Hello all"]);
    let reply = json!({
        "account": ACCOUNT, "from": BORIS, "group": "120363043968066561", "text": "Hello",
        "quote": sent.to_json()["idMessage"],
    });
    bench.control("POST", "/twin/reply", reply);
    bench.pass(0);
    assert_eq!(bench.shown(ANNA), ["Hello all", "Hello"]);
    let (_, _, webhook) = bench.posted.last().expect("a webhook");
    assert_eq!(webhook["senderData"]["chatId"], "120363043968066561@g.us");
    assert_eq!(webhook["senderData"]["sender"], format!("{BORIS}@c.us"));
    assert_eq!(webhook["senderData"]["chatName"], "Team");
    let listed = bench.control("GET", "/twin/groups", Value::Null);
    assert_eq!(listed[0]["id"], "120363043968066561");
    let path = "/twin/bubbles?group=120363043968066561";
    let bubbles = bench.control("GET", path, Value::Null);
    assert_eq!(bubbles.as_array().map(Vec::len), Some(2), "each once");
    let phones = bench.control("GET", "/twin/phones", Value::Null);
    assert!(
        phones
            .as_array()
            .expect("a list")
            .iter()
            .all(|phone| phone["phone"] != "120363043968066561")
    );
}

#[test]
fn who_is_no_member_does_not_write_into_a_group() {
    let mut bench = Bench::new();
    group(&mut bench);
    let reply = |from: &str, group: &str| json!({ "account": ACCOUNT, "from": from, "group": group, "text": "x" });
    for body in [reply("79990000001", "120363043968066561"), reply(ANNA, "other")] {
        assert_eq!(bench.request("POST", "/twin/reply", &body).status, 400);
    }
    for (id, body) in [
        ("a b", json!({ "messenger": "whatsapp" })),
        ("new", json!({ "name": "no messenger" })),
        ("new", json!({ "messenger": "icq" })),
        ("new", json!({ "messenger": "vk", "members": ["x"] })),
        ("120363043968066561", json!({ "messenger": "vk" })),
    ] {
        let id = id.replace(' ', "%20");
        assert_eq!(
            bench.request("PUT", &format!("/twin/groups/{id}"), &body).status,
            400,
            "{body}"
        );
    }
}

#[test]
fn edits_deletes_and_reactions_are_shown_and_told() {
    let mut bench = Bench::with_webhooks();
    let settings = json!({ "editedMessageWebhook": "yes", "deletedMessageWebhook": "yes" });
    bench.control("PUT", "/twin/accounts/green_api/1234567890", json!({ "settings": settings }));
    let reply = json!({ "account": ACCOUNT, "from": ANNA, "text": "Helo" });
    let own = bench.control("POST", "/twin/reply", reply)["id"].clone();
    let told = json!({ "told": true });
    assert_eq!(bench.control("POST", "/twin/edit", json!({ "id": own, "text": "Hello" })), told);
    bench.pass(0);
    assert_eq!(
        *last(&bench),
        json!({
            "typeMessage": "editedMessage",
            "editedMessageData": { "textMessage": "Hello", "stanzaId": own },
        })
    );
    assert_eq!(bench.control("POST", "/twin/delete", json!({ "id": own })), told);
    bench.pass(0);
    assert_eq!(last(&bench)["deletedMessageData"]["stanzaId"], own);
    assert_eq!(bench.request("POST", "/twin/delete", &json!({ "id": own })).status, 400);
    let theirs = bench.send(ANNA, "Hi");
    bench.pass(1_000);
    assert_eq!(bench.request("POST", "/twin/delete", &json!({ "id": theirs })).status, 400);
    let react = |emoji: &str| json!({ "id": theirs, "emoji": emoji });
    assert_eq!(bench.control("POST", "/twin/react", react("👍")), told);
    bench.pass(0);
    assert_eq!(last(&bench)["extendedTextMessageData"]["text"], "👍");
    assert_eq!(bench.control("POST", "/twin/react", react("👍")), json!({ "told": false }));
    let path = format!("/twin/bubbles?to={ANNA}");
    let bubbles = bench.control("GET", &path, Value::Null);
    assert_eq!((&bubbles[0]["text"], &bubbles[0]["edited"]), (&json!("Hello"), &json!(true)));
    assert_eq!(bubbles[0]["deleted"], true);
    assert_eq!(bubbles[1]["reactions"], json!({ ANNA: "👍" }));
    assert_eq!(bench.control("POST", "/twin/react", react("")), told);
    let bubbles = bench.control("GET", &path, Value::Null);
    assert!(bubbles[1].get("reactions").is_none());
}

#[test]
fn a_blocked_account_reaches_nobody() {
    let mut bench = Bench::with_webhooks();
    let block = |is: bool| json!({ "account": ACCOUNT, "from": ANNA, "blocked": is });
    assert_eq!(bench.control("POST", "/twin/block", block(true)), json!({ "told": false }));
    let id = bench.send(ANNA, "Hello");
    bench.pass(1_000);
    assert_eq!(bench.statuses(&id), ["sent"]);
    let reply = json!({ "account": ACCOUNT, "from": ANNA, "text": "x" });
    assert_eq!(bench.request("POST", "/twin/reply", &reply).status, 400);
    bench.control("POST", "/twin/block", block(false));
    bench.pass(1_000);
    assert_eq!(bench.statuses(&id), ["sent", "delivered"]);
}

#[test]
fn cards_places_and_files_of_a_kind() {
    let mut bench = Bench::with_webhooks();
    let mut write = |more: Value| {
        let mut body = json!({ "account": ACCOUNT, "from": ANNA });
        for (name, value) in more.as_object().expect("an object") {
            body[name] = value.clone();
        }
        let answer = bench.request("POST", "/twin/reply", &body);
        bench.pass(0);
        (answer.status, bench.posted.last().map_or(Value::Null, |p| p.2["messageData"].clone()))
    };
    let (_, card) = write(json!({ "contact": { "name": "Anna", "phone": "+7 900 123-45-67" } }));
    assert_eq!(card["contactMessageData"]["displayName"], "Anna");
    let vcard = card["contactMessageData"]["vcard"].as_str().expect("a card");
    assert!(vcard.contains("+79001234567"), "{vcard}");
    let (_, place) = write(json!({ "location": { "latitude": 55.75, "longitude": 37.6 } }));
    assert_eq!(place["locationMessageData"]["latitude"], 55.75);
    let file = json!({ "url": "http://127.0.0.1/a.webp", "kind": "sticker" });
    let (_, sticker) = write(json!({ "file": file }));
    assert_eq!(sticker["typeMessage"], "stickerMessage");
    for bad in [
        json!({}),
        json!({ "file": { "url": "http://127.0.0.1/a", "kind": "text" } }),
        json!({ "contact": { "phone": "none" } }),
        json!({ "location": { "latitude": 1, "longitude": 1 }, "file": "http://127.0.0.1/a" }),
        json!({ "text": "x".repeat(20_001) }),
    ] {
        assert_eq!(write(bad.clone()).0, 400, "{bad}");
    }
    let path = format!("/twin/bubbles?to={ANNA}");
    let bubbles = bench.control("GET", &path, Value::Null);
    assert_eq!(
        (&bubbles[0]["kind"], &bubbles[0]["extra"]["verified"]),
        (&json!("contact"), &json!(true))
    );
}

#[test]
fn ids_are_the_same_in_every_run() {
    let view = |seed: u64| {
        let mut bench = Bench::seeded(seed);
        bench.control("GET", &format!("/twin/phones/{ANNA}"), Value::Null)["ids"].clone()
    };
    let ids = view(1);
    assert_eq!(ids, view(2));
    for (messenger, least) in [("telegram", 5_000_000_000_i64), ("vk", 1), ("max", 1)] {
        assert!(ids[messenger].as_i64().is_some_and(|id| id >= least), "{messenger}: {ids}");
    }
    let mut bench = Bench::new();
    let other = bench.control("GET", &format!("/twin/phones/{BORIS}"), Value::Null);
    assert_ne!(other["ids"]["vk"], ids["vk"]);
    assert_eq!(other["lines"][0]["needs_start"], false);
}

#[test]
fn bad_requests_to_act_are_told_why() {
    let mut bench = Bench::new();
    for act in ["start", "block", "edit", "delete", "react", "press"] {
        let answer = bench.request("POST", &format!("/twin/{act}"), &json!({ "id": 5 }));
        assert_eq!(answer.status, 400, "{act}");
        assert!(answer.to_json()["error"].is_string(), "{act}");
        assert_eq!(bench.request("POST", &format!("/twin/{act}"), &Value::Null).status, 400);
    }
    let press = json!({ "id": "none", "button": 0 });
    assert_eq!(bench.request("POST", "/twin/press", &press).status, 400);
    assert_eq!(bench.request("POST", "/twin/dance", &json!({})).status, 404);
    assert_eq!(bench.request("GET", "/twin/accounts/icq", &Value::Null).status, 404);
}
