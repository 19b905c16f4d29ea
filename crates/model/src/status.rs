//! The status of a part, a link or a whole message: a chain that is only climbed.

use serde::{Deserialize, Serialize};

/// What is known of a message (or of one link or part of it).
///
/// The order of the variants is the order of evidence: of two statements the later one wins, so
/// merging is `max`, which is commutative, associative and idempotent. Proof of delivery beats
/// everything: a message we gave up on and which arrived all the same *did* arrive.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// On our disk, waiting for its time. The dispatcher moves it on.
    #[default]
    Queued,
    /// Being handed to the provider. The provider's answer moves it on.
    Submitting,
    /// The provider took it. Its receipts, or the end of its lifetime, move it on.
    Sent,
    /// Called back before it left. Final, unless it arrives all the same.
    Cancelled,
    /// Its time ran out. Final, unless it arrives all the same.
    Expired,
    /// It can't be delivered. Final, unless it arrives all the same.
    Failed,
    /// On the customer's device. Only `read` may follow.
    Delivered,
    /// The customer opened it. Final.
    Read,
}

impl Status {
    /// All of them, lowest first.
    pub const ALL: [Self; 8] = [
        Self::Queued,
        Self::Submitting,
        Self::Sent,
        Self::Cancelled,
        Self::Expired,
        Self::Failed,
        Self::Delivered,
        Self::Read,
    ];

    /// Joins two statements about the same thing.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        self.max(other)
    }

    /// Whether nothing more will be done by us (receipts may still raise it).
    #[must_use]
    pub fn is_final(self) -> bool {
        self >= Self::Cancelled
    }

    /// Whether the customer has it.
    #[must_use]
    pub fn is_delivered(self) -> bool {
        self >= Self::Delivered
    }

    /// The stable code, as stored and as spoken in our own API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Submitting => "submitting",
            Self::Sent => "sent",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Failed => "failed",
            Self::Delivered => "delivered",
            Self::Read => "read",
        }
    }

    /// From the stable code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_is_a_lattice_and_never_falls() {
        for a in Status::ALL {
            assert_eq!(a.merge(a), a);
            for b in Status::ALL {
                assert_eq!(a.merge(b), b.merge(a));
                assert!(a.merge(b) >= a);
                for c in Status::ALL {
                    assert_eq!(a.merge(b).merge(c), a.merge(b.merge(c)));
                }
            }
        }
    }

    #[test]
    fn evidence_of_delivery_wins() {
        assert_eq!(Status::Failed.merge(Status::Delivered), Status::Delivered);
        assert_eq!(Status::Expired.merge(Status::Sent), Status::Expired);
    }

    #[test]
    fn codes_round_trip() {
        for s in Status::ALL {
            assert_eq!(Status::parse(s.code()), Some(s));
        }
    }
}
