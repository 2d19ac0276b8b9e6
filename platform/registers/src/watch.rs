//! Alerts (登记提醒): whoever holds is told when anything is applied for or entered on the record.
//!
//! ```text
//!  record.* ──► Tell ──► Alerted{parties} ──► linkage: a notice to each      a module, on an application ──► Tell{applied}
//! ```
//! Holders are told without asking for it and may ask not to be; others, such as a buyer, may ask to be. Of a transfer the former
//! holder is told as well: that is whom a fraud would hurt.

use crate::record::{RecordEvent, RecordKey};
use codes::{Code, Coded, Label, Moment, Reason};
use kernel::{Aggregate, Context, Origin, PartyKey, Policy, Reaction, Recorded, Unreadable};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tables::{Cell, Column, Projection, Query, ReadError, Reader, Rows, Table};

/// What somebody is alerted of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// `applied`, or the name of the record's event, such as `Amended`.
    pub what: String,
    /// The kind of act or restriction.
    pub kind: String,
    /// Where it comes from: the case, or the record's own event.
    pub origin: Origin,
}

/// What may be asked of the watch over a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WatchCommand {
    /// Something happened: alert whoever is to be told.
    Tell {
        /// What.
        cause: Cause,
        /// Who holds from now on; none where that does not change.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        holders: Option<Vec<PartyKey>>,
    },
    /// Somebody wants to be told.
    Subscribe {
        /// Who.
        party: PartyKey,
    },
    /// Somebody does not.
    Mute {
        /// Who.
        party: PartyKey,
    },
}

/// What happens to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WatchEvent {
    /// These are to be told.
    Alerted {
        /// Whom.
        parties: Vec<PartyKey>,
        /// Of what.
        cause: Cause,
    },
    /// These hold from now on.
    Followed {
        /// Who.
        holders: Vec<PartyKey>,
    },
    /// Somebody wants to be told.
    Subscribed {
        /// Who.
        party: PartyKey,
    },
    /// Somebody does not want to be told.
    Muted {
        /// Who.
        party: PartyKey,
    },
}

/// Nothing is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WatchError {}

impl Coded for WatchError {
    fn code(&self) -> Code {
        match *self {}
    }
    fn reason(&self) -> Reason {
        match *self {}
    }
    fn label(&self) -> Label {
        match *self {}
    }
}

/// Who is told of what happens to a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    holders: BTreeSet<PartyKey>,
    subscribed: BTreeSet<PartyKey>,
    muted: BTreeSet<PartyKey>,
}

impl Watch {
    fn told(&self) -> BTreeSet<&PartyKey> {
        let holders = self.holders.iter().filter(|party| !self.muted.contains(*party));
        holders.chain(&self.subscribed).collect()
    }
}

impl Aggregate for Watch {
    const KIND: &'static str = "watch";
    type Key = RecordKey;
    type Command = WatchCommand;
    type Event = WatchEvent;
    type Error = WatchError;
    type World = ();

    fn decide(
        &self,
        (): &(),
        _cx: &Context,
        command: WatchCommand,
    ) -> Result<Vec<WatchEvent>, WatchError> {
        Ok(match command {
            WatchCommand::Tell { cause, holders } => {
                let mut told = self.told();
                let new: BTreeSet<PartyKey> = holders.iter().flatten().cloned().collect();
                told.extend(new.iter().filter(|party| !self.muted.contains(*party)));
                let parties: Vec<PartyKey> = told.into_iter().cloned().collect();
                let mut events = Vec::new();
                if !parties.is_empty() {
                    events.push(WatchEvent::Alerted { parties, cause });
                }
                if holders.is_some() && new != self.holders {
                    events.push(WatchEvent::Followed { holders: new.into_iter().collect() });
                }
                events
            }
            WatchCommand::Subscribe { party } if self.told().contains(&party) => Vec::new(),
            WatchCommand::Subscribe { party } => vec![WatchEvent::Subscribed { party }],
            WatchCommand::Mute { party } if self.muted.contains(&party) => Vec::new(),
            WatchCommand::Mute { party } => vec![WatchEvent::Muted { party }],
        })
    }

    fn evolve(&mut self, event: &WatchEvent) {
        match event {
            WatchEvent::Alerted { .. } => {}
            WatchEvent::Followed { holders } => self.holders = holders.iter().cloned().collect(),
            WatchEvent::Subscribed { party } => {
                self.muted.remove(party);
                if !self.holders.contains(party) {
                    self.subscribed.insert(party.clone());
                }
            }
            WatchEvent::Muted { party } => {
                self.subscribed.remove(party);
                self.muted.insert(party.clone());
            }
        }
    }
}

/// Whatever is entered on a record is told to whom it concerns.
#[derive(Clone, Copy, Debug, Default)]
pub struct TellOnEntry;

impl Policy for TellOnEntry {
    fn name(&self) -> &'static str {
        "registers.tell_on_entry"
    }

    fn listens(&self) -> &'static [&'static str] {
        &[
            "record.Entered",
            "record.Amended",
            "record.Corrected",
            "record.Closed",
            "record.Retired",
            "record.RestrictionEntered",
            "record.RestrictionRenewed",
            "record.RestrictionReleased",
            "record.RestrictionAnnulled",
            "record.RestrictionLapsed",
            "record.RestrictionPromoted",
        ]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let (kind, holders) = match event.read()? {
            RecordEvent::Entered { act, holders, .. }
            | RecordEvent::Amended { act, holders, .. }
            | RecordEvent::Corrected { act, holders, .. } => {
                (act.kind, Some(holders).filter(|holders| !holders.is_empty()))
            }
            RecordEvent::Closed { act, .. } | RecordEvent::Retired { act, .. } => (act.kind, None),
            RecordEvent::RestrictionEntered { restriction, .. } => (restriction.kind, None),
            RecordEvent::RestrictionRenewed { kind, .. }
            | RecordEvent::RestrictionReleased { kind, .. }
            | RecordEvent::RestrictionAnnulled { kind, .. }
            | RecordEvent::RestrictionLapsed { kind, .. }
            | RecordEvent::RestrictionPromoted { kind, .. } => (kind, None),
            RecordEvent::Opened { .. }
            | RecordEvent::RestrictionTimed { .. }
            | RecordEvent::ActionRecorded { .. } => return Ok(Vec::new()),
        };
        let cause = Cause { what: event.name().to_owned(), kind, origin: event.origin() };
        let tell = WatchCommand::Tell { cause, holders };
        Ok(vec![event.leads_to::<Watch>(&RecordKey(event.key.to_string()), &tell)?])
    }
}

/// One row an alert and a party.
pub static ALERTS: Table = TABLE;

const TABLE: Table = Table {
    name: "registers_alerts",
    columns: &[
        Column::text("party"),
        Column::int("at"),
        Column::text("record"),
        Column::int("version"),
        Column::text("what"),
        Column::text("kind"),
    ],
    key: &["party", "at", "record", "version"],
    indexes: &[],
};

static ALL: [Table; 1] = [TABLE];

/// Keeps the alerts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alerts;

impl Projection for Alerts {
    fn name(&self) -> &'static str {
        "registers_alerts"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &ALL
    }

    fn listens(&self) -> &'static [&'static str] {
        &["watch.Alerted"]
    }

    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        let WatchEvent::Alerted { parties, cause } = event.read()? else { return Ok(()) };
        for party in parties {
            rows.put(
                &ALERTS,
                vec![
                    party.as_str().into(),
                    event.at.into(),
                    Cell::from(&*event.key),
                    event.version.into(),
                    cause.what.as_str().into(),
                    cause.kind.as_str().into(),
                ],
            );
        }
        Ok(())
    }
}

/// An alert, as its party sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertRow {
    /// When.
    pub at: Moment,
    /// On which record.
    pub record: RecordKey,
    /// What happened.
    pub what: String,
    /// The kind of act or restriction.
    pub kind: String,
}

/// The latest alerts of a party, newest first.
///
/// # Errors
/// The store cannot be read.
pub async fn alerts(
    reader: &dyn Reader,
    party: &PartyKey,
    limit: u32,
) -> Result<Vec<AlertRow>, ReadError> {
    let query = Query::new("SELECT at, record, what, kind FROM registers_alerts WHERE party = $1");
    let latest = format!("ORDER BY at DESC, record, version DESC LIMIT {limit}");
    let rows = reader.rows(query.arg(party.as_str()).text(&latest)).await?;
    rows.iter()
        .map(|row| {
            Ok(AlertRow {
                at: row.get("at")?,
                record: RecordKey(row.get("record")?),
                what: row.get("what")?,
                kind: row.get("kind")?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{EventId, Shard, spec};

    fn tell(what: &str, holders: Option<&[&str]>) -> WatchCommand {
        let event = EventId { shard: Shard::new("440300"), seq: 1 };
        let origin = Origin { kind: "record".to_owned(), key: "k".to_owned(), event };
        let cause = Cause { what: what.to_owned(), kind: "transfer".to_owned(), origin };
        let holders = holders.map(|all| all.iter().map(|party| PartyKey::new(*party)).collect());
        WatchCommand::Tell { cause, holders }
    }

    fn alerted(events: &[WatchEvent]) -> Vec<&str> {
        let alerts = events.iter().filter_map(|event| match event {
            WatchEvent::Alerted { parties, .. } => Some(parties),
            _ => None,
        });
        alerts.flatten().map(PartyKey::as_str).collect()
    }

    #[test]
    fn both_sides_of_a_transfer_are_told_and_later_the_new_holder_alone() {
        let mut watch = spec::given::<Watch>(&(), []);
        assert_eq!(watch.when(tell("applied", None)).unwrap(), [], "there is nobody yet");
        assert_eq!(alerted(&watch.when(tell("Entered", Some(&["wang"]))).unwrap()), ["wang"]);
        assert_eq!(alerted(&watch.when(tell("applied", None)).unwrap()), ["wang"]);
        let transfer = watch.when(tell("Amended", Some(&["li"]))).unwrap();
        assert_eq!(alerted(&transfer), ["li", "wang"]);
        assert_eq!(alerted(&watch.when(tell("RestrictionEntered", None)).unwrap()), ["li"]);
    }

    #[test]
    fn who_asks_is_told_and_who_does_not_want_it_is_not() {
        let mut watch = spec::given::<Watch>(&(), []);
        watch.when(tell("Entered", Some(&["wang"]))).unwrap();
        let party = |name: &str| PartyKey::new(name);
        watch.when(WatchCommand::Subscribe { party: party("buyer") }).unwrap();
        watch.when(WatchCommand::Mute { party: party("wang") }).unwrap();
        assert_eq!(watch.when(WatchCommand::Mute { party: party("wang") }).unwrap(), []);
        assert_eq!(alerted(&watch.when(tell("applied", None)).unwrap()), ["buyer"]);
        watch.when(WatchCommand::Subscribe { party: party("wang") }).unwrap();
        assert_eq!(alerted(&watch.when(tell("applied", None)).unwrap()), ["buyer", "wang"]);
    }
}
