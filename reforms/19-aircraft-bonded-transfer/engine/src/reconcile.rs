//! Self-verification of a period (企业自核): what should be there against what was counted, line by line.

use crate::qty::half_up;
use crate::usage::Exact;
use crate::{BomSet, LineId, Overflow, PeriodMoves, Qty, UseErr, Ver, theory};
use elements::{Fen, Ppm};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A line of a book, as it stood at the beginning of the period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookLine {
    /// Its number.
    pub id: LineId,
    /// What was there.
    pub opening: Qty,
    /// The value of one unit, in hundredths of a fen (1e-4 yuan).
    pub unit_value_e4: i64,
    /// Whether it is declared as main (主料).
    pub is_main: bool,
    /// Whether it is managed by serial numbers.
    pub serialised: bool,
}

/// A book: its lines by rising number, and its bills of materials.
#[derive(Clone, Debug, Default)]
pub struct Book {
    /// The lines.
    pub lines: Vec<BookLine>,
    /// What products take.
    pub bom: BomSet,
}

/// What kind of move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveKind {
    /// 进口.
    Import,
    /// 余料转入.
    CarriedIn,
    /// 余料转出.
    CarriedOut,
    /// 换进.
    ExchangedIn,
    /// 换出.
    ExchangedOut,
    /// 料件复出.
    ReExport,
    /// 内销.
    Domestic,
    /// 销毁.
    Destroyed,
    /// 领料: actual issue, which consumes what is no main material under the main-material method.
    Issue,
    /// 成品出口: the line is a product, of a version.
    Export(Ver),
}

/// A move of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// The line; of an export, the product.
    pub line: LineId,
    /// What kind.
    pub kind: MoveKind,
    /// How much.
    pub qty: Qty,
}

/// Where something was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// On stock (库存).
    Stock,
    /// In process, converted (在制品折料).
    InProcess,
    /// In finished goods, converted (成品折料).
    Finished,
    /// On its way and not settled (在途未结): it belongs to the book it left.
    InTransit,
}

/// What was counted of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// The line.
    pub line: LineId,
    /// Where.
    pub place: Place,
    /// How much.
    pub qty: Qty,
}

/// The thresholds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Whether the main-material method is in use: bills of materials count for main lines alone, issue for the others.
    pub main_method: bool,
    /// Of a main line by weight, the difference that is accepted with an explanation, of what was there and came in.
    pub weight: Ppm,
    /// Of all lines that are not main, the value of differences that is accepted, of the value of what came into the book.
    pub band: Ppm,
}

/// What a difference leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// There is none.
    Even,
    /// Accepted with an explanation.
    Explain,
    /// Explained serial by serial.
    BySerial,
    /// Customs looks at it.
    Customs,
}

/// A line of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineReport {
    /// The line.
    pub line: LineId,
    /// What it did.
    pub moves: PeriodMoves,
    /// What should be there.
    pub theory: Qty,
    /// What was counted.
    pub actual: Qty,
    /// Theory less actual: above nothing is short (短少), below is over (盘盈).
    pub diff: Qty,
    /// What the difference is worth, without its sign.
    pub diff_value: Fen,
    /// What follows.
    pub judgement: Judgement,
}

impl LineReport {
    /// The difference of what was there and came in, in millionths, half up; none where nothing was.
    #[must_use]
    pub fn share(&self) -> Option<Ppm> {
        let base = self.moves.base().ok()?.steps();
        if base <= 0 {
            return None;
        }
        let scaled = self.diff.abs().steps().checked_mul(1_000_000)?;
        i64::try_from(half_up(scaled, base)).ok().map(Ppm)
    }
}

/// How the lines that are not main stand together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Band {
    /// What their differences are worth.
    pub diff_value: Fen,
    /// What came into the book is worth.
    pub turnover_value: Fen,
    /// Whether that is within the band.
    pub within: bool,
}

/// The report (自核报告).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The lines, in their order.
    pub lines: Vec<LineReport>,
    /// The band.
    pub band: Band,
}

/// Why no report can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReconcileError {
    /// The lines are not in rising order.
    #[error("line {line} does not follow the one before it")]
    Order {
        /// Which.
        line: LineId,
    },
    /// A move or count of a line that the book has not.
    #[error("the book has no line {line}")]
    NoLine {
        /// Which.
        line: LineId,
    },
    /// An export of a version that has no bill.
    #[error("product {product} has no version {}", .version.0)]
    NoBill {
        /// Which product.
        product: LineId,
        /// Which version.
        version: Ver,
    },
    /// A move or count below nothing.
    #[error("line {line} has a quantity below nothing")]
    Negative {
        /// Of which line.
        line: LineId,
    },
    /// Consumption cannot be told.
    #[error(transparent)]
    Use(#[from] UseErr),
    /// A number has become too large.
    #[error(transparent)]
    Overflow(#[from] Overflow),
}

/// The report of a period: one pass over the moves, one over the bills of what was exported, one over the counts.
///
/// # Errors
/// As [`ReconcileError`].
pub fn reconcile(
    book: &Book,
    moves: &[Move],
    counts: &[Count],
    rules: &Rules,
) -> Result<Report, ReconcileError> {
    let places = Places::of(&book.lines)?;
    let mut sums: Vec<PeriodMoves> = book
        .lines
        .iter()
        .map(|line| PeriodMoves { opening: line.opening, ..PeriodMoves::default() })
        .collect();
    let mut exported: Vec<Qty> = vec![Qty::ZERO; book.bom.count()];
    for one in moves {
        if one.qty < Qty::ZERO {
            return Err(ReconcileError::Negative { line: one.line });
        }
        if let MoveKind::Export(version) = one.kind {
            let bill = book.bom.at(one.line, version);
            let sum = bill.and_then(|at| exported.get_mut(at));
            let sum = sum.ok_or(ReconcileError::NoBill { product: one.line, version })?;
            *sum = sum.plus(one.qty)?;
            continue;
        }
        let at = places.find(one.line)?;
        let Some((line, sum)) = book.lines.get(at).zip(sums.get_mut(at)) else { continue };
        let part = match one.kind {
            MoveKind::Import => &mut sum.imports,
            MoveKind::CarriedIn => &mut sum.carried_in,
            MoveKind::CarriedOut => &mut sum.carried_out,
            MoveKind::ExchangedIn => &mut sum.exchanged_in,
            MoveKind::ExchangedOut => &mut sum.exchanged_out,
            MoveKind::ReExport => &mut sum.re_export,
            MoveKind::Domestic => &mut sum.domestic,
            MoveKind::Destroyed => &mut sum.destroyed,
            MoveKind::Issue if rules.main_method && !line.is_main => &mut sum.consumed,
            // Issue of a main line is a move within the enterprise; exports are done above.
            MoveKind::Issue | MoveKind::Export(_) => continue,
        };
        *part = part.plus(one.qty)?;
    }
    consume(book, &places, &exported, rules, &mut sums)?;
    let mut actual: Vec<Qty> = vec![Qty::ZERO; book.lines.len()];
    for one in counts {
        if one.qty < Qty::ZERO {
            return Err(ReconcileError::Negative { line: one.line });
        }
        if let Some(sum) = actual.get_mut(places.find(one.line)?) {
            *sum = sum.plus(one.qty)?;
        }
    }
    report(book, sums, actual, rules)
}

/// What exports consumed, added to the lines: exact over all products, rounded once a line.
fn consume(
    book: &Book,
    places: &Places,
    exported: &[Qty],
    rules: &Rules,
    sums: &mut [PeriodMoves],
) -> Result<(), ReconcileError> {
    let mut exact: Vec<Exact> = vec![Exact::ZERO; sums.len()];
    for (at, qty) in exported.iter().enumerate().filter(|(_, qty)| **qty > Qty::ZERO) {
        for row in book.bom.bill(at).unwrap_or_default() {
            let place = places.find(row.component)?;
            let Some((line, sum)) = book.lines.get(place).zip(exact.get_mut(place)) else {
                continue;
            };
            if line.is_main || !rules.main_method {
                *sum = sum.and(*qty, row.unit_use, row.nonbonded_ppm)?;
            }
        }
    }
    for (sum, exact) in sums.iter_mut().zip(exact) {
        sum.consumed = sum.consumed.plus(exact.rounded())?;
    }
    Ok(())
}

fn report(
    book: &Book,
    sums: Vec<PeriodMoves>,
    actual: Vec<Qty>,
    rules: &Rules,
) -> Result<Report, ReconcileError> {
    let mut told = Report { lines: Vec::with_capacity(sums.len()), band: Band::default() };
    for ((line, moves), actual) in book.lines.iter().zip(sums).zip(actual) {
        let theory = theory(&moves)?;
        let diff = theory.minus(actual)?;
        let value = |qty: Qty| value_of(qty, line.unit_value_e4);
        let diff_value = value(diff.abs())?;
        let turnover = Fen::checked_add(told.band.turnover_value, value(moves.inflow()?)?);
        told.band.turnover_value = turnover.ok_or(Overflow)?;
        if !line.is_main && !line.serialised {
            let sum = told.band.diff_value.checked_add(diff_value);
            told.band.diff_value = sum.ok_or(Overflow)?;
        }
        let judgement = if diff == Qty::ZERO {
            Judgement::Even
        } else if line.serialised {
            Judgement::BySerial
        } else if line.is_main && !within(diff.abs().steps(), moves.base()?.steps(), rules.weight)?
        {
            Judgement::Customs
        } else {
            Judgement::Explain
        };
        let line = line.id;
        told.lines.push(LineReport { line, moves, theory, actual, diff, diff_value, judgement });
    }
    let (diff, turnover) = (told.band.diff_value.0, told.band.turnover_value.0);
    told.band.within = within(diff.into(), turnover.into(), rules.band)?;
    if !told.band.within {
        // The lines that are not main are judged together.
        for (line, report) in book.lines.iter().zip(&mut told.lines) {
            if !line.is_main && report.judgement == Judgement::Explain {
                report.judgement = Judgement::Customs;
            }
        }
    }
    Ok(told)
}

/// Whether a part is within so many millionths of a whole.
fn within(part: i128, whole: i128, share: Ppm) -> Result<bool, Overflow> {
    let part = part.checked_mul(1_000_000).ok_or(Overflow)?;
    let most = whole.max(0).checked_mul(i128::from(share.0)).ok_or(Overflow)?;
    Ok(part <= most)
}

/// What a quantity is worth, half up to the fen.
fn value_of(qty: Qty, unit_value_e4: i64) -> Result<Fen, Overflow> {
    let product = qty.steps().checked_mul(i128::from(unit_value_e4)).ok_or(Overflow)?;
    let fen = half_up(product, Qty::ONE.steps() * 100);
    i64::try_from(fen).map(Fen).map_err(|_range| Overflow)
}

/// Where each line stands. Numbers that run without gaps are found by subtraction, others by a map.
enum Places {
    Dense { first: u32, count: usize },
    Sparse(BTreeMap<LineId, usize>),
}

impl Places {
    fn of(lines: &[BookLine]) -> Result<Self, ReconcileError> {
        for (one, next) in lines.iter().zip(lines.iter().skip(1)) {
            if one.id >= next.id {
                return Err(ReconcileError::Order { line: next.id });
            }
        }
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
            return Ok(Self::Sparse(BTreeMap::new()));
        };
        let span = usize::try_from(last.id.0 - first.id.0).unwrap_or(usize::MAX);
        if span.checked_add(1) == Some(lines.len()) {
            return Ok(Self::Dense { first: first.id.0, count: lines.len() });
        }
        Ok(Self::Sparse(lines.iter().enumerate().map(|(at, line)| (line.id, at)).collect()))
    }

    fn find(&self, line: LineId) -> Result<usize, ReconcileError> {
        let found = match self {
            Self::Dense { first, count } => {
                let at = line.0.checked_sub(*first).and_then(|at| usize::try_from(at).ok());
                at.filter(|at| at < count)
            }
            Self::Sparse(places) => places.get(&line).copied(),
        };
        found.ok_or(ReconcileError::NoLine { line })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BomRow, UnitUse, unit_use};
    use proptest::prelude::*;

    const RULES: Rules = Rules { main_method: false, weight: Ppm(5_000), band: Ppm(10_000) };

    fn qty(text: &str) -> Qty {
        text.parse().unwrap()
    }

    fn line(id: u32, opening: &str, is_main: bool) -> BookLine {
        BookLine {
            id: LineId(id),
            opening: qty(opening),
            unit_value_e4: 1_864_000,
            is_main,
            serialised: false,
        }
    }

    fn moved(line: u32, kind: MoveKind, amount: &str) -> Move {
        Move { line: LineId(line), kind, qty: qty(amount) }
    }

    fn counted(line: u32, place: Place, amount: &str) -> Count {
        Count { line: LineId(line), place, qty: qty(amount) }
    }

    /// The plate of S2: line 1 is the material, 900 the aircraft set.
    fn plate() -> (Book, Vec<Move>) {
        let mut book = Book { lines: vec![line(1, "18240.5", true)], bom: BomSet::default() };
        let row = BomRow {
            component: LineId(1),
            version: Ver(0),
            unit_use: unit_use("1840.5".parse().unwrap(), 620_000_000).unwrap(),
            nonbonded_ppm: 0,
        };
        book.bom.put(LineId(900), Ver(1), vec![row]);
        let moves = vec![
            moved(1, MoveKind::Import, "24600"),
            moved(1, MoveKind::CarriedIn, "3150"),
            moved(1, MoveKind::CarriedOut, "5200"),
            moved(1, MoveKind::ReExport, "480"),
            moved(1, MoveKind::Domestic, "610.25"),
            moved(1, MoveKind::Destroyed, "90"),
            moved(900, MoveKind::Export(Ver(1)), "2"),
            moved(1, MoveKind::Issue, "9999"),
            moved(900, MoveKind::Export(Ver(1)), "1"),
        ];
        (book, moves)
    }

    fn only(book: &Book, moves: &[Move], counts: &[Count]) -> LineReport {
        reconcile(book, moves, counts, &RULES).unwrap().lines[0]
    }

    #[test]
    fn s02_a_small_surplus_is_accepted_with_an_explanation() {
        let (book, moves) = plate();
        let counts = [counted(1, Place::Stock, "22148"), counted(1, Place::InProcess, "3050.5")];
        let told = only(&book, &moves, &counts);
        assert_eq!((told.theory, told.actual), (qty("25079.98684"), qty("25198.5")));
        assert_eq!((told.diff, told.share()), (qty("-118.51316"), Some(Ppm(2_577))));
        assert_eq!(told.moves.base(), Ok(qty("45990.5")));
        assert_eq!(told.judgement, Judgement::Explain);
    }

    #[test]
    fn s03_a_large_shortage_goes_to_customs_with_its_value() {
        let (book, moves) = plate();
        let told = only(&book, &moves, &[counted(1, Place::Stock, "24439.48684")]);
        assert_eq!((told.diff, told.share()), (qty("640.5"), Some(Ppm(13_927))));
        assert_eq!(told.judgement, Judgement::Customs);
        assert_eq!(told.diff_value, Fen(11_938_920));
        let tax = crate::tax_of(
            told.diff_value,
            crate::Rates { duty: elements::Bp(700), vat: elements::Bp(1_300) },
        );
        assert_eq!(tax.unwrap().total, Fen(2_496_428));
    }

    #[test]
    fn exactly_the_threshold_is_accepted_and_serials_are_explained_one_by_one() {
        let of = |serialised, stock: &str| {
            let mut one = line(1, "1000", true);
            one.serialised = serialised;
            let book = Book { lines: vec![one], bom: BomSet::default() };
            only(&book, &[], &[counted(1, Place::Stock, stock)]).judgement
        };
        let table = [
            (false, "1000", Judgement::Even),
            (false, "995", Judgement::Explain),
            (false, "994.99999", Judgement::Customs),
            (false, "1005.00001", Judgement::Customs),
            (true, "1000", Judgement::Even),
            (true, "999", Judgement::BySerial),
        ];
        for (serialised, stock, judgement) in table {
            assert_eq!(of(serialised, stock), judgement, "{serialised} {stock}");
        }
    }

    #[test]
    fn other_lines_are_consumed_by_issue_and_judged_together() {
        let mut book = Book {
            lines: vec![line(1, "0", true), line(2, "0", false), line(3, "0", false)],
            bom: BomSet::default(),
        };
        let row = |component| BomRow {
            component: LineId(component),
            version: Ver(0),
            unit_use: UnitUse::whole(1),
            nonbonded_ppm: 0,
        };
        book.bom.put(LineId(900), Ver(1), vec![row(1), row(2)]);
        let moves = [
            moved(1, MoveKind::Import, "1000"),
            moved(2, MoveKind::Import, "500"),
            moved(3, MoveKind::Import, "500"),
            moved(2, MoveKind::Issue, "7"),
            moved(900, MoveKind::Export(Ver(1)), "10"),
        ];
        let rules = Rules { main_method: true, ..RULES };
        let told = |over: &str| {
            let counts = [
                counted(1, Place::Stock, "990"),
                counted(2, Place::Stock, "493"),
                counted(3, Place::Stock, over),
            ];
            reconcile(&book, &moves, &counts, &rules).unwrap()
        };
        let judged = |report: &Report| -> Vec<Judgement> {
            report.lines.iter().map(|line| line.judgement).collect()
        };
        let even = [Judgement::Even, Judgement::Even, Judgement::Even];
        assert_eq!(judged(&told("500")), even);
        // One in a hundred of 2,000 that came in: 20.
        let told_20 = told("480");
        assert!(told_20.band.within);
        assert_eq!(judged(&told_20)[2], Judgement::Explain);
        let told_more = told("479.99");
        assert!(!told_more.band.within);
        assert_eq!(judged(&told_more)[2], Judgement::Customs);
        // Without the method the bill counts for every line.
        let whole = reconcile(&book, &moves, &[], &RULES).unwrap();
        assert_eq!(whole.lines[1].moves.consumed, Qty::whole(10));
    }

    #[test]
    fn two_products_round_once() {
        // Three ten-thousandths and a half each: 1e-5 × 0.5 twice is one step, not two.
        let mut book = Book { lines: vec![line(1, "1", true)], bom: BomSet::default() };
        let row = BomRow {
            component: LineId(1),
            version: Ver(0),
            unit_use: "0.000005".parse().unwrap(),
            nonbonded_ppm: 0,
        };
        book.bom.put(LineId(900), Ver(1), vec![row]);
        book.bom.put(LineId(901), Ver(1), vec![row]);
        let moves =
            [moved(900, MoveKind::Export(Ver(1)), "1"), moved(901, MoveKind::Export(Ver(1)), "1")];
        assert_eq!(only(&book, &moves, &[]).moves.consumed, qty("0.00001"));
    }

    #[test]
    fn what_does_not_fit_the_book_is_named() {
        let (book, _) = plate();
        let of = |moves: &[Move]| reconcile(&book, moves, &[], &RULES).unwrap_err();
        let no_line = ReconcileError::NoLine { line: LineId(2) };
        assert_eq!(of(&[moved(2, MoveKind::Import, "1")]), no_line);
        let no_bill = ReconcileError::NoBill { product: LineId(900), version: Ver(2) };
        assert_eq!(of(&[moved(900, MoveKind::Export(Ver(2)), "1")]), no_bill);
        let negative = ReconcileError::Negative { line: LineId(1) };
        assert_eq!(of(&[moved(1, MoveKind::Import, "-1")]), negative);
        let twice = Book { lines: vec![line(1, "0", true), line(1, "0", true)], ..book.clone() };
        let order = ReconcileError::Order { line: LineId(1) };
        assert_eq!(reconcile(&twice, &[], &[], &RULES).unwrap_err(), order);
    }

    proptest! {
        #[test]
        fn the_report_adds_up_line_by_line(
            gap in 1_u32..3, moves in proptest::collection::vec((0_u32..6, 0_usize..9, 0_i64..1_000_000_000), 0..200),
        ) {
            use MoveKind as K;
            let kinds = [
                (K::Import, 1), (K::CarriedIn, 1), (K::ExchangedIn, 1), (K::CarriedOut, -1), (K::ExchangedOut, -1),
                (K::ReExport, -1), (K::Domestic, -1), (K::Destroyed, -1), (K::Issue, 0),
            ];
            let lines = (0..6).map(|n| line(n * gap, "1000", n % 2 == 0)).collect();
            let book = Book { lines, bom: BomSet::default() };
            let mut expected = [100_000_000_i128; 6];
            let moves: Vec<Move> = moves.into_iter().map(|(n, kind, steps)| {
                let (kind, sign) = kinds[kind];
                expected[usize::try_from(n).unwrap()] += i128::from(steps) * sign;
                Move { line: LineId(n * gap), kind, qty: Qty::from_steps(steps.into()) }
            }).collect();
            let told = reconcile(&book, &moves, &[], &RULES).unwrap();
            let found: Vec<i128> = told.lines.iter().map(|line| line.theory.steps()).collect();
            prop_assert_eq!(found, expected.to_vec());
            prop_assert!(told.lines.iter().all(|line| line.diff == line.theory.minus(line.actual).unwrap()));
        }
    }
}
