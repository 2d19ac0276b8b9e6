//! What can be wrong with the programme's data, and why the catalogue says no.

use codes::{Code, Coded, Label, Reason};
use elements::YamlError;
use serde_json::json;

/// The programme's tables cannot be loaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProgrammeError {
    /// A file is not the YAML that it should be.
    #[error(transparent)]
    Unreadable(#[from] YamlError),
    /// A file is missing.
    #[error("the programme lacks `{0}`")]
    FileMissing(&'static str),
    /// The tables contradict each other: rows, numbers or names are missing, or stand there beyond what should.
    #[error("the tables do not agree: missing {missing:?}, extra {extra:?}")]
    Mismatch {
        /// What should stand there and does not.
        missing: Vec<String>,
        /// What stands there and should not.
        extra: Vec<String>,
    },
    /// A row names an organ or a scope that the directory lacks, or a link that does not hold.
    #[error("row {row}: {what} `{name}` {why}")]
    Dangling {
        /// The national number of the row; 0 where it is no row.
        row: u8,
        /// What is named: organ, scope, counterpart.
        what: &'static str,
        /// The name.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl Coded for ProgrammeError {
    fn code(&self) -> Code {
        let number = match self {
            Self::Unreadable(_) => 1,
            Self::FileMissing(_) => 2,
            Self::Mismatch { .. } => 3,
            Self::Dangling { .. } => 4,
        };
        Code::new("CAT", number)
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Unreadable(_) => "PROGRAMME_UNREADABLE",
            Self::FileMissing(_) => "PROGRAMME_FILE_MISSING",
            Self::Mismatch { .. } => "PROGRAMME_MISMATCH",
            Self::Dangling { .. } => "PROGRAMME_DANGLING",
        }
    }

    fn label(&self) -> Label {
        let zh = match self {
            Self::Unreadable(fault) => format!("复制推广工作的数据文件无法读取：{fault}"),
            Self::FileMissing(file) => format!("复制推广工作缺少数据文件{file}"),
            Self::Mismatch { missing, extra } => {
                format!("两张分工表不一致：缺少{}，多出{}", listed(missing), listed(extra))
            }
            Self::Dangling { row, name, .. } => {
                format!("第{row}项引用的“{name}”在名录中不存在或不相符")
            }
        };
        Label::new(zh, self.to_string())
    }

    fn status(&self) -> u16 {
        500
    }

    fn fields(&self) -> Option<String> {
        let fields = match self {
            Self::Mismatch { missing, extra } => json!({ "missing": missing, "extra": extra }),
            Self::Dangling { row, name, .. } => json!({ "row": row, "name": name }),
            Self::Unreadable(_) | Self::FileMissing(_) => return None,
        };
        Some(fields.to_string())
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "无".to_owned() } else { names.join("、") }
}

/// A reform does not apply at a place (不在推广范围).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("reform {reform} does not apply in `{place}`: {}", why.en)]
pub struct OutOfScope {
    /// The reform.
    pub reform: u8,
    /// The scope that the place is not in, such as `chengdu_rail`.
    pub scope: String,
    /// The division.
    pub place: String,
    /// Why, for the person who asked.
    pub why: Label,
    /// Where it does apply.
    pub applies_in: Label,
}

impl Coded for OutOfScope {
    fn code(&self) -> Code {
        Code::new("CAT", 10)
    }

    fn reason(&self) -> Reason {
        "OUT_OF_SCOPE"
    }

    fn label(&self) -> Label {
        Label::new(
            format!("{}适用地区：{}。", self.why.zh, self.applies_in.zh),
            format!("{} It applies in: {}.", self.why.en, self.applies_in.en),
        )
    }

    fn fields(&self) -> Option<String> {
        Some(
            json!({ "reform": self.reform, "scope": self.scope, "place": self.place, "why": self.why, "where": self.applies_in })
                .to_string(),
        )
    }
}

/// Something is asked for that the catalogue does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// There is no such reform.
    #[error("there is no reform `{0}`")]
    NoReform(String),
    /// There is no such service.
    #[error("there is no service `{0}`")]
    NoService(String),
    /// There is no such package.
    #[error("there is no package `{0}`")]
    NoPackage(String),
    /// There is no such activity in this reform.
    #[error("there is no activity `{0}`")]
    NoActivity(String),
    /// The code is no place in which anybody acts.
    #[error("`{0}` is no division in force on the mainland")]
    NoPlace(String),
    /// The directory knows no organ of this role at the place.
    #[error("no organ has the role `{role}` in `{place}`")]
    NoOrgan {
        /// The role.
        role: String,
        /// The division.
        place: String,
    },
    /// Two reforms have the same number.
    #[error("two reforms have the number {0}")]
    NumberTaken(u8),
    /// A service is added to a package that does not offer it.
    #[error("`{service}` cannot be added to `{package}`")]
    NotAnAddOn {
        /// The service.
        service: String,
        /// The package.
        package: String,
    },
}

impl Coded for CatalogueError {
    fn code(&self) -> Code {
        let number = match self {
            Self::NoReform(_) => 11,
            Self::NoService(_) => 12,
            Self::NoPackage(_) => 13,
            Self::NoActivity(_) => 14,
            Self::NoPlace(_) => 15,
            Self::NoOrgan { .. } => 16,
            Self::NumberTaken(_) => 17,
            Self::NotAnAddOn { .. } => 18,
        };
        Code::new("CAT", number)
    }

    fn reason(&self) -> Reason {
        match self {
            Self::NoReform(_) => "REFORM_UNKNOWN",
            Self::NoService(_) => "SERVICE_UNKNOWN",
            Self::NoPackage(_) => "PACKAGE_UNKNOWN",
            Self::NoActivity(_) => "ACTIVITY_UNKNOWN",
            Self::NoPlace(_) => "PLACE_UNKNOWN",
            Self::NoOrgan { .. } => "ORGAN_UNKNOWN",
            Self::NumberTaken(_) => "REFORM_NUMBER_TAKEN",
            Self::NotAnAddOn { .. } => "NOT_AN_ADD_ON",
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::NoReform(what) => Label::new(
                format!("没有编号为“{what}”的改革事项，请从首页选择。"),
                format!("There is no reform `{what}`. Please choose one from the home page."),
            ),
            Self::NoService(what) => Label::new(
                format!("没有办事服务“{what}”，请从改革事项页面进入。"),
                format!("There is no service `{what}`. Please start from the reform's page."),
            ),
            Self::NoPackage(what) => Label::new(
                format!("没有套餐“{what}”，请从改革事项页面进入。"),
                format!("There is no package `{what}`. Please start from the reform's page."),
            ),
            Self::NoActivity(what) => Label::new(
                format!("没有经营活动“{what}”，请重新选择。"),
                format!("There is no activity `{what}`. Please choose again."),
            ),
            Self::NoPlace(what) => Label::new(
                format!("“{what}”不是可以办理的区划，请选择到区县。"),
                format!(
                    "`{what}` is no place where this is handled. Please choose a county or district."
                ),
            ),
            Self::NoOrgan { role, place } => Label::new(
                format!("{place}没有承担“{role}”的单位，请选择到区县。"),
                format!(
                    "No organ has the role `{role}` in {place}. Please choose a county or district."
                ),
            ),
            Self::NumberTaken(number) => Label::new(
                format!("编号{number}被两个改革事项使用"),
                format!("Two reforms have the number {number}"),
            ),
            Self::NotAnAddOn { service, package } => Label::new(
                format!("“{service}”不能加入套餐“{package}”，请重新选择。"),
                format!("`{service}` cannot be added to `{package}`. Please choose again."),
            ),
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::NoReform(_) | Self::NoService(_) | Self::NoPackage(_) => 404,
            Self::NumberTaken(_) => 500,
            Self::NoActivity(_)
            | Self::NoPlace(_)
            | Self::NoOrgan { .. }
            | Self::NotAnAddOn { .. } => 422,
        }
    }

    fn fields(&self) -> Option<String> {
        let fields = match self {
            Self::NoReform(what)
            | Self::NoService(what)
            | Self::NoPackage(what)
            | Self::NoActivity(what)
            | Self::NoPlace(what) => json!({ "name": what }),
            Self::NoOrgan { role, place } => json!({ "role": role, "place": place }),
            Self::NumberTaken(number) => json!({ "number": number }),
            Self::NotAnAddOn { service, package } => {
                json!({ "service": service, "package": package })
            }
        };
        Some(fields.to_string())
    }
}
