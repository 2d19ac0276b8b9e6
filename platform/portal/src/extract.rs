//! Extractors whose refusals are problems: JSON, path, query, form.

use axum::extract::rejection::{FormRejection, JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::RequestError;
use crate::problem::Failure;

/// A JSON body; what cannot be read is a problem, never bare text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Json<T>(pub T);

/// The parameters of the path; an address whose parameters cannot be read is not found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Path<T>(pub T);

/// The parameters of the query.
#[derive(Clone, Copy, Debug, Default)]
pub struct Query<T>(pub T);

/// An urlencoded form with known fields; for forms with computed fields take [`crate::Posted`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        axum::Json::from_request(request, state).await.map(|axum::Json(body)| Self(body)).map_err(
            |refusal| {
                let text = refusal.body_text();
                Failure::from(match refusal {
                    JsonRejection::JsonDataError(_) => RequestError::BodyShape(text),
                    JsonRejection::JsonSyntaxError(_) => RequestError::NotJson(text),
                    JsonRejection::MissingJsonContentType(_) => {
                        RequestError::ContentType("application/json")
                    }
                    other => RequestError::of_status(other.status().as_u16()),
                })
            },
        )
    }
}

impl<T: serde::Serialize> axum::response::IntoResponse for Json<T> {
    fn into_response(self) -> axum::response::Response {
        axum::Json(self.0).into_response()
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(path)) => Ok(Self(path)),
            Err(refusal) if refusal.status().is_client_error() => {
                Err(RequestError::NotFound.into())
            }
            Err(_) => Err(RequestError::Fault.into()),
        }
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        axum::extract::Query::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Query(query)| Self(query))
            .map_err(|refusal: QueryRejection| RequestError::Query(refusal.body_text()).into())
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        axum::Form::from_request(request, state)
            .await
            .map(|axum::Form(form)| Self(form))
            .map_err(form_failure)
    }
}

pub(crate) fn form_failure(refusal: FormRejection) -> Failure {
    let text = refusal.body_text();
    Failure::from(match refusal {
        FormRejection::InvalidFormContentType(_) => {
            RequestError::ContentType("application/x-www-form-urlencoded")
        }
        FormRejection::FailedToDeserializeForm(_)
        | FormRejection::FailedToDeserializeFormBody(_) => RequestError::Form(text),
        other => RequestError::of_status(other.status().as_u16()),
    })
}
