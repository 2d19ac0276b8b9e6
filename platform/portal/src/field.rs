//! Form fields: label, hint, error, who asks, where a value came from, and the control.

use codes::Lang;
use maud::{Markup, Render, html};

use crate::lang::pick;

/// The answer that stands for no end (长期).
pub(crate) const LONG_TERM: &str = elements::LONG_TERM;

/// One value of a code list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// The value that is posted.
    pub code: String,
    /// The text in the language of the page.
    pub label: String,
    /// More words under the text.
    pub hint: Option<String>,
}

impl Choice {
    /// A choice without a hint.
    pub fn new(code: impl Into<String>, label: impl Into<String>) -> Self {
        Self { code: code.into(), label: label.into(), hint: None }
    }
}

/// Who asks for a field, by which article, and who will see it (为什么要填).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Why {
    /// The services and organs that ask.
    pub asked_by: Vec<String>,
    /// The articles they rest on.
    pub articles: Vec<String>,
    /// Who will see the answer.
    pub seen_by: Vec<String>,
}

/// Where a value came from before anybody typed it (预填来源).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefilled {
    /// The source: 企业登记.
    pub source: String,
    /// Since when the source holds it, as people read it.
    pub since: String,
    /// Where the value can be disputed.
    pub dispute: Option<String>,
}

/// The control of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// One line of text.
    Text {
        /// The longest text, in characters.
        max: Option<usize>,
        /// What the field is for the browser: `name`, `tel`, `email`, `street-address`.
        autocomplete: Option<&'static str>,
        /// The keyboard of a phone: `numeric`, `decimal`, `tel`, `email`.
        inputmode: Option<&'static str>,
    },
    /// Several lines of text.
    Area {
        /// The longest text, in characters.
        max: Option<usize>,
        /// Lines shown.
        lines: u8,
    },
    /// A number with its unit.
    Number {
        /// The unit: m², %, 人.
        unit: String,
        /// Whether it may have a decimal point.
        decimal: bool,
    },
    /// An amount in yuan.
    Money,
    /// A day.
    Date,
    /// A day, or without end (长期).
    DateOrOpen,
    /// A day and a time of day.
    Time,
    /// A month, `YYYY-MM`.
    Month,
    /// One of a few, all in sight.
    Radios(Vec<Choice>),
    /// One of many, closed; `search` lets scripts narrow it while one types.
    Select {
        /// The choices.
        choices: Vec<Choice>,
        /// Whether scripts make it searchable.
        search: bool,
    },
    /// Any of a few.
    Checks(Vec<Choice>),
    /// Yes or no as one box; the label is the statement.
    Tick,
    /// A member of a long code list, found by search on the server, or while one types where scripts run.
    Search {
        /// Where scripts ask: answers `[{"code": …, "label": …}]` to `?q=`.
        from: String,
        /// The text of the chosen code.
        chosen: Option<String>,
        /// What was last searched.
        query: String,
        /// What that search found.
        found: Vec<Choice>,
    },
    /// A file.
    File {
        /// The types taken: `.pdf,image/jpeg`.
        accept: String,
        /// Whether several files are taken.
        multiple: bool,
    },
    /// A value that is derived or known and cannot be typed.
    Output,
}

/// A field of a form.
#[derive(Clone, Debug)]
pub struct Field {
    lang: Lang,
    name: String,
    label: String,
    control: Control,
    values: Vec<String>,
    hint: Option<String>,
    error: Option<String>,
    required: bool,
    why: Option<Why>,
    prefilled: Option<Prefilled>,
}

/// The id of the element that bears a field, for links of the error summary.
#[must_use]
pub fn field_id(name: &str) -> String {
    let mut id = String::from("f-");
    for c in name.chars() {
        id.push(if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '-' });
    }
    id
}

impl Field {
    /// A field with its name in the posted form, its label and its control.
    pub fn new(
        lang: Lang,
        name: impl Into<String>,
        label: impl Into<String>,
        control: Control,
    ) -> Self {
        Self {
            lang,
            name: name.into(),
            label: label.into(),
            control,
            values: Vec::new(),
            hint: None,
            error: None,
            required: false,
            why: None,
            prefilled: None,
        }
    }

    /// A line of text without limits.
    pub fn text(lang: Lang, name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(
            lang,
            name,
            label,
            Control::Text { max: None, autocomplete: None, inputmode: None },
        )
    }

    /// The value shown; for ticked boxes call it once for each.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.values.push(value.into());
        self
    }

    /// The value shown, if there is one.
    #[must_use]
    pub fn maybe(mut self, value: Option<impl Into<String>>) -> Self {
        self.values.extend(value.map(Into::into));
        self
    }

    /// What helps to answer.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What is wrong and what to do, if anything is.
    #[must_use]
    pub fn error(mut self, error: Option<impl Into<String>>) -> Self {
        self.error = error.map(Into::into);
        self
    }

    /// Marks the field as one that must be filled.
    #[must_use]
    pub const fn required(mut self, required: bool) -> Self {
        self.required = required;
        self
    }

    /// Says who asks, by which article, and who will see it.
    #[must_use]
    pub fn why(mut self, why: Why) -> Self {
        self.why = Some(why);
        self
    }

    /// Says where the value came from.
    #[must_use]
    pub fn prefilled(mut self, from: Prefilled) -> Self {
        self.prefilled = Some(from);
        self
    }

    fn id(&self) -> String {
        field_id(&self.name)
    }

    fn first(&self) -> &str {
        self.values.first().map_or("", String::as_str)
    }

    fn has(&self, code: &str) -> bool {
        self.values.iter().any(|value| value == code)
    }

    /// The ids of hint and error, for `aria-describedby`.
    fn described(&self) -> Option<String> {
        let id = self.id();
        let hint = self.hint.as_ref().map(|_| format!("{id}-hint"));
        let error = self.error.as_ref().map(|_| format!("{id}-error"));
        let all: Vec<String> = hint.into_iter().chain(error).collect();
        (!all.is_empty()).then(|| all.join(" "))
    }

    const fn is_group(&self) -> bool {
        matches!(self.control, Control::Radios(_) | Control::Checks(_))
    }

    fn invalid(&self) -> Option<&'static str> {
        self.error.as_ref().map(|_| "true")
    }

    fn optional_mark(&self) -> Markup {
        html! { @if !self.required && self.control != Control::Output { " " span.optional { (pick(self.lang, "（选填）", "(optional)")) } } }
    }

    fn notes(&self) -> Markup {
        let id = self.id();
        html! {
            @if let Some(hint) = &self.hint { p.hint id={ (id) "-hint" } { (hint) } }
            @if let Some(from) = &self.prefilled { (prefilled_mark(self.lang, from)) }
            @if let Some(error) = &self.error {
                p.error id={ (id) "-error" } { span.away { (pick(self.lang, "错误：", "Error: ")) } (error) }
            }
        }
    }

    fn input(&self, kind: &str, attributes: &Line<'_>) -> Markup {
        html! {
            input id=(self.id()) name=(self.name) type=(kind) value=(self.first()) class=(attributes.class)
                maxlength=[&attributes.max] autocomplete=[attributes.autocomplete] inputmode=[attributes.inputmode]
                required[self.required] aria-invalid=[self.invalid()] aria-describedby=[self.described()];
        }
    }

    fn line(&self) -> Markup {
        let plain = Line { class: "line", max: None, autocomplete: None, inputmode: None };
        match &self.control {
            Control::Text { max, autocomplete, inputmode } => self.input(
                "text",
                &Line {
                    class: width(*max),
                    max: max.map(|max| max.to_string()),
                    autocomplete: *autocomplete,
                    inputmode: *inputmode,
                },
            ),
            Control::Number { unit, decimal } => {
                let inputmode = Some(if *decimal { "decimal" } else { "numeric" });
                html! { span.with-unit { (self.input("text", &Line { class: "number", inputmode, ..plain })) span.unit { (unit) } } }
            }
            Control::Money => {
                let inputmode = Some("decimal");
                html! {
                    span.with-unit {
                        span.unit aria-hidden="true" { "¥" }
                        (self.input("text", &Line { class: "money", inputmode, ..plain }))
                        span.unit { (pick(self.lang, "元", "yuan")) }
                    }
                }
            }
            Control::Date => self.input("date", &Line { class: "date", ..plain }),
            Control::Time => self.input("datetime-local", &Line { class: "date", ..plain }),
            Control::Month => self.input("month", &Line { class: "date", ..plain }),
            _ => html! {},
        }
    }

    fn control(&self) -> Markup {
        match &self.control {
            Control::Area { max, lines } => html! {
                textarea id=(self.id()) name=(self.name) rows=(lines) maxlength=[max] required[self.required]
                    aria-invalid=[self.invalid()] aria-describedby=[self.described()] { (self.first()) }
            },
            Control::Select { choices, search } => html! {
                select id=(self.id()) name=(self.name) required[self.required] data-search[*search]
                    aria-invalid=[self.invalid()] aria-describedby=[self.described()] {
                    option value="" { (pick(self.lang, "请选择", "Please choose")) }
                    @for choice in choices { option value=(choice.code) selected[self.has(&choice.code)] { (choice.label) } }
                }
            },
            Control::File { accept, multiple } => html! {
                input.file id=(self.id()) name=(self.name) type="file" accept=(accept) multiple[*multiple] required[self.required]
                    aria-invalid=[self.invalid()] aria-describedby=[self.described()];
            },
            Control::Output => html! {
                output id=(self.id()) { @if self.first().is_empty() { span.quiet { (pick(self.lang, "办结后自动生成", "Filled in when it is decided")) } } @else { (self.first()) } }
            },
            Control::DateOrOpen => self.date_or_open(),
            Control::Radios(choices) => self.boxes("radio", choices),
            Control::Checks(choices) => self.boxes("checkbox", choices),
            Control::Search { from, chosen, query, found } => {
                self.search(from, chosen.as_deref(), query, found)
            }
            _ => self.line(),
        }
    }

    fn date_or_open(&self) -> Markup {
        let id = self.id();
        let open = self.has(LONG_TERM);
        let day = self.values.iter().find(|value| *value != LONG_TERM).map_or("", String::as_str);
        html! {
            input.date id=(id) name=(self.name) type="date" value=(day) aria-invalid=[self.invalid()]
                aria-describedby=[self.described()];
            div.choice {
                input id={ (id) "-open" } name=(self.name) type="checkbox" value=(LONG_TERM) checked[open];
                label for={ (id) "-open" } { (pick(self.lang, "长期有效", "Without end")) }
            }
        }
    }

    fn boxes(&self, kind: &str, choices: &[Choice]) -> Markup {
        let id = self.id();
        html! {
            div.choices.inline[are_short(choices)].many[choices.len() > COLUMN_MAX] {
                // A group without a ticked box would post nothing: the empty value says that it was on the page.
                @if kind == "checkbox" { input type="hidden" name=(self.name) value=""; }
                @for (i, choice) in choices.iter().enumerate() {
                    // The first box bears the id of the field, so that the error summary leads to it.
                    @let own = if i == 0 { id.clone() } else { format!("{id}-{i}") };
                    div.choice {
                        input id=(own) name=(self.name) type=(kind) value=(choice.code) checked[self.has(&choice.code)]
                            required[kind == "radio" && self.required];
                        label for=(own) {
                            (choice.label)
                            @if let Some(hint) = &choice.hint { span.hint { (hint) } }
                        }
                    }
                }
            }
        }
    }

    fn search(&self, from: &str, chosen: Option<&str>, query: &str, found: &[Choice]) -> Markup {
        let id = self.id();
        let lang = self.lang;
        html! {
            div.search data-lookup=(from) {
                @if !self.first().is_empty() {
                    p.chosen { code { (self.first()) } " " (chosen.unwrap_or_default()) }
                    input type="hidden" name=(self.name) value=(self.first());
                }
                span.with-unit {
                    input.line id=(id) name={ "_q:" (self.name) } type="search" value=(query) autocomplete="off"
                        aria-invalid=[self.invalid()] aria-describedby=[self.described()];
                    button.button.second type="submit" name=(crate::ACTION) value="search" formnovalidate {
                        (pick(lang, "查找", "Find")) span.away { " " (self.label) }
                    }
                }
                @if !found.is_empty() {
                    fieldset.found {
                        legend { (pick(lang, "查找结果", "Found")) }
                        div.choices {
                            @for (i, choice) in found.iter().enumerate() {
                                div.choice {
                                    input id={ (id) "-found-" (i) } name=(self.name) type="radio" value=(choice.code) checked[self.has(&choice.code)];
                                    label for={ (id) "-found-" (i) } { code { (choice.code) } " " (choice.label) }
                                }
                            }
                        }
                    }
                } @else if !query.is_empty() {
                    p.hint { (pick(lang, "没有找到，请换一个词。", "Nothing found. Please try another word.")) }
                }
            }
        }
    }
}

/// The most boxes that stand below each other; more stand in columns where the window is wide.
const COLUMN_MAX: usize = 8;

/// Whether choices are so few and short that they stand in one line: 是, 否.
fn are_short(choices: &[Choice]) -> bool {
    let short = |choice: &Choice| choice.hint.is_none() && choice.label.chars().count() <= 6;
    choices.len() <= 3 && choices.iter().all(short)
}

/// Attributes of a one-line input.
struct Line<'a> {
    class: &'a str,
    max: Option<String>,
    autocomplete: Option<&'static str>,
    inputmode: Option<&'static str>,
}

/// The width of a line by the longest text it takes.
const fn width(max: Option<usize>) -> &'static str {
    match max {
        Some(..=8) => "line short",
        Some(9..=30) => "line middle",
        _ => "line",
    }
}

fn prefilled_mark(lang: Lang, from: &Prefilled) -> Markup {
    html! {
        p.from {
            (pick(lang, "已预填：来自", "Filled in from ")) (from.source)
            @if !from.since.is_empty() { (pick(lang, "，自 ", ", since ")) (from.since) }
            @if let Some(href) = &from.dispute { " " a href=(href) { (pick(lang, "有误？提出异议", "Wrong? Dispute it")) } }
        }
    }
}

fn why_details(lang: Lang, label: &str, why: &Why) -> Markup {
    let parts = [
        (pick(lang, "谁要求填写", "Who asks"), &why.asked_by),
        (pick(lang, "依据", "By which article"), &why.articles),
        (pick(lang, "谁会看到", "Who will see it"), &why.seen_by),
    ];
    html! {
        details.why {
            summary { (pick(lang, "为什么要填", "Why we ask")) span.away { (pick(lang, "：", ": ")) (label) } }
            dl { @for (name, items) in parts { @if !items.is_empty() { dt { (name) } dd { (items.join(pick(lang, "、", ", "))) } } } }
        }
    }
}

impl Render for Field {
    fn render(&self) -> Markup {
        let failed = if self.error.is_some() { "field failed" } else { "field" };
        // Nobody is asked for what is never typed.
        let asked = self.why.as_ref().filter(|_| self.control != Control::Output);
        let why =
            html! { @if let Some(why) = asked { (why_details(self.lang, &self.label, why)) } };
        if self.is_group() {
            let required =
                (self.required && matches!(self.control, Control::Radios(_))).then_some("true");
            let role = required.map(|_| "radiogroup");
            return html! {
                fieldset class=(failed) role=[role] aria-required=[required] aria-describedby=[self.described()] {
                    legend { (self.label) (self.optional_mark()) }
                    (self.notes()) (self.control()) (why)
                }
            };
        }
        if self.control == Control::Tick {
            let id = self.id();
            return html! {
                div class=(failed) {
                    (self.notes())
                    input type="hidden" name=(self.name) value="";
                    div.choice {
                        input id=(id) name=(self.name) type="checkbox" value="true" checked[self.has("true")]
                            required[self.required] aria-invalid=[self.invalid()] aria-describedby=[self.described()];
                        label for=(id) { (self.label) (self.optional_mark()) }
                    }
                    (why)
                }
            };
        }
        html! {
            div class=(failed) {
                label for=(self.id()) { (self.label) (self.optional_mark()) }
                (self.notes()) (self.control()) (why)
            }
        }
    }
}
