//! A platform of one small aggregate with a log over its journal.

use codes::{Code, Coded, Label, Reason};
use evidence::{EvidenceModule, Log, Profile, Proven, Settings, Watched, Witness, witness_purpose};
use journal::Journal;
use journal::memory::MemoryJournal;
use kernel::{
    Actor, Aggregate, Atomic, CommandId, Context, Moment, PartyKey, Recorded, Shard, Unreadable,
    Waiting,
};
use module::{
    Clearance, Clock as _, Commands as _, Concern, Concerns, Module, Platform, Receipt, Registry,
};
use seals::{Algorithm, MemoryKeys, Purpose, SecretKey};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use tables::{Column, Index, Projection, Query, ReadError, Reader, Rows, Table};
use testbed::{LateClock, Setup, Testbed};

/// What the logs of a bed are called.
pub(crate) const ORIGIN: &str = "log.example/evidence/log";

/// A thing that remembers what it was told.
#[derive(Debug, Default)]
pub(crate) struct Slip(u32);

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum SlipCommand {
    Note { party: String, text: String, times: u32 },
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum SlipEvent {
    Noted { party: String, text: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("never")]
pub(crate) struct Never;

impl Coded for Never {
    fn code(&self) -> Code {
        Code::new("EVD", 99)
    }
    fn reason(&self) -> Reason {
        "NEVER"
    }
    fn label(&self) -> Label {
        Label::new("不会", "never")
    }
}

impl Aggregate for Slip {
    const KIND: &'static str = "slip";
    type Key = String;
    type Command = SlipCommand;
    type Event = SlipEvent;
    type Error = Never;
    type World = ();

    fn decide(
        &self,
        (): &(),
        _cx: &Context,
        command: SlipCommand,
    ) -> Result<Vec<SlipEvent>, Never> {
        let SlipCommand::Note { party, text, times } = command;
        let one = |n| SlipEvent::Noted { party: party.clone(), text: format!("{text}{n}") };
        Ok((0..times).map(one).collect())
    }

    fn evolve(&mut self, _event: &SlipEvent) {
        self.0 += 1;
    }
}

static SLIPS: [Table; 1] = [Table {
    name: "slips_slips",
    columns: &[Column::text("slip"), Column::text("shard"), Column::text("party")],
    key: &["slip"],
    indexes: &[Index { columns: &["party"] }],
}];

struct Slips;

impl Projection for Slips {
    fn name(&self) -> &'static str {
        "slips"
    }
    fn version(&self) -> u32 {
        1
    }
    fn tables(&self) -> &'static [Table] {
        &SLIPS
    }
    fn listens(&self) -> &'static [&'static str] {
        &["slip.*"]
    }
    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        let SlipEvent::Noted { party, .. } = event.read()?;
        rows.put(&SLIPS[0], vec![(&*event.key).into(), event.shard.as_str().into(), party.into()]);
        Ok(())
    }
}

struct SlipConcerns;

impl Concerns for SlipConcerns {
    fn of<'a>(
        &'a self,
        reader: &'a dyn Reader,
        party: &'a PartyKey,
    ) -> Waiting<'a, Result<Vec<Concern>, ReadError>> {
        Box::pin(async move {
            let query = Query::new("SELECT slip, shard FROM slips_slips WHERE party = $1");
            let rows = reader.rows(query.arg(party.as_str())).await?;
            let read = |row: &tables::Row| {
                let shard = Shard::new(row.get::<String>("shard")?);
                Ok(Concern { shard, kind: Slip::KIND.to_owned(), key: row.get("slip")? })
            };
            rows.iter().map(read).collect()
        })
    }
}

struct SlipModule;

impl Module for SlipModule {
    fn name(&self) -> &'static str {
        "slips"
    }
    fn register(&self, registry: &mut Registry) {
        registry.aggregate::<Slip>(Arc::new(()));
        registry.projection(Slips);
        registry.concern(SlipConcerns);
        registry.exhibit(crate::taking::SlipExhibits);
    }
}

/// The module of evidence, so that a test can hold it too.
struct Shared(EvidenceModule);

impl Module for Shared {
    fn name(&self) -> &'static str {
        self.0.name()
    }
    fn register(&self, registry: &mut Registry) {
        self.0.register(registry);
    }
}

/// How a bed is made.
pub(crate) struct Wanted {
    pub(crate) origin: String,
    pub(crate) folder: Option<PathBuf>,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) watched: Vec<Watched>,
    pub(crate) seed: u8,
}

impl Wanted {
    pub(crate) fn plain() -> Self {
        Self {
            origin: ORIGIN.to_owned(),
            folder: None,
            journal: Arc::new(MemoryJournal::new()),
            watched: Vec::new(),
            seed: 1,
        }
    }

    pub(crate) async fn made(self) -> Bed {
        let keys = Arc::new(keys(self.seed));
        let clock = Arc::new(LateClock::default());
        let settings = Settings {
            origin: self.origin.clone(),
            folder: self.folder.clone(),
            profile: Profile::Sha256,
        };
        let log = Log::new(settings, Arc::clone(&self.journal), keys, clock.clone());
        let name = self.origin.replace("/log", "/witness");
        let witness = Arc::new(Witness::new(name, self.watched, log.clone(), self.folder));
        let module = EvidenceModule::new(log.clone(), Arc::clone(&witness));
        let modules: Vec<Box<dyn Module>> = vec![Box::new(SlipModule), Box::new(Shared(module))];
        let follower = Arc::new(log.clone());
        let setup = Setup::new(modules).journal(self.journal).follower(follower);
        let bed = setup.start().await.expect("the bed starts");
        clock.follow(bed.platform());
        log.start().await.expect("the log starts");
        Bed { bed, log, witness }
    }
}

/// Keys of a log and a witness that follow from a seed.
pub(crate) fn keys(seed: u8) -> MemoryKeys {
    let keys = MemoryKeys::new();
    for (purpose, algorithm, n) in [
        (Purpose::LOG, Algorithm::Ed25519, 0),
        (witness_purpose(), Algorithm::Ed25519, 100),
        (Purpose::LICENCES, Algorithm::Es256, 50),
    ] {
        let secret = SecretKey::from_seed(algorithm, &[seed + n; 32]);
        keys.add(purpose, secret.expect("a key"), Moment::default());
    }
    keys
}

pub(crate) struct Bed {
    pub(crate) bed: Testbed,
    pub(crate) log: Log,
    pub(crate) witness: Arc<Witness>,
}

pub(crate) fn shard() -> Shard {
    Shard::new("440100")
}

pub(crate) fn party(name: &str) -> Actor {
    Actor::Party { party: PartyKey::new(name), login: name.to_owned(), mandate: None }
}

pub(crate) fn auditor() -> Actor {
    Actor::Officer {
        organ: kernel::OrganKey::new("440100-audit"),
        login: "auditor".to_owned(),
        role: "auditor".to_owned(),
    }
}

impl Bed {
    /// Submits a command through what puts proofs into answers.
    pub(crate) async fn note(&self, shard: &Shard, key: &str, party: &str, times: u32) -> Receipt {
        self.note_as(self.bed.next_id(), shard, key, (party, times)).await
    }

    pub(crate) async fn note_as(
        &self,
        id: CommandId,
        shard: &Shard,
        key: &str,
        (party, times): (&str, u32),
    ) -> Receipt {
        let command = SlipCommand::Note { party: party.to_owned(), text: "字".to_owned(), times };
        let commands = Atomic::new(shard.clone()).then::<Slip>(&key.to_owned(), &command);
        let proven = Proven::new(Arc::new(self.bed.engine().clone()), self.log.clone());
        let answer = proven.submit(Clearance::system("test"), id, commands.expect("a command"));
        answer.await.expect("it is decided")
    }

    pub(crate) fn platform(&self) -> &Platform {
        self.bed.platform()
    }

    pub(crate) fn later(&self, seconds: i64) {
        let clock = self.bed.clock();
        clock.set(clock.now().plus_seconds(seconds));
    }
}
