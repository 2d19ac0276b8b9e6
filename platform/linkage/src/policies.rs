//! The policies: one event in, reactions out. Stateless and pure.

use crate::compose::Compose;
use crate::keys::{NoticeOf, Purpose};
use cases::event::{AcceptedBy, Bearing, CaseEvent, Ground};
use cases::model::SupplementItem;
use cases::{Case, CaseCommand, CaseKey};
use catalogue::definition::LegalNature;
use codes::Date;
use delivery::NoticeEvent;
use elements::Value;
use kernel::{OrganKey, Policy, Reaction, Recorded, Unreadable};
use licences::LicenceEvent;
use registers::allotment::{AllotmentCommand, AllotmentEvent};
use registers::claim::{ClaimCommand, ClaimEvent, ClaimKey};
use registers::enterprise::{EnterpriseCommand, EnterpriseKey, Entry};
use registers::{Allotment, Claim, Enterprise};
use std::collections::BTreeMap;

/// The most seals that a set has; codes are allotted for all of them.
const SEALS_MAX: u32 = 9;

pub(crate) fn to_case(
    event: &Recorded,
    no: &str,
    command: &CaseCommand,
) -> Result<Reaction, Unreadable> {
    event.leads_to::<Case>(&CaseKey(no.to_owned()), command)
}

/// A name that is kept is noted in its case, one that ran out too (E12).
#[derive(Debug)]
pub struct NameToCase;

impl Policy for NameToCase {
    fn name(&self) -> &'static str {
        "linkage.name_to_case"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["claim.Reserved", "claim.Lapsed"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        Ok(match event.read::<ClaimEvent>()? {
            ClaimEvent::Reserved { holder, name, until, .. } => {
                let claim = event.key.to_string();
                vec![to_case(event, &holder, &CaseCommand::NoteName { name, until, claim })?]
            }
            ClaimEvent::Lapsed { holder } => vec![to_case(event, &holder, &CaseCommand::LoseName)?],
            _ => Vec::new(),
        })
    }
}

/// The grant of the registration allots a code (E13).
#[derive(Debug)]
pub struct CodeOnGrant;

impl Policy for CodeOnGrant {
    fn name(&self) -> &'static str {
        "linkage.code_on_grant"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["case.Granted"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let granted = event.shared()?;
        let CaseEvent::Granted { of, .. } = &*granted else { return Ok(Vec::new()) };
        if !of.establishes {
            return Ok(Vec::new());
        }
        let allot =
            AllotmentCommand::Allot { holder: event.key.to_string(), division: of.place.clone() };
        Ok(vec![event.leads_to::<Allotment>(&of.organ, &allot)?])
    }
}

/// A code that is allotted establishes the enterprise.
#[derive(Debug)]
pub struct EstablishOnCode;

impl Policy for EstablishOnCode {
    fn name(&self) -> &'static str {
        "linkage.establish_on_code"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["allotment.Allotted"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let AllotmentEvent::Allotted { holder, uscc, .. } = event.read()? else {
            return Ok(Vec::new());
        };
        Ok(vec![to_case(event, &holder, &CaseCommand::Establish { uscc })?])
    }
}

/// An enterprise that stands is entered in the register, and its name with it.
#[derive(Debug)]
pub struct RegisterOnEstablished;

impl Policy for RegisterOnEstablished {
    fn name(&self) -> &'static str {
        "linkage.register_on_established"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["case.Established"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let CaseEvent::Established { uscc, date, of, claim, .. } = event.read()? else {
            return Ok(Vec::new());
        };
        let entry = Entry {
            name: of.title.clone(),
            place: of.place.clone(),
            organ: of.organ.to_string(),
            established_on: Some(date),
            elements: BTreeMap::new(),
        };
        let enter = EnterpriseCommand::Enter { entry: Box::new(entry), origin: event.origin() };
        let mut reactions =
            vec![event.leads_to::<Enterprise>(&EnterpriseKey(uscc.clone()), &enter)?];
        if let Some(claim) = claim {
            let register = ClaimCommand::Register { holder: event.key.to_string(), uscc };
            reactions.push(event.leads_to::<Claim>(&ClaimKey(claim), &register)?);
        }
        Ok(reactions)
    }
}

/// A case that is withdrawn gives its name up.
#[derive(Debug)]
pub struct ReleaseOnWithdrawal;

impl Policy for ReleaseOnWithdrawal {
    fn name(&self) -> &'static str {
        "linkage.release_on_withdrawal"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["case.Withdrawn"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let CaseEvent::Withdrawn { claim: Some(claim), .. } = event.read()? else {
            return Ok(Vec::new());
        };
        let release = ClaimCommand::Release { holder: event.key.to_string() };
        Ok(vec![event.leads_to::<Claim>(&ClaimKey(claim), &release)?])
    }
}

/// A compose errand for an event of a task.
fn compose(
    event: &Recorded,
    task: &str,
    purpose: Purpose,
    template: &str,
    of: &Bearing,
) -> Compose {
    let paper =
        NoticeOf { case: event.key.to_string(), task: task.to_owned(), purpose, event: event.seq };
    Compose {
        paper,
        shard: event.shard.clone(),
        origin: event.origin(),
        template: template.to_owned(),
        is_licence: false,
        of: Box::new(of.clone()),
        on: event.at.date(),
        extras: BTreeMap::from([
            ("to_name".to_owned(), Value::from(of.title.as_str())),
            ("case_no".to_owned(), Value::from(&*event.key)),
            ("service".to_owned(), Value::from(of.label.zh.as_str())),
        ]),
        first_seal: None,
    }
}

/// What a grant gives is made: the licence or the notice. The registration's own waits for the code.
#[derive(Debug)]
pub struct OutcomeOnGrant;

impl Policy for OutcomeOnGrant {
    fn name(&self) -> &'static str {
        "linkage.outcome_on_grant"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["case.Granted", "case.Established"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let (task, of, given) = match &*event.shared()? {
            CaseEvent::Granted { of, .. } if of.establishes => return Ok(Vec::new()),
            CaseEvent::Granted { task, of, given, .. } => (task.clone(), of.clone(), given.clone()),
            CaseEvent::Established { uscc, date, of, .. } => {
                let mut of = of.clone();
                of.values.insert("uscc".to_owned(), uscc.clone());
                of.values.insert("establishment_date".to_owned(), date.to_string());
                (of.service.id.clone(), of, BTreeMap::new())
            }
            _ => return Ok(Vec::new()),
        };
        let outcome = &of.outcome;
        let Some(template) = outcome.licence.as_ref().or(outcome.notice.as_ref()) else {
            return Ok(Vec::new());
        };
        let mut made = compose(event, &task, Purpose::Outcome, template, &of);
        made.is_licence = outcome.licence.is_some();
        made.extras.extend(given.into_iter().map(|(key, value)| (key, Value::Text(value))));
        if template == "seal_filing" {
            let note = serde_json::to_value(&made).map_err(|source| event.unreadable(source))?;
            let allot = AllotmentCommand::AllotBlock {
                holder: event.key.to_string(),
                count: SEALS_MAX,
                note,
            };
            let key = OrganKey::new(format!("seal/{}", of.place));
            return Ok(vec![event.leads_to::<Allotment>(&key, &allot)?]);
        }
        Ok(vec![event.sends(&made)?])
    }
}

/// Serials of seals are allotted: the certificate is made with their codes.
#[derive(Debug)]
pub struct SealsOnBlock;

impl Policy for SealsOnBlock {
    fn name(&self) -> &'static str {
        "linkage.seals_on_block"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["allotment.BlockAllotted"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let AllotmentEvent::BlockAllotted { first, note, .. } = event.read()? else {
            return Ok(Vec::new());
        };
        let mut made: Compose =
            serde_json::from_value(note).map_err(|source| event.unreadable(source))?;
        made.first_seal = Some(first);
        Ok(vec![event.sends(&made)?])
    }
}

/// What an organ decides on the way is told by a notice: acceptance, supplement, extension, refusal.
#[derive(Debug)]
pub struct NoticeOnDecision;

impl Policy for NoticeOnDecision {
    fn name(&self) -> &'static str {
        "linkage.notice_on_decision"
    }
    fn listens(&self) -> &'static [&'static str] {
        &[
            "case.Accepted",
            "case.SupplementAsked",
            "case.DeadlineExtended",
            "case.Refused",
            "case.AcceptanceRefused",
        ]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let made = match event.read()? {
            CaseEvent::Accepted { task, by, date, promise, due, of, .. }
                if of.legal_nature == LegalNature::Licence =>
            {
                let silence = by == AcceptedBy::Silence;
                accepted(
                    compose(event, &task, Purpose::Acceptance, "acceptance", &of),
                    silence,
                    date,
                )
                .with("due_on", due.on.to_string())
                .with_day("promise_on", promise.map(|promise| promise.on))
            }
            CaseEvent::SupplementAsked { task, items, until, of, .. } => {
                let made = compose(event, &task, Purpose::Supplement, "supplement", &of);
                wanted(made, &items).with_day("answer_by", until.map(|until| until.on))
            }
            CaseEvent::DeadlineExtended { task: Some(task), reason, before, due, of: Some(of) } => {
                compose(event, &task, Purpose::Extension, "extension", &of)
                    .with("reason", reason)
                    .with("due_before", before.on.to_string())
                    .with("due_on", due.on.to_string())
                    .with("approver", "本机关负责人")
                    .with("basis", "行政许可法第四十二条第一款")
            }
            CaseEvent::Refused { task, ground, of, .. }
            | CaseEvent::AcceptanceRefused { task, ground, of } => {
                let template = of.refusal.clone().unwrap_or_else(|| "refusal".to_owned());
                refused(compose(event, &task, Purpose::Refusal, &template, &of), &ground)
            }
            _ => return Ok(Vec::new()),
        };
        Ok(vec![event.sends(&made)?])
    }
}

impl Compose {
    fn with(mut self, key: &str, text: impl Into<String>) -> Self {
        self.extras.insert(key.to_owned(), Value::Text(text.into()));
        self
    }

    fn with_list(mut self, key: &str, texts: &[&str]) -> Self {
        let list = texts.iter().map(|text| Value::from(*text)).collect();
        self.extras.insert(key.to_owned(), Value::List(list));
        self
    }

    fn with_day(self, key: &str, day: Option<Date>) -> Self {
        match day {
            Some(day) => self.with(key, day.to_string()),
            None => self,
        }
    }
}

fn accepted(made: Compose, silence: bool, date: Date) -> Compose {
    let basis = made.of.source.clone();
    let mut made = made
        .with("accepted_on", date.to_string())
        .with("received_on", date.to_string())
        .with("term_basis", basis);
    made.extras.insert("by_silence".to_owned(), Value::Bool(silence));
    made
}

fn wanted(made: Compose, items: &[SupplementItem]) -> Compose {
    let rows = items.iter().map(|item| {
        Value::Map(BTreeMap::from([
            ("item".to_owned(), Value::from(item.what.as_str())),
            ("defect".to_owned(), Value::from(item.why.as_str())),
            ("remedy".to_owned(), Value::from("请登录平台，在本办件的补正页面修改后提交。")),
        ]))
    });
    let rows = Value::List(rows.collect());
    let on = made.on.to_string();
    let mut made = made.with("received_on", on).with("basis", "行政许可法第三十二条第一款第四项");
    made.extras.insert("items".to_owned(), rows);
    made
}

fn refused(made: Compose, ground: &Ground) -> Compose {
    let on = made.on.to_string();
    made.with("accepted_on", on)
        .with_list("findings", &[&ground.reason])
        .with_list("reasons", &[&ground.reason])
        .with_list("articles", &[&ground.article])
        .with("what_would_help", "补齐所缺条件后，可以重新提出申请。")
        .with("reconsideration_organ", "本机关的同级人民政府")
        .with("court", "有管辖权的人民法院")
}

/// A licence that is signed is noted in its case (E14).
#[derive(Debug)]
pub struct IssuedToCase;

impl Policy for IssuedToCase {
    fn name(&self) -> &'static str {
        "linkage.issued_to_case"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["licence.Signed"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let LicenceEvent::Signed { number, .. } = event.read()? else { return Ok(Vec::new()) };
        let Some(of) = NoticeOf::read(&event.key).filter(|of| of.purpose == Purpose::Outcome)
        else {
            return Ok(Vec::new());
        };
        let command =
            CaseCommand::NoteIssued { task: of.task, licence: event.key.to_string(), number };
        Ok(vec![to_case(event, &of.case, &command)?])
    }
}

/// A notice that tells an outcome or a refusal and is served ends its task (E14); a day that is put right reaches the case too.
#[derive(Debug)]
pub struct ServedToCase;

impl Policy for ServedToCase {
    fn name(&self) -> &'static str {
        "linkage.served_to_case"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["notice.Served", "notice.ServiceRedated"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let (NoticeEvent::Served { on, .. } | NoticeEvent::ServiceRedated { on, .. }) =
            event.read()?
        else {
            return Ok(Vec::new());
        };
        match NoticeOf::read(&event.key) {
            Some(of) if of.tells_outcome() => {
                let command =
                    CaseCommand::NoteServed { task: of.task, notice: event.key.to_string(), on };
                Ok(vec![to_case(event, &of.case, &command)?])
            }
            _ => Ok(Vec::new()),
        }
    }
}

/// A notice that was served and came back is told its case: the task is not delivered, and its officer sees that the notice
/// goes out by the next channel (E14).
#[derive(Debug)]
pub struct UndoneToCase;

impl Policy for UndoneToCase {
    fn name(&self) -> &'static str {
        "linkage.undone_to_case"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["notice.ServiceUndone"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let NoticeEvent::ServiceUndone { reason, .. } = event.read()? else {
            return Ok(Vec::new());
        };
        let Some(of) = NoticeOf::read(&event.key) else { return Ok(Vec::new()) };
        let is_outcome = of.tells_outcome();
        let (task, notice) = (of.task, event.key.to_string());
        let command = CaseCommand::NoteServiceUndone { task, notice, reason, is_outcome };
        Ok(vec![to_case(event, &of.case, &command)?])
    }
}
