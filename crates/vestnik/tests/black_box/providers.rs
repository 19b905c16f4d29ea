//! Every account of the demo: a customer writes with a file, is answered with a quote, and gets a
//! file; both ways the bytes are the same.

use crate::{
    http::{self, Answer},
    program::{Demo, until},
};
use serde_json::{Value, json};

/// An account of the demo as the twin knows it.
struct Line {
    /// Its name in the hub.
    name: &'static str,
    /// The twin's id of it.
    account: &'static str,
    messenger: &'static str,
    /// A customer of its own, so that the tests don't meet.
    customer: &'static str,
    /// Whether an answer can quote.
    quotes: bool,
    /// Whether the customer must open the chat first.
    starts: bool,
}

const LINES: &[Line] = &[
    Line {
        name: "1234567890",
        account: "1234567890",
        messenger: "whatsapp",
        customer: "79161230101",
        quotes: true,
        starts: false,
    },
    Line {
        name: "3100000001",
        account: "3100000001",
        messenger: "max",
        customer: "79161230104",
        quotes: true,
        starts: false,
    },
    Line {
        name: "Cloud API",
        account: "106540352242922",
        messenger: "whatsapp",
        customer: "79161230102",
        quotes: true,
        starts: false,
    },
    Line {
        name: "Twilio",
        account: "AC00000000000000000000000000000001",
        messenger: "whatsapp",
        customer: "79161230103",
        quotes: false,
        starts: false,
    },
    Line {
        name: "Telegram",
        account: "7000000001",
        messenger: "telegram",
        customer: "79161230105",
        quotes: true,
        starts: true,
    },
    Line {
        name: "Wazzup",
        account: "a0000000-0000-4000-8000-000000000001",
        messenger: "whatsapp",
        customer: "79161230106",
        quotes: true,
        starts: false,
    },
    Line {
        name: "VK",
        account: "200000001",
        messenger: "vk",
        customer: "79161230107",
        quotes: true,
        starts: true,
    },
    Line {
        name: "MAX",
        account: "229229229",
        messenger: "max",
        customer: "79161230108",
        quotes: true,
        starts: true,
    },
    Line {
        name: "Wappi WhatsApp",
        account: "0a1b2c3d-0001",
        messenger: "whatsapp",
        customer: "79161230109",
        quotes: true,
        starts: false,
    },
    Line {
        name: "Wappi Telegram",
        account: "0a1b2c3d-0002",
        messenger: "telegram",
        customer: "79161230110",
        quotes: true,
        starts: false,
    },
    Line {
        name: "Wappi MAX",
        account: "0a1b2c3d-0003",
        messenger: "max",
        customer: "79161230111",
        quotes: true,
        starts: false,
    },
    Line {
        name: "Wappi VK",
        account: "0a1b2c3d-0004",
        messenger: "vk",
        customer: "79161230112",
        quotes: true,
        starts: false,
    },
    Line {
        name: "chat-api",
        account: "27001",
        messenger: "whatsapp",
        customer: "79161230113",
        quotes: true,
        starts: false,
    },
];

/// A picture of one pixel.
const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0,
    1, 0, 0, 0, 1, 8, 2, 0, 0, 0, 0x90, 0x77, 0x53, 0xde, 0, 0, 0, 12, b'I', b'D', b'A', b'T', 8,
    0xd7, 0x63, 0xf8, 0xcf, 0xc0, 0, 0, 3, 1, 1, 0, 0x18, 0xdd, 0x8d, 0xb0, 0, 0, 0, 0, b'I', b'E',
    b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

#[test]
fn every_account_carries_messages_files_and_quotes_both_ways() {
    let demo = Demo::start("providers");
    let accounts = api(&demo, "GET", "/v1/accounts", b"").json();
    let accounts = accounts.as_array().unwrap();
    for account in accounts {
        let (state, webhooks) = (&account["condition"]["state"], &account["condition"]["webhooks"]);
        assert_eq!((state, webhooks), (&json!("ready"), &json!("ours")), "{account}");
    }
    for line in LINES {
        let account = accounts.iter().find(|a| a["name"] == line.name);
        let id = account.unwrap_or_else(|| panic!("no {}", line.name))["id"].as_str().unwrap();
        let came = customer_writes(&demo, line, id);
        answer_with_quote(&demo, line, &came);
        send_file(&demo, line, &came);
    }
}

#[test]
fn an_account_is_connected_checked_changed_and_its_list_ticked_off() {
    let demo = Demo::start("accounts");
    let new = |token: &str, phone: &str| {
        let settings = json!({
            "account_sid": "AC00000000000000000000000000000002", "auth_token": token,
            "phone": "+14155238886", "confirmation_phone": "+79161230120",
        });
        json!({ "provider": "twilio", "settings": settings, "confirmationPhone": phone })
    };
    let connect = |body: &Value| api(&demo, "POST", "/v1/accounts", body.to_string().as_bytes());
    let before = api(&demo, "GET", "/v1/accounts", b"").json().as_array().unwrap().len();
    let wrong = connect(&new("ffffffffffffffffffffffffffffffff", "+79161230120"));
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    let token = "0123456789abcdef0123456789abcdef";
    let odd = connect(&json!({ "provider": "twilio", "settings": { "phone": "x" } }));
    assert_eq!(odd.status, 400, "{}", odd.text);
    let after = api(&demo, "GET", "/v1/accounts", b"").json().as_array().unwrap().len();
    assert_eq!(after, before, "what is refused is not saved");
    let join = json!({
        "messenger": "whatsapp", "account": "AC00000000000000000000000000000002",
        "from": "79161230120", "text": "join quiet-otter",
    });
    http::json(demo.twin, "POST", "/twin/reply", &join);
    let made = connect(&new(token, "+79161230120"));
    assert_eq!(made.status, 201, "{}", made.text);
    assert!(!made.text.contains(token), "a secret is not shown");
    let made = made.json();
    let path = format!("/v1/accounts/{}", made["id"].as_str().unwrap());
    until("the verification message", || {
        let shown = http::get(demo.twin, "/twin/bubbles?direction=in&to=79161230120").to_string();
        shown.contains("Проверка подключения").then_some(())
    });
    let changed = api(&demo, "PATCH", &path, br#"{"name":"Test","active":false}"#).json();
    assert_eq!((&changed["name"], &changed["active"]), (&json!("Test"), &json!(false)));
    let list = format!("{path}/checklist");
    let tick = format!("{list}/register_meta");
    assert_eq!(api(&demo, "PUT", &tick, br#"{"done":true}"#).status, 204);
    let items = api(&demo, "GET", &list, b"").json();
    assert_eq!((items[0]["done"].clone(), items[1]["done"].clone()), (json!(true), json!(false)));
    assert_eq!(api(&demo, "PUT", &format!("{list}/none"), br#"{"done":true}"#).status, 404);
}

fn api(demo: &Demo, method: &str, path: &str, body: &[u8]) -> Answer {
    let headers = [("Authorization", "Bearer vst_demo"), ("Content-Type", "application/json")];
    http::try_request(demo.hub, method, path, &headers, body).unwrap()
}

/// The customer sends a picture; it comes in, and its bytes are fetched.
fn customer_writes(demo: &Demo, line: &Line, account: &str) -> Value {
    let kept = http::request(demo.twin, "POST", "/twin/files?name=card.png", PNG).json();
    if line.starts {
        let start = json!({
            "messenger": line.messenger, "account": line.account, "from": line.customer,
        });
        http::json(demo.twin, "POST", "/twin/start", &start);
    }
    let reply = json!({
        "messenger": line.messenger, "account": line.account, "from": line.customer,
        "text": "Вот фото", "file": kept["url"],
    });
    http::json(demo.twin, "POST", "/twin/reply", &reply);
    let what = format!("{}: the picture", line.name);
    let came = until(&what, || {
        let page = api(demo, "GET", "/v1/messages?direction=in&limit=50", b"").json();
        let all = page["messages"].as_array().unwrap().clone();
        all.into_iter().find(|m| m["account"] == account && m["files"][0]["state"] == "fetched")
    });
    assert_eq!(came["text"], "Вот фото", "{}", line.name);
    let file = came["files"][0]["id"].as_str().unwrap();
    let bytes = api(demo, "GET", &format!("/v1/files/{file}"), b"").bytes;
    assert_eq!(bytes, PNG, "{}: what came in is what was sent", line.name);
    came
}

fn bubble(demo: &Demo, line: &Line, found: impl Fn(&Value) -> bool) -> Value {
    let path = format!("/twin/bubbles?direction=in&to={}", line.customer);
    until(&format!("{}: a bubble", line.name), || {
        let bubbles = http::get(demo.twin, &path).as_array().unwrap().clone();
        bubbles.into_iter().find(|b| b["account"] == line.account && found(b))
    })
}

fn send(demo: &Demo, body: &Value) {
    let answer = api(demo, "POST", "/v1/messages", body.to_string().as_bytes());
    assert_eq!(answer.status, 202, "{}", answer.text);
}

fn answer_with_quote(demo: &Demo, line: &Line, came: &Value) {
    send(demo, &json!({ "replyTo": came["id"], "links": [{ "text": "Спасибо, получили" }] }));
    let shown = bubble(demo, line, |b| b["text"] == "Спасибо, получили");
    if line.quotes {
        assert!(shown["quote"]["id"].is_string(), "{}: {shown}", line.name);
    }
}

fn send_file(demo: &Demo, line: &Line, came: &Value) {
    let kept = api(demo, "POST", "/v1/files", PNG).json();
    assert_eq!(kept["mime"], "image/png", "{kept}");
    let file = json!({ "id": kept["id"], "name": "ответ.png" });
    send(demo, &json!({ "replyTo": came["id"], "links": [{ "file": file }] }));
    let shown = bubble(demo, line, |b| b["file"].is_object());
    let url = shown["file"]["url"].as_str().unwrap();
    let rest = url.split_once("://").unwrap().1;
    let (host, path) = rest.split_at(rest.find('/').unwrap());
    let port = host.rsplit_once(':').unwrap().1.parse().unwrap();
    let path = path.bytes().map(|b| match b {
        0x21..=0x7e => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    });
    let got = http::request(port, "GET", &path.collect::<String>(), b"").bytes;
    assert_eq!(got, PNG, "{}: what arrived is what was sent", line.name);
}
