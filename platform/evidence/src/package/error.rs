//! Why a package could not be made.

use codes::{Code, Coded, Label, Reason};
use seals::SignError;
use serde_json::json;

/// A package that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Something that belongs in it is missing or does not hold.
    #[error("the package would not hold: {why}")]
    Incomplete {
        /// What.
        why: String,
    },
    /// A file's name is none, or stands twice.
    #[error("`{name}` cannot be the name of a file, or stands twice")]
    Name {
        /// The name.
        name: String,
    },
    /// The manifest could not be signed.
    #[error("the manifest could not be signed")]
    Unsigned(#[source] Box<SignError>),
    /// It could not be written.
    #[error("the package could not be written: {0}")]
    Unwritten(#[source] std::io::Error),
    /// The thing is none that packages are made of, or nobody may know that it is there.
    #[error("there is no `{kind}` with key `{key}` of which a package could be made")]
    Unknown {
        /// The kind.
        kind: String,
        /// The key.
        key: String,
    },
    /// The log has no checkpoint over its events yet.
    #[error("event {seq} of {shard} is not under a checkpoint yet")]
    NotLoggedYet {
        /// The shard.
        shard: String,
        /// The position.
        seq: u64,
    },
}

impl Coded for BuildError {
    fn code(&self) -> Code {
        let number = match self {
            Self::Incomplete { .. } => 520,
            Self::Name { .. } => 521,
            Self::Unsigned(_) => 522,
            Self::Unwritten(_) => 523,
            Self::Unknown { .. } => 524,
            Self::NotLoggedYet { .. } => 525,
        };
        Code::new("EVD", number)
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Incomplete { .. } => "PACKAGE_INCOMPLETE",
            Self::Name { .. } => "PACKAGE_FILE_NAME",
            Self::Unsigned(_) => "PACKAGE_UNSIGNED",
            Self::Unwritten(_) => "PACKAGE_UNWRITTEN",
            Self::Unknown { .. } => "NOTHING_TO_PACK",
            Self::NotLoggedYet { .. } => "NOT_LOGGED_YET",
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::Incomplete { .. } => Label::new(
                "证据包未能生成：所需的事件、证明或文书不完整或不相符。",
                "The package was not made: an event, a proof or a document is missing or does not fit.",
            ),
            Self::Name { name } => Label::new(
                format!("证据包未能生成：文件名“{name}”不可用或重复。"),
                format!("The package was not made: `{name}` cannot name a file, or stands twice."),
            ),
            Self::Unsigned(_) => Label::new(
                "证据包未能生成：清单暂时无法签名。",
                "The package was not made: its manifest cannot be signed at the moment.",
            ),
            Self::Unwritten(_) => {
                Label::new("证据包未能写出。", "The package could not be written.")
            }
            Self::Unknown { .. } => Label::new(
                "没有可以生成证据包的这一事项。",
                "There is nothing here of which a package could be made.",
            ),
            Self::NotLoggedYet { .. } => Label::new(
                "最新的事件尚未进入已签名的存证检查点，请一分钟后重试。",
                "The latest event is not under a signed checkpoint yet. Please try again in a minute.",
            ),
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::Incomplete { .. } | Self::Name { .. } | Self::Unwritten(_) => 500,
            Self::Unsigned(_) | Self::NotLoggedYet { .. } => 503,
            Self::Unknown { .. } => 404,
        }
    }

    fn fields(&self) -> Option<String> {
        let fields = match self {
            Self::Incomplete { why } => json!({"why": why}),
            Self::Name { name } => json!({"name": name}),
            Self::Unknown { kind, key } => json!({"kind": kind, "key": key}),
            Self::NotLoggedYet { shard, seq } => json!({"shard": shard, "seq": seq}),
            Self::Unsigned(_) | Self::Unwritten(_) => return None,
        };
        Some(fields.to_string())
    }
}
