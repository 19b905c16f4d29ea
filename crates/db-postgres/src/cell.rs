//! Values out of the database.

use tokio_postgres::types::{FromSql, Type};
use vestnik_db::{Cell, DbError, Row};

type Boxed = Box<dyn std::error::Error + Sync + Send>;

/// The row in our words.
pub(crate) fn row(row: &tokio_postgres::Row) -> Result<Row, DbError> {
    let mut cells = Vec::with_capacity(row.len());
    for i in 0..row.len() {
        let Read(cell) = row.try_get(i).map_err(|e| {
            let kind = row.columns()[i].type_().name();
            DbError::Unreadable(format!("column {i} of type {kind}: {e}"))
        })?;
        cells.push(cell);
    }
    Ok(Row(cells))
}

struct Read(Cell);

impl<'a> FromSql<'a> for Read {
    /// Integers of every width, truth and whole numerics are integers, as they are in SQLite: a
    /// literal is an int4, a comparison a bool, a sum of bigints a numeric.
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Boxed> {
        Ok(Self(match *kind {
            Type::INT8 => Cell::Int(i64::from_sql(kind, raw)?),
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN => {
                Cell::Text(String::from_sql(kind, raw)?)
            }
            Type::BYTEA => Cell::Bytes(raw.to_vec()),
            Type::INT4 => Cell::Int(i32::from_sql(kind, raw)?.into()),
            Type::INT2 => Cell::Int(i16::from_sql(kind, raw)?.into()),
            Type::BOOL => Cell::Int(bool::from_sql(kind, raw)?.into()),
            Type::NUMERIC => Cell::Int(whole(raw).ok_or("not a whole number of 64 bits")?),
            _ => return Err("a type that is not ours".into()),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Boxed> {
        Ok(Self(Cell::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A numeric on the wire: how many digits, the power of the first, sign, scale; then the digits,
/// each of base 10,000.
fn whole(raw: &[u8]) -> Option<i64> {
    let mut words = raw.chunks_exact(2).map(|b| i16::from_be_bytes([b[0], b[1]]));
    let (_, weight, sign, _) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let mut n: i128 = 0;
    let mut power = i32::from(weight);
    for digit in words {
        match (power, digit) {
            (0.., _) => n = n.checked_mul(10_000)?.checked_add(digit.into())?,
            (_, 0) => {}
            (..=-1, _) => return None,
        }
        power -= 1;
    }
    // Trailing zero digits are not sent.
    for _ in 0..=power {
        n = n.checked_mul(10_000)?;
    }
    let n = match sign {
        0 => n,
        0x4000 => -n,
        _ => return None,
    };
    i64::try_from(n).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numeric(weight: i16, sign: i16, digits: &[i16]) -> Vec<u8> {
        let count = i16::try_from(digits.len()).unwrap();
        let words = [count, weight, sign, 0].into_iter().chain(digits.iter().copied());
        words.flat_map(i16::to_be_bytes).collect()
    }

    #[test]
    fn whole_numerics_are_integers() {
        assert_eq!(whole(&numeric(0, 0, &[])), Some(0));
        assert_eq!(whole(&numeric(0, 0x4000, &[42])), Some(-42));
        assert_eq!(whole(&numeric(2, 0, &[3])), Some(300_000_000));
        assert_eq!(whole(&numeric(1, 0, &[1, 2345])), Some(12_345));
        assert_eq!(whole(&numeric(4, 0, &[922, 3372, 368, 5477, 5807])), Some(i64::MAX));
    }

    #[test]
    fn others_are_not() {
        assert_eq!(whole(&numeric(0, 0, &[1, 5000])), None, "a fraction");
        assert_eq!(whole(&numeric(-1, 0, &[5000])), None, "less than one");
        assert_eq!(whole(&numeric(4, 0, &[922, 3372, 368, 5477, 5808])), None, "too great");
        assert_eq!(whole(&numeric(0, -0x4000, &[])), None, "not a number");
        assert_eq!(whole(&[0, 1]), None, "cut");
    }
}
