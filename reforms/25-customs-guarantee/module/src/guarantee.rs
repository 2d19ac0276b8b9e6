//! A guarantee (担保): its text, how it stands, what freezes it.
//!
//! ```text
//!  File ─► filed ─► active ⇄ frozen ─► ended
//!                     └─► withdrawn (nothing held or used) · claimed-out (where a claim ends a text)
//! ```

use crate::error::GuaranteeError;
use crate::exposure::ClaimTerms;
use crate::law::{Clock, GuaranteeLaw};
use crate::model::{About, FilingNo, GuaranteeNo, Offered};
use codes::{Date, Moment};
use guarantee::{Asked, Change, State, Text};
use kernel::{Aggregate, Context, Deadline};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What may be asked of a guarantee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GuaranteeCommand {
    /// File it (备案); the numbers order it.
    File {
        /// From which filing.
        filing: FilingNo,
        /// About it.
        about: Box<About>,
        /// What was offered.
        offered: Box<Offered>,
        /// What opens the page that its QR code names.
        token: String,
    },
    /// Its period begins; a timer.
    Start,
    /// Its period is over; a timer.
    End,
    /// Whether it may serve; nothing happens. Stands in one group with the hold.
    Admit(Asked),
    /// Whether this is what its text says of claims; nothing happens. Stands in one group with the claim.
    Vouch(ClaimTerms),
    /// The guarantor asks for a change (申请变更).
    AskChange {
        /// The guarantor's message.
        message: String,
        /// Which.
        change: Change,
    },
    /// Customs take the change on (准予变更).
    Change {
        /// The guarantor's message.
        message: String,
    },
    /// Customs do not (不予变更).
    RefuseChange {
        /// The guarantor's message.
        message: String,
        /// Why.
        reason: String,
    },
    /// Nothing new is held (冻结).
    Freeze {
        /// By whom or what: `officer`, `risk`, `guarantor`, `overdue/<exposure>`.
        by: String,
        /// Why.
        why: String,
    },
    /// A freeze is lifted (解除冻结).
    Unfreeze {
        /// Which.
        by: String,
        /// Why.
        why: String,
    },
    /// It is taken back (撤回); the ledger takes the whole limit back in the same group.
    Withdraw {
        /// Why.
        reason: String,
    },
    /// It was claimed from; the law says whether it ends.
    NoteClaim,
    /// The guarantor paid: the limit is smaller.
    NoteRecovered {
        /// By how much.
        amount_fen: i64,
    },
}

/// What happened to a guarantee; wire format, frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GuaranteeEvent {
    /// Filed.
    Filed {
        /// From which filing.
        filing: FilingNo,
        /// About it.
        about: Box<About>,
        /// Its text.
        text: Box<Text>,
        /// What opens the page that its QR code names.
        token: String,
        /// On which day.
        on: Date,
    },
    /// In force.
    Started,
    /// Its period is over.
    Ended {
        /// About it.
        about: Box<About>,
        /// The first day without it.
        on: Date,
    },
    /// A change was asked for.
    ChangeAsked {
        /// The guarantor's message.
        message: String,
        /// Which.
        change: Change,
        /// The last day to decide.
        decide_by: Date,
    },
    /// It was changed.
    Changed {
        /// About it.
        about: Box<About>,
        /// The guarantor's message.
        message: String,
        /// Which version it is now.
        version: u32,
        /// The limit before.
        was_fen: i64,
        /// Its text now.
        text: Box<Text>,
        /// On which day.
        on: Date,
    },
    /// A change was refused.
    ChangeRefused {
        /// The guarantor's message.
        message: String,
        /// Why.
        reason: String,
    },
    /// Frozen.
    Frozen {
        /// About it.
        about: Box<About>,
        /// By whom or what.
        by: String,
        /// Why.
        why: String,
        /// On which day.
        on: Date,
    },
    /// A freeze was lifted.
    Unfrozen {
        /// About it.
        about: Box<About>,
        /// Which.
        by: String,
        /// Why.
        why: String,
        /// Whether nothing freezes it now.
        free: bool,
        /// On which day.
        on: Date,
    },
    /// Taken back.
    Withdrawn {
        /// About it.
        about: Box<About>,
        /// Why.
        reason: String,
        /// The limit that went back.
        limit_fen: i64,
        /// On which day.
        on: Date,
    },
    /// Ended by a claim.
    ClaimedOut {
        /// About it.
        about: Box<About>,
        /// On which day.
        on: Date,
    },
    /// The limit is smaller by what the guarantor paid.
    Reduced {
        /// By how much.
        amount_fen: i64,
        /// What it is now.
        limit_fen: i64,
    },
}

/// A guarantee (担保).
#[derive(Clone, Debug, Default)]
pub struct Guarantee {
    /// About it; none before it is filed.
    pub about: Option<Box<About>>,
    /// Its text.
    pub text: Option<Box<Text>>,
    /// From which filing.
    filing: FilingNo,
    /// Which version its text is.
    pub version: u32,
    /// Changes that wait, by the guarantor's message, with the last day to decide.
    pub asked: BTreeMap<String, (Change, Date)>,
    /// Changes that are decided.
    decided: BTreeMap<String, bool>,
}

/// What stands of a guarantee that is filed.
struct Known<'a> {
    about: &'a About,
    text: &'a Text,
}

impl Guarantee {
    fn known(&self) -> Result<Known<'_>, GuaranteeError> {
        match (&self.about, &self.text) {
            (Some(about), Some(text)) => Ok(Known { about, text }),
            _ => Err(GuaranteeError::Unknown { what: "guarantee" }),
        }
    }

    fn file(
        &self,
        today: Date,
        filing: FilingNo,
        about: Box<About>,
        offered: &Offered,
        token: String,
    ) -> Result<Vec<GuaranteeEvent>, GuaranteeError> {
        if self.text.is_some() {
            return if self.filing == filing {
                Ok(Vec::new())
            } else {
                Err(GuaranteeError::IdReused { id: about.no.0.clone() })
            };
        }
        let text = Text {
            no: about.no.0.clone(),
            kind: offered.kind,
            beneficiaries: offered.beneficiaries.clone(),
            covers: offered.covers.clone(),
            covers_late_fee: offered.covers_late_fee,
            limit_fen: offered.limit_fen,
            valid_from: offered.valid_from,
            valid_to: offered.valid_to,
            claims_to: offered.claims_to,
            state: State::Filed,
            freezes: BTreeMap::new(),
        };
        let begun = text.valid_from <= today;
        let text = Box::new(text);
        let mut events = vec![GuaranteeEvent::Filed { filing, about, text, token, on: today }];
        if begun {
            events.push(GuaranteeEvent::Started);
        }
        Ok(events)
    }

    fn change(
        &self,
        now: Moment,
        law: &GuaranteeLaw,
        command: GuaranteeCommand,
    ) -> Result<Vec<GuaranteeEvent>, GuaranteeError> {
        let Known { about, text } = self.known()?;
        match command {
            GuaranteeCommand::AskChange { message, change } => {
                if self.decided.contains_key(&message) || self.asked.contains_key(&message) {
                    return Ok(Vec::new());
                }
                text.may_change(&change, 0)?;
                let decide_by = law.due(Clock::Change, now)?.date;
                Ok(vec![GuaranteeEvent::ChangeAsked { message, change, decide_by }])
            }
            GuaranteeCommand::Change { message } => {
                if self.decided.get(&message) == Some(&true) {
                    return Ok(Vec::new());
                }
                let (change, _) =
                    self.asked.get(&message).ok_or(GuaranteeError::Unknown { what: "change" })?;
                text.may_change(change, 0)?;
                let mut next = text.clone();
                next.change(change);
                Ok(vec![GuaranteeEvent::Changed {
                    about: Box::new(about.clone()),
                    message,
                    version: self.version.saturating_add(1),
                    was_fen: text.limit_fen,
                    text: Box::new(next),
                    on: now.date(),
                }])
            }
            GuaranteeCommand::RefuseChange { message, reason } => {
                if reason.trim().is_empty() {
                    return Err(GuaranteeError::Field { key: "reason", why: "missing" });
                }
                if !self.asked.contains_key(&message) {
                    return Err(GuaranteeError::Unknown { what: "change" });
                }
                Ok(vec![GuaranteeEvent::ChangeRefused { message, reason }])
            }
            _ => Ok(Vec::new()),
        }
    }

    fn freezes(
        &self,
        today: Date,
        command: GuaranteeCommand,
    ) -> Result<Vec<GuaranteeEvent>, GuaranteeError> {
        let Known { about, text } = self.known()?;
        let about = Box::new(about.clone());
        match command {
            GuaranteeCommand::Freeze { by, why } => {
                if why.trim().is_empty() {
                    return Err(GuaranteeError::Field { key: "why", why: "missing" });
                }
                if text.freezes.contains_key(&by) || text.state.is_over() {
                    return Ok(Vec::new());
                }
                Ok(vec![GuaranteeEvent::Frozen { about, by, why, on: today }])
            }
            GuaranteeCommand::Unfreeze { by, why } => {
                if !text.freezes.contains_key(&by) {
                    return Ok(Vec::new());
                }
                let free = text.freezes.len() == 1;
                Ok(vec![GuaranteeEvent::Unfrozen { about, by, why, free, on: today }])
            }
            _ => Ok(Vec::new()),
        }
    }
}

impl Aggregate for Guarantee {
    const KIND: &'static str = "guarantee";
    type Key = GuaranteeNo;
    type Command = GuaranteeCommand;
    type Event = GuaranteeEvent;
    type Error = GuaranteeError;
    type World = GuaranteeLaw;

    fn decide(
        &self,
        law: &GuaranteeLaw,
        cx: &Context,
        command: GuaranteeCommand,
    ) -> Result<Vec<GuaranteeEvent>, GuaranteeError> {
        use GuaranteeCommand as C;
        use GuaranteeEvent as E;
        let today = cx.now.date();
        match command {
            C::File { filing, about, offered, token } => {
                self.file(today, filing, about, &offered, token)
            }
            C::Start => Ok(match self.known()?.text.state {
                State::Filed => vec![E::Started],
                _ => Vec::new(),
            }),
            C::End => {
                let Known { about, text } = self.known()?;
                if text.state.is_over() || cx.now < Moment::end_of(text.valid_to) {
                    return Ok(Vec::new());
                }
                Ok(vec![E::Ended { about: Box::new(about.clone()), on: today }])
            }
            C::Admit(asked) => {
                let Known { text, .. } = self.known()?;
                text.admits(&asked)?;
                Ok(Vec::new())
            }
            C::Vouch(terms) => {
                let Known { text, .. } = self.known()?;
                if terms != claim_terms(text) {
                    return Err(GuaranteeError::Field { key: "text", why: "changed" });
                }
                Ok(Vec::new())
            }
            command @ (C::AskChange { .. } | C::Change { .. } | C::RefuseChange { .. }) => {
                self.change(cx.now, law, command)
            }
            command @ (C::Freeze { .. } | C::Unfreeze { .. }) => self.freezes(today, command),
            C::Withdraw { reason } => {
                let Known { about, text } = self.known()?;
                if text.state == State::Withdrawn {
                    return Ok(Vec::new());
                }
                // What is held or used stands in the ledger: it gives the whole limit back, or refuses the group.
                text.may_withdraw(&guarantee::Balance::default())?;
                let (about, limit_fen) = (Box::new(about.clone()), text.limit_fen);
                Ok(vec![E::Withdrawn { about, reason, limit_fen, on: today }])
            }
            C::NoteClaim => {
                let Known { about, text } = self.known()?;
                if text.state.is_over() || !law.switches(today)?.claim_ends {
                    return Ok(Vec::new());
                }
                Ok(vec![E::ClaimedOut { about: Box::new(about.clone()), on: today }])
            }
            C::NoteRecovered { amount_fen } => {
                let Known { text, .. } = self.known()?;
                let limit_fen = text.limit_fen.saturating_sub(amount_fen);
                Ok(vec![E::Reduced { amount_fen, limit_fen }])
            }
        }
    }

    fn evolve(&mut self, event: &GuaranteeEvent) {
        use GuaranteeEvent as E;
        if let E::Filed { filing, about, text, .. } = event {
            self.filing = filing.clone();
            (self.about, self.text, self.version) = (Some(about.clone()), Some(text.clone()), 1);
            return;
        }
        if let E::ChangeAsked { message, change, decide_by } = event {
            self.asked.insert(message.clone(), (change.clone(), *decide_by));
            return;
        }
        if let E::ChangeRefused { message, .. } | E::Changed { message, .. } = event {
            self.asked.remove(message);
            self.decided.insert(message.clone(), matches!(event, E::Changed { .. }));
        }
        if let E::Changed { version, .. } = event {
            self.version = *version;
        }
        let Some(text) = self.text.as_deref_mut() else { return };
        match event {
            E::Started => text.state = State::Active,
            E::Ended { .. } => text.state = State::Ended,
            E::Withdrawn { .. } => text.state = State::Withdrawn,
            E::ClaimedOut { .. } => text.state = State::ClaimedOut,
            E::Changed { text: next, .. } => *text = (**next).clone(),
            E::Frozen { by, why, .. } => {
                text.freezes.insert(by.clone(), why.clone());
            }
            E::Unfrozen { by, .. } => {
                text.freezes.remove(by);
            }
            E::Reduced { limit_fen, .. } => text.limit_fen = *limit_fen,
            E::Filed { .. } | E::ChangeAsked { .. } | E::ChangeRefused { .. } => {}
        }
    }

    fn deadlines(&self) -> Vec<Deadline<GuaranteeCommand>> {
        let Some(text) = &self.text else { return Vec::new() };
        let timer = |name: &str, at, command| Deadline { name: name.to_owned(), at, command };
        match text.state {
            State::Filed => {
                vec![timer("start", Moment::start_of(text.valid_from), GuaranteeCommand::Start)]
            }
            State::Active | State::Frozen => {
                vec![timer("end", Moment::end_of(text.valid_to), GuaranteeCommand::End)]
            }
            State::Ended | State::Withdrawn | State::ClaimedOut => Vec::new(),
        }
    }
}

/// What a text says of claims.
#[must_use]
pub fn claim_terms(text: &Text) -> ClaimTerms {
    ClaimTerms {
        valid_to: text.valid_to,
        claims_to: text.claims_to,
        covers_late_fee: text.covers_late_fee,
    }
}
