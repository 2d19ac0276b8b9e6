//! The calendar: which days are worked, by notice or, failing one, by law.

use crate::day::{DayKind, is_weekend, plus_days};
use crate::festivals::festival_of;
use crate::{CalendarError, Notice};
use codes::{Date, Label};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

/// The notices that come with the program, one file a year.
const FILES: [&str; 8] = [
    include_str!("../data/2019.yaml"),
    include_str!("../data/2020.yaml"),
    include_str!("../data/2021.yaml"),
    include_str!("../data/2022.yaml"),
    include_str!("../data/2023.yaml"),
    include_str!("../data/2024.yaml"),
    include_str!("../data/2025.yaml"),
    include_str!("../data/2026.yaml"),
];

static EMBEDDED: LazyLock<Calendar> = LazyLock::new(|| {
    let mut notices = Vec::new();
    for file in FILES {
        #[expect(clippy::expect_used, reason = "the files are compiled in, and a test reads each")]
        notices.extend(Notice::read(file).expect("an embedded notice is readable"));
    }
    Calendar::from_notices(notices)
});

/// Working days and days off (工作日历): immutable, cheap to clone.
#[derive(Clone, Debug)]
pub struct Calendar(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// In order of issue.
    notices: Vec<Notice>,
    /// Years a notice settles.
    years: BTreeSet<i16>,
    /// Days a notice names.
    named: BTreeMap<Date, DayKind>,
}

/// One day with what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// The day.
    pub date: Date,
    /// What it is.
    pub kind: DayKind,
    /// Whether no notice settles it yet.
    pub provisional: bool,
}

impl Calendar {
    /// The calendar of the notices that come with the program (2019 to 2026).
    #[must_use]
    pub fn embedded() -> Self {
        EMBEDDED.clone()
    }

    /// A calendar without any notice: weekends and statutory festivals, all provisional.
    #[must_use]
    pub fn bare() -> Self {
        Self::from_notices(Vec::new())
    }

    /// This calendar with one more notice (放假通知公布); the days it settles are no longer provisional.
    ///
    /// A notice with the number of one already held replaces it.
    ///
    /// # Errors
    /// `NOTICE_INVALID` where the notice contradicts itself.
    pub fn with_notice(&self, notice: Notice) -> Result<Self, CalendarError> {
        notice.verify()?;
        let mut notices = self.0.notices.clone();
        notices.retain(|held| held.number != notice.number);
        notices.push(notice);
        Ok(Self::from_notices(notices))
    }

    fn from_notices(mut notices: Vec<Notice>) -> Self {
        notices.sort_by(|a, b| (a.issued, &a.number).cmp(&(b.issued, &b.number)));
        let mut named = BTreeMap::new();
        for holiday in notices.iter().flat_map(|notice| &notice.holidays) {
            let days = holiday.from.series(jiff::Span::new().days(1));
            for date in days.take_while(|date| *date <= holiday.to) {
                named.insert(date, DayKind::Holiday(holiday.festival.clone()));
            }
            for date in &holiday.work {
                named.insert(*date, DayKind::MadeUp(holiday.festival.clone()));
            }
        }
        let years = notices.iter().map(|notice| notice.year).collect();
        Self(Arc::new(Inner { notices, years, named }))
    }

    /// The notices it rests on, in order of issue.
    #[must_use]
    pub fn notices(&self) -> &[Notice] {
        &self.0.notices
    }

    /// The last year that a notice settles.
    #[must_use]
    pub fn settled_until(&self) -> Option<i16> {
        self.0.years.last().copied()
    }

    /// Whether a notice settles the day.
    #[must_use]
    pub fn is_settled(&self, date: Date) -> bool {
        self.0.years.contains(&date.year()) || self.0.named.contains_key(&date)
    }

    /// What the day is.
    #[must_use]
    pub fn day(&self, date: Date) -> Day {
        let provisional = !self.is_settled(date);
        Day { date, kind: self.kind(date), provisional }
    }

    fn kind(&self, date: Date) -> DayKind {
        if let Some(kind) = self.0.named.get(&date) {
            return kind.clone();
        }
        let festival = if self.is_settled(date) { None } else { festival_of(date) };
        match festival {
            Some((zh, en)) => DayKind::Festival(Label::new(zh, en)),
            None if is_weekend(date) => DayKind::Weekend,
            None => DayKind::Workday,
        }
    }

    /// Whether the day is a working day (工作日), made-up ones included.
    #[must_use]
    pub fn is_workday(&self, date: Date) -> bool {
        match self.0.named.get(&date) {
            Some(kind) => kind.is_workday(),
            None if is_weekend(date) => false,
            None => self.is_settled(date) || festival_of(date).is_none(),
        }
    }

    /// Whether the exchanges trade (交易日): a working day from Monday to Friday, since they stay closed
    /// on made-up Saturdays and Sundays.
    #[must_use]
    pub fn is_trading_day(&self, date: Date) -> bool {
        !is_weekend(date) && self.is_workday(date)
    }

    /// The day itself if it is worked, else the next working day.
    ///
    /// # Errors
    /// `DATE_OUT_OF_RANGE` at the end of the calendar.
    pub fn roll(&self, date: Date) -> Result<Date, CalendarError> {
        let mut day = date;
        while !self.is_workday(day) {
            day = plus_days(day, 1)?;
        }
        Ok(day)
    }

    /// The `n`-th working day after the day (before it where negative); the day itself for 0.
    ///
    /// # Errors
    /// `DATE_OUT_OF_RANGE` at the ends of the calendar.
    pub fn add_workdays(&self, date: Date, n: i64) -> Result<Date, CalendarError> {
        let step = n.signum();
        let mut day = date;
        let mut left = n.abs();
        while left > 0 {
            day = plus_days(day, step)?;
            if self.is_workday(day) {
                left -= 1;
            }
        }
        Ok(day)
    }

    /// Working days after `from` up to and with `to`: the day of the cause is day 0. Negative, and the
    /// same in size, where `to` is the earlier one.
    #[must_use]
    pub fn workdays_between(&self, from: Date, to: Date) -> i64 {
        if to < from {
            return -self.workdays_between(to, from);
        }
        let days = from.series(jiff::Span::new().days(1)).skip(1);
        let worked = days.take_while(|date| *date <= to).filter(|date| self.is_workday(*date));
        i64::try_from(worked.count()).unwrap_or(i64::MAX)
    }
}

impl Default for Calendar {
    fn default() -> Self {
        Self::embedded()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codes::Date;

    fn d(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn every_embedded_file_settles_its_year() {
        for (file, year) in FILES.iter().zip(2019..) {
            let notices = Notice::read(file).unwrap();
            assert!(notices.iter().all(|notice| notice.year == year), "{year}");
        }
        assert_eq!(Calendar::embedded().settled_until(), Some(2026));
    }

    #[test]
    fn a_notice_names_every_statutory_festival_of_its_year() {
        let calendar = Calendar::embedded();
        let mut day = d("2019-01-01");
        while day < d("2027-01-01") {
            // Before the change of 2024-11-10 the eve of Spring Festival and 2 May were no festivals.
            let later = day.year() < 2025 && (day.month(), day.day()) == (5, 2);
            let spring = |day: Date| festival_of(day).is_some_and(|festival| festival.0 == "春节");
            let eve = day.year() < 2025 && spring(day) && !spring(day.yesterday().unwrap());
            if festival_of(day).is_some() && !later && !eve {
                assert!(!calendar.is_workday(day), "{day}");
            }
            day = day.tomorrow().unwrap();
        }
    }

    #[test]
    fn days_are_named() {
        let calendar = Calendar::embedded();
        let table = [
            ("2026-02-12", "工作日", false),
            ("2026-02-14", "调休上班（春节）", false),
            ("2026-02-16", "放假（春节）", false),
            ("2026-03-07", "周末", false),
            ("2020-02-01", "放假（春节）", false),
            ("2020-01-19", "调休上班（春节）", false),
            ("2018-12-29", "调休上班（元旦）", false),
            ("2018-12-28", "工作日", true),
            ("2027-02-06", "法定节日（春节，放假通知未公布）", true),
            ("2027-10-04", "工作日", true),
        ];
        for (day, label, provisional) in table {
            let day = calendar.day(d(day));
            assert_eq!(
                (day.kind.label().zh.as_str(), day.provisional),
                (label, provisional),
                "{}",
                day.date
            );
            assert_eq!(day.kind.is_workday(), calendar.is_workday(day.date), "{}", day.date);
        }
    }

    #[test]
    fn a_later_notice_overrides_and_settles() {
        let old = Calendar::embedded();
        let notice = Notice {
            year: 2027,
            number: "国办发明电〔2026〕1号".into(),
            issued: d("2026-11-20"),
            title: "国务院办公厅关于2027年部分节假日安排的通知".into(),
            holidays: vec![crate::Holiday {
                festival: Label::new("元旦", "New Year's Day"),
                from: d("2027-01-01"),
                to: d("2027-01-03"),
                work: vec![d("2026-12-27")],
            }],
        };
        let new = old.with_notice(notice.clone()).unwrap();
        assert!(old.day(d("2027-01-02")).provisional && !new.day(d("2027-01-02")).provisional);
        assert!(!old.is_workday(d("2026-12-27")) && new.is_workday(d("2026-12-27")));
        assert_eq!(new.settled_until(), Some(2027));
        let mut moved = notice;
        moved.holidays[0].work.clear();
        let corrected = new.with_notice(moved).unwrap();
        assert!(!corrected.is_workday(d("2026-12-27")), "the same number replaces");
        assert_eq!(corrected.notices().len(), new.notices().len());
    }

    #[test]
    fn trading_days_leave_made_up_weekends_out() {
        let calendar = Calendar::embedded();
        assert!(calendar.is_workday(d("2026-02-14")) && !calendar.is_trading_day(d("2026-02-14")));
        assert!(
            calendar.is_trading_day(d("2026-02-13")) && !calendar.is_trading_day(d("2026-02-16"))
        );
    }

    #[test]
    fn working_days_between_counts_from_day_zero() {
        let calendar = Calendar::embedded();
        for (from, to, n) in [
            ("2026-02-12", "2026-02-12", 0),
            ("2026-02-12", "2026-02-13", 1),
            ("2026-02-12", "2026-03-04", 10),
            ("2026-02-14", "2026-02-23", 0),
            ("2026-03-04", "2026-02-12", -10),
        ] {
            assert_eq!(calendar.workdays_between(d(from), d(to)), n, "{from} {to}");
        }
        assert_eq!(calendar.add_workdays(d("2026-03-04"), -10), Ok(d("2026-02-12")));
        assert_eq!(calendar.add_workdays(d("2026-02-16"), 0), Ok(d("2026-02-16")));
    }
}
