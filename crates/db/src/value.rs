//! Values in and out of a database.

use crate::DbError;

/// A parameter. Borrowed: it lives as long as the call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// A bigint.
    Int(i64),
    /// A text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// Nothing.
    Null,
}

impl From<i64> for Value<'_> {
    fn from(i: i64) -> Self {
        Self::Int(i)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A set of rows for one statement, laid flat.
#[derive(Debug, Clone, Default)]
pub struct Rows<'a> {
    width: usize,
    values: Vec<Value<'a>>,
}

impl<'a> Rows<'a> {
    /// An empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a row. All rows of a set have the same width.
    ///
    /// # Panics
    /// If the width differs from the first row's: a bug.
    pub fn push<const N: usize>(&mut self, row: [Value<'a>; N]) {
        assert!(self.width == 0 || self.width == N, "rows of one set have one width");
        self.width = N;
        self.values.extend_from_slice(&row);
    }

    /// The rows.
    pub fn iter(&self) -> impl Iterator<Item = &[Value<'a>]> {
        self.values.chunks(self.width.max(1))
    }

    /// The values of one column.
    pub fn column(&self, i: usize) -> impl Iterator<Item = Value<'a>> + '_ {
        self.values.iter().skip(i).step_by(self.width.max(1)).copied()
    }

    /// How many values a row has.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// How many rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

/// A value read.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A bigint.
    Int(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Nothing.
    Null,
}

/// A row read.
#[derive(Debug, Clone, PartialEq)]
pub struct Row(pub Vec<Cell>);

impl Row {
    /// The integer in column `i`.
    ///
    /// # Errors
    /// [`DbError::Unreadable`] if there is none.
    pub fn int(&self, i: usize) -> Result<i64, DbError> {
        self.int_opt(i)?.ok_or_else(|| self.wrong(i, "a number"))
    }

    /// The integer in column `i`, if it is not null.
    ///
    /// # Errors
    /// [`DbError::Unreadable`] if it is something else.
    pub fn int_opt(&self, i: usize) -> Result<Option<i64>, DbError> {
        match self.0.get(i) {
            Some(Cell::Int(n)) => Ok(Some(*n)),
            Some(Cell::Null) => Ok(None),
            Some(Cell::Text(_) | Cell::Bytes(_)) | None => Err(self.wrong(i, "a number")),
        }
    }

    /// The text in column `i`.
    ///
    /// # Errors
    /// [`DbError::Unreadable`] if there is none.
    pub fn text(&self, i: usize) -> Result<&str, DbError> {
        self.text_opt(i)?.ok_or_else(|| self.wrong(i, "a text"))
    }

    /// The text in column `i`, if it is not null.
    ///
    /// # Errors
    /// [`DbError::Unreadable`] if it is something else.
    pub fn text_opt(&self, i: usize) -> Result<Option<&str>, DbError> {
        match self.0.get(i) {
            Some(Cell::Text(text)) => Ok(Some(text)),
            Some(Cell::Null) => Ok(None),
            Some(Cell::Int(_) | Cell::Bytes(_)) | None => Err(self.wrong(i, "a text")),
        }
    }

    /// The bytes in column `i`, if they are not null.
    ///
    /// # Errors
    /// [`DbError::Unreadable`] if it is something else.
    pub fn bytes_opt(&self, i: usize) -> Result<Option<&[u8]>, DbError> {
        match self.0.get(i) {
            Some(Cell::Bytes(bytes)) => Ok(Some(bytes)),
            Some(Cell::Null) => Ok(None),
            Some(Cell::Int(_) | Cell::Text(_)) | None => Err(self.wrong(i, "bytes")),
        }
    }

    fn wrong(&self, i: usize, wanted: &str) -> DbError {
        DbError::Unreadable(format!("column {i}: {wanted} expected, found {:?}", self.0.get(i)))
    }
}
