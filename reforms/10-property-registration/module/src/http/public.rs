//! Routes for everybody: figures, what a scan shows, reports of fakes.

use super::Ours;
use crate::figures;
use crate::pages;
use crate::queries;
use crate::scan;
use crate::scans::ScanCommand;
use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use licences::State as Standing;
use module::{Platform, Who, clear};
use portal::{Failure, Frame, Path, Posted};
use serde_json::json;

/// The latest reports on one page.
const REPORTS: u32 = 100;

pub(crate) fn router() -> Router<Platform> {
    Router::new()
        .route("/property/figures/{hash}", get(figure))
        .route("/property/fakes", post(report).get(reports))
        .route("/api/v1/property/scan/{token}", get(scan_json))
}

/// A figure; its address is its digest, so that it never changes.
async fn figure(
    axum::Extension(tools): Ours,
    Path(hash): Path<String>,
) -> Result<Response, Failure> {
    let svg = figures::demanded(&*tools.outside.blobs, &hash).await?;
    let headers = [
        (CONTENT_TYPE, "image/svg+xml; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'self'"),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, svg).into_response())
}

/// What a scan shows, for programs.
async fn scan_json(
    State(platform): State<Platform>,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let reader = &*platform.reader;
    let now = platform.clock.now();
    let row = licences::queries::by_token(reader, &token.to_ascii_lowercase()).await?;
    let unit = match &row {
        Some(row) => queries::unit_of_paper(reader, &row.licence.0).await?,
        None => None,
    };
    let (Some(row), Some(unit)) = (row, unit) else {
        let sha256 = seals::Digest::sha256(token.as_bytes()).hex();
        let noted = scan::note(&platform, &ScanCommand::NoteForged { sha256 }, b"forged").await;
        noted?;
        let answer = json!({"genuine": false, "answer": "非本机构签发", "as_of": now});
        return Ok(fresh(axum::Json(answer).into_response()));
    };
    let seen = match row.state {
        Standing::Valid => scan::seen(reader, unit, now).await?,
        _ => None,
    };
    let answer = json!({
        "genuine": true,
        "state": row.state,
        "answer": row.state.label().zh,
        "since": row.since,
        "as_of": now,
        "unit": seen,
    });
    Ok(fresh(axum::Json(answer).into_response()))
}

async fn report(
    State(platform): State<Platform>,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Failure> {
    let text = |name: &str| posted.filled(name).unwrap_or_default().to_owned();
    let command = ScanCommand::Report { token: text("token"), text: text("text") };
    scan::note(&platform, &command, b"report").await?;
    Ok(pages::reported(&frame).into_response())
}

/// What was reported, for officers.
async fn reports(
    State(platform): State<Platform>,
    axum::Extension(tools): Ours,
    Who(actor): Who,
    frame: Frame,
) -> Result<Response, Failure> {
    clear(&*platform.gate, &actor, "property.reports", &super::reports_of(&tools, &actor))?;
    let rows = queries::scans(&*platform.reader, REPORTS).await?;
    Ok(pages::reports(&frame, &rows).into_response())
}

/// An answer that holds for the instant alone.
pub(crate) fn fresh(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, axum::http::HeaderValue::from_static("no-store"));
    response
}
