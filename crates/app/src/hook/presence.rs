//! Whether a number is in a messenger, before something is sent there: asked only where nothing is
//! known, because providers count the questions.

use super::account::messenger_of;
use crate::{chore, hub::Hub, setup::AccountSetup};
use std::{sync::Arc, time::Duration};
use vestnik_model::{phone::Phone, time::Millis};
use vestnik_provider::chore::{Chore, Finding};
use vestnik_store::{
    StoreError,
    presence::{self, Presence},
};

/// That a number is there is believed for so long.
const THERE: Millis = Millis::hours(30 * 24);
/// That it is not, for so long: people install messengers.
const ABSENT: Millis = Millis::hours(24);

/// How long an answer is waited for: the message can go without it.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether it is known for sure that a number is not in an account's messenger. What can't be asked
/// (the provider has no such question, the quota is used up) is not known. A cascade that the
/// provider keeps has no messenger of its own: a number absent from one of them is in another.
///
/// # Errors
/// See [`StoreError`].
pub(super) async fn is_absent(
    hub: &Arc<Hub>,
    account: &AccountSetup,
    phone: Phone,
) -> Result<bool, StoreError> {
    let Some(messenger) = messenger_of(account) else { return Ok(false) };
    let known = hub.read(move |tx| presence::get(tx, messenger, phone)).await?;
    if let Some(known) = known {
        let good_for = if known.is_there { THERE } else { ABSENT };
        if hub.now() - known.checked_at < good_for {
            return Ok(!known.is_there);
        }
    }
    let question = Chore::Exists { phone };
    let asked = chore::run(&*hub.transport, account.provider, &account.account, &question);
    let Ok(Finding::Exists(is_there)) = tokio::time::timeout(PATIENCE, asked).await else {
        return Ok(false);
    };
    hub.work(move |tx, now| {
        presence::put(tx, messenger, phone, Presence { is_there, checked_at: now })
    })
    .await?;
    Ok(!is_there)
}
