//! What comes in from gateways and mail servers: reports of text messages, mail that came back.

use crate::DeliveryError;
use crate::decide::{Notice, NoticeCommand};
use crate::http;
use crate::queries::{self, NoticeRow, Ordered};
use crate::returned::{Action, read_returned};
use crate::texter::{ReportSink, ReportStanding, ReturnSink, TextReport, Untaken};
use blobs::Vault;
use kernel::{Actor, Atomic, CommandId, Waiting};
use module::{Platform, SubmitError, clear};
use std::fmt;

/// The partner in whose name reports are recorded (短信网关).
pub const GATEWAY: &str = "message-gateway";
/// The partner in whose name returned mail is recorded (退信邮箱).
pub const RETURNS: &str = "mail-returns";

/// Takes in reports and returned mail (回执接收). On an answer the fact is durable, so that whoever brings it may forget it.
#[derive(Clone)]
pub struct Intake {
    platform: Platform,
    vault: Vault,
}

impl fmt::Debug for Intake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Intake").finish_non_exhaustive()
    }
}

impl Intake {
    /// An intake of this platform, whose receipts are sealed in this vault.
    #[must_use]
    pub fn new(platform: Platform, vault: Vault) -> Self {
        Self { platform, vault }
    }

    async fn take(&self, report: TextReport) -> Result<(), Untaken> {
        let delivered = match report.standing {
            ReportStanding::UnderWay => return Ok(()),
            ReportStanding::Delivered => true,
            ReportStanding::Failed => false,
        };
        let found = self.ordered(report.reference.as_deref(), &report.gateway_id).await?;
        let command = |receipt| NoticeCommand::RecordReport {
            attempt: found.0.attempt,
            delivered,
            status: report.status.clone(),
            arrived_at: report.at,
            gateway_id: report.gateway_id.clone(),
            receipt,
        };
        self.record(GATEWAY, &found, &report.raw, command).await
    }

    async fn take_back(&self, reference: &str, message: &[u8]) -> Result<(), Untaken> {
        let found = self.ordered(Some(reference), "").await?;
        let attempt = found.0.attempt;
        // What bears no report, such as an answer of an absent recipient, is taken and says nothing.
        let Some(told) = read_returned(message) else { return Ok(()) };
        let reason = format!("{} {}", told.status, told.reason);
        match told.action {
            Action::Failed => {
                let command = |receipt| NoticeCommand::RecordReturn { attempt, reason, receipt };
                self.record(RETURNS, &found, message, command).await
            }
            Action::Delivered => {
                let command = |receipt| NoticeCommand::RecordReport {
                    attempt,
                    delivered: true,
                    status: told.status,
                    arrived_at: self.platform.clock.now(),
                    gateway_id: String::new(),
                    receipt,
                };
                self.record(RETURNS, &found, message, command).await
            }
            Action::Delayed | Action::Relayed | Action::Expanded => Ok(()),
        }
    }

    async fn ordered(
        &self,
        reference: Option<&str>,
        gateway_id: &str,
    ) -> Result<(Ordered, NoticeRow), Untaken> {
        let reader = &*self.platform.reader;
        let mut ordered = queries::ordered(reader, reference, gateway_id).await.map_err(later)?;
        if ordered.is_none() && reference.is_some() {
            ordered = queries::ordered(reader, None, gateway_id).await.map_err(later)?;
        }
        let ordered = ordered.ok_or(Untaken::Unknown)?;
        let row = queries::notice(reader, &ordered.notice).await.map_err(later)?;
        Ok((ordered, row.ok_or(Untaken::Unknown)?))
    }

    /// Keeps what came as it came, and records it; the same twice is one event.
    async fn record(
        &self,
        partner: &str,
        (ordered, row): &(Ordered, NoticeRow),
        raw: &[u8],
        command: impl FnOnce(blobs::Kept) -> NoticeCommand,
    ) -> Result<(), Untaken> {
        let actor = Actor::Partner { partner: partner.to_owned() };
        let by = clear(&*self.platform.gate, &actor, "delivery.report", &http::subject(row))
            .map_err(later)?;
        let key = format!("party/{}", row.party);
        let kept = self.vault.keep(Some(&key), raw).await.map_err(later)?;
        let id = CommandId::derive(&[
            b"delivery.report",
            ordered.notice.0.as_bytes(),
            &ordered.attempt.to_be_bytes(),
            kept.blob.0.as_bytes(),
        ]);
        let commands = Atomic::new(ordered.shard.clone())
            .then::<Notice>(&ordered.notice, &command(kept))
            .map_err(later)?;
        match self.platform.commands.submit(by, id, commands).await {
            Ok(_receipt) => Ok(()),
            // The same report was told before, with an hour of our own in it.
            Err(SubmitError::Rejected(module::Rejection::IdReused)) => Ok(()),
            Err(SubmitError::Refused(_)) => Err(Untaken::Unknown),
            Err(error) => Err(later(error)),
        }
    }
}

fn later(why: impl fmt::Display) -> Untaken {
    Untaken::Later(why.to_string())
}

impl ReportSink for Intake {
    fn report(&self, report: TextReport) -> Waiting<'_, Result<(), Untaken>> {
        Box::pin(self.take(report))
    }
}

impl ReturnSink for Intake {
    fn returned(&self, reference: String, message: Vec<u8>) -> Waiting<'_, Result<(), Untaken>> {
        Box::pin(async move { self.take_back(&reference, &message).await })
    }
}

impl From<Untaken> for DeliveryError {
    fn from(_untaken: Untaken) -> Self {
        Self::ReportUnknown
    }
}
