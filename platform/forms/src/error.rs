//! What is wrong with an answer, where, and for which services.

use crate::form::ServiceId;
use crate::projection::MoneyUnit;
use crate::spot::Spot;
use codes::{Code, Coded, Label, Reason};
use elements::{Key, ValueFault};

/// What is wrong with one answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It is required and missing.
    #[error("an answer is required")]
    Missing,
    /// The value itself is faulty.
    #[error(transparent)]
    Value(#[from] ValueFault),
    /// A service does not accept this kind of identity document for this role.
    #[error("`{id_type}` is not accepted")]
    IdTypeNotAccepted {
        /// The kind of document.
        id_type: String,
    },
    /// A service takes money with fewer decimals.
    #[error("at most {decimals} decimals of {unit:?}")]
    MoneyPrecision {
        /// The unit.
        unit: MoneyUnit,
        /// The decimals it takes.
        decimals: u32,
    },
    /// The exemption from naming beneficial owners is pledged above 10,000,000 yuan.
    #[error("exemption pledged above 10,000,000 yuan")]
    BoExemptCapital,
    /// Nothing of the dictionary is meant.
    #[error("the dictionary knows nothing here")]
    PathUnknown,
    /// No service of the case asks it.
    #[error("no service asks this")]
    NotAsked,
    /// It is never typed: it is computed, or the outcome of a service.
    #[error("this is never typed")]
    NeverTyped,
    /// A role points to a card that does not exist.
    #[error("no such card")]
    CardUnknown,
    /// One holder where there are rows, or rows where there is one.
    #[error("one holder or rows, as the dictionary says")]
    WrongNumber,
    /// More rows than the platform takes.
    #[error("at most {max} rows")]
    TooManyRows {
        /// The most rows.
        max: usize,
    },
    /// It contradicts the number of the 居民身份证.
    #[error("this contradicts the identity number")]
    ContradictsId,
    /// A crosswalk lacks the code.
    #[error("`{map}` says nothing of `{code}`")]
    CrosswalkGap {
        /// The crosswalk.
        map: Key,
        /// The code.
        code: String,
    },
    /// The value cannot be shaped as the service wants it.
    #[error("this cannot be shaped for the service")]
    Unprojectable,
}

/// What is wrong with an answer, told to the person who fills in the form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{spot}: {problem}")]
pub struct FieldError {
    /// Where.
    pub spot: Spot,
    /// What the field is called.
    pub label: Label,
    /// The services that ask for what is missing or refuse what is there, in order of name; empty if it is wrong for all.
    pub services: Vec<ServiceId>,
    /// What is wrong.
    pub problem: Problem,
}

impl Coded for Problem {
    fn code(&self) -> Code {
        let number = match self {
            Self::Value(fault) => return fault.code(),
            Self::Missing => 20,
            Self::IdTypeNotAccepted { .. } => 21,
            Self::MoneyPrecision { .. } => 22,
            Self::BoExemptCapital => 23,
            Self::PathUnknown => 24,
            Self::NotAsked => 25,
            Self::NeverTyped => 26,
            Self::CardUnknown => 27,
            Self::WrongNumber => 28,
            Self::TooManyRows { .. } => 29,
            Self::ContradictsId => 30,
            Self::CrosswalkGap { .. } => 31,
            Self::Unprojectable => 32,
        };
        Code::new("FRM", number)
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Value(fault) => fault.reason(),
            Self::Missing => "FIELD_REQUIRED",
            Self::IdTypeNotAccepted { .. } => "ID_TYPE_NOT_ACCEPTED",
            Self::MoneyPrecision { .. } => "MONEY_PRECISION",
            Self::BoExemptCapital => "BO_EXEMPT_CAPITAL",
            Self::PathUnknown => "PATH_UNKNOWN",
            Self::NotAsked => "NOT_ASKED",
            Self::NeverTyped => "NEVER_TYPED",
            Self::CardUnknown => "CARD_UNKNOWN",
            Self::WrongNumber => "WRONG_NUMBER",
            Self::TooManyRows { .. } => "TOO_MANY_ROWS",
            Self::ContradictsId => "CONTRADICTS_ID",
            Self::CrosswalkGap { .. } => "CROSSWALK_GAP",
            Self::Unprojectable => "UNPROJECTABLE",
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::Value(fault) => fault.label(),
            Self::Missing => Label::new("请填写此项", "Please fill this in"),
            Self::IdTypeNotAccepted { .. } => Label::new(
                "此类证件在该事项中不被接受，请改用其他证件或到窗口办理",
                "This kind of document is not accepted here; use another one or come to the counter",
            ),
            Self::MoneyPrecision { unit, decimals } => {
                let (zh, en) = match unit {
                    MoneyUnit::Yuan => ("元", "yuan"),
                    MoneyUnit::Wan => ("万元", "ten thousands of yuan"),
                };
                Label::new(
                    format!("金额以{zh}为单位，最多{decimals}位小数"),
                    format!("In {en}, with at most {decimals} decimals"),
                )
            }
            Self::BoExemptCapital => Label::new(
                "注册资本超过1000万元的，不得承诺免报受益所有人，请填报受益所有人（受益所有人信息管理办法第三条）",
                "With a capital above CNY 10 million the exemption cannot be pledged; please name the beneficial owners",
            ),
            Self::PathUnknown => Label::new("表单中没有此项", "The form has no such field"),
            Self::NotAsked => Label::new(
                "所选事项不需要此项，请不要填写",
                "None of the chosen services asks this; please leave it out",
            ),
            Self::NeverTyped => Label::new(
                "此项由系统自动生成，不需要填写",
                "This is filled in by the platform and never typed",
            ),
            Self::CardUnknown => Label::new(
                "所选人员不存在，请重新选择",
                "The person chosen does not exist; please choose again",
            ),
            Self::WrongNumber => {
                Label::new("此角色的人数不符", "The number of people in this role does not fit")
            }
            Self::TooManyRows { max } => {
                Label::new(format!("最多{max}行"), format!("At most {max} rows"))
            }
            Self::ContradictsId => {
                Label::new("与居民身份证号码不一致", "This contradicts the identity number")
            }
            Self::CrosswalkGap { code, .. } => Label::new(
                format!("“{code}”暂无对应的代码，请联系窗口"),
                format!("There is no matching code for “{code}”; please contact the counter"),
            ),
            Self::Unprojectable => Label::new(
                "此项无法转换为该事项所需的格式",
                "This cannot be turned into the form the service needs",
            ),
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::CrosswalkGap { .. } | Self::Unprojectable => 409,
            _ => 422,
        }
    }

    fn fields(&self) -> Option<String> {
        let json = match self {
            Self::Value(fault) => return fault.fields(),
            Self::IdTypeNotAccepted { id_type } => serde_json::json!({ "id_type": id_type }),
            Self::MoneyPrecision { decimals, .. } => serde_json::json!({ "decimals": decimals }),
            Self::TooManyRows { max } => serde_json::json!({ "max": max }),
            Self::CrosswalkGap { map, code } => serde_json::json!({ "map": map, "code": code }),
            _ => return None,
        };
        Some(json.to_string())
    }
}

impl Coded for FieldError {
    fn code(&self) -> Code {
        self.problem.code()
    }

    fn reason(&self) -> Reason {
        self.problem.reason()
    }

    fn label(&self) -> Label {
        let problem = self.problem.label();
        Label::new(
            format!("{}：{}", self.label.zh, problem.zh),
            format!("{}: {}", self.label.en, problem.en),
        )
    }

    fn status(&self) -> u16 {
        self.problem.status()
    }

    /// The fields of the problem, with the spot, the services, and `service` where it is one.
    fn fields(&self) -> Option<String> {
        let own = self
            .problem
            .fields()
            .and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
        let mut json = serde_json::json!({ "at": self.spot, "services": self.services });
        if let Some(map) = json.as_object_mut() {
            if let [service] = self.services.as_slice() {
                map.insert("service".to_owned(), serde_json::Value::from(service.as_str()));
            }
            if let Some(serde_json::Value::Object(own)) = own {
                map.extend(own);
            }
        }
        Some(json.to_string())
    }
}
