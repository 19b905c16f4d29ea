//! The watch: sees settings that were changed (by the CLI beside it, or by another part), and
//! accounts that work again.

use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use vestnik_app::Hub;
use vestnik_provider::port::AccountState;

/// How often settings are looked at.
const PAUSE: Duration = Duration::from_secs(1);
/// Every so many looks, stopped accounts are asked whether they work again.
const CHECK_EVERY: u32 = 60;

/// Runs until the stop.
pub async fn run(hub: Arc<Hub>, stop: CancellationToken) {
    let mut looks: u32 = 0;
    loop {
        if crate::pause(PAUSE, &stop).await {
            return;
        }
        match hub.refresh().await {
            Ok(true) => tracing::info!("settings were read again"),
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "settings could not be read"),
        }
        looks = looks.wrapping_add(1);
        if looks.is_multiple_of(CHECK_EVERY) {
            check_stopped(&hub).await;
        }
    }
}

/// Asks every stopped account whether it works again.
pub async fn check_stopped(hub: &Arc<Hub>) {
    let setup = hub.setup();
    for account in setup.accounts().filter(|a| a.account.active && a.trouble.is_some()) {
        let request = account.provider.check(&account.account);
        let Ok(reply) = hub.transport.call(request).await else { continue };
        match account.provider.checked(&account.account, &reply) {
            AccountState::Ready => hub.resume_account(account.account.id),
            AccountState::Waiting { .. } | AccountState::Broken { .. } => {}
        }
    }
}
