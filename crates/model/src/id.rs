//! Row ids: 64-bit, ordered by time, unique per node.
//!
//! 41 bits of milliseconds since 2020, 10 bits of node, 12 bits of sequence. Being dense and
//! ordered, they keep both databases' B-trees appending; as decimal text a [`MessageId`] is the
//! partner API's `mtNum`.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// A message: what somebody asked us to convey. Its decimal text is the partner's `mtNum`.
    MessageId
);
id!(
    /// An account: our credentials at one provider for one sender.
    AccountId
);
id!(
    /// A partner: a login of the partner API.
    PartnerId
);
id!(
    /// A workspace: one tenant.
    WorkspaceId
);
id!(
    /// A row of the outbox: one part of one link, waiting, submitting or awaiting receipts.
    OutboxId
);
id!(
    /// A stored webhook body.
    WebhookId
);
id!(
    /// A message that came in.
    IncomingId
);
id!(
    /// An API key of our own API.
    KeyId
);
id!(
    /// A hook that is managed here: an event source that calls us.
    HookId
);
id!(
    /// A call of an event source, as it came in.
    CallId
);
id!(
    /// A mail to a person.
    MailId
);
id!(
    /// A lane: the unit of order and pacing. See [`lane_id`].
    LaneId
);

/// The generation of ownership under which an attempt was begun. It grows at each start of a node
/// (or take-over of a partition), so that an attempt of an older epoch is known to be orphaned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub i64);

/// Milliseconds between 1970 and 2020, the zero of our ids.
const EPOCH_2020_MS: i64 = 1_577_836_800_000;
const NODE_BITS: u32 = 10;
const SEQUENCE_BITS: u32 = 12;
const SEQUENCE_MAX: i64 = (1 << SEQUENCE_BITS) - 1;

/// Draws ids for one node. Not shared between threads: wrap it where it is used.
#[derive(Debug, Clone)]
pub struct IdSource {
    node: i64,
    last_ms: i64,
    sequence: i64,
}

impl IdSource {
    /// A source for node `node` (0 to 1023; higher bits are cut off).
    #[must_use]
    pub fn new(node: u16) -> Self {
        Self { node: i64::from(node) & ((1 << NODE_BITS) - 1), last_ms: 0, sequence: 0 }
    }

    /// The next id. Monotone even if the clock steps back: it then goes on from its last value.
    pub fn next(&mut self, now: Timestamp) -> i64 {
        let ms = (now.0 - EPOCH_2020_MS).max(1);
        if ms > self.last_ms {
            self.last_ms = ms;
            self.sequence = 0;
        } else if self.sequence < SEQUENCE_MAX {
            self.sequence += 1;
        } else {
            // More than 4,096 ids in a millisecond: borrow from the next one.
            self.last_ms += 1;
            self.sequence = 0;
        }
        (self.last_ms << (NODE_BITS + SEQUENCE_BITS)) | (self.node << SEQUENCE_BITS) | self.sequence
    }
}

/// The moment at which a time-ordered id was drawn.
#[must_use]
pub fn id_time(id: i64) -> Timestamp {
    Timestamp((id >> (NODE_BITS + SEQUENCE_BITS)) + EPOCH_2020_MS)
}

/// The smallest id that could have been drawn at `at`: for searching by time over ids.
#[must_use]
pub fn id_floor(at: Timestamp) -> i64 {
    (at.0 - EPOCH_2020_MS).max(0) << (NODE_BITS + SEQUENCE_BITS)
}

/// Number of virtual partitions: the units of ownership.
pub const PARTITIONS: u16 = 256;

/// The partition a lane belongs to: 0 to 255.
#[must_use]
pub fn partition_of(lane: LaneId) -> i64 {
    i64::from(u8::try_from(mix(lane.0.cast_unsigned()) & 0xff).unwrap_or(0))
}

/// The lane of a conversation on an account: one per account unless the account has more.
#[must_use]
pub fn lane_id(account: AccountId, lanes: u16, conversation: u64) -> LaneId {
    let slot = if lanes <= 1 { 0 } else { mix(conversation) % u64::from(lanes) };
    LaneId((mix(account.0.cast_unsigned() ^ (slot << 56)) >> 1).cast_signed())
}

/// The lane of an address we report to (`notifyUrl`): all its reports share order and circuit.
#[must_use]
pub fn endpoint_lane(url: &str) -> LaneId {
    LaneId((hash64(url.as_bytes()) >> 1).cast_signed())
}

/// A stable 64-bit hash of something long: a whole call. It is written to disk: it must never change.
#[must_use]
pub fn fingerprint(bytes: &[u8]) -> u64 {
    rapidhash::v3::rapidhash_v3(bytes)
}

/// A stable 64-bit hash (FNV-1a, then mixed). It is written to disk: it must never change.
#[must_use]
pub fn hash64(bytes: &[u8]) -> u64 {
    let mut h: u64 = 0xcbf2_9ce4_8422_2325;
    for b in bytes {
        h = (h ^ u64::from(*b)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    mix(h)
}

fn mix(mut x: u64) -> u64 {
    x ^= x >> 33;
    x = x.wrapping_mul(0xff51_afd7_ed55_8ccd);
    x ^= x >> 33;
    x = x.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    x ^ (x >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_even_when_the_clock_does_not() {
        let mut source = IdSource::new(3);
        let now = Timestamp(1_800_000_000_000);
        let mut last = 0;
        for i in 0..10_000 {
            let id = source.next(Timestamp(now.0 - i % 7));
            assert!(id > last);
            last = id;
        }
        assert!((id_time(last).0 - now.0).abs() < 10);
        assert!(id_floor(now) < last);
    }

    #[test]
    fn one_lane_keeps_all_conversations_together() {
        let account = AccountId(77);
        assert_eq!(lane_id(account, 1, 5), lane_id(account, 1, 6));
        let lanes: std::collections::BTreeSet<_> =
            (0..1000).map(|c| lane_id(account, 4, c)).collect();
        assert_eq!(lanes.len(), 4);
    }

    #[test]
    fn the_hashes_on_disk_never_change() {
        assert_eq!(hash64(b"3EB0C767D097B7C7C030"), 0x5c27_8a34_afac_8120);
        assert_eq!(hash64(b""), mix(0xcbf2_9ce4_8422_2325));
        assert_eq!(fingerprint(b"{\"login\":\"demo\"}"), 0xdbe0_acb6_c406_b165);
    }
}
