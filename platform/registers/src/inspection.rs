//! Looks at records (查阅记录): who looked, when, for what purpose, by which law; every look is an event.
//!
//! They stand beside the record and not in its stream, so that a look makes nobody's form stale.

use crate::extract::ExtractKey;
use crate::record::RecordKey;
use codes::{Code, Coded, Label, Moment, Reason};
use kernel::{Actor, Aggregate, Context, OrganKey, PartyKey, Recorded, Unreadable};
use serde::{Deserialize, Serialize};
use tables::{Cell, Column, Projection, Query, ReadError, Reader, Rows, Table};

/// A look at a record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// As whom, by the register's table of views; empty where it was refused.
    pub view: String,
    /// For what purpose, in the asker's words or those of the act.
    pub purpose: String,
    /// By which law.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub law: String,
    /// What was shown: sections, `holders`, `restrictions`, `history`; never values.
    pub fields: Vec<String>,
    /// Whose data it was: the holders at the instant looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holders: Vec<PartyKey>,
    /// Of which instant, where it was not now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid: Option<Moment>,
    /// The extract that was given out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extract: Option<ExtractKey>,
}

/// What may be asked of the list of looks at a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InspectionCommand {
    /// Somebody looked.
    Inspect(Look),
    /// Somebody was refused a look.
    Refuse(Look),
}

/// What happens to it; the event's actor says who.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InspectionEvent {
    /// Somebody looked.
    Inspected(Look),
    /// Somebody was refused a look.
    InspectionRefused(Look),
}

/// Why a look is not recorded, and therefore not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InspectionError {
    /// No purpose was named.
    #[error("a look names its purpose")]
    PurposeMissing,
}

impl Coded for InspectionError {
    fn code(&self) -> Code {
        Code::new("REG", 25)
    }
    fn reason(&self) -> Reason {
        "PURPOSE_MISSING"
    }
    fn label(&self) -> Label {
        Label::new(
            "查询登记簿须写明目的，不得用于其他目的（不动产登记暂行条例第二十八条）。",
            "A look at the register names its purpose and serves no other.",
        )
    }
    fn status(&self) -> u16 {
        422
    }
}

/// The looks at one record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inspection {
    /// How many there were.
    pub looks: u64,
}

impl Aggregate for Inspection {
    const KIND: &'static str = "inspection";
    type Key = RecordKey;
    type Command = InspectionCommand;
    type Event = InspectionEvent;
    type Error = InspectionError;
    type World = ();

    fn decide(
        &self,
        (): &(),
        _cx: &Context,
        command: InspectionCommand,
    ) -> Result<Vec<InspectionEvent>, InspectionError> {
        Ok(vec![match command {
            // LAW: 不动产登记暂行条例 art. 28: who queries says for what.
            InspectionCommand::Inspect(look) if look.purpose.trim().is_empty() => {
                return Err(InspectionError::PurposeMissing);
            }
            InspectionCommand::Inspect(look) => InspectionEvent::Inspected(look),
            InspectionCommand::Refuse(look) => InspectionEvent::InspectionRefused(look),
        }])
    }

    fn evolve(&mut self, _event: &InspectionEvent) {
        self.looks = self.looks.saturating_add(1);
    }
}

/// One row a look.
pub static INSPECTIONS: Table = TABLE;

const TABLE: Table = Table {
    name: "registers_inspections",
    columns: &[
        Column::text("record"),
        Column::int("version"),
        Column::int("at"),
        Column::text("organ"),
        Column::text("role"),
        Column::text("party"),
        Column::text("view"),
        Column::text("purpose"),
        Column::text("law"),
        Column::text("fields"),
        Column::int("refused"),
        Column::text("extract"),
    ],
    key: &["record", "version"],
    indexes: &[],
};

static ALL: [Table; 1] = [TABLE];

/// Keeps the looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Inspections;

impl Projection for Inspections {
    fn name(&self) -> &'static str {
        "registers_inspections"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &ALL
    }

    fn listens(&self) -> &'static [&'static str] {
        &["inspection.*"]
    }

    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        let (look, refused) = match event.read()? {
            InspectionEvent::Inspected(look) => (look, false),
            InspectionEvent::InspectionRefused(look) => (look, true),
        };
        let (organ, role, party) = match &*event.actor {
            Actor::Officer { organ, role, .. } => (Some(organ.as_str()), Some(role.as_str()), None),
            Actor::Party { party, .. } => (None, None, Some(party.as_str())),
            Actor::Partner { partner } => (Some(partner.as_str()), None, None),
            Actor::System { .. } | Actor::Public => (None, None, None),
        };
        rows.put(
            &INSPECTIONS,
            vec![
                Cell::from(&*event.key),
                event.version.into(),
                event.at.into(),
                organ.into(),
                role.into(),
                party.into(),
                look.view.into(),
                look.purpose.into(),
                look.law.into(),
                look.fields.join(",").into(),
                refused.into(),
                look.extract.map(|extract| extract.0).into(),
            ],
        );
        Ok(())
    }
}

/// A look, as the log shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookRow {
    /// When.
    pub at: Moment,
    /// The organ of who looked; the partner, where it was one.
    pub organ: Option<OrganKey>,
    /// The role in which.
    pub role: Option<String>,
    /// The party, where it was one.
    pub party: Option<PartyKey>,
    /// As whom.
    pub view: String,
    /// For what.
    pub purpose: String,
    /// By which law.
    pub law: String,
    /// Whether it was refused.
    pub refused: bool,
}

/// The latest looks at a record, newest first.
///
/// # Errors
/// The store cannot be read.
pub async fn looks(
    reader: &dyn Reader,
    record: &RecordKey,
    limit: u32,
) -> Result<Vec<LookRow>, ReadError> {
    let query = Query::new(
        "SELECT at, organ, role, party, view, purpose, law, refused FROM registers_inspections WHERE record = $1",
    );
    let query = query.arg(record.0.as_str()).text(&format!("ORDER BY version DESC LIMIT {limit}"));
    let rows = reader.rows(query).await?;
    rows.iter()
        .map(|row| {
            Ok(LookRow {
                at: row.get("at")?,
                organ: row.get::<Option<String>>("organ")?.map(OrganKey::new),
                role: row.get("role")?,
                party: row.get::<Option<String>>("party")?.map(PartyKey::new),
                view: row.get("view")?,
                purpose: row.get("purpose")?,
                law: row.get("law")?,
                refused: row.get("refused")?,
            })
        })
        .collect()
}
