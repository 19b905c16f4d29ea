//! The message types of the dialect.

use vestnik_model::messenger::Messenger;

/// A message type of the dialect. Those we have no messenger for are known, and refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Whatsapp,
    Telegram,
    Max,
    Vk,
    Viber,
    Sms,
    Push,
    FlashingCall,
    CardsMobile,
    TgCode,
}

impl Kind {
    const ALL: [(Self, &'static str); 10] = [
        (Self::Whatsapp, "WHATSAPP"),
        (Self::Telegram, "TELEGRAM"),
        (Self::Max, "MAX"),
        (Self::Vk, "VK"),
        (Self::Viber, "VIBER"),
        (Self::Sms, "SMS"),
        (Self::Push, "PUSH"),
        (Self::FlashingCall, "FLASHINGCALL"),
        (Self::CardsMobile, "CARDSMOBILE"),
        (Self::TgCode, "TGCODE"),
    ];

    /// By its name, in whatever case.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, n)| n.eq_ignore_ascii_case(text)).map(|(kind, _)| kind)
    }

    /// Its name in the dialect.
    pub(super) fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(k, _)| *k == self).map_or("", |(_, name)| name)
    }

    /// The dialect's type for a messenger.
    pub(super) fn of(messenger: Messenger) -> Self {
        match messenger {
            Messenger::Whatsapp => Self::Whatsapp,
            Messenger::Telegram => Self::Telegram,
            Messenger::Max => Self::Max,
            Messenger::Vk => Self::Vk,
        }
    }

    /// The messenger that carries it, if we have one.
    pub(super) fn messenger(self) -> Option<Messenger> {
        match self {
            Self::Whatsapp => Some(Messenger::Whatsapp),
            Self::Telegram => Some(Messenger::Telegram),
            Self::Max => Some(Messenger::Max),
            Self::Vk => Some(Messenger::Vk),
            Self::Viber
            | Self::Sms
            | Self::Push
            | Self::FlashingCall
            | Self::CardsMobile
            | Self::TgCode => None,
        }
    }

    /// Longest text, characters.
    pub(super) fn text_chars_max(self) -> usize {
        match self {
            Self::Max => 4000,
            Self::Vk | Self::Sms => 2000,
            Self::CardsMobile => 150,
            Self::Whatsapp
            | Self::Telegram
            | Self::Viber
            | Self::Push
            | Self::FlashingCall
            | Self::TgCode => 1000,
        }
    }

    /// Whether the dialect has a word for its having been read.
    pub(super) fn can_be_read(self) -> bool {
        !matches!(self, Self::Sms | Self::FlashingCall)
    }
}
