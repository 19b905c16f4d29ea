//! Accounts: credentials at providers. What is secret comes sealed and stays so.

use crate::{
    StoreError, config,
    message::{json, parse},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use vestnik_db::{Tx, Value};
use vestnik_model::{
    account::Pacing,
    id::{AccountId, WorkspaceId},
    language::Language,
    messenger::Messenger,
    outcome::Guarantee,
    time::Timestamp,
};

/// An account as it lies in its row.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredAccount {
    /// Its id.
    pub id: AccountId,
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The provider's code.
    pub provider: String,
    /// What people call it.
    pub name: String,
    /// The opaque part of its webhook address.
    pub webhook_key: String,
    /// What is not secret.
    pub properties: Properties,
    /// Its settings, sealed with the master key.
    pub sealed: Vec<u8>,
    /// Why it is not used until somebody acts, if so.
    pub trouble: Option<String>,
}

/// An account's properties. Stored as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Properties {
    /// The messenger it sends through.
    pub messenger: Messenger,
    /// How quickly.
    pub pacing: Pacing,
    /// Into how many lanes.
    pub lanes: u16,
    /// How many at once.
    pub in_flight_max: u16,
    /// What is done about lost answers.
    pub unknown: Guarantee,
    /// Whether it sends and receives.
    pub active: bool,
    /// The language in which its customers are expected to write: templates are offered in it.
    #[serde(default)]
    pub language: Language,
    /// The queue whose operators answer what comes in; empty = none yet.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub queue: String,
    /// Whether nobody set it up: it was made of the credentials in a hook's address, and its
    /// webhooks belong to somebody else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_implicit: bool,
}

/// What was last found out about an account at its provider. Stored as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// Whether it can send.
    pub state: ConditionState,
    /// Why not, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// Where its webhooks go.
    pub webhooks: Webhooks,
    /// When it was found out.
    pub checked_at: Timestamp,
}

/// Whether an account can send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConditionState {
    /// It can.
    Ready,
    /// Not now: it starts, waits to be approved, or its provider does not answer.
    Waiting,
    /// Not until somebody acts: scans its code, renews it, mends its settings.
    Broken,
}

/// Where an account's webhooks go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Webhooks {
    /// It can't be asked.
    Unknown,
    /// To us.
    Ours,
    /// To us, but not all of them; what is missing, for people.
    Partial(String),
    /// Nowhere.
    Nowhere,
    /// To another address: another installation has taken the account over.
    Elsewhere(String),
    /// To another account of this installation.
    Sibling(AccountId),
}

const INSERT: &str = "INSERT INTO account(id, workspace, provider, name, webhook_key, \
    properties, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7)";
const ALL: &str = "SELECT id, workspace, provider, name, webhook_key, properties, sealed, \
    trouble FROM account ORDER BY id";
const TROUBLE: &str = "UPDATE account SET trouble = $2 WHERE id = $1";

/// Adds an account.
///
/// # Errors
/// See [`StoreError`].
pub fn add(tx: &mut dyn Tx, account: &StoredAccount) -> Result<(), StoreError> {
    let properties = json(&account.properties)?;
    tx.execute(
        INSERT,
        &[
            account.id.0.into(),
            account.workspace.0.into(),
            account.provider.as_str().into(),
            account.name.as_str().into(),
            account.webhook_key.as_str().into(),
            properties.as_str().into(),
            Value::Bytes(&account.sealed),
        ],
    )?;
    config::changed(tx)
}

const UPDATE: &str = "UPDATE account SET name = $2, properties = $3, sealed = $4 WHERE id = $1";
const CONDITION: &str = "UPDATE account SET condition = $2 WHERE id = $1";
const CONDITIONS: &str = "SELECT id, condition FROM account WHERE condition IS NOT NULL";

/// Changes an account: its name, properties and settings.
///
/// # Errors
/// See [`StoreError`].
pub fn update(tx: &mut dyn Tx, account: &StoredAccount) -> Result<(), StoreError> {
    let properties = json(&account.properties)?;
    let row = [
        account.id.0.into(),
        account.name.as_str().into(),
        properties.as_str().into(),
        Value::Bytes(&account.sealed),
    ];
    tx.execute(UPDATE, &row)?;
    config::changed(tx)
}

/// Notes what was found out about an account. That is no change of what is set up.
///
/// # Errors
/// See [`StoreError`].
pub fn set_condition(
    tx: &mut dyn Tx,
    id: AccountId,
    condition: &Condition,
) -> Result<(), StoreError> {
    let text = json(condition)?;
    tx.execute(CONDITION, &[id.0.into(), text.as_str().into()])?;
    Ok(())
}

/// What was last found out about each account.
///
/// # Errors
/// See [`StoreError`].
pub fn conditions(tx: &mut dyn Tx) -> Result<BTreeMap<AccountId, Condition>, StoreError> {
    let rows = tx.query(CONDITIONS, &[])?;
    rows.iter().map(|row| Ok((AccountId(row.int(0)?), parse(row.text(1)?)?))).collect()
}

/// Marks an account as unusable, or usable again.
///
/// # Errors
/// See [`StoreError`].
pub fn set_trouble(
    tx: &mut dyn Tx,
    id: AccountId,
    trouble: Option<&str>,
) -> Result<(), StoreError> {
    tx.execute(TROUBLE, &[id.0.into(), trouble.into()])?;
    config::changed(tx)
}

/// All accounts.
///
/// # Errors
/// See [`StoreError`].
pub fn all(tx: &mut dyn Tx) -> Result<Vec<StoredAccount>, StoreError> {
    tx.query(ALL, &[])?
        .iter()
        .map(|row| {
            Ok(StoredAccount {
                id: AccountId(row.int(0)?),
                workspace: WorkspaceId(row.int(1)?),
                provider: row.text(2)?.to_owned(),
                name: row.text(3)?.to_owned(),
                webhook_key: row.text(4)?.to_owned(),
                properties: parse(row.text(5)?)?,
                sealed: row.bytes_opt(6)?.unwrap_or_default().to_vec(),
                trouble: row.text_opt(7)?.map(str::to_owned),
            })
        })
        .collect()
}
