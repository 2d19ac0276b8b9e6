//! A large installation: one whole case worked for real, then copied under other numbers straight into the journal.
//!
//! Of ten cases five are drafts, four are handed in, one is decided: what lies in a database on an ordinary day. Copied
//! are the streams of the cases and of their numbers; letters are left out, so that a start has nothing to carry.

use super::clock::Moved;
use super::script::{Script, Sends, Sent, trade_name};
use crate::assemble::{self, Assembly, Setup};
use crate::cli::complain;
use crate::demo;
use anyhow::{Context as _, Result, anyhow};
use cases::CaseKey;
use cases::series::SeriesEvent;
use codes::CaseNo;
use engine::{Engine, Order, Sizes};
use journal::{Batch, Head, Journal};
use kernel::{Actor, Atomic, Body, CommandId, Recorded};
use module::{Clock as _, Receipt, SubmitError};
use std::sync::Arc;
use tables::Query;

/// How many events are appended at once.
const BATCH: usize = 2_000;
/// Of so many cases one belongs to the applicant who looks at them.
const OWN: u64 = 1_000;

/// What was filled.
pub(crate) struct Filled {
    /// How many events the journal holds.
    pub(crate) events: u64,
    /// Cases of the applicant that are handed in or decided.
    pub(crate) own: Vec<CaseKey>,
}

struct Through<'e>(&'e Engine);

impl Sends for Through<'_> {
    async fn send(
        &self,
        sent: Sent,
        actor: Actor,
        commands: Atomic,
    ) -> Result<Receipt, SubmitError> {
        self.0.order(Order { id: sent.id, actor, cause: None, commands }).await
    }
}

/// The case that is copied.
struct Pattern {
    no: CaseKey,
    script: Script,
    head: Head,
    series: Recorded,
    /// Its events in order.
    events: Vec<Recorded>,
    /// How many of them a draft has, and one that is handed in.
    stages: [usize; 2],
    /// The party of the applicant who signs in.
    party: String,
}

/// Fills an empty installation with cases, and with logins as the demonstration has them.
pub(crate) async fn fill(setup: &Setup, clock: Moved, cases: u64) -> Result<Filled> {
    let mut pattern = pattern(setup, clock).await?;
    let kept = assemble::stores(setup).await?;
    let mut filled = Filled { events: pattern.head.seq, own: Vec::new() };
    let mut batch = Vec::new();
    for n in 1..cases {
        let own = n % OWN == 8 || n % OWN == 9;
        let no = pattern.copy(n, own, filled.events, &mut batch)?;
        filled.events = batch.last().map_or(filled.events, |event: &Recorded| event.seq);
        filled.own.extend(own.then_some(no));
        if batch.len() >= BATCH || n + 1 == cases {
            pattern.append(&*kept.journal, std::mem::take(&mut batch)).await?;
        }
        if n % 20_000 == 0 {
            complain(&format!("{n} cases, {} events", filled.events));
        }
    }
    Ok(filled)
}

/// Works the case that is copied, and makes the logins.
async fn pattern(setup: &Setup, clock: Moved) -> Result<Pattern> {
    let sizes = Sizes { at_once: 0, ..Sizes::default() };
    let config = engine::Config { sizes, ..engine::Config::default() };
    let assembly = assemble::assemble_with(setup, Arc::new(clock), config).await?;
    demo::people(&assembly).await?;
    let party = applicant(&assembly).await?;
    let script = Script::new(&assembly, clock.now().date(), 0, false)?;
    let no = script.work(&Through(&assembly.engine), 0).await?;
    assembly.engine.stop().await;
    let kept = assemble::stores(setup).await?;
    let shard = script.shard().clone();
    let head = kept.journal.head(&shard).await?;
    let events = kept.journal.stream(&shard, "case", &no.0, 0).await?;
    let first = kept.journal.read(&shard, 0, 1).await?;
    let series = first.into_iter().next().context("the first event is the number's")?;
    let upto = |name: &str| events.iter().rposition(|event| event.name() == name);
    let stages = [upto("AnswersSaved"), events.iter().position(|event| event.name() == "Accepted")];
    let [Some(draft), Some(handed_in)] = stages else {
        return Err(anyhow!("the case was not handed in"));
    };
    Ok(Pattern { no, script, head, series, stages: [draft + 1, handed_in], events, party })
}

async fn applicant(assembly: &Assembly) -> Result<String> {
    let query =
        Query::new("SELECT party FROM identity_logins WHERE login = $1").arg(demo::APPLICANT);
    let rows = assembly.platform.reader.rows(query).await?;
    Ok(rows.first().context("the applicant has no login")?.get("party")?)
}

impl Pattern {
    /// The n-th case after a position: its number's event and its own.
    fn copy(&self, n: u64, own: bool, after: u64, to: &mut Vec<Recorded>) -> Result<CaseKey> {
        let serial = u32::try_from(n + 1)?;
        let no = self.no(serial)?;
        let party = if own { self.party.clone() } else { format!("bench-{n}") };
        let [draft, handed_in] = self.stages;
        let upto = match n % 10 {
            0..5 => draft,
            5..9 => handed_in,
            _ => self.events.len(),
        };
        let seq = after + 1;
        to.push(Recorded {
            seq,
            version: u64::from(serial),
            command: command(n, 0),
            body: Body::of(&SeriesEvent::Allotted { serial })?,
            ..self.series.clone()
        });
        let name = trade_name(n);
        for (event, seq) in self.events.iter().take(upto).zip(seq + 1..) {
            let text = event.body.text().replace(&self.no.0, &no.0);
            let text = text.replace(&trade_name(0), &name).replace("bench-0", &party);
            to.push(Recorded {
                seq,
                key: no.0.as_str().into(),
                command: command(n, event.version),
                cause: None,
                body: Body::from_text(text),
                ..event.clone()
            });
        }
        Ok(no)
    }

    fn no(&self, serial: u32) -> Result<CaseKey> {
        let no = CaseNo::new(self.script.division(), self.script.today(), serial);
        Ok(CaseKey(no.map_err(|error| anyhow!("{error}"))?.to_string()))
    }

    async fn append(&mut self, journal: &dyn Journal, events: Vec<Recorded>) -> Result<()> {
        let batch = Batch { after: self.head, events, answers: Vec::new() };
        self.head = journal.append(self.script.shard(), batch).await?;
        Ok(())
    }
}

fn command(n: u64, version: u64) -> CommandId {
    CommandId::derive(&[b"fill", &n.to_be_bytes(), &version.to_be_bytes()])
}
