//! Person cards, the roles they take, and repeating rows.

use codes::Lang;
use maud::{Markup, Render, html};

use crate::field::{Choice, field_id};
use crate::lang::pick;
use crate::parts::{Button, Tone, tag};
use crate::posted::ACTION;

/// A person card (人员卡) in the editor: a person is typed once, whatever roles it takes.
#[derive(Clone, Debug)]
pub struct PersonCard {
    /// The id of the card, such as `p1`.
    pub id: String,
    /// The name as typed, empty on a new card.
    pub name: String,
    /// The roles it holds, in the language of the page.
    pub roles: Vec<String>,
    /// The fields of the card.
    pub fields: Vec<Markup>,
    /// What its roles ask for and nobody has filled in yet, in the language of the page.
    pub missing: Vec<String>,
    /// Whether it opens at first sight: new cards, cards with errors and cards that lack something do.
    pub open: bool,
}

/// The editor of all person cards (人员卡片).
#[derive(Clone, Debug)]
pub struct PersonCards {
    /// The language of the page.
    pub lang: Lang,
    /// The cards.
    pub cards: Vec<PersonCard>,
}

impl Render for PersonCards {
    fn render(&self) -> Markup {
        let lang = self.lang;
        html! {
            div.cards {
                @for card in &self.cards {
                    @let name = if card.name.is_empty() { pick(lang, "新人员", "New person") } else { card.name.as_str() };
                    details.card open[card.open] data-card=(card.id) {
                        summary {
                            span.name { (name) }
                            @if card.roles.is_empty() { span.quiet { (pick(lang, "尚未担任角色", "No role yet")) } }
                            @else { span.roles { @for role in &card.roles { span.tag.plain { (role) } " " } } }
                            @if !card.missing.is_empty() { (tag(Tone::Time, &lacks(lang, card.missing.len()))) }
                        }
                        div {
                            @if !card.roles.is_empty() { (used_in(lang, card)) }
                            @for field in &card.fields { (field) }
                            (Button::plain(format!("{}{name}", pick(lang, "移除 ", "Remove ")), format!("remove_card:{}", card.id)).unchecked())
                        }
                    }
                }
                (Button::second(pick(lang, "添加一个人", "Add a person"), "add_card").unchecked())
            }
        }
    }
}

fn lacks(lang: Lang, n: usize) -> String {
    match lang {
        Lang::Zh => format!("还差 {n} 项"),
        Lang::En => format!("{n} to fill in"),
    }
}

/// Where the card is used, and what its roles still ask for.
fn used_in(lang: Lang, card: &PersonCard) -> Markup {
    let (between, colon) = (pick(lang, "、", ", "), pick(lang, "：", ": "));
    html! {
        div.inset {
            p {
                (pick(lang, "这张卡用于", "This card is used for")) (colon) (card.roles.join(between)) (pick(lang, "。", ". "))
                (pick(lang, "一个人担任的角色增加时，需要填写的项目会随之增加；每一项下面写明是哪些角色要求的。",
                    "Each further role of the same person may ask for more; below each field stands which roles ask for it."))
            }
            @if !card.missing.is_empty() {
                p { b { (pick(lang, "还需填写", "Still to fill in")) (colon) } (card.missing.join(between)) }
            }
        }
    }
}

/// One role and who takes it: a select that scripts turn into a place to drop cards on.
#[derive(Clone, Debug)]
pub struct RoleSelect {
    /// The language of the page.
    pub lang: Lang,
    /// The name in the posted form, such as `role.legal_representative`.
    pub name: String,
    /// The role: 法定代表人.
    pub label: String,
    /// The card chosen, empty if none.
    pub chosen: String,
    /// Id and name of each card.
    pub cards: Vec<Choice>,
    /// Which services ask for the role.
    pub asked_by: Vec<String>,
    /// What the card of whoever takes it must hold, beyond what everybody is asked.
    pub asks: Vec<String>,
    /// What is wrong.
    pub error: Option<String>,
    /// Whether it must be filled.
    pub required: bool,
}

impl Render for RoleSelect {
    fn render(&self) -> Markup {
        let id = field_id(&self.name);
        let hint = format!("{id}-hint");
        let error = format!("{id}-error");
        let described = if self.error.is_some() { format!("{hint} {error}") } else { hint.clone() };
        html! {
            div.role.failed[self.error.is_some()] data-role=(self.name) {
                label for=(id) {
                    (self.label)
                    @if !self.required { " " span.optional { (pick(self.lang, "（选填）", "(optional)")) } }
                }
                p.hint id=(hint) { @if !self.asked_by.is_empty() { (pick(self.lang, "用于：", "For: ")) (self.asked_by.join(pick(self.lang, "、", ", "))) } }
                @if !self.asks.is_empty() {
                    p.hint { (pick(self.lang, "人员卡上还需有：", "The card must also hold: ")) (self.asks.join(pick(self.lang, "、", ", "))) }
                }
                @if let Some(text) = &self.error { p.error id=(error) { (text) } }
                select id=(id) name=(self.name) required[self.required] aria-describedby=(described) aria-invalid=[self.error.as_ref().map(|_| "true")] {
                    option value="" { (pick(self.lang, "请选择人员", "Choose a person")) }
                    @for card in &self.cards { option value=(card.code) selected[card.code == self.chosen] { (card.label) } }
                }
            }
        }
    }
}

/// The board of roles (角色): with scripts cards are dragged onto roles; without, each role is a select.
#[must_use]
pub fn role_board(lang: Lang, cards: &[Choice], roles: &[RoleSelect]) -> Markup {
    html! {
        div.board data-board {
            p.hint data-with-scripts hidden { (pick(lang, "把人员拖到角色上，或在角色中选择人员。", "Drag a person onto a role, or choose the person in the role.")) }
            ul.chips data-with-scripts hidden aria-hidden="true" { @for card in cards { li draggable="true" data-chip=(card.code) { (card.label) } } }
            div.roles { @for role in roles { (role) } }
        }
    }
}

/// One row of a repeating group.
#[derive(Clone, Debug)]
pub struct RepeatRow {
    /// What the row is called: 员工 2：周明.
    pub title: String,
    /// Its fields.
    pub body: Markup,
}

/// Repeating rows (重复行): added and removed by buttons that work without scripts.
#[derive(Clone, Debug)]
pub struct Repeat {
    /// The language of the page.
    pub lang: Lang,
    /// The name of the group in actions: `add_row:employee`.
    pub name: String,
    /// What the group is called: 员工.
    pub title: String,
    /// The rows.
    pub rows: Vec<RepeatRow>,
    /// The most rows, if there is a limit.
    pub max: Option<usize>,
}

impl Render for Repeat {
    fn render(&self) -> Markup {
        let lang = self.lang;
        html! {
            section.repeat aria-label=(self.title) {
                h2 { (self.title) " " span.count { (self.rows.len()) } }
                @for (i, row) in self.rows.iter().enumerate() {
                    fieldset.row {
                        legend { (row.title) }
                        (row.body)
                        (Button::plain(format!("{}{}", pick(lang, "删除 ", "Remove "), row.title), format!("remove_row:{}:{i}", self.name)).unchecked())
                    }
                }
                @if self.max.is_none_or(|max| self.rows.len() < max) {
                    (Button::second(format!("{}{}", pick(lang, "添加", "Add "), self.title), format!("add_row:{}", self.name)).unchecked())
                }
            }
        }
    }
}

/// The frame of a form with autosave: posts without scripts, and scripts save it while one types.
///
/// A save is the same form posted to `autosave` with `_action=autosave` and a command id of its own. The answer is JSON:
/// `{"version": n}`, or a problem; 401 and 409 stop the saving and keep the text in the tab, where it comes back.
#[derive(Clone, Debug)]
pub struct DraftForm<'a> {
    /// The language of the page.
    pub lang: Lang,
    /// Where it is posted.
    pub post_to: &'a str,
    /// Where scripts save it, if they may.
    pub autosave: Option<&'a str>,
    /// The id of the command.
    pub command_id: &'a str,
    /// The version the page was made from.
    pub expected_version: u64,
    /// Whether it carries files.
    pub files: bool,
    /// Fields and buttons.
    pub body: Markup,
}

impl Render for DraftForm<'_> {
    fn render(&self) -> Markup {
        html! {
            form.draft method="post" action=(self.post_to) novalidate enctype=[self.files.then_some("multipart/form-data")]
                data-autosave=[self.autosave] {
                (crate::stamp(self.command_id, Some(self.expected_version)))
                // Enter in a field presses the first button of a form: this one only saves.
                button.away type="submit" name=(ACTION) value="save" tabindex="-1" aria-hidden="true" { (pick(self.lang, "保存", "Save")) }
                (self.body)
                p.saved data-saved role="status" {}
            }
        }
    }
}
