//! What changed since the officer last did something with the task.

use super::{Open, shown};
use crate::event::{AcceptedBy, CaseEvent as E};
use crate::law::Definition;
use codes::Lang;
use forms::{Answers, Owner, Spot};
use kernel::{Actor, Recorded};
use maud::{Markup, html};
use portal::{Changes, Notice, Tone, history, pick};
use std::collections::BTreeSet;

/// What happened after her own last act, as far as it concerns her service; nothing if nothing did.
pub(crate) fn notice(open: &Open, actor: &Actor, answers: &Answers, lang: Lang) -> Markup {
    let since = last_act(open, actor);
    let changes: Vec<Changes> = open
        .loaded
        .events
        .iter()
        .filter(|event| event.version > since)
        .filter_map(|event| {
            let what = told(open, &event.read().ok()?, answers, lang)?;
            Some(Changes { at: event.at, what: html! { (what) }, who: None })
        })
        .collect();
    if changes.is_empty() {
        return html! {};
    }
    let n = changes.len();
    let title = match lang {
        Lang::Zh => format!("自您上次办理有 {n} 处变化"),
        Lang::En if n == 1 => "1 change since you last acted".to_owned(),
        Lang::En => format!("{n} changes since you last acted"),
    };
    html! { (Notice::new(Tone::Active, title, history(lang, &changes))) }
}

/// The version of her own last act on the task; else that of the hand-in.
fn last_act(open: &Open, actor: &Actor) -> u64 {
    let own = |event: &&Recorded| {
        *event.actor == *actor
            && event.read::<E>().is_ok_and(|what| what.task() == Some(&open.row.name))
    };
    let events = &open.loaded.events;
    events
        .iter()
        .rev()
        .find(own)
        .or_else(|| events.iter().find(|e| e.name() == "Submitted"))
        .map_or(0, |e| e.version)
}

/// An event in words, if it concerns the service.
fn told(open: &Open, event: &E, answers: &Answers, lang: Lang) -> Option<String> {
    let t = |zh: &str, en: &str| pick(lang, zh, en).to_owned();
    if event.task().is_some_and(|task| task != open.row.name) {
        return match event {
            E::ValueGiven { element, .. } => {
                let path = element.parse().ok()?;
                let asked = open.form.asks(&path)?;
                Some(format!("{}{}", t("已有：", "now known: "), asked.element.label.get(lang)))
            }
            _ => None,
        };
    }
    Some(match event {
        E::AnswersSaved { diff, .. } => {
            let labels = fields(open, diff, answers, lang);
            if labels.is_empty() {
                return None;
            }
            let changed = t("申请内容有变：", "changed in the application: ");
            format!("{changed}{}", labels.join(pick(lang, "、", ", ")))
        }
        E::SupplementGiven { .. } => t("申请人已补正", "the applicant has answered the supplement"),
        E::MaterialAttached { slot, .. } => {
            let label = material_label(open, slot, lang)?;
            format!("{}{label}", t("材料已更新：", "new upload: "))
        }
        E::Accepted { by: AcceptedBy::Silence, .. } => {
            t("逾期未答复，视为受理", "accepted by silence")
        }
        E::Established { .. } => {
            t("企业已成立，信用代码已生成", "the enterprise stands, its code is known")
        }
        E::DeadlineExtended { .. } => t("期限已延长", "a limit was extended"),
        E::DeadlineRecomputed { .. } | E::TermRecomputed { .. } => {
            t("放假通知公布，期限已重算", "a holiday notice arrived, limits were recomputed")
        }
        E::Breach { .. } => t("期限已超", "a line was overrun"),
        E::Reminded { text, .. } => format!("{}{text}", t("催办：", "reminder: ")),
        E::Escalated { text, .. } => format!("{}{text}", t("督办：", "escalation: ")),
        E::Objected { text, .. } => format!("{}{text}", t("申请人异议：", "objection: ")),
        E::ServiceUndone { reason, .. } => format!(
            "{}{reason}",
            t("文书被退回，视为未送达：", "a notice came back and is not served: ")
        ),
        E::Withdrawn { .. } => t("申请人已撤回", "the applicant has withdrawn"),
        E::CaseClosed { .. } => t("办件已办结", "the case is closed"),
        E::TaskDropped { .. } => t("本环节已退出", "the task was dropped"),
        _ => return None,
    })
}

/// The fields of her form among the spots that changed; others are none of her business.
fn fields(open: &Open, diff: &[String], answers: &Answers, lang: Lang) -> Vec<String> {
    let changed: BTreeSet<String> = diff
        .iter()
        .filter_map(|spot| spot.parse::<Spot>().ok())
        .flat_map(|spot| Definition::paths(answers, &spot))
        .collect();
    let mut labels = Vec::new();
    for group in &open.form.groups {
        for asked in &group.fields {
            if changed.contains(&asked.path.to_string()) {
                labels.push(shown::path_label(open, group, asked, lang));
            }
        }
        let whole = group.subject.as_ref().filter(|_| group.owner != Owner::Enterprise);
        if let (Some(subject), Some(first)) = (whole, group.fields.first()) {
            let named = [subject.key.to_string(), format!("{}[]", subject.key)];
            if named.iter().any(|name| changed.contains(name)) {
                labels.push(shown::path_label(open, group, first, lang));
            }
        }
    }
    labels
}

/// The name of an upload that her service uses.
pub(crate) fn material_label(open: &Open, slot: &str, lang: Lang) -> Option<String> {
    uploads(open).find(|(id, _)| id == slot).map(|(_, label)| label.get(lang).to_owned())
}

/// The uploads that her service uses, with what it calls them.
pub(crate) fn uploads(open: &Open) -> impl Iterator<Item = (String, &codes::Label)> {
    let own = open.form.materials.iter().filter_map(|material| match &material.by {
        forms::Provision::Upload { id, .. } => Some((id.to_string(), &material.label)),
        _ => None,
    });
    // The approvals that a registration waited for are judged with it.
    let plan = open.loaded.case.plan.as_ref().filter(|_| open.row.establishes);
    own.chain(plan.into_iter().flat_map(|plan| crate::planning::prior_slots(plan)))
}
