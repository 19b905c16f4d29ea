//! `cargo xtask new provider NAME`: the skeleton of a provider, which compiles and refuses
//! everything until somebody fills it in.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, bail, ensure};

/// Longest name.
const NAME_CHARS_MAX: usize = 32;
/// Words that can't name a module, or would say nothing.
const RESERVED: [&str; 18] = [
    "all", "as", "async", "const", "crate", "enum", "find", "fn", "impl", "lib", "mod", "scene",
    "self", "static", "struct", "super", "tests", "trait",
];

const ADAPTER: &str = include_str!("new/adapter.rs.txt");
const ADAPTER_TESTS: &str = include_str!("new/adapter_tests.rs.txt");
const PERSONA: &str = include_str!("new/persona.rs.txt");
/// The account of the examples, and the first of them.
const EXAMPLES: [(&str, &str); 2] = [
    ("account", include_str!("new/account.http.txt")),
    ("check_unauthorized", include_str!("new/check_unauthorized.http.txt")),
];

/// A file that is made, or a line that is added before the first line that begins with `before`.
#[derive(Debug, PartialEq, Eq)]
enum Edit {
    File {
        path: String,
        text: String,
    },
    Line {
        path: &'static str,
        before: &'static str,
        text: String,
    },
    /// A module, among the others in order.
    Module {
        path: &'static str,
        mark: &'static str,
        name: String,
    },
    /// In the list of adapters.
    Listed {
        path: &'static str,
        text: String,
    },
}

/// Makes the files and lines of a new provider.
///
/// # Errors
/// If the name is bad or taken, or a file is not as expected; then nothing was changed.
pub(crate) fn provider(root: &Path, name: &str) -> Result<bool> {
    check(name)?;
    let mut ready = Vec::new();
    for edit in edits(name) {
        let (path, text) = apply(root, edit)?;
        match ready.iter_mut().find(|(other, _): &&mut (String, String)| *other == path) {
            Some(_) => bail!("{path} would be changed twice"),
            None => ready.push((path, text)),
        }
    }
    for (path, text) in &ready {
        let file = root.join(path);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).with_context(|| path.clone())?;
        }
        fs::write(&file, text).with_context(|| path.clone())?;
        println!("{path}");
    }
    println!("Then: cargo fmt --all, and docs/adding-a-provider.md");
    Ok(true)
}

/// Letters and digits in words joined by `_`, beginning with a letter.
fn check(name: &str) -> Result<()> {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    ensure!(
        name.len() <= NAME_CHARS_MAX
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.split('_').all(is_word),
        "a name is words of a-z and 0-9 joined by '_', at most {NAME_CHARS_MAX} characters"
    );
    ensure!(!RESERVED.contains(&name), "{name} is a reserved word");
    Ok(())
}

/// The name as a type: `green_api` → `GreenApi`.
fn type_name(name: &str) -> String {
    name.split('_')
        .map(|word| {
            let (first, rest) = word.split_at(word.len().min(1));
            first.to_ascii_uppercase() + rest
        })
        .collect()
}

fn fill(template: &str, name: &str) -> String {
    let label = name.replace('_', "-");
    template.replace("@NAME@", name).replace("@TYPE@", &type_name(name)).replace("@LABEL@", &label)
}

fn edits(name: &str) -> Vec<Edit> {
    let file = |path: String, template: &str| Edit::File { path, text: fill(template, name) };
    let mut edits = vec![
        file(format!("crates/providers/src/{name}.rs"), ADAPTER),
        file(format!("crates/providers/src/tests/{name}.rs"), ADAPTER_TESTS),
        file(format!("crates/twin/src/{name}.rs"), PERSONA),
    ];
    for (example, template) in EXAMPLES {
        let path = format!("crates/providers/fixtures/{name}/{example}.http");
        edits.push(file(path, template));
    }
    let text = format!("    &{name}::PROVIDER,\n");
    edits.push(Edit::Listed { path: "crates/providers/src/lib.rs", text });
    let module = |path, mark| Edit::Module { path, mark, name: name.to_owned() };
    edits.push(module("crates/providers/src/tests.rs", "mod "));
    edits.push(module("crates/twin/src/lib.rs", "pub mod "));
    let ty = type_name(name);
    let text = format!("            Box::new(crate::{name}::{ty}::new()),\n");
    edits.push(Edit::Line { path: "crates/twin/src/twin.rs", before: "        ];", text });
    edits
}

/// The text of a file after an edit.
fn apply(root: &Path, edit: Edit) -> Result<(String, String)> {
    let read = |path: &str| fs::read_to_string(root.join(path)).with_context(|| path.to_owned());
    match edit {
        Edit::File { path, text } => {
            ensure!(!root.join(&path).exists(), "{path} is there already");
            let folder = path.trim_end_matches(".rs");
            ensure!(!root.join(folder).exists(), "{folder} is there already");
            Ok((path, text))
        }
        Edit::Line { path, before, text } => {
            Ok((path.to_owned(), insert(&read(path)?, before, &text)?))
        }
        Edit::Module { path, mark, name } => {
            Ok((path.to_owned(), declared(&read(path)?, mark, &name)?))
        }
        Edit::Listed { path, text } => Ok((path.to_owned(), listed(&read(path)?, &text)?)),
    }
}

/// Adds a line before the first one that begins with `before`.
fn insert(file: &str, before: &str, text: &str) -> Result<String> {
    ensure!(!file.lines().any(|line| line == text.trim_end()), "{} is there", text.trim());
    let mut at = 0;
    for line in file.split_inclusive('\n') {
        if line.starts_with(before) {
            return Ok(format!("{}{text}{}", &file[..at], &file[at..]));
        }
        at += line.len();
    }
    bail!("no line begins with {before}")
}

/// Adds a module after the last of those before it in the alphabet.
fn declared(file: &str, mark: &str, name: &str) -> Result<String> {
    let line = format!("{mark}{name};\n");
    ensure!(!file.lines().any(|other| other == line.trim_end()), "{} is there", line.trim());
    let (mut at, mut place) = (0, None);
    for other in file.split_inclusive('\n') {
        at += other.len();
        if other.starts_with(mark) && (other < line.as_str() || place.is_none()) {
            place = Some(if other < line.as_str() { at } else { at - other.len() });
        }
    }
    let place = place.context("no module is declared")?;
    Ok(format!("{}{line}{}", &file[..place], &file[place..]))
}

/// Adds an adapter to the list of all of them, with its module.
fn listed(file: &str, text: &str) -> Result<String> {
    let name = text.trim().trim_start_matches('&').trim_end_matches("::PROVIDER,");
    let file = declared(file, "mod ", name)?;
    let start = "static ALL: &[&dyn Provider] = &[\n";
    let at = file.find(start).context("the list of adapters")? + start.len();
    let close = file[at..].find("];").context("the end of the list of adapters")? + at;
    let (head, tail) = file.split_at(close);
    Ok(format!("{head}    {}\n{tail}", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_names_are_refused() {
        for good in ["sms", "green_api", "a1", "edna_2"] {
            assert!(check(good).is_ok(), "{good}");
        }
        let long = "a".repeat(33);
        for bad in
            ["", "1a", "_a", "a_", "a__b", "A", "a-b", "../a", "a b", "é", "mod", "tests", &long]
        {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn nothing_is_left_to_fill_in_and_every_name_is_the_providers() {
        for edit in edits("quick_post") {
            let text = match edit {
                Edit::File { text, path } => {
                    let is_example = path.contains("/quick_post/") && path.ends_with(".http");
                    assert!(is_example || path.ends_with("quick_post.rs"), "{path}");
                    text
                }
                Edit::Line { text, .. } | Edit::Listed { text, .. } => text,
                Edit::Module { name, .. } => name,
            };
            assert!(text.contains("quick_post") && !text.contains('@'), "{text}");
        }
        let adapter = fill(ADAPTER, "quick_post");
        assert!(adapter.contains("pub(crate) struct QuickPost;"));
        assert!(adapter.contains("name: \"quick-post\""));
        assert!(!adapter.contains(concat!("todo", "!")), "a skeleton puts nothing off");
    }

    #[test]
    fn a_module_stands_in_the_order_of_the_alphabet() {
        let file = "//! A.\n\nmod b;\nmod d;\n\nuse x;\n";
        for (name, line) in [("a", 2), ("c", 3), ("e", 4)] {
            let added = declared(file, "mod ", name).unwrap();
            assert_eq!(added.lines().nth(line), Some(format!("mod {name};").as_str()), "{added}");
        }
        assert!(declared(file, "mod ", "b").is_err(), "it is taken");
        assert!(declared(file, "pub mod ", "a").is_err(), "there are none");
    }

    #[test]
    fn a_line_is_added_once_where_it_belongs() {
        let file = "mod a;\nmod scene;\n";
        let added = insert(file, "mod scene;", "mod b;\n").unwrap();
        assert_eq!(added, "mod a;\nmod b;\nmod scene;\n");
        assert!(insert(&added, "mod scene;", "mod b;\n").is_err(), "it is taken");
        assert!(insert(file, "mod z;", "mod b;\n").is_err());
    }

    #[test]
    fn the_list_grows_by_one_at_its_end() {
        let head = "mod a;\n\nuse vestnik_provider::Provider;\n\n";
        let list = "static ALL: &[&dyn Provider] = &[\n    &a::PROVIDER,\n];\n";
        let grown = listed(&format!("{head}{list}"), "    &b::PROVIDER,\n").unwrap();
        let expected = "mod a;\nmod b;\n\nuse vestnik_provider::Provider;\n\n\
            static ALL: &[&dyn Provider] = &[\n    &a::PROVIDER,\n    &b::PROVIDER,\n];\n";
        assert_eq!(grown, expected);
        assert!(listed(head, "    &b::PROVIDER,\n").is_err(), "there is no list");
    }

    #[test]
    fn the_places_are_there_and_taken_names_are_refused() {
        let root = crate::root().unwrap();
        for edit in edits("quick_post") {
            apply(&root, edit).unwrap();
        }
        for taken in ["green_api", "twilio"] {
            let results = edits(taken).into_iter().map(|edit| apply(&root, edit));
            assert!(results.filter(Result::is_err).count() >= 3, "{taken}");
        }
    }
}
