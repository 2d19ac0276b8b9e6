//! Money that came back (回款): which rents a receipt pays, what is overdue, how much of what was due has come.

use crate::{Currency, RentRow};
use codes::Date;
use elements::Ppm;
use serde::{Deserialize, Serialize};

/// Money that a bank reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// On which day it counts (起息日).
    pub value_on: Date,
    /// How much, in minor units of the currency of rent.
    pub amount_minor: i64,
    /// Its currency.
    pub currency: Currency,
}

/// What may be missing for the bank's charges: the lesser of a share of what was sent and an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tolerance {
    /// Of what was sent, in millionths.
    pub share: Ppm,
    /// At most, in minor units.
    pub amount_minor_max: i64,
}

/// What a receipt pays of one rent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// The number of the rent.
    pub no: u32,
    /// Of its interest.
    pub interest_minor: i64,
    /// Of its principal.
    pub principal_minor: i64,
    /// What was missing and counts as the bank's charges.
    pub charges_minor: i64,
}

/// Where a receipt went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// Rent by rent, oldest first.
    pub matches: Vec<Match>,
    /// What is left when all rents are paid.
    pub left_minor: i64,
}

/// Why a receipt cannot be allocated: it is of another currency than the rent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found} cannot pay rent in {expected}")]
pub struct OtherCurrency {
    /// The currency of rent.
    pub expected: Currency,
    /// The currency of the receipt.
    pub found: Currency,
}

/// Pays rents with a receipt: the oldest first, interest before principal, what is over to the next.
///
/// Where no more than the tolerance is then missing from the last rent touched, it counts as the bank's charges and the rent
/// is paid.
///
/// # Errors
/// [`OtherCurrency`]: amounts are never added across currencies.
pub fn allocate(
    rows: &mut [RentRow],
    currency: Currency,
    receipt: &Receipt,
    tolerance: Tolerance,
) -> Result<Allocation, OtherCurrency> {
    if receipt.currency != currency {
        return Err(OtherCurrency { expected: currency, found: receipt.currency });
    }
    let mut told = Allocation { matches: Vec::new(), left_minor: receipt.amount_minor.max(0) };
    let mut order: Vec<&mut RentRow> = rows.iter_mut().filter(|row| row.open_minor() > 0).collect();
    order.sort_by_key(|row| (row.due, row.no));
    for row in order {
        if told.left_minor == 0 {
            break;
        }
        let interest = (row.interest_minor - row.paid_interest_minor).clamp(0, told.left_minor);
        told.left_minor -= interest;
        row.paid_interest_minor += interest;
        let principal = row.open_minor().clamp(0, told.left_minor);
        told.left_minor -= principal;
        row.paid_principal_minor += principal;
        let missing = row.open_minor();
        let charges =
            if missing > 0 && tolerance.holds(missing, receipt.amount_minor) { missing } else { 0 };
        row.charges_minor += charges;
        told.matches.push(Match {
            no: row.no,
            interest_minor: interest,
            principal_minor: principal,
            charges_minor: charges,
        });
    }
    Ok(told)
}

impl Tolerance {
    /// Whether what is missing may be charges on a transfer of which `received` arrived.
    fn holds(&self, missing: i64, received: i64) -> bool {
        let sent = i128::from(missing) + i128::from(received);
        missing <= self.amount_minor_max
            && i128::from(missing) * 1_000_000 <= sent * i128::from(self.share.0)
    }
}

/// One step of ageing (账龄): from how many days after the due day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// Its word, such as `doubtful`.
    pub word: String,
    /// From how many days after the due day.
    pub days_min: u32,
}

/// What is overdue in a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ageing {
    /// The bucket's word.
    pub word: String,
    /// The rents, by number.
    pub rents: Vec<u32>,
    /// What is open of them.
    pub open_minor: i64,
}

/// What is overdue on a day, by bucket; a rent counts in the last bucket that it has reached.
#[must_use]
pub fn ageing(rows: &[RentRow], on: Date, buckets: &[Bucket]) -> Vec<Ageing> {
    let mut steps = buckets.to_vec();
    steps.sort_by_key(|bucket| bucket.days_min);
    let mut told: Vec<Ageing> = steps
        .iter()
        .map(|bucket| Ageing { word: bucket.word.clone(), rents: Vec::new(), open_minor: 0 })
        .collect();
    for row in rows.iter().filter(|row| row.open_minor() > 0) {
        let days = row.due.until(on).map_or(0, |span| span.get_days());
        let reached =
            steps.iter().rposition(|bucket| i64::from(days) >= i64::from(bucket.days_min.max(1)));
        if let Some(bucket) = reached.and_then(|at| told.get_mut(at)) {
            bucket.rents.push(row.no);
            bucket.open_minor = bucket.open_minor.saturating_add(row.open_minor());
        }
    }
    told
}

/// What was due up to a day and what has come of all rents (回款率).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collected {
    /// Rents due on that day or before.
    pub due_minor: i64,
    /// What was received.
    pub received_minor: i64,
    /// What is overdue.
    pub overdue_minor: i64,
}

/// Adds up what was due and what has come.
#[must_use]
pub fn collected(rows: &[RentRow], on: Date) -> Collected {
    rows.iter().fold(Collected::default(), |sum, row| {
        let received = row.paid_interest_minor.saturating_add(row.paid_principal_minor);
        let is_due = row.due <= on;
        Collected {
            due_minor: sum.due_minor.saturating_add(if is_due { row.rent_minor } else { 0 }),
            received_minor: sum.received_minor.saturating_add(received),
            overdue_minor: sum.overdue_minor.saturating_add(if row.due < on {
                row.open_minor()
            } else {
                0
            }),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule;
    use crate::schedule::tests::founding;
    use proptest::prelude::*;

    const TOLERANCE: Tolerance = Tolerance { share: Ppm(1_000), amount_minor_max: 5_000 };

    fn receipt(amount_minor: i64) -> Receipt {
        Receipt { value_on: Date::constant(2026, 4, 21), amount_minor, currency: Currency::CNY }
    }

    fn paid(rows: &mut [RentRow], amount_minor: i64) -> Allocation {
        allocate(rows, Currency::CNY, &receipt(amount_minor), TOLERANCE).unwrap()
    }

    fn one(no: u32, interest_minor: i64, principal_minor: i64, charges_minor: i64) -> Match {
        Match { no, interest_minor, principal_minor, charges_minor }
    }

    #[test]
    fn s12_the_oldest_rent_first_interest_before_principal() {
        let mut rows = schedule(&founding()).unwrap();
        let told = paid(&mut rows, 30_000_000);
        assert_eq!(
            told.matches,
            [one(1, 5_880_000, 16_855_375, 0), one(2, 5_795_723, 1_468_902, 0)]
        );
        assert_eq!(
            (told.left_minor, rows[0].open_minor(), rows[1].open_minor()),
            (0, 0, 15_470_750)
        );
        let told = paid(&mut rows, 15_470_750 + 100);
        assert_eq!(told.matches, [one(2, 0, 15_470_750, 0), one(3, 100, 0, 0)]);
    }

    #[test]
    fn what_the_bank_kept_is_no_debt_within_the_tolerance() {
        // (received, charges): 0.1 % of what was sent, and at most 50.00.
        let table =
            [(22_735_375 - 1_375, 1_375), (22_735_375 - 5_000, 5_000), (22_735_375 - 5_001, 0)];
        for (received, charges) in table {
            let mut rows = schedule(&founding()).unwrap();
            assert_eq!(paid(&mut rows, received).matches[0].charges_minor, charges, "{received}");
            assert_eq!(rows[0].open_minor() == 0, charges > 0);
        }
        let mut small = vec![RentRow {
            rent_minor: 10_000,
            interest_minor: 0,
            principal_minor: 10_000,
            ..schedule(&founding()).unwrap()[0]
        }];
        assert_eq!(paid(&mut small.clone(), 9_990).matches[0].charges_minor, 10);
        assert_eq!(paid(&mut small, 9_989).matches[0].charges_minor, 0);
    }

    #[test]
    fn another_currency_pays_nothing() {
        let mut rows = schedule(&founding()).unwrap();
        let dollars = Receipt { currency: "USD".parse().unwrap(), ..receipt(100) };
        assert!(allocate(&mut rows, Currency::CNY, &dollars, TOLERANCE).is_err());
        assert_eq!(rows, schedule(&founding()).unwrap());
    }

    #[test]
    fn overdue_rents_age_and_count_in_one_bucket() {
        let mut rows = schedule(&founding()).unwrap();
        paid(&mut rows, 22_735_375);
        let bucket = |word: &str, days_min| Bucket { word: word.to_owned(), days_min };
        let buckets = [bucket("watch", 30), bucket("substandard", 60), bucket("doubtful", 90)];
        let told = |day: &str| -> Vec<Vec<u32>> {
            let day = day.parse().unwrap();
            ageing(&rows, day, &buckets).into_iter().map(|ageing| ageing.rents).collect()
        };
        assert_eq!(told("2026-06-18"), [vec![], vec![], Vec::<u32>::new()]);
        assert_eq!(told("2026-06-19"), [vec![2], vec![], vec![]]);
        assert_eq!(told("2026-07-20"), [vec![3], vec![2], vec![]]);
        assert_eq!(told("2026-08-18"), [vec![3], vec![], vec![2]], "day 59 and 90");
        let sum = collected(&rows, "2026-06-20".parse().unwrap());
        assert_eq!(sum.due_minor, 3 * 22_735_375);
        assert_eq!((sum.received_minor, sum.overdue_minor), (22_735_375, 22_735_375));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_paid_twice(receipts in proptest::collection::vec(1_i64..60_000_000, 1..80)) {
            let mut rows = schedule(&founding()).unwrap();
            for amount in receipts {
                let before: i64 = rows.iter().map(RentRow::open_minor).sum();
                let told = paid(&mut rows, amount);
                let gone: i64 = told.matches.iter().map(|m| m.interest_minor + m.principal_minor).sum();
                let charges: i64 = told.matches.iter().map(|m| m.charges_minor).sum();
                prop_assert_eq!(gone + told.left_minor, amount);
                prop_assert_eq!(rows.iter().map(RentRow::open_minor).sum::<i64>(), before - gone - charges);
                prop_assert!(rows.iter().all(|row| row.open_minor() >= 0 && row.paid_interest_minor <= row.interest_minor));
            }
        }
    }
}
