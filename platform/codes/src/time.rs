//! Dates of the civil calendar and instants in UTC; the wall clock is China Standard Time.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// A day of the civil calendar in China Standard Time (Asia/Shanghai).
pub type Date = jiff::civil::Date;

/// Date and time of day on a clock in China Standard Time.
pub type WallTime = jiff::civil::DateTime;

/// The offset of China Standard Time from UTC, in microseconds; it has had no summer time since 1991.
const CST_OFFSET_US: i64 = 8 * 3600 * 1_000_000;

/// An instant (时刻) in UTC, in whole microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

/// A text that is no instant in RFC 3339.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an instant in RFC 3339")]
pub struct NotAMoment(pub String);

impl Moment {
    /// An instant from microseconds since the epoch.
    #[must_use]
    pub const fn from_us(us: i64) -> Self {
        Self(us)
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn us(self) -> i64 {
        self.0
    }

    /// The instant of a wall-clock time in China Standard Time.
    #[must_use]
    pub fn from_wall(wall: WallTime) -> Self {
        let day = i64::from(wall.date().since_epoch_days());
        let t = wall.time();
        let in_day =
            (i64::from(t.hour()) * 3600 + i64::from(t.minute()) * 60 + i64::from(t.second()))
                * 1_000_000
                + i64::from(t.subsec_nanosecond()) / 1_000;
        Self(day * 86_400_000_000 + in_day - CST_OFFSET_US)
    }

    /// The first instant of a day (00:00 Beijing).
    #[must_use]
    pub fn start_of(date: Date) -> Self {
        Self::from_wall(date.at(0, 0, 0, 0))
    }

    /// The last instant of a day, 24:00 Beijing, which is 00:00 of the next day.
    #[must_use]
    pub fn end_of(date: Date) -> Self {
        Self(Self::start_of(date).0 + 86_400_000_000)
    }

    /// The day in China Standard Time on which the instant falls.
    #[must_use]
    pub fn date(self) -> Date {
        self.wall().date()
    }

    /// The wall-clock time in China Standard Time.
    #[must_use]
    pub fn wall(self) -> WallTime {
        let ts = jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        jiff::tz::Offset::constant(8).to_datetime(ts)
    }

    /// The instant `us` microseconds later.
    #[must_use]
    pub const fn plus_us(self, us: i64) -> Self {
        Self(self.0.saturating_add(us))
    }

    /// The instant `seconds` seconds later.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }
}

/// Days since 1970-01-01 of a civil date.
trait EpochDays {
    fn since_epoch_days(self) -> i32;
}

impl EpochDays for Date {
    fn since_epoch_days(self) -> i32 {
        // A span of days between two civil dates always fits.
        self.since(Self::constant(1970, 1, 1)).map_or(0, |span| span.get_days())
    }
}

impl fmt::Display for Moment {
    /// RFC 3339 in UTC, such as `2026-02-12T07:20:00Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(ts) => write!(f, "{ts}"),
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

impl FromStr for Moment {
    type Err = NotAMoment;

    fn from_str(text: &str) -> Result<Self, NotAMoment> {
        text.parse::<jiff::Timestamp>()
            .map(|ts| Self(ts.as_microsecond()))
            .map_err(|_shape| NotAMoment(text.to_owned()))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wall_time_and_instant_agree() {
        let wall = Date::constant(2026, 2, 12).at(15, 20, 0, 0);
        let at = Moment::from_wall(wall);
        assert_eq!(at.to_string(), "2026-02-12T07:20:00Z");
        assert_eq!(at.wall(), wall);
        assert_eq!(Moment::end_of(Date::constant(2026, 2, 12)).date(), Date::constant(2026, 2, 13));
        assert_eq!("2026-02-12T07:20:00Z".parse(), Ok(at));
    }
}
