//! Bills of materials (单耗表): what a product is made of, level by level.

use crate::qty::half_up;
use crate::{Overflow, Qty, UnitUse};
use codes::{Code, Coded, Label, Reason};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A line of a book: a material, an assembly or a product.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct LineId(pub u32);

/// A version (版本) of a bill of materials.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Ver(pub u32);

impl fmt::Display for LineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What one of a product takes of one component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BomRow {
    /// The component.
    pub component: LineId,
    /// Its version, where it is made of others itself.
    pub version: Ver,
    /// How much of it one takes.
    pub unit_use: UnitUse,
    /// How much of that is not bonded (非保税料件比例), in millionths.
    pub nonbonded_ppm: u32,
}

/// All bills of materials of a book.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BomSet {
    bills: Vec<Vec<BomRow>>,
    index: BTreeMap<(LineId, Ver), usize>,
}

impl BomSet {
    /// The bill of a version of a product; one that stands already is replaced.
    pub fn put(&mut self, product: LineId, version: Ver, rows: Vec<BomRow>) {
        if let Some(bill) =
            self.index.get(&(product, version)).and_then(|at| self.bills.get_mut(*at))
        {
            *bill = rows;
        } else {
            self.index.insert((product, version), self.bills.len());
            self.bills.push(rows);
        }
    }

    /// What one of a version of a product takes; none if it is no product.
    #[must_use]
    pub fn of(&self, product: LineId, version: Ver) -> Option<&[BomRow]> {
        self.at(product, version).and_then(|at| self.bill(at))
    }

    /// The place of a bill among all.
    pub(crate) fn at(&self, product: LineId, version: Ver) -> Option<usize> {
        self.index.get(&(product, version)).copied()
    }

    pub(crate) fn bill(&self, at: usize) -> Option<&[BomRow]> {
        self.bills.get(at).map(Vec::as_slice)
    }

    /// How many bills there are.
    pub(crate) fn count(&self) -> usize {
        self.bills.len()
    }
}

/// Why a product cannot be taken apart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BomErr {
    /// A product is made of itself.
    #[error("the bill of materials runs in a circle")]
    Cycle {
        /// The lines of the circle, from one to that before it again.
        lines: Vec<LineId>,
    },
    /// There is no such version of the product.
    #[error("line {product} has no version {}", .version.0)]
    Unknown {
        /// The product.
        product: LineId,
        /// The version.
        version: Ver,
    },
    /// A number has become too large.
    #[error(transparent)]
    Overflow(#[from] Overflow),
}

impl Coded for BomErr {
    fn code(&self) -> Code {
        Code::new(
            "R19",
            match self {
                Self::Cycle { .. } => 1,
                Self::Unknown { .. } => 2,
                Self::Overflow(_) => 3,
            },
        )
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Cycle { .. } => "BOM_CYCLE",
            Self::Unknown { .. } => "BOM_UNKNOWN",
            Self::Overflow(_) => "OVERFLOW",
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::Cycle { lines } => {
                let circle: Vec<String> = lines.iter().map(ToString::to_string).collect();
                Label::new(
                    format!("单耗表成环：项号{}互相包含。", circle.join("、")),
                    format!("The bill of materials runs in a circle: lines {}.", circle.join(", ")),
                )
            }
            Self::Unknown { product, version } => Label::new(
                format!("成品项号{product}没有版本{}。", version.0),
                format!("Line {product} has no version {}.", version.0),
            ),
            Self::Overflow(_) => Label::new("数量过大。", "The quantities are too large."),
        }
    }

    fn fields(&self) -> Option<String> {
        let fields = match self {
            Self::Cycle { lines } => serde_json::json!({"lines": lines}),
            Self::Unknown { product, version } => {
                serde_json::json!({"product": product, "version": version})
            }
            Self::Overflow(_) => return None,
        };
        Some(fields.to_string())
    }
}

/// What so much of a version of a product takes of the materials at the bottom, by line.
///
/// Each assembly is taken apart once, however many products it goes into. Amounts between the levels are kept to a
/// thousand-millionth, half up, and rounded to a quantity at the bottom.
///
/// # Errors
/// As [`BomErr`].
pub fn explode(
    bom: &BomSet,
    product: LineId,
    version: Ver,
    qty: Qty,
) -> Result<Vec<(LineId, Qty)>, BomErr> {
    let root = bom.at(product, version).ok_or(BomErr::Unknown { product, version })?;
    let order = bottom_up(bom, root, product)?;
    let mut amounts: Vec<i128> = vec![0; bom.count()];
    if let Some(amount) = amounts.get_mut(root) {
        *amount = qty.to_places::<9>()?.steps();
    }
    let mut materials: BTreeMap<LineId, i128> = BTreeMap::new();
    for at in order.into_iter().rev() {
        let amount = amounts.get(at).copied().unwrap_or_default();
        for row in bom.bill(at).unwrap_or_default() {
            let product = amount.checked_mul(row.unit_use.steps()).ok_or(Overflow)?;
            let more = half_up(product, UnitUse::ONE.steps());
            let sum = match bom.at(row.component, row.version) {
                Some(below) => amounts.get_mut(below),
                None => Some(materials.entry(row.component).or_default()),
            };
            if let Some(sum) = sum {
                *sum = sum.checked_add(more).ok_or(Overflow)?;
            }
        }
    }
    materials
        .into_iter()
        .map(|(line, amount)| Ok((line, UnitUse::from_steps(amount).to_places::<5>()?)))
        .collect()
}

/// Where the walk stands in an assembly.
struct Open {
    at: usize,
    line: LineId,
    next: usize,
}

/// The bills below a root, each after those it is made of. A loop of its own instead of recursion: depth is the enterprise's
/// data.
fn bottom_up(bom: &BomSet, root: usize, line: LineId) -> Result<Vec<usize>, BomErr> {
    let mut order = Vec::new();
    let mut seen = vec![false; bom.count()];
    let mut path = vec![Open { at: root, line, next: 0 }];
    if let Some(seen) = seen.get_mut(root) {
        *seen = true;
    }
    while let Some(open) = path.last_mut() {
        let row = bom.bill(open.at).and_then(|rows| rows.get(open.next));
        let Some(row) = row else {
            order.push(open.at);
            path.pop();
            continue;
        };
        open.next += 1;
        let Some(below) = bom.at(row.component, row.version) else { continue };
        if let Some(from) = path.iter().position(|open| open.at == below) {
            let lines = path.iter().skip(from).map(|open| open.line).collect();
            return Err(BomErr::Cycle { lines });
        }
        if let Some(seen) = seen.get_mut(below).filter(|seen| !**seen) {
            *seen = true;
            path.push(Open { at: below, line: row.component, next: 0 });
        }
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(component: u32, used: &str) -> BomRow {
        BomRow {
            component: LineId(component),
            version: Ver(1),
            unit_use: used.parse().unwrap(),
            nonbonded_ppm: 0,
        }
    }

    fn set(bills: &[(u32, &[(u32, &str)])]) -> BomSet {
        let mut set = BomSet::default();
        for (product, rows) in bills {
            let rows = rows.iter().map(|(component, used)| row(*component, used)).collect();
            set.put(LineId(*product), Ver(1), rows);
        }
        set
    }

    fn exploded(set: &BomSet, product: u32, qty: &str) -> Result<Vec<(u32, String)>, BomErr> {
        let found = explode(set, LineId(product), Ver(1), qty.parse().unwrap())?;
        Ok(found.into_iter().map(|(line, qty)| (line.0, qty.to_string())).collect())
    }

    #[test]
    fn assemblies_are_taken_apart_and_shared_ones_once() {
        let set = set(&[
            (1, &[(10, "2"), (11, "1"), (100, "0.5")]),
            (10, &[(11, "3"), (101, "1.25")]),
            (11, &[(100, "4"), (101, "0.000000001")]),
        ]);
        let expected = [(100, "85.50000".to_owned()), (101, "7.50000".to_owned())];
        assert_eq!(exploded(&set, 1, "3"), Ok(expected.to_vec()));
        let unknown = BomErr::Unknown { product: LineId(7), version: Ver(1) };
        assert_eq!(exploded(&set, 7, "3"), Err(unknown));
    }

    #[test]
    fn s12_a_circle_is_named_by_its_lines() {
        let both = set(&[(1, &[(2, "1")]), (2, &[(1, "1")])]);
        let circle = BomErr::Cycle { lines: vec![LineId(1), LineId(2)] };
        assert_eq!(exploded(&both, 1, "1"), Err(circle.clone()));
        assert_eq!(circle.reason(), "BOM_CYCLE");
        // A circle below the root names only itself.
        let below = set(&[
            (9, &[(1, "1")]),
            (1, &[(100, "1"), (2, "1")]),
            (2, &[(3, "1")]),
            (3, &[(1, "1")]),
        ]);
        let circle = BomErr::Cycle { lines: vec![LineId(1), LineId(2), LineId(3)] };
        assert_eq!(exploded(&below, 9, "1"), Err(circle));
        let own = set(&[(1, &[(1, "1")])]);
        assert_eq!(exploded(&own, 1, "1"), Err(BomErr::Cycle { lines: vec![LineId(1)] }));
    }

    #[test]
    fn s12_fourteen_levels_with_nine_thousand_leaves() {
        let mut set = BomSet::default();
        // Each level takes two of the next and its share of 9,000 materials.
        for level in 0..14_u32 {
            let from = 10_000 + level * 643;
            let count = if level == 13 { 9_000 - 13 * 643 } else { 643 };
            let mut rows: Vec<BomRow> = (from..from + count).map(|line| row(line, "1")).collect();
            if level < 13 {
                rows.push(row(level + 2, "2"));
            }
            set.put(LineId(level + 1), Ver(1), rows);
        }
        let found = explode(&set, LineId(1), Ver(1), Qty::ONE).unwrap();
        assert_eq!(found.len(), 9_000);
        assert_eq!(found[0].1, Qty::ONE);
        assert_eq!(found[8_999].1, Qty::whole(8_192), "two to the thirteenth");
    }

    #[test]
    fn what_is_too_large_is_refused() {
        let set = set(&[
            (1, &[(2, "1000000000000")]),
            (2, &[(3, "1000000000000")]),
            (3, &[(4, "1000000000000")]),
        ]);
        assert_eq!(exploded(&set, 1, "1000000"), Err(BomErr::Overflow(Overflow)));
    }

    proptest! {
        #[test]
        fn whole_numbers_multiply_along_every_path(
            rows in proptest::collection::vec(proptest::collection::vec((0_usize..12, 1_i64..4), 0..5), 1..8), qty in 1_i64..5,
        ) {
            // A row of level n points to any later level, or to a material.
            let mut set = BomSet::default();
            let levels = rows.len();
            let target = |level: usize, to: usize| if level + 1 + to < levels { level + 1 + to } else { 100 + to };
            for (level, row) in rows.iter().enumerate() {
                let bill = row.iter().map(|(to, used)| BomRow {
                    component: LineId(u32::try_from(target(level, *to)).unwrap()), version: Ver(1),
                    unit_use: UnitUse::whole(*used), nonbonded_ppm: 0,
                }).collect();
                set.put(LineId(u32::try_from(level).unwrap()), Ver(1), bill);
            }
            // The same by following every path for itself.
            let mut naive: BTreeMap<u32, i64> = BTreeMap::new();
            let mut paths = vec![(0_usize, qty)];
            while let Some((level, amount)) = paths.pop() {
                for (to, used) in &rows[level] {
                    let below = target(level, *to);
                    if below < levels {
                        paths.push((below, amount * used));
                    } else {
                        *naive.entry(u32::try_from(below).unwrap()).or_default() += amount * used;
                    }
                }
            }
            let found = explode(&set, LineId(0), Ver(1), Qty::whole(qty)).unwrap();
            let found: BTreeMap<u32, Qty> = found.into_iter().map(|(line, qty)| (line.0, qty)).collect();
            let naive: BTreeMap<u32, Qty> = naive.into_iter().map(|(line, amount)| (line, Qty::whole(amount))).collect();
            prop_assert_eq!(found, naive);
        }
    }
}
