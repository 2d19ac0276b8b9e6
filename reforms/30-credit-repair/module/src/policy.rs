//! Policies of this reform (联动): between its own aggregate and registers, announcements, notices, licences, recipients.
//!
//! ```text
//!  listing.Listed · Removed · Ended · SetAside · Restored ─► repair
//!  repair.TermReached · Granted · Rescinded ─► listing
//!  repair.Announced ─► announcement ─► its objections, its answers, its end ─► repair
//!  repair.EligibleFound · Accepted · NotAccepted · Granted · Refused · Rescinded ─► notice
//!  repair.RestrictionImposed · RestrictionLifted, listing.* ─► propagation
//!  repair.Proven · ProofVoid ─► licence
//!  repair.Noted ─► listing: which restrictions it supports      notice.Numbered ─► listing: the number of its removal
//!  announcement.* ─► propagation      repair.Asked ─► registers ─► message.Received ─► repair
//! ```

mod announce;
mod certify;
mod letters;
mod prove;
mod tell;

pub use announce::{HearAnnouncement, PublishAnnouncement};
pub use certify::{CertifyProof, proof_key};
pub use letters::{NumberRemovals, WriteLetters, letter_key, removal_key};
pub(crate) use prove::{ASKS, TELLS};
pub use prove::{AskRegisters, HearRegisters, told_of};
pub use tell::{MIRRORS, TellAnnouncements, TellListings, TellRestrictions};

use crate::repair::{Repair, RepairCommand, RepairEvent, RepairKey};
use kernel::{Policy, Reaction, Recorded, Unreadable};
use registers::listings::{Listing, ListingCommand, ListingEvent, ListingKey};

/// The register lists, removes, restores, so the entity's repair knows of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoteListings;

impl Policy for NoteListings {
    fn name(&self) -> &'static str {
        "credit.note_listings"
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
        let (of, command) = match event.read()? {
            ListingEvent::Listed { entry } => {
                // Watch lists are no lists of credit: reform 32 sees to them.
                if credit_repair::ListKind::of(&entry.list).is_none() {
                    return Ok(Vec::new());
                }
                (entry.subject.clone(), RepairCommand::Note { listing, entry })
            }
            ListingEvent::Removed { of, on, .. } | ListingEvent::Ended { of, on, .. } => {
                (of.uscc, RepairCommand::NoteGone { listing, on, set_aside: false })
            }
            ListingEvent::SetAside { of, on, .. } => {
                (of.uscc, RepairCommand::NoteGone { listing, on, set_aside: true })
            }
            ListingEvent::Restored { of, on, .. } => {
                (of.uscc, RepairCommand::NoteReturned { listing, on })
            }
            ListingEvent::Amended { .. }
            | ListingEvent::Marked { .. }
            | ListingEvent::Supported { .. }
            | ListingEvent::Numbered { .. } => return Ok(Vec::new()),
        };
        Ok(vec![event.leads_to::<Repair>(&RepairKey(of), &command)?])
    }
}

/// A term is over, repair is granted or rescinded, so the register changes in the same batch.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChangeListings;

impl Policy for ChangeListings {
    fn name(&self) -> &'static str {
        "credit.change_listings"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["repair.Noted", "repair.TermReached", "repair.Granted", "repair.Rescinded"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let (listing, command) = match event.read()? {
            // The list of restrictions is this reform's: whoever listed an entry need not know it.
            RepairEvent::Noted { listing, entry, .. } if !entry.measures.is_empty() => {
                (listing, ListingCommand::Support { measures: entry.measures })
            }
            RepairEvent::TermReached { listing, source, version, .. } => {
                let ground = if source.is_empty() { version } else { source };
                (listing, ListingCommand::End { ground })
            }
            RepairEvent::Granted { listing, ground, .. } => {
                (listing, ListingCommand::Remove { decision_no: String::new(), ground })
            }
            RepairEvent::Rescinded { listing, ground, .. } => {
                (listing, ListingCommand::Restore { ground })
            }
            _ => return Ok(Vec::new()),
        };
        Ok(vec![event.leads_to::<Listing>(&listing, &command)?])
    }
}
