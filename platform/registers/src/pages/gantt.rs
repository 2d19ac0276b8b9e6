//! The timeline of a record (时间轴): rights above, restrictions below, shaded by rank; and the same as a table.

use crate::record::{Line, Phase, Register, Says, Segment, Standing, Tone};
use codes::{Date, Lang, Moment};
use maud::{Markup, Render, html};
use portal::{moment_tag, pick};

/// Above or below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// What is registered: nature, rights.
    Right,
    /// What restricts it.
    Restriction,
}

/// A bar: a stretch in which one thing is said.
#[derive(Clone, Debug)]
pub struct Bar {
    /// From when on.
    pub from: Moment,
    /// Until before when; none where no end is known.
    pub to: Option<Moment>,
    /// What is said, in words.
    pub text: String,
    /// Whether it waits rather than binds.
    pub waits: bool,
    /// Whether it stops things.
    pub stops: bool,
    /// Its place in the queue, from 1: the later the paler.
    pub rank: u32,
}

/// A lane: a section or a restriction.
#[derive(Clone, Debug)]
pub struct GanttLane {
    /// Above or below.
    pub group: Group,
    /// What it is called.
    pub label: String,
    /// Its bars, in order.
    pub bars: Vec<Bar>,
}

/// The timeline.
#[derive(Clone, Debug)]
pub struct Gantt {
    /// The language of the page.
    pub lang: Lang,
    /// What it shows.
    pub caption: String,
    /// A short name, unique on the page, of letters and digits: the pattern is named after it.
    pub id: String,
    /// The first instant of the axis.
    pub from: Moment,
    /// The last one.
    pub to: Moment,
    /// Now, where it lies on the axis.
    pub now: Moment,
    /// The lanes.
    pub lanes: Vec<GanttLane>,
}

const DAY_US: i64 = 86_400_000_000;
/// The height of the axis, of a lane, and of a bar.
const AXIS: i64 = 40;
const LANE: i64 = 46;
const BAR: i64 = 16;
/// The most dates on the axis, so that they fit a phone.
const TICKS: i64 = 5;

/// The timeline of segments, such as those believed at one instant.
#[must_use]
pub fn timeline(lang: Lang, register: &Register, segments: &[Segment], now: Moment) -> Gantt {
    let mut lanes: Vec<(Line, GanttLane)> = Vec::new();
    let mut sorted: Vec<&Segment> = segments.iter().collect();
    sorted.sort_by(|a, b| (&a.line, a.from, a.no).cmp(&(&b.line, b.from, b.no)));
    for segment in sorted {
        let bar = bar(lang, register, segment);
        match lanes.last_mut() {
            Some((line, lane)) if *line == segment.line => lane.bars.push(bar),
            _ => {
                let (group, label) = lane_of(lang, register, segment);
                lanes.push((segment.line.clone(), GanttLane { group, label, bars: vec![bar] }));
            }
        }
    }
    let instants = || segments.iter().flat_map(|one| [Some(one.from), one.to]).flatten();
    let from = instants().min().unwrap_or(now);
    let last = instants().max().unwrap_or(now).max(now);
    // A little room at both ends, so that what began is seen to begin, and what goes on to go on.
    let room = ((last.us() - from.us()) / 20).max(10 * DAY_US);
    Gantt {
        lang,
        caption: pick(lang, "权利与限制的时间轴", "Rights and restrictions over time").to_owned(),
        id: "rights".to_owned(),
        from: from.plus_us(-room),
        to: last.plus_us(room),
        now,
        lanes: lanes.into_iter().map(|(_, lane)| lane).collect(),
    }
}

fn lane_of(lang: Lang, register: &Register, segment: &Segment) -> (Group, String) {
    match (&segment.line, &segment.says) {
        (Line::Section(id), _) => {
            let label = register.section(id).map(|known| known.label()).unwrap_or_default();
            (Group::Right, label.get(lang).to_owned())
        }
        (Line::Restriction(no), Says::Restricts(Standing { restriction, .. })) => {
            let kind = register.restriction(&restriction.kind);
            let label = kind.map(|kind| kind.label()).unwrap_or_default();
            let side = &restriction.side.name;
            (Group::Restriction, format!("{} #{no} {side}", label.get(lang)).trim().to_owned())
        }
        (Line::Restriction(no), Says::Stands(_)) => (Group::Restriction, format!("#{no}")),
    }
}

fn bar(lang: Lang, register: &Register, segment: &Segment) -> Bar {
    let (waits, stops, rank) = match &segment.says {
        Says::Stands(_) => (false, false, 1),
        Says::Restricts(Standing { phase, restriction }) => {
            let kind = register.restriction(&restriction.kind);
            let stops = kind.is_some_and(|kind| kind.tone == Tone::Loss);
            (*phase == Phase::Waiting, stops, restriction.rank)
        }
    };
    let text = super::segment_text(lang, register, segment);
    Bar { from: segment.from, to: segment.to, text, waits, stops, rank }
}

impl Gantt {
    /// Where an instant lies on the axis, in hundredths of a per cent.
    fn at(&self, at: Moment) -> i64 {
        let whole = i128::from((self.to.us() - self.from.us()).max(1));
        let part = i128::from(at.us().saturating_sub(self.from.us())).clamp(0, whole);
        i64::try_from(part * 10_000 / whole).unwrap_or(0)
    }

    fn percent(hundredths: i64) -> String {
        format!("{}.{:02}%", hundredths / 100, hundredths % 100)
    }

    fn x(&self, at: Moment) -> String {
        Self::percent(self.at(at))
    }

    /// The dates on the axis: years where it is long, months or days where it is short.
    fn ticks(&self) -> Vec<(Moment, String)> {
        let (first, last) = (self.from.date(), self.to.date());
        let years = i64::from(last.year()) - i64::from(first.year());
        if years >= 3 {
            let step = (years + TICKS - 1) / TICKS;
            let starts = (1..=TICKS).filter_map(|n| {
                let year = i16::try_from(i64::from(first.year()) + n * step).ok()?;
                let day = Date::new(year, 1, 1).ok()?;
                (day <= last).then(|| (Moment::start_of(day), year.to_string()))
            });
            return starts.collect();
        }
        let days = (self.to.us() - self.from.us()) / DAY_US;
        let step = (days / TICKS).max(1);
        // Within a year the day says enough, and fits a phone.
        let said = |at: Moment| match days {
            0..=366 => portal::short_date(self.lang, at.date()),
            _ => at.date().to_string(),
        };
        let starts =
            (0..TICKS).map(|n| Moment::start_of(self.from.plus_us(n * step * DAY_US).date()));
        starts.filter(|at| *at >= self.from && *at <= self.to).map(|at| (at, said(at))).collect()
    }

    fn height(&self) -> i64 {
        AXIS + LANE * i64::try_from(self.lanes.len()).unwrap_or(0) + 4
    }

    fn bar(&self, top: i64, bar: &Bar) -> Markup {
        let (from, to) = (self.at(bar.from), self.at(bar.to.unwrap_or(self.to)));
        let width = (to - from).max(20);
        let class = match (bar.waits, bar.stops) {
            (true, _) => "span waiting",
            (false, true) => "span stopped",
            (false, false) => "span done",
        };
        let fill = (bar.stops && !bar.waits).then(|| format!("url(#{}-hatch)", self.id));
        // The first in rank is full, each later one paler, none invisible.
        let opacity = (100 - i64::from(bar.rank.saturating_sub(1)) * 20).max(40);
        html! {
            rect class=(class) x=(Self::percent(from)) width=(Self::percent(width)) y=(top) height=(BAR) rx="3"
                fill=[fill] opacity={ "0." (opacity.min(99)) } {
                title { (bar.text) }
            }
        }
    }

    fn drawing(&self) -> Markup {
        let height = self.height();
        html! {
            svg.gantt width="100%" height=(height) role="img" aria-label={ (self.caption) (pick(self.lang, "，详见下方表格", "; the table below says the same")) } {
                defs {
                    pattern id={ (self.id) "-hatch" } width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                        rect.hatch-ground width="6" height="6" {}
                        rect.hatch width="2.5" height="6" {}
                    }
                }
                @for (at, text) in self.ticks() {
                    line.tick x1=(self.x(at)) x2=(self.x(at)) y1="6" y2=(height) {}
                    text.tick x=(self.x(at)) y="16" dx="3" { (text) }
                }
                @for (i, lane) in (0_i64..).zip(&self.lanes) {
                    @let top = AXIS + LANE * i;
                    line.lane x1="0" x2="100%" y1=(top + LANE - 1) y2=(top + LANE - 1) {}
                    text.organ x="0" y=(top + 14) { (lane.label) }
                    @for bar in &lane.bars { (self.bar(top + 21, bar)) }
                }
                @if self.from <= self.now && self.now <= self.to {
                    line.today x1=(self.x(self.now)) x2=(self.x(self.now)) y1="20" y2=(height) {}
                    text.today x=(self.x(self.now)) y="32" dx="-4" text-anchor="end" { (pick(self.lang, "现在", "now")) }
                }
            }
        }
    }

    fn legend(&self) -> Markup {
        let lang = self.lang;
        let words = [
            (
                "span done",
                None,
                pick(lang, "权利、不阻碍处分的负担", "right, or a charge that stops nothing"),
            ),
            (
                "span stopped",
                Some(format!("url(#{}-hatch)", self.id)),
                pick(lang, "限制处分（查封、异议等）", "stops disposal (seizure, objection …)"),
            ),
            ("span waiting", None, pick(lang, "轮候", "waiting")),
        ];
        html! {
            ul.legend aria-hidden="true" {
                @for (class, fill, word) in words {
                    li { svg width="24" height="14" { rect class=(class) x="1" y="1" width="22" height="12" rx="3" fill=[fill] {} } " " (word) }
                }
            }
        }
    }

    fn table(&self) -> Markup {
        let lang = self.lang;
        html! {
            table {
                caption { (self.caption) }
                thead { tr {
                    th scope="col" { (pick(lang, "事项", "Line")) }
                    th scope="col" { (pick(lang, "自", "From")) }
                    th scope="col" { (pick(lang, "至", "To")) }
                    th scope="col" { (pick(lang, "记载", "What is said")) }
                } }
                tbody {
                    @for lane in &self.lanes { @for bar in &lane.bars {
                        tr {
                            th scope="row" data-label=(pick(lang, "事项", "Line")) { (lane.label) }
                            td data-label=(pick(lang, "自", "From")) { (moment_tag(lang, bar.from)) }
                            td data-label=(pick(lang, "至", "To")) { @match bar.to { Some(to) => (moment_tag(lang, to)), None => "—" } }
                            td data-label=(pick(lang, "记载", "What is said")) { (bar.text) }
                        }
                    } }
                }
            }
        }
    }
}

impl Render for Gantt {
    fn render(&self) -> Markup {
        html! {
            section.timeline aria-label=(self.caption) {
                (self.drawing())
                (self.legend())
                details {
                    summary { (pick(self.lang, "以表格查看", "Show as a table")) }
                    div.scroll tabindex="0" role="group" aria-label=(self.caption) { (self.table()) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(from: Date, to: Date) -> Gantt {
        let (from, to) = (Moment::start_of(from), Moment::start_of(to));
        Gantt {
            lang: Lang::Zh,
            caption: String::new(),
            id: "t".to_owned(),
            from,
            to,
            now: from,
            lanes: Vec::new(),
        }
    }

    #[test]
    fn the_axis_bears_few_dates_whether_it_spans_days_or_a_term_of_seventy_years() {
        let first = Date::constant(2021, 3, 1);
        let table = [
            (Date::constant(2021, 3, 4), "3月1日"),
            (Date::constant(2022, 3, 1), "3月1日"),
            (Date::constant(2023, 3, 1), "2021-03-01"),
            (Date::constant(2027, 3, 1), "2023"),
            (Date::constant(2091, 3, 1), "2035"),
        ];
        for (last, expected) in table {
            let ticks = axis(first, last).ticks();
            assert!((1..=5).contains(&ticks.len()), "{last}: {ticks:?}");
            assert_eq!(ticks[0].1, expected, "{last}");
        }
    }

    #[test]
    fn what_lies_off_the_axis_is_drawn_at_its_edge() {
        let axis = axis(Date::constant(2021, 1, 1), Date::constant(2022, 1, 1));
        assert_eq!(axis.x(Moment::start_of(Date::constant(2020, 1, 1))), "0.00%");
        assert_eq!(axis.x(Moment::start_of(Date::constant(2030, 1, 1))), "100.00%");
        assert_eq!(axis.x(Moment::start_of(Date::constant(2021, 7, 2))), "49.86%");
    }
}
