//! Twilio: documented requests, answers and webhooks.

mod received;

use super::scene::{self, call, done, finding, reply, submission};
use crate::find;
use data_encoding::BASE64;
use proptest::prelude::*;
use serde_json::{Value, json as value};
use vestnik_model::{
    account::Account,
    content::{Button, ButtonAction, Content, Template},
    file::{File, FileKind},
    messenger::Messenger,
    outcome::{Blame, Outcome, Reason},
    secret::Secret,
    time::{Millis, Timestamp},
};
use vestnik_provider::{
    Provider,
    chore::{Chore, Finding, Progress, Subscription},
    contract,
    port::{AccountState, Attempt, Step, Submission, To, Verdict},
    wire::decode_form,
};

const TOKEN: &str = "5f0e1d2c3b4a59687f6e5d4c3b2a1900";
const SID: &str = "AC0123456789abcdef0123456789abcdef";
const OWN: &str = "whatsapp:+14155238886";
const URL: &str = "https://hub.example.ru/in/key";
const ANNA: &str = "whatsapp:+79001234567";

fn provider() -> &'static dyn Provider {
    find("twilio").unwrap()
}

fn account() -> Account {
    let settings = [
        ("phone", "+1 415 523 8886"),
        ("confirmation_phone", "+79001234567"),
        ("account_sid", SID),
        ("auth_token", TOKEN),
    ];
    scene::account("twilio", Messenger::Whatsapp, &settings)
}

fn fields_of(content: &Content) -> Vec<(String, String)> {
    let request = call(provider().submit(&account(), &submission(content))).request;
    let url = format!("https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages.json");
    assert_eq!(request.url, url);
    let pair = BASE64.encode(format!("{SID}:{TOKEN}").as_bytes());
    let basic = ("authorization".into(), format!("Basic {pair}"));
    assert!(request.headers.contains(&basic));
    decode_form(&request.body)
}

fn pairs(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
}

fn outcome(status: u16, body: &Value) -> Outcome {
    let content = Content::Text("x".to_owned());
    let answer = reply(status, body.to_string());
    done(provider().resume(&account(), &submission(&content), &Step::FIRST, &answer))
}

fn error(status: u16, code: i64) -> Value {
    value!({"code": code, "message": "Something", "status": status,
        "more_info": format!("https://www.twilio.com/docs/errors/{code}")})
}

#[test]
fn it_keeps_the_contract() {
    contract::exercise(provider(), &account(), Some(("x-twilio-signature", "AAAA")));
}

#[test]
fn what_is_sent() {
    let text = Content::Text("Привет + 50 % & \"да\"".to_owned());
    let expected = [("To", ANNA), ("From", OWN), ("Body", "Привет + 50 % & \"да\"")];
    assert_eq!(fields_of(&text), pairs(&expected));
    let request = call(provider().submit(&account(), &submission(&text))).request;
    assert!(String::from_utf8(request.body).unwrap().starts_with("To=whatsapp%3A%2B7900"));
    let image = File {
        caption: "Вот".to_owned(),
        ..File::at(FileKind::Image, "https://e.ru/a.png?x=1")
    };
    let expected =
        [("To", ANNA), ("From", OWN), ("MediaUrl", "https://e.ru/a.png?x=1"), ("Body", "Вот")];
    assert_eq!(fields_of(&Content::File(image)), pairs(&expected));
    let template = Template {
        id: format!("HX{}", "0".repeat(32)),
        language: String::new(),
        values: vec!["Anna".to_owned(), "17".to_owned()],
        text: String::new(),
    };
    let sid = template.id.clone();
    let expected = [
        ("To", ANNA),
        ("From", OWN),
        ("ContentSid", &*sid),
        ("ContentVariables", r#"{"1":"Anna","2":"17"}"#),
    ];
    assert_eq!(fields_of(&Content::Template(template)), pairs(&expected));
    let mut sandbox = account();
    let callback = "https://hub.example.ru/in/key";
    sandbox.settings.insert("status_callback".to_owned(), Secret::new(callback));
    let request = call(provider().submit(&sandbox, &submission(&text))).request;
    let last = ("StatusCallback".to_owned(), callback.to_owned());
    assert_eq!(decode_form(&request.body).last(), Some(&last));
    let hidden = Submission { to: To::Person("US.1349"), ..submission(&text) };
    let request = call(provider().submit(&account(), &hidden)).request;
    assert_eq!(decode_form(&request.body)[0].1, "whatsapp:US.1349");
    let buttons =
        vec![Button { title: "Да".to_owned(), action: ButtonAction::Reply("yes".to_owned()) }];
    let choice = Content::Choice { text: "?".to_owned(), buttons };
    let group = Submission { to: To::Group("1"), ..submission(&text) };
    for part in [submission(&choice), group] {
        let refused = done(provider().submit(&account(), &part));
        assert!(matches!(refused, Outcome::Refused(f) if f.blame == Blame::Content));
    }
}

#[test]
fn the_caption_of_a_document_follows_it() {
    let file =
        File { caption: "Чек".to_owned(), ..File::at(FileKind::Document, "https://e.ru/a.pdf") };
    let content = Content::File(file);
    let part = submission(&content);
    let first = call(provider().submit(&account(), &part));
    assert!(!String::from_utf8_lossy(&first.request.body).contains("Body="));
    let accepted = reply(201, r#"{"sid":"MM1","status":"queued"}"#);
    let second = call(provider().resume(&account(), &part, &first.step, &accepted));
    assert!(second.is_visible);
    assert_eq!(decode_form(&second.request.body)[2], ("Body".to_owned(), "Чек".to_owned()));
    // Whatever becomes of it, the file was sent.
    let file_was_sent = Outcome::Accepted { remote_id: "MM1".to_owned() };
    for answer in [reply(201, r#"{"sid":"SM2"}"#), reply(400, "{}"), reply(500, "")] {
        let end = done(provider().resume(&account(), &part, &second.step, &answer));
        assert_eq!(end, file_was_sent);
    }
    let mut step = second.step;
    for _ in 0..2 {
        let again = call(provider().resume(&account(), &part, &step, &reply(429, "")));
        assert_eq!(again.after, Millis::seconds(1));
        step = again.step;
    }
    assert_eq!(done(provider().resume(&account(), &part, &step, &reply(429, ""))), file_was_sent);
}

#[test]
fn what_answers_mean() {
    let queued = value!({"sid": "SM11", "status": "queued", "num_media": "0", "error_code": null});
    assert_eq!(outcome(201, &queued), Outcome::Accepted { remote_id: "SM11".to_owned() });
    assert!(matches!(outcome(201, &value!({})), Outcome::Unknown { .. }));
    let refused = [
        (401, 20_003, Blame::Account, Reason::Unauthorized),
        (404, 20_404, Blame::Account, Reason::Unauthorized),
        (400, 63_007, Blame::Account, Reason::AccountBlocked),
        (400, 21_606, Blame::Account, Reason::AccountBlocked),
        (400, 21_211, Blame::Recipient, Reason::NoAccount),
        (400, 21_610, Blame::Recipient, Reason::Barred),
        (400, 21_408, Blame::Sender, Reason::Barred),
        (400, 21_617, Blame::Content, Reason::Malformed),
        (400, 21_620, Blame::Content, Reason::FileUnavailable),
        (400, 21_656, Blame::Content, Reason::Malformed),
        (400, 99_999, Blame::Content, Reason::Malformed),
    ];
    for (status, code, blame, reason) in refused {
        let Outcome::Refused(failure) = outcome(status, &error(status, code)) else {
            panic!("{code} is a refusal");
        };
        assert_eq!((failure.blame, failure.reason), (blame, reason), "{code}");
        assert_eq!(failure.detail, format!("{code}: Something"));
    }
    for (status, code) in [(429, 20_429), (400, 21_611), (429, 0)] {
        let outcome = outcome(status, &error(status, code));
        assert!(matches!(outcome, Outcome::Deferred { whole_account: true, .. }), "{code}");
    }
    for (status, body) in [(500, error(500, 20_500)), (503, error(503, 20_503)), (502, value!(""))]
    {
        assert!(matches!(outcome(status, &body), Outcome::Unknown { .. }), "{status}");
    }
    let told = value!({"code": 20_003, "message": format!("{TOKEN} is wrong")});
    let Outcome::Refused(failure) = outcome(401, &told) else { panic!("a refusal") };
    assert!(!failure.detail.contains(TOKEN), "{}", failure.detail);
}

#[test]
fn the_journal_tells_what_became_of_a_lost_answer() {
    let content = Content::Text("Ваш заказ готов".to_owned());
    let started_at = Timestamp(1_767_323_045_000);
    let attempt = |minutes: i64| Attempt {
        submission: submission(&content),
        started_at,
        now: started_at + Millis::minutes(minutes),
    };
    let request = provider().inquire(&account(), &attempt(1), &Step::FIRST).unwrap();
    let query = "?To=whatsapp%3A%2B79001234567&From=whatsapp%3A%2B14155238886&PageSize=200";
    assert!(request.url.ends_with(query), "{}", request.url);
    let line = |body: &str, at: &str| {
        value!({"sid": "SM11", "body": body, "num_media": "0", "direction": "outbound-api",
            "date_created": at, "date_sent": null})
    };
    let ask = |minutes: i64, date: Option<&str>, messages: &[Value]| {
        let body = value!({"messages": messages, "next_page_uri": null});
        let mut answer = reply(200, body.to_string());
        answer.headers.extend(date.map(|date| ("date".to_owned(), date.to_owned())));
        provider().inquired(&account(), &attempt(minutes), &Step::FIRST, &answer)
    };
    let ours = line("Ваш заказ готов", "Fri, 02 Jan 2026 03:04:06 +0000");
    let found = Verdict::Found { remote_id: "SM11".to_owned() };
    assert_eq!(ask(1, None, std::slice::from_ref(&ours)), found);
    assert_eq!(ask(1, None, &[ours.clone(), ours]), Verdict::Unsure);
    let other = line("Другое", "Fri, 02 Jan 2026 03:04:06 +0000");
    assert_eq!(ask(1, None, std::slice::from_ref(&other)), Verdict::Unsure, "too fresh");
    assert_eq!(ask(3, None, &[other]), Verdict::Absent);
    // The same words a minute earlier are an earlier message: the answer's date says so.
    let earlier = line("Ваш заказ готов", "Fri, 02 Jan 2026 03:03:05 +0000");
    let date = "Fri, 02 Jan 2026 03:07:05 GMT";
    assert_eq!(ask(3, Some(date), &[earlier]), Verdict::Absent);
    // Their clock is an hour ahead.
    let ahead = line("Ваш заказ готов", "Fri, 02 Jan 2026 04:04:06 +0000");
    assert_eq!(ask(3, Some("Fri, 02 Jan 2026 04:07:05 GMT"), &[ahead]), found);
    let unread = reply(500, "");
    let verdict = provider().inquired(&account(), &attempt(3), &Step::FIRST, &unread);
    assert_eq!(verdict, Verdict::Unsure);
}

#[test]
fn what_is_found_out_of_an_account() {
    let ask = |chore: Chore<'_>, status, body: &Value| {
        finding(provider(), &account(), &chore, &reply(status, body.to_string()))
    };
    let active = value!({"sid": SID, "status": "active"});
    assert_eq!(ask(Chore::Check, 200, &active), Finding::State(AccountState::Ready));
    for (status, body) in [(200, value!({"status": "suspended"})), (401, error(401, 20_003))] {
        let found = ask(Chore::Check, status, &body);
        assert!(matches!(found, Finding::State(AccountState::Broken { .. })), "{found:?}");
    }
    let senders = |status_callback: Value| {
        value!({"senders": [{"sid": "XE1", "sender_id": "whatsapp:+15550001111"},
            {"sid": "XE2", "sender_id": OWN, "status": "ONLINE", "webhook": {
                "callback_url": URL, "status_callback_url": status_callback}}]})
    };
    let urls = vec![URL.to_owned()];
    assert_eq!(
        ask(Chore::Subscription, 200, &senders(value!(URL))),
        Finding::Subscription(Subscription::To(urls.clone()))
    );
    let missing = "status_callback_url".to_owned();
    assert_eq!(
        ask(Chore::Subscription, 200, &senders(Value::Null)),
        Finding::Subscription(Subscription::Partial { urls, missing })
    );
    let sandbox = value!({"senders": []});
    assert_eq!(ask(Chore::Subscription, 200, &sandbox), Finding::Unsupported);
    let subscribe = Chore::Subscribe { url: URL };
    assert!(matches!(ask(subscribe, 200, &sandbox), Finding::Failed(_)));
    let answer = reply(200, senders(Value::Null).to_string());
    let progress = provider().proceed(&account(), &subscribe, &Step::FIRST, &answer);
    let Progress::Call { request, step } = progress else { panic!("a second step") };
    assert!(request.url.ends_with("/v2/Channels/Senders/XE2"), "{}", request.url);
    let end = provider().proceed(&account(), &subscribe, &step, &reply(202, "{}"));
    assert_eq!(end, Progress::Done(Finding::Done));
    let listed = value!({"contents": [{"sid": "HX1", "friendly_name": "visit", "language": "ru",
        "types": {"twilio/text": {"body": "Ждём {{1}}"}},
        "approval_requests": {"status": "approved"}}]});
    let Finding::Templates(found) = ask(Chore::Templates, 200, &listed) else { panic!() };
    assert!(found[0].is_approved && found[0].text == "Ждём {{1}}");
    let link = provider().deep_link(&account(), "join quiet-otter");
    assert_eq!(link.as_deref(), Some("https://wa.me/14155238886?text=join%20quiet-otter"));
}

#[test]
fn a_file_is_fetched_through_a_redirect_without_credentials() {
    let locator =
        format!("https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages/MM1/Media/ME1");
    let fetch = Chore::Fetch { locator: &locator };
    let Progress::Call { request, step } = provider().begin(&account(), &fetch) else { panic!() };
    assert!(request.headers.iter().any(|(name, _)| name == "authorization"));
    let mut answer = reply(307, "");
    answer.headers.push(("location".to_owned(), "https://mms.twiliocdn.com/x?s=1".to_owned()));
    let next = provider().proceed(&account(), &fetch, &step, &answer);
    let Progress::Call { request, step } = next else { panic!("a second step") };
    assert_eq!(request.url, "https://mms.twiliocdn.com/x?s=1");
    assert!(request.headers.is_empty());
    let mut file = reply(200, b"%PDF");
    file.headers.push(("content-type".to_owned(), "application/pdf".to_owned()));
    let disposition = "inline; filename=\"../a.pdf\"".to_owned();
    file.headers.push(("content-disposition".to_owned(), disposition));
    let end = provider().proceed(&account(), &fetch, &step, &file);
    let (name, mime) = (Some("a.pdf".to_owned()), Some("application/pdf".to_owned()));
    assert_eq!(end, Progress::Done(Finding::File { bytes: b"%PDF".to_vec(), name, mime }));
    for strange in [
        "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1",
        "https://api.twilio.com.evil.example.ru/",
        "file:///etc/passwd",
    ] {
        let progress = provider().begin(&account(), &Chore::Fetch { locator: strange });
        assert!(matches!(progress, Progress::Done(Finding::Failed(_))), "{strange}");
    }
    let gone = provider().proceed(&account(), &fetch, &Step::FIRST, &reply(404, "{}"));
    assert!(
        matches!(gone, Progress::Done(Finding::Failed(f)) if f.reason == Reason::FileUnavailable)
    );
    // It does not lead round and round.
    let round = provider().proceed(&account(), &fetch, &Step::new(3), &answer);
    assert!(matches!(round, Progress::Done(Finding::Failed(_))));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..300), status in 100u16..600) {
        scene::survive(provider(), &account(), status, &body);
    }
}
