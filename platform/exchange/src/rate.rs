//! How much a partner may send (限流): one bucket a partner, filled evenly.

use codes::Moment;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

const MINUTE_US: i64 = 60_000_000;

/// The buckets of all partners, in the memory of this process.
///
/// A bucket holds the sends of a minute; what is taken out of it comes back evenly.
#[derive(Debug, Default)]
pub(crate) struct Rates {
    /// By partner, the instant at which its bucket is full again.
    full_at: Mutex<BTreeMap<String, Moment>>,
}

impl Rates {
    /// Takes one message of a partner, or tells after how many seconds the next one is taken.
    pub(crate) fn take(&self, partner: &str, per_minute: u32, now: Moment) -> Result<(), i64> {
        let share_us = MINUTE_US / i64::from(per_minute.max(1));
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let from = full_at.get(partner).map_or(now, |full_at| now.max(*full_at));
        let until = from.plus_us(share_us);
        let over_us = until.us() - now.us() - MINUTE_US;
        if over_us > 0 {
            return Err(over_us.div_euclid(1_000_000) + 1);
        }
        full_at.insert(partner.to_owned(), until);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minutes_share_may_come_at_once_and_comes_back_evenly() {
        let rates = Rates::default();
        let at = |second: i64| Moment::from_us(second * 1_000_000);
        for _ in 0..6 {
            assert_eq!(rates.take("tax", 6, at(0)), Ok(()));
        }
        assert_eq!(rates.take("tax", 6, at(0)), Err(11), "ten seconds and what begins them");
        assert_eq!(rates.take("tax", 6, at(9)), Err(2));
        assert_eq!(rates.take("bank", 6, at(9)), Ok(()), "another partner has its own");
        assert_eq!(rates.take("tax", 6, at(10)), Ok(()));
        assert_eq!(rates.take("tax", 6, at(10)), Err(11));
        for _ in 0..6 {
            assert_eq!(
                rates.take("tax", 6, at(600)),
                Ok(()),
                "silence saves up no more than a minute"
            );
        }
        assert!(rates.take("tax", 6, at(600)).is_err());
    }
}
