//! What pages, callbacks and other modules ask of the bills' tables.

use super::model::{BillKey, BillOrder, BillState};
use codes::Moment;
use kernel::{OrganKey, PartyKey, Shard};
use tables::{Query, ReadError, Reader, Row};

const COLUMNS: &str = "SELECT bill, shard, version, order_no, body, total_fen, issued_at, state, since, pay_url, \
    receipt_no, paid_at FROM ledger_bills WHERE 1 = 1";

/// A bill as its pages show it.
#[derive(Clone, Debug)]
pub struct BillRow {
    /// Its key.
    pub bill: BillKey,
    /// Its shard.
    pub shard: Shard,
    /// The version of its stream.
    pub version: u64,
    /// Its number at the gateway and in its address.
    pub order_no: String,
    /// The order.
    pub order: BillOrder,
    /// Together, in fen.
    pub total_fen: i64,
    /// When it was issued.
    pub issued_at: Moment,
    /// Where it stands.
    pub state: BillState,
    /// Since when.
    pub since: Moment,
    /// Where the payer pays, once the gateway took the order.
    pub pay_url: Option<String>,
    /// The number of the receipt, once it is paid.
    pub receipt_no: Option<String>,
    /// When it was paid.
    pub paid_at: Option<Moment>,
}

/// One line of a bill's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// When.
    pub at: Moment,
    /// The event's name.
    pub what: String,
    /// What to know about it.
    pub note: Option<String>,
}

/// The bill of a key.
///
/// # Errors
/// The store cannot be read.
pub async fn bill(reader: &dyn Reader, key: &BillKey) -> Result<Option<BillRow>, ReadError> {
    one(reader, Query::new(COLUMNS).and("bill", key.0.as_str())).await
}

/// The bill of the number under which the gateway knows it.
///
/// # Errors
/// The store cannot be read.
pub async fn by_order(reader: &dyn Reader, order_no: &str) -> Result<Option<BillRow>, ReadError> {
    one(reader, Query::new(COLUMNS).and("order_no", order_no)).await
}

/// The bills of a payer, the newest first.
///
/// # Errors
/// The store cannot be read.
pub async fn of_payer(
    reader: &dyn Reader,
    payer: &PartyKey,
    limit: u32,
) -> Result<Vec<BillRow>, ReadError> {
    newest(reader, Query::new(COLUMNS).and("payer", payer.as_str()), limit).await
}

/// The bills of an organ, the newest first.
///
/// # Errors
/// The store cannot be read.
pub async fn of_organ(
    reader: &dyn Reader,
    organ: &OrganKey,
    limit: u32,
) -> Result<Vec<BillRow>, ReadError> {
    newest(reader, Query::new(COLUMNS).and("organ", organ.as_str()), limit).await
}

/// The bills that come from a thing, such as a registration, the newest first.
///
/// # Errors
/// The store cannot be read.
pub async fn of_origin(
    reader: &dyn Reader,
    kind: &str,
    key: &str,
) -> Result<Vec<BillRow>, ReadError> {
    let query = Query::new(COLUMNS).and("origin_kind", kind).and("origin_key", key);
    newest(reader, query, 50).await
}

/// The history of a bill, in order.
///
/// # Errors
/// The store cannot be read.
pub async fn turns(reader: &dyn Reader, key: &BillKey) -> Result<Vec<Turn>, ReadError> {
    let query =
        Query::new("SELECT at, what, note FROM ledger_bill_turns WHERE bill = $1 ORDER BY version")
            .arg(key.0.as_str());
    let rows = reader.rows(query).await?;
    rows.iter()
        .map(|row| Ok(Turn { at: row.get("at")?, what: row.get("what")?, note: row.get("note")? }))
        .collect()
}

async fn one(reader: &dyn Reader, query: Query) -> Result<Option<BillRow>, ReadError> {
    reader.rows(query.text("LIMIT 1")).await?.first().map(read).transpose()
}

async fn newest(reader: &dyn Reader, query: Query, limit: u32) -> Result<Vec<BillRow>, ReadError> {
    let query = query.text(&format!("ORDER BY issued_at DESC, bill LIMIT {limit}"));
    reader.rows(query).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<BillRow, ReadError> {
    Ok(BillRow {
        bill: BillKey(row.get("bill")?),
        shard: Shard::new(row.get::<String>("shard")?),
        version: row.get("version")?,
        order_no: row.get("order_no")?,
        order: row.json("body")?,
        total_fen: row.get("total_fen")?,
        issued_at: row.get("issued_at")?,
        state: row.word("state", BillState::of)?,
        since: row.get("since")?,
        pay_url: row.get("pay_url")?,
        receipt_no: row.get("receipt_no")?,
        paid_at: row.get("paid_at")?,
    })
}
