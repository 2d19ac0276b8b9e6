//! The series of case numbers (编号序列): one a division and day, in the shard of its cases.

use crate::error::DeskError;
use codes::{CaseNo, Date, Division};
use kernel::{Aggregate, Context};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A division and a day, such as `440115-2026-02-12`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SeriesKey(pub String);

impl SeriesKey {
    /// The series of a division and a day.
    #[must_use]
    pub fn of(division: Division, day: Date) -> Self {
        Self(format!("{division}-{day}"))
    }
}

impl fmt::Display for SeriesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What can be asked of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SeriesCommand {
    /// Allot the next number.
    Allot,
}

/// What happens to a series. Wire format: changed by adding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SeriesEvent {
    /// A number was allotted.
    Allotted {
        /// The serial within division and day, from 1.
        serial: u32,
    },
}

/// The numbers allotted for a division and a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CaseSeries {
    last: u32,
}

impl Aggregate for CaseSeries {
    const KIND: &'static str = "case_series";
    type Key = SeriesKey;
    type Command = SeriesCommand;
    type Event = SeriesEvent;
    type Error = DeskError;
    type World = ();

    fn decide(
        &self,
        _world: &(),
        _cx: &Context,
        command: SeriesCommand,
    ) -> Result<Vec<SeriesEvent>, DeskError> {
        match command {
            SeriesCommand::Allot if self.last >= CaseNo::SERIAL_MAX => {
                Err(DeskError::SeriesExhausted)
            }
            SeriesCommand::Allot => Ok(vec![SeriesEvent::Allotted { serial: self.last + 1 }]),
        }
    }

    fn evolve(&mut self, event: &SeriesEvent) {
        let SeriesEvent::Allotted { serial } = event;
        self.last = *serial;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::spec::given;

    #[test]
    fn numbers_of_a_day_follow_one_another_and_end() {
        let mut series = given::<CaseSeries>(&(), []);
        for serial in 1..=3 {
            assert_eq!(
                series.when(SeriesCommand::Allot),
                Ok(vec![SeriesEvent::Allotted { serial }])
            );
        }
        let last = SeriesEvent::Allotted { serial: CaseNo::SERIAL_MAX };
        let mut full = given::<CaseSeries>(&(), [last]);
        assert_eq!(full.when(SeriesCommand::Allot), Err(DeskError::SeriesExhausted));
    }
}
