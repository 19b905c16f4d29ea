//! The filters and tests that templates have: none of them makes much out of little.

use super::bound::Bounded;
use minijinja::{Environment, Error, ErrorKind, Value, filters, tests};
use std::fmt::Write as _;

/// Longest text a filter may make, bytes.
const TEXT_BYTES_MAX: usize = 16 * 1024;

pub(super) fn add(environment: &mut Environment<'_>) {
    environment.add_filter("upper", filters::upper);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("capitalize", filters::capitalize);
    environment.add_filter("title", filters::title);
    environment.add_filter("trim", filters::trim);
    environment.add_filter("length", filters::length);
    environment.add_filter("first", filters::first);
    environment.add_filter("last", filters::last);
    environment.add_filter("default", filters::default);
    environment.add_filter("round", filters::round);
    environment.add_filter("int", filters::int);
    environment.add_filter("replace", replace);
    environment.add_filter("join", join);
    environment.add_test("defined", tests::is_defined);
    environment.add_test("undefined", tests::is_undefined);
    environment.add_test("none", tests::is_none);
    environment.add_test("string", tests::is_string);
    environment.add_test("number", tests::is_number);
}

fn too_long() -> Error {
    Error::new(ErrorKind::InvalidOperation, "the text is too long")
}

fn replace(text: &str, from: &str, to: &str) -> Result<String, Error> {
    let grown = text.matches(from).count().saturating_mul(to.len());
    if text.len().saturating_add(grown) > TEXT_BYTES_MAX {
        return Err(too_long());
    }
    Ok(text.replace(from, to))
}

fn join(list: &Value, between: Option<&str>) -> Result<String, Error> {
    let mut out = Bounded::new(TEXT_BYTES_MAX);
    for (index, item) in list.try_iter()?.enumerate() {
        if index > 0 {
            out.write_str(between.unwrap_or_default()).map_err(|_| too_long())?;
        }
        if !item.is_none() {
            write!(out, "{item}").map_err(|_| too_long())?;
        }
    }
    Ok(out.text)
}
