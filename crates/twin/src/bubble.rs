//! Bubbles: messages as a phone shows them, in both directions, shared by all personas.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use crate::{
    account::AccountKey,
    content::{Button, File, Kind, Quote},
    limits,
};

/// How far a message has come. Personas translate it into their own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// The provider took it and keeps it in its queue.
    Queued,
    /// The provider handed it to the messenger.
    Sent,
    /// It is on the phone.
    Delivered,
    /// Somebody opened the chat.
    Read,
    /// It could not be sent.
    Failed,
    /// The number has no account in the messenger.
    NoAccount,
    /// The sender is no member of that group.
    NotInGroup,
    /// Sending is suspended for this account.
    YellowCard,
}

impl Status {
    const ALL: [Self; 8] = [
        Self::Queued,
        Self::Sent,
        Self::Delivered,
        Self::Read,
        Self::Failed,
        Self::NoAccount,
        Self::NotInGroup,
        Self::YellowCard,
    ];

    /// The name used on the wire of the control door.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
            Self::NoAccount => "noAccount",
            Self::NotInGroup => "notInGroup",
            Self::YellowCard => "yellowCard",
        }
    }

    /// The status of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }

    /// Whether nothing follows by itself.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Sent | Self::Delivered)
    }
}

/// Who wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From the company to the phone.
    In,
    /// From the phone to the company.
    Out,
}

/// When each status was reached, in the caller's milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Times {
    /// When the provider took it (or the phone wrote it).
    pub queued: i64,
    /// When it was handed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<i64>,
    /// When the phone got it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered: Option<i64>,
    /// When it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read: Option<i64>,
    /// When it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<i64>,
}

/// One message.
#[derive(Debug, Clone, Serialize)]
pub struct Bubble {
    /// Its place in the order of all bubbles.
    pub seq: u64,
    /// The provider's id.
    pub id: String,
    /// Who carried it.
    #[serde(flatten)]
    pub key: AccountKey,
    /// In which messenger.
    pub messenger: &'static str,
    /// Who wrote it.
    pub direction: Direction,
    /// The chat it is in: the phone's number, or the group's id.
    #[serde(skip)]
    pub phone: String,
    /// The group, if it is in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Numbers of those whose phones show it, when it is in a group.
    #[serde(skip)]
    pub audience: Vec<String>,
    /// Number of the writer.
    pub from: String,
    /// Number of the reader.
    pub to: String,
    /// What it consists of.
    pub kind: Kind,
    /// The text, or a file's caption.
    pub text: String,
    /// The file, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<File>,
    /// What it answers, if anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<Quote>,
    /// What the provider was asked to send beyond text and file (a place, a card, a poll).
    #[serde(skip_serializing_if = "serde_json::Value::is_null")]
    pub extra: serde_json::Value,
    /// Its buttons.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<Button>,
    /// The name of the template it was made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Whether its text was changed.
    #[serde(skip_serializing_if = "is_false")]
    pub edited: bool,
    /// Whether it was taken back.
    #[serde(skip_serializing_if = "is_false")]
    pub deleted: bool,
    /// Who reacted (a number, or an account) and with what.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reactions: BTreeMap<String, String>,
    /// How far it has come.
    pub status: Status,
    /// Why it failed, if it did.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Whether the phone shows it.
    pub shown: bool,
    /// When it reached each status.
    pub at: Times,
    /// The twin's revision at its last change.
    pub revision: u64,
}

impl Bubble {
    /// A text of that chat, not shown yet, with nothing special about it.
    pub fn new(key: &AccountKey, messenger: &'static str, direction: Direction, id: &str) -> Self {
        Self {
            seq: 0,
            id: id.to_owned(),
            key: key.clone(),
            messenger,
            direction,
            phone: String::new(),
            group: None,
            audience: Vec::new(),
            from: String::new(),
            to: String::new(),
            kind: Kind::Text,
            text: String::new(),
            file: None,
            quote: None,
            extra: serde_json::Value::Null,
            buttons: Vec::new(),
            template: None,
            edited: false,
            deleted: false,
            reactions: BTreeMap::new(),
            status: Status::Queued,
            description: String::new(),
            shown: false,
            at: Times::default(),
            revision: 0,
        }
    }

    /// Numbers of the phones that it is for.
    pub fn numbers(&self) -> impl Iterator<Item = &str> {
        let single = self.group.is_none().then_some(self.phone.as_str());
        single.into_iter().chain(self.audience.iter().map(String::as_str))
    }

    /// The chats in whose order it has a place: those of its phones, and the group itself.
    fn places(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.phone.as_str()).chain(self.audience.iter().map(String::as_str))
    }

    /// Moves to a status and stamps it. Whether that makes sense is the caller's business.
    pub fn reach(&mut self, status: Status, now_ms: i64) {
        self.status = status;
        let now = Some(now_ms);
        match status {
            Status::Queued => {}
            Status::Sent => self.at.sent = self.at.sent.or(now),
            Status::Delivered => self.at.delivered = self.at.delivered.or(now),
            Status::Read => {
                self.at.delivered = self.at.delivered.or(now);
                self.at.read = self.at.read.or(now);
            }
            Status::Failed | Status::NoAccount | Status::NotInGroup | Status::YellowCard => {
                self.at.failed = self.at.failed.or(now);
            }
        }
        if matches!(status, Status::Delivered | Status::Read) {
            self.shown = true;
        }
    }
}

/// All bubbles, by order, by id and by phone.
#[derive(Debug, Default)]
pub struct Bubbles {
    by_seq: BTreeMap<u64, Bubble>,
    by_id: BTreeMap<String, u64>,
    by_phone: BTreeMap<String, VecDeque<u64>>,
    next: u64,
    /// How many were forgotten because of the bounds.
    pub forgotten: u64,
}

impl Bubbles {
    /// Adds a bubble at the end of the order.
    pub fn add(&mut self, mut bubble: Bubble) -> u64 {
        self.next += 1;
        let seq = self.next;
        bubble.seq = seq;
        let mut crowded = None;
        for place in bubble.places() {
            let of_phone = self.by_phone.entry(place.to_owned()).or_default();
            of_phone.push_back(seq);
            if of_phone.len() > limits::BUBBLES_PER_PHONE_MAX {
                crowded = crowded.or_else(|| of_phone.front().copied());
            }
        }
        self.by_id.insert(bubble.id.clone(), seq);
        self.by_seq.insert(seq, bubble);
        if let Some(oldest) = crowded {
            self.forget(oldest);
        }
        if self.by_seq.len() > limits::BUBBLES_MAX
            && let Some(&oldest) = self.by_seq.keys().next()
        {
            self.forget(oldest);
        }
        seq
    }

    fn forget(&mut self, seq: u64) {
        let Some(bubble) = self.by_seq.remove(&seq) else { return };
        self.by_id.remove(&bubble.id);
        for place in bubble.places() {
            let Some(of_phone) = self.by_phone.get_mut(place) else { continue };
            if of_phone.front() == Some(&seq) {
                of_phone.pop_front();
            } else {
                of_phone.retain(|&other| other != seq);
            }
            if of_phone.is_empty() {
                self.by_phone.remove(place);
            }
        }
        self.forgotten += 1;
    }

    /// The bubble at that place.
    pub fn get(&self, seq: u64) -> Option<&Bubble> {
        self.by_seq.get(&seq)
    }

    /// The bubble at that place, to change.
    pub fn get_mut(&mut self, seq: u64) -> Option<&mut Bubble> {
        self.by_seq.get_mut(&seq)
    }

    /// The bubble with that provider's id.
    pub fn find(&self, id: &str) -> Option<&Bubble> {
        self.by_seq.get(self.by_id.get(id)?)
    }

    /// Bubbles of one phone, or of one group, in order.
    pub fn of_phone(&self, phone: &str) -> impl DoubleEndedIterator<Item = &Bubble> {
        let seqs = self.by_phone.get(phone).into_iter().flatten();
        seqs.filter_map(|seq| self.by_seq.get(seq))
    }

    /// All bubbles in order.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &Bubble> {
        self.by_seq.values()
    }

    /// Phones that have bubbles, with how many.
    pub fn phones(&self) -> impl Iterator<Item = (&str, usize)> {
        self.by_phone.iter().map(|(phone, seqs)| (phone.as_str(), seqs.len()))
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.by_seq.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_seq.is_empty()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for this shape")]
fn is_false(flag: &bool) -> bool {
    !flag
}
