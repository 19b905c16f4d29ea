//! chat-api and its relatives: documented requests, answers and webhooks.

mod webhook;

use super::scene::{self, call, done, finding, json, phone, reply, submission};
use crate::find;
use proptest::prelude::*;
use serde_json::{Value, json as value};
use vestnik_model::{
    account::Account,
    content::{Content, Template},
    file::{File, FileHash, FileKind, Source},
    messenger::Messenger,
    outcome::{Blame, Outcome, Reason},
    time::{Millis, Timestamp},
};
use vestnik_provider::{
    Provider,
    chore::{Chore, Finding, Progress, Qr, Subscription},
    contract,
    port::{AccountState, Attempt, Payload, Step, Submission, To, Verdict},
};

const TOKEN: &str = "83b1l8k2ql5d0uu1";
const URL: &str = "https://hub.example.ru/in/key";

fn provider() -> &'static dyn Provider {
    find("chat_api").unwrap()
}

fn account(dialect: &str) -> Account {
    let api_url = match dialect {
        "one_msg" => "api.1msg.io",
        "ultramsg" => "https://api.ultramsg.com/",
        _ => "https://eu12.chat-api.com",
    };
    let settings =
        [("api_url", api_url), ("instance", "1234"), ("token", TOKEN), ("dialect", dialect)];
    scene::account("chat_api", Messenger::Whatsapp, &settings)
}

fn outcome(dialect: &str, status: u16, body: &str) -> Outcome {
    let content = Content::Text("x".to_owned());
    let part = submission(&content);
    done(provider().resume(&account(dialect), &part, &Step::FIRST, &reply(status, body)))
}

#[test]
fn it_keeps_the_contract_in_each_dialect() {
    for dialect in ["", "classic", "one_msg", "ultramsg"] {
        contract::exercise(provider(), &account(dialect), None);
    }
}

#[test]
fn where_calls_go() {
    let text = Content::Text("x".to_owned());
    let url = |account: &Account| call(provider().submit(account, &submission(&text))).request.url;
    let end = format!("sendMessage?token={TOKEN}");
    let classic = format!("https://eu12.chat-api.com/instance1234/{end}");
    assert_eq!(url(&account("classic")), classic);
    assert_eq!(url(&account("one_msg")), format!("https://api.1msg.io/1234/{end}"));
    let ultramsg = format!("https://api.ultramsg.com/instance1234/messages/chat?token={TOKEN}");
    assert_eq!(url(&account("ultramsg")), ultramsg);
    let settings = [
        ("api_url", "https://eu12.chat-api.com/instance1234"),
        ("instance", "1234"),
        ("token", TOKEN),
    ];
    let whole = scene::account("chat_api", Messenger::Whatsapp, &settings);
    assert_eq!(url(&whole), classic, "the whole base may be given");
}

#[test]
fn what_is_sent() {
    let classic = account("classic");
    let body = |account: &Account, part: &Submission<'_>| {
        json(&call(provider().submit(account, part)).request.body)
    };
    let text = Content::Text("Привет, *мир*\n\"5\"".to_owned());
    let part = submission(&text);
    let expected = value!({ "phone": 79_001_234_567_u64, "body": "Привет, *мир*\n\"5\"" });
    assert_eq!(body(&classic, &part), expected);
    let group = Submission { to: To::Group("79001-17@g.us"), quote: Some("false_1"), ..part };
    let expected = value!({ "chatId": "79001-17@g.us", "body": "Привет, *мир*\n\"5\"", "quotedMsgId": "false_1" });
    assert_eq!(body(&classic, &group), expected);
    let expected = value!({ "to": "+79001234567", "body": "Привет, *мир*\n\"5\"", "referenceId": "vst0000000000000001" });
    assert_eq!(body(&account("ultramsg"), &part), expected);
    let template = Content::Template(Template {
        id: "order_ready".to_owned(),
        language: "ru".to_owned(),
        values: vec!["Анна".to_owned()],
        text: String::new(),
    });
    let sent = body(&account("one_msg"), &submission(&template));
    assert_eq!(
        (&sent["template"], &sent["language"]["code"]),
        (&value!("order_ready"), &value!("ru"))
    );
    assert_eq!(sent["params"][0]["parameters"][0]["text"], "Анна");
    let refused = done(provider().submit(&classic, &submission(&template)));
    assert!(matches!(refused, Outcome::Refused(f) if f.blame == Blame::Content));
}

#[test]
fn a_file_goes_by_its_address_or_its_bytes() {
    let sent = |account: &Account, file: File, payload: Payload<'_>| {
        let content = Content::File(file);
        let part = Submission { file: Some(payload), ..submission(&content) };
        let request = call(provider().submit(account, &part)).request;
        let method =
            request.url.split(['?']).next().unwrap().rsplit('/').next().unwrap().to_owned();
        (method, json(&request.body))
    };
    let classic = account("classic");
    let url = "https://a.ru/b/c.PNG?x=1";
    let payload = Payload { name: "c.PNG", mime: "image/png", bytes: b"", url };
    let (method, body) = sent(&classic, File::at(FileKind::Image, url), payload);
    let expected = value!({ "phone": 79_001_234_567_u64, "body": url, "filename": "c.PNG" });
    assert_eq!((method.as_str(), body), ("sendFile", expected));
    let stored = |kind, caption: &str| File {
        source: Source::Stored(FileHash([1; 32])),
        caption: caption.to_owned(),
        ..File::at(kind, "")
    };
    let payload = Payload { name: "Чек", mime: "application/pdf", bytes: b"%PDF-1.7", url: "" };
    let (method, body) = sent(&classic, stored(FileKind::Document, "Ваш чек"), payload);
    assert_eq!((method.as_str(), &body["filename"]), ("sendFile", &value!("file.bin")));
    assert_eq!(
        (&body["body"], &body["caption"]),
        (&value!("data:application/pdf;base64,JVBERi0xLjc="), &value!("Ваш чек"))
    );
    let note = Payload { name: "a.ogg", mime: "audio/ogg", bytes: b"OggS", url: "" };
    let (method, body) = sent(&classic, stored(FileKind::Voice, ""), note);
    assert_eq!(
        (method.as_str(), &body["audio"]),
        ("sendPTT", &value!("data:audio/ogg;base64,T2dnUw=="))
    );
    let (method, body) = sent(&classic, stored(FileKind::Voice, "Слова"), note);
    assert_eq!(
        (method.as_str(), &body["caption"]),
        ("sendFile", &value!("Слова")),
        "words are kept"
    );
    let (method, body) = sent(&account("ultramsg"), stored(FileKind::Video, "x"), note);
    assert_eq!((method.as_str(), &body["caption"]), ("video", &value!("x")));
    assert!(body["video"].is_string());
}

#[test]
fn what_answers_mean() {
    let good =
        r#"{"sent":true,"message":"Sent to 15550001111@c.us","id":"true_1_3EB0","queueNumber":7}"#;
    assert_eq!(outcome("", 200, good), Outcome::Accepted { remote_id: "true_1_3EB0".to_owned() });
    let named = Outcome::Accepted { remote_id: "vst0000000000000001".to_owned() };
    assert_eq!(outcome("ultramsg", 200, r#"{"sent":"true","message":"ok","id":123}"#), named);
    for (dialect, status, body, blame, reason) in [
        (
            "",
            200,
            r#"{"sent":false,"message":"body is required"}"#,
            Blame::Content,
            Reason::Malformed,
        ),
        ("", 200, r#"{"sent":false,"message":"Wrong phone"}"#, Blame::Recipient, Reason::NoAccount),
        ("", 200, r#"{"sent":false,"message":"Group not found"}"#, Blame::Sender, Reason::Barred),
        ("", 200, r#"{"sent":false,"message":"Hm"}"#, Blame::Provider, Reason::ProviderError),
        (
            "",
            200,
            r#"{"error":"Your instance is stopped due to non-payment"}"#,
            Blame::Account,
            Reason::AccountBlocked,
        ),
        ("", 200, r#"{"error":"Instance not found"}"#, Blame::Account, Reason::Unauthorized),
        ("", 401, r#"{"error":"Wrong token"}"#, Blame::Account, Reason::Unauthorized),
        ("", 404, r#"{"error":"Unknown method"}"#, Blame::Account, Reason::Unauthorized),
        ("", 400, "", Blame::Content, Reason::Malformed),
        (
            "one_msg",
            200,
            r#"{"sent":false,"message":"24-hour session is closed"}"#,
            Blame::Window,
            Reason::WindowClosed,
        ),
        (
            "ultramsg",
            200,
            r#"{"error":[{"to":"is required"}]}"#,
            Blame::Recipient,
            Reason::NoAccount,
        ),
        (
            "ultramsg",
            200,
            r#"{"error":[{"body":"is required"}]}"#,
            Blame::Content,
            Reason::Malformed,
        ),
    ] {
        let Outcome::Refused(failure) = outcome(dialect, status, body) else {
            panic!("{status} {body} is a refusal");
        };
        assert_eq!((failure.blame, failure.reason), (blame, reason), "{body}");
    }
}

#[test]
fn what_is_not_known_and_what_is_for_later() {
    for (status, body) in [
        (200, "<html>"),
        (200, r#"{"sent":true,"queueNumber":7}"#),
        (200, r#"{"status":true}"#),
        (500, "<html>"),
        (502, ""),
    ] {
        assert!(matches!(outcome("", status, body), Outcome::Unknown { .. }), "{status} {body}");
    }
    let Outcome::Deferred { retry_after, whole_account, .. } = outcome("", 429, "") else {
        panic!("429 is for later");
    };
    assert_eq!((retry_after, whole_account), (Some(Millis::seconds(1)), true));
    let loading = r#"{"sent":false,"message":"Instance is not authenticated"}"#;
    assert!(matches!(outcome("", 200, loading), Outcome::Deferred { whole_account: true, .. }));
}

#[test]
fn no_detail_repeats_the_token() {
    let body = format!("{{\"error\":\"Wrong token \\\"{TOKEN}\\\" for instance \\\"1234\\\".\"}}");
    for status in [200, 400, 401, 500] {
        let told = format!("{:?}", outcome("", status, &body));
        assert!(!told.contains(TOKEN), "{told}");
        for chore in [Chore::Check, Chore::Queue] {
            let found = finding(provider(), &account(""), &chore, &reply(status, &body));
            assert!(!format!("{found:?}").contains(TOKEN), "{found:?}");
        }
    }
}

fn line(text: &str, at: i64) -> Value {
    value!({ "id": "true_79001234567@c.us_3EB0AA", "body": text, "fromMe": 1, "self": 1,
        "time": at, "chatId": "79001234567@c.us", "type": "chat" })
}

#[test]
fn the_history_tells_what_became_of_a_lost_answer() {
    let content = Content::Text("Ваш заказ готов".to_owned());
    let started_at = Timestamp(1_767_225_600_900);
    let ask = |dialect: &str, step: &Step, minutes: i64, body: &Value| {
        let now = started_at + Millis::minutes(minutes);
        let attempt = Attempt { submission: submission(&content), started_at, now };
        provider().inquired(&account(dialect), &attempt, step, &reply(200, body.to_string()))
    };
    let history = |lines: &[Value]| value!({ "messages": lines, "page": 0 });
    let ours = line("Ваш заказ готов", 1_767_225_600);
    let found = Verdict::Found { remote_id: "true_79001234567@c.us_3EB0AA".to_owned() };
    let first = |lines: &[Value]| ask("", &Step::FIRST, 1, &history(lines));
    assert_eq!(first(std::slice::from_ref(&ours)), found);
    assert_eq!(first(&[ours.clone(), ours.clone()]), Verdict::Unsure);
    let before = line("Ваш заказ готов", 1_767_225_570);
    assert_eq!(first(std::slice::from_ref(&before)), Verdict::Unsure, "an earlier one of the same");
    let older = line("Ваш заказ готов", 1_767_225_000);
    let queue = Step::new(1);
    let others = [older, line("Другое", 1_767_225_601)];
    assert_eq!(first(&others), Verdict::Ask(queue.clone()));
    let many = vec![line("Другое", 1_767_225_601); 100];
    assert_eq!(first(&many), Verdict::Unsure, "the page does not reach far enough");
    assert_eq!(ask("one_msg", &Step::FIRST, 1, &history(&others)), Verdict::Unsure);
    assert_eq!(ask("one_msg", &Step::FIRST, 1, &history(&[ours])), found);
    let empty = value!({ "totalMessages": 0, "first100": [] });
    assert_eq!(ask("", &queue, 1, &empty), Verdict::Unsure, "too fresh to be sure");
    assert_eq!(ask("", &queue, 3, &empty), Verdict::Absent);
    let waiting = |id: &str| {
        value!({ "totalMessages": 1, "first100": [{ "id": id, "body": "Ваш заказ готов",
            "type": "sendMessage", "last_try": 0, "metadata": null }] })
    };
    let theirs = waiting("true_79001234568@c.us_3EB0BB");
    assert_eq!(ask("", &queue, 3, &theirs), Verdict::Absent);
    let ours = ask("", &queue, 3, &waiting("true_79001234567@c.us_3EB0BB"));
    assert_eq!(ours, Verdict::Found { remote_id: "true_79001234567@c.us_3EB0BB".to_owned() });
    assert_eq!(ask("", &queue, 3, &waiting("17")), Verdict::Unsure);
    let mut deep = empty;
    deep["totalMessages"] = value!(101);
    assert_eq!(ask("", &queue, 3, &deep), Verdict::Unsure, "the rest of the queue is not seen");
    let attempt = Attempt { submission: submission(&content), started_at, now: started_at };
    assert!(provider().inquire(&account("ultramsg"), &attempt, &Step::FIRST).is_none());
}

#[test]
fn a_file_is_never_taken_for_another() {
    let content = Content::image("https://a.ru/a.png");
    let started_at = Timestamp(1_767_225_600_000);
    let now = started_at + Millis::minutes(3);
    let attempt = Attempt { submission: submission(&content), started_at, now };
    let mut image = line("https://store.example.ru/1", 1_767_225_601);
    image["type"] = value!("image");
    let body = value!({ "messages": [image] }).to_string();
    let verdict = provider().inquired(&account(""), &attempt, &Step::FIRST, &reply(200, body));
    assert_eq!(verdict, Verdict::Unsure);
}

#[test]
fn what_is_found_out_of_an_account() {
    let ask = |dialect: &str, chore: Chore<'_>, body: Value| {
        finding(provider(), &account(dialect), &chore, &reply(200, body.to_string()))
    };
    for (status, reason, expected) in [
        ("authenticated", "", "Ready"),
        ("loading", "syncing", "Waiting"),
        ("loading", "conflict", "Broken"),
        ("init", "", "Waiting"),
        ("got qr code", "", "Broken"),
        ("not_paid", "", "Broken"),
    ] {
        let body = value!({ "accountStatus": status, "statusData": { "reason": reason } });
        let Finding::State(state) = ask("", Chore::Check, body) else { panic!("a state") };
        assert!(format!("{state:?}").starts_with(expected), "{status} {reason}: {state:?}");
    }
    let inner = value!({ "status": { "accountStatus": { "status": "authenticated" } } });
    assert_eq!(ask("ultramsg", Chore::Check, inner), Finding::State(AccountState::Ready));
    let me = value!({ "id": "78005550302@c.us" });
    assert_eq!(ask("one_msg", Chore::Check, me), Finding::State(AccountState::Ready));
    let nothing = value!({ "webhookUrl": null });
    assert_eq!(ask("", Chore::Subscription, nothing), Finding::Subscription(Subscription::None));
    let half = value!({ "webhookUrl": URL, "ackNotificationsOn": true });
    let (urls, missing) = (vec![URL.to_owned()], "videoUploadOn".to_owned());
    let partial = Finding::Subscription(Subscription::Partial { urls, missing });
    assert_eq!(ask("", Chore::Subscription, half), partial);
    let whole = value!({ "webhookUrl": URL, "ackNotificationsOn": 1, "videoUploadOn": true });
    let to = Finding::Subscription(Subscription::To(vec![URL.to_owned()]));
    assert_eq!(ask("", Chore::Subscription, whole), to);
    for name in ["update", "updated"] {
        let changed = value!({ name: { "webhookUrl": URL } });
        assert_eq!(ask("", Chore::Subscribe { url: URL }, changed), Finding::Done);
    }
    let other = value!({ "webhookUrl": "https://other.example.ru" });
    assert!(matches!(ask("", Chore::Subscribe { url: URL }, other), Finding::Failed(_)));
    let qr = value!({ "accountStatus": "got qr code", "qrCode": "data:image/png;base64,iVBORw==" });
    assert_eq!(ask("", Chore::Qr, qr), Finding::Qr(Qr::Png(vec![0x89, b'P', b'N', b'G'])));
    let scanned = value!({ "accountStatus": "authenticated" });
    assert_eq!(ask("", Chore::Qr, scanned), Finding::Qr(Qr::NotNeeded));
    assert!(matches!(
        ask("", Chore::Qr, value!({ "accountStatus": "init" })),
        Finding::Later { .. }
    ));
    assert_eq!(ask("", Chore::Queue, value!({ "totalMessages": 3 })), Finding::Count(3));
    for chore in [Chore::Exists { phone: phone() }, Chore::Templates] {
        assert_eq!(provider().begin(&account(""), &chore), Progress::Done(Finding::Unsupported));
    }
    let bad = [("webhookUrl".to_owned(), "https://evil.example.ru".to_owned())];
    assert!(matches!(ask("", Chore::Change { values: &bad }, value!({})), Finding::Failed(_)));
    let delay = [
        ("sendDelay".to_owned(), "2".to_owned()),
        ("guaranteedHooks".to_owned(), "yes".to_owned()),
    ];
    let Progress::Call { request, .. } =
        provider().begin(&account(""), &Chore::Change { values: &delay })
    else {
        panic!("a call");
    };
    assert_eq!(json(&request.body), value!({ "sendDelay": 2, "guaranteedHooks": true }));
}

#[test]
fn a_file_is_fetched_without_the_token() {
    let locator = "https://store.example.ru/a.png";
    let Progress::Call { request, .. } = provider().begin(&account(""), &Chore::Fetch { locator })
    else {
        panic!("a call");
    };
    assert_eq!((request.url.as_str(), request.headers.len()), (locator, 0));
    let gone = finding(provider(), &account(""), &Chore::Fetch { locator }, &reply(404, ""));
    assert!(matches!(gone, Finding::Failed(f) if f.reason == Reason::FileUnavailable));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..300), status in 100u16..600) {
        for dialect in ["classic", "one_msg", "ultramsg"] {
            scene::survive(provider(), &account(dialect), status, &body);
        }
    }
}
