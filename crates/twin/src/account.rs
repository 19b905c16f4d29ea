//! The name of an account: which provider, and what the provider calls it.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// Names one account of one provider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct AccountKey {
    /// The persona's name.
    pub provider: &'static str,
    /// The provider's id of the account.
    pub account: Arc<str>,
}

impl AccountKey {
    /// The key of an account.
    pub fn new(provider: &'static str, account: &str) -> Self {
        Self { provider, account: Arc::from(account) }
    }

    /// The account's own id, also when the key names one of its several webhook queues
    /// (the id, `#` and more).
    pub fn owner(&self) -> &str {
        self.account.split('#').next().unwrap_or(&self.account)
    }
}

/// Reads an id that people write as a JSON string or as a number.
pub(crate) fn id_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(from)? {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Number(number) => Ok(Some(number.to_string())),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            Err(serde::de::Error::custom("expected a string or a number"))
        }
    }
}
