//! A clock that is wound by hand.

use kernel::Moment;
use module::Clock;
use std::sync::atomic::{AtomicI64, Ordering};

/// A clock that shows what it was set to.
#[derive(Debug)]
pub struct HandClock(AtomicI64);

impl HandClock {
    /// A clock that shows an instant.
    #[must_use]
    pub fn at(now: Moment) -> Self {
        Self(AtomicI64::new(now.us()))
    }

    /// Sets the clock, forwards or backwards.
    pub fn set(&self, now: Moment) {
        self.0.store(now.us(), Ordering::SeqCst);
    }

    pub(crate) fn at_us(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

impl Clock for HandClock {
    fn now(&self) -> Moment {
        Moment::from_us(self.at_us())
    }
}
