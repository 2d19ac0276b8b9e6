//! The timeline of a case: one bar an organ on a common axis of days, and the same as a table.

use codes::{Date, Lang};
use maud::{Markup, Render, html};

use crate::format::{date_tag, short_date, weekday};
use crate::lang::pick;

use super::basic::{Tone, tag};
use super::percent;

/// What a stretch of a bar says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SpanState {
    /// Work that is done.
    Done,
    /// Work under way.
    Running,
    /// Waiting for another organ or for the applicant.
    Waiting,
    /// The clock stands for a lawful cause.
    Stopped,
}

impl SpanState {
    const ALL: [Self; 4] = [Self::Done, Self::Running, Self::Waiting, Self::Stopped];

    const fn class(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Stopped => "stopped",
        }
    }

    /// The word for the state.
    #[must_use]
    pub const fn word(self, lang: Lang) -> &'static str {
        match self {
            Self::Done => pick(lang, "已办", "done"),
            Self::Running => pick(lang, "办理中", "running"),
            Self::Waiting => pick(lang, "等待", "waiting"),
            Self::Stopped => pick(lang, "依法暂停", "stopped by law"),
        }
    }
}

/// A stretch of days of a bar, both ends included.
#[derive(Clone, Debug)]
pub struct Span {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// What it says.
    pub state: SpanState,
    /// Why: the lawful cause of a stop, or what is waited for.
    pub cause: Option<String>,
}

/// One bar: an organ and its task.
#[derive(Clone, Debug)]
pub struct Lane {
    /// The organ (单位).
    pub organ: String,
    /// Its task (环节).
    pub task: String,
    /// The state in a word, with its tone.
    pub state: (Tone, String),
    /// The stretches, in order.
    pub spans: Vec<Span>,
    /// The day that is promised (承诺期限).
    pub promise: Option<Date>,
    /// The day that the law sets (法定期限).
    pub statutory: Option<Date>,
    /// The page of the task.
    pub href: Option<String>,
}

/// The timeline (进度图).
#[derive(Clone, Debug)]
pub struct Timeline {
    /// The language of the page.
    pub lang: Lang,
    /// What it shows; unique on the page, since patterns are named after `id`.
    pub caption: String,
    /// A short name, unique on the page, of letters and digits.
    pub id: String,
    /// The first day of the axis.
    pub from: Date,
    /// The last day of the axis.
    pub to: Date,
    /// Today, if it lies on the axis.
    pub today: Option<Date>,
    /// Days that do not count, shaded.
    pub rest_days: Vec<Date>,
    /// The bars.
    pub lanes: Vec<Lane>,
}

/// The height of the axis, of a lane, and of a bar; where in the lane the bar begins.
const AXIS: i64 = 58;
const LANE: i64 = 52;
const BAR: i64 = 16;
const BAR_AT: i64 = 26;

/// Days from one date to another; negative if it lies before.
fn days(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

impl Timeline {
    fn days(&self) -> i64 {
        (days(self.from, self.to) + 1).max(1)
    }

    /// The left edge of a day, as far as it lies on the axis.
    fn x(&self, day: Date) -> String {
        percent(days(self.from, day).clamp(0, self.days()), self.days())
    }

    /// The right edge of a day.
    fn x_end(&self, day: Date) -> String {
        percent((days(self.from, day) + 1).clamp(0, self.days()), self.days())
    }

    fn on_axis(&self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }

    fn height(&self) -> i64 {
        AXIS + LANE * i64::try_from(self.lanes.len()).unwrap_or(0) + 4
    }

    /// Days that bear a date on the axis: at most six, so that they fit a phone.
    fn ticks(&self) -> Vec<Date> {
        let step = (self.days() + 5) / 6;
        let mut ticks = Vec::new();
        let mut day = self.from;
        while day <= self.to {
            ticks.push(day);
            match day.checked_add(jiff::Span::new().days(step)) {
                Ok(next) => day = next,
                Err(_) => break,
            }
        }
        ticks
    }

    fn axis(&self) -> Markup {
        let height = self.height();
        html! {
            @for day in self.rest_days.iter().filter(|day| self.on_axis(**day)) {
                rect.rest x=(self.x(*day)) y=(AXIS - 6) width=(percent(1, self.days())) height=(height - AXIS + 6) {}
            }
            @for day in self.ticks() {
                line.tick x1=(self.x(day)) x2=(self.x(day)) y1=(AXIS - 26) y2=(height) {}
                text.tick x=(self.x(day)) y="26" dx="3" { (short_date(self.lang, day)) }
                @if self.days() <= 24 { text.tick.day x=(self.x(day)) y="12" dx="3" { (pick(self.lang, "周", "")) (weekday(self.lang, day)) } }
            }
        }
    }

    fn today_line(&self) -> Markup {
        let Some(day) = self.today.filter(|day| self.on_axis(*day)) else { return html! {} };
        let half = self.days() * 2;
        let at = days(self.from, day) * 2 + 1;
        let near_end = at * 3 > half * 2;
        html! {
            line.today x1=(percent(at, half)) x2=(percent(at, half)) y1=(AXIS - 24) y2=(self.height()) {}
            text.today x=(percent(at, half)) y=(AXIS - 12) dx=(if near_end { "-4" } else { "4" }) text-anchor=(if near_end { "end" } else { "start" }) {
                (pick(self.lang, "今天", "today"))
            }
        }
    }

    fn lane(&self, i: i64, lane: &Lane) -> Markup {
        let top = AXIS + LANE * i;
        let bar = top + BAR_AT;
        html! {
            line.lane x1="0" x2="100%" y1=(top + LANE - 1) y2=(top + LANE - 1) {}
            text.organ x="0" y=(top + 18) { tspan.name { (lane.organ) } tspan.task dx="8" { (lane.task) } }
            text class={ "state " (lane.state.0.class()) } x="100%" y=(top + 18) text-anchor="end" { (lane.state.1) }
            @for span in lane.spans.iter().filter(|span| span.to >= self.from && span.from <= self.to) {
                (self.span(bar, span))
            }
            @for (day, class) in [(lane.promise, "promise"), (lane.statutory, "statutory")] {
                @if let Some(day) = day.filter(|day| self.on_axis(*day)) {
                    line class=(class) x1=(self.x_end(day)) x2=(self.x_end(day)) y1=(bar - 5) y2=(bar + BAR + 5) {}
                }
            }
        }
    }

    fn span(&self, bar: i64, span: &Span) -> Markup {
        let first = days(self.from, span.from).clamp(0, self.days());
        let last = (days(self.from, span.to) + 1).clamp(0, self.days());
        let fill = (span.state == SpanState::Stopped).then(|| format!("url(#{}-hatch)", self.id));
        html! {
            rect class={ "span " (span.state.class()) } x=(percent(first, self.days())) y=(bar) rx="3"
                width=(percent(last - first, self.days())) height=(BAR) fill=[fill] {
                title {
                    (span.state.word(self.lang)) ": " (short_date(self.lang, span.from)) "–" (short_date(self.lang, span.to))
                    @if let Some(cause) = &span.cause { " · " (cause) }
                }
            }
        }
    }

    fn legend(&self) -> Markup {
        let lang = self.lang;
        let marks = [
            ("promise", pick(lang, "承诺期限", "promised day")),
            ("statutory", pick(lang, "法定期限", "statutory day")),
            ("today", pick(lang, "今天", "today")),
        ];
        html! {
            ul.legend aria-hidden="true" {
                @for state in SpanState::ALL {
                    li {
                        svg width="24" height="14" {
                            @let fill = (state == SpanState::Stopped).then(|| format!("url(#{}-hatch)", self.id));
                            rect class={ "span " (state.class()) } x="1" y="1" width="22" height="12" rx="3" fill=[fill] {}
                        }
                        " " (state.word(lang))
                    }
                }
                @for (class, word) in marks {
                    li { svg width="10" height="16" { line class=(class) x1="5" x2="5" y1="0" y2="16" {} } " " (word) }
                }
                li { svg width="14" height="14" { rect.rest width="14" height="14" {} } " " (pick(lang, "不计入的休息日", "days that do not count")) }
            }
        }
    }

    fn drawing(&self) -> Markup {
        html! {
            svg.gantt width="100%" height=(self.height()) role="img" aria-label={ (self.caption) (pick(self.lang, "，详见下方表格", "; the table below says the same")) } {
                defs {
                    pattern id={ (self.id) "-hatch" } width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                        rect.hatch-ground width="6" height="6" {}
                        rect.hatch width="2.5" height="6" {}
                    }
                }
                (self.axis())
                @for (i, lane) in (0_i64..).zip(&self.lanes) { (self.lane(i, lane)) }
                (self.today_line())
            }
        }
    }

    fn table(&self) -> Markup {
        let lang = self.lang;
        let heads = [
            pick(lang, "单位", "Organ"),
            pick(lang, "环节", "Task"),
            pick(lang, "状态", "State"),
            pick(lang, "经过", "Course"),
            pick(lang, "承诺期限", "Promised day"),
            pick(lang, "法定期限", "Statutory day"),
        ];
        let [organ, task, state, course, promise, statutory] = heads;
        html! {
            table {
                caption { (self.caption) }
                thead { tr { @for head in heads { th scope="col" { (head) } } } }
                tbody {
                    @for lane in &self.lanes {
                        tr {
                            th scope="row" data-label=(organ) { (lane.organ) }
                            td data-label=(task) { @match &lane.href { Some(href) => a href=(href) { (lane.task) }, None => (lane.task) } }
                            td data-label=(state) { (tag(lane.state.0, &lane.state.1)) }
                            td data-label=(course) {
                                ul.plain {
                                    @for span in &lane.spans {
                                        li {
                                            (short_date(lang, span.from)) "–" (short_date(lang, span.to)) " " (span.state.word(lang))
                                            @if let Some(cause) = &span.cause { (pick(lang, "：", ": ")) (cause) }
                                        }
                                    }
                                }
                            }
                            td data-label=(promise) { @match lane.promise { Some(day) => (date_tag(lang, day)), None => "—" } }
                            td data-label=(statutory) { @match lane.statutory { Some(day) => (date_tag(lang, day)), None => "—" } }
                        }
                    }
                }
            }
        }
    }
}

impl Render for Timeline {
    fn render(&self) -> Markup {
        html! {
            section.timeline aria-label=(self.caption) {
                (self.drawing())
                (self.legend())
                details {
                    summary { (pick(self.lang, "以表格查看进度", "Show the progress as a table")) }
                    div.scroll tabindex="0" role="group" aria-label=(self.caption) { (self.table()) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(from: Date, to: Date) -> Timeline {
        Timeline {
            lang: Lang::Zh,
            caption: "进度".to_owned(),
            id: "t".to_owned(),
            from,
            to,
            today: None,
            rest_days: Vec::new(),
            lanes: Vec::new(),
        }
    }

    #[test]
    fn the_axis_bears_at_most_six_dates_and_ends_at_the_edge() {
        for (from, to, ticks) in [
            (Date::constant(2026, 2, 12), Date::constant(2026, 2, 12), 1),
            (Date::constant(2026, 2, 12), Date::constant(2026, 2, 17), 6),
            (Date::constant(2026, 2, 12), Date::constant(2026, 2, 18), 4),
            (Date::constant(2026, 2, 12), Date::constant(2026, 5, 18), 6),
        ] {
            let line = line(from, to);
            assert_eq!(line.ticks().len(), ticks);
            assert_eq!(line.x(from), "0.00%");
            assert_eq!(line.x_end(to), "100.00%");
        }
    }

    #[test]
    fn what_lies_off_the_axis_is_not_drawn_outside_it() {
        let line = line(Date::constant(2026, 2, 12), Date::constant(2026, 2, 15));
        assert_eq!(line.x(Date::constant(2026, 2, 1)), "0.00%");
        assert_eq!(line.x_end(Date::constant(2026, 3, 1)), "100.00%");
        assert_eq!(line.x(Date::constant(2026, 2, 13)), "25.00%");
    }
}
