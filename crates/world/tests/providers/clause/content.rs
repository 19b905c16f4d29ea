//! P15 to P19: files, quotes, groups.

use super::{Case, arrival, channel};
use crate::play::{ANNA, receipts, text};
use serde_json::json;
use vestnik_model::{
    content::Content,
    file::{File, FileHash, FileKind, Source},
    outcome::{Blame, Outcome, ReceiptKind},
};
use vestnik_provider::{
    chore::{Chore, Finding},
    descriptor::{FileBy, FileRule},
    port::{Payload, To},
};

/// A file to try: its kind, its name, its media type, its bytes.
type Sample = (FileKind, &'static str, &'static str, &'static [u8]);

const SAMPLES: [Sample; 7] = [
    (FileKind::Image, "a.png", "image/png", b"\x89PNG\r\n\x1a\n\x00\xff--"),
    (FileKind::Document, "a.pdf", "application/pdf", b"%PDF-1.7\r\n\x00"),
    (FileKind::Audio, "a.mp3", "audio/mpeg", b"ID3\x00\x01"),
    (FileKind::Audio, "a.m4a", "audio/mp4", b"\x00\x00\x00\x18ftypM4A"),
    (FileKind::Voice, "a.ogg", "audio/ogg", b"OggS\x00\x02"),
    (FileKind::Video, "a.mp4", "video/mp4", b"\x00\x00\x00\x18ftypmp42"),
    (FileKind::Sticker, "a.webp", "image/webp", b"RIFF\x00WEBP"),
];

/// The first file that a channel takes by a rule.
pub(super) fn sample(rule: &FileRule) -> Sample {
    let is_taken = |(kind, _, mime, _): &&Sample| {
        *kind == rule.kind && (rule.types.is_empty() || rule.types.contains(mime))
    };
    let kind = rule.kind;
    *SAMPLES.iter().find(is_taken).unwrap_or_else(|| panic!("no sample of {kind:?}"))
}

/// P15: a file of each kind reaches the customer byte for byte, in each way that is declared.
pub(super) fn file_out(case: &Case) {
    let mut play = case.play();
    let channel = channel(&play);
    for (kind, name, mime, bytes) in channel.files.iter().map(sample) {
        let url = play.file(name, mime, bytes);
        let stored = File {
            source: Source::Stored(FileHash([1; 32])),
            name: name.to_owned(),
            ..File::at(kind, "")
        };
        let (by_bytes, by_address) = match play.provider.file_by(&play.account, channel, &stored) {
            FileBy::Bytes => (true, false),
            FileBy::Address => (false, true),
            FileBy::Either => (true, true),
        };
        let ways = [
            (by_bytes, stored, Payload { name, mime, bytes, url: "" }),
            (by_address, File::at(kind, &url), Payload { name, mime, bytes: b"", url: &url }),
        ];
        for (is_declared, file, payload) in ways {
            if !is_declared {
                continue;
            }
            let outcome = play.submit_to(ANNA, &Content::File(file), Some(payload), None);
            assert!(matches!(outcome, Outcome::Accepted { .. }), "{kind:?}: {outcome:?}");
            play.words(5_000);
            let shown = play.bubbles();
            let last = shown.last().expect("a bubble");
            let url = last["file"]["url"].as_str().expect("an address").to_owned();
            assert_eq!(play.bytes_at(&url), bytes, "{kind:?}");
        }
    }
}

/// P16: a file of each kind comes from the customer byte for byte, and its locator holds no secret.
pub(super) fn file_in(case: &Case) {
    let mut play = case.play();
    for (kind, name, mime, bytes) in channel(&play).files.iter().map(sample) {
        let url = play.file(name, mime, bytes);
        let file = json!({ "url": url, "name": name, "mime": mime, "kind": kind.code() });
        let got = case.writes(&mut play, &json!({ "text": "", "file": file }));
        if case.unfetched.contains(&kind) {
            assert!(got.files.is_empty() && got.extra.is_some(), "{got:?}");
            continue;
        }
        let [file] = &got.files[..] else { panic!("{got:?}") };
        assert!(!file.locator.contains(play.account.setting(case.secret)), "{}", file.locator);
        let found = play.chore(&Chore::Fetch { locator: &file.locator });
        let told = format!("{found:?}");
        let Finding::File { bytes: fetched, .. } = found else { panic!("{told}") };
        assert_eq!(fetched, bytes, "{kind:?}");
    }
}

/// P17: what we answer is shown as the answer to it.
pub(super) fn quote_out(case: &Case) {
    let mut play = case.play();
    let theirs = case.writes(&mut play, &json!({ "text": "When?" })).remote_id;
    let outcome = play.submit_to(ANNA, &text("At five"), None, Some(&theirs));
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    play.words(2_000);
    assert_eq!(play.bubbles()[0]["quote"]["id"], (case.shown)(&theirs));
}

/// P18: what the customer answers is known by the id under which it was accepted.
pub(super) fn quote_in(case: &Case) {
    let mut play = case.play();
    let ours = play.accepted(&text("At five?"));
    play.words(2_000);
    let got = case.writes(&mut play, &json!({ "text": "Yes", "quote": (case.shown)(&ours) }));
    assert_eq!(got.quote.expect("a quote").remote_id, ours);
}

/// P19: a group is heard with its author and written to; a group that we are not in is refused on
/// our side, at once or by a receipt.
pub(super) fn groups(case: &Case) {
    const GROUP: &str = "120363000000000001";
    let mut play = case.play();
    let messenger = play.account.messenger.code();
    // Bots hear only what begins so.
    let group = json!({ "messenger": messenger, "name": "Team", "members": [ANNA] });
    play.control("PUT", &format!("/twin/groups/{GROUP}"), &group);
    let got = case.writes(&mut play, &json!({ "text": "/here", "group": GROUP }));
    let author = &got.author.id;
    assert!(got.chat.is_group && got.chat.id != *author, "{got:?}");
    assert!(author.contains(ANNA) || *author == play.person(ANNA), "{got:?}");
    let outcome = play.submit(To::Group(&got.chat.id), &text("All"), None, None);
    let told = format!("{outcome:?}");
    let Outcome::Accepted { remote_id } = outcome else { panic!("{told}") };
    let words = play.words(2_000);
    assert_eq!(receipts(&words, &remote_id).last(), arrival(&play).last());
    assert_eq!(play.bubbles()[0]["text"], "All");
    let failure = match play.submit(To::Group(case.strange_group), &text("x"), None, None) {
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
