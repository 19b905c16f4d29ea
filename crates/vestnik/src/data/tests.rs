//! The schema under a running hub.

use super::*;
use vestnik_db::Engine;

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
