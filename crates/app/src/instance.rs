//! One instance of a provider is one account here: its webhooks go to one address, and a second
//! account would take them away from the first without a word.

use crate::{seal::Sealer, setup::AccountSetup};
use std::{collections::BTreeMap, fmt};
use vestnik_db::Tx;
use vestnik_model::{id::AccountId, secret::Secret};
use vestnik_provider::descriptor::Descriptor;
use vestnik_store::{StoreError, account};

/// The account that has an instance already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its number.
    pub id: AccountId,
    /// What people call it.
    pub name: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "account {} ({}) is this very one: its webhooks can go to one account only. Change that \
             one, or switch it off first",
            self.id, self.name
        )
    }
}

/// The account in use that has the instance which settings name. What was made of a hook's address has
/// no webhooks to lose, and what is switched off needs none.
pub fn holder<'a>(
    accounts: impl Iterator<Item = &'a AccountSetup>,
    descriptor: &Descriptor,
    settings: &BTreeMap<String, Secret>,
) -> Option<Holder> {
    let mut others = accounts
        .filter(|a| !a.is_implicit && a.account.active && a.account.provider == descriptor.code);
    let found = others.find(|a| descriptor.is_same_instance(settings, &a.account.settings))?;
    Some(Holder { id: found.account.id, name: found.account.name.clone() })
}

/// The same where only rows are at hand, and other than `except`. An account that can't be opened is none that could be used.
///
/// # Errors
/// See [`StoreError`].
pub fn stored_holder(
    tx: &mut dyn Tx,
    sealer: &Sealer,
    descriptor: &Descriptor,
    settings: &BTreeMap<String, Secret>,
    except: Option<AccountId>,
) -> Result<Option<Holder>, StoreError> {
    let stored = account::all(tx)?.into_iter().filter(|row| {
        row.provider == descriptor.code
            && row.properties.active
            && !row.properties.is_implicit
            && Some(row.id) != except
    });
    for row in stored {
        let Ok(text) = sealer.open(&row.sealed) else { continue };
        let Ok(known) = serde_json::from_str(text.reveal()) else { continue };
        if descriptor.is_same_instance(settings, &known) {
            return Ok(Some(Holder { id: row.id, name: row.name }));
        }
    }
    Ok(None)
}
