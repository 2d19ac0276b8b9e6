//! Attempts at service (送达经过), and when by law they were service: one pure function over facts, [`served_at`].
//!
//! | channel | served at | source |
//! | --- | --- | --- |
//! | confirmed electronic address | the instant of arrival; by default when our system shows it was sent | 民事诉讼法 (2023) art. 90; 民诉法解释 art. 135 |
//! | the same, the party proves another arrival | the proven one | 民诉法解释 art. 135 para. 2 |
//! | several channels | the earliest that is effective | 人民法院在线诉讼规则 art. 31 (by analogy) |
//! | inbox without a confirmation | when the party opened it and confirmed | 在线诉讼规则 art. 31 para. 2 |
//! | direct, left with a video | the day of the receipt, of leaving | 民事诉讼法 art. 88, 89 |
//! | post | the day on the receipt | 民事诉讼法 art. 91 |
//! | public notice | the day of [`deemed_on`] | 民事诉讼法 art. 95 |

use crate::DeliveryError;
use crate::model::{Channel, Kept, Proof};
use calendar::{Calendar, Term};
use codes::{Date, Moment};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// A point in time: an instant, or a day where a paper bears no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct When {
    /// The calendar day in China Standard Time.
    pub on: Date,
    /// The instant, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
}

impl When {
    /// A day of which no hour is known.
    #[must_use]
    pub const fn day(on: Date) -> Self {
        Self { on, at: None }
    }

    /// The instant by which it had happened: 24:00 where only the day is known.
    #[must_use]
    pub fn instant(self) -> Moment {
        self.at.unwrap_or_else(|| Moment::end_of(self.on))
    }
}

impl From<Moment> for When {
    fn from(at: Moment) -> Self {
        Self { on: at.date(), at: Some(at) }
    }
}

/// What an attempt has come to (结果).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// On its way.
    #[default]
    Pending,
    /// Our system shows that it was sent (发送成功): a relay or a gateway took it.
    Sent,
    /// It reached the party's own system, or was taken in.
    Arrived,
    /// It came to nothing, and why.
    Failed(String),
}

/// One attempt (送达经过): a rung of the ladder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Which rung, from 1 in the order in which they were tried.
    pub rung: u32,
    /// By which channel.
    pub channel: Channel,
    /// Which order to a mailer or gateway it was, from 1; 0 for other channels.
    #[serde(default)]
    pub order: u32,
    /// What reports call it.
    #[serde(default)]
    pub reference: String,
    /// The number of the confirmed address to which it went.
    #[serde(default)]
    pub address: Option<u32>,
    /// A reminder beside the ladder (提醒), which is never service.
    #[serde(default)]
    pub reminder: bool,
    /// When it went off.
    #[serde(default)]
    pub sent: Option<When>,
    /// How the gateway or carrier calls it.
    #[serde(default)]
    pub gateway_id: String,
    /// When it arrived, was taken in, was left, or is deemed to have arrived.
    #[serde(default)]
    pub arrived: Option<When>,
    /// When the party opened it and confirmed that it read.
    #[serde(default)]
    pub read: Option<When>,
    /// What it has come to.
    #[serde(default)]
    pub outcome: Outcome,
    /// Soft failures so far.
    #[serde(default)]
    pub soft_fails: Vec<Moment>,
    /// Raw receipts, as kept.
    #[serde(default)]
    pub receipts: Vec<Kept>,
    /// The proof that it would stand on.
    #[serde(default)]
    pub proof: Option<Proof>,
}

impl Attempt {
    /// An attempt that has just begun.
    #[must_use]
    pub const fn new(rung: u32, channel: Channel) -> Self {
        Self {
            rung,
            channel,
            order: 0,
            reference: String::new(),
            address: None,
            reminder: false,
            sent: None,
            gateway_id: String::new(),
            arrived: None,
            read: None,
            outcome: Outcome::Pending,
            soft_fails: Vec::new(),
            receipts: Vec::new(),
            proof: None,
        }
    }
}

/// Consent to be served by a channel (送达地址确认), and from when until when it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// The channel.
    pub channel: Channel,
    /// The number of the confirmed address; none where the consent names the channel alone.
    pub address: Option<u32>,
    /// From when.
    pub from: Moment,
    /// Until when; what was sent before stays service.
    pub until: Option<Moment>,
}

impl Consent {
    fn covers(&self, attempt: &Attempt) -> bool {
        let fits = self.channel == attempt.channel
            && (self.address.is_none() || self.address == attempt.address);
        let in_force = attempt
            .sent
            .and_then(|sent| sent.at)
            .is_none_or(|sent| self.from <= sent && self.until.is_none_or(|until| sent < until));
        fits && in_force
    }
}

/// What the party proved of an arrival (当事人举证): another day, or that nothing came at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterProof {
    /// Of which rung.
    pub rung: u32,
    /// When it arrived in truth; none if never.
    pub arrived: Option<When>,
    /// The evidence, as kept: the log of a mail host, a carrier's record.
    pub evidence: Kept,
}

/// Upon what service rests (送达依据).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// Arrival at a confirmed address.
    Arrival,
    /// The day that the party proved.
    Proven,
    /// The party read it and said so.
    Read,
    /// A paper was taken in.
    Receipt,
    /// A paper was left with witnesses or a video.
    Left,
    /// Publication, and the days of the law.
    Deemed,
}

/// That and when a document was served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// The day of service, and the instant where one is known.
    pub when: When,
    /// By which rung.
    pub rung: u32,
    /// By which channel.
    pub channel: Channel,
    /// Upon what it rests.
    pub ground: Ground,
}

/// When a document was served, by everything that is known so far: the earliest effective attempt.
///
/// The last proof of a rung replaces its arrival. A reminder is never service; a failed attempt is none, unless the
/// party itself said that it read the document.
#[must_use]
pub fn served_at(
    attempts: &[Attempt],
    confirmations: &[Consent],
    proofs: &[CounterProof],
) -> Option<Served> {
    attempts
        .iter()
        .filter(|attempt| !attempt.reminder)
        .filter_map(|attempt| effective(attempt, confirmations, proofs))
        .min_by_key(|served| (served.when.instant(), served.rung))
}

fn effective(
    attempt: &Attempt,
    confirmations: &[Consent],
    proofs: &[CounterProof],
) -> Option<Served> {
    let served =
        |when, ground| Served { when, rung: attempt.rung, channel: attempt.channel, ground };
    let failed = matches!(attempt.outcome, Outcome::Failed(_));
    let arrived = attempt.arrived.filter(|_| !failed);
    match attempt.channel {
        Channel::Inbox | Channel::Email | Channel::Sms => {
            let confirmed = confirmations.iter().any(|consent| consent.covers(attempt));
            // LAW: 民诉法解释 art. 135: the day that our system shows as sent is the day of arrival. A gateway of text
            // messages says itself whether a message was delivered, so that sent alone proves nothing there.
            let shown = arrived.or_else(|| {
                (attempt.channel == Channel::Email && attempt.outcome == Outcome::Sent)
                    .then_some(attempt.sent)
                    .flatten()
            });
            let by_arrival = shown.filter(|_| confirmed).and_then(|when| {
                match proofs.iter().rfind(|proof| proof.rung == attempt.rung) {
                    None => Some(served(when, Ground::Arrival)),
                    Some(proof) => proof.arrived.map(|when| served(when, Ground::Proven)),
                }
            });
            let by_reading = attempt.read.map(|when| served(when, Ground::Read));
            by_arrival.into_iter().chain(by_reading).min_by_key(|served| served.when.instant())
        }
        Channel::Post | Channel::Hand => arrived.map(|when| served(when, Ground::Receipt)),
        Channel::Left => arrived.map(|when| served(when, Ground::Left)),
        Channel::Announcement => arrived.map(|when| served(when, Ground::Deemed)),
    }
}

/// A row of the table of deemed service: publications of these days are service after this term.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeemedRow {
    /// The first day of publication for which it holds; none for ever.
    #[serde(default)]
    pub from: Option<Date>,
    /// The last one; none while it is in force.
    #[serde(default)]
    pub until: Option<Date>,
    /// The term, `<n>d deemed`.
    pub term: Term,
    /// The article.
    pub source: String,
}

static DEEMED: LazyLock<Vec<DeemedRow>> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the table is compiled in, and a test reads it")]
    serde_saphyr::from_str(include_str!("../data/service.yaml")).expect("a readable table")
});

/// The row in force for what was published on a day.
#[must_use]
pub fn deemed_row(published_on: Date) -> Option<&'static DeemedRow> {
    DEEMED.iter().find(|row| {
        row.from.is_none_or(|from| from <= published_on)
            && row.until.is_none_or(|until| published_on <= until)
    })
}

/// The day on which what was published on a day is deemed served (视为送达).
///
/// # Errors
/// No row is in force, or the term leads out of the calendar.
pub fn deemed_on(published_on: Date) -> Result<Date, DeliveryError> {
    let row = deemed_row(published_on).ok_or(calendar::CalendarError::OutOfRange)?;
    Ok(calendar::due(&row.term, published_on, &Calendar::bare())?.date)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Moment {
        Moment::from_wall(text.parse().unwrap())
    }

    fn kept(text: &str) -> Kept {
        Kept { blob: blobs::BlobId::of(text.as_bytes()), key: None }
    }

    fn consent(channel: Channel) -> Consent {
        Consent { channel, address: None, from: at("2024-09-10T09:12:03"), until: None }
    }

    fn mail(sent: &str) -> Attempt {
        let sent = Some(at(sent).into());
        Attempt { sent, outcome: Outcome::Sent, ..Attempt::new(1, Channel::Email) }
    }

    fn arrived(rung: u32, channel: Channel, when: &str) -> Attempt {
        let when = Some(When::from(at(when)));
        Attempt {
            sent: when,
            arrived: when,
            outcome: Outcome::Arrived,
            ..Attempt::new(rung, channel)
        }
    }

    fn served(attempts: &[Attempt], proofs: &[CounterProof]) -> Option<Moment> {
        let all = [Channel::Inbox, Channel::Email, Channel::Sms].map(consent);
        served_at(attempts, &all, proofs).map(|served| served.when.instant())
    }

    #[test]
    fn s08_a_returned_mail_is_no_service_and_the_earliest_good_channel_is() {
        let good = mail("2024-09-20T10:00:00");
        let back = Attempt { outcome: Outcome::Failed("550".into()), ..good.clone() };
        let sms = arrived(2, Channel::Sms, "2024-09-20T14:05:00");
        let account = arrived(3, Channel::Inbox, "2024-09-20T09:59:00");
        assert_eq!(served(std::slice::from_ref(&back), &[]), None);
        assert_eq!(served(&[back, sms.clone()], &[]), Some(at("2024-09-20T14:05:00")));
        assert_eq!(served(&[good.clone(), sms.clone()], &[]), Some(at("2024-09-20T10:00:00")));
        assert_eq!(served(&[good, sms, account], &[]), Some(at("2024-09-20T09:59:00")));
    }

    #[test]
    fn s09_a_proven_arrival_replaces_the_shown_one_and_the_last_proof_counts() {
        let mail = arrived(1, Channel::Email, "2024-09-13T23:58:41");
        let proof = |when: Option<&str>| CounterProof {
            rung: 1,
            arrived: when.map(|when| at(when).into()),
            evidence: kept("log"),
        };
        let proven = proof(Some("2024-09-14T00:03:00"));
        let all = std::slice::from_ref(&mail);
        assert_eq!(served(all, &[]).map(Moment::date), Some(Date::constant(2024, 9, 13)));
        assert_eq!(served(all, std::slice::from_ref(&proven)), Some(at("2024-09-14T00:03:00")));
        assert_eq!(served(all, &[proof(None), proven]), Some(at("2024-09-14T00:03:00")));
        assert_eq!(served(all, &[proof(None)]), None, "it never came");
        let of_another = CounterProof { rung: 2, ..proof(None) };
        assert_eq!(served(all, &[of_another]), Some(at("2024-09-13T23:58:41")));
    }

    #[test]
    fn without_consent_at_the_time_of_sending_only_reading_serves() {
        let inbox = arrived(1, Channel::Inbox, "2024-09-20T09:59:00");
        assert_eq!(served_at(std::slice::from_ref(&inbox), &[], &[]), None);
        let read = Attempt { read: Some(at("2024-09-21T08:00:00").into()), ..inbox.clone() };
        let by = served_at(&[read], &[], &[]).unwrap();
        assert_eq!((by.ground, by.when.on), (Ground::Read, Date::constant(2024, 9, 21)));
        let late = Consent { from: at("2024-09-20T10:00:00"), ..consent(Channel::Inbox) };
        assert_eq!(served_at(std::slice::from_ref(&inbox), &[late], &[]), None);
        let ended = Consent { until: Some(at("2024-09-20T09:59:00")), ..consent(Channel::Inbox) };
        assert_eq!(served_at(std::slice::from_ref(&inbox), &[ended], &[]), None);
        let later = Consent { until: Some(at("2024-09-20T09:59:01")), ..consent(Channel::Inbox) };
        assert!(served_at(std::slice::from_ref(&inbox), &[later], &[]).is_some());
        let other = Consent { address: Some(2), ..consent(Channel::Inbox) };
        let first = Attempt { address: Some(1), ..inbox };
        assert_eq!(served_at(&[first], &[other], &[]), None, "another address");
    }

    #[test]
    fn a_reminder_is_no_service_and_sent_alone_proves_no_text_message() {
        let sms = arrived(1, Channel::Sms, "2024-09-20T14:05:00");
        assert_eq!(served(&[Attempt { reminder: true, ..sms.clone() }], &[]), None);
        let taken = Attempt { arrived: None, outcome: Outcome::Sent, ..sms };
        assert_eq!(served(&[taken], &[]), None);
    }

    #[test]
    fn paper_is_served_by_its_day_and_needs_no_consent() {
        for (channel, ground) in [
            (Channel::Post, Ground::Receipt),
            (Channel::Hand, Ground::Receipt),
            (Channel::Left, Ground::Left),
            (Channel::Announcement, Ground::Deemed),
        ] {
            let day = Date::constant(2024, 7, 3);
            let paper = Attempt { arrived: Some(When::day(day)), ..Attempt::new(1, channel) };
            let by = served_at(std::slice::from_ref(&paper), &[], &[]).unwrap();
            assert_eq!((by.when.on, by.ground), (day, ground));
            let back = Attempt { outcome: Outcome::Failed("退回".into()), ..paper };
            assert_eq!(served_at(&[back], &[], &[]), None);
        }
    }

    #[test]
    fn s10_publication_serves_by_the_law_of_its_day() {
        for (published, deemed) in [
            ("2024-06-03", "2024-07-03"),
            ("2021-06-03", "2021-08-02"),
            ("2021-12-31", "2022-03-01"),
            ("2022-01-01", "2022-01-31"),
            // A Saturday: a fact does not roll.
            ("2024-06-06", "2024-07-06"),
        ] {
            let deemed: Date = deemed.parse().unwrap();
            assert_eq!(deemed_on(published.parse().unwrap()), Ok(deemed), "{published}");
        }
        assert!(
            DEEMED
                .iter()
                .all(|row| matches!(row.term, Term::Deemed { .. }) && !row.source.is_empty())
        );
    }
}
