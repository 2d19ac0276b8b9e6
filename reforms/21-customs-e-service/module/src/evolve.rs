//! Events folded into states; total, refusing nothing.

use crate::decide::{Defence, Paper, Penalty, Preservation, Publication};
use crate::event::PenaltyEvent as E;
use crate::model::{Consent, Hands, PaperId, Proceeding, Sort};

/// The part of an event that tells of the case as a whole; the rest is told of its papers.
pub(crate) fn penalty(case: &mut Penalty, event: &E) {
    match event {
        E::Filed { filing, decide_by, on_the_spot } => {
            case.filing = Some(filing.clone());
            case.decide_by = Some(decide_by.clone());
            case.on_the_spot.clone_from(on_the_spot);
        }
        E::CaptureStarted { round, .. } => {
            case.captures = *round;
            case.consent = Consent::Asked;
        }
        E::ConsentTurned { consent } => case.consent = *consent,
        E::InquiryClosed => case.inquiry_closed = true,
        E::DefenceStated { answers: None, .. } => {
            case.defence.statements = case.defence.statements.saturating_add(1);
        }
        E::DefenceWaived { defence, hearing } => {
            case.defence.waived |= defence;
            case.defence.hearing_waived |= hearing;
        }
        E::HearingAsked => case.defence.hearing_asked = true,
        E::HearingHeld { on } => case.defence.hearing_held = Some(*on),
        E::DefenceClosed { .. } => case.defence.closed = true,
        E::Paid { amount_fen, reference, left_fen, .. } => {
            case.paid_fen = case.paid_fen.saturating_add(*amount_fen);
            case.references.insert(reference.clone());
            case.settled = *left_fen <= 0;
        }
        E::PaymentOverdue => case.overdue = true,
        E::Urged { until } => case.urged = Some(until.clone()),
        E::RedressFiled { redress, on, .. } => case.proceedings.push(Proceeding {
            redress: *redress,
            from: *on,
            to: None,
            result: None,
        }),
        E::RedressEnded { redress, on, result } => {
            let open = case.proceedings.iter_mut().filter(|p| p.to.is_none());
            for proceeding in open.filter(|p| p.redress == *redress) {
                proceeding.to = Some(*on);
                proceeding.result = Some(*result);
            }
        }
        E::RedressOver { .. } => case.redress_over = true,
        E::Extended { decide_by, .. } => {
            case.decide_by = Some(decide_by.clone());
            case.extended = true;
            case.decision_overdue = false;
        }
        E::DecisionOverdue => case.decision_overdue = true,
        E::Closed { ending, .. } => case.closed = Some(*ending),
        E::Published { .. } | E::CopyWithdrawn { .. } | E::WithdrawalOverdue { .. } => {
            published(case, event);
        }
        E::AddressChanged { .. } => {}
        of_paper => papers(case, of_paper),
    }
}

fn published(case: &mut Penalty, event: &E) {
    match event {
        E::Published { paper, to, .. } => {
            let copy = Publication { to: to.iter().cloned().collect(), ..Publication::default() };
            case.published.insert(paper.clone(), copy);
        }
        E::CopyWithdrawn { paper, recipient } => {
            if let Some(copy) = case.published.get_mut(paper) {
                copy.withdrawn.insert(recipient.clone());
            }
        }
        E::WithdrawalOverdue { paper } => {
            if let Some(copy) = case.published.get_mut(paper) {
                copy.overdue = true;
            }
        }
        _ => {}
    }
}

fn papers(case: &mut Penalty, event: &E) {
    match event {
        E::Drafted { paper, draft, by } => {
            if !case.papers.contains_key(paper) {
                case.order.push(paper.clone());
            }
            let hands = Hands { officers: [by.clone()].into_iter().collect(), reviewer: None };
            let drafted = Paper { draft: Some((**draft).clone()), hands, ..Paper::default() };
            case.papers.insert(paper.clone(), drafted);
        }
        E::Cosigned { paper, by } => with(case, paper, |p| {
            p.hands.officers.insert(by.clone());
        }),
        E::Reviewed { paper, by } => with(case, paper, |p| p.hands.reviewer = Some(by.clone())),
        E::Returned { paper, .. } => with(case, paper, |p| p.hands.reviewer = None),
        E::Issued { paper, sort, way, at, .. } => {
            with(case, paper, |p| (p.issued, p.way) = (Some(*at), *way));
            if *sort == Sort::Notice {
                // A new notice opens the defence anew.
                case.defence = Defence::default();
            }
        }
        E::Served { paper, service, clocks, round } => {
            with(case, paper, |p| {
                p.served = Some(service.clone());
                p.rounds = *round;
                p.clocks.clone_from(clocks);
            });
            if case.notice().is_some_and(|(latest, _)| latest == paper) {
                case.defence.closed = false;
            }
        }
        E::ServiceUndone { paper } => with(case, paper, |p| {
            p.served = None;
            p.clocks.clear();
        }),
        E::FoundPremature { paper, until } => with(case, paper, |p| p.premature = Some(*until)),
        E::PaperAsked { paper } => with(case, paper, |p| p.wanted_on_paper = true),
        E::PaperSent { paper, .. } => with(case, paper, |p| p.wanted_on_paper = false),
        E::Annulled { paper, by, withdraw_by } => {
            with(case, paper, |p| p.annulled_by = Some(by.clone()));
            if let Some(copy) = case.published.get_mut(paper) {
                copy.withdraw_by.clone_from(withdraw_by);
            }
            // What was paid for a decision that fell is paid back; the next one begins anew.
            (case.paid_fen, case.settled, case.overdue) = (0, false, false);
            (case.urged, case.redress_over) = (None, false);
            case.proceedings.retain(|proceeding| proceeding.to.is_none());
        }
        E::DefenceStated { answers: Some(paper), .. } => {
            with(case, paper, |p| p.statements = p.statements.saturating_add(1));
        }
        E::ServiceAnnounced { paper, .. } => {
            with(case, paper, |p| p.announced = p.announced.saturating_add(1));
        }
        E::Proven { paper, number } => with(case, paper, |p| p.proof = Some(number.clone())),
        E::PreservationAsked { paper, package, root, kept } => {
            let (package, root, kept) = (package.clone(), root.clone(), kept.clone());
            with(case, paper, |p| p.preservation = Some(Preservation { package, root, kept }));
        }
        E::Preserved { package, certificate } => {
            let asked = |p: &&mut Paper| {
                p.preservation.as_ref().is_some_and(|asked| asked.package == *package)
            };
            if let Some(paper) = case.papers.values_mut().find(asked) {
                paper.certificate = Some(certificate.clone());
            }
        }
        _ => {}
    }
}

fn with(case: &mut Penalty, paper: &PaperId, change: impl FnOnce(&mut Paper)) {
    if let Some(paper) = case.papers.get_mut(paper) {
        change(paper);
    }
}
