//! The timeline of a case from its events: one bar an organ, what counted and what stood still.

use super::words;
use crate::desk::Loaded;
use crate::event::CaseEvent as E;
use crate::model::{Plan, Stop, Task, TaskPlan};
use calendar::Calendar;
use codes::{Date, Lang};
use maud::{Markup, html};
use portal::{Lane, Span, SpanState, Timeline, date_tag, details, pick};

/// The most days that the axis shows beyond today, so that a far limit does not flatten the bars.
const AHEAD_DAYS_MAX: usize = 45;

/// A change of what a bar says: from this day on this state, or nothing more.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mark {
    from: Date,
    state: Option<(SpanState, Option<String>)>,
}

/// The timeline of a case that was handed in.
pub(crate) fn timeline(
    loaded: &Loaded,
    plan: &Plan,
    calendar: &Calendar,
    today: Date,
    lang: Lang,
) -> Option<Timeline> {
    let from = loaded.case.submitted?;
    let lanes: Vec<Lane> =
        plan.tasks.iter().map(|row| lane(loaded, plan, row, today, lang)).collect();
    let last = lanes
        .iter()
        .flat_map(|lane| {
            lane.spans.iter().map(|span| span.to).chain(lane.promise).chain(lane.statutory)
        })
        .chain([today])
        .max()?;
    let latest = days_from(today, AHEAD_DAYS_MAX).last().unwrap_or(today);
    let to = last.min(latest).max(from);
    Some(Timeline {
        lang,
        caption: pick(lang, "各单位办理进度", "How far each organ is").to_owned(),
        id: "case".to_owned(),
        from,
        to,
        today: (from <= today && today <= to).then_some(today),
        rest_days: between(from, to).filter(|day| !calendar.is_workday(*day)).collect(),
        lanes,
    })
}

fn days_from(day: Date, days: usize) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(day), |day| day.tomorrow().ok()).take(days + 1)
}

fn between(from: Date, to: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(from), |day| day.tomorrow().ok()).take_while(move |day| *day <= to)
}

fn lane(loaded: &Loaded, plan: &Plan, row: &TaskPlan, today: Date, lang: Lang) -> Lane {
    let none = Task::default();
    let task = loaded.case.tasks.get(&row.name).unwrap_or(&none);
    let (tone, word) = words::task_state(task, lang);
    let marks = marks(loaded, plan, row, lang);
    Lane {
        organ: row.organ_label.get(lang).to_owned(),
        task: row.label.get(lang).to_owned(),
        state: (tone, word.to_owned()),
        spans: stopped(spans(&marks, today), &task.stops, today),
        promise: task.promise.map(|due| due.on),
        statutory: task.due.map(|due| due.on),
        href: Some(format!("#task-{}", row.name.replace('/', "-"))),
    }
}

/// What happened to one task, as changes of its bar.
fn marks(loaded: &Loaded, plan: &Plan, row: &TaskPlan, lang: Lang) -> Vec<Mark> {
    let of = |task: &String| *task == row.name;
    let mut marks = Vec::new();
    for event in &loaded.events {
        let day = event.at.date();
        let Ok(what) = event.read::<E>() else { continue };
        let state = match what {
            E::Submitted { .. } => {
                let cause = words::waits_for(plan, &loaded.case, &row.start, lang)
                    .or_else(|| words::waits_for_prior(plan, &loaded.case, row, lang));
                Some((SpanState::Waiting, cause))
            }
            E::SupplementAsked { task, .. } if of(&task) => Some((
                SpanState::Waiting,
                Some(pick(lang, "等待您补正", "waits for your answer").to_owned()),
            )),
            E::TaskReady { task, .. }
            | E::SupplementGiven { task, .. }
            | E::Accepted { task, .. }
                if of(&task) =>
            {
                Some((SpanState::Running, None))
            }
            E::OutcomeReady { task, .. } if of(&task) => {
                Some((SpanState::Waiting, words::waits_for(plan, &loaded.case, &row.issue, lang)))
            }
            E::Granted { task, .. }
            | E::Refused { task, .. }
            | E::AcceptanceRefused { task, .. }
            | E::TaskDropped { task, .. }
                if of(&task) =>
            {
                None
            }
            _ => continue,
        };
        marks.push(Mark { from: day, state });
    }
    marks
}

/// Stretches from marks: what an ended task did is done, and its last day is.
fn spans(marks: &[Mark], today: Date) -> Vec<Span> {
    let ended = marks.iter().any(|mark| mark.state.is_none());
    let mut spans = Vec::new();
    for (at, mark) in marks.iter().enumerate() {
        let next = marks.get(at + 1).map(|next| next.from);
        let Some((state, cause)) = &mark.state else {
            spans.push(Span {
                from: mark.from,
                to: mark.from,
                state: SpanState::Done,
                cause: None,
            });
            break;
        };
        let to = match next {
            Some(next) if next <= mark.from => continue,
            Some(next) => next.yesterday().unwrap_or(next),
            None => today.max(mark.from),
        };
        let state = if ended && *state == SpanState::Running { SpanState::Done } else { *state };
        spans.push(Span { from: mark.from, to, state, cause: cause.clone() });
    }
    spans
}

/// Lays stops of the clock over what ran.
fn stopped(spans: Vec<Span>, stops: &[Stop], today: Date) -> Vec<Span> {
    let mut all = spans;
    for stop in stops.iter().filter(|stop| stop.from <= today) {
        let to = stop.to.min(today);
        let mut cut = Vec::new();
        for span in all {
            if span.to < stop.from || to < span.from {
                cut.push(span);
                continue;
            }
            if span.from < stop.from
                && let Ok(before) = stop.from.yesterday()
            {
                cut.push(Span { to: before, ..span.clone() });
            }
            cut.push(Span {
                from: span.from.max(stop.from),
                to: span.to.min(to),
                state: SpanState::Stopped,
                cause: Some(stop.cause.clone()),
            });
            if to < span.to
                && let Ok(after) = to.tomorrow()
            {
                cut.push(Span { from: after, ..span });
            }
        }
        all = cut;
    }
    all
}

/// The days of a task's clock, each with how it counts and why; nothing before acceptance.
pub(crate) fn counted(
    row: &TaskPlan,
    task: &Task,
    calendar: &Calendar,
    today: Date,
    lang: Lang,
) -> Option<Markup> {
    let (accepted, due) = (task.accepted?, task.due?);
    let extension = row.extension.as_ref().filter(|_| task.extended);
    let clock = crate::law::running(&row.statutory, accepted, &task.stops, extension);
    let upto = if task.state.ended() { due.on } else { due.on.max(today) };
    let days = clock.days(upto, calendar).ok()?;
    let table = html! {
        p { (pick(lang, "依据：", "By ")) (row.source) }
        div.scroll tabindex="0" role="group" aria-label=(pick(lang, "逐日计算", "Day by day")) {
            table {
                caption { (pick(lang, "逐日计算", "Day by day")) }
                thead { tr {
                    th scope="col" { (pick(lang, "日期", "Day")) }
                    th.num scope="col" { (pick(lang, "第几天", "Count")) }
                    th scope="col" { (pick(lang, "为什么", "Why")) }
                } }
                tbody {
                    @for day in &days {
                        tr {
                            th scope="row" { (date_tag(lang, day.date)) }
                            td.num { @if day.counted { (day.ordinal) } @else { "–" } }
                            td { (day.why.label().get(lang)) }
                        }
                    }
                }
            }
        }
    };
    Some(details(pick(lang, "期限是怎么算的", "How the days are counted"), &table))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: i8) -> Date {
        Date::constant(2026, 2, n)
    }

    fn mark(n: i8, state: Option<SpanState>) -> Mark {
        Mark { from: day(n), state: state.map(|state| (state, None)) }
    }

    fn told(spans: &[Span]) -> Vec<(i8, i8, SpanState)> {
        spans.iter().map(|span| (span.from.day(), span.to.day(), span.state)).collect()
    }

    #[test]
    fn marks_become_stretches() {
        use SpanState::{Done, Running, Waiting};
        type Row = (Vec<Mark>, Vec<(i8, i8, SpanState)>);
        let table: [Row; 4] = [
            (vec![], vec![]),
            (vec![mark(12, Some(Waiting)), mark(12, Some(Running))], vec![(12, 16, Running)]),
            (
                vec![mark(12, Some(Waiting)), mark(13, Some(Running)), mark(16, None)],
                vec![(12, 12, Waiting), (13, 15, Done), (16, 16, Done)],
            ),
            (vec![mark(12, Some(Running)), mark(12, None)], vec![(12, 12, Done)]),
        ];
        for (marks, expected) in table {
            assert_eq!(told(&spans(&marks, day(16))), expected, "{marks:?}");
        }
    }

    #[test]
    fn a_stop_cuts_what_ran_and_never_reaches_beyond_today() {
        let ran = || vec![Span { from: day(10), to: day(20), state: Running, cause: None }];
        let stop = |from, to| Stop { cause: "检测".to_owned(), from: day(from), to: day(to) };
        use SpanState::{Running, Stopped};
        for (stops, expected) in [
            (vec![], vec![(10, 20, Running)]),
            (vec![stop(13, 14)], vec![(10, 12, Running), (13, 14, Stopped), (15, 20, Running)]),
            (vec![stop(18, 28)], vec![(10, 17, Running), (18, 20, Stopped)]),
            (vec![stop(21, 28)], vec![(10, 20, Running)]),
        ] {
            assert_eq!(told(&stopped(ran(), &stops, day(20))), expected, "{stops:?}");
        }
    }
}
