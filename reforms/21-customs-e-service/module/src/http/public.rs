//! The page behind the code on a document: number, hash of the file you hold, service, validity; never content.

use super::ladder;
use crate::errand::Tools;
use crate::model::Sort;
use crate::pages;
use crate::queries::{self, PaperRow};
use axum::Extension;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse as _, Redirect, Response};
use codes::{Date, Label, Moment};
use module::Platform;
use portal::{Failure, Frame, Path, Posted, Query};
use serde::Deserialize;
use std::sync::Arc;

/// The largest file that is compared: 20 MiB.
const FILE_BYTES_MAX: usize = 20 << 20;

/// What anybody may know of a document.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) title: Label,
    pub(crate) number: String,
    pub(crate) organ: String,
    pub(crate) issued_on: Date,
    pub(crate) served_on: Option<Date>,
    pub(crate) validity: Validity,
    pub(crate) matches: Option<bool>,
}

/// Whether a document is still what it says (有效状态).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Validity {
    /// It is in force.
    Valid,
    /// A later one of its sort took its place.
    Replaced,
    /// It was taken back.
    Annulled(Moment),
}

/// What people type: the address under a code, or its last part.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Typed {
    code: Option<String>,
}

pub(crate) async fn enter(frame: Frame, Query(typed): Query<Typed>) -> Response {
    let code = typed.code.unwrap_or_default();
    let last = code.trim().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let token: String = last.chars().filter(char::is_ascii_alphanumeric).collect();
    if token.is_empty() {
        pages::enter(&frame).into_response()
    } else {
        Redirect::to(&format!("/penalty/check/{token}")).into_response()
    }
}

pub(crate) async fn check(
    State(platform): State<Platform>,
    frame: Frame,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let known = known(&platform, &token).await?.map(|(known, _)| known);
    Ok(fresh(pages::checked(&frame, known.as_ref(), &token, platform.clock.now())))
}

/// Compares a file, or its hash, with the document; the file is read and kept nowhere.
pub(crate) async fn compare(
    State(platform): State<Platform>,
    Extension(tools): Extension<Arc<Tools>>,
    frame: Frame,
    Path(token): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let file = posted.files.first().filter(|file| file.bytes.len() <= FILE_BYTES_MAX);
    let held = match file {
        Some(file) => Some(seals::Digest::sha256(&file.bytes).hex()),
        None => posted.filled("sha256").map(|text| {
            text.chars().filter(char::is_ascii_hexdigit).collect::<String>().to_ascii_lowercase()
        }),
    };
    let mut found = known(&platform, &token).await?;
    if let (Some((known, row)), Some(held)) = (&mut found, held) {
        known.matches = Some(same_file(&platform, &tools, row, &held).await?);
    }
    let known = found.map(|(known, _)| known);
    Ok(fresh(pages::checked(&frame, known.as_ref(), &token, platform.clock.now())))
}

async fn same_file(
    platform: &Platform,
    tools: &Tools,
    row: &PaperRow,
    held: &str,
) -> Result<bool, Failure> {
    let ladder = ladder(platform, row).await?;
    let Some(document) = ladder.notice.and_then(|notice| notice.document) else { return Ok(false) };
    let bytes = tools.vault.read(&document.pdf).await?;
    Ok(seals::Digest::sha256(&bytes).hex() == held)
}

async fn known(platform: &Platform, token: &str) -> Result<Option<(Known, PaperRow)>, Failure> {
    let token = token.to_ascii_uppercase();
    let reader = &*platform.reader;
    let mut row = queries::by_token(reader, &token).await?;
    if row.is_none() {
        row = queries::by_token(reader, &token.to_ascii_lowercase()).await?;
    }
    let Some(row) = row else { return Ok(None) };
    let Some(case) = queries::case(reader, row.no.as_str()).await? else { return Ok(None) };
    let notice = ladder(platform, &row).await?.notice;
    let all = queries::papers(reader, row.no.as_str()).await?;
    let later = |other: &PaperRow| {
        other.sort == row.sort && other.issued_at > row.issued_at && row.sort != Sort::Annulment
    };
    let validity = match row.annulled_at {
        Some(at) => Validity::Annulled(at),
        None if all.iter().any(later) => Validity::Replaced,
        None => Validity::Valid,
    };
    let known = Known {
        title: row.sort.label(),
        number: notice.map(|notice| notice.number).unwrap_or_default(),
        organ: case.organ_name,
        issued_on: row.issued_at.date(),
        served_on: row.served_on,
        validity,
        matches: None,
    };
    Ok(Some((known, row)))
}

/// An answer that holds for the instant alone.
fn fresh(page: maud::Markup) -> Response {
    let mut response = page.into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
