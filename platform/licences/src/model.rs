//! What licences speak of: orders, numbers, documents, states.

use blobs::BlobId;
use codes::{Date, Label};
use documents::TextDigest;
use kernel::{Origin, PartyKey};
use seals::{Digest, KeyId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub use blobs::Kept;
pub use documents::{BookKey, Issuer, Numbering};

/// With what the template is filled.
pub type Filling = documents::Filling<Kept>;

/// The key of a licence: opaque, following from what ordered it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LicenceKey(pub String);

impl fmt::Display for LicenceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where the number comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NumberFrom {
    /// It is known: a business licence bears the unified code (统一社会信用代码).
    Given(String),
    /// The template's series allots it, with these facts beside the organ's word and division, such as `format`.
    Series(BTreeMap<String, String>),
}

/// An order to issue a licence; what is data of the reform stands in its template (kind, title, series, fields).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// What it comes from: the case's event.
    pub origin: Origin,
    /// Who issues.
    pub issuer: Issuer,
    /// To whom.
    pub holder: PartyKey,
    /// The template, which is the licence's kind, such as `business_licence`.
    pub template: String,
    /// With what it is filled.
    pub filling: Filling,
    /// Where its number comes from.
    pub number: NumberFrom,
    /// The first day of its validity.
    pub valid_from: Date,
    /// The last day of its validity, until 24:00; none for 长期.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Date>,
    /// Values of the template that the public page does not show, beside those the template marks as personal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<String>,
    /// The licence that this one takes the place of, once it is signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<LicenceKey>,
}

/// The signed document (电子证照).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The PDF.
    pub pdf: Kept,
    /// SHA-256 of the PDF.
    pub sha256: Digest,
    /// The digest of its text.
    pub digest: TextDigest,
    /// What set its type ([`documents::Typesetter::edition`]).
    pub edition: String,
    /// The signed statement, a compact JWS over [`crate::Statement`]; it tells only what the public page shows.
    pub statement: BlobId,
    /// The key that signed it.
    pub key: KeyId,
    /// The key of the seal inside the PDF; none where the installation has no seal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<KeyId>,
    /// The verifiable credential beside the statement; none for licences from before there were credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<Credential>,
    /// The text of the code that verifies without network; none where it would be too large to print.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Kept>,
}

/// A licence as a verifiable credential (可验证凭证, SD-JWT VC), in two parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// What the issuer signed: digests of claims, and no claim. It stays when the claims are erased, and proves the issue.
    pub jwt: BlobId,
    /// The claims with their salts, sealed where the paper is: erasing the key leaves digests that tell nothing.
    pub disclosures: Kept,
    /// Where its status stands.
    pub status: StatusPlace,
}

/// A place in a status list (状态清单).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusPlace {
    /// The list, such as `440100-0`.
    pub list: String,
    /// The place in it.
    pub index: u32,
}

/// The key of the book that allots places in status lists: one a shard.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StatusBookKey(pub String);

impl fmt::Display for StatusBookKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who is told of each change of a licence, and what they need to know it by; it tells of no person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// The partners (对接系统) that asked for its state.
    pub by: BTreeSet<String>,
    /// The licence's number.
    pub number: String,
    /// The template, which is its kind.
    pub kind: String,
    /// The token of its public page.
    pub token: String,
    /// The organ that issued it, by its name.
    pub organ: String,
}

/// By which act a licence ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The organ took an unlawful grant back (撤销, 许可法 69).
    Annulled,
    /// The organ revoked it as a penalty (吊销).
    Revoked,
    /// It was struck off (注销, 许可法 70): the holder gave it up or ceased to be.
    StruckOff,
    /// It was declared void after a loss (声明作废).
    DeclaredVoid,
}

impl Ending {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::StruckOff, Self::Annulled, Self::Revoked, Self::DeclaredVoid];

    /// The word in forms and rows.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Annulled => "annulled",
            Self::Revoked => "revoked",
            Self::StruckOff => "struck_off",
            Self::DeclaredVoid => "declared_void",
        }
    }

    /// The ending of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ending| ending.word() == word)
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Annulled => Label::new("撤销", "annulled"),
            Self::Revoked => Label::new("吊销", "revoked as a penalty"),
            Self::StruckOff => Label::new("注销", "struck off"),
            Self::DeclaredVoid => Label::new("声明作废", "declared void"),
        }
    }
}

/// Why a licence is suspended, resumed or ended; both parts are demanded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ground {
    /// The facts.
    pub reason: String,
    /// The article.
    pub article: String,
}

/// Where a licence stands (证照状态).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Ordered; its number or its signature is still to come.
    #[default]
    Preparing,
    /// In force (有效).
    Valid,
    /// Suspended (已暂停).
    Suspended,
    /// Ended by an act (已注销).
    Ended,
    /// Another took its place (已换发).
    Replaced,
    /// Its term is over (已过期).
    Expired,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Preparing, Self::Valid, Self::Suspended, Self::Ended, Self::Replaced, Self::Expired];

    /// The word in rows and answers.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Valid => "valid",
            Self::Suspended => "suspended",
            Self::Ended => "ended",
            Self::Replaced => "replaced",
            Self::Expired => "expired",
        }
    }

    /// The state of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Its name for people: the one big answer of the public page.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Preparing => Label::new("制证中", "In preparation"),
            Self::Valid => Label::new("有效", "Valid"),
            Self::Suspended => Label::new("已暂停", "Suspended"),
            Self::Ended => Label::new("已注销", "No longer in force"),
            Self::Replaced => Label::new("已换发", "Replaced by another"),
            Self::Expired => Label::new("已过期", "Expired"),
        }
    }
}
