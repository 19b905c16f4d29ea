//! Invitations: links by which customers open a chat, tied to their numbers.

use crate::{chance::secret_bytes, hub::Hub, setup::AccountSetup};
use data_encoding::BASE32_NOPAD;
use std::sync::Arc;
use vestnik_model::{
    phone::Phone,
    time::{Millis, Timestamp},
};
use vestnik_store::{
    StoreError,
    identity::{self, Invitation},
};

/// How long an invitation counts.
const GOOD_FOR: Millis = Millis::hours(30 * 24);

/// Makes a link for a number. `None` if the messenger has no such links.
///
/// # Errors
/// See [`StoreError`].
pub async fn invite(
    hub: &Arc<Hub>,
    account: &AccountSetup,
    phone: Phone,
) -> Result<Option<(String, Timestamp)>, StoreError> {
    let bytes: [u8; 15] = secret_bytes().map_err(|_| StoreError::Closed)?;
    let token = BASE32_NOPAD.encode(&bytes).to_ascii_lowercase();
    let Some(url) = account.provider.deep_link(&account.account, &token) else { return Ok(None) };
    let expires_at = hub.now() + GOOD_FOR;
    let (workspace, account) = (account.account.workspace, account.account.id);
    let invitation = Invitation { token, workspace, account, phone, expires_at };
    hub.work(move |tx, _| identity::invite(tx, &invitation)).await?;
    Ok(Some((url, expires_at)))
}
