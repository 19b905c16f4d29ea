//! Wazzup.

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
    secret::Secret,
};
use vestnik_provider::{
    chore::{Chore, Finding},
    incoming::Extra,
    port::{AccountState, Payload, Reception, To, Word},
};
use vestnik_twin::config::{WAZZUP_CHANNELS, WAZZUP_KEY};

const WHATSAPP: &str = WAZZUP_CHANNELS[0].0;
const WABA: &str = WAZZUP_CHANNELS[1].0;
const TELEGRAM: &str = WAZZUP_CHANNELS[2].0;
const MAX: &str = WAZZUP_CHANNELS[4].0;
const VK: &str = WAZZUP_CHANNELS[6].0;

/// What a client may sign the webhooks with.
const CRM_KEY: &str = "crm-0123456789";

const NO_WINDOW: (Clause, &str) =
    (Clause::P9WindowClosed, "only a channel of the WhatsApp Business API has a window");

fn whatsapp_case() -> Case {
    Case {
        name: "wazzup/whatsapp",
        line: WHATSAPP,
        bare: || signed(Messenger::Whatsapp, WHATSAPP),
        subscribe: clause::subscribe,
        chat: None,
        shown: clause::same,
        secret: "api_key",
        nobody: "79995002000",
        strange_group: "120363000000000009",
        journal: Journal::Key,
        unfetched: &[],
        not: &[NO_WINDOW],
    }
}

fn business() -> Case {
    Case {
        name: "wazzup/wapi",
        line: WABA,
        bare: || signed(Messenger::Whatsapp, WABA),
        not: &[
            (Clause::P17QuoteOut, "the Business API takes the quote and does not show it"),
            (Clause::P19Groups, "a channel of the Business API has no groups"),
        ],
        ..whatsapp_case()
    }
}

fn telegram() -> Case {
    Case {
        name: "wazzup/telegram",
        line: TELEGRAM,
        bare: || signed(Messenger::Telegram, TELEGRAM),
        ..whatsapp_case()
    }
}

fn max() -> Case {
    Case { name: "wazzup/max", line: MAX, bare: || signed(Messenger::Max, MAX), ..whatsapp_case() }
}

fn vk() -> Case {
    Case {
        name: "wazzup/vk",
        line: VK,
        bare: || signed(Messenger::Vk, VK),
        chat: Some(|play, number| written(play, VK, number)),
        not: &[NO_WINDOW, (Clause::P19Groups, "a channel of VK has no groups")],
        ..whatsapp_case()
    }
}

pub const CASES: [fn() -> Case; 5] = [whatsapp_case, business, telegram, max, vk];

#[test]
fn every_clause_is_kept() {
    for case in CASES {
        clause::keep(&case());
    }
}

/// An account whose webhooks carry the client's key.
fn signed(messenger: Messenger, channel: &str) -> Play {
    let mut play = bare(messenger, channel);
    play.account.settings.insert("crm_key".to_owned(), Secret::new(CRM_KEY));
    change(&mut play, channel, &json!({ "crm_key": CRM_KEY }));
    play
}

/// Somebody writes; what their chat is called.
fn written(play: &mut Play, channel: &str, number: &str) -> String {
    play.reply(channel, &json!({ "from": number, "text": "Hi" }));
    message(play.words(0)).chat.id
}

fn bare(messenger: Messenger, channel: &str) -> Play {
    let settings = [("api_key", WAZZUP_KEY), ("channel_id", channel), ("api_url", TWIN)];
    Play::new("wazzup", messenger, &settings)
}

fn play(messenger: Messenger, channel: &str) -> Play {
    let mut play = bare(messenger, channel);
    assert_eq!(play.chore(&Chore::Subscribe { url: URL }), Finding::Done);
    play
}

fn whatsapp() -> Play {
    play(Messenger::Whatsapp, WHATSAPP)
}

fn change(play: &mut Play, channel: &str, change: &Value) {
    play.control("PUT", &format!("/twin/accounts/wazzup/{channel}"), change);
}

fn remote_id(outcome: Outcome) -> String {
    let told = format!("{outcome:?}");
    let Outcome::Accepted { remote_id } = outcome else { panic!("not accepted: {told}") };
    remote_id
}

#[test]
fn a_channel_that_is_logged_out_tells_of_it() {
    let mut play = whatsapp();
    change(&mut play, WHATSAPP, &json!({ "state": "qridle" }));
    let words = play.words(0);
    assert!(matches!(&words[..], [Word::Account(AccountState::Broken { .. })]), "{words:?}");
    let found = play.chore(&Chore::Check);
    assert!(matches!(found, Finding::State(AccountState::Broken { .. })), "{found:?}");
    let outcome = play.send(&text("x"));
    assert!(matches!(outcome, Outcome::Deferred { whole_account: true, .. }), "{outcome:?}");
    change(&mut play, WHATSAPP, &json!({ "state": "active" }));
    assert_eq!(play.words(0), [Word::Account(AccountState::Ready)]);
}

#[test]
fn an_answer_goes_to_the_chat_by_its_own_id() {
    for (messenger, channel) in
        [(Messenger::Whatsapp, WHATSAPP), (Messenger::Telegram, TELEGRAM), (Messenger::Max, MAX)]
    {
        let mut play = play(messenger, channel);
        play.reply(channel, &json!({ "text": "Hi" }));
        let got = message(play.words(0));
        assert_eq!(got.author.phone.map(|phone| phone.to_string()).as_deref(), Some(ANNA));
        let id = remote_id(play.submit(To::Person(&got.chat.id), &text("y"), None, None));
        assert_eq!(receipts(&play.words(1_000), &id).len(), 2, "{messenger:?}");
    }
}

#[test]
fn vk_answers_only_who_wrote() {
    let mut play = play(Messenger::Vk, VK);
    let strange = play.submit(To::Person("100000001"), &text("x"), None, None);
    assert!(matches!(strange, Outcome::Refused(f) if f.reason == Reason::NoAccount));
}

#[test]
fn what_is_refused_has_its_reason() {
    let mut play = whatsapp();
    for (number, blame, reason) in [
        ("79995001005", Blame::Content, Reason::Malformed),
        ("79995001012", Blame::Content, Reason::FileUnavailable),
        ("79995001015", Blame::Account, Reason::AccountBlocked),
        ("79995001017", Blame::Account, Reason::Quota),
        ("79995001021", Blame::Sender, Reason::Barred),
        ("79995001022", Blame::Content, Reason::Filtered),
        ("79995001024", Blame::Recipient, Reason::NoAccount),
        ("79995001029", Blame::Provider, Reason::ProviderError),
    ] {
        let Outcome::Refused(failure) = play.send_to(number, &text("x")) else {
            panic!("{number}");
        };
        assert_eq!((failure.blame, failure.reason), (blame, reason), "{number}");
    }
    for (number, blame, reason) in [
        ("79995002000", Blame::Recipient, Reason::NoAccount),
        ("79995002001", Blame::Window, Reason::WindowClosed),
        ("79995002003", Blame::Content, Reason::Filtered),
        ("79995002008", Blame::Content, Reason::FileRefused),
        ("79995002011", Blame::Account, Reason::AccountBlocked),
        ("79995002012", Blame::Provider, Reason::ProviderError),
    ] {
        let id = remote_id(play.send_to(number, &text("x")));
        let words = play.words(1_000);
        let [ReceiptKind::Failed(failure)] = &receipts(&words, &id)[..] else {
            panic!("{words:?}");
        };
        assert_eq!((failure.blame, failure.reason), (blame, reason), "{number}");
    }
    // A phone without WhatsApp.
    play.control("PUT", &format!("/twin/phones/{ANNA}"), &json!({ "messengers": ["vk"] }));
    let id = play.accepted(&text("x"));
    let words = play.words(1_000);
    assert!(matches!(&receipts(&words, &id)[..],
        [ReceiptKind::Failed(f)] if f.reason == Reason::NoAccount));
}

#[test]
fn a_lost_answer_is_followed_by_a_repeat_and_one_bubble() {
    for camel in [false, true] {
        for cut in ["before", "after"] {
            let mut play = whatsapp();
            change(&mut play, WHATSAPP, &json!({ "camel": camel }));
            play.fault(&json!({ "provider": "wazzup", "cut": cut }));
            let content = text("once");
            assert!(matches!(play.send(&content), Outcome::Unknown { .. }));
            play.no_faults();
            play.pass(31_000);
            let outcome = play.repeat(&content);
            let Outcome::Accepted { remote_id } = outcome else { panic!("{cut}: {outcome:?}") };
            assert_eq!(remote_id.starts_with("crm:"), cut == "after", "{remote_id}");
            play.pass(1_000);
            assert_eq!(play.bubbles().len(), 1, "{cut}");
        }
    }
}

#[test]
fn the_window_of_a_business_channel_and_templates() {
    let mut play = play(Messenger::Whatsapp, WABA);
    let id = play.accepted(&text("Hello"));
    let words = play.words(1_000);
    let [ReceiptKind::Failed(failure)] = &receipts(&words, &id)[..] else { panic!("{words:?}") };
    assert_eq!(failure.reason, Reason::WindowClosed);
    let Finding::Templates(templates) = play.chore(&Chore::Templates) else { panic!("templates") };
    let approved: Vec<&str> =
        templates.iter().filter(|t| t.is_approved).map(|t| t.name.as_str()).collect();
    assert_eq!(approved, ["order_ready", "visit"]);
    let template = |place: usize, values: &[&str]| {
        Content::Template(Template {
            id: templates[place].id.clone(),
            language: "ru".to_owned(),
            values: values.iter().map(|v| (*v).to_owned()).collect(),
            text: String::new(),
        })
    };
    let visit = play.accepted(&template(1, &["Анна"]));
    assert_eq!(receipts(&play.words(1_000), &visit).last(), Some(&ReceiptKind::Delivered));
    play.control("POST", "/twin/press", &json!({ "id": visit, "button": "Да" }));
    let pressed = message(play.words(0));
    assert_eq!(pressed.extra, Some(Extra::Pressed { payload: "Да".to_owned() }));
    assert_eq!(pressed.quote.expect("a quote").remote_id, visit);
    for (place, values) in [(0, &["1"][..]), (2, &["5"])] {
        let outcome = play.send(&template(place, values));
        assert!(matches!(outcome, Outcome::Refused(f) if f.blame == Blame::Content), "{place}");
    }
    let id = play.accepted(&text("The window is open"));
    assert_eq!(receipts(&play.words(1_000), &id).last(), Some(&ReceiptKind::Delivered));
    change(&mut play, WABA, &json!({ "templates": { &templates[0].id: "DISABLED" } }));
    // Templates belong to the key: every channel of it tells.
    let (id, state) = (templates[0].id.clone(), "DISABLED".to_owned());
    assert_eq!(play.words(0), [Word::Template { id, state }]);
}

#[test]
fn the_declared_pace_is_never_too_fast() {
    let mut play = whatsapp();
    let channel = play.provider.descriptor().channel(Messenger::Whatsapp).expect("a channel");
    let pacing = channel.pacing;
    for n in 0..1_000_u64 {
        let outcome = play.send_to(&(79_100_000_000 + n).to_string(), &text("x"));
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{n}: {outcome:?}");
        if n >= u64::from(pacing.burst) {
            play.pass(pacing.gap.expect("a gap").0);
        }
    }
}

#[test]
fn files_go_both_ways_with_equal_bytes() {
    let kinds: [(FileKind, &str, &str, &[u8]); 4] = [
        (FileKind::Image, "a.png", "image/png", b"\x89PNG\r\n\x1a\n\x00\xff--"),
        (FileKind::Document, "bill.pdf", "application/pdf", b"%PDF-1.7\r\n\x00"),
        (FileKind::Audio, "a.mp3", "audio/mpeg", b"ID3\x00\x01"),
        (FileKind::Video, "a.mp4", "video/mp4", b"\x00\x00\x00\x18ftypmp42"),
    ];
    let mut play = whatsapp();
    for (kind, name, mime, bytes) in kinds {
        let url = play.file(name, mime, bytes);
        let content = Content::File(File::at(kind, &url));
        let payload = Payload { name, mime, bytes: b"", url: &url };
        remote_id(play.submit(To::Person(ANNA), &content, Some(payload), None));
        let sent = play.bubbles().pop().expect("a bubble");
        assert_eq!(sent["kind"], kind.code());
        let url = sent["file"]["url"].as_str().expect("an address").to_owned();
        assert_eq!(play.bytes_at(&url), bytes, "{kind:?} to the customer");
        play.words(1_000);
        let url = play.file("in", mime, bytes);
        let named = format!("чек {name}");
        let file = json!({ "url": url, "name": named, "mime": mime, "kind": kind.code() });
        play.reply(WHATSAPP, &json!({ "text": "Вот", "file": file }));
        let got = message(play.words(0));
        let [file] = &got.files[..] else { panic!("{got:?}") };
        assert_eq!((file.kind, file.name.as_deref()), (kind, Some(named.as_str())));
        let found = play.chore(&Chore::Fetch { locator: &file.locator });
        let Finding::File { bytes: fetched, .. } = found else { panic!("{found:?}") };
        assert_eq!(fetched, bytes, "{kind:?} from the customer");
    }
    let url = play.file("big.pdf", "application/pdf", &vec![0; 10 * 1024 * 1024 + 1]);
    let content = Content::File(File::at(FileKind::Document, &url));
    let payload = Payload { name: "big.pdf", mime: "", bytes: b"", url: &url };
    let outcome = play.submit(To::Person(ANNA), &content, Some(payload), None);
    assert!(matches!(outcome, Outcome::Refused(f) if f.reason == Reason::FileRefused));
    let gone = play.chore(&Chore::Fetch { locator: &format!("{TWIN}/twin/files/none/a") });
    assert!(matches!(gone, Finding::Failed(f) if f.reason == Reason::FileUnavailable));
}

#[test]
fn quotes_edits_deletions_places_and_cards() {
    let mut play = whatsapp();
    let theirs = play.reply(WHATSAPP, &json!({ "text": "When?" }));
    play.words(0);
    let ours = remote_id(play.submit(To::Person(ANNA), &text("At five"), None, Some(&theirs)));
    assert_eq!(play.bubbles()[0]["quote"]["id"], theirs);
    play.words(1_000);
    play.reply(WHATSAPP, &json!({ "text": "Good", "quote": ours }));
    assert_eq!(message(play.words(0)).quote.expect("a quote").remote_id, ours);
    play.control("POST", "/twin/edit", &json!({ "id": theirs, "text": "When then?" }));
    let words = play.words(0);
    assert!(matches!(&words[..], [Word::Edited { remote_id, text, .. }]
        if *remote_id == theirs && text == "When then?"));
    play.control("POST", "/twin/delete", &json!({ "id": theirs }));
    assert!(
        matches!(&play.words(0)[..], [Word::Deleted { remote_id, .. }] if *remote_id == theirs)
    );
    play.reply(WHATSAPP, &json!({ "location": { "latitude": 55.75, "longitude": 37.5 } }));
    assert!(matches!(message(play.words(0)).extra,
        Some(Extra::Location { latitude, longitude, .. }) if latitude == "55.75" && longitude == "37.5"));
    play.reply(WHATSAPP, &json!({ "contact": { "name": "Пётр", "phone": "79000000001" } }));
    let card = message(play.words(0));
    let found = play.chore(&Chore::Fetch { locator: &card.files[0].locator });
    assert!(matches!(found, Finding::File { bytes, .. } if bytes.starts_with(b"BEGIN:VCARD")));
    let strange = play.submit(To::Person(ANNA), &text("x"), None, Some("none"));
    assert!(matches!(strange, Outcome::Accepted { .. }), "it goes without: {strange:?}");
}

#[test]
fn webhooks_that_are_gathered_or_of_others() {
    let mut play = whatsapp();
    change(&mut play, WHATSAPP, &json!({ "batch_ms": 1_000, "echoes": true, "crm_key": "crm-1" }));
    play.account.settings.insert("crm_key".to_owned(), Secret::new("crm-1"));
    let id = play.accepted(&text("x"));
    play.reply(WHATSAPP, &json!({ "text": "Hi" }));
    play.pass(2_000);
    let (_, reception) = play.posted.pop().expect("a webhook");
    let Reception::Understood(words) = reception else { panic!("{reception:?}") };
    let own = |word: &&Word| matches!(word, Word::Message(incoming) if incoming.is_own);
    assert_eq!((words.iter().filter(own).count(), receipts(&words, &id).len()), (1, 2));
    assert_eq!(words.len(), 4, "{words:?}");
    // The same address serves the key's other channels.
    play.reply(TELEGRAM, &json!({ "text": "Hi" }));
    play.pass(0);
    let (_, reception) = play.posted.pop().expect("a webhook");
    assert!(matches!(reception, Reception::Unreadable { .. }), "{reception:?}");
}
