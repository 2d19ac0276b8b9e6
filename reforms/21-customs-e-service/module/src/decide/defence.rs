//! What the party says: statements, hearings, papers on request.

use super::{Decided, Paper, Penalty, PenaltyCommand, for_party, officer, text};
use crate::error::PenaltyError;
use crate::event::PenaltyEvent;
use crate::law::PenaltyLaw;
use crate::model::{PaperId, Sort};
use codes::Date;
use kernel::Context;
use penalty::Kind;

impl Penalty {
    pub(super) fn decide_defence(
        &self,
        law: &PenaltyLaw,
        cx: &Context,
        command: PenaltyCommand,
    ) -> Decided {
        match command {
            PenaltyCommand::StateDefence { statement, commitment, answers } => {
                for_party(cx, self.open()?)?;
                match &answers {
                    None => self.within(cx, Kind::Defence)?,
                    Some(demand) => self.within_demand(cx, demand)?,
                }
                Ok(vec![PenaltyEvent::DefenceStated { statement, commitment, answers }])
            }
            PenaltyCommand::WaiveDefence { defence, hearing } => {
                for_party(cx, self.open()?)?;
                self.waive(defence, hearing)
            }
            PenaltyCommand::AskHearing => {
                for_party(cx, self.open()?)?;
                self.within(cx, Kind::HearingRequest)?;
                let asked = self.defence.hearing_asked;
                Ok(if asked { Vec::new() } else { vec![PenaltyEvent::HearingAsked] })
            }
            PenaltyCommand::HoldHearing { on } => self.hold_hearing(law, cx, on),
            PenaltyCommand::CloseDefence => self.close_defence(cx),
            PenaltyCommand::AskPaper { paper } => {
                for_party(cx, self.filed()?)?;
                self.ask_paper(paper)
            }
            PenaltyCommand::SendPaper { paper, tracking_no } => {
                if !self.paper(&paper)?.wanted_on_paper {
                    return Ok(Vec::new());
                }
                let tracking_no = text("tracking_no", tracking_no)?;
                Ok(vec![PenaltyEvent::PaperSent { paper, tracking_no }])
            }
            _ => Ok(Vec::new()),
        }
    }

    /// A notice is served, nothing is decided yet, and the term still runs.
    fn within(&self, cx: &Context, kind: Kind) -> Result<(), PenaltyError> {
        let notice = self.notice().map(|(_, notice)| notice);
        let run = notice.and_then(|notice| notice.clock(kind));
        let run = run.ok_or(PenaltyError::NoticeNotServed)?;
        if self.decision().is_some() && self.to_annul().is_none() {
            return Err(PenaltyError::WrongStage { why: "DECIDED" });
        }
        if run.runs_at(cx.now) {
            Ok(())
        } else {
            Err(PenaltyError::Expired { clock: kind, until: run.at })
        }
    }

    /// LAW: 行政强制法 art. 36: who is urged may state and defend itself against the demand.
    fn within_demand(&self, cx: &Context, demand: &PaperId) -> Result<(), PenaltyError> {
        let known = self.paper(demand)?;
        if known.sort() != Some(Sort::Demand) {
            return Err(PenaltyError::NoSuchPaper(demand.clone()));
        }
        let run = known.clock(Kind::Demand).ok_or(PenaltyError::NoticeNotServed)?;
        if run.runs_at(cx.now) {
            Ok(())
        } else {
            Err(PenaltyError::Expired { clock: Kind::Demand, until: run.at })
        }
    }

    fn waive(&self, defence: bool, hearing: bool) -> Decided {
        if self.notice().is_none_or(|(_, notice)| notice.served.is_none()) {
            return Err(PenaltyError::NoticeNotServed);
        }
        if !defence && !hearing {
            // LAW: 行政处罚法 art. 44, 63: given up expressly, which is said for each right.
            return Err(PenaltyError::Field { key: "defence", why: "REQUIRED" });
        }
        let known = (defence && !self.defence.waived) || (hearing && !self.defence.hearing_waived);
        Ok(if known { vec![PenaltyEvent::DefenceWaived { defence, hearing }] } else { Vec::new() })
    }

    fn hold_hearing(&self, law: &PenaltyLaw, cx: &Context, on: Date) -> Decided {
        self.open()?;
        officer(cx)?;
        let told = self.latest(Sort::Hearing, |paper| paper.issued.is_some());
        let Some((_, told)) = told.filter(|_| self.defence.hearing_asked) else {
            return Err(PenaltyError::WrongStage { why: "HEARING_NOT_NOTIFIED" });
        };
        if on > cx.now.date() {
            return Err(PenaltyError::Field { key: "on", why: "IN_THE_FUTURE" });
        }
        // The day of the notice decides whether the party was told in time.
        let latest = law.run(Kind::HearingNotice, on)?.on;
        if told.served.as_ref().is_none_or(|service| service.on > latest) {
            return Err(PenaltyError::HearingTooSoon { hearing_on: on, latest });
        }
        Ok(vec![PenaltyEvent::HearingHeld { on }])
    }

    fn close_defence(&self, cx: &Context) -> Decided {
        let last = self.notice().and_then(|(_, n)| n.clocks.iter().map(|run| run.at).max());
        let over = last.filter(|at| *at <= cx.now && !self.defence.closed);
        Ok(over.map(|at| PenaltyEvent::DefenceClosed { at }).into_iter().collect())
    }

    fn ask_paper(&self, paper: PaperId) -> Decided {
        let known: &Paper = self.paper(&paper)?;
        if known.issued.is_none() {
            return Err(PenaltyError::NoSuchPaper(paper));
        }
        Ok(if known.wanted_on_paper {
            Vec::new()
        } else {
            vec![PenaltyEvent::PaperAsked { paper }]
        })
    }
}
