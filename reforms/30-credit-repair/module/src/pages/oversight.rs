//! The supervisor's page (督查): funnel, time to removal, what is late, restrictions not confirmed, hints of go-betweens.

use super::authority::days_word;
use super::map::map;
use super::mirrors::{compared, files};
use super::stage_tag;
use crate::mirror::queries::{DayRow, LookRow};
use crate::queries::{EntryRow, PlaceRow};
use crate::repair::Stage;
use axum::response::Response;
use codes::{Date, Label, Moment};
use exchange::propagation::Standing;
use exchange::propagation::queries::{Counts, RecipientRow};
use maud::{Markup, html};
use portal::{
    Column, Frame, Page, Row, Table, Tone, csv, csv_response, date_tag, empty, moment_tag, stats,
    tag,
};
use registers::ListingKey;
use std::collections::BTreeSet;

/// What the page is made of.
pub(crate) struct Oversight {
    pub(crate) funnel: Vec<(Stage, u64)>,
    pub(crate) days: Vec<i64>,
    pub(crate) late: Vec<EntryRow>,
    pub(crate) open: Vec<RecipientRow>,
    pub(crate) counts: Counts,
    pub(crate) agents: Vec<(String, u64, Moment)>,
    pub(crate) places: Vec<PlaceRow>,
    pub(crate) looks: Vec<LookRow>,
    pub(crate) compared: Vec<DayRow>,
    /// The place that is looked at, and its entries.
    pub(crate) place: Option<String>,
    pub(crate) entries: Vec<EntryRow>,
    /// Entries that are counted here, and opened by those of their own place.
    pub(crate) closed: BTreeSet<ListingKey>,
    pub(crate) today: Date,
}

/// The page.
pub(crate) fn oversight(frame: &Frame, page: &Oversight) -> Markup {
    let lang = frame.lang;
    let title = frame.t("信用修复督查", "Oversight of credit repair");
    let body = html! {
        h1 { (title) }
        p.quiet { (frame.t("截至", "As of ")) " " (date_tag(lang, page.today)) }
        (funnel(frame, page))
        (histogram(frame, page))
        h2 { (frame.t("分布", "Where")) }
        (map(lang, &page.places))
        p { a href="/credit/oversight.csv" download { (frame.t("导出全部记录（CSV）", "Export all entries (CSV)")) } }
        (of_place(frame, page))
        h2 { (frame.t("逾期未办、未移出", "Late")) }
        (late(frame, page))
        h2 { (frame.t("限制措施的告知和解除", "Restrictions told and lifted")) }
        (stats(&[
            (frame.t("已确认", "Confirmed"), page.counts.done.to_string(), None),
            (frame.t("待确认", "Waiting"), page.counts.pending.to_string(), Some("/propagation".to_owned())),
            (frame.t("逾期未确认", "Overdue"), page.counts.escalated.to_string(), Some("/propagation".to_owned())),
        ]))
        (open(frame, page))
        h2 { (frame.t("公示系统和信用中国", "Publicity system and Credit China")) }
        (compared(frame, &page.compared))
        (files(frame, &page.looks))
        h2 { (frame.t("代办线索", "Hints of go-betweens")) }
        p.quiet { (frame.t(
            "同一登录账号受委托为多个主体申请修复。修复不收费、无需中介；请核查有无收费代办、虚假材料。",
            "One login applied for several entities under mandates. Repair is free and needs no go-between: look for fees and false papers.",
        )) }
        (agents(frame, page))
    };
    Page::new(title).wide().render(frame, &body)
}

fn funnel(frame: &Frame, page: &Oversight) -> Markup {
    let count = |stages: &[Stage]| -> u64 {
        page.funnel.iter().filter(|(stage, _)| stages.contains(stage)).map(|(_, n)| n).sum()
    };
    let bar = |zh: &str, en: &str, stages: &[Stage]| (frame.t(zh, en).to_owned(), count(stages));
    let bars = [
        bar("未满足条件", "waiting", &[Stage::NotEligible, Stage::Relapsed, Stage::Rescinded]),
        bar("可申请", "may apply", &[Stage::Eligible, Stage::Withdrawn, Stage::NotAccepted]),
        bar("办理中", "running", &[Stage::Applied, Stage::Accepted, Stage::Removing]),
        bar("公告", "announced", &[Stage::Announcing, Stage::Announced]),
        bar("不予修复", "refused", &[Stage::Refused]),
        bar("已修复移出", "repaired", &[Stage::Repaired]),
        bar("期满移出", "ended", &[Stage::Ended]),
    ];
    drawn(
        frame,
        frame.t("从列入到移出：各阶段记录数", "From listing to removal: entries by stage"),
        &bars,
    )
}

/// From application to removal, in classes of days.
fn histogram(frame: &Frame, page: &Oversight) -> Markup {
    const CLASSES: [(i64, i64); 6] =
        [(0, 5), (6, 15), (16, 30), (31, 45), (46, 60), (61, i64::MAX)];
    let word = days_word(frame.lang);
    let bars = CLASSES.map(|(from, to)| {
        let n = page.days.iter().filter(|days| (from..=to).contains(*days)).count();
        let label = if to == i64::MAX { format!("▲ {from}+") } else { format!("{from}–{to}") };
        (format!("{label} {word}"), u64::try_from(n).unwrap_or(u64::MAX))
    });
    let caption = frame
        .t("从申请到移出的时间（最近的修复）", "From application to removal (the latest repairs)");
    drawn(frame, caption, &bars)
}

/// Bars that lie, each with its name and number in words: the same for readers without pictures.
fn drawn(frame: &Frame, caption: &str, bars: &[(String, u64)]) -> Markup {
    /// The longest bar, and how tall each is.
    const WIDE: u64 = 360;
    const TALL: u64 = 14;
    let most = bars.iter().map(|(_, n)| *n).max().unwrap_or(0).max(1);
    html! {
        div.scroll tabindex="0" role="group" aria-label=(caption) {
            table {
                caption { (caption) }
                thead { tr {
                    th scope="col" { (frame.t("类别", "Class")) }
                    th.num scope="col" { (frame.t("数量", "How many")) }
                    th { span.away { (frame.t("图示", "Drawn")) } }
                } }
                tbody {
                    @for (name, n) in bars {
                        @let wide = if *n == 0 { 0 } else { (n.saturating_mul(WIDE) / most).max(2) };
                        tr {
                            th scope="row" { (name) }
                            td.num { (n) }
                            td {
                                svg width=(WIDE) height=(TALL) aria-hidden="true" focusable="false" {
                                    rect x="0" y="0" width=(wide) height=(TALL) fill="currentColor" fill-opacity="0.55" {}
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The entries of the place that was chosen on the map.
fn of_place(frame: &Frame, page: &Oversight) -> Markup {
    let Some(place) = &page.place else { return html! {} };
    let division = format!("{place:0<6}").parse::<codes::Division>().ok();
    let name = division.and_then(codes::Division::name).unwrap_or(place);
    let table = entries(frame, name, &page.entries, &page.closed);
    html! {
        h3 id="entries" { (name) }
        (table.csv(format!("/credit/oversight.csv?place={place}")))
    }
}

/// Entries with organ, stage and day.
fn entries(
    frame: &Frame,
    caption: &str,
    rows: &[EntryRow],
    closed: &BTreeSet<ListingKey>,
) -> Table {
    let lang = frame.lang;
    let columns = vec![
        Column::new(frame.t("主体", "Entity")),
        Column::new(frame.t("机关", "Organ")),
        Column::new(frame.t("阶段", "Stage")),
        Column::new(frame.t("应办日", "Due")),
    ];
    let rows = rows
        .iter()
        .map(|row| {
            let line = Row::new(vec![
                html! { (row.about.name) },
                html! { (row.about.issuer.name) },
                stage_tag(lang, row.stage),
                row.due_by.map_or_else(|| html! { "—" }, |day| date_tag(lang, day)),
            ]);
            if closed.contains(&row.listing) {
                line
            } else {
                line.href(format!("/credit/entries/{}", row.listing))
            }
        })
        .collect();
    Table::new(lang, caption, columns, rows)
}

/// Entries for a spreadsheet.
pub(crate) fn entries_csv(frame: &Frame, name: &str, rows: &[EntryRow]) -> Response {
    let lang = frame.lang;
    let head = [
        frame.t("统一社会信用代码", "Unified code"),
        frame.t("名称", "Name"),
        frame.t("名单", "List"),
        frame.t("列入情形", "Cause"),
        frame.t("列入决定", "Decision"),
        frame.t("列入日期", "Listed on"),
        frame.t("机关", "Organ"),
        frame.t("地区", "Place"),
        frame.t("阶段", "Stage"),
        frame.t("申请日期", "Applied"),
        frame.t("应办日", "Due"),
        frame.t("公告期至", "Announced until"),
        frame.t("移出日期", "Off since"),
    ];
    let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let lines: Vec<[String; 13]> = rows
        .iter()
        .map(|row| {
            let about = &row.about;
            [
                about.uscc.clone(),
                about.name.clone(),
                about.list.label().get(lang).to_owned(),
                about.cause.clone(),
                about.decision_no.clone(),
                about.listed_on.to_string(),
                about.issuer.name.clone(),
                about.issuer.place.clone(),
                row.stage.label().get(lang).to_owned(),
                day(row.applied_on),
                day(row.due_by),
                day(row.announced_to),
                day(row.gone_on),
            ]
        })
        .collect();
    let cells = lines.iter().map(|line| line.iter().map(String::as_str));
    csv_response(name, csv(&head, cells))
}

/// Who has not confirmed, for a spreadsheet.
pub(crate) fn restrictions_csv(frame: &Frame, rows: &[RecipientRow]) -> Response {
    let head = [
        frame.t("接收单位", "Recipient"),
        frame.t("告知内容", "About"),
        frame.t("事项", "What"),
        frame.t("轮次", "Round"),
        frame.t("状态", "State"),
        frame.t("自", "Since"),
        frame.t("次数", "Attempts"),
        frame.t("原因", "Why"),
    ];
    let lines: Vec<[String; 8]> = rows
        .iter()
        .map(|row| {
            [
                row.recipient.clone(),
                row.kind.clone(),
                row.about.to_string(),
                row.round.to_string(),
                row.standing.label().get(frame.lang).to_owned(),
                row.told_at.to_string(),
                row.attempts.to_string(),
                row.why.clone().unwrap_or_default(),
            ]
        })
        .collect();
    let cells = lines.iter().map(|line| line.iter().map(String::as_str));
    csv_response("credit-restrictions", csv(&head, cells))
}

fn late(frame: &Frame, page: &Oversight) -> Markup {
    let nothing = empty(
        frame.t("没有逾期", "Nothing is late"),
        frame.t(
            "受理、决定和移出都在期限内。",
            "Acceptance, decision and removal are within their terms.",
        ),
        None,
    );
    html! { (entries(frame, frame.t("逾期", "Late"), &page.late, &page.closed).empty(nothing)) }
}

/// What recipients were told, in words.
fn told_of(kind: &str) -> Label {
    let (zh, en) = match kind {
        "credit.listed" => ("列入公示", "listed"),
        "credit.removed" => ("移出公示", "off the list"),
        "credit.restriction_imposed" => ("施加限制", "restriction imposed"),
        "credit.restriction_lifted" => ("解除限制", "restriction lifted"),
        other => (other, other),
    };
    Label::new(zh, en)
}

fn open(frame: &Frame, page: &Oversight) -> Markup {
    let lang = frame.lang;
    let columns = vec![
        Column::new(frame.t("接收单位", "Recipient")),
        Column::new(frame.t("告知内容", "About")),
        Column::new(frame.t("状态", "State")),
        Column::new(frame.t("自", "Since")),
    ];
    let rows = page
        .open
        .iter()
        .map(|row| {
            let tone = if row.standing == Standing::Escalated { Tone::Loss } else { Tone::Time };
            Row::new(vec![
                html! { (row.recipient) },
                html! { (told_of(&row.kind).get(lang)) },
                tag(tone, row.standing.label().get(lang)),
                moment_tag(lang, row.told_at),
            ])
            .href(format!("/propagation/{}", row.about))
        })
        .collect();
    let nothing = empty(
        frame.t("都已确认", "All have confirmed"),
        frame.t(
            "每个曾被告知限制的部门，都已签收解除。",
            "Every department that was told of a restriction has signed for its end.",
        ),
        None,
    );
    html! { (Table::new(lang, frame.t("未确认", "Not confirmed"), columns, rows).empty(nothing).csv("/credit/restrictions.csv")) }
}

fn agents(frame: &Frame, page: &Oversight) -> Markup {
    let lang = frame.lang;
    let columns = vec![
        Column::new(frame.t("登录账号", "Login")),
        Column::new(frame.t("主体数", "Entities")).numeric(),
        Column::new(frame.t("最近", "Last")),
    ];
    let rows = page
        .agents
        .iter()
        .map(|(login, n, last)| {
            Row::new(vec![html! { (login) }, html! { (n) }, moment_tag(lang, *last)])
        })
        .collect();
    let nothing = empty(
        frame.t("没有线索", "No hints"),
        frame.t("没有人为三个以上主体代为申请。", "Nobody applied for three entities or more."),
        None,
    );
    html! { (Table::new(lang, frame.t("代办线索", "Go-betweens"), columns, rows).empty(nothing)) }
}
