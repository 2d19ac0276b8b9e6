//! The officer's desk (审核工作台): form, materials, figure and restrictions side by side, and the decision.

use super::progress::{Track, head, state_tag, steps};
use crate::book;
use crate::errand::Tools;
use crate::model::{State, task, task_label};
use crate::queries::{InquiryRow, RegistrationRow};
use codes::{Date, Moment};
use delivery::announcement::Stand;
use maud::{Markup, html};
use module::Platform;
use portal::{
    Button, Choice, Column, Control, Fact, Failure, Field, Frame, Page, Row, Table, card, date_tag,
    days_left, details, empty, facts, moment_tag, money, stamp,
};
use property::{Refusal, TaskState};
use registers::pages::timeline;
use registers::record::{Phase, Register, Segment, Snapshot};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the desk shows of a registration.
pub(crate) struct Examined {
    pub(crate) track: Track,
    snapshot: Option<Snapshot>,
    segments: Vec<Segment>,
    register: Option<Arc<Register>>,
    now: Moment,
    figure: Option<String>,
    names: BTreeMap<String, (String, codes::Label)>,
}

pub(crate) async fn gather(
    platform: &Platform,
    tools: &Tools,
    track: Track,
) -> Result<Examined, Failure> {
    let reader = &*platform.reader;
    let now = platform.clock.now();
    let unit = track.row.application.unit;
    let snapshot = book::now(reader, unit, now).await?;
    let definitions = tools.law.facts().definitions();
    let register = definitions.get(crate::model::REGISTER).cloned();
    let segments: Vec<Segment> =
        registers::record::queries::segments(reader, &book::record_of(unit))
            .await?
            .into_iter()
            .filter(|known| known.recorded_to.is_none())
            .map(|known| known.segment)
            .collect();
    let figure = snapshot.as_ref().and_then(|snapshot| book::fact(snapshot, "unit", "figure_hash"));
    let mut names = BTreeMap::new();
    for (_, held) in snapshot.iter().flat_map(Snapshot::restrictions) {
        let kind =
            register.as_ref().and_then(|register| register.restriction(&held.restriction.kind));
        if let Some(kind) = kind {
            let word = match held.phase {
                Phase::InForce => "in_force",
                Phase::Waiting => "waiting",
            };
            names.insert(
                held.restriction.no.to_string(),
                (word.to_owned(), kind.label_in(held.phase)),
            );
        }
    }
    Ok(Examined { track, snapshot, segments, register, now, figure, names })
}

/// The worklist, by what is due first.
pub(crate) fn worklist(
    frame: &Frame,
    rows: &[RegistrationRow],
    inquiries: &[InquiryRow],
    left_to: &dyn Fn(Date) -> i64,
) -> Markup {
    let lang = frame.lang;
    let title = frame.t("登记工作台", "Registration desk");
    let columns = vec![
        Column::new(frame.t("受理编号", "Number")),
        Column::new(frame.t("登记类型", "Type")),
        Column::new(frame.t("单元", "Unit")),
        Column::new(frame.t("状态", "State")),
        Column::new(frame.t("承诺办结", "Promised by")),
    ];
    let lines = rows
        .iter()
        .map(|row| {
            let due = row.promise_on.map(|on| {
                html! { (date_tag(lang, on)) " " (days_left(lang, left_to(on), 5, row.asked.as_ref().map(|_| frame.t("补正", "supplement")))) }
            });
            Row::new(vec![
                html! { (row.registration) },
                html! { (row.application.kind.label().get(lang)) },
                html! { code { (row.application.unit.grouped()) } },
                html! { (row.state.label().get(lang)) },
                due.unwrap_or_default(),
            ])
            .href(format!("/property/desk/{}", row.registration))
        })
        .collect();
    let nothing = empty(
        frame.t("没有待办登记", "Nothing to do"),
        frame.t(
            "新的申请会按承诺期限排在这里。",
            "New applications appear here by what is due first.",
        ),
        None,
    );
    let body = html! {
        h1 { (title) }
        (Table::new(lang, title, columns, lines).empty(nothing))
        @if !inquiries.is_empty() {
            h2 { (frame.t("待核查的查询申请", "Inquiries to look at")) }
            ul.links {
                @for row in inquiries {
                    li { a href={ "/property/inquiries/" (row.inquiry) } { (row.question.interest.label().get(lang)) " " (row.question.unit.grouped()) } " " (moment_tag(lang, row.asked_at)) }
                }
            }
        }
    };
    Page::new(title)
        .wide()
        .crumb(frame.t("不动产登记", "Real-estate registration"), "/property")
        .render(frame, &body)
}

/// The desk of one registration.
pub(crate) fn page(frame: &Frame, one: &Examined, decides: bool) -> Markup {
    let lang = frame.lang;
    let row = &one.track.row;
    let title = format!("{} {}", row.application.kind.label().get(lang), row.registration);
    let body = html! {
        h1 { (title) }
        p { (super::progress_tag(lang, row.state, &one.track.progress)) }
        div.pair {
            section {
                (card(&html! { (frame.t("申请", "Application")) }, &html! { (head(frame, &one.track)) (application(frame, row)) (super::progress::materials(frame, &one.track)) }))
                (card(&html! { (frame.t("环节", "Steps")) }, &html! { (steps(lang, &one.track.tasks)) (super::progress::announced(frame, &one.track)) @if decides { (checks(frame, one)) } }))
            }
            section {
                (card(&html! { (frame.t("登簿前的登记簿", "What the book says")) }, &book_of(frame, one)))
                @if let Some(hash) = &one.figure { (crate::scan::figure(lang, hash)) }
            }
        }
        @if let Some(register) = one.register.as_ref().filter(|_| !one.segments.is_empty()) {
            h2 { (frame.t("权利与限制时间轴", "Rights and restrictions over time")) }
            (timeline(lang, register, &one.segments, one.now))
        }
        @if decides { (decision(frame, one)) }
    };
    Page::new(title)
        .wide()
        .crumb(frame.t("登记工作台", "Registration desk"), "/property/desk")
        .render(frame, &body)
}

fn application(frame: &Frame, row: &RegistrationRow) -> Markup {
    let lang = frame.lang;
    let application = &row.application;
    let mut known = vec![
        Fact::new(
            frame.t("收费用途", "Use, for the fee"),
            html! { (application.purpose.label().get(lang)) },
        ),
        Fact::new(
            frame.t("情形", "Circumstance"),
            html! { (application.circumstance.label().get(lang)) },
        ),
        Fact::new(frame.t("申请人", "Applicants"), html! { (application.applicants.len()) }),
    ];
    if application.value_fen > 0 {
        known.push(Fact::new(
            frame.t("价款或者担保数额", "Price or amount"),
            money(lang, application.value_fen),
        ));
    }
    facts(lang, &known)
}

fn book_of(frame: &Frame, one: &Examined) -> Markup {
    let lang = frame.lang;
    let Some(snapshot) = &one.snapshot else {
        return html! { p { (frame.t("登记簿中还没有这个单元。", "The book has no such unit yet.")) } };
    };
    let known: Vec<Fact> = [
        ("location", "坐落", "Location"),
        ("use_code", "用途", "Use"),
        ("building_area", "建筑面积", "Building area"),
    ]
    .into_iter()
    .filter_map(|(key, zh, en)| {
        Some(Fact::new(frame.t(zh, en), html! { (book::fact(snapshot, "unit", key)?) }))
    })
    .collect();
    html! {
        (facts(lang, &known))
        @if one.names.is_empty() { p { (frame.t("无权利限制记载", "No restriction stands.")) } }
        ul.bullets { @for (no, (_, label)) in &one.names { li { (label.get(lang)) " · " (no) } } }
        p { a href={ "/registers/" (crate::model::REGISTER) "/" (one.track.row.application.unit) "?purpose=登记审核" } { (frame.t("打开登记簿", "Open the record")) } }
    }
}

fn checks(frame: &Frame, one: &Examined) -> Markup {
    let lang = frame.lang;
    let row = &one.track.row;
    let own = [task::EXAMINE, task::NOTICE, task::PAY, task::ENTER, task::ISSUE];
    let open = one
        .track
        .tasks
        .iter()
        .filter(|task| task.state == TaskState::Open && !own.contains(&task.name.as_str()));
    html! {
        @for task in open {
            form method="post" action={ "/property/desk/" (row.registration) } {
                (stamp("", Some(row.version)))
                (Field::text(lang, "note", task_label(&task.name).get(lang)).hint(frame.t("核对结果", "What was found")))
                (Button::second(frame.t("核验通过", "Checked"), format!("finish:{}", task.name)))
                " " (state_tag(lang, task.state))
            }
        }
    }
}

/// The public notice, where the law wants one: it is published here, and objections are answered on its own page.
fn announcing(frame: &Frame, one: &Examined) -> Markup {
    let row = &one.track.row;
    let wanted = one.track.tasks.iter().find(|task| task.name == task::NOTICE);
    let Some(wanted) = wanted.filter(|_| row.state == State::Running) else { return html! {} };
    let runs = one.track.notices.iter().any(|notice| notice.stand == Stand::Running);
    html! {
        @if wanted.state != TaskState::Done && !runs {
            form method="post" action={ "/property/desk/" (row.registration) } {
                (stamp("", Some(row.version)))
                p { (frame.t("这项登记须经公告，公告期间不计入办理期限。", "This registration has to be announced; the days of the notice do not count.")) }
                (Button::second(frame.t("发布公告", "Publish the notice"), "announce")
                    .confirm(frame.t("将向社会公开发布，确定吗？", "It is published to everybody. Go on?")))
            }
        }
    }
}

fn decision(frame: &Frame, one: &Examined) -> Markup {
    let lang = frame.lang;
    let row = &one.track.row;
    let action = format!("/property/desk/{}", row.registration);
    let open = |name: &str| {
        one.track.tasks.iter().any(|task| task.name == name && task.state != TaskState::Done)
    };
    let short = || Control::Area { max: Some(500), lines: 2 };
    let refusals = Refusal::ALL.map(|one| Choice::new(one.word(), one.label().get(lang))).to_vec();
    let consents: Vec<Choice> =
        one.names.iter().map(|(no, (_, label))| Choice::new(no.clone(), label.get(lang))).collect();
    html! {
        h2 { (frame.t("办理", "Decision")) }
        @if row.state == State::Applied {
            form method="post" action=(action) { (stamp("", Some(row.version))) (Button::main(frame.t("受理", "Accept"), "accept")) }
        }
        @if row.state == State::Running && open(task::EXAMINE) {
            form method="post" action=(action) {
                (stamp("", Some(row.version)))
                (Field::new(lang, "opinion", frame.t("审核意见", "Opinion"), short()).value(frame.t("符合登记条件，同意登簿", "Fit to be entered")).required(true))
                (Button::main(frame.t("审核通过", "Examined"), "examine"))
            }
            (details(frame.t("一次性告知补正", "Ask for what is missing"), &html! {
                form method="post" action=(action) {
                    (stamp("", Some(row.version)))
                    (Field::text(lang, "what", frame.t("补正事项", "What")).required(true))
                    (Field::text(lang, "why", frame.t("原因和要求", "Why and what is wanted")).required(true))
                    (Button::second(frame.t("发出补正通知", "Ask"), "supplement"))
                }
            }))
        }
        (announcing(frame, one))
        @if row.state == State::Running && !open(task::EXAMINE) && !open(task::NOTICE) {
            form method="post" action=(action) {
                (stamp("", Some(row.version)))
                @if !consents.is_empty() {
                    (Field::new(lang, "consent", frame.t("已取得同意或者书面知情的限制", "Restrictions whose holders consented"), Control::Checks(consents)))
                }
                (Button::main(frame.t("登簿", "Enter in the book"), "enter").confirm(frame.t("登簿后权利即生效，确定吗？", "The right takes effect with the entry. Go on?")))
            }
        }
        @if matches!(row.state, State::Applied | State::Running) {
            (details(frame.t("不予登记", "Refuse"), &html! {
                form method="post" action=(action) {
                    (stamp("", Some(row.version)))
                    (Field::new(lang, "refusal", frame.t("情形（条例第二十二条）", "Case of article 22"), Control::Radios(refusals)).required(true))
                    (Field::new(lang, "reason", frame.t("事实和理由", "Facts and reason"), short()).required(true))
                    (Button::loss(frame.t("不予登记", "Refuse"), "refuse").confirm(frame.t("将出具不予登记告知书，确定吗？", "A notice of refusal goes out. Go on?")))
                }
            }))
        }
    }
}
