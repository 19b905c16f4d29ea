//! The messengers a customer can be reached on.

use serde::{Deserialize, Serialize};

/// A kind of messenger. Stored by its stable text code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Messenger {
    /// WhatsApp.
    Whatsapp,
    /// Telegram.
    Telegram,
    /// MAX.
    Max,
    /// VKontakte.
    Vk,
}

impl Messenger {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 4] = [Self::Whatsapp, Self::Telegram, Self::Max, Self::Vk];

    /// The stable code, as stored and as spoken in our own API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Whatsapp => "whatsapp",
            Self::Telegram => "telegram",
            Self::Max => "max",
            Self::Vk => "vk",
        }
    }

    /// From the stable code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.code() == code)
    }

    /// The name people know it by.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Whatsapp => "WhatsApp",
            Self::Telegram => "Telegram",
            Self::Max => "MAX",
            Self::Vk => "VK",
        }
    }
}
