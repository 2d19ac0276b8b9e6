//! The main-material method (主料工作法): whether the main lines carry enough of the value.

use crate::LineId;
use elements::{Fen, Ppm};
use serde::{Deserialize, Serialize};

/// A line and what it is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValuedLine {
    /// The line.
    pub line: LineId,
    /// The value of its material in the book.
    pub value: Fen,
    /// Whether it is declared as main.
    pub is_main: bool,
    /// Whether it is managed by serial numbers.
    pub serialised: bool,
}

/// Whether the method may be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "main_set")]
pub enum MainSet {
    /// It may.
    Accepted {
        /// What the main lines carry, in millionths, cut off.
        covers: Ppm,
    },
    /// It may not.
    Refused {
        /// What the main lines carry, in millionths, cut off.
        covers: Ppm,
        /// Serialised lines that are not declared as main.
        serialised: Vec<LineId>,
        /// The most valuable other lines that would bring it up to what is needed, in their order.
        next: Vec<LineId>,
    },
}

/// Judges the set of main lines against the share of value that it has to carry.
#[must_use]
pub fn main_set(lines: &[ValuedLine], at_least: Ppm) -> MainSet {
    let worth = |lines: &mut dyn Iterator<Item = &ValuedLine>| -> i128 {
        lines.map(|line| i128::from(line.value.0)).sum()
    };
    let all = worth(&mut lines.iter());
    let main = worth(&mut lines.iter().filter(|line| line.is_main));
    let covers = Ppm(if all == 0 { 0 } else { i64::try_from(main * 1_000_000 / all).unwrap_or(0) });
    let needed = |covered: i128| covered * 1_000_000 >= all * i128::from(at_least.0);
    let mut others: Vec<&ValuedLine> = lines.iter().filter(|line| !line.is_main).collect();
    others.sort_by_key(|line| (!line.serialised, -line.value.0, line.line));
    let (serialised, others): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|line| line.serialised);
    // Serialised lines have to come in anyway, so that they count first.
    let mut covered = main + worth(&mut serialised.iter().copied());
    let mut next = Vec::new();
    for line in others {
        if needed(covered) {
            break;
        }
        covered += i128::from(line.value.0);
        next.push(line.line);
    }
    if serialised.is_empty() && needed(main) {
        MainSet::Accepted { covers }
    } else {
        let mut serialised: Vec<LineId> = serialised.iter().map(|line| line.line).collect();
        serialised.sort_unstable();
        MainSet::Refused { covers, serialised, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(n: u32, yuan: i64, is_main: bool, serialised: bool) -> ValuedLine {
        ValuedLine { line: LineId(n), value: Fen(yuan * 100), is_main, serialised }
    }

    const EIGHTY: Ppm = Ppm(800_000);

    #[test]
    fn s13_a_set_that_carries_too_little_is_refused_with_what_would_do() {
        let lines = [
            line(1, 796, true, false),
            line(2, 3, false, false),
            line(3, 2, false, false),
            line(4, 199, false, false),
        ];
        let told = main_set(&lines, EIGHTY);
        let next = vec![LineId(4)];
        assert_eq!(told, MainSet::Refused { covers: Ppm(796_000), serialised: vec![], next });
        let lines = [
            line(1, 796, true, false),
            line(2, 3, false, false),
            line(3, 2, false, false),
            line(4, 2, false, false),
        ];
        let MainSet::Accepted { covers } = main_set(&lines, EIGHTY) else {
            panic!("99 % carry enough")
        };
        assert_eq!(covers, Ppm(991_282));
    }

    #[test]
    fn the_fewest_lines_that_do_are_named_and_serialised_ones_always() {
        let lines = [
            line(1, 700, true, false),
            line(2, 60, false, false),
            line(3, 50, false, false),
            line(4, 60, false, false),
            line(5, 10, false, true),
            line(6, 120, false, false),
        ];
        let told = main_set(&lines, EIGHTY);
        let expected = MainSet::Refused {
            covers: Ppm(700_000),
            serialised: vec![LineId(5)],
            next: vec![LineId(6)],
        };
        assert_eq!(told, expected);
        let without = [line(1, 900, true, false), line(5, 10, false, true)];
        let told = main_set(&without, EIGHTY);
        let expected =
            MainSet::Refused { covers: Ppm(989_010), serialised: vec![LineId(5)], next: vec![] };
        assert_eq!(told, expected);
    }

    #[test]
    fn exactly_the_share_is_enough_and_an_empty_book_needs_nothing() {
        let lines = [line(1, 80, true, false), line(2, 20, false, false)];
        assert_eq!(main_set(&lines, EIGHTY), MainSet::Accepted { covers: EIGHTY });
        assert_eq!(main_set(&[], EIGHTY), MainSet::Accepted { covers: Ppm(0) });
    }
}
