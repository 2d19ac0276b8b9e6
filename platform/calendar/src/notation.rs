//! The short notation of terms, as written in rule rows and stored in events.
//!
//! | notation | term |
//! | --- | --- |
//! | `20wd` | working days |
//! | `30d` · `60d no_roll` · `30d full` · `30d day_before` | calendar days: rolled unless an option says how they end |
//! | `2m` · `2m roll` · `3y day_before` · `1y full` | months, years: not rolled unless `roll` says they are a deadline |
//! | `24h` · `15min` · `4h office` | hours and minutes that run through; hours of the office |
//! | `15d tax` · `3td` | days of tax law; trading days |
//! | `5wd of_month+1` · `15d of_month+1` · `15d of_month no_roll` | a day of a month, `+n` months after that of the cause |
//! | `annual 04-30` · `annual 12-31 no_roll` · `window 01-01..03-31` · `every 3m` | yearly day, part of the year, recurrence |
//! | `30d before` · `15d before clear` · `90wd before` | counted back |
//! | `until EventName` · `min(6m, annual 12-31)` · `max(…)` · `30d deemed` | event, composed, deemed service |
//!
//! `corresponding` may be written for the default end of months and years and is left out when printed.

use crate::{CalendarError, End, MonthDay, Term};
use std::fmt;
use std::str::FromStr;

/// Deepest nesting of `min`, `max` and `every`.
const DEPTH_MAX: u32 = 4;

/// Longest term: 9,999 of its unit.
const LENGTH_MAX: u32 = 9_999;

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rolled = |roll: bool| if roll { "" } else { " no_roll" };
        let months_ahead = |ahead: u32| match ahead {
            0 => String::new(),
            n => format!("+{n}"),
        };
        match self {
            Self::Workdays { n } => write!(f, "{n}wd"),
            Self::Days { n, end } => write!(f, "{n}d{}", option(*end, End::Deadline)),
            Self::Months { n, end } => write!(f, "{n}m{}", option(*end, End::Standing)),
            Self::Years { n, end } => write!(f, "{n}y{}", option(*end, End::Standing)),
            Self::Hours { n } => write!(f, "{n}h"),
            Self::Minutes { n } => write!(f, "{n}min"),
            Self::OfficeHours { n } => write!(f, "{n}h office"),
            Self::TaxDays { n } => write!(f, "{n}d tax"),
            Self::TradingDays { n } => write!(f, "{n}td"),
            Self::NthWorkdayOfMonth { k, ahead } => {
                write!(f, "{k}wd of_month{}", months_ahead(*ahead))
            }
            Self::DayOfMonth { day, ahead, roll } => {
                write!(f, "{day}d of_month{}{}", months_ahead(*ahead), rolled(*roll))
            }
            Self::Annual { day, roll } => write!(f, "annual {day}{}", rolled(*roll)),
            Self::Window { from, to } => write!(f, "window {from}..{to}"),
            Self::Every { step } => write!(f, "every {step}"),
            Self::Before { n, workdays, clear } => {
                let unit = if *workdays { "wd" } else { "d" };
                write!(f, "{n}{unit} before{}", if *clear { " clear" } else { "" })
            }
            Self::UntilEvent { event } => write!(f, "until {event}"),
            Self::Earliest(terms) => composed(f, "min", terms),
            Self::Latest(terms) => composed(f, "max", terms),
            Self::Deemed { n } => write!(f, "{n}d deemed"),
        }
    }
}

/// The option that says how a term ends; nothing for the default of its unit.
const fn option(end: End, default: End) -> &'static str {
    match (end, default) {
        (End::Deadline, End::Deadline) | (End::Standing, End::Standing) => "",
        (End::Deadline, _) => " roll",
        (End::Standing, _) => " no_roll",
        (End::DayBefore, _) => " day_before",
        (End::Full, _) => " full",
    }
}

fn composed(f: &mut fmt::Formatter<'_>, name: &str, terms: &[Term]) -> fmt::Result {
    write!(f, "{name}(")?;
    for (i, term) in terms.iter().enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        write!(f, "{term}")?;
    }
    f.write_str(")")
}

impl FromStr for Term {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Self, CalendarError> {
        parse(text.trim(), 0)
            .map_err(|why| CalendarError::TermSyntax { text: text.to_owned(), why })
    }
}

fn parse(text: &str, depth: u32) -> Result<Term, &'static str> {
    if depth > DEPTH_MAX {
        return Err("nested too deep");
    }
    for (open, make) in [
        ("min(", Term::Earliest as fn(Vec<Term>) -> Term),
        ("max(", Term::Latest as fn(Vec<Term>) -> Term),
    ] {
        if let Some(rest) = text.strip_prefix(open) {
            let inside = rest.strip_suffix(')').ok_or("a bracket is not closed")?;
            return parse_list(inside, depth + 1).map(make);
        }
    }
    let mut words = text.split_ascii_whitespace();
    let first = words.next().ok_or("it is empty")?;
    let options: Vec<&str> = words.collect();
    match first {
        "annual" => parse_annual(&options),
        "window" => parse_window(&options),
        "until" => parse_until(&options),
        "every" => {
            let step = parse(text.trim_start_matches("every").trim(), depth + 1)?;
            let steps = matches!(
                &step,
                Term::Workdays { n: 1.. }
                    | Term::Days { n: 1.., .. }
                    | Term::Months { n: 1.., .. }
                    | Term::Years { n: 1.., .. }
            );
            if steps {
                Ok(Term::Every { step: Box::new(step) })
            } else {
                Err("a recurrence steps by days, working days, months or years")
            }
        }
        _ => parse_length(first, &options),
    }
}

/// Terms separated by commas outside brackets.
fn parse_list(text: &str, depth: u32) -> Result<Vec<Term>, &'static str> {
    let mut open = 0_u32;
    let mut parts = vec![String::new()];
    for c in text.chars() {
        match c {
            '(' => open += 1,
            ')' => open = open.checked_sub(1).ok_or("a bracket too many")?,
            ',' if open == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    if open > 0 {
        return Err("a bracket is not closed");
    }
    if parts.len() < 2 {
        return Err("`min` and `max` want two terms or more");
    }
    parts.iter().map(|part| parse(part.trim(), depth)).collect()
}

fn parse_annual(options: &[&str]) -> Result<Term, &'static str> {
    let (day, roll) = match options {
        [day] | [day, "roll"] => (day, true),
        [day, "no_roll"] => (day, false),
        _ => return Err("`annual` wants a day `MM-DD`"),
    };
    Ok(Term::Annual { day: month_day(day)?, roll })
}

fn parse_window(options: &[&str]) -> Result<Term, &'static str> {
    let [span] = options else {
        return Err("`window` wants `MM-DD..MM-DD`");
    };
    let (from, to) = span.split_once("..").ok_or("`window` wants `MM-DD..MM-DD`")?;
    Ok(Term::Window { from: month_day(from)?, to: month_day(to)? })
}

fn parse_until(options: &[&str]) -> Result<Term, &'static str> {
    match options {
        [event] if event.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-')) => {
            Ok(Term::UntilEvent { event: (*event).to_owned() })
        }
        _ => Err("`until` wants the name of an event"),
    }
}

fn month_day(text: &str) -> Result<MonthDay, &'static str> {
    let day = text.split_once('-').and_then(|(month, day)| {
        let two = |digits: &str| digits.len() == 2 && digits.chars().all(|c| c.is_ascii_digit());
        if two(month) && two(day) {
            MonthDay::new(month.parse().ok()?, day.parse().ok()?)
        } else {
            None
        }
    });
    day.ok_or("a day of the year is `MM-DD`, and every year has it")
}

fn parse_length(first: &str, options: &[&str]) -> Result<Term, &'static str> {
    let split = first.find(|c: char| !c.is_ascii_digit()).ok_or("the unit is missing")?;
    let (number, unit) = first.split_at(split);
    let n: u32 = number.parse().map_err(|_digits| "the number is missing or too long")?;
    if n > LENGTH_MAX {
        return Err("the number is too long");
    }
    match (unit, options) {
        ("wd", []) => Ok(Term::Workdays { n }),
        ("td", []) => Ok(Term::TradingDays { n }),
        ("h", []) => Ok(Term::Hours { n }),
        ("h", ["office"]) => Ok(Term::OfficeHours { n }),
        ("min", []) => Ok(Term::Minutes { n }),
        ("d", ["tax"]) => Ok(Term::TaxDays { n }),
        ("d", ["deemed"]) => Ok(Term::Deemed { n }),
        ("d" | "wd", ["before"]) => Ok(Term::Before { n, workdays: unit == "wd", clear: false }),
        ("d" | "wd", ["before", "clear"]) => {
            Ok(Term::Before { n, workdays: unit == "wd", clear: true })
        }
        ("d" | "wd", [of_month, rest @ ..]) if of_month.starts_with("of_month") => {
            let ahead = of_month.trim_start_matches("of_month");
            parse_of_month(n, unit == "wd", ahead, rest)
        }
        ("d", options) => Ok(Term::Days { n, end: end(options, End::Deadline)? }),
        ("m", options) => Ok(Term::Months { n, end: end(options, End::Standing)? }),
        ("y", options) => Ok(Term::Years { n, end: end(options, End::Standing)? }),
        ("wd" | "td" | "h" | "min", _) => Err("the unit has no such option"),
        _ => Err("the unit is not one of wd, d, m, y, h, min, td"),
    }
}

fn parse_of_month(n: u32, workday: bool, ahead: &str, rest: &[&str]) -> Result<Term, &'static str> {
    let ahead = match ahead.strip_prefix('+') {
        Some(digits) => digits.parse().map_err(|_digits| "`of_month+n` wants a number")?,
        None if ahead.is_empty() => 0,
        None => return Err("`of_month` is followed by `+n` or nothing"),
    };
    if ahead > LENGTH_MAX || n == 0 {
        return Err("no such day of a month");
    }
    match (workday, rest) {
        (true, []) if n <= 23 => Ok(Term::NthWorkdayOfMonth { k: n, ahead }),
        (false, [] | ["roll"] | ["no_roll"]) if n <= 31 => {
            let day = u8::try_from(n).map_err(|_range| "no such day of a month")?;
            Ok(Term::DayOfMonth { day, ahead, roll: rest != ["no_roll"] })
        }
        _ => Err("no such day of a month"),
    }
}

fn end(options: &[&str], default: End) -> Result<End, &'static str> {
    match options {
        [] => Ok(default),
        ["roll"] => Ok(End::Deadline),
        ["no_roll"] => Ok(End::Standing),
        ["corresponding"] => Ok(default),
        ["day_before"] => Ok(End::DayBefore),
        ["full"] => Ok(End::Full),
        _ => Err("the options are roll, no_roll, corresponding, day_before, full; one of them"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notation_is_read_and_printed_alike() {
        for text in [
            "0wd",
            "20wd",
            "30d",
            "60d no_roll",
            "30d full",
            "10d day_before",
            "2m",
            "2m roll",
            "6m full",
            "5y",
            "3y day_before",
            "1y roll",
            "24h",
            "15min",
            "4h office",
            "15d tax",
            "3td",
            "5wd of_month+1",
            "1wd of_month",
            "15d of_month+1",
            "31d of_month no_roll",
            "annual 04-30",
            "annual 12-31 no_roll",
            "window 01-01..03-31",
            "window 11-01..02-28",
            "every 3m",
            "every 10wd",
            "30d before",
            "15d before clear",
            "90wd before",
            "until ClaimSettled",
            "30d deemed",
            "min(6m, annual 12-31 no_roll)",
            "max(30d, min(2m roll, until Served))",
        ] {
            let term: Term = text.parse().unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(term.to_string(), text);
            let json = serde_json::to_string(&term).unwrap();
            assert_eq!(serde_json::from_str::<Term>(&json).unwrap(), term);
        }
    }

    #[test]
    fn other_ways_to_write_the_same() {
        for (text, canonical) in [
            (" 30d  roll ", "30d"),
            ("2m no_roll", "2m"),
            ("2m corresponding", "2m"),
            ("annual 04-30 roll", "annual 04-30"),
            ("min( 1d ,2d )", "min(1d, 2d)"),
        ] {
            assert_eq!(text.parse::<Term>().map(|term| term.to_string()).as_deref(), Ok(canonical));
        }
    }

    #[test]
    fn what_is_no_term_is_refused() {
        for text in [
            "",
            "wd",
            "20",
            "-1d",
            "20 wd",
            "20w",
            "1.5d",
            "99999d",
            "20wd roll",
            "30d roll full",
            "30d sometimes",
            "annual",
            "annual 02-29",
            "annual 4-30",
            "annual 13-01",
            "window 01-01",
            "every",
            "every 0d",
            "every 4h",
            "every every 1m",
            "until",
            "until two words",
            "min(1d)",
            "min(1d, 2d",
            "min(1d, 2d))",
            "24wd of_month",
            "32d of_month",
            "0d of_month",
            "15d of_monthly",
            "5wd of_month no_roll",
            "min(min(min(min(min(min(1d,2d),1d),1d),1d),1d),1d)",
            "２d",
        ] {
            assert!(text.parse::<Term>().is_err(), "`{text}`");
        }
    }
}
