//! A part's place in its message: link and part in one number, the second half of an outbox key.

use vestnik_model::id::MessageId;

/// One part of one link of a message. With the message's id it is the key of an outbox row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// Which link.
    pub link: u8,
    /// Which part of it.
    pub part: u8,
}

impl Slot {
    /// As stored.
    #[must_use]
    pub fn code(self) -> i64 {
        i64::from(self.link) << 8 | i64::from(self.part)
    }

    /// From its stored form.
    #[must_use]
    pub fn from_code(code: i64) -> Self {
        let byte = |n: i64| u8::try_from(n & 0xff).unwrap_or(u8::MAX);
        Self { link: byte(code >> 8), part: byte(code) }
    }
}

/// The key of an outbox row.
pub type OutboxKey = (MessageId, Slot);

/// A key for the provider that is the same for every attempt of a part and different for every
/// other part.
#[must_use]
pub fn attempt_key(message: MessageId, slot: Slot) -> u64 {
    let mut bytes = [0_u8; 10];
    bytes[..8].copy_from_slice(&message.0.to_be_bytes());
    bytes[8] = slot.link;
    bytes[9] = slot.part;
    vestnik_model::id::hash64(&bytes)
}
