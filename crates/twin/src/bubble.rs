//! Bubbles: messages as a phone shows them, in both directions, shared by all personas.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use crate::{account::AccountKey, limits};

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

/// What kind of content it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Text only.
    Text,
    /// A picture.
    Image,
    /// A film.
    Video,
    /// Sound.
    Audio,
    /// Any other file.
    Document,
    /// A place on the map.
    Location,
    /// A visiting card.
    Contact,
    /// A poll.
    Poll,
}

impl Kind {
    /// The kind that a file name's extension decides.
    pub fn of_file(name: &str) -> Self {
        match extension(name).as_str() {
            "jpg" | "jpeg" | "png" | "gif" | "webp" | "bmp" => Self::Image,
            "mp4" | "mov" | "avi" | "mkv" | "3gp" | "webm" => Self::Video,
            "mp3" | "ogg" | "oga" | "opus" | "wav" | "aac" | "m4a" => Self::Audio,
            _ => Self::Document,
        }
    }
}

/// A file shown in a bubble.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct File {
    /// Where it is.
    pub url: String,
    /// What it is called.
    pub name: String,
    /// Its media type.
    pub mime: String,
}

impl File {
    /// A file whose media type follows from its name unless given.
    pub fn new(url: &str, name: &str, mime: &str) -> Self {
        let name = match name {
            "" => url.split(['?', '#']).next().unwrap_or("").rsplit('/').next().unwrap_or("file"),
            name => name,
        };
        let mime = if mime.is_empty() { mime_of(name) } else { mime };
        Self { url: url.to_owned(), name: name.to_owned(), mime: mime.to_owned() }
    }
}

/// The bubble that another one answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quote {
    /// Its id.
    pub id: String,
    /// Its text, as far as it was known.
    pub text: String,
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
    /// The phone's number.
    #[serde(skip)]
    pub phone: String,
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
        let of_phone = self.by_phone.entry(bubble.phone.clone()).or_default();
        of_phone.push_back(seq);
        let crowded = (of_phone.len() > limits::BUBBLES_PER_PHONE_MAX).then(|| of_phone[0]);
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
        if let Some(of_phone) = self.by_phone.get_mut(&bubble.phone) {
            if of_phone.front() == Some(&seq) {
                of_phone.pop_front();
            } else {
                of_phone.retain(|&other| other != seq);
            }
            if of_phone.is_empty() {
                self.by_phone.remove(&bubble.phone);
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

    /// Bubbles of one phone in order.
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

fn extension(name: &str) -> String {
    name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default()
}

fn mime_of(name: &str) -> &'static str {
    match extension(name).as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "mp4" => "video/mp4",
        "mp3" => "audio/mpeg",
        "ogg" | "oga" | "opus" => "audio/ogg",
        "pdf" => "application/pdf",
        "txt" => "text/plain",
        _ => "application/octet-stream",
    }
}
