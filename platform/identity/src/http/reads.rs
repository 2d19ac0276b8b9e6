//! Who looked at my data: the list with its filters, and the same as CSV.

use crate::http::mandates::acting_party;
use crate::http::{Here, Ours};
use crate::pages::reads as pages;
use crate::queries::{self, ReadFilter};
use crate::signin::required;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use codes::{Date, Moment};
use kernel::PartyKey;
use module::{Platform, Subject, clear};
use portal::{Failure, Frame, Query};
use serde::Deserialize;

/// The looks on one page.
const LOOKS: u32 = 50;
/// The most looks in one file.
const LOOKS_IN_FILE: u32 = 10_000;

/// What the list is asked; days as typed.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    pub(crate) before: Option<u64>,
    pub(crate) kind: Option<String>,
    pub(crate) refused: Option<u8>,
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
}

impl Wanted {
    fn day(typed: Option<&str>) -> Option<Date> {
        typed.and_then(|text| text.trim().parse().ok())
    }

    pub(crate) fn filter(&self) -> ReadFilter {
        ReadFilter {
            kind: self.kind.clone().filter(|kind| !kind.is_empty()),
            refused: self.refused == Some(1),
            from: Self::day(self.from.as_deref()).map(Moment::start_of),
            to: Self::day(self.to.as_deref()).map(Moment::end_of),
        }
    }
}

/// The party whose looks these are, if the gate lets it see them.
fn seen<'a>(
    platform: &Platform,
    signed: &'a crate::signin::Signed,
) -> Result<&'a PartyKey, Failure> {
    let party = acting_party(signed)?;
    let on = Subject { parties: vec![party.to_string()], ..Subject::new("Reads", party.as_str()) };
    clear(&*platform.gate, &signed.actor(), "identity.see_reads", &on)?;
    Ok(party)
}

pub(crate) async fn page(
    State(platform): State<Platform>,
    axum::Extension(identity): Ours,
    frame: Frame,
    signed: Here,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Failure> {
    let signed = required(signed.as_deref())?;
    let party = seen(&platform, signed)?;
    let (filter, reader) = (wanted.filter(), &*platform.reader);
    let looks = queries::reads_like(reader, party, &filter, wanted.before, LOOKS + 1).await?;
    Ok(pages::list(&frame, &identity, &wanted, &looks, LOOKS).into_response())
}

pub(crate) async fn csv(
    State(platform): State<Platform>,
    axum::Extension(identity): Ours,
    frame: Frame,
    signed: Here,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Failure> {
    let signed = required(signed.as_deref())?;
    let party = seen(&platform, signed)?;
    let (filter, reader) = (wanted.filter(), &*platform.reader);
    let looks = queries::reads_like(reader, party, &filter, None, LOOKS_IN_FILE).await?;
    Ok(portal::csv_response("reads", pages::csv(&frame, &identity, &looks)))
}
