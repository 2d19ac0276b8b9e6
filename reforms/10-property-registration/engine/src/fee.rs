//! Fees (登记收费): counted by items and certificates, never by area or price. LAW: 民法典 223.

use codes::UnitNo;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How certificates are charged, by the row that decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certificates {
    /// The first of an item is free, each further one is charged.
    FirstFree,
    /// Each is charged, the first too.
    Each,
    /// None is charged.
    Free,
}

impl Certificates {
    /// The way of a word in a rule row.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "first_free" => Some(Self::FirstFree),
            "each" => Some(Self::Each),
            "free" => Some(Self::Free),
            _ => None,
        }
    }
}

/// What a row of the fee table says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// For each item, in fen.
    pub item_fen: i64,
    /// For each certificate that is charged, in fen.
    pub certificate_fen: i64,
    /// Which certificates are charged.
    pub certificates: Certificates,
}

/// What a line of a charge is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Items (件).
    Item,
    /// Certificates (本).
    Certificate,
}

/// One line of a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// For what.
    pub subject: Subject,
    /// How many.
    pub count: u32,
    /// For each, in fen.
    pub each_fen: i64,
    /// Together, in fen.
    pub amount_fen: i64,
}

/// What is owed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// Line by line; empty where nothing is owed.
    pub lines: Vec<Line>,
    /// Together, in fen.
    pub total_fen: i64,
}

/// The parcel of a unit: its first 19 characters.
pub type Parcel = String;

/// How many items (件) an application is.
///
/// One item is one unit, one application, one type; several units on one parcel that secure one loan are one item, on
/// different parcels several. A split counts one for each unit that comes of it (assumed).
///
/// # Source
/// 发改价格规〔2016〕2559号 art. 1.
#[must_use]
pub fn count_items(units: &[UnitNo], one_loan: bool) -> u32 {
    let count = if one_loan {
        units.iter().map(|unit| unit.parcel_code().to_owned()).collect::<BTreeSet<Parcel>>().len()
    } else {
        units.iter().collect::<BTreeSet<_>>().len()
    };
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// What so many items and certificates cost.
#[must_use]
pub fn charge(rates: Rates, items: u32, certificates: u32) -> Charge {
    let charged = match rates.certificates {
        Certificates::FirstFree => certificates.saturating_sub(items),
        Certificates::Each => certificates,
        Certificates::Free => 0,
    };
    let of = |subject, count: u32, each_fen: i64| Line {
        subject,
        count,
        each_fen,
        amount_fen: each_fen.saturating_mul(i64::from(count)),
    };
    let lines: Vec<Line> = [
        of(Subject::Item, items, rates.item_fen),
        of(Subject::Certificate, charged, rates.certificate_fen),
    ]
    .into_iter()
    .filter(|line| line.amount_fen > 0)
    .collect();
    let total_fen = lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.amount_fen));
    Charge { lines, total_fen }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(parcel: &str, n: u32) -> UnitNo {
        format!("440305001002GB{parcel}F{n:08}").parse().unwrap()
    }

    #[test]
    fn s02_items_are_counted_by_unit_and_for_one_loan_by_parcel() {
        let same: Vec<UnitNo> = (1..=5).map(|n| unit("00012", n)).collect();
        assert_eq!(count_items(&same, true), 1);
        assert_eq!(count_items(&same, false), 5);
        let two = [unit("00012", 1), unit("00013", 1), unit("00013", 2)];
        assert_eq!(count_items(&two, true), 2);
        assert_eq!(count_items(&[], false), 0);
    }

    #[test]
    fn s02_further_certificates_are_charged_as_the_row_says() {
        let rates =
            |item_fen, certificates| Rates { item_fen, certificate_fen: 1000, certificates };
        let table = [
            (rates(8000, Certificates::FirstFree), 1, 2, 9000),
            (rates(27_500, Certificates::FirstFree), 1, 2, 28_500),
            (rates(55_000, Certificates::FirstFree), 2, 2, 110_000),
            (rates(0, Certificates::Each), 1, 1, 1000),
            (rates(0, Certificates::Free), 1, 3, 0),
            (rates(55_000, Certificates::FirstFree), 1, 0, 55_000),
        ];
        for (rates, items, certificates, total) in table {
            let charge = charge(rates, items, certificates);
            assert_eq!(charge.total_fen, total, "{rates:?} {items} {certificates}");
            assert_eq!(charge.lines.iter().map(|line| line.amount_fen).sum::<i64>(), total);
        }
    }
}
