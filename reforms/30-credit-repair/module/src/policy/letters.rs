//! Letters (文书): each decision is served on the entity, and says which condition fails and from when it will hold.

use crate::repair::{About, Failing, Repair, RepairEvent, cause_label};
use codes::Label;
use delivery::{Content, Filling, Notice, NoticeCommand, NoticeEvent, NoticeKey, Order};
use documents::Values;
use kernel::{Aggregate as _, Origin, Policy, Reaction, Recorded, Unreadable};
use registers::listings::{Listing, ListingCommand, ListingKey};
use std::collections::BTreeMap;

/// Decided or found, so a letter is served.
#[derive(Clone, Copy, Debug, Default)]
pub struct WriteLetters;

/// The key of a letter: what it answers, and of which sort.
#[must_use]
pub fn letter_key(event: &Recorded, template: &str) -> NoticeKey {
    NoticeKey(format!("credit-{}-{}-{template}", event.shard, event.seq))
}

/// The key of the decision that removes an entry: it names the entry, so that its number finds the way back.
#[must_use]
pub fn removal_key(listing: &ListingKey, no: u32) -> NoticeKey {
    NoticeKey(format!("{REMOVAL}{listing}.{no}"))
}

/// How the key of a decision of removal begins.
const REMOVAL: &str = "credit-removal-";

/// The decision that removes an entry got its number (文号), so the register bears it.
#[derive(Clone, Copy, Debug, Default)]
pub struct NumberRemovals;

impl Policy for NumberRemovals {
    fn name(&self) -> &'static str {
        "credit.number_removals"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["notice.Numbered"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let named = event.key.strip_prefix(REMOVAL).and_then(|rest| rest.rsplit_once('.'));
        let Some((listing, _no)) = named else { return Ok(Vec::new()) };
        let NoticeEvent::Numbered { number } = event.read()? else { return Ok(Vec::new()) };
        let command = ListingCommand::Number { decision_no: number };
        Ok(vec![event.leads_to::<Listing>(&ListingKey(listing.to_owned()), &command)?])
    }
}

impl Policy for WriteLetters {
    fn name(&self) -> &'static str {
        "credit.letters"
    }

    fn listens(&self) -> &'static [&'static str] {
        &[
            "repair.EligibleFound",
            "repair.Accepted",
            "repair.NotAccepted",
            "repair.Announced",
            "repair.Granted",
            "repair.Refused",
            "repair.Rescinded",
        ]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let what: RepairEvent = event.read()?;
        let removes = match &what {
            RepairEvent::Granted { listing, no, .. } => Some((listing.clone(), *no)),
            _ => None,
        };
        let Some((template, about, values)) = letter(what) else { return Ok(Vec::new()) };
        let order = Order {
            origin: Origin {
                kind: Repair::KIND.to_owned(),
                key: event.key.to_string(),
                event: event.id(),
            },
            issuer: about.issuer,
            party: about.party,
            content: Content::Template {
                template: template.to_owned(),
                // What these letters say of an entity is public by law; none of it tells of a person.
                filling: Filling::Plain(values),
                facts: BTreeMap::new(),
            },
            channels: Vec::new(),
        };
        let command = NoticeCommand::Issue(Box::new(order));
        let key = removes
            .map_or_else(|| letter_key(event, template), |(listing, no)| removal_key(&listing, no));
        Ok(vec![event.leads_to::<Notice>(&key, &command)?])
    }
}

/// The template, whom it is for, and with what it is filled.
fn letter(event: RepairEvent) -> Option<(&'static str, About, Values)> {
    Some(match event {
        RepairEvent::EligibleFound { about, from, kind, .. } => {
            let values = base(&about).text("kind", kind.label().zh).date("from", from);
            ("repair_eligible", *about, values)
        }
        RepairEvent::Accepted { about, on, decide_by, .. } => {
            let values = base(&about).date("accepted_on", on);
            let values = match decide_by {
                Some(day) => values.date("decide_by", day),
                None => values,
            };
            ("repair_acceptance", *about, values)
        }
        RepairEvent::NotAccepted { about, failing, text, .. } => {
            ("repair_not_accepted", *about.clone(), conditions(base(&about), &failing, &text))
        }
        RepairEvent::Announced { about, from, to, corrected, .. } => {
            let values =
                base(&about).text("corrected", corrected).date("from", from).date("to", to);
            ("repair_announcement", *about, values)
        }
        RepairEvent::Granted { about, on, ground, .. } => {
            let values = base(&about).date("removed_on", on).text("ground", ground);
            ("repair_removal", *about, values)
        }
        RepairEvent::Refused { about, failing, text, ground, .. } => {
            let values = conditions(base(&about), &failing, &text).text("ground", ground);
            ("repair_refusal", *about, values)
        }
        RepairEvent::Rescinded { about, on, ground, .. } => {
            let values = base(&about).date("restored_on", on).text("ground", ground);
            ("repair_rescission", *about, values)
        }
        _ => return None,
    })
}

/// What every letter says.
fn base(about: &About) -> Values {
    Values::new()
        .text("to_name", about.name.as_str())
        .text("uscc", about.uscc.as_str())
        .text("list", about.list.label().zh)
        .text("cause", cause_label(&about.cause).zh)
        .text("decision_no", about.decision_no.as_str())
        .date("listed_on", about.listed_on)
}

/// Each condition that fails, with the day on which it will hold.
fn conditions(values: Values, failing: &[Failing], text: &Label) -> Values {
    let lines = failing.iter().map(|one| {
        let label = one.need.label().zh;
        one.until
            .map_or_else(|| format!("{label}：目前不具备"), |day| format!("{label}：自{day}起具备"))
    });
    values.texts("conditions", lines.collect::<Vec<_>>()).text("advice", text.zh.as_str())
}
