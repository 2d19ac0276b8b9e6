//! Lawful refusals of credit repair.

use super::model::{Failing, Stage, told};
use codes::{Code, Coded, Date, Label, Reason};
use credit_repair::Need;
use serde_json::json;

/// Why repair says no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RepairError {
    /// Who asks does not act for the entity.
    #[error("who asks has no mandate of the entity")]
    MandateMissing,
    /// It can never be repaired early.
    #[error("`{}` bars repair", .rule.word())]
    Barred {
        /// Which condition bars it.
        rule: Need,
        /// The first day on which it is off by itself.
        until: Option<Date>,
    },
    /// The entity has no such entry.
    #[error("there is no such entry")]
    EntryUnknown,
    /// The entry stands no more.
    #[error("the entry has stood no more since {since}")]
    Closed {
        /// Since when.
        since: Date,
    },
    /// The act does not fit where the entry stands.
    #[error("the entry is {}", .stage.word())]
    WrongStage {
        /// Where it stands.
        stage: Stage,
    },
    /// The rules in force know no application for this entry.
    #[error("no application is foreseen for this entry")]
    NoRoute {
        /// The first day on which it is off by itself.
        until: Option<Date>,
    },
    /// The pledge is not signed.
    #[error("the pledge is not signed")]
    PledgeMissing,
    /// A text is missing or too long.
    #[error("`{key}` is empty or too long")]
    TextMissing {
        /// Which.
        key: &'static str,
    },
    /// Conditions are not met or not verified.
    #[error("{} conditions are not met", .failing.len())]
    ConditionsUnmet {
        /// Which.
        failing: Vec<Failing>,
    },
    /// A site check is made only where address or correction is at issue.
    #[error("no site check is needed")]
    SiteCheckNeedless,
    /// Another organ decides.
    #[error("`{organ}` decides about this entry")]
    NotDeciding {
        /// Which.
        organ: String,
    },
    /// Objections wait for an answer, or one was right.
    #[error("objections stand in the way")]
    Disputed {
        /// How many wait.
        open: usize,
    },
    /// A live entry exists: nothing can be certified.
    #[error("{live} entries stand")]
    StillListed {
        /// How many.
        live: usize,
    },
    /// A term cannot be computed.
    #[error("the term cannot be computed")]
    Term,
    /// A paper was handed in for what a register has shown already.
    #[error("a register has shown `{}` already", .need.word())]
    PaperNeedless {
        /// Which condition.
        need: Need,
    },
    /// A register tells what it was not asked.
    #[error("`{register}` was not asked for `{need}`")]
    NotAsked {
        /// Who.
        register: String,
        /// What.
        need: String,
    },
    /// The version of the law is not in force at the place.
    #[error("no version of the law is in force")]
    NoLaw,
}

impl RepairError {
    /// Number, slug, status.
    const fn face(&self) -> (u16, Reason, u16) {
        match self {
            Self::MandateMissing => (1, "MANDATE_MISSING", 403),
            Self::Barred { .. } => (2, "BARRED", 409),
            Self::EntryUnknown => (3, "NOT_FOUND", 404),
            Self::Closed { .. } => (4, "CLOSED", 409),
            Self::WrongStage { .. } => (5, "WRONG_STATE", 409),
            Self::NoRoute { .. } => (6, "NO_ROUTE", 409),
            Self::PledgeMissing => (7, "SIGNATURES_MISSING", 422),
            Self::TextMissing { .. } => (8, "FIELD", 422),
            Self::ConditionsUnmet { .. } => (9, "CONDITIONS_UNMET", 409),
            Self::SiteCheckNeedless => (10, "SITE_CHECK_NEEDLESS", 422),
            Self::NotDeciding { .. } => (11, "NOT_ENTITLED", 403),
            Self::Disputed { .. } => (12, "OBJECTIONS_OPEN", 409),
            Self::StillListed { .. } => (13, "RESTRICTED", 423),
            Self::Term => (14, "TERM", 503),
            Self::NoLaw => (15, "RULE_GAP", 503),
            Self::PaperNeedless { .. } => (16, "PAPER_NEEDLESS", 422),
            Self::NotAsked { .. } => (17, "NOT_ASKED", 409),
        }
    }

    /// What is told of what the authority does, of papers and of registers.
    fn in_office(&self) -> Label {
        match self {
            Self::ConditionsUnmet { failing } => told(failing),
            Self::SiteCheckNeedless => Label::new(
                "仅当住所或者改正情况存疑时才作实地核查；该申请由登记信息核实即可。",
                "A site check is made only where address or correction is at issue; registers suffice here.",
            ),
            Self::NotDeciding { .. } => Label::new(
                "该记录由作出列入决定的机关办理。",
                "The organ that decided the listing handles this entry.",
            ),
            Self::Disputed { .. } => Label::new(
                "公告期间的异议尚未答复，或者异议成立，不能准予修复。",
                "Objections wait for an answer, or one was right: repair cannot be granted.",
            ),
            Self::StillListed { .. } => Label::new(
                "目前仍有在列记录，不能出具信用修复证明。",
                "Entries still stand, so that no certificate can be issued.",
            ),
            Self::PaperNeedless { need } => {
                let label = need.label();
                Label::new(
                    format!("登记系统已查明：{}。无需提交材料，请刷新页面后再次确认。", label.zh),
                    format!(
                        "A register has shown it already: {}. No paper is needed; load the page again and confirm.",
                        label.en
                    ),
                )
            }
            Self::NotAsked { .. } => Label::new(
                "没有向该系统查询过这一事项，回告不予采用。",
                "This system was not asked for that; its answer is not taken.",
            ),
            Self::Term | Self::NoLaw => Label::new(
                "期限或者适用规定无法确定，请联系运行人员检查日历和规则数据。",
                "Term or rule cannot be told. Please contact the operator to check calendar and rules.",
            ),
            _ => Label::default(),
        }
    }
}

impl Coded for RepairError {
    fn code(&self) -> Code {
        Code::new("R30", self.face().0)
    }

    fn reason(&self) -> Reason {
        self.face().1
    }

    fn label(&self) -> Label {
        match self {
            Self::MandateMissing => Label::new(
                "您没有代表该主体办理的权限。请由法定代表人办理，或者先取得委托；无需通过任何中介。",
                "You do not act for this entity. Its legal representative applies, or grants a mandate first; no go-between is needed.",
            ),
            Self::Barred { rule, until } => {
                let label = rule.label();
                let (zh, en) = ends(*until);
                Label::new(
                    format!("依法不能提前修复：{}。{zh}", label.zh),
                    format!("Barred by law from early repair: {}. {en}", label.en),
                )
            }
            Self::EntryUnknown => Label::new(
                "没有这条列入记录，请从信用页面选择。",
                "There is no such entry. Choose it on the credit page.",
            ),
            Self::Closed { since } => Label::new(
                format!("该记录自{since}起已不在列，无需办理。"),
                format!("This entry has stood no more since {since}; nothing is left to do."),
            ),
            Self::WrongStage { stage } => {
                let stage = stage.label();
                Label::new(
                    format!("当前状态为“{}”，不能这样办理。", stage.zh),
                    format!("The entry is in the state `{}`; this cannot be done now.", stage.en),
                )
            }
            Self::NoRoute { until } => {
                let (zh, en) = ends(*until);
                Label::new(
                    format!("现行规定没有为该记录设置申请修复的方式。{zh}"),
                    format!("The rules in force foresee no application for this entry. {en}"),
                )
            }
            Self::PledgeMissing => {
                Label::new("请阅读并签署守信承诺书。", "Read and sign the pledge.")
            }
            Self::TextMissing { .. } => Label::new(
                "请填写事由和依据，每项不超过 500 字。",
                "State reason and ground, at most 500 characters each.",
            ),
            _ => self.in_office(),
        }
    }

    fn status(&self) -> u16 {
        self.face().2
    }

    fn fields(&self) -> Option<String> {
        let fields = match self {
            Self::Barred { rule, until } => json!({"rule": rule, "until": until}),
            Self::Closed { since } => json!({"since": since}),
            Self::WrongStage { stage } => json!({"state": stage}),
            Self::NoRoute { until } => json!({"until": until}),
            Self::PledgeMissing => json!({"who": ["applicant"]}),
            Self::TextMissing { key } => json!({"key": key, "why": "LENGTH"}),
            Self::ConditionsUnmet { failing } => json!({"failing": failing}),
            Self::NotDeciding { organ } => json!({"organ": organ}),
            Self::Disputed { open } => json!({"open": open}),
            Self::StillListed { live } => json!({"live": live}),
            Self::PaperNeedless { need } => json!({"need": need}),
            Self::NotAsked { register, need } => json!({"register": register, "need": need}),
            Self::MandateMissing
            | Self::EntryUnknown
            | Self::SiteCheckNeedless
            | Self::Term
            | Self::NoLaw => return None,
        };
        Some(fields.to_string())
    }
}

fn ends(until: Option<Date>) -> (String, String) {
    until.map_or_else(
        || (String::new(), String::new()),
        |day| {
            (
                format!("期满自{day}起自动移出，无需申请。"),
                format!("It ends by itself on {day}, without an application."),
            )
        },
    )
}
