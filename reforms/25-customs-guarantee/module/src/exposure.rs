//! The use of a guarantee by one declaration or matter (占用): held, used, restored.
//!
//! ```text
//!  Hold ─► held ─┬─► used ─┬─► restored            money came, or the matter is closed
//!                │         └─► overdue ─► claimed ─► recovered
//!                └─► void                          withdrawn, or not accepted in time
//! ```

use crate::error::GuaranteeError;
use crate::law::{Clock, GuaranteeLaw};
use crate::model::{DueOn, EXEMPT, ExposureNo, GuaranteeNo, Request};
use codes::{Date, Label, Moment};
use guarantee::late_fee;
use kernel::{Aggregate, Context, Deadline};
use serde::{Deserialize, Serialize};

/// How a use stands (占用状态).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stand {
    /// Nothing was asked for.
    #[default]
    None,
    /// Held (已核扣).
    Held,
    /// The goods are released (已放行占用).
    Used,
    /// The day passed unpaid (逾期).
    Overdue,
    /// Claimed from the guarantor (索偿中).
    Claimed,
    /// Given back (已返还).
    Restored,
    /// Void (已撤销).
    Void,
    /// The guarantor paid (已代偿).
    Recovered,
}

impl Stand {
    /// All that something can be.
    pub const ALL: [Self; 7] = [
        Self::Held,
        Self::Used,
        Self::Overdue,
        Self::Claimed,
        Self::Restored,
        Self::Void,
        Self::Recovered,
    ];

    /// Its word in rows.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Held => "held",
            Self::Used => "used",
            Self::Overdue => "overdue",
            Self::Claimed => "claimed",
            Self::Restored => "restored",
            Self::Void => "void",
            Self::Recovered => "recovered",
        }
    }

    /// The stand of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stand| stand.word() == word)
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::None => Label::new("无", "none"),
            Self::Held => Label::new("已核扣", "held"),
            Self::Used => Label::new("已放行", "used"),
            Self::Overdue => Label::new("逾期未缴", "overdue"),
            Self::Claimed => Label::new("索偿中", "claimed"),
            Self::Restored => Label::new("已返还", "given back"),
            Self::Void => Label::new("已撤销", "void"),
            Self::Recovered => Label::new("已代偿", "paid by the guarantor"),
        }
    }

    /// Whether quota is bound by it.
    #[must_use]
    pub const fn binds(self) -> bool {
        matches!(self, Self::Held | Self::Used | Self::Overdue | Self::Claimed)
    }
}

/// Why quota came back without having been used (撤销原因).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoidCause {
    /// The declaration was withdrawn.
    Withdrawn,
    /// It was not accepted in time.
    Lapsed,
}

/// Why quota came back after use (返还原因).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestoreCause {
    /// Money came; the day of the bank's receipt is the day of payment (署令第272号 art. 22).
    Paid,
    /// The matter is closed: goods left, book closed, ruling made.
    Closed,
}

/// What a text says of claims, which the text vouches for in the same group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimTerms {
    /// Its last day.
    pub valid_to: Date,
    /// The last day of claims by the text itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims_to: Option<Date>,
    /// Whether it covers late fees.
    pub covers_late_fee: bool,
}

/// What may be asked of a use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExposureCommand {
    /// Hold (核扣).
    Hold {
        /// What is asked for.
        request: Box<Request>,
        /// When it lapses unless it was accepted; not later than the law of the day lets it stand.
        until: Moment,
    },
    /// The declaration was accepted: the hold lapses no more.
    Accept,
    /// The goods are released (放行).
    Use,
    /// Another amount (调整).
    Adjust {
        /// In all, in fen.
        amount_fen: i64,
    },
    /// A greater amount was refused: the difference must be paid (调增不成).
    NoteShort {
        /// What was asked for in all.
        wanted_fen: i64,
        /// What was free.
        available_fen: i64,
    },
    /// The declaration was withdrawn (撤销).
    Void,
    /// Nobody accepted it in time; the ledger says so.
    Lapse,
    /// An order to pay is with the bank (已发付款指令).
    NoteOrder,
    /// Quota comes back (返还).
    Restore {
        /// Why.
        cause: RestoreCause,
        /// The day of the bank's receipt, or of the end of the matter.
        on: Date,
        /// How much of the tax came; all that is left if it is not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount_fen: Option<i64>,
        /// The number of the receipt or of the paper that closes the matter.
        reference: String,
        /// When the treasury's message came, so that the time to the return can be told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        told_at: Option<Moment>,
    },
    /// The day passed; a timer.
    MarkOverdue,
    /// Holiday notices settle the day; the platform.
    Redate,
    /// Claimed from the guarantor (索偿), by what its text says.
    Claim(ClaimTerms),
    /// The guarantor refuses to pay (拒绝赔付).
    NoteRefusal {
        /// Why, in the guarantor's words.
        why: String,
    },
    /// The guarantor paid (代偿到账).
    Recover {
        /// The day of receipt.
        on: Date,
        /// The number of the receipt.
        reference: String,
    },
}

/// What happened to a use; wire format, frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExposureEvent {
    /// Held.
    Held {
        /// What was asked for.
        request: Box<Request>,
        /// When it is due.
        due: DueOn,
        /// When it lapses unless it was accepted.
        until: Moment,
    },
    /// Accepted.
    Accepted {
        /// Of which text.
        no: GuaranteeNo,
    },
    /// Released.
    Used {
        /// Of which text.
        no: GuaranteeNo,
        /// On which day.
        on: Date,
    },
    /// Another amount.
    Adjusted {
        /// Of which text.
        no: GuaranteeNo,
        /// Its number among adjustments.
        n: u32,
        /// Before.
        was_fen: i64,
        /// Now.
        amount_fen: i64,
    },
    /// More was asked for than is free: the difference must be paid or another matter filed.
    DifferenceDue {
        /// In all.
        wanted_fen: i64,
        /// What is missing.
        difference_fen: i64,
    },
    /// Void.
    Voided {
        /// Of which text.
        no: GuaranteeNo,
        /// Why.
        cause: VoidCause,
        /// How much was held.
        amount_fen: i64,
    },
    /// An order to pay is with the bank.
    OrderNoted {
        /// Since when.
        on: Date,
    },
    /// Quota came back.
    Restored {
        /// Of which text.
        no: GuaranteeNo,
        /// Whose.
        uscc: String,
        /// Its number among those of this use.
        n: u32,
        /// Why.
        cause: RestoreCause,
        /// The day that counts.
        on: Date,
        /// How much.
        amount_fen: i64,
        /// What is left.
        left_fen: i64,
        /// The late fee that is owed beside it, in fen.
        #[serde(default)]
        late_fee_fen: i64,
        /// The receipt or paper.
        reference: String,
        /// Whether it had been overdue.
        #[serde(default)]
        overdue: bool,
        /// When the treasury's message came.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        told_at: Option<Moment>,
    },
    /// The day passed unpaid.
    Overdue {
        /// The first late day.
        on: Date,
        /// How much is owed.
        amount_fen: i64,
        /// What it was for.
        request: Box<Request>,
    },
    /// The day is another.
    Redated {
        /// The new one.
        due: DueOn,
    },
    /// Claimed.
    Claimed {
        /// On which day.
        on: Date,
        /// Tax, in fen.
        amount_fen: i64,
        /// Late fee to that day, if the text covers it.
        late_fee_fen: i64,
        /// Until when a claim could be made.
        until: Date,
        /// What it was for.
        request: Box<Request>,
        /// When it was due.
        due_on: Date,
    },
    /// The guarantor refuses.
    GuarantorRefused {
        /// Why.
        why: String,
        /// What it was for.
        request: Box<Request>,
    },
    /// The guarantor paid.
    Recovered {
        /// On which day.
        on: Date,
        /// How much.
        amount_fen: i64,
        /// The receipt.
        reference: String,
        /// What it was for.
        request: Box<Request>,
    },
}

/// What comes back.
struct Returned {
    cause: RestoreCause,
    on: Date,
    amount_fen: Option<i64>,
    reference: String,
    told_at: Option<Moment>,
}

/// The use of a guarantee (占用).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exposure {
    /// How it stands.
    pub stand: Stand,
    /// What was asked for.
    pub request: Option<Box<Request>>,
    /// What is bound, in fen.
    pub amount_fen: i64,
    /// When it is due.
    pub due: Option<DueOn>,
    /// When it lapses.
    pub until: Option<Moment>,
    /// Whether it was accepted.
    pub accepted: bool,
    /// Since when an order to pay is with the bank.
    pub ordered: Option<Date>,
    /// How many adjustments there were.
    pub adjustments: u32,
    /// How many times quota came back.
    pub restored: u32,
    /// The receipts that were counted.
    references: std::collections::BTreeSet<String>,
}

impl Exposure {
    /// What was asked for; only where there is a use.
    fn asked(&self) -> Result<&Request, GuaranteeError> {
        self.request.as_deref().ok_or(GuaranteeError::Unknown { what: "exposure" })
    }

    /// The number of its text.
    fn no(&self) -> GuaranteeNo {
        self.request.as_deref().map(|request| request.guarantee.clone()).unwrap_or_default()
    }

    fn wrong(&self) -> GuaranteeError {
        match (self.stand, self.until) {
            (Stand::None, _) => GuaranteeError::Unknown { what: "exposure" },
            (Stand::Void, Some(since)) if !self.accepted => GuaranteeError::Closed { since },
            (stand, _) => GuaranteeError::WrongStage { state: stand.word() },
        }
    }

    fn hold(
        &self,
        law: &GuaranteeLaw,
        now: Moment,
        request: Box<Request>,
        until: Moment,
    ) -> Result<Vec<ExposureEvent>, GuaranteeError> {
        if let Some(held) = &self.request {
            // The same again is the same use; a declaration has no second one.
            return if **held == *request && self.stand.binds() {
                Ok(Vec::new())
            } else {
                Err(GuaranteeError::IdReused { id: request.guarantee.0 })
            };
        }
        if request.about.is_none() != (request.guarantee.as_str() == EXEMPT) {
            return Err(GuaranteeError::Field { key: "guarantee", why: "missing" });
        }
        let matters = law.matters(request.completed_on)?;
        let row = matters.row(request.matter, request.settlement)?;
        row.amount(request.amount_fen, &request.tax)?;
        let due =
            row.due_date(request.completed_on, request.due_on, request.approved, &law.calendar())?;
        let due = DueOn { on: due.date, provisional: due.provisional };
        if until <= now || until > law.due(Clock::Hold, now)?.at {
            return Err(GuaranteeError::Field { key: "until", why: "out_of_term" });
        }
        Ok(vec![ExposureEvent::Held { request, due, until }])
    }

    fn adjust(&self, amount_fen: i64) -> Result<Vec<ExposureEvent>, GuaranteeError> {
        if !matches!(self.stand, Stand::Held | Stand::Used) {
            return Err(self.wrong());
        }
        if amount_fen <= 0 {
            return Err(GuaranteeError::Field { key: "amount_fen", why: "not_positive" });
        }
        if amount_fen == self.amount_fen {
            return Ok(Vec::new());
        }
        let (no, n) = (self.no(), self.adjustments.saturating_add(1));
        Ok(vec![ExposureEvent::Adjusted { no, n, was_fen: self.amount_fen, amount_fen }])
    }

    fn restore(
        &self,
        law: &GuaranteeLaw,
        returned: Returned,
    ) -> Result<Vec<ExposureEvent>, GuaranteeError> {
        let Returned { cause, on, amount_fen, reference, told_at } = returned;
        if self.references.contains(&reference) {
            return Ok(Vec::new());
        }
        if !matches!(self.stand, Stand::Used | Stand::Overdue) {
            return Err(self.wrong());
        }
        let amount_fen = amount_fen.unwrap_or(self.amount_fen).min(self.amount_fen);
        if amount_fen <= 0 {
            return Err(GuaranteeError::Field { key: "amount_fen", why: "not_positive" });
        }
        let due_on = self.due.map_or(on, |due| due.on);
        let tax = cause == RestoreCause::Paid && self.due.is_some_and(|due| !due.provisional);
        let late_fee_fen = if tax {
            late_fee(amount_fen, due_on, on, law.switches(due_on)?.late_fee_bp)
        } else {
            0
        };
        let uscc = self.asked()?.enterprise.uscc.clone();
        Ok(vec![ExposureEvent::Restored {
            no: self.no(),
            uscc,
            n: self.restored.saturating_add(1),
            cause,
            on,
            amount_fen,
            left_fen: self.amount_fen - amount_fen,
            late_fee_fen,
            reference,
            overdue: self.stand == Stand::Overdue,
            told_at,
        }])
    }

    fn short(
        &self,
        wanted_fen: i64,
        available_fen: i64,
    ) -> Result<Vec<ExposureEvent>, GuaranteeError> {
        let asked = self.asked()?;
        let difference_fen = wanted_fen.saturating_sub(self.amount_fen);
        if difference_fen <= available_fen || asked.about.is_none() {
            return Ok(Vec::new());
        }
        Ok(vec![ExposureEvent::DifferenceDue { wanted_fen, difference_fen }])
    }

    fn mark_overdue(&self, now: Moment) -> Vec<ExposureEvent> {
        let (Stand::Used, Some(due), Some(request)) = (self.stand, self.due, &self.request) else {
            return Vec::new();
        };
        let end = Moment::end_of(due.on);
        if due.provisional || now < end {
            return Vec::new();
        }
        let request = request.clone();
        vec![ExposureEvent::Overdue { on: end.date(), amount_fen: self.amount_fen, request }]
    }

    fn redate(&self, law: &GuaranteeLaw) -> Result<Vec<ExposureEvent>, GuaranteeError> {
        let request = self.asked()?;
        let Some(was) = self.due.filter(|due| due.provisional && self.stand.binds()) else {
            return Ok(Vec::new());
        };
        let matters = law.matters(request.completed_on)?;
        let row = matters.row(request.matter, request.settlement)?;
        let (given, approved) = (request.due_on, request.approved);
        let due = row.due_date(request.completed_on, given, approved, &law.calendar())?;
        let due = DueOn { on: due.date, provisional: due.provisional };
        Ok(if due == was { Vec::new() } else { vec![ExposureEvent::Redated { due }] })
    }

    fn claim(
        &self,
        law: &GuaranteeLaw,
        now: Moment,
        text: &ClaimTerms,
    ) -> Result<Vec<ExposureEvent>, GuaranteeError> {
        let request = self.asked()?;
        if self.stand == Stand::Claimed {
            return Ok(Vec::new());
        }
        let (Stand::Overdue, Some(due)) = (self.stand, self.due) else { return Err(self.wrong()) };
        if request.about.is_none() {
            return Err(GuaranteeError::Field { key: "guarantee", why: "exempt" });
        }
        let on = now.date();
        let term = law.term(Clock::Claim, on)?;
        let until = guarantee::claim_until(text.valid_to, text.claims_to, &term, &law.calendar())?;
        if on > until {
            return Err(GuaranteeError::Expired { until });
        }
        let late_fee_fen = if text.covers_late_fee {
            late_fee(self.amount_fen, due.on, on, law.switches(due.on)?.late_fee_bp)
        } else {
            0
        };
        Ok(vec![ExposureEvent::Claimed {
            on,
            amount_fen: self.amount_fen,
            late_fee_fen,
            until,
            request: Box::new(request.clone()),
            due_on: due.on,
        }])
    }
}

impl Aggregate for Exposure {
    const KIND: &'static str = "exposure";
    type Key = ExposureNo;
    type Command = ExposureCommand;
    type Event = ExposureEvent;
    type Error = GuaranteeError;
    type World = GuaranteeLaw;

    fn decide(
        &self,
        law: &GuaranteeLaw,
        cx: &Context,
        command: ExposureCommand,
    ) -> Result<Vec<ExposureEvent>, GuaranteeError> {
        use ExposureCommand as C;
        use ExposureEvent as E;
        let today = cx.now.date();
        // Whoever comes after the hold lapsed comes too late, even where the timer has not fired yet.
        let lapsed = self
            .until
            .filter(|until| self.stand == Stand::Held && !self.accepted && cx.now >= *until);
        if let (Some(since), C::Accept | C::Use | C::Adjust { .. }) = (lapsed, &command) {
            return Err(GuaranteeError::Closed { since });
        }
        match command {
            C::Hold { request, until } => self.hold(law, cx.now, request, until),
            C::Accept => match self.stand {
                Stand::Held if !self.accepted => Ok(vec![E::Accepted { no: self.no() }]),
                stand if stand.binds() => Ok(Vec::new()),
                _ => Err(self.wrong()),
            },
            C::Use => match self.stand {
                Stand::Held => Ok(vec![E::Used { no: self.no(), on: today }]),
                stand if stand.binds() || stand == Stand::Restored => Ok(Vec::new()),
                _ => Err(self.wrong()),
            },
            C::Adjust { amount_fen } => self.adjust(amount_fen),
            C::NoteShort { wanted_fen, available_fen } => self.short(wanted_fen, available_fen),
            C::Void => match self.stand {
                Stand::Held => {
                    let cause = VoidCause::Withdrawn;
                    Ok(vec![E::Voided { no: self.no(), cause, amount_fen: self.amount_fen }])
                }
                Stand::Void => Ok(Vec::new()),
                _ => Err(self.wrong()),
            },
            C::Lapse => match self.stand {
                Stand::Held if !self.accepted => {
                    let cause = VoidCause::Lapsed;
                    Ok(vec![E::Voided { no: self.no(), cause, amount_fen: self.amount_fen }])
                }
                _ => Ok(Vec::new()),
            },
            C::NoteOrder => match (self.stand, self.ordered) {
                (Stand::Used | Stand::Overdue, None) => Ok(vec![E::OrderNoted { on: today }]),
                (stand, _) if stand.binds() => Ok(Vec::new()),
                _ => Err(self.wrong()),
            },
            C::Restore { cause, on, amount_fen, reference, told_at } => {
                self.restore(law, Returned { cause, on, amount_fen, reference, told_at })
            }
            C::MarkOverdue => Ok(self.mark_overdue(cx.now)),
            C::Redate => self.redate(law),
            C::Claim(text) => self.claim(law, cx.now, &text),
            C::NoteRefusal { why } => match (self.stand, &self.request) {
                (Stand::Claimed, Some(request)) => {
                    Ok(vec![E::GuarantorRefused { why, request: request.clone() }])
                }
                _ => Err(self.wrong()),
            },
            C::Recover { on, reference } => match (self.stand, &self.request) {
                (Stand::Claimed, Some(request)) => {
                    let (amount_fen, request) = (self.amount_fen, request.clone());
                    Ok(vec![E::Recovered { on, amount_fen, reference, request }])
                }
                (Stand::Recovered, _) if self.references.contains(&reference) => Ok(Vec::new()),
                _ => Err(self.wrong()),
            },
        }
    }

    fn evolve(&mut self, event: &ExposureEvent) {
        use ExposureEvent as E;
        match event {
            E::Held { request, due, until } => {
                self.stand = Stand::Held;
                self.amount_fen = request.amount_fen;
                self.request = Some(request.clone());
                self.due = Some(*due);
                self.until = Some(*until);
            }
            E::Accepted { .. } => self.accepted = true,
            E::Used { .. } => (self.stand, self.accepted) = (Stand::Used, true),
            E::Adjusted { n, amount_fen, .. } => {
                (self.adjustments, self.amount_fen) = (*n, *amount_fen);
            }
            E::DifferenceDue { .. } | E::GuarantorRefused { .. } => {}
            E::Voided { .. } => self.stand = Stand::Void,
            E::OrderNoted { on } => self.ordered = Some(*on),
            E::Restored { n, left_fen, reference, .. } => {
                (self.restored, self.amount_fen) = (*n, *left_fen);
                self.references.insert(reference.clone());
                if *left_fen == 0 {
                    self.stand = Stand::Restored;
                }
            }
            E::Overdue { .. } => self.stand = Stand::Overdue,
            E::Redated { due } => self.due = Some(*due),
            E::Claimed { .. } => self.stand = Stand::Claimed,
            E::Recovered { reference, .. } => {
                self.references.insert(reference.clone());
                self.amount_fen = 0;
                self.stand = Stand::Recovered;
            }
        }
    }

    fn deadlines(&self) -> Vec<Deadline<ExposureCommand>> {
        let due = self.due.filter(|due| self.stand == Stand::Used && !due.provisional);
        let due = due.map(|due| Deadline {
            name: "due".to_owned(),
            at: Moment::end_of(due.on),
            command: ExposureCommand::MarkOverdue,
        });
        due.into_iter().collect()
    }
}
