//! The watch of an office (风险监测): once an hour it assesses every enterprise, once a day it makes the statements.

use crate::error::GuaranteeError;
use crate::model::WatchKey;
use codes::Moment;
use kernel::{Aggregate, Context, Deadline};
use serde::{Deserialize, Serialize};

/// An hour, in seconds.
const HOUR: i64 = 3_600;

/// What may be asked of a watch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WatchCommand {
    /// Begin; again is nothing.
    Begin,
    /// The next round is due; a timer.
    Round,
}

/// What happened; wire format, frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WatchEvent {
    /// It began.
    Begun {
        /// The first round.
        next: Moment,
    },
    /// A round is due.
    RoundDue {
        /// Of which instant.
        at: Moment,
        /// Whether a day ended with it, so that statements are made.
        day_ended: bool,
        /// The next one: one that a server slept through is not made up for.
        next: Moment,
    },
}

/// The watch of an office.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    next: Option<Moment>,
}

/// The next full hour after an instant.
fn full_hour(after: Moment) -> Moment {
    let start = Moment::start_of(after.date());
    let passed = after.us().saturating_sub(start.us()) / (HOUR * 1_000_000);
    start.plus_seconds((passed + 1).saturating_mul(HOUR))
}

impl Aggregate for Watch {
    const KIND: &'static str = "guarantee_watch";
    type Key = WatchKey;
    type Command = WatchCommand;
    type Event = WatchEvent;
    type Error = GuaranteeError;
    type World = ();

    fn decide(
        &self,
        _world: &(),
        cx: &Context,
        command: WatchCommand,
    ) -> Result<Vec<WatchEvent>, GuaranteeError> {
        Ok(match (command, self.next) {
            (WatchCommand::Begin, None) => vec![WatchEvent::Begun { next: full_hour(cx.now) }],
            (WatchCommand::Round, Some(at)) if cx.now >= at => {
                let next = full_hour(cx.now);
                // The first round of a day sees that the day before has ended.
                let day_ended = at.plus_seconds(-HOUR).date() != cx.now.date();
                vec![WatchEvent::RoundDue { at: cx.now, day_ended, next }]
            }
            (WatchCommand::Begin, Some(_)) | (WatchCommand::Round, _) => Vec::new(),
        })
    }

    fn evolve(&mut self, event: &WatchEvent) {
        let (WatchEvent::Begun { next } | WatchEvent::RoundDue { next, .. }) = event;
        self.next = Some(*next);
    }

    fn deadlines(&self) -> Vec<Deadline<WatchCommand>> {
        let round = |at| Deadline { name: "round".to_owned(), at, command: WatchCommand::Round };
        self.next.map(round).into_iter().collect()
    }
}
