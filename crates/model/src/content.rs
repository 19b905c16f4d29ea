//! What a bubble holds.

use serde::{Deserialize, Serialize};

/// The content of one part. Stored as JSON inside the message's request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Plain text, as the sender wrote it.
    Text(String),
    /// A picture by its address, fetched by the provider.
    Image {
        /// Where the picture lies: an `http` or `https` address.
        url: String,
    },
}

impl Content {
    /// The words reported back to a partner: the text, or the address of a picture.
    #[must_use]
    pub fn as_text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Image { url } => url,
        }
    }
}
