//! What pages and errands ask of the tables of penalty cases, and a case folded from its stream.

use crate::decide::Penalty;
use crate::event::PenaltyEvent;
use crate::model::{Consent, Ending, Mark, PaperId, Sort};
use blobs::Kept;
use codes::{Date, Moment};
use kernel::{Aggregate as _, OrganKey, PartyKey, Recorded, Shard};
use module::{History, SubmitError};
use penalty::{CustomsCaseNo, Run};
use tables::{Query, ReadError, Reader, Row};

const CASES: &str = "SELECT no, shard, version, party, organ, organ_name, place, cause, filed_on, consent, stage, since, \
    due_on, must_annul, closed FROM penalty_cases WHERE 1 = 1";
const PAPERS: &str = "SELECT no, paper, sort, party, token, issued_at, served_on, served_at, channel, clocks, annulled_by, \
    annulled_at, proof, root FROM penalty_papers WHERE 1 = 1";

/// A case as lists show it.
#[derive(Clone, Debug)]
pub struct CaseRow {
    /// Its number.
    pub no: CustomsCaseNo,
    /// Its shard.
    pub shard: Shard,
    /// The version of its stream.
    pub version: u64,
    /// Whom it concerns.
    pub party: PartyKey,
    /// The organ that handles it.
    pub organ: OrganKey,
    /// Its name.
    pub organ_name: String,
    /// Its division.
    pub place: String,
    /// What it is about.
    pub cause: String,
    /// When it was filed.
    pub filed_on: Date,
    /// How the consent stands.
    pub consent: Consent,
    /// Where it stands.
    pub stage: Mark,
    /// Since when.
    pub since: Moment,
    /// The next day by which something must be done.
    pub due_on: Option<Date>,
    /// The decision that must be taken back.
    pub must_annul: Option<PaperId>,
    /// How it was closed.
    pub closed: Option<Ending>,
}

/// A paper as lists show it.
#[derive(Clone, Debug)]
pub struct PaperRow {
    /// Its case.
    pub no: CustomsCaseNo,
    /// Which of the case.
    pub paper: PaperId,
    /// Its sort.
    pub sort: Sort,
    /// Upon whom.
    pub party: PartyKey,
    /// The token of its public page.
    pub token: String,
    /// When it was issued.
    pub issued_at: Moment,
    /// The day of service.
    pub served_on: Option<Date>,
    /// The instant of service.
    pub served_at: Option<Moment>,
    /// The word of the channel.
    pub channel: Option<String>,
    /// The terms that run from it.
    pub clocks: Vec<Run>,
    /// What took it back.
    pub annulled_by: Option<PaperId>,
    /// When that was.
    pub annulled_at: Option<Moment>,
    /// The number of the proof of electronic service.
    pub proof: Option<String>,
    /// The root of the package that a notary was asked for.
    pub root: Option<String>,
}

/// The row of a case.
///
/// # Errors
/// The store cannot be read.
pub async fn case(reader: &dyn Reader, no: &str) -> Result<Option<CaseRow>, ReadError> {
    let rows = reader.rows(Query::new(CASES).and("no", no).text("LIMIT 1")).await?;
    rows.first().map(read_case).transpose()
}

/// What the vault keeps of the party of a case.
///
/// # Errors
/// The store cannot be read.
pub async fn profile(reader: &dyn Reader, no: &str) -> Result<Option<Kept>, ReadError> {
    let query = Query::new("SELECT profile FROM penalty_cases WHERE no = $1").arg(no);
    let rows = reader.rows(query).await?;
    rows.first().map_or(Ok(None), |row| row.json("profile"))
}

/// The cases of an organ, the latest turn first, before an instant.
///
/// # Errors
/// The store cannot be read.
pub async fn of_organ(
    reader: &dyn Reader,
    organ: &OrganKey,
    before: Option<Moment>,
    limit: u32,
) -> Result<Vec<CaseRow>, ReadError> {
    let query = Query::new(CASES).and("organ", organ.as_str());
    let query = match before {
        Some(before) => query.and_that("since <", before),
        None => query,
    };
    let query = query.text(&format!("ORDER BY since DESC, no LIMIT {limit}"));
    reader.rows(query).await?.iter().map(read_case).collect()
}

/// The papers of a case, the oldest first.
///
/// # Errors
/// The store cannot be read.
pub async fn papers(reader: &dyn Reader, no: &str) -> Result<Vec<PaperRow>, ReadError> {
    let query = Query::new(PAPERS).and("no", no).text("ORDER BY issued_at, paper LIMIT 200");
    reader.rows(query).await?.iter().map(read_paper).collect()
}

/// The papers of a party, the newest first, before an instant.
///
/// # Errors
/// The store cannot be read.
pub async fn of_party(
    reader: &dyn Reader,
    party: &PartyKey,
    before: Option<Moment>,
    limit: u32,
) -> Result<Vec<PaperRow>, ReadError> {
    let query = Query::new(PAPERS).and("party", party.as_str());
    let query = match before {
        Some(before) => query.and_that("issued_at <", before),
        None => query,
    };
    let query = query.text(&format!("ORDER BY issued_at DESC, paper LIMIT {limit}"));
    reader.rows(query).await?.iter().map(read_paper).collect()
}

/// The paper of the token that its code bears.
///
/// # Errors
/// The store cannot be read.
pub async fn by_token(reader: &dyn Reader, token: &str) -> Result<Option<PaperRow>, ReadError> {
    if token.is_empty() {
        return Ok(None);
    }
    let rows = reader.rows(Query::new(PAPERS).and("token", token).text("LIMIT 1")).await?;
    rows.first().map(read_paper).transpose()
}

/// The paper of a case under whose proof a package is kept.
///
/// # Errors
/// The store cannot be read.
pub async fn by_proof(reader: &dyn Reader, proof: &str) -> Result<Option<PaperRow>, ReadError> {
    let rows = reader.rows(Query::new(PAPERS).and("proof", proof).text("LIMIT 1")).await?;
    rows.first().map(read_paper).transpose()
}

/// A case folded from its stream, with the stream itself.
///
/// # Errors
/// The journal cannot be read; an event that cannot be decoded is left out of the state.
pub async fn folded(
    history: &dyn History,
    shard: &Shard,
    no: &CustomsCaseNo,
) -> Result<(Penalty, Vec<Recorded>), SubmitError> {
    let events = history.stream(shard, Penalty::KIND, no.as_str(), 0).await?;
    let mut case = Penalty::default();
    for event in events.iter().filter_map(|event| event.read::<PenaltyEvent>().ok()) {
        case.evolve(&event);
    }
    Ok((case, events))
}

fn read_case(row: &Row) -> Result<CaseRow, ReadError> {
    Ok(CaseRow {
        no: row.word("no", |text| text.parse().ok())?,
        shard: Shard::new(row.get::<String>("shard")?),
        version: row.get("version")?,
        party: PartyKey::new(row.get::<String>("party")?),
        organ: OrganKey::new(row.get::<String>("organ")?),
        organ_name: row.get("organ_name")?,
        place: row.get("place")?,
        cause: row.get("cause")?,
        filed_on: row.get("filed_on")?,
        consent: row.word("consent", Consent::of)?,
        stage: row.word("stage", Mark::of)?,
        since: row.get("since")?,
        due_on: row.get("due_on")?,
        must_annul: row.get::<Option<String>>("must_annul")?.map(PaperId),
        closed: row.get::<Option<String>>("closed")?.as_deref().and_then(Ending::of),
    })
}

fn read_paper(row: &Row) -> Result<PaperRow, ReadError> {
    Ok(PaperRow {
        no: row.word("no", |text| text.parse().ok())?,
        paper: PaperId(row.get("paper")?),
        sort: row.word("sort", Sort::of)?,
        party: PartyKey::new(row.get::<String>("party")?),
        token: row.get("token")?,
        issued_at: row.get("issued_at")?,
        served_on: row.get("served_on")?,
        served_at: row.get("served_at")?,
        channel: row.get("channel")?,
        clocks: row.json::<Option<Vec<Run>>>("clocks")?.unwrap_or_default(),
        annulled_by: row.get::<Option<String>>("annulled_by")?.map(PaperId),
        annulled_at: row.get("annulled_at")?,
        proof: row.get("proof")?,
        root: row.get("root")?,
    })
}
