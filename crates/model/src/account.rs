//! An account as the pure crates see it: which provider, whose sender, at what pace.

use crate::{
    id::{AccountId, WorkspaceId},
    messenger::Messenger,
    outcome::Guarantee,
    secret::Secret,
    time::Millis,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Our credentials at one provider for one sender.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The tenant it belongs to.
    pub workspace: WorkspaceId,
    /// The provider's code: `green_api`, …
    pub provider: String,
    /// What people call it.
    pub name: String,
    /// The messenger it sends through.
    pub messenger: Messenger,
    /// The opaque part of its webhook address, `/in/KEY`.
    pub webhook_key: String,
    /// The provider's settings by the names of its descriptor. Secrets are sealed at rest.
    pub settings: BTreeMap<String, Secret>,
    /// How quickly we may send.
    pub pacing: Pacing,
    /// Into how many lanes its conversations are dealt (1 = strict order and pace in one place).
    pub lanes: u16,
    /// Most attempts under way at once.
    pub in_flight_max: u16,
    /// What to do with an attempt whose answer was lost and cannot be found out.
    pub unknown: Guarantee,
    /// Whether it sends and receives.
    pub active: bool,
}

impl Account {
    /// A setting by name, empty if it is not there.
    #[must_use]
    pub fn setting(&self, name: &str) -> &str {
        self.settings.get(name).map_or("", Secret::reveal)
    }
}

/// How quickly an account may send. `None` everywhere = as fast as it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pacing {
    /// Gap between two submissions of the account.
    pub gap: Option<Millis>,
    /// How many may go at once after a pause (at least 1 counts).
    pub burst: u16,
    /// Gap between two submissions to one recipient.
    pub recipient_gap: Option<Millis>,
    /// How many may go to one recipient at once after a pause (at least 1 counts).
    #[serde(default)]
    pub recipient_burst: u16,
}

/// The class of a message: which share of a busy sender it gets.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// An operator or bot answers somebody who waits.
    Live,
    /// A booking, an order, a code.
    #[default]
    Transactional,
    /// A mailing.
    Bulk,
    /// Our own upkeep.
    Housekeeping,
}

impl Class {
    /// All of them, most urgent first.
    pub const ALL: [Self; 4] = [Self::Live, Self::Transactional, Self::Bulk, Self::Housekeeping];

    /// The number it is stored by: most urgent first.
    #[must_use]
    pub fn rank(self) -> i64 {
        match self {
            Self::Live => 0,
            Self::Transactional => 1,
            Self::Bulk => 2,
            Self::Housekeeping => 3,
        }
    }
}
