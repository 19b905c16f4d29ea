//! The watch: sees settings that were changed (by the CLI beside it, or by another part), and
//! accounts that work again.

use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use vestnik_app::{Hub, account, chore};
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

/// How often every account is looked after: whether it can send, where its webhooks go. Some
/// providers drop a subscription after hours of failures (MAX after 8).
const LOOK_AFTER_PAUSE: Millis = Millis::minutes(5);

/// Runs until the stop.
pub async fn run(hub: Arc<Hub>, stop: CancellationToken) {
    let mut check_at = hub.now() + CHECK_PAUSE;
    let mut look_after_at = hub.now() + LOOK_AFTER_PAUSE;
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
        if hub.now() >= look_after_at {
            look_after(&hub, &stop).await;
            look_after_at = hub.now() + LOOK_AFTER_PAUSE;
        }
    }
}

/// Looks after every account in use, one after the other.
async fn look_after(hub: &Arc<Hub>, stop: &CancellationToken) {
    let setup = hub.setup();
    // The webhooks of implicit accounts belong to somebody else: they are left alone.
    for account in setup.accounts().filter(|a| a.account.active && !a.is_implicit) {
        if stop.is_cancelled() {
            return;
        }
        if let Err(error) = account::look_after(hub, account).await {
            tracing::error!(account.id = account.account.id.0, %error, "its state was not noted");
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
