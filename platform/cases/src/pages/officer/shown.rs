//! How a task is shown to the officer: states, her service's projection, the clock, other organs' states.

use super::Open;
use crate::error::DeskError;
use crate::model::{Task, TaskState};
use crate::pages::timeline;
use crate::queries::work::View;
use calendar::Calendar;
use codes::{Coded as _, Date, Label, Lang};
use elements::{Kind, Value};
use forms::{Answers, Asked, Cell, Entry, Group, MoneyUnit, Owner, Payload, Projection};
use maud::{Markup, html};
use portal::{
    Button, Choice, Column, Control, Fact, Failure, Field, Notice, Row, Table, Tone, date_tag,
    days_left, details, facts, inset, money, pick, tag,
};
use std::collections::BTreeSet;

/// The name of a view.
pub(crate) fn view_label(view: View) -> Label {
    match view {
        View::All => Label::new("全部在办", "Open"),
        View::New => Label::new("待受理", "To accept"),
        View::Working => Label::new("审查中", "Under review"),
        View::Supplement => Label::new("待补正", "With the applicant"),
        View::Stopped => Label::new("暂停", "Stopped"),
        View::Overdue => Label::new("已超期", "Overdue"),
        View::Decided => Label::new("已办", "Decided"),
    }
}

/// Where a task stands, as officers say it, by its word in a table.
pub(crate) fn state_of(word: &str, lang: Lang) -> (Tone, &'static str) {
    match word {
        "waiting" => (Tone::Plain, pick(lang, "待前置", "waits for another")),
        "ready" => (Tone::Active, pick(lang, "待受理", "to accept")),
        "working" => (Tone::Active, pick(lang, "审查中", "under review")),
        "visiting" => (Tone::Active, pick(lang, "现场核查", "site visit")),
        "ready_to_issue" => (Tone::Active, pick(lang, "已审定，待发", "decided, to be issued")),
        "ready_to_serve" => (Tone::Active, pick(lang, "已审定，待送达", "decided, to be served")),
        "granted" => (Tone::Good, pick(lang, "准予", "granted")),
        "refused" => (Tone::Loss, pick(lang, "不予", "refused")),
        _ => (Tone::Plain, pick(lang, "退出", "dropped")),
    }
}

/// What the service of the task reads, and nothing more (E10).
///
/// # Errors
/// `VALUES`: the answers on record do not fit the form any more.
pub(crate) fn payload<'a>(open: &'a Open, completed: &'a Answers) -> Result<Payload<'a>, Failure> {
    forms::project(completed, &open.form, &open.definition.maps).map_err(|errors| {
        let pairs = errors.iter().map(|e| (e.spot.to_string(), e.problem.reason().to_owned()));
        DeskError::Values(pairs.collect()).into()
    })
}

/// The cards of the persons whom the service reads about.
pub(crate) fn persons_in(open: &Open, completed: &Answers) -> Vec<String> {
    let roles = open.form.groups.iter().filter(|group| group.owner == Owner::Role);
    let cards: BTreeSet<String> = roles
        .filter_map(|group| group.subject.as_ref())
        .flat_map(|subject| completed.holders(subject.key.as_str()))
        .filter_map(|pointer| pointer.card.as_ref().map(ToString::to_string))
        .collect();
    cards.into_iter().collect()
}

fn value(asked: &Asked, cell: &Cell<'_>, lang: Lang) -> Markup {
    let Some(value) = cell.value() else { return html! { "–" } };
    let shown = match (&asked.element.kind, value) {
        (Kind::Money, Value::Int(fen)) => money(lang, *fen),
        (Kind::Money, other) => in_unit(other.as_text().unwrap_or_default(), asked, lang),
        _ => html! { (asked.element.show(value, lang)) },
    };
    let exact = match cell {
        Cell::Shaped(shaped) if shaped.display_only => shaped.exact,
        _ => None,
    };
    html! {
        (shown)
        @if let Some(exact) = exact {
            " " span.quiet { (pick(lang, "（精确值 ", "(exactly ")) (asked.element.show(exact, lang)) (pick(lang, "）", ")")) }
        }
    }
}

/// Money as the service takes it, with its unit; zeros that say nothing are left out.
fn in_unit(text: &str, asked: &Asked, lang: Lang) -> Markup {
    let unit = match asked.projection {
        Projection::Money { unit: MoneyUnit::Wan, .. } => pick(lang, "万元", " × 10,000 yuan"),
        _ => pick(lang, "元", " yuan"),
    };
    let short = match text.split_once('.') {
        Some(_) => text.trim_end_matches('0').trim_end_matches('.'),
        None => text,
    };
    html! { span.money { (short) (unit) } }
}

fn subject_label(open: &Open, group: &Group, lang: Lang) -> String {
    let Some(subject) = &group.subject else {
        return pick(lang, "企业与申请事项", "Enterprise and application").to_owned();
    };
    let key = subject.key.as_str();
    let dictionary = &open.definition.dictionary;
    let label = dictionary
        .role(key)
        .map(|role| &role.label)
        .or_else(|| dictionary.row(key).map(|row| &row.label));
    label.map_or_else(|| key.to_owned(), |label| label.get(lang).to_owned())
}

fn plain(group: &Group, entries: &[Entry<'_, '_>], lang: Lang) -> Markup {
    let lines: Vec<Fact> = entries
        .iter()
        .flat_map(|entry| group.fields.iter().zip(entry.cells))
        .map(|(asked, cell)| Fact::new(asked.element.label.get(lang), value(asked, cell, lang)))
        .collect();
    facts(lang, &lines)
}

fn rows(title: &str, group: &Group, entries: &[Entry<'_, '_>], lang: Lang) -> Markup {
    let columns =
        group.fields.iter().map(|asked| Column::new(asked.element.label.get(lang))).collect();
    let lines = entries
        .iter()
        .map(|entry| {
            let cells = group.fields.iter().zip(entry.cells);
            Row::new(cells.map(|(asked, cell)| value(asked, cell, lang)).collect())
        })
        .collect();
    html! { (Table::new(lang, title, columns, lines).captioned()) }
}

/// The projection. Persons stay closed until a look at them is recorded.
pub(crate) fn projection(open: &Open, payload: &Payload<'_>, persons: bool, lang: Lang) -> Markup {
    html! {
        @for (group, entries) in payload.groups() {
            @let title = subject_label(open, group, lang);
            @if group.owner != Owner::Role || persons {
                @if group.subject.as_ref().is_some_and(|subject| subject.many) {
                    div.group { (rows(&title, group, &entries, lang)) }
                } @else {
                    section.group aria-label=(title) {
                        h3 { (title) }
                        (plain(group, &entries, lang))
                    }
                }
            }
        }
    }
}

/// The purposes of a look at persons, in the words that the record keeps.
pub(crate) const PURPOSES: [(&str, &str); 4] = [
    ("受理审查", "Reviewing for acceptance"),
    ("核对补正", "Checking a supplement"),
    ("现场核查", "Site visit"),
    ("作出决定", "Deciding"),
];

/// The closed door before the persons: who they are by role, and the purpose that opens it.
pub(crate) fn closed_persons(open: &Open, stamp: &Markup, lang: Lang) -> Markup {
    let roles: Vec<String> = open
        .form
        .groups
        .iter()
        .filter(|group| group.owner == Owner::Role)
        .map(|group| subject_label(open, group, lang))
        .collect();
    let purposes = PURPOSES.map(|(zh, en)| Choice::new(zh, pick(lang, zh, en))).into();
    html! {
        @if !roles.is_empty() {
            section.group aria-label=(pick(lang, "人员", "Persons")) {
                h3 { (pick(lang, "人员信息", "Persons")) }
                p { (roles.join(pick(lang, "、", ", "))) }
                (inset(&html! { p { (pick(lang, "查看人员信息须说明目的；查看人、时间和目的都会记入办件，当事人可以查询。", "Say for what you look. Who looks, when and for what is recorded in the case, and the persons can see it.")) } }))
                form method="post" action={ (open.address()) "/persons" } {
                    (stamp)
                    (Field::new(lang, "purpose", pick(lang, "查看目的", "Purpose"), Control::Radios(purposes)).required(true))
                    div.acts { (Button::second(pick(lang, "查看人员信息", "Show the persons"), "persons")) }
                }
            }
        }
    }
}

/// What was just recorded.
pub(crate) fn recorded(purpose: &str, lang: Lang) -> Markup {
    let title = pick(lang, "这次查看已记录", "This look is recorded");
    html! { (Notice::new(Tone::Active, title, html! { p { (pick(lang, "目的：", "Purpose: ")) (purpose) } })) }
}

/// The clock: days used, days left, and why days do not count.
pub(crate) fn clock(
    open: &Open,
    task: &Task,
    calendar: &Calendar,
    today: Date,
    lang: Lang,
) -> Markup {
    let t = |zh, en| pick(lang, zh, en);
    let case = &open.loaded.case;
    let mut known = Vec::new();
    let mut day = |zh, en, day: Option<Date>| {
        if let Some(day) = day {
            known.push(Fact::new(t(zh, en), date_tag(lang, day)));
        }
    };
    day("收到", "Received", task.received);
    day("逾期视为受理", "Silence accepts after", task.silence.map(|due| due.on));
    let answer = task.wanted.as_ref().and_then(|wanted| wanted.until);
    day("补正期限", "Supplement due", answer.map(|due| due.on));
    day("受理", "Accepted", task.accepted);
    day("承诺期限", "Promised day", task.promise.map(|due| due.on));
    day("本环节法定期限", "Statutory day of the task", task.due.map(|due| due.on));
    day("并联总期限", "Joint limit", case.joint.map(|due| due.on));
    day("现场核查", "Site visit", task.visit);
    let limit = case.limit(task);
    let extension = open.row.extension.as_ref().filter(|_| task.extended);
    let tally = task.accepted.and_then(|accepted| {
        let clock = crate::law::running(&open.row.statutory, accepted, &task.stops, extension);
        clock.tally(today, calendar).ok()
    });
    let stopped = task.stops.iter().find(|stop| stop.from <= today && today <= stop.to);
    html! {
        section.group aria-label=(t("期限", "Clock")) {
            h2 { (t("期限", "Clock")) }
            @if let Some(tally) = tally.filter(|_| task.state.open()) {
                p {
                    (days_left(lang, if tally.over > 0 { -i64::from(tally.over) } else { i64::from(tally.left) }, i64::from(tally.used + tally.left), stopped.map(|stop| stop.cause.as_str())))
                    " " span.quiet { (t("已用 ", "used ")) (tally.used) (t(" 天", " days")) }
                }
            }
            @if limit.is_some_and(|limit| limit.provisional) { p { (tag(Tone::Time, t("暂定：放假通知公布后重算", "provisional: recomputed when the holiday notice arrives"))) } }
            @if limit != task.due && task.due.is_some() { p { (t("并联总期限先到，以其为准。", "The joint limit comes first and rules.")) } }
            (facts(lang, &known))
            @if !task.stops.is_empty() {
                ul.bullets { @for stop in &task.stops { li { (stop.cause) " " (date_tag(lang, stop.from)) "–" (date_tag(lang, stop.to)) } } }
            }
            @if let Some(days) = timeline::counted(&open.row, task, calendar, today, lang) { (days) }
        }
    }
}

/// How far the other organs are: the state alone, as far as lawful.
pub(crate) fn others(open: &Open, lang: Lang) -> Markup {
    let t = |zh, en| pick(lang, zh, en);
    let rows = open
        .plan
        .tasks
        .iter()
        .filter(|row| row.name != open.row.name)
        .map(|row| {
            let state =
                open.loaded.case.tasks.get(&row.name).map_or(TaskState::Waiting, |t| t.state);
            let (tone, word) = state_of(state.word(), lang);
            let needs = open.row.start.contains(&row.name) || open.row.issue.contains(&row.name);
            Row::new(vec![
                html! { (row.label.get(lang)) },
                html! { (row.organ_label.get(lang)) },
                tag(tone, word),
                html! { @if needs { (t("本环节的前置", "needed by this task")) } },
            ])
        })
        .collect();
    let columns = [("环节", "Task"), ("单位", "Organ"), ("状态", "State"), ("关系", "Bearing")]
        .map(|(zh, en)| Column::new(t(zh, en)));
    let table =
        html! { (Table::new(lang, t("其他单位的进度", "Other organs"), columns.into(), rows)) };
    details(t("其他单位的进度", "How far the other organs are"), &table)
}

/// A label for a path of the form: subject and attribute.
pub(crate) fn path_label(open: &Open, group: &Group, asked: &Asked, lang: Lang) -> String {
    match &group.subject {
        None => asked.element.label.get(lang).to_owned(),
        Some(_) => {
            format!("{} · {}", subject_label(open, group, lang), asked.element.label.get(lang))
        }
    }
}
