//! What happens to messages; the wire format, frozen.

use crate::model::{Kept, Message, Proof};
use codes::Moment;
use serde::{Deserialize, Serialize};

/// What happens to a message (报文).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MessageEvent {
    /// A partner sent it, and its signature and contract hold.
    Received {
        /// The message.
        message: Box<Message>,
        /// The id of our message in whose receipt it came; none where it came by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        in_reply_to: Option<String>,
        /// Its body, byte for byte.
        body: Kept,
        /// SHA-256 of the body, in hexadecimal.
        sha256: String,
        /// The signature over it, or over the receipt that held it.
        proof: Proof,
    },
    /// We sent it.
    Sent {
        /// The message.
        message: Box<Message>,
        /// SHA-256 of the body, in hexadecimal.
        sha256: String,
    },
    /// The partner's signed receipt came.
    Receipted {
        /// When the partner took the message.
        received_at: Moment,
        /// How many answers came with it.
        answers: u32,
        /// What was wrong with answers that were not taken, in English.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        faults: Vec<String>,
        /// The signature over the receipt.
        proof: Proof,
    },
}
