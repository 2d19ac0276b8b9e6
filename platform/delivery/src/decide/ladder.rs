//! The ladder of a notice: what each channel's answer leads to, and what service follows from it.

use super::notice::{Notice, Rules};
use super::text;
use crate::DeliveryError;
use crate::attempt::{Attempt, Ground, Outcome, Served, When};
use crate::confirmation::AddressKind;
use crate::event::NoticeEvent;
use crate::model::{AddressOfService, Channel, Document, How, Kept, Proof, State, days_after};
use codes::Moment;
use documents::TextDigest;
use kernel::{Actor, Context, derive_id};

/// What is decided so far: the notice as it stands after the events that are to be.
pub(crate) struct Course<'a> {
    rules: &'a Rules,
    pub(crate) cx: &'a Context,
    pub(crate) notice: Notice,
    events: Vec<NoticeEvent>,
}

impl<'a> Course<'a> {
    pub(crate) fn new(notice: &Notice, rules: &'a Rules, cx: &'a Context) -> Self {
        Self { rules, cx, notice: notice.clone(), events: Vec::new() }
    }

    pub(crate) fn push(&mut self, event: NoticeEvent) {
        self.notice.apply(&event);
        self.events.push(event);
    }

    pub(crate) fn done(self) -> Vec<NoticeEvent> {
        self.events
    }

    pub(crate) fn prepare(&mut self, document: Document, token: String, address: AddressOfService) {
        if self.notice.document.is_some() {
            return;
        }
        self.push(NoticeEvent::Prepared { document, token, address });
        self.carry();
        self.remind();
        self.settle("");
    }

    /// The party reads it: that is a receipt, and service where there was none yet.
    pub(crate) fn read(&mut self) -> Result<(), DeliveryError> {
        let login = self.partys_login()?;
        if self.notice.read.is_none() {
            self.push(NoticeEvent::Read { login, at: Some(self.cx.now) });
            self.settle("");
        }
        Ok(())
    }

    pub(crate) fn opened(&mut self) -> Result<(), DeliveryError> {
        self.partys_login()?;
        if !self.notice.opened {
            self.push(NoticeEvent::Opened { at: self.cx.now });
        }
        Ok(())
    }

    pub(crate) fn downloaded(&mut self) -> Result<(), DeliveryError> {
        self.partys_login()?;
        if !self.notice.downloaded {
            self.push(NoticeEvent::Downloaded { at: self.cx.now });
        }
        Ok(())
    }

    pub(crate) fn ask_paper(&mut self) -> Result<(), DeliveryError> {
        self.partys_login()?;
        if !self.notice.paper_asked {
            self.push(NoticeEvent::PaperAsked { at: self.cx.now });
        }
        Ok(())
    }

    fn partys_login(&self) -> Result<String, DeliveryError> {
        self.document()?;
        match &self.cx.actor {
            Actor::Party { login, .. } if self.notice.is_party(&self.cx.actor) => Ok(login.clone()),
            _ => Err(DeliveryError::NotTheRecipient),
        }
    }

    pub(crate) fn document(&self) -> Result<TextDigest, DeliveryError> {
        let document = self.notice.document.as_ref().ok_or(DeliveryError::NotPrepared)?;
        Ok(document.digest)
    }

    /// The attempt of an order to a mailer or gateway.
    fn ordered(&self, attempt: u32) -> Result<&Attempt, DeliveryError> {
        let known = self.notice.attempts.iter().find(|one| one.order == attempt && attempt > 0);
        known.ok_or(DeliveryError::NotPrepared)
    }

    pub(crate) fn sent(
        &mut self,
        attempt: u32,
        message_id: String,
        answer: String,
    ) -> Result<(), DeliveryError> {
        self.document()?;
        if self.ordered(attempt)?.outcome != Outcome::Pending {
            return Ok(());
        }
        self.push(NoticeEvent::Sent { attempt, message_id, answer, at: Some(self.cx.now) });
        // LAW: 民事诉讼法 art. 90(2): the day on which it reaches the addressee's system is the day of service.
        self.settle("");
        Ok(())
    }

    pub(crate) fn submitted(
        &mut self,
        attempt: u32,
        gateway_id: String,
        answer: String,
    ) -> Result<(), DeliveryError> {
        // A report may have come before the answer of the gateway, or the errand may have run twice.
        if self.ordered(attempt)?.gateway_id.is_empty() {
            self.push(NoticeEvent::Submitted { attempt, gateway_id, answer, at: self.cx.now });
        }
        Ok(())
    }

    pub(crate) fn reported(
        &mut self,
        attempt: u32,
        delivered: bool,
        status: &str,
        (arrived_at, gateway_id): (Moment, String),
        receipt: Kept,
    ) -> Result<(), DeliveryError> {
        let known = self.ordered(attempt)?;
        let again = match &known.outcome {
            Outcome::Arrived => true,
            // A phone that was off may still be reached after all.
            Outcome::Failed(_) => !delivered,
            Outcome::Pending | Outcome::Sent => false,
        };
        if again {
            return Ok(());
        }
        // A gateway's clock never dates anything before the order or after the report.
        let ordered_at = known.sent.and_then(|sent| sent.at).unwrap_or(arrived_at);
        let arrived_at = arrived_at.max(ordered_at).min(self.cx.now);
        let status = status.chars().take(40).collect();
        self.push(NoticeEvent::Reported {
            attempt,
            delivered,
            status,
            arrived_at,
            gateway_id,
            receipt,
        });
        if !delivered {
            self.give_way(attempt);
        }
        self.settle("未能送达");
        Ok(())
    }

    /// The first soft failure waits and is tried again; one that comes long enough after the first is a failure.
    pub(crate) fn soft_failed(&mut self, attempt: u32, reason: &str) -> Result<(), DeliveryError> {
        let reason = text("reason", reason)?;
        let known = self.ordered(attempt)?;
        if known.outcome != Outcome::Pending {
            return Ok(());
        }
        let (now, channel, reminder) = (self.cx.now, known.channel, known.reminder);
        let gap = i64::from(self.rules.patience.soft_gap_minutes) * 60;
        let first = known.soft_fails.first().copied();
        let too_many = first.is_some_and(|first| first.plus_seconds(gap) <= now);
        // A reminder that could not be sent is let go.
        let retry_at = (!too_many && !reminder).then(|| first.unwrap_or(now).plus_seconds(gap));
        self.push(NoticeEvent::SoftFailed { attempt, reason: reason.clone(), at: now, retry_at });
        if too_many && !reminder {
            self.fail(channel, Some(attempt), reason, None);
        }
        Ok(())
    }

    pub(crate) fn retry(&mut self, attempt: u32) {
        let due =
            self.notice.retry.is_some_and(|(waiting, at)| waiting == attempt && at <= self.cx.now);
        let again = self
            .ordered(attempt)
            .ok()
            .filter(|known| due && known.outcome == Outcome::Pending)
            .map(|known| (known.channel, known.address, known.reference.clone()));
        let Some((channel, address, reference)) = again else { return };
        let rung =
            self.notice.rungs().into_iter().find(|rung| {
                rung.channel == channel && rung.address == address && rung.to.is_some()
            });
        if let Some(to) = rung.and_then(|rung| rung.to) {
            self.order(channel, attempt, address, to, reference);
        }
    }

    /// A mail that came back: within the time of the rule it undoes service, later it is recorded.
    pub(crate) fn returned(
        &mut self,
        attempt: u32,
        reason: &str,
        receipt: Kept,
    ) -> Result<(), DeliveryError> {
        let reason: String = text("reason", &reason.chars().take(200).collect::<String>())?;
        let known = self.ordered(attempt)?;
        if matches!(known.outcome, Outcome::Failed(_)) {
            return Ok(());
        }
        let limit = i64::from(self.rules.patience.bounce_hours) * 3600;
        let sent = known.sent.and_then(|sent| sent.at);
        let late = sent.is_some_and(|sent| sent.plus_seconds(limit) < self.cx.now);
        if late {
            let at = self.cx.now;
            self.push(NoticeEvent::ReturnedLate { attempt, reason, receipt, at });
            return Ok(());
        }
        self.fail(Channel::Email, Some(attempt), reason, Some(receipt));
        Ok(())
    }

    pub(crate) fn bounced(
        &mut self,
        channel: Channel,
        attempt: Option<u32>,
        reason: &str,
    ) -> Result<(), DeliveryError> {
        let reason = text("reason", reason)?;
        match channel {
            Channel::Email | Channel::Sms if self.notice.attempt == 0 => {
                return Err(DeliveryError::NotPrepared);
            }
            Channel::Email | Channel::Sms => {}
            Channel::Post if self.notice.posted.is_some() => {}
            _ => return Err(DeliveryError::NothingPosted),
        }
        self.fail(channel, attempt, reason, None);
        Ok(())
    }

    fn fail(
        &mut self,
        channel: Channel,
        attempt: Option<u32>,
        reason: String,
        receipt: Option<Kept>,
    ) {
        let at = Some(self.cx.now);
        let running = self.notice.served.is_none()
            && self.notice.channel == Some(channel)
            && attempt.is_none_or(|attempt| attempt == self.notice.current);
        let told = reason.clone();
        self.push(NoticeEvent::Bounced { channel, reason, attempt, receipt, at });
        if running {
            self.carry();
        }
        self.settle(&told);
    }

    /// An attempt came to nothing: if the ladder still waits for it, it goes on.
    fn give_way(&mut self, attempt: u32) {
        let waits = matches!(self.notice.state, State::Texting | State::Mailing);
        if self.notice.served.is_none() && waits && self.notice.current == attempt {
            self.carry();
        }
    }

    pub(crate) fn fall_back(&mut self, channel: Channel, attempt: u32) {
        let stands = self.notice.channel == Some(channel)
            && self.notice.current == attempt
            && self.notice.until.is_some();
        if stands {
            self.carry();
            self.settle("");
        }
    }

    /// Gives it to the next channel that can carry it; paper carries everything.
    pub(crate) fn carry(&mut self) {
        let now = self.cx.now;
        if self.notice.informs {
            let (unread_until, address, at) = (None, None, Some(now));
            return self.push(NoticeEvent::Placed { unread_until, address, at });
        }
        let rungs = self.notice.rungs();
        for rung in rungs.into_iter().skip(self.notice.step) {
            match (rung.channel, rung.to) {
                (Channel::Inbox, _) => {
                    // LAW: 民事诉讼法 art. 90: with consent, arrival in the addressee's system is service.
                    let unread_until =
                        (!rung.consented).then(|| days_after(now, self.rules.patience.unread_days));
                    let (address, at) = (rung.address, Some(now));
                    self.push(NoticeEvent::Placed { unread_until, address, at });
                    return;
                }
                (channel @ (Channel::Email | Channel::Sms), Some(to)) => {
                    let attempt = self.notice.attempt + 1;
                    self.order(channel, attempt, rung.address, to, self.reference(attempt));
                    return;
                }
                (Channel::Email | Channel::Sms, None) => {}
                (Channel::Post | Channel::Hand | Channel::Left | Channel::Announcement, _) => break,
            }
        }
        self.push(NoticeEvent::PaperWanted);
    }

    fn order(
        &mut self,
        channel: Channel,
        attempt: u32,
        address: Option<u32>,
        to: Kept,
        reference: String,
    ) {
        let now = self.cx.now;
        let patience = &self.rules.patience;
        let event = if channel == Channel::Sms {
            let until = now.plus_seconds(i64::from(patience.sms_hours) * 3600);
            let reminder = false;
            NoticeEvent::TextOrdered { attempt, to, until, reference, address, reminder, at: now }
        } else {
            let until = days_after(now, patience.mail_days);
            NoticeEvent::MailOrdered { attempt, to, until, reference, address, at: Some(now) }
        };
        self.push(event);
    }

    /// A text message that reminds beside the ladder, where a number is confirmed and the ladder begins elsewhere.
    fn remind(&mut self) {
        let confirmed = &self.notice.address.confirmed;
        let mobile = confirmed.iter().find(|address| address.kind == AddressKind::Mobile).cloned();
        let Some(mobile) = mobile.filter(|_| self.notice.state != State::Texting) else { return };
        let (attempt, at) = (self.notice.attempt + 1, self.cx.now);
        self.push(NoticeEvent::TextOrdered {
            attempt,
            to: mobile.value,
            until: at,
            reference: self.reference(attempt),
            address: Some(mobile.no),
            reminder: true,
            at,
        });
    }

    /// What reports call an attempt: it follows from a secret, so that nobody forges a bounce.
    fn reference(&self, attempt: u32) -> String {
        let digest = self.notice.document.as_ref().map(|document| document.digest.to_string());
        let party = self.notice.party.as_ref().map_or("", |party| party.as_str());
        let number = self.notice.number.as_deref().unwrap_or_default();
        let bits = derive_id(&[
            b"delivery.reference",
            &self.rules.secret,
            self.cx.command.bytes(),
            digest.unwrap_or_default().as_bytes(),
            party.as_bytes(),
            number.as_bytes(),
            &attempt.to_be_bytes(),
        ]);
        seals::hex(&bits)
    }

    /// Makes the record of service what the law makes of the facts.
    pub(crate) fn settle(&mut self, reason: &str) {
        let Ok(digest) = self.document() else { return };
        match (self.notice.served, self.notice.by_law()) {
            (None, Some(served)) => {
                let how = self.how(&served, digest);
                let When { on, at } = served.when;
                self.push(NoticeEvent::Served { on, how, at });
            }
            (Some((_, channel)), None) => {
                self.push(NoticeEvent::ServiceUndone { channel, reason: reason.to_owned() });
                self.carry();
                // The next channel may serve at once.
                if self.notice.by_law().is_some() {
                    self.settle(reason);
                }
            }
            (Some((was, channel)), Some(served))
                if was != served.when || channel != served.channel =>
            {
                let how = self.how(&served, digest);
                let When { on, at } = served.when;
                self.push(NoticeEvent::ServiceRedated { on, at, how, was: was.on });
            }
            _ => {}
        }
    }

    fn how(&self, served: &Served, digest: TextDigest) -> How {
        let notice = &self.notice;
        let attempt = notice.attempts.iter().find(|one| one.rung == served.rung);
        let recorded = attempt.and_then(|attempt| attempt.proof.clone());
        let proof = match served.ground {
            Ground::Read => Proof::Read { login: notice.read.clone().unwrap_or_default() },
            Ground::Proven => notice
                .proofs
                .iter()
                .rfind(|proof| proof.rung == served.rung)
                .map_or(Proof::Arrived, |proof| Proof::Proven { evidence: proof.evidence.clone() }),
            Ground::Arrival | Ground::Receipt | Ground::Left | Ground::Deemed => {
                recorded.unwrap_or(Proof::Arrived)
            }
        };
        How { channel: served.channel, proof, digest }
    }
}
