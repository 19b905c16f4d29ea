//! P1 to P9: what becomes of a send.

use super::{Case, Journal, arrival, channel, read};
use crate::play::{ANNA, Play, receipts, text};
use serde_json::json;
use vestnik_model::{
    content::Content,
    outcome::{Blame, Failure, Outcome, Reason, ReceiptKind},
    secret::Secret,
    time::Millis,
};
use vestnik_provider::{
    chore::{Chore, Finding},
    port::{AccountState, Verdict},
};

/// P1: a text is accepted under an id, arrives as it is, and the receipts climb.
pub(super) fn accepted(case: &Case) {
    let mut play = case.play();
    let words = "Привет, *мир* / \"5\" + 50 % & \u{1F511}";
    let id = play.accepted(&text(words));
    let mut told = receipts(&play.words(2_000), &id);
    // Some say the same by two kinds of webhooks.
    told.dedup();
    assert_eq!(told, arrival(&play));
    assert_eq!(play.bubbles()[0]["text"], words);
    if channel(&play).receipts.read {
        read(&mut play);
        assert_eq!(receipts(&play.words(1_000), &id), [ReceiptKind::Read]);
    }
}

/// P2: the pause of the hint is kept, by the whole account.
pub(super) fn too_fast_with_hint(case: &Case) {
    let fault = json!({ "error": 429, "retry_after_s": 17 });
    let outcome = case.strike(&mut case.play(), &fault, &text("x"));
    let told = format!("{outcome:?}");
    let Outcome::Deferred { retry_after, whole_account, .. } = outcome else { panic!("{told}") };
    assert_eq!((retry_after, whole_account), (Some(Millis::seconds(17)), true));
}

/// P3: surely not sent, and the whole account pauses.
pub(super) fn too_fast(case: &Case) {
    let outcome = case.strike(&mut case.play(), &json!({ "error": 429 }), &text("x"));
    assert!(matches!(outcome, Outcome::Deferred { whole_account: true, .. }), "{outcome:?}");
}

/// P4: it may have been sent; 503 may be documented as "surely not".
pub(super) fn server_error(case: &Case) {
    let outcome = case.strike(&mut case.play(), &json!({ "error": 503 }), &text("x"));
    let is_open = matches!(outcome, Outcome::Unknown { .. } | Outcome::Deferred { .. });
    assert!(is_open, "{outcome:?}");
    for error in [500, 502] {
        let outcome = case.strike(&mut case.play(), &json!({ "error": error }), &text("x"));
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{error}: {outcome:?}");
    }
}

/// P5: it may have been sent; a journal says in the end that it was not.
pub(super) fn cut_before(case: &Case) {
    let mut play = case.play();
    let (content, started_at) = (text("Ваш заказ готов"), play.now);
    let outcome = case.strike(&mut play, &json!({ "cut": "before" }), &content);
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    let late = match case.journal {
        Journal::Whole => Verdict::Absent,
        Journal::FindsOnly => Verdict::Unsure,
        Journal::Key => return repeated(&mut play, &content),
        Journal::None => return,
    };
    play.pass(1_000);
    assert_eq!(play.inquire(&content, started_at), Verdict::Unsure, "too fresh to be sure");
    play.pass(Millis::minutes(3).0);
    assert_eq!(play.inquire(&content, started_at), late);
}

/// What comes again under its key within the minute is accepted, and is there once.
fn repeated(play: &mut Play, content: &Content) {
    play.pass(Millis::seconds(31).0);
    let outcome = play.repeat(content);
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    play.words(2_000);
    assert_eq!(play.bubbles().len(), 1);
}

/// P6: it was sent, once; a journal says so, under the id that receipts speak of.
pub(super) fn cut_after(case: &Case) {
    let mut play = case.play();
    let (content, started_at) = (text("Ваш заказ готов"), play.now);
    let outcome = case.strike(&mut play, &json!({ "cut": "after" }), &content);
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    let words = play.words(2_000);
    assert_eq!(play.bubbles().len(), 1);
    match case.journal {
        Journal::Whole | Journal::FindsOnly => {}
        Journal::Key => return repeated(&mut play, &content),
        Journal::None => return,
    }
    let verdict = play.inquire(&content, started_at);
    let told = format!("{verdict:?}");
    let Verdict::Found { remote_id } = verdict else { panic!("{told}") };
    let told = receipts(&words, &remote_id);
    assert_eq!(told, arrival(&play), "the receipts were early");
}

/// P7: the account is to blame, its check says so, and no secret is told.
pub(super) fn wrong_credentials(case: &Case) {
    let mut play = case.play();
    let wrong = "wr0ngs3cretwr0ngs3cret";
    play.account.settings.insert(case.secret.to_owned(), Secret::new(wrong));
    let outcome = play.send(&text("x"));
    let told = format!("{outcome:?}");
    assert!(!told.contains(wrong), "{told}");
    let Outcome::Refused(failure) = outcome else { panic!("{told}") };
    assert_eq!((failure.blame, failure.reason), (Blame::Account, Reason::Unauthorized));
    let found = play.chore(&Chore::Check);
    assert!(matches!(found, Finding::State(AccountState::Broken { .. })), "{found:?}");
    assert!(!format!("{found:?}").contains(wrong), "{found:?}");
}

/// P8: the recipient is to blame, at once or by a receipt.
pub(super) fn unknown_recipient(case: &Case) {
    let mut play = case.play();
    case.meet(&mut play, case.nobody);
    let path = format!("/twin/phones/{}", case.nobody);
    play.control("PUT", &path, &json!({ "messengers": [] }));
    let Failure { blame, reason, .. } = failure(&mut play, case.nobody);
    assert_eq!(blame, Blame::Recipient);
    // Of a chat that is not there, some say no more than that.
    let is_known =
        reason == Reason::NoAccount || case.chat.is_some() && reason == Reason::NoAddress;
    assert!(is_known, "{reason:?}");
}

/// P9: the window is to blame, at once or by a receipt.
pub(super) fn window_closed(case: &Case) {
    let mut play = case.heard();
    let failure = failure(&mut play, ANNA);
    assert_eq!((failure.blame, failure.reason), (Blame::Window, Reason::WindowClosed));
}

/// Of what a send fails, at once or by a receipt.
fn failure(play: &mut Play, number: &str) -> Failure {
    let outcome = play.send_to(number, &text("x"));
    let told = format!("{outcome:?}");
    let remote_id = match outcome {
        Outcome::Refused(failure) => return failure,
        Outcome::Accepted { remote_id } => remote_id,
        Outcome::Deferred { .. } | Outcome::Unknown { .. } => panic!("{told}"),
    };
    let words = play.words(2_000);
    match receipts(&words, &remote_id).pop() {
        Some(ReceiptKind::Failed(failure)) => failure,
        Some(ReceiptKind::Sent | ReceiptKind::Delivered | ReceiptKind::Read) | None => {
            panic!("{told}, then {words:?}")
        }
    }
}
