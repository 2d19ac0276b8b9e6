//! Money of a currency, in minor units.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// A currency (币种) of ISO 4217, three capitals.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// A text that is no currency.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no currency of ISO 4217")]
pub struct NotACurrency(pub String);

impl Currency {
    /// Renminbi.
    pub const CNY: Self = Self(*b"CNY");
}

impl FromStr for Currency {
    type Err = NotACurrency;

    fn from_str(text: &str) -> Result<Self, NotACurrency> {
        <[u8; 3]>::try_from(text.as_bytes())
            .ok()
            .filter(|bytes| bytes.iter().all(u8::is_ascii_uppercase))
            .map(Self)
            .ok_or_else(|| NotACurrency(text.to_owned()))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{}", char::from(*byte)))
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Currency({self})")
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// An amount of a currency, in hundredths of its unit (fen, cents).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Hundredths of the unit.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// An amount in hundredths.
    #[must_use]
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads an amount as messages write it, such as `227353.75`, `300000` or `,5` with the decimal mark given.
    ///
    /// `None` for anything but digits and one mark, or with parts of a hundredth.
    #[must_use]
    pub fn read(text: &str, mark: char, currency: Currency) -> Option<Self> {
        let (whole, part) = text.split_once(mark).unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && part.is_empty()) || !digits(whole) || !digits(part) {
            return None;
        }
        let (cents, beyond) = part.split_at_checked(2).unwrap_or((part, ""));
        if beyond.bytes().any(|byte| byte != b'0') {
            return None;
        }
        let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let cents: i64 = format!("{cents:0<2}").parse().ok()?;
        Some(Self { minor: whole.checked_mul(100)?.checked_add(cents)?, currency })
    }
}

impl fmt::Display for Money {
    /// Such as `CNY 227353.75`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency, rust_decimal::Decimal::new(self.minor, 2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_messages_write_them() {
        let table = [
            ("227353.75", '.', Some(22_735_375)),
            ("300000", '.', Some(30_000_000)),
            ("300000,", ',', Some(30_000_000)),
            ("0.5", '.', Some(50)),
            (",07", ',', Some(7)),
            ("1.10000", '.', Some(110)),
            ("1.101", '.', None),
            ("-1.00", '.', None),
            ("1,00", '.', None),
            ("", '.', None),
            (".", '.', None),
            ("99999999999999999999", '.', None),
        ];
        for (text, mark, minor) in table {
            let read = Money::read(text, mark, Currency::CNY).map(|money| money.minor);
            assert_eq!(read, minor, "{text}");
        }
        assert_eq!(Money::new(22_735_375, Currency::CNY).to_string(), "CNY 227353.75");
        assert_eq!("cny".parse::<Currency>(), Err(NotACurrency("cny".to_owned())));
        assert!("美元x".parse::<Currency>().is_err());
    }
}
