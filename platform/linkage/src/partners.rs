//! Partners (对接系统): what they are told, and what their answers do.
//!
//! ```text
//!  case.Established ─► enterprise.established to every organ that now goes on, publicity.registration
//!  message.Received ─► (errand) hear ─► case.Accept · Grant · Refuse, in the partner's name
//!                                 └───► message.refused to the partner, where that cannot be done
//! ```

use crate::compose::Composer;
use crate::error::LinkageError;
use cases::desk::Loaded;
use cases::event::{CaseEvent, Ground};
use cases::model::{TaskPlan, TaskState};
use cases::{Case, CaseCommand, CaseError};
use codes::Lang;
use elements::Value;
use exchange::{Message, MessageEvent, MessageKey, PROBLEM};
use kernel::{
    Actor, Address, Atomic, CommandId, Errand, ErrandError, ErrandId, Json, OrganKey, Policy,
    Reaction, Recorded, Unreadable,
};
use module::{Clearance, Platform, Subject, clear};
use portal::Failure;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Every organ whose task now goes on is told, and the publicity system.
#[derive(Debug)]
pub struct TellOrgans {
    /// The partners that messages reach; none for all.
    pub partners: Option<BTreeSet<String>>,
}

/// The key under which an organ is a partner: partners' keys have hyphens alone.
pub(crate) fn partner_of(organ: &OrganKey) -> String {
    organ.as_str().replace('_', "-")
}

impl Policy for TellOrgans {
    fn name(&self) -> &'static str {
        "linkage.tell_organs"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["case.Established"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let CaseEvent::Established { uscc, date, of, awaiting, .. } = event.read()? else {
            return Ok(Vec::new());
        };
        let body = |kind: &str, task: &str, basis: &str| -> Json {
            json!({
                "kind": kind, "case": &*event.key, "task": task, "uscc": uscc,
                "establishment_date": date.to_string(), "title": of.title, "place": of.place,
                "purpose": "并联办理", "basis": basis,
            })
        };
        let mut reactions: Vec<Reaction> = awaiting
            .iter()
            .filter(|(_, organ)| **organ != of.organ)
            .map(|(task, organ)| Reaction::Message {
                to: Address::Partner(partner_of(organ)),
                body: body(
                    "enterprise.established",
                    task,
                    "国务院关于在线政务服务的若干规定第七条",
                ),
            })
            .collect();
        reactions.push(Reaction::Message {
            to: Address::Partner("publicity".to_owned()),
            body: body("publicity.registration", "", "企业信息公示暂行条例第六条"),
        });
        reactions.retain(|reaction| match reaction {
            Reaction::Message { to: Address::Partner(key), .. } => {
                self.partners.as_ref().is_none_or(|known| known.contains(key))
            }
            _ => true,
        });
        Ok(reactions)
    }
}

/// What an organ answers from its own system is heard: a task accepted, granted or refused.
#[derive(Debug)]
pub struct HearPartner;

impl Policy for HearPartner {
    fn name(&self) -> &'static str {
        "linkage.hear_partner"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["message.Received"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let MessageEvent::Received { message, .. } = event.read()? else { return Ok(Vec::new()) };
        let said = Said::of(&message).map_err(|source| event.unreadable(source))?;
        let Message { partner, basis, case, task, .. } = *message;
        let (Some(said), Some(case), Some(task)) = (said, case, task) else {
            return Ok(Vec::new());
        };
        let message = MessageKey(event.key.to_string()).id().to_owned();
        Ok(vec![event.sends(&Hear { partner, message, basis, case, task, said })?])
    }
}

/// What a partner says of a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said {
    /// It has taken it in.
    Accepted,
    /// It grants it.
    Granted {
        /// What it gives, such as `account_number`.
        given: BTreeMap<String, String>,
    },
    /// It refuses it.
    Refused {
        /// Why.
        ground: Ground,
    },
}

/// The facts of `task.decided`, as its contract has them.
#[derive(Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
enum Decision {
    Granted {
        #[serde(default)]
        given: BTreeMap<String, String>,
    },
    Refused {
        ground: Ground,
    },
}

impl Said {
    /// What a message says of a task; nothing if it is about something else.
    fn of(message: &Message) -> Result<Option<Self>, serde_json::Error> {
        Ok(match message.kind.as_str() {
            "task.accepted" => Some(Self::Accepted),
            "task.decided" => Some(match serde_json::from_value(message.facts.clone())? {
                Decision::Granted { given } => Self::Granted { given },
                Decision::Refused { ground } => Self::Refused { ground },
            }),
            _ => None,
        })
    }

    /// The commands by which a case comes to stand as the partner says; none where it does already. A decision tells that
    /// the task was accepted, where the word of that is still on its way.
    fn commands(&self, case: &Case, task: &str) -> Vec<CaseCommand> {
        let Some(known) = case.tasks.get(task) else { return Vec::new() };
        let accept = || CaseCommand::Accept { task: task.to_owned() };
        let decide = match self {
            Self::Accepted if known.accepted.is_some() => return Vec::new(),
            Self::Accepted => return vec![accept()],
            Self::Granted { given } if granted(known.state) && known.given == *given => {
                return Vec::new();
            }
            Self::Refused { .. } if known.state == TaskState::Refused => return Vec::new(),
            Self::Granted { given } => {
                CaseCommand::Grant { task: task.to_owned(), given: given.clone() }
            }
            Self::Refused { ground } => {
                CaseCommand::Refuse { task: task.to_owned(), ground: ground.clone() }
            }
        };
        let first = (known.state == TaskState::Ready).then(accept);
        first.into_iter().chain([decide]).collect()
    }
}

/// Whether a task is decided in favour.
fn granted(state: TaskState) -> bool {
    matches!(state, TaskState::Granted | TaskState::ReadyToIssue | TaskState::ReadyToServe)
}

/// Does what a partner says, in its name; what cannot be done is told it as a problem (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hear {
    /// The partner.
    pub partner: String,
    /// The id of its message.
    pub message: String,
    /// The legal basis that its message names.
    pub basis: String,
    /// The case.
    pub case: String,
    /// The task.
    pub task: String,
    /// What it says.
    pub said: Said,
}

impl Errand for Hear {
    const KIND: &'static str = "linkage.hear";
    type Tools = Arc<Composer>;

    async fn run(
        &self,
        id: ErrandId,
        composer: Arc<Composer>,
    ) -> Result<Vec<Reaction>, ErrandError> {
        let platform = composer.platform.get()?;
        // One id for every attempt: what was done before a crash is not done again.
        let id = CommandId::derive(&[Self::KIND.as_bytes(), id.bytes()]);
        match self.done(&composer, &platform, id).await {
            Ok(()) => Ok(Vec::new()),
            Err(failure) if passes(&failure) => Err(ErrandError::later(failure.chain)),
            Err(failure) => Ok(vec![self.problem(&failure)]),
        }
    }
}

/// Whether a failure is none of the partner's: the stores are down, or somebody else was quicker.
fn passes(failure: &Failure) -> bool {
    failure.status >= 500 || failure.status == 429 || failure.reason == "STALE_VERSION"
}

impl Hear {
    async fn done(
        &self,
        composer: &Composer,
        platform: &Platform,
        id: CommandId,
    ) -> Result<(), Failure> {
        let loaded = composer.desk.load(platform, &self.case).await?;
        let plan = loaded.plan()?;
        let row = plan.task(&self.task).ok_or_else(|| CaseError::NoSuchTask(self.task.clone()))?;
        let by = self.permitted(platform, &loaded, row)?;
        if loaded.case.submitted.is_none() {
            return Err(CaseError::NoSuchCase.into());
        }
        self.checked(composer, &loaded, row)?;
        let mut group = Atomic::new(loaded.shard.clone());
        for command in self.said.commands(&loaded.case, &self.task) {
            let version = group.commands.is_empty().then_some(loaded.version);
            group = match version {
                Some(version) => group.then_at::<Case>(&loaded.case.no, version, &command),
                None => group.then::<Case>(&loaded.case.no, &command),
            }
            .map_err(|error| Failure::from(cases::DeskError::Unwritable(error.to_string())))?;
        }
        if group.commands.is_empty() {
            return Ok(());
        }
        platform.commands.submit(by, id, group).await.map(drop).map_err(Failure::from)
    }

    /// A partner decides the tasks of its own organ and no other.
    fn permitted(
        &self,
        platform: &Platform,
        loaded: &Loaded,
        row: &TaskPlan,
    ) -> Result<Clearance, Failure> {
        let thing = loaded.task_thing(&self.task)?;
        let thing = Subject { facts: vec![("partner", partner_of(&row.organ))], ..thing };
        let actor = Actor::Partner { partner: self.partner.clone() };
        Ok(clear(&*platform.gate, &actor, "task.answer", &thing)?)
    }

    /// A partner gives what its service gives and nothing else, each value as its element is written.
    fn checked(&self, composer: &Composer, loaded: &Loaded, row: &TaskPlan) -> Result<(), Failure> {
        let Said::Granted { given } = &self.said else { return Ok(()) };
        let definition = composer.desk.definition(&*loaded.plan()?)?;
        for (key, value) in given {
            let wrong = |why| Err(LinkageError::Field { key: key.clone(), why }.into());
            if !row.outcome.gives.contains(key) {
                return wrong("not_asked");
            }
            let element = definition.dictionary.element(key);
            if element.is_some_and(|it| !it.faults(&Value::from(value.as_str())).is_empty()) {
                return wrong("misshapen");
            }
        }
        Ok(())
    }

    fn problem(&self, failure: &Failure) -> Reaction {
        // Without a task: it is about the message, and nobody takes it for work to be done.
        let body = json!({
            "kind": PROBLEM, "purpose": "告知报文未予采纳的原因", "basis": self.basis,
            "case": self.case, "message": self.message, "problem": failure.to_json(Lang::Zh),
        });
        Reaction::Message { to: Address::Partner(self.partner.clone()), body }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cases::model::Task;

    fn message(kind: &str, facts: Json) -> Message {
        let text = |text: &str| text.to_owned();
        Message {
            partner: text("440115-bank"),
            kind: text(kind),
            purpose: text("回告办理结果"),
            basis: text("优化营商环境条例第十九条"),
            case: Some(text("c1")),
            task: Some(text("bank")),
            facts,
        }
    }

    fn given() -> BTreeMap<String, String> {
        [("account_number".to_owned(), "44050158863500000123".to_owned())].into()
    }

    #[test]
    fn a_message_says_what_its_contract_has() {
        let ground = json!({"reason": "r", "article": "a"});
        for (kind, facts, said) in [
            ("task.accepted", json!({"on": "2026-02-12"}), Some(Said::Accepted)),
            (
                "task.decided",
                json!({"decision": "granted", "given": given(), "number": "1"}),
                Some(Said::Granted { given: given() }),
            ),
            (
                "task.decided",
                json!({"decision": "granted"}),
                Some(Said::Granted { given: BTreeMap::new() }),
            ),
            (
                "task.decided",
                json!({"decision": "refused", "ground": ground}),
                Some(Said::Refused {
                    ground: Ground { reason: "r".into(), article: "a".into(), ..Ground::default() },
                }),
            ),
            ("person.checked", json!({}), None),
        ] {
            assert_eq!(Said::of(&message(kind, facts)).unwrap(), said, "{kind}");
        }
        assert!(Said::of(&message("task.decided", json!({"decision": "perhaps"}))).is_err());
    }

    #[test]
    fn a_partner_is_done_as_told_once_whatever_comes_first() {
        let (accepted, given) = (Said::Accepted, Said::Granted { given: given() });
        let refused = Said::Refused { ground: Ground::default() };
        let day = Some(codes::Date::constant(2026, 2, 12));
        for (said, state, accepted_on, names) in [
            (&accepted, TaskState::Ready, None, "Accept"),
            (&accepted, TaskState::Working, day, ""),
            (&accepted, TaskState::Granted, day, ""),
            (&accepted, TaskState::Refused, None, "Accept"),
            (&given, TaskState::Ready, None, "Accept Grant"),
            (&given, TaskState::Working, day, "Grant"),
            (&given, TaskState::ReadyToIssue, day, ""),
            (&given, TaskState::Refused, day, "Grant"),
            (&refused, TaskState::Ready, None, "Accept Refuse"),
            (&refused, TaskState::Refused, day, ""),
            (&refused, TaskState::Granted, day, "Refuse"),
        ] {
            let mut case = Case::default();
            let known = match &given {
                Said::Granted { given } => given.clone(),
                _ => BTreeMap::new(),
            };
            let task = Task { state, accepted: accepted_on, given: known, ..Task::default() };
            case.tasks.insert("bank".to_owned(), task);
            let commands = said.commands(&case, "bank");
            let found: Vec<String> = commands
                .iter()
                .map(|command| kernel::Body::of(command).unwrap().name().to_owned())
                .collect();
            assert_eq!(found.join(" "), names, "{said:?} {state:?}");
        }
    }

    #[test]
    fn another_number_than_the_one_on_record_is_no_repetition() {
        let mut case = Case::default();
        let task = Task { state: TaskState::Granted, given: given(), ..Task::default() };
        case.tasks.insert("bank".to_owned(), task);
        let other = [("account_number".to_owned(), "44050158863500000999".to_owned())];
        assert_eq!(Said::Granted { given: other.into() }.commands(&case, "bank").len(), 1);
    }
}
