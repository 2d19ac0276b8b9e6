//! The authority's pages (机关): queue by due date, late-removal board, one entry with its checklist and acts.

use super::{checklist, heard_line, stage_tag};
use crate::law::RepairRules;
use crate::queries::EntryRow;
use crate::repair::{Heard, Known, Repair, Stage, View, cause_label};
use axum::response::Response;
use codes::{Date, Lang};
use credit_repair::Need;
use maud::{Markup, html};
use portal::{
    Button, Choice, Column, Control, EXPECTED_VERSION, Fact, Field, Frame, Page, Row, Table, Tone,
    card, date_tag, days_left, empty, facts, tag,
};

/// The queue, under what is late.
pub(crate) fn queue(
    frame: &Frame,
    rows: &[EntryRow],
    late: &[EntryRow],
    rules: &RepairRules,
    today: Date,
) -> Markup {
    let title = frame.t("信用修复办理", "Credit repair");
    let nothing = empty(
        frame.t("没有待办", "Nothing to do"),
        frame.t(
            "主体提出的修复申请会按最迟办理日排在这里。",
            "Applications appear here by the day on which they are due.",
        ),
        None,
    );
    let body = html! {
        h1 { (title) }
        @if !late.is_empty() {
            h2 { (frame.t("逾期未办、未移出", "Late")) " " (tag(Tone::Loss, &late.len().to_string())) }
            (listed(frame, frame.t("逾期", "Late"), late, rules, today))
        }
        h2 { (frame.t("待办", "Queue")) }
        (listed(frame, frame.t("待办", "Queue"), rows, rules, today).empty(nothing).csv("/credit/queue.csv"))
    };
    Page::new(title).render(frame, &body)
}

/// The queue for a spreadsheet.
pub(crate) fn queue_csv(frame: &Frame, rows: &[EntryRow]) -> Response {
    super::oversight::entries_csv(frame, "credit-queue", rows)
}

pub(super) fn listed(
    frame: &Frame,
    caption: &str,
    rows: &[EntryRow],
    rules: &RepairRules,
    today: Date,
) -> Table {
    let lang = frame.lang;
    let calendar = rules.calendar();
    let columns = vec![
        Column::new(frame.t("主体", "Entity")),
        Column::new(frame.t("名单", "List")),
        Column::new(frame.t("阶段", "Stage")),
        Column::new(frame.t("申请日期", "Applied")),
        Column::new(frame.t("最迟办理日", "Due")),
        Column::new(frame.t("剩余工作日", "Working days left")),
    ];
    let lines = rows
        .iter()
        .map(|row| {
            let day =
                |day: Option<Date>| day.map_or_else(|| html! { "—" }, |day| date_tag(lang, day));
            let left = row.due_by.map(|due| calendar.workdays_between(today, due));
            Row::new(vec![
                html! { (row.about.name) },
                html! { (row.about.list.label().get(lang)) },
                stage_tag(lang, row.stage),
                day(row.applied_on),
                day(row.due_by.or(row.announced_to)),
                left.map_or_else(|| html! { "—" }, |left| days_left(lang, left, 15, None)),
            ])
            .href(format!("/credit/entries/{}", row.listing))
        })
        .collect();
    Table::new(lang, caption, columns, lines)
}

/// What the page of one entry is made of.
pub(crate) struct One<'a> {
    pub(crate) row: &'a EntryRow,
    pub(crate) repair: &'a Repair,
    pub(crate) rules: &'a RepairRules,
    pub(crate) today: Date,
    pub(crate) version: u64,
    pub(crate) may_decide: bool,
    pub(crate) may_apply: bool,
    /// What the entity said, where whoever looks may read it.
    pub(crate) reason: Option<String>,
}

/// One entry as the deciding authority sees it.
pub(crate) fn one(frame: &Frame, page: &One<'_>) -> Markup {
    let lang = frame.lang;
    let row = page.row;
    let view = page.repair.view(page.rules, &row.listing, page.today);
    let day = |day: Option<Date>| day.map_or_else(|| html! { "—" }, |day| date_tag(lang, day));
    let known = [
        Fact::new(frame.t("统一社会信用代码", "Unified code"), html! { (row.about.uscc) }),
        Fact::new(frame.t("名单", "List"), html! { (row.about.list.label().get(lang)) }),
        Fact::new(
            frame.t("列入决定", "Decision"),
            html! { (row.about.decision_no) " · " (row.about.issuer.name) },
        ),
        Fact::new(
            frame.t("列入情形", "Cause"),
            html! { (cause_label(&row.about.cause).get(lang)) },
        ),
        Fact::new(frame.t("列入日期", "Listed on"), date_tag(lang, row.about.listed_on)),
        Fact::new(frame.t("申请日期", "Applied"), day(row.applied_on)),
        Fact::new(frame.t("最迟办理日", "Due"), day(row.due_by)),
        Fact::new(frame.t("公告期至", "Announced until"), day(row.announced_to)),
        Fact::new(frame.t("最迟移出日", "Remove by"), day(row.remove_by)),
    ];
    let body = html! {
        h1 { (row.about.name) " " (stage_tag(lang, row.stage)) }
        (facts(lang, &known))
        @if let Some(view) = &view {
            h2 { (frame.t("条件核实", "Conditions")) }
            (checklist(frame, view))
            (warnings(frame, view))
            (asks(frame, page, view))
        }
        (handed_in(frame, page))
        @if let Some(told) = &row.told { (portal::inset(&html! { p { (told) } })) }
        @if row.objections > 0 {
            p { a href={ "/delivery/announcements/" (row.listing) "." (row.application.unwrap_or_default()) } {
                (frame.t("公告和异议", "Announcement and objections")) " " (tag(Tone::Time, &row.objections.to_string()))
            } }
        }
        @if page.may_decide { (acts(frame, page, view.as_ref())) }
        @if page.may_apply {
            p { a href={ "/credit/entities/" (row.about.uscc) } { (frame.t("返回我的信用", "Back to the credit page")) } }
        }
    };
    let post = frame.party.as_ref().and_then(|party| party.post.as_ref());
    let (label, back) = match post.map(|(_, role)| role.as_str()) {
        Some("supervisor" | "auditor") => {
            (frame.t("信用修复督查", "Oversight of credit repair"), "/credit/oversight")
        }
        Some(_) => (frame.t("信用修复办理", "Credit repair"), "/credit/queue"),
        None => (frame.t("信用修复", "Credit repair"), "/credit"),
    };
    Page::new(frame.t("修复申请", "Application")).crumb(label, back).render(frame, &body)
}

/// What bars nothing, and should be known (R6).
fn warnings(frame: &Frame, view: &View) -> Markup {
    let told = |heard: &&Heard| matches!(&heard.answer, Some((answer, _)) if matches!(answer.fact, credit_repair::Fact::Since(_)));
    let found: Vec<&Heard> = view.warnings.iter().filter(told).collect();
    html! {
        @if !view.warnings.is_empty() {
            h3 { (frame.t("提示（不影响受理）", "For your information (bars nothing)")) }
            @if found.is_empty() {
                p.quiet { (frame.t("查询过的其他名单没有记录，或者尚未回告。", "Other lists that were asked have no record, or have not answered.")) }
            }
            @for heard in found { p { (tag(Tone::Time, frame.t("提示", "note"))) " " (heard_line(frame, heard)) } }
        }
    }
}

/// Registers are asked again; not twice a day.
fn asks(frame: &Frame, page: &One<'_>, view: &View) -> Markup {
    let open = view.asked.values().flatten().any(|heard| {
        heard.asked_on < page.today
            && !matches!(&heard.answer, Some((answer, _)) if matches!(answer.fact, credit_repair::Fact::Since(_)))
    });
    html! {
        @if open && page.may_decide {
            (form(page, &html! { (Button::second(frame.t("再次查询登记机构", "Ask the registers again"), "ask")) }))
        }
    }
}

/// What the entity said and handed in.
fn handed_in(frame: &Frame, page: &One<'_>) -> Markup {
    let (lang, row) = (frame.lang, page.row);
    if row.proofs.is_empty() && page.reason.is_none() {
        return html! {};
    }
    html! {
        h2 { (frame.t("主体提交", "Handed in")) }
        @if let Some(reason) = &page.reason { (portal::inset(&html! { p { (reason) } })) }
        @for (n, proof) in row.proofs.iter().enumerate() {
            @let label = proof.need.label();
            p { a href={ "/credit/entries/" (row.listing) "/papers/" (n) } {
                (frame.t("材料：", "Paper: ")) (label.get(lang))
            } }
        }
    }
}

fn acts(frame: &Frame, page: &One<'_>, view: Option<&View>) -> Markup {
    let announces = view.is_some_and(|view| view.announcement_days.is_some());
    match page.row.stage {
        Stage::Applied => html! { (accept(frame, page)) (not_accept(frame, page)) },
        Stage::Accepted => html! {
            @if announces { (announce(frame, page)) } @else { (verify(frame, page, view)) (decide(frame, page)) }
        },
        Stage::Announced => html! { (verify(frame, page, view)) (decide(frame, page)) },
        Stage::Repaired => rescind(frame, page),
        _ => html! {},
    }
}

fn form(page: &One<'_>, body: &Markup) -> Markup {
    html! {
        form method="post" action={ "/credit/entries/" (page.row.listing) } {
            input type="hidden" name=(EXPECTED_VERSION) value=(page.version);
            (body)
        }
    }
}

fn accept(frame: &Frame, page: &One<'_>) -> Markup {
    card(
        &html! { (frame.t("受理", "Accept")) },
        &form(page, &html! { (Button::main(frame.t("予以受理", "Accept"), "accept")) }),
    )
}

fn not_accept(frame: &Frame, page: &One<'_>) -> Markup {
    let lang = frame.lang;
    let needs = [
        Need::DutiesDone,
        Need::Corrected,
        Need::HarmRemoved,
        Need::NoFurtherCase,
        Need::NoHeavierPenalty,
        Need::NoRunningRestriction,
    ];
    let choices =
        needs.map(|need| Choice::new(need.word(), need.label().get(lang).to_owned())).to_vec();
    let field = Field::new(
        lang,
        "failing",
        frame.t(
            "不符合的条件（登记系统已查明的无须再选）",
            "Conditions that fail (those that registers show need not be ticked)",
        ),
        Control::Checks(choices),
    );
    card(
        &html! { (frame.t("不予受理", "Do not accept")) },
        &form(
            page,
            &html! { (field) (Button::loss(frame.t("不予受理", "Do not accept"), "not_accept")) },
        ),
    )
}

fn verify(frame: &Frame, page: &One<'_>, view: Option<&View>) -> Markup {
    let lang = frame.lang;
    let asked = |known: &Known| {
        view.is_some_and(|view| view.conditions.iter().any(|cond| cond.id == known.need()))
    };
    let site =
        view.is_some_and(|view| view.conditions.iter().any(|cond| cond.id == Need::Corrected));
    let body = html! {
        @for known in Known::ALL.iter().filter(|known| asked(known)) {
            @let (word, label) = (known.need().word(), known.need().label());
            (Field::new(lang, format!("found_{word}"), label.get(lang), Control::Radios(vec![
                Choice::new("", frame.t("以登记系统为准", "as the registers say")),
                Choice::new("since", frame.t("已具备，自：", "met, since:")),
                Choice::new("not_yet", frame.t("尚未具备", "not met yet")),
            ])))
            (Field::new(lang, format!("since_{word}"), frame.t("具备之日", "Since"), Control::Date))
        }
        @if site {
            (Field::new(lang, "site_check", frame.t("已作实地核查", "Somebody went there"), Control::Tick))
        }
        (Button::second(frame.t("记录核实结果", "Record"), "verify"))
    };
    card(&html! { (frame.t("核实", "Verify")) }, &form(page, &body))
}

fn announce(frame: &Frame, page: &One<'_>) -> Markup {
    let lang = frame.lang;
    let area = Control::Area { max: Some(500), lines: 4 };
    let label =
        frame.t("已改正的情况（将写入公告）", "What was corrected (goes into the announcement)");
    let body = html! {
        p.quiet { (frame.t(
            "公告将写明名称、统一社会信用代码、列入决定和情形、改正情况以及异议的提出方式；公告期30日，首日不计，末日遇休息日顺延。",
            "The announcement names the entity, its code, the decision and cause, what was corrected and how to object; 30 days, the first not counted, rolled off a rest day.",
        )) }
        (Field::new(lang, "corrected", label, area).required(true))
        (Button::main(frame.t("发布公告", "Announce"), "announce"))
    };
    card(&html! { (frame.t("公告", "Announcement")) }, &form(page, &body))
}

fn decide(frame: &Frame, page: &One<'_>) -> Markup {
    let lang = frame.lang;
    let ground = || {
        Field::new(
            lang,
            "ground",
            frame.t("理由和依据", "Reason and ground"),
            Control::Area { max: Some(500), lines: 3 },
        )
        .required(true)
    };
    html! {
        (card(&html! { (frame.t("准予修复", "Grant")) }, &form(page, &html! { (ground()) (Button::main(frame.t("准予修复，移出名单", "Grant and remove"), "grant")) })))
        (card(&html! { (frame.t("不予修复", "Refuse")) }, &form(page, &html! {
            (ground())
            (Button::loss(frame.t("不予修复", "Refuse"), "refuse").confirm(frame.t("将送达不予修复决定书，确定吗？", "A decision of refusal will be served. Go on?")))
        })))
    }
}

fn rescind(frame: &Frame, page: &One<'_>) -> Markup {
    let lang = frame.lang;
    let area = Control::Area { max: Some(500), lines: 3 };
    let body = html! {
        (Field::new(lang, "ground", frame.t("事实和依据（如提交虚假材料）", "Facts and ground (such as false materials)"), area).required(true))
        (Button::loss(frame.t("撤销修复，恢复公示", "Rescind and list again"), "rescind").confirm(frame.t("将恢复公示和限制措施，确定吗？", "Publication and restrictions begin again. Go on?")))
    };
    card(&html! { (frame.t("撤销修复", "Rescind")) }, &form(page, &body))
}

/// The word for days in a language.
pub(super) const fn days_word(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => "天",
        Lang::En => "days",
    }
}
