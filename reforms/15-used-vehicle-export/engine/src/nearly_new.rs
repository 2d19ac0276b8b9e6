//! Nearly new vehicles (准新车): which need the maker's confirmation of after-sale service, and whether it covers them.

use codes::{Date, Label, Vin};
use elements::comparable;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What the row of the law says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearlyNewRow {
    /// From when applications need the confirmation; vehicles transferred for export before need none.
    pub from: Date,
    /// Up to how many days after first registration.
    pub days_max: i32,
    /// The last day of application on which earlier transfers are exempt, where one is set.
    pub exempt_until: Option<Date>,
    /// Law and article.
    pub source: String,
}

/// Whether a vehicle needs the confirmation.
///
/// # Source
/// 商贸函〔2025〕648号; the days come in as the row.
#[must_use]
pub fn needs_confirm(
    first_registered_on: Date,
    applied_on: Date,
    transferred_on: Date,
    row: &NearlyNewRow,
) -> bool {
    if applied_on < row.from {
        return false;
    }
    let exempt =
        transferred_on < row.from && row.exempt_until.is_none_or(|until| applied_on <= until);
    let days = first_registered_on.until(applied_on).map_or(0, |span| span.get_days());
    !exempt && days <= row.days_max
}

/// A service outlet (售后网点).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outlet {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub address: String,
}

/// A confirmation of after-sale service (售后维修服务确认书).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// Who issued it.
    pub issuer: String,
    /// For which country or region.
    pub destination: String,
    /// For which vehicles.
    pub vins: BTreeSet<Vin>,
    /// Where they are served.
    pub outlets: Vec<Outlet>,
    /// Whether it bears the maker's seal.
    pub sealed: bool,
}

/// A vehicle that needs one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// Its number.
    pub vin: Vin,
    /// Its maker, by the exact name in the Announcement (公告).
    pub maker: String,
}

/// What is wrong with the confirmations of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "fault")]
pub enum ConfirmFault {
    /// The issuer is no maker of these vehicles: a sales company, a subsidiary, a modifier.
    Issuer {
        /// Who issued it.
        found: String,
        /// Who should have: the makers of the vehicles it names.
        announced: Vec<String>,
    },
    /// A maker issued more than one.
    Second {
        /// Which maker.
        maker: String,
    },
    /// It names another destination.
    Destination {
        /// Whose.
        maker: String,
        /// Which it names.
        found: String,
        /// Where the batch goes.
        expected: String,
    },
    /// It names no outlet, or one without an address.
    Outlets {
        /// Whose.
        maker: String,
    },
    /// It bears no seal.
    Seal {
        /// Whose.
        maker: String,
    },
    /// Vehicles that none of them covers.
    Uncovered {
        /// Of which maker.
        maker: String,
        /// Which.
        vins: BTreeSet<Vin>,
    },
}

impl ConfirmFault {
    /// What it says, in both languages.
    #[must_use]
    pub fn label(&self) -> Label {
        let list = |vins: &BTreeSet<Vin>| {
            vins.iter().map(ToString::to_string).collect::<Vec<_>>().join("、")
        };
        match self {
            Self::Issuer { found, announced } => Label::new(
                format!("出具单位“{found}”与《公告》生产企业名称“{}”不一致", announced.join("、")),
                format!("issued by {found}; the maker is {}", announced.join(", ")),
            ),
            Self::Second { maker } => Label::new(
                format!("{maker}出具了一份以上确认书"),
                format!("{maker} issued more than one"),
            ),
            Self::Destination { maker, found, expected } => Label::new(
                format!("{maker}确认书载明的目的国（地区）为{found}，本批为{expected}"),
                format!("that of {maker} is for {found}, the batch goes to {expected}"),
            ),
            Self::Outlets { maker } => Label::new(
                format!("{maker}确认书未列明售后网点及地址"),
                format!("that of {maker} names no outlet with an address"),
            ),
            Self::Seal { maker } => Label::new(
                format!("{maker}确认书未加盖公章"),
                format!("that of {maker} bears no seal"),
            ),
            Self::Uncovered { maker, vins } => Label::new(
                format!("{maker}未确认的车辆：{}", list(vins)),
                format!("{maker} confirms no service for: {}", list(vins)),
            ),
        }
    }
}

/// What is wrong with the confirmations of a batch, letter by letter, then what is not covered, maker by maker.
///
/// A letter counts for the vehicles of the maker whose name it bears; names are compared folded (full width, brackets).
#[must_use]
pub fn confirm_faults(
    vehicles: &[Confirmed],
    letters: &[Confirmation],
    destination: &str,
) -> Vec<ConfirmFault> {
    let mut makers: BTreeMap<String, (String, BTreeSet<Vin>)> = BTreeMap::new();
    for vehicle in vehicles {
        let of = makers
            .entry(comparable(&vehicle.maker))
            .or_insert_with(|| (vehicle.maker.clone(), BTreeSet::new()));
        of.1.insert(vehicle.vin);
    }
    let mut faults = Vec::new();
    let mut covered: BTreeMap<String, BTreeSet<Vin>> = BTreeMap::new();
    for letter in letters {
        let key = comparable(&letter.issuer);
        let Some((maker, _)) = makers.get(&key) else {
            let announced = makers
                .values()
                .filter(|(_, vins)| !vins.is_disjoint(&letter.vins))
                .map(|(name, _)| name.clone());
            faults.push(ConfirmFault::Issuer {
                found: letter.issuer.clone(),
                announced: announced.collect(),
            });
            continue;
        };
        let maker = maker.clone();
        if covered.contains_key(&key) {
            faults.push(ConfirmFault::Second { maker: maker.clone() });
        }
        if comparable(&letter.destination) != comparable(destination) {
            faults.push(ConfirmFault::Destination {
                maker: maker.clone(),
                found: letter.destination.clone(),
                expected: destination.to_owned(),
            });
        }
        let empty = |text: &str| comparable(text).is_empty();
        let complete = |outlet: &Outlet| !empty(&outlet.name) && !empty(&outlet.address);
        if letter.outlets.is_empty() || !letter.outlets.iter().all(complete) {
            faults.push(ConfirmFault::Outlets { maker: maker.clone() });
        }
        if !letter.sealed {
            faults.push(ConfirmFault::Seal { maker });
        }
        covered.entry(key).or_default().extend(&letter.vins);
    }
    for (key, (maker, vins)) in makers {
        let has = covered.get(&key);
        let missing: BTreeSet<Vin> =
            vins.into_iter().filter(|vin| !has.is_some_and(|has| has.contains(vin))).collect();
        if !missing.is_empty() {
            faults.push(ConfirmFault::Uncovered { maker, vins: missing });
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn s05_a_hundred_and_eighty_days_need_the_confirmation() {
        let mut row = NearlyNewRow {
            from: d("2026-01-01"),
            days_max: 180,
            exempt_until: None,
            source: "source".to_owned(),
        };
        let table = [
            ("2025-12-10", "2026-06-08", "2026-03-01", true),
            ("2025-12-10", "2026-06-09", "2026-03-01", false),
            ("2025-11-20", "2026-02-10", "2025-12-28", false),
            ("2025-11-20", "2026-02-10", "2026-01-01", true),
            ("2025-11-20", "2025-12-30", "2025-12-28", false),
        ];
        for (first, applied, transferred, needed) in table {
            let found = needs_confirm(d(first), d(applied), d(transferred), &row);
            assert_eq!(found, needed, "{first} {applied} {transferred}");
        }
        row.exempt_until = Some(d("2026-02-09"));
        assert!(needs_confirm(d("2025-11-20"), d("2026-02-10"), d("2025-12-28"), &row));
        assert!(!needs_confirm(d("2025-11-20"), d("2026-02-09"), d("2025-12-28"), &row));
    }

    const VINS: [&str; 3] = ["LSVAU2A34N2183294", "LFV2A21K2G4123456", "LGBH52E08MY123456"];

    fn vin(at: usize) -> Vin {
        VINS[at].parse().unwrap()
    }

    fn vehicle(at: usize, maker: &str) -> Confirmed {
        Confirmed { vin: vin(at), maker: maker.to_owned() }
    }

    fn letter(issuer: &str, vins: &[usize]) -> Confirmation {
        Confirmation {
            issuer: issuer.to_owned(),
            destination: "KAZ".to_owned(),
            vins: vins.iter().map(|at| vin(*at)).collect(),
            outlets: vec![Outlet { name: "Almaty".to_owned(), address: "Abay 1".to_owned() }],
            sealed: true,
        }
    }

    #[test]
    fn s06_a_sales_company_is_not_the_maker() {
        let vehicles = [vehicle(0, "某某汽车有限公司")];
        let faults = confirm_faults(&vehicles, &[letter("某某汽车销售有限公司", &[0])], "KAZ");
        let expected = [
            ConfirmFault::Issuer {
                found: "某某汽车销售有限公司".to_owned(),
                announced: vec!["某某汽车有限公司".to_owned()],
            },
            ConfirmFault::Uncovered {
                maker: "某某汽车有限公司".to_owned(), vins: [vin(0)].into()
            },
        ];
        assert_eq!(faults, expected);
        assert!(faults[0].label().zh.contains("某某汽车销售有限公司"));
    }

    #[test]
    fn s06_two_makers_need_two_letters() {
        let vehicles = [vehicle(0, "甲（上海）"), vehicle(1, "乙"), vehicle(2, "乙")];
        let faults = confirm_faults(&vehicles, &[letter("甲(上海)", &[0, 1])], "KAZ");
        let vins = [vin(1), vin(2)].into();
        assert_eq!(faults, [ConfirmFault::Uncovered { maker: "乙".to_owned(), vins }]);
        let letters = [letter("甲(上海)", &[0]), letter("乙", &[2, 1])];
        assert_eq!(confirm_faults(&vehicles, &letters, "KAZ"), []);
    }

    #[test]
    fn every_fault_of_a_letter_is_named() {
        let vehicles = [vehicle(0, "甲")];
        let good = letter("甲", &[0]);
        let mut no_address = good.clone();
        no_address.outlets[0].address = "　".to_owned();
        let bad = Confirmation {
            destination: "RUS".to_owned(),
            outlets: Vec::new(),
            sealed: false,
            ..good.clone()
        };
        let maker = || "甲".to_owned();
        let second = ConfirmFault::Second { maker: maker() };
        assert_eq!(confirm_faults(&vehicles, &[good.clone(), good], "KAZ"), [second]);
        let outlets = ConfirmFault::Outlets { maker: maker() };
        assert_eq!(confirm_faults(&vehicles, &[no_address], "KAZ"), std::slice::from_ref(&outlets));
        let expected = [
            ConfirmFault::Destination {
                maker: maker(),
                found: "RUS".to_owned(),
                expected: "KAZ".to_owned(),
            },
            outlets,
            ConfirmFault::Seal { maker: maker() },
        ];
        assert_eq!(confirm_faults(&vehicles, &[bad], "KAZ"), expected);
    }
}
