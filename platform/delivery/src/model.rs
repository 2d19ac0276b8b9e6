//! What delivery speaks of: notices, channels, addresses of service.

use crate::confirmation::ConfirmedAddress;
use codes::{Date, Label, Moment};
use documents::TextDigest;
use kernel::{Origin, PartyKey};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub use blobs::Kept;
pub use documents::{BookKey, Issuer, Numbering};

/// With what a template is filled.
pub type Filling = documents::Filling<Kept>;

/// The key of a notice: opaque, following from what ordered it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NoticeKey(pub String);

impl fmt::Display for NoticeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A way to serve a notice (送达方式).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The party's inbox in the portal (平台收件箱).
    Inbox,
    /// E-mail with the document attached (电子邮件).
    Email,
    /// Post with advice of delivery (邮寄).
    Post,
    /// Handed over by an officer (直接送达).
    Hand,
    /// A text message that leads to the document (短信).
    Sms,
    /// Left at the residence, with witnesses or a video (留置送达).
    Left,
    /// A public notice, deemed service after the days of the law (公告送达).
    Announcement,
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Inbox,
        Self::Email,
        Self::Post,
        Self::Hand,
        Self::Sms,
        Self::Left,
        Self::Announcement,
    ];

    /// The channel of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.word() == word)
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Inbox => Label::new("平台收件箱", "Portal inbox"),
            Self::Email => Label::new("电子邮件", "E-mail"),
            Self::Post => Label::new("邮寄", "Post"),
            Self::Hand => Label::new("直接送达", "In person"),
            Self::Sms => Label::new("短信", "Text message"),
            Self::Left => Label::new("留置送达", "Left at the residence"),
            Self::Announcement => Label::new("公告送达", "Public notice"),
        }
    }

    /// The word in rows and addresses.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Email => "email",
            Self::Post => "post",
            Self::Hand => "hand",
            Self::Sms => "sms",
            Self::Left => "left",
            Self::Announcement => "announcement",
        }
    }
}

/// The order in which channels are tried where a notice says nothing else; paper always comes last.
pub const CHANNELS: [Channel; 3] = [Channel::Inbox, Channel::Email, Channel::Post];

/// What is served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// A template of the bundle, to be filled, numbered and set in type.
    Template {
        /// The template's id.
        template: String,
        /// With what it is filled, beside organ, number, day and QR code, which delivery adds.
        filling: Filling,
        /// Facts for the number beside the organ's word, such as `division`.
        #[serde(default)]
        facts: BTreeMap<String, String>,
    },
    /// A document that stands already, such as a signed licence.
    Document {
        /// What it is called.
        title: Label,
        /// Its number.
        number: String,
        /// The document.
        document: Document,
    },
}

/// A document that is ready to be served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The PDF.
    pub pdf: Kept,
    /// The digest of its text.
    pub digest: TextDigest,
    /// What set its type ([`documents::Typesetter::edition`]).
    pub edition: String,
    /// SHA-256 of the PDF, by which the event proves it; none for documents from before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<seals::Digest>,
    /// The key of the seal on it; none where it bears none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<seals::KeyId>,
}

/// An order to serve a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// What it comes from: a case, a licence.
    pub origin: Origin,
    /// Who serves.
    pub issuer: Issuer,
    /// Upon whom.
    pub party: PartyKey,
    /// What.
    pub content: Content,
    /// The channels in the order in which they are tried; empty for the platform's order.
    #[serde(default)]
    pub channels: Vec<Channel>,
}

/// Where and how a party may be served, as found when the document was ready (送达地址).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressOfService {
    /// Channels of electronic service that the party consented to.
    #[serde(default)]
    pub consented: BTreeSet<Channel>,
    /// The e-mail address, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Kept>,
    /// The postal address, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal: Option<Kept>,
    /// The addresses of the confirmation upon which the notice was issued, by priority. Where there are any, they are the
    /// ladder; what the party consented to elsewhere does not count for this notice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confirmed: Vec<ConfirmedAddress>,
}

/// Who took a paper in (签收人).
///
/// # Source
/// 民事诉讼法 (2023) art. 88: the person, an adult of the household, the one in charge of an organisation or its
/// mail room, an agent, a person named to receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Receiver {
    /// The party itself (本人或者法定代表人).
    Party,
    /// An adult of the household (同住成年家属).
    Household,
    /// The mail room of an organisation (收件部门).
    MailRoom,
    /// An agent (代理人).
    Agent,
    /// Somebody whom the party named (代收人).
    Named,
}

impl Receiver {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Party, Self::Household, Self::MailRoom, Self::Agent, Self::Named];

    /// The word in forms and rows.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Party => "party",
            Self::Household => "household",
            Self::MailRoom => "mail_room",
            Self::Agent => "agent",
            Self::Named => "named",
        }
    }

    /// The receiver of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|receiver| receiver.word() == word)
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Party => {
                Label::new("本人或者法定代表人", "The party or its legal representative")
            }
            Self::Household => Label::new("同住成年家属", "An adult of the household"),
            Self::MailRoom => Label::new("单位收件部门", "The mail room"),
            Self::Agent => Label::new("代理人", "An agent"),
            Self::Named => Label::new("指定代收人", "A person named to receive"),
        }
    }
}

/// What proves that a notice was served (送达证明).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Proof {
    /// It arrived in the inbox of a party that consented to be served there.
    Arrived,
    /// The party opened it in the inbox and confirmed.
    Read {
        /// The login at the keyboard.
        login: String,
    },
    /// The party's mail server took it.
    Mailed {
        /// The message's id.
        message_id: String,
        /// What the server answered.
        answer: String,
    },
    /// A paper was taken in.
    Signed {
        /// By whom.
        by: Receiver,
        /// The carrier's number of the item, for post.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tracking_no: Option<String>,
    },
    /// The gateway reported that the message was delivered (DELIVRD).
    Delivered {
        /// How the gateway calls the message.
        gateway_id: String,
        /// The report as it came, kept.
        receipt: Kept,
    },
    /// It was left at the residence (留置).
    Left {
        /// The video or photographs, sealed.
        video: Kept,
        /// Who witnessed it, in words; never a name in full.
        witnesses: String,
    },
    /// It was announced, and the days of the law are over.
    Published {
        /// The announcement.
        announcement: String,
        /// The day of publication.
        published_on: Date,
        /// The article.
        source: String,
    },
    /// The party proved when it arrived (当事人举证).
    Proven {
        /// The evidence, sealed.
        evidence: Kept,
    },
}

/// How a notice was served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct How {
    /// By which channel.
    pub channel: Channel,
    /// With what proof.
    pub proof: Proof,
    /// The digest of the document that was served.
    pub digest: TextDigest,
}

/// How long a channel may take before the next one is tried; all are defaults that an installation may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Days that a notice may lie unread where there is no consent to electronic service.
    pub unread_days: u16,
    /// Days in which a mail server must have taken the message.
    pub mail_days: u16,
    /// Hours in which a gateway must have reported a text message.
    pub sms_hours: u16,
    /// Minutes between two soft failures that make a failure (21 R4).
    pub soft_gap_minutes: u16,
    /// Hours after sending in which a bounce undoes service (21 R4); later ones are recorded and nothing else.
    pub bounce_hours: u16,
}

impl Default for Patience {
    fn default() -> Self {
        Self { unread_days: 3, mail_days: 2, sms_hours: 24, soft_gap_minutes: 30, bounce_hours: 72 }
    }
}

/// Where a notice stands (送达状态).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Ordered; its number or its document is still to come.
    #[default]
    Preparing,
    /// In the inbox, waiting to be read.
    Waiting,
    /// On its way by e-mail.
    Mailing,
    /// An officer must serve it on paper.
    PaperWanted,
    /// In the post.
    Posted,
    /// Served.
    Served,
    /// On its way by text message.
    Texting,
    /// Announced; the days of the law run.
    Publishing,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Preparing,
        Self::Waiting,
        Self::Mailing,
        Self::PaperWanted,
        Self::Posted,
        Self::Served,
        Self::Texting,
        Self::Publishing,
    ];

    /// The word in rows.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Waiting => "waiting",
            Self::Mailing => "mailing",
            Self::PaperWanted => "paper_wanted",
            Self::Posted => "posted",
            Self::Served => "served",
            Self::Texting => "texting",
            Self::Publishing => "publishing",
        }
    }

    /// The state of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Preparing => Label::new("制作中", "In preparation"),
            Self::Waiting => Label::new("待签收", "Waiting for you"),
            Self::Mailing => Label::new("电子邮件发送中", "Being mailed"),
            Self::PaperWanted => Label::new("待书面送达", "To be served on paper"),
            Self::Posted => Label::new("邮寄中", "In the post"),
            Self::Served => Label::new("已送达", "Served"),
            Self::Texting => Label::new("短信发送中", "Being sent by text message"),
            Self::Publishing => Label::new("公告送达中", "Announced, term running"),
        }
    }
}

/// A posted item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostedItem {
    /// The carrier, such as 中国邮政速递.
    pub carrier: String,
    /// The carrier's number of the item.
    pub tracking_no: String,
    /// The day it was handed in.
    pub posted_on: Date,
}

/// A timer's length in days from an instant.
#[must_use]
pub(crate) fn days_after(at: Moment, days: u16) -> Moment {
    at.plus_seconds(i64::from(days) * 86_400)
}

/// A publication that is to be service (公告送达).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Publication {
    pub(crate) announcement: String,
    pub(crate) published_on: Date,
    pub(crate) deemed_on: Date,
    pub(crate) source: String,
}

/// The content of a sealed address: with the salt of its commitment where it was confirmed, bare otherwise.
#[must_use]
pub(crate) fn address_in(content: &[u8]) -> Option<String> {
    let sealed = serde_json::from_slice::<crate::confirmation::SealedValue>(content);
    match sealed {
        Ok(sealed) => Some(sealed.value),
        Err(_bare) => String::from_utf8(content.to_vec()).ok(),
    }
}
