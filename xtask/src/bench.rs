//! The load generator against a hub of the same build.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use crate::cargo;

/// Builds both for release and runs the generator with `args`. Whether it succeeded.
pub(crate) fn run(root: &Path, args: &[&str]) -> Result<bool> {
    let built = Command::new(cargo())
        .args(["build", "--release", "-p", "vestnik", "-p", "vestnik-bench"])
        .current_dir(root)
        .status()
        .context("cargo")?;
    if !built.success() {
        return Ok(false);
    }
    // Without the name of a scenario it is the plain one.
    let is_named = args.first().is_some_and(|first| !first.starts_with('-'));
    let status = Command::new(target(root).join("release/vestnik-bench"))
        .args((!is_named).then_some("run"))
        .args(args)
        .current_dir(root)
        .status()
        .context("vestnik-bench")?;
    Ok(status.success())
}

fn target(root: &Path) -> PathBuf {
    // A relative one is relative to where cargo was called; cargo runs us there too.
    env::var_os("CARGO_TARGET_DIR").map_or_else(
        || root.join("target"),
        |dir| env::current_dir().unwrap_or_else(|_| root.to_owned()).join(dir),
    )
}
