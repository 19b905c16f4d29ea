//! Prepared statements, kept for the life of the connection.

use crate::fault;
use rusqlite::{
    Connection, Statement,
    types::{ToSqlOutput, ValueRef},
};
use std::collections::HashMap;
use vestnik_db::{Cell, DbError, Row, Rows, Value, dialect::Dialect};

/// How many prepared statements a connection keeps. All texts are ours and static: they fit.
const STATEMENTS_MAX: usize = 256;

/// Texts in SQLite's words, by the address and length of their portable text.
///
/// SQLite numbers `$1` by first appearance, `?1` by its number: the latter is what we mean.
#[derive(Default)]
pub(crate) struct Statements {
    texts: HashMap<(usize, usize), String>,
    sized: bool,
}

struct Param<'a>(Value<'a>);

impl rusqlite::ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Int(i) => ValueRef::Integer(i),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
            Value::Null => ValueRef::Null,
        }))
    }
}

impl Statements {
    pub(crate) fn query(
        &mut self,
        connection: &Connection,
        sql: &'static str,
        params: &[Value<'_>],
    ) -> Result<Vec<Row>, DbError> {
        self.size(connection);
        let mut statement = connection.prepare_cached(self.plain(sql)).map_err(fault)?;
        let mut out = Vec::new();
        collect(&mut statement, params, &mut out)?;
        Ok(out)
    }

    pub(crate) fn execute(
        &mut self,
        connection: &Connection,
        sql: &'static str,
        params: &[Value<'_>],
    ) -> Result<u64, DbError> {
        self.size(connection);
        let mut statement = connection.prepare_cached(self.plain(sql)).map_err(fault)?;
        run(&mut statement, params)
    }

    pub(crate) fn query_rows(
        &mut self,
        connection: &Connection,
        sql: &'static str,
        rows: &Rows<'_>,
    ) -> Result<Vec<Row>, DbError> {
        let mut out = Vec::with_capacity(rows.len());
        if rows.is_empty() {
            return Ok(out);
        }
        self.size(connection);
        let mut statement = connection.prepare_cached(self.set(sql)).map_err(fault)?;
        for row in rows.iter() {
            collect(&mut statement, row, &mut out)?;
        }
        Ok(out)
    }

    pub(crate) fn execute_rows(
        &mut self,
        connection: &Connection,
        sql: &'static str,
        rows: &Rows<'_>,
    ) -> Result<u64, DbError> {
        if rows.is_empty() {
            return Ok(0);
        }
        self.size(connection);
        let mut statement = connection.prepare_cached(self.set(sql)).map_err(fault)?;
        let mut changed = 0;
        for row in rows.iter() {
            changed += run(&mut statement, row)?;
        }
        Ok(changed)
    }

    fn set(&mut self, sql: &'static str) -> &str {
        self.texts.entry(key(sql)).or_insert_with(|| Dialect::Sqlite.set(sql).0.replace('$', "?"))
    }

    fn plain(&mut self, sql: &'static str) -> &str {
        self.texts.entry(key(sql)).or_insert_with(|| sql.replace('$', "?"))
    }

    fn size(&mut self, connection: &Connection) {
        if !self.sized {
            connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
            self.sized = true;
        }
    }
}

fn key(sql: &'static str) -> (usize, usize) {
    (sql.as_ptr().addr(), sql.len())
}

fn bind(statement: &mut Statement<'_>, params: &[Value<'_>]) -> Result<(), DbError> {
    for (i, value) in params.iter().enumerate() {
        statement.raw_bind_parameter(i + 1, Param(*value)).map_err(fault)?;
    }
    Ok(())
}

fn run(statement: &mut Statement<'_>, params: &[Value<'_>]) -> Result<u64, DbError> {
    bind(statement, params)?;
    let changed = statement.raw_execute().map_err(fault)?;
    Ok(u64::try_from(changed).unwrap_or(u64::MAX))
}

fn collect(
    statement: &mut Statement<'_>,
    params: &[Value<'_>],
    out: &mut Vec<Row>,
) -> Result<(), DbError> {
    bind(statement, params)?;
    let columns = statement.column_count();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(fault)? {
        let mut cells = Vec::with_capacity(columns);
        for i in 0..columns {
            cells.push(match row.get_ref(i).map_err(fault)? {
                ValueRef::Integer(n) => Cell::Int(n),
                ValueRef::Text(text) => Cell::Text(
                    String::from_utf8(text.to_vec())
                        .map_err(|e| DbError::Unreadable(e.to_string()))?,
                ),
                ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
                ValueRef::Null => Cell::Null,
                ValueRef::Real(_) => {
                    return Err(DbError::Unreadable("a fraction where none is kept".to_owned()));
                }
            });
        }
        out.push(Row(cells));
    }
    Ok(())
}
