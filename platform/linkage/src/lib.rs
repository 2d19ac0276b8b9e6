//! Linkage (联动): every policy that ties one capability to another, and no aggregate of its own.
//!
//! ```text
//!  claim.Reserved ─► case.NoteName                        case.Granted(reg) ─► allotment.Allot ─► case.Establish
//!  case.Established ─► enterprise.Enter, claim.Register, messages to every organ that now goes on
//!  case.Granted · Refused · SupplementAsked · Accepted · DeadlineExtended ─► (errand) compose ─► licence or notice
//!  licence.Signed ─► case.NoteIssued, notice in the inbox  notice.Served ─► case.NoteServed
//!  case.CaseClosed ─► (errand) sum up ─► licence ─► notice notice.ServiceUndone ─► case.NoteServiceUndone
//!  message.Received ─► (errand) hear ─► case.Accept · Grant · Refuse, or a problem to the partner
//!  case.Established ─► (errand) represent ─► enterprise.NameRepresentative ─► mandate.FollowRegister
//!  case.PersonRead ─► (errand) record looks ─► reads.Record     inspection.Inspected ─► (errand) ─► reads.Record of each holder
//!  message.Received ─► (errand) ask ─► licence.Watch   licence.Watched · Suspended · Resumed · Revoked · Replaced ─► propagation.Tell
//!  licence-looks.Looked, message.Received ─► (errand) ─► reads.Record of the holder        watch.Alerted ─► (errand) tell ─► notice.Inform
//!  case.PremisesNamed ─► premises.Ask ─► case.TellVisits of earlier cases ─► case.CountVisit
//! ```
//!
//! **Invariant:** a policy sees one event and nothing else; what it needs stands in that event.
//! **Invariant:** values of a form are opened in errands alone and leave them sealed.
//! **Invariant:** the keys of licences and notices follow from case and task, so that doing it again does nothing twice.
//!
//! Start with [`policies`], then [`compose`]; [`partners`], [`people`] and [`summary`] stand each for itself.

pub mod alerts;
pub mod compose;
mod error;
mod keys;
mod late;
pub mod looks;
mod names;
pub mod partners;
pub mod people;
pub mod policies;
pub mod records;
pub mod spread;
pub mod summary;
mod visits;

pub use compose::{Compose, Composer};
pub use error::LinkageError;
pub use keys::{NoticeOf, Purpose};
pub use late::Late;

use module::{Module, Registry};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The capability as the platform plugs it in.
#[derive(Clone, Debug)]
pub struct Linkage {
    /// What errands need.
    pub composer: Arc<Composer>,
    /// The keys of the partners that messages reach; an organ that is none of them is not told. None: all are told.
    pub partners: Option<BTreeSet<String>>,
}

impl Module for Linkage {
    fn name(&self) -> &'static str {
        "linkage"
    }

    fn register(&self, registry: &mut Registry) {
        registry.policy(policies::NameToCase);
        registry.policy(policies::CodeOnGrant);
        registry.policy(policies::EstablishOnCode);
        registry.policy(policies::RegisterOnEstablished);
        registry.policy(partners::TellOrgans { partners: self.partners.clone() });
        registry.policy(partners::HearPartner);
        registry.policy(policies::ReleaseOnWithdrawal);
        registry.policy(policies::OutcomeOnGrant);
        registry.policy(policies::SealsOnBlock);
        registry.policy(policies::NoticeOnDecision);
        registry.policy(policies::IssuedToCase);
        registry.policy(policies::ServedToCase);
        registry.policy(visits::AskPremises);
        registry.policy(visits::AskEarlierCases);
        registry.policy(visits::CountVisits);
        registry.policy(policies::UndoneToCase);
        spread::register(registry, &self.composer.platform);
        registry.policy(summary::ServeOnSigned);
        registry.policy(summary::SummaryOnClosed);
        registry.errand::<Compose>(Arc::clone(&self.composer));
        registry.errand::<partners::Hear>(Arc::clone(&self.composer));
        registry.errand::<summary::SumUp>(Arc::clone(&self.composer));
        if let Some(identity) = &self.composer.identity {
            registry.policy(people::RepresentOnEstablished);
            registry.policy(people::MandateOnRepresentative { home: identity.home().clone() });
            registry.policy(people::LookOnRead);
            registry.errand::<people::Represent>(Arc::clone(&self.composer));
            registry.errand::<people::RecordLooks>(Arc::clone(&self.composer));
            registry.policy(records::LookOnInspection);
            registry.errand::<records::RecordLookAtRecord>(Arc::clone(&self.composer));
            registry.policy(looks::LookOnLicence);
            registry.policy(looks::LookOnAsk);
            registry.errand::<looks::RecordAsk>(Arc::clone(&self.composer));
        }
        registry.policy(alerts::TellOnAlert);
        registry.errand::<alerts::TellAlert>(Arc::clone(&self.composer));
        registry.access("linkage", include_str!("access.cedar"));
        registry.router("linkage", names::router(Arc::clone(&self.composer.desk)));
    }
}
