//! Prefill: values that a register or an earlier case knows already (预填).

use codes::{Date, Label};
use std::future::Future;
use std::pin::Pin;

/// What is asked of a filler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FillRequest {
    /// The party for whom the form is filled, by its key.
    pub party: String,
    /// The paths of the merged form, such as `address_detail` or `legal_representative.name`.
    pub wanted: Vec<String>,
}

/// A value with where it comes from; the person may correct or dispute it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// The path.
    pub path: String,
    /// The canonical value as JSON.
    pub value: serde_json::Value,
    /// From where: the register or the case, in both languages.
    pub from: Label,
    /// Since when it is so there.
    pub since: Option<Date>,
}

/// Knows values of elements (预填来源). Registers, exchange and reform modules implement it.
pub trait Filler: Send + Sync + 'static {
    /// The values that it knows; unknown paths are left out.
    fn fill<'a>(
        &'a self,
        request: &'a FillRequest,
    ) -> Pin<Box<dyn Future<Output = Vec<Filled>> + Send + 'a>>;
}
