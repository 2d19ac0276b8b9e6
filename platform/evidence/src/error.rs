//! Why the log says no. Numbers below 100 are the log's; packages, stamps and erasing have theirs above.

use crate::note::NoteError;
use crate::tree::RangeError;
use codes::{Code, Coded, Label, Reason};
use serde_json::json;

/// A lawful "no" of the log, or what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// There is no such shard, leaf, size or tile.
    #[error("shard `{shard}` has no {what}")]
    Unknown {
        /// The shard.
        shard: String,
        /// What it has not: `leaf 7`, `size 9`.
        what: String,
    },
    /// The shard has published no checkpoint yet.
    #[error("shard `{shard}` has published no checkpoint yet")]
    Unpublished {
        /// The shard.
        shard: String,
    },
    /// The journal is not what a published checkpoint was signed over: nothing more is signed.
    #[error("the journal of `{shard}` contradicts the checkpoint published at {size}")]
    HistoryChanged {
        /// The shard.
        shard: String,
        /// The size of the checkpoint.
        size: u64,
    },
    /// A kept hash is not what the root was made of; the hashes are made anew from the journal.
    #[error("a hash of `{shard}` under leaf {index} is damaged")]
    HashDamaged {
        /// The shard.
        shard: String,
        /// The leaf that was asked for.
        index: u64,
    },
    /// An entry is too long for a bundle, whose lengths stand in 16 bits.
    #[error("entry {index} of `{shard}` is too long for a bundle")]
    EntryTooLong {
        /// The shard.
        shard: String,
        /// Its index.
        index: u64,
    },
    /// Journal, disk or key cannot be used now.
    #[error("the log of `{shard}` cannot be used now: {why}")]
    Unavailable {
        /// The shard.
        shard: String,
        /// What the store says.
        why: String,
    },
    /// A note that was handed in is none.
    #[error("the note cannot be read: {0}")]
    NoteMalformed(String),
    /// No known key of the log has signed what was handed in, or a signature does not hold.
    #[error("the checkpoint of `{origin}` bears no signature that counts")]
    NoteUnsigned {
        /// The log, or the key whose signature fails.
        origin: String,
    },
    /// The witness does not know the log.
    #[error("log `{origin}` is not witnessed here")]
    OriginUnknown {
        /// The log.
        origin: String,
    },
    /// The witness saw another size last: it is told, and asked again from there.
    #[error("log `{origin}` was last seen here at size {seen}, not {old}")]
    OldSize {
        /// The log.
        origin: String,
        /// What the witness saw last.
        seen: u64,
        /// What was said.
        old: u64,
    },
    /// The proof does not show that the new tree goes on from the old one.
    #[error("log `{origin}` at {size} is not shown to go on from {old}")]
    Inconsistent {
        /// The log.
        origin: String,
        /// The size that was seen last.
        old: u64,
        /// The new size.
        size: u64,
    },
    /// Two signed checkpoints of one log that cannot both be true.
    #[error("log `{origin}` shows different views: two roots at size {size}")]
    SplitView {
        /// The log.
        origin: String,
        /// The size.
        size: u64,
    },
}

impl LogError {
    /// What a tree that cannot answer means for whoever asked.
    pub(crate) fn of_range(shard: &str, error: &RangeError) -> Self {
        let what = match error {
            RangeError::Outside { index, size } => format!("leaf {index} at size {size}"),
            RangeError::NotYet { asked, .. } => format!("size {asked}"),
            RangeError::Store { .. } => {
                return Self::Unavailable { shard: shard.to_owned(), why: error.to_string() };
            }
        };
        Self::Unknown { shard: shard.to_owned(), what }
    }

    /// What a note that does not count means for whoever handed it in.
    pub(crate) fn of_note(error: &NoteError) -> Self {
        match error {
            NoteError::Malformed(why) => Self::NoteMalformed(why.clone()),
            NoteError::Key(name) | NoteError::Signature(name) | NoteError::Unsigned(name) => {
                Self::NoteUnsigned { origin: name.clone() }
            }
        }
    }

    /// Number, slug, status, Chinese and English text.
    #[expect(clippy::too_many_lines, reason = "one row a variant, a table to read")]
    fn face(&self) -> (u16, Reason, u16, &'static str, &'static str) {
        match self {
            Self::Unknown { .. } => (
                1,
                "LEAF_UNKNOWN",
                404,
                "存证日志中没有这一条，或日志尚未增长到这一大小。请核对分片和序号。",
                "The log has no such leaf, or has not grown so far. Check shard and position.",
            ),
            Self::Unpublished { .. } => (
                2,
                "CHECKPOINT_NONE",
                404,
                "此分片尚未发布检查点。检查点每分钟或每一千条发布一次，请稍后再取。",
                "This shard has published no checkpoint yet. One is published a minute or a thousand leaves; try again shortly.",
            ),
            Self::HistoryChanged { .. } => (
                3,
                "HISTORY_CHANGED",
                409,
                "日志内容与已发布的检查点不符，已停止签发。请立即报告运行单位：日志可能被改写或恢复了旧备份。",
                "The journal contradicts a published checkpoint; nothing more is signed. Tell the operator at once: it was rewritten, or an old backup was restored.",
            ),
            Self::HashDamaged { .. } => (
                4,
                "HASH_DAMAGED",
                503,
                "存证日志的一个哈希已损坏，正在由日志重新生成。请稍后再取证明。",
                "A hash of the log is damaged and is being made anew from the journal. Ask for the proof again shortly.",
            ),
            Self::EntryTooLong { .. } => (
                5,
                "ENTRY_TOO_LONG",
                422,
                "此批条目中有一条超过65535字节，不能按批读取。请逐条读取。",
                "An entry of this bundle is longer than 65,535 bytes and does not fit. Read its entries one by one.",
            ),
            Self::Unavailable { .. } => (
                6,
                "LOG_DOWN",
                503,
                "存证日志暂时不可用，办理不受影响。请稍后再取证明。",
                "The log cannot be used now; service goes on. Ask for the proof again later.",
            ),
            Self::NoteMalformed(_) => (
                7,
                "NOTE_MALFORMED",
                400,
                "提交的检查点或请求格式不正确。请按 C2SP tlog-witness 的格式重新提交。",
                "What was handed in has not the form of C2SP tlog-witness. Correct it and send again.",
            ),
            Self::NoteUnsigned { .. } => (
                8,
                "NOTE_UNSIGNED",
                403,
                "检查点上没有已登记日志密钥的有效签名。请登记密钥后重新提交。",
                "The checkpoint bears no valid signature of a registered key of its log. Register the key and send again.",
            ),
            Self::OriginUnknown { .. } => (
                9,
                "ORIGIN_UNKNOWN",
                404,
                "此日志未在本系统登记见证。请先与本系统运行单位约定。",
                "This log is not witnessed here. Agree on it with the operator first.",
            ),
            Self::OldSize { .. } => (
                10,
                "WITNESS_SIZE",
                409,
                "起点与本系统上次见证的大小不同。请从所列大小重新证明。",
                "The old size is not the one seen here last. Prove from the size named.",
            ),
            Self::Inconsistent { .. } => (
                11,
                "INCONSISTENT",
                422,
                "一致性证明不成立，本系统不予联署。请提交从上次大小到新大小的一致性证明。",
                "The consistency proof does not hold, and nothing is cosigned. Send a proof from the last size to the new one.",
            ),
            Self::SplitView { .. } => (
                12,
                "SPLIT_VIEW",
                409,
                "同一日志在同一大小出现两个不同的根：对方可能向不同的人出示不同的历史。已记录并告警，不予联署。",
                "One log shows two roots at one size: it may show different histories to different people. This is kept and told; nothing is cosigned.",
            ),
        }
    }
}

impl Coded for LogError {
    fn code(&self) -> Code {
        Code::new("EVD", self.face().0)
    }

    fn reason(&self) -> Reason {
        self.face().1
    }

    fn label(&self) -> Label {
        let (_, _, _, zh, en) = self.face();
        Label::new(zh, en)
    }

    fn status(&self) -> u16 {
        self.face().2
    }

    fn fields(&self) -> Option<String> {
        let fields = match self {
            Self::Unknown { shard, what } => json!({"shard": shard, "what": what}),
            Self::Unpublished { shard } => json!({"shard": shard}),
            Self::HistoryChanged { shard, size } => json!({"shard": shard, "size": size}),
            Self::HashDamaged { shard, index } | Self::EntryTooLong { shard, index } => {
                json!({"shard": shard, "index": index})
            }
            // What a store says of itself is for the log of the server alone.
            Self::Unavailable { shard, .. } => json!({"shard": shard}),
            Self::NoteMalformed(why) => json!({"why": why}),
            Self::NoteUnsigned { origin } | Self::OriginUnknown { origin } => {
                json!({"origin": origin})
            }
            Self::OldSize { origin, seen, old } => {
                json!({"origin": origin, "seen": seen, "old": old})
            }
            Self::Inconsistent { origin, old, size } => {
                json!({"origin": origin, "old": old, "size": size})
            }
            Self::SplitView { origin, size } => json!({"origin": origin, "size": size}),
        };
        Some(fields.to_string())
    }
}
