//! The propagation as an aggregate: rounds, recipients, pauses, and when a supervisor hears of it.

use super::error::PropagationError;
use super::event::PropagationEvent;
use super::model::{PropagationKey, Standing, Telling};
use calendar::Calendar;
use codes::Moment;
use kernel::{Aggregate, Context, Deadline};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{PoisonError, RwLock};

/// The pause after the first failed attempt, in seconds; it doubles with each further one.
const PAUSE_FIRST_S: i64 = 60;
/// The longest pause before a supervisor hears of it, in seconds.
const PAUSE_MAX_S: i64 = 4 * 3600;
/// The pause once a supervisor sees to it, in seconds: who comes back is told within a day.
const PAUSE_ESCALATED_S: i64 = 24 * 3600;
/// The longest text that an officer may record, and the longest purpose and basis, in characters.
const TEXT_CHARS_MAX: usize = 200;

/// What propagations decide by.
#[derive(Debug)]
pub struct PropagationRules {
    calendar: RwLock<Calendar>,
    wait_workdays: u32,
}

impl PropagationRules {
    /// Three working days (工作日) until a supervisor hears of who has not confirmed (assumed).
    #[must_use]
    pub fn new(calendar: Calendar) -> Self {
        Self { calendar: RwLock::new(calendar), wait_workdays: 3 }
    }

    /// Other than three working days.
    #[must_use]
    pub fn waiting(mut self, workdays: u32) -> Self {
        self.wait_workdays = workdays;
        self
    }

    /// A holiday notice arrived.
    pub fn replace_calendar(&self, calendar: Calendar) {
        *self.calendar.write().unwrap_or_else(PoisonError::into_inner) = calendar;
    }

    fn escalate_at(&self, now: Moment) -> Result<Moment, PropagationError> {
        let calendar = self.calendar.read().unwrap_or_else(PoisonError::into_inner).clone();
        let last = calendar
            .add_workdays(now.date(), i64::from(self.wait_workdays))
            .map_err(|_range| PropagationError::Term)?;
        Ok(Moment::end_of(last))
    }
}

/// What may be asked of a propagation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PropagationCommand {
    /// Tell this to these recipients and to everybody who was told before. The same again changes nothing.
    Tell {
        /// What.
        telling: Box<Telling>,
        /// To whom, by partner key; may be empty where others were told before.
        to: BTreeSet<String>,
    },
    /// A signed receipt came. Answers the errand that delivers.
    Confirm {
        /// Which round.
        round: u32,
        /// Whose.
        recipient: String,
    },
    /// An attempt came to nothing. Answers the errand that delivers.
    Fail {
        /// Which round.
        round: u32,
        /// With whom.
        recipient: String,
        /// Which attempt.
        attempt: u32,
        /// Why.
        why: String,
        /// Whether it can never succeed as it stands.
        for_good: bool,
    },
    /// Try it again; sent by its own timer.
    Retry {
        /// With whom.
        recipient: String,
    },
    /// The time is over; sent by its own timer.
    Escalate,
    /// Try it again now: a supervisor asks.
    SendAgain {
        /// With whom.
        recipient: String,
    },
    /// A recipient that had confirmed does not have it: what it holds was compared with what it was told.
    Reopen {
        /// Which round.
        round: u32,
        /// Who.
        recipient: String,
        /// What the comparison showed.
        why: String,
    },
    /// The recipient was told otherwise: a supervisor says how.
    Settle {
        /// Who.
        recipient: String,
        /// How.
        how: String,
    },
}

/// How a recipient stands in the present round.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Recipient {
    standing: Standing,
    attempt: u32,
    again_at: Option<Moment>,
}

/// One fact and all who were told of it (传播).
#[derive(Clone, Debug, Default)]
pub struct Propagation {
    round: u32,
    telling: Option<Box<Telling>>,
    escalate_at: Option<Moment>,
    recipients: BTreeMap<String, Recipient>,
}

impl Propagation {
    fn tell(
        &self,
        rules: &PropagationRules,
        cx: &Context,
        telling: Box<Telling>,
        mut to: BTreeSet<String>,
    ) -> Result<Vec<PropagationEvent>, PropagationError> {
        for (key, value) in
            [("kind", &telling.kind), ("purpose", &telling.purpose), ("basis", &telling.basis)]
        {
            text(key, value)?;
        }
        let is_known = to.iter().all(|recipient| self.recipients.contains_key(recipient));
        if is_known && self.telling.as_ref() == Some(&telling) {
            return Ok(Vec::new());
        }
        to.extend(self.recipients.keys().cloned());
        if to.is_empty() {
            return Err(PropagationError::NobodyToTell);
        }
        Ok(vec![PropagationEvent::Told {
            round: self.round.saturating_add(1),
            telling,
            to: to.into_iter().collect(),
            escalate_at: rules.escalate_at(cx.now)?,
        }])
    }

    fn recipient(&self, key: &str) -> Result<&Recipient, PropagationError> {
        self.recipients
            .get(key)
            .ok_or_else(|| PropagationError::NoRecipient { recipient: key.to_owned() })
    }

    fn is_open(recipient: &Recipient) -> bool {
        matches!(recipient.standing, Standing::Pending | Standing::Escalated)
    }

    /// The event that tries a recipient again.
    fn tried(&self, key: String, recipient: &Recipient) -> Vec<PropagationEvent> {
        let Some(telling) = self.telling.clone() else { return Vec::new() };
        let attempt = recipient.attempt.saturating_add(1);
        vec![PropagationEvent::Tried { round: self.round, recipient: key, attempt, telling }]
    }

    /// A receipt that proved empty is no receipt: the recipient waits again, from its next attempt on.
    fn reopened(
        &self,
        rules: &PropagationRules,
        cx: &Context,
        round: u32,
        key: String,
        why: String,
    ) -> Result<Vec<PropagationEvent>, PropagationError> {
        let recipient = self.recipient(&key)?;
        // What a later round has taken the place of need not be told any more.
        if round != self.round || recipient.standing != Standing::Confirmed {
            return Ok(Vec::new());
        }
        let escalate_at = rules.escalate_at(cx.now)?;
        let reopened =
            PropagationEvent::Reopened { round, recipient: key.clone(), why, escalate_at };
        Ok(std::iter::once(reopened).chain(self.tried(key, recipient)).collect())
    }

    fn failed(
        &self,
        cx: &Context,
        key: String,
        attempt: u32,
        why: String,
        for_good: bool,
    ) -> Result<Vec<PropagationEvent>, PropagationError> {
        let recipient = self.recipient(&key)?;
        if !Self::is_open(recipient) || recipient.attempt != attempt {
            return Ok(Vec::new());
        }
        let pause_s = match recipient.standing {
            Standing::Escalated => PAUSE_ESCALATED_S,
            _ => pause_s(attempt),
        };
        let again_at = (!for_good).then(|| cx.now.plus_seconds(pause_s));
        let escalated = (for_good && recipient.standing == Standing::Pending).then(|| {
            PropagationEvent::Escalated { round: self.round, recipients: vec![key.clone()] }
        });
        let failed =
            PropagationEvent::Failed { round: self.round, recipient: key, attempt, why, again_at };
        Ok(std::iter::once(failed).chain(escalated).collect())
    }

    fn set(&mut self, key: &str, set: impl FnOnce(&mut Recipient)) {
        if let Some(recipient) = self.recipients.get_mut(key) {
            set(recipient);
        }
    }
}

/// The pause after `attempt` attempts, in seconds.
fn pause_s(attempt: u32) -> i64 {
    let doubled = attempt.saturating_sub(1).min(20);
    PAUSE_FIRST_S.saturating_mul(1_i64 << doubled).min(PAUSE_MAX_S)
}

fn text(key: &'static str, text: &str) -> Result<(), PropagationError> {
    if text.trim().is_empty() || text.chars().count() > TEXT_CHARS_MAX {
        return Err(PropagationError::TextMissing { key });
    }
    Ok(())
}

impl Aggregate for Propagation {
    const KIND: &'static str = "propagation";
    type Key = PropagationKey;
    type Command = PropagationCommand;
    type Event = PropagationEvent;
    type Error = PropagationError;
    type World = PropagationRules;

    fn decide(
        &self,
        rules: &PropagationRules,
        cx: &Context,
        command: PropagationCommand,
    ) -> Result<Vec<PropagationEvent>, PropagationError> {
        use PropagationCommand as C;
        if let C::Tell { telling, to } = command {
            return self.tell(rules, cx, telling, to);
        }
        if self.round == 0 {
            return Err(PropagationError::NothingTold);
        }
        let round = self.round;
        match command {
            // An answer about a round that another has taken the place of changes nothing.
            C::Confirm { round: of, .. } | C::Fail { round: of, .. } if of != round => {
                Ok(Vec::new())
            }
            C::Confirm { recipient, .. } => Ok(if Self::is_open(self.recipient(&recipient)?) {
                vec![PropagationEvent::Confirmed { round, recipient }]
            } else {
                Vec::new()
            }),
            C::Fail { recipient, attempt, why, for_good, .. } => {
                self.failed(cx, recipient, attempt, why, for_good)
            }
            C::Retry { recipient: key } => {
                let recipient = self.recipient(&key)?;
                let is_due = recipient.again_at.is_some_and(|at| at <= cx.now);
                let again = is_due && Self::is_open(recipient);
                Ok(if again { self.tried(key, recipient) } else { Vec::new() })
            }
            C::SendAgain { recipient: key } => {
                let recipient = self.recipient(&key)?;
                Ok(if Self::is_open(recipient) { self.tried(key, recipient) } else { Vec::new() })
            }
            C::Reopen { round: of, recipient, why } => {
                text("why", &why)?;
                self.reopened(rules, cx, of, recipient, why)
            }
            C::Escalate => {
                let waiting = self.recipients.iter();
                let recipients: Vec<String> = waiting
                    .filter(|(_, recipient)| recipient.standing == Standing::Pending)
                    .map(|(key, _)| key.clone())
                    .collect();
                Ok(if recipients.is_empty() {
                    Vec::new()
                } else {
                    vec![PropagationEvent::Escalated { round, recipients }]
                })
            }
            C::Settle { recipient, how } => {
                text("how", &how)?;
                Ok(if Self::is_open(self.recipient(&recipient)?) {
                    vec![PropagationEvent::Settled { round, recipient, how }]
                } else {
                    Vec::new()
                })
            }
            C::Tell { .. } => Ok(Vec::new()),
        }
    }

    fn evolve(&mut self, event: &PropagationEvent) {
        match event {
            PropagationEvent::Told { round, telling, to, escalate_at } => {
                self.round = *round;
                self.telling = Some(telling.clone());
                self.escalate_at = Some(*escalate_at);
                let fresh = Recipient { standing: Standing::Pending, attempt: 1, again_at: None };
                self.recipients = to.iter().map(|key| (key.clone(), fresh.clone())).collect();
            }
            PropagationEvent::Tried { recipient, attempt, .. } => self.set(recipient, |of| {
                of.attempt = *attempt;
                of.again_at = None;
            }),
            PropagationEvent::Failed { recipient, again_at, .. } => {
                self.set(recipient, |of| of.again_at = *again_at);
            }
            PropagationEvent::Reopened { recipient, escalate_at, .. } => {
                self.escalate_at = Some(*escalate_at);
                self.set(recipient, |of| of.standing = Standing::Pending);
            }
            PropagationEvent::Confirmed { recipient, .. } => self.set(recipient, |of| {
                of.standing = Standing::Confirmed;
                of.again_at = None;
            }),
            PropagationEvent::Escalated { recipients, .. } => {
                for recipient in recipients {
                    self.set(recipient, |of| of.standing = Standing::Escalated);
                }
            }
            PropagationEvent::Settled { recipient, .. } => self.set(recipient, |of| {
                of.standing = Standing::Settled;
                of.again_at = None;
            }),
        }
    }

    fn deadlines(&self) -> Vec<Deadline<PropagationCommand>> {
        let retries = self.recipients.iter().filter_map(|(key, recipient)| {
            Some(Deadline {
                name: format!("retry:{key}"),
                at: recipient.again_at?,
                command: PropagationCommand::Retry { recipient: key.clone() },
            })
        });
        let is_waiting =
            self.recipients.values().any(|recipient| recipient.standing == Standing::Pending);
        let escalate = self.escalate_at.filter(|_| is_waiting).map(|at| Deadline {
            name: format!("escalate:{}", self.round),
            at,
            command: PropagationCommand::Escalate,
        });
        retries.chain(escalate).collect()
    }
}

#[cfg(test)]
mod tests;
