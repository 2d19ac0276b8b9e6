//! Whether a licence is needed (是否需领出口许可证): dated rows over code, trade mode and origin.

use codes::{Date, HsCode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Whether the goods were used (商品状态).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoodsState {
    /// New (新).
    New,
    /// Used (旧): another reform's.
    Used,
}

/// What an application has to show (证明材料).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// The maker's export authorisation (出口授权).
    Authorisation,
    /// The export contract (出口合同).
    ExportContract,
    /// The lease contract (融资租赁合同).
    LeaseContract,
    /// The contract by which the vehicles were bought from the maker (购车合同).
    PurchaseContract,
    /// The tender award (中标文件).
    TenderAward,
    /// Customs documents of the import (进口报关单证).
    ImportDocuments,
}

impl Evidence {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Authorisation,
        Self::ExportContract,
        Self::LeaseContract,
        Self::PurchaseContract,
        Self::TenderAward,
        Self::ImportDocuments,
    ];

    /// The word in rows and commands.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Authorisation => "authorisation",
            Self::ExportContract => "export_contract",
            Self::LeaseContract => "lease_contract",
            Self::PurchaseContract => "purchase_contract",
            Self::TenderAward => "tender_award",
            Self::ImportDocuments => "import_documents",
        }
    }

    /// The evidence of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|evidence| evidence.word() == word)
    }
}

/// One row of the law: for these codes and trade modes, since and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeedRow {
    /// Its name.
    pub id: String,
    /// Beginnings of commodity codes; none means every code.
    pub codes: Vec<String>,
    /// Trade modes (贸易方式); none means every mode.
    pub trade_modes: Vec<String>,
    /// The first day of declaration on which it holds.
    pub from: Option<Date>,
    /// The last.
    pub until: Option<Date>,
    /// Whether a licence is needed.
    pub licence: bool,
    /// The supervision code (监管证件代码), such as `4`, `x`, `y`.
    pub supervision: Option<String>,
    /// What the application has to show.
    pub evidence: BTreeSet<Evidence>,
    /// What it has to show besides where the goods are not of Chinese origin.
    pub foreign: BTreeSet<Evidence>,
    /// Law and article.
    pub source: String,
}

/// What is to be exported, as far as the question goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goods {
    /// The commodity code.
    pub hs_code: HsCode,
    /// New or used.
    pub state: GoodsState,
    /// Whether they are of Chinese origin.
    pub chinese_origin: bool,
    /// The trade mode.
    pub trade_mode: String,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need<'a> {
    /// A licence is needed.
    Licence {
        /// On what ground.
        row: &'a NeedRow,
        /// What the application has to show.
        evidence: BTreeSet<Evidence>,
    },
    /// None is needed: a row says so, or no row knows code and mode on the day.
    None {
        /// The row that says so.
        row: Option<&'a NeedRow>,
    },
    /// Used vehicles go another way (reform 15).
    UsedVehicle,
}

/// Whether goods declared on a day need a licence: the first row that holds decides.
///
/// # Source
/// 对外贸易法; 出口许可证管理货物目录 (each year); 商产发〔2012〕318号. All of them come in as rows.
#[must_use]
pub fn need<'a>(rows: &'a [NeedRow], goods: &Goods, declared_on: Date) -> Need<'a> {
    if goods.state == GoodsState::Used {
        return Need::UsedVehicle;
    }
    let Some(row) = rows.iter().find(|row| row.holds(goods, declared_on)) else {
        return Need::None { row: None };
    };
    if !row.licence {
        return Need::None { row: Some(row) };
    }
    let mut evidence = row.evidence.clone();
    if !goods.chinese_origin {
        evidence.extend(row.foreign.iter().copied());
    }
    Need::Licence { row, evidence }
}

impl NeedRow {
    fn holds(&self, goods: &Goods, day: Date) -> bool {
        let code = goods.hs_code.as_str();
        self.from.is_none_or(|from| from <= day)
            && self.until.is_none_or(|until| day <= until)
            && (self.codes.is_empty() || self.codes.iter().any(|head| code.starts_with(head)))
            && (self.trade_modes.is_empty() || self.trade_modes.contains(&goods.trade_mode))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, codes: &[&str], modes: &[&str], evidence: &[Evidence]) -> NeedRow {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        NeedRow {
            id: id.to_owned(),
            codes: owned(codes),
            trade_modes: owned(modes),
            from: None,
            until: None,
            licence: true,
            supervision: Some("4".to_owned()),
            evidence: evidence.iter().copied().collect(),
            foreign: [Evidence::ImportDocuments].into(),
            source: "source".to_owned(),
        }
    }

    /// Tractors are in the catalogue all along, electric cars from 2026; samples and exhibits never need a licence.
    fn rows() -> Vec<NeedRow> {
        use Evidence as E;
        let (lease, tender) =
            ([E::Authorisation, E::LeaseContract, E::PurchaseContract], [E::TenderAward]);
        let sale = [E::Authorisation, E::ExportContract];
        let tractor = ["870121"];
        let mut electric = row("electric", &["8703801090"], &["0110", "1523"], &sale);
        electric.from = Some(Date::constant(2026, 1, 1));
        let mut other = row("other", &["8701", "8703801090"], &[], &[]);
        other.licence = false;
        vec![
            row("sale", &tractor, &["0110", "0214", "0615", "3612", "4019"], &sale),
            row("works", &tractor, &["3422"], &tender),
            row("lease", &tractor, &["1523"], &lease),
            electric,
            other,
        ]
    }

    fn goods(code: &str, mode: &str) -> Goods {
        Goods {
            hs_code: code.parse().unwrap(),
            state: GoodsState::New,
            chinese_origin: true,
            trade_mode: mode.to_owned(),
        }
    }

    fn told(goods: &Goods, day: &str) -> (&'static str, String, usize) {
        let rows = rows();
        match need(&rows, goods, day.parse().unwrap()) {
            Need::Licence { row, evidence } => ("licence", row.id.clone(), evidence.len()),
            Need::None { row } => ("none", row.map(|row| row.id.clone()).unwrap_or_default(), 0),
            Need::UsedVehicle => ("used", String::new(), 0),
        }
    }

    #[test]
    fn s08_electric_cars_need_a_licence_from_2026() {
        let car = goods("8703801090", "0110");
        assert_eq!(told(&car, "2025-12-31"), ("none", "other".into(), 0));
        assert_eq!(told(&car, "2026-01-01"), ("licence", "electric".into(), 2));
    }

    #[test]
    fn code_mode_origin_and_state_decide() {
        let day = "2026-03-16";
        let table = [
            ("8701210000", "0110", true, ("licence", "sale", 2)),
            ("8701210000", "1523", true, ("licence", "lease", 3)),
            ("8701210000", "1523", false, ("licence", "lease", 4)),
            ("8701210000", "3422", false, ("licence", "works", 2)),
            ("8701210000", "3010", true, ("none", "other", 0)),
            ("8703801090", "3010", false, ("none", "other", 0)),
            ("8802400010", "1523", true, ("none", "", 0)),
        ];
        for (code, mode, chinese_origin, (what, row, evidence)) in table {
            let goods = Goods { chinese_origin, ..goods(code, mode) };
            assert_eq!(told(&goods, day), (what, row.to_owned(), evidence), "{code} {mode}");
        }
        let used = Goods { state: GoodsState::Used, ..goods("8701210000", "1523") };
        assert_eq!(told(&used, day).0, "used");
    }

    #[test]
    fn words_and_evidence_are_one_to_one() {
        for evidence in Evidence::ALL {
            assert_eq!(Evidence::of(evidence.word()), Some(evidence));
            let json = serde_json::to_value(evidence).unwrap();
            assert_eq!(json, evidence.word());
        }
        assert_eq!(Evidence::of("letter"), None);
    }
}
