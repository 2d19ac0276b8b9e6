//! The pages of a merged form: its fields by card of the page, people as cards, roles as selectors, rows.

mod fields;

use std::collections::{BTreeMap, BTreeSet};

use codes::{Coded as _, Division, IdType, Label, Lang};
use elements::{Dictionary, Element, Key, PageCard, Source, Subject, Value};
use forms::{
    Answers, CardId, FieldError, MergedField, MergedForm, Provenance, ServiceId, Slot, Spot,
};
use maud::{Markup, html};

use crate::field::{Choice, Why, field_id};
use crate::lang::pick;
use crate::parts::error_links;
use crate::people::{PersonCard, PersonCards, Repeat, RepeatRow, RoleSelect, role_board};
use crate::reading::Typed;

/// The most divisions that a search shows.
const FOUND_MAX: usize = 20;
/// What a person without any role is asked for first.
const FIRST_ASKED: [&str; 4] = ["name", "id_type", "id_number", "mobile"];

/// Everything that the pages of a merged form (合并表单) are made of.
#[derive(Clone, Copy)]
pub struct MergedPage<'a> {
    /// The language of the page.
    pub lang: Lang,
    /// The dictionary the form was merged with.
    pub dictionary: &'a Dictionary,
    /// The merged form.
    pub form: &'a MergedForm,
    /// The answers so far.
    pub answers: &'a Answers,
    /// What is wrong with them.
    pub errors: &'a [FieldError],
    /// What other parts of the platform say of a field, such as of a name that is taken.
    pub told: &'a [(Spot, Label)],
    /// What was typed and could not be read.
    pub typed: &'a Typed,
    /// Where prefilled values came from.
    pub sources: &'a BTreeMap<Spot, Provenance>,
    /// Who asks for a field, by which article, and who will see it.
    pub why: &'a dyn Fn(&MergedField) -> Why,
    /// What a service is called.
    pub service: &'a dyn Fn(&ServiceId) -> String,
    /// Where scripts search divisions; answers as [`divisions`] does.
    pub divisions_at: &'a str,
}

impl std::fmt::Debug for MergedPage<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MergedPage").field("services", &self.form.services).finish_non_exhaustive()
    }
}

/// The divisions (区划) whose code or full name contains what is typed, for search fields.
#[must_use]
pub fn divisions(typed: &str) -> Vec<Choice> {
    let wanted = elements::comparable(typed);
    if wanted.is_empty() {
        return Vec::new();
    }
    Division::all()
        .filter_map(|division| {
            division.full_name().map(|name| Choice::new(division.to_string(), name))
        })
        .filter(|choice| {
            choice.code.starts_with(&wanted)
                || elements::comparable(&choice.label).contains(&wanted)
        })
        .take(FOUND_MAX)
        .collect()
}

impl<'a> MergedPage<'a> {
    /// The cards of the page that the form has, in order.
    pub fn cards(&self) -> impl Iterator<Item = PageCard> {
        PageCard::ALL.into_iter().filter(|card| self.form.on_card(*card).next().is_some())
    }

    /// The errors of one card of the page as links to their fields; empty where there is none.
    #[must_use]
    pub fn error_summary(&self, card: PageCard) -> Markup {
        self.errors(|of| (of == card).then(String::new))
    }

    /// All errors as links to the pages their fields stand on, for the page that submits.
    #[must_use]
    pub fn errors_everywhere(&self, address: impl Fn(PageCard) -> String) -> Markup {
        self.errors(|of| Some(address(of)))
    }

    fn errors(&self, page: impl Fn(PageCard) -> Option<String>) -> Markup {
        let own = self.errors.iter().map(|error| (&error.spot, error.label()));
        let told = self.told.iter().map(|(spot, label)| (spot, label.clone()));
        let links = own.chain(told).filter_map(|(spot, label)| {
            // What the dictionary does not know stands on no card; people find it among themselves.
            let page = page(self.card_of(spot).unwrap_or(PageCard::People))?;
            let href = format!("{page}#{}", field_id(&spot.to_string()));
            Some((href, label.get(self.lang).to_owned()))
        });
        error_links(self.lang, &links.collect::<Vec<_>>())
    }

    /// How many errors stand on one card of the page.
    #[must_use]
    pub fn errors_on(&self, card: PageCard) -> usize {
        let spots = self.errors.iter().map(|error| &error.spot);
        spots
            .chain(self.told.iter().map(|(spot, _)| spot))
            .filter(|spot| self.card_of(spot).unwrap_or(PageCard::People) == card)
            .count()
    }

    fn card_of(&self, spot: &Spot) -> Option<PageCard> {
        let of = |slot: &Slot| self.form.field(slot).map(|field| field.card);
        match spot {
            Spot::Plain(key) => of(&Slot::Plain(key.clone())),
            Spot::Card(_, _) => Some(PageCard::People),
            Spot::Role(role, _) => of(&Slot::Selector(self.subject(role)?)),
            Spot::RoleAttribute(role, _, key) => {
                of(&Slot::RoleAttribute(self.subject(role)?, key.clone()))
            }
            Spot::Row(kind, _, key) => of(&Slot::RowAttribute(self.subject(kind)?, key.clone())),
            Spot::Group(key) => {
                let subject = self.subject(key)?;
                of(&Slot::Selector(subject))
                    .or_else(|| Some(self.dictionary.row(key.as_str())?.card))
            }
        }
    }

    fn subject(&self, key: &Key) -> Option<Subject> {
        let many = match self.dictionary.role(key.as_str()) {
            Some(role) => role.many,
            None => self.dictionary.row(key.as_str()).is_some(),
        };
        Some(Subject { key: key.clone(), many })
    }

    /// The fields of one card of the page: people and their roles first where it has them, then plain ones, then rows.
    #[must_use]
    pub fn card(&self, card: PageCard) -> Markup {
        let people = card == PageCard::People
            && self.form.fields.iter().any(|field| matches!(field.slot, Slot::Person(_)));
        html! {
            @if people { (self.people()) (self.single_roles(card)) }
            @for field in self.form.on_card(card) {
                @if let (Slot::Plain(key), Some(element)) = (&field.slot, &field.element) {
                    (self.field(field, element, &Spot::Plain(key.clone()), !field.required_by.is_empty()))
                }
            }
            @if !people { (self.single_roles(card)) }
            @for subject in self.groups(card) { (self.group(card, &subject)) }
        }
    }

    // ------------------------------------------------------------------------------------------ people

    /// The name of a card, or a word for one without.
    fn card_name(&self, card: &CardId) -> String {
        let name = self
            .answers
            .cards
            .get(card)
            .and_then(|attributes| attributes.get("name"))
            .and_then(Value::as_text);
        name.map_or_else(
            || format!("{} {card}", pick(self.lang, "未填姓名", "No name yet")),
            str::to_owned,
        )
    }

    fn card_choices(&self) -> Vec<Choice> {
        self.answers
            .cards
            .keys()
            .map(|card| Choice::new(card.as_str(), self.card_name(card)))
            .collect()
    }

    fn people(&self) -> Markup {
        let cards = self.answers.cards.keys().map(|card| self.person(card)).collect();
        html! {
            p.hint { (pick(self.lang, "每个人只填一次，再选择他担任的角色。", "Each person is typed once; then choose the roles he or she takes.")) }
            (PersonCards { lang: self.lang, cards })
        }
    }

    fn person(&self, card: &CardId) -> PersonCard {
        let held = self.answers.roles_of(card);
        let typed = self.answers.cards.get(card);
        let resident = typed
            .and_then(|attributes| attributes.get("id_type"))
            .and_then(Value::as_text)
            .and_then(|text| text.parse::<IdType>().ok())
            == Some(IdType::ResidentId);
        let (mut fields, mut missing) = (Vec::new(), Vec::new());
        for (field, required) in self.asked_of(&held) {
            let (Slot::Person(key), Some(element)) = (&field.slot, &field.element) else {
                continue;
            };
            if resident && element.source == Source::FromResidentId {
                continue;
            }
            let spot = Spot::Card(card.clone(), key.clone());
            if required && !held.is_empty() && self.answers.get(&spot).is_none() {
                missing.push(element.label.get(self.lang).to_owned());
            }
            let label = element.label.get(self.lang);
            let note = self.because_of(field, &held);
            fields.push(self.labelled(field, element, &spot, required, (label, note)));
        }
        let wrong = |error: &FieldError| matches!(&error.spot, Spot::Card(of, _) if of == card);
        PersonCard {
            id: card.as_str().to_owned(),
            name: typed
                .and_then(|attributes| attributes.get("name"))
                .and_then(Value::as_text)
                .unwrap_or_default()
                .to_owned(),
            roles: held
                .iter()
                .filter_map(|role| self.dictionary.role(role.as_str()))
                .map(|role| role.label.get(self.lang).to_owned())
                .collect(),
            fields,
            open: typed.is_none_or(BTreeMap::is_empty)
                || !missing.is_empty()
                || self.errors.iter().any(wrong),
            missing,
        }
    }

    /// The attributes a card needs for its roles, and whether each must be there; without roles what everybody is asked.
    fn asked_of(&self, held: &BTreeSet<&Key>) -> Vec<(&'a MergedField, bool)> {
        if !held.is_empty() {
            let needed = self.form.needed_of_card(held);
            return needed
                .into_iter()
                .map(|(field, required)| (field, !required.is_empty()))
                .collect();
        }
        let first = |field: &&MergedField| matches!(&field.slot, Slot::Person(key) if FIRST_ASKED.contains(&key.as_str()));
        self.form.fields.iter().filter(first).map(|field| (field, true)).collect()
    }

    /// For which of a card's roles an attribute is asked: the same person has one card, and each role may ask for more.
    fn because_of(&self, field: &MergedField, held: &BTreeSet<&Key>) -> Option<String> {
        let asks = |role: &Key| {
            let mut subjects = field.uses.keys().filter_map(|path| path.subject.as_ref());
            subjects.any(|subject| subject.key == *role)
        };
        let roles: Vec<&str> = held
            .iter()
            .copied()
            .filter(|role| asks(role))
            .filter_map(|role| self.dictionary.role(role.as_str()))
            .map(|role| role.label.get(self.lang))
            .collect();
        if held.len() > 1 && roles.len() == held.len() {
            let all = pick(self.lang, "各个角色都要求填写", "Asked for in every role");
            return Some(all.to_owned());
        }
        let between = pick(self.lang, "、", ", ");
        let why = pick(self.lang, "要求填写的角色：", "Asked for as: ");
        (!roles.is_empty()).then(|| format!("{why}{}", roles.join(between)))
    }

    /// What the card of whoever takes a role must hold beyond what everybody is asked.
    fn asked_for(&self, role: &Key) -> Vec<String> {
        let needed = self.form.needed_of_card(&BTreeSet::from([role]));
        needed
            .into_iter()
            .filter(|(_, required)| !required.is_empty())
            .filter_map(|(field, _)| match (&field.slot, &field.element) {
                (Slot::Person(key), Some(element))
                    if !FIRST_ASKED.contains(&key.as_str())
                        && element.source != Source::FromResidentId =>
                {
                    Some(element.label.get(self.lang).to_owned())
                }
                _ => None,
            })
            .collect()
    }

    // ------------------------------------------------------------------------------------------ roles and rows

    fn selector(&self, field: &MergedField, role: &Key, row: Option<usize>) -> RoleSelect {
        let spot = Spot::Role(role.clone(), row);
        RoleSelect {
            lang: self.lang,
            name: spot.to_string(),
            label: field.label.get(self.lang).to_owned(),
            chosen: self
                .answers
                .get(&spot)
                .as_ref()
                .and_then(Value::as_text)
                .unwrap_or_default()
                .to_owned(),
            cards: self.card_choices(),
            asked_by: field.asked_by.iter().map(|id| (self.service)(id)).collect(),
            asks: self.asked_for(role),
            error: self.error(&spot),
            required: !field.required_by.is_empty(),
        }
    }

    /// Roles with one holder as a board of selectors, and their own attributes under it.
    fn single_roles(&self, card: PageCard) -> Markup {
        let selectors: Vec<RoleSelect> = self
            .form
            .on_card(card)
            .filter_map(|field| match &field.slot {
                Slot::Selector(subject) if !subject.many => {
                    Some(self.selector(field, &subject.key, None))
                }
                _ => None,
            })
            .collect();
        html! {
            @if !selectors.is_empty() {
                h2 { (pick(self.lang, "谁担任什么角色", "Who takes which role")) }
                (role_board(self.lang, &self.card_choices(), &selectors))
            }
            @for field in self.form.on_card(card) {
                @if let (Slot::RoleAttribute(subject, key), Some(element)) = (&field.slot, &field.element) && !subject.many {
                    (self.role_field(field, element, subject, key))
                }
            }
        }
    }

    /// An attribute of a role with one holder, called by both: 经办人：委托权限.
    fn role_field(
        &self,
        field: &MergedField,
        element: &Element,
        subject: &Subject,
        key: &Key,
    ) -> Markup {
        let role =
            self.dictionary.role(subject.key.as_str()).map_or("", |role| role.label.get(self.lang));
        let spot = Spot::RoleAttribute(subject.key.clone(), None, key.clone());
        let label =
            format!("{role}{}{}", pick(self.lang, "：", ": "), element.label.get(self.lang));
        self.labelled(field, element, &spot, !field.required_by.is_empty(), (&label, None))
    }

    /// The groups of rows with something on a card, in the order of the form.
    fn groups(&self, card: PageCard) -> Vec<Subject> {
        let mut groups = Vec::new();
        for field in self.form.on_card(card) {
            if let Slot::Selector(subject)
            | Slot::RoleAttribute(subject, _)
            | Slot::RowAttribute(subject, _) = &field.slot
                && subject.many
                && !groups.contains(subject)
            {
                groups.push(subject.clone());
            }
        }
        groups
    }

    fn group(&self, card: PageCard, subject: &Subject) -> Markup {
        let key = &subject.key;
        let role = self.dictionary.role(key.as_str());
        let title = match (role, self.dictionary.row(key.as_str())) {
            (Some(role), _) => role.label.get(self.lang),
            (None, Some(row)) => row.label.get(self.lang),
            (None, None) => key.as_str(),
        };
        let selector =
            self.form.field(&Slot::Selector(subject.clone())).filter(|field| field.card == card);
        let rows = if role.is_some() {
            self.answers.holders(key.as_str()).len()
        } else {
            self.answers.rows_of(key.as_str()).len()
        };
        // Rows are added where the role is chosen; elsewhere the rows that are there get their attributes.
        let grows = role.is_none() || selector.is_some();
        let body = |row: usize| {
            html! {
                @if let Some(field) = selector { (self.selector(field, key, Some(row))) }
                @for field in self.form.on_card(card) {
                    @if let Some(element) = &field.element {
                        @match &field.slot {
                            Slot::RoleAttribute(of, attribute) if of == subject =>
                                (self.field(field, element, &Spot::RoleAttribute(key.clone(), Some(row), attribute.clone()), !field.required_by.is_empty())),
                            Slot::RowAttribute(of, attribute) if of == subject =>
                                (self.field(field, element, &Spot::Row(key.clone(), row, attribute.clone()), !field.required_by.is_empty())),
                            _ => {}
                        }
                    }
                }
            }
        };
        let rows = (0..rows)
            .map(|row| RepeatRow { title: self.row_title(title, key, row), body: body(row) })
            .collect();
        let error = self.error(&Spot::Group(key.clone()));
        html! {
            div id=(field_id(&Spot::Group(key.clone()).to_string())) {
                @if let Some(error) = error { p.error { (error) } }
                (Repeat { lang: self.lang, name: key.as_str().to_owned(), title: title.to_owned(), rows, max: Some(if grows { forms::ROWS_MAX } else { 0 }) })
            }
        }
    }

    fn row_title(&self, title: &str, key: &Key, row: usize) -> String {
        let holder =
            self.answers.holders(key.as_str()).get(row).and_then(|pointer| pointer.card.as_ref());
        let name =
            holder.map(|card| format!("{}{}", pick(self.lang, "：", ": "), self.card_name(card)));
        format!("{title} {}{}", row + 1, name.unwrap_or_default())
    }
}
