//! Faults that somebody set: slow, wrong and lost answers, and receipts that get lost, doubled,
//! late or out of order.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::{account, limits, random::Random, wire::Cut};

/// How much later, at most, a shuffled receipt comes.
pub const SHUFFLE_MS_MAX: u64 = 1_000;

/// What goes wrong, and where. A field that is left out matches everything or does nothing.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fault {
    /// Only at this provider.
    pub provider: Option<String>,
    /// Only at this account.
    #[serde(deserialize_with = "account::id_text")]
    pub account: Option<String>,
    /// Only for this call of the provider's API, in any case.
    pub method: Option<String>,
    /// Real milliseconds before any answer.
    pub latency_ms: u64,
    /// Share of requests that go wrong; all, when an error or a cut is set.
    #[serde(deserialize_with = "share")]
    pub error_rate: Option<f64>,
    /// The HTTP status to answer with; 500 unless set.
    pub error: Option<u16>,
    /// The `Retry-After` header of the error.
    pub retry_after_s: Option<u64>,
    /// The error is answered although the request took effect.
    pub takes_effect: bool,
    /// The connection is dropped instead of an answer. Goes before `error`.
    pub cut: Option<Cut>,
    /// What happens to receipts.
    pub receipts: Receipts,
}

/// What happens to receipts.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Receipts {
    /// Share that never comes.
    #[serde(deserialize_with = "share")]
    pub lose: Option<f64>,
    /// Share that comes twice.
    #[serde(deserialize_with = "share")]
    pub double: Option<f64>,
    /// How much later each comes.
    pub delay_ms: u64,
    /// Whether each comes later by chance, so that their order changes.
    pub shuffle: bool,
}

impl Fault {
    /// Draws whether this request goes wrong.
    pub fn strikes(&self, random: &mut Random) -> bool {
        let is_set = self.error.is_some() || self.cut.is_some() || self.error_rate.is_some();
        is_set && random.chance(self.error_rate.unwrap_or(1.0))
    }

    fn matches(&self, provider: &str, account: Option<&str>, method: Option<&str>) -> bool {
        let same = |wanted: &Option<String>, got: Option<&str>| {
            let same = |wanted: &String| got.is_some_and(|got| wanted.eq_ignore_ascii_case(got));
            wanted.as_ref().is_none_or(same)
        };
        same(&self.provider, Some(provider))
            && same(&self.account, account)
            && same(&self.method, method)
    }

    fn precision(&self) -> u8 {
        4 * u8::from(self.account.is_some())
            + 2 * u8::from(self.provider.is_some())
            + u8::from(self.method.is_some())
    }

    fn has_place_of(&self, other: &Self) -> bool {
        self.provider == other.provider
            && self.account == other.account
            && self.method == other.method
    }

    fn check(&self) -> Result<(), String> {
        if self.error.is_some_and(|status| !(200..=599).contains(&status)) {
            return Err("error must be an HTTP status from 200 to 599".to_owned());
        }
        if self.latency_ms > 3_600_000 || self.receipts.delay_ms > 86_400_000 {
            return Err("latency_ms or delay_ms is too large".to_owned());
        }
        Ok(())
    }
}

/// All faults; of those that match, the most precise one acts.
#[derive(Debug, Default)]
pub struct Faults {
    set: Vec<Fault>,
}

impl Faults {
    /// Sets a fault in the place of the one for the same provider, account and method.
    pub fn put(&mut self, fault: Fault) -> Result<(), String> {
        fault.check()?;
        self.set.retain(|other| !other.has_place_of(&fault));
        if self.set.len() >= limits::FAULTS_MAX {
            return Err(format!("at most {} faults", limits::FAULTS_MAX));
        }
        self.set.push(fault);
        Ok(())
    }

    /// Removes those for a provider, or all.
    pub fn clear(&mut self, provider: Option<&str>, account: Option<&str>) {
        self.set.retain(|fault| {
            let is_provider = provider.is_none() || fault.provider.as_deref() == provider;
            let is_account = account.is_none() || fault.account.as_deref() == account;
            !(is_provider && is_account)
        });
    }

    /// The fault that acts on a call; without a method, the one that acts on receipts.
    pub fn find(
        &self,
        provider: &str,
        account: Option<&str>,
        method: Option<&str>,
    ) -> Option<&Fault> {
        let matching = self.set.iter().filter(|fault| fault.matches(provider, account, method));
        matching.max_by_key(|fault| fault.precision())
    }

    /// All of them.
    pub fn all(&self) -> &[Fault] {
        &self.set
    }
}

fn share<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    let value = match Value::deserialize(from)? {
        Value::Null => return Ok(None),
        Value::Bool(is_certain) => Some(if is_certain { 1.0 } else { 0.0 }),
        Value::Number(number) => number.as_f64(),
        Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    };
    match value {
        Some(share) if (0.0..=1.0).contains(&share) => Ok(Some(share)),
        _ => Err(serde::de::Error::custom("a share must be a number from 0 to 1")),
    }
}
