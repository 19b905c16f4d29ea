//! The driver against a real server, which each test starts for itself.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::thread;

use vestnik_db::{Cell, DbError, Engine, Pool, Row, Rows, Tx, Value, migration::Migration};
use vestnik_db_postgres::{Address, Postgres, Readers, server::TestServer};

const SCHEMA: &str = "CREATE TABLE t(id BIGINT PRIMARY KEY, a TEXT, b BYTEA, n BIGINT); \
    CREATE UNIQUE INDEX t_n ON t(n)";
const INSERT: &str = "INSERT INTO t(id, a, b, n) @values(id bigint, a text, b bytes, n bigint)";
const ALL: &str = "SELECT id, a, b, n FROM t ORDER BY id";

fn open(address: &Address) -> Postgres {
    let mut postgres = Postgres::open(address).expect("opens");
    postgres.script(SCHEMA).expect("schema");
    postgres
}

fn address(server: &TestServer) -> Address {
    Address::parse(&server.database()).expect("parses")
}

fn one(postgres: &mut Postgres, sql: &'static str) -> Result<Cell, DbError> {
    Ok(postgres.query(sql, &[])?.remove(0).0.remove(0))
}

#[test]
fn values_and_sets_round_trip() {
    let Some(server) = TestServer::start() else { return };
    let mut pg = open(&address(&server));
    plain_values(&mut pg);
    sets(&mut pg);
    widened_results(&mut pg);
    drop(pg);
    commits_are_durable(&address(&server));
}

fn plain_values(pg: &mut Postgres) {
    let insert = "INSERT INTO t(id, a, b, n) VALUES ($1, $2, $3, $4)";
    let bytes = [0, 1, 255];
    let full = [Value::Int(i64::MIN), Value::Text("ёж 🦔"), Value::Bytes(&bytes), Value::Null];
    assert_eq!(pg.execute(insert, &full), Ok(1));
    let empty = [Value::Int(i64::MAX), Value::Text(""), Value::Bytes(&[]), Value::Int(0)];
    assert_eq!(pg.execute(insert, &empty), Ok(1));
    assert_eq!(pg.execute(insert, &[Value::Int(0), Value::Null, Value::Null, Value::Null]), Ok(1));
    let rows = pg.query(ALL, &[]).unwrap();
    let (int, text) = (Cell::Int, |text: &str| Cell::Text(text.to_owned()));
    let wanted = [
        Row(vec![int(i64::MIN), text("ёж 🦔"), Cell::Bytes(bytes.to_vec()), Cell::Null]),
        Row(vec![int(0), Cell::Null, Cell::Null, Cell::Null]),
        Row(vec![int(i64::MAX), text(""), Cell::Bytes(vec![]), int(0)]),
    ];
    assert_eq!(rows, wanted);
    assert_eq!(pg.execute("DELETE FROM t WHERE id <> $1", &[Value::Int(7)]), Ok(3));
}

fn sets(pg: &mut Postgres) {
    let mut rows = Rows::new();
    rows.push([Value::Int(1), Value::Text("a"), Value::Null, Value::Int(10)]);
    rows.push([Value::Int(2), Value::Null, Value::Bytes(b"b"), Value::Null]);
    assert_eq!(pg.execute_rows(INSERT, &Rows::new()), Ok(0));
    assert_eq!(pg.execute_rows(INSERT, &rows), Ok(2));
    rows.push([Value::Int(3), Value::Null, Value::Null, Value::Null]);
    let again = "INSERT INTO t(id, a, b, n) @values(id bigint, a text, b bytes, n bigint) \
                 ON CONFLICT DO NOTHING RETURNING id";
    assert_eq!(pg.query_rows(again, &rows), Ok(vec![Row(vec![Cell::Int(3)])]));
    let mut pairs = Rows::new();
    pairs.push([Value::Int(1), Value::Null]);
    pairs.push([Value::Int(9), Value::Text("nowhere")]);
    let update = "UPDATE t SET a = @r.a FROM @rows(id bigint, a text) WHERE t.id = @r.id";
    assert_eq!(pg.execute_rows(update, &pairs), Ok(1));
    let mut keys = Rows::new();
    keys.push([Value::Int(1)]);
    keys.push([Value::Int(2)]);
    let select = "SELECT t.id, t.a, t.b FROM t, @rows(id bigint) WHERE t.id = @r.id";
    let mut found = pg.query_rows(select, &keys).unwrap();
    found.sort_by_key(|row| row.int(0).unwrap());
    let wanted = [
        Row(vec![Cell::Int(1), Cell::Null, Cell::Null]),
        Row(vec![Cell::Int(2), Cell::Null, Cell::Bytes(b"b".to_vec())]),
    ];
    assert_eq!(found, wanted);
    let delete = "DELETE FROM t USING @rows(id bigint) WHERE t.id = @r.id";
    assert_eq!(pg.execute_rows(delete, &keys), Ok(2));
}

fn widened_results(pg: &mut Postgres) {
    assert_eq!(one(pg, "SELECT 1"), Ok(Cell::Int(1)));
    assert_eq!(one(pg, "SELECT 1 = 1"), Ok(Cell::Int(1)));
    assert_eq!(one(pg, "SELECT COUNT(*) FROM t"), Ok(Cell::Int(1)));
    assert_eq!(one(pg, "SELECT SUM(id) FROM t"), Ok(Cell::Int(3)));
    assert_eq!(one(pg, "SELECT SUM(n) FROM t"), Ok(Cell::Null));
    assert!(matches!(one(pg, "SELECT 1.5"), Err(DbError::Unreadable(_))));
}

fn commits_are_durable(address: &Address) {
    let mut pg = Postgres::open(address).unwrap();
    pg.script("ALTER ROLE postgres SET synchronous_commit = off").unwrap();
    let mut pg = Postgres::open(address).unwrap();
    assert_eq!(one(&mut pg, "SHOW synchronous_commit"), Ok(Cell::Text("on".to_owned())));
}

#[test]
fn errors_are_classified() {
    let Some(server) = TestServer::start() else { return };
    let address = address(&server);
    let mut pg = open(&address);
    pg.script("INSERT INTO t(id, a) VALUES (1, 'private')").unwrap();
    let twice = pg.execute("INSERT INTO t(id) VALUES ($1)", &[Value::Int(1)]);
    let Err(DbError::Constraint(text)) = twice else { panic!("{twice:?}") };
    assert!(text.contains("t_pkey") && !text.contains("private"), "{text}");
    let refused: [Result<Vec<Row>, DbError>; 6] = [
        pg.query("SELECT nothing", &[]),
        pg.query(ALL, &[Value::Int(1)]),
        pg.query("SELECT a FROM t WHERE a = $1", &[Value::Int(1)]),
        pg.query("SELECT a FROM t WHERE id = $1", &[Value::Text("1")]),
        pg.query("SELECT a FROM t WHERE a = $1", &[Value::Text("a\0b")]),
        pg.query("SELECT a FROM t WHERE b = $1", &[Value::Text("a")]),
    ];
    for result in refused {
        assert!(matches!(result, Err(DbError::Statement(_))), "{result:?}");
    }
    let mut narrow = Rows::new();
    narrow.push([Value::Int(1)]);
    assert!(matches!(pg.execute_rows(INSERT, &narrow), Err(DbError::Statement(_))));
    let gone = Address::parse("postgres://u:secret@127.0.0.1:1/d").unwrap();
    let Err(DbError::Unavailable(text)) = Postgres::open(&gone).map(drop) else { panic!() };
    assert!(!text.contains("secret"), "{text}");
    a_waiting_writer_is_told(&address, &mut pg);
}

fn a_waiting_writer_is_told(address: &Address, pg: &mut Postgres) {
    let mut other = Postgres::open(address).unwrap();
    other.script("SET lock_timeout = '20ms'").unwrap();
    pg.begin().unwrap();
    pg.script("LOCK TABLE t").unwrap();
    let result = other.query(ALL, &[]);
    assert!(matches!(result, Err(DbError::Unavailable(_))), "{result:?}");
    pg.rollback();
}

#[test]
fn transactions_are_whole() {
    let Some(server) = TestServer::start() else { return };
    let address = address(&server);
    let mut pg = open(&address);
    let insert = "INSERT INTO t(id) VALUES ($1)";
    pg.begin().unwrap();
    assert!(matches!(pg.begin(), Err(DbError::Statement(_))));
    pg.execute(insert, &[Value::Int(1)]).unwrap();
    pg.rollback();
    pg.rollback();
    assert_eq!(one(&mut pg, "SELECT COUNT(*) FROM t"), Ok(Cell::Int(0)));
    assert!(matches!(pg.commit(), Err(DbError::Statement(_))));
    // PostgreSQL itself answers COMMIT after an error with success.
    pg.begin().unwrap();
    pg.execute(insert, &[Value::Int(1)]).unwrap();
    pg.query("SELECT nothing", &[]).unwrap_err();
    assert!(matches!(pg.commit(), Err(DbError::Statement(_))));
    pg.rollback();
    pg.begin().unwrap();
    pg.execute(insert, &[Value::Int(2)]).unwrap();
    pg.commit().unwrap();
    assert_eq!(one(&mut pg, "SELECT SUM(id) FROM t"), Ok(Cell::Int(2)));
    // A statement prepared before a change of the schema is prepared again.
    let all = "SELECT * FROM t";
    assert_eq!(pg.query(all, &[]).unwrap()[0].0.len(), 4);
    pg.script("ALTER TABLE t ADD COLUMN more BIGINT").unwrap();
    assert_eq!(pg.query(all, &[]).unwrap()[0].0.len(), 5);
}

#[test]
fn a_lost_connection_is_reopened() {
    let Some(server) = TestServer::start() else { return };
    let address = address(&server);
    let mut pg = open(&address);
    let insert = "INSERT INTO t(id) VALUES ($1)";
    let readers = Readers::new(&address, 2);
    let count = |readers: &Readers| {
        let mut count = None;
        let read = readers.read(&mut |tx| {
            count = Some(tx.query("SELECT COUNT(*) FROM t", &[])?[0].int(0)?);
            Ok(())
        });
        read.map(|()| count.unwrap())
    };
    pg.begin().unwrap();
    pg.execute(insert, &[Value::Int(1)]).unwrap();
    assert_eq!(count(&readers), Ok(0));
    server.cut_connections();
    let lost = pg.execute(insert, &[Value::Int(2)]);
    assert!(matches!(lost, Err(DbError::Unavailable(_))), "{lost:?}");
    assert!(pg.commit().is_err());
    pg.rollback();
    pg.begin().unwrap();
    pg.execute(insert, &[Value::Int(3)]).unwrap();
    pg.commit().unwrap();
    server.cut_connections();
    pg.begin().unwrap();
    pg.execute(insert, &[Value::Int(4)]).unwrap();
    server.cut_connections();
    assert!(matches!(pg.commit(), Err(DbError::Unavailable(_))));
    pg.rollback();
    assert_eq!(count(&readers), Ok(1), "a reader at rest was cut and is replaced");
    pg.lock_migrations().unwrap();
    server.cut_connections();
    assert!(matches!(pg.begin(), Err(DbError::Unavailable(_))), "the lock is gone with it");
    pg.unlock_migrations();
    pg.begin().unwrap();
    pg.rollback();
}

#[test]
fn readers_see_one_moment_and_write_nothing() {
    let Some(server) = TestServer::start() else { return };
    let address = address(&server);
    let mut pg = open(&address);
    let readers = Readers::new(&address, 1);
    let count = "SELECT COUNT(*) FROM t";
    let seen = readers.read(&mut |tx| {
        assert_eq!(tx.query(count, &[])?[0].int(0)?, 0);
        pg.execute("INSERT INTO t(id) VALUES ($1)", &[Value::Int(1)])?;
        assert_eq!(tx.query(count, &[])?[0].int(0)?, 0, "the view is of one moment");
        Ok(())
    });
    assert_eq!(seen, Ok(()));
    let write = readers.read(&mut |tx| tx.script("DELETE FROM t"));
    assert!(matches!(write, Err(DbError::Statement(_))), "{write:?}");
    let panicked =
        thread::scope(|s| s.spawn(|| readers.read(&mut |_| panic!("on purpose"))).join().is_err());
    assert!(panicked);
    // Both the failed and the panicked read gave their seat back.
    let after = readers.read(&mut |tx| {
        assert_eq!(tx.query(count, &[])?[0].int(0)?, 1);
        Ok(())
    });
    assert_eq!(after, Ok(()));
}

#[test]
fn two_nodes_migrate_at_once() {
    const STEPS: [Migration; 2] = [
        Migration { number: 1, name: "one", sql: "CREATE TABLE one(a BYTES) @clustered" },
        Migration { number: 2, name: "two", sql: "CREATE TABLE two(a BIGINT)" },
    ];
    let Some(server) = TestServer::start() else { return };
    let address = address(&server);
    let applied: usize = thread::scope(|s| {
        let node = || Postgres::open(&address)?.migrate(&STEPS);
        let nodes: Vec<_> = (0..4).map(|_| s.spawn(node)).collect();
        nodes.into_iter().map(|node| node.join().unwrap().unwrap()).sum()
    });
    assert_eq!(applied, 2);
    let mut pg = Postgres::open(&address).unwrap();
    pg.migrate(&STEPS).unwrap();
    assert_eq!(one(&mut pg, "SHOW lock_timeout"), Ok(Cell::Text("10s".to_owned())));
}
