//! The late fine (加处罚款): three in a hundred a day, up to the fine itself, standing still during review and suit.

use codes::Date;
use serde::{Deserialize, Serialize};

/// At what rate a fine grows that is paid late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Of the fine for each day, in ten-thousandths.
    pub per_day_bp: u32,
    /// At most in all, in ten-thousandths of the fine.
    pub cap_bp: u32,
}

/// Days that are not counted (不予计算), both inclusive; without an end it still stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The first day: that on which review or suit was filed.
    pub from: Date,
    /// The last day: that on which it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
}

/// What is owed beside the fine on a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateFine {
    /// Calendar days past the last day of payment.
    pub late_days: u32,
    /// How many of them stand still.
    pub standing_days: u32,
    /// How many of them count.
    pub counted_days: u32,
    /// What they would come to, in fen.
    pub uncapped_fen: i64,
    /// What is owed, in fen.
    pub fen: i64,
}

/// The late fine of a fine that is paid on a day, `due` being the last day on which it was in time.
///
/// Half up, once, on the total. A fine of nothing or less owes nothing.
///
/// # Source
/// 行政处罚法 (2021) art. 72 (three in a hundred a day, not more than the fine), art. 73(3) (not counted during review
/// or suit). The figures themselves come in as `rate`.
#[must_use]
pub fn late_fine(
    fine_fen: i64,
    due: Date,
    paid: Date,
    standing: &[Standing],
    rate: Rate,
) -> LateFine {
    let mut late = LateFine::default();
    for day in due.series(jiff_days()).skip(1).take_while(|day| *day <= paid) {
        late.late_days = late.late_days.saturating_add(1);
        let stands = |span: &Standing| span.from <= day && span.to.is_none_or(|to| day <= to);
        if standing.iter().any(stands) {
            late.standing_days = late.standing_days.saturating_add(1);
        } else {
            late.counted_days = late.counted_days.saturating_add(1);
        }
    }
    let fine = i128::from(fine_fen.max(0));
    let part = |bp: i128| rounded(fine.saturating_mul(bp));
    late.uncapped_fen = part(i128::from(rate.per_day_bp) * i128::from(late.counted_days));
    late.fen = late.uncapped_fen.min(part(i128::from(rate.cap_bp)));
    late
}

/// Ten-thousandths of fen to fen, half up.
fn rounded(bp_fen: i128) -> i64 {
    i64::try_from((bp_fen + 5_000) / 10_000).unwrap_or(i64::MAX)
}

/// One civil day after another.
fn jiff_days() -> jiff::Span {
    jiff::Span::new().days(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RATE: Rate = Rate { per_day_bp: 300, cap_bp: 10_000 };
    const DUE: Date = Date::constant(2024, 10, 9);

    fn after(days: i64) -> Date {
        DUE.checked_add(jiff::Span::new().days(days)).unwrap()
    }

    fn owed(days: i64, standing: &[Standing]) -> LateFine {
        late_fine(4_800_000, DUE, after(days), standing, RATE)
    }

    #[test]
    fn s07_a_late_fine_grows_is_capped_and_stands_still_during_review() {
        assert_eq!(owed(12, &[]).fen, 1_728_000);
        let capped = owed(34, &[]);
        assert_eq!((capped.uncapped_fen, capped.fen), (4_896_000, 4_800_000));
        // A review of 20 days inside is not counted.
        let review = Standing { from: after(5), to: Some(after(24)) };
        let stood = owed(32, &[review]);
        assert_eq!((stood.late_days, stood.standing_days, stood.counted_days), (32, 20, 12));
        assert_eq!(stood.fen, 1_728_000);
        // A suit after it, overlapping by a day, counts that day once.
        let suit = Standing { from: after(24), to: None };
        assert_eq!(owed(400, &[review, suit]).counted_days, 4);
    }

    #[test]
    fn nothing_is_owed_in_time_and_a_part_of_a_fen_is_rounded_half_up() {
        for days in [-30, -1, 0] {
            assert_eq!(owed(days, &[]), LateFine::default());
        }
        for (fine, expected) in [(16, 0), (17, 1), (50, 2), (0, 0), (-100, 0)] {
            assert_eq!(late_fine(fine, DUE, after(1), &[], RATE).fen, expected, "{fine}");
        }
    }

    proptest! {
        #[test]
        fn it_never_passes_the_cap_and_never_shrinks(
            fine in 0..1_000_000_000_000_i64, days in 0..800_i64, from in 0..800_i64, length in 0..400_i64,
        ) {
            let stands = [Standing { from: after(from), to: Some(after(from + length)) }];
            let now = late_fine(fine, DUE, after(days), &stands, RATE);
            let next = late_fine(fine, DUE, after(days + 1), &stands, RATE);
            prop_assert!(now.fen <= fine);
            prop_assert!(now.fen <= next.fen);
            prop_assert_eq!(now.late_days, now.standing_days + now.counted_days);
            prop_assert!(now.fen <= late_fine(fine, DUE, after(days), &[], RATE).fen);
        }
    }
}
