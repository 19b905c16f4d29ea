//! Telegram Bot API.

use crate::{
    clause::{self, Case, Clause, Journal, message},
    play::{ANNA, Play, TWIN, URL, text},
};
use serde_json::{Value, json};
use vestnik_model::{
    content::{Button, ButtonAction, Content},
    file::{File, FileHash, FileKind, Source},
    messenger::Messenger,
    outcome::{Blame, Outcome, Reason},
};
use vestnik_provider::{
    chore::{Chore, Finding},
    incoming::Extra,
    port::{Payload, To, Word},
};
use vestnik_twin::config::TELEGRAM_TOKEN;

const BOT: &str = "7000000001";

pub fn case() -> Case {
    Case {
        name: "telegram",
        line: BOT,
        bare,
        subscribe: clause::subscribe,
        chat: Some(|play, number| play.start(BOT, number)),
        shown: clause::same,
        secret: "token",
        nobody: "79990000404",
        strange_group: "-1009999999999",
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
        ("token", TELEGRAM_TOKEN),
        ("username", "vestnik_demo_bot"),
        ("webhook_secret", "only-we-know"),
        ("api_url", TWIN),
    ];
    Play::new("telegram", Messenger::Telegram, &settings)
}

/// Subscribed, and Anna has started the bot. Her id.
fn play() -> (Play, String) {
    let mut play = bare();
    assert_eq!(play.chore(&Chore::Subscribe { url: URL }), Finding::Done);
    let anna = play.start(BOT, ANNA);
    play.words(0);
    (play, anna)
}

fn accepted(play: &mut Play, to: &str, content: &Content) -> String {
    let outcome = play.submit(To::Person(to), content, None, None);
    let Outcome::Accepted { remote_id } = outcome else { panic!("{outcome:?}") };
    remote_id
}

#[test]
fn who_starts_by_a_link_can_be_written_to() {
    let mut play = bare();
    assert_eq!(play.chore(&Chore::Subscribe { url: URL }), Finding::Done);
    let link = play.provider.deep_link(&play.account, "inv-17").expect("a link");
    assert_eq!(link, "https://t.me/vestnik_demo_bot?start=inv-17");
    let body = json!({ "messenger": "telegram", "account": BOT, "from": ANNA,
        "payload": "inv-17" });
    play.control("POST", "/twin/start", &body);
    let words = play.words(0);
    let [Word::Started { chat, payload: Some(payload), person, .. }] = &words[..] else {
        panic!("{words:?}");
    };
    assert_eq!((payload.as_str(), &person.id), ("inv-17", chat));
    let id = accepted(&mut play, chat, &text("Привет, *мир* <b> \u{1F511}"));
    assert!(id.starts_with(&format!("{chat}:")), "{id}");
    assert_eq!(play.bubbles()[0]["text"], "Привет, *мир* <b> \u{1F511}");
    assert_eq!(play.bubbles()[0]["id"], id);
    let body = json!({ "messenger": "telegram", "account": BOT, "from": ANNA, "blocked": true });
    play.control("POST", "/twin/block", &body);
    let words = play.words(0);
    assert!(matches!(&words[..], [Word::Stopped { chat: of, .. }] if of == chat), "{words:?}");
    let outcome = play.submit(To::Person(chat), &text("x"), None, None);
    assert!(matches!(outcome, Outcome::Refused(f) if f.reason == Reason::Barred));
    let body = json!({ "messenger": "telegram", "account": BOT, "from": ANNA, "blocked": false });
    play.control("POST", "/twin/block", &body);
    assert!(matches!(&play.words(0)[..], [Word::Started { payload: None, .. }]));
}

#[test]
fn what_is_refused_has_its_reason() {
    let (mut play, anna) = play();
    for (number, reason) in [
        ("79990000400", Reason::NoAddress),
        ("79990000403", Reason::Barred),
        ("79990000404", Reason::NoAccount),
    ] {
        let id = play.start(BOT, number);
        let outcome = play.submit(To::Person(&id), &text("x"), None, None);
        let Outcome::Refused(failure) = outcome else { panic!("{number}: {outcome:?}") };
        assert_eq!((failure.blame, failure.reason), (Blame::Recipient, reason), "{number}");
    }
    // Nobody the bot has ever met.
    let outcome = play.submit(To::Person("42"), &text("x"), None, None);
    assert!(matches!(outcome, Outcome::Refused(f) if f.reason == Reason::NoAddress));
    let never_started = play.person("79005550000");
    let outcome = play.submit(To::Person(&never_started), &text("x"), None, None);
    assert!(matches!(outcome, Outcome::Refused(f) if f.reason == Reason::NoAddress));
    let id = play.start(BOT, "79990000429");
    let outcome = play.submit(To::Person(&id), &text("x"), None, None);
    let Outcome::Deferred { retry_after, whole_account: true, .. } = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(retry_after.map(|pause| pause.0), Some(5_000));
    for number in ["79990000498", "79990000499", "79990000500", "79990000502"] {
        let id = play.start(BOT, number);
        let outcome = play.submit(To::Person(&id), &text("x"), None, None);
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{number}: {outcome:?}");
    }
    let outcome = play.submit(To::Person(&anna), &text(&"я".repeat(4_096)), None, None);
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    let outcome = play.submit(To::Person(&anna), &text(&"я".repeat(4_097)), None, None);
    assert!(matches!(outcome, Outcome::Refused(f) if f.reason == Reason::Malformed));
}

#[test]
fn the_declared_pace_is_never_too_fast() {
    let (mut play, anna) = play();
    let channel = play.provider.descriptor().channel(Messenger::Telegram).expect("a channel");
    let pacing = channel.pacing;
    for n in 0..10 {
        let outcome = play.submit(To::Person(&anna), &text("x"), None, None);
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{n}: {outcome:?}");
        if n + 1 >= pacing.recipient_burst {
            play.pass(pacing.recipient_gap.expect("a gap").0);
        }
    }
    play.pass(10_000);
    for n in 0..100_u64 {
        let id = play.start(BOT, &(79_100_000_000 + n).to_string());
        let outcome = play.submit(To::Person(&id), &text("x"), None, None);
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{n}: {outcome:?}");
        if n + 1 >= u64::from(pacing.burst) {
            play.pass(pacing.gap.expect("a gap").0);
        }
    }
}

#[test]
fn files_go_both_ways_with_equal_bytes() {
    let kinds: [(FileKind, &str, &str, &[u8]); 6] = [
        (FileKind::Image, "a.png", "image/png", b"\x89PNG\r\n\x1a\n\x00\xff--"),
        (FileKind::Document, "счёт.docx", "application/zip", b"PK\x03\x04\r\n\x00"),
        (FileKind::Audio, "a.mp3", "audio/mpeg", b"ID3\x00\x01"),
        (FileKind::Voice, "a.ogg", "audio/ogg", b"OggS\x00\x02"),
        (FileKind::Video, "a.mp4", "video/mp4", b"\x00\x00\x00\x18ftypmp42"),
        (FileKind::Sticker, "a.webp", "image/webp", b"RIFF\x00WEBP"),
    ];
    let (mut play, anna) = play();
    for (kind, name, mime, bytes) in kinds {
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
        assert_eq!(sent["kind"], kind.code());
        let caption = if kind == FileKind::Sticker { "" } else { "Подпись" };
        assert_eq!(sent["text"].as_str().unwrap_or_default(), caption);
        let url = sent["file"]["url"].as_str().expect("an address").to_owned();
        assert_eq!(play.bytes_at(&url), bytes, "{kind:?} to the customer");
        let url = play.file(name, mime, bytes);
        let file = json!({ "url": url, "name": name, "mime": mime, "kind": kind.code() });
        play.reply(BOT, &json!({ "messenger": "telegram", "text": "Вот", "file": file }));
        let got = message(play.words(0));
        let [file] = &got.files[..] else { panic!("{got:?}") };
        assert_eq!((file.kind, got.text.as_str()), (kind, "Вот"));
        assert_eq!(file.size, u64::try_from(bytes.len()).ok());
        let found = play.chore(&Chore::Fetch { locator: &file.locator });
        let Finding::File { bytes: fetched, .. } = found else { panic!("{found:?}") };
        assert_eq!(fetched, bytes, "{kind:?} from the customer");
        play.pass(5_000);
    }
    let gone = play.chore(&Chore::Fetch { locator: "AgACunknown" });
    assert!(matches!(gone, Finding::Failed(f) if f.reason == Reason::FileUnavailable));
}

#[test]
fn files_go_by_address_as_far_as_telegram_fetches_them() {
    let (mut play, anna) = play();
    let mut send = |kind, url: &str| {
        let content = Content::File(File::at(kind, url));
        let payload = Payload { name: "a", mime: "", bytes: b"", url };
        play.submit(To::Person(&anna), &content, Some(payload), None)
    };
    let taken = send(FileKind::Image, "https://example.ru/a.png");
    assert!(matches!(taken, Outcome::Accepted { .. }), "{taken:?}");
    let taken = send(FileKind::Document, "https://example.ru/a.pdf");
    assert!(matches!(taken, Outcome::Accepted { .. }), "{taken:?}");
    let refused = send(FileKind::Image, "https://nowhere.invalid/a.png");
    assert!(matches!(refused, Outcome::Refused(f) if f.reason == Reason::FileUnavailable));
    let refused = send(FileKind::Document, "https://example.ru/a.docx");
    assert!(matches!(refused, Outcome::Refused(f) if f.reason == Reason::FileRefused));
}

#[test]
fn quotes_buttons_reactions_and_edits() {
    let (mut play, anna) = play();
    let from_anna = |more: Value| {
        let mut body = json!({ "messenger": "telegram" });
        for (name, value) in more.as_object().expect("an object") {
            body[name] = value.clone();
        }
        body
    };
    let theirs = play.reply(BOT, &from_anna(json!({ "text": "Когда?" })));
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
    assert_eq!(
        (pressed.text.as_str(), pressed.quote.expect("a quote").remote_id),
        ("Да", remote_id.clone())
    );
    play.reply(BOT, &from_anna(json!({ "text": "Хорошо", "quote": remote_id })));
    assert_eq!(message(play.words(0)).quote.expect("a quote").remote_id, remote_id);
    play.control("POST", "/twin/react", &json!({ "id": remote_id, "emoji": "👍" }));
    let words = play.words(0);
    assert!(
        matches!(&words[..], [Word::Reaction { remote_id: of, emoji: Some(e), .. }]
        if *of == remote_id && e == "👍"),
        "{words:?}"
    );
    play.control("POST", "/twin/react", &json!({ "id": remote_id, "emoji": "" }));
    assert!(matches!(&play.words(0)[..], [Word::Reaction { emoji: None, .. }]));
    play.control("POST", "/twin/edit", &json!({ "id": theirs, "text": "А когда?" }));
    let words = play.words(0);
    assert!(
        matches!(&words[..], [Word::Edited { remote_id, text, .. }]
        if *remote_id == theirs && text == "А когда?"),
        "{words:?}"
    );
    // What is quoted may be gone: the answer goes out without it.
    play.control("POST", "/twin/delete", &json!({ "id": theirs }));
    let outcome = play.submit(To::Person(&anna), &text("x"), None, Some(&theirs));
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
}

#[test]
fn a_contact_is_asked_for_and_vouched_for() {
    let (mut play, anna) = play();
    let share =
        Button { title: "Мой номер".to_owned(), action: ButtonAction::ShareContact };
    let ask = Content::Choice { text: "Ваш номер?".to_owned(), buttons: vec![share] };
    accepted(&mut play, &anna, &ask);
    for (phone, own) in [(ANNA, true), ("79005550001", false)] {
        let contact = json!({ "name": "Anna", "phone": phone });
        play.reply(BOT, &json!({ "messenger": "telegram", "contact": contact }));
        let got = message(play.words(0));
        assert_eq!(got.author.phone, None);
        let Some(Extra::Contact { phone: told, is_own, .. }) = got.extra else { panic!("{got:?}") };
        assert_eq!((told.as_str(), is_own), (phone, own));
    }
    let place = json!({ "latitude": 55.75, "longitude": 37.61, "name": "Кремль" });
    play.reply(BOT, &json!({ "messenger": "telegram", "location": place }));
    let got = message(play.words(0));
    assert!(matches!(got.extra, Some(Extra::Location { .. })), "{got:?}");
}

#[test]
fn groups_are_written_to_heard_and_followed_when_they_move() {
    let (mut play, anna) = play();
    for group in ["G1", "G2"] {
        let body = json!({ "messenger": "telegram", "name": "Team", "members": [ANNA] });
        play.control("PUT", &format!("/twin/groups/{group}"), &body);
    }
    let hear = |play: &mut Play, group: &str| {
        let body = json!({ "messenger": "telegram", "text": "@vestnik_demo_bot Здесь",
            "group": group });
        play.reply(BOT, &body);
        message(play.words(0))
    };
    let got = hear(&mut play, "G1");
    assert!(got.chat.is_group && got.author.id == anna, "{got:?}");
    let group = got.chat.id;
    let outcome = play.submit(To::Group(&group), &text("Всем"), None, Some(&got.remote_id));
    let Outcome::Accepted { remote_id } = outcome else { panic!("{outcome:?}") };
    assert!(remote_id.starts_with(&format!("{group}:")));
    let new = hear(&mut play, "G2").chat.id;
    let account = format!("/twin/accounts/telegram/{BOT}");
    play.control("PUT", &account, &json!({ "migrated": { "G1": "G2" } }));
    let outcome = play.submit(To::Group(&group), &text("Снова"), None, None);
    let Outcome::Accepted { remote_id } = outcome else { panic!("{outcome:?}") };
    assert!(remote_id.starts_with(&format!("{new}:")), "{remote_id}");
    play.control("PUT", &account, &json!({ "kicked": ["G2"], "migrated": {} }));
    let outcome = play.submit(To::Group(&new), &text("x"), None, None);
    assert!(matches!(outcome, Outcome::Refused(f) if f.blame == Blame::Sender));
}
