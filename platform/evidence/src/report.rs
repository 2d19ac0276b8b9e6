//! What a check found: claim by claim, never one yes or no.

use crate::verify::{Doubt, Flaw};
use codes::{Coded, Label, Moment};
use serde::{Serialize, Serializer, ser::SerializeStruct};

/// How a claim stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Pass,
    /// It does not hold.
    Fail(Flaw),
    /// It cannot be decided with what is at hand.
    Unknown(Doubt),
}

impl Verdict {
    /// The word in JSON.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail(_) => "fail",
            Self::Unknown(_) => "unknown",
        }
    }

    /// What is wrong or lacking.
    #[must_use]
    pub fn why(&self) -> Option<&dyn Coded> {
        match self {
            Self::Pass => None,
            Self::Fail(flaw) => Some(flaw),
            Self::Unknown(doubt) => Some(doubt),
        }
    }
}

/// One thing that a file claims (主张), and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Its name, such as `inclusion:3`; the same for the same claim in every package and every reader.
    pub id: String,
    /// What it claims.
    pub about: Label,
    /// How it stands.
    pub verdict: Verdict,
    /// What was found on the way, such as the time of a stamp.
    pub detail: Option<Label>,
}

impl Claim {
    pub(crate) fn new(id: impl Into<String>, about: Label, verdict: Verdict) -> Self {
        Self { id: id.into(), about, verdict, detail: None }
    }

    pub(crate) fn with(mut self, detail: Label) -> Self {
        self.detail = Some(detail);
        self
    }
}

impl Serialize for Claim {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut claim = to.serialize_struct("Claim", 7)?;
        claim.serialize_field("id", &self.id)?;
        claim.serialize_field("about", &self.about)?;
        claim.serialize_field("verdict", self.verdict.word())?;
        let why = self.verdict.why();
        claim.serialize_field("reason", &why.map(Coded::reason))?;
        claim.serialize_field("code", &why.map(|why| why.code().to_string()))?;
        claim.serialize_field("why", &why.map(Coded::label))?;
        claim.serialize_field("detail", &self.detail)?;
        claim.end()
    }
}

/// An event of a package, as its bytes tell it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Happened {
    /// Its number in the package.
    pub event: u64,
    /// When it was, by its own account; none if it cannot be read.
    pub at: Option<Moment>,
    /// What happened, in plain words.
    pub label: Label,
    /// Its index in the log.
    pub index: u64,
    /// The size of the log under whose root it is proven.
    pub size: u64,
    /// The hash of the leaf, in hexadecimal.
    pub leaf: String,
    /// From the leaf to the root: the hashes beside the way, in hexadecimal.
    pub path: Vec<String>,
    /// The root that they lead to, in hexadecimal; none if they lead nowhere.
    pub root: Option<String>,
}

/// What a check found (核验报告).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What was checked: `package`, `checkpoint`, `proof`, `stamp`, `licence`.
    pub kind: String,
    /// What it is called.
    pub title: Label,
    /// Its number, where it has one.
    pub number: Option<String>,
    /// How its log is hashed, where it has one: `sha256` or `sm3`.
    pub hash: Option<String>,
    /// The claims, in the order in which they rest on each other.
    pub claims: Vec<Claim>,
    /// The timeline, where there is one.
    pub timeline: Vec<Happened>,
}

/// How a report stands as a whole, for an exit code; a reader looks at the claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Overall {
    /// Every claim holds.
    AllHold,
    /// None fails; some cannot be decided here.
    Undecided,
    /// At least one does not hold.
    SomeFail,
}

impl Report {
    /// A report without claims.
    #[must_use]
    pub fn new(kind: impl Into<String>, title: Label) -> Self {
        let (kind, claims, timeline) = (kind.into(), Vec::new(), Vec::new());
        Self { kind, title, number: None, hash: None, claims, timeline }
    }

    /// How it stands as a whole.
    #[must_use]
    pub fn overall(&self) -> Overall {
        let of = |claim: &Claim| match claim.verdict {
            Verdict::Pass => Overall::AllHold,
            Verdict::Unknown(_) => Overall::Undecided,
            Verdict::Fail(_) => Overall::SomeFail,
        };
        self.claims.iter().map(of).max().unwrap_or(Overall::Undecided)
    }

    /// The claim of a name.
    #[must_use]
    pub fn claim(&self, id: &str) -> Option<&Claim> {
        self.claims.iter().find(|claim| claim.id == id)
    }

    /// The claims that do not hold.
    pub fn failed(&self) -> impl Iterator<Item = &Claim> {
        self.claims.iter().filter(|claim| matches!(claim.verdict, Verdict::Fail(_)))
    }
}
