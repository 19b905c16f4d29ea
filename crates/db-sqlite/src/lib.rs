//! The SQLite driver: the embedded default.
//!
//! **Is:** [`Lite`], one writing connection in WAL mode with `synchronous=FULL` (a commit is on
//! disk when it returns), and [`Readers`], read-only connections beside it.
//!
//! **Is not:** a thread or a queue: the store's writer owns the connection and drives it.
//!
//! Start with [`open`].

mod checkpointer;
mod readers;
mod statement;

pub use checkpointer::Checkpointer;
pub use readers::Readers;

use rusqlite::{Connection, OpenFlags};
use statement::Statements;
use std::{path::Path, time::Duration};
use vestnik_db::{DbError, Engine, Row, Rows, Tx, Value, dialect::Dialect};

/// Page cache of the writer, KiB. Bounded: memory does not grow with the backlog. It is small because
/// SQLite walks all of it at a commit in which a page was split: splitting borrows a page number beyond
/// the file's end, and everything beyond the end is looked for afterwards. With 64 MiB a message cost
/// 14 % more than with 16 MiB, and with those 2 % more than with 4. What falls out is still in the
/// system's cache.
const WRITER_CACHE_KIB: i64 = 4 * 1024;
/// Pages of the log after which a commit copies back what the [`Checkpointer`] has left, so that
/// the log can begin anew: the bound of the log.
const CHECKPOINT_PAGES: u32 = 8_000;
/// The log file is cut back to this after a checkpoint, bytes.
const LOG_BYTES_KEPT: i64 = 64 * 1024 * 1024;
/// How long a statement waits for another process (the CLI beside a running server).
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// One connection: the writing one, or (inside [`Readers`] only) one that was opened read-only.
pub struct Lite {
    connection: Connection,
    statements: Statements,
}

/// Opens (or creates) a database file for writing.
///
/// # Errors
/// If the file can't be opened or is not a database.
pub fn open(path: &Path) -> Result<Lite, DbError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(fault)?;
    prepare(&connection, "WAL")?;
    Ok(Lite { connection, statements: Statements::default() })
}

/// A database in memory, for tests and the deterministic world.
///
/// # Errors
/// If SQLite refuses.
pub fn open_in_memory() -> Result<Lite, DbError> {
    let connection = Connection::open_in_memory().map_err(fault)?;
    prepare(&connection, "MEMORY")?;
    Ok(Lite { connection, statements: Statements::default() })
}

/// Settings of every connection. Without a stable plan SQLite prepares a statement with a bound
/// `LIMIT` anew at each run, to look at its value.
pub(crate) fn steady(connection: &Connection) -> Result<(), DbError> {
    let stable_plan = rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG;
    connection.set_db_config(stable_plan, true).map_err(fault)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(fault)
}

fn prepare(connection: &Connection, journal: &str) -> Result<(), DbError> {
    steady(connection)?;
    connection
        .execute_batch(&format!(
            "PRAGMA journal_mode={journal}; PRAGMA synchronous=FULL; PRAGMA foreign_keys=OFF; \
             PRAGMA temp_store=MEMORY; PRAGMA cache_size=-{WRITER_CACHE_KIB}; \
             PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}; \
             PRAGMA journal_size_limit={LOG_BYTES_KEPT};"
        ))
        .map_err(fault)
}

impl Lite {
    /// Copies the whole database to another file while it is in use.
    ///
    /// # Errors
    /// If the target can't be written.
    pub fn backup(&self, target: &Path) -> Result<(), DbError> {
        let mut into = Connection::open(target).map_err(fault)?;
        let backup = rusqlite::backup::Backup::new(&self.connection, &mut into).map_err(fault)?;
        backup.run_to_completion(1_000, Duration::ZERO, None).map_err(fault)
    }
}

impl Tx for Lite {
    fn query(&mut self, sql: &'static str, params: &[Value<'_>]) -> Result<Vec<Row>, DbError> {
        self.statements.query(&self.connection, sql, params)
    }

    fn query_rows(&mut self, sql: &'static str, rows: &Rows<'_>) -> Result<Vec<Row>, DbError> {
        self.statements.query_rows(&self.connection, sql, rows)
    }

    fn execute_rows(&mut self, sql: &'static str, rows: &Rows<'_>) -> Result<u64, DbError> {
        self.statements.execute_rows(&self.connection, sql, rows)
    }

    fn execute(&mut self, sql: &'static str, params: &[Value<'_>]) -> Result<u64, DbError> {
        self.statements.execute(&self.connection, sql, params)
    }

    fn script(&mut self, sql: &str) -> Result<(), DbError> {
        self.connection.execute_batch(sql).map_err(fault)
    }

    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }
}

impl Engine for Lite {
    fn begin(&mut self) -> Result<(), DbError> {
        self.execute("BEGIN IMMEDIATE", &[]).map(drop)
    }

    fn commit(&mut self) -> Result<(), DbError> {
        self.execute("COMMIT", &[]).map(drop)
    }

    fn rollback(&mut self) {
        // If the engine has rolled back by itself there is nothing to do.
        let _ = self.connection.execute_batch("ROLLBACK");
    }
}

/// An error of SQLite in our words.
#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
pub(crate) fn fault(error: rusqlite::Error) -> DbError {
    let code = error.sqlite_error_code();
    let text = error.to_string();
    match code {
        Some(rusqlite::ErrorCode::ConstraintViolation) => DbError::Constraint(text),
        Some(
            rusqlite::ErrorCode::DatabaseBusy
            | rusqlite::ErrorCode::DatabaseLocked
            | rusqlite::ErrorCode::DiskFull
            | rusqlite::ErrorCode::SystemIoFailure
            | rusqlite::ErrorCode::CannotOpen
            | rusqlite::ErrorCode::OutOfMemory
            | rusqlite::ErrorCode::ReadOnly,
        ) => DbError::Unavailable(text),
        Some(_) | None => DbError::Statement(text),
    }
}
