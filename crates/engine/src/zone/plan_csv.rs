//! Reads the numbering plan's files: semicolons, optional quotes, columns that vary by year.

use std::{borrow::Cow, fmt};

use super::plan::RANGES_MAX;

/// A row of the plan: whole numbers, country code included, and the region's text.
#[derive(Debug)]
pub(super) struct PlanRow<'a> {
    pub line: usize,
    pub from: u64,
    pub to: u64,
    pub region: Cow<'a, str>,
}

/// Where and why a numbering plan's file cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanError {
    /// The line of the file, from 1.
    pub line: usize,
    /// What is wrong there.
    pub kind: PlanErrorKind,
}

/// What is wrong with a line of a numbering plan's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanErrorKind {
    /// It is not UTF-8; older files are in Windows-1251.
    Encoding,
    /// The file has no line.
    NoHeading,
    /// The heading lacks this column.
    NoColumn(&'static str),
    /// The row has fewer columns than it needs.
    Short,
    /// A quote is opened and not closed, or text follows the closing one.
    Quote,
    /// The code is not three digits.
    Code,
    /// A number of the range is not one to seven digits.
    Number,
    /// The range ends before it begins.
    Range,
    /// The file has more rows than a plan may have.
    TooLong,
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        match self.kind {
            PlanErrorKind::Encoding => f.write_str("not UTF-8; convert the file to UTF-8 first"),
            PlanErrorKind::NoHeading => f.write_str("the file is empty"),
            PlanErrorKind::NoColumn(name) => write!(f, "the heading has no column \"{name}\""),
            PlanErrorKind::Short => f.write_str("the row has too few columns"),
            PlanErrorKind::Quote => f.write_str("a quote is not closed, or text follows it"),
            PlanErrorKind::Code => f.write_str("the code is not three digits"),
            PlanErrorKind::Number => f.write_str("a number of the range is not 1 to 7 digits"),
            PlanErrorKind::Range => f.write_str("the range ends before it begins"),
            PlanErrorKind::TooLong => write!(f, "more than {RANGES_MAX} rows"),
        }
    }
}

impl std::error::Error for PlanError {}

/// Reads all rows, or says on which line the file is wrong.
pub(super) fn read(file: &[u8]) -> Result<Vec<PlanRow<'_>>, PlanError> {
    let text = str::from_utf8(file).map_err(|error| PlanError {
        line: file[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1,
        kind: PlanErrorKind::Encoding,
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty());
    let Some((heading_line, heading)) = lines.next() else {
        return Err(PlanError { line: 1, kind: PlanErrorKind::NoHeading });
    };
    let columns = Columns::find(heading).map_err(|kind| PlanError { line: heading_line, kind })?;
    let mut rows = Vec::new();
    for (line, text) in lines {
        if rows.len() == RANGES_MAX {
            return Err(PlanError { line, kind: PlanErrorKind::TooLong });
        }
        rows.push(columns.row(line, text).map_err(|kind| PlanError { line, kind })?);
    }
    Ok(rows)
}

/// Where the columns that we need are.
struct Columns {
    code: usize,
    from: usize,
    to: usize,
    region: usize,
}

impl Columns {
    fn find(heading: &str) -> Result<Columns, PlanErrorKind> {
        let names = split(heading)?;
        let names: Vec<String> = names.iter().map(|name| name.trim().to_lowercase()).collect();
        let find = |column, is_it: &dyn Fn(&str) -> bool| {
            let place = names.iter().position(|name| is_it(name));
            place.ok_or(PlanErrorKind::NoColumn(column))
        };
        Ok(Columns {
            // The first letters of the alphabet, Russian or, in some years, Latin.
            code: find("АВС/ DEF", &|name| {
                name.contains("def") || name.contains("авс") || name.contains("abc")
            })?,
            from: find("От", &|name| name == "от")?,
            to: find("До", &|name| name == "до")?,
            region: find("Регион", &|name| name.starts_with("регион"))?,
        })
    }

    fn row<'a>(&self, line: usize, text: &'a str) -> Result<PlanRow<'a>, PlanErrorKind> {
        let mut fields = split(text)?;
        let field = |place: usize| match fields.get(place) {
            Some(field) => Ok(field.trim()),
            None => Err(PlanErrorKind::Short),
        };
        let code = match field(self.code)? {
            code if code.len() == 3 => digits(code).ok_or(PlanErrorKind::Code)?,
            _ => return Err(PlanErrorKind::Code),
        };
        let number = |text: &str| match text.len() {
            1..=7 => digits(text).ok_or(PlanErrorKind::Number),
            _ => Err(PlanErrorKind::Number),
        };
        let (from, to) = (number(field(self.from)?)?, number(field(self.to)?)?);
        if from > to {
            return Err(PlanErrorKind::Range);
        }
        field(self.region)?;
        let base = 70_000_000_000 + code * 10_000_000;
        let region = fields.swap_remove(self.region);
        Ok(PlanRow { line, from: base + from, to: base + to, region })
    }
}

fn digits(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// The fields of a line; a quoted field may hold semicolons and doubled quotes.
fn split(line: &str) -> Result<Vec<Cow<'_, str>>, PlanErrorKind> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let (field, after) = match rest.trim_start().strip_prefix('"') {
            Some(quoted) => split_quoted(quoted)?,
            None => match rest.split_once(';') {
                Some((field, after)) => (Cow::Borrowed(field), Some(after)),
                None => (Cow::Borrowed(rest), None),
            },
        };
        fields.push(field);
        match after {
            Some(after) => rest = after,
            None => return Ok(fields),
        }
    }
}

/// The field up to its closing quote, and what follows the next semicolon.
fn split_quoted(text: &str) -> Result<(Cow<'_, str>, Option<&str>), PlanErrorKind> {
    let mut from = 0;
    let end = loop {
        let quote = from + text[from..].find('"').ok_or(PlanErrorKind::Quote)?;
        if !text[quote + 1..].starts_with('"') {
            break quote;
        }
        from = quote + 2;
    };
    let field = match &text[..end] {
        plain if !plain.contains('"') => Cow::Borrowed(plain),
        doubled => Cow::Owned(doubled.replace("\"\"", "\"")),
    };
    match text[end + 1..].trim_start() {
        "" => Ok((field, None)),
        after => match after.strip_prefix(';') {
            Some(after) => Ok((field, Some(after))),
            None => Err(PlanErrorKind::Quote),
        },
    }
}
