//! Migrations: numbered texts, each applied once, in order, in a transaction of its own.

use crate::{DbError, Engine, Tx, Value};

/// One step of the schema.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Its number, growing by one from 1.
    pub number: i64,
    /// What it is for.
    pub name: &'static str,
    /// Its statements, in the portable words of [`crate::dialect`].
    pub sql: &'static str,
}

const LEDGER: &str = "CREATE TABLE IF NOT EXISTS migration(\
    number BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum BIGINT NOT NULL)";

/// Brings a database to the newest schema. Returns how many steps were applied.
///
/// # Errors
/// If the database has a step that we don't know (it is newer than we are), or one whose text has
/// changed since, or if a statement fails.
pub fn migrate(engine: &mut dyn Engine, migrations: &[Migration]) -> Result<usize, DbError> {
    engine.script(LEDGER)?;
    let known = applied_before(engine, migrations)?;
    let fresh = migrations.iter().skip(known);
    let mut applied = 0;
    for migration in fresh {
        engine.begin()?;
        let done = apply(engine, migration).and_then(|()| engine.commit());
        if let Err(error) = done {
            engine.rollback();
            return Err(error);
        }
        applied += 1;
    }
    Ok(applied)
}

/// How many steps a database lacks; nothing is written.
///
/// # Errors
/// If it is no database of ours, can't be read, or [`migrate`] would refuse it.
pub fn pending(tx: &mut dyn Tx, migrations: &[Migration]) -> Result<usize, DbError> {
    Ok(migrations.len().saturating_sub(applied_before(tx, migrations)?))
}

/// How many steps a database has, all of them ours.
fn applied_before(tx: &mut dyn Tx, migrations: &[Migration]) -> Result<usize, DbError> {
    let known = tx.query("SELECT number, checksum FROM migration ORDER BY number", &[])?;
    for row in &known {
        let number = row.int(0)?;
        let Some(ours) = migrations.iter().find(|m| m.number == number) else {
            return Err(DbError::Statement(format!(
                "the database has schema step {number}, which this program does not know: \
                 it was written by a newer version"
            )));
        };
        if checksum(ours.sql) != row.int(1)? {
            return Err(DbError::Statement(format!("schema step {number} was changed after use")));
        }
    }
    Ok(known.len())
}

fn apply(engine: &mut dyn Engine, migration: &Migration) -> Result<(), DbError> {
    let ddl = engine.dialect().ddl(migration.sql);
    engine.script(&ddl)?;
    let row = [
        Value::Int(migration.number),
        Value::Text(migration.name),
        Value::Int(checksum(migration.sql)),
    ];
    engine.execute("INSERT INTO migration(number, name, checksum) VALUES ($1, $2, $3)", &row)?;
    Ok(())
}

/// FNV-1a over the text: tells a changed step, defends against nothing.
fn checksum(sql: &str) -> i64 {
    let mut h: u64 = 0xcbf2_9ce4_8422_2325;
    for b in sql.bytes() {
        h = (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    h.cast_signed()
}
