//! The credit timeline (信用时间线): listing, clean years filling like a bar, the first day to apply, announcement, removal.

use crate::queries::EntryRow;
use crate::repair::View;
use codes::{Date, Lang};
use maud::{Markup, html};
use portal::{date, pick};

/// The drawing's width and height, in its own units.
const WIDTH: i64 = 720;
const HEIGHT: i64 = 132;
/// Where the axis begins and ends.
const LEFT: i64 = 24;
const RIGHT: i64 = WIDTH - 24;
/// The bar.
const TOP: i64 = 56;
const TALL: i64 = 20;

/// A day that is marked: its name, whether it stands above or below the bar.
struct Mark {
    day: Date,
    name: &'static str,
    above: bool,
}

/// An axis of days.
struct Axis {
    from: Date,
    days: i64,
}

impl Axis {
    fn x(&self, day: Date) -> i64 {
        let at = days_between(self.from, day).clamp(0, self.days);
        LEFT + at.saturating_mul(RIGHT - LEFT) / self.days
    }
}

fn days_between(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}

/// One entry's time, drawn; the same days stand as text beside it for readers without pictures.
pub(super) fn timeline(lang: Lang, row: &EntryRow, view: &View, today: Date) -> Markup {
    let listed = row.about.listed_on;
    let ends = row.gone_on.or(view.ends);
    let opens = row.opens_on.or(view.opens);
    let last = [Some(today), ends, opens, row.announced_to].into_iter().flatten().max();
    let last = last.unwrap_or(today).max(listed);
    let axis = Axis { from: listed, days: days_between(listed, last).max(1) };
    let filled = today.min(row.gone_on.unwrap_or(today)).max(listed);
    let full = opens.or(ends).unwrap_or(last);
    let marks = marks(lang, row, opens, ends);
    let name = summary(lang, listed, opens, ends);
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } width="100%" role="img" aria-label=(name) focusable="false" {
            title { (name) }
            // The whole term, and what of it has passed.
            rect x=(LEFT) y=(TOP) width=(RIGHT - LEFT) height=(TALL) rx="4" fill="currentColor" fill-opacity="0.10" {}
            rect x=(LEFT) y=(TOP) width=(axis.x(filled.min(full)) - LEFT) height=(TALL) rx="4" fill="currentColor" fill-opacity="0.45" {}
            @if filled > full {
                rect x=(axis.x(full)) y=(TOP) width=(axis.x(filled) - axis.x(full)) height=(TALL) fill="currentColor" fill-opacity="0.22" {}
            }
            @if let (Some(from), Some(to)) = (row.announced_from, row.announced_to) {
                rect x=(axis.x(from)) y=(TOP - 5) width=((axis.x(to) - axis.x(from)).max(3)) height=(TALL + 10) fill="none" stroke="currentColor" stroke-width="2" {}
            }
            @for year in years(&axis, last) {
                line x1=(axis.x(year)) x2=(axis.x(year)) y1=(TOP) y2=(TOP + TALL) stroke="currentColor" stroke-opacity="0.35" {}
            }
            @for mark in &marks {
                @let x = axis.x(mark.day);
                @let (y, line_from, line_to) = if mark.above { (16, 36, TOP) } else { (TOP + TALL + 34, TOP + TALL, TOP + TALL + 18) };
                line x1=(x) x2=(x) y1=(line_from) y2=(line_to) stroke="currentColor" {}
                text x=(anchor_x(x)) y=(y) text-anchor=(anchor(x)) font-size="13" fill="currentColor" { (mark.name) }
                text x=(anchor_x(x)) y=(y + 15) text-anchor=(anchor(x)) font-size="12" fill="currentColor" fill-opacity="0.75" { (mark.day.to_string()) }
            }
            @if today > listed && row.gone_on.is_none() {
                circle cx=(axis.x(today)) cy=(TOP + TALL / 2) r="6" fill="currentColor" {}
            }
        }
    }
}

fn anchor(x: i64) -> &'static str {
    if x < LEFT + 60 {
        "start"
    } else if x > RIGHT - 60 {
        "end"
    } else {
        "middle"
    }
}

fn anchor_x(x: i64) -> i64 {
    x.clamp(LEFT - 20, RIGHT + 20)
}

fn years(axis: &Axis, last: Date) -> Vec<Date> {
    let anniversaries = (1..60).filter_map(|n| {
        let year = axis.from.year().checked_add(n)?;
        Date::new(year, axis.from.month(), axis.from.day())
            .or_else(|_leap| Date::new(year, axis.from.month(), 28))
            .ok()
    });
    anniversaries.take_while(|day| *day < last).collect()
}

fn marks(lang: Lang, row: &EntryRow, opens: Option<Date>, ends: Option<Date>) -> Vec<Mark> {
    let mut marks =
        vec![Mark { day: row.about.listed_on, name: pick(lang, "列入", "listed"), above: true }];
    if let Some(day) = row.gone_on {
        marks.push(Mark { day, name: pick(lang, "移出", "removed"), above: true });
    } else if let Some(day) = ends {
        marks.push(Mark { day, name: pick(lang, "期满移出", "ends by itself"), above: true });
    }
    if let Some(day) = opens {
        marks.push(Mark { day, name: pick(lang, "可申请", "may apply"), above: false });
    }
    if let Some(day) = row.announced_to.filter(|day| opens.is_none_or(|opens| far(opens, *day))) {
        marks.push(Mark { day, name: pick(lang, "公告期满", "announced until"), above: false });
    }
    marks
}

/// Far enough apart for two texts side by side.
fn far(one: Date, other: Date) -> bool {
    days_between(one, other).abs() > 200
}

fn summary(lang: Lang, listed: Date, opens: Option<Date>, ends: Option<Date>) -> String {
    let day = |day: Option<Date>| day.map_or_else(|| "—".to_owned(), |day| date(lang, day));
    match lang {
        Lang::Zh => format!(
            "{}列入；最早可申请：{}；期满移出：{}",
            date(lang, listed),
            day(opens),
            day(ends)
        ),
        Lang::En => format!(
            "listed {}; may apply from {}; ends by itself {}",
            date(lang, listed),
            day(opens),
            day(ends)
        ),
    }
}
