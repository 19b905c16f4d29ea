//! What a bubble holds.

mod marked;

use crate::file::File;
use serde::{Deserialize, Serialize};

pub use marked::{Bold, Marked};

/// The content of one part. Stored as JSON inside the message's plan.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Plain text, as the sender wrote it.
    Text(String),
    /// Text with bold passages, which each messenger writes in its own way.
    Marked(Marked),
    /// A file with or without words under it.
    File(File),
    /// Text with buttons below it.
    Choice {
        /// The words.
        text: String,
        /// The buttons, top to bottom; at least one.
        buttons: Vec<Button>,
    },
    /// A message approved beforehand, by its name at the provider.
    Template(Template),
}

/// A button below a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Button {
    /// What it says.
    pub title: String,
    /// What comes back when it is pressed, or where it leads.
    pub action: ButtonAction,
}

/// What a button does.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ButtonAction {
    /// The customer answers with this payload.
    Reply(String),
    /// Opens an address.
    Open(String),
    /// Asks for the customer's own contact (where the messenger has it).
    ShareContact,
}

/// A template with its values.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Template {
    /// Its name or id at the provider.
    pub id: String,
    /// Its language, as the provider writes it (`ru`, `en_US`); empty = the provider's default.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub language: String,
    /// The values of its places, first to last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// What the customer will read, as far as it is known here: shown to people only.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

impl Content {
    /// The words reported back to a partner and shown in lists: the text, the address of a file
    /// (or its name, if it lies with us), what a template says.
    #[must_use]
    pub fn as_text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Choice { text, .. } => text,
            Self::Marked(marked) => marked.plain(),
            Self::File(file) => file.address_or_name(),
            Self::Template(template) if template.text.is_empty() => &template.id,
            Self::Template(template) => &template.text,
        }
    }

    /// The file, if it is one.
    #[must_use]
    pub fn file(&self) -> Option<&File> {
        match self {
            Self::File(file) => Some(file),
            Self::Text(_) | Self::Marked(_) | Self::Choice { .. } | Self::Template(_) => None,
        }
    }

    /// A picture by its address.
    #[must_use]
    pub fn image(url: &str) -> Self {
        Self::File(File::at(crate::file::FileKind::Image, url))
    }
}
