//! What the exchange speaks of: messages, the envelope around what they say, receipts, proofs.

use codes::{Label, Moment};
use kernel::Json;
use serde::{Deserialize, Serialize};
use std::fmt;

pub use blobs::Kept;

/// The key of a message: `out:{id}` for one that we sent, `in:{partner}:{id}` for one that a partner sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageKey(pub String);

impl MessageKey {
    /// The key of a message that we sent.
    #[must_use]
    pub fn sent(id: impl fmt::Display) -> Self {
        Self(format!("out:{id}"))
    }

    /// The key of a message that a partner sent under an id of its own.
    #[must_use]
    pub fn received(partner: &str, id: &str) -> Self {
        Self(format!("in:{partner}:{id}"))
    }

    /// The id under which it was sent: an id holds no colon.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.rsplit_once(':').map_or(self.0.as_str(), |(_, id)| id)
    }
}

impl fmt::Display for MessageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The kind of message that tells a partner why what it sent could not be done: an RFC 9457 problem. Part of the protocol
/// itself, so every partner takes it.
pub const PROBLEM: &str = "message.refused";

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// We sent it.
    Sent,
    /// We received it.
    Received,
}

impl Direction {
    /// The word in rows and addresses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Received => "received",
        }
    }

    /// The direction of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Sent, Self::Received].into_iter().find(|direction| direction.word() == word)
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Sent => Label::new("发出", "Sent"),
            Self::Received => Label::new("收到", "Received"),
        }
    }
}

/// A message as events hold it (报文): what it is, for what, on what ground, and what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The partner at the other end.
    pub partner: String,
    /// What it is, such as `task.decided`; the name of its contract.
    pub kind: String,
    /// For what it is sent (使用目的).
    pub purpose: String,
    /// The legal basis (法律依据).
    pub basis: String,
    /// The case that it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// The task of the case that it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// Its other members, an object; those that its contract closes are left out and stand in the kept body alone.
    pub facts: Json,
}

/// What proves who said something (RFC 9421), so that it can be checked again later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The key that signed.
    pub key: String,
    /// The field `Signature-Input`.
    pub input: String,
    /// The field `Signature`.
    pub signature: String,
}

/// What answers a message (回执), signed by whoever took it; the wire format between systems.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The idempotency key of the message.
    pub message: String,
    /// SHA-256 of the message's body, in hexadecimal.
    pub sha256: String,
    /// When it was taken; the same for every repetition.
    pub received_at: Moment,
    /// Messages that the receiver gives along at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answer>,
}

/// A message inside a receipt: it counts as if it had been sent by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Its idempotency key.
    pub id: String,
    /// What it says.
    pub body: Json,
}

/// Whether a text can be an idempotency key: it becomes part of a key in the journal and of an address.
#[must_use]
pub fn is_message_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= crate::limits::KEY_CHARS_MAX
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_tells_the_id_that_its_sender_gave() {
        assert_eq!(MessageKey::received("440115-bank", "t-1").id(), "t-1");
        assert_eq!(MessageKey::sent("0123").id(), "0123");
    }

    #[test]
    fn an_id_has_no_character_that_means_something_elsewhere() {
        for (text, lawful) in [
            ("0123456789abcdef0123456789abcdef", true),
            ("T-2026_1", true),
            ("", false),
            ("a:b", false),
            ("../x", false),
            ("一", false),
            ("a b", false),
        ] {
            assert_eq!(is_message_id(text), lawful, "{text}");
        }
        assert!(is_message_id(&"a".repeat(64)) && !is_message_id(&"a".repeat(65)));
    }
}
