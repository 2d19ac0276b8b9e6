//! Whether the two lists of a transfer agree (核注清单比对): by ten-digit code, on legal quantities.

use crate::qty::half_up;
use crate::{Overflow, Qty, UnitUse};
use codes::HsCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One line of a list, as far as it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListLine {
    /// The commodity code.
    pub hs_code: HsCode,
    /// The first legal quantity (法定数量).
    pub legal_qty1: Qty,
    /// The second, where the code has one.
    pub legal_qty2: Option<Qty>,
}

/// A code on which the lists differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListMismatch {
    /// The code.
    pub hs_code: HsCode,
    /// First and second legal quantity of the list that transfers out; none if it lacks the code.
    pub out: Option<(Qty, Option<Qty>)>,
    /// Of the list that transfers in.
    pub into: Option<(Qty, Option<Qty>)>,
}

/// The legal quantity of a declared one: times the conversion of its line, half up.
///
/// # Errors
/// [`Overflow`].
pub fn legal_quantity(quantity: Qty, conversion: UnitUse) -> Result<Qty, Overflow> {
    let product = quantity.steps().checked_mul(conversion.steps()).ok_or(Overflow)?;
    Ok(Qty::from_steps(half_up(product, UnitUse::ONE.steps())))
}

/// Where the totals of two lists differ, code by code; none means they match. Lines may be cut differently on either side.
///
/// # Errors
/// [`Overflow`].
///
/// # Source
/// 海关总署公告2018年第23号 (lists between bonded books).
pub fn match_lists(out: &[ListLine], into: &[ListLine]) -> Result<Vec<ListMismatch>, Overflow> {
    let (out, into) = (totals(out)?, totals(into)?);
    let codes: std::collections::BTreeSet<HsCode> =
        out.keys().chain(into.keys()).copied().collect();
    let mismatches = codes.into_iter().filter_map(|hs_code| {
        let (out, into) = (out.get(&hs_code).copied(), into.get(&hs_code).copied());
        (out != into).then_some(ListMismatch { hs_code, out, into })
    });
    Ok(mismatches.collect())
}

fn totals(list: &[ListLine]) -> Result<BTreeMap<HsCode, (Qty, Option<Qty>)>, Overflow> {
    let mut totals: BTreeMap<HsCode, (Qty, Option<Qty>)> = BTreeMap::new();
    for line in list {
        let sum = totals.entry(line.hs_code).or_default();
        sum.0 = sum.0.plus(line.legal_qty1)?;
        sum.1 = match (sum.1, line.legal_qty2) {
            (None, other) | (other, None) => other,
            (Some(one), Some(other)) => Some(one.plus(other)?),
        };
    }
    Ok(totals)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(code: &str, one: &str, other: Option<&str>) -> ListLine {
        ListLine {
            hs_code: code.parse().unwrap(),
            legal_qty1: one.parse().unwrap(),
            legal_qty2: other.map(|other| other.parse().unwrap()),
        }
    }

    #[test]
    fn s08_a_hundred_thousandth_is_a_difference() {
        let out = [line("8807300000", "640.5", Some("2")), line("7318159001", "12", None)];
        assert_eq!(match_lists(&out, &out), Ok(vec![]));
        let into = [line("8807300000", "640.50001", Some("2")), line("7318159001", "12", None)];
        let [told] = match_lists(&out, &into).unwrap().try_into().unwrap();
        assert_eq!(told.hs_code.as_str(), "8807300000");
        assert_eq!(told.into, Some(("640.50001".parse().unwrap(), Some(Qty::whole(2)))));
    }

    #[test]
    fn lines_may_be_cut_otherwise_and_codes_may_be_missing() {
        let out = [line("8807300000", "640.5", Some("2"))];
        let cut = [line("8807300000", "600", Some("1")), line("8807300000", "40.5", Some("1"))];
        assert_eq!(match_lists(&out, &cut), Ok(vec![]));
        let other = [line("8807300090", "640.5", Some("2"))];
        let told = match_lists(&out, &other).unwrap();
        assert_eq!(told.len(), 2);
        assert_eq!((told[0].into, told[1].out), (None, None));
        let without = [line("8807300000", "640.5", None)];
        assert_eq!(match_lists(&out, &without).unwrap().len(), 1, "the second quantity counts");
    }

    #[test]
    fn legal_quantities_follow_from_the_conversion() {
        let half = "0.453592370".parse().unwrap();
        assert_eq!(legal_quantity(Qty::whole(100), half), Ok("45.35924".parse().unwrap()));
        assert_eq!(legal_quantity(Qty::from_steps(i128::MAX), half), Err(Overflow));
    }

    proptest! {
        #[test]
        fn the_order_of_lines_is_no_matter(parts in proptest::collection::vec((0_i64..1_000_000, 0_usize..3), 0..20)) {
            let codes = ["8807300000", "8807300090", "7318159001"];
            let lines: Vec<ListLine> = parts.iter().map(|(steps, code)| ListLine {
                hs_code: codes[*code].parse().unwrap(), legal_qty1: Qty::from_steps((*steps).into()), legal_qty2: None,
            }).collect();
            let mut other = lines.clone();
            other.reverse();
            prop_assert_eq!(match_lists(&lines, &other), Ok(vec![]));
        }
    }
}
