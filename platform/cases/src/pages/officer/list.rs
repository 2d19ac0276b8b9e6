//! The worklist of an organ, its export, search, and the tasks of one case.

use super::in_query;
use super::shown::{state_of, view_label};
use crate::http::{Visit, in_path, see};
use crate::queries::work::{self, Counts, Scope, View, Wanted, WorkRow};
use axum::response::{IntoResponse as _, Response};
use calendar::Calendar;
use codes::{Date, Lang};
use kernel::{Actor, OrganKey};
use maud::{Markup, html};
use module::{Denied, Subject, clear};
use portal::{
    Audience, Column, Control, Failure, Field, Filter, Groups, Page, Pager, Path, Query, Row, Sort,
    Table, Tone, code, csv, csv_response, date_tag, days_left, empty, short_date, tag,
};
use serde::Deserialize;

/// Tasks on one page.
const ROWS: u32 = 50;
/// The most tasks of an export, and how many are read at once.
const EXPORT_MAX: usize = 20_000;
const EXPORT_PART: u32 = 1_000;

/// What the address of a worklist asks for.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Asked {
    /// Which view.
    view: Option<String>,
    /// Which service.
    service: Option<String>,
    /// Which place.
    place: Option<String>,
    /// After which row.
    after: Option<String>,
}

impl Asked {
    fn view(&self) -> View {
        self.view.as_deref().and_then(View::of).unwrap_or_default()
    }

    fn wanted(&self, organ: &OrganKey) -> Wanted {
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        Wanted {
            organ: organ.to_string(),
            view: self.view(),
            service: filled(&self.service),
            place: filled(&self.place),
            pressing: None,
        }
    }

    /// The address of another list: what is not said stays as it is.
    fn href(&self, path: &str, view: View, service: Option<&str>, after: Option<&str>) -> String {
        let mut href = format!("{path}?view={}", view.word());
        let parts = [("service", service), ("place", self.place.as_deref()), ("after", after)];
        for (name, value) in parts {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                href.push_str(&format!("&{name}={}", in_query(value)));
            }
        }
        href
    }
}

/// The organ of whoever may see its worklist.
fn organ(visit: &Visit) -> Result<OrganKey, Failure> {
    let organ = visit.actor.organ().cloned();
    let on = Subject { organ: organ.clone(), ..Subject::new("Task", "worklist") };
    clear(&*visit.platform.gate, &visit.actor, "task.worklist", &on)?;
    let refused = match visit.actor {
        Actor::Public => Denied::SignedOut,
        _ => Denied::NotEntitled { action: "task.worklist", kind: "Task", id: on.id },
    };
    organ.ok_or_else(|| refused.into())
}

/// The worklist: what waits for this organ, by the day that presses most.
pub(crate) async fn worklist(visit: Visit, Query(asked): Query<Asked>) -> Result<Markup, Failure> {
    let organ = organ(&visit)?;
    let today = visit.platform.clock.now().date();
    let reader = &*visit.platform.reader;
    let wanted = asked.wanted(&organ);
    let rows = work::worklist(reader, &wanted, today, asked.after.as_deref(), ROWS).await?;
    let counts = work::counts(reader, organ.as_str(), today).await?;
    let title = visit.t("待办", "Worklist");
    let body = html! {
        h1 { (title) }
        (search_form(&visit, ""))
        (services(&visit, &asked, &organ))
        (table(&visit, &asked, &rows, counts, today))
    };
    Ok(Page::new(title).audience(Audience::Officer).wide().render(&visit.frame, &body))
}

fn table(visit: &Visit, asked: &Asked, rows: &[WorkRow], counts: Counts, today: Date) -> Table {
    let lang = visit.frame.lang;
    let view = asked.view();
    let service = asked.service.as_deref();
    let calendar = visit.desk.law.calendar();
    let filters = View::ALL
        .into_iter()
        .map(|one| Filter {
            label: view_label(one).get(lang).to_owned(),
            href: asked.href("/work", one, service, None),
            count: counts.of(one),
            active: one == view,
        })
        .collect();
    let full = usize::try_from(ROWS).is_ok_and(|most| rows.len() >= most);
    let next = rows
        .last()
        .filter(|_| full)
        .map(|last| asked.href("/work", view, service, Some(&last.key)));
    let first = asked.after.as_ref().map(|_| asked.href("/work", view, service, None));
    let teaching = visit.t(
        "新的办件提交后会出现在这里，按期限排列。",
        "New cases appear here when they are handed in, sorted by due day.",
    );
    let lines = rows.iter().map(|row| line(row, &calendar, today, lang)).collect();
    let columns = [
        ("办件", "Case"),
        ("编号", "Number"),
        ("环节", "Task"),
        ("状态", "State"),
        ("收到", "Received"),
    ]
    .map(|(zh, en)| Column::new(visit.t(zh, en)));
    let mut columns: Vec<Column> = columns.into();
    let due = asked.href("/work", view, service, None);
    let sorted = if view == View::Decided { Sort::Falling } else { Sort::Rising };
    columns.push(Column::new(visit.t("期限", "Due")).sort(due, Some(sorted)));
    columns.push(Column::new(visit.t("剩余", "Left")));
    columns.push(Column::new(visit.t("标记", "Marks")));
    Table::new(lang, visit.t("待办，按期限排列", "Worklist by due day"), columns, lines)
        .filters(filters)
        .csv(asked.href("/work/list.csv", view, service, None))
        .pager(Pager { first, next })
        .empty(empty(visit.t("没有待办", "Nothing waits"), teaching, None))
        .live_filter()
        .keys()
}

/// Working days that are left until a day; what is over is at least one day over.
pub(crate) fn left(calendar: &Calendar, today: Date, until: Date) -> i64 {
    let left = calendar.workdays_between(today, until);
    if until < today { left.min(-1) } else { left }
}

/// The bar of the days left of a task.
pub(crate) fn bar(row: &WorkRow, calendar: &Calendar, today: Date, lang: Lang) -> Markup {
    let Some(until) = row.pressing().filter(|_| row.decided.is_none()) else {
        return html! { "–" };
    };
    let since = row.accepted.or(row.received).unwrap_or(today);
    let total = calendar.workdays_between(since, until).max(1);
    days_left(lang, left(calendar, today, until), total, row.stopped_on(today))
}

/// The marks of a task: supplement, stopped clock, overrun lines.
pub(crate) fn marks(row: &WorkRow, today: Date, lang: Lang) -> Markup {
    let t = |zh, en| portal::pick(lang, zh, en);
    html! {
        @if row.wanted { (tag(Tone::Time, t("待申请人补正", "with the applicant"))) " " }
        @if let Some(cause) = row.stopped_on(today) { (tag(Tone::Plain, &format!("{}{cause}", t("暂停：", "stopped: ")))) " " }
        @match row.breached.as_deref() {
            Some("promise") => (tag(Tone::Time, t("超承诺", "promise overrun"))),
            Some(_) => (tag(Tone::Loss, t("超法定期限", "statutory limit overrun"))),
            None => {}
        }
    }
}

fn line(row: &WorkRow, calendar: &Calendar, today: Date, lang: Lang) -> Row {
    let (tone, word) = state_of(&row.state, lang);
    let day = |day: Option<Date>| html! { @if let Some(day) = day { (date_tag(lang, day)) } };
    let pressing = if row.decided.is_some() { row.decided } else { row.pressing() };
    let late = row.decided.is_none() && row.pressing().is_some_and(|day| day < today);
    let address = format!("/work/{}/{}", row.no, in_path(&row.task));
    let line = Row::new(vec![
        html! { (row.title) },
        code(Groups::Whole, &row.no),
        html! { (row.label.get(lang)) },
        tag(tone, word),
        day(row.received),
        day(pressing),
        bar(row, calendar, today, lang),
        marks(row, today, lang),
    ])
    .late(late);
    let act = |line: Row, key, zh, en, act: &str| {
        line.act(key, portal::pick(lang, zh, en), format!("{address}/act/{act}"))
    };
    let line = match row.state.as_str() {
        "ready" if !row.wanted => {
            let line = act(line, 'a', "受理", "Accept", "accept");
            act(line, 's', "补正", "Supplement", "supplement")
        }
        "working" => {
            let line = act(line, 'g', "准予", "Grant", "grant");
            act(line, 'r', "不予", "Refuse", "refuse")
        }
        _ => line,
    };
    line.href(address)
}

/// The services that this kind of organ decides, as filters.
fn services(visit: &Visit, asked: &Asked, organ: &OrganKey) -> Markup {
    let lang = visit.frame.lang;
    let offer = visit.desk.offer();
    let role = organ.as_str().split_once('-').map_or("", |(_, role)| role);
    let own: Vec<(String, String)> = offer
        .catalogue
        .services()
        .filter(|(_, service)| service.organ == role)
        .map(|(key, service)| {
            (key.to_string(), portal::pick(lang, &service.zh, &service.en).to_owned())
        })
        .collect();
    let chosen = asked.service.as_deref().unwrap_or_default();
    html! {
        @if own.len() > 1 {
            nav.filters aria-label=(visit.t("按业务筛选", "Filter by service")) {
                ul {
                    li { a href=(asked.href("/work", asked.view(), None, None)) aria-current=[chosen.is_empty().then_some("true")] { (visit.t("全部业务", "All services")) } }
                    @for (key, label) in &own {
                        li { a href=(asked.href("/work", asked.view(), Some(key), None)) aria-current=[(chosen == key).then_some("true")] { (label) } }
                    }
                }
            }
        }
    }
}

/// The whole list as CSV.
pub(crate) async fn export(visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Failure> {
    let organ = organ(&visit)?;
    let today = visit.platform.clock.now().date();
    let wanted = asked.wanted(&organ);
    let mut rows: Vec<WorkRow> = Vec::new();
    loop {
        let after = rows.last().map(|row| row.key.clone());
        let reader = &*visit.platform.reader;
        let part = work::worklist(reader, &wanted, today, after.as_deref(), EXPORT_PART).await?;
        let done = u32::try_from(part.len()).is_ok_and(|n| n < EXPORT_PART);
        rows.extend(part);
        if done || rows.len() >= EXPORT_MAX {
            break;
        }
    }
    let lang = visit.frame.lang;
    let calendar = visit.desk.law.calendar();
    let head = [
        ("编号", "Number"),
        ("办件", "Case"),
        ("环节", "Task"),
        ("状态", "State"),
        ("区划", "Division"),
        ("收到", "Received"),
        ("受理", "Accepted"),
        ("承诺期限", "Promised"),
        ("法定期限", "Statutory"),
        ("剩余工作日", "Working days left"),
        ("补正", "Supplement"),
        ("暂停", "Stopped"),
        ("超期", "Overrun"),
        ("办结", "Decided"),
    ]
    .map(|(zh, en)| visit.t(zh, en));
    let text = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let lines: Vec<[String; 14]> = rows
        .iter()
        .map(|row| {
            let open = row.pressing().filter(|_| row.decided.is_none());
            [
                row.no.clone(),
                row.title.clone(),
                row.label.get(lang).to_owned(),
                state_of(&row.state, lang).1.to_owned(),
                row.place.clone(),
                text(row.received),
                text(row.accepted),
                text(row.promise),
                text(row.due),
                open.map(|day| left(&calendar, today, day).to_string()).unwrap_or_default(),
                if row.wanted { "1".to_owned() } else { String::new() },
                row.stopped_on(today).unwrap_or_default().to_owned(),
                row.breached.clone().unwrap_or_default(),
                text(row.decided),
            ]
        })
        .collect();
    let file = csv(&head, lines.iter().map(|line| line.iter().map(String::as_str)));
    Ok(csv_response(&format!("worklist-{organ}-{today}"), file))
}

/// What a search is given.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Sought {
    /// A number, a code, or a part of the name.
    #[serde(default)]
    q: String,
}

fn search_form(visit: &Visit, text: &str) -> Markup {
    let control = Control::Text { max: Some(100), autocomplete: None, inputmode: None };
    let label = visit
        .t("查办件：编号、统一社会信用代码或者名称", "Find a case: number, credit code, or name");
    html! {
        form.search method="get" action="/work/search" role="search" {
            (Field::new(visit.frame.lang, "q", label, control).value(text).required(true))
            button.button.second type="submit" { (visit.t("查找", "Find")) }
        }
    }
}

/// Cases in which this organ has a task.
pub(crate) async fn search(visit: Visit, Query(sought): Query<Sought>) -> Result<Markup, Failure> {
    let organ = organ(&visit)?;
    let scope = Scope::Organ(organ.to_string());
    let found = work::search(&*visit.platform.reader, &scope, &sought.q).await?;
    let lang = visit.frame.lang;
    let rows = found
        .iter()
        .map(|case| {
            let state = crate::pages::words::case_word(&case.state);
            let (tone, word) = crate::pages::words::case_state(state, lang);
            Row::new(vec![
                html! { (case.title) },
                code(Groups::Whole, &case.no),
                tag(tone, word),
                html! { @if let Some(day) = case.submitted { (short_date(lang, day)) } },
                html! { @if let Some(uscc) = &case.uscc { (code(Groups::Uscc, uscc)) } },
            ])
            .href(format!("/work/{}", case.no))
        })
        .collect();
    let columns = [
        ("办件", "Case"),
        ("编号", "Number"),
        ("状态", "State"),
        ("提交", "Handed in"),
        ("信用代码", "Credit code"),
    ]
    .map(|(zh, en)| Column::new(visit.t(zh, en)));
    let title = visit.t("查找办件", "Find a case");
    let nothing = empty(
        visit.t("没有找到", "Nothing found"),
        visit.t(
            "只能查到本单位参与办理、已经提交的办件。",
            "Only cases that were handed in and in which your organ has a task are found.",
        ),
        None,
    );
    let body = html! {
        h1 { (title) }
        (search_form(&visit, &sought.q))
        (Table::new(lang, title, columns.into(), rows).empty(nothing).keys())
    };
    let page = Page::new(title).crumb(visit.t("待办", "Worklist"), "/work");
    Ok(page.audience(Audience::Officer).render(&visit.frame, &body))
}

/// The tasks of this organ in one case; if there is one, its page.
pub(crate) async fn tasks(visit: Visit, Path(no): Path<String>) -> Result<Response, Failure> {
    let organ = organ(&visit)?;
    let loaded = visit.desk.load(&visit.platform, &no).await?;
    let plan = loaded.plan()?;
    let own: Vec<_> = plan.tasks.iter().filter(|row| row.organ == organ).collect();
    let address = |task: &str| format!("/work/{}/{}", loaded.case.no, in_path(task));
    let Some(first) = own.first() else {
        let id = loaded.case.no.to_string();
        return Err(Denied::NotEntitled { action: "task.read", kind: "Case", id }.into());
    };
    loaded.permit(&visit.platform, &visit.actor, "task.read", Some(&first.name))?;
    if loaded.case.submitted.is_none() {
        return Err(crate::CaseError::NoSuchCase.into());
    }
    if own.len() == 1 {
        return Ok(see(&address(&first.name)));
    }
    let lang = visit.frame.lang;
    let rows = own
        .iter()
        .map(|row| {
            let task = loaded.case.tasks.get(&row.name).cloned().unwrap_or_default();
            let (tone, word) = state_of(task.state.word(), lang);
            Row::new(vec![
                html! { (row.label.get(lang)) },
                tag(tone, word),
                html! { @if let Some(due) = loaded.case.limit(&task) { (date_tag(lang, due.on)) } },
            ])
            .href(address(&row.name))
        })
        .collect();
    let columns = [("环节", "Task"), ("状态", "State"), ("法定期限", "Statutory day")]
        .map(|(zh, en)| Column::new(visit.t(zh, en)));
    let title = visit.t("本单位的环节", "Tasks of your organ");
    let body = html! {
        h1 { (loaded.case.title) }
        (Table::new(lang, title, columns.into(), rows).keys())
    };
    let page = Page::new(title).crumb(visit.t("待办", "Worklist"), "/work");
    Ok(page.audience(Audience::Officer).render(&visit.frame, &body).into_response())
}
