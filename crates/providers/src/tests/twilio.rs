//! Twilio: documented requests, answers and webhooks.

mod received;

use super::scene::{self, call, done, reply, submission};
use crate::find;
use proptest::prelude::*;
use serde_json::{Value, json as value};
use vestnik_model::{
    account::Account,
    content::Content,
    file::{File, FileKind},
    messenger::Messenger,
    outcome::{Outcome, Reason},
    time::{Millis, Timestamp},
};
use vestnik_provider::{
    Provider,
    chore::{Chore, Finding, Progress},
    contract,
    port::{Attempt, Step, Verdict},
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

fn outcome(status: u16, body: &Value) -> Outcome {
    let content = Content::Text("x".to_owned());
    let answer = reply(status, body.to_string());
    done(provider().resume(&account(), &submission(&content), &Step::FIRST, &answer))
}

#[test]
fn it_keeps_the_contract() {
    contract::exercise(provider(), &account(), Some(("x-twilio-signature", "AAAA")));
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
fn a_token_never_leaves_by_an_error() {
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
        answer.headers.extend(date.map(|date| ("date".into(), date.to_owned())));
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
fn a_link_opens_the_chat() {
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
    answer.headers.push(("location".into(), "https://mms.twiliocdn.com/x?s=1".to_owned()));
    let next = provider().proceed(&account(), &fetch, &step, &answer);
    let Progress::Call { request, step } = next else { panic!("a second step") };
    assert_eq!(request.url, "https://mms.twiliocdn.com/x?s=1");
    assert!(request.headers.is_empty());
    let mut file = reply(200, b"%PDF");
    file.headers.push(("content-type".into(), "application/pdf".to_owned()));
    let disposition = "inline; filename=\"../a.pdf\"".to_owned();
    file.headers.push(("content-disposition".into(), disposition));
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
