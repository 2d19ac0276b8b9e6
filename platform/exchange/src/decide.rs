//! The message as an aggregate: taken once, whatever is repeated.

use crate::error::ExchangeError;
use crate::event::MessageEvent;
use crate::model::{Kept, Message, MessageKey, Proof};
use codes::Moment;
use kernel::{Aggregate, Context};
use serde::{Deserialize, Serialize};

/// One message between us and a partner (报文往来).
#[derive(Debug, Default)]
pub struct Exchanged {
    sha256: Option<String>,
}

/// What may be asked of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MessageCommand {
    /// Take what a partner sent; its signature and contract have been checked.
    Receive {
        /// The message.
        message: Box<Message>,
        /// The id of our message in whose receipt it came.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        in_reply_to: Option<String>,
        /// Its body.
        body: Kept,
        /// SHA-256 of the body, in hexadecimal.
        sha256: String,
        /// The signature.
        proof: Proof,
    },
    /// Record that we sent it and hold the receipt.
    RecordSent {
        /// The message.
        message: Box<Message>,
        /// SHA-256 of the body, in hexadecimal.
        sha256: String,
        /// When the partner took it.
        received_at: Moment,
        /// How many answers came with the receipt.
        answers: u32,
        /// What was wrong with answers that were not taken.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        faults: Vec<String>,
        /// The signature over the receipt.
        proof: Proof,
    },
}

impl Aggregate for Exchanged {
    const KIND: &'static str = "message";
    type Key = MessageKey;
    type Command = MessageCommand;
    type Event = MessageEvent;
    type Error = ExchangeError;
    type World = ();

    fn decide(
        &self,
        (): &(),
        _cx: &Context,
        command: MessageCommand,
    ) -> Result<Vec<MessageEvent>, ExchangeError> {
        let (MessageCommand::Receive { sha256, .. } | MessageCommand::RecordSent { sha256, .. }) =
            &command;
        match &self.sha256 {
            Some(first) if first == sha256 => return Ok(Vec::new()),
            Some(_other) => return Err(ExchangeError::IdReused),
            None => {}
        }
        Ok(match command {
            MessageCommand::Receive { message, in_reply_to, body, sha256, proof } => {
                vec![MessageEvent::Received { message, in_reply_to, body, sha256, proof }]
            }
            MessageCommand::RecordSent { message, sha256, received_at, answers, faults, proof } => {
                vec![
                    MessageEvent::Sent { message, sha256 },
                    MessageEvent::Receipted { received_at, answers, faults, proof },
                ]
            }
        })
    }

    fn evolve(&mut self, event: &MessageEvent) {
        match event {
            MessageEvent::Received { sha256, .. } | MessageEvent::Sent { sha256, .. } => {
                self.sha256 = Some(sha256.clone());
            }
            MessageEvent::Receipted { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use blobs::BlobId;
    use kernel::spec;

    fn receive(sha256: &str, signature: &str) -> MessageCommand {
        let text = |text: &str| text.to_owned();
        let message = Message {
            partner: text("tax"),
            kind: text("task.accepted"),
            purpose: text("办理税务信息确认"),
            basis: text("优化营商环境条例第十九条"),
            case: Some(text("c1")),
            task: Some(text("tax")),
            facts: serde_json::json!({}),
        };
        let proof = Proof { key: text("k"), input: text("i"), signature: text(signature) };
        MessageCommand::Receive {
            message: Box::new(message),
            in_reply_to: None,
            body: Kept { blob: BlobId(text("b")), key: None },
            sha256: text(sha256),
            proof,
        }
    }

    #[test]
    fn a_message_is_taken_once_and_its_id_never_means_another() {
        let mut given = spec::given::<Exchanged>(&(), []);
        assert_eq!(given.when(receive("aa", "s1")).map(|events| events.len()), Ok(1));
        assert_eq!(given.when(receive("aa", "s2")), Ok(vec![]), "signed again, it is the same");
        assert_eq!(given.when(receive("bb", "s1")), Err(ExchangeError::IdReused));
    }
}
