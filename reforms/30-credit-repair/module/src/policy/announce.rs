//! The announcement (信用修复公告): published by delivery, heard back by the repair that it belongs to.

use crate::repair::{About, Repair, RepairCommand, RepairEvent, RepairKey, cause_label};
use calendar::{End, Term};
use codes::Label;
use delivery::announcement::{
    Announcement, AnnouncementCommand, AnnouncementEvent, AnnouncementKey, Objections, OutageRule,
    Posting,
};
use kernel::{Aggregate as _, Origin, Policy, Reaction, Recorded, Unreadable};
use registers::listings::ListingKey;

/// The key of the announcement of an application.
#[must_use]
pub(crate) fn announcement_key(listing: &ListingKey, no: u32) -> AnnouncementKey {
    AnnouncementKey(format!("{listing}.{no}"))
}

/// The entry to which an announcement belongs.
pub(super) fn listing_of(key: &str) -> ListingKey {
    ListingKey(key.rsplit_once('.').map_or(key, |(listing, _)| listing).to_owned())
}

/// Announced, so it is published; relapsed, withdrawn or gone, so it is stopped (已终止).
#[derive(Clone, Copy, Debug, Default)]
pub struct PublishAnnouncement;

impl Policy for PublishAnnouncement {
    fn name(&self) -> &'static str {
        "credit.publish"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["repair.Announced", "repair.Relapsed", "repair.Gone", "repair.Withdrawn"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let (key, command) = match event.read()? {
            RepairEvent::Announced { listing, about, no, days, corrected, .. } => {
                let posting = posting(event, &about, days, &corrected);
                let command = AnnouncementCommand::Announce(Box::new(posting));
                (announcement_key(&listing, no), command)
            }
            RepairEvent::Relapsed { listing, announced: Some(no), .. } => {
                (announcement_key(&listing, no), stop("公告期间再次发生相关情形"))
            }
            RepairEvent::Gone { listing, announced: Some(no), .. } => {
                (announcement_key(&listing, no), stop("列入记录已经期满或者被撤销"))
            }
            RepairEvent::Withdrawn { listing, no, announced: true } => {
                (announcement_key(&listing, no), stop("当事人撤回申请"))
            }
            _ => return Ok(Vec::new()),
        };
        Ok(vec![event.leads_to::<Announcement>(&key, &command)?])
    }
}

fn stop(reason: &str) -> AnnouncementCommand {
    AnnouncementCommand::End { reason: Some(reason.to_owned()) }
}

/// LAW: 国函〔2020〕96号 annex, 30: thirty days in the national publicity system. The content: name, code, the decision
/// to list and its cause, what was corrected, to whom objections go.
fn posting(event: &Recorded, about: &About, days: u16, corrected: &str) -> Posting {
    let (list, cause) = (about.list.label(), cause_label(&about.cause));
    let title = Label::new(
        format!("关于{}信用修复的公告", about.name),
        format!("Announcement of the credit repair of {}", about.name),
    );
    let text = Label::new(
        format!(
            "{}（统一社会信用代码{}）因“{}”情形，经{}于{}作出《列入{}决定书》（{}）列入。\n该主体已改正：{corrected}。\n现予以公告。对该主体信用修复有异议的，可在公告期内向{}提出，并说明事实和理由；不留姓名的，须提供可以核实的线索。\n信用修复不收取任何费用，无需通过任何中介。",
            about.name,
            about.uscc,
            cause.zh,
            about.issuer.name,
            about.listed_on,
            list.zh,
            about.decision_no,
            about.issuer.name,
        ),
        format!(
            "{} (unified code {}) was entered on the {} for {} by {} on {} ({}).\nIt has corrected: {corrected}.\nObjections, with facts and reasons, may be raised with {} until the announcement ends; without a name if the facts can be checked.\nRepair is free of charge and needs no go-between.",
            about.name,
            about.uscc,
            list.en,
            cause.en,
            about.issuer.name,
            about.listed_on,
            about.decision_no,
            about.issuer.name,
        ),
    );
    let fact = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Posting {
        origin: Origin {
            kind: Repair::KIND.to_owned(),
            key: event.key.to_string(),
            event: event.id(),
        },
        issuer: about.issuer.clone(),
        sort: Label::new("信用修复公告", "Credit repair"),
        sort_key: "credit_repair".to_owned(),
        title,
        text,
        facts: [
            fact("enterprise_name", &about.name),
            fact("uscc", &about.uscc),
            fact("decision_no", &about.decision_no),
            fact("cause", &about.cause),
        ]
        .into(),
        term: Term::Days { n: u32::from(days), end: End::Deadline },
        source: "国函〔2020〕96号附件第三十项".to_owned(),
        objections: Some(Objections::default()),
        outages: Some(OutageRule::default()),
        serves: None,
    }
}

/// An announcement of ours was objected to, answered, moved, ended: the repair hears of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct HearAnnouncement;

impl Policy for HearAnnouncement {
    fn name(&self) -> &'static str {
        "credit.hear_announcement"
    }

    fn listens(&self) -> &'static [&'static str] {
        &[
            "announcement.Objected",
            "announcement.Answered",
            "announcement.Moved",
            "announcement.Ended",
        ]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let listing = listing_of(&event.key);
        let (origin, command) = match event.read()? {
            AnnouncementEvent::Objected { origin, no: objection, .. } => {
                (origin, RepairCommand::NoteObjection { listing, objection })
            }
            AnnouncementEvent::Answered { origin, no: objection, upheld, .. } => {
                (origin, RepairCommand::NoteAnswer { listing, objection, upheld })
            }
            AnnouncementEvent::Moved { origin, to, .. } => {
                (origin, RepairCommand::NoteMoved { listing, to })
            }
            AnnouncementEvent::Ended { origin, on, reason: None, .. } => {
                (origin, RepairCommand::NoteAnnouncementOver { listing, on })
            }
            _ => return Ok(Vec::new()),
        };
        if origin.kind != Repair::KIND {
            return Ok(Vec::new());
        }
        Ok(vec![event.leads_to::<Repair>(&RepairKey(origin.key), &command)?])
    }
}
