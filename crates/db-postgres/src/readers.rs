//! Read-only connections beside the writer.

use std::{
    sync::{Condvar, Mutex, PoisonError},
    time::Duration,
};

use vestnik_db::{DbError, Pool, Row, Rows, Tx, Value, dialect::Dialect};

use crate::{
    address::Address,
    session::{Access, Session},
};

/// How long a read waits for a free connection.
const WAIT_MAX: Duration = Duration::from_secs(10);
/// A consistent view: every statement of the read sees the same moment.
const BEGIN: &str = "BEGIN READ ONLY ISOLATION LEVEL REPEATABLE READ";

/// Opens connections as they are needed, up to a bound, and keeps them.
pub struct Readers {
    address: Address,
    seats: Mutex<Seats>,
    freed: Condvar,
}

struct Seats {
    /// Connections at rest.
    idle: Vec<Session>,
    /// How many more reads may run at once.
    free: usize,
}

impl Readers {
    /// Readers of the database at `address`, over at most `connections_max` connections. Connects
    /// when first asked.
    #[must_use]
    pub fn new(address: &Address, connections_max: usize) -> Self {
        let seats = Seats { idle: Vec::new(), free: connections_max.max(1) };
        Self { address: address.clone(), seats: Mutex::new(seats), freed: Condvar::new() }
    }

    /// Waits for a seat, and for an idle connection if there is one.
    fn sit(&self) -> Result<Seat<'_>, DbError> {
        let seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut seats, _) = self
            .freed
            .wait_timeout_while(seats, WAIT_MAX, |seats| seats.free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        if seats.free == 0 {
            return Err(DbError::Unavailable("every reading connection is busy".to_owned()));
        }
        seats.free -= 1;
        Ok(Seat { readers: self, session: seats.idle.pop() })
    }
}

/// The right to one connection; given back when dropped, whatever has happened.
struct Seat<'a> {
    readers: &'a Readers,
    /// Taken out for the read, and put back only if it is sound.
    session: Option<Session>,
}

impl Seat<'_> {
    /// A session in a fresh transaction. One that died at rest is replaced.
    fn begin(&mut self) -> Result<Session, DbError> {
        if let Some(mut session) = self.session.take()
            && session.control(BEGIN).is_ok()
        {
            return Ok(session);
        }
        let mut session = Session::open(&self.readers.address, Access::Read)?;
        session.control(BEGIN)?;
        Ok(session)
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut seats = self.readers.seats.lock().unwrap_or_else(PoisonError::into_inner);
        seats.free += 1;
        seats.idle.extend(self.session.take());
        drop(seats);
        self.readers.freed.notify_one();
    }
}

impl Pool for Readers {
    fn read(
        &self,
        read: &mut dyn FnMut(&mut dyn Tx) -> Result<(), DbError>,
    ) -> Result<(), DbError> {
        let mut seat = self.sit()?;
        let mut reader = Reader(seat.begin()?);
        let result = read(&mut reader);
        let Reader(mut session) = reader;
        // Nothing was written: an end is an end, and a failed transaction takes only this one.
        if !session.is_lost() && session.control("ROLLBACK").is_ok() {
            seat.session = Some(session);
        }
        result
    }
}

/// A session within a read.
struct Reader(Session);

impl Tx for Reader {
    fn query(&mut self, sql: &'static str, params: &[Value<'_>]) -> Result<Vec<Row>, DbError> {
        self.0.query(sql, params)
    }

    fn query_rows(&mut self, sql: &'static str, rows: &Rows<'_>) -> Result<Vec<Row>, DbError> {
        self.0.query_rows(sql, rows)
    }

    fn execute_rows(&mut self, sql: &'static str, rows: &Rows<'_>) -> Result<u64, DbError> {
        self.0.execute_rows(sql, rows)
    }

    fn execute(&mut self, sql: &'static str, params: &[Value<'_>]) -> Result<u64, DbError> {
        self.0.execute(sql, params)
    }

    fn script(&mut self, sql: &str) -> Result<(), DbError> {
        self.0.script(sql)
    }

    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }
}
