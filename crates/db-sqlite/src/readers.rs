//! Read-only connections beside the writer.

use crate::{Lite, fault, statement::Statements, steady};
use rusqlite::{Connection, OpenFlags};
use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};
use vestnik_db::{DbError, Pool, Tx};

/// Page cache of one reader, KiB.
const READER_CACHE_KIB: i64 = 8 * 1024;
/// How many idle connections are kept.
const IDLE_MAX: usize = 8;

/// Opens connections as they are needed and keeps a few.
pub struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Lite>>,
}

impl Readers {
    /// Readers of the database at `path`, which must exist.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), idle: Mutex::new(Vec::new()) }
    }

    fn take(&self) -> Result<Lite, DbError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(reader) = idle {
            return Ok(reader);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags).map_err(fault)?;
        steady(&connection)?;
        connection
            .execute_batch(&format!("PRAGMA cache_size=-{READER_CACHE_KIB};"))
            .map_err(fault)?;
        Ok(Lite { connection, statements: Statements::default() })
    }
}

impl Pool for Readers {
    fn read(
        &self,
        read: &mut dyn FnMut(&mut dyn Tx) -> Result<(), DbError>,
    ) -> Result<(), DbError> {
        let mut reader = self.take()?;
        reader.script("BEGIN")?;
        let result = read(&mut reader);
        reader.script("COMMIT")?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(reader);
        }
        result
    }
}
