//! One service's form: its fields in the specs' notation, its own rules, conditions, projections and materials.

use crate::condition::Condition;
use crate::conflict::Conflict;
use crate::materials::Material;
use crate::notation::fields;
use crate::projection::Projection;
use codes::Label;
use elements::{Dictionary, Element, Path, Resolved, Rule, Subject, YamlError, from_yaml};
use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize, de};
use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The id of a service (办事服务), such as `fund`, or `01/pub` where it carries its reform.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ServiceId(Arc<str>);

/// A text that is no id of a service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no id of a service: `fund`, or `01/pub` with the number of its reform")]
pub struct NotAServiceId(pub String);

impl ServiceId {
    /// The text of the id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ServiceId {
    type Err = NotAServiceId;

    fn from_str(text: &str) -> Result<Self, NotAServiceId> {
        let (reform, name) = text.split_once('/').unwrap_or(("00", text));
        let reform_fits = reform.len() == 2 && reform.bytes().all(|b| b.is_ascii_digit());
        let name_fits = name.parse::<elements::Key>().is_ok();
        if reform_fits && name_fits {
            Ok(Self(text.into()))
        } else {
            Err(NotAServiceId(text.to_owned()))
        }
    }
}

impl fmt::Display for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for ServiceId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for ServiceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// A field of a service form, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Which element, of which subject.
    pub path: Path,
    /// Whether the service requires it.
    pub required: bool,
}

/// To whom the attributes of a group belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// The enterprise itself.
    Enterprise,
    /// The holder of a role: a person card and the role's own attributes.
    Role,
    /// A row that is no person.
    Row,
}

/// A field as the engine works with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Which element, of which subject.
    pub path: Path,
    /// Whether the service requires it.
    pub required: bool,
    /// To whom it belongs.
    pub owner: Owner,
    /// Whether it is an attribute of the person's card and not of the role.
    pub on_card: bool,
    /// What the dictionary says of it.
    pub element: Arc<Element>,
    /// How the service wants it.
    pub projection: Projection,
}

/// The fields of one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The role or row; `None` for the enterprise itself.
    pub subject: Option<Subject>,
    /// What the subject is.
    pub owner: Owner,
    /// Its fields, in the order in which they stand.
    pub fields: Vec<Asked>,
}

/// A rule that holds under a condition only.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConditionalRule {
    /// The field it judges.
    pub path: Path,
    /// When it holds.
    pub when: Condition,
    /// The rule.
    pub rule: Rule,
}

/// A rule whose breach is told and does not stop anybody.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Warning {
    /// The field it judges.
    pub path: Path,
    /// The rule.
    pub rule: Rule,
    /// What is told.
    pub text: Label,
}

/// Fields or rows that the service does without.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The subject: a role, a group of rows (`employee[]`), or a plain element.
    pub what: Subject,
    /// When the whole subject is waived.
    pub when: Option<Condition>,
    /// Which of its rows are waived, one by one.
    pub rows: Option<Condition>,
    /// Whether what is waived becomes a task at the counter.
    #[serde(default)]
    pub counter: bool,
    /// Why, for the person who fills in the form.
    pub why: Label,
}

/// A combination of answers that the service refuses at entry.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// The answers.
    pub when: Condition,
    /// The field that the message stands at.
    pub at: Path,
    /// Why.
    pub reason: RefusalReason,
}

/// Why a combination of answers is refused at entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RefusalReason {
    /// The exemption from naming beneficial owners is pledged above 10,000,000 yuan (受益所有人信息管理办法 art. 3).
    BoExemptCapital,
}

/// A service's form (服务表单), sound in itself: parsing is the only door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceForm {
    /// The service.
    pub service: ServiceId,
    /// Its fields by subject, the enterprise itself first.
    pub groups: Vec<Group>,
    /// Its own rules by path.
    pub rules: BTreeMap<Path, Rule>,
    /// Its rules under conditions.
    pub rules_if: Vec<ConditionalRule>,
    /// Its warnings.
    pub warnings: Vec<Warning>,
    /// Fields that become required under conditions.
    pub required_if: IndexMap<Path, Condition>,
    /// What it does without under conditions.
    pub waivers: Vec<Waiver>,
    /// What it refuses at entry.
    pub refusals: Vec<Refusal>,
    /// The materials it would ask for on its own.
    pub materials: Vec<Material>,
    /// The fields in the order in which they were written.
    pub fields: Vec<Field>,
}

/// A form that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// The file cannot be read.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// The form contradicts itself or the dictionary.
    #[error("{file}: {}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Faults {
        /// The file.
        file: String,
        /// All that is wrong.
        faults: Vec<Conflict>,
    },
}

/// The form as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    service: ServiceId,
    fields: Vec<Line>,
    #[serde(default)]
    rules: BTreeMap<Path, Rule>,
    #[serde(default)]
    rules_if: Vec<ConditionalRule>,
    #[serde(default)]
    warnings: Vec<Warning>,
    #[serde(default)]
    required_if: IndexMap<Path, Condition>,
    #[serde(default)]
    waive: Vec<Waiver>,
    #[serde(default)]
    refuse: Vec<Refusal>,
    #[serde(default, rename = "as")]
    projections: BTreeMap<Path, Projection>,
    #[serde(default)]
    materials: Vec<Material>,
}

/// One line of fields, read where it stands so that a fault has its place.
struct Line(Vec<Field>);

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        fields(&text).map(Self).map_err(de::Error::custom)
    }
}

impl ServiceForm {
    /// Reads a form and checks it against the dictionary.
    ///
    /// # Errors
    /// [`FormError`] with the place of a fault of YAML, or with everything that is wrong with the form: unknown elements,
    /// fields that stand twice, rules or projections that do not fit the type, conditions on nothing.
    pub fn parse(dictionary: &Dictionary, file: &str, text: &str) -> Result<Self, FormError> {
        let read: File = from_yaml(file, text)?;
        let written: Vec<Field> = read.fields.into_iter().flat_map(|line| line.0).collect();
        let mut projections = read.projections;
        let (groups, mut faults) = grouped(dictionary, &read.service, &written, &mut projections);
        for path in projections.keys() {
            faults.push(not_asked(&read.service, path));
        }
        let form = Self {
            service: read.service,
            groups,
            rules: read.rules,
            rules_if: read.rules_if,
            warnings: read.warnings,
            required_if: read.required_if,
            waivers: read.waive,
            refusals: read.refuse,
            materials: read.materials,
            fields: written,
        };
        faults.extend(form.faults(dictionary));
        if faults.is_empty() {
            Ok(form)
        } else {
            Err(FormError::Faults { file: file.to_owned(), faults })
        }
    }

    /// Every field with what the dictionary says of it, by subject.
    pub fn asked(&self) -> impl Iterator<Item = &Asked> {
        self.groups.iter().flat_map(|group| &group.fields)
    }

    /// The field of a path.
    #[must_use]
    pub fn asks(&self, path: &Path) -> Option<&Asked> {
        self.asked().find(|asked| asked.path == *path)
    }

    /// How many fields the form has on its own; columns of repeating rows count once.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether it has no fields.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    fn faults(&self, dictionary: &Dictionary) -> Vec<Conflict> {
        let mut faults = Vec::new();
        let own = self.rules.iter();
        let conditional = self.rules_if.iter().map(|rule| (&rule.path, &rule.rule));
        let told = self.warnings.iter().map(|warning| (&warning.path, &warning.rule));
        for (path, rule) in own.chain(conditional).chain(told) {
            match self.asks(path) {
                None => faults.push(not_asked(&self.service, path)),
                Some(asked) => {
                    if let Err(why) = rule.fits(&asked.element.kind, asked.element.list.as_deref())
                    {
                        faults.push(mismatch(&self.service, path, why));
                    }
                }
            }
        }
        for path in self.required_if.keys() {
            if self.asks(path).is_none() {
                faults.push(not_asked(&self.service, path));
            }
        }
        for waiver in &self.waivers {
            let known =
                self.groups.iter().any(|group| group.subject.as_ref() == Some(&waiver.what))
                    || self.asks(&Path::plain(waiver.what.key.clone())).is_some();
            if !known {
                faults.push(not_asked(&self.service, &Path::plain(waiver.what.key.clone())));
            }
        }
        for path in self.condition_paths() {
            if dictionary.resolve(path).is_none() {
                faults.push(Conflict::ElementUnknown {
                    path: path.clone(),
                    service: self.service.clone(),
                });
            }
        }
        faults
    }

    fn condition_paths(&self) -> impl Iterator<Item = &Path> {
        let rules = self.rules_if.iter().map(|rule| &rule.when);
        let required = self.required_if.values();
        let waived = self.waivers.iter().flat_map(|waiver| waiver.when.iter().chain(&waiver.rows));
        let refused = self.refusals.iter().map(|refusal| &refusal.when);
        rules.chain(required).chain(waived).chain(refused).flat_map(Condition::paths)
    }
}

fn not_asked(service: &ServiceId, path: &Path) -> Conflict {
    Conflict::NotAsked { path: path.clone(), service: service.clone() }
}

fn mismatch(service: &ServiceId, path: &Path, why: String) -> Conflict {
    Conflict::TypeMismatch { path: path.clone(), service: service.clone(), why }
}

/// Resolves the fields and puts them together by subject; takes out the projections that belong to a field.
fn grouped(
    dictionary: &Dictionary,
    service: &ServiceId,
    written: &[Field],
    projections: &mut BTreeMap<Path, Projection>,
) -> (Vec<Group>, Vec<Conflict>) {
    let mut groups: Vec<Group> = Vec::new();
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for field in written {
        let path = &field.path;
        if !seen.insert(path) {
            faults.push(Conflict::DuplicateField { path: path.clone(), service: service.clone() });
            continue;
        }
        let Some(resolved) = dictionary.resolve(path) else {
            faults.push(unresolved(dictionary, service, path));
            continue;
        };
        let (owner, on_card) = match resolved {
            Resolved::Plain(_) => (Owner::Enterprise, false),
            Resolved::Person(..) => (Owner::Role, true),
            Resolved::Role(..) => (Owner::Role, false),
            Resolved::Row(..) => (Owner::Row, false),
        };
        let projection = projections.remove(path).unwrap_or_default();
        if let Err(why) = projection.fits(resolved.element()) {
            faults.push(mismatch(service, path, why));
        }
        let asked = Asked {
            path: path.clone(),
            required: field.required,
            owner,
            on_card,
            element: Arc::clone(resolved.element()),
            projection,
        };
        match groups.iter_mut().find(|group| group.subject == path.subject) {
            Some(group) => group.fields.push(asked),
            None => {
                groups.push(Group { subject: path.subject.clone(), owner, fields: vec![asked] });
            }
        }
    }
    groups.sort_by_key(|group| group.subject.is_some());
    (groups, faults)
}

/// A path that the dictionary does not resolve: an unknown element, or one where it says many.
fn unresolved(dictionary: &Dictionary, service: &ServiceId, path: &Path) -> Conflict {
    let turned = path.subject.as_ref().map(|subject| {
        let turned = Subject { key: subject.key.clone(), many: !subject.many };
        Path::of(turned, path.attribute.clone())
    });
    match turned.filter(|turned| dictionary.resolve(turned).is_some()) {
        Some(turned) => mismatch(service, path, format!("the dictionary has `{turned}`")),
        None => Conflict::ElementUnknown { path: path.clone(), service: service.clone() },
    }
}
