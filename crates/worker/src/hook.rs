//! Calls of event sources: each becomes messages, or a mail that says why not.

use crate::crew::{self, Trade};
use std::{sync::Arc, time::Duration};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use vestnik_app::{Hub, hook::call};
use vestnik_model::id::CallId;
use vestnik_store::{
    StoreError,
    hook_call::{self, HookCall},
};

struct Calls;

impl Trade for Calls {
    type Row = HookCall;
    type Key = CallId;

    const AT_ONCE: usize = 32;
    const IDLE: Duration = Duration::from_secs(1);
    const NAME: &'static str = "hook calls";

    fn bell(hub: &Hub) -> &Notify {
        &hub.arrivals.calls
    }

    async fn due(hub: &Arc<Hub>) -> Result<Vec<HookCall>, StoreError> {
        let now = hub.now();
        hub.read(move |tx| hook_call::due(tx, now, 2 * crew::limit::<Self>())).await
    }

    fn key(call: &HookCall) -> CallId {
        call.id
    }

    async fn work(hub: Arc<Hub>, call: HookCall) -> Result<(), StoreError> {
        call::work(&hub, call).await
    }
}

/// Runs until the stop.
pub async fn run(hub: Arc<Hub>, stop: CancellationToken) {
    crew::run::<Calls>(hub, stop).await;
}
