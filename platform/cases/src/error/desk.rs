//! What can go wrong at the desk before a case is asked anything.

use codes::{Code, Coded, Label, Moment, Reason};
use serde_json::json;

/// Why the desk of a case does not go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeskError {
    /// A division has no number left for the day.
    #[error("the numbers of this division and day are used up")]
    SeriesExhausted,
    /// The package or an added service is not offered.
    #[error("the choice gives no plan: {0}")]
    NotOffered(String),
    /// The place is no division in which cases are handled.
    #[error("no case can be opened in `{0}`")]
    PlaceUnknown(String),
    /// The form came without its stamp.
    #[error("the form carries no command id")]
    CommandId,
    /// The invitation is unknown, or another one has taken its place.
    #[error("there is no such invitation")]
    InvitationUnknown,
    /// Name or identity number are not those of the signer.
    #[error("name or identity number are not the signer's")]
    NotTheSigner,
    /// Too many wrong attempts.
    #[error("the invitation is locked after too many attempts")]
    InvitationLocked,
    /// A document cannot be shown because something that it says is missing.
    #[error("document `{0}` cannot be written yet")]
    TextMissing(String),
    /// The slot is none of the case's list.
    #[error("the case asks for no material `{0}`")]
    SlotUnknown(String),
    /// No file came along.
    #[error("no file was sent")]
    FileMissing,
    /// No service, no question: a supplement that is not outstanding.
    #[error("task `{0}` has no open supplement")]
    NothingWanted(String),
    /// Something cannot be written down.
    #[error("cannot be written: {0}")]
    Unwritable(String),
    /// An event of the case cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// The services of the case contradict each other.
    #[error("the forms of this case do not merge: {0}")]
    FormsContradict(String),
    /// A clerk enters for somebody and has not said for whom.
    #[error("nobody is named for whom the case is opened")]
    PartyMissing,
    /// No case has this number and this secret together; which of the two is wrong is not said.
    #[error("number and secret fit no case")]
    ReceiptUnknown,
    /// Too many numbers and secrets that fit no case came from one address.
    #[error("too many numbers and secrets were tried; the next is taken from {until}")]
    TooManyGuesses {
        /// From when the next one is taken.
        until: Moment,
    },
    /// Values that were sent are wrong.
    #[error("{} values are wrong", .0.len())]
    Values(Vec<(String, String)>),
}

type Texts = (u16, Reason, u16, &'static str, &'static str);

impl DeskError {
    #[expect(clippy::too_many_lines, reason = "one row a variant, a table to read")]
    fn row(&self) -> Texts {
        match self {
            Self::SeriesExhausted => (
                40,
                "SERIES_EXHAUSTED",
                503,
                "本区域今天的办件编号已经用完，请明天再来。",
                "This area has no case number left for today. Please come back tomorrow.",
            ),
            Self::NotOffered(_) => (
                41,
                "NOT_OFFERED",
                422,
                "所选套餐或服务不能在这里申请，请返回重新选择。",
                "The package or service cannot be applied for here. Please go back and choose again.",
            ),
            Self::PlaceUnknown(_) => (
                42,
                "PLACE_UNKNOWN",
                422,
                "请选择办理地点，精确到县（市、区）。",
                "Please choose where the case is handled, down to the county or district.",
            ),
            Self::CommandId => (
                43,
                "COMMAND_ID",
                422,
                "页面已经失效。请刷新页面后重新提交，已保存的内容不会丢失。",
                "This page is out of date. Reload it and send again; what was saved is not lost.",
            ),
            Self::InvitationUnknown => (
                44,
                "INVITATION_UNKNOWN",
                404,
                "签署链接无效，或者已被新的链接代替。请向申请人索取最新的链接。",
                "This signing link is not valid, or another one has taken its place. Please ask the applicant for the newest link.",
            ),
            Self::NotTheSigner => (
                45,
                "NOT_THE_SIGNER",
                403,
                "姓名或证件号码与申请表中的签署人不一致。请核对后再输入。",
                "Name or identity number are not those of the signer in the application. Please check and type them again.",
            ),
            Self::InvitationLocked => (
                46,
                "INVITATION_LOCKED",
                429,
                "核对次数过多，链接已锁定。请向申请人索取新的链接。",
                "There were too many attempts and the link is locked. Please ask the applicant for a new one.",
            ),
            Self::TextMissing(_) => (
                47,
                "TEXT_MISSING",
                409,
                "文件所需的内容还没有填完，暂时不能阅读和签署。",
                "The document cannot be read or signed yet: something that it says has not been filled in.",
            ),
            Self::SlotUnknown(_) => (
                48,
                "SLOT_UNKNOWN",
                404,
                "本办件不需要这项材料。",
                "This case does not ask for that material.",
            ),
            Self::FileMissing => {
                (49, "FILE_MISSING", 422, "请先选择要上传的文件。", "Please choose a file first.")
            }
            Self::NothingWanted(_) => (
                50,
                "NOTHING_WANTED",
                409,
                "这个环节目前没有需要补正的内容。",
                "Nothing is to be supplemented for this task at the moment.",
            ),
            Self::Unwritable(_) => (
                51,
                "DESK_FAULT",
                500,
                "系统出现故障，已记录。请稍后再试，已提交的内容不会重复办理。",
                "Something failed on our side and was recorded. Please try again later; nothing you sent is done twice.",
            ),
            Self::Unreadable(_) => (
                52,
                "CASE_UNREADABLE",
                500,
                "办件记录无法读取，请联系运行人员。",
                "The record of the case cannot be read. Please contact the operator.",
            ),
            Self::FormsContradict(_) => (
                53,
                "FORMS_CONTRADICT",
                503,
                "该办件的表单版本存在冲突，请联系运行人员。",
                "The forms of this case contradict each other. Please contact the operator.",
            ),
            Self::PartyMissing => (
                54,
                "PARTY_MISSING",
                422,
                "请写明为谁办理：当事人在本平台的编号。",
                "Please say for whom the case is opened: the party's number on this platform.",
            ),
            Self::ReceiptUnknown => (
                56,
                "RECEIPT_UNKNOWN",
                422,
                "办件编号和查询码不匹配。请对照回执重新输入，两者都区分每一位。",
                "This number and this code do not belong together. Please type both again as the receipt has them.",
            ),
            Self::TooManyGuesses { .. } => (
                57,
                "TOO_MANY_GUESSES",
                429,
                "输入有误的次数过多。请过十分钟再试，或者登录后在“我的办件”中查看。",
                "Too many that did not fit were tried. Please try again in ten minutes, or sign in and look under My cases.",
            ),
            Self::Values(_) => (
                55,
                "VALUES",
                422,
                "有内容需要更正，请按提示修改后重新提交。",
                "Some values need to be corrected. Please follow the hints and send again.",
            ),
        }
    }
}

impl Coded for DeskError {
    fn code(&self) -> Code {
        Code::new("CASE", self.row().0)
    }

    fn reason(&self) -> Reason {
        self.row().1
    }

    fn label(&self) -> Label {
        let (_, _, _, zh, en) = self.row();
        Label::new(zh, en)
    }

    fn status(&self) -> u16 {
        self.row().2
    }

    fn fields(&self) -> Option<String> {
        let value = match self {
            Self::NotOffered(what) => json!({ "what": what }),
            Self::PlaceUnknown(place) => json!({ "place": place }),
            Self::TextMissing(document) => json!({ "document": document }),
            Self::SlotUnknown(slot) => json!({ "slot": slot }),
            Self::NothingWanted(task) => json!({ "task": task }),
            Self::FormsContradict(why) => json!({ "why": why }),
            Self::TooManyGuesses { until } => json!({ "until": until.to_string() }),
            Self::Values(wrong) => {
                let items: Vec<_> = wrong
                    .iter()
                    .map(|(what, code)| json!({ "what": what, "code": code }))
                    .collect();
                json!({ "items": items })
            }
            Self::SeriesExhausted
            | Self::CommandId
            | Self::InvitationUnknown
            | Self::NotTheSigner
            | Self::InvitationLocked
            | Self::FileMissing
            | Self::Unwritable(_)
            | Self::Unreadable(_)
            | Self::ReceiptUnknown
            | Self::PartyMissing => return None,
        };
        Some(value.to_string())
    }
}
