//! The board of supervisors and coordinators: organ by days left, the cases behind each number, reminders.
//!
//! They see clocks and states. What the party wrote they do not see.

mod chance;
mod many;

use super::officer::in_query;
use super::timeline;
use crate::command::CaseCommand;
use crate::desk::{Ask, Desk, Loaded, stamped};
use crate::error::CaseError;
use crate::http::{Visit, in_path, see};
use crate::model::TaskName;
use crate::pages::officer::{bar_of, left_days, marks_of, state_of};
use crate::queries::work::{self, Days, Load, View, Waiting, Wanted, WorkRow};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use calendar::Calendar;
use chance::Past;
use codes::Date;
use kernel::{Actor, OrganKey};
use maud::{Markup, html};
use module::{Denied, Platform, Subject, clear};
use portal::{
    Audience, Bar, Bars, Button, Column, Control, Failure, Field, Groups, Heat, HeatColumn,
    HeatRow, Page, Pager, Path, Posted, Pressure, Query, RequestError, Row, Table, code, csv,
    csv_response, date_tag, empty, stamp, stats, tag,
};
use serde::Deserialize;
use std::sync::Arc;

/// Tasks on one page.
const ROWS: u32 = 100;
/// The tasks decided last by which the chance of lateness is counted.
const PAST: u32 = 500;
/// The longest text of a reminder, in characters.
const WORDS_MAX: usize = 500;

/// The pages of supervisors and coordinators.
pub(crate) fn router(desk: &Arc<Desk>) -> Router<Platform> {
    Router::new()
        .route("/board", get(board))
        .route("/board/board.csv", get(export))
        .route("/board/organs/{organ}", get(organ))
        .route("/board/remind", post(many::remind))
        .route("/board/cases/{no}", get(case))
        .route("/board/cases/{no}/extend", get(ask_extend).post(extend))
        .route("/board/cases/{no}/tasks/{task}/{act}", get(ask_speak).post(speak))
        .layer(Extension(Arc::clone(desk)))
}

/// Of which place, which days, and where the list goes on.
#[derive(Clone, Debug, Default, Deserialize)]
struct Asked {
    place: Option<String>,
    days: Option<String>,
    after: Option<String>,
}

/// The place of an officer's organ, as its key says it.
fn place_of(organ: &OrganKey) -> &str {
    organ.as_str().split_once('-').map_or("", |(place, _)| place)
}

/// The place that is looked at, if this person may: her own unless she asks for another.
fn watched(visit: &Visit, asked: Option<&str>) -> Result<String, Failure> {
    let own = visit.actor.organ().map_or("", place_of);
    let place = asked.filter(|place| !place.is_empty()).unwrap_or(own).to_owned();
    let on = Subject { place: place.clone(), ..Subject::new("Case", "board") };
    clear(&*visit.platform.gate, &visit.actor, "case.watch", &on)?;
    Ok(place)
}

fn days(calendar: &Calendar, today: Date) -> Result<Days, Failure> {
    let after =
        |n| calendar.add_workdays(today, n).map_err(|error| Failure::from(CaseError::Term(error)));
    Ok(Days { today, close: after(1)?, near: after(5)? })
}

/// The columns of the map: word, how pressing, text.
const COLUMNS: [(&str, Pressure, &str, &str); 6] = [
    ("overdue", Pressure::Overdue, "已超期", "Overdue"),
    ("close", Pressure::Close, "今明两个工作日", "Today and the next working day"),
    ("near", Pressure::Near, "五个工作日内", "Within five working days"),
    ("far", Pressure::Far, "五个工作日以上", "Later"),
    ("stopped", Pressure::Stopped, "依法暂停", "Stopped by law"),
    ("party", Pressure::Stopped, "待申请人补正", "With the applicant"),
];

fn cells(load: &Load) -> [u64; 6] {
    [load.overdue, load.close, load.near, load.far, load.stopped, load.with_party]
}

/// The heat map: organ by days left.
async fn board(visit: Visit, Query(asked): Query<Asked>) -> Result<Markup, Failure> {
    let place = watched(&visit, asked.place.as_deref())?;
    let now = visit.platform.clock.now();
    let days = days(&visit.desk.law.calendar(), now.date())?;
    let loads = work::loads(&*visit.platform.reader, &place, days).await?;
    let waiting = work::waiting(&*visit.platform.reader, &place).await?;
    let lang = visit.frame.lang;
    let href = |organ: &str, column: &str| {
        format!("/board/organs/{}?place={}&days={column}", in_query(organ), in_query(&place))
    };
    let rows = loads
        .iter()
        .map(|load| HeatRow {
            label: load.label.get(lang).to_owned(),
            href: Some(format!(
                "/board/organs/{}?place={}",
                in_query(&load.organ),
                in_query(&place)
            )),
            cells: cells(load)
                .into_iter()
                .zip(COLUMNS)
                .map(|(n, (word, ..))| (n, href(&load.organ, word)))
                .collect(),
        })
        .collect();
    let sum = |pick: fn(&Load) -> u64| loads.iter().map(pick).sum::<u64>().to_string();
    let open = loads.iter().flat_map(cells).sum::<u64>().to_string();
    let title = visit.t("督办", "Supervision");
    let place_label = place
        .parse()
        .map(|division| visit.desk.offer().catalogue.place_label(division).get(lang).to_owned())
        .unwrap_or_default();
    let body = html! {
        h1 { (title) @if !place_label.is_empty() { " · " (place_label) } }
        (stats(&[
            (visit.t("在办环节", "Open tasks"), open, None),
            (visit.t("已超期", "Overdue"), sum(|load| load.overdue), None),
            (visit.t("依法暂停", "Stopped by law"), sum(|load| load.stopped), None),
        ]))
        @if loads.is_empty() {
            (empty(visit.t("没有在办环节", "No open task"), visit.t("办件提交后，各单位的在办环节会出现在这里。", "Open tasks appear here once cases are handed in."), None))
        } @else {
            (Heat {
                lang,
                caption: format!("{} · {}", visit.t("在办环节：单位 × 剩余工作日", "Open tasks: organ by working days left"), portal::moment(lang, now)),
                row_name: visit.t("单位", "Organ").to_owned(),
                columns: COLUMNS.into_iter().map(|(_, pressure, zh, en)| HeatColumn { pressure, label: visit.t(zh, en).to_owned() }).collect(),
                rows,
            })
            p { a href={ "/board/board.csv?place=" (in_query(&place)) } download { (visit.t("导出 CSV", "Export CSV")) } }
            (ages(&visit, &loads, &waiting, &place, days.today))
        }
    };
    Ok(Page::new(title).audience(Audience::Officer).wide().render(&visit.frame, &body))
}

/// The classes of the age of a queue: up to so many working days since receipt.
const AGES: [(i64, &str); 5] =
    [(1, "0–1"), (3, "2–3"), (5, "4–5"), (10, "6–10"), (i64::MAX, "11+")];

/// How long the open tasks of each organ have been there, side by side.
fn ages(visit: &Visit, loads: &[Load], waiting: &[Waiting], place: &str, today: Date) -> Bars {
    let calendar = visit.desk.law.calendar();
    let lang = visit.frame.lang;
    let charts = loads.iter().map(|load| {
        let mut counts = [0_i64; AGES.len()];
        for part in waiting.iter().filter(|part| part.organ == load.organ) {
            let age = calendar.workdays_between(part.received, today);
            let class = AGES.iter().position(|(upto, _)| age <= *upto);
            if let Some(count) = class.and_then(|class| counts.get_mut(class)) {
                *count = count.saturating_add(i64::try_from(part.tasks).unwrap_or(i64::MAX));
            }
        }
        let bars = AGES.iter().zip(counts).map(|((_, label), n)| Bar {
            label: (*label).to_owned(),
            n,
            late: false,
        });
        let href = format!("/board/organs/{}?place={}", in_query(&load.organ), in_query(place));
        (load.label.get(lang).to_owned(), Some(href), bars.collect())
    });
    let caption = visit.t(
        "在办环节的排队时间：自收到起的工作日",
        "How long open tasks have waited: working days since receipt",
    );
    Bars { lang, caption: caption.to_owned(), charts: charts.collect() }
}

/// The heat map as CSV.
async fn export(visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Failure> {
    let place = watched(&visit, asked.place.as_deref())?;
    let today = visit.platform.clock.now().date();
    let days = days(&visit.desk.law.calendar(), today)?;
    let loads = work::loads(&*visit.platform.reader, &place, days).await?;
    let lang = visit.frame.lang;
    let mut head = vec![visit.t("单位", "Organ")];
    head.extend(COLUMNS.map(|(_, _, zh, en)| visit.t(zh, en)));
    let lines: Vec<Vec<String>> = loads
        .iter()
        .map(|load| {
            let numbers = cells(load).map(|n| n.to_string());
            std::iter::once(load.label.get(lang).to_owned()).chain(numbers).collect()
        })
        .collect();
    let text = csv(&head, lines.iter().map(|line| line.iter().map(String::as_str)));
    Ok(csv_response(&format!("board-{place}-{today}"), text))
}

/// The tasks behind one number of the map.
fn wanted(organ: &str, place: &str, column: Option<&str>, days: Days) -> Option<Wanted> {
    let next = |day: Date| day.tomorrow().unwrap_or(day);
    let (view, pressing) = match column {
        None | Some("") => (View::All, None),
        Some("overdue") => {
            (View::All, Some((Date::MIN, days.today.yesterday().unwrap_or(days.today))))
        }
        Some("close") => (View::All, Some((days.today, days.close))),
        Some("near") => (View::All, Some((next(days.close), days.near))),
        Some("far") => (View::All, Some((next(days.near), Date::MAX))),
        Some("stopped") => (View::Stopped, None),
        Some("party") => (View::Supplement, None),
        Some(_) => return None,
    };
    let place = Some(place.to_owned()).filter(|place| !place.is_empty());
    Some(Wanted { organ: organ.to_owned(), view, service: None, place, pressing })
}

/// The tasks of an organ, as far as their clocks.
async fn organ(
    visit: Visit,
    Path(organ): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Markup, Failure> {
    let place = watched(&visit, asked.place.as_deref())?;
    let today = visit.platform.clock.now().date();
    let calendar = visit.desk.law.calendar();
    let wanted = wanted(&organ, &place, asked.days.as_deref(), days(&calendar, today)?);
    let wanted = wanted.ok_or(RequestError::NotFound)?;
    let reader = &*visit.platform.reader;
    let rows = work::worklist(reader, &wanted, today, asked.after.as_deref(), ROWS).await?;
    let past = Past::of(&work::took(reader, &organ, PAST).await?, &calendar);
    let lang = visit.frame.lang;
    let here = format!(
        "/board/organs/{}?place={}&days={}",
        in_query(&organ),
        in_query(&place),
        asked.days.as_deref().map(in_query).unwrap_or_default()
    );
    let full = usize::try_from(ROWS).is_ok_and(|most| rows.len() >= most);
    let next =
        rows.last().filter(|_| full).map(|last| format!("{here}&after={}", in_query(&last.key)));
    let first = asked.after.as_ref().map(|_| here.clone());
    let columns = [
        ("办件", "Case"),
        ("编号", "Number"),
        ("环节", "Task"),
        ("状态", "State"),
        ("期限", "Due"),
        ("剩余", "Left"),
        ("超期可能", "Chance of lateness"),
        ("标记", "Marks"),
    ]
    .map(|(zh, en)| Column::new(visit.t(zh, en)));
    let nothing = empty(
        visit.t("这里没有环节", "No task here"),
        visit.t("选择热力图中的其他数字。", "Choose another number of the map."),
        None,
    );
    // Who only looks on reminds nobody.
    let acts = matches!(&visit.actor, Actor::Officer { role, .. } if role == "coordinator");
    let lines: Vec<Row> =
        rows.iter().map(|row| line(&visit, row, &past, &calendar, today, acts)).collect();
    let any = acts && !lines.is_empty();
    let known = visit.desk.offer().catalogue.directory().organ(&OrganKey::new(&organ), today).ok();
    let title = known.map_or_else(|| organ.clone(), |known| known.label.get(lang).to_owned());
    let body = html! {
        h1 { (title) }
        form method="post" action="/board/remind" {
            (Table::new(lang, title.as_str(), columns.into(), lines).pager(Pager { first, next }).empty(nothing).live_filter().keys())
            @if any {
                div.acts { (Button::second(visit.t("催办所选环节", "Remind the chosen tasks"), "ask")) }
                p.hint { (visit.t(
                    "超期可能：在本单位近期办结的同类环节中，已用时间不短于本件的，有多少最后超过了本件还能用的时间。",
                    "Chance of lateness: of the tasks of the same service that this organ decided lately and that had run as long, how many took longer than this one may.",
                )) }
            }
        }
    };
    let page = Page::new(title)
        .crumb(visit.t("督办", "Supervision"), format!("/board?place={}", in_query(&place)));
    Ok(page.audience(Audience::Officer).wide().render(&visit.frame, &body))
}

fn line(
    visit: &Visit,
    row: &WorkRow,
    past: &Past,
    calendar: &Calendar,
    today: Date,
    acts: bool,
) -> Row {
    let lang = visit.frame.lang;
    let (tone, word) = state_of(&row.state, lang);
    let at = format!("/board/cases/{}/tasks/{}", row.no, in_path(&row.task));
    let known = Row::new(vec![
        html! { (row.title) },
        code(Groups::Whole, &row.no),
        html! { (row.label.get(lang)) },
        tag(tone, word),
        html! { @if let Some(day) = row.pressing() { (date_tag(lang, day)) } },
        bar_of(row, calendar, today, lang),
        past.shown(row, calendar, today, lang),
        marks_of(row, today, lang),
    ])
    .href(format!("/board/cases/{}", row.no))
    .late(row.pressing().is_some_and(|day| left_days(calendar, today, day) < 0));
    if !acts {
        return known;
    }
    let choose = visit.t("选择 ", "Choose ");
    known
        .pick(
            many::PICKED,
            many::value(&row.no, &row.task),
            format!("{choose}{} {}", row.title, row.label.get(lang)),
        )
        .act('m', visit.t("催办", "Remind"), format!("{at}/remind"))
        .act('e', visit.t("督办", "Escalate"), format!("{at}/escalate"))
}

/// A case that was handed in, for an act on its clocks.
async fn loaded(
    visit: &Visit,
    no: &str,
    action: &'static str,
    task: Option<&str>,
) -> Result<Loaded, Failure> {
    if visit.actor == Actor::Public {
        return Err(Denied::SignedOut.into());
    }
    let loaded = visit.desk.load(&visit.platform, no).await?;
    loaded.permit(&visit.platform, &visit.actor, action, task)?;
    if loaded.case.submitted.is_none() {
        return Err(CaseError::NoSuchCase.into());
    }
    Ok(loaded)
}

/// The clocks of one case.
async fn case(visit: Visit, Path(no): Path<String>) -> Result<Markup, Failure> {
    let loaded = loaded(&visit, &no, "case.watch", None).await?;
    let lang = visit.frame.lang;
    let plan = loaded.plan()?;
    let today = visit.platform.clock.now().date();
    let calendar = visit.desk.law.calendar();
    let case = &loaded.case;
    let may = |action, task| loaded.permit(&visit.platform, &visit.actor, action, task).is_ok();
    let open: Vec<&TaskName> =
        case.tasks.iter().filter(|(_, task)| task.state.open()).map(|(name, _)| name).collect();
    let title = case.title.clone();
    let body = html! {
        h1 { (title) }
        p { (code(Groups::Whole, &case.no.0)) " " (visit.t("并联总期限：", "Joint limit: ")) @match case.joint { Some(joint) => (date_tag(lang, joint.on)), None => "–" } }
        @if let Some(timeline) = timeline::timeline(&loaded, &plan, &calendar, today, lang) { (timeline) }
        @if !open.is_empty() && !case.state.over() {
            h2 { (visit.t("在办环节", "Open tasks")) }
            ul.bullets {
                @for name in open {
                    @if let Some(row) = plan.task(name) {
                        li {
                            (row.label.get(lang)) " · " (row.organ_label.get(lang)) " "
                            @for (act, action, zh, en) in SPOKEN {
                                @if may(action, Some(name.as_str())) { a href={ "/board/cases/" (case.no) "/tasks/" (in_path(name)) "/" (act) } { (visit.t(zh, en)) } " " }
                            }
                        }
                    }
                }
            }
            @if may("case.extend_joint", None) && !case.joint_extended && case.joint.is_some() {
                p { (Button::second_link(visit.t("延长并联总期限", "Extend the joint limit"), format!("/board/cases/{}/extend", case.no))) }
            }
        }
    };
    let page = Page::new(title).crumb(visit.t("督办", "Supervision"), "/board");
    Ok(page.audience(Audience::Officer).wide().render(&visit.frame, &body))
}

/// What a coordinator can say to an organ: word, action, text.
const SPOKEN: [(&str, &str, &str, &str); 2] = [
    ("remind", "task.remind", "催办", "Remind"),
    ("escalate", "task.escalate", "督办", "Escalate"),
];

fn spoken(act: &str) -> Result<(&'static str, &'static str, &'static str), Failure> {
    let found = SPOKEN.into_iter().find(|(word, ..)| *word == act);
    found.map(|(_, action, zh, en)| (action, zh, en)).ok_or_else(|| RequestError::NotFound.into())
}

async fn ask_speak(
    visit: Visit,
    Path((no, task, act)): Path<(String, String, String)>,
) -> Result<Markup, Failure> {
    let (action, zh, en) = spoken(&act)?;
    let loaded = loaded(&visit, &no, action, Some(&task)).await?;
    let plan = loaded.plan()?;
    let row = plan.task(&task).ok_or_else(|| CaseError::NoSuchTask(task.clone()))?;
    let lang = visit.frame.lang;
    let to = html! { p { (loaded.case.title) " · " (row.label.get(lang)) " · " (row.organ_label.get(lang)) } };
    let at = format!("/board/cases/{}/tasks/{}/{act}", loaded.case.no, in_path(&task));
    words_page(&visit, &loaded, visit.t(zh, en), &to, ("text", visit.t("内容", "Words")), &at)
}

/// A page that asks for words and posts them.
fn words_page(
    visit: &Visit,
    loaded: &Loaded,
    title: &str,
    about: &Markup,
    (name, label): (&str, &str),
    at: &str,
) -> Result<Markup, Failure> {
    let control = Control::Area { max: Some(WORDS_MAX), lines: 4 };
    let back = format!("/board/cases/{}", loaded.case.no);
    let body = html! {
        h1 { (title) }
        (about)
        form method="post" action=(at) {
            (stamp(&visit.desk.fresh_id()?.to_string(), None))
            (Field::new(visit.frame.lang, name, label, control).required(true))
            div.acts { (Button::main(title, "send")) a href=(back) { (visit.t("返回，不作更改", "Go back without changing anything")) } }
        }
    };
    let page = Page::new(title.to_owned())
        .crumb(visit.t("督办", "Supervision"), "/board")
        .crumb(loaded.case.title.clone(), back);
    Ok(page.audience(Audience::Officer).render(&visit.frame, &body))
}

async fn speak(
    visit: Visit,
    Path((no, task, act)): Path<(String, String, String)>,
    posted: Posted,
) -> Result<Response, Failure> {
    let (action, ..) = spoken(&act)?;
    let loaded = loaded(&visit, &no, action, Some(&task)).await?;
    let text = words(&posted, "text");
    let command = match action {
        "task.remind" => CaseCommand::Remind { task: task.clone(), text },
        _ => CaseCommand::Escalate { task: task.clone(), text },
    };
    send(&visit, &loaded, action, Some(&task), &posted, &command).await
}

fn words(posted: &Posted, name: &str) -> String {
    posted.get(name).unwrap_or_default().chars().take(WORDS_MAX).collect()
}

async fn send(
    visit: &Visit,
    loaded: &Loaded,
    action: &'static str,
    task: Option<&str>,
    posted: &Posted,
    command: &CaseCommand,
) -> Result<Response, Failure> {
    let (id, expected) = stamped(posted)?;
    let ask = Ask { actor: &visit.actor, action, task, id, expected };
    visit.desk.submit(&visit.platform, ask, loaded, command).await?;
    Ok(see(&format!("/board/cases/{}", loaded.case.no)))
}

async fn ask_extend(visit: Visit, Path(no): Path<String>) -> Result<Markup, Failure> {
    let loaded = loaded(&visit, &no, "case.extend_joint", None).await?;
    let plan = loaded.plan()?;
    let by = plan.joint.as_ref().map(|joint| joint.extension.to_string()).unwrap_or_default();
    let source = plan.joint.as_ref().map(|joint| joint.source.clone()).unwrap_or_default();
    let about = html! {
        p { (loaded.case.title) }
        p { (visit.t("经本级人民政府负责人批准，可延长一次：", "With the approval of the head of the local government, once by ")) (by) " · " (source) }
    };
    let at = format!("/board/cases/{}/extend", loaded.case.no);
    let title = visit.t("延长并联总期限", "Extend the joint limit");
    words_page(&visit, &loaded, title, &about, ("reason", visit.t("理由", "Why")), &at)
}

async fn extend(visit: Visit, Path(no): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let loaded = loaded(&visit, &no, "case.extend_joint", None).await?;
    let command = CaseCommand::ExtendDeadline { task: None, reason: words(&posted, "reason") };
    send(&visit, &loaded, "case.extend_joint", None, &posted, &command).await
}
