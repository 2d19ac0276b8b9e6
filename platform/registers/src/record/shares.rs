//! Exact shares (份额): read as typed, added as fractions, never rounded.

use crate::record::error::{Misfit, RecordError};
use crate::record::model::{OwnershipForm, Statement};
use elements::Share;
use std::collections::BTreeSet;

/// Reads a share as people type it: `1/3`, `0.33`, `33%`, `33.5％`; `None` where it is no part of the whole.
#[must_use]
pub fn read_share(typed: &str) -> Option<Share> {
    let folded: String = elements::folded(typed).chars().filter(|c| !c.is_whitespace()).collect();
    if let Some((num, den)) = folded.split_once('/') {
        return Share::new(num.parse().ok()?, den.parse().ok()?).ok();
    }
    let (digits, hundred) = match folded.strip_suffix('%') {
        Some(rest) => (rest, 100_u64),
        None => (folded.as_str(), 1),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let places = u32::try_from(part.len()).ok().filter(|places| *places <= 12)?;
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && part.is_empty()) || !all_digits(whole) || !all_digits(part) {
        return None;
    }
    let num: u64 = format!("{whole}{part}").parse().ok()?;
    Share::new(num, 10_u64.checked_pow(places)?.checked_mul(hundred)?).ok()
}

/// A sum of shares, in lowest terms; it may exceed the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sum {
    num: i128,
    den: i128,
}

impl Sum {
    fn of(shares: impl IntoIterator<Item = Share>) -> Option<Self> {
        shares.into_iter().try_fold(Self { num: 0, den: 1 }, |sum, share| {
            let (num, den) = (i128::from(share.num()), i128::from(share.den()));
            let top = sum.num.checked_mul(den)?.checked_add(num.checked_mul(sum.den)?)?;
            Some(Self { num: top, den: sum.den.checked_mul(den)? }.lowest())
        })
    }

    fn lowest(self) -> Self {
        let (mut a, mut b) = (self.num.abs(), self.den.abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let by = a.max(1);
        Self { num: self.num / by, den: self.den / by }
    }
}

impl std::fmt::Display for Sum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.den == 1 {
            write!(f, "{}", self.num)
        } else {
            write!(f, "{}/{}", self.num, self.den)
        }
    }
}

/// Whether these shares add up to exactly one.
///
/// # Errors
/// `UNBALANCED` with the sum and what is missing to the whole.
pub fn balanced(shares: impl IntoIterator<Item = Share>) -> Result<(), RecordError> {
    let sum = Sum::of(shares).ok_or_else(|| RecordError::field("share", Misfit::Form))?;
    if sum.num == sum.den {
        return Ok(());
    }
    let diff = Sum { num: sum.den - sum.num, den: sum.den }.lowest();
    Err(RecordError::Unbalanced { sum: sum.to_string(), diff: diff.to_string() })
}

/// Whether holders, form and shares of a statement go together.
pub(crate) fn check(statement: &Statement) -> Result<(), RecordError> {
    let holders = &statement.holders;
    let parties: BTreeSet<_> = holders.iter().map(|holder| &holder.party).collect();
    if holders.is_empty() {
        return Err(RecordError::field("holders", Misfit::Missing));
    }
    if parties.len() != holders.len() {
        return Err(RecordError::field("holders", Misfit::Form));
    }
    let form = match statement.form {
        Some(form) => form,
        None if holders.len() == 1 => OwnershipForm::Sole,
        None => return Err(RecordError::field("ownership_form", Misfit::Missing)),
    };
    match form {
        OwnershipForm::Sole if holders.len() != 1 => {
            Err(RecordError::field("ownership_form", Misfit::Form))
        }
        OwnershipForm::Joint if holders.len() < 2 => {
            Err(RecordError::field("ownership_form", Misfit::Form))
        }
        OwnershipForm::Sole => {
            balanced([holders.iter().find_map(|h| h.share).unwrap_or(Share::WHOLE)])
        }
        OwnershipForm::Joint if holders.iter().any(|holder| holder.share.is_some()) => {
            Err(RecordError::field("share", Misfit::Unwanted))
        }
        OwnershipForm::Joint => Ok(()),
        OwnershipForm::ByShare => {
            let shares: Option<Vec<Share>> = holders.iter().map(|holder| holder.share).collect();
            let shares = shares.ok_or_else(|| RecordError::field("share", Misfit::Missing))?;
            if shares.iter().any(|share| share.num() == 0) {
                return Err(RecordError::field("share", Misfit::Form));
            }
            balanced(shares)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codes::Coded as _;
    use proptest::prelude::*;

    #[test]
    fn a_share_is_read_as_typed_and_stays_exact() {
        let table = [
            ("1/3", Some((1, 3))),
            (" 2／6 ", Some((1, 3))),
            ("0.33", Some((33, 100))),
            ("0.34", Some((17, 50))),
            ("33%", Some((33, 100))),
            ("33.5％", Some((67, 200))),
            ("100%", Some((1, 1))),
            ("1", Some((1, 1))),
            (".5", Some((1, 2))),
            ("1.1", None),
            ("4/3", None),
            ("1/0", None),
            ("-1/3", None),
            ("", None),
            (".", None),
            ("一半", None),
        ];
        for (typed, expected) in table {
            let found = read_share(typed).map(|share| (share.num(), share.den()));
            assert_eq!(found, expected, "{typed}");
        }
    }

    #[test]
    fn s09_shares_add_up_to_exactly_one() {
        let all = |typed: [&str; 3]| balanced(typed.map(|text| read_share(text).unwrap()));
        assert_eq!(all(["1/3", "1/3", "1/3"]), Ok(()));
        assert_eq!(all(["0.33", "0.33", "0.34"]), Ok(()));
        let table = [
            (["1/3", "1/3", "1/4"], "11/12", "1/12"),
            (["1/2", "1/3", "1/4"], "13/12", "-1/12"),
            (["1", "1/2", "1/2"], "2", "-1"),
            (["0.33", "0.33", "0.33"], "99/100", "1/100"),
        ];
        for (typed, sum, diff) in table {
            let error = all(typed).unwrap_err();
            assert_eq!(error.reason(), "UNBALANCED");
            let fields: serde_json::Value = serde_json::from_str(&error.fields().unwrap()).unwrap();
            assert_eq!(fields, serde_json::json!({"sum": sum, "diff": diff}));
        }
    }

    proptest! {
        #[test]
        fn parts_of_a_whole_are_balanced_and_any_part_left_out_is_told(parts in prop::collection::vec(1_u64..1000, 1..12), at in 0_usize..12) {
            let whole: u64 = parts.iter().sum();
            let shares: Vec<Share> = parts.iter().map(|part| Share::new(*part, whole).unwrap()).collect();
            prop_assert_eq!(balanced(shares.clone()), Ok(()));
            let mut fewer = shares;
            let gone = fewer.remove(at % parts.len());
            let told = balanced(fewer).unwrap_err();
            let expected = if gone.den() == 1 { gone.num().to_string() } else { gone.to_string() };
            prop_assert_eq!(told.fields().unwrap().contains(&format!(r#""diff":"{expected}""#)), true);
        }
    }
}
