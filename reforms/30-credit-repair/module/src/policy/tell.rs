//! Who hears of it (告知与撤回): mirrors of the list, and departments that apply a restriction, each with its receipt.

use super::announce::listing_of;
use crate::repair::{Repair, RepairEvent};
use credit_repair::{ListKind, Measure};
use delivery::announcement::AnnouncementEvent;
use exchange::{Propagation, PropagationCommand, PropagationKey, Telling};
use kernel::{Aggregate as _, Policy, Reaction, Recorded, Unreadable};
use registers::listings::{ListingEvent, ListingKey, Subject};
use std::collections::BTreeSet;

/// Systems that mirror every entry: the national publicity system and 信用中国.
pub const MIRRORS: [&str; 2] = [PUBLICITY, "credit-china"];

/// The national publicity system (国家企业信用信息公示系统), where repair is announced.
pub(crate) const PUBLICITY: &str = "credit-publicity";

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
            "listing.Numbered",
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
            ListingEvent::Removed { of, on, ground, decision_no }
            | ListingEvent::SetAside { of, on, ground, decision_no } => {
                (of, ends(&listing, &on.to_string(), &ground, &decision_no))
            }
            ListingEvent::Ended { of, on, ground } => {
                (of, ends(&listing, &on.to_string(), &ground, ""))
            }
            // Publication ended at once; the number of the decision follows in a round of its own.
            ListingEvent::Numbered { of, decision_no } => {
                (of, ends(&listing, &event.at.date().to_string(), "信用修复", &decision_no))
            }
            ListingEvent::Amended { .. }
            | ListingEvent::Marked { .. }
            | ListingEvent::Supported { .. } => return Ok(Vec::new()),
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

/// An announcement begins, is prolonged, or ends, so the national publicity system shows it (国函〔2020〕96号 annex, 30).
#[derive(Clone, Copy, Debug, Default)]
pub struct TellAnnouncements;

impl Policy for TellAnnouncements {
    fn name(&self) -> &'static str {
        "credit.tell_announcements"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["announcement.Announced", "announcement.Moved", "announcement.Ended"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let of = |kind: &str, purpose: &str| {
            Telling::new(kind, purpose, "国函〔2020〕96号附件第三十项")
                .with("announcement", &*event.key)
        };
        let short = |text: &str| text.chars().take(200).collect::<String>();
        let (origin, telling) = match event.read()? {
            AnnouncementEvent::Announced { posting, from, to, .. } => {
                let fact = |name: &str| posting.facts.get(name).cloned().unwrap_or_default();
                let telling = of("credit.announced", "发布信用修复公告")
                    .with("uscc", fact("uscc"))
                    .with("enterprise_name", fact("enterprise_name"))
                    .with("listing", listing_of(&event.key).0)
                    .with("title", short(&posting.title.zh))
                    .with("text", posting.text.zh.as_str())
                    .with("organ", posting.issuer.name.as_str())
                    .with("from", from.to_string())
                    .with("to", to.to_string());
                (posting.origin, telling)
            }
            AnnouncementEvent::Moved { origin, to, cause, .. } => {
                let telling = of("credit.announcement_moved", "公告期顺延")
                    .with("to", to.to_string())
                    .with("cause", short(&cause.zh));
                (origin, telling)
            }
            AnnouncementEvent::Ended { origin, on, reason, .. } => {
                let telling = of("credit.announcement_ended", "公告终止或者期满");
                let telling = telling.with("on", on.to_string());
                let telling = match reason {
                    Some(reason) => telling.with("reason", short(&reason)),
                    None => telling,
                };
                (origin, telling)
            }
            _ => return Ok(Vec::new()),
        };
        if origin.kind != Repair::KIND {
            return Ok(Vec::new());
        }
        let key = PropagationKey(format!("announcement:{}", event.key.replace('.', ":")));
        let to = [PUBLICITY.to_owned()].into();
        let command = PropagationCommand::Tell { telling: Box::new(telling), to };
        Ok(vec![event.leads_to::<Propagation>(&key, &command)?])
    }
}

fn ends(listing: &ListingKey, on: &str, ground: &str, decision_no: &str) -> Telling {
    let ground: String = ground.chars().take(200).collect();
    let basis = "市场监督管理信用修复管理办法第十二条；总局令第45号第十三条";
    let telling = Telling::new("credit.removed", "停止公示", basis)
        .with("listing", listing.0.as_str())
        .with("removed_on", on)
        .with("ground", ground);
    if decision_no.is_empty() { telling } else { telling.with("decision_no", decision_no) }
}

fn begins(listing: &ListingKey, on: &str) -> Telling {
    Telling::new("credit.listed", "公示列入信息", "企业信息公示暂行条例第六条")
        .with("listing", listing.0.as_str())
        .with("listed_on", on)
}
