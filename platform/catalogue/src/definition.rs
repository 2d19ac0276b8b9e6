//! What a reform's folder says: its `reform.yaml`, typed.

use calendar::Term;
use codes::Label;
use indexmap::IndexMap;
use kernel::Json;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// A service by reform and id (办事服务): `28/food`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceKey {
    /// The number of the reform in the national table.
    pub reform: u8,
    /// The service's id within the reform.
    pub id: String,
}

impl ServiceKey {
    /// The key from its parts.
    pub fn new(reform: u8, id: impl Into<String>) -> Self {
        Self { reform, id: id.into() }
    }

    /// The key written in the file of `home`: `food` means `28/food` there, `01/pub` stays what it is.
    ///
    /// # Errors
    /// The text is neither an id nor `NN/id`.
    pub fn within(home: u8, text: &str) -> Result<Self, NotAService> {
        if text.contains('/') { text.parse() } else { Ok(Self::new(home, text)) }
    }

    /// How a case of reform `home` names the task: the bare id if it is a service of its own.
    #[must_use]
    pub fn task_name(&self, home: u8) -> String {
        if self.reform == home { self.id.clone() } else { self.to_string() }
    }
}

impl fmt::Display for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}/{}", self.reform, self.id)
    }
}

/// A text that names no service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` does not name a service; write `28/food`")]
pub struct NotAService(pub String);

impl FromStr for ServiceKey {
    type Err = NotAService;

    fn from_str(text: &str) -> Result<Self, NotAService> {
        let wrong = || NotAService(text.to_owned());
        let (reform, id) = text.split_once('/').ok_or_else(wrong)?;
        if id.is_empty() {
            return Err(wrong());
        }
        Ok(Self { reform: reform.parse().map_err(|_digits| wrong())?, id: id.to_owned() })
    }
}

impl Serialize for ServiceKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ServiceKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// One `reform.yaml`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reform {
    /// The number in the national table; a government's own reforms use 100 to 255.
    pub number: u8,
    /// The folder's name without the number.
    pub slug: String,
    /// Its Chinese title.
    pub zh: String,
    /// Its English title.
    pub en: String,
    /// What it does for people, in a sentence or two.
    pub summary: Label,
    /// The clauses of the notice, `C1` …; each is shown by a sample.
    pub clauses: IndexMap<String, Label>,
    /// The joint limit of cases that several organs handle together.
    #[serde(default)]
    pub joint: Option<JointLimit>,
    /// Packages (套餐): services that are applied for together.
    #[serde(default)]
    pub packages: IndexMap<String, Package>,
    /// Services.
    #[serde(default)]
    pub services: IndexMap<String, Service>,
    /// What a refused party can do, by name.
    #[serde(default)]
    pub remedies: BTreeMap<String, Remedy>,
    /// Documents that are generated from the form and signed.
    #[serde(default)]
    pub signed_documents: IndexMap<String, SignedDocument>,
    /// Duties that follow, as reminders.
    #[serde(default)]
    pub duties: IndexMap<String, Duty>,
    /// Activities in plain words, and what they open.
    #[serde(default)]
    pub activities: Vec<Activity>,
    /// Pages of the reform's own module, where people begin.
    #[serde(default)]
    pub entries: Vec<Entry>,
    /// Organs, for a reform that no row of the programme names.
    #[serde(default)]
    pub organs: Vec<String>,
    /// Scope, for a reform that no row of the programme names.
    #[serde(default)]
    pub scope: Option<String>,
    /// The number of a built-in reform that this one takes the place of.
    #[serde(default)]
    pub replaces: Option<u8>,
}

/// A page where people begin (入口), of a reform that has pages of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its path, such as `/repair/mine`.
    pub path: String,
    /// What one does there, in Chinese.
    pub zh: String,
    /// What one does there, in English.
    pub en: String,
    /// Whom it is for.
    pub who: Who,
    /// Of which roles of organs officers begin here, such as `real_estate`; of all, where none is named.
    #[serde(default)]
    pub organs: Vec<String>,
    /// In which roles of their own, such as `reviewer`; in all, where none is named.
    #[serde(default)]
    pub posts: Vec<String>,
    /// How it is called in the navigation of these officers, where it stands there.
    #[serde(default)]
    pub menu: Option<Label>,
}

impl Entry {
    /// Whether somebody begins here: an officer at a post (role of the organ, own role), a party, or nobody signed in.
    #[must_use]
    pub fn is_for(&self, officer: Option<(&str, &str)>) -> bool {
        let fits = |list: &[String], key: &str| list.is_empty() || list.iter().any(|k| k == key);
        match (self.who, officer) {
            (Who::Everyone, _) | (Who::Party, None) => true,
            (Who::Officer, Some((organ, post))) => {
                fits(&self.organs, organ) && fits(&self.posts, post)
            }
            (Who::Party, Some(_)) | (Who::Officer, None) => false,
        }
    }
}

/// Whom a page is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// Anybody, signed in or not.
    Everyone,
    /// Whoever is concerned: person or enterprise.
    Party,
    /// Officers of the organs of the reform.
    Officer,
}

/// The limit of joint handling (并联办理期限).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JointLimit {
    /// From the first acceptance.
    pub statutory: Term,
    /// Once, by the head of the local government.
    pub extension: Term,
    /// Law and article.
    pub source: String,
}

/// Services that are applied for together (套餐).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// Its Chinese name.
    pub zh: String,
    /// Its English name.
    pub en: String,
    /// Its services, in the order in which people read them; `01/pub` names one of another reform.
    pub services: Vec<String>,
    /// Services that may be added.
    #[serde(default)]
    pub add_ons: Vec<String>,
    /// Whether outcomes go out one by one or together.
    #[serde(default)]
    pub delivery: DeliveryPolicy,
    /// How long filling it in takes, in minutes.
    #[serde(default)]
    pub minutes: Option<u32>,
}

/// When outcomes go out (E9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryPolicy {
    /// Each as soon as it is ready.
    #[default]
    AsReady,
    /// All together (统一送达).
    Together,
}

/// A service: something a party can apply for, and the one task that it is in a case.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Its Chinese name.
    pub zh: String,
    /// Its English name.
    pub en: String,
    /// The role of the organ that decides; the directory resolves it by jurisdiction.
    pub organ: String,
    /// What kind of act it is in law.
    pub legal_nature: LegalNature,
    /// The id of its form.
    pub form: String,
    /// What it waits for.
    #[serde(default)]
    pub needs: Needs,
    /// Its clocks.
    pub clock: ClockRow,
    /// What comes of it.
    pub outcome: Outcome,
    /// The document that tells a refusal, if not the common one.
    #[serde(default)]
    pub refusal: Option<String>,
    /// The name of its remedy row.
    pub remedy: String,
    /// Whether the platform itself decides it at once (the name, compared and reserved by machine).
    #[serde(default)]
    pub automatic: bool,
    /// Whether its grant establishes the enterprise (E13).
    #[serde(default)]
    pub establishes: bool,
    /// Lawful causes for which its clock stops, if not those of 行政许可法 45.
    #[serde(default)]
    pub stops: Option<Vec<String>>,
    /// Facts for guides: fee in fen, 0 if absent.
    #[serde(default)]
    pub fee: i64,
}

/// What kind of act a service is in law (法律性质).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegalNature {
    /// Administrative licence (行政许可): silence of five working days accepts.
    Licence,
    /// Registration (登记): on the spot, or within its own days.
    Registration,
    /// Filing (备案).
    Filing,
    /// Recognition (确认、认定).
    Recognition,
    /// Public service (公共服务).
    PublicService,
    /// Enforcement (执法).
    Enforcement,
    /// Self-regulation (行业自律).
    SelfRegulation,
}

/// The two edges of a task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Needs {
    /// Tasks that must be granted before it starts; `submit` stands for handing in.
    #[serde(default)]
    pub start: Vec<String>,
    /// Tasks that must be granted before its outcome is issued.
    #[serde(default)]
    pub issue: Vec<String>,
}

/// The clocks of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockRow {
    /// What the platform promises.
    #[serde(default)]
    pub promise: Option<Term>,
    /// What the law allows, from acceptance.
    pub statutory: Term,
    /// What the head of the organ may add once.
    #[serde(default)]
    pub extension: Option<Term>,
    /// Within which a premises visit happens.
    #[serde(default)]
    pub visit: Option<Term>,
    /// Within which acceptance is decided; the rule of the legal nature if absent.
    #[serde(default)]
    pub accept: Option<Term>,
    /// How long a party has to answer a supplement; no limit if absent.
    #[serde(default)]
    pub answer: Option<Term>,
    /// Law and article.
    pub source: String,
}

/// What comes of a service when it is granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// A licence kind, if it is a licence.
    #[serde(default)]
    pub licence: Option<String>,
    /// A document kind, if it is a notice.
    #[serde(default)]
    pub notice: Option<String>,
    /// Its Chinese name.
    pub zh: String,
    /// Its English name.
    pub en: String,
    /// Elements whose values the granting organ gives.
    #[serde(default)]
    pub gives: Vec<String>,
    /// Days that its document bears beside that of the decision, as terms from it: `valid_to`, `review_by`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dates: BTreeMap<String, Term>,
    /// Texts that its document bears whatever the case, such as a complaint number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub prints: BTreeMap<String, String>,
}

impl Outcome {
    /// Its name in both languages.
    #[must_use]
    pub fn label(&self) -> Label {
        Label::new(&self.zh, &self.en)
    }
}

/// What a refused party can do (救济途径).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remedy {
    /// The term of reconsideration.
    #[serde(default)]
    pub reconsideration: Option<Term>,
    /// The term of a suit.
    #[serde(default)]
    pub suit: Option<Term>,
    /// The text in Chinese.
    pub zh: String,
    /// The text in English.
    pub en: String,
    /// Law and article.
    pub source: String,
}

/// A document that is generated and signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedDocument {
    /// Its Chinese name.
    pub zh: String,
    /// Its English name.
    pub en: String,
    /// The id of its template, which names the roles whose holders sign it.
    pub template: String,
}

/// A duty that follows, as a reminder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duty {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// What opens it.
    pub after: DutyAfter,
    /// Within which it is to be done.
    pub within: Term,
    /// The task whose grant fulfils it.
    #[serde(default)]
    pub done_by: Option<String>,
    /// Law and article.
    pub source: String,
}

/// What opens a duty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DutyAfter {
    /// The enterprise stands.
    #[serde(default)]
    pub established: bool,
    /// A task is granted.
    #[serde(default)]
    pub granted: Option<String>,
}

/// An activity in plain words (我要开什么店).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activity {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Other words by which people look for it.
    #[serde(default)]
    pub words: Vec<String>,
    /// The industry code (GB/T 4754-2017).
    pub industry: String,
    /// Services that it adds to the package.
    #[serde(default)]
    pub opens: Vec<String>,
    /// Permits that this platform does not handle yet, told so that nobody is surprised.
    #[serde(default)]
    pub elsewhere: Vec<Label>,
    /// Prior approvals (前置): the registration waits for them.
    #[serde(default)]
    pub prior: Vec<Label>,
    /// Answers that it presets.
    #[serde(default)]
    pub preset: BTreeMap<String, Json>,
    /// What to know about it.
    #[serde(default)]
    pub note: Option<Label>,
}
