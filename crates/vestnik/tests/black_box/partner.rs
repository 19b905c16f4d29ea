//! Calls that come again, passwords that are guessed, and what a chain can wait for.

use crate::{
    http,
    program::{Demo, bubbles, call, run_well, shown, trace, until},
};
use serde_json::{Value, json};
use std::thread;

const PATH: &str = "/partner/v6/message";
/// A partner of the demo's hub who wants no content twice and may send chains.
const LOGIN: &str = "careful";
const PASSWORD: &str = "schluessel-im-schrank-8";

/// A demo with one more partner, known to the running hub.
fn start(name: &str) -> Demo {
    let demo = Demo::start(name);
    let who = ["partner", "add", "--data", "data", "--login", LOGIN, "--password", PASSWORD];
    let may = ["--sender", "VESTNIK", "--default-sender", "--allow-cascades", "--block-duplicates"];
    run_well(&demo.at, &[&who[..], &may[..]].concat());
    let mut probe = careful("79161230070", "known?");
    probe["destAddr"] = json!("123");
    until("the new partner", || (post(&demo, &probe).0 == 406).then_some(()));
    demo
}

fn careful(to: &str, text: &str) -> Value {
    let mut call = call(to, text);
    call["login"] = json!(LOGIN);
    call["password"] = json!(PASSWORD);
    call
}

fn post(demo: &Demo, call: &Value) -> (u16, Value) {
    let answer = http::request(demo.hub, "POST", PATH, &serde_json::to_vec(call).unwrap());
    (answer.status, answer.json())
}

fn code(answer: &(u16, Value)) -> (u16, Option<u64>) {
    (answer.0, answer.1["error"]["code"].as_u64())
}

#[test]
fn ten_calls_at_once_are_one_message_where_contents_are_controlled_too() {
    let demo = start("partner_ten");
    let to = "79161230071";
    let mut asked = careful(to, "Один раз");
    asked["id"] = json!("ten");
    let answers: Vec<_> = thread::scope(|scope| {
        let calls: Vec<_> = (0..10).map(|_| scope.spawn(|| post(&demo, &asked))).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|answer| answer.0 == 200), "{answers:?}");
    assert!(answers.iter().all(|answer| answer.1 == answers[0].1), "{answers:?}");
    asked["id"] = json!("eleven");
    assert_eq!(code(&post(&demo, &asked)), (409, Some(10)), "the content under another id");
    let mut other = careful(to, "Другое");
    other["id"] = json!("ten");
    assert_eq!(post(&demo, &other), answers[0], "the first one counts");
    other["id"] = json!("twelve");
    assert_eq!(post(&demo, &other).0, 200, "what never went out is not held against it");
    let texts: Vec<_> = shown(demo.twin, to, 2).iter().map(|b| b["text"].clone()).collect();
    assert_eq!(texts, ["Один раз", "Другое"]);
    assert_eq!(bubbles(demo.twin, to).len(), 2);
}

#[test]
fn a_repeat_is_answered_as_before_whatever_has_changed_since() {
    let demo = start("partner_repeat");
    let to = "79161230072";
    let mut asked = careful(to, "Сейчас или никогда");
    asked["id"] = json!("soon");
    // On a slow machine even that may be over when the call is read: then once more.
    let first = until("a call before its deadline", || {
        asked["scheduleInfo"] = json!({"deadline": time_in_seconds(2)});
        Some(post(&demo, &asked)).filter(|answer| answer.0 == 200)
    });
    let mut fresh = asked.clone();
    fresh["id"] = Value::Null;
    fresh["destAddr"] = json!("123");
    until("the deadline", || (code(&post(&demo, &fresh)) == (400, Some(4))).then_some(()));
    assert_eq!(post(&demo, &asked), first, "after the deadline");
    asked["scheduleInfo"]["weekdaysSchedule"] = json!("8");
    assert_eq!(code(&post(&demo, &asked)), (400, Some(4)), "what was never good is refused");

    let mut plain = careful(to, "Пока подключение есть");
    plain["id"] = json!("plain");
    let first = post(&demo, &plain);
    assert_eq!(first.0, 200, "{first:?}");
    switch_off(&demo, "whatsapp");
    let mut fresh = careful(to, "Подключения нет");
    until("no account", || (code(&post(&demo, &fresh)) == (503, Some(1))).then_some(()));
    assert_eq!(post(&demo, &plain), first, "with the accounts switched off");
    fresh["id"] = json!("plain");
    assert_eq!(post(&demo, &fresh), first, "with another body too");
    let number = first.1["mtNum"].as_str().unwrap().to_owned();
    until("a note of the other body", || {
        let story = trace(demo.hub, "vst_demo", &number, "en");
        let lines = story["timeline"].as_array().unwrap().clone();
        lines.iter().any(|line| line["cause"]["what"] == "repeated_differently").then_some(())
    });
}

/// So many seconds from now, as partners write it.
fn time_in_seconds(seconds: u64) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let at = jiff::Timestamp::from_second((now.as_secs() + seconds).cast_signed()).unwrap();
    at.strftime("%Y-%m-%dT%H:%M:%S+0000").to_string()
}

/// Switches off all accounts of a messenger.
fn switch_off(demo: &Demo, messenger: &str) {
    let headers = [("Authorization", "Bearer vst_demo"), ("Content-Type", "application/json")];
    let ask = |method, path: &str, body: &[u8]| {
        let answer = http::try_request(demo.hub, method, path, &headers, body).unwrap();
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text);
        answer.json()
    };
    let all = ask("GET", "/v1/accounts", b"");
    let accounts = all.as_array().unwrap_or_else(|| panic!("{all}"));
    for account in accounts.iter().filter(|account| account["messenger"] == messenger) {
        let path = format!("/v1/accounts/{}", account["id"].as_str().unwrap());
        ask("PATCH", &path, br#"{"active": false}"#);
    }
}

#[test]
fn guessing_a_password_is_held_up_and_its_owner_is_not() {
    let demo = start("partner_guess");
    let good = careful("123", "Текст");
    let mut guess = good.clone();
    guess["password"] = json!("wrong");
    let body = serde_json::to_vec(&guess).unwrap();
    let mut answers = (0..100).map(|_| http::request(demo.hub, "POST", PATH, &body));
    let answer = answers.find(|answer| answer.status != 401).unwrap();
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("1")), "{}", answer.text);
    assert_eq!(answer.json()["error"], json!({"code": 3, "description": "Too many connections"}));
    assert_eq!(code(&post(&demo, &good)), (406, Some(8)), "a known password passes");
    let mut demos = call("123", "Текст");
    assert_eq!(code(&post(&demo, &demos)), (406, Some(8)), "another partner is another matter");
    demos["password"] = json!("wrong");
    assert_eq!(code(&post(&demo, &demos)), (401, Some(6)));
}

fn chain(to: &str, state: &str, first: &str, then: &str) -> Value {
    let mut chain = careful(to, then);
    let next = chain["message"].clone();
    chain["message"] =
        json!({"type": first, "data": {"text": "Первое", "serviceNumber": "VESTNIK"}});
    chain["cascadeChainLink"] = json!({"state": state, "message": next});
    chain
}

#[test]
fn a_chain_waits_only_for_what_its_sender_tells() {
    let demo = start("partner_reading");
    let to = "79161230073";
    let (status, answer) = post(&demo, &chain(to, "READ", "TELEGRAM", "Второе"));
    assert_eq!((status, &answer["error"]["code"]), (400, &json!(4)), "{answer}");
    let said = answer["extendedDescription"].as_str().unwrap();
    let begin = "cascadeChainLink.state READ is not possible after TELEGRAM:";
    assert!(said.starts_with(begin), "{said}");
    let answer = post(&demo, &chain(to, "DELIVERED", "TELEGRAM", "Второе"));
    assert_eq!(answer.0, 200, "{answer:?}");
    let answer = post(&demo, &chain(to, "READ", "VK", "Второе"));
    assert_eq!(answer.0, 200, "{answer:?}");
}

#[test]
fn a_link_that_never_went_is_shown_as_ended() {
    let demo = start("partner_ended");
    let to = "79161230074";
    let mut asked = careful(to, "Первое");
    let next = careful(to, "Второе")["message"].clone();
    asked["cascadeChainLink"] = json!({"state": "DELIVERED", "message": next});
    let number = post(&demo, &asked).1["mtNum"].as_str().unwrap().to_owned();
    shown(demo.twin, to, 1);
    let story = until("the end", || {
        let story = trace(demo.hub, "vst_demo", &number, "en");
        (story["links"][0]["state"] == "delivered").then_some(story)
    });
    assert_eq!(story["links"][1]["state"], "cancelled", "{story}");
}
