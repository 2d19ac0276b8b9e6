//! The computed merge (合并): many forms become one in which everything is asked once.

use crate::conflict::Conflict;
use crate::form::{Asked, Owner, ServiceForm, ServiceId};
use crate::intersect::{Intersection, intersect};
use crate::materials::{MaterialGain, merge_materials};
use codes::Label;
use elements::{Dictionary, Element, Key, PageCard, Path, Rule, Source, Subject};
use indexmap::IndexMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a merged form asks once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// An element of the enterprise itself.
    Plain(Key),
    /// An attribute of person cards, typed once for each person.
    Person(Key),
    /// Who holds a role.
    Selector(Subject),
    /// An attribute of a role.
    RoleAttribute(Subject, Key),
    /// A column of rows that are no persons.
    RowAttribute(Subject, Key),
}

/// What services want of a slot under one path; person attributes have one use for every role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Use {
    /// The services that ask it, in order of name.
    pub asked_by: BTreeSet<ServiceId>,
    /// Those that require it.
    pub required_by: BTreeSet<ServiceId>,
    /// What all of them accept; rows that a service waives may go beyond its part.
    pub rule: Rule,
}

/// A field of a merged form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedField {
    /// What is asked.
    pub slot: Slot,
    /// What it is called.
    pub label: Label,
    /// The card of the page it belongs to.
    pub card: PageCard,
    /// What the dictionary says of it; `None` for selectors.
    pub element: Option<Arc<Element>>,
    /// What is wanted of it, by path; empty for selectors.
    pub uses: IndexMap<Path, Use>,
    /// The services that ask it.
    pub asked_by: BTreeSet<ServiceId>,
    /// Those that require it in at least one role.
    pub required_by: BTreeSet<ServiceId>,
}

/// What the merge gains (合并成效).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gain {
    /// The fields of the separate forms together.
    pub separate: usize,
    /// Plain elements of the merged form.
    pub plain: usize,
    /// Attributes of the person card.
    pub person: usize,
    /// Selectors of roles.
    pub selectors: usize,
    /// Attributes of roles and columns of rows.
    pub role_attributes: usize,
    /// The fields each service adds to those before it, in the order of the forms.
    pub added: Vec<(ServiceId, usize)>,
    /// Merged fields that two or more services ask.
    pub shared: usize,
    /// Merged fields that nobody types.
    pub never_typed: usize,
    /// Merged fields that are typed only for persons without a 居民身份证.
    pub from_resident_id: usize,
    /// What is left of the materials.
    pub materials: MaterialGain,
}

impl Gain {
    /// The fields of the merged form.
    #[must_use]
    pub fn merged(&self) -> usize {
        self.plain + self.person + self.selectors + self.role_attributes
    }

    /// Merged fields that one service asks.
    #[must_use]
    pub fn single(&self) -> usize {
        self.merged() - self.shared
    }

    /// The most fields that are typed.
    #[must_use]
    pub fn typed(&self) -> usize {
        self.merged() - self.never_typed
    }

    /// The fields that are typed where every person has a 居民身份证.
    #[must_use]
    pub fn typed_with_resident_ids(&self) -> usize {
        self.typed() - self.from_resident_id
    }
}

/// A merged form (合并表单).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedForm {
    /// The services, in the order of the forms.
    pub services: Vec<ServiceId>,
    /// The fields, by card of the page and then in the order of the dictionary.
    pub fields: Vec<MergedField>,
    /// What the merge gains.
    pub gain: Gain,
}

impl MergedForm {
    /// The field of a slot.
    #[must_use]
    pub fn field(&self, slot: &Slot) -> Option<&MergedField> {
        self.fields.iter().find(|field| field.slot == *slot)
    }

    /// The fields of one card of the page.
    pub fn on_card(&self, card: PageCard) -> impl Iterator<Item = &MergedField> {
        self.fields.iter().filter(move |field| field.card == card)
    }

    /// The attributes that a person's card needs for the roles it holds, each with the services that require it then.
    #[must_use]
    pub fn needed_of_card(
        &self,
        roles: &BTreeSet<&Key>,
    ) -> Vec<(&MergedField, BTreeSet<&ServiceId>)> {
        let mut needed = Vec::new();
        for field in self.fields.iter().filter(|field| matches!(field.slot, Slot::Person(_))) {
            let held = |path: &Path| {
                path.subject.as_ref().is_some_and(|subject| roles.contains(&subject.key))
            };
            let uses: Vec<&Use> = field
                .uses
                .iter()
                .filter(|(path, _)| held(path))
                .map(|(_, wanted)| wanted)
                .collect();
            if !uses.is_empty() {
                needed.push((field, uses.iter().flat_map(|wanted| &wanted.required_by).collect()));
            }
        }
        needed
    }
}

/// Merges forms into one.
///
/// The merged form is the union of plain elements, of the attributes needed of person cards, of one selector for each role,
/// and of the attributes of roles and rows. Rules meet by (role, attribute), so that two services may differ where their
/// roles do. Takes time in proportion to the fields.
///
/// # Errors
/// Every [`Conflict`] between the forms: rules that no answer satisfies, a service that stands twice.
pub fn merge(dictionary: &Dictionary, forms: &[&ServiceForm]) -> Result<MergedForm, Vec<Conflict>> {
    let mut merging = Merging { dictionary, fields: BTreeMap::new(), conflicts: Vec::new() };
    let mut gain = Gain { materials: merge_materials(forms), ..Gain::default() };
    let mut services = Vec::new();
    for form in forms {
        if services.contains(&form.service) {
            merging.conflicts.push(Conflict::ServiceTwice { service: form.service.clone() });
            continue;
        }
        services.push(form.service.clone());
        let before = merging.fields.len();
        for asked in form.asked() {
            merging.add(form, asked);
        }
        gain.separate += form.len();
        gain.added.push((form.service.clone(), merging.fields.len() - before));
    }
    if !merging.conflicts.is_empty() {
        return Err(merging.conflicts);
    }
    let fields = merging.ordered();
    for field in &fields {
        match field.slot {
            Slot::Plain(_) => gain.plain += 1,
            Slot::Person(_) => gain.person += 1,
            Slot::Selector(_) => gain.selectors += 1,
            Slot::RoleAttribute(..) | Slot::RowAttribute(..) => gain.role_attributes += 1,
        }
        gain.shared += usize::from(field.asked_by.len() > 1);
        if let Some(element) = &field.element {
            gain.never_typed += usize::from(element.is_never_typed());
            gain.from_resident_id += usize::from(element.source == Source::FromResidentId);
        }
    }
    Ok(MergedForm { services, fields, gain })
}

/// A merge under way.
struct Merging<'d> {
    dictionary: &'d Dictionary,
    fields: BTreeMap<Slot, MergedField>,
    conflicts: Vec<Conflict>,
}

impl Merging<'_> {
    fn add(&mut self, form: &ServiceForm, asked: &Asked) {
        let attribute = asked.path.attribute.clone();
        let slot = match (&asked.path.subject, asked.owner) {
            (None, _) => Slot::Plain(attribute),
            (Some(subject), Owner::Row) => Slot::RowAttribute(subject.clone(), attribute),
            (Some(subject), _) => {
                self.select(form, asked, subject);
                if asked.on_card {
                    Slot::Person(attribute)
                } else {
                    Slot::RoleAttribute(subject.clone(), attribute)
                }
            }
        };
        let field = self.fields.entry(slot).or_insert_with_key(|slot| MergedField {
            slot: slot.clone(),
            label: asked.element.label.clone(),
            card: asked.element.card,
            element: Some(Arc::clone(&asked.element)),
            uses: IndexMap::new(),
            asked_by: BTreeSet::new(),
            required_by: BTreeSet::new(),
        });
        credit(&mut field.asked_by, &mut field.required_by, form, asked);
        let wanted = field
            .uses
            .entry(asked.path.clone())
            .or_insert_with(|| Use { rule: asked.element.rule.clone(), ..Use::default() });
        if let Some(rule) = form.rules.get(&asked.path) {
            // The services before it, in order of name, and then the one that cannot be satisfied.
            let services =
                || wanted.asked_by.iter().cloned().chain([form.service.clone()]).collect();
            let element = asked.path.clone();
            match intersect(&wanted.rule, rule) {
                Ok(Intersection::Rule(rule)) => wanted.rule = rule,
                Ok(Intersection::Empty { why }) => {
                    self.conflicts.push(Conflict::RulesContradict {
                        element,
                        services: services(),
                        why,
                    });
                }
                Err(error) => {
                    let why = error.to_string();
                    self.conflicts.push(Conflict::RulesTooLarge {
                        element,
                        services: services(),
                        why,
                    });
                }
            }
        }
        credit(&mut wanted.asked_by, &mut wanted.required_by, form, asked);
    }

    fn select(&mut self, form: &ServiceForm, asked: &Asked, subject: &Subject) {
        let Some(role) = self.dictionary.role(subject.key.as_str()) else { return };
        let field = self.fields.entry(Slot::Selector(subject.clone())).or_insert_with_key(|slot| {
            MergedField {
                slot: slot.clone(),
                label: role.label.clone(),
                card: role.card,
                element: None,
                uses: IndexMap::new(),
                asked_by: BTreeSet::new(),
                required_by: BTreeSet::new(),
            }
        });
        credit(&mut field.asked_by, &mut field.required_by, form, asked);
    }

    /// The fields by card, and within a card in the order of the dictionary.
    fn ordered(self) -> Vec<MergedField> {
        let dictionary = self.dictionary;
        let mut rank: BTreeMap<Slot, usize> = BTreeMap::new();
        let mut next = |slot: Slot| {
            let at = rank.len();
            rank.entry(slot).or_insert(at);
        };
        dictionary.elements().for_each(|element| next(Slot::Plain(element.key.clone())));
        dictionary.person_attributes().for_each(|element| next(Slot::Person(element.key.clone())));
        for role in dictionary.roles() {
            let subject = Subject { key: role.key.clone(), many: role.many };
            next(Slot::Selector(subject.clone()));
            role.attributes
                .keys()
                .for_each(|key| next(Slot::RoleAttribute(subject.clone(), key.clone())));
        }
        for row in dictionary.rows() {
            let subject = Subject { key: row.key.clone(), many: true };
            row.attributes
                .keys()
                .for_each(|key| next(Slot::RowAttribute(subject.clone(), key.clone())));
        }
        let mut fields: Vec<MergedField> = self.fields.into_values().collect();
        fields.sort_by_key(|field| (field.card, rank.get(&field.slot).copied()));
        fields
    }
}

fn credit(
    asked_by: &mut BTreeSet<ServiceId>,
    required_by: &mut BTreeSet<ServiceId>,
    form: &ServiceForm,
    asked: &Asked,
) {
    if !asked_by.contains(&form.service) {
        asked_by.insert(form.service.clone());
    }
    if asked.required && !required_by.contains(&form.service) {
        required_by.insert(form.service.clone());
    }
}
