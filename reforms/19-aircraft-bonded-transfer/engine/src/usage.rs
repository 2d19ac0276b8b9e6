//! Unit consumption (单耗) and what an export consumed.

use crate::qty::half_up;
use crate::{Overflow, Qty, UnitUse};

/// A thousand million, the scale of loss rates and unit consumption.
const E9: i128 = 1_000_000_000;

/// A million, the scale of non-bonded shares.
const E6: i128 = 1_000_000;

/// Why unit consumption cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UseErr {
    /// Nothing would be left of the material.
    #[error("a loss of {loss_ppb} in a thousand million leaves nothing")]
    AllLost {
        /// The loss rate.
        loss_ppb: u64,
    },
    /// More than all of the material would not be bonded.
    #[error("{nonbonded_ppm} in a million are more than all")]
    NonBonded {
        /// The share.
        nonbonded_ppm: u32,
    },
    /// Net consumption is negative.
    #[error("net consumption is negative")]
    Negative,
    /// A number has become too large.
    #[error(transparent)]
    Overflow(#[from] Overflow),
}

/// Unit consumption: net consumption (净耗) over one less the loss rate (工艺损耗率), which is in thousand-millionths.
///
/// # Errors
/// As [`UseErr`].
///
/// # Source
/// 加工贸易单耗管理办法: 单耗 = 净耗 ÷ (1 − 工艺损耗率).
pub fn unit_use(net: UnitUse, loss_ppb: u64) -> Result<UnitUse, UseErr> {
    let left = E9 - i128::from(loss_ppb);
    if left <= 0 {
        return Err(UseErr::AllLost { loss_ppb });
    }
    if net < UnitUse::ZERO {
        return Err(UseErr::Negative);
    }
    let scaled = net.steps().checked_mul(E9).ok_or(Overflow)?;
    Ok(UnitUse::from_steps(half_up(scaled, left)))
}

/// What an export of so much consumed of a bonded material: one rounding, half up.
///
/// # Errors
/// As [`UseErr`].
pub fn consumption(exported: Qty, used: UnitUse, nonbonded_ppm: u32) -> Result<Qty, UseErr> {
    Ok(Exact::ZERO.and(exported, used, nonbonded_ppm)?.rounded())
}

/// A consumption that is not rounded yet, so that several products round once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exact(i128);

impl Exact {
    /// Nothing.
    pub(crate) const ZERO: Self = Self(0);

    /// More: so much exported at such a unit consumption.
    pub(crate) fn and(
        self,
        exported: Qty,
        used: UnitUse,
        nonbonded_ppm: u32,
    ) -> Result<Self, UseErr> {
        let bonded = E6 - i128::from(nonbonded_ppm);
        if bonded < 0 {
            return Err(UseErr::NonBonded { nonbonded_ppm });
        }
        let more =
            exported.steps().checked_mul(used.steps()).and_then(|all| all.checked_mul(bonded));
        let sum = more.and_then(|more| self.0.checked_add(more)).ok_or(Overflow)?;
        Ok(Self(sum))
    }

    /// Half up, to a quantity.
    pub(crate) const fn rounded(self) -> Qty {
        Qty::from_steps(half_up(self.0, E9 * E6))
    }
}

/// What an export consumed, net and as process loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consumed {
    /// All of it.
    pub total: Qty,
    /// What is in the product (净耗).
    pub net: Qty,
    /// What the process lost (工艺损耗).
    pub loss: Qty,
}

/// What an export consumed of a material that is bonded throughout, net and lost; the two add up.
///
/// # Errors
/// As [`UseErr`].
pub fn consumed(exported: Qty, net: UnitUse, loss_ppb: u64) -> Result<Consumed, UseErr> {
    let total = consumption(exported, unit_use(net, loss_ppb)?, 0)?;
    let net = consumption(exported, net, 0)?;
    Ok(Consumed { total, net, loss: total.minus(net)? })
}

/// What was consumed beyond a published standard (单耗标准): it is not bonded, duty is due on it.
///
/// # Errors
/// As [`UseErr`].
pub fn excess(exported: Qty, used: UnitUse, standard: UnitUse) -> Result<Qty, UseErr> {
    let over = used.minus(standard)?.max(UnitUse::ZERO);
    consumption(exported, over, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn used(text: &str) -> UnitUse {
        text.parse().unwrap()
    }

    fn qty(text: &str) -> Qty {
        text.parse().unwrap()
    }

    #[test]
    fn s01_unit_consumption_and_what_three_sets_consumed() {
        let sixty_two = 620_000_000;
        assert_eq!(unit_use(used("1840.5"), sixty_two), Ok(used("4843.421052632")));
        let three =
            Consumed { total: qty("14530.26316"), net: qty("5521.50000"), loss: qty("9008.76316") };
        assert_eq!(consumed(Qty::whole(3), used("1840.5"), sixty_two), Ok(three));
        let other = unit_use(used("412.36"), 85_000_000).unwrap();
        assert_eq!(other, used("450.666666667"));
        assert_eq!(consumption(Qty::whole(3), other, 0), Ok(qty("1352.00000")));
        assert_eq!(consumption(Qty::whole(3), other, 120_000), Ok(qty("1189.76000")));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        assert_eq!(
            unit_use(used("1"), 1_000_000_000),
            Err(UseErr::AllLost { loss_ppb: 1_000_000_000 })
        );
        assert_eq!(unit_use(used("1"), 999_999_999), Ok(used("1000000000")));
        assert_eq!(unit_use(used("-1"), 0), Err(UseErr::Negative));
        let too_much = UseErr::NonBonded { nonbonded_ppm: 1_000_001 };
        assert_eq!(consumption(Qty::ONE, used("1"), 1_000_001), Err(too_much));
        assert_eq!(consumption(Qty::ONE, used("1"), 1_000_000), Ok(Qty::ZERO));
        let large = Qty::from_steps(i128::MAX / 2);
        assert_eq!(consumption(large, used("1"), 0), Err(UseErr::Overflow(Overflow)));
    }

    #[test]
    fn use_beyond_the_standard_is_not_bonded() {
        assert_eq!(excess(Qty::whole(3), used("450.666666667"), used("450")), Ok(qty("2.00000")));
        assert_eq!(excess(Qty::whole(3), used("449"), used("450")), Ok(Qty::ZERO));
    }

    proptest! {
        #[test]
        fn more_loss_never_consumes_less(net in 0_i64..10_000_000_000_000, loss in 0_u64..999_999_999) {
            let net = UnitUse::from_steps(net.into());
            let (less, more) = (unit_use(net, loss).unwrap(), unit_use(net, loss + 1).unwrap());
            prop_assert!(net <= less && less <= more);
        }

        #[test]
        fn what_is_lost_and_what_is_not_bonded_stay_within_the_whole(
            exported in 0_i64..1_000_000_000_000, net in 0_i64..1_000_000_000_000, ppm in 0_u32..=1_000_000,
        ) {
            let (exported, net) = (Qty::from_steps(exported.into()), UnitUse::from_steps(net.into()));
            let whole = consumption(exported, net, 0).unwrap();
            let bonded = consumption(exported, net, ppm).unwrap();
            let rest = consumption(exported, net, 1_000_000 - ppm).unwrap();
            // Each is rounded for itself, so that they may miss the whole by one step.
            let sum = bonded.plus(rest).unwrap();
            prop_assert!(bonded <= whole && sum.minus(whole).unwrap().abs() <= Qty::from_steps(1));
        }
    }
}
