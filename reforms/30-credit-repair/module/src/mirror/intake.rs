//! The daily files of a mirror (每日文件), as they are taken: numbers, gaps, what waits for what.
//!
//! ```text
//!  Follow ─► Followed ─► every hour LookBegun ─► (errand) ─┬─ FileTaken, one a new file, in whatever order
//!                            ▲                            ├─ FileContradicted: another content under a known number
//!                            │                            ├─ Settled: the entry came for which a record waited
//!                            └── a pause ◄── LookFailed ◄──┘
//! ```

use blobs::Kept;
use codes::{Code, Coded, Date, Label, Moment, Reason};
use kernel::{Aggregate, Context, Deadline, Json};
use registers::listings::ListingKey;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// How often is looked for new files, in seconds.
const LOOK_S: i64 = 3600;
/// The pause after a look that came to nothing, in seconds; it doubles with each further one, up to [`LOOK_S`].
const PAUSE_FIRST_S: i64 = 300;

/// The key of the files of a mirror: its key.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IntakeKey(pub String);

impl fmt::Display for IntakeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turned {
    /// An entry was made.
    Listed,
    /// Facts were added.
    Amended,
    /// An entry ended.
    Ended,
    /// It is known already.
    Known,
    /// Its entry has not come.
    Waiting,
    /// It cannot be taken.
    Refused {
        /// Why, as a slug.
        why: String,
    },
}

/// A record that waits for its entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waits {
    /// Its place in its file, from 1.
    pub no: u32,
    /// The entry.
    pub listing: ListingKey,
    /// The record as it came; a file tells of no person.
    pub record: Json,
}

/// A file that was taken (入库文件).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileTaken {
    /// Its number.
    pub sequence: u64,
    /// Of which day.
    pub day: Date,
    /// SHA-256 of what was signed, in hexadecimal.
    pub sha256: String,
    /// The signed text as it came, kept.
    pub signed: Kept,
    /// How many records.
    pub records: u32,
    /// How many entries were made.
    pub listed: u32,
    /// How many entries got further facts.
    pub amended: u32,
    /// How many ended.
    pub ended: u32,
    /// How many told what is known already.
    pub known: u32,
    /// Records that wait for their entry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<Waits>,
    /// Records that cannot be taken: place and why.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refused: BTreeMap<u32, String>,
}

/// What may be asked of the files of a mirror.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IntakeCommand {
    /// Take files from now on.
    Follow {
        /// Files up to this number are none of ours.
        #[serde(default)]
        after: u64,
    },
    /// Look for new files; sent by its own timer.
    Look,
    /// A file was read; answers the errand that looks.
    RecordFile(Box<FileTaken>),
    /// Another content came under a number that was taken; answers the errand.
    RecordContradiction {
        /// The number.
        sequence: u64,
        /// SHA-256 of the other content.
        sha256: String,
    },
    /// The entry came for which a record waited; answers the errand.
    RecordSettled {
        /// The number of its file.
        sequence: u64,
        /// Its place there.
        no: u32,
        /// What became of it.
        turned: Turned,
    },
    /// A look came to nothing, or not to its end; answers the errand.
    FailLook {
        /// Which look.
        look: u64,
        /// Why.
        why: String,
    },
}

/// What happens to the files of a mirror; the wire format, frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IntakeEvent {
    /// Files are taken from now on.
    Followed {
        /// Files up to this number are none of ours.
        after: u64,
        /// When is looked for the first time.
        look_at: Moment,
    },
    /// A look began.
    LookBegun {
        /// Which, from 1.
        look: u64,
        /// Files after this number are looked for: all up to it were taken.
        after: u64,
        /// When is looked again.
        look_at: Moment,
    },
    /// A file was taken.
    FileTaken(Box<FileTaken>),
    /// Another content came under a number that was taken: the first one counts.
    FileContradicted {
        /// The number.
        sequence: u64,
        /// SHA-256 of what was taken.
        first: String,
        /// SHA-256 of the other content.
        sha256: String,
    },
    /// The entry came for which a record waited.
    Settled {
        /// The number of its file.
        sequence: u64,
        /// Its place there.
        no: u32,
        /// What became of it.
        turned: Turned,
    },
    /// A look came to nothing, or not to its end.
    LookFailed {
        /// Which.
        look: u64,
        /// Why.
        why: String,
        /// When is looked again.
        look_at: Moment,
    },
}

/// Why the files of a mirror say no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntakeError {
    /// Nobody follows them.
    #[error("the files of this mirror are not followed")]
    NotFollowed,
}

impl Coded for IntakeError {
    fn code(&self) -> Code {
        Code::new("R30", 19)
    }

    fn reason(&self) -> Reason {
        "NOT_FOUND"
    }

    fn label(&self) -> Label {
        Label::new(
            "没有接入这个系统的每日文件，请先在运行设置中登记该系统。",
            "The daily files of this system are not taken. Name the system in the settings first.",
        )
    }

    fn status(&self) -> u16 {
        404
    }
}

/// The files of a mirror.
#[derive(Clone, Debug, Default)]
pub struct Intake {
    after: u64,
    look: u64,
    failures: u32,
    look_at: Option<Moment>,
    taken: BTreeMap<u64, String>,
    contradicted: BTreeSet<(u64, String)>,
    waiting: BTreeSet<(u64, u32)>,
}

impl Intake {
    /// The number up to which all files were taken.
    fn whole(&self) -> u64 {
        let mut whole = self.after;
        while self.taken.contains_key(&(whole + 1)) {
            whole += 1;
        }
        whole
    }

    fn contradiction(&self, sequence: u64, sha256: String) -> Option<IntakeEvent> {
        let first = self.taken.get(&sequence).filter(|first| **first != sha256)?.clone();
        let is_new = !self.contradicted.contains(&(sequence, sha256.clone()));
        is_new.then_some(IntakeEvent::FileContradicted { sequence, first, sha256 })
    }
}

impl Aggregate for Intake {
    const KIND: &'static str = "credit-intake";
    type Key = IntakeKey;
    type Command = IntakeCommand;
    type Event = IntakeEvent;
    type Error = IntakeError;
    type World = ();

    fn decide(
        &self,
        (): &(),
        cx: &Context,
        command: IntakeCommand,
    ) -> Result<Vec<IntakeEvent>, IntakeError> {
        use IntakeCommand as C;
        if let C::Follow { after } = command {
            let followed = IntakeEvent::Followed { after, look_at: cx.now };
            let is_new = self.look_at.is_none();
            return Ok(is_new.then_some(followed).into_iter().collect());
        }
        let Some(look_at) = self.look_at else { return Err(IntakeError::NotFollowed) };
        let event = match command {
            C::Look => (look_at <= cx.now).then(|| IntakeEvent::LookBegun {
                look: self.look + 1,
                after: self.whole(),
                look_at: cx.now.plus_seconds(LOOK_S),
            }),
            C::RecordFile(file) => {
                if self.taken.contains_key(&file.sequence) {
                    self.contradiction(file.sequence, file.sha256)
                } else {
                    Some(IntakeEvent::FileTaken(file))
                }
            }
            C::RecordContradiction { sequence, sha256 } => self.contradiction(sequence, sha256),
            C::RecordSettled { sequence, no, turned } => self
                .waiting
                .contains(&(sequence, no))
                .then_some(IntakeEvent::Settled { sequence, no, turned }),
            C::FailLook { look, why } => (look == self.look).then(|| {
                let pause = PAUSE_FIRST_S.saturating_mul(1_i64 << self.failures.min(10));
                let look_at = cx.now.plus_seconds(pause.min(LOOK_S));
                IntakeEvent::LookFailed { look, why, look_at }
            }),
            C::Follow { .. } => None,
        };
        Ok(event.into_iter().collect())
    }

    fn evolve(&mut self, event: &IntakeEvent) {
        match event {
            IntakeEvent::Followed { after, look_at } => {
                (self.after, self.look_at) = (*after, Some(*look_at));
            }
            IntakeEvent::LookBegun { look, look_at, .. } => {
                (self.look, self.look_at) = (*look, Some(*look_at));
            }
            IntakeEvent::FileTaken(file) => {
                self.failures = 0;
                self.taken.insert(file.sequence, file.sha256.clone());
                let waiting = file.waiting.iter().map(|waits| (file.sequence, waits.no));
                self.waiting.extend(waiting);
            }
            IntakeEvent::FileContradicted { sequence, sha256, .. } => {
                self.contradicted.insert((*sequence, sha256.clone()));
            }
            IntakeEvent::Settled { sequence, no, .. } => {
                self.waiting.remove(&(*sequence, *no));
            }
            IntakeEvent::LookFailed { look_at, .. } => {
                self.failures = self.failures.saturating_add(1);
                self.look_at = Some(*look_at);
            }
        }
    }

    fn deadlines(&self) -> Vec<Deadline<IntakeCommand>> {
        let deadline = |at| Deadline { name: "look".to_owned(), at, command: IntakeCommand::Look };
        self.look_at.map(deadline).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::spec;

    fn file(sequence: u64, sha256: &str) -> IntakeCommand {
        IntakeCommand::RecordFile(Box::new(FileTaken {
            sequence,
            day: Date::constant(2022, 9, 20),
            sha256: sha256.to_owned(),
            signed: Kept { blob: blobs::BlobId("b".to_owned()), key: None },
            records: 1,
            listed: 0,
            amended: 0,
            ended: 0,
            known: 0,
            waiting: vec![Waits {
                no: 1,
                listing: ListingKey("L1".to_owned()),
                record: Json::Null,
            }],
            refused: BTreeMap::new(),
        }))
    }

    #[test]
    fn files_are_taken_once_in_any_order_and_a_gap_is_looked_for_again() {
        let start: Moment = "2022-09-20T00:00:00Z".parse().unwrap();
        let mut given = spec::given::<Intake>(&(), []).at(start);
        assert_eq!(given.when(file(1, "aa")), Err(IntakeError::NotFollowed));
        given.when(IntakeCommand::Follow { after: 0 }).unwrap();
        assert_eq!(given.when(IntakeCommand::Follow { after: 9 }), Ok(vec![]), "told again");
        let after = |events: &[IntakeEvent]| match events {
            [IntakeEvent::LookBegun { after, .. }] => *after,
            other => panic!("{other:?}"),
        };
        assert_eq!(after(&given.wind(start).unwrap()), 0);
        assert_eq!(given.when(file(3, "cc")).unwrap().len(), 1);
        assert_eq!(given.when(file(1, "aa")).unwrap().len(), 1);
        assert_eq!(given.when(file(3, "cc")), Ok(vec![]), "a duplicate");
        assert_eq!(after(&given.wind(start.plus_seconds(3600)).unwrap()), 1, "2 is missing");
        let other = given.when(file(3, "dd")).unwrap();
        assert!(matches!(&other[..], [IntakeEvent::FileContradicted { sequence: 3, .. }]));
        assert_eq!(given.when(file(3, "dd")), Ok(vec![]), "it was said already");
        given.when(file(2, "bb")).unwrap();
        assert_eq!(after(&given.wind(start.plus_seconds(7200)).unwrap()), 3);
        let settled = |no| IntakeCommand::RecordSettled { sequence: 1, no, turned: Turned::Ended };
        assert_eq!(given.when(settled(1)).unwrap().len(), 1);
        assert_eq!(given.when(settled(1)), Ok(vec![]));
        assert_eq!(given.when(settled(7)), Ok(vec![]), "nothing waits there");
    }

    #[test]
    fn a_look_that_fails_is_made_again_soon_and_then_less_often() {
        let start: Moment = "2022-09-20T00:00:00Z".parse().unwrap();
        let mut given = spec::given::<Intake>(&(), []).at(start);
        given.when(IntakeCommand::Follow { after: 0 }).unwrap();
        given.wind(start).unwrap();
        let fail = |look| IntakeCommand::FailLook { look, why: "503".to_owned() };
        assert_eq!(given.when(fail(7)), Ok(vec![]), "of another look");
        given.when(fail(1)).unwrap();
        assert_eq!(given.wind(start.plus_seconds(299)).unwrap(), []);
        assert_eq!(given.wind(start.plus_seconds(300)).unwrap().len(), 1);
        let failed = given.when(fail(2)).unwrap();
        let expected = start.plus_seconds(300 + 600);
        assert!(
            matches!(&failed[..], [IntakeEvent::LookFailed { look_at, .. }] if *look_at == expected)
        );
    }
}
