//! Pages of credit repair (信用修复).

mod authority;
mod entity;
mod map;
mod mirrors;
mod oversight;
mod public;
mod timeline;

pub(crate) use authority::{One, one, queue, queue_csv};
pub(crate) use entity::{Entity, entity};
pub(crate) use oversight::{Oversight, entries_csv, oversight, restrictions_csv};
pub(crate) use public::{Verified, start, verify};

use crate::repair::{Heard, Known, Stage, View};
use codes::Lang;
use credit_repair::{Cond, Fact, Need, Standing};
use maud::{Markup, html};
use portal::{Column, Frame, Row, Table, Tone, date_tag, tag};

/// What every page for entities says.
pub(crate) fn free(frame: &Frame) -> Markup {
    portal::inset(&html! {
        p { b { (frame.t("信用修复不收取任何费用，无需通过任何中介代办。", "Credit repair is free of charge and needs no go-between.")) } }
    })
}

pub(crate) fn stage_tag(lang: Lang, stage: Stage) -> Markup {
    let tone = match stage {
        Stage::Eligible | Stage::Repaired | Stage::Ended => Tone::Good,
        Stage::Applied
        | Stage::Accepted
        | Stage::Announcing
        | Stage::Announced
        | Stage::Removing => Tone::Active,
        Stage::NotEligible | Stage::Withdrawn => Tone::Plain,
        Stage::NotAccepted | Stage::Refused | Stage::Relapsed | Stage::Rescinded => Tone::Loss,
    };
    tag(tone, stage.label().get(lang))
}

/// The conditions one by one: a tick, a day, or who answers; and where that is known from.
pub(crate) fn checklist(frame: &Frame, view: &View) -> Markup {
    let lang = frame.lang;
    let columns = vec![
        Column::new(frame.t("条件", "Condition")),
        Column::new(frame.t("目前", "Now")),
        Column::new(frame.t("何时具备", "From when")),
        Column::new(frame.t("来源", "Known from")),
    ];
    let rows = view
        .conditions
        .iter()
        .map(|cond| {
            let label = cond.id.label();
            let (state, when) = match cond.state {
                Standing::Met => (tag(Tone::Good, frame.t("✓ 已具备", "✓ met")), html! { "—" }),
                Standing::Unmet { until: Some(day) } => {
                    (tag(Tone::Time, frame.t("尚未具备", "not yet")), date_tag(lang, day))
                }
                Standing::Unmet { until: None } => (
                    tag(Tone::Loss, frame.t("✕ 不具备", "✕ not met")),
                    html! { (frame.t("具备后可再申请", "once it is met")) },
                ),
                Standing::Unknown => (
                    tag(Tone::Plain, frame.t("待核实", "to be verified")),
                    html! { (frame.t("申请时核实或者提交材料", "verified with the application")) },
                ),
                Standing::Never => (
                    tag(Tone::Loss, frame.t("✕ 依法不能", "✕ barred by law")),
                    html! { (frame.t("期满自动移出", "ends by itself")) },
                ),
            };
            let known = known_from(frame, view, cond);
            Row::new(vec![html! { (label.get(lang)) }, state, when, known])
        })
        .collect();
    html! {
        (Table::new(lang, frame.t("修复条件", "Conditions"), columns, rows))
        @if !view.source.is_empty() { p.quiet { (frame.t("依据：", "Source: ")) (view.source.replace("assumed", frame.t("推定", "assumed"))) } }
    }
}

/// Who says how a condition stands: registers that were asked, an officer, or the list itself.
fn known_from(frame: &Frame, view: &View, cond: &Cond) -> Markup {
    let need = cond.id;
    if Known::of(need).is_none() {
        let (zh, en) = match need {
            Need::Pledged => ("守信承诺书", "the pledge"),
            Need::NotRescinded => ("信用修复记录", "records of repair"),
            _ => ("列入和处罚记录", "entries and penalties"),
        };
        return html! { (frame.t(zh, en)) };
    }
    let heard = view.asked.get(need.word()).map(Vec::as_slice).unwrap_or_default();
    let said = view.said.get(&need).filter(|_| heard.iter().all(|one| one.answer.is_none()));
    html! {
        @for one in heard { p { (heard_line(frame, one)) } }
        @if let Some(said) = said { p { (said) } }
        @if heard.is_empty() && said.is_none() {
            @if cond.state == Standing::Unknown { "—" }
            @else { (frame.t("列入机关随列入记录提供", "told with the entry by who listed it")) }
        }
    }
}

/// What one register says.
pub(crate) fn heard_line(frame: &Frame, heard: &Heard) -> Markup {
    let lang = frame.lang;
    html! {
        (heard.register.get(lang)) " · "
        @match &heard.answer {
            None => { (frame.t("已查询，尚未回告，", "asked, no answer yet, ")) (date_tag(lang, heard.asked_on)) }
            Some((answer, on)) => {
                @match answer.fact {
                    Fact::Since(day) => { (frame.t("是，自", "yes, since ")) (date_tag(lang, day)) }
                    Fact::NotYet => (frame.t("否", "no")),
                    Fact::Unknown => (frame.t("没有记录", "no record")),
                }
                @if !answer.reference.is_empty() { " · " (answer.reference) }
                span.quiet { " （" (frame.t("回告于", "told on ")) (date_tag(lang, *on)) "）" }
            }
        }
    }
}

/// What a turn is called.
pub(crate) fn turn_label(what: &str, lang: Lang) -> &str {
    let (zh, en) = match what {
        "Noted" => ("列入", "listed"),
        "Asked" => ("向登记机构查询", "registers asked"),
        "Told" => ("登记机构回告", "a register answered"),
        "Learned" => ("核实事项更新", "a fact was told"),
        "Gone" => ("移出", "off the list"),
        "Returned" => ("恢复公示", "listed again"),
        "EligibleFound" => ("可以申请修复", "may apply"),
        "TermReached" => ("期满", "term over"),
        "Applied" => ("提出申请", "applied"),
        "Accepted" => ("受理", "accepted"),
        "NotAccepted" => ("不予受理", "not accepted"),
        "Verified" => ("核实条件", "conditions verified"),
        "Announced" => ("发布公告", "announced"),
        "AnnouncementMoved" => ("公告期顺延", "announcement prolonged"),
        "Disputed" => ("收到异议", "an objection came"),
        "Answered" => ("答复异议", "an objection was answered"),
        "AnnouncementOver" => ("公告期满", "announcement over"),
        "Granted" => ("准予修复", "granted"),
        "Refused" => ("不予修复", "refused"),
        "Withdrawn" => ("撤回申请", "taken back"),
        "Relapsed" => ("再次发生相关情形", "a further case"),
        "Rescinded" => ("撤销修复", "rescinded"),
        other => return other,
    };
    portal::pick(lang, zh, en)
}
