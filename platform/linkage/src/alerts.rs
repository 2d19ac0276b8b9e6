//! Alerts of registers (登记提醒): whoever is alerted finds a reminder in the inbox.
//!
//! ```text
//!  watch.Alerted{parties} ─► (errand) tell ─► notice.Inform, one a party      no service, no term, no paper
//! ```

use crate::compose::Composer;
use codes::{Date, Moment};
use delivery::{Content, Filling, Notice, NoticeCommand, NoticeKey, Order};
use documents::{Issuer, Values};
use kernel::{
    Atomic, Errand, ErrandError, ErrandId, Origin, PartyKey, Policy, Reaction, Recorded, Shard,
    Unreadable,
};
use registers::RecordKey;
use registers::record::Definitions;
use registers::watch::{Cause, WatchEvent};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The template of a reminder.
const TEMPLATE: &str = "register_alert";

/// Whoever is alerted is told.
#[derive(Debug)]
pub struct TellOnAlert;

impl Policy for TellOnAlert {
    fn name(&self) -> &'static str {
        "linkage.tell_on_alert"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["watch.Alerted"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let WatchEvent::Alerted { parties, cause } = event.read()? else { return Ok(Vec::new()) };
        let tell = TellAlert {
            shard: event.shard.clone(),
            record: RecordKey(event.key.to_string()),
            parties,
            cause,
            at: event.at,
            seq: event.seq,
            origin: event.origin(),
        };
        Ok(vec![event.sends(&tell)?])
    }
}

/// Puts a reminder into the inbox of each party, in the name of the organ that keeps the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellAlert {
    /// The shard of the record.
    pub shard: Shard,
    /// The record.
    pub record: RecordKey,
    /// Who is told.
    pub parties: Vec<PartyKey>,
    /// Of what.
    pub cause: Cause,
    /// When it happened.
    pub at: Moment,
    /// The position of the alert, which tells one from another.
    pub seq: u64,
    /// The alert.
    pub origin: Origin,
}

impl Errand for TellAlert {
    const KIND: &'static str = "linkage.tell_alert";
    type Tools = Arc<Composer>;

    async fn run(
        &self,
        _id: ErrandId,
        composer: Arc<Composer>,
    ) -> Result<Vec<Reaction>, ErrandError> {
        let platform = composer.platform.get()?;
        let row = registers::record::queries::record(&*platform.reader, &self.record).await;
        let Some(row) = row.map_err(ErrandError::later)? else {
            return Err(ErrandError::later("the record is not in the tables yet"));
        };
        let offer = composer.desk.offer();
        let organ = offer.catalogue.directory().organ(&row.organ, self.at.date()).ok();
        // Where nobody keeps the record any more, nobody can tell; the list of alerts tells it all the same.
        let Some(organ) = organ else { return Ok(Vec::new()) };
        let name = organ.label.zh;
        let issuer =
            Issuer { organ: organ.key, word: name.clone(), name, place: organ.place.to_string() };
        let values = self.values(self.at.date());
        let mut commands = Atomic::new(self.shard.clone());
        for (n, party) in (1_usize..).zip(&self.parties) {
            let order = Order {
                origin: self.origin.clone(),
                issuer: issuer.clone(),
                party: party.clone(),
                content: Content::Template {
                    template: TEMPLATE.to_owned(),
                    filling: Filling::Plain(values.clone()),
                    facts: BTreeMap::new(),
                },
                channels: Vec::new(),
            };
            let own = self.record.own();
            let key = NoticeKey(format!("alert.{own}.{}.{n}", self.seq));
            let inform = NoticeCommand::Inform(Box::new(order));
            commands = commands.then::<Notice>(&key, &inform).map_err(ErrandError::never)?;
        }
        Ok(vec![Reaction::Commands(commands)])
    }
}

impl TellAlert {
    /// What the reminder says; it names nobody.
    fn values(&self, on: Date) -> Values {
        let registers = Definitions::builtin();
        let register = registers.get(self.record.register());
        let thing = register.map_or_else(String::new, |known| known.thing().zh.clone());
        let key = register.map(|known| known.grouped(self.record.own()));
        let key = key.unwrap_or_else(|| self.record.own().to_owned());
        let what = registers::pages::alert_label(register.map(|known| &**known), &self.cause);
        Values::new().text("thing", thing).text("key", key).text("what", what.zh).date("on", on)
    }
}
