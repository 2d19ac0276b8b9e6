//! People (当事人): who may act for an enterprise that stands, and who looked at whose data.
//!
//! ```text
//!  case.Established ─► (errand) represent ─► party.Register both, enterprise.NameRepresentative
//!  enterprise.RepresentativeNamed ─► mandate.FollowRegister: whoever was before is none from then on
//!  case.PersonRead, case.ReadDenied ─► (errand) record looks ─► reads.Record, reads.Deny of each person, in the officer's name
//! ```

use crate::compose::{Composer, opened};
use cases::CaseEvent;
use cases::desk::Loaded;
use cases::model::{CardId, TaskName, TaskPlan};
use codes::IdType;
use elements::Value;
use forms::{Answers, Attributes, Owner};
use identity::Identity;
use identity::decide::reads::ReadsCommand;
use identity::event::Look;
use identity::model::{Card, Document};
use kernel::{
    Actor, Atomic, CommandId, Errand, ErrandError, ErrandId, Origin, PartyKey, Policy, Reaction,
    Recorded, Shard, Unreadable,
};
use module::Platform;
use portal::Failure;
use registers::Enterprise;
use registers::enterprise::{EnterpriseCommand, EnterpriseEvent, EnterpriseKey};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The role of a form whose holder represents the enterprise.
const REPRESENTATIVE: &str = "legal_representative";

/// An enterprise that stands has a legal representative, whom its form names.
#[derive(Debug)]
pub struct RepresentOnEstablished;

impl Policy for RepresentOnEstablished {
    fn name(&self) -> &'static str {
        "linkage.represent_on_established"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["case.Established"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let CaseEvent::Established { uscc, of, .. } = event.read()? else { return Ok(Vec::new()) };
        let represent = Represent {
            shard: event.shard.clone(),
            case: event.key.to_string(),
            sealed: of.sealed,
            title: of.title,
            uscc,
            origin: event.origin(),
        };
        Ok(vec![event.sends(&represent)?])
    }
}

/// Makes the enterprise and its legal representative known as parties, and names the one in the other's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Represent {
    /// The shard of the case and of the record.
    pub shard: Shard,
    /// The case.
    pub case: String,
    /// Its sealed answers.
    pub sealed: String,
    /// The name of the enterprise.
    pub title: String,
    /// Its code.
    pub uscc: String,
    /// The event of establishment.
    pub origin: Origin,
}

impl Errand for Represent {
    const KIND: &'static str = "linkage.represent";
    type Tools = Arc<Composer>;

    async fn run(
        &self,
        _id: ErrandId,
        composer: Arc<Composer>,
    ) -> Result<Vec<Reaction>, ErrandError> {
        let identity = with_identity(&composer)?;
        let platform = composer.platform.get()?;
        let answers = opened(&composer, &self.case, &self.sealed).await?;
        let card = answers.holders(REPRESENTATIVE).first().and_then(|held| answers.card_of(held));
        let person = card.and_then(document_of);
        let (Some(card), Some(person)) = (card, person) else {
            return Err(ErrandError::never("the form names no legal representative"));
        };
        let mut known = Card::new(text(card, "name"), &person);
        known.mobile = card.get("mobile").and_then(Value::as_text).map(str::to_owned);
        let company = Document::organisation(&self.uscc).map_err(ErrandError::never)?;
        let parties = Atomic::new(identity.home().clone());
        let own = Card::new(&self.title, &company);
        let (parties, enterprise) = party(identity, &platform, parties, (&company, own)).await?;
        let (parties, representative) =
            party(identity, &platform, parties, (&person, known)).await?;
        let name = EnterpriseCommand::NameRepresentative {
            enterprise,
            representative,
            origin: self.origin.clone(),
        };
        let record = Atomic::new(self.shard.clone())
            .then::<Enterprise>(&EnterpriseKey(self.uscc.clone()), &name)
            .map_err(ErrandError::never)?;
        let groups = [parties, record].into_iter().filter(|group| !group.commands.is_empty());
        Ok(groups.map(Reaction::Commands).collect())
    }
}

/// The party of a document, made known where it is not: what a form says of somebody takes the place of no card that stands.
async fn party(
    identity: &Identity,
    platform: &Platform,
    commands: Atomic,
    (document, card): (&Document, Card),
) -> Result<(Atomic, PartyKey), ErrandError> {
    let party = identity.keys().of(document);
    let known = identity::queries::sealed_card(&*platform.reader, &party).await;
    match known.map_err(ErrandError::later)? {
        Some(_card) => Ok((commands, party)),
        None => identity.register_party(commands, document, card).await.map_err(stopped),
    }
}

/// Whoever the register names may act for the enterprise; whoever it named before may not any more.
#[derive(Debug)]
pub struct MandateOnRepresentative {
    /// The shard of parties and mandates.
    pub home: Shard,
}

impl Policy for MandateOnRepresentative {
    fn name(&self) -> &'static str {
        "linkage.mandate_on_representative"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["enterprise.RepresentativeNamed"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let EnterpriseEvent::RepresentativeNamed { enterprise, representative, .. } =
            event.read()?
        else {
            return Ok(Vec::new());
        };
        Identity::follow_register(&self.home, &enterprise, &representative, event.origin())
            .map(|commands| vec![Reaction::Commands(commands)])
            .map_err(|source| event.unreadable(source))
    }
}

/// Each look of an officer at persons is recorded with each of them (个人信息保护法 44, 45), refused ones too.
#[derive(Debug)]
pub struct LookOnRead;

impl Policy for LookOnRead {
    fn name(&self) -> &'static str {
        "linkage.look_on_read"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["case.PersonRead", "case.ReadDenied"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let (task, at) = match event.read()? {
            CaseEvent::PersonRead { task, cards, purpose } => (task, At::Cards { cards, purpose }),
            CaseEvent::ReadDenied { task, path } => (task, At::Path(path)),
            _ => return Ok(Vec::new()),
        };
        let looks = RecordLooks {
            case: event.key.to_string(),
            version: event.version,
            actor: (*event.actor).clone(),
            task,
            at,
        };
        Ok(vec![event.sends(&looks)?])
    }
}

/// At what an officer looked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum At {
    /// At these persons, for this purpose.
    Cards {
        /// Their cards.
        cards: Vec<CardId>,
        /// For what.
        purpose: String,
    },
    /// At this path, which was refused.
    Path(String),
}

/// Records a look with each person that it was at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordLooks {
    /// The case.
    pub case: String,
    /// The version of the case at the look.
    pub version: u64,
    /// Who looked.
    pub actor: Actor,
    /// The task it was for.
    pub task: TaskName,
    /// At what.
    pub at: At,
}

impl Errand for RecordLooks {
    const KIND: &'static str = "linkage.record_looks";
    type Tools = Arc<Composer>;

    async fn run(
        &self,
        id: ErrandId,
        composer: Arc<Composer>,
    ) -> Result<Vec<Reaction>, ErrandError> {
        let identity = with_identity(&composer)?;
        let platform = composer.platform.get()?;
        let loaded = composer.desk.load(&platform, &self.case).await.map_err(stopped)?;
        let seen = loaded.as_of(Some(self.version)).map_err(stopped)?;
        let answers = composer.desk.answers(&seen).await.map_err(stopped)?;
        let plan = seen.plan().map_err(stopped)?;
        let Some(row) = plan.task(&self.task) else { return Ok(Vec::new()) };
        for card in self.cards(&answers) {
            let Some(document) = answers.cards.get(card.as_str()).and_then(document_of) else {
                continue;
            };
            let party = identity.keys().of(&document);
            let record = self.record(&composer, &seen, row, &answers, &card).map_err(stopped)?;
            // The same errand again records nothing twice.
            let id = CommandId::derive(&[Self::KIND.as_bytes(), id.bytes(), card.as_bytes()]);
            identity
                .record_look_once(&platform, &self.actor, &party, &record, id)
                .await
                .map_err(stopped)?;
        }
        Ok(Vec::new())
    }
}

impl RecordLooks {
    /// The cards of those who were looked at.
    fn cards(&self, answers: &Answers) -> BTreeSet<CardId> {
        match &self.at {
            At::Cards { cards, .. } => cards.iter().cloned().collect(),
            At::Path(path) => {
                let role = path.split(['.', '[']).next().unwrap_or_default();
                let held = answers.holders(role).iter().filter_map(|held| held.card.as_ref());
                held.map(ToString::to_string).collect()
            }
        }
    }

    /// What is recorded with one person: which of her data the service asks for, never what they are.
    fn record(
        &self,
        composer: &Composer,
        seen: &Loaded,
        row: &TaskPlan,
        answers: &Answers,
        card: &str,
    ) -> Result<ReadsCommand, Failure> {
        let look = |purpose: String, fields: Vec<String>| Look {
            kind: "case".to_owned(),
            key: self.case.clone(),
            service: Some(row.service.to_string()),
            purpose,
            fields,
            law: None,
        };
        Ok(match &self.at {
            At::Cards { purpose, .. } => {
                let definition = composer.desk.definition(&*seen.plan()?)?;
                let form = definition.forms.get(&row.service);
                let groups = form.iter().flat_map(|form| &form.groups);
                let of_her = groups.filter(|group| {
                    let role = group.subject.as_ref().map(|subject| subject.key.as_str());
                    let held = role.map(|role| answers.holders(role)).unwrap_or_default();
                    let hers = |id: &forms::CardId| id.as_str() == card;
                    group.owner == Owner::Role
                        && held.iter().any(|held| held.card.as_ref().is_some_and(hers))
                });
                let fields: BTreeSet<String> = of_her
                    .flat_map(|group| &group.fields)
                    .map(|asked| asked.path.attribute.to_string())
                    .collect();
                ReadsCommand::Record(look(purpose.clone(), fields.into_iter().collect()))
            }
            At::Path(path) => {
                let field = path.rsplit('.').next().unwrap_or(path).to_owned();
                ReadsCommand::Deny(look(self.task.clone(), vec![field]))
            }
        })
    }
}

pub(crate) fn with_identity(composer: &Composer) -> Result<&Identity, ErrandError> {
    composer.identity.as_deref().ok_or_else(|| ErrandError::never("nobody signs in here"))
}

/// A failure of the stores passes; anything else does not.
pub(crate) fn stopped(failure: Failure) -> ErrandError {
    if failure.status >= 500 || failure.status == 429 {
        ErrandError::Later(failure.chain)
    } else {
        ErrandError::Never(failure.chain)
    }
}

fn text<'a>(card: &'a Attributes, key: &str) -> &'a str {
    card.get(key).and_then(Value::as_text).unwrap_or_default()
}

/// The document that tells the person of a card from all others; none where the card does not bear a sound one.
fn document_of(card: &Attributes) -> Option<Document> {
    let kind: IdType = text(card, "id_type").parse().ok()?;
    Document::person(kind, text(card, "id_number")).ok()
}
