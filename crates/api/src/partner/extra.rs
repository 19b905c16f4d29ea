//! `extraParam`: `name=value,name=value`; a comma inside a value is doubled.

use super::error::{Refusal, clip};
use vestnik_model::limits::EXTRA_PARAM_CHARS_MAX;

/// Splits a text into names and values.
pub(super) fn parse(text: &str) -> Result<Vec<(String, String)>, Refusal> {
    if text.chars().count() > EXTRA_PARAM_CHARS_MAX {
        return Err(Refusal::invalid(format!(
            "extraParam is too long. Max length is {EXTRA_PARAM_CHARS_MAX} symbols."
        )));
    }
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    pieces(text).iter().map(|piece| pair(piece)).collect()
}

fn pair(piece: &str) -> Result<(String, String), Refusal> {
    let wrong = || {
        let start = clip(piece);
        Refusal::invalid(format!("extraParam must be name=value,name=value (see \"{start}\")."))
    };
    let (name, value) = piece.split_once('=').ok_or_else(wrong)?;
    let name = name.trim();
    if name.is_empty() || name.contains(',') {
        return Err(wrong());
    }
    Ok((name.to_owned(), value.to_owned()))
}

/// Cuts at single commas; doubled ones become one and stay.
fn pieces(text: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let is_double = c == ',' && chars.peek() == Some(&',');
        if is_double {
            chars.next();
        }
        if c == ',' && !is_double {
            out.push(String::new());
        } else if let Some(last) = out.last_mut() {
            last.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_example_yields_five_pairs() {
        let text = "имя=Иван,город=Москва,дом=5,квартира=12,координаты=53.8085896,, 58.6362112";
        let pairs = parse(text).unwrap();
        assert_eq!(pairs.len(), 5);
        assert_eq!(pairs[4], ("координаты".to_owned(), "53.8085896, 58.6362112".to_owned()));
    }

    #[test]
    fn bad_forms() {
        for bad in ["a", "a=1,b", "=1", "a,,b=1", "a=1,"] {
            assert_eq!(parse(bad).unwrap_err().code(), 4, "{bad}");
        }
        assert_eq!(parse("").unwrap(), []);
        assert_eq!(parse("a==b=").unwrap(), [("a".to_owned(), "=b=".to_owned())]);
    }
}
