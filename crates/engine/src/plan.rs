//! The plan of a message: what was asked for, fixed at accept and never changed.

use crate::{window::Window, zone::ZoneBy};
use serde::{Deserialize, Serialize};
use vestnik_model::{
    account::Class,
    content::Content,
    id::{AccountId, LaneId},
    messenger::Messenger,
    outcome::Guarantee,
    recipient::Recipient,
    time::{Millis, Timestamp},
};

/// The version of the stored form. A reader refuses a newer one.
pub const PLAN_VERSION: u8 = 1;

/// What was asked for. Stored as JSON beside the message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The version of this form: [`PLAN_VERSION`].
    pub v: u8,
    /// The recipient.
    pub recipient: Recipient,
    /// Its class.
    #[serde(default, skip_serializing_if = "is_default")]
    pub class: Class,
    /// The links in order; at least one.
    pub links: Vec<PlannedLink>,
    /// When it may leave. `None` = at any time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// Which rule found the window's zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone_by: Option<ZoneBy>,
    /// The moment after which nothing may leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// Which reports the partner wants.
    #[serde(default, skip_serializing_if = "is_default")]
    pub reports: Wanted,
    /// The partner's own id of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner_ref: Option<String>,
    /// Where its reports go, if not to the partner's own address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify_url: Option<String>,
    /// The lane its reports go through: that of the address they go to. `None` = no reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_lane: Option<LaneId>,
    /// Names and values the partner attached; shown and echoed, without effect.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<(String, String)>,
}

/// One link of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedLink {
    /// The account it goes through.
    pub account: AccountId,
    /// The lane of its conversation on that account.
    pub lane: LaneId,
    /// The messenger it goes through.
    pub messenger: Messenger,
    /// The sender name it was asked for under.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sender: String,
    /// The kind of traffic the sender name stands for, as reported to the partner.
    #[serde(default = "traffic_default")]
    pub traffic: u8,
    /// The bubbles, in order; at least one.
    pub parts: Vec<Content>,
    /// The provider's id of the bubble that the first part answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// How long the provider has, from its acceptance, to fulfil [`PlannedLink::until`].
    pub ttl: Millis,
    /// What must be reached within the lifetime, or else the next link goes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub until: Until,
    /// What the provider can tell of an attempt whose answer was lost.
    #[serde(default, skip_serializing_if = "is_default")]
    pub guarantee: Guarantee,
    /// What is done if it can't: never twice, or at least once.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unknown: Guarantee,
}

/// Whether a member goes without saying in its stored form.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn traffic_default() -> u8 {
    1
}

/// What a link must reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// Taken by the provider, which says no more of it: Telegram's bots hear nothing of delivery.
    Sent,
    /// On the customer's device.
    #[default]
    Delivered,
    /// Opened by the customer.
    Read,
}

/// Which reports are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// None.
    Nothing,
    /// Every status of every link.
    #[default]
    Everything,
    /// Only that the whole chain failed.
    Failure,
}

impl Plan {
    /// The first moment at or after `at` at which it may leave.
    #[must_use]
    pub fn opens(&self, at: Timestamp) -> Timestamp {
        match &self.window {
            Some(window) => Timestamp(window.next_open(at.0)),
            None => at,
        }
    }

    /// The moment by which it may have been leaving for so long since `from`: hours in which it may not
    /// leave don't count.
    #[must_use]
    pub fn lapse(&self, from: Timestamp, span: Millis) -> Timestamp {
        match &self.window {
            Some(window) => Timestamp(window.lapse(from.0, span.0)),
            None => from + span,
        }
    }
}
