//! What happens to a case. Wire format: frozen by goldens, changed by adding.

use crate::law::Applied;
use crate::model::{
    CardId, CaseKey, DocumentName, DueDate, Hex, Line, Plan, Stop, SupplementItem, TaskName,
};
use catalogue::definition::{LegalNature, Outcome, ServiceKey};
use codes::{Date, Label};
use kernel::{OrganKey, PartyKey};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What others need to act on an event of a task without asking the case: whose it is, and which organ's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bearing {
    /// For whom.
    pub applicant: PartyKey,
    /// The name that people know the case by.
    pub title: String,
    /// The division in which the case lies.
    pub place: String,
    /// The bundle whose documents hold for the case.
    pub bundle: Hex,
    /// The sealed answers.
    pub sealed: String,
    /// The service.
    pub service: ServiceKey,
    /// Its name.
    pub label: Label,
    /// The organ.
    pub organ: OrganKey,
    /// Its name.
    pub organ_label: Label,
    /// What comes of the service.
    pub outcome: Outcome,
    /// The document that tells a refusal, if not the common one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// Whether its grant establishes the enterprise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub establishes: bool,
    /// What kind of act the service is in law.
    pub legal_nature: LegalNature,
    /// Law and article of its clock.
    pub source: String,
    /// Values that outcomes gave so far: `uscc`, `establishment_date`, `account_number`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
}

/// What happened (办件事件).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CaseEvent {
    /// A party opened a case.
    CaseOpened {
        /// Its number.
        no: CaseKey,
        /// For whom.
        applicant: PartyKey,
        /// What it set out with.
        plan: Box<Plan>,
    },
    /// The form was saved; the values lie sealed in the file store.
    AnswersSaved {
        /// The sealed answers.
        sealed: String,
        /// The digest of the answers.
        digest: Hex,
        /// The paths that changed, without their values.
        diff: Vec<String>,
        /// The name that people know the case by.
        title: String,
    },
    /// A material was handed in.
    MaterialAttached {
        /// The slot of the list.
        slot: String,
        /// The file.
        blob: String,
    },
    /// A register confirmed the fact, so that no file is needed (令716号 art. 7).
    MaterialConfirmed {
        /// The slot of the list.
        slot: String,
        /// The register.
        by: String,
    },
    /// The name is kept.
    NameReserved {
        /// The full name.
        name: String,
        /// Until 24:00 of this day.
        until: Date,
        /// The key of the claim in the register.
        claim: String,
    },
    /// The name is no longer kept: its time ran out before the registration was granted.
    NameLost,
    /// A document has this text from now on; signatures under another text are void (E2).
    DocumentGenerated {
        /// Which document.
        document: DocumentName,
        /// The digest of its text.
        sha256: Hex,
        /// Who signs it, as cards.
        signers: Vec<CardId>,
    },
    /// A signer was invited.
    SignerInvited {
        /// The signer's card.
        signer: CardId,
        /// The digest of the secret in the invitation.
        token: Hex,
    },
    /// A signer signed exactly this text.
    DocumentSigned {
        /// Which document.
        document: DocumentName,
        /// The digest of its text.
        sha256: Hex,
        /// The signer's card.
        signer: CardId,
    },
    /// Handed in.
    Submitted {
        /// The day of receipt.
        on: Date,
        /// The digest of each task's projection.
        inputs: BTreeMap<TaskName, Hex>,
        /// The latest day on which a contribution is to be paid; checked again at the grant.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        latest_contribution: Option<Date>,
    },
    /// Decision tables set terms, outcomes or duties otherwise than the case set out with.
    RulesApplied {
        /// The day whose law decided.
        on: Date,
        /// What they set, by task.
        tasks: BTreeMap<TaskName, Applied>,
    },
    /// A task can start; acceptance is counted from here.
    TaskReady {
        /// Which task.
        task: TaskName,
        /// The day of receipt.
        on: Date,
        /// When silence accepts.
        silence: DueDate,
    },
    /// One notice of everything that is missing.
    SupplementAsked {
        /// Which task.
        task: TaskName,
        /// Everything.
        items: Vec<SupplementItem>,
        /// The day on which it was asked.
        on: Date,
        /// Until when the party may answer.
        until: Option<DueDate>,
        /// Whose it is.
        of: Box<Bearing>,
    },
    /// The party answered a supplement.
    SupplementGiven {
        /// Which task.
        task: TaskName,
        /// The day of receipt.
        on: Date,
        /// When silence accepts.
        silence: DueDate,
        /// Tasks whose projection changed by it, with the new digest.
        inputs: BTreeMap<TaskName, Hex>,
        /// Decided tasks that now rest on data which has changed.
        on_sand: Vec<TaskName>,
    },
    /// A task was accepted; its clock runs.
    Accepted {
        /// Which task.
        task: TaskName,
        /// By whom.
        by: AcceptedBy,
        /// The day of acceptance.
        date: Date,
        /// The promised day.
        promise: Option<DueDate>,
        /// The statutory day.
        due: DueDate,
        /// The joint limit, where this is the first acceptance.
        joint: Option<DueDate>,
        /// The digest of the data that was accepted.
        rests_on: Hex,
        /// Whose it is.
        of: Box<Bearing>,
    },
    /// A task was not accepted.
    AcceptanceRefused {
        /// Which task.
        task: TaskName,
        /// Why.
        ground: Ground,
        /// Whose it is.
        of: Box<Bearing>,
    },
    /// A visit of the premises was ordered.
    VisitOrdered {
        /// Which task.
        task: TaskName,
        /// When.
        on: Date,
    },
    /// A visit was made.
    VisitRecorded {
        /// Which task.
        task: TaskName,
        /// When.
        on: Date,
        /// What was found.
        findings: String,
        /// Whether the premises pass.
        passed: bool,
    },
    /// The premises for which licences are asked, so that earlier cases of the same are found (E8).
    PremisesNamed {
        /// The digest of their address.
        premises: Hex,
        /// The services that visit them.
        services: BTreeSet<ServiceKey>,
    },
    /// A later case of the same premises is told of a visit; the task for which it was made ended without outcome.
    VisitTold {
        /// Which task.
        task: TaskName,
        /// Its service.
        service: ServiceKey,
        /// When the visit was made.
        on: Date,
        /// The later case.
        to: CaseKey,
    },
    /// A visit that was made for an earlier case of the same premises counts for this one.
    VisitCounted {
        /// Which task.
        task: TaskName,
        /// When it was made.
        on: Date,
        /// For which case.
        of: CaseKey,
    },
    /// The clock stands for a lawful cause.
    ClockStopped {
        /// Which task.
        task: TaskName,
        /// The cause and its span.
        stop: Stop,
        /// Days left out, in the clock's own unit.
        days: u32,
        /// The new due day.
        due: DueDate,
    },
    /// The clock goes on earlier than announced.
    ClockResumed {
        /// Which task.
        task: TaskName,
        /// The last day on which it stood.
        to: Date,
        /// The new due day.
        due: DueDate,
    },
    /// A limit was extended, once.
    DeadlineExtended {
        /// Which task; the joint limit if none.
        task: Option<TaskName>,
        /// Why.
        reason: String,
        /// The due day before.
        before: DueDate,
        /// The new due day.
        due: DueDate,
        /// Whose it is; none for the joint limit.
        of: Option<Box<Bearing>>,
    },
    /// A limit was computed anew because a holiday notice arrived.
    DeadlineRecomputed {
        /// Which task; the joint limit if none.
        task: Option<TaskName>,
        /// The new promised day.
        promise: Option<DueDate>,
        /// The new due day.
        due: DueDate,
    },
    /// A term beside the clocks was computed anew because a holiday notice arrived.
    TermRecomputed {
        /// Which term.
        of: Running,
        /// The new day.
        due: DueDate,
    },
    /// Decided in favour; an edge to issue is still open.
    OutcomeReady {
        /// Which task.
        task: TaskName,
        /// The digest of the data that the decision rests on.
        rests_on: Hex,
        /// What the organ gives.
        given: BTreeMap<String, String>,
    },
    /// Granted.
    Granted {
        /// Which task.
        task: TaskName,
        /// The day of the decision.
        on: Date,
        /// The digest of the data that the decision rests on.
        rests_on: Hex,
        /// What the organ gives.
        given: BTreeMap<String, String>,
        /// Whose it is.
        of: Box<Bearing>,
    },
    /// Refused.
    Refused {
        /// Which task.
        task: TaskName,
        /// The day of the decision.
        on: Date,
        /// Why, by which article, and what can be done.
        ground: Ground,
        /// Whose it is.
        of: Box<Bearing>,
    },
    /// The enterprise stands (E13).
    Established {
        /// Unified social credit code.
        uscc: String,
        /// The date of establishment.
        date: Date,
        /// Whose it is: the registration's bearing.
        of: Box<Bearing>,
        /// The services of the case that now go on, by task, with the organ of each.
        awaiting: BTreeMap<TaskName, OrganKey>,
        /// The claim on the name, which is registered now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        claim: Option<String>,
    },
    /// An outcome gave a value that other services ask for.
    ValueGiven {
        /// The element.
        element: String,
        /// The value.
        value: String,
        /// The task that gave it.
        task: TaskName,
    },
    /// The licence of a task is signed.
    LicenceIssued {
        /// Which task.
        task: TaskName,
        /// The licence.
        licence: String,
        /// Its number.
        number: String,
    },
    /// The notice of a task is served.
    Served {
        /// Which task.
        task: TaskName,
        /// The notice.
        notice: String,
        /// The day of arrival.
        on: Date,
    },
    /// Service had been noted and was none: what was sent came back. It is served again by the next channel.
    ServiceUndone {
        /// Which task.
        task: TaskName,
        /// The notice.
        notice: String,
        /// Why it was none.
        reason: String,
        /// Whether the notice tells what came of the task, so that it is not delivered.
        is_outcome: bool,
    },
    /// A task ended without outcome.
    TaskDropped {
        /// Which task.
        task: TaskName,
        /// Why.
        why: DropCause,
    },
    /// A line was overrun.
    Breach {
        /// Which task; the joint limit if none.
        task: Option<TaskName>,
        /// Which line.
        line: Line,
        /// Since when.
        on: Date,
    },
    /// The coordinator reminded an organ (催办).
    Reminded {
        /// Which task.
        task: TaskName,
        /// In which words.
        text: String,
    },
    /// The coordinator escalated (督办).
    Escalated {
        /// Which task.
        task: TaskName,
        /// In which words.
        text: String,
    },
    /// The party objected (异议).
    Objected {
        /// Which task.
        task: TaskName,
        /// In which words.
        text: String,
    },
    /// An officer read a person's data.
    PersonRead {
        /// For which task.
        task: TaskName,
        /// The cards.
        cards: Vec<CardId>,
        /// For what.
        purpose: String,
    },
    /// An officer asked for data that his service does not ask for.
    ReadDenied {
        /// For which task.
        task: TaskName,
        /// The path.
        path: String,
    },
    /// A duty follows.
    DutyOpened {
        /// Which.
        duty: String,
        /// The day from which its term runs.
        since: Date,
        /// Until when.
        due: DueDate,
    },
    /// A duty is done.
    DutyDone {
        /// Which.
        duty: String,
    },
    /// The party withdrew the case.
    Withdrawn {
        /// Why, in the party's words.
        reason: String,
        /// The claim on the name, which is given up with the case.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        claim: Option<String>,
    },
    /// Every task has ended.
    CaseClosed {
        /// How.
        how: Closing,
        /// For whom.
        applicant: PartyKey,
        /// The name that people know the case by.
        title: String,
        /// How each task ended.
        tasks: BTreeMap<TaskName, crate::model::TaskState>,
    },
}

impl CaseEvent {
    /// The one task that it is about; none for events of the whole case.
    #[must_use]
    pub fn task(&self) -> Option<&str> {
        match self {
            Self::TaskReady { task, .. }
            | Self::SupplementAsked { task, .. }
            | Self::SupplementGiven { task, .. }
            | Self::Accepted { task, .. }
            | Self::AcceptanceRefused { task, .. }
            | Self::VisitOrdered { task, .. }
            | Self::VisitRecorded { task, .. }
            | Self::VisitTold { task, .. }
            | Self::VisitCounted { task, .. }
            | Self::ClockStopped { task, .. }
            | Self::ClockResumed { task, .. }
            | Self::OutcomeReady { task, .. }
            | Self::Granted { task, .. }
            | Self::Refused { task, .. }
            | Self::ValueGiven { task, .. }
            | Self::LicenceIssued { task, .. }
            | Self::Served { task, .. }
            | Self::ServiceUndone { task, .. }
            | Self::TaskDropped { task, .. }
            | Self::Reminded { task, .. }
            | Self::Escalated { task, .. }
            | Self::Objected { task, .. }
            | Self::PersonRead { task, .. }
            | Self::ReadDenied { task, .. }
            | Self::TermRecomputed { of: Running::Silence(task) | Running::Answer(task), .. } => {
                Some(task)
            }
            Self::DeadlineExtended { task, .. }
            | Self::DeadlineRecomputed { task, .. }
            | Self::Breach { task, .. } => task.as_deref(),
            Self::CaseOpened { .. }
            | Self::AnswersSaved { .. }
            | Self::MaterialAttached { .. }
            | Self::MaterialConfirmed { .. }
            | Self::NameReserved { .. }
            | Self::NameLost
            | Self::DocumentGenerated { .. }
            | Self::SignerInvited { .. }
            | Self::DocumentSigned { .. }
            | Self::Submitted { .. }
            | Self::RulesApplied { .. }
            | Self::PremisesNamed { .. }
            | Self::Established { .. }
            | Self::DutyOpened { .. }
            | Self::DutyDone { .. }
            | Self::TermRecomputed { of: Running::Duty(_), .. }
            | Self::Withdrawn { .. }
            | Self::CaseClosed { .. } => None,
        }
    }
}

/// A term that runs beside the clocks of the tasks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Running {
    /// When silence accepts this task.
    Silence(TaskName),
    /// Until when the party may answer this task's supplement.
    Answer(TaskName),
    /// Until when this duty is to be done.
    Duty(String),
}

/// How a task came to be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AcceptedBy {
    /// An officer accepted it.
    Officer,
    /// Nobody reacted in time (行政许可法 32(4)).
    Silence,
    /// The platform decides this task itself.
    System,
}

/// Why an organ said no (不予决定的理由、依据和救济途径).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ground {
    /// The reason.
    pub reason: String,
    /// Law and article.
    pub article: String,
    /// What the party can do: text of the remedy row.
    #[serde(default)]
    pub remedy: String,
}

/// Why a task ended without outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropCause {
    /// A task that it needs was refused or dropped.
    Needs(TaskName),
    /// The party dropped it.
    Party,
    /// The party withdrew the case.
    Withdrawn,
    /// The party did not answer a supplement in time.
    Lapsed,
    /// The name's reservation ended before the registration was granted.
    NameEnded,
}

/// How a case closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    /// At least one outcome was granted (办结).
    Closed,
    /// Nothing was granted (终止).
    Ended,
}
