//! Few connections against many.

use serde::Serialize;

use super::{Setup, run};
use crate::figures::{Figures, ratio};

/// The same load over different numbers of connections, each against a fresh hub.
#[derive(Debug, Serialize)]
pub struct Comparison {
    /// With few.
    pub few: Figures,
    /// With many.
    pub many: Figures,
    /// Accepted a second with many, through the same with few.
    pub accepted_ratio: f64,
    /// End to end a second with many, through the same with few.
    pub end_to_end_ratio: f64,
    /// The hub's CPU time per message with many, through the same with few.
    pub hub_cpu_ratio: f64,
}

/// Compares.
pub async fn compare(
    setup: &Setup,
    plan: &run::Plan,
    few: usize,
    many: usize,
) -> anyhow::Result<Comparison> {
    let few = run::run(setup, &run::Plan { connections: few, ..plan.clone() }).await?;
    let many = run::run(setup, &run::Plan { connections: many, ..plan.clone() }).await?;
    Ok(Comparison {
        accepted_ratio: ratio(many.accepted_per_second, few.accepted_per_second),
        end_to_end_ratio: ratio(many.end_to_end_per_second, few.end_to_end_per_second),
        hub_cpu_ratio: ratio(many.hub_cpu_us_per_message, few.hub_cpu_us_per_message),
        few,
        many,
    })
}
