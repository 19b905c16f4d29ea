//! Wappi.

use crate::{
    clause::{self, Case, Clause, Journal, message},
    play::{ANNA, Play, TWIN, URL, receipts, text},
};
use serde_json::{Value, json};
use vestnik_model::{
    content::Content,
    file::{File, FileHash, FileKind, Source},
    id::MessageId,
    messenger::Messenger,
    outcome::{Blame, Outcome, Reason, ReceiptKind},
    phone::Phone,
    secret::Secret,
    time::Millis,
};
use vestnik_provider::{
    chore::{Chore, Finding, Qr, Subscription},
    incoming::Extra,
    port::{AccountState, Attempt, Payload, Reception, Step, Submission, To, Verdict, Word},
};
use vestnik_twin::config::{WAPPI_CASCADE, WAPPI_PROFILES, WAPPI_TOKEN};

const WHATSAPP: &str = WAPPI_PROFILES[0].0;
const TELEGRAM: &str = WAPPI_PROFILES[1].0;
const MAX: &str = WAPPI_PROFILES[2].0;
const VK: &str = WAPPI_PROFILES[3].0;

const NO_WINDOW: (Clause, &str) =
    (Clause::P9WindowClosed, "a profile is a linked phone, which has no service window");

fn whatsapp_case() -> Case {
    Case {
        name: "wappi/whatsapp",
        line: WHATSAPP,
        bare: || bare(Messenger::Whatsapp, ("profile_id", WHATSAPP)),
        subscribe: clause::subscribe,
        chat: None,
        shown: clause::same,
        secret: "token",
        nobody: "79990000404",
        strange_group: "120363000000000009@g.us",
        journal: Journal::Whole,
        unfetched: &[],
        not: &[NO_WINDOW],
    }
}

fn telegram() -> Case {
    Case {
        name: "wappi/telegram",
        line: TELEGRAM,
        bare: || bare(Messenger::Telegram, ("profile_id", TELEGRAM)),
        ..whatsapp_case()
    }
}

fn max() -> Case {
    Case {
        name: "wappi/max",
        line: MAX,
        bare: || bare(Messenger::Max, ("profile_id", MAX)),
        ..whatsapp_case()
    }
}

fn vk() -> Case {
    Case {
        name: "wappi/vk",
        line: VK,
        bare: || bare(Messenger::Vk, ("profile_id", VK)),
        chat: Some(|play, number| {
            play.reply(VK, &json!({ "from": number, "text": "Hi" }));
            message(play.words(0)).chat.id
        }),
        ..whatsapp_case()
    }
}

/// The cascade goes to Telegram first: there its bubbles are, and there Anna writes.
fn cascade() -> Case {
    Case {
        name: "wappi/cascade",
        line: TELEGRAM,
        bare: || bare(Messenger::Whatsapp, ("cascade_id", WAPPI_CASCADE)),
        journal: Journal::None,
        not: &[
            NO_WINDOW,
            (Clause::P8UnknownRecipient, "what a stage fails of is not the cascade's end"),
            (Clause::P17QuoteOut, "a cascade's call has no member for a quote"),
            (Clause::P18QuoteIn, "a quoted bubble has its messenger's id, not the task's"),
            (Clause::P19Groups, "a cascade wants a number"),
        ],
        ..whatsapp_case()
    }
}

pub const CASES: [fn() -> Case; 5] = [whatsapp_case, telegram, max, vk, cascade];

#[test]
fn every_clause_is_kept() {
    for case in CASES {
        clause::keep(&case());
    }
}

fn bare(messenger: Messenger, more: (&str, &str)) -> Play {
    let settings = [("token", WAPPI_TOKEN), ("webhook_auth", "a phrase"), ("api_url", TWIN), more];
    Play::new("wappi", messenger, &settings)
}

fn play(messenger: Messenger, profile: &str) -> Play {
    let mut play = bare(messenger, ("profile_id", profile));
    assert_eq!(play.chore(&Chore::Subscribe { url: URL }), Finding::Done);
    play
}

fn whatsapp() -> Play {
    play(Messenger::Whatsapp, WHATSAPP)
}

fn change(play: &mut Play, profile: &str, change: &Value) {
    play.control("PUT", &format!("/twin/accounts/wappi/{profile}"), change);
}

fn remote_id(outcome: Outcome) -> String {
    let told = format!("{outcome:?}");
    let Outcome::Accepted { remote_id } = outcome else { panic!("not accepted: {told}") };
    remote_id
}

/// What the journal says of a text to Anna.
fn inquire(play: &mut Play, content: &Content, age: Millis) -> Verdict {
    let to = To::Phone(Phone::from_digits(79_001_234_567).expect("a number"));
    let submission =
        Submission { message: MessageId(1), key: 1, to, content, file: None, quote: None };
    let attempt = Attempt { submission, started_at: play.now - age, now: play.now };
    let request = play.provider.inquire(&play.account, &attempt, &Step::FIRST).expect("a call");
    let reply = play.carry(&request).expect("an answer");
    play.provider.inquired(&play.account, &attempt, &Step::FIRST, &reply)
}

#[test]
fn a_profile_is_looked_after() {
    let mut play = whatsapp();
    assert_eq!(play.chore(&Chore::Qr), Finding::Qr(Qr::NotNeeded));
    let phone = Phone::from_digits(79_001_234_567).expect("a number");
    assert_eq!(play.chore(&Chore::Exists { phone }), Finding::Exists(true));
    assert_eq!(play.chore(&Chore::Queue), Finding::Count(0));
    assert_eq!(play.chore(&Chore::ClearQueue), Finding::Done);
    assert_eq!(play.chore(&Chore::Restart), Finding::Done);
    let Finding::Settings(shown) = play.chore(&Chore::Settings) else { panic!("settings") };
    assert!(shown.contains(&("phone".to_owned(), "78005550401".to_owned())), "{shown:?}");
    change(&mut play, WHATSAPP, &json!({ "webhook_types": ["incoming_message"] }));
    let found = play.chore(&Chore::Subscription);
    assert!(matches!(found, Finding::Subscription(Subscription::Partial { .. })), "{found:?}");
    assert_eq!(play.chore(&Chore::Subscribe { url: URL }), Finding::Done);
    assert_eq!(play.chore(&Chore::Logout), Finding::Done);
    let words = play.words(0);
    assert!(matches!(&words[..], [Word::Account(AccountState::Broken { .. })]), "{words:?}");
    let found = play.chore(&Chore::Check);
    assert!(matches!(found, Finding::State(AccountState::Broken { .. })), "{found:?}");
    assert!(matches!(play.chore(&Chore::Qr), Finding::Qr(Qr::Png(_))));
    let outcome = play.send(&text("x"));
    assert!(matches!(outcome, Outcome::Refused(f) if f.blame == Blame::Account));
    change(&mut play, WHATSAPP, &json!({ "authorized": true, "app_status": "close" }));
    assert_eq!(play.words(0).len(), 2);
    let found = play.chore(&Chore::Check);
    assert!(matches!(found, Finding::State(AccountState::Waiting { .. })), "{found:?}");
}

#[test]
fn a_text_is_accepted_delivered_and_read() {
    let all =
        [(Messenger::Whatsapp, WHATSAPP), (Messenger::Telegram, TELEGRAM), (Messenger::Max, MAX)];
    for (messenger, profile) in all {
        for envelope in ["documented", "captured", "bare"] {
            let mut play = play(messenger, profile);
            change(&mut play, profile, &json!({ "envelope": envelope }));
            let id = play.accepted(&text("Привет, *мир* / \"5\" \u{1F511}"));
            let words = play.words(1_000);
            assert_eq!(receipts(&words, &id), [ReceiptKind::Sent, ReceiptKind::Delivered]);
            play.control("POST", "/twin/status", &json!({ "id": id, "status": "read" }));
            assert_eq!(receipts(&play.words(0), &id), [ReceiptKind::Read]);
            assert_eq!(play.bubbles()[0]["text"], "Привет, *мир* / \"5\" \u{1F511}");
            play.reply(profile, &json!({ "text": "Hi" }));
            let got = message(play.words(0));
            assert_eq!(got.author.phone.map(|phone| phone.to_string()).as_deref(), Some(ANNA));
            let id = remote_id(play.submit(To::Person(&got.chat.id), &text("y"), None, None));
            assert_eq!(receipts(&play.words(1_000), &id).len(), 2, "{messenger:?}");
        }
    }
}

#[test]
fn vk_answers_only_who_wrote() {
    let strange = play(Messenger::Vk, VK).send(&text("x"));
    assert!(matches!(strange, Outcome::Refused(f) if f.reason == Reason::NoAccount));
}

#[test]
fn what_is_refused_has_its_reason() {
    let mut play = whatsapp();
    for (number, blame, reason) in [
        ("79990000402", Blame::Account, Reason::Quota),
        ("79990000404", Blame::Recipient, Reason::NoAccount),
    ] {
        let Outcome::Refused(failure) = play.send_to(number, &text("x")) else {
            panic!("{number}");
        };
        assert_eq!((failure.blame, failure.reason), (blame, reason), "{number}");
    }
    for (number, blame) in [
        ("79996000001", Blame::Provider),
        ("79996000002", Blame::Provider),
        ("79996000003", Blame::Account),
    ] {
        let id = remote_id(play.send_to(number, &text("x")));
        let words = play.words(1_000);
        assert!(
            matches!(&receipts(&words, &id)[..],
            [ReceiptKind::Failed(f)] if f.blame == blame),
            "{words:?}"
        );
    }
    play.control("PUT", &format!("/twin/phones/{ANNA}"), &json!({ "messengers": ["vk"] }));
    let outcome = play.send(&text("x"));
    assert!(matches!(outcome, Outcome::Refused(f) if f.reason == Reason::NoAccount));
    // A profile of another messenger.
    play.account.messenger = Messenger::Telegram;
    let outcome = play.send(&text("x"));
    assert!(matches!(outcome, Outcome::Refused(f) if f.blame == Blame::Account));
}

#[test]
fn the_journal_knows_what_became_of_a_lost_answer() {
    let mut play = whatsapp();
    let content = text("once");
    // The same words to somebody else are another message.
    play.send_to("79001234568", &content);
    play.fault(&json!({ "provider": "wappi", "cut": "before" }));
    assert!(matches!(play.send(&content), Outcome::Unknown { .. }));
    play.no_faults();
    assert_eq!(inquire(&mut play, &content, Millis::seconds(5)), Verdict::Unsure);
    assert_eq!(inquire(&mut play, &content, Millis::minutes(3)), Verdict::Absent);
    play.fault(&json!({ "provider": "wappi", "cut": "after" }));
    assert!(matches!(play.send(&content), Outcome::Unknown { .. }));
    play.no_faults();
    let sent = play.bubbles().pop().expect("a bubble")["id"].as_str().expect("an id").to_owned();
    let found = inquire(&mut play, &content, Millis::seconds(5));
    assert_eq!(found, Verdict::Found { remote_id: sent });
    play.send(&content);
    assert_eq!(inquire(&mut play, &content, Millis::minutes(3)), Verdict::Unsure, "two of them");
}

#[test]
fn files_go_both_ways_with_equal_bytes() {
    let kinds: [(FileKind, &str, &str, &[u8]); 4] = [
        (FileKind::Image, "a.png", "image/png", b"\x89PNG\r\n\x1a\n\x00\xff--"),
        (FileKind::Document, "счёт.pdf", "application/pdf", b"%PDF-1.7\r\n\x00"),
        (FileKind::Audio, "a.mp3", "audio/mpeg", b"ID3\x00\x01"),
        (FileKind::Video, "a.mp4", "video/mp4", b"\x00\x00\x00\x18ftypmp42"),
    ];
    for (messenger, profile) in [(Messenger::Whatsapp, WHATSAPP), (Messenger::Telegram, TELEGRAM)] {
        let mut play = play(messenger, profile);
        let to = To::Phone(Phone::from_digits(79_001_234_567).expect("a number"));
        for (kind, name, mime, bytes) in kinds {
            let stored = File {
                source: Source::Stored(FileHash([1; 32])),
                name: name.to_owned(),
                caption: "Подпись".to_owned(),
                ..File::at(kind, "")
            };
            let url = play.file("a", mime, bytes);
            let at = File { name: name.to_owned(), ..File::at(kind, &url) };
            let by_bytes = (stored, Payload { name, mime, bytes, url: "" });
            let by_url = (at, Payload { name, mime, bytes: b"", url: &url });
            for (file, payload) in [by_bytes, by_url] {
                if messenger == Messenger::Telegram && payload.url.is_empty() {
                    continue;
                }
                remote_id(play.submit(to, &Content::File(file), Some(payload), None));
                let sent = play.bubbles().pop().expect("a bubble");
                assert_eq!(sent["kind"], kind.code());
                let url = sent["file"]["url"].as_str().expect("an address").to_owned();
                assert_eq!(play.bytes_at(&url), bytes, "{kind:?} to the customer");
                play.words(1_000);
            }
            for links in [true, false] {
                change(&mut play, profile, &json!({ "links": links }));
                let url = play.file("in", mime, bytes);
                let file = json!({ "url": url, "name": name, "mime": mime, "kind": kind.code() });
                play.reply(profile, &json!({ "text": "Вот", "file": file }));
                let got = message(play.words(0));
                assert_eq!(got.text, "Вот");
                let [file] = &got.files[..] else { panic!("{got:?}") };
                assert_eq!((file.kind, file.name.as_deref()), (kind, Some(name)));
                let found = play.chore(&Chore::Fetch { locator: &file.locator });
                let Finding::File { bytes: fetched, .. } = found else { panic!("{found:?}") };
                assert_eq!(fetched, bytes, "{kind:?} from the customer");
            }
        }
        let gone = play.chore(&Chore::Fetch { locator: "message:none" });
        assert!(matches!(gone, Finding::Failed(f) if f.reason == Reason::FileUnavailable));
    }
}

#[test]
fn quotes_edits_reactions_places_and_groups() {
    let mut play = whatsapp();
    let theirs = play.reply(WHATSAPP, &json!({ "text": "When?" }));
    play.words(0);
    let ours = remote_id(play.submit(To::Person(ANNA), &text("At five"), None, Some(&theirs)));
    assert_eq!(play.bubbles()[0]["quote"]["id"], theirs);
    play.words(1_000);
    play.reply(WHATSAPP, &json!({ "text": "Good", "quote": ours }));
    assert_eq!(message(play.words(0)).quote.expect("a quote").remote_id, ours);
    play.control("POST", "/twin/react", &json!({ "id": ours, "emoji": "👍" }));
    let words = play.words(0);
    assert!(matches!(&words[..], [Word::Reaction { remote_id, emoji: Some(e), .. }]
        if *remote_id == ours && e == "👍"));
    play.control("POST", "/twin/react", &json!({ "id": ours, "emoji": "" }));
    assert!(matches!(&play.words(0)[..], [Word::Reaction { emoji: None, .. }]));
    play.control("POST", "/twin/edit", &json!({ "id": theirs, "text": "When then?" }));
    assert!(matches!(&play.words(0)[..], [Word::Edited { text, .. }] if text == "When then?"));
    let read = Chore::MarkRead { chat: ANNA, remote_id: &theirs };
    assert_eq!(play.chore(&read), Finding::Done);
    play.control("POST", "/twin/delete", &json!({ "id": theirs }));
    assert!(matches!(&play.words(0)[..], [Word::Deleted { .. }]));
    play.reply(WHATSAPP, &json!({ "location": { "latitude": 55.75, "longitude": 37.5 } }));
    assert!(matches!(message(play.words(0)).extra,
        Some(Extra::Location { latitude, .. }) if latitude == "55.75"));
    play.reply(WHATSAPP, &json!({ "contact": { "name": "Пётр", "phone": "79000000001" } }));
    assert!(matches!(message(play.words(0)).extra,
        Some(Extra::Contact { phone, .. }) if phone == "79000000001"));
    let group = json!({ "messenger": "whatsapp", "name": "Team", "members": [ANNA] });
    play.control("PUT", "/twin/groups/G1", &group);
    play.reply(WHATSAPP, &json!({ "text": "Here", "group": "G1" }));
    let got = message(play.words(0));
    assert!(got.chat.is_group && got.author.phone.is_some(), "{got:?}");
    let id = remote_id(play.submit(To::Group(&got.chat.id), &text("All"), None, None));
    assert_eq!(receipts(&play.words(1_000), &id).last(), Some(&ReceiptKind::Delivered));
}

#[test]
fn a_cascade_is_an_account_like_others() {
    let mut play = bare(Messenger::Whatsapp, ("cascade_id", WAPPI_CASCADE));
    clause::subscribe(&mut play);
    let id = play.accepted(&text("first stage"));
    let words = play.words(1_000);
    assert_eq!(receipts(&words, &id).last(), Some(&ReceiptKind::Delivered));
    assert_eq!(play.bubbles()[0]["messenger"], "telegram");
    play.control("PUT", &format!("/twin/phones/{ANNA}"), &json!({ "messengers": ["whatsapp"] }));
    let id = play.accepted(&text("second stage"));
    assert_eq!(receipts(&play.words(1_000), &id).last(), Some(&ReceiptKind::Delivered));
    assert_eq!(play.bubbles()[1]["messenger"], "whatsapp");
    // What a stage fails of is not the cascade's end.
    let id = remote_id(play.send_to("79996000001", &text("x")));
    let words = play.words(100_000);
    let is_failed = |kind: &ReceiptKind| matches!(kind, ReceiptKind::Failed(_));
    assert!(!receipts(&words, &id).iter().any(is_failed), "{words:?}");
    play.account.settings.insert("cascade_id".to_owned(), Secret::new("00ff00ff"));
    let outcome = play.send(&text("x"));
    assert!(matches!(outcome, Outcome::Refused(f) if f.blame == Blame::Account));
    let found = play.chore(&Chore::Check);
    assert!(matches!(found, Finding::State(AccountState::Broken { .. })), "{found:?}");
}

#[test]
fn a_webhook_of_another_profile_is_not_read() {
    let mut play = whatsapp();
    play.reply(WHATSAPP, &json!({ "text": "Hi" }));
    play.pass(0);
    let (good, reception) = play.posted.pop().expect("a webhook");
    assert!(matches!(reception, Reception::Understood(_)));
    play.account.settings.insert("profile_id".to_owned(), Secret::new("0a1b2c3d-9999"));
    assert!(matches!(play.receive(&good), Reception::Unreadable { .. }), "another profile's");
}
