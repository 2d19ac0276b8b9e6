//! Who hears of it (告知与撤回): mirrors of the list, and departments that apply a restriction, each with its receipt.

use crate::repair::RepairEvent;
use credit_repair::{ListKind, Measure};
use exchange::{Propagation, PropagationCommand, PropagationKey, Telling};
use kernel::{Policy, Reaction, Recorded, Unreadable};
use registers::listings::{ListingEvent, ListingKey, Subject};
use std::collections::BTreeSet;

/// Systems that mirror every entry: the national publicity system and 信用中国.
pub const MIRRORS: [&str; 2] = ["credit-publicity", "credit-china"];

/// The propagation of an entry.
#[must_use]
pub(crate) fn of_listing(listing: &ListingKey) -> PropagationKey {
    PropagationKey(format!("listing:{listing}"))
}

/// The propagation of a restriction on an entity.
#[must_use]
pub(crate) fn of_measure(uscc: &str, measure: &Measure) -> PropagationKey {
    PropagationKey(format!("credit:{uscc}:{measure}"))
}

/// A restriction begins or ends, so those who apply it are told; its end reaches everybody who was told of its begin.
#[derive(Clone, Copy, Debug, Default)]
pub struct TellRestrictions;

impl Policy for TellRestrictions {
    fn name(&self) -> &'static str {
        "credit.tell_restrictions"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["repair.RestrictionImposed", "repair.RestrictionLifted"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let (key, telling, to) = match event.read()? {
            RepairEvent::RestrictionImposed {
                measure,
                uscc,
                name,
                listings,
                recipients,
                source,
                on,
            } => {
                let listings: Vec<String> = listings.into_iter().map(|key| key.0).collect();
                let basis: String = source.chars().take(200).collect();
                let telling = Telling::new("credit.restriction_imposed", "实施联合惩戒", basis)
                    .with("uscc", uscc.as_str())
                    .with("enterprise_name", name)
                    .with("measure", measure.0.as_str())
                    .with("on", on.to_string())
                    .with("listings", listings);
                (of_measure(&uscc, &measure), telling, recipients)
            }
            RepairEvent::RestrictionLifted { measure, uscc, name, on } => {
                let basis = "市场监督管理信用修复管理办法第十三条；国家发展改革委令第36号";
                let telling = Telling::new("credit.restriction_lifted", "解除联合惩戒", basis)
                    .with("uscc", uscc.as_str())
                    .with("enterprise_name", name)
                    .with("measure", measure.0.as_str())
                    .with("on", on.to_string());
                (of_measure(&uscc, &measure), telling, BTreeSet::new())
            }
            _ => return Ok(Vec::new()),
        };
        let command = PropagationCommand::Tell { telling: Box::new(telling), to };
        Ok(vec![event.leads_to::<Propagation>(&key, &command)?])
    }
}

/// An entry is made or ends, so the mirrors are told.
#[derive(Clone, Copy, Debug, Default)]
pub struct TellListings;

impl Policy for TellListings {
    fn name(&self) -> &'static str {
        "credit.tell_listings"
    }

    fn listens(&self) -> &'static [&'static str] {
        &[
            "listing.Listed",
            "listing.Removed",
            "listing.Ended",
            "listing.SetAside",
            "listing.Restored",
        ]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let listing = ListingKey(event.key.to_string());
        let (of, telling) = match event.read()? {
            ListingEvent::Listed { entry } => {
                let telling = begins(&listing, &entry.listed_on.to_string())
                    .with("cause_code", entry.cause)
                    .with("decision_no", entry.decision_no)
                    .with("organ", entry.organ_name);
                (
                    Subject { uscc: entry.subject, name: entry.subject_name, list: entry.list },
                    telling,
                )
            }
            ListingEvent::Restored { of, on, .. } => (of, begins(&listing, &on.to_string())),
            ListingEvent::Removed { of, on, ground, .. }
            | ListingEvent::Ended { of, on, ground }
            | ListingEvent::SetAside { of, on, ground, .. } => {
                let ground: String = ground.chars().take(200).collect();
                let telling = Telling::new(
                    "credit.removed",
                    "停止公示",
                    "市场监督管理信用修复管理办法第十二条；总局令第45号第十三条",
                );
                let telling = telling
                    .with("listing", listing.0.as_str())
                    .with("removed_on", on.to_string())
                    .with("ground", ground);
                (of, telling)
            }
            ListingEvent::Amended { .. } | ListingEvent::Marked { .. } => return Ok(Vec::new()),
        };
        if ListKind::of(&of.list).is_none() {
            return Ok(Vec::new());
        }
        let telling = telling
            .with("uscc", of.uscc)
            .with("enterprise_name", of.name)
            .with("list_kind", of.list);
        let to = MIRRORS.map(str::to_owned).into();
        let command = PropagationCommand::Tell { telling: Box::new(telling), to };
        Ok(vec![event.leads_to::<Propagation>(&of_listing(&listing), &command)?])
    }
}

fn begins(listing: &ListingKey, on: &str) -> Telling {
    Telling::new("credit.listed", "公示列入信息", "企业信息公示暂行条例第六条")
        .with("listing", listing.0.as_str())
        .with("listed_on", on)
}
