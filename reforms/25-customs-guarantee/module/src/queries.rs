//! What pages, errands and messages ask of the tables of guarantees.

use crate::exposure::Stand;
use crate::filing::Filed;
use crate::guarantor::Sort;
use crate::importer::Grade;
use crate::model::{About, Offered, Request};
use crate::quota;
use codes::{Date, Moment};
use guarantee::{Balance, Change, Level, RiskReason, State, Text};
use kernel::{OrganKey, PartyKey, Shard};
use ledger::book::queries as book;
use tables::{Cell, Query, ReadError, Reader, Row};

/// A text as pages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextRow {
    /// About it.
    pub about: About,
    /// As it is now, freezes left aside.
    pub text: Text,
    /// How it stands.
    pub state: State,
    /// Why it is frozen.
    pub frozen: Option<String>,
    /// Its shard.
    pub shard: Shard,
    /// What opens the page of its QR code.
    pub token: String,
    /// When it was filed.
    pub filed_on: Date,
    /// The version of its stream.
    pub version: u64,
}

impl TextRow {
    /// How it stands, freezes counted.
    #[must_use]
    pub fn stands(&self) -> State {
        match (self.state, &self.frozen) {
            (State::Active, Some(_)) => State::Frozen,
            (state, _) => state,
        }
    }

    /// The text as decisions see it.
    #[must_use]
    pub fn decided(&self) -> Text {
        let mut text = Text { state: self.state, ..self.text.clone() };
        text.freezes.clear();
        if let Some(why) = &self.frozen {
            text.freezes.insert("shown".to_owned(), why.clone());
        }
        text
    }
}

const TEXTS: &str = "SELECT no, about, text, state, frozen, shard, limit_fen, token, filed_on, version FROM guarantee_texts WHERE 1 = 1";

fn text(row: &Row) -> Result<TextRow, ReadError> {
    let text: Text = row.json("text")?;
    Ok(TextRow {
        about: row.json("about")?,
        text: Text { limit_fen: row.get("limit_fen")?, ..text },
        state: row.word("state", State::of)?,
        frozen: row.get("frozen")?,
        shard: Shard::new(row.get::<String>("shard")?),
        token: row.get("token")?,
        filed_on: row.get("filed_on")?,
        version: row.get("version")?,
    })
}

async fn texts(reader: &dyn Reader, query: Query) -> Result<Vec<TextRow>, ReadError> {
    reader.rows(query).await?.iter().map(text).collect()
}

/// A text by its number.
///
/// # Errors
/// The store cannot be read.
pub async fn text_of(reader: &dyn Reader, no: &str) -> Result<Option<TextRow>, ReadError> {
    Ok(texts(reader, Query::new(TEXTS).and("no", no)).await?.pop())
}

/// A text by the token of its QR code.
///
/// # Errors
/// The store cannot be read.
pub async fn text_of_token(reader: &dyn Reader, token: &str) -> Result<Option<TextRow>, ReadError> {
    Ok(texts(reader, Query::new(TEXTS).and("token", token)).await?.pop())
}

/// By what texts or uses are looked for.
#[derive(Clone, Debug)]
pub enum By {
    /// The enterprise as a party.
    Party(PartyKey),
    /// The guarantor as a party.
    Guarantor(PartyKey),
    /// The enterprise's code.
    Uscc(String),
    /// The office of the seat.
    Office(String),
    /// The organ that keeps them.
    Organ(OrganKey),
    /// The text.
    Guarantee(String),
}

impl By {
    fn of(&self, query: Query) -> Query {
        match self {
            Self::Party(party) => query.and("party", party.as_str()),
            Self::Guarantor(party) => query.and("guarantor_party", party.as_str()),
            Self::Uscc(uscc) => query.and("uscc", uscc.as_str()),
            Self::Office(office) => query.and("office", office.as_str()),
            Self::Organ(organ) => query.and("organ", organ.as_str()),
            Self::Guarantee(no) => query.and("guarantee", no.as_str()),
        }
    }
}

/// The texts of somebody, those in force first.
///
/// # Errors
/// The store cannot be read.
pub async fn texts_by(reader: &dyn Reader, by: &By, limit: u32) -> Result<Vec<TextRow>, ReadError> {
    let order = format!(
        "ORDER BY CASE state WHEN 'active' THEN 0 WHEN 'filed' THEN 1 ELSE 2 END, no LIMIT {limit}"
    );
    texts(reader, by.of(Query::new(TEXTS)).text(&order)).await
}

/// Texts of an office that are over and for which the guarantor still stands.
///
/// # Errors
/// The store cannot be read.
pub async fn unfreed(reader: &dyn Reader, office: &str) -> Result<Vec<TextRow>, ReadError> {
    let query = Query::new(TEXTS)
        .and("office", office)
        .text("AND freed = 0 AND state IN ('ended', 'claimed_out') ORDER BY no LIMIT 1000");
    texts(reader, query).await
}

/// How the quota of a text stands in the ledger.
///
/// # Errors
/// The store cannot be read.
pub async fn balance(reader: &dyn Reader, no: &str) -> Result<Balance, ReadError> {
    let accounts = book::balances(reader, &quota::book_of(&crate::GuaranteeNo::new(no))).await?;
    let posted = |name: &str| {
        let found = accounts.iter().find(|row| row.account.as_str() == name);
        found.map_or((0, 0), |row| (row.standing.posted, row.standing.reserved))
    };
    let (left_fen, held_fen) = posted(quota::LIMIT);
    let (used_fen, claimed_fen) = (posted(quota::USED).0, posted(quota::CLAIMED).0);
    let limit_fen = left_fen.saturating_add(used_fen).saturating_add(claimed_fen);
    Ok(Balance { limit_fen, held_fen, used_fen, claimed_fen })
}

/// A use as pages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExposureRow {
    /// The declaration or matter.
    pub exposure: String,
    /// What was asked for.
    pub request: Request,
    /// Its shard.
    pub shard: Shard,
    /// What is bound, in fen.
    pub amount_fen: i64,
    /// How it stands.
    pub stand: Stand,
    /// When it is due.
    pub due_on: Date,
    /// Whether that day rests on holidays that no notice settles.
    pub provisional: bool,
    /// When it lapses.
    pub until: Moment,
    /// Whether it was accepted.
    pub accepted: bool,
    /// Since when it is held.
    pub held_at: Moment,
    /// Since when an order to pay is with the bank.
    pub ordered_on: Option<Date>,
    /// Since when it is over.
    pub closed_at: Option<Moment>,
    /// What is to be paid because the amount could not grow.
    pub difference_fen: i64,
    /// The late fee that was computed.
    pub late_fee_fen: i64,
    /// The version of its stream.
    pub version: u64,
}

const EXPOSURES: &str = "SELECT exposure, request, shard, amount_fen, stand, due_on, provisional, until, accepted, held_at, \
    ordered_on, closed_at, difference_fen, late_fee_fen, version FROM guarantee_exposures WHERE 1 = 1";

fn exposure(row: &Row) -> Result<ExposureRow, ReadError> {
    Ok(ExposureRow {
        exposure: row.get("exposure")?,
        request: row.json("request")?,
        shard: Shard::new(row.get::<String>("shard")?),
        amount_fen: row.get("amount_fen")?,
        stand: row.word("stand", Stand::of)?,
        due_on: row.get("due_on")?,
        provisional: row.get::<i64>("provisional")? != 0,
        until: row.get("until")?,
        accepted: row.get::<i64>("accepted")? != 0,
        held_at: row.get("held_at")?,
        ordered_on: row.get("ordered_on")?,
        closed_at: row.get("closed_at")?,
        difference_fen: row.get("difference_fen")?,
        late_fee_fen: row.get("late_fee_fen")?,
        version: row.get("version")?,
    })
}

async fn exposures(reader: &dyn Reader, query: Query) -> Result<Vec<ExposureRow>, ReadError> {
    reader.rows(query).await?.iter().map(exposure).collect()
}

/// A use by its declaration or matter.
///
/// # Errors
/// The store cannot be read.
pub async fn exposure_of(reader: &dyn Reader, no: &str) -> Result<Option<ExposureRow>, ReadError> {
    Ok(exposures(reader, Query::new(EXPOSURES).and("exposure", no)).await?.pop())
}

/// Uses that bind quota, what is due first before the rest.
///
/// # Errors
/// The store cannot be read.
pub async fn bound(
    reader: &dyn Reader,
    by: &By,
    limit: u32,
) -> Result<Vec<ExposureRow>, ReadError> {
    let open = format!(
        "AND stand IN ('held', 'used', 'overdue', 'claimed') ORDER BY due_on, exposure LIMIT {limit}"
    );
    exposures(reader, by.of(Query::new(EXPOSURES)).text(&open)).await
}

/// All uses, the newest first.
///
/// # Errors
/// The store cannot be read.
pub async fn uses(reader: &dyn Reader, by: &By, limit: u32) -> Result<Vec<ExposureRow>, ReadError> {
    let order = format!("ORDER BY held_at DESC, exposure LIMIT {limit}");
    exposures(reader, by.of(Query::new(EXPOSURES)).text(&order)).await
}

/// What is bound in places that an organ does not keep but serves as the place of declaration.
///
/// # Errors
/// The store cannot be read.
pub async fn at_places(
    reader: &dyn Reader,
    places: &[String],
    limit: u32,
) -> Result<Vec<ExposureRow>, ReadError> {
    let mut all = Vec::new();
    for place in places {
        let query = Query::new(EXPOSURES).and("place", place.as_str()).text(&format!(
            "AND stand IN ('held', 'used', 'overdue', 'claimed') ORDER BY due_on, exposure LIMIT {limit}"
        ));
        all.extend(exposures(reader, query).await?);
    }
    Ok(all)
}

/// The sums of holds of an enterprise, day by day, the oldest first.
///
/// # Errors
/// The store cannot be read.
pub async fn days(
    reader: &dyn Reader,
    uscc: &str,
    from: Date,
) -> Result<Vec<(Date, i64)>, ReadError> {
    let query = Query::new("SELECT day, held_fen FROM guarantee_days WHERE 1 = 1")
        .and("uscc", uscc)
        .and_that("day >=", from)
        .text("ORDER BY day");
    let rows = reader.rows(query).await?;
    rows.iter().map(|row| Ok((row.get("day")?, row.get("held_fen")?))).collect()
}

/// Movements of what stands, for peaks: when, matter and place, by how much.
///
/// # Errors
/// The store cannot be read.
pub async fn stood(
    reader: &dyn Reader,
    uscc: &str,
    limit: u32,
) -> Result<Vec<(Moment, String, i64)>, ReadError> {
    let query = Query::new(
        "SELECT matter, place, held_at, closed_at, request FROM guarantee_exposures WHERE 1 = 1",
    )
    .and("uscc", uscc)
    .text(&format!("ORDER BY held_at DESC LIMIT {limit}"));
    let mut moves = Vec::new();
    for row in &reader.rows(query).await? {
        let request: Request = row.json("request")?;
        let key = format!("{} {}", row.get::<String>("matter")?, row.get::<String>("place")?);
        moves.push((row.get("held_at")?, key.clone(), request.amount_fen));
        if let Some(closed) = row.get::<Option<Moment>>("closed_at")? {
            moves.push((closed, key, request.amount_fen.saturating_neg()));
        }
    }
    Ok(moves)
}

/// An enterprise as pages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImporterRow {
    /// The unified code.
    pub uscc: String,
    /// The name.
    pub name: String,
    /// The party.
    pub party: PartyKey,
    /// The organ that watches; none before it has a text.
    pub organ: Option<OrganKey>,
    /// Its shard.
    pub shard: Shard,
    /// Its grade.
    pub grade: Grade,
    /// How great its risk is.
    pub level: Level,
    /// Why.
    pub reasons: Vec<RiskReason>,
    /// How many duties are overdue.
    pub overdue: i64,
    /// The last day on which it declared goods that were new.
    pub new_goods_on: Option<Date>,
}

const IMPORTERS: &str = "SELECT uscc, name, party, organ, shard, grade, level, reasons, overdue, new_goods_on FROM guarantee_importers WHERE 1 = 1";

fn importer(row: &Row) -> Result<ImporterRow, ReadError> {
    Ok(ImporterRow {
        uscc: row.get("uscc")?,
        name: row.get::<Option<String>>("name")?.unwrap_or_default(),
        party: PartyKey::new(row.get::<Option<String>>("party")?.unwrap_or_default()),
        organ: row.get::<Option<String>>("organ")?.map(OrganKey::new),
        shard: Shard::new(row.get::<Option<String>>("shard")?.unwrap_or_default()),
        grade: row
            .get::<Option<String>>("grade")?
            .and_then(|word| Grade::of(&word))
            .unwrap_or_default(),
        level: row
            .get::<Option<String>>("level")?
            .and_then(|word| Level::of(&word))
            .unwrap_or_default(),
        reasons: row.json::<Option<_>>("reasons")?.unwrap_or_default(),
        overdue: row.get("overdue")?,
        new_goods_on: row.get("new_goods_on")?,
    })
}

/// An enterprise by its code.
///
/// # Errors
/// The store cannot be read.
pub async fn importer_of(
    reader: &dyn Reader,
    uscc: &str,
) -> Result<Option<ImporterRow>, ReadError> {
    let rows = reader.rows(Query::new(IMPORTERS).and("uscc", uscc)).await?;
    rows.first().map(importer).transpose()
}

/// The enterprise that a party is.
///
/// # Errors
/// The store cannot be read.
pub async fn importer_of_party(
    reader: &dyn Reader,
    party: &PartyKey,
) -> Result<Option<ImporterRow>, ReadError> {
    let rows = reader.rows(Query::new(IMPORTERS).and("party", party.as_str())).await?;
    rows.first().map(importer).transpose()
}

/// The enterprises of an office or an organ, those at risk first.
///
/// # Errors
/// The store cannot be read.
pub async fn importers(
    reader: &dyn Reader,
    by: &By,
    limit: u32,
) -> Result<Vec<ImporterRow>, ReadError> {
    let order = format!(
        "ORDER BY CASE level WHEN 'red' THEN 0 WHEN 'yellow' THEN 1 ELSE 2 END, uscc LIMIT {limit}"
    );
    let rows = reader.rows(by.of(Query::new(IMPORTERS)).text(&order)).await?;
    rows.iter().map(importer).collect()
}

/// A guarantor as pages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuarantorRow {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its sort.
    pub sort: Sort,
    /// Its party.
    pub party: PartyKey,
    /// Its shard.
    pub shard: Shard,
    /// Its cap, in fen.
    pub cap_fen: i64,
    /// What it stands for.
    pub outstanding_fen: i64,
    /// Why it is barred.
    pub barred: Option<String>,
}

const GUARANTORS: &str = "SELECT code, name, sort, party, shard, cap_fen, outstanding_fen, barred FROM guarantee_guarantors WHERE 1 = 1";

fn guarantor(row: &Row) -> Result<GuarantorRow, ReadError> {
    Ok(GuarantorRow {
        code: row.get("code")?,
        name: row.get("name")?,
        sort: row.json("sort")?,
        party: PartyKey::new(row.get::<String>("party")?),
        shard: Shard::new(row.get::<String>("shard")?),
        cap_fen: row.get("cap_fen")?,
        outstanding_fen: row.get("outstanding_fen")?,
        barred: row.get("barred")?,
    })
}

/// A guarantor by its code.
///
/// # Errors
/// The store cannot be read.
pub async fn guarantor_of(
    reader: &dyn Reader,
    code: &str,
) -> Result<Option<GuarantorRow>, ReadError> {
    let rows = reader.rows(Query::new(GUARANTORS).and("code", code)).await?;
    rows.first().map(guarantor).transpose()
}

/// All guarantors.
///
/// # Errors
/// The store cannot be read.
pub async fn guarantors(reader: &dyn Reader) -> Result<Vec<GuarantorRow>, ReadError> {
    let rows = reader.rows(Query::new(GUARANTORS).text("ORDER BY code LIMIT 500")).await?;
    rows.iter().map(guarantor).collect()
}

/// A filing as pages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilingRow {
    /// Its key.
    pub filing: String,
    /// The guarantor's name.
    pub guarantor_name: String,
    /// The guarantor as a party.
    pub guarantor_party: PartyKey,
    /// Who decides.
    pub organ: OrganKey,
    /// Its shard.
    pub shard: Shard,
    /// How it stands.
    pub stage: Filed,
    /// What is offered.
    pub offered: Offered,
    /// The last day to decide.
    pub decide_by: Date,
    /// Why it was refused.
    pub reason: Option<String>,
    /// The version of its stream.
    pub version: u64,
}

const FILINGS: &str = "SELECT filing, guarantor_name, guarantor_party, organ, shard, stage, offered, decide_by, reason, version FROM guarantee_filings WHERE 1 = 1";

fn filing(row: &Row) -> Result<FilingRow, ReadError> {
    Ok(FilingRow {
        filing: row.get("filing")?,
        guarantor_name: row.get("guarantor_name")?,
        guarantor_party: PartyKey::new(row.get::<String>("guarantor_party")?),
        organ: OrganKey::new(row.get::<String>("organ")?),
        shard: Shard::new(row.get::<String>("shard")?),
        stage: row.word("stage", Filed::of)?,
        offered: row.json("offered")?,
        decide_by: row.get("decide_by")?,
        reason: row.get("reason")?,
        version: row.get("version")?,
    })
}

/// A filing.
///
/// # Errors
/// The store cannot be read.
pub async fn filing_of(reader: &dyn Reader, key: &str) -> Result<Option<FilingRow>, ReadError> {
    let rows = reader.rows(Query::new(FILINGS).and("filing", key)).await?;
    rows.first().map(filing).transpose()
}

/// Filings of an organ or a guarantor, those to be decided first.
///
/// # Errors
/// The store cannot be read.
pub async fn filings(
    reader: &dyn Reader,
    by: &By,
    limit: u32,
) -> Result<Vec<FilingRow>, ReadError> {
    let order = format!(
        "ORDER BY CASE stage WHEN 'received' THEN 0 ELSE 1 END, decide_by, filing LIMIT {limit}"
    );
    let rows = reader.rows(by.of(Query::new(FILINGS)).text(&order)).await?;
    rows.iter().map(filing).collect()
}

/// A change that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRow {
    /// Of which text.
    pub no: String,
    /// The guarantor's message.
    pub message: String,
    /// Which.
    pub change: Change,
    /// The last day to decide.
    pub decide_by: Date,
    /// `asked`, `changed` or `refused`.
    pub outcome: String,
}

/// Changes of a text, or those that wait for a decision where none is named.
///
/// # Errors
/// The store cannot be read.
pub async fn changes(reader: &dyn Reader, no: Option<&str>) -> Result<Vec<ChangeRow>, ReadError> {
    let query = Query::new(
        "SELECT no, message, change, decide_by, outcome FROM guarantee_changes WHERE 1 = 1",
    );
    let query = match no {
        Some(no) => query.and("no", no),
        None => query.and("outcome", "asked"),
    };
    let rows = reader.rows(query.text("ORDER BY decide_by, no, message LIMIT 500")).await?;
    let read = |row: &Row| {
        Ok(ChangeRow {
            no: row.get("no")?,
            message: row.get("message")?,
            change: row.json("change")?,
            decide_by: row.get("decide_by")?,
            outcome: row.get("outcome")?,
        })
    };
    rows.iter().map(read).collect()
}

/// What coordinators see of a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Holds, day by day: how many and how much.
    pub days: Vec<(Date, i64, i64)>,
    /// Seconds from the treasury's message to the return: how many, and the middle one, in µs.
    pub restored: i64,
    /// The median, in µs.
    pub restore_median_us: Option<i64>,
    /// How many are overdue now.
    pub overdue: i64,
    /// Enterprises that have a text in force.
    pub enterprises: i64,
    /// Texts in force.
    pub texts: i64,
}

/// Figures of the whole installation since a day.
///
/// # Errors
/// The store cannot be read.
pub async fn figures(reader: &dyn Reader, from: Date) -> Result<Figures, ReadError> {
    let one = async |sql: &'static str, args: Vec<Cell>| -> Result<i64, ReadError> {
        let query = args.into_iter().fold(Query::new(sql), Query::arg);
        let rows = reader.rows(query).await?;
        Ok(rows.first().map(|row| row.get::<Option<i64>>("n")).transpose()?.flatten().unwrap_or(0))
    };
    let query = Query::new(
        "SELECT day, SUM(holds) AS n, SUM(held_fen) AS fen FROM guarantee_days WHERE day >= $1 GROUP BY day ORDER BY day",
    );
    let rows = reader.rows(query.arg(from)).await?;
    let days = rows
        .iter()
        .map(|row| Ok((row.get("day")?, row.get("n")?, row.get("fen")?)))
        .collect::<Result<Vec<_>, ReadError>>()?;
    let restored = one(
        "SELECT COUNT(*) AS n FROM guarantee_exposures WHERE restore_us IS NOT NULL AND held_on >= $1",
        vec![from.into()],
    )
    .await?;
    let middle =
        Query::new("SELECT restore_us FROM guarantee_exposures WHERE restore_us IS NOT NULL")
            .and_that("held_on >=", from)
            .text(&format!("ORDER BY restore_us, exposure LIMIT 1 OFFSET {}", restored.max(1) / 2));
    let middle = reader.rows(middle).await?;
    Ok(Figures {
        days,
        restored,
        restore_median_us: middle.first().map(|row| row.get("restore_us")).transpose()?,
        overdue: one(
            "SELECT COUNT(*) AS n FROM guarantee_exposures WHERE stand = 'overdue'",
            Vec::new(),
        )
        .await?,
        enterprises: one(
            "SELECT COUNT(DISTINCT uscc) AS n FROM guarantee_texts WHERE state = 'active'",
            Vec::new(),
        )
        .await?,
        texts: one("SELECT COUNT(*) AS n FROM guarantee_texts WHERE state = 'active'", Vec::new())
            .await?,
    })
}
