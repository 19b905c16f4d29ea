//! Texts against files. `UPDATE_GOLDEN=1` writes them anew: read what changed before it is kept.

use std::{env, fs, path::PathBuf};

/// Compares a text with `fixtures/golden/{name}.txt`.
pub fn check(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/golden")
        .join(format!("{name}.txt"));
    let text = format!("{text}\n");
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, text).unwrap();
        return;
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "{name}: the text changed (UPDATE_GOLDEN=1 keeps it)\n--- kept\n{kept}--- now\n{text}"
    );
}
