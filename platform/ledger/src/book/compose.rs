//! What modules compose with: postings in a group with their own commands, carries between books, products of amounts.

use super::decide::BookCommand;
use super::model::{Act, BookKey, Posting};
use super::state::Book;
use kernel::Atomic;

/// A product that is too large to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the product is too large to count")]
pub struct Overflow;

/// Adds a posting to a group.
///
/// Put what may be refused first and the largest book last: where a later command of a group is refused, the aggregates
/// before it are read from the journal again.
///
/// # Errors
/// The posting cannot be written as JSON.
///
/// ```
/// use kernel::{Atomic, Shard};
/// use ledger::{Basis, BookKey, Posting, TransferId, book};
///
/// # fn main() -> Result<(), serde_json::Error> {
/// let (shard, exposure) = (Shard::new("440100"), "E-1");
/// let basis = Basis::new("汇总征税核扣").of(&shard, "exposure", exposure);
/// let hold = TransferId::derive(&["guarantee", "hold", exposure]);
/// let posting = Posting::new(basis).reserve(hold, ("limit", "used"), 386_420_550, None);
/// let group = Atomic::new(shard); // … .then::<Exposure>(&key, &ExposureCommand::Hold)?
/// let group = book::post(group, &BookKey::new("guarantee", "5100-26-0000001"), posting)?;
/// assert_eq!(group.commands.len(), 1);
/// # Ok(())
/// # }
/// ```
pub fn post(group: Atomic, book: &BookKey, posting: Posting) -> Result<Atomic, serde_json::Error> {
    group.then::<Book>(book, &BookCommand::post(posting))
}

/// Adds a posting that carries to other books: each of them in the group's shard is asked first whether it can place what
/// comes, so that the group is refused whole where one cannot.
///
/// # Errors
/// The posting cannot be written as JSON.
pub fn carried(
    mut group: Atomic,
    book: &BookKey,
    posting: Posting,
) -> Result<Atomic, serde_json::Error> {
    for entry in &posting.entries {
        let Act::Carry { amount, to, .. } = &entry.act else { continue };
        if to.shard.as_ref().is_none_or(|shard| *shard == group.shard) {
            let command = BookCommand::Admit {
                to: to.account.clone(),
                amount: *amount,
                unit: to.unit.clone(),
            };
            group = group.then::<Book>(&to.book, &command)?;
        }
    }
    post(group, book, posting)
}

/// `amount × by ÷ per`, rounded half up once: prices, rates, consumption.
///
/// # Errors
/// [`Overflow`]: it cannot be counted, or `per` is nothing.
pub fn product(amount: i64, by: i64, per: i64) -> Result<i64, Overflow> {
    let (product, per) = (i128::from(amount) * i128::from(by), i128::from(per));
    if per <= 0 {
        return Err(Overflow);
    }
    // Half up: away from zero for what is positive, as a bill is rounded.
    let rounded = (product * 2 + per).div_euclid(per * 2);
    i64::try_from(rounded).map_err(|_too_large| Overflow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_round_half_up_once_and_never_wrap() {
        for (amount, by, per, expected) in [
            (38_642_055, 30, 10_000, Ok(115_926)),
            (5, 1, 2, Ok(3)),
            (-5, 1, 2, Ok(-2)),
            (i64::MAX, i64::MAX, i64::MAX, Ok(i64::MAX)),
            (i64::MAX, 2, 1, Err(Overflow)),
            (1, 1, 0, Err(Overflow)),
        ] {
            assert_eq!(product(amount, by, per), expected, "{amount} × {by} ÷ {per}");
        }
    }
}
