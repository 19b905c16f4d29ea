//! One connection, its prepared statements and the small runtime that drives it.

use std::{collections::HashMap, time::Duration};

use tokio::{
    runtime::{Builder, Handle, Runtime},
    task::JoinHandle,
    time::timeout,
};
use tokio_postgres::{
    Client, NoTls, Statement,
    error::SqlState,
    types::{ToSql, Type},
};
use tokio_postgres_rustls::MakeRustlsConnect;
use vestnik_db::{DbError, Row, Rows, Value, dialect::Dialect};

use crate::{
    address::{Address, CONNECT_TIMEOUT, MustWrite},
    cell,
    fault::{fault, of_connect},
    param::{Column, Param, columns},
};

/// How many prepared statements a connection keeps. All texts are ours and static: they fit.
const STATEMENTS_MAX: usize = 512;
/// How long a closed connection may take to say good-bye.
const GOOD_BYE: Duration = Duration::from_millis(500);

/// What every session is told first. Durability first: 'on' waits for our disk,
/// 'remote_apply' for more than that and is left alone.
const GREETING: &str = "SELECT set_config('synchronous_commit', CASE \
    current_setting('synchronous_commit') WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, \
    false), current_setting('server_encoding')";
/// A writer waits for a lock as long as SQLite's does.
pub(crate) const LOCK_WAIT: &str = "SET lock_timeout = '10s'";
/// A writer that stops in the middle of a transaction (its node froze) loses it, and its locks.
const FROZEN_MAX: &str = "SET idle_in_transaction_session_timeout = '60s'";
/// A read is short.
const READS_ONLY: &str = "SET default_transaction_read_only = on; SET statement_timeout = '60s'";

/// What a session is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

/// A connection. Dropping it closes it.
pub(crate) struct Session {
    access: Access,
    /// None only while it is dropped.
    runtime: Option<Runtime>,
    /// None once it is lost.
    client: Option<Client>,
    connection: Option<JoinHandle<()>>,
    /// By the address and length of their portable text.
    statements: HashMap<(usize, usize), Statement>,
}

impl Session {
    pub(crate) fn open(address: &Address, access: Access) -> Result<Self, DbError> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| DbError::Unavailable(format!("no runtime for a connection: {e}")))?;
        let hosts = u32::try_from(address.config(MustWrite::No).get_hosts().len()).unwrap_or(1);
        let limit = CONNECT_TIMEOUT * hosts.max(1) + GOOD_BYE;
        let (client, connection) = runtime
            .block_on(async { timeout(limit, connect(address, access)).await })
            .map_err(|_| DbError::Unavailable("the server doesn't answer".to_owned()))??;
        Ok(Self {
            access,
            runtime: Some(runtime),
            client: Some(client),
            connection: Some(connection),
            statements: HashMap::new(),
        })
    }

    /// Whether the connection is known to be gone. It may be gone and not known to be.
    pub(crate) fn is_lost(&self) -> bool {
        self.client.as_ref().is_none_or(Client::is_closed)
    }

    /// Gives the connection up: the server rolls back what it was doing.
    pub(crate) fn lose(&mut self) {
        self.statements.clear();
        self.client = None;
    }

    /// A word about the transaction itself. An error loses the connection: its state is not known.
    pub(crate) fn control(&mut self, sql: &'static str) -> Result<(), DbError> {
        let result = self.batch(sql);
        if result.is_err() {
            self.lose();
        }
        result
    }

    /// Runs statements that are not prepared. What was prepared may mean another thing after them.
    pub(crate) fn script(&mut self, sql: &str) -> Result<(), DbError> {
        self.statements.clear();
        self.batch(sql)
    }

    pub(crate) fn query(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
    ) -> Result<Vec<Row>, DbError> {
        let statement = self.plain(sql)?;
        let params: Vec<Param<'_>> = params.iter().map(|value| Param(*value)).collect();
        self.rows(&statement, &refer(&params, |param| param))
    }

    pub(crate) fn execute(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
    ) -> Result<u64, DbError> {
        let statement = self.plain(sql)?;
        let params: Vec<Param<'_>> = params.iter().map(|value| Param(*value)).collect();
        self.change(&statement, &refer(&params, |param| param))
    }

    pub(crate) fn query_rows(
        &mut self,
        sql: &'static str,
        rows: &Rows<'_>,
    ) -> Result<Vec<Row>, DbError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let statement = self.set(sql)?;
        let columns = columns(rows, statement.params())?;
        self.rows(&statement, &refer(&columns, Column::as_sql))
    }

    pub(crate) fn execute_rows(
        &mut self,
        sql: &'static str,
        rows: &Rows<'_>,
    ) -> Result<u64, DbError> {
        if rows.is_empty() {
            return Ok(0);
        }
        let statement = self.set(sql)?;
        let columns = columns(rows, statement.params())?;
        self.change(&statement, &refer(&columns, Column::as_sql))
    }

    fn plain(&mut self, sql: &'static str) -> Result<Statement, DbError> {
        self.prepare(sql, |sql| sql.to_owned())
    }

    fn set(&mut self, sql: &'static str) -> Result<Statement, DbError> {
        self.prepare(sql, |sql| Dialect::Postgres.set(sql).0)
    }

    fn prepare(
        &mut self,
        sql: &'static str,
        in_our_words: impl Fn(&'static str) -> String,
    ) -> Result<Statement, DbError> {
        let key = (sql.as_ptr().addr(), sql.len());
        if let Some(statement) = self.statements.get(&key) {
            return Ok(statement.clone());
        }
        let text = in_our_words(sql);
        let statement = self.run(async |client| client.prepare(&text).await)?;
        if self.statements.len() >= STATEMENTS_MAX {
            self.statements.clear();
        }
        self.statements.insert(key, statement.clone());
        Ok(statement)
    }

    fn rows(
        &mut self,
        statement: &Statement,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, DbError> {
        width(params, statement.params())?;
        let rows = self.run(async |client| client.query(statement, params).await)?;
        rows.iter().map(cell::row).collect()
    }

    fn change(
        &mut self,
        statement: &Statement,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, DbError> {
        width(params, statement.params())?;
        self.run(async |client| client.execute(statement, params).await)
    }

    fn batch(&mut self, sql: &str) -> Result<(), DbError> {
        self.run(async |client| client.batch_execute(sql).await)
    }

    fn run<T>(
        &mut self,
        work: impl AsyncFnOnce(&Client) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, DbError> {
        let (Some(runtime), Some(client)) = (&self.runtime, &self.client) else {
            return Err(DbError::Unavailable("the connection was lost".to_owned()));
        };
        let error = match runtime.block_on(work(client)) {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        // A server that became a standby: our writes belong to another now.
        if self.access == Access::Write
            && error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION)
        {
            self.lose();
            return Err(DbError::Unavailable("the server takes no writes".to_owned()));
        }
        if error.is_closed() {
            self.lose();
        }
        Err(fault(&error))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.lose();
        let (Some(runtime), Some(connection)) = (self.runtime.take(), self.connection.take())
        else {
            return;
        };
        // The last owner may be an async thread, which must not block: the server then sees
        // the connection cut instead of a good-bye, and needs no more than that.
        if Handle::try_current().is_err() {
            let _ = runtime.block_on(async { timeout(GOOD_BYE, connection).await });
        }
        runtime.shutdown_background();
    }
}

async fn connect(address: &Address, access: Access) -> Result<(Client, JoinHandle<()>), DbError> {
    let must_write = if access == Access::Write { MustWrite::Yes } else { MustWrite::No };
    let config = address.config(must_write);
    // The task ends with the connection; what ended it reaches whoever asks the client next.
    let (client, connection) = match address.tls() {
        Some(tls) => {
            let tls = MakeRustlsConnect::new(tls.as_ref().clone());
            let (client, connection) = config.connect(tls).await.map_err(|e| of_connect(&e))?;
            (client, tokio::spawn(async { drop(connection.await) }))
        }
        None => {
            let (client, connection) = config.connect(NoTls).await.map_err(|e| of_connect(&e))?;
            (client, tokio::spawn(async { drop(connection.await) }))
        }
    };
    greet(&client, access).await?;
    Ok((client, connection))
}

/// Sets the session up, and refuses a database that can't keep what we promise.
async fn greet(client: &Client, access: Access) -> Result<(), DbError> {
    let settings = client.query_one(GREETING, &[]).await.map_err(|e| of_connect(&e))?;
    let text =
        |i| settings.try_get::<usize, String>(i).map_err(|e| DbError::Unreadable(e.to_string()));
    let (commit, encoding) = (text(0)?, text(1)?);
    if !matches!(commit.as_str(), "on" | "remote_apply") {
        return Err(DbError::Statement(format!("synchronous_commit can't be on: it is {commit}")));
    }
    if encoding != "UTF8" {
        return Err(DbError::Statement(format!(
            "the database's encoding is {encoding}; create it with ENCODING 'UTF8'"
        )));
    }
    let limits = if access == Access::Write { LOCK_WAIT } else { READS_ONLY };
    let script = format!("{FROZEN_MAX}; {limits}");
    client.batch_execute(&script).await.map_err(|e| of_connect(&e))
}

fn refer<'a, T>(
    values: &'a [T],
    as_sql: impl Fn(&'a T) -> &'a (dyn ToSql + Sync),
) -> Vec<&'a (dyn ToSql + Sync)> {
    values.iter().map(as_sql).collect()
}

/// The client library panics over a wrong number of parameters.
fn width(params: &[&(dyn ToSql + Sync)], wanted: &[Type]) -> Result<(), DbError> {
    if params.len() == wanted.len() {
        return Ok(());
    }
    let (has, wants) = (params.len(), wanted.len());
    Err(DbError::Statement(format!("{has} parameters where {wants} stand")))
}
