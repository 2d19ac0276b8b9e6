//! What can be asked of a case (E1).

use crate::event::Ground;
use crate::model::{CardId, CaseKey, DocumentName, Hex, Line, Plan, SupplementItem, TaskName};
use catalogue::definition::ServiceKey;
use codes::Date;
use forms::Answers;
use kernel::PartyKey;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A command to a case (办件命令). Who may give it is judged by the gate and, for organs, once more here.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum CaseCommand {
    /// Open the case.
    Open {
        /// Its number.
        no: CaseKey,
        /// For whom.
        applicant: PartyKey,
        /// What it sets out with.
        plan: Box<Plan>,
    },
    /// Save the form.
    SaveAnswers {
        /// The answers; they are checked and digested here and never reach an event.
        answers: Box<Answers>,
        /// The answers on record, so that the change can be told; none before the first save.
        before: Option<Box<Answers>>,
        /// Where they lie sealed.
        sealed: String,
    },
    /// Hand in a material.
    AttachMaterial {
        /// The slot of the list.
        slot: String,
        /// The file.
        blob: String,
    },
    /// Note that a register confirmed what a material would prove.
    NoteConfirmed {
        /// The slot of the list.
        slot: String,
        /// The register.
        by: String,
    },
    /// Note that the name is kept; sent in one group with the claim in the register (E12).
    NoteName {
        /// The full name.
        name: String,
        /// Until when.
        until: Date,
        /// The key of the claim in the register.
        claim: String,
    },
    /// Note that the name is no longer kept.
    LoseName,
    /// Fix the texts of the documents and invite a signer.
    InviteSigner {
        /// The signer's card.
        signer: CardId,
        /// The digest of the secret in the invitation.
        token: Hex,
        /// The answers on record, from which the texts follow.
        answers: Box<Answers>,
    },
    /// Sign a document.
    Sign {
        /// Which.
        document: DocumentName,
        /// The digest of the text that the signer has seen.
        sha256: Hex,
        /// The signer's card.
        signer: CardId,
    },
    /// Hand in.
    Submit {
        /// The answers as saved; their digest must be the one on record.
        answers: Box<Answers>,
    },
    /// One notice of everything that is missing.
    AskSupplement {
        /// Which task.
        task: TaskName,
        /// Everything.
        items: Vec<SupplementItem>,
    },
    /// Answer a supplement.
    GiveSupplement {
        /// Which task.
        task: TaskName,
        /// The answers, changed in nothing but what was asked for.
        answers: Box<Answers>,
        /// The answers on record.
        before: Box<Answers>,
        /// Where they lie sealed.
        sealed: String,
    },
    /// Accept.
    Accept {
        /// Which task.
        task: TaskName,
    },
    /// Do not accept.
    RefuseAcceptance {
        /// Which task.
        task: TaskName,
        /// Why.
        ground: Ground,
    },
    /// Order a visit of the premises.
    OrderVisit {
        /// Which task.
        task: TaskName,
        /// When.
        on: Date,
    },
    /// Record a visit.
    RecordVisit {
        /// Which task.
        task: TaskName,
        /// What was found.
        findings: String,
        /// Whether the premises pass.
        passed: bool,
    },
    /// Grant.
    Grant {
        /// Which task.
        task: TaskName,
        /// What the organ gives, such as `account_number`.
        #[serde(default)]
        given: BTreeMap<String, String>,
    },
    /// Refuse.
    Refuse {
        /// Which task.
        task: TaskName,
        /// Why.
        ground: Ground,
    },
    /// Extend a limit.
    ExtendDeadline {
        /// Which task; the joint limit if none.
        task: Option<TaskName>,
        /// Why.
        reason: String,
    },
    /// Stop the clock.
    StopClock {
        /// Which task.
        task: TaskName,
        /// The cause.
        cause: String,
        /// The first day; today if none.
        #[serde(default)]
        from: Option<Date>,
        /// The last day.
        #[serde(default)]
        to: Option<Date>,
    },
    /// Let the clock go on earlier than announced.
    ResumeClock {
        /// Which task.
        task: TaskName,
    },
    /// Withdraw the case.
    Withdraw {
        /// Why.
        reason: String,
    },
    /// Drop one task.
    DropTask {
        /// Which.
        task: TaskName,
    },
    /// Object.
    Object {
        /// Which task.
        task: TaskName,
        /// In which words.
        text: String,
    },
    /// Remind an organ.
    Remind {
        /// Which task.
        task: TaskName,
        /// In which words.
        text: String,
    },
    /// Escalate.
    Escalate {
        /// Which task.
        task: TaskName,
        /// In which words.
        text: String,
    },
    /// Read persons' data, or ask for a path.
    ReadPersons {
        /// For which task.
        task: TaskName,
        /// The cards.
        cards: Vec<CardId>,
        /// For what.
        purpose: String,
    },
    /// Note that a path was asked for which the service does not ask for.
    NoteDenied {
        /// For which task.
        task: TaskName,
        /// The path.
        path: String,
    },
    /// The registration's code was allotted (linkage).
    Establish {
        /// The code.
        uscc: String,
    },
    /// The licence of a task is signed (linkage).
    NoteIssued {
        /// Which task.
        task: TaskName,
        /// The licence.
        licence: String,
        /// Its number.
        number: String,
    },
    /// The notice of a task is served (linkage).
    NoteServed {
        /// Which task.
        task: TaskName,
        /// The notice.
        notice: String,
        /// The day of arrival.
        on: Date,
    },
    /// The notice of a task had been served and came back (linkage).
    NoteServiceUndone {
        /// Which task.
        task: TaskName,
        /// The notice.
        notice: String,
        /// Why.
        reason: String,
        /// Whether the notice tells what came of the task.
        is_outcome: bool,
    },
    /// A later case of the same premises was handed in: tell it which visits stand (linkage).
    TellVisits {
        /// The later case.
        to: CaseKey,
        /// Its services that visit the premises.
        services: BTreeSet<ServiceKey>,
    },
    /// A visit was made for an earlier case of the same premises (linkage).
    CountVisit {
        /// The service that visited.
        service: ServiceKey,
        /// When.
        on: Date,
        /// For which case.
        of: CaseKey,
    },
    /// A holiday notice arrived (operator).
    Recompute,
    /// Silence accepts (timer).
    AcceptBySilence {
        /// Which task.
        task: TaskName,
    },
    /// A supplement was not answered (timer).
    Lapse {
        /// Which task.
        task: TaskName,
    },
    /// A line is overrun (timer).
    Overrun {
        /// Which task; the joint limit if none.
        task: Option<TaskName>,
        /// Which line.
        line: Line,
    },
}
