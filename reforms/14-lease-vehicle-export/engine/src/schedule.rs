//! The rent schedule (租金计划): an annuity, to the cent.

use crate::Currency;
use codes::Date;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

/// How often rent is paid (付租周期).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RentPeriod {
    /// Each month (月).
    Month,
    /// Each quarter (季).
    Quarter,
    /// Each half-year (半年).
    HalfYear,
}

impl RentPeriod {
    /// Its months.
    #[must_use]
    pub const fn months(self) -> u32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::HalfYear => 6,
        }
    }

    /// The word in forms and events.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::HalfYear => "half_year",
        }
    }

    /// The period of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Month, Self::Quarter, Self::HalfYear].into_iter().find(|one| one.word() == word)
    }
}

/// When within its period rent is paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timing {
    /// At its end (后付).
    #[default]
    Arrears,
    /// At its beginning (先付).
    Advance,
}

/// What a lease contract says about money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseTerms {
    /// The currency of rent.
    pub currency: Currency,
    /// The price of the vehicles, in minor units.
    pub price_minor: i64,
    /// The down payment (首付款), in minor units.
    pub upfront_minor: i64,
    /// The residual value (残值) that stands open at the end, in minor units.
    pub residual_minor: i64,
    /// The yearly rate (年利率), such as 0.06.
    pub annual_rate: Decimal,
    /// The term, in months.
    pub term_months: u32,
    /// How often rent is paid.
    pub period: RentPeriod,
    /// On which day of the month; the month's last where it is shorter.
    pub due_day: u8,
    /// From when the lease runs.
    pub start: Date,
    /// When within its period rent is paid.
    pub timing: Timing,
}

/// One rent (租金) and what was paid of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RentRow {
    /// Its number, from one.
    pub no: u32,
    /// When it is due.
    pub due: Date,
    /// The rent: interest and principal.
    pub rent_minor: i64,
    /// The interest in it.
    pub interest_minor: i64,
    /// The principal in it.
    pub principal_minor: i64,
    /// What of the principal stands open when it is paid.
    pub balance_minor: i64,
    /// Interest received.
    #[serde(default)]
    pub paid_interest_minor: i64,
    /// Principal received.
    #[serde(default)]
    pub paid_principal_minor: i64,
    /// Bank charges borne by the lessor.
    #[serde(default)]
    pub charges_minor: i64,
}

impl RentRow {
    /// What is still to be paid.
    #[must_use]
    pub const fn open_minor(&self) -> i64 {
        self.rent_minor
            .saturating_sub(self.paid_interest_minor)
            .saturating_sub(self.paid_principal_minor)
            .saturating_sub(self.charges_minor)
    }
}

/// What a schedule comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// All interest.
    pub interest_minor: i64,
    /// All principal.
    pub principal_minor: i64,
    /// All rents.
    pub rent_minor: i64,
}

/// Why the terms give no schedule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TermError {
    /// A field is out of its range.
    #[error("`{key}` is out of its range")]
    Range {
        /// Which, by its key in the form.
        key: &'static str,
    },
    /// The term is no multiple of the period.
    #[error("{term_months} months are no multiple of {period_months}")]
    Period {
        /// The term.
        term_months: u32,
        /// The period.
        period_months: u32,
    },
    /// A figure is too large.
    #[error("the figures are too large")]
    Overflow,
}

/// The longest term, in months.
const TERM_MONTHS_MAX: u32 = 360;

/// The rents of a lease: constant, but for the last, which takes what rounding left.
///
/// With `P` what is financed, `F` the residual, `n` periods and `i = annual rate × months ÷ 12`, the rent is
/// `(P − F·(1+i)^−n)·i ÷ (1 − (1+i)^−n)`, half up to the cent; paid in advance it is that divided by `1 + i`.
///
/// # Errors
/// As [`TermError`].
pub fn schedule(terms: &LeaseTerms) -> Result<Vec<RentRow>, TermError> {
    let periods = check(terms)?;
    let financed = terms.price_minor - terms.upfront_minor;
    let rate = terms
        .annual_rate
        .checked_mul(Decimal::from(terms.period.months()))
        .and_then(|yearly| yearly.checked_div(Decimal::from(12)))
        .ok_or(TermError::Overflow)?;
    let advance = terms.timing == Timing::Advance;
    let residual = Decimal::from(terms.residual_minor);
    let rent = rent_of(Decimal::from(financed), residual, rate, periods, advance)
        .ok_or(TermError::Overflow)?;
    // What stands open after the last rent: the residual is paid at the end of the term.
    let closing = if advance {
        residual.checked_div(Decimal::ONE + rate).and_then(cents).ok_or(TermError::Overflow)?
    } else {
        terms.residual_minor
    };
    let mut balance = financed;
    let mut rows = Vec::new();
    for no in 1..=periods {
        let interest = if advance && no == 1 { 0 } else { interest_of(terms, balance)? };
        let last = no == periods;
        let principal = if last { balance - closing } else { rent - interest };
        balance -= principal;
        rows.push(RentRow {
            no,
            due: due_of(terms, if advance { no - 1 } else { no })?,
            rent_minor: interest.checked_add(principal).ok_or(TermError::Overflow)?,
            interest_minor: interest,
            principal_minor: principal,
            balance_minor: balance,
            paid_interest_minor: 0,
            paid_principal_minor: 0,
            charges_minor: 0,
        });
    }
    Ok(rows)
}

/// Checks the ranges; tells how many rents there are.
fn check(terms: &LeaseTerms) -> Result<u32, TermError> {
    let range = |key, holds: bool| if holds { Ok(()) } else { Err(TermError::Range { key }) };
    // Cents of a million million: far from where sums overflow.
    range("total_price", (1..=100_000_000_000_000).contains(&terms.price_minor))?;
    range("upfront_amount", (0..terms.price_minor).contains(&terms.upfront_minor))?;
    let financed = terms.price_minor - terms.upfront_minor;
    range("residual_value", (0..=financed).contains(&terms.residual_minor))?;
    let rate = terms.annual_rate;
    range("annual_rate", !rate.is_sign_negative() && rate <= Decimal::new(36, 2))?;
    range("lease_term_months", (1..=TERM_MONTHS_MAX).contains(&terms.term_months))?;
    range("rent_due_day", (1..=31).contains(&terms.due_day))?;
    let months = terms.period.months();
    if !terms.term_months.is_multiple_of(months) {
        return Err(TermError::Period { term_months: terms.term_months, period_months: months });
    }
    Ok(terms.term_months / months)
}

fn rent_of(
    financed: Decimal,
    residual: Decimal,
    rate: Decimal,
    periods: u32,
    advance: bool,
) -> Option<i64> {
    if rate.is_zero() {
        return cents(financed.checked_sub(residual)?.checked_div(Decimal::from(periods))?);
    }
    let growth = Decimal::ONE.checked_add(rate)?;
    let grown = (0..periods).try_fold(Decimal::ONE, |power, _| power.checked_mul(growth))?;
    let discount = Decimal::ONE.checked_div(grown)?;
    let paid_off = financed.checked_sub(residual.checked_mul(discount)?)?;
    let rent = paid_off.checked_mul(rate)?.checked_div(Decimal::ONE.checked_sub(discount)?)?;
    cents(if advance { rent.checked_div(growth)? } else { rent })
}

/// The interest of a period. Multiplied before it is divided by twelve, so that a half is a half: `rate` itself may be
/// cut off.
fn interest_of(terms: &LeaseTerms, balance: i64) -> Result<i64, TermError> {
    Decimal::from(balance)
        .checked_mul(terms.annual_rate)
        .and_then(|yearly| yearly.checked_mul(Decimal::from(terms.period.months())))
        .and_then(|product| product.checked_div(Decimal::from(12)))
        .and_then(cents)
        .ok_or(TermError::Overflow)
}

/// Whole minor units, half up.
fn cents(exact: Decimal) -> Option<i64> {
    i64::try_from(exact.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero)).ok()
}

/// The due day so many periods after the month in which the lease begins, never before it begins.
fn due_of(terms: &LeaseTerms, periods: u32) -> Result<Date, TermError> {
    let months = i64::from(periods) * i64::from(terms.period.months());
    let month = terms
        .start
        .first_of_month()
        .checked_add(jiff::Span::new().months(months))
        .map_err(|_range| TermError::Overflow)?;
    let day = i8::try_from(terms.due_day).unwrap_or(i8::MAX).min(month.days_in_month());
    let due = Date::new(month.year(), month.month(), day).map_err(|_range| TermError::Overflow)?;
    Ok(due.max(terms.start))
}

/// What a schedule comes to.
#[must_use]
pub fn totals(rows: &[RentRow]) -> Totals {
    rows.iter().fold(Totals::default(), |sum, row| Totals {
        interest_minor: sum.interest_minor.saturating_add(row.interest_minor),
        principal_minor: sum.principal_minor.saturating_add(row.principal_minor),
        rent_minor: sum.rent_minor.saturating_add(row.rent_minor),
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The founding case: 35 tractors, five years.
    pub(crate) fn founding() -> LeaseTerms {
        LeaseTerms {
            currency: Currency::CNY,
            price_minor: 1_470_000_000,
            upfront_minor: 294_000_000,
            residual_minor: 0,
            annual_rate: Decimal::new(6, 2),
            term_months: 60,
            period: RentPeriod::Month,
            due_day: 20,
            start: Date::constant(2026, 3, 20),
            timing: Timing::Arrears,
        }
    }

    #[test]
    fn s01_the_founding_case_to_the_cent() {
        let rows = schedule(&founding()).unwrap();
        assert_eq!(rows.len(), 60);
        let row = |no: usize| {
            let row = rows[no - 1];
            (row.rent_minor, row.interest_minor, row.principal_minor, row.balance_minor)
        };
        assert_eq!(row(1), (22_735_375, 5_880_000, 16_855_375, 1_159_144_625));
        assert_eq!((row(2).1, row(2).3), (5_795_723, 1_142_204_973));
        assert_eq!((row(12).1, row(12).3), (4_929_427, 968_079_472));
        assert_eq!((row(60).0, row(60).1, row(60).3), (22_735_349, 113_111, 0));
        let sum = totals(&rows);
        assert_eq!(sum.interest_minor, 188_122_474);
        assert_eq!(sum.rent_minor + founding().upfront_minor, 1_658_122_474);
        assert_eq!(sum.principal_minor, 1_176_000_000);
        let dues: Vec<String> = rows.iter().take(3).map(|row| row.due.to_string()).collect();
        assert_eq!(dues, ["2026-04-20", "2026-05-20", "2026-06-20"]);
    }

    #[test]
    fn due_days_keep_to_the_ends_of_months_and_advance_begins_at_once() {
        let terms = LeaseTerms {
            due_day: 31,
            start: Date::constant(2026, 1, 15),
            term_months: 12,
            period: RentPeriod::Quarter,
            ..founding()
        };
        let dues = |terms: &LeaseTerms| -> Vec<String> {
            schedule(terms).unwrap().iter().map(|row| row.due.to_string()).collect()
        };
        assert_eq!(dues(&terms), ["2026-04-30", "2026-07-31", "2026-10-31", "2027-01-31"]);
        let terms = LeaseTerms { timing: Timing::Advance, due_day: 5, ..terms };
        assert_eq!(dues(&terms), ["2026-01-15", "2026-04-05", "2026-07-05", "2026-10-05"]);
        let rows = schedule(&terms).unwrap();
        assert_eq!((rows[0].interest_minor, rows[3].balance_minor), (0, 0));
    }

    #[test]
    fn without_interest_the_principal_is_split_and_terms_out_of_range_are_named() {
        let free = LeaseTerms {
            annual_rate: Decimal::ZERO,
            price_minor: 100,
            upfront_minor: 0,
            term_months: 3,
            ..founding()
        };
        let rents: Vec<i64> = schedule(&free).unwrap().iter().map(|row| row.rent_minor).collect();
        assert_eq!(rents, [33, 33, 34]);
        type Change = fn(&mut LeaseTerms);
        let table: [(Change, TermError); 8] = [
            (|t| t.price_minor = 0, TermError::Range { key: "total_price" }),
            (|t| t.upfront_minor = t.price_minor, TermError::Range { key: "upfront_amount" }),
            (|t| t.residual_minor = t.price_minor, TermError::Range { key: "residual_value" }),
            (|t| t.annual_rate = Decimal::new(3601, 4), TermError::Range { key: "annual_rate" }),
            (|t| t.annual_rate = Decimal::new(-1, 2), TermError::Range { key: "annual_rate" }),
            (|t| t.term_months = 361, TermError::Range { key: "lease_term_months" }),
            (|t| t.due_day = 32, TermError::Range { key: "rent_due_day" }),
            (
                |t| (t.term_months, t.period) = (61, RentPeriod::HalfYear),
                TermError::Period { term_months: 61, period_months: 6 },
            ),
        ];
        for (change, error) in table {
            let mut terms = founding();
            change(&mut terms);
            assert_eq!(schedule(&terms), Err(error));
        }
    }

    /// An annuity contract (ANN) as the ACTUS standard defines its payment, written for itself: the sum of products of
    /// accrual factors, no power and no discount, in integers of 10^-30.
    mod actus {
        /// The constant payment that brings `notional` down to `residual` after `n` periods of `rate` = `num / den`, in
        /// minor units, half up; then the events, the last taking what is left.
        pub(super) fn ann(
            notional: i128,
            residual: i128,
            (num, den): (i128, i128),
            n: u32,
        ) -> Vec<(i128, i128, i128)> {
            // A(n) = notional × Π(1 + r) − residual over Σ Π(1 + r), as the recursion of what a constant payment of one
            // leaves: leave(k+1) = leave(k) × (1 + r) − payment. Exact fractions over den^n would not fit: scaled instead.
            const SCALE: i128 = 1_000_000_000_000_000_000_000;
            let grow = |x: i128| x + mul_div(x, num, den);
            let (mut product, mut sum) = (SCALE, 0);
            for _ in 0..n {
                sum = grow(sum) + SCALE;
                product = grow(product);
            }
            let owed = Wide::mul(notional, product).minus(Wide::mul(residual, SCALE));
            let payment = owed.div_half_up(sum);
            let mut balance = notional;
            let mut events = Vec::new();
            for k in 1..=n {
                let interest = (2 * balance * num + den).div_euclid(2 * den);
                let principal = if k == n { balance - residual } else { payment - interest };
                balance -= principal;
                events.push((interest, principal, balance));
            }
            events
        }

        fn mul_div(x: i128, num: i128, den: i128) -> i128 {
            // x = q × den + r keeps every product below 2^127.
            let (q, r) = (x / den, x % den);
            q * num + (r * num + den / 2) / den
        }

        /// A number of two limbs of base 10^21, enough for notional × product.
        #[derive(Clone, Copy)]
        struct Wide(i128, i128);

        const BASE: i128 = 1_000_000_000_000_000_000_000;

        impl Wide {
            fn mul(a: i128, b: i128) -> Self {
                let (high, low) = (b / BASE, b % BASE);
                // a is below 10^16, so that a × low is below 10^37.
                let carried = a * low;
                Self(a * high + carried / BASE, carried % BASE)
            }

            fn minus(&self, other: Self) -> Self {
                let (mut high, mut low) = (self.0 - other.0, self.1 - other.1);
                if low < 0 {
                    (high, low) = (high - 1, low + BASE);
                }
                Self(high, low)
            }

            /// Divides by long division in steps of a thousand, so that no remainder overflows.
            fn div_half_up(&self, by: i128) -> i128 {
                let (mut quotient, mut rest) = (self.0 / by, self.0 % by);
                let mut step = BASE / 1_000;
                while step > 0 {
                    rest = rest * 1_000 + self.1 / step % 1_000;
                    quotient = quotient * 1_000 + rest / by;
                    rest %= by;
                    step /= 1_000;
                }
                quotient + i128::from(rest * 2 >= by)
            }
        }
    }

    proptest! {
        #[test]
        fn s01_rents_equal_an_annuity_contract_of_actus(
            price in 100_000_i64..10_000_000_000, upfront in 0_i64..80, residual in 0_i64..50,
            rate_bp in 1_i64..=3_600, periods in 1_u32..=60, which in 0_usize..3,
        ) {
            let period = [RentPeriod::Month, RentPeriod::Quarter, RentPeriod::HalfYear][which];
            let upfront_minor = price * upfront / 100;
            let financed = price - upfront_minor;
            let terms = LeaseTerms {
                price_minor: price,
                upfront_minor,
                residual_minor: financed * residual / 100,
                annual_rate: Decimal::new(rate_bp, 4),
                term_months: periods * period.months(),
                period,
                ..founding()
            };
            let rows = schedule(&terms).unwrap();
            let months = i128::from(period.months());
            let rate = (i128::from(rate_bp) * months, 120_000);
            let expected = actus::ann(financed.into(), terms.residual_minor.into(), rate, periods);
            let found: Vec<(i128, i128, i128)> = rows.iter()
                .map(|row| (row.interest_minor.into(), row.principal_minor.into(), row.balance_minor.into()))
                .collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn principal_adds_up_and_dues_never_go_back(
            price in 1_i64..100_000_000_000, rate_bp in 0_i64..=3_600, months in 1_u32..=360, day in 1_u8..=31,
            advance: bool,
        ) {
            let timing = if advance { Timing::Advance } else { Timing::Arrears };
            let terms = LeaseTerms {
                price_minor: price, upfront_minor: 0, annual_rate: Decimal::new(rate_bp, 4), term_months: months,
                due_day: day, timing, ..founding()
            };
            let rows = schedule(&terms).unwrap();
            prop_assert_eq!(totals(&rows).principal_minor, price);
            prop_assert_eq!(rows.last().unwrap().balance_minor, 0);
            prop_assert!(rows.iter().zip(rows.iter().skip(1)).all(|(one, next)| one.due < next.due));
            prop_assert!(rows.iter().all(|row| row.rent_minor == row.interest_minor + row.principal_minor));
        }
    }
}
