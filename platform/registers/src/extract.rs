//! Extracts (查询结果证明): what was asked, why, what the register said, at which instant; numbered, with watermark and code.
//!
//! ```text
//!  Order ──► Ordered ──► number from the office's book, same batch ──► Numbered ──► (errand) set in type, keep ──► Made
//! ```
//! **Invariant:** an extract holds as of its instant only; the page behind its code says so and shows nothing of the record.
//! **Invariant:** the result lies sealed; events tell record, purpose and law.

use crate::outside::Outside;
use crate::record::RecordKey;
use blobs::Kept;
use codes::{Code, Coded, Date, Label, Moment, Reason};
use documents::{
    BookKey, Datum, Filling, Issuer, Numbering, Numbers, Template, TextDigest, Values,
};
use kernel::{
    Aggregate, Atomic, Context, Errand, ErrandError, ErrandId, OrganKey, PartyKey, Policy,
    Reaction, Recorded, Shard, Unreadable,
};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::{Arc, LazyLock};
use tables::{Cell, Column, Index, Projection, Query, ReadError, Reader, Row, Rows, Table};

/// The id of the built-in template; a reform may bring one of its own.
pub const TEMPLATE: &str = "register_extract";

/// The key of an extract: opaque, following from the command that ordered it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExtractKey(pub String);

impl fmt::Display for ExtractKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An order to make an extract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Of which record.
    pub record: RecordKey,
    /// The organ that answers.
    pub issuer: Issuer,
    /// Its office, in numbers.
    pub office: String,
    /// The party that asked, where it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asker: Option<PartyKey>,
    /// As whom, by the register's table of views.
    pub view: String,
    /// For what.
    pub purpose: String,
    /// By which law.
    pub law: String,
    /// Of which instant.
    pub valid: Moment,
    /// As known when.
    pub known: Moment,
    /// The series of its number.
    pub series: String,
    /// The template.
    pub template: String,
    /// The result, sealed.
    pub filling: Filling<Kept>,
}

/// The document of an extract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtractPaper {
    /// The PDF.
    pub pdf: Kept,
    /// The digest of its text.
    pub digest: TextDigest,
    /// What set its type.
    pub edition: String,
}

/// What may be asked of an extract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExtractCommand {
    /// Make it. The same order again changes nothing.
    Order(Box<Order>),
    /// Its number was allotted.
    Number {
        /// The number.
        number: String,
    },
    /// It was set in type. A second answer of the same errand changes nothing.
    Made {
        /// The document.
        paper: ExtractPaper,
        /// The token of the page that checks it.
        token: String,
    },
}

/// What happens to an extract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExtractEvent {
    /// It was ordered.
    Ordered {
        /// The order.
        order: Box<Order>,
        /// The day it bears.
        on: Date,
        /// How it gets its number.
        numbering: Numbering,
    },
    /// It got its number (查询结果证明编号).
    Numbered {
        /// The number.
        number: String,
    },
    /// It is made.
    Made {
        /// The document.
        paper: ExtractPaper,
        /// The token.
        token: String,
        /// Its number.
        number: String,
    },
}

/// Why no extract is made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExtractError {
    /// The key is that of another order.
    #[error("the key was used for another order")]
    Taken,
    /// There is no such extract.
    #[error("there is no such extract")]
    Unknown,
    /// Its number cannot be written.
    #[error("its number cannot be written")]
    Number(#[source] documents::NumberError),
}

impl Coded for ExtractError {
    fn code(&self) -> Code {
        match self {
            Self::Taken => Code::new("REG", 26),
            Self::Unknown => Code::new("REG", 27),
            Self::Number(error) => error.code(),
        }
    }
    fn reason(&self) -> Reason {
        match self {
            Self::Taken => "ID_REUSED",
            Self::Unknown => "EXTRACT_UNKNOWN",
            Self::Number(error) => error.reason(),
        }
    }
    fn label(&self) -> Label {
        match self {
            Self::Taken => Label::new(
                "这一查询编号已用于另一查询，请重新提交。",
                "This key was used for another extract. Please send again.",
            ),
            Self::Unknown => Label::new(
                "没有这一查询结果证明。请核对编号或者二维码。",
                "There is no such extract. Check its number or code.",
            ),
            Self::Number(error) => error.label(),
        }
    }
    fn status(&self) -> u16 {
        match self {
            Self::Taken => 409,
            Self::Unknown => 404,
            Self::Number(error) => error.status(),
        }
    }
}

/// An extract.
#[derive(Clone, Debug, Default)]
pub struct Extract {
    order: Option<Box<Order>>,
    number: Option<String>,
    made: bool,
}

impl Aggregate for Extract {
    const KIND: &'static str = "extract";
    type Key = ExtractKey;
    type Command = ExtractCommand;
    type Event = ExtractEvent;
    type Error = ExtractError;
    type World = Numbers;

    fn decide(
        &self,
        numbers: &Numbers,
        cx: &Context,
        command: ExtractCommand,
    ) -> Result<Vec<ExtractEvent>, ExtractError> {
        Ok(match (command, &self.order, &self.number) {
            (ExtractCommand::Order(order), Some(known), _) if *known == order => Vec::new(),
            (ExtractCommand::Order(_), Some(_), _) => return Err(ExtractError::Taken),
            (ExtractCommand::Order(order), None, _) => {
                let on = cx.now.date();
                let facts = order.issuer.facts(on).with("office", &order.office);
                let numbering = Numbering::of(numbers, &order.series, facts);
                let numbering = numbering.map_err(ExtractError::Number)?;
                vec![ExtractEvent::Ordered { order, on, numbering }]
            }
            (_, None, _) => return Err(ExtractError::Unknown),
            (ExtractCommand::Number { number }, Some(_), None) => {
                vec![ExtractEvent::Numbered { number }]
            }
            (ExtractCommand::Number { number }, Some(_), Some(known)) if *known == number => {
                Vec::new()
            }
            (ExtractCommand::Number { .. }, Some(_), Some(_)) => return Err(ExtractError::Taken),
            (ExtractCommand::Made { .. }, Some(_), _) if self.made => Vec::new(),
            (ExtractCommand::Made { paper, token }, Some(_), Some(number)) => {
                vec![ExtractEvent::Made { paper, token, number: number.clone() }]
            }
            (ExtractCommand::Made { .. }, Some(_), None) => return Err(ExtractError::Unknown),
        })
    }

    fn evolve(&mut self, event: &ExtractEvent) {
        match event {
            ExtractEvent::Ordered { order, .. } => self.order = Some(order.clone()),
            ExtractEvent::Numbered { number } => self.number = Some(number.clone()),
            ExtractEvent::Made { .. } => self.made = true,
        }
    }
}

/// What may be asked of a book of numbers of extracts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExtractBookCommand {
    /// Allot the next serial.
    Allot {
        /// To which extract.
        extract: ExtractKey,
        /// How the number is written.
        numbering: Numbering,
    },
}

/// What happens to such a book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExtractBookEvent {
    /// The next serial was allotted.
    Allotted {
        /// To which extract.
        extract: ExtractKey,
        /// The serial.
        serial: u64,
        /// The number.
        number: String,
    },
}

/// A counter of numbers of extracts, one an office and day.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExtractBook {
    serials: u64,
}

impl Aggregate for ExtractBook {
    const KIND: &'static str = "extract-book";
    type Key = BookKey;
    type Command = ExtractBookCommand;
    type Event = ExtractBookEvent;
    type Error = ExtractError;
    type World = Numbers;

    fn decide(
        &self,
        numbers: &Numbers,
        _cx: &Context,
        command: ExtractBookCommand,
    ) -> Result<Vec<ExtractBookEvent>, ExtractError> {
        let ExtractBookCommand::Allot { extract, numbering } = command;
        let serial = self.serials.saturating_add(1);
        let number = numbering.write(numbers, serial).map_err(ExtractError::Number)?;
        Ok(vec![ExtractBookEvent::Allotted { extract, serial, number }])
    }

    fn evolve(&mut self, event: &ExtractBookEvent) {
        let ExtractBookEvent::Allotted { serial, .. } = event;
        self.serials = *serial;
    }
}

/// Ordered, so a number is allotted in the same batch; allotted, so the extract has it; numbered, so it is made.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExtractOnOrder;

impl Policy for ExtractOnOrder {
    fn name(&self) -> &'static str {
        "registers.extract_on_order"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["extract.Ordered", "extract.Numbered", "extract-book.Allotted"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        if &*event.kind == ExtractBook::KIND {
            let ExtractBookEvent::Allotted { extract, number, .. } = event.read()?;
            return Ok(vec![
                event.leads_to::<Extract>(&extract, &ExtractCommand::Number { number })?,
            ]);
        }
        let extract = ExtractKey(event.key.to_string());
        Ok(match event.read()? {
            ExtractEvent::Ordered { numbering, .. } => {
                let book = numbering.book.clone();
                let allot = ExtractBookCommand::Allot { extract, numbering };
                vec![event.leads_to::<ExtractBook>(&book, &allot)?]
            }
            ExtractEvent::Numbered { .. } => {
                vec![event.sends(&MakeExtract { extract, shard: event.shard.clone() })?]
            }
            ExtractEvent::Made { .. } => Vec::new(),
        })
    }
}

/// Sets an extract in type: at least once; only the first answer counts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MakeExtract {
    /// The extract.
    pub extract: ExtractKey,
    /// Its shard.
    pub shard: Shard,
}

impl Errand for MakeExtract {
    const KIND: &'static str = "registers.make_extract";
    type Tools = Arc<Outside>;

    async fn run(
        &self,
        _id: ErrandId,
        outside: Arc<Outside>,
    ) -> Result<Vec<Reaction>, ErrandError> {
        // The row may lag behind the event by a moment.
        let row = extract(&*outside.reader, &self.extract).await.map_err(ErrandError::later)?;
        let row = row
            .filter(|row| !row.number.is_empty())
            .ok_or_else(|| ErrandError::later("the extract is not in the tables yet"))?;
        let template = outside.templates.get(&row.order.template).or_else(|_none| builtin());
        let template = template.map_err(ErrandError::never)?;
        let (values, key) = match &row.order.filling {
            Filling::Plain(values) => (values.clone(), None),
            Filling::Kept(kept) => {
                let json = outside.vault.read(kept).await?;
                let values = serde_json::from_slice(&json).map_err(ErrandError::never)?;
                (values, kept.key.clone())
            }
        };
        let token = outside.token(&self.extract);
        let values: Values = template.over(
            values,
            [
                ("organ_name", Datum::Text(row.order.issuer.name.clone())),
                ("number", Datum::Text(row.number.clone())),
                ("issued_on", Datum::Date(row.on)),
                ("qr", Datum::Text(outside.check_address(&token))),
            ],
        );
        let made = template.made(&*outside.typesetter, &values).map_err(ErrandError::never)?;
        let pdf = outside.vault.keep(key.as_deref(), &made.pdf).await?;
        let paper = ExtractPaper { pdf, digest: made.digest, edition: made.edition };
        let commands = Atomic::new(self.shard.clone())
            .then::<Extract>(&self.extract, &ExtractCommand::Made { paper, token })
            .map_err(ErrandError::never)?;
        Ok(vec![Reaction::Commands(commands)])
    }
}

static BUILTIN: LazyLock<Result<Template, documents::DocumentError>> = LazyLock::new(|| {
    let source = include_str!("../data/extract.typ");
    Template::read(include_str!("../data/extract.yaml"), |name| {
        (name == "extract.typ").then(|| source.to_owned())
    })
});

/// The platform's own template of an extract.
///
/// # Errors
/// It cannot be read, which a test rules out.
pub fn builtin() -> Result<&'static Template, documents::DocumentError> {
    BUILTIN.as_ref().map_err(Clone::clone)
}

/// One row an extract.
pub static EXTRACTS: Table = TABLE;

const TABLE: Table = Table {
    name: "registers_extracts",
    columns: &[
        Column::text("extract"),
        Column::text("record"),
        Column::text("asker"),
        Column::text("organ"),
        Column::text("number"),
        Column::text("token"),
        Column::text("on_day"),
        Column::int("ordered_at"),
        Column::text("orders"),
        Column::text("paper"),
    ],
    key: &["extract"],
    indexes: &[
        Index { columns: &["token"] },
        Index { columns: &["asker", "ordered_at"] },
        Index { columns: &["record", "ordered_at"] },
    ],
};

static ALL: [Table; 1] = [TABLE];

/// Keeps the extracts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extracts;

impl Projection for Extracts {
    fn name(&self) -> &'static str {
        "registers_extracts"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &ALL
    }

    fn listens(&self) -> &'static [&'static str] {
        &["extract.*"]
    }

    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        let key = || vec![Cell::from(&*event.key)];
        match event.read()? {
            ExtractEvent::Ordered { order, on, .. } => rows.put(
                &EXTRACTS,
                vec![
                    Cell::from(&*event.key),
                    order.record.0.as_str().into(),
                    order.asker.as_ref().map(PartyKey::as_str).into(),
                    order.issuer.organ.as_str().into(),
                    "".into(),
                    Cell::Null,
                    on.into(),
                    event.at.into(),
                    Cell::json(event, &order)?,
                    Cell::Null,
                ],
            ),
            ExtractEvent::Numbered { number } => {
                rows.set(&EXTRACTS, key(), vec![("number", number.into())]);
            }
            ExtractEvent::Made { paper, token, .. } => rows.set(
                &EXTRACTS,
                key(),
                vec![("paper", Cell::json(event, &paper)?), ("token", token.into())],
            ),
        }
        Ok(())
    }
}

/// An extract, as its pages see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtractRow {
    /// Its key.
    pub extract: ExtractKey,
    /// Its number; empty for a moment.
    pub number: String,
    /// The day it bears.
    pub on: Date,
    /// When it was ordered.
    pub ordered_at: Moment,
    /// The order.
    pub order: Order,
    /// The document, once it is made.
    pub paper: Option<ExtractPaper>,
    /// The token of its page.
    pub token: Option<String>,
}

impl ExtractRow {
    /// The organ that answered.
    #[must_use]
    pub fn organ(&self) -> &OrganKey {
        &self.order.issuer.organ
    }
}

const ROW: &str =
    "SELECT extract, number, on_day, ordered_at, orders, paper, token FROM registers_extracts";

fn row(row: &Row) -> Result<ExtractRow, ReadError> {
    Ok(ExtractRow {
        extract: ExtractKey(row.get("extract")?),
        number: row.get("number")?,
        on: row.get("on_day")?,
        ordered_at: row.get("ordered_at")?,
        order: row.json("orders")?,
        paper: row.json("paper")?,
        token: row.get("token")?,
    })
}

/// An extract by its key.
///
/// # Errors
/// The store cannot be read.
pub async fn extract(
    reader: &dyn Reader,
    key: &ExtractKey,
) -> Result<Option<ExtractRow>, ReadError> {
    let query = Query::new(format!("{ROW} WHERE extract = $1")).arg(key.0.as_str());
    reader.rows(query).await?.first().map(row).transpose()
}

/// An extract by the token of its page.
///
/// # Errors
/// The store cannot be read.
pub async fn by_token(reader: &dyn Reader, token: &str) -> Result<Option<ExtractRow>, ReadError> {
    let query = Query::new(format!("{ROW} WHERE token = $1")).arg(token);
    reader.rows(query).await?.first().map(row).transpose()
}

/// The extracts of a record, newest first.
///
/// # Errors
/// The store cannot be read.
pub async fn of_record(
    reader: &dyn Reader,
    record: &RecordKey,
    limit: u32,
) -> Result<Vec<ExtractRow>, ReadError> {
    let query = Query::new(format!("{ROW} WHERE record = $1")).arg(record.0.as_str());
    let query = query.text(&format!("ORDER BY ordered_at DESC, extract LIMIT {limit}"));
    reader.rows(query).await?.iter().map(row).collect()
}
