//! What sets a document in type.

use crate::{DocumentError, Template, Values};

/// Sets documents in type (排版): template and values in, PDF out.
///
/// ```text
///  Values ──► Template::take ──► Taken (canonical input, its digest is what people sign)
///                                  │
///                                  └──► Typesetter ──► PDF bytes, the same bytes every time
/// ```
pub trait Typesetter: Send + Sync {
    /// Which engine, library and fonts set the type, such as `typst 0.15.1, library 1f0a…, fonts 77b2…`.
    ///
    /// Whoever keeps a document's digest keeps this beside it: the two together give the bytes again.
    fn edition(&self) -> &str;

    /// The document as PDF; the same template and values give the same bytes.
    ///
    /// # Errors
    /// `DOC-0004` and `DOC-0005` where the values do not fit the template, `DOC-0006` where its source is at fault.
    fn typeset(&self, template: &Template, values: &Values) -> Result<Vec<u8>, DocumentError>;
}
