//! What can go wrong with the store of tables.

use crate::WrongCell;
use codes::{Code, Coded, Label, Reason};

/// A read that failed.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The store is down, locked or corrupt.
    #[error("the store of tables cannot be read: {0}")]
    Store(String),
    /// A query and its reader disagree about a column.
    #[error(transparent)]
    Cell(#[from] WrongCell),
    /// A cell holds JSON that does not fit its type.
    #[error("a cell cannot be decoded")]
    Json(#[from] serde_json::Error),
}

/// A write that failed.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The store is down, locked, full or corrupt.
    #[error("the store of tables cannot be written: {0}")]
    Store(String),
    /// Rows do not fit their table: a fault of the projection.
    #[error("a row does not fit table `{table}`: {why}")]
    Shape {
        /// The table.
        table: String,
        /// What is wrong.
        why: String,
    },
    /// Another writer has moved the shard's position: nothing was written.
    #[error("the rows stand at {found}: another writer has moved them")]
    Moved {
        /// Where they stand.
        found: u64,
    },
}

impl Coded for ReadError {
    fn code(&self) -> Code {
        match self {
            Self::Store(_) => Code::new("TBL", 1),
            Self::Cell(_) | Self::Json(_) => Code::new("TBL", 2),
        }
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Store(_) => "TABLES_UNREADABLE",
            Self::Cell(_) | Self::Json(_) => "ROW_UNREADABLE",
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::Store(_) => Label::new(
                "列表暂时无法读取，请稍后重试。",
                "The lists cannot be read at the moment. Please try again later.",
            ),
            Self::Cell(_) | Self::Json(_) => Label::new(
                "列表中有一行无法显示，请联系系统管理员重建列表。",
                "A row of a list cannot be shown: ask the operator to rebuild the lists.",
            ),
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::Store(_) => 503,
            Self::Cell(_) | Self::Json(_) => 500,
        }
    }
}

impl Coded for WriteError {
    fn code(&self) -> Code {
        match self {
            Self::Store(_) => Code::new("TBL", 3),
            Self::Shape { .. } => Code::new("TBL", 4),
            Self::Moved { .. } => Code::new("TBL", 5),
        }
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Store(_) => "TABLES_UNWRITABLE",
            Self::Shape { .. } => "ROW_DOES_NOT_FIT",
            Self::Moved { .. } => "ROWS_MOVED",
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::Store(_) => Label::new(
                "列表暂时无法更新；已办事项均已保存，恢复后将自动补齐。",
                "The lists cannot be brought up to date; nothing is lost, they catch up by themselves.",
            ),
            Self::Shape { table, .. } => Label::new(
                format!("写入表{table}的数据与其结构不符，请联系系统管理员。"),
                format!("A row does not fit table {table}: please tell the operator."),
            ),
            Self::Moved { .. } => Label::new(
                "该分片的列表已由另一服务进程更新，本进程停止写入。",
                "Another server process keeps the lists of this shard now; this one has stopped writing.",
            ),
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::Store(_) | Self::Moved { .. } => 503,
            Self::Shape { .. } => 500,
        }
    }

    fn fields(&self) -> Option<String> {
        match self {
            Self::Store(_) => None,
            Self::Shape { table, why } => {
                Some(serde_json::json!({"table": table, "why": why}).to_string())
            }
            Self::Moved { found } => Some(serde_json::json!({"found": found}).to_string()),
        }
    }
}
