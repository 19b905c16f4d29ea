//! Accounts that nobody set up: made of the credentials in a hook's address, after their provider
//! had accepted them, and forgotten when they are not used any more.

use crate::{StoreError, config};
use vestnik_db::{Row, Tx};
use vestnik_model::{id::AccountId, time::Timestamp};

/// An implicit account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Implicit {
    /// What it is at its provider, without secrets.
    pub instance: String,
    /// The account.
    pub account: AccountId,
    /// A hash of the credentials that were accepted last.
    pub credentials: String,
    /// When a call used it last.
    pub used_at: Timestamp,
}

/// The columns that are read, with what follows.
macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT instance, account_id, credentials, used_at FROM implicit_account", $rest)
    };
}
const BY_INSTANCE: &str = select!(" WHERE instance = $1");
const BY_CREDENTIALS: &str = select!(" WHERE credentials = $1 ORDER BY used_at DESC LIMIT 1");
const ALL: &str = select!(" ORDER BY instance");
const OLD: &str = select!(" WHERE used_at < $1 ORDER BY used_at LIMIT $2");
const PUT: &str = "INSERT INTO implicit_account(instance, account_id, credentials, used_at) \
    VALUES ($1, $2, $3, $4) ON CONFLICT (instance) DO UPDATE SET \
    credentials = excluded.credentials, used_at = excluded.used_at";
const COUNT: &str = "SELECT count(*) FROM implicit_account";
const RENAME: &str = "UPDATE implicit_account SET instance = $2 WHERE instance = $1";
const USED: &str = "UPDATE implicit_account SET used_at = $2 WHERE instance = $1";
const FORGET: &str = "DELETE FROM implicit_account WHERE instance = $1";
const FORGET_ACCOUNT: &str = "DELETE FROM account WHERE id = $1";

/// The implicit account of an instance.
///
/// # Errors
/// See [`StoreError`].
pub fn get(tx: &mut dyn Tx, instance: &str) -> Result<Option<Implicit>, StoreError> {
    tx.query(BY_INSTANCE, &[instance.into()])?.first().map(read).transpose()
}

/// The implicit account that was made of credentials, by their hash: the instance's own or a retired
/// one. There are few of them, and it is asked only where the instance goes by other credentials now.
///
/// # Errors
/// See [`StoreError`].
pub fn by_credentials(tx: &mut dyn Tx, hash: &str) -> Result<Option<Implicit>, StoreError> {
    tx.query(BY_CREDENTIALS, &[hash.into()])?.first().map(read).transpose()
}

/// All implicit accounts' ids.
///
/// # Errors
/// See [`StoreError`].
pub fn all(tx: &mut dyn Tx) -> Result<Vec<Implicit>, StoreError> {
    tx.query(ALL, &[])?.iter().map(read).collect()
}

/// How many there are.
///
/// # Errors
/// See [`StoreError`].
pub fn count(tx: &mut dyn Tx) -> Result<i64, StoreError> {
    Ok(tx.query(COUNT, &[])?.first().map(|row| row.int(0)).transpose()?.unwrap_or(0))
}

/// Notes an account, or that other credentials were accepted for it.
///
/// # Errors
/// See [`StoreError`].
pub fn put(tx: &mut dyn Tx, implicit: &Implicit) -> Result<(), StoreError> {
    let row = [
        implicit.instance.as_str().into(),
        implicit.account.0.into(),
        implicit.credentials.as_str().into(),
        implicit.used_at.0.into(),
    ];
    tx.execute(PUT, &row)?;
    Ok(())
}

/// Gives an instance another account: the old one stays until it is forgotten as idle. It is listed
/// under a name of its own from then on.
///
/// # Errors
/// See [`StoreError`].
pub fn replace(tx: &mut dyn Tx, instance: &str, by: AccountId) -> Result<(), StoreError> {
    let retired = format!("{instance}#{by}");
    tx.execute(RENAME, &[instance.into(), retired.as_str().into()])?;
    Ok(())
}

/// Notes that a call used an account.
///
/// # Errors
/// See [`StoreError`].
pub fn used(tx: &mut dyn Tx, instance: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(USED, &[instance.into(), now.0.into()])?;
    Ok(())
}

/// Forgets accounts that were not used since a time, a bounded number of them. Messages that went
/// through them stay.
///
/// # Errors
/// See [`StoreError`].
pub fn forget(tx: &mut dyn Tx, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
    let old = tx.query(OLD, &[before.0.into(), limit.into()])?;
    let mut gone = 0;
    for row in &old {
        let implicit = read(row)?;
        gone += tx.execute(FORGET, &[implicit.instance.as_str().into()])?;
        tx.execute(FORGET_ACCOUNT, &[implicit.account.0.into()])?;
    }
    if gone > 0 {
        config::changed(tx)?;
    }
    Ok(gone)
}

fn read(row: &Row) -> Result<Implicit, StoreError> {
    Ok(Implicit {
        instance: row.text(0)?.to_owned(),
        account: AccountId(row.int(1)?),
        credentials: row.text(2)?.to_owned(),
        used_at: Timestamp(row.int(3)?),
    })
}
