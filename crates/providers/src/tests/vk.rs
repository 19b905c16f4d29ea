//! VK: documented requests, answers and events.

use super::scene::{self, call, done, finding, reply, submission, words};
use crate::find;
use proptest::prelude::*;
use serde_json::{Value, json as value};
use vestnik_model::{
    account::Account,
    content::{Button, ButtonAction, Content},
    file::{File, FileKind},
    messenger::Messenger,
    outcome::{Blame, Outcome, Reason},
    time::Timestamp,
};
use vestnik_provider::{
    Provider,
    chore::{Chore, Finding, Progress, Subscription},
    contract,
    incoming::{Extra, Incoming, Quote},
    port::{AccountState, Call, Next, Payload, Reception, Step, Submission, To, Word},
    wire::{Reply, decode_form},
};

const TOKEN: &str = "vk1.a.a-community-token";
const SECRET: &str = "callbackSecret17";
const URL: &str = "https://hub.example.ru/in/key";

fn provider() -> &'static dyn Provider {
    find("vk").unwrap()
}

fn account() -> Account {
    let settings = [
        ("group_id", "123"),
        ("token", TOKEN),
        ("confirmation", "0a1b2c3d"),
        ("webhook_secret", SECRET),
    ];
    scene::account("vk", Messenger::Vk, &settings)
}

fn part(content: &Content) -> Submission<'_> {
    Submission { to: To::Person("42"), key: 0x1234_5678_9abc_def0, ..submission(content) }
}

/// Method and fields of a call, without the version.
fn asked(call: &Call) -> (String, Vec<(String, String)>) {
    let method = call.request.url.strip_prefix("https://api.vk.ru/method/").unwrap();
    let bearer = format!("Bearer {TOKEN}");
    assert!(call.request.headers.iter().any(|(n, v)| n == "authorization" && *v == bearer));
    let mut fields = decode_form(&call.request.body);
    assert_eq!(fields.remove(0), ("v".to_owned(), "5.199".to_owned()));
    (method.to_owned(), fields)
}

fn field<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    fields.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str())
}

fn sent(part: &Submission<'_>) -> Vec<(String, String)> {
    let call = call(provider().submit(&account(), part));
    assert!(call.is_visible);
    let (method, fields) = asked(&call);
    assert_eq!(method, "messages.send");
    fields
}

fn outcome(status: u16, body: &Value) -> Outcome {
    let content = Content::Text("x".to_owned());
    let answer = reply(status, body.to_string());
    done(provider().resume(&account(), &part(&content), &Step::FIRST, &answer))
}

fn error(code: i64) -> Value {
    value!({ "error": { "error_code": code, "error_msg": "Something",
        "request_params": [{ "key": "method", "value": "messages.send" }] } })
}

fn event(kind: &str, object: &Value) -> Vec<Word> {
    let body = value!({ "type": kind, "event_id": "e1", "v": "5.199", "group_id": 123,
        "secret": SECRET, "object": object });
    words(scene::receive(provider(), &account(), &[], body.to_string()))
}

fn object(more: &Value) -> Value {
    let mut message = value!({ "id": 5221, "date": 1_767_225_600, "peer_id": 42, "from_id": 42,
        "out": 0, "conversation_message_id": 17, "text": "", "attachments": [],
        "fwd_messages": [], "random_id": 0 });
    for (name, value) in more.as_object().unwrap() {
        message[name] = value.clone();
    }
    message
}

fn message(more: &Value) -> Incoming {
    let words = event("message_new", &value!({ "message": object(more), "client_info": {} }));
    let told = format!("{words:?}");
    match words.into_iter().next_back() {
        Some(Word::Message(incoming)) => *incoming,
        Some(_) | None => panic!("a message is expected, not {told}"),
    }
}

#[test]
fn it_keeps_the_contract() {
    contract::exercise(provider(), &account(), None);
}

#[test]
fn texts_and_quotes_are_sent_with_their_key() {
    let text = Content::Text("Привет & *мир*".to_owned());
    let fields = sent(&part(&text));
    let expected = [("peer_ids", "42"), ("random_id", "1688026556"), ("message", "Привет & *мир*")];
    assert_eq!(fields, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    for key in [0, 1, u64::MAX] {
        let id = sent(&Submission { key, ..part(&text) });
        let id: i64 = field(&id, "random_id").parse().unwrap();
        assert!((1..=i64::from(i32::MAX)).contains(&id), "{id}");
    }
    let keys = (1..1_000).map(|key| sent(&Submission { key, ..part(&text) }));
    let ids: std::collections::BTreeSet<String> =
        keys.map(|fields| field(&fields, "random_id").to_owned()).collect();
    assert_eq!(ids.len(), 999);
    for (quote, forward) in [
        ("42:16", r#"{"conversation_message_ids":[16],"is_reply":1,"peer_id":42}"#),
        ("16", r#"{"conversation_message_ids":[16],"is_reply":1,"peer_id":42}"#),
        ("43:16", ""),
        ("42:id5221", ""),
        ("callback:e1", ""),
    ] {
        let fields = sent(&Submission { quote: Some(quote), ..part(&text) });
        assert_eq!(field(&fields, "forward"), forward, "{quote}");
    }
    let group = sent(&Submission { to: To::Group("2000000001"), ..part(&text) });
    assert_eq!(field(&group, "peer_ids"), "2000000001");
    let Outcome::Refused(failure) = done(provider().submit(&account(), &submission(&text))) else {
        panic!("a number can't be written to");
    };
    assert_eq!((failure.blame, failure.reason), (Blame::Recipient, Reason::NoAddress));
}

#[test]
fn buttons_carry_json() {
    let button = |title: &str, action| Button { title: title.to_owned(), action };
    let choice =
        |buttons: Vec<Button>| Content::Choice { text: "Придёте?".to_owned(), buttons };
    let reply = |data: &str| ButtonAction::Reply(data.to_owned());
    let two = choice(vec![
        button("Да", reply("y:17")),
        button("Сайт", ButtonAction::Open("https://example.ru/".to_owned())),
    ]);
    let keyboard: Value = serde_json::from_str(field(&sent(&part(&two)), "keyboard")).unwrap();
    assert_eq!(
        keyboard,
        value!({ "inline": true, "buttons": [
            [{ "action": { "type": "text", "label": "Да", "payload": "{\"p\":\"y:17\"}" } }],
            [{ "action": { "type": "open_link", "label": "Сайт", "link": "https://example.ru/" } }]] })
    );
    let ten = choice((0..10).map(|n| button(&"я".repeat(50), reply(&n.to_string()))).collect());
    let keyboard: Value = serde_json::from_str(field(&sent(&part(&ten)), "keyboard")).unwrap();
    let rows = keyboard["buttons"].as_array().unwrap();
    assert_eq!((rows.len(), rows[0].as_array().unwrap().len()), (5, 2));
    let label = rows[0][0]["action"]["label"].as_str().unwrap();
    assert_eq!(label.chars().count(), 40);
    for bad in [
        choice(vec![]),
        choice((0..11).map(|n| button("x", reply(&n.to_string()))).collect()),
        choice(vec![button("Номер", ButtonAction::ShareContact)]),
        choice(vec![button("x", reply(&"y".repeat(250)))]),
        choice(vec![button("x", reply(""))]),
    ] {
        let outcome = done(provider().submit(&account(), &part(&bad)));
        assert!(
            matches!(&outcome, Outcome::Refused(f) if f.blame == Blame::Content),
            "{outcome:?}"
        );
    }
}

#[test]
fn an_acceptance_names_peer_and_number() {
    let accepted = |body| match outcome(200, &body) {
        Outcome::Accepted { remote_id } => remote_id,
        Outcome::Deferred { .. } | Outcome::Refused(_) | Outcome::Unknown { .. } => String::new(),
    };
    let one = |more: &Value| {
        let mut item = value!({ "peer_id": 42, "message_id": 5221 });
        item["conversation_message_id"] = more.clone();
        value!({ "response": [item] })
    };
    assert_eq!(accepted(one(&value!(18))), "42:18");
    assert_eq!(accepted(one(&Value::Null)), "42:id5221");
    for strange in [value!({ "response": [] }), value!({ "response": 0 }), value!({})] {
        assert!(matches!(outcome(200, &strange), Outcome::Unknown { .. }), "{strange}");
    }
    let within = value!({ "response": [{ "peer_id": 42, "message_id": 0,
        "error": { "code": 901, "description": "Can't send messages for users without permission" } }] });
    let Outcome::Refused(failure) = outcome(200, &within) else { panic!("901") };
    assert_eq!((failure.blame, failure.reason), (Blame::Recipient, Reason::NoAddress));
    assert_eq!(failure.detail, "901: Can't send messages for users without permission");
}

#[test]
fn a_token_never_leaves_by_an_error() {
    let mut quoting = error(5);
    quoting["error"]["error_msg"] = value!(format!("{TOKEN} is wrong"));
    assert!(!format!("{:?}", outcome(200, &quoting)).contains(TOKEN));
}

/// Drives a file through its steps; the answers are given, the calls come back.
fn upload(kind: FileKind, name: &str, answers: &[Value]) -> (Vec<Call>, Next) {
    let file = File { name: name.to_owned(), caption: "Вот".to_owned(), ..File::at(kind, "x") };
    let content = Content::File(file);
    let payload = Payload { name, mime: "x/y", bytes: b"\x00bytes", url: "" };
    let part = Submission { file: Some(payload), ..part(&content) };
    let mut calls = Vec::new();
    let mut next = provider().submit(&account(), &part);
    for answer in answers {
        let made = call(next);
        assert!(!made.is_visible);
        let answer = reply(200, answer.to_string());
        next = provider().resume(&account(), &part, &made.step, &answer);
        calls.push(made);
    }
    (calls, next)
}

#[test]
fn a_picture_takes_four_calls() {
    let answers = [
        value!({ "response": { "upload_url": "https://pu.vk.com/c1/upload.php?x=1", "album_id": -64 } }),
        value!({ "server": 123, "photo": "[{\"a\":1}]", "hash": "h" }),
        value!({ "response": [{ "id": 457, "owner_id": -123, "access_key": "k", "sizes": [] }] }),
    ];
    let (calls, next) = upload(FileKind::Image, "Фото.png", &answers);
    let (method, fields) = asked(&calls[0]);
    assert_eq!(
        (method.as_str(), field(&fields, "peer_id")),
        ("photos.getMessagesUploadServer", "42")
    );
    assert_eq!(calls[1].request.url, "https://pu.vk.com/c1/upload.php?x=1");
    let text = String::from_utf8_lossy(&calls[1].request.body);
    assert!(
        text.contains("name=\"photo\"; filename=\"Фото.png\"\r\ncontent-type: x/y\r\n"),
        "{text}"
    );
    assert!(!calls[1].request.headers.iter().any(|(name, _)| name == "authorization"));
    let (method, fields) = asked(&calls[2]);
    let all = ["server", "photo", "hash"].map(|name| field(&fields, name));
    assert_eq!((method.as_str(), all), ("photos.saveMessagesPhoto", ["123", "[{\"a\":1}]", "h"]));
    let send = call(next);
    assert!(send.is_visible);
    let (_, fields) = asked(&send);
    assert_eq!(field(&fields, "attachment"), "photo-123_457_k");
    assert_eq!(field(&fields, "message"), "Вот");
    let rejected = [answers[0].clone(), value!({ "server": 123, "photo": "[]", "hash": "h" })];
    let (_, next) = upload(FileKind::Image, "a.png", &rejected);
    assert!(matches!(done(next), Outcome::Refused(f) if f.reason == Reason::FileRefused));
}

#[test]
fn documents_and_voice_notes_take_four_calls() {
    let saved = |kind: &str| {
        let mut response = value!({ "type": kind });
        response[kind] = value!({ "id": 9, "owner_id": -123, "access_key": "k" });
        value!({ "response": response })
    };
    for (kind, asked_for, saved_as) in [
        (FileKind::Document, "doc", "doc"),
        (FileKind::Video, "doc", "doc"),
        (FileKind::Audio, "doc", "doc"),
        (FileKind::Voice, "audio_message", "audio_message"),
    ] {
        let answers = [
            value!({ "response": { "upload_url": "https://lp.vk.com/u?1" } }),
            value!({ "file": "123|0|0|t" }),
            saved(saved_as),
        ];
        let (calls, next) = upload(kind, "Чек.pdf", &answers);
        let (method, fields) = asked(&calls[0]);
        assert_eq!(
            (method.as_str(), field(&fields, "type")),
            ("docs.getMessagesUploadServer", asked_for)
        );
        assert!(String::from_utf8_lossy(&calls[1].request.body).contains("name=\"file\""));
        let (method, fields) = asked(&calls[2]);
        assert_eq!((method.as_str(), field(&fields, "title")), ("docs.save", "Чек.pdf"));
        assert_eq!(field(&asked(&call(next)).1, "attachment"), "doc-123_9_k");
    }
}

#[test]
fn what_was_not_stored_is_uploaded_once_more() {
    let address = value!({ "response": { "upload_url": "https://lp.vk.com/u?1" } });
    let lost = value!({ "error": "x", "error_descr": "y" });
    let once = [address.clone(), lost.clone()];
    let (_, next) = upload(FileKind::Document, "a.pdf", &once);
    assert_eq!(asked(&call(next)).0, "docs.getMessagesUploadServer");
    let twice = [address.clone(), lost.clone(), address.clone(), lost];
    let (_, next) = upload(FileKind::Document, "a.pdf", &twice);
    assert!(matches!(done(next), Outcome::Refused(f) if f.reason == Reason::FileRefused));
    let file = value!({ "file": "t" });
    let unsaved = [address.clone(), file.clone(), error(105), address, file, error(105)];
    let (_, next) = upload(FileKind::Document, "a.pdf", &unsaved);
    assert!(matches!(done(next), Outcome::Refused(f) if f.reason == Reason::FileRefused));
    let (_, next) = upload(FileKind::Document, "a.pdf", &[error(10)]);
    assert!(matches!(done(next), Outcome::Deferred { .. }));
    let strange = value!({ "response": { "upload_url": "file:///etc/passwd" } });
    let (_, next) = upload(FileKind::Document, "a.pdf", &[strange]);
    assert!(matches!(done(next), Outcome::Deferred { .. }));
}

#[test]
fn what_customers_write_is_understood() {
    let got = message(&value!({ "text": "Привет" }));
    assert_eq!((got.remote_id.as_str(), got.chat.id.as_str()), ("42:17", "42"));
    assert_eq!((got.text.as_str(), got.chat.is_group, got.is_own), ("Привет", false, false));
    assert_eq!((got.author.id.as_str(), got.author.phone), ("42", None));
    assert_eq!(got.at, Some(Timestamp(1_767_225_600_000)));
    let quoting =
        message(&value!({ "text": "Да", "reply_message": { "conversation_message_id": 16,
        "from_id": -123, "peer_id": 42, "text": "Придёте?" } }));
    let quote = Quote { remote_id: "42:16".to_owned(), text: Some("Придёте?".to_owned()) };
    assert_eq!(quoting.quote, Some(quote));
    let group = message(&value!({ "peer_id": 2_000_000_001, "id": 0, "text": "Все?" }));
    assert!(group.chat.is_group && group.remote_id == "2000000001:17", "{group:?}");
    let pressed = message(&value!({ "text": "Да", "payload": "{\"p\":\"y:17\"}" }));
    assert_eq!(pressed.extra, Some(Extra::Pressed { payload: "y:17".to_owned() }));
    let foreign = message(&value!({ "text": "Да", "payload": "{\"c\":1}" }));
    assert_eq!(foreign.extra, Some(Extra::Pressed { payload: "{\"c\":1}".to_owned() }));
    let place = message(&value!({ "geo": { "type": "point",
        "coordinates": { "latitude": 55.75, "longitude": 37.61 }, "place": { "title": "Кремль" } } }));
    assert!(matches!(place.extra, Some(Extra::Location { name: Some(n), .. }) if n == "Кремль"));
    for (more, name) in [
        (
            value!({ "action": { "type": "chat_invite_user", "member_id": -123 } }),
            "chat_invite_user",
        ),
        (value!({ "attachments": [{ "type": "video", "video": { "id": 1 } }] }), "video"),
        (value!({ "fwd_messages": [{}] }), "fwd_messages"),
        (value!({ "text": "Длинно…", "is_cropped": true }), "is_cropped"),
        (value!({}), "empty"),
    ] {
        assert_eq!(message(&more).extra, Some(Extra::Other(name.to_owned())), "{more}");
    }
}

#[test]
fn who_does_not_know_the_secret_is_a_forger() {
    let receive = |account: &Account, body: &Value| {
        scene::receive(provider(), account, &[], body.to_string())
    };
    let confirmation = value!({ "type": "confirmation", "group_id": 123, "secret": SECRET });
    let body = "0a1b2c3d".to_owned();
    assert_eq!(receive(&account(), &confirmation), Reception::Handshake { status: 200, body });
    let mut other = confirmation.clone();
    other["group_id"] = value!(124);
    assert!(matches!(receive(&account(), &other), Reception::Unreadable { .. }));
    for secret in [Value::Null, value!("callbackSecret1"), value!(17)] {
        let mut forged = confirmation.clone();
        forged["secret"] = secret;
        assert_eq!(receive(&account(), &forged), Reception::Forged);
    }
    let unset = scene::account("vk", Messenger::Vk, &[("group_id", "123")]);
    let mut empty = confirmation;
    empty["secret"] = value!("");
    assert_eq!(receive(&unset, &empty), Reception::Forged);
    assert_eq!(scene::receive(provider(), &account(), &[], b"\xff{"), Reception::Forged);
}

#[test]
fn the_community_is_checked_and_subscribed() {
    let found = |chore: &Chore<'_>, body: &Value| {
        finding(provider(), &account(), chore, &reply(200, body.to_string()))
    };
    let groups = |id: u32| value!({ "response": { "groups": [{ "id": id }], "profiles": [] } });
    assert_eq!(found(&Chore::Check, &groups(123)), Finding::State(AccountState::Ready));
    for (body, is_broken) in
        [(groups(124), true), (error(5), true), (error(6), false), (error(10), false)]
    {
        let state = found(&Chore::Check, &body);
        let Finding::State(state) = state else { panic!("{state:?}") };
        assert_eq!(matches!(state, AccountState::Broken { .. }), is_broken, "{body}");
        assert_ne!(state, AccountState::Ready);
    }
    let servers = |status: &str| {
        value!({ "response": { "count": 1, "items": [
        { "id": 3, "title": "Vestnik", "url": URL, "status": status }] } })
    };
    let urls = vec![URL.to_owned()];
    assert_eq!(
        found(&Chore::Subscription, &servers("ok")),
        Finding::Subscription(Subscription::To(urls.clone()))
    );
    let missing = "Vestnik: failed".to_owned();
    assert_eq!(
        found(&Chore::Subscription, &servers("failed")),
        Finding::Subscription(Subscription::Partial { urls, missing })
    );
    let none = value!({ "response": { "count": 0, "items": [] } });
    assert_eq!(found(&Chore::Subscription, &none), Finding::Subscription(Subscription::None));
    let chore = Chore::Subscribe { url: URL };
    let code = |code: &str| value!({ "response": { "code": code } });
    let wrong = found(&chore, &code("ffff"));
    assert!(matches!(&wrong, Finding::Failed(f) if f.detail.contains("ffff")), "{wrong:?}");
    for (known, method, answer, id) in [
        (none, "groups.addCallbackServer", value!({ "response": { "server_id": 9 } }), "9"),
        (servers("failed"), "groups.editCallbackServer", value!({ "response": 1 }), "3"),
    ] {
        let mut progress = provider().begin(&account(), &chore);
        let mut methods = Vec::new();
        for answer in [code("0a1b2c3d"), known, answer, value!({ "response": 1 })] {
            let Progress::Call { step, request } = progress else { panic!("a call") };
            methods.push((
                request.url.rsplit('/').next().unwrap().to_owned(),
                decode_form(&request.body),
            ));
            progress =
                provider().proceed(&account(), &chore, &step, &reply(200, answer.to_string()));
        }
        assert_eq!(progress, Progress::Done(Finding::Done));
        assert_eq!(methods[2].0, method);
        assert_eq!(field(&methods[2].1, "secret_key"), SECRET);
        assert_eq!(methods[3].0, "groups.setCallbackSettings");
        assert_eq!(
            (field(&methods[3].1, "server_id"), field(&methods[3].1, "message_read")),
            (id, "1")
        );
    }
}

#[test]
fn files_are_fetched_and_chats_marked_as_read() {
    let chore = Chore::Fetch { locator: "https://vk.com/doc1_2" };
    let Progress::Call { step, .. } = provider().begin(&account(), &chore) else { panic!() };
    let headers = vec![("location".into(), "https://psv4.userapi.com/d".to_owned())];
    let moved = Reply { headers, ..reply(302, "") };
    let Progress::Call { step, request } = provider().proceed(&account(), &chore, &step, &moved)
    else {
        panic!("one more address");
    };
    assert_eq!(request.url, "https://psv4.userapi.com/d");
    assert!(request.headers.is_empty());
    let found = provider().proceed(&account(), &chore, &step, &reply(200, b"bytes"));
    assert!(matches!(found, Progress::Done(Finding::File { bytes, .. }) if bytes == b"bytes"));
    let end = provider().proceed(&account(), &chore, &Step::new(3), &moved);
    assert!(matches!(end, Progress::Done(Finding::Failed(_))));
    let gone = finding(provider(), &account(), &chore, &reply(404, ""));
    assert!(matches!(gone, Finding::Failed(f) if f.reason == Reason::FileUnavailable));
    let chore = Chore::MarkRead { chat: "42", remote_id: "42:17" };
    let Progress::Call { request, .. } = provider().begin(&account(), &chore) else { panic!() };
    let fields = decode_form(&request.body);
    assert_eq!((field(&fields, "peer_id"), field(&fields, "up_to_cmid")), ("42", "17"));
    assert_eq!(
        finding(provider(), &account(), &chore, &reply(200, r#"{"response":1}"#)),
        Finding::Done
    );
}

#[test]
fn a_link_opens_the_chat() {
    let link = |payload| provider().deep_link(&account(), payload);
    assert_eq!(link("inv-17").as_deref(), Some("https://vk.me/club123?ref=inv-17"));
    assert_eq!(link("").as_deref(), Some("https://vk.me/club123"));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..200)) {
        scene::survive(provider(), &account(), status, &body);
    }

    #[test]
    fn no_event_makes_it_panic(kind in 0_usize..9, id in any::<i64>(), text in ".{0,40}") {
        let kinds = ["message_new", "message_reply", "message_edit", "message_allow", "message_deny",
            "message_read", "message_event", "message_reaction_event", "other"];
        let one = value!({ "id": id, "peer_id": id, "from_id": id, "conversation_message_id": id,
            "date": id, "text": text, "user_id": id, "key": text, "payload": text, "cmid": id,
            "reaction_id": id, "event_id": text, "admin_author_id": id, "ref": text,
            "attachments": [{ "type": text, text.clone(): id }, { "type": "photo",
                "photo": { "sizes": [{ "width": id, "height": id, "url": text }] } }, id] });
        let body = value!({ "type": kinds[kind], "group_id": 123, "secret": SECRET, "object": one });
        let reception = scene::receive(provider(), &account(), &[], body.to_string());
        prop_assert!(reception != Reception::Forged);
    }

    #[test]
    fn no_upload_makes_it_panic(number in 0_u8..=255, status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..100)) {
        let content = Content::File(File::at(FileKind::Image, "x"));
        let step = Step::new(number);
        let _ = provider().resume(&account(), &part(&content), &step, &reply(status, &body));
    }
}
