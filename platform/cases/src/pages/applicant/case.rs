//! The page of a case: where it stands and what is next first, then the timeline, tasks, papers, duties, messages.

use super::messages;
use super::title_of;
use crate::desk::Loaded;
use crate::event::CaseEvent as E;
use crate::http::{Visit, in_path};
use crate::model::{CaseState, Plan, Task, TaskPlan, TaskState};
use crate::pages::follow::qr;
use crate::pages::form::{Filled, card_state};
use crate::pages::{timeline, words};
use crate::planning::prior_slots;
use codes::{Date, Lang};
use forms::Answers;
use kernel::{Aggregate as _, EventId, Origin};
use maud::{Markup, html};
use module::PanelRequest;
use portal::{
    Button, Fact, Failure, Groups, Notice, Path, Row, Sheet, Step, StepState, Table, Tone, code,
    date, date_tag, facts, pick, print_button, steps, tag,
};

/// The slot in which other modules show what a case has yielded.
const OUTCOMES: &str = "origin";

/// A case, for the party to whom it belongs.
pub(crate) async fn case(visit: Visit, Path(no): Path<String>) -> Result<Markup, Failure> {
    let loaded = visit.case(&no, "case.read").await?;
    let plan = loaded.plan()?;
    let lang = visit.frame.lang;
    let today = visit.platform.clock.now().date();
    let (tone, word) = words::standing(&loaded.case, lang);
    let title = title_of(&loaded, lang);
    let drafting = matches!(loaded.case.state, CaseState::Draft | CaseState::Signing);
    let (first, answers) = if drafting {
        let filled = Filled::of(&visit, loaded.clone()).await?;
        (draft(&visit, &filled), filled.answers)
    } else {
        (next(&visit, &loaded, &plan), answers_if_read(&visit, &loaded).await?)
    };
    let body = html! {
        h1 { (title) }
        p.state { (tag(tone, word)) " " (code(Groups::Whole, &loaded.case.no.0)) }
        (first)
        @if loaded.case.submitted.is_some() {
            p { a href={ "/cases/" (loaded.case.no) "/receipt" } { (visit.t("申请回执和查询码", "Receipt and code to follow it")) } }
        }
        @if !drafting { (under_way(&visit, &loaded, &plan, today).await) }
        (papers(&visit, &loaded, &plan))
        (duties(&loaded, &plan, lang))
        h2 { (visit.t("经过", "What happened")) }
        (messages::told(&loaded, &plan, lang))
        p { a href={ "/evidence/mine?of=case/" (loaded.case.no) } { (visit.t("查看每一步的存证证明", "Proof of each step")) } }
        @if !drafting || messages::were_read(&loaded) {
            h2 { (visit.t("谁看过个人信息", "Who read personal data")) }
            (messages::readers(&loaded, &plan, &answers, lang))
        }
        @if !loaded.case.state.over() && loaded.case.established.is_none() {
            p { a href={ "/cases/" (loaded.case.no) "/withdraw" } { (visit.t("撤回申请", "Withdraw the case")) } }
        }
        (print_button(lang))
    };
    let follow = format!("{}/follow?no={}", visit.desk.portal, loaded.case.no);
    let qr = loaded.case.submitted.and_then(|_handed_in| qr(&follow));
    let sheet = Sheet { number: loaded.case.no.0.clone(), date: date(lang, today), qr };
    let home = visit.t("我的办件", "My cases");
    Ok(portal::Page::new(title).crumb(home, "/cases").sheet(sheet).render(&visit.frame, &body))
}

/// The answers, where names of persons are to be told; opening them is spared otherwise.
async fn answers_if_read(visit: &Visit, loaded: &Loaded) -> Result<Answers, Failure> {
    if messages::were_read(loaded) {
        visit.desk.answers(loaded).await
    } else {
        Ok(Answers::default())
    }
}

/// The task list of a draft.
fn draft(visit: &Visit, filled: &Filled) -> Markup {
    let lang = visit.frame.lang;
    let case = &filled.loaded.case;
    let at = |end: &str| format!("/cases/{}/{end}", case.no);
    let mut list: Vec<Step> = filled
        .cards()
        .into_iter()
        .map(|card| Step {
            label: card.label().get(lang).to_owned(),
            hint: None,
            href: filled.card_at(card),
            state: card_state(filled, card, lang),
        })
        .collect();
    let whole = list.iter().all(|step| step.state == StepState::Done);
    let step = |zh: &str, en: &str, href: String, state| Step {
        label: visit.t(zh, en).to_owned(),
        hint: None,
        href,
        state,
    };
    if filled.plan.tasks.iter().any(|task| task.automatic) {
        let state = if case.name_open() { StepState::Open } else { StepState::Done };
        list.push(step("申报名称", "Reserve the name", at("form/name#name-check"), state));
    }
    let uploads = filled.definition.materials(&filled.plan);
    let missing = uploads.iter().any(|material| {
        !case.materials.contains_key(&material.slot) && !case.confirmed.contains(&material.slot)
    });
    if !uploads.is_empty() {
        let state = if missing { StepState::Open } else { StepState::Done };
        list.push(step("上传材料", "Upload materials", at("materials"), state));
    }
    let ready = whole && !missing && !case.name_open();
    let later = if ready { StepState::Open } else { StepState::Later };
    list.push(step(
        "核对",
        "Check your answers",
        at("check"),
        if ready { StepState::Done } else { StepState::Open },
    ));
    list.push(step("签署并提交", "Sign and hand in", at("signing"), later));
    let done = list.iter().filter(|step| step.state == StepState::Done).count();
    let go_on = list.iter().find(|step| step.state != StepState::Done).or(list.last());
    html! {
        p.quiet { (match lang {
            Lang::Zh => format!("已完成 {done} 项，共 {} 项。填写的内容随时保存。", list.len()),
            Lang::En => format!("{done} of {} completed. What you type is saved at once.", list.len()),
        }) }
        @if let Some(step) = go_on {
            p { (Button::link(format!("{}{}", pick(lang, "继续：", "Go on: "), step.label), step.href.clone())) }
        }
        (steps(lang, &list))
    }
}

/// What the party has to do next, or when it will hear.
fn next(visit: &Visit, loaded: &Loaded, plan: &Plan) -> Markup {
    let lang = visit.frame.lang;
    let case = &loaded.case;
    let wanted: Vec<(&TaskPlan, &Task)> =
        rows(loaded, plan).filter(|(_, t)| t.wanted.is_some()).collect();
    if !wanted.is_empty() {
        return html! {
            @for (row, task) in wanted { (supplement(visit, loaded, row, task)) }
        };
    }
    if case.state.over() {
        let (tone, zh, en) = match case.state {
            CaseState::Closed => {
                (Tone::Good, "全部办结，结果见下。", "Everything is done; see the outcomes below.")
            }
            CaseState::Withdrawn => (Tone::Plain, "您已撤回申请。", "You have withdrawn the case."),
            _ => (
                Tone::Loss,
                "办件已终止，没有准予的环节。原因和救济途径见各环节。",
                "The case has ended without a grant. Reasons and remedies stand with each task.",
            ),
        };
        return maud::Render::render(&Notice::short(tone, visit.t(zh, en)));
    }
    if rows(loaded, plan).all(|(_, task)| task.state.ended()) {
        let title =
            visit.t("全部已作出决定，等待送达", "Everything is decided and waits to be served");
        let said = visit.t(
            "有文书等您签收的，请到收件箱签收；全部送达后办件办结。",
            "Confirm what waits for you in the inbox; the case closes when everything is served.",
        );
        let inbox = visit.t("去收件箱", "To the inbox");
        return maud::Render::render(&Notice::new(
            Tone::Active,
            title,
            html! { p { (said) } p { a href="/delivery/inbox" { (inbox) } } },
        ));
    }
    let due = rows(loaded, plan)
        .filter(|(_, task)| !task.state.ended())
        .filter_map(|(row, task)| Some((task.promise.or(task.due)?, row)))
        .min_by_key(|(due, _)| due.on);
    let title = visit.t("现在不需要您做什么", "Nothing to do for you now");
    maud::Render::render(&Notice::new(
        Tone::Active,
        title,
        html! {
            @match due {
                Some((due, row)) => p {
                    (row.organ_label.get(lang)) " · " (row.label.get(lang)) (pick(lang, "，最迟 ", ", by "))
                    (date_tag(lang, due.on))
                },
                None => p { (visit.t("各单位正在受理。", "The organs are taking it in.")) },
            }
        },
    ))
}

fn supplement(visit: &Visit, loaded: &Loaded, row: &TaskPlan, task: &Task) -> Notice {
    let lang = visit.frame.lang;
    let wanted = task.wanted.as_ref();
    let title =
        format!("{}{}", row.organ_label.get(lang), visit.t("请您补正", " asks you to supplement"));
    Notice::new(
        Tone::Time,
        title,
        html! {
            @if let Some(wanted) = wanted {
                ul.bullets { @for item in &wanted.items { li { (item.why) } } }
                @if let Some(until) = wanted.until { p { (visit.t("期限：", "By ")) (date_tag(lang, until.on)) } }
            }
            p { (Button::link(visit.t("去补正", "Answer it"), format!("/cases/{}/supplement/{}", loaded.case.no, in_path(&row.name)))) }
        },
    )
}

/// The tasks of a case in the order in which people read them.
fn rows<'a>(loaded: &'a Loaded, plan: &'a Plan) -> impl Iterator<Item = (&'a TaskPlan, &'a Task)> {
    plan.tasks.iter().filter_map(|row| Some((row, loaded.case.tasks.get(&row.name)?)))
}

/// Outcomes, timeline and tasks.
async fn under_way(visit: &Visit, loaded: &Loaded, plan: &Plan, today: Date) -> Markup {
    let lang = visit.frame.lang;
    let calendar = visit.desk.law.calendar();
    let line = timeline::timeline(loaded, plan, &calendar, today, lang);
    let outcomes = panels(visit, loaded).await;
    html! {
        @if !outcomes.is_empty() {
            h2 { (visit.t("办理结果", "Outcomes")) }
            @for panel in &outcomes { (panel) }
        }
        @if let Some(line) = line {
            h2 { (visit.t("进度", "How far it is")) }
            (line)
        }
        @if let Some(joint) = loaded.case.joint {
            p.quiet { (visit.t("联办期限：", "Joint limit: ")) (date_tag(lang, joint.on)) }
        }
        h2 { (visit.t("各环节", "Tasks")) }
        @for (row, task) in rows(loaded, plan) { (task_box(visit, loaded, plan, (row, task), today)) }
    }
}

/// What other modules show of a case's outcomes; a panel with nothing to show is left out.
async fn panels(visit: &Visit, loaded: &Loaded) -> Vec<Markup> {
    let event = EventId { shard: loaded.shard.clone(), seq: 0 };
    let kind = crate::Case::KIND.to_owned();
    let request = PanelRequest {
        origin: Origin { kind, key: loaded.case.no.0.clone(), event },
        lang: visit.frame.lang,
        actor: visit.actor.clone(),
    };
    let mut shown = Vec::new();
    for panel in visit.platform.panels.iter().filter(|panel| panel.slot == OUTCOMES) {
        let markup = (panel.show)(visit.platform.clone(), request.clone()).await;
        if !markup.0.is_empty() {
            shown.push(markup);
        }
    }
    shown
}

fn task_box(
    visit: &Visit,
    loaded: &Loaded,
    plan: &Plan,
    (row, task): (&TaskPlan, &Task),
    today: Date,
) -> Markup {
    let lang = visit.frame.lang;
    let (tone, word) = words::task_state(task, lang);
    let calendar = visit.desk.law.calendar();
    let at = format!("/cases/{}/tasks/{}", loaded.case.no, in_path(&row.name));
    let open = !task.state.ended() && !loaded.case.state.over();
    let mut known =
        vec![Fact::new(visit.t("办理单位", "Organ"), html! { (row.organ_label.get(lang)) })];
    if let Some(promise) = task.promise {
        known.push(Fact::new(visit.t("承诺", "Promised by"), date_tag(lang, promise.on)));
    }
    if let Some(due) = task.due {
        let provisional = due.provisional.then(|| {
            visit.t(
                "（放假通知公布后重新计算）",
                " (computed anew when the holiday notice is published)",
            )
        });
        known.push(Fact::new(
            visit.t("法定期限", "Statutory limit"),
            html! { (date_tag(lang, due.on)) @if let Some(text) = provisional { (text) } },
        ));
    } else if let Some(silence) = task.silence {
        known.push(Fact::new(
            visit.t("受理", "Acceptance"),
            html! { (visit.t("最迟 ", "by ")) (date_tag(lang, silence.on)) (visit.t("，逾期不告知即为受理", "; silence accepts")) },
        ));
    }
    let needs = if task.state == TaskState::Waiting { &row.start } else { &row.issue };
    if let Some(waits) = words::waits_for(plan, &loaded.case, needs, lang).filter(|_| open) {
        known.push(Fact::new(visit.t("说明", "Note"), html! { (waits) }));
    }
    let waits = words::waits_for_prior(plan, &loaded.case, row, lang);
    if let Some(waits) = waits.filter(|_| task.state == TaskState::Waiting && open) {
        let at = format!("/cases/{}/materials", loaded.case.no);
        let upload = visit.t("上传", "Upload");
        known.push(Fact::new(
            visit.t("前置审批", "Prior approval"),
            html! { (waits) " " a href=(at) { (upload) } },
        ));
    }
    if !task.breached.is_empty() {
        known.push(Fact::new(
            visit.t("逾期", "Late"),
            tag(Tone::Loss, visit.t("已超期，原因公开", "late, the reason is public")),
        ));
    }
    html! {
        section.task id={ "task-" (row.name.replace('/', "-")) } {
            h3 { (row.label.get(lang)) " " (tag(tone, word)) }
            (facts(lang, &known))
            (ground(loaded, row, lang))
            @if let Some(counted) = timeline::counted(row, task, &calendar, today, lang) { (counted) }
            @if open {
                p.acts {
                    a href={ (at) "/object" } { (visit.t("提出异议", "Object")) span.away { (visit.t("：", ": ")) (row.label.get(lang)) } }
                    @if loaded.case.established.is_none() || !row.establishes {
                        " " a href={ (at) "/drop" } { (visit.t("退出这个环节", "Drop this task")) span.away { (visit.t("：", ": ")) (row.label.get(lang)) } }
                    }
                }
            }
        }
    }
}

/// Why a task was refused or ended, by which article, and what can be done.
fn ground(loaded: &Loaded, row: &TaskPlan, lang: Lang) -> Markup {
    let found = loaded.events.iter().rev().find_map(|event| match event.read::<E>().ok()? {
        E::Refused { task, ground, .. } | E::AcceptanceRefused { task, ground, .. }
            if task == row.name =>
        {
            Some(ground)
        }
        _ => None,
    });
    html! {
        @if let Some(ground) = found {
            (Notice::new(Tone::Loss, pick(lang, "不予的理由", "Why it was refused"), html! {
                p { (ground.reason) }
                p { (pick(lang, "依据：", "By ")) (ground.article) }
                p { (pick(lang, "救济途径：", "Remedy: ")) (ground.remedy) }
            }))
        }
    }
}

/// Signed documents and uploaded materials.
fn papers(visit: &Visit, loaded: &Loaded, plan: &Plan) -> Markup {
    let lang = visit.frame.lang;
    let case = &loaded.case;
    if case.documents.is_empty() && case.materials.is_empty() {
        return html! {};
    }
    let documents = case.documents.iter().map(|(name, document)| {
        let label = plan.documents.get(name).map_or(name.as_str(), |label| label.get(lang));
        let missing = document.missing().count();
        let state = if missing == 0 {
            tag(Tone::Good, visit.t("全部签署", "signed by all"))
        } else {
            tag(
                Tone::Time,
                &match lang {
                    Lang::Zh => format!("待 {missing} 人签署"),
                    Lang::En => format!("{missing} to sign"),
                },
            )
        };
        let href = format!("/cases/{}/documents/{name}", case.no);
        Row::new(vec![html! { (label) }, state]).href(href)
    });
    let materials = case.materials.keys().map(|slot| {
        let href = format!("/cases/{}/materials/{slot}", case.no);
        let prior = prior_slots(plan).find(|(prior, _)| prior == slot).map(|(_, label)| label);
        let label = match (prior, visit.desk.definition(plan)) {
            (Some(prior), _) => prior.get(lang).to_owned(),
            (None, Ok(definition)) => definition.material_label(plan, slot).get(lang).to_owned(),
            (None, Err(_missing)) => slot.clone(),
        };
        Row::new(vec![html! { (label) }, tag(Tone::Good, visit.t("已上传", "uploaded"))]).href(href)
    });
    let columns =
        [("文件", "Paper"), ("状态", "State")].map(|(zh, en)| portal::Column::new(visit.t(zh, en)));
    let rows = documents.chain(materials).collect();
    html! {
        h2 { (visit.t("文件和材料", "Papers")) }
        (Table::new(lang, visit.t("文件和材料", "Papers"), columns.into(), rows))
    }
}

/// Duties that follow, with their days.
fn duties(loaded: &Loaded, plan: &Plan, lang: Lang) -> Markup {
    let list: Vec<Fact> = loaded
        .case
        .duties
        .iter()
        .filter_map(|(name, open)| {
            let duty = plan.duties.get(name)?;
            let label = pick(lang, &duty.zh, &duty.en);
            let state = if open.done {
                html! { (tag(Tone::Good, pick(lang, "已完成", "done"))) }
            } else {
                html! { (pick(lang, "最迟 ", "by ")) (date_tag(lang, open.due.on)) }
            };
            Some(Fact::new(label, state).from(duty.source.clone()))
        })
        .collect();
    html! {
        @if !list.is_empty() {
            h2 { (pick(lang, "后续提醒", "What follows")) }
            (facts(lang, &list))
        }
    }
}
