//! Files that no `mod` reaches, and files that only tests reach.

use std::collections::{BTreeMap, BTreeSet};

use super::{Violation, source::Source, text::word_positions};

/// Files under `src` that no root of their crate reaches.
pub(crate) fn dead(sources: &[Source]) -> Vec<Violation> {
    let reached = reach(sources, |source| &source.code);
    let is_dead = |source: &&Source| is_of_src(source) && !reached.contains(&source.path);
    let mend = "add its mod line, or delete it";
    let violation = |source: &Source| Violation::new(&source.path, 1, "no mod reaches it", mend);
    sources.iter().filter(is_dead).map(violation).collect()
}

/// Files under `src` that are reached, but by no product code.
pub(crate) fn tests(sources: &[Source]) -> BTreeSet<String> {
    let all = reach(sources, |source| &source.code);
    let product = reach(sources, |source| &source.product);
    all.difference(&product).cloned().collect()
}

fn is_of_src(source: &Source) -> bool {
    source.path.starts_with(&format!("{}/src/", source.directory))
}

/// Walks from the roots of every crate along the `mod` lines of what `code` shows.
fn reach(sources: &[Source], code: impl Fn(&Source) -> &str) -> BTreeSet<String> {
    let by_path: BTreeMap<&str, &Source> = sources.iter().map(|s| (s.path.as_str(), s)).collect();
    let mut open: Vec<&Source> = sources.iter().filter(|source| is_root(source)).collect();
    let mut reached = BTreeSet::new();
    while let Some(source) = open.pop() {
        if !reached.insert(source.path.clone()) {
            continue;
        }
        let children = children(source, code(source));
        open.extend(children.iter().filter_map(|path| by_path.get(path.as_str())));
    }
    reached
}

fn is_root(source: &Source) -> bool {
    let src = format!("{}/src/", source.directory);
    let inner = source.path.strip_prefix(&src);
    inner.is_some_and(|p| p == "lib.rs" || p == "main.rs" || p.starts_with("bin/"))
}

/// The paths at which the modules of a file may lie.
fn children(source: &Source, code: &str) -> Vec<String> {
    let (directory, name) = source.path.rsplit_once('/').unwrap_or_default();
    let stem = name.trim_end_matches(".rs");
    let is_top = is_root(source) || stem == "mod";
    let base = if is_top { directory.to_owned() } else { format!("{directory}/{stem}") };
    let mut found = Vec::new();
    for at in word_positions(code, "mod") {
        let rest = code[at + 3..].trim_start();
        let Some((child, _)) = rest.split_once([';', '{', '(']) else { continue };
        let child = child.trim().trim_start_matches("r#");
        let is_file = rest[child.len()..].trim_start().starts_with(';');
        if is_file {
            found.push(format!("{base}/{child}.rs"));
            found.push(format!("{base}/{child}/mod.rs"));
        }
    }
    // A file that is included, or put at a path of its own, is named in a literal of the line.
    let named = source.text.lines().filter(|l| l.contains("include!(") || l.contains("#[path"));
    for line in named {
        if let Some(file) = line.split('"').nth(1) {
            found.push(format!("{directory}/{file}"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> Vec<Source> {
        let source = |(path, text): &(&str, &str)| {
            let path = format!("crates/x/{path}");
            Source::new("x", "crates/x", path, (*text).to_owned())
        };
        files.iter().map(source).collect()
    }

    #[test]
    fn files_without_a_mod_are_dead() {
        let sources = tree(&[
            ("src/lib.rs", "mod a; pub(crate) mod b;\n// mod e;\ninclude!(\"table.rs\");"),
            ("src/a.rs", "mod c;"),
            ("src/a/c.rs", ""),
            ("src/b/mod.rs", "mod d;"),
            ("src/b/d.rs", ""),
            ("src/e.rs", ""),
            ("src/table.rs", ""),
            ("tests/f.rs", ""),
        ]);
        let dead: Vec<String> = dead(&sources).into_iter().map(|v| v.path).collect();
        assert_eq!(dead, ["crates/x/src/e.rs"]);
    }

    #[test]
    fn files_behind_a_test_mod_are_tests() {
        let sources = tree(&[
            ("src/lib.rs", "mod a;\n#[cfg(test)]\nmod check;"),
            ("src/a.rs", ""),
            ("src/check.rs", "mod deep;"),
            ("src/check/deep.rs", ""),
        ]);
        let tests: Vec<String> = tests(&sources).into_iter().collect();
        assert_eq!(tests, ["crates/x/src/check.rs", "crates/x/src/check/deep.rs"]);
    }
}
