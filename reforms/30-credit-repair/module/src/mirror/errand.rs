//! Outside work with mirrors: daily files are fetched, a day is compared with what the mirror holds.

use super::Mirrors;
use super::daily::{self, Content, Known, Plan, RECORDS_MAX};
use super::intake::{FileTaken, Intake, IntakeCommand, IntakeKey, Turned};
use super::line::{Line, LineError, Said};
use super::push::{Missing, PushCommand, PushKey, Pushes};
use super::queries::{self, AckRow};
use crate::law::RepairRules;
use blobs::Vault;
use codes::Date;
use exchange::propagation::queries as told;
use exchange::{Propagation, PropagationCommand};
use kernel::{Aggregate, Atomic, Errand, ErrandError, ErrandId, Reaction, Shard};
use registers::listings::{Listing, ListingKey, queries as listings};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use tables::Reader;

/// The most files that one look takes: more come with the next.
const FILES_MAX: usize = 31;
/// What a signed list of files is.
const INDEX: &str = "credit-daily-index+jws";
/// What a signed file is.
const DAILY: &str = "credit-daily+jws";
/// What a signed list of what is held is.
const HELD: &str = "credit-held+jws";

/// What errands with mirrors work with.
#[derive(Clone)]
pub struct Tools {
    /// The mirrors.
    pub mirrors: Arc<Mirrors>,
    /// Reads the tables.
    pub reader: Arc<dyn Reader>,
    /// Keeps files as they came.
    pub vault: Vault,
    /// Which restrictions an entry supports.
    pub rules: Arc<RepairRules>,
}

impl fmt::Debug for Tools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tools").field("mirrors", &self.mirrors).finish_non_exhaustive()
    }
}

fn command<A: Aggregate>(
    shard: &Shard,
    key: &A::Key,
    command: &A::Command,
) -> Result<Reaction, ErrandError> {
    let commands = Atomic::new(shard.clone()).then::<A>(key, command);
    commands.map(Reaction::Commands).map_err(ErrandError::never)
}

// --- daily files ---------------------------------------------------------------------------------------------------

/// Asks a mirror for its files after a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchDaily {
    /// Whose.
    pub key: IntakeKey,
    /// The shard of the files.
    pub shard: Shard,
    /// Which look.
    pub look: u64,
    /// After which number.
    pub after: u64,
}

#[derive(Debug, Deserialize)]
struct Index {
    files: Vec<Named>,
}

#[derive(Debug, Deserialize)]
struct Named {
    sequence: u64,
    sha256: String,
}

impl Errand for FetchDaily {
    const KIND: &'static str = "credit.fetch_daily";
    type Tools = Arc<Tools>;

    async fn run(&self, _id: ErrandId, tools: Arc<Tools>) -> Result<Vec<Reaction>, ErrandError> {
        let Some(line) = tools.mirrors.line(&self.key.0).cloned() else {
            return self.failed("the system is no longer among the settings").map(|one| vec![one]);
        };
        let path = format!("v1/daily?after={}", self.after);
        let index = match line.get::<Index>(&path, INDEX).await {
            Ok(said) => said.what,
            Err(error) => return self.failed(error).map(|one| vec![one]),
        };
        let taken = queries::files_after(&*tools.reader, &self.key.0, self.after).await;
        let taken = taken.map_err(ErrandError::later)?;
        let (mut reactions, mut wanted) = (Vec::new(), BTreeMap::new());
        for Named { sequence, sha256 } in
            index.files.into_iter().filter(|f| f.sequence > self.after)
        {
            match taken.get(&sequence) {
                None => {
                    wanted.insert(sequence, sha256);
                }
                Some(first) if *first != sha256 => {
                    let other = IntakeCommand::RecordContradiction { sequence, sha256 };
                    reactions.push(command::<Intake>(&self.shard, &self.key, &other)?);
                }
                Some(_same) => {}
            }
        }
        let (files, fault) = fetched(&line, wanted).await;
        reactions.extend(self.entered(&tools, files).await?);
        if let Some(fault) = fault {
            reactions.push(self.failed(fault)?);
        }
        Ok(reactions)
    }
}

/// The files that can be had, and why one could not.
async fn fetched(
    line: &Line,
    wanted: BTreeMap<u64, String>,
) -> (Vec<Said<Content>>, Option<LineError>) {
    let mut files = Vec::new();
    for (sequence, sha256) in wanted.into_iter().take(FILES_MAX) {
        let said = match line.get::<Content>(&format!("v1/daily/{sequence}"), DAILY).await {
            Ok(said) => said,
            Err(error) => return (files, Some(error)),
        };
        let fits = said.what.sequence == sequence && said.sha256 == sha256;
        if !fits || said.what.records.len() > RECORDS_MAX {
            let why = format!("file {sequence} is not what the index says");
            return (files, Some(LineError::Forged { why }));
        }
        files.push(said);
    }
    (files, None)
}

impl FetchDaily {
    fn failed(&self, why: impl fmt::Display) -> Result<Reaction, ErrandError> {
        let failed = IntakeCommand::FailLook { look: self.look, why: why.to_string() };
        command::<Intake>(&self.shard, &self.key, &failed)
    }

    /// What follows from files for entries and for the record of the files themselves.
    async fn entered(
        &self,
        tools: &Tools,
        files: Vec<Said<Content>>,
    ) -> Result<Vec<Reaction>, ErrandError> {
        let waiting = queries::waiting(&*tools.reader, &self.key.0).await;
        let waiting = waiting.map_err(ErrandError::later)?;
        let read: Vec<_> = files.iter().map(|said| daily::read(&said.what)).collect();
        let named = read.iter().flat_map(|(records, _)| records.iter().map(|one| &one.listing));
        let named = named.chain(waiting.iter().map(|row| &row.listing)).cloned();
        let known = known(tools, named.collect()).await?;
        let mut plan = Plan::new(known);
        let measures = |list: &str| tools.rules.measures_of(list);
        let mut reactions = Vec::new();
        for (said, (records, flaws)) in files.into_iter().zip(read) {
            let refused = flaws.into_iter().map(|flaw| (flaw.0, flaw.1.to_owned())).collect();
            let mut file = FileTaken {
                sequence: said.what.sequence,
                day: said.what.day,
                sha256: said.sha256,
                signed: tools
                    .vault
                    .keep(None, said.signed.as_bytes())
                    .await
                    .map_err(ErrandError::later)?,
                records: u32::try_from(said.what.records.len()).unwrap_or(u32::MAX),
                listed: 0,
                amended: 0,
                ended: 0,
                known: 0,
                waiting: Vec::new(),
                refused,
            };
            for (one, record) in records.into_iter().filter_map(|one| {
                let at = usize::try_from(one.no).ok()?.checked_sub(1)?;
                Some((one, said.what.records.get(at)?))
            }) {
                match plan.take(&one.listing, one.record.clone(), measures) {
                    Turned::Listed => file.listed += 1,
                    Turned::Amended => file.amended += 1,
                    Turned::Ended => file.ended += 1,
                    Turned::Known => file.known += 1,
                    Turned::Waiting => file.waiting.push(daily::waits(&one, record)),
                    Turned::Refused { why } => {
                        file.refused.insert(one.no, why);
                    }
                }
            }
            let taken = IntakeCommand::RecordFile(Box::new(file));
            reactions.push(command::<Intake>(&self.shard, &self.key, &taken)?);
        }
        // What waited, now that further entries are known.
        for row in waiting {
            let Ok((listing, record)) = daily::read_one(&row.record) else { continue };
            let turned = plan.take(&listing, record, measures);
            if turned != Turned::Waiting {
                let (sequence, no) = (row.sequence, row.no);
                let settled = IntakeCommand::RecordSettled { sequence, no, turned };
                reactions.push(command::<Intake>(&self.shard, &self.key, &settled)?);
            }
        }
        for (listing, (shard, commands)) in plan.commands {
            let group = commands
                .iter()
                .try_fold(Atomic::new(shard), |group, one| group.then::<Listing>(&listing, one));
            reactions.push(group.map(Reaction::Commands).map_err(ErrandError::never)?);
        }
        Ok(reactions)
    }
}

async fn known(
    tools: &Tools,
    named: BTreeSet<ListingKey>,
) -> Result<BTreeMap<ListingKey, Known>, ErrandError> {
    let mut known = BTreeMap::new();
    for listing in named {
        let row = listings::listing(&*tools.reader, &listing).await.map_err(ErrandError::later)?;
        if let Some(row) = row {
            known.insert(listing, Known { shard: row.shard, entry: row.entry });
        }
    }
    Ok(known)
}

// --- a day, compared -----------------------------------------------------------------------------------------------

/// Asks a mirror what it holds of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconcile {
    /// Which day with which mirror.
    pub key: PushKey,
    /// The shard of that.
    pub shard: Shard,
    /// Which attempt.
    pub attempt: u32,
}

#[derive(Debug, Deserialize)]
struct Holds {
    day: Date,
    held: Vec<OneHeld>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct OneHeld {
    id: String,
    sha256: String,
}

/// What was acknowledged and is not held, or otherwise, and how much is held that nobody told.
fn compared(acks: &[AckRow], held: &[OneHeld]) -> (Vec<Missing>, u32) {
    let held: BTreeMap<&str, &str> =
        held.iter().map(|one| (one.id.as_str(), one.sha256.as_str())).collect();
    let missing = acks
        .iter()
        .filter(|ack| held.get(ack.id.as_str()) != Some(&ack.sha256.as_str()))
        .map(|ack| Missing { id: ack.id.clone(), about: ack.about.clone(), round: ack.round })
        .collect();
    let told: BTreeSet<&str> = acks.iter().map(|ack| ack.id.as_str()).collect();
    let strays = held.keys().filter(|id| !told.contains(*id)).count();
    (missing, u32::try_from(strays).unwrap_or(u32::MAX))
}

impl Errand for Reconcile {
    const KIND: &'static str = "credit.reconcile";
    type Tools = Arc<Tools>;

    async fn run(&self, _id: ErrandId, tools: Arc<Tools>) -> Result<Vec<Reaction>, ErrandError> {
        let Some((system, day)) = self.key.parts() else {
            return Err(ErrandError::never("the key names no mirror and day"));
        };
        let Some(line) = tools.mirrors.line(system) else {
            return self.failed("the system is no longer among the settings").map(|one| vec![one]);
        };
        let holds = match line.get::<Holds>(&format!("v1/held/{day}"), HELD).await {
            Ok(said) if said.what.day == day => said.what,
            Ok(_other) => return self.failed("it answers for another day").map(|one| vec![one]),
            Err(error) => return self.failed(error).map(|one| vec![one]),
        };
        let acks = queries::acks(&*tools.reader, &self.key).await.map_err(ErrandError::later)?;
        let (missing, strays) = compared(&acks, &holds.held);
        let mut reactions = Vec::new();
        for one in &missing {
            let rows = told::recipients(&*tools.reader, &one.about).await;
            let rows = rows.map_err(ErrandError::later)?;
            let Some(row) = rows.iter().find(|row| row.recipient == system) else { continue };
            let reopen = PropagationCommand::Reopen {
                round: one.round,
                recipient: system.to_owned(),
                why: format!("{day}对账：对方未保存此条"),
            };
            reactions.push(command::<Propagation>(&row.shard, &one.about, &reopen)?);
        }
        let held = u32::try_from(holds.held.len()).unwrap_or(u32::MAX);
        let done = PushCommand::RecordReconciled { held, missing, strays };
        reactions.push(command::<Pushes>(&self.shard, &self.key, &done)?);
        Ok(reactions)
    }
}

impl Reconcile {
    fn failed(&self, why: impl fmt::Display) -> Result<Reaction, ErrandError> {
        let failed = PushCommand::FailReconcile { attempt: self.attempt, why: why.to_string() };
        command::<Pushes>(&self.shard, &self.key, &failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use exchange::PropagationKey;

    fn ack(id: &str, sha256: &str) -> AckRow {
        let about = PropagationKey(format!("listing:{id}"));
        AckRow { id: id.to_owned(), about, round: 1, sha256: sha256.to_owned() }
    }

    fn holds(id: &str, sha256: &str) -> OneHeld {
        OneHeld { id: id.to_owned(), sha256: sha256.to_owned() }
    }

    #[test]
    fn what_is_missing_or_altered_is_found_and_what_nobody_told_is_counted() {
        let acks = [ack("a", "1"), ack("b", "2"), ack("c", "3")];
        let (missing, strays) =
            compared(&acks, &[holds("a", "1"), holds("c", "x"), holds("z", "9")]);
        let ids: Vec<&str> = missing.iter().map(|one| one.id.as_str()).collect();
        assert_eq!((ids, strays), (vec!["b", "c"], 1));
        assert_eq!(compared(&acks[..1], &[holds("a", "1")]), (Vec::new(), 0));
    }
}
