//! Which cases have asked for a licence of one and the same premises, so that a visit made for one can count for the next (E8).
//!
//! The key is a digest of the address: who knows the address finds it, and nobody reads addresses out of events.

use crate::model::{CaseKey, Hex};
use catalogue::definition::ServiceKey;
use codes::{Code, Coded, Label, Reason};
use elements::Value;
use forms::Answers;
use kernel::{Aggregate, Context};
use seals::Digest;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, VecDeque};
use std::fmt;

/// How many earlier cases of the same premises are asked; a registered address of many companies asks no more.
pub const EARLIER_MAX: usize = 16;

/// The premises by the digest of their address.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PremisesKey(pub Hex);

impl fmt::Display for PremisesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PremisesKey {
    /// The premises of answers: where the business is, else where the enterprise is; none while no address is given.
    #[must_use]
    pub fn of(answers: &Answers) -> Option<Self> {
        let business = match answers.plain.get("business_address") {
            Some(Value::Map(parts)) => {
                let part = |key: &str| parts.get(key).and_then(Value::as_text);
                part("division").zip(part("detail"))
            }
            _ => None,
        };
        let plain = |key: &str| answers.plain.get(key).and_then(Value::as_text);
        let (division, detail) =
            business.or_else(|| plain("address_division").zip(plain("address_detail")))?;
        let text = format!("lianban premises 1\n{division}\n{}", folded(detail));
        Some(Self(Digest::sha256(text.as_bytes()).hex()))
    }
}

/// An address as it is compared: without spaces, full width as half width.
fn folded(text: &str) -> String {
    let half = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    };
    text.chars().filter(|c| !c.is_whitespace()).map(half).collect()
}

/// What can be asked of premises.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PremisesCommand {
    /// A case was handed in for them: which earlier cases are there?
    Ask {
        /// The case.
        case: CaseKey,
        /// The services that visit the premises.
        services: BTreeSet<ServiceKey>,
    },
}

/// What happens to premises. Wire format: changed by adding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PremisesEvent {
    /// A case was handed in for them.
    Asked {
        /// The case.
        case: CaseKey,
        /// The services that visit the premises.
        services: BTreeSet<ServiceKey>,
        /// Earlier cases of the same premises, the newest last.
        earlier: Vec<CaseKey>,
    },
}

/// Premises have nothing to refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Never {}

impl Coded for Never {
    fn code(&self) -> Code {
        match *self {}
    }

    fn reason(&self) -> Reason {
        match *self {}
    }

    fn label(&self) -> Label {
        match *self {}
    }

    fn status(&self) -> u16 {
        match *self {}
    }
}

/// Premises, by the cases that were handed in for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Premises {
    cases: VecDeque<CaseKey>,
}

impl Aggregate for Premises {
    const KIND: &'static str = "premises";
    type Key = PremisesKey;
    type Command = PremisesCommand;
    type Event = PremisesEvent;
    type Error = Never;
    type World = ();

    fn decide(
        &self,
        (): &(),
        _cx: &Context,
        command: PremisesCommand,
    ) -> Result<Vec<PremisesEvent>, Never> {
        let PremisesCommand::Ask { case, services } = command;
        if self.cases.contains(&case) {
            return Ok(Vec::new());
        }
        let earlier = self.cases.iter().cloned().collect();
        Ok(vec![PremisesEvent::Asked { case, services, earlier }])
    }

    fn evolve(&mut self, event: &PremisesEvent) {
        let PremisesEvent::Asked { case, .. } = event;
        if self.cases.len() == EARLIER_MAX {
            self.cases.pop_front();
        }
        self.cases.push_back(case.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::spec::given;

    fn at(division: &str, detail: &str) -> Option<PremisesKey> {
        let json = format!(
            r#"{{"plain":{{"address_division":"{division}","address_detail":"{detail}"}}}}"#
        );
        PremisesKey::of(&serde_json::from_str(&json).unwrap())
    }

    #[test]
    fn an_address_is_the_same_however_wide_it_is_typed() {
        let key = at("440115", "进港大道8号1208房").unwrap();
        assert_eq!(at("440115", " 进港大道８号 1208房"), Some(key.clone()));
        assert_ne!(at("440115", "进港大道8号1209房"), Some(key.clone()));
        assert_ne!(at("440113", "进港大道8号1208房"), Some(key.clone()));
        let business = r#"{"plain":{"address_division":"440113","address_detail":"别处",
            "business_address":{"division":"440115","detail":"进港大道8号1208房"}}}"#;
        assert_eq!(PremisesKey::of(&serde_json::from_str(business).unwrap()), Some(key));
        assert_eq!(PremisesKey::of(&Answers::default()), None);
    }

    #[test]
    fn what_is_written_stays_readable() {
        let event = PremisesEvent::Asked {
            case: CaseKey("440115-260212-000001-33".to_owned()),
            services: [ServiceKey::new(28, "food")].into(),
            earlier: vec![CaseKey("440115-260101-000001-30".to_owned())],
        };
        let golden = r#"{"Asked":{"case":"440115-260212-000001-33","services":["28/food"],"earlier":["440115-260101-000001-30"]}}"#;
        assert_eq!(serde_json::to_string(&event).unwrap(), golden);
        assert_eq!(serde_json::from_str::<PremisesEvent>(golden).unwrap(), event);
    }

    #[test]
    fn so_many_earlier_cases_are_told_and_none_twice() {
        let mut premises = given::<Premises>(&(), []);
        let ask = |n: usize| PremisesCommand::Ask {
            case: CaseKey(format!("{n}")),
            services: BTreeSet::new(),
        };
        for n in 0..EARLIER_MAX + 3 {
            let events = premises.when(ask(n)).unwrap();
            let PremisesEvent::Asked { earlier, .. } = &events[0];
            let first = n.saturating_sub(EARLIER_MAX);
            let expected: Vec<CaseKey> = (first..n).map(|n| CaseKey(n.to_string())).collect();
            assert_eq!(*earlier, expected);
        }
        assert_eq!(premises.when(ask(EARLIER_MAX)).unwrap(), [], "it was handed in once");
    }
}
