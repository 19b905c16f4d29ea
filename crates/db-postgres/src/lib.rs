//! The PostgreSQL driver: the store of an installation of several nodes.
//!
//! **Is:** [`Postgres`], one writing connection that survives a restart of the server, and
//! [`Readers`], a bounded set of read-only connections beside it. Statements are prepared once per
//! connection; a set of rows travels as arrays, in one round trip.
//!
//! **Is not:** a thread or a queue: the store's writers own the connections and drive them. It is
//! synchronous and must never be called from an async thread, where it panics: a connection drives
//! its own small runtime on the thread that calls it, with no hop to another.
//!
//! What PostgreSQL does otherwise than SQLite, and a statement must therefore respect:
//!
//! * After an error a transaction can only be rolled back; [`Engine::commit`] says so.
//! * The rows of one set have distinct keys: `DO UPDATE` refuses to touch a row twice, and an
//!   `UPDATE` from a set applies one of the twins.
//! * The type of a parameter comes from its place: a bare `$1 IS NULL` has none.
//! * A text has no U+0000: such a value is refused as [`DbError::Statement`].
//! * Texts sort as the database was created; only `LOCALE 'C'` sorts them as SQLite does.
//! * A commit whose connection is lost may have been done or not: commands must bear repetition.
//!
//! Prepared statements and migration locks belong to a session: a pooler between us and the server
//! must not share sessions between transactions.
//!
//! Start with [`Postgres::open`].

mod address;
mod cell;
mod fault;
mod param;
mod readers;
#[cfg(feature = "test-server")]
pub mod server;
mod session;

pub use address::Address;
pub use readers::Readers;

use session::{Access, LOCK_WAIT, Session};
use vestnik_db::{
    DbError, Engine, Row, Rows, Tx, Value,
    dialect::Dialect,
    migration::{Migration, migrate},
};

/// The key of the advisory lock under which the schema is changed: "vestnik" in bytes.
const MIGRATION_LOCK: i64 = 0x0076_6573_746e_696b;
/// How long a node waits for another that changes the schema.
const MIGRATION_WAIT: &str = "15min";

/// One writing connection.
pub struct Postgres {
    address: Address,
    session: Session,
    state: State,
    has_migration_lock: bool,
}

/// Where a writer is between `begin` and its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// No transaction.
    Idle,
    /// Begun, and sound.
    Begun,
    /// Begun, and good for a roll-back only.
    Failed,
}

impl Postgres {
    /// Connects for writing.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] if the server can't be reached or lets us not in.
    ///
    /// # Panics
    /// On an async thread, as everything here.
    pub fn open(address: &Address) -> Result<Self, DbError> {
        let session = Session::open(address, Access::Write)?;
        let address = address.clone();
        Ok(Self { address, session, state: State::Idle, has_migration_lock: false })
    }

    /// Brings the schema to its newest step, one node at a time. Returns how many steps were
    /// applied.
    ///
    /// # Errors
    /// See [`migrate`]; or if another node takes too long over it.
    pub fn migrate(&mut self, migrations: &[Migration]) -> Result<usize, DbError> {
        self.lock_migrations()?;
        let applied = migrate(self, migrations);
        self.unlock_migrations();
        applied
    }

    /// Waits until no other node changes the schema, and keeps them from it. While the lock is held
    /// a lost connection is not reopened: the lock is lost with it.
    ///
    /// # Errors
    /// If the connection fails, or the other node takes too long.
    pub fn lock_migrations(&mut self) -> Result<(), DbError> {
        if self.session.is_lost() {
            self.reopen()?;
        }
        self.session.script(&format!(
            "SET lock_timeout = '{MIGRATION_WAIT}'; SELECT pg_advisory_lock({MIGRATION_LOCK})"
        ))?;
        self.has_migration_lock = true;
        Ok(())
    }

    /// Lets other nodes change the schema.
    pub fn unlock_migrations(&mut self) {
        self.has_migration_lock = false;
        let unlock = format!("SELECT pg_advisory_unlock({MIGRATION_LOCK}); {LOCK_WAIT}");
        // A session that fails here is dropped, and the lock with it.
        if self.session.script(&unlock).is_err() {
            self.session.lose();
        }
    }

    fn reopen(&mut self) -> Result<(), DbError> {
        if self.has_migration_lock {
            let text = "the connection was lost while the schema was being changed";
            return Err(DbError::Unavailable(text.to_owned()));
        }
        self.session = Session::open(&self.address, Access::Write)?;
        Ok(())
    }

    /// Remembers a failure, after which PostgreSQL refuses everything but a roll-back.
    fn note<T>(&mut self, result: Result<T, DbError>) -> Result<T, DbError> {
        if result.is_err() && self.state == State::Begun {
            self.state = State::Failed;
        }
        result
    }
}

impl Tx for Postgres {
    fn query(&mut self, sql: &'static str, params: &[Value<'_>]) -> Result<Vec<Row>, DbError> {
        let result = self.session.query(sql, params);
        self.note(result)
    }

    fn query_rows(&mut self, sql: &'static str, rows: &Rows<'_>) -> Result<Vec<Row>, DbError> {
        let result = self.session.query_rows(sql, rows);
        self.note(result)
    }

    fn execute_rows(&mut self, sql: &'static str, rows: &Rows<'_>) -> Result<u64, DbError> {
        let result = self.session.execute_rows(sql, rows);
        self.note(result)
    }

    fn execute(&mut self, sql: &'static str, params: &[Value<'_>]) -> Result<u64, DbError> {
        let result = self.session.execute(sql, params);
        self.note(result)
    }

    fn script(&mut self, sql: &str) -> Result<(), DbError> {
        let result = self.session.script(sql);
        self.note(result)
    }

    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }
}

impl Engine for Postgres {
    /// Begins a transaction, on a new connection if the old one was lost.
    fn begin(&mut self) -> Result<(), DbError> {
        if self.state != State::Idle {
            return Err(DbError::Statement("a transaction within a transaction".to_owned()));
        }
        let is_begun = !self.session.is_lost() && self.session.control("BEGIN").is_ok();
        if !is_begun {
            // Nothing was asked of it yet: to begin again elsewhere repeats nothing.
            self.reopen()?;
            self.session.control("BEGIN")?;
        }
        self.state = State::Begun;
        Ok(())
    }

    fn commit(&mut self) -> Result<(), DbError> {
        match self.state {
            State::Begun => {}
            // PostgreSQL would answer COMMIT with success here, and roll back.
            State::Failed => {
                return Err(DbError::Statement("a failed transaction can't commit".to_owned()));
            }
            State::Idle => return Err(DbError::Statement("nothing was begun".to_owned())),
        }
        let result = self.session.control("COMMIT");
        if result.is_ok() {
            self.state = State::Idle;
        }
        self.note(result)
    }

    fn rollback(&mut self) {
        if self.state == State::Idle {
            return;
        }
        self.state = State::Idle;
        // A connection that can't roll back is closed: the server then does it for us.
        if self.session.is_lost() || self.session.control("ROLLBACK").is_err() {
            self.session.lose();
        }
    }
}
