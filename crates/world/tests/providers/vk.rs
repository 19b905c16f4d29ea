//! VK.

use crate::{
    clause::{self, Case, Clause, Journal, message},
    play::{ANNA, Play, TWIN, URL, text},
};
use serde_json::json;
use vestnik_model::{
    content::{Button, ButtonAction, Content},
    file::{File, FileHash, FileKind, Source},
    messenger::Messenger,
    outcome::{Blame, Outcome, Reason},
    secret::Secret,
};
use vestnik_provider::{
    chore::{Chore, Finding, Subscription},
    incoming::Extra,
    port::{Payload, To, Word},
};
use vestnik_twin::config::{VK_CONFIRMATION, VK_TOKEN};

const COMMUNITY: &str = "200000001";

pub fn case() -> Case {
    Case {
        name: "vk",
        line: COMMUNITY,
        bare,
        subscribe: clause::subscribe,
        chat: Some(|play, number| play.start(COMMUNITY, number)),
        shown,
        secret: "token",
        nobody: "79990000404",
        strange_group: "2000000999",
        journal: Journal::Key,
        unfetched: &[FileKind::Video],
        not: &[
            (Clause::P2TooFastWithHint, "a pace that is too fast is error 6, which has no hint"),
            (Clause::P9WindowClosed, "who started a community can be written to for ever"),
        ],
    }
}

#[test]
fn every_clause_is_kept() {
    clause::keep(&case());
}

fn bare() -> Play {
    let settings = [
        ("group_id", COMMUNITY),
        ("token", VK_TOKEN),
        ("confirmation", VK_CONFIRMATION),
        ("webhook_secret", "only-we-know"),
        ("api_url", TWIN),
    ];
    Play::new("vk", Messenger::Vk, &settings)
}

/// Subscribed, and Anna has pressed the button Start. Her id.
fn play() -> (Play, String) {
    let mut play = bare();
    assert_eq!(play.chore(&Chore::Subscribe { url: URL }), Finding::Done);
    play.pass(0);
    let anna = play.start(COMMUNITY, ANNA);
    play.words(0);
    (play, anna)
}

/// How the twin names a bubble that we call `PEER:CMID`.
fn shown(remote_id: &str) -> String {
    format!("{COMMUNITY}:{remote_id}")
}

fn accepted(play: &mut Play, to: &str, content: &Content) -> String {
    let outcome = play.submit(To::Person(to), content, None, None);
    let Outcome::Accepted { remote_id } = outcome else { panic!("{outcome:?}") };
    remote_id
}

/// What is said beside the echoes of our own sends.
fn told(play: &mut Play, ms: i64) -> Vec<Word> {
    let mut words = play.words(ms);
    words.retain(|word| *word != Word::Nothing);
    words
}

#[test]
fn subscribed_once_more_there_is_no_second_server() {
    let mut play = bare();
    let to = Finding::Subscription(Subscription::To(vec![URL.to_owned()]));
    for _ in 0..2 {
        clause::subscribe(&mut play);
        assert_eq!(play.chore(&Chore::Subscription), to);
    }
}

#[test]
fn a_confirmation_that_is_not_expected_is_told() {
    let mut play = bare();
    play.account.settings.insert("confirmation".to_owned(), Secret::new("ffffffff"));
    let found = play.chore(&Chore::Subscribe { url: URL });
    assert!(
        matches!(&found, Finding::Failed(f) if f.detail.contains(VK_CONFIRMATION)),
        "{found:?}"
    );
}

#[test]
fn who_comes_by_a_link_can_be_written_to_and_reads() {
    let mut play = bare();
    assert_eq!(play.chore(&Chore::Subscribe { url: URL }), Finding::Done);
    play.pass(0);
    let body =
        json!({ "messenger": "vk", "account": COMMUNITY, "from": ANNA, "payload": "inv-17" });
    play.control("POST", "/twin/start", &body);
    let words = told(&mut play, 0);
    let [Word::Started { chat, payload: Some(payload), .. }] = &words[..] else {
        panic!("{words:?}");
    };
    assert_eq!(payload, "inv-17");
    let first = accepted(&mut play, chat, &text("Привет & *мир* \u{1F511}"));
    let second = accepted(&mut play, chat, &text("И ещё"));
    assert_eq!(play.bubbles()[0]["text"], "Привет & *мир* \u{1F511}");
    assert_eq!(play.bubbles()[0]["id"], shown(&first));
    play.pass(1_000);
    play.posted.clear();
    play.control("POST", "/twin/status", &json!({ "id": shown(&second), "status": "read" }));
    let words = told(&mut play, 1_000);
    let up_to = |word: &Word| matches!(word, Word::ReadUpTo { chat: of, remote_id, .. } if of == chat && *remote_id == second);
    assert!(words.iter().any(up_to), "{words:?}");
    let mut block =
        json!({ "messenger": "vk", "account": COMMUNITY, "from": ANNA, "blocked": true });
    play.control("POST", "/twin/block", &block);
    let words = told(&mut play, 0);
    assert!(matches!(&words[..], [Word::Stopped { chat: of, .. }] if of == chat), "{words:?}");
    let outcome = play.submit(To::Person(chat), &text("x"), None, None);
    assert!(matches!(outcome, Outcome::Refused(f) if f.reason == Reason::NoAddress));
    block["blocked"] = json!(false);
    play.control("POST", "/twin/block", &block);
    assert!(matches!(&told(&mut play, 0)[..], [Word::Started { payload: None, .. }]));
}

#[test]
fn what_is_refused_has_its_reason() {
    let (mut play, anna) = play();
    for (number, blame, reason) in [
        ("79990000400", Blame::Content, Reason::Malformed),
        ("79990000402", Blame::Recipient, Reason::Barred),
        ("79990000403", Blame::Recipient, Reason::NoAddress),
        ("79990000404", Blame::Recipient, Reason::NoAccount),
    ] {
        let id = play.start(COMMUNITY, number);
        let outcome = play.submit(To::Person(&id), &text("x"), None, None);
        let Outcome::Refused(failure) = outcome else { panic!("{number}: {outcome:?}") };
        assert_eq!((failure.blame, failure.reason), (blame, reason), "{number}");
    }
    let never_wrote = play.person("79005550000");
    let outcome = play.submit(To::Person(&never_wrote), &text("x"), None, None);
    assert!(matches!(outcome, Outcome::Refused(f) if f.reason == Reason::NoAddress));
    for (number, whole) in [("79990000429", true), ("79990000409", false)] {
        let id = play.start(COMMUNITY, number);
        let outcome = play.submit(To::Person(&id), &text("x"), None, None);
        let Outcome::Deferred { retry_after, whole_account, .. } = outcome else {
            panic!("{number}: {outcome:?}");
        };
        assert_eq!((whole_account, retry_after.is_some()), (whole, true), "{number}");
    }
    for number in ["79990000498", "79990000499", "79990000500", "79990000502"] {
        let id = play.start(COMMUNITY, number);
        let outcome = play.submit(To::Person(&id), &text("x"), None, None);
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{number}: {outcome:?}");
    }
    play.pass(1_000);
    accepted(&mut play, &anna, &text(&"я".repeat(4_096)));
    let outcome = play.submit(To::Person(&anna), &text(&"я".repeat(4_097)), None, None);
    assert!(matches!(outcome, Outcome::Refused(f) if f.reason == Reason::Malformed));
}

#[test]
fn the_declared_pace_is_never_too_fast() {
    let (mut play, anna) = play();
    play.pass(1_000);
    let channel = play.provider.descriptor().channel(Messenger::Vk).expect("a channel");
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
        (FileKind::Voice, "voice", "a.ogg", "audio/ogg", b"OggS\x00\x02"),
        (FileKind::Audio, "document", "a.m4a", "audio/mp4", b"\x00\x00\x00\x18ftypM4A"),
        (FileKind::Video, "document", "a.mp4", "video/mp4", b"\x00\x00\x00\x18ftypmp42"),
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
        told(&mut play, 1_000);
    }
    for (kind, _, name, mime, bytes) in kinds {
        let url = play.file(name, mime, bytes);
        let file = json!({ "url": url, "name": name, "mime": mime, "kind": kind.code() });
        play.reply(COMMUNITY, &json!({ "messenger": "vk", "text": "Вот", "file": file }));
        let got = message(told(&mut play, 0));
        assert_eq!(got.text, "Вот");
        if kind == FileKind::Video {
            // Of a film there is only a player.
            assert_eq!(got.extra, Some(Extra::Other("video".to_owned())));
            continue;
        }
        let [file] = &got.files[..] else { panic!("{got:?}") };
        assert_eq!(file.kind, kind);
        let found = play.chore(&Chore::Fetch { locator: &file.locator });
        let Finding::File { bytes: fetched, .. } = found else { panic!("{found:?}") };
        assert_eq!(fetched, bytes, "{kind:?} from the customer");
    }
}

#[test]
fn an_upload_that_fails_has_shown_nothing() {
    let (mut play, anna) = play();
    let content = Content::File(File::at(FileKind::Document, "a.pdf"));
    let payload = |name, bytes| Payload { name, mime: "x/y", bytes, url: "" };
    play.fault(&json!({ "provider": "vk", "method": "upload", "error": 502 }));
    let pdf = payload("a.pdf", b"%PDF");
    let outcome = play.submit(To::Person(&anna), &content, Some(pdf), None);
    assert!(matches!(outcome, Outcome::Deferred { .. }), "{outcome:?}");
    play.no_faults();
    let music = payload("a.mp3", b"ID3");
    let outcome = play.submit(To::Person(&anna), &content, Some(music), None);
    assert!(matches!(outcome, Outcome::Refused(f) if f.reason == Reason::FileRefused));
    let picture = Content::File(File::at(FileKind::Image, "a.png"));
    let text = payload("a.png", b"no picture");
    let outcome = play.submit(To::Person(&anna), &picture, Some(text), None);
    assert!(matches!(outcome, Outcome::Refused(f) if f.reason == Reason::FileRefused));
    assert!(play.bubbles().is_empty());
}

#[test]
fn quotes_buttons_reactions_edits_and_reads() {
    let (mut play, anna) = play();
    let theirs = play.reply(COMMUNITY, &json!({ "messenger": "vk", "text": "Когда?" }));
    let got = message(told(&mut play, 0));
    assert_eq!((shown(&got.remote_id), &got.chat.id), (theirs.clone(), &anna));
    let buttons = ["Да", "Нет"].map(|title| Button {
        title: title.to_owned(),
        action: ButtonAction::Reply(format!("answer-{title}")),
    });
    let choice = Content::Choice { text: "В пять?".to_owned(), buttons: buttons.to_vec() };
    let outcome = play.submit(To::Person(&anna), &choice, None, Some(&got.remote_id));
    let Outcome::Accepted { remote_id } = outcome else { panic!("{outcome:?}") };
    assert_eq!(play.bubbles()[0]["quote"]["id"], theirs);
    told(&mut play, 1_000);
    play.control("POST", "/twin/press", &json!({ "id": shown(&remote_id), "button": "Да" }));
    let pressed = message(told(&mut play, 0));
    assert_eq!(pressed.extra, Some(Extra::Pressed { payload: "answer-Да".to_owned() }));
    assert_eq!(pressed.text, "Да");
    let answer = json!({ "messenger": "vk", "text": "Хорошо", "quote": shown(&remote_id) });
    play.reply(COMMUNITY, &answer);
    assert_eq!(message(told(&mut play, 0)).quote.expect("a quote").remote_id, remote_id);
    play.control("POST", "/twin/react", &json!({ "id": shown(&remote_id), "emoji": "👍" }));
    let words = told(&mut play, 0);
    assert!(
        matches!(&words[..], [Word::Reaction { remote_id: of, emoji: Some(e), .. }]
        if *of == remote_id && e == "👍"),
        "{words:?}"
    );
    play.control("POST", "/twin/edit", &json!({ "id": theirs, "text": "А когда?" }));
    let words = told(&mut play, 0);
    assert!(
        matches!(&words[..], [Word::Edited { remote_id, text, .. }]
        if *remote_id == got.remote_id && text == "А когда?"),
        "{words:?}"
    );
    let read = Chore::MarkRead { chat: &anna, remote_id: &got.remote_id };
    assert_eq!(play.chore(&read), Finding::Done);
    let place = json!({ "latitude": 55.75, "longitude": 37.61 });
    play.reply(COMMUNITY, &json!({ "messenger": "vk", "location": place }));
    let got = message(told(&mut play, 0));
    assert!(matches!(got.extra, Some(Extra::Location { .. })), "{got:?}");
}

#[test]
fn group_chats_are_heard_and_written_to() {
    let (mut play, anna) = play();
    let group = json!({ "messenger": "vk", "name": "Team", "members": [ANNA] });
    play.control("PUT", "/twin/groups/G1", &group);
    let body = json!({ "messenger": "vk", "text": "/Здесь", "group": "G1" });
    play.reply(COMMUNITY, &body);
    let got = message(told(&mut play, 0));
    assert!(got.chat.is_group && got.author.id == anna, "{got:?}");
    let chat = got.chat.id;
    let outcome = play.submit(To::Group(&chat), &text("Всем"), None, Some(&got.remote_id));
    let Outcome::Accepted { remote_id } = outcome else { panic!("{outcome:?}") };
    assert_eq!(play.bubbles()[0]["id"], shown(&remote_id));
    assert_eq!(play.bubbles()[0]["quote"]["id"], shown(&got.remote_id));
    let outcome = play.submit(To::Group("2000000999"), &text("x"), None, None);
    assert!(matches!(outcome, Outcome::Refused(f) if f.blame == Blame::Sender));
}
