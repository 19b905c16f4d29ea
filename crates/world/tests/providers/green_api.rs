//! Green-API.

use crate::{
    clause::{self, Case, Journal, message},
    play::{ANNA, Play, TWIN, receipts, text},
};
use serde_json::{Value, json};
use vestnik_model::{
    messenger::Messenger,
    outcome::{Blame, Outcome, Reason, ReceiptKind},
    phone::Phone,
    time::Millis,
};
use vestnik_provider::{
    chore::{Chore, Finding, Qr},
    incoming::Extra,
    port::{AccountState, Verdict, Word},
};
use vestnik_twin::config::TOKEN;

const INSTANCE: &str = "1234567890";

pub fn case() -> Case {
    Case {
        name: "green_api",
        line: INSTANCE,
        bare,
        subscribe: clause::subscribe,
        chat: None,
        shown: clause::same,
        secret: "token",
        nobody: "79990000404",
        strange_group: "120363000000000009@g.us",
        journal: Journal::Whole,
        unfetched: &[],
        not: &[(clause::Clause::P9WindowClosed, "a linked phone has no service window")],
    }
}

fn bare() -> Play {
    let settings = [
        ("api_url", TWIN),
        ("id_instance", INSTANCE),
        ("token", TOKEN),
        ("webhook_token", "hook-s3cret"),
    ];
    Play::new("green_api", Messenger::Whatsapp, &settings)
}

fn play() -> Play {
    let mut play = bare();
    clause::subscribe(&mut play);
    play
}

fn change(play: &mut Play, change: &Value) {
    play.control("PUT", &format!("/twin/instances/{INSTANCE}"), change);
}

#[test]
fn every_clause_is_kept() {
    clause::keep(&case());
}

#[test]
fn what_is_refused_has_its_reason() {
    let mut play = play();
    let Outcome::Refused(failure) = play.send_to("79990000466", &text("x")) else { panic!("466") };
    assert_eq!((failure.blame, failure.reason), (Blame::Account, Reason::Quota));
    for (number, blame) in [("79990000400", Blame::Provider), ("79990000403", Blame::Account)] {
        let Outcome::Accepted { remote_id } = play.send_to(number, &text("x")) else {
            panic!("{number}");
        };
        let told = receipts(&play.words(2_000), &remote_id);
        let [ReceiptKind::Failed(failure)] = &told[..] else { panic!("{number}: {told:?}") };
        assert_eq!(failure.blame, blame, "{number}");
    }
    for errors in ["object", "text", "reason"] {
        change(&mut play, &json!({ "errors": errors, "state": "starting" }));
        let outcome = play.send(&text("x"));
        assert!(matches!(outcome, Outcome::Deferred { whole_account: true, .. }), "{errors}");
        change(&mut play, &json!({ "state": "expired" }));
        let outcome = play.send(&text("x"));
        assert!(matches!(outcome, Outcome::Refused(f) if f.blame == Blame::Account), "{errors}");
        change(&mut play, &json!({ "state": "authorized" }));
    }
}

#[test]
fn what_waits_in_the_queue_is_found_there() {
    let mut play = play();
    change(&mut play, &json!({ "state": "notAuthorized" }));
    play.words(0);
    let (content, started_at) = (text("Ваш заказ готов"), play.now);
    play.fault(&json!({ "provider": "green_api", "cut": "after" }));
    assert!(matches!(play.send(&content), Outcome::Unknown { .. }));
    play.no_faults();
    play.pass(Millis::minutes(5).0);
    assert!(matches!(play.inquire(&content, started_at), Verdict::Found { .. }));
    play.pass(1_000);
    assert_eq!(play.chore(&Chore::Queue), Finding::Count(1));
}

#[test]
fn the_phone_is_scanned_restarted_and_looked_after() {
    let mut play = play();
    assert_eq!(play.chore(&Chore::Qr), Finding::Qr(Qr::NotNeeded));
    assert_eq!(play.chore(&Chore::Logout), Finding::Done);
    let words = play.words(1_000);
    assert!(matches!(&words[..], [Word::Account(AccountState::Broken { .. })]), "{words:?}");
    assert!(matches!(play.chore(&Chore::Qr), Finding::Qr(Qr::Png(_))));
    assert!(matches!(play.chore(&Chore::Check), Finding::State(AccountState::Broken { .. })));
    change(&mut play, &json!({ "state": "authorized" }));
    assert_eq!(play.words(1_000), [Word::Account(AccountState::Ready)]);
    assert_eq!(play.chore(&Chore::Restart), Finding::Done);
    assert!(matches!(play.chore(&Chore::Check), Finding::State(AccountState::Waiting { .. })));
    assert_eq!(play.words(2_000).last(), Some(&Word::Account(AccountState::Ready)));
    for (number, is_there) in [(79_001_234_567, true), (79_990_000_404, false)] {
        let phone = Phone::from_digits(number).expect("a number");
        assert_eq!(play.chore(&Chore::Exists { phone }), Finding::Exists(is_there));
    }
    let values = [("delaySendMessagesMilliseconds".to_owned(), "700".to_owned())];
    assert_eq!(play.chore(&Chore::Change { values: &values }), Finding::Done);
    play.pass(1_000);
    let Finding::Settings(settings) = play.chore(&Chore::Settings) else { panic!("settings") };
    assert!(settings.contains(&values[0]), "{settings:?}");
    assert_eq!(play.chore(&Chore::ClearQueue), Finding::Done);
}

#[test]
fn places_cards_reactions_and_takings_back() {
    let mut play = play();
    let place = json!({ "location": { "latitude": 55.75, "longitude": 37.61, "name": "Дом" } });
    play.reply(INSTANCE, &place);
    assert!(matches!(message(play.words(0)).extra, Some(Extra::Location { .. })));
    play.reply(INSTANCE, &json!({ "contact": { "name": "Пётр", "phone": "79007654321" } }));
    let Some(Extra::Contact { phone, .. }) = message(play.words(0)).extra else { panic!("a card") };
    assert_eq!(phone, "+79007654321");
    let id = play.accepted(&text("В пять?"));
    play.words(2_000);
    play.control("POST", "/twin/react", &json!({ "id": id, "emoji": "👍" }));
    let words = play.words(0);
    assert!(matches!(&words[..], [Word::Reaction { remote_id, emoji: Some(e), .. }]
        if *remote_id == id && e == "👍"));
    let theirs = play.reply(INSTANCE, &json!({ "text": "oops" }));
    play.words(0);
    play.control("POST", "/twin/delete", &json!({ "id": theirs }));
    let words = play.words(0);
    assert!(matches!(&words[..], [Word::Deleted { remote_id, .. }] if *remote_id == theirs));
    let chat = format!("{ANNA}@c.us");
    let read = Chore::MarkRead { chat: &chat, remote_id: &theirs };
    assert_eq!(play.chore(&read), Finding::Done);
}
