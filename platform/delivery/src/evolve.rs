//! State is events folded: what a notice has come to.

use crate::attempt::{Attempt, CounterProof, Outcome, When};
use crate::decide::Notice;
use crate::event::NoticeEvent;
use crate::model::{Channel, How, Proof, Publication, State};
use codes::Moment;

impl Notice {
    pub(crate) fn apply(&mut self, event: &NoticeEvent) {
        match event {
            NoticeEvent::Issued { order, numbering, informs, .. } => {
                self.party = Some(order.party.clone());
                self.informs = *informs;
                self.channels.clone_from(&order.channels);
                self.numbering.clone_from(numbering);
            }
            NoticeEvent::Numbered { number } => self.number = Some(number.clone()),
            NoticeEvent::Prepared { document, address, .. } => {
                self.document = Some(document.clone());
                self.address = address.clone();
            }
            NoticeEvent::Placed { .. }
            | NoticeEvent::MailOrdered { .. }
            | NoticeEvent::TextOrdered { .. }
            | NoticeEvent::PaperWanted
            | NoticeEvent::Posted { .. }
            | NoticeEvent::Published { .. } => self.climb(event),
            NoticeEvent::Sent { .. }
            | NoticeEvent::Submitted { .. }
            | NoticeEvent::Reported { .. }
            | NoticeEvent::SoftFailed { .. }
            | NoticeEvent::Bounced { .. } => self.answered(event),
            NoticeEvent::Read { login, at } => {
                self.read = Some(login.clone());
                let read = at.map(When::from);
                self.of(Channel::Inbox, |one| one.read = read);
            }
            NoticeEvent::Served { on, how, at } => self.serve(When { on: *on, at: *at }, how),
            NoticeEvent::ServiceRedated { on, at, how, .. } => {
                self.served = Some((When { on: *on, at: *at }, how.channel));
            }
            NoticeEvent::ServiceUndone { .. } => self.served = None,
            NoticeEvent::CounterProven { rung, arrived, evidence } => {
                let (rung, arrived, evidence) = (*rung, *arrived, evidence.clone());
                self.proofs.push(CounterProof { rung, arrived, evidence });
            }
            NoticeEvent::ProofOffered { no, rung, arrived, evidence } => {
                let offer =
                    CounterProof { rung: *rung, arrived: *arrived, evidence: evidence.clone() };
                self.offers.insert(*no, Some(offer));
            }
            NoticeEvent::ProofAdmitted { no } | NoticeEvent::ProofDismissed { no, .. } => {
                self.offers.insert(*no, None);
            }
            NoticeEvent::PublicationDropped { reason, .. } => {
                self.publication = None;
                let failed = Outcome::Failed(reason.clone());
                self.of(Channel::Announcement, |one| one.outcome = failed);
            }
            NoticeEvent::Opened { .. } => self.opened = true,
            NoticeEvent::Downloaded { .. } => self.downloaded = true,
            NoticeEvent::PaperAsked { .. } => self.paper_asked = true,
            NoticeEvent::CopyPosted { .. } => self.paper_asked = false,
            NoticeEvent::ReturnedLate { attempt, receipt, .. } => {
                if let Some(one) = self.ordered_mut(*attempt) {
                    one.receipts.push(receipt.clone());
                }
            }
        }
    }

    /// A channel is tried.
    fn climb(&mut self, event: &NoticeEvent) {
        match event {
            NoticeEvent::Placed { unread_until, address, at } => {
                let when = at.map(When::from);
                self.begin(Channel::Inbox, |one| {
                    (one.address, one.sent, one.arrived) = (*address, when, when);
                    (one.outcome, one.proof) = (Outcome::Arrived, Some(Proof::Arrived));
                });
                self.stepped(Channel::Inbox, *address);
                self.go(State::Waiting, Channel::Inbox, *unread_until);
            }
            NoticeEvent::MailOrdered { attempt, until, reference, address, .. } => {
                self.ordered(Channel::Email, *attempt, |one| {
                    one.address = *address;
                    one.reference.clone_from(reference);
                });
                self.stepped(Channel::Email, *address);
                (self.attempt, self.current) = (self.attempt.max(*attempt), *attempt);
                self.go(State::Mailing, Channel::Email, Some(*until));
            }
            NoticeEvent::TextOrdered {
                attempt, until, reference, address, reminder, at, ..
            } => {
                self.ordered(Channel::Sms, *attempt, |one| {
                    one.address = *address;
                    one.reference.clone_from(reference);
                    one.reminder = *reminder;
                    one.sent = Some((*at).into());
                });
                self.attempt = self.attempt.max(*attempt);
                if !reminder {
                    self.current = *attempt;
                    self.stepped(Channel::Sms, *address);
                    self.go(State::Texting, Channel::Sms, Some(*until));
                }
            }
            NoticeEvent::PaperWanted => {
                self.step = self.rungs().len();
                self.go(State::PaperWanted, Channel::Post, None);
            }
            NoticeEvent::Posted { item } => {
                self.begin(Channel::Post, |one| {
                    one.sent = Some(When::day(item.posted_on));
                    one.outcome = Outcome::Sent;
                    one.gateway_id.clone_from(&item.tracking_no);
                });
                self.posted = Some(item.clone());
                self.go(State::Posted, Channel::Post, None);
            }
            NoticeEvent::Published { announcement, published_on, deemed_on, source } => {
                self.begin(Channel::Announcement, |one| {
                    one.sent = Some(When::day(*published_on));
                    one.gateway_id.clone_from(announcement);
                });
                self.publication = Some(Publication {
                    announcement: announcement.clone(),
                    published_on: *published_on,
                    deemed_on: *deemed_on,
                    source: source.clone(),
                });
                self.go(State::Publishing, Channel::Announcement, None);
            }
            _ => {}
        }
    }

    /// A channel answered.
    fn answered(&mut self, event: &NoticeEvent) {
        match event {
            NoticeEvent::Sent { attempt, message_id, answer, at } => {
                let proof =
                    Proof::Mailed { message_id: message_id.clone(), answer: answer.clone() };
                self.retry = self.retry.filter(|(waiting, _)| waiting != attempt);
                if let Some(one) = self.ordered_mut(*attempt) {
                    one.sent = at.map(When::from);
                    one.outcome = Outcome::Sent;
                    one.gateway_id.clone_from(message_id);
                    one.proof = Some(proof);
                }
            }
            NoticeEvent::Submitted { attempt, gateway_id, .. } => {
                self.retry = self.retry.filter(|(waiting, _)| waiting != attempt);
                if let Some(one) = self.ordered_mut(*attempt) {
                    one.gateway_id.clone_from(gateway_id);
                    if one.outcome == Outcome::Pending {
                        one.outcome = Outcome::Sent;
                    }
                }
            }
            NoticeEvent::Reported {
                attempt,
                delivered,
                status,
                arrived_at,
                gateway_id,
                receipt,
            } => {
                let Some(one) = self.ordered_mut(*attempt) else { return };
                one.receipts.push(receipt.clone());
                if !*delivered {
                    one.outcome = Outcome::Failed(status.clone());
                    return;
                }
                one.outcome = Outcome::Arrived;
                if one.channel == Channel::Email {
                    // By default a mail arrived when our system showed it as sent.
                    one.arrived = one.sent.or(Some((*arrived_at).into()));
                } else {
                    one.arrived = Some((*arrived_at).into());
                    let (gateway_id, receipt) = (gateway_id.clone(), receipt.clone());
                    one.proof = Some(Proof::Delivered { gateway_id, receipt });
                }
            }
            NoticeEvent::SoftFailed { attempt, at, retry_at, .. } => {
                self.retry = retry_at.map(|retry_at| (*attempt, retry_at));
                if let Some(one) = self.ordered_mut(*attempt) {
                    one.soft_fails.push(*at);
                }
            }
            NoticeEvent::Bounced { channel, reason, attempt, receipt, .. } => {
                if *channel == Channel::Post {
                    self.posted = None;
                }
                let order = attempt.filter(|order| *order > 0);
                let at = match order {
                    Some(order) => self.attempts.iter().position(|one| one.order == order),
                    None => self
                        .attempts
                        .iter()
                        .rposition(|one| one.channel == *channel && !one.reminder),
                };
                if let Some(one) = at.and_then(|at| self.attempts.get_mut(at)) {
                    one.outcome = Outcome::Failed(reason.clone());
                    one.receipts.extend(receipt.clone());
                }
            }
            _ => {}
        }
    }

    /// Service is recorded. Of paper and of old events, this is where the attempt learns its day.
    fn serve(&mut self, when: When, how: &How) {
        self.of(how.channel, |one| match &how.proof {
            Proof::Read { .. } => one.read = one.read.or(Some(when)),
            proof => {
                // A mail of an event without an hour arrived on the day that was recorded.
                if one.arrived.is_none() && one.sent.is_none_or(|sent| sent.at.is_none()) {
                    one.arrived = Some(when);
                }
                if matches!(one.outcome, Outcome::Pending | Outcome::Sent)
                    && !matches!(proof, Proof::Mailed { .. })
                {
                    one.outcome = Outcome::Arrived;
                }
                if !matches!(proof, Proof::Proven { .. }) {
                    one.proof = Some(proof.clone());
                }
            }
        });
        if let Proof::Read { login } = &how.proof {
            self.read = Some(login.clone());
        }
        self.served = Some((when, how.channel));
        self.state = State::Served;
        self.until = None;
        self.retry = None;
    }

    fn go(&mut self, state: State, channel: Channel, until: Option<Moment>) {
        self.state = state;
        self.channel = Some(channel);
        self.until = until;
        self.retry = None;
    }

    fn stepped(&mut self, channel: Channel, address: Option<u32>) {
        let rungs = self.rungs();
        let ahead = rungs.iter().enumerate().skip(self.step);
        let mut fits = ahead.filter(|(_, rung)| rung.channel == channel && rung.address == address);
        if let Some((at, _)) = fits.next() {
            self.step = at + 1;
        }
    }

    /// A new attempt by a channel.
    fn begin(&mut self, channel: Channel, change: impl FnOnce(&mut Attempt)) {
        let rung = u32::try_from(self.attempts.len()).unwrap_or(u32::MAX).saturating_add(1);
        let mut attempt = Attempt::new(rung, channel);
        change(&mut attempt);
        self.attempts.push(attempt);
    }

    /// The order of an attempt; the same order again is a retry of the same attempt.
    fn ordered(&mut self, channel: Channel, order: u32, change: impl FnOnce(&mut Attempt)) {
        if self.ordered_mut(order).is_none() {
            self.begin(channel, |one| {
                one.order = order;
                change(one);
            });
        }
    }

    fn ordered_mut(&mut self, order: u32) -> Option<&mut Attempt> {
        self.attempts.iter_mut().find(|one| one.order == order && order > 0)
    }

    /// Changes the latest attempt of a channel that has not failed, or a new one.
    fn of(&mut self, channel: Channel, change: impl FnOnce(&mut Attempt)) {
        let good = |one: &Attempt| {
            one.channel == channel && !one.reminder && !matches!(one.outcome, Outcome::Failed(_))
        };
        let at = self.attempts.iter().rposition(good);
        match at.and_then(|at| self.attempts.get_mut(at)) {
            Some(one) => change(one),
            None => self.begin(channel, change),
        }
    }
}
