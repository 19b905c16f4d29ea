//! chat-api and its relatives: documented requests, answers and webhooks.

mod webhook;

use super::scene::{self, done, finding, json, phone, reply, submission};
use crate::find;
use proptest::prelude::*;
use serde_json::{Value, json as value};
use vestnik_model::{
    account::Account,
    content::Content,
    messenger::Messenger,
    outcome::{Outcome, Reason},
    time::{Millis, Timestamp},
};
use vestnik_provider::{
    Provider,
    chore::{Chore, Finding, Progress, Qr, Subscription},
    contract,
    port::{AccountState, Attempt, Step, Verdict},
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
