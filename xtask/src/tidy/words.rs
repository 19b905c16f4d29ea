//! What must not stand in a text, and what must.

use std::{fs, path::Path};

use super::{
    Violation, law,
    source::Source,
    text::{line_of, word_positions},
};

/// Clocks, threads and the machine: not in a pure crate.
const IMPURE: [&str; 6] =
    ["SystemTime::now", "Instant::now", "std::env", "std::fs", "std::net", "thread::spawn"];
/// Work that was put off, in code and in comments. In two halves, or this file would be found.
const PUT_OFF: [&str; 3] =
    [concat!("todo", "!("), concat!("unimplemented", "!("), concat!("FIX", "ME")];
/// Paths of one machine.
const MACHINE: [&str; 3] =
    [concat!("\"/", "home/"), concat!("\"/", "root/"), concat!("\"/", "tmp/")];
/// The least lines that a crate says of itself.
const CRATE_DOC_LINES: usize = 5;

/// Every word that is out of place in a file.
pub(crate) fn check(source: &Source) -> Vec<Violation> {
    let path = &source.path;
    let mut found = Vec::new();
    if law::is_pure(&source.krate) && path.starts_with(&format!("{}/src/", source.directory)) {
        for word in IMPURE {
            found.extend(word_positions(&source.product, word).map(|at| {
                let what = format!("{word} in a pure crate");
                let mend = "take it as an argument";
                Violation::new(path, line_of(&source.product, at), what, mend)
            }));
        }
    }
    for word in PUT_OFF {
        found.extend(source.text.match_indices(word).map(|(at, _)| {
            let what = format!("{word} puts work off");
            Violation::new(path, line_of(&source.text, at), what, "do it, or open an issue")
        }));
    }
    for word in MACHINE {
        found.extend(source.literals.match_indices(word).map(|(at, _)| {
            let mend = "take it from the settings or the environment";
            Violation::new(path, line_of(&source.literals, at), "a path of one machine", mend)
        }));
    }
    found.extend(crate_doc(source));
    found
}

fn crate_doc(source: &Source) -> Option<Violation> {
    let root = format!("{}/src/", source.directory);
    let is_root = matches!(source.path.strip_prefix(&root), Some("lib.rs" | "main.rs"));
    let lines = source.text.lines().take_while(|line| line.starts_with("//!")).count();
    (is_root && lines < CRATE_DOC_LINES).then(|| {
        let what = format!("the crate says {lines} lines of itself, fewer than {CRATE_DOC_LINES}");
        let mend = "begin with //! what it is, what it is not, where to start";
        Violation::new(&source.path, 1, what, mend)
    })
}

/// The two languages of the first page have the same headings, if there are both.
pub(crate) fn headings(root: &Path) -> Option<Violation> {
    let read = |name| fs::read_to_string(root.join(name)).ok().map(|text| heading_count(&text));
    let (english, russian) = (read("README.md")?, read("README.ru.md")?);
    (english != russian).then(|| {
        let what = format!("{russian} headings, and README.md has {english}");
        Violation::new("README.ru.md", 1, what, "bring the two to the same structure")
    })
}

fn heading_count(text: &str) -> usize {
    let mut is_code = false;
    let mut count = 0;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code && line.starts_with('#') {
            count += 1;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(krate: &str, text: &str) -> Vec<usize> {
        let path = "crates/x/src/a.rs".to_owned();
        let source = Source::new(krate, "crates/x", path, text.to_owned());
        check(&source).into_iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn a_pure_crate_has_no_clock() {
        let text = "// Instant::now\nfn a() { Instant::now() }\nuse std::fs;\n\
                    #[cfg(test)]\nmod tests { use std::env; }\nlet x = \"std::net\";";
        assert_eq!(lines("vestnik-engine", text), [2, 3]);
        assert_eq!(lines("vestnik-net", text), [0_usize; 0]);
    }

    #[test]
    fn work_is_not_put_off() {
        assert_eq!(lines("x", &format!("\n// {}: later", concat!("FIX", "ME"))), [2]);
        assert_eq!(lines("x", concat!("fn a() { todo", "!() }")), [1]);
    }

    #[test]
    fn paths_of_a_machine_are_found_outside_tests() {
        let path = concat!("\"/", "tmp/x\"");
        let text = format!("// {path}\nlet a = {path};\n#[cfg(test)]\nmod t {{ let a = {path}; }}");
        assert_eq!(lines("x", &text), [2]);
    }

    #[test]
    fn headings_are_counted_outside_code() {
        assert_eq!(heading_count("# a\n\n## b\n```sh\n# no\n```\ntext # c\n"), 2);
    }
}
