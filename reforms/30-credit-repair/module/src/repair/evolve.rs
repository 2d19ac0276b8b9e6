//! Folding events into the state of an entity's repair.

use super::event::RepairEvent;
use super::model::{About, Procedure, Repair, Stage, Watched, entry_of};
use credit_repair::{End, Fact};
use registers::listings::ListingKey;
use std::collections::BTreeMap;

impl Repair {
    fn watched(&mut self, listing: &ListingKey, set: impl FnOnce(&mut Watched)) {
        if let Some(watched) = self.entries.get_mut(listing) {
            set(watched);
        }
    }

    fn stage(&mut self, listing: &ListingKey, stage: Stage) {
        self.watched(listing, |watched| watched.stage = stage);
    }

    fn procedure(&mut self, listing: &ListingKey, set: impl FnOnce(&mut Procedure)) {
        self.watched(listing, |watched| {
            if let Some(procedure) = &mut watched.procedure {
                set(procedure);
            }
        });
    }

    pub(super) fn apply(&mut self, event: &RepairEvent) {
        match event {
            RepairEvent::Noted { .. }
            | RepairEvent::Learned { .. }
            | RepairEvent::Gone { .. }
            | RepairEvent::Returned { .. }
            | RepairEvent::TermReached { .. } => self.register(event),
            RepairEvent::EligibleFound { listing, .. } => self.watched(listing, |watched| {
                watched.stage = Stage::Eligible;
                watched.found = true;
            }),
            RepairEvent::Applied { listing, no, version, kind, on, .. } => {
                self.applications = *no;
                let (version, kind, no, applied_on) = (version.clone(), *kind, *no, *on);
                self.watched(listing, |watched| {
                    watched.stage = Stage::Applied;
                    watched.procedure = Some(Procedure {
                        no,
                        version,
                        kind,
                        applied_on,
                        verified: false,
                        announced: false,
                        open: std::collections::BTreeSet::new(),
                        upheld: false,
                    });
                });
            }
            RepairEvent::Accepted { listing, .. } => self.stage(listing, Stage::Accepted),
            RepairEvent::NotAccepted { listing, .. } => self.stage(listing, Stage::NotAccepted),
            RepairEvent::Verified { listing, .. } => {
                self.procedure(listing, |procedure| procedure.verified = true);
            }
            RepairEvent::Announced { listing, .. } => {
                self.stage(listing, Stage::Announcing);
                self.procedure(listing, |procedure| procedure.announced = true);
            }
            RepairEvent::AnnouncementMoved { .. } => {}
            RepairEvent::Disputed { listing, objection } => {
                self.procedure(listing, |procedure| {
                    procedure.open.insert(*objection);
                });
            }
            RepairEvent::Answered { listing, objection, upheld } => {
                self.procedure(listing, |procedure| {
                    procedure.open.remove(objection);
                    procedure.upheld |= *upheld;
                });
            }
            RepairEvent::AnnouncementOver { listing, .. } => self.stage(listing, Stage::Announced),
            RepairEvent::Granted { listing, .. } => self.stage(listing, Stage::Removing),
            RepairEvent::Refused { listing, .. } => self.stage(listing, Stage::Refused),
            RepairEvent::Withdrawn { listing, .. } => self.stage(listing, Stage::Withdrawn),
            RepairEvent::Relapsed { listing, .. } => self.watched(listing, |watched| {
                watched.stage = Stage::Relapsed;
                watched.found = false;
            }),
            RepairEvent::Rescinded { listing, .. } => self.watched(listing, |watched| {
                watched.stage = Stage::Rescinded;
                watched.entry.barred = true;
            }),
            _ => self.around(event),
        }
    }

    /// What happens around applications: restrictions, certificates, questions, days.
    fn around(&mut self, event: &RepairEvent) {
        match event {
            RepairEvent::RestrictionImposed { measure, .. } => {
                self.measures.insert(measure.clone());
            }
            RepairEvent::RestrictionLifted { measure, .. } => {
                self.measures.remove(measure);
            }
            RepairEvent::Proven { n, .. } => (self.proofs, self.proven) = (*n, true),
            RepairEvent::ProofVoid { .. } => self.proven = false,
            RepairEvent::DueSet { on } => self.due = *on,
            RepairEvent::Asked { listing, questions, on, .. } => {
                self.watched(listing, |watched| {
                    watched.asked.extend(questions.iter().map(|one| (one.clone(), *on)));
                });
            }
            RepairEvent::Told { listing, question, answer, on } => {
                self.watched(listing, |watched| {
                    watched.told.insert(question.clone(), (answer.clone(), *on));
                });
            }
            _ => {}
        }
    }

    /// What the register says.
    fn register(&mut self, event: &RepairEvent) {
        match event {
            RepairEvent::Noted { listing, entry, issuer, party } => {
                let id = u64::try_from(self.entries.len()).unwrap_or(u64::MAX);
                let Some(engine) = entry_of(entry, id) else { return };
                let about = About {
                    uscc: entry.subject.clone(),
                    name: entry.subject_name.clone(),
                    party: party.clone(),
                    list: engine.list,
                    cause: entry.cause.clone(),
                    decision_no: entry.decision_no.clone(),
                    listed_on: entry.listed_on,
                    issuer: issuer.clone(),
                };
                let watched = Watched {
                    entry: engine,
                    about,
                    stage: Stage::NotEligible,
                    found: false,
                    ending: false,
                    procedure: None,
                    asked: BTreeMap::new(),
                    told: BTreeMap::new(),
                    sources: BTreeMap::new(),
                };
                self.entries.insert(listing.clone(), watched);
            }
            RepairEvent::Learned { listing, fact, since, source } => {
                self.watched(listing, |watched| {
                    watched.sources.insert(*fact, source.clone());
                    let known = since.map_or(Fact::NotYet, Fact::Since);
                    *fact.in_entry(&mut watched.entry) = known;
                });
            }
            RepairEvent::Gone { listing, on, set_aside, repaired, .. } => {
                let (on, set_aside) = (*on, *set_aside);
                let stage = if *repaired { Stage::Repaired } else { Stage::Ended };
                self.watched(listing, |watched| {
                    watched.entry.ended = Some(End { on, set_aside });
                    watched.stage = stage;
                });
            }
            RepairEvent::Returned { listing, .. } => self.watched(listing, |watched| {
                watched.entry.ended = None;
                watched.ending = false;
            }),
            RepairEvent::TermReached { listing, .. } => {
                self.watched(listing, |watched| watched.ending = true);
            }
            _ => {}
        }
    }
}
