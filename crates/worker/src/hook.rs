//! Calls of event sources: each becomes messages, or a mail that says why not.

use crate::crew::{self, Trade};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use vestnik_app::{Hub, bell::Bell, hook::call};
use vestnik_model::id::CallId;
use vestnik_store::{
    StoreError,
    hook_call::{self, CallState},
};

struct Calls;

impl Trade for Calls {
    type Row = CallId;
    type Key = CallId;

    const AT_ONCE: usize = 32;
    const IDLE: Duration = Duration::from_secs(1);
    const NAME: &'static str = "hook calls";

    fn bell(hub: &Hub) -> &Bell {
        &hub.arrivals.calls
    }

    async fn due(hub: &Arc<Hub>) -> Result<Vec<CallId>, StoreError> {
        let now = hub.now();
        hub.read(move |tx| hook_call::due(tx, now, 2 * crew::limit::<Self>())).await
    }

    fn key(call: &CallId) -> CallId {
        *call
    }

    async fn work(hub: Arc<Hub>, id: CallId) -> Result<(), StoreError> {
        match hub.read(move |tx| hook_call::get(tx, id)).await? {
            Some(call) if call.state == CallState::New => call::work(&hub, call).await,
            // It has come to its end since it was looked for.
            Some(_) | None => Ok(()),
        }
    }
}

/// Runs until the stop.
pub async fn run(hub: Arc<Hub>, stop: CancellationToken) {
    crew::run::<Calls>(hub, stop).await;
}
