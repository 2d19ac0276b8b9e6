//! Whether an exported lease may have its tax back (融资租赁出口退税资格): five tests, all failing ones named.

use codes::Label;
use serde::{Deserialize, Serialize};

/// What the row of the law says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundRow {
    /// The shortest term, in months.
    pub months_min: u32,
    /// Law and article.
    pub source: String,
}

/// What is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundFacts {
    /// The term, in months.
    pub term_months: u32,
    /// Whether the lessee is abroad.
    pub lessee_abroad: bool,
    /// Whether the goods left the territory.
    pub exited: bool,
    /// Whether they are fixed assets (固定资产).
    pub fixed_assets: bool,
    /// Whether they are imported goods still under reduced-tax supervision (减免税监管期内).
    pub under_supervision: bool,
}

/// One of the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundTest {
    /// The term is long enough.
    Term,
    /// The lessee is abroad.
    LesseeAbroad,
    /// The goods left.
    Exited,
    /// They are fixed assets.
    FixedAssets,
    /// They are not under supervision.
    NotSupervised,
}

impl RefundTest {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 5] =
        [Self::Term, Self::LesseeAbroad, Self::Exited, Self::FixedAssets, Self::NotSupervised];

    /// What it asks, in both languages.
    #[must_use]
    pub fn label(self) -> Label {
        let (zh, en) = match self {
            Self::Term => ("租期达到规定年限", "the term is long enough"),
            Self::LesseeAbroad => ("承租人在境外", "the lessee is abroad"),
            Self::Exited => ("货物已实际离境", "the goods have left"),
            Self::FixedAssets => ("货物为固定资产", "the goods are fixed assets"),
            Self::NotSupervised => {
                ("不是海关监管期内的减免税货物", "the goods are not under reduced-tax supervision")
            }
        };
        Label::new(zh, en)
    }
}

/// The tests that fail; none of them means the lease is eligible.
///
/// # Source
/// 财税〔2014〕62号 art. 1; 财税〔2016〕87号. The term comes in as the row.
#[must_use]
pub fn refund_tests(facts: &RefundFacts, row: &RefundRow) -> Vec<RefundTest> {
    let holds = |test: &RefundTest| match test {
        RefundTest::Term => facts.term_months >= row.months_min,
        RefundTest::LesseeAbroad => facts.lessee_abroad,
        RefundTest::Exited => facts.exited,
        RefundTest::FixedAssets => facts.fixed_assets,
        RefundTest::NotSupervised => !facts.under_supervision,
    };
    RefundTest::ALL.into_iter().filter(|test| !holds(test)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failing_test_is_named() {
        let row = RefundRow { months_min: 60, source: "source".to_owned() };
        let good = RefundFacts {
            term_months: 60,
            lessee_abroad: true,
            exited: true,
            fixed_assets: true,
            under_supervision: false,
        };
        assert_eq!(refund_tests(&good, &row), []);
        let table = [
            (RefundFacts { term_months: 59, ..good }, vec![RefundTest::Term]),
            (RefundFacts { lessee_abroad: false, ..good }, vec![RefundTest::LesseeAbroad]),
            (RefundFacts { exited: false, ..good }, vec![RefundTest::Exited]),
            (RefundFacts { fixed_assets: false, ..good }, vec![RefundTest::FixedAssets]),
            (RefundFacts { under_supervision: true, ..good }, vec![RefundTest::NotSupervised]),
        ];
        for (facts, failing) in table {
            assert_eq!(refund_tests(&facts, &row), failing);
        }
        let bad = RefundFacts {
            term_months: 1,
            lessee_abroad: false,
            exited: false,
            fixed_assets: false,
            under_supervision: true,
        };
        assert_eq!(refund_tests(&bad, &row), RefundTest::ALL);
    }
}
