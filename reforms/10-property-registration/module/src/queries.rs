//! What pages, errands and the check ask of the tables of this reform.

use crate::inquiry::{InquiryKey, Question};
use crate::model::{Application, Paper, RegistrationKey, State, Task, Wanted};
use crate::projection::state_of;
use codes::{Date, Moment, UnitNo};
use kernel::{OrganKey, PartyKey, Shard};
use property::{Progress, TaskState, progress};
use tables::{Query, ReadError, Reader, Row};

const COLUMNS: &str = "SELECT r.registration, r.shard, r.version, r.body, r.state, r.received_on, r.received_at, \
    r.accepted_on, r.promise_on, r.statutory_on, r.asked, r.examined_by, r.ended_on, r.reason \
    FROM property_registrations r WHERE 1 = 1";

/// A registration as its pages show it.
#[derive(Clone, Debug)]
pub struct RegistrationRow {
    /// Its number.
    pub registration: RegistrationKey,
    /// Its shard.
    pub shard: Shard,
    /// The version of its stream.
    pub version: u64,
    /// What is applied for.
    pub application: Application,
    /// Where it stands.
    pub state: State,
    /// The day of receipt.
    pub received_on: Date,
    /// The instant of receipt.
    pub received_at: Moment,
    /// The day of acceptance.
    pub accepted_on: Option<Date>,
    /// Until when the office promises.
    pub promise_on: Option<Date>,
    /// Until when the law allows.
    pub statutory_on: Option<Date>,
    /// What is asked for, while it is outstanding.
    pub asked: Option<Vec<Wanted>>,
    /// Who examined it.
    pub examined_by: Option<String>,
    /// The day of entry, withdrawal or refusal.
    pub ended_on: Option<Date>,
    /// Why it ended without entry.
    pub reason: Option<String>,
}

/// A certificate or proof of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperRow {
    /// The licence.
    pub licence: String,
    /// The registration that it comes from.
    pub registration: RegistrationKey,
    /// Its number.
    pub number: String,
    /// The token of its code.
    pub token: String,
    /// When it was signed.
    pub issued_at: Moment,
}

/// The registration of a number.
///
/// # Errors
/// The store cannot be read.
pub async fn registration(
    reader: &dyn Reader,
    key: &RegistrationKey,
) -> Result<Option<RegistrationRow>, ReadError> {
    let query = Query::new(COLUMNS).and("r.registration", key.0.as_str());
    reader.rows(query.text("LIMIT 1")).await?.first().map(read).transpose()
}

/// The registrations that a party applied for, the newest first.
///
/// # Errors
/// The store cannot be read.
pub async fn of_party(
    reader: &dyn Reader,
    party: &PartyKey,
) -> Result<Vec<RegistrationRow>, ReadError> {
    let of = "AND r.registration IN (SELECT registration FROM property_applicants WHERE party = $1) \
        ORDER BY r.received_at DESC, r.registration LIMIT 100";
    many(reader, Query::new(COLUMNS).text(of).arg(party.as_str())).await
}

/// The registrations of an office in a state, the oldest first.
///
/// # Errors
/// The store cannot be read.
pub async fn of_office(
    reader: &dyn Reader,
    organ: &OrganKey,
    state: State,
) -> Result<Vec<RegistrationRow>, ReadError> {
    let query = Query::new(COLUMNS).and("r.organ", organ.as_str()).and("r.state", state.word());
    many(reader, query.text("ORDER BY r.received_at, r.registration LIMIT 200")).await
}

/// The registrations on a unit, the newest first.
///
/// # Errors
/// The store cannot be read.
pub async fn of_unit(reader: &dyn Reader, unit: UnitNo) -> Result<Vec<RegistrationRow>, ReadError> {
    let query = Query::new(COLUMNS).and("r.unit", unit.as_str());
    many(reader, query.text("ORDER BY r.received_at DESC, r.registration LIMIT 100")).await
}

/// The tasks of a registration, in order.
///
/// # Errors
/// The store cannot be read.
pub async fn tasks(reader: &dyn Reader, key: &RegistrationKey) -> Result<Vec<Task>, ReadError> {
    let query = Query::new(
        "SELECT task, state, note FROM property_tasks WHERE registration = $1 ORDER BY place",
    );
    let rows = reader.rows(query.arg(key.0.as_str())).await?;
    rows.iter()
        .map(|row| {
            Ok(Task {
                name: row.get("task")?,
                state: row.word("state", state_of)?,
                note: row.get("note")?,
            })
        })
        .collect()
}

/// The papers that were handed in, in order.
///
/// # Errors
/// The store cannot be read.
pub async fn materials(
    reader: &dyn Reader,
    key: &RegistrationKey,
) -> Result<Vec<Paper>, ReadError> {
    let query = Query::new(
        "SELECT name, blob FROM property_materials WHERE registration = $1 ORDER BY version, place",
    );
    let rows = reader.rows(query.arg(key.0.as_str())).await?;
    rows.iter().map(|row| Ok(Paper { name: row.get("name")?, blob: row.get("blob")? })).collect()
}

/// The applicants of a registration and when each confirmed.
///
/// # Errors
/// The store cannot be read.
pub async fn applicants(
    reader: &dyn Reader,
    key: &RegistrationKey,
) -> Result<Vec<(PartyKey, Option<Moment>)>, ReadError> {
    let query = Query::new(
        "SELECT party, confirmed_at FROM property_applicants WHERE registration = $1 ORDER BY party",
    );
    let rows = reader.rows(query.arg(key.0.as_str())).await?;
    rows.iter()
        .map(|row| Ok((PartyKey::new(row.get::<String>("party")?), row.get("confirmed_at")?)))
        .collect()
}

const PAPERS: &str =
    "SELECT licence, registration, number, token, issued_at FROM property_papers WHERE 1 = 1";

/// The certificates and proofs of a unit, the oldest first.
///
/// # Errors
/// The store cannot be read.
pub async fn papers_of_unit(reader: &dyn Reader, unit: UnitNo) -> Result<Vec<PaperRow>, ReadError> {
    let query = Query::new(PAPERS).and("unit", unit.as_str());
    papers(reader, query.text("ORDER BY issued_at, licence LIMIT 500")).await
}

/// The certificates and proofs of a registration, the oldest first.
///
/// # Errors
/// The store cannot be read.
pub async fn papers_of(
    reader: &dyn Reader,
    key: &RegistrationKey,
) -> Result<Vec<PaperRow>, ReadError> {
    let query = Query::new(PAPERS).and("registration", key.0.as_str());
    papers(reader, query.text("ORDER BY issued_at, licence LIMIT 100")).await
}

/// The unit that a certificate is about.
///
/// # Errors
/// The store cannot be read.
pub async fn unit_of_paper(
    reader: &dyn Reader,
    licence: &str,
) -> Result<Option<UnitNo>, ReadError> {
    let query = Query::new("SELECT unit FROM property_papers WHERE licence = $1").arg(licence);
    let rows = reader.rows(query).await?;
    let unit: Option<String> = rows.first().map(|row| row.get("unit")).transpose()?;
    Ok(unit.and_then(|unit| unit.parse().ok()))
}

/// A page of all certificates after a licence, for the check of all of them.
///
/// # Errors
/// The store cannot be read.
pub async fn papers_after(
    reader: &dyn Reader,
    after: &str,
    limit: u32,
) -> Result<Vec<(String, UnitNo)>, ReadError> {
    let query =
        Query::new("SELECT licence, unit FROM property_papers WHERE licence > $1").arg(after);
    let rows = reader.rows(query.text(&format!("ORDER BY licence LIMIT {limit}"))).await?;
    rows.iter()
        .map(|row| {
            let unit = row.word("unit", |text| text.parse().ok())?;
            Ok((row.get("licence")?, unit))
        })
        .collect()
}

/// One report on a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanRow {
    /// When.
    pub at: Moment,
    /// The event's name.
    pub what: String,
    /// The code, or its digest where it was never issued.
    pub code: String,
    /// In which words.
    pub text: String,
}

/// The latest reports on codes, the newest first.
///
/// # Errors
/// The store cannot be read.
pub async fn scans(reader: &dyn Reader, limit: u32) -> Result<Vec<ScanRow>, ReadError> {
    let query = Query::new("SELECT at, what, code, text FROM property_scans");
    let query = query.text(&format!("ORDER BY at DESC, version DESC LIMIT {limit}"));
    let rows = reader.rows(query).await?;
    rows.iter()
        .map(|row| {
            Ok(ScanRow {
                at: row.get("at")?,
                what: row.get("what")?,
                code: row.get("code")?,
                text: row.get("text")?,
            })
        })
        .collect()
}

/// An inquiry as its pages show it.
#[derive(Clone, Debug)]
pub struct InquiryRow {
    /// Its key.
    pub inquiry: InquiryKey,
    /// Its shard.
    pub shard: Shard,
    /// Who asked.
    pub party: PartyKey,
    /// What.
    pub question: Question,
    /// When.
    pub asked_at: Moment,
    /// `asked`, `granted` or `denied`.
    pub state: String,
    /// Until when it is open.
    pub until: Option<Moment>,
    /// Why it was denied.
    pub reason: Option<String>,
}

const INQUIRIES: &str = "SELECT inquiry, shard, party, body, asked_at, state, until, reason \
    FROM property_inquiries WHERE 1 = 1";

/// The inquiry of a key.
///
/// # Errors
/// The store cannot be read.
pub async fn inquiry(
    reader: &dyn Reader,
    key: &InquiryKey,
) -> Result<Option<InquiryRow>, ReadError> {
    let rows = reader.rows(Query::new(INQUIRIES).and("inquiry", key.0.as_str())).await?;
    rows.first().map(inquiry_row).transpose()
}

/// The inquiries of a party, the newest first.
///
/// # Errors
/// The store cannot be read.
pub async fn inquiries_of(
    reader: &dyn Reader,
    party: &PartyKey,
) -> Result<Vec<InquiryRow>, ReadError> {
    let query = Query::new(INQUIRIES).and("party", party.as_str());
    let rows = reader.rows(query.text("ORDER BY asked_at DESC, inquiry LIMIT 50")).await?;
    rows.iter().map(inquiry_row).collect()
}

/// The inquiries that an office has to look at, the oldest first.
///
/// # Errors
/// The store cannot be read.
pub async fn inquiries_at(
    reader: &dyn Reader,
    organ: &OrganKey,
) -> Result<Vec<InquiryRow>, ReadError> {
    let query = Query::new(INQUIRIES).and("organ", organ.as_str()).and("state", "asked");
    let rows = reader.rows(query.text("ORDER BY asked_at, inquiry LIMIT 100")).await?;
    rows.iter().map(inquiry_row).collect()
}

fn inquiry_row(row: &Row) -> Result<InquiryRow, ReadError> {
    Ok(InquiryRow {
        inquiry: InquiryKey(row.get("inquiry")?),
        shard: Shard::new(row.get::<String>("shard")?),
        party: PartyKey::new(row.get::<String>("party")?),
        question: row.json("body")?,
        asked_at: row.get("asked_at")?,
        state: row.get("state")?,
        until: row.get("until")?,
        reason: row.get("reason")?,
    })
}

/// The progress of a registration, from its tasks alone; `days_left` in working days.
#[must_use]
pub fn progress_of(row: &RegistrationRow, tasks: &[Task], days_left: u32) -> Progress {
    if matches!(row.state, State::Withdrawn | State::Refused) {
        return Progress::Returned;
    }
    let states: Vec<(&str, TaskState)> =
        tasks.iter().map(|task| (task.name.as_str(), task.state)).collect();
    progress(&states, days_left)
}

async fn many(reader: &dyn Reader, query: Query) -> Result<Vec<RegistrationRow>, ReadError> {
    reader.rows(query).await?.iter().map(read).collect()
}

async fn papers(reader: &dyn Reader, query: Query) -> Result<Vec<PaperRow>, ReadError> {
    let rows = reader.rows(query).await?;
    rows.iter()
        .map(|row| {
            Ok(PaperRow {
                licence: row.get("licence")?,
                registration: RegistrationKey(row.get("registration")?),
                number: row.get("number")?,
                token: row.get("token")?,
                issued_at: row.get("issued_at")?,
            })
        })
        .collect()
}

fn read(row: &Row) -> Result<RegistrationRow, ReadError> {
    Ok(RegistrationRow {
        registration: RegistrationKey(row.get("registration")?),
        shard: Shard::new(row.get::<String>("shard")?),
        version: row.get("version")?,
        application: row.json("body")?,
        state: row.word("state", State::of)?,
        received_on: row.get("received_on")?,
        received_at: row.get("received_at")?,
        accepted_on: row.get("accepted_on")?,
        promise_on: row.get("promise_on")?,
        statutory_on: row.get("statutory_on")?,
        asked: row.json("asked")?,
        examined_by: row.get("examined_by")?,
        ended_on: row.get("ended_on")?,
        reason: row.get("reason")?,
    })
}
