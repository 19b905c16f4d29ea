//! MAX.

use crate::{
    clause::{self, Case, Clause, Journal, message},
    play::{ANNA, Play, TWIN, URL, text},
};
use serde_json::json;
use vestnik_model::{
    content::{Bold, Button, ButtonAction, Content, Marked},
    file::{File, FileHash, FileKind, Source},
    messenger::Messenger,
    outcome::{Blame, Outcome, Reason},
};
use vestnik_provider::{
    chore::{Chore, Finding},
    incoming::Extra,
    port::{Payload, To, Word},
};
use vestnik_twin::config::MAX_TOKEN;

const BOT: &str = "229229229";

pub fn case() -> Case {
    Case {
        name: "max",
        line: BOT,
        bare,
        subscribe: clause::subscribe,
        chat: Some(start),
        shown: clause::same,
        secret: "token",
        nobody: "79990000404",
        strange_group: "-9999999999",
        journal: Journal::None,
        unfetched: &[],
        not: &[
            (Clause::P11Early, "a bot is told neither of arrivals nor of reads"),
            (Clause::P9WindowClosed, "who started a bot can be written to for ever"),
        ],
    }
}

#[test]
fn every_clause_is_kept() {
    clause::keep(&case());
}

fn bare() -> Play {
    let settings = [
        ("token", MAX_TOKEN),
        ("username", "vestnik_demo_bot"),
        ("webhook_secret", "only-we-know"),
        ("api_url", TWIN),
    ];
    Play::new("max", Messenger::Max, &settings)
}

/// Subscribed, and Anna has started the bot. Her dialog with it.
fn play() -> (Play, String) {
    let mut play = bare();
    assert_eq!(play.chore(&Chore::Subscribe { url: URL }), Finding::Done);
    let anna = start(&mut play, ANNA);
    (play, anna)
}

/// Somebody starts the bot; their dialog with it, as the webhook names it.
fn start(play: &mut Play, number: &str) -> String {
    play.start(BOT, number);
    let words = play.words(0);
    let [Word::Started { chat, .. }] = &words[..] else { panic!("{words:?}") };
    chat.clone()
}

fn accepted(play: &mut Play, to: &str, content: &Content) -> String {
    let outcome = play.submit(To::Person(to), content, None, None);
    let Outcome::Accepted { remote_id } = outcome else { panic!("{outcome:?}") };
    remote_id
}

#[test]
fn webhooks_go_to_https_and_an_ordinary_port_only() {
    let wrong = bare().chore(&Chore::Subscribe { url: "http://hub.example.ru:8080/in/key" });
    assert!(matches!(&wrong, Finding::Failed(f) if f.detail.contains("https")), "{wrong:?}");
}

#[test]
fn who_starts_by_a_link_can_be_written_to() {
    let mut play = bare();
    assert_eq!(play.chore(&Chore::Subscribe { url: URL }), Finding::Done);
    let link = play.provider.deep_link(&play.account, "inv-17").expect("a link");
    assert_eq!(link, "https://max.ru/vestnik_demo_bot?start=inv-17");
    let body = json!({ "messenger": "max", "account": BOT, "from": ANNA, "payload": "inv-17" });
    play.control("POST", "/twin/start", &body);
    let words = play.words(0);
    let [Word::Started { chat, payload: Some(payload), .. }] = &words[..] else {
        panic!("{words:?}");
    };
    assert_eq!(payload, "inv-17");
    let id = accepted(&mut play, chat, &text("Привет, *мир* <b> \u{1F511}"));
    assert_eq!(play.bubbles()[0]["text"], "Привет, *мир* <b> \u{1F511}");
    assert_eq!(play.bubbles()[0]["id"], id);
    let block = json!({ "messenger": "max", "account": BOT, "from": ANNA, "blocked": true });
    play.control("POST", "/twin/block", &block);
    let words = play.words(0);
    assert!(matches!(&words[..], [Word::Stopped { chat: of, .. }] if of == chat), "{words:?}");
    let outcome = play.submit(To::Person(chat), &text("x"), None, None);
    assert!(matches!(outcome, Outcome::Refused(f) if f.reason == Reason::Barred));
}

#[test]
fn what_is_refused_has_its_reason() {
    let (mut play, anna) = play();
    for (number, blame, reason) in [
        ("79990000400", Blame::Content, Reason::Malformed),
        ("79990000403", Blame::Recipient, Reason::Barred),
        ("79990000404", Blame::Recipient, Reason::NoAddress),
    ] {
        let chat = start(&mut play, number);
        let outcome = play.submit(To::Person(&chat), &text("x"), None, None);
        let Outcome::Refused(failure) = outcome else { panic!("{number}: {outcome:?}") };
        assert_eq!((failure.blame, failure.reason), (blame, reason), "{number}");
    }
    let outcome = play.submit(To::Person("42"), &text("x"), None, None);
    assert!(matches!(outcome, Outcome::Refused(f) if f.reason == Reason::NoAddress));
    let chat = start(&mut play, "79990000429");
    let outcome = play.submit(To::Person(&chat), &text("x"), None, None);
    assert!(matches!(outcome, Outcome::Deferred { whole_account: true, .. }), "{outcome:?}");
    for number in ["79990000498", "79990000499", "79990000500", "79990000502", "79990000503"] {
        let chat = start(&mut play, number);
        let outcome = play.submit(To::Person(&chat), &text("x"), None, None);
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{number}: {outcome:?}");
    }
    play.pass(1_000);
    accepted(&mut play, &anna, &text(&"я".repeat(4_000)));
    let outcome = play.submit(To::Person(&anna), &text(&"я".repeat(4_001)), None, None);
    assert!(matches!(outcome, Outcome::Refused(f) if f.reason == Reason::Malformed));
}

#[test]
fn the_declared_pace_is_never_too_fast() {
    let (mut play, anna) = play();
    play.pass(1_000);
    let channel = play.provider.descriptor().channel(Messenger::Max).expect("a channel");
    let pacing = channel.pacing;
    for n in 0..100_u64 {
        let outcome = play.submit(To::Person(&anna), &text("x"), None, None);
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{n}: {outcome:?}");
        if n + 1 >= u64::from(pacing.burst) {
            play.pass(pacing.gap.expect("a gap").0);
        }
    }
}

#[test]
fn files_go_both_ways_with_equal_bytes() {
    let kinds: [(FileKind, &str, &str, &str, &[u8]); 5] = [
        (FileKind::Image, "image", "a.png", "image/png", b"\x89PNG\r\n\x1a\n\x00\xff--"),
        (FileKind::Document, "document", "счёт.pdf", "application/pdf", b"%PDF-1.7\r\n\x00"),
        (FileKind::Audio, "audio", "a.mp3", "audio/mpeg", b"ID3\x00\x01"),
        (FileKind::Voice, "audio", "a.ogg", "audio/ogg", b"OggS\x00\x02"),
        (FileKind::Video, "video", "a.mp4", "video/mp4", b"\x00\x00\x00\x18ftypmp42"),
    ];
    let (mut play, anna) = play();
    for (kind, shown_as, name, mime, bytes) in kinds {
        let file = File {
            source: Source::Stored(FileHash([1; 32])),
            name: name.to_owned(),
            caption: "Подпись".to_owned(),
            ..File::at(kind, "")
        };
        let payload = Payload { name, mime, bytes, url: "" };
        let outcome = play.submit(To::Person(&anna), &Content::File(file), Some(payload), None);
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{kind:?}: {outcome:?}");
        let sent = play.bubbles().pop().expect("a bubble");
        assert_eq!((&sent["kind"], &sent["text"]), (&json!(shown_as), &json!("Подпись")));
        let url = sent["file"]["url"].as_str().expect("an address").to_owned();
        assert_eq!(play.bytes_at(&url), bytes, "{kind:?} to the customer");
        play.words(1_000);
        let url = play.file(name, mime, bytes);
        let file = json!({ "url": url, "name": name, "mime": mime, "kind": kind.code() });
        play.reply(BOT, &json!({ "messenger": "max", "text": "Вот", "file": file }));
        let got = message(play.words(0));
        let [file] = &got.files[..] else { panic!("{got:?}") };
        assert_eq!((file.kind.code(), got.text.as_str()), (shown_as, "Вот"));
        let found = play.chore(&Chore::Fetch { locator: &file.locator });
        let Finding::File { bytes: fetched, .. } = found else { panic!("{found:?}") };
        assert_eq!(fetched, bytes, "{kind:?} from the customer");
    }
}

#[test]
fn a_film_that_takes_long_is_put_off_and_never_doubled() {
    let (mut play, anna) = play();
    let account = format!("/twin/accounts/max/{BOT}");
    play.control("PUT", &account, &json!({ "processing_ms": 20_000 }));
    let content = Content::File(File::at(FileKind::Video, "a.mp4"));
    let payload = Payload { name: "a.mp4", mime: "video/mp4", bytes: b"film", url: "" };
    let outcome = play.submit(To::Person(&anna), &content, Some(payload), None);
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    play.control("PUT", &account, &json!({ "processing_ms": 600_000 }));
    let outcome = play.submit(To::Person(&anna), &content, Some(payload), None);
    assert!(matches!(outcome, Outcome::Deferred { whole_account: false, .. }), "{outcome:?}");
    assert_eq!(play.bubbles().len(), 1);
}

#[test]
fn an_upload_that_fails_has_shown_nothing() {
    let (mut play, anna) = play();
    let content = Content::File(File::at(FileKind::Document, "a.pdf"));
    let payload = |name| Payload { name, mime: "x/y", bytes: b"bytes", url: "" };
    play.fault(&json!({ "provider": "max", "method": "upload", "error": 503 }));
    let outcome = play.submit(To::Person(&anna), &content, Some(payload("a.pdf")), None);
    assert!(matches!(outcome, Outcome::Deferred { .. }), "{outcome:?}");
    play.no_faults();
    let outcome = play.submit(To::Person(&anna), &content, Some(payload("a.exe")), None);
    assert!(matches!(outcome, Outcome::Refused(f) if f.reason == Reason::FileRefused));
    assert!(play.bubbles().is_empty());
}

#[test]
fn quotes_buttons_edits_and_removals() {
    let (mut play, anna) = play();
    let theirs = play.reply(BOT, &json!({ "messenger": "max", "text": "Когда?" }));
    let got = message(play.words(0));
    assert_eq!((&got.remote_id, &got.chat.id), (&theirs, &anna));
    let buttons = ["Да", "Нет"].map(|title| Button {
        title: title.to_owned(),
        action: ButtonAction::Reply(format!("answer-{title}")),
    });
    let choice = Content::Choice { text: "В пять?".to_owned(), buttons: buttons.to_vec() };
    let outcome = play.submit(To::Person(&anna), &choice, None, Some(&theirs));
    let Outcome::Accepted { remote_id } = outcome else { panic!("{outcome:?}") };
    assert_eq!(play.bubbles()[0]["quote"]["id"], theirs);
    play.pass(1_000);
    play.control("POST", "/twin/press", &json!({ "id": remote_id, "button": "Да" }));
    let pressed = message(play.words(0));
    assert_eq!(pressed.extra, Some(Extra::Pressed { payload: "answer-Да".to_owned() }));
    assert_eq!((pressed.text.as_str(), &pressed.chat.id), ("Да", &anna));
    assert_eq!(pressed.quote.expect("a quote").remote_id, remote_id);
    let answer = json!({ "messenger": "max", "text": "Хорошо", "quote": remote_id });
    play.reply(BOT, &answer);
    assert_eq!(message(play.words(0)).quote.expect("a quote").remote_id, remote_id);
    play.control("POST", "/twin/edit", &json!({ "id": theirs, "text": "А когда?" }));
    let words = play.words(0);
    assert!(
        matches!(&words[..], [Word::Edited { remote_id, text, .. }]
            if *remote_id == theirs && text == "А когда?"),
        "{words:?}"
    );
    play.control("POST", "/twin/delete", &json!({ "id": theirs }));
    let words = play.words(0);
    assert!(
        matches!(&words[..], [Word::Deleted { remote_id, chat, .. }]
            if *remote_id == theirs && *chat == anna),
        "{words:?}"
    );
}

#[test]
fn a_contact_is_asked_for_and_vouched_for() {
    let (mut play, anna) = play();
    let share =
        Button { title: "Мой номер".to_owned(), action: ButtonAction::ShareContact };
    let ask = Content::Choice { text: "Ваш номер?".to_owned(), buttons: vec![share] };
    accepted(&mut play, &anna, &ask);
    let mut shared = |phone: &str| {
        let contact = json!({ "name": "Anna", "phone": phone });
        play.reply(BOT, &json!({ "messenger": "max", "contact": contact }));
        let got = message(play.words(0));
        assert_eq!(got.author.phone, None);
        let Some(Extra::Contact { phone: told, is_own, .. }) = got.extra else { panic!("{got:?}") };
        assert!(told.ends_with(phone), "{told}");
        is_own
    };
    assert!(shared(ANNA));
    assert!(!shared("79005550001"));
    let account = format!("/twin/accounts/max/{BOT}");
    play.control("PUT", &account, &json!({ "wrong_hash": true }));
    let contact = json!({ "name": "Anna", "phone": ANNA });
    play.reply(BOT, &json!({ "messenger": "max", "contact": contact }));
    let got = message(play.words(0));
    assert!(matches!(got.extra, Some(Extra::Contact { is_own: false, .. })), "{got:?}");
    let place = json!({ "latitude": 55.75, "longitude": 37.61 });
    play.reply(BOT, &json!({ "messenger": "max", "location": place }));
    let got = message(play.words(0));
    assert!(matches!(got.extra, Some(Extra::Location { .. })), "{got:?}");
}

#[test]
fn groups_are_written_to_and_heard() {
    let (mut play, _) = play();
    let group = json!({ "messenger": "max", "name": "Team", "members": [ANNA] });
    play.control("PUT", "/twin/groups/G1", &group);
    let body = json!({ "messenger": "max", "text": "/Здесь", "group": "G1" });
    play.reply(BOT, &body);
    let got = message(play.words(0));
    assert!(got.chat.is_group && got.author.id == play.person(ANNA), "{got:?}");
    let chat = got.chat.id;
    let outcome = play.submit(To::Group(&chat), &text("Всем"), None, Some(&got.remote_id));
    let Outcome::Accepted { remote_id } = outcome else { panic!("{outcome:?}") };
    assert_eq!(play.bubbles()[0]["id"], remote_id);
    assert_eq!(play.bubbles()[0]["quote"]["id"], got.remote_id);
    let account = format!("/twin/accounts/max/{BOT}");
    play.control("PUT", &account, &json!({ "removed": ["G1"] }));
    let outcome = play.submit(To::Group(&chat), &text("x"), None, None);
    assert!(matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
}

#[test]
fn bold_words_arrive_as_words() {
    let (mut play, anna) = play();
    let text = "Итого: 5 < 6 & <b>".to_owned();
    let marked = Marked { text: text.clone(), bold: vec![Bold { start: 0, len: 18 }] };
    accepted(&mut play, &anna, &Content::Marked(marked));
    assert_eq!(play.bubbles().last().expect("a bubble")["text"], text);
}
