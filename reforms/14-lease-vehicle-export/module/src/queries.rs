//! What pages and messages ask of the tables of export licences and leases.

use crate::lease::LeaseNo;
use crate::licence::{Grant, LicenceNo};
use codes::Date;
use kernel::{PartyKey, Shard};
use lease_export::RentRow;
use tables::{Query, ReadError, Reader, Row};

/// A licence as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenceRow {
    /// Its number.
    pub no: LicenceNo,
    /// What is licensed.
    pub grant: Grant,
    /// `issued`, `in_use`, `exhausted`, `replaced`, `handed_back`, `revoked`.
    pub stand: String,
    /// What is not deducted.
    pub unused: i64,
    /// What left the country.
    pub settled: i64,
    /// Uses that count.
    pub uses: i64,
    /// Whether its validity is over.
    pub expired: bool,
    /// Its shard.
    pub shard: Shard,
}

/// A use of a licence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UseRow {
    /// Its number.
    pub use_no: i64,
    /// The declaration.
    pub declaration_no: String,
    /// How many.
    pub quantity: i64,
    /// The day of declaration.
    pub declared_on: Date,
    /// `reserved`, `settled`, `void`.
    pub stand: String,
    /// The day of clearance.
    pub settled_on: Option<Date>,
}

/// A lease as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseRow {
    /// Exporter and contract.
    pub lease: LeaseNo,
    /// The lessee.
    pub lessee_name: String,
    /// The currency of rent.
    pub currency: String,
    /// What was received.
    pub received_minor: i64,
    /// What is reported of deferred receipts.
    pub deferred_minor: i64,
    /// When.
    pub report_due_on: Option<Date>,
}

const LICENCES: &str = "SELECT no, issued, stand, unused, settled, uses, expired, shard FROM lease_export_licences WHERE 1 = 1";
const USES: &str = "SELECT use_no, declaration_no, quantity, declared_on, stand, settled_on FROM lease_export_uses WHERE 1 = 1";
const LEASES: &str = "SELECT lease, lessee_name, currency, received_minor, deferred_minor, report_due_on FROM lease_export_leases WHERE 1 = 1";
const RENTS: &str = "SELECT no, due, rent_minor, interest_minor, principal_minor, balance_minor, paid_interest_minor, \
    paid_principal_minor, charges_minor FROM lease_export_rents WHERE 1 = 1";

fn licence_row(row: &Row) -> Result<LicenceRow, ReadError> {
    Ok(LicenceRow {
        no: row.word("no", |text| text.parse().ok().map(LicenceNo))?,
        grant: row.json("issued")?,
        stand: row.get("stand")?,
        unused: row.get("unused")?,
        settled: row.get("settled")?,
        uses: row.get("uses")?,
        expired: row.get("expired")?,
        shard: Shard::new(row.get::<String>("shard")?),
    })
}

/// A licence by its number.
///
/// # Errors
/// The store cannot be read.
pub async fn licence(reader: &dyn Reader, no: LicenceNo) -> Result<Option<LicenceRow>, ReadError> {
    let query = Query::new(LICENCES).and("no", no.to_string());
    reader.rows(query).await?.first().map(licence_row).transpose()
}

/// The licences of an exporter, the last to end first.
///
/// # Errors
/// The store cannot be read.
pub async fn licences_of(
    reader: &dyn Reader,
    party: &PartyKey,
) -> Result<Vec<LicenceRow>, ReadError> {
    let query =
        Query::new(LICENCES).and("party", party.as_str()).text("ORDER BY valid_to DESC, no");
    reader.rows(query).await?.iter().map(licence_row).collect()
}

/// The uses of a licence, by number.
///
/// # Errors
/// The store cannot be read.
pub async fn uses(reader: &dyn Reader, no: LicenceNo) -> Result<Vec<UseRow>, ReadError> {
    let query = Query::new(USES).and("licence", no.to_string()).text("ORDER BY use_no");
    let read = |row: &Row| {
        Ok(UseRow {
            use_no: row.get("use_no")?,
            declaration_no: row.get("declaration_no")?,
            quantity: row.get("quantity")?,
            declared_on: row.get("declared_on")?,
            stand: row.get("stand")?,
            settled_on: row.get("settled_on")?,
        })
    };
    reader.rows(query).await?.iter().map(read).collect()
}

/// The leases of a lessor.
///
/// # Errors
/// The store cannot be read.
pub async fn leases_of(reader: &dyn Reader, party: &PartyKey) -> Result<Vec<LeaseRow>, ReadError> {
    let query = Query::new(LEASES).and("party", party.as_str()).text("ORDER BY lease");
    let read = |row: &Row| {
        Ok(LeaseRow {
            lease: LeaseNo(row.get("lease")?),
            lessee_name: row.get("lessee_name")?,
            currency: row.get("currency")?,
            received_minor: row.get("received_minor")?,
            deferred_minor: row.get("deferred_minor")?,
            report_due_on: row.get("report_due_on")?,
        })
    };
    reader.rows(query).await?.iter().map(read).collect()
}

/// The rents of a lease, by number, as they stand.
///
/// # Errors
/// The store cannot be read.
pub async fn rents(reader: &dyn Reader, lease: &LeaseNo) -> Result<Vec<RentRow>, ReadError> {
    let query = Query::new(RENTS).and("lease", lease.0.as_str()).text("ORDER BY no");
    let read = |row: &Row| {
        Ok(RentRow {
            no: row.get("no")?,
            due: row.get("due")?,
            rent_minor: row.get("rent_minor")?,
            interest_minor: row.get("interest_minor")?,
            principal_minor: row.get("principal_minor")?,
            balance_minor: row.get("balance_minor")?,
            paid_interest_minor: row.get("paid_interest_minor")?,
            paid_principal_minor: row.get("paid_principal_minor")?,
            charges_minor: row.get("charges_minor")?,
        })
    };
    reader.rows(query).await?.iter().map(read).collect()
}
