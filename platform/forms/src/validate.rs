//! Validation at entry: every rule by (role, attribute), naming the services that ask or refuse.

use crate::answers::{Answers, Attributes, CardId, Change, Holders};
use crate::crosswalks::Crosswalks;
use crate::derive::read_from_id;
use crate::error::{FieldError, Problem};
use crate::form::{Asked, Group, RefusalReason, ServiceForm, ServiceId};
use crate::instance::{Instance, instances};
use crate::spot::{ROWS_MAX, Spot};
use codes::{IdNumber, IdType, Label};
use elements::{Dictionary, Format, Key, Path, Subject, Value, ValueFault};
use std::collections::{BTreeMap, BTreeSet};

/// How complete answers have to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// A draft: what is there is judged, what is missing is not.
    Draft,
    /// Before signing and submitting: what is required must be there.
    Complete,
}

/// What a validation found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// What must be put right, in the order of spots.
    pub errors: Vec<FieldError>,
    /// What is told and does not stop anybody.
    pub warnings: Vec<Told>,
}

/// A warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Where.
    pub spot: Spot,
    /// The service that tells it.
    pub service: ServiceId,
    /// What is told.
    pub text: Label,
}

/// Validates answers against the forms of a case.
///
/// Answers are judged as typed; what is derived need not be there. Nothing is changed and nothing is trusted: paths that the
/// dictionary lacks or no service asks are errors too.
#[must_use]
pub fn validate(
    answers: &Answers,
    dictionary: &Dictionary,
    forms: &[&ServiceForm],
    stage: Stage,
) -> Findings {
    let mut judge =
        Judge { answers, dictionary, stage, found: BTreeMap::new(), warnings: Vec::new() };
    let spots = answers.spots();
    judge.shape(forms, &spots);
    judge.values(&spots);
    judge.cards();
    for form in forms {
        judge.form(form);
    }
    judge.findings()
}

/// Judges changes that a person makes: nobody types what is derived or the outcome of a service.
///
/// # Errors
/// A [`FieldError`] for every such change.
pub fn refuse_untypable(
    changes: &[Change],
    dictionary: &Dictionary,
) -> Result<(), Vec<FieldError>> {
    let untypable = |change: &&Change| {
        let element = element_at(dictionary, &change.spot);
        change.after.is_some() && element.is_some_and(|element| element.is_never_typed())
    };
    let errors: Vec<FieldError> = changes
        .iter()
        .filter(untypable)
        .map(|change| FieldError {
            spot: change.spot.clone(),
            label: label_at(dictionary, &change.spot),
            services: Vec::new(),
            problem: Problem::NeverTyped,
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// The element behind a spot; `None` for selectors and groups, and for what the dictionary lacks.
#[must_use]
pub fn element_at<'d>(dictionary: &'d Dictionary, spot: &Spot) -> Option<&'d elements::Element> {
    let found = match spot {
        Spot::Plain(key) => dictionary.element(key.as_str()),
        Spot::Card(_, key) => dictionary.person(key.as_str()),
        Spot::RoleAttribute(role, _, key) => {
            dictionary.role(role.as_str()).and_then(|role| role.attributes.get(key))
        }
        Spot::Row(row, _, key) => {
            dictionary.row(row.as_str()).and_then(|row| row.attributes.get(key))
        }
        Spot::Role(..) | Spot::Group(_) => None,
    };
    found.map(AsRef::as_ref)
}

/// What the field at a spot is called; a spot the dictionary lacks is called by its own text.
#[must_use]
pub fn label_at(dictionary: &Dictionary, spot: &Spot) -> Label {
    if let Some(element) = element_at(dictionary, spot) {
        return element.label.clone();
    }
    match spot {
        Spot::Role(key, _) | Spot::Group(key) => {
            let role = dictionary.role(key.as_str()).map(|role| role.label.clone());
            let row = || dictionary.row(key.as_str()).map(|row| row.label.clone());
            role.or_else(row)
        }
        _ => None,
    }
    .unwrap_or_else(|| Label::new(spot.to_string(), spot.to_string()))
}

/// A validation under way.
struct Judge<'a> {
    answers: &'a Answers,
    dictionary: &'a Dictionary,
    stage: Stage,
    /// By spot: each problem once, with the services it concerns.
    found: BTreeMap<Spot, Vec<(Problem, BTreeSet<ServiceId>)>>,
    warnings: Vec<Told>,
}

impl<'a> Judge<'a> {
    fn find(&mut self, spot: Spot, problem: Problem, service: Option<&ServiceId>) {
        let problems = self.found.entry(spot).or_default();
        let services = match problems.iter_mut().find(|(known, _)| *known == problem) {
            Some((_, services)) => services,
            None => {
                problems.push((problem, BTreeSet::new()));
                let Some((_, services)) = problems.last_mut() else { return };
                services
            }
        };
        services.extend(service.cloned());
    }

    fn findings(self) -> Findings {
        let mut errors = Vec::new();
        for (spot, problems) in self.found {
            for (problem, services) in problems {
                let label = label_at(self.dictionary, &spot);
                errors.push(FieldError {
                    spot: spot.clone(),
                    label,
                    services: services.into_iter().collect(),
                    problem,
                });
            }
        }
        Findings { errors, warnings: self.warnings }
    }

    /// Everything that is there must be known, asked, of the right number, and point to something.
    fn shape(&mut self, forms: &[&ServiceForm], spots: &BTreeMap<Spot, Value>) {
        let asked: BTreeSet<&Path> =
            forms.iter().flat_map(|form| &form.fields).map(|field| &field.path).collect();
        let on_cards: BTreeSet<&Key> = forms
            .iter()
            .flat_map(|f| f.asked())
            .filter(|a| a.on_card)
            .map(|a| &a.path.attribute)
            .collect();
        let subjects: BTreeSet<&Subject> =
            asked.iter().filter_map(|path| path.subject.as_ref()).collect();
        for spot in spots.keys() {
            let (known, wanted) = match spot {
                Spot::Plain(key) => (
                    self.dictionary.element(key.as_str()).is_some(),
                    asked.contains(&Path::plain(key.clone())),
                ),
                Spot::Card(_, key) => {
                    (self.dictionary.person(key.as_str()).is_some(), on_cards.contains(key))
                }
                Spot::Role(role, row) => {
                    let subject = Subject { key: role.clone(), many: row.is_some() };
                    (self.dictionary.role(role.as_str()).is_some(), subjects.contains(&subject))
                }
                Spot::RoleAttribute(key, row, attribute) => {
                    let path = Path::of(
                        Subject { key: key.clone(), many: row.is_some() },
                        attribute.clone(),
                    );
                    (element_at(self.dictionary, spot).is_some(), asked.contains(&path))
                }
                Spot::Row(key, _, attribute) => {
                    let path =
                        Path::of(Subject { key: key.clone(), many: true }, attribute.clone());
                    (element_at(self.dictionary, spot).is_some(), asked.contains(&path))
                }
                Spot::Group(_) => (true, true),
            };
            if !known {
                self.find(spot.clone(), Problem::PathUnknown, None);
            } else if !wanted && !self.is_wrong_number(spot) {
                self.find(spot.clone(), Problem::NotAsked, None);
            }
        }
        self.numbers();
    }

    fn is_wrong_number(&self, spot: &Spot) -> bool {
        let (Spot::Role(key, row) | Spot::RoleAttribute(key, row, _)) = spot else { return false };
        self.dictionary.role(key.as_str()).is_some_and(|role| role.many != row.is_some())
    }

    fn numbers(&mut self) {
        let answers = self.answers;
        for (key, holders) in &answers.roles {
            let many = matches!(holders, Holders::Many(_));
            if self.dictionary.role(key.as_str()).is_some_and(|role| role.many != many) {
                self.find(Spot::Group(key.clone()), Problem::WrongNumber, None);
            }
            if holders.as_slice().len() > ROWS_MAX {
                self.find(Spot::Group(key.clone()), Problem::TooManyRows { max: ROWS_MAX }, None);
            }
            for (at, pointer) in holders.as_slice().iter().enumerate() {
                if pointer.card.as_ref().is_some_and(|card| !answers.cards.contains_key(card)) {
                    self.find(
                        Spot::Role(key.clone(), many.then_some(at)),
                        Problem::CardUnknown,
                        None,
                    );
                }
            }
        }
        for (key, rows) in &answers.rows {
            if rows.len() > ROWS_MAX {
                self.find(Spot::Group(key.clone()), Problem::TooManyRows { max: ROWS_MAX }, None);
            }
        }
    }

    /// Every value by what the dictionary says of it, whoever asks.
    fn values(&mut self, spots: &BTreeMap<Spot, Value>) {
        for (spot, value) in spots {
            let Some(element) = element_at(self.dictionary, spot) else { continue };
            for fault in element.faults(value) {
                self.find(spot.clone(), Problem::Value(fault), None);
            }
        }
    }

    /// The number of an identity document by its type, and what it says of the person.
    fn cards(&mut self) {
        let answers = self.answers;
        for (card, attributes) in &answers.cards {
            self.document(card, attributes);
            for (key, value) in read_from_id(attributes) {
                if attributes.get(key).is_some_and(|typed| *typed != value)
                    && let Some(element) = self.dictionary.person(key)
                {
                    self.find(
                        Spot::Card(card.clone(), element.key.clone()),
                        Problem::ContradictsId,
                        None,
                    );
                }
            }
        }
    }

    fn document(&mut self, card: &CardId, attributes: &Attributes) {
        let text = |key: &str| attributes.get(key).and_then(Value::as_text);
        let Some(element) = self
            .dictionary
            .person("id_number")
            .filter(|element| element.format == Format::IdNumber)
        else {
            return;
        };
        let kind = text("id_type").and_then(|kind| kind.parse::<IdType>().ok());
        if let (Some(kind), Some(number)) = (kind, text("id_number"))
            && let Err(error) = IdNumber::parse(kind, number)
        {
            let spot = Spot::Card(card.clone(), element.key.clone());
            self.find(spot, Problem::Value(ValueFault::Identifier(error)), None);
        }
    }

    /// What one service asks and refuses.
    fn form(&mut self, form: &ServiceForm) {
        let answers = self.answers;
        for group in &form.groups {
            if let Some(subject) = &group.subject
                && form.waiver(subject, answers, None).is_some()
            {
                continue;
            }
            self.group(form, group);
        }
        for refusal in &form.refusals {
            if refusal.when.holds(answers) {
                let problem = match refusal.reason {
                    RefusalReason::BoExemptCapital => Problem::BoExemptCapital,
                };
                self.find(Spot::Plain(refusal.at.attribute.clone()), problem, Some(&form.service));
            }
        }
    }

    fn group(&mut self, form: &ServiceForm, group: &Group) {
        let all: Vec<Instance<'_>> = instances(group, self.answers).collect();
        if let (Some(subject), true, Stage::Complete) = (&group.subject, all.is_empty(), self.stage)
            && group.fields.iter().any(|asked| asked.required)
        {
            self.find(Spot::Group(subject.key.clone()), Problem::Missing, Some(&form.service));
        }
        for instance in &all {
            let waived = group.subject.as_ref().is_some_and(|subject| {
                form.waiver(subject, self.answers, Some(instance)).is_some()
            });
            if !waived {
                group.fields.iter().for_each(|asked| self.field(form, asked, instance));
            }
        }
    }

    fn field(&mut self, form: &ServiceForm, asked: &Asked, instance: &Instance<'_>) {
        let Some(value) = instance.value(asked).filter(|value| !value.is_empty()) else {
            self.missing(form, asked, instance);
            return;
        };
        let spot = || instance.spot(asked);
        if let Some(rule) = form.rules.get(&asked.path) {
            for fault in rule.faults(value) {
                self.find(spot(), refined(asked, fault), Some(&form.service));
            }
        }
        for conditional in form.rules_if.iter().filter(|rule| rule.path == asked.path) {
            if conditional.when.holds_in(self.answers, &instance.row()) {
                for fault in conditional.rule.faults(value) {
                    self.find(spot(), refined(asked, fault), Some(&form.service));
                }
            }
        }
        if let Some(problem) = asked.projection.precision_problem(value) {
            self.find(spot(), problem, Some(&form.service));
        }
        for warning in form.warnings.iter().filter(|warning| warning.path == asked.path) {
            if !warning.rule.faults(value).is_empty() {
                let told = Told {
                    spot: spot(),
                    service: form.service.clone(),
                    text: warning.text.clone(),
                };
                self.warnings.push(told);
            }
        }
    }

    fn missing(&mut self, form: &ServiceForm, asked: &Asked, instance: &Instance<'_>) {
        let follows = || {
            // What the number of a 居民身份证 tells is never missing on its card.
            let told = instance.card.map(read_from_id).unwrap_or_default();
            asked.on_card && told.iter().any(|(key, _)| *key == asked.path.attribute.as_str())
        };
        if self.stage == Stage::Complete
            && !asked.element.is_never_typed()
            && form.requires(asked, self.answers, instance)
            && !self.has_default(asked)
            && !follows()
        {
            self.find(instance.spot(asked), Problem::Missing, Some(&form.service));
        }
    }

    /// The business address is the registered one where none is given.
    fn has_default(&self, asked: &Asked) -> bool {
        asked.path.subject.is_none()
            && asked.path.attribute.as_str() == "business_address"
            && self.answers.plain.contains_key("address_division")
            && self.answers.plain.contains_key("address_detail")
    }
}

/// A kind of document that one service does not accept has a message of its own.
fn refined(asked: &Asked, fault: ValueFault) -> Problem {
    match fault {
        ValueFault::CodeNotAccepted { code }
            if asked.on_card && asked.path.attribute.as_str() == "id_type" =>
        {
            Problem::IdTypeNotAccepted { id_type: code }
        }
        other => Problem::Value(other),
    }
}

/// Validates answers as [`validate`] does, and shapes them for every service.
///
/// # Errors
/// The findings, with a [`FieldError`] for every service that could not be served.
pub fn validate_and_project(
    answers: &Answers,
    dictionary: &Dictionary,
    forms: &[&ServiceForm],
    maps: &Crosswalks,
) -> Result<Findings, Findings> {
    let mut findings = validate(answers, dictionary, forms, Stage::Complete);
    if findings.errors.is_empty() {
        let completed = answers.completed(dictionary, maps);
        for form in forms {
            if let Err(errors) = crate::project::project(&completed, form, maps) {
                findings.errors.extend(errors);
            }
        }
    }
    if findings.errors.is_empty() { Ok(findings) } else { Err(findings) }
}
