//! Notices: messages of hooks are followed until it is known what became of them.

use crate::crew::{self, Trade};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use vestnik_app::{Hub, bell::Bell, notice::look};
use vestnik_model::id::MessageId;
use vestnik_store::{
    StoreError,
    notice::{self, Notice},
};

struct Notices;

impl Trade for Notices {
    type Row = Notice;
    type Key = MessageId;

    const AT_ONCE: usize = 32;
    const IDLE: Duration = Duration::from_secs(1);
    const NAME: &'static str = "notices";

    fn bell(hub: &Hub) -> &Bell {
        &hub.arrivals.notices
    }

    async fn due(hub: &Arc<Hub>) -> Result<Vec<Notice>, StoreError> {
        let now = hub.now();
        hub.read(move |tx| notice::due(tx, now, 2 * crew::limit::<Self>())).await
    }

    fn key(notice: &Notice) -> MessageId {
        notice.message
    }

    async fn work(hub: Arc<Hub>, notice: Notice) -> Result<(), StoreError> {
        look(&hub, notice).await
    }
}

/// Runs until the stop.
pub async fn run(hub: Arc<Hub>, stop: CancellationToken) {
    crew::run::<Notices>(hub, stop).await;
}
