//! Papers: drafted by one officer, signed by a second, reviewed by a third person, issued, served.

use super::{Decided, Paper, Penalty, officer, text};
use crate::error::PenaltyError;
use crate::event::PenaltyEvent;
use crate::law::PenaltyLaw;
use crate::model::{Consent, Draft, PaperId, Service, ServiceNotice, Sort, Way, announcement_key};
use codes::Moment;
use kernel::Context;
use penalty::{Kind, Run, Sanction};

impl Penalty {
    pub(super) fn draft(&self, cx: &Context, draft: Box<Draft>) -> Decided {
        self.open()?;
        let by = officer(cx)?.to_owned();
        let names_penalty = draft.sanction.as_ref().is_some_and(|sanction| !sanction.is_empty());
        match draft.sort {
            Sort::Notice | Sort::Decision if !names_penalty => {
                return Err(PenaltyError::PenaltyMissing);
            }
            Sort::Hearing if draft.hearing_on.is_none() => {
                return Err(PenaltyError::Field { key: "hearing_on", why: "REQUIRED" });
            }
            Sort::Annulment => {
                let annuls = draft.annuls.as_ref();
                let annuls =
                    annuls.ok_or(PenaltyError::Field { key: "annuls", why: "REQUIRED" })?;
                let named = self.paper(annuls)?;
                if named.sort() != Some(Sort::Decision) || !named.stands() {
                    return Err(PenaltyError::WrongStage { why: "NO_DECISION_IN_FORCE" });
                }
            }
            Sort::Demand => self.may_be_urged()?,
            Sort::Notice | Sort::Decision | Sort::Hearing => {}
        }
        let unissued = self.latest(draft.sort, |paper| paper.issued.is_none());
        let paper = unissued.map_or_else(|| self.next_id(draft.sort), |(id, _)| id.clone());
        Ok(vec![PenaltyEvent::Drafted { paper, draft, by }])
    }

    fn next_id(&self, sort: Sort) -> PaperId {
        let before = self.papers.values().filter(|paper| paper.sort() == Some(sort)).count();
        PaperId::new(sort, before + 1)
    }

    /// A draft that is not issued yet.
    fn drafted(&self, paper: &PaperId) -> Result<&Paper, PenaltyError> {
        self.open()?;
        let known = self.paper(paper)?;
        if known.issued.is_some() {
            return Err(PenaltyError::WrongStage { why: "ISSUED" });
        }
        Ok(known)
    }

    pub(super) fn cosign(&self, cx: &Context, paper: PaperId) -> Decided {
        let login = officer(cx)?;
        let known = self.drafted(&paper)?;
        if known.hands.officers.contains(login) {
            return Ok(Vec::new());
        }
        Ok(vec![PenaltyEvent::Cosigned { paper, by: login.to_owned() }])
    }

    pub(super) fn review(&self, cx: &Context, paper: PaperId) -> Decided {
        let login = officer(cx)?;
        let known = self.drafted(&paper)?;
        // LAW: 行政处罚法 art. 58: reviewed by people who did not handle the case.
        if known.hands.officers.contains(login) {
            let officers = known.hands.officers.len();
            return Err(PenaltyError::DistinctPersons { officers, reviewers: 0 });
        }
        Ok(vec![PenaltyEvent::Reviewed { paper, by: login.to_owned() }])
    }

    pub(super) fn send_back(&self, cx: &Context, paper: PaperId, why: String) -> Decided {
        officer(cx)?;
        self.drafted(&paper)?;
        Ok(vec![PenaltyEvent::Returned { paper, why: text("why", why)? }])
    }

    /// A draft that may go out: enough hands, and consent where it goes out electronically.
    fn ready(
        &self,
        cx: &Context,
        paper: &PaperId,
        way: Way,
    ) -> Result<(&Paper, &Draft), PenaltyError> {
        officer(cx)?;
        let known = self.drafted(paper)?;
        let draft = known.draft.as_ref().ok_or_else(|| PenaltyError::NoSuchPaper(paper.clone()))?;
        // LAW: 行政处罚法 art. 42: at least two officers.
        if !known.hands.are_enough() {
            let reviewer = known.hands.reviewer.as_ref();
            return Err(PenaltyError::DistinctPersons {
                officers: known.hands.officers.len(),
                reviewers: usize::from(
                    reviewer.is_some_and(|login| !known.hands.officers.contains(login)),
                ),
            });
        }
        // LAW: 行政处罚法 art. 61(2): only upon a confirmation that the party signed.
        if way == Way::Electronic && self.consent != Consent::InForce {
            return Err(PenaltyError::ConsentMissing { consent: self.consent });
        }
        Ok((known, draft))
    }

    pub(super) fn issue(
        &self,
        law: &PenaltyLaw,
        cx: &Context,
        paper: PaperId,
        way: Way,
    ) -> Decided {
        let (_, draft) = self.ready(cx, &paper, way)?;
        match draft.sort {
            Sort::Decision | Sort::Annulment => {
                return Err(PenaltyError::WrongStage { why: "NEEDS_A_DECISION" });
            }
            Sort::Notice if !self.inquiry_closed => {
                return Err(PenaltyError::WrongStage { why: "INQUIRY_OPEN" });
            }
            Sort::Notice if self.decision().is_some() => {
                return Err(PenaltyError::WrongStage { why: "DECIDED" });
            }
            Sort::Notice => {}
            // What was paid since it was drafted ends the matter.
            Sort::Demand => self.may_be_urged()?,
            Sort::Hearing => {
                let hearing_on = draft.hearing_on.unwrap_or_else(|| cx.now.date());
                // LAW: 行政处罚法 art. 64(2): seven working days before the hearing.
                let latest = law.run(Kind::HearingNotice, hearing_on)?.on;
                if cx.now.date() > latest {
                    return Err(PenaltyError::HearingTooSoon { hearing_on, latest });
                }
            }
        }
        Ok(vec![self.issued(paper, draft, way, cx.now)?])
    }

    fn issued(
        &self,
        paper: PaperId,
        draft: &Draft,
        way: Way,
        at: Moment,
    ) -> Result<PenaltyEvent, PenaltyError> {
        let filing = self.filed()?;
        Ok(PenaltyEvent::Issued {
            paper,
            sort: draft.sort,
            filling: draft.filling.clone(),
            issuer: filing.issuer.clone(),
            party: filing.party.clone(),
            way,
            confirmation: self.confirmation().filter(|_| way == Way::Electronic),
            token: draft.token.clone(),
            at,
        })
    }

    pub(super) fn decide_penalty(
        &self,
        law: &PenaltyLaw,
        cx: &Context,
        paper: PaperId,
        way: Way,
    ) -> Decided {
        let (_, draft) = self.ready(cx, &paper, way)?;
        let (Sort::Decision, Some(sanction)) = (draft.sort, &draft.sanction) else {
            return Err(PenaltyError::WrongStage { why: "NOT_A_DECISION" });
        };
        if self.decision().is_some() {
            return Err(PenaltyError::WrongStage { why: "DECIDED" });
        }
        self.may_be_decided(cx.now, sanction)?;
        let serve_by = law.run(Kind::ServeAbsent, cx.now.date())?;
        let decided =
            PenaltyEvent::Decided { paper: paper.clone(), sanction: sanction.clone(), serve_by };
        Ok(vec![decided, self.issued(paper, draft, way, cx.now)?])
    }

    /// LAW: 行政处罚法 art. 44, 45, 62, 63: notified, heard, and not heavier for it.
    fn may_be_decided(&self, now: Moment, sanction: &Sanction) -> Result<(), PenaltyError> {
        let notice = self.notice().map(|(_, notice)| notice);
        let notice = notice.filter(|notice| notice.served.is_some());
        let notice = notice.ok_or(PenaltyError::NoticeNotServed)?;
        if let Some((clock, until)) = self.defence_until().filter(|(_, until)| now < *until) {
            return Err(PenaltyError::ClockRunning { clock, until });
        }
        if self.defence.hearing_asked && self.defence.hearing_held.is_none() {
            return Err(PenaltyError::HearingPending);
        }
        let notified = notice.sanction().cloned().unwrap_or_default();
        if let Some(part) = sanction.heavier_than(&notified) {
            let defended = self.defence.statements > 0 || self.defence.hearing_asked;
            return Err(PenaltyError::HeavierPenalty { part, defended });
        }
        Ok(())
    }

    pub(super) fn annul(
        &self,
        law: &PenaltyLaw,
        cx: &Context,
        paper: PaperId,
        way: Way,
    ) -> Decided {
        let (_, draft) = self.ready(cx, &paper, way)?;
        let (Sort::Annulment, Some(annuls)) = (draft.sort, &draft.annuls) else {
            return Err(PenaltyError::WrongStage { why: "NOT_AN_ANNULMENT" });
        };
        if !self.paper(annuls)?.stands() {
            return Err(PenaltyError::WrongStage { why: "NO_DECISION_IN_FORCE" });
        }
        // LAW: 行政处罚法 art. 48(2): what was made public is taken back within three working days.
        let public = self.published.contains_key(annuls);
        let withdraw_by = public.then(|| law.run(Kind::Withdrawal, cx.now.date())).transpose()?;
        let annulled =
            PenaltyEvent::Annulled { paper: annuls.clone(), by: paper.clone(), withdraw_by };
        Ok(vec![annulled, self.issued(paper, draft, way, cx.now)?])
    }

    pub(super) fn served(&self, law: &PenaltyLaw, paper: PaperId, service: Service) -> Decided {
        let known = self.paper(&paper)?;
        if known.issued.is_none() {
            return Err(PenaltyError::WrongStage { why: "NOT_ISSUED" });
        }
        if known.served.as_ref() == Some(&service) {
            return Ok(Vec::new());
        }
        let clocks = clocks_of(law, known, &service)?;
        let premature = match known.sort() {
            Some(Sort::Notice) => self.found_premature(&paper, &clocks),
            _ => None,
        };
        let round = known.rounds.saturating_add(1);
        let urged = clocks.iter().find(|run| run.kind == Kind::Demand).cloned();
        let mut events = vec![PenaltyEvent::Served { paper, service, clocks, round }];
        events.extend(urged.map(|until| PenaltyEvent::Urged { until }));
        events.extend(premature);
        Ok(events)
    }

    /// A decision that was made before the time to defend was over, as the day of service now stands.
    fn found_premature(&self, notice: &PaperId, clocks: &[Run]) -> Option<PenaltyEvent> {
        let (latest, _) = self.notice()?;
        let (paper, decision) = self.decision()?;
        let until = clocks
            .iter()
            .filter(|run| match run.kind {
                Kind::Defence => !self.defence.waived,
                Kind::HearingRequest => !self.defence.hearing_waived && !self.defence.hearing_asked,
                _ => false,
            })
            .map(|run| run.at)
            .max()?;
        let too_early = latest == notice
            && decision.premature.is_none()
            && decision.issued.is_some_and(|issued| issued < until);
        too_early.then(|| PenaltyEvent::FoundPremature { paper: paper.clone(), until })
    }

    /// LAW: 行政处罚法 art. 61(1) with 民事诉讼法 art. 95: announced where the party is not to be found or nothing else worked.
    pub(super) fn announce_service(
        &self,
        law: &PenaltyLaw,
        cx: &Context,
        paper: PaperId,
        notice: ServiceNotice,
    ) -> Decided {
        officer(cx)?;
        let filing = self.filed()?;
        let known = self.paper(&paper)?;
        let Some(sort) = known.sort().filter(|_| known.issued.is_some()) else {
            return Err(PenaltyError::WrongStage { why: "NOT_ISSUED" });
        };
        if known.served.is_some() || known.annulled_by.is_some() {
            return Err(PenaltyError::WrongStage { why: "SERVED" });
        }
        let ServiceNotice { name, number, why } = notice;
        let notice = ServiceNotice {
            name: text("name", name)?,
            number: text("number", number)?,
            why: text("why", why)?,
        };
        let clocks = law.clocks(cx.now.date())?;
        let row = clocks.row(Kind::Announcement)?;
        let times = known.announced.saturating_add(1);
        Ok(vec![PenaltyEvent::ServiceAnnounced {
            announcement: announcement_key(filing.no.as_str(), &paper, times),
            paper,
            sort,
            notice,
            issuer: filing.issuer.clone(),
            cause: filing.cause.clone(),
            term: row.term.clone(),
            source: row.source.clone(),
        }])
    }

    pub(super) fn unserved(&self, paper: PaperId) -> Decided {
        let known = self.paper(&paper)?;
        Ok(if known.served.is_some() {
            vec![PenaltyEvent::ServiceUndone { paper }]
        } else {
            Vec::new()
        })
    }
}

/// What runs from the service of a paper.
fn clocks_of(law: &PenaltyLaw, paper: &Paper, service: &Service) -> Result<Vec<Run>, PenaltyError> {
    let kinds: &[Kind] = match paper.sort() {
        Some(Sort::Notice) => &[Kind::Defence, Kind::HearingRequest],
        Some(Sort::Decision) => {
            let fined = paper.sanction().is_some_and(|sanction| sanction.fine_fen > 0);
            if fined { &[Kind::Pay, Kind::Review, Kind::Suit] } else { &[Kind::Review, Kind::Suit] }
        }
        Some(Sort::Demand) => &[Kind::Demand],
        Some(Sort::Hearing | Sort::Annulment) | None => &[],
    };
    kinds.iter().map(|kind| law.run(*kind, service.on)).collect()
}
