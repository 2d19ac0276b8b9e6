//! Others over the exchange (数据交换): deed tax and house transaction asked and answered, courts' orders entered at once.
//!
//! ```text
//!  registration.Accepted ─► (errand) deed_tax.asked, house_deal.asked ─► partner
//!  message.Received (…answered) ─► registration.HearCheck
//!  message.Received (seizure.ordered) ─► (errand) record.Restrict, Renew, Release ─► seizure.entered to that very court
//!                                                 └─ unit or order unknown, term beyond the law ─► message.refused
//! ```

use crate::book::{self, record_of, unit_of};
use crate::decide::{Registration, RegistrationCommand};
use crate::errand::{Prepare, Tools};
use crate::error::PropertyError;
use crate::model::{RegistrationKey, task};
use crate::outside::{Asked, Outside};
use crate::queries;
use codes::{Date, IdType, Lang, UnitNo};
use exchange::{Kept, Message, MessageEvent, MessageKey, PROBLEM};
use identity::model::Document;
use kernel::{
    Address, Atomic, Errand, ErrandError, ErrandId, Json, Origin, PartyKey, Policy, Reaction,
    Recorded, Unreadable,
};
use portal::Failure;
use registers::record::{
    Phase, RecordEvent, Release, Renew, Restrict, RestrictionNo, Side, Snapshot,
};
use registers::{Record, RecordCommand};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;

/// The kind of message that asks for the deed tax.
pub const TAX_ASKED: &str = "deed_tax.asked";
/// The kind that answers it.
pub const TAX_ANSWERED: &str = "deed_tax.answered";
/// The kind that asks for the house transaction.
pub const DEAL_ASKED: &str = "house_deal.asked";
/// The kind that answers it.
pub const DEAL_ANSWERED: &str = "house_deal.answered";
/// The kind by which a court orders.
pub const ORDERED: &str = "seizure.ordered";
/// The kind by which it is told what was entered.
pub const ENTERED: &str = "seizure.entered";

/// The restriction that courts order.
const SEIZURE: &str = "seizure";
/// Of which kind the origin of a restriction is that a message ordered.
const MESSAGE: &str = "message";

// --- deed tax and house transaction ----------------------------------------------------------------------------------

/// The messages that ask others what a registration has to know; LAW: 条例 24: what can be had by sharing is not asked of
/// applicants.
pub(crate) async fn ask(
    outside: &Outside,
    prepare: &Prepare,
) -> Result<Vec<Reaction>, ErrandError> {
    let Asked { tax, housing } = &outside.asked;
    let lines = [
        (
            task::TAX,
            tax,
            TAX_ASKED,
            "核验契税完税情况",
            "不动产登记暂行条例第二十四条；契税法第十一条",
        ),
        (task::DEAL, housing, DEAL_ASKED, "核验房屋交易情况", "不动产登记暂行条例第二十四条"),
    ];
    let wanted = |name: &str| prepare.tasks.iter().any(|task| task == name);
    let lines: Vec<_> = lines.into_iter().filter(|(task, ..)| wanted(task)).collect();
    if lines.iter().all(|(_, partner, ..)| partner.is_none()) {
        return Ok(Vec::new());
    }
    let row = queries::registration(&*outside.reader, &prepare.registration).await;
    let row = row.map_err(ErrandError::later)?;
    let row = row.ok_or_else(|| ErrandError::later("the registration is not in the tables yet"))?;
    let document_no = row.application.entry.as_deref().map(document_no).unwrap_or_default();
    let asked = lines.into_iter().filter_map(|(task, partner, kind, purpose, basis)| {
        let body = json!({
            "kind": kind, "purpose": purpose, "basis": basis, "case": prepare.registration,
            "task": task, "unit": prepare.unit, "registration": row.application.kind.word(),
            "document_no": document_no,
        });
        Some(Reaction::Message { to: Address::Partner(partner.clone()?), body })
    });
    Ok(asked.collect())
}

/// On what an entry rests: the contract, the judgment.
fn document_no(entry: &RecordCommand) -> String {
    match entry {
        RecordCommand::Enter(one) => one.act.document_no.clone(),
        RecordCommand::Amend(one) => one.act.document_no.clone(),
        _ => String::new(),
    }
}

/// What the tax and the housing authority answer is known in the registration.
#[derive(Clone, Debug, Default)]
pub struct HearAnswers {
    /// Whose answers count.
    pub asked: Asked,
}

/// The facts of an answer, as both contracts have them.
#[derive(Deserialize)]
struct Answered {
    unit: UnitNo,
    settled: bool,
    #[serde(default)]
    number: String,
    #[serde(default)]
    on: Option<Date>,
    #[serde(default)]
    reason: String,
}

impl Policy for HearAnswers {
    fn name(&self) -> &'static str {
        "property.hear_answers"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["message.Received"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let MessageEvent::Received { message, .. } = event.read()? else { return Ok(Vec::new()) };
        let Message { partner, kind, case, facts, .. } = *message;
        let (asked, task, what) = match kind.as_str() {
            TAX_ANSWERED => (&self.asked.tax, task::TAX, "契税完税凭证"),
            DEAL_ANSWERED => (&self.asked.housing, task::DEAL, "房屋交易备案"),
            _ => return Ok(Vec::new()),
        };
        let Some(case) = case.filter(|_| asked.as_ref() == Some(&partner)) else {
            return Ok(Vec::new());
        };
        let unreadable = |source| event.unreadable(source);
        let answered: Answered = serde_json::from_value(facts).map_err(unreadable)?;
        let note = match (answered.settled, answered.on) {
            (true, Some(on)) => format!("{what}{}（{on}）", answered.number),
            (true, None) => format!("{what}{}", answered.number),
            (false, _) => answered.reason,
        };
        let (task, passed) = (task.to_owned(), answered.settled);
        let hear = RegistrationCommand::HearCheck { task, passed, note };
        // Messages lie in the shard of the installation, registrations where the unit lies.
        let shard = crate::http::shard_of(answered.unit.division());
        let group = Atomic::new(shard).then::<Registration>(&RegistrationKey(case), &hear);
        Ok(vec![Reaction::Commands(group.map_err(unreadable)?)])
    }
}

// --- courts ----------------------------------------------------------------------------------------------------------

/// What a court wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderAct {
    /// Seize (查封).
    Seize,
    /// Prolong a seizure (续封).
    Renew,
    /// Release a seizure (解封).
    Release,
}

/// A court's order as it comes (协助执行).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourtOrder {
    /// What is to be done.
    pub act: OrderAct,
    /// Its number.
    pub order: String,
    /// The court, as it calls itself.
    pub court: String,
    /// The unit.
    pub unit: UnitNo,
    /// The number of the order that is prolonged or released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<String>,
    /// The last day that it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

/// A court that is a partner orders, so it is entered at once.
#[derive(Clone, Copy, Debug, Default)]
pub struct HearCourt;

impl Policy for HearCourt {
    fn name(&self) -> &'static str {
        "property.hear_court"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["message.Received"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let MessageEvent::Received { message, body, .. } = event.read()? else {
            return Ok(Vec::new());
        };
        if message.kind != ORDERED {
            return Ok(Vec::new());
        }
        let order: CourtOrder =
            serde_json::from_value(message.facts).map_err(|source| event.unreadable(source))?;
        let (partner, basis) = (message.partner, message.basis);
        let enter = EnterOrder { partner, basis, order, body, origin: event.origin() };
        Ok(vec![event.sends(&enter)?])
    }
}

/// Brings a court's order into the book, or tells the court why not.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EnterOrder {
    /// The court by its key in the exchange.
    pub partner: String,
    /// The legal basis that it names.
    pub basis: String,
    /// Its order.
    pub order: CourtOrder,
    /// The message as it came, for what its contract closes.
    pub body: Kept,
    /// The message.
    pub origin: Origin,
}

/// Whom a court's message names.
#[derive(Deserialize)]
struct Closed {
    #[serde(default)]
    against: Option<Against>,
}

#[derive(Deserialize)]
struct Against {
    id_type: String,
    id_number: String,
}

impl Errand for EnterOrder {
    const KIND: &'static str = "property.enter_order";
    type Tools = Arc<Tools>;

    async fn run(&self, _id: ErrandId, tools: Arc<Tools>) -> Result<Vec<Reaction>, ErrandError> {
        let outside = &*tools.outside;
        let record = record_of(self.order.unit);
        let row = registers::record::queries::record(&*outside.reader, &record).await;
        let row = row.map_err(ErrandError::later)?;
        let now = tools.clock.0.now();
        let snapshot = book::now(&*outside.reader, self.order.unit, now).await;
        let snapshot = snapshot.map_err(ErrandError::later)?;
        let (Some(row), Some(snapshot)) = (row, snapshot) else {
            return Ok(vec![self.problem(PropertyError::UnitUnknown)]);
        };
        let against = self.against(outside).await?;
        let command = match self.command(&tools, &snapshot, now.date(), against) {
            Ok(command) => command,
            Err(refused) => return Ok(vec![self.problem(refused)]),
        };
        let group = Atomic::new(row.shard).then::<Record>(&record, &command);
        Ok(vec![Reaction::Commands(group.map_err(ErrandError::never)?)])
    }
}

impl EnterOrder {
    /// The party against whom it goes; whoever has no document that fits is nobody that we know.
    async fn against(&self, outside: &Outside) -> Result<Option<PartyKey>, ErrandError> {
        let Some(keys) = &outside.keys else { return Ok(None) };
        let bytes = outside.vault.read(&self.body).await?;
        let closed: Closed = serde_json::from_slice(&bytes).map_err(ErrandError::never)?;
        let document = closed.against.and_then(|who| match who.id_type.as_str() {
            "uscc" => Document::organisation(&who.id_number).ok(),
            _ => Document::person(IdType::ResidentId, &who.id_number).ok(),
        });
        Ok(document.map(|document| keys.of(&document)))
    }

    fn command(
        &self,
        tools: &Tools,
        snapshot: &Snapshot,
        today: Date,
        against: Option<PartyKey>,
    ) -> Result<RecordCommand, PropertyError> {
        let CourtOrder { act, order, court, until, .. } = &self.order;
        let (document_no, origin) = (order.clone(), Some(self.origin.clone()));
        Ok(match act {
            OrderAct::Seize => {
                if self.standing(snapshot, order).is_some() {
                    return Err(PropertyError::Taken);
                }
                self.within_law(tools, today)?;
                RecordCommand::Restrict(Box::new(Restrict {
                    kind: SEIZURE.to_owned(),
                    side: Side { name: court.clone(), ..Side::default() },
                    document_no,
                    until: *until,
                    against,
                    origin,
                    ..Restrict::default()
                }))
            }
            OrderAct::Renew => {
                let (restriction, phase, ends) = self.earlier(snapshot)?;
                // LAW: one that waits has no time that could be prolonged.
                let ends = ends.filter(|_| phase == Phase::InForce);
                let ends = ends.ok_or(PropertyError::Field { key: "earlier" })?;
                if until.is_some_and(|until| until <= ends) {
                    return Err(PropertyError::Field { key: "until" });
                }
                self.within_law(tools, ends)?;
                let until = *until;
                RecordCommand::Renew(Box::new(Renew { restriction, document_no, until, origin }))
            }
            OrderAct::Release => {
                let (restriction, ..) = self.earlier(snapshot)?;
                RecordCommand::Release(Box::new(Release { restriction, document_no, origin }))
            }
        })
    }

    /// The day that the order names has to lie within the time of the law.
    fn within_law(&self, tools: &Tools, began: Date) -> Result<(), PropertyError> {
        let Some(until) = self.order.until else { return Ok(()) };
        let facts = tools.law.facts();
        let definitions = facts.definitions();
        let register = definitions.get(crate::model::REGISTER).ok_or(PropertyError::UnitUnknown)?;
        let gap = |why: String| PropertyError::Rule { table: "terms", why };
        let latest = register.last_day(SEIZURE, began, &facts.calendar());
        let latest = latest.map_err(|error| gap(error.to_string()))?;
        let beyond = latest.is_some_and(|(latest, _)| until > latest);
        if until < began || beyond {
            return Err(PropertyError::Field { key: "until" });
        }
        Ok(())
    }

    /// The seizure of the order that this one is about: of the same court, and standing.
    fn earlier(
        &self,
        snapshot: &Snapshot,
    ) -> Result<(RestrictionNo, Phase, Option<Date>), PropertyError> {
        let earlier = self.order.earlier.as_deref().unwrap_or_default();
        self.standing(snapshot, earlier).ok_or(PropertyError::OrderUnknown)
    }

    fn standing(
        &self,
        snapshot: &Snapshot,
        order: &str,
    ) -> Option<(RestrictionNo, Phase, Option<Date>)> {
        let own = |restriction: &registers::record::Restriction| {
            restriction.kind == SEIZURE
                && restriction.document_no == order
                && restriction.side.name == self.order.court
        };
        let (segment, held) = snapshot.restrictions().find(|(_, held)| own(&held.restriction))?;
        let ends = segment.to.map(|to| to.plus_us(-1).date());
        Some((held.restriction.no, held.phase, ends))
    }

    /// Why the order was not entered, as the court reads it (RFC 9457).
    fn problem(&self, refused: PropertyError) -> Reaction {
        let message = MessageKey(self.origin.key.clone()).id().to_owned();
        let body = json!({
            "kind": PROBLEM, "purpose": "告知报文未予采纳的原因", "basis": self.basis,
            "message": message, "problem": Failure::from(refused).to_json(Lang::Zh),
        });
        Reaction::Message { to: Address::Partner(self.partner.clone()), body }
    }
}

/// What a court ordered stands in the book, so the court is told how.
#[derive(Clone, Copy, Debug, Default)]
pub struct AnswerCourt;

impl Policy for AnswerCourt {
    fn name(&self) -> &'static str {
        "property.answer_court"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["record.RestrictionEntered", "record.RestrictionRenewed", "record.RestrictionReleased"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let record = registers::RecordKey(event.key.to_string());
        let Some(unit) = unit_of(&record) else { return Ok(Vec::new()) };
        let (origin, order, no, state, until) = match event.read()? {
            RecordEvent::RestrictionEntered { restriction, phase, until, .. } => {
                let state = match phase {
                    Phase::InForce => "in_force",
                    Phase::Waiting => "waiting",
                };
                (restriction.origin, restriction.document_no, restriction.no, state, until)
            }
            RecordEvent::RestrictionRenewed { restriction, document_no, until, origin, .. } => {
                (origin, document_no, restriction, "in_force", Some(until))
            }
            RecordEvent::RestrictionReleased { restriction, document_no, origin, .. } => {
                (origin, document_no, restriction, "released", None)
            }
            _ => return Ok(Vec::new()),
        };
        let Some(partner) = origin.as_ref().and_then(sender) else { return Ok(Vec::new()) };
        let mut body = json!({
            "kind": ENTERED, "purpose": "回告协助执行情况",
            "basis": "法发〔2004〕5号", "order": order, "unit": unit, "restriction": no.0, "state": state,
        });
        if let (Some(members), Some(until)) = (body.as_object_mut(), until) {
            members.insert("until".to_owned(), Json::from(until.to_string()));
        }
        Ok(vec![Reaction::Message { to: Address::Partner(partner), body }])
    }
}

/// The partner whose message something comes from: messages that came in are keyed `in:{partner}:{id}`.
fn sender(origin: &Origin) -> Option<String> {
    let own = (origin.kind == MESSAGE).then_some(origin.key.as_str())?;
    let (partner, _id) = own.strip_prefix("in:")?.split_once(':')?;
    Some(partner.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Aggregate as _, EventId, Shard};

    #[test]
    fn only_what_a_message_ordered_is_answered_to_a_partner() {
        let event = EventId { shard: Shard::new("440100"), seq: 7 };
        let from = |kind: &str, key: &str| {
            sender(&Origin { kind: kind.to_owned(), key: key.to_owned(), event: event.clone() })
        };
        assert_eq!(MESSAGE, exchange::Exchanged::KIND);
        assert_eq!(from("message", "in:court-440305:o-1").as_deref(), Some("court-440305"));
        assert_eq!(from("message", "out:0123"), None);
        assert_eq!(from("registration", "in:court:o-1"), None);
    }
}
