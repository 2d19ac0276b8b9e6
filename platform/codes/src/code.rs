//! Error codes: one failure, three faces (variant, reason, code).

use crate::Label;
use std::fmt;

/// A stable number for a failure, such as `CASE-0007`; its page is `docs/errors/CASE-0007.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    /// The prefix of the crate that owns the code, such as `CASE`.
    pub prefix: &'static str,
    /// The number within the prefix, printed with four digits.
    pub number: u16,
}

impl Code {
    /// A code from prefix and number.
    #[must_use]
    pub const fn new(prefix: &'static str, number: u16) -> Self {
        Self { prefix, number }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:04}", self.prefix, self.number)
    }
}

/// A slug in `SCREAMING_SNAKE` (`NAME_TAKEN`): the `reason` of an RFC 9457 problem, used in samples.
pub type Reason = &'static str;

/// A failure that a person may see: it has a code, a reason, and a text in both languages.
pub trait Coded: std::error::Error + Send + Sync + 'static {
    /// The stable number, with a page in `docs/errors/`.
    fn code(&self) -> Code;
    /// The stable slug.
    fn reason(&self) -> Reason;
    /// What happened and what to do, in both languages, for the person who acted.
    fn label(&self) -> Label;
    /// The HTTP status that fits (cross-cutting decisions §5).
    fn status(&self) -> u16 {
        422
    }
    /// The typed fields of the failure as JSON text, such as `{"since":"2026-02-11"}`; `None` where it has none.
    fn fields(&self) -> Option<String> {
        None
    }
}

/// A failure on its way to whoever asked (告知): the image of a [`Coded`] error, or of one that came from another
/// process. What shows failures takes this, so that whoever refuses need not know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The HTTP status.
    pub status: u16,
    /// The stable number, such as `CASE-0007`.
    pub code: String,
    /// The stable slug.
    pub reason: String,
    /// What happened and what to do.
    pub label: Label,
    /// The typed fields as JSON text, if there are any.
    pub fields: Option<String>,
    /// The chain of causes, for the log alone.
    pub chain: String,
}

impl<E: Coded> From<E> for Told {
    fn from(error: E) -> Self {
        Self {
            status: error.status(),
            code: error.code().to_string(),
            reason: error.reason().to_owned(),
            label: error.label(),
            fields: error.fields(),
            chain: chain(&error),
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
