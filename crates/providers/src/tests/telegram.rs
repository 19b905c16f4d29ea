//! Telegram Bot API: documented requests, answers and updates.

use super::scene::{self, call, done, finding, json, reply, submission};
use crate::find;
use proptest::prelude::*;
use serde_json::{Value, json as value};
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
    descriptor::FileBy,
    port::{AccountState, Next, Payload, Reception, Step, Submission, To},
};

const TOKEN: &str = "123456789:AAF-abcdefghijklmnopqrstuvwxyz01234";
const SECRET: &str = "s3cret_Token-1";
const HEADER: (&str, &str) = ("x-telegram-bot-api-secret-token", SECRET);

fn provider() -> &'static dyn Provider {
    find("telegram").unwrap()
}

fn account() -> Account {
    let settings = [("token", TOKEN), ("username", "@my_shop_bot"), ("webhook_secret", SECRET)];
    scene::account("telegram", Messenger::Telegram, &settings)
}

fn part(content: &Content) -> Submission<'_> {
    Submission { to: To::Person("5001002003"), ..submission(content) }
}

/// Method and body of a send.
fn sent(part: &Submission<'_>) -> (String, Value) {
    let call = call(provider().submit(&account(), part));
    assert!(call.is_visible);
    let method = call.request.url.strip_prefix("https://api.telegram.org/bot");
    let method = method.and_then(|rest| rest.strip_prefix(TOKEN)?.strip_prefix('/'));
    (method.unwrap().to_owned(), json(&call.request.body))
}

fn outcome(status: u16, body: &Value) -> Outcome {
    let content = Content::Text("x".to_owned());
    let answer = reply(status, body.to_string());
    done(provider().resume(&account(), &part(&content), &Step::FIRST, &answer))
}

fn error(code: u16, description: &str) -> Value {
    value!({ "ok": false, "error_code": code, "description": description })
}

#[test]
fn it_keeps_the_contract() {
    contract::exercise(provider(), &account(), Some((HEADER.0, "s3cret_Token-2")));
    let unset = scene::account("telegram", Messenger::Telegram, &[("token", TOKEN)]);
    contract::exercise(provider(), &unset, Some((HEADER.0, "")));
}

#[test]
fn texts_and_quotes_are_sent() {
    let text = Content::Text("Привет, *мир* <b>".to_owned());
    let expected = value!({ "chat_id": "5001002003", "text": "Привет, *мир* <b>" });
    assert_eq!(sent(&part(&text)), ("sendMessage".to_owned(), expected));
    for (quote, expected) in [
        ("5001002003:17", value!({ "message_id": 17, "allow_sending_without_reply": true })),
        ("17", value!({ "message_id": 17, "allow_sending_without_reply": true })),
        ("42:17", Value::Null),
        ("callback:44", Value::Null),
        ("strange", Value::Null),
    ] {
        let (_, body) = sent(&Submission { quote: Some(quote), ..part(&text) });
        assert_eq!(body["reply_parameters"], expected, "{quote}");
    }
    let group = Submission { to: To::Group("-1001234567890"), ..part(&text) };
    assert_eq!(sent(&group).1["chat_id"], "-1001234567890");
    let Outcome::Refused(failure) = done(provider().submit(&account(), &submission(&text))) else {
        panic!("a number can't be written to");
    };
    assert_eq!((failure.blame, failure.reason), (Blame::Recipient, Reason::NoAddress));
}

#[test]
fn files_go_by_address_or_by_bytes() {
    for (kind, method, field) in [
        (FileKind::Image, "sendPhoto", "photo"),
        (FileKind::Document, "sendDocument", "document"),
        (FileKind::Audio, "sendAudio", "audio"),
        (FileKind::Voice, "sendVoice", "voice"),
        (FileKind::Video, "sendVideo", "video"),
    ] {
        let url = "https://example.ru/a.pdf";
        let content = Content::File(File { caption: "Чек".to_owned(), ..File::at(kind, url) });
        let expected = value!({ "chat_id": "5001002003", "caption": "Чек", field: url });
        assert_eq!(sent(&part(&content)), (method.to_owned(), expected));
        let payload =
            Payload { name: "Чек.pdf", mime: "application/pdf", bytes: b"%PDF\r\n", url: "" };
        let quote = Some("5001002003:17");
        let part = Submission { file: Some(payload), quote, ..part(&content) };
        let request = call(provider().submit(&account(), &part)).request;
        assert!(request.url.ends_with(&format!("/{method}")));
        let text = String::from_utf8_lossy(&request.body);
        for piece in [
            "name=\"chat_id\"\r\n\r\n5001002003\r\n",
            "name=\"caption\"\r\n\r\nЧек\r\n",
            "name=\"reply_parameters\"\r\n\r\n{\"allow_sending_without_reply\":true,\"message_id\":17}",
            &format!(
                "name=\"{field}\"; filename=\"Чек.pdf\"\r\ncontent-type: application/pdf\r\n\r\n%PDF\r\n"
            ),
        ] {
            assert!(text.contains(piece), "{piece} in {text}");
        }
    }
}

#[test]
fn an_address_is_given_only_where_it_is_fetched_from() {
    let channel = provider().descriptor().channel(Messenger::Telegram).unwrap();
    for (kind, url, by) in [
        (FileKind::Image, "https://example.ru/a.png", FileBy::Either),
        (FileKind::Video, "https://example.ru/a.mp4", FileBy::Either),
        (FileKind::Document, "https://example.ru/a.PDF?x=1", FileBy::Either),
        (FileKind::Document, "https://example.ru/a.docx", FileBy::Bytes),
        (FileKind::Document, "https://example.ru/pdf", FileBy::Bytes),
        (FileKind::Voice, "https://example.ru/a.ogg", FileBy::Bytes),
    ] {
        assert_eq!(provider().file_by(&account(), channel, &File::at(kind, url)), by, "{url}");
    }
}

#[test]
fn buttons_stand_below_or_ask_for_the_contact() {
    let button = |title: &str, action| Button { title: title.to_owned(), action };
    let reply = |data: &str| ButtonAction::Reply(data.to_owned());
    let open = || ButtonAction::Open("https://example.ru/".to_owned());
    let choice =
        |buttons: Vec<Button>| Content::Choice { text: "Придёте?".to_owned(), buttons };
    let (_, body) = sent(&part(&choice(vec![button("Да", reply("y:17")), button("Сайт", open())])));
    assert_eq!(
        body["reply_markup"],
        value!({ "inline_keyboard": [[{ "text": "Да", "callback_data": "y:17" }],
            [{ "text": "Сайт", "url": "https://example.ru/" }]] })
    );
    let share = choice(vec![button("Мой номер", ButtonAction::ShareContact)]);
    assert_eq!(
        sent(&part(&share)).1["reply_markup"],
        value!({ "keyboard": [[{ "text": "Мой номер", "request_contact": true }]],
            "resize_keyboard": true, "one_time_keyboard": true })
    );
    let in_group = Submission { to: To::Group("-100"), ..part(&share) };
    assert!(matches!(done(provider().submit(&account(), &in_group)), Outcome::Refused(_)));
    for bad in [
        choice(vec![]),
        choice(vec![button("Да", reply(&"я".repeat(33)))]),
        choice(vec![button("Да", reply(""))]),
        choice(vec![button(" ", reply("1"))]),
        choice(vec![button("Да", reply("1")), button("Номер", ButtonAction::ShareContact)]),
        choice((0..51).map(|n| button("x", reply(&n.to_string()))).collect()),
    ] {
        let outcome = done(provider().submit(&account(), &part(&bad)));
        let Outcome::Refused(failure) = outcome else { panic!("{outcome:?}") };
        assert_eq!((failure.blame, failure.reason), (Blame::Content, Reason::Malformed));
    }
}

#[test]
fn a_pause_is_bounded_whatever_is_told() {
    let mut body = error(429, "Too Many Requests: retry after 9223372036854775807");
    body["parameters"] = value!({ "retry_after": i64::MAX });
    let told = outcome(429, &body);
    let Outcome::Deferred { retry_after, .. } = told else { panic!("{told:?}") };
    assert_eq!(retry_after, Some(Millis::seconds(86_400)));
}

#[test]
fn a_group_that_moved_is_followed_once() {
    let content = Content::Text("x".to_owned());
    let part = Submission { to: To::Group("-4001"), quote: Some("-4001:3"), ..part(&content) };
    let mut body = error(400, "Bad Request: group chat was upgraded to a supergroup chat");
    body["parameters"] = value!({ "migrate_to_chat_id": -1_001_234_567_890_i64 });
    let answer = reply(400, body.to_string());
    let again = call(provider().resume(&account(), &part, &Step::FIRST, &answer));
    assert!(again.is_visible);
    assert_eq!(json(&again.request.body)["chat_id"], "-1001234567890");
    let end = provider().resume(&account(), &part, &again.step, &answer);
    let Next::Done(Outcome::Refused(failure)) = end else { panic!("{end:?}") };
    assert_eq!((failure.blame, failure.reason), (Blame::Sender, Reason::Barred));
}

#[test]
fn a_token_never_leaves_by_an_error() {
    let told = outcome(400, &error(400, &format!("Bad Request: {TOKEN} is wrong")));
    assert!(!format!("{told:?}").contains(TOKEN), "{told:?}");
}

#[test]
fn who_does_not_know_the_secret_is_a_forger() {
    let body = r#"{"update_id":1,"message":{}}"#;
    let receive = |account: &Account, headers: &[(&str, &str)]| {
        scene::receive(provider(), account, headers, body)
    };
    assert_eq!(receive(&account(), &[]), Reception::Forged);
    assert_eq!(receive(&account(), &[(HEADER.0, "s3cret_Token-")]), Reception::Forged);
    let unset = scene::account("telegram", Messenger::Telegram, &[("token", TOKEN)]);
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
    let me = value!({ "ok": true, "result": { "id": 123_456_789, "is_bot": true } });
    assert_eq!(found(&Chore::Check, 200, &me), Finding::State(AccountState::Ready));
    let state = found(&Chore::Check, 401, &error(401, "Unauthorized"));
    assert!(matches!(state, Finding::State(AccountState::Broken { .. })), "{state:?}");
    let state = found(&Chore::Check, 502, &Value::Null);
    assert!(matches!(state, Finding::State(AccountState::Waiting { .. })), "{state:?}");
    let url = "https://hub.example.ru/in/key";
    let info = |more: Value| {
        let mut result = value!({ "url": url, "pending_update_count": 0 });
        for (name, value) in more.as_object().unwrap() {
            result[name] = value.clone();
        }
        found(&Chore::Subscription, 200, &value!({ "ok": true, "result": result }))
    };
    let none = Finding::Subscription(Subscription::None);
    assert_eq!(info(value!({ "url": "" })), none);
    let (urls, missing) = (vec![url.to_owned()], "message_reaction".to_owned());
    let partial = Finding::Subscription(Subscription::Partial { urls: urls.clone(), missing });
    assert_eq!(info(value!({})), partial);
    let all = value!([
        "message",
        "edited_message",
        "callback_query",
        "my_chat_member",
        "message_reaction",
        "poll"
    ]);
    assert_eq!(
        info(value!({ "allowed_updates": all })),
        Finding::Subscription(Subscription::To(urls))
    );
    let Progress::Call { request, .. } = provider().begin(&account(), &Chore::Subscribe { url })
    else {
        panic!("a call");
    };
    let expected = value!({ "url": url, "secret_token": SECRET, "allowed_updates":
        ["message", "edited_message", "callback_query", "my_chat_member", "message_reaction"] });
    assert_eq!(json(&request.body), expected);
    let unset = scene::account("telegram", Messenger::Telegram, &[("token", TOKEN)]);
    let refused = provider().begin(&unset, &Chore::Subscribe { url });
    assert!(matches!(refused, Progress::Done(Finding::Failed(_))), "{refused:?}");
}

#[test]
fn a_file_is_fetched_in_two_steps() {
    let chore = Chore::Fetch { locator: "AgACAgIAAxkBAAI_x-1" };
    let Progress::Call { step, request } = provider().begin(&account(), &chore) else { panic!() };
    assert_eq!(json(&request.body), value!({ "file_id": "AgACAgIAAxkBAAI_x-1" }));
    let answer = |path: &str| {
        let body = value!({ "ok": true, "result": { "file_id": "x", "file_path": path } });
        provider().proceed(&account(), &chore, &step, &reply(200, body.to_string()))
    };
    let Progress::Call { step: second, request } = answer("photos/file 1.jpg") else { panic!() };
    let expected = format!("https://api.telegram.org/file/bot{TOKEN}/photos/file%201.jpg");
    assert_eq!(request.url, expected);
    let bytes = b"\xff\xd8".to_vec();
    let found = provider().proceed(&account(), &chore, &second, &reply(200, &bytes));
    assert_eq!(found, Progress::Done(Finding::File { bytes, name: None, mime: None }));
    for path in ["", "/var/lib/bot/1", "photos/../../x"] {
        assert!(matches!(answer(path), Progress::Done(Finding::Failed(_))), "{path}");
    }
    let large = reply(400, error(400, "Bad Request: file is too big").to_string());
    let found = finding(provider(), &account(), &chore, &large);
    assert!(matches!(found, Finding::Failed(f) if f.reason == Reason::FileRefused));
    let strange = provider().begin(&account(), &Chore::Fetch { locator: "https://e.ru/x" });
    assert!(matches!(strange, Progress::Done(Finding::Failed(_))));
}

#[test]
fn a_link_opens_the_chat() {
    let link = |payload| provider().deep_link(&account(), payload);
    assert_eq!(link("abc-1_2").as_deref(), Some("https://t.me/my_shop_bot?start=abc-1_2"));
    assert_eq!(link("").as_deref(), Some("https://t.me/my_shop_bot"));
    let nameless = scene::account("telegram", Messenger::Telegram, &[("token", TOKEN)]);
    assert_eq!(provider().deep_link(&nameless, "x"), None);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..200)) {
        scene::survive(provider(), &account(), status, &body);
        let _ = scene::receive(provider(), &account(), &[HEADER], &body);
    }

    #[test]
    fn no_update_makes_it_panic(kind in 0_usize..6, id in any::<i64>(), text in ".{0,40}") {
        let kinds = ["message", "edited_message", "callback_query", "my_chat_member",
            "message_reaction", "other"];
        let chat = value!({ "id": id, "type": text });
        let one = value!({ "message_id": id, "chat": chat, "date": id, "text": text,
            "from": { "id": id, "first_name": text }, "photo": [text, id], "contact": [id],
            "reply_to_message": { "chat": chat, "message_id": id, "text": id }, "data": text,
            "id": id, "new_reaction": [id], "new_chat_member": { "status": text } });
        let body = value!({ "update_id": id, kinds[kind]: one }).to_string();
        let reception = scene::receive(provider(), &account(), &[HEADER], body);
        prop_assert!(reception != Reception::Forged);
    }
}
