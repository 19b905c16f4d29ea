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
const PAUSE: Duration = Duration::from_millis(500);
/// Pages of the log beyond which it is begun anew: a writer that never pauses would let it grow
/// for ever. It holds up the writer for the few pages written since the look before.
const RESTART_PAGES: i64 = 8_000;

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

/// Copies what can be copied without holding up anybody; if the log has grown long, begins it anew.
/// What could not be done now is done at the next look.
fn turn(connection: &Connection) {
    let pages = |mode: &str| {
        let sql = format!("PRAGMA wal_checkpoint({mode})");
        connection.query_row(&sql, [], |row| row.get::<_, i64>(1)).unwrap_or(0)
    };
    if pages("PASSIVE") > RESTART_PAGES {
        pages("PASSIVE");
        pages("RESTART");
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
