//! The outbox as an aggregate (发件箱): one letter, from the moment it is queued until it is settled.
//!
//! ```text
//!  policy ──► Queued ──► carried ──► Settled
//!                │          └──────► DeadLettered ──► Resent ──► carried …
//!                                         └────────► Dismissed
//! ```

use crate::limits;
use crate::machine::TimerKey;
use codes::{Code, Coded, Label, Reason};
use kernel::{Address, Aggregate, CommandId, Context, ErrandId, EventId, Json, Moment, Reaction};
use module::Refusal;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What leaves the shard or the process, or could not be done inside it (信件).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The policy, errand or timer that asked for it.
    pub from: String,
    /// The event that led to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<EventId>,
    /// What is to be done; nothing if the policy could not read the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reaction: Option<Reaction>,
    /// The timer whose command it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timer: Option<TimerRef>,
}

/// A timer as a letter names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimerRef {
    /// The aggregate's kind.
    pub kind: String,
    /// The aggregate's key.
    pub key: String,
    /// The timer's name.
    pub name: String,
    /// When it was due.
    pub at: Moment,
}

impl From<&TimerKey> for TimerRef {
    fn from(timer: &TimerKey) -> Self {
        Self {
            kind: timer.stream.kind.to_string(),
            key: timer.stream.key.to_string(),
            name: timer.name.to_string(),
            at: timer.at,
        }
    }
}

impl Letter {
    /// The kind of work, and for a message the partner it goes to: the outbox keeps lanes apart, so that one that is slow
    /// or down holds up no other.
    #[must_use]
    pub fn lane(&self) -> Cow<'_, str> {
        match &self.reaction {
            Some(Reaction::Errand { kind, .. }) => kind.into(),
            Some(Reaction::Message { to: Address::Partner(partner), .. }) => {
                format!("message/{partner}").into()
            }
            Some(Reaction::Message { to: Address::Shard(shard), .. }) => {
                format!("message/{shard}").into()
            }
            Some(Reaction::Commands(_)) | None => "commands".into(),
        }
    }

    /// How many letters of its lane are carried at the same moment.
    #[must_use]
    pub fn at_once(&self) -> usize {
        match &self.reaction {
            Some(Reaction::Message { .. }) => limits::LETTERS_TO_A_PARTNER_AT_ONCE,
            Some(Reaction::Errand { .. } | Reaction::Commands(_)) | None => {
                limits::LETTERS_OF_A_KIND_AT_ONCE
            }
        }
    }

    /// What it must not overtake: a message about a case follows those that went to the same partner about it before.
    #[must_use]
    pub fn follows(&self) -> Option<String> {
        let Some(Reaction::Message { body, .. }) = &self.reaction else { return None };
        let case = body.get("case").and_then(Json::as_str).unwrap_or_default();
        Some(format!("{}/{case}", self.lane()))
    }
}

/// Why a letter lies dead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    /// An aggregate refused the command.
    Refused(Box<Refusal>),
    /// It cannot be done, or was tried in vain too often.
    Failed(String),
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Failed(text) => f.write_str(text),
        }
    }
}

/// What happened to a letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LetterEvent {
    /// It waits to be carried.
    Queued {
        /// The letter.
        letter: Letter,
    },
    /// It was carried, and what came of it is in the journal.
    Settled,
    /// It could not be done: an operator must look at it.
    DeadLettered {
        /// The letter.
        letter: Letter,
        /// Why.
        why: Why,
    },
    /// An operator sent it again.
    Resent {
        /// The letter.
        letter: Letter,
    },
    /// An operator put it away.
    Dismissed,
}

impl LetterEvent {
    /// The letter that the event brings.
    #[must_use]
    pub fn letter(&self) -> Option<&Letter> {
        match self {
            Self::Queued { letter }
            | Self::DeadLettered { letter, .. }
            | Self::Resent { letter } => Some(letter),
            Self::Settled | Self::Dismissed => None,
        }
    }
}

/// What is asked of a letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LetterCommand {
    /// It was carried.
    Settle,
    /// It cannot be done. Brings the letter where it was never queued.
    Bury {
        /// The letter, if it is not in the journal yet.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        letter: Option<Box<Letter>>,
        /// Why.
        why: Why,
    },
    /// Send it again.
    Resend,
    /// Put it away.
    Dismiss,
}

/// Where a letter stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Nowhere,
    Pending,
    Dead,
    Done,
}

/// One letter of the outbox.
#[derive(Debug, Default)]
pub struct Post {
    place: Place,
    letter: Option<Letter>,
}

/// A letter that cannot be resent or dismissed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LetterError {
    /// It does not lie among the dead letters.
    #[error("the letter is not among the dead letters")]
    NotDead,
    /// There is nothing in it that could be sent: a policy could not read its event.
    #[error("the letter holds nothing that could be sent")]
    Empty,
}

impl Coded for LetterError {
    fn code(&self) -> Code {
        Code::new(
            "ENG",
            match self {
                Self::NotDead => 7,
                Self::Empty => 8,
            },
        )
    }
    fn reason(&self) -> Reason {
        match self {
            Self::NotDead => "LETTER_NOT_DEAD",
            Self::Empty => "LETTER_EMPTY",
        }
    }
    fn label(&self) -> Label {
        match self {
            Self::NotDead => Label::new(
                "该信件不在死信列表中，可能已重发或已处理。请刷新列表后再看。",
                "This letter is not among the dead letters; it may have been resent or put away. Reload the list.",
            ),
            Self::Empty => Label::new(
                "该死信没有可重发的内容：联动规则当时未能读懂事件。请修复规则后由维护人员处理。",
                "This dead letter holds nothing to send: its policy could not read the event. Mend the policy first.",
            ),
        }
    }
    fn status(&self) -> u16 {
        409
    }
}

impl Aggregate for Post {
    const KIND: &'static str = "outbox";
    type Key = ErrandId;
    type Command = LetterCommand;
    type Event = LetterEvent;
    type Error = LetterError;
    type World = ();

    fn decide(
        &self,
        (): &(),
        _: &Context,
        command: LetterCommand,
    ) -> Result<Vec<LetterEvent>, LetterError> {
        Ok(match (command, self.place) {
            (LetterCommand::Settle, Place::Pending) => vec![LetterEvent::Settled],
            (LetterCommand::Bury { why, .. }, Place::Pending) => {
                let letter = self.letter.clone().ok_or(LetterError::Empty)?;
                vec![LetterEvent::DeadLettered { letter, why }]
            }
            (LetterCommand::Bury { letter: Some(letter), why }, Place::Nowhere) => {
                vec![LetterEvent::DeadLettered { letter: *letter, why }]
            }
            (LetterCommand::Settle | LetterCommand::Bury { .. }, _) => Vec::new(),
            (LetterCommand::Resend, Place::Dead) => {
                let letter = self.letter.clone().ok_or(LetterError::Empty)?;
                if letter.reaction.is_none() {
                    return Err(LetterError::Empty);
                }
                vec![LetterEvent::Resent { letter }]
            }
            (LetterCommand::Dismiss, Place::Dead) => vec![LetterEvent::Dismissed],
            (LetterCommand::Resend | LetterCommand::Dismiss, _) => {
                return Err(LetterError::NotDead);
            }
        })
    }

    fn evolve(&mut self, event: &LetterEvent) {
        match event {
            LetterEvent::Queued { letter } | LetterEvent::Resent { letter } => {
                self.place = Place::Pending;
                self.letter = Some(letter.clone());
            }
            LetterEvent::DeadLettered { letter, .. } => {
                self.place = Place::Dead;
                self.letter = Some(letter.clone());
            }
            LetterEvent::Settled | LetterEvent::Dismissed => {
                self.place = Place::Done;
                self.letter = None;
            }
        }
    }
}

/// The id of what a policy asked for at a position of its answer to an event.
#[must_use]
pub fn asked_id(event: &EventId, policy: &str, position: usize) -> [u8; 16] {
    kernel::derive_id(&[
        event.to_string().as_bytes(),
        policy.as_bytes(),
        position.to_string().as_bytes(),
    ])
}

/// The id of what an errand answered with at a position.
#[must_use]
pub fn answer_id(errand: ErrandId, position: usize) -> [u8; 16] {
    kernel::derive_id(&[b"answer", errand.bytes(), position.to_string().as_bytes()])
}

/// The id of the command that settles or buries a letter; one for each time it was sent.
#[must_use]
pub fn closing_id(letter: ErrandId, queued: u64, act: &str) -> CommandId {
    CommandId::derive(&[b"letter", letter.bytes(), &queued.to_be_bytes(), act.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::spec;

    fn letter() -> Letter {
        Letter {
            from: "linkage.issue".to_owned(),
            cause: None,
            reaction: Some(Reaction::Errand {
                kind: "sign".to_owned(),
                body: serde_json::json!({}),
            }),
            timer: None,
        }
    }

    fn failed() -> Why {
        Why::Failed("no".to_owned())
    }

    #[test]
    fn a_letter_is_settled_once() {
        let mut given = spec::given::<Post>(&(), [LetterEvent::Queued { letter: letter() }]);
        assert_eq!(given.when(LetterCommand::Settle), Ok(vec![LetterEvent::Settled]));
        assert_eq!(given.when(LetterCommand::Settle), Ok(vec![]));
        assert_eq!(given.when(LetterCommand::Bury { letter: None, why: failed() }), Ok(vec![]));
    }

    #[test]
    fn a_dead_letter_is_resent_or_dismissed_and_nothing_else_is() {
        let mut given = spec::given::<Post>(&(), [LetterEvent::Queued { letter: letter() }]);
        assert_eq!(given.when(LetterCommand::Resend), Err(LetterError::NotDead));
        let dead = LetterEvent::DeadLettered { letter: letter(), why: failed() };
        assert_eq!(given.when(LetterCommand::Bury { letter: None, why: failed() }), Ok(vec![dead]));
        assert_eq!(
            given.when(LetterCommand::Resend),
            Ok(vec![LetterEvent::Resent { letter: letter() }])
        );
        assert_eq!(given.when(LetterCommand::Dismiss), Err(LetterError::NotDead));
        given.when(LetterCommand::Bury { letter: None, why: failed() }).unwrap();
        assert_eq!(given.when(LetterCommand::Dismiss), Ok(vec![LetterEvent::Dismissed]));
    }

    #[test]
    fn an_empty_letter_cannot_be_resent() {
        let empty = Letter { reaction: None, ..letter() };
        let dead = LetterEvent::DeadLettered { letter: empty, why: failed() };
        assert_eq!(
            spec::given::<Post>(&(), [dead]).when(LetterCommand::Resend),
            Err(LetterError::Empty)
        );
    }
}
