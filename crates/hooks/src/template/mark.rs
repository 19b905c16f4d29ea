//! `**…**` in a template's own words is bold; a value's asterisks are its own.

use super::scan::LINE_MARK;
use vestnik_model::content::{Bold, Marked};

/// Stands for a value's asterisk until the marks are read. A noncharacter: no text holds it.
const ASTERISK: char = '\u{fdd0}';

/// A value as it is written out.
pub(super) fn guard(value: &str) -> String {
    value
        .chars()
        .filter(|c| *c != ASTERISK && *c != LINE_MARK)
        .map(|c| if c == '*' { ASTERISK } else { c })
        .collect()
}

/// What a template wrote, tidied: lines that came out empty are gone, blank lines are single,
/// nothing hangs over at the ends, and the marks are read.
pub(super) fn read(out: &str) -> Marked {
    let mut marked = Marked::default();
    let mut count = 0;
    let mut blank = false;
    for line in out.split('\n') {
        let had_tags = line.contains(LINE_MARK);
        let line: String = line.chars().filter(|c| *c != LINE_MARK && *c != '\r').collect();
        let line = without_empty(&line);
        let line = line.trim_end();
        if line.is_empty() {
            blank |= !had_tags;
            continue;
        }
        if count > 0 {
            let border = if blank { "\n\n" } else { "\n" };
            marked.text.push_str(border);
            count += border.len();
        }
        // The first line is also free of white space before it.
        let line = if count == 0 { line.trim_start() } else { line };
        count = push(&mut marked, line, count);
        blank = false;
    }
    marked
}

/// Adds a line; gives the number of characters then.
fn push(marked: &mut Marked, line: &str, mut count: usize) -> usize {
    let mut rest = line;
    while let Some((before, bold, after)) = passage(rest) {
        count = words(marked, before, count);
        let start = count;
        count = words(marked, bold, count);
        marked.bold.push(Bold { start, len: count - start });
        rest = after;
    }
    words(marked, rest, count)
}

fn words(marked: &mut Marked, text: &str, count: usize) -> usize {
    marked.text.extend(text.chars().map(|c| if c == ASTERISK { '*' } else { c }));
    count + text.chars().count()
}

/// Words before, in and after the first pair of marks: two asterisks, not more, that touch what
/// is between them.
fn passage(line: &str) -> Option<(&str, &str, &str)> {
    let mut open = None;
    for at in marks(line) {
        let touches_next = line[at + 2..].starts_with(|c: char| !c.is_whitespace());
        let touches_last = line[..at].ends_with(|c: char| !c.is_whitespace());
        match open {
            Some(open) if touches_last => {
                return Some((&line[..open], &line[open + 2..at], &line[at + 2..]));
            }
            None if touches_next => open = Some(at),
            Some(_) | None => {}
        }
    }
    None
}

/// Where exactly two asterisks stand.
fn marks(line: &str) -> impl Iterator<Item = usize> {
    let bytes = line.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            let run = bytes[at..].iter().take_while(|b| **b == b'*').count();
            let start = at;
            at += run.max(1);
            if run == 2 {
                return Some(start);
            }
        }
        None
    })
}

/// Marks around an empty value are gone with it.
fn without_empty(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("****") {
        let run = rest[at..].chars().take_while(|c| *c == '*').count();
        out.push_str(&rest[..at]);
        if run != 4 {
            out.push_str(&rest[at..at + run]);
        }
        rest = &rest[at + run..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bold(out: &str) -> String {
        read(out).with_marks("<", ">")
    }

    #[test]
    fn pairs_are_bold() {
        assert_eq!(bold("**Запись** и **время**"), "<Запись> и <время>");
        assert_eq!(bold("a ** b"), "a ** b");
        assert_eq!(bold("**a\nb**"), "**a\nb**", "a mark ends with its line");
        assert_eq!(bold("***** x **y**"), "***** x <y>");
        assert_eq!(bold("a ** b** c"), "a ** b** c", "a mark touches its words");
        assert_eq!(bold("*a*"), "*a*");
    }

    #[test]
    fn values_are_not() {
        assert_eq!(bold(&format!("**{}**", guard("5*3**2"))), "<5*3**2>");
        assert_eq!(bold(&guard("**x**")), "**x**");
        assert_eq!(bold(&guard("a\u{fdd0}\u{fdd1}b")), "ab");
    }

    #[test]
    fn empty_lines_with_tags_leave_no_trace() {
        let m = LINE_MARK;
        assert_eq!(bold(&format!("a{m}\n{m}\nb\n  {m}\n\n{m}\n\nc{m}\n\n")), "a\nb\n\nc");
        assert_eq!(bold(&format!("{m}\n\n  a")), "a");
        assert_eq!(bold(""), "");
        assert_eq!(bold(&format!("a\n****{m}\n x **** **b**")), "a\n x  <b>");
    }
}
