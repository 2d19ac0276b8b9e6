//! The rungs of a ladder that officers climb: post, by hand, left behind, public notice; and what the party proves.

use super::ladder::Course;
use super::text;
use crate::DeliveryError;
use crate::attempt::{CounterProof, When, deemed_on, deemed_row};
use crate::event::NoticeEvent;
use crate::model::{Channel, How, Kept, PostedItem, Proof, Receiver};
use codes::{Date, Moment};

impl Course<'_> {
    pub(crate) fn post(&mut self, item: &PostedItem) -> Result<(), DeliveryError> {
        self.document()?;
        // Paper that the party asked for beside electronic service changes nothing of it.
        let copy = self.notice.served.is_some() && self.notice.paper_asked;
        if !copy {
            self.unserved()?;
        }
        let item = PostedItem {
            carrier: text("carrier", &item.carrier)?,
            tracking_no: text("tracking_no", &item.tracking_no)?,
            posted_on: item.posted_on,
        };
        // A posting may be entered later, not beforehand.
        between(item.posted_on, item.posted_on, self.cx.now.date())?;
        self.push(if copy {
            NoticeEvent::CopyPosted { item }
        } else {
            NoticeEvent::Posted { item }
        });
        Ok(())
    }

    pub(crate) fn receipt(
        &mut self,
        channel: Channel,
        on: Date,
        by: Receiver,
    ) -> Result<(), DeliveryError> {
        self.unserved()?;
        let today = self.cx.now.date();
        let tracking_no = match (channel, &self.notice.posted) {
            (Channel::Post, Some(item)) => {
                between(on, item.posted_on, today)?;
                Some(item.tracking_no.clone())
            }
            (Channel::Hand, _) => {
                between(on, on, today)?;
                None
            }
            _ => return Err(DeliveryError::NothingPosted),
        };
        // LAW: 民事诉讼法 art. 87, 91: the day on the receipt is the day of service.
        self.serve_on(on, channel, Proof::Signed { by, tracking_no })
    }

    pub(crate) fn left(
        &mut self,
        on: Date,
        video: Kept,
        witnesses: &str,
    ) -> Result<(), DeliveryError> {
        self.unserved()?;
        between(on, on, self.cx.now.date())?;
        let witnesses = text("witnesses", witnesses)?;
        // LAW: 民事诉讼法 art. 89: left at the residence, with witnesses or recorded by video, it counts as served.
        self.serve_on(on, Channel::Left, Proof::Left { video, witnesses })
    }

    pub(crate) fn publish(
        &mut self,
        announcement: String,
        published_on: Date,
    ) -> Result<(), DeliveryError> {
        self.unserved()?;
        let deemed_on = deemed_on(published_on)?;
        let source = deemed_row(published_on).map(|row| row.source.clone()).unwrap_or_default();
        let event = NoticeEvent::Published { announcement, published_on, deemed_on, source };
        self.push(event);
        Ok(())
    }

    pub(crate) fn drop_publication(&mut self, announcement: String, reason: String) {
        let runs = self.notice.served.is_none()
            && self.notice.publication.as_ref().is_some_and(|one| one.announcement == announcement);
        if runs {
            self.push(NoticeEvent::PublicationDropped { announcement, reason });
            self.push(NoticeEvent::PaperWanted);
        }
    }

    pub(crate) fn deem(&mut self) {
        let due = self
            .notice
            .publication
            .clone()
            .filter(|one| Moment::end_of(one.deemed_on) <= self.cx.now);
        if let (Some(publication), None) = (due, self.notice.served) {
            let proof = Proof::Published {
                announcement: publication.announcement,
                published_on: publication.published_on,
                source: publication.source,
            };
            // The document is there, or nothing could have been announced.
            let _served = self.serve_on(publication.deemed_on, Channel::Announcement, proof);
        }
    }

    fn serve_on(&mut self, on: Date, channel: Channel, proof: Proof) -> Result<(), DeliveryError> {
        let how = How { channel, proof, digest: self.document()? };
        self.push(NoticeEvent::Served { on, how, at: None });
        Ok(())
    }

    pub(crate) fn counter_prove(
        &mut self,
        rung: u32,
        arrived: Option<When>,
        evidence: Kept,
    ) -> Result<(), DeliveryError> {
        self.possible(rung, arrived)?;
        self.push(NoticeEvent::CounterProven { rung, arrived, evidence });
        self.settle("当事人举证未达");
        Ok(())
    }

    /// Whether something that was sent there can have arrived then.
    fn possible(&self, rung: u32, arrived: Option<When>) -> Result<(), DeliveryError> {
        let today = self.cx.now.date();
        let known = self.notice.attempts.iter().find(|one| one.rung == rung && !one.reminder);
        let known = known.ok_or(DeliveryError::AttemptUnknown { rung })?;
        let Some(arrived) = arrived else { return Ok(()) };
        between(arrived.on, known.sent.map_or(arrived.on, |sent| sent.on), today)
    }

    /// The party hands evidence in: nothing follows from it until the organ has judged it.
    // LAW: 民事诉讼法解释 art. 135(2): the date that the addressee proves counts; that it is proven is the organ's to find.
    pub(crate) fn offer_proof(
        &mut self,
        rung: u32,
        arrived: Option<When>,
        evidence: Kept,
    ) -> Result<(), DeliveryError> {
        self.document()?;
        if !self.notice.is_party(&self.cx.actor) {
            return Err(DeliveryError::NotTheRecipient);
        }
        if let Some((no, _)) = self.notice.offers().next() {
            return Err(DeliveryError::ProofPending { no });
        }
        self.possible(rung, arrived)?;
        let no = self.notice.offers.keys().next_back().map_or(1, |last| last.saturating_add(1));
        self.push(NoticeEvent::ProofOffered { no, rung, arrived, evidence });
        Ok(())
    }

    /// What the party handed in is found to prove it.
    pub(crate) fn admit_proof(&mut self, no: u32) -> Result<(), DeliveryError> {
        let offer = self.offer(no)?;
        self.push(NoticeEvent::ProofAdmitted { no });
        self.counter_prove(offer.rung, offer.arrived, offer.evidence)
    }

    /// It is found not to, with reasons.
    pub(crate) fn dismiss_proof(&mut self, no: u32, reason: &str) -> Result<(), DeliveryError> {
        self.offer(no)?;
        let reason = text("reason", reason)?;
        self.push(NoticeEvent::ProofDismissed { no, reason });
        Ok(())
    }

    fn offer(&self, no: u32) -> Result<CounterProof, DeliveryError> {
        let offer = self.notice.offers.get(&no).cloned().flatten();
        offer.ok_or(DeliveryError::ProofUnknown { no })
    }

    fn unserved(&self) -> Result<(), DeliveryError> {
        match self.notice.served {
            Some((when, _)) => Err(DeliveryError::AlreadyServed { on: when.on }),
            None => self.document().map(|_there| ()),
        }
    }
}

fn between(on: Date, earliest: Date, latest: Date) -> Result<(), DeliveryError> {
    if earliest <= on && on <= latest {
        Ok(())
    } else {
        Err(DeliveryError::DayImpossible { on, earliest, latest })
    }
}
