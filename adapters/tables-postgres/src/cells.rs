//! Cells to and from PostgreSQL's types.

use std::borrow::Cow;
use std::error::Error;
use tables::Cell;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type};

type Fault = Box<dyn Error + Sync + Send>;

/// A cell as the argument of a query, in the type that the query gives it.
#[derive(Debug)]
pub(crate) struct Argument<'a>(pub(crate) &'a Cell);

impl ToSql for Argument<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        match (self.0, ty) {
            (Cell::Null, _) => Ok(IsNull::Yes),
            (Cell::Int(value), &Type::INT8) => value.to_sql(ty, out),
            (Cell::Int(value), &Type::INT4) => i32::try_from(*value)?.to_sql(ty, out),
            (Cell::Int(value), &Type::INT2) => i16::try_from(*value)?.to_sql(ty, out),
            (Cell::Text(text), &Type::TEXT | &Type::VARCHAR) => text.to_sql(ty, out),
            (Cell::Bytes(bytes), &Type::BYTEA) => bytes.to_sql(ty, out),
            (cell, ty) => Err(format!("{cell:?} where the query wants {ty}").into()),
        }
    }

    fn accepts(_ty: &Type) -> bool {
        true
    }

    fn to_sql_checked(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        self.to_sql(ty, out)
    }
}

/// A cell of a row that a query found.
#[derive(Debug)]
pub(crate) struct Value(pub(crate) Cell);

impl<'a> FromSql<'a> for Value {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Fault> {
        let cell = match *ty {
            Type::INT8 => Cell::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Cell::Int(i32::from_sql(ty, raw)?.into()),
            Type::INT2 => Cell::Int(i16::from_sql(ty, raw)?.into()),
            Type::BOOL => Cell::from(bool::from_sql(ty, raw)?),
            Type::TEXT | Type::VARCHAR | Type::NAME => {
                Cell::Text(Cow::Owned(String::from_sql(ty, raw)?))
            }
            Type::BYTEA => Cell::Bytes(Vec::from_sql(ty, raw)?),
            Type::NUMERIC => {
                Cell::Int(whole_number(raw).ok_or("a number that is not whole or too large")?)
            }
            _ => return Err(format!("a column of type {ty}").into()),
        };
        Ok(Self(cell))
    }

    fn from_sql_null(_ty: &Type) -> Result<Self, Fault> {
        Ok(Self(Cell::Null))
    }

    fn accepts(_ty: &Type) -> bool {
        true
    }
}

/// A whole number out of a `numeric`, which sums of integers are: digits to the base 10,000, the first with weight
/// `weight`, then the next lower ones.
fn whole_number(raw: &[u8]) -> Option<i64> {
    let mut words =
        raw.chunks_exact(2).map(|word| <[u8; 2]>::try_from(word).map(u16::from_be_bytes));
    let mut word = || words.next()?.ok();
    let (count, weight, sign, _scale) = (word()?, word()?.cast_signed(), word()?, word()?);
    let mut sum: i64 = 0;
    let mut place = i64::from(weight);
    for _digit in 0..count {
        let digit = i64::from(word()?);
        if place < 0 && digit != 0 {
            return None;
        }
        if place >= 0 {
            sum = sum.checked_mul(10_000)?.checked_add(digit)?;
        }
        place -= 1;
    }
    for _zero in 0..=place {
        sum = sum.checked_mul(10_000)?;
    }
    match sign {
        0x0000 => Some(sum),
        0x4000 => Some(-sum),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_whole_numbers() {
        let numeric = |weight: i16, sign: u16, digits: &[u16]| {
            let count = u16::try_from(digits.len()).unwrap();
            let words =
                [count, weight.cast_unsigned(), sign, 0].into_iter().chain(digits.iter().copied());
            whole_number(&words.flat_map(u16::to_be_bytes).collect::<Vec<_>>())
        };
        assert_eq!(numeric(0, 0, &[]), Some(0));
        assert_eq!(numeric(0, 0, &[42]), Some(42));
        assert_eq!(numeric(1, 0x4000, &[1, 5000]), Some(-15_000));
        assert_eq!(numeric(2, 0, &[7]), Some(700_000_000), "zeros at the end are not sent");
        assert_eq!(numeric(0, 0, &[1, 5000]), None, "1.5");
        assert_eq!(numeric(-1, 0, &[5000]), None, "0.5");
        assert_eq!(numeric(4, 0, &[922, 3372, 368, 5477, 5807]), Some(i64::MAX));
        assert_eq!(numeric(4, 0, &[922, 3372, 368, 5477, 5808]), None);
        assert_eq!(numeric(0, 0xC000, &[]), None, "not a number");
        assert_eq!(whole_number(&[0, 1]), None);
    }
}
