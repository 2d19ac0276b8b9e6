//! What registrations decide by: the calendar, and the three tables of the reform's folder.

use crate::error::PropertyError;
use crate::model::{Application, Due, Fee, Lines, NoticeTerms, Stop, Task, task};
use calendar::{Clock, Span, Term};
use codes::{Date, Label};
use elements::Value;
use ledger::BillLine;
use property::{Certificates, Rates, Subject, TaskState, charge, count_items};
use registers::Facts;
use rules::{Ground, Hit, Table};
use std::sync::Arc;

/// The table of fees.
pub const FEE: &str = "registration_fee";
/// The table of terms and checks.
pub const PROCEDURE: &str = "registration_procedure";

/// The table of public notices.
pub const NOTICE: &str = "registration_notice";

/// The law in force for registrations.
#[derive(Clone, Debug)]
pub struct Law {
    facts: Arc<Facts>,
    fee: Arc<Table>,
    procedure: Arc<Table>,
    notice: Arc<Table>,
}

/// What the procedure says of an application.
#[derive(Clone, Debug)]
pub(crate) struct Procedure {
    pub(crate) lines: Lines,
    pub(crate) tasks: Vec<Task>,
    pub(crate) second_above_fen: Option<i64>,
}

impl Law {
    /// The law from the facts of the registers (their calendar is the platform's) and the tables of the folder; none if one
    /// of its tables is missing.
    #[must_use]
    pub fn new(facts: Arc<Facts>, tables: &[Arc<Table>]) -> Option<Self> {
        let table = |id: &str| tables.iter().find(|table| table.id == id).cloned();
        let (fee, procedure, notice) = (table(FEE)?, table(PROCEDURE)?, table(NOTICE)?);
        Some(Self { facts, fee, procedure, notice })
    }

    /// The facts of the registers.
    #[must_use]
    pub fn facts(&self) -> &Arc<Facts> {
        &self.facts
    }

    /// What is owed for an application that is accepted on a day.
    ///
    /// # Errors
    /// `R10-0017` where the table does not answer.
    pub fn fee(&self, application: &Application, on: Date) -> Result<Fee, PropertyError> {
        let text = |text: &str| Value::Text(text.to_owned());
        let facts = rules::Facts::from([
            ("registration".to_owned(), text(application.kind.word())),
            ("use".to_owned(), text(application.purpose.word())),
            ("micro".to_owned(), Value::Bool(application.micro)),
            ("circumstance".to_owned(), text(application.circumstance.word())),
        ]);
        let hit = decided(&self.fee, FEE, &facts, on)?;
        let gap = |why: &str| PropertyError::Rule { table: FEE, why: why.to_owned() };
        let int =
            |name: &str| hit.outputs.get(name).and_then(Value::as_int).ok_or_else(|| gap(name));
        let certificates = hit.outputs.get("certificates").and_then(Value::as_text);
        let rates = Rates {
            item_fen: int("item_fen")?,
            certificate_fen: int("certificate_fen")?,
            certificates: certificates
                .and_then(Certificates::of)
                .ok_or_else(|| gap("certificates"))?,
        };
        let one_loan = application.kind == property::Kind::Mortgage;
        let items = count_items(&application.units(), one_loan);
        let charged = charge(rates, items, application.certificates);
        let (rule, basis) = (format!("{FEE}/{}", hit.row), ground(&hit));
        let lines = charged.lines.iter().map(|line| BillLine {
            label: match line.subject {
                Subject::Item => Label::new("不动产登记费（件）", "Registration, by item"),
                Subject::Certificate => Label::new("证书工本费（本）", "Certificates"),
            },
            count: line.count,
            each_fen: line.each_fen,
            amount_fen: line.amount_fen,
            rule: rule.clone(),
            basis: basis.clone(),
        });
        let free_by = || {
            let said = hit.label.as_ref().map(|label| label.zh.clone()).unwrap_or_default();
            format!("{said}（{basis}）")
        };
        Ok(Fee {
            lines: lines.collect(),
            total_fen: charged.total_fen,
            free_by: (charged.total_fen == 0).then(free_by),
        })
    }

    /// What the law says of a public notice of an application that is accepted on a day; none where it wants none.
    ///
    /// # Errors
    /// `R10-0017` where the table does not answer.
    pub fn notice(
        &self,
        application: &Application,
        on: Date,
    ) -> Result<Option<NoticeTerms>, PropertyError> {
        let text = |text: &str| Value::Text(text.to_owned());
        let facts = rules::Facts::from([
            ("registration".to_owned(), text(application.kind.word())),
            ("use".to_owned(), text(application.purpose.word())),
            ("circumstance".to_owned(), text(application.circumstance.word())),
        ]);
        let hit = decided(&self.notice, NOTICE, &facts, on)?;
        let gap = |why: &str| PropertyError::Rule { table: NOTICE, why: why.to_owned() };
        let flag = |name: &str| match hit.outputs.get(name) {
            Some(Value::Bool(yes)) => Ok(*yes),
            _ => Err(gap(name)),
        };
        let term = |name: &str| -> Result<Term, PropertyError> {
            let text = hit.outputs.get(name).and_then(Value::as_text).ok_or_else(|| gap(name))?;
            text.parse().map_err(|_term| gap(name))
        };
        if !flag("announced")? {
            return Ok(None);
        }
        Ok(Some(NoticeTerms {
            term: term("term")?,
            waits: flag("waits")?,
            answer: term("answer")?,
            source: ground(&hit),
        }))
    }

    /// Terms, checks and who enters, for an application that is accepted on a day.
    pub(crate) fn procedure(
        &self,
        application: &Application,
        on: Date,
        owes: bool,
    ) -> Result<Procedure, PropertyError> {
        let kind = application.kind;
        let facts =
            rules::Facts::from([("registration".to_owned(), Value::Text(kind.word().to_owned()))]);
        let hit = decided(&self.procedure, PROCEDURE, &facts, on)?;
        let gap = |why: &str| PropertyError::Rule { table: PROCEDURE, why: why.to_owned() };
        let term = |name: &str| -> Result<Due, PropertyError> {
            let text = hit.outputs.get(name).and_then(Value::as_text).ok_or_else(|| gap(name))?;
            let term: Term = text.parse().map_err(|_term| gap(name))?;
            Ok(Due { on: self.due(&term, on, &[])?, term })
        };
        let asks = |name: &str| match hit.outputs.get(name) {
            Some(Value::Bool(yes)) => Ok(*yes),
            _ => Err(gap(name)),
        };
        let gives = kind.gives_certificate() || kind.gives_proof();
        let announced = self.notice(application, on)?.is_some();
        let parts = [
            (task::IDENTITY, true),
            (task::RESTRICTION, true),
            (task::TAX, asks("tax")?),
            (task::DEAL, asks("deal")?),
            (task::FIGURE, asks("figure")?),
            (task::EXAMINE, true),
            (task::NOTICE, announced),
            (task::PAY, owes),
            (task::ENTER, true),
            (task::ISSUE, gives),
        ];
        let first = |name: &str| match name {
            task::PAY => TaskState::Unpaid,
            task::ENTER | task::ISSUE => TaskState::Waiting,
            _ => TaskState::Open,
        };
        let tasks = parts.into_iter().filter(|(_, wanted)| *wanted).map(|(name, _)| Task {
            name: name.to_owned(),
            state: first(name),
            note: String::new(),
        });
        let above = hit.outputs.get("second_above").and_then(Value::as_int);
        Ok(Procedure {
            lines: Lines { promise: term("promise")?, statutory: term("statutory")? },
            tasks: tasks.collect(),
            second_above_fen: above.filter(|above| *above > 0),
        })
    }

    /// When a term is due that began on a day, with days left out.
    pub(crate) fn due(
        &self,
        term: &Term,
        began: Date,
        stops: &[Stop],
    ) -> Result<Date, PropertyError> {
        let clock = stops.iter().fold(Clock::new(began, term.clone()), |clock, stop| {
            clock.without(Span {
                from: stop.from,
                to: stop.to,
                cause: Label::new("补正或者公告", "supplement or public notice"),
                source: "不动产登记暂行条例第二十条".to_owned(),
            })
        });
        let due = clock.due(&self.facts.calendar());
        due.map(|due| due.date)
            .map_err(|error| PropertyError::Rule { table: PROCEDURE, why: error.to_string() })
    }

    /// Both lines of a clock with days left out.
    pub(crate) fn moved(
        &self,
        lines: &Lines,
        began: Date,
        stops: &[Stop],
    ) -> Result<Lines, PropertyError> {
        let of = |due: &Due| -> Result<Due, PropertyError> {
            Ok(Due { on: self.due(&due.term, began, stops)?, term: due.term.clone() })
        };
        Ok(Lines { promise: of(&lines.promise)?, statutory: of(&lines.statutory)? })
    }
}

fn decided(
    table: &Table,
    name: &'static str,
    facts: &rules::Facts,
    on: Date,
) -> Result<Hit, PropertyError> {
    let gap = |why: String| PropertyError::Rule { table: name, why };
    let decision = rules::decide(table, facts, on, None).map_err(|error| gap(error.to_string()))?;
    decision.hit().cloned().ok_or_else(|| gap("no row".to_owned()))
}

fn ground(hit: &Hit) -> String {
    match &hit.explanation.ground {
        Ground::Source(source) => source.clone(),
        Ground::Default => "本平台默认".to_owned(),
    }
}
