//! Address confirmation (电子送达地址确认书): what a party confirms before anything is served upon it electronically.
//!
//! ```text
//!  Start (officer) ─► link on the party's phone ─► addresses, each echoed ─┐
//!                                                 ─► scopes, one by one    ├─► Sign ─► in force ─► Rely (each document)
//!                                                 ─► consequence, read     │              │
//!                                                 ─► postal address        ┘              ├─ Change ─► a new form, for later documents
//!                                                 ─► Refuse: recorded                     └─ Withdraw, End
//! ```
//!
//! No event holds an address, a name or a signature: they lie sealed, events hold salted commitments.

mod decide;
pub(crate) mod errand;
pub(crate) mod http;
mod pages;
pub mod policy;
pub mod projection;
pub mod queries;

pub use decide::{Confirmation, ConfirmationRules};
pub use errand::SendCode;

use crate::model::{Channel, Issuer, Kept, NoticeKey};
use codes::{Date, Label, Moment};
use kernel::{Origin, PartyKey};
use seals::{Commitment, Digest, Salt};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// The explanation of the consequences that a party reads (法律后果告知); a change of its words changes this.
pub const STATEMENT: &str = "address-confirmation-2026-01";

/// The key of a confirmation: opaque, such as that of the case for which it is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConfirmationKey(pub String);

impl fmt::Display for ConfirmationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A kind of electronic address (电子送达地址种类).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressKind {
    /// The party's account on this platform (平台账号).
    Account,
    /// A mobile number (手机号).
    Mobile,
    /// An e-mail address (电子邮箱).
    Email,
    /// A fax number (传真).
    Fax,
    /// An id of the service `WeChat` (微信号).
    Wechat,
    /// An Alipay id (支付宝账号).
    Alipay,
}

impl AddressKind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Account, Self::Mobile, Self::Email, Self::Fax, Self::Wechat, Self::Alipay];

    /// The word in forms and rows.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Mobile => "mobile",
            Self::Email => "email",
            Self::Fax => "fax",
            Self::Wechat => "wechat",
            Self::Alipay => "alipay",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Account => Label::new("平台账号", "Account on this platform"),
            Self::Mobile => Label::new("手机号", "Mobile number"),
            Self::Email => Label::new("电子邮箱", "E-mail address"),
            Self::Fax => Label::new("传真", "Fax number"),
            Self::Wechat => Label::new("微信号", "WeChat id"),
            Self::Alipay => Label::new("支付宝账号", "Alipay id"),
        }
    }

    /// The channel by which the platform itself serves there; none where an officer has to send.
    #[must_use]
    pub const fn channel(self) -> Option<Channel> {
        match self {
            Self::Account => Some(Channel::Inbox),
            Self::Mobile => Some(Channel::Sms),
            Self::Email => Some(Channel::Email),
            Self::Fax | Self::Wechat | Self::Alipay => None,
        }
    }
}

/// What is sealed of an address: its value with the salt of the commitment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedValue {
    /// The salt.
    pub salt: Salt,
    /// The value, canonical: E.164 for numbers, as typed for the rest.
    pub value: String,
}

/// A sort of documents that may be served electronically, as offered to the party (同意送达文书范围).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Its key, such as `decision`.
    pub key: String,
    /// What it is called.
    pub label: Label,
}

/// Until when a confirmation holds (有效期).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Validity {
    /// Until the matter and its review end; the organ records that by [`ConfirmationCommand::End`].
    #[default]
    Matter,
    /// Up to and with a day.
    Until(Date),
}

/// What an officer starts (发起地址采集).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// The key of the confirmation, for readers of the event alone and for the link's token.
    pub key: ConfirmationKey,
    /// What it is for: a case.
    pub origin: Origin,
    /// The organ that will serve.
    pub issuer: Issuer,
    /// Whose addresses they are.
    pub party: PartyKey,
    /// What may be consented to; never more than this, and nothing of it is chosen beforehand.
    pub scopes: Vec<Scope>,
    /// Until when what is confirmed holds.
    #[serde(default)]
    pub validity: Validity,
}

/// How an address was proven to be the party's (核验方式).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressProof {
    /// The code that was sent there came back.
    Echoed {
        /// Which code.
        round: u32,
    },
    /// The party was signed in to the account.
    SignedIn,
    /// An officer compared the party with its document, and the account is the party's.
    Identified,
}

/// How the explanation of the consequences was taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakenIn {
    /// It was read; the time between opening and going on was long enough.
    Read {
        /// How long it lay open, in seconds.
        seconds: u32,
    },
    /// It was listened to, to the end.
    Heard {
        /// How long the recording is, in seconds.
        seconds: u32,
    },
}

/// How a party signs (签名).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signature {
    /// By a certificate: the detached signature over the form's bytes, as kept.
    Certificate {
        /// The signature.
        signature: Kept,
        /// The serial number of the certificate.
        serial: String,
    },
    /// By hand; counts once an officer or a comparison of faces has said who signs.
    Drawn {
        /// The picture, sealed.
        picture: Kept,
    },
}

/// An address that is in force when a document is issued (已确认地址).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmedAddress {
    /// Its number in the confirmation.
    pub no: u32,
    /// Its kind.
    pub kind: AddressKind,
    /// The value with its salt, sealed.
    pub value: Kept,
    /// The commitment to the value.
    pub commitment: Commitment,
    /// Since when it is confirmed.
    pub confirmed_at: Moment,
}

/// What may be asked of an address confirmation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ConfirmationCommand {
    /// An officer starts it; the party goes on by a link.
    Start(Box<Capture>),
    /// The party does something, signed in or by the token of the link.
    Party {
        /// The token; none where the party is signed in.
        #[serde(default)]
        token: Option<String>,
        /// What it does.
        act: PartyAct,
    },
    /// An officer compared the person with its document (核对身份).
    CheckIdentity {
        /// Which document, such as 居民身份证; never its number.
        document: String,
    },
    /// An officer records that the party said no (记录拒绝).
    RecordRefusal {
        /// In the party's words.
        reason: String,
    },
    /// A document is to be served electronically upon it: put this before [`crate::NoticeCommand::Issue`] in the same
    /// [`kernel::Atomic`], so that either both happen or nothing does.
    Rely {
        /// The notice.
        notice: NoticeKey,
        /// Which sort of document it is.
        scope: String,
    },
    /// The matter and its review are over.
    End {
        /// Why.
        reason: String,
    },
    /// The link ran out; sent by its own timer.
    Lapse,
}

/// What the party itself does on its phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PartyAct {
    /// Opens the link.
    Open,
    /// Names an address; a code goes there.
    Propose {
        /// Its kind.
        kind: AddressKind,
        /// The value with its salt, sealed.
        value: Kept,
        /// The commitment to the value.
        commitment: Commitment,
        /// Which is tried first: 1 before 2.
        priority: u8,
    },
    /// Wants another code.
    AskCode {
        /// The address.
        no: u32,
    },
    /// Types the code.
    Echo {
        /// The address.
        no: u32,
        /// The code.
        code: String,
    },
    /// Takes an address out of the form.
    Drop {
        /// The address.
        no: u32,
    },
    /// Ticks one sort of documents.
    Choose {
        /// Which.
        scope: String,
    },
    /// Takes a tick away.
    Unchoose {
        /// Which.
        scope: String,
    },
    /// Opens the explanation of the consequences.
    BeginReading,
    /// Has read or heard it.
    FinishReading {
        /// The length of the recording in seconds, where it was heard to the end.
        #[serde(default)]
        heard_seconds: Option<u32>,
    },
    /// Names the address for paper.
    Postal {
        /// The address with its salt, sealed.
        value: Kept,
        /// The commitment to it.
        commitment: Commitment,
    },
    /// Signs.
    Sign {
        /// The sorts of documents that stand in the form which it signs.
        scopes: BTreeSet<String>,
        /// The signature.
        signature: Signature,
        /// The digest of the form which it saw.
        form: Digest,
    },
    /// Says no.
    Refuse {
        /// Why, if it says.
        reason: String,
    },
    /// Begins a new form; the old one holds until the new one is signed.
    Change,
    /// Takes its consent back, for documents that are issued later.
    Withdraw,
}

/// What happens to an address confirmation; the wire format, frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConfirmationEvent {
    /// It was started.
    Started {
        /// What.
        capture: Box<Capture>,
        /// Until when the link is good.
        until: Moment,
    },
    /// The party opened the link.
    Opened {
        /// When.
        at: Moment,
    },
    /// An address was named, and a code was ordered to it.
    Proposed {
        /// Its number.
        no: u32,
        /// Its kind.
        kind: AddressKind,
        /// The value with its salt, sealed.
        value: Kept,
        /// The commitment to the value.
        commitment: Commitment,
        /// Its priority.
        priority: u8,
    },
    /// A code is on its way.
    CodeOrdered {
        /// The address.
        no: u32,
        /// Which code.
        round: u32,
        /// The kind of the address.
        kind: AddressKind,
        /// The address, sealed.
        value: Kept,
        /// From when its time runs.
        at: Moment,
        /// Until when it is good.
        until: Moment,
        /// How often it may be typed.
        tries: u32,
    },
    /// Another code was typed.
    CodeMistyped {
        /// The address.
        no: u32,
        /// How many tries are left.
        left: u32,
    },
    /// The address is the party's.
    Verified {
        /// The address.
        no: u32,
        /// When.
        at: Moment,
        /// How it was proven.
        proof: AddressProof,
    },
    /// An address was taken out.
    Dropped {
        /// The address.
        no: u32,
    },
    /// One sort of documents was ticked by the party.
    ScopeChosen {
        /// Which.
        scope: String,
    },
    /// A tick was taken away.
    ScopeUnchosen {
        /// Which.
        scope: String,
    },
    /// The explanation lay open from here on.
    ReadingBegun {
        /// When.
        at: Moment,
        /// Which version of it.
        statement: String,
    },
    /// The explanation was taken in.
    ConsequenceRead {
        /// When.
        at: Moment,
        /// How.
        how: TakenIn,
    },
    /// The address for paper was named.
    PostalGiven {
        /// The address with its salt, sealed.
        value: Kept,
        /// The commitment to it.
        commitment: Commitment,
    },
    /// An officer knows who signs.
    IdentityChecked {
        /// By which document.
        document: String,
        /// When.
        at: Moment,
    },
    /// It was signed and is in force.
    Signed {
        /// Which form, from 1.
        form_no: u32,
        /// The digest of the form.
        form: Digest,
        /// The signature.
        signature: Signature,
        /// When.
        at: Moment,
        /// Up to and with which day it holds; none until the matter ends.
        valid_until: Option<Date>,
    },
    /// The party said no.
    Refused {
        /// Why.
        reason: String,
        /// When.
        at: Moment,
    },
    /// The party began a new form.
    ChangeBegun {
        /// When.
        at: Moment,
        /// Until when its link is good.
        until: Moment,
    },
    /// A document was issued upon it.
    Relied {
        /// The notice.
        notice: NoticeKey,
        /// Which sort of document.
        scope: String,
        /// Upon which form.
        form_no: u32,
        /// The addresses in force, by priority.
        addresses: Vec<ConfirmedAddress>,
        /// The address for paper.
        postal: Kept,
        /// When.
        at: Moment,
    },
    /// The party took its consent back.
    Withdrawn {
        /// When.
        at: Moment,
    },
    /// The matter is over.
    Ended {
        /// When.
        at: Moment,
        /// Why.
        reason: String,
    },
    /// The link ran out before anything was signed.
    Lapsed {
        /// When.
        at: Moment,
    },
}

/// Where a confirmation stands (采集状态).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Started, the party has the form before it.
    #[default]
    Capturing,
    /// Signed, in force.
    InForce,
    /// The party said no.
    Refused,
    /// The party took its consent back.
    Withdrawn,
    /// The matter is over.
    Ended,
    /// Nothing was signed in time.
    Lapsed,
}

impl Standing {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Capturing, Self::InForce, Self::Refused, Self::Withdrawn, Self::Ended, Self::Lapsed];

    /// The word in rows.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Capturing => "capturing",
            Self::InForce => "in_force",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Ended => "ended",
            Self::Lapsed => "lapsed",
        }
    }

    /// The state of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.word() == word)
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Capturing => Label::new("采集中", "Being filled in"),
            Self::InForce => Label::new("已确认", "Confirmed"),
            Self::Refused => Label::new("当事人不同意", "Refused by the party"),
            Self::Withdrawn => Label::new("已撤回同意", "Consent withdrawn"),
            Self::Ended => Label::new("已终止", "Ended"),
            Self::Lapsed => Label::new("链接已过期", "Link ran out"),
        }
    }
}
