//! Inquiries of interested parties (利害关系人查询): asked with proof, looked at by an officer, open for a short time.
//!
//! LAW: 民法典 218, 219; 不动产登记资料查询暂行办法 (国土资源部令第80号): who is neither holder nor empowered proves an interest
//! and names a purpose; what is learned serves no other.

use crate::error::PropertyError;
use codes::{Moment, UnitNo};
use documents::Issuer;
use kernel::{Actor, Aggregate, Context, PartyKey};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How long a granted inquiry stays open, in microseconds: three days (default).
const OPEN_US: i64 = 3 * 86_400_000_000;
/// The longest purpose or reason, in characters.
const TEXT_CHARS_MAX: usize = 200;

/// The key of an inquiry.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InquiryKey(pub String);

impl fmt::Display for InquiryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// As whom somebody asks; each is a view of the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interest {
    /// An interested party, such as a creditor or a neighbour.
    Interested,
    /// A party to a contract or a lawsuit about the unit.
    Contract,
    /// An heir with a certificate of inheritance.
    Heir,
}

impl Interest {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Interested, Self::Contract, Self::Heir];

    /// The word in forms and rows.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Interested => "interested",
            Self::Contract => "contract",
            Self::Heir => "heir",
        }
    }

    /// The interest of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|interest| interest.word() == word)
    }

    /// The view of the register that it opens.
    #[must_use]
    pub const fn view(self) -> &'static str {
        match self {
            Self::Interested => "interested",
            Self::Contract => "interested_party",
            Self::Heir => "by_law",
        }
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> codes::Label {
        let (zh, en) = match self {
            Self::Interested => ("利害关系人", "Interested party"),
            Self::Contract => ("合同或者诉讼的当事人", "Party to a contract or a lawsuit"),
            Self::Heir => ("继承人", "Heir"),
        };
        codes::Label::new(zh, en)
    }
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// About which unit.
    pub unit: UnitNo,
    /// The office that keeps its record.
    pub office: Issuer,
    /// As whom.
    pub interest: Interest,
    /// For what.
    pub purpose: String,
    /// The proof of the interest, as the id of a blob.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
}

/// What may be asked of an inquiry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InquiryCommand {
    /// Ask. The same again changes nothing.
    Ask(Box<Question>),
    /// The interest is proved.
    Grant,
    /// It is not.
    Deny {
        /// Why.
        reason: String,
    },
}

/// What happens to an inquiry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InquiryEvent {
    /// Somebody asked.
    Asked {
        /// Who.
        by: PartyKey,
        /// What.
        question: Box<Question>,
    },
    /// The interest is proved: the view is open for a time.
    Granted {
        /// Until when.
        until: Moment,
    },
    /// It is not.
    Denied {
        /// Why.
        reason: String,
    },
}

/// An inquiry.
#[derive(Clone, Debug, Default)]
pub struct Inquiry {
    question: Option<Box<Question>>,
    decided: bool,
}

impl Aggregate for Inquiry {
    const KIND: &'static str = "property-inquiry";
    type Key = InquiryKey;
    type Command = InquiryCommand;
    type Event = InquiryEvent;
    type Error = PropertyError;
    type World = ();

    fn decide(
        &self,
        (): &(),
        cx: &Context,
        command: InquiryCommand,
    ) -> Result<Vec<InquiryEvent>, PropertyError> {
        let short = |text: &str| !text.trim().is_empty() && text.chars().count() <= TEXT_CHARS_MAX;
        match (command, &self.question) {
            (InquiryCommand::Ask(question), Some(known)) if *known == question => Ok(Vec::new()),
            (InquiryCommand::Ask(_), Some(_)) => Err(PropertyError::Taken),
            (InquiryCommand::Ask(question), None) => {
                let Actor::Party { party, .. } = &cx.actor else {
                    return Err(PropertyError::NotEntitled);
                };
                if !short(&question.purpose) {
                    return Err(PropertyError::PurposeMissing);
                }
                // Without proof nobody's property is looked up, by whatever name (以人查房).
                if question.proof.as_ref().is_none_or(String::is_empty) {
                    return Err(PropertyError::NotEntitled);
                }
                Ok(vec![InquiryEvent::Asked { by: party.clone(), question }])
            }
            (_, None) => Err(PropertyError::Unknown),
            (_, Some(_)) if self.decided => Ok(Vec::new()),
            (InquiryCommand::Grant, Some(_)) => {
                Ok(vec![InquiryEvent::Granted { until: cx.now.plus_us(OPEN_US) }])
            }
            (InquiryCommand::Deny { reason }, Some(_)) if short(&reason) => {
                Ok(vec![InquiryEvent::Denied { reason }])
            }
            (InquiryCommand::Deny { .. }, Some(_)) => Err(PropertyError::Field { key: "reason" }),
        }
    }

    fn evolve(&mut self, event: &InquiryEvent) {
        match event {
            InquiryEvent::Asked { question, .. } => self.question = Some(question.clone()),
            InquiryEvent::Granted { .. } | InquiryEvent::Denied { .. } => self.decided = true,
        }
    }
}
