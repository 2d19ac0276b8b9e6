//! What happened to a case, told to the party: one line an event, newest first; and who read personal data.

use crate::desk::Loaded;
use crate::event::{AcceptedBy, CaseEvent as E, Closing};
use crate::law::Applied;
use crate::model::{Line, Plan};
use crate::pages::words;
use codes::Lang;
use forms::Answers;
use kernel::Recorded;
use maud::{Markup, Render as _, html};
use portal::{Changes, Column, Row, Table, date, empty, history, moment_tag, pick};

/// The history of a case in words, newest first.
pub(crate) fn told(loaded: &Loaded, plan: &Plan, lang: Lang) -> Markup {
    let changes: Vec<Changes> = loaded
        .events
        .iter()
        .rev()
        .filter_map(|event| {
            let what = line(&event.read().ok()?, plan, lang)?;
            Some(Changes { at: event.at, what: html! { (what) }, who: None })
        })
        .collect();
    history(lang, &changes)
}

fn of_task(plan: &Plan, task: &str, lang: Lang) -> String {
    plan.task(task).map_or_else(
        || task.to_owned(),
        |row| {
            let between = pick(lang, " · ", " · ");
            format!("{}{between}{}", row.organ_label.get(lang), row.label.get(lang))
        },
    )
}

/// One event in words; none for what the party need not be told line by line, such as each save.
fn line(event: &E, plan: &Plan, lang: Lang) -> Option<String> {
    let zh = lang == Lang::Zh;
    let task = |name: &str| of_task(plan, name, lang);
    let say = |zh_text: String, en_text: String| Some(if zh { zh_text } else { en_text });
    match event {
        E::Granted { task: name, .. } => {
            say(format!("{}：准予", task(name)), format!("{}: granted", task(name)))
        }
        E::OutcomeReady { task: name, .. } => say(
            format!("{}：已审定，待发证", task(name)),
            format!("{}: decided, to be issued", task(name)),
        ),
        E::Refused { task: name, ground, .. } | E::AcceptanceRefused { task: name, ground, .. } => {
            let (reason, article) = (&ground.reason, &ground.article);
            say(
                format!("{}：不予。{reason}（{article}）", task(name)),
                format!("{}: refused. {reason} ({article})", task(name)),
            )
        }
        E::Accepted { task: name, by, due, .. } => {
            let how = accepted(*by, lang);
            let due = date(lang, due.on);
            say(
                format!("{}：{how}，法定期限至{due}", task(name)),
                format!("{}: {how}; the statutory limit is {due}", task(name)),
            )
        }
        E::SupplementAsked { task: name, items, .. } => say(
            format!("{}：请您补正 {} 项", task(name), items.len()),
            format!("{}: {} items to supplement", task(name), items.len()),
        ),
        E::TaskDropped { task: name, why } => {
            let why = words::drop_cause(why, plan, lang);
            say(format!("{}：退出，{why}", task(name)), format!("{}: dropped, {why}", task(name)))
        }
        E::LicenceIssued { task: name, number, .. } => say(
            format!("{}：证照已签发，编号 {number}", task(name)),
            format!("{}: licence issued, number {number}", task(name)),
        ),
        E::Served { task: name, on, .. } => {
            let on = date(lang, *on);
            say(
                format!("{}：文书已送达（{on}）", task(name)),
                format!("{}: notice served ({on})", task(name)),
            )
        }
        E::ServiceUndone { task: name, reason, .. } => say(
            format!("{}：文书被退回，视为未送达（{reason}），将以其他方式送达", task(name)),
            format!("{}: a notice came back ({reason}) and will be served otherwise", task(name)),
        ),
        E::RulesApplied { tasks, .. } => {
            let told: Vec<String> = tasks
                .iter()
                .map(|(name, set)| format!("{}{}", task(name), by_rules(set, lang)))
                .collect();
            Some(told.join(pick(lang, "；", "; ")))
        }
        other => clock(other, plan, lang).or_else(|| party(other, plan, lang)),
    }
}

/// What decision tables set for a task, with the law that says so.
fn by_rules(set: &Applied, lang: Lang) -> String {
    let mut told = Vec::new();
    if let Some(outcome) = &set.outcome {
        let name = outcome.label().get(lang).to_owned();
        told.push(match lang {
            Lang::Zh => format!("办理结果为《{name}》"),
            Lang::En => format!("the outcome is the {name}"),
        });
    }
    if set.statutory.is_some() || set.extension.is_some() {
        told.push(pick(lang, "法定期限另行确定", "the statutory limit is another").to_owned());
    }
    if !set.waived.is_empty() {
        told.push(pick(lang, "没有后续备案事项", "nothing has to be filed afterwards").to_owned());
    }
    let sources: Vec<&str> = set.by.iter().filter_map(|by| by.source.as_deref()).collect();
    let told = told.join(pick(lang, "，", ", "));
    match lang {
        Lang::Zh if sources.is_empty() => format!("：{told}"),
        Lang::Zh => format!("：{told}（{}）", sources.join("；")),
        Lang::En if sources.is_empty() => format!(": {told}"),
        Lang::En => format!(": {told} ({})", sources.join("; ")),
    }
}

fn accepted(by: AcceptedBy, lang: Lang) -> &'static str {
    match by {
        AcceptedBy::Officer => pick(lang, "已受理", "accepted"),
        AcceptedBy::Silence => pick(
            lang,
            "逾期未告知补正，自收到之日起即为受理（行政许可法第三十二条）",
            "accepted by silence as of the day of receipt (Administrative Licensing Law, art. 32)",
        ),
        AcceptedBy::System => pick(lang, "系统受理", "accepted by the platform"),
    }
}

/// What happened to a clock.
fn clock(event: &E, plan: &Plan, lang: Lang) -> Option<String> {
    let task = |name: &str| of_task(plan, name, lang);
    let joint = || pick(lang, "联办期限", "the joint limit").to_owned();
    Some(match event {
        E::ClockStopped { task: name, stop, days, due } => {
            let (from, to, due) = (date(lang, stop.from), date(lang, stop.to), date(lang, due.on));
            let cause = &stop.cause;
            match lang {
                Lang::Zh => format!(
                    "{}：因{cause}停止计时，{from}至{to}，共 {days} 日，期限改为{due}",
                    task(name)
                ),
                Lang::En => format!(
                    "{}: the clock stands from {from} to {to} ({cause}), {days} days; now due {due}",
                    task(name)
                ),
            }
        }
        E::ClockResumed { task: name, due, .. } => match lang {
            Lang::Zh => format!("{}：恢复计时，期限改为{}", task(name), date(lang, due.on)),
            Lang::En => {
                format!("{}: the clock goes on; now due {}", task(name), date(lang, due.on))
            }
        },
        E::DeadlineExtended { task: name, reason, due, .. } => {
            let name = name.as_deref().map_or_else(joint, task);
            let due = date(lang, due.on);
            match lang {
                Lang::Zh => format!("{name}：延长至{due}，理由：{reason}"),
                Lang::En => format!("{name}: extended to {due}, because: {reason}"),
            }
        }
        E::DeadlineRecomputed { task: name, due, .. } => {
            let name = name.as_deref().map_or_else(joint, task);
            let due = date(lang, due.on);
            match lang {
                Lang::Zh => format!("{name}：按新公布的放假通知重新计算，期限为{due}"),
                Lang::En => format!("{name}: computed anew under a new holiday notice; due {due}"),
            }
        }
        E::Breach { task: name, line, .. } => {
            let name = name.as_deref().map_or_else(joint, task);
            let what = match line {
                Line::Promise => pick(lang, "超过承诺期限", "later than promised"),
                Line::Statutory => pick(lang, "超过法定期限", "later than the law allows"),
            };
            format!("{name}{}{what}", pick(lang, "：", ": "))
        }
        _ => return None,
    })
}

/// What the party, its signers and the coordinator did.
fn party(event: &E, plan: &Plan, lang: Lang) -> Option<String> {
    let task = |name: &str| of_task(plan, name, lang);
    let colon = pick(lang, "：", ": ");
    Some(match event {
        E::CaseOpened { .. } => pick(lang, "办件建立", "case opened").to_owned(),
        E::NameReserved { name, until, .. } => match lang {
            Lang::Zh => format!("名称“{name}”已保留至{}", date(lang, *until)),
            Lang::En => format!("the name “{name}” is kept until {}", date(lang, *until)),
        },
        E::NameLost => {
            pick(lang, "名称保留期已满", "the reservation of the name ran out").to_owned()
        }
        E::Submitted { .. } => pick(lang, "申请已提交", "handed in").to_owned(),
        E::SupplementGiven { task: name, .. } => format!(
            "{}{colon}{}",
            task(name),
            pick(lang, "您已补正", "you answered the supplement")
        ),
        E::VisitOrdered { task: name, on } => format!(
            "{}{colon}{} {}",
            task(name),
            pick(lang, "安排现场核查", "site visit on"),
            date(lang, *on)
        ),
        E::VisitCounted { task: name, on, .. } => format!(
            "{}{colon}{} {}",
            task(name),
            pick(
                lang,
                "同一场所此前的现场核查结果沿用，核查日期",
                "an earlier site visit of the same premises counts, made on"
            ),
            date(lang, *on)
        ),
        E::VisitRecorded { task: name, passed, .. } => {
            let how = if *passed {
                pick(lang, "现场核查通过", "site visit passed")
            } else {
                pick(lang, "现场核查未通过", "site visit not passed")
            };
            format!("{}{colon}{how}", task(name))
        }
        E::Established { uscc, .. } => format!(
            "{}{colon}{uscc}",
            pick(lang, "企业成立，统一社会信用代码", "established, unified social credit code")
        ),
        E::Objected { task: name, text } => format!(
            "{}{colon}{}{colon}{text}",
            task(name),
            pick(lang, "您提出异议", "you objected")
        ),
        E::Reminded { task: name, .. } => format!(
            "{}{colon}{}",
            task(name),
            pick(lang, "督办人员催办", "the coordinator sent a reminder")
        ),
        E::Escalated { task: name, .. } => format!(
            "{}{colon}{}",
            task(name),
            pick(lang, "督办升级", "the coordinator escalated it")
        ),
        E::Withdrawn { .. } => pick(lang, "申请已撤回", "withdrawn").to_owned(),
        E::CaseClosed { how: Closing::Closed, .. } => pick(lang, "办结", "closed").to_owned(),
        E::CaseClosed { how: Closing::Ended, .. } => {
            pick(lang, "终止，没有准予的环节", "ended, nothing was granted").to_owned()
        }
        _ => return None,
    })
}

/// Whether anybody has read or asked for personal data of the case.
pub(crate) fn were_read(loaded: &Loaded) -> bool {
    loaded.events.iter().any(|event| matches!(event.name(), "PersonRead" | "ReadDenied"))
}

/// Who read which person's data, when and for what; who asked for what he may not have.
pub(crate) fn readers(loaded: &Loaded, plan: &Plan, answers: &Answers, lang: Lang) -> Markup {
    let rows: Vec<Row> =
        loaded.events.iter().rev().filter_map(|event| reader(event, plan, answers, lang)).collect();
    let columns =
        [("时间", "When"), ("单位", "Organ"), ("谁的信息", "Whose data"), ("目的", "Purpose")]
            .map(|(zh, en)| Column::new(pick(lang, zh, en)));
    let nobody = empty(
        pick(lang, "还没有人查看", "Nobody has read it yet"),
        pick(
            lang,
            "办理人员每次查看个人信息都会记录在这里。",
            "Each time an officer reads personal data, it is recorded here.",
        ),
        None,
    );
    let caption = pick(lang, "谁看过个人信息", "Who read personal data");
    Table::new(lang, caption, columns.into(), rows).empty(nobody).render()
}

fn reader(event: &Recorded, plan: &Plan, answers: &Answers, lang: Lang) -> Option<Row> {
    let name = |card: &String| {
        answers
            .cards
            .get(card.as_str())
            .and_then(|card| card.get("name"))
            .and_then(elements::Value::as_text)
            .map_or_else(|| card.clone(), str::to_owned)
    };
    let (task, whose, purpose) = match event.read::<E>().ok()? {
        E::PersonRead { task, cards, purpose } => {
            let names: Vec<String> = cards.iter().map(name).collect();
            (task, names.join(pick(lang, "、", ", ")), purpose)
        }
        E::ReadDenied { task, path } => {
            let denied =
                pick(lang, "已拒绝：不属于该单位的业务", "denied: not of this organ's service");
            (task, path, denied.to_owned())
        }
        _ => return None,
    };
    let organ =
        plan.task(&task).map(|row| row.organ_label.get(lang).to_owned()).unwrap_or_default();
    Some(Row::new(vec![
        moment_tag(lang, event.at),
        html! { (organ) },
        html! { (whose) },
        html! { (purpose) },
    ]))
}
