//! WhatsApp Business Cloud API.

use crate::{
    clause::{self, Case, Journal, message},
    play::{ANNA, Play, TWIN, URL, receipts, text},
};
use serde_json::json;
use vestnik_model::{
    content::{Button, ButtonAction, Content, Template},
    file::{File, FileHash, FileKind, Source},
    messenger::Messenger,
    outcome::{Blame, Outcome, Reason, ReceiptKind},
};
use vestnik_provider::{
    chore::{Chore, Finding},
    incoming::Extra,
    port::{AccountState, Payload, Reception, To, Word},
};
use vestnik_twin::config::{CLOUD_APP_SECRET, CLOUD_TOKEN};

const NUMBER: &str = "106540352242922";

pub fn case() -> Case {
    Case {
        name: "whatsapp_cloud",
        line: NUMBER,
        bare,
        subscribe: clause::subscribe,
        chat: None,
        shown: clause::same,
        secret: "token",
        nobody: "79991131026",
        strange_group: "120363000000000009",
        unfetched: &[],
        journal: Journal::None,
        not: &[],
    }
}

#[test]
fn every_clause_is_kept() {
    clause::keep(&case());
}

fn bare() -> Play {
    let settings = [
        ("phone_number_id", NUMBER),
        ("waba_id", "102290129340398"),
        ("token", CLOUD_TOKEN),
        ("app_secret", CLOUD_APP_SECRET),
        ("verify_token", "verify-me"),
        ("api_url", TWIN),
    ];
    Play::new("whatsapp_cloud", Messenger::Whatsapp, &settings)
}

/// Subscribed, and Anna has written.
fn play() -> Play {
    let mut play = bare();
    assert_eq!(play.chore(&Chore::Subscribe { url: URL }), Finding::Done);
    play.reply(NUMBER, &json!({ "text": "Hi" }));
    assert_eq!(play.words(0).len(), 1);
    play
}

#[test]
fn a_banned_number_is_broken_and_only_approved_templates_can_be_used() {
    let mut play = play();
    let Finding::Templates(templates) = play.chore(&Chore::Templates) else { panic!("templates") };
    let approved: Vec<&str> =
        templates.iter().filter(|t| t.is_approved).map(|t| t.id.as_str()).collect();
    assert_eq!(approved, ["hello_world", "order_ready"]);
    let change = json!({ "status": "BANNED" });
    play.control("PUT", &format!("/twin/accounts/whatsapp_cloud/{NUMBER}"), &change);
    let found = play.chore(&Chore::Check);
    assert!(matches!(found, Finding::State(AccountState::Broken { .. })), "{found:?}");
}

#[test]
fn what_is_refused_has_its_reason() {
    let mut play = play();
    for (number, blame, reason) in [
        ("79991000368", Blame::Account, Reason::AccountBlocked),
        ("79991131042", Blame::Account, Reason::Quota),
        ("79991131030", Blame::Sender, Reason::Barred),
        ("79991131009", Blame::Content, Reason::Malformed),
    ] {
        let Outcome::Refused(failure) = play.send_to(number, &text("x")) else {
            panic!("{number}");
        };
        assert_eq!((failure.blame, failure.reason), (blame, reason), "{number}");
    }
    for (number, whole) in [
        ("79991130429", true),
        ("79991131056", false),
        ("79991131048", true),
        ("79991000002", true),
    ] {
        let Outcome::Deferred { whole_account, retry_after, .. } = play.send_to(number, &text("x"))
        else {
            panic!("{number}");
        };
        assert_eq!((whole_account, retry_after.is_some()), (whole, true), "{number}");
    }
    for (number, blame, reason) in [
        ("79991131026", Blame::Recipient, Reason::NoAccount),
        ("79991131047", Blame::Window, Reason::WindowClosed),
        ("79991131049", Blame::Recipient, Reason::Barred),
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
    for number in ["79992000498", "79992000499", "79992000500", "79992000502"] {
        let outcome = play.send_to(number, &text("x"));
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{number}: {outcome:?}");
    }
}

#[test]
fn the_window_is_opened_by_a_word_and_a_template_needs_none() {
    let mut play = bare();
    assert_eq!(play.chore(&Chore::Subscribe { url: URL }), Finding::Done);
    let id = play.accepted(&text("Hello"));
    let words = play.words(1_000);
    let [ReceiptKind::Failed(failure)] = &receipts(&words, &id)[..] else { panic!("{words:?}") };
    assert_eq!(failure.reason, Reason::WindowClosed);
    let template = |id: &str, values: &[&str]| {
        Content::Template(Template {
            id: id.to_owned(),
            language: "ru".to_owned(),
            values: values.iter().map(|v| (*v).to_owned()).collect(),
            text: String::new(),
        })
    };
    let id = play.accepted(&template("order_ready", &["Анна", "17\nи ещё"]));
    assert_eq!(receipts(&play.words(1_000), &id).last(), Some(&ReceiptKind::Delivered));
    let shown = play.bubbles();
    assert_eq!(shown[1]["text"], "Здравствуйте, Анна! Заказ 17 и ещё готов.");
    for (name, values) in [("order_ready", &["1"][..]), ("none", &[]), ("season_sale", &["5"])] {
        let outcome = play.send(&template(name, values));
        assert!(matches!(outcome, Outcome::Refused(f) if f.blame == Blame::Content), "{name}");
    }
    let change = json!({ "closed_window": "answer" });
    play.control("PUT", &format!("/twin/accounts/whatsapp_cloud/{NUMBER}"), &change);
    let outcome = play.send(&text("x"));
    assert!(matches!(outcome, Outcome::Refused(f) if f.blame == Blame::Window));
}

#[test]
fn the_declared_pace_is_never_too_fast() {
    let mut play = play();
    let channel = play.provider.descriptor().channel(Messenger::Whatsapp).expect("a channel");
    let pacing = channel.pacing;
    for n in 0..pacing.recipient_burst {
        assert!(matches!(play.send(&text("x")), Outcome::Accepted { .. }), "{n}");
    }
    for n in 0..5 {
        play.pass(pacing.recipient_gap.expect("a gap").0);
        assert!(matches!(play.send(&text("x")), Outcome::Accepted { .. }), "after a gap {n}");
    }
    // A second of many customers.
    play.pass(10_000);
    for n in 0..200_u64 {
        let outcome = play.send_to(&(79_100_000_000 + n).to_string(), &text("x"));
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{n}: {outcome:?}");
        if n >= u64::from(pacing.burst) {
            play.pass(pacing.gap.expect("a gap").0);
        }
    }
}

#[test]
fn files_go_both_ways_with_equal_bytes() {
    let kinds: [(FileKind, &str, &str, &[u8]); 5] = [
        (FileKind::Image, "a.png", "image/png", b"\x89PNG\r\n\x1a\n\x00\xff--"),
        (FileKind::Document, "счёт.pdf", "application/pdf", b"%PDF-1.7\r\n\x00"),
        (FileKind::Audio, "a.mp3", "audio/mpeg", b"ID3\x00\x01"),
        (FileKind::Video, "a.mp4", "video/mp4", b"\x00\x00\x00\x18ftypmp42"),
        (FileKind::Sticker, "a.webp", "image/webp", b"RIFF\x00WEBP"),
    ];
    let mut play = play();
    let to = To::Person(ANNA);
    for (kind, name, mime, bytes) in kinds {
        let file = File {
            source: Source::Stored(FileHash([1; 32])),
            name: name.to_owned(),
            caption: "Подпись".to_owned(),
            ..File::at(kind, "")
        };
        let payload = Payload { name, mime, bytes, url: "" };
        let outcome = play.submit(to, &Content::File(file), Some(payload), None);
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{kind:?}: {outcome:?}");
        let sent = play.bubbles().pop().expect("a bubble");
        assert_eq!(sent["kind"], kind.code());
        let url = sent["file"]["url"].as_str().expect("an address").to_owned();
        assert_eq!(play.bytes_at(&url), bytes, "{kind:?} to the customer");
        play.words(1_000);
        let url = play.file("a", mime, bytes);
        let file = json!({ "url": url, "name": name, "mime": mime, "kind": kind.code() });
        play.reply(NUMBER, &json!({ "text": "Вот", "file": file }));
        let got = message(play.words(0));
        let [file] = &got.files[..] else { panic!("{got:?}") };
        assert_eq!(file.kind, kind);
        let found = play.chore(&Chore::Fetch { locator: &file.locator });
        let Finding::File { bytes: fetched, .. } = found else { panic!("{found:?}") };
        assert_eq!(fetched, bytes, "{kind:?} from the customer");
    }
    let by_address = Content::File(File::at(FileKind::Image, "https://example.ru/a.png"));
    let url = "https://example.ru/a.png";
    let payload = Payload { name: "a.png", mime: "", bytes: b"", url };
    let outcome = play.submit(to, &by_address, Some(payload), None);
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    assert_eq!(play.bubbles().pop().expect("a bubble")["file"]["url"], url);
    let gone = play.chore(&Chore::Fetch { locator: "99999" });
    assert!(matches!(gone, Finding::Failed(f) if f.reason == Reason::FileUnavailable));
}

#[test]
fn quotes_buttons_reactions_edits_and_reads() {
    let mut play = play();
    let theirs = play.reply(NUMBER, &json!({ "text": "When?" }));
    play.words(0);
    let buttons = ["Да", "Нет"].map(|title| Button {
        title: title.to_owned(),
        action: ButtonAction::Reply(format!("answer-{title}")),
    });
    let choice = Content::Choice { text: "В пять?".to_owned(), buttons: buttons.to_vec() };
    let outcome = play.submit(To::Person(ANNA), &choice, None, Some(&theirs));
    let Outcome::Accepted { remote_id } = outcome else { panic!("{outcome:?}") };
    assert_eq!(play.bubbles()[0]["quote"]["id"], theirs);
    play.words(1_000);
    play.control("POST", "/twin/press", &json!({ "id": remote_id, "button": "Да" }));
    let pressed = message(play.words(0));
    assert_eq!(pressed.extra, Some(Extra::Pressed { payload: "answer-Да".to_owned() }));
    assert_eq!(pressed.quote.expect("a quote").remote_id, remote_id);
    play.reply(NUMBER, &json!({ "text": "Хорошо", "quote": remote_id }));
    assert_eq!(message(play.words(0)).quote.expect("a quote").remote_id, remote_id);
    play.control("POST", "/twin/react", &json!({ "id": remote_id, "emoji": "👍" }));
    let words = play.words(0);
    assert!(matches!(&words[..], [Word::Reaction { emoji: Some(e), .. }] if e == "👍"));
    play.control("POST", "/twin/edit", &json!({ "id": theirs, "text": "When then?" }));
    let words = play.words(0);
    assert!(matches!(&words[..], [Word::Edited { remote_id, text, .. }]
        if *remote_id == theirs && text == "When then?"));
    play.control("POST", "/twin/delete", &json!({ "id": theirs }));
    assert!(
        matches!(&play.words(0)[..], [Word::Deleted { remote_id, .. }] if *remote_id == theirs)
    );
    let read = Chore::MarkRead { chat: ANNA, remote_id: &theirs };
    assert_eq!(play.chore(&read), Finding::Done);
}

#[test]
fn groups_are_written_to_and_heard() {
    let mut play = play();
    let group = json!({ "messenger": "whatsapp", "name": "Team", "members": [ANNA] });
    play.control("PUT", "/twin/groups/G1", &group);
    let outcome = play.submit(To::Group("G1"), &text("All"), None, None);
    let Outcome::Accepted { remote_id } = outcome else { panic!("{outcome:?}") };
    let words = play.words(1_000);
    assert_eq!(receipts(&words, &remote_id).last(), Some(&ReceiptKind::Delivered));
    play.reply(NUMBER, &json!({ "text": "Here", "group": "G1" }));
    let got = message(play.words(0));
    assert!(got.chat.is_group && got.chat.id == "G1" && got.author.id == ANNA, "{got:?}");
    let strange = play.submit(To::Group("G2"), &text("x"), None, None);
    assert!(matches!(strange, Outcome::Refused(f) if f.blame == Blame::Sender));
}

#[test]
fn a_person_without_a_number_is_answered() {
    let mut play = play();
    let change = json!({ "hide_numbers": true });
    play.control("PUT", &format!("/twin/accounts/whatsapp_cloud/{NUMBER}"), &change);
    play.reply(NUMBER, &json!({ "text": "Hi" }));
    let got = message(play.words(0));
    assert!(got.author.phone.is_none() && got.chat.id.starts_with("RU."), "{got:?}");
    let outcome = play.submit(To::Person(&got.chat.id), &text("Hello"), None, None);
    let Outcome::Accepted { remote_id } = outcome else { panic!("{outcome:?}") };
    let words = play.words(1_000);
    assert_eq!(receipts(&words, &remote_id).last(), Some(&ReceiptKind::Delivered));
}

#[test]
fn a_signature_is_of_every_byte() {
    let mut play = play();
    play.reply(NUMBER, &json!({ "text": "Hi" }));
    play.pass(0);
    let (mut forged, _) = play.posted.pop().expect("a webhook");
    forged.body.push(b' ');
    assert_eq!(play.receive(&forged), Reception::Forged);
}

#[test]
fn the_moderation_of_a_template_is_told_at_the_apps_callback() {
    let mut play = play();
    let change = json!({ "callback_url": URL });
    play.control("PUT", &format!("/twin/accounts/whatsapp_cloud/{NUMBER}"), &change);
    let body = json!({ "name": "visit_rejected", "language": "ru", "category": "UTILITY",
        "components": [{ "type": "BODY", "text": "Ждём" }] });
    let request = vestnik_provider::wire::Request::post_json(
        "test",
        format!("{TWIN}/v23.0/102290129340398/message_templates"),
        body.to_string().into_bytes(),
        vestnik_model::limits::SUBMIT_TIMEOUT,
    );
    let request = request.with_header("authorization", format!("Bearer {CLOUD_TOKEN}"));
    assert_eq!(play.carry(&request).expect("an answer").status, 200);
    let words = play.words(61_000);
    let (id, state) = ("visit_rejected".to_owned(), "REJECTED".to_owned());
    assert_eq!(words, [Word::Template { id, state }]);
}
