//! Long functions, and the ratchet of those that are let be.

use std::collections::BTreeMap;

use super::{
    Violation,
    source::Source,
    text::{closing, find_outside, is_word, line_of, word_positions},
};

/// The most lines a function may have, from its `fn` to its closing bracket.
const LINES_MAX: usize = 70;

/// Long functions by file and name, with their lines.
pub(crate) type Long = BTreeMap<(String, String), usize>;

/// Reads the ratchet: a line each of file, name, lines.
pub(crate) fn parse(text: &str) -> Long {
    let entry = |line: &str| {
        let mut words = line.split_whitespace();
        let key = (words.next()?.to_owned(), words.next()?.to_owned());
        Some((key, words.next()?.parse().ok()?))
    };
    text.lines().filter(|line| !line.starts_with('#')).filter_map(entry).collect()
}

/// The ratchet as it may be now: entries that are no longer long leave it, others only shrink.
pub(crate) fn shrunk(sources: &[Source], ratchet: &Long) -> String {
    let now = long(sources);
    let mut out = String::from("# Functions over 70 lines: file, name, lines. Only shrinks.\n");
    for ((path, name), lines) in ratchet {
        if let Some((now, _)) = now.get(&(path.clone(), name.clone())) {
            out.push_str(&format!("{path} {name} {}\n", now.min(lines)));
        }
    }
    out
}

/// Functions that are long and not let be, and entries of the ratchet that could shrink.
pub(crate) fn check(sources: &[Source], ratchet: &Long, ratchet_path: &str) -> Vec<Violation> {
    let now = long(sources);
    let mut found = Vec::new();
    for ((path, name), (lines, at)) in &now {
        let allowed = ratchet.get(&(path.clone(), name.clone())).copied().unwrap_or(LINES_MAX);
        if *lines > allowed {
            let what = format!("fn {name} has {lines} lines, more than {allowed}");
            found.push(Violation::new(path, *at, what, "give a part of it a name of its own"));
        }
    }
    for (i, (key, lines)) in ratchet.iter().enumerate() {
        let left = now.get(key).map_or(0, |(lines, _)| *lines);
        if left < *lines {
            let what = format!("fn {} of {} is shorter than {lines} by now", key.1, key.0);
            found.push(Violation::new(ratchet_path, i + 2, what, "run cargo xtask tidy --shrink"));
        }
    }
    found
}

/// Every long function: lines, and where it begins. Of namesakes in a file the longest.
fn long(sources: &[Source]) -> BTreeMap<(String, String), (usize, usize)> {
    let mut found = BTreeMap::new();
    for source in sources {
        for (name, at, lines) in functions(&source.code) {
            if lines > LINES_MAX {
                let entry = found.entry((source.path.clone(), name)).or_insert((0, 0));
                *entry = (*entry).max((lines, at));
            }
        }
    }
    found
}

/// Name, first line and length of every function with a body.
fn functions(code: &str) -> impl Iterator<Item = (String, usize, usize)> + '_ {
    word_positions(code, "fn").filter_map(|at| {
        let rest = code[at + 2..].trim_start();
        let name: String = rest.chars().take_while(|c| is_word_char(*c)).collect();
        // A type `fn(u8)` has no name.
        if name.is_empty() {
            return None;
        }
        let open = find_outside(code, at, b"{;")?;
        if code.as_bytes()[open] == b';' {
            return None;
        }
        let (from, to) = (line_of(code, at), line_of(code, closing(code, open)));
        Some((name, from, to - from + 1))
    })
}

fn is_word_char(c: char) -> bool {
    u8::try_from(c).map_or(true, is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(lines: usize) -> [Source; 1] {
        let body = "    x();\n".repeat(lines - 2);
        let text = format!("/// fn a() {{\nfn a(x: [u8; 4])\n{{{body}}}\ntype F = fn(u8);\n");
        [Source::new("x", "crates/x", "crates/x/src/a.rs".to_owned(), text)]
    }

    #[test]
    fn functions_are_measured() {
        let code =
            "fn a<F: Fn()>(f: F) -> [u8; 2]\nwhere\n    F: Copy,\n{\n    fn b() {}\n}\nfn c();";
        let found: Vec<_> = functions(code).collect();
        assert_eq!(found, [("a".to_owned(), 1, 6), ("b".to_owned(), 5, 1)]);
    }

    #[test]
    fn the_ratchet_only_shrinks() {
        let count = |lines, ratchet: &str| check(&source(lines), &parse(ratchet), "r").len();
        assert_eq!(count(70, ""), 0);
        assert_eq!(count(71, ""), 1);
        assert_eq!(count(90, "# long\ncrates/x/src/a.rs a 90\n"), 0);
        assert_eq!(count(91, "crates/x/src/a.rs a 90\n"), 1, "it grew");
        assert_eq!(count(89, "crates/x/src/a.rs a 90\n"), 1, "the entry is to shrink");
        assert_eq!(count(9, "crates/x/src/a.rs a 90\n"), 1, "the entry is to go");
        let ratchet = parse("crates/x/src/a.rs a 90\ncrates/x/src/b.rs b 80\n");
        let text = shrunk(&source(80), &ratchet);
        assert_eq!(parse(&text), parse("crates/x/src/a.rs a 80\n"));
    }
}
