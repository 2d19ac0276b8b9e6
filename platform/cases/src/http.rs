//! Where the pages of applicants and signers lie, and what each of them is given.

use crate::command::CaseCommand;
use crate::desk::{Ask, Desk, Loaded, stamped};
use crate::pages::{applicant, follow, form, sign};
use axum::extract::{DefaultBodyLimit, FromRequestParts};
use axum::http::StatusCode;
use axum::http::header::{HeaderValue, LOCATION};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use kernel::Actor;
use module::{Platform, Receipt, Who};
use portal::{Failure, Frame, Posted, RequestError};
use std::sync::Arc;

/// The largest upload with the form around it; [`blobs::Accept`] judges the file itself.
const UPLOAD_BYTES_MAX: usize = 21 << 20;

/// The pages of applicants and signers.
pub(crate) fn router(desk: &Arc<Desk>) -> Router<Platform> {
    Router::new()
        .route("/cases", get(applicant::list))
        .route("/cases/new", post(applicant::new))
        .route("/cases/{no}", get(applicant::case))
        .route("/cases/{no}/withdraw", get(applicant::ask_withdraw).post(applicant::withdraw))
        .route("/cases/{no}/tasks/{task}/drop", get(applicant::ask_drop).post(applicant::drop_task))
        .route(
            "/cases/{no}/tasks/{task}/object",
            get(applicant::ask_object).post(applicant::object),
        )
        .route("/cases/{no}/receipt", get(follow::receipt))
        .route("/follow", get(follow::ask).post(follow::look))
        .route("/cases/{no}/form/{card}", get(form::show).post(form::save))
        .route("/cases/{no}/divisions", get(form::divisions))
        .route("/cases/{no}/materials", get(form::materials))
        .route(
            "/cases/{no}/materials/{slot}",
            get(form::material).post(form::upload).layer(DefaultBodyLimit::max(UPLOAD_BYTES_MAX)),
        )
        .route("/cases/{no}/check", get(form::check))
        .route("/cases/{no}/supplement/{task}", get(form::supplement).post(form::answer))
        .route("/cases/{no}/signing", get(sign::board).post(sign::act))
        .route("/cases/{no}/documents/{document}", get(sign::own_pdf))
        .route("/cases/sign/{token}", get(sign::ask).post(sign::guest))
        .layer(Extension(Arc::clone(desk)))
}

/// What every page of a case is given (来访): the platform, the desk, the frame, and who looks.
///
/// The desk is taken from the request's extensions, where the router of the page has put it.
pub struct Visit {
    /// The platform.
    pub(crate) platform: Platform,
    /// The desk.
    pub(crate) desk: Arc<Desk>,
    /// The frame of the page.
    pub(crate) frame: Frame,
    /// Who looks.
    pub(crate) actor: Actor,
}

impl FromRequestParts<Platform> for Visit {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Failure> {
        let desk = parts.extensions.get::<Arc<Desk>>().cloned();
        let desk = desk.ok_or_else(|| Failure::from(RequestError::Fault))?;
        let Ok(frame) = Frame::from_request_parts(parts, platform).await;
        let Ok(Who(actor)) = Who::from_request_parts(parts, platform).await;
        Ok(Self { platform: platform.clone(), desk, frame, actor })
    }
}

impl std::fmt::Debug for Visit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Visit").field("actor", &self.actor).finish_non_exhaustive()
    }
}

impl Visit {
    /// The text in the language of the page.
    pub(crate) const fn t<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        self.frame.t(zh, en)
    }

    /// The case, for an act that the gate lets this visitor do.
    pub(crate) async fn case(&self, no: &str, action: &'static str) -> Result<Loaded, Failure> {
        let loaded = self.desk.load(&self.platform, no).await?;
        loaded.permit(&self.platform, &self.actor, action, None)?;
        Ok(loaded)
    }

    /// Sends the command of a stamped form about the case itself.
    pub(crate) async fn send(
        &self,
        loaded: &Loaded,
        action: &'static str,
        posted: &Posted,
        command: &CaseCommand,
    ) -> Result<Receipt, Failure> {
        let (id, expected) = stamped(posted)?;
        let ask = Ask { actor: &self.actor, action, task: None, id, expected };
        self.desk.submit(&self.platform, ask, loaded, command).await
    }

    /// A fresh id for a form's stamp.
    pub(crate) fn stamp(&self, loaded: &Loaded) -> Result<maud::Markup, Failure> {
        Ok(portal::stamp(&self.desk.fresh_id()?.to_string(), Some(loaded.version)))
    }
}

/// The answer to a form that was posted: see the other page.
pub(crate) fn see(address: &str) -> Response {
    match HeaderValue::try_from(address) {
        Ok(address) => (StatusCode::SEE_OTHER, [(LOCATION, address)]).into_response(),
        // Addresses are made of case numbers and ids; what is no header value is a fault of this crate.
        Err(_) => Failure::from(RequestError::Fault).into_response(),
    }
}

/// A page with a status.
pub(crate) fn answer(status: StatusCode, page: maud::Markup) -> Response {
    (status, page).into_response()
}

/// A task's name as one part of an address: `01/pub` has a stroke of its own.
pub(crate) fn in_path(task: &str) -> String {
    task.replace('/', "%2F")
}
