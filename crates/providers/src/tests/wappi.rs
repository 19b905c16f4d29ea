//! Wappi: documented requests, answers and webhooks.

use super::scene::{self, call, done, finding, json, reply, submission, words};
use crate::find;
use proptest::prelude::*;
use serde_json::{Value, json as value};
use vestnik_model::{
    account::Account,
    content::Content,
    file::{File, FileKind},
    messenger::Messenger,
    outcome::{Blame, Outcome, Reason, ReceiptKind},
    time::{Millis, Timestamp},
};
use vestnik_provider::{
    Provider,
    chore::{Chore, Finding, Progress, Qr},
    contract,
    incoming::Extra,
    port::{AccountState, Attempt, Next, Payload, Reception, Step, Submission, To, Verdict, Word},
};

const TOKEN: &str = "0123456789abcdef-token";
const PROFILE: &str = "0a1b2c3d-4e5f";
const CASCADE: &str = "e9f1c45c0bd7a3e8e8ba";

fn provider() -> &'static dyn Provider {
    find("wappi").unwrap()
}

fn account(messenger: Messenger) -> Account {
    let settings = [("token", TOKEN), ("profile_id", PROFILE), ("webhook_auth", "a phrase")];
    scene::account("wappi", messenger, &settings)
}

/// With both ids: the cascade wins.
fn cascade() -> Account {
    let settings = [("token", TOKEN), ("profile_id", PROFILE), ("cascade_id", CASCADE)];
    scene::account("wappi", Messenger::Whatsapp, &settings)
}

fn sent(account: &Account, part: &Submission<'_>) -> (String, Value) {
    let request = call(provider().submit(account, part)).request;
    assert!(request.headers.iter().any(|(n, v)| n == "authorization" && v == TOKEN), "bare");
    let path = request.url.strip_prefix("https://wappi.pro").unwrap().to_owned();
    (path, json(&request.body))
}

fn outcome(account: &Account, status: u16, body: &str) -> Outcome {
    let content = Content::Text("x".to_owned());
    let answer = reply(status, body);
    done(provider().resume(account, &submission(&content), &Step::FIRST, &answer))
}

#[test]
fn it_keeps_the_contract() {
    for messenger in Messenger::ALL {
        contract::exercise(provider(), &account(messenger), Some(("authorization", "wrong")));
    }
    contract::exercise(provider(), &cascade(), None);
}

#[test]
fn sends_are_worded_as_documented() {
    let text = Content::Text("Hello".to_owned());
    let part = submission(&text);
    for (messenger, prefix) in [
        (Messenger::Whatsapp, "api"),
        (Messenger::Telegram, "tapi"),
        (Messenger::Max, "maxapi"),
        (Messenger::Vk, "vkapi"),
    ] {
        let (path, body) = sent(&account(messenger), &part);
        assert_eq!(path, format!("/{prefix}/sync/message/send?profile_id={PROFILE}"));
        assert_eq!(body, value!({ "recipient": "79001234567", "body": "Hello" }));
        let person = Submission { to: To::Person("100200"), ..part };
        let name = if messenger == Messenger::Max { "chat_id" } else { "recipient" };
        assert_eq!(sent(&account(messenger), &person).1[name], "100200");
    }
    let whatsapp = account(Messenger::Whatsapp);
    let quoted = Submission { quote: Some("3EB0AA"), ..part };
    let (path, body) = sent(&whatsapp, &quoted);
    assert!(path.starts_with("/api/sync/message/reply?"));
    assert_eq!(body, value!({ "body": "Hello", "message_id": "3EB0AA" }));
    let file =
        File { caption: "Card".to_owned(), ..File::at(FileKind::Image, "https://e.ru/a.png") };
    let content = Content::File(file);
    let (path, body) = sent(&whatsapp, &submission(&content));
    assert!(path.starts_with("/api/sync/message/file/url/send?"));
    assert_eq!(
        body,
        value!({ "recipient": "79001234567", "url": "https://e.ru/a.png", "caption": "Card",
            "file_name": "a.png" })
    );
    for (kind, path) in [
        (FileKind::Image, "img"),
        (FileKind::Document, "document"),
        (FileKind::Audio, "audio"),
        (FileKind::Video, "video"),
    ] {
        let content = Content::File(File::at(kind, ""));
        let payload = Payload { name: "a", mime: "", bytes: b"bytes", url: "" };
        let part = Submission { file: Some(payload), ..submission(&content) };
        let (got, body) = sent(&whatsapp, &part);
        assert!(got.starts_with(&format!("/api/sync/message/{path}/send?")), "{got}");
        assert_eq!(body["b64_file"], "Ynl0ZXM=");
    }
    let (path, body) = sent(&cascade(), &part);
    assert_eq!(path, "/csender/cascade/send");
    assert_eq!(
        body,
        value!({ "recipient": "79001234567", "cascade_id": CASCADE, "body": "Hello" })
    );
    let neither = scene::account("wappi", Messenger::Whatsapp, &[("token", TOKEN)]);
    let Next::Done(Outcome::Refused(failure)) = provider().submit(&neither, &part) else {
        panic!("neither profile nor cascade");
    };
    assert_eq!(failure.detail, "profile_id or cascade_id is needed");
    let mut own = account(Messenger::Vk);
    own.settings.insert("prefix".to_owned(), vestnik_model::secret::Secret::new("tgbotapi"));
    assert!(sent(&own, &part).0.starts_with("/tgbotapi/sync/"));
}

#[test]
fn answers_mean_what_was_seen() {
    let own = account(Messenger::Whatsapp);
    let good = r#"{"status":"done","timestamp":1767225600,"message_id":"3EB0AB","task_id":"t"}"#;
    assert_eq!(outcome(&own, 200, good), Outcome::Accepted { remote_id: "3EB0AB".to_owned() });
    let queued = r#"{"status":"done","task_id":"t"}"#;
    assert!(matches!(outcome(&own, 200, queued), Outcome::Unknown { .. }));
    for (status, body, blame, reason) in [
        (401, "Unauthorized", Blame::Account, Reason::Unauthorized),
        (402, "", Blame::Account, Reason::Quota),
        (400, r#"{"status":"error","detail":"Wrong platform"}"#, Blame::Account, Reason::Malformed),
        (400, r#"{"detail":"PEER_NOT_FOUND"}"#, Blame::Recipient, Reason::NoAccount),
        (400, r#"{"detail":"peer not found"}"#, Blame::Recipient, Reason::NoAccount),
        (400, r#"{"detail":"IMPORT_FAILED"}"#, Blame::Recipient, Reason::NoAccount),
        (
            200,
            r#"{"status":"error","detail":"recipient not found"}"#,
            Blame::Recipient,
            Reason::NoAccount,
        ),
        (400, r#"{"status":"error","detail":"odd"}"#, Blame::Provider, Reason::ProviderError),
    ] {
        let Outcome::Refused(failure) = outcome(&own, status, body) else { panic!("{body}") };
        assert_eq!((failure.blame, failure.reason), (blame, reason), "{body}");
    }
    assert!(matches!(outcome(&own, 502, "<html>502</html>"), Outcome::Unknown { detail }
        if detail == "HTTP 502"));
    assert!(matches!(outcome(&own, 429, ""), Outcome::Deferred { whole_account: true, .. }));
    let taken = r#"{"response":{"status":"done","task_id":"6c8f","uuid":""},"status":"ok"}"#;
    assert_eq!(outcome(&cascade(), 200, taken), Outcome::Accepted { remote_id: "6c8f".to_owned() });
    assert!(matches!(outcome(&own, 200, taken), Outcome::Unknown { .. }));
}

#[test]
fn the_history_is_read() {
    let content = Content::Text("Hello".to_owned());
    let started_at = Timestamp(1_767_323_045_000);
    let verdict = |account: &Account, age: Millis, lines: Value| {
        let now = started_at + age;
        let attempt = Attempt { submission: submission(&content), started_at, now };
        let body = value!({ "status": "done", "detail": lines }).to_string();
        provider().inquired(account, &attempt, &Step::FIRST, &reply(200, body))
    };
    let whatsapp = account(Messenger::Whatsapp);
    let line = |id: &str, to: &str, at: &str| value!({ "id": id, "task_id": "t", "recipient": to, "message": "Hello", "created_at": at });
    let ours = line("3EB0", "79001234567@c.us", "2026-01-02T06:04:10+03:00");
    let late = Millis::minutes(3);
    let found = Verdict::Found { remote_id: "3EB0".to_owned() };
    assert_eq!(verdict(&whatsapp, Millis(0), value!([ours])), found);
    assert_eq!(verdict(&whatsapp, late, value!([ours, ours])), Verdict::Unsure);
    assert_eq!(verdict(&whatsapp, late, value!([])), Verdict::Absent);
    assert_eq!(verdict(&whatsapp, Millis(0), value!([])), Verdict::Unsure);
    let old = line("3EB0", "79001234567", "2026-01-02T06:00:00+03:00");
    assert_eq!(verdict(&whatsapp, late, value!([old])), Verdict::Absent);
    let other = line("77", "100200", "2026-01-02T06:04:10+03:00");
    assert_eq!(verdict(&whatsapp, late, value!([other])), Verdict::Absent);
    assert_eq!(verdict(&account(Messenger::Telegram), late, value!([other])), Verdict::Unsure);
    let undated = line("3EB0", "79001234567", "yesterday");
    assert_eq!(verdict(&whatsapp, late, value!([undated])), Verdict::Unsure);
    let full: Vec<Value> = (0..200).map(|_| line("1", "79000000000", "1767323050")).collect();
    assert_eq!(verdict(&whatsapp, late, value!(full)), Verdict::Unsure);
    let attempt = Attempt { submission: submission(&content), started_at, now: started_at };
    assert!(provider().inquire(&cascade(), &attempt, &Step::FIRST).is_none());
}

fn received(account: &Account, body: &Value) -> Vec<Word> {
    let headers = [("authorization", "a phrase")];
    words(scene::receive(provider(), account, &headers, body.to_string()))
}

#[test]
fn statuses_and_states_are_read_in_all_envelopes() {
    let own = account(Messenger::Whatsapp);
    let item = |wh_type: &str, status: &str| {
        value!({ "id": "3EB0", "profile_id": PROFILE, "wh_type": wh_type, "status": status,
            "timestamp": "2026-01-02T06:04:05+03:00", "time": 1_767_323_045, "task_id": "t-1" })
    };
    let at = Some(Timestamp(1_767_323_045_000));
    let remote_id = "3EB0".to_owned();
    let read = Word::Receipt { remote_id, kind: ReceiptKind::Read, at };
    for wh_type in ["delivery_status", "messages_status", "message_status"] {
        let one = item(wh_type, "read");
        for body in [value!({ "messages": [one] }), value!({ "messages": one }), one.clone()] {
            assert_eq!(received(&own, &body), std::slice::from_ref(&read), "{body}");
        }
    }
    for (status, blame) in [
        ("undelivered", Some(Blame::Provider)),
        ("error", Some(Blame::Provider)),
        ("temporary ban", Some(Blame::Account)),
        ("pending", None),
        ("unheard of", None),
    ] {
        let told = received(&own, &item("delivery_status", status)).remove(0);
        let failed = |word: &Word| {
            if let Word::Receipt { kind: ReceiptKind::Failed(failure), .. } = word {
                return Some(failure.blame);
            }
            None
        };
        let got = failed(&told);
        assert_eq!(got, blame, "{status}");
        let of_cascade = received(&cascade(), &item("delivery_status", status)).remove(0);
        assert_eq!(of_cascade == Word::Nothing, status != "pending", "{status}");
    }
    let of_cascade = received(&cascade(), &item("outgoing_message_api", ""));
    assert!(matches!(&of_cascade[..], [Word::Receipt { remote_id, kind: ReceiptKind::Sent, .. }]
        if remote_id == "t-1"));
    assert_eq!(received(&own, &item("outgoing_message_api", "")), [Word::Nothing]);
    assert_eq!(received(&own, &item("incoming_call", "")), [Word::Nothing]);
    let online = received(&own, &item("authorization_status", "online"));
    assert_eq!(online, [Word::Account(AccountState::Ready)]);
    let mut offline = item("authorization_status", "offline");
    offline["reason"] = value!("ban");
    let detail = "ban".to_owned();
    assert_eq!(received(&own, &offline), [Word::Account(AccountState::Broken { detail })]);
    let off = received(&own, &item("application_status", "offline"));
    assert!(matches!(&off[..], [Word::Account(AccountState::Waiting { .. })]));
    let mut other = item("delivery_status", "read");
    other["profile_id"] = value!("ffffffff-0000");
    let headers = [("authorization", "Bearer a phrase")];
    let got = scene::receive(provider(), &own, &headers, other.to_string());
    assert!(matches!(got, Reception::Unreadable { .. }), "{got:?}");
    for headers in [&[][..], &[("authorization", "a phrases")], &[("authorization", "phrase")]] {
        let got = scene::receive(provider(), &own, headers, other.to_string());
        assert_eq!(got, Reception::Forged);
    }
}

#[test]
fn messages_are_read() {
    let own = account(Messenger::Whatsapp);
    let message = |more: Value| {
        let mut item = value!({ "wh_type": "incoming_message", "profile_id": PROFILE, "id": "3A01",
            "body": "Hi", "type": "chat", "from": "79001234567@c.us", "to": "79990000001@c.us",
            "chatId": "79001234567@c.us", "senderName": "Ann", "time": 1_767_323_045,
            "is_me": false, "chat_type": "dialog" });
        for (name, member) in more.as_object().unwrap() {
            item[name] = member.clone();
        }
        received(&own, &value!({ "messages": [item] })).remove(0)
    };
    let incoming = |more: Value| {
        let told = message(more);
        let Word::Message(incoming) = told else { panic!("{told:?}") };
        *incoming
    };
    let got = incoming(value!({}));
    assert_eq!((got.text.as_str(), got.chat.id.as_str()), ("Hi", "79001234567@c.us"));
    assert_eq!(got.author.phone, Some(scene::phone()));
    let linked = value!({ "type": "ptt", "body": "T2dnUw==", "caption": null,
        "file_link": "https://files.wappi.pro/1", "mimetype": "audio/ogg" });
    let got = incoming(linked);
    assert_eq!((got.files[0].kind, got.text.as_str()), (FileKind::Voice, ""));
    assert_eq!(got.files[0].locator, "https://files.wappi.pro/1");
    let bare = incoming(value!({ "type": "document", "body": "JVBERg==", "caption": "Вот" }));
    assert_eq!((bare.files[0].locator.as_str(), bare.text.as_str()), ("message:3A01", "Вот"));
    let reply = incoming(value!({ "isReply": true, "stanza_id": "3EB0",
        "reply_message": { "id": "3EB0", "body": "When?" } }));
    assert_eq!(reply.quote.unwrap().text.as_deref(), Some("When?"));
    let pressed = incoming(value!({ "type": "buttons_response", "body": "Да" }));
    assert_eq!(pressed.extra, Some(Extra::Pressed { payload: "Да".to_owned() }));
    let group = incoming(value!({ "chatId": "1203@g.us", "chat_type": "group" }));
    assert!(group.chat.is_group && group.author.phone.is_some());
    let gone =
        message(value!({ "type": "reaction", "stanza_id": "3EB0", "body": "reaction_remove" }));
    assert!(matches!(gone, Word::Reaction { emoji: None, remote_id, .. } if remote_id == "3EB0"));
    assert!(matches!(message(value!({ "is_deleted": true })), Word::Deleted { .. }));
    assert!(
        matches!(message(value!({ "is_edited": true })), Word::Edited { text, .. } if text == "Hi")
    );
    assert_eq!(message(value!({ "is_me": true, "from_where": "api" })), Word::Nothing);
    assert!(incoming(value!({ "is_me": true, "from_where": "phone" })).is_own);
    assert!(incoming(value!({ "wh_type": "outgoing_message_phone" })).is_own);
}

#[test]
fn the_profile_is_asked() {
    let own = account(Messenger::Whatsapp);
    let ask = |chore: &Chore<'_>, status: u16, body: &str| {
        finding(provider(), &own, chore, &reply(status, body))
    };
    let open = r#"{"app_status":"open","authorized":true,"webhook_types":[]}"#;
    assert_eq!(ask(&Chore::Check, 200, open), Finding::State(AccountState::Ready));
    for (status, body) in [(200, r#"{"authorized":false}"#), (401, "x"), (400, "{}")] {
        let found = ask(&Chore::Check, status, body);
        assert!(matches!(found, Finding::State(AccountState::Broken { .. })), "{found:?}");
    }
    assert_eq!(ask(&Chore::Queue, 200, r#"{"status":"done","tasks":null}"#), Finding::Count(0));
    assert_eq!(ask(&Chore::Queue, 200, r#"{"status":"done","tasks":[{},{}]}"#), Finding::Count(2));
    let phone = scene::phone();
    let there = r#"{"status":"done","on_whatsapp":true}"#;
    assert_eq!(ask(&Chore::Exists { phone }, 200, there), Finding::Exists(true));
    let qr = r#"{"status":"done","qrCode":"data:image/png;base64,iVBO"}"#;
    assert_eq!(ask(&Chore::Qr, 200, qr), Finding::Qr(Qr::Png(vec![0x89, b'P', b'N'])));
    let url = "https://hub.example.ru/in/KEY";
    let Progress::Call { request, step } = provider().begin(&own, &Chore::Subscribe { url }) else {
        panic!("a call");
    };
    assert!(request.url.ends_with("&url=https%3A%2F%2Fhub.example.ru%2Fin%2FKEY&auth=a%20phrase"));
    let done = reply(200, r#"{"status":"done"}"#);
    let next = provider().proceed(&own, &Chore::Subscribe { url }, &step, &done);
    let Progress::Call { request, .. } = next else { panic!("{next:?}") };
    assert!(json(&request.body).as_array().unwrap().contains(&value!("delivery_status")));
    let by_message = Chore::Fetch { locator: "message:3A01" };
    let bytes = r#"{"status":"done","file_b64":"T2dnUw==","mime_type":"audio/ogg"}"#;
    let found = ask(&by_message, 200, bytes);
    assert!(matches!(found, Finding::File { bytes, .. } if bytes == b"OggS"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn no_bytes_make_it_panic(status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..300)) {
        scene::survive(provider(), &account(Messenger::Whatsapp), status, &body);
        scene::survive(provider(), &cascade(), status, &body);
    }

    #[test]
    fn no_json_makes_it_panic(id in ".{0,20}", kind in "[a-z_]{0,12}", date in ".{0,30}") {
        for wh_type in ["incoming_message", "delivery_status", "application_status"] {
            let item = value!({ "wh_type": wh_type, "id": id, "type": kind, "chatId": id, "time": date,
                "timestamp": date, "created_at": date, "recipient": id, "file_link": id,
                "status": kind, "qrCode": id, "file_b64": id, "app_status": id });
            let body = value!({ "messages": [item, id], "detail": [item], "cascade": { "order": [item] },
                "status": "done", "task": item });
            scene::survive(provider(), &cascade(), 200, body.to_string().as_bytes());
            let settings = [("token", TOKEN), ("profile_id", PROFILE)];
            let open = scene::account("wappi", Messenger::Max, &settings);
            scene::survive(provider(), &open, 200, body.to_string().as_bytes());
        }
    }
}
