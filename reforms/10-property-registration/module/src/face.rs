//! The face service of the police (公安人脸核验) over its protocol: HTTPS, signed JSON, passed or not, or no answer.
//!
//! ```text
//!  POST {base}/compare {request, id_type, id_number, name, photo}   typ `face-request`
//!  200 {request, passed}                                              typ `face-answer`
//! ```
//! The photo is compared there and kept nowhere here.

use crate::error::PropertyError;
use kernel::Waiting;
use ledger::{Link, LinkError};
use serde::Deserialize;
use serde_json::json;
use std::fmt;
use std::sync::Arc;

/// What a signed request is.
pub const REQUEST: &str = "face-request";
/// What a signed answer is.
pub const ANSWER: &str = "face-answer";

/// Whose face is compared.
#[derive(Clone, Debug)]
pub struct Compare {
    /// What tells this comparison from another.
    pub request: String,
    /// The kind of the document.
    pub id_type: String,
    /// Its number.
    pub id_number: String,
    /// The name on it.
    pub name: String,
    /// The photo.
    pub photo: Vec<u8>,
}

/// Somebody who compares faces with documents.
pub trait Face: Send + Sync + 'static {
    /// Whether the face is that of the document.
    fn compare(&self, ask: Compare) -> Waiting<'_, Result<bool, PropertyError>>;
}

/// A service that can be printed.
#[derive(Clone)]
pub struct Known(pub Arc<dyn Face>);

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Known")
    }
}

/// The service behind a signed line.
#[derive(Debug)]
pub struct FaceService(pub Link);

#[derive(Deserialize)]
struct Answer {
    request: String,
    passed: bool,
}

impl Face for FaceService {
    fn compare(&self, ask: Compare) -> Waiting<'_, Result<bool, PropertyError>> {
        Box::pin(async move {
            let body = json!({
                "request": ask.request,
                "id_type": ask.id_type,
                "id_number": ask.id_number,
                "name": ask.name,
                "photo": seals::base64url(&ask.photo),
            });
            let answer: Result<Answer, LinkError> =
                self.0.ask("compare", (REQUEST, ANSWER), &body).await;
            match answer {
                Ok(answer) if answer.request == ask.request => Ok(answer.passed),
                Ok(_) => Err(PropertyError::PartnerDown { organ: "face" }),
                Err(error) => {
                    tracing::warn!("the face service: {error}");
                    Err(PropertyError::PartnerDown { organ: "face" })
                }
            }
        })
    }
}
