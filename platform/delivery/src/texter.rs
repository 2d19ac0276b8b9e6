//! What carries text messages, and what gateways report of them. The drivers are `sms-http` and `sms-smpp`.

use codes::Moment;
use kernel::Waiting;

/// A text message (短信).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextMessage {
    /// What reports call it; the same for every try, so that a gateway that knows it does not send it twice.
    pub reference: String,
    /// To whom (E.164, with `+`).
    pub to: String,
    /// The text.
    pub text: String,
}

/// A gateway took the message; whether it arrives is reported later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextTaken {
    /// How the gateway calls it.
    pub gateway_id: String,
    /// What it answered.
    pub answer: String,
}

/// A message that no gateway took.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// The gateway is down, slow or busy: our own trouble, tried again by the outbox.
    #[error("later: {0}")]
    Later(String),
    /// The gateway says "not now" of this number (软退).
    #[error("not now: {0}")]
    Soft(String),
    /// The number is none, or the gateway will never take the message.
    #[error("never: {0}")]
    Never(String),
}

/// Carries text messages.
pub trait Texter: Send + Sync + 'static {
    /// Hands the message to a gateway.
    ///
    /// # Errors
    /// [`TextError`], which says whether another try may help.
    fn send(&self, message: TextMessage) -> Waiting<'_, Result<TextTaken, TextError>>;

    /// Reads what the gateway posted to our address of reports, after checking its signature; what is not signed by the
    /// gateway is no report. Drivers whose reports come another way read nothing.
    ///
    /// # Errors
    /// What is wrong with it.
    fn read_callback(
        &self,
        headers: &axum::http::HeaderMap,
        body: &[u8],
        now: Moment,
    ) -> Result<Vec<TextReport>, String> {
        let _nothing_is_expected = (headers, body, now);
        Err("this gateway posts no reports".to_owned())
    }
}

/// What a gateway reports of a message (状态报告).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextReport {
    /// Our own name of the message, where the gateway gives it back.
    pub reference: Option<String>,
    /// The gateway's name of it.
    pub gateway_id: String,
    /// Whether it is final; what is under way says nothing yet.
    pub standing: ReportStanding,
    /// The word of the report, such as `DELIVRD`.
    pub status: String,
    /// When the gateway says it happened.
    pub at: Moment,
    /// The report as it came.
    pub raw: Vec<u8>,
}

/// What a report means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportStanding {
    /// Under way: accepted, en route.
    UnderWay,
    /// On the phone (DELIVRD).
    Delivered,
    /// Never (UNDELIV, EXPIRED, REJECTD, DELETED).
    Failed,
}

impl ReportStanding {
    /// What a word of SMPP means.
    ///
    /// # Source
    /// SMPP 3.4, appendix B: `ENROUTE`, `DELIVRD`, `EXPIRED`, `DELETED`, `UNDELIV`, `ACCEPTD`, `UNKNOWN`, `REJECTD`. An
    /// `UNKNOWN` message is not known to be delivered and not known to be lost: it is under way until its time is over.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word {
            "DELIVRD" => Self::Delivered,
            "EXPIRED" | "DELETED" | "UNDELIV" | "REJECTD" => Self::Failed,
            _ => Self::UnderWay,
        }
    }
}

/// Takes reports into the platform. A driver answers its gateway only when this has answered: what was acknowledged is durable.
pub trait ReportSink: Send + Sync + 'static {
    /// Takes a report.
    ///
    /// # Errors
    /// [`Untaken`]
    fn report(&self, report: TextReport) -> Waiting<'_, Result<(), Untaken>>;
}

/// Takes mail that came back. A server answers its peer only when this has answered.
pub trait ReturnSink: Send + Sync + 'static {
    /// Takes a message that arrived at the return address of an attempt.
    ///
    /// # Errors
    /// [`Untaken`]
    fn returned(&self, reference: String, message: Vec<u8>) -> Waiting<'_, Result<(), Untaken>>;
}

/// What was not taken in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untaken {
    /// It belongs to nothing that was sent.
    #[error("it belongs to nothing that was sent")]
    Unknown,
    /// Not now; the other side shall send it again.
    #[error("later: {0}")]
    Later(String),
}
