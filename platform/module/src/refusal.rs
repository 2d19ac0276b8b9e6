//! A lawful "no" in a shape that travels between processes and to pages.

use codes::{Coded, Label, Told};
use kernel::Json;
use serde::{Deserialize, Serialize};

/// What an aggregate or a gate answered instead of events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code} {reason}: {}", label.en)]
pub struct Refusal {
    /// The number, such as `CASE-0007`.
    pub code: String,
    /// The slug, such as `STALE_VERSION`.
    pub reason: String,
    /// What happened and what to do, in both languages.
    pub label: Label,
    /// The HTTP status.
    pub status: u16,
    /// The typed fields; an object, or null.
    #[serde(default)]
    pub fields: Json,
}

impl Refusal {
    /// The image of a coded error.
    pub fn of(error: &dyn Coded) -> Self {
        Self {
            code: error.code().to_string(),
            reason: error.reason().to_owned(),
            label: error.label(),
            status: error.status(),
            fields: error
                .fields()
                .and_then(|text| serde_json::from_str(&text).ok())
                .unwrap_or_default(),
        }
    }
}

impl From<Refusal> for Told {
    fn from(refusal: Refusal) -> Self {
        let chain = refusal.to_string();
        let Refusal { code, reason, label, status, fields } = refusal;
        Self { status, code, reason, label, fields: Some(fields.to_string()), chain }
    }
}
