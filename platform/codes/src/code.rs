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
