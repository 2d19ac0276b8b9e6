//! Licences (证照): whoever holds one is told who looked at it, and which partner asked how it stands.
//!
//! ```text
//!  licence-looks.Looked ─────────► (errand) record look at record ─► reads.Record of the holder
//!  message.Received (licence.ask) ─► (errand) record ask ──────────► reads.Record of the holder
//! ```

use crate::compose::Composer;
use crate::people::{stopped, with_identity};
use crate::records::RecordLookAtRecord;
use exchange::{Message, MessageEvent};
use identity::decide::reads::ReadsCommand;
use identity::event::Look;
use kernel::{
    Actor, CommandId, Errand, ErrandError, ErrandId, Policy, Reaction, Recorded, Unreadable,
};
use licences::looks::LooksEvent;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// For what an officer looks at a licence.
const SUPERVISION: &str = "查看本机关或者所监督机关核发的证照";

fn look(licence: &str, purpose: &str, fields: Vec<String>, law: Option<String>) -> ReadsCommand {
    ReadsCommand::Record(Look {
        kind: "licence".to_owned(),
        key: licence.to_owned(),
        service: None,
        purpose: purpose.to_owned(),
        fields,
        law,
    })
}

/// Each look of an officer at a licence is recorded with its holder (个人信息保护法 44, 45).
#[derive(Debug)]
pub struct LookOnLicence;

impl Policy for LookOnLicence {
    fn name(&self) -> &'static str {
        "linkage.look_on_licence"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["licence-looks.Looked"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let LooksEvent::Looked { holder, shown } = event.read()?;
        let record = look(&event.key, SUPERVISION, shown, None);
        let actor = (*event.actor).clone();
        Ok(vec![event.sends(&RecordLookAtRecord { actor, holders: vec![holder], record })?])
    }
}

/// A partner that asks how a licence stands is told to its holder, with the purpose and the basis that it names.
#[derive(Debug)]
pub struct LookOnAsk;

impl Policy for LookOnAsk {
    fn name(&self) -> &'static str {
        "linkage.look_on_ask"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["message.Received"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let MessageEvent::Received { message, .. } = event.read()? else { return Ok(Vec::new()) };
        let Message { partner, kind, purpose, basis, facts, .. } = *message;
        let token = facts.get("token").and_then(|token| token.as_str());
        let Some(token) = token.filter(|_| kind == crate::spread::ASK) else {
            return Ok(Vec::new());
        };
        let token = token.to_ascii_lowercase();
        Ok(vec![event.sends(&RecordAsk { partner, purpose, basis, token })?])
    }
}

/// Records with its holder that a partner asked for a licence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordAsk {
    /// The partner.
    pub partner: String,
    /// For what.
    pub purpose: String,
    /// By which law.
    pub basis: String,
    /// The token of the licence's public page.
    pub token: String,
}

impl Errand for RecordAsk {
    const KIND: &'static str = "linkage.record_ask";
    type Tools = Arc<Composer>;

    async fn run(
        &self,
        id: ErrandId,
        composer: Arc<Composer>,
    ) -> Result<Vec<Reaction>, ErrandError> {
        let identity = with_identity(&composer)?;
        let platform = composer.platform.get()?;
        let row = licences::queries::by_token(&*platform.reader, &self.token).await;
        // A licence that is not known is nobody's.
        let Some(row) = row.map_err(ErrandError::later)? else { return Ok(Vec::new()) };
        let record =
            look(&row.licence.0, &self.purpose, vec!["state".to_owned()], Some(self.basis.clone()));
        let actor = Actor::Partner { partner: self.partner.clone() };
        // The same errand again records nothing twice.
        let id = CommandId::derive(&[Self::KIND.as_bytes(), id.bytes()]);
        identity
            .record_look_once(&platform, &actor, &row.order.holder, &record, id)
            .await
            .map_err(stopped)?;
        Ok(Vec::new())
    }
}
