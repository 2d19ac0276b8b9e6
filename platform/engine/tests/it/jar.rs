//! A module of jars: they count, take their time, blow up, and ask other shards for help.

use codes::{Code, Coded, Label, Reason};
use kernel::{
    Aggregate, Atomic, Context, Deadline, Errand, ErrandError, ErrandId, Moment, Policy, Reaction,
    Recorded, Shard, Unreadable,
};
use module::{Module, Registry};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tables::{Column, Projection, Rows, Table};

pub(crate) const HERE: &str = "440100";
pub(crate) const THERE: &str = "440300";

#[derive(Debug, Default)]
pub(crate) struct Jar {
    count: u32,
    due: Option<Moment>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Command {
    Add,
    /// Adds unless there are that many.
    AddBelow(u32),
    /// A fault in a decision.
    Explode,
    /// Adds one to the jar of the same name on another shard.
    Ask(String),
    /// Sends an errand that fails or panics at first.
    Try(String),
    /// Adds one later, by a timer.
    AddAt(Moment),
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Event {
    Added,
    Asked(String),
    Tried(String),
    Set(Moment),
}

#[derive(Debug, thiserror::Error)]
#[error("the jar is full")]
pub(crate) struct Full;

impl Coded for Full {
    fn code(&self) -> Code {
        Code::new("JAR", 1)
    }
    fn reason(&self) -> Reason {
        "JAR_FULL"
    }
    fn label(&self) -> Label {
        Label::new("罐已满", "The jar is full")
    }
}

impl Aggregate for Jar {
    const KIND: &'static str = "jar";
    type Key = String;
    type Command = Command;
    type Event = Event;
    type Error = Full;
    type World = ();

    fn decide(&self, (): &(), _: &Context, command: Command) -> Result<Vec<Event>, Full> {
        Ok(match command {
            Command::AddBelow(most) if self.count >= most => return Err(Full),
            Command::Add | Command::AddBelow(_) => vec![Event::Added],
            Command::Explode => blow_up("a fault in a decision"),
            Command::Ask(shard) => vec![Event::Asked(shard)],
            Command::Try(how) => vec![Event::Tried(how)],
            Command::AddAt(at) => vec![Event::Set(at)],
        })
    }

    fn evolve(&mut self, event: &Event) {
        match event {
            Event::Added => (self.count, self.due) = (self.count + 1, None),
            Event::Set(at) => self.due = Some(*at),
            Event::Asked(_) | Event::Tried(_) => {}
        }
    }

    fn deadlines(&self) -> Vec<Deadline<Command>> {
        let due = self.due.into_iter();
        due.map(|at| Deadline { name: "add".to_owned(), at, command: Command::Add }).collect()
    }
}

/// One jar, one command.
pub(crate) fn ask(shard: &str, key: &str, command: &Command) -> Atomic {
    Atomic::new(Shard::new(shard)).then::<Jar>(&key.to_owned(), command).unwrap()
}

/// A fault, as code has them.
fn blow_up<T>(what: &str) -> T {
    panic!("{what}")
}

struct Help;

impl Policy for Help {
    fn name(&self) -> &'static str {
        "jar.help"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["jar.Asked", "jar.Tried"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        Ok(match event.read()? {
            Event::Asked(shard) => {
                vec![Reaction::Commands(ask(&shard, &event.key, &Command::AddBelow(2)))]
            }
            Event::Tried(how) => {
                let errand = Trying { shard: event.shard.clone(), jar: event.key.to_string(), how };
                vec![Reaction::errand(&errand).unwrap()]
            }
            Event::Added | Event::Set(_) => Vec::new(),
        })
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Trying {
    shard: Shard,
    jar: String,
    how: String,
}

impl Errand for Trying {
    const KIND: &'static str = "jar.trying";
    type Tools = Arc<AtomicU32>;

    async fn run(
        &self,
        _id: ErrandId,
        tries: Arc<AtomicU32>,
    ) -> Result<Vec<Reaction>, ErrandError> {
        let before = tries.fetch_add(1, Ordering::SeqCst);
        match self.how.as_str() {
            "panic once" if before == 0 => blow_up("a fault in an errand"),
            "late" if before < 3 => Err(ErrandError::Later("not yet".to_owned())),
            "never" => Err(ErrandError::Never("not at all".to_owned())),
            "down" => Err(ErrandError::Later("still down".to_owned())),
            _ => Ok(vec![Reaction::Commands(ask(self.shard.as_str(), &self.jar, &Command::Add))]),
        }
    }
}

const COUNTS: Table = Table {
    name: "jar_counts",
    columns: &[Column::text("shard"), Column::text("name"), Column::int("n")],
    key: &["shard", "name"],
    indexes: &[],
};
static FIRST: [Table; 1] = [COUNTS];

struct Counts(u32);

impl Projection for Counts {
    fn name(&self) -> &'static str {
        "jar.counts"
    }
    fn version(&self) -> u32 {
        self.0
    }
    fn tables(&self) -> &'static [Table] {
        &FIRST
    }
    fn listens(&self) -> &'static [&'static str] {
        &["jar.Added"]
    }
    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        let key = vec![event.shard.as_str().into(), (&*event.key).into()];
        // The second version counts double, so that one sees which it was.
        rows.add(&FIRST[0], key, "n", i64::from(self.0));
        Ok(())
    }
}

/// Jars, with a version of their table.
pub(crate) struct Jars {
    pub(crate) version: u32,
    pub(crate) tries: Arc<AtomicU32>,
}

impl Jars {
    pub(crate) fn new(version: u32) -> Self {
        Self { version, tries: Arc::default() }
    }
}

impl Module for Jars {
    fn name(&self) -> &'static str {
        "jar"
    }
    fn register(&self, registry: &mut Registry) {
        registry.aggregate::<Jar>(Arc::new(()));
        registry.policy(Help);
        registry.errand::<Trying>(Arc::clone(&self.tries));
        registry.projection(Counts(self.version));
    }
}
