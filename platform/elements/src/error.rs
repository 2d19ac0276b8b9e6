//! What is wrong with a value, and what is wrong with a dictionary.

use crate::yaml::YamlError;
use codes::{Code, Coded, Date, IdentifierError, Label, Reason};
use rust_decimal::Decimal;

/// What is wrong with one value, told to the person who typed it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueFault {
    /// It is of another type than its element.
    #[error("a value of type `{expected}` is expected")]
    TypeMismatch {
        /// The type of the element, in the notation of the dictionary.
        expected: String,
    },
    /// It is no number.
    #[error("`{typed}` is no number")]
    NotANumber {
        /// What was typed.
        typed: String,
    },
    /// It is no day of the calendar.
    #[error("`{typed}` is no date")]
    NotADate {
        /// What was typed.
        typed: String,
    },
    /// It has more digits after the point than the element holds.
    #[error("at most {scale} digits after the point")]
    TooManyDecimals {
        /// The most digits.
        scale: u32,
    },
    /// It is not in the code list.
    #[error("`{code}` is not in the list `{list}`")]
    CodeUnknown {
        /// What was given.
        code: String,
        /// The list.
        list: String,
    },
    /// It is in the list, but not among the codes accepted here.
    #[error("`{code}` is not accepted here")]
    CodeNotAccepted {
        /// What was given.
        code: String,
    },
    /// It is too small or too large.
    #[error("out of range")]
    OutOfRange {
        /// The least.
        min: Option<Decimal>,
        /// The greatest.
        max: Option<Decimal>,
    },
    /// It is too early or too late.
    #[error("date out of range")]
    DateOutOfRange {
        /// The first day.
        from: Option<Date>,
        /// The last day.
        until: Option<Date>,
    },
    /// It has too few characters.
    #[error("{chars} characters, at least {min}")]
    TooShort {
        /// The fewest characters.
        min: u32,
        /// How many it has.
        chars: u32,
    },
    /// It has too many characters.
    #[error("{chars} characters, at most {max}")]
    TooLong {
        /// The most characters.
        max: u32,
        /// How many it has.
        chars: u32,
    },
    /// It is too long in GB 18030.
    #[error("{bytes} bytes in GB 18030, at most {max}")]
    TooLongGb18030 {
        /// The most bytes.
        max: u32,
        /// How many it has.
        bytes: u32,
    },
    /// It is not written as it should be.
    #[error("not written as expected")]
    Format,
    /// It has too few or too many members.
    #[error("wrong number of members")]
    Items {
        /// The fewest.
        min: Option<u32>,
        /// The most.
        max: Option<u32>,
    },
    /// It holds control characters.
    #[error("control characters")]
    ControlCharacter,
    /// An identifier whose shape or check character is wrong.
    #[error(transparent)]
    Identifier(#[from] IdentifierError),
}

fn between<T: std::fmt::Display>(min: Option<&T>, max: Option<&T>, unit: (&str, &str)) -> Label {
    let (zh, en) = unit;
    match (min, max) {
        (Some(min), Some(max)) => {
            Label::new(format!("应在{min}至{max}{zh}之间"), format!("between {min} and {max}{en}"))
        }
        (Some(min), None) => {
            Label::new(format!("不应小于{min}{zh}"), format!("at least {min}{en}"))
        }
        (None, Some(max)) => Label::new(format!("不应大于{max}{zh}"), format!("at most {max}{en}")),
        (None, None) => Label::new("不在允许范围内", "within the permitted range"),
    }
}

impl Coded for ValueFault {
    fn code(&self) -> Code {
        let number = match self {
            Self::TypeMismatch { .. } => 1,
            Self::NotANumber { .. } => 2,
            Self::NotADate { .. } => 3,
            Self::TooManyDecimals { .. } => 4,
            Self::CodeUnknown { .. } => 5,
            Self::CodeNotAccepted { .. } => 6,
            Self::OutOfRange { .. } => 7,
            Self::DateOutOfRange { .. } => 8,
            Self::TooShort { .. } => 9,
            Self::TooLong { .. } => 10,
            Self::TooLongGb18030 { .. } => 11,
            Self::Format => 12,
            Self::Items { .. } => 13,
            Self::ControlCharacter => 14,
            Self::Identifier(error) => return error.code(),
        };
        Code::new("ELM", number)
    }

    fn reason(&self) -> Reason {
        match self {
            Self::TypeMismatch { .. } => "TYPE_MISMATCH",
            Self::NotANumber { .. } => "NOT_A_NUMBER",
            Self::NotADate { .. } => "NOT_A_DATE",
            Self::TooManyDecimals { .. } => "TOO_MANY_DECIMALS",
            Self::CodeUnknown { .. } => "CODE_UNKNOWN",
            Self::CodeNotAccepted { .. } => "CODE_NOT_ACCEPTED",
            Self::OutOfRange { .. } => "OUT_OF_RANGE",
            Self::DateOutOfRange { .. } => "DATE_OUT_OF_RANGE",
            Self::TooShort { .. } => "TOO_SHORT",
            Self::TooLong { .. } => "TOO_LONG",
            Self::TooLongGb18030 { .. } => "TOO_LONG_GB18030",
            Self::Format => "FORMAT",
            Self::Items { .. } => "ITEMS",
            Self::ControlCharacter => "CONTROL_CHARACTER",
            Self::Identifier(error) => error.reason(),
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::TypeMismatch { .. } => {
                Label::new("填写的类型不符", "This is not the kind of answer expected")
            }
            Self::NotANumber { typed } => {
                Label::new(format!("“{typed}”不是数字"), format!("“{typed}” is not a number"))
            }
            Self::NotADate { typed } => Label::new(
                format!("“{typed}”不是有效日期，请按2026-02-13的样式填写"),
                format!("“{typed}” is not a date; write it like 2026-02-13"),
            ),
            Self::TooManyDecimals { scale } => Label::new(
                format!("小数最多{scale}位"),
                format!("At most {scale} digits after the point"),
            ),
            Self::CodeUnknown { code, .. } => Label::new(
                format!("“{code}”不在可选项中"),
                format!("“{code}” is not one of the choices"),
            ),
            Self::CodeNotAccepted { code } => {
                Label::new(format!("此处不接受“{code}”"), format!("“{code}” is not accepted here"))
            }
            Self::OutOfRange { min, max } => {
                let range = between(min.as_ref(), max.as_ref(), ("", ""));
                Label::new(format!("数值{}", range.zh), format!("The number must be {}", range.en))
            }
            Self::DateOutOfRange { from, until } => {
                let range = between(from.as_ref(), until.as_ref(), ("", ""));
                Label::new(format!("日期{}", range.zh), format!("The date must be {}", range.en))
            }
            Self::TooShort { min, chars } => Label::new(
                format!("至少{min}个字符，现有{chars}个"),
                format!("At least {min} characters; it has {chars}"),
            ),
            Self::TooLong { max, chars } => Label::new(
                format!("最多{max}个字符，现有{chars}个"),
                format!("At most {max} characters; it has {chars}"),
            ),
            Self::TooLongGb18030 { max, bytes } => Label::new(
                format!("按GB 18030编码最多{max}字节，现有{bytes}字节，请缩短"),
                format!("At most {max} bytes in GB 18030; it has {bytes}, please shorten it"),
            ),
            Self::Format => {
                Label::new("格式不符，请核对", "It is not written as expected, please check it")
            }
            Self::Items { min, max } => {
                let range = between(min.as_ref(), max.as_ref(), ("项", " items"));
                Label::new(format!("所选项数{}", range.zh), format!("Choose {}", range.en))
            }
            Self::ControlCharacter => Label::new(
                "含有不可见的控制字符，请重新输入",
                "It holds invisible control characters, please type it again",
            ),
            Self::Identifier(error) => error.label(),
        }
    }

    fn fields(&self) -> Option<String> {
        let json = match self {
            Self::TypeMismatch { expected } => serde_json::json!({ "expected": expected }),
            Self::NotANumber { typed } | Self::NotADate { typed } => {
                serde_json::json!({ "typed": typed })
            }
            Self::TooManyDecimals { scale } => serde_json::json!({ "scale": scale }),
            Self::CodeUnknown { code, list } => serde_json::json!({ "code": code, "list": list }),
            Self::CodeNotAccepted { code } => serde_json::json!({ "code": code }),
            Self::OutOfRange { min, max } => serde_json::json!({ "min": min, "max": max }),
            Self::DateOutOfRange { from, until } => {
                serde_json::json!({ "from": from, "until": until })
            }
            Self::TooShort { min, chars } => serde_json::json!({ "min": min, "chars": chars }),
            Self::TooLong { max, chars } => serde_json::json!({ "max": max, "chars": chars }),
            Self::TooLongGb18030 { max, bytes } => {
                serde_json::json!({ "max": max, "bytes": bytes })
            }
            Self::Items { min, max } => serde_json::json!({ "min": min, "max": max }),
            Self::Format | Self::ControlCharacter => return None,
            Self::Identifier(error) => return error.fields(),
        };
        Some(json.to_string())
    }
}

/// What is wrong with a dictionary, told to the engineer who writes it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DictionaryError {
    /// The file cannot be read.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// A key is defined twice.
    #[error("{file}: `{key}` is defined already")]
    Defined {
        /// The file.
        file: String,
        /// The key or path.
        key: String,
    },
    /// An element draws from a list that nobody defines.
    #[error("{file}: `{key}` draws from the list `{list}`, which nobody defines")]
    ListUnknown {
        /// The file.
        file: String,
        /// The key or path of the element.
        key: String,
        /// The list.
        list: String,
    },
    /// An element's own rule does not fit its type, such as codes that its list lacks.
    #[error("{file}: the rule of `{key}` does not fit: {why}")]
    RuleUnfit {
        /// The file.
        file: String,
        /// The key or path of the element.
        key: String,
        /// Why.
        why: String,
    },
    /// A label lacks one of its languages.
    #[error("{file}: `{key}` lacks a label in {lang}")]
    LabelMissing {
        /// The file.
        file: String,
        /// The key or path.
        key: String,
        /// The language tag.
        lang: &'static str,
    },
}

impl Coded for DictionaryError {
    fn code(&self) -> Code {
        Code::new("ELM", 20)
    }

    fn reason(&self) -> Reason {
        "DICTIONARY_INVALID"
    }

    fn label(&self) -> Label {
        Label::new(
            format!("数据元字典有误：{self}"),
            format!("The dictionary of data elements is faulty: {self}"),
        )
    }
}
