//! States, causes and roles in plain words, both languages.

use crate::event::DropCause;
use crate::model::{Case, CaseState, Plan, Task, TaskPlan, TaskState};
use crate::planning::prior_missing;
use codes::Lang;
use portal::{Tone, pick};

/// Where a case stands, in a word with its tone.
pub(crate) fn case_state(state: CaseState, lang: Lang) -> (Tone, &'static str) {
    match state {
        CaseState::None => (Tone::Plain, pick(lang, "未建立", "not opened")),
        CaseState::Draft => (Tone::Active, pick(lang, "草稿", "draft")),
        CaseState::Signing => (Tone::Active, pick(lang, "待签署", "to be signed")),
        CaseState::Submitted => (Tone::Active, pick(lang, "已提交", "submitted")),
        CaseState::Running => (Tone::Active, pick(lang, "办理中", "under way")),
        CaseState::Closed => (Tone::Good, pick(lang, "办结", "closed")),
        CaseState::Withdrawn => (Tone::Plain, pick(lang, "已撤回", "withdrawn")),
        CaseState::Ended => (Tone::Loss, pick(lang, "已终止", "ended")),
    }
}

/// Where a case stands, looked at closely: what everybody has signed only waits to be handed in.
pub(crate) fn standing(case: &Case, lang: Lang) -> (Tone, &'static str) {
    let signed = |document: &crate::model::Document| document.missing().count() == 0;
    let all = !case.documents.is_empty() && case.documents.values().all(signed);
    if case.state == CaseState::Signing && all {
        return (Tone::Active, pick(lang, "已签署，待提交", "signed, to be handed in"));
    }
    case_state(case.state, lang)
}

/// The state of a case as its word in a table says it.
pub(crate) fn case_word(word: &str) -> CaseState {
    const ALL: [CaseState; 8] = [
        CaseState::None,
        CaseState::Draft,
        CaseState::Signing,
        CaseState::Submitted,
        CaseState::Running,
        CaseState::Closed,
        CaseState::Withdrawn,
        CaseState::Ended,
    ];
    ALL.into_iter().find(|state| state.word() == word).unwrap_or_default()
}

/// Where a task stands, in a word with its tone.
pub(crate) fn task_state(task: &Task, lang: Lang) -> (Tone, &'static str) {
    if task.wanted.is_some() {
        return (Tone::Time, pick(lang, "请您补正", "needs your answer"));
    }
    match task.state {
        TaskState::Waiting => (Tone::Plain, pick(lang, "等待前置环节", "waits for another task")),
        TaskState::Ready => (Tone::Active, pick(lang, "待受理", "received, not accepted yet")),
        TaskState::Working => (Tone::Active, pick(lang, "审查中", "under review")),
        TaskState::Visiting => (Tone::Active, pick(lang, "现场核查", "site visit")),
        TaskState::ReadyToIssue => {
            (Tone::Active, pick(lang, "已审定，待发证", "decided, to be issued"))
        }
        TaskState::ReadyToServe => {
            (Tone::Active, pick(lang, "已审定，统一送达", "decided, served together"))
        }
        TaskState::Granted => (Tone::Good, pick(lang, "准予", "granted")),
        TaskState::Refused => (Tone::Loss, pick(lang, "不予", "refused")),
        TaskState::Dropped => (Tone::Plain, pick(lang, "已退出", "dropped")),
    }
}

/// What a task waits for, by the names of the tasks.
pub(crate) fn waits_for(plan: &Plan, case: &Case, needs: &[String], lang: Lang) -> Option<String> {
    let open: Vec<&str> = needs
        .iter()
        .filter(|need| !case.stands(need))
        .filter_map(|need| plan.task(need))
        .map(|task| task.label.get(lang))
        .collect();
    (!open.is_empty()).then(|| {
        format!("{}{}", pick(lang, "等待：", "waits for: "), open.join(pick(lang, "、", ", ")))
    })
}

/// Which prior approvals a registration waits for.
pub(crate) fn waits_for_prior(
    plan: &Plan,
    case: &Case,
    row: &TaskPlan,
    lang: Lang,
) -> Option<String> {
    let missing = prior_missing(plan, case);
    let waits = row.establishes && !missing.is_empty();
    let names: Vec<&str> = missing.into_iter().map(|label| label.get(lang)).collect();
    waits.then(|| {
        let told = pick(lang, "等待前置审批文件：", "waits for prior approvals: ");
        format!("{told}{}", names.join(pick(lang, "、", ", ")))
    })
}

/// Why a task ended without outcome.
pub(crate) fn drop_cause(cause: &DropCause, plan: &Plan, lang: Lang) -> String {
    match cause {
        DropCause::Needs(task) => {
            let name = plan.task(task).map_or(task.as_str(), |task| task.label.get(lang));
            match lang {
                Lang::Zh => format!("所需的“{name}”未获准予"),
                Lang::En => format!("“{name}”, which it needs, was not granted"),
            }
        }
        DropCause::Party => pick(lang, "您退出了这个环节", "you dropped it").to_owned(),
        DropCause::Withdrawn => pick(lang, "您撤回了申请", "you withdrew the case").to_owned(),
        DropCause::Lapsed => {
            pick(lang, "补正未在期限内提交", "the supplement was not answered in time").to_owned()
        }
        DropCause::NameEnded => {
            pick(lang, "名称保留期已满", "the reservation of the name ran out").to_owned()
        }
    }
}
