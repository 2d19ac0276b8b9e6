//! Clocks: a term that runs, may be stopped and may be extended, and how each of its days counts.

use crate::day::{DayKind, days_between, plus_days};
use crate::due::{earliest, ended, latest, months_base, office, tax, unsettled};
use crate::{Calendar, CalendarError, Cause, Due, End, Frame, Term, due_in};
use codes::{Date, Label, Moment};
use serde::{Deserialize, Serialize};

/// Days left out of a clock (不计入期限的时间), both inclusive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// The first day left out.
    pub from: Date,
    /// The last day left out.
    pub to: Date,
    /// Why, in both languages, such as `检测`.
    pub cause: Label,
    /// The article that allows it.
    #[serde(default)]
    pub source: String,
}

impl Span {
    fn holds(&self, day: Date) -> bool {
        (self.from..=self.to).contains(&day)
    }
}

/// A running term (期限计算): its cause, its length, what is left out, what was added.
///
/// Days left out are counted in the clock's own unit: four days named for a test take four calendar
/// days from a clock of days, but only the working days among them from a clock of working days. An
/// extension of the same unit lengthens the term before it rolls; one of another unit runs from the due day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// When it began.
    pub start: Cause,
    /// How long it runs.
    pub term: Term,
    /// What is left out; spans may overlap, a day is left out once.
    pub excluded: Vec<Span>,
    /// By how much it was extended.
    pub extension: Option<Term>,
}

/// One day of a clock with how it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayMark {
    /// The day.
    pub date: Date,
    /// Whether it is counted.
    pub counted: bool,
    /// How many days are counted up to and with it.
    pub ordinal: u32,
    /// Why it counts or not.
    pub why: DayReason,
}

/// Why a day of a clock counts or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DayReason {
    /// The day of the cause, day 0 (起算日).
    Cause,
    /// It counts.
    Counted(DayKind),
    /// It does not count, being off.
    Rest(DayKind),
    /// It is left out.
    Excluded(Label),
    /// The term is over, but its last day moved on (顺延).
    Rolled(DayKind),
    /// It lies past the due day (逾期).
    Overdue(DayKind),
}

impl DayReason {
    /// The reason in both languages.
    #[must_use]
    pub fn label(&self) -> Label {
        match self {
            Self::Cause => Label::new("起算日，不计入", "day of the cause, not counted"),
            Self::Counted(kind) | Self::Rest(kind) => kind.label(),
            Self::Excluded(cause) => {
                Label::new(format!("不计入：{}", cause.zh), format!("left out: {}", cause.en))
            }
            Self::Rolled(kind) => with_kind("顺延", "carried over", kind),
            Self::Overdue(kind) => with_kind("逾期", "overdue", kind),
        }
    }
}

fn with_kind(zh: &str, en: &str, kind: &DayKind) -> Label {
    let kind = kind.label();
    Label::new(format!("{zh}（{}）", kind.zh), format!("{en} ({})", kind.en))
}

/// How far a clock has run on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Days counted so far, up to the end of the term.
    pub used: u32,
    /// Days still to count after this day.
    pub left: u32,
    /// Days of the clock's unit past the due day.
    pub over: u32,
}

/// Which days a clock counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Workdays,
    TradingDays,
    Days,
}

impl Clock {
    /// A clock that runs undisturbed.
    pub fn new(start: impl Into<Cause>, term: Term) -> Self {
        Self { start: start.into(), term, excluded: Vec::new(), extension: None }
    }

    /// The clock with this span left out.
    #[must_use]
    pub fn without(mut self, span: Span) -> Self {
        self.excluded.push(span);
        self
    }

    /// The clock extended.
    #[must_use]
    pub fn extended(mut self, by: Term) -> Self {
        self.extension = Some(by);
        self
    }

    /// When it is due.
    ///
    /// # Errors
    /// `SPAN_REVERSED`, `CLOCK_CANNOT_STOP` where such a term cannot be stopped or extended, and as
    /// [`crate::due`].
    pub fn due(&self, calendar: &Calendar) -> Result<Due, CalendarError> {
        self.due_in(&Frame::from(calendar))
    }

    /// As [`Self::due`], within a frame that knows office hours and events.
    ///
    /// # Errors
    /// As [`Self::due`].
    pub fn due_in(&self, frame: &Frame<'_>) -> Result<Due, CalendarError> {
        self.run(frame).map(|(_, due)| due)
    }

    /// Each day from the cause to `upto`, with how it counts in the unit of the term.
    ///
    /// # Errors
    /// As [`Self::due`].
    pub fn days(&self, upto: Date, calendar: &Calendar) -> Result<Vec<DayMark>, CalendarError> {
        self.days_in(upto, &Frame::from(calendar))
    }

    /// As [`Self::days`], within a frame that knows office hours and events.
    ///
    /// # Errors
    /// As [`Self::due`].
    pub fn days_in(&self, upto: Date, frame: &Frame<'_>) -> Result<Vec<DayMark>, CalendarError> {
        let (base, due) = self.run(frame)?;
        let start = self.start.date();
        let first_counts = self.counts_first_day();
        let mut ordinal = 0;
        let mut marks = Vec::new();
        for date in start.series(jiff::Span::new().days(1)).take_while(|date| *date <= upto) {
            let kind = frame.calendar.day(date).kind;
            let why = if date == start && !first_counts {
                DayReason::Cause
            } else if let Some(span) = self.excluded.iter().find(|span| span.holds(date)) {
                DayReason::Excluded(span.cause.clone())
            } else if !self.unit_admits(date, frame.calendar) {
                DayReason::Rest(kind)
            } else if date > due.date {
                DayReason::Overdue(kind)
            } else if date > base {
                DayReason::Rolled(kind)
            } else {
                DayReason::Counted(kind)
            };
            let counted = matches!(why, DayReason::Counted(_));
            ordinal += u32::from(counted);
            marks.push(DayMark { date, counted, ordinal, why });
        }
        Ok(marks)
    }

    /// How far it has run at the end of the day `on`.
    ///
    /// # Errors
    /// As [`Self::due`].
    pub fn tally(&self, on: Date, calendar: &Calendar) -> Result<Tally, CalendarError> {
        let due = self.due(calendar)?;
        let mut tally = Tally { used: 0, left: 0, over: 0 };
        for mark in self.days(on.max(due.date), calendar)? {
            match mark.why {
                DayReason::Counted(_) if mark.date <= on => tally.used += 1,
                DayReason::Counted(_) => tally.left += 1,
                DayReason::Overdue(_) => tally.over += 1,
                _ => {}
            }
        }
        Ok(tally)
    }

    /// The last day before rolling, and the due.
    fn run(&self, frame: &Frame<'_>) -> Result<(Date, Due), CalendarError> {
        if let Some(span) = self.excluded.iter().find(|span| span.to < span.from) {
            return Err(CalendarError::SpanReversed { from: span.from, to: span.to });
        }
        let Some(extension) = &self.extension else {
            return self.run_term(&self.term, self.start, frame);
        };
        if let Some(whole) = joined(&self.term, extension)? {
            return self.run_term(&whole, self.start, frame);
        }
        let (_, first) = self.run_term(&self.term, self.start, frame)?;
        let second = if matches!(self.start, Cause::At(_)) && runs_through(extension) {
            Cause::At(first.at)
        } else {
            Cause::Day(first.date)
        };
        let (base, due) = self.run_term(extension, second, frame)?;
        Ok((base, Due { provisional: due.provisional || first.provisional, ..due }))
    }

    fn run_term(
        &self,
        term: &Term,
        start: Cause,
        frame: &Frame<'_>,
    ) -> Result<(Date, Due), CalendarError> {
        let calendar = frame.calendar;
        let day = start.date();
        let nth = |n: u32, unit| self.nth_counted(day, i64::from(n), unit, calendar);
        match term {
            Term::Workdays { n } => {
                nth(*n, Unit::Workdays).map(|last| settled(day, last, calendar))
            }
            Term::TradingDays { n } => {
                nth(*n, Unit::TradingDays).map(|last| settled(day, last, calendar))
            }
            Term::Days { n, end: End::DayBefore } => {
                let eve = plus_days(day, -1)?;
                let last = self.nth_counted(eve, i64::from(*n), Unit::Days, calendar)?;
                Ok((last, Due::day(last, false)))
            }
            Term::Days { n, end } => {
                let base = nth(*n, Unit::Days)?;
                Ok((base, ended(base, *end == End::Deadline, calendar)?))
            }
            Term::Months { n, end } => self.run_months(day, i64::from(*n), *end, calendar),
            Term::Years { n, end } => self.run_months(day, i64::from(*n) * 12, *end, calendar),
            Term::TaxDays { n } => {
                let base = nth(*n, Unit::Days)?;
                Ok((base, tax(base, day, calendar)?))
            }
            Term::Hours { .. } | Term::Minutes { .. } => {
                let due = due_in(term, start, frame)?;
                let at = self.pushed(start, due.at);
                Ok((at.date(), Due { date: at.date(), at, provisional: false }))
            }
            Term::OfficeHours { n } => {
                let Cause::At(at) = start else {
                    return due_in(term, start, frame).map(|due| (due.date, due));
                };
                let due = office(at, u64::from(*n) * 60, frame, |day| !self.is_excluded(day))?;
                Ok((due.date, due))
            }
            Term::Earliest(terms) => {
                let dues = terms.iter().map(|term| self.run_term(term, start, frame));
                earliest(dues.map(|run| run.map(|(_, due)| due))).map(|due| (due.date, due))
            }
            Term::Latest(terms) => {
                let dues = terms.iter().map(|term| self.run_term(term, start, frame));
                latest(dues.map(|run| run.map(|(_, due)| due))).map(|due| (due.date, due))
            }
            fixed if self.excluded.is_empty() => {
                due_in(fixed, start, frame).map(|due| (due.date, due))
            }
            fixed => Err(CalendarError::CannotStop { term: fixed.to_string() }),
        }
    }

    /// Months and years are longer by each day left out of them.
    fn run_months(
        &self,
        day: Date,
        n: i64,
        end: End,
        calendar: &Calendar,
    ) -> Result<(Date, Due), CalendarError> {
        let base = months_base(day, n, end)?;
        let first = if end == End::DayBefore { plus_days(day, -1)? } else { day };
        let counted = days_between(first, base);
        let base = self.nth_counted(first, counted, Unit::Days, calendar)?;
        Ok((base, ended(base, end == End::Deadline, calendar)?))
    }

    /// The `n`-th day after `from` that counts.
    fn nth_counted(
        &self,
        from: Date,
        n: i64,
        unit: Unit,
        calendar: &Calendar,
    ) -> Result<Date, CalendarError> {
        let mut day = from;
        let mut left = n;
        while left > 0 {
            day = plus_days(day, 1)?;
            if admits(unit, day, calendar) && !self.is_excluded(day) {
                left -= 1;
            }
        }
        Ok(day)
    }

    /// The instant, pushed on by the whole days left out since the cause.
    fn pushed(&self, start: Cause, end: Moment) -> Moment {
        let Cause::At(start) = start else { return end };
        let mut spans: Vec<(Moment, Moment)> = self
            .excluded
            .iter()
            .map(|span| (Moment::start_of(span.from), Moment::end_of(span.to)))
            .collect();
        spans.sort_unstable();
        let mut end = end;
        let mut seen = start;
        for (from, to) in spans {
            let from = from.max(seen);
            if from < end && from < to {
                end = end.plus_us(to.us() - from.us());
                seen = to;
            }
        }
        end
    }

    fn is_excluded(&self, day: Date) -> bool {
        self.excluded.iter().any(|span| span.holds(day))
    }

    fn counts_first_day(&self) -> bool {
        matches!(
            self.term,
            Term::Days { end: End::DayBefore, .. }
                | Term::Months { end: End::DayBefore, .. }
                | Term::Years { end: End::DayBefore, .. }
        )
    }

    fn unit_admits(&self, day: Date, calendar: &Calendar) -> bool {
        let unit = match self.term {
            Term::Workdays { .. } | Term::OfficeHours { .. } | Term::NthWorkdayOfMonth { .. } => {
                Unit::Workdays
            }
            Term::TradingDays { .. } => Unit::TradingDays,
            _ => Unit::Days,
        };
        admits(unit, day, calendar)
    }
}

fn admits(unit: Unit, day: Date, calendar: &Calendar) -> bool {
    match unit {
        Unit::Workdays => calendar.is_workday(day),
        Unit::TradingDays => calendar.is_trading_day(day),
        Unit::Days => true,
    }
}

fn settled(day: Date, last: Date, calendar: &Calendar) -> (Date, Due) {
    (last, Due::day(last, unsettled(calendar, day, last)))
}

const fn runs_through(term: &Term) -> bool {
    matches!(term, Term::Hours { .. } | Term::Minutes { .. } | Term::OfficeHours { .. })
}

/// Term and extension as one term, where they have the same unit; the term says how it ends.
fn joined(term: &Term, extension: &Term) -> Result<Option<Term>, CalendarError> {
    let sum = |a: &u32, b: &u32| a.checked_add(*b).ok_or(CalendarError::OutOfRange);
    Ok(Some(match (term, extension) {
        (Term::Workdays { n }, Term::Workdays { n: m }) => Term::Workdays { n: sum(n, m)? },
        (Term::TradingDays { n }, Term::TradingDays { n: m }) => {
            Term::TradingDays { n: sum(n, m)? }
        }
        (Term::Days { n, end }, Term::Days { n: m, .. }) => Term::Days { n: sum(n, m)?, end: *end },
        (Term::Months { n, end }, Term::Months { n: m, .. }) => {
            Term::Months { n: sum(n, m)?, end: *end }
        }
        (Term::Years { n, end }, Term::Years { n: m, .. }) => {
            Term::Years { n: sum(n, m)?, end: *end }
        }
        (Term::TaxDays { n }, Term::TaxDays { n: m }) => Term::TaxDays { n: sum(n, m)? },
        (Term::Hours { n }, Term::Hours { n: m }) => Term::Hours { n: sum(n, m)? },
        (Term::Minutes { n }, Term::Minutes { n: m }) => Term::Minutes { n: sum(n, m)? },
        (Term::OfficeHours { n }, Term::OfficeHours { n: m }) => {
            Term::OfficeHours { n: sum(n, m)? }
        }
        (
            Term::Before { .. }
            | Term::UntilEvent { .. }
            | Term::Every { .. }
            | Term::Window { .. },
            _,
        ) => return Err(CalendarError::CannotStop { term: term.to_string() }),
        _ => return Ok(None),
    }))
}
