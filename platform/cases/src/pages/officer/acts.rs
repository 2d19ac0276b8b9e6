//! The acts of an officer: a page each where something has to be said, and one place to which all are posted.
//!
//! What a refused act had said is shown again with the reason, so that nothing typed is lost.

use super::bar::Act;
use super::open::Open;
use super::shown::path_label;
use super::since::uploads;
use crate::command::CaseCommand as C;
use crate::desk::{Ask, stamped};
use crate::error::{CaseError, WorkError};
use crate::event::Ground;
use crate::http::{Visit, answer, see};
use crate::model::SupplementItem;
use axum::http::StatusCode;
use axum::response::Response;
use codes::Date;
use maud::{Markup, html};
use portal::{
    Audience, Button, Choice, Confirm, Control, Failure, Field, Notice, Page, Path, Posted,
    RequestError, Tone, error_summary, inset, stamp,
};

/// The longest text of a reason, of findings, in characters.
const WORDS_MAX: usize = 2_000;

fn act_of(word: &str) -> Result<Act, Failure> {
    Act::of(word).ok_or_else(|| RequestError::NotFound.into())
}

/// The page of an act.
pub(crate) async fn ask(
    visit: Visit,
    Path((no, task, act)): Path<(String, String, String)>,
) -> Result<Markup, Failure> {
    let act = act_of(&act)?;
    let open = Open::of(&visit, &no, &task, act.action()).await?;
    page(&visit, &open, act, &Posted::default(), None)
}

/// Does an act.
pub(crate) async fn post(
    visit: Visit,
    Path((no, task)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Failure> {
    let verb = posted.action().map(|action| action.verb).unwrap_or_default();
    let act = act_of(&verb)?;
    let open = Open::of(&visit, &no, &task, act.action()).await?;
    let (id, seen) = stamped(&posted)?;
    let done = match command(&open, act, &posted).and_then(|command| {
        open.unchanged(id, seen)?;
        Ok(command)
    }) {
        Ok(command) => {
            let ask = Ask {
                actor: &visit.actor,
                action: act.action(),
                task: Some(&open.row.name),
                id,
                expected: None,
            };
            visit.desk.submit(&visit.platform, ask, &open.loaded, &command).await.map(|_| ())
        }
        Err(failure) => Err(failure),
    };
    match done {
        Ok(()) => Ok(see(&open.address())),
        Err(failure) if matches!(failure.status, 409 | 422) && !act.at_once(&open) => {
            let status = StatusCode::from_u16(failure.status).unwrap_or(StatusCode::CONFLICT);
            Ok(answer(status, page(&visit, &open, act, &posted, Some(&failure))?))
        }
        Err(failure) => Err(failure),
    }
}

fn words(posted: &Posted, name: &str) -> String {
    posted.get(name).unwrap_or_default().chars().take(WORDS_MAX).collect()
}

fn day(posted: &Posted, name: &str) -> Result<Date, Failure> {
    let text = posted.get(name).unwrap_or_default();
    text.parse().map_err(|_shape| WorkError::NotADay(text.to_owned()).into())
}

/// What the officer said, as a command. The same form gives the same command, whenever it comes.
fn command(open: &Open, act: Act, posted: &Posted) -> Result<C, Failure> {
    let task = open.row.name.clone();
    let ground = || Ground {
        reason: words(posted, "reason"),
        article: words(posted, "article"),
        remedy: String::new(),
    };
    Ok(match act {
        Act::Accept => C::Accept { task },
        Act::Supplement => C::AskSupplement { task, items: items(open, posted) },
        Act::RefuseAcceptance => C::RefuseAcceptance { task, ground: ground() },
        Act::Visit => C::OrderVisit { task, on: day(posted, "on")? },
        Act::Findings => {
            let findings = words(posted, "findings");
            if findings.trim().is_empty() {
                return Err(CaseError::ReasonMissing.into());
            }
            C::RecordVisit { task, findings, passed: posted.get("passed") == Some("yes") }
        }
        Act::Grant => {
            let gives = open.row.outcome.gives.iter();
            let given = gives.map(|element| (element.clone(), words(posted, element))).collect();
            C::Grant { task, given }
        }
        Act::Refuse => C::Refuse { task, ground: ground() },
        Act::Stop => C::StopClock {
            task,
            cause: words(posted, "cause"),
            from: Some(day(posted, "from")?),
            to: Some(day(posted, "to")?),
        },
        Act::Resume => C::ResumeClock { task },
        Act::Extend => C::ExtendDeadline { task: Some(task), reason: words(posted, "reason") },
    })
}

/// Everything that was ticked, each with why: its own words, else the common ones.
fn items(open: &Open, posted: &Posted) -> Vec<SupplementItem> {
    let ticked = posted.ticked("item");
    let common = words(posted, "why");
    askable(open)
        .into_iter()
        .filter(|(what, _)| ticked.contains(&what.as_str()))
        .map(|(what, _)| {
            let own = words(posted, &format!("why:{what}"));
            let why = if own.trim().is_empty() { common.clone() } else { own };
            SupplementItem { what, why }
        })
        .collect()
}

/// What a supplement can name: the fields of the form that people type, and its uploads.
fn askable(open: &Open) -> Vec<(String, String)> {
    let lang = codes::Lang::Zh;
    let fields = open.form.groups.iter().flat_map(|group| {
        group
            .fields
            .iter()
            .filter(|asked| !asked.element.is_never_typed())
            .map(move |asked| (asked.path.to_string(), path_label(open, group, asked, lang)))
    });
    let files = uploads(open).map(|(slot, label)| (slot, label.get(lang).to_owned()));
    fields.chain(files).collect()
}

fn page(
    visit: &Visit,
    open: &Open,
    act: Act,
    posted: &Posted,
    failure: Option<&Failure>,
) -> Result<Markup, Failure> {
    let lang = visit.frame.lang;
    let title = act.label();
    let title = title.get(lang);
    let id = visit.desk.fresh_id()?.to_string();
    let address = open.address();
    let target = format!("{address}/act");
    let told = failure.map(|failure| failure.label.get(lang).to_owned());
    let body = if matches!(act, Act::Refuse | Act::RefuseAcceptance) {
        refusal(visit, open, act, posted, &id).markup_in(lang, told.as_deref())
    } else {
        html! {
            @if let Some(told) = &told { (error_summary(lang, [(first_field(act), told.as_str())])) }
            h1 { (title) }
            p { (open.loaded.case.title) " · " (open.row.label.get(lang)) }
            form method="post" action=(target) {
                (stamp(&id, Some(open.loaded.version)))
                (fields(visit, open, act, posted))
                div.acts {
                    (Button::main(title, act.word()))
                    a href=(address) { (visit.t("返回，不作更改", "Go back without changing anything")) }
                }
            }
        }
    };
    let page = Page::new(title)
        .crumb(visit.t("待办", "Worklist"), "/work")
        .crumb(open.loaded.case.title.clone(), address)
        .audience(Audience::Officer)
        .failed(failure.is_some());
    Ok(page.render(&visit.frame, &body))
}

const fn first_field(act: Act) -> &'static str {
    match act {
        Act::Supplement => "item",
        Act::Visit => "on",
        Act::Findings => "findings",
        Act::Stop => "cause",
        Act::Accept
        | Act::RefuseAcceptance
        | Act::Grant
        | Act::Refuse
        | Act::Resume
        | Act::Extend => "reason",
    }
}

fn area(visit: &Visit, posted: &Posted, name: &str, zh: &str, en: &str) -> Field {
    Field::new(
        visit.frame.lang,
        name,
        visit.t(zh, en),
        Control::Area { max: Some(WORDS_MAX), lines: 4 },
    )
    .maybe(posted.filled(name))
    .required(true)
}

fn date(visit: &Visit, posted: &Posted, name: &str, zh: &str, en: &str) -> Field {
    Field::new(visit.frame.lang, name, visit.t(zh, en), Control::Date)
        .maybe(posted.filled(name))
        .required(true)
}

fn fields(visit: &Visit, open: &Open, act: Act, posted: &Posted) -> Markup {
    let lang = visit.frame.lang;
    match act {
        Act::Accept | Act::Resume | Act::Refuse | Act::RefuseAcceptance => html! {},
        Act::Supplement => supplement(visit, open, posted),
        Act::Visit => html! { (date(visit, posted, "on", "核查日期", "Day of the visit")) },
        Act::Findings => {
            let choices = vec![
                Choice::new("yes", visit.t("符合要求", "The premises pass")),
                Choice::new("no", visit.t("不符合要求", "The premises do not pass")),
            ];
            let passed =
                Field::new(lang, "passed", visit.t("结论", "Result"), Control::Radios(choices));
            html! {
                (area(visit, posted, "findings", "核查情况", "What was found"))
                (passed.maybe(posted.filled("passed")).required(true))
            }
        }
        Act::Grant => html! {
            @for element in &open.row.outcome.gives {
                @let known = open.definition.dictionary.element(element);
                @let label = known.map_or(element.as_str(), |known| known.label.get(lang));
                (Field::text(lang, element, label).maybe(posted.filled(element)).required(true))
            }
        },
        Act::Stop => {
            let causes = open.row.stops.iter().map(|cause| Choice::new(cause, cause)).collect();
            let cause = Field::new(
                lang,
                "cause",
                visit.t(
                    "法定事由（行政许可法第四十五条）",
                    "Lawful cause (Administrative Licensing Law, art. 45)",
                ),
                Control::Radios(causes),
            );
            html! {
                (inset(&html! { p { (visit.t("现场核查不停止计时。所需时间须书面告知申请人。", "A site visit does not stop the clock. The time needed is told to the applicant in writing.")) } }))
                (cause.maybe(posted.filled("cause")).required(true))
                (date(visit, posted, "from", "自", "From"))
                (date(visit, posted, "to", "至", "To"))
            }
        }
        Act::Extend => html! {
            @if let Some(by) = &open.row.extension { p { (visit.t("可延长：", "By at most: ")) (by) " · " (open.row.source) } }
            (area(visit, posted, "reason", "延长理由（告知申请人）", "Why (told to the applicant)"))
        },
    }
}

/// One notice of everything: tick what is missing, say why.
fn supplement(visit: &Visit, open: &Open, posted: &Posted) -> Markup {
    let lang = visit.frame.lang;
    let choices = askable(open).into_iter().map(|(what, _)| {
        let label = super::bar::what_label(open, &what, lang);
        Choice::new(what, label)
    });
    let mut item = Field::new(
        lang,
        "item",
        visit.t(
            "需要补正的内容（一次勾选全部）",
            "What is missing or wrong (tick everything at once)",
        ),
        Control::Checks(choices.collect()),
    );
    for ticked in posted.ticked("item") {
        item = item.value(ticked);
    }
    html! {
        (Notice::short(Tone::Time, visit.t("补正只能要求一次，请列明全部内容；逾期不告知的，自收到之日起视为受理（行政许可法第三十二条）。", "A supplement can be asked once. Name everything; silence counts as acceptance from the day of receipt (Administrative Licensing Law, art. 32).")))
        (item.required(true))
        (area(visit, posted, "why", "原因与要求", "Why, and what is wanted"))
    }
}

/// A refusal asks once, and shows the remedy that its notice will state.
struct Refusal<'a> {
    confirm: Confirm<'a>,
    post_to: String,
    back: String,
}

fn refusal<'a>(visit: &Visit, open: &Open, act: Act, posted: &Posted, id: &'a str) -> Refusal<'a> {
    let lang = visit.frame.lang;
    let address = open.address();
    let remedy = open.row.remedy.as_ref();
    let falls = open.plan.tasks.iter().filter(|row| {
        let task = open.loaded.case.tasks.get(&row.name);
        open.plan.depends(&row.name, &open.row.name) && task.is_some_and(|task| !task.state.ended())
    });
    let mut losses = vec![format!("{}：{}", open.row.label.get(lang), act.label().get(lang))];
    losses.extend(falls.map(|row| {
        format!(
            "{}：{}",
            row.label.get(lang),
            visit.t("需要它，一并退出", "needs it and is dropped")
        )
    }));
    let more = html! {
        (area(visit, posted, "reason", "理由", "Reason"))
        (Field::text(lang, "article", visit.t("依据条款", "Law and article")).maybe(posted.filled("article")).required(true))
        @if let Some(remedy) = remedy {
            (inset(&html! {
                p { b { (visit.t("救济途径（随决定书告知）", "Remedy (stated in the notice)")) } }
                p { (portal::pick(lang, &remedy.zh, &remedy.en)) }
                p.quiet { (remedy.source) }
            }))
        }
    };
    let (question, yes) = match (lang, act) {
        (codes::Lang::Zh, Act::RefuseAcceptance) => ("不予受理？", "确认不予受理"),
        (codes::Lang::Zh, _) => ("作出不予决定？", "确认不予"),
        (codes::Lang::En, Act::RefuseAcceptance) => ("Refuse to accept?", "Refuse to accept"),
        (codes::Lang::En, _) => ("Refuse?", "Refuse"),
    };
    Refusal {
        confirm: Confirm {
            question,
            losses,
            stays: vec![
                visit.t("其他单位已经准予的结果", "What other organs have granted").to_owned(),
            ],
            post_to: "",
            action: act.word(),
            yes,
            back: "",
            command_id: id,
            expected_version: Some(open.loaded.version),
            more,
        },
        post_to: format!("{address}/act"),
        back: address,
    }
}

impl Refusal<'_> {
    fn markup_in(self, lang: codes::Lang, told: Option<&str>) -> Markup {
        let confirm = Confirm { post_to: &self.post_to, back: &self.back, ..self.confirm };
        html! {
            @if let Some(told) = told { (error_summary(lang, [("reason", told)])) }
            (confirm.markup(lang))
        }
    }
}
