//! Which licences a plan of lots needs (签发方式建议): one batch one licence, or several batches on one.

use codes::{Date, Label};
use export_licence::{Validity, ValidityError, ValidityRow};
use serde::{Deserialize, Serialize};

/// How a licence is issued (签发方式).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum IssuanceMode {
    /// One batch, one licence (一批一证).
    Batch,
    /// Several batches on one licence (非一批一证).
    Multi,
}

impl IssuanceMode {
    /// The word in forms and events.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Batch => "BATCH",
            Self::Multi => "MULTI",
        }
    }

    /// The mode of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Batch, Self::Multi].into_iter().find(|mode| mode.word() == word)
    }

    /// The name in both languages.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Batch => Label::new("一批一证", "one batch, one licence"),
            Self::Multi => Label::new("非一批一证", "several batches on one licence"),
        }
    }
}

/// One lot of the plan (分批计划).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// Its number in the plan.
    pub lot_no: u32,
    /// When it is to be declared.
    pub planned_on: Date,
    /// How many vehicles.
    pub quantity: u32,
}

/// The rows that a proposal rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposeRows {
    /// Validity of a licence.
    pub validity: ValidityRow,
    /// How often a licence for several batches may be used.
    pub multi_uses_max: u32,
}

/// What is proposed, licence by licence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The licences in the order of their lots.
    pub licences: Vec<Planned>,
}

/// One licence of a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// How it is issued.
    pub mode: IssuanceMode,
    /// The lots it covers, by number, in the order of their days.
    pub lots: Vec<u32>,
    /// How many vehicles in all.
    pub quantity: u64,
    /// The earliest day on which it can be applied for.
    pub apply_from: Date,
    /// Whether it is applied for as a licence of the next year.
    pub next_year: bool,
    /// When it is valid if it is issued on that day.
    pub validity: Validity,
    /// Why.
    pub why: Why,
    /// What else can be chosen where the lots are more than the uses.
    pub offers: Vec<Offer>,
}

/// Why a licence is proposed so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// There is one lot.
    OneLot,
    /// All lots lie within one validity.
    AllWithin,
    /// These lots lie within one validity, others do not.
    RunWithin,
    /// More lots than uses lie within one validity.
    MoreThanUses,
}

/// How more lots than uses can be brought onto licences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "offer")]
pub enum Offer {
    /// Lots that lie closest go together, on the day of the last of each group.
    Merge {
        /// The groups of more than one lot, by number.
        groups: Vec<Vec<u32>>,
    },
    /// The last lots go on a second licence of the same validity.
    SecondLicence {
        /// Those lots, by number.
        lots: Vec<u32>,
    },
}

/// Why nothing can be proposed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProposeError {
    /// There is no lot.
    #[error("there is no lot")]
    NoLots,
    /// A lot of nothing.
    #[error("lot {lot_no} has no vehicle")]
    Empty {
        /// Which.
        lot_no: u32,
    },
    /// A lot is planned before the day of issue.
    #[error("lot {lot_no} is planned before {issued}")]
    InThePast {
        /// Which.
        lot_no: u32,
        /// The day of issue.
        issued: Date,
    },
    /// The validity cannot be told.
    #[error(transparent)]
    Validity(#[from] ValidityError),
}

/// The licences that a plan of lots needs, the first issued on a day: each covers the longest run of lots that fits.
///
/// Sorted once, then one pass: `O(n log n)`.
///
/// # Errors
/// As [`ProposeError`].
///
/// # Source
/// 货物出口许可证管理办法 (商务部令2008年第11号); the limit of uses and the validity come in as rows.
pub fn propose(lots: &[Lot], issued: Date, rows: &ProposeRows) -> Result<Proposal, ProposeError> {
    let mut sorted = lots.to_vec();
    sorted.sort_by_key(|lot| (lot.planned_on, lot.lot_no));
    let first = sorted.first().ok_or(ProposeError::NoLots)?;
    if let Some(lot) = sorted.iter().find(|lot| lot.quantity == 0) {
        return Err(ProposeError::Empty { lot_no: lot.lot_no });
    }
    if first.planned_on < issued {
        return Err(ProposeError::InThePast { lot_no: first.lot_no, issued });
    }
    let mut licences = Vec::new();
    let mut rest = sorted.as_slice();
    let mut slot =
        Slot { apply_from: issued, next_year: false, validity: rows.validity.of(issued, false)? };
    while let Some(next) = rest.first() {
        if !slot.validity.holds(next.planned_on) || !licences.is_empty() {
            slot = Slot::of_run(rest, next.planned_on, issued, &rows.validity)?;
        }
        let (run, after) = split(rest, slot.validity.to);
        let all = licences.is_empty() && after.is_empty();
        licences.push(planned(run, all, slot, rows.multi_uses_max));
        rest = after;
    }
    Ok(Proposal { licences })
}

/// When a licence is applied for, and its validity.
#[derive(Clone, Copy, Debug)]
struct Slot {
    apply_from: Date,
    next_year: bool,
    validity: Validity,
}

impl Slot {
    /// The earliest slot that covers the longest run of lots whose first is planned on `day`: the run that a licence issued
    /// on that very day would cover.
    fn of_run(
        lots: &[Lot],
        day: Date,
        issued: Date,
        row: &ValidityRow,
    ) -> Result<Self, ValidityError> {
        let (run, _) = split(lots, row.of(day, false)?.to);
        let last = run.last().map_or(day, |lot| lot.planned_on);
        if issued.year() < day.year() {
            // Perhaps the licence can be had in the year before.
            let opens = row.next_year_opens(day.year() - 1)?.max(issued);
            if opens.year() + 1 == day.year() {
                let validity = row.of(opens, true)?;
                if validity.holds(last) {
                    return Ok(Self { apply_from: opens, next_year: true, validity });
                }
            }
        }
        // A later issue never ends earlier within a year, so that the first day that reaches `last` is found by halving.
        let year = Date::new(day.year(), 1, 1).unwrap_or(day);
        let (mut low, mut high) = (year.max(issued), day);
        while low < high {
            let half = low.until(high).map_or(0, |span| span.get_days()) / 2;
            let middle = low.saturating_add(jiff::Span::new().days(half));
            if row.of(middle, false)?.to >= last {
                high = middle;
            } else {
                low = middle.tomorrow().unwrap_or(high);
            }
        }
        Ok(Self { apply_from: high, next_year: false, validity: row.of(high, false)? })
    }
}

/// The lots up to and with a day, and those after.
fn split(lots: &[Lot], last: Date) -> (&[Lot], &[Lot]) {
    lots.split_at(lots.partition_point(|lot| lot.planned_on <= last))
}

fn planned(run: &[Lot], all: bool, slot: Slot, uses_max: u32) -> Planned {
    let mode = if run.len() == 1 { IssuanceMode::Batch } else { IssuanceMode::Multi };
    let too_many = run.len() > usize::try_from(uses_max).unwrap_or(usize::MAX);
    let why = match (run.len(), all) {
        _ if too_many => Why::MoreThanUses,
        (1, true) => Why::OneLot,
        (_, true) => Why::AllWithin,
        (_, false) => Why::RunWithin,
    };
    Planned {
        mode,
        lots: run.iter().map(|lot| lot.lot_no).collect(),
        quantity: run.iter().map(|lot| u64::from(lot.quantity)).sum(),
        apply_from: slot.apply_from,
        next_year: slot.next_year,
        validity: slot.validity,
        why,
        offers: if too_many { offers(run, uses_max) } else { Vec::new() },
    }
}

/// Either the closest neighbours go together, the earlier of two equal gaps first, or the last lots go on a second licence.
fn offers(run: &[Lot], uses_max: u32) -> Vec<Offer> {
    let keep = usize::try_from(uses_max.max(1)).unwrap_or(usize::MAX);
    let mut gaps: Vec<(i32, usize)> = run
        .iter()
        .zip(run.iter().skip(1))
        .enumerate()
        .map(|(at, (one, next))| {
            let days = one.planned_on.until(next.planned_on).map_or(0, |span| span.get_days());
            (days, at)
        })
        .collect();
    gaps.sort_unstable();
    let mut closed: Vec<usize> =
        gaps.into_iter().take(run.len().saturating_sub(keep)).map(|(_, at)| at).collect();
    closed.sort_unstable();
    let mut groups: Vec<Vec<u32>> = Vec::new();
    let mut open: Vec<u32> = Vec::new();
    for (at, lot) in run.iter().enumerate() {
        open.push(lot.lot_no);
        if closed.binary_search(&at).is_err() {
            groups.push(std::mem::take(&mut open));
        }
    }
    groups.retain(|group| group.len() > 1);
    let lots = run.iter().skip(keep).map(|lot| lot.lot_no).collect();
    vec![Offer::Merge { groups }, Offer::SecondLicence { lots }]
}

impl Planned {
    /// Why, in both languages, for the applicant who may overrule it.
    #[must_use]
    pub fn reason(&self) -> Label {
        let (n, to) = (self.lots.len(), self.validity.to);
        match self.why {
            Why::OneLot => Label::new("只有1批", "there is one lot"),
            Why::AllWithin => Label::new(
                format!("{n}批均在有效期内"),
                format!("all {n} lots lie within the validity"),
            ),
            Why::RunWithin => Label::new(
                format!("{n}批在{to}（含）前"),
                format!("{n} lots lie within the validity that ends on {to}"),
            ),
            Why::MoreThanUses => Label::new(
                format!("{n}批超过一证可用次数"),
                format!("{n} lots are more than a licence may be used for"),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use calendar::MonthDay;
    use export_licence::NextYear;
    use proptest::prelude::*;

    fn rows() -> ProposeRows {
        ProposeRows {
            validity: ValidityRow {
                term: "min(6m, window 01-01..12-31)".parse().unwrap(),
                next_year_from: NextYear(MonthDay::new(12, 10).unwrap()),
                source: "source".to_owned(),
            },
            multi_uses_max: 12,
        }
    }

    fn d(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn lots(plan: &[(&str, u32)]) -> Vec<Lot> {
        let lot = |(lot_no, (day, quantity)): (u32, &(&str, u32))| Lot {
            lot_no,
            planned_on: d(day),
            quantity: *quantity,
        };
        (1..).zip(plan).map(lot).collect()
    }

    /// Mode, lots, first day, of the next year or not, last day.
    type Told = (IssuanceMode, Vec<u32>, String, bool, String);

    fn told(plan: &[(&str, u32)], issued: &str) -> Vec<Told> {
        let proposal = propose(&lots(plan), d(issued), &rows()).unwrap();
        let one = |planned: Planned| {
            let (from, to) = (planned.apply_from.to_string(), planned.validity.to.to_string());
            (planned.mode, planned.lots, from, planned.next_year, to)
        };
        proposal.licences.into_iter().map(one).collect()
    }

    #[test]
    fn s03_lots_within_one_validity_go_on_one_licence() {
        let plan =
            lots(&[("2026-03-20", 12), ("2026-04-15", 10), ("2026-05-20", 8), ("2026-06-25", 5)]);
        let proposal = propose(&plan, d("2026-03-16"), &rows()).unwrap();
        let [only] = proposal.licences.as_slice() else { panic!("{proposal:?}") };
        assert_eq!((only.mode, only.quantity), (IssuanceMode::Multi, 35));
        assert_eq!(only.reason().zh, "4批均在有效期内");
        let one = propose(&lots(&[("2026-03-20", 35)]), d("2026-03-16"), &rows()).unwrap();
        assert_eq!(one.licences[0].mode, IssuanceMode::Batch);
        assert_eq!(one.licences[0].reason().zh, "只有1批");
    }

    #[test]
    fn s04_a_lot_beyond_the_year_waits_for_a_licence_of_the_next() {
        let plan = [("2026-10-25", 5), ("2026-11-20", 5), ("2026-12-15", 5), ("2027-02-10", 5)];
        let expected = [
            (IssuanceMode::Multi, vec![1, 2, 3], "2026-10-20".into(), false, "2026-12-31".into()),
            (IssuanceMode::Batch, vec![4], "2026-12-10".into(), true, "2027-07-01".into()),
        ];
        assert_eq!(told(&plan, "2026-10-20"), expected);
    }

    #[test]
    fn a_later_licence_covers_the_longest_run_and_is_applied_for_as_early_as_that_allows() {
        use IssuanceMode::{Batch, Multi};
        // The second run reaches to 12-01, which a licence of 06-01 and none before reaches.
        let plan = [("2026-02-01", 1), ("2026-09-01", 1), ("2026-12-01", 1)];
        let expected = [
            (Batch, vec![1], "2026-01-15".into(), false, "2026-07-15".into()),
            (Multi, vec![2, 3], "2026-06-01".into(), false, "2026-12-01".into()),
        ];
        assert_eq!(told(&plan, "2026-01-15"), expected);
        // Next year's lots reach beyond 1 July: the licence is one of that year, not had in December.
        let plan = [("2026-12-20", 1), ("2027-02-10", 1), ("2027-08-01", 1)];
        let expected = [
            (Batch, vec![1], "2026-12-11".into(), false, "2026-12-31".into()),
            (Multi, vec![2, 3], "2027-02-01".into(), false, "2027-08-01".into()),
        ];
        assert_eq!(told(&plan, "2026-12-11"), expected);
        // Nothing falls under the first validity: the only licence is a later one.
        let expected = [(Batch, vec![1], "2026-12-15".into(), true, "2027-07-01".into())];
        assert_eq!(told(&[("2027-03-01", 9)], "2026-12-15"), expected);
        // Month ends clip: 31 August is reached from 1 March on, not from 28 February.
        let expected = [
            (Batch, vec![1], "2026-01-05".into(), false, "2026-07-05".into()),
            (Batch, vec![2], "2026-03-01".into(), false, "2026-09-01".into()),
        ];
        assert_eq!(told(&[("2026-01-06", 1), ("2026-08-31", 1)], "2026-01-05"), expected);
    }

    #[test]
    fn more_lots_than_uses_may_be_merged_or_split() {
        let mut plan: Vec<(String, u32)> =
            (1..=12).map(|n| (format!("2026-04-{:02}", 2 * n), 1)).collect();
        plan.push(("2026-04-25".to_owned(), 1)); // a day after the twelfth
        plan.push(("2026-05-20".to_owned(), 1));
        let plan: Vec<(&str, u32)> = plan.iter().map(|(day, n)| (day.as_str(), *n)).collect();
        let proposal = propose(&lots(&plan), d("2026-03-16"), &rows()).unwrap();
        let [only] = proposal.licences.as_slice() else { panic!("{proposal:?}") };
        assert_eq!((only.mode, only.why), (IssuanceMode::Multi, Why::MoreThanUses));
        let expected = [
            Offer::Merge { groups: vec![vec![1, 2], vec![12, 13]] },
            Offer::SecondLicence { lots: vec![13, 14] },
        ];
        assert_eq!(only.offers, expected);
    }

    #[test]
    fn what_cannot_be_planned_is_named() {
        let issued = d("2026-03-16");
        let table = [
            (lots(&[]), ProposeError::NoLots),
            (lots(&[("2026-03-20", 0)]), ProposeError::Empty { lot_no: 1 }),
            (
                lots(&[("2026-03-20", 1), ("2026-03-15", 1)]),
                ProposeError::InThePast { lot_no: 2, issued },
            ),
        ];
        for (plan, error) in table {
            assert_eq!(propose(&plan, issued, &rows()), Err(error));
        }
    }

    proptest! {
        #[test]
        fn each_lot_is_on_one_licence_that_is_valid_on_its_day_and_can_be_had_by_then(
            days in proptest::collection::vec(0_i64..900, 1..40), start in 0_i64..366,
        ) {
            let issued = d("2026-01-01").checked_add(jiff::Span::new().days(start)).unwrap();
            let plan: Vec<Lot> = (1..).zip(&days).map(|(lot_no, day)| Lot {
                lot_no,
                planned_on: issued.checked_add(jiff::Span::new().days(*day)).unwrap(),
                quantity: 1,
            }).collect();
            let proposal = propose(&plan, issued, &rows()).unwrap();
            let mut covered: Vec<u32> = Vec::new();
            for planned in &proposal.licences {
                prop_assert_eq!(rows().validity.of(planned.apply_from, planned.next_year).unwrap(), planned.validity);
                prop_assert!(planned.apply_from >= issued);
                for no in &planned.lots {
                    let lot = plan.iter().find(|lot| lot.lot_no == *no).unwrap();
                    prop_assert!(planned.validity.holds(lot.planned_on));
                    prop_assert!(planned.apply_from <= lot.planned_on);
                }
                covered.extend(&planned.lots);
            }
            covered.sort_unstable();
            prop_assert_eq!(covered, (1..=u32::try_from(plan.len()).unwrap()).collect::<Vec<_>>());
        }
    }
}
