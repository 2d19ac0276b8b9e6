//! Commands of registrations, decided.

mod notice;

use crate::error::PropertyError;
use crate::event::{Of, RegistrationEvent};
use crate::law::Law;
use crate::model::{
    Application, Ground, Lines, NoticeText, NoticeTurn, Paper, RegistrationKey, State, Stop, Task,
    Wanted, task,
};
use codes::{Date, Moment};
use kernel::{Actor, Aggregate, Context, Deadline, PartyKey};
use property::{JointRule, TaskState, who_applies};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The longest text of an opinion, a note or a reason, in characters.
const TEXT_CHARS_MAX: usize = 1000;
/// The most units that one application names.
const UNITS_MAX: usize = 200;
/// The most papers that are handed in at once.
const PAPERS_MAX: usize = 50;
/// The most certificates that one application wants.
const CERTIFICATES_MAX: u32 = 50;

/// What may be asked of a registration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RegistrationCommand {
    /// Apply. The same application again changes nothing.
    Apply {
        /// Its number.
        key: RegistrationKey,
        /// What is applied for.
        application: Box<Application>,
    },
    /// A further applicant confirms.
    Confirm {
        /// Who.
        party: PartyKey,
    },
    /// Accept.
    Accept,
    /// Nobody refused on the spot (timer).
    AcceptBySilence,
    /// A check is done.
    FinishTask {
        /// Which.
        task: String,
        /// What was found.
        note: String,
    },
    /// Something stands in the way of a check; the officer decides.
    NoteTask {
        /// Which.
        task: String,
        /// What was found.
        note: String,
    },
    /// Ask for everything that is missing, at once.
    AskSupplement {
        /// Everything.
        items: Vec<Wanted>,
    },
    /// It is supplied.
    GiveSupplement,
    /// Hand in further papers; sent in one group with what it goes with.
    AddPapers {
        /// Which.
        papers: Vec<Paper>,
    },
    /// Announce it, as the law wants it of this registration.
    Announce {
        /// What the notice tells.
        text: NoticeText,
    },
    /// Something became of its announcement (policy); of another, or when it matters no more, nothing follows.
    HearNotice {
        /// The announcement.
        announcement: String,
        /// What.
        turn: NoticeTurn,
    },
    /// An organ or a service answered what it was asked (policy); when it matters no more, nothing follows.
    HearCheck {
        /// Which task.
        task: String,
        /// Whether it is settled.
        passed: bool,
        /// What was answered.
        note: String,
    },
    /// Its bill is settled (policy).
    NoteFee {
        /// How, by the bill's state.
        state: String,
    },
    /// It may be entered.
    Examine {
        /// The opinion.
        opinion: String,
    },
    /// Enter it in the book; sent in one group with the entry itself, so that both are decided or none.
    EnterBook,
    /// A certificate of it is signed (policy).
    NoteIssued {
        /// The licence.
        licence: String,
        /// Its number.
        number: String,
        /// The token of its code.
        token: String,
    },
    /// The holder has the certificate.
    Collect,
    /// Withdraw it before its entry.
    Withdraw {
        /// Why.
        reason: String,
    },
    /// Refuse it.
    Refuse {
        /// Why.
        ground: Ground,
    },
}

/// A registration (登记办件).
#[derive(Clone, Debug, Default)]
pub struct Registration {
    pub(crate) key: RegistrationKey,
    pub(crate) application: Option<Box<Application>>,
    pub(crate) state: State,
    pub(crate) received: Option<Moment>,
    pub(crate) confirmed: BTreeSet<PartyKey>,
    pub(crate) accepted: Option<Date>,
    pub(crate) lines: Option<Lines>,
    pub(crate) stops: Vec<Stop>,
    pub(crate) asked: Option<Date>,
    pub(crate) tasks: Vec<Task>,
    pub(crate) second_above_fen: Option<i64>,
    pub(crate) examined_by: Option<String>,
    pub(crate) certificates: BTreeSet<String>,
    pub(crate) notices: u32,
    pub(crate) notice: Option<OpenNotice>,
}

/// An announcement of the registration that runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct OpenNotice {
    pub(crate) key: String,
    pub(crate) waits: bool,
    pub(crate) upheld: bool,
    /// Which of the stops is its own.
    pub(crate) stop: Option<usize>,
}

impl Registration {
    fn application(&self) -> Result<&Application, PropertyError> {
        self.application.as_deref().ok_or(PropertyError::Unknown)
    }

    fn of(&self) -> Result<Box<Of>, PropertyError> {
        let application = self.application()?;
        Ok(Box::new(Of {
            kind: application.kind,
            unit: application.unit,
            more_units: application.more_units.clone(),
            office: application.office.clone(),
            applicants: application.applicants.clone(),
            certificates: application.certificates,
            circumstance: application.circumstance,
        }))
    }

    fn within(&self, states: &[State]) -> Result<(), PropertyError> {
        match self.state {
            State::None => Err(PropertyError::Unknown),
            state if states.contains(&state) => Ok(()),
            state => Err(PropertyError::WrongState { state }),
        }
    }

    fn task(&self, name: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.name == name)
    }

    fn apply(
        &self,
        cx: &Context,
        key: RegistrationKey,
        application: Box<Application>,
    ) -> Result<Vec<RegistrationEvent>, PropertyError> {
        if let Some(known) = &self.application {
            let same = *known == application && self.key == key;
            return if same { Ok(Vec::new()) } else { Err(PropertyError::Taken) };
        }
        let field = |key| Err(PropertyError::Field { key });
        let parties: BTreeSet<&PartyKey> = application.applicants.iter().collect();
        if parties.is_empty() || parties.len() != application.applicants.len() {
            return field("applicants");
        }
        let units: BTreeSet<_> = application.units().into_iter().collect();
        if units.len() > UNITS_MAX || units.len() != application.more_units.len() + 1 {
            return field("real_estate_unit_no");
        }
        // Whoever applies is one of the applicants; an officer at the window has them all before her.
        let confirmed = match &cx.actor {
            Actor::Party { party, .. } if parties.contains(party) => vec![party.clone()],
            Actor::Party { .. } | Actor::Public => return Err(PropertyError::NotEntitled),
            _ => application.applicants.clone(),
        };
        let kind = application.kind;
        if application.certificates > CERTIFICATES_MAX || application.value_fen < 0 {
            return field("certificates");
        }
        if kind.gives_certificate() && application.certificates == 0 {
            return field("certificates");
        }
        // LAW: 不动产登记暂行条例 14: sale, mortgage and the like by both sides.
        let joint = who_applies(kind, application.by_act) == JointRule::Joint;
        if joint && application.applicants.len() < 2 {
            return field("applicants");
        }
        let on = cx.now.date();
        Ok(vec![RegistrationEvent::Applied { key, application, on, confirmed }])
    }

    fn missing(&self) -> Result<Vec<String>, PropertyError> {
        let all = &self.application()?.applicants;
        Ok(all
            .iter()
            .filter(|party| !self.confirmed.contains(*party))
            .map(ToString::to_string)
            .collect())
    }

    fn accept(
        &self,
        law: &Law,
        on: Date,
        by_silence: bool,
    ) -> Result<Vec<RegistrationEvent>, PropertyError> {
        self.within(&[State::Applied])?;
        let who = self.missing()?;
        if !who.is_empty() {
            return Err(PropertyError::SignaturesMissing { who });
        }
        let application = self.application()?;
        let fee = law.fee(application, on)?;
        let procedure = law.procedure(application, on, fee.total_fen > 0)?;
        Ok(vec![RegistrationEvent::Accepted {
            on,
            by_silence,
            lines: procedure.lines,
            tasks: procedure.tasks,
            fee,
            of: self.of()?,
            second_above_fen: procedure.second_above_fen,
        }])
    }

    fn finish(&self, name: String, note: String) -> Result<Vec<RegistrationEvent>, PropertyError> {
        self.within(&[State::Running])?;
        let own = [task::EXAMINE, task::NOTICE, task::PAY, task::ENTER, task::ISSUE];
        let known = self.task(&name).filter(|task| !own.contains(&task.name.as_str()));
        match known.ok_or(PropertyError::Field { key: "task" })?.state {
            TaskState::Done => Ok(Vec::new()),
            _ => Ok(vec![RegistrationEvent::TaskDone { task: name, note: short(note, "note")? }]),
        }
    }

    fn note(&self, name: String, note: String) -> Result<Vec<RegistrationEvent>, PropertyError> {
        self.within(&[State::Running])?;
        let known = self.task(&name).ok_or(PropertyError::Field { key: "task" })?;
        if known.state == TaskState::Done || known.note == note {
            return Ok(Vec::new());
        }
        Ok(vec![RegistrationEvent::TaskNoted { task: name, note: short(note, "note")? }])
    }

    fn give_supplement(
        &self,
        law: &Law,
        on: Date,
    ) -> Result<Vec<RegistrationEvent>, PropertyError> {
        self.within(&[State::Running])?;
        let asked = self.asked.ok_or(PropertyError::WrongState { state: self.state })?;
        // LAW: 条例 20 with 实施细则: the day of asking counts, the days after it up to and with the day of the answer do not.
        let from = asked.tomorrow().map_err(|_end| PropertyError::Field { key: "on" })?;
        let stop = (from <= on).then_some(Stop { from, to: on });
        let lines = self.moved(law, stop)?;
        Ok(vec![RegistrationEvent::SupplementGiven { on, stop, lines }])
    }

    fn add_papers(&self, papers: Vec<Paper>) -> Result<Vec<RegistrationEvent>, PropertyError> {
        self.within(&[State::Applied, State::Running])?;
        if papers.is_empty() || papers.len() > PAPERS_MAX {
            return Err(PropertyError::Field { key: "papers" });
        }
        Ok(vec![RegistrationEvent::PapersAdded { papers }])
    }

    fn moved(&self, law: &Law, stop: Option<Stop>) -> Result<Lines, PropertyError> {
        let (Some(lines), Some(began)) = (&self.lines, self.accepted) else {
            return Err(PropertyError::WrongState { state: self.state });
        };
        let stops: Vec<Stop> = self.stops.iter().copied().chain(stop).collect();
        law.moved(lines, began, &stops)
    }

    fn examine(
        &self,
        cx: &Context,
        opinion: String,
    ) -> Result<Vec<RegistrationEvent>, PropertyError> {
        self.within(&[State::Running])?;
        if self.examined_by.is_some() {
            return Ok(Vec::new());
        }
        if self.asked.is_some() {
            return Err(PropertyError::WrongState { state: self.state });
        }
        self.done_but(&[task::EXAMINE, task::NOTICE, task::PAY, task::ENTER, task::ISSUE])?;
        let by = cx.actor.login().unwrap_or("system").to_owned();
        Ok(vec![RegistrationEvent::Examined { by, opinion: short(opinion, "opinion")? }])
    }

    /// Whether every task but these is done.
    fn done_but(&self, others: &[&str]) -> Result<(), PropertyError> {
        let open = self.tasks.iter().filter(|task| task.state != TaskState::Done);
        let items: Vec<String> = open
            .filter(|task| !others.contains(&task.name.as_str()))
            .map(|task| task.name.clone())
            .collect();
        if items.is_empty() { Ok(()) } else { Err(PropertyError::Incomplete { items }) }
    }

    fn enter(&self, cx: &Context) -> Result<Vec<RegistrationEvent>, PropertyError> {
        self.within(&[State::Running])?;
        self.done_but(&[task::ENTER, task::ISSUE])?;
        let by = cx.actor.login().unwrap_or("system").to_owned();
        let value = self.application()?.value_fen;
        let two = self.second_above_fen.is_some_and(|above| value > above);
        if two && self.examined_by.as_ref() == Some(&by) {
            return Err(PropertyError::DistinctPersons);
        }
        Ok(vec![RegistrationEvent::Entered { on: cx.now.date(), by, of: self.of()? }])
    }
}

fn short(text: String, key: &'static str) -> Result<String, PropertyError> {
    let fits = !text.trim().is_empty() && text.chars().count() <= TEXT_CHARS_MAX;
    if fits { Ok(text) } else { Err(PropertyError::Field { key }) }
}

impl Aggregate for Registration {
    const KIND: &'static str = "registration";
    type Key = RegistrationKey;
    type Command = RegistrationCommand;
    type Event = RegistrationEvent;
    type Error = PropertyError;
    type World = Law;

    fn decide(
        &self,
        law: &Law,
        cx: &Context,
        command: RegistrationCommand,
    ) -> Result<Vec<RegistrationEvent>, PropertyError> {
        use RegistrationCommand as C;
        use RegistrationEvent as E;
        let today = cx.now.date();
        match command {
            C::Apply { key, application } => self.apply(cx, key, application),
            C::Confirm { party } => {
                self.within(&[State::Applied])?;
                if !self.application()?.applicants.contains(&party) {
                    return Err(PropertyError::NotEntitled);
                }
                let new = !self.confirmed.contains(&party);
                Ok(new.then_some(E::Confirmed { party }).into_iter().collect())
            }
            C::Accept => self.accept(law, today, false),
            C::AcceptBySilence => match (self.state, self.received) {
                // LAW: 条例 17: no written refusal on the spot, so it counts as accepted on the day of receipt.
                (State::Applied, Some(at)) => self.accept(law, at.date(), true),
                _ => Ok(Vec::new()),
            },
            C::FinishTask { task, note } => self.finish(task, note),
            C::NoteTask { task, note } => self.note(task, note),
            C::AskSupplement { items } => {
                self.within(&[State::Running])?;
                let blank = |one: &Wanted| one.what.trim().is_empty() || one.why.trim().is_empty();
                if items.is_empty() || items.iter().any(blank) {
                    return Err(PropertyError::Field { key: "items" });
                }
                if self.asked.is_some() {
                    return Err(PropertyError::WrongState { state: self.state });
                }
                Ok(vec![E::SupplementAsked { items, on: today, of: self.of()? }])
            }
            C::GiveSupplement => self.give_supplement(law, today),
            C::AddPapers { papers } => self.add_papers(papers),
            C::Announce { text } => self.announce(law, text),
            C::HearNotice { announcement, turn } => self.hear_notice(law, &announcement, turn),
            C::HearCheck { task, passed, note } => self.hear_check(task, passed, note),
            C::NoteFee { state } => {
                let unpaid =
                    self.task(task::PAY).is_some_and(|task| task.state == TaskState::Unpaid);
                let runs = self.state == State::Running && unpaid;
                Ok(runs.then_some(E::FeeSettled { state }).into_iter().collect())
            }
            C::Examine { opinion } => self.examine(cx, opinion),
            C::EnterBook => self.enter(cx),
            C::NoteIssued { licence, number, token } => {
                self.within(&[State::Entered, State::Closed])?;
                let unit = self.application()?.unit;
                let new = !self.certificates.contains(&licence);
                let event = E::CertificateIssued { licence, number, token, unit };
                Ok(new.then_some(event).into_iter().collect())
            }
            C::Collect => {
                self.within(&[State::Entered, State::Closed])?;
                let ready =
                    self.task(task::ISSUE).is_some_and(|task| task.state == TaskState::Open);
                Ok(ready.then_some(E::Collected).into_iter().collect())
            }
            C::Withdraw { reason } => {
                // LAW: 条例 15: at any time before the entry.
                self.within(&[State::Applied, State::Running])?;
                let announcement = self.notice.as_ref().map(|open| open.key.clone());
                Ok(vec![E::Withdrawn { reason: short(reason, "reason")?, announcement }])
            }
            C::Refuse { ground } => {
                self.within(&[State::Applied, State::Running])?;
                let ground = Ground { reason: short(ground.reason, "reason")?, ..ground };
                let announcement = self.notice.as_ref().map(|open| open.key.clone());
                Ok(vec![E::Refused { ground, on: today, of: self.of()?, announcement }])
            }
        }
    }

    fn evolve(&mut self, event: &RegistrationEvent) {
        crate::evolve::registration(self, event);
    }

    fn deadlines(&self) -> Vec<Deadline<RegistrationCommand>> {
        let whole = self.missing().is_ok_and(|who| who.is_empty());
        let silent = self.received.filter(|_| self.state == State::Applied && whole);
        silent
            .map(|received| Deadline {
                name: "silence".to_owned(),
                at: Moment::end_of(received.date()),
                command: RegistrationCommand::AcceptBySilence,
            })
            .into_iter()
            .collect()
    }
}
