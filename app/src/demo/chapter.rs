//! A chapter of the demonstration: commands as pages send them, under ids that follow from chapter and step.

use super::PLACE;
use crate::assemble::{Assembly, random};
use anyhow::{Context as _, Result, anyhow};
use blobs::Vault;
use codes::{Date, IdType};
use documents::Issuer;
use engine::{Engine, Order};
use identity::model::Document;
use kernel::{Actor, Aggregate, Atomic, CommandId, OrganKey, Origin, PartyKey, Shard};
use module::{Platform, Rejection, SubmitError};
use seals::{Commitment, Salt};

/// The shard of the demo's place.
pub(super) const SHARD: &str = "440100";

/// What a party hands in where a file is asked for.
pub(super) const UPLOAD: &[u8] = b"%PDF-1.7\n%%EOF\n";

/// One chapter; it holds what it works with, so that it can go on after the start.
#[derive(Clone)]
pub(crate) struct Chapter {
    name: &'static str,
    engine: Engine,
    pub(super) platform: Platform,
    pub(super) vault: Vault,
}

impl Chapter {
    pub(super) fn of(assembly: &Assembly, name: &'static str) -> Self {
        Self {
            name,
            engine: assembly.engine.clone(),
            platform: assembly.platform.clone(),
            vault: assembly.desk.vault.clone(),
        }
    }

    pub(super) fn today(&self) -> Date {
        self.platform.clock.now().date()
    }

    /// Sends one command to an aggregate of the place.
    pub(super) async fn act<A: Aggregate>(
        &self,
        step: &str,
        by: &Actor,
        key: &A::Key,
        command: &A::Command,
    ) -> Result<()> {
        self.send(step, by, Atomic::new(Shard::new(SHARD)).then::<A>(key, command)?).await
    }

    /// Sends a group: sent again, it acts no more, though what is sealed in it is sealed anew and has other bytes.
    pub(super) async fn send(&self, step: &str, by: &Actor, commands: Atomic) -> Result<()> {
        let id = CommandId::derive(&[b"demo", self.name.as_bytes(), step.as_bytes()]);
        let order = Order { id, actor: by.clone(), cause: None, commands };
        match self.engine.order(order).await {
            Ok(_receipt) => Ok(()),
            Err(SubmitError::Rejected(Rejection::IdReused)) => Ok(()),
            Err(error) => {
                let refusal = error.refusal();
                Err(anyhow!("demo, {}, {step}: {} {}", self.name, refusal.reason, refusal.fields))
            }
        }
    }

    /// Where a stream begins, for what refers to it.
    pub(super) async fn origin(&self, shard: &Shard, kind: &str, key: &str) -> Result<Origin> {
        let events = self.platform.history.stream(shard, kind, key, 0).await;
        let events = events.map_err(|error| anyhow!("{}", error.refusal().reason))?;
        let first = events.first().with_context(|| format!("{kind} {key} has not begun"))?;
        Ok(first.origin())
    }
}

/// A salt that was never used before.
pub(super) fn salt() -> Result<Salt> {
    Ok(Salt::new(random()?))
}

/// A value as forms seal it: kept with its salt under a key of the vault, and committed to.
pub(super) async fn committed(
    vault: &Vault,
    key: &str,
    value: &str,
) -> Result<(blobs::Kept, Commitment)> {
    let salt = salt()?;
    let commitment = Commitment::to(&salt, value)?;
    let sealed = delivery::confirmation::SealedValue { salt, value: value.to_owned() };
    Ok((vault.keep(Some(key), &serde_json::to_vec(&sealed)?).await?, commitment))
}

/// Somebody of the demonstration who has a document.
pub(super) struct Known {
    pub(super) document: Document,
    pub(super) name: &'static str,
    pub(super) party: PartyKey,
    login: &'static str,
}

impl Known {
    /// As one signs in.
    pub(super) fn actor(&self) -> Actor {
        let (party, login) = (self.party.clone(), self.login.to_owned());
        Actor::Party { party, login, mandate: None }
    }
}

/// A person of the demonstration, by its login.
pub(super) fn person(assembly: &Assembly, login: &'static str) -> Result<Known> {
    let person = super::PEOPLE.iter().find(|person| person.login == login);
    let person = person.with_context(|| format!("the demo knows no {login}"))?;
    let number = person.id_number.with_context(|| format!("{login} has no document"))?;
    let document = Document::person(IdType::ResidentId, number)?;
    let party = assembly.identity.keys().of(&document);
    Ok(Known { document, name: person.name, party, login })
}

/// An officer of the demonstration, by its login.
pub(super) fn officer(login: &'static str) -> Result<Actor> {
    let person = super::PEOPLE.iter().find(|person| person.login == login);
    let (organ, role) =
        person.and_then(|person| person.post).with_context(|| format!("{login} has no post"))?;
    let organ = OrganKey::new(format!("{PLACE}-{organ}"));
    Ok(Actor::Officer { organ, login: login.to_owned(), role: role.key().to_owned() })
}

/// The organ of a role at the demo's place, as it signs.
pub(super) fn issuer(assembly: &Assembly, role: &str) -> Result<Issuer> {
    let place = PLACE.parse().map_err(|error| anyhow!("{error:?}"))?;
    let today = assembly.platform.clock.now().date();
    let organ = assembly.bundles.catalogue.organ_for(role, place, today);
    let organ = organ.map_err(|error| anyhow!("{error}"))?;
    let name = organ.label.zh;
    Ok(Issuer { organ: organ.key, word: name.clone(), name, place: organ.place.to_string() })
}
