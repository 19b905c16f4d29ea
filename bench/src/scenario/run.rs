//! The plain load.

use std::time::Duration;

use super::{Setup, Theatre};
use crate::{
    call::Hold,
    figures::Figures,
    hub,
    ledger::Place,
    load::{Load, Pace},
};

/// What kind of load.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Connections of the partner at once.
    pub connections: usize,
    /// How calls follow each other.
    pub pace: Pace,
    /// The most messages.
    pub messages: u64,
    /// The longest time.
    pub time: Duration,
    /// Load before the measured one.
    pub warm_up: Duration,
    /// Accounts that share the load.
    pub accounts: u64,
}

impl Plan {
    fn loads(&self, time: Duration) -> Vec<Load> {
        let accounts = self.accounts.max(1);
        let count = usize::try_from(accounts).unwrap_or(1);
        let load = |account: u64| Load {
            sender: hub::sender(account),
            connections: self.connections.div_ceil(count),
            pace: match self.pace {
                Pace::Closed => Pace::Closed,
                Pace::Open(rate) => {
                    Pace::Open(rate / f64::from(u32::try_from(accounts).unwrap_or(1)))
                }
            },
            messages: self.messages.div_ceil(accounts),
            time,
            hold: Hold::None,
            place: if self.pace == Pace::Closed { Place::InWindow } else { Place::Free },
        };
        (0..accounts).map(load).collect()
    }
}

/// Loads a fresh hub.
pub async fn run(setup: &Setup, plan: &Plan) -> anyhow::Result<Figures> {
    let name = format!("run-{}", plan.connections);
    let (theatre, running) = Theatre::open(setup, &name, plan.accounts.max(1)).await?;
    if !plan.warm_up.is_zero() {
        theatre.measure(&running, plan.loads(plan.warm_up), setup.grace).await?;
    }
    let figures = theatre.measure(&running, plan.loads(plan.time), setup.grace).await?;
    theatre.close(running).await?;
    Ok(figures)
}
