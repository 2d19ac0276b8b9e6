//! The kinds of legal terms (期限), as data.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A legal term (期限): how long, in which unit, and how it ends.
///
/// Written and stored in the short notation of [`crate::notation`], such as `10wd` or `2m roll`. The day
/// of the cause is day 0 in all of them; a due day ends at 24:00 Beijing time.
///
/// ```
/// use calendar::{Calendar, Term, due};
/// let term: Term = "10wd".parse()?;
/// let due = due(&term, codes::Date::constant(2026, 2, 12), &Calendar::embedded())?;
/// assert_eq!(due.date, codes::Date::constant(2026, 3, 4));
/// # Ok::<(), calendar::CalendarError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// Working days (工作日), made-up ones included: `10wd`.
    Workdays {
        /// How many.
        n: u32,
    },
    /// Calendar days (日): `30d`, `60d no_roll`.
    Days {
        /// How many.
        n: u32,
        /// How the term ends; `Deadline` unless said otherwise.
        end: End,
    },
    /// Months (月): `2m`, `6m roll`.
    Months {
        /// How many.
        n: u32,
        /// How the term ends; `Standing` unless said otherwise.
        end: End,
    },
    /// Years (年): `5y`, `3y day_before`.
    Years {
        /// How many.
        n: u32,
        /// How the term ends; `Standing` unless said otherwise.
        end: End,
    },
    /// Hours (小时) that run through: `24h`.
    Hours {
        /// How many.
        n: u32,
    },
    /// Minutes (分钟) that run through: `15min`.
    Minutes {
        /// How many.
        n: u32,
    },
    /// Hours within the hours of the office (办公时间): `4h office`.
    OfficeHours {
        /// How many.
        n: u32,
    },
    /// Days of tax law (税收期限): `15d tax`; longer by each run of three or more rest days inside, then rolled.
    ///
    /// A due day that the bureau publishes overrides it; that is for the rule row, not for the calendar.
    ///
    /// # Source
    /// 税收征收管理法实施细则 art. 109.
    TaxDays {
        /// How many.
        n: u32,
    },
    /// Trading days of the exchanges (交易日): `3td`.
    TradingDays {
        /// How many.
        n: u32,
    },
    /// The `k`-th working day of a month: `5wd of_month+1`.
    NthWorkdayOfMonth {
        /// Which working day, from one.
        k: u32,
        /// Months after that of the cause.
        ahead: u32,
    },
    /// A day of a month: `15d of_month+1`; the month's last day where it is shorter.
    DayOfMonth {
        /// The day, 1 to 31.
        day: u8,
        /// Months after that of the cause.
        ahead: u32,
        /// Whether it rolls off a rest day.
        roll: bool,
    },
    /// A day of every year: `annual 04-30`; the first after the cause.
    Annual {
        /// The day.
        day: MonthDay,
        /// Whether it rolls off a rest day.
        roll: bool,
    },
    /// A part of every year: `window 01-01..03-31`; due at the end of the one that is open or opens next.
    Window {
        /// Its first day.
        from: MonthDay,
        /// Its last day.
        to: MonthDay,
    },
    /// A recurrence: `every 3m`; due is the first one, [`crate::occurrences`] gives them all.
    Every {
        /// The step.
        step: Box<Term>,
    },
    /// Counted back from the cause: `30d before`, `15d before clear`, `90wd before`.
    Before {
        /// How many.
        n: u32,
        /// Working days, else calendar days.
        workdays: bool,
        /// Whether `n` full days have to lie between (“N 日前”).
        clear: bool,
    },
    /// Until an event (至…时止): `until ClaimSettled`.
    UntilEvent {
        /// The name of the event.
        event: String,
    },
    /// The earliest of several: `min(6m, annual 12-31)`.
    Earliest(Vec<Self>),
    /// The latest of several: `max(30d, 2m roll)`.
    Latest(Vec<Self>),
    /// Deemed service (视为送达) by publication: `30d deemed`; a fact, so it never rolls.
    Deemed {
        /// How many calendar days.
        n: u32,
    },
}

/// How a term of days, months or years ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// On the corresponding day, rolled off a rest day (期限届满日顺延): a term to act in.
    Deadline,
    /// On the corresponding day, never rolled: a standing period or a validity.
    Standing,
    /// On the day before the corresponding day: a period that counts its first day.
    DayBefore,
    /// Complete (满) at 24:00 of the corresponding day; the right begins the day after. Never rolled.
    Full,
}

/// A day of the year (月-日), 29 February excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MonthDay {
    month: i8,
    day: i8,
}

impl MonthDay {
    /// The day, if every year has it.
    #[must_use]
    pub fn new(month: i8, day: i8) -> Option<Self> {
        // 2025 is no leap year: what it has, every year has.
        codes::Date::new(2025, month, day).ok().map(|_exists| Self { month, day })
    }

    /// The month, 1 to 12.
    #[must_use]
    pub const fn month(self) -> i8 {
        self.month
    }

    /// The day of the month.
    #[must_use]
    pub const fn day(self) -> i8 {
        self.day
    }
}

impl fmt::Display for MonthDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

impl Serialize for Term {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Term {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}
