//! What registrations speak of: applications, tasks, terms, refusals.

use calendar::Term;
use codes::{Date, Label, UnitNo};
use documents::Issuer;
use kernel::PartyKey;
use ledger::BillLine;
use property::{Kind, Purpose, Refusal, TaskState};
use registers::RecordCommand;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The register of real estate among the registers.
pub const REGISTER: &str = "real_estate";

/// The number of a registration (受理编号), such as `BDC-440305-20260212-7f3k2qxy`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RegistrationKey(pub String);

impl fmt::Display for RegistrationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the fee asks beside kind and use (收费情形).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Circumstance {
    /// None of the others.
    #[default]
    Ordinary,
    /// A change of the holder's name or document (姓名、名称、证件变更).
    NameChange,
    /// A split or merger by the same holder (同一权利人分割、合并).
    SameHolder,
    /// A change of holder between spouses (夫妻间变更).
    Spouses,
    /// Renaming by the government (行政区划调整).
    Administrative,
    /// The error corrected was the office's own (登记机构错误).
    OfficeError,
    /// The certificate that is issued again was lost (证书遗失); without this it is handed in.
    Lost,
}

impl Circumstance {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Ordinary,
        Self::NameChange,
        Self::SameHolder,
        Self::Spouses,
        Self::Administrative,
        Self::OfficeError,
        Self::Lost,
    ];

    /// The word in forms and tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ordinary => "ordinary",
            Self::NameChange => "name_change",
            Self::SameHolder => "same_holder",
            Self::Spouses => "spouses",
            Self::Administrative => "administrative",
            Self::OfficeError => "office_error",
            Self::Lost => "lost",
        }
    }

    /// Whether it is none of the others.
    #[must_use]
    pub fn is_ordinary(&self) -> bool {
        *self == Self::Ordinary
    }

    /// The circumstance of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> Label {
        let (zh, en) = match self {
            Self::Ordinary => ("一般情形", "Ordinary"),
            Self::NameChange => ("姓名、名称或者证件号变更", "Change of name or document"),
            Self::SameHolder => ("同一权利人分割、合并", "Split or merger by the same holder"),
            Self::Spouses => ("夫妻间变更权利人", "Between spouses"),
            Self::Administrative => ("政府调整区划、名称", "Renamed by the government"),
            Self::OfficeError => ("登记机构自身错误", "The office's own error"),
            Self::Lost => ("证书遗失补发", "The certificate was lost"),
        };
        Label::new(zh, en)
    }
}

/// What is applied for (登记申请).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// The type.
    pub kind: Kind,
    /// The unit.
    pub unit: UnitNo,
    /// Further units that secure the same loan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more_units: Vec<UnitNo>,
    /// The office.
    pub office: Issuer,
    /// Who applies; where both sides have to, each confirms.
    pub applicants: Vec<PartyKey>,
    /// Whether it rests on inheritance, a judgment or an organ's decision, so that one side applies alone.
    #[serde(default)]
    pub by_act: bool,
    /// What the unit is used for, as far as fees ask.
    pub purpose: Purpose,
    /// Whether who pays is a micro or small enterprise or an individual business.
    #[serde(default)]
    pub micro: bool,
    /// What else the fee asks.
    #[serde(default)]
    pub circumstance: Circumstance,
    /// How many certificates are wanted.
    #[serde(default)]
    pub certificates: u32,
    /// The price or the amount secured, in fen; it decides whether a second officer is needed.
    #[serde(default)]
    pub value_fen: i64,
    /// What is entered in the book, when it comes to that; none where only a certificate is issued again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<Box<RecordCommand>>,
    /// Papers handed in, by name, as ids of blobs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub papers: Vec<Paper>,
}

impl Application {
    /// All units.
    #[must_use]
    pub fn units(&self) -> Vec<UnitNo> {
        std::iter::once(self.unit).chain(self.more_units.iter().copied()).collect()
    }
}

/// A paper handed in (申请材料).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// What it is, such as 买卖合同.
    pub name: String,
    /// Where it lies.
    pub blob: String,
}

/// Names of tasks.
pub mod task {
    pub use property::progress::{ENTER, ISSUE, PAY};
    /// Whether who applies is who they say (身份核验).
    pub const IDENTITY: &str = "identity";
    /// What stands on the unit (限制核查).
    pub const RESTRICTION: &str = "restriction";
    /// Whether the deed tax is settled (契税核验).
    pub const TAX: &str = "tax";
    /// Whether the deal is on file (房屋交易核验).
    pub const DEAL: &str = "deal";
    /// Whether the figure is ready (附图).
    pub const FIGURE: &str = "figure";
    /// The officer's examination (审核).
    pub const EXAMINE: &str = "examine";
    /// The public notice (公告), where the law wants one.
    pub const NOTICE: &str = "notice";
}

/// What a task is called.
#[must_use]
pub fn task_label(name: &str) -> Label {
    let (zh, en) = match name {
        task::IDENTITY => ("身份核验", "Identity"),
        task::RESTRICTION => ("权利限制核查", "Restrictions"),
        task::TAX => ("契税核验", "Deed tax"),
        task::DEAL => ("房屋交易核验", "House transaction"),
        task::FIGURE => ("附图准备", "Figure"),
        task::EXAMINE => ("审核", "Examination"),
        task::NOTICE => ("公告", "Public notice"),
        task::PAY => ("缴费", "Payment"),
        task::ENTER => ("登簿", "Entry in the book"),
        task::ISSUE => ("缮证、发证", "Certificate"),
        other => (other, other),
    };
    Label::new(zh, en)
}

/// A task as it stands (环节).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: TaskState,
    /// What was found.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// The two lines of a registration's clock, as terms and as days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lines {
    /// What the office promises.
    pub promise: Due,
    /// What the law allows.
    pub statutory: Due,
}

/// One line of a clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// Its term.
    pub term: Term,
    /// Until 24:00 of this day.
    pub on: Date,
}

/// One thing that a supplement asks for (补正事项).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
}

/// Days that do not count (不计入期限).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// The first.
    pub from: Date,
    /// The last.
    pub to: Date,
}

/// What the law says of a public notice, as the table decided it on the day of acceptance (公告要求).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeTerms {
    /// How long it runs; the day of publication is not counted.
    pub term: Term,
    /// Whether the registration waits for its end.
    pub waits: bool,
    /// Within which term an objection is answered.
    pub answer: Term,
    /// The article.
    pub source: String,
}

/// What a public notice tells: nothing that a scan of the certificate would not tell (公告内容).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeText {
    /// The first holder by the first character of the name.
    pub holder: String,
    /// Where the unit lies, up to its street.
    pub location: String,
    /// The numbers of the certificates that it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<String>,
}

/// What becomes of a public notice (公告进展).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeTurn {
    /// It runs up to and with this day, since yesterday's or an earlier one.
    Running {
        /// The day of publication, which is not counted.
        from: Date,
        /// The last day.
        until: Date,
    },
    /// Somebody objected.
    Objected {
        /// Which objection.
        no: u32,
    },
    /// An objection was answered.
    Answered {
        /// Which objection.
        no: u32,
        /// Whether it was right.
        upheld: bool,
    },
    /// Its term is over.
    Ended,
    /// It was taken back or stopped.
    Dropped,
}

/// What is owed, as the table decided it on the day of acceptance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fee {
    /// Line by line; none where nothing is owed.
    pub lines: Vec<BillLine>,
    /// Together, in fen.
    pub total_fen: i64,
    /// Why nothing is owed, where that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_by: Option<String>,
}

/// Why a registration is refused (不予登记).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ground {
    /// The case of article 22.
    pub refusal: Refusal,
    /// The facts.
    pub reason: String,
}

/// Where a registration stands (登记状态).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Not applied for.
    #[default]
    None,
    /// Applied for; not everybody confirmed, or not accepted yet.
    Applied,
    /// Accepted and worked on.
    Running,
    /// Entered in the book.
    Entered,
    /// Over.
    Closed,
    /// Withdrawn before its entry.
    Withdrawn,
    /// Refused.
    Refused,
}

impl State {
    /// The word in rows and answers.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Applied => "applied",
            Self::Running => "running",
            Self::Entered => "entered",
            Self::Closed => "closed",
            Self::Withdrawn => "withdrawn",
            Self::Refused => "refused",
        }
    }

    /// The state of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [
            Self::None,
            Self::Applied,
            Self::Running,
            Self::Entered,
            Self::Closed,
            Self::Withdrawn,
            Self::Refused,
        ]
        .into_iter()
        .find(|state| state.word() == word)
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> Label {
        let (zh, en) = match self {
            Self::None => ("未申请", "Not applied for"),
            Self::Applied => ("已申请", "Applied for"),
            Self::Running => ("办理中", "Running"),
            Self::Entered => ("已登簿", "Entered"),
            Self::Closed => ("已办结", "Closed"),
            Self::Withdrawn => ("已撤回", "Withdrawn"),
            Self::Refused => ("不予登记", "Refused"),
        };
        Label::new(zh, en)
    }
}
