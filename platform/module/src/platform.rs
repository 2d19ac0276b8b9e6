//! What a module is given to work with.

use crate::{Clearance, Concerns, Exhibits, Gate, Panel, Refusal, Retains};
use blobs::Blobs;
use codes::{Code, Coded, Label, Moment, Reason, Told};
use forms::Filler;
use kernel::{Actor, Atomic, CommandId, Recorded, Shard, Waiting};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tables::Reader;

/// What every route and every page gets (平台): the axum state.
#[derive(Clone)]
pub struct Platform {
    /// Takes commands.
    pub commands: Arc<dyn Commands>,
    /// Reads tables.
    pub reader: Arc<dyn Reader>,
    /// Reads streams of the journal.
    pub history: Arc<dyn History>,
    /// Judges who may do what.
    pub gate: Arc<dyn Gate>,
    /// Stores files.
    pub blobs: Arc<dyn Blobs>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Panels by slot, that modules show on each other's pages.
    pub panels: Arc<[Panel]>,
    /// Fillers that know values of elements.
    pub fillers: Arc<[Arc<dyn Filler>]>,
    /// Who knows what personal data must still be kept.
    pub retains: Arc<[Arc<dyn Retains>]>,
    /// Who knows which streams concern a party.
    pub concerns: Arc<[Arc<dyn Concerns>]>,
    /// Who knows what belongs to a thing, for evidence.
    pub exhibits: Arc<[Arc<dyn Exhibits>]>,
}

impl std::fmt::Debug for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Platform").finish_non_exhaustive()
    }
}

/// Tells the time; simulation and tests wind it by hand.
pub trait Clock: Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Moment;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the machine's clock is read"
    )]
    fn now(&self) -> Moment {
        let since =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Moment::from_us(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// Takes commands and answers when they are durable and their rows can be read.
pub trait Commands: Send + Sync + 'static {
    /// Submits commands of one shard; all are decided or none.
    fn submit(
        &self,
        by: Clearance,
        id: CommandId,
        commands: Atomic,
    ) -> Waiting<'_, Result<Receipt, SubmitError>>;
}

/// Reads streams of the journal.
pub trait History: Send + Sync + 'static {
    /// The events of one aggregate after a version, in order.
    fn stream(
        &self,
        shard: &Shard,
        kind: &str,
        key: &str,
        after: u64,
    ) -> Waiting<'_, Result<Vec<Recorded>, SubmitError>>;
}

/// The answer to a command (回执).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The command.
    pub command: CommandId,
    /// Its shard.
    pub shard: Shard,
    /// The events that it became; empty if there was nothing to do.
    pub events: Vec<Recorded>,
    /// Whether this is the first answer given again.
    pub repeated: bool,
    /// That the last event stands in the log of evidence (存证), as C2SP tlog-proof text; none where no log is kept, or where
    /// it could not be written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
}

impl Receipt {
    /// The version that the stream of an aggregate has reached by this command.
    #[must_use]
    pub fn version_of(&self, kind: &str, key: &str) -> Option<u64> {
        self.events
            .iter()
            .rev()
            .find(|event| &*event.kind == kind && &*event.key == key)
            .map(|event| event.version)
    }
}

/// A command that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum SubmitError {
    /// The aggregate refused; nothing happened.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The platform itself refused; nothing happened.
    #[error(transparent)]
    Rejected(#[from] Rejection),
}

impl SubmitError {
    /// The refusal that is shown to whoever asked.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        match self {
            Self::Refused(refusal) => refusal.clone(),
            Self::Rejected(rejection) => Refusal::of(rejection),
        }
    }
}

impl From<SubmitError> for Told {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Refused(refusal) => refusal.into(),
            SubmitError::Rejected(rejection) => rejection.into(),
        }
    }
}

/// Why the platform itself did not take a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Rejection {
    /// The sender has seen another version of the thing.
    #[error("the stream stands at version {found}, the sender expected {expected}")]
    Stale {
        /// Expected by the sender.
        expected: u64,
        /// Found.
        found: u64,
    },
    /// The same id came before with other content.
    #[error("the command id was used before with other content")]
    IdReused,
    /// The command's body is none that the aggregate knows.
    #[error("the command cannot be read: {0}")]
    Malformed(String),
    /// No aggregate of this kind is registered.
    #[error("nothing of kind `{0}` runs here")]
    UnknownKind(String),
    /// The queue is full: try again.
    #[error("too many commands are waiting")]
    Busy,
    /// The shard has stopped or cannot be reached; whether the command was taken is told by sending it again.
    #[error("the shard is not answering: {0}")]
    Down(String),
}

impl Coded for Rejection {
    fn code(&self) -> Code {
        let number = match self {
            Self::Stale { .. } => 1,
            Self::IdReused => 2,
            Self::Malformed(_) => 3,
            Self::UnknownKind(_) => 4,
            Self::Busy => 5,
            Self::Down(_) => 6,
        };
        Code::new("ENG", number)
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Stale { .. } => "STALE_VERSION",
            Self::IdReused => "ID_REUSED",
            Self::Malformed(_) => "MALFORMED",
            Self::UnknownKind(_) => "UNKNOWN_KIND",
            Self::Busy => "BUSY",
            Self::Down(_) => "SHARD_DOWN",
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::Stale { .. } => Label::new(
                "在您查看之后，此件已有新的变化。请刷新页面，核对后重新提交。",
                "This has changed since you looked at it. Reload the page, check it, and send again.",
            ),
            Self::IdReused => Label::new(
                "此次提交的编号已用于另一内容。请刷新页面后重新提交。",
                "The id of this submission was used for other content. Reload the page and send again.",
            ),
            Self::Malformed(_) | Self::UnknownKind(_) => Label::new(
                "提交的内容无法识别。请检查格式后重新提交。",
                "What was sent cannot be read. Check its format and send again.",
            ),
            Self::Busy => Label::new(
                "系统繁忙，请稍后重试；您的内容没有丢失。",
                "The system is busy. Please try again shortly; nothing of yours is lost.",
            ),
            Self::Down(_) => Label::new(
                "系统暂时无法办理，请稍后用同一页面重试；已受理的内容不会重复办理。",
                "The system cannot act now. Try again from the same page; nothing is done twice.",
            ),
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::Stale { .. } | Self::IdReused => 409,
            Self::Malformed(_) => 422,
            Self::UnknownKind(_) => 404,
            Self::Busy => 429,
            Self::Down(_) => 503,
        }
    }

    fn fields(&self) -> Option<String> {
        match self {
            Self::Stale { expected, found } => {
                Some(format!(r#"{{"expected":{expected},"found":{found}}}"#))
            }
            Self::IdReused
            | Self::Malformed(_)
            | Self::UnknownKind(_)
            | Self::Busy
            | Self::Down(_) => None,
        }
    }
}

/// Who sent the request: put there by `app`'s sign-in layer; [`Actor::Public`] if nobody signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who(pub Actor);

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for Who {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        _state: &S,
    ) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or(Self(Actor::Public)))
    }
}
