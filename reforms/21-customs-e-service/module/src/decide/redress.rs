//! What follows a decision: publication, payment, late fines, review and suit, the end.

use super::{Decided, Penalty, PenaltyCommand, officer, text};
use crate::error::PenaltyError;
use crate::event::PenaltyEvent;
use crate::law::PenaltyLaw;
use crate::model::{Ending, PaperId, Redress, RedressResult};
use codes::Date;
use kernel::Context;
use penalty::{Kind, LateFine, Standing, late_fine};

/// The most recipients of a publication.
const RECIPIENTS_MAX: usize = 20;

impl Penalty {
    pub(super) fn decide_redress(
        &self,
        law: &PenaltyLaw,
        cx: &Context,
        command: PenaltyCommand,
    ) -> Decided {
        match command {
            PenaltyCommand::Publish { paper, number, to } => {
                officer(cx)?;
                self.publish(paper, number, to.into_iter().collect())
            }
            PenaltyCommand::CopyWithdrawn { paper, recipient } => {
                Ok(self.copy_withdrawn(paper, recipient))
            }
            PenaltyCommand::WithdrawalDue { paper } => {
                let copy = self.published.get(&paper);
                let missed = copy.is_some_and(|copy| copy.is_open() && !copy.overdue);
                let overdue = PenaltyEvent::WithdrawalOverdue { paper };
                Ok(if missed { vec![overdue] } else { Vec::new() })
            }
            PenaltyCommand::Pay { amount_fen, on, reference } => {
                self.pay(law, cx, amount_fen, on, reference)
            }
            PenaltyCommand::PaymentDue => Ok(self.payment_due()),
            PenaltyCommand::FileRedress { redress, on } => self.file_redress(cx, redress, on),
            PenaltyCommand::EndRedress { redress, on, result } => {
                self.end_redress(cx, redress, on, result)
            }
            PenaltyCommand::RedressDue => Ok(self.redress_due(cx)),
            PenaltyCommand::Close { ending } => self.close(cx, ending),
            _ => Ok(Vec::new()),
        }
    }

    /// LAW: 行政处罚法 art. 48(1): made public is what has some social effect, once it is served.
    fn publish(&self, paper: PaperId, number: String, to: Vec<String>) -> Decided {
        let number = text("number", number)?;
        if to.is_empty() || to.len() > RECIPIENTS_MAX {
            return Err(PenaltyError::Field { key: "to", why: "LENGTH" });
        }
        let served =
            |(id, known): (&PaperId, &super::Paper)| *id == paper && known.served.is_some();
        if !self.decision().is_some_and(served) {
            return Err(PenaltyError::WrongStage { why: "NO_DECISION_IN_FORCE" });
        }
        self.none_to_annul()?;
        if self.published.contains_key(&paper) {
            return Ok(Vec::new());
        }
        Ok(vec![PenaltyEvent::Published { paper, number, to }])
    }

    fn copy_withdrawn(&self, paper: PaperId, recipient: String) -> Vec<PenaltyEvent> {
        let fresh = self.published.get(&paper).is_some_and(|copy| {
            copy.withdraw_by.is_some()
                && copy.to.contains(&recipient)
                && !copy.withdrawn.contains(&recipient)
        });
        if fresh { vec![PenaltyEvent::CopyWithdrawn { paper, recipient }] } else { Vec::new() }
    }

    fn none_to_annul(&self) -> Result<(), PenaltyError> {
        match self.to_annul() {
            Some(paper) => Err(PenaltyError::MustBeAnnulled { paper: paper.clone() }),
            None => Ok(()),
        }
    }

    /// The fine of the decision in force, and what it has grown to on a day.
    ///
    /// # Errors
    /// [`PenaltyError::WrongStage`] where no decision with a fine is served, [`PenaltyError::RuleGap`].
    pub fn owed(&self, law: &PenaltyLaw, on: Date) -> Result<(i64, LateFine), PenaltyError> {
        let decision = self.decision().map(|(_, decision)| decision);
        let fine = decision.and_then(|decision| decision.sanction()).map_or(0, |s| s.fine_fen);
        let Some(due) = decision.and_then(|decision| decision.clock(Kind::Pay)) else {
            return Err(PenaltyError::WrongStage { why: "NO_FINE_DUE" });
        };
        // LAW: 行政处罚法 art. 73(3): during review and suit the late fine is not counted.
        let standing: Vec<Standing> = self
            .proceedings
            .iter()
            .map(|proceeding| Standing { from: proceeding.from, to: proceeding.to })
            .collect();
        Ok((fine, late_fine(fine, due.on, on, &standing, law.late_rate(due.on)?)))
    }

    fn pay(
        &self,
        law: &PenaltyLaw,
        cx: &Context,
        amount_fen: i64,
        on: Date,
        reference: String,
    ) -> Decided {
        let reference = text("reference", reference)?;
        if self.references.contains(&reference) {
            return Ok(Vec::new());
        }
        if amount_fen <= 0 {
            return Err(PenaltyError::Field { key: "amount_fen", why: "RANGE" });
        }
        if on > cx.now.date() {
            return Err(PenaltyError::Field { key: "on", why: "IN_THE_FUTURE" });
        }
        let (fine, late) = self.owed(law, on)?;
        let left_fen =
            fine.saturating_add(late.fen).saturating_sub(self.paid_fen).saturating_sub(amount_fen);
        Ok(vec![PenaltyEvent::Paid { amount_fen, on, reference, late, left_fen }])
    }

    fn payment_due(&self) -> Vec<PenaltyEvent> {
        let fined = self.decision().is_some_and(|(_, d)| d.clock(Kind::Pay).is_some());
        if fined && !self.settled && !self.overdue {
            vec![PenaltyEvent::PaymentOverdue]
        } else {
            Vec::new()
        }
    }

    /// LAW: 行政强制法 art. 35, 54: before a court is asked to enforce, the party is urged in writing; its time to perform runs
    /// from service.
    pub(super) fn may_be_urged(&self) -> Result<(), PenaltyError> {
        self.none_to_annul()?;
        if !self.overdue || self.settled || self.proceeding().is_some() {
            return Err(PenaltyError::WrongStage { why: "NOT_OVERDUE" });
        }
        Ok(())
    }

    fn file_redress(&self, cx: &Context, redress: Redress, on: Date) -> Decided {
        self.filed()?;
        let kind = match redress {
            Redress::Review => Kind::Review,
            Redress::Suit => Kind::Suit,
        };
        let decision = self.decision().map(|(_, decision)| decision);
        let run = decision.and_then(|decision| decision.clock(kind));
        let run = run.ok_or(PenaltyError::WrongStage { why: "NO_DECISION_SERVED" })?;
        if on < run.from || on > cx.now.date() {
            return Err(PenaltyError::Field { key: "on", why: "RANGE" });
        }
        if self.proceeding().is_some() {
            return Err(PenaltyError::WrongStage { why: "REDRESS_OPEN" });
        }
        // Whether a late one is heard is for the review organ or the court to say: it is recorded, not refused.
        Ok(vec![PenaltyEvent::RedressFiled { redress, on, late: on > run.on }])
    }

    fn end_redress(
        &self,
        cx: &Context,
        redress: Redress,
        on: Date,
        result: RedressResult,
    ) -> Decided {
        let open = self.proceeding().filter(|proceeding| proceeding.redress == redress);
        let open = open.ok_or(PenaltyError::WrongStage { why: "NO_REDRESS_OPEN" })?;
        if on < open.from || on > cx.now.date() {
            return Err(PenaltyError::Field { key: "on", why: "RANGE" });
        }
        Ok(vec![PenaltyEvent::RedressEnded { redress, on, result }])
    }

    fn redress_due(&self, cx: &Context) -> Vec<PenaltyEvent> {
        let clock = |kind| self.decision().and_then(|(_, d)| d.clock(kind)).map(|run| run.at);
        let last = clock(Kind::Review).max(clock(Kind::Suit));
        let over = last.is_some_and(|at| at <= cx.now)
            && self.proceeding().is_none()
            && !self.redress_over;
        if over {
            let ends = self.confirmation().filter(|_| self.closed.is_some());
            vec![PenaltyEvent::RedressOver { ends }]
        } else {
            Vec::new()
        }
    }

    fn close(&self, cx: &Context, ending: Ending) -> Decided {
        self.open()?;
        officer(cx)?;
        self.none_to_annul()?;
        let wrong = |why| Err(PenaltyError::WrongStage { why });
        if self.proceeding().is_some() {
            return wrong("REDRESS_OPEN");
        }
        if self.published.values().any(super::Publication::is_open) {
            return wrong("COPIES_PUBLIC");
        }
        let decision = self.decision();
        match ending {
            Ending::Performed => {
                let Some((_, decision)) = decision.filter(|(_, d)| d.served.is_some()) else {
                    return wrong("NO_DECISION_SERVED");
                };
                if decision.clock(Kind::Pay).is_some() && !self.settled {
                    return wrong("FINE_OPEN");
                }
            }
            Ending::Dropped if decision.is_some() => return wrong("DECIDED"),
            Ending::Annulled => {
                let annulled = self.papers.values().any(|paper| paper.annulled_by.is_some());
                if decision.is_some() || !annulled {
                    return wrong("NOT_ANNULLED");
                }
            }
            Ending::Dropped => {}
        }
        let last = decision.is_none() || self.redress_over;
        Ok(vec![PenaltyEvent::Closed { ending, ends: self.confirmation().filter(|_| last) }])
    }
}
