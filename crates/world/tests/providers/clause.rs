//! The clauses of `docs/specs/provider.md` that an adapter and a persona prove together: one
//! function for each, which every provider is put through. A provider to which a clause does not
//! apply says why; whoever says nothing has to keep it.

use crate::play::{ANNA, Play, URL, receipts, text};
use serde_json::{Value, json};
use vestnik_model::{
    content::Content,
    file::{File, FileHash, FileKind, Source},
    outcome::{Blame, Outcome, Reason, ReceiptKind},
    phone::Phone,
    secret::Secret,
    time::Millis,
};
use vestnik_provider::{
    chore::{Chore, Finding, Subscription},
    descriptor::FileBy,
    incoming::Incoming,
    port::{AccountState, Payload, Reception, To, Verdict, Word},
};

/// A clause, by its number in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clause {
    P1Accepted,
    P2TooFastWithHint,
    P3TooFast,
    P4ServerError,
    P5CutBefore,
    P6CutAfter,
    P7WrongCredentials,
    P8UnknownRecipient,
    P9WindowClosed,
    P10Doubled,
    P11Early,
    P12Forged,
    P13Garbage,
    P14NewContent,
    P15FileOut,
    P16FileIn,
    P17QuoteOut,
    P18QuoteIn,
    P19Groups,
    P20Checked,
    P21Subscribed,
    P22Secrets,
}

/// What proves a clause; it panics if the clause is broken.
type Proof = fn(&Case);

/// All of them, with what proves each.
pub const ALL: [(Clause, Proof); 22] = [
    (Clause::P1Accepted, accepted),
    (Clause::P2TooFastWithHint, too_fast_with_hint),
    (Clause::P3TooFast, too_fast),
    (Clause::P4ServerError, server_error),
    (Clause::P5CutBefore, cut_before),
    (Clause::P6CutAfter, cut_after),
    (Clause::P7WrongCredentials, wrong_credentials),
    (Clause::P8UnknownRecipient, unknown_recipient),
    (Clause::P9WindowClosed, window_closed),
    (Clause::P10Doubled, doubled),
    (Clause::P11Early, early),
    (Clause::P12Forged, forged),
    (Clause::P13Garbage, garbage),
    (Clause::P14NewContent, new_content),
    (Clause::P15FileOut, file_out),
    (Clause::P16FileIn, file_in),
    (Clause::P17QuoteOut, quote_out),
    (Clause::P18QuoteIn, quote_in),
    (Clause::P19Groups, groups),
    (Clause::P20Checked, checked),
    (Clause::P21Subscribed, subscribed),
    (Clause::P22Secrets, secrets),
];

/// What the journal can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Journal {
    /// That a message is there, and that it is not.
    Whole,
    /// That it is there.
    FindsOnly,
    /// There is none.
    None,
}

/// A provider with an account of its persona.
pub struct Case {
    /// The provider's code; a dialect of it after a slash.
    pub name: &'static str,
    /// The persona's id of the account.
    pub line: &'static str,
    /// An account that is not subscribed yet.
    pub bare: fn() -> Play,
    /// Has its webhooks come in.
    pub subscribe: fn(&mut Play),
    /// The setting that is the secret.
    pub secret: &'static str,
    /// A number that is not in the messenger.
    pub nobody: &'static str,
    pub journal: Journal,
    /// What does not apply, because …
    pub not: &'static [(Clause, &'static str)],
}

impl Case {
    /// Subscribed, and Anna has written: whatever window there is, is open.
    fn play(&self) -> Play {
        let mut play = (self.bare)();
        (self.subscribe)(&mut play);
        self.writes(&mut play, &json!({ "text": "Hi" }));
        play
    }

    /// Anna writes.
    fn writes(&self, play: &mut Play, more: &Value) -> Incoming {
        play.reply(self.line, more);
        message(play.words(0))
    }

    /// Makes the next send go wrong.
    fn strike(&self, play: &mut Play, fault: &Value, content: &Content) -> Outcome {
        let mut fault = fault.clone();
        fault["provider"] = json!(play.provider.descriptor().code);
        play.fault(&fault);
        let outcome = play.send(content);
        play.no_faults();
        outcome
    }
}

/// Puts a provider through all clauses.
pub fn keep(case: &Case) {
    for (clause, why) in case.not {
        assert!(why.len() > 20, "{}: {clause:?} does not apply, because: {why}", case.name);
    }
    for (clause, prove) in ALL {
        if !case.not.iter().any(|(other, _)| *other == clause) {
            println!("{}: {clause:?}", case.name);
            prove(case);
        }
    }
}

/// The message among the words.
pub fn message(words: Vec<Word>) -> Incoming {
    let told = format!("{words:?}");
    let mut found = words
        .into_iter()
        .filter_map(|word| if let Word::Message(incoming) = word { Some(*incoming) } else { None });
    found.next().unwrap_or_else(|| panic!("a message is expected: {told}"))
}

fn anna() -> To<'static> {
    To::Phone(ANNA.parse().ok().and_then(Phone::from_digits).expect("a number"))
}

/// P1: a text is accepted under an id, arrives as it is, and the receipts climb.
fn accepted(case: &Case) {
    let mut play = case.play();
    let words = "Привет, *мир* / \"5\" + 50 % & \u{1F511}";
    let id = play.accepted(&text(words));
    let told = receipts(&play.words(2_000), &id);
    assert_eq!(told, [ReceiptKind::Sent, ReceiptKind::Delivered]);
    assert_eq!(play.bubbles()[0]["text"], words);
    let shown = play.bubbles()[0]["id"].clone();
    play.control("POST", "/twin/status", &json!({ "id": shown, "status": "read" }));
    assert_eq!(receipts(&play.words(0), &id), [ReceiptKind::Read]);
}

/// P2: the pause of the hint is kept, by the whole account.
fn too_fast_with_hint(case: &Case) {
    let fault = json!({ "error": 429, "retry_after_s": 17 });
    let outcome = case.strike(&mut case.play(), &fault, &text("x"));
    let told = format!("{outcome:?}");
    let Outcome::Deferred { retry_after, whole_account, .. } = outcome else { panic!("{told}") };
    assert_eq!((retry_after, whole_account), (Some(Millis::seconds(17)), true));
}

/// P3: surely not sent, and the whole account pauses.
fn too_fast(case: &Case) {
    let outcome = case.strike(&mut case.play(), &json!({ "error": 429 }), &text("x"));
    assert!(matches!(outcome, Outcome::Deferred { whole_account: true, .. }), "{outcome:?}");
}

/// P4: it may have been sent; 503 may be documented as "surely not".
fn server_error(case: &Case) {
    let outcome = case.strike(&mut case.play(), &json!({ "error": 503 }), &text("x"));
    let is_open = matches!(outcome, Outcome::Unknown { .. } | Outcome::Deferred { .. });
    assert!(is_open, "{outcome:?}");
    for error in [500, 502] {
        let outcome = case.strike(&mut case.play(), &json!({ "error": error }), &text("x"));
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{error}: {outcome:?}");
    }
}

/// P5: it may have been sent; a journal says in the end that it was not.
fn cut_before(case: &Case) {
    let mut play = case.play();
    let (content, started_at) = (text("Ваш заказ готов"), play.now);
    let outcome = case.strike(&mut play, &json!({ "cut": "before" }), &content);
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    if case.journal == Journal::None {
        return;
    }
    play.pass(1_000);
    assert_eq!(play.inquire(&content, started_at), Verdict::Unsure, "too fresh to be sure");
    play.pass(Millis::minutes(3).0);
    let late = if case.journal == Journal::Whole { Verdict::Absent } else { Verdict::Unsure };
    assert_eq!(play.inquire(&content, started_at), late);
}

/// P6: it was sent, once; a journal says so, under the id that receipts speak of.
fn cut_after(case: &Case) {
    let mut play = case.play();
    let (content, started_at) = (text("Ваш заказ готов"), play.now);
    let outcome = case.strike(&mut play, &json!({ "cut": "after" }), &content);
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    let words = play.words(2_000);
    assert_eq!(play.bubbles().len(), 1);
    if case.journal == Journal::None {
        return;
    }
    let verdict = play.inquire(&content, started_at);
    let told = format!("{verdict:?}");
    let Verdict::Found { remote_id } = verdict else { panic!("{told}") };
    let told = receipts(&words, &remote_id);
    assert_eq!(told, [ReceiptKind::Sent, ReceiptKind::Delivered], "the receipts were early");
}

/// P7: the account is to blame, its check says so, and no secret is told.
fn wrong_credentials(case: &Case) {
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
fn unknown_recipient(case: &Case) {
    let mut play = case.play();
    let path = format!("/twin/phones/{}", case.nobody);
    play.control("PUT", &path, &json!({ "messengers": [] }));
    let failure = failure(&mut play, case.nobody);
    assert_eq!((failure.blame, failure.reason), (Blame::Recipient, Reason::NoAccount));
}

/// P9: the window is to blame, at once or by a receipt.
fn window_closed(case: &Case) {
    let mut play = (case.bare)();
    (case.subscribe)(&mut play);
    let failure = failure(&mut play, ANNA);
    assert_eq!((failure.blame, failure.reason), (Blame::Window, Reason::WindowClosed));
}

fn failure(play: &mut Play, number: &str) -> vestnik_model::outcome::Failure {
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

/// P10: doubled and scrambled webhooks are each read for what they say.
fn doubled(case: &Case) {
    let mut play = case.play();
    let code = play.provider.descriptor().code;
    let ways = json!({ "double": 1.0, "shuffle": true });
    play.fault(&json!({ "provider": code, "receipts": ways }));
    let id = play.accepted(&text("x"));
    let told = receipts(&play.words(10_000), &id);
    let count = |kind: ReceiptKind| told.iter().filter(|other| **other == kind).count();
    assert_eq!((count(ReceiptKind::Sent), count(ReceiptKind::Delivered)), (2, 2), "{told:?}");
}

/// P11: a receipt is read without memory of the send that it speaks of.
fn early(case: &Case) {
    let mut play = case.play();
    let outcome = case.strike(&mut play, &json!({ "cut": "after" }), &text("x"));
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    let words = play.words(2_000);
    let told = words
        .iter()
        .filter(|word| matches!(word, Word::Receipt { remote_id, .. } if !remote_id.is_empty()));
    assert_eq!(told.count(), 2, "{words:?}");
}

/// P12: without its secret or signature a webhook is forged.
fn forged(case: &Case) {
    let mut play = case.play();
    play.reply(case.line, &json!({ "text": "Hi" }));
    play.pass(0);
    let (good, reception) = play.posted.pop().expect("a webhook");
    assert!(matches!(reception, Reception::Understood(_)), "{reception:?}");
    let mut bare = good.clone();
    bare.headers.clear();
    assert_eq!(play.receive(&bare), Reception::Forged);
    let mut wrong = good;
    for (name, value) in &mut wrong.headers {
        if name != "content-type" {
            value.push('0');
        }
    }
    assert_eq!(play.receive(&wrong), Reception::Forged);
}

/// P13: bytes that are no webhook, and a webhook that is cut off, say nothing and break nothing.
fn garbage(case: &Case) {
    let mut play = case.play();
    play.reply(case.line, &json!({ "text": "Hi" }));
    play.pass(0);
    let (good, _) = play.posted.pop().expect("a webhook");
    let whole = good.body.len();
    let cuts = (1..8).map(|eighth| good.body[..whole * eighth / 8].to_vec());
    for body in cuts.chain([b"\xff\x00{".to_vec(), Vec::new()]) {
        let reception = play.receive(&vestnik_twin::Outgoing { body, ..good.clone() });
        let is_fine = matches!(reception, Reception::Forged | Reception::Unreadable { .. });
        assert!(is_fine, "{reception:?}");
    }
}

/// P14: a message whose words its author changed is known by the id it had.
fn new_content(case: &Case) {
    let mut play = case.play();
    let before = case.writes(&mut play, &json!({ "text": "When?" }));
    play.control("POST", "/twin/edit", &json!({ "id": before.remote_id, "text": "When then?" }));
    let words = play.words(0);
    let is_told = |word: &Word| {
        matches!(word, Word::Edited { remote_id, text, .. }
            if *remote_id == before.remote_id && text == "When then?")
    };
    assert!(words.iter().any(is_told), "{words:?}");
}

/// A file of each kind: its name, its media type, its bytes.
fn sample(kind: FileKind) -> (&'static str, &'static str, &'static [u8]) {
    match kind {
        FileKind::Image => ("a.png", "image/png", b"\x89PNG\r\n\x1a\n\x00\xff--"),
        FileKind::Document => ("a.pdf", "application/pdf", b"%PDF-1.7\r\n\x00"),
        FileKind::Audio => ("a.mp3", "audio/mpeg", b"ID3\x00\x01"),
        FileKind::Voice => ("a.ogg", "audio/ogg", b"OggS\x00\x02"),
        FileKind::Video => ("a.mp4", "video/mp4", b"\x00\x00\x00\x18ftypmp42"),
        FileKind::Sticker => ("a.webp", "image/webp", b"RIFF\x00WEBP"),
    }
}

fn kinds(play: &Play) -> Vec<FileKind> {
    let channel = play.provider.descriptor().channel(play.account.messenger).expect("a channel");
    channel.files.iter().map(|rule| rule.kind).collect()
}

/// P15: a file of each kind reaches the customer byte for byte, in each way that is declared.
fn file_out(case: &Case) {
    let mut play = case.play();
    let channel = play.provider.descriptor().channel(play.account.messenger).expect("a channel");
    let (by_bytes, by_address) = match channel.file_by {
        FileBy::Bytes => (true, false),
        FileBy::Address => (false, true),
        FileBy::Either => (true, true),
    };
    for kind in kinds(&play) {
        let (name, mime, bytes) = sample(kind);
        let url = play.file(name, mime, bytes);
        let stored = File {
            source: Source::Stored(FileHash([1; 32])),
            name: name.to_owned(),
            ..File::at(kind, "")
        };
        let ways = [
            (by_bytes, stored, Payload { name, mime, bytes, url: "" }),
            (by_address, File::at(kind, &url), Payload { name, mime, bytes: b"", url: &url }),
        ];
        for (is_declared, file, payload) in ways {
            if !is_declared {
                continue;
            }
            let outcome = play.submit(anna(), &Content::File(file), Some(payload), None);
            assert!(matches!(outcome, Outcome::Accepted { .. }), "{kind:?}: {outcome:?}");
            play.words(2_000);
            let shown = play.bubbles();
            let last = shown.last().expect("a bubble");
            let url = last["file"]["url"].as_str().expect("an address").to_owned();
            assert_eq!(play.bytes_at(&url), bytes, "{kind:?}");
        }
    }
}

/// P16: a file of each kind comes from the customer byte for byte, and its locator holds no secret.
fn file_in(case: &Case) {
    let mut play = case.play();
    for kind in kinds(&play) {
        let (name, mime, bytes) = sample(kind);
        let url = play.file(name, mime, bytes);
        let file = json!({ "url": url, "name": name, "mime": mime, "kind": kind.code() });
        let got = case.writes(&mut play, &json!({ "text": "", "file": file }));
        let [file] = &got.files[..] else { panic!("{got:?}") };
        assert!(!file.locator.contains(play.account.setting(case.secret)), "{}", file.locator);
        let found = play.chore(&Chore::Fetch { locator: &file.locator });
        let told = format!("{found:?}");
        let Finding::File { bytes: fetched, .. } = found else { panic!("{told}") };
        assert_eq!(fetched, bytes, "{kind:?}");
    }
}

/// P17: what we answer is shown as the answer to it.
fn quote_out(case: &Case) {
    let mut play = case.play();
    let theirs = case.writes(&mut play, &json!({ "text": "When?" })).remote_id;
    let outcome = play.submit(anna(), &text("At five"), None, Some(&theirs));
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    play.words(2_000);
    assert_eq!(play.bubbles()[0]["quote"]["id"], theirs);
}

/// P18: what the customer answers is known by the id under which it was accepted.
fn quote_in(case: &Case) {
    let mut play = case.play();
    let ours = play.accepted(&text("At five?"));
    play.words(2_000);
    let got = case.writes(&mut play, &json!({ "text": "Yes", "quote": ours }));
    assert_eq!(got.quote.expect("a quote").remote_id, ours);
}

/// P19: a group is heard with its author and written to; a group that we are not in is refused on
/// our side, at once or by a receipt.
fn groups(case: &Case) {
    const GROUP: &str = "120363000000000001";
    let mut play = case.play();
    let messenger = play.account.messenger.code();
    let group = json!({ "messenger": messenger, "name": "Team", "members": [ANNA] });
    play.control("PUT", &format!("/twin/groups/{GROUP}"), &group);
    let got = case.writes(&mut play, &json!({ "text": "Here", "group": GROUP }));
    assert!(got.chat.is_group && got.chat.id.contains(GROUP), "{got:?}");
    assert!(got.author.id.contains(ANNA), "{got:?}");
    let outcome = play.submit(To::Group(&got.chat.id), &text("All"), None, None);
    let told = format!("{outcome:?}");
    let Outcome::Accepted { remote_id } = outcome else { panic!("{told}") };
    let words = play.words(2_000);
    assert_eq!(receipts(&words, &remote_id).last(), Some(&ReceiptKind::Delivered));
    let strange = got.chat.id.replace(GROUP, "120363000000000009");
    let failure = match play.submit(To::Group(&strange), &text("x"), None, None) {
        Outcome::Refused(failure) => Some(failure),
        Outcome::Accepted { remote_id } => {
            receipts(&play.words(2_000), &remote_id).pop().and_then(|kind| match kind {
                ReceiptKind::Failed(failure) => Some(failure),
                ReceiptKind::Sent | ReceiptKind::Delivered | ReceiptKind::Read => None,
            })
        }
        Outcome::Deferred { .. } | Outcome::Unknown { .. } => None,
    };
    assert_eq!(failure.map(|failure| failure.blame), Some(Blame::Sender));
}

/// P20: an account that works is ready.
fn checked(case: &Case) {
    let found = (case.bare)().chore(&Chore::Check);
    assert_eq!(found, Finding::State(AccountState::Ready));
}

/// P21: webhooks go nowhere, are ordered, and go to us with all that is needed.
fn subscribed(case: &Case) {
    let mut play = (case.bare)();
    let none = Finding::Subscription(Subscription::None);
    assert_eq!(play.chore(&Chore::Subscription), none);
    play.pass(1_000);
    assert_eq!(play.chore(&Chore::Subscribe { url: URL }), Finding::Done);
    play.pass(1_000);
    let to = Finding::Subscription(Subscription::To(vec![URL.to_owned()]));
    assert_eq!(play.chore(&Chore::Subscription), to);
}

/// P22: no secret of the account is in anything that is written down, whatever happens.
fn secrets(case: &Case) {
    let mut play = case.play();
    let content = text("x");
    for fault in [json!({ "error": 401 }), json!({ "error": 429 }), json!({ "error": 500 })] {
        case.strike(&mut play, &fault, &content);
    }
    play.accepted(&content);
    play.words(2_000);
    for kind in kinds(&play) {
        let (name, mime, bytes) = sample(kind);
        let url = play.file(name, mime, bytes);
        let file = json!({ "url": url, "name": name, "mime": mime, "kind": kind.code() });
        let got = case.writes(&mut play, &json!({ "text": "", "file": file }));
        play.chore(&Chore::Fetch { locator: &got.files[0].locator });
    }
    for chore in [Chore::Check, Chore::Subscription, Chore::Settings, Chore::Templates] {
        play.chore(&chore);
        play.pass(1_000);
    }
    let code = play.provider.descriptor().code;
    play.fault(&json!({ "provider": code, "error": 401 }));
    play.chore(&Chore::Check);
    let settings = play.provider.descriptor().settings.iter().filter(|setting| setting.secret);
    for setting in settings {
        let secret = play.account.setting(setting.name);
        let is_told = !secret.is_empty() && play.told.contains(secret);
        assert!(!is_told, "{} is told", setting.name);
    }
    assert!(play.told.lines().count() > 10, "there was something to look at");
}
