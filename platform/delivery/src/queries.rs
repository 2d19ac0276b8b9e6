//! What pages, errands and other capabilities ask of delivery's tables.

use crate::model::{
    AddressOfService, Channel, Content, Document, How, Issuer, NoticeKey, PostedItem, State,
};
use codes::{Date, Label, Moment};
use kernel::{OrganKey, PartyKey, Shard, Waiting};
use module::{Concern, Concerns};
use tables::{Query, ReadError, Reader, Row};

const COLUMNS: &str = "SELECT notice, shard, version, party, organ, organ_name, place, title_zh, title_en, number, \
    content, origin_kind, origin_key, issued_on, issued_at, state, document, token, address, attempt, item, \
    served_on, how, read_at, paper_asked, proof_offered FROM delivery_notices WHERE 1 = 1";

/// A notice as its pages show it.
#[derive(Clone, Debug)]
pub struct NoticeRow {
    /// Its key.
    pub notice: NoticeKey,
    /// Its shard.
    pub shard: Shard,
    /// The version of its stream.
    pub version: u64,
    /// Upon whom it is served.
    pub party: PartyKey,
    /// Who serves.
    pub issuer: Issuer,
    /// What it is called.
    pub title: Label,
    /// Its number; empty while it has none.
    pub number: String,
    /// What is served.
    pub content: Content,
    /// The kind and key of what it comes from.
    pub origin: (String, String),
    /// The day that it bears.
    pub issued_on: Date,
    /// When it was ordered.
    pub issued_at: Moment,
    /// Where it stands.
    pub state: State,
    /// Its document, once it is ready.
    pub document: Option<Document>,
    /// The token of its public page.
    pub token: Option<String>,
    /// Where and how the party may be served, as found when the document was ready.
    pub address: Option<AddressOfService>,
    /// The latest attempt by e-mail.
    pub attempt: u32,
    /// The item in the post.
    pub item: Option<PostedItem>,
    /// The day of service.
    pub served_on: Option<Date>,
    /// How it was served.
    pub how: Option<How>,
    /// When the party read it.
    pub read_at: Option<Moment>,
    /// Whether the party wants it on paper as well.
    pub paper_asked: bool,
    /// Whether evidence of another arrival waits to be judged.
    pub proof_offered: bool,
}

/// One line of the record of service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// When.
    pub at: Moment,
    /// The event's name.
    pub what: String,
    /// By which channel, where it went by one.
    pub channel: Option<Channel>,
    /// The day of which it speaks: of posting, of service.
    pub day: Option<Date>,
    /// What more there is to say.
    pub detail: String,
    /// Who did it, where a person did.
    pub actor: String,
}

/// The notice of a key.
///
/// # Errors
/// The store cannot be read.
pub async fn notice(reader: &dyn Reader, key: &NoticeKey) -> Result<Option<NoticeRow>, ReadError> {
    one(reader, Query::new(COLUMNS).and("notice", key.0.as_str())).await
}

/// The notice of the token that its document bears.
///
/// # Errors
/// The store cannot be read.
pub async fn by_token(reader: &dyn Reader, token: &str) -> Result<Option<NoticeRow>, ReadError> {
    one(reader, Query::new(COLUMNS).and("token", token)).await
}

/// The notices of a party that are ready to be seen, the newest first, before an instant.
///
/// # Errors
/// The store cannot be read.
pub async fn inbox(
    reader: &dyn Reader,
    party: &PartyKey,
    before: Option<Moment>,
    limit: u32,
) -> Result<Vec<NoticeRow>, ReadError> {
    let query = Query::new(COLUMNS).and("party", party.as_str()).text("AND document IS NOT NULL");
    newest(reader, query, before, limit).await
}

/// How many notices wait for a party to read them.
///
/// # Errors
/// The store cannot be read.
pub async fn unread(reader: &dyn Reader, party: &PartyKey) -> Result<u64, ReadError> {
    let query = Query::new(
        "SELECT COUNT(*) AS unread FROM delivery_notices WHERE document IS NOT NULL AND read_at IS NULL",
    )
    .and("party", party.as_str());
    let rows = reader.rows(query).await?;
    rows.first().map_or(Ok(0), |row| Ok(row.get("unread")?))
}

/// The notices that an organ must serve on paper or that it has in the post, and those of which a party handed in evidence of
/// another arrival, the oldest first.
///
/// # Errors
/// The store cannot be read.
pub async fn paper(
    reader: &dyn Reader,
    organ: &OrganKey,
    limit: u32,
) -> Result<Vec<NoticeRow>, ReadError> {
    let query = Query::new(COLUMNS)
        .and("organ", organ.as_str())
        .text("AND (state IN ('paper_wanted', 'posted') OR paper_asked = 1 OR proof_offered = 1)")
        .text(&format!("ORDER BY issued_at, notice LIMIT {limit}"));
    many(reader, query).await
}

/// The notices that come from a thing, such as a case, the oldest first.
///
/// # Errors
/// The store cannot be read.
pub async fn of_origin(
    reader: &dyn Reader,
    kind: &str,
    key: &str,
) -> Result<Vec<NoticeRow>, ReadError> {
    let query = Query::new(COLUMNS)
        .and("origin_kind", kind)
        .and("origin_key", key)
        .text("ORDER BY issued_at, notice LIMIT 200");
    many(reader, query).await
}

/// The record of service of a notice, in order.
///
/// # Errors
/// The store cannot be read.
pub async fn turns(reader: &dyn Reader, key: &NoticeKey) -> Result<Vec<Turn>, ReadError> {
    let query = Query::new(
        "SELECT at, what, channel, day, detail, actor FROM delivery_turns WHERE notice = $1 ORDER BY version",
    )
    .arg(key.0.as_str());
    reader
        .rows(query)
        .await?
        .iter()
        .map(|row| {
            Ok(Turn {
                at: row.get("at")?,
                what: row.get("what")?,
                channel: row.get::<Option<String>>("channel")?.as_deref().and_then(Channel::of),
                day: row.get("day")?,
                detail: row.get("detail")?,
                actor: row.get("actor")?,
            })
        })
        .collect()
}

/// Where and how a party may be served; nothing consented to where it never said.
///
/// # Errors
/// The store cannot be read.
pub async fn address(reader: &dyn Reader, party: &PartyKey) -> Result<AddressOfService, ReadError> {
    let query = Query::new("SELECT address, consent FROM delivery_addresses WHERE party = $1")
        .arg(party.as_str());
    let rows = reader.rows(query).await?;
    let Some(row) = rows.first() else { return Ok(AddressOfService::default()) };
    let mut address: AddressOfService = row.json::<Option<_>>("address")?.unwrap_or_default();
    if !row.get::<bool>("consent")? {
        address.consented.clear();
    }
    Ok(address)
}

/// An order to a mailer or gateway: whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ordered {
    /// The notice.
    pub notice: NoticeKey,
    /// Its shard.
    pub shard: Shard,
    /// Which attempt.
    pub attempt: u32,
}

/// The order that a report speaks of: by our own reference where it has one, else by the gateway's name of the message.
///
/// # Errors
/// The store cannot be read.
pub async fn ordered(
    reader: &dyn Reader,
    reference: Option<&str>,
    gateway_id: &str,
) -> Result<Option<Ordered>, ReadError> {
    const FOUND: &str = "SELECT notice, shard, attempt FROM delivery_references WHERE 1 = 1";
    let by_reference = reference.filter(|text| !text.is_empty());
    let query = match by_reference {
        Some(reference) => Query::new(FOUND).and("reference", reference),
        None if gateway_id.is_empty() => return Ok(None),
        None => Query::new(FOUND).and("gateway_id", gateway_id),
    };
    // A gateway that counts from one again after years means the latest.
    let rows = reader.rows(query.text("ORDER BY ordered_at DESC LIMIT 1")).await?;
    rows.first()
        .map(|row| {
            Ok(Ordered {
                notice: NoticeKey(row.get("notice")?),
                shard: Shard::new(row.get::<String>("shard")?),
                attempt: row.get("attempt")?,
            })
        })
        .transpose()
}

/// The notice itself, folded from its events: every attempt with its times.
///
/// # Errors
/// The journal cannot be read.
pub async fn folded(
    history: &dyn module::History,
    shard: &Shard,
    key: &NoticeKey,
) -> Result<crate::Notice, module::SubmitError> {
    let mut state = crate::Notice::default();
    for event in
        history.stream(shard, <crate::Notice as kernel::Aggregate>::KIND, &key.0, 0).await?
    {
        if let Ok(event) = event.read() {
            state.apply(&event);
        }
    }
    Ok(state)
}

async fn one(reader: &dyn Reader, query: Query) -> Result<Option<NoticeRow>, ReadError> {
    reader.rows(query.text("LIMIT 1")).await?.first().map(read).transpose()
}

async fn many(reader: &dyn Reader, query: Query) -> Result<Vec<NoticeRow>, ReadError> {
    reader.rows(query).await?.iter().map(read).collect()
}

async fn newest(
    reader: &dyn Reader,
    query: Query,
    before: Option<Moment>,
    limit: u32,
) -> Result<Vec<NoticeRow>, ReadError> {
    let query = match before {
        Some(before) => query.and_that("issued_at <", before),
        None => query,
    };
    many(reader, query.text(&format!("ORDER BY issued_at DESC, notice LIMIT {limit}"))).await
}

fn read(row: &Row) -> Result<NoticeRow, ReadError> {
    let (issuer, content): (Issuer, Content) = row.json("content")?;
    Ok(NoticeRow {
        notice: NoticeKey(row.get("notice")?),
        shard: Shard::new(row.get::<String>("shard")?),
        version: row.get("version")?,
        party: PartyKey::new(row.get::<String>("party")?),
        issuer,
        title: Label::new(row.get::<String>("title_zh")?, row.get::<String>("title_en")?),
        number: row.get("number")?,
        content,
        origin: (row.get("origin_kind")?, row.get("origin_key")?),
        issued_on: row.get("issued_on")?,
        issued_at: row.get("issued_at")?,
        state: row.word("state", State::of)?,
        document: row.json("document")?,
        token: row.get("token")?,
        address: row.json("address")?,
        attempt: row.get("attempt")?,
        item: row.json("item")?,
        served_on: row.get("served_on")?,
        how: row.json("how")?,
        read_at: row.get("read_at")?,
        paper_asked: row.get("paper_asked")?,
        proof_offered: row.get("proof_offered")?,
    })
}

/// What delivery knows of a party, as the log of evidence asks for it: notices, confirmations of addresses, the address itself.
#[derive(Clone, Debug)]
pub(crate) struct StreamsOfParty {
    /// The shard of addresses of service.
    pub(crate) address_shard: Shard,
}

impl Concerns for StreamsOfParty {
    fn of<'a>(
        &'a self,
        reader: &'a dyn Reader,
        party: &'a PartyKey,
    ) -> Waiting<'a, Result<Vec<Concern>, ReadError>> {
        Box::pin(async move {
            let mut all = vec![Concern {
                shard: self.address_shard.clone(),
                kind: "service-address".to_owned(),
                key: party.to_string(),
            }];
            for (kind, sql) in [
                ("notice", "SELECT shard, notice AS stream FROM delivery_notices WHERE party = $1"),
                (
                    "address-confirmation",
                    "SELECT shard, confirmation AS stream FROM delivery_confirmations WHERE party = $1",
                ),
            ] {
                let query = Query::new(sql).arg(party.as_str());
                all.extend(Concern::of_rows(reader, kind, query).await?);
            }
            Ok(all)
        })
    }
}
