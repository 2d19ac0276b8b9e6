//! Public notices (公告): ordered by a registration, run by delivery's announcements, heard again by the registration.
//!
//! ```text
//!  registration.NoticeOrdered ─► announcement.Announce        announcement.* ─► registration.HearNotice
//!  registration.Withdrawn, Refused while one runs ─► announcement.End
//! ```

use crate::decide::{Registration, RegistrationCommand};
use crate::event::{Of, RegistrationEvent as E};
use crate::model::{NoticeTerms, NoticeText, NoticeTurn, RegistrationKey};
use codes::Label;
use delivery::announcement::{
    Announcement, AnnouncementCommand, AnnouncementEvent as A, AnnouncementKey, Objections,
    OutageRule, Pauses, Posting,
};
use kernel::{Aggregate as _, Policy, Reaction, Recorded, Unreadable};
use property::Kind;

/// What the keys of our announcements begin with.
const PREFIX: &str = "property.";

/// Ordered, so it is published; withdrawn or refused, so what runs is stopped.
#[derive(Clone, Copy, Debug, Default)]
pub struct PostNotice;

impl Policy for PostNotice {
    fn name(&self) -> &'static str {
        "property.post_notice"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["registration.NoticeOrdered", "registration.Withdrawn", "registration.Refused"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let (announcement, command) = match event.read()? {
            E::NoticeOrdered { announcement, terms, text, of } => {
                let posting = posting(event, terms, &text, &of);
                (announcement, AnnouncementCommand::Announce(Box::new(posting)))
            }
            E::Withdrawn { announcement: Some(key), .. } => (key, stop("申请人撤回登记申请")),
            E::Refused { announcement: Some(key), .. } => (key, stop("登记机构不予登记")),
            _ => return Ok(Vec::new()),
        };
        let key = AnnouncementKey(announcement);
        Ok(vec![event.leads_to::<Announcement>(&key, &command)?])
    }
}

fn stop(reason: &str) -> AnnouncementCommand {
    AnnouncementCommand::End { reason: Some(reason.to_owned()) }
}

fn posting(event: &Recorded, terms: NoticeTerms, text: &NoticeText, of: &Of) -> Posting {
    let (sort_key, sort, title) = named(of, text);
    let facts = [
        ("registration_no", event.key.to_string()),
        ("real_estate_unit_no", of.unit.grouped()),
        ("certificate_no", text.certificates.join("、")),
    ];
    let facts = facts.into_iter().filter(|(_, value)| !value.is_empty());
    Posting {
        origin: event.origin(),
        issuer: of.office.clone(),
        sort,
        sort_key: sort_key.to_owned(),
        title,
        text: said(&terms, text, of),
        facts: facts.map(|(key, value)| (key.to_owned(), value)).collect(),
        term: terms.term,
        source: terms.source,
        // An objection is answered before the notice can end.
        objections: Some(Objections {
            anonymous: false,
            pauses: Pauses::End,
            answer: terms.answer,
        }),
        outages: Some(OutageRule::default()),
        serves: None,
    }
}

/// The sort and the heading of the notice of a registration.
fn named(of: &Of, text: &NoticeText) -> (&'static str, Label, Label) {
    let numbers = text.certificates.join("、");
    match of.kind {
        Kind::Reissue => (
            "lost_certificate",
            Label::new("不动产权证书遗失公告", "Lost certificate"),
            Label::new(
                format!("不动产权证书遗失公告：{numbers}"),
                format!("Lost real-estate certificate: {numbers}"),
            ),
        ),
        Kind::First => (
            "first_registration",
            Label::new("首次登记公告", "First registration"),
            Label::new(
                format!("首次登记公告：{}", of.unit.grouped()),
                format!("First registration: {}", of.unit.grouped()),
            ),
        ),
        _ => (
            "correction",
            Label::new("更正登记公告", "Correction"),
            Label::new(
                format!("更正登记公告：{}", of.unit.grouped()),
                format!("Correction: {}", of.unit.grouped()),
            ),
        ),
    }
}

fn said(terms: &NoticeTerms, text: &NoticeText, of: &Of) -> Label {
    let NoticeText { holder, location, certificates } = text;
    let (unit, office, numbers) = (of.unit.grouped(), &of.office.name, certificates.join("、"));
    let place = if location.is_empty() { String::new() } else { format!("，坐落{location}") };
    let (zh, en) = match of.kind {
        Kind::Reissue => (
            format!(
                "权利人{holder}因保管不善，将{numbers}不动产权证书遗失（不动产单元号{unit}{place}）。\n现声明上述证书作废，登记机构将依法补发。"
            ),
            format!(
                "Certificate {numbers} of unit {unit}, held by {holder}, was lost. It is declared void, and another is issued."
            ),
        ),
        Kind::First => (
            format!("拟对不动产单元{unit}{place}办理首次登记，权利人{holder}。"),
            format!("Unit {unit} is to be registered for the first time, held by {holder}."),
        ),
        _ => (
            format!("登记机构发现不动产单元{unit}{place}的登记簿记载有误，拟依职权更正。"),
            format!("The office found an error in the record of unit {unit} and is to correct it."),
        ),
    };
    let source = &terms.source;
    Label::new(
        format!(
            "{zh}\n对此有异议的，请在公告期内写明姓名、联系方式和事实理由，向{office}提出。\n依据：{source}。"
        ),
        format!(
            "{en}\nObjections with name, contact, facts and reasons go to {office} while the notice runs.\nGround: {source}."
        ),
    )
}

/// What becomes of our announcements is known in the registration.
#[derive(Clone, Copy, Debug, Default)]
pub struct HearNotice;

impl Policy for HearNotice {
    fn name(&self) -> &'static str {
        "property.hear_notice"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["announcement.*"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let Some(registration) = registration_of(&event.key) else { return Ok(Vec::new()) };
        let turn = match event.read()? {
            A::Announced { from, to, .. } | A::Amended { from, to, restart: true, .. } => {
                NoticeTurn::Running { from, until: to }
            }
            A::Objected { no, .. } => NoticeTurn::Objected { no },
            A::Answered { no, upheld, .. } => NoticeTurn::Answered { no, upheld },
            A::Ended { reason: None, .. } => NoticeTurn::Ended,
            A::Ended { reason: Some(_), .. } | A::Withdrawn { .. } => NoticeTurn::Dropped,
            _ => return Ok(Vec::new()),
        };
        let hear = RegistrationCommand::HearNotice { announcement: event.key.to_string(), turn };
        Ok(vec![event.leads_to::<Registration>(&registration, &hear)?])
    }
}

/// The registration of an announcement's key, such as `property.BDC-440305-….1`; none for one of somebody else.
fn registration_of(key: &str) -> Option<RegistrationKey> {
    let (registration, no) = key.strip_prefix(PREFIX)?.rsplit_once('.')?;
    no.parse::<u32>().ok()?;
    Some(RegistrationKey(registration.to_owned()))
}

/// The kind of what our announcements come from, as their table has it.
#[must_use]
pub fn origin_kind() -> &'static str {
    Registration::KIND
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lead_back_to_the_registration_and_no_other_is_taken_for_ours() {
        let of = |key| registration_of(key).map(|registration| registration.0);
        assert_eq!(
            of("property.BDC-440305-20210301-abc.1").as_deref(),
            Some("BDC-440305-20210301-abc")
        );
        for other in ["property.r1", "property.r1.x", "credit.r1.1", "penalty.HG-5100-2024-0137.1"]
        {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
