//! Registers are asked over the exchange (核查), and what they answer reaches the repair that asked.

use crate::mirror::shard_of;
use crate::repair::{Answer, Question, Repair, RepairCommand, RepairEvent, RepairKey};
use codes::Date;
use credit_repair::Fact;
use exchange::MessageEvent;
use kernel::{Address, Atomic, Json, Policy, Reaction, Recorded, Unreadable};
use registers::listings::ListingKey;
use serde::Deserialize;
use serde_json::json;

/// The kind of a question.
pub(crate) const ASKS: &str = "credit.proof_asked";
/// The kind of an answer.
pub(crate) const TELLS: &str = "credit.proof_told";

/// Asked, so a message goes to each register.
#[derive(Clone, Copy, Debug, Default)]
pub struct AskRegisters;

impl Policy for AskRegisters {
    fn name(&self) -> &'static str {
        "credit.ask_registers"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["repair.Asked"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let RepairEvent::Asked { listing, about, questions, .. } = event.read()? else {
            return Ok(Vec::new());
        };
        let message = |question: Question| Reaction::Message {
            to: Address::Partner(question.register),
            body: json!({
                "kind": ASKS,
                "purpose": "核实信用修复条件",
                "basis": "市场监督管理信用修复管理办法（国市监信规〔2021〕3号）第八条；优化营商环境条例第三十七条",
                "uscc": about.uscc,
                "enterprise_name": about.name,
                "listing": listing,
                "place": about.issuer.place,
                "list_kind": about.list,
                "cause_code": about.cause,
                "decision_no": about.decision_no,
                "listed_on": about.listed_on,
                "need": question.need,
            }),
        };
        Ok(questions.into_iter().map(message).collect())
    }
}

/// What a register says, as its message has it.
#[derive(Debug, Deserialize)]
struct Told {
    uscc: String,
    listing: ListingKey,
    place: String,
    need: String,
    state: String,
    #[serde(default)]
    since: Option<Date>,
    #[serde(default)]
    reference: String,
}

/// A register answered, so the repair that asked hears of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct HearRegisters;

impl Policy for HearRegisters {
    fn name(&self) -> &'static str {
        "credit.hear_registers"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["message.Received"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let MessageEvent::Received { message, .. } = event.read()? else { return Ok(Vec::new()) };
        if message.kind != TELLS {
            return Ok(Vec::new());
        }
        let told: Told =
            serde_json::from_value(message.facts).map_err(|shape| event.unreadable(shape))?;
        let fact = match (told.state.as_str(), told.since) {
            ("since", Some(day)) => Fact::Since(day),
            ("not_yet", _) => Fact::NotYet,
            _ => Fact::Unknown,
        };
        let command = RepairCommand::Tell {
            listing: told.listing,
            question: Question { register: message.partner, need: told.need },
            answer: Answer { fact, reference: told.reference },
        };
        let commands = Atomic::new(shard_of(&told.place))
            .then::<Repair>(&RepairKey(told.uscc), &command)
            .map_err(|shape| event.unreadable(shape))?;
        Ok(vec![Reaction::Commands(commands)])
    }
}

/// What a message says of a fact, for tests and stand-ins of registers.
#[must_use]
pub fn told_of(asked: &Json, state: &str, since: Option<&str>, reference: &str) -> Json {
    let mut told = json!({
        "kind": TELLS, "purpose": "回告信用修复条件", "basis": asked["basis"], "uscc": asked["uscc"],
        "listing": asked["listing"], "place": asked["place"], "need": asked["need"], "state": state,
    });
    if let Some(members) = told.as_object_mut() {
        members.extend(since.map(|day| ("since".to_owned(), day.into())));
        let reference = (!reference.is_empty()).then(|| ("reference".to_owned(), reference.into()));
        members.extend(reference);
    }
    told
}
