//! What an officer can do with a task: which acts stand open, and how the decision bar offers them.

use super::Open;
use super::shown::path_label;
use super::since::material_label;
use crate::http::Visit;
use crate::model::{Supplement, TaskState as S};
use codes::{Label, Lang};
use maud::{Markup, html};
use portal::{Button, date_tag, pick};

/// An act on a task (办理动作).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// 受理.
    Accept,
    /// 一次性告知补正.
    Supplement,
    /// 不予受理.
    RefuseAcceptance,
    /// 安排现场核查.
    Visit,
    /// 登记核查结果.
    Findings,
    /// 准予.
    Grant,
    /// 不予.
    Refuse,
    /// 暂停计时.
    Stop,
    /// 恢复计时.
    Resume,
    /// 延长期限.
    Extend,
}

impl Act {
    /// All acts, in the order of the bar.
    pub(crate) const ALL: [Self; 10] = [
        Self::Accept,
        Self::Supplement,
        Self::Grant,
        Self::Findings,
        Self::Visit,
        Self::Stop,
        Self::Resume,
        Self::Extend,
        Self::Refuse,
        Self::RefuseAcceptance,
    ];

    /// Its word in addresses and forms.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Supplement => "supplement",
            Self::RefuseAcceptance => "refuse-acceptance",
            Self::Visit => "visit",
            Self::Findings => "findings",
            Self::Grant => "grant",
            Self::Refuse => "refuse",
            Self::Stop => "stop",
            Self::Resume => "resume",
            Self::Extend => "extend",
        }
    }

    /// The act of a word.
    pub(crate) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.word() == word)
    }

    /// The action that the gate judges.
    pub(crate) const fn action(self) -> &'static str {
        match self {
            Self::Extend => "task.extend",
            _ => "task.decide",
        }
    }

    /// What it is called.
    pub(crate) fn label(self) -> Label {
        match self {
            Self::Accept => Label::new("受理", "Accept"),
            Self::Supplement => Label::new("补正", "Supplement"),
            Self::RefuseAcceptance => Label::new("不予受理", "Refuse to accept"),
            Self::Visit => Label::new("安排现场核查", "Order a site visit"),
            Self::Findings => Label::new("登记核查结果", "Record the site visit"),
            Self::Grant => Label::new("准予", "Grant"),
            Self::Refuse => Label::new("不予", "Refuse"),
            Self::Stop => Label::new("暂停计时", "Stop the clock"),
            Self::Resume => Label::new("恢复计时", "Resume the clock"),
            Self::Extend => Label::new("延长期限", "Extend the limit"),
        }
    }

    /// The key that presses it.
    const fn key(self) -> Option<char> {
        match self {
            Self::Accept => Some('a'),
            Self::Supplement => Some('s'),
            Self::Grant => Some('g'),
            Self::Refuse | Self::RefuseAcceptance => Some('r'),
            _ => None,
        }
    }

    /// Whether nothing has to be said for it: it is done from the bar at once.
    pub(crate) fn at_once(self, open: &Open) -> bool {
        match self {
            Self::Accept | Self::Resume => true,
            Self::Grant => open.row.outcome.gives.is_empty(),
            _ => false,
        }
    }

    /// Whether the task's state leaves room for it.
    pub(crate) fn stands_open(self, open: &Open, today: codes::Date) -> bool {
        let task = open.task();
        let working = matches!(task.state, S::Working | S::Visiting);
        let ready = task.state == S::Ready;
        let standing = task.stops.last().is_some_and(|stop| stop.from <= today && today < stop.to);
        match self {
            Self::Accept | Self::RefuseAcceptance => ready,
            Self::Supplement => ready && task.wanted.is_none(),
            Self::Visit => ready || task.state == S::Working,
            Self::Findings => task.state == S::Visiting,
            Self::Grant => task.state == S::Working,
            Self::Refuse => working,
            Self::Stop => working && !standing && !open.row.stops.is_empty(),
            Self::Resume => working && standing,
            Self::Extend => working && !task.extended && open.row.extension.is_some(),
        }
    }

    pub(crate) fn button(self, visit: &Visit, open: &Open) -> Button {
        let label = self.label();
        let label = label.get(visit.frame.lang);
        let page = format!("{}/act/{}", open.address(), self.word());
        let button = match self {
            Self::Accept => Button::main(label, self.word()),
            Self::Grant if self.at_once(open) => Button::main(label, self.word())
                .confirm(visit.t("准予并制发结果？", "Grant and issue the outcome?")),
            Self::Resume => Button::second(label, self.word()),
            Self::Grant => Button::link(label, page),
            _ => Button::second_link(label, page),
        };
        match self.key() {
            Some(key) => button.key(key),
            None => button,
        }
    }
}

/// What stands open and this officer may do.
pub(crate) fn offered(visit: &Visit, open: &Open) -> Vec<Act> {
    let today = visit.platform.clock.now().date();
    let over = open.loaded.case.state.over();
    Act::ALL
        .into_iter()
        .filter(|act| !over && act.stands_open(open, today) && open.may(visit, act.action()))
        .collect()
}

/// What the party was asked to supplement.
pub(crate) fn asked(open: &Open, wanted: &Supplement, lang: Lang) -> Markup {
    html! {
        section.group aria-label=(pick(lang, "补正内容", "What was asked for")) {
            h3 { (pick(lang, "已要求补正", "A supplement was asked for")) " " (date_tag(lang, wanted.on)) }
            ul.bullets { @for item in &wanted.items { li { (what_label(open, &item.what, lang)) (pick(lang, "：", ": ")) (item.why) } } }
        }
    }
}

/// The name of something that a supplement asks for: a field of the form, or an upload.
pub(crate) fn what_label(open: &Open, what: &str, lang: Lang) -> String {
    let field = open.form.groups.iter().find_map(|group| {
        let asked = group.fields.iter().find(|asked| asked.path.to_string() == what)?;
        Some(path_label(open, group, asked, lang))
    });
    field.or_else(|| material_label(open, what, lang)).unwrap_or_else(|| what.to_owned())
}
