//! Twilio's WhatsApp.

use crate::{
    clause::{self, Case, Clause, Journal, message},
    play::{ANNA, Play, TWIN, URL, receipts, text},
};
use serde_json::{Value, json};
use vestnik_model::{
    content::{Content, Template},
    file::{File, FileKind},
    messenger::Messenger,
    outcome::{Blame, Outcome, Reason, ReceiptKind},
    time::Millis,
};
use vestnik_provider::{
    chore::{Chore, Finding},
    incoming::Extra,
    port::{Payload, Reception, To, Verdict},
};
use vestnik_twin::config::TWILIO_TOKEN;

const LIVE: &str = "AC00000000000000000000000000000001";
const SANDBOX: &str = "AC00000000000000000000000000000002";

pub fn case() -> Case {
    Case {
        name: "twilio",
        line: LIVE,
        bare: || bare(LIVE, "+78005550201", ""),
        subscribe: clause::subscribe,
        chat: None,
        shown: clause::same,
        secret: "auth_token",
        nobody: "79993063003",
        strange_group: "120363000000000009",
        unfetched: &[],
        journal: Journal::Whole,
        not: &[
            (Clause::P14NewContent, "Twilio's WhatsApp does not tell of edits"),
            (Clause::P17QuoteOut, "Twilio's messages have no member for a quote"),
            (Clause::P19Groups, "Twilio's WhatsApp has no groups"),
        ],
    }
}

#[test]
fn every_clause_is_kept() {
    clause::keep(&case());
}

fn bare(sid: &str, phone: &str, status_callback: &str) -> Play {
    let settings = [
        ("account_sid", sid),
        ("auth_token", TWILIO_TOKEN),
        ("phone", phone),
        ("confirmation_phone", ANNA),
        ("status_callback", status_callback),
        ("api_url", TWIN),
    ];
    Play::new("twilio", Messenger::Whatsapp, &settings)
}

/// The live sender, subscribed, and Anna has written.
fn play() -> Play {
    let mut play = bare(LIVE, "+78005550201", "");
    assert_eq!(play.chore(&Chore::Subscribe { url: URL }), Finding::Done);
    play.reply(LIVE, &json!({ "text": "Hi" }));
    assert_eq!(play.words(0).len(), 1);
    play
}

#[test]
fn a_foreign_sender_is_refused_and_only_approved_templates_can_be_used() {
    let mut play = play();
    let Finding::Templates(templates) = play.chore(&Chore::Templates) else { panic!("templates") };
    let approved = templates.iter().filter(|template| template.is_approved);
    let names: Vec<&str> = approved.map(|template| template.name.as_str()).collect();
    assert_eq!(names, ["order_ready", "visit"]);
    let mut foreign = bare(SANDBOX, "+78005550201", "");
    let Outcome::Refused(failure) = foreign.send(&text("x")) else { panic!("a foreign sender") };
    assert_eq!(failure.blame, Blame::Account);
}

#[test]
fn the_longest_text_is_accepted_and_a_longer_one_is_not() {
    let mut play = play();
    let longest = "ы".repeat(1_600);
    assert!(matches!(play.send(&text(&longest)), Outcome::Accepted { .. }));
    let longer = "ы".repeat(1_601);
    assert!(matches!(play.send(&text(&longer)), Outcome::Refused(f) if f.blame == Blame::Content));
}

#[test]
fn what_is_refused_has_its_reason() {
    let mut play = play();
    for (number, blame, reason) in [
        ("79993021211", Blame::Recipient, Reason::NoAccount),
        ("79993021610", Blame::Recipient, Reason::Barred),
        ("79993021408", Blame::Sender, Reason::Barred),
        ("79993063007", Blame::Account, Reason::AccountBlocked),
    ] {
        let Outcome::Refused(failure) = play.send_to(number, &text("x")) else {
            panic!("{number}");
        };
        assert_eq!((failure.blame, failure.reason), (blame, reason), "{number}");
    }
    for word in ["failed", "undelivered"] {
        let path = format!("/twin/accounts/twilio/{LIVE}");
        play.control("PUT", &path, &json!({ "failure": word }));
        for (number, blame, reason) in [
            ("79993063003", Blame::Recipient, Reason::NoAccount),
            ("79993063024", Blame::Recipient, Reason::NoAccount),
            ("79993063016", Blame::Window, Reason::WindowClosed),
            ("79993063013", Blame::Content, Reason::Filtered),
        ] {
            let Outcome::Accepted { remote_id } = play.send_to(number, &text("x")) else {
                panic!("{number}");
            };
            let words = play.words(1_000);
            let [ReceiptKind::Failed(failure)] = &receipts(&words, &remote_id)[..] else {
                panic!("{words:?}");
            };
            assert_eq!((failure.blame, failure.reason), (blame, reason), "{number}");
        }
    }
    for number in ["79994000498", "79994000499", "79994000500", "79994000502"] {
        let outcome = play.send_to(number, &text("x"));
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{number}: {outcome:?}");
    }
}

#[test]
fn what_an_error_hid_is_found_in_the_journal() {
    let mut play = play();
    for (takes_effect, error) in [(false, 500), (false, 503), (true, 502)] {
        let fault = json!({ "provider": "twilio", "error": error, "takes_effect": takes_effect });
        let (started_at, content) = (play.now, text(&fault.to_string()));
        play.fault(&fault);
        assert!(matches!(play.send(&content), Outcome::Unknown { .. }), "{fault}");
        play.no_faults();
        play.pass(Millis::minutes(3).0);
        let verdict = play.inquire(&content, started_at);
        let is_found =
            matches!(&verdict, Verdict::Found { remote_id } if remote_id.starts_with("SM"));
        assert_eq!(is_found, takes_effect, "{fault}: {verdict:?}");
        assert!(is_found || verdict == Verdict::Absent, "{fault}: {verdict:?}");
    }
}

#[test]
fn the_same_words_of_a_minute_ago_are_not_taken_for_those_that_were_lost() {
    let mut play = play();
    let content = text("Ваш заказ готов");
    play.accepted(&content);
    play.pass(60_000);
    let started_at = play.now;
    play.fault(&json!({ "provider": "twilio", "cut": "before" }));
    assert!(matches!(play.send(&content), Outcome::Unknown { .. }));
    play.no_faults();
    play.pass(Millis::minutes(3).0);
    assert_eq!(play.inquire(&content, started_at), Verdict::Absent);
}

#[test]
fn a_template_goes_outside_the_window() {
    let mut play = bare(LIVE, "+78005550201", "");
    assert_eq!(play.chore(&Chore::Subscribe { url: URL }), Finding::Done);
    let id = play.accepted(&text("Hello"));
    let words = play.words(1_000);
    let [ReceiptKind::Failed(failure)] = &receipts(&words, &id)[..] else { panic!("{words:?}") };
    assert_eq!((failure.blame, failure.reason), (Blame::Window, Reason::WindowClosed));
    let template = |number: u8, values: &[&str]| {
        Content::Template(Template {
            id: format!("HX{number:032x}"),
            language: String::new(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            text: String::new(),
        })
    };
    let id = play.accepted(&template(1, &["Ольга", "19"]));
    assert_eq!(receipts(&play.words(1_000), &id).last(), Some(&ReceiptKind::Delivered));
    assert_eq!(play.bubbles()[1]["text"], "Здравствуйте, Ольга! Заказ 19 готов.");
    let id = play.accepted(&template(3, &[]));
    let words = play.words(1_000);
    assert!(matches!(&receipts(&words, &id)[..], [ReceiptKind::Failed(_)]), "not approved");
    let outcome = play.send(&template(9, &[]));
    assert!(matches!(outcome, Outcome::Refused(f) if f.blame == Blame::Content));
    let visit = play.accepted(&template(2, &["Ольга"]));
    play.words(1_000);
    play.control("POST", "/twin/press", &json!({ "id": visit, "button": "Да" }));
    let pressed = message(play.words(0));
    assert_eq!(pressed.extra, Some(Extra::Pressed { payload: "yes".to_owned() }));
    assert_eq!(pressed.quote.expect("a quote").remote_id, visit);
}

#[test]
fn the_sandbox_is_joined_and_tried_with_a_text_and_a_file() {
    let mut play = bare(SANDBOX, "+14155238886", URL);
    assert_eq!(play.chore(&Chore::Subscription), Finding::Unsupported);
    let path = format!("/twin/accounts/twilio/{SANDBOX}");
    play.control("PUT", &path, &json!({ "callback_url": URL }));
    play.reply(SANDBOX, &json!({ "text": "Hi" }));
    assert!(play.words(1_000).is_empty(), "who does not take part is not heard");
    let id = play.accepted(&text("x"));
    let words = play.words(4_000);
    let [ReceiptKind::Failed(failure)] = &receipts(&words, &id)[..] else { panic!("{words:?}") };
    assert_eq!((failure.blame, failure.reason), (Blame::Recipient, Reason::NoAddress));
    play.reply(SANDBOX, &json!({ "text": "join quiet-otter" }));
    play.reply(SANDBOX, &json!({ "text": "Hello" }));
    assert_eq!(message(play.words(0)).text, "Hello");
    let id = play.accepted(&text("Hello to you"));
    assert_eq!(receipts(&play.words(4_000), &id).last(), Some(&ReceiptKind::Delivered));
    let url = play.file("a.png", "image/png", b"\x89PNG");
    play.reply(SANDBOX, &json!({ "file": { "url": url, "name": "a.png", "mime": "image/png" } }));
    assert_eq!(message(play.words(0)).files.len(), 1);
}

#[test]
fn files_go_both_ways_with_equal_bytes() {
    let kinds: [(FileKind, &str, &str, &[u8]); 4] = [
        (FileKind::Image, "a.png", "image/png", b"\x89PNG\r\n\x1a\n\x00\xff"),
        (FileKind::Document, "a.pdf", "application/pdf", b"%PDF-1.7\r\n\x00"),
        (FileKind::Audio, "a.mp3", "audio/mpeg", b"ID3\x00\x01"),
        (FileKind::Video, "a.mp4", "video/mp4", b"\x00\x00\x00\x18ftypmp42"),
    ];
    let mut play = play();
    for (kind, name, mime, bytes) in kinds {
        let url = play.file(name, mime, bytes);
        let file = File { caption: "Подпись".to_owned(), ..File::at(kind, &url) };
        let payload = Payload { name, mime, bytes: b"", url: &url };
        let outcome = play.submit(To::Person(ANNA), &Content::File(file), Some(payload), None);
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{kind:?}: {outcome:?}");
        play.words(1_000);
        let shown = play.bubbles();
        let has_caption = |bubble: &Value| bubble["text"] == "Подпись";
        let last = shown.last().expect("a bubble");
        assert!(has_caption(last), "the caption is shown with the file or after it: {last}");
        let sent = shown.iter().rev().find(|bubble| bubble["file"].is_object());
        let sent = sent.expect("the file")["file"]["url"].as_str().expect("an address").to_owned();
        assert_eq!(play.bytes_at(&sent), bytes, "{kind:?} to the customer");
        let file = json!({ "url": url, "name": name, "mime": mime, "kind": kind.code() });
        play.reply(LIVE, &json!({ "text": "Вот", "file": file }));
        let got = message(play.words(0));
        let [file] = &got.files[..] else { panic!("{got:?}") };
        assert_eq!(file.kind, kind);
        let found = play.chore(&Chore::Fetch { locator: &file.locator });
        let Finding::File { bytes: fetched, .. } = found else { panic!("{found:?}") };
        assert_eq!(fetched, bytes, "{kind:?} from the customer");
    }
    let gone = format!("{TWIN}/2010-04-01/Accounts/{LIVE}/Messages/MM1/Media/ME1");
    let found = play.chore(&Chore::Fetch { locator: &gone });
    assert!(matches!(found, Finding::Failed(f) if f.reason == Reason::FileUnavailable));
}

#[test]
fn a_file_that_cannot_be_fetched_fails_later() {
    let mut play = play();
    let url = "https://nowhere.invalid/a.png";
    let content = Content::File(File::at(FileKind::Image, url));
    let payload = Payload { name: "a.png", mime: "image/png", bytes: b"", url };
    let outcome = play.submit(To::Person(ANNA), &content, Some(payload), None);
    let Outcome::Accepted { remote_id } = outcome else { panic!("{outcome:?}") };
    let words = play.words(1_000);
    let [ReceiptKind::Failed(failure)] = &receipts(&words, &remote_id)[..] else {
        panic!("{words:?}");
    };
    assert_eq!((failure.blame, failure.reason), (Blame::Content, Reason::FileUnavailable));
}

#[test]
fn quotes_and_reads() {
    let mut play = play();
    let ours = play.accepted(&text("В пять?"));
    play.words(1_000);
    let theirs = play.reply(LIVE, &json!({ "text": "Да", "quote": ours }));
    assert_eq!(message(play.words(0)).quote.expect("a quote").remote_id, ours);
    let read = Chore::MarkRead { chat: ANNA, remote_id: &theirs };
    assert_eq!(play.chore(&read), Finding::Done);
    let place = json!({ "location": { "latitude": 55.75, "longitude": 37.61, "name": "Дом" } });
    play.reply(LIVE, &place);
    assert!(matches!(message(play.words(0)).extra, Some(Extra::Location { .. })));
}

#[test]
fn a_signature_is_of_the_address_and_of_every_member() {
    let mut play = play();
    play.reply(LIVE, &json!({ "text": "Hi" }));
    play.pass(0);
    let (good, _) = play.posted.pop().expect("a webhook");
    let mut forged = good.clone();
    forged.body.extend_from_slice(b"&Body=more");
    assert_eq!(play.receive(&forged), Reception::Forged);
    let mut elsewhere = good;
    elsewhere.url = "https://other.example.ru/in/key".to_owned();
    assert_eq!(play.receive(&elsewhere), Reception::Forged);
}
