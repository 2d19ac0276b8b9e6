//! What a mirror acknowledged on one day (推送回执), and the comparison with what it holds on the next (T+1 对账).
//!
//! ```text
//!  Acknowledged, Acknowledged, … ─► next morning ─► ReconciliationBegun ─► (errand) ─┬─ Reconciled{missing} ─► told again
//!                                                        ▲                          └─ ReconciliationFailed ─ pause ─┐
//!                                                        └───────────────────────────────────────────────────────────┘
//! ```

use codes::{Code, Coded, Date, Label, Moment, Reason};
use exchange::PropagationKey;
use kernel::{Aggregate, Context, Deadline};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// At which hour of the next day a day is compared (assumed).
const HOUR: i8 = 6;
/// The pause after a comparison that came to nothing, in seconds; it doubles with each further one.
const PAUSE_FIRST_S: i64 = 15 * 60;
/// The longest pause, in seconds.
const PAUSE_MAX_S: i64 = 4 * 3600;
/// After how long without an answer of the errand a comparison is begun again, in seconds.
const GIVEN_UP_S: i64 = 6 * 3600;

/// The key of a day with a mirror: `credit-china:2022-09-22`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PushKey(pub String);

impl PushKey {
    /// The key of a day with a mirror.
    #[must_use]
    pub fn of(system: &str, day: Date) -> Self {
        Self(format!("{system}:{day}"))
    }

    /// The mirror and the day.
    #[must_use]
    pub fn parts(&self) -> Option<(&str, Date)> {
        let (system, day) = self.0.rsplit_once(':')?;
        Some((system, day.parse().ok()?))
    }
}

impl fmt::Display for PushKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a mirror acknowledged (回执).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// The id under which it was told.
    pub id: String,
    /// What it was told about.
    pub about: PropagationKey,
    /// Which round of that.
    pub round: u32,
    /// The kind of what it was told.
    pub kind: String,
    /// SHA-256 of the body, in hexadecimal.
    pub sha256: String,
    /// The number that the mirror gave it.
    pub serial: String,
    /// When it took it.
    pub at: Moment,
    /// Its signed text (JWS), as it came.
    pub signed: String,
}

/// Something that a mirror acknowledged and does not hold, or holds otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// The id under which it was told.
    pub id: String,
    /// What it was told about.
    pub about: PropagationKey,
    /// Which round of that.
    pub round: u32,
}

/// What may be asked of a day with a mirror.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PushCommand {
    /// Keep an acknowledgement; answers the errand that told.
    Acknowledge(Box<Acknowledged>),
    /// Compare; sent by its own timer.
    Reconcile,
    /// It was compared; answers the errand that does it.
    RecordReconciled {
        /// How much the mirror holds of that day.
        held: u32,
        /// What is missing.
        missing: Vec<Missing>,
        /// How much it holds that we know nothing of.
        strays: u32,
    },
    /// It could not be compared; answers the errand.
    FailReconcile {
        /// Which attempt.
        attempt: u32,
        /// Why.
        why: String,
    },
}

/// What happens to a day with a mirror; the wire format, frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PushEvent {
    /// The mirror acknowledged something.
    Acknowledged {
        /// What.
        ack: Box<Acknowledged>,
        /// When the day is compared.
        reconcile_at: Moment,
    },
    /// The comparison began.
    ReconciliationBegun {
        /// Which attempt.
        attempt: u32,
        /// When it begins again if nothing is heard of it.
        again_at: Moment,
    },
    /// The day was compared.
    Reconciled {
        /// How much was acknowledged.
        told: u32,
        /// How much the mirror holds.
        held: u32,
        /// What is missing there, and is told again.
        missing: Vec<Missing>,
        /// How much it holds that we know nothing of.
        strays: u32,
    },
    /// The comparison came to nothing.
    ReconciliationFailed {
        /// Which attempt.
        attempt: u32,
        /// Why.
        why: String,
        /// When it is tried again.
        again_at: Moment,
    },
}

/// Nothing that is asked of a day is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// Nothing was told on that day.
    #[error("nothing was acknowledged on that day")]
    Nothing,
}

impl Coded for PushError {
    fn code(&self) -> Code {
        Code::new("R30", 18)
    }

    fn reason(&self) -> Reason {
        "NOT_FOUND"
    }

    fn label(&self) -> Label {
        Label::new(
            "这一天没有推送回执，无需对账。",
            "Nothing was acknowledged on that day; there is nothing to compare.",
        )
    }

    fn status(&self) -> u16 {
        404
    }
}

/// A day with a mirror (推送日).
#[derive(Clone, Debug, Default)]
pub struct Pushes {
    ids: BTreeSet<String>,
    attempt: u32,
    at: Option<Moment>,
}

/// When a day is compared: the next morning, or an hour from now where that has passed.
fn reconcile_at(day: Date, now: Moment) -> Moment {
    let morning = day.tomorrow().unwrap_or(day).at(HOUR, 0, 0, 0);
    Moment::from_wall(morning).max(now.plus_seconds(3600))
}

impl Aggregate for Pushes {
    const KIND: &'static str = "credit-push";
    type Key = PushKey;
    type Command = PushCommand;
    type Event = PushEvent;
    type Error = PushError;
    type World = ();

    fn decide(
        &self,
        (): &(),
        cx: &Context,
        command: PushCommand,
    ) -> Result<Vec<PushEvent>, PushError> {
        if let PushCommand::Acknowledge(ack) = command {
            let is_known = self.ids.contains(&ack.id);
            let reconcile_at = reconcile_at(ack.at.date(), cx.now);
            let event = PushEvent::Acknowledged { ack, reconcile_at };
            return Ok((!is_known).then_some(event).into_iter().collect());
        }
        if self.ids.is_empty() {
            return Err(PushError::Nothing);
        }
        Ok(match command {
            PushCommand::Reconcile if self.at.is_some_and(|at| at <= cx.now) => {
                vec![PushEvent::ReconciliationBegun {
                    attempt: self.attempt.saturating_add(1),
                    again_at: cx.now.plus_seconds(GIVEN_UP_S),
                }]
            }
            PushCommand::RecordReconciled { held, missing, strays } => {
                let told = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
                vec![PushEvent::Reconciled { told, held, missing, strays }]
            }
            PushCommand::FailReconcile { attempt, why } if attempt == self.attempt => {
                let doubled = attempt.saturating_sub(1).min(10);
                let pause = PAUSE_FIRST_S.saturating_mul(1_i64 << doubled).min(PAUSE_MAX_S);
                let again_at = cx.now.plus_seconds(pause);
                vec![PushEvent::ReconciliationFailed { attempt, why, again_at }]
            }
            PushCommand::Acknowledge(_)
            | PushCommand::Reconcile
            | PushCommand::FailReconcile { .. } => Vec::new(),
        })
    }

    fn evolve(&mut self, event: &PushEvent) {
        self.at = match event {
            PushEvent::Acknowledged { ack, reconcile_at } => {
                self.ids.insert(ack.id.clone());
                Some(*reconcile_at)
            }
            PushEvent::ReconciliationBegun { attempt, again_at } => {
                self.attempt = *attempt;
                Some(*again_at)
            }
            PushEvent::Reconciled { .. } => {
                self.attempt = 0;
                None
            }
            PushEvent::ReconciliationFailed { again_at, .. } => Some(*again_at),
        };
    }

    fn deadlines(&self) -> Vec<Deadline<PushCommand>> {
        let deadline =
            |at| Deadline { name: "reconcile".to_owned(), at, command: PushCommand::Reconcile };
        self.at.map(deadline).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::spec;

    fn at(text: &str) -> Moment {
        text.parse().unwrap()
    }

    fn ack(id: &str) -> PushCommand {
        PushCommand::Acknowledge(Box::new(Acknowledged {
            id: id.to_owned(),
            about: PropagationKey("listing:L1".to_owned()),
            round: 1,
            kind: "credit.listed".to_owned(),
            sha256: "ab".repeat(32),
            serial: "GS1".to_owned(),
            at: at("2022-09-22T02:00:00Z"),
            signed: "a.b.c".to_owned(),
        }))
    }

    #[test]
    fn a_day_is_compared_the_next_morning_and_again_until_it_was() {
        let mut given = spec::given::<Pushes>(&(), []).at(at("2022-09-22T02:00:00Z"));
        assert_eq!(given.when(PushCommand::Reconcile), Err(PushError::Nothing));
        assert_eq!(given.when(ack("a")).unwrap().len(), 1);
        assert_eq!(given.when(ack("a")), Ok(vec![]), "told twice");
        // Six in the morning of the 23rd in Beijing.
        assert_eq!(given.wind(at("2022-09-22T21:59:59Z")).unwrap(), []);
        let begun = given.wind(at("2022-09-22T22:00:00Z")).unwrap();
        assert!(matches!(&begun[..], [PushEvent::ReconciliationBegun { attempt: 1, .. }]));
        let why = "503".to_owned();
        given.when(PushCommand::FailReconcile { attempt: 1, why }).unwrap();
        let again = given.wind(at("2022-09-22T22:15:00Z")).unwrap();
        assert!(matches!(&again[..], [PushEvent::ReconciliationBegun { attempt: 2, .. }]));
        let done = PushCommand::RecordReconciled { held: 1, missing: Vec::new(), strays: 0 };
        assert_eq!(given.when(done).unwrap().len(), 1);
        assert_eq!(given.wind(at("2022-09-30T00:00:00Z")).unwrap(), [], "it was compared");
    }

    #[test]
    fn a_key_names_the_mirror_and_the_day() {
        let day = Date::constant(2022, 9, 22);
        let key = PushKey::of("credit-china", day);
        assert_eq!(key.parts(), Some(("credit-china", day)));
        assert_eq!(PushKey("credit-china".to_owned()).parts(), None);
    }
}
