//! The conformance suite on SQLite, in memory.

#[test]
fn sqlite_conforms() {
    vestnik_store::conformance::exercise(&mut || {
        Box::new(vestnik_db_sqlite::open_in_memory().expect("a database in memory"))
    });
}
