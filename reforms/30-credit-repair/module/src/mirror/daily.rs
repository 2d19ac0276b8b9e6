//! The daily file of entries (每日列入信息文件): what it says, and what follows from it for the register.
//!
//! A file tells of entries, facts about them and their endings, each by subject, list and number of the decision, so that a
//! file can be taken whichever came before it.

use super::intake::{Turned, Waits};
use codes::{Date, Uscc};
use kernel::{Json, OrganKey, Shard};
use registers::listings::{Ending, ListEntry, ListingCommand, ListingKey};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The most records of one file.
pub(crate) const RECORDS_MAX: usize = 5_000;

/// A file of one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Its number, from 1 without a gap.
    pub sequence: u64,
    /// Of which day.
    pub day: Date,
    /// What it tells.
    pub records: Vec<Json>,
}

/// One record of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum RecordTold {
    /// Somebody was listed.
    Listed(Box<EntryTold>),
    /// Further facts became known of an entry.
    Amended {
        /// Whose.
        uscc: String,
        /// On which list.
        list_kind: String,
        /// By which decision.
        decision_no: String,
        /// The facts.
        facts: BTreeMap<String, Json>,
    },
    /// An entry ended.
    Ended {
        /// Whose.
        uscc: String,
        /// On which list.
        list_kind: String,
        /// By which decision it was made.
        decision_no: String,
        /// How it ended.
        ending: Ending,
        /// The first day without it.
        on: Date,
        /// The number of the decision that ended it.
        #[serde(default)]
        by: String,
        /// On what ground.
        ground: String,
    },
}

/// An entry as a file tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryTold {
    /// The unified code.
    pub uscc: String,
    /// The name.
    pub enterprise_name: String,
    /// The list.
    pub list_kind: String,
    /// The cause of listing.
    pub cause_code: String,
    /// The number of the decision.
    pub decision_no: String,
    /// Who decided, by its key in the directory.
    pub organ: String,
    /// The name of who decided.
    pub organ_name: String,
    /// Where, six digits of GB/T 2260.
    pub place: String,
    /// The day of the decision.
    pub listed_on: Date,
    /// The day of publication.
    pub published_on: Date,
    /// Until when a law restricts the subject in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restriction_until: Option<Date>,
    /// What else is known of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, Json>,
}

impl EntryTold {
    fn entry(self, measures: BTreeSet<String>) -> ListEntry {
        ListEntry {
            subject: self.uscc,
            subject_name: self.enterprise_name,
            list: self.list_kind,
            cause: self.cause_code,
            decision_no: self.decision_no,
            organ: OrganKey::new(self.organ),
            organ_name: self.organ_name,
            place: self.place,
            listed_on: self.listed_on,
            published_on: self.published_on,
            effective_to: None,
            restriction_until: self.restriction_until,
            measures,
            facts: self.facts,
        }
    }
}

/// The shard of what happens at a place: its prefecture.
pub(crate) fn shard_of(place: &str) -> Shard {
    let prefecture: String = place.chars().take(4).collect();
    Shard::new(format!("{prefecture:0<6}"))
}

/// What the register knows of an entry already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) shard: Shard,
    pub(crate) entry: ListEntry,
}

/// A record, read and addressed.
#[derive(Clone, Debug)]
pub(crate) struct Addressed {
    pub(crate) no: u32,
    pub(crate) listing: ListingKey,
    pub(crate) record: RecordTold,
}

/// A record that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flaw(pub(crate) u32, pub(crate) &'static str);

/// The records of a file, each read by itself: one that is none holds up no other.
pub(crate) fn read(content: &Content) -> (Vec<Addressed>, Vec<Flaw>) {
    let (mut records, mut flaws) = (Vec::new(), Vec::new());
    for (no, record) in (1_u32..).zip(&content.records) {
        match read_one(record) {
            Ok((listing, record)) => records.push(Addressed { no, listing, record }),
            Err(why) => flaws.push(Flaw(no, why)),
        }
    }
    (records, flaws)
}

pub(crate) fn read_one(record: &Json) -> Result<(ListingKey, RecordTold), &'static str> {
    let record: RecordTold = serde_json::from_value(record.clone()).map_err(|_shape| "SHAPE")?;
    let (uscc, list, decision) = match &record {
        RecordTold::Listed(entry) => (&entry.uscc, &entry.list_kind, &entry.decision_no),
        RecordTold::Amended { uscc, list_kind, decision_no, .. }
        | RecordTold::Ended { uscc, list_kind, decision_no, .. } => (uscc, list_kind, decision_no),
    };
    if uscc.parse::<Uscc>().is_err() {
        return Err("CHECK_DIGIT");
    }
    if credit_repair::ListKind::of(list).is_none() {
        return Err("LIST");
    }
    Ok((ListingKey::of(uscc, list, decision), record))
}

/// What becomes of the records of files, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Commands by entry, in order: those of one entry stand or fall together.
    pub(crate) commands: BTreeMap<ListingKey, (Shard, Vec<ListingCommand>)>,
    known: BTreeMap<ListingKey, Known>,
}

impl Plan {
    /// A plan on what the register knows of the entries that the records name.
    pub(crate) fn new(known: BTreeMap<ListingKey, Known>) -> Self {
        Self { commands: BTreeMap::new(), known }
    }

    fn push(&mut self, listing: &ListingKey, shard: Shard, command: ListingCommand) {
        let of = self.commands.entry(listing.clone()).or_insert_with(|| (shard, Vec::new()));
        of.1.push(command);
    }

    /// What becomes of one record. `measures` are the restrictions that an entry of its list supports.
    pub(crate) fn take(
        &mut self,
        listing: &ListingKey,
        record: RecordTold,
        measures: impl FnOnce(&str) -> BTreeSet<String>,
    ) -> Turned {
        match record {
            RecordTold::Listed(told) => {
                let measures = measures(&told.list_kind);
                self.listed(listing, told.entry(measures))
            }
            RecordTold::Amended { facts, .. } => {
                let Some(known) = self.known.get_mut(listing) else { return Turned::Waiting };
                known.entry.facts.extend(facts.clone());
                let shard = known.shard.clone();
                self.push(listing, shard, ListingCommand::Amend { facts });
                Turned::Amended
            }
            RecordTold::Ended { ending, on, by, ground, .. } => {
                let Some(known) = self.known.get(listing) else { return Turned::Waiting };
                if on < known.entry.listed_on {
                    return Turned::Refused { why: "DAYS".to_owned() };
                }
                let shard = known.shard.clone();
                let command = ListingCommand::NoteEnd { ending, on, decision_no: by, ground };
                self.push(listing, shard, command);
                Turned::Ended
            }
        }
    }

    /// An entry: new, known already, known with other facts, or in contradiction to what is known.
    fn listed(&mut self, listing: &ListingKey, entry: ListEntry) -> Turned {
        let Some(known) = self.known.get_mut(listing) else {
            let shard = shard_of(&entry.place);
            let known = Known { shard: shard.clone(), entry: entry.clone() };
            self.known.insert(listing.clone(), known);
            self.push(listing, shard, ListingCommand::List(Box::new(entry)));
            return Turned::Listed;
        };
        let first = &known.entry;
        if first.cause != entry.cause || first.listed_on != entry.listed_on {
            return Turned::Refused { why: "CONTRADICTS".to_owned() };
        }
        let news: BTreeMap<String, Json> = entry
            .facts
            .into_iter()
            .filter(|(name, value)| first.facts.get(name) != Some(value))
            .collect();
        if news.is_empty() {
            return Turned::Known;
        }
        known.entry.facts.extend(news.clone());
        let shard = known.shard.clone();
        self.push(listing, shard, ListingCommand::Amend { facts: news });
        Turned::Amended
    }
}

/// A record that waits for its entry.
pub(crate) fn waits(one: &Addressed, record: &Json) -> Waits {
    Waits { no: one.no, listing: one.listing.clone(), record: record.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const USCC: &str = "91440106MA59C0309X";

    fn listed(facts: &Json) -> Json {
        json!({
            "what": "listed", "uscc": USCC, "enterprise_name": "广州示例商贸有限公司", "list_kind": "serious",
            "cause_code": "44-5-1", "decision_no": "穗市监列严〔2021〕12号", "organ": "440106-market",
            "organ_name": "广州市天河区市场监督管理局", "place": "440106", "listed_on": "2021-09-20",
            "published_on": "2021-09-20", "facts": facts,
        })
    }

    fn ended(on: &str) -> Json {
        json!({
            "what": "ended", "uscc": USCC, "list_kind": "serious", "decision_no": "穗市监列严(2021) 12号",
            "ending": "removed", "on": on, "by": "穗市监移严〔2022〕3号", "ground": "信用修复",
        })
    }

    fn taken(plan: &mut Plan, record: &Json) -> Turned {
        let (listing, record) = read_one(record).unwrap();
        plan.take(&listing, record, |_list| ["procurement".to_owned()].into())
    }

    #[test]
    fn a_record_is_one_or_is_named_with_what_is_wrong() {
        for (change, why) in [
            (json!({"uscc": "91440106MA59C0309Y"}), "CHECK_DIGIT"),
            (json!({"list_kind": "watch"}), "LIST"),
            (json!({"listed_on": "2021-02-30"}), "SHAPE"),
            (json!({"phone": "13800000000"}), "SHAPE"),
        ] {
            let mut record = listed(&json!({}));
            record.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            assert_eq!(read_one(&record).err(), Some(why), "{change}");
        }
        let content = Content {
            sequence: 1,
            day: Date::constant(2021, 9, 20),
            records: vec![json!({}), listed(&json!({}))],
        };
        let (records, flaws) = read(&content);
        assert_eq!((records.len(), flaws), (1, vec![Flaw(1, "SHAPE")]));
        assert_eq!(records[0].no, 2, "one that is none holds up no other");
    }

    #[test]
    fn whatever_the_order_an_entry_is_made_once_and_an_ending_waits_for_it() {
        let mut plan = Plan::new(BTreeMap::new());
        assert_eq!(taken(&mut plan, &ended("2022-10-14")), Turned::Waiting);
        assert_eq!(taken(&mut plan, &listed(&json!({}))), Turned::Listed);
        assert_eq!(taken(&mut plan, &listed(&json!({}))), Turned::Known);
        assert_eq!(
            taken(&mut plan, &listed(&json!({"duties_done": "2021-10-01"}))),
            Turned::Amended
        );
        assert_eq!(taken(&mut plan, &ended("2022-10-14")), Turned::Ended, "however it is written");
        assert_eq!(
            taken(&mut plan, &ended("2021-09-19")),
            Turned::Refused { why: "DAYS".to_owned() }
        );
        let mut other = listed(&json!({}));
        other["cause_code"] = json!("44-5-2");
        assert_eq!(taken(&mut plan, &other), Turned::Refused { why: "CONTRADICTS".to_owned() });
        let (shard, commands) = plan.commands.values().next().unwrap();
        assert_eq!((shard.as_str(), commands.len()), ("440100", 3));
        let ListingCommand::List(entry) = &commands[0] else { panic!("{commands:?}") };
        assert!(entry.measures.contains("procurement"));
    }
}
