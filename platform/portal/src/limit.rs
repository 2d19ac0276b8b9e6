//! How guessing is slowed down, and from where a request comes as far as that needs to be known.

use codes::Moment;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The address from which a request comes (来源地址), in the extensions of every request that the sign-in layer has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller(pub String);

/// Slows guessing down (限速): so many tries that fail from one place in so much time.
///
/// It lives in memory: a restart forgets it, and several processes count apart. What must hold for certain, such as the
/// lock of a login after wrong passwords, is in the journal.
#[derive(Debug)]
pub struct RateLimit {
    tries: u32,
    window_seconds: i64,
    seen: Mutex<BTreeMap<String, (Moment, u32)>>,
}

impl RateLimit {
    /// The most places counted at once; beyond it those whose window is over are dropped first, then all.
    const PLACES_MAX: usize = 50_000;

    /// So many tries in so many seconds.
    #[must_use]
    pub const fn new(tries: u32, window_seconds: i64) -> Self {
        Self { tries, window_seconds, seen: Mutex::new(BTreeMap::new()) }
    }

    /// Whether a place may try now.
    ///
    /// # Errors
    /// The instant from which the next try is taken.
    pub fn check(&self, place: &str, now: Moment) -> Result<(), Moment> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((since, count)) = seen.get(place) else { return Ok(()) };
        let until = since.plus_seconds(self.window_seconds);
        if *count >= self.tries && now < until { Err(until) } else { Ok(()) }
    }

    /// Counts a try from a place that came to nothing: whoever knows the secret is not slowed down, however many sit
    /// behind one address.
    pub fn count(&self, place: &str, now: Moment) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= Self::PLACES_MAX {
            seen.retain(|_, (since, _)| now < since.plus_seconds(self.window_seconds));
            if seen.len() >= Self::PLACES_MAX {
                seen.clear();
            }
        }
        let (since, count) = seen.entry(place.to_owned()).or_insert((now, 0));
        if now >= since.plus_seconds(self.window_seconds) {
            (*since, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_counted_by_place_and_window() {
        let limit = RateLimit::new(2, 60);
        let at = |second| Moment::default().plus_seconds(second);
        for second in 0..2 {
            assert!(limit.check("a", at(second)).is_ok());
            limit.count("a", at(second));
        }
        assert_eq!(limit.check("a", at(2)), Err(at(60)));
        assert!(limit.check("b", at(2)).is_ok());
        assert!(limit.check("a", at(60)).is_ok());
        limit.count("a", at(60));
        assert!(limit.check("a", at(61)).is_ok(), "a new window has begun");
    }
}
