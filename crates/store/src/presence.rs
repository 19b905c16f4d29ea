//! Whether numbers are in a messenger, as far as a provider was asked: asking costs a quota.

use crate::StoreError;
use vestnik_db::Tx;
use vestnik_model::{messenger::Messenger, phone::Phone, time::Timestamp};

/// What is known of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presence {
    /// Whether it is in the messenger.
    pub is_there: bool,
    /// When a provider said so.
    pub checked_at: Timestamp,
}

const GET: &str = "SELECT is_there, checked_at FROM presence WHERE messenger = $1 AND phone = $2";
const PUT: &str = "INSERT INTO presence(messenger, phone, is_there, checked_at) \
    VALUES ($1, $2, $3, $4) ON CONFLICT (messenger, phone) DO UPDATE SET \
    is_there = excluded.is_there, checked_at = excluded.checked_at";

/// What is known of a number.
///
/// # Errors
/// See [`StoreError`].
pub fn get(
    tx: &mut dyn Tx,
    messenger: Messenger,
    phone: Phone,
) -> Result<Option<Presence>, StoreError> {
    let rows = tx.query(GET, &[messenger.code().into(), number(phone).into()])?;
    let read = |row: &vestnik_db::Row| {
        Ok(Presence { is_there: row.int(0)? != 0, checked_at: Timestamp(row.int(1)?) })
    };
    rows.first().map(read).transpose()
}

/// Notes what a provider said.
///
/// # Errors
/// See [`StoreError`].
pub fn put(
    tx: &mut dyn Tx,
    messenger: Messenger,
    phone: Phone,
    presence: Presence,
) -> Result<(), StoreError> {
    let row = [
        messenger.code().into(),
        number(phone).into(),
        i64::from(presence.is_there).into(),
        presence.checked_at.0.into(),
    ];
    tx.execute(PUT, &row)?;
    Ok(())
}

fn number(phone: Phone) -> i64 {
    phone.digits().cast_signed()
}
