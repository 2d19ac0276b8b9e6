//! Records (登记簿): whoever holds is told who looked.
//!
//! ```text
//!  inspection.Inspected, inspection.InspectionRefused ─► (errand) record look at record ─► reads.Record, reads.Deny of each holder
//! ```

use crate::compose::Composer;
use identity::decide::reads::ReadsCommand;
use identity::event::Look;
use kernel::{
    Actor, CommandId, Errand, ErrandError, ErrandId, PartyKey, Policy, Reaction, Recorded,
    Unreadable,
};
use registers::inspection::InspectionEvent;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Each look at a record is recorded with each of its holders (个人信息保护法 44, 45; 民法典 219), refused ones too.
///
/// Who looks at what it holds itself is told nothing of it.
#[derive(Debug)]
pub struct LookOnInspection;

impl Policy for LookOnInspection {
    fn name(&self) -> &'static str {
        "linkage.look_on_inspection"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["inspection.Inspected", "inspection.InspectionRefused"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let (look, refused) = match event.read()? {
            InspectionEvent::Inspected(look) => (look, false),
            InspectionEvent::InspectionRefused(look) => (look, true),
        };
        let own = match &*event.actor {
            Actor::Party { party, .. } => Some(party),
            Actor::System { .. }
            | Actor::Officer { .. }
            | Actor::Partner { .. }
            | Actor::Public => None,
        };
        let holders: Vec<PartyKey> =
            look.holders.into_iter().filter(|holder| Some(holder) != own).collect();
        if holders.is_empty() {
            return Ok(Vec::new());
        }
        let told = Look {
            kind: "record".to_owned(),
            key: event.key.to_string(),
            service: None,
            purpose: look.purpose,
            fields: look.fields,
            law: Some(look.law).filter(|law| !law.is_empty()),
        };
        let record = if refused { ReadsCommand::Deny(told) } else { ReadsCommand::Record(told) };
        let actor = (*event.actor).clone();
        Ok(vec![event.sends(&RecordLookAtRecord { actor, holders, record })?])
    }
}

/// Records a look with each holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordLookAtRecord {
    /// Who looked.
    pub actor: Actor,
    /// Whose data it was.
    pub holders: Vec<PartyKey>,
    /// The look.
    pub record: ReadsCommand,
}

impl Errand for RecordLookAtRecord {
    const KIND: &'static str = "linkage.record_look_at_record";
    type Tools = Arc<Composer>;

    async fn run(
        &self,
        id: ErrandId,
        composer: Arc<Composer>,
    ) -> Result<Vec<Reaction>, ErrandError> {
        let identity = crate::people::with_identity(&composer)?;
        let platform = composer.platform.get()?;
        for holder in &self.holders {
            // The same errand again records nothing twice.
            let parts = [Self::KIND.as_bytes(), id.bytes(), holder.as_str().as_bytes()];
            let id = CommandId::derive(&parts);
            identity
                .record_look_once(&platform, &self.actor, holder, &self.record, id)
                .await
                .map_err(crate::people::stopped)?;
        }
        Ok(Vec::new())
    }
}
