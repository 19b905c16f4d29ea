//! Telegram at the wire: requests in, answers and updates out.

mod update;

use serde_json::{Value, json};
use vestnik_twin::{Behaviour, Cut, HookAnswer, WireRequest, WireResponse, config::TELEGRAM_TOKEN};

use crate::{bench::Bench, form};

const BOT: &str = "7000000001";
const ANNA: &str = "79001234567";
const BORIS: &str = "79007654321";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01";

fn call(bench: &mut Bench, method: &str, body: &Value) -> WireResponse {
    let mut request = WireRequest::json("POST", &format!("/bot{TELEGRAM_TOKEN}/{method}"), body);
    request.host = "api.telegram.org".to_owned();
    bench.twin.request(bench.now_ms, &request)
}

/// The result of a call that must succeed.
fn result(bench: &mut Bench, method: &str, body: &Value) -> Value {
    let answer = call(bench, method, body);
    let got = answer.to_json();
    assert_eq!((answer.status, &got["ok"]), (200, &json!(true)), "{method} {body}: {got}");
    got["result"].clone()
}

/// Status and description of a call that must fail.
fn refusal(bench: &mut Bench, method: &str, body: &Value) -> (u16, String) {
    let answer = call(bench, method, body);
    let got = answer.to_json();
    assert_eq!((&got["ok"], &got["error_code"]), (&json!(false), &json!(answer.status)), "{got}");
    (answer.status, got["description"].as_str().unwrap_or("").to_owned())
}

fn multipart(
    bench: &mut Bench,
    method: &str,
    fields: &[(&str, &str)],
    file: (&str, &str, &[u8]),
) -> WireResponse {
    let request = form::with_file(&format!("/bot{TELEGRAM_TOKEN}/{method}"), fields, file);
    bench.twin.request(bench.now_ms, &request)
}

#[expect(clippy::needless_pass_by_value, reason = "calls read better without a borrow")]
fn act(bench: &mut Bench, act: &str, more: Value) -> Value {
    let mut body = json!({ "messenger": "telegram", "account": BOT, "from": ANNA });
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    bench.control("POST", &format!("/twin/{act}"), body)
}

fn id_of(bench: &mut Bench, phone: &str) -> i64 {
    let view = bench.control("GET", &format!("/twin/phones/{phone}"), Value::Null);
    view["ids"]["telegram"].as_i64().expect("an id")
}

/// A bench whose bot Anna has started, with updates posted.
fn started() -> (Bench, i64) {
    let mut bench = Bench::new();
    let hook = json!({ "url": "http://127.0.0.1:1/in", "secret_token": "s3cret" });
    result(&mut bench, "setWebhook", &hook);
    act(&mut bench, "start", json!({}));
    let chat = id_of(&mut bench, ANNA);
    bench.pass(0);
    bench.posted.clear();
    (bench, chat)
}

fn bubbles(bench: &mut Bench, phone: &str) -> Vec<Value> {
    let path = format!("/twin/bubbles?messenger=telegram&to={phone}");
    bench.control("GET", &path, Value::Null).as_array().expect("a list").clone()
}

#[test]
fn a_text_is_sent_quoted_edited_and_taken_back() {
    let (mut bench, chat) = started();
    let sent = result(&mut bench, "sendMessage", &json!({ "chat_id": chat, "text": " Привет " }));
    assert_eq!(sent["text"], "Привет");
    assert_eq!(sent["chat"]["type"], "private");
    assert_eq!(
        (&sent["from"]["is_bot"], &sent["from"]["username"]),
        (&json!(true), &json!("vestnik_demo_bot"))
    );
    let id = sent["message_id"].as_i64().expect("a number");
    bench.pass(1_000);
    let shown = bubbles(&mut bench, ANNA);
    assert_eq!(shown.last().map(|b| b["text"].clone()), Some(json!("Привет")));
    let quoting =
        json!({ "chat_id": chat, "text": "Again", "reply_parameters": { "message_id": id } });
    let second = result(&mut bench, "SENDmessage", &quoting);
    assert_eq!(second["reply_to_message"]["message_id"], id);
    assert!(second["message_id"].as_i64() > Some(id));
    let edit = json!({ "chat_id": chat, "message_id": id, "text": "Hello" });
    let edited = result(&mut bench, "editMessageText", &edit);
    assert_eq!(edited["text"], "Hello");
    assert!(edited["edit_date"].is_i64());
    let (status, text) = refusal(&mut bench, "editMessageText", &edit);
    assert_eq!(status, 400);
    assert!(text.starts_with("Bad Request: message is not modified"), "{text}");
    let delete = json!({ "chat_id": chat, "message_id": id });
    assert_eq!(result(&mut bench, "deleteMessage", &delete), json!(true));
    let (_, text) = refusal(&mut bench, "deleteMessage", &delete);
    assert_eq!(text, "Bad Request: message to delete not found");
    bench.pass(1_000);
    let shown = bubbles(&mut bench, ANNA);
    assert_eq!((&shown[1]["edited"], &shown[1]["deleted"]), (&json!(true), &json!(true)));
    assert!(bench.posted.is_empty(), "there are no receipts");
}

#[test]
fn all_four_encodings_are_understood() {
    let (mut bench, chat) = started();
    let path = format!("/bot{TELEGRAM_TOKEN}/sendMessage?chat_id={chat}&text=a%20b");
    assert_eq!(bench.request("GET", &path, &Value::Null).to_json()["result"]["text"], "a b");
    let mut form = WireRequest::new("POST", &format!("/bot{TELEGRAM_TOKEN}/sendMessage"));
    form.headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
    let markup = "%7B%22inline_keyboard%22%3A%5B%5B%7B%22text%22%3A%22Yes%22%2C%22callback_data%22%3A%22y%22%7D%5D%5D%7D";
    form.body = format!("chat_id={chat}&text=a+b&reply_markup={markup}").into_bytes();
    let answer = bench.twin.request(bench.now_ms, &form).to_json();
    assert_eq!(answer["result"]["reply_markup"]["inline_keyboard"][0][0]["callback_data"], "y");
    let text = chat.to_string();
    let answer = multipart(
        &mut bench,
        "sendPhoto",
        &[("chat_id", &text), ("caption", "Look")],
        ("photo", "a.png", PNG),
    );
    let sent = answer.to_json();
    assert_eq!(sent["result"]["caption"], "Look");
    assert_eq!(sent["result"]["photo"].as_array().map(Vec::len), Some(3));
    let bad = WireRequest { body: b"{".to_vec(), ..WireRequest::json("POST", &path, &json!({})) };
    assert_eq!(bench.twin.request(bench.now_ms, &bad).status, 400);
}

#[test]
fn bytes_go_both_ways_unchanged() {
    let (mut bench, chat) = started();
    let bytes: Vec<u8> = (0..=255).cycle().take(5_000).collect();
    let chat_text = chat.to_string();
    let answer = multipart(
        &mut bench,
        "sendDocument",
        &[("chat_id", &chat_text)],
        ("document", "отчёт.bin", &bytes),
    );
    let document = answer.to_json()["result"]["document"].clone();
    assert_eq!(
        (&document["file_name"], &document["file_size"]),
        (&json!("отчёт.bin"), &json!(5_000))
    );
    bench.pass(1_000);
    let shown = bubbles(&mut bench, ANNA);
    let url = shown.last().expect("one")["file"]["url"].as_str().expect("an address").to_owned();
    let path = url.strip_prefix("http://127.0.0.1:8090").expect("the twin's");
    assert_eq!(bench.request("GET", path, &Value::Null).body, bytes);
    let again = json!({ "chat_id": chat, "document": document["file_id"] });
    assert_eq!(
        result(&mut bench, "sendDocument", &again)["document"]["file_id"],
        document["file_id"]
    );
    let as_photo = json!({ "chat_id": chat, "photo": document["file_id"] });
    assert_eq!(refusal(&mut bench, "sendPhoto", &as_photo).0, 400);

    let upload =
        WireRequest { body: bytes.clone(), ..WireRequest::new("POST", "/twin/files?name=a.jpg") };
    let url = bench.twin.request(bench.now_ms, &upload).to_json()["url"].clone();
    act(&mut bench, "reply", json!({ "text": "Look", "file": { "url": url, "name": "a.jpg" } }));
    bench.pass(0);
    let message = bench.posted[0].2["message"].clone();
    assert_eq!(message["caption"], "Look");
    let largest = message["photo"][2]["file_id"].clone();
    let file = result(&mut bench, "getFile", &json!({ "file_id": largest }));
    assert_eq!(file["file_size"], 5_000);
    let path = format!("/file/bot{TELEGRAM_TOKEN}/{}", file["file_path"].as_str().expect("a path"));
    assert_eq!(bench.request("GET", &path, &Value::Null).body, bytes);
    assert_eq!(bench.request("GET", "/file/bot7000000001:wrong/x", &Value::Null).status, 401);
    let foreign = json!({
        "messenger": "telegram", "account": BOT, "from": ANNA, "file": "http://127.0.0.1/x.png",
    });
    assert_eq!(bench.request("POST", "/twin/reply", &foreign).status, 400);
}

#[test]
fn who_may_be_written_to() {
    let (mut bench, chat) = started();
    let send = |chat: i64| json!({ "chat_id": chat, "text": "x" });
    let stranger = (403, "Forbidden: bot can't initiate conversation with a user".to_owned());
    let boris = id_of(&mut bench, BORIS);
    assert_eq!(refusal(&mut bench, "sendMessage", &send(boris)), stranger);
    let unknown = (400, "Bad Request: chat not found".to_owned());
    assert_eq!(refusal(&mut bench, "sendMessage", &send(5)), unknown);
    act(&mut bench, "block", json!({ "blocked": true }));
    let blocked = (403, "Forbidden: bot was blocked by the user".to_owned());
    assert_eq!(refusal(&mut bench, "sendMessage", &send(chat)), blocked);
    bench.pass(0);
    let member = &bench.posted[0].2["my_chat_member"];
    assert_eq!(
        (&member["new_chat_member"]["status"], &member["old_chat_member"]["status"]),
        (&json!("kicked"), &json!("member"))
    );
    act(&mut bench, "start", json!({ "payload": "abc_1" }));
    bench.pass(0);
    assert_eq!(bench.posted[1].2["my_chat_member"]["new_chat_member"]["status"], "member");
    let start = &bench.posted[2].2["message"];
    assert_eq!((&start["text"], &start["from"]["id"]), (&json!("/start abc_1"), &json!(chat)));
    assert_eq!(start["entities"], json!([{ "offset": 0, "length": 6, "type": "bot_command" }]));
    result(&mut bench, "sendMessage", &send(chat));
    bench.control("PUT", &format!("/twin/phones/{ANNA}"), json!({ "messengers": ["whatsapp"] }));
    let gone = (403, "Forbidden: user is deactivated".to_owned());
    assert_eq!(refusal(&mut bench, "sendMessage", &send(chat)), gone);
}

/// Each of these calls is a 400 with that text.
fn check_refusals(bench: &mut Bench, refused: &[(&str, Value, &str)]) {
    for (method, body, text) in refused {
        let expected = (400, format!("Bad Request: {text}"));
        assert_eq!(refusal(bench, method, body), expected, "{method} {body}");
    }
}

#[test]
fn texts_and_buttons_are_refused_in_the_servers_words() {
    let (mut bench, chat) = started();
    bench.control("PUT", &format!("/twin/accounts/telegram/{BOT}"), json!({ "limits": false }));
    let long = "я".repeat(4_097);
    let pairs = "😀".repeat(2_049);
    let refused = [
        ("sendMessage", json!({ "text": "x" }), "chat_id is empty"),
        ("sendMessage", json!({ "chat_id": chat }), "message text is empty"),
        ("sendMessage", json!({ "chat_id": chat, "text": "  " }), "message text is empty"),
        ("sendMessage", json!({ "chat_id": chat, "text": long }), "message is too long"),
        ("sendMessage", json!({ "chat_id": chat, "text": pairs }), "message is too long"),
        ("sendMessage", json!({ "chat_id": "@nobody", "text": "x" }), "chat not found"),
        (
            "sendMessage",
            json!({ "chat_id": chat, "text": "<b>x", "parse_mode": "HTML" }),
            "can't parse entities: Can't find end tag corresponding to start tag \"b\" at byte offset 4",
        ),
        (
            "sendMessage",
            json!({ "chat_id": chat, "text": "x.", "parse_mode": "MarkdownV2" }),
            "can't parse entities: Character '.' is reserved and must be escaped with the preceding '\\'",
        ),
        (
            "sendMessage",
            json!({ "chat_id": chat, "text": "x", "parse_mode": "TeX" }),
            "unsupported parse_mode",
        ),
        (
            "sendMessage",
            json!({ "chat_id": chat, "text": "x", "reply_parameters": { "message_id": 999 } }),
            "message to be replied not found",
        ),
        (
            "sendMessage",
            json!({ "chat_id": chat, "text": "x", "reply_markup": { "inline_keyboard": [[{ "text": "a", "callback_data": "x".repeat(65) }]] } }),
            "BUTTON_DATA_INVALID",
        ),
        (
            "sendMessage",
            json!({ "chat_id": chat, "text": "x", "reply_markup": { "inline_keyboard": [[{ "text": "a", "url": "http://nohost" }]] } }),
            "inline keyboard button URL 'http://nohost' is invalid: Wrong HTTP URL",
        ),
    ];
    check_refusals(&mut bench, &refused);
    let may_miss = json!({ "chat_id": chat, "text": "x", "reply_parameters": { "message_id": 999, "allow_sending_without_reply": true } });
    assert!(result(&mut bench, "sendMessage", &may_miss).get("reply_to_message").is_none());
}

#[test]
fn files_and_ids_are_refused_in_the_servers_words() {
    let (mut bench, chat) = started();
    bench.control("PUT", &format!("/twin/accounts/telegram/{BOT}"), json!({ "limits": false }));
    let refused = [
        ("sendPhoto", json!({ "chat_id": chat }), "there is no photo in the request"),
        (
            "sendPhoto",
            json!({ "chat_id": chat, "photo": "AgACunknown" }),
            "wrong file_id or the file is temporarily unavailable",
        ),
        (
            "sendPhoto",
            json!({ "chat_id": chat, "photo": "ftp://a.example/x.png" }),
            "Wrong HTTP URL specified",
        ),
        (
            "sendPhoto",
            json!({ "chat_id": chat, "photo": "http://a.invalid/x.png" }),
            "Failed to get HTTP URL content",
        ),
        (
            "sendDocument",
            json!({ "chat_id": chat, "document": "http://a.example/x.docx" }),
            "Wrong type of the web page content",
        ),
        (
            "sendPhoto",
            json!({ "chat_id": chat, "photo": "http://a.example/x.png", "caption": "x".repeat(1_025) }),
            "message caption is too long",
        ),
        (
            "sendMediaGroup",
            json!({ "chat_id": chat, "media": [] }),
            "wrong number of media: group must contain 2-10 items",
        ),
        (
            "editMessageText",
            json!({ "chat_id": chat, "message_id": 999, "text": "x" }),
            "message to edit not found",
        ),
        (
            "answerCallbackQuery",
            json!({ "callback_query_id": "1" }),
            "query is too old and response timeout expired or query ID is invalid",
        ),
        (
            "getFile",
            json!({ "file_id": "nothing" }),
            "wrong file_id or the file is temporarily unavailable",
        ),
    ];
    check_refusals(&mut bench, &refused);
    assert_eq!(
        refusal(&mut bench, "sendNothing", &json!({})),
        (404, "Not Found: method not found".to_owned())
    );
    let path = "/bot7000000001:AAwrong/getMe";
    let answer = bench.request("GET", path, &Value::Null);
    assert_eq!(
        answer.to_json(),
        json!({ "ok": false, "error_code": 401, "description": "Unauthorized" })
    );
    let chat_text = chat.to_string();
    let answer =
        multipart(&mut bench, "sendPhoto", &[("chat_id", &chat_text)], ("photo", "a.png", b"text"));
    assert_eq!(answer.to_json()["description"], "Bad Request: IMAGE_PROCESS_FAILED");
}

#[test]
fn too_fast_is_told_with_a_pause() {
    let (mut bench, chat) = started();
    let send = json!({ "chat_id": chat, "text": "x" });
    for _ in 0..5 {
        result(&mut bench, "sendMessage", &send);
    }
    let answer = call(&mut bench, "sendMessage", &send);
    assert_eq!(
        answer.to_json(),
        json!({
            "ok": false, "error_code": 429, "description": "Too Many Requests: retry after 1",
            "parameters": { "retry_after": 1 },
        })
    );
    assert!(answer.headers.contains(&("retry-after".to_owned(), "1".to_owned())));
    bench.pass(1_000);
    result(&mut bench, "sendMessage", &send);
}

#[test]
fn numbers_with_a_meaning() {
    let (mut bench, _) = started();
    let mut send = |code: &str| {
        let phone = format!("7999000{code}");
        act(&mut bench, "start", json!({ "from": phone }));
        let chat = id_of(&mut bench, &phone);
        let answer = call(&mut bench, "sendMessage", &json!({ "chat_id": chat, "text": "x" }));
        bench.pass(1_000);
        let sent = bubbles(&mut bench, &phone);
        (answer.status, answer.behaviour, sent.iter().any(|bubble| bubble["text"] == "x"))
    };
    let at_once = Behaviour::Answer { after_ms: 0 };
    assert_eq!(send("0200"), (200, at_once, false));
    assert_eq!(send("0400"), (400, at_once, false));
    assert_eq!(send("0403"), (403, at_once, false));
    assert_eq!(send("0404"), (403, at_once, false));
    assert_eq!(send("0408"), (200, Behaviour::Answer { after_ms: 600_000 }, true));
    assert_eq!(send("0429"), (429, at_once, false));
    assert!(matches!(send("0498"), (_, Behaviour::Cut { when: Cut::Before, .. }, false)));
    assert!(matches!(send("0499"), (_, Behaviour::Cut { when: Cut::After, .. }, true)));
    assert_eq!(send("0500"), (500, at_once, false));
    assert_eq!(send("0502"), (502, at_once, true));
}

#[test]
fn groups_with_privacy_moves_and_kicks() {
    let (mut bench, chat) = started();
    let group = json!({ "messenger": "telegram", "name": "Team", "members": [ANNA, BORIS] });
    bench.control("PUT", "/twin/groups/team", group);
    act(&mut bench, "reply", json!({ "group": "team", "text": "hi all" }));
    act(&mut bench, "reply", json!({ "group": "team", "text": "@vestnik_demo_bot hi" }));
    bench.pass(0);
    assert_eq!(bench.posted.len(), 1, "only what is meant for it");
    let message = bench.posted[0].2["message"].clone();
    let id = message["chat"]["id"].as_i64().expect("an id");
    assert!(id < -1_000_000_000_000, "{id}");
    assert_eq!(
        (&message["chat"]["type"], &message["from"]["id"]),
        (&json!("supergroup"), &json!(chat))
    );
    result(&mut bench, "sendMessage", &json!({ "chat_id": id, "text": "hello" }));
    bench.pass(1_000);
    assert_eq!(bubbles(&mut bench, BORIS).len(), 3);
    bench.control("PUT", "/twin/groups/new", json!({ "messenger": "telegram", "members": [ANNA] }));
    let path = format!("/twin/accounts/telegram/{BOT}");
    bench.control("PUT", &path, json!({ "migrated": { "team": "new" } }));
    let answer = call(&mut bench, "sendMessage", &json!({ "chat_id": id, "text": "x" })).to_json();
    assert_eq!(answer["description"], "Bad Request: group chat was upgraded to a supergroup chat");
    let to = answer["parameters"]["migrate_to_chat_id"].clone();
    result(&mut bench, "sendMessage", &json!({ "chat_id": to, "text": "x" }));
    bench.control("PUT", &path, json!({ "kicked": ["new"] }));
    assert_eq!(
        refusal(&mut bench, "sendMessage", &json!({ "chat_id": to, "text": "x" })),
        (403, "Forbidden: bot was kicked from the supergroup chat".to_owned())
    );
}

#[test]
fn an_album_is_several_messages_with_one_mark() {
    let (mut bench, chat) = started();
    let photo =
        |name: &str| json!({ "type": "photo", "media": format!("https://a.example/{name}.jpg") });
    let album = json!({ "chat_id": chat, "media": [photo("a"), photo("b")] });
    let sent = result(&mut bench, "sendMediaGroup", &album);
    assert_eq!(sent[0]["media_group_id"], sent[1]["media_group_id"]);
    assert!(sent[0]["media_group_id"].is_string());
    let mixed = json!({ "chat_id": chat, "media": [photo("a"), { "type": "document", "media": "https://a.example/a.pdf" }] });
    assert_eq!(refusal(&mut bench, "sendMediaGroup", &mixed).0, 400);
}

#[test]
fn accounts_and_faults() {
    let (mut bench, chat) = started();
    let made = bench.control("PUT", "/twin/accounts/telegram/7000000009", json!({ "name": "New" }));
    assert_eq!((&made["name"], &made["username"]), (&json!("New"), &json!("demo_7000000009_bot")));
    let me = bench.request(
        "GET",
        &format!("/bot{}/getMe", made["token"].as_str().expect("a token")),
        &Value::Null,
    );
    assert_eq!(me.to_json()["result"]["id"], 7_000_000_009_i64);
    bench.control(
        "PUT",
        "/twin/faults",
        json!({ "provider": "telegram", "account": BOT, "error": 429, "retry_after_s": 7 }),
    );
    let answer = call(&mut bench, "sendMessage", &json!({ "chat_id": chat, "text": "x" }));
    assert_eq!(answer.status, 429);
    assert_eq!(answer.to_json()["parameters"]["retry_after"], 7);
    for odd in
        ["/bot", "/botx/getMe", "/bot7000000001:/", "/file/bot1/../../x", "/bot7000000001/%00"]
    {
        let answer = bench.request("GET", odd, &Value::Null);
        assert!((400..500).contains(&answer.status), "{odd}: {}", answer.status);
    }
}
