//! The entity's credit page (我的信用): each entry with its time, one button, restrictions, history.

use super::timeline::timeline;
use super::{checklist, free, stage_tag, turn_label};
use crate::law::RepairRules;
use crate::policy::proof_key;
use crate::queries::{EntryRow, SubjectRow, Turn};
use crate::repair::{Known, PLEDGE, Repair, Stage, View, cause_label};
use codes::Date;
use credit_repair::{Cond, Measure, Standing};
use maud::{Markup, html};
use portal::{
    Button, Control, EXPECTED_VERSION, Fact, Field, Frame, Groups, Page, bullets, code, date_tag,
    details, facts, moment_tag,
};
use std::collections::BTreeSet;

/// What the page is made of.
pub(crate) struct Entity<'a> {
    pub(crate) subject: &'a SubjectRow,
    pub(crate) entries: &'a [EntryRow],
    pub(crate) repair: &'a Repair,
    pub(crate) rules: &'a RepairRules,
    pub(crate) turns: &'a [Turn],
    pub(crate) today: Date,
    pub(crate) may_apply: bool,
}

/// The page.
pub(crate) fn entity(frame: &Frame, page: &Entity<'_>) -> Markup {
    let lang = frame.lang;
    let title = frame.t("我的信用", "Credit");
    let live = page.entries.iter().filter(|row| row.gone_on.is_none()).count();
    let body = html! {
        h1 { (page.subject.name) }
        p { (code(Groups::Uscc, &page.subject.uscc)) }
        @if live == 0 { (clean(frame, page)) }
        @for row in page.entries.iter().filter(|row| row.gone_on.is_none()) { (shown(frame, page, row)) }
        (restrictions(frame, page))
        @let gone: Vec<_> = page.entries.iter().filter(|row| row.gone_on.is_some()).collect();
        @if !gone.is_empty() {
            h2 { (frame.t("已移出的记录", "Entries that ended")) }
            p.quiet { (frame.t("仅您和作出决定的机关可见，不向社会公示。", "Seen by you and the organ that decided, not by the public.")) }
            @for row in gone { (shown(frame, page, row)) }
        }
        (free(frame))
        h2 { (frame.t("经过", "History")) }
        ol.links {
            @for turn in page.turns.iter().rev() {
                li { (moment_tag(lang, turn.at)) " · " (turn_label(&turn.what, lang)) }
            }
        }
    };
    Page::new(title).crumb(frame.t("信用修复", "Credit repair"), "/credit").render(frame, &body)
}

/// No entry stands: a certificate can be had.
fn clean(frame: &Frame, page: &Entity<'_>) -> Markup {
    let action = format!("/credit/entities/{}/prove", page.subject.uscc);
    html! {
        (portal::verdict(
            portal::Tone::Good,
            &codes::Label::new("目前没有在列记录", "no entry stands today"),
            frame.lang,
            &html! { p.quiet { (frame.t("截至", "As of ")) " " (date_tag(frame.lang, page.today)) } },
        ))
        @if let Some(n) = page.subject.proof {
            p { a href={ "/licences/" (proof_key(&page.subject.uscc, n)) } { (frame.t("查看信用修复证明", "See the certificate")) } }
        } @else if page.may_apply {
            form method="post" action=(action) {
                input type="hidden" name=(EXPECTED_VERSION) value=(page.subject.version);
                (Button::main(frame.t("出具信用修复证明", "Issue a certificate"), "prove"))
            }
        }
    }
}

fn shown(frame: &Frame, page: &Entity<'_>, row: &EntryRow) -> Markup {
    let lang = frame.lang;
    let Some(view) = page.repair.view(page.rules, &row.listing, page.today) else {
        return html! {};
    };
    let mut known = vec![
        Fact::new(
            frame.t("列入决定", "Decision"),
            html! { (row.about.decision_no) " · " (row.about.issuer.name) },
        ),
        Fact::new(frame.t("列入日期", "Listed on"), date_tag(lang, row.about.listed_on)),
        Fact::new(
            frame.t("列入情形", "Cause"),
            html! { (cause_label(&row.about.cause).get(lang)) },
        ),
    ];
    let opens = row.opens_on.or(view.opens);
    if let Some(day) = opens.filter(|_| row.gone_on.is_none()) {
        known.push(Fact::new(frame.t("最早可申请", "May apply from"), date_tag(lang, day)));
    }
    match (row.gone_on, view.ends) {
        (Some(day), _) => {
            known.push(Fact::new(frame.t("移出日期", "Off since"), date_tag(lang, day)));
        }
        (None, Some(day)) => {
            known.push(Fact::new(frame.t("期满自动移出", "Ends by itself"), date_tag(lang, day)));
        }
        (None, None) => {}
    }
    if let Some(day) = row.due_by {
        known.push(Fact::new(frame.t("机关最迟办理日", "The organ acts by"), date_tag(lang, day)));
    }
    html! {
        section {
            h2 { (row.about.list.label().get(lang)) " " (stage_tag(lang, row.stage)) }
            (timeline(lang, row, &view, page.today))
            (facts(lang, &known))
            @if row.gone_on.is_none() {
                @if let Some(told) = row.told.as_deref().filter(|_| matches!(row.stage, Stage::NotAccepted | Stage::Refused)) {
                    (portal::inset(&html! { p { (told) } }))
                }
                (acts(frame, page, row, &view))
                (details(frame.t("修复条件", "Conditions"), &checklist(frame, &view)))
            }
        }
    }
}

/// The one button: apply, or take back what is on its way.
fn acts(frame: &Frame, page: &Entity<'_>, row: &EntryRow, view: &View) -> Markup {
    let lang = frame.lang;
    if !page.may_apply {
        return html! {};
    }
    let action = format!("/credit/entries/{}", row.listing);
    let version =
        html! { input type="hidden" name=(EXPECTED_VERSION) value=(page.subject.version); };
    if row.stage.is_running() {
        let link = row.announced_from.zip(row.application);
        return html! {
            @if let Some((_, no)) = link {
                p { a href={ "/delivery/announcements/" (row.listing) "." (no) } { (frame.t("查看公告", "See the announcement")) } }
            }
            @if row.stage != Stage::Removing {
                form method="post" action=(action) {
                    (version)
                    (Button::plain(frame.t("撤回申请", "Take the application back"), "withdraw").confirm(frame.t("撤回后可以再次申请，确定吗？", "You may apply again later. Go on?")))
                }
            }
        };
    }
    let may = row.stage == Stage::Eligible && view.kind.is_some();
    if !may {
        return html! {};
    }
    let kind = view.kind.map(|kind| kind.label());
    let reason = Control::Area { max: Some(500), lines: 3 };
    let accept =
        || Control::File { accept: ".pdf,image/jpeg,image/png".to_owned(), multiple: true };
    html! {
        form method="post" action=(action) enctype="multipart/form-data" {
            (version)
            @if let Some(kind) = &kind { p { (frame.t("申请事项：", "Asked for: ")) b { (kind.get(lang)) } } }
            p.quiet { (frame.t("主体、列入记录和已核实的条件都已预填，您只需确认。", "Entity, entry and verified conditions are filled in; you only confirm.")) }
            (Field::new(lang, "reason", frame.t("补充说明（可不填）", "Remarks (optional)"), reason))
            @for cond in unanswered(&view.conditions) {
                @let label = cond.id.label();
                (Field::new(lang, format!("proof_{}", cond.id.word()), label.get(lang), accept())
                    .hint(frame.t("登记系统没有查到，请提交材料；没有材料可以先不交，由机关核实。", "No register answers; hand in a paper, or leave it to the organ to verify.")))
            }
            (details(frame.t("守信承诺书全文", "The pledge in full (in Chinese)"), &html! { p lang="zh-CN" { (PLEDGE) } }))
            (Field::new(lang, "pledge", frame.t("我已阅读并签署守信承诺书；如有虚假，愿承担撤销修复、恢复公示等后果。", "I have read and sign the pledge; if anything is false, repair is rescinded and the entry published again."), Control::Tick).required(true))
            div.acts { (Button::main(frame.t("确认并提交申请", "Confirm and apply"), "apply")) }
        }
    }
}

/// Conditions that nobody has answered and a paper may show.
fn unanswered(conditions: &[Cond]) -> impl Iterator<Item = &Cond> {
    conditions.iter().filter(|cond| cond.state == Standing::Unknown && Known::of(cond.id).is_some())
}

fn restrictions(frame: &Frame, page: &Entity<'_>) -> Markup {
    let lang = frame.lang;
    if page.repair.measures.is_empty() {
        return html! {};
    }
    let support = page.rules.map().support(&page.repair.history(), page.today);
    let lines: Vec<String> = page
        .repair
        .measures
        .iter()
        .map(|measure| {
            let name = named(page.rules, measure, lang);
            let by = support.get(measure).map_or(0, BTreeSet::len);
            match lang {
                codes::Lang::Zh if by > 0 => {
                    format!("{name}（由{by}条在列记录支持，全部移出后解除）")
                }
                codes::Lang::En if by > 0 => {
                    format!("{name} (supported by {by} entries; lifted when the last ends)")
                }
                _ => name,
            }
        })
        .collect();
    html! {
        h2 { (frame.t("目前的限制", "Restrictions now")) }
        (bullets(&lines))
    }
}

fn named(rules: &RepairRules, measure: &Measure, lang: codes::Lang) -> String {
    rules
        .restrictions()
        .get(measure)
        .map_or_else(|| measure.0.clone(), |restriction| restriction.label.get(lang).to_owned())
}
