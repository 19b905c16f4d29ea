//! The schema under a running hub.

use super::*;
use vestnik_db::{Engine, Value};

/// A folder of a test's own that is not there yet.
pub(crate) fn empty(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("vestnik-{}-{name}", std::process::id()));
    if path.exists() {
        fs::remove_dir_all(&path).unwrap();
    }
    path
}

#[test]
fn the_schema_never_changes_under_a_running_hub() {
    let data = DataFolder::open_or_create(&empty("schema")).unwrap();
    let mut older = vestnik_db_sqlite::open(&data.database()).unwrap();
    migrate(&mut older, &MIGRATIONS[..MIGRATIONS.len() - 1]).unwrap();
    let held = data.lock().unwrap();
    let said = data.writer_beside_hub().err().unwrap().to_string();
    assert!(said.contains("an older version of the hub runs"), "{said}");
    let said = data.look(|_| Ok(())).unwrap_err().to_string();
    assert!(said.contains("is of an older version"), "{said}");
    assert_eq!(data.pending_steps().unwrap(), 1, "nothing was changed");
    drop(held);
    data.writer_beside_hub().unwrap();
    data.look(|_| Ok(())).unwrap();
    let held = data.lock().unwrap();
    let mut beside = data.writer_beside_hub().unwrap();
    beside.begin().unwrap();
    beside.rollback();
    drop(held);
    fs::remove_dir_all(&data.0).unwrap();
}

#[test]
fn a_newer_database_is_refused_by_those_that_only_look_too() {
    let data = DataFolder::open_or_create(&empty("newer")).unwrap();
    let mut newer = data.writer_beside_hub().unwrap();
    let step = [Value::Int(1_000), Value::Text("later"), Value::Int(0)];
    newer
        .execute("INSERT INTO migration(number, name, checksum) VALUES ($1, $2, $3)", &step)
        .unwrap();
    let looked = format!("{:#}", data.look(|_| Ok(())).unwrap_err());
    let written = format!("{:#}", data.writer_beside_hub().err().unwrap());
    for said in [looked, written] {
        assert!(said.contains("written by a newer version"), "{said}");
    }
    fs::remove_dir_all(&data.0).unwrap();
}
