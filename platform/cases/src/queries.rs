//! What pages ask of the tables of cases.

pub mod work;

use codes::{Label, Moment};
use kernel::{Aggregate as _, PartyKey, Waiting};
use module::{Concern, Concerns};
use tables::{Query, ReadError, Reader};

/// The most cases of a party on one page.
pub(crate) const CASES_A_PAGE: u32 = 50;

/// A case in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CaseRow {
    /// Its number.
    pub(crate) no: String,
    /// Where it stands, as a word.
    pub(crate) state: String,
    /// The name that people know it by.
    pub(crate) title: String,
    /// The package.
    pub(crate) package: Label,
    /// When it was opened.
    pub(crate) opened_at: Moment,
}

/// The cases of a party, newest first, opened before an instant.
///
/// # Errors
/// The store fails.
pub(crate) async fn cases_of(
    reader: &dyn Reader,
    party: &PartyKey,
    before: Option<i64>,
) -> Result<Vec<CaseRow>, ReadError> {
    let query = Query::new(
        "SELECT no, state, title, package_zh, package_en, opened_at FROM cases_cases WHERE applicant = $1",
    )
    .arg(party.as_str())
    .and_that("opened_at <", before.unwrap_or(i64::MAX))
    .text(&format!("ORDER BY opened_at DESC LIMIT {CASES_A_PAGE}"));
    let rows = reader.rows(query).await?;
    rows.iter()
        .map(|row| {
            Ok(CaseRow {
                no: row.get("no")?,
                state: row.get("state")?,
                title: row.get::<Option<String>>("title")?.unwrap_or_default(),
                package: Label::new(
                    row.get::<String>("package_zh")?,
                    row.get::<String>("package_en")?,
                ),
                opened_at: Moment::from_us(row.get("opened_at")?),
            })
        })
        .collect()
}

/// The case and the card that an invitation is for, by the digest of its secret.
///
/// # Errors
/// The store fails.
pub(crate) async fn invitation(
    reader: &dyn Reader,
    token: &str,
) -> Result<Option<(String, String)>, ReadError> {
    let query = Query::new("SELECT no, card FROM cases_signers WHERE token = $1").arg(token);
    let rows = reader.rows(query).await?;
    rows.first().map(|row| Ok((row.get("no")?, row.get("card")?))).transpose()
}

/// The cases of a party, as the log of evidence asks for them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CasesOfParty;

impl Concerns for CasesOfParty {
    fn of<'a>(
        &'a self,
        reader: &'a dyn Reader,
        party: &'a PartyKey,
    ) -> Waiting<'a, Result<Vec<Concern>, ReadError>> {
        let query = Query::new("SELECT shard, no AS stream FROM cases_cases WHERE applicant = $1");
        let query = query.arg(party.as_str());
        Box::pin(Concern::of_rows(reader, crate::Case::KIND, query))
    }
}
