//! Templates as data: what a document is called, what it is filled with, and its source.

use crate::{Datum, DocumentError, TextDigest, Values};
use codes::Label;
use elements::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Attributes of a person card that nobody prints without saying so; the name is not among them.
const PERSONAL: [&str; 14] = [
    "id_type",
    "id_number",
    "id_expiry",
    "mobile",
    "phone",
    "email",
    "home_address",
    "stay_address",
    "sex",
    "birth_date",
    "birth_place",
    "passport_no",
    "hukou_type",
    "monthly_wage",
];

/// What sort of document it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A licence (证照).
    Licence,
    /// A certificate or receipt of a filing (凭证, 回执).
    Receipt,
    /// A notice or decision served on a party (文书).
    Notice,
    /// A document that the applicant's side signs (申请文件).
    Application,
}

/// The sheet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Page {
    /// A4 upright, 210 × 297 mm.
    #[default]
    A4,
    /// A4 on its side.
    A4Landscape,
    /// A3 on its side, the original of a business licence.
    A3Landscape,
}

/// Of what kind a value is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// [`Datum::Text`].
    Text,
    /// [`Datum::Texts`].
    Texts,
    /// [`Datum::Date`].
    Date,
    /// [`Datum::Moment`].
    Moment,
    /// [`Datum::MoneyFen`].
    Money,
    /// [`Datum::Integer`].
    Integer,
    /// [`Datum::Decimal`].
    Decimal,
    /// [`Datum::Flag`].
    Flag,
    /// [`Datum::Text`], printed as a QR code.
    Qr,
    /// [`Datum::Rows`].
    Rows {
        /// What a row holds.
        columns: BTreeMap<String, Column>,
    },
}

impl Kind {
    /// The word in a template's YAML.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Texts => "texts",
            Self::Date => "date",
            Self::Moment => "moment",
            Self::Money => "money",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Flag => "flag",
            Self::Qr => "qr",
            Self::Rows { .. } => "rows",
        }
    }

    pub(crate) fn holds(&self, datum: &Datum) -> bool {
        matches!(
            (self, datum),
            (Self::Text | Self::Qr, Datum::Text(_))
                | (Self::Texts, Datum::Texts(_))
                | (Self::Date, Datum::Date(_))
                | (Self::Moment, Datum::Moment(_))
                | (Self::Money, Datum::MoneyFen(_))
                | (Self::Integer, Datum::Integer(_))
                | (Self::Decimal, Datum::Decimal(_))
                | (Self::Flag, Datum::Flag(_))
        )
    }
}

/// One value that a template declares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Declared {
    /// Of what kind it is.
    pub kind: Kind,
    /// What it is called on the paper.
    pub label: Label,
    /// The path it comes from in a case's answers and outcomes, such as `legal_representative.name`; its own key
    /// where the template says nothing.
    pub from: String,
    /// Whether the document can do without it.
    pub optional: bool,
    /// Whether it says something about a person beyond the name.
    pub personal: bool,
}

/// One column of a value that is rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Of what kind it is; never rows.
    pub kind: Kind,
    /// What it is called on the paper.
    pub label: Label,
    /// The attribute it comes from; its own name where the template says nothing.
    pub from: String,
    /// Whether a row can do without it.
    pub optional: bool,
    /// Whether it says something about a person beyond the name.
    pub personal: bool,
}

/// A document as data (文书模板).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    id: String,
    title: Label,
    class: Class,
    page: Page,
    series: Option<String>,
    signers: Vec<String>,
    values: BTreeMap<String, Declared>,
    main: String,
    sources: BTreeMap<String, String>,
    digest: TextDigest,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    title: Label,
    class: Class,
    #[serde(default)]
    page: Page,
    #[serde(default)]
    series: Option<String>,
    #[serde(default)]
    signers: Vec<String>,
    source: String,
    #[serde(default)]
    parts: Vec<String>,
    values: BTreeMap<String, WrittenValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenValue {
    is: String,
    zh: String,
    en: String,
    #[serde(default)]
    from: Option<String>,
    #[serde(default)]
    optional: bool,
    #[serde(default)]
    personal: bool,
    #[serde(default)]
    columns: Option<BTreeMap<String, WrittenValue>>,
}

impl Template {
    /// Reads a template: its YAML, and the typst files that it names, which `file` finds by name.
    ///
    /// # Errors
    /// `DOC-0001` where the YAML cannot be read, `DOC-0002` where a file is missing, `DOC-0003` where an attribute of
    /// a person card is printed without `personal: true`.
    pub fn read(yaml: &str, file: impl Fn(&str) -> Option<String>) -> Result<Self, DocumentError> {
        let written: Written =
            serde_saphyr::from_str(yaml).map_err(|fault| DocumentError::Unreadable {
                template: first_id(yaml),
                line: fault.location().map(|at| at.line()),
                why: fault.to_string(),
            })?;
        let id = written.id;
        let mut sources = BTreeMap::new();
        for name in written.parts.iter().chain([&written.source]) {
            let text = file(name).ok_or_else(|| DocumentError::SourceMissing {
                template: id.clone(),
                file: name.clone(),
            })?;
            sources.insert(name.clone(), text);
        }
        let values = written
            .values
            .into_iter()
            .map(|(key, value)| value.declare(&id, &key).map(|declared| (key, declared)))
            .collect::<Result<BTreeMap<_, _>, _>>()?;
        let mut template = Self {
            id,
            title: written.title,
            class: written.class,
            page: written.page,
            series: written.series,
            signers: written.signers,
            values,
            main: written.source,
            sources,
            digest: TextDigest::from_bytes([0; 32]),
        };
        template.digest = template.own_digest()?;
        Ok(template)
    }

    /// The digest of everything that decides the document's words: title, page, declarations and sources.
    fn own_digest(&self) -> Result<TextDigest, DocumentError> {
        let words = (
            &self.id,
            &self.title,
            &self.class,
            &self.page,
            &self.values,
            &self.main,
            &self.sources,
        );
        let canonical =
            serde_json::to_vec(&words).map_err(|fault| self.unreadable(None, fault.to_string()))?;
        Ok(TextDigest::of(&[b"lianban template 1", &canonical]))
    }

    /// Its key, unique in a bundle.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What the document is called.
    #[must_use]
    pub fn title(&self) -> &Label {
        &self.title
    }

    /// What sort of document it is.
    #[must_use]
    pub fn class(&self) -> Class {
        self.class
    }

    /// The sheet.
    #[must_use]
    pub fn page(&self) -> Page {
        self.page
    }

    /// The series ([`crate::Series::id`]) that its numbers come from, where it is numbered.
    #[must_use]
    pub fn series(&self) -> Option<&str> {
        self.series.as_deref()
    }

    /// The roles that must sign it, such as `shareholder[]`.
    #[must_use]
    pub fn signers(&self) -> &[String] {
        &self.signers
    }

    /// What it declares, by key.
    #[must_use]
    pub fn values(&self) -> &BTreeMap<String, Declared> {
        &self.values
    }

    /// The keys that say something about a person beyond the name, columns as `rows.column`.
    #[must_use]
    pub fn personal(&self) -> Vec<String> {
        let mut keys = Vec::new();
        for (key, declared) in &self.values {
            if declared.personal {
                keys.push(key.clone());
            }
            if let Kind::Rows { columns } = &declared.kind {
                keys.extend(
                    columns
                        .iter()
                        .filter(|(_, c)| c.personal)
                        .map(|(name, _)| format!("{key}.{name}")),
                );
            }
        }
        keys
    }

    /// The name of the source that is set first.
    #[must_use]
    pub fn main(&self) -> &str {
        &self.main
    }

    /// The sources by name.
    #[must_use]
    pub fn sources(&self) -> &BTreeMap<String, String> {
        &self.sources
    }

    /// The digest of the template's words; layout that lives in a typesetter's library is no part of it.
    #[must_use]
    pub fn digest(&self) -> TextDigest {
        self.digest
    }

    /// Values from plain YAML under their declared keys: money in fen, dates as `2026-02-12`, decimals in quotes.
    ///
    /// # Errors
    /// `DOC-0001` where the YAML cannot be read, `DOC-0005` where a value is not what is declared or not declared at
    /// all.
    pub fn read_values(&self, yaml: &str) -> Result<Values, DocumentError> {
        let plain: BTreeMap<String, Value> = serde_saphyr::from_str(yaml).map_err(|fault| {
            self.unreadable(fault.location().map(|at| at.line()), fault.to_string())
        })?;
        plain
            .iter()
            .map(|(key, value)| {
                let declared = self.values.get(key).ok_or_else(|| self.wrong(key, "declared"))?;
                let datum = match &declared.kind {
                    Kind::Rows { columns } => {
                        self.no_other_columns(key, columns, value)?;
                        self.rows(key, columns, value, |name, _| name)?
                    }
                    kind => self.datum(key, kind, value)?,
                };
                Ok((key.clone(), datum))
            })
            .collect()
    }

    /// Values from canonical answers: each declared value is looked up by the path it comes from, rows as a list of
    /// composites by the attributes that their columns come from. What `find` does not know is left out.
    ///
    /// # Errors
    /// `DOC-0005` where an answer is not of the declared kind.
    pub fn gather(&self, find: impl Fn(&str) -> Option<Value>) -> Result<Values, DocumentError> {
        let mut values = Values::new();
        for (key, declared) in &self.values {
            let Some(value) = find(&declared.from) else { continue };
            let datum = match &declared.kind {
                Kind::Rows { columns } => {
                    self.rows(key, columns, &value, |_, column| &column.from)?
                }
                kind => self.datum(key, kind, &value)?,
            };
            values.put(key, datum);
        }
        Ok(values)
    }

    fn no_other_columns(
        &self,
        key: &str,
        columns: &BTreeMap<String, Column>,
        value: &Value,
    ) -> Result<(), DocumentError> {
        let cells = value.as_list().unwrap_or_default().iter().filter_map(Value::as_map).flatten();
        match cells.map(|(name, _)| name).find(|name| !columns.contains_key(*name)) {
            Some(name) => Err(self.wrong(&format!("{key}.{name}"), "declared")),
            None => Ok(()),
        }
    }

    fn rows(
        &self,
        key: &str,
        columns: &BTreeMap<String, Column>,
        value: &Value,
        source: impl for<'a> Fn(&'a str, &'a Column) -> &'a str,
    ) -> Result<Datum, DocumentError> {
        let rows = value.as_list().ok_or_else(|| self.wrong(key, "rows"))?;
        let mut all = Vec::with_capacity(rows.len());
        for row in rows {
            let cells = row.as_map().ok_or_else(|| self.wrong(key, "rows"))?;
            let mut values = Values::new();
            for (name, column) in columns {
                if let Some(cell) = cells.get(source(name, column)) {
                    values.put(name, self.datum(&format!("{key}.{name}"), &column.kind, cell)?);
                }
            }
            all.push(values);
        }
        Ok(Datum::Rows(all))
    }

    fn datum(&self, key: &str, kind: &Kind, value: &Value) -> Result<Datum, DocumentError> {
        let text = |value: &Value| value.as_text().map(str::to_owned);
        match kind {
            Kind::Text | Kind::Qr => text(value).map(Datum::Text),
            Kind::Texts => {
                value.as_list().and_then(|list| list.iter().map(text).collect()).map(Datum::Texts)
            }
            Kind::Date => value.as_date().map(Datum::Date),
            Kind::Moment => value.as_text().and_then(|text| text.parse().ok()).map(Datum::Moment),
            Kind::Money => value.as_int().map(Datum::MoneyFen),
            Kind::Integer => value.as_int().map(Datum::Integer),
            Kind::Decimal => value.as_decimal().map(Datum::Decimal),
            Kind::Flag => value.as_bool().map(Datum::Flag),
            Kind::Rows { .. } => None,
        }
        .ok_or_else(|| self.wrong(key, kind.name()))
    }

    fn wrong(&self, key: &str, expected: &'static str) -> DocumentError {
        DocumentError::WrongKind { template: self.id.clone(), key: key.to_owned(), expected }
    }

    fn unreadable(&self, line: Option<u64>, why: String) -> DocumentError {
        DocumentError::Unreadable { template: self.id.clone(), line, why }
    }
}

impl WrittenValue {
    fn declare(self, template: &str, key: &str) -> Result<Declared, DocumentError> {
        let from = self.from.clone().unwrap_or_else(|| key.to_owned());
        let kind = match self.columns {
            Some(columns) if self.is == "rows" => Kind::Rows {
                columns: columns
                    .into_iter()
                    .map(|(name, column)| column.column(template, key, &name).map(|c| (name, c)))
                    .collect::<Result<_, _>>()?,
            },
            None => plain_kind(template, key, &self.is)?,
            Some(_) => return Err(no_kind(template, key, &self.is)),
        };
        let attribute = from.split_once('.').map(|(_, attribute)| attribute);
        if attribute.is_some_and(|attribute| PERSONAL.contains(&attribute)) && !self.personal {
            return Err(DocumentError::PersonalUnmarked {
                template: template.to_owned(),
                key: key.to_owned(),
            });
        }
        let label = Label::new(self.zh, self.en);
        Ok(Declared { kind, label, from, optional: self.optional, personal: self.personal })
    }

    fn column(self, template: &str, rows: &str, name: &str) -> Result<Column, DocumentError> {
        let path = format!("{rows}.{name}");
        if self.columns.is_some() {
            return Err(no_kind(template, &path, "rows"));
        }
        let kind = plain_kind(template, &path, &self.is)?;
        let from = self.from.unwrap_or_else(|| name.to_owned());
        if PERSONAL.contains(&from.as_str()) && !self.personal {
            return Err(DocumentError::PersonalUnmarked {
                template: template.to_owned(),
                key: path,
            });
        }
        let label = Label::new(self.zh, self.en);
        Ok(Column { kind, label, from, optional: self.optional, personal: self.personal })
    }
}

fn plain_kind(template: &str, key: &str, word: &str) -> Result<Kind, DocumentError> {
    [
        Kind::Text,
        Kind::Texts,
        Kind::Date,
        Kind::Moment,
        Kind::Money,
        Kind::Integer,
        Kind::Decimal,
        Kind::Flag,
        Kind::Qr,
    ]
    .into_iter()
    .find(|kind| kind.name() == word)
    .ok_or_else(|| no_kind(template, key, word))
}

fn no_kind(template: &str, key: &str, word: &str) -> DocumentError {
    DocumentError::Unreadable {
        template: template.to_owned(),
        line: None,
        why: format!("`{key}` is declared as `{word}`, which is no kind of value here"),
    }
}

/// The id in a YAML that cannot be read as a whole, for the message.
fn first_id(yaml: &str) -> String {
    yaml.lines()
        .find_map(|line| line.strip_prefix("id:"))
        .map_or_else(String::new, |id| id.trim().to_owned())
}

/// All templates of an installation, by id.
#[derive(Clone, Debug, Default)]
pub struct Templates(BTreeMap<String, Template>);

impl Templates {
    /// No templates yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a template.
    ///
    /// # Errors
    /// `DOC-0010` where the id is taken.
    pub fn add(&mut self, template: Template) -> Result<(), DocumentError> {
        if self.0.contains_key(template.id()) {
            return Err(DocumentError::TemplateTaken { template: template.id().to_owned() });
        }
        self.0.insert(template.id().to_owned(), template);
        Ok(())
    }

    /// The template of an id.
    ///
    /// # Errors
    /// `DOC-0009` where there is none.
    pub fn get(&self, id: &str) -> Result<&Template, DocumentError> {
        self.0.get(id).ok_or_else(|| DocumentError::TemplateUnknown { template: id.to_owned() })
    }

    /// All of them in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Template> {
        self.0.values()
    }
}
