//! What a store of files can answer instead of a file.

use codes::{Code, Coded, Label, Reason};

/// A file operation that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// No file has this id.
    #[error("no file `{0}`")]
    Missing(String),
    /// The bytes on disk are not those that were written.
    #[error("file `{0}` is damaged")]
    Damaged(String),
    /// The disk is full or its quota used up; nothing of the write was taken.
    #[error("no space is left for files")]
    Full,
    /// The store is down.
    #[error("the file store failed: {0}")]
    Store(String),
}

impl Coded for BlobError {
    fn code(&self) -> Code {
        Code::new("BLB", self.face().0)
    }

    fn reason(&self) -> Reason {
        self.face().1
    }

    fn label(&self) -> Label {
        let (_, _, zh, en) = self.face();
        Label::new(zh, en)
    }

    fn status(&self) -> u16 {
        match self {
            Self::Missing(_) => 404,
            Self::Damaged(_) => 500,
            Self::Full => 507,
            Self::Store(_) => 503,
        }
    }
}

impl BlobError {
    /// Number, slug, Chinese and English text.
    fn face(&self) -> (u16, Reason, &'static str, &'static str) {
        match self {
            Self::Missing(_) => (1, "FILE_MISSING", "没有这份文件。", "There is no such file."),
            Self::Damaged(_) => (
                2,
                "FILE_DAMAGED",
                "文件已损坏，系统已记录，请联系运维人员。",
                "The file is damaged; this was noted. Tell the operator.",
            ),
            Self::Full => (
                3,
                "STORAGE_FULL",
                "存储空间已满，内容没有保存，请稍后再试。",
                "No space is left; nothing was saved. Try again later.",
            ),
            Self::Store(_) => (
                4,
                "STORAGE_DOWN",
                "文件存储暂时不可用，请稍后再试。",
                "The file store is not available at the moment. Try again later.",
            ),
        }
    }
}
