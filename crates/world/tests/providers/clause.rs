//! The clauses of `docs/specs/provider.md` that an adapter and a persona prove together: one
//! function for each, which every provider is put through. A provider to which a clause does not
//! apply says why; whoever says nothing has to keep it.

mod account;
mod content;
mod hearing;
mod sending;

use crate::play::{ANNA, Play, URL};
use serde_json::{Value, json};
use vestnik_model::{
    content::Content,
    file::FileKind,
    outcome::{Outcome, ReceiptKind},
};
use vestnik_provider::{
    chore::{Chore, Finding},
    descriptor::{Channel, Receipts},
    incoming::Incoming,
    port::Word,
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
    (Clause::P1Accepted, sending::accepted),
    (Clause::P2TooFastWithHint, sending::too_fast_with_hint),
    (Clause::P3TooFast, sending::too_fast),
    (Clause::P4ServerError, sending::server_error),
    (Clause::P5CutBefore, sending::cut_before),
    (Clause::P6CutAfter, sending::cut_after),
    (Clause::P7WrongCredentials, sending::wrong_credentials),
    (Clause::P8UnknownRecipient, sending::unknown_recipient),
    (Clause::P9WindowClosed, sending::window_closed),
    (Clause::P10Doubled, hearing::doubled),
    (Clause::P11Early, hearing::early),
    (Clause::P12Forged, hearing::forged),
    (Clause::P13Garbage, hearing::garbage),
    (Clause::P14NewContent, hearing::new_content),
    (Clause::P15FileOut, content::file_out),
    (Clause::P16FileIn, content::file_in),
    (Clause::P17QuoteOut, content::quote_out),
    (Clause::P18QuoteIn, content::quote_in),
    (Clause::P19Groups, content::groups),
    (Clause::P20Checked, account::checked),
    (Clause::P21Subscribed, account::subscribed),
    (Clause::P22Secrets, account::secrets),
];

/// What the journal can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Journal {
    /// That a message is there, and that it is not.
    Whole,
    /// That it is there.
    FindsOnly,
    /// There is none, but what comes again under the same key is not shown again.
    Key,
    /// There is none.
    None,
}

/// A provider with an account of its persona.
pub struct Case {
    /// The provider's code; a dialect or messenger of it after a slash.
    pub name: &'static str,
    /// The persona's id of the account.
    pub line: &'static str,
    /// An account that is not subscribed yet.
    pub bare: fn() -> Play,
    /// Has its webhooks come in.
    pub subscribe: fn(&mut Play),
    /// Where only who wrote first can be written to: has a number do so and says what its chat is
    /// called. `None` = a number is enough.
    pub chat: Option<fn(&mut Play, &str) -> String>,
    /// What the twin calls a bubble of Anna's chat that we know by this id.
    pub shown: fn(&str) -> String,
    /// The setting that is the secret.
    pub secret: &'static str,
    /// A number that is not in the messenger.
    pub nobody: &'static str,
    /// A group that we are not in.
    pub strange_group: &'static str,
    pub journal: Journal,
    /// Kinds of files of which a webhook says that there is one, and not where it is.
    pub unfetched: &'static [FileKind],
    /// What does not apply, because …
    pub not: &'static [(Clause, &'static str)],
}

/// A bubble that the twin calls as we do.
pub fn same(id: &str) -> String {
    id.to_owned()
}

/// Orders the webhooks.
pub fn subscribe(play: &mut Play) {
    assert_eq!(play.chore(&Chore::Subscribe { url: URL }), Finding::Done);
    play.pass(0);
}

impl Case {
    /// Subscribed.
    fn heard(&self) -> Play {
        let mut play = (self.bare)();
        (self.subscribe)(&mut play);
        play
    }

    /// Subscribed, and Anna has written: whatever window there is, is open.
    fn play(&self) -> Play {
        let mut play = self.heard();
        self.meet(&mut play, ANNA);
        self.writes(&mut play, &json!({ "text": "Hi" }));
        play
    }

    /// Makes sure that a number can be written to.
    fn meet(&self, play: &mut Play, number: &str) {
        if let Some(chat) = self.chat {
            let chat = chat(play, number);
            play.chats.insert(number.to_owned(), chat);
        }
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

/// What the account's channel declares.
fn channel(play: &Play) -> &'static Channel {
    play.provider.descriptor().channel(play.account.messenger).expect("a channel")
}

/// The receipts that a bubble can expect as far as the phone.
fn arrival(play: &Play) -> &'static [ReceiptKind] {
    let Receipts { delivered, .. } = channel(play).receipts;
    if delivered { &[ReceiptKind::Sent, ReceiptKind::Delivered] } else { &[] }
}

/// Anna opens the chat and sees her last bubble.
fn read(play: &mut Play) {
    let shown = play.bubbles().pop().expect("a bubble")["id"].clone();
    play.control("POST", "/twin/status", &json!({ "id": shown, "status": "read" }));
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
