//! What can go wrong with documents and numbers.

use codes::{Code, Coded, Label, Reason};

/// A failure with a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// A template or its sample is not the YAML that it should be.
    #[error("template `{template}` cannot be read{}: {why}", at(*line))]
    Unreadable {
        /// The template's id as far as it is known.
        template: String,
        /// The line in the YAML.
        line: Option<u64>,
        /// What the reader says.
        why: String,
    },
    /// A source file that the template names is not there.
    #[error("template `{template}` names the file `{file}`, which is not there")]
    SourceMissing {
        /// The template.
        template: String,
        /// The file.
        file: String,
    },
    /// An attribute of a person card is printed without being marked.
    #[error("template `{template}` prints `{key}` of a person without `personal: true`")]
    PersonalUnmarked {
        /// The template.
        template: String,
        /// The declared key.
        key: String,
    },
    /// Required values are missing.
    #[error("document `{template}` lacks {}", keys.join(", "))]
    Incomplete {
        /// The template.
        template: String,
        /// Every key that is missing.
        keys: Vec<String>,
    },
    /// A value is not of the declared kind.
    #[error("value `{key}` of document `{template}` is no {expected}")]
    WrongKind {
        /// The template.
        template: String,
        /// The key.
        key: String,
        /// The kind declared.
        expected: &'static str,
    },
    /// The template's source cannot be set in type.
    #[error("template `{template}`, `{file}`{}: {message}", at(*line))]
    Typesetting {
        /// The template.
        template: String,
        /// The source file.
        file: String,
        /// The line in that file.
        line: Option<u64>,
        /// What the engine says.
        message: String,
        /// What it advises.
        hint: Option<String>,
    },
    /// The fonts lack a face that documents are set in.
    #[error("no font of the family `{family}` was handed in")]
    FontMissing {
        /// The family.
        family: &'static str,
    },
    /// A text is too long for a QR code.
    #[error("a text of {bytes} bytes fits no qr code")]
    QrTooLong {
        /// Its length.
        bytes: usize,
    },
    /// There is no template of this id.
    #[error("there is no template `{template}`")]
    TemplateUnknown {
        /// The id.
        template: String,
    },
    /// A character of a value is in none of the fonts.
    #[error("no font has the character `{character}` that document `{template}` prints")]
    GlyphMissing {
        /// The template.
        template: String,
        /// The character.
        character: char,
    },
    /// The id of a template is taken.
    #[error("there is a template `{template}` already")]
    TemplateTaken {
        /// The id.
        template: String,
    },
}

fn at(line: Option<u64>) -> String {
    line.map_or_else(String::new, |line| format!(" at line {line}"))
}

impl Coded for DocumentError {
    fn code(&self) -> Code {
        Code::new(
            "DOC",
            match self {
                Self::Unreadable { .. } => 1,
                Self::SourceMissing { .. } => 2,
                Self::PersonalUnmarked { .. } => 3,
                Self::Incomplete { .. } => 4,
                Self::WrongKind { .. } => 5,
                Self::Typesetting { .. } => 6,
                Self::FontMissing { .. } => 7,
                Self::QrTooLong { .. } => 8,
                Self::TemplateUnknown { .. } => 9,
                Self::TemplateTaken { .. } => 10,
                Self::GlyphMissing { .. } => 18,
            },
        )
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Unreadable { .. } => "TEMPLATE_UNREADABLE",
            Self::SourceMissing { .. } => "TEMPLATE_SOURCE_MISSING",
            Self::PersonalUnmarked { .. } => "PERSONAL_UNMARKED",
            Self::Incomplete { .. } => "INCOMPLETE",
            Self::WrongKind { .. } => "FIELD",
            Self::Typesetting { .. } => "TYPESETTING_FAILED",
            Self::FontMissing { .. } => "FONT_MISSING",
            Self::QrTooLong { .. } => "QR_TOO_LONG",
            Self::TemplateUnknown { .. } => "TEMPLATE_UNKNOWN",
            Self::TemplateTaken { .. } => "TEMPLATE_TAKEN",
            Self::GlyphMissing { .. } => "GLYPH_MISSING",
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::Unreadable { template, why, .. } => Label::new(
                format!("文书模板“{template}”无法读取：{why}"),
                format!("The document template `{template}` cannot be read: {why}"),
            ),
            Self::SourceMissing { template, file } => Label::new(
                format!("文书模板“{template}”引用的文件“{file}”不存在"),
                format!(
                    "The document template `{template}` names the file `{file}`, which does not exist"
                ),
            ),
            Self::PersonalUnmarked { template, key } => Label::new(
                format!("文书模板“{template}”的“{key}”涉及个人信息，须标明 personal: true"),
                format!(
                    "`{key}` of the template `{template}` is personal data and must be marked `personal: true`"
                ),
            ),
            Self::Incomplete { keys, .. } => Label::new(
                format!("生成文书还缺少：{}", keys.join("、")),
                format!("The document cannot be made yet; missing: {}", keys.join(", ")),
            ),
            Self::WrongKind { key, expected, .. } => Label::new(
                format!("文书取值“{key}”的类型应为 {expected}"),
                format!("The document's value `{key}` should be of the kind `{expected}`"),
            ),
            Self::Typesetting { template, message, .. } => Label::new(
                format!("文书模板“{template}”排版失败：{message}"),
                format!("The document template `{template}` cannot be set in type: {message}"),
            ),
            Self::FontMissing { family } => Label::new(
                format!("缺少文书字体“{family}”，请运行 cargo xtask web"),
                format!("The font `{family}` for documents is missing; run `cargo xtask web`"),
            ),
            Self::QrTooLong { bytes } => Label::new(
                format!("内容共 {bytes} 字节，超出二维码容量"),
                format!("{bytes} bytes do not fit into a QR code"),
            ),
            Self::TemplateUnknown { template } => Label::new(
                format!("没有文书模板“{template}”"),
                format!("There is no document template `{template}`"),
            ),
            Self::GlyphMissing { character, .. } => Label::new(
                format!("字库中没有“{character}”字，文书暂未生成。请联系运行维护人员补充字库。"),
                format!(
                    "The fonts lack the character `{character}`; ask the operator to add one that has it"
                ),
            ),
            Self::TemplateTaken { template } => Label::new(
                format!("文书模板“{template}”重复"),
                format!("The document template `{template}` is defined twice"),
            ),
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::Incomplete { .. } | Self::WrongKind { .. } | Self::QrTooLong { .. } => 422,
            Self::TemplateUnknown { .. } => 404,
            Self::Unreadable { .. }
            | Self::SourceMissing { .. }
            | Self::PersonalUnmarked { .. }
            | Self::Typesetting { .. }
            | Self::FontMissing { .. }
            | Self::GlyphMissing { .. }
            | Self::TemplateTaken { .. } => 500,
        }
    }

    fn fields(&self) -> Option<String> {
        let fields = match self {
            Self::Unreadable { template, line, .. } => {
                serde_json::json!({"template": template, "line": line})
            }
            Self::SourceMissing { template, file } => {
                serde_json::json!({"template": template, "file": file})
            }
            Self::PersonalUnmarked { template, key } => {
                serde_json::json!({"template": template, "key": key})
            }
            Self::Incomplete { keys, .. } => serde_json::json!({"items": keys}),
            Self::WrongKind { key, expected, .. } => {
                serde_json::json!({"key": key, "why": expected})
            }
            Self::Typesetting { template, file, line, hint, .. } => {
                serde_json::json!({"template": template, "file": file, "line": line, "hint": hint})
            }
            Self::FontMissing { family } => serde_json::json!({"family": family}),
            Self::QrTooLong { bytes } => serde_json::json!({"bytes": bytes}),
            Self::GlyphMissing { template, character } => {
                serde_json::json!({"template": template, "character": character, "code_point": format!("U+{:04X}", u32::from(*character))})
            }
            Self::TemplateUnknown { template } | Self::TemplateTaken { template } => {
                serde_json::json!({"template": template})
            }
        };
        Some(fields.to_string())
    }
}

/// A failure with a number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// The table of series cannot be read.
    #[error("the table of number series cannot be read: {why}")]
    TableUnreadable {
        /// What the reader says.
        why: String,
    },
    /// A pattern cannot be read.
    #[error("the number pattern `{pattern}` cannot be read: {why}")]
    PatternUnreadable {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The mark of a series belongs to another.
    #[error("the mark `{mark}` belongs to the series `{by}`")]
    MarkTaken {
        /// The mark, or the id where there is none.
        mark: String,
        /// Whose it is.
        by: String,
    },
    /// A fact that a number needs is missing or too short.
    #[error("a number of the series `{series}` needs `{key}`")]
    NeedFact {
        /// The series.
        series: String,
        /// The fact.
        key: String,
    },
    /// The serial has more digits than the pattern.
    #[error("the series `{series}` has no room for the serial {serial}")]
    SeriesFull {
        /// The series.
        series: String,
        /// The serial.
        serial: u64,
    },
    /// A text is no number of the series.
    #[error("`{text}` is no number of the series `{series}`")]
    NotANumber {
        /// The series.
        series: String,
        /// The text.
        text: String,
    },
    /// The check digits of a number are wrong.
    #[error("the check of `{text}` should be {expected}")]
    CheckDigit {
        /// The series.
        series: String,
        /// The text.
        text: String,
        /// The right check digits.
        expected: String,
    },
    /// There is no series of this id.
    #[error("there is no number series `{series}`")]
    SeriesUnknown {
        /// The id.
        series: String,
    },
}

impl Coded for NumberError {
    fn code(&self) -> Code {
        Code::new(
            "DOC",
            match self {
                Self::TableUnreadable { .. } | Self::PatternUnreadable { .. } => 11,
                Self::MarkTaken { .. } => 12,
                Self::NeedFact { .. } => 13,
                Self::SeriesFull { .. } => 14,
                Self::NotANumber { .. } => 15,
                Self::CheckDigit { .. } => 16,
                Self::SeriesUnknown { .. } => 17,
            },
        )
    }

    fn reason(&self) -> Reason {
        match self {
            Self::TableUnreadable { .. } | Self::PatternUnreadable { .. } => {
                "NUMBER_PATTERN_UNREADABLE"
            }
            Self::MarkTaken { .. } => "TAKEN",
            Self::NeedFact { .. } => "NEED_FACT",
            Self::SeriesFull { .. } => "SERIES_FULL",
            Self::NotANumber { .. } => "FIELD",
            Self::CheckDigit { .. } => "CHECK_DIGIT",
            Self::SeriesUnknown { .. } => "SERIES_UNKNOWN",
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::TableUnreadable { why } => Label::new(
                format!("编号总表无法读取：{why}"),
                format!("The table of numbers cannot be read: {why}"),
            ),
            Self::PatternUnreadable { pattern, why } => Label::new(
                format!("编号格式“{pattern}”无法读取：{why}"),
                format!("The number pattern `{pattern}` cannot be read: {why}"),
            ),
            Self::MarkTaken { mark, by } => Label::new(
                format!("编号标识“{mark}”已由“{by}”使用"),
                format!("The mark `{mark}` is already used by the series `{by}`"),
            ),
            Self::NeedFact { key, .. } => Label::new(
                format!("生成编号还需要“{key}”"),
                format!("`{key}` is needed before a number can be given"),
            ),
            Self::SeriesFull { series, .. } => Label::new(
                format!("编号系列“{series}”的顺序号已用完"),
                format!("The number series `{series}` has no serials left"),
            ),
            Self::NotANumber { text, .. } => Label::new(
                format!("“{text}”不是该类编号"),
                format!("`{text}` is not a number of this kind"),
            ),
            Self::CheckDigit { text, expected, .. } => Label::new(
                format!("编号“{text}”的校验位不对，应为 {expected}，请核对是否录错"),
                format!(
                    "The check digit of `{text}` should be {expected}; please compare it with the document"
                ),
            ),
            Self::SeriesUnknown { series } => Label::new(
                format!("没有编号系列“{series}”"),
                format!("There is no number series `{series}`"),
            ),
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::NotANumber { .. } | Self::CheckDigit { .. } | Self::NeedFact { .. } => 422,
            Self::MarkTaken { .. } | Self::SeriesFull { .. } => 409,
            Self::TableUnreadable { .. }
            | Self::PatternUnreadable { .. }
            | Self::SeriesUnknown { .. } => 500,
        }
    }

    fn fields(&self) -> Option<String> {
        let fields = match self {
            Self::TableUnreadable { .. } => return None,
            Self::PatternUnreadable { pattern, .. } => serde_json::json!({"pattern": pattern}),
            Self::MarkTaken { mark, by } => serde_json::json!({"kind": mark, "by": by}),
            Self::NeedFact { key, .. } => serde_json::json!({"key": key}),
            Self::SeriesFull { series, serial } => {
                serde_json::json!({"series": series, "serial": serial})
            }
            Self::NotANumber { series, .. } => serde_json::json!({"key": series, "why": "pattern"}),
            Self::CheckDigit { series, expected, .. } => {
                serde_json::json!({"element": series, "expected": expected})
            }
            Self::SeriesUnknown { series } => serde_json::json!({"series": series}),
        };
        Some(fields.to_string())
    }
}
