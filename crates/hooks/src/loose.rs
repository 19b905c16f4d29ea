//! Tolerant reading of JSON: sources change their forms without telling.

use crate::source::{BODY_BYTES_MAX, Unreadable};
use jiff::{civil, tz::Offset};
use serde_json::Value;
use vestnik_model::{
    limits::clip,
    time::{Millis, Timestamp},
};

/// Longest text that is kept of a body, bytes.
const TEXT_BYTES_MAX: usize = 8 * 1024;
/// Longest name or id that is kept, bytes.
const NAME_BYTES_MAX: usize = 500;
/// Most members of a list that are looked at.
const LIST_MAX: usize = 100;
/// Largest body that is kept for templates, bytes of its text.
const PAYLOAD_BYTES_MAX: usize = 128 * 1024;
/// Seconds and milliseconds since 1970 can't be taken for each other before this many seconds (the
/// year 5138).
const SECONDS_MAX: i64 = 100_000_000_000;
/// Dates before this year are "not set" in one way or another (`0001-01-01`, `1900-01-01`).
const YEAR_MIN: i16 = 1971;
/// Longest span of time that makes sense: ten years.
const SECONDS_SPAN_MAX: i64 = 10 * 366 * 86_400;

/// A body as an object: a byte order mark and broken UTF-8 do no harm.
pub(crate) fn object(body: &[u8]) -> Result<Value, Unreadable> {
    if body.len() > BODY_BYTES_MAX {
        return Err(Unreadable::TooLong);
    }
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let text = String::from_utf8_lossy(body);
    let value: Value = serde_json::from_str(&text)
        .map_err(|e| Unreadable::NotJson { line: e.line(), column: e.column() })?;
    if value.is_object() { Ok(value) } else { Err(Unreadable::NotObject) }
}

/// A member by its name in any case; `null` if there is none.
pub(crate) fn member<'a>(value: &'a Value, name: &str) -> &'a Value {
    const NULL: &Value = &Value::Null;
    let Some(members) = value.as_object() else { return NULL };
    members.get(name).unwrap_or_else(|| {
        let found = members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map_or(NULL, |(_, value)| value)
    })
}

/// A member further down.
pub(crate) fn path<'a>(value: &'a Value, names: &[&str]) -> &'a Value {
    names.iter().fold(value, |value, name| member(value, name))
}

/// One or several: an object or scalar alone, the members of an array; text that holds JSON is
/// read. Nothing for `null` and empty text.
pub(crate) fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => {
            items.iter().take(LIST_MAX).filter(|v| !v.is_null()).cloned().collect()
        }
        Value::String(text) => match text.trim() {
            "" => Vec::new(),
            inner if inner.starts_with(['{', '[']) => match serde_json::from_str::<Value>(inner) {
                // One level only: text inside of text has no end.
                Ok(Value::Array(items)) => items.into_iter().take(LIST_MAX).collect(),
                Ok(inner) => vec![inner],
                Err(_) => vec![value.clone()],
            },
            _ => vec![value.clone()],
        },
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => vec![value.clone()],
    }
}

/// A scalar as text, trimmed; `None` if nothing is there.
pub(crate) fn text(value: &Value) -> Option<String> {
    scalar(value, TEXT_BYTES_MAX)
}

/// A short text: a name, an id.
pub(crate) fn name(value: &Value) -> Option<String> {
    scalar(value, NAME_BYTES_MAX)
}

fn scalar(value: &Value, max: usize) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(yes) => yes.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    let text: String = text.replace("\r\n", "\n").chars().filter(|c| is_visible(*c)).collect();
    let text = clip(&text, max).trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Control characters have no place in a message.
fn is_visible(c: char) -> bool {
    matches!(c, '\n' | '\t') || !c.is_control()
}

/// A whole number, also in a text.
pub(crate) fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => {
            let text = text.trim();
            text.parse().ok().or_else(|| whole(text.parse().ok()?))
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "checked before")]
fn whole(number: f64) -> Option<i64> {
    (number.is_finite() && number.abs() < 9e15).then(|| number.trunc() as i64)
}

/// An amount as people write it: `2`, `1.5`. `None` for none, nothing and nonsense.
pub(crate) fn amount(value: &Value) -> Option<String> {
    let number: f64 = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().replace(',', ".").parse().ok()?,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let is_sensible = number.is_finite() && number > 0.0 && number < 1e9;
    is_sensible.then(|| format!("{}", (number * 1_000.0).round() / 1_000.0))
}

/// A moment: RFC 3339 with an offset, without one (then UTC), or a number of seconds or
/// milliseconds. Dates that mean "not set" are none.
pub(crate) fn moment(value: &Value) -> Option<Timestamp> {
    let at = match value {
        Value::String(text) => written(text.trim())?,
        Value::Number(_) => {
            let n = number(value)?;
            let ms = if n.abs() < SECONDS_MAX { n.checked_mul(1_000)? } else { n };
            jiff::Timestamp::from_millisecond(ms).ok()?
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let year = Offset::UTC.to_datetime(at).year();
    (year >= YEAR_MIN).then(|| Timestamp(at.as_millisecond()))
}

fn written(text: &str) -> Option<jiff::Timestamp> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(at);
    }
    let local: civil::DateTime = text.parse().ok()?;
    Offset::UTC.to_timestamp(local).ok()
}

/// A span of so many seconds; none if it is not above zero.
pub(crate) fn seconds(value: &Value) -> Option<Millis> {
    number(value).filter(|s| (1..=SECONDS_SPAN_MAX).contains(s)).map(Millis::seconds)
}

/// What is kept of a body for templates: all of it, if it is not too large.
pub(crate) fn payload(value: Value) -> Value {
    if value.to_string().len() > PAYLOAD_BYTES_MAX { Value::Null } else { value }
}

/// How long something takes that has a begin and an end.
pub(crate) fn between(start: Option<Timestamp>, end: Option<Timestamp>) -> Option<Millis> {
    let span = end? - start?;
    (1..=SECONDS_SPAN_MAX * 1_000).contains(&span.0).then_some(span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn moments() {
        let at = |value| moment(&value).map(|at| at.0);
        assert_eq!(at(json!("2030-02-11T07:30:00Z")), Some(1_897_025_400_000));
        assert_eq!(at(json!("2030-02-11T10:30:00.5+03:00")), Some(1_897_025_400_500));
        assert_eq!(at(json!("2030-02-11T07:30:00")), Some(1_897_025_400_000));
        assert_eq!(at(json!("2030-02-11 07:30")), Some(1_897_025_400_000));
        assert_eq!(at(json!(1_897_025_400)), Some(1_897_025_400_000));
        assert_eq!(at(json!(1_897_025_400_000_i64)), Some(1_897_025_400_000));
        for unset in [
            json!("0001-01-01T00:00:00"),
            json!("0001-01-01T00:00:00Z"),
            json!("1900-01-01T00:00:00Z"),
            json!(0),
            json!(""),
            json!("завтра"),
            json!(null),
            json!({}),
            json!(1e300),
        ] {
            assert_eq!(at(unset.clone()), None, "{unset}");
        }
    }

    #[test]
    fn scalars() {
        assert_eq!(text(&json!(" a\r\nb\u{0} ")).as_deref(), Some("a\nb"));
        assert_eq!(text(&json!(7)).as_deref(), Some("7"));
        assert_eq!(text(&json!("  ")), None);
        assert_eq!(
            [number(&json!("12")), number(&json!(12.9)), number(&json!("x"))],
            [Some(12), Some(12), None]
        );
        let amounts = [json!(2), json!(2.0), json!("1,5"), json!(0), json!(-1), json!("много")];
        let amounts: Vec<_> = amounts.iter().map(|a| amount(a).unwrap_or_default()).collect();
        assert_eq!(amounts, ["2", "2", "1.5", "", "", ""]);
    }

    #[test]
    fn one_or_several() {
        assert_eq!(list(&json!(null)).len(), 0);
        assert_eq!(list(&json!("")).len(), 0);
        assert_eq!(list(&json!({"a": 1})).len(), 1);
        assert_eq!(list(&json!([1, null, 2])).len(), 2);
        assert_eq!(list(&json!("{\"a\": 1}")), [json!({"a": 1})]);
        assert_eq!(list(&json!("{broken")), [json!("{broken")]);
        assert_eq!(list(&json!(vec![1; 1000])).len(), LIST_MAX);
    }
}
