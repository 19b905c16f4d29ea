//! chat-api and its relatives, each dialect by itself.

use crate::{
    clause::{self, Case, Clause, Journal, message},
    play::{ANNA, Play, TWIN, URL, receipts, text},
};
use serde_json::json;
use vestnik_model::{
    content::{Content, Template},
    messenger::Messenger,
    outcome::{Blame, Outcome, ReceiptKind},
    time::Millis,
};
use vestnik_provider::{
    chore::{Chore, Finding, Qr},
    incoming::Extra,
    port::{AccountState, Reception, Verdict, Word},
};
use vestnik_twin::config::CHAT_API_TOKEN;

const CLASSIC: &str = "27001";
const ONE_MSG: &str = "27002";
const ULTRAMSG: &str = "27003";

const UNSIGNED: (Clause, &str) =
    (Clause::P12Forged, "nothing is signed: the secret is the address, which the door checks");
const SILENT: (Clause, &str) =
    (Clause::P8UnknownRecipient, "the dialect has no word for it: accepted, and nothing follows");
const NO_EDITS: (Clause, &str) =
    (Clause::P14NewContent, "the dialect does not tell of edits; a test below sends the same id");

fn classic() -> Case {
    Case {
        name: "chat_api",
        line: CLASSIC,
        bare: || account(CLASSIC, "classic"),
        subscribe: clause::subscribe,
        chat: None,
        shown: clause::same,
        secret: "token",
        nobody: "79005550000",
        strange_group: "120363000000000009@g.us",
        journal: Journal::Whole,
        unfetched: &[],
        not: &[
            UNSIGNED,
            SILENT,
            NO_EDITS,
            (Clause::P9WindowClosed, "a linked phone has no service window"),
        ],
    }
}

fn one_msg() -> Case {
    Case {
        name: "chat_api/one_msg",
        line: ONE_MSG,
        bare: || account(ONE_MSG, "one_msg"),
        journal: Journal::FindsOnly,
        not: &[UNSIGNED, SILENT, NO_EDITS],
        ..classic()
    }
}

fn ultramsg() -> Case {
    Case {
        name: "chat_api/ultramsg",
        line: ULTRAMSG,
        bare: || account(ULTRAMSG, "ultramsg"),
        subscribe: |play| {
            let path = format!("/twin/accounts/chat_api/{ULTRAMSG}");
            play.control("PUT", &path, &json!({ "webhook_url": URL }));
        },
        journal: Journal::None,
        not: &[
            UNSIGNED,
            SILENT,
            NO_EDITS,
            (Clause::P9WindowClosed, "a linked phone has no service window"),
            (Clause::P17QuoteOut, "its calls have no member for a quote that is documented"),
            (Clause::P18QuoteIn, "a quoted bubble has WhatsApp's id, which its answers don't tell"),
            (Clause::P21Subscribed, "there is no call for it: the address is set in the cabinet"),
        ],
        ..classic()
    }
}

pub const CASES: [fn() -> Case; 3] = [classic, one_msg, ultramsg];

fn account(instance: &str, dialect: &str) -> Play {
    let settings = [
        ("api_url", TWIN),
        ("instance", instance),
        ("token", CHAT_API_TOKEN),
        ("dialect", dialect),
    ];
    Play::new("chat_api", Messenger::Whatsapp, &settings)
}

fn play() -> Play {
    let mut play = account(CLASSIC, "classic");
    clause::subscribe(&mut play);
    play
}

#[test]
fn every_clause_is_kept() {
    for case in CASES {
        clause::keep(&case());
    }
}

#[test]
fn of_a_number_that_is_not_there_nothing_is_told() {
    for case in [classic(), ultramsg()] {
        let mut play = (case.bare)();
        (case.subscribe)(&mut play);
        play.control("PUT", &format!("/twin/phones/{}", case.nobody), &json!({ "messengers": [] }));
        let outcome = play.send_to(case.nobody, &text("x"));
        let Outcome::Accepted { remote_id } = outcome else { panic!("{outcome:?}") };
        assert!(receipts(&play.words(60_000), &remote_id).is_empty(), "{}", case.name);
        let outcome = play.send_to("79990000429", &text("x"));
        assert!(matches!(outcome, Outcome::Deferred { .. }), "{outcome:?}");
    }
}

#[test]
fn a_group_in_which_no_dialogue_was_started_is_refused_with_a_clear_word() {
    let mut play = play();
    let group = json!({ "messenger": "whatsapp", "name": "Team", "members": [ANNA] });
    play.control("PUT", "/twin/groups/G1", &group);
    let to = vestnik_provider::port::To::Group("G1@g.us");
    let Outcome::Refused(failure) = play.submit(to, &text("x"), None, None) else { panic!("G1") };
    assert_eq!(failure.blame, Blame::Sender);
    assert!(failure.detail.contains("start a dialogue"), "{}", failure.detail);
}

#[test]
fn the_same_id_with_new_content_is_read_as_it_is_and_a_foreign_instance_is_not() {
    let mut play = play();
    play.reply(CLASSIC, &json!({ "text": "When?" }));
    play.pass(0);
    let (mut again, reception) = play.posted.pop().expect("a webhook");
    let Reception::Understood(words) = reception else { panic!("{reception:?}") };
    let first = message(words);
    let body = String::from_utf8(again.body.clone()).expect("JSON");
    again.body = body.replace("When?", "When then?").into_bytes();
    let Reception::Understood(words) = play.receive(&again) else { panic!("it is read") };
    let second = message(words);
    assert_eq!((second.remote_id, second.text.as_str()), (first.remote_id, "When then?"));
    again.body = body.replace("\"instanceId\":\"27001\"", "\"instanceId\":\"1\"").into_bytes();
    assert!(matches!(play.receive(&again), Reception::Unreadable { .. }));
}

#[test]
fn the_same_words_of_a_minute_ago_are_not_taken_for_those_that_were_lost() {
    let mut play = play();
    let content = text("Ваш заказ готов");
    play.accepted(&content);
    play.pass(60_000);
    let started_at = play.now;
    play.fault(&json!({ "provider": "chat_api", "cut": "before" }));
    assert!(matches!(play.send(&content), Outcome::Unknown { .. }));
    play.no_faults();
    play.pass(Millis::minutes(3).0);
    assert_eq!(play.inquire(&content, started_at), Verdict::Unsure, "clocks may differ");
}

#[test]
fn what_waits_for_the_phone_is_found_in_the_queue() {
    let mut play = play();
    assert_eq!(play.chore(&Chore::Logout), Finding::Done);
    let words = play.words(0);
    assert!(matches!(&words[..], [Word::Account(AccountState::Broken { .. })]), "{words:?}");
    assert!(matches!(play.chore(&Chore::Qr), Finding::Qr(Qr::Png(_))));
    let (content, started_at) = (text("Ваш заказ готов"), play.now);
    play.fault(&json!({ "provider": "chat_api", "cut": "after" }));
    assert!(matches!(play.send(&content), Outcome::Unknown { .. }));
    play.no_faults();
    play.pass(Millis::minutes(3).0);
    let verdict = play.inquire(&content, started_at);
    let Verdict::Found { remote_id } = verdict else { panic!("{verdict:?}") };
    assert_eq!(play.chore(&Chore::Queue), Finding::Count(1));
    let path = format!("/twin/accounts/chat_api/{CLASSIC}");
    play.control("PUT", &path, &json!({ "state": "authenticated" }));
    let words = play.words(2_000);
    assert_eq!(words.first(), Some(&Word::Account(AccountState::Ready)));
    assert_eq!(receipts(&words, &remote_id), [ReceiptKind::Sent, ReceiptKind::Delivered]);
    assert_eq!(play.chore(&Chore::Qr), Finding::Qr(Qr::NotNeeded));
    assert_eq!(play.chore(&Chore::Restart), Finding::Done);
    assert!(matches!(play.chore(&Chore::Check), Finding::State(AccountState::Waiting { .. })));
    assert_eq!(play.words(2_000).last(), Some(&Word::Account(AccountState::Ready)));
    play.control("PUT", &path, &json!({ "state": "not_paid" }));
    let Outcome::Refused(failure) = play.send(&text("x")) else { panic!("not paid") };
    assert_eq!(failure.blame, Blame::Account);
}

#[test]
fn places_cards_settings_and_reads() {
    let mut play = play();
    play.reply(CLASSIC, &json!({ "location": { "latitude": 55.75, "longitude": 37.61 } }));
    let Some(Extra::Location { latitude, .. }) = message(play.words(0)).extra else {
        panic!("a place");
    };
    assert_eq!(latitude, "55.75");
    play.reply(CLASSIC, &json!({ "contact": { "name": "Пётр", "phone": "79007654321" } }));
    let got = message(play.words(0));
    let Some(Extra::Contact { phone, .. }) = &got.extra else { panic!("a card") };
    assert_eq!(phone, "+79007654321");
    let read = Chore::MarkRead { chat: &got.chat.id, remote_id: &got.remote_id };
    assert_eq!(play.chore(&read), Finding::Done);
    let values = [("sendDelay".to_owned(), "2".to_owned())];
    assert_eq!(play.chore(&Chore::Change { values: &values }), Finding::Done);
    let Finding::Settings(settings) = play.chore(&Chore::Settings) else { panic!("settings") };
    assert!(settings.contains(&values[0]), "{settings:?}");
    assert_eq!(play.chore(&Chore::ClearQueue), Finding::Done);
}

#[test]
fn a_template_goes_outside_the_window() {
    let case = one_msg();
    let mut play = (case.bare)();
    (case.subscribe)(&mut play);
    let Finding::Templates(templates) = play.chore(&Chore::Templates) else { panic!("templates") };
    let approved = templates.iter().filter(|template| template.is_approved);
    assert_eq!(approved.map(|t| t.id.as_str()).collect::<Vec<_>>(), ["order_ready"]);
    let template = |values: &[&str]| {
        Content::Template(Template {
            id: "order_ready".to_owned(),
            language: "ru".to_owned(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            text: String::new(),
        })
    };
    let id = play.accepted(&template(&["Анна", "17"]));
    assert_eq!(receipts(&play.words(2_000), &id).last(), Some(&ReceiptKind::Delivered));
    assert_eq!(play.bubbles()[0]["text"], "Здравствуйте, Анна! Заказ 17 готов.");
    let outcome = play.send(&template(&["Анна"]));
    assert!(matches!(outcome, Outcome::Refused(f) if f.blame == Blame::Content));
}
