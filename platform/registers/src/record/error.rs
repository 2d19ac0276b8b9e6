//! Why a record refuses: typed, in two languages.

use crate::record::model::RestrictionNo;
use codes::{Code, Coded, Date, Label, Moment, Reason};

/// Why a record refuses (登记簿不予记载的原因).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// A restriction stops the act.
    #[error("a restriction of kind `{kind}` stops it")]
    Restricted {
        /// The kind.
        kind: String,
        /// What it is called.
        label: Label,
        /// The restriction.
        restriction: RestrictionNo,
        /// By which law.
        law: String,
    },
    /// Somebody's consent is needed.
    #[error("restriction {restriction} needs a consent")]
    ConsentMissing {
        /// The kind.
        kind: String,
        /// What it is called.
        label: Label,
        /// The restriction.
        restriction: RestrictionNo,
        /// When it was entered.
        since: Moment,
        /// By which law.
        law: String,
    },
    /// Shares do not add up to the whole.
    #[error("shares add up to {sum}, off by {diff}")]
    Unbalanced {
        /// The sum, such as `11/12`.
        sum: String,
        /// What is missing to the whole, such as `1/12`, or too much, such as `-1/12`.
        diff: String,
    },
    /// No such register.
    #[error("no register `{0}` is defined")]
    RegisterUnknown(String),
    /// Something does not fit the definition of the register.
    #[error("`{key}`: {why}")]
    Field {
        /// Which element, section, kind or act.
        key: String,
        /// What is wrong.
        why: Misfit,
    },
    /// The record has not been opened.
    #[error("there is no such record")]
    Unknown,
    /// The record has ended.
    #[error("the record ended {since}")]
    Closed {
        /// Since when.
        since: Moment,
    },
    /// The section stands already, or does not stand.
    #[error("section `{section}` does not allow it")]
    Section {
        /// Which.
        section: String,
        /// Whether it stands.
        stands: bool,
    },
    /// No such restriction.
    #[error("there is no restriction {0}")]
    RestrictionUnknown(RestrictionNo),
    /// The restriction has ended.
    #[error("restriction {restriction} ended {since}")]
    Expired {
        /// Which.
        restriction: RestrictionNo,
        /// Since when.
        since: Moment,
    },
    /// The restriction waits and has no time to prolong, or has none that an action could keep.
    #[error("restriction {0} has no time that runs")]
    NoTimeRuns(RestrictionNo),
    /// The order names a longer time than the law allows.
    #[error("the law allows no day after {latest}")]
    TermTooLong {
        /// The last day that the law allows.
        latest: Date,
        /// By which law.
        law: String,
    },
    /// The instant does not fit: before an entry that stands, or in a register whose rights arise by entry alone.
    #[error("the instant {at} does not fit")]
    Time {
        /// The instant asked for.
        at: Moment,
        /// The earliest that fits.
        earliest: Moment,
    },
    /// A rule table does not answer.
    #[error("no rule answers: {0}")]
    Rule(String),
}

/// What does not fit the definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Misfit {
    /// The definition knows no such thing.
    Unknown,
    /// It is needed.
    Missing,
    /// It is personal and may not stand open.
    Personal,
    /// It may not stand there.
    Unwanted,
    /// Its form is wrong.
    Form,
}

impl Misfit {
    /// The word in answers.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Unknown => "UNKNOWN",
            Self::Missing => "MISSING",
            Self::Personal => "PERSONAL",
            Self::Unwanted => "UNWANTED",
            Self::Form => "FORM",
        }
    }

    fn label(self) -> Label {
        match self {
            Self::Unknown => Label::new("登记簿没有这一项", "the register knows no such thing"),
            Self::Missing => Label::new("此项必填", "it is needed"),
            Self::Personal => {
                Label::new("属于个人信息，须加密记载", "it is personal and has to be sealed")
            }
            Self::Unwanted => Label::new("此处不应填写", "it may not stand there"),
            Self::Form => Label::new("格式不符", "its form is wrong"),
        }
    }
}

impl std::fmt::Display for Misfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.label().en)
    }
}

impl RecordError {
    /// A misfit of the definition.
    pub(crate) fn field(key: impl Into<String>, why: Misfit) -> Self {
        Self::Field { key: key.into(), why }
    }
}

impl Coded for RecordError {
    fn code(&self) -> Code {
        match self {
            Self::Restricted { .. } => Code::new("REG", 11),
            Self::ConsentMissing { .. } => Code::new("REG", 12),
            Self::Unbalanced { .. } => Code::new("REG", 13),
            Self::RegisterUnknown(_) => Code::new("REG", 14),
            Self::Field { .. } => Code::new("REG", 15),
            Self::Unknown => Code::new("REG", 16),
            Self::Closed { .. } => Code::new("REG", 17),
            Self::Section { .. } => Code::new("REG", 18),
            Self::RestrictionUnknown(_) => Code::new("REG", 19),
            Self::Expired { .. } => Code::new("REG", 20),
            Self::NoTimeRuns(_) => Code::new("REG", 21),
            Self::TermTooLong { .. } => Code::new("REG", 22),
            Self::Time { .. } => Code::new("REG", 23),
            Self::Rule(_) => Code::new("REG", 24),
        }
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Restricted { .. } => "RESTRICTED",
            Self::ConsentMissing { .. } => "CONSENT_MISSING",
            Self::Unbalanced { .. } => "UNBALANCED",
            Self::RegisterUnknown(_) => "REGISTER_UNKNOWN",
            Self::Field { .. } => "FIELD",
            Self::Unknown => "RECORD_UNKNOWN",
            Self::Closed { .. } => "CLOSED",
            Self::Section { stands: true, .. } => "ALREADY_ENTERED",
            Self::Section { stands: false, .. } => "SECTION_UNKNOWN",
            Self::RestrictionUnknown(_) => "RESTRICTION_UNKNOWN",
            Self::Expired { .. } => "EXPIRED",
            Self::NoTimeRuns(_) => "NO_TIME_RUNS",
            Self::TermTooLong { .. } => "TERM_TOO_LONG",
            Self::Time { .. } => "TIME",
            Self::Rule(_) => "NO_RULE",
        }
    }

    #[expect(clippy::too_many_lines, reason = "one text a variant, to be read side by side")]
    fn label(&self) -> Label {
        match self {
            Self::Restricted { label, law, .. } => Label::new(
                format!("登记簿上有“{}”，在其解除之前不能办理（{law}）。", label.zh),
                format!(
                    "A {} stands in the register and stops this until it is released ({law}).",
                    label.en
                ),
            ),
            Self::ConsentMissing { label, since, law, .. } => Label::new(
                format!(
                    "{}记载的“{}”要求先取得同意或者书面确认（{law}）。请补交后再办理。",
                    since.date(),
                    label.zh
                ),
                format!(
                    "The {} entered on {} asks for a consent or a written acknowledgement first ({law}).",
                    label.en,
                    since.date()
                ),
            ),
            Self::Unbalanced { sum, diff } => Label::new(
                format!("各权利人的份额合计为{sum}，与1相差{diff}。请核对份额。"),
                format!("The shares add up to {sum}, which differs from 1 by {diff}. Check them."),
            ),
            Self::RegisterUnknown(register) => Label::new(
                format!("没有“{register}”这一登记簿。"),
                format!("There is no register `{register}`."),
            ),
            Self::Field { key, why } => Label::new(
                format!("“{key}”：{}。", why.label().zh),
                format!("`{key}`: {}.", why.label().en),
            ),
            Self::Unknown => Label::new(
                "登记簿中没有这一记载。请核对编号。",
                "The register holds no such record. Check the number.",
            ),
            Self::Closed { since } => Label::new(
                format!("这一记载已于{}注销或者并入其他记载。", since.date()),
                format!("This record ended on {}.", since.date()),
            ),
            Self::Section { section, stands: true } => Label::new(
                format!("“{section}”已有记载，请办理变更或者更正。"),
                format!("`{section}` is entered already; amend or correct it."),
            ),
            Self::Section { section, stands: false } => Label::new(
                format!("“{section}”尚无记载。"),
                format!("Nothing is entered under `{section}` for that time."),
            ),
            Self::RestrictionUnknown(_) => Label::new(
                "没有这一权利限制。请核对文号。",
                "There is no such restriction. Check its document.",
            ),
            Self::Expired { since, .. } => Label::new(
                format!("这一权利限制已于{}失效或者注销，须重新办理。", since.date()),
                format!("This restriction ended on {}; it has to be entered anew.", since.date()),
            ),
            Self::NoTimeRuns(_) => Label::new(
                "这一权利限制尚在轮候，或者没有正在计算的期限，无需办理。",
                "This restriction waits, or no time runs against it: there is nothing to do.",
            ),
            Self::TermTooLong { latest, law } => Label::new(
                format!("期限最长到{latest}（{law}）。"),
                format!("The law allows no longer than until {latest} ({law})."),
            ),
            Self::Time { earliest, .. } => Label::new(
                format!(
                    "时间不符：登记自记载时生效，不得早于{}。有误的记载请办理更正。",
                    earliest.date()
                ),
                format!(
                    "The instant does not fit: nothing before {} can be entered. Correct what was wrong.",
                    earliest.date()
                ),
            ),
            Self::Rule(_) => Label::new(
                "登记簿的规则不能判断这一情形，请联系运行人员。",
                "The rules of the register do not answer here. Please contact the operator.",
            ),
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::Restricted { .. } | Self::ConsentMissing { .. } => 423,
            Self::Unbalanced { .. } | Self::Field { .. } | Self::TermTooLong { .. } => 422,
            Self::RegisterUnknown(_)
            | Self::Unknown
            | Self::RestrictionUnknown(_)
            | Self::Section { stands: false, .. } => 404,
            Self::Closed { .. }
            | Self::Section { stands: true, .. }
            | Self::Expired { .. }
            | Self::NoTimeRuns(_)
            | Self::Time { .. } => 409,
            Self::Rule(_) => 503,
        }
    }

    fn fields(&self) -> Option<String> {
        let fields = match self {
            Self::Restricted { kind, restriction, .. } => {
                serde_json::json!({"kind": kind, "restriction": restriction})
            }
            Self::ConsentMissing { kind, restriction, since, .. } => {
                serde_json::json!({"kind": kind, "restriction": restriction, "since": since})
            }
            Self::Unbalanced { sum, diff } => serde_json::json!({"sum": sum, "diff": diff}),
            Self::RegisterUnknown(register) => serde_json::json!({"register": register}),
            Self::Field { key, why } => serde_json::json!({"key": key, "why": why.slug()}),
            Self::Closed { since } => serde_json::json!({"since": since}),
            Self::Section { section, .. } => serde_json::json!({"section": section}),
            Self::RestrictionUnknown(restriction) | Self::NoTimeRuns(restriction) => {
                serde_json::json!({"restriction": restriction})
            }
            Self::Expired { restriction, since } => {
                serde_json::json!({"restriction": restriction, "since": since})
            }
            Self::TermTooLong { latest, .. } => serde_json::json!({"latest": latest}),
            Self::Time { at, earliest } => serde_json::json!({"at": at, "earliest": earliest}),
            Self::Unknown | Self::Rule(_) => return None,
        };
        Some(fields.to_string())
    }
}
