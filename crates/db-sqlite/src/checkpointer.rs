//! Copies the log back into the database, on a thread and connection of its own, so that no
//! commit waits for it.

use crate::fault;
use rusqlite::Connection;
use std::{
    path::Path,
    sync::mpsc::{RecvTimeoutError, Sender, channel},
    thread::JoinHandle,
    time::Duration,
};
use vestnik_db::DbError;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(150);

/// A running checkpointer; stops when dropped.
pub struct Checkpointer {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpointer {
    /// Starts it for the database at `path`.
    ///
    /// # Errors
    /// If the database can't be opened or the thread can't be started.
    pub fn start(path: &Path) -> Result<Self, DbError> {
        let connection = Connection::open(path).map_err(fault)?;
        connection.busy_timeout(Duration::from_millis(200)).map_err(fault)?;
        let (stop, stopped) = channel::<()>();
        let thread = std::thread::Builder::new()
            .name("checkpointer".to_owned())
            .spawn(move || {
                while stopped.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
                    turn(&connection);
                }
            })
            .map_err(|e| DbError::Unavailable(e.to_string()))?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

/// Copies what can be copied without holding up anybody; what could not be copied now is copied at
/// the next look. The log is begun anew by the writer itself, when a commit of its finds it long
/// and little left to copy (see [`crate::open`]): if another connection did that, the writer's page
/// cache would be void.
fn turn(connection: &Connection) {
    let passive = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    if let Err(error) = passive {
        // A busy log is an ordinary thing; a broken one is found by the next commit.
        drop(error);
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
