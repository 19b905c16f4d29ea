//! MAX: documented requests, answers and updates.

use super::scene::{self, call, done, finding, json, reply, submission, words};
use crate::find;
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use serde_json::{Value, json as value};
use sha2::Sha256;
use vestnik_model::{
    account::Account,
    content::{Button, ButtonAction, Content},
    file::{File, FileKind},
    messenger::Messenger,
    outcome::{Blame, Outcome, Reason},
    time::Millis,
};
use vestnik_provider::{
    Provider,
    chore::{Chore, Finding, Progress, Subscription},
    contract,
    incoming::{Extra, Incoming},
    port::{AccountState, Call, Next, Payload, Reception, Step, Submission, To, Word},
    wire::Reply,
};

const TOKEN: &str = "f9LHodD0cOLRl0E2a-token";
const SECRET: &str = "s3cret_Token-1";
const HEADER: (&str, &str) = ("x-max-bot-api-secret", SECRET);
const MID: &str = "mid.000000000adf429c019d47d58f2b3d9e";

fn provider() -> &'static dyn Provider {
    find("max").unwrap()
}

fn account() -> Account {
    let settings = [("token", TOKEN), ("username", "my_shop_bot"), ("webhook_secret", SECRET)];
    scene::account("max", Messenger::Max, &settings)
}

fn part(content: &Content) -> Submission<'_> {
    Submission { to: To::Person("182182182"), ..submission(content) }
}

/// Path and body of a send.
fn sent(part: &Submission<'_>) -> (String, Value) {
    let call = call(provider().submit(&account(), part));
    assert!(call.is_visible);
    let request = call.request;
    assert!(request.headers.contains(&("authorization".into(), TOKEN.into())));
    let path = request.url.strip_prefix("https://platform-api2.max.ru").unwrap().to_owned();
    (path, json(&request.body))
}

fn outcome(status: u16, body: &Value) -> Outcome {
    let content = Content::Text("x".to_owned());
    let answer = reply(status, body.to_string());
    done(provider().resume(&account(), &part(&content), &Step::FIRST, &answer))
}

fn error(code: &str, message: &str) -> Value {
    value!({ "code": code, "message": message })
}

fn taken() -> Value {
    value!({ "message": { "recipient": { "chat_id": 182_182_182, "chat_type": "dialog",
        "user_id": 123_456_789 }, "timestamp": 1_775_026_671_403_i64,
        "body": { "mid": MID, "seq": 116_328_147_937_082_782_i64, "text": "x" } } })
}

fn update(kind: &str, more: &Value) -> Vec<Word> {
    let mut update = value!({ "update_type": kind, "timestamp": 1_775_025_604_499_i64 });
    for (name, value) in more.as_object().unwrap() {
        update[name] = value.clone();
    }
    words(scene::receive(provider(), &account(), &[HEADER], update.to_string()))
}

fn anna() -> Value {
    value!({ "user_id": 123_456_789, "first_name": "Анна", "last_name": "Иванова",
        "username": "anna", "is_bot": false, "name": "Анна Иванова" })
}

/// A message of Anna in her dialog.
fn object(body: &Value) -> Value {
    let mut message = value!({
        "recipient": { "chat_id": 182_182_182, "chat_type": "dialog", "user_id": 229 },
        "timestamp": 1_775_053_255_737_i64, "sender": anna(),
        "body": { "mid": MID, "seq": 116_327_994_376_978_687_i64, "text": "" } });
    for (name, value) in body.as_object().unwrap() {
        message["body"][name] = value.clone();
    }
    message
}

fn incoming(message: &Value) -> Incoming {
    let words = update("message_created", &value!({ "message": message }));
    let told = format!("{words:?}");
    match words.into_iter().next() {
        Some(Word::Message(incoming)) => *incoming,
        Some(_) | None => panic!("a message is expected, not {told}"),
    }
}

#[test]
fn it_keeps_the_contract() {
    contract::exercise(provider(), &account(), Some((HEADER.0, "s3cret_Token-2")));
}

#[test]
fn texts_and_quotes_are_sent() {
    let text = Content::Text("Привет, *мир*".to_owned());
    let expected = value!({ "text": "Привет, *мир*" });
    assert_eq!(sent(&part(&text)), ("/messages?chat_id=182182182".to_owned(), expected));
    let (_, body) = sent(&Submission { quote: Some(MID), ..part(&text) });
    assert_eq!(body["link"], value!({ "type": "reply", "mid": MID }));
    let (_, body) = sent(&Submission { quote: Some("callback:1"), ..part(&text) });
    assert_eq!(body["link"], Value::Null);
    let group = Submission { to: To::Group("-70801090403050"), ..part(&text) };
    assert_eq!(sent(&group).0, "/messages?chat_id=-70801090403050");
    let strange = Submission { to: To::Person("1&user_id=2"), ..part(&text) };
    assert_eq!(sent(&strange).0, "/messages?chat_id=1%26user_id%3D2");
    let Outcome::Refused(failure) = done(provider().submit(&account(), &submission(&text))) else {
        panic!("a number can't be written to");
    };
    assert_eq!((failure.blame, failure.reason), (Blame::Recipient, Reason::NoAddress));
}

#[test]
fn buttons_stand_below() {
    let button = |title: &str, action| Button { title: title.to_owned(), action };
    let choice =
        |buttons: Vec<Button>| Content::Choice { text: "Придёте?".to_owned(), buttons };
    let reply = |data: &str| ButtonAction::Reply(data.to_owned());
    let three = choice(vec![
        button("Да", reply("y:17")),
        button("Сайт", ButtonAction::Open("https://example.ru/".to_owned())),
        button("Мой номер", ButtonAction::ShareContact),
    ]);
    assert_eq!(
        sent(&part(&three)).1["attachments"],
        value!([{ "type": "inline_keyboard", "payload": { "buttons": [
            [{ "type": "callback", "text": "Да", "payload": "y:17" }],
            [{ "type": "link", "text": "Сайт", "url": "https://example.ru/" }],
            [{ "type": "request_contact", "text": "Мой номер" }]] } }])
    );
    for bad in [
        choice(vec![]),
        choice(vec![button(&"я".repeat(129), reply("1"))]),
        choice(vec![button("x", reply(&"y".repeat(1_025)))]),
        choice(vec![button("x", reply(""))]),
        choice(vec![button("x", ButtonAction::Open("y".repeat(2_049)))]),
        choice((0..31).map(|n| button("x", reply(&n.to_string()))).collect()),
    ] {
        let outcome = done(provider().submit(&account(), &part(&bad)));
        assert!(matches!(&outcome, Outcome::Refused(f) if f.reason == Reason::Malformed));
    }
}

#[test]
fn a_token_never_leaves_by_an_error() {
    let told = outcome(401, &error("verify.token", &format!("{TOKEN} is wrong")));
    assert!(!format!("{told:?}").contains(TOKEN));
}

/// Drives a file through its steps; the calls come back with what is to be done next.
fn upload(kind: FileKind, answers: &[(u16, String)]) -> (Vec<Call>, Next) {
    let content = Content::File(File { caption: "Вот".to_owned(), ..File::at(kind, "x") });
    let payload = Payload { name: "Чек.pdf", mime: "x/y", bytes: b"\x00bytes", url: "" };
    let part = Submission { file: Some(payload), ..part(&content) };
    let mut calls = Vec::new();
    let mut next = provider().submit(&account(), &part);
    for (status, answer) in answers {
        let made = call(next);
        next = provider().resume(&account(), &part, &made.step, &reply(*status, answer));
        calls.push(made);
    }
    (calls, next)
}

#[test]
fn a_file_that_is_not_ready_is_waited_for() {
    let url = value!({ "url": "https://fu.oneme.ru/u?1" }).to_string();
    let token = value!({ "token": "T" }).to_string();
    let not_ready =
        error("attachment.not.ready", "Key: errors.process.attachment.file.not.processed");
    let not_ready = (400, not_ready.to_string());
    let mut answers = vec![(200, url), (200, token)];
    let mut bodies = Vec::new();
    for pause in [0, 1, 2, 4, 8, 10, 10] {
        let (_, next) = upload(FileKind::Document, &answers);
        let again = call(next);
        assert_eq!((again.after, again.is_visible), (Millis::seconds(pause), true));
        bodies.push(again.request.body);
        answers.push(not_ready.clone());
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
    let (_, next) = upload(FileKind::Document, &answers);
    assert!(matches!(done(next), Outcome::Deferred { whole_account: false, .. }));
    answers.pop();
    answers.push((200, taken().to_string()));
    let (_, next) = upload(FileKind::Document, &answers);
    assert_eq!(done(next), Outcome::Accepted { remote_id: MID.to_owned() });
}

#[test]
fn an_upload_that_fails_has_shown_nothing() {
    let url = value!({ "url": "https://fu.oneme.ru/u?1" }).to_string();
    for answers in [
        vec![(502, String::new())],
        vec![(200, "{}".to_owned())],
        vec![(200, value!({ "url": "file:///etc/passwd" }).to_string())],
        vec![(200, url.clone()), (500, String::new())],
        vec![(200, url.clone()), (200, "<retval>1</retval>".to_owned())],
    ] {
        let (_, next) = upload(FileKind::Document, &answers);
        let outcome = done(next);
        assert!(matches!(outcome, Outcome::Deferred { .. }), "{answers:?}: {outcome:?}");
    }
    let forbidden = value!({ "message": "File extension is forbidden" }).to_string();
    let (_, next) = upload(FileKind::Document, &[(200, url), (400, forbidden)]);
    assert!(matches!(done(next), Outcome::Refused(f) if f.reason == Reason::FileRefused));
}

#[test]
fn a_contact_is_ones_own_only_by_its_hash() {
    let card =
        "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Анна\r\nTEL;TYPE=cell:79001234567\r\nEND:VCARD\r\n";
    let hash = |token: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).unwrap();
        mac.update(card.as_bytes());
        value!(HEXLOWER.encode(&mac.finalize().into_bytes()))
    };
    let shared = |card: &str, user: u64, hash: Value| {
        let payload = value!({ "vcf_info": card, "hash": hash,
            "max_info": { "user_id": user, "first_name": "Анна" } });
        let attachment = value!({ "type": "contact", "payload": payload });
        match incoming(&object(&value!({ "attachments": [attachment] }))).extra {
            Some(Extra::Contact { phone, is_own, .. }) => (phone, is_own),
            other => panic!("{other:?}"),
        }
    };
    let phone = "79001234567".to_owned();
    assert_eq!(shared(card, 123_456_789, hash(TOKEN)), (phone.clone(), true));
    let unix = card.replace("\r\n", "\n");
    assert_eq!(shared(&unix, 123_456_789, hash(TOKEN)), (phone.clone(), true));
    assert_eq!(shared(card, 42, hash(TOKEN)), (phone.clone(), false));
    assert_eq!(shared(card, 123_456_789, hash("another")), (phone.clone(), false));
    assert_eq!(shared(card, 123_456_789, Value::Null), (phone.clone(), false));
    assert_eq!(shared(card, 123_456_789, value!("zz")), (phone, false));
    let changed = card.replace("4567", "4568");
    assert_eq!(shared(&changed, 123_456_789, hash(TOKEN)), ("79001234568".to_owned(), false));
}

#[test]
fn who_does_not_know_the_secret_is_a_forger() {
    let body = r#"{"update_type":"message_created"}"#;
    let receive = |account: &Account, headers: &[(&str, &str)]| {
        scene::receive(provider(), account, headers, body)
    };
    assert_eq!(receive(&account(), &[]), Reception::Forged);
    assert_eq!(receive(&account(), &[(HEADER.0, "s3cret_Token-")]), Reception::Forged);
    let unset = scene::account("max", Messenger::Max, &[("token", TOKEN)]);
    assert_eq!(receive(&unset, &[(HEADER.0, "")]), Reception::Forged);
    assert!(matches!(receive(&account(), &[HEADER]), Reception::Unreadable { .. }));
    let garbage = scene::receive(provider(), &account(), &[HEADER], b"\xff{");
    assert!(matches!(garbage, Reception::Unreadable { .. }));
}

#[test]
fn the_bot_is_checked_and_subscribed() {
    let found = |chore: &Chore<'_>, status: u16, body: &Value| {
        finding(provider(), &account(), chore, &reply(status, body.to_string()))
    };
    let me = value!({ "user_id": 229, "is_bot": true });
    assert_eq!(found(&Chore::Check, 200, &me), Finding::State(AccountState::Ready));
    for (status, code, is_broken) in [
        (401, "verify.token", true),
        (403, "access.denied", true),
        (429, "x", false),
        (503, "x", false),
    ] {
        let Finding::State(state) = found(&Chore::Check, status, &error(code, "x")) else {
            panic!("{status}");
        };
        assert_eq!(matches!(state, AccountState::Broken { .. }), is_broken, "{status}");
        assert_ne!(state, AccountState::Ready);
    }
    let url = "https://hub.example.ru/in/key";
    let all = [
        "message_created",
        "message_callback",
        "message_edited",
        "message_removed",
        "bot_started",
        "bot_stopped",
        "bot_added",
        "bot_removed",
    ];
    let listed = |kinds: &[&str]| value!({ "subscriptions": [{ "url": url, "time": 1, "update_types": kinds }] });
    let urls = vec![url.to_owned()];
    let to = Finding::Subscription(Subscription::To(urls.clone()));
    assert_eq!(found(&Chore::Subscription, 200, &listed(&all)), to);
    assert_eq!(found(&Chore::Subscription, 200, &listed(&[])), to);
    let missing = "bot_removed".to_owned();
    let partial = Finding::Subscription(Subscription::Partial { urls, missing });
    assert_eq!(found(&Chore::Subscription, 200, &listed(&all[..7])), partial);
    let none = Finding::Subscription(Subscription::None);
    assert_eq!(found(&Chore::Subscription, 200, &value!({ "subscriptions": [] })), none);
    let chore = Chore::Subscribe { url };
    let Progress::Call { request, .. } = provider().begin(&account(), &chore) else { panic!() };
    let expected = value!({ "url": url, "update_types": all, "secret": SECRET });
    assert_eq!(json(&request.body), expected);
    assert_eq!(found(&chore, 200, &value!({ "success": true })), Finding::Done);
    let failed = found(&chore, 200, &value!({ "success": false, "message": "Invalid URL" }));
    assert!(matches!(failed, Finding::Failed(f) if f.detail == "Invalid URL"));
    let short = [("token", TOKEN), ("webhook_secret", "1234")];
    let short = scene::account("max", Messenger::Max, &short);
    let refused = provider().begin(&short, &chore);
    assert!(matches!(refused, Progress::Done(Finding::Failed(_))), "{refused:?}");
}

#[test]
fn files_are_fetched_and_links_open_the_chat() {
    let chore = Chore::Fetch { locator: "https://i.oneme.ru/i?r=1" };
    let Progress::Call { step, request } = provider().begin(&account(), &chore) else { panic!() };
    assert!(request.headers.is_empty());
    let headers = vec![("location".into(), "https://i2.oneme.ru/i".to_owned())];
    let moved = Reply { headers, ..reply(302, "") };
    let next = provider().proceed(&account(), &chore, &step, &moved);
    let Progress::Call { request, .. } = next else { panic!("{next:?}") };
    assert_eq!(request.url, "https://i2.oneme.ru/i");
    let found = finding(provider(), &account(), &chore, &reply(200, b"bytes"));
    assert!(matches!(found, Finding::File { bytes, .. } if bytes == b"bytes"));
    let gone = finding(provider(), &account(), &chore, &reply(410, ""));
    assert!(matches!(gone, Finding::Failed(f) if f.reason == Reason::FileUnavailable));
    let link = |payload| provider().deep_link(&account(), payload);
    assert_eq!(link("inv-17").as_deref(), Some("https://max.ru/my_shop_bot?start=inv-17"));
    assert_eq!(link("").as_deref(), Some("https://max.ru/my_shop_bot"));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..200)) {
        scene::survive(provider(), &account(), status, &body);
        let _ = scene::receive(provider(), &account(), &[HEADER], &body);
    }

    #[test]
    fn no_update_makes_it_panic(kind in 0_usize..8, id in any::<i64>(), text in ".{0,40}") {
        let kinds = ["message_created", "message_callback", "message_edited", "message_removed",
            "bot_started", "bot_stopped", "bot_added", "other"];
        let card = value!({ "type": "contact", "payload": { "vcf_info": text, "hash": text,
            "max_info": { "user_id": id } } });
        let message = value!({ "recipient": { "chat_id": id, "chat_type": text }, "timestamp": id,
            "sender": { "user_id": id }, "link": { "type": "reply", "message": [id] },
            "body": { "mid": text, "text": text, "attachments": [card, id, { "type": text }] } });
        let body = value!({ "update_type": kinds[kind], "timestamp": id, "chat_id": id,
            "message_id": text, "user": { "user_id": id, "first_name": text }, "message": message,
            "callback": { "callback_id": text, "payload": text, "user": { "user_id": id } } });
        let reception = scene::receive(provider(), &account(), &[HEADER], body.to_string());
        prop_assert!(reception != Reception::Forged);
    }

    #[test]
    fn no_upload_makes_it_panic(number in 0_u8..=255, note in ".{0,40}", status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..100)) {
        let content = Content::File(File::at(FileKind::Image, "x"));
        let step = Step::new(number).with(note);
        let _ = provider().resume(&account(), &part(&content), &step, &reply(status, &body));
    }
}
