//! Supervision limits of a lessor (出租人监管指标): a breach is told, it never refuses.

use elements::{Bp, Fen};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A limit (监管指标).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// One lessee, of net assets (单一客户融资集中度).
    OneLessee,
    /// One group, of net assets (单一集团客户融资集中度).
    OneGroup,
    /// One related party, of net assets (单一客户关联度).
    OneRelated,
    /// All related parties, of net assets (全部关联度).
    AllRelated,
    /// Risk assets, of net assets (风险资产).
    RiskAssets,
    /// Lease assets, of total assets: at least (融资租赁资产比重).
    LeaseAssets,
}

impl Limit {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::OneLessee,
        Self::OneGroup,
        Self::OneRelated,
        Self::AllRelated,
        Self::RiskAssets,
        Self::LeaseAssets,
    ];

    /// The word in rows.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::OneLessee => "one_lessee",
            Self::OneGroup => "one_group",
            Self::OneRelated => "one_related",
            Self::AllRelated => "all_related",
            Self::RiskAssets => "risk_assets",
            Self::LeaseAssets => "lease_assets",
        }
    }

    /// The limit of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|limit| limit.word() == word)
    }

    /// The name in both languages.
    #[must_use]
    pub fn label(self) -> codes::Label {
        let (zh, en) = match self {
            Self::OneLessee => ("单一承租人融资集中度", "one lessee, of net assets"),
            Self::OneGroup => ("单一集团客户融资集中度", "one group, of net assets"),
            Self::OneRelated => ("单一客户关联度", "one related party, of net assets"),
            Self::AllRelated => ("全部关联度", "all related parties, of net assets"),
            Self::RiskAssets => ("风险资产与净资产之比", "risk assets, of net assets"),
            Self::LeaseAssets => {
                ("租赁资产比重（下限）", "lease assets, of total assets (at least)")
            }
        };
        codes::Label::new(zh, en)
    }
}

/// One row of the law.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitRow {
    /// Which limit.
    pub limit: Limit,
    /// The ratio, in ten-thousandths: the highest that holds, of [`Limit::LeaseAssets`] the lowest.
    pub ratio: Bp,
    /// Law and article.
    pub source: String,
}

/// What one lessee owes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// Who.
    pub lessee: String,
    /// Its group, where it belongs to one.
    pub group: Option<String>,
    /// Whether it is related to the lessor.
    pub related: bool,
    /// How much.
    pub amount: Fen,
}

/// What is known of a lessor; figures of the last statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LessorFacts {
    /// Net assets (净资产).
    pub net_assets: Fen,
    /// Total assets, where known.
    pub total_assets: Option<Fen>,
    /// Lease assets, where known.
    pub lease_assets: Option<Fen>,
    /// Risk assets, where known.
    pub risk_assets: Option<Fen>,
    /// What lessees owe.
    pub exposures: Vec<Exposure>,
}

/// How a ratio stands to its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Within.
    Within,
    /// Beyond: told to the financial regulator and the licence organ.
    Beyond,
}

/// One ratio, measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure<'a> {
    /// The row.
    pub row: &'a LimitRow,
    /// The lessee, group or related party; empty for the lessor as a whole.
    pub of: String,
    /// What is measured.
    pub amount: Fen,
    /// Of what.
    pub base: Fen,
    /// How it stands, by the exact figures.
    pub standing: Standing,
}

impl Measure<'_> {
    /// The ratio in per cent, half up to two places: for people, never for the comparison.
    #[must_use]
    pub fn percent(&self) -> Decimal {
        let mut percent = Decimal::from(self.amount.0)
            .checked_mul(Decimal::ONE_HUNDRED)
            .and_then(|hundredfold| hundredfold.checked_div(Decimal::from(self.base.0)))
            .unwrap_or_default()
            .round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
        percent.rescale(2);
        percent
    }
}

/// Measures a lessor by the rows, the lessees in their order; what is not known is not measured.
#[must_use]
pub fn measure<'a>(rows: &'a [LimitRow], facts: &LessorFacts) -> Vec<Measure<'a>> {
    let mut told = Vec::new();
    for row in rows {
        for (of, amount) in facts.amounts(row.limit) {
            let base = match row.limit {
                Limit::LeaseAssets => facts.total_assets.unwrap_or_default(),
                _ => facts.net_assets,
            };
            let (part, whole) =
                (i128::from(amount.0) * 10_000, i128::from(base.0) * i128::from(row.ratio.0));
            let beyond = match row.limit {
                Limit::LeaseAssets => part < whole,
                _ => part > whole,
            };
            let standing = if beyond { Standing::Beyond } else { Standing::Within };
            told.push(Measure { row, of, amount, base, standing });
        }
    }
    told
}

impl LessorFacts {
    fn amounts(&self, limit: Limit) -> Vec<(String, Fen)> {
        let by = |key: fn(&Exposure) -> Option<&String>, related_only: bool| {
            let mut sums: BTreeMap<String, Fen> = BTreeMap::new();
            for exposure in self.exposures.iter().filter(|one| one.related || !related_only) {
                let Some(key) = key(exposure) else { continue };
                let sum = sums.entry(key.clone()).or_default();
                *sum = Fen(sum.0.saturating_add(exposure.amount.0));
            }
            sums.into_iter().collect::<Vec<_>>()
        };
        let whole = |amount: Option<Fen>| amount.map(|amount| (String::new(), amount));
        match limit {
            Limit::OneLessee => by(|one| Some(&one.lessee), false),
            Limit::OneGroup => by(|one| one.group.as_ref(), false),
            Limit::OneRelated => by(|one| Some(&one.lessee), true),
            Limit::AllRelated => {
                let related = self.exposures.iter().filter(|one| one.related);
                let sum = related.fold(0_i64, |sum, one| sum.saturating_add(one.amount.0));
                if sum == 0 { Vec::new() } else { vec![(String::new(), Fen(sum))] }
            }
            Limit::RiskAssets => whole(self.risk_assets).into_iter().collect(),
            Limit::LeaseAssets => whole(self.lease_assets.filter(|_| self.total_assets.is_some()))
                .into_iter()
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<LimitRow> {
        let row = |limit, ratio| LimitRow { limit, ratio: Bp(ratio), source: "source".to_owned() };
        vec![
            row(Limit::OneLessee, 3_000),
            row(Limit::OneGroup, 5_000),
            row(Limit::OneRelated, 3_000),
            row(Limit::AllRelated, 5_000),
            row(Limit::RiskAssets, 80_000),
            row(Limit::LeaseAssets, 6_000),
        ]
    }

    fn exposure(lessee: &str, group: Option<&str>, related: bool, yuan: i64) -> Exposure {
        Exposure {
            lessee: lessee.to_owned(),
            group: group.map(str::to_owned),
            related,
            amount: Fen(yuan * 100),
        }
    }

    fn facts(exposures: Vec<Exposure>) -> LessorFacts {
        LessorFacts {
            net_assets: Fen(120_000_000_000),
            total_assets: None,
            lease_assets: None,
            risk_assets: None,
            exposures,
        }
    }

    #[test]
    fn s10_thirty_per_cent_holds_and_a_cent_more_does_not() {
        let rows = rows();
        for (fen, standing) in
            [(36_000_000_000, Standing::Within), (36_000_000_001, Standing::Beyond)]
        {
            let mut one = exposure("Erdenet", None, false, 0);
            one.amount = Fen(fen);
            let told = measure(&rows, &facts(vec![one]));
            let [measure] = told.as_slice() else { panic!("{told:?}") };
            assert_eq!(
                (measure.standing, measure.percent().to_string().as_str()),
                (standing, "30.00")
            );
        }
    }

    #[test]
    fn lessees_groups_related_parties_and_the_whole_are_measured_apart() {
        let rows = rows();
        let known = LessorFacts {
            total_assets: Some(Fen(500_000_000_000)),
            lease_assets: Some(Fen(299_999_999_999)),
            risk_assets: Some(Fen(960_000_000_000)),
            ..facts(vec![
                exposure("A", Some("G"), false, 200_000_000),
                exposure("A", Some("G"), false, 150_000_000),
                exposure("B", Some("G"), true, 260_000_000),
                exposure("C", None, true, 340_000_000),
            ])
        };
        let told: Vec<(Limit, String, String, Standing)> = measure(&rows, &known)
            .into_iter()
            .map(|one| (one.row.limit, one.of.clone(), one.percent().to_string(), one.standing))
            .collect();
        use Standing::{Beyond, Within};
        let row = |limit, of: &str, percent: &str, standing| {
            (limit, of.to_owned(), percent.to_owned(), standing)
        };
        let expected = [
            row(Limit::OneLessee, "A", "29.17", Within),
            row(Limit::OneLessee, "B", "21.67", Within),
            row(Limit::OneLessee, "C", "28.33", Within),
            row(Limit::OneGroup, "G", "50.83", Beyond),
            row(Limit::OneRelated, "B", "21.67", Within),
            row(Limit::OneRelated, "C", "28.33", Within),
            row(Limit::AllRelated, "", "50.00", Within),
            row(Limit::RiskAssets, "", "800.00", Within),
            row(Limit::LeaseAssets, "", "60.00", Beyond),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn what_is_not_known_is_not_measured_and_nothing_divides_by_nothing() {
        let rows = rows();
        assert!(measure(&rows, &facts(Vec::new())).is_empty());
        let mut poor = facts(vec![exposure("A", None, false, 1)]);
        poor.net_assets = Fen(0);
        let told = measure(&rows, &poor);
        assert_eq!((told[0].standing, told[0].percent()), (Standing::Beyond, Decimal::new(0, 2)));
        for limit in Limit::ALL {
            assert_eq!(Limit::of(limit.word()), Some(limit));
        }
    }
}
