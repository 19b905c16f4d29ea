//! What is printed.

use std::{fmt::Write, ops::Range, time::Duration};

use serde::Serialize;

use crate::{
    ledger::Tally,
    stage::Stage,
    usage::{Mark, memory},
};

/// A distribution, milliseconds.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Spread {
    /// Half are faster.
    pub p50: f64,
    /// One of a hundred is slower.
    pub p99: f64,
    /// The slowest.
    pub max: f64,
}

impl Spread {
    fn of(sorted_us: &[u32]) -> Self {
        let at = |per_mille: usize| {
            let index = (sorted_us.len() * per_mille / 1000).min(sorted_us.len().saturating_sub(1));
            sorted_us.get(index).map_or(0.0, |us| f64::from(*us) / 1000.0)
        };
        Self { p50: at(500), p99: at(990), max: at(1000) }
    }
}

/// What a load has shown.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Figures {
    /// Accepted a second, from the first call to the last answer.
    pub accepted_per_second: f64,
    /// Messages reported in full a second, from the first call to the last report.
    pub end_to_end_per_second: f64,
    /// CPU time of the hub per message reported in full.
    pub hub_cpu_us_per_message: f64,
    /// CPU time of the bench per message reported in full.
    pub bench_cpu_us_per_message: f64,
    /// The hub's memory at its highest.
    pub hub_peak_mib: f64,
    /// What became of the messages.
    #[serde(flatten)]
    pub fates: Fates,
}

/// What became of messages. The counts of repeats, strays and refusals are of the whole run.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Fates {
    /// Calls answered 200.
    pub accepted: u64,
    /// Calls answered otherwise, repeats included.
    pub refused: u64,
    /// The first few refusals.
    pub refusals: Vec<String>,
    /// Messages whose reports 0 and 2 arrived.
    pub end_to_end: u64,
    /// From call to answer.
    pub accept_ms: Spread,
    /// From call to the second report.
    pub end_to_end_ms: Spread,
    /// Accepted, never at the provider.
    pub lost: u64,
    /// At the provider more than once.
    pub doubled: u64,
    /// At the provider, not reported in full.
    pub reports_lost: u64,
    /// Reports that came again.
    pub reports_repeated: u64,
    /// Reports with another `mtNum` than answered.
    pub reports_mismatched: u64,
    /// Messages reported as failed.
    pub failed: u64,
    /// Bodies that belong to nothing.
    pub strays: u64,
    /// Receipts the hub did not take at first.
    pub receipts_repeated: u64,
}

/// Where a measurement began.
pub struct Start {
    at_us: u64,
    first: u64,
    mark: Mark,
}

impl Start {
    /// Now.
    pub fn now(stage: &Stage, hub: u32) -> anyhow::Result<Self> {
        let ledger = stage.ledger.borrow();
        Ok(Self { at_us: ledger.now_us(), first: ledger.len(), mark: Mark::now(hub)? })
    }

    /// The messages begun since.
    pub fn range(&self, stage: &Stage) -> Range<u64> {
        self.first..stage.ledger.borrow().len()
    }

    /// What has been seen since.
    pub fn figures(&self, stage: &Stage, hub: u32) -> anyhow::Result<Figures> {
        let tally = stage.ledger.borrow().tally(self.range(stage));
        let (hub_cpu, bench_cpu) = self.mark.since(hub)?;
        let (accepted_us, whole_us) = stage.ledger.borrow().last_us();
        Ok(Figures {
            accepted_per_second: rate(tally.accepted, accepted_us.saturating_sub(self.at_us)),
            end_to_end_per_second: rate(tally.whole, whole_us.saturating_sub(self.at_us)),
            hub_cpu_us_per_message: share(hub_cpu, tally.whole),
            bench_cpu_us_per_message: share(bench_cpu, tally.whole),
            hub_peak_mib: mib(memory(hub)?.peak_kib),
            fates: Fates::of(stage, &tally),
        })
    }
}

impl Fates {
    /// What became of the messages of a tally.
    pub fn of(stage: &Stage, tally: &Tally) -> Self {
        let ledger = stage.ledger.borrow();
        Self {
            accepted: tally.accepted,
            refused: ledger.refused,
            refusals: ledger.refusals.clone(),
            end_to_end: tally.whole,
            accept_ms: Spread::of(&tally.accept_us),
            end_to_end_ms: Spread::of(&tally.whole_us),
            lost: tally.lost,
            doubled: tally.doubled,
            reports_lost: tally.reports_lost,
            reports_repeated: ledger.reports_repeated,
            reports_mismatched: ledger.reports_mismatched,
            failed: tally.failed,
            strays: ledger.strays,
            receipts_repeated: stage.receipts_repeated.get(),
        }
    }
}

/// So many in so many microseconds, per second.
#[expect(clippy::cast_precision_loss, reason = "counts and spans are far below 2^52")]
pub fn rate(count: u64, us: u64) -> f64 {
    if us == 0 { 0.0 } else { count as f64 * 1e6 / us as f64 }
}

/// A time per message, µs.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub fn share(time: Duration, count: u64) -> f64 {
    if count == 0 { 0.0 } else { time.as_secs_f64() * 1e6 / count as f64 }
}

/// KiB as MiB.
#[expect(clippy::cast_precision_loss, reason = "memory in KiB is far below 2^52")]
pub fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
}

/// One number through another, 0 if there is no other.
pub fn ratio(one: f64, other: f64) -> f64 {
    if other == 0.0 { 0.0 } else { one / other }
}

/// Prints a result: as one line of JSON, or as its members line by line.
pub fn print<T: Serialize>(result: &T, form: Form) -> anyhow::Result<()> {
    let value = serde_json::to_value(result)?;
    match form {
        Form::Json => println!("{value}"),
        Form::Text => {
            let mut out = String::new();
            describe(&mut out, "", &value)?;
            print!("{out}");
        }
    }
    Ok(())
}

/// How a result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One line of JSON.
    Json,
    /// For people.
    Text,
}

fn describe(out: &mut String, name: &str, value: &serde_json::Value) -> anyhow::Result<()> {
    match value {
        serde_json::Value::Object(members) => {
            for (key, member) in members {
                let key = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                describe(out, &key, member)?;
            }
        }
        serde_json::Value::Number(number) if number.is_f64() => {
            writeln!(out, "{name:<40} {:.2}", number.as_f64().unwrap_or_default())?;
        }
        other @ (serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_)
        | serde_json::Value::Array(_)) => writeln!(out, "{name:<40} {other}")?,
    }
    Ok(())
}
