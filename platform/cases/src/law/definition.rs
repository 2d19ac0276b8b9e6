//! What a bundle says about the form and the documents of a case. Pure: the same answers give the same digests.

use super::Examined;
use crate::error::Defect;
use crate::model::{Case, DocumentName, Hex, Plan};
use catalogue::definition::ServiceKey;
use codes::{Coded as _, Date, Label, Lang};
use documents::{Template, Values};
use elements::{Dictionary, Kind, Value};
use forms::{Answers, Crosswalks, MergedForm, Pointer, ServiceForm, Spot};
use seals::Digest;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The definition of a bundle, as cases need it.
#[derive(Clone, Debug)]
pub struct Definition {
    /// The digest of the bundle.
    pub digest: Hex,
    /// The dictionary.
    pub dictionary: Arc<Dictionary>,
    /// The crosswalks.
    pub maps: Arc<Crosswalks>,
    /// The forms by service.
    pub forms: BTreeMap<ServiceKey, Arc<ServiceForm>>,
    /// The templates of documents that are signed, by their id in the case.
    pub signed: BTreeMap<DocumentName, Arc<Template>>,
    /// All templates of the bundle by id: notices and licences too.
    pub templates: BTreeMap<String, Arc<Template>>,
    /// The decision tables of the bundle; one with an output `verdict` can refuse papers.
    pub rules: Vec<Arc<rules::Table>>,
}

/// What a document says now, and who signs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Face {
    /// The digest of its text; empty while something that it says is missing.
    pub sha256: Hex,
    /// The cards of those who sign.
    pub signers: BTreeSet<String>,
}

/// A file that the party hands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Material {
    /// The slot.
    pub slot: String,
    /// Whether it falls away where a register confirms the fact.
    pub confirmable: bool,
}

/// A document as a signer reads it.
#[derive(Clone, Debug)]
pub struct SignedText {
    /// The template.
    pub template: Arc<Template>,
    /// The values.
    pub values: Values,
}

/// The digest of something that was taken from answers, with their salt before it: without the salt a short value could
/// be tried against the digest that an event holds for ever.
fn salted(answers: &Answers, content: &[u8]) -> Hex {
    let salt = answers.salt.as_deref().unwrap_or_default();
    Digest::sha256(&[salt.as_bytes(), content].concat()).hex()
}

impl Definition {
    /// The forms of a plan, in its order; services whose form is not there are left out, which `lianban check` refuses.
    #[must_use]
    pub fn forms_of(&self, plan: &Plan) -> Vec<&ServiceForm> {
        plan.tasks.iter().filter_map(|t| self.forms.get(&t.service)).map(AsRef::as_ref).collect()
    }

    /// The merged form of a plan.
    ///
    /// # Errors
    /// The conflicts, as `lianban check` tells them.
    pub fn merged(&self, plan: &Plan) -> Result<MergedForm, Vec<forms::Conflict>> {
        forms::merge(&self.dictionary, &self.forms_of(plan))
    }

    /// The digest of answers: over their canonical JSON, in which their salt stands.
    #[must_use]
    pub fn digest(&self, answers: &Answers) -> Hex {
        // INVARIANT: answers are ordered maps without floats, so that their JSON is canonical and can be written.
        Digest::sha256(&serde_json::to_vec(answers).unwrap_or_default()).hex()
    }

    /// The spots that differ, without their values.
    #[must_use]
    pub fn diff(&self, before: Option<&Answers>, after: &Answers) -> Vec<String> {
        let none = Answers::default();
        before.unwrap_or(&none).diff(after).iter().map(|change| change.spot.to_string()).collect()
    }

    /// The paths under which the services of a case know a spot, such as `employee[].mobile` for a card's mobile.
    #[must_use]
    pub fn paths(answers: &Answers, spot: &Spot) -> Vec<String> {
        let of_role = |role: &elements::Key, many: bool, attribute: &str| {
            if many { format!("{role}[].{attribute}") } else { format!("{role}.{attribute}") }
        };
        match spot {
            Spot::Plain(key) => vec![key.to_string()],
            Spot::Row(kind, _, key) => vec![format!("{kind}[].{key}")],
            Spot::Role(role, row) => {
                vec![if row.is_some() { format!("{role}[]") } else { role.to_string() }]
            }
            Spot::RoleAttribute(role, row, key) => vec![of_role(role, row.is_some(), key.as_str())],
            Spot::Group(key) => vec![format!("{key}[]")],
            Spot::Card(card, key) => answers
                .roles
                .iter()
                .filter(|(_, held)| held.as_slice().iter().any(|p| p.card.as_ref() == Some(card)))
                .map(|(role, held)| {
                    of_role(role, matches!(held, forms::Holders::Many(_)), key.as_str())
                })
                .collect(),
        }
    }

    /// Everything that can be found about answers by the law of a day, whatever case they belong to.
    #[must_use]
    pub fn examine(&self, plan: &Plan, answers: &Answers, on: Date) -> Examined {
        let forms = self.forms_of(plan);
        let findings = forms::validate(answers, &self.dictionary, &forms, forms::Stage::Complete);
        let completed = answers.completed(&self.dictionary, &self.maps);
        let mut errors = findings.errors;
        let is_valid = errors.is_empty();
        let mut inputs = BTreeMap::new();
        for task in &plan.tasks {
            let Some(form) = self.forms.get(&task.service) else { continue };
            match forms::project(&completed, form, &self.maps) {
                Ok(payload) => {
                    let digest = salted(answers, &payload.canonical_bytes());
                    inputs.insert(task.name.clone(), digest);
                }
                // What a service could not work without is told where nothing simpler is wrong.
                Err(more) if is_valid => errors.extend(more),
                Err(_) => {}
            }
        }
        let faces = self.faces_of(plan, &completed);
        Examined {
            form: errors.iter().map(of_the_form).collect(),
            refused: self.refused(plan, &completed, on),
            unwritable: Self::unwritable(plan, &faces),
            materials: self.materials(plan),
            faces,
            inputs,
            latest_contribution: Self::latest_contribution(answers),
        }
    }

    /// What the decision tables refuse, by the law of a day. A table that lacks a fact refuses nothing: the form asks for it.
    fn refused(&self, plan: &Plan, completed: &Answers, on: Date) -> Vec<Defect> {
        let facts = forms::facts(completed);
        let place = facts.get("address_division").and_then(Value::as_text);
        let asked = rules::Asked::on(on, place.and_then(|division| division.parse().ok()));
        let mut defects = Vec::new();
        for table in self.rules.iter().filter(|table| table.judges() && self.concerns(plan, table))
        {
            match table.decide_each(&facts, &asked) {
                Ok(decisions) => {
                    let hits = decisions
                        .iter()
                        .filter_map(|(row, decision)| Some((*row, decision.hit()?)))
                        .filter(|(_, hit)| hit.refuses());
                    defects.extend(hits.map(|(row, hit)| self.defect(table, row, hit)));
                }
                // Answers of a wrong type are for the form to tell; the papers wait for them all the same.
                Err(error) => defects.push(Defect {
                    what: self.about(table, None),
                    reason: error.reason().to_owned(),
                    label: error.label(),
                }),
            }
        }
        defects
    }

    /// Whether a form of the plan asks what a table judges.
    fn concerns(&self, plan: &Plan, table: &rules::Table) -> bool {
        let Some(at) = &table.at else { return true };
        let forms = self.forms_of(plan);
        let mut asked = forms.iter().flat_map(|form| form.asked());
        match at.strip_suffix("[]") {
            Some(group) => asked.any(|asked| asked.path.subject_key() == Some(group)),
            None => {
                at.parse::<elements::Path>().is_ok_and(|at| asked.any(|asked| asked.path == at))
            }
        }
    }

    /// A refusal of a table where the form shows what it is about.
    fn defect(&self, table: &rules::Table, row: Option<usize>, hit: &rules::Hit) -> Defect {
        Defect {
            what: self.about(table, row),
            // INVARIANT: a row that refuses has both; a table without them cannot be read.
            reason: hit.reason.clone().unwrap_or_else(|| hit.row.clone()),
            label: hit.label.clone().unwrap_or_else(|| table.label.clone()),
        }
    }

    fn about(&self, table: &rules::Table, row: Option<usize>) -> String {
        let at = table.at.as_deref().unwrap_or(&table.id);
        self.spot(at, row).map_or_else(|| at.to_owned(), |spot| spot.to_string())
    }

    /// The spot of a path in a row; none where it speaks of no single answer.
    fn spot(&self, at: &str, row: Option<usize>) -> Option<Spot> {
        if let Some(group) = at.strip_suffix("[]") {
            return group.parse().ok().map(Spot::Group);
        }
        let path: elements::Path = at.parse().ok()?;
        let attribute = path.attribute;
        match (path.subject, row) {
            (None, _) => Some(Spot::Plain(attribute)),
            (Some(subject), row) if self.dictionary.role(subject.key.as_str()).is_some() => {
                (subject.many == row.is_some()).then_some(Spot::RoleAttribute(
                    subject.key,
                    row,
                    attribute,
                ))
            }
            (Some(subject), Some(row)) => Some(Spot::Row(subject.key, row, attribute)),
            (Some(_), None) => None,
        }
    }

    /// Documents whose text cannot be told although nothing is missing in the form: nobody may sign an empty text.
    fn unwritable(plan: &Plan, faces: &BTreeMap<DocumentName, Face>) -> Vec<Defect> {
        let empty = |name: &DocumentName| faces.get(name).is_none_or(|face| face.sha256.is_empty());
        let defect = |(name, label): (&DocumentName, &Label)| Defect {
            what: format!("document.{name}"),
            reason: "DOCUMENT_INCOMPLETE".to_owned(),
            label: Label::new(
                format!("《{}》缺少内容，无法生成。请联系窗口或者运行人员。", label.zh),
                format!("The {} lacks something and cannot be made. Please contact us.", label.en),
            ),
        };
        plan.documents.iter().filter(|(name, _)| empty(name)).map(defect).collect()
    }

    /// The files that the party hands in.
    #[must_use]
    pub fn materials(&self, plan: &Plan) -> Vec<Material> {
        let gain = forms::merge_materials(&self.forms_of(plan));
        gain.uploads
            .iter()
            .map(|slot| Material {
                slot: slot.to_string(),
                confirmable: gain.confirmable.contains(slot),
            })
            .collect()
    }

    /// What a file that the party hands in is called.
    #[must_use]
    pub fn material_label(&self, plan: &Plan, slot: &str) -> Label {
        let forms = self.forms_of(plan);
        let named = forms.iter().flat_map(|form| &form.materials).find(|material| {
            matches!(&material.by, forms::Provision::Upload { id, .. } if id.as_str() == slot)
        });
        named.map_or_else(|| Label::new(slot, slot), |material| material.label.clone())
    }

    /// The latest day on which a contribution is to be paid.
    fn latest_contribution(answers: &Answers) -> Option<Date> {
        answers
            .holders("shareholder")
            .iter()
            .filter_map(|p| p.attributes.get("contribution_date"))
            .filter_map(Value::as_date)
            .max()
    }

    /// The answers with everything that follows from them, and with what outcomes gave.
    #[must_use]
    pub fn completed(&self, answers: &Answers, values: &BTreeMap<String, String>) -> Answers {
        let mut all = answers.clone();
        for (key, value) in values {
            if let Some(element) = self.dictionary.element(key) {
                all.plain.insert(element.key.clone(), Value::Text(value.clone()));
            }
        }
        all.completed(&self.dictionary, &self.maps)
    }

    /// The name that people know the case by.
    #[must_use]
    pub fn title(&self, case: &Case, answers: &Answers) -> String {
        let completed = answers.completed(&self.dictionary, &self.maps);
        let name =
            completed.plain.get("enterprise_name").or_else(|| answers.plain.get("trade_name"));
        name.and_then(Value::as_text).map_or_else(|| case.title.clone(), str::to_owned)
    }

    /// What each signed document says now, and who signs it.
    #[must_use]
    pub fn faces(&self, plan: &Plan, answers: &Answers) -> BTreeMap<DocumentName, Face> {
        self.faces_of(plan, &answers.completed(&self.dictionary, &self.maps))
    }

    fn faces_of(&self, plan: &Plan, completed: &Answers) -> BTreeMap<DocumentName, Face> {
        plan.documents
            .keys()
            .filter_map(|name| {
                let template = self.signed.get(name)?;
                let sha256 = self
                    .values(plan, template, completed)
                    .and_then(|values| template.take(&values))
                    .map(|taken| match &completed.salt {
                        Some(_) => salted(completed, taken.digest().to_string().as_bytes()),
                        None => taken.digest().to_string(),
                    })
                    .unwrap_or_default();
                let signers = template
                    .signers()
                    .iter()
                    .flat_map(|role| completed.holders(role.trim_end_matches("[]")))
                    .filter_map(|pointer| pointer.card.as_ref().map(ToString::to_string))
                    .collect();
                Some((name.clone(), Face { sha256, signers }))
            })
            .collect()
    }

    /// A document as a signer reads it.
    ///
    /// # Errors
    /// Something that it says is missing.
    pub fn signed_text(
        &self,
        plan: &Plan,
        document: &str,
        answers: &Answers,
    ) -> Option<Result<SignedText, documents::DocumentError>> {
        let template = Arc::clone(self.signed.get(document)?);
        let completed = answers.completed(&self.dictionary, &self.maps);
        Some(self.values(plan, &template, &completed).map(|values| SignedText { template, values }))
    }

    /// The values that a template declares, looked up in completed answers.
    ///
    /// # Errors
    /// An answer is not of the declared kind.
    pub fn values(
        &self,
        plan: &Plan,
        template: &Template,
        completed: &Answers,
    ) -> Result<Values, documents::DocumentError> {
        let services =
            || Value::List(plan.tasks.iter().map(|t| Value::Text(t.label.zh.clone())).collect());
        template.gather(|path| match path {
            "services" => Some(services()),
            _ => self.look_up(completed, path),
        })
    }

    /// A value by path as documents print it: codes by their Chinese names, money and dates as they stand.
    #[must_use]
    pub fn look_up(&self, answers: &Answers, path: &str) -> Option<Value> {
        if let Some(group) = path.strip_suffix("[]") {
            return self.rows(answers, group);
        }
        match path.split_once('.') {
            None => {
                let element = self.dictionary.element(path)?;
                answers.plain.get(path).map(|value| printed(element, value))
            }
            Some((role, attribute)) => {
                let pointer = answers.holders(role).first()?;
                if let Some((key, value)) = pointer.attributes.get_key_value(attribute) {
                    let element = self.dictionary.role(role).and_then(|r| r.attributes.get(key));
                    return Some(shown(element, value));
                }
                let value = answers.card_of(pointer)?.get(attribute)?;
                Some(shown(self.dictionary.person(attribute), value))
            }
        }
    }

    fn rows(&self, answers: &Answers, group: &str) -> Option<Value> {
        if self.dictionary.role(group).is_some() {
            let rows = answers.holders(group).iter();
            return Some(Value::List(
                rows.map(|pointer| Value::Map(self.of_pointer(answers, group, pointer))).collect(),
            ));
        }
        let kind = self.dictionary.row(group)?;
        let rows = answers.rows_of(group).iter().map(|row| {
            let cells = row
                .iter()
                .map(|(key, value)| (key.to_string(), shown(kind.attributes.get(key), value)));
            Value::Map(cells.collect())
        });
        Some(Value::List(rows.collect()))
    }

    fn of_pointer(
        &self,
        answers: &Answers,
        role: &str,
        pointer: &Pointer,
    ) -> BTreeMap<String, Value> {
        let card = answers.card_of(pointer).into_iter().flatten().map(|(key, value)| {
            (key.to_string(), shown(self.dictionary.person(key.as_str()), value))
        });
        let role = self.dictionary.role(role);
        let own = pointer.attributes.iter().map(|(key, value)| {
            (key.to_string(), shown(role.and_then(|role| role.attributes.get(key)), value))
        });
        card.chain(own).collect()
    }
}

/// What the form finds, where it shows it.
fn of_the_form(error: &forms::FieldError) -> Defect {
    Defect {
        what: error.spot.to_string(),
        reason: error.problem.reason().to_owned(),
        label: Label::new(
            format!("{}：{}", error.label.zh, error.problem.label().zh),
            format!("{}: {}", error.label.en, error.problem.label().en),
        ),
    }
}

/// A value as documents print it, or as it stands where the dictionary does not know it.
fn shown(element: Option<&Arc<elements::Element>>, value: &Value) -> Value {
    element.map_or_else(|| value.clone(), |element| printed(element, value))
}

/// A value as documents print it: what is no plain text, date, money or number is shown in Chinese words.
fn printed(element: &elements::Element, value: &Value) -> Value {
    match (&element.kind, value) {
        (Kind::Set(_), Value::List(all)) => Value::List(
            all.iter()
                .map(|one| Value::Text(element.show(&Value::List(vec![one.clone()]), Lang::Zh)))
                .collect(),
        ),
        (Kind::Code(_) | Kind::List(_) | Kind::Composite(_), value) => {
            Value::Text(element.show(value, Lang::Zh))
        }
        _ => value.clone(),
    }
}
