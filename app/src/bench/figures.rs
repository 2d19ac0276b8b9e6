//! Figures: rates, ratios, the waits of many.

use std::time::Duration;

/// So many a second.
pub(crate) fn per_s(count: u64, took: Duration) -> u64 {
    let us = took.as_micros().max(1);
    u64::try_from(u128::from(count) * 1_000_000 / us).unwrap_or(u64::MAX)
}

/// How many times one goes into the other, to two places.
pub(crate) fn ratio(one: u64, other: u64) -> f64 {
    let hundredths = u128::from(one) * 100 / u128::from(other.max(1));
    f64::from(u32::try_from(hundredths).unwrap_or(u32::MAX)) / 100.0
}

/// A wait in milliseconds, to two places.
pub(crate) fn ms(wait: Duration) -> f64 {
    f64::from(u32::try_from(wait.as_micros() / 10).unwrap_or(u32::MAX)) / 100.0
}

/// How long each of many waited.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waits(Vec<Duration>);

impl Waits {
    /// One more.
    pub(crate) fn add(&mut self, wait: Duration) {
        self.0.push(wait);
    }

    /// All of another list.
    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// How many.
    pub(crate) fn count(&self) -> u64 {
        self.0.len() as u64
    }

    /// What so many in a thousand did not exceed.
    pub(crate) fn permille(&mut self, permille: usize) -> Duration {
        self.0.sort_unstable();
        let at = (self.0.len() * permille / 1_000).min(self.0.len().saturating_sub(1));
        self.0.get(at).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_told_by_their_share() {
        let mut waits = Waits::default();
        (1..=1_000).rev().for_each(|n| waits.add(Duration::from_millis(n)));
        assert_eq!(waits.permille(500), Duration::from_millis(501));
        assert_eq!(waits.permille(990), Duration::from_millis(991));
        assert_eq!(waits.permille(1_000), Duration::from_millis(1_000));
        assert_eq!(Waits::default().permille(990), Duration::ZERO);
    }

    #[test]
    fn rates_and_ratios_are_of_whole_numbers() {
        assert_eq!(per_s(300, Duration::from_millis(1_500)), 200);
        assert!((ratio(4, 10) - 0.4).abs() < 1e-9);
        assert!((ms(Duration::from_micros(1_234)) - 1.23).abs() < 1e-9);
    }
}
