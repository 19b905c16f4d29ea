//! What a message consists of: its kind, its file, its buttons, what it answers.

use serde::{Deserialize, Serialize};

/// What kind of content it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Text only.
    Text,
    /// A picture.
    Image,
    /// A film.
    Video,
    /// Sound, as music.
    Audio,
    /// Sound, as spoken into the phone.
    Voice,
    /// Any other file.
    Document,
    /// A sticker.
    Sticker,
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

    /// Whether a file belongs to it.
    pub fn has_file(self) -> bool {
        match self {
            Self::Image
            | Self::Video
            | Self::Audio
            | Self::Voice
            | Self::Document
            | Self::Sticker => true,
            Self::Text | Self::Location | Self::Contact | Self::Poll => false,
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

/// What pressing a button does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Press {
    /// The company is told, with the button's data.
    Callback,
    /// Its text is sent as the customer's message.
    Text,
    /// An address is opened; nobody is told.
    Link,
    /// The customer's own contact is sent.
    Contact,
    /// The customer's place is sent.
    Location,
    /// Something that the twin does not act out.
    Other,
}

/// A button under a bubble.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Button {
    /// What is written on it.
    pub text: String,
    /// What pressing it does.
    pub press: Press,
    /// What the company is told, or the address of a link.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub data: String,
    /// Its row, from 0.
    pub row: usize,
}

/// A visiting card that a customer shares.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// The person's name.
    #[serde(default)]
    pub name: String,
    /// The person's number.
    pub phone: String,
}

/// A place that a customer shares.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// What it is called.
    #[serde(default)]
    pub name: String,
    /// Its address.
    #[serde(default)]
    pub address: String,
}

/// The extension of a file name in lower case, without the dot; empty when there is none.
pub fn extension(name: &str) -> String {
    name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default()
}

/// The media type that a file name's extension decides.
pub fn mime_of(name: &str) -> &'static str {
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
