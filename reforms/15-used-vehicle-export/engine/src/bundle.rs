//! Batches (批): which vehicles may go on one licence, and whether what was declared is what was licensed.

use codes::{Code, Coded, HsCode, Label, Reason, Vin};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// A vehicle of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its number.
    pub vin: Vin,
    /// Its commodity code.
    pub hs_code: HsCode,
    /// The contract under which it is sold.
    pub contract_no: String,
}

/// Why vehicles do not go on one licence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// There is none.
    #[error("there is no vehicle")]
    Empty,
    /// There are too many.
    #[error("{found} vehicles are more than {max}")]
    TooMany {
        /// How many.
        found: usize,
        /// How many may be.
        max: usize,
    },
    /// They have several commodity codes.
    #[error("the batch has {} commodity codes", .codes.len())]
    OneCode {
        /// Which.
        codes: BTreeSet<HsCode>,
    },
    /// They are sold under several contracts.
    #[error("the batch has {} contracts", .contracts.len())]
    OneContract {
        /// Which.
        contracts: BTreeSet<String>,
    },
    /// A vehicle stands in it more than once.
    #[error("{vin} stands in the batch more than once")]
    Twice {
        /// Which.
        vin: Vin,
    },
    /// A vehicle is in another live batch.
    #[error("{vin} is in batch `{bundle}`")]
    Busy {
        /// Which.
        vin: Vin,
        /// In which.
        bundle: String,
    },
}

impl Coded for BundleError {
    fn code(&self) -> Code {
        Code::new(
            "R15",
            match self {
                Self::Empty => 1,
                Self::TooMany { .. } => 2,
                Self::OneCode { .. } => 3,
                Self::OneContract { .. } => 4,
                Self::Twice { .. } => 5,
                Self::Busy { .. } => 6,
            },
        )
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Empty => "BATCH_EMPTY",
            // The slug has kept the figure of the notice; the row may hold another.
            Self::TooMany { .. } => "BATCH_MAX_20",
            Self::OneCode { .. } => "BATCH_ONE_CODE",
            Self::OneContract { .. } => "BATCH_ONE_CONTRACT",
            Self::Twice { .. } => "VIN_TWICE",
            Self::Busy { .. } => "TAKEN",
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::Empty => Label::new("请至少选择一辆车。", "Choose at least one vehicle."),
            Self::TooMany { found, max } => Label::new(
                format!("一批最多{max}辆，已选{found}辆。"),
                format!("A batch has at most {max} vehicles; {found} are chosen."),
            ),
            Self::OneCode { codes } => Label::new(
                format!("一批只能有一个商品编码，已选{}个。", codes.len()),
                format!("A batch has one commodity code; {} are chosen.", codes.len()),
            ),
            Self::OneContract { contracts } => Label::new(
                format!("一批只能有一份合同，已选{}份。", contracts.len()),
                format!("A batch has one contract; {} are chosen.", contracts.len()),
            ),
            Self::Twice { vin } => {
                Label::new(format!("{vin}重复。"), format!("{vin} is chosen more than once."))
            }
            Self::Busy { vin, bundle } => Label::new(
                format!("{vin}已在批次{bundle}中。"),
                format!("{vin} is in batch {bundle} already."),
            ),
        }
    }

    fn status(&self) -> u16 {
        if matches!(self, Self::Busy { .. }) { 409 } else { 422 }
    }

    fn fields(&self) -> Option<String> {
        let fields = match self {
            Self::Empty => return None,
            Self::TooMany { found, max } => json!({"found": found, "max": max}),
            Self::OneCode { codes } => json!({"codes": codes}),
            Self::OneContract { contracts } => json!({"contracts": contracts}),
            Self::Twice { vin } => json!({"vin": vin}),
            Self::Busy { vin, bundle } => json!({"kind": "vin", "vin": vin, "bundle": bundle}),
        };
        Some(fields.to_string())
    }
}

/// Checks a batch: all that is wrong, the batch before its vehicles.
///
/// `busy` tells the live batch that has a vehicle, if any; whoever enters the batch claims each number besides, for two may
/// ask at once.
///
/// # Errors
/// All of [`BundleError`] that hold.
///
/// # Source
/// 公告2024年第6号: one commodity code, one to so many vehicles.
pub fn check_bundle(
    items: &[Item],
    max: usize,
    busy: impl Fn(Vin) -> Option<String>,
) -> Result<(), Vec<BundleError>> {
    let mut faults = Vec::new();
    if items.is_empty() {
        faults.push(BundleError::Empty);
    }
    if items.len() > max {
        faults.push(BundleError::TooMany { found: items.len(), max });
    }
    let codes: BTreeSet<HsCode> = items.iter().map(|item| item.hs_code).collect();
    if codes.len() > 1 {
        faults.push(BundleError::OneCode { codes });
    }
    let contracts: BTreeSet<String> = items.iter().map(|item| item.contract_no.clone()).collect();
    if contracts.len() > 1 {
        faults.push(BundleError::OneContract { contracts });
    }
    let mut times: BTreeMap<Vin, usize> = BTreeMap::new();
    for item in items {
        *times.entry(item.vin).or_default() += 1;
    }
    for (vin, times) in times {
        if times > 1 {
            faults.push(BundleError::Twice { vin });
        }
        if let Some(bundle) = busy(vin) {
            faults.push(BundleError::Busy { vin, bundle });
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// Whether what was declared may be released.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "release")]
pub enum Release {
    /// All of the licence, once.
    Whole,
    /// Not what was licensed: nothing is released, the licence is void, its vehicles are free.
    Void {
        /// Licensed and not declared.
        missing: BTreeSet<Vin>,
        /// Declared and not licensed.
        foreign: BTreeSet<Vin>,
    },
}

/// Compares a declaration with its licence: quantity and numbers have to be equal.
///
/// # Source
/// 公告2024年第6号: the licence is used once, for the quantity it names.
#[must_use]
pub fn release(licensed: &BTreeSet<Vin>, declared: &BTreeSet<Vin>) -> Release {
    if licensed == declared {
        return Release::Whole;
    }
    let without =
        |one: &BTreeSet<Vin>, other: &BTreeSet<Vin>| one.difference(other).copied().collect();
    Release::Void { missing: without(licensed, declared), foreign: without(declared, licensed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number whose last five digits are given; the check is no matter here.
    fn vin(n: usize) -> Vin {
        format!("LSVAU2A34N21{n:05}").parse().unwrap()
    }

    fn items(count: usize) -> Vec<Item> {
        let item = |n| Item {
            vin: vin(n),
            hs_code: "8703234310".parse().unwrap(),
            contract_no: "HT-1".to_owned(),
        };
        (0..count).map(item).collect()
    }

    fn reasons(items: &[Item], busy: Option<usize>) -> Vec<Reason> {
        let busy = |asked: Vin| busy.filter(|n| vin(*n) == asked).map(|_| "B-7".to_owned());
        match check_bundle(items, 20, busy) {
            Ok(()) => Vec::new(),
            Err(faults) => faults.iter().map(Coded::reason).collect(),
        }
    }

    #[test]
    fn s07_twenty_of_one_code_and_contract_go_on_one_licence() {
        assert_eq!(reasons(&items(20), None), Vec::<Reason>::new());
        assert_eq!(reasons(&items(21), None), ["BATCH_MAX_20"]);
        assert_eq!(reasons(&items(0), None), ["BATCH_EMPTY"]);
        let mut two = items(3);
        two[1].hs_code = "8703234390".parse().unwrap();
        assert_eq!(reasons(&two, None), ["BATCH_ONE_CODE"]);
        two[2].contract_no = "HT-2".to_owned();
        two[2].vin = vin(0);
        let all = ["BATCH_ONE_CODE", "BATCH_ONE_CONTRACT", "VIN_TWICE", "TAKEN"];
        assert_eq!(reasons(&two, Some(1)), all);
        let faults =
            check_bundle(&items(2), 20, |asked| (asked == vin(1)).then(|| "B-7".to_owned()));
        assert_eq!(faults, Err(vec![BundleError::Busy { vin: vin(1), bundle: "B-7".to_owned() }]));
    }

    #[test]
    fn s08_one_vehicle_less_voids_the_licence() {
        let licensed: BTreeSet<Vin> = (0..18).map(vin).collect();
        assert_eq!(release(&licensed, &licensed), Release::Whole);
        let declared: BTreeSet<Vin> = (0..17).map(vin).collect();
        let void = Release::Void { missing: [vin(17)].into(), foreign: BTreeSet::new() };
        assert_eq!(release(&licensed, &declared), void);
        // As many, but another.
        let swapped: BTreeSet<Vin> = (0..17).chain([99]).map(vin).collect();
        let void = Release::Void { missing: [vin(17)].into(), foreign: [vin(99)].into() };
        assert_eq!(release(&licensed, &swapped), void);
    }

    #[test]
    fn faults_have_codes_fields_and_a_status() {
        let busy = BundleError::Busy { vin: vin(1), bundle: "B-7".to_owned() };
        assert_eq!((busy.code().to_string().as_str(), busy.status()), ("R15-0006", 409));
        let fields: serde_json::Value = serde_json::from_str(&busy.fields().unwrap()).unwrap();
        assert_eq!(fields, json!({"kind": "vin", "vin": "LSVAU2A34N2100001", "bundle": "B-7"}));
        assert_eq!(BundleError::Empty.fields(), None);
    }
}
