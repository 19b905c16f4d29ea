//! A query string as hooks are given it: written by people, not by programs.

use std::fmt;

/// Longest query, bytes.
pub const QUERY_BYTES_MAX: usize = 16 * 1024;
/// Most parameters of a query.
pub const PAIRS_MAX: usize = 128;

/// Names and values in their order.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Query {
    pairs: Vec<(String, String)>,
}

/// Its length alone: values hold keys.
impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Query({} parameters)", self.pairs.len())
    }
}

/// Why a query can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// More than [`QUERY_BYTES_MAX`].
    #[error("the query is longer than {QUERY_BYTES_MAX} bytes")]
    TooLong,
    /// More than [`PAIRS_MAX`].
    #[error("the query has more than {PAIRS_MAX} parameters")]
    TooMany,
}

impl Query {
    /// Decodes percent escapes. Raw UTF-8 is kept, a literal `+` stays `+` (a telephone number in
    /// a text), broken escapes stay as they are, invalid UTF-8 is replaced.
    ///
    /// # Errors
    /// [`QueryError`] if it is longer than its bounds.
    pub fn parse(raw: &[u8]) -> Result<Self, QueryError> {
        if raw.len() > QUERY_BYTES_MAX {
            return Err(QueryError::TooLong);
        }
        let mut pairs = Vec::new();
        for piece in raw.split(|b| *b == b'&').filter(|piece| !piece.is_empty()) {
            if pairs.len() == PAIRS_MAX {
                return Err(QueryError::TooMany);
            }
            let at = piece.iter().position(|b| *b == b'=');
            let (name, value) = match at {
                Some(at) => (&piece[..at], &piece[at + 1..]),
                None => (piece, &[][..]),
            };
            pairs.push((decode(name), decode(value)));
        }
        Ok(Self { pairs })
    }

    /// The value under a name in any case; the first that is not empty. White space is kept.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(n, v)| n.eq_ignore_ascii_case(name) && !v.is_empty())
            .map(|(_, v)| v.as_str())
    }

    /// All names and values, as they were written.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

fn decode(raw: &[u8]) -> String {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let [first, tail @ ..] = rest {
        let escaped = match (first, tail) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)).map(|(h, l)| h << 4 | l),
            _ => None,
        };
        out.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8(out).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}
