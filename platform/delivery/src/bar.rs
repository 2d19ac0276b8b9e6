//! A term as a picture: the days of its bar, rest days shaded, today marked.

use calendar::{Calendar, DayKind};
use codes::Date;
use maud::{Markup, Render as _};
use portal::{Frame, Lane, Span, SpanState, Timeline, Tone};

/// Days that a picture shows at the most; of a longer term, its end.
const DAYS_MAX: i32 = 400;

/// A term that runs, or has run (期限条).
#[derive(Clone, Debug)]
pub struct Stretch<'a> {
    /// A short name, unique on the page, of letters and digits.
    pub id: &'a str,
    /// What the picture shows.
    pub caption: &'a str,
    /// What the term is of.
    pub label: &'a str,
    /// The day of the cause, which is not counted.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Whether it is over.
    pub over: bool,
    /// Today.
    pub today: Date,
}

/// The bar of a term with its rest days; the table below it says the same in words.
#[must_use]
pub fn term_bar(frame: &Frame, calendar: &Calendar, term: &Stretch<'_>) -> Markup {
    let length = term.from.until(term.to).map_or(0, |span| span.get_days());
    let shown = length.clamp(1, DAYS_MAX);
    let from = term.to.checked_sub(jiff::Span::new().days(shown)).unwrap_or(term.from);
    let to = term.today.clamp(term.to, later(term.to, 7));
    let rest_days = from
        .series(jiff::Span::new().days(1))
        .take_while(|day| *day <= to)
        .filter(|day| !matches!(calendar.day(*day).kind, DayKind::Workday | DayKind::MadeUp(_)))
        .collect();
    let first = later(term.from, 1).min(term.to);
    let ran = term.today.clamp(first, term.to);
    let mut spans = vec![Span { from: first, to: ran, state: SpanState::Done, cause: None }];
    if !term.over && ran < term.to {
        spans.push(Span {
            from: later(ran, 1),
            to: term.to,
            state: SpanState::Running,
            cause: None,
        });
    }
    let left = term.today.until(term.to).map_or(0, |span| span.get_days());
    let state = match (term.over, left) {
        (true, _) => (Tone::Plain, frame.t("已届满", "over").to_owned()),
        (false, left) if left < 0 => (Tone::Loss, frame.t("已届满", "over").to_owned()),
        (false, left) => {
            let told = format!("{}{left}{}", frame.t("还剩", ""), frame.t("天", " days left"));
            (if left <= 3 { Tone::Time } else { Tone::Active }, told)
        }
    };
    let lane = Lane {
        organ: String::new(),
        task: term.label.to_owned(),
        state,
        spans,
        promise: None,
        statutory: Some(term.to),
        href: None,
    };
    Timeline {
        lang: frame.lang,
        caption: term.caption.to_owned(),
        id: term.id.to_owned(),
        from,
        to,
        today: Some(term.today),
        rest_days,
        lanes: vec![lane],
    }
    .render()
}

fn later(day: Date, n: i32) -> Date {
    day.checked_add(jiff::Span::new().days(n)).unwrap_or(day)
}
