//! What can go wrong with a journal.

use crate::Head;
use kernel::{Code, Coded, Label, Reason};

/// An append that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The journal stands elsewhere than the writer thinks: another writer took over. Nothing was written.
    #[error("the journal stands at {}, not where this writer left it", found.seq)]
    Fenced {
        /// Where it stands.
        found: Head,
    },
    /// Nothing was written: the disk is full, the server refused.
    #[error("nothing was written: {0}")]
    Refused(String),
    /// The connection or the process broke in between: it may or may not be durable.
    #[error("it is unknown whether the batch was written: {0}")]
    Unknown(String),
}

/// A read that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The store is down or locked.
    #[error("the journal cannot be read: {0}")]
    Store(String),
    /// What stands there is not what was written.
    #[error("the journal is corrupt at {shard}/{seq}: {why}")]
    Corrupt {
        /// The shard.
        shard: String,
        /// The position.
        seq: u64,
        /// What is wrong.
        why: String,
    },
}

impl Coded for AppendError {
    fn code(&self) -> Code {
        match self {
            Self::Fenced { .. } => Code::new("JRN", 1),
            Self::Refused(_) => Code::new("JRN", 2),
            Self::Unknown(_) => Code::new("JRN", 3),
        }
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Fenced { .. } => "WRITER_FENCED",
            Self::Refused(_) => "NOT_WRITTEN",
            Self::Unknown(_) => "WRITE_UNKNOWN",
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::Fenced { .. } => Label::new(
                "该分片已由另一服务进程接管，本次操作未生效，请稍后重试。",
                "Another server process has taken over; nothing was done. Please try again.",
            ),
            Self::Refused(_) => Label::new(
                "系统暂时无法保存，本次操作未生效，请稍后重试。",
                "Nothing can be saved at the moment; nothing was done. Please try again later.",
            ),
            Self::Unknown(_) => Label::new(
                "与存储的连接中断，操作结果待确认，请重新提交同一请求，不会重复办理。",
                "The connection to the store broke. Please send the same request again; it will not be done twice.",
            ),
        }
    }

    fn status(&self) -> u16 {
        503
    }
}

impl Coded for ReadError {
    fn code(&self) -> Code {
        match self {
            Self::Store(_) => Code::new("JRN", 4),
            Self::Corrupt { .. } => Code::new("JRN", 5),
        }
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Store(_) => "JOURNAL_UNREADABLE",
            Self::Corrupt { .. } => "EVENT_CHANGED",
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::Store(_) => Label::new(
                "日志暂时无法读取，请稍后重试。",
                "The journal cannot be read at the moment. Please try again later.",
            ),
            Self::Corrupt { shard, seq, .. } => Label::new(
                format!("日志{shard}第{seq}条与写入时不一致，请停止写入并从备份恢复。"),
                format!(
                    "Event {shard}/{seq} is not what was written: stop writing, restore from a backup."
                ),
            ),
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::Store(_) => 503,
            Self::Corrupt { .. } => 500,
        }
    }

    fn fields(&self) -> Option<String> {
        match self {
            Self::Store(_) => None,
            Self::Corrupt { shard, seq, .. } => {
                Some(serde_json::json!({"shard": shard, "seq": seq}).to_string())
            }
        }
    }
}
