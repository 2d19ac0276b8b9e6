//! Task lists with states, check answers, history.

use codes::{Date, Lang, Moment};
use maud::{Markup, html};

use crate::format::date_tag;
use crate::lang::pick;

use super::basic::{Tone, tag};

/// Where a step of the applicant stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    /// Not begun.
    Open,
    /// Begun, something is missing.
    Begun,
    /// Everything is there.
    Done,
    /// Something has to be put right.
    Wrong,
    /// Opens when the steps before it are done.
    Later,
}

impl StepState {
    fn tag(self, lang: Lang) -> Markup {
        match self {
            Self::Open => tag(Tone::Active, pick(lang, "未开始", "Not started")),
            Self::Begun => tag(Tone::Time, pick(lang, "进行中", "In progress")),
            Self::Done => html! { span.done { (pick(lang, "✓ 已完成", "✓ Completed")) } },
            Self::Wrong => tag(Tone::Loss, pick(lang, "需要改正", "Needs correction")),
            Self::Later => html! { span.quiet { (pick(lang, "暂不能开始", "Cannot start yet")) } },
        }
    }
}

/// One step of a task list (任务清单).
#[derive(Clone, Debug)]
pub struct Step {
    /// What is done in this step.
    pub label: String,
    /// More words under it.
    pub hint: Option<String>,
    /// Its page.
    pub href: String,
    /// Where it stands.
    pub state: StepState,
}

/// The task list: each step with its state.
#[must_use]
pub fn steps(lang: Lang, steps: &[Step]) -> Markup {
    html! {
        ul.steps {
            @for (i, step) in steps.iter().enumerate() {
                @let state = format!("step-{i}");
                li {
                    div {
                        @if step.state == StepState::Later { span { (step.label) } }
                        @else { a href=(step.href) aria-describedby=(state) { (step.label) } }
                        @if let Some(hint) = &step.hint { p.hint { (hint) } }
                    }
                    div.state id=(state) { (step.state.tag(lang)) }
                }
            }
        }
    }
}

/// Where a stage of a course stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageState {
    /// Done.
    Done,
    /// Under way.
    Now,
    /// Its turn has not come.
    Waits,
    /// It went wrong.
    Wrong,
}

impl StageState {
    const fn class(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Now => "now",
            Self::Waits => "waits",
            Self::Wrong => "wrong",
        }
    }
}

/// One stage of a course (环节): what organs or parties do one after the other.
#[derive(Clone, Debug)]
pub struct Stage {
    /// What is done.
    pub label: String,
    /// Where it stands.
    pub state: StageState,
    /// The state in a word, and what more there is to say.
    pub note: Markup,
}

/// The course of a thing as a picture: stages on one line, each with its state in words.
#[must_use]
pub fn course(stages: &[Stage]) -> Markup {
    html! {
        ol.course {
            @for stage in stages {
                li class=(stage.state.class()) aria-current=[(stage.state == StageState::Now).then_some("step")] {
                    strong { (stage.label) } " " (stage.note)
                }
            }
        }
    }
}

/// One line of a summary (核对): name, value, where it is changed.
#[derive(Clone, Debug)]
pub struct Fact {
    /// The name of the value.
    pub label: String,
    /// The value.
    pub value: Markup,
    /// Where it can be changed or disputed.
    pub change: Option<String>,
    /// Where the value comes from if it was not typed here: 来自企业登记，2026年2月起.
    pub from: Option<String>,
}

impl Fact {
    /// A line that cannot be changed here.
    pub fn new(label: impl Into<String>, value: Markup) -> Self {
        Self { label: label.into(), value, change: None, from: None }
    }

    /// Adds the way to change it.
    #[must_use]
    pub fn change(mut self, href: impl Into<String>) -> Self {
        self.change = Some(href.into());
        self
    }

    /// Says where the value comes from.
    #[must_use]
    pub fn from(mut self, source: impl Into<String>) -> Self {
        self.from = Some(source.into());
        self
    }
}

/// A summary list: check answers, or what is known of a thing.
#[must_use]
pub fn facts(lang: Lang, facts: &[Fact]) -> Markup {
    html! {
        dl.facts {
            @for fact in facts {
                div {
                    dt { (fact.label) }
                    dd {
                        (fact.value)
                        @if let Some(from) = &fact.from { p.from { (from) } }
                    }
                    @if let Some(href) = &fact.change {
                        dd.change { a href=(href) { (pick(lang, "修改", "Change")) span.away { (pick(lang, "：", " ")) (fact.label) } } }
                    }
                }
            }
        }
    }
}

/// One thing that happened, for a history in words.
#[derive(Clone, Debug)]
pub struct Changes {
    /// When.
    pub at: Moment,
    /// What.
    pub what: Markup,
    /// Who.
    pub who: Option<String>,
}

/// A history, as ordered by the caller, day by day.
#[must_use]
pub fn history(lang: Lang, changes: &[Changes]) -> Markup {
    let mut days = Vec::<(Date, Vec<&Changes>)>::new();
    for change in changes {
        let day = change.at.date();
        match days.last_mut() {
            Some((last, of_day)) if *last == day => of_day.push(change),
            _ => days.push((day, vec![change])),
        }
    }
    html! {
        ol.history {
            @for (day, of_day) in days {
                li {
                    p.day { (date_tag(lang, day)) }
                    ul {
                        @for change in of_day {
                            @let wall = change.at.wall();
                            li {
                                time datetime=(change.at) { (format!("{:02}:{:02}", wall.hour(), wall.minute())) }
                                div {
                                    (change.what)
                                    @if let Some(who) = &change.who { " " span.quiet { (who) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
