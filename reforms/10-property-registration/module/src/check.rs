//! The check of certificates against the book (证书与登记簿核对): every night, and whenever somebody asks.
//!
//! A certificate in force has to be of a unit that stands in the book, and of the latest entry of its right; a unit with a right
//! has to have a certificate in force, once one was issued. What differs is told, and nothing is changed.

use crate::book;
use crate::errand::CERTIFICATE;
use crate::queries;
use codes::{Moment, UnitNo};
use licences::{LicenceKey, State};
use module::History;
use registers::record::as_of;
use serde::Serialize;
use std::collections::BTreeMap;
use tables::{ReadError, Reader};

/// How many certificates are read at once.
const PAGE: u32 = 500;

/// What was compared and what differs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many certificates were compared.
    pub certificates: u64,
    /// How many units they are of.
    pub units: u64,
    /// What differs.
    pub differences: Vec<Difference>,
}

/// One difference between a certificate's page and the book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The unit.
    pub unit: String,
    /// The certificate, where it is about one.
    pub licence: Option<String>,
    /// What differs.
    pub what: What,
}

/// What differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// It is in force, and the book knows no such unit.
    NotInTheBook,
    /// It is in force, and the right that it tells of has ended.
    RightEnded,
    /// It is in force, and its holder is not who the book says.
    HolderDiffers,
    /// The right stands, and no certificate of it is in force.
    NoneInForce,
    /// What the scan page would say now is not what the book's own events say.
    PageDiffers,
}

/// Compares all certificates with the book at an instant.
///
/// # Errors
/// A store cannot be read.
pub async fn run(platform: &module::Platform, at: Moment) -> Result<Report, ReadError> {
    compared(&*platform.reader, &*platform.history, at).await
}

/// The same over stores that nothing runs on.
///
/// # Errors
/// A store cannot be read.
pub async fn compared(
    reader: &dyn Reader,
    history: &dyn History,
    at: Moment,
) -> Result<Report, ReadError> {
    let mut report = Report::default();
    let mut of_units: BTreeMap<UnitNo, Vec<(LicenceKey, State, kernel::PartyKey)>> =
        BTreeMap::new();
    let mut after = String::new();
    loop {
        let page = queries::papers_after(reader, &after, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        after.clone_from(last);
        for (licence, unit) in page {
            let key = LicenceKey(licence);
            let Some(row) = licences::queries::licence(reader, &key).await? else { continue };
            if row.order.template == CERTIFICATE {
                report.certificates += 1;
                of_units.entry(unit).or_default().push((key, row.state, row.order.holder));
            }
        }
    }
    for (unit, papers) in of_units {
        report.units += 1;
        compare(history, reader, unit, &papers, at, &mut report).await?;
    }
    Ok(report)
}

async fn compare(
    history: &dyn History,
    reader: &dyn Reader,
    unit: UnitNo,
    papers: &[(LicenceKey, State, kernel::PartyKey)],
    at: Moment,
    report: &mut Report,
) -> Result<(), ReadError> {
    let mut differs = |licence: Option<&LicenceKey>, what| {
        let licence = licence.map(|key| key.0.clone());
        report.differences.push(Difference { unit: unit.to_string(), licence, what });
    };
    let valid = || papers.iter().filter(|(_, state, _)| *state == State::Valid);
    let Some(snapshot) = book::now(reader, unit, at).await? else {
        valid().for_each(|(key, ..)| differs(Some(key), What::NotInTheBook));
        return Ok(());
    };
    let holders = book::holders(&snapshot);
    for (key, _, holder) in valid() {
        if holders.is_empty() {
            differs(Some(key), What::RightEnded);
        } else if !holders.contains(holder) {
            differs(Some(key), What::HolderDiffers);
        }
    }
    let making = papers.iter().any(|(_, state, _)| *state == State::Preparing);
    if !holders.is_empty() && valid().next().is_none() && !making {
        differs(None, What::NoneInForce);
    }
    // The rows that a scan reads against the journal itself.
    let record = book::record_of(unit);
    if let Some(row) = registers::record::queries::record(reader, &record).await? {
        let events = history.stream(&row.shard, "record", &record.0, 0).await;
        let told = events.ok().and_then(|events| as_of(&events, at, at).ok());
        if told.as_ref() != Some(&snapshot) {
            differs(None, What::PageDiffers);
        }
    }
    Ok(())
}
