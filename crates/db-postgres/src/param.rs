//! Values into the database.

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use vestnik_db::{DbError, Rows, Value};

type Boxed = Box<dyn std::error::Error + Sync + Send>;

/// A parameter of a plain statement, written as the place it stands in wants it.
#[derive(Debug)]
pub(crate) struct Param<'a>(pub(crate) Value<'a>);

impl ToSql for Param<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Boxed> {
        match (self.0, kind) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Int(i), &Type::INT8) => i.to_sql(kind, out),
            (Value::Int(i), &Type::INT4) => i32::try_from(i)?.to_sql(kind, out),
            (Value::Int(i), &Type::INT2) => i16::try_from(i)?.to_sql(kind, out),
            (Value::Text(text), &(Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME)) => {
                storable(text)?.to_sql(kind, out)
            }
            (Value::Bytes(bytes), &Type::BYTEA) => bytes.to_sql(kind, out),
            (Value::Int(_), _) => Err(format!("a number where {kind} stands").into()),
            (Value::Text(_), _) => Err(format!("a text where {kind} stands").into()),
            (Value::Bytes(_), _) => Err(format!("bytes where {kind} stands").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// One column of a set.
#[derive(Debug)]
pub(crate) enum Column<'a> {
    Ints(Vec<Option<i64>>),
    Texts(Vec<Option<&'a str>>),
    Bytes(Vec<Option<&'a [u8]>>),
}

impl Column<'_> {
    pub(crate) fn as_sql(&self) -> &(dyn ToSql + Sync) {
        match self {
            Self::Ints(column) => column,
            Self::Texts(column) => column,
            Self::Bytes(column) => column,
        }
    }
}

/// The columns of a set as arrays of the types that its statement declares.
pub(crate) fn columns<'a>(rows: &'a Rows<'a>, kinds: &[Type]) -> Result<Vec<Column<'a>>, DbError> {
    if rows.width() != kinds.len() {
        let (has, wants) = (rows.width(), kinds.len());
        return Err(DbError::Statement(format!("a set of {has} columns where {wants} stand")));
    }
    kinds.iter().enumerate().map(|(i, kind)| column(rows, i, kind)).collect()
}

fn column<'a>(rows: &'a Rows<'a>, i: usize, kind: &Type) -> Result<Column<'a>, DbError> {
    let wrong = || DbError::Statement(format!("column {i} of a set is not all {kind}"));
    let values = rows.column(i);
    Ok(match *kind {
        Type::INT8_ARRAY => Column::Ints(gather(values, |value| match value {
            Value::Int(n) => Ok(n),
            Value::Text(_) | Value::Bytes(_) | Value::Null => Err(wrong()),
        })?),
        Type::TEXT_ARRAY => Column::Texts(gather(values, |value| match value {
            Value::Text(text) => storable(text).map_err(|e| DbError::Statement(e.to_owned())),
            Value::Int(_) | Value::Bytes(_) | Value::Null => Err(wrong()),
        })?),
        Type::BYTEA_ARRAY => Column::Bytes(gather(values, |value| match value {
            Value::Bytes(bytes) => Ok(bytes),
            Value::Int(_) | Value::Text(_) | Value::Null => Err(wrong()),
        })?),
        _ => return Err(DbError::Statement(format!("a set has no columns of {kind}"))),
    })
}

fn gather<'a, T>(
    values: impl Iterator<Item = Value<'a>>,
    read: impl Fn(Value<'a>) -> Result<T, DbError>,
) -> Result<Vec<Option<T>>, DbError> {
    values.map(|v| if v == Value::Null { Ok(None) } else { read(v).map(Some) }).collect()
}

/// PostgreSQL keeps no U+0000 in a text. Said here, the refusal costs no round trip.
fn storable(text: &str) -> Result<&str, &'static str> {
    if text.as_bytes().contains(&0) { Err("a text with U+0000") } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_becomes_arrays() {
        let mut rows = Rows::new();
        rows.push([Value::Int(1), Value::Text("a"), Value::Null]);
        rows.push([Value::Null, Value::Null, Value::Bytes(b"b")]);
        let kinds = [Type::INT8_ARRAY, Type::TEXT_ARRAY, Type::BYTEA_ARRAY];
        let columns = columns(&rows, &kinds).unwrap();
        assert!(matches!(&columns[0], Column::Ints(c) if *c == [Some(1), None]));
        assert!(matches!(&columns[1], Column::Texts(c) if *c == [Some("a"), None]));
        assert!(matches!(&columns[2], Column::Bytes(c) if *c == [None, Some(&b"b"[..])]));
    }

    #[test]
    fn a_set_of_other_types_or_width_is_refused() {
        let mut rows = Rows::new();
        rows.push([Value::Int(1)]);
        assert!(columns(&rows, &[Type::TEXT_ARRAY]).is_err());
        assert!(columns(&rows, &[Type::INT8_ARRAY, Type::INT8_ARRAY]).is_err());
        let mut rows = Rows::new();
        rows.push([Value::Text("a\0b")]);
        assert!(columns(&rows, &[Type::TEXT_ARRAY]).is_err());
    }
}
