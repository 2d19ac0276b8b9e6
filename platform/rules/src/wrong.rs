//! What can be wrong with a table: told to whoever writes it, with the place in the file.

use crate::cell::Unfit;
use crate::check::Witness;
use codes::{Code, Coded, Label, Reason};
use std::fmt;

/// A fault of a table, where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFault {
    /// The file, as the caller named it.
    pub file: String,
    /// The line, from 1; 0 where it concerns the file as a whole.
    pub line: u64,
    /// The column, from 1; 0 likewise.
    pub column: u64,
    /// What is wrong.
    pub wrong: Wrong,
}

impl fmt::Display for TableFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, wrong } = self;
        write!(f, "{file}:{line}:{column}: {} {}: {wrong}", wrong.code(), wrong.reason())
    }
}

/// What is wrong with a table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// The file is not the YAML that it should be.
    #[error("{0}")]
    Unreadable(String),
    /// A cell or a formula cannot be used.
    #[error("`{text}` cannot be used: {why}")]
    Expression {
        /// What is written.
        text: String,
        /// Why.
        why: Unfit,
    },
    /// A name refers to nothing, or to something of a kind that cannot stand there.
    #[error("there is no {what} `{name}` that could stand here")]
    NameUnknown {
        /// What is meant.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// An output has a value that its type does not know.
    #[error("`{value}` is no value of output `{output}`")]
    OutputUnfit {
        /// The output.
        output: String,
        /// The value.
        value: String,
    },
    /// A row lacks an output.
    #[error("row `{row}` does not give `{output}`")]
    OutputMissing {
        /// The row.
        row: String,
        /// The output.
        output: String,
    },
    /// A row names neither its law nor that it is a default, or both.
    #[error("row `{row}` names neither its source nor that it is a default, or both")]
    SourceMissing {
        /// The row.
        row: String,
    },
    /// A text in one of the languages is missing.
    #[error("`{name}` lacks a text in {}", if *.zh { "Chinese" } else { "English" })]
    LabelMissing {
        /// What lacks it.
        name: String,
        /// True for the Chinese text.
        zh: bool,
    },
    /// A row that refuses says neither why nor on which slug.
    #[error("row `{row}` refuses without `reason`, `zh` and `en`")]
    RefusalBare {
        /// The row.
        row: String,
    },
    /// Two rows have one id.
    #[error("row `{row}` stands twice")]
    Twice {
        /// The id.
        row: String,
    },
    /// A row ends before it begins.
    #[error("row `{row}` ends before it begins")]
    Period {
        /// The row.
        row: String,
    },
    /// Two rows answer one question.
    #[error("rows `{}` and `{}` both hold for {witness}", rows.0, rows.1)]
    Overlap {
        /// The rows.
        rows: (String, String),
        /// For what both hold.
        witness: Witness,
    },
    /// No row answers a question.
    #[error("no row holds for {witness}")]
    Gap {
        /// For what none holds.
        witness: Witness,
    },
    /// A row never decides anything.
    #[error("row `{row}` never decides anything")]
    Unreachable {
        /// The row.
        row: String,
    },
    /// There are too many combinations of boundary values to try them all.
    #[error("{combinations} combinations of boundary values, at most {max} are tried")]
    TooLarge {
        /// How many there are.
        combinations: usize,
        /// The most that are tried.
        max: usize,
    },
}

impl Wrong {
    /// What to do about it, in both languages.
    #[must_use]
    pub fn hint(&self) -> Label {
        let (zh, en) = match self {
            Self::Unreadable(_) => ("按提示改正该行", "correct the line as told"),
            Self::Expression { .. } => (
                "条件只与字面值比较；计算写在derive里，日期写成d('2024-07-01')",
                "a cell compares with literals; put sums into `derive`, write dates as d('2024-07-01')",
            ),
            Self::NameUnknown { .. } => (
                "使用数据元字典的名称，或者在facts下声明",
                "use a name of the dictionary, or declare it under `facts`",
            ),
            Self::OutputUnfit { .. } | Self::OutputMissing { .. } => {
                ("按outputs声明的类型填写", "give what `outputs` declares")
            }
            Self::SourceMissing { .. } => (
                "写明source（法律名称和条款），没有依据的写default: true",
                "name the law and article as `source`, or write `default: true`",
            ),
            Self::LabelMissing { .. } => ("补上另一种语言的文字", "add the text"),
            Self::RefusalBare { .. } => (
                "不予同意须说明理由：写明reason、zh和en",
                "a refusal gives its reason: write `reason`, `zh` and `en`",
            ),
            Self::Twice { .. } => ("为其中一行换一个编号", "give one of them another id"),
            Self::Period { .. } => ("核对from和until", "correct `from` and `until`"),
            Self::Overlap { .. } => {
                ("收窄其中一行的条件或者期间", "narrow the conditions or the period of one of them")
            }
            Self::Gap { .. } => ("为该情形增加一行", "add a row for this"),
            Self::Unreachable { .. } => ("删去该行，或者移到前面", "remove the row, or move it up"),
            Self::TooLarge { .. } => ("把表拆成几张", "split the table"),
        };
        Label::new(zh, en)
    }
}

impl Coded for Wrong {
    fn code(&self) -> Code {
        let number = match self {
            Self::Unreadable(_) => 1,
            Self::Expression { .. } => 2,
            Self::NameUnknown { .. } => 3,
            Self::OutputUnfit { .. } => 4,
            Self::OutputMissing { .. } => 5,
            Self::SourceMissing { .. } => 6,
            Self::LabelMissing { .. } => 7,
            Self::RefusalBare { .. } => 8,
            Self::Twice { .. } => 9,
            Self::Period { .. } => 10,
            Self::Overlap { .. } => 11,
            Self::Gap { .. } => 12,
            Self::Unreachable { .. } => 13,
            Self::TooLarge { .. } => 14,
        };
        Code::new("RUL", number)
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Unreadable(_) => "RULE_UNREADABLE",
            Self::Expression { .. } => "RULE_EXPRESSION",
            Self::NameUnknown { .. } => "RULE_NAME_UNKNOWN",
            Self::OutputUnfit { .. } => "RULE_OUTPUT_UNFIT",
            Self::OutputMissing { .. } => "RULE_OUTPUT_MISSING",
            Self::SourceMissing { .. } => "RULE_SOURCE_MISSING",
            Self::LabelMissing { .. } => "RULE_LABEL_MISSING",
            Self::RefusalBare { .. } => "RULE_REFUSAL_BARE",
            Self::Twice { .. } => "RULE_TWICE",
            Self::Period { .. } => "RULE_PERIOD",
            Self::Overlap { .. } => "RULE_OVERLAP",
            Self::Gap { .. } => "RULE_GAP",
            Self::Unreachable { .. } => "RULE_UNREACHABLE",
            Self::TooLarge { .. } => "RULE_TOO_LARGE",
        }
    }

    fn label(&self) -> Label {
        let zh = match self {
            Self::Unreadable(why) => format!("规则表无法读取：{why}"),
            Self::Expression { text, why } => format!("“{text}”无法使用：{}", why.label().zh),
            Self::NameUnknown { name, .. } => format!("“{name}”没有定义，或者不能用在此处"),
            Self::OutputUnfit { output, value } => format!("“{value}”不是输出项“{output}”的取值"),
            Self::OutputMissing { row, output } => format!("规则“{row}”没有给出“{output}”"),
            Self::SourceMissing { row } => {
                format!("规则“{row}”须写明依据，或者写明是默认值，二者取一")
            }
            Self::LabelMissing { name, zh } => {
                format!("“{name}”缺少{}文字", if *zh { "中文" } else { "英文" })
            }
            Self::RefusalBare { row } => format!("规则“{row}”不予同意，却没有说明理由"),
            Self::Twice { row } => format!("规则“{row}”重复"),
            Self::Period { row } => format!("规则“{row}”的失效日早于生效日"),
            Self::Overlap { rows, witness } => {
                format!("规则“{}”与“{}”重叠：{}", rows.0, rows.1, witness.zh())
            }
            Self::Gap { witness } => format!("没有规则适用于：{}", witness.zh()),
            Self::Unreachable { row } => format!("规则“{row}”永远不会适用"),
            Self::TooLarge { combinations, max } => {
                format!("边界值组合有{combinations}种，最多逐一检查{max}种")
            }
        };
        let en = self.to_string();
        let mut chars = en.chars();
        let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
        Label::new(zh, first + chars.as_str())
    }

    fn fields(&self) -> Option<String> {
        let json = match self {
            Self::Unreadable(_) => return None,
            Self::Expression { text, why } => {
                serde_json::json!({ "text": text, "why": why.to_string() })
            }
            Self::NameUnknown { what, name } => serde_json::json!({ "what": what, "name": name }),
            Self::OutputUnfit { output, value } => {
                serde_json::json!({ "output": output, "value": value })
            }
            Self::OutputMissing { row, output } => {
                serde_json::json!({ "row": row, "output": output })
            }
            Self::LabelMissing { name, zh } => serde_json::json!({ "name": name, "zh": zh }),
            Self::SourceMissing { row }
            | Self::RefusalBare { row }
            | Self::Twice { row }
            | Self::Period { row }
            | Self::Unreachable { row } => serde_json::json!({ "row": row }),
            Self::Overlap { rows, witness } => {
                serde_json::json!({ "rows": [rows.0, rows.1], "witness": witness })
            }
            Self::Gap { witness } => serde_json::json!({ "witness": witness }),
            Self::TooLarge { combinations, max } => {
                serde_json::json!({ "combinations": combinations, "max": max })
            }
        };
        Some(json.to_string())
    }
}
