//! Lawful refusals of penalty cases.

use crate::model::{Consent, PaperId};
use codes::{Code, Coded, Date, Label, Moment, Reason};
use penalty::{ClockError, Kind, Part};
use serde_json::json;

/// Why a penalty case says no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PenaltyError {
    /// The number has a case already, filed otherwise.
    #[error("the case is filed already, otherwise")]
    Taken,
    /// There is no such case.
    #[error("there is no such case")]
    Unknown,
    /// The act does not fit where the case stands.
    #[error("the case does not stand where this can be done: {why}")]
    WrongStage {
        /// What is missing or in the way, as a slug.
        why: &'static str,
    },
    /// The penalty may be decided on the spot, and nobody says why it is not.
    #[error("this may be decided on the spot")]
    OnTheSpot {
        /// The article.
        ground: String,
    },
    /// The party has not consented to electronic service.
    #[error("there is no consent to electronic service: {}", .consent.word())]
    ConsentMissing {
        /// How the consent stands.
        consent: Consent,
    },
    /// Fewer than two officers stand for a paper, or the reviewer is one of them.
    #[error("{officers} officers stand for it and {reviewers} reviewer")]
    DistinctPersons {
        /// How many officers.
        officers: usize,
        /// How many reviewers who are none of them.
        reviewers: usize,
    },
    /// A notary certifies another root hash than that of the package it was asked for.
    #[error("the certificate is over another root hash")]
    AnotherRoot,
    /// The case has no such paper.
    #[error("the case has no paper `{0}`")]
    NoSuchPaper(PaperId),
    /// The paper names no penalty.
    #[error("the paper names no penalty")]
    PenaltyMissing,
    /// The party was not notified of the intended penalty.
    #[error("no notice of the penalty was served")]
    NoticeNotServed,
    /// The time to defend still runs.
    #[error("`{clock}` runs until {until}")]
    ClockRunning {
        /// Which.
        clock: Kind,
        /// Until when.
        until: Moment,
    },
    /// A hearing was asked for and is not held yet.
    #[error("a hearing was asked for and is not held yet")]
    HearingPending,
    /// The decision is heavier than what was notified.
    #[error("the decision is heavier than what was notified: {}", .part.word())]
    HeavierPenalty {
        /// In which respect.
        part: Part,
        /// Whether the party defended itself.
        defended: bool,
    },
    /// The time for it is over.
    #[error("`{clock}` was over at {until}")]
    Expired {
        /// Which.
        clock: Kind,
        /// When it was over.
        until: Moment,
    },
    /// The notice of hearing cannot be served in time any more.
    #[error("the notice of a hearing on {hearing_on} must be served by {latest}")]
    HearingTooSoon {
        /// The day of the hearing.
        hearing_on: Date,
        /// The last day of service.
        latest: Date,
    },
    /// The decision must be taken back first.
    #[error("decision `{paper}` must be taken back first")]
    MustBeAnnulled {
        /// Which.
        paper: PaperId,
    },
    /// A field is missing, too long or impossible.
    #[error("`{key}`: {why}")]
    Field {
        /// Which.
        key: &'static str,
        /// Why.
        why: &'static str,
    },
    /// Who acts is not the party of the case.
    #[error("who acts is not the party of the case")]
    NotTheParty,
    /// Who acts is no officer.
    #[error("who acts is no officer")]
    NotAnOfficer,
    /// No row of a table is in force.
    #[error("no row of `{table}` is in force on {on}")]
    RuleGap {
        /// The table.
        table: String,
        /// The day.
        on: Date,
    },
    /// A term cannot be computed.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// A message of the customs case system cannot be taken.
    #[error("the message cannot be taken: {why}")]
    Message {
        /// Why, as a slug.
        why: &'static str,
    },
    /// The act asked for is none.
    #[error("`{0}` is nothing that can be done to a penalty case")]
    NoSuchAct(String),
    /// The package cannot be built now.
    #[error("the evidence package cannot be built: {0}")]
    Package(String),
}

impl Coded for PenaltyError {
    fn code(&self) -> Code {
        Code::new("R21", self.face().0)
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
            Self::Unknown | Self::NoSuchPaper(_) => 404,
            Self::NotTheParty | Self::NotAnOfficer => 403,
            Self::Field { .. }
            | Self::Message { .. }
            | Self::NoSuchAct(_)
            | Self::PenaltyMissing => 422,
            Self::RuleGap { .. } | Self::Clock(_) => 500,
            Self::Package(_) => 503,
            _ => 409,
        }
    }

    fn fields(&self) -> Option<String> {
        let fields = match self {
            Self::WrongStage { why } | Self::Message { why } => json!({"why": why}),
            Self::OnTheSpot { ground } => json!({"ground": ground}),
            Self::ConsentMissing { consent } => json!({"consent": consent}),
            Self::DistinctPersons { officers, reviewers } => {
                json!({"officers": officers, "reviewers": reviewers})
            }
            Self::NoSuchPaper(paper) | Self::MustBeAnnulled { paper } => json!({"paper": paper}),
            Self::ClockRunning { clock, until } | Self::Expired { clock, until } => {
                json!({"clock": clock, "until": until})
            }
            Self::HeavierPenalty { part, defended } => json!({"part": part, "defended": defended}),
            Self::HearingTooSoon { hearing_on, latest } => {
                json!({"hearing_on": hearing_on, "latest": latest})
            }
            Self::Field { key, why } => json!({"key": key, "why": why}),
            Self::RuleGap { table, on } => json!({"table": table, "on": on}),
            _ => return None,
        };
        Some(fields.to_string())
    }
}

impl PenaltyError {
    /// Number, slug, Chinese and English text.
    fn face(&self) -> (u16, Reason, &'static str, &'static str) {
        match self {
            Self::Taken => (
                1,
                "TAKEN",
                "该案件编号已经立案，内容与本次不同。",
                "This number is filed already, with other content.",
            ),
            Self::Unknown => (2, "NOT_FOUND", "没有这个案件。", "There is no such case."),
            Self::WrongStage { .. } => (
                3,
                "WRONG_STAGE",
                "案件目前所处环节不能这样办理，请刷新页面后按当前环节办理。",
                "The case does not stand where this can be done. Reload the page and act by the stage it shows.",
            ),
            Self::OnTheSpot { .. } => (
                4,
                "ON_THE_SPOT",
                "预计处罚在当场处罚限额以内。能当场作出决定的，请当场决定；不能的，请写明原因后再采集送达地址。",
                "The penalty to be expected may be decided on the spot. Decide it there, or say why that cannot be done.",
            ),
            Self::ConsentMissing { .. } => (
                5,
                "CONSENT_MISSING",
                "当事人没有签署电子送达地址确认书，不得电子送达；请改用书面方式，或者先请当事人确认地址。",
                "The party has signed no address confirmation: nothing may be served electronically. Serve it on paper, or have the addresses confirmed first.",
            ),
            Self::DistinctPersons { .. } => (
                6,
                "DISTINCT_PERSONS",
                "执法人员不得少于两人，并须由他们以外的人员法制审核。",
                "At least two officers must stand for it, and somebody else must have reviewed it.",
            ),
            Self::NoSuchPaper(_) => {
                (7, "NO_SUCH_PAPER", "案件里没有这份文书。", "The case has no such paper.")
            }
            Self::PenaltyMissing => (
                8,
                "PENALTY_MISSING",
                "文书没有写明拟处罚或者处罚的内容。",
                "The paper does not say what the penalty is.",
            ),
            Self::NoticeNotServed => (
                9,
                "NOTICE_NOT_SERVED",
                "告知单尚未送达，不得作出处罚决定。",
                "No notice of the penalty has been served: nothing can be decided.",
            ),
            Self::ClockRunning { .. } => (
                10,
                "CLOCK_RUNNING",
                "当事人陈述、申辩或者申请听证的期限还没有届满，也没有明确放弃，不得作出处罚决定。",
                "The time to defend or to ask for a hearing is not over, and the party has not given it up: nothing can be decided yet.",
            ),
            later => later.face_of_later(),
        }
    }

    /// As [`PenaltyError::face`], of what is refused from the hearing on.
    fn face_of_later(&self) -> (u16, Reason, &'static str, &'static str) {
        match self {
            Self::HearingPending => (
                11,
                "HEARING_PENDING",
                "当事人已经申请听证，听证举行之前不得作出处罚决定。",
                "A hearing was asked for and must be held first.",
            ),
            Self::HeavierPenalty { defended: true, .. } => (
                12,
                "HEAVIER_PENALTY",
                "不得因当事人陈述、申辩或者要求听证而给予更重的处罚。",
                "No heavier penalty may follow because the party defended itself.",
            ),
            Self::HeavierPenalty { .. } => (
                12,
                "HEAVIER_PENALTY",
                "处罚重于告知的内容。请重新告知当事人，待其陈述申辩期限届满后再作决定。",
                "The penalty is heavier than what was notified. Notify the party anew and decide when its time to defend is over.",
            ),
            Self::Expired { .. } => (
                13,
                "EXPIRED",
                "期限已经届满，不能再提出。如有正当理由，请联系办案海关。",
                "The time for this is over. If you have a good reason, please contact the customs office.",
            ),
            Self::HearingTooSoon { .. } => (
                14,
                "HEARING_TOO_SOON",
                "应当在举行听证的七个工作日前通知当事人，请另定听证日期。",
                "The party must be told of a hearing seven working days before. Choose a later day.",
            ),
            Self::MustBeAnnulled { .. } => (
                15,
                "MUST_BE_ANNULLED",
                "该处罚决定应当先行撤销。",
                "The decision must be taken back first.",
            ),
            other => other.face_of_any(),
        }
    }

    /// As [`PenaltyError::face`], of what any act may be refused for.
    fn face_of_any(&self) -> (u16, Reason, &'static str, &'static str) {
        match self {
            Self::Field { .. } => (
                16,
                "FIELD",
                "有一项内容缺失、过长或者不可能，请核对后重新提交。",
                "Something is missing, too long or impossible. Check it and send again.",
            ),
            Self::NotTheParty => (
                17,
                "NOT_ENTITLED",
                "只有案件的当事人或者其代理人可以这样办理。",
                "Only the party of the case or its agent can do this.",
            ),
            Self::NotAnOfficer => (
                18,
                "NOT_ENTITLED",
                "只有办案海关的工作人员可以这样办理。",
                "Only officers of the customs office can do this.",
            ),
            Self::RuleGap { .. } | Self::Clock(_) => (
                19,
                "RULE_GAP",
                "规则表里没有当日适用的规定，系统已停止办理，请联系运维人员。",
                "No rule is in force for that day. Nothing was done; please call the operator.",
            ),
            Self::Message { .. } => (
                20,
                "MESSAGE_REFUSED",
                "报文不能采纳：签名、格式或者内容有误。",
                "The message cannot be taken: its signature, form or content is wrong.",
            ),
            Self::NoSuchAct(_) => (
                21,
                "NO_SUCH_ACT",
                "没有这种办理方式，请从页面上选择。",
                "There is no such act. Choose one on the page.",
            ),
            Self::AnotherRoot => (
                23,
                "ROOT_DIFFERS",
                "公证书所载的根哈希不是申请保全的证据包的根哈希，未予采纳。",
                "The certificate names another root hash than that of the package; it was not taken.",
            ),
            // The others have their face above.
            _ => (
                22,
                "PACKAGE_NOT_READY",
                "证据包暂时不能生成，请稍后再试。",
                "The evidence package cannot be built now. Try again shortly.",
            ),
        }
    }
}
