//! The key by which the same event, posted twice, is known: sources give no event id.

use crate::event::{Event, Participant};

/// A stable hash of what makes a message the same: hook, case, version, participant, start and
/// occasion. Without a case id what was posted stands for all of that.
#[must_use]
pub fn key(hook: u64, event: &Event, participant: Option<&Participant>, occasion: &str) -> u64 {
    let mut hash = Fnv::new();
    hash.write(&hook.to_le_bytes());
    if event.case.id.is_empty() {
        hash.write(event.payload.to_string().as_bytes());
    } else {
        hash.write(event.case.id.as_bytes());
        hash.write(&event.case.version.to_le_bytes());
        hash.write(&event.case.starts_at.map_or(0, |at| at.0).to_le_bytes());
    }
    hash.write(participant.map_or(&[][..], |p| p.id.as_bytes()));
    hash.write(occasion.as_bytes());
    hash.0
}

/// FNV-1a of fields: stable over builds, which the standard library's hasher does not promise.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// A field with its length in front, so that borders count.
    fn write(&mut self, field: &[u8]) {
        let length = (field.len() as u64).to_le_bytes();
        for byte in length.iter().chain(field) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}
