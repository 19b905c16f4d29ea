//! The manifests of the workspace.

use std::{fs, path::Path, process::Command};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::{
    Violation,
    law::{Dependency, Member},
};
use crate::cargo;

/// The crates of the workspace, as cargo sees them.
pub(crate) fn members(root: &Path) -> Result<Vec<Member>> {
    let output = Command::new(cargo())
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root)
        .output()
        .context("cargo metadata")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    let packages = metadata["packages"].as_array().context("no packages")?;
    packages.iter().map(|package| member(root, package)).collect()
}

fn member(root: &Path, package: &Value) -> Result<Member> {
    let text = |value: &Value| value.as_str().map(str::to_owned).context("not a text");
    let manifest = text(&package["manifest_path"])?;
    let directory = Path::new(&manifest).parent().context("no directory")?;
    // Cargo tells the real path; the root may have been reached by a link.
    let real = root.canonicalize()?;
    let directory = directory.strip_prefix(root).or_else(|_| directory.strip_prefix(&real))?;
    let lines = fs::read_to_string(&manifest).with_context(|| manifest.clone())?;
    let mut dependencies = Vec::new();
    for dependency in package["dependencies"].as_array().into_iter().flatten() {
        // The law is the product's: a test may name what it tests with.
        if dependency["kind"].as_str() != Some("dev") {
            let name = text(&dependency["name"])?;
            let line = line_of(&lines, &name);
            dependencies.push(Dependency { name, line });
        }
    }
    let name = text(&package["name"])?;
    Ok(Member { name, directory: directory.to_string_lossy().into_owned(), dependencies })
}

/// The line that names a dependency.
fn line_of(manifest: &str, name: &str) -> usize {
    let is_of = |line: &str| {
        let rest = line.trim_start().strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
    };
    manifest.lines().position(is_of).map_or(1, |i| i + 1)
}

/// Every crate obeys the workspace's lints.
pub(crate) fn check(root: &Path, members: &[Member]) -> Result<Vec<Violation>> {
    let mut found = Vec::new();
    for member in members {
        let path = format!("{}/Cargo.toml", member.directory);
        let text = fs::read_to_string(root.join(&path)).with_context(|| path.clone())?;
        if !has_lints(&text) {
            let what = "the crate does not obey the workspace's lints";
            found.push(Violation::new(&path, 1, what, "add [lints] workspace = true"));
        }
    }
    Ok(found)
}

fn has_lints(manifest: &str) -> bool {
    let table: toml::Table = manifest.parse().unwrap_or_default();
    let lints = table.get("lints").and_then(toml::Value::as_table);
    lints.and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lints_are_found() {
        assert!(has_lints("[package]\nname = \"x\"\n[lints]\nworkspace = true\n"));
        assert!(!has_lints("[package]\nname = \"x\"\n[lints]\nworkspace = false\n"));
        assert!(!has_lints("[package]\nname = \"x\"\n"));
    }

    #[test]
    fn a_dependency_has_a_line() {
        let manifest = "[dependencies]\nvestnik-db-sqlite.workspace = true\nvestnik-db = {}\n";
        assert_eq!(line_of(manifest, "vestnik-db"), 3);
        assert_eq!(line_of(manifest, "serde"), 1);
    }
}
