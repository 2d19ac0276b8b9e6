//! What happens to a propagation; the wire format, frozen.

use super::model::Telling;
use codes::Moment;
use serde::{Deserialize, Serialize};

/// What happens to a propagation (传播).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PropagationEvent {
    /// A round began: this is told to these recipients.
    Told {
        /// Which round, from 1.
        round: u32,
        /// What is told.
        telling: Box<Telling>,
        /// To whom: partners by key, everybody who was told before among them.
        to: Vec<String>,
        /// When a supervisor hears of those who have not confirmed.
        escalate_at: Moment,
    },
    /// It is tried again with a recipient.
    Tried {
        /// Which round.
        round: u32,
        /// With whom.
        recipient: String,
        /// Which attempt, from 2.
        attempt: u32,
        /// What is told.
        telling: Box<Telling>,
    },
    /// An attempt came to nothing.
    Failed {
        /// Which round.
        round: u32,
        /// With whom.
        recipient: String,
        /// Which attempt.
        attempt: u32,
        /// Why.
        why: String,
        /// When it is tried again; none where it cannot succeed as it stands.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        again_at: Option<Moment>,
    },
    /// The recipient's signed receipt came.
    Confirmed {
        /// Which round.
        round: u32,
        /// Who.
        recipient: String,
    },
    /// A supervisor sees to these.
    Escalated {
        /// Which round.
        round: u32,
        /// Who has not confirmed.
        recipients: Vec<String>,
    },
    /// A recipient was told otherwise.
    Settled {
        /// Which round.
        round: u32,
        /// Who.
        recipient: String,
        /// How, as the officer says.
        how: String,
    },
    /// A recipient that had confirmed does not have it: it is told again, under the same id.
    Reopened {
        /// Which round.
        round: u32,
        /// Who.
        recipient: String,
        /// What a comparison with what it holds showed.
        why: String,
        /// When a supervisor hears of it if it does not confirm again.
        escalate_at: Moment,
    },
}
