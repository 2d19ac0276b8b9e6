//! Routes by which a licence travels: status lists, descriptions for programs of others, files that somebody brings, and what a
//! holder chooses to show.

use super::{COPY_BYTES_MAX, fresh, seen};
use crate::check::{self, Found};
use crate::credential;
use crate::errand::Outside;
use crate::error::LicenceError;
use crate::pages::share as pages;
use crate::queries::{self, LicenceRow};
use crate::sd_jwt::SdJwt;
use crate::statement::trusted;
use crate::status::{self, Shelf, StatusList, TTL_S};
use crate::verify::{Checked, Stamps, Thing, Trust, verify_any};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Router};
use codes::Moment;
use kernel::Actor;
use module::{Denied, Platform, Who};
use portal::{Failure, Frame, Path, Posted};
use seals::{Digest, Purpose, SignError, certificate};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The longest file that is looked at: 20 MiB.
const FILE_BYTES_MAX: usize = 20 << 20;

pub(super) fn router() -> Router<Platform> {
    Router::new()
        .route("/.well-known/jwt-vc-issuer", get(issuer))
        .route("/licences/roots.pem", get(roots))
        .route("/licences/status/{list}", get(status_list))
        .route("/licences/types/{kind}", get(credential_type))
        .route("/licences/{licence}/present", get(present_page).post(present))
        .route("/v/{token}/check", get(check_page).post(check_file))
        .layer(Extension(Arc::new(Shelf::default())))
}

// --- for programs of others --------------------------------------------------------------------------------------------

/// Who issues credentials here and where its keys are (draft SD-JWT VC, section 5).
async fn issuer(Extension(outside): Extension<Arc<Outside>>) -> Response {
    let portal = outside.portal.trim_end_matches('/');
    let keys = format!("{portal}/api/v1/licences/keys");
    axum::Json(json!({"issuer": portal, "jwks_uri": keys})).into_response()
}

/// What a type of credential is, and what its claims are called.
async fn credential_type(
    Extension(outside): Extension<Arc<Outside>>,
    Path(kind): Path<String>,
) -> Result<Response, Failure> {
    let template = outside.templates.get(&kind).map_err(|_none| LicenceError::Unknown)?;
    Ok(axum::Json(credential::metadata(&outside.portal, template)).into_response())
}

/// The roots that seals in PDFs lead to, for readers that are to trust them.
async fn roots(Extension(outside): Extension<Arc<Outside>>) -> Result<Response, Failure> {
    let roots = certificate::roots_of(&*outside.keys).map_err(unsigned)?;
    let pem: String = roots.iter().map(seals::x509::Certificate::pem).collect();
    Ok(([(CONTENT_TYPE, "application/x-pem-file")], pem).into_response())
}

/// A status list, signed when something changed or its time was over.
async fn status_list(
    State(platform): State<Platform>,
    Extension(outside): Extension<Arc<Outside>>,
    Extension(shelf): Extension<Arc<Shelf>>,
    Path(list): Path<String>,
) -> Result<Response, Failure> {
    let reader = &*platform.reader;
    let now = outside.clock.now();
    // Looked up before the statuses are: what changes in between is seen the next time.
    let changed = queries::list_changed(reader, &list).await?.ok_or(LicenceError::Unknown)?;
    let text = match shelf.get(&list, changed, now) {
        Some(text) => text,
        None => {
            let statuses = queries::statuses(reader, &list).await?;
            let subject = status::address(&outside.portal, &list);
            let text = signed_list(&outside, &subject, &statuses, now).map_err(unsigned)?;
            shelf.put(&list, changed, now, &text);
            text
        }
    };
    let headers = [
        (CONTENT_TYPE, "application/statuslist+jwt".to_owned()),
        (CACHE_CONTROL, format!("public, max-age={TTL_S}")),
    ];
    Ok((headers, text).into_response())
}

fn signed_list(
    outside: &Outside,
    subject: &str,
    statuses: &[(u32, status::Status)],
    now: Moment,
) -> Result<String, SignError> {
    let key = outside.keys.current(&Purpose::LICENCES, outside.algorithm, now)?;
    StatusList::signed(&*outside.keys, &key, subject, statuses, now)
}

fn unsigned(error: SignError) -> Failure {
    match error {
        SignError::Key(error) => error.into(),
        SignError::Seal(error) => error.into(),
    }
}

// --- files that somebody brings ------------------------------------------------------------------------------------------

/// What was brought: the file, or else the pasted text.
pub(super) fn brought(posted: &Posted) -> Result<Vec<u8>, Failure> {
    let (bytes, limit) = match posted.files.first() {
        Some(file) => (file.bytes.to_vec(), FILE_BYTES_MAX),
        None => (posted.filled("copy").unwrap_or_default().as_bytes().to_vec(), COPY_BYTES_MAX),
    };
    if bytes.len() > limit {
        return Err(LicenceError::CheckTooLong.into());
    }
    Ok(bytes)
}

/// Verifies what was brought and looks up how its licence stands now; none for what is a bare statement, which has its own
/// answer.
pub(super) async fn verified(
    platform: &Platform,
    outside: &Outside,
    frame: &Frame,
    (bytes, stamps): (&[u8], &Readers),
) -> Result<Option<Response>, Failure> {
    let trust = trust(outside, stamps)?;
    let checked = match verify_any(bytes, &trust) {
        Ok(checked) if checked.thing == Thing::Statement => return Ok(None),
        Ok(checked) => checked,
        Err(LicenceError::NothingKnown) if std::str::from_utf8(bytes).is_ok() => return Ok(None),
        Err(fault) => return Err(fault.into()),
    };
    let reader = &*platform.reader;
    let row = match &checked.subject {
        Some(subject) => check::by_subject(outside, reader, subject).await?,
        None => None,
    };
    let found = match row.as_ref().and_then(|row| row.token.as_ref()) {
        Some(token) => Some(check::by_token(outside, reader, token).await?),
        None => None,
    };
    let same = same_file(&checked, row.as_ref(), bytes);
    Ok(Some(fresh(pages::checked(frame, &checked, found.as_ref(), same).into_response())))
}

/// Whether a PDF is byte for byte what was issued; none where that cannot be said.
fn same_file(checked: &Checked, row: Option<&LicenceRow>, bytes: &[u8]) -> Option<bool> {
    let issued = row?.document.as_ref()?.sha256;
    (checked.thing == Thing::Pdf).then(|| Digest::sha256(bytes) == issued)
}

/// Who reads time-stamps over seals, if anybody does.
#[derive(Clone, Debug)]
pub(super) struct Readers(pub(super) Option<Stamps>);

fn trust(outside: &Outside, Readers(stamps): &Readers) -> Result<Trust, Failure> {
    Ok(Trust {
        stamps: stamps.clone(),
        keys: trusted(&*outside.keys)?,
        roots: certificate::roots_of(&*outside.keys).map_err(unsigned)?,
        lists: Vec::new(),
        at: outside.clock.now(),
    })
}

async fn check_page(
    State(platform): State<Platform>,
    Extension(outside): Extension<Arc<Outside>>,
    frame: Frame,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let found = check::by_token(&outside, &*platform.reader, &token).await?;
    Ok(fresh(pages::check(&frame, &found, None).into_response()))
}

/// Compares a file with what was issued under this token. The file is looked at and forgotten.
async fn check_file(
    State(platform): State<Platform>,
    Extension(outside): Extension<Arc<Outside>>,
    Extension(readers): Extension<Readers>,
    frame: Frame,
    Path(token): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let bytes = brought(&posted)?;
    if bytes.is_empty() {
        return Err(LicenceError::NothingKnown.into());
    }
    let found = check::by_token(&outside, &*platform.reader, &token).await?;
    let is_same = matches(&platform, &found, &token, &bytes).await?;
    let claims = verify_any(&bytes, &trust(&outside, &readers)?).ok();
    let outcome = pages::Outcome { is_same, claims };
    Ok(fresh(pages::check(&frame, &found, Some(&outcome)).into_response()))
}

/// Whether the bytes are the PDF or the signed statement of the licence.
async fn matches(
    platform: &Platform,
    found: &Found,
    token: &str,
    bytes: &[u8],
) -> Result<bool, Failure> {
    if found.statement.is_none() {
        return Ok(false);
    }
    let row = queries::by_token(&*platform.reader, &token.to_ascii_lowercase()).await?;
    let Some(document) = row.and_then(|row| row.document) else { return Ok(false) };
    let statement = std::str::from_utf8(bytes)
        .is_ok_and(|text| blobs::BlobId::of(text.trim().as_bytes()) == document.statement);
    Ok(statement || Digest::sha256(bytes) == document.sha256)
}

// --- what a holder shows ---------------------------------------------------------------------------------------------------

async fn present_page(
    State(platform): State<Platform>,
    Extension(outside): Extension<Arc<Outside>>,
    Who(actor): Who,
    frame: Frame,
    Path(licence): Path<String>,
) -> Result<Response, Failure> {
    let (row, whole) = own(&platform, &outside, &actor, licence).await?;
    let code = offline_code(&outside, &row).await;
    let template = outside.templates.get(&row.order.template).ok();
    let page = pages::present(&frame, &row, template, &whole, code.as_deref());
    Ok(fresh(page.into_response()))
}

async fn present(
    State(platform): State<Platform>,
    Extension(outside): Extension<Arc<Outside>>,
    Who(actor): Who,
    frame: Frame,
    Path(licence): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let (row, whole) = own(&platform, &outside, &actor, licence).await?;
    let names: BTreeSet<String> = posted.ticked("claim").into_iter().map(str::to_owned).collect();
    let shown = whole.presenting(&names)?;
    let verb = posted.action().map(|action| action.verb).unwrap_or_default();
    if verb == "download" {
        let headers = [
            (CONTENT_TYPE, "application/dc+sd-jwt"),
            (CONTENT_DISPOSITION, "attachment; filename=\"licence.sd-jwt\""),
        ];
        return Ok(fresh((headers, shown.to_string()).into_response()));
    }
    let template = outside.templates.get(&row.order.template).ok();
    Ok(fresh(pages::presented(&frame, &row, template, &shown).into_response()))
}

/// The licence and its whole credential, for its holder alone.
async fn own(
    platform: &Platform,
    outside: &Outside,
    actor: &Actor,
    licence: String,
) -> Result<(LicenceRow, SdJwt), Failure> {
    let (row, _by) = seen(platform, actor, "licences.present", licence).await?;
    // Whatever policies say: nobody shows another's licence.
    if !matches!(actor, Actor::Party { party, .. } if *party == row.order.holder) {
        let id = row.licence.to_string();
        let denied = Denied::NotEntitled { action: "licences.present", kind: "Licence", id };
        return Err(denied.into());
    }
    let document = row.document.as_ref().ok_or(LicenceError::NotSigned)?;
    let credential = document.credential.as_ref().ok_or(LicenceError::NoCredential)?;
    let whole = credential::of_holder(outside, credential).await?;
    Ok((row, whole))
}

async fn offline_code(outside: &Outside, row: &LicenceRow) -> Option<String> {
    let kept = row.document.as_ref()?.code.as_ref()?;
    let bytes = outside.vault.read(kept).await.ok()?;
    String::from_utf8(bytes).ok()
}
