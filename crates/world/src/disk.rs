//! The disk: the database, which outlives every process, and a process's ways to it.

use crate::{
    clock::pause,
    life::{Life, Point, lock},
    world::World,
};
use std::sync::{Arc, Mutex};
use vestnik_db::{DbError, Engine, Pool, Row, Rows, Tx, Value, dialect::Dialect, migration};
use vestnik_db_sqlite::{Lite, open_in_memory};
use vestnik_store::{
    StoreError,
    batch::{Batcher, COMMANDS_MAX, Command},
    schema::MIGRATIONS,
    writer::Writer,
};

/// The database.
pub struct Disk(Mutex<Lite>);

impl Disk {
    /// A fresh database with its tables.
    ///
    /// # Panics
    /// If SQLite refuses: there is no world without it.
    #[must_use]
    pub fn new() -> Self {
        let mut lite = open_in_memory().expect("a database in memory");
        migration::migrate(&mut lite, MIGRATIONS).expect("the schema fits an empty database");
        Self(Mutex::new(lite))
    }

    /// Looks at what is on disk (or changes it), as no process: without faults.
    pub fn look<T>(&self, look: impl FnOnce(&mut dyn Tx) -> T) -> T {
        look(&mut *lock(&self.0))
    }

    /// Works for a process inside one transaction of its own.
    ///
    /// # Errors
    /// The work's own, and those of a failing or ending process.
    pub fn work<T, E: From<DbError>>(
        &self,
        world: &World,
        life: &Life,
        work: impl FnOnce(&mut dyn Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut lite = lock(&self.0);
        let mut head = Head { lite: &mut lite, world, life };
        head.begin()?;
        let done = work(&mut head).and_then(|out| Ok((out, head.commit()?)));
        if done.is_err() {
            head.rollback();
        }
        done.map(|(out, ())| out)
    }
}

impl Default for Disk {
    fn default() -> Self {
        Self::new()
    }
}

/// A process's hold on the database: it may fail, and the process may end in the middle.
struct Head<'a> {
    lite: &'a mut Lite,
    world: &'a World,
    life: &'a Life,
}

impl Head<'_> {
    fn pass(&self, point: Point) -> Result<(), DbError> {
        if self.life.pass(point) {
            return Err(DbError::Unavailable("the process is dead".to_owned()));
        }
        Ok(())
    }

    fn fail(&self) -> Result<(), DbError> {
        if self.world.store_fails() {
            return Err(DbError::Unavailable("the disk is full for a moment".to_owned()));
        }
        Ok(())
    }

    fn statement(&self) -> Result<(), DbError> {
        self.pass(Point::Statement)?;
        self.fail()
    }
}

impl Tx for Head<'_> {
    fn query(&mut self, sql: &'static str, params: &[Value<'_>]) -> Result<Vec<Row>, DbError> {
        self.statement()?;
        self.lite.query(sql, params)
    }

    fn query_rows(&mut self, sql: &'static str, rows: &Rows<'_>) -> Result<Vec<Row>, DbError> {
        self.statement()?;
        self.lite.query_rows(sql, rows)
    }

    fn execute_rows(&mut self, sql: &'static str, rows: &Rows<'_>) -> Result<u64, DbError> {
        self.statement()?;
        self.lite.execute_rows(sql, rows)
    }

    fn execute(&mut self, sql: &'static str, params: &[Value<'_>]) -> Result<u64, DbError> {
        self.statement()?;
        self.lite.execute(sql, params)
    }

    fn script(&mut self, sql: &str) -> Result<(), DbError> {
        self.lite.script(sql)
    }

    fn dialect(&self) -> Dialect {
        self.lite.dialect()
    }
}

impl Engine for Head<'_> {
    fn begin(&mut self) -> Result<(), DbError> {
        self.statement()?;
        self.lite.begin()
    }

    fn commit(&mut self) -> Result<(), DbError> {
        self.pass(Point::BeforeCommit)?;
        self.fail()?;
        self.lite.commit()?;
        self.pass(Point::AfterCommit)
    }

    fn rollback(&mut self) {
        self.lite.rollback();
    }
}

/// A process's view for queries.
pub struct View {
    /// The world it is in.
    pub world: Arc<World>,
    /// Whose view.
    pub life: Arc<Life>,
}

impl Pool for View {
    fn read(
        &self,
        read: &mut dyn FnMut(&mut dyn Tx) -> Result<(), DbError>,
    ) -> Result<(), DbError> {
        let mut lite = lock(&self.world.disk.0);
        let mut head = Head { lite: &mut lite, world: &self.world, life: &self.life };
        head.statement()?;
        read(&mut head)
    }
}

/// A process's way of handing over commands.
pub struct Pen(pub Arc<Life>);

impl Writer for Pen {
    fn submit(&self, command: Command) {
        self.0.put(command);
    }

    /// A commit that fails here is a stroke of fate and says nothing of the next.
    fn trouble(&self) -> Option<StoreError> {
        None
    }
}

/// Awaited ids that gather in a world before they are written together.
const GATHERED: usize = 5;

/// The writer of a process: takes what has gathered, and writes it in one transaction.
pub async fn write(world: Arc<World>, life: Arc<Life>) {
    let mut batcher = Batcher::gathering(GATHERED);
    loop {
        life.bell.notified().await;
        pause(world.gathering_ms()).await;
        loop {
            let batch = life.take(COMMANDS_MAX);
            if batch.is_empty() || life.is_dead() {
                break;
            }
            {
                let mut lite = lock(&world.disk.0);
                let mut head = Head { lite: &mut lite, world: &world, life: &life };
                batcher.run(&mut head, world.clock.now(), batch);
            }
            world.witness_statuses();
        }
    }
}
