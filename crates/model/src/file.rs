//! Files as they stand in messages: what kind, where the bytes are, what is written under them.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How a messenger shows a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// A picture.
    Image,
    /// A file to be opened elsewhere.
    Document,
    /// Sound that is played.
    Audio,
    /// Sound that somebody spoke into the phone.
    Voice,
    /// A film.
    Video,
    /// A sticker: a small picture without words.
    Sticker,
}

impl FileKind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Image, Self::Document, Self::Audio, Self::Voice, Self::Video, Self::Sticker];

    /// The stable code, as stored and as spoken in our own API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Document => "document",
            Self::Audio => "audio",
            Self::Voice => "voice",
            Self::Video => "video",
            Self::Sticker => "sticker",
        }
    }

    /// From the stable code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.code() == code)
    }

    /// The kind that a media type belongs to: `audio/ogg` is sound, what is not known a document.
    #[must_use]
    pub fn of_mime(mime: &str) -> Self {
        match mime.split('/').next().unwrap_or_default() {
            "image" => Self::Image,
            "audio" => Self::Audio,
            "video" => Self::Video,
            _ => Self::Document,
        }
    }
}

/// The SHA-256 of a stored file's bytes: its name in our storage.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileHash(pub [u8; 32]);

impl FileHash {
    /// From 64 hexadecimal digits in lower case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 64 {
            return None;
        }
        let digit = |b: u8| match b {
            b'0'..=b'9' => Some(b - b'0'),
            b'a'..=b'f' => Some(b - b'a' + 10),
            _ => None,
        };
        let mut out = [0_u8; 32];
        for (byte, pair) in out.iter_mut().zip(bytes.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Self(out))
    }
}

impl fmt::Display for FileHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for FileHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileHash({self})")
    }
}

impl Serialize for FileHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FileHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("64 hexadecimal digits expected"))
    }
}

/// Where a file's bytes are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Somewhere in the world: an `http` or `https` address.
    Url(String),
    /// In our storage.
    Stored(FileHash),
}

/// A file that a message of ours carries.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct File {
    /// How it is to be shown.
    pub kind: FileKind,
    /// Where its bytes are.
    pub source: Source,
    /// What it is called; empty = the last part of its address.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The words under it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub caption: String,
    /// Its media type, found in its bytes; empty = not looked at yet.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub mime: String,
}

impl File {
    /// A file at an address, without words.
    #[must_use]
    pub fn at(kind: FileKind, url: &str) -> Self {
        Self {
            kind,
            source: Source::Url(url.to_owned()),
            name: String::new(),
            caption: String::new(),
            mime: String::new(),
        }
    }

    /// Its address, or what it is called if it lies with us.
    #[must_use]
    pub fn address_or_name(&self) -> &str {
        match &self.source {
            Source::Url(url) => url,
            Source::Stored(_) => &self.name,
        }
    }

    /// What it is called: its name, or the last part of its address, or `file`.
    #[must_use]
    pub fn file_name(&self) -> &str {
        if !self.name.is_empty() {
            return &self.name;
        }
        let Source::Url(url) = &self.source else { return "file" };
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let path = path.split_once("://").map_or(path, |(_, rest)| rest);
        match path.rsplit_once('/') {
            Some((_, last)) if !last.is_empty() => last,
            Some(_) | None => "file",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_by_its_name_or_the_end_of_its_address() {
        let at = |url| File::at(FileKind::Image, url).file_name().to_owned();
        assert_eq!(at("https://e.ru/a/card.png?size=4"), "card.png");
        assert_eq!(at("https://e.ru/"), "file");
        assert_eq!(at("https://e.ru"), "file");
        let named = File { name: "Чек.pdf".to_owned(), ..File::at(FileKind::Document, "x") };
        assert_eq!(named.file_name(), "Чек.pdf");
    }

    #[test]
    fn a_hash_round_trips_and_takes_nothing_else() {
        let hash = FileHash([0xab; 32]);
        assert_eq!(FileHash::parse(&hash.to_string()), Some(hash));
        assert_eq!(FileHash::parse(&"AB".repeat(32)), None);
        assert_eq!(FileHash::parse("ab"), None);
    }
}
