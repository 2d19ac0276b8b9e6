//! The clock of the benches: the machine's, moved to a working morning on which the answers of the sample hold.

use kernel::Moment;
use module::{Clock, SystemClock};

/// Thursday, 12 February 2026, 09:00 in Beijing.
const MORNING: Moment = Moment::from_us(1_770_858_000_000_000);

/// The machine's clock, so many microseconds away.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moved(i64);

impl Moved {
    /// A clock that showed the morning when the machine's showed `began_us`.
    pub(crate) fn since(began_us: i64) -> Self {
        Self(MORNING.us() - began_us)
    }

    /// A clock that shows the morning now.
    pub(crate) fn now() -> Self {
        Self::since(SystemClock.now().us())
    }
}

impl Clock for Moved {
    fn now(&self) -> Moment {
        SystemClock.now().plus_us(self.0)
    }
}
