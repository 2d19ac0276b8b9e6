//! What follows from the licences' own events: numbers, signatures, the end of what was replaced.

use crate::decide::{Book, BookCommand, Licence, LicenceCommand, StatusBook, StatusCommand};
use crate::errand::Sign;
use crate::event::{BookEvent, LicenceEvent, StatusEvent};
use crate::model::{LicenceKey, StatusBookKey};
use kernel::{Policy, Reaction, Recorded, Unreadable};

/// Issued, so a number is allotted in the same batch; where one was given, it gets its place in a status list.
#[derive(Clone, Copy, Debug, Default)]
pub struct NumberOnIssue;

impl Policy for NumberOnIssue {
    fn name(&self) -> &'static str {
        "licences.number_on_issue"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["licence.Issued"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let LicenceEvent::Issued { numbering, .. } = event.read()? else { return Ok(Vec::new()) };
        Ok(vec![match numbering {
            None => place(event)?,
            Some(numbering) => {
                let book = numbering.book.clone();
                let licence = LicenceKey(event.key.to_string());
                event.leads_to::<Book>(&book, &BookCommand::Allot { licence, numbering })?
            }
        }])
    }
}

/// Allotted, so the licence has its number.
#[derive(Clone, Copy, Debug, Default)]
pub struct NumberLicence;

impl Policy for NumberLicence {
    fn name(&self) -> &'static str {
        "licences.number_licence"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["licence-book.Allotted"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let BookEvent::Allotted { licence, number, .. } = event.read()?;
        Ok(vec![event.leads_to::<Licence>(&licence, &LicenceCommand::Number { number })?])
    }
}

/// Numbered, so it gets its place in a status list, in the same batch.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlaceOnNumber;

impl Policy for PlaceOnNumber {
    fn name(&self) -> &'static str {
        "licences.place_on_number"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["licence.Numbered"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        Ok(vec![place(event)?])
    }
}

/// It has its place, so the licence is signed.
#[derive(Clone, Copy, Debug, Default)]
pub struct SignOnPlace;

impl Policy for SignOnPlace {
    fn name(&self) -> &'static str {
        "licences.sign_on_place"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["licence-status.Placed"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let StatusEvent::Placed { licence, serial } = event.read()?;
        Ok(vec![event.sends(&Sign {
            licence,
            shard: event.shard.clone(),
            serial: Some(serial),
        })?])
    }
}

/// Signed, so what it takes the place of ends in the same batch.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReplaceOnSigned;

impl Policy for ReplaceOnSigned {
    fn name(&self) -> &'static str {
        "licences.replace_on_signed"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["licence.Signed"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let LicenceEvent::Signed { order, .. } = event.read()? else { return Ok(Vec::new()) };
        let Some(replaced) = order.replaces else { return Ok(Vec::new()) };
        let command = LicenceCommand::Replace { by: LicenceKey(event.key.to_string()) };
        Ok(vec![event.leads_to::<Licence>(&replaced, &command)?])
    }
}

fn place(event: &Recorded) -> Result<Reaction, Unreadable> {
    let licence = LicenceKey(event.key.to_string());
    let book = StatusBookKey(event.shard.as_str().to_owned());
    event.leads_to::<StatusBook>(&book, &StatusCommand::Place { licence })
}
