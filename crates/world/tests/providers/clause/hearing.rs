//! P10 to P14: what a webhook says.

use super::{Case, arrival, read};
use crate::play::{Play, receipts, text};
use serde_json::json;
use vestnik_model::outcome::Outcome;
use vestnik_provider::port::{Reception, Word};
use vestnik_twin::Outgoing;

/// P10: doubled and scrambled webhooks are each read for what they say.
pub(super) fn doubled(case: &Case) {
    let mut play = case.play();
    let code = play.provider.descriptor().code;
    let ways = json!({ "double": 1.0, "shuffle": true });
    play.fault(&json!({ "provider": code, "receipts": ways }));
    let id = play.accepted(&text("x"));
    let told = receipts(&play.words(10_000), &id);
    for kind in arrival(&play) {
        let count = told.iter().filter(|other| *other == kind).count();
        assert!(count >= 2, "{kind:?}: {told:?}");
    }
    play.no_faults();
    for text in ["One", "Two"] {
        play.reply(case.line, &json!({ "text": text }));
    }
    play.pass(2_000);
    let posted = std::mem::take(&mut play.posted);
    assert!(posted.len() > 1, "two messages are two webhooks");
    for (webhook, reception) in posted.iter().rev().chain(&posted) {
        assert_eq!(play.receive(webhook), *reception);
    }
}

/// P11: a receipt is read without memory of the send that it speaks of.
pub(super) fn early(case: &Case) {
    let mut play = case.play();
    let outcome = case.strike(&mut play, &json!({ "cut": "after" }), &text("x"));
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    let mut words = play.words(2_000);
    let mut count = arrival(&play).len();
    if count == 0 {
        read(&mut play);
        words = play.words(1_000);
        count = 1;
    }
    let is_receipt = |word: &&Word| {
        matches!(word, Word::Receipt { remote_id, .. } | Word::ReadUpTo { remote_id, .. }
            if !remote_id.is_empty())
    };
    assert!(words.iter().filter(is_receipt).count() >= count, "{words:?}");
}

/// P12: without its secret or signature a webhook is forged.
pub(super) fn forged(case: &Case) {
    let mut play = case.play();
    play.reply(case.line, &json!({ "text": "Hi" }));
    play.pass(0);
    let (good, reception) = play.posted.pop().expect("a webhook");
    assert!(matches!(reception, Reception::Understood(_)), "{reception:?}");
    let mut bare = without_secrets(&play, &good, "");
    bare.headers.clear();
    assert_eq!(play.receive(&bare), Reception::Forged);
    let mut wrong = without_secrets(&play, &good, "guessed");
    for (name, value) in &mut wrong.headers {
        if name != "content-type" {
            value.push('0');
        }
    }
    assert_eq!(play.receive(&wrong), Reception::Forged);
}

/// A webhook with another word where its body says a secret of the account.
fn without_secrets(play: &Play, webhook: &Outgoing, word: &str) -> Outgoing {
    let mut body = String::from_utf8_lossy(&webhook.body).into_owned();
    let settings = play.provider.descriptor().settings.iter().filter(|setting| setting.secret);
    for secret in settings.map(|setting| play.account.setting(setting.name)) {
        if !secret.is_empty() {
            body = body.replace(secret, word);
        }
    }
    Outgoing { body: body.into_bytes(), ..webhook.clone() }
}

/// P13: bytes that are no webhook, and a webhook that is cut off, say nothing and break nothing.
pub(super) fn garbage(case: &Case) {
    let mut play = case.play();
    play.reply(case.line, &json!({ "text": "Hi" }));
    play.pass(0);
    let (good, _) = play.posted.pop().expect("a webhook");
    let whole = good.body.len();
    let cuts = (1..8).map(|eighth| good.body[..whole * eighth / 8].to_vec());
    for body in cuts.chain([b"\xff\x00{".to_vec(), Vec::new()]) {
        let reception = play.receive(&Outgoing { body, ..good.clone() });
        let is_fine = matches!(reception, Reception::Forged | Reception::Unreadable { .. });
        assert!(is_fine, "{reception:?}");
    }
}

/// P14: a message whose words its author changed is known by the id it had.
pub(super) fn new_content(case: &Case) {
    let mut play = case.play();
    let before = case.writes(&mut play, &json!({ "text": "When?" }));
    let id = (case.shown)(&before.remote_id);
    play.control("POST", "/twin/edit", &json!({ "id": id, "text": "When then?" }));
    let words = play.words(0);
    let is_told = |word: &Word| {
        matches!(word, Word::Edited { remote_id, text, .. }
            if *remote_id == before.remote_id && text == "When then?")
    };
    assert!(words.iter().any(is_told), "{words:?}");
}
