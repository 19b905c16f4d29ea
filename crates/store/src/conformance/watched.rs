//! An engine that is watched: how many rows it changed, and what it did in which order.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use vestnik_db::{DbError, Engine, Row, Rows, Tx, Value, dialect::Dialect};

/// What was seen.
#[derive(Default)]
pub(super) struct Watch {
    changed: AtomicU64,
    seen: Mutex<Vec<&'static str>>,
}

impl Watch {
    /// How many rows were inserted, updated and deleted so far.
    pub(super) fn changed(&self) -> u64 {
        self.changed.load(Ordering::Relaxed)
    }

    /// Notes something among what the engine does.
    pub(super) fn note(&self, what: &'static str) {
        self.seen.lock().unwrap().push(what);
    }

    /// Takes what was seen since the last time.
    pub(super) fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }

    fn add(&self, rows: u64) {
        self.changed.fetch_add(rows, Ordering::Relaxed);
    }
}

/// An engine and who watches it.
pub(super) struct Watched {
    engine: Box<dyn Engine>,
    watch: Arc<Watch>,
}

impl Watched {
    pub(super) fn new(engine: Box<dyn Engine>, watch: Arc<Watch>) -> Self {
        Self { engine, watch }
    }

    pub(super) fn watch(&self) -> Arc<Watch> {
        Arc::clone(&self.watch)
    }
}

impl Tx for Watched {
    fn query(&mut self, sql: &'static str, params: &[Value<'_>]) -> Result<Vec<Row>, DbError> {
        let rows = self.engine.query(sql, params)?;
        if is_change(sql) {
            self.watch.add(rows.len() as u64);
        }
        Ok(rows)
    }

    fn query_rows(&mut self, sql: &'static str, rows: &Rows<'_>) -> Result<Vec<Row>, DbError> {
        let out = self.engine.query_rows(sql, rows)?;
        if is_change(sql) {
            self.watch.add(out.len() as u64);
        }
        Ok(out)
    }

    fn execute_rows(&mut self, sql: &'static str, rows: &Rows<'_>) -> Result<u64, DbError> {
        let changed = self.engine.execute_rows(sql, rows)?;
        self.watch.add(changed);
        Ok(changed)
    }

    fn execute(&mut self, sql: &'static str, params: &[Value<'_>]) -> Result<u64, DbError> {
        let changed = self.engine.execute(sql, params)?;
        self.watch.add(changed);
        Ok(changed)
    }

    fn script(&mut self, sql: &str) -> Result<(), DbError> {
        self.engine.script(sql)
    }

    fn dialect(&self) -> Dialect {
        self.engine.dialect()
    }
}

impl Engine for Watched {
    fn begin(&mut self) -> Result<(), DbError> {
        self.watch.note("begin");
        self.engine.begin()
    }

    fn commit(&mut self) -> Result<(), DbError> {
        self.engine.commit()?;
        self.watch.note("commit");
        Ok(())
    }

    fn rollback(&mut self) {
        self.watch.note("rollback");
        self.engine.rollback();
    }

    fn idle(&mut self) -> Duration {
        self.engine.idle()
    }
}

/// A change that gives rows back is asked as a query.
fn is_change(sql: &str) -> bool {
    ["INSERT", "UPDATE", "DELETE"].iter().any(|word| sql.starts_with(word))
}
