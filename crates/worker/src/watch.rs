//! The watch: sees settings that were changed (by the CLI beside it, or by another part), and
//! accounts that work again.

use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use vestnik_app::{Hub, chore};
use vestnik_model::time::Millis;
use vestnik_provider::{
    chore::{Chore, Finding},
    port::AccountState,
};

/// How often settings are looked at.
const PAUSE: Duration = Duration::from_secs(1);
/// How often stopped accounts are asked whether they work again. By the clock, not by counting
/// looks: a machine that slept must not wait for as many again.
const CHECK_PAUSE: Millis = Millis::seconds(60);

/// Runs until the stop.
pub async fn run(hub: Arc<Hub>, stop: CancellationToken) {
    let mut check_at = hub.now() + CHECK_PAUSE;
    loop {
        if crate::pause(PAUSE, &stop).await {
            return;
        }
        match hub.refresh().await {
            Ok(true) => tracing::info!("settings were read again"),
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "settings could not be read"),
        }
        if hub.now() >= check_at {
            check_stopped(&hub).await;
            check_at = hub.now() + CHECK_PAUSE;
        }
    }
}

/// Asks every stopped account whether it works again.
pub async fn check_stopped(hub: &Arc<Hub>) {
    let setup = hub.setup();
    for account in setup.accounts().filter(|a| a.account.active && a.trouble.is_some()) {
        let (provider, transport) = (account.provider, &*hub.transport);
        let found = chore::run(transport, provider, &account.account, &Chore::Check).await;
        if found == Finding::State(AccountState::Ready) {
            hub.resume_account(account.account.id);
        }
    }
}
