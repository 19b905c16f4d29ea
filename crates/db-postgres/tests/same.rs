//! One SQL text gives one result on SQLite and PostgreSQL, for random rows too.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{cell::RefCell, collections::BTreeMap};

use proptest::{
    collection::vec,
    option,
    prelude::{Just, Strategy, any, prop_oneof},
    test_runner::{Config, TestCaseError, TestRunner},
};
use vestnik_db::{Cell, DbError, Engine, Row, Rows, Value, migration};
use vestnik_db_postgres::{Address, Postgres, server::TestServer};

/// How many random sets are tried.
const CASES: u32 = 48;

const STEPS: [migration::Migration; 1] = [migration::Migration {
    number: 1,
    name: "notes",
    sql: "CREATE TABLE note(owner BIGINT NOT NULL, id BIGINT NOT NULL, a TEXT, b BYTES, n BIGINT, \
          PRIMARY KEY (owner, id)) @clustered",
}];
const INSERT: &str = "INSERT INTO note(owner, id, a, b, n) \
    @values(owner bigint, id bigint, a text, b bytes, n bigint) \
    ON CONFLICT (owner, id) DO UPDATE SET a = excluded.a, b = excluded.b, n = excluded.n";
const ALL: &str = "SELECT owner, id, a, b, n FROM note ORDER BY owner, id";

/// Runs the same work on both, and wants the same of both.
fn both<T: PartialEq + std::fmt::Debug>(
    engines: &mut [Box<dyn Engine>; 2],
    mut work: impl FnMut(&mut dyn Engine) -> Result<T, DbError>,
) -> T {
    let [lite, pg] = engines;
    let (on_lite, on_pg) = (work(lite.as_mut()).unwrap(), work(pg.as_mut()).unwrap());
    assert_eq!(on_lite, on_pg);
    on_pg
}

fn engines(server: &TestServer) -> [Box<dyn Engine>; 2] {
    let address = Address::parse(&server.database()).unwrap();
    let lite = vestnik_db_sqlite::open_in_memory().unwrap();
    let mut engines: [Box<dyn Engine>; 2] =
        [Box::new(lite), Box::new(Postgres::open(&address).unwrap())];
    both(&mut engines, |engine| migration::migrate(engine, &STEPS));
    both(&mut engines, |engine| migration::migrate(engine, &STEPS));
    engines
}

fn sorted(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort_by_key(|row| (row.int(0).unwrap(), row.int(1).unwrap()));
    rows
}

#[test]
fn the_same_statements_give_the_same() {
    let Some(server) = TestServer::start() else { return };
    let mut engines = engines(&server);
    let mut rows = Rows::new();
    for id in 0..20 {
        let text = if id % 3 == 0 { Value::Null } else { Value::Text("текст") };
        rows.push([Value::Int(id % 2), Value::Int(id), text, Value::Bytes(&[7]), Value::Int(id)]);
    }
    both(&mut engines, |engine| engine.begin());
    assert_eq!(both(&mut engines, |engine| engine.execute_rows(INSERT, &rows)), 20);
    assert_eq!(both(&mut engines, |engine| engine.execute_rows(INSERT, &rows)), 20);
    both(&mut engines, |engine| engine.commit());
    assert_eq!(both(&mut engines, |engine| engine.query(ALL, &[])).len(), 20);
    let page = "SELECT id FROM note WHERE (owner, id) > ($1, $2) AND a IS NOT NULL \
                ORDER BY owner, id LIMIT $3";
    let cursor = [Value::Int(0), Value::Int(6), Value::Int(5)];
    assert_eq!(both(&mut engines, |engine| engine.query(page, &cursor)).len(), 5);
    let totals = "SELECT owner, COUNT(*), SUM(n), MAX(n), MIN(a), COUNT(*) > 3 FROM note \
                  GROUP BY owner ORDER BY owner";
    assert_eq!(both(&mut engines, |engine| engine.query(totals, &[])).len(), 2);
    sets_of_keys(&mut engines);
}

fn sets_of_keys(engines: &mut [Box<dyn Engine>; 2]) {
    let mut keys = Rows::new();
    for id in [4, 5, 99] {
        keys.push([Value::Int(id % 2), Value::Int(id), Value::Text("new")]);
    }
    let update = "UPDATE note SET a = @r.a FROM @rows(owner bigint, id bigint, a text) \
                  WHERE note.owner = @r.owner AND note.id = @r.id RETURNING note.owner, note.id";
    let changed = both(engines, |engine| engine.query_rows(update, &keys).map(sorted));
    assert_eq!(changed.len(), 2);
    let select = "SELECT note.owner, note.id, note.a \
                  FROM note, @rows(owner bigint, id bigint, a text) \
                  WHERE note.owner = @r.owner AND note.id = @r.id AND note.a = @r.a";
    let found = both(engines, |engine| engine.query_rows(select, &keys).map(sorted));
    assert_eq!(found[0].0, [Cell::Int(0), Cell::Int(4), Cell::Text("new".to_owned())]);
    let delete = "DELETE FROM note USING @rows(owner bigint, id bigint, a text) \
                  WHERE note.owner = @r.owner AND note.id = @r.id AND note.a = @r.a";
    assert_eq!(both(engines, |engine| engine.execute_rows(delete, &keys)), 2);
    assert_eq!(both(engines, |engine| engine.query(ALL, &[])).len(), 18);
    assert_eq!(both(engines, |engine| engine.execute("DELETE FROM note", &[])), 18);
}

#[derive(Debug, Clone)]
struct Note {
    owner: i64,
    id: i64,
    a: Option<String>,
    b: Option<Vec<u8>>,
    n: Option<i64>,
}

fn note() -> impl Strategy<Value = Note> {
    let extreme = prop_oneof![Just(i64::MIN), Just(i64::MAX), -2..2_i64, any::<i64>()];
    let text = vec(any::<char>().prop_filter("not kept", |c| *c != '\0'), 0..20);
    let text = text.prop_map(|chars| chars.into_iter().collect());
    let bytes = option::of(vec(any::<u8>(), 0..40));
    (0..3_i64, 0..6_i64, option::of(text), bytes, option::of(extreme))
        .prop_map(|(owner, id, a, b, n)| Note { owner, id, a, b, n })
}

/// The keys of one set are distinct: of twins the last stays.
fn distinct(notes: &[Note]) -> BTreeMap<(i64, i64), &Note> {
    notes.iter().map(|note| ((note.owner, note.id), note)).collect()
}

#[test]
fn random_rows_come_back() {
    let Some(server) = TestServer::start() else { return };
    let engines = RefCell::new(engines(&server));
    let mut runner =
        TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    let result = runner.run(&vec(note(), 1..30), |notes| {
        let notes = distinct(&notes);
        let read = write_and_read(&mut engines.borrow_mut(), &notes);
        let wanted: Vec<Row> = notes.values().map(|note| cells(note)).collect();
        if read == wanted { Ok(()) } else { Err(TestCaseError::fail(format!("read {read:?}"))) }
    });
    result.unwrap();
}

fn write_and_read(
    engines: &mut [Box<dyn Engine>; 2],
    notes: &BTreeMap<(i64, i64), &Note>,
) -> Vec<Row> {
    let mut rows = Rows::new();
    for note in notes.values() {
        rows.push([
            note.owner.into(),
            note.id.into(),
            note.a.as_deref().into(),
            note.b.as_deref().into(),
            note.n.into(),
        ]);
    }
    both(engines, |engine| engine.begin());
    both(engines, |engine| engine.execute("DELETE FROM note", &[]));
    both(engines, |engine| engine.execute_rows(INSERT, &rows));
    both(engines, |engine| engine.commit());
    both(engines, |engine| engine.query(ALL, &[]))
}

fn cells(note: &Note) -> Row {
    let text = |a: &String| Cell::Text(a.clone());
    Row(vec![
        Cell::Int(note.owner),
        Cell::Int(note.id),
        note.a.as_ref().map_or(Cell::Null, text),
        note.b.clone().map_or(Cell::Null, Cell::Bytes),
        note.n.map_or(Cell::Null, Cell::Int),
    ])
}
