//! What records speak of: keys, sections, statements, holders, restrictions, and what may be asked of a record.

use blobs::Kept;
use codes::{Date, Moment};
use elements::{Share, Value};
use kernel::{OrganKey, Origin, PartyKey};
use seals::Commitment;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The key of a record: its register and its own key, such as `real_estate/440305001002GB00012F00010003`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecordKey(pub String);

impl RecordKey {
    /// The key of a thing in a register.
    #[must_use]
    pub fn new(register: &str, key: &str) -> Self {
        Self(format!("{register}/{key}"))
    }

    /// The register.
    #[must_use]
    pub fn register(&self) -> &str {
        self.0.split_once('/').map_or("", |(register, _)| register)
    }

    /// The key within the register.
    #[must_use]
    pub fn own(&self) -> &str {
        self.0.split_once('/').map_or(&self.0, |(_, own)| own)
    }
}

impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A section of a record (登记簿的部分), such as `unit` or `ownership`; where a kind may stand several times, `kind:which`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SectionId(pub String);

impl SectionId {
    /// The section of a kind that stands once.
    pub fn new(kind: impl Into<String>) -> Self {
        Self(kind.into())
    }

    /// Its kind, which the definition of the register knows.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.0.split_once(':').map_or(&self.0, |(kind, _)| kind)
    }
}

impl fmt::Display for SectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The number of a restriction within its record, from 1, never used twice.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct RestrictionNo(pub u32);

impl fmt::Display for RestrictionNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Personal values that lie sealed in the vault, with the commitment that events hold in their place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Where they lie; their content is [`crate::record::SealedFacts`] or [`crate::record::HolderCard`].
    pub kept: Kept,
    /// The salted commitment.
    pub commitment: Commitment,
}

/// How several hold together (共有情况).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnershipForm {
    /// One holder (单独所有).
    Sole,
    /// Jointly, without shares (共同共有).
    Joint,
    /// By exact shares (按份共有).
    ByShare,
}

/// Who holds (权利人).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The party.
    pub party: PartyKey,
    /// The share, where it is held by shares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
    /// Name and document, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<Sealed>,
}

/// What a section says (记载事项).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The open facts by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, Value>,
    /// The facts that the definition calls personal, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<Sealed>,
    /// How it is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<OwnershipForm>,
    /// Who holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holders: Vec<Holder>,
}

impl Statement {
    /// The parties that hold.
    #[must_use]
    pub fn parties(&self) -> Vec<PartyKey> {
        self.holders.iter().map(|holder| holder.party.clone()).collect()
    }
}

/// On whose side a restriction stands (限制机关或者权利人): a court, a bank, a person with a right of residence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// The name of the organ or of the organisation, as shown; empty where it is a person's and lies sealed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The organ in the directory, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organ: Option<OrganKey>,
    /// The party, where it is one of the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<PartyKey>,
    /// Name and document of a person, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<Sealed>,
}

/// What is noted beside a restriction when it is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// The party against whom it was ordered held before and does not any more (登记后查封).
    AfterTransfer,
    /// The party against whom it was ordered never stood in the register as holder (被执行人非登记权利人).
    NotTheHolder,
}

/// A restriction as it was entered (权利限制).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restriction {
    /// Its number in the record.
    pub no: RestrictionNo,
    /// Its kind in the definition, such as `seizure`.
    pub kind: String,
    /// On whose side.
    pub side: Side,
    /// The document it rests on (文号), such as the number of a court's case.
    pub document_no: String,
    /// The section it lies on, where it is one alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<SectionId>,
    /// The amount secured or claimed, in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_fen: Option<i64>,
    /// Its place in the order of entry among those of its kind that stood then, from 1.
    pub rank: u32,
    /// Agreements entered with it, such as `no_transfer` (禁止或者限制转让的约定).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub flags: BTreeSet<String>,
    /// What is noted beside it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// When it was entered: the order of entry decides.
    pub entered_at: Moment,
    /// The last day that its order names; the law's where it names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// Whether a restriction binds or waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// It binds (有效).
    InForce,
    /// It waits for those before it (轮候).
    Waiting,
}

impl Phase {
    /// The word in rows and answers.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::InForce => "in_force",
            Self::Waiting => "waiting",
        }
    }
}

/// How a restriction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It was released or struck off (解除、注销).
    Released,
    /// Its time ran out (失效).
    Lapsed,
    /// It had been entered in error (更正).
    Annulled,
    /// The record ended, and it went over to those that came out of it.
    Carried,
}

/// How a restriction stands in a stretch of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Whether it binds or waits.
    pub phase: Phase,
    /// The restriction.
    pub restriction: Restriction,
}

/// What a segment is a stretch of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// A section.
    Section(SectionId),
    /// A restriction.
    Restriction(RestrictionNo),
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Section(id) => write!(f, "section/{id}"),
            Self::Restriction(no) => write!(f, "restriction/{no}"),
        }
    }
}

/// What a segment says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "a record has few segments, and readers take both apart"
)]
pub enum Says {
    /// A section's facts and holders.
    Stands(Statement),
    /// How a restriction stands.
    Restricts(Standing),
}

/// A stretch of valid time in which a line says one thing (时段): `from` ≤ t < `to`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Its number within the record, from 1, never used twice.
    pub no: u32,
    /// What it is a stretch of.
    pub line: Line,
    /// From when on.
    pub from: Moment,
    /// Until before when; none where no end is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Moment>,
    /// What it says.
    pub says: Says,
}

impl Segment {
    /// Whether an instant lies in it.
    #[must_use]
    pub fn covers(&self, at: Moment) -> bool {
        self.from <= at && self.to.is_none_or(|to| at < to)
    }

    /// The restriction, where it is one.
    #[must_use]
    pub fn standing(&self) -> Option<&Standing> {
        match &self.says {
            Says::Restricts(standing) => Some(standing),
            Says::Stands(_) => None,
        }
    }

    /// The statement, where it is a section's.
    #[must_use]
    pub fn statement(&self) -> Option<&Statement> {
        match &self.says {
            Says::Stands(statement) => Some(statement),
            Says::Restricts(_) => None,
        }
    }
}

/// How the register's belief changes: these segments are believed no longer, those instead.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The numbers of segments that are believed no longer; they stay readable as what was believed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub void: Vec<u32>,
    /// What is believed from now on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<Segment>,
}

/// On what an entry rests and what stops it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// The kind of act in the definition (登记类型), such as `transfer`; it decides what stops it.
    pub kind: String,
    /// The document it rests on: a contract, a judgment, the number of a case.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub document_no: String,
    /// Restrictions whose holders consented, or of which the applicant said in writing that it knows them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub consents: BTreeSet<RestrictionNo>,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// Enters sections; the first entry opens the record (首次登记).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enter {
    /// The record, which says its register; needed by the first entry.
    #[serde(default)]
    pub record: RecordKey,
    /// On what it rests.
    pub act: Act,
    /// What the sections say.
    pub statements: BTreeMap<SectionId, Statement>,
    /// Since when it is so; now, unless the register takes entries that were so before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Moment>,
    /// The division in which the thing lies; needed by the first entry.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// The organ that keeps the record; needed by the first entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organ: Option<OrganKey>,
    /// Records out of which this one came by a split or a merger.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub predecessors: Vec<RecordKey>,
}

/// Says that sections are otherwise from an instant on (变更、转移): what was so before stays so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amend {
    /// On what it rests.
    pub act: Act,
    /// What the sections say from then on, whole.
    pub statements: BTreeMap<SectionId, Statement>,
    /// From when on; now, unless the register takes entries that were so before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Moment>,
}

/// Says that an entry was wrong (更正): both readings stay visible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correct {
    /// On what it rests.
    pub act: Act,
    /// Which section.
    pub section: SectionId,
    /// Over which time it was wrong: from here …
    pub from: Moment,
    /// … until before here; none for all time since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Moment>,
    /// What was so in truth; none where nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<Statement>,
    /// What was wrong, in words.
    pub reason: String,
    /// Whether the office itself made the error.
    #[serde(default)]
    pub own_error: bool,
}

/// Ends a section (注销): the right is no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Close {
    /// On what it rests.
    pub act: Act,
    /// Which section.
    pub section: SectionId,
    /// Since when; now, unless the register takes entries that were so before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
}

/// Why a record ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retirement {
    /// The thing is no more (灭失).
    Gone,
    /// It was split into others (分割).
    Split,
    /// It was merged with others (合并).
    Merged,
}

/// Ends a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retire {
    /// On what it rests.
    pub act: Act,
    /// Why.
    pub cause: Retirement,
    /// The records that came out of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub successors: Vec<RecordKey>,
}

/// Enters a restriction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restrict {
    /// Its kind, which is also the kind of the act.
    pub kind: String,
    /// On whose side.
    pub side: Side,
    /// The document it rests on.
    pub document_no: String,
    /// The section it lies on, where it is one alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<SectionId>,
    /// The amount, in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_fen: Option<i64>,
    /// Agreements entered with it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub flags: BTreeSet<String>,
    /// The last day that its order names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Of a pre-notice: the day from which the final registration can be applied for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registrable_on: Option<Date>,
    /// Against whom it was ordered (被执行人).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<PartyKey>,
    /// Restrictions whose holders consented.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub consents: BTreeSet<RestrictionNo>,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// Prolongs a restriction before it has run out (续行、续封); its rank stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renew {
    /// Which.
    pub restriction: RestrictionNo,
    /// The document that prolongs it.
    pub document_no: String,
    /// The new last day; none for the law's, counted from the day of the renewal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// Ends a restriction (解除、注销).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Which.
    pub restriction: RestrictionNo,
    /// The document that ends it.
    pub document_no: String,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// What may be asked of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecordCommand {
    /// Enter sections.
    Enter(Box<Enter>),
    /// They are otherwise from an instant on.
    Amend(Box<Amend>),
    /// An entry was wrong.
    Correct(Box<Correct>),
    /// A section ends.
    Close(Box<Close>),
    /// The record ends.
    Retire(Box<Retire>),
    /// Enter a restriction.
    Restrict(Box<Restrict>),
    /// Prolong a restriction.
    Renew(Box<Renew>),
    /// End a restriction.
    Release(Box<Release>),
    /// A restriction had been entered in error.
    Annul {
        /// Which.
        restriction: RestrictionNo,
        /// What was wrong.
        reason: String,
        /// Where it comes from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        origin: Option<Origin>,
    },
    /// Of a pre-notice: from this day the final registration can be applied for (能够进行不动产登记之日).
    Registrable {
        /// Which.
        restriction: RestrictionNo,
        /// The day.
        on: Date,
    },
    /// The act that keeps a restriction: the action after an objection, the final application after a pre-notice.
    RecordAction {
        /// Which.
        restriction: RestrictionNo,
        /// The court's notice of acceptance, the number of the application.
        document_no: String,
    },
    /// What has run out by now ends, and what waited is promoted; sent by timers.
    Tick,
}
