//! The small layer between our SQL and a database engine.
//!
//! **Is:** [`Tx`], through which store commands speak to a transaction; [`Engine`], which begins
//! and ends one; [`Pool`] of read-only views; the few marks that let one SQL text serve SQLite and
//! PostgreSQL ([`dialect`]); migrations ([`migration`]).
//!
//! **Is not:** an ORM, a query builder, or a place for SQL of any noun. Nothing above the store
//! can begin a transaction: [`Engine`] is handed to its writer only.
//!
//! Portable SQL: types are bigint, text and bytes; times are UTC milliseconds; JSON is text,
//! parsed by us; parameters are `$1 …`; no clock, sequence, lock or JSON function of an engine.
//!
//! Start with [`Tx`].

pub mod dialect;
pub mod migration;
pub mod value;

pub use value::{Cell, Row, Rows, Value};

use std::time::Duration;

/// What can go wrong in a database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DbError {
    /// A rule of the schema was broken: a bug, or two writers that must not meet.
    #[error("constraint broken: {0}")]
    Constraint(String),
    /// It can't work just now: locked, full, gone. May be tried again.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    /// The statement or its values are wrong: a bug.
    #[error("statement refused: {0}")]
    Statement(String),
    /// A stored value is not of the form it must have.
    #[error("stored value unreadable: {0}")]
    Unreadable(String),
}

/// Statements inside one transaction (or one consistent read).
///
/// Texts are `&'static str`: a statement is prepared once, under its address.
pub trait Tx {
    /// Runs one statement with parameters and returns its rows.
    ///
    /// # Errors
    /// See [`DbError`].
    fn query(&mut self, sql: &'static str, params: &[Value<'_>]) -> Result<Vec<Row>, DbError>;

    /// Runs one statement for every row of a set (see [`dialect`]) and returns all rows it gives,
    /// in no order that may be relied upon.
    ///
    /// # Errors
    /// See [`DbError`].
    fn query_rows(&mut self, sql: &'static str, rows: &Rows<'_>) -> Result<Vec<Row>, DbError>;

    /// Runs one statement for every row of a set. Returns how many rows of the database changed.
    ///
    /// # Errors
    /// See [`DbError`].
    fn execute_rows(&mut self, sql: &'static str, rows: &Rows<'_>) -> Result<u64, DbError>;

    /// Runs one statement with parameters. Returns how many rows of the database changed.
    ///
    /// # Errors
    /// See [`DbError`].
    fn execute(&mut self, sql: &'static str, params: &[Value<'_>]) -> Result<u64, DbError>;

    /// Runs statements that are not prepared: migrations.
    ///
    /// # Errors
    /// See [`DbError`].
    fn script(&mut self, sql: &str) -> Result<(), DbError>;

    /// Which engine this is, for the few places that must know.
    fn dialect(&self) -> dialect::Dialect;
}

/// A connection that writes.
pub trait Engine: Tx + Send {
    /// Begins a transaction.
    ///
    /// # Errors
    /// See [`DbError`].
    fn begin(&mut self) -> Result<(), DbError>;

    /// Makes everything since `begin` durable: when it returns, the bytes are on disk.
    ///
    /// # Errors
    /// See [`DbError`]. After an error the transaction is to be rolled back.
    fn commit(&mut self) -> Result<(), DbError>;

    /// Forgets everything since `begin`.
    fn rollback(&mut self);

    /// Upkeep outside any transaction, called when nothing waits: checkpoints and the like.
    /// Returns how long until it wants to be called again at the earliest.
    fn idle(&mut self) -> Duration {
        Duration::from_secs(60)
    }
}

/// A set of read-only views, for queries that must not wait behind the writer.
pub trait Pool: Send + Sync {
    /// Runs `read` on a consistent, read-only view. Blocks: call it off the async threads.
    ///
    /// # Errors
    /// See [`DbError`].
    fn read(&self, read: &mut dyn FnMut(&mut dyn Tx) -> Result<(), DbError>)
    -> Result<(), DbError>;
}
