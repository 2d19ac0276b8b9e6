//! Money in fen, rates and exact shares.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Money (金额) in fen, Chinese yuan; 元 and 万元 are projections of it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Fen(pub i64);

impl Fen {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// The sum, unless it overflows.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, unless it overflows.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The multiple, unless it overflows.
    #[must_use]
    pub fn checked_mul(self, times: i64) -> Option<Self> {
        self.0.checked_mul(times).map(Self)
    }

    /// The sum of many, unless it overflows.
    pub fn checked_sum(all: impl IntoIterator<Item = Self>) -> Option<Self> {
        all.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// The money of an exact number of yuan; `None` if it has parts of a fen or is too large.
    #[must_use]
    pub fn from_yuan(yuan: Decimal) -> Option<Self> {
        let fen = yuan.checked_mul(Decimal::ONE_HUNDRED)?;
        if fen.fract().is_zero() { i64::try_from(fen.trunc()).ok().map(Self) } else { None }
    }

    /// The amount in yuan (元), exact.
    #[must_use]
    pub fn yuan(self) -> Decimal {
        Decimal::new(self.0, 2)
    }

    /// The amount in ten thousands of yuan (万元), exact.
    #[must_use]
    pub fn wan(self) -> Decimal {
        Decimal::new(self.0, 6)
    }

    /// Splits the money by weights: largest remainder, ties to the earlier row, so that the parts always add up.
    ///
    /// `None` if there are no weights, all are zero, or the money is negative.
    #[must_use]
    pub fn split(self, weights: &[u64]) -> Option<Vec<Self>> {
        let money = u128::try_from(self.0).ok()?;
        let total: u128 = weights.iter().map(|w| u128::from(*w)).sum();
        if total == 0 {
            return None;
        }
        let mut parts = Vec::with_capacity(weights.len());
        let mut rest = Vec::with_capacity(weights.len());
        let mut given: u128 = 0;
        for (row, weight) in weights.iter().enumerate() {
            let product = money.checked_mul(u128::from(*weight))?;
            given += product / total;
            parts.push(i64::try_from(product / total).ok()?);
            rest.push((product % total, row));
        }
        rest.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let left = usize::try_from(money - given).ok()?;
        for (_, row) in rest.into_iter().take(left) {
            if let Some(part) = parts.get_mut(row) {
                *part += 1;
            }
        }
        Some(parts.into_iter().map(Self).collect())
    }
}

impl fmt::Display for Fen {
    /// Yuan with two decimals, such as `5000000.00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.yuan())
    }
}

/// Multiplies money by `numerator / denominator`, half up.
fn apply(fen: Fen, numerator: i64, denominator: i64) -> Option<Fen> {
    let product = Decimal::from(fen.0).checked_mul(Decimal::from(numerator))?;
    let exact = product.checked_div(Decimal::from(denominator))?;
    let rounded = exact.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    i64::try_from(rounded).ok().map(Fen)
}

/// A statutory rate (费率) in 1/10,000.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Bp(pub i64);

impl Bp {
    /// The rate of an amount, rounded half up; `None` on overflow.
    #[must_use]
    pub fn of(self, fen: Fen) -> Option<Fen> {
        apply(fen, self.0, 10_000)
    }

    /// The rate in per cent.
    #[must_use]
    pub fn percent(self) -> Decimal {
        Decimal::new(self.0, 2)
    }
}

/// A measured rate (比率) in 1/1,000,000.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Ppm(pub i64);

impl Ppm {
    /// The rate of an amount, rounded half up; `None` on overflow.
    #[must_use]
    pub fn of(self, fen: Fen) -> Option<Fen> {
        apply(fen, self.0, 1_000_000)
    }

    /// The rate in per cent.
    #[must_use]
    pub fn percent(self) -> Decimal {
        Decimal::new(self.0, 4)
    }
}

/// An exact share (份额) of ownership, in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "ShareWire", into = "ShareWire")]
pub struct Share {
    num: u64,
    den: u64,
}

/// How a share is written.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ShareWire {
    num: u64,
    den: u64,
}

/// Two numbers that are no share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{num}/{den}` is no share: the lower number is at least 1 and the upper one not above it")]
pub struct ShareError {
    /// The upper number.
    pub num: u64,
    /// The lower number.
    pub den: u64,
}

impl Share {
    /// The whole.
    pub const WHOLE: Self = Self { num: 1, den: 1 };

    /// A share between nothing and the whole.
    ///
    /// # Errors
    /// [`ShareError`] if `den` is 0 or `num` above it.
    pub fn new(num: u64, den: u64) -> Result<Self, ShareError> {
        if den == 0 || num > den {
            return Err(ShareError { num, den });
        }
        let by = gcd(num, den);
        Ok(Self { num: num / by, den: den / by })
    }

    /// The upper number, in lowest terms.
    #[must_use]
    pub fn num(self) -> u64 {
        self.num
    }

    /// The lower number, in lowest terms.
    #[must_use]
    pub fn den(self) -> u64 {
        self.den
    }

    /// The sum, if it is still a share; `None` above the whole or on overflow.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let den = self.den.checked_mul(other.den / gcd(self.den, other.den))?;
        let left = self.num.checked_mul(den / self.den)?;
        let right = other.num.checked_mul(den / other.den)?;
        Self::new(left.checked_add(right)?, den).ok()
    }

    /// The share in per cent with `scale` decimals, rounded half up.
    #[must_use]
    pub fn percent(self, scale: u32) -> Decimal {
        let exact = Decimal::from(self.num) * Decimal::ONE_HUNDRED / Decimal::from(self.den);
        let mut rounded =
            exact.round_dp_with_strategy(scale, RoundingStrategy::MidpointAwayFromZero);
        rounded.rescale(scale);
        rounded
    }
}

impl Ord for Share {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let left = u128::from(self.num) * u128::from(other.den);
        left.cmp(&(u128::from(other.num) * u128::from(self.den)))
    }
}

impl PartialOrd for Share {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.num, self.den)
    }
}

impl TryFrom<ShareWire> for Share {
    type Error = ShareError;

    fn try_from(wire: ShareWire) -> Result<Self, ShareError> {
        Self::new(wire.num, wire.den)
    }
}

impl From<Share> for ShareWire {
    fn from(share: Share) -> Self {
        Self { num: share.num, den: share.den }
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_adds_up_and_ties_go_to_the_earlier_row() {
        for (fen, weights, want) in [
            (100, &[1, 1, 1][..], &[34, 33, 33][..]),
            (101, &[1, 1, 1], &[34, 34, 33]),
            (500_000_000, &[60, 40], &[300_000_000, 200_000_000]),
            (5, &[0, 1], &[0, 5]),
            (7, &[3, 3, 1], &[3, 3, 1]),
            (0, &[1, 2], &[0, 0]),
            (i64::MAX, &[u64::MAX, 1], &[i64::MAX, 0]),
        ] {
            let got: Vec<i64> = Fen(fen).split(weights).unwrap().into_iter().map(|f| f.0).collect();
            assert_eq!(got, want, "{fen}");
            assert_eq!(got.iter().sum::<i64>(), fen);
        }
        assert_eq!(Fen(1).split(&[]), None);
        assert_eq!(Fen(1).split(&[0]), None);
        assert_eq!(Fen(-1).split(&[1]), None);
    }

    #[test]
    fn parts_of_a_fen_are_no_money() {
        assert_eq!(Fen::from_yuan(Decimal::new(33_333_333, 2)), Some(Fen(33_333_333)));
        assert_eq!(Fen::from_yuan(Decimal::new(1, 3)), None);
        assert_eq!(Fen::from_yuan(Decimal::MAX), None);
        assert_eq!(Fen(33_333_333).wan().to_string(), "33.333333");
        assert_eq!(Fen(-5).to_string(), "-0.05");
    }

    #[test]
    fn rates_round_half_up_once() {
        assert_eq!(Bp(5).of(Fen(1_000)), Some(Fen(1))); // 0.5 fen
        assert_eq!(Bp(4).of(Fen(1_000)), Some(Fen(0)));
        assert_eq!(Ppm(500_000).of(Fen(3)), Some(Fen(2)));
        assert_eq!(Bp(800).percent().to_string(), "8.00");
    }

    #[test]
    fn shares_are_exact() {
        let third = Share::new(1, 3).unwrap();
        let all = third.checked_add(third).and_then(|two| two.checked_add(third));
        assert_eq!(all, Some(Share::WHOLE));
        assert_eq!(Share::WHOLE.checked_add(third), None);
        assert_eq!(third.percent(2).to_string(), "33.33");
        assert_eq!(Share::new(2, 3).unwrap().percent(2).to_string(), "66.67");
        assert!(Share::new(1, 3).unwrap() < Share::new(2, 5).unwrap());
        assert!(Share::new(2, 1).is_err() && Share::new(0, 0).is_err());
    }
}
