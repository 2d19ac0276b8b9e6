//! From cause and term to the due day.

use crate::day::{plus_days, plus_months};
use crate::{Calendar, CalendarError, End, MonthDay, Need, Term};
use codes::{Date, Moment};

/// When a term began: a day, or an instant where hours are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A day in China Standard Time.
    Day(Date),
    /// An instant.
    At(Moment),
}

impl Cause {
    /// The day in China Standard Time: day 0 of the term.
    #[must_use]
    pub fn date(self) -> Date {
        match self {
            Self::Day(date) => date,
            Self::At(at) => at.date(),
        }
    }

    fn moment(self) -> Result<Moment, CalendarError> {
        match self {
            Self::At(at) => Ok(at),
            Self::Day(_) => Err(CalendarError::Needs { need: Need::Instant }),
        }
    }
}

impl From<Date> for Cause {
    fn from(date: Date) -> Self {
        Self::Day(date)
    }
}

impl From<Moment> for Cause {
    fn from(at: Moment) -> Self {
        Self::At(at)
    }
}

/// When a term ends (届满).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The last day.
    pub date: Date,
    /// The end as an instant: 24:00 of the last day, or the very instant where hours are counted.
    pub at: Moment,
    /// Whether a day it rests on is not settled by a holiday notice yet.
    pub provisional: bool,
}

impl Due {
    pub(crate) fn day(date: Date, provisional: bool) -> Self {
        Self { date, at: Moment::end_of(date), provisional }
    }

    /// Whether something done at this instant is still in time.
    #[must_use]
    pub fn admits(&self, at: Moment) -> bool {
        at < self.at
    }

    /// The first day after the term: of a `full` (满) term, the first day of the right.
    ///
    /// # Errors
    /// `DATE_OUT_OF_RANGE` at the end of the calendar.
    pub fn first_day_after(&self) -> Result<Date, CalendarError> {
        plus_days(self.date, 1)
    }
}

/// The hours of an office (办公时间) on its working days, as minutes of the day in China Standard Time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficeHours(Vec<(u16, u16)>);

impl OfficeHours {
    /// Spans of minutes of the day, such as `(540, 720)` for 9:00 to 12:00; `None` unless they follow
    /// each other, are not empty and end by 24:00.
    #[must_use]
    pub fn new(spans: &[(u16, u16)]) -> Option<Self> {
        let mut end = 0;
        for (from, to) in spans {
            if *from < end || from >= to || *to > 24 * 60 {
                return None;
            }
            end = *to;
        }
        if spans.is_empty() { None } else { Some(Self(spans.to_vec())) }
    }
}

/// What a term is computed against: the calendar, and where the term asks for them the office's hours
/// and the moments of events.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// The calendar.
    pub calendar: &'a Calendar,
    /// The hours of the office.
    pub hours: Option<&'a OfficeHours>,
    /// The events that have happened, by name.
    pub events: &'a [(&'a str, Moment)],
}

impl<'a> From<&'a Calendar> for Frame<'a> {
    fn from(calendar: &'a Calendar) -> Self {
        Self { calendar, hours: None, events: &[] }
    }
}

/// When the term that this cause started is due.
///
/// # Errors
/// `TERM_NEEDS` where the term wants an instant, office hours or an event; `DATE_OUT_OF_RANGE`.
///
/// # Source
/// 民法典 art. 200–204; 行政许可法 art. 82.
pub fn due(
    term: &Term,
    cause: impl Into<Cause>,
    calendar: &Calendar,
) -> Result<Due, CalendarError> {
    due_in(term, cause, &Frame::from(calendar))
}

/// As [`due`], within a frame that knows office hours and events.
///
/// # Errors
/// As [`due`].
pub fn due_in(
    term: &Term,
    cause: impl Into<Cause>,
    frame: &Frame<'_>,
) -> Result<Due, CalendarError> {
    let cause = cause.into();
    let calendar = frame.calendar;
    let day = cause.date();
    match term {
        Term::Workdays { n } => {
            let last = calendar.add_workdays(day, i64::from(*n))?;
            Ok(Due::day(last, unsettled(calendar, day, last)))
        }
        Term::Days { n, end } => days(day, i64::from(*n), *end, calendar),
        Term::Months { n, end } => months(day, i64::from(*n), *end, calendar),
        Term::Years { n, end } => months(day, i64::from(*n) * 12, *end, calendar),
        Term::Hours { n } => Ok(instant(cause.moment()?.plus_seconds(i64::from(*n) * 3600))),
        Term::Minutes { n } => Ok(instant(cause.moment()?.plus_seconds(i64::from(*n) * 60))),
        Term::OfficeHours { n } => office(cause.moment()?, u64::from(*n) * 60, frame, |_| true),
        Term::TaxDays { n } => tax(plus_days(day, i64::from(*n))?, day, calendar),
        Term::TradingDays { n } => trading(day, *n, calendar),
        Term::NthWorkdayOfMonth { k, ahead } => {
            let (month, _) = plus_months(day.first_of_month(), i64::from(*ahead))?;
            let eve = plus_days(month, -1)?;
            let last = calendar.add_workdays(eve, i64::from(*k))?;
            Ok(Due::day(last, unsettled(calendar, eve, last)))
        }
        Term::DayOfMonth { day: number, ahead, roll } => {
            let (month, _) = plus_months(day.first_of_month(), i64::from(*ahead))?;
            let length = i64::from(month.days_in_month());
            let base = plus_days(month, i64::from(*number).min(length) - 1)?;
            ended(base, *roll, calendar)
        }
        Term::Annual { day: yearly, roll } => {
            let this = in_year(*yearly, day.year())?;
            let base = if this > day { this } else { in_year(*yearly, next_year(day))? };
            ended(base, *roll, calendar)
        }
        Term::Window { from, to } => window(*from, *to, day).map(|(_, last)| Due::day(last, false)),
        Term::Every { step } => due_in(step, cause, frame),
        Term::Before { n, workdays, clear } => {
            let n = i64::from(*n) + i64::from(*clear);
            if *workdays {
                let last = calendar.add_workdays(day, -n)?;
                Ok(Due::day(last, unsettled_before(calendar, last, day)))
            } else {
                Ok(Due::day(plus_days(day, -n)?, false))
            }
        }
        Term::UntilEvent { event } => frame
            .events
            .iter()
            .find(|(name, _)| name == event)
            .map(|(_, at)| instant(*at))
            .ok_or_else(|| CalendarError::Needs { need: Need::Event(event.clone()) }),
        Term::Earliest(terms) => earliest(terms.iter().map(|term| due_in(term, cause, frame))),
        Term::Latest(terms) => latest(terms.iter().map(|term| due_in(term, cause, frame))),
        Term::Deemed { n } => days(day, i64::from(*n), End::Standing, calendar),
    }
}

/// The occurrences of a recurring term after the cause, up to and with the day `until`.
///
/// Each is counted from the cause, so that `every 1m` from 31 January keeps to the ends of months.
/// Of `annual` and `window` terms, the yearly days; other terms have no recurrence and give their due day.
///
/// # Errors
/// As [`due`].
pub fn occurrences(
    term: &Term,
    cause: Date,
    until: Date,
    calendar: &Calendar,
) -> Result<Vec<Due>, CalendarError> {
    let mut all: Vec<Due> = Vec::new();
    match term {
        Term::Every { step } => {
            for k in 1.. {
                let next = due(&multiplied(step, k)?, cause, calendar)?;
                if next.date > until {
                    break;
                }
                all.push(next);
            }
        }
        Term::Annual { day, roll } => {
            for year in cause.year()..=until.year() {
                let base = in_year(*day, year)?;
                let next = ended(base, *roll, calendar)?;
                if base > cause && next.date <= until {
                    all.push(next);
                }
            }
        }
        Term::Window { .. } => {
            let mut from = cause;
            loop {
                let next = due(term, from, calendar)?;
                if next.date > until {
                    break;
                }
                all.push(next);
                from = next.first_day_after()?;
            }
        }
        _ => all.extend(Some(due(term, cause, calendar)?).filter(|next| next.date <= until)),
    }
    Ok(all)
}

/// The step of a recurrence taken `k` times.
fn multiplied(step: &Term, k: u32) -> Result<Term, CalendarError> {
    let times = |n: &u32| n.checked_mul(k).ok_or(CalendarError::OutOfRange);
    Ok(match step {
        Term::Workdays { n } => Term::Workdays { n: times(n)? },
        Term::Days { n, end } => Term::Days { n: times(n)?, end: *end },
        Term::Months { n, end } => Term::Months { n: times(n)?, end: *end },
        Term::Years { n, end } => Term::Years { n: times(n)?, end: *end },
        other => return Err(CalendarError::CannotStop { term: other.to_string() }),
    })
}

/// The span of a yearly window that is open on the day, or the next one: first and last day.
///
/// # Errors
/// `DATE_OUT_OF_RANGE` at the end of the calendar.
pub fn window(from: MonthDay, to: MonthDay, day: Date) -> Result<(Date, Date), CalendarError> {
    // A window such as November to February began in the year before.
    let start = if from > to { day.year().saturating_sub(1) } else { day.year() };
    for year in [start, start.saturating_add(1), start.saturating_add(2)] {
        let first = in_year(from, year)?;
        let last = in_year(to, if from > to { year.saturating_add(1) } else { year })?;
        if day <= last {
            return Ok((first, last));
        }
    }
    Err(CalendarError::OutOfRange)
}

fn instant(at: Moment) -> Due {
    Due { date: at.date(), at, provisional: false }
}

fn next_year(day: Date) -> i16 {
    day.year().saturating_add(1)
}

fn in_year(day: MonthDay, year: i16) -> Result<Date, CalendarError> {
    Date::new(year, day.month(), day.day()).map_err(|_range| CalendarError::OutOfRange)
}

/// Whether any day after `from` up to and with `to` is not settled.
pub(crate) fn unsettled(calendar: &Calendar, from: Date, to: Date) -> bool {
    let days = from.series(jiff::Span::new().days(1)).skip(1);
    days.take_while(|day| *day <= to).any(|day| !calendar.is_settled(day))
}

/// Whether any day from `from` up to but without `to` is not settled.
fn unsettled_before(calendar: &Calendar, from: Date, to: Date) -> bool {
    let days = from.series(jiff::Span::new().days(1));
    days.take_while(|day| *day < to).any(|day| !calendar.is_settled(day))
}

/// The base day, rolled off a rest day where asked.
pub(crate) fn ended(base: Date, roll: bool, calendar: &Calendar) -> Result<Due, CalendarError> {
    if !roll {
        return Ok(Due::day(base, false));
    }
    let last = calendar.roll(base)?;
    let provisional = !calendar.is_settled(base) || unsettled(calendar, base, last);
    Ok(Due::day(last, provisional))
}

fn days(day: Date, n: i64, end: End, calendar: &Calendar) -> Result<Due, CalendarError> {
    match end {
        End::Deadline => ended(plus_days(day, n)?, true, calendar),
        End::Standing | End::Full => ended(plus_days(day, n)?, false, calendar),
        End::DayBefore => ended(plus_days(day, n - 1)?, false, calendar),
    }
}

/// The base day of a term of months before rolling.
pub(crate) fn months_base(day: Date, n: i64, end: End) -> Result<Date, CalendarError> {
    let (base, corresponds) = plus_months(day, n)?;
    match end {
        // LAW: without a corresponding day the period ends with the month (民法典 202).
        End::DayBefore if corresponds => plus_days(base, -1),
        End::DayBefore | End::Deadline | End::Standing | End::Full => Ok(base),
    }
}

fn months(day: Date, n: i64, end: End, calendar: &Calendar) -> Result<Due, CalendarError> {
    ended(months_base(day, n, end)?, end == End::Deadline, calendar)
}

/// Extends a base day by each run of three or more rest days inside the term, then rolls it.
///
/// LAW: 税收征收管理法实施细则 art. 109. The order, first extend by the runs of the original term and then
/// roll, is (assumed).
pub(crate) fn tax(base: Date, cause: Date, calendar: &Calendar) -> Result<Due, CalendarError> {
    let mut extra = 0;
    let mut run = 0;
    let inside = cause.series(jiff::Span::new().days(1)).skip(1);
    for day in inside.take_while(|day| *day <= base) {
        if calendar.is_workday(day) {
            run = 0;
            continue;
        }
        run += 1;
        extra += match run {
            0..3 => 0,
            3 => 3,
            _ => 1,
        };
    }
    let due = ended(plus_days(base, extra)?, true, calendar)?;
    Ok(Due::day(due.date, unsettled(calendar, cause, due.date)))
}

fn trading(day: Date, n: u32, calendar: &Calendar) -> Result<Due, CalendarError> {
    let mut last = day;
    let mut left = n;
    while left > 0 {
        last = plus_days(last, 1)?;
        if calendar.is_trading_day(last) {
            left -= 1;
        }
    }
    Ok(Due::day(last, unsettled(calendar, day, last)))
}

/// Counts minutes within the office's hours on working days that `counts` admits.
pub(crate) fn office(
    cause: Moment,
    minutes: u64,
    frame: &Frame<'_>,
    counts: impl Fn(Date) -> bool,
) -> Result<Due, CalendarError> {
    let hours = frame.hours.ok_or(CalendarError::Needs { need: Need::OfficeHours })?;
    let minute = 60 * 1_000_000_i64;
    let us = |n: u64| i64::try_from(n).map_err(|_range| CalendarError::OutOfRange);
    let mut left = us(minutes)?.saturating_mul(minute);
    let start = cause.date();
    let mut day = start;
    let mut at = cause;
    while left > 0 {
        if frame.calendar.is_workday(day) && counts(day) {
            for (from, to) in &hours.0 {
                let open = Moment::start_of(day).plus_us(i64::from(*from) * minute).max(cause);
                let close = Moment::start_of(day).plus_us(i64::from(*to) * minute);
                let there = (close.us() - open.us()).max(0).min(left);
                if there > 0 {
                    left -= there;
                    at = open.plus_us(there);
                }
            }
        }
        day = plus_days(day, 1)?;
    }
    let provisional =
        !frame.calendar.is_settled(start) || unsettled(frame.calendar, start, at.date());
    Ok(Due { date: at.date(), at, provisional })
}

/// The earliest of several. One that waits for an event counts only once the event has happened.
pub(crate) fn earliest(
    dues: impl Iterator<Item = Result<Due, CalendarError>>,
) -> Result<Due, CalendarError> {
    let mut chosen: Option<Due> = None;
    let mut pending = None;
    for next in dues {
        match next {
            Err(error @ CalendarError::Needs { need: Need::Event(_) }) => pending = Some(error),
            next => chosen = Some(pick(chosen, next?, |next, held| next < held)),
        }
    }
    chosen.ok_or(pending.unwrap_or(CalendarError::OutOfRange))
}

/// The latest of several; it is open as long as one of them is.
pub(crate) fn latest(
    dues: impl Iterator<Item = Result<Due, CalendarError>>,
) -> Result<Due, CalendarError> {
    let mut chosen: Option<Due> = None;
    for next in dues {
        chosen = Some(pick(chosen, next?, |next, held| next > held));
    }
    chosen.ok_or(CalendarError::OutOfRange)
}

fn pick(held: Option<Due>, next: Due, better: impl Fn(Moment, Moment) -> bool) -> Due {
    let Some(held) = held else { return next };
    // Which of them rules may change with any of them.
    let provisional = held.provisional || next.provisional;
    let chosen = if better(next.at, held.at) { next } else { held };
    Due { provisional, ..chosen }
}
