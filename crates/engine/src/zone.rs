//! Whose clock a recipient lives by, told from the phone number, with the rule that told it.
//!
//! A number says least about the largest group we write to: Russian mobiles carry no region, so
//! the state's numbering plan, imported by the operator, goes first. Where it is silent the
//! leading digits decide, if everything they may stand for has one and the same offset now.

use serde::{Deserialize, Serialize};

pub use plan::{Imported, NumberingPlan, PlanBytesError, RegionWarning, WarningKind};
pub use plan_csv::{PlanError, PlanErrorKind};
pub(crate) use rule::calendar_ms;
pub use rule::{NamedZone, UnknownZone, ZoneRule};

mod plan;
mod plan_csv;
mod prefix;
mod prefix_table;
mod region;
mod rule;
#[cfg(test)]
mod tests;

/// The zone to use for a recipient, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The recipient's clock.
    pub zone: ZoneRule,
    /// The rule that decided.
    pub rule: ZoneBy,
}

/// Which rule decided a recipient's zone; shown in a message's explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZoneBy {
    /// The imported Russian numbering plan names the number's region.
    NumberingPlan,
    /// All zones that the leading digits may stand for have the same offset now.
    Prefix,
    /// The number does not tell; the contact's own zone is known.
    Contact,
    /// Nothing is known; the workspace's default.
    Default,
}

impl ZoneBy {
    /// The stable short text of the rule.
    pub fn code(self) -> &'static str {
        match self {
            ZoneBy::NumberingPlan => "numbering_plan",
            ZoneBy::Prefix => "prefix",
            ZoneBy::Contact => "contact",
            ZoneBy::Default => "default",
        }
    }
}

/// Decides the clock of the recipient with this phone number (all digits, country code first).
///
/// A contact's zone that is not an offset or a known name counts as not known. The moment
/// matters because zones that agree today may part with daylight saving: decide again when the
/// window is solved again.
pub fn decide(
    phone: u64,
    plan: &NumberingPlan,
    contact_zone: Option<&str>,
    default: ZoneRule,
    now_ms: i64,
) -> Decision {
    if let Some(zone) = plan.find(phone) {
        return Decision { zone: ZoneRule::Iana(zone.clone()), rule: ZoneBy::NumberingPlan };
    }
    if let Some(zone) = prefix::single_offset_zone(phone, now_ms) {
        return Decision { zone: ZoneRule::Iana(zone), rule: ZoneBy::Prefix };
    }
    match contact_zone.map(ZoneRule::parse) {
        Some(Ok(zone)) => Decision { zone, rule: ZoneBy::Contact },
        Some(Err(_)) | None => Decision { zone: default, rule: ZoneBy::Default },
    }
}
