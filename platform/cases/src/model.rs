//! A case as it stands (办件): its plan, its tasks, its signatures, its clocks.

use calendar::Term;
use catalogue::definition::{DeliveryPolicy, JointLimit, LegalNature, Outcome, Remedy, ServiceKey};
use codes::{Date, Label, Moment};
use kernel::{OrganKey, PartyKey};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// The number of a case, such as `440115-260212-000001-37`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseKey(pub String);

impl fmt::Display for CaseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl CaseKey {
    /// The vault's key under which the answers of this case are sealed; destroying it erases them (个人信息保护法 47).
    #[must_use]
    pub fn vault_key(&self) -> String {
        format!("case/{}", self.0)
    }
}

/// The name of a task within its case: `food`, or `01/pub` for a service of another reform.
pub type TaskName = String;

/// The id of a signed document within its case, such as `articles`.
pub type DocumentName = String;

/// The id of a person card within its case, such as `p1`.
pub type CardId = String;

/// A digest in hexadecimal digits.
pub type Hex = String;

/// What a case set out with: resolved once when it opened, never read from the folder again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The reform whose package it is.
    pub reform: u8,
    /// The package's id.
    pub package: String,
    /// Its name.
    pub label: Label,
    /// The digest of the bundle whose forms, rules and documents hold for this case.
    pub bundle: Hex,
    /// The division (GB/T 2260) in which the case lies.
    pub place: String,
    /// Whether outcomes go out one by one or together.
    pub delivery: DeliveryPolicy,
    /// The joint limit.
    pub joint: Option<JointLimit>,
    /// The tasks, in the order in which people read them.
    pub tasks: Vec<TaskPlan>,
    /// Documents to be generated and signed, by id.
    pub documents: BTreeMap<DocumentName, Label>,
    /// Prior approvals (前置) that the registration waits for, told in words.
    #[serde(default)]
    pub prior: Vec<Label>,
    /// Duties that may follow.
    #[serde(default)]
    pub duties: BTreeMap<String, catalogue::definition::Duty>,
}

/// One task as planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskPlan {
    /// Its name within the case.
    pub name: TaskName,
    /// The service that it is.
    pub service: ServiceKey,
    /// The service's name.
    pub label: Label,
    /// The organ that decides.
    pub organ: OrganKey,
    /// The organ's name.
    pub organ_label: Label,
    /// The role in which it was found in the directory.
    pub role: String,
    /// What kind of act it is in law.
    pub legal_nature: LegalNature,
    /// Tasks that must be granted before it starts.
    pub start: Vec<TaskName>,
    /// Tasks that must be granted before its outcome is issued.
    pub issue: Vec<TaskName>,
    /// What the platform promises.
    pub promise: Option<Term>,
    /// What the law allows.
    pub statutory: Term,
    /// What the head of the organ may add.
    pub extension: Option<Term>,
    /// Within which acceptance is decided; then silence accepts.
    pub accept: Term,
    /// How long the party has to answer a supplement.
    pub answer: Option<Term>,
    /// Lawful causes for which the clock stops.
    pub stops: Vec<String>,
    /// Law and article of the clock.
    pub source: String,
    /// What comes of it.
    pub outcome: Outcome,
    /// The document that tells a refusal, if not the common one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// What a refused party can do.
    pub remedy: Option<Remedy>,
    /// Whether the platform itself decides it.
    pub automatic: bool,
    /// Whether its grant establishes the enterprise.
    pub establishes: bool,
}

impl Plan {
    /// A task of the plan.
    #[must_use]
    pub fn task(&self, name: &str) -> Option<&TaskPlan> {
        self.tasks.iter().find(|task| task.name == name)
    }

    /// Whether a duty concerns this case: what opens it, and what fulfils it, are of its tasks.
    #[must_use]
    pub fn duty_concerns(&self, duty: &catalogue::definition::Duty) -> bool {
        let has =
            |task: &Option<String>| task.as_ref().is_none_or(|name| self.task(name).is_some());
        has(&duty.after.granted) && (duty.after.established || duty.after.granted.is_some())
    }

    /// Whether `name` depends on `on`, directly or over other tasks, to start or to issue.
    #[must_use]
    pub fn depends(&self, name: &str, on: &str) -> bool {
        self.task(name).is_some_and(|task| {
            task.start.iter().chain(&task.issue).any(|need| need == on || self.depends(need, on))
        })
    }
}

/// The causes of 行政许可法 45 for which a clock may stop.
pub const LAWFUL_STOPS: [&str; 8] =
    ["听证", "招标", "拍卖", "检验", "检测", "检疫", "鉴定", "专家评审"];

/// A due day as it was computed and recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DueDate {
    /// Until 24:00 Beijing of this day.
    pub on: Date,
    /// Whether it lies beyond the last published holiday notice.
    #[serde(default, skip_serializing_if = "is_false")]
    pub provisional: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
fn is_false(value: &bool) -> bool {
    !*value
}

impl DueDate {
    /// The instant at which the day is over.
    #[must_use]
    pub fn end(self) -> Moment {
        Moment::end_of(self.on)
    }
}

impl From<calendar::Due> for DueDate {
    fn from(due: calendar::Due) -> Self {
        Self { on: due.date, provisional: due.provisional }
    }
}

/// Where a case stands (办件状态).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseState {
    /// Not opened.
    #[default]
    None,
    /// 草稿.
    Draft,
    /// 待签署.
    Signing,
    /// 已提交.
    Submitted,
    /// 办理中.
    Running,
    /// 办结.
    Closed,
    /// 撤回.
    Withdrawn,
    /// 终止.
    Ended,
}

impl CaseState {
    /// Its word for tables and pages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Draft => "draft",
            Self::Signing => "signing",
            Self::Submitted => "submitted",
            Self::Running => "running",
            Self::Closed => "closed",
            Self::Withdrawn => "withdrawn",
            Self::Ended => "ended",
        }
    }

    /// Whether nothing more can happen to it but service of its outcomes.
    #[must_use]
    pub fn over(self) -> bool {
        matches!(self, Self::Closed | Self::Withdrawn | Self::Ended)
    }
}

/// Where a task stands (环节状态).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// 待前置.
    #[default]
    Waiting,
    /// 可办: received, acceptance not yet decided.
    Ready,
    /// 审查中.
    Working,
    /// 现场核查.
    Visiting,
    /// 待发: decided, an edge to issue still open.
    ReadyToIssue,
    /// 待送达: decided, waiting for the others under `together`.
    ReadyToServe,
    /// 准予.
    Granted,
    /// 不予 (不予受理 too).
    Refused,
    /// 退出.
    Dropped,
}

impl TaskState {
    /// Its word for tables and pages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Ready => "ready",
            Self::Working => "working",
            Self::Visiting => "visiting",
            Self::ReadyToIssue => "ready_to_issue",
            Self::ReadyToServe => "ready_to_serve",
            Self::Granted => "granted",
            Self::Refused => "refused",
            Self::Dropped => "dropped",
        }
    }

    /// Whether it has ended.
    #[must_use]
    pub fn ended(self) -> bool {
        matches!(self, Self::Granted | Self::Refused | Self::Dropped)
    }

    /// Whether an organ still has to decide.
    #[must_use]
    pub fn open(self) -> bool {
        matches!(self, Self::Waiting | Self::Ready | Self::Working | Self::Visiting)
    }
}

/// One thing that a supplement asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplementItem {
    /// The path of a field, such as `equipment[].count`, or the slot of a material.
    pub what: String,
    /// What is wrong and what is wanted.
    pub why: String,
}

/// A task as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Task {
    /// Where it stands.
    pub state: TaskState,
    /// The day from which acceptance is counted.
    pub received: Option<Date>,
    /// When silence accepts.
    pub silence: Option<DueDate>,
    /// What the party is asked to supplement, while it is outstanding.
    pub wanted: Option<Supplement>,
    /// How often a supplement was asked.
    pub asked: u32,
    /// The day of acceptance.
    pub accepted: Option<Date>,
    /// The promised day.
    pub promise: Option<DueDate>,
    /// The statutory day.
    pub due: Option<DueDate>,
    /// Spans for which the clock stood.
    pub stops: Vec<Stop>,
    /// Whether the limit was extended.
    pub extended: bool,
    /// The day of the visit that was ordered, or that was passed; one that failed or did not take place is cleared.
    pub visit: Option<Date>,
    /// The digest of the data that the decision rests on.
    pub rests_on: Option<Hex>,
    /// What the granting organ gave.
    pub given: BTreeMap<String, String>,
    /// Lines that were overrun.
    pub breached: BTreeSet<Line>,
    /// Whether its licence is signed, or its notice served (E14).
    pub delivered: bool,
    /// The notice by which its outcome was served, and the day that counts.
    pub served: Option<(String, Date)>,
}

/// A supplement that is outstanding (补正).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supplement {
    /// Everything that is missing.
    pub items: Vec<SupplementItem>,
    /// The day on which it was asked.
    pub on: Date,
    /// Until when the party may answer.
    pub until: Option<DueDate>,
}

/// A span for which a clock stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// The lawful cause.
    pub cause: String,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

/// A line that can be overrun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// What the platform promised.
    Promise,
    /// What the law allows.
    Statutory,
}

impl Line {
    /// Its word for tables and pages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Promise => "promise",
            Self::Statutory => "statutory",
        }
    }
}

/// A document that is signed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// The digest of its text.
    pub sha256: Hex,
    /// Who signs, as cards.
    pub signers: BTreeSet<CardId>,
    /// Who has signed this very text, and when.
    pub signed: BTreeMap<CardId, Moment>,
}

impl Document {
    /// Who has not signed yet.
    pub fn missing(&self) -> impl Iterator<Item = &CardId> {
        self.signers.iter().filter(|card| !self.signed.contains_key(*card))
    }
}

/// A duty that follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenDuty {
    /// The day from which its term runs.
    pub since: Date,
    /// Until when.
    pub due: DueDate,
    /// Whether it is done.
    pub done: bool,
}

/// A case, folded from its events.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// Its number.
    pub no: CaseKey,
    /// Where it stands.
    pub state: CaseState,
    /// For whom.
    pub applicant: Option<PartyKey>,
    /// What it set out with.
    pub plan: Option<Arc<Plan>>,
    /// The sealed answers, by blob id.
    pub sealed: String,
    /// The digest of the answers.
    pub answers: Hex,
    /// The name that people know it by.
    pub title: String,
    /// The digest of each task's projection, from the day of submission on.
    pub inputs: BTreeMap<TaskName, Hex>,
    /// Materials by slot: blob ids.
    pub materials: BTreeMap<String, String>,
    /// Materials that a register confirmed, so that no file is needed.
    pub confirmed: BTreeSet<String>,
    /// Signed documents.
    pub documents: BTreeMap<DocumentName, Document>,
    /// Signers who were invited.
    pub invited: BTreeMap<CardId, String>,
    /// The claim on the name in the register.
    pub name_claim: Option<String>,
    /// Until when the name is kept.
    pub name_until: Option<Date>,
    /// The latest day on which a contribution is to be paid, by the answers on record.
    pub latest_contribution: Option<Date>,
    /// The day of submission.
    pub submitted: Option<Date>,
    /// The joint limit, from the first acceptance.
    pub joint: Option<DueDate>,
    /// The day of the first acceptance.
    pub joint_from: Option<Date>,
    /// Whether the joint limit was extended.
    pub joint_extended: bool,
    /// Whether the joint limit was overrun.
    pub joint_breached: bool,
    /// The code and the day of establishment.
    pub established: Option<(String, Date)>,
    /// Values that outcomes gave: `uscc`, `establishment_date`, `account_number`.
    pub values: BTreeMap<String, String>,
    /// Tasks.
    pub tasks: BTreeMap<TaskName, Task>,
    /// Duties.
    pub duties: BTreeMap<String, OpenDuty>,
}

impl Case {
    /// The day by which a task must be decided: its own or the joint one, whichever is earlier (E6).
    #[must_use]
    pub fn limit(&self, task: &Task) -> Option<DueDate> {
        match (task.due, self.joint) {
            (Some(own), Some(joint)) => Some(if joint.on < own.on { joint } else { own }),
            (own, joint) => own.or(joint),
        }
    }

    /// Whether a task's outcome stands, so that tasks that need it can go on.
    #[must_use]
    pub fn stands(&self, name: &str) -> bool {
        let granted = self.tasks.get(name).is_some_and(|t| t.state == TaskState::Granted);
        let establishes =
            self.plan.as_ref().and_then(|p| p.task(name)).is_some_and(|t| t.establishes);
        granted && (!establishes || self.established.is_some())
    }

    /// Whether a task can no longer be granted.
    #[must_use]
    pub fn lost(&self, name: &str) -> bool {
        self.tasks
            .get(name)
            .is_some_and(|t| matches!(t.state, TaskState::Refused | TaskState::Dropped))
    }

    /// Whether every task has ended and each that was decided has its licence signed or its notice served (E14).
    #[must_use]
    pub fn complete(&self) -> bool {
        !self.tasks.is_empty()
            && self
                .tasks
                .values()
                .all(|t| t.state.ended() && (t.delivered || t.state == TaskState::Dropped))
    }
}
