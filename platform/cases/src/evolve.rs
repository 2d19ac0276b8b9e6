//! Folds events into a case. Total: looks at nothing but the event.

use crate::event::{CaseEvent, Closing, Running};
use crate::model::{Case, CaseState, Document, OpenDuty, Supplement, Task, TaskState};
use std::sync::Arc;

impl Case {
    /// Folds one event.
    #[expect(
        clippy::too_many_lines,
        reason = "one arm an event; splitting it would hide that it is total"
    )]
    pub(crate) fn fold(&mut self, event: &CaseEvent) {
        use CaseEvent as E;
        match event {
            E::CaseOpened { no, applicant, plan } => {
                self.no = no.clone();
                self.state = CaseState::Draft;
                self.applicant = Some(applicant.clone());
                self.tasks = plan.tasks.iter().map(|t| (t.name.clone(), Task::default())).collect();
                self.plan = Some(Arc::new((**plan).clone()));
            }
            E::AnswersSaved { sealed, digest, title, diff: _ } => {
                self.sealed.clone_from(sealed);
                self.answers.clone_from(digest);
                self.title.clone_from(title);
            }
            E::MaterialAttached { slot, blob } => {
                self.materials.insert(slot.clone(), blob.clone());
            }
            E::MaterialConfirmed { slot, by: _ } => {
                self.confirmed.insert(slot.clone());
            }
            E::NameReserved { until, claim, name: _ } => {
                self.name_until = Some(*until);
                self.name_claim = Some(claim.clone());
            }
            E::NameLost => {
                self.name_until = None;
                self.name_claim = None;
            }
            E::DocumentGenerated { document, sha256, signers } => {
                self.documents.insert(
                    document.clone(),
                    Document {
                        sha256: sha256.clone(),
                        signers: signers.iter().cloned().collect(),
                        signed: std::collections::BTreeMap::new(),
                    },
                );
            }
            E::SignerInvited { signer, token } => {
                self.state = CaseState::Signing;
                self.invited.insert(signer.clone(), token.clone());
            }
            E::DocumentSigned { document, signer, sha256: _ } => {
                if let Some(document) = self.documents.get_mut(document) {
                    // The instant of signing is the event's own; the fold needs only that it happened.
                    document.signed.insert(signer.clone(), codes::Moment::default());
                }
            }
            E::Submitted { on, inputs, latest_contribution } => {
                self.latest_contribution = *latest_contribution;
                self.state = CaseState::Submitted;
                self.submitted = Some(*on);
                self.inputs.clone_from(inputs);
            }
            E::RulesApplied { tasks, on: _ } => {
                if let Some(plan) = &mut self.plan {
                    let plan = Arc::make_mut(plan);
                    tasks.iter().for_each(|(name, applied)| applied.lay_over(plan, name));
                }
            }
            E::TaskReady { task, on, silence } => self.task(task, |t| {
                t.state = TaskState::Ready;
                t.received = Some(*on);
                t.silence = Some(*silence);
            }),
            E::SupplementAsked { task, items, on, until, of: _ } => self.task(task, |t| {
                t.wanted = Some(Supplement { items: items.clone(), on: *on, until: *until });
                t.silence = None;
                t.asked += 1;
            }),
            E::SupplementGiven { task, on, silence, inputs, on_sand: _ } => {
                self.inputs.extend(inputs.clone());
                self.task(task, |t| {
                    t.wanted = None;
                    t.received = Some(*on);
                    t.silence = Some(*silence);
                });
            }
            E::Accepted { task, date, promise, due, joint, .. } => {
                self.state = CaseState::Running;
                if let Some(joint) = joint {
                    self.joint = Some(*joint);
                    self.joint_from = Some(*date);
                }
                self.task(task, |t| {
                    t.state = TaskState::Working;
                    t.accepted = Some(*date);
                    t.promise = *promise;
                    t.due = Some(*due);
                    t.silence = None;
                    t.wanted = None;
                });
            }
            E::AcceptanceRefused { task, .. } | E::Refused { task, .. } => self.task(task, |t| {
                t.state = TaskState::Refused;
                t.wanted = None;
            }),
            E::VisitOrdered { task, on } => self.task(task, |t| {
                t.state = TaskState::Visiting;
                t.visit = Some(*on);
            }),
            E::VisitRecorded { task, on, passed, findings: _ } => self.task(task, |t| {
                t.state = TaskState::Working;
                // What was not passed is no visit that could count later.
                t.visit = passed.then_some(*on);
            }),
            E::VisitCounted { task, on, of: _ } => self.task(task, |t| t.visit = Some(*on)),
            E::ClockStopped { task, stop, due, days: _ } => self.task(task, |t| {
                t.stops.push(stop.clone());
                t.due = Some(*due);
            }),
            E::ClockResumed { task, to, due } => self.task(task, |t| {
                if let Some(stop) = t.stops.last_mut() {
                    stop.to = *to;
                }
                t.due = Some(*due);
            }),
            E::DeadlineExtended { task: Some(task), due, .. } => self.task(task, |t| {
                t.extended = true;
                t.due = Some(*due);
            }),
            E::DeadlineExtended { task: None, due, .. } => {
                self.joint_extended = true;
                self.joint = Some(*due);
            }
            E::DeadlineRecomputed { task: Some(task), promise, due } => self.task(task, |t| {
                t.promise = *promise;
                t.due = Some(*due);
            }),
            E::DeadlineRecomputed { task: None, due, .. } => self.joint = Some(*due),
            E::TermRecomputed { of: Running::Silence(task), due } => self.task(task, |t| {
                t.silence = Some(*due);
            }),
            E::TermRecomputed { of: Running::Answer(task), due } => self.task(task, |t| {
                if let Some(wanted) = &mut t.wanted {
                    wanted.until = Some(*due);
                }
            }),
            E::TermRecomputed { of: Running::Duty(duty), due } => {
                if let Some(duty) = self.duties.get_mut(duty) {
                    duty.due = *due;
                }
            }
            E::OutcomeReady { task, rests_on, given } => {
                let next = match self.plan.as_ref().map(|p| p.delivery) {
                    Some(catalogue::definition::DeliveryPolicy::Together)
                        if self.needs_stand(task) =>
                    {
                        TaskState::ReadyToServe
                    }
                    _ => TaskState::ReadyToIssue,
                };
                self.task(task, |t| {
                    t.state = next;
                    t.rests_on = Some(rests_on.clone());
                    t.given.clone_from(given);
                });
            }
            E::Granted { task, rests_on, given, .. } => self.task(task, |t| {
                t.state = TaskState::Granted;
                t.rests_on = Some(rests_on.clone());
                t.given.clone_from(given);
            }),
            E::Established { uscc, date, .. } => {
                self.established = Some((uscc.clone(), *date));
                self.values.insert("uscc".to_owned(), uscc.clone());
                self.values.insert("establishment_date".to_owned(), date.to_string());
            }
            E::ValueGiven { element, value, task: _ } => {
                self.values.insert(element.clone(), value.clone());
            }
            E::LicenceIssued { task, .. } => self.task(task, |t| t.delivered = true),
            E::Served { task, notice, on } => self.task(task, |t| {
                t.delivered = true;
                t.served = Some((notice.clone(), *on));
            }),
            E::ServiceUndone { task, is_outcome: true, .. } => {
                self.task(task, |t| t.delivered = false);
            }
            E::ServiceUndone { is_outcome: false, .. } => {}
            E::TaskDropped { task, why: _ } => self.task(task, |t| {
                if t.state == TaskState::Visiting {
                    // It was ordered and not made.
                    t.visit = None;
                }
                t.state = TaskState::Dropped;
                t.wanted = None;
            }),
            E::Breach { task: Some(task), line, .. } => self.task(task, |t| {
                t.breached.insert(*line);
            }),
            E::Breach { task: None, .. } => self.joint_breached = true,
            E::DutyOpened { duty, since, due } => {
                let open = OpenDuty { since: *since, due: *due, done: false };
                self.duties.insert(duty.clone(), open);
            }
            E::DutyDone { duty } => {
                if let Some(duty) = self.duties.get_mut(duty) {
                    duty.done = true;
                }
            }
            E::Withdrawn { .. } => self.state = CaseState::Withdrawn,
            E::CaseClosed { how: Closing::Closed, .. } => self.state = CaseState::Closed,
            E::CaseClosed { how: Closing::Ended, .. } => self.state = CaseState::Ended,
            E::Reminded { .. }
            | E::Escalated { .. }
            | E::Objected { .. }
            | E::PremisesNamed { .. }
            | E::VisitTold { .. }
            | E::PersonRead { .. }
            | E::ReadDenied { .. } => {}
        }
    }

    fn task(&mut self, name: &str, change: impl FnOnce(&mut Task)) {
        if let Some(task) = self.tasks.get_mut(name) {
            change(task);
        }
    }

    /// Whether everything that a task needs to issue stands.
    pub(crate) fn needs_stand(&self, name: &str) -> bool {
        self.plan
            .as_ref()
            .and_then(|plan| plan.task(name))
            .is_some_and(|task| task.issue.iter().all(|need| self.stands(need)))
    }
}
