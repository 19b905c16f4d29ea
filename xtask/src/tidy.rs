//! The rules of the house that no compiler knows.

mod function;
mod law;
mod manifest;
mod reach;
mod size;
mod source;
mod text;
mod words;

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use source::Source;

/// The functions that were long when the rule came, or that a maintainer let be; it only shrinks.
const RATCHET: &str = "xtask/long-functions.txt";

/// A broken rule: where, what, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    path: String,
    line: usize,
    what: String,
    mend: String,
}

impl Violation {
    fn new(path: &str, line: usize, what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into(), mend: mend.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}; {}", self.path, self.line, self.what, self.mend)
    }
}

/// Checks every rule and prints what breaks one. Whether nothing does.
///
/// # Errors
/// If a file can't be read, or cargo can't describe the workspace.
pub(crate) fn run(root: &Path) -> Result<bool> {
    let (members, sources) = read(root)?;
    let ratchet = fs::read_to_string(root.join(RATCHET)).unwrap_or_default();
    let mut found = law::check(&members);
    found.extend(manifest::check(root, &members)?);
    found.extend(function::check(&sources, &function::parse(&ratchet), RATCHET));
    for source in &sources {
        found.extend(size::check(source));
        found.extend(words::check(source));
    }
    found.extend(reach::dead(&sources));
    found.extend(words::headings(root));
    found.sort();
    found.dedup();
    for warning in sources.iter().filter_map(size::warn) {
        println!("warning: {warning}");
    }
    for violation in &found {
        println!("{violation}");
    }
    println!("tidy: {} files, {} violations", sources.len(), found.len());
    Ok(found.is_empty())
}

/// Lowers the ratchet to what the functions are now. It never rises here.
///
/// # Errors
/// If a file can't be read or written.
pub(crate) fn shrink(root: &Path) -> Result<bool> {
    let (_, sources) = read(root)?;
    let path = root.join(RATCHET);
    let ratchet = function::parse(&fs::read_to_string(&path).unwrap_or_default());
    fs::write(&path, function::shrunk(&sources, &ratchet)).context("the ratchet")?;
    run(root)
}

fn read(root: &Path) -> Result<(Vec<law::Member>, Vec<Source>)> {
    let members = manifest::members(root)?;
    let mut sources = Vec::new();
    for member in &members {
        let mut files = Vec::new();
        walk(&root.join(&member.directory), &mut files)?;
        files.sort();
        for file in files {
            let path = file.strip_prefix(root).unwrap_or(&file).to_string_lossy().into_owned();
            let text = fs::read_to_string(&file).with_context(|| path.clone())?;
            sources.push(Source::new(&member.name, &member.directory, path, text));
        }
    }
    let tests = reach::tests(&sources);
    for source in sources.iter_mut().filter(|source| tests.contains(&source.path)) {
        source.make_test();
    }
    Ok((members, sources))
}

fn walk(directory: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(directory).with_context(|| directory.display().to_string())? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let is_other = name.to_string_lossy().starts_with('.') || name == "target";
        if entry.file_type()?.is_dir() && !is_other && name != "node_modules" {
            walk(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}
