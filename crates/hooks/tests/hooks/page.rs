//! The page about hooks, kept true: what is made from lists and files stands between marks.
//! `UPDATE_GOLDEN=1` writes it anew.

use std::{env, fmt::Write, fs};
use vestnik_hooks::{
    event::EventName,
    mapping, parameter, source,
    template::{DEFAULT_TEMPLATE, VARIABLES},
    url_hook::Kind,
};
use vestnik_model::language::Language;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/hooks.md");

/// The parameters of all hooks: those of one hook first, then what they have in common.
fn parameters() -> String {
    let mut out = String::new();
    let row = |out: &mut String, one: &parameter::Parameter| {
        let names = std::iter::once(&one.name).chain(one.aliases);
        let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
        let default = match [one.default(Language::Ru), one.default(Language::En)] {
            _ if one.required => "needed".to_owned(),
            ["", _] => "–".to_owned(),
            [ru, en] if ru == en => ru.to_owned(),
            [ru, en] => format!("{ru}; in English {en}"),
        };
        let meaning = one.meaning(Language::En);
        writeln!(out, "| {} | {meaning} | {default} |", names.join(", ")).unwrap();
    };
    let head = "| Parameter | Meaning | Default |\n| --- | --- | --- |\n";
    for kind in Kind::ALL {
        write!(out, "**`/webhook/{}`**\n\n{head}", kind.segment()).unwrap();
        for one in parameter::of(kind).filter(|one| one.kinds.len() < Kind::ALL.len()) {
            row(&mut out, one);
        }
        out.push('\n');
    }
    write!(out, "**All hooks**\n\n{head}").unwrap();
    for one in parameter::PARAMETERS.iter().filter(|one| one.kinds.len() == Kind::ALL.len()) {
        row(&mut out, one);
    }
    out
}

fn table<'a>(head: &str, rows: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = format!("| {head} | Meaning |\n| --- | --- |\n");
    for (name, meaning) in rows {
        writeln!(out, "| `{name}` | {meaning} |").unwrap();
    }
    out
}

fn fenced(kind: &str, text: &str) -> String {
    format!("```{kind}\n{}\n```\n", text.trim_end())
}

fn events() -> String {
    let names: Vec<_> = EventName::all().map(|name| format!("`{}`", name.code())).collect();
    let mut out = String::from(" ");
    let mut width = 1;
    for (index, name) in names.iter().enumerate() {
        let border = if index + 1 == names.len() { "." } else { "," };
        if width + name.len() > 97 {
            out.push_str("\n ");
            width = 1;
        }
        width += name.len() + 2;
        write!(out, " {name}{border}").unwrap();
    }
    out + "\n"
}

/// The page with a part between its marks replaced.
fn with(page: &str, name: &str, part: &str) -> String {
    let begin = page.find(&format!("<!-- begin {name}:")).unwrap_or_else(|| panic!("{name}"));
    let begin = begin + page[begin..].find('\n').unwrap() + 1;
    let end = begin + page[begin..].find(&format!("<!-- end {name} -->")).unwrap();
    let indent = page[begin..end].rfind('\n').map_or(begin, |at| begin + at + 1);
    let indent = &page[indent..end];
    let indent = if indent.trim().is_empty() { indent } else { "" };
    let gap = if indent.is_empty() { "\n" } else { "" };
    format!("{}{gap}{part}{gap}{indent}{}", &page[..begin], &page[end..])
}

#[test]
fn the_page_about_hooks_is_true() {
    let written = fs::read_to_string(PAGE).unwrap();
    let sample = include_str!("../../fixtures/golden/sample.ru.txt");
    let json = source::find("json").unwrap().sample();
    let fields = mapping::FIELDS.iter().map(|field| (field.name, field.meaning[1]));
    let variables = VARIABLES.iter().map(|variable| (variable.name, variable.meaning[1]));
    let parts = [
        ("parameters", parameters()),
        ("sample", fenced("text", &sample.replace('*', "**"))),
        ("variables", table("Name", variables)),
        ("template", fenced("text", DEFAULT_TEMPLATE)),
        ("json", fenced("json", json)),
        ("fields", table("Field", fields)),
        ("events", events()),
    ];
    let page = parts.iter().fold(written.clone(), |page, (name, part)| with(&page, name, part));
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(PAGE, page).unwrap();
        return;
    }
    assert!(page == written, "docs/hooks.md is out of date (UPDATE_GOLDEN=1 writes it)");
}
