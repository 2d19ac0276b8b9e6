//! What happens in the repair of an entity; the wire format, frozen.

use super::model::{About, Answer, Failing, Kept, Known, ProofRef, Question};
use codes::{Date, Label};
use credit_repair::{Cond, Kind, Measure};
use documents::Issuer;
use kernel::PartyKey;
use registers::listings::{ListEntry, ListingKey};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What happens in the repair of an entity (信用修复).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RepairEvent {
    /// An entry is watched from here on.
    Noted {
        /// Which.
        listing: ListingKey,
        /// The entry.
        entry: Box<ListEntry>,
        /// Who decides about it.
        issuer: Issuer,
        /// The party that the entity is.
        party: PartyKey,
    },
    /// A register or an officer told a fact.
    Learned {
        /// Of which entry.
        listing: ListingKey,
        /// What.
        fact: Known,
        /// Since when; none for not yet.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Date>,
        /// Who says so.
        source: String,
    },
    /// The entry stands no more.
    Gone {
        /// Which.
        listing: ListingKey,
        /// The first day without it.
        on: Date,
        /// Whether it was set aside.
        set_aside: bool,
        /// Whether repair ended it.
        repaired: bool,
        /// The application whose announcement ends with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        announced: Option<u32>,
    },
    /// The entry stands again.
    Returned {
        /// Which.
        listing: ListingKey,
        /// From when.
        on: Date,
    },
    /// Repair may be asked for.
    EligibleFound {
        /// Of which entry.
        listing: ListingKey,
        /// About it.
        about: Box<About>,
        /// Under which version.
        version: String,
        /// What.
        kind: Kind,
        /// From when.
        from: Date,
        /// The conditions.
        conditions: Vec<Cond>,
    },
    /// The term of the entry is over.
    TermReached {
        /// Of which.
        listing: ListingKey,
        /// The first day without it.
        on: Date,
        /// Under which version.
        version: String,
        /// By which rule.
        source: String,
    },
    /// The entity asked for repair.
    Applied {
        /// Of which entry.
        listing: ListingKey,
        /// About it.
        about: Box<About>,
        /// Its number.
        no: u32,
        /// Under which version.
        version: String,
        /// What is asked for.
        kind: Kind,
        /// On which day.
        on: Date,
        /// The reason, sealed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Kept>,
        /// Papers where no register answers.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        proofs: Vec<ProofRef>,
        /// SHA-256 of the pledge (守信承诺书) as it was signed, in hexadecimal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pledge: Option<String>,
        /// The last day to accept it or not.
        accept_by: Date,
    },
    /// It was accepted.
    Accepted {
        /// Of which entry.
        listing: ListingKey,
        /// About it.
        about: Box<About>,
        /// Which application.
        no: u32,
        /// On which day.
        on: Date,
        /// The last day to decide; none where an announcement comes first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decide_by: Option<Date>,
    },
    /// It was not accepted.
    NotAccepted {
        /// Of which entry.
        listing: ListingKey,
        /// About it.
        about: Box<About>,
        /// Which application.
        no: u32,
        /// On which day.
        on: Date,
        /// The conditions that fail.
        failing: Vec<Failing>,
        /// What the letter says.
        text: Label,
    },
    /// The conditions were verified.
    Verified {
        /// Of which entry.
        listing: ListingKey,
        /// Which application.
        no: u32,
        /// How each stands.
        conditions: Vec<Cond>,
        /// Whether somebody went there.
        site_check: bool,
    },
    /// It is announced.
    Announced {
        /// Of which entry.
        listing: ListingKey,
        /// About it.
        about: Box<About>,
        /// Which application.
        no: u32,
        /// The day of publication, which is not counted.
        from: Date,
        /// The last day.
        to: Date,
        /// How many days.
        days: u16,
        /// What was corrected.
        corrected: String,
    },
    /// The last day of the announcement moved.
    AnnouncementMoved {
        /// Of which entry.
        listing: ListingKey,
        /// The last day now.
        to: Date,
    },
    /// Somebody objected.
    Disputed {
        /// Of which entry.
        listing: ListingKey,
        /// The number of the objection.
        objection: u32,
    },
    /// An objection was answered.
    Answered {
        /// Of which entry.
        listing: ListingKey,
        /// The number of the objection.
        objection: u32,
        /// Whether it was right.
        upheld: bool,
    },
    /// The announcement is over.
    AnnouncementOver {
        /// Of which entry.
        listing: ListingKey,
        /// Its last day.
        on: Date,
        /// The last day to decide.
        decide_by: Date,
    },
    /// Repair was granted.
    Granted {
        /// Of which entry.
        listing: ListingKey,
        /// About it.
        about: Box<About>,
        /// Which application.
        no: u32,
        /// On which day.
        on: Date,
        /// The last day to remove the entry.
        remove_by: Date,
        /// On what ground.
        ground: String,
    },
    /// Repair was refused.
    Refused {
        /// Of which entry.
        listing: ListingKey,
        /// About it.
        about: Box<About>,
        /// Which application.
        no: u32,
        /// On which day.
        on: Date,
        /// The conditions that fail.
        failing: Vec<Failing>,
        /// On what ground.
        ground: String,
        /// What the letter says of the conditions.
        text: Label,
    },
    /// The entity took the application back.
    Withdrawn {
        /// Of which entry.
        listing: ListingKey,
        /// Which application.
        no: u32,
        /// Whether its announcement ends with it.
        announced: bool,
    },
    /// A further case came: the period starts again.
    Relapsed {
        /// Of which entry.
        listing: ListingKey,
        /// By which.
        by: ListingKey,
        /// The application whose announcement ends with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        announced: Option<u32>,
    },
    /// The grant was rescinded.
    Rescinded {
        /// Of which entry.
        listing: ListingKey,
        /// About it.
        about: Box<About>,
        /// On which day.
        on: Date,
        /// On what ground.
        ground: String,
    },
    /// A restriction begins to be supported.
    RestrictionImposed {
        /// Which.
        measure: Measure,
        /// The unified code.
        uscc: String,
        /// The name.
        name: String,
        /// By which entries.
        listings: Vec<ListingKey>,
        /// Who applies it.
        recipients: BTreeSet<String>,
        /// By which law.
        source: String,
        /// From which day.
        on: Date,
    },
    /// No live entry supports a restriction any more.
    RestrictionLifted {
        /// Which.
        measure: Measure,
        /// The unified code.
        uscc: String,
        /// The name.
        name: String,
        /// From which day.
        on: Date,
    },
    /// A certificate was asked for: no live entry exists today.
    Proven {
        /// Its number among those of the entity.
        n: u32,
        /// The unified code.
        uscc: String,
        /// The name.
        name: String,
        /// The party.
        party: PartyKey,
        /// Who issues it.
        issuer: Issuer,
        /// The day.
        on: Date,
    },
    /// The certificate holds no more.
    ProofVoid {
        /// Which.
        n: u32,
        /// On which day.
        on: Date,
    },
    /// The next day on which something changes by itself.
    DueSet {
        /// Which; none where nothing lies ahead.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Date>,
    },
    /// Registers are asked what they know of an entry.
    Asked {
        /// Of which entry.
        listing: ListingKey,
        /// About it.
        about: Box<About>,
        /// Whom, and what.
        questions: Vec<Question>,
        /// On which day.
        on: Date,
    },
    /// A register answered.
    Told {
        /// Of which entry.
        listing: ListingKey,
        /// Whom, and what was asked.
        question: Question,
        /// What it says.
        answer: Answer,
        /// On which day it said so.
        on: Date,
    },
}
