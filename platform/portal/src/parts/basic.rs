//! Buttons, tags, notices, panels, tabs and other small parts.

use codes::Lang;
use maud::{Markup, Render, html};

use crate::format::workdays_left;
use crate::lang::pick;
use crate::posted::{ACTION, stamp};

use super::percent;

/// What a colour says beside the words; never without the words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing special.
    #[default]
    Plain,
    /// Done, granted, valid.
    Good,
    /// Under way, yours to act.
    Active,
    /// Time is short.
    Time,
    /// Refused, void, lost: law and loss alone.
    Loss,
}

impl Tone {
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Good => "good",
            Self::Active => "active",
            Self::Time => "time",
            Self::Loss => "loss",
        }
    }
}

/// A state in a word (标签).
#[must_use]
pub fn tag(tone: Tone, text: &str) -> Markup {
    html! { span class={ "tag " (tone.class()) } { (text) } }
}

/// A button of a form, or a link that looks like one.
#[derive(Clone, Debug)]
pub struct Button {
    label: String,
    kind: &'static str,
    action: Option<String>,
    href: Option<String>,
    to: Option<String>,
    key: Option<char>,
    confirm: Option<String>,
    unchecked: bool,
}

impl Button {
    /// The one main act of a page; it posts `_action`.
    pub fn main(label: impl Into<String>, action: impl Into<String>) -> Self {
        Self::new(label.into(), "button", Some(action.into()), None)
    }

    /// Another act beside the main one.
    pub fn second(label: impl Into<String>, action: impl Into<String>) -> Self {
        Self::new(label.into(), "button second", Some(action.into()), None)
    }

    /// An act after which something is gone.
    pub fn loss(label: impl Into<String>, action: impl Into<String>) -> Self {
        Self::new(label.into(), "button loss", Some(action.into()), None)
    }

    /// A small act that reads like a link: add a row, remove a row.
    pub fn plain(label: impl Into<String>, action: impl Into<String>) -> Self {
        Self::new(label.into(), "plain", Some(action.into()), None)
    }

    /// A link to the next step.
    pub fn link(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self::new(label.into(), "button", None, Some(href.into()))
    }

    /// A link beside the main act.
    pub fn second_link(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self::new(label.into(), "button second", None, Some(href.into()))
    }

    const fn new(
        label: String,
        kind: &'static str,
        action: Option<String>,
        href: Option<String>,
    ) -> Self {
        Self { label, kind, action, href, to: None, key: None, confirm: None, unchecked: false }
    }

    /// A key that presses it where scripts run (`a` accept, `s` supplement, `g` grant, `r` refuse).
    #[must_use]
    pub const fn key(mut self, key: char) -> Self {
        self.key = Some(key);
        self
    }

    /// Posts its form to another address than the form names.
    #[must_use]
    pub fn to(mut self, address: impl Into<String>) -> Self {
        self.to = Some(address.into());
        self
    }

    /// A question that scripts ask before it acts; without scripts the server asks.
    #[must_use]
    pub fn confirm(mut self, question: impl Into<String>) -> Self {
        self.confirm = Some(question.into());
        self
    }

    /// Posts without the browser's own checks: saving for later, adding a row.
    #[must_use]
    pub const fn unchecked(mut self) -> Self {
        self.unchecked = true;
        self
    }
}

impl Render for Button {
    fn render(&self) -> Markup {
        let key = self.key.map(String::from);
        let hint = html! { @if let Some(key) = &key { " " kbd aria-hidden="true" { (key) } } };
        html! {
            @match &self.href {
                Some(href) => a class=(self.kind) href=(href) data-key=[&key] aria-keyshortcuts=[&key] { (self.label) (hint) },
                None => button class=(self.kind) type="submit" name=[self.action.is_some().then_some(ACTION)] value=[&self.action]
                    formnovalidate[self.unchecked] formaction=[&self.to] data-key=[&key] aria-keyshortcuts=[&key] data-confirm=[&self.confirm] { (self.label) (hint) },
            }
        }
    }
}

/// A message at the head of a page: what has just happened, or what to mind.
#[derive(Clone, Debug)]
pub struct Notice {
    tone: Tone,
    title: String,
    body: Markup,
}

impl Notice {
    /// A message with a title and more text.
    pub fn new(tone: Tone, title: impl Into<String>, body: Markup) -> Self {
        Self { tone, title: title.into(), body }
    }

    /// A message of one sentence.
    pub fn short(tone: Tone, title: impl Into<String>) -> Self {
        Self::new(tone, title, html! {})
    }
}

impl Render for Notice {
    fn render(&self) -> Markup {
        let role = if self.tone == Tone::Loss { "alert" } else { "status" };
        html! { div class={ "notice " (self.tone.class()) } role=(role) { p.title { (self.title) } (self.body) } }
    }
}

/// All errors of a page at its head, each a link to its field: name of the input and text. Empty where there is none.
#[must_use]
pub fn error_summary<'a>(
    lang: Lang,
    errors: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Markup {
    let links = errors
        .into_iter()
        .map(|(field, text)| (format!("#{}", crate::field_id(field)), text.to_owned()));
    error_links(lang, &links.collect::<Vec<_>>())
}

/// Errors that may stand on other pages: address and text. Empty where there is none.
#[must_use]
pub fn error_links(lang: Lang, errors: &[(String, String)]) -> Markup {
    html! {
        @if !errors.is_empty() {
            div.errors role="alert" tabindex="-1" data-focus {
                h2 { (pick(lang, "请改正以下内容", "Please correct the following")) }
                ul { @for (href, text) in errors { li { a href=(href) { (text) } } } }
            }
        }
    }
}

/// A passage set off from the text: a rule, a condition, an example.
#[must_use]
pub fn inset(body: &Markup) -> Markup {
    html! { div.inset { (body) } }
}

/// The confirmation at the end of a service: what was done, its number, what comes next.
#[must_use]
pub fn panel(title: &str, body: &Markup) -> Markup {
    html! { div.panel { h1 { (title) } (body) } }
}

/// A thing among others of its kind (卡片): a unit, a document, a form beside others.
#[must_use]
pub fn card(title: &Markup, body: &Markup) -> Markup {
    html! { section.card { h2 { (title) } (body) } }
}

/// A button that prints the page; it shows only where scripts run, since without them it could do nothing.
#[must_use]
pub fn print_button(lang: Lang) -> Markup {
    html! { button.button.second type="button" data-print hidden { (pick(lang, "打印", "Print")) } }
}

/// The one bar at the foot of an officer's case (决定栏): it stays in sight and its keys work.
#[must_use]
pub fn decision_bar(lang: Lang, buttons: &[Button], more: &Markup) -> Markup {
    html! {
        div.decide data-decide role="group" aria-label=(pick(lang, "办理决定", "Decision")) {
            @for button in buttons { (button) }
            (more)
        }
    }
}

/// The one big answer of a verification page (核验结果): 有效, 已暂停, 已注销, 被更改; in both languages at once.
#[must_use]
pub fn verdict(tone: Tone, answer: &codes::Label, lang: Lang, body: &Markup) -> Markup {
    let (first, second) = match lang {
        Lang::Zh => ((&answer.zh, Lang::Zh), (&answer.en, Lang::En)),
        Lang::En => ((&answer.en, Lang::En), (&answer.zh, Lang::Zh)),
    };
    let shape = match tone {
        Tone::Good => "✓",
        Tone::Time => "‖",
        Tone::Loss => "✕",
        Tone::Plain | Tone::Active => "–",
    };
    html! {
        div class={ "verdict " (tone.class()) } role="status" {
            p.answer {
                span.shape aria-hidden="true" { (shape) }
                span {
                    b lang=(first.1.tag()) { (first.0) }
                    span.other lang=(second.1.tag()) { (second.0) }
                }
            }
            (body)
        }
    }
}

/// A passage behind its heading.
#[must_use]
pub fn details(heading: &str, body: &Markup) -> Markup {
    html! { details { summary { (heading) } div { (body) } } }
}

/// A list of short texts.
#[must_use]
pub fn bullets<T: AsRef<str>>(items: &[T]) -> Markup {
    html! { ul.bullets { @for item in items { li { (item.as_ref()) } } } }
}

/// What a list says when it is empty, and how it fills.
#[must_use]
pub fn empty(title: &str, teaching: &str, next: Option<&Button>) -> Markup {
    html! {
        div.empty {
            p.title { (title) }
            p { (teaching) }
            @if let Some(next) = next { p { (next) } }
        }
    }
}

/// A line of numbers with their names, each a link to its evidence: name, number, address.
#[must_use]
pub fn stats(items: &[(&str, String, Option<String>)]) -> Markup {
    html! {
        dl.stats {
            @for (name, number, href) in items {
                div {
                    dt { (name) }
                    dd { @match href { Some(href) => a href=(href) { (number) }, None => (number) } }
                }
            }
        }
    }
}

/// Days left as words and a small bar: `left` of `total` working days; a stopped clock says why.
#[must_use]
pub fn days_left(lang: Lang, left: i64, total: i64, stopped: Option<&str>) -> Markup {
    let tone = match left {
        _ if stopped.is_some() => "stopped",
        i64::MIN..0 => "loss",
        0..=1 => "time",
        _ => "good",
    };
    let used = if left < 0 { total } else { total.saturating_sub(left).clamp(0, total.max(0)) };
    html! {
        span class={ "left " (tone) } {
            svg width="56" height="8" aria-hidden="true" focusable="false" {
                rect.track width="100%" height="8" rx="2" {}
                rect.used width=(percent(used, total)) height="8" rx="2" {}
            }
            " "
            @match stopped {
                Some(cause) => { (pick(lang, "暂停：", "stopped: ")) (cause) }
                None => (workdays_left(lang, left)),
            }
        }
    }
}

/// Views of one thing side by side, each with its own address.
#[derive(Clone, Debug)]
pub struct Tabs<'a> {
    /// The name of the group for screen readers.
    pub name: &'a str,
    /// Text and address.
    pub tabs: Vec<(String, String)>,
    /// Which one is open, from 0.
    pub open: usize,
}

impl Render for Tabs<'_> {
    fn render(&self) -> Markup {
        html! {
            nav.tabs aria-label=(self.name) {
                ul {
                    @for (i, (label, href)) in self.tabs.iter().enumerate() {
                        li { a href=(href) aria-current=[(i == self.open).then_some("page")] { (label) } }
                    }
                }
            }
        }
    }
}

/// The page that asks once before something is lost.
#[derive(Clone, Debug)]
pub struct Confirm<'a> {
    /// The question: 撤回这份申请？
    pub question: &'a str,
    /// What is lost, one line each.
    pub losses: Vec<String>,
    /// What stays, one line each.
    pub stays: Vec<String>,
    /// Where the answer is posted.
    pub post_to: &'a str,
    /// The value of `_action` that does it.
    pub action: &'a str,
    /// The words of the button that does it: 确认撤回.
    pub yes: &'a str,
    /// Where the way back leads.
    pub back: &'a str,
    /// The id of the command.
    pub command_id: &'a str,
    /// The version the page was made from.
    pub expected_version: Option<u64>,
    /// Further fields, such as the reason.
    pub more: Markup,
}

impl Confirm<'_> {
    /// The question with its form.
    #[must_use]
    pub fn markup(&self, lang: Lang) -> Markup {
        html! {
            h1 { (self.question) }
            @if !self.losses.is_empty() {
                p { (pick(lang, "确认后：", "If you confirm:")) }
                (bullets(&self.losses))
            }
            @if !self.stays.is_empty() {
                p { (pick(lang, "不受影响：", "What stays as it is:")) }
                (bullets(&self.stays))
            }
            form method="post" action=(self.post_to) {
                (stamp(self.command_id, self.expected_version))
                (self.more)
                div.acts {
                    (Button::loss(self.yes, self.action))
                    a href=(self.back) { (pick(lang, "返回，不作更改", "Go back without changing anything")) }
                }
            }
        }
    }
}
