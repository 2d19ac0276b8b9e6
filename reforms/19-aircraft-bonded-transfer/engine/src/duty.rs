//! Duty, value-added tax and interest on what is sold at home or missing (补税).

use elements::{Bp, Fen, Ppm};
use serde::{Deserialize, Serialize};

/// The rates of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rates {
    /// Customs duty (关税).
    pub duty: Bp,
    /// Value-added tax at import (进口环节增值税).
    pub vat: Bp,
}

/// What is owed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tax {
    /// The value it is reckoned on.
    pub value: Fen,
    /// Duty.
    pub duty: Fen,
    /// Value-added tax, on value and duty.
    pub vat: Fen,
    /// Together.
    pub total: Fen,
}

/// Duty on a value, then value-added tax on both; `None` if it overflows.
///
/// # Source
/// 关税法 art. 21, 36; 增值税法: the assessable value of imports includes duty. The rates come in.
#[must_use]
pub fn tax_of(value: Fen, rates: Rates) -> Option<Tax> {
    let duty = rates.duty.of(value)?;
    // On the exact sum: duty that was rounded is what is owed, and what tax is reckoned on.
    let vat = rates.vat.of(value.checked_add(duty)?)?;
    Some(Tax { value, duty, vat, total: duty.checked_add(vat)? })
}

/// Interest on deferred tax (缓税利息) and what it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interest {
    /// From the day of import or last settlement to that of payment.
    pub days: u32,
    /// The yearly rate of demand deposits, in millionths.
    pub rate: Ppm,
    /// What is owed.
    pub fen: Fen,
}

/// Tax × days × yearly rate ÷ 360, half up; `None` if it overflows.
///
/// # Source
/// 海关总署公告 on deferred-tax interest of processing trade; the rate comes in.
#[must_use]
pub fn interest(tax: Fen, days: u32, rate: Ppm) -> Option<Interest> {
    let product =
        i128::from(tax.0).checked_mul(i128::from(days))?.checked_mul(i128::from(rate.0))?;
    let fen = Fen(i64::try_from(crate::qty::half_up(product, 360_000_000)).ok()?);
    Some(Interest { days, rate, fen })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s03_what_is_short_is_taxed_as_an_import() {
        let told = tax_of(Fen(11_938_920), Rates { duty: Bp(700), vat: Bp(1_300) }).unwrap();
        assert_eq!(
            (told.duty, told.vat, told.total),
            (Fen(835_724), Fen(1_660_704), Fen(2_496_428))
        );
        assert_eq!(tax_of(Fen(0), Rates { duty: Bp(700), vat: Bp(1_300) }), Some(Tax::default()));
        assert_eq!(tax_of(Fen(i64::MAX), Rates { duty: Bp(10_000), vat: Bp(0) }), None);
    }

    #[test]
    fn s05_interest_runs_by_the_day() {
        let told = |rate| interest(Fen(8_642_037), 214, Ppm(rate)).unwrap().fen;
        assert_eq!(told(3_500), Fen(17_980));
        assert_eq!(told(500), Fen(2_569));
        assert_eq!(interest(Fen(8_642_037), 0, Ppm(3_500)).unwrap().fen, Fen(0));
        assert_eq!(interest(Fen(i64::MAX), u32::MAX, Ppm(1_000_000)), None);
    }
}
