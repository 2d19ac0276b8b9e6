//! Visits that count again (现场核查结果沿用, E8): a case that is handed in asks its premises for earlier cases, those tell
//! which visits stand, and the new case counts them.
//!
//! ```text
//!  case.PremisesNamed ─► premises.Ask ─► premises.Asked ─► earlier cases: TellVisits ─► case.VisitTold ─► CountVisit
//! ```

use crate::policies::to_case;
use cases::premises::{PremisesCommand, PremisesEvent, PremisesKey};
use cases::{CaseCommand, CaseEvent, CaseKey};
use kernel::{Policy, Reaction, Recorded, Unreadable};

/// A case that asks for licences is noted at its premises.
#[derive(Debug)]
pub(crate) struct AskPremises;

impl Policy for AskPremises {
    fn name(&self) -> &'static str {
        "linkage.ask_premises"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["case.PremisesNamed"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let CaseEvent::PremisesNamed { premises, services } = event.read()? else {
            return Ok(Vec::new());
        };
        let ask = PremisesCommand::Ask { case: CaseKey(event.key.to_string()), services };
        let key = PremisesKey(premises);
        Ok(vec![event.leads_to::<cases::premises::Premises>(&key, &ask)?])
    }
}

/// Earlier cases of the same premises are asked for their visits.
#[derive(Debug)]
pub(crate) struct AskEarlierCases;

impl Policy for AskEarlierCases {
    fn name(&self) -> &'static str {
        "linkage.ask_earlier_cases"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["premises.Asked"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let PremisesEvent::Asked { case, services, earlier } = event.read()?;
        let tell = CaseCommand::TellVisits { to: case, services };
        earlier.iter().map(|earlier| to_case(event, &earlier.0, &tell)).collect()
    }
}

/// What an earlier case tells is counted by the later one.
#[derive(Debug)]
pub(crate) struct CountVisits;

impl Policy for CountVisits {
    fn name(&self) -> &'static str {
        "linkage.count_visits"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["case.VisitTold"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let CaseEvent::VisitTold { service, on, to, task: _ } = event.read()? else {
            return Ok(Vec::new());
        };
        let count = CaseCommand::CountVisit { service, on, of: CaseKey(event.key.to_string()) };
        Ok(vec![to_case(event, &to.0, &count)?])
    }
}
