//! Reminders: told when their time has come.

use crate::crew::{self, Trade};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use vestnik_app::{Hub, bell::Bell, reminder::tell};
use vestnik_store::{
    StoreError,
    reminder::{self, Reminder, ReminderKey},
};

struct Reminders;

impl Trade for Reminders {
    type Row = Reminder;
    type Key = ReminderKey;

    const AT_ONCE: usize = 16;
    const IDLE: Duration = Duration::from_secs(1);
    const NAME: &'static str = "reminders";

    fn bell(hub: &Hub) -> &Bell {
        &hub.arrivals.reminders
    }

    async fn due(hub: &Arc<Hub>) -> Result<Vec<Reminder>, StoreError> {
        let now = hub.now();
        hub.read(move |tx| reminder::due(tx, now, 2 * crew::limit::<Self>())).await
    }

    fn key(reminder: &Reminder) -> ReminderKey {
        reminder.key
    }

    async fn work(hub: Arc<Hub>, reminder: Reminder) -> Result<(), StoreError> {
        tell(&hub, reminder).await
    }
}

/// Runs until the stop.
pub async fn run(hub: Arc<Hub>, stop: CancellationToken) {
    crew::run::<Reminders>(hub, stop).await;
}
