//! Fixed-point numbers: quantities (1e-5 of the unit) and unit consumption (1e-9).

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// A number with so many places, as an integer of its smallest step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fixed<const PLACES: u32>(i128);

/// A quantity (数量), in hundred-thousandths of the declared unit.
pub type Qty = Fixed<5>;

/// Unit consumption (单耗), in thousand-millionths.
pub type UnitUse = Fixed<9>;

/// A number that has become too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the quantities are too large")]
pub struct Overflow;

/// A text that is no number of so many places.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no number of so many places")]
pub struct NotANumber(pub String);

impl<const PLACES: u32> Fixed<PLACES> {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// One unit.
    pub const ONE: Self = Self(10_i128.pow(PLACES));

    /// So many smallest steps.
    #[must_use]
    pub const fn from_steps(steps: i128) -> Self {
        Self(steps)
    }

    /// The smallest steps.
    #[must_use]
    pub const fn steps(self) -> i128 {
        self.0
    }

    /// A whole number of units.
    #[must_use]
    pub const fn whole(units: i64) -> Self {
        // An i64 times 10^9 fits by far.
        Self(units as i128 * Self::ONE.0)
    }

    /// The sum.
    ///
    /// # Errors
    /// [`Overflow`].
    pub fn plus(self, other: Self) -> Result<Self, Overflow> {
        self.0.checked_add(other.0).map(Self).ok_or(Overflow)
    }

    /// The difference.
    ///
    /// # Errors
    /// [`Overflow`].
    pub fn minus(self, other: Self) -> Result<Self, Overflow> {
        self.0.checked_sub(other.0).map(Self).ok_or(Overflow)
    }

    /// Without its sign.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }

    /// Whether it is a whole number of units.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        self.0 % Self::ONE.0 == 0
    }

    /// The same to fewer or more places, half up.
    ///
    /// # Errors
    /// [`Overflow`].
    pub fn to_places<const OTHER: u32>(self) -> Result<Fixed<OTHER>, Overflow> {
        let steps = self.0.checked_mul(Fixed::<OTHER>::ONE.0).ok_or(Overflow)?;
        Ok(Fixed(half_up(steps, Self::ONE.0)))
    }
}

/// The quotient, halves away from zero; the divisor is positive.
pub(crate) const fn half_up(numerator: i128, divisor: i128) -> i128 {
    let (quotient, rest) = (numerator / divisor, numerator % divisor);
    if rest.unsigned_abs() >= (divisor - rest.abs()).unsigned_abs() {
        quotient + numerator.signum()
    } else {
        quotient
    }
}

impl<const PLACES: u32> fmt::Display for Fixed<PLACES> {
    /// All places, such as `14530.26316`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (steps, one) = (self.0.unsigned_abs(), Self::ONE.0.unsigned_abs());
        let sign = if self.0 < 0 { "-" } else { "" };
        let width = usize::try_from(PLACES).unwrap_or_default();
        write!(f, "{sign}{}.{:0width$}", steps / one, steps % one)
    }
}

impl<const PLACES: u32> FromStr for Fixed<PLACES> {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let wrong = || NotANumber(text.to_owned());
        let (negative, digits) =
            text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let all_digits =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let width = usize::try_from(PLACES).unwrap_or_default();
        if !all_digits(whole) || !all_digits(part) || part.len() > width {
            return Err(wrong());
        }
        let padded = format!("{part:0<width$}");
        let (whole, part): (i128, i128) =
            whole.parse().ok().zip(padded.parse().ok()).ok_or_else(wrong)?;
        let steps = whole.checked_mul(Self::ONE.0).and_then(|steps| steps.checked_add(part));
        let steps = steps.ok_or_else(wrong)?;
        Ok(Self(if negative { -steps } else { steps }))
    }
}

impl<const PLACES: u32> Serialize for Fixed<PLACES> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, const PLACES: u32> Deserialize<'de> for Fixed<PLACES> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_read_and_written_with_all_places() {
        let table = [
            ("14530.26316", "14530.26316"),
            ("0", "0.00000"),
            ("5521.5", "5521.50000"),
            ("-118.51316", "-118.51316"),
            ("-0.00001", "-0.00001"),
        ];
        for (text, written) in table {
            assert_eq!(text.parse::<Qty>().unwrap().to_string(), written, "{text}");
        }
        for text in
            ["", ".5", "5.", "1.000001", "+1", "1e3", "１", "--1", "1 ", "9".repeat(40).as_str()]
        {
            assert!(text.parse::<Qty>().is_err(), "{text}");
        }
        assert_eq!("4843.421052632".parse::<UnitUse>().unwrap().steps(), 4_843_421_052_632);
        assert!(Qty::whole(3).is_whole() && !Qty::from_steps(1).is_whole());
        assert_eq!(Qty::from_steps(i128::MAX).plus(Qty::from_steps(1)), Err(Overflow));
        assert_eq!(Qty::from_steps(i128::MIN).minus(Qty::from_steps(1)), Err(Overflow));
    }

    #[test]
    fn halves_go_away_from_zero() {
        let table =
            [(5, 10, 1), (4, 10, 0), (-5, 10, -1), (-4, 10, 0), (15, 10, 2), (0, 7, 0), (7, 2, 4)];
        for (numerator, divisor, quotient) in table {
            assert_eq!(half_up(numerator, divisor), quotient, "{numerator}/{divisor}");
        }
        let fine: UnitUse = "1.000005".parse().unwrap();
        assert_eq!(fine.to_places::<5>(), Ok("1.00001".parse().unwrap()));
        assert_eq!(Qty::from_steps(i128::MAX).to_places::<9>(), Err(Overflow));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(steps in any::<i64>()) {
            let qty = Qty::from_steps(steps.into());
            prop_assert_eq!(qty.to_string().parse::<Qty>(), Ok(qty));
            let json = serde_json::to_string(&qty).unwrap();
            prop_assert_eq!(serde_json::from_str::<Qty>(&json).unwrap(), qty);
        }
    }
}
