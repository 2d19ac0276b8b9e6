//! What follows between a penalty case and the capabilities that serve, prove and tell.
//!
//! ```text
//!  penalty.CaptureStarted ─► address-confirmation.Start       address-confirmation.* ─► penalty.Consent
//!  penalty.Issued ─► address-confirmation.Rely + notice.Issue notice.Served, ServiceRedated, ServiceUndone ─► penalty.Served
//!  penalty.Served ─► (errand) proof of service ─► licence.Issue      licence.Signed ─► penalty.Prove
//!  penalty.Published, Annulled ─► propagation.Tell            propagation.Confirmed ─► penalty.CopyWithdrawn
//!  penalty.PreservationAsked ─► message to the notary         message.Received ─► (errand) penalty.Preserve
//! ```

use crate::decide::{Penalty, PenaltyCommand};
use crate::errand::{HearNotary, Prove};
use crate::event::PenaltyEvent as E;
use crate::model::{
    Certificate, Consent, PaperId, Service, Way, notice_key, of_confirmation_key, of_notice_key,
    of_proof_key, scopes,
};
use delivery::confirmation::{
    Capture, Confirmation, ConfirmationCommand, ConfirmationEvent, ConfirmationKey, Scope, Validity,
};
use delivery::{Channel, Content, Notice, NoticeCommand, NoticeEvent, NoticeKey, Order, Proof};
use exchange::propagation::{Propagation, PropagationCommand, PropagationEvent, PropagationKey};
use exchange::{MessageEvent, MessageKey, Telling};
use kernel::{Address, Atomic, Policy, Reaction, Recorded, Unreadable};
use licences::LicenceEvent;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// The kind of message that tells what was made public.
pub const PUBLISHED: &str = "penalty.published";
/// The kind of message that takes it back.
pub const WITHDRAWN: &str = "penalty.withdrawn";
/// The kind of message that asks a notary.
pub const PRESERVATION_ASKED: &str = "preservation.requested";
/// The kind of message in which a notary answers.
pub const PRESERVED: &str = "preservation.certified";

/// The capture begins: the party gets the form on its phone.
#[derive(Clone, Copy, Debug, Default)]
pub struct CaptureOnStart;

impl Policy for CaptureOnStart {
    fn name(&self) -> &'static str {
        "penalty.capture_on_start"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["penalty.CaptureStarted"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let E::CaptureStarted { filing, round, .. } = event.read()? else { return Ok(Vec::new()) };
        let key = ConfirmationKey(crate::model::confirmation_key(filing.no.as_str(), round));
        let offered = scopes().map(|(key, label)| Scope { key: key.to_owned(), label });
        let capture = Capture {
            key: key.clone(),
            origin: event.origin(),
            issuer: filing.issuer,
            party: filing.party,
            scopes: offered.into(),
            validity: Validity::Matter,
        };
        let start = ConfirmationCommand::Start(Box::new(capture));
        Ok(vec![event.leads_to::<Confirmation>(&key, &start)?])
    }
}

/// What becomes of the confirmation is known in the case.
#[derive(Clone, Copy, Debug, Default)]
pub struct HearConfirmation;

impl Policy for HearConfirmation {
    fn name(&self) -> &'static str {
        "penalty.hear_confirmation"
    }

    fn listens(&self) -> &'static [&'static str] {
        &[
            "address-confirmation.Signed",
            "address-confirmation.Refused",
            "address-confirmation.Withdrawn",
            "address-confirmation.Ended",
            "address-confirmation.Lapsed",
        ]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let Some(no) = of_confirmation_key(&event.key) else { return Ok(Vec::new()) };
        let (consent, form_no) = match event.read()? {
            ConfirmationEvent::Signed { form_no, .. } => (Consent::InForce, Some(form_no)),
            ConfirmationEvent::Refused { .. } => (Consent::Refused, None),
            _ => (Consent::Over, None),
        };
        let command = PenaltyCommand::Consent { consent, form_no };
        Ok(vec![event.leads_to::<Penalty>(&no, &command)?])
    }
}

/// Nothing more can follow, so the consent ends.
#[derive(Clone, Copy, Debug, Default)]
pub struct EndConsent;

impl Policy for EndConsent {
    fn name(&self) -> &'static str {
        "penalty.end_consent"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["penalty.Closed", "penalty.RedressOver"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let (E::Closed { ends: Some(key), .. } | E::RedressOver { ends: Some(key) }) =
            event.read()?
        else {
            return Ok(Vec::new());
        };
        let reason = "本案及其复议、诉讼已经终结".to_owned();
        let end = ConfirmationCommand::End { reason };
        Ok(vec![event.leads_to::<Confirmation>(&ConfirmationKey(key), &end)?])
    }
}

/// A paper is issued, so it goes out: by the confirmed addresses, or on paper.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServeOnIssue;

impl Policy for ServeOnIssue {
    fn name(&self) -> &'static str {
        "penalty.serve_on_issue"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["penalty.Issued"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let E::Issued { paper, sort, filling, issuer, party, way, confirmation, .. } =
            event.read()?
        else {
            return Ok(Vec::new());
        };
        let notice = NoticeKey(notice_key(&event.key, &paper));
        let order = Order {
            origin: event.origin(),
            issuer,
            party,
            content: Content::Template {
                template: sort.template().to_owned(),
                filling,
                facts: BTreeMap::new(),
            },
            channels: match way {
                Way::Electronic => Vec::new(),
                Way::Paper => vec![Channel::Post],
            },
        };
        let unwritable = |source| event.unreadable(source);
        let mut group = Atomic::new(event.shard.clone());
        if let Some(key) = confirmation {
            let scope = sort.scope().to_owned();
            let rely = ConfirmationCommand::Rely { notice: notice.clone(), scope };
            group = group.then::<Confirmation>(&ConfirmationKey(key), &rely).map_err(unwritable)?;
        }
        let issue = NoticeCommand::Issue(Box::new(order));
        let group = group.then::<Notice>(&notice, &issue).map_err(unwritable)?;
        Ok(vec![Reaction::Commands(group)])
    }
}

/// What becomes of a paper on its way is known in the case.
#[derive(Clone, Copy, Debug, Default)]
pub struct HearService;

impl Policy for HearService {
    fn name(&self) -> &'static str {
        "penalty.hear_service"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["notice.Served", "notice.ServiceRedated", "notice.ServiceUndone", "notice.CopyPosted"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let Some((no, paper)) = of_notice_key(&event.key) else { return Ok(Vec::new()) };
        let command = match event.read()? {
            NoticeEvent::Served { on, at, how }
            | NoticeEvent::ServiceRedated { on, at, how, .. } => {
                let proven = matches!(how.proof, Proof::Proven { .. });
                let channel = how.channel.word().to_owned();
                PenaltyCommand::Served { paper, service: Service { on, at, channel, proven } }
            }
            NoticeEvent::ServiceUndone { .. } => PenaltyCommand::Unserved { paper },
            NoticeEvent::CopyPosted { item } => {
                PenaltyCommand::SendPaper { paper, tracking_no: item.tracking_no }
            }
            _ => return Ok(Vec::new()),
        };
        Ok(vec![event.leads_to::<Penalty>(&no, &command)?])
    }
}

/// Paper was asked for, so it is mailed; the day of service stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct MailPaper;

impl Policy for MailPaper {
    fn name(&self) -> &'static str {
        "penalty.mail_paper"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["penalty.PaperAsked"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let E::PaperAsked { paper } = event.read()? else { return Ok(Vec::new()) };
        let notice = NoticeKey(notice_key(&event.key, &paper));
        Ok(vec![event.leads_to::<Notice>(&notice, &NoticeCommand::AskPaper)?])
    }
}

/// Served electronically, so the proof of service is made.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProveOnServed;

impl Policy for ProveOnServed {
    fn name(&self) -> &'static str {
        "penalty.prove_on_served"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["penalty.Served"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let E::Served { paper, service, round, .. } = event.read()? else { return Ok(Vec::new()) };
        let electronic = Channel::of(&service.channel).is_some_and(|channel| {
            matches!(channel, Channel::Inbox | Channel::Email | Channel::Sms)
        });
        let Some(no) = event.key.parse().ok().filter(|_| electronic) else { return Ok(Vec::new()) };
        let position = event.id().to_string();
        let origin = event.origin();
        let shard = event.shard.clone();
        Ok(vec![event.sends(&Prove { no, paper, service, round, position, origin, shard })?])
    }
}

/// The proof is signed, so the case knows its number.
#[derive(Clone, Copy, Debug, Default)]
pub struct HearProof;

impl Policy for HearProof {
    fn name(&self) -> &'static str {
        "penalty.hear_proof"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["licence.Signed"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let Some((no, paper)) = of_proof_key(&event.key) else { return Ok(Vec::new()) };
        let LicenceEvent::Signed { number, .. } = event.read()? else { return Ok(Vec::new()) };
        Ok(vec![event.leads_to::<Penalty>(&no, &PenaltyCommand::Prove { paper, number })?])
    }
}

/// The propagation of what was made public of a decision.
fn publication_key(no: &str, paper: &PaperId) -> PropagationKey {
    PropagationKey(notice_key(no, paper))
}

/// What was made public is told, and taken back where the decision fell.
#[derive(Clone, Copy, Debug, Default)]
pub struct TellPublication;

impl Policy for TellPublication {
    fn name(&self) -> &'static str {
        "penalty.tell_publication"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["penalty.Published", "penalty.Annulled"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let told = |telling: Telling| telling.with("case", &*event.key);
        let (paper, telling, to) = match event.read()? {
            E::Published { paper, number, to } => {
                let telling =
                    Telling::new(PUBLISHED, "公开行政处罚决定", "行政处罚法第四十八条第一款");
                (paper, told(telling).with("number", number), to.into_iter().collect())
            }
            E::Annulled { paper, withdraw_by: Some(run), .. } => {
                let basis = "行政处罚法第四十八条第二款";
                let telling = Telling::new(WITHDRAWN, "撤回已公开的行政处罚决定并说明理由", basis);
                let telling = told(telling).with("withdraw_by", run.on.to_string());
                (paper, telling.with("reason", "该决定已被撤销"), BTreeSet::new())
            }
            _ => return Ok(Vec::new()),
        };
        let tell = PropagationCommand::Tell { telling: Box::new(telling), to };
        Ok(vec![event.leads_to::<Propagation>(&publication_key(&event.key, &paper), &tell)?])
    }
}

/// A recipient confirmed that it took it back.
#[derive(Clone, Copy, Debug, Default)]
pub struct HearWithdrawal;

impl Policy for HearWithdrawal {
    fn name(&self) -> &'static str {
        "penalty.hear_withdrawal"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["propagation.Confirmed", "propagation.Settled"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let Some((no, paper)) = of_notice_key(&event.key) else { return Ok(Vec::new()) };
        let (PropagationEvent::Confirmed { round, recipient }
        | PropagationEvent::Settled { round, recipient, .. }) = event.read()?
        else {
            return Ok(Vec::new());
        };
        // The first round told it, the second takes it back.
        if round < 2 {
            return Ok(Vec::new());
        }
        let command = PenaltyCommand::CopyWithdrawn { paper, recipient };
        Ok(vec![event.leads_to::<Penalty>(&no, &command)?])
    }
}

/// A notary is asked to preserve a package (申请保全证据公证).
#[derive(Clone, Debug)]
pub struct AskNotary {
    /// The notary office by its key in the exchange.
    pub partner: String,
}

impl Policy for AskNotary {
    fn name(&self) -> &'static str {
        "penalty.ask_notary"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["penalty.PreservationAsked"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let E::PreservationAsked { package, root, .. } = event.read()? else {
            return Ok(Vec::new());
        };
        Ok(vec![Reaction::Message {
            to: Address::Partner(self.partner.clone()),
            body: json!({
                "kind": PRESERVATION_ASKED, "purpose": "办理保全证据公证", "basis": "公证法第十一条第一款第九项",
                "case": &*event.key, "package": package, "root": root,
            }),
        }])
    }
}

/// The notary's answer is heard.
#[derive(Clone, Debug)]
pub struct HearAnswer {
    /// The notary office by its key in the exchange.
    pub partner: String,
}

/// The facts of the answer, as its contract has them.
#[derive(serde::Deserialize)]
struct Answered {
    package: String,
    root: String,
    certificate: Certificate,
}

impl Policy for HearAnswer {
    fn name(&self) -> &'static str {
        "penalty.hear_notary"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["message.Received"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let MessageEvent::Received { message, .. } = event.read()? else { return Ok(Vec::new()) };
        let Some(no) = message.case.as_deref().and_then(|case| case.parse().ok()) else {
            return Ok(Vec::new());
        };
        if message.kind != PRESERVED || message.partner != self.partner {
            return Ok(Vec::new());
        }
        let (partner, basis) = (message.partner.clone(), message.basis.clone());
        let id = MessageKey(event.key.to_string()).id().to_owned();
        let answered = serde_json::from_value::<Answered>(message.facts);
        let Answered { package, root, certificate } =
            answered.map_err(|source| event.unreadable(source))?;
        let heard = HearNotary { no, package, root, certificate, partner, message: id, basis };
        Ok(vec![event.sends(&heard)?])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Sort;

    #[test]
    fn every_sort_of_paper_falls_under_a_scope_that_is_offered() {
        for sort in Sort::ALL {
            assert!(scopes().iter().any(|(scope, _)| *scope == sort.scope()), "{sort:?}");
        }
    }
}
