//! What should be there (理论库存): opening, in, out, consumed.

use crate::{Overflow, Qty};
use serde::{Deserialize, Serialize};

/// What a line of a book did in a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodMoves {
    /// What was there (期初).
    pub opening: Qty,
    /// 进口.
    pub imports: Qty,
    /// 余料转入.
    pub carried_in: Qty,
    /// 换进.
    pub exchanged_in: Qty,
    /// 换出.
    pub exchanged_out: Qty,
    /// 余料转出.
    pub carried_out: Qty,
    /// 料件复出.
    pub re_export: Qty,
    /// 内销.
    pub domestic: Qty,
    /// 销毁.
    pub destroyed: Qty,
    /// 成品耗用, or actual issue of what is no main material.
    pub consumed: Qty,
}

impl PeriodMoves {
    /// What was there and came in: what a difference is measured against.
    ///
    /// # Errors
    /// [`Overflow`].
    pub fn base(&self) -> Result<Qty, Overflow> {
        self.opening.plus(self.inflow()?)
    }

    /// What came in.
    ///
    /// # Errors
    /// [`Overflow`].
    pub fn inflow(&self) -> Result<Qty, Overflow> {
        self.imports.plus(self.carried_in)?.plus(self.exchanged_in)
    }

    /// What went out or was consumed.
    ///
    /// # Errors
    /// [`Overflow`].
    pub fn outflow(&self) -> Result<Qty, Overflow> {
        let outs = [
            self.exchanged_out,
            self.carried_out,
            self.re_export,
            self.domestic,
            self.destroyed,
            self.consumed,
        ];
        outs.into_iter().try_fold(Qty::ZERO, Qty::plus)
    }
}

/// What should be there at the end of the period; negative where more went out than there was.
///
/// # Errors
/// [`Overflow`].
pub fn theory(moves: &PeriodMoves) -> Result<Qty, Overflow> {
    moves.base()?.minus(moves.outflow()?)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn qty(text: &str) -> Qty {
        text.parse().unwrap()
    }

    /// The plate of S2, in kg.
    pub(crate) fn plate() -> PeriodMoves {
        PeriodMoves {
            opening: qty("18240.5"),
            imports: qty("24600"),
            carried_in: qty("3150"),
            carried_out: qty("5200"),
            re_export: qty("480"),
            domestic: qty("610.25"),
            destroyed: qty("90"),
            consumed: qty("14530.26316"),
            ..PeriodMoves::default()
        }
    }

    #[test]
    fn s02_plate_by_weight() {
        assert_eq!(theory(&plate()), Ok(qty("25079.98684")));
        assert_eq!(plate().base(), Ok(qty("45990.5")));
    }

    #[test]
    fn s04_rivets_by_piece() {
        let each = crate::UnitUse::whole(412_350);
        let rivets = PeriodMoves {
            opening: Qty::whole(1_250_000),
            imports: Qty::whole(800_000),
            consumed: crate::consumption(Qty::whole(3), each, 0).unwrap(),
            ..PeriodMoves::default()
        };
        assert_eq!(theory(&rivets), Ok(Qty::whole(812_950)));
    }

    #[test]
    fn exchange_leaves_as_much_as_comes_and_overflow_is_refused() {
        let exchanged =
            PeriodMoves { exchanged_in: Qty::whole(4), exchanged_out: Qty::whole(4), ..plate() };
        assert_eq!(theory(&exchanged), theory(&plate()));
        let large = PeriodMoves { opening: Qty::from_steps(i128::MAX), ..plate() };
        assert_eq!(theory(&large), Err(Overflow));
    }
}
