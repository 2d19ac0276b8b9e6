//! Why a claim does not hold, and why one cannot be decided.

use crate::TsError;
use codes::{Code, Coded, Label, Moment, Reason};
use serde_json::{Value, json};

/// Why a claim does not hold (不成立的原因).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields say what they hold, the variants' lines what is wrong")]
pub enum Flaw {
    /// The archive is not in its one spelling, or not whole.
    ContainerChanged { at: u64 },
    /// The manifest is not the one that was signed, or not in its one spelling.
    ManifestChanged { why: String },
    /// A file is not the one that is listed.
    FileChanged { name: String },
    /// A listed file is not there.
    FileMissing { name: String },
    /// A file is there that is not listed.
    FileUnlisted { name: String },
    /// Events are missing in between.
    EventGap { kind: String, key: String, place: u64 },
    /// A leaf does not stand in the log.
    NotInLog { event: u64, computed: Option<String>, root: String },
    /// A signature of the log's key does not hold.
    SignatureWrong { origin: String },
    /// The key is none of the log's, or not one that is trusted.
    KeyUnknown { key: String },
    /// The key was not in use when it signed: retired before, or not taken into use yet.
    KeyNotInUse { key: String, at: Moment },
    /// The key is compromised, and nothing proves that the signature is older.
    KeyCompromised { key: String, since: Moment },
    /// Two checkpoints of one log and size have different roots.
    SplitView { origin: String, size: u64 },
    /// The log of one size is not the beginning of that of another.
    NotConsistent { old: u64, new: u64 },
    /// The log existed before the event says that it happened.
    StampBeforeEvent { event: u64, by_s: i64 },
    /// The stamp is so much later that it does not show when the event was.
    StampLate { event: u64, by_s: i64 },
    /// A value is not the one behind the commitment.
    OpeningWrong { file: String },
    /// Something cannot be read as what it should be.
    Unreadable { name: String, why: String },
    /// The times of a thing's events run backwards.
    TimeTurnedBack { kind: String, key: String, place: u64 },
    /// The cosignature of a known witness does not hold.
    WitnessWrong { name: String },
    /// A time-stamp does not hold.
    Stamp(TsError),
}

impl Flaw {
    #[expect(clippy::too_many_lines, reason = "a table: number, slug and words of each flaw")]
    fn face(&self) -> (u16, Reason, Label) {
        let (number, reason, zh, en): (u16, Reason, String, String) = match self {
            Self::ContainerChanged { at } => (
                540,
                "CONTAINER_CHANGED",
                format!("压缩包自第 {at} 字节起与原样不同，曾被改动或者不完整。"),
                format!(
                    "The archive differs from its one spelling at byte {at}: it was changed or is not whole."
                ),
            ),
            Self::ManifestChanged { why } => (
                541,
                "MANIFEST_CHANGED",
                "清单不是平台签署的那一份。".to_owned(),
                format!("The manifest is not the one that was signed: {why}."),
            ),
            Self::FileChanged { name } => (
                542,
                "FILE_CHANGED",
                format!("文件 {name} 与清单所列的不一致，曾被改动。"),
                format!("File {name} is not the one that the manifest lists: it was changed."),
            ),
            Self::FileMissing { name } => (
                543,
                "FILE_MISSING",
                format!("缺少清单所列的文件 {name}。"),
                format!("File {name}, which the manifest lists, is missing."),
            ),
            Self::FileUnlisted { name } => (
                544,
                "FILE_UNLISTED",
                format!("文件 {name} 不在清单之中，是后来放入的。"),
                format!("File {name} is not in the manifest: it was put in later."),
            ),
            Self::EventGap { kind, key, place } => (
                545,
                "EVENT_GAP",
                format!("{kind} {key} 的第 {place} 个事件缺失。"),
                format!("Event {place} of {kind} {key} is missing."),
            ),
            Self::NotInLog { event, .. } => (
                546,
                "NOT_IN_LOG",
                format!("事件 {event} 不在日志中：按其内容算出的根与签名的根不同。"),
                format!(
                    "Event {event} does not stand in the log: its bytes lead to another root than the signed one."
                ),
            ),
            Self::SignatureWrong { origin } => (
                547,
                "CHECKPOINT_SIGNATURE_INVALID",
                format!("日志 {origin} 的签名与检查点不符。"),
                format!("The signature of {origin} does not belong to the checkpoint."),
            ),
            Self::KeyUnknown { key } => (
                548,
                "KEY_UNKNOWN",
                format!("签名密钥（{key}）不是所信任的密钥。"),
                format!("The signing key {key} is none that is trusted."),
            ),
            Self::KeyNotInUse { key, at } => (
                549,
                "KEY_RETIRED",
                format!("密钥 {key} 在 {at} 签名时已停用或者尚未启用。"),
                format!("Key {key} was retired, or not in use yet, when it signed at {at}."),
            ),
            Self::KeyCompromised { key, since } => (
                558,
                "KEY_COMPROMISED",
                format!("密钥 {key} 自 {since} 起视为泄露，没有更早的时间戳可以证明签名在此之前。"),
                format!(
                    "Key {key} counts as compromised since {since}, and no earlier time-stamp shows the signature to be older."
                ),
            ),
            Self::SplitView { origin, size } => (
                550,
                "SPLIT_VIEW",
                format!("日志 {origin} 在 {size} 条时出现两个不同的根：历史被分叉，请立即报告。"),
                format!(
                    "Log {origin} shows two different roots at size {size}: its history was forked. Report this at once."
                ),
            ),
            Self::NotConsistent { old, new } => (
                551,
                "NOT_CONSISTENT",
                format!("{old} 条时的日志不是 {new} 条时日志的前部：历史被改写。"),
                format!(
                    "The log of size {old} is not the beginning of that of size {new}: history was rewritten."
                ),
            ),
            Self::StampBeforeEvent { event, by_s } => (
                552,
                "STAMP_BEFORE_EVENT",
                format!("时间戳比事件 {event} 自称的时间早 {by_s} 秒，事件时间不实。"),
                format!(
                    "The time-stamp is {by_s} s older than event {event} says it is: the event's time is not true."
                ),
            ),
            Self::StampLate { event, by_s } => (
                553,
                "STAMP_LATE",
                format!(
                    "时间戳比事件 {event} 晚 {by_s} 秒（超过 120 秒），只能证明事件在时间戳之前已存在。"
                ),
                format!(
                    "The time-stamp is {by_s} s later than event {event}, more than 120 s: it shows only that the event was there by then."
                ),
            ),
            Self::OpeningWrong { file } => (
                554,
                "OPENING_WRONG",
                format!("{file} 中的内容与事件里的承诺不符。"),
                format!("The value in {file} is not the one behind the commitment in the event."),
            ),
            Self::Unreadable { name, why } => (
                555,
                "UNREADABLE",
                format!("{name} 无法识别。"),
                format!("{name} cannot be read: {why}."),
            ),
            Self::TimeTurnedBack { kind, key, place } => (
                556,
                "TIME_TURNED_BACK",
                format!("{kind} {key} 的第 {place} 个事件早于前一事件。"),
                format!("Event {place} of {kind} {key} is older than the one before it."),
            ),
            Self::WitnessWrong { name } => (
                557,
                "WITNESS_SIGNATURE_INVALID",
                format!("见证人 {name} 的签名与检查点不符。"),
                format!("The cosignature of {name} does not belong to the checkpoint."),
            ),
            Self::Stamp(error) => return (error.code().number, error.reason(), error.label()),
        };
        (number, reason, Label::new(zh, en))
    }
}

impl std::fmt::Display for Flaw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.face().2.en)
    }
}

impl std::error::Error for Flaw {}

impl Coded for Flaw {
    fn code(&self) -> Code {
        Code::new("EVD", self.face().0)
    }

    fn reason(&self) -> Reason {
        self.face().1
    }

    fn label(&self) -> Label {
        self.face().2
    }

    fn fields(&self) -> Option<String> {
        let fields: Value = match self {
            Self::ContainerChanged { at } => json!({"at": at}),
            Self::ManifestChanged { why } => json!({"why": why}),
            Self::FileChanged { name }
            | Self::FileMissing { name }
            | Self::FileUnlisted { name }
            | Self::WitnessWrong { name } => json!({"name": name}),
            Self::EventGap { kind, key, place } | Self::TimeTurnedBack { kind, key, place } => {
                json!({"kind": kind, "key": key, "place": place})
            }
            Self::NotInLog { event, computed, root } => {
                json!({"event": event, "computed": computed, "root": root})
            }
            Self::SignatureWrong { origin } => json!({"origin": origin}),
            Self::KeyUnknown { key } => json!({"key": key}),
            Self::KeyNotInUse { key, at } => json!({"key": key, "at": at}),
            Self::KeyCompromised { key, since } => json!({"key": key, "since": since}),
            Self::SplitView { origin, size } => json!({"origin": origin, "size": size}),
            Self::NotConsistent { old, new } => json!({"old": old, "new": new}),
            Self::StampBeforeEvent { event, by_s } | Self::StampLate { event, by_s } => {
                json!({"event": event, "by_s": by_s})
            }
            Self::OpeningWrong { file } => json!({"file": file}),
            Self::Unreadable { name, why } => json!({"name": name, "why": why}),
            Self::Stamp(error) => return error.fields(),
        };
        Some(fields.to_string())
    }
}

/// Why a claim cannot be decided with what is at hand (未能核验的原因).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields say what they hold, the variants' lines what is lacking"
)]
pub enum Doubt {
    /// Nobody said which keys are trusted: the key is the one that the file itself brings.
    KeyNotCompared { key: String },
    /// No event in here names this file by its digest.
    NotNamed { file: String },
    /// No time-stamp covers the event yet.
    NotStamped { event: u64 },
    /// It rests on something that could not be read.
    NotChecked,
    /// A witness that is not known here has signed.
    WitnessUnknown { name: String },
    /// Nobody said which roots are trusted: the root is the one that the file itself brings.
    RootNotCompared { root: String },
    /// The content that it is about was not given.
    ContentNotGiven,
}

impl Doubt {
    fn face(&self) -> (u16, Reason, Label) {
        let (number, reason, zh, en): (u16, Reason, String, String) = match self {
            Self::KeyNotCompared { key } => (
                560,
                "KEY_NOT_COMPARED",
                format!(
                    "签名成立，但密钥 {key} 取自文件本身；请与公布的密钥核对，或用 --trust 指定。"
                ),
                format!(
                    "The signature holds, but key {key} is the one that the file itself brings: compare it with the published keys, or name them with --trust."
                ),
            ),
            Self::NotNamed { file } => (
                561,
                "NOT_NAMED_BY_AN_EVENT",
                format!("本包中没有事件载明 {file} 的摘要，日志不能证明它。"),
                format!(
                    "No event in this package names {file} by its digest, so the log does not prove it."
                ),
            ),
            Self::NotStamped { event } => (
                562,
                "NOT_STAMPED",
                format!("事件 {event} 尚无时间戳；时间出自平台自己的记录。"),
                format!(
                    "Event {event} is under no time-stamp yet; its time is the platform's own."
                ),
            ),
            Self::NotChecked => (
                563,
                "NOT_CHECKED",
                "因前一项无法识别，本项未能核验。".to_owned(),
                "This rests on something that could not be read.".to_owned(),
            ),
            Self::WitnessUnknown { name } => (
                564,
                "WITNESS_UNKNOWN",
                format!("见证人 {name} 不在已知之列。"),
                format!("Witness {name} is not known here."),
            ),
            Self::RootNotCompared { root } => (
                565,
                "ROOT_NOT_COMPARED",
                format!(
                    "时间戳成立，但根证书“{root}”取自文件本身；请用 --trust 指定所信任的根证书。"
                ),
                format!(
                    "The time-stamp holds, but root `{root}` is the one that the file itself brings: name the trusted roots with --trust."
                ),
            ),
            Self::ContentNotGiven => (
                566,
                "CONTENT_NOT_GIVEN",
                "没有给出它所针对的内容，请用 --of 指定。".to_owned(),
                "The content that it is about was not given: name it with --of.".to_owned(),
            ),
        };
        (number, reason, Label::new(zh, en))
    }
}

impl std::fmt::Display for Doubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.face().2.en)
    }
}

impl std::error::Error for Doubt {}

impl Coded for Doubt {
    fn code(&self) -> Code {
        Code::new("EVD", self.face().0)
    }

    fn reason(&self) -> Reason {
        self.face().1
    }

    fn label(&self) -> Label {
        self.face().2
    }

    fn fields(&self) -> Option<String> {
        let fields = match self {
            Self::KeyNotCompared { key } => json!({"key": key}),
            Self::NotNamed { file } => json!({"file": file}),
            Self::NotStamped { event } => json!({"event": event}),
            Self::WitnessUnknown { name } => json!({"name": name}),
            Self::RootNotCompared { root } => json!({"root": root}),
            Self::NotChecked | Self::ContentNotGiven => return None,
        };
        Some(fields.to_string())
    }
}
