//! What can be wrong with a reform's folder: where, what, and what to do about it.

use crate::located::At;
use catalogue::ProgrammeError;
use codes::{Code, Coded, Label, Reason};
use documents::DocumentError;
use forms::Conflict;
use serde::{Serialize, Serializer, ser::SerializeStruct as _};
use std::fmt;

/// One fault, where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file.
    pub file: String,
    /// The line, from 1; 0 where it concerns the file as a whole.
    pub line: u64,
    /// The column, from 1; 0 likewise.
    pub column: u64,
    /// What is wrong.
    pub wrong: Wrong,
}

impl Fault {
    /// A fault at a place of a file.
    pub fn new(file: impl Into<String>, at: At, wrong: Wrong) -> Self {
        Self { file: file.into(), line: at.line, column: at.column, wrong }
    }

    /// What is wrong, in both languages.
    #[must_use]
    pub fn message(&self) -> Label {
        self.wrong.label()
    }

    /// What to do about it, in both languages.
    #[must_use]
    pub fn hint(&self) -> Label {
        self.wrong.hint()
    }
}

impl fmt::Display for Fault {
    /// `file:line:column: CODE REASON: message`, as compilers print it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        write!(f, ": {} {}: {}", self.wrong.code(), self.wrong.reason(), self.wrong)
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fault = serializer.serialize_struct("Fault", 7)?;
        fault.serialize_field("file", &self.file)?;
        fault.serialize_field("line", &self.line)?;
        fault.serialize_field("column", &self.column)?;
        fault.serialize_field("code", &self.wrong.code().to_string())?;
        fault.serialize_field("reason", self.wrong.reason())?;
        fault.serialize_field("message", &self.message())?;
        fault.serialize_field("hint", &self.hint())?;
        fault.end()
    }
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// A file is not the YAML that it should be.
    #[error("{0}")]
    Unreadable(String),
    /// A text is no UTF-8.
    #[error("the file is no UTF-8")]
    NotUtf8,
    /// The folder's name does not follow from number and slug.
    #[error("the folder should be called `{expected}`")]
    FolderName {
        /// What it should be called.
        expected: String,
    },
    /// Two folders have one number, and the later one does not say that it replaces the other.
    #[error("the number {number} belongs to `{other}` already")]
    NumberTaken {
        /// The number.
        number: u8,
        /// The folder that has it.
        other: String,
    },
    /// `replaces` names a reform that is not there or is another one's number.
    #[error("`replaces: {replaces}` does not fit the number {number}")]
    ReplacesOther {
        /// What it says.
        replaces: u8,
        /// The reform's own number.
        number: u8,
    },
    /// A row of the national table has another title or slug.
    #[error("the national table has `{expected}`")]
    RowDiffers {
        /// What the table has.
        expected: String,
    },
    /// A name refers to nothing.
    #[error("there is no {what} `{name}`")]
    Unknown {
        /// What is meant.
        what: Referent,
        /// The name.
        name: String,
    },
    /// A form's own `service` is another than its file says.
    #[error("the form says `{found}` and lies in `{expected}.yaml`")]
    FormName {
        /// What the file is called.
        expected: String,
        /// What the form says.
        found: String,
    },
    /// Tasks wait for each other in a circle.
    #[error("tasks wait for each other: {}", cycle.join(" → "))]
    EdgeCycle {
        /// The tasks in the order in which each waits for the next; the first stands last again.
        cycle: Vec<String>,
    },
    /// A task of a package waits for one that the package lacks.
    #[error("`{task}` waits for `{need}`, which package `{package}` lacks")]
    NeedOutside {
        /// The package.
        package: String,
        /// The task.
        task: String,
        /// What it waits for.
        need: String,
    },
    /// An outcome is neither a licence nor a notice, or both.
    #[error("the outcome of `{service}` must be a licence or a notice, one of them")]
    OutcomeKind {
        /// The service.
        service: String,
    },
    /// A text in one of the languages is missing.
    #[error("the text in {} is missing", if *.zh { "Chinese" } else { "English" })]
    LabelMissing {
        /// True for the Chinese text.
        zh: bool,
    },
    /// A term, remedy or rule names no source.
    #[error("no source is named")]
    SourceMissing,
    /// A clause that no sample names.
    #[error("no sample shows clause {clause}")]
    ClauseUnshown {
        /// The clause.
        clause: String,
    },
    /// The clock of a licence stops for a cause that the law does not know.
    #[error("`{cause}` stops no clock of an administrative licence")]
    StopNotLawful {
        /// The cause.
        cause: String,
    },
    /// The rule of acceptance does not fit the legal nature.
    #[error("acceptance within `{term}` does not fit {nature}")]
    AcceptanceUnfit {
        /// The term.
        term: String,
        /// The legal nature.
        nature: &'static str,
    },
    /// A document has no sample.
    #[error("document `{document}` has no sample")]
    DocumentSampleMissing {
        /// The document.
        document: String,
    },
    /// Two entries have one key.
    #[error("`{name}` stands twice")]
    Twice {
        /// The key.
        name: String,
    },
    /// A file that nobody reads.
    #[error("nobody reads this file")]
    FileUnread,
    /// A sample that cannot be played.
    #[error("the sample cannot be played: {why}")]
    Sample {
        /// Why.
        why: String,
    },
    /// The programme's tables.
    #[error(transparent)]
    Programme(#[from] ProgrammeError),
    /// A form that is faulty in itself.
    #[error(transparent)]
    Form(#[from] Conflict),
    /// Rules of several organs that no answer satisfies.
    #[error("{conflict}; it is asked by {}", organs.join(", "))]
    Contradiction {
        /// What contradicts.
        conflict: Conflict,
        /// The organs that ask it, each as `zh (en)`.
        organs: Vec<String>,
    },
    /// A document that cannot be used.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// A decision table that is faulty.
    #[error(transparent)]
    Rule(#[from] rules::Wrong),
}

/// What a name can refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Referent {
    /// A form of the folder.
    Form,
    /// A service.
    Service,
    /// A task that another one waits for.
    Task,
    /// A remedy row.
    Remedy,
    /// A role of the directory of organs.
    OrganRole,
    /// A document of the folder.
    Document,
    /// A data element.
    Element,
    /// A role of the merged form.
    FormRole,
    /// A scope.
    Scope,
    /// A clause of the notice.
    Clause,
    /// A day on which a decision table is asked.
    RelevantDate,
    /// An output of a decision table.
    Output,
    /// A duty that follows.
    Duty,
}

impl Referent {
    const fn zh(self) -> &'static str {
        match self {
            Self::Form => "表单",
            Self::Service => "办事服务",
            Self::Task => "环节",
            Self::Remedy => "救济途径",
            Self::OrganRole => "单位角色",
            Self::Document => "文书模板",
            Self::Element => "数据元",
            Self::FormRole => "表单角色",
            Self::Scope => "推广范围",
            Self::Clause => "条款",
            Self::RelevantDate => "规则表的适用日期",
            Self::Output => "规则表的输出项",
            Self::Duty => "后续事项",
        }
    }

    const fn hint(self) -> (&'static str, &'static str) {
        match self {
            Self::Form => ("在forms/下建立同名文件", "put a file of that name under forms/"),
            Self::Service => (
                "写本改革的服务名，或“01/pub”这样的写法",
                "write a service of this reform, or one of another as `01/pub`",
            ),
            Self::Task => {
                ("写submit或本改革的服务名", "write `submit` or a service of this reform")
            }
            Self::Remedy => ("在remedies下增加一行", "add a row under `remedies`"),
            Self::OrganRole => (
                "从00-programme/programme/organs.yaml的roles中选择",
                "choose one of `roles` in 00-programme/programme/organs.yaml",
            ),
            Self::Document => {
                ("在documents/下建立该编号的模板", "put a template with that id under documents/")
            }
            Self::Element => (
                "使用数据元字典中的名称，或在本目录的elements.yaml中定义",
                "use a key of the dictionary, or define one in the folder's elements.yaml",
            ),
            Self::FormRole => ("使用数据元字典中的角色", "use a role of the dictionary"),
            Self::Scope => (
                "从00-programme/programme/scopes.yaml中选择",
                "choose one of 00-programme/programme/scopes.yaml",
            ),
            Self::Clause => ("写reform.yaml中clauses的编号", "write a clause of reform.yaml"),
            Self::RelevantDate => (
                "决定办事服务的规则表，写reserved、submitted或decided",
                "a table that decides about a service is asked when `reserved`, `submitted` or `decided`",
            ),
            Self::Output => (
                "写该适用日期下有作用的输出项，见platform/cases/src/law/applied.rs",
                "write an output that does something on that day: platform/cases/src/law/applied.rs lists them",
            ),
            Self::Duty => {
                ("写none，或在duties下增加一行", "write `none`, or add a row under `duties`")
            }
        }
    }
}

impl fmt::Display for Referent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "form",
            Self::Service => "service",
            Self::Task => "task",
            Self::Remedy => "remedy",
            Self::OrganRole => "organ role",
            Self::Document => "document",
            Self::Element => "element",
            Self::FormRole => "role",
            Self::Scope => "scope",
            Self::Clause => "clause",
            Self::RelevantDate => "relevant date",
            Self::Output => "output",
            Self::Duty => "duty",
        })
    }
}

impl Wrong {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Label {
        if let Self::Rule(fault) = self {
            return fault.hint();
        }
        let (zh, en) = match self {
            Self::Unreadable(_) => (
                "按同类文件的写法改正；未知的键也会被拒绝",
                "write it as the other files of this kind; unknown keys are refused too",
            ),
            Self::NotUtf8 => ("另存为UTF-8", "save it as UTF-8"),
            Self::FolderName { .. } => (
                "目录名为两位编号加slug；改目录名，或改number和slug",
                "a folder is called by two digits and the slug; rename it, or correct number and slug",
            ),
            Self::NumberTaken { .. } => (
                "要取代内置改革，写replaces；否则用100至255的编号",
                "write `replaces:` to take the place of a built-in reform, else use a number from 100 to 255",
            ),
            Self::ReplacesOther { .. } => (
                "replaces只能写与number相同、且已内置的编号",
                "`replaces` names the same number as `number`, and only of a built-in reform",
            ),
            Self::RowDiffers { .. } => {
                ("与国函〔2020〕96号附表一致", "write it as the table of the notice has it")
            }
            Self::Unknown { what, .. } => what.hint(),
            Self::FormName { .. } => {
                ("文件名与service一致", "file name and `service` are the same")
            }
            Self::EdgeCycle { .. } => (
                "去掉其中一个needs；只影响发证的写在issue而不是start",
                "take out one of the needs; what only holds up the outcome belongs under `issue`, not `start`",
            ),
            Self::NeedOutside { .. } => {
                ("把所等的服务加入套餐", "add the service it waits for to the package")
            }
            Self::OutcomeKind { .. } => {
                ("写licence或notice之一", "write `licence` or `notice`, one of them")
            }
            Self::LabelMissing { .. } => ("中英文都要写", "write both languages"),
            Self::SourceMissing => ("写明法律名称和条款", "name law and article"),
            Self::ClauseUnshown { .. } => (
                "在samples/中增加一个shows包含该条款的样例",
                "add a sample under samples/ whose `shows` names the clause",
            ),
            Self::StopNotLawful { .. } => (
                "行政许可法第四十五条只有听证、招标、拍卖、检验、检测、检疫、鉴定、专家评审",
                "行政许可法 45 knows 听证, 招标, 拍卖, 检验, 检测, 检疫, 鉴定, 专家评审 alone",
            ),
            Self::AcceptanceUnfit { .. } => (
                "许可五个工作日内（行政许可法第三十二条）；登记当场，不写accept",
                "a licence is accepted within 5wd (行政许可法 32); a registration on the spot, so leave `accept` out",
            ),
            Self::DocumentSampleMissing { .. } => (
                "在模板旁边写同名的.sample.yaml",
                "put a file of the same name with `.sample.yaml` beside the template",
            ),
            Self::Twice { .. } => ("只保留一个", "keep one of them"),
            Self::FileUnread => (
                "放到forms/、rules/、documents/、samples/，或删除",
                "move it under forms/, rules/, documents/ or samples/, or delete it",
            ),
            Self::Sample { .. } => (
                "对照同目录其他样例的写法改正：given、when、then，或merge、check、call",
                "write it as the other samples of the folder: given, when, then, or merge, check, call",
            ),
            _ => self.hint_of_owner(),
        };
        Label::new(zh, en)
    }

    /// What to do about a fault that the owner of a part found.
    const fn hint_of_owner(&self) -> (&'static str, &'static str) {
        match self {
            Self::Programme(_) => {
                ("对照两份文件的附表改正", "correct it by the tables of both official texts")
            }
            Self::Form(_) => (
                "对照数据元字典和表单写法改正",
                "correct it by the dictionary and the notation of forms",
            ),
            Self::Contradiction { .. } => (
                "请这些单位统一规则，或把规则写到各自的角色上",
                "let these organs agree on one rule, or attach the rules to their own roles",
            ),
            _ => ("对照模板的values改正", "correct it by the template's values"),
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::Unreadable(why) => format!("无法读取：{why}"),
            Self::NotUtf8 => "文件不是UTF-8".to_owned(),
            Self::FolderName { expected } => format!("目录应名为“{expected}”"),
            Self::NumberTaken { number, other } => format!("编号{number}已属于“{other}”"),
            Self::ReplacesOther { replaces, number } => {
                format!("replaces: {replaces}与编号{number}不符")
            }
            Self::RowDiffers { expected } => format!("国家附表写的是“{expected}”"),
            Self::Unknown { what, name } => format!("没有{}“{name}”", what.zh()),
            Self::FormName { expected, found } => {
                format!("表单写的是“{found}”，文件名是“{expected}.yaml”")
            }
            Self::EdgeCycle { cycle } => format!("环节互相等待：{}", cycle.join("→")),
            Self::NeedOutside { package, task, need } => {
                format!("“{task}”等待“{need}”，套餐“{package}”中没有")
            }
            Self::OutcomeKind { service } => format!("“{service}”的结果应为证照或文书之一"),
            Self::LabelMissing { zh } => {
                format!("缺少{}文字", if *zh { "中文" } else { "英文" })
            }
            Self::SourceMissing => "没有写明依据".to_owned(),
            Self::ClauseUnshown { clause } => format!("没有样例展示条款{clause}"),
            Self::StopNotLawful { cause } => format!("“{cause}”不能中止行政许可的期限"),
            Self::AcceptanceUnfit { term, .. } => format!("受理期限“{term}”与法律性质不符"),
            Self::DocumentSampleMissing { document } => format!("文书“{document}”没有样例"),
            Self::Twice { name } => format!("“{name}”出现两次"),
            Self::FileUnread => "没有人读取这个文件".to_owned(),
            Self::Sample { why } => format!("样例无法运行：{why}"),
            Self::Programme(fault) => fault.label().zh,
            Self::Form(conflict) => conflict.label().zh,
            Self::Contradiction { conflict, organs } => {
                format!("{}；采集单位：{}", conflict.label().zh, organs.join("、"))
            }
            Self::Document(fault) => fault.label().zh,
            Self::Rule(fault) => fault.label().zh,
        }
    }
}

impl Coded for Wrong {
    fn code(&self) -> Code {
        let number = match self {
            Self::Programme(fault) => return fault.code(),
            Self::Form(conflict) | Self::Contradiction { conflict, .. } => return conflict.code(),
            Self::Document(fault) => return fault.code(),
            Self::Rule(fault) => return fault.code(),
            Self::Unreadable(_) => 1,
            Self::NotUtf8 => 2,
            Self::FolderName { .. } => 3,
            Self::NumberTaken { .. } => 4,
            Self::ReplacesOther { .. } => 5,
            Self::RowDiffers { .. } => 6,
            Self::Unknown { .. } => 7,
            Self::FormName { .. } => 8,
            Self::EdgeCycle { .. } => 9,
            Self::NeedOutside { .. } => 10,
            Self::OutcomeKind { .. } => 11,
            Self::LabelMissing { .. } => 12,
            Self::SourceMissing => 13,
            Self::ClauseUnshown { .. } => 14,
            Self::StopNotLawful { .. } => 15,
            Self::AcceptanceUnfit { .. } => 16,
            Self::DocumentSampleMissing { .. } => 17,
            Self::Twice { .. } => 18,
            Self::FileUnread => 19,
            Self::Sample { .. } => 20,
        };
        Code::new("BDL", number)
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Programme(fault) => fault.reason(),
            Self::Form(conflict) | Self::Contradiction { conflict, .. } => conflict.reason(),
            Self::Document(fault) => fault.reason(),
            Self::Rule(fault) => fault.reason(),
            Self::Unreadable(_) => "UNREADABLE",
            Self::NotUtf8 => "NOT_UTF8",
            Self::FolderName { .. } => "FOLDER_NAME",
            Self::NumberTaken { .. } => "NUMBER_TAKEN",
            Self::ReplacesOther { .. } => "REPLACES_WRONG",
            Self::RowDiffers { .. } => "ROW_DIFFERS",
            Self::Unknown { .. } => "REFERENCE_UNKNOWN",
            Self::FormName { .. } => "FORM_NAME",
            Self::EdgeCycle { .. } => "EDGE_CYCLE",
            Self::NeedOutside { .. } => "NEED_OUTSIDE_PACKAGE",
            Self::OutcomeKind { .. } => "OUTCOME_KIND",
            Self::LabelMissing { .. } => "LABEL_MISSING",
            Self::SourceMissing => "SOURCE_MISSING",
            Self::ClauseUnshown { .. } => "CLAUSE_UNSHOWN",
            Self::StopNotLawful { .. } => "STOP_NOT_LAWFUL",
            Self::AcceptanceUnfit { .. } => "ACCEPTANCE_UNFIT",
            Self::DocumentSampleMissing { .. } => "DOCUMENT_SAMPLE_MISSING",
            Self::Twice { .. } => "STANDS_TWICE",
            Self::FileUnread => "FILE_UNREAD",
            Self::Sample { .. } => "SAMPLE",
        }
    }

    fn label(&self) -> Label {
        Label::new(self.zh(), self.to_string())
    }

    fn fields(&self) -> Option<String> {
        match self {
            Self::Programme(fault) => fault.fields(),
            Self::Form(conflict) | Self::Contradiction { conflict, .. } => conflict.fields(),
            Self::Document(fault) => fault.fields(),
            Self::Rule(fault) => fault.fields(),
            Self::EdgeCycle { cycle } => Some(serde_json::json!({ "cycle": cycle }).to_string()),
            _ => None,
        }
    }
}
