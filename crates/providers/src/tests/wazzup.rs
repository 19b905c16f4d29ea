//! Wazzup: documented requests, answers and webhooks.

use super::scene::{self, call, done, finding, json, reply, submission, words};
use crate::find;
use proptest::prelude::*;
use serde_json::{Value, json as value};
use vestnik_model::{
    account::Account,
    content::{Content, Template},
    file::{File, FileKind},
    messenger::Messenger,
    outcome::{Blame, Outcome, Reason, ReceiptKind},
    phone::Phone,
    time::{Millis, Timestamp},
};
use vestnik_provider::{
    Provider,
    chore::{Chore, Finding, Progress, Subscription},
    contract,
    incoming::Extra,
    port::{AccountState, Next, Reception, Step, Submission, To, Word},
};

const KEY: &str = "0123456789abcdef0123456789abcdef";
const CHANNEL: &str = "11111111-1111-4111-8111-111111111111";

fn provider() -> &'static dyn Provider {
    find("wazzup").unwrap()
}

fn account(messenger: Messenger) -> Account {
    let settings = [("api_key", KEY), ("channel_id", CHANNEL), ("phone", "+7 999 000-00-01")];
    scene::account("wazzup", messenger, &settings)
}

fn guarded() -> Account {
    let settings = [("api_key", KEY), ("channel_id", CHANNEL), ("crm_key", "crm-key-1")];
    scene::account("wazzup", Messenger::Whatsapp, &settings)
}

fn body_of(messenger: Messenger, part: &Submission<'_>) -> Value {
    let request = call(provider().submit(&account(messenger), part)).request;
    assert_eq!(request.url, "https://api.wazzup24.com/v3/message");
    let bearer = format!("Bearer {KEY}");
    assert!(request.headers.iter().any(|(n, v)| n == "authorization" && *v == bearer));
    json(&request.body)
}

fn text() -> Content {
    Content::Text("Hello".to_owned())
}

fn resumed(step: &Step, status: u16, body: &Value) -> Next {
    let content = text();
    let answer = reply(status, body.to_string());
    provider().resume(&account(Messenger::Whatsapp), &submission(&content), step, &answer)
}

fn outcome(status: u16, body: &Value) -> Outcome {
    done(resumed(&Step::FIRST, status, body))
}

fn error(code: &str) -> Value {
    value!({ "status": 400, "requestId": "r1", "error": code, "description": "Because" })
}

#[test]
fn it_keeps_the_contract() {
    for messenger in Messenger::ALL {
        contract::exercise(provider(), &account(messenger), None);
    }
    contract::exercise(provider(), &guarded(), Some(("authorization", "Bearer crm-key-2")));
}

#[test]
fn sends_are_worded_as_documented() {
    let content = text();
    let part = Submission { quote: Some("q-1"), ..submission(&content) };
    assert_eq!(
        body_of(Messenger::Whatsapp, &part),
        value!({ "channelId": CHANNEL, "chatType": "whatsapp", "chatId": "79001234567",
            "text": "Hello", "crmMessageId": "0000000000000001", "refMessageId": "q-1" })
    );
    for (messenger, chat_type) in [(Messenger::Telegram, "telegram"), (Messenger::Max, "max")] {
        let body = body_of(messenger, &submission(&content));
        assert_eq!(
            (&body["chatType"], &body["phone"]),
            (&value!(chat_type), &value!("79001234567"))
        );
        assert!(body["chatId"].is_null());
        let part = Submission { to: To::Person("g-7"), ..submission(&content) };
        assert_eq!(body_of(messenger, &part)["chatId"], "g-7");
        let part = Submission { to: To::Group("g-8"), ..submission(&content) };
        let body = body_of(messenger, &part);
        let expected = if messenger == Messenger::Max { "maxgroup" } else { "telegroup" };
        assert_eq!((&body["chatType"], &body["chatId"]), (&value!(expected), &value!("g-8")));
    }
    let part = Submission { to: To::Group("1203@g.us"), ..submission(&content) };
    assert_eq!(body_of(Messenger::Whatsapp, &part)["chatType"], "whatsgroup");
    let vk = provider().submit(&account(Messenger::Vk), &submission(&content));
    assert!(matches!(vk, Next::Done(Outcome::Refused(f)) if f.blame == Blame::Content));
    let file = Content::File(File::at(FileKind::Image, "https://e.ru/a.png"));
    let body = body_of(Messenger::Whatsapp, &submission(&file));
    assert_eq!(body["contentUri"], "https://e.ru/a.png");
    assert!(body["text"].is_null(), "text and file exclude one another");
    let template = Content::Template(Template {
        id: "t-1".to_owned(),
        language: "ru".to_owned(),
        values: vec!["Анна".to_owned(), "17".to_owned()],
        text: String::new(),
    });
    let body = body_of(Messenger::Whatsapp, &submission(&template));
    assert_eq!(
        (&body["templateId"], &body["templateValues"]),
        (&value!("t-1"), &value!(["Анна", "17"]))
    );
    assert!(body["text"].is_null());
    let telegram = provider().submit(&account(Messenger::Telegram), &submission(&template));
    assert!(matches!(telegram, Next::Done(Outcome::Refused(_))));
}

#[test]
fn answers_mean_what_is_documented() {
    let remote_id = "22222222-2222-4222-8222-222222222222".to_owned();
    let sent = value!({ "messageId": remote_id, "chatId": "79001234567" });
    assert_eq!(outcome(201, &sent), Outcome::Accepted { remote_id: remote_id.clone() });
    assert_eq!(outcome(200, &sent), Outcome::Accepted { remote_id });
    assert!(matches!(outcome(201, &value!({})), Outcome::Unknown { .. }));
    for (code, blame, reason) in [
        ("INVALID_MESSAGE_DATA", Blame::Content, Reason::Malformed),
        ("MESSAGE_TEXT_TOO_LONG", Blame::Content, Reason::Malformed),
        ("MESSAGES_TOO_LONG_WABA_HEADER", Blame::Content, Reason::Malformed),
        ("MESSAGES_CONTENT_SIZE_EXCEEDED_TELEGRAM", Blame::Content, Reason::FileRefused),
        ("MESSAGE_WRONG_CONTENT_TYPE", Blame::Content, Reason::FileRefused),
        ("CHANNEL_NOT_FOUND", Blame::Account, Reason::Unauthorized),
        ("CHANNEL_BLOCKED", Blame::Account, Reason::AccountBlocked),
        ("CHANNEL_NO_MONEY", Blame::Account, Reason::Quota),
        ("BALANCE_IS_EMPTY", Blame::Account, Reason::Quota),
        ("MESSAGES_NOT_TEXT_FIRST", Blame::Sender, Reason::Barred),
        ("MESSAGES_IS_SPAM", Blame::Content, Reason::Filtered),
        ("badContact", Blame::Recipient, Reason::NoAccount),
        ("BAD_CONTACT", Blame::Recipient, Reason::NoAccount),
        ("SOMETHING_NEW", Blame::Content, Reason::Malformed),
    ] {
        for status in [400, 200] {
            if (code, status) == ("SOMETHING_NEW", 200) {
                continue;
            }
            let Outcome::Refused(failure) = outcome(status, &error(code)) else { panic!("{code}") };
            assert_eq!((failure.blame, failure.reason), (blame, reason), "{code}");
            assert_eq!(failure.detail, format!("{code}: Because"));
        }
    }
    let Outcome::Refused(failure) = outcome(401, &Value::Null) else { panic!("401") };
    assert_eq!((failure.blame, failure.reason), (Blame::Account, Reason::Unauthorized));
    let nested = value!({ "error": { "code": "CHANNEL_BLOCKED" } });
    assert!(matches!(outcome(400, &nested), Outcome::Refused(f) if f.blame == Blame::Account));
    let off = outcome(400, &error("MESSAGE_CHANNEL_UNAVAILABLE"));
    assert!(matches!(off, Outcome::Deferred { whole_account: true, .. }), "{off:?}");
    let fast = outcome(429, &Value::Null);
    let Outcome::Deferred { retry_after, whole_account: true, .. } = fast else {
        panic!("{fast:?}")
    };
    assert_eq!(retry_after, Some(Millis::seconds(5)));
    assert!(matches!(outcome(500, &error("UNKNOWN_ERROR")), Outcome::Unknown { .. }));
}

#[test]
fn a_repeat_means_accepted() {
    for code in ["REPEATED_CRM_MESSAGE_ID", "repeatedCrmMessageId"] {
        let mut body = error(code);
        body["data"] = value!({ "crmMessageId": "0000000000000001" });
        let remote_id = "crm:0000000000000001".to_owned();
        assert_eq!(outcome(400, &body), Outcome::Accepted { remote_id });
        body["data"]["messageId"] = value!("22222222");
        assert_eq!(outcome(400, &body), Outcome::Accepted { remote_id: "22222222".to_owned() });
    }
}

#[test]
fn troubles_of_the_provider_are_tried_again_twice() {
    for (code, blame, reason) in [
        ("MESSAGE_DOWNLOAD_CONTENT_ERROR", Blame::Content, Reason::FileUnavailable),
        ("UNKNOWN_ERROR", Blame::Provider, Reason::ProviderError),
    ] {
        let mut step = Step::FIRST;
        for _ in 0..2 {
            let again = call(resumed(&step, 400, &error(code)));
            assert_eq!(again.after, Millis::seconds(3));
            assert!(again.is_visible);
            assert_eq!(json(&again.request.body)["crmMessageId"], "0000000000000001");
            step = again.step;
        }
        let Outcome::Refused(failure) = done(resumed(&step, 400, &error(code))) else {
            panic!("{code}");
        };
        assert_eq!((failure.blame, failure.reason), (blame, reason));
    }
}

fn received(messenger: Messenger, body: &Value) -> Vec<Word> {
    words(scene::receive(provider(), &account(messenger), &[], body.to_string()))
}

fn message(more: &Value) -> Value {
    let mut item = value!({ "messageId": "m-1", "channelId": CHANNEL, "chatType": "whatsapp",
        "chatId": "79990000001", "dateTime": "2026-01-02T03:04:05.678Z", "type": "text",
        "status": "inbound", "isEcho": false, "contact": { "name": "Ann" } });
    for (name, member) in more.as_object().unwrap() {
        item[name] = member.clone();
    }
    value!({ "messages": [item] })
}

fn incoming(messenger: Messenger, more: &Value) -> vestnik_provider::incoming::Incoming {
    let told = received(messenger, &message(more));
    let [Word::Message(incoming)] = &told[..] else { panic!("{told:?}") };
    (**incoming).clone()
}

#[test]
fn messages_are_read() {
    let got = incoming(Messenger::Whatsapp, &value!({ "text": "Hi" }));
    assert_eq!((got.remote_id.as_str(), got.text.as_str(), got.is_own), ("m-1", "Hi", false));
    assert_eq!(got.at, Some(Timestamp(1_767_323_045_678)));
    assert_eq!(got.author.phone, Phone::from_digits(79_990_000_001));
    assert_eq!(got.author.name.as_deref(), Some("Ann"));
    let uri = "https://store.wazzup24.com/0a1b?filename=%D1%87%D0%B5%D0%BA.pdf";
    let file = value!({ "type": "document", "contentUri": uri, "text": "Вот" });
    let got = incoming(Messenger::Whatsapp, &file);
    let [file] = &got.files[..] else { panic!("{got:?}") };
    assert_eq!((file.kind, file.name.as_deref()), (FileKind::Document, Some("чек.pdf")));
    assert_eq!((file.locator.as_str(), got.text.as_str()), (uri, "Вот"));
    let place = incoming(Messenger::Whatsapp, &value!({ "type": "geo", "text": "55.75,37.5" }));
    assert!(matches!(place.extra, Some(Extra::Location { latitude, .. }) if latitude == "55.75"));
    let card = "BEGIN:VCARD\r\nFN:Пётр\r\nTEL;TYPE=CELL:+7900\r\nEND:VCARD";
    let card = incoming(Messenger::Whatsapp, &value!({ "type": "vcard", "text": card }));
    assert!(matches!(card.extra, Some(Extra::Contact { name, phone, .. })
        if name == "Пётр" && phone == "+7900"));
    let call = incoming(Messenger::Whatsapp, &value!({ "type": "missing_call" }));
    assert_eq!(call.extra, Some(Extra::Other("missing_call".to_owned())));
    let quoted = value!({ "text": "Да", "quotedMessage": { "messageId": "m-0", "text": "В пять?" },
        "interactive": [{ "type": "button_reply", "payload": "yes" }] });
    let got = incoming(Messenger::Whatsapp, &quoted);
    assert_eq!(got.quote.unwrap().remote_id, "m-0");
    assert_eq!(got.extra, Some(Extra::Pressed { payload: "yes".to_owned() }));
    let group = value!({ "chatType": "whatsgroup", "chatId": "1203@g.us", "text": "x",
        "authorId": "79990000002" });
    let got = incoming(Messenger::Whatsapp, &group);
    assert!(got.chat.is_group && got.chat.id == "1203@g.us");
    assert_eq!(got.author.phone, Phone::from_digits(79_990_000_002));
    let telegram = value!({ "chatType": "telegram", "chatId": "5-7", "text": "x",
        "contact": { "name": "Ann", "username": "ann", "phone": "79990000003" } });
    let got = incoming(Messenger::Telegram, &telegram);
    assert_eq!(got.author.username.as_deref(), Some("ann"));
    assert_eq!(got.author.phone, Phone::from_digits(79_990_000_003));
    let own = value!({ "isEcho": true, "authorName": "Op", "text": "x", "status": "sent" });
    assert!(incoming(Messenger::Whatsapp, &own).is_own);
    let edited =
        received(Messenger::Whatsapp, &message(&value!({ "isEdited": true, "text": "y" })));
    assert!(matches!(&edited[..], [Word::Edited { remote_id, text, .. }]
        if remote_id == "m-1" && text == "y"));
    let deleted = received(Messenger::Whatsapp, &message(&value!({ "isDeleted": true })));
    assert!(matches!(&deleted[..], [Word::Deleted { remote_id, .. }] if remote_id == "m-1"));
}

#[test]
fn statuses_states_and_templates_are_read() {
    let status = |status: &str, more: Value| {
        let item = value!({ "messageId": "m-2", "timestamp": "2026-01-02T03:04:06.000Z",
            "status": status, "error": more });
        received(Messenger::Whatsapp, &value!({ "statuses": [item] })).remove(0)
    };
    for (word, kind) in [
        ("sent", ReceiptKind::Sent),
        ("delivered", ReceiptKind::Delivered),
        ("read", ReceiptKind::Read),
    ] {
        let at = Some(Timestamp(1_767_323_046_000));
        let expected = Word::Receipt { remote_id: "m-2".to_owned(), kind, at };
        assert_eq!(status(word, Value::Null), expected);
    }
    assert_eq!(status("edited", Value::Null), Word::Nothing);
    for (code, blame, reason) in [
        ("BAD_CONTACT", Blame::Recipient, Reason::NoAccount),
        ("24_HOURS_EXCEEDED", Blame::Window, Reason::WindowClosed),
        ("7_DAYS_EXCEEDED", Blame::Window, Reason::WindowClosed),
        ("SPAM", Blame::Content, Reason::Filtered),
        ("TOO_BIG_CONTENT", Blame::Content, Reason::FileRefused),
        ("CHANNEL_REJECTED", Blame::Account, Reason::AccountBlocked),
        ("TOO_MANY_EXT_REQS", Blame::Provider, Reason::ProviderError),
        ("SOMETHING_NEW", Blame::Provider, Reason::ProviderError),
    ] {
        let told = status("error", value!({ "error": code, "description": "Why" }));
        let Word::Receipt { kind: ReceiptKind::Failed(failure), .. } = told else {
            panic!("{code}")
        };
        assert_eq!((failure.blame, failure.reason), (blame, reason), "{code}");
        assert_eq!(failure.detail, format!("{code}: Why"));
    }
    let both = value!({ "messages": message(&value!({ "text": "x" }))["messages"],
        "statuses": [{ "messageId": "m-2", "status": "read" }] });
    assert_eq!(received(Messenger::Whatsapp, &both).len(), 2);
    for (state, expected) in [("active", 0), ("openElsewhere", 1), ("QRIDLE", 2), ("unheard", 1)] {
        let update = value!({ "channelsUpdates": [{ "channelId": CHANNEL, "state": state,
            "timestamp": 1_767_323_046_000_i64 }] });
        let told = received(Messenger::Whatsapp, &update).remove(0);
        let Word::Account(told) = told else { panic!("{told:?}") };
        let place = match told {
            AccountState::Ready => 0,
            AccountState::Waiting { .. } => 1,
            AccountState::Broken { .. } => 2,
        };
        assert_eq!(place, expected, "{state}");
    }
    for member in ["templateStatus", "tepmplateStatus"] {
        for one in [
            value!({ "templateGuid": "t-1", "status": "REJECTED" }),
            value!([{ "templateGuid": "t-1", "status": "REJECTED" }]),
        ] {
            let told = received(Messenger::Whatsapp, &value!({ member: one }));
            let (id, state) = ("t-1".to_owned(), "REJECTED".to_owned());
            assert_eq!(told, [Word::Template { id, state }]);
        }
    }
    let other = message(&value!({ "channelId": "another" })).to_string();
    let got = scene::receive(provider(), &account(Messenger::Whatsapp), &[], other);
    assert!(matches!(got, Reception::Unreadable { .. }), "{got:?}");
    let created = received(Messenger::Whatsapp, &value!({ "createContact": { "name": "Ann" } }));
    assert_eq!(created, [Word::Nothing]);
}

#[test]
fn webhooks_are_authentic_or_forged() {
    let test = Reception::Handshake { status: 200, body: String::new() };
    let body = message(&value!({ "text": "x" })).to_string();
    assert_eq!(scene::receive(provider(), &guarded(), &[], br#"{"test":true}"#), test);
    assert_eq!(scene::receive(provider(), &guarded(), &[], &body), Reception::Forged);
    for header in ["Bearer wrong", "crm-key-1", "Bearer crm-key-12"] {
        let got = scene::receive(provider(), &guarded(), &[("authorization", header)], &body);
        assert_eq!(got, Reception::Forged, "{header}");
    }
    let good = [("authorization", "Bearer crm-key-1")];
    let got = scene::receive(provider(), &guarded(), &good, &body);
    assert!(matches!(got, Reception::Understood(_)));
}

#[test]
fn the_channel_is_checked_and_subscribed() {
    let own = account(Messenger::Whatsapp);
    let check =
        |status: u16, body: &str| finding(provider(), &own, &Chore::Check, &reply(status, body));
    let channels = |state: &str| {
        value!([{ "channelId": "other", "state": "active" },
            { "channelId": CHANNEL, "transport": "whatsapp", "plainId": "7999", "state": state }])
        .to_string()
    };
    assert_eq!(check(200, &channels("active")), Finding::State(AccountState::Ready));
    for (status, body) in [(200, channels("qridle")), (200, "[]".to_owned()), (401, String::new())]
    {
        let found = check(status, &body);
        assert!(matches!(found, Finding::State(AccountState::Broken { .. })), "{found:?}");
    }
    for (status, body) in [(200, channels("phoneUnavailable")), (500, String::new())] {
        let found = check(status, &body);
        assert!(matches!(found, Finding::State(AccountState::Waiting { .. })), "{found:?}");
    }
    let url = "https://hub.example.ru/in/KEY";
    let subscribe = Chore::Subscribe { url };
    let Progress::Call { request, .. } = provider().begin(&own, &subscribe) else {
        panic!("a call")
    };
    assert_eq!(request.method.as_str(), "PATCH");
    let body = json(&request.body);
    assert_eq!(body["webhooksUri"], url);
    assert_eq!(body["subscriptions"]["messagesAndStatuses"], true);
    assert_eq!(finding(provider(), &own, &subscribe, &reply(200, "{}")), Finding::Done);
    let refused = error("testPostNotPassed").to_string();
    let found = finding(provider(), &own, &subscribe, &reply(400, refused));
    assert!(matches!(found, Finding::Failed(f) if f.detail.starts_with("testPostNotPassed")));
    let long = format!("https://hub.example.ru/{}", "a".repeat(200));
    let found = provider().begin(&own, &Chore::Subscribe { url: &long });
    assert!(matches!(found, Progress::Done(Finding::Failed(_))));
    let subscription = |switches: Value| {
        let body = value!({ "webhooksUri": url, "subscriptions": switches }).to_string();
        finding(provider(), &own, &Chore::Subscription, &reply(200, body))
    };
    let urls = vec![url.to_owned()];
    let whole = value!({ "messagesAndStatuses": "true", "channelsUpdates": true,
        "wabaTemplatesStatus": true });
    let to = Finding::Subscription(Subscription::To(urls.clone()));
    assert_eq!(subscription(whole), to);
    let missing = "channelsUpdates, templateStatus".to_owned();
    let partial = Finding::Subscription(Subscription::Partial { urls, missing });
    assert_eq!(subscription(value!({ "messagesAndStatuses": true })), partial);
    let none = finding(provider(), &own, &Chore::Subscription, &reply(200, "{}"));
    assert_eq!(none, Finding::Subscription(Subscription::None));
    let link = provider().deep_link(&own, "hello_1");
    assert_eq!(link.as_deref(), Some("https://wa.me/79990000001?text=hello_1"));
}

#[test]
fn files_and_templates_are_fetched() {
    let own = account(Messenger::Whatsapp);
    let locator = "https://store.wazzup24.com/1";
    let chore = Chore::Fetch { locator };
    let Progress::Call { request, step } = provider().begin(&own, &chore) else { panic!("a call") };
    assert!(request.headers.is_empty(), "the key stays at home");
    let mut moved = reply(302, "");
    moved.headers.push(("location".to_owned(), "https://cdn.example.ru/1".to_owned()));
    let Progress::Call { request, step } = provider().proceed(&own, &chore, &step, &moved) else {
        panic!("a redirect is followed");
    };
    assert_eq!(request.url, "https://cdn.example.ru/1");
    let end = provider().proceed(&own, &chore, &step, &moved);
    assert!(matches!(end, Progress::Done(Finding::Failed(_))), "once");
    let template = value!([{ "templateGuid": "t-1", "title": "Visit", "language": "ru",
        "status": "approved", "components": [{ "type": "HEADER", "text": "H" },
            { "type": "BODY", "text": "Hi {{1}}" }] },
        { "templateGuid": "t-2", "name": "sale", "status": "REJECTED" }]);
    let found = finding(provider(), &own, &Chore::Templates, &reply(200, template.to_string()));
    let Finding::Templates(list) = found else { panic!("{found:?}") };
    assert_eq!((list[0].id.as_str(), list[0].text.as_str()), ("t-1", "Hi {{1}}"));
    assert_eq!((list[0].is_approved, list[1].is_approved), (true, false));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..300)) {
        scene::survive(provider(), &account(Messenger::Whatsapp), status, &body);
    }

    #[test]
    fn no_json_makes_it_panic(id in ".{0,20}", kind in "[a-z]{0,12}", date in ".{0,30}", place in ".{0,12}") {
        let item = value!({ "messageId": id, "chatId": place, "type": kind, "text": place,
            "dateTime": date, "contentUri": place, "interactive": [id], "status": kind });
        let body = value!({ "messages": [item, id], "statuses": [item], "channelsUpdates": item,
            "templateStatus": item, "error": kind });
        let body = body.to_string();
        for kind in ["geo", "vcard"] {
            let more = value!({ "type": kind, "text": place }).to_string();
            scene::survive(provider(), &guarded(), 200, more.as_bytes());
        }
        scene::survive(provider(), &account(Messenger::Telegram), 400, body.as_bytes());
    }
}
