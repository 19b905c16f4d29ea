//! What a provider's persona has to do. A new provider is one file with one implementation and
//! one line in [`crate::Twin::new`].

use serde_json::{Value, json};

use crate::{
    contact::Contact,
    content::{Card, File, Kind, Place},
    stage::Stage,
    webhook::Word,
    wire::{WireRequest, WireResponse},
};

/// A request that a persona recognised as its own.
#[derive(Debug, Clone, Default)]
pub struct Claim {
    /// The account it speaks of, if that can be seen.
    pub account: Option<String>,
    /// The call it makes, as the provider names it.
    pub method: String,
}

/// An account that a customer can write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The provider's id of the account.
    pub account: String,
    /// Its messenger.
    pub messenger: &'static str,
    /// The company's number or name there.
    pub address: String,
    /// Whether the company may write only to those who have started it or written to it.
    pub needs_start: bool,
}

/// What a customer writes.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    /// The account it goes to.
    pub account: String,
    /// The messenger it is written in.
    pub messenger: String,
    /// The customer's number.
    pub from: String,
    /// The group it is written into.
    pub group: Option<String>,
    /// The text, or a file's caption.
    pub text: String,
    /// Id of the bubble it answers.
    pub quote: Option<String>,
    /// The file, if any.
    pub file: Option<File>,
    /// The file's kind; its name decides unless set.
    pub kind: Option<Kind>,
    /// The visiting card, if any.
    pub contact: Option<Card>,
    /// The place, if any.
    pub location: Option<Place>,
    /// What the pressed button carries along unseen.
    pub payload: Option<String>,
}

impl Reply {
    /// What it consists of.
    pub fn kind(&self) -> Kind {
        match (&self.file, &self.contact, &self.location) {
            (Some(file), ..) => self.kind.unwrap_or_else(|| Kind::of_file(&file.name)),
            (None, Some(_), _) => Kind::Contact,
            (None, None, Some(_)) => Kind::Location,
            (None, None, None) => Kind::Text,
        }
    }

    /// The card or the place, as bubbles show it.
    pub fn extra(&self) -> Value {
        if let Some(card) = &self.contact {
            let vcard = format!(
                "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{}\r\nTEL;TYPE=CELL:+{}\r\nEND:VCARD\r\n",
                card.name, card.phone
            );
            return json!({
                "displayName": card.name, "vcard": vcard, "phone": card.phone,
                "verified": self.is_own_contact(),
            });
        }
        self.location.as_ref().map_or(Value::Null, |place| {
            json!({
                "nameLocation": place.name, "address": place.address,
                "latitude": place.latitude, "longitude": place.longitude,
            })
        })
    }

    /// Whether the shared card is the customer's own.
    pub fn is_own_contact(&self) -> bool {
        self.contact.as_ref().is_some_and(|card| card.phone == self.from)
    }
}

/// A customer who opens the bot and presses Start.
#[derive(Debug, Clone)]
pub struct Start {
    /// The account.
    pub account: String,
    /// The customer's number.
    pub from: String,
    /// What the deep link carried.
    pub payload: Option<String>,
    /// What was between them before.
    pub before: Contact,
}

/// Whether the provider tells the company of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// It does.
    Yes,
    /// This provider does not tell, or was not asked to.
    No,
}

/// One provider.
pub trait Persona: Send {
    /// Its name, as control requests and faults spell it.
    fn name(&self) -> &'static str;

    /// Recognises a request to this provider.
    fn claim(&self, request: &WireRequest) -> Option<Claim>;

    /// Answers a request. `is_again` when a long poll is asked once more: nothing is counted.
    fn answer(&mut self, stage: &mut Stage, request: &WireRequest, is_again: bool) -> WireResponse;

    /// Words an error of that HTTP status as this provider does, with a pause to keep where its
    /// errors tell one.
    fn refuse(&self, status: u16, claim: &Claim, retry_after_s: Option<u64>) -> WireResponse;

    /// Does what it had planned with [`crate::agenda::Deed::Own`].
    fn perform(&mut self, stage: &mut Stage, account: &str, own: u64);

    /// Hears that the status of a bubble to a phone has changed.
    fn changed(&mut self, stage: &mut Stage, seq: u64);

    /// Takes what a customer writes and returns its id.
    fn reply(&mut self, stage: &mut Stage, reply: &Reply) -> Result<String, String>;

    /// The accounts that customers can write to.
    fn lines(&self) -> Vec<Line>;

    /// The accounts as the control door shows them.
    fn accounts(&self, stage: &Stage) -> Vec<Value>;

    /// Changes an account, or makes it. `Err` says what is wrong with the change.
    fn change(&mut self, stage: &mut Stage, account: &str, change: &Value) -> Result<(), String>;

    /// Hears what became of a webhook, or of a single request.
    fn heard(&mut self, _stage: &mut Stage, _word: &Word) {}

    /// Hears that a customer has started the bot; the stage knows already.
    fn started(&mut self, _stage: &mut Stage, _start: &Start) -> Told {
        Told::No
    }

    /// Hears that a customer has blocked an account, or has lifted that; the stage knows already.
    fn blocked(&mut self, _stage: &mut Stage, _account: &str, _from: &str, _is: bool) -> Told {
        Told::No
    }

    /// Hears that a customer has changed the text of a bubble of his; it is changed already.
    fn edited(&mut self, _stage: &mut Stage, _seq: u64) -> Told {
        Told::No
    }

    /// Hears that a customer has taken back a bubble of his; it is marked already.
    fn deleted(&mut self, _stage: &mut Stage, _seq: u64) -> Told {
        Told::No
    }

    /// Hears that a customer's reaction to a bubble has changed; `before` is the one it replaces.
    fn reacted(
        &mut self,
        _stage: &mut Stage,
        _seq: u64,
        _from: &str,
        _before: Option<&str>,
    ) -> Told {
        Told::No
    }

    /// Hears that a customer has pressed a button that only tells the company; buttons that write
    /// something come as a reply.
    fn pressed(&mut self, _stage: &mut Stage, _seq: u64, _from: &str, _button: usize) -> Told {
        Told::No
    }
}
