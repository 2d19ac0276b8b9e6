//! Lawful refusals of delivery.

use calendar::CalendarError;
use codes::{Code, Coded, Date, Label, Moment, Reason};
use documents::{DocumentError, NumberError};

/// Why delivery says no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// The notice exists already.
    #[error("the notice is there already")]
    NoticeTaken,
    /// There is no such notice.
    #[error("there is no such notice")]
    NoticeUnknown,
    /// The document is not ready yet.
    #[error("the document is not ready yet")]
    NotPrepared,
    /// The notice is served already.
    #[error("the notice was served on {on}")]
    AlreadyServed {
        /// When.
        on: Date,
    },
    /// Nothing was posted that could have arrived or come back.
    #[error("nothing was posted")]
    NothingPosted,
    /// A day lies before the thing it follows, or after today.
    #[error("{on} is not between {earliest} and {latest}")]
    DayImpossible {
        /// The day given.
        on: Date,
        /// The earliest that can be.
        earliest: Date,
        /// The latest that can be.
        latest: Date,
    },
    /// A text is empty or too long.
    #[error("`{key}` is empty or too long")]
    TextMissing {
        /// Which.
        key: &'static str,
    },
    /// Only the party upon whom it is served may do this.
    #[error("the notice is served upon another party")]
    NotTheRecipient,
    /// Consent was given for a channel without its address.
    #[error("consent to `{}` needs an address", .channel.word())]
    AddressMissing {
        /// The channel.
        channel: crate::model::Channel,
    },
    /// Consent can be given for electronic channels only.
    #[error("`{}` is no electronic channel", .channel.word())]
    NotElectronic {
        /// The channel.
        channel: crate::model::Channel,
    },
    /// There is no confirmation by the party that covers the document.
    #[error("no address confirmation covers this document")]
    ConsentMissing {
        /// Since when there is none any more; none where there never was one.
        since: Option<Moment>,
    },
    /// A sort of documents stands in the form that the party did not tick itself, or none does.
    #[error("a scope was not chosen by the party itself")]
    ScopeNotChosen {
        /// Which; none where nothing was ticked.
        scope: Option<String>,
    },
    /// A code came back too late.
    #[error("the code of address {no} was good until {since}")]
    CodeExpired {
        /// The address.
        no: u32,
        /// Until when it was good.
        since: Moment,
    },
    /// A code was mistyped too often, or too many codes were sent.
    #[error("address {no} has no tries left")]
    CodeSpent {
        /// The address.
        no: u32,
    },
    /// A code was typed that is another one.
    #[error("the code is another one, {left} tries are left")]
    CodeWrong {
        /// How many tries are left.
        left: u32,
    },
    /// Something of the form is missing.
    #[error("the form is not finished: {}", .items.join(", "))]
    Unfinished {
        /// What.
        items: Vec<&'static str>,
    },
    /// The explanation of the consequences was not read for long enough.
    #[error("the consequences were not read, {seconds_left} seconds are left")]
    Unread {
        /// Seconds that are left.
        seconds_left: u32,
    },
    /// The link ran out or was used.
    #[error("the link is not good any more")]
    LinkOver,
    /// There is no such confirmation.
    #[error("there is no such address confirmation")]
    ConfirmationUnknown,
    /// The confirmation exists already.
    #[error("the address confirmation is there already")]
    ConfirmationTaken,
    /// The form is another one than the party saw.
    #[error("the form has changed since it was shown")]
    FormChanged,
    /// Nobody has said who signs.
    #[error("nobody compared the person with its document")]
    IdentityUnchecked,
    /// There is no such address in the form.
    #[error("there is no address {no}")]
    AddressUnknown {
        /// Which.
        no: u32,
    },
    /// There is no such attempt at service.
    #[error("there is no rung {rung}")]
    AttemptUnknown {
        /// Which.
        rung: u32,
    },
    /// There is no such announcement.
    #[error("there is no such announcement")]
    AnnouncementUnknown,
    /// The announcement exists already.
    #[error("the announcement is there already")]
    AnnouncementTaken,
    /// The announcement or the objection is closed.
    #[error("closed since {since}")]
    AnnouncementClosed {
        /// Since when.
        since: Date,
    },
    /// Nobody can object to this announcement.
    #[error("this announcement takes no objections")]
    NoObjections,
    /// An objection brings too little.
    #[error("the objection lacks `{item}`")]
    ObjectionIncomplete {
        /// What it lacks.
        item: &'static str,
    },
    /// There is no such objection.
    #[error("there is no objection {no}")]
    ObjectionUnknown {
        /// Which.
        no: u32,
    },
    /// The term still runs.
    #[error("the term runs until {until}")]
    ClockRunning {
        /// Its last day.
        until: Date,
    },
    /// A report of a gateway does not bear its signature.
    #[error("the report is not signed by the gateway: {0}")]
    ReportUnsigned(String),
    /// A report speaks of a message that nobody sent.
    #[error("the report speaks of a message that is not known")]
    ReportUnknown,
    /// What the party handed in before is not judged yet.
    #[error("what was handed in as {no} is not judged yet")]
    ProofPending {
        /// Which.
        no: u32,
    },
    /// There is nothing of this number to be judged.
    #[error("there is no evidence {no} that waits to be judged")]
    ProofUnknown {
        /// Which.
        no: u32,
    },
    /// The file is none that can be taken.
    #[error("`{key}` is no file of a kind that is taken")]
    FileRefused {
        /// The field.
        key: &'static str,
    },
    /// A term cannot be computed.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// The document cannot be made.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The number cannot be given.
    #[error(transparent)]
    Number(#[from] NumberError),
}

impl Coded for DeliveryError {
    fn code(&self) -> Code {
        let number = match self {
            Self::NoticeTaken => 1,
            Self::NoticeUnknown => 2,
            Self::NotPrepared => 3,
            Self::AlreadyServed { .. } => 4,
            Self::NothingPosted => 5,
            Self::DayImpossible { .. } => 6,
            Self::TextMissing { .. } => 7,
            Self::NotTheRecipient => 8,
            Self::AddressMissing { .. } => 9,
            Self::NotElectronic { .. } => 10,
            Self::ConsentMissing { .. } => 11,
            Self::ScopeNotChosen { .. } => 12,
            Self::CodeExpired { .. } => 13,
            Self::CodeSpent { .. } => 14,
            Self::CodeWrong { .. } => 15,
            Self::Unfinished { .. } => 16,
            Self::Unread { .. } => 17,
            Self::LinkOver => 18,
            Self::ConfirmationUnknown => 19,
            Self::ConfirmationTaken => 20,
            Self::FormChanged => 21,
            Self::IdentityUnchecked => 22,
            Self::AddressUnknown { .. } => 23,
            Self::AttemptUnknown { .. } => 24,
            Self::AnnouncementUnknown => 25,
            Self::AnnouncementTaken => 26,
            Self::AnnouncementClosed { .. } => 27,
            Self::NoObjections => 28,
            Self::ObjectionIncomplete { .. } => 29,
            Self::ObjectionUnknown { .. } => 30,
            Self::ClockRunning { .. } => 31,
            Self::ReportUnsigned(_) => 32,
            Self::ReportUnknown => 33,
            Self::FileRefused { .. } => 34,
            Self::ProofPending { .. } => 35,
            Self::ProofUnknown { .. } => 36,
            Self::Calendar(error) => return error.code(),
            Self::Document(error) => return error.code(),
            Self::Number(error) => return error.code(),
        };
        Code::new("DLV", number)
    }

    fn reason(&self) -> Reason {
        match self {
            Self::NoticeTaken | Self::ConfirmationTaken | Self::AnnouncementTaken => "TAKEN",
            Self::NoticeUnknown => "NOTICE_UNKNOWN",
            Self::NotPrepared => "NOT_PREPARED",
            Self::AlreadyServed { .. } => "ALREADY_SERVED",
            Self::NothingPosted => "NOTHING_POSTED",
            Self::DayImpossible { .. } | Self::TextMissing { .. } | Self::FileRefused { .. } => {
                "FIELD"
            }
            Self::NotTheRecipient => "NOT_ENTITLED",
            Self::AddressMissing { .. } => "ADDRESS_MISSING",
            Self::NotElectronic { .. } => "NOT_ELECTRONIC",
            Self::ConsentMissing { .. } => "CONSENT_MISSING",
            Self::ScopeNotChosen { .. } => "SCOPE_NOT_CHOSEN",
            Self::CodeExpired { .. } | Self::LinkOver => "EXPIRED",
            Self::CodeSpent { .. } => "CODE_SPENT",
            Self::CodeWrong { .. } => "CODE_WRONG",
            Self::Unfinished { .. } | Self::ObjectionIncomplete { .. } => "INCOMPLETE",
            Self::Unread { .. } => "CONSEQUENCE_UNREAD",
            Self::ConfirmationUnknown => "CONFIRMATION_UNKNOWN",
            Self::FormChanged => "FORM_CHANGED",
            Self::IdentityUnchecked => "IDENTITY_UNCHECKED",
            Self::AddressUnknown { .. } => "ADDRESS_UNKNOWN",
            Self::AttemptUnknown { .. } => "ATTEMPT_UNKNOWN",
            Self::ProofPending { .. } => "PROOF_PENDING",
            Self::ProofUnknown { .. } => "PROOF_UNKNOWN",
            Self::AnnouncementUnknown => "ANNOUNCEMENT_UNKNOWN",
            Self::AnnouncementClosed { .. } => "CLOSED",
            Self::NoObjections => "NOT_OBJECTABLE",
            Self::ObjectionUnknown { .. } => "OBJECTION_UNKNOWN",
            Self::ClockRunning { .. } => "CLOCK_RUNNING",
            Self::ReportUnsigned(_) => "SIGNATURE_INVALID",
            Self::ReportUnknown => "REPORT_UNKNOWN",
            Self::Calendar(error) => error.reason(),
            Self::Document(error) => error.reason(),
            Self::Number(error) => error.reason(),
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::NoticeTaken => {
                Label::new("这份文书已经存在，无需重复制发。", "This notice exists already.")
            }
            Self::NoticeUnknown => Label::new(
                "没有找到这份文书。请核对链接，或从收件箱打开。",
                "There is no such notice. Check the link, or open it from the inbox.",
            ),
            Self::NotPrepared => Label::new(
                "文书正在制作，请稍后再试。",
                "The document is still being made. Please try again shortly.",
            ),
            Self::AlreadyServed { on } => Label::new(
                format!(
                    "这份文书已于{}年{}月{}日送达，无需再次送达。",
                    on.year(),
                    on.month(),
                    on.day()
                ),
                format!("This notice was served on {on}; it need not be served again."),
            ),
            Self::NothingPosted => Label::new(
                "尚未登记邮寄，不能登记签收或者退件。请先登记邮件号。",
                "No posting is recorded yet. Record the carrier's number first.",
            ),
            Self::DayImpossible { earliest, latest, .. } => Label::new(
                format!("日期应在{earliest}至{latest}之间。"),
                format!("The day must be between {earliest} and {latest}."),
            ),
            Self::TextMissing { .. } => Label::new(
                "请填写此项，并不超过200字。",
                "Please fill this in, with 200 characters at most.",
            ),
            Self::NotTheRecipient => Label::new(
                "这份文书的受送达人不是您。请切换办事身份后再试。",
                "This notice is not addressed to you. Switch to the role it is addressed to.",
            ),
            Self::AddressMissing { .. } => Label::new(
                "同意电子邮件送达的，请填写接收邮箱。",
                "Give the e-mail address at which you want to be served.",
            ),
            Self::NotElectronic { .. } => Label::new(
                "只有平台收件箱和电子邮件需要同意。",
                "Consent is needed for the inbox and for e-mail only.",
            ),
            Self::Document(error) => error.label(),
            Self::Number(error) => error.label(),
            Self::Calendar(error) => error.label(),
            Self::AttemptUnknown { .. }
            | Self::ProofPending { .. }
            | Self::ProofUnknown { .. }
            | Self::ReportUnsigned(_)
            | Self::ReportUnknown => self.report_label(),
            Self::AnnouncementUnknown
            | Self::AnnouncementTaken
            | Self::AnnouncementClosed { .. }
            | Self::NoObjections
            | Self::ObjectionIncomplete { .. }
            | Self::ObjectionUnknown { .. }
            | Self::ClockRunning { .. } => self.announcement_label(),
            _ => self.confirmation_label(),
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::NoticeTaken
            | Self::NotPrepared
            | Self::AlreadyServed { .. }
            | Self::NothingPosted
            | Self::ConsentMissing { .. }
            | Self::CodeExpired { .. }
            | Self::Unread { .. }
            | Self::LinkOver
            | Self::ConfirmationTaken
            | Self::FormChanged
            | Self::IdentityUnchecked
            | Self::AnnouncementTaken
            | Self::AnnouncementClosed { .. }
            | Self::NoObjections
            | Self::ProofPending { .. }
            | Self::ClockRunning { .. } => 409,
            Self::NoticeUnknown
            | Self::ConfirmationUnknown
            | Self::AddressUnknown { .. }
            | Self::AttemptUnknown { .. }
            | Self::AnnouncementUnknown
            | Self::ObjectionUnknown { .. }
            | Self::ProofUnknown { .. }
            | Self::ReportUnknown => 404,
            Self::NotTheRecipient => 403,
            Self::ReportUnsigned(_) => 401,
            Self::CodeSpent { .. } => 429,
            Self::DayImpossible { .. }
            | Self::TextMissing { .. }
            | Self::AddressMissing { .. }
            | Self::NotElectronic { .. }
            | Self::ScopeNotChosen { .. }
            | Self::CodeWrong { .. }
            | Self::Unfinished { .. }
            | Self::ObjectionIncomplete { .. }
            | Self::FileRefused { .. } => 422,
            Self::Calendar(error) => error.status(),
            Self::Document(error) => error.status(),
            Self::Number(error) => error.status(),
        }
    }

    fn fields(&self) -> Option<String> {
        let fields = match self {
            Self::AlreadyServed { on } => serde_json::json!({"on": on.to_string()}),
            Self::DayImpossible { earliest, latest, .. } => {
                serde_json::json!({"key": "on", "earliest": earliest.to_string(), "latest": latest.to_string()})
            }
            Self::TextMissing { key } => serde_json::json!({"key": key, "why": "LENGTH"}),
            Self::AddressMissing { channel } | Self::NotElectronic { channel } => {
                serde_json::json!({"channel": channel.word()})
            }
            Self::ConsentMissing { since } => serde_json::json!({"since": since}),
            Self::ScopeNotChosen { scope } => serde_json::json!({"scope": scope}),
            Self::CodeExpired { no, since } => serde_json::json!({"address": no, "since": since}),
            Self::CodeSpent { no } | Self::AddressUnknown { no } => {
                serde_json::json!({"address": no})
            }
            Self::CodeWrong { left } => serde_json::json!({"left": left}),
            Self::Unfinished { items } => serde_json::json!({"items": items}),
            Self::Unread { seconds_left } => serde_json::json!({"seconds_left": seconds_left}),
            Self::AttemptUnknown { rung } => serde_json::json!({"rung": rung}),
            Self::AnnouncementClosed { since } => serde_json::json!({"since": since.to_string()}),
            Self::ObjectionIncomplete { item } => serde_json::json!({"items": [item]}),
            Self::ObjectionUnknown { no }
            | Self::ProofPending { no }
            | Self::ProofUnknown { no } => serde_json::json!({"no": no}),
            Self::ClockRunning { until } => serde_json::json!({"until": until.to_string()}),
            Self::FileRefused { key } => serde_json::json!({"key": key, "why": "KIND"}),
            Self::Calendar(error) => return error.fields(),
            Self::Document(error) => return error.fields(),
            Self::Number(error) => return error.fields(),
            Self::NoticeTaken
            | Self::NoticeUnknown
            | Self::NotPrepared
            | Self::NothingPosted
            | Self::NotTheRecipient
            | Self::LinkOver
            | Self::ConfirmationUnknown
            | Self::ConfirmationTaken
            | Self::FormChanged
            | Self::IdentityUnchecked
            | Self::AnnouncementUnknown
            | Self::AnnouncementTaken
            | Self::NoObjections
            | Self::ReportUnsigned(_)
            | Self::ReportUnknown => return None,
        };
        Some(fields.to_string())
    }
}

impl DeliveryError {
    fn confirmation_label(&self) -> Label {
        match self {
            Self::ConsentMissing { .. } => Label::new(
                "当事人没有签署涵盖此类文书的《电子送达地址确认书》，不得电子送达。请采集确认书，或者以书面方式送达。",
                "No signed address confirmation covers this sort of document, so it must not be served electronically. Obtain one, or serve on paper.",
            ),
            Self::ScopeNotChosen { scope: Some(_) } => Label::new(
                "送达文书范围须由当事人本人逐项勾选，不得预先勾选。请当事人在自己的手机上勾选。",
                "Each sort of documents is ticked by the party itself, one by one; none is ticked beforehand.",
            ),
            Self::ScopeNotChosen { scope: None } => Label::new(
                "请至少勾选一类同意电子送达的文书。",
                "Tick at least one sort of documents.",
            ),
            Self::CodeExpired { .. } => Label::new(
                "验证码已超过有效时间。请重新获取验证码。",
                "The code has run out. Ask for a new one.",
            ),
            Self::CodeSpent { .. } => Label::new(
                "这个地址的验证次数已用完。请删除后重新填写地址，或者换一个地址。",
                "This address has no tries left. Take it out and enter it again, or use another one.",
            ),
            Self::CodeWrong { left } => Label::new(
                format!("验证码不正确，还可以输入{left}次。"),
                format!("The code is another one; {left} tries are left."),
            ),
            Self::Unfinished { .. } => Label::new(
                "确认书还有未完成的项目，请补充后再签名。",
                "Parts of the form are still missing; complete them before signing.",
            ),
            Self::Unread { seconds_left } => Label::new(
                format!("请先完整阅读法律后果告知，还需{seconds_left}秒。"),
                format!("Please read the explanation first; {seconds_left} seconds are left."),
            ),
            Self::LinkOver => Label::new(
                "链接已过期或者已使用。请向办案人员索取新的二维码。",
                "The link has run out or was used. Ask the officer for a new code.",
            ),
            Self::ConfirmationUnknown => Label::new(
                "没有找到这份地址确认书。请核对链接。",
                "There is no such address confirmation. Check the link.",
            ),
            Self::ConfirmationTaken => Label::new(
                "这份地址确认书已经存在。需要更改的，由当事人发起变更。",
                "This address confirmation exists already. A change is begun by the party.",
            ),
            Self::FormChanged => Label::new(
                "确认书内容在您查看之后有变化。请核对后重新签名。",
                "The form has changed since you saw it. Check it and sign again.",
            ),
            Self::IdentityUnchecked => Label::new(
                "尚未核对身份。请由办案人员核对身份证件，或者登录后办理。",
                "Nobody has compared you with your document yet. Ask the officer to do so, or sign in.",
            ),
            Self::AddressUnknown { .. } => Label::new(
                "没有这个地址，请刷新页面。",
                "There is no such address; reload the page.",
            ),
            Self::FileRefused { .. } => Label::new(
                "请上传图片或者PDF文件，不超过限定大小。",
                "Hand in a picture or a PDF that is not too large.",
            ),
            _ => Label::new("无法办理。", "This cannot be done."),
        }
    }

    fn report_label(&self) -> Label {
        match self {
            Self::ProofPending { .. } => Label::new(
                "您此前提交的证据正在认定，认定后可以再次提交。",
                "What you handed in before is being judged; you can hand in more after that.",
            ),
            Self::ProofUnknown { .. } => Label::new(
                "没有待认定的这份证据，可能已经认定，请刷新页面。",
                "There is no such evidence to be judged; somebody may have done so. Reload the page.",
            ),
            Self::AttemptUnknown { .. } => Label::new(
                "没有这一次送达经过，请刷新页面核对。",
                "There is no such attempt at service; reload the page.",
            ),
            Self::ReportUnsigned(_) => Label::new(
                "回执签名无效，未采用。请检查短信网关的密钥配置。",
                "The report does not bear the gateway's signature and was not taken. Check the gateway's key.",
            ),
            _ => Label::new(
                "回执所指的消息不是本平台发出的，未采用。",
                "The report speaks of a message that this platform did not send; it was not taken.",
            ),
        }
    }

    fn announcement_label(&self) -> Label {
        match self {
            Self::AnnouncementUnknown => {
                Label::new("没有找到这份公告。请核对链接。", "There is no such announcement.")
            }
            Self::AnnouncementTaken => {
                Label::new("这份公告已经发布。", "This announcement was published already.")
            }
            Self::AnnouncementClosed { since } => Label::new(
                format!(
                    "已于{}年{}月{}日结束，不能再办理。",
                    since.year(),
                    since.month(),
                    since.day()
                ),
                format!("This was closed on {since}."),
            ),
            Self::NoObjections => Label::new(
                "这份公告不受理异议。对行政行为不服的，请按文书载明的途径复议或者诉讼。",
                "This announcement takes no objections. Use the remedies that the document names.",
            ),
            Self::ObjectionIncomplete { item: "name" } => Label::new(
                "请填写姓名和联系方式；这份公告不受理匿名异议。",
                "Give name and contact; this announcement takes no anonymous objections.",
            ),
            Self::ObjectionIncomplete { .. } => Label::new(
                "请写明可以核查的事实；匿名提出的不少于20字。",
                "State facts that can be checked, with 20 characters at least where you give no name.",
            ),
            Self::ObjectionUnknown { .. } => Label::new(
                "没有这条异议，请刷新页面。",
                "There is no such objection; reload the page.",
            ),
            Self::ClockRunning { until } => Label::new(
                format!("公告期至{until}届满，届满前或者异议答复前不能结束。"),
                format!(
                    "The term runs until {until}; it does not end before, nor before an objection is answered."
                ),
            ),
            _ => Label::new("无法办理。", "This cannot be done."),
        }
    }
}
