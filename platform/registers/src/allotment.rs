//! Codes that a registration organ allots (赋码): the unified social credit code of a new enterprise.

use codes::{Code, Coded, Division, Label, Reason, Uscc};
use kernel::{Aggregate, Context, Json, OrganKey};
use serde::{Deserialize, Serialize};

/// The characters of GB 32100, in the order of their values.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// What can be asked of an organ's allotment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum AllotmentCommand {
    /// Allot the next code.
    Allot {
        /// For whom: the number of a case.
        holder: String,
        /// The division of the organ.
        division: String,
    },
    /// Allot the next serials of a kind, such as those of seal codes.
    AllotBlock {
        /// For whom.
        holder: String,
        /// How many.
        count: u32,
        /// What the asker wants to have again with the answer.
        note: Json,
    },
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AllotmentEvent {
    /// A code was allotted.
    Allotted {
        /// For whom.
        holder: String,
        /// The code.
        uscc: String,
        /// The serial within the organ's segment.
        serial: u32,
    },
    /// Serials were allotted.
    BlockAllotted {
        /// For whom.
        holder: String,
        /// The first serial.
        first: u32,
        /// How many.
        count: u32,
        /// What the asker wanted to have again.
        note: Json,
    },
}

/// Why no code is allotted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AllotmentError {
    /// The division is none that has a segment.
    #[error("`{0}` has no segment of codes")]
    NoSegment(String),
    /// The segment is used up.
    #[error("the segment of codes is used up")]
    UsedUp,
}

impl Coded for AllotmentError {
    fn code(&self) -> Code {
        match self {
            Self::NoSegment(_) => Code::new("REG", 7),
            Self::UsedUp => Code::new("REG", 8),
        }
    }
    fn reason(&self) -> Reason {
        match self {
            Self::NoSegment(_) => "NO_SEGMENT",
            Self::UsedUp => "SEGMENT_USED_UP",
        }
    }
    fn label(&self) -> Label {
        Label::new(
            "登记机关的统一社会信用代码号段不可用，请联系运行人员。",
            "The organ's segment of credit codes is not available. Please contact the operator.",
        )
    }
    fn status(&self) -> u16 {
        503
    }
}

/// The codes of one registration organ, or the serials of one kind in one place.
#[derive(Clone, Copy, Debug, Default)]
pub struct Allotment {
    next: u32,
}

/// The code of a serial: department 9, kind 1, the division, and a body `M` + segment of the division + serial, so that
/// the body alone is unique in the nation (GB 11714).
fn assemble(division: &str, serial: u32) -> Result<Uscc, AllotmentError> {
    let missing = || AllotmentError::NoSegment(division.to_owned());
    let division: Division = division.parse().map_err(|_code| missing())?;
    let segment = Division::all().position(|known| known == division).ok_or_else(missing)?;
    let segment = u32::try_from(segment).map_err(|_range| missing())?;
    let mut body = String::from("M");
    digits(segment, 3, &mut body).ok_or_else(missing)?;
    digits(serial, 4, &mut body).ok_or(AllotmentError::UsedUp)?;
    Uscc::assemble('9', '1', division, &body).map_err(|_shape| missing())
}

/// Writes a number in base 31 with so many places; `None` if it does not fit.
fn digits(mut number: u32, places: usize, to: &mut String) -> Option<()> {
    let mut reversed = Vec::with_capacity(places);
    for _ in 0..places {
        reversed.push(*ALPHABET.get(usize::try_from(number % 31).ok()?)?);
        number /= 31;
    }
    to.extend(reversed.iter().rev().map(|byte| char::from(*byte)));
    (number == 0).then_some(())
}

impl Aggregate for Allotment {
    const KIND: &'static str = "allotment";
    type Key = OrganKey;
    type Command = AllotmentCommand;
    type Event = AllotmentEvent;
    type Error = AllotmentError;
    type World = ();

    fn decide(
        &self,
        (): &(),
        _cx: &Context,
        command: AllotmentCommand,
    ) -> Result<Vec<AllotmentEvent>, AllotmentError> {
        Ok(match command {
            AllotmentCommand::Allot { holder, division } => {
                let uscc = assemble(&division, self.next)?.to_string();
                vec![AllotmentEvent::Allotted { holder, uscc, serial: self.next }]
            }
            AllotmentCommand::AllotBlock { holder, count, note } => {
                self.next.checked_add(count).ok_or(AllotmentError::UsedUp)?;
                vec![AllotmentEvent::BlockAllotted { holder, first: self.next, count, note }]
            }
        })
    }

    fn evolve(&mut self, event: &AllotmentEvent) {
        self.next = match event {
            AllotmentEvent::Allotted { serial, .. } => serial.saturating_add(1),
            AllotmentEvent::BlockAllotted { first, count, .. } => first.saturating_add(*count),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::spec;

    #[test]
    fn codes_verify_and_never_repeat() {
        let mut organ = spec::given::<Allotment>(&(), []);
        let mut seen = std::collections::BTreeSet::new();
        for at in 0..40 {
            let command =
                AllotmentCommand::Allot { holder: at.to_string(), division: "440115".to_owned() };
            let events = organ.when(command).unwrap();
            let AllotmentEvent::Allotted { uscc, .. } = &events[0] else { panic!("{events:?}") };
            assert!(uscc.starts_with("91440115M"), "{uscc}");
            assert_eq!(uscc.parse::<Uscc>().unwrap().to_string(), *uscc);
            assert!(seen.insert(uscc.clone()));
        }
    }
}
