//! Accounts that nobody set up: made of the credentials in an address, one for each instance.

use crate::{
    hooks::{TOKEN, event, examples, mails, post, v1},
    http,
    program::{Demo, call, run_well, until},
};
use serde_json::{Value, json};
use std::thread;

fn implicit(demo: &Demo) -> Vec<Value> {
    let accounts = v1(demo, "GET", "/v1/accounts", &Value::Null);
    let accounts = accounts.as_array().unwrap().clone();
    accounts.into_iter().filter(|account| account["implicit"] == true).collect()
}

fn worked_on(demo: &Demo, count: usize) -> Vec<Value> {
    until(&format!("{count} calls worked on"), || {
        let calls = v1(demo, "GET", "/v1/hook-calls?limit=200", &Value::Null);
        let calls = calls.as_array().unwrap().clone();
        let is_done = calls.len() == count && calls.iter().all(|call| call["state"] != "new");
        is_done.then_some(calls)
    })
}

/// Calls that come together find the same credentials new, all of them.
#[test]
fn calls_that_come_together_share_one_account() {
    let demo = Demo::start("hook_account_together");
    let [_, cascade, ..] = examples();
    thread::scope(|scope| {
        for n in 0..16 {
            let (demo, cascade) = (&demo, &cascade);
            let to = format!("791612360{n:02}");
            scope.spawn(move || post(demo, cascade, &event(&to, &format!("№{n}"))));
        }
    });
    let calls = worked_on(&demo, 16);
    assert!(calls.iter().all(|call| call["state"] == "done"), "{calls:?}");
    assert_eq!(implicit(&demo).len(), 1, "{:?}", implicit(&demo));
}

/// With both sets of an address it is told which of the two has failed.
#[test]
fn a_mail_names_the_messenger() {
    let demo = Demo::start("hook_account_messenger");
    let to = "79161236201";
    http::json(demo.twin, "PUT", &format!("/twin/phones/{to}"), &json!({ "messengers": ["max"] }));
    let both = format!(
        "{}&apiUrlMax=3100.api.green-api.com&idInstanceMax=3100000001&apiTokenInstanceMax={TOKEN}",
        examples()[0]
    );
    post(&demo, &both, &event(to, "№1"));
    let found = mails(&demo, 1);
    assert!(found[0]["text"].as_str().unwrap().contains("Мессенджер: WhatsApp"), "{found:?}");
    let calls = worked_on(&demo, 1);
    assert_eq!(calls[0]["state"], "failed", "what failed is listed: {calls:?}");
    assert!(calls[0]["messages"][1]["id"].is_string(), "and MAX has it: {calls:?}");
}

/// Lists speak English, as our own API does; mails the language of the hook.
#[test]
fn what_is_wrong_with_an_address_is_told_in_the_reader_s_language() {
    let demo = Demo::start("hook_account_language");
    let address = "/webhook/wazzup24?key_api=x&channel_id=zz&errorEmail=a@example.com";
    let answer = http::json(demo.hub, "POST", address, &event("79161236203", "№1"));
    assert_eq!(answer["Status"], "Wrong parameters", "{answer}");
    let calls = worked_on(&demo, 1);
    let note = calls[0]["note"].as_str().unwrap();
    assert!(note.is_ascii() && note.contains("channel_id"), "{note}");
    let found = mails(&demo, 1);
    assert!(found[0]["text"].as_str().unwrap().contains("нужен идентификатор"), "{found:?}");
}

/// An account may be set up by hand with its server's whole address: it is the same.
#[test]
fn an_account_of_ones_own_is_used_however_its_server_is_written() {
    let demo = Demo::start("hook_account_own");
    let token = "t66";
    http::json(demo.twin, "PUT", "/twin/accounts/green_api/1101000066", &json!({ "token": token }));
    let instance = ["--id-instance", "1101000066", "--token", token];
    let host = ["--api-url", "https://1101.api.green-api.com/", "--name", "Салон"];
    let add = ["account", "add", "green_api", "--data", "data"];
    run_well(&demo.at, &[&add[..], &instance, &host].concat());
    until("the account", || {
        let accounts = v1(&demo, "GET", "/v1/accounts", &Value::Null);
        accounts.as_array().unwrap().iter().any(|account| account["name"] == "Салон").then_some(())
    });
    let address = format!(
        "/webhook/green-api?apiUrl=1101.api.green-api.com&idInstance=1101000066\
         &apiTokenInstance={token}&message=Ждём"
    );
    post(&demo, &address, &event("79161236202", "№1"));
    let calls = worked_on(&demo, 1);
    assert_eq!(calls[0]["state"], "done", "{calls:?}");
    assert!(implicit(&demo).is_empty(), "{:?}", implicit(&demo));
}

/// What is known of one messenger says nothing of a cascade over several.
#[test]
fn a_cascade_is_tried_for_a_number_that_is_known_to_be_absent_from_one_messenger() {
    let demo = Demo::start("hook_account_cascade");
    let to = "79161236101";
    let phone = json!({ "messengers": ["telegram", "max"] });
    http::json(demo.twin, "PUT", &format!("/twin/phones/{to}"), &phone);
    let [green, cascade, ..] = examples();
    post(&demo, &green, &event(to, "№1"));
    let found = mails(&demo, 1);
    assert!(found[0]["text"].as_str().unwrap().contains("нет аккаунта"), "{found:?}");
    post(&demo, &cascade, &event(to, "№2"));
    let found = until("the cascade's bubble", || {
        let found = http::get(demo.twin, &format!("/twin/bubbles?to={to}"));
        found.as_array().unwrap().first().cloned()
    });
    assert_ne!(found["messenger"], "whatsapp", "{found}");
    // A profile of WhatsApp is a messenger, and the number is not there.
    let profile = format!(
        "/webhook/wappi?profileId=58271315-d123&apiToken={TOKEN}&message=Профиль\
         &errorEmail=a@example.com"
    );
    post(&demo, &profile, &event(to, "№3"));
    let mail = until("the profile's mail", || {
        let found = http::get(demo.twin, "/twin/mails?to=a@example.com");
        found.as_array().unwrap().first().cloned()
    });
    assert!(mail["subject"].as_str().unwrap().contains("№3"), "{mail}");
}

/// Anybody can write an address with anybody's box in it: until its credentials were accepted once,
/// few letters go out for it, and none of them counts among the owner's.
#[test]
fn strangers_letters_are_few_and_take_nothing_from_the_owner() {
    let demo = Demo::start("hook_account_strangers");
    let address = |token: &str, email: &str| {
        format!(
            "/webhook/green-api?apiUrl=1103.api.green-api.com&idInstance=1234567890\
             &apiTokenInstance={token}&errorEmail={email}&message=Ждём"
        )
    };
    let listed = |count: usize| {
        worked_on(&demo, count);
        let mails = v1(&demo, "GET", "/v1/mails?limit=200", &Value::Null);
        mails.as_array().unwrap().clone()
    };
    for n in 0..5 {
        post(&demo, &address("wrong", "owner@example.com"), &event("1", &format!("№1{n}")));
    }
    let held = |mails: &[Value]| mails.iter().filter(|mail| mail["state"] == "held").count();
    let mails = listed(5);
    assert_eq!((mails.len(), held(&mails)), (5, 2), "{mails:?}");
    let why = mails[0]["answer"].as_str().unwrap();
    assert!(why.starts_with("held back: no provider has ever accepted"), "{why}");
    for n in 0..20 {
        let email = format!("box{n}@example.com");
        post(&demo, &address("wrong", &email), &event("1", &format!("№2{n:02}")));
    }
    let mails = listed(25);
    assert_eq!(held(&mails), 5, "twenty an hour to all: {mails:?}");
    // The owner's own address is not in their way.
    for n in 0..5 {
        post(&demo, &address(TOKEN, "owner@example.com"), &event("1", &format!("№3{n}")));
    }
    let mails = listed(30);
    assert_eq!((mails.len(), held(&mails)), (30, 5), "{mails:?}");
}

/// What one address sends beyond its allowance is told to come later, before its body is read.
#[test]
fn an_address_that_calls_without_end_is_told_to_come_later() {
    let demo = Demo::start("hook_account_rate");
    // An address of no hook costs nothing but the question.
    let path = "/hook/nothing";
    let refused = (0..3_000).find_map(|_| {
        let answer = http::try_request(demo.hub, "POST", path, &[], b"{}").unwrap();
        (answer.status == 429).then_some(answer)
    });
    let refused = refused.expect("more than the allowance");
    let pause: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=2).contains(&pause), "{}", refused.text);
    assert_eq!(refused.json()["Status"], "Error");
    let number = demo.send(&call("79161236301", "Партнёру это не мешает"));
    assert!(!number.is_empty());
}
