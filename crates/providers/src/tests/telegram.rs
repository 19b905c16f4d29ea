//! Telegram Bot API: documented requests, answers and updates.

use super::scene::{self, call, done, finding, json, reply, submission, words};
use crate::find;
use proptest::prelude::*;
use serde_json::{Value, json as value};
use vestnik_model::{
    account::Account,
    content::{Button, ButtonAction, Content},
    file::{File, FileKind},
    messenger::Messenger,
    outcome::{Blame, Outcome, Reason},
    time::{Millis, Timestamp},
};
use vestnik_provider::{
    Provider,
    chore::{Chore, Finding, Progress, Subscription},
    contract,
    descriptor::FileBy,
    incoming::{Extra, Incoming, Quote},
    port::{AccountState, Next, Payload, Reception, Step, Submission, To, Word},
    wire::Reply,
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

fn update(kind: &str, content: &Value) -> Vec<Word> {
    let body = value!({ "update_id": 10_000, kind: content });
    words(scene::receive(provider(), &account(), &[HEADER], body.to_string()))
}

/// What a message in the private chat of Anna says.
fn word(more: &Value) -> Word {
    let mut message = value!({
        "message_id": 17, "date": 1_767_225_600,
        "from": { "id": 5_001_002_003_i64, "is_bot": false, "first_name": "Anna",
            "last_name": "Ivanova", "username": "anna", "language_code": "ru" },
        "chat": { "id": 5_001_002_003_i64, "type": "private", "first_name": "Anna" },
    });
    for (name, value) in more.as_object().unwrap() {
        message[name] = value.clone();
    }
    update("message", &message).remove(0)
}

fn message(more: &Value) -> Incoming {
    let word = word(more);
    let told = format!("{word:?}");
    let Word::Message(incoming) = word else { panic!("a message is expected, not {told}") };
    *incoming
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
fn an_acceptance_names_chat_and_message() {
    let body = value!({ "ok": true, "result": { "message_id": 55, "date": 1,
        "chat": { "id": -1_001_234_567_890_i64, "type": "supergroup" }, "text": "x" } });
    let remote_id = "-1001234567890:55".to_owned();
    assert_eq!(outcome(200, &body), Outcome::Accepted { remote_id });
    assert!(matches!(outcome(200, &value!({ "ok": true })), Outcome::Unknown { .. }));
    assert!(matches!(outcome(200, &Value::Null), Outcome::Unknown { .. }));
}

#[test]
fn refusals_have_their_reasons() {
    for (code, description, blame, reason) in [
        (400, "Bad Request: chat not found", Blame::Recipient, Reason::NoAddress),
        (400, "Bad Request: message is too long", Blame::Content, Reason::Malformed),
        (400, "Bad Request: can't parse entities: x", Blame::Content, Reason::Malformed),
        (400, "Bad Request: BUTTON_DATA_INVALID", Blame::Content, Reason::Malformed),
        (
            400,
            "Bad Request: failed to get HTTP URL content",
            Blame::Content,
            Reason::FileUnavailable,
        ),
        (400, "Bad Request: Wrong HTTP URL specified", Blame::Content, Reason::FileUnavailable),
        (
            400,
            "Bad Request: wrong type of the web page content",
            Blame::Content,
            Reason::FileRefused,
        ),
        (400, "Bad Request: PHOTO_INVALID_DIMENSIONS", Blame::Content, Reason::FileRefused),
        (400, "Bad Request: IMAGE_PROCESS_FAILED", Blame::Content, Reason::FileRefused),
        (
            400,
            "Bad Request: not enough rights to send text messages to the chat",
            Blame::Sender,
            Reason::Barred,
        ),
        (400, "Bad Request: CHAT_WRITE_FORBIDDEN", Blame::Sender, Reason::Barred),
        (400, "Bad Request: TOPIC_CLOSED", Blame::Sender, Reason::Barred),
        (401, "Unauthorized", Blame::Account, Reason::Unauthorized),
        (403, "Forbidden: bot was blocked by the user", Blame::Recipient, Reason::Barred),
        (403, "Forbidden: user is deactivated", Blame::Recipient, Reason::NoAccount),
        (
            403,
            "Forbidden: bot can't initiate conversation with a user",
            Blame::Recipient,
            Reason::NoAddress,
        ),
        (403, "Forbidden: bot was kicked from the supergroup chat", Blame::Sender, Reason::Barred),
        (403, "Forbidden: bot is not a member of the channel chat", Blame::Sender, Reason::Barred),
        (403, "Forbidden: something new", Blame::Recipient, Reason::Barred),
        (404, "Not Found", Blame::Account, Reason::Unauthorized),
        (413, "Request Entity Too Large", Blame::Content, Reason::FileRefused),
    ] {
        let Outcome::Refused(failure) = outcome(code, &error(code, description)) else {
            panic!("{description}");
        };
        assert_eq!((failure.blame, failure.reason), (blame, reason), "{description}");
        assert_eq!(failure.detail, format!("{code}: {description}"));
    }
    for (status, body) in [(500, error(500, "Internal Server Error: restart")), (502, Value::Null)]
    {
        assert!(matches!(outcome(status, &body), Outcome::Unknown { .. }));
    }
}

#[test]
fn a_flood_holds_up_the_whole_bot_for_as_long_as_is_told() {
    let mut body = error(429, "Too Many Requests: retry after 30");
    body["parameters"] = value!({ "retry_after": 30 });
    let pause = |outcome: Outcome| {
        let told = format!("{outcome:?}");
        let Outcome::Deferred { retry_after, whole_account: true, .. } = outcome else {
            panic!("{told}");
        };
        retry_after.unwrap()
    };
    assert_eq!(pause(outcome(429, &body)), Millis::seconds(30));
    let headers = vec![("retry-after".to_owned(), "7".to_owned())];
    let answer = Reply { headers, ..reply(429, "<html>") };
    let content = Content::Text("x".to_owned());
    let next = provider().resume(&account(), &part(&content), &Step::FIRST, &answer);
    assert_eq!(pause(done(next)), Millis::seconds(7));
    assert_eq!(pause(outcome(429, &Value::Null)), Millis::seconds(3));
    body["parameters"] = value!({ "retry_after": i64::MAX });
    assert_eq!(pause(outcome(429, &body)), Millis::seconds(86_400));
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
fn what_customers_write_is_understood() {
    let got = message(&value!({ "text": "Привет" }));
    assert_eq!((got.remote_id.as_str(), got.chat.id.as_str()), ("5001002003:17", "5001002003"));
    assert_eq!((got.text.as_str(), got.chat.is_group, got.is_own), ("Привет", false, false));
    assert_eq!(got.author.name.as_deref(), Some("Anna Ivanova"));
    assert_eq!((got.author.username.as_deref(), got.author.phone), (Some("anna"), None));
    assert_eq!(got.at, Some(Timestamp(1_767_225_600_000)));
    let quoting = message(&value!({ "text": "Да", "reply_to_message": { "message_id": 16,
        "chat": { "id": 5_001_002_003_i64, "type": "private" }, "text": "Придёте?" } }));
    let quote =
        Quote { remote_id: "5001002003:16".to_owned(), text: Some("Придёте?".to_owned()) };
    assert_eq!(quoting.quote, Some(quote));
    let in_topic = message(&value!({ "text": "Да", "reply_to_message": { "message_id": 2,
        "chat": { "id": -100 }, "forum_topic_created": { "name": "x" } } }));
    assert_eq!(in_topic.quote, None);
    let place = message(&value!({ "location": { "latitude": 55.75, "longitude": 37.61 },
        "venue": { "location": { "latitude": 55.75, "longitude": 37.61 }, "title": "Кремль",
            "address": "x" } }));
    let (latitude, longitude) = ("55.75".to_owned(), "37.61".to_owned());
    let name = Some("Кремль".to_owned());
    assert_eq!(place.extra, Some(Extra::Location { latitude, longitude, name }));
    let form = message(&value!({ "web_app_data": { "data": "{}", "button_text": "Форма" } }));
    assert_eq!(form.extra, Some(Extra::Pressed { payload: "{}".to_owned() }));
    let poll = message(&value!({ "poll": { "question": "x" } }));
    assert_eq!(poll.extra, Some(Extra::Other("poll".to_owned())));
    let new = message(&value!({ "something_new": {} }));
    assert_eq!(new.extra, Some(Extra::Other("something_new".to_owned())));
}

#[test]
fn files_are_kept_by_their_ids() {
    let file = |id: &str| {
        value!({ "file_id": id, "file_unique_id": "u", "file_size": 100,
        "file_name": "a.bin", "mime_type": "x/y" })
    };
    for (kind, more) in [
        (FileKind::Document, value!({ "document": file("LAST") })),
        (FileKind::Video, value!({ "animation": file("LAST"), "document": file("OTHER") })),
        (FileKind::Audio, value!({ "audio": file("LAST") })),
        (FileKind::Voice, value!({ "voice": file("LAST") })),
        (FileKind::Video, value!({ "video": file("LAST") })),
        (FileKind::Video, value!({ "video_note": file("LAST") })),
        (FileKind::Sticker, value!({ "sticker": file("LAST") })),
        (FileKind::Image, value!({ "photo": [file("SMALL"), file("LAST")] })),
    ] {
        let mut more = more;
        more["caption"] = value!("Вот");
        let got = message(&more);
        assert_eq!((got.text.as_str(), got.files.len(), &got.extra), ("Вот", 1, &None));
        let file = &got.files[0];
        assert_eq!((file.kind, file.locator.as_str(), file.size), (kind, "LAST", Some(100)));
    }
}

#[test]
fn a_contact_is_ones_own_only_if_telegram_says_so() {
    let contact = |user: Option<i64>| {
        let mut card = value!({ "phone_number": "79001234567", "first_name": "Anna" });
        if let Some(user) = user {
            card["user_id"] = value!(user);
        }
        message(&value!({ "contact": card })).extra.unwrap()
    };
    for (user, own) in [(Some(5_001_002_003), true), (Some(42), false), (None, false)] {
        let (name, phone) = ("Anna".to_owned(), "79001234567".to_owned());
        assert_eq!(contact(user), Extra::Contact { name, phone, is_own: own });
    }
}

#[test]
fn starts_stops_presses_edits_and_reactions() {
    let Word::Started { chat, person, payload, .. } = word(&value!({ "text": "/start abc-1_2" }))
    else {
        panic!("a start");
    };
    assert_eq!((chat.as_str(), person.id.as_str()), ("5001002003", "5001002003"));
    assert_eq!(payload.as_deref(), Some("abc-1_2"));
    assert!(matches!(word(&value!({ "text": "/start" })), Word::Started { payload: None, .. }));
    assert!(matches!(word(&value!({ "text": "/started" })), Word::Message(_)));
    let chat = value!({ "id": 5_001_002_003_i64, "type": "private" });
    let from = value!({ "id": 5_001_002_003_i64, "first_name": "Anna" });
    let member = |chat: &Value, status: &str| {
        let content = value!({ "chat": chat, "from": from, "date": 1_767_225_600,
            "old_chat_member": { "status": "member" }, "new_chat_member": { "status": status } });
        update("my_chat_member", &content).remove(0)
    };
    assert!(matches!(member(&chat, "kicked"), Word::Stopped { chat, .. } if chat == "5001002003"));
    assert!(matches!(member(&chat, "member"), Word::Started { payload: None, .. }));
    let group = value!({ "id": -100_500, "type": "group", "title": "Team" });
    assert_eq!(member(&group, "kicked"), Word::Nothing);
    let below = value!({ "message_id": 9, "chat": chat, "date": 1, "text": "Придёте?",
        "reply_markup": { "inline_keyboard": [[{ "text": "Да", "callback_data": "y" }]] } });
    let query = value!({ "id": "4382", "from": from, "message": below, "chat_instance": "1",
        "data": "y" });
    let Word::Message(pressed) = update("callback_query", &query).remove(0) else { panic!() };
    assert_eq!((pressed.remote_id.as_str(), pressed.text.as_str()), ("callback:4382", "Да"));
    assert_eq!(pressed.extra, Some(Extra::Pressed { payload: "y".to_owned() }));
    assert_eq!(pressed.quote.unwrap().remote_id, "5001002003:9");
    let edit = value!({ "message_id": 17, "chat": chat, "from": from, "date": 1,
        "edit_date": 1_767_225_601, "text": "Другое" });
    let (of, remote_id) = ("5001002003".to_owned(), "5001002003:17".to_owned());
    let at = Some(Timestamp(1_767_225_601_000));
    let text = "Другое".to_owned();
    let edited = Word::Edited { chat: of.clone(), remote_id: remote_id.clone(), text, at };
    assert_eq!(update("edited_message", &edit), [edited]);
    for (signs, emoji) in [
        (value!([{ "type": "emoji", "emoji": "👍" }]), Some("👍")),
        (value!([]), None),
        (value!([{ "type": "paid" }]), Some("paid")),
    ] {
        let content = value!({ "chat": chat, "message_id": 17, "user": from,
            "date": 1_767_225_601, "old_reaction": [], "new_reaction": signs });
        let (chat, remote_id) = (of.clone(), remote_id.clone());
        let emoji = emoji.map(str::to_owned);
        let expected = Word::Reaction { chat, remote_id, emoji, at };
        assert_eq!(update("message_reaction", &content), [expected]);
    }
    assert_eq!(update("inline_query", &value!({ "id": "1" })), [Word::Nothing]);
}

#[test]
fn groups_are_heard_with_their_authors() {
    let group = value!({ "id": -1_001_234_567_890_i64, "type": "supergroup", "title": "Team" });
    let got = message(&value!({ "chat": group, "text": "/start@my_shop_bot abc" }));
    assert!(got.chat.is_group && got.chat.title.as_deref() == Some("Team"), "{got:?}");
    assert_eq!(got.remote_id, "-1001234567890:17");
    assert_eq!(got.author.id, "5001002003");
    let joined = message(&value!({ "chat": group, "new_chat_members": [{ "id": 1 }] }));
    assert_eq!(joined.extra, Some(Extra::Other("new_chat_members".to_owned())));
    let moved = message(&value!({ "chat": group, "migrate_from_chat_id": -4001 }));
    assert_eq!(moved.extra, Some(Extra::Other("migrate_from_chat_id".to_owned())));
    let card = value!({ "phone_number": "7900", "first_name": "A", "user_id": 5_001_002_003_i64 });
    let shared = message(&value!({ "chat": group, "contact": card }));
    assert!(matches!(shared.extra, Some(Extra::Contact { is_own: false, .. })));
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
